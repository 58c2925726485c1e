"""What a place opens, with the ways to show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from zonage_geo.aids.answers import Answers
from zonage_geo.aids.phrases import profile_text
from zonage_geo.aids.profile import read_profile
from zonage_geo.aids.rulebook import rules
from zonage_geo.locate import Location
from zonage_geo.openings.place import Desk, Opening, place_aids, situated_aids
from zonage_geo.render.aids_html import aids_html
from zonage_geo.render.aids_plain import aids_dict
from zonage_geo.render.aids_text import answers_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PlaceAids", "aids_of"]


class PlaceAids(Answers):
    """One answer an aid about a place; ``aids["CAIM"]`` gives one."""

    opening: Opening
    profile: Mapping[str, Any]

    @classmethod
    def of(cls, opening: Opening, profile: Mapping[str, Any] | None) -> PlaceAids:
        """Keep what was asked with what is answered.

        Parameters
        ----------
        opening : Opening
            The place and its answers.
        profile : mapping or None
            Who asked.

        Returns
        -------
        PlaceAids
            The answers.
        """
        found = cls(opening.answers)
        found.opening = opening
        found.profile = read_profile(profile)
        return found

    @property
    def date(self) -> date:
        """The day asked about."""
        return self.opening.day

    def to_dict(self) -> dict[str, Any]:
        """Give the answers as plain data, the schema ``zonage_geo.aids/1``.

        Returns
        -------
        dict
            What ``aids --json`` prints.
        """
        asked = self.opening
        return aids_dict(
            asked.location, self, day=asked.day, signature=asked.signature, profile=self.profile
        )

    def to_frame(self) -> pd.DataFrame:
        """Give the answers as a table.

        Returns
        -------
        DataFrame
            One row an aid: id, label, nature, verdict, to_check, amount (euros), amount_text,
            period, missing, failed, exclusions, conflicts, successor, sources; lists as text.
        """
        import pandas as pd

        rows = [
            {
                "id": one.id,
                "label": one.label,
                "nature": one.aid.nature,
                "verdict": str(one.verdict),
                "to_check": one.to_check,
                "amount": one.amount,
                "amount_text": one.amount_text,
                "period": one.period,
                "missing": " ; ".join(one.missing),
                "failed": " ; ".join(one.failed),
                "exclusions": ", ".join(one.exclusions),
                "conflicts": ", ".join(one.conflicts),
                "successor": ", ".join(one.successor),
                "sources": ", ".join(source.document for source in one.sources),
            }
            for one in self
        ]
        return pd.DataFrame(rows).astype({"amount": "Int64"})

    def __repr__(self) -> str:
        place = self.opening.location.place.label
        return f"<PlaceAids {place}, {self.date.isoformat()}>\n{super().__repr__()}"

    def __str__(self) -> str:
        asked = self.opening
        return answers_text(
            asked.location,
            self,
            rules(),
            day=asked.day,
            signature=asked.signature,
            profile=profile_text(self.profile),
        )

    def _repr_html_(self) -> str:
        asked = self.opening
        return aids_html(self, asked.location.place.label, day=asked.day, signature=asked.signature)


def aids_of(
    desk: Desk | None,
    location: Location,
    profile: Mapping[str, Any] | None,
    *,
    signature: date | None = None,
    readings: Mapping[str, str] | None = None,
) -> PlaceAids:
    """Tell what a located place opens on its date, with the ways to show it.

    Parameters
    ----------
    desk : Desk or None
        What located it, and will again on the day of signature; None: it answers by the zones
        it holds, and no distance is measured.
    location : Location
        The place.
    profile : mapping or None
        Who asks.
    signature : date, optional
        The day of signature.
    readings : mapping, optional
        Other readings of the documents than those that prevail.

    Returns
    -------
    PlaceAids
        One answer an aid.

    Raises
    ------
    InputError
        If the profile or a reading cannot be understood.
    StoreError
        If the store cannot be read.
    """
    day = location.date
    if desk is not None and signature is not None and signature != day:
        opening = place_aids(
            desk, location.query, day, profile, signature=signature, readings=readings
        )
    else:
        answers = situated_aids(
            desk, location, day, profile, signature=signature, readings=readings
        )
        opening = Opening(location, day, signature, answers)
    return PlaceAids.of(opening, profile)

"""Many addresses at once: each distinct one once, online by pieces of a file, then here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zonage_geo.catalog.model import Limits
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.geocoding.asking import Asked
from zonage_geo.geocoding.local import LocalGeocoder
from zonage_geo.geocoding.model import Candidate, Filters, SeveralPlacesError
from zonage_geo.geocoding.online import NOT_FOUND, AutoGeocoder

if TYPE_CHECKING:
    from zonage_geo.geocoding.client import Answer, CsvQuestion

__all__ = ["Found", "Item", "RowGeocoder"]

Item = tuple[str, Filters]
Found = Candidate | str
"""A candidate, or a French sentence on why there is none."""
LISTED = 3


@dataclass(slots=True)
class RowGeocoder:
    """Search many addresses.

    A row that cannot be asked in person is never guessed: where several places are as likely,
    the answer is their commune if it is certain, else none.

    Attributes
    ----------
    geocoder : LocalGeocoder or AutoGeocoder
        What a single question would be asked of.
    limits : Limits
        How far the online one is believed.
    sent, unsent : int
        Addresses that were sent, and that could not be.
    """

    geocoder: LocalGeocoder | AutoGeocoder
    limits: Limits
    sent: int = 0
    unsent: int = 0

    @property
    def _local(self) -> LocalGeocoder:
        return self.geocoder if isinstance(self.geocoder, LocalGeocoder) else self.geocoder.local

    def search(self, items: Sequence[Item]) -> list[Found]:
        """Find the place of each.

        Parameters
        ----------
        items : sequence of tuple
            Texts and filters.

        Returns
        -------
        list of Candidate or str
            In the same order.
        """
        distinct = list(dict.fromkeys(items))
        asked: dict[Item, Asked] = {}
        found: dict[Item, Found] = {}
        for item in distinct:
            try:
                asked[item] = self._local.ask(*item)
            except (InputError, PlaceNotFoundError) as error:
                found[item] = _told(error)
        if isinstance(self.geocoder, AutoGeocoder):
            found |= self._online(self.geocoder, asked)
        for item, one in asked.items():
            if item not in found:
                found[item] = self._here(one)
        return [found[item] for item in items]

    def _here(self, asked: Asked, why: str | None = None) -> Found:
        try:
            return self._local.answer(asked, why)
        except SeveralPlacesError as error:
            return self._undecided(asked, error)
        except (InputError, PlaceNotFoundError) as error:
            return _told(error)

    def _undecided(self, asked: Asked, error: SeveralPlacesError) -> Found:
        """Bring a choice that nobody makes down to the commune, where that is certain."""
        labels = list(dict.fromkeys(choice.label for choice in error.choices))
        more = " ; …" if len(labels) > LISTED else ""
        told = " ; ".join(labels[:LISTED]) + more
        if len(asked.lieux) == 1:
            why = (
                f"Plusieurs adresses, ou aucune certaine ({told}) : la réponse vaut pour toute la "
                "commune."
            )
            return self._local.whole(asked, why)
        return f"Plusieurs adresses possibles : précisez la commune. Les plus proches : {told}."

    # online

    def _online(self, auto: AutoGeocoder, asked: dict[Item, Asked]) -> dict[Item, Found]:
        wanted: dict[Item, CsvQuestion] = {
            item: auto.online.wanted(one) for item, one in asked.items() if auto.is_sent(one)
        }
        if not wanted:
            return {}
        from zonage_geo.download.common import BrokenError, RefusedError

        if auto.is_down():
            self.unsent += len(wanted)
            return {}
        try:
            answers = auto.online.client.csv(list(wanted.values()))
        except (BrokenError, RefusedError) as error:
            auto.failed(str(error))
            self.unsent += len(wanted)
            return {}
        found: dict[Item, Found] = {}
        for (item, question), answer in zip(wanted.items(), answers, strict=True):
            if answer is None:
                continue
            self._count(auto, answer)
            one = self._decided(auto, asked[item], question, answer)
            if one is not None:
                found[item] = one
        return found

    def _count(self, auto: AutoGeocoder, answer: Answer) -> None:
        if not answer.kept:
            self.sent += 1
            auto.sent()

    def _decided(
        self, auto: AutoGeocoder, asked: Asked, wanted: CsvQuestion, answer: Answer
    ) -> Found | None:
        """Decide on the best proposal of a row; ask again, alone, where it may have rivals."""
        question = self._local.question(asked)
        doubtful = bool(answer.proposals) and self._may_have_rivals(answer)
        if not doubtful:
            try:
                found = auto.online.candidate(asked, question, answer)
            except SeveralPlacesError:
                doubtful = True
            else:
                return found or self._here(asked, NOT_FOUND)
        from zonage_geo.download.common import BrokenError, RefusedError

        try:
            again = auto.online.ask(wanted, patient=True)
        except (BrokenError, RefusedError) as error:
            auto.failed(str(error))
            self.unsent += 1
            return None
        self._count(auto, again)
        try:
            return auto.online.candidate(asked, question, again) or self._here(asked, NOT_FOUND)
        except SeveralPlacesError as error:
            return self._undecided(asked, error)

    def _may_have_rivals(self, answer: Answer) -> bool:
        if answer.next_score is None:
            return True
        return answer.next_score >= answer.proposals[0].score - self.limits.score_gap


def _told(error: InputError | PlaceNotFoundError) -> str:
    """Word an error for a cell, with the places that come nearest."""
    said = str(error).split("\n", 1)[0]
    candidates: tuple[str, ...] = getattr(error, "candidates", ())
    if not candidates:
        return said[:1].upper() + said[1:]
    return f"{said[:1].upper()}{said[1:]} Les plus proches : {' ; '.join(candidates[:LISTED])}."

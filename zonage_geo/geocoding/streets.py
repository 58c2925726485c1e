"""From a decision on a geocoder's proposals to the candidate that is answered, or offered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from zonage_geo.catalog.model import Catalog
from zonage_geo.geocoding.decide import Proposal, Question, decide
from zonage_geo.geocoding.model import Candidate, SeveralPlacesError
from zonage_geo.geocoding.names import lieu_of
from zonage_geo.geometry import distance
from zonage_geo.store.query import Lieu, Store
from zonage_geo.territory import ARRONDISSEMENT_CITIES, commune_of

if TYPE_CHECKING:
    from zonage_geo.geocoding.asking import Asked

__all__ = ["Streets"]

OFFERED = 10


class Streets:
    """Make candidates of proposals.

    Parameters
    ----------
    store : Store
        For the names of communes.
    catalog : Catalog
        For how far a geocoder is believed.
    """

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._limits = catalog.limits
        self._words = catalog.words
        self._number_m = catalog.precisions["numero"].radius_m or 0.0
        self._street_m = catalog.thresholds["street_m"]

    def codes(self, lieu: Lieu) -> list[str]:
        """List the codes under which a geocoder may hold the addresses of a place.

        Parameters
        ----------
        lieu : Lieu
            A commune, an arrondissement, a former commune.

        Returns
        -------
        list of str
            The arrondissements of Paris, Lyon and Marseille; else the commune.
        """
        if lieu.nature == "arrondissement":
            return [lieu.code]
        return list(ARRONDISSEMENT_CITIES.get(lieu.commune, (lieu.commune,)))

    def candidate(
        self,
        asked: Asked,
        question: Question,
        proposals: Sequence[Proposal],
        geocoder: str,
        as_of: date | None,
    ) -> Candidate | None:
        """Decide on proposals.

        Parameters
        ----------
        asked : Asked
            What is asked.
        question : tuple of Reading
            The same, for `decide`.
        proposals : sequence of Proposal
            A geocoder's.
        geocoder : str
            Its name.
        as_of : date or None
            The day its data are of.

        Returns
        -------
        Candidate or None
            What answers; None where nothing comes near.

        Raises
        ------
        SeveralPlacesError
            If several places are as likely, or the likeliest is not sure.
        """
        known = [one for one in proposals if lieu_of(self._store, one.commune) is not None]
        decision = decide(question, known, self._limits, self._words)
        if decision.outcome == "nothing":
            return None
        if decision.outcome == "choose":
            choices = [
                self._made(asked, (one,), one.kind, geocoder, as_of) for one in decision.chosen
            ]
            raise SeveralPlacesError(
                f"« {asked.text.strip()} » : aucune adresse ne répond avec certitude. Précisez la "
                "commune ou le code postal, ou choisissez : --choisir NUMÉRO.",
                tuple(choices[:OFFERED]),
            )
        found = self._made(asked, decision.chosen, decision.precision, geocoder, as_of)
        if decision.missing is None:
            return found
        note = (
            f"Le n° {_told(decision.missing)} n'est pas dans cette voie : la réponse vaut pour la "
            "voie entière."
        )
        return found._replace(notes=(*found.notes, note))

    def _made(
        self,
        asked: Asked,
        parts: Sequence[Proposal],
        precision: str,
        geocoder: str,
        as_of: date | None,
    ) -> Candidate:
        """Make one candidate of the parts of a street: the disc that holds them all."""
        lon = sum(part.lon for part in parts) / len(parts)
        lat = sum(part.lat for part in parts) / len(parts)
        unknown = 0.0 if precision == "numero" else self._street_m
        reach = max(
            distance(lon, lat, part.lon, part.lat)
            + (unknown if part.radius_m is None else part.radius_m)
            for part in parts
        )
        if reach and precision == "numero":
            reach += self._number_m  # from one end of a range to the other
        places = (lieu_of(self._store, part.commune) for part in parts)
        lieux = tuple(dict.fromkeys(filter(None, places)))
        cities = {commune_of(lieu.code) for lieu in lieux}
        if len(lieux) > 1 and len(cities) == 1:
            (city,) = cities
            lieux = (Lieu("commune", self._store.commune_name(city) or city, city, city, None),)
        return Candidate(
            label=parts[0].label if len(lieux) == 1 and len(parts) == 1 else _common(parts),
            precision=precision,
            geocoder=geocoder,
            lieux=lieux,
            lon=lon,
            lat=lat,
            notes=asked.notes,
            to_check=None if asked.alone and precision == "lieu_dit" else asked.to_check,
            radius_m=round(reach, 1) if reach else None,
            as_of=as_of,
        )


def _told(numero: str) -> str:
    """Write a number as it is read: ``12 bis``, ``5-9``."""
    return "-".join(numero.split()) if numero.replace(" ", "").isdigit() else numero


def _common(parts: Sequence[Proposal]) -> str:
    """Give the label of a street in several parts: the first one's, without its number."""
    first = parts[0]
    label = first.label
    if first.kind == "numero" and first.numero:
        return label[len(first.numero) :].lstrip()
    return label

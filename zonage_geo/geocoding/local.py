"""The offline geocoder: communes of today and of before, postal codes, town halls, and the BAN.

At the end of a text without punctuation a commune's name is believed only if that very street
is known there ("12 rue Gabriel Péri" is not an address in Peri, Corse-du-Sud). A street that
it does not know brings the answer down to the commune.
"""

from __future__ import annotations

from collections.abc import Sequence

from zonage_geo.catalog.model import Catalog
from zonage_geo.french import situated
from zonage_geo.geocoding.asking import Asked, Asker
from zonage_geo.geocoding.ban import Ban
from zonage_geo.geocoding.decide import Question
from zonage_geo.geocoding.homonyms import CURRENT
from zonage_geo.geocoding.model import NO_FILTER, Candidate, Filters
from zonage_geo.geocoding.streets import Streets
from zonage_geo.normalise import split_street
from zonage_geo.store.query import Address, Lieu, Store
from zonage_geo.territory import departement_of

__all__ = ["LocalGeocoder"]


class LocalGeocoder:
    """Search the store's gazetteer, and the BAN where it was added.

    Parameters
    ----------
    store : Store
        Where the gazetteer is.
    catalog : Catalog
        For the words of addresses and the names of départements.
    ban : Ban, optional
        Addresses.
    """

    def __init__(self, store: Store, catalog: Catalog, ban: Ban | None = None) -> None:
        self._store = store
        self._ban = ban
        self._asker = Asker(store, catalog, ban)
        self._town_hall_m = catalog.thresholds["town_hall_m"]
        self._street_m = catalog.thresholds["street_m"]
        self.words = catalog.words
        self.reader = self._asker.reader
        self.streets = Streets(store, catalog)

    def search(self, text: str, filters: Filters = NO_FILTER) -> Candidate:
        """Find the one place that a text designates.

        Parameters
        ----------
        text : str
            An address, a commune's name or a postal code.
        filters : Filters
            What is known besides.

        Returns
        -------
        Candidate
            As precise as the text and what is known here allow.

        Raises
        ------
        InputError
            If the text is empty or longer than 200 characters.
        PlaceNotFoundError
            If no place or several answer to it; the closest are in ``candidates``.
        """
        return self.answer(self.ask(text, filters))

    def ask(self, text: str, filters: Filters = NO_FILTER) -> Asked:
        """Read a text, as `Asker.ask` does.

        Parameters
        ----------
        text : str
            An address, a commune's name or a postal code.
        filters : Filters
            What is known besides.

        Returns
        -------
        Asked
            Without a commune where nothing tells it, and why.
        """
        return self._asker.ask(text, filters)

    def question(self, asked: Asked) -> Question:
        """Give the ways to read an address, as `Asker.question` does.

        Parameters
        ----------
        asked : Asked
            A text that was read.

        Returns
        -------
        tuple of Reading
            For `decide`.
        """
        return self._asker.question(asked)

    def answer(self, asked: Asked, why: str | None = None) -> Candidate:
        """Find what was asked, with what is known here.

        Parameters
        ----------
        asked : Asked
            As `ask` gives it.
        why : str, optional
            What to say where the street is not known here either.

        Returns
        -------
        Candidate
            As precise as can be.

        Raises
        ------
        PlaceNotFoundError
            If no place or several answer to it.
        """
        if not asked.lieux:
            return self._by_ending(asked)
        found = self._in_ban(asked, asked.lieux) or self._at_town_hall(asked)
        return found or self.whole(asked, why)

    def _in_ban(
        self, asked: Asked, lieux: Sequence[Lieu], *, exact: bool = False
    ) -> Candidate | None:
        """Look a street up in the BAN, where it holds all the communes that it may be in."""
        if self._ban is None or not asked.rue:
            return None
        codes = list(dict.fromkeys(code for lieu in lieux for code in self.streets.codes(lieu)))
        if not self._ban.has(codes):
            return None
        question = self._asker.question(asked)
        proposals = [
            proposal
            for reading in question
            for proposal in self._ban.look(reading.voie, reading.numero, codes, exact=exact)
        ]
        as_of = self._ban.as_of(codes[0])
        return self.streets.candidate(asked, question, proposals, "ban", as_of)

    def _at_town_hall(self, asked: Asked) -> Candidate | None:
        if not asked.rue or len(asked.lieux) != 1:
            return None
        (lieu,) = asked.lieux
        doors = self._doors(asked.rue, lieu, exact=False)
        return self._behind(asked, lieu, doors[0]) if doors else None

    def _behind(self, asked: Asked, lieu: Lieu, door: Address) -> Candidate:
        """Answer with a town hall; with its commune where that was made of several.

        Each of the former communes may have a street of that name: only the town hall's is known.
        """
        if lieu.nature == "commune" and self._store.has_parts(lieu.commune):
            return self.whole(asked)
        return self._door(asked, lieu, door)

    def _door(self, asked: Asked, lieu: Lieu, door: Address) -> Candidate:
        with_number = split_street(asked.rue, self.words).numero is not None
        if door.arrondissement is not None and with_number:  # a street may cross several
            lieu = self._asker.homonyms.lieu_of(door.arrondissement)
        return Candidate(
            label=door.label,
            precision="numero" if with_number else "voie",
            geocoder="mairies",
            lieux=(lieu,),
            lon=door.lon,
            lat=door.lat,
            notes=asked.notes,
            to_check=asked.to_check,
            radius_m=self._town_hall_m if with_number else self._street_m,
        )

    def whole(self, asked: Asked, why: str | None = None) -> Candidate:
        """Answer for the whole of the commune, or of those that a postal code serves.

        Parameters
        ----------
        asked : Asked
            With ``lieux``.
        why : str, optional
            A French sentence on why the street is not known; the gazetteer's by default.

        Returns
        -------
        Candidate
            Without a position.
        """
        notes = asked.notes
        if len(asked.lieux) > 1:
            note = (
                f"Le code postal {asked.postcode} dessert {len(asked.lieux)} communes : la réponse "
                "vaut pour toutes, ou reste indéterminée. Nommez la commune pour préciser."
            )
            label = f"code postal {asked.postcode}"
            return Candidate(
                label, "code_postal", "codes postaux", asked.lieux, notes=(*notes, note)
            )
        (lieu,) = asked.lieux
        if asked.rue and not asked.alone:
            notes = (*notes, why or self._not_here(lieu))
        by_postcode = asked.postcode is not None and asked.text.strip() == asked.postcode
        by_name = "codes postaux" if by_postcode else "communes"
        return Candidate(
            label=situated(lieu.nom, self._asker.refusals.departement(lieu.commune)),
            precision="commune",
            geocoder="code INSEE" if asked.coded else by_name,
            lieux=(lieu,),
            notes=notes,
            to_check=asked.to_check,
        )

    def _not_here(self, lieu: Lieu) -> str:
        if self._ban is not None and self._ban.has(self.streets.codes(lieu)):
            return (
                "Cette voie n'est pas dans la base adresse de la commune : la réponse vaut pour "
                "toute la commune."
            )
        return (
            "Cette voie ou ce numéro n'est pas dans les adresses connues hors ligne "
            "(les mairies) : la réponse vaut pour toute la commune. Pour charger celles du "
            "département : "
            f"python -m zonage_geo data fetch ban --departement {departement_of(lieu.commune)}"
        )

    def _by_ending(self, asked: Asked) -> Candidate:
        """Find a text without punctuation: one of its endings may be its commune."""
        assert asked.error is not None  # noqa: S101  (no commune: something said why)
        found = []
        for rue, lieu in asked.endings:
            doors = self._doors(rue, lieu, exact=True)
            one = asked._replace(rue=rue, lieux=(lieu,), endings=())
            if doors:
                found.append((rue, lieu, self._behind(one, lieu, doors[0])))
            elif (known := self._in_ban(one, (lieu,), exact=True)) is not None:
                found.append((rue, lieu, known))
        communes = {lieu.commune for _, lieu, _ in found}
        if len(communes) == 1:
            return max(found, key=lambda item: len(item[0]))[2]
        if found:
            lieux = [lieu for _, lieu, _ in found]
            raise self._asker.refusals.several(asked.text, lieux, "plusieurs adresses possibles")
        raise asked.error

    def _doors(self, rue: str, lieu: Lieu, *, exact: bool) -> list[Address]:
        street = split_street(rue, self.words)
        if not street.voie or (lieu.nature not in CURRENT and lieu.code != lieu.commune):
            return []  # the town halls of former communes are not known: a namesake is elsewhere
        doors = self._store.adresses_of(lieu.commune, street.voie)
        if lieu.nature == "arrondissement":
            doors = [door for door in doors if door.arrondissement == lieu.code]
        if street.numero is not None or exact:
            doors = [door for door in doors if door.numero == street.numero]
        return doors

"""Which of the communes that bear a name a text means, and what in the text speaks against it."""

from __future__ import annotations

from collections.abc import Sequence

from zonage_geo.geocoding.names import lieu_of
from zonage_geo.geocoding.reading import Parsed, Reader
from zonage_geo.geocoding.refusals import SHOWN, Refusals
from zonage_geo.store.query import Lieu, Store
from zonage_geo.territory import departement_of

__all__ = ["CURRENT", "Homonyms", "other_commune"]

CURRENT = ("commune", "arrondissement")
"""Natures of the places that are communes of today, or arrondissements."""


class Homonyms:
    """Tell communes apart.

    Parameters
    ----------
    store : Store
        Names, codes, postal codes.
    reader : Reader
        Of the same store.
    refusals : Refusals
        Say which places there are to choose from.
    """

    def __init__(self, store: Store, reader: Reader, refusals: Refusals) -> None:
        self._store = store
        self._reader = reader
        self._refusals = refusals

    def lieu_of(self, code: str) -> Lieu:
        """Give the place of a commune or arrondissement of today.

        Parameters
        ----------
        code : str
            INSEE code.

        Returns
        -------
        Lieu
            Named by its code where it is unknown.
        """
        return lieu_of(self._store, code) or Lieu("commune", code, code, code, None)

    def choose(
        self, text: str, lieux: list[Lieu], parsed: Parsed, territory: str
    ) -> tuple[Lieu, tuple[str, ...]]:
        """Choose the one place of a name that a text means.

        Parameters
        ----------
        text : str
            As it was typed.
        lieux : list of Lieu
            Those of that name.
        parsed : Parsed
            The text taken apart.
        territory : str
            The département or région that follows the name; empty where none does.

        Returns
        -------
        lieu : Lieu
            A commune of today before the old ones.
        notes : tuple of str
            French sentences on how it was chosen.

        Raises
        ------
        PlaceNotFoundError
            If none fits what is told besides, or several do.
        """
        kept, notes = self._narrow(text, lieux, parsed.postcode, territory)
        if not territory:
            self._check_number(text, kept, parsed)
        lieu, others = self._current(text, kept)
        return lieu, (*notes, *others)

    def _check_number(self, text: str, lieux: Sequence[Lieu], parsed: Parsed) -> None:
        """Refuse a number that may be of an arrondissement or of a département: Marseille 13."""
        number = parsed.ville.rpartition(" ")[2]
        if parsed.postcode or not number.isdecimal():
            return
        for lieu in lieux:
            departements = self._reader.territories.get(number, ())
            if lieu.nature == "arrondissement" and departement_of(lieu.commune) in departements:
                city = self.lieu_of(lieu.commune)
                why = f"{number} peut être l'arrondissement ou le département"
                raise self._refusals.several(text, (city, lieu), why)

    def _narrow(
        self, text: str, lieux: list[Lieu], postcode: str | None, territory: str
    ) -> tuple[list[Lieu], tuple[str, ...]]:
        """Keep the places that fit the postal code and the département given."""
        if territory:
            codes = self._reader.territories[territory]
            kept = [lieu for lieu in lieux if departement_of(lieu.commune) in codes]
            if not kept:
                raise self._refusals.several(text, lieux, "ce nom existe, mais pas là")
            lieux = kept
        if postcode is None:
            return lieux, ()
        served = self._store.communes_of_postcode(postcode)
        cities = {sub.commune: code for code in served for sub in self._store.sub_commune(code)}
        kept = [lieu for lieu in lieux if lieu.code in served or lieu.commune in served]
        for lieu in lieux:
            if lieu not in kept and lieu.code in cities:  # "75001 Paris"
                kept.append(self.lieu_of(cities[lieu.code]))
        if kept:
            return kept, ()
        near = [lieu for lieu in lieux if _same_departement(postcode, lieu.commune)]
        if not near:
            raise self._refusals.several(
                text, lieux, f"le code postal {postcode} n'est pas le sien"
            )
        note = (
            f"Le code postal {postcode} n'est pas parmi ceux de la commune connus ici : il n'a "
            "servi qu'à vérifier le département."
        )
        return near, (note,)

    def _current(self, text: str, lieux: list[Lieu]) -> tuple[Lieu, tuple[str, ...]]:
        """Choose among homonyms: a commune of today before the old ones, never among equals."""
        current = [lieu for lieu in lieux if lieu.nature in CURRENT]
        old = [lieu for lieu in lieux if lieu.nature not in CURRENT]
        pool = current or list({lieu.commune: lieu for lieu in old}.values())
        if len(pool) > 1:
            raise self._refusals.several(text, pool, f"{len(pool)} communes portent ce nom")
        chosen = pool[0]
        others = [lieu for lieu in old if lieu.commune != chosen.commune]
        if not others:
            return chosen, ()
        if towns := [lieu for lieu in others if self._keeps_name(lieu)]:
            why = "une commune porte ce nom, et une autre l'a gardé dans le sien"
            raise self._refusals.several(text, [chosen, *towns], why)
        return chosen, (f"Aussi d'anciennes communes de ce nom : {self._refusals.names(others)}.",)

    def _keeps_name(self, lieu: Lieu) -> bool:
        """Tell whether today's commune starts with a former one's name: Évry-Courcouronnes."""
        today = self._reader.norm(self._store.commune_name(lieu.commune) or "")
        return today.startswith(f"{self._reader.norm(lieu.nom)} ")

    def doubt(self, lieu: Lieu, parsed: Parsed, territory: str) -> str | None:
        """Say so where the text contradicts itself, or its name is not only a commune's.

        Parameters
        ----------
        lieu : Lieu
            The place chosen.
        parsed : Parsed
            The text taken apart.
        territory : str
            As `choose` takes it.

        Returns
        -------
        str or None
            A French sentence.
        """
        if parsed.postcode is not None:
            doubt = self.other_postcode(lieu, parsed.postcode, "le nom")
            if doubt is not None:
                return doubt
        if territory:
            return None
        if self._reader.is_hamlet(parsed.ville):
            what = "le nom que bien des communes donnent à leur centre"
        elif parsed.postcode is None and self._may_be_territory(lieu, parsed):
            what = "le nom d'un département ou d'une région"
        else:
            return None
        where = self._refusals.departement(lieu.commune)
        return f"« {lieu.nom} » est aussi {what} : la réponse est celle de la commune ({where})."

    def _may_be_territory(self, lieu: Lieu, parsed: Parsed) -> bool:
        """Tell whether a name may be a territory's: another one, or after an unknown name."""
        departements = self._reader.territories.get(parsed.ville, ())
        unknown = bool(parsed.beside) and not self._reader.is_street(parsed.beside.split())
        return bool(departements) and (unknown or departement_of(lieu.commune) not in departements)

    def two_named(self, lieu: Lieu, beside: Sequence[Lieu]) -> str | None:
        """Say so where another part of the text is the name of another commune.

        Parameters
        ----------
        lieu : Lieu
            The place chosen.
        beside : sequence of Lieu
            Those of the name in that part.

        Returns
        -------
        str or None
            A French sentence.
        """
        if not beside or any(_agree(lieu, one) for one in beside):
            return None
        others = self._refusals.names(beside[:1])
        return f"Une autre commune est nommée, {others} : « {lieu.nom} » a été suivi."

    def other_postcode(self, lieu: Lieu, postcode: str, followed: str) -> str | None:
        """Say so where a postal code that is known serves other places.

        Parameters
        ----------
        lieu : Lieu
            The place chosen.
        postcode : str
            Five digits.
        followed : str
            What was followed, in French: ``le nom``.

        Returns
        -------
        str or None
            A French sentence.
        """
        served = self._store.communes_of_postcode(postcode)
        codes = {*served} if lieu.nature == "arrondissement" else self._reader.served(postcode)
        if not served or {lieu.code, lieu.commune} & codes:
            return None
        shown = len(served) if len(served) <= SHOWN else SHOWN - 1
        names = self._refusals.names(self.lieu_of(code) for code in served[:shown])
        if shown < len(served):
            names += f" et de {len(served) - shown} autres communes"
        return f"Le code postal {postcode} est celui de {names} : {followed} a été suivi."


def other_commune(lieu: Lieu, named: Sequence[Lieu], followed: str) -> str | None:
    """Say so where a name is none of the place's, nor of its city, nor of a part of it.

    Parameters
    ----------
    lieu : Lieu
        The place chosen.
    named : sequence of Lieu
        Those of the name.
    followed : str
        What was followed, in French.

    Returns
    -------
    str or None
        A French sentence.
    """
    if not named or any(_agree(lieu, one) for one in named):
        return None
    shown = next((one for one in named if one.nature in CURRENT), named[0])
    return f"La commune nommée est {shown.nom} : {followed} a été suivi."


def _agree(lieu: Lieu, named: Lieu) -> bool:
    if lieu.nature == named.nature == "arrondissement":
        return lieu.code == named.code
    return lieu.commune == named.commune


def _same_departement(postcode: str, commune: str) -> bool:
    departement = departement_of(commune)
    if departement in ("2A", "2B"):
        return postcode.startswith("20")
    return postcode.startswith(departement)

"""From a text to what it asks: which street, in which commune; and why not, where not.

It never guesses. A commune's name is believed where it stands alone, after a comma or
beside a postal code; homonyms are told apart by the postal code or the département, or not
at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.geocoding.ban import Ban
from zonage_geo.geocoding.decide import Question, Reading
from zonage_geo.geocoding.homonyms import CURRENT, Homonyms, other_commune
from zonage_geo.geocoding.likeness import LINKS
from zonage_geo.geocoding.model import NO_FILTER, Filters
from zonage_geo.geocoding.reading import Parsed, Reader
from zonage_geo.geocoding.refusals import Refusals
from zonage_geo.normalise import split_street
from zonage_geo.store.query import Lieu, Store
from zonage_geo.territory import STORE_DAY, check_code, departement_of

__all__ = ["Asked", "Asker"]

_TERRITORY_WORDS = 5
"""Of the longest name of a territory: Provence-Alpes-Côte d'Azur."""


class Asked(NamedTuple):
    """What a text asks, as far as the names of communes tell.

    Attributes
    ----------
    text : str
        As it was typed.
    rue : str
        Its street part, normalised; empty where it names a commune alone.
    lieux : tuple of Lieu
        Where it is: one, or all that a postal code serves; empty where nothing tells.
    notes : tuple of str
        French sentences on how that was understood.
    to_check : str or None
        A French sentence where the text contradicts itself.
    postcode : str or None
        Of the text or of a filter.
    endings : tuple
        Of a text without punctuation: what may be a street, and what may be its commune.
    error : PlaceNotFoundError or None
        Why there is no ``lieux``.
    coded : bool
        Whether a commune code decided on ``lieux``.
    alone : bool
        Whether the text is the name of another commune and nothing else: a hamlet may bear it,
        and nothing is to be checked where one does.
    """

    text: str
    rue: str
    lieux: tuple[Lieu, ...]
    notes: tuple[str, ...] = ()
    to_check: str | None = None
    postcode: str | None = None
    endings: tuple[tuple[str, Lieu], ...] = ()
    error: PlaceNotFoundError | None = None
    coded: bool = False
    alone: bool = False


class Asker:
    """Read texts, by what the store knows of communes.

    Parameters
    ----------
    store : Store
        Names, codes, postal codes.
    catalog : Catalog
        For the words of addresses and the names of départements.
    ban : Ban, optional
        Addresses, of which some may be offered.
    """

    def __init__(self, store: Store, catalog: Catalog, ban: Ban | None = None) -> None:
        self._store = store
        self.words = catalog.words
        self.reader = Reader(store, catalog)
        self.refusals = Refusals(store, catalog, self.reader, ban)
        self.homonyms = Homonyms(store, self.reader, self.refusals)

    def ask(self, text: str, filters: Filters = NO_FILTER) -> Asked:
        """Read a text: which street, in which commune.

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

        Raises
        ------
        InputError
            If the text is empty or too long, or a filter is no code.
        PlaceNotFoundError
            If it can be no address.
        """
        if filters == NO_FILTER or any(char.isalnum() for char in text):
            self.reader.check(text)
        if filters != NO_FILTER:
            return self._filtered(text, filters)
        offered = self.reader.offered(text)
        if offered is not None:
            return Asked(text, "", (offered,))
        whole, note = self.reader.restored(text) or (text, None)
        asked = self._asked(whole, self.reader.parse(whole))
        return asked._replace(text=text, notes=(note, *asked.notes)) if note else asked

    def _asked(self, text: str, parsed: Parsed) -> Asked:
        try:
            self.refusals.check_covered(text, parsed)
            if parsed.postcode and self._names_no_commune(parsed.ville, parsed.postcode):
                return self._in_postcode(text, parsed.rue, parsed.postcode)
            if parsed.delimited or self.reader.known(parsed.ville):
                return self._in_commune(text, parsed)
            return self._undelimited(text, parsed)
        except PlaceNotFoundError as error:
            rue = parsed.rue or parsed.ville
            return Asked(text, rue, (), postcode=parsed.postcode, error=error)

    def _names_no_commune(self, ville: str, postcode: str) -> bool:
        """Tell whether beside a postal code there is nothing, or its département: 97400 La Réunion.

        A commune of that name which it serves comes first: 25300 Doubs.
        """
        if not ville:
            return True
        served = self.reader.served(postcode)
        around = {departement_of(code) for code in served}
        if not around or not around <= {*self.reader.territories.get(ville, ())}:
            return False
        return served.isdisjoint(lieu.commune for lieu in self.reader.named(ville))

    def _filtered(self, text: str, filters: Filters) -> Asked:
        """Read a text whose commune is given besides: what it says of it is checked."""
        try:
            parsed = self.reader.parse(text)
        except PlaceNotFoundError:
            parsed = Parsed("", "", None, delimited=True)
        whole = " ".join(filter(None, (parsed.rue, parsed.ville.replace(" / ", " "))))
        named = self.reader.named(parsed.ville.partition(" / ")[0])
        rue = parsed.rue if parsed.delimited and (named or parsed.postcode) else whole
        if filters.insee is not None:
            return self._coded(text, rue, parsed, named, filters)
        postcode = filters.code_postal or parsed.postcode
        ville, _ = self._town(filters.ville or "")
        if named and not parsed.delimited and ville in ("", parsed.ville):
            rue = ""  # the text is the commune's name alone
        elif named and ville and parsed.ville != ville and not parsed.postcode:
            rue = whole  # "5 rue Haute, Cité Foix": the last part is of the street
        elif not (named or ville or parsed.delimited) and postcode:
            rue, ville = self._served_at_the_end(text, rue, postcode)
        given = Parsed(
            rue=self._without(rue, ville),
            ville=ville or (parsed.ville if named else ""),
            postcode=postcode,
            delimited=True,
        )
        quoted = (filters.ville if ville else None) or text.strip() or postcode or ""
        return self._asked(quoted, given)._replace(text=text)

    def _town(self, ville: str) -> tuple[str, bool]:
        """Normalise a commune's name given apart, and tell whether it is a CEDEX."""
        words = self.reader.norm(ville).split()
        cedex = "cedex" in words
        return " ".join(words[: words.index("cedex")] if cedex else words), cedex

    def _said_beside(self, ville: str, lieu: Lieu) -> list[Lieu]:
        """List the places of a name given apart; a CEDEX may be of a town nearby."""
        name, cedex = self._town(ville)
        said = self.reader.named(name) if name else []
        here = departement_of(lieu.commune)
        near = cedex and any(departement_of(one.commune) == here for one in said)
        return [] if near else said

    def _served_at_the_end(self, text: str, rue: str, postcode: str) -> tuple[str, str]:
        """Part a street from the commune's name at its end, where the postal code serves it.

        Not where that may be the street's own name (rue de Dole, in a commune nearby), nor where
        a hyphen ties it to another word (a mistyped Froty-lès-Vesoul).
        """
        served = self.reader.served(postcode)
        ends = [r for r, lieu in self.reader.endings(rue) if {lieu.code, lieu.commune} & served]
        rest = min(ends, key=len, default="")  # Frotey-lès-Vesoul rather than Vesoul
        ville = rue[len(rest) :].strip()
        typed = text.split()
        untied = ville in (self._town(" ".join(typed[i:]))[0] for i in range(1, len(typed)))
        return (rest, ville) if untied and self.reader.is_named(rest) else (rue, "")

    def _coded(
        self, text: str, rue: str, parsed: Parsed, named: list[Lieu], filters: Filters
    ) -> Asked:
        """Follow a commune code; a name beside it may tell which part of it, or another."""
        assert filters.insee is not None  # noqa: S101
        lieu, notes = self.lieu_of_code(filters.insee)
        offered = self.reader.offered(text)
        if offered is not None:
            named, rue = [offered], ""
        if not parsed.delimited and lieu.commune in {one.commune for one in named}:
            rue = ""  # the text is the commune's name alone
        said = self._said_beside(filters.ville or "", lieu) or (named if parsed.delimited else [])
        alone = not said and bool(named) and not self.reader.is_hamlet(parsed.ville)
        postcode = filters.code_postal or parsed.postcode
        followed = f"le code {filters.insee} ({lieu.nom})"
        doubt = other_commune(lieu, named if alone else said, followed)
        alone = alone and bool(rue) and doubt is not None
        if doubt is None and postcode is not None:
            doubt = self.homonyms.other_postcode(lieu, postcode, followed)
        for rest, other in self.reader.endings(rue):
            if other.commune == lieu.commune:
                rue, said = rest, [*said, other]
                break
        inside = [one for one in said if one.commune == lieu.commune]
        if inside and all(one.nature not in CURRENT for one in inside):
            lieu = inside[-1]  # of two former communes, the street's own tells more
        return Asked(text, rue, (lieu,), notes, doubt, postcode, coded=True, alone=alone)

    @staticmethod
    def _without(rue: str, ville: str) -> str:
        """Take the commune's name off the end of a street, where it is said twice."""
        return rue.removesuffix(f" {ville}") if ville else rue

    def lieu_of_code(self, code: str) -> tuple[Lieu, tuple[str, ...]]:
        """Give the place of a commune code of any vintage.

        Parameters
        ----------
        code : str
            INSEE code.

        Returns
        -------
        tuple
            The place, and what is to be said of it.

        Raises
        ------
        InputError
            If it has not the form of a code.
        PlaceNotFoundError
            If nothing has or had that code, or several communes come of it.
        """
        code = check_code(code)
        subs = self._store.sub_commune(code)
        if self._store.commune_name(code) or any(sub.nature == "ARM" for sub in subs):
            return self.homonyms.lieu_of(code), ()
        for period in reversed(self._store.timeline.periods(code, None)):
            day = period.start or "2014-01-01"
            after = sorted(self._store.timeline.at(code, day, STORE_DAY))
            if len(after) == 1:
                lieu = self.homonyms.lieu_of(after[0])
                if period.nom != lieu.nom:
                    return Lieu("ancienne", period.nom, code, lieu.code, None), ()
                return lieu, (f"{code} est un ancien code : aujourd'hui {lieu.code}.",)
        if subs:
            return subs[0], ()
        raise PlaceNotFoundError(f"aucune commune n'a porté le code {code} depuis 2014.")

    def _in_postcode(self, text: str, rue: str, postcode: str) -> Asked:
        codes = self._store.communes_of_postcode(postcode)
        if not codes:
            raise PlaceNotFoundError(
                f"« {text.strip()} » : aucun code postal {postcode}. S'il s'agit d'un code "
                f"INSEE de commune : python -m zonage_geo locate --insee {postcode}"
            )
        lieux = tuple(self.homonyms.lieu_of(code) for code in codes)
        return Asked(text, rue, lieux, postcode=postcode)

    def _in_commune(self, text: str, parsed: Parsed) -> Asked:
        ville, _, territory = parsed.ville.partition(" / ")
        lieux = self.reader.named(ville)
        if not lieux and not territory:
            *words, last = ville.split()
            if words and last in self.reader.territories:
                ville, territory = " ".join(words), last
                lieux = self.reader.named(ville)
        alone = not (parsed.postcode or territory)
        beside = self.reader.named(parsed.beside) if parsed.beside else []
        if alone:
            self._check_beside(text, parsed, beside)
        if not lieux:
            heads = self.reader.heads(f"{parsed.rue} {ville}") if alone else []
            first = self._town_first(text, heads, ())
            if first is None:
                raise self.refusals.unknown(text, parsed)
            return first
        lieu, notes = self.homonyms.choose(text, lieux, parsed, territory)
        doubt = self.homonyms.doubt(lieu, parsed, territory)
        hamlet = self.homonyms.two_named(lieu, beside) if doubt is None else None
        if alone:
            notes = (*notes, *self.refusals.namesakes(ville))
        return Asked(
            text,
            parsed.rue,
            (lieu,),
            notes,
            doubt or hamlet,
            parsed.postcode,
            alone=hamlet is not None and parsed.beside == parsed.rue,
        )

    def _check_beside(self, text: str, parsed: Parsed, named: Sequence[Lieu]) -> None:
        """Refuse a last part that is rather a hamlet, or the département of a mistyped commune."""
        if named and self.reader.is_hamlet(parsed.ville):  # Foix, Le Bourg
            raise self.refusals.town_first(text, [(parsed.ville, lieu) for lieu in named])
        if named or not parsed.beside or parsed.ville not in self.reader.territories:
            return
        if not self.reader.is_street(parsed.beside.split()):
            rue = self._without(parsed.rue, parsed.beside) if parsed.rue != parsed.beside else ""
            told = f"{parsed.beside} / {parsed.ville}"  # Dampjuox, Doubs
            error = self.refusals.unknown(text, parsed._replace(rue=rue, ville=told))
            if error.candidates:
                raise error

    def _undelimited(self, text: str, parsed: Parsed) -> Asked:
        tokens = parsed.ville.split()
        for cut in range(1, min(_TERRITORY_WORDS, len(tokens) - 1) + 1):
            territory, words = " ".join(tokens[-cut:]), tokens[:-cut]
            while len(words) > 1 and words[-1] in LINKS:
                words.pop()  # Saint-Denis de la Réunion
            name = " ".join(words)
            if territory in self.reader.territories and self.reader.known(name):
                return self._in_commune(text, parsed._replace(ville=f"{name} / {territory}"))
        if tokens[0] in self.reader.territories and self._is_there(tokens[1:], tokens[0]):
            ville = f"{' '.join(tokens[1:])} / {tokens[0]}"  # "09 Foix"
            return self._in_commune(text, parsed._replace(ville=ville))
        endings = tuple(self.reader.endings(parsed.ville))
        heads = [] if self.reader.is_street(tokens) else self.reader.heads(parsed.ville)
        first = self._town_first(text, heads, endings)
        if first is not None:
            return first
        error = self.refusals.undelimited(text, parsed.ville, endings)
        return Asked(text, parsed.ville, (), endings=endings, error=error)

    def _is_there(self, name: Sequence[str], territory: str) -> bool:
        codes = self.reader.territories[territory]
        lieux = self.reader.named(" ".join(name)) if name else []
        return any(departement_of(lieu.commune) in codes for lieu in lieux)

    def _town_first(
        self, text: str, heads: Sequence[tuple[str, Lieu]], endings: Sequence[tuple[str, Lieu]]
    ) -> Asked | None:
        """Read a commune where it comes first: believed only if that very street is known there."""
        if not heads:
            return None
        error = self.refusals.town_first(text, heads)
        words = self.reader.norm(text)
        return Asked(text, words, (), endings=(*heads, *endings), error=error)

    def question(self, asked: Asked) -> Question:
        """Give the ways to read an address, for `decide`.

        Parameters
        ----------
        asked : Asked
            A text that was read.

        Returns
        -------
        tuple of Reading
            Those that name a commune first.
        """
        communes = frozenset(code for lieu in asked.lieux for code in self._codes(lieu)) or None
        part = asked.lieux[0] if len(asked.lieux) == 1 else None
        old = part.code if part and part.nature not in CURRENT else None
        if part and part.code == part.commune:
            old = None
        readings = []
        for rest, lieu in asked.endings:
            for one in self.reader.streets(rest):
                numero, voie = split_street(one, self.words)
                readings.append(Reading(numero, voie, frozenset(self._codes(lieu))))
        for one in self.reader.streets(asked.rue):
            numero, voie = split_street(one, self.words)
            readings.append(Reading(numero, voie, communes, old))
        return tuple(readings)

    @staticmethod
    def _codes(lieu: Lieu) -> tuple[str, ...]:
        return (lieu.code,) if lieu.nature == "arrondissement" else (lieu.commune,)

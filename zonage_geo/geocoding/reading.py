"""A text taken apart into a street and the commune it is in, by what the store knows.

It never guesses. A commune's name is believed where it stands alone, after a comma or
beside a postal code; at the end of a text without punctuation it is only a way to read it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.normalise import normalise
from zonage_geo.store.query import Lieu, Store
from zonage_geo.territory import departement_of

__all__ = ["MAX_LENGTH", "Parsed", "Reader"]

MAX_LENGTH = 200
"""As the national geocoders: longer texts are no address."""

_SEGMENTS = re.compile(r"[,;\n\r\t]+")
_BRACKETS = re.compile(r"[()]+")
_NUMBER_ASIDE = re.compile(r"\(\s*\d+\s*\)")
_FIVE_DIGITS = re.compile(r"\b\d{5}\b")
_SHORT_POSTCODE = re.compile(r"\A\d{4}\Z")
_SPOILT = re.compile(r"(?<!\w)(\d{4}|\d{2}\s\d{3})[\s,;]+(\D+)\Z")
"""A postal code without its zero, or with a space in it, then nothing but what may be a commune."""
_POSTCODE = re.compile(r"\A\d{5}\Z")
_HAMLET = "le bourg"
"""A part of most communes, and a commune of the Lot."""
_ORDINAL = r"0*(?P<n>\d{1,2}) ?(?:i?eme|ere?|e|nde?)?"
_AREA = r"(?:arrondissement|arrdt|ardt|arr)"
_ARRONDISSEMENTS = (
    re.compile(rf"\A(?P<city>\D+) {_ORDINAL}(?: {_AREA})?\Z"),
    re.compile(rf"\A{_ORDINAL} {_AREA}(?: de)? (?P<city>\D+)\Z"),
)
"""An arrondissement as it is also written, ``lyon 03`` or ``lyon 3eme``: names have ``lyon 3``."""
_ROMAN = {
    f"{ten}{one}": 10 * tens + ones
    for tens, ten in enumerate(("", "x"))
    for ones, one in enumerate(("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"))
} | {"xx": 20}
_POINT = re.compile(
    r"\A\s*([-\u2212]?\d{1,2})[.,](\d+)\s*[,;\s]\s*([-\u2212]?\d{1,3})[.,](\d+)\s*\Z", re.ASCII
)
"""Two numbers with decimals: degrees, not an address."""
_RANGE = re.compile(r"\b(\d+) (?:a|et) (\d+)\b")
"""Numbers of one address: ``1 à 5 rue Haute``."""
_OFFER = re.compile(r"\A\s*(.+?)\s*\([^()]*,\s*(\d[0-9AB]\d{3})\s*\)\s*\Z")
"""A place as messages offer it: "Foix (Ariège, 09122)"."""


class Parsed(NamedTuple):
    """A text taken apart; everything normalised.

    Attributes
    ----------
    rue, ville : str
        The street part and the commune part; empty where absent. A territory that tells
        which commune is meant follows its name, after a slash.
    postcode : str or None
        Five digits.
    delimited : bool
        Whether something other than a space sets the commune apart.
    """

    rue: str
    ville: str
    postcode: str | None
    delimited: bool


class Reader:
    """Take texts apart.

    Parameters
    ----------
    store : Store
        For the names of places.
    catalog : Catalog
        For the words of addresses and the names of départements.

    Attributes
    ----------
    territories : dict of str to tuple of str
        Normalised names and codes of régions and départements: their départements.
    """

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self.words = catalog.words
        self.territories: dict[str, tuple[str, ...]] = {}
        for departement in catalog.departements.values():
            for nom in (departement.nom, departement.region_nom):
                key = self.norm(nom)
                self.territories[key] = (*self.territories.get(key, ()), departement.code)
            self.territories[departement.code.casefold()] = (departement.code,)

    def norm(self, text: str) -> str:
        """Normalise a text.

        Parameters
        ----------
        text : str
            Any.

        Returns
        -------
        str
            Words of ``a-z0-9``, abbreviations written out.
        """
        return normalise(text, self.words.abbreviations)

    def check(self, text: str) -> None:
        """Refuse what can be no address.

        Parameters
        ----------
        text : str
            As it was typed.

        Raises
        ------
        InputError
            If it is empty, too long, or a point.
        PlaceNotFoundError
            If it is a postal code that lost its zero, or that nothing has.
        """
        if not any(char.isalnum() for char in text):
            raise InputError("adresse vide : donnez une adresse, une commune ou un code postal.")
        if len(text) > MAX_LENGTH:
            raise InputError(f"adresse trop longue ({len(text)} caractères, {MAX_LENGTH} au plus).")
        if point := _POINT.match(text):
            raise InputError(
                f"« {text.strip()} » est un point, non une adresse : --point "
                f"{'{}.{},{}.{}'.format(*point.groups())}, latitude d'abord (en Python : lat, lon)."
            )
        short = text.strip()
        whole = f"0{short}"
        if _SHORT_POSTCODE.match(short) and not self._store.communes_of_postcode(whole):
            known = self._store.commune_name(whole)
            hint = f" S'il s'agit du code INSEE de {known} : --insee {whole}" if known else ""
            raise PlaceNotFoundError(f"« {short} » : aucun code postal {whole}.{hint}")
        if _SHORT_POSTCODE.match(text.strip()):
            raise PlaceNotFoundError(
                f"« {text.strip()} » : le zéro initial du code postal manque-t-il ?",
                (text.strip().zfill(5),),
            )

    def offered(self, text: str) -> Lieu | None:
        """Recognise a place pasted as it was offered: its code is no postal code.

        Parameters
        ----------
        text : str
            As it was typed.

        Returns
        -------
        Lieu or None
            The place.
        """
        match = _OFFER.match(text)
        if match is None:
            return None
        lieux = self.named(self.norm(match[1]))
        return next((lieu for lieu in lieux if lieu.code == match[2]), None)

    def parse(self, text: str) -> Parsed:
        """Take a text apart.

        Parameters
        ----------
        text : str
            As it was typed.

        Returns
        -------
        Parsed
            Its parts.

        Raises
        ------
        PlaceNotFoundError
            If nothing is left of it.
        """
        segments = self._segments(text)
        if not segments:
            raise PlaceNotFoundError(f"« {text.strip()} » ne désigne aucun lieu.")
        for at, tokens in enumerate(segments):
            for i in range(len(tokens) - 1, -1, -1):
                if _POSTCODE.match(tokens[i]) and not self._is_box(tokens, i):
                    return self._around(segments, at, i)
        if len(segments) == 1:
            return Parsed("", " ".join(segments[0]), None, delimited=False)
        named = [" ".join(segment) for segment in segments]
        while len(named) > 2 and {*named[-2:]} <= {*self.territories}:
            named.pop()  # Foix, Ariège, Occitanie
        *head, last = segments[: len(named)]
        if self._is_territory(" ".join(last), head[-1], alone=len(segments) == 2):
            rue = " ".join(word for segment in head[:-1] for word in segment)
            return Parsed(rue, " ".join([*head[-1], "/", *last]), None, delimited=True)
        rue = " ".join(word for segment in head for word in segment)
        return Parsed(rue, " ".join(last), None, delimited=True)

    def _segments(self, text: str) -> list[list[str]]:
        """Cut at commas, and at brackets unless they are in a commune's name."""
        segments = []
        for piece in _SEGMENTS.split(text):
            named = "(" in piece and self.known(self.norm(_FIVE_DIGITS.sub(" ", piece)))
            named = named and not _NUMBER_ASIDE.search(piece)  # Marseille (13): a département
            parts = [piece] if named else _BRACKETS.split(piece)
            segments += [self._tokens(part) for part in parts]
        return [tokens for tokens in segments if tokens]

    def _tokens(self, segment: str) -> list[str]:
        tokens = self.norm(segment).split()
        if "cedex" in tokens:
            tokens = tokens[: tokens.index("cedex")]
        return [] if len(tokens) == 1 and tokens[0] in self.words.ignored else tokens

    def _is_box(self, tokens: Sequence[str], i: int) -> bool:
        return i > 0 and tokens[i - 1] in self.words.boxes

    def _around(self, segments: Sequence[Sequence[str]], at: int, i: int) -> Parsed:
        """Take a text apart around its postal code."""
        tokens = segments[at]
        before = [word for segment in segments[:at] for word in segment]
        after = [word for segment in segments[at + 1 :] for word in segment]
        ville = list(tokens[i + 1 :]) or after
        if (
            after == ville
            and not before
            and self.is_street(after)
            and self.known(" ".join(tokens[:i]))
        ):  # "Toulouse 31000, 1 place du Capitole"
            return Parsed(" ".join(after), " ".join(tokens[:i]), tokens[i], delimited=True)
        if ville:
            rue = [*before, *tokens[:i]]
            if not rue and tokens[i + 1 :] and " ".join(after) not in self.territories:
                rue = after  # "31000 Toulouse, 1 place du Capitole"
            return Parsed(" ".join(rue), " ".join(ville), tokens[i], delimited=True)
        own = " ".join(tokens[:i])  # "Toulouse 31000", or "1 place du Capitole 31000"
        if own and self.known(own):
            return Parsed(" ".join(before), own, tokens[i], delimited=True)
        if before and not own and at and self.known(" ".join(segments[at - 1])):
            rue = [word for segment in segments[: at - 1] for word in segment]
            return Parsed(" ".join(rue), " ".join(segments[at - 1]), tokens[i], delimited=True)
        return Parsed(" ".join([*before, *tokens[:i]]), "", tokens[i], delimited=True)

    def is_street(self, tokens: Sequence[str]) -> bool:
        """Tell whether words start as a street's address does.

        Parameters
        ----------
        tokens : sequence of str
            Normalised.

        Returns
        -------
        bool
            True for a number, or a type of street.
        """
        return bool(tokens) and (tokens[0].isdigit() or tokens[0] in self.words.street_types)

    def is_hamlet(self, name: str) -> bool:
        """Tell whether a name is what most communes call a part of theirs.

        Parameters
        ----------
        name : str
            Normalised.

        Returns
        -------
        bool
            True for that very name: ``cours`` or ``la chaussee`` are rather communes.
        """
        return name == _HAMLET

    def restored(self, text: str) -> tuple[str, str] | None:
        """Write out a postal code that lost its zero, or is cut, before a commune that it serves.

        Parameters
        ----------
        text : str
            As it was typed: ``12 rue de Metz 9000 Foix``.

        Returns
        -------
        tuple of str or None
            ``12 rue de Metz 09000 Foix``, and a French sentence that says what was supposed; None
            where the commune named does not have that code.
        """
        match = _SPOILT.search(text)
        if match is None:
            return None
        code = "".join(match[1].split()).zfill(5)
        served = self._store.communes_of_postcode(code)
        lieux = self.named(" ".join(self._tokens(match[2]))) if served else []
        fits = [lieu for lieu in lieux if {lieu.code, lieu.commune} & {*served}]
        if not fits:
            return None
        note = f"« {match[1]} » a été lu {code}, qui est bien un code postal de {fits[0].nom}."
        return f"{text[: match.start()]}{code} {match[2]}", note

    def _is_territory(self, last: str, before: Sequence[str], *, alone: bool) -> bool:
        """Tell whether a text's last part says where the commune named before it is.

        Some communes are called as streets are (Grand-Charmont, Doubs) and some
        territories as communes (rue de Metz, Doubs): the name decides.
        """
        codes = self.territories.get(last, ())
        if not codes:
            return False
        lieux = self.named(" ".join(before))
        if alone and self.is_street(before):
            return any(departement_of(lieu.commune) in codes for lieu in lieux)
        return bool(lieux)

    def known(self, ville: str) -> bool:
        """Tell whether a place has a name.

        Parameters
        ----------
        ville : str
            Normalised.

        Returns
        -------
        bool
            True for former communes too.
        """
        return bool(self.named(ville))

    def named(self, ville: str) -> list[Lieu]:
        """List the places that have a name.

        Parameters
        ----------
        ville : str
            Normalised.

        Returns
        -------
        list of Lieu
            Each once.
        """
        found = self._store.lieux([ville])
        city, _, last = ville.rpartition(" ")
        if not found and last in _ROMAN:
            found = self._store.lieux([f"{city} {_ROMAN[last]}"])
        for pattern in _ARRONDISSEMENTS if not found else ():
            if match := pattern.match(ville):
                found = self._store.lieux([f"{match['city']} {match['n']}"])
        lieux = [lieu for _, lieu in found]
        return list({(lieu.nature, lieu.code): lieu for lieu in lieux}.values())

    def endings(self, words: str) -> list[tuple[str, Lieu]]:
        """List the places whose name ends a text, with what comes before it.

        Parameters
        ----------
        words : str
            Normalised.

        Returns
        -------
        list of tuple
            The rest of the text, which is not empty, and the place; most populated first.
        """
        tokens = words.split()
        endings = [" ".join(tokens[i:]) for i in range(1, len(tokens))]
        hits = self._store.lieux(endings) if endings else []
        return [(words[: -len(norm)].strip(), lieu) for norm, lieu in hits]

    def heads(self, words: str) -> list[tuple[str, Lieu]]:
        """List the places whose name starts a text, with the street that comes after it.

        Parameters
        ----------
        words : str
            Normalised: ``bondy 12 allee racine``.

        Returns
        -------
        list of tuple
            The street, which starts as one, and the place; most populated first.
        """
        tokens = words.split()
        cuts = [i for i in range(1, len(tokens) - 1) if self.is_street(tokens[i:])]
        return [
            (" ".join(tokens[i:]), lieu) for i in cuts for lieu in self.named(" ".join(tokens[:i]))
        ]

    def streets(self, rue: str) -> list[str]:
        """List the ways to read a street address: all of it, or without what is beside it.

        Parameters
        ----------
        rue : str
            Normalised: ``residence des lilas 12 bis rue de metz batiment b bp 12``.

        Returns
        -------
        list of str
            Likeliest first: ``12 bis rue de metz``, then longer ones.
        """
        tokens = self._outside(_RANGE.sub(r"\1 \2", rue).split())
        if not tokens:
            return [rue] if rue else []
        numbered = [i for i in range(len(tokens)) if self._is_number(tokens, i)]
        typed = [i for i in range(1, len(tokens)) if tokens[i] in self.words.street_types]
        starts = [*numbered, 0] if numbered else [0, *typed]
        return list(dict.fromkeys(" ".join(tokens[i:]) for i in starts))

    def _is_number(self, tokens: Sequence[str], i: int) -> bool:
        """Tell whether a street's address starts at a word: a number, then a type of street."""
        ahead = tokens[i + 1 : i + 3]
        return tokens[i][:1].isdigit() and any(word in self.words.street_types for word in ahead)

    def _outside(self, tokens: Sequence[str]) -> list[str]:
        """Leave out mailboxes, and what is inside a building where it follows the street."""
        kept: list[str] = []
        skip = False
        for i, token in enumerate(tokens):
            if skip:
                skip = False
                continue
            if token in self.words.boxes and i + 1 < len(tokens) and tokens[i + 1].isdigit():
                skip = True
                continue
            if token in self.words.inside and self.is_street(kept) and len(kept) > 2:
                break
            kept.append(token)
        return kept

"""A text taken apart into a street and the commune it is in, by what the store knows.

It never guesses. A commune's name is believed where it stands alone, after a comma or
beside a postal code; at the end of a text without punctuation it is only a way to read it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import filterfalse
from typing import NamedTuple

from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.geocoding.names import Names
from zonage_geo.store.query import Lieu
from zonage_geo.territory import departement_of

__all__ = ["MAX_LENGTH", "Parsed", "Reader"]

MAX_LENGTH = 200
"""As the national geocoders: longer texts are no address."""

_SEGMENTS = re.compile(r"[,;\n\r\t]+")
_BRACKETS = re.compile(r"[()]+")
_NUMBER_ASIDE = re.compile(r"\(\s*\d+\s*\)")
_FIVE_DIGITS = re.compile(r"\b\d{5}\b")
_SHORT_POSTCODE = re.compile(r"\A\d{4}\Z")
_SPACED_POSTCODE = re.compile(r"\A\d{2}\s\d{3}\Z")
_SPOILT = re.compile(r"(?<!\w)(\d{4}|\d{2}\s\d{3})[\s,;]+(\D+)\Z")
"""A postal code without its zero, or with a space in it, then nothing but what may be a commune."""
_POSTCODE = re.compile(r"\A\d{5}\Z")
_POINT = re.compile(
    r"\A\s*([-\u2212]?\d{1,2})[.,](\d+)\s*[,;\s]\s*([-\u2212]?\d{1,3})[.,](\d+)\s*\Z", re.ASCII
)
"""Two numbers with decimals: degrees, not an address."""
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
    beside : str
        Another part that commas set apart, where it may name a commune too: ``Toulouse, Foix``.
    """

    rue: str
    ville: str
    postcode: str | None
    delimited: bool
    beside: str = ""


class Reader(Names):
    """Take texts apart, by the names of places."""

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
            If it is a postal code that lost its zero, has a space in it, or that nothing has.
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
        if _SPACED_POSTCODE.match(short):
            whole, why = "".join(short.split()), "un code postal s'écrit sans espace."
        elif _SHORT_POSTCODE.match(short):
            whole, why = f"0{short}", "le zéro initial du code postal manque-t-il ?"
        else:
            return
        if self._store.communes_of_postcode(whole):
            raise PlaceNotFoundError(f"« {short} » : {why}", (whole,))
        known = self._store.commune_name(whole)
        hint = f" S'il s'agit du code INSEE de {known} : --insee {whole}" if known else ""
        raise PlaceNotFoundError(f"« {short} » : aucun code postal {whole}.{hint}")

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
        return Parsed(rue, " ".join(last), None, delimited=True, beside=" ".join(head[-1]))

    def _segments(self, text: str) -> list[list[str]]:
        """Cut at commas, and at brackets unless they are in a commune's name."""
        segments: list[list[str]] = []
        for piece in _SEGMENTS.split(text):
            named = "(" in piece and self.known(self.norm(_FIVE_DIGITS.sub(" ", piece)))
            named = named and not _NUMBER_ASIDE.search(piece)  # Marseille (13): a département
            parts = [piece] if named else _BRACKETS.split(piece)
            segments += [tokens for part in parts if (tokens := self._tokens(part))]
        if len(segments) == 2 and self._is_number_apart(*segments):
            return [segments[0] + segments[1]]  # "12, rue de Metz"
        return segments

    def _is_number_apart(self, number: Sequence[str], after: Sequence[str]) -> bool:
        short = _FIVE_DIGITS.sub("", " ".join(number)).isdigit()
        return short and self.is_street(after) and not self.known(" ".join(after))

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
        behind = list(segments[at + 1 :])
        while len(behind) > 1 and " ".join(behind[-1]) in self.territories:
            behind.pop()  # 97400, Saint-Denis, La Réunion
        after = [word for segment in behind for word in segment]
        ville = list(tokens[i + 1 :]) or after
        if not (before or tokens[:i]) and self._is_only_street(ville):
            return Parsed(" ".join(ville), "", tokens[i], delimited=True)  # "31000 12 rue de Metz"
        own = " ".join(tokens[:i])
        if own and not before and self.known(own) and self._is_part(ville):
            return Parsed(" ".join(ville), own, tokens[i], delimited=True)  # "Foix 09000, 1 rue X"
        if ville:
            rue = [*before, *tokens[:i]]
            beside = " ".join(filterfalse(_POSTCODE.match, after)) if tokens[i + 1 :] else ""
            if beside in self.territories:
                beside = ""
            elif beside and not rue:
                rue, beside = after, ""  # "31000 Toulouse, 1 place du Capitole"
            return Parsed(" ".join(rue), " ".join(ville), tokens[i], delimited=True, beside=beside)
        if own and self.known(own):  # "Toulouse 31000", rather than "1 place du Capitole 31000"
            return Parsed(" ".join(before), own, tokens[i], delimited=True)
        if before and not own and at and self.known(" ".join(segments[at - 1])):
            rue = [word for segment in segments[: at - 1] for word in segment]
            return Parsed(" ".join(rue), " ".join(segments[at - 1]), tokens[i], delimited=True)
        return Parsed(" ".join([*before, *tokens[:i]]), "", tokens[i], delimited=True)

    def _is_part(self, tokens: Sequence[str]) -> bool:
        """Tell whether words are rather a street or a hamlet than a commune."""
        words = " ".join(tokens)
        return self.is_hamlet(words) or (self.is_street(tokens) and not self.known(words))

    def _is_only_street(self, tokens: Sequence[str]) -> bool:
        """Tell whether words are a street's address, no commune's name being at their end."""
        if not self._is_part(tokens):
            return False
        return not any(self.is_named(rest) for rest, _ in self.endings(" ".join(tokens)))

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
        served = self.served(code)
        lieux = self.named(" ".join(self._tokens(match[2]))) if served else []
        fits = [lieu for lieu in lieux if {lieu.code, lieu.commune} & served]
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

"""Text as people type it, brought to one form, so that equal places compare equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from zonage_geo.catalog.model import Words

__all__ = ["Street", "normalise", "split_street"]

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_NOT_WORD = re.compile(r"[^0-9a-z]+")
_DIGITS_LETTER = re.compile(r"(?<=\d)(?=[a-z])")


class Street(NamedTuple):
    """A street address taken apart.

    Attributes
    ----------
    numero : str or None
        Number with its repetition, ``12 bis``; a range as ``4 6``.
    voie : str
        Normalised name of the street.
    """

    numero: str | None
    voie: str


def normalise(text: str, abbreviations: Mapping[str, str]) -> str:
    """Bring a text to words without accents, capitals, punctuation or abbreviations.

    Parameters
    ----------
    text : str
        Any text.
    abbreviations : mapping of str to str
        Short form to word, both normalised.

    Returns
    -------
    str
        Words of ``a-z0-9`` with one space between.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    words = _NOT_WORD.sub(" ", plain).split()
    return " ".join(abbreviations.get(word, word) for word in words)


def split_street(norm: str, words: Words) -> Street:
    """Take the house number off a normalised street address.

    Parameters
    ----------
    norm : str
        As `normalise` gives it: ``12 bis rue de la mairie``.
    words : Words
        Which words repeat a number.

    Returns
    -------
    Street
        The number is None where the text starts with none, or with an ordinal
        (``8 mai 1945`` after a street's type is the street's name).
    """
    tokens = _DIGITS_LETTER.sub(" ", norm).split() if norm[:1].isdigit() else norm.split()
    at = 0
    while at < len(tokens) and tokens[at].isdigit():
        at += 1
    if at and at < len(tokens) - 1:
        letter = len(tokens[at]) == 1 and tokens[at + 1] in words.street_types
        at += letter or tokens[at] in words.repetitions
    return Street(" ".join(tokens[:at]) or None, " ".join(tokens[at:]))

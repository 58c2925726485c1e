"""Words as people write them: case, accents and signs set aside; the nearest known one."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

__all__ = ["did_you_mean", "fold", "nearest"]

CLOSE = 0.75
"""How alike two spellings are, by ``difflib``, for one to be offered for the other."""
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Bring a text to words without accents, capitals or signs.

    Parameters
    ----------
    text : str
        Any text: ``Chirurgien-Dentiste``, ``medico_social``.

    Returns
    -------
    str
        Words of ``a-z0-9`` with one space between.
    """
    plain = unicodedata.normalize("NFKD", text).casefold().replace("œ", "oe")
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", plain).strip()


def nearest(text: str, known: Iterable[str]) -> str | None:
    """Give the known word that a text is most like.

    Parameters
    ----------
    text : str
        What was written.
    known : iterable of str
        Words, as they are written; compared once folded.

    Returns
    -------
    str or None
        As it is known; None where none is close.
    """
    by_fold: dict[str, str] = {}
    for word in known:
        by_fold.setdefault(fold(word), word)
    near = difflib.get_close_matches(fold(text), by_fold, 1, CLOSE)
    return by_fold[near[0]] if near else None


def did_you_mean(near: str | None) -> str:
    """Offer a word in a message.

    Parameters
    ----------
    near : str or None
        As `nearest` gives it.

    Returns
    -------
    str
        `` Vouliez-vous dire : statut ?`` with a space before it; empty for None.
    """
    return f" Vouliez-vous dire : {near} ?" if near else ""

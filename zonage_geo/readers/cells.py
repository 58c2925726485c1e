"""Cells as clean text: spreadsheet values, formulas of text, accents read in the wrong code."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from zonage_geo.report import counted

__all__ = [
    "as_text",
    "broken_accents",
    "clean",
    "counted",
    "is_blank",
    "lost_characters",
    "mend_accents",
]

_FORMULA = re.compile(r'\A=\s*"(.*)"\Z|\A=\s*(\d+)\Z', re.DOTALL)
_NOTHING = frozenset({"None", "nan", "<NA>", "NaT"})
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\x00"

# Second bytes of UTF-8 as cp1252 shows them (and latin-1, for the five that cp1252 lacks).
_TAIL = "\u0080-\u00bf" + bytes(range(0x80, 0xA0)).decode("cp1252", errors="ignore")
_MOJIBAKE = re.compile(f"[ÃÂ][{_TAIL}]|Å[“’¸\u0093\u0092]|â[€\u0080][{_TAIL}]")
_LEFTOVER = re.compile(r"Ã(?![A-Za-z\s.,;:'’)-]|\Z)")
_LOST = re.compile(r"\ufffd|(?<=[^\W\d_])\?(?=[^\W\d_])")
DEEPEST = 20
"""Lists in lists that are followed; one is usual."""
_ROUNDS = 2
"""Text can have gone twice through the wrong code; never seen thrice."""


def as_text(value: object, *, depth: int = 0) -> str:
    """Write a value of a spreadsheet or of an attribute table as a list would.

    Parameters
    ----------
    value : object
        As the library that read the file gives it.
    depth : int, optional
        In how many lists it is; beyond `DEEPEST`, it is not followed.

    Returns
    -------
    str
        Empty for nothing; ``1400`` for 1400.0; ISO for dates; several values by commas, with
        their keys where they have some.
    """
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date | dt.time):
        text = value.isoformat()
        return text.removesuffix("T00:00:00")
    if isinstance(value, Mapping):
        value = [f"{key} : {as_text(one, depth=depth + 1)}" for key, one in value.items()]
    if isinstance(value, Iterable):
        inner = depth + 1
        return ", ".join(as_text(one, depth=inner) for one in value) if inner < DEEPEST else "…"
    number = getattr(value, "item", lambda: value)()  # numpy's scalars
    if isinstance(number, bool):
        return "VRAI" if number else "FAUX"
    if isinstance(number, float) and number.is_integer():
        return str(int(number))
    text = str(number)
    return "" if text in _NOTHING else text


def clean(text: str) -> str:
    """Take off what surrounds a value and is no part of it.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    str
        Without spaces at its ends, invisible marks, ``="…"`` or a spreadsheet's apostrophe.
    """
    out = text.strip()
    if not out.isascii() or "\x00" in out:
        out = out.strip(_INVISIBLE).strip()
    if out[:1] == "=":
        found = _FORMULA.match(out)
        if found:
            out = (found[1] if found[1] is not None else found[2]).strip()
    elif out[:1] == "'" and out[1:2].isdigit():
        out = out[1:]
    return out


def is_blank(cells: Iterable[str]) -> bool:
    """Tell whether a row holds nothing.

    Parameters
    ----------
    cells : iterable of str
        Cleaned cells.

    Returns
    -------
    bool
        True where all are empty.
    """
    return not any(cells)


def mend_accents(text: str) -> str:
    """Bring back accents of UTF-8 that was read as cp1252 or Latin-1.

    Parameters
    ----------
    text : str
        ``AlbiÃ¨s``.

    Returns
    -------
    str
        ``Albiès``; the text itself where nothing is broken, or what is cannot be mended.
    """
    for _ in range(_ROUNDS):
        mended = _MOJIBAKE.sub(lambda found: _undo(found[0]), text)
        if mended == text:
            break
        text = mended
    return text


def broken_accents(text: str) -> bool:
    """Tell whether a text keeps signs of accents that cannot be brought back.

    Parameters
    ----------
    text : str
        After `mend_accents`.

    Returns
    -------
    bool
        True for ``Ã`` before what is no letter.
    """
    return "Ã" in text and _LEFTOVER.search(text) is not None


def lost_characters(text: str) -> bool:
    """Tell whether characters of a text were lost before us.

    Parameters
    ----------
    text : str
        ``C?ur de Ville``; an address of the web is none.

    Returns
    -------
    bool
        True for a question mark inside a word, or the replacement character.
    """
    if "?" not in text and "\ufffd" not in text:
        return False
    return "://" not in text and "=" not in text and _LOST.search(text) is not None


def _undo(text: str) -> str:
    """Read a few characters again as the bytes of UTF-8."""
    raw = b"".join(_byte(char) for char in text)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text


def _byte(char: str) -> bytes:
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1", errors="replace")

"""The codings of the shipped tables, in the direction of writing.

They are described, and undone, in ``zonage_geo/facts/__init__.py``; each function
here bears the name of the coding that it writes. Values must hold neither line
ends nor tabs nor form feeds: that is checked where they are joined.
"""

from __future__ import annotations

import bz2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["beside", "classes", "front", "names_backwards", "pack", "plain", "steps"]

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_SEPARATORS = frozenset("\n\r\t\f")


def pack(columns: Iterable[str]) -> bytes:
    """Join the coded columns of a table and compress them.

    Parameters
    ----------
    columns : Iterable[str]
        The columns, coded.

    Returns
    -------
    bytes
        What the file holds.
    """
    return bz2.compress("\f".join(columns).encode("utf-8"), 9)


def plain(values: Sequence[str]) -> str:
    """Write values as they are.

    Parameters
    ----------
    values : Sequence[str]
        What to write.

    Returns
    -------
    str
        A line a value.
    """
    for value in values:
        if _SEPARATORS.intersection(value):
            raise ValueError(f"{value!r} holds a character that separates values")
    return "\n".join(values)


def steps(codes: Sequence[str]) -> str:
    """Write codes as differences.

    Parameters
    ----------
    codes : Sequence[str]
        Codes of five characters, the last three of them digits.

    Returns
    -------
    str
        The coded column.
    """
    lines = []
    head, number = "", 0
    for code in codes:
        if len(code) != 5 or not code[2:].isdecimal():
            raise ValueError(f"{code!r} is not a code of five characters ending in three digits")
        lines.append(str(int(code[2:]) - number) if code[:2] == head else code)
        head, number = code[:2], int(code[2:])
    return plain(lines)


def beside(codes: Sequence[str], reference: Sequence[str]) -> str:
    """Write codes by what differs from another column.

    Parameters
    ----------
    codes : Sequence[str]
        Codes of five characters.
    reference : Sequence[str]
        The codes that go with them, already known to the reader.

    Returns
    -------
    str
        The coded column.
    """
    lines = []
    previous = ""
    for code, other in zip(codes, reference, strict=True):
        if code == other:
            lines.append("")
        elif code == previous:
            lines.append("=")
        else:
            lines.append(code[2:] if code[:2] == other[:2] else code)
        previous = code
    return plain(lines)


def front(names: Sequence[str]) -> str:
    """Write names by what differs from the name above.

    Parameters
    ----------
    names : Sequence[str]
        Names.

    Returns
    -------
    str
        The coded column.
    """
    lines = []
    previous = ""
    for name in names:
        shared = 0
        limit = min(len(name), len(previous), len(_BASE36) - 1)
        while shared < limit and name[shared] == previous[shared]:
            shared += 1
        lines.append(_BASE36[shared] + name[shared:])
        previous = name
    return plain(lines)


def classes(values: Sequence[str], legend: Sequence[str] | None = None) -> str:
    """Write values that are few by one letter each.

    Parameters
    ----------
    values : Sequence[str]
        Values, with at most 26 distinct ones.
    legend : Sequence[str] | None, optional
        The distinct values in the order wanted; sorted when not given.

    Returns
    -------
    str
        The legend, then the letters.
    """
    known = sorted(set(values)) if legend is None else list(legend)
    if len(known) > 26:
        raise ValueError(f"{len(known)} distinct values, 26 letters")
    plain(known)
    letters = {value: chr(ord("a") + rank) for rank, value in enumerate(known)}
    return "\t".join(known) + "\n" + "".join(letters[value] for value in values)


def names_backwards(
    rows: Sequence[tuple[str, str, str, str]], known: dict[str, str]
) -> tuple[list[str], list[str]]:
    """Leave out of the events each name that the code bears later.

    Parameters
    ----------
    rows : Sequence[tuple[str, str, str, str]]
        Code and name before, code and name after, the oldest event first.
    known : dict[str, str]
        Today's names by code; a copy is updated.

    Returns
    -------
    tuple of list
        Names before and names after, empty where the reader finds them.
    """
    known = dict(known)
    before, after = [], []
    for av, nom_av, ap, nom_ap in reversed(rows):
        after.append("" if known.get(ap) == nom_ap else nom_ap)
        known[ap] = nom_ap
        before.append("" if known.get(av) == nom_av else nom_av)
        known[av] = nom_av
    return before[::-1], after[::-1]

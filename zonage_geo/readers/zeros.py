"""Codes on four digits: a zero that a spreadsheet took, or a code cut short by something else.

``1004`` is 01004 in a list that lost its zeros. ``3155`` is 03155 in such a list, and what is
left of 31555 in a list of Haute-Garonne that was cut: only the rest of the list can tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from zonage_geo.readers.known import bearers, known
from zonage_geo.readers.names import fold, loose

__all__ = ["Zeros", "zeros_of"]

_SHORT = re.compile(r"(?<![\w.])\d{4}(?!\w)")
_WHOLE = re.compile(r"(?<![\w.])(?:\d{5}|2[AB]\d{3})(?!\w)", re.IGNORECASE)


class Zeros(NamedTuple):
    """What the codes of a column tell of their zeros.

    Attributes
    ----------
    kept : str
        A code that has its zero; empty where none has.
    heads : frozenset of str
        What the codes on five characters start with: two characters.
    lost : str
        A code on four digits that can only have lost its zero; empty where none can.
    alone : frozenset of str
        Codes on four digits of which the column has no other with the same first digit, which
        would be that of their département.
    """

    kept: str = ""
    heads: frozenset[str] = frozenset()
    lost: str = ""
    alone: frozenset[str] = frozenset()

    def doubt(self, short: str, nom: str = "") -> str:
        """Say why a code on four digits is not to be read with a zero before it.

        Parameters
        ----------
        short : str
            ``3155``.
        nom : str, optional
            The name of its commune, where the row has one: it settles it.

        Returns
        -------
        str
            French sentence; empty where the zero is what lacks.
        """
        if nom and _bears(f"0{short}", nom):
            return ""
        if self.kept:
            why = f"les autres codes ont gardé leur zéro ({self.kept})"
        elif not self.may_be_cut(short):
            return ""
        elif not self.lost:
            why = f"rien ne dit que ce fichier a perdu des zéros, et il a des codes en {short[:2]}"
        elif short in self.alone:
            why = f"ce serait le seul code en 0{short[0]}, et il y en a en {short[:2]}"
        else:
            return ""
        return (
            f"« {short} » n’a que 4 chiffres : 0{short}, ou un code coupé ? {why[:1].upper()}"
            f"{why[1:]}. Corrigez-le dans le fichier."
        )

    def may_be_cut(self, short: str) -> bool:
        """Tell whether a commune of the file's départements has a code that starts so.

        Parameters
        ----------
        short : str
            ``3155``.

        Returns
        -------
        bool
            Whether it may be what is left of another code.
        """
        return short[:2] in self.heads and short in _starts()


def zeros_of(cells: Iterable[str], noms: Sequence[str] | None = None) -> Zeros:
    """Tell what the codes of a column say of their zeros.

    Parameters
    ----------
    cells : iterable of str
        Of the column, as text; several codes in one too.
    noms : sequence of str, optional
        Names of communes beside them.

    Returns
    -------
    Zeros
        To judge codes on four digits, of this column.
    """
    kept = ""
    heads: set[str] = set()
    short: dict[str, str] = {}
    for rank, cell in enumerate(cells):
        whole = _WHOLE.findall(cell)
        heads.update(code[:2].upper() for code in whole)
        kept = kept or next((code for code in whole if code[0] == "0" and code != "00000"), "")
        for code in _SHORT.findall(cell):
            short.setdefault(code, noms[rank] if noms else "")
    firsts = Counter(code[0] for code in short)
    alone = frozenset(code for code in short if firsts[code[0]] == 1)
    told = Zeros(kept, frozenset(heads), alone=alone)
    lost = (code for code, nom in short.items() if _only_lost(told, code, nom))
    return told._replace(lost=next(lost, ""))


def _only_lost(told: Zeros, short: str, nom: str) -> bool:
    """Tell whether a code on four digits is one with its zero, and no other cut short."""
    if f"0{short}" not in known().ever:
        return False
    return not told.may_be_cut(short) or (nom != "" and _bears(f"0{short}", nom))


@lru_cache(maxsize=1)
def _starts() -> frozenset[str]:
    """Give the first four characters of every commune code ever."""
    return frozenset(code[:4] for code in known().ever)


def _bears(code: str, nom: str) -> bool:
    """Tell whether the commune of a code bears or bore a name."""
    name = fold(nom)
    return any(loose(one.name) == loose(name) for one in bearers().of_code.get(code, ()))

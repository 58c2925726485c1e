"""What happened to a file's rows, as French text: kind by kind, the first lines of each."""

from __future__ import annotations

from zonage_geo.french import capital, figures
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.report import Report

__all__ = ["account_blocks", "others"]

SHOWN = 4
"""Lines of a kind that are told before the others are counted."""
QUIET = frozenset({"couche absente", "en-tête", "titre", "accents rétablis"})
"""Kinds of which many are counted only."""


def account_blocks(report: Report, noun: str = "ligne", *, whole: bool = False) -> list[list[str]]:
    """Tell what happened to rows, kind by kind.

    Parameters
    ----------
    report : Report
        The account.
    noun : str
        What a row is called: ``ligne``, ``objet``.
    whole : bool
        Whether every line is told, and the header where it was expected.

    Returns
    -------
    list of list of str
        Of each kind, the lines of its text.
    """
    blocks = []
    for kind, count in report.told(whole=whole).items():
        mine = [line for line in report.lines if line.kind == kind]
        shown = mine if whole else mine[: 0 if kind in QUIET and count > SHOWN else SHOWN]
        block = [f"{capital(kind)} : {figures(count)}"]
        for line in shown:
            where = f"{noun} {line.row} : " if line.row is not None else ""
            code = f"{line.code} : " if line.code and line.code not in line.detail else ""
            block += fill(f"{where}{code}{line.detail}", WIDTH, "  · ", "    ").splitlines()
        if len(shown) < count:
            block.append(f"  · {others(count - len(shown))}")
        blocks.append(block)
    return blocks


def others(count: int) -> str:
    """Count what is not told, and say how to have it.

    Parameters
    ----------
    count : int
        Lines left out.

    Returns
    -------
    str
        ``et 12 autres (--lignes montre tout)``.
    """
    return f"et {figures(count)} {'autres' if count > 1 else 'autre'} (--lignes montre tout)"

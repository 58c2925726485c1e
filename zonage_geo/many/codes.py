"""Commune codes of rows that are places, as text: with the zeros that their column lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

import pandas as pd

from zonage_geo.readers.cells import clean
from zonage_geo.readers.codes import cell_texts
from zonage_geo.readers.columns import is_named
from zonage_geo.readers.zeros import Zeros

__all__ = ["SHORT", "code_texts", "names_beside", "with_zeros"]

Name = TypeVar("Name")

SHORT = re.compile(r"\d{4}")
"""A code that lost its zero, or was cut short: `readers.zeros` tells which."""


def names_beside(columns: Iterable[Name], column: Name) -> Name | None:
    """Find the column of the communes' names beside their codes.

    Parameters
    ----------
    columns : iterable
        Those of the frame or file.
    column : Hashable
        That of the codes.

    Returns
    -------
    Hashable or None
        The first that is called so.
    """
    return next((one for one in columns if one != column and is_named(str(one), "nom")), None)


def code_texts(column: pd.Series) -> list[str]:
    """Give the codes of a column as text.

    Parameters
    ----------
    column : Series
        Of any type.

    Returns
    -------
    list of str
        Without spaces around, a spreadsheet's formula, or the decimals of a whole number; empty
        where there is none.
    """
    return [clean(text).removesuffix(".0") for text in cell_texts(column)]


def with_zeros(texts: Iterable[str], noms: Iterable[str] | None, zeros: Zeros) -> list[str | None]:
    """Put a zero before the codes that lost it.

    Parameters
    ----------
    texts : iterable of str
        As `code_texts` gives them.
    noms : iterable of str or None
        Names of communes beside them.
    zeros : Zeros
        What their column tells.

    Returns
    -------
    list of str or None
        None where there is no code. Where it is doubtful that a zero is what lacks, the four
        digits stay, which are no code.
    """
    codes = list(texts)
    beside = [""] * len(codes) if noms is None else list(noms)
    return [
        f"0{code}" if SHORT.fullmatch(code) and not zeros.doubt(code, nom) else code or None
        for code, nom in zip(codes, beside, strict=True)
    ]

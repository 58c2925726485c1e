"""Commune codes that lost their zero in a file of places, as `readers.zeros` tells them."""

from __future__ import annotations

import re

import pandas as pd

from zonage_geo.batch.model import Chunk, Input
from zonage_geo.readers.cells import counted
from zonage_geo.readers.codes import cell_texts
from zonage_geo.readers.columns import is_named
from zonage_geo.readers.zeros import Zeros, zeros_of

__all__ = ["judged", "names_beside", "with_zeros"]

_SHORT = re.compile(r"\d{4}")


def names_beside(source: Input, column: str) -> str | None:
    """Find the column of the communes' names beside their codes.

    Parameters
    ----------
    source : Input
        The file.
    column : str
        That of the codes.

    Returns
    -------
    str or None
        The first that is called so.
    """
    named = (name for name in source.columns if name != column and is_named(name, "nom"))
    return next(named, None)


def judged(source: Input, column: str) -> tuple[Zeros, tuple[str, ...]]:
    """Tell from the first rows of a file what its codes on four digits are.

    Parameters
    ----------
    source : Input
        The file.
    column : str
        That of the codes.

    Returns
    -------
    Zeros
        To judge all of them.
    tuple of str
        French sentences on those of the first rows.
    """
    beside = names_beside(source, column)
    wanted = [column] if beside is None else [column, beside]
    data = next(iter(source.chunks())).data
    some = data[wanted] if isinstance(data, pd.DataFrame) else data.select(wanted)
    frame = Chunk(some).frame()
    codes = [text.strip() for text in cell_texts(frame[column])]
    noms = None if beside is None else cell_texts(frame[beside])
    zeros = zeros_of(codes, noms)
    doubts: list[str] = []
    restored: list[str] = []
    for rank, code in enumerate(codes):
        if _SHORT.fullmatch(code):
            why = zeros.doubt(code, noms[rank] if noms else "")
            (doubts if why else restored).append(why or code)
    notes = []
    if restored:
        notes.append(f"{counted(len(restored), 'code')} sur 4 chiffres : zéro rétabli "
                     f"({restored[0]} lu 0{restored[0]}).")  # fmt: skip
    if doubts:
        notes.append(f"{counted(len(doubts), 'ligne')} sans réponse, au code douteux. {doubts[0]}")
    return zeros, tuple(notes)


def with_zeros(codes: pd.Series, noms: pd.Series | None, zeros: Zeros) -> pd.Series:
    """Put a zero before the codes that lost it.

    Parameters
    ----------
    codes : Series
        Text or numbers.
    noms : Series or None
        Names of communes beside them.
    zeros : Zeros
        As `judged` gives it.

    Returns
    -------
    Series
        The same, but for codes on four digits: with a zero, or as they are, as text, where
        that is doubtful.
    """
    texts = [text.strip() for text in cell_texts(codes)]
    if codes.map(pd.api.types.is_list_like).any():  # lists of a Parquet: text, as elsewhere
        codes = pd.Series(texts, index=codes.index, dtype=object).replace("", None)
    short = [at for at, text in enumerate(texts) if _SHORT.fullmatch(text)]
    if not short:
        return codes
    out = codes.astype(object)
    beside = [""] * len(out) if noms is None else cell_texts(noms)
    for at in short:
        doubtful = zeros.doubt(texts[at], beside[at])
        out.iloc[at] = texts[at] if doubtful else f"0{texts[at]}"
    return out

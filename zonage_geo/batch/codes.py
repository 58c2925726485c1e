"""Commune codes that lost their zero in a file of places, as `readers.zeros` tells them."""

from __future__ import annotations

from zonage_geo.batch.model import Chunk, Input
from zonage_geo.many.codes import SHORT, code_texts
from zonage_geo.readers.cells import counted
from zonage_geo.readers.codes import cell_texts
from zonage_geo.readers.zeros import Zeros, zeros_of

__all__ = ["codes_and_names", "judged"]


def codes_and_names(
    chunk: Chunk, column: str, beside: str | None
) -> tuple[list[str], list[str] | None]:
    """Give the commune codes of some rows, and the communes' names beside them.

    Parameters
    ----------
    chunk : Chunk
        The rows.
    column : str
        That of the codes.
    beside : str or None
        That of the names.

    Returns
    -------
    tuple
        Codes as text, empty where there is none; names, None where there is no such column.
    """
    frame = chunk.select([column] if beside is None else [column, beside])
    noms = None if beside is None else cell_texts(frame[beside])
    return code_texts(frame[column]), noms


def judged(source: Input, column: str, beside: str | None) -> tuple[Zeros, tuple[str, ...]]:
    """Tell from the first rows of a file what its codes on four digits are.

    Parameters
    ----------
    source : Input
        The file.
    column : str
        That of the codes.
    beside : str or None
        That of the communes' names.

    Returns
    -------
    Zeros
        To judge all of them.
    tuple of str
        French sentences on those of the first rows.
    """
    codes, noms = codes_and_names(next(iter(source.chunks())), column, beside)
    zeros = zeros_of(codes, noms)
    doubts: list[str] = []
    restored: list[str] = []
    for rank, code in enumerate(codes):
        if SHORT.fullmatch(code):
            why = zeros.doubt(code, noms[rank] if noms else "")
            (doubts if why else restored).append(why or code)
    notes = []
    if restored:
        notes.append(f"{counted(len(restored), 'code')} sur 4 chiffres : zéro rétabli "
                     f"({restored[0]} lu 0{restored[0]}).")  # fmt: skip
    if doubts:
        notes.append(f"{counted(len(doubts), 'ligne')} sans réponse, au code douteux. {doubts[0]}")
    return zeros, tuple(notes)

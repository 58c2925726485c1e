"""The polygons that hold the middles of cells, by scanline.

The edges that cross the middle of a row, from west to east, leave *gaps* between them; the
cells of a gap have their middles in the same polygons. Rows follow one another in one long
line: every polygon that a row enters it also leaves, so that each row starts from nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zonage_geo.index.edges import ONE, EdgeTable, ranges, spans
from zonage_geo.index.exact import Floats
from zonage_geo.index.grid import Grid
from zonage_geo.index.raster import Rows

__all__ = ["Scan", "scan"]


class Scan(NamedTuple):
    """What the middles of cells are in.

    Attributes
    ----------
    stride : int
        Columns of the grid.
    key : ndarray of int64, shape (crossings,)
        Row by row, the first cell whose middle is east of each crossing.
    word : ndarray of float64, shape (crossings + 1,)
        Word of each gap: before the first crossing, after the first, and so on.
    sets : ndarray of int32, shape (crossings + 1,)
        Set of each gap: 0 none, polygon + 1, or above ``polygons`` a row of ``set_start``.
    set_start : ndarray of int64, shape (sets of several + 1,)
        Where the members of each set of several polygons start.
    set_member : ndarray of int32
        Polygons. The middle of a cell may lie within a rounding of two edges of one
        polygon, which are then counted in the wrong order: a member counted out before it
        is in stands as ``~`` its number, one counted in twice stands twice. The edges of
        that cell, which are taken out again, put it right.
    """

    stride: int
    key: NDArray[np.int64]
    word: Floats
    sets: NDArray[np.int32]
    set_start: NDArray[np.int64]
    set_member: NDArray[np.int32]

    def gaps(self, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
        """Find the gaps that the middles of cells lie in.

        Parameters
        ----------
        column, row : ndarray of int64
            Cells.

        Returns
        -------
        ndarray of int64
            Ranks in ``word`` and ``sets``.
        """
        return np.searchsorted(self.key, row * self.stride + column, side="right")


def scan(grid: Grid, edges: EdgeTable, rows: Rows, polygons: int) -> Scan:
    """Sort the crossings of all rows, and say what is between them.

    Parameters
    ----------
    grid : Grid
        The grid.
    edges : EdgeTable
        Edges and their owners.
    rows : Rows
        The edges by row.
    polygons : int
        How many polygons there are.

    Returns
    -------
    Scan
        All gaps of all rows.
    """
    crossing = np.flatnonzero(rows.crosses)
    key = rows.row[crossing] * grid.columns + rows.from_column[crossing]
    order = np.argsort(key, kind="stable")
    key, edge = key[order], rows.edge[crossing][order]
    word = np.zeros(len(edge) + 1)
    np.cumsum(edges.word[edge], out=word[1:])
    poly, first, last, times = _stretches(edges, edge)
    # A gap between two crossings that fall in one cell holds no middle, and is never asked.
    asked = np.append(key[1:] != key[:-1], True) if len(key) else np.zeros(0, dtype=bool)
    needed = np.append(False, asked) & ((word >= 2 * ONE) | _odd(first, last, times, len(word)))
    gap = np.flatnonzero(needed)
    low, high = np.searchsorted(gap, first), np.searchsorted(gap, last, side="right")
    which, rank = ranges(low, (high - low) * (times != 0))
    again = np.abs(times[which])
    which, rank = np.repeat(which, again), np.repeat(rank, again)
    by_gap = np.argsort(rank, kind="stable")
    member = poly[which]
    member = np.where(times[which] > 0, member, ~member)[by_gap]
    start = spans(np.bincount(rank, minlength=len(gap)).astype(np.int64))
    number, set_start, set_member = _intern(start, member.astype(np.int32))
    sets = np.zeros(len(word), dtype=np.int32)
    single = np.append(False, asked) & ~needed & (word != 0)
    sets[single] = word[single] - (ONE - 1)
    sets[gap] = number + polygons + 1
    return Scan(grid.columns, key, word, sets, set_start, set_member)


def _stretches(
    edges: EdgeTable, edge: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Follow each polygon along the crossings: from gap to gap, how often it is counted."""
    begin = edges.owner_start[edge]
    position, at = ranges(begin, edges.owner_start[edge + 1] - begin)
    order = np.argsort(edges.owner[at], kind="stable")
    position, poly = position[order], edges.owner[at][order]
    times = np.cumsum(edges.owner_sign[at][order], dtype=np.int64)
    return poly, position + 1, np.append(position[1:], 0), times


def _odd(
    first: NDArray[np.int64], last: NDArray[np.int64], times: NDArray[np.int64], gaps: int
) -> NDArray[np.bool_]:
    """Find the gaps where some polygon is counted neither once nor not at all."""
    odd = (times != 0) & (times != 1) & (last >= first)
    change = np.zeros(gaps + 1, dtype=np.int64)
    np.add.at(change, first[odd], 1)
    np.add.at(change, last[odd] + 1, -1)
    covered: NDArray[np.bool_] = np.cumsum(change)[:-1] > 0
    return covered


def _intern(
    start: NDArray[np.int64], member: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Keep equal sets once: their numbers, and the members of each."""
    known: dict[bytes, int] = {}
    bounds = start.tolist()
    number = np.array(
        [
            known.setdefault(member[low:high].tobytes(), len(known))
            for low, high in pairwise(bounds)
        ],
        dtype=np.int64,
    )
    kept = [np.frombuffer(members, dtype=np.int32) for members in known]
    sizes = np.array([len(members) for members in kept], dtype=np.int64)
    return number, spans(sizes), np.concatenate([np.zeros(0, dtype=np.int32), *kept])

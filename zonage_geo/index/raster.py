"""Which edges touch which cells, and where they cross the middles of rows.

An edge is walked row by row. A cell's list may hold an edge that only comes near, which
costs a test and does no harm; it may not lack one that touches the cell, a margin included
that is far above any rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zonage_geo.index.edges import ranges
from zonage_geo.index.exact import Floats
from zonage_geo.index.grid import ROUNDING, Grid

__all__ = ["MARGIN", "Placed", "Rows", "Touches", "place", "rows_of", "touches_of"]

MARGIN = 1e-6
"""Cells are this much larger than drawn, in cells, for the lists of their edges."""

_LEVEL = 1e-9
"""An edge that rises less than this, in cells, is walked as a level one."""


@dataclass(frozen=True)
class Placed:
    """Edges in cells east and north of the grid's corner.

    Attributes
    ----------
    x0, y0, x1, y1 : ndarray of float64, shape (edges,)
        Lower end, upper end.
    """

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats


@dataclass(frozen=True)
class Rows:
    """Edges, once for each row of cells that they touch.

    Attributes
    ----------
    edge, row : ndarray of int64, shape (n,)
        Which edge, which row.
    first, last : ndarray of int64, shape (n,)
        The columns that it may touch in the row.
    crosses : ndarray of bool, shape (n,)
        Whether it crosses the middle of the row.
    from_column : ndarray of int64, shape (n,)
        Where it does, the first column whose middle is east of the crossing; between
        ``first`` and ``last + 1``.
    """

    edge: NDArray[np.int64]
    row: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    crosses: NDArray[np.bool_]
    from_column: NDArray[np.int64]


@dataclass(frozen=True)
class Touches:
    """Edges, once for each cell that they touch.

    Attributes
    ----------
    edge, column, row : ndarray of int64, shape (n,)
        Which edge, which cell.
    counted : ndarray of bool, shape (n,)
        Whether the edge crosses the middle of the row west of the middle of the cell.
    """

    edge: NDArray[np.int64]
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    counted: NDArray[np.bool_]


def place(grid: Grid, ends: Floats) -> Placed:
    """Bring edges to the grid.

    Parameters
    ----------
    grid : Grid
        The grid.
    ends : ndarray of float64, shape (edges, 4)
        In degrees.

    Returns
    -------
    Placed
        In cells.
    """
    x0, y0, x1, y1 = ends.T
    return Placed(grid.across(x0), grid.up(y0), grid.across(x1), grid.up(y1))


def rows_of(placed: Placed) -> Rows:
    """Walk edges row by row.

    A crossing is known to some rounding, which for a flat edge may be several columns wide.
    That is harmless, because the crossing is kept within the columns where the edge is
    listed: a cell that does not list the edge is on the right side of the crossing, and one
    that lists it takes back whatever the crossing gave (see `fill`).

    Parameters
    ----------
    placed : Placed
        Edges, in cells.

    Returns
    -------
    Rows
        By edge.
    """
    bottom = np.floor(placed.y0 - MARGIN).astype(np.int64)
    top = np.floor(placed.y1 + MARGIN).astype(np.int64)
    edge, row = ranges(bottom, top - bottom + 1)
    x0, y0, x1, y1 = (values[edge] for values in (placed.x0, placed.y0, placed.x1, placed.y1))
    rise = y1 - y0
    level = rise < _LEVEL
    slope = np.where(level, 0.0, (x1 - x0) / np.where(level, 1.0, rise))
    pad = MARGIN + 8 * ROUNDING * (1 + np.abs(slope))
    west, east = np.minimum(x0, x1), np.maximum(x0, x1)
    enters = x0 + (np.clip(row - MARGIN, y0, y1) - y0) * slope
    leaves = np.where(level, x1, x0 + (np.clip(row + 1 + MARGIN, y0, y1) - y0) * slope)
    first = np.floor(np.maximum(np.minimum(enters, leaves) - pad, west - MARGIN))
    last = np.floor(np.minimum(np.maximum(enters, leaves) + pad, east + MARGIN / 2))
    middle = row + 0.5
    crosses = (y0 <= middle) & (middle < y1)
    from_column = np.clip(np.ceil(x0 + (middle - y0) * slope - 0.5), first, last + 1)
    return Rows(
        edge,
        row,
        first.astype(np.int64),
        last.astype(np.int64),
        crosses,
        from_column.astype(np.int64),
    )


def touches_of(rows: Rows) -> Touches:
    """List the cells that edges touch.

    Parameters
    ----------
    rows : Rows
        Edges by row.

    Returns
    -------
    Touches
        By edge and row.
    """
    which, column = ranges(rows.first, rows.last - rows.first + 1)
    counted = rows.crosses[which] & (column >= rows.from_column[which])
    return Touches(rows.edge[which], column, rows.row[which], counted)

"""The grid: one regular grid over the whole extent, of which only some tiles exist.

Cells are numbered by column and row as if the grid covered the extent from end to end,
Guadeloupe to Mayotte. They are stored by square *tiles* of ``2**tile_bits`` cells a side,
and a tile exists in memory only where an edge crosses it; every other one stands for a
constant tile that it shares with its like: the sea's, or that of the inside of one polygon.
So a point is found by two look-ups, with neither a search nor a branch by territory.

A rim of at least one empty cell surrounds the extent: a point outside, however far, is
pushed onto the rim, and found in no polygon as any point of the sea is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, radians, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from zonage_geo.index.exact import Floats

__all__ = ["ROUNDING", "Grid", "choose"]

Whole = TypeVar("Whole", np.int32, np.int64)

ROUNDING = 2.0**-32
"""How far, in cells, a point's place in the grid may be from the true one: two operations,
each right to 2**-53 of a number below `MAX_SIDE`."""

MAX_TILES = 2**18
MAX_SIDE = 2**20
_MIN_HEIGHT = 1e-9
"""Degrees: some 0.1 mm."""


@dataclass(frozen=True)
class Grid:
    """Where cells lie.

    Attributes
    ----------
    x0, y0 : float
        South-west corner, degrees.
    width, height : float
        Of a cell, degrees.
    columns, rows : int
        Cells, a whole number of tiles.
    tile_bits : int
        A tile has ``2**tile_bits`` cells a side.
    """

    x0: float
    y0: float
    width: float
    height: float
    columns: int
    rows: int
    tile_bits: int

    @property
    def tile_columns(self) -> int:
        """Tiles from west to east."""
        return self.columns >> self.tile_bits

    @property
    def tile_rows(self) -> int:
        """Tiles from south to north."""
        return self.rows >> self.tile_bits

    def across(self, x: Floats) -> Floats:
        """Give columns, with fractions.

        Parameters
        ----------
        x : ndarray of float64
            Longitudes, degrees.

        Returns
        -------
        ndarray of float64
            Cells east of the western side, right to `ROUNDING`.
        """
        return (x - self.x0) / self.width

    def up(self, y: Floats) -> Floats:
        """Give rows, with fractions.

        Parameters
        ----------
        y : ndarray of float64
            Latitudes, degrees.

        Returns
        -------
        ndarray of float64
            Cells north of the southern side, right to `ROUNDING`.
        """
        return (y - self.y0) / self.height

    def tile(self, column: NDArray[Whole], row: NDArray[Whole]) -> NDArray[Whole]:
        """Give the tile that cells belong to.

        Parameters
        ----------
        column, row : ndarray of int32 or int64
            Cells.

        Returns
        -------
        ndarray of the same
            Rank of the tile, row by row.
        """
        return (row >> self.tile_bits) * self.tile_columns + (column >> self.tile_bits)

    def within(self, column: NDArray[Whole], row: NDArray[Whole]) -> NDArray[Whole]:
        """Give the rank of cells within their tile.

        Parameters
        ----------
        column, row : ndarray of int32 or int64
            Cells.

        Returns
        -------
        ndarray of the same
            Row by row.
        """
        mask = (1 << self.tile_bits) - 1
        return ((row & mask) << self.tile_bits) | (column & mask)


def choose(ends: Floats, cells: int, tile_bits: int) -> Grid:
    """Choose the finest grid that keeps to a number of cells.

    Cells are about square on the ground at the middle latitude of the edges. Halving their
    area doubles the table and takes about a third off the points that need an edge tested.

    Parameters
    ----------
    ends : ndarray of float64, shape (edges, 4)
        Edges, degrees.
    cells : int
        How many cells the tiles crossed by edges may hold, about.
    tile_bits : int
        As in `Grid`.

    Returns
    -------
    Grid
        One tile where there is no edge.
    """
    if not len(ends):
        return Grid(0.0, 0.0, 1.0, 1.0, 1 << tile_bits, 1 << tile_bits, tile_bits)
    x, y = ends[:, 0::2], ends[:, 1::2]
    west, south = float(x.min()), float(y.min())
    extent_x, extent_y = float(x.max()) - west, float(y.max()) - south
    aspect = max(cos(radians(float(np.median(y)))), 0.05)
    middle_x, middle_y = x.mean(axis=1), y.mean(axis=1)
    height = max(extent_x * aspect, extent_y, _MIN_HEIGHT)
    best = _grid(west, south, extent_x, extent_y, height, aspect, tile_bits)
    while height > 2 * _MIN_HEIGHT:
        height /= sqrt(2)
        grid = _grid(west, south, extent_x, extent_y, height, aspect, tile_bits)
        too_many = grid.tile_columns * grid.tile_rows > MAX_TILES
        if too_many or max(grid.columns, grid.rows) > MAX_SIDE:
            break
        column = grid.across(middle_x).astype(np.int64)
        row = grid.up(middle_y).astype(np.int64)
        crossed = len(np.unique(grid.tile(column, row)))
        if crossed << (2 * tile_bits) > cells:
            break
        best = grid
    return best


def _grid(
    west: float,
    south: float,
    extent_x: float,
    extent_y: float,
    height: float,
    aspect: float,
    tile_bits: int,
) -> Grid:
    width = height / aspect
    side = 1 << tile_bits
    columns = ceil((extent_x / width + 3) / side) * side
    rows = ceil((extent_y / height + 3) / side) * side
    x0 = west - (columns * width - extent_x) / 2
    y0 = south - (rows * height - extent_y) / 2
    return Grid(x0, y0, width, height, columns, rows, tile_bits)

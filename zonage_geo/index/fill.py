"""From polygons to the arrays of an index.

**What a point is in.** Let every edge run upwards, with the *word* (see `edges`) that
crossing it eastwards adds. A point's word is the sum of those of the edges that pass west
of it at its latitude: walk to it from the far west, and count. An edge covers the latitudes
from its lower end included to its upper end excluded, and a point on it is east of it: each
point of a border belongs to one side, as in `zonage_geo.geometry.relate`.

**What a cell keeps.** Of that sum, only the edges that touch the cell can make a difference
between two points of the cell; the rest is a constant, the cell's word, found once at the
cell's middle (its reference point). That holds as it stands but for one thing. An edge that
touches the cell may end west of it, at a latitude of the cell: there it stops to count, and
an edge that the cell does not know takes over. So the cell extends it, along its line,
beyond that end, without limit; as it leads away from the cell, every point of the cell is
east of the extension. Between two points of a cell the sum over the edges so extended
differs as the true words do, and the difference between both is the constant.

**No reference point can go wrong.** The reference's own sum takes in the edges of its cell,
and the constant takes them out again. Both use the same crossing, be it rounded the wrong
way where the reference lies on an edge: it cancels. Nothing has to be moved off an edge,
whatever decimals the data and the grid have in common.

**Filling.** The references of a row lie on one line. The edges that cross it, sorted, with
the running sum of their words, give all of the row's references: one sort in all, and no
tree. Where several polygons overlap, the same crossings give which ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zonage_geo.index.edges import EdgeTable, Geometries, polygon_edges, spans
from zonage_geo.index.grid import Grid, choose
from zonage_geo.index.raster import MARGIN, Placed, Touches, place, rows_of, touches_of
from zonage_geo.index.scan import Scan, scan
from zonage_geo.index.squares import squares_of
from zonage_geo.index.tables import BORDER_ROW, Tables

__all__ = ["fill"]

MIN_CELLS = 2**8
MAX_CELLS = 2**24
"""The table of cells stays below some 67 MB; finer edges are more to a cell, at little cost."""


def fill(geometries: Geometries, cells_per_edge: float, tile_bits: int) -> Tables:
    """Build the arrays of an index.

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (polygons,)
        Valid (multi)polygons in EPSG:4326 degrees; None and empty ones hold nothing.
    cells_per_edge : float
        How many cells to keep for each distinct edge, about.
    tile_bits : int
        As in `Grid`.

    Returns
    -------
    Tables
        The index.
    """
    edges = polygon_edges(geometries)
    cells = min(max(MIN_CELLS, int(cells_per_edge * len(edges.ends))), MAX_CELLS)
    grid = choose(edges.ends, cells, tile_bits)
    placed = place(grid, edges.ends)
    rows = rows_of(placed)
    touches = _by_cell(grid, touches_of(rows))
    middles = scan(grid, edges, rows, len(geometries))
    tile, column, row = _tiles(grid, touches, middles)
    cell = middles.sets[middles.gaps(column, row)]
    at = tile[grid.tile(touches.column, touches.row)] + grid.within(touches.column, touches.row)
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    counts = np.diff(starts, append=len(at))
    border = at[starts]
    border_set = cell[border]
    cell[border] = ~np.arange(len(border), dtype=np.int32)
    seen, counted = _border_rows(grid, edges, placed, touches)
    taken = np.where(counted, edges.word[touches.edge], 0.0)
    taken = np.bincount(np.repeat(np.arange(len(starts)), counts), taken, len(starts))
    gap = middles.gaps(touches.column[starts], touches.row[starts])
    squares = squares_of(edges.ends)
    return Tables(
        grid=grid,
        polygons=len(geometries),
        tile=tile.astype(np.int32),
        cell=cell,
        border_start=spans(counts),
        border_word=middles.word[gap] - taken,
        border_set=border_set,
        border_row=seen,
        border_counted=counted,
        edge_ends=edges.ends,
        edge_word=edges.word,
        owner_start=edges.owner_start,
        owner=edges.owner,
        owner_sign=edges.owner_sign,
        square_frame=squares.frame,
        square_row=squares.row,
        square_west=squares.west,
        square_start=squares.start,
        square_edge=squares.edge,
        set_start=middles.set_start,
        set_member=middles.set_member,
    )


def _by_cell(grid: Grid, touches: Touches) -> Touches:
    """Sort by tile, and within it by cell."""
    key = grid.tile(touches.column, touches.row) << (2 * grid.tile_bits)
    key |= grid.within(touches.column, touches.row)
    order = np.argsort(key, kind="stable")
    return Touches(
        touches.edge[order], touches.column[order], touches.row[order], touches.counted[order]
    )


def _tiles(
    grid: Grid, touches: Touches, middles: Scan
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Lay out the tiles: where each starts, and the column and row of every cell stored.

    The tiles that edges cross come first, then one for each set of polygons that fills
    others; its cells stand for the first one of such a tile.
    """
    side = 1 << grid.tile_bits
    size = side * side
    own = np.zeros(grid.tile_rows * grid.tile_columns, dtype=bool)
    own[grid.tile(touches.column, touches.row)] = True
    crossed, others = np.flatnonzero(own), np.flatnonzero(~own)
    rows, columns = (part * side for part in np.divmod(others, grid.tile_columns))
    sets = middles.sets[middles.gaps(columns, rows)]
    _, leaders, kind = np.unique(sets, return_index=True, return_inverse=True)
    tile = np.empty(len(own), dtype=np.int64)
    tile[crossed] = np.arange(len(crossed)) * size
    tile[others] = (len(crossed) + kind) * size
    constant = np.repeat(columns[leaders], size), np.repeat(rows[leaders], size)
    rows, columns = (part * side for part in np.divmod(crossed, grid.tile_columns))
    within_row, within_column = np.divmod(np.arange(size), side)
    return (
        tile,
        np.concatenate([(columns[:, None] + within_column).ravel(), constant[0]]),
        np.concatenate([(rows[:, None] + within_row).ravel(), constant[1]]),
    )


def _border_rows(
    grid: Grid, edges: EdgeTable, placed: Placed, touches: Touches
) -> tuple[NDArray[np.void], NDArray[np.bool_]]:
    """Write edges as their cells see them, and whether each counts for the cell's middle."""
    edge, column, row = touches.edge, touches.column, touches.row
    low, high = edges.ends[edge, 1], edges.ends[edge, 3]
    upper_is_west = placed.x1[edge] < column - MARGIN / 2
    lower_is_west = placed.x0[edge] < column - MARGIN / 2
    middle = row + 0.5
    counted = touches.counted | (upper_is_west & (middle >= placed.y1[edge]))
    counted |= lower_is_west & (middle < placed.y0[edge])
    run = (edges.ends[:, 2] - edges.ends[:, 0]) / grid.width
    rise = (edges.ends[:, 3] - edges.ends[:, 1]) / grid.height
    length = np.hypot(run, rise)
    across, up = (rise / length)[edge], (-run / length)[edge]
    seen = np.empty(len(edge), dtype=BORDER_ROW)
    seen["low"] = np.where(lower_is_west, -np.inf, low)
    seen["high"] = np.where(upper_is_west, np.inf, high)
    seen["across"] = across
    seen["up"] = up
    seen["offset"] = -(across * (placed.x0[edge] - column) + up * (placed.y0[edge] - row))
    seen["edge"] = edge
    return seen, counted

"""Points → the borders within some metres of them.

The edges near a point are those of the cells around it; no tree is asked. Where the reach is
many cells long, tiles and blocks without a border are passed over whole: towards the sea, or
over the ground between small quarters, there is little to look at.

Distances are those of `zonage_geo.geometry.relate`: metres by the local scale of the GRS 80
ellipsoid at the point's latitude, formula by formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zonage_geo.geometry import FLATTENING, SEMI_MAJOR_M
from zonage_geo.index.edges import ranges
from zonage_geo.index.exact import Floats
from zonage_geo.index.grid import Grid
from zonage_geo.index.squares import REACH_M, Squares, slices
from zonage_geo.index.tables import Tables

__all__ = ["MAX_METRES", "Borders", "borders"]


MAX_METRES = 5000.0
"""As far as the local scale is right to 0.1 %."""

_AT_ONCE = 2**20
"""Cells looked at in one go; bounds the memory."""

_SMALL = 64
"""Cells of a window below which it is not worth while to look for what to pass over."""

_WIDER = 1 + 1e-6
"""The window is wider than the reach by more than any rounding."""


Where = tuple[Floats, Floats, Floats, Floats, Floats]
"""x, y, metres a degree eastwards and northwards, metres to look."""


class Windows(NamedTuple):
    """The cells within reach of points, bounds included.

    Attributes
    ----------
    west, east, south, north : ndarray of int32, shape (points,)
        First and last column, first and last row.
    """

    west: NDArray[np.int32]
    east: NDArray[np.int32]
    south: NDArray[np.int32]
    north: NDArray[np.int32]

    def of(self, which: NDArray[np.int64]) -> Windows:
        """Give those of some points.

        Parameters
        ----------
        which : ndarray of int64
            Points.

        Returns
        -------
        Windows
            In that order.
        """
        return Windows(*(side.take(which) for side in self))

    def shifted(self, bits: int) -> Windows:
        """Give the windows in tiles or blocks.

        Parameters
        ----------
        bits : int
            A tile or block has ``2**bits`` cells a side.

        Returns
        -------
        Windows
            That hold these.
        """
        return Windows(*(side >> bits for side in self))

    def areas(self) -> NDArray[np.int64]:
        """Count cells.

        Returns
        -------
        ndarray of int64
            Of each window.
        """
        columns = (self.east - self.west + 1).astype(np.int64)
        areas: NDArray[np.int64] = columns * (self.north - self.south + 1)
        return areas


class Borders(NamedTuple):
    """Borders near some points, by point and polygon.

    Attributes
    ----------
    point : ndarray of int64, shape (n,)
        Which point.
    polygon : ndarray of int64, shape (n,)
        Which polygon.
    metres : ndarray of float64, shape (n,)
        From the point to the polygon's border.
    """

    point: NDArray[np.int64]
    polygon: NDArray[np.int64]
    metres: Floats


def scales(y: Floats) -> tuple[Floats, Floats]:
    """Give the metres that one degree is worth at latitudes (`zonage_geo.geometry.scale`).

    Parameters
    ----------
    y : ndarray of float64
        Latitudes, degrees.

    Returns
    -------
    tuple of ndarray of float64
        Metres a degree of longitude, metres a degree of latitude.
    """
    phi = np.radians(y)
    squared = FLATTENING * (2 - FLATTENING)
    root = np.sqrt(1 - squared * np.sin(phi) ** 2)
    return (
        np.radians(SEMI_MAJOR_M / root * np.cos(phi)),
        np.radians(SEMI_MAJOR_M * (1 - squared) / root**3),
    )


def borders(tables: Tables, x: Floats, y: Floats, metres: Floats) -> Borders:
    """Find the borders within some metres of points.

    Parameters
    ----------
    tables : Tables
        The index.
    x, y : ndarray of float64, shape (points,)
        Longitudes and latitudes, degrees; what is not finite has no border near.
    metres : ndarray of float64, shape (points,)
        How far to look from each, up to `MAX_METRES`.

    Returns
    -------
    Borders
        By point, then polygon.
    """
    with np.errstate(invalid="ignore"):  # the sine of an infinite latitude
        east, north = scales(y)
    reach_x, reach_y = _WIDER * metres / np.maximum(east, 1.0), _WIDER * metres / north
    where = (x, y, east, north, metres)
    short = metres <= REACH_M
    found = [_by_squares(tables, where, np.flatnonzero(short), reach_x, reach_y)]
    if not short.all():
        found += _by_windows(tables, where, np.flatnonzero(~short), reach_x, reach_y)
    return _nearest(tables, found)


def _by_squares(
    tables: Tables, where: Where, which: NDArray[np.int64], reach_x: Floats, reach_y: Floats
) -> Borders:
    """Find the borders within a short reach: the edges of four squares at the most."""
    squares = Squares(
        tables.square_frame,
        tables.square_row,
        tables.square_west,
        tables.square_start,
        tables.square_edge,
    )
    x, y = where[0].take(which), where[1].take(which)
    points, edges = [], []
    for start, count in slices(squares, x, y, reach_x.take(which), reach_y.take(which)):
        point, rank = ranges(start, count)
        points.append(which.take(point))
        edges.append(tables.square_edge.take(rank))
    return _measure(tables, np.concatenate(points), np.concatenate(edges), where)


def _by_windows(
    tables: Tables, where: Where, which: NDArray[np.int64], reach_x: Floats, reach_y: Floats
) -> list[Borders]:
    """Find the borders within a long reach: the edges of the cells of a window."""
    x, y, *_ = where
    grid = tables.grid
    windows = Windows(
        *_clip(grid.across(x - reach_x), grid.across(x + reach_x), grid.columns),
        *_clip(grid.up(y - reach_y), grid.up(y + reach_y), grid.rows),
    )
    areas = windows.areas()
    small = areas.take(which) <= _SMALL
    found = [
        _of_cells(tables, point, cell, where)
        for few in _batches(which[small], areas)
        for point, cell in _of_small(tables, windows, few)
    ]
    return found + [
        _of_cells(tables, point, cell, where)
        for point, cell in _of_large(tables, windows, which[~small])
    ]


def _clip(low: Floats, high: Floats, cells: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Keep a window to the grid; what is not on it gets a cell of the rim, which is empty."""
    return (
        np.fmin(np.fmax(low, 0.0), cells - 1).astype(np.int32),
        np.fmin(np.fmax(high, 0.0), cells - 1).astype(np.int32),
    )


def _batches(which: NDArray[np.int64], weights: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Cut a list where what it unrolls to grows too long."""
    total = np.cumsum(weights.take(which))
    cuts = np.searchsorted(total, np.arange(_AT_ONCE, total[-1:].sum(), _AT_ONCE))
    return [part for part in np.split(which, np.unique(cuts)) if len(part)]


def _of_small(
    tables: Tables, windows: Windows, point: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
    """List the border cells of small windows: which point, which border cell.

    The windows are gone through together, their south-western cells first; those that have
    no more columns or rows drop out. That is some five times faster than to unroll them.
    """
    grid = tables.grid
    points, cells = [point[:0]], [tables.cell[:0]]
    columns, rows = windows.east - windows.west, windows.north - windows.south
    for up in range(int(rows.take(point).max(initial=-1)) + 1):
        point = point[rows.take(point) >= up]
        row = windows.south.take(point) + np.int32(up)
        inner = point
        for along in range(int(columns.take(point).max(initial=-1)) + 1):
            kept = np.flatnonzero(columns.take(inner) >= along)
            if len(kept) < len(inner):
                inner, row = inner.take(kept), row.take(kept)
            column = windows.west.take(inner) + np.int32(along)
            at = tables.tile.take(grid.tile(column, row)) + grid.within(column, row)
            value = tables.cell.take(at)
            listed = np.flatnonzero(value < 0)
            points.append(inner.take(listed))
            cells.append(~value.take(listed))
    yield np.concatenate(points), np.concatenate(cells)


def _of_large(
    tables: Tables, windows: Windows, point: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32]]]:
    """List the border cells of large windows, batch by batch: by tiles, blocks and cells."""
    grid = tables.grid
    for points, tiles in _parts(windows, point, grid.tile_bits):
        at = tables.tile.take(
            grid.tile(tiles.west << grid.tile_bits, tiles.south << grid.tile_bits)
        )
        tile = at >> (2 * grid.tile_bits)
        kept = np.flatnonzero(_busy_tiles(tables).take(tile))
        holder, tile = points.take(kept), tile.take(kept)
        in_tile = _inside(windows.of(holder), tiles.of(kept), grid.tile_bits)
        for which, blocks in _parts(in_tile, np.arange(len(kept)), grid.block_bits):
            kept = np.flatnonzero(tables.block.take(_block(grid, tile.take(which), blocks)))
            its, blocks_kept = which.take(kept), blocks.of(kept)
            in_block = _inside(in_tile.of(its), blocks_kept, grid.block_bits)
            for rank, cells in _parts(in_block, np.arange(len(kept)), 0):
                at = tables.tile.take(grid.tile(cells.west, cells.south))
                value = tables.cell.take(at + grid.within(cells.west, cells.south))
                listed = np.flatnonzero(value < 0)
                yield holder.take(its.take(rank.take(listed))), ~value.take(listed)


def _busy_tiles(tables: Tables) -> NDArray[np.bool_]:
    """Tell which of the stored tiles have a border cell."""
    bits = 2 * (tables.grid.tile_bits - tables.grid.block_bits)
    return np.logical_or.reduce(tables.block.reshape(-1, 1 << bits), axis=1)  # type: ignore[no-any-return]


def _block(grid: Grid, tile: NDArray[np.int32], blocks: Windows) -> NDArray[np.int32]:
    """Give the rank of blocks, from the rank of their tile and their place on the grid."""
    bits = grid.tile_bits - grid.block_bits
    mask = (1 << bits) - 1
    rank: NDArray[np.int32] = (tile << (2 * bits)) | ((blocks.south & mask) << bits)
    return rank | (blocks.west & mask)


def _parts(
    windows: Windows, which: NDArray[np.int64], bits: int
) -> Iterator[tuple[NDArray[np.int64], Windows]]:
    """Unroll windows into the tiles, blocks or cells that they meet, batch by batch."""
    shifted = windows.shifted(bits)
    for batch in _batches(which, shifted.areas()):
        here = shifted.of(batch)
        line, row = ranges(here.south.astype(np.int64), here.north - here.south + np.int64(1))
        span = here.of(line)
        column_of, column = ranges(span.west.astype(np.int64), span.east - span.west + np.int64(1))
        rows, columns = row.take(column_of).astype(np.int32), column.astype(np.int32)
        yield batch.take(line.take(column_of)), Windows(columns, columns, rows, rows)


def _inside(windows: Windows, part: Windows, bits: int) -> Windows:
    """Keep what windows have in a tile or block each."""
    last = np.int32((1 << bits) - 1)
    return Windows(
        np.maximum(windows.west, part.west << bits),
        np.minimum(windows.east, (part.west << bits) + last),
        np.maximum(windows.south, part.south << bits),
        np.minimum(windows.north, (part.south << bits) + last),
    )


def _of_cells(
    tables: Tables, point: NDArray[np.int64], cell: NDArray[np.int32], where: Where
) -> Borders:
    """Measure from points to the edges that cells list."""
    start = tables.border_start.take(cell)
    pair, row = ranges(start, tables.border_start.take(cell + 1) - start)
    return _measure(tables, point.take(pair), tables.border_row["edge"][row], where)


def _measure(
    tables: Tables, point: NDArray[np.int64], edge: NDArray[np.int32], where: Where
) -> Borders:
    """Measure from points to edges; keep the nearest of each polygon's."""
    x, y, east, north, metres = (values.take(point) for values in where)
    ends = tables.edge_ends.take(edge, axis=0)
    x0, y0 = (ends[:, 0] - x) * east, (ends[:, 1] - y) * north
    dx, dy = (ends[:, 2] - x) * east - x0, (ends[:, 3] - y) * north - y0
    length = dx * dx + dy * dy
    along = -(x0 * dx + y0 * dy)
    np.divide(along, length, out=along, where=length > 0)
    np.clip(along, 0.0, 1.0, out=along)
    x0 += along * dx
    y0 += along * dy
    away = np.sqrt(x0 * x0 + y0 * y0)
    kept = np.flatnonzero(away <= metres)
    edge, point, away = edge.take(kept), point.take(kept), away.take(kept)
    start = tables.owner_start.take(edge)
    which, at = ranges(start, tables.owner_start.take(edge + 1) - start)
    owner = tables.owner.take(at).astype(np.int64)
    return _nearest(tables, [Borders(point.take(which), owner, away.take(which))])


def _nearest(tables: Tables, found: list[Borders]) -> Borders:
    """Keep the least distance of each point and polygon."""
    none = np.zeros(0, dtype=np.int64)
    point, polygon, away = (
        np.concatenate([none.astype(kind), *(part[i] for part in found)])
        for i, kind in enumerate((np.int64, np.int64, np.float64))
    )
    key = point * tables.polygons + polygon
    if (key[1:] > key[:-1]).all():
        return Borders(point, polygon, away)
    order = np.argsort(key, kind="stable")  # quick on what is nearly in order
    key, away = key.take(order), away.take(order)
    first = np.flatnonzero(np.diff(key, prepend=-1))
    order = order.take(first)
    return Borders(point.take(order), polygon.take(order), np.minimum.reduceat(away, first))

"""Points → the borders within some metres of them.

The edges near a point are those of the cells around it; no tree is asked. Distances are
those of `zonage_geo.geometry.relate`: metres by the local scale of the GRS 80 ellipsoid at
the point's latitude, formula by formula.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zonage_geo.geometry import FLATTENING, SEMI_MAJOR_M
from zonage_geo.index.blocks import REACH_M, Blocks, slices
from zonage_geo.index.edges import ranges
from zonage_geo.index.exact import Floats
from zonage_geo.index.tables import Tables

__all__ = ["MAX_METRES", "Borders", "borders"]


MAX_METRES = 5000.0
"""As far as the local scale is right to 0.1 %."""

Where = tuple[Floats, Floats, Floats, Floats, Floats]
"""x, y, metres a degree eastwards and northwards, metres to look."""

_CELLS_AT_ONCE = 2**19
_WIDER = 1 + 1e-6
"""The window is wider than the reach by more than any rounding."""


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
    where = (x, y, east, north, metres)
    reach_x, reach_y = _WIDER * metres / np.maximum(east, 1.0), _WIDER * metres / north
    if metres.max(initial=0.0) <= REACH_M:
        return _by_blocks(tables, where, reach_x, reach_y)
    return _by_cells(tables, where, reach_x, reach_y)


def _by_blocks(tables: Tables, where: Where, reach_x: Floats, reach_y: Floats) -> Borders:
    """Find the borders within a short reach: the edges of four blocks at the most."""
    x, y, *_ = where
    blocks = Blocks(
        tables.block_frame,
        tables.block_row,
        tables.block_west,
        tables.block_start,
        tables.block_edge,
    )
    points, edges = [], []
    for start, count in slices(blocks, x, y, reach_x, reach_y):
        point, rank = ranges(start, count)
        points.append(point)
        edges.append(tables.block_edge.take(rank))
    return _measure(tables, np.concatenate(points), np.concatenate(edges), where)


def _by_cells(tables: Tables, where: Where, reach_x: Floats, reach_y: Floats) -> Borders:
    """Find the borders within a long reach: the edges of all the cells of a window."""
    x, y, *_ = where
    grid = tables.grid
    west_side, east_side = _clip(grid.across(x - reach_x), grid.across(x + reach_x), grid.columns)
    south_side, north_side = _clip(grid.up(y - reach_y), grid.up(y + reach_y), grid.rows)
    across, rows = east_side - west_side + 1, north_side - south_side + 1
    total = np.cumsum(across * rows, dtype=np.int64)
    cuts = np.searchsorted(total, np.arange(_CELLS_AT_ONCE, total[-1:].sum(), _CELLS_AT_ONCE))
    found = []
    for low, high in zip([0, *cuts], [*cuts, len(x)], strict=True):
        here = slice(low, high)
        window = (west_side[here], across[here], south_side[here], rows[here])
        point, cell = _border_cells(tables, *window)
        start = tables.border_start.take(cell)
        pair, row = ranges(start, tables.border_start.take(cell + 1) - start)
        edge = tables.border_row["edge"][row]
        found.append(_measure(tables, (point + low).take(pair), edge, where))
    return Borders(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _border_cells(
    tables: Tables,
    first_column: NDArray[np.int32],
    columns: NDArray[np.int32],
    first_row: NDArray[np.int32],
    rows: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List the border cells of windows: which window, which border cell.

    The windows are gone through together, their south-western cells first; those that have
    no more columns or rows drop out. That is some five times faster than to unroll them.
    """
    grid = tables.grid
    windows, cells = [], []
    window = np.arange(len(rows))
    for north in range(int(rows.max(initial=0))):
        window = window[rows.take(window) > north]
        row = first_row.take(window) + np.int32(north)
        inner = window
        for east in range(int(columns.take(window).max(initial=0))):
            kept = np.flatnonzero(columns.take(inner) > east)
            if len(kept) < len(inner):
                inner, row = inner.take(kept), row.take(kept)
            column = first_column.take(inner) + np.int32(east)
            value = tables.cell.take(
                tables.tile.take(grid.tile(column, row)) + grid.within(column, row)
            )
            listed = np.flatnonzero(value < 0)
            windows.append(inner.take(listed))
            cells.append(~value.take(listed))
    return np.concatenate([window[:0], *windows]), np.concatenate([tables.cell[:0], *cells])


def _clip(low: Floats, high: Floats, cells: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Keep a window to the grid; what is not on it gets a cell of the rim, which is empty."""
    return (
        np.fmin(np.fmax(low, 0.0), cells - 1).astype(np.int32),
        np.fmin(np.fmax(high, 0.0), cells - 1).astype(np.int32),
    )


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
    key = point.take(which) * tables.polygons + tables.owner.take(at)
    order = np.argsort(key, kind="stable")
    key, away = key.take(order), away.take(which.take(order))
    first = np.flatnonzero(np.diff(key, prepend=-1))
    key = key.take(first)
    nearest = np.minimum.reduceat(away, first) if len(first) else away
    return Borders(key // tables.polygons, key % tables.polygons, nearest)

"""Points → the polygons that hold them.

A point's cell either names its set of polygons outright, or lists the edges that touch it:
the point's word is the cell's word and those of the edges that it is east of (see `fill`).
Latitudes are compared exactly. The side of an edge is told in single precision, in
coordinates of the cell, where the distance to the edge's line exceeds `DOUBT` cells, some
tenths of a millimetre; the few points nearer go to `exact`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zonage_geo.index.edges import ONE, ranges, spans
from zonage_geo.index.exact import Floats, east_of
from zonage_geo.index.tables import Tables

__all__ = ["DOUBT", "NONE", "SEVERAL", "Found", "find"]

NONE = -1
SEVERAL = -2

DOUBT = np.float32(2e-6)
"""In cells. The distance is ``across * u + up * v + offset``, with ``u`` and ``v`` within
[0, 1], ``across`` and ``up`` within [-1, 1], ``offset`` within [-2, 2]. Rounding these five
to 24 bits moves it by 6e-8 each at most, 1.2e-7 the last; two products and two sums add
6e-8, 6e-8, 6e-8 and 1.2e-7: below 8e-7 in all."""


class Found(NamedTuple):
    """What holds some points.

    Attributes
    ----------
    polygon : ndarray of int32, shape (points,)
        The polygon; `NONE`, or `SEVERAL`.
    several : ndarray of int64, shape (n,)
        The points in several polygons, in order.
    start : ndarray of int64, shape (n + 1,)
        Where the polygons of each of these start.
    member : ndarray of int32
        Polygons, in order within their point.
    """

    polygon: NDArray[np.int32]
    several: NDArray[np.int64]
    start: NDArray[np.int64]
    member: NDArray[np.int32]


class _Border(NamedTuple):
    """Points of border cells, and the edges that these list."""

    point: NDArray[np.int64]
    cell: NDArray[np.int32]
    which: NDArray[np.int64]
    """Rank in ``point``, for each pair of a point and an edge of its cell."""
    row: NDArray[np.int64]
    """In ``border_row``, for each pair."""
    east: NDArray[np.bool_]
    """Whether the edge counts for the point, for each pair."""
    word: Floats


def find(tables: Tables, x: Floats, y: Floats) -> Found:
    """Find the polygons that hold points.

    Parameters
    ----------
    tables : Tables
        The index.
    x, y : ndarray of float64, shape (points,)
        Longitudes and latitudes, degrees; whatever is not on the grid is in nothing.

    Returns
    -------
    Found
        For every point.
    """
    grid = tables.grid
    with np.errstate(over="ignore"):  # what is no place on the globe goes to the rim
        across = np.fmin(np.fmax(grid.across(x), 0.0), grid.columns - 1)
        up = np.fmin(np.fmax(grid.up(y), 0.0), grid.rows - 1)
    column, row = across.astype(np.int32), up.astype(np.int32)
    at = tables.tile.take(grid.tile(column, row))
    at += grid.within(column, row)
    value = tables.cell.take(at)
    polygon = value - np.int32(1)
    point = np.flatnonzero(value < 0)
    across, up = across.take(point), up.take(point)
    u = (across - column.take(point)).astype(np.float32)
    v = (up - row.take(point)).astype(np.float32)
    border = _count(tables, point, ~value.take(point), (u, v), (x.take(point), y.take(point)))
    polygon[point] = np.clip(border.word - ONE, NONE, tables.polygons)  # several: see below
    return _several(tables, polygon, border)


def _count(
    tables: Tables,
    point: NDArray[np.int64],
    cell: NDArray[np.int32],
    local: tuple[NDArray[np.float32], NDArray[np.float32]],
    degrees: tuple[Floats, Floats],
) -> _Border:
    """Tell which edges of their cells points are east of, and add up their words."""
    start = tables.border_start.take(cell)
    which, row = ranges(start, tables.border_start.take(cell + 1) - start)
    seen = tables.border_row.take(row)
    x, y = degrees
    level = y.take(which)
    within = (seen["low"] <= level) & (level < seen["high"])
    distance = seen["across"] * local[0].take(which)
    distance += seen["up"] * local[1].take(which)
    distance += seen["offset"]
    east = within & (distance >= 0)
    doubtful = np.flatnonzero(within & (np.abs(distance) < DOUBT))
    if len(doubtful):
        pair = which[doubtful]
        ends = tables.edge_ends[seen["edge"][doubtful]]
        east[doubtful] = east_of(ends, x[pair], y[pair])
    hit = np.flatnonzero(east)
    words = tables.edge_word.take(seen["edge"].take(hit))
    word = np.bincount(which.take(hit), words, len(point)).astype(np.float64, copy=False)
    word += tables.border_word.take(cell)
    return _Border(point, cell, which, row, east, word)


def _several(tables: Tables, polygon: NDArray[np.int32], border: _Border) -> Found:
    """Say which polygons hold the points that several do.

    In a border cell, these are those of its reference point, but for the edges that count
    for the one and not for the other.
    """
    overlaid = np.flatnonzero(border.word >= 2 * ONE)
    polygon[border.point[overlaid]] = NONE
    plain = np.flatnonzero(polygon >= tables.polygons)
    sets = polygon[plain] - tables.polygons
    several = np.concatenate([plain, border.point[overlaid]])
    which, member = _members(tables, sets)
    if len(overlaid):
        other = _of_border(tables, border, overlaid)
        which, member = np.append(which, other[0] + len(plain)), np.append(member, other[1])
    polygon[several] = SEVERAL
    order = np.argsort(several)
    rank = np.empty(len(several), dtype=np.int64)
    rank[order] = np.arange(len(several))
    rank = rank[which]
    counts = np.bincount(rank, minlength=len(several)).astype(np.int64)
    return Found(polygon, several[order], spans(counts), member[np.argsort(rank, kind="stable")])


def _members(
    tables: Tables, sets: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List the members of sets of several: rank in ``sets``, polygon."""
    start = tables.set_start.take(sets)
    which, at = ranges(start, tables.set_start.take(sets + 1) - start)
    return which, tables.set_member.take(at)


def _of_border(
    tables: Tables, border: _Border, overlaid: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the polygons of points of border cells: rank in ``overlaid``, polygon, in order."""
    rank = np.full(len(border.point), -1, dtype=np.int64)
    rank[overlaid] = np.arange(len(overlaid))
    # the reference's
    sets = tables.border_set.take(border.cell[overlaid])
    single = np.flatnonzero((sets > 0) & (sets <= tables.polygons))
    plural = np.flatnonzero(sets > tables.polygons)
    which, member = _members(tables, sets[plural] - (tables.polygons + 1))
    point = np.concatenate([single, plural[which]])
    poly = np.concatenate([sets[single] - 1, np.where(member < 0, ~member, member)])
    times = np.concatenate([np.ones(len(single)), np.where(member < 0, -1, 1)])
    # the edges between the reference and the point
    pair = np.flatnonzero(rank[border.which] >= 0)
    row = border.row[pair]
    change = border.east[pair].astype(np.int64) - tables.border_counted[row]
    pair, row, change = (values[change != 0] for values in (pair, row, change))
    edge = tables.border_row["edge"][row]
    start = tables.owner_start[edge]
    which, at = ranges(start, tables.owner_start[edge + 1] - start)
    point = np.append(point, rank[border.which[pair[which]]])
    poly = np.append(poly, tables.owner[at])
    times = np.append(times, change[which] * tables.owner_sign[at])
    # together
    key, place = np.unique(point * tables.polygons + poly, return_inverse=True)
    held = key[np.bincount(place, times, len(key)) > 0.5]
    return held // tables.polygons, held % tables.polygons

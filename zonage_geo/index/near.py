"""Points → the borders within some metres of them.

The edges near a point are those of the squares around it; no tree is asked.

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
from zonage_geo.index.squares import Squares, slices
from zonage_geo.index.tables import Tables

__all__ = ["MAX_METRES", "Borders", "borders"]

MAX_METRES = 5000.0
"""As far as the local scale is right to 0.1 %."""

_AT_ONCE = 2**20
"""Edges looked at in one go; bounds the memory."""

_WIDER = 1 + 1e-6
"""The window is wider than the reach by more than any rounding."""

Where = tuple[Floats, Floats, Floats, Floats, Floats]
"""x, y, metres a degree eastwards and northwards, metres to look."""


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
    squares = Squares(
        tables.square_frame,
        tables.square_row,
        tables.square_west,
        tables.square_start,
        tables.square_edge,
    )
    point, begin, count = slices(squares, x, y, reach_x, reach_y)
    found = []
    for part in _parts(count):
        its, rank = ranges(begin[part], count[part])
        found.append(_measure(tables, point[part].take(its), squares.edge.take(rank), where))
    return found[0] if len(found) == 1 else _nearest(tables, found)


def _parts(count: NDArray[np.int64]) -> Iterator[slice]:
    """Cut slices into runs that hold few enough edges."""
    total = np.cumsum(count)
    at = 0
    while at < len(count):
        done = total[at - 1] if at else 0
        end = max(int(np.searchsorted(total, done + _AT_ONCE, side="right")), at + 1)
        yield slice(at, end)
        at = end


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

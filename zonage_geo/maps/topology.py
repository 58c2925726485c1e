"""Polygons that share their borders, as arcs: pure geometry, for display only.

The outlines of a store are no valid coverage (tiny overlaps, holes), and a page needs few
bytes. So: they are put on a grid, cleaned into a coverage, simplified together, so that what
was shared stays shared, then cut into arcs, each kept once whoever is on its sides. Nothing
here decides on anything: verdicts never use these outlines.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from zonage_geo.errors import StoreError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["RADIUS_M", "Arcs", "cut", "loose", "mercator", "mercator_scale", "prepare"]

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

RADIUS_M = 6_378_137.0
"""Of the sphere of Web Mercator (EPSG 3857)."""
MENDINGS = 6
"""Cleanings after which a coverage that the grid breaks is given up; one has always sufficed."""

SNAP = 0.1
"""Steps of the grid within which corners are made one. Not 0: GEOS 3.14 then loses whole polygons
here and there, which `_keeps` would find."""


class Arcs(NamedTuple):
    """Borders, each once, and the rings that they make.

    Attributes
    ----------
    points : list of ndarray of int64, shape (n, 2)
        Grid coordinates of each arc, both ends included.
    rings : list of list of list of int
        By unit: its rings, exteriors and holes alike (insideness is even-odd); of each, its
        arcs in order, ``2 * arc`` forwards, ``2 * arc + 1`` backwards.
    """

    points: list[Ints]
    rings: list[list[list[int]]]


def mercator(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Project to Web Mercator.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees, EPSG:4326.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Metres, EPSG:3857.
    """
    x = np.radians(lonlat[:, 0]) * RADIUS_M
    y = np.log(np.tan(np.pi / 4 + np.radians(lonlat[:, 1]) / 2)) * RADIUS_M
    return np.column_stack([x, y])


def mercator_scale(latitude: float) -> float:
    """Tell how much Web Mercator stretches lengths.

    Parameters
    ----------
    latitude : float
        Degrees.

    Returns
    -------
    float
        Mercator metres a metre on the ground.
    """
    return float(1 / np.cos(np.radians(latitude)))


def prepare(
    shapes: ArrayLike | Sequence[BaseGeometry], *, grid_m: float, tolerance_m: float
) -> tuple[Shapes, float]:
    """Make a valid, simplified coverage on an integer grid.

    Parameters
    ----------
    shapes : array_like of (Multi)Polygon
        Degrees, EPSG:4326; one a unit.
    grid_m : float
        Step of the grid, in Mercator metres; halved, twice at most, where a unit would vanish.
    tolerance_m : float
        Of the simplification, in Mercator metres: the square root of the area of the smallest
        triangle kept.

    Returns
    -------
    tuple
        The polygons in their order, coordinates in steps of the grid; and the step.

    Raises
    ------
    StoreError
        If no valid coverage comes of it, or a unit vanishes.
    """
    projected = shapely.transform(np.asarray(shapes, dtype=object), mercator)
    for step in (grid_m, grid_m / 2, grid_m / 4):
        drawn = np.asarray(shapely.transform(projected, partial(np.multiply, 1 / step)))
        shared = _cleaned(drawn)
        simple = np.asarray(shapely.coverage_simplify(shared, tolerance_m / step))
        final = _mended(_rounded(simple))
        if _keeps(drawn, shared, 1.0) and _keeps(shared, final, max(1.0, tolerance_m / step)):
            return final, step
    lost = int((shapely.area(final) == 0).sum())
    raise StoreError(
        "les contours de ce magasin ne se laissent pas simplifier sans qu'une commune y perde "
        f"({lost} disparue(s)) : demandez un territoire plus petit, ou signalez ce défaut."
    )


def _rounded(shapes: Shapes) -> Shapes:
    return np.asarray(shapely.transform(shapes, np.round), dtype=object)


def _cleaned(shapes: Shapes) -> Shapes:
    found = shapely.coverage_clean(shapes, snapping_distance=SNAP)  # type: ignore[attr-defined]
    return np.asarray(found, dtype=object)


def _mended(shapes: Shapes) -> Shapes:
    """Mend what rounding broke, where it did, until shapes are a coverage on the grid."""
    for _ in range(MENDINGS):
        torn = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
        broken = np.flatnonzero(torn | ~shapely.is_valid(shapes))
        if not len(broken):
            return shapes
        # Corners on the grid are one step apart: cleaning moves none, it cuts and joins borders.
        # So what lies around the broken ones keeps its outer border, and the others need no care.
        around = np.unique(shapely.STRtree(shapes).query(shapes[broken])[1])
        shapes = shapes.copy()
        shapes[around] = _rounded(_cleaned(shapes[around]))
    raise StoreError(
        "les contours de ce magasin ne se laissent pas simplifier sans trous ni recouvrements : la "
        "carte ne serait pas juste. Reconstruisez-le : python -m zonage_geo data build --force"
    )


def _keeps(before: Shapes, after: Shapes, width: float) -> bool:
    """Tell whether no unit gained or lost more than a strip along its border."""
    change = np.abs(shapely.area(after) - shapely.area(before))
    allowed = np.maximum(width * shapely.length(before), 0.05 * shapely.area(before))
    return bool((change <= allowed).all() and not shapely.is_empty(after).any())


def cut(shapes: ArrayLike | Sequence[BaseGeometry]) -> Arcs:
    """Cut a coverage into arcs, each kept once.

    Parameters
    ----------
    shapes : array_like of (Multi)Polygon
        Integer coordinates; a valid coverage, as `prepare` gives it.

    Returns
    -------
    Arcs
        Cut wherever other than two borders meet.
    """
    xy, ring, unit_of_ring = _rings(shapes)
    count = len(unit_of_ring)
    start = np.searchsorted(ring, np.arange(count + 1))
    vertex = _vertices(xy)
    following = np.arange(1, len(xy) + 1)
    following[start[1:] - 1] = start[:-1]
    is_node = _degrees(vertex, vertex[following])[vertex] != 2
    arcs: dict[bytes, int] = {}
    points: list[Ints] = []
    rings: list[list[list[int]]] = [[] for _ in range(int(unit_of_ring[-1]) + 1 if count else 0)]
    for one in range(count):
        at, end = int(start[one]), int(start[one + 1])
        mine, corners = vertex[at:end], xy[at:end]
        cuts = np.flatnonzero(is_node[at:end])
        first = int(cuts[0]) if len(cuts) else int(np.argmin(mine))
        around = (first + np.arange(end - at + 1)) % (end - at)
        mine, corners = mine[around], corners[around]
        stops = [*(cuts - first).tolist(), end - at] if len(cuts) else [0, end - at]
        refs = []
        for a, b in pairwise(stops):
            ids = mine[a : b + 1]
            forwards, backwards = ids.tobytes(), ids[::-1].tobytes()
            if forwards in arcs:
                refs.append(2 * arcs[forwards])
            elif backwards in arcs:
                refs.append(2 * arcs[backwards] + 1)
            else:
                arcs[forwards] = len(points)
                refs.append(2 * len(points))
                points.append(corners[a : b + 1])
        rings[int(unit_of_ring[one])].append(refs)
    return Arcs(points, rings)


def loose(shapes: ArrayLike | Sequence[BaseGeometry]) -> Arcs:
    """Take polygons that share nothing: an arc a ring.

    Parameters
    ----------
    shapes : array_like of (Multi)Polygon
        Integer coordinates.

    Returns
    -------
    Arcs
        As `cut` gives them.
    """
    xy, ring, unit_of_ring = _rings(shapes)
    start = np.searchsorted(ring, np.arange(len(unit_of_ring) + 1))
    points = []
    rings: list[list[list[int]]] = [[] for _ in np.atleast_1d(np.asarray(shapes, dtype=object))]
    for one, unit in enumerate(unit_of_ring.tolist()):
        corners = xy[start[one] : start[one + 1]]
        points.append(np.vstack([corners, corners[:1]]))
        rings[unit].append([2 * one])
    return Arcs(points, rings)


def _rings(shapes: ArrayLike | Sequence[BaseGeometry]) -> tuple[Ints, Ints, Ints]:
    """Give the corners of all rings without their closing ones, each one's ring, rings' units."""
    parts, unit = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    closing = np.append(ring[1:] != ring[:-1], [True] * bool(len(ring)))
    kept = ~closing
    return np.rint(xy[kept]).astype(np.int64), ring[kept].astype(np.int64), unit[part]


def _vertices(xy: Ints) -> Ints:
    """Give points numbers, the same for the same place."""
    low = xy.min(axis=0)
    key = (xy[:, 0] - low[0]) << 32 | (xy[:, 1] - low[1])
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


def _degrees(tail: Ints, head: Ints) -> Ints:
    """Count the borders that meet at each vertex."""
    many = int(max(tail.max(), head.max())) + 1
    edges = np.unique(np.minimum(tail, head) * many + np.maximum(tail, head))
    return np.bincount(edges // many, minlength=many) + np.bincount(edges % many, minlength=many)

"""Polygons taken apart: each distinct edge once, with the polygons on either side.

In a coverage nearly every edge is drawn twice, once by each neighbour. Kept once, it costs
one test a point, not two, and a crossing leaves one polygon and enters the other in one go.

An edge runs *upwards*: its lower end comes first; of a level edge, the eastern one. (So a
level edge is the limit of edges that rise to the west, and needs no rule of its own.) To
cross it eastwards is to pass from its left to its right; a polygon on its right is entered,
sign +1, one on its left is left, sign -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from zonage_geo.errors import InputError
from zonage_geo.index.exact import Floats

__all__ = ["ONE", "EdgeTable", "Geometries", "polygon_edges", "ranges", "spans"]

Geometries = NDArray[np.object_]

ONE = 2.0**32
"""A polygon's *word* is this plus its number. Words of several polygons add up: below
``ONE`` there is none, below ``2 * ONE`` there is one and the rest is its number. Sums are
whole numbers below 2**53, which float64 holds exactly."""

MAX_POLYGONS = 2**31 - 2


@dataclass(frozen=True)
class EdgeTable:
    """Distinct edges and their polygons.

    Attributes
    ----------
    ends : ndarray of float64, shape (edges, 4)
        x, y of the lower end, x, y of the upper end; degrees, EPSG:4326.
    owner_start : ndarray of int64, shape (edges + 1,)
        Where the owners of each edge start.
    owner : ndarray of int32
        Polygons.
    owner_sign : ndarray of int8
        +1 where the polygon is on the edge's right, -1 on its left.
    word : ndarray of float64, shape (edges,)
        What crossing the edge eastwards adds to a point's word.
    """

    ends: Floats
    owner_start: NDArray[np.int64]
    owner: NDArray[np.int32]
    owner_sign: NDArray[np.int8]
    word: Floats


def spans(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Turn counts into the bounds of consecutive stretches.

    Parameters
    ----------
    counts : ndarray of int64, shape (n,)
        Lengths.

    Returns
    -------
    ndarray of int64, shape (n + 1,)
        0, and the running sums.
    """
    bounds = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=bounds[1:])
    return bounds


def ranges(
    starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Unroll ranges of whole numbers one after another.

    Parameters
    ----------
    starts, counts : ndarray of int64, shape (n,)
        First number and length of each range.

    Returns
    -------
    tuple of ndarray of int64
        The rank of the range that each number comes from, and the numbers.
    """
    which = np.repeat(np.arange(len(counts)), counts)
    numbers = np.arange(len(which))
    numbers += np.repeat(starts - (np.cumsum(counts) - counts), counts)
    return which, numbers


def polygon_edges(geometries: Geometries) -> EdgeTable:
    """Take polygons apart.

    Parameters
    ----------
    geometries : ndarray of shapely geometries, shape (polygons,)
        Valid polygons or multipolygons in EPSG:4326 degrees; None and empty ones hold
        nothing.

    Returns
    -------
    EdgeTable
        In the order in which the edges first come.

    Raises
    ------
    InputError
        If a geometry is no polygon, is not valid, or is not in degrees.
    """
    _check(geometries)
    parts, polygon_of_part = shapely.get_parts(geometries, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    # A polygon's first ring is its shell. Its interior is on the left of a shell that turns
    # counter-clockwise, and of a hole that turns clockwise.
    shell = np.diff(part_of_ring, prepend=-1) != 0
    interior_left = shapely.is_ccw(rings) == shell
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    points += 0.0  # -0.0 becomes 0.0: equal ends get equal bits
    kept = (ring_of[1:] == ring_of[:-1]) & (points[1:] != points[:-1]).any(axis=1)
    start, end, ring_of = points[:-1][kept], points[1:][kept], ring_of[:-1][kept]
    downwards = (start[:, 1] > end[:, 1]) | ((start[:, 1] == end[:, 1]) & (start[:, 0] < end[:, 0]))
    ends = np.hstack([start, end])
    ends[downwards] = np.hstack([end, start])[downwards]
    sign = np.where(interior_left[ring_of] == downwards, 1, -1).astype(np.int8)
    owner = polygon_of_part[part_of_ring[ring_of]].astype(np.int32)
    return _merge(ends, owner, sign)


def _check(geometries: Geometries) -> None:
    kinds = shapely.get_type_id(geometries)
    polygonal = (kinds == -1) | (kinds == 3) | (kinds == 6)
    empty = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    bounds = np.where(empty[:, None], 0.0, shapely.bounds(geometries))
    degrees = (np.abs(bounds) <= (180.0, 90.0, 180.0, 90.0)).all(axis=1)  # false for NaN
    faults = (
        (~polygonal, "n'est pas un polygone"),
        (~degrees, "n'est pas en degrés (longitude, latitude WGS 84) : convertissez la couche"),
        (~(empty | shapely.is_valid(geometries)), "n'est pas valide : réparez-le (make_valid)"),
    )
    for wrong, what in faults:
        if wrong.any():
            which = int(np.flatnonzero(wrong)[0])
            raise InputError(f"index : le contour n° {which} {what}.")
    if len(geometries) > MAX_POLYGONS:
        raise InputError(f"index : {len(geometries)} contours, au plus {MAX_POLYGONS}.")


def _merge(ends: Floats, owner: NDArray[np.int32], sign: NDArray[np.int8]) -> EdgeTable:
    """Keep equal edges once.

    Edges are brought together by sorting a hash of their ends, and merged only where the
    ends are equal: two edges of one hash, were there any, would just stay apart.
    """
    order = np.argsort(_hash(ends), kind="stable")
    ordered = ends[order]
    first = np.ones(len(ends), dtype=bool)
    first[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.cumsum(first) - 1
    # Back to the order of the polygons, which neighbours in space mostly share: what one
    # point needs then lies close together in memory.
    leaders = order[first]
    place = np.empty(len(leaders), dtype=np.int64)
    place[np.argsort(leaders)] = np.arange(len(leaders))
    rank = np.empty(len(ends), dtype=np.int64)
    rank[order] = place[group]
    by_edge = np.argsort(rank, kind="stable")
    weights = sign * (ONE + owner)
    owner, sign = owner[by_edge], sign[by_edge]
    counts = np.bincount(rank, minlength=len(leaders)).astype(np.int64)
    word: Floats = np.bincount(rank, weights, len(leaders)).astype(np.float64)
    return EdgeTable(ends[np.sort(leaders)], spans(counts), owner, sign, word)


def _hash(ends: Floats) -> NDArray[np.uint64]:
    bits: NDArray[Any] = np.ascontiguousarray(ends).view(np.uint64)
    mixed = np.zeros(len(ends), dtype=np.uint64)
    for column in bits.T:
        mixed ^= column
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed

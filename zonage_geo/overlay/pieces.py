"""Polygons cut by one another, and the slivers that only inaccurate borders make."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Pieces", "cut"]

HALF = 0.5
"""A piece with more than this share of its zone is no sliver, however thin."""


class Pieces(NamedTuple):
    """Zones cut by communes: one row a piece.

    Attributes
    ----------
    row, zone : ndarray of int
        Ranks of the commune and of the zone.
    area : ndarray of float
        In square metres.
    share : ndarray of float
        Of the zone's area.
    sliver : ndarray of bool
        Whether the accuracy of outlines may be all that makes it.
    """

    row: NDArray[np.int64]
    zone: NDArray[np.int64]
    area: NDArray[np.float64]
    share: NDArray[np.float64]
    sliver: NDArray[np.bool_]


def cut(communes: NDArray[np.object_], zones: NDArray[np.object_], reach: float) -> Pieces:
    """Cut zones by communes, and tell the pieces that only a border's error makes.

    Parameters
    ----------
    communes, zones : ndarray of geometry
        In metres, of one system; a commune's may be missing.
    reach : float
        Accuracy of outlines, in metres.

    Returns
    -------
    Pieces
        Those that have an area.
    """
    whole = _valid(zones)
    zone, row = shapely.STRtree(communes).query(whole, predicate="intersects")
    pieces = shapely.intersection(whole[zone], _valid(communes[row]))
    area = shapely.area(pieces)
    solid = area > 0
    zone, row, pieces, area = zone[solid], row[solid], pieces[solid], area[solid]
    share = area / shapely.area(whole[zone])
    thin = share < HALF
    # A sliver lies within the outlines' accuracy of the commune's border, and mostly elsewhere.
    core = shapely.buffer(communes[row[thin]], -reach)
    sliver = np.zeros(len(area), dtype=bool)
    sliver[thin] = ~shapely.intersects(core, pieces[thin])
    return Pieces(row, zone, area, share, sliver)


def _valid(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    bad = ~shapely.is_valid(shapes)
    if bad.any():
        shapes = shapes.copy()
        shapes[bad] = shapely.make_valid(shapes[bad])
    return shapes

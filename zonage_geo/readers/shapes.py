"""Shapes made fit for use: flat, valid, polygonal where polygons are wanted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

__all__ = ["Mended", "Shapes", "flatten_collections", "mend", "polygonal"]

Shapes = np.ndarray[Any, np.dtype[np.object_]]
_POLYGONS = (3, 6)
_COLLECTION = 7
NOTHING = 1e-6
MUCH = 1.1
"""Times a surface, from which a repair did not only move its edge."""


class Mended(NamedTuple):
    """Shapes after repair.

    Attributes
    ----------
    shapes : ndarray
        All valid.
    told : dict
        Position of each shape repaired to a French sentence.
    """

    shapes: Shapes
    told: dict[int, str]


def polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the surfaces of a shape.

    Parameters
    ----------
    shape : Geometry
        Any.

    Returns
    -------
    Geometry
        Polygon or MultiPolygon, empty where there is no surface.
    """
    if shapely.get_type_id(shape) in _POLYGONS:
        return shape
    parts = [polygonal(part) for part in shapely.get_parts(shape)] if _is_bag(shape) else []
    parts = [part for part in parts if not shapely.is_empty(part)]
    return shapely.union_all([mend_one(part) for part in parts]) if parts else shapely.Polygon()


def _is_bag(shape: shapely.Geometry) -> bool:
    return bool(shapely.get_type_id(shape) == _COLLECTION)


def mend_one(shape: shapely.Geometry) -> shapely.Geometry:
    """Make a polygon valid, keeping surfaces only.

    Parameters
    ----------
    shape : Geometry
        Polygon or MultiPolygon.

    Returns
    -------
    Geometry
        Valid; empty where no surface was left.
    """
    if shapely.is_valid(shape):
        return shape
    try:
        return polygonal(shapely.make_valid(shape))
    except shapely.errors.GEOSException:  # overflow, on numbers that are no coordinates
        return shapely.Polygon()


def mend(shapes: Shapes) -> Mended:
    """Make polygons valid.

    Parameters
    ----------
    shapes : ndarray
        Shapes; those that are no polygons are left alone.

    Returns
    -------
    Mended
        As many shapes, and what was repaired and why.
    """
    surfaces = np.isin(shapely.get_type_id(shapes), _POLYGONS)
    wrong = np.flatnonzero(surfaces & ~shapely.is_valid(shapes))
    out = shapes.copy()
    told = {}
    for position in wrong.tolist():
        shape = shapes[position]
        out[position] = fixed = mend_one(shape)
        reason = str(shapely.is_valid_reason(shape)).split("[")[0]
        said = _REASONS.get(reason, f"contour invalide ({reason})")
        told[position] = f"{said} ; {_surface(shape, fixed)}."
    return Mended(out, told)


def _surface(before: shapely.Geometry, after: shapely.Geometry) -> str:
    """Say what a repair changed of a surface; loops that turn the other way were taken off it."""
    old, new = abs(shapely.area(before)), shapely.area(after)
    if not new:
        return "il n’en reste aucune surface"
    if old <= NOTHING * new:
        return "ses boucles s’annulaient, elles sont toutes gardées"
    if new > MUCH * old:
        times = f"{new / old:.2f}".replace(".", ",")
        return f"une boucle se retranchait, surface multipliée par {times}"
    return f"surface changée de {100 * (new / old - 1):+.3f} %".replace(".", ",")


_REASONS = {
    "Self-intersection": "le contour se croise",
    "Ring Self-intersection": "le contour se touche lui-même",
    "Hole lies outside shell": "un trou est hors du contour",
    "Nested shells": "un contour est dans un autre",
    "Nested holes": "un trou est dans un autre",
    "Duplicate Rings": "un anneau est répété",
    "Too few points in geometry component": "un anneau a trop peu de points",
    "Interior is disconnected": "l’intérieur est coupé en deux",
}


def flatten_collections(shapes: Shapes) -> tuple[Shapes, list[int]]:
    """Replace collections by their surfaces, where they have some.

    Parameters
    ----------
    shapes : ndarray
        Shapes.

    Returns
    -------
    tuple
        The shapes, and the positions of those replaced.
    """
    out = shapes.copy()
    touched = []
    for position in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION).tolist():
        surfaces = polygonal(shapes[position])
        if not shapely.is_empty(surfaces):
            out[position] = surfaces
            touched.append(position)
    return out, touched

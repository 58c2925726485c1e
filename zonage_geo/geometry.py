"""Discs against polygons in plain Python: all that one `locate` needs of geometry.

Why not shapely: importing it costs about a quarter of what importing geopandas costs,
which is nearly the whole budget of a cold `locate` (bar: 0.30; measured on two cores,
shapely and sqlite3 alone are at 0.29). One question touches a handful of polygons of
some hundred vertices, which plain Python walks in about a millisecond. Shapely is the
oracle of the tests, and does the work wherever there is more than one place.

Coordinates are longitude, latitude in degrees (EPSG:4326). Distances are in metres, by
the local scale of the GRS 80 ellipsoid at the place: exact to about 0.1 % within 5 km,
which is as far as it is used.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from math import cos, hypot, inf, radians, sin, sqrt
from typing import NamedTuple

from zonage_geo.errors import StoreError

__all__ = [
    "Polygons",
    "Relation",
    "degrees_around",
    "distance",
    "read_gpkg",
    "relate",
    "relate_plane",
    "scale",
    "to_plane",
    "wkb_of",
]

SEMI_MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257222101
"""GRS 80, the ellipsoid of RGF93 (IOGP/EPSG 7019)."""

Ring = Sequence[float]
"""x0, y0, x1, y1, …, closed."""

Polygons = Sequence[Sequence[Ring]]
"""Polygons of rings; holes need no mark, insideness counts crossings."""


class Relation(NamedTuple):
    """Where a point stands to a set of polygons.

    Attributes
    ----------
    inside : bool
        Whether it lies in one of them.
    border_m : float
        Distance to the nearest border, in metres; ``inf`` where there is none.
    """

    inside: bool
    border_m: float

    @property
    def distance_m(self) -> float:
        """Distance to the polygons, in metres: 0 inside."""
        return 0.0 if self.inside else self.border_m

    def disc_inside(self, radius_m: float) -> bool:
        """Tell whether the whole disc around the point lies inside.

        Parameters
        ----------
        radius_m : float
            Radius in metres.

        Returns
        -------
        bool
            True where no border comes within the radius of an inside point.
        """
        return self.inside and self.border_m >= radius_m

    def disc_outside(self, radius_m: float) -> bool:
        """Tell whether the whole disc around the point lies outside.

        Parameters
        ----------
        radius_m : float
            Radius in metres.

        Returns
        -------
        bool
            True where no border comes within the radius of an outside point.
        """
        return not self.inside and self.border_m >= radius_m


def scale(lat: float) -> tuple[float, float]:
    """Give the metres that one degree is worth at a latitude.

    Parameters
    ----------
    lat : float
        Latitude in degrees.

    Returns
    -------
    tuple of float
        Metres a degree of longitude, metres a degree of latitude (radii of curvature
        of the prime vertical and of the meridian).
    """
    phi = radians(lat)
    squared = FLATTENING * (2 - FLATTENING)
    root = sqrt(1 - squared * sin(phi) ** 2)
    return (
        radians(SEMI_MAJOR_M / root * cos(phi)),
        radians(SEMI_MAJOR_M * (1 - squared) / root**3),
    )


def degrees_around(lat: float, metres: float) -> tuple[float, float]:
    """Give the half-sides of a box that holds every point within some metres.

    Parameters
    ----------
    lat : float
        Latitude of the centre, in degrees.
    metres : float
        Distance to hold.

    Returns
    -------
    tuple of float
        Half-width and half-height in degrees, 1 % wide of the mark.
    """
    x_m, y_m = scale(lat)
    return 1.01 * metres / max(x_m, 1.0), 1.01 * metres / y_m


def distance(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Give the distance between two near points.

    Parameters
    ----------
    lon, lat, other_lon, other_lat : float
        Degrees.

    Returns
    -------
    float
        Metres, by the local scale at mid-latitude.
    """
    x_m, y_m = scale((lat + other_lat) / 2)
    return hypot((other_lon - lon) * x_m, (other_lat - lat) * y_m)


def relate(polygons: Polygons, lon: float, lat: float) -> Relation:
    """Tell where a point stands to polygons.

    Parameters
    ----------
    polygons : Polygons
        In degrees.
    lon, lat : float
        The point, in degrees.

    Returns
    -------
    Relation
        Insideness by the half-open even-odd rule, and the distance to the border.
    """
    return _related(polygons, lon, lat, *scale(lat))


def relate_plane(polygons: Polygons, x: float = 0.0, y: float = 0.0) -> Relation:
    """Tell where a point stands to polygons, all in metres.

    Parameters
    ----------
    polygons : Polygons
        As `to_plane` gives them.
    x, y : float
        The point; the origin by default.

    Returns
    -------
    Relation
        As `relate` gives it.
    """
    return _related(polygons, x, y, 1.0, 1.0)


def to_plane(polygons: Polygons, lon: float, lat: float) -> list[list[list[float]]]:
    """Lay polygons on a plane in metres around a point.

    Unlike one local scale, the scale is that of the latitude midway to each vertex, so that
    distances from the point stay right to some metres at 100 km.

    Parameters
    ----------
    polygons : Polygons
        In degrees.
    lon, lat : float
        The plane's origin, in degrees.

    Returns
    -------
    list
        Polygons of rings of x, y, x, y, and so on.
    """
    (x_m, y_m), (x_next, y_next) = scale(lat), scale(lat + 1.0)
    x_slope, y_slope = (x_next - x_m) / 2, (y_next - y_m) / 2
    return [
        [
            [
                metres
                for x, y in zip(ring[0::2], ring[1::2], strict=True)
                for metres in (
                    (x - lon) * (x_m + x_slope * (y - lat)),
                    (y - lat) * (y_m + y_slope * (y - lat)),
                )
            ]
            for ring in rings
        ]
        for rings in polygons
    ]


def _related(polygons: Polygons, lon: float, lat: float, x_m: float, y_m: float) -> Relation:
    inside_any = False
    best = inf
    for rings in polygons:
        inside = False
        for ring in rings:
            crossed, squared = _walk(ring, lon, lat, x_m, y_m)
            inside ^= crossed
            best = min(best, squared)
        inside_any = inside_any or inside
    return Relation(inside_any, sqrt(best))


def _walk(ring: Ring, lon: float, lat: float, x_m: float, y_m: float) -> tuple[bool, float]:
    """Walk a ring once: parity of its crossings east of the point, squared distance."""
    inside = False
    best = inf
    x0 = (ring[0] - lon) * x_m
    y0 = (ring[1] - lat) * y_m
    for i in range(2, len(ring), 2):
        x1 = (ring[i] - lon) * x_m
        y1 = (ring[i + 1] - lat) * y_m
        dx = x1 - x0
        dy = y1 - y0
        # The sign of the cross product is exactly opposite when the edge is walked the other
        # way, so that of two neighbours one and only one holds a point of their border.
        if (y0 > 0) != (y1 > 0):
            cross = x0 * y1 - x1 * y0
            inside ^= cross != 0 and (cross > 0) == (y1 > y0)
        length = dx * dx + dy * dy
        t = -(x0 * dx + y0 * dy) / length if length else 0.0
        t = 0.0 if t < 0 else min(t, 1.0)
        px = x0 + t * dx
        py = y0 + t * dy
        squared = px * px + py * py
        best = min(best, squared)
        x0 = x1
        y0 = y1
    return inside, best


_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_POLYGON, _MULTIPOLYGON = 3, 6
_HEADER = 8


def read_gpkg(blob: bytes) -> list[list[array[float]]]:
    """Read the (multi)polygon of a GeoPackage geometry blob.

    Parameters
    ----------
    blob : bytes
        GeoPackage binary: ``GP`` header, envelope, two-dimensional WKB.

    Returns
    -------
    list of list of array
        Polygons of rings of x, y, x, y, and so on.

    Raises
    ------
    StoreError
        If the blob is no such geometry.
    """
    try:
        return _read_wkb(blob, _wkb_start(blob))[0]
    except (ValueError, IndexError, struct.error) as error:
        msg = f"géométrie illisible dans le magasin ({error})."
        raise StoreError(msg) from error


def _wkb_start(blob: bytes) -> int:
    if blob[:2] != b"GP":
        msg = "en-tête GP absent"
        raise ValueError(msg)
    return _HEADER + _ENVELOPE_BYTES[(blob[3] >> 1) & 0b111]


def wkb_of(blob: bytes) -> bytes:
    """Take the well-known binary out of a GeoPackage geometry blob.

    Parameters
    ----------
    blob : bytes
        GeoPackage binary.

    Returns
    -------
    bytes
        What follows its header.

    Raises
    ------
    StoreError
        If it has no such header.
    """
    try:
        return blob[_wkb_start(blob) :]
    except (ValueError, IndexError) as error:
        msg = f"géométrie illisible dans le magasin ({error})."
        raise StoreError(msg) from error


def _read_wkb(blob: bytes, at: int) -> tuple[list[list[array[float]]], int]:
    order = "<" if blob[at] else ">"
    kind, count = struct.unpack_from(f"{order}II", blob, at + 1)
    at += 9
    if kind == _POLYGON:
        rings = []
        for _ in range(count):
            (points,) = struct.unpack_from(f"{order}I", blob, at)
            if points == 0:
                msg = "anneau vide"
                raise ValueError(msg)
            rings.append(array("d", struct.unpack_from(f"{order}{2 * points}d", blob, at + 4)))
            at += 4 + 16 * points
        return [rings], at
    if kind == _MULTIPOLYGON:
        polygons: list[list[array[float]]] = []
        for _ in range(count):
            part, at = _read_wkb(blob, at)
            polygons += part
        return polygons, at
    msg = f"type WKB {kind}"
    raise ValueError(msg)

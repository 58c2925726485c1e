"""Which of many polygons hold a point, for points by the million.

An exact index with numpy alone: a grid whose cells keep the edges that touch them. How it
works is told in `fill`; how it is asked, in `polygons`.
"""

from __future__ import annotations

from zonage_geo.index.polygons import Around, Memberships, Neighbours, PolygonIndex, cores

__all__ = ["Around", "Memberships", "Neighbours", "PolygonIndex", "cores"]

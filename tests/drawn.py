"""A store with something drawn on it: perimeters and lists that no package ships."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyogrio
import pyproj
import shapely

from zonage_geo.settings import Settings
from zonage_geo.store import Store, store_path

__all__ = ["Shape", "draw", "metric", "square"]


class Shape(NamedTuple):
    """One perimeter to draw; degrees."""

    code: str
    polygon: shapely.Polygon
    layer: str = "qpv"
    edition: str = "2024"
    zone_class: str = "QPV"


def metric(lon: float, lat: float) -> tuple[pyproj.Transformer, pyproj.Transformer]:
    """Give the ways to and from a plane in metres that is exact around a point."""
    plane = pyproj.CRS.from_proj4(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=GRS80 +units=m")
    to = pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)
    return to, pyproj.Transformer.from_crs(plane, "EPSG:4326", always_xy=True)


def square(
    lon: float, lat: float, side_m: float, east_m: float = 0.0, north_m: float = 0.0
) -> shapely.Polygon:
    """Draw a square, in degrees, its centre some metres away from a point."""
    _, back = metric(lon, lat)
    half = side_m / 2
    plane = shapely.box(east_m - half, north_m - half, east_m + half, north_m + half)
    return shapely.transform(plane, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))


def draw(
    home: Path,
    folder: Path,
    shapes: Sequence[Shape] = (),
    lists: Mapping[str, Mapping[str, str]] | None = None,
) -> Store:
    """Copy a home's store, add perimeters and lists to the copy, and open it."""
    path = folder / "drawn.gpkg"
    shutil.copy(store_path(Settings(home=home)), path)
    if shapes:
        geometry = [shapely.to_wkb(shapely.MultiPolygon([shape.polygon])) for shape in shapes]
        columns = {
            "layer": [shape.layer for shape in shapes],
            "edition": [shape.edition for shape in shapes],
            "code": [shape.code for shape in shapes],
            "nom": [f"Quartier {shape.code}" for shape in shapes],
            "class": [shape.zone_class for shape in shapes],
        }
        pyogrio.raw.write(
            path,
            np.array(geometry, dtype=object),
            [np.array(column, dtype=object) for column in columns.values()],
            list(columns),
            layer="zones",
            driver="GPKG",
            geometry_type="MultiPolygon",
            crs="EPSG:4326",
            append=True,
        )
    with closing(sqlite3.connect(path)) as connection:
        for name, classes in (lists or {}).items():
            connection.executemany(
                "INSERT INTO memberships (list, code, class) VALUES (?, ?, ?)",
                [(name, code, cls) for code, cls in classes.items()],
            )
            connection.execute(
                "INSERT INTO loaded_lists (list, title, rows) VALUES (?, ?, ?)",
                (name, "Liste d'essai", len(classes)),
            )
        connection.commit()
    return Store.open(path)

"""An addition's GeoPackage: what a file brought, cleaned, in a form that QGIS opens."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from zonage_geo.additions.wanted import Content

__all__ = ["sha256_of", "write_payload"]

CHUNK = 1 << 20


def write_payload(path: Path, content: Content) -> None:
    """Write an addition's GeoPackage.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.
    content : Content
        What to write.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    frame = content.frame
    names = {"zones": ["code", "nom", "class", "communes"], "outlines": ["code"]}.get(
        content.kind, ["code", "class", "zone", "nom"]
    )
    layer = {"zones": "zones", "outlines": "communes"}.get(content.kind, "lignes")
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in names]
    data = [column.to_numpy(dtype=object) for column in columns]
    masks = [np.array([value is None for value in column], dtype=bool) for column in data]
    geometry = None
    options = {}
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = [_multi(shape) for shape in frame.geometry]
        geometry = np.array(shapely.to_wkb(shapes), dtype=object)
        options = {"geometry_type": "MultiPolygon", "crs": "EPSG:4326", "GEOMETRY_NAME": "geom"}
    try:
        pyogrio.raw.write(
            path, geometry, data, names, field_mask=masks, layer=layer, driver="GPKG", **options
        )
    except RuntimeError as error:  # GDAL's; a full disk comes so
        raise OSError(str(error)) from error


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    parts = shapely.get_parts(shape)
    polygons = [one for part in parts for one in shapely.get_parts(part)]
    return shapely.MultiPolygon([one for one in polygons if one.geom_type == "Polygon"])


def sha256_of(path: Path) -> str:
    """Fingerprint a file.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    str
        Hexadecimal.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()

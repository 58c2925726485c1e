"""One door for every file: what it is, is told from what it holds."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import Loaded
from zonage_geo.readers.source import VECTORS, open_source

__all__ = ["read"]


def read(
    path: str | PathLike[str],
    *,
    crs: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    layer: str | None = None,
    polygons: bool = False,
) -> Loaded:
    """Read any file of communes, zones or addresses that an agency sends.

    Parameters
    ----------
    path : str or path
        Shapefile, GeoPackage, GeoJSON, FlatGeobuf, CSV or other delimited text, xlsx, xls
        or ods; by itself, in a zip or compressed by gzip.
    crs : str, optional
        System of the coordinates, where the file does not declare it or is wrong:
        ``EPSG:2154``.
    encoding : str, optional
        Of text; found where it is not given.
    sheet, layer : str, optional
        Which sheet of a workbook; which layer of a GeoPackage or file of a zip.
    polygons : bool, optional
        Whether only polygons will do.

    Returns
    -------
    Loaded
        The table (text columns, or shapes in EPSG:4326) and the account of every row.

    Raises
    ------
    ReadError
        If the file cannot be trusted: it says where, why, and the way out.
    """
    source = open_source(Path(path), layer)
    is_shaped = source.kind in VECTORS
    for option, value, fits in (
        ("--crs", crs, is_shaped),
        ("--sheet", sheet, source.kind == "workbook"),
        ("--encoding", encoding, source.kind in {"text", "shapefile"}),
        ("--layer", layer, source.kind == "gpkg" or source.member is not None),
    ):
        if value is not None and not fits:
            raise ReadError(
                source.name, f"{option} n’a pas de sens pour ce fichier", f"Retirez {option}."
            )
    if is_shaped:
        from zonage_geo.readers.vectors import read_vectors

        inner = layer if source.kind == "gpkg" else None
        return read_vectors(source, crs=crs, encoding=encoding, layer=inner, polygons=polygons)
    if polygons:
        raise ReadError(
            source.name,
            "des contours sont attendus, et c’est un tableau",
            "Donnez la couche des périmètres (shapefile, GeoPackage ou GeoJSON).",
        )
    from zonage_geo.readers.reserved import renamed

    if source.kind == "workbook":
        from zonage_geo.readers.workbooks import read_workbook

        return renamed(read_workbook(source.data(), source.name, sheet))
    from zonage_geo.readers.tables import read_text

    return renamed(read_text(source.data(), source.name, encoding))

"""Any file of places, opened to be read chunk by chunk."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from zonage_geo.batch.model import Asked, Chunk, Input
from zonage_geo.batch.text import open_text
from zonage_geo.readers import ReadError, ReadReport
from zonage_geo.readers.cells import counted
from zonage_geo.readers.reserved import field_names, read_frame, renaming
from zonage_geo.readers.shapefile import shapefile_encoding
from zonage_geo.readers.source import VECTORS, Source, check_file, open_source, readable
from zonage_geo.readers.vectors import guarded, pick_layer, raw_features
from zonage_geo.readers.workbooks import read_workbook

__all__ = ["open_input"]

_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"
_EXPECTED = frozenset({"en-tête", "ligne vide"})
"""Rows of a sheet that nobody looks for among its answers."""
SHOWN = 5
"""Rows set aside that are told each; the others are counted."""
_NULLABLE = {"int16": "Int16", "int32": "Int32", "int64": "Int64", "bool": "boolean"}


def open_input(path: Path, asked: Asked) -> Input:
    """Open a file of places.

    Parameters
    ----------
    path : Path
        Delimited text, Parquet, GeoPackage, shapefile, GeoJSON, FlatGeobuf or workbook; text
        in a zip or compressed by gzip too.
    asked : Asked
        How it reads, and rows at a time.

    Returns
    -------
    Input
        Its columns are known; its rows are read when they are asked for.

    Raises
    ------
    ReadError
        If it cannot be read, or an option means nothing for it.
    """
    check_file(path)
    with readable(path), path.open("rb") as stream:
        head = stream.read(4)
    if head == _PARQUET:
        _refuse_options(path.name, asked, crs=True)
        from zonage_geo.batch.parquet import open_parquet

        return open_parquet(path, asked)
    source = _source(path, head, asked.layer)
    shaped = source.kind in VECTORS
    _refuse_options(
        source.name,
        asked,
        crs=True,
        encoding=source.kind in {"text", "shapefile"},
        sheet=source.kind == "workbook",
        layer=source.kind == "gpkg" or source.member is not None,
    )
    if shaped:
        return _open_vectors(source, asked)
    if source.kind == "workbook":
        return _open_workbook(source, asked)
    return open_text(source, asked)


def _source(path: Path, head: bytes, layer: str | None) -> Source:
    """Tell what a file is; of a compressed one, without decompressing all of it."""
    if head.startswith(_GZIP):
        with readable(path), gzip.open(path) as stream:
            start = stream.read(4)
        if start[:1].isalnum() or start.startswith((b"\xef\xbb\xbf", b'"')):
            if start == _PARQUET:
                raise ReadError(path.name, "du Parquet compressé par gzip", "Décompressez-le.")
            if start.startswith((b"SQLi", b"fgb", b"PK")):
                return open_source(path, layer)
            return Source(path, kind="text", packed=True)
    return open_source(path, layer)


def _refuse_options(file: str, asked: Asked, **fits: bool) -> None:
    for option in ("crs", "encoding", "sheet", "layer"):
        if getattr(asked, option) is not None and not fits.get(option, False):
            raise ReadError(
                file, f"--{option} n’a pas de sens pour ce fichier", f"Retirez --{option}."
            )


# shapes


def _open_vectors(source: Source, asked: Asked) -> Input:
    report = ReadReport(f"lecture de {source.name}")
    report.layer = pick_layer(source, asked.layer if source.kind == "gpkg" else None) or ""
    if source.kind == "gpkg":
        return _open_geopackage(source, report, asked)
    if source.kind == "shapefile":
        report.encoding = shapefile_encoding(source, asked.encoding, report)
    frame = raw_features(source, report)
    return _framed(
        frame,
        source.name,
        asked.chunk,
        notes=tuple(line.detail for line in report.lines),
    )


def _quiet(source: Source, action: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run what calls GDAL without what it says of names and extensions: the rows are all there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return guarded(source, action)


def _open_geopackage(source: Source, report: ReadReport, asked: Asked) -> Input:
    info = _quiet(source, lambda: pyogrio.read_info(source.gdal, layer=report.layer))
    kinds = {
        str(name): _NULLABLE[str(kind)]
        for name, kind in zip(info["fields"], info["dtypes"], strict=True)
        if str(kind) in _NULLABLE
    }
    rows = int(info["features"])
    shaped = info["geometry_type"] is not None
    fields = [str(name) for name in info["fields"]]
    columns = field_names(fields) if shaped else fields
    crs = _crs(info["crs"])

    def chunks() -> Iterator[Chunk]:
        for skip in range(0, max(rows, 1), asked.chunk):
            options = {"skip_features": skip, "max_features": asked.chunk}
            read_chunk = partial(
                read_frame,
                source.gdal,
                layer=report.layer,
                read_geometry=shaped,
                **options,
            )
            frame, _ = _quiet(source, read_chunk)
            yield _chunk(_typed(frame, kinds))

    return Input(
        name=source.name,
        columns=tuple(sorted(columns, key=fields.__contains__, reverse=True)),
        chunks=chunks,
        rows=rows,
        shaped=shaped,
        crs=crs,
        notes=tuple(renaming(new) for new in columns if new not in fields),
    )


def _typed(frame: pd.DataFrame, kinds: dict[str, str]) -> pd.DataFrame:
    """Give columns the types of their fields, which a chunk without any value does not show."""
    return frame.astype({name: kind for name, kind in kinds.items() if name in frame})


def _crs(text: str | None) -> Any:  # noqa: ANN401  (pyproj's)
    from pyproj import CRS

    return None if text is None else CRS.from_user_input(text)


def _chunk(frame: pd.DataFrame) -> Chunk:
    """Part the shapes from the attributes."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return Chunk(_objects(frame))
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    return Chunk(_objects(pd.DataFrame(frame.drop(columns=frame.geometry.name))), shapes)


def _objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Hold text as objects, whatever holds it by default."""
    texts = [name for name in frame.columns if isinstance(frame[name].dtype, pd.StringDtype)]
    return frame.astype(dict.fromkeys(texts, object)).reset_index(drop=True)


def _framed(
    frame: pd.DataFrame,
    name: str,
    rows: int,
    *,
    notes: tuple[str, ...] = (),
    for_excel: bool = False,
) -> Input:
    """Give what was read whole as chunks."""
    shaped = isinstance(frame, gpd.GeoDataFrame)
    crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) else None
    geometry = str(frame.geometry.name) if isinstance(frame, gpd.GeoDataFrame) else None
    kinds = {str(c): _NULLABLE[str(t)] for c, t in frame.dtypes.items() if str(t) in _NULLABLE}
    frame = _typed(frame, kinds)

    def chunks(step: int) -> Iterator[Chunk]:
        for start in range(0, max(len(frame), 1), step):
            yield _chunk(frame.iloc[start : start + step])

    return Input(
        name=name,
        columns=tuple(str(column) for column in frame.columns if column != geometry),
        chunks=partial(chunks, rows),
        rows=len(frame),
        shaped=shaped,
        crs=crs,
        delimiter=";" if for_excel else ",",
        mark=for_excel,
        decimal="," if for_excel else ".",
        notes=notes,
    )


# workbooks


def _open_workbook(source: Source, asked: Asked) -> Input:
    loaded = read_workbook(source.data(), source.name, asked.sheet, typed=True)
    frame = loaded.frame.reset_index(drop=True)
    notes = _set_aside(loaded.report)
    return _framed(frame, source.name, asked.chunk, notes=notes, for_excel=True)


def _set_aside(report: ReadReport) -> tuple[str, ...]:
    """Tell which rows of a sheet are not answered, with what they hold."""
    gone = [one for one in report.dropped if one.kind not in _EXPECTED]
    aside = "de la feuille laissée de côté"
    told = [f"ligne {one.row} {aside}, {one.detail}" for one in gone[:SHOWN]]
    if len(gone) > SHOWN:
        told.append(f"{counted(len(gone) - SHOWN, 'autre ligne')} de la feuille de côté de même.")
    return tuple(told)

"""Layers of shapes (shapefile, GeoPackage, GeoJSON, FlatGeobuf) as frames in EPSG:4326."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from zonage_geo.readers.cells import as_text, clean, counted, lost_characters, mend_accents
from zonage_geo.readers.crs import WGS84, authority, in_france, pick_crs, refuse_abroad
from zonage_geo.readers.encodings import guess_bytes
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import Loaded, ReadReport
from zonage_geo.readers.reserved import SHAPES, read_frame, renaming
from zonage_geo.readers.shapefile import shapefile_encoding
from zonage_geo.readers.shapes import flatten_collections, mend

if TYPE_CHECKING:
    from zonage_geo.readers.source import Source

__all__ = ["NOTES_TABLE", "guarded", "pick_layer", "raw_features", "read_vectors"]

NOTES_TABLE = "zg_sources"
"""The table that our own GeoPackages have beside their answers: never taken for data."""
_UNREADABLE = (
    DataSourceError,
    DataLayerError,
    FeatureError,
    FieldError,
    shapely.errors.GEOSException,
    IndexError,  # pyogrio, on a FlatGeobuf cut in its header
    UnboundLocalError,  # the same, on a .prj that makes no sense
    UnicodeError,  # the same, on names and messages that are not UTF-8
)
_GDAL = {"CPL_VSIL_GZIP_WRITE_PROPERTIES": "NO"}
"""GDAL leaves a file of its own beside one that is compressed, which nobody asked for."""
_Mask = np.ndarray[Any, np.dtype[np.bool_]]
_POLYGONS = (3, 6)
_FRENCH = {0: "points", 1: "lignes", 2: "lignes", 4: "points", 5: "lignes", 7: "collections"}
FARTHEST = 1e9
"""No system has coordinates beyond; GEOS does not compute with them."""
_CRS_MEMBER = re.compile(rb'"crs"\s*:')
_CRS_NAME = re.compile(rb'\s*\{[^{}]*\{[^{}]*"(?:name|href)"\s*:\s*"([^"]*)"')


def read_vectors(
    source: Source,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    layer: str | None = None,
    polygons: bool = False,
) -> Loaded:
    """Read a layer of shapes.

    Parameters
    ----------
    source : Source
        The file.
    crs : str, optional
        The system of its coordinates, where the file does not say it or is wrong.
    encoding : str, optional
        Of a shapefile's text; found where it is not given.
    layer : str, optional
        Which layer of a GeoPackage.
    polygons : bool, optional
        Refuse points and lines.

    Returns
    -------
    Loaded
        A GeoDataFrame in EPSG:4326 of valid shapes, and the account of every feature; a
        frame of text where the layer has no shapes.

    Raises
    ------
    ReadError
        If it cannot be read for certain.
    """
    report = ReadReport(f"lecture de {source.name}")
    report.layer = pick_layer(source, layer) or ""
    if source.kind == "shapefile":
        report.encoding = shapefile_encoding(source, encoding, report)
    frame = raw_features(source, report)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="objet")
    report.rows_in = len(frame)
    _tidy_text(frame, report)
    if not isinstance(frame, gpd.GeoDataFrame):
        if polygons:
            raise ReadError(
                source.name,
                "des contours sont attendus, et la couche n’a pas de géométrie",
                "Donnez la couche des périmètres (polygones).",
            )
        text = frame.map(lambda value: as_text(value) or None).astype("string")
        report.rows_kept = report.rows_out = len(text)
        return Loaded(text, report)
    name = str(frame.geometry.name)
    if name != "geometry":
        frame = frame.rename_geometry("geometry")
    frame = _with_shapes(frame, report, source.name)
    bounds = tuple(float(value) for value in frame.total_bounds)
    picked = pick_crs(frame.crs, crs, bounds, source.name)
    if picked.note:
        report.add(None, str(crs), "système de coordonnées", picked.note)
    report.crs = authority(picked.crs)
    frame = _surfaces(frame, report, source.name, polygons=polygons)
    frame = frame.set_crs(picked.crs, allow_override=True)
    if picked.crs != WGS84:
        frame = _reprojected(frame, report, source.name)
    inside = in_france(frame.bounds.to_numpy())
    refuse_abroad(frame.bounds.to_numpy(), inside, picked.crs, source.name)
    for row in frame.index[~inside]:
        said = "hors de tout territoire français : coordonnées à vérifier."
        report.add(row, _label(frame, row), "hors de France", said)
    frame = _distinct(frame, report)
    report.rows_kept = report.rows_out = len(frame)
    return Loaded(frame, report)


def pick_layer(source: Source, layer: str | None) -> str | None:
    """Choose the layer of a GeoPackage; the others have one.

    Parameters
    ----------
    source : Source
        The file.
    layer : str or None
        The one that is asked for.

    Returns
    -------
    str or None
        Its name; None for other formats.

    Raises
    ------
    ReadError
        If it is not there, or several could be meant.
    """
    if source.kind != "gpkg":
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they come again with the features, and are told
        layers = guarded(source, lambda: pyogrio.list_layers(source.gdal))
    shaped = [str(name) for name, kind in layers if kind is not None]
    names = [str(name) for name, _ in layers]
    if layer is not None:
        if layer not in names:
            told = ", ".join(names)
            raise ReadError(
                source.name, f"pas de couche « {layer} »", f"Couches : {told} (--layer)."
            )
        return layer
    wanted = shaped or [name for name in names if name != NOTES_TABLE]
    if len(wanted) != 1:
        problem = f"{len(wanted)} couches" if wanted else "aucune couche"
        told = ", ".join(wanted)
        raise ReadError(
            source.name, problem, f"Nommez-en une avec --layer : {told}." if wanted else ""
        )
    return wanted[0]


def guarded(source: Source, action: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run what calls GDAL, its errors told in our words.

    Parameters
    ----------
    source : Source
        The file, for messages.
    action : callable
        What to run.

    Returns
    -------
    object
        What it gives.

    Raises
    ------
    ReadError
        If GDAL cannot read the file.
    """
    try:
        pyogrio.set_gdal_config_options(_GDAL)
        return action()
    except _UNREADABLE as error:
        raise ReadError(
            source.name,
            f"fichier illisible (GDAL : {' '.join(str(error).split())[:200]})",
            "Il est abîmé ou incomplet : demandez-le ou téléchargez-le de nouveau.",
        ) from error


def raw_features(source: Source, report: ReadReport) -> pd.DataFrame:
    """Read the features as GDAL gives them, its warnings told.

    Parameters
    ----------
    source : Source
        The file.
    report : ReadReport
        Says which layer and encoding; gets the lines.

    Returns
    -------
    DataFrame or GeoDataFrame
        Every feature, untouched.

    Raises
    ------
    ReadError
        If the file cannot be read, or is empty.
    """
    options: dict[str, Any] = {"layer": report.layer} if report.layer else {}
    where: str | bytes = source.gdal
    if source.kind == "shapefile":
        options["encoding"] = report.encoding
    elif source.kind == "geojson":
        where = source.data()
        guess = guess_bytes(where)
        if guess.name != "utf-8":
            said = f"le GeoJSON n’est pas en UTF-8 : lu en {guess.told}."
            report.add(None, guess.name, "encodage", said)
            where = where.decode(guess.name).encode()
        report.encoding = guess.name
        said = _system_of(where[:2000] + where[-1000:])
        if said:
            report.add(None, WGS84, "système de coordonnées", said)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame, new = guarded(source, lambda: read_frame(where, **options))
    for text in dict.fromkeys(str(one.message) for one in caught):
        told = f"la bibliothèque de lecture (GDAL) signale : « {text} »."
        report.add(None, "GDAL", "avertissement", told)
    if len(frame) == 0:
        raise ReadError(source.name, "aucun objet", "Vérifiez que c’est le bon fichier.")
    names = [str(name) for name in frame.columns]
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ReadError(
            source.name,
            f"plusieurs colonnes du même nom : {', '.join(twins)}",
            "Renommez-les (QGIS : Refactoriser les champs).",
        )
    if new:
        report.add(None, SHAPES, "colonne renommée", renaming(new))
    return frame  # type: ignore[no-any-return]


def _system_of(start_and_end: bytes) -> str:
    """Say where a GeoJSON names no system, or one that nobody knows; empty where it does."""
    member = _CRS_MEMBER.search(start_and_end)
    if member is None:
        return "le fichier ne déclare pas de système : degrés WGS84, comme le veut la norme."
    named = _CRS_NAME.match(start_and_end, member.end())
    name = named[1].decode("utf-8", "replace") if named else "null"
    try:
        CRS.from_user_input(name)
    except CRSError:
        return f"le système déclaré (« {name} ») est inconnu : lu en degrés WGS84."
    return ""


def _tidy_text(frame: pd.DataFrame, report: ReadReport) -> None:
    """Mend accents and padding in the text columns, in place."""
    for column in frame.columns:
        values = frame[column]
        if not (values.dtype == object or isinstance(values.dtype, pd.StringDtype)):
            continue
        out = []
        for row, value in zip(frame.index, values, strict=True):
            if not isinstance(value, str):
                keep = value is None or isinstance(value, float | bool | int)
                out.append(value if keep else as_text(value))
                continue
            mended = value if value.isascii() else mend_accents(value)
            if mended != value:
                report.add(row, mended, "accents rétablis", f"« {value} » dans le fichier.")
            if lost_characters(mended):
                said = "un caractère a été perdu avant nous."
                report.add(row, mended, "caractère perdu", said)
            out.append(clean(mended) or None)
        frame[column] = pd.Series(out, index=frame.index, dtype=values.dtype)


def _label(frame: gpd.GeoDataFrame, row: Any) -> str:  # noqa: ANN401
    """Name a feature in the report: its first attribute that is text."""
    values = (frame.at[row, name] for name in frame.columns)  # noqa: PD008 (one cell)
    return next((value for value in values if isinstance(value, str)), "")


def _dropped(
    frame: gpd.GeoDataFrame, gone: _Mask, report: ReadReport, kind: str, said: str
) -> gpd.GeoDataFrame:
    for row in frame.index[gone]:
        report.drop(row, _label(frame, row), kind, said, lost=True)
    return frame[~gone]


def _with_shapes(frame: gpd.GeoDataFrame, report: ReadReport, file: str) -> gpd.GeoDataFrame:
    """Drop features without a shape; flatten the others."""
    shapes = frame.geometry.to_numpy()
    nothing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    if nothing.all():
        raise ReadError(file, "aucun objet n’a de géométrie", "Vérifiez que c’est le bon fichier.")
    frame = _dropped(frame, nothing, report, "géométrie vide", "l’objet n’a pas de géométrie.")
    frame = _measured(frame, report)
    if frame.empty:
        raise ReadError(file, "aucune coordonnée n’est un nombre", "Redemandez le fichier.")
    heights = int(shapely.has_z(frame.geometry.to_numpy()).sum())
    if heights:
        report.add(None, "Z", "altitude", f"altitude retirée de {counted(heights, 'objet')}.")
    return frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)


def _measured(frame: gpd.GeoDataFrame, report: ReadReport) -> gpd.GeoDataFrame:
    """Drop features with coordinates that are no numbers, or no place on Earth."""
    points, owners = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    gone = np.zeros(len(frame), dtype=bool)
    gone[owners[~(np.abs(points) < FARTHEST).all(axis=1)]] = True  # NaN is not below
    said = "des coordonnées ne sont pas des nombres, ou sont démesurées."
    return _dropped(frame, gone, report, "coordonnées illisibles", said)


def _surfaces(
    frame: gpd.GeoDataFrame, report: ReadReport, file: str, *, polygons: bool
) -> gpd.GeoDataFrame:
    """Bring collections to their surfaces, repair polygons, refuse the rest where asked."""
    shapes, touched = flatten_collections(frame.geometry.to_numpy())
    for position in touched:
        row = frame.index[position]
        said = "collection de géométries : seules ses surfaces sont gardées."
        report.add(row, _label(frame, row), "collection", said)
    kinds = shapely.get_type_id(shapes)
    others = ~np.isin(kinds, _POLYGONS)
    if polygons and others.any():
        first = int(np.flatnonzero(others)[0])
        what = _FRENCH.get(int(kinds[first]), "lignes")
        raise ReadError(
            file,
            f"des contours sont attendus ; {counted(int(others.sum()), 'objet')} sur "
            f"{len(frame)} : des {what}",
            "Donnez la couche des périmètres (polygones).",
            line=int(frame.index[first]),
            unit="objet",
        )
    mended = mend(shapes)
    for position, said in mended.told.items():
        row = frame.index[position]
        report.add(row, _label(frame, row), "réparée", said)
    frame = frame.set_geometry(mended.shapes, crs=frame.crs)
    gone = shapely.is_empty(mended.shapes)
    said = "aucune surface n’a pu en être tirée."
    return _dropped(frame, gone, report, "irréparable", said)


def _reprojected(frame: gpd.GeoDataFrame, report: ReadReport, file: str) -> gpd.GeoDataFrame:
    """Bring the shapes to EPSG:4326, and mend those that rounding made touch themselves."""
    told = {line.row for line in report.lines if line.kind == "réparée"}
    try:
        frame = _measured(frame.to_crs(WGS84), report)
    except ProjError as error:
        raise ReadError(
            file,
            f"rien ne mène du système « {report.crs} » à des degrés",
            "Donnez le bon avec --crs.",
        ) from error
    if frame.empty:
        raise ReadError(
            file, "aucune coordonnée n’est du système annoncé", "Donnez le bon avec --crs."
        )
    mended = mend(frame.geometry.to_numpy())
    for position, said in mended.told.items():
        row = frame.index[position]
        if row not in told:
            report.add(row, _label(frame, row), "réparée", f"après reprojection, {said}")
    return frame.set_geometry(mended.shapes, crs=WGS84)


def _distinct(frame: gpd.GeoDataFrame, report: ReadReport) -> gpd.GeoDataFrame:
    """Keep one of the features that are the same in every way."""
    keys = frame.drop(columns="geometry").astype("string").fillna("")
    keys["geometry"] = shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy()))
    first: dict[tuple[Any, ...], Any] = {}
    twin = []
    for row, key in zip(frame.index, keys.itertuples(index=False, name=None), strict=True):
        if key in first:
            said = f"identique en tout à l’objet {first[key]}."
            report.drop(row, _label(frame, row), "doublon", said)
        twin.append(key in first)
        first.setdefault(key, row)
    return frame[~np.asarray(twin)]

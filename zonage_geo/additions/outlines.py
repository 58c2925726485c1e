"""Finer outlines of communes, brought to the store's codes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, cast

import numpy as np
import shapely

from zonage_geo.additions.wanted import Content
from zonage_geo.geometry import wkb_of
from zonage_geo.readers.cells import counted
from zonage_geo.readers.codes import to_codes
from zonage_geo.readers.columns import find_columns
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport
from zonage_geo.territory.calendar import detect_vintage
from zonage_geo.territory.codes import ARRONDISSEMENT_CITIES
from zonage_geo.territory.passage import passage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

__all__ = ["known_outlines", "outline_content"]

WHOLE = ("inchangée", "code changé", "fusion")
NEAR_DEGREES = 0.005
"""Some 400 to 550 m: how far a point of an outline may lie from the one already known."""
MAX_FAR = 0.05
"""Above this share of outlines far from the known ones, the file is not what it says."""


def outline_content(
    frame: gpd.GeoDataFrame,
    store: Path,
    *,
    columns: Mapping[str, str],
    cog: int | None,
    file: str,
) -> Content:
    """Read outlines of communes of any vintage.

    Parameters
    ----------
    frame : GeoDataFrame
        As ``readers.read`` gives it, EPSG:4326.
    store : Path
        The store, whose outlines say whether these are where they should be.
    columns : mapping
        Role to column, as the user says.
    cog : int or None
        Vintage of the codes; found otherwise.
    file : str
        For messages.

    Returns
    -------
    Content
        ``outlines``: code of the store's vintage, and geometry.

    Raises
    ------
    ReadError
        If there are no codes, or the outlines are not those of these communes.
    """
    found = find_columns(frame, ["code"], named=columns, file=file)
    loaded = to_codes(frame, found["code"], year=cog, file=file)
    reports = [loaded.report]
    named = loaded.frame.rename(columns={found["code"]: "code"})[["code", "geometry"]]
    named = _whole_cities(cast("gpd.GeoDataFrame", named), reports, file)
    table = _united(named, reports, file)
    now = passage(table, from_=cog, code="code", plm="commune")
    told = now.attrs["passage"]
    year = cog or detect_vintage(table["code"]).year
    report = ReadReport(told.title, told.rows_in, told.rows_kept, list(told.lines))
    whole = now["passage"].isin(WHOLE)
    for code, how in zip(now.loc[~whole, "code"], now.loc[~whole, "passage"], strict=True):
        why = "une scission ne dit pas où passe la limite" if how == "scission" else str(how)
        report.add(None, code, "contour gardé", f"{why} : le contour connu reste.")
    reports.append(report)
    kept = _where_they_should_be(now.loc[whole, ["code", "geometry"]], store, reports, file)
    return Content("outlines", kept, reports, year)


def _whole_cities(
    table: gpd.GeoDataFrame, reports: list[ReadReport], file: str
) -> gpd.GeoDataFrame:
    """Set aside arrondissements which do not make a whole city."""
    present = set(table["code"])
    cut = {
        code
        for city, codes in ARRONDISSEMENT_CITIES.items()
        if city not in present and not present.issuperset(codes)
        for code in codes
    }
    report = ReadReport(f"arrondissements de {file}", len(table))
    keep = []
    for row, code in zip(table.index, table["code"], strict=True):
        keep.append(code not in cut)
        if code in cut:
            report.drop(row, code, "arrondissement", "sa commune n’est pas là tout entière.")
    out = table[keep]
    if not len(out):
        raise ReadError(
            file,
            "des arrondissements seuls, sans toute leur commune",
            "Ajoutez un fichier qui a la commune, ou tous ses arrondissements.",
        )
    report.rows_kept = report.rows_out = len(out)
    reports += [report] if report.lines else []
    return out


def _united(table: gpd.GeoDataFrame, reports: list[ReadReport], file: str) -> gpd.GeoDataFrame:
    """Unite the features of a commune."""
    repeated = set(table.loc[table["code"].duplicated(), "code"])
    if not repeated:
        return table
    report = ReadReport(f"contours de {file}", len(table), len(table))
    for row, code in zip(table.index, table["code"], strict=True):
        if code in repeated:
            report.add(row, code, "plusieurs objets", "réunis en un contour.")
    reports.append(report)
    first = table.drop_duplicates("code")
    shapes = table.dissolve("code").geometry.loc[first["code"]]
    return first.set_geometry(shapes.set_axis(first.index))


def _where_they_should_be(
    table: gpd.GeoDataFrame, store: Path, reports: list[ReadReport], file: str
) -> gpd.GeoDataFrame:
    """Set aside outlines that lie elsewhere than the ones known for their code."""
    report = ReadReport(f"place des contours de {file}", len(table))
    known = known_outlines(store, frozenset(table["code"]))
    points = shapely.point_on_surface(table.geometry.to_numpy())
    keep = np.zeros(len(table), dtype=bool)
    for rank, (code, point) in enumerate(zip(table["code"], points, strict=True)):
        shapes = known.get(code, [])
        # A commune of which nothing is drawn yet is taken as it comes.
        keep[rank] = not shapes or any(shapely.dwithin(s, point, NEAR_DEGREES) for s in shapes)
        if not keep[rank]:
            report.drop(None, code, "ailleurs", "loin du contour connu : il reste.", lost=True)
    far = int((~keep).sum())
    if far > MAX_FAR * len(table):
        raise ReadError(
            file,
            f"loin de leur commune : {counted(far, 'contour')} sur {len(table)}",
            "Codes ou coordonnées faux ? Vérifiez la colonne des codes (--column code=NOM), le "
            "système (--crs) et le millésime (--cog).",
        )
    report.rows_kept = report.rows_out = int(keep.sum())
    reports.append(report)
    return table[keep]


def known_outlines(store: Path, wanted: frozenset[str]) -> dict[str, list[shapely.Geometry]]:
    """Give the outlines that a store has of some communes, shared ones too.

    Parameters
    ----------
    store : Path
        The store.
    wanted : frozenset of str
        INSEE codes, of its vintage.

    Returns
    -------
    dict
        Code to its outlines, EPSG:4326; a commune without any is not in it.
    """
    known: dict[str, list[shapely.Geometry]] = {}
    uri = f"{store.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        for text, blob in connection.execute("SELECT codes, geom FROM communes"):
            for code in wanted.intersection(text.split()):
                known.setdefault(code, []).append(shapely.from_wkb(wkb_of(blob)))
    return known

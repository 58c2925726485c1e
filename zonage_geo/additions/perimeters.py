"""From polygons to the perimeters that the store will hold: one shape a zone."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import cast

import geopandas as gpd

from zonage_geo.additions.wanted import (
    Content,
    NothingThereError,
    Wanted,
    check_zones,
    classless_away,
    named_columns,
    read_classes,
    sole_class,
    take_all_for,
    texts,
)
from zonage_geo.errors import InputError
from zonage_geo.readers.codes import drop_sentinels, parse_codes
from zonage_geo.readers.columns import find_columns
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport
from zonage_geo.territory.calendar import calendar, detect_vintage
from zonage_geo.territory.codes import commune_of
from zonage_geo.territory.timeline import STORE_DAY, vintage

__all__ = ["zone_content"]


# perimeters


def zone_content(
    frame: gpd.GeoDataFrame, wanted: Wanted, homes: Mapping[Hashable, frozenset[str]]
) -> Content:
    """Read perimeters: one shape a zone, whose parts may be several features.

    Parameters
    ----------
    frame : GeoDataFrame
        As ``readers.read`` gives it, EPSG:4326.
    wanted : Wanted
        What it is read for.
    homes : mapping
        Index label to the départements in which the feature lies.

    Returns
    -------
    Content
        ``zones``, by code.

    Raises
    ------
    ReadError
        If no column holds the zones' codes, or a class is unknown.
    """
    file, named = wanted.file, named_columns(frame, wanted)
    columns = find_columns(
        frame, ["zone"], named=named, optional=["nom_zone", "classe", "code"], file=file
    )
    kept = drop_sentinels(frame, columns["zone"], file=file)
    kept.report.lost += kept.report.dropped  # a perimeter without a code is one all the same
    reports = [kept.report]
    table = _at_home(cast("gpd.GeoDataFrame", kept.frame), wanted, homes, reports)
    out = table[["geometry"]].copy()
    out["code"] = texts(table, columns["zone"])
    check_zones(out["code"], wanted)
    out["nom"] = texts(table, columns.found.get("nom_zone"))
    out["nom"] = out["nom"].fillna(out["code"])
    sole = sole_class(wanted.layer)
    several = len(wanted.layer.classes) > 1
    classe = columns.found.get("classe") if several or "classe" in named else None
    if classe is None and sole and several:
        take_all_for(sole, table.drop(columns="geometry"), wanted, reports)
    if classe is None and sole is None:
        raise ReadError(
            file, "aucune colonne reconnue comme celle des classes", "--column classe=NOM."
        )
    out["class"] = (
        sole
        if classe is None
        else read_classes(table[classe], wanted.layer.classes, wanted.recipe, file)
    )
    code = columns.found.get("code")
    communes: Iterable[str] = [""] * len(table)
    if code is not None:
        communes = _communes_now(texts(table, code), wanted)
    out["communes"] = list(communes)
    shapes = classless_away(out, reports, file)
    return Content("zones", _one_a_zone(cast("gpd.GeoDataFrame", shapes), reports, file), reports)


def _communes_now(cells: Iterable[str | None], wanted: Wanted) -> list[str]:
    """Bring the communes that perimeters name to the store's codes."""
    named = [parse_codes(text or "").codes for text in cells]
    each = [commune_of(code) for codes in named for code in codes]
    try:
        year = wanted.edition.cog or detect_vintage(each).year
    except InputError:  # no codes of communes: the perimeters' place will tell
        return [""] * len(named)
    at = calendar().timeline.at
    return [
        " ".join(
            dict.fromkeys(
                now
                for code in codes
                for now in sorted(at(commune_of(code), vintage(year), STORE_DAY))
            )
        )
        for codes in named
    ]


def _at_home(
    table: gpd.GeoDataFrame,
    wanted: Wanted,
    homes: Mapping[Hashable, frozenset[str]],
    reports: list[ReadReport],
) -> gpd.GeoDataFrame:
    report = ReadReport(f"territoire de {wanted.file}", len(table))
    keep = []
    for row in table.index:
        lies = homes.get(row, frozenset())
        keep.append(not lies.isdisjoint(wanted.departements))
        if not keep[-1]:
            told = " et ".join(sorted(lies))
            where = f"est dans le département {told}" if lies else "n’est pas en France"
            told = ", ".join(wanted.edition.territory)
            report.drop(row, "", "hors territoire", f"{where}, non dans {told}.")
    out = table[keep]
    report.rows_kept = report.rows_out = len(out)
    if not len(out):
        raise NothingThereError(
            wanted.file,
            f"aucun de ses périmètres n’est dans {', '.join(wanted.edition.territory)}",
            "Vérifiez --edition, --territory et --crs.",
        )
    reports += [report] if report.lines else []
    return out


def _one_a_zone(frame: gpd.GeoDataFrame, reports: list[ReadReport], file: str) -> gpd.GeoDataFrame:
    """Unite the features of a zone."""
    report = ReadReport(f"périmètres de {file}", len(frame), len(frame))
    repeated: Collection[str] = set(frame.loc[frame["code"].duplicated(), "code"])
    for row, code in zip(frame.index, frame["code"], strict=True):
        if code in repeated:
            report.add(row, code, "plusieurs objets", "réunis en un périmètre.")
    if not repeated:
        return frame
    reports.append(report)
    first = frame.groupby("code").agg(
        nom=("nom", "first"),
        **{"class": ("class", "first")},
        communes=("communes", lambda c: " ".join(dict.fromkeys(" ".join(c).split()))),
    )
    classes = frame.groupby("code")["class"].nunique()
    if several := classes[classes > 1].index.tolist():
        raise ReadError(
            file,
            f"plusieurs classes pour {', '.join(several[:5])}",
            "Corrigez le fichier, ou nommez la colonne qui fait foi : --column classe=NOM.",
        )
    shapes = frame[["code", "geometry"]].dissolve("code")["geometry"]
    return gpd.GeoDataFrame(first.join(shapes).reset_index(), geometry="geometry", crs=frame.crs)

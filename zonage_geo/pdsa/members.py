"""Which communes each garde sector is made of: from a list, from polygons, from the store."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zonage_geo.catalog.model import Catalog, Edition, Layer
from zonage_geo.errors import InputError, StoreError
from zonage_geo.geometry import wkb_of
from zonage_geo.lists import Reading, load, read_list, titled
from zonage_geo.locate.editions import held_in
from zonage_geo.overlay.ground import default_accuracy, metric
from zonage_geo.overlay.pieces import cut
from zonage_geo.readers.accord import DISAGREE
from zonage_geo.readers.cells import as_text
from zonage_geo.readers.loaded import Loaded
from zonage_geo.readers.names import fold
from zonage_geo.report import Report
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY, departement_of, vintage

__all__ = ["Members", "from_source", "from_store"]

LAYER = "pdsa"
SLOTS = ("creneau", "horaire", "plage", "periode", "tranche")
SEASONS = ("saison",)
LEAST, WHOLE = 0.01, 0.99
"""Shares of a commune's area: below the first a polygon does not hold it, from the second it
holds all of it."""


class Members(NamedTuple):
    """Sectors and the communes they are made of.

    Attributes
    ----------
    frame : DataFrame
        One row a pair: secteur, nom, code (of the store's vintage), origine (the list's own
        code), ligne.
    lacking : dict of str to int
        By sector: rows of it that no commune could be read from.
    report : Report
        The account of every row of the list.
    shapes : dict of str to geometry
        By sector, where it was drawn; EPSG:4326.
    day : str
        ISO day on which the codes of ``origine`` have their meaning.
    source : str
        What it is read from, in French.
    complete : bool
        Whether a sector holds no other commune than those read.
    discords : mapping of str to list of str
        By sector: of the rows lost, those whose code and name are of two communes, each a clause.
    """

    frame: pd.DataFrame
    lacking: dict[str, int]
    report: Report
    shapes: dict[str, BaseGeometry]
    day: str
    source: str
    complete: bool = True
    discords: Mapping[str, list[str]] = MappingProxyType({})


def from_source(
    source: Path | pd.DataFrame,
    store: Store,
    catalog: Catalog,
    how: Reading,
    *,
    slot: str | None,
    season: str | None,
) -> Members:
    """Read sectors in a file or a frame.

    Parameters
    ----------
    source : Path or DataFrame
        A list (sector, commune code), or polygons.
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    how : Reading
        How it reads.
    slot, season : str, optional
        The time slot and season wanted, of a list that tells several.

    Returns
    -------
    Members
        At least one sector.

    Raises
    ------
    InputError
        If it cannot be trusted, or no sector is left.
    """
    loaded, file = load(source, how)
    frame = loaded.frame
    named = dict(how.columns)
    roles: tuple[str, ...] = ("creneau", "saison")
    extra = {role: named.pop(role) for role in roles if role in named}
    if "zone" not in named and (found := titled(frame, "secteur", file, "zone")):
        named["zone"] = found
    report = Report(f"secteurs lus dans {file}", loaded.report.rows_in)
    for line in loaded.report.lines:
        report.lines.append(line)
    outside_table = loaded.report.rows_in - len(frame)
    kept = _of_a_time(frame, "creneau", SLOTS, slot, extra, report, file)
    kept = _of_a_time(kept, "saison", SEASONS, season, extra, report, file)
    if not len(kept):
        raise InputError(f"{file} : aucune ligne pour ce créneau ou cette saison.")
    if _drawn(kept):
        return _of_polygons(cast("gpd.GeoDataFrame", kept), store, catalog, named, report, file)
    members = _of_list(Loaded(kept, loaded.report), file, store, catalog, how, named, report)
    report.rows_in -= outside_table  # titles and headings are no rows of the list
    return members


def _drawn(frame: pd.DataFrame) -> bool:
    if "geometry" not in frame.columns:
        return False
    kinds = gpd.GeoSeries(frame["geometry"]).geom_type
    return bool(kinds.isin(["Polygon", "MultiPolygon"]).any())


def _of_a_time(
    frame: pd.DataFrame,
    role: str,
    words: Iterable[str],
    wanted: str | None,
    named: dict[str, str],
    report: Report,
    file: str,
) -> pd.DataFrame:
    """Keep the rows of a slot or season; refuse to mix several without a word."""
    column = named.get(role)
    if column is not None and column not in frame.columns:
        raise InputError(f"{file} : pas de colonne « {column} ».")
    for word in words:
        column = column or titled(frame, word, file, role)
    option = {"creneau": "--creneau", "saison": "--saison"}[role]
    if column is None:
        if wanted is not None:
            raise InputError(
                f"{file} : aucune colonne ne dit le créneau ou la saison ; nommez-la : --column "
                f"{role}=NOM, ou retirez {option}."
            )
        return frame
    said = [as_text(value) if not pd.isna(value) else "" for value in frame[column]]
    known = sorted(set(said) - {""})
    if wanted is None:
        if len(known) > 1:
            raise InputError(
                f"{file} : les secteurs y changent selon « {column} » ({', '.join(known)}). "
                f'Choisissez : {option} "{known[0]}".'
            )
        return frame
    if fold(wanted) not in map(fold, known):
        raise InputError(f"{file} : {option} {wanted} : valeurs connues : {', '.join(known)}.")
    keep = [fold(one) in ("", fold(wanted)) for one in said]  # an empty cell holds at any time
    for row, one, stays in zip(frame.index, said, keep, strict=True):
        if not stays:
            report.add(row, one, f"autre {'créneau' if role == 'creneau' else role}", f"« {one} ».")
    return frame[keep]


# a list


def _of_list(
    loaded: Loaded,
    file: str,
    store: Store,
    catalog: Catalog,
    how: Reading,
    named: dict[str, str],
    report: Report,
) -> Members:
    layer = catalog.layers[LAYER]
    listed = read_list(loaded, file, layer, catalog, store, how._replace(columns=named))
    for step in listed.reports[1:]:
        report.lines += step.lines
    table = listed.frame
    zones = _sectors(loaded.frame, named, file)
    lacking: dict[str, int] = {}
    lost = set(zones) - set(table.index)
    dropped = {line.row: line for step in listed.reports[1:] for line in step.lost}
    discords: dict[str, list[str]] = {}
    for row in (row for row in zones if row in lost):
        zone = zones[row]
        if row in dropped and zone is not None:
            lacking[zone] = lacking.get(zone, 0) + 1
            if dropped[row].kind == DISAGREE:
                discords.setdefault(zone, []).append(dropped[row].detail.rstrip(" ."))
    day = vintage(listed.cog)
    rows = []
    at = store.timeline.at
    for row, code, zone, nom in zip(
        table.index, table["code"], table["zone"], table["nom"], strict=True
    ):
        now = sorted(at(code, day, STORE_DAY))
        if len(now) > 1:
            report.add(row, code, "scission", f"répartie entre {', '.join(now)} : toutes comptées.")
        elif now != [code]:
            nom_now = store.commune_name(now[0]) or now[0]
            report.add(row, code, "code changé", f"aujourd'hui {nom_now} ({now[0]}).")
        rows += [(zone, nom, one, code, row) for one in now]
    frame = pd.DataFrame(rows, columns=["secteur", "nom", "code", "origine", "ligne"])
    report.rows_kept = table.index.nunique()
    _tell_names(frame, report)
    return Members(frame, lacking, report, {}, day, file, discords=discords)


def _sectors(frame: pd.DataFrame, named: dict[str, str], file: str) -> dict[Hashable, str | None]:
    """Give the sector of each row of a file, sentinels apart."""
    from zonage_geo.readers.codes import SENTINELS
    from zonage_geo.readers.columns import find_columns

    column = named.get("zone") or find_columns(frame, ["zone"], named=named, file=file)["zone"]
    out: dict[Hashable, str | None] = {}
    for row, value in frame[column].items():
        text = "" if pd.isna(value) else as_text(value)
        out[row] = text if text and text not in SENTINELS else None
    return out


def _tell_names(frame: pd.DataFrame, report: Report) -> None:
    """Report the sectors that bear several names: perhaps two sectors of one code."""
    for zone, noms in frame.dropna(subset=["nom"]).groupby("secteur")["nom"]:
        several = list(dict.fromkeys(noms))
        if len(several) > 1:
            told = f"{len(several)} noms pour ce code : {', '.join(several[:4])}."
            report.add(None, str(zone), "secteur en double", told)


# polygons


def _of_polygons(
    frame: gpd.GeoDataFrame,
    store: Store,
    catalog: Catalog,
    named: dict[str, str],
    report: Report,
    file: str,
) -> Members:
    column = named.get("zone")
    if column is None:
        raise InputError(
            f"{file} : quelle colonne dit le secteur ? --column zone=NOM. Colonnes : "
            f"{', '.join(str(c) for c in frame.columns if c != 'geometry')}."
        )
    if frame.crs is None:
        raise InputError(f"{file} : système de coordonnées inconnu. Donnez-le : --crs EPSG:2154.")
    frame = frame.to_crs(4326)
    zones = _sectors(pd.DataFrame(frame.drop(columns="geometry")), named, file)
    label = named.get("nom_zone")
    shapes: dict[str, list[BaseGeometry]] = {}
    noms: dict[str, str] = {}
    for row, shape in zip(frame.index, frame.geometry, strict=True):
        zone = zones[row]
        if zone is None or shape.is_empty:
            report.add(row, zone or "", "sans secteur", "objet sans code de secteur ni contour.")
            continue
        if zone in shapes:
            report.add(row, zone, "secteur en double", "réuni à l'autre objet du même code.")
        shapes.setdefault(zone, []).append(shape)
        noms.setdefault(zone, as_text(frame.loc[row, label]) if label else zone)
        report.rows_kept += 1
    whole = {zone: shapely.union_all(parts) for zone, parts in shapes.items()}
    rows = []
    for zone, code in _covered(whole, store, catalog, report):
        rows.append((zone, noms[zone], code, code, None))
    out = pd.DataFrame(rows, columns=["secteur", "nom", "code", "origine", "ligne"])
    if not len(out):
        raise InputError(f"{file} : aucun de ses contours n'est sur une commune de France.")
    return Members(out, {}, report, whole, STORE_DAY, file)


def _covered(
    shapes: dict[str, BaseGeometry], store: Store, catalog: Catalog, report: Report
) -> Iterable[tuple[str, str]]:
    """List the communes of each polygon, in whole or in part, slivers apart."""
    zones, polygons = list(shapes), np.array(list(shapes.values()), dtype=object)
    rows = [r for r in store.shapes_in(*shapely.total_bounds(polygons)) if " " not in r[0]]
    codes = [code for code, _ in rows]
    outlines = np.array(shapely.from_wkb([wkb_of(blob) for _, blob in rows]), dtype=object)
    systems = np.array([catalog.crs_of(departement_of(code)) for code in codes], dtype=object)
    for system in dict.fromkeys(systems.tolist()):
        mine = np.flatnonzero(systems == system)
        some = departement_of(codes[mine[0]])
        communes = metric(outlines[mine], some, catalog)
        pieces = cut(communes, metric(polygons, some, catalog), default_accuracy(store))
        area = shapely.area(communes)
        for at in range(len(pieces.row)):
            code, zone = codes[mine[pieces.row[at]]], zones[pieces.zone[at]]
            share = pieces.area[at] / area[pieces.row[at]]
            # A commune that a border's error alone brings into the sector is not of it.
            if pieces.sliver[at] or share < LEAST:
                report.add(None, zone, "liseré", f"{code} : {100 * share:.1f} % : ignoré.")
                continue
            if share < WHOLE:
                report.add(None, zone, "commune partagée", f"{code} : {100 * share:.0f} % y est.")
            yield zone, code


# the store


def from_store(store: Store, edition: Edition, layer: Layer) -> Members:
    """Take the sectors that a file added to the store.

    Parameters
    ----------
    store : Store
        An open store.
    edition : Edition
        The edition wanted.
    layer : Layer
        Its layer.

    Returns
    -------
    Members
        Its sectors.

    Raises
    ------
    StoreError
        If it is not loaded.
    """
    name, day = held_in(store, edition)
    held = store.zone_list(name)
    if not held:
        raise StoreError(f"{edition.title} n'est pas chargée. {layer.missing}")
    rows = [
        (zone, nom, now, code, None)
        for code, zone, nom in held
        for now in sorted(store.timeline.at(code, day, STORE_DAY))
    ]
    frame = pd.DataFrame(rows, columns=["secteur", "nom", "code", "origine", "ligne"])
    report = Report(f"secteurs : {edition.title}", len(held), len(held))
    source = f"{edition.title} ({edition.file})" if edition.file else edition.title
    return Members(frame, {}, report, {}, day, source, complete=edition.complete)

"""The registry package's tables, put right: outlines, town halls, postal codes.

Three defects of the source are mended here, each by INSEE's events, never by guess:

- communes without an outline are rebuilt from their communes déléguées;
- an outline that a later split left undivided stands for all of the parts;
- the communes absorbed by recent mergers have no outline, which leaves holes. A hole that
  touches the kept part of one such merger belongs to it; one that touches several stands
  for all of them; one that touches none (Llívia, in Spain) stays a hole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from zonage_geo.errors import SourceError
from zonage_geo.facts import Event
from zonage_geo.sources import read_table
from zonage_geo.territory import departement_of

__all__ = ["PackageData", "TownHall", "read_package", "write_layers"]

MERGER = 32
"""INSEE's MOD of the commune nouvelle, the only kind of merger since 2014."""
HOLE_SEARCH_DEGREES = 0.15
HOLE_MIN_AREA = 1e-6
"""Square degrees, some 0.9 ha: smaller ones are rounding."""
NUMBERS = {"population": np.int32, "accuracy_m": np.float64}
HOLE_COVERED = 0.01
"""A hole of which more than this share is covered by a commune is none."""


class TownHall(NamedTuple):
    """A town hall's address; degrees."""

    commune: str
    arrondissement: str | None
    voie: str
    lon: float
    lat: float


class _Row(NamedTuple):
    nature: str
    code: str
    nom: str
    parent: str | None
    population: int | None
    departement: str | None
    epci: str | None
    adresse: str
    mairie: str | None
    geometry: bytes | None


@dataclass(slots=True)
class PackageData:
    """What the store takes from the package.

    Attributes
    ----------
    communes : dict of str to geometry
        Outlines by the code(s) they stand for, joined by a space; EPSG:4326.
    arrondissements, deleguees : dict of str to geometry
        Outlines by code.
    populations : dict of str to int
        Municipal population by commune code.
    epci : dict of str to str
        EPCI code by commune code.
    postcodes : list of tuple
        Postal code, commune or arrondissement code.
    town_halls : list of TownHall
        Those that lie in their commune.
    report : dict of str to int
        What was put right or left out, counted.
    """

    communes: dict[str, BaseGeometry] = field(default_factory=dict)
    arrondissements: dict[str, BaseGeometry] = field(default_factory=dict)
    deleguees: dict[str, BaseGeometry] = field(default_factory=dict)
    populations: dict[str, int] = field(default_factory=dict)
    epci: dict[str, str] = field(default_factory=dict)
    postcodes: list[tuple[str, str]] = field(default_factory=list)
    town_halls: list[TownHall] = field(default_factory=list)
    report: dict[str, int] = field(default_factory=dict)


def read_package(wheel: Path, events: Iterable[Event], step: Callable[[str], None]) -> PackageData:
    """Read the package and mend its outlines.

    Parameters
    ----------
    wheel : Path
        The checked wheel.
    events : iterable of Event
        INSEE's events since 2014.
    step : callable
        Told, in French, what begins.

    Returns
    -------
    PackageData
        Outlines in EPSG:4326.

    Raises
    ------
    SourceError
        If the package lacks a table or a column.
    """
    step("lecture des communes")
    try:
        rows, ids = _read_communes(wheel)
        postal = {row["id"]: row["code"] for row in read_table(wheel, "codes_postaux")}
        links = list(read_table(wheel, "codes_postaux_communes"))
    except KeyError as error:
        msg = f"{wheel} : colonne {error} absente."
        raise SourceError(msg) from error
    data = PackageData()
    for link in links:
        code_postal, code = postal[link["codepostal_id"]], ids[link["commune_id"] or ""]
        data.postcodes.append((str(code_postal), code))
    step("contours")
    shapes = _shapes(rows)
    for row in rows:
        if row.nature == "COM" and row.population is not None:
            data.populations[row.code] = row.population
        if row.nature == "COM" and row.epci:
            data.epci[row.code] = row.epci
    for (nature, code), shape in shapes.items():
        if nature == "ARM":
            data.arrondissements[code] = shape
        elif nature in ("COMD", "COMA"):
            data.deleguees[f"{nature} {code}"] = shape
    step("réparation des contours")
    _mend(rows, shapes, list(events), data)
    step("mairies")
    _town_halls(rows, data)
    return data


def _read_communes(wheel: Path) -> tuple[list[_Row], dict[str, str]]:
    raw = list(read_table(wheel, "communes"))
    ids = {str(row["id"]): str(row["code"]) for row in raw}
    departements = {str(r["id"]): str(r["code"]) for r in read_table(wheel, "departements")}
    epci = {str(r["id"]): str(r["code"]) for r in read_table(wheel, "epci")}
    rows = []
    for row in raw:
        population, shape, mairie = (
            row["population_municipale"],
            row["geometry"],
            row["mairie_localisation"],
        )
        parent, departement, its_epci = (
            row["commune_parent_id"],
            row["departement_id"],
            row["epci_id"],
        )
        rows.append(
            _Row(
                nature=str(row["type"]),
                code=str(row["code"]),
                nom=str(row["nom"]),
                parent=ids[parent] if parent else None,
                population=int(population) if population else None,
                departement=departements[departement] if departement else None,
                epci=epci[its_epci] if its_epci else None,
                adresse=row["mairie_adresse"] or "",
                mairie=mairie,
                geometry=bytes.fromhex(shape) if shape else None,
            )
        )
    return rows, ids


def _shapes(rows: Iterable[_Row]) -> dict[tuple[str, str], BaseGeometry]:
    drawn = [row for row in rows if row.geometry is not None]
    shapes = shapely.from_wkb([row.geometry for row in drawn])
    return {(row.nature, row.code): shape for row, shape in zip(drawn, shapes, strict=True)}


def _mend(
    rows: list[_Row],
    shapes: Mapping[tuple[str, str], BaseGeometry],
    events: list[Event],
    data: PackageData,
) -> None:
    outlines = {code: shape for (nature, code), shape in shapes.items() if nature == "COM"}
    missing = [row.code for row in rows if row.nature == "COM" and row.code not in outlines]
    parts: dict[str, list[BaseGeometry | None]] = defaultdict(list)
    for row in rows:
        if row.nature in ("COMD", "COMA") and row.parent is not None:
            parts[row.parent].append(shapes.get((row.nature, row.code)))
    rebuilt = {
        code: shapely.union_all(parts[code])
        for code in missing
        if parts[code] and all(part is not None for part in parts[code])
    }
    outlines |= rebuilt
    stands_for = {code: [code] for code in outlines}
    undivided = 0
    for code in missing:
        for origin in {e.av for e in events if e.ap == code and e.type_av == e.type_ap == "COM"}:
            if code not in outlines and origin in stands_for:
                stands_for[origin].append(code)
                undivided += 1
    filled, shared = _fill_holes(outlines, _incomplete_mergers(events, shapes))
    outlines |= filled
    data.communes = {" ".join(sorted(stands_for[code])): s for code, s in outlines.items()}
    data.communes |= shared
    data.report |= {
        "communes redessinées d'après leurs déléguées": len(rebuilt),
        "communes sans contour propre": undivided,
        "lacunes rattachées à leur commune": len(filled),
        "lacunes entre plusieurs communes": len(shared),
    }


def _incomplete_mergers(
    events: Iterable[Event], shapes: Mapping[tuple[str, str], BaseGeometry]
) -> set[str]:
    """Find the communes that absorbed another of which no outline is left."""
    return {
        e.ap
        for e in events
        if e.mod == MERGER
        and e.type_av == e.type_ap == "COM"
        and e.av != e.ap
        and not any((nature, e.av) in shapes for nature in ("COM", "COMD", "COMA"))
    }


def _fill_holes(
    outlines: Mapping[str, BaseGeometry], mergers: set[str]
) -> tuple[dict[str, BaseGeometry], dict[str, BaseGeometry]]:
    """Give each hole to the merger(s) it touches.

    Returns
    -------
    tuple of dict
        Outlines completed, by code; holes that touch several mergers, by their codes.
    """
    codes = list(outlines)
    tree = shapely.STRtree([outlines[code] for code in codes])
    owners: dict[bytes, tuple[BaseGeometry, set[str]]] = {}
    for merger in sorted(mergers & set(codes)):
        around = shapely.box(*shapely.buffer(outlines[merger], HOLE_SEARCH_DEGREES).bounds)
        near = [outlines[codes[i]] for i in tree.query(around)]
        for hole in _holes(shapely.union_all(near)):
            if hole.area < HOLE_MIN_AREA or _covered(hole, tree) > HOLE_COVERED * hole.area:
                continue
            if shapely.intersection(hole, outlines[merger]).length > 0:
                key = shapely.to_wkb(shapely.normalize(shapely.set_precision(hole, 1e-7)))
                owners.setdefault(key, (hole, set()))[1].add(merger)
    filled: dict[str, list[BaseGeometry]] = defaultdict(list)
    shared: dict[str, BaseGeometry] = {}
    for hole, touching in owners.values():
        if len(touching) == 1:
            filled[next(iter(touching))].append(hole)
        else:
            shared[" ".join(sorted(touching))] = hole
    whole = {code: shapely.union_all([outlines[code], *holes]) for code, holes in filled.items()}
    return whole, shared


def _holes(union: BaseGeometry) -> list[BaseGeometry]:
    polygons = shapely.get_parts(union)
    return [shapely.Polygon(ring) for polygon in polygons for ring in polygon.interiors]


def _covered(hole: BaseGeometry, tree: shapely.STRtree) -> float:
    covering = tree.geometries.take(tree.query(hole, predicate="intersects"))
    return float(shapely.area(shapely.intersection(covering, hole)).sum())


def _town_halls(rows: Iterable[_Row], data: PackageData) -> None:
    homes: dict[tuple[str, str], list[BaseGeometry]] = defaultdict(list)
    for codes, shape in data.communes.items():
        for code in codes.split():  # its own, and a hole that it may share with others
            homes["COM", code].append(shape)
    for code, shape in data.arrondissements.items():
        homes["ARM", code].append(shape)
    kept, dropped = [], 0
    for row in rows:
        if row.nature not in ("COM", "ARM") or not row.adresse or row.mairie is None:
            continue
        point = shapely.from_wkb(bytes.fromhex(row.mairie))
        if not any(home.intersects(point) for home in homes[row.nature, row.code]):
            dropped += 1  # an empty point meets nothing
            continue
        kept.append((row, float(shapely.get_x(point)), float(shapely.get_y(point))))
    for row, lon, lat in kept:
        *lines, _ = row.adresse.split("\n")  # the last one is the post office's town, often another
        commune = row.parent if row.nature == "ARM" else row.code
        data.town_halls.append(
            TownHall(
                commune=str(commune),
                arrondissement=row.code if row.nature == "ARM" else None,
                voie=" ".join(lines).strip(" ,"),
                lon=lon,
                lat=lat,
            )
        )
    data.report["mairies hors de leur commune, écartées"] = dropped


def write_layers(
    path: Path, data: PackageData, noms: Mapping[str, str], sub_noms: Mapping[str, str]
) -> None:
    """Write the geometry layers of a new GeoPackage.

    Parameters
    ----------
    path : Path
        A file that does not exist yet.
    data : PackageData
        Outlines in EPSG:4326.
    noms, sub_noms : mapping
        Names by commune code; by nature and code (``COMD 12076``, ``ARM 75101``).

    Raises
    ------
    OSError
        If GDAL cannot write it.
    """
    codes = sorted(data.communes)
    first = [code.split()[0] for code in codes]
    _write(
        path,
        "communes",
        {
            "code": [code if " " not in code else None for code in codes],
            "codes": codes,
            "nom": [" ou ".join(noms[c] for c in code.split()) for code in codes],
            "departement": [departement_of(code) for code in first],
            "epci": [data.epci.get(code) for code in codes],
            "population": [data.populations.get(code) for code in codes],
            "accuracy_m": [None for _ in codes],
        },
        [data.communes[code] for code in codes],
    )
    arms = sorted(data.arrondissements)
    _write(
        path,
        "arrondissements",
        {"code": arms, "codes": arms, "nom": [sub_noms[f"ARM {code}"] for code in arms]},
        [data.arrondissements[code] for code in arms],
    )
    subs = sorted(data.deleguees)
    _write(
        path,
        "communes_deleguees",
        {
            "nature": [key.split()[0] for key in subs],
            "code": [key.split()[1] for key in subs],
            "nom": [sub_noms.get(key) for key in subs],
        },
        [data.deleguees[key] for key in subs],
    )
    zones: dict[str, list[str | None]] = {
        key: [] for key in ("layer", "edition", "code", "nom", "class")
    }
    _write(path, "zones", zones, [])


def _write(
    path: Path,
    layer: str,
    columns: Mapping[str, Sequence[str | int | float | None]],
    shapes: list[BaseGeometry],
) -> None:
    geometry: NDArray[np.object_] = np.array(
        [shapely.to_wkb(_multi(shape)) for shape in shapes], dtype=object
    )
    data, masks = [], []
    for name, column in columns.items():
        number = NUMBERS.get(name)
        masks.append(np.array([value is None for value in column], dtype=bool))
        data.append(
            np.array(column, dtype=object)
            if number is None
            else np.array([0 if v is None else v for v in column], dtype=number)
        )
    try:
        pyogrio.raw.write(
            path,
            geometry,
            data,
            list(columns),
            field_mask=masks,
            layer=layer,
            driver="GPKG",
            geometry_type="MultiPolygon",
            crs="EPSG:4326",
            append=path.exists(),
            SPATIAL_INDEX="YES",
            GEOMETRY_NAME="geom",
            FID="fid",
        )
    except RuntimeError as error:  # GDAL's; a full disk comes so
        raise OSError(str(error)) from error


def _multi(shape: BaseGeometry) -> BaseGeometry:
    polygons = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons)

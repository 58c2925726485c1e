"""The store's outlines and perimeters as three indexes, kept beside it and mapped at need."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from zonage_geo.errors import StoreError
from zonage_geo.geometry import wkb_of
from zonage_geo.index import PolygonIndex
from zonage_geo.store.connect import connect
from zonage_geo.store.query import Store

if TYPE_CHECKING:
    from zonage_geo.progress import Progress

__all__ = ["Shapes", "ZoneKey", "index_folder", "open_shapes"]

TABLES = ("communes", "arrondissements", "zones")


class ZoneKey(NamedTuple):
    """What a perimeter is."""

    layer: str
    edition: str
    code: str
    nom: str
    zone_class: str


class Shapes(NamedTuple):
    """Indexes of polygons, and what each polygon is.

    Attributes
    ----------
    communes, arrondissements, zones : PolygonIndex
        Asked by longitude and latitude.
    outlines : list of tuple of str
        Commune codes of each outline, in the order of `locate`: by codes.
    accuracy : ndarray of float64
        Of each outline, in metres; NaN where it is the store's.
    arms : list of str
        Code of each arrondissement.
    perimeters : list of ZoneKey
        By code.
    """

    communes: PolygonIndex
    arrondissements: PolygonIndex
    zones: PolygonIndex
    outlines: list[tuple[str, ...]]
    accuracy: NDArray[np.float64]
    arms: list[str]
    perimeters: list[ZoneKey]


def index_folder(store: Path) -> Path:
    """Tell where a store's indexes are kept.

    Parameters
    ----------
    store : Path
        The GeoPackage.

    Returns
    -------
    Path
        A folder beside it, which may be deleted at any time.
    """
    return store.with_name(f"{store.stem}.index")


def open_shapes(store: Store, progress: Progress) -> Shapes:
    """Open a store's indexes, building those that are missing or of another store.

    Parameters
    ----------
    store : Store
        An open store, with outlines.
    progress : Progress
        Told of what is built.

    Returns
    -------
    Shapes
        Mapped into memory where they could be kept on disk.

    Raises
    ------
    StoreError
        If the store has no outlines.
    """
    fingerprint = _fingerprint(store)
    with closing(connect(store.file)) as connection:
        rows = {
            "communes": "SELECT codes, accuracy_m FROM communes ORDER BY codes",
            "arrondissements": "SELECT code FROM arrondissements ORDER BY code",
            "zones": "SELECT layer, edition, code, nom, class FROM zones ORDER BY code, fid",
        }
        found = {name: connection.execute(sql).fetchall() for name, sql in rows.items()}
        indexes = {
            name: _index(connection, name, index_folder(store.file), fingerprint, progress)
            for name in TABLES
        }
    return Shapes(
        **indexes,
        outlines=[tuple(codes.split()) for codes, _ in found["communes"]],
        accuracy=np.array(
            [np.nan if own is None else own for _, own in found["communes"]], dtype=np.float64
        ),
        arms=[code for (code,) in found["arrondissements"]],
        perimeters=[ZoneKey(*row) for row in found["zones"]],
    )


def _fingerprint(store: Store) -> str:
    """Fingerprint what a store's polygons are made of."""
    keys = ("schema_version", "inputs_sha256", "additions", "built_at")
    text = "\n".join(store.metadata.get(key, "") for key in keys)
    return hashlib.sha256(text.encode()).hexdigest()


def _index(
    connection: sqlite3.Connection,
    table: str,
    folder: Path,
    fingerprint: str,
    progress: Progress,
) -> PolygonIndex:
    path = folder / f"{table}.index"
    if path.is_file():
        try:
            return PolygonIndex.load(path, fingerprint=fingerprint, check=False)
        except StoreError:
            pass  # of another store, another version, or cut short: built again
    progress(f"index des contours : {table}", TABLES.index(table) / len(TABLES))
    order = {"communes": "codes", "arrondissements": "code", "zones": "code, fid"}[table]
    blobs = [b for (b,) in connection.execute(f"SELECT geom FROM {table} ORDER BY {order}")]  # noqa: S608
    shapes = shapely.from_wkb([wkb_of(blob) for blob in blobs])
    built = PolygonIndex.build(_valid(np.asarray(shapes, dtype=object)), fingerprint=fingerprint)
    try:
        folder.mkdir(exist_ok=True)
        built.save(path)
    except (OSError, StoreError):  # a folder that cannot be written to: it stays in memory
        return built
    return PolygonIndex.load(path, fingerprint=fingerprint, check=False)


def _valid(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Mend the few outlines that GEOS does not accept; the others stay as they are."""
    bad = ~shapely.is_valid(shapes)
    if bad.any():
        shapes = shapes.copy()
        shapes[bad] = shapely.make_valid(shapes[bad], method="structure")
    return shapes

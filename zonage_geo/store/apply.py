"""The user's additions, put into a store and taken out: plain SQL between GeoPackages.

An addition's GeoPackage already has geometry as the store keeps it, so its blobs go over
as they are. The R-trees follow by GDAL's triggers, which call SQL functions that SQLite
has not: the five they need are given here.
"""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from zonage_geo.geometry import degrees_around, read_gpkg, scale, wkb_of
from zonage_geo.store.additions import Addition, Kind, UserFiles, list_name, perimeter_list
from zonage_geo.store.content import put_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Key", "apply", "can_withdraw", "comes_within"]

Key = tuple[str, str, Kind]
"""Layer, edition and kind of an addition (``Addition.key``)."""

SHORT = 1.001
"""What the local scale may be wrong by (see `zonage_geo.geometry`)."""


def apply(
    connection: sqlite3.Connection,
    additions: Sequence[Addition],
    user: UserFiles,
    gone: Sequence[Key] = (),
) -> None:
    """Write additions into a store, after others were taken out of it.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store, which has none of them yet; nothing is committed.
    additions : sequence of Addition
        In any order: outlines go first, for perimeters are then laid over them.
    user : UserFiles
        Where their GeoPackages are.
    gone : sequence of Key, optional
        Those to take out, of which `can_withdraw` says yes; their GeoPackages are not needed.

    Raises
    ------
    StoreError
        If one of them is missing, or has changed.
    sqlite3.Error
        If one cannot be read or written.
    """
    _give_functions(connection)
    _withdraw(connection, gone)
    for one in sorted(additions, key=lambda a: a.kind != "outlines"):
        with _attached(connection, user.payload(one)):
            _WRITERS[one.kind](connection, one)
    _sum_up(connection, additions)


def can_withdraw(key: Key) -> bool:
    """Tell whether an addition can be taken out of a store.

    Parameters
    ----------
    key : Key
        The addition.

    Returns
    -------
    bool
        False for outlines: those that they replaced are no more there.
    """
    return key[2] != "outlines"


def _withdraw(connection: sqlite3.Connection, keys: Sequence[Key]) -> None:
    """Take additions out of a store, and out of what it says that it holds."""
    for layer, edition, kind in keys:
        name = list_name(layer, edition, kind)
        if kind == "zones":
            name = perimeter_list(layer, edition)
            connection.execute(
                "DELETE FROM zones WHERE layer = ? AND edition = ?", (layer, edition)
            )
        for table in ("memberships", "zone_lists", "loaded_lists"):
            connection.execute(f"DELETE FROM {table} WHERE list = ?", (name,))  # noqa: S608
    told = json.loads(_metadata(connection, "additions") or "[]")
    left = [one for one in told if tuple(one["key"]) not in keys]
    put_metadata(connection, {"additions": json.dumps(left, ensure_ascii=False)})


@contextmanager
def _attached(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    connection.commit()  # a database is not attached inside a transaction
    connection.execute("ATTACH ? AS ajout", (str(path),))
    try:
        yield
    finally:
        connection.commit()
        connection.execute("DETACH ajout")


def _outlines(connection: sqlite3.Connection, one: Addition) -> None:
    """Replace the outlines of communes by finer ones.

    An outline that stands for several communes goes when all of them have their own; where
    some have none, it is theirs alone from now on.
    """
    fine = {code for (code,) in connection.execute("SELECT code FROM ajout.communes")}
    epci = dict(connection.execute("SELECT code, epci FROM communes WHERE code IS NOT NULL"))
    shared: list[tuple[int, str]] = connection.execute(
        "SELECT fid, codes FROM communes WHERE code IS NULL"
    ).fetchall()
    connection.execute("DELETE FROM communes WHERE code IN (SELECT code FROM ajout.communes)")
    for fid, codes in shared:
        left = [code for code in codes.split() if code not in fine]
        if not left:
            connection.execute("DELETE FROM communes WHERE fid = ?", (fid,))
        elif len(left) < len(codes.split()):
            code = left[0] if len(left) == 1 else None
            connection.execute(
                "UPDATE communes SET codes = ?, code = ? WHERE fid = ?",
                (" ".join(left), code, fid),
            )
    rows = connection.execute(
        "SELECT a.code, c.nom, c.departement, c.population, a.geom "
        "FROM ajout.communes AS a JOIN cog_communes AS c ON c.code = a.code"
    ).fetchall()
    connection.executemany(
        "INSERT INTO communes (code, codes, nom, departement, epci, population, accuracy_m, geom) "
        "VALUES (?1, ?1, ?2, ?3, ?6, ?4, ?7, ?5)",
        [(*row, epci.get(row[0]), one.accuracy_m) for row in rows],
    )


def _zones(connection: sqlite3.Connection, one: Addition) -> None:
    """Add perimeters, and the list of the communes that they touch."""
    connection.execute(
        "INSERT INTO zones (layer, edition, code, nom, class, geom) "
        "SELECT ?, ?, code, nom, class, geom FROM ajout.zones",
        (one.layer, one.edition),
    )
    name = perimeter_list(one.layer, one.edition)
    held = {*_touched(connection), *_said(connection)}
    connection.executemany(
        "INSERT OR IGNORE INTO zone_lists (list, commune, zone, nom) VALUES (?, ?, ?, ?)",
        [(name, *row) for row in sorted(held)],
    )


def _touched(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Lay perimeters over communes: whatever comes within the outlines' accuracy touches.

    Wide of the mark on purpose: from this list, a commune that holds no zone is told so
    for certain.
    """
    zones = connection.execute("SELECT code, nom, geom FROM ajout.zones").fetchall()
    shapes = [_shape(geom) for *_, geom in zones]
    default = float(_metadata(connection, "accuracy_communes_m"))
    widest = _widest(connection, default)
    for (code, nom, _), shape in zip(zones, shapes, strict=True):
        west, south, east, north = shapely.bounds(shape)
        stretch, margin = degrees_around(max(abs(south), abs(north)), widest)
        rows = connection.execute(
            "SELECT c.codes, c.accuracy_m, c.geom FROM rtree_communes_geom AS r "
            "JOIN communes AS c ON c.fid = r.id "
            "WHERE r.minx <= ? AND r.maxx >= ? AND r.miny <= ? AND r.maxy >= ?",
            (east + stretch, west - stretch, north + margin, south - margin),
        )
        for codes, accuracy, geom in rows:
            if comes_within(_shape(geom), shape, default if accuracy is None else accuracy):
                yield from ((commune, code, nom) for commune in codes.split())


def comes_within(outline: shapely.Geometry, zone: shapely.Geometry, metres: float) -> bool:
    """Tell whether an outline may come within some metres of a zone.

    Parameters
    ----------
    outline, zone : (Multi)Polygon
        Degrees, EPSG:4326.
    metres : float
        How far.

    Returns
    -------
    bool
        Never False where it does: a degree is taken for its least worth over the zone, so that
        distances come out a little short.
    """
    _, south, _, north = shapely.bounds(zone)
    least = np.minimum(scale(float(south)), scale(float(north)))
    plane = [shapely.transform(one, lambda xy: xy * least) for one in (outline, zone)]
    return bool(shapely.dwithin(plane[0], plane[1], metres * SHORT))


def _said(connection: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Follow the file itself where it names the communes of a zone, of the store's codes."""
    for code, nom, communes in connection.execute("SELECT code, nom, communes FROM ajout.zones"):
        for commune in (communes or "").split():
            yield commune, code, nom


def _list(connection: sqlite3.Connection, one: Addition) -> None:
    """Add the classes of communes, or of zones."""
    connection.execute(
        "INSERT INTO memberships (list, code, class) SELECT ?, code, class FROM ajout.lignes "
        "WHERE class IS NOT NULL GROUP BY code",
        (one.list,),
    )
    if one.kind == "list":
        connection.execute(
            "INSERT OR IGNORE INTO zone_lists (list, commune, zone, nom) "
            "SELECT ?, code, zone, coalesce(nom, zone) FROM ajout.lignes WHERE zone IS NOT NULL",
            (one.list,),
        )
    _declare(connection, one)


def _zone_list(connection: sqlite3.Connection, one: Addition) -> None:
    """Add the list of the zones of each commune."""
    connection.execute(
        "INSERT OR IGNORE INTO zone_lists (list, commune, zone, nom) "
        "SELECT ?, code, zone, coalesce(nom, zone) FROM ajout.lignes",
        (one.list,),
    )
    _declare(connection, one)


def _declare(connection: sqlite3.Connection, one: Addition) -> None:
    connection.execute(
        "INSERT INTO loaded_lists (list, title, rows) VALUES (?, ?, ?)",
        (one.list, (one.record or {}).get("title", one.list), one.rows),
    )


_WRITERS: dict[str, Callable[[sqlite3.Connection, Addition], None]] = {
    "outlines": _outlines,
    "zones": _zones,
    "list": _list,
    "zone_list": _zone_list,
    "zone_classes": _list,
}


def _sum_up(connection: sqlite3.Connection, additions: Iterable[Addition]) -> None:
    """Say what was added, how inaccurate outlines are at most, and how far layers extend."""
    told = json.loads(_metadata(connection, "additions") or "[]")
    for one in additions:
        record = one.record or {}
        told.append(
            {
                "key": one.key,
                "sha256": one.sha256,
                "file": one.source["name"],
                "file_sha256": one.source["sha256"],
                "added": one.added,
                "rows": one.rows,
                "title": record.get("title"),
                "publisher": record.get("publisher"),
                "licence": record.get("licence"),
                "accuracy_m": one.accuracy_m,
            }
        )
    default = float(_metadata(connection, "accuracy_communes_m"))
    values = {
        "additions": json.dumps(told, ensure_ascii=False),
        "accuracy_communes_max_m": str(_widest(connection, default)),
    }
    put_metadata(connection, values)
    for layer in ("communes", "zones"):
        connection.execute(
            "UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) = "  # noqa: S608
            f"(SELECT min(minx), min(miny), max(maxx), max(maxy) FROM rtree_{layer}_geom) "
            "WHERE table_name = ?",
            (layer,),
        )


def _widest(connection: sqlite3.Connection, default: float) -> float:
    """Give the accuracy of the least accurate outline."""
    ((own, some),) = connection.execute(
        "SELECT max(accuracy_m), sum(accuracy_m IS NULL) FROM communes"
    )
    return max(own or 0.0, default if some else 0.0)


def _metadata(connection: sqlite3.Connection, key: str) -> str:
    row = connection.execute("SELECT value FROM metadata WHERE key = ?", (key,)).fetchone()
    return row[0] if row else ""


def _shape(blob: bytes) -> shapely.Geometry:
    return shapely.from_wkb(wkb_of(blob))


# SQL functions

_ENVELOPE = 0b1110
_EMPTY = 0b10000


def _give_functions(connection: sqlite3.Connection) -> None:
    """Give SQLite the functions that GDAL's triggers on R-trees call."""
    for rank, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, _bound(rank), deterministic=True)
    connection.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)


def _bound(rank: int) -> Callable[[bytes | None], float | None]:
    def bound(blob: bytes | None) -> float | None:
        return None if blob is None else _bounds(blob)[rank]

    return bound


def _bounds(blob: bytes) -> tuple[float, float, float, float]:
    """Give minx, maxx, miny, maxy, from the header where it has them."""
    if blob[3] & _ENVELOPE:
        order = "<" if blob[3] & 1 else ">"
        found: tuple[float, float, float, float] = struct.unpack_from(f"{order}4d", blob, 8)
        return found
    rings = [ring for polygon in read_gpkg(blob) for ring in polygon]
    xs = [x for ring in rings for x in ring[0::2]]
    ys = [y for ring in rings for y in ring[1::2]]
    return min(xs), max(xs), min(ys), max(ys)


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(bool(blob[3] & _EMPTY))

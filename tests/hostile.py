"""Bad files, made by code: whole ones of each format, ways to damage them, and oddities."""

from __future__ import annotations

import gzip
import json
import os
import random
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio
import shapely

from tests.test_readers_tables import SHEET, ods, xls, xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Maker = Callable[[Path], Path]

FOIX = shapely.box(1.60, 42.96, 1.61, 42.97)
ALBI = shapely.box(2.14, 43.92, 2.16, 43.94)
CAHORS = shapely.box(1.43, 44.44, 1.45, 44.46)
HEADER = "code;commune;zonage\n"
ROWS = "09122;Foix;ZIP\n31555;Toulouse;ZAC\n2A004;Ajaccio;ZAR\n"
DRIVERS = {"shp": "ESRI Shapefile", "gpkg": "GPKG", "geojson": "GeoJSON", "fgb": "FlatGeobuf"}
ROWS_WHOLE = 3
"""Rows of data in each of the whole files."""


def layer(*shapes: shapely.Geometry, crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    """Give a layer of features with a code and a name."""
    codes = [f"3100{n}" for n in range(len(shapes))]
    names = [f"Quartier {n}" for n in range(len(shapes))]
    return gpd.GeoDataFrame({"code": codes, "nom": names}, geometry=list(shapes), crs=crs)


def written(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:  # noqa: ANN401
    """Write a layer in the format of its suffix."""
    pyogrio.write_dataframe(frame, path, driver=DRIVERS[path.suffix[1:]], **options)
    return path


def text(content: str | bytes, name: str = "liste.csv", encoding: str = "utf-8") -> Maker:
    """Make a file of a text, or of bytes."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


def sheet(*rows: Sequence[str | float | None], merged: str = "") -> Maker:
    """Make a workbook of one sheet."""
    return lambda folder: xlsx(
        folder / "liste.xlsx", {"Liste": [list(row) for row in rows]}, merged
    )


def shapes(*each: shapely.Geometry, suffix: str = "gpkg", crs: str | None = "EPSG:4326") -> Maker:
    """Make a layer of shapes."""
    return lambda folder: written(layer(*each, crs=crs), folder / f"couche.{suffix}")


def collection(*features: Any, **members: Any) -> Maker:  # noqa: ANN401
    """Make a GeoJSON of features as they are given."""
    content = {"type": "FeatureCollection", **members, "features": list(features)}
    return text(json.dumps(content), "couche.geojson")


def feature(geometry: Any, /, **properties: Any) -> dict[str, Any]:  # noqa: ANN401
    """Make a feature of a shape, or of whatever stands for one."""
    if isinstance(geometry, shapely.Geometry):
        geometry = json.loads(shapely.to_geojson(geometry))
    return {"type": "Feature", "properties": properties or {"code": "09122"}, "geometry": geometry}


# a whole file of each format


def whole(kind: str) -> Maker:
    """Make a sound file, to be damaged."""

    def make(folder: Path) -> Path:
        path = folder / f"bon.{kind}"
        if kind == "csv":
            return text(HEADER + ROWS, path.name)(folder)
        if kind == "xlsx":
            return xlsx(path, {"Liste": SHEET})
        if kind in {"xls", "ods"}:
            return {"xls": xls, "ods": ods}[kind](path, SHEET)
        return written(layer(FOIX, ALBI, CAHORS), path)

    return make


# ways to damage it


def damaged(kind: str, damage: Callable[[bytes], bytes]) -> Maker:
    """Make a sound file and damage its bytes."""

    def make(folder: Path) -> Path:
        path = whole(kind)(folder)
        path.write_bytes(damage(path.read_bytes()))
        return path

    return make


def emptied(_: bytes) -> bytes:
    return b""


def nulled(content: bytes) -> bytes:
    return bytes(len(content))


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


def beheaded(content: bytes) -> bytes:
    return content[:24]


def lengthened(content: bytes) -> bytes:
    return content + bytes(1000)


def scrambled(content: bytes) -> bytes:
    """Overwrite the middle third with noise; the head stays, and says what it was."""
    third = len(content) // 3
    noise = random.Random(9).randbytes(third)  # noqa: S311
    return content[:third] + noise + content[2 * third :]


def renamed(kind: str, suffix: str) -> Maker:
    """Give a sound file the suffix of another format."""

    def make(folder: Path) -> Path:
        path = whole(kind)(folder)
        for part in list(folder.glob(f"{path.stem}.*")):
            if part != path:
                part.rename(part.with_stem("faux"))
        return path.rename(folder / f"faux.{suffix}")

    return make


def packed(kind: str) -> Maker:
    """Compress a sound file by gzip."""

    def make(folder: Path) -> Path:
        path = whole(kind)(folder)
        target = folder / f"{path.name}.gz"
        target.write_bytes(gzip.compress(path.read_bytes()))
        return target

    return make


def parts_of(path: Path) -> list[Path]:
    """Name the files that go with one, itself included."""
    return sorted(path.parent.glob(f"{path.stem}.*"))


def zipped(kind: str, inside: str = "", times: int = 1) -> Maker:
    """Put a sound file in an archive, or in an archive in an archive."""

    def make(folder: Path) -> Path:
        content = {inside + part.name: part for part in parts_of(whole(kind)(folder))}
        target = folder / "envoi.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in content.items():
                archive.write(part, name)
        for _ in range(times - 1):
            inner = target.read_bytes()
            with zipfile.ZipFile(target, "w") as archive:
                archive.writestr("envoi.zip", inner)
        return target

    return make


def zip_of(members: Mapping[str, bytes | str], name: str = "envoi.zip") -> Maker:
    """Make an archive of what is given."""

    def make(folder: Path) -> Path:
        path = folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return make


def corrupted_member(kind: str) -> Maker:
    """Make an archive whose directory is right and whose content is not what it says."""

    def make(folder: Path) -> Path:
        path = zipped(kind)(folder)
        content = bytearray(path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                start = info.header_offset + 30 + len(info.filename.encode())
                middle = start + info.compress_size // 2
                content[middle : middle + 8] = b"\xff" * min(8, info.compress_size - 8)
        path.write_bytes(content)
        return path

    return make


def locked(kind: str) -> Maker:
    """Make an archive that says that its content needs a password."""

    def make(folder: Path) -> Path:
        path = zipped(kind)(folder)
        content = bytearray(path.read_bytes())
        for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            at = content.find(mark)
            while at >= 0:
                content[at + flags] |= 1
                at = content.find(mark, at + 4)
        path.write_bytes(content)
        return path

    return make


# bombs

BOMB = 64 << 20
"""Far beyond what the files here hold; small enough to be made in a moment."""


def zip_bomb(member: str, folder_name: str = "envoi.zip", size: int = BOMB) -> Maker:
    """Make an archive of some kilobytes that would take far more."""
    return zip_of({member: HEADER.encode() + bytes(size)}, folder_name)


def lying_bomb(folder: Path) -> Path:
    """Make an archive whose directory says a size smaller than what unpacks."""
    path = zip_bomb("liste.csv")(folder)
    content = bytearray(path.read_bytes())
    for mark, at_size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.find(mark)
        content[at + at_size : at + at_size + 4] = struct.pack("<I", 4000)
    path.write_bytes(content)
    return path


def gzip_bomb(folder: Path) -> Path:
    """Make a compressed list of some kilobytes that would take far more."""
    path = folder / "liste.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ROWS).encode() + bytes(BOMB)))
    return path


def chained_gzip(folder: Path) -> Path:
    """Compress a list by gzip in two streams, the second one cut."""
    path = folder / "liste.csv.gz"
    first, second = gzip.compress(HEADER.encode()), gzip.compress(ROWS.encode())
    path.write_bytes(first + second[:-6])
    return path


def workbook_bomb(folder: Path) -> Path:
    """Make a workbook whose only sheet unpacks to far more."""
    path = xlsx(folder / "liste.xlsx", {"Liste": SHEET})
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    members["xl/worksheets/s1.xml"] += b" " * BOMB
    return zip_of(dict(members), path.name)(folder)


def far_cell(folder: Path) -> Path:
    """Make a workbook with a cell in the last row of the last column."""
    path = xlsx(folder / "liste.xlsx", {"Liste": SHEET})
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    name = "xl/worksheets/s1.xml"
    members[name] = members[name].replace(b"</sheetData>", far)
    return zip_of(dict(members), path.name)(folder)


def repeated_cells(folder: Path) -> Path:
    """Make an ods that says of a cell that it comes back two thousand million times."""
    path = ods(folder / "liste.ods", SHEET)
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    once = b"<table:table-cell"
    many = b'<table:table-cell table:number-columns-repeated="2000000000"'
    members["content.xml"] = members["content.xml"].replace(once, many, 1)
    return zip_of(dict(members), path.name)(folder)


# pieces of formats


def formula_book(folder: Path) -> Path:
    """Make a workbook whose codes are computed, one of them wrongly."""
    path = xlsx(folder / "liste.xlsx", {"Liste": SHEET})
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name).decode() for name in book.namelist()}
    name = "xl/worksheets/s1.xml"
    sheet_ = members[name]
    members[name] = sheet_.replace(
        '<c r="A3"><v>1004.0</v></c>',
        '<c r="A3" t="str"><f>TEXT(1004,"00000")</f><v>01004</v></c>',
    ).replace(
        '<c r="C4" t="inlineStr"><is><t>ZAC</t></is></c>',
        '<c r="C4" t="e"><f>VLOOKUP(1,A1:B2,9)</f><v>#REF!</v></c>',
    )
    assert members[name] != sheet_
    return zip_of(dict(members), path.name)(folder)


def without(*suffixes: str, keep: str = "shp") -> Maker:
    """Make a shapefile some of whose parts are missing."""

    def make(folder: Path) -> Path:
        path = whole("shp")(folder)
        for suffix in suffixes:
            path.with_suffix(suffix).unlink()
        return path.with_suffix(f".{keep}")

    return make


def broken_part(suffix: str, damage: Callable[[bytes], bytes]) -> Maker:
    """Make a shapefile one of whose parts is damaged."""

    def make(folder: Path) -> Path:
        path = whole("shp")(folder)
        part = path.with_suffix(suffix)
        part.write_bytes(damage(part.read_bytes()))
        return path

    return make


def sql(*statements: str) -> Maker:
    """Make a GeoPackage, then change it by SQL."""
    import sqlite3
    from contextlib import closing

    def make(folder: Path) -> Path:
        path = whole("gpkg")(folder)
        with closing(sqlite3.connect(path)) as connection:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():  # they call functions that SQLite does not have
                connection.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return path

    return make


# what is no plain file


def a_folder(folder: Path) -> Path:
    path = folder / "couche.gdb"
    path.mkdir()
    return path


def a_loop(folder: Path) -> Path:
    path = folder / "liste.csv"
    path.symlink_to(folder / "autre.csv")
    (folder / "autre.csv").symlink_to(path)
    return path


def a_fifo(folder: Path) -> Path:
    path = folder / "liste.csv"
    os.mkfifo(path)
    return path


def a_link_to(make: Maker) -> Maker:
    """Give a link to a file."""

    def link(folder: Path) -> Path:
        real = folder / "réel"
        real.mkdir()
        path = folder / "liste.csv"
        path.symlink_to(make(real))
        return path

    return link


def named(name: str, make: Maker) -> Maker:
    """Give a sound file a name that asks for trouble."""

    def rename(folder: Path) -> Path:
        return make(folder).rename(folder / name)

    return rename

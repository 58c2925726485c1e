"""Bad files, one table: what each defect comes to, whatever the format. See ``hostile``.

Each case goes through the command line, in this process: it loads with so many rows, all of
them accounted for, or it is refused by exit code 2 and a French sentence; never a traceback,
never a failure that nobody foresaw, never a word on stdout.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import shapely

from tests import hostile as bad
from tests.test_store_build import SPEC, write_package
from tests.test_store_faults import bound, run  # noqa: F401  (a fixture)
from zonage_geo import sources
from zonage_geo.cli import main
from zonage_geo.settings import Settings
from zonage_geo.store import build

if TYPE_CHECKING:
    from tests.hostile import Maker

POSIX = pytest.mark.skipif(os.name != "posix", reason="links, pipes and names are POSIX's")


class Told(NamedTuple):
    """What a command came to.

    Attributes
    ----------
    code : int
        Its exit code.
    answer : dict
        Its JSON, where it answered.
    said : str
        Its stderr.
    """

    code: int
    answer: dict[str, Any]
    said: str


Command = Callable[..., Told]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, and hold it to what is promised of every one."""

    def run_it(*words: str | Path) -> Told:
        try:
            code = main([str(word) for word in words])
        except SystemExit as left:
            code = int(str(left.code))
        out, err = capsys.readouterr()
        assert code in {0, 2, 3, 4}, err
        assert "Traceback" not in err
        assert (code == 0) == bool(out)
        if code:
            assert "zonage_geo : " in err
        return Told(code, json.loads(out) if out else {}, err)

    return run_it


# Every format × every defect. A number: so many rows come in; a sentence: why it is refused.

FORMATS = ("csv", "xlsx", "xls", "ods", "shp", "gpkg", "geojson", "fgb")
WHOLE = bad.ROWS_WHOLE
ZIP, BOOK = "archive zip illisible", "classeur illisible"
SHUT, JSON, UNREAD = "protégée par un mot de passe", "JSON abîmé", "fichier illisible"
OUT, INNER = "un chemin qui en sort", "l’archive contient envoi.zip. Aucun n’est d’un format lu"
NAME = "sous un nom qui dit autre chose"
EMPTY = "fichier vide"

Outcome = int | str | tuple[int, str]
"""Rows, why it is refused, or either: it is for the version of the library that reads it."""
EVERY_FORMAT: dict[str, tuple[Callable[[str], Maker], tuple[Outcome, ...]]] = {
    # defect: how it is made
    #   csv, xlsx, xls, ods, shp, gpkg, geojson, fgb
    "whole": (
        bad.whole,
        (WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE),
    ),
    "empty": (
        lambda kind: bad.damaged(kind, bad.emptied),
        (EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY),
    ),
    "all zeros": (
        lambda kind: bad.damaged(kind, bad.nulled),
        (EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY),
    ),
    "cut in the middle": (
        lambda kind: bad.damaged(kind, bad.halved),
        (2, ZIP, (WHOLE, BOOK), ZIP, "fichier coupé", UNREAD, JSON, UNREAD),
    ),
    "24 bytes": (
        lambda kind: bad.damaged(kind, bad.beheaded),
        (1, ZIP, BOOK, ZIP, UNREAD, UNREAD, JSON, UNREAD),
    ),
    "zeros behind": (
        lambda kind: bad.damaged(kind, bad.lengthened),
        ("fichier binaire", WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, JSON, WHOLE),
    ),
    "noise in the middle": (
        lambda kind: bad.damaged(kind, bad.scrambled),
        (2, BOOK, WHOLE, BOOK, UNREAD, UNREAD, JSON, UNREAD),
    ),
    "compressed by gzip": (
        bad.packed,
        (WHOLE, WHOLE, WHOLE, WHOLE, "shapefile incomplet", WHOLE, WHOLE, WHOLE),
    ),
    "in an archive": (
        bad.zipped,
        (WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE),
    ),
    "in a folder of an archive": (
        lambda kind: bad.zipped(kind, inside="Données ARS/été/"),
        (WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE),
    ),
    "in an archive in an archive": (
        lambda kind: bad.zipped(kind, times=2),
        (INNER, INNER, INNER, INNER, INNER, INNER, INNER, INNER),
    ),
    "climbing out of an archive": (
        lambda kind: bad.zipped(kind, inside="../../"),
        (OUT, OUT, OUT, OUT, OUT, OUT, OUT, OUT),
    ),
    "archive with a damaged content": (
        bad.corrupted_member,
        (ZIP, ZIP, ZIP, ZIP, ZIP, UNREAD, ZIP, ZIP),
    ),
    "archive with a password": (
        bad.locked,
        (SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT),
    ),
    "called .csv": (
        lambda kind: bad.renamed(kind, "csv"),
        (WHOLE, WHOLE, WHOLE, WHOLE, NAME, NAME, WHOLE, NAME),
    ),
    "called .zip": (
        lambda kind: bad.renamed(kind, "zip"),
        (WHOLE, WHOLE, WHOLE, WHOLE, NAME, NAME, WHOLE, NAME),
    ),
    "called .shp": (
        lambda kind: bad.renamed(kind, "shp"),
        (WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, WHOLE),
    ),
    "called .xlsx": (
        lambda kind: bad.renamed(kind, "xlsx"),
        (WHOLE, WHOLE, WHOLE, WHOLE, NAME, WHOLE, WHOLE, WHOLE),
    ),
}
GRID = [
    pytest.param(make(kind), outcome, id=f"{kind}-{defect}")
    for defect, (make, outcomes) in EVERY_FORMAT.items()
    for kind, outcome in zip(FORMATS, outcomes, strict=True)
]


def check_outcome(told: Told, outcome: Outcome, *kinds: str) -> None:
    """Compare with what the table says, each row accounted for."""
    if isinstance(outcome, tuple):
        outcome = outcome[told.code != 0]
    if isinstance(outcome, str):
        assert (told.code, told.answer) == (2, {})
        assert outcome in told.said
        return
    assert told.code == 0, told.said
    answer = told.answer
    assert answer["rows_kept"] == outcome
    assert answer["rows_in"] == answer["rows_kept"] + answer["rows_dropped"]
    assert set(kinds) <= set(answer["counts"]), answer["counts"]


@pytest.mark.parametrize(("make", "outcome"), GRID)
def test_every_format_with_every_defect(
    command: Command, tmp_path: Path, make: Maker, outcome: Outcome
) -> None:
    check_outcome(command("data", "check", make(tmp_path), "--json"), outcome)


# Defects of one format or of one content: made, outcome, what the report must tell, options.


class Case(NamedTuple):
    """One bad file.

    Attributes
    ----------
    make : callable
        Writes it.
    outcome : int or str
        Rows kept, or why it is refused.
    kinds : tuple of str
        Kinds of line that the report must have.
    words : tuple of str
        Options of the command.
    """

    make: Maker
    outcome: Outcome
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def rows(*lines: str, header: str = bad.HEADER, encoding: str = "utf-8") -> Maker:
    return bad.text(header + "".join(f"{line}\n" for line in lines), encoding=encoding)


def ring(*points: Sequence[float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*map(list, points)]]}


NOWHERE = float("nan")
SQUARE = ((1.6, 42.9), (1.7, 42.9), (1.7, 43.0), (1.6, 42.9))
IN_METRES = shapely.box(570_000, 6_208_000, 571_000, 6_209_000)
BOW = shapely.Polygon([(1.6, 42.9), (1.7, 43.0), (1.7, 42.9), (1.6, 43.0)])
GOOD = bad.feature(bad.ALBI)
DEEP = "[" * 50_000 + "]" * 50_000
NESTED = "[" * 500 + "]" * 500
POINT = '{"type": "Point", "coordinates": [1.6, 43.0]}'
LOST = "géométrie vide"
SYSTEM = "système de coordonnées"
NO_GO = "coordonnées illisibles"


def one_feature(properties: str) -> Maker:
    text = f'{{"type": "Feature", "properties": {properties}, "geometry": {POINT}}}'
    return bad.text(f'{{"type": "FeatureCollection", "features": [{text}]}}', "c.geojson")


CASES: dict[str, Case] = {
    # text
    "BOM and title": Case(rows("09122;Foix;ZIP", header="\ufeffListe;;\n" + bad.HEADER), 1),
    "NUL inside a cell": Case(rows("09122;Fo\0ix;ZIP", "31555;Toulouse;ZAC"), "fichier binaire"),
    "control characters": Case(rows("09122;Fo\x07ix\x1b[31m;ZIP", "31555;T;ZAC"), 2),
    "column called geometry": Case(
        rows("09122;POINT (1 2);ZIP", "31555;;ZAC", header="code;geometry;zonage\n"),
        2,
        ("colonne renommée",),
    ),
    "old Mac line ends": Case(bad.text((bad.HEADER + bad.ROWS).replace("\n", "\r")), 3),
    "mixed line ends": Case(rows("09122;Foix;ZIP\r", "31555;T;ZAC\r\n", "81004;A;ZAC"), 3),
    "no line end at the end": Case(bad.text((bad.HEADER + bad.ROWS).rstrip("\n")), 3),
    "UTF-32": Case(bad.text(bad.HEADER + bad.ROWS, encoding="utf-32"), 3),
    "UTF-7 by name": Case(rows("09122;Foix;ZIP"), 1, words=("--encoding", "utf-7")),
    "encoding that is none": Case(rows("1;2;3"), "inconnu", words=("--encoding", "base64")),
    "encoding of names": Case(rows("1;2;3"), "inconnu", words=("--encoding", "punycode")),
    "quote left open": Case(rows('09122;"Foix;ZIP', "31555;T;ZAC"), "guillemets mal fermés"),
    "wrong delimiter in a value": Case(
        rows("09122;Foix;ville;ZIP", "31555;T;ZAC"), "de plus de 3 cellules"
    ),
    "header alone": Case(rows(), "aucune ligne de données"),
    "one column": Case(bad.text("code\n09122\n31555\n"), 2),
    "one cell": Case(bad.text("09122"), 1, ("sans en-tête",)),
    "headers twice": Case(rows("1;2;3", header="code;code;code\n"), 1, ("colonne en double",)),
    "a cell without end": Case(rows(f"09122;{'x' * 200_000};ZIP"), "démesurée"),
    "three thousand columns": Case(bad.text(";".join(["a"] * 3_000) + "\n" + "1;" * 2_999), 1),
    "binary called text": Case(bad.text(b"\x7fELF" + bytes(64) + b"\xff" * 200), "binaire"),
    "script in a name": Case(rows("09122;<script>alert(1)</script>;ZIP", "31555;T;ZAC"), 2),
    "formula that calls": Case(rows("09122;=cmd|' /C calc'!A0;ZIP", "31555;T;ZAC"), 2),
    "row with a wrong code first": Case(rows("O9122;Foix;ZIP", "31555;T;ZIP", "81004;A;ZAC"), 3),
    "JSON in UTF-16": Case(bad.text('{"type": "Feature"}', "a.json", "utf-16"), "en UTF-16"),
    # archives and bombs
    "archive of nothing": Case(bad.zip_of({}), "l’archive contient rien"),
    "archive of two lists": Case(bad.zip_of({"a.csv": "a;b", "b.csv": "a;b"}), "--layer : a.csv"),
    "absolute path in an archive": Case(bad.zip_of({"/etc/liste.csv": "a;b"}), OUT),
    "drive in an archive": Case(bad.zip_of({"C:liste.csv": "a;b"}), OUT),
    "backslashes that climb": Case(bad.zip_of({"a\\..\\..\\liste.csv": "a;b"}), OUT),
    "climbing beside a good list": Case(bad.zip_of({"l.csv": "a;b", "../x": "y"}), OUT),
    "zip bomb": Case(bad.zip_bomb("liste.csv"), "démesuré une fois décompressé"),
    "zip bomb called .gpkg": Case(bad.zip_bomb("couche.gpkg"), "démesuré"),
    "zip bomb beside a good list": Case(bad.zip_bomb("lisezmoi.md"), "démesuré"),
    "zip bomb that lies": Case(bad.lying_bomb, ZIP),
    "gzip bomb": Case(bad.gzip_bomb, "démesuré une fois décompressé"),
    "gzip cut in its second part": Case(bad.chained_gzip, "gzip abîmée"),
    "gzip that is noise": Case(bad.text(b"\x1f\x8b\x08\0" + b"\xff" * 99, "a.csv.gz"), "illisible"),
    # workbooks
    "workbook bomb": Case(bad.workbook_bomb, "démesuré une fois décompressé"),
    "cell at the end of the sheet": Case(bad.far_cell, "sa lecture a été arrêtée"),
    "cell said to come back for ever": Case(
        bad.repeated_cells, (WHOLE, "sa lecture a été arrêtée")
    ),
    "workbook of formulas": Case(bad.formula_book, 3),
    "sheet without rows": Case(bad.sheet(), "aucune ligne remplie"),
    "sheet of a header": Case(bad.sheet(["code", "zonage"]), "aucune ligne de données"),
    "codes as numbers": Case(bad.sheet(["code", "z"], [9122.0, "ZIP"], [31555.0, "ZAC"]), 2),
    "merged cells": Case(
        bad.sheet(["code", "z"], ["09122", "ZIP"], ["09001", None], merged="B2:B3"),
        2,
        ("cellule fusionnée",),
    ),
    "headers twice in a sheet": Case(
        bad.sheet(["code", "z", "z"], ["09122", "ZIP", "ZAC"]), 1, ("colonne en double",)
    ),
    "document that is no workbook": Case(
        bad.zip_of({"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>"}, "a.docx"),
        BOOK,
    ),
    "XML that calls itself": Case(
        bad.zip_of(
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "&b;">]><a>&b;</a>',
                "META-INF/manifest.xml": "<manifest/>",
            },
            "a.ods",
        ),
        "aucune feuille visible",
    ),
    "sheet that is not there": Case(
        bad.sheet(["a"]), "pas de feuille « 2026 »", words=("--sheet", "2026")
    ),
    # GeoJSON
    "null for a feature": Case(bad.collection(None, GOOD), "objet 1 : ce n’est pas un objet"),
    "text for a feature": Case(bad.collection(GOOD, "x"), "objet 2 : ce n’est pas un objet"),
    "no list of features": Case(
        bad.text('{"type": "FeatureCollection"}', "a.geojson"), "pas de liste"
    ),
    "property called geometry": Case(
        bad.collection(bad.feature(bad.FOIX, code="09122", geometry="x", type="y")),
        1,
        ("colonne renommée",),
    ),
    "null geometry": Case(bad.collection(bad.feature(None), GOOD), 1, (LOST,)),
    "only null geometries": Case(bad.collection(bad.feature(None)), "aucun objet n’a de géométrie"),
    "null properties": Case(bad.collection({**GOOD, "properties": None}), 1),
    "no properties": Case(bad.collection({k: GOOD[k] for k in ("type", "geometry")}), 1),
    "no feature": Case(bad.collection(), "aucun objet"),
    "foreign members": Case(
        bad.collection(GOOD, bbox=[1, 2], metadata={"a": [None]}), 1, (SYSTEM,)
    ),
    "CRS member": Case(
        bad.collection(
            bad.feature(IN_METRES),
            crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},
        ),
        1,
    ),
    "CRS member of no system": Case(
        bad.collection(GOOD, crs={"type": "name", "properties": {"name": "EPSG:999999"}}),
        1,
        (SYSTEM,),
    ),
    "CRS member null": Case(bad.collection(GOOD, crs=None), 1, (SYSTEM,)),
    "metres without CRS": Case(bad.collection(bad.feature(IN_METRES)), "--crs EPSG:2154"),
    "heights": Case(
        bad.collection(bad.feature(ring(*((*p, 380) for p in SQUARE)))), 1, ("altitude",)
    ),
    "NaN": Case(
        bad.collection(bad.feature(ring(*SQUARE[:2], (NOWHERE, 43), SQUARE[0])), GOOD), 1, (NO_GO,)
    ),
    "infinity": Case(
        bad.collection(bad.feature(ring(*SQUARE[:2], (float("inf"), 43), SQUARE[0])), GOOD),
        1,
        (NO_GO,),
    ),
    "far out of this world": Case(
        bad.collection(bad.feature(ring(*SQUARE[:2], (1e300, 43), SQUARE[0])), GOOD), 1, (NO_GO,)
    ),
    "nothing but infinity": Case(
        bad.collection(bad.feature(ring(*SQUARE[:2], (float("inf"), 43), SQUARE[0]))),
        "n’est un nombre",
    ),
    "ring left open": Case(bad.collection(bad.feature(ring(*SQUARE[:3]))), UNREAD),
    "ring of two points": Case(bad.collection(bad.feature(ring(*SQUARE[:2]))), UNREAD),
    "polygon of nothing": Case(
        bad.collection(bad.feature({"type": "Polygon", "coordinates": []}), GOOD), 1, (LOST,)
    ),
    "type that does not exist": Case(
        bad.collection(bad.feature({"type": "Rond", "coordinates": [1, 2]}), GOOD), 1, (LOST,)
    ),
    "shape that crosses itself": Case(bad.shapes(BOW, bad.ALBI), 2, ("réparée",)),
    "types mixed": Case(bad.shapes(bad.FOIX, shapely.Point(1.5, 43), suffix="geojson"), 2),
    "swapped axes": Case(
        bad.collection(bad.feature(ring(*(p[::-1] for p in SQUARE)))), "échangées"
    ),
    "lists without end": Case(
        bad.text(f'{{"type": "FeatureCollection", "features": {DEEP}}}', "d.geojson"),
        "JSON démesuré",
    ),
    "properties without end": Case(one_feature(f'{{"a": {NESTED}}}'), 1),
    "number without end": Case(one_feature(f'{{"a": {"9" * 6_000}}}'), "JSON démesuré"),
    "the same key twice": Case(one_feature('{"code": "1", "code": "2"}'), 1),
    "a bare geometry": Case(bad.text(POINT, "p.geojson"), "n’est pas du GeoJSON"),
    "JSON by lines": Case(bad.text(f"{POINT}\n{POINT}\n", "p.geojson"), JSON),
    "TopoJSON": Case(bad.text('{"type": "Topology"}', "t.json"), "TopoJSON"),
    # shapefiles
    "no .prj": Case(bad.without(".prj"), "aucun système de coordonnées"),
    "no .prj, system given": Case(bad.without(".prj"), 3, words=("--crs", "EPSG:4326")),
    "system given that is none": Case(bad.without(".prj"), "inconnu", words=("--crs", "EPSG:0")),
    "system given that is wrong": Case(bad.without(".prj"), "--crs", words=("--crs", "EPSG:2154")),
    "empty .prj": Case(bad.broken_part(".prj", bad.emptied), "aucun système"),
    "noise in the .prj": Case(bad.broken_part(".prj", lambda _: b"GEOGCS[bogus"), UNREAD),
    "empty .dbf": Case(bad.broken_part(".dbf", bad.emptied), "le .dbf est abîmé"),
    "cut .dbf": Case(bad.broken_part(".dbf", bad.halved), "le .dbf est abîmé"),
    "zeros for a .dbf": Case(bad.broken_part(".dbf", bad.nulled), "le .dbf est abîmé"),
    ".dbf of another": Case(
        bad.broken_part(".dbf", lambda b: b[:4] + struct.pack("<I", 1) + b[8:]),
        "le .dbf a 1 ligne et le .shx 3 objets",
    ),
    "two fields of one name": Case(
        bad.broken_part(
            ".dbf", lambda b: b.replace(b"nom".ljust(11, b"\0"), b"code".ljust(11, b"\0"))
        ),
        "plusieurs colonnes du même nom : code",
    ),
    "name of a field that is noise": Case(
        bad.broken_part(".dbf", lambda b: b.replace(b"nom\0", b"\xff\xfe\0\0")), UNREAD
    ),
    "empty .shx": Case(bad.broken_part(".shx", bad.emptied), "le .shx 0 objet"),
    "zeros for a .shx": Case(bad.broken_part(".shx", bad.nulled), UNREAD),
    "zeros for a .cpg": Case(bad.broken_part(".cpg", bad.nulled), 3, ("encodage",)),
    "long .cpg": Case(bad.broken_part(".cpg", lambda _: b"x" * 10_000), 3, ("encodage",)),
    "the .dbf for the .shp": Case(bad.without(keep="dbf"), 3),
    # GeoPackages
    "empty layer": Case(bad.sql("DELETE FROM bon"), "aucun objet"),
    "no layer": Case(bad.sql("DROP TABLE bon"), "aucune couche"),
    "no system": Case(bad.sql("DELETE FROM gpkg_spatial_ref_sys"), "aucun système"),
    "system of a drawing": Case(
        bad.sql("UPDATE gpkg_geometry_columns SET srs_id = -1"), "rien ne mène"
    ),
    "null shape": Case(bad.sql("UPDATE bon SET geom = NULL WHERE fid = 1"), 2, (LOST,)),
    "shape of one byte": Case(bad.sql("UPDATE bon SET geom = X'00' WHERE fid = 1"), 2, (LOST,)),
    "text for a shape": Case(bad.sql("UPDATE bon SET geom = 'ici' WHERE fid = 1"), 2, (LOST,)),
    "bytes for a name": Case(bad.sql("UPDATE bon SET nom = X'FF00FF' WHERE fid = 1"), UNREAD),
    "field called geometry": Case(
        bad.sql("ALTER TABLE bon RENAME COLUMN nom TO geometry"), 3, ("colonne renommée",)
    ),
    "a view beside": Case(bad.sql("CREATE VIEW v AS SELECT * FROM bon"), 3),
    "a trigger that deletes": Case(
        bad.sql("CREATE TRIGGER t AFTER INSERT ON bon BEGIN DELETE FROM bon; END"), 3
    ),
    "a database that is no layer": Case(
        bad.text(b"SQLite format 3\0" + bytes(84), "a.gpkg"), UNREAD
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_defect_of_a_content(command: Command, tmp_path: Path, name: str) -> None:
    make, outcome, kinds, words = CASES[name]
    told = command("data", "check", make(tmp_path), "--json", *words)
    check_outcome(told, outcome, *kinds)


# What is no plain file, and names that ask for trouble

ODD_FILES: dict[str, Case] = {
    "a folder": Case(bad.a_folder, "c’est un dossier"),
    "links in a loop": Case(bad.a_loop, "fichier introuvable"),
    "a pipe": Case(bad.a_fifo, "ce n’est pas un fichier ordinaire"),
    "a device": Case(lambda _: Path("/dev/zero"), "ce n’est pas un fichier ordinaire"),
    "a link to a list": Case(bad.a_link_to(bad.whole("csv")), 3),
    "a link to a layer": Case(bad.a_link_to(bad.whole("gpkg")), NAME),
    "a name too long": Case(lambda folder: folder / ("a" * 300), "lecture impossible"),
    "nobody's home": Case(lambda _: Path("~nobody-here/a.csv"), "fichier introuvable"),
    "nothing": Case(lambda folder: folder / "absent.csv", "fichier introuvable"),
    "the system's": Case(lambda _: Path("/proc/self/mem"), "lecture impossible"),
}
NAMES = (
    *("a b.csv", "été à Noël.gpkg", "a{b.csv", "a{b.gpkg", "100 %.gpkg", "l'ars.gpkg"),
    *('a"b.csv', "<b>.csv", "-rf.csv", "-rf.gpkg", "a?b=c.gpkg", "a|b.gpkg", "http:.gpkg"),
    *("GPKG:x.gpkg", "a,b.gpkg", "{}.gpkg", "a\nb.csv", "\udce9té.csv", ".csv", "sans_suffixe"),
)
ARCHIVE_NAMES = ("a b.zip", "été.zip", "a{b.zip", "a}b.zip", "{}.zip", "100 %.zip")


@POSIX
@pytest.mark.parametrize("name", ODD_FILES)
def test_what_is_no_plain_file(command: Command, tmp_path: Path, name: str) -> None:
    make, outcome, *_ = ODD_FILES[name]
    check_outcome(command("data", "check", make(tmp_path), "--json"), outcome)


@POSIX
@pytest.mark.parametrize("name", [*NAMES, *ARCHIVE_NAMES])
def test_a_name_changes_nothing(command: Command, tmp_path: Path, name: str) -> None:
    sound = bad.whole("gpkg" if name.endswith(".gpkg") else "csv")
    make = bad.named(name, bad.zipped("gpkg") if name in ARCHIVE_NAMES else sound)
    check_outcome(command("data", "check", make(tmp_path), "--json"), WHOLE)


@POSIX
def test_a_file_that_may_not_be_read(tmp_path: Path, bound: tuple[str, ...]) -> None:  # noqa: F811
    path = bad.whole("csv")(tmp_path)
    path.chmod(0)
    module = (*bound, sys.executable, "-m", "zonage_geo")
    done = run(tmp_path, *module, "data", "check", str(path))
    if done.returncode == 0:
        pytest.skip("permissions do not bind here")
    assert (done.returncode, done.stdout) == (2, "")
    assert "lecture impossible (accès refusé)" in done.stderr


# Codes and classes: what a list may be taken for, through `data add`


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home whose store holds three communes, and take its package for the real one."""
    folder = tmp_path_factory.mktemp("drawn")
    write_package(folder / SPEC.wheel)
    digest = hashlib.sha256((folder / SPEC.wheel).read_bytes()).hexdigest()
    accepted = replace(SPEC, sha256=digest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "package_spec", lambda: accepted)
        build(Settings(home=folder / "home"), lambda *_: None, package=folder / SPEC.wheel)
        yield folder / "home"


@pytest.fixture
def adding(
    command: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Add a file to a copy of that store."""
    home = tmp_path / "home"
    shutil.copytree(model, home)
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    return command


BASE = ("31555;Toulouse;ZAR", "09029;Aulus;ZAC", "81004;Albi;ZAC", "12202;Rodez;ZIP")
NO_CODES = "aucune colonne reconnue comme celle des codes commune"
NOT_A_LIST = "ce n'est pas une liste de communes"
OCCITANIE = ("--territory", "region:76")

LISTS: dict[str, Case] = {
    "as it should be": Case(rows(*BASE, "09122;Foix;ZIP"), 5),
    "zeros lost": Case(rows(*BASE, "9122;Foix;ZIP"), 5, ("zéro rétabli",)),
    "decimals": Case(rows(*BASE, "09122.0;Foix;ZIP"), 5, ("décimale retirée",)),
    "French decimals": Case(rows(*BASE, "09122,00;Foix;ZIP"), 5, ("décimale retirée",)),
    "spaces": Case(rows(*BASE, "09 122;Foix;ZIP"), 5, ("espace retirée",)),
    "no-break spaces": Case(rows(*BASE, "\u00a009122\u00a0;Foix;ZIP"), 5),
    "apostrophes of Excel": Case(rows(*BASE, "'09122;Foix;ZIP"), 5, ("formule de tableur",)),
    "scientific": Case(rows(*BASE, "9,122E+03;Foix;ZIP"), 4, ("code illisible",)),
    "a letter for a zero": Case(rows("O9122;Foix;ZIP", *BASE), 4, ("code illisible",)),
    "full-width figures": Case(rows(*BASE, "０９１２２;Foix;ZIP"), "4 codes sur 5"),
    "sentinels": Case(rows(*BASE, "-1;a;ZIP", "99999;b;ZIP", "0;c;ZIP"), 4, ("sans code",)),
    "several communes in a cell": Case(rows(*BASE, "09122, 09001;F;ZIP"), 6, ("plusieurs codes",)),
    "elsewhere": Case(rows(*BASE, "75101;Paris;ZIP"), 4, ("hors territoire",)),
    "all elsewhere": Case(rows("67482;Strasbourg;ZIP"), "aucune de ses communes n’est dans"),
    "numbers of a workbook": Case(
        bad.sheet(["code", "zonage"], [9122.0, "ZIP"], [31555.0, "ZAR"]), 2, ("zéro rétabli",)
    ),
    "Corsica in small letters": Case(
        rows("2a004;Ajaccio;ZIP", "2b033;Bastia;ZAC"),
        2,
        ("lettre corse",),
        ("--territory", "region:94"),
    ),
    "Corsica as 20": Case(
        rows("20004;Ajaccio;ZIP", "20033;Bastia;ZAC", "20050;Calvi;ZAC"),
        3,
        ("par le nom",),
        ("--territory", "region:94"),
    ),
    "Paris by its arrondissements": Case(
        rows("75101;P1;ZAC", "75120;P20;ZIP"), 2, words=("--territory", "region:11")
    ),
    "Paris in one": Case(
        rows("75056;Paris;ZIP"), 20, ("arrondissements",), ("--territory", "region:11")
    ),
    "postal codes called codes": Case(
        rows("31000;Toulouse;ZAR", "31100;Toulouse;ZAR", "81000;Albi;ZAC", "09000;Foix;ZIP"),
        NOT_A_LIST,
        words=("--column", "code=code"),
    ),
    "postal codes and names": Case(
        rows("31000;Toulouse;ZAR", "81000;Albi;ZAC", "09000;Foix;ZIP"), 3, ("par le nom",)
    ),
    "CEDEX first": Case(
        rows(
            "09008 CEDEX;Foix;ZIP",
            "31000;Toulouse;ZAR",
            "81000;Albi;ZIP",
            header="cp;commune;zonage\n",
        ),
        3,
        ("CEDEX",),
    ),
    "wrong vintage": Case(
        rows("12076;Conques;ZIP", "30094;C;ZIP", "32067;C;ZIP"),
        "0 code sur 3",
        words=("--cog", "2025"),
    ),
    "vintage that is none": Case(rows(*BASE), "suivis depuis 2014", words=("--cog", "1850")),
    "dates for codes": Case(rows("2024-01-01;Foix;ZIP", "2024-01-02;Albi;ZAC"), NO_CODES),
    "names called codes": Case(rows(*BASE), NOT_A_LIST, words=("--column", "code=commune")),
    "départements for communes": Case(rows("9;Ariège;ZIP", "31;Haute-Garonne;ZAR"), NO_CODES),
    "SIREN for codes": Case(rows("200054781;Toulouse Métropole;ZIP", "200067106;x;ZAC"), NO_CODES),
    "IRIS for codes": Case(rows("091220000;Foix;ZIP", "315550101;Toulouse;ZAR"), NO_CODES),
    "two columns of codes": Case(
        bad.text("code1;code2;zonage\n09122;31555;ZIP\n31555;09122;ZAR\n"), "plusieurs colonnes"
    ),
    "no class": Case(rows(*BASE, "09122;Foix;"), 4, ("sans classe",)),
    "class of no layer": Case(rows(*BASE, "09122;Foix;Rouge"), "classes inconnues : « Rouge »"),
    "dates for classes": Case(rows("31555;T;2024-01-01"), "aucune colonne|classes inconnues"),
    "two classes for a code": Case(rows(*BASE, "31555;T;ZIP"), "valeurs contradictoires"),
    "a row twice": Case(rows(*BASE, BASE[0]), 4, ("doublon",)),
    "one column": Case(bad.text("code\n09122\n31555\n"), "celle des classes"),
    "no rows": Case(bad.text("code;zonage\n"), "aucune ligne de données"),
    "territory that is none": Case(rows(*BASE), "region:999", words=("--territory", "region:999")),
    "shapes for a list": Case(bad.whole("gpkg"), "celle des classes"),
}


@pytest.mark.parametrize("name", LISTS)
def test_each_list_that_is_not_what_it_seems(adding: Command, tmp_path: Path, name: str) -> None:
    make, outcome, kinds, words = LISTS[name]
    where = () if "--territory" in words else OCCITANIE
    asked = ("--edition", "2026-01-01", *where, *words)
    path = make(tmp_path)
    told = adding("data", "add", "zonage_medecins", path, *asked, "--json")
    if isinstance(outcome, str):
        assert told.code == 2
        assert any(one in told.said for one in outcome.split("|")), told.said
        return
    assert told.code == 0, told.said
    reports = told.answer["reports"]
    assert told.answer["rows"] == outcome
    assert set(kinds) <= {kind for report in reports for kind in report["counts"]}
    for report in reports:  # rows in = rows kept + rows reported
        assert report["rows_in"] - report["rows_kept"] <= len(report["lines"])


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(GRID) + len(CASES) + len(ODD_FILES) + len(LISTS) >= 120

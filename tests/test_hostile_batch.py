"""Bad files of places, one table: what ``batch`` makes of each. See ``hostile_places``.

Each case goes through the command line, in this process. It answers, one row out for a row in,
with so many rows that could not be placed and say why; or it is refused by exit code 2 and a
French sentence, and no output is there. Never a traceback, nor a failure that nobody foresaw.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import openpyxl
import pandas as pd
import pytest
import shapely

from tests import hostile as bad
from tests import hostile_places as places
from tests.test_hostile_files import model  # noqa: F401  (a fixture)
from tests.test_readers_tables import xlsx
from zonage_geo.cli import main
from zonage_geo.many import engine

if TYPE_CHECKING:
    from tests.hostile import Maker

DAY = "2025-06-01"
Run = Callable[..., tuple[int, str]]
Outcome = int | str
"""Rows out, all placed; or why it is refused."""
PLACED = 3
ZIP, BOOK, UNREAD, JSON = "archive zip illisible", "classeur illisible", "illisible", "JSON abîmé"
EMPTY, OUT, NAME = "fichier vide", "un chemin qui en sort", "sous un nom qui dit autre chose"
CUT, BINARY = "fichier coupé", "fichier binaire"

EVERY_FORMAT: dict[str, tuple[Callable[[str], Maker], tuple[Outcome, ...]]] = {
    # defect: how it is made
    #   csv, xlsx, ods, parquet, gpkg, shp, geojson, fgb
    "whole": (places.whole, (PLACED,) * 8),
    "empty": (lambda kind: places.damaged(kind, bad.emptied), (EMPTY,) * 8),
    "all zeros": (lambda kind: places.damaged(kind, bad.nulled), (EMPTY,) * 8),
    "cut in the middle": (
        lambda kind: places.damaged(kind, bad.halved),
        (1, ZIP, ZIP, UNREAD, UNREAD, CUT, JSON, UNREAD),
    ),
    "24 bytes": (
        lambda kind: places.damaged(kind, bad.beheaded),
        (1, ZIP, ZIP, UNREAD, UNREAD, UNREAD, JSON, UNREAD),
    ),
    "zeros behind": (
        lambda kind: places.damaged(kind, bad.lengthened),
        (BINARY, PLACED, PLACED, UNREAD, PLACED, PLACED, JSON, PLACED),
    ),
    "compressed by gzip": (
        places.packed,
        (
            PLACED, PLACED, PLACED, "Parquet compressé par gzip", PLACED, "shapefile incomplet",
            PLACED, PLACED,
        ),
    ),
    "in an archive": (
        places.zipped,
        (PLACED, PLACED, PLACED, "d’un format lu", PLACED, PLACED, PLACED, PLACED),
    ),
    "climbing out of an archive": (lambda kind: places.zipped(kind, "../../"), (OUT,) * 8),
    "called .csv": (
        lambda kind: places.renamed(kind, "csv"),
        (PLACED, PLACED, PLACED, PLACED, NAME, NAME, PLACED, NAME),
    ),
    "called .parquet": (
        lambda kind: places.renamed(kind, "parquet"),
        (PLACED, PLACED, PLACED, PLACED, PLACED, NAME, PLACED, PLACED),
    ),
}  # fmt: skip
GRID = [
    pytest.param(make(kind), outcome, id=f"{kind}-{defect}")
    for defect, (make, outcomes) in EVERY_FORMAT.items()
    for kind, outcome in zip(places.FORMATS, outcomes, strict=True)
]


class Case(NamedTuple):
    """One bad file.

    Attributes
    ----------
    make : callable
        Makes it in a folder.
    outcome : int or str
        Rows out, or why it is refused.
    failed : int
        Those of the rows that are kept without an answer, and say why.
    words : tuple of str
        Options.
    suffix : str
        Of the output.
    """

    make: Maker
    outcome: Outcome
    failed: int = 0
    words: tuple[str, ...] = ()
    suffix: str = "csv"


def sheet(*rows: list[Any], merged: str = "", **others: list[list[Any]]) -> Maker:
    """Make a workbook."""
    return lambda folder: xlsx(folder / "lieux.xlsx", {"Lieux": list(rows), **others}, merged)


def two_layers(folder: Path) -> Path:
    """Make a GeoPackage of two layers."""
    path = places.layer(FOIX)(folder)
    frame = bad.layer(FOIX)
    return bad.written(frame, path, layer="autre")


FOIX, TOULOUSE = shapely.Point(1.605, 42.965), shapely.Point(1.44, 43.6)
LINE = shapely.LineString([(1, 43), (2, 44)])
TWO = ("a;1.605;42.965", "b;1.44;43.6")
HEAD = ["id", "lon", "lat"]
NOWHERE, SWAPPED = "rien ne dit où sont les lignes", "latitude et longitude sont échangées"
DRAWING = 'LOCAL_CS["dessin",UNIT["metre",1]]'
coded = "code insee"

CASES: dict[str, Case] = {
    # text
    "header alone": Case(places.text(), 0),
    "no header": Case(bad.text("\n".join(TWO), "lieux.csv"), NOWHERE),
    "title above the header": Case(bad.text("Lieux;;\nid;lon;lat\na;1;43\n"), NOWHERE),
    "delimiter that is none": Case(places.text("a^1.6^43", header="id^lon^lat"), NOWHERE),
    "decimal commas": Case(places.text("a;1,605;42,965", "b;1,44;43,6"), 2),
    "decimal commas as delimiters": Case(
        places.text("a,1,605,42,965", header="id,lon,lat"), "5 cellules au lieu de 3"
    ),
    "longitude and latitude swapped": Case(places.text("a;42.9;1.6", "b;43.6;1.44"), SWAPPED),
    "one row swapped": Case(places.text(*TWO, "c;43.9;2.1"), 3, 1),
    "metres for degrees": Case(places.text("a;574357;6279642"), "ne sont pas des degrés"),
    "NaN and infinity": Case(places.text(*TWO, "c;NaN;43", "d;inf;43", "e;1e400;-inf"), 5, 3),
    "words for coordinates": Case(places.text(*TWO, "c;ouest;43", "d;;", "e;1°26';43"), 5, 3),
    "another encoding": Case(places.text("é;1.605;42.965", encoding="cp1252"), 1),
    "UTF-16": Case(places.text(*TWO, encoding="utf-16"), 2),
    "encoding that is wrong": Case(
        places.text("é;1.605;42.965", encoding="cp1252"), "n’est pas de l’encodage", 0,
        ("--encoding", "utf-8"),
    ),
    "NUL in a cell": Case(places.text("a\0;1.605;42.965", "b;1.44;43.6"), BINARY),
    "control characters": Case(places.text("a\x1b[31m\x07;1.605;42.965"), 1),
    "column twice": Case(places.text("a;b;1.605;42.965", header="id;id;lon;lat"), 1),
    "column without a name": Case(places.text("a;1.605;42.965", header=";lon;lat"), 1),
    "columns zg_ already": Case(places.text("x;y;1.605;42.965", header="zg_frr;zg_x;lon;lat"), 1),
    "columns that differ by case": Case(
        places.text("x;1.605;42.965;z", header="ID;lon;lat;id"), "ne distingue pas les majuscules",
        suffix="gpkg",
    ),
    "column called geometry": Case(
        places.text("x;1.605;42.965", header="geometry;lon;lat"), 1, suffix="gpkg"
    ),
    "a cell of 10 MB": Case(places.text(f"{'a' * 10_000_000};1.605;42.965"), "démesurée"),
    "quote left open": Case(places.text('"a;1.605;42.965', TWO[1]), "guillemets mal fermés"),
    "words behind a quote": Case(places.text(TWO[0], '"c" d;1.44;43.6'), "guillemets mal fermés"),
    "row too long": Case(places.text("a;1.605;42.965;x", TWO[1]), "4 cellules au lieu de 3"),
    "row too short": Case(places.text("a;1.605", *TWO), 3, 1),
    "formulas": Case(places.text("=cmd|' /C calc'!A0;1.605;42.965", "@SUM(1);1.44;43.6"), 2),
    "three thousand columns": Case(
        places.text("1;" * 3000 + "1.6;42.9", header="".join(f"c{n};" for n in range(3000))
                    + "lon;lat"), 1
    ),
    # codes
    "codes of every kind": Case(
        places.text("31555", "2a004", "9122", "99999", "ABCDE", "13055, 13070", "75056",
                    header=coded), 7, 3
    ),
    "a code cut short": Case(places.text("31555", "31069", "3155", header=coded), 3, 1),
    "postal codes": Case(
        places.text("31000", "09000", "75001", "13001", "81000", "31200", header=coded), NOWHERE
    ),
    "dates for codes": Case(places.text("2024-01-01", "2024-02-01", header=coded), 2, 2),
    "dates in a column called code": Case(
        places.text("2024-01-01", "2024-02-01", header="code"), NOWHERE
    ),
    # archives
    "gzip bomb": Case(bad.gzip_bomb, "démesurée"),
    "gzip cut": Case(bad.chained_gzip, "abîmé ou incomplet"),
    "gzip that is none": Case(bad.named("lieux.csv.gz", places.whole("csv")), PLACED),
    "zip bomb": Case(bad.zip_bomb("lieux.csv"), "démesuré"),
    # workbooks
    "workbook bomb": Case(bad.workbook_bomb, "démesuré"),
    "cell at the end of the sheet": Case(bad.far_cell, "sa lecture a été arrêtée"),
    "two sheets of places": Case(
        sheet(HEAD, ["a", 1.605, 42.965], Autre=[HEAD, ["b", 1.44, 43.6]]), "--sheet"
    ),
    "sheet that is not there": Case(
        sheet(HEAD, ["a", 1.605, 42.965]), "pas de feuille « 2026 »", 0, ("--sheet", "2026")
    ),
    "merged codes": Case(
        sheet(["id", "insee"], ["a", "31555"], ["b", None], merged="B2:B3"), 2
    ),
    "title, blank row": Case(
        sheet(["Lieux", None, None], HEAD, ["a", 1.605, 42.965], [None] * 3, ["b", 1.44, 43.6]), 2
    ),
    "sheet without rows": Case(sheet(), "aucune ligne remplie"),
    "sheet of a header": Case(sheet(HEAD), "aucune ligne de données"),
    "numbers as text": Case(sheet(HEAD, ["a", "1,605", "42,965"]), 1),
    # shapes
    "some null geometries": Case(places.layer(FOIX, None, TOULOUSE), 3, 1),
    "null geometries alone": Case(places.layer(None, None), 2, 2),
    "empty points": Case(places.layer(FOIX, shapely.Point()), 2, 1),
    "lines": Case(places.layer(LINE, LINE), "des points sont attendus"),
    "points, lines and surfaces": Case(
        places.layer(FOIX, LINE, shapely.box(1, 43, 2, 44), suffix="geojson"), 3, 2
    ),
    "sets of points": Case(
        places.layer(shapely.MultiPoint([FOIX]), shapely.MultiPoint([FOIX, TOULOUSE])), 2, 1
    ),
    "points at infinity": Case(
        places.layer(FOIX, TOULOUSE, shapely.Point(float("inf"), 43)), 3, 1
    ),
    "no system": Case(places.layer(FOIX, crs=None), "aucun système de coordonnées"),
    "no .prj": Case(places.layer(FOIX, crs=None, suffix="shp"), "aucun système de coordonnées"),
    "system that is wrong": Case(places.layer(FOIX, crs="EPSG:2154"), "--crs EPSG:4326"),
    "system of a drawing": Case(places.layer(FOIX, crs=DRAWING), "rien ne mène"),
    "system that is none": Case(places.layer(FOIX), "inconnu", 0, ("--crs", "EPSG:0")),
    "axes swapped": Case(
        places.layer(shapely.Point(42.9, 1.6), shapely.Point(43.6, 1.44)), SWAPPED
    ),
    "no feature": Case(places.layer(suffix="geojson"), "aucun objet"),
    "two layers": Case(two_layers, "2 couches"),
    # Parquet
    "lists and structures": Case(
        places.parquet(lambda: places.table(x=[[1], [2, 3], None], y=[{"a": 1}, {"a": 2}, None])),
        3,
    ),
    "lists of codes": Case(
        places.parquet(lambda: pd.DataFrame({"insee": [["31555"], ["31555", "09122"], None]})), 3, 2
    ),
    "an index": Case(places.parquet(lambda: places.table().set_index("id"), index=True), 3),
    "no rows": Case(places.parquet(lambda: places.table().head(0)), 0),
    "bytes in a column": Case(places.parquet(lambda: places.table(b=[b"\xff\0", b"", None])), 3),
    "coordinates as words": Case(
        places.parquet(lambda: places.table(lon=["1,605", "ouest", None])), 3, 2
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Iterator[None]:
    """Let the engine be made once, however many times it is asked for."""
    once: list[engine.Engine] = []
    real = engine.Engine

    def only_one(*words: Any) -> engine.Engine:  # noqa: ANN401
        if not once:
            once.append(real(*words))
        return once[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "Engine", only_one)
        yield


@pytest.fixture
def batch(
    model: Path,  # noqa: F811
    made: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Run a batch in this process, and hold it to what is promised of every one."""
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(model))

    def run(path: Path, out: Path, *words: str) -> tuple[int, str]:
        try:
            code = main(["batch", str(path), "-o", str(out), "--date", DAY, "--offline", *words])
        except SystemExit as left:
            code = int(str(left.code))
        said = capsys.readouterr()
        assert code in {0, 2}, said.err
        assert "Traceback" not in said.err
        assert said.out == (f"{out}\n" if code == 0 else "")
        return code, said.err

    return run


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read the rows of a CSV that was written."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        delimiter = next((one for one in ";,\t" if f"{one}zg_label" in first), ",")
        return list(csv.DictReader(stream, delimiter=delimiter))


def check(run: Run, folder: Path, case: Case) -> None:
    """Compare with what the table says."""
    path, out = case.make(folder), folder / f"zones.{case.suffix}"
    before = {one.name for one in folder.iterdir()}
    code, said = run(path, out, *case.words)
    if isinstance(case.outcome, str):
        assert code == 2, said
        assert case.outcome in said
        assert {one.name for one in folder.iterdir()} == before  # nothing is left
        return
    assert code == 0, said
    if case.suffix == "csv":
        rows = rows_of(out)
        assert len(rows) == case.outcome
        failed = [row["zg_erreur"] for row in rows if row["zg_erreur"]]
        assert len(failed) == case.failed, rows
        made = {one.name for one in folder.iterdir()} - before
        assert made == {out.name, f"{out.name}.sources.txt"}


@pytest.mark.parametrize(("make", "outcome"), GRID)
def test_every_format_of_places_with_every_defect(
    batch: Run, tmp_path: Path, make: Maker, outcome: Outcome
) -> None:
    check(batch, tmp_path, Case(make, outcome))


@pytest.mark.parametrize("name", CASES)
def test_each_defect_of_places(batch: Run, tmp_path: Path, name: str) -> None:
    check(batch, tmp_path, CASES[name])


# where answers go


def test_a_formula_goes_out_as_the_text_that_it_was(batch: Run, tmp_path: Path) -> None:
    cells = ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(1)", "=1+1"]
    path = places.text(*[f"{cell};1.605;42.965" for cell in cells])(tmp_path)
    assert batch(path, tmp_path / "z.csv")[0] == 0
    assert [row["id"] for row in rows_of(tmp_path / "z.csv")] == cells
    assert batch(path, tmp_path / "z.xlsx")[0] == 0
    sheet_ = openpyxl.load_workbook(tmp_path / "z.xlsx")["zonages"]
    first = [row[0] for row in sheet_.iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in first] == [(cell, "s") for cell in cells]


OUTPUTS: dict[str, tuple[str, str]] = {
    "the file that is read": ("lieux.csv", "la sortie est le fichier lu"),
    "a link to it": ("lien.csv", "la sortie est le fichier lu"),
    "a folder that is not there": ("absent/zones.csv", "pas de dossier"),
    "a folder": ("dossier.csv", "est un dossier"),
    "a format that is none": ("zones.docx", "la sortie s'écrit en"),
    "no format": ("zones", "la sortie s'écrit en"),
    "a name too long": (f"{'z' * 300}.csv", "écriture impossible"),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_that_cannot_be_is_refused(batch: Run, tmp_path: Path, name: str) -> None:
    path = places.whole("csv")(tmp_path)
    (tmp_path / "lien.csv").symlink_to(path)
    (tmp_path / "dossier.csv").mkdir()
    before, content = {one.name for one in tmp_path.iterdir()}, path.read_bytes()
    target, why = OUTPUTS[name]
    code, said = batch(path, tmp_path / target, "--force")
    assert code == 2
    assert why in " ".join(said.split())
    assert {one.name for one in tmp_path.iterdir()} == before
    assert path.read_bytes() == content


def test_a_field_called_geometry_goes_out(batch: Run, tmp_path: Path) -> None:
    path = tmp_path / "lieux.geojson"
    point = {"type": "Point", "coordinates": [1.605, 42.965]}
    one = {"type": "Feature", "properties": {"geometry": "x", "type": "y"}, "geometry": point}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [one, one]}))
    code, said = batch(path, tmp_path / "z.csv")
    assert code == 0
    assert "« geometry » s’appelle « geometry_2 »" in said
    assert [row["geometry_2"] for row in rows_of(tmp_path / "z.csv")] == ["x", "x"]

"""Every file of answers says its date, its sources, its doubts and its account of rows."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from zonage_geo.catalog.model import Catalog
from zonage_geo.cli import main
from zonage_geo.colophon.facts import frame_facts
from zonage_geo.colophon.files import beside, check_free, written
from zonage_geo.colophon.formats import KEY, place_told, write_key, write_text
from zonage_geo.errors import InputError
from zonage_geo.exports import write
from zonage_geo.many.engine import Engine
from zonage_geo.many.frames import columns_of
from zonage_geo.progress import Bar
from zonage_geo.readers import read
from zonage_geo.render.columns import COMMUNES, COMPARISON, COVERAGE, LAYERS, SECTORS
from zonage_geo.report import Report, counted
from zonage_geo.settings import Settings
from zonage_geo.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

needs_package = pytest.mark.package_data
Told = list[tuple[str, str]]
FACTS = (("date demandée", "15/05/2025"), ("=1+1", "un texte, jamais une formule"))
FRAME = gpd.GeoDataFrame(
    {"code": ["09122"], "nom": ["Foix"], "zonage_medecins_motif": ["é" * 200]},
    geometry=[shapely.box(1.5, 42.9, 1.7, 43.1)],
    crs=4326,
)
DAY = "2025-05-15"


def _text(path: Path) -> Told:
    """Read the text beside a file; lines that are folded are one."""
    lines: list[str] = []
    for line in beside(path).read_text("utf-8").splitlines()[2:]:
        if line.startswith("- "):
            lines.append(line.removeprefix("- "))
        else:
            lines[-1] += f" {line.strip()}"
    pairs = (line.partition(" : ") for line in lines)
    return [(subject, detail) for subject, _, detail in pairs]


def _sheet(path: Path) -> Told:
    openpyxl = pytest.importorskip("openpyxl")
    rows = list(openpyxl.load_workbook(path)["À savoir"].iter_rows(min_row=2))
    assert {cell.data_type for row in rows for cell in row} == {"s"}  # no formula
    return [(str(subject.value), str(detail.value)) for subject, detail in rows]


def _table(path: Path) -> Told:
    with closing(sqlite3.connect(path)) as db:
        kinds = dict(db.execute("SELECT table_name, data_type FROM gpkg_contents"))
        assert kinds["zg_sources"] == "attributes"  # QGIS shows it as a table
        return list(db.execute("SELECT sujet, detail FROM zg_sources ORDER BY fid"))


def _key(path: Path) -> Told:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = json.loads(parquet.read_metadata(path).metadata[KEY])
    return [(row["sujet"], row["detail"]) for row in rows]


READ: dict[str, Callable[[Path], Told]] = {
    ".csv": _text,
    ".geojson": _text,
    ".shp": _text,
    ".xlsx": _sheet,
    ".gpkg": _table,
    ".parquet": _key,
}


# --- each format -------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", READ)
def test_each_format_holds_what_is_told(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"zones{suffix}"
    assert write(FRAME, out, "communes", FACTS) is not None
    assert READ[suffix](out) == list(FACTS)
    alone = suffix in (".csv", ".geojson", ".shp")
    assert beside(out).exists() == alone
    assert (beside(out).name in place_told(out)) == alone
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not list(tmp_path.glob("*.csv")) or suffix == ".csv"


def test_no_pattern_of_data_takes_the_text(tmp_path: Path) -> None:
    out = tmp_path / "zones.csv"
    write(FRAME, out, "communes", FACTS)
    assert list(tmp_path.glob("*.csv")) == [out]


def test_a_shapefile_that_is_replaced_leaves_no_index_of_its_rows(tmp_path: Path) -> None:
    for suffix in (".shp", ".qix", ".sbn", ".sbx"):
        (tmp_path / f"zones{suffix}").write_bytes(b"old")
    write(FRAME, tmp_path / "zones.shp", "communes", FACTS)
    suffixes = {path.suffix for path in tmp_path.iterdir()}
    assert suffixes == {".shp", ".shx", ".dbf", ".prj", ".cpg", ".txt"}


def test_a_shapefile_names_its_columns_by_their_short_names(tmp_path: Path) -> None:
    out = tmp_path / "zones.shp"
    told = (("colonne code", "Le code."), ("colonne zonage_medecins_motif", "Pourquoi."))
    frame = FRAME.assign(departement="09", departement_nom="Ariège")
    facts = (*told, ("colonne departement", "Le département."))
    write(frame, out, "communes", facts)
    assert _text(out) == [
        ("colonne code", "Le code."),
        ("colonne dep (departement)", "Le département."),
    ]  # the third was too long for a .dbf


@pytest.mark.parametrize("name", ["ZONES.SHP", "zones.CSV", "zones.GPKG"])
def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    write(FRAME, out, "communes", FACTS)
    assert READ[out.suffix.lower()](out) == list(FACTS)
    assert out.exists()
    if out.suffix == ".SHP":
        assert list(gpd.read_file(out)["nom"]) == ["Foix"]


def test_a_geopackage_of_ours_is_read_without_its_table_of_sources(tmp_path: Path) -> None:
    out = tmp_path / "zones.gpkg"
    write(FRAME, out, "communes", FACTS)
    assert list(read(out).frame["nom"]) == ["Foix"]
    # Its data is its first layer, which others take where none is named, and say so.
    with pytest.warns(UserWarning, match=r"'communes' \(default\), 'zg_sources'"):
        assert list(gpd.read_file(out)["nom"]) == ["Foix"]


# --- in place ----------------------------------------------------------------------------


def test_the_text_is_replaced_by_the_rule_of_its_file(tmp_path: Path) -> None:
    out = tmp_path / "zones.csv"
    beside(out).write_text("d'un autre jour", encoding="utf-8")
    with pytest.raises(InputError, match=r"zones\.csv\.sources\.txt existe déjà : ajoutez --force"):
        check_free(out, force=False)
    check_free(out, force=True)
    check_free(tmp_path / "zones.xlsx", force=False)
    beside(out).unlink()
    beside(out).mkdir()
    with pytest.raises(InputError, match="est un dossier"):
        check_free(out, force=True)


def test_new_rows_are_never_beside_an_old_text(tmp_path: Path) -> None:
    out = tmp_path / "zones.csv"
    beside(out).write_text("ancien", encoding="utf-8")
    out.write_text("ancien", encoding="utf-8")
    with written(out) as part:
        part.write_text("nouveau", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["zones.csv"]
    with written(out) as part:
        part.write_text("suite", encoding="utf-8")
        write_text(part, FACTS)
    assert _text(out) == list(FACTS)


def test_a_failure_leaves_rows_and_text_as_they_were(tmp_path: Path) -> None:
    out = tmp_path / "zones.csv"
    write(FRAME, out, "communes", FACTS)
    before = (out.read_bytes(), beside(out).read_bytes())

    def fail() -> None:
        with written(out) as part:
            write_text(part, ())
            raise OSError

    with pytest.raises(InputError):
        fail()
    assert (out.read_bytes(), beside(out).read_bytes()) == before
    assert {path.name for path in tmp_path.iterdir()} == {out.name, beside(out).name}


@pytest.mark.skipif(sys.platform != "linux", reason="a folder that takes no file")
def test_a_folder_that_takes_no_file_is_said_at_once() -> None:
    with (
        pytest.raises(InputError, match="fichier ou dossier introuvable"),
        written(Path("/proc/zones.csv")),
    ):
        pytest.fail("nothing can be written there")


def test_metadata_is_json_of_subjects() -> None:
    assert json.loads(write_key(FACTS)[KEY])[0] == {
        "sujet": "date demandée",
        "detail": "15/05/2025",
    }


# --- what is told ------------------------------------------------------------------------


def test_a_line_of_the_report_keeps_its_row() -> None:
    frame = pd.DataFrame({"code": ["1"]})
    report = Report("lecture", 2, 1)
    report.add(5, "xx", "code illisible", "« xx » n'est pas un code.")
    frame.attrs = {"date": DAY, "report": report, "by": "departement"}
    told = dict(frame_facts(frame))
    assert told["date demandée"] == "15/05/2025"
    assert told["code illisible xx"] == "ligne 5 : « xx » n'est pas un code."
    assert told["compte rendu"].startswith("lecture : 2 lignes lues, 1 gardée, 1 écartée.")
    assert told["logiciel"].startswith("zonage_geo ")


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 ligne lue"), (1, "1 ligne lue"), (2, "2 lignes lues")]
)
def test_what_agrees_is_in_the_plural_from_two_on(number: int, said: str) -> None:
    assert counted(number, "ligne lue") == said


# --- commands, on the real store ---------------------------------------------------------


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lieux") / "lieux.csv"
    path.write_text("nom,insee\nFoix,09122\nX,99999\nCahors,46042\n", encoding="utf-8")
    return path


@pytest.fixture
def once(
    home: Path, store: Store, catalog: Catalog, engines: dict[date, Engine],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Answer in this process, with an engine a day that is made once."""

    def made(_store: Store, _catalog: Catalog, settings: Settings, day: date, bar: Bar) -> Engine:
        if day not in engines:
            engines[day] = Engine(store, catalog, settings, day, bar)
        return engines[day]

    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    monkeypatch.setattr("zonage_geo.many.engine.Engine", made)


@pytest.fixture(scope="module")
def engines() -> dict[date, Engine]:
    return {}


@needs_package
@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("suffix", [name for name in READ if name != ".shp"])
def test_a_batch_says_its_day_and_what_answered(
    places: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str,
    store: Store, engines: dict[date, Engine],
) -> None:  # fmt: skip
    out = tmp_path / f"zones{suffix}"
    words = ["batch", str(places), "-o", str(out), "--date", DAY]
    assert main(words) == 0
    assert f"Dates, sources et réserves : {place_told(out)}." in capsys.readouterr().err
    told = READ[suffix](out)
    assert told[0] == ("date demandée", "15/05/2025")
    assert ("lignes", "3 lignes lues, 3 écrites, dont 1 ligne en erreur (colonne zg_erreur).") in (
        told
    )
    (zonage,) = [said for subject, said in told if subject == "Zonage médecins"]
    assert "Occitanie (4 mai 2022) : en vigueur depuis le 04/05/2022" in zonage  # and no other
    assert "Publié par : ARS Occitanie" in zonage
    assert "Licence : " in zonage
    assert told[-1][0] == "avertissement"
    columns = [subject for subject, _ in told if subject.startswith("colonne ")]
    layers = store.catalog().layers
    meant = [
        name
        for start in (column.removeprefix("colonne ") for column in columns)
        for name in (
            [start.replace("COUCHE", one) for one in layers] if "COUCHE" in start else [start]
        )
    ]
    (engine,) = (one for one in engines.values() if one.day.isoformat() == DAY)
    assert sorted(meant) == sorted(columns_of(engine))
    assert main(words) == 2  # both are there


@needs_package
@pytest.mark.usefixtures("once")
def test_a_place_that_is_not_of_one_commune_names_every_edition(tmp_path: Path) -> None:
    path, out = tmp_path / "mer.csv", tmp_path / "zones.csv"
    path.write_text("lon,lat\n3.1,43.07\n", encoding="utf-8")  # at sea, near Gruissan
    assert main(["batch", str(path), "-o", str(out), "--date", DAY]) == 0
    assert pd.read_csv(out)["zg_commune"].isna().all()
    assert len([subject for subject, _ in _text(out) if subject == "Zonage médecins"]) > 10


@needs_package
@pytest.mark.usefixtures("once")
def test_a_layer_replaced_names_the_list_that_no_longer_decides(tmp_path: Path) -> None:
    path, out = tmp_path / "ain.csv", tmp_path / "zones.csv"
    path.write_text("insee\n01053\n", encoding="utf-8")
    assert main(["batch", str(path), "-o", str(out), "--date", "2026-11-22"]) == 0
    (zonage,) = [said for subject, said in _text(out) if subject == "Zonage médecins"]
    assert "remplacé le" in zonage


@needs_package
@pytest.mark.parametrize(
    ("words", "columns"),
    [
        (["coverage", "--departement", "67", "--date", DAY], COVERAGE),
        (["compare", "zrr@2024-06-30", "frr@2024-07-01", "--departement", "09"], COMPARISON),
    ],
)
def test_analyses_have_the_columns_that_are_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str],
    columns: dict[str, str],
) -> None:  # fmt: skip
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    out = tmp_path / "bilan.csv"
    assert main([*words, "-o", str(out)]) == 0
    frame = pd.read_csv(out, sep=";", decimal=",", dtype={"code": str})
    assert list(frame.columns) == list(columns)
    told = [subject for subject, _ in _text(out) if subject.startswith("colonne ")]
    assert told == [f"colonne {name}" for name in columns]
    if words[0] == "coverage":
        assert set(frame.loc[frame["classe"] == "HZ", "libelle"]) == {"Hors zonage (HZ)"}


@needs_package
@pytest.mark.usefixtures("once")
def test_an_overlay_and_its_aids_have_the_columns_that_are_told(tmp_path: Path) -> None:
    out = tmp_path / "foix.csv"
    words = ["overlay", "--communes", "09122", "--date", DAY, "--aides", "CAIM"]
    assert main([*words, "--sans-distances", "-o", str(out)]) == 0
    frame = pd.read_csv(out, sep=";", dtype=str)
    assert list(frame.columns)[: len(COMMUNES)] == list(COMMUNES)
    order = list(LAYERS)
    for layer in ("zonage_medecins", "qpv", "frr"):
        ends = [str(name).removeprefix(layer) for name in frame if str(name).startswith(layer)]
        mine = [end for end in ends if end in order]
        assert mine == sorted(mine, key=order.index)
    told = dict(_text(out))
    assert {f"colonne {name}" for name in frame} <= set(told)
    assert told["couche zrr"] == "Pas en vigueur au 15/05/2025."
    assert "L'aide CAIM" in told["colonne aide_CAIM"]
    assert frame["aide_CAIM"][0] in {"ouverte", "à préciser", "non ouverte"}
    assert frame["frr_code"][0] == "in_class"
    assert frame["frr_motif"][0].startswith("À vérifier : ")


@needs_package
def test_sectors_have_the_columns_that_are_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    path, out = tmp_path / "secteurs.csv", tmp_path / "bilan.csv"
    path.write_text("secteur;insee\nA;09020\nA;09029\nB;09122\n", encoding="utf-8")
    assert main(["pdsa", str(path), "--date", DAY, "-o", str(out)]) == 0
    assert list(pd.read_csv(out, sep=";").columns) == list(SECTORS)
    assert dict(_text(out))["secteurs"] == "secteurs.csv"

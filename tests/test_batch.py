"""Files of places: any file in, the same rows out with their zones, whatever the formats."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from tests.test_cli import environment
from zonage_geo.batch import Asked, Tally, prepare
from zonage_geo.batch import outputs as batch_outputs
from zonage_geo.batch.account import account_facts, account_text
from zonage_geo.batch.columns import columns_line
from zonage_geo.batch.text import open_text
from zonage_geo.catalog.model import Catalog
from zonage_geo.cli import main
from zonage_geo.dates import parse_date
from zonage_geo.errors import InputError
from zonage_geo.many.engine import Engine
from zonage_geo.many.frames import columns_of, locate_frame
from zonage_geo.many.places import find_places
from zonage_geo.readers import ReadError
from zonage_geo.readers.source import Source
from zonage_geo.render.words import NOTICE
from zonage_geo.settings import Settings
from zonage_geo.store import Store

pytestmark = pytest.mark.package_data

DAY = "2025-06-01"
PLACES = pd.DataFrame(
    {
        "id": ["007", "008", "009", "010", "011"],
        "nom": ["Étienne ; fils", 'dit "Léo"', "deux\nlignes", "", " espace "],
        "lon": ["1.4440", "2.3470", "-8.5", "", "1.605482"],
        "lat": ["43.6045", "48.8590", "45.0", "43", "42.963745"],
    }
)
COMMUNES = ["31555", "75056", None, None, "09122"]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def engine(store: Store, catalog: Catalog) -> Engine:
    day = parse_date(DAY)
    assert day is not None
    return Engine(store, catalog, Settings(), day, lambda _label, _done: None)


@pytest.fixture
def batch(
    home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the command in this process; give its code, stdout and stderr."""
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    monkeypatch.setattr("zonage_geo.many.engine.Engine", lambda *_: engine)  # made once

    def run(path: Path, out: Path, *words: str) -> tuple[int, str, str]:
        try:
            code = main(["batch", str(path), "-o", str(out), "--date", DAY, *words])
        except SystemExit as left:
            code = int(str(left.code))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def csv_bytes(
    frame: pd.DataFrame, sep: str = ",", encoding: str = "utf-8", newline: str = "\n"
) -> bytes:
    text = frame.to_csv(sep=sep, index=False, lineterminator=newline)
    return text.encode(encoding)


def read_csv(path: Path, sep: str = ",") -> pd.DataFrame:
    return pd.read_csv(path, sep=sep, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def expected(engine: Engine, frame: pd.DataFrame = PLACES) -> pd.DataFrame:
    """Give the answers of the room below, as text."""
    out = locate_frame(frame, find_places(frame), engine)[columns_of(engine)]
    return out.astype(object).where(out.notna(), None)


def as_text(frame: pd.DataFrame) -> list[list[str]]:
    """Give cells as text, so that formats compare."""

    def cell(value: object) -> str:
        if value is None or value is pd.NA or value != value:  # noqa: PLR0124  (NaN)
            return ""
        return f"{value:.6f}" if isinstance(value, float) else str(value)

    numbers = frame.copy()
    for name in ("zg_lon", "zg_lat"):
        if name in numbers:
            numbers[name] = pd.to_numeric(numbers[name]).astype(float)
    return [[cell(value) for value in row] for row in numbers.astype(object).to_numpy()]


def only(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# text


@pytest.mark.parametrize(
    ("sep", "encoding", "newline", "marked"),
    [
        (",", "utf-8", "\n", False),
        (";", "utf-8-sig", "\r\n", True),
        (";", "cp1252", "\r\n", True),
        ("\t", "utf-16", "\n", True),
        ("|", "utf-8", "\n", False),
    ],
)
def test_text_comes_back_cell_for_cell(
    batch: Run,
    engine: Engine,
    tmp_path: Path,
    sep: str,
    encoding: str,
    newline: str,
    marked: bool,  # noqa: FBT001
) -> None:
    path, out = tmp_path / "lieux.csv", tmp_path / "zones.csv"
    path.write_bytes(csv_bytes(PLACES, sep, encoding, newline))
    code, printed, said = batch(path, out)
    assert (code, printed) == (0, f"{out}\n")
    assert "2 lignes en erreur" in said
    data = out.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") == marked
    assert data.endswith(newline.encode())
    frame = read_csv(out, sep)
    assert list(frame.columns) == [*PLACES.columns, *columns_of(engine)]
    assert frame[list(PLACES.columns)].to_numpy().tolist() == PLACES.to_numpy().tolist()
    assert as_text(frame[columns_of(engine)]) == as_text(expected(engine))
    assert only(tmp_path) == {"lieux.csv", "zones.csv", "zones.csv.sources.txt"}


@pytest.mark.parametrize("packed", ["gz", "zip"])
def test_text_is_read_compressed(batch: Run, engine: Engine, tmp_path: Path, packed: str) -> None:
    path, out = tmp_path / f"lieux.csv.{packed}", tmp_path / "zones.csv"
    data = csv_bytes(PLACES, ";")
    if packed == "gz":
        path.write_bytes(gzip.compress(data))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("dossier/lieux.csv", data)
    assert batch(path, out)[0] == 0
    assert as_text(read_csv(out, ";")[columns_of(engine)]) == as_text(expected(engine))
    path.write_bytes(path.read_bytes()[:-30])
    code, _, said = batch(path, out, "--force")
    assert code == 2
    assert "Téléchargez" in said


def test_what_is_odd_in_text_is_kept_or_said(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "lieux.csv", tmp_path / "zones.csv"
    path.write_text("sep=;\nlon;lat;;nom;nom\n1,4440;43,6045;x;a;b;;\n\n2.347;48.859;y\n")
    code, _, said = batch(path, out)
    assert code == 0
    assert "colonne « nom » en double ou sans nom : appelée « nom_2 »" in said
    frame = read_csv(out, ";")
    assert list(frame.columns[:5]) == ["lon", "lat", "colonne_3", "nom", "nom_2"]
    assert frame["zg_commune"].tolist() == ["31555", "75056"]
    assert frame.iloc[:, :5].to_numpy().tolist() == [
        ["1,4440", "43,6045", "x", "a", "b"],
        ["2.347", "48.859", "y", "", ""],
    ]
    path.write_bytes(
        "nom,lon,lat\nÉté,1.444,43.6045\n".encode()
        + b"\xc9t\xe9,1.444,43.6045\n" * 1
        + "Été,1.4,43.6\n".encode() * 40
    )
    code, _, said = batch(path, out, "--force")
    assert "UTF-8 mêlé" in said
    assert read_csv(out)["nom"].tolist()[:2] == ["Été", "Été"]


def test_chunks_change_nothing(batch: Run, tmp_path: Path) -> None:
    path = tmp_path / "lieux.csv"
    path.write_bytes(csv_bytes(pd.concat([PLACES] * 4)))
    outs = [tmp_path / f"zones{n}.csv" for n in (1, 3, 100)]
    for out, chunk in zip(outs, ("1", "3", "100"), strict=True):
        assert batch(path, out, "--chunk", chunk)[0] == 0
    assert len({out.read_bytes() for out in outs}) == 1


def test_a_file_without_rows_gives_the_columns(batch: Run, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "lieux.csv"
    path.write_text("lon,lat\n")
    for suffix in (".csv", ".parquet", ".xlsx", ".geojson", ".gpkg"):
        out = tmp_path / f"zones{suffix}"
        code, _, said = batch(path, out)
        assert (code, "0 ligne" in said) == (0, True)
        names = list(back(out).columns)
        if suffix != ".geojson":  # which has columns only by its rows
            assert names == ["lon", "lat", *columns_of(engine)]


# every format


def back(path: Path) -> pd.DataFrame:
    """Read an output as another program would."""
    if path.suffix == ".csv":
        return read_csv(path, ";" if b";" in path.read_bytes().split(b"\n")[0] else ",")
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, engine="openpyxl", dtype=str)
    layer = "zonages" if path.suffix == ".gpkg" else None
    frame = pyogrio.read_dataframe(path, layer=layer)
    return pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".gpkg", ".xlsx", ".geojson"])
def test_every_output_says_the_same(
    batch: Run, engine: Engine, tmp_path: Path, suffix: str
) -> None:
    path, out = tmp_path / "lieux.parquet", tmp_path / f"zones{suffix}"
    frame = PLACES.assign(
        lon=pd.to_numeric(PLACES["lon"]),
        lat=pd.to_numeric(PLACES["lat"]),
        n=pd.array([1, None, 3, 4, 5], dtype="Int64"),
        nom=pd.Series(["=1+1", "été", None, "c", "d"], dtype=object),
    )
    frame.to_parquet(path, row_group_size=2)
    assert batch(path, out, "--chunk", "2")[0] == 0
    got = back(out)
    assert list(got.columns) == [*frame.columns, *columns_of(engine)]
    assert as_text(got[columns_of(engine)]) == as_text(expected(engine))
    assert as_text(got[["id", "nom"]]) == as_text(frame[["id", "nom"]])
    numbers = pd.to_numeric(got["n"]).tolist()
    assert [numbers[0], *numbers[2:]] == [1, 3, 4, 5]
    if suffix == ".csv":
        assert got["n"].tolist() == ["1", "", "3", "4", "5"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".gpkg", ".xlsx", ".geojson"])
def test_columns_of_any_type_go_through(batch: Run, tmp_path: Path, suffix: str) -> None:
    """Values that a format has no type for are texts there; none is lost, none stops it."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {
        "insee": pa.array([b"09122", None], pa.binary()), "list": pa.array([[1, 2], None]),
        "struct": pa.array([{"a": 1.5}, None]), "half": pa.array(np.array([1.5, 2], "f2")),
        "spell": pa.array([dt.timedelta(3), None]), "big": pa.array([2**64 - 1, 1], pa.uint64()),
        "inf": pa.array([float("inf"), None]), "bytes": pa.array([b"\xff", None]),
    }  # fmt: skip
    path, out = tmp_path / "in.parquet", tmp_path / f"out{suffix}"
    pq.write_table(pa.table(columns), path)
    code, _, said = batch(path, out)
    assert code == 0, said
    frame = back(out)
    assert len(frame) == 2
    if suffix == ".parquet":  # which keeps them
        return
    first = {name: str(frame[name].iloc[0]) for name in [*columns, "zg_commune"]}
    assert first == {
        "insee": "09122", "list": "1, 2", "struct": "a : 1.5", "half": "1.5",
        "spell": "3 days 00:00:00", "big": str(2**64 - 1), "inf": "inf", "bytes": "\\xff",
        "zg_commune": "09122",
    }  # fmt: skip


def test_parquet_keeps_its_types_and_has_dictionaries(
    batch: Run, engine: Engine, tmp_path: Path
) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "lon": pa.array([None, None, 1.444, 2.347], pa.float32()),
            "lat": pa.array([None, None, 43.6045, 48.859], pa.float64()),
            "jour": pa.array([None, 1, 2, 3], pa.date32()),
            "n": pa.array([2**62 + 1, None, 3, 4], pa.int64()),
            "tags": pa.array([["a"], None, [], ["b", "c"]], pa.list_(pa.string())),
            "zg_qpv": pa.array([1, 2, 3, 4]),
        }
    ).replace_schema_metadata({"mine": "kept"})
    path, out = tmp_path / "lieux.parquet", tmp_path / "zones.parquet"
    pq.write_table(table, path, row_group_size=1)
    assert batch(path, out, "--chunk", "1")[0] == 0
    got = pq.read_table(out)
    assert got.select(["lon", "lat", "jour", "n", "tags"]).equals(table.drop_columns("zg_qpv"))
    assert got.schema.metadata[b"mine"] == b"kept"
    assert got.column_names == ["lon", "lat", "jour", "n", "tags", *columns_of(engine)]
    kinds = {str(got.schema.field(name).type) for name in columns_of(engine)}
    assert kinds == {"dictionary<values=string, indices=int32, ordered=0>", "double"}
    assert got.column("zg_commune").to_pylist() == [None, None, "31555", "75056"]


def test_a_geopackage_has_points_in_degrees(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "lieux.csv", tmp_path / "zones.gpkg"
    path.write_bytes(csv_bytes(PLACES.assign(fid=["a", "b", "c", "d", "e"], geom="x")))
    assert batch(path, out, "--chunk", "2")[0] == 0
    info = pyogrio.read_info(out, layer="zonages")
    assert (info["crs"], info["geometry_type"], info["features"]) == ("EPSG:4326", "Point", 5)
    frame = gpd.read_file(out, layer="zonages")
    assert frame["fid"].tolist() == ["a", "b", "c", "d", "e"]
    assert frame.geometry.iloc[0] == shapely.Point(1.4440, 43.6045)
    assert frame.geometry.isna().tolist() == [False, False, False, True, False]
    assert [code if isinstance(code, str) else None for code in frame["zg_commune"]] == COMMUNES


# every input


def shaped(crs: int = 4326) -> gpd.GeoDataFrame:
    lon, lat = (pd.to_numeric(PLACES[name]).to_numpy() for name in ("lon", "lat"))
    points = np.asarray(shapely.points(lon, lat), dtype=object)
    points[np.isnan(lon)] = None
    frame = gpd.GeoDataFrame({"id": PLACES["id"]}, geometry=points, crs="EPSG:4326")
    frame["n"] = pd.array([1, None, 3, None, 5], dtype="Int64")
    return frame.to_crs(crs)


def write_input(path: Path, crs: int) -> None:
    if path.suffix == ".parquet":
        shaped(crs).to_parquet(path)
    elif path.suffix == ".xlsx":
        PLACES.assign(nom="x").to_excel(path, index=False, startrow=2)
    elif path.suffix == ".fgb":  # a spatial index would sort its features
        pyogrio.write_dataframe(shaped(crs), path, SPATIAL_INDEX="NO")
    else:
        shaped(4326 if path.suffix == ".geojson" else crs).to_file(path)


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.parquet", "a.xlsx", "a.fgb"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_every_input_is_answered_row_for_row(
    batch: Run, engine: Engine, tmp_path: Path, name: str, suffix: str
) -> None:
    path, out = tmp_path / name, tmp_path / f"zones{suffix}"
    write_input(path, 2154)
    code, _, said = batch(path, out, "--chunk", "2")
    assert code == 0, said
    got = back(out)
    assert got["id"].tolist() == PLACES["id"].tolist()
    if (name, suffix) == ("a.xlsx", ".csv"):  # for Excel in French
        assert got["zg_lon"].iloc[0] == "1,444"
        for degrees in ("zg_lon", "zg_lat"):
            got[degrees] = got[degrees].str.replace(",", ".")
    found = as_text(got[columns_of(engine)])
    for mine, theirs in zip(found, as_text(expected(engine)), strict=True):
        assert mine[:2] + mine[4:] == theirs[:2] + theirs[4:]
        if mine[2]:
            assert list(map(float, mine[2:4])) == pytest.approx(
                list(map(float, theirs[2:4])), abs=2e-6
            )
    if suffix == ".csv":
        assert out.read_bytes().startswith(b"\xef\xbb\xbf") == (name == "a.xlsx")
    if "n" in got:
        assert pd.to_numeric(got["n"]).fillna(-1).tolist() == [1, -1, 3, -1, 5]


def test_shapes_go_through_parquet(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "a.parquet", tmp_path / "b.parquet"
    shaped(2154).to_parquet(path)
    assert batch(path, out)[0] == 0
    assert batch(out, tmp_path / "c.gpkg")[0] == 0  # what was added is replaced
    same = gpd.read_parquet(out)
    assert same.crs == "EPSG:2154"
    assert same.geometry.iloc[0].equals(shaped(2154).geometry.iloc[0])
    shaped(2154).to_file(tmp_path / "a.gpkg")
    assert batch(tmp_path / "a.gpkg", tmp_path / "d.parquet")[0] == 0
    degrees = gpd.read_parquet(tmp_path / "d.parquet")
    assert degrees.crs is not None
    assert degrees.crs.is_geographic
    assert degrees.geometry.x.iloc[0] == pytest.approx(1.444, abs=1e-6)


def test_metres_of_a_table_are_said_or_refused(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "lieux.csv", tmp_path / "zones.csv"
    path.write_text("X;Y\n574357,21;6279642,97\n652381,02;6862047,05\n")
    code, _, said = batch(path, out)
    assert (code, out.exists()) == (2, False)
    assert "ne sont pas des degrés" in said
    assert "--crs EPSG:2154" in said
    for crs in ("EPSG:2154", "2154"):
        assert batch(path, out, "--crs", crs, "--force")[0] == 0
    assert read_csv(out, ";")["zg_commune"].tolist() == ["31555", "75056"]
    assert read_csv(out, ";")["X"].tolist() == ["574357,21", "652381,02"]


def test_commune_codes_of_any_form(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "lieux.csv", tmp_path / "zones.csv"
    codes = ["31555", "9122", "", "12076", "99999", "88888", "2a004", "3155"]
    path.write_text("Code commune\n" + "\n".join(f'"{code}"' for code in codes) + "\n")
    code, _, said = batch(path, out, "--insee", "Code commune")
    assert code == 0
    assert "1 code sur 4 chiffres : zéro rétabli (9122 lu 09122)." in said
    assert "1 ligne sans réponse, au code douteux. « 3155 » n’a que 4 chiffres" in " ".join(
        said.split()
    )
    assert "4 lignes en erreur" in said
    said = " ".join(said.split())
    assert "- 2 lignes, dont la première : aucune commune n'a porté le code 99999 depuis" in said
    assert (
        "- 1 × « 3155 » n'est pas un code INSEE de commune (5 caractères, par exemple 09029 ou"
        in said
    )
    frame = read_csv(out, ";")
    assert frame["zg_commune"].tolist() == ["31555", "09122", "", "12218", "", "", "2A004", ""]
    assert frame["Code commune"].tolist() == codes
    assert "Le zéro initial manque-t-il (03155)" in frame["zg_erreur"].iloc[7]
    assert batch(path, tmp_path / "z.gpkg", "--insee", "Code commune")[0] == 0
    assert pyogrio.list_layers(tmp_path / "z.gpkg")[:, 0].tolist() == ["zonages", "zg_sources"]
    info = pyogrio.read_info(tmp_path / "z.gpkg", layer="zonages")
    assert info["geometry_type"] is None
    assert batch(path, tmp_path / "z.geojson", "--insee", "Code commune")[0] == 0
    features = json.loads((tmp_path / "z.geojson").read_text("utf-8"))["features"]
    assert features[0]["geometry"] is None


def test_codes_on_four_digits_have_a_zero_only_where_zeros_were_lost(
    batch: Run, tmp_path: Path
) -> None:
    def communes(frame: pd.DataFrame, suffix: str) -> list[str]:
        path, out = tmp_path / f"lieux.{suffix}", tmp_path / "zones.csv"
        if suffix == "csv":
            frame.to_csv(path, index=False)
        else:
            getattr(frame, {"parquet": "to_parquet", "xlsx": "to_excel"}[suffix])(path, index=False)
        assert batch(path, out, "--force")[0] == 0
        sep = out.read_text("utf-8-sig").partition("zg_label")[0][-1]
        return read_csv(out, sep)["zg_commune"].tolist()

    numbers = pd.DataFrame({"insee": [9122, 31555, 3155]})
    for suffix in ("csv", "parquet", "xlsx"):
        assert communes(numbers, suffix) == ["09122", "31555", ""]
    kept = pd.DataFrame({"insee": ["09122", "1004"], "commune": ["Foix", None]})
    named = kept.assign(commune=["Foix", "AMBERIEU EN BUGEY"])
    for suffix in ("csv", "parquet", "xlsx"):
        assert communes(kept, suffix) == ["09122", ""]
        assert communes(named, suffix) == ["09122", "01004"]


def test_memberships_alone(batch: Run, engine: Engine, tmp_path: Path) -> None:
    path, out = tmp_path / "lieux.csv", tmp_path / "zones.csv"
    path.write_bytes(csv_bytes(PLACES))
    code, _, said = batch(path, out, "--sans-verdicts")
    assert code == 0
    assert "2 lignes hors de toute commune" in said
    frame = read_csv(out)
    assert list(frame.columns[4:]) == columns_of(engine, verdicts=False)
    assert frame["zg_commune"].tolist() == [code or "" for code in COMMUNES]
    told = next(line for line in said.splitlines() if "- FRR :" in line)
    rows = frame["zg_frr"].value_counts()
    assert f"FRR socle {rows['FRR socle']}" in told
    assert f"Non classée en FRR {rows['Non classée']}" in told  # by its name, not as inside
    gpkg = tmp_path / "zones.gpkg"
    assert batch(path, gpkg, "--sans-verdicts")[0] == 0
    assert pyogrio.list_layers(gpkg)[:, 0].tolist() == ["zonages", "zg_sources"]
    assert gpd.read_file(gpkg, layer="zonages").geometry.iloc[0] == shapely.Point(1.4440, 43.6045)


# what is refused


NOWHERE = "nom,lieu\na,1 place du Capitole\n"
GOOD = "lon,lat\n1.444,43.6045\n"


@pytest.mark.parametrize(
    ("text", "out", "words", "said"),
    [
        (NOWHERE, "z.csv", (), "Il faut deux colonnes de coordonnées en degrés (--lon COL --lat"),
        (NOWHERE, "z.csv", (), "ou des adresses (--adresse COL, --code-postal COL, --ville COL)"),
        (GOOD, "z.txt", (), "la sortie s'écrit en .csv, .parquet, .gpkg, .xlsx, .geojson"),
        (GOOD, "z", (), "la sortie s'écrit en"),
        (GOOD, "rien/z.csv", (), "pas de dossier"),
        (GOOD, "in.csv", ("--force",), "la sortie est le fichier lu"),
        (GOOD, "z.csv", ("--lon", "lon"), "--lon et --lat vont ensemble"),
        (GOOD, "z.csv", ("--lon", "x", "--lat", "lat"), "pas de colonne « x » (--lon)"),
        (GOOD, "z.csv", ("--insee", "lon", "--lon", "lon", "--lat", "lat"), "--insee ne va pas"),
        (GOOD, "z.csv", ("--insee", "lon", "--crs", "2154"), "--crs n’a pas de sens"),
        (GOOD, "z.csv", ("--sheet", "a"), "--sheet n’a pas de sens pour ce fichier"),
        (GOOD, "z.csv", ("--layer", "a"), "--layer n’a pas de sens pour ce fichier"),
        (GOOD, "z.csv", ("--crs", "EPSG:1"), "système de coordonnées « EPSG:1 » inconnu"),
        (
            GOOD,
            "z.csv",
            ("--crs", "2154"),
            "est en mètres, mais les coordonnées semblent en degrés",
        ),
        (GOOD, "z.csv", ("--encoding", "klingon"), "encodage « klingon » inconnu"),
        ("lon,lat\né,1\n", "z.csv", ("--encoding", "ascii"), "n’est pas de l’encodage ascii"),
        (GOOD, "z.csv", ("--chunk", "0"), "--chunk 0 : un nombre entier, d'au moins 1"),
        (GOOD, "z.csv", ("--threads", "deux"), "--threads deux : un nombre entier"),
        (GOOD, "z.csv", ("--date", "demain"), "« demain » n'est pas une date"),
        (GOOD, "z.parquet", ("--workers", "2"), "répartissent du Parquet"),
        (GOOD, "z.csv", ("--workers", "2"), "la sortie s'écrit en .parquet, ou dans un dossier"),
        (GOOD, "z.parquet", ("--workers", "2", "--scheduler", "tcp://x:1"), "ne vont pas ensemble"),
        (
            "lat,lon\n1.4440,43.6045\n2.1,48.9\n",
            "z.csv",
            (),
            "latitude et longitude sont échangées",
        ),
        (GOOD + "1,2,3\n", "z.csv", (), "in.csv, ligne 3 : 3 cellules au lieu de 2"),
        (GOOD + '"1,2\n' + "3\n" * 70 + '",4\n', "z.csv", (), "un guillemet n’est pas refermé"),
        ("", "z.csv", (), "fichier vide"),
        ("\n\n", "z.csv", (), "fichier vide"),
    ],
)
def test_a_refusal_says_why_and_leaves_nothing(
    batch: Run, tmp_path: Path, text: str, out: str, words: Sequence[str], said: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(text, encoding="utf-8")
    code, printed, told = batch(path, tmp_path / out, *words)
    assert (code, printed) == (2, "")
    assert told.startswith("zonage_geo : ")
    assert said in told
    assert only(tmp_path) == {"in.csv"}
    assert path.read_text(encoding="utf-8") == text


def test_an_output_is_replaced_only_when_asked(batch: Run, home: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(GOOD)
    out.write_text("mine")
    code, _, said = batch(path, out)
    assert (code, out.read_text()) == (2, "mine")
    assert "existe déjà : ajoutez --force" in said
    assert batch(path, out, "--force")[0] == 0
    assert out.read_text().startswith("lon,lat,zg_label")
    (tmp_path / "dossier.csv").mkdir()
    assert "est un dossier" in batch(path, tmp_path / "dossier.csv", "--force")[2]
    store = tmp_path / "magasin.gpkg"
    shutil.copy(home / "processed" / "zonage.gpkg", store)
    size = store.stat().st_size
    assert "est un magasin zonage_geo" in batch(path, store, "--force")[2]
    assert store.stat().st_size == size
    (tmp_path / "autre.gpkg").write_text("text")
    assert batch(path, tmp_path / "autre.gpkg", "--force")[0] == 0
    link = tmp_path / "lien.csv"
    link.symlink_to(path)
    assert "la sortie est le fichier lu" in batch(path, link, "--force")[2]


def test_files_that_hold_no_points(batch: Run, tmp_path: Path) -> None:
    out = tmp_path / "z.csv"
    assert "fichier introuvable" in batch(tmp_path / "rien.csv", out)[2]
    box = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.box(1, 43, 2, 44)], crs=4326)
    box.to_file(tmp_path / "box.gpkg")
    assert "des points sont attendus" in batch(tmp_path / "box.gpkg", out)[2]
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing")
    assert "fichier illisible" in batch(tmp_path / "bad.parquet", out)[2]
    several = gpd.GeoDataFrame(
        {"a": [1, 2]},
        geometry=[shapely.MultiPoint([(1.444, 43.6045)]), shapely.MultiPoint([(1, 2), (3, 4)])],
        crs=4326,
    )
    several.to_file(tmp_path / "several.gpkg")
    assert batch(tmp_path / "several.gpkg", out)[0] == 0
    assert read_csv(out)["zg_commune"].tolist() == ["31555", ""]
    bare = gpd.GeoDataFrame({"a": [1, 2]}, geometry=several.geometry.to_numpy())
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        bare.to_file(tmp_path / "bare.shp")
    assert "aucun système de coordonnées" in batch(tmp_path / "bare.shp", out, "--force")[2]
    assert batch(tmp_path / "bare.shp", out, "--force", "--crs", "4326")[0] == 0


@pytest.mark.parametrize(("module", "suffix"), [("pyarrow", ".parquet"), ("openpyxl", ".xlsx")])
def test_a_missing_extra_is_named(
    batch: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    suffix: str,
) -> None:
    path, out = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    path.write_text(GOOD)
    for name in [module, f"{module}.parquet"]:
        monkeypatch.setitem(sys.modules, name, None)
    code, _, said = batch(path, out)
    assert (code, only(tmp_path)) == (2, {"in.csv"})
    assert f"demande {module} : python -m pip install {module}\n" in said


def test_a_sheet_that_cannot_hold_the_rows(
    batch: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.xlsx"
    path.write_bytes(csv_bytes(PLACES))
    monkeypatch.setattr(batch_outputs, "EXCEL_ROWS", 5)
    code, _, said = batch(path, out, "--chunk", "2")
    assert (code, only(tmp_path)) == (2, {"in.csv"})
    assert "une feuille de calcul n'a que 5 lignes" in said


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_control_c_leaves_no_half_file(home: Path, tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(b"lon,lat\n" + b"1.444,43.6045\n" * 400_000)
    words = ["batch", str(path), "-o", str(out), "--chunk", "1000"]
    command = [sys.executable, "-m", "zonage_geo", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(home)
    ) as process:
        while process.poll() is None and len(only(tmp_path)) < 2:
            pass  # until it writes
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed) == (130, b"")
    assert said.decode().endswith("\nzonage_geo : interrompu.\n")
    assert only(tmp_path) == {"in.csv"}


def test_help_teaches_in_french(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit, match="0"):
        main(["batch", "--help"])
    said = capsys.readouterr().out
    assert said.startswith("usage : python -m zonage_geo batch [-h] -o SORTIE")
    english = r"usage:|positional|optional|options:|arguments:|show|this|exit\b|default\b|command\b"
    assert not re.search(english, said)
    assert max(map(len, said.splitlines())) <= 96


# the account


def test_a_sheet_keeps_numbers_dates_and_booleans(batch: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    rows = [
        ["Code INSEE", "part", "n", "quand", "heure", "ok", "dossier"],
        ["09122", 1.942, 12, dt.datetime.fromisoformat("2025-03-01"), dt.time(8, 30), True, "007"],
        ["31555", 0.5, 3, dt.datetime.fromisoformat("2025-03-01T10:05"), None, False, "=1+1"],
        ["2A004", "n.d.", 0, "hier", None, None, "1.50"],
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.active["G3"].data_type = "s"
    book.save(path)
    assert batch(path, tmp_path / "out.xlsx")[0] == 0
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert [list(row[:7]) for row in sheet.iter_rows(values_only=True)] == rows
    about = openpyxl.load_workbook(tmp_path / "out.xlsx")["À savoir"].iter_rows(values_only=True)
    told = list(about)
    assert told[0] == ("sujet", "détail")
    assert told[1] == ("date demandée", "01/06/2025")
    assert dict(told)["fichier lu"] == "in.xlsx"
    assert dict(told)["colonnes"] == "Lieux lus dans : Code INSEE."
    assert any(subject == "Zonage médecins" and "Publié par" in said for subject, said in told)
    assert told[-1] == ("avertissement", NOTICE)
    assert batch(tmp_path / "out.xlsx", tmp_path / "again.csv")[0] == 0  # one sheet of data
    assert batch(path, tmp_path / "out.csv")[0] == 0
    text = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()
    assert text[1].startswith("09122;1,942;12;2025-03-01;08:30:00;VRAI;007;")
    assert text[2].startswith("31555;0,5;3;2025-03-01T10:05:00;;FAUX;=1+1;")
    assert text[3].startswith("2A004;n.d.;0;hier;;;1.50;")


def test_degrees_of_a_sheet_have_a_comma_in_text(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "in.xlsx", tmp_path / "out.csv"
    pd.DataFrame({"insee_id": [9122], "lon": [1.444], "lat": [43.6045]}).to_excel(path, index=False)
    assert batch(path, out)[0] == 0
    row = read_csv(out, ";").iloc[0]
    assert row[["lon", "lat", "zg_lon", "zg_lat"]].tolist() == ["1,444", "43,6045"] * 2
    assert row["zg_commune"] == "31555"


def test_codes_that_a_sheet_made_numbers_have_their_zero(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "in.xlsx", tmp_path / "out.csv"
    pd.DataFrame({"insee": [9122, 31555], "n": [1, 2]}).to_excel(path, index=False)
    assert batch(path, out)[0] == 0
    assert read_csv(out, ";")["zg_commune"].tolist() == ["09122", "31555"]


CODES = ["31555", "75056", "09122", "13055", "2A004", "69123"]
POSTAL = ["31000", "75001", "09000", "13001", "20000", "69100"]


@pytest.mark.parametrize(
    ("columns", "read", "others"),
    [
        ({"Code INSEE": CODES}, ["Code INSEE"], []),
        ({"CODE_COMMUNE_INSEE": CODES, "n": POSTAL}, ["CODE_COMMUNE_INSEE"], []),
        ({"code": CODES, "code commune": CODES}, ["code commune"], ["code"]),
        ({"id": CODES, "code": CODES}, ["code"], []),
        ({"code": POSTAL}, None, []),
        ({"code commune": POSTAL}, None, []),
        ({"Code postal": CODES}, None, []),
        ({"code": ["A1", "B2", "C3", "D4", "E5", "F6"]}, None, []),
        ({"code": CODES, "lon": ["1.4"] * 6, "Latitude": ["43"] * 6}, ["lon", "Latitude"],
         ["code"]),
        ({"code commune": POSTAL, "code": CODES}, ["code"], []),
        ({"code": CODES, "adresse": POSTAL}, ["adresse"], ["code"]),
    ],
)  # fmt: skip
def test_commune_codes_are_found_by_name_and_value(
    tmp_path: Path, columns: dict[str, list[str]], read: list[str] | None, others: list[str]
) -> None:
    frame, path = pd.DataFrame(columns), tmp_path / "in.csv"
    path.write_bytes(csv_bytes(frame))
    if read is None:
        with pytest.raises(ReadError, match="rien ne dit où"):
            prepare(path, Asked())
        with pytest.raises(InputError, match="aucune colonne"):
            find_places(frame)
        return
    said = columns_line(prepare(path, Asked()), Asked())
    left = f" ; non utilisées : {', '.join(others)}" if others else ""
    assert said == f"Lieux lus dans : {', '.join(read)}{left}."
    if len(read) == 1 and "adresse" not in columns:
        assert find_places(frame).insee.tolist() == CODES  # type: ignore[union-attr]


def test_a_named_code_decides_among_addresses_and_leaves_points_said(tmp_path: Path) -> None:
    path, asked = tmp_path / "in.csv", Asked(insee="C")
    path.write_text("C;adresse;code postal;ville\n31555;x;31000;Toulouse\n")
    said = columns_line(prepare(path, asked), asked)
    assert said == "Lieux lus dans : C, adresse, code postal, ville."
    path.write_text("C;adresse;longitude;latitude\n31555;x;1;43\n")
    said = columns_line(prepare(path, asked), asked)
    assert said == "Lieux lus dans : C ; non utilisées : adresse, longitude, latitude."
    with pytest.raises(ReadError, match="pas de colonne"):
        prepare(path, Asked(insee="D"))


def test_the_account_counts_every_row(batch: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(csv_bytes(pd.concat([PLACES] * 3)))
    code, _, said = batch(path, out, "--chunk", "4")
    assert code == 0
    assert said.startswith("zonage_geo : Lieux lus dans : lon, lat.\n")
    lines = said.splitlines()[1:]
    assert lines[0] == "zonage_geo : in.csv → out.csv, 15 lignes, au 01/06/2025."
    assert lines[1] == "  6 lignes en erreur (colonne zg_erreur) :"
    assert "  - 3 × Pas de coordonnées, ou qui ne sont pas des degrés." in lines
    frame = read_csv(out)
    table = {
        line[2:28].strip(): list(map(int, line[28:].split()))
        for line in lines
        if re.search(r"\d +\d+ +\d+$", line)
    }
    assert table["FRR"] == [
        int((frame["zg_frr_verdict"] == verdict).sum()) for verdict in ("oui", "non", "indéterminé")
    ]
    assert all(sum(figures) == 9 for figures in table.values())
    assert max(map(len, lines)) <= 100
    batch(out, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == out.read_bytes()


def test_errors_of_a_kind_are_counted_together_with_the_first_of_them(catalog: Catalog) -> None:
    said = "« {} » n'est pas un code INSEE de commune (5 caractères, par exemple 09029 ou 2A004)."
    rows = [
        "« Nulleville » : commune introuvable.", None,
        said.format("9122") + " Le zéro manque-t-il ?", said.format("abc"),
    ]  # fmt: skip
    names = [f"zg_{layer}_verdict" for layer in catalog.layers]
    added = pd.DataFrame({"zg_erreur": rows, "zg_commune": None} | dict.fromkeys(names))
    tally = Tally()
    for part in (added.iloc[:1], added.iloc[1:].astype({"zg_erreur": "category"})):
        one = Tally()
        one.count(part, catalog, verdicts=True)
        tally.add(one)
    kinds = [
        sentence for subject, sentence in account_facts(tally, catalog) if subject == "en erreur"
    ]
    assert kinds == [
        f"2 lignes, dont la première : {said.format('9122')}",
        "1 × « Nulleville » : commune introuvable.",
    ]


def test_many_kinds_of_errors_are_cut_short(catalog: Catalog, tmp_path: Path) -> None:
    tally, more = Tally(rows=5, failed=3), Tally(rows=4, failed=4)
    for n in range(6):
        more.errors[f"cause {n}"] += n + 1
    tally.add(more)
    day = parse_date(DAY)
    assert day is not None
    text = account_text(tally, tmp_path / "a", tmp_path / "b", catalog, day)
    assert "9 lignes" in text
    assert "3 × autres causes." in text


def test_a_prepared_file_tells_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Longitude;Latitude\n1;2\n")
    assert prepare(path, Asked()).columns == ("Longitude", "Latitude")
    path.write_text("a\nb\n")
    with pytest.raises(ReadError, match="rien ne dit où"):
        prepare(path, Asked())


def test_a_cell_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("lon,lat\n" + "1" * 200_000 + ",2\n")
    limit = csv.field_size_limit(1 << 30)  # whatever others set: building a store raises it
    try:
        with pytest.raises(ReadError, match="démesurée"):
            list(open_text(Source(path, kind="text"), Asked()).chunks())
    finally:
        csv.field_size_limit(limit)

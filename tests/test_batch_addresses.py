"""Files of addresses in, the same rows with their zones out."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from pytest_httpserver import HTTPServer

import zonage_geo as zg
from tests.drawn import Shape, draw, square
from tests.served import collection, feature, serve_csv
from zonage_geo.batch.addresses import AddressColumns, Addresses, address_columns
from zonage_geo.batch.model import Asked, Chunk, Input
from zonage_geo.cli import main
from zonage_geo.dates import parse_date
from zonage_geo.errors import InputError
from zonage_geo.geocoding import Filters, LocalGeocoder, open_geocoder
from zonage_geo.geocoding.rows import RowGeocoder
from zonage_geo.locate import Query, locate
from zonage_geo.settings import Settings
from zonage_geo.store import Store

pytestmark = pytest.mark.package_data

ROOT = Path(__file__).resolve().parents[1]
DAY = "2025-05-15"
Run = Callable[..., tuple[int, list[dict[str, str]], str]]


@pytest.fixture
def run(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Give what runs ``batch`` on a text: its exit code, the rows it writes, what it says."""
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))

    def run(text: str | bytes, *words: str) -> tuple[int, list[dict[str, str]], str]:
        path, out = tmp_path / "in.csv", tmp_path / "out.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            code = main(["batch", str(path), "-o", str(out), "--date", DAY, "--force", *words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig")))) if not code else []
        return code, rows, capsys.readouterr().err

    return run


# --- columns ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("id,adresse,cp,ville", (("adresse",), "cp", "ville", None)),
        ("Adresse;Code Postal;Commune", (("Adresse",), "Code Postal", "Commune", None)),
        ("numero,rep,type_voie,nom_voie,code_postal,lib_com",
         (("numero", "rep", "type_voie", "nom_voie"), "code_postal", "lib_com", None)),
        ("adresse,insee", (("adresse",), None, None, "insee")),
        ("rue,localité", (("rue",), None, "localité", None)),
        ("cp,ville", ((), "cp", "ville", None)),
        ("cp,ville,insee", None),
        ("adresse,lon,lat", None),
        ("insee", None),
        ("cp", None),
        ("nom", None),
    ],
)  # fmt: skip
def test_columns_are_found_by_their_names(columns: str, found: tuple[Any, ...] | None) -> None:
    names = tuple(columns.replace(";", ",").split(","))
    source = Input("x.csv", names, lambda: iter(()))
    expected = None if found is None else AddressColumns(*found)
    assert address_columns(source, Asked()) == expected


def test_columns_that_are_named_come_first(run: Run) -> None:
    code, rows, _ = run(
        "lon,lat,adresse,n,ou\n2.35,48.85,Paris,1,place du Capitole Toulouse\n",
        "--adresse", "n", "--adresse", "ou",
    )  # fmt: skip
    assert (code, rows[0]["zg_commune"], rows[0]["zg_precision"]) == (0, "31555", "numero")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--adresse", "rue"], "pas de colonne « rue » (--adresse). Colonnes : adresse, lon, lat."),
        (["--adresse", "adresse", "--code-postal", "cp"], "(--code-postal)"),
        (["--adresse", "adresse", "--lon", "lon", "--lat", "lat"], "choisissez"),
        (["--adresse", "adresse", "--sans-verdicts"], "--sans-verdicts ne vaut que pour"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_is_refused(run: Run, words: list[str], said: str) -> None:
    code, _, err = run("adresse,lon,lat\nFoix,1.6,42.9\n", *words)
    assert code == 2
    assert said in err


# --- rows ------------------------------------------------------------------------------


def test_one_row_out_for_a_row_in_in_order_its_columns_untouched(run: Run) -> None:
    text = (
        "id,adresse,cp,ville,insee\n"
        "001,1 place du Capitole,31000,Toulouse,\n"
        "002,,09000,Foix,\n"
        "003,,,,\n"
        "004,rue Haute,,Saint-Denis,\n"
        '005,"1 place\tdu Capitole, Toulouse",,,31555\n'
        "001,1 place du Capitole,31000,Toulouse,\n"
        "006,45 cours Gabriel Fauré,9000,FOIX CEDEX,\n"
        "007,,,,9122\n"
        "008,12 rue des Zorglubs,31000,Toulouse,\n"
    )
    code, rows, err = run(text)
    assert code == 0
    assert [row["id"] for row in rows] == [
        "001",
        "002",
        "003",
        "004",
        "005",
        "001",
        "006",
        "007",
        "008",
    ]
    assert [row["cp"] for row in rows][6] == "9000"
    assert [row["zg_commune"] for row in rows] == [
        "31555", "09122", "", "", "31555", "31555", "09122", "09122", "31555",
    ]  # fmt: skip
    assert [row["zg_precision"] for row in rows] == [
        "numero", "commune", "", "", "numero", "numero", "numero", "commune", "commune",
    ]  # fmt: skip
    assert rows[0] == rows[5]
    assert [bool(row["zg_erreur"]) for row in rows] == [n in (2, 3) for n in range(9)]
    assert rows[3]["zg_erreur"].startswith("« Saint-Denis » : 4 communes portent ce nom")
    assert "Saint-Denis (Seine-Saint-Denis, 93066)" in rows[3]["zg_erreur"]
    assert rows[1]["zg_frr"] == "FRR socle"
    assert "2 lignes en erreur" in err
    assert "4 au numéro" in err
    assert "2 introuvables ou ambiguës" in err
    assert "1 introuvable ou ambiguë." in run("adresse\n1 rue de Nulle-Part 99999 Rienville\n")[2]


def test_columns_that_contradict_the_code_are_to_check(run: Run) -> None:
    text = (
        "adresse,cp,ville,insee\n"
        "12 rue de Metz,,Foix,31555\n"
        ",09000,,31555\n"
        "12 rue de Foix,31000,Toulouse,31555\n"
        "Foix,,,31555\n"
    )
    code, rows, _ = run(text)
    assert code == 0
    assert {row["zg_commune"] for row in rows} == {"31555"}
    said = [" ".join(row[name] for name in row if name.endswith("_motif")) for row in rows]
    assert ["(Toulouse) a été suivi." in one for one in said] == [True, True, False, True], said


def test_a_code_cut_short_beside_an_address_does_not_decide(run: Run) -> None:
    """3155 is 31555 cut, unless the file lost its zeros or the name beside says 03155's."""
    code, rows, err = run(
        "adresse,ville,insee\nrue Haute,,31555\nrue Haute,,3155\nrue Haute,Toulouse,3155\n"
    )
    assert code == 0
    assert [row["zg_commune"] for row in rows] == ["31555", "", ""]
    assert rows[1]["zg_erreur"].startswith("« 3155 » n'est pas un code INSEE de commune")
    assert "2 lignes sans réponse, au code douteux. « 3155 » n’a que 4 chiffres" in err
    code, rows, err = run("adresse,ville,insee\nrue Haute,Foix,9122\nrue Haute,,9029\n")
    assert [row["zg_commune"] for row in rows] == ["09122", "09029"]
    assert "2 codes sur 4 chiffres : zéro rétabli (9122 lu 09122)" in err


def test_a_row_answers_as_locate_would(home: Path, tmp_path: Path) -> None:
    """With a perimeter drawn at the door, so that position and radius count."""
    shapes = [Shape("QN03199X", square(1.4431, 43.6041, 150.0)),
              Shape("QN03198X", square(1.4431, 43.6041, 4000.0, north_m=9000.0))]  # fmt: skip
    store = draw(home, tmp_path, shapes)
    catalog, settings = store.catalog(), Settings(home=tmp_path)
    day = parse_date(DAY)
    assert day is not None
    items = [
        ("1 place du Capitole", "31000", "Toulouse"), ("place du Capitole", "", "Toulouse"),
        ("", "31000", ""), ("", "09000", ""), ("x", "12320", "Conques"), ("", "", "Paris 15"),
        ("45 cours Gabriel Fauré", "09000", "Foix"), ("", "75001", "Lyon"),
    ]  # fmt: skip
    frame = pd.DataFrame(items, columns=["a", "c", "v"], dtype=object)
    local = open_geocoder(store, catalog, settings, lambda _: None, offline=True)
    made = Addresses(
        store, catalog, settings, day, AddressColumns(("a",), "c", "v"),
        RowGeocoder(local, catalog.limits),
    )  # fmt: skip
    added = made.answer(Chunk(frame)).added
    for row, (street, postcode, city) in zip(added.to_dict("records"), items, strict=True):
        text = f"{street}, {postcode} {city}".strip(" ,")
        if not row["zg_precision"] == row["zg_precision"]:  # noqa: SIM201  (NaN)
            assert (street, postcode, city) == items[-1]
            continue
        there = locate(store, catalog, Query(text), day, settings=settings, geocoder=local)
        assert row["zg_label"] == there.place.label
        for zone in there.zones:
            name = f"zg_{zone.layer.id}"
            assert row[f"{name}_verdict"] == str(zone.verdict), (text, name)
            assert row[f"{name}_code"] == str(zone.reason_code), (text, name)
    assert added["zg_qpv_code"].iloc[0] == "near_zone_border"
    store.close()


@pytest.mark.parametrize(
    "cell",
    ["x" * 300, "42", "😀", "'; DROP TABLE lieux; --", '"', "*", "NEAR(a b)", "rue OR place",
     "y" * 10_000_000],
)  # fmt: skip
def test_a_cell_that_is_no_address_is_a_row_in_error(run: Run, cell: str) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([["id", "adresse"], ["1", cell], ["2", "Foix"]])
    code, rows, err = run(stream.getvalue())
    if code == 2:  # Python's own limit, which others may have raised
        assert len(cell) > 100_000
        assert "une cellule est démesurée" in err
        return
    assert (code, len(rows), rows[1]["zg_commune"]) == (0, 2, "09122")
    assert rows[0]["zg_erreur"]
    assert len(rows[0]["zg_erreur"]) < 700


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_accents_of_any_encoding(run: Run, encoding: str) -> None:
    code, rows, _ = run(
        "adresse,ville\n45 cours Gabriel Fauré,Foix\n,Gaillac-Toulza\n".encode(encoding)
    )
    assert (code, [row["zg_commune"] for row in rows]) == (0, ["09122", "31206"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_full_disk_is_said_and_leaves_nothing(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    suffix: str,
) -> None:
    pytest.importorskip("openpyxl")
    pytest.importorskip("pyarrow")
    path, out = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    path.write_text("adresse\n" + "Foix\nToulouse\n" * 400, encoding="utf-8")
    monkeypatch.setattr("zonage_geo.colophon.unfinished.secrets.token_hex", lambda _: "x")
    (tmp_path / f".out.x{suffix}").symlink_to("/dev/full")  # what it writes to until the end
    assert main(["batch", str(path), "-o", str(out), "--date", DAY]) == 2
    assert "écriture impossible (le disque est plein)" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["in.csv"]


def test_a_file_without_rows_is_a_file_without_rows(run: Run) -> None:
    code, rows, err = run("adresse,ville\n")
    assert (code, rows) == (0, [])
    assert "0 ligne" in err


# --- formats ---------------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "adresse": ["45 cours Gabriel Fauré", "1 place du Capitole", None],
        "code postal": ["09000", "31000", "01000"],
        "ville": ["Foix", "Toulouse", "Bourg-en-Bresse"],
        "téléphone": ["0561000000", "0561000001", None],
    }
)
WRITE: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    ".xlsx": lambda frame, path: frame.to_excel(path, index=False),
    ".parquet": lambda frame, path: frame.to_parquet(path),
    ".gpkg": lambda frame, path: gpd.GeoDataFrame(
        frame, geometry=gpd.points_from_xy([0, 1, 2], [0, 1, 2]), crs="EPSG:4326"
    ).to_file(path),
}
READ: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": lambda path: pd.read_csv(path, sep=None, engine="python", dtype=str),
    ".xlsx": lambda path: pd.read_excel(path, dtype=str, engine="calamine"),
    ".parquet": pd.read_parquet,
    ".gpkg": lambda path: pd.DataFrame(gpd.read_file(path, layer="zonages")),
}


@pytest.mark.parametrize("before", WRITE)
@pytest.mark.parametrize("after", READ)
def test_leading_zeros_survive_from_any_format_to_any(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    pytest.importorskip("openpyxl")
    pytest.importorskip("pyarrow")
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    path, out = tmp_path / f"in{before}", tmp_path / f"out{after}"
    WRITE[before](FRAME, path)
    named = ["--adresse", "adresse", "--code-postal", "code postal", "--ville", "ville"]
    assert main(["batch", str(path), "-o", str(out), "--date", DAY, *named]) == 0
    frame = READ[after](out)
    assert list(frame["code postal"]) == ["09000", "31000", "01000"]
    assert list(frame["téléphone"])[:2] == ["0561000000", "0561000001"]
    assert list(frame["zg_commune"]) == ["09122", "31555", "01053"]
    assert list(frame["zg_precision"]) == ["numero", "numero", "commune"]


def test_codes_that_a_spreadsheet_made_numbers(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openpyxl")
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    frame = pd.DataFrame({"adresse": ["rue A", "rue B"], "insee": [9122, None], "cp": [None, 1000]})
    frame.to_excel(tmp_path / "in.xlsx", index=False)
    out = tmp_path / "out.csv"
    assert main(["batch", str(tmp_path / "in.xlsx"), "-o", str(out), "--date", DAY]) == 0
    found = pd.read_csv(out, sep=";", dtype=str)
    assert found["zg_commune"][0] == "09122"
    assert found["zg_label"][1] == "code postal 01000"


# --- online ----------------------------------------------------------------------------


def door(row: dict[str, str]) -> dict[str, Any]:
    number = row["q"].split()[0]
    return {
        "longitude": "1.444", "latitude": f"43.60{int(number) % 10}", "result_label": row["q"],
        "result_score": "0.9", "result_score_next": "0.3", "result_type": "housenumber",
        "result_housenumber": number, "result_street": "Rue de Metz",
        "result_citycode": row.get("citycode", ""),
    }  # fmt: skip


def test_a_file_is_sent_in_pieces_each_address_once(
    run: Run, served_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(served_home))
    seen = serve_csv(httpserver, door)
    text = "adresse,ville\n" + "".join(f"{n % 5 + 1} rue de Metz,Toulouse\n" for n in range(20))
    text += ",Foix\n"
    code, rows, err = run(text)
    assert code == 0
    assert [len(piece) for piece in seen] == [5]
    assert [row["zg_precision"] for row in rows] == ["numero"] * 20 + ["commune"]
    assert [row["zg_lat"] for row in rows[:5]] == ["43.601", "43.602", "43.603", "43.604", "43.605"]
    assert err.count("adresse envoyée") == 1
    assert "5 demandes en ligne" in err
    assert run(text)[1] == rows
    assert len(seen) == 1  # kept
    assert run(text, "--offline")[1][0]["zg_precision"] == "commune"


def test_a_row_that_may_have_rivals_is_asked_alone(
    run: Run, served_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(served_home))
    serve_csv(httpserver, lambda row: {
        **door({**row, "q": "1 x"}), "result_type": "street", "result_street": "Place de la Mairie",
        "result_citycode": "06080", "result_score_next": "0.9", "result_label": "x",
    })  # fmt: skip
    halls = [
        feature(f"Place de la Mairie {c}", c, name="Place de la Mairie") for c in ("06080", "06072")
    ]
    httpserver.expect_request("/search/").respond_with_data(collection(*halls))
    code, rows, _ = run("adresse,cp\nplace de la mairie,06420\n")
    assert code == 0
    assert rows[0]["zg_erreur"] == (
        "Plusieurs adresses possibles : précisez la commune. Les plus proches : Place de la Mairie "
        "06080 ; Place de la Mairie 06072."
    )


def test_a_server_that_fails_leaves_rows_to_what_is_known_here(
    run: Run, served_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(served_home))
    httpserver.expect_request("/search/csv/").respond_with_data("non", status=400)
    code, rows, err = run("adresse,ville\n1 place du Capitole,Toulouse\n2 rue de Metz,Toulouse\n")
    assert (code, [row["zg_precision"] for row in rows]) == (0, ["numero", "commune"])
    assert err.count("pas de géocodage en ligne") == 1
    assert "2 adresses à demander en ligne ne l'ont pas été" in err


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_a_batch_that_was_killed_is_taken_up_where_it_stopped(
    served_home: Path, httpserver: HTTPServer, tmp_path: Path
) -> None:
    """Each answered row is asked once, over both runs."""
    hold = threading.Event()
    answered: list[str] = []

    def gate(row: dict[str, str]) -> dict[str, Any]:
        if int(row["q"].split()[0]) > 2000 and not hold.is_set():
            third.set()
            hold.wait(20)
        answered.append(row["q"])
        return door(row)

    third = threading.Event()
    serve_csv(httpserver, gate)
    path, out = tmp_path / "many.csv", tmp_path / "zones.csv"
    rows = "".join(f"{n} rue de Metz,Toulouse\n" for n in range(1, 2501))
    path.write_text("adresse,ville\n" + rows, encoding="utf-8")
    command = [sys.executable, "-m", "zonage_geo", "batch", str(path), "-o", str(out)]
    environ = {**os.environ, "ZONAGE_GEO_HOME": str(served_home), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    assert third.wait(60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    hold.set()
    assert not out.exists()
    first = [q for q in answered if int(q.split()[0]) <= 2000]
    assert len(first) == 2000
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    again = answered[answered.index("2001 rue de metz Toulouse") :]
    assert {int(q.split()[0]) for q in again} == set(range(2001, 2501))
    written = pd.read_csv(out, dtype=str)
    assert list(written["zg_precision"]) == ["numero"] * 2500


# --- a real file -----------------------------------------------------------------------


@pytest.mark.shared_data
def test_public_offices_by_their_address(
    run: Run, store: Store, shared: Path, tmp_path: Path
) -> None:
    with (shared / "adresses" / "france_services_2024.csv").open(encoding="utf-8-sig") as stream:
        offices = list(csv.DictReader(stream))
    stream_out = io.StringIO()
    names = ["id_fs", "adresse", "code_postal", "lib_com"]
    writer = csv.DictWriter(stream_out, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(offices)
    code, rows, err = run(stream_out.getvalue())
    assert (code, len(rows)) == (0, 2845)
    wrong = [
        (office["id_fs"], row["zg_label"])
        for office, row in zip(offices, rows, strict=True)
        if row["zg_commune"]
        and not store.timeline.at(row["zg_commune"], "2025-01-01", "2024-01-01")
        & {office["insee_com"], row["zg_commune"]}
    ]
    assert wrong == []
    assert sum(bool(row["zg_commune"]) for row in rows) >= 2830
    assert "Adresses : " in err


def test_a_frame_of_addresses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pa = pytest.importorskip("pyarrow")
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    atlas = zg.open(date=DAY)
    frame = FRAME.set_index("téléphone").assign(n=[1, 2, 3], zg_label="x")
    at: dict[str, Any] = {"adresse": "adresse", "code_postal": "code postal", "ville": "ville"}
    out = atlas.locate_many(frame, **at)
    assert list(out.index) == list(frame.index)
    assert list(out["zg_commune"]) == ["09122", "31555", "01053"]
    assert list(out.columns).count("zg_label") == 1
    table = atlas.locate_many(pa.table({"v": ["Foix", "xqzw"]}), ville="v")
    assert table.column("zg_commune").to_pylist() == ["09122", None]
    with pytest.raises(InputError, match="ligne 1 : "):
        atlas.locate_many(pd.DataFrame({"v": ["Foix", "xqzw"]}), ville="v", on_invalid="raise")
    refused: list[dict[str, Any]] = [
        {"ville": "w"},
        {"ville": "v", "verdicts": False},
        {"ville": "v", "lon": "v"},
    ]
    for wrong in refused:
        with pytest.raises(InputError):
            atlas.locate_many(pd.DataFrame({"v": ["Foix"]}), **wrong)


def test_row_geocoder_asks_the_local_one_alone_offline(store: Store) -> None:
    catalog = store.catalog()
    rows = RowGeocoder(LocalGeocoder(store, catalog), catalog.limits)
    found = rows.search([("Foix", Filters()), ("", Filters()), ("Foix", Filters())])
    assert found[0] is found[2]
    assert isinstance(found[1], str)
    assert (rows.sent, rows.unsent) == (0, 0)

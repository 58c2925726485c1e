"""Aids on the real store: the shell, the notebook, a territory."""

from __future__ import annotations

import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import zonage_geo as zg
from tests.aided import DOCTOR
from tests.test_cli import run
from zonage_geo.aids import evaluate, rules
from zonage_geo.aids.answers import Answers
from zonage_geo.errors import InputError
from zonage_geo.locate import Query
from zonage_geo.openings import Desk, place_aids
from zonage_geo.openings.table import COLUMNS, WORDS
from zonage_geo.render.aids_html import aids_html
from zonage_geo.render.aids_sheets import list_text, sheet_text, words_text
from zonage_geo.render.text import WIDTH
from zonage_geo.settings import Settings

if TYPE_CHECKING:
    from zonage_geo.atlas import Atlas
    from zonage_geo.store import Store

needs_package = pytest.mark.package_data
DAY = "2024-12-09"


@pytest.fixture(scope="module")
def atlas(store: Store) -> Atlas:
    return zg.open(store.file, date=DAY)


@pytest.fixture(scope="module")
def profile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("profil") / "medecin.toml"
    words = [f"{word} = {json.dumps(value)}" for word, value in DOCTOR.items()]
    path.write_text("\n".join(words) + "\n", encoding="utf-8")
    return path


# the shell


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("aids",), "que faut-il situer ?"),
        (("aids", "Foix", "--avec", "statu=liberal"), "mot de profil inconnu : « statu »"),
        (("aids", "Foix", "--avec", "statu=liberal"), "demi_journees"),  # with the list
        (("aids", "Foix", "--avec", "liberal"), "écrivez MOT=VALEUR"),
        (("aids", "Foix", "--avec", "secteur=un"), "il faut un nombre"),
        (("aids", "Foix", "--avec", "statut=liberal", "--avec", "status=salarie"), "deux fois"),
        (("aids", "Foix", "--profil", "absent.toml"), "fichier ou dossier introuvable"),
        (("aids", "Foix", "--aide", "CAM"), "« CAM ». Vouliez-vous dire : CAIM ? Aides : "),
        (("aids", "Foix", "--lecture", "COTRAM.age"), "écrivez AIDE.CONDITION=LECTURE"),
        (("aids", "Foix", "--lecture", "COTRAM.age=60"), "plus_de_60_ans"),
        (("aids", "Foix", "--signature", "hier"), "n'est pas une date"),
        (("aids", "--liste", "--json"), "--json demande un lieu"),
    ],
)
def test_bad_usage_exits_with_2(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert not done.stdout
    assert told in done.stderr
    assert not list(tmp_path.iterdir())  # no store was built to say so


def test_a_faulty_profile_file_is_told_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text("status = liberal", encoding="utf-8")
    done = run(tmp_path, "aids", "Foix", "--profil", str(path))
    assert done.returncode == 2
    assert "p.toml : TOML illisible" in done.stderr


def test_the_rules_are_told_without_a_place(tmp_path: Path) -> None:
    known = rules()
    for words, text in (
        (("--liste",), list_text(known)),
        (("--mots",), words_text(known)),
        (("--aide", "cotram"), sheet_text(known.aids["COTRAM"], known)),
    ):
        done = run(tmp_path, "aids", *words)
        assert (done.returncode, done.stdout) == (0, text + "\n")
    assert all(aid in list_text(known) for aid in known.aids)
    assert all(word in words_text(known) for word in known.profile)
    assert not list(tmp_path.iterdir())


@needs_package
def test_aulus_at_a_shell(home: Path, profile_file: Path) -> None:
    told = ("aids", "--insee", "09029", "--profil", str(profile_file), "--date", DAY)
    done = run(home, *told)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ARS_OCC — Contrat ARS" in done.stdout
    assert "50 000 € pour les 5 ans." in done.stdout
    assert "CAIM [à vérifier] : s'installer en zone d'intervention prioritaire (ZIP) — Zonage" in (
        " ".join(done.stdout.split())
    )
    assert max(map(len, done.stdout.splitlines())) <= WIDTH
    assert ".." not in done.stdout
    fewer = run(home, *told, "--avec", "demi_journees=5", "--aide", "ars_occ")
    assert "31 250 € pour les 5 ans." in fewer.stdout
    assert "● Exercer au moins 2,5 jours (5 demi-journées) par semaine dans la zone [S4]" in (
        fewer.stdout
    )


@needs_package
def test_a_doubt_about_the_place_is_told_once(home: Path, profile_file: Path) -> None:
    done = run(home, "aids", "Foix", "--profil", str(profile_file), "--date", DAY)
    told = " ".join(done.stdout.split())
    assert told.count("QN00902M") == 1
    assert "Dépend du lieu : Zonage médecins (plus bas)." in told
    assert "jours_par_an_en_zip : le nombre de jours de vacations par an en ZIP" in told
    alone = run(home, "aids", "Foix", "--profil", str(profile_file), "--aide", "CAIM")
    assert "QN00902M" in alone.stdout


@needs_package
def test_locate_tells_the_aids_of_a_profile(home: Path, profile_file: Path) -> None:
    asked = ("locate", "--insee", "09029", "--date", DAY, "--profil", str(profile_file))
    done = run(home, *asked)
    assert (done.returncode, done.stderr) == (0, "")
    zones, _, aids = done.stdout.partition("\nAides au 09/12/2024.\n")
    assert "Zonage médecins   oui" in zones
    assert "ARS_OCC" in aids
    assert "Aulus" not in aids  # the place is told once
    plain = json.loads(run(home, *asked, "--json").stdout)
    assert plain["schema"] == "zonage_geo.location/1"
    (contract,) = (aid for aid in plain["aids"] if aid["id"] == "ARS_OCC")
    assert contract["verdict"] == "eligible"
    assert plain["profile"]["status"] == "liberal"
    refused = run(home, "locate", "--insee", "09029", "--avec", "statu=liberal")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "mot de profil inconnu" in refused.stderr


@needs_package
def test_aids_at_a_shell_are_columns_of_the_overlay(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "lozere.csv"
    words = ("overlay", "--departement", "48", "--couches", "zonage_medecins", "-o", str(out))
    done = run(home, *words, "--sans-distances", "--aides", "CAIM", "--date", DAY)
    assert done.returncode == 0, done.stderr
    frame = pd.read_csv(out, dtype=str, sep=None, engine="python", encoding="utf-8-sig")
    assert set(frame.loc[frame["zonage_medecins"] == "ZIP", "aide_CAIM"]) == {"ouverte"}
    assert run(home, *words, "--force", "--aides", "CAM").returncode == 2


@needs_package
def test_aids_as_json(home: Path) -> None:
    words = (
        "--avec",
        "statut=liberal",
        "--avec",
        "demi_journees=8",
        "--avec",
        "contrats_en_cours=",
    )
    done = run(home, "aids", "Foix", *words, "--date", "09/12/2024", "--json")
    plain = json.loads(done.stdout)
    assert plain["schema"] == "zonage_geo.aids/1"
    assert plain["date"] == DAY
    assert plain["profile"] == {"status": "liberal", "demi_journees": 8, "contrats_en_cours": []}
    assert plain["place"]["commune"]["code"] == "09122"
    by_id = {aid["id"]: aid for aid in plain["aids"]}
    assert set(by_id) == set(rules().aids)
    caim = by_id["CAIM"]
    assert caim["verdict"] == "depends"
    assert any("QN00902M" in one for one in caim["missing"])
    assert {"document": "S0", "file": "000_f58e2b052922dd4d.txt"}.items() <= {
        key: caim["sources"][0][key] for key in ("document", "file")
    }.items()


# a notebook


@needs_package
def test_a_place_tells_its_aids(atlas: Atlas) -> None:
    found = atlas.locate(insee="09029").aids(DOCTOR)
    assert found["ARS_OCC"].amount == 50_000
    assert found["CAIM"].verdict == "not_eligible"
    frame = found.to_frame().set_index("id")
    assert frame.loc["ARS_OCC", "amount"] == 50_000
    assert frame.loc["CAIM", "verdict"] == "not_eligible"
    assert list(frame.index) == list(rules().aids)
    assert found.to_dict()["aids"][0]["id"] == found[0].id
    assert "Aulus-les-Bains" in str(found)


@needs_package
@pytest.mark.parametrize(
    "asked",
    [
        {"text": "Foix"},
        {"insee": "30032"},  # a ZIP, with quarters
        {"lat": 42.60, "lon": 1.50},
        {"lat": 42.62, "lon": 1.50},
    ],
    ids=["in-ariege", "in-beaucaire", "in-andorra", "in-andorra-near-two-communes"],
)
def test_what_locate_prints_is_a_place_too(atlas: Atlas, asked: dict[str, Any]) -> None:
    place = atlas.locate(**asked)
    plain = json.loads(json.dumps(place.to_dict()))
    alone = type(place)(*place)  # without its atlas: no distance
    opens = evaluate(plain, DAY, DOCTOR)
    certain = "depends" if place.place.outside or "insee" in asked else "eligible"
    assert opens["ARS_OCC"].verdict == certain
    for aid, one in evaluate(plain, DAY, DOCTOR).by_id().items():
        other = alone.aids(DOCTOR)[aid]
        assert (one.verdict, one.missing, one.to_check) == (
            other.verdict,
            other.missing,
            other.to_check,
        )


@needs_package
def test_zones_are_those_of_the_day_of_signature(atlas: Atlas) -> None:
    place = atlas.locate(insee="09029", date="2026-11-25")
    found = place.aids(DOCTOR, signature="2024-06-30")
    assert found["ZRR_EXO"].verdict == "eligible"  # a ZRR on that day, and five years to run
    assert found["FRR_EXO"].verdict == "not_eligible"
    assert found.date == date(2026, 11, 25)
    fmt = place.aids({**DOCTOR, "medecin_traitant": True}, signature="2024-06-30")["FMT_67"]
    assert "jour qui décide" not in (fmt.to_check or "")  # zones of both days were asked
    away = type(place)(*place).aids(DOCTOR, signature="2024-06-30")
    assert "jour qui décide" in (away["ARS_OCC"].to_check or "")


LOCUM = {
    "status": "remplacant",
    "licence_remplacement": True,
    "tarifs_opposables": True,
    "jours_par_trimestre": 30,
    "part_activite_zip_zac_pct": 80,
}


@needs_package
@pytest.mark.parametrize(
    ("query", "wanted", "told"),
    [
        (Query(insee="09029"), "eligible", None),  # in a ZAC
        (Query(lon=1.55, lat=43.68), "eligible", "dérogation"),  # Castelmaurou, ZAR, 3 km
        (Query(lon=1.444, lat=43.6045), "depends", "QPV"),  # 13 km; but quarters of Toulouse
    ],
)
def test_the_ten_kilometres_are_measured(
    store: Store, query: Query, wanted: str, told: str | None
) -> None:
    desk = Desk(store, store.catalog(), Settings())
    found = place_aids(desk, query, date(2024, 12, 9), LOCUM).answers["CDE_REMPL"]
    assert found.verdict == wanted
    said = " ".join(found.missing) if wanted == "depends" else (found.to_check or "")
    assert told is None or told in said


class Shown(HTMLParser):
    """What a browser would make of a fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_html_escapes_every_text() -> None:
    evil = "<script>alert(1)</script>"
    where = {
        "zonage_medecins": {"possible": ["ZAC", "ZIP"], "to_check": evil},
        "qpv": {"verdict": "indéterminé", "items": [{"code": "Q", "name": evil}]},
        "departement": "09",
    }
    found: Answers = evaluate(where, DAY, {**DOCTOR, "specialite": evil})
    html = aids_html(found, evil, day=date(2024, 12, 9))
    page = Shown()
    page.feed(html)
    assert "script" not in page.tags
    assert evil in "".join(page.text)
    assert {"table", "caption", "details"} <= set(page.tags)
    assert "http-equiv" not in html
    assert "src=" not in html


# a territory


@needs_package
def test_the_communes_that_open_an_aid(atlas: Atlas) -> None:
    table = atlas.aids_table("ARS_OCC", region="76")
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 4_446
    verdicts = pd.crosstab(table["departement"], table["verdict"])
    for departement in ("09", "32", "65"):  # all of them, whatever the relief
        assert verdicts.loc[departement, "ouverte"] == verdicts.loc[departement].sum()
    # The massif list has 2,052 communes of Occitanie; the others of 09, 32 and 65 are added.
    massif = {code for code, _ in zg_massif().items()}
    inside = set(table.loc[table["verdict"] == "ouverte", "code"])
    whole = {code for code in table["code"] if code in massif or code[:2] in ("09", "32", "65")}
    # Merged on 1 January 2025: of the day before, the list of 2025 does not speak for certain.
    merged = {"30329", "34144", "46172"}
    assert inside == whole - merged
    assert set(table.set_index("code").loc[sorted(merged), "verdict"]) == {"à préciser"}
    assert set(atlas.aids_table("ARS_OCC", departement="23")["verdict"]) == {"non ouverte"}


def zg_massif() -> dict[str, str]:
    from zonage_geo import facts

    return dict(facts.memberships("massif_2025"))


@needs_package
def test_a_table_says_what_the_place_says(atlas: Atlas) -> None:
    for aid, who in (("CAIM", DOCTOR), ("FRR_EXO", DOCTOR), ("ARS_OCC", DOCTOR)):
        table = atlas.aids_table(aid, departement="48", profile=who).set_index("code")
        assert len(table) == 152
        for code in [*table.index[::19], "48095"]:
            one = atlas.locate(insee=code).aids(who)[aid]
            assert table.loc[code, "verdict"] == WORDS[one.verdict]
            told = table.loc[code, "a_verifier"]
            assert (told if isinstance(told, str) else None) == one.to_check
    mende = atlas.aids_table("CAIM", communes=["48095"]).iloc[0]
    assert mende["verdict"] == "à préciser"
    assert "QN04801N" in mende["a_preciser"]
    assert mende["motif"].startswith("Zonage médecins : Z")
    alone = {
        aid: atlas.aids_table(aid, communes=["48095"]).iloc[0] for aid in ("PDSA_EXO", "ZFU_EXO")
    }
    assert "La liste des secteurs de garde n'est pas chargée" in alone["PDSA_EXO"]["motif"]
    assert "ZFU : Les périmètres des zones franches" in alone["ZFU_EXO"]["motif"]
    unsaid = atlas.aids_table("CAIM", communes=["48095"], profile={"profession": "medecin"})
    assert unsaid.iloc[0]["a_preciser"].split(" ; ")[0] == "statut"
    # Beaucaire is a ZIP with quarters, Foix a ZAC with one.
    both = atlas.aids_table(
        "FMT_ZIP_QPV", profile=DOCTOR, communes=["30032", "09122"], date="2026-06-01"
    )
    told = both.set_index("code")["verdict"].to_dict()
    assert told == {"30032": "ouverte", "09122": "à préciser"}


@needs_package
def test_zip_communes_open_what_the_zip_opens(atlas: Atlas) -> None:
    table = atlas.aids_table("CAIM", departement="48")
    assert (table["verdict"] == "ouverte").sum() == 77  # ZIP 77, ZAC 75 with Mende's quarter
    # Nobody in particular is asked about: no dentist, nobody who had a CAIM before.
    checks = table["a_verifier"]
    assert not checks.str.contains("après un premier CAIM").any()
    assert checks.str.contains("89,4 %").sum() == 151  # the list's doubt is the place's
    assert atlas.aids_table("ARS_OCC", communes=["09029"])["a_verifier"].isna().all()
    later = atlas.aids_table("CAIM", departement="48", date="2026-01-01")
    assert set(later["verdict"]) == {"non ouverte"}
    with pytest.raises(InputError, match="aide inconnue"):
        atlas.aids_table("CAM")


@needs_package
def test_an_aid_is_a_column_of_the_overlay(atlas: Atlas) -> None:
    frame = atlas.overlay(departement="48", layers=["zonage_medecins"], aids=["CAIM", "ars_occ"])
    assert list(frame.columns)[-5:] == [
        "aide_CAIM",
        "aide_CAIM_motif",
        "aide_ARS_OCC",
        "aide_ARS_OCC_motif",
        "geometry",
    ]
    table = atlas.aids_table("CAIM", departement="48")
    assert list(frame["aide_CAIM"]) == list(table["verdict"])
    zip_ = frame["zonage_medecins"] == "ZIP"
    assert set(frame.loc[zip_, "aide_CAIM"]) == {"ouverte"}
    assert set(frame["aide_ARS_OCC"]) == {"ouverte"}
    assert frame.attrs["territory"] == "Lozère"
    with pytest.raises(InputError, match="aide inconnue"):
        atlas.overlay(departement="48", aids=["CAM"])

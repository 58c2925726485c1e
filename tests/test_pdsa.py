"""Garde sectors from lists and polygons: the Bas-Rhin's real list, and drawn ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, StoreError
from zonage_geo.lists import Reading
from zonage_geo.locate.garde import _far
from zonage_geo.pdsa import Counting, pdsa_sectors
from zonage_geo.readers.accord import DISAGREE
from zonage_geo.store import Store
from zonage_geo.store.query import Store as AnyStore
from zonage_geo.territory.calendar import calendar

pytestmark = pytest.mark.package_data

DAY = date(2025, 5, 15)
ARIEGE = [  # Artigues ZIP, Aulus ZAC, Foix ZAC with a quarter, Ascou ZIP
    ("A", "Artigues", "09020"),
    ("A", "Artigues", "09029"),
    ("B", "Aulus", "09029"),
    ("C", "Foix", "09122"),
    ("D", "Ascou", "09023"),
]


def frame(rows: Sequence[tuple[str | None, ...]], *extra: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["secteur", "libelle", "insee", *extra])


def verdicts(found: pd.DataFrame) -> dict[str, str]:
    return dict(zip(found["secteur"], found["exoneration"].astype(str), strict=True))


def ask(
    store: AnyStore,
    catalog: Catalog,
    source: pd.DataFrame | Path | None,
    counting: Counting | None = None,
    day: date = DAY,
    **how: object,
) -> gpd.GeoDataFrame:
    reading = Reading(**how)  # type: ignore[arg-type]
    return pdsa_sectors(store, catalog, source, day, how=reading, counting=counting)


# --- the Bas-Rhin ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def rhin(store: Store, catalog: Catalog, shared: Path) -> gpd.GeoDataFrame:
    path = shared / "pdsa" / "alsace_communes_secteurs.csv"
    return ask(store, catalog, path, columns={"zone": "secteur_Adps_ID"})


@pytest.mark.shared_data
def test_every_row_of_the_bas_rhin_is_accounted_for(rhin: gpd.GeoDataFrame) -> None:
    report = rhin.attrs["report"]
    assert (report.rows_in, report.rows_kept, report.rows_dropped) == (1249, 524, 725)
    away = {"sentinelle": 469, "sans code": 252, "doublon": 4}
    rows = {kind: {line.row for line in report.lines if line.kind == kind} for kind in away}
    assert {kind: len(found) for kind, found in rows.items()} == away
    assert len(set().union(*rows.values())) == 725
    assert len(rhin) == 47


@pytest.mark.shared_data
def test_verdicts_of_the_bas_rhin_by_hand(
    rhin: gpd.GeoDataFrame, store: Store, shared: Path
) -> None:
    """The rule redone with nothing but the list, INSEE's events and the class of each code."""
    raw = pd.read_csv(
        shared / "pdsa" / "alsace_communes_secteurs.csv", dtype=str, encoding="latin-1"
    )
    raw = raw[~raw["secteur_Adps_ID"].isin(["0", "-1"]) & raw["ville_insee"].notna()]
    classes = dict(
        store._rows("SELECT code, class FROM memberships WHERE list = 'zonage_medecins_2025'")
    )
    quarters = {code for (code,) in store._rows("SELECT commune FROM zone_lists")}
    parents = dict(store._rows("SELECT code, parent FROM cog_sous_communes"))
    at, valid = calendar().timeline.at, calendar().valid("2015-01-01")

    def today(code: str) -> set[str]:
        return set(at(code, "2015-01-01", "2025-01-01")) if code in valid else {parents[code]}

    wanted: dict[str, str] = {}
    for zone, codes in raw.groupby("secteur_Adps_ID")["ville_insee"]:
        now = set().union(*map(today, codes)) - {"68058"}
        sure = any(classes.get(code) == "ZIP" for code in now)
        open_ = any(code in quarters or code not in classes for code in now)
        wanted[str(zone)] = "oui" if sure else "indéterminé" if open_ else "non"
    assert verdicts(rhin) == wanted
    assert Counter(wanted.values()) == {"non": 31, "oui": 10, "indéterminé": 6}


@pytest.mark.shared_data
def test_what_is_strange_in_the_bas_rhin_is_told(rhin: gpd.GeoDataFrame) -> None:
    lines = rhin.attrs["report"].lines
    (far,) = (line for line in lines if line.kind == "commune éloignée")
    assert "Buhl est à 116 km" in far.detail.replace("115,9", "116")
    assert "67069" in far.detail
    assert {line.code for line in lines if line.kind == "sans secteur"} == {
        "67057", "67069", "67191", "67386"
    }  # fmt: skip
    (two,) = (line for line in lines if line.kind == "plusieurs secteurs")
    assert (two.code, "18, 73" in two.detail) == ("67539", True)
    sixteen = rhin.set_index("secteur").loc["16"]
    assert (sixteen["zip"], sixteen["inconnues"], sixteen["exoneration"]) == (5, 1, "oui")


@pytest.mark.shared_data
def test_outlines_of_the_bas_rhin_are_clean(rhin: gpd.GeoDataFrame) -> None:
    assert rhin.geometry.notna().all()
    assert rhin.geometry.is_valid.all()
    plane = rhin.to_crs(2154)
    assert plane.area.sum() / 1e6 == pytest.approx(rhin["surface_km2"].sum(), rel=0.02)
    assert rhin["population"].notna().all()
    # Sectors share no more than the commune that is in two of them.
    overlaps = plane.geometry.union_all().area / plane.area.sum()
    assert overlaps == pytest.approx(1.0, abs=0.01)


# --- the rule on drawn lists -----------------------------------------------------------


def test_a_drawn_list(store: Store, catalog: Catalog) -> None:
    found = ask(store, catalog, frame(ARIEGE), columns={"nom_zone": "libelle"})
    assert verdicts(found) == {"A": "oui", "B": "non", "C": "indéterminé", "D": "oui"}
    row = found.set_index("secteur").loc["A"]
    assert (row["nom"], row["communes"], row["zip"], row["zac"]) == ("Artigues", 2, 1, 1)
    assert row["codes"] == "09020 09029"
    assert row["motif"] == "1 des 2 communes du secteur est en ZIP : Artigues."
    counts = found.attrs["report"].counts()
    assert (counts["plusieurs secteurs"], counts["département partiel"]) == (1, 1)
    assert found.crs == "EPSG:4326"


def test_parameters_change_the_rule_and_are_told(store: Store, catalog: Catalog) -> None:
    wide = ask(store, catalog, frame(ARIEGE), Counting(levels=("ZIP", "ZAC")))
    assert set(verdicts(wide).values()) == {"oui"}
    assert wide.attrs["rule"]["levels"] == ["ZIP", "ZAC"]
    narrow = ask(store, catalog, frame(ARIEGE), Counting(quarters="non"))
    assert verdicts(narrow)["C"] == "non"
    assert narrow.attrs["rule"]["quarters"] == "non"
    with pytest.raises(InputError, match="classe inconnue : ZIQ"):
        ask(store, catalog, frame(ARIEGE), Counting(levels=("ZIQ",)))
    with pytest.raises(InputError, match="oui, non ou indéterminé"):
        ask(store, catalog, frame(ARIEGE), Counting(quarters="si"))


def test_the_rule_of_hauts_de_france(store: Store, catalog: Catalog) -> None:
    rows = [("N", "", "60001"), ("S", "", "09029")]  # both ZAC
    found = ask(store, catalog, frame(rows))
    assert verdicts(found) == {"N": "oui", "S": "non"}
    assert found.attrs["rule"]["regions"] == {"Hauts-de-France": ["ZIP", "ZAC"]}


def test_a_class_that_is_not_known_leaves_it_open(store: Store, catalog: Catalog) -> None:
    rows = [("X", "", "12218"), ("X", "", "09029"), ("Y", "", "12218"), ("Y", "", "09020")]
    found = ask(store, catalog, frame(rows))
    assert verdicts(found) == {"X": "indéterminé", "Y": "oui"}
    assert "Conques-en-Rouergue" in found.set_index("secteur")["motif"]["X"]


def test_a_zonage_replaced_counts_no_class(store: Store, catalog: Catalog) -> None:
    found = ask(store, catalog, frame([("C", "", "15001")]), day=date(2026, 6, 1))  # ZIP until then
    assert found[["zip", "zac", "inconnues", "exoneration"]].to_numpy().tolist() == [
        [0, 0, 1, "indéterminé"]
    ]
    assert "2025-17-1113" in found["a_verifier"][0]


def test_a_row_without_a_code_leaves_its_sector_open(store: Store, catalog: Catalog) -> None:
    rows = [("B", "", "09029"), ("B", "", ""), ("A", "", "09020"), ("A", "", None), ("Z", "", "")]
    found = ask(store, catalog, frame(rows))
    assert verdicts(found) == {"A": "oui", "B": "indéterminé"}
    assert found.set_index("secteur")["lignes_perdues"].to_dict() == {"A": 1, "B": 1}
    lost = [line for line in found.attrs["report"].lines if line.kind == "secteur perdu"]
    assert [line.code for line in lost] == ["Z"]


def test_a_code_that_no_commune_bears_leaves_its_sector_open(
    store: Store, catalog: Catalog
) -> None:
    near = [f"090{n:02}" for n in range(1, 16) if n != 10]  # 09010 is none
    rows = [*ARIEGE, ("B", "?", "09998"), ("D", "?", "09998"), *(("E", "", code) for code in near)]
    found = ask(store, catalog, frame(rows))
    before = verdicts(ask(store, catalog, frame([row for row in rows if row[2] != "09998"])))
    assert (before["B"], before["D"]) == ("non", "oui")
    assert verdicts(found) == before | {"B": "indéterminé"}
    told = found.set_index("secteur")
    assert told[["communes", "zac", "inconnues"]].to_numpy()[1].tolist() == [2, 1, 1]
    assert told["population"].isna().to_dict() == {zone: zone in "BD" for zone in "ABCDE"}
    assert told.geometry.isna().to_dict() == {zone: zone in "BD" for zone in "ABCDE"}
    lines = found.attrs["report"].lines
    assert {line.code for line in lines if line.kind == "code inconnu"} == {"09998"}


@pytest.mark.parametrize("stray", [1, 2])
def test_communes_far_from_most_of_their_sector_settle_nothing(
    store: Store, catalog: Catalog, stray: int
) -> None:
    home = ["31044", "31069", "31149", "31182", "31282", "31417"][: 3 * stray]  # around Toulouse
    away = ["48095", "48104", "48061"][:stray]  # ZIP, in Lozère; near one another
    rows = [("A", "", code) for code in (*home, *away)]
    found = ask(store, catalog, frame(rows))
    assert found["exoneration"].astype(str).tolist() == ["indéterminé"]
    far = {line.code for line in found.attrs["report"].lines if line.kind == "commune éloignée"}
    assert far == set(away)
    # `locate` sets the same aside, from boxes alone.
    gap_m = catalog.thresholds["sector_gap_m"]
    assert _far(store, [*home, *away], gap_m) == far
    assert _far(store, home, gap_m) == set()

    assert "du reste du secteur A" in found["motif"][0]
    assert "inconnue" not in found["motif"][0]


def test_a_code_beside_the_name_of_another_commune_settles_nothing(
    store: Store, catalog: Catalog
) -> None:
    rows = [("A", "Pamiers", "09020"), ("A", "Pamiers", "09225"), ("B", "Artigues", "09020")]
    found = ask(store, catalog, frame(rows)).set_index("secteur")
    assert found["exoneration"].astype(str).to_dict() == {"A": "indéterminé", "B": "oui"}
    told = "1 ligne de ce secteur dit deux communes, et ne compte pour aucune : 09020 est Artigues"
    assert told in found["motif"]["A"]
    assert "n'a pas de code" not in found["motif"]["A"]
    assert found["lignes_perdues"].to_dict() == {"A": 1, "B": 0}
    report = found.attrs["report"]
    assert [line.row for line in report.lines if line.kind == DISAGREE] == [0]
    assert (report.rows_in, report.rows_kept) == (3, 2)
    # A sector that a sure commune opens stays open; a name that is nobody's sets nothing aside.
    more = [*rows, ("A", "Ascou", "09023"), ("C", "Artig. (ancien nom)", "09020")]
    assert verdicts(ask(store, catalog, frame(more))) == {"A": "oui", "B": "oui", "C": "oui"}


def test_old_codes_and_parts_of_communes(store: Store, catalog: Catalog) -> None:
    rows = [("S", "", "67297"), ("S", "", "67539"), ("T", "", "67158")]
    found = ask(store, catalog, frame(rows), cog=2015).set_index("secteur")
    assert found["codes"].to_dict() == {"S": "67539", "T": "67539"}
    assert found["communes_partagees"].to_dict() == {"S": 1, "T": 1}
    assert found.geometry.notna().all()
    apart = found.to_crs(2154).geometry
    assert apart["S"].intersection(apart["T"]).area < 0.02 * apart["T"].area


def test_slots_and_seasons_are_chosen_never_mixed(store: Store, catalog: Catalog) -> None:
    rows = [
        ("A", "", "09020", "soirée"),
        ("N", "", "09029", "nuit profonde"),
        ("N", "", "09020", "nuit profonde"),
        ("T", "", "09023", ""),
    ]
    table = frame(rows, "Créneau horaire")
    with pytest.raises(InputError, match=r"changent selon .* --creneau"):
        ask(store, catalog, table)
    night = ask(store, catalog, table, Counting(slot="Nuit profonde"))
    assert verdicts(night) == {"N": "oui", "T": "oui"}
    assert night.attrs["report"].counts()["autre créneau"] == 1
    with pytest.raises(InputError, match="valeurs connues : nuit profonde, soirée"):
        ask(store, catalog, table, Counting(slot="matin"))
    with pytest.raises(InputError, match="aucune colonne ne dit"):
        ask(store, catalog, frame(ARIEGE), Counting(season="été"))


def test_a_code_that_bears_two_names_is_told(store: Store, catalog: Catalog) -> None:
    rows = [("A", "Nord", "09020"), ("A", "Sud", "09029")]
    found = ask(store, catalog, frame(rows), columns={"nom_zone": "libelle"})
    (line,) = (x for x in found.attrs["report"].lines if x.kind == "secteur en double")
    assert "Nord, Sud" in line.detail


# --- polygons --------------------------------------------------------------------------


def test_polygons_are_laid_over_communes(store: Store, catalog: Catalog, tmp_path: Path) -> None:
    communes = gpd.read_file(store.file, layer="communes", where="departement = '09'")
    shapes = communes.set_index("code").geometry
    outside = shapes["09029"].buffer(0.001)  # spills over its neighbours by some 100 m
    table = gpd.GeoDataFrame(
        {"secteur": ["A", "B", "A"]},
        geometry=[shapes["09020"], outside, shapes["09023"]],
        crs=4326,
    )
    path = tmp_path / "secteurs.gpkg"
    table.to_crs(2154).to_file(path)
    found = ask(store, catalog, path, columns={"zone": "secteur"}).set_index("secteur")
    assert found["codes"]["B"] == "09029"
    assert {"09020", "09023"} <= set(found["codes"]["A"].split())
    assert found["exoneration"].astype(str).to_dict() == {"A": "oui", "B": "non"}
    counts = found.attrs["report"].counts()
    assert counts["secteur en double"] == 1
    assert counts["liseré"] >= 1
    bare = pd.DataFrame({"secteur": ["A"], "geometry": [shapely.box(1, 42, 2, 43)]})
    with pytest.raises(InputError, match="système de coordonnées"):
        ask(store, catalog, gpd.GeoDataFrame(bare, geometry="geometry"))


# --- refusals --------------------------------------------------------------------------


def test_no_zonage_on_that_day_is_refused_by_name(store: Store, catalog: Catalog) -> None:
    with pytest.raises(StoreError, match=r"Zonage médecins : aucune édition ne répond.*Ariège"):
        ask(store, catalog, frame([("A", "", "09020")]), day=date(2015, 1, 1))


def test_a_list_younger_than_the_day_leaves_it_open(store: Store, catalog: Catalog) -> None:
    found = ask(store, catalog, frame([("R", "", "67482")]), day=date(2020, 6, 30))
    assert verdicts(found) == {"R": "indéterminé"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pd.DataFrame({"secteur": [], "insee": []}), "vide"),
        (pd.DataFrame({"secteur a": ["1"], "secteur b": ["2"], "insee": ["09020"]}), "plusieurs"),
        (pd.DataFrame({"ville": ["Foix"], "insee": ["09122"]}), "quartier ou de secteur"),
    ],
)
def test_lists_that_cannot_be_read(
    store: Store, catalog: Catalog, table: pd.DataFrame, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        ask(store, catalog, table)


def test_files_that_are_not_there(store: Store, catalog: Catalog) -> None:
    with pytest.raises(InputError, match="introuvable"):
        ask(store, catalog, Path("rien.csv"))
    with pytest.raises(StoreError, match="n'est pas chargée"):
        ask(store, catalog, None)

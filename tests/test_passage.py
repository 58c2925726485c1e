"""Lists of communes brought from one vintage to another, against INSEE's counts and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import zonage_geo as zg
from tests.published import COMMUNES_BY_YEAR, OCCITANIE
from zonage_geo.territory.calendar import calendar

if TYPE_CHECKING:
    from pathlib import Path

    from zonage_geo.territory.passage import PassageReport

YEARS = range(2014, 2026)
FRANCE = {year: count for year, (count, _) in COMMUNES_BY_YEAR.items()}


def listing(*codes: str | None, **columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"code": list(codes), **columns})


def report(frame: pd.DataFrame) -> PassageReport:
    found: PassageReport = frame.attrs["passage"]
    return found


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    return dict(zip(frame["code"], frame["passage"], strict=True))


@pytest.mark.parametrize("year", YEARS)
def test_every_vintage_reaches_every_other_whole(year: int) -> None:
    codes = sorted(calendar().valid(f"{year}-01-01"))
    assert len(codes) == FRANCE[year]
    for to in (2014, 2019, 2025):
        carried = zg.passage(listing(*codes), year, to)
        assert set(carried["code"]) == calendar().valid(f"{to}-01-01")
        assert len(carried) == FRANCE[to]
        assert report(carried).rows_kept == len(codes)


@pytest.mark.parametrize("year", YEARS)
def test_a_whole_list_tells_its_vintage(year: int) -> None:
    found = zg.detect_vintage(calendar().valid(f"{year}-01-01"))
    assert (found.year, found.years, found.unknown) == (year, (year,), ())
    assert found.is_sure


def test_a_short_list_admits_that_it_cannot_tell() -> None:
    found = zg.detect_vintage(["31555", "09122"])
    assert "2 reconnus sur 2 codes lisibles (100,0 %)" in str(found)
    assert "2 reconnus sur 3 codes lisibles" in str(
        zg.detect_vintage(["31555", "09122", "09122", "99123"])
    )
    assert found.years == tuple(YEARS)
    assert not found.is_sure
    assert "2014 à 2025" in str(found)


def test_a_code_that_came_and_went_dates_a_list() -> None:
    # 27058: until 2016, then in 2021 and 2022; 76601: since 2017.
    assert zg.detect_vintage(["31555", "27058", "76601"]).years == (2021, 2022)


def test_codes_that_never_were_are_no_list_of_communes() -> None:
    with pytest.raises(zg.InputError, match="pas une liste de communes"):
        zg.detect_vintage(["99999", "31000", "75000", "31555"])


def test_a_code_that_comes_back_is_followed_not_looked_up() -> None:
    there = zg.passage(listing("12218", "12076", "12114", "12173"), 2015, 2020, policy="all")
    assert list(there["code"]) == ["12076"]
    back = zg.passage(there, 2020, 2025)
    assert list(back["code"]) == ["12218"]
    assert kinds(back) == {"12218": "code changé"}


def test_a_recycled_code_is_said() -> None:
    carried = zg.passage(listing("60054"), 2023, 2025)
    assert set(carried["code"]) == {"60054", "60694"}
    carried = zg.passage(listing("12218"), 2015, 2025)
    lines = report(carried).frame()
    assert "fusion incomplète" in set(lines["kind"])


def test_values_that_disagree_in_a_merger_are_missing_and_told() -> None:
    frame = listing("32067", "32260", "32365", "32413", zone=["ZIP", "ZIP", "ZAC", "ZIP"])
    carried = zg.passage(frame, 2024)
    assert kinds(carried) == {"32365": "fusion"}
    assert carried["zone"].isna().all()
    (conflict,) = (line for line in report(carried).lines if line.kind == "fusion en conflit")
    assert "32365 ZAC" in conflict.detail
    assert "32067 ZIP" in conflict.detail


def test_each_policy_does_what_it_says() -> None:
    frame = listing(
        "30094", "30329", zone=["ZIP", "ZAC"], pop=[100, 300], nom=["Corbès", "Thoiras"]
    )
    frame["part"] = [1.5, None]
    carried = zg.passage(
        frame, 2024, policy={"zone": "kept_code", "pop": "sum", "nom": "all", "part": "sum"}
    )
    row = carried.iloc[0]
    assert (row["code"], row["zone"], row["pop"], row["nom"]) == (
        "30329", "ZAC", 400, "Corbès + Thoiras",
    )  # fmt: skip
    assert pd.isna(row["part"])  # an unknown part does not become zero
    assert row["codes_origine"] == "30094 30329"


def test_a_merger_of_which_a_part_is_not_listed_is_incomplete() -> None:
    carried = zg.passage(listing("30094", zone=["ZIP"]), 2024)
    assert kinds(carried) == {"30329": "fusion incomplète"}
    assert carried["zone"].isna().all()


def test_a_split_gives_its_value_to_each_part_and_says_so() -> None:
    carried = zg.passage(listing("15141", zone=["ZIP"]), 2024)
    assert set(carried["code"]) == {"15031", "15035", "15047", "15141", "15171"}
    assert set(carried["zone"]) == {"ZIP"}
    assert report(carried).counts() == {"scission": 1}


def test_a_split_shares_out_no_sum() -> None:
    """Five communes of 100 inhabitants are not made of one."""
    frame = listing("15141", "31555", zone=["ZIP", "ZAR"], pop=[100, 500])
    carried = zg.passage(frame, 2024, policy={"pop": "sum", "zone": "kept_code"})
    assert kinds(carried) == {
        **dict.fromkeys(["15031", "15035", "15047", "15141", "15171"], "scission"),
        "31555": "inchangée",
    }
    assert carried["pop"].sum() == 500
    assert carried["pop"].isna().sum() == 5
    assert set(carried["zone"]) == {"ZIP", "ZAR"}
    paris = zg.passage(listing("75056", pop=[2_000_000]), 2025, plm="arrondissement", policy="sum")
    assert paris["pop"].isna().all()
    assert {line.kind for line in report(paris).lines} == {"scission"}


def test_parts_that_come_together_again_have_their_sum() -> None:
    """A split of which all parts are listed, then merged back, is whole."""
    parts = sorted(zg.passage(listing("15141"), 2024)["code"])
    back = zg.passage(listing(*parts, pop=[10] * 5), 2025, 2024, policy="sum")
    assert back[["code", "pop"]].to_numpy().tolist() == [["15141", 50]]


def test_a_code_made_and_merged_the_same_day_is_passed_through() -> None:
    carried = zg.passage(listing("14513"), 2017, 2018)
    assert list(carried["code"]) == ["50592"]


def test_cities_and_arrondissements_both_ways() -> None:
    arms = calendar().parts
    paris = sorted(code for code in arms if code.startswith("751"))
    assert len(zg.passage(listing("75056"), 2025, plm="arrondissement")) == 20
    merged = zg.passage(listing(*paris, pop=[10] * 20), 2025, plm="commune", policy="sum")
    assert merged[["code", "pop"]].to_numpy().tolist() == [["75056", 200]]
    kept = zg.passage(listing("75056", "75101"), 2025)
    assert list(kept["code"]) == ["75056", "75101"]


def test_what_cannot_be_carried_is_in_the_report_line_by_line() -> None:
    frame = listing("31555", "99999", "09255", None, "12076")
    carried = zg.passage(frame, 2025)
    assert list(carried["code"]) == ["31555"]
    told = report(carried)
    assert (told.rows_in, told.rows_kept) == (5, 1)
    assert [(line.row, line.kind) for line in told.lines] == [
        (1, "code inconnu"), (2, "code inconnu"), (3, "sans code"), (4, "code inconnu"),
    ]  # fmt: skip
    assert "Saint-Amans" in told.lines[1].detail
    assert "4 écartées" in str(told)


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (listing("31555", "31555"), {"from_": 2025}, "deux lignes"),
        (listing("31555"), {"from_": 2013}, "à partir de 2014"),
        (listing("31555"), {"from_": "hier"}, "AAAA-MM-JJ"),
        (listing("31555"), {"from_": "2024-13-45"}, "AAAA-MM-JJ"),
        (listing("31555"), {"from_": "2024-W01-1"}, "AAAA-MM-JJ"),
        (listing("31555"), {"from_": "zzzzzzzzzz"}, "AAAA-MM-JJ"),
        (listing("31555"), {"from_": 2025, "to": 2028}, "connus que jusqu'au 2026-12-31"),
        (listing("31555"), {"from_": 2025, "code": "insee"}, "pas de colonne"),
        (listing("31555"), {"from_": 2025, "policy": "mean"}, "règle de fusion"),
        (listing("31555"), {"from_": 2025, "policy": {"pop": "sum"}}, "règle de fusion"),
        (pd.DataFrame({"x": ["a", "b"]}), {}, "aucune colonne de codes"),
    ],
)
def test_bad_requests_are_refused_in_words(
    frame: pd.DataFrame, options: dict[str, object], message: str
) -> None:
    with pytest.raises(zg.InputError, match=message):
        zg.passage(frame, **options)  # type: ignore[arg-type]


def test_outlines_are_united_and_the_frame_keeps_its_crs() -> None:
    frame = gpd.GeoDataFrame(
        {"code": ["30094", "30329"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326
    )
    carried = zg.passage(frame, 2024)
    assert isinstance(carried, gpd.GeoDataFrame)
    assert carried.crs == frame.crs
    assert carried.geometry.iloc[0].equals(box(0, 0, 2, 1))


@settings(max_examples=40, deadline=None)
@given(
    codes=st.sets(st.sampled_from(sorted(calendar().valid("2018-01-01"))), min_size=1, max_size=60),
    to=st.sampled_from(YEARS),
)
def test_no_row_is_lost_in_silence(codes: set[str], to: int) -> None:
    frame = listing(*sorted(codes), value=list(range(len(codes))))
    carried = zg.passage(frame, 2018, to)
    assert report(carried).rows_kept == len(frame)
    assert {c for told in carried["codes_origine"] for c in told.split()} == codes
    assert carried["code"].is_unique
    unchanged = carried[carried["passage"] == "inchangée"]
    own = frame.set_index("code")["value"]
    assert (unchanged["value"].astype(int) == own.loc[unchanged["code"]].to_numpy()).all()


def test_the_old_outlines_of_occitanie_meet_the_lists_of_2025(shared: Path) -> None:
    old = gpd.read_file(shared / "communes" / "communes_occitanie_2018.geojson")
    assert len(old) == 4485
    now = zg.passage(old, policy="all")
    assert report(now).detected is not None
    assert report(now).detected.years == (2018,)  # type: ignore[union-attr]
    assert set(now["code"]) == {
        code for code in calendar().valid("2025-01-01")
        if code[:2] in OCCITANIE
    }  # fmt: skip
    area = old.to_crs(2154).area.sum()
    assert now.to_crs(2154).area.sum() == pytest.approx(area, rel=1e-9)


def test_the_eight_known_clashes_are_all_explained(shared: Path) -> None:
    """COG 2024 outlines against COG 2025 lists in Occitanie (DATA.md §4)."""
    fine = gpd.read_file(
        shared / "communes" / "COMMUNE_OCCITANIE_2023.shp", ignore_geometry=True
    ).rename(columns={"INSEE_COM": "code"})[["code"]]
    outlines = zg.passage(fine, 2023, 2024)
    lists = calendar().valid("2025-01-01")
    only_before = set(outlines["code"]) - lists
    gone = "09287 12076 30094 32067 32260 32413 34093 46217"
    assert only_before == set(gone.split())
    lines = report(zg.passage(outlines[["code"]], 2024, 2025)).frame()
    told = set(lines.loc[lines["kind"] == "code changé", "code"])
    assert only_before <= told


def test_the_zrr_of_2021_reach_2025_with_their_conflicts(shared: Path) -> None:
    zrr = pd.read_csv(shared / "ruralite" / "ZRR_cog2021.csv", skiprows=5, dtype=str)
    zrr = zrr[zrr["CODGEO"].str.len() == 5][["CODGEO", "ZRR_SIMP"]]
    carried = zg.passage(zrr)
    assert report(carried).detected is not None
    assert len(carried) == 34875
    assert carried["ZRR_SIMP"].isna().sum() == report(carried).counts()["fusion en conflit"]

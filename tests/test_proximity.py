"""The nearest commune of a class: bounds that hold the true distance, shapely as the oracle."""

from __future__ import annotations

from datetime import date
from math import inf
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError
from zonage_geo.geometry import relate_plane, to_plane
from zonage_geo.locate import Query, locate
from zonage_geo.locate.model import Place
from zonage_geo.proximity import nearest_zone
from zonage_geo.settings import Settings
from zonage_geo.store import Store, facts_only

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = date(2025, 5, 15)
EITHER = ("ZIP", "ZAC")
GEOD = pyproj.Geod(ellps="GRS80")


class Known(NamedTuple):
    """Occitanie and what surrounds it, in Lambert-93, by what its list says."""

    frame: gpd.GeoDataFrame

    def of(self, classes: tuple[str, ...], *, unknown: bool) -> list[shapely.Geometry]:
        missing = self.frame["class"].isna() | (self.frame["class"] == "NA")
        wanted = self.frame["class"].isin(classes) | (missing if unknown else False)
        return list(self.frame.geometry[wanted])


@pytest.fixture(scope="module")
def known(store: Store) -> Known:
    frame = gpd.read_file(store.file, layer="communes", bbox=(-0.6, 42.2, 5.1, 45.3))
    classes = dict(
        store._rows("SELECT code, class FROM memberships WHERE list = 'zonage_medecins_2025'")
    )
    frame["class"] = [classes.get(code) for code in frame["code"]]
    return Known(frame.to_crs(2154))


def at(store: Store, catalog: Catalog, **query: str | float) -> Place:
    return locate(store, catalog, Query(**query), DAY).place  # type: ignore[arg-type]


# --- the plane -------------------------------------------------------------------------


@budget(max_examples=60, deadline=None)
@given(st.floats(-21, 51), st.floats(0, 360), st.floats(1, 100_000))
def test_the_plane_keeps_distances_from_its_origin(lat: float, azimuth: float, far: float) -> None:
    lon2, lat2, _ = GEOD.fwd(2.0, lat, azimuth, far)
    ((ring,),) = to_plane([[[lon2, lat2, lon2, lat2]]], 2.0, lat)
    assert np.hypot(ring[0], ring[1]) == pytest.approx(far, rel=2e-4, abs=1e-3)
    assert relate_plane([[ring]]).border_m == pytest.approx(far, rel=2e-4, abs=1e-3)


# --- against shapely -------------------------------------------------------------------


@pytest.mark.package_data
@pytest.mark.parametrize("classes", [("ZIP",), EITHER], ids=["ZIP", "ZIP ou ZAC"])
def test_bounds_hold_the_distance_of_points(
    store: Store, catalog: Catalog, known: Known, classes: tuple[str, ...]
) -> None:
    rng = np.random.default_rng(5)
    sure = shapely.union_all(known.of(classes, unknown=False))
    maybe = shapely.union_all(known.of(classes, unknown=True))
    inside = 0
    for lon, lat in zip(rng.uniform(0.6, 3.2, 60), rng.uniform(43.4, 44.6, 60), strict=True):
        place = locate(store, catalog, Query(lon=lon, lat=lat), DAY).place
        found = nearest_zone(store, catalog, place, classes, DAY)
        point = gpd.GeoSeries.from_xy([lon], [lat], crs=4326).to_crs(2154)[0]
        far, close = shapely.distance(point, sure), shapely.distance(point, maybe)
        assert found.low_m <= close + 1
        assert found.high_m >= far - 1 - 1e-3 * far
        if found.high_m == 0:
            inside += 1
            assert far == 0
        elif found.low_m > 0 and close == far:
            assert found.high_m - found.low_m == pytest.approx(600, abs=1)
            assert (found.low_m + found.high_m) / 2 == pytest.approx(far, rel=2e-3)
    assert 5 < inside < 60


@pytest.mark.package_data
def test_bounds_hold_every_point_of_a_commune(store: Store, catalog: Catalog, known: Known) -> None:
    sure = shapely.union_all(known.of(("ZIP",), unknown=False))
    frame = known.frame.set_index("code")
    rng = np.random.default_rng(6)
    zar = sorted(known.frame.loc[known.frame["class"].eq("ZAR"), "code"])
    zar = [code for code in zar if code.startswith("31")]
    for code in [*rng.choice(zar, 12, replace=False), "31555"]:
        found = nearest_zone(store, catalog, at(store, catalog, insee=code), ("ZIP",), DAY)
        shape = frame.geometry[code]
        vertices = shapely.points(shapely.get_coordinates(shape))
        distances = shapely.distance(vertices, sure)
        gap = shapely.distance(shape, sure)
        assert found.low_m <= gap + 1
        assert found.low_m >= gap - 601 - 1e-3 * gap  # Lambert-93 has a scale of its own
        assert found.high_m >= distances.max() - 1
        assert found.zone_class == "ZIP"


# --- cases -----------------------------------------------------------------------------


@pytest.mark.package_data
def test_in_a_commune_of_the_class_there_is_no_distance(store: Store, catalog: Catalog) -> None:
    found = nearest_zone(store, catalog, at(store, catalog, insee="09122"), EITHER, DAY)
    assert found[:5] == (0.0, 0.0, "09122", "Foix", "ZAC")
    assert found.reason == "Le lieu est dans Foix, en ZAC."
    later = nearest_zone(
        store, catalog, at(store, catalog, insee="09122"), EITHER, date(2026, 11, 25)
    )
    assert later.high_m == 0
    assert later.to_check is not None


@pytest.mark.package_data
def test_an_unknown_class_leaves_zero_possible(store: Store, catalog: Catalog) -> None:
    found = nearest_zone(store, catalog, at(store, catalog, insee="12218"), ("ZIP",), DAY)
    assert found.low_m == 0
    assert 0 < found.high_m < 15_000
    reunion = nearest_zone(store, catalog, at(store, catalog, insee="97411"), EITHER, DAY)
    assert (reunion.low_m, reunion.high_m, reunion.zone_class) == (0.0, inf, None)
    assert "peut l'être" in reunion.reason
    # In a région whose zonage was replaced, every commune may be one: only others are sure.
    lyon = nearest_zone(
        store, catalog, at(store, catalog, lon=4.83, lat=45.76), EITHER, date(2026, 11, 25)
    )
    assert lyon.low_m == 0
    assert 40_000 < lyon.high_m < 50_000
    assert lyon.commune is not None
    assert lyon.commune[:2] not in ("69", "01", "38", "42")


@pytest.mark.package_data
def test_arrondissements_have_their_own_class(store: Store, catalog: Catalog) -> None:
    fifth = nearest_zone(store, catalog, at(store, catalog, insee="75105"), EITHER, DAY)
    assert (fifth.low_m, fifth.high_m, fifth.commune) == (0.0, 0.0, "75056")
    first = nearest_zone(store, catalog, at(store, catalog, insee="75101"), ("ZIP",), DAY)
    assert first.high_m > 0


@pytest.mark.package_data
def test_a_doubtful_place_widens(store: Store, catalog: Catalog) -> None:
    near_town = at(store, catalog, text="1 place du Capitole, Toulouse")
    point = near_town._replace(radius_m=0.0)
    close = nearest_zone(store, catalog, point, EITHER, DAY)
    wide = nearest_zone(store, catalog, near_town._replace(radius_m=500.0), EITHER, DAY)
    assert wide.low_m == pytest.approx(close.low_m - 500)
    assert wide.high_m == pytest.approx(close.high_m + 500)
    exact = nearest_zone(
        store, catalog, point, EITHER, DAY, settings=Settings(accuracy_communes=10.0)
    )
    assert exact.high_m - exact.low_m == pytest.approx(20)
    assert close.low_m == pytest.approx(exact.low_m - 290)
    two = point._replace(refs=(point.refs[0], point.refs[0]._replace(code="09122")))
    united = nearest_zone(store, catalog, two, EITHER, DAY)
    assert (united.low_m, united.high_m) == (0.0, close.high_m)


@pytest.mark.package_data
def test_a_commune_without_an_outline(store: Store, catalog: Catalog) -> None:
    found = nearest_zone(store, catalog, at(store, catalog, insee="15031"), ("ZIP",), DAY)
    assert (found.low_m, found.high_m) == (0.0, inf)
    assert "contour" in found.reason


@pytest.fixture(scope="module")
def bare() -> Iterator[Store]:
    opened = facts_only()
    yield opened
    opened.close()


def test_without_outlines_only_the_commune_is_known(bare: Store) -> None:
    store = bare
    catalog = store.catalog()
    inside = nearest_zone(store, catalog, at(store, catalog, insee="09122"), ("ZAC",), DAY)
    assert inside.high_m == 0
    outside = nearest_zone(store, catalog, at(store, catalog, insee="31555"), ("ZIP",), DAY)
    assert (outside.low_m, outside.high_m, outside.commune) == (0.0, inf, None)


@pytest.mark.parametrize(
    ("classes", "layer", "said"),
    [
        (("ZIQ",), "zonage_medecins", "classe inconnue : ZIQ"),
        ((), "zonage_medecins", "classe inconnue : aucune"),
        (("ZIP",), "zonage", "couche inconnue : zonage"),
    ],
)
def test_bad_questions(bare: Store, classes: tuple[str, ...], layer: str, said: str) -> None:
    catalog = bare.catalog()
    place = at(bare, catalog, insee="09122")
    with pytest.raises(InputError, match=said):
        nearest_zone(bare, catalog, place, classes, DAY, layer=layer)


def test_a_scheme_that_was_over_counts_nowhere(bare: Store) -> None:
    catalog = bare.catalog()
    place = at(bare, catalog, insee="09029")
    day = date(2024, 7, 1)
    found = nearest_zone(bare, catalog, place, ("C",), day, layer="zrr")
    assert found.commune is None
    assert found.low_m > 0

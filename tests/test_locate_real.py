"""Every commune of a region, thousands of places: totals, and what holds for all of them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.offices import tally
from tests.published import COMMUNES_OF_OCCITANIE, ZONAGE_OF_OCCITANIE
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.locate import Location, Query, Zone, locate
from zonage_geo.settings import Settings
from zonage_geo.store import Store
from zonage_geo.territory import commune_of
from zonage_geo.verdict import Reason, Verdict, verdict_of

pytestmark = pytest.mark.package_data

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
DAY = date(2025, 5, 15)
SHARED_STORE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def codes_of(store: Store, departements: tuple[str, ...]) -> list[str]:
    marks = ", ".join("?" * len(departements))
    sql = f"SELECT code FROM cog_communes WHERE departement IN ({marks}) ORDER BY code"  # noqa: S608
    return [code for (code,) in store._rows(sql, departements)]


# --- totals ----------------------------------------------------------------------------


def test_occitanie_commune_by_commune(store: Store, catalog: Catalog) -> None:
    classes: dict[str, Counter[str | None]] = {dep: Counter() for dep in ZONAGE_OF_OCCITANIE}
    count: Counter[tuple[str, Verdict]] = Counter()
    unknown = []
    codes = codes_of(store, tuple(ZONAGE_OF_OCCITANIE))
    for code in codes:
        found = locate(store, catalog, Query(insee=code), DAY)
        assert found.place.commune is not None
        assert found.place.commune.region == "76"
        zone = found.zone("zonage_medecins")
        classes[code[:2]][zone.base_class] += 1
        if zone.base_class is None:
            unknown.append(code)
        qpv = found.zone("qpv").verdict
        assert zone.verdict is (OUI if qpv is NON and zone.base_class else UNKNOWN), code
        for layer in ("zonage_medecins", "qpv", "massif", "departements_ars"):
            count[layer, found.zone(layer).verdict] += 1
    assert len(codes) == 4446
    assert {dep: sum(found.values()) for dep, found in classes.items()} == COMMUNES_OF_OCCITANIE
    assert {
        dep: tuple(found[cls] for cls in ("ZIP", "ZAC", "ZAR")) for dep, found in classes.items()
    } == ZONAGE_OF_OCCITANIE
    assert unknown == ["12218"]
    assert (count["massif", OUI], count["massif", NON]) == (2052, 4446 - 2052)
    assert count["departements_ars", OUI] == 325 + 458 + 469
    assert count["qpv", OUI] == 0
    assert count["qpv", UNKNOWN] == count["zonage_medecins", UNKNOWN] - 1  # Conques


def test_france(store: Store) -> None:
    def tally(name: str) -> dict[str, int]:
        sql = (
            "SELECT m.class, count(*) FROM memberships AS m JOIN cog_communes AS c "
            "ON c.code = m.code WHERE m.list = ? GROUP BY m.class"
        )
        return dict(store._rows(sql, (name,)))

    assert tally("zonage_medecins_2025") == {
        "ZIP": 13620,
        "ZAC": 16690,
        "ZAR": 1503,
        "HZ": 3028,
        "NA": 24,
    }
    frr = tally("frr_2025")
    assert (frr["FRR socle"], frr["FRR+"], frr["FRR bénéficiaire"]) == (13313, 4456, 2134)
    assert (frr["FRR partielle"], frr["FRR bénéficiaire partielle"]) == (20, 11)
    assert (frr["Non classée"], sum(frr.values())) == (14941, 34875)


def test_occitanie_by_population(store: Store) -> None:
    """Municipal population of the data package; DATA gives 13.5-14.0, 39.9-40.6, 45.4-46.6 %."""
    people: Counter[str] = Counter()
    rows = store._rows(
        "SELECT c.departement, m.class, c.population FROM memberships AS m "
        "JOIN cog_communes AS c ON c.code = m.code WHERE m.list = 'zonage_medecins_2025'"
    )
    for departement, cls, population in rows:
        if departement in ZONAGE_OF_OCCITANIE:
            people[cls] += population or 0
    shares = {cls: 100 * n / sum(people.values()) for cls, n in people.items()}
    assert 13.5 <= shares["ZIP"] <= 14.0
    assert 39.9 <= shares["ZAC"] <= 40.6
    assert 45.4 <= shares["ZAR"] <= 46.6


def test_zrr_of_the_communes_of_its_list(store: Store, catalog: Catalog) -> None:
    """Codes of 2021, asked on the last day of the ZRR; one in ten, for time."""
    only = catalog._replace(layers={"zrr": catalog.layers["zrr"]})
    rows = store._rows("SELECT code, class FROM memberships WHERE list = 'zrr_2021'")
    merged = 0
    for code, cls in rows[::10]:
        zone = locate(store, only, Query(insee=code), date(2024, 6, 30)).zones[0]
        merged += zone.reason_code is Reason.MERGED_COMMUNE
        if zone.reason_code is not Reason.MERGED_COMMUNE:
            assert zone.verdict is {"C": OUI, "NC": NON, "P": UNKNOWN}[cls], code
    assert len(rows) == 17_694 + 36 + 17_235
    assert merged <= 1


# --- what holds for every place --------------------------------------------------------


@pytest.fixture(scope="module")
def every_code(store: Store) -> list[str]:
    return [code for (code,) in store._rows("SELECT code FROM cog_communes ORDER BY code")]


def inner_point(store: Store, code: str) -> tuple[float, float] | None:
    """Give a point in a commune; none where the source draws several communes together."""
    outline = store.outline(code)
    if outline is None:
        return None
    pairs = [[np.array(ring).reshape(-1, 2) for ring in rings] for rings in outline]
    parts = [shapely.Polygon(rings[0], rings[1:]) for rings in pairs]  # an enclave is a hole
    point = max(parts, key=lambda part: part.area).representative_point()
    return point.x, point.y


@SHARED_STORE
@given(seed=st.integers(0, 10**9), day=st.dates(date(2025, 1, 1), date(2031, 12, 31)))
@example(seed=2848, day=date(2025, 1, 1))  # La Bastide-de-Sérou, around Suzan
def test_a_code_and_a_point_in_it_agree(
    store: Store, catalog: Catalog, every_code: list[str], seed: int, day: date
) -> None:
    code = every_code[seed % len(every_code)]
    point = inner_point(store, code)
    if point is None:
        return
    lon, lat = point
    exact = Settings(accuracy_communes=0)
    by_code = locate(store, catalog, Query(insee=code), day)
    by_point = locate(store, catalog, Query(lon=lon, lat=lat), day, settings=exact)
    both = locate(store, catalog, Query(lon=lon, lat=lat, insee=code), day)
    assert by_point.place.communes_possibles == by_code.place.communes_possibles == (code,)
    assert both.place.to_check is None
    for ours, theirs in zip(by_code.zones, by_point.zones, strict=True):
        assert set(theirs.possible) <= set(ours.possible)
        if code == commune_of(code) and not by_point.place.refs[0].arrondissements:
            assert (theirs.verdict, theirs.possible, theirs.base_class, theirs.reason_code) == (
                ours.verdict,
                ours.possible,
                ours.base_class,
                ours.reason_code,
            )


def spread(store: Store, seed: int) -> tuple[float, float]:
    """Give a point some hundred metres around a town hall: some are near a border."""
    rows = store._rows("SELECT count(*) FROM adresses")
    ((lon, lat),) = store._rows(
        "SELECT lon, lat FROM adresses LIMIT 1 OFFSET ?", (seed % rows[0][0],)
    )
    angle = seed * 2.399963
    return lon + 0.012 * np.cos(angle), lat + 0.009 * np.sin(angle)


@SHARED_STORE
@given(
    seed=st.integers(0, 10**9),
    day=st.dates(date(2015, 1, 1), date(2031, 12, 31)),
    small=st.floats(0, 300),
    more=st.floats(0, 3000),
)
@example(seed=0, day=DAY, small=0.0, more=300.0)
def test_the_less_is_known_the_more_is_possible(
    store: Store, catalog: Catalog, seed: int, day: date, small: float, more: float
) -> None:
    lon, lat = spread(store, seed)

    def within(accuracy: float) -> Location | None:
        try:
            limits = Settings(accuracy_communes=accuracy)
            return locate(store, catalog, Query(lon=lon, lat=lat), day, settings=limits)
        except PlaceNotFoundError:
            return None

    narrow, wide = within(small), within(small + more)
    assert (narrow is None) == (wide is None)
    if narrow is None or wide is None:
        return
    assert set(narrow.place.communes_possibles) <= set(wide.place.communes_possibles)
    for sharp, blurred in zip(narrow.zones, wide.zones, strict=True):
        assert set(sharp.possible) <= set(blurred.possible)
        if blurred.verdict is not UNKNOWN:  # what is certain of all is certain of one
            assert (sharp.verdict, sharp.zone_class) == (blurred.verdict, blurred.zone_class)
        if sharp.verdict is not UNKNOWN:
            assert blurred.verdict in (sharp.verdict, UNKNOWN)
        assert_coherent(sharp)
        assert_coherent(blurred)


def assert_coherent(zone: Zone) -> None:
    assert zone.verdict is verdict_of(zone.possible)
    assert (zone.zone_class is not None) == (zone.verdict is OUI)
    assert zone.possible
    assert len(set(zone.possible)) == len(zone.possible)
    assert zone.reason_code in set(Reason)
    assert zone.distance_m is None or zone.distance_m >= 0


@SHARED_STORE
@given(seed=st.integers(0, 10**9))
def test_a_postal_code_is_all_of_its_communes(store: Store, catalog: Catalog, seed: int) -> None:
    postcodes = store._rows("SELECT DISTINCT code_postal FROM codes_postaux ORDER BY code_postal")
    (postcode,) = postcodes[seed % len(postcodes)]
    together = locate(store, catalog, Query(text=postcode), DAY)
    served = store.communes_of_postcode(postcode)
    alone = [locate(store, catalog, Query(insee=code), DAY) for code in served]
    for i, zone in enumerate(together.zones):
        assert set(zone.possible) == {cls for one in alone for cls in one.zones[i].possible}


# --- real points -----------------------------------------------------------------------


@pytest.mark.shared_data
def test_public_offices_lie_in_their_commune(store: Store, catalog: Catalog, shared: Path) -> None:
    total, count, wrong = tally(
        store,
        catalog,
        shared,
        DAY,
        lambda row: Query(lon=float(row["longitude"]), lat=float(row["latitude"])),
    )
    assert total == 2845
    assert len(wrong) <= 0.002 * total, wrong
    assert count["not found"] <= 2  # Saint-Martin, which is no département
    assert count["undetermined"] <= 0.14 * total, count

"""Perimeters and classes of quarters: the rules, on a store in which some are drawn.

No perimeter comes with the data package, so squares are drawn around the town hall of Foix,
whose only quarter is QN00902M, and elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import cos, radians, sin
from pathlib import Path

import pytest
import shapely

from tests.drawn import Shape, draw, metric, square
from zonage_geo.catalog.model import Catalog
from zonage_geo.locate import Location, Query, Zone, locate
from zonage_geo.settings import Settings
from zonage_geo.store import Store
from zonage_geo.verdict import Reason, Verdict

pytestmark = pytest.mark.package_data

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
DAY = date(2025, 5, 15)
FOIX = (1.605482, 42.963745)  # the town hall, longitude first
HALL = "45 cours Gabriel-Fauré, Foix"
STREET = "cours Gabriel-Fauré, Foix"
QUARTER = "QN00902M"
CAPITOLE = (1.44400, 43.60450)
AULUS = (1.33280, 42.79080)
SAINT_DENIS = (55.4504, -20.8823)
SIDE = 400.0
LIST = "test_qpv"


class Drawn:
    """A drawn store and its catalogue, asked with the least writing."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self.store = store
        self.catalog = catalog

    def at(
        self,
        centre: tuple[float, float] = FOIX,
        east_m: float = 0.0,
        north_m: float = 0.0,
        day: date = DAY,
        insee: str | None = None,
    ) -> Location:
        _, back = metric(*centre)
        lon, lat = back.transform(east_m, north_m)
        return locate(self.store, self.catalog, Query(lon=lon, lat=lat, insee=insee), day)

    def text(self, text: str, limits: Settings | None = None) -> Location:
        return locate(self.store, self.catalog, Query(text=text), DAY, settings=limits)

    def but(self, layer: str, edition: str, **changes: object) -> Drawn:
        known = self.catalog.layers[layer]
        changed = tuple(
            e._replace(**changes) if e.id == edition else e  # type: ignore[arg-type]
            for e in known.editions
        )
        layers = {**self.catalog.layers, layer: known._replace(editions=changed)}
        return Drawn(self.store, self.catalog._replace(layers=layers))

    def with_classes(self, source: str = LIST, **changes: object) -> Drawn:
        """Load the list of the quarters' own classes in Occitanie."""
        source = f"embedded:{source}"
        return self.but("zonage_medecins", "2022-05-04", zone_class_source=source, **changes)


@pytest.fixture(scope="module")
def drawn(
    home: Path, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Drawn]:
    toulouse = [f"QN031{n}" for n in ("06I", "07M", "08M", "09M", "10M", "11I")]
    toulouse += [f"QN031{n}" for n in ("12M", "13M", "15I", "17N", "18N")]  # all but 19N
    shapes = [
        Shape(QUARTER, square(*FOIX, SIDE)),
        Shape("QP009001", square(*FOIX, SIDE), edition="2015"),
        Shape("QN97401M", square(*SAINT_DENIS, SIDE), edition="2024-outre-mer"),
        *(Shape(code, square(*CAPITOLE, 100, -5500, 100 * i)) for i, code in enumerate(toulouse)),
    ]
    lists = {
        LIST: {QUARTER: "ZIP", "QN97401M": "ZIP"},
        "test_same": {QUARTER: "ZAC"},
        "test_hz": {QUARTER: "HZ"},
        "test_other": {"QN99999M": "ZIP"},
    }
    store = draw(home, tmp_path_factory.mktemp("drawn"), shapes, lists)
    exact = Drawn(store, catalog)  # these squares have no other accuracy than a test gives
    for edition in ("2015", "2015-outre-mer", "2024", "2024-outre-mer"):
        exact = exact.but("qpv", edition, accuracy_m=0.0)
    yield exact
    store.close()


def told(zone: Zone) -> tuple[Verdict, str | None, Reason]:
    return zone.verdict, zone.zone_class, zone.reason_code


def codes(zone: Zone) -> list[str]:
    return [item.code for item in zone.items]


# --- a disc and perimeters -------------------------------------------------------------


def test_inside_is_oui_with_the_quarter_and_its_distance(drawn: Drawn) -> None:
    zone = drawn.at().zone("qpv")
    assert told(zone) == (OUI, "QPV", Reason.IN_ZONE)
    assert (zone.possible, zone.method, codes(zone)) == (("QPV",), "périmètre", [QUARTER])
    assert zone.distance_m == pytest.approx(SIDE / 2, abs=0.5)
    assert zone.items[0].distance_m == zone.distance_m
    assert f"« Quartier {QUARTER} » ({QUARTER}), à 200 m du bord" in zone.reason


def test_disjoint_is_non_with_the_nearest_distance(drawn: Drawn) -> None:
    zone = drawn.at(east_m=1000).zone("qpv")
    assert told(zone) == (NON, None, Reason.OUTSIDE_ZONES)
    assert zone.distance_m == pytest.approx(1000 - SIDE / 2, rel=2e-3)
    assert codes(zone) == [QUARTER]
    assert "800 m" in zone.reason
    far = drawn.at(AULUS).zone("qpv")
    assert told(far) == (NON, None, Reason.OUTSIDE_ZONES)
    assert (far.items, far.distance_m) == ((), None)


@pytest.mark.parametrize("angle", range(0, 360, 30))
@pytest.mark.parametrize("away", [60.0, 195.0, 240.0, 900.0, 4000.0])
def test_distances_are_those_of_pyproj_and_shapely(drawn: Drawn, angle: int, away: float) -> None:
    east, north = away * cos(radians(angle)), away * sin(radians(angle))
    zone = drawn.but("qpv", "2024", complete=True).at(east_m=east, north_m=north).zone("qpv")
    half = SIDE / 2
    ring = shapely.box(-half, -half, half, half).exterior
    expected = float(shapely.distance(ring, shapely.Point(east, north)))
    assert zone.distance_m == pytest.approx(expected, rel=2e-3, abs=0.2)
    inside = max(abs(east), abs(north)) < half
    assert zone.verdict is (OUI if inside else NON)


@pytest.mark.parametrize(
    ("text", "limits", "verdict"),
    [
        (HALL, Settings(), UNKNOWN),  # 300 m around a town hall: the border is at 200
        (HALL, Settings(radius_numero=15), OUI),
        (STREET, Settings(), UNKNOWN),
        (STREET, Settings(radius_voie=199), OUI),
        (HALL, Settings(radius_numero=201), UNKNOWN),
        (HALL, Settings(radius_numero=15, radius_voie=1000), OUI),
    ],
)
def test_the_radius_is_that_of_the_precision(
    drawn: Drawn, text: str, limits: Settings, verdict: Verdict
) -> None:
    zone = drawn.text(text, limits).zone("qpv")
    assert zone.verdict is verdict
    if verdict is UNKNOWN:
        assert zone.reason_code is Reason.NEAR_ZONE_BORDER
        assert zone.possible == ("QPV", None)
        assert zone.distance_m == pytest.approx(SIDE / 2, abs=0.5)
        assert "200 m de la limite" in zone.reason


@pytest.mark.parametrize(
    ("east", "accuracy", "verdict"),
    [
        (150.0, 0.0, OUI),
        (150.0, 49.0, OUI),
        (150.0, 51.0, UNKNOWN),
        (250.0, 0.0, NON),
        (250.0, 49.0, NON),
        (250.0, 51.0, UNKNOWN),
    ],
)
def test_the_accuracy_of_the_perimeters_widens_the_disc(
    drawn: Drawn, east: float, accuracy: float, verdict: Verdict
) -> None:
    zone = drawn.but("qpv", "2024", accuracy_m=accuracy).at(east_m=east).zone("qpv")
    assert zone.verdict is verdict
    assert zone.distance_m == pytest.approx(50, abs=0.5)


def test_radius_and_accuracy_add_up(drawn: Drawn) -> None:
    # 200 m to the border, 15 m around the number
    limits = Settings(radius_numero=15)
    assert drawn.but("qpv", "2024", accuracy_m=184).text(HALL, limits).zone("qpv").verdict is OUI
    wider = drawn.but("qpv", "2024", accuracy_m=186)
    assert wider.text(HALL, limits).zone("qpv").verdict is UNKNOWN


def test_a_commune_is_never_oui(drawn: Drawn) -> None:
    zone = drawn.text("Foix").zone("qpv")
    assert told(zone) == (UNKNOWN, None, Reason.PRECISION_INSUFFICIENT)
    assert codes(zone) == [QUARTER]
    assert QUARTER in zone.reason
    assert drawn.text("3 rue des Zorglubs, Foix").zone("qpv").verdict is UNKNOWN
    assert told(drawn.text("Aulus-les-Bains").zone("qpv")) == (
        NON,
        None,
        Reason.NO_ZONE_IN_COMMUNE,
    )
    postcode = drawn.text("09000").zone("qpv")
    assert (postcode.verdict, codes(postcode)) == (UNKNOWN, [QUARTER])


# --- what is not loaded ----------------------------------------------------------------


def test_a_listed_quarter_that_is_not_drawn_may_be_anywhere(drawn: Drawn) -> None:
    zone = drawn.at(CAPITOLE).zone("qpv")
    assert told(zone) == (UNKNOWN, None, Reason.ZONE_PERIMETER_UNKNOWN)
    assert codes(zone) == ["QN03119N"]  # the others are drawn, 5.5 km away
    assert drawn.at(CAPITOLE, east_m=-5500).zone("qpv").verdict is OUI
    beside = drawn.but("qpv", "2024", accuracy_m=100).at(CAPITOLE, east_m=-5600).zone("qpv")
    assert beside.verdict is UNKNOWN
    assert "QN03119N" in codes(beside)


def test_overseas_absence_proves_nothing(drawn: Drawn) -> None:
    assert told(drawn.at(SAINT_DENIS).zone("qpv")) == (OUI, "QPV", Reason.IN_ZONE)
    outside = drawn.at(SAINT_DENIS, east_m=1500, north_m=-1500).zone("qpv")
    assert outside.verdict is UNKNOWN
    whole = drawn.but("qpv", "2024-outre-mer", source=None)
    listless = whole.at(SAINT_DENIS, east_m=1500, north_m=-1500).zone("qpv")
    assert told(listless) == (UNKNOWN, None, Reason.ZONE_LIST_INCOMPLETE)


def test_the_generation_of_2015_has_no_list(drawn: Drawn) -> None:
    then = date(2023, 12, 31)
    assert codes(drawn.at(day=then).zone("qpv")) == ["QP009001"]
    assert drawn.at(day=then).zone("qpv").verdict is OUI
    assert told(drawn.at(east_m=1000, day=then).zone("qpv")) == (
        UNKNOWN,
        None,
        Reason.ZONE_LIST_INCOMPLETE,
    )
    assert codes(drawn.at(day=date(2024, 1, 1)).zone("qpv")) == [QUARTER]


def test_between_two_quarters_the_nearest_border_is_told(
    home: Path, catalog: Catalog, tmp_path: Path
) -> None:
    shapes = [Shape("QA", square(*FOIX, SIDE)), Shape("QB", square(*FOIX, 100, east_m=270))]
    store = draw(home, tmp_path, shapes)
    two = Drawn(store, catalog).but("qpv", "2024", accuracy_m=80, source=None)
    zone = two.at(east_m=145).zone("qpv")  # 55 m inside the one, 75 m from the other
    store.close()
    assert (zone.verdict, codes(zone)) == (UNKNOWN, ["QA", "QB"])
    assert zone.distance_m == pytest.approx(55, abs=0.5)


def test_a_point_that_contradicts_its_code_is_in_no_perimeter(drawn: Drawn) -> None:
    found = drawn.at(insee="31555")
    assert found.place.to_check is not None
    zone = found.zone("qpv")
    assert zone.verdict is UNKNOWN
    assert QUARTER not in codes(zone)
    assert len(zone.items) == 12


# --- zonage médecins in a quarter ------------------------------------------------------


def test_in_a_quarter_its_own_class_wins(drawn: Drawn) -> None:
    zone = drawn.with_classes().at().zone("zonage_medecins")
    assert told(zone) == (OUI, "ZIP", Reason.IN_ZONE)
    assert (zone.base_class, zone.possible) == ("ZAC", ("ZIP",))
    assert [(item.code, item.zone_class) for item in zone.items] == [(QUARTER, "ZIP")]


def test_out_of_every_quarter_the_commune_decides(drawn: Drawn) -> None:
    for asked in (drawn, drawn.with_classes()):
        zone = asked.at(east_m=1000).zone("zonage_medecins")
        assert told(zone) == (OUI, "ZAC", Reason.IN_CLASS)


def test_near_a_quarter_both_are_possible(drawn: Drawn) -> None:
    near = drawn.with_classes().but("qpv", "2024", accuracy_m=60)
    for east in (150, 250):
        zone = near.at(east_m=east).zone("zonage_medecins")
        assert told(zone) == (UNKNOWN, None, Reason.NEAR_ZONE_BORDER)
        assert (zone.base_class, zone.possible) == ("ZAC", ("ZAC", "ZIP"))
    same = drawn.with_classes("test_same").but("qpv", "2024", accuracy_m=60)
    assert told(same.at(east_m=150).zone("zonage_medecins"))[:2] == (OUI, "ZAC")


def test_a_quarter_that_is_not_listed_inherits_where_the_list_is_complete(drawn: Drawn) -> None:
    zone = drawn.with_classes("test_other", zone_classes_complete=True).at().zone("zonage_medecins")
    assert (zone.verdict, zone.zone_class, zone.base_class) == (OUI, "ZAC", "ZAC")
    zone = drawn.with_classes("test_other").at().zone("zonage_medecins")
    assert (zone.verdict, zone.base_class, zone.possible) == (UNKNOWN, "ZAC", ("ZAC", "ZIP"))


def test_a_quarter_of_a_class_that_does_not_count_is_outside(drawn: Drawn) -> None:
    zone = drawn.with_classes("test_hz").at().zone("zonage_medecins")
    assert (zone.verdict, zone.possible, zone.base_class) == (NON, (None,), "ZAC")


def test_without_the_list_the_class_in_a_quarter_is_unknown(drawn: Drawn) -> None:
    for asked in (drawn, drawn.with_classes("not_loaded")):
        zone = asked.at().zone("zonage_medecins")
        assert told(zone) == (UNKNOWN, None, Reason.QPV_CLASS_UNKNOWN)
        assert (zone.base_class, zone.possible) == ("ZAC", ("ZAC", "ZIP"))


def test_a_commune_with_a_quarter_has_both_classes(drawn: Drawn) -> None:
    zone = drawn.with_classes().text("Foix").zone("zonage_medecins")
    assert told(zone) == (UNKNOWN, None, Reason.PRECISION_INSUFFICIENT)
    assert zone.possible == ("ZAC", "ZIP")
    same = drawn.with_classes("test_same").text("Foix").zone("zonage_medecins")
    assert told(same) == (OUI, "ZAC", Reason.IN_CLASS)


def test_a_list_that_was_replaced_says_nothing_of_quarters_either(drawn: Drawn) -> None:
    old = drawn.with_classes(superseded_from=DAY)
    zone = old.at().zone("zonage_medecins")
    assert told(zone) == (UNKNOWN, None, Reason.EDITION_SUPERSEDED)
    assert zone.possible == ("ZIP", "ZAC", "ZAR", None)
    early = drawn.with_classes(valid_from=None, known_from=date(2025, 6, 1))
    assert early.at().zone("zonage_medecins").reason_code is Reason.EDITION_START_UNKNOWN


def test_where_quarters_may_be_missing_any_class_is_possible(drawn: Drawn) -> None:
    few = drawn.with_classes("test_same").but("qpv", "2024", complete=False, source=None)
    zone = few.at(east_m=1000).zone("zonage_medecins")
    assert told(zone) == (UNKNOWN, None, Reason.QPV_CLASS_UNKNOWN)
    assert zone.possible == ("ZAC", "ZIP")

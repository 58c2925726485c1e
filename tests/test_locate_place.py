"""Which communes a place may be in: discs, borders, codes of any vintage, the three cities."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely

from tests.drawn import metric
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError, SwappedPointError
from zonage_geo.locate import Location, Query, check_point, locate
from zonage_geo.settings import Settings
from zonage_geo.store import Store
from zonage_geo.territory import ARRONDISSEMENT_CITIES
from zonage_geo.verdict import Reason, Verdict

pytestmark = pytest.mark.package_data

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
DAY = date(2025, 5, 15)
NOW = date(2026, 11, 22)

# latitude, longitude
CAPITOLE = (43.60450, 1.44400)  # Toulouse, kilometres from any other commune
AULUS = (42.79080, 1.33280)
ZIP_NEAR_ZAC = (42.84775, 1.71800)  # in 09206 (ZIP), 184 m from 09092 (ZAC)
ZAC_NEAR_ZAC = (42.99473, 1.45369)  # in 09009 (ZAC), 175 m from 09216 (ZAC)
OFF_SETE = (43.39, 3.72)  # at sea, 1.2 km from 34301 and 2.9 km from 34108
FAR_OFF_SETE = (43.37, 3.72)
LYON_1_AND_2 = (45.767, 4.8357)  # in the 1st (ZAC), by the 2nd (HZ)
PARIS_4 = (48.8566, 2.3522)


@pytest.fixture(scope="module")
def where(store: Store, catalog: Catalog) -> Where:
    return Where(store, catalog)


class Where:
    """A question asked with the least writing."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self.store = store
        self.catalog = catalog

    def point(
        self, position: tuple[float, float], day: date = DAY, accuracy: float | None = None
    ) -> Location:
        query = Query(lat=position[0], lon=position[1])
        limits = Settings(accuracy_communes=accuracy)
        return locate(self.store, self.catalog, query, day, settings=limits)

    def code(
        self, insee: str, day: date = DAY, position: tuple[float, float] | None = None
    ) -> Location:
        lat, lon = position or (None, None)
        return locate(self.store, self.catalog, Query(lat=lat, lon=lon, insee=insee), day)

    def metres(self, code: str, position: tuple[float, float]) -> float:
        """Measure from a point to a commune by pyproj and shapely."""
        lat, lon = position
        to, _ = metric(lon, lat)
        outline = self.store.outline(code)
        assert outline is not None
        rings = [shapely.Polygon(_plane(to, rings[0])) for rings in outline]
        return float(shapely.distance(shapely.MultiPolygon(rings), shapely.Point(0, 0)))


def _plane(to: object, ring: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    flat = np.array(ring).reshape(-1, 2)
    return np.column_stack(to.transform(flat[:, 0], flat[:, 1]))  # type: ignore[attr-defined]


# --- a bare point ----------------------------------------------------------------------


def test_a_point_deep_inside_is_in_its_commune(where: Where) -> None:
    place = where.point(AULUS).place
    assert place.commune is not None
    assert (place.commune.code, place.commune.departement, place.commune.region) == (
        "09029",
        "09",
        "76",
    )
    assert (place.communes_possibles, place.notes, place.to_check) == (("09029",), (), None)
    assert (place.precision, place.radius_m, place.geocoder) == ("point", 0, "point")


def test_near_a_border_the_classes_differ(where: Where) -> None:
    found = where.point(ZIP_NEAR_ZAC)
    assert found.place.commune is None
    assert found.place.communes_possibles == ("09206", "09092")
    assert "300 m" in found.place.notes[0]
    zone = found.zone("zonage_medecins")
    assert (zone.verdict, zone.possible) == (UNKNOWN, ("ZIP", "ZAC"))
    assert (zone.reason_code, zone.base_class) == (Reason.CANDIDATES_DIFFER, None)
    expected = where.metres("09092", ZIP_NEAR_ZAC)
    assert zone.distance_m == pytest.approx(expected, rel=2e-3)
    assert zone.reason.startswith(f"À {expected:.0f} m")
    assert "ZIP ou ZAC" in zone.reason


def test_near_a_border_one_class_for_all_is_certain(where: Where) -> None:
    found = where.point(ZAC_NEAR_ZAC)
    assert found.place.commune is None
    assert set(found.place.communes_possibles) == {"09009", "09216"}
    zone = found.zone("zonage_medecins")
    assert (zone.verdict, zone.zone_class, zone.base_class) == (OUI, "ZAC", "ZAC")
    assert found.zone("departements_ars").verdict is OUI
    # What is certain is said of all of them, and not of one.
    assert zone.reason.startswith("Toutes les communes possibles : zone d'action")
    assert found.zone("qpv").reason == "Aucune des communes possibles ne compte de QPV."


def test_the_whole_disc_must_agree(where: Where) -> None:
    gap = where.metres("09092", ZIP_NEAR_ZAC)
    inside = where.point(ZIP_NEAR_ZAC, accuracy=gap - 1)
    assert inside.place.communes_possibles == ("09206",)
    assert inside.zone("zonage_medecins").zone_class == "ZIP"
    assert where.point(ZIP_NEAR_ZAC, accuracy=gap + 1).zone("zonage_medecins").verdict is UNKNOWN


def test_the_accuracy_of_the_outlines_comes_from_the_store(where: Where) -> None:
    assert float(where.store.metadata["accuracy_communes_m"]) == 300
    wide = where.point(CAPITOLE, accuracy=20_000).place
    assert len(wide.communes_possibles) > 10
    assert wide.communes_possibles[0] == "31555"  # the likeliest first


def test_in_no_commune_the_neighbours_within_3_km_are_possible(where: Where) -> None:
    found = where.point(OFF_SETE)
    assert found.place.commune is None
    assert found.place.communes_possibles == ("34301", "34108")
    assert "1,2 km" in found.place.notes[0]
    assert where.metres("34108", OFF_SETE) < 3000 < where.metres("34003", OFF_SETE)
    assert all(zone.to_check is not None for zone in found.zones)
    assert found.zone("departements_ars").verdict is NON  # not in 34, whichever it is


def test_in_no_commune_an_only_neighbour_is_to_check(where: Where) -> None:
    found = where.point((43.38, 3.72))
    assert found.place.communes_possibles == ("34301",)
    assert found.place.commune is None
    assert "aucune commune" in (found.place.to_check or "")


@pytest.mark.parametrize("position", [(42.6, 1.4), (43.25, -1.65)])  # Andorra, Spain
def test_abroad_beside_an_only_neighbour_nothing_is_oui(
    where: Where, position: tuple[float, float]
) -> None:
    found = where.point(position)
    assert len(found.place.communes_possibles) == 1
    assert all(zone.verdict is not Verdict.OUI for zone in found.zones)
    assert all(None in zone.possible for zone in found.zones)
    assert Reason.PLACE_OUTSIDE_COMMUNES in {zone.reason_code for zone in found.zones}
    assert found.zone("montagne").reason_code is Reason.NO_EDITION


def test_farther_than_3_km_there_is_no_place(where: Where) -> None:
    with pytest.raises(PlaceNotFoundError, match="plus de 3 km"):
        where.point(FAR_OFF_SETE)
    assert PlaceNotFoundError.exit_code == 3


@pytest.mark.parametrize("position", [CAPITOLE, PARIS_4, (-20.88, 55.45), (4.93, -52.33)])
def test_swapped_coordinates_are_recognised(where: Where, position: tuple[float, float]) -> None:
    lat, lon = position
    with pytest.raises(SwappedPointError, match="inversées") as caught:
        where.point((lon, lat))
    assert (caught.value.lat, caught.value.lon) == (lat, lon)
    assert "--point" not in str(caught.value)  # of a shell's words, a notebook knows nothing
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("lat", "lon", "said"),
    [
        (143.6, 1.44, "inversées"),
        (6_279_642.0, 574_357.0, "Lambert-93"),
        (float("nan"), 1.0, "n'est pas une position"),
        (43.0, float("inf"), "n'est pas une position"),
        (0.0, 181.0, "n'est pas une position"),
    ],
)
def test_what_is_no_position_is_refused(lat: float, lon: float, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_point(lat, lon)
    assert said in str(caught.value)


@pytest.mark.parametrize("query", [Query(), Query("Foix", 1.6, 42.9), Query(lon=1.0)])
def test_a_question_is_one_question(where: Where, query: Query) -> None:
    with pytest.raises(InputError):
        locate(where.store, where.catalog, query, DAY)


# --- codes -----------------------------------------------------------------------------


def test_far_from_its_code_the_code_wins(where: Where) -> None:
    found = where.code("31555", position=(42.9650, 1.6070))  # Foix
    place = found.place
    assert place.commune is not None
    assert place.commune.code == "31555"
    assert place.precision == "commune"  # the point is not believed
    assert "se contredisent" in (place.to_check or "")
    assert all("se contredisent" in (zone.to_check or "") for zone in found.zones)
    assert found.zone("zonage_medecins").base_class == "ZAR"


def test_near_its_code_a_point_is_believed(where: Where) -> None:
    position = (43.6045, 1.5140)  # east of Toulouse
    gap = where.metres("31555", position)
    assert 1000 < gap < 2000
    place = where.code("31555", position=position).place
    assert (place.precision, place.to_check, place.lon) == ("point", None, 1.514)
    assert place.commune is not None
    assert place.commune.code == "31555"
    strict = where.catalog._replace(
        thresholds={**where.catalog.thresholds, "code_mismatch_m": gap - 5}
    )
    query = Query(lat=position[0], lon=position[1], insee="31555")
    assert locate(where.store, strict, query, DAY).place.to_check is not None


@pytest.mark.parametrize(
    ("code", "day", "now", "said"),
    [
        ("12218", NOW, {"12218"}, "12218 a aussi désigné Saint-Cyprien-sur-Dourdou"),
        ("12218", date(2015, 6, 1), {"12218"}, "Conques-en-Rouergue depuis le 04/03/2024"),
        ("12076", NOW, {"12218"}, "ancien code : Conques-en-Rouergue jusqu'au 03/03/2024"),
        ("12076", date(2024, 3, 3), {"12218"}, None),
        ("60054", NOW, {"60054"}, "a aussi désigné Les Hauts-Talican jusqu'au 31/12/2023"),
        ("60694", NOW, {"60694"}, "a aussi désigné Villotran"),
        ("15141", NOW, {"15141"}, "Neussargues en Pinatelle jusqu'au 31/12/2024"),
        ("32067", NOW, {"32365"}, "aujourd'hui Cap d'Astarac (32365)"),
        ("09029", NOW, {"09029"}, None),
        ("69114", NOW, {"69114"}, "Liergues"),
    ],
)
def test_a_code_is_taken_at_its_date_then_in_its_older_meaning(
    where: Where, code: str, day: date, now: set[str], said: str | None
) -> None:
    place = where.code(code, day).place
    assert set(place.communes_possibles) == now
    notes = " ".join(place.notes)
    assert (said in notes) if said else notes == ""


def test_a_recycled_code_means_another_commune_before(where: Where) -> None:
    before = where.code("60054", date(2023, 12, 31)).place
    assert before.label == "Les Hauts-Talican (Oise)"
    assert set(before.communes_possibles) >= {"60694"}  # what it is now
    assert where.code("60054", date(2024, 1, 1)).place.label == "Beaumont-les-Nonains (Oise)"
    split = where.code("15141", date(2024, 12, 31)).place
    assert set(split.communes_possibles) == {"15031", "15035", "15047", "15141", "15171"}


def test_both_codes_of_conques_find_it_and_its_zonage_is_unknown(where: Where) -> None:
    for code in ("12076", "12218"):
        found = where.code(code, NOW)
        assert found.place.label == "Conques-en-Rouergue (Aveyron)"
        zone = found.zone("zonage_medecins")
        assert (zone.verdict, zone.reason_code) == (UNKNOWN, Reason.CLASS_UNAVAILABLE)


def test_a_part_of_a_commune_answers_as_the_commune(where: Where) -> None:
    merged_before_2014 = [
        (code, parent, nature)
        for code, parent, nature in where.store._rows(
            "SELECT code, parent, nature FROM cog_sous_communes WHERE nature IN ('COMD', 'COMA')"
        )
        if code != parent
        and not where.store.timeline.periods(code, None)
        and where.store.commune_name(code) is None
    ]
    assert len(merged_before_2014) > 400
    words = {"COMD": "commune déléguée", "COMA": "commune associée"}
    for code, parent, nature in merged_before_2014[::20]:
        place = where.code(code, NOW).place
        assert place.communes_possibles == (parent,)
        assert words[nature] in place.notes[0]


@pytest.mark.parametrize("code", ["99999", "31999", "00000"])
def test_a_code_of_no_commune_is_not_found(where: Where, code: str) -> None:
    with pytest.raises(PlaceNotFoundError, match="code postal"):
        where.code(code)


@pytest.mark.parametrize(
    ("code", "said"), [("9122", "09122"), ("2C004", "5 caractères"), ("", "«  »")]
)
def test_what_is_no_code_is_refused(where: Where, code: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        where.code(code)


# --- Paris, Lyon, Marseille ------------------------------------------------------------


@pytest.mark.parametrize("city", sorted(ARRONDISSEMENT_CITIES))
def test_a_city_alone_may_be_each_of_its_arrondissements(where: Where, city: str) -> None:
    found = where.code(city)
    zone = found.zone("zonage_medecins")
    listed = {
        where.store.membership("zonage_medecins_2025", a) for a in ARRONDISSEMENT_CITIES[city]
    }
    assert len(listed) > 1
    assert (zone.verdict, zone.reason_code) == (UNKNOWN, Reason.CANDIDATES_DIFFER)
    assert set(zone.possible) >= {None if cls == "HZ" else cls for cls in listed}
    assert (zone.base_class, found.place.commune and found.place.commune.arrondissement) == (
        None,
        None,
    )
    assert found.zone("frr").verdict is NON  # of a layer by commune


def test_an_arrondissement_has_its_own_class(where: Where) -> None:
    for code, listed in [("75101", "HZ"), ("75119", "ZIP"), ("69381", "ZAC"), ("13215", "ZIP")]:
        found = where.code(code)
        assert found.place.commune is not None
        assert found.place.commune.arrondissement == code
        assert found.place.commune.code in ARRONDISSEMENT_CITIES
        assert found.zone("zonage_medecins").base_class == listed


def test_an_arrondissement_is_certain_where_no_quarter_is_in_doubt(where: Where) -> None:
    layer = where.catalog.layers["zonage_medecins"]._replace(overridden_by=None)
    alone = where.catalog._replace(layers={layer.id: layer})
    answers = {
        code: locate(where.store, alone, Query(insee=code), DAY).zones[0].possible
        for code in ("75101", "75119", "75120", "75056")
    }
    assert answers == {
        "75101": (None,),
        "75119": ("ZIP",),
        "75120": ("ZAC",),
        "75056": (None, "ZAC", "ZIP"),
    }


def test_between_cities_with_quarters_the_doubt_is_said_whole(where: Where) -> None:
    zone = where.point((48.8300, 2.2701)).zone("zonage_medecins")  # Paris 15e (ZAC), Issy (HZ)
    assert (zone.reason_code, zone.base_class) == (Reason.QPV_CLASS_UNKNOWN, None)
    assert zone.possible == ("ZAC", "ZIP", None)
    assert "plusieurs communes" in zone.reason
    assert "ZAC, ZIP ou hors zone" in zone.reason


def test_a_point_tells_its_arrondissement(where: Where) -> None:
    found = where.point(PARIS_4).place.commune
    assert found is not None
    assert (found.code, found.arrondissement) == ("75056", "75104")


def test_a_point_between_two_arrondissements_is_in_one_commune(where: Where) -> None:
    found = where.point(LYON_1_AND_2)
    commune = found.place.commune
    assert commune is not None
    assert (commune.code, commune.arrondissement) == ("69123", None)
    assert found.place.refs[0].arrondissements == ("69381", "69382")
    zone = found.zone("zonage_medecins")
    assert (zone.reason_code, zone.possible[:2]) == (Reason.CANDIDATES_DIFFER, ("ZAC", None))
    near = where.point(LYON_1_AND_2, accuracy=1.0).place.commune
    assert near is not None
    assert near.arrondissement == "69381"

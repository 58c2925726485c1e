"""What a layer answers about a commune at a date: the rules, each with a real case.

By commune code, from the facts that ship with the package: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zonage_geo.catalog.model import Catalog, Edition
from zonage_geo.locate import Location, Query, Zone, locate
from zonage_geo.store import Store, facts_only
from zonage_geo.verdict import Reason, Verdict, verdict_of

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
ANY_CLASS = ("ZIP", "ZAC", "ZAR", None)

# Communes without a QPV unless their name says so; classes of the lists of 2025.
AULUS = "09029"  # ZAC, ZRR, FRR, massif
ABERGEMENT = "01001"  # Auvergne-Rhône-Alpes, ZAC
NEYRON = "01275"  # Auvergne-Rhône-Alpes, HZ
ACHERES = "77001"  # Île-de-France, ZIP
VITRE = "35360"  # Bretagne, ZAC
ADON = "45001"  # Centre-Val de Loire, ZIP
CONQUES = "12218"  # no class in the list
TOULOUSE_QPV = "31555"  # ZAR
LODEVE_QPV = "34142"  # ZIP
FOIX_QPV = "09122"  # ZAC
SAINT_DENIS_QPV = "97411"
CILAOS = "97424"  # none in a list of QPV that is not complete
CAP_ASTARAC, CABAS = "32365", "32067"  # merged into the first on 2025-01-01


@pytest.fixture(scope="module")
def facts() -> Iterator[Store]:
    store = facts_only()
    yield store
    store.close()


@pytest.fixture(scope="module")
def known(facts: Store) -> Catalog:
    return facts.catalog()


class Ask:
    """A question asked with the least writing."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self.store = store
        self.catalog = catalog

    def __call__(self, layer: str, insee: str, day: str) -> Zone:
        return self.location(insee, day).zone(layer)

    def location(self, insee: str, day: str) -> Location:
        return locate(self.store, self.catalog, Query(insee=insee), date.fromisoformat(day))

    def but(self, layer: str, edition: str, **changes: object) -> Ask:
        """Ask of a catalogue in which one edition is another."""
        known = self.catalog.layers[layer]
        changed = tuple(
            e._replace(**changes) if e.id == edition else e  # type: ignore[arg-type]
            for e in known.editions
        )
        layers = {**self.catalog.layers, layer: known._replace(editions=changed)}
        return Ask(self.store, self.catalog._replace(layers=layers))


@pytest.fixture(scope="module")
def ask(facts: Store, known: Catalog) -> Ask:
    return Ask(facts, known)


def told(zone: Zone) -> tuple[Verdict, str | None, Reason]:
    return zone.verdict, zone.zone_class, zone.reason_code


# --- the scheme's life -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "code", "last_out", "first_in"),
    [
        ("frr", AULUS, "2024-06-30", "2024-07-01"),
        ("frr", AULUS, "2030-01-01", "2029-12-31"),
        ("zrr", AULUS, "2024-07-01", "2024-06-30"),
        ("qpv", AULUS, "2014-12-31", "2024-01-01"),
        ("departements_ars", AULUS, "2022-05-03", "2022-05-04"),
    ],
)
def test_out_of_its_life_a_scheme_is_not_in_force(
    ask: Ask, layer: str, code: str, last_out: str, first_in: str
) -> None:
    out = ask(layer, code, last_out)
    assert told(out) == (NON, None, Reason.SCHEME_NOT_IN_FORCE)
    assert (out.possible, out.edition, out.base_class, out.to_check) == ((None,), None, None, None)
    assert out.method == "calendrier"
    assert ask(layer, code, first_in).reason_code is not Reason.SCHEME_NOT_IN_FORCE


def test_zrr_gives_way_to_frr_overnight(ask: Ask) -> None:
    before, after = ask.location(AULUS, "2024-06-30"), ask.location(AULUS, "2024-07-01")
    assert [told(before.zone(x))[:2] for x in ("zrr", "frr")] == [(OUI, "C"), (NON, None)]
    assert [told(after.zone(x))[:2] for x in ("zrr", "frr")] == [(NON, None), (OUI, "FRR socle")]


@pytest.mark.parametrize(
    ("layer", "code", "day", "possible"),
    [
        ("montagne", AULUS, "2025-05-15", ("MONTAGNE", None)),
        ("pdsa", AULUS, "2025-05-15", ("SECTEUR", None)),
        ("zfu", AULUS, "2025-05-15", ("ZFU", None)),
        ("tvs", AULUS, "2025-05-15", ("TVS", None)),
        ("zrr", AULUS, "2018-02-21", ("C", None)),
        ("zonage_medecins", AULUS, "2022-05-03", ANY_CLASS),
        ("qpv", AULUS, "2023-12-31", ("QPV", None)),
    ],
)
def test_in_force_but_with_no_edition_loaded_is_undetermined(
    ask: Ask, layer: str, code: str, day: str, possible: tuple[str | None, ...]
) -> None:
    zone = ask(layer, code, day)
    assert told(zone) == (UNKNOWN, None, Reason.NO_EDITION)
    assert zone.possible == possible
    assert zone.reason == zone.layer.missing  # says which file it lacks
    edition = " --edition 2015" if layer == "qpv" else ""
    assert zone.next_step == f"python -m zonage_geo data add {layer} FICHIER{edition}"


def test_every_layer_answers_at_every_date(ask: Ask, known: Catalog) -> None:
    for day in ("2014-01-01", "2018-06-01", "2025-05-15", "2035-01-01"):
        assert [z.layer.id for z in ask.location(AULUS, day).zones] == list(known.layers)


# --- editions in time ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "day", "cls", "successor"),
    [
        (ABERGEMENT, "2026-01-01", "ZAC", "2025-17-1113"),
        (ACHERES, "2025-12-09", "ZIP", "9 décembre 2025"),
    ],
)
def test_superseded_keeps_the_class_as_a_memory(
    ask: Ask, code: str, day: str, cls: str, successor: str
) -> None:
    eve = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    assert told(ask("zonage_medecins", code, eve)) == (OUI, cls, Reason.IN_CLASS)
    for later in (day, "2035-01-01"):
        zone = ask("zonage_medecins", code, later)
        assert told(zone) == (UNKNOWN, None, Reason.EDITION_SUPERSEDED)
        assert (zone.base_class, zone.possible) == (cls, ANY_CLASS)
        assert successor in (zone.to_check or "")
        assert cls in zone.reason


def test_superseded_says_so_even_where_the_qpv_would_be_the_doubt(ask: Ask) -> None:
    zone = ask("zonage_medecins", "69381", "2026-01-01")
    assert (zone.reason_code, zone.base_class) == (Reason.EDITION_SUPERSEDED, "ZAC")
    assert zone.possible == ANY_CLASS


def test_start_unknown_is_undetermined_before_it_is_known_to_hold(ask: Ask) -> None:
    for day in ("2023-06-01", "2025-04-30"):
        zone = ask("zonage_medecins", VITRE, day)
        assert told(zone) == (UNKNOWN, None, Reason.EDITION_START_UNKNOWN)
        assert (zone.base_class, zone.possible) == ("ZAC", ANY_CLASS)
    found = ask("massif", AULUS, "2016-12-31")
    assert (found.reason_code, found.base_class) == (Reason.EDITION_START_UNKNOWN, "08")
    assert ask("massif", AULUS, "2017-01-01").verdict is OUI


def test_a_class_whose_label_is_a_name_keeps_its_capital(ask: Ask) -> None:
    assert ask("massif", AULUS, "2025-01-01").reason == "Aulus-les-Bains : massif des Pyrénées."
    assert ask("massif", "12145", "2025-01-01").reason == "Millau : Massif central."


def test_after_known_until_the_answer_stands_and_is_to_check_where_newer_is_announced(
    ask: Ask,
) -> None:
    last, next_day = (
        ask("zonage_medecins", AULUS, "2025-05-31"),
        ask("zonage_medecins", AULUS, "2025-06-01"),
    )
    assert told(last) == told(next_day) == (OUI, "ZAC", Reason.IN_CLASS)
    assert last.to_check is None
    assert "septembre 2025" in (next_day.to_check or "")
    ars = [ask("departements_ars", AULUS, day) for day in ("2024-12-09", "2024-12-10")]
    assert [zone.verdict for zone in ars] == [OUI, OUI]
    assert [zone.to_check is None for zone in ars] == [True, False]


def test_after_known_until_alone_nothing_is_to_check(ask: Ask) -> None:
    zone = ask("frr", AULUS, "2026-06-01")
    assert zone.edition is not None
    assert zone.edition.known_until == date(2025, 7, 10)
    assert told(zone) == (OUI, "FRR socle", Reason.IN_CLASS)
    assert zone.to_check is None


def test_after_known_until_the_revision_period_tells(ask: Ask) -> None:
    assert "2 ans" in (ask("zonage_medecins", VITRE, "2025-06-01").to_check or "")  # age unknown
    assert "2 ans" in (ask("zonage_medecins", ADON, "2025-06-01").to_check or "")  # of 2022
    assert ask("zonage_medecins", VITRE, "2025-05-31").to_check is None
    young = ask.but("zonage_medecins", "2022-01-13-cvl", valid_from=date(2025, 3, 1))
    assert young("zonage_medecins", ADON, "2027-02-28").to_check is None
    assert "2 ans" in (young("zonage_medecins", ADON, "2027-03-01").to_check or "")
    assert young("zonage_medecins", ADON, "2027-03-01").verdict is OUI


def test_a_list_seen_later_than_its_text_is_to_check_before_it_was_seen(ask: Ask) -> None:
    before, seen = (ask("zonage_medecins", AULUS, day) for day in ("2025-04-30", "2025-05-01"))
    assert (before.zone_class, seen.zone_class) == ("ZAC", "ZAC")
    assert "83 %" in (before.to_check or "")
    assert seen.to_check is None


def test_effect_and_publication_are_both_kept(ask: Ask) -> None:
    plus = "02006"  # FRR+
    old, new = ask("frr", plus, "2024-12-31"), ask("frr", plus, "2025-01-01")
    assert (old.zone_class, old.base_class) == ("FRR socle", "FRR socle")  # FRR+ read as socle
    assert (new.zone_class, new.base_class) == ("FRR+", "FRR+")  # of effect, before publication
    assert "118 communes" in (old.to_check or "")
    assert new.edition is not None
    assert (new.edition.valid_from, new.edition.published) == (date(2025, 1, 1), date(2025, 7, 10))
    assert ask("frr", plus, "2025-07-09").to_check is not None
    assert ask("frr", plus, "2025-07-10").to_check is None
    assert "FRR+" not in ask("frr", "97401", "2024-08-01").possible
    assert "FRR+" not in ask("frr", CABAS, "2024-08-01").possible  # any class, of that time


@pytest.mark.parametrize(
    ("code", "last", "old", "first", "new"),
    [
        (FOIX_QPV, "2023-12-31", "2015", "2024-01-01", "2024"),
        (SAINT_DENIS_QPV, "2024-12-31", "2015-outre-mer", "2025-01-01", "2024-outre-mer"),
    ],
)
def test_generations_of_qpv_change_on_their_day(
    ask: Ask, code: str, last: str, old: str, first: str, new: str
) -> None:
    before, after = ask("qpv", code, last), ask("qpv", code, first)
    assert before.edition is not None
    assert after.edition is not None
    assert (before.edition.id, after.edition.id) == (old, new)
    assert (before.reason_code, before.items) == (Reason.NO_EDITION, ())
    assert after.reason_code is Reason.ZONE_PERIMETER_UNKNOWN
    assert all(item.code.startswith("QN") for item in after.items)
    assert after.items


# --- classes ---------------------------------------------------------------------------


def test_a_class_that_does_not_count_is_non_and_kept(ask: Ask) -> None:
    zone = ask("zonage_medecins", NEYRON, "2025-05-15")
    assert told(zone) == (NON, None, Reason.CLASS_DOES_NOT_COUNT)
    assert (zone.base_class, zone.possible) == ("HZ", (None,))
    assert ask("frr", TOULOUSE_QPV, "2025-08-01").base_class == "Non classée"
    assert ask("frr", "89477", "2025-08-01").zone_class == "FRR bénéficiaire"


@pytest.mark.parametrize("code", [CILAOS, CONQUES])
def test_no_class_in_the_list_is_undetermined(ask: Ask, code: str) -> None:
    zone = ask("zonage_medecins", code, "2025-05-15")
    assert told(zone) == (UNKNOWN, None, Reason.CLASS_UNAVAILABLE)
    assert (zone.base_class, zone.possible) == (None, ANY_CLASS)


@pytest.mark.parametrize(
    ("layer", "code", "day", "possible", "base"),
    [
        ("frr", "97401", "2025-08-01", ("FRR socle", None), "FRR partielle"),
        ("frr", "01187", "2025-08-01", ("FRR bénéficiaire", None), "FRR bénéficiaire partielle"),
        ("zrr", "02153", "2024-01-01", ("C", None), "P"),
    ],
)
def test_partly_classed_is_undetermined(
    ask: Ask, layer: str, code: str, day: str, possible: tuple[str | None, ...], base: str
) -> None:
    zone = ask(layer, code, day)
    assert told(zone) == (UNKNOWN, None, Reason.PARTIAL)
    assert (zone.possible, zone.base_class) == (possible, base)


def test_absence_counts_only_from_a_list_that_is_complete(ask: Ask) -> None:
    assert told(ask("massif", TOULOUSE_QPV, "2025-05-15")) == (NON, None, Reason.NOT_LISTED)
    assert told(ask("qpv", AULUS, "2025-05-15")) == (NON, None, Reason.NO_ZONE_IN_COMMUNE)
    assert told(ask("departements_ars", "31001", "2023-01-01")) == (NON, None, Reason.NOT_LISTED)
    assert told(ask("qpv", CILAOS, "2025-05-15")) == (UNKNOWN, None, Reason.ZONE_LIST_INCOMPLETE)
    part = ask.but("massif", "2025-liste-anct", complete=False)
    assert part("massif", TOULOUSE_QPV, "2025-05-15").verdict is UNKNOWN
    assert part("massif", AULUS, "2025-05-15").verdict is OUI
    few = ask.but("qpv", "2024", complete=False)
    assert few("qpv", AULUS, "2025-05-15").reason_code is Reason.ZONE_LIST_INCOMPLETE


def test_overseas_a_commune_is_never_out_of_every_qpv(ask: Ask, facts: Store) -> None:
    codes = [c for (c,) in facts._rows("SELECT code FROM cog_communes WHERE code LIKE '97%'")]
    verdicts = {
        ask("qpv", code, day).verdict for code in codes for day in ("2024-06-01", "2026-01-01")
    }
    assert len(codes) > 100
    assert verdicts == {UNKNOWN}


def test_a_commune_alone_is_never_in_a_qpv(ask: Ask) -> None:
    zone = ask("qpv", TOULOUSE_QPV, "2025-05-15")
    assert told(zone) == (UNKNOWN, None, Reason.ZONE_PERIMETER_UNKNOWN)
    assert len(zone.items) == 12
    assert "« Empalot » (QN03109M)" in zone.reason
    assert zone.next_step == "python -m zonage_geo data fetch qpv"


# --- zonage médecins and quarters ------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "base", "possible", "words"),
    [
        (TOULOUSE_QPV, "ZAR", ("ZAR", "ZAC", "ZIP"), "ZAR, sauf si l'adresse est en QPV"),
        (LODEVE_QPV, "ZIP", ("ZIP", "ZAC"), "ZIP, sauf si l'adresse est en QPV"),
        ("75101", "HZ", (None, "ZAC", "ZIP"), "HZ, sauf si l'adresse est en QPV"),
    ],
)
def test_where_a_qpv_may_be_its_class_is_not_known(
    ask: Ask, code: str, base: str, possible: tuple[str | None, ...], words: str
) -> None:
    zone = ask("zonage_medecins", code, "2025-05-15")
    assert told(zone) == (UNKNOWN, None, Reason.QPV_CLASS_UNKNOWN)
    assert (zone.base_class, zone.possible) == (base, possible)
    assert zone.reason.startswith(words)
    assert zone.items


def test_without_a_qpv_the_commune_decides(ask: Ask) -> None:
    assert told(ask("zonage_medecins", AULUS, "2024-01-01")) == (OUI, "ZAC", Reason.IN_CLASS)
    # the quarters of before are not known: nobody can tell that there was none
    zone = ask("zonage_medecins", AULUS, "2023-12-31")
    assert told(zone) == (UNKNOWN, None, Reason.QPV_CLASS_UNKNOWN)
    assert (zone.base_class, zone.possible) == ("ZAC", ("ZAC", "ZIP"))


# --- communes that merged --------------------------------------------------------------


def test_a_list_of_before_a_merger_is_read_for_each_part(ask: Ask) -> None:
    # Ingrandes (not classed) and Saint-Sigismond (classed) merged on 2024-01-01, Thoiras
    # (classed) and Corbès (not) on 2025-01-01, after the ZRR had ended
    zone = ask("zrr", "49160", "2024-06-30")
    assert told(zone) == (UNKNOWN, None, Reason.MERGED_COMMUNE)
    assert zone.possible == (None, "C")
    assert told(ask("zrr", "49160", "2023-12-31"))[0] is NON
    assert told(ask("zrr", "49321", "2023-12-31"))[:2] == (OUI, "C")
    assert told(ask("zrr", "30329", "2024-06-30"))[:2] == (OUI, "C")
    assert told(ask("zrr", "30094", "2024-06-30"))[0] is NON
    assert told(ask("zrr", CAP_ASTARAC, "2024-06-30"))[:2] == (OUI, "C")


def test_a_list_of_after_a_merger_tells_nothing_of_what_was_absorbed(ask: Ask) -> None:
    for day in ("2023-06-01", "2024-06-01"):
        zone = ask("zonage_medecins", CABAS, day)
        assert told(zone) == (UNKNOWN, None, Reason.MERGED_COMMUNE)
        assert zone.possible == ANY_CLASS
    assert told(ask("zonage_medecins", CABAS, "2025-05-15"))[:2] == (OUI, "ZAC")


def test_the_kept_code_keeps_its_class_only_where_the_law_says_so(ask: Ask) -> None:
    assert told(ask("zonage_medecins", CAP_ASTARAC, "2024-06-01")) == (OUI, "ZAC", Reason.IN_CLASS)
    frr = ask("frr", CAP_ASTARAC, "2024-08-01")
    assert told(frr) == (UNKNOWN, None, Reason.MERGED_COMMUNE)
    assert frr.base_class == "FRR socle"
    massif = ask("massif", CAP_ASTARAC, "2024-06-01")
    assert told(massif) == (UNKNOWN, None, Reason.MERGED_COMMUNE)


def test_a_code_whose_commune_only_changed_code_is_followed(ask: Ask) -> None:
    assert told(ask("frr", "12076", "2025-05-15"))[:2] == (OUI, "FRR socle")
    for day in ("2024-03-03", "2024-03-04", "2025-05-15"):
        assert told(ask("massif", "12076", day))[:2] == (OUI, "06")
    assert told(ask("zrr", "12076", "2024-06-30"))[:2] == (OUI, "C")
    assert ask("zonage_medecins", "12076", "2025-05-15").reason_code is Reason.CLASS_UNAVAILABLE


# --- what holds everywhere -------------------------------------------------------------


@pytest.fixture(scope="module")
def every_code(facts: Store) -> list[str]:
    rows = facts._rows("SELECT code FROM cog_communes UNION SELECT av FROM cog_events")
    return [code for (code,) in rows]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**9), day=st.dates(date(2014, 1, 1), date(2031, 12, 31)))
def test_invariants_of_an_answer(
    ask: Ask, facts: Store, every_code: list[str], seed: int, day: date
) -> None:
    code = every_code[seed % len(every_code)]
    place = Query(insee=code)
    if facts.commune_name(code) is None and not facts.timeline.periods(code, None):
        return
    found = locate(facts, ask.catalog, place, day)
    for zone in found.zones:
        assert zone.possible
        assert len(set(zone.possible)) == len(zone.possible)
        assert zone.verdict is verdict_of(zone.possible)
        assert (zone.zone_class is not None) == (zone.verdict is OUI)
        assert zone.reason_code in set(Reason)
        assert zone.reason.endswith((".", "FICHIER"))
        assert_classes_of_its_edition(zone)


def assert_classes_of_its_edition(zone: Zone) -> None:
    classes = zone.edition.classes if isinstance(zone.edition, Edition) else zone.layer.classes
    for code in zone.possible:
        assert code is None or (classes[code].counts and not classes[code].partial_of)
    assert zone.base_class is None or zone.base_class in classes


@pytest.mark.parametrize(("day", "doubted"), [("2027-12-31", False), ("2028-01-01", True)])
def test_a_benefit_whose_extension_is_not_confirmed_is_to_check(
    ask: Ask,
    day: str,
    doubted: bool,  # noqa: FBT001
) -> None:
    """Old ZRR communes keep the FRR's effects to the end of 2027 (LF 2025 art. 99)."""
    zone = ask.location("01060", day).zone("frr")
    assert (zone.verdict, zone.zone_class) == (Verdict.OUI, "FRR bénéficiaire")
    assert ("source secondaire" in (zone.to_check or "")) is doubted

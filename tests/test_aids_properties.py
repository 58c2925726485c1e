"""What must hold of every answer, whatever the place, the day and the profile."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.aided import DOCTOR
from zonage_geo.aids import AidVerdict, Answers, evaluate, rules
from zonage_geo.aids.conditions import Word
from zonage_geo.errors import InputError

KNOWN = rules()
ORDER = [AidVerdict.NOT_ELIGIBLE, AidVerdict.DEPENDS, AidVerdict.ELIGIBLE]
EXCLUSIVE = ("CAIM", "COSCOM", "COTRAM", "CSTM")
"""Not cumulable between themselves (S0, S3, S4)."""
ZONES = ("qpv", "massif", "montagne", "frr", "zrr", "zfu")
OTHERWISE_IN_ZIP = {"PRIMO_ZAC", "CDE_REMPL"}
"""The first is the ZAC's; near a zone the second waives what it asks in one."""
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NUMBERS = {
    "age": (35, 60, 61, 67),
    "cycle": (2, 3),
    "demi_journees": (4, 5, 8),
    "secteur": (1, 2),
    "installe_depuis_mois": (0, 11, 12, 40),
    "jours_par_trimestre": (28, 29, 60),
    "distance_zip_zac_km": (9, 11),
}


def values(word: Word) -> st.SearchStrategy[Any]:
    """Give values of a word, and ``...`` for a word that is not given."""
    if word.kind == "bool":
        known: list[Any] = [True, False]
    elif word.kind == "number":
        low, high = word.bounds or (0, 200)
        known = [*NUMBERS.get(word.name, {low, 1, 20, high})]
    elif word.kind == "ids":
        known = [[], ["COSCOM"], ["CAIM"], ["ARS_OCC", "CESP"]]
    elif word.kind == "text":
        known = [*word.values, *(["une autre"] if word.other or not word.values else [])]
    else:
        known = [*word.values]
    return st.sampled_from([..., None, *known])


PROFILES = st.fixed_dictionaries({name: values(KNOWN.words[name]) for name in KNOWN.profile})
LIKELY = st.fixed_dictionaries(
    {word: st.sampled_from([value, value, value, ...]) for word, value in DOCTOR.items()}
)
CLASSES = st.lists(st.sampled_from(["ZIP", "ZAC", "ZAR", None]), min_size=1, unique=True)
PLACES = st.fixed_dictionaries(
    {
        "zonage_medecins": CLASSES.map(lambda possible: {"possible": possible}),
        "departement": st.sampled_from(["09", "31", "48", "44", "29"]),
        "pdsa": st.sampled_from(
            [
                {"verdict": "oui", "items": [{"code": "1", "exoneration": told}]}
                for told in ("oui", "non")
            ]
            + [{"verdict": "indéterminé"}]
        ),
        **{layer: st.sampled_from(["oui", "non", "indéterminé"]) for layer in ZONES},
    }
)
DAYS = st.sampled_from(
    [
        "2022-05-03",
        "2023-12-31",
        "2024-06-30",
        "2024-12-09",
        "2025-12-31",
        "2026-01-01",
        "2026-12-01",
    ]
)


def given_words(words: dict[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in words.items() if value is not ...}


def verdicts(found: Answers) -> dict[str, AidVerdict]:
    return {one.id: one.verdict for one in found}


@FEW
@given(PLACES, DAYS, st.one_of(PROFILES, LIKELY).map(given_words))
def test_an_answer_says_why(where: dict[str, Any], day: str, who: dict[str, Any]) -> None:
    for one in evaluate(where, day, who):
        assert bool(one.failed) == (one.verdict == "not_eligible"), one
        if one.verdict != "not_eligible":
            assert bool(one.missing) == (one.verdict == "depends"), one
        assert len(one.failed) + len(one.met) <= len(one.outcomes)
        assert one.amount is None or one.amount_low is None or one.amount_low <= one.amount


@FEW
@given(PLACES, DAYS, st.one_of(PROFILES, LIKELY).map(given_words), st.data())
def test_a_missing_fact_never_yields_what_the_fact_would_not(
    where: dict[str, Any], day: str, who: dict[str, Any], data: st.DataObject
) -> None:
    removed = data.draw(st.sampled_from(sorted(who)) if who else st.just(""))
    less = {word: value for word, value in who.items() if word != removed}
    held = set(who.get("contrats_en_cours") or ()) if removed == "contrats_en_cours" else set()
    before, after = (verdicts(evaluate(where, day, one)) for one in (who, less))
    for aid, verdict in after.items():
        # A contract that is held is asked about otherwise: does it still run?
        assert verdict in (before[aid], AidVerdict.DEPENDS) or aid in held, (aid, removed)


@FEW
@given(PLACES, DAYS)
def test_without_a_profile_nothing_is_eligible(where: dict[str, Any], day: str) -> None:
    assert not evaluate(where, day, {}).with_verdict("eligible")


@FEW
@given(PLACES, DAYS, LIKELY.map(given_words))
def test_a_certain_answer_holds_for_each_class_that_is_possible(
    where: dict[str, Any], day: str, who: dict[str, Any]
) -> None:
    whole = verdicts(evaluate(where, day, who))
    for one in where["zonage_medecins"]["possible"]:
        alone = verdicts(evaluate({**where, "zonage_medecins": {"possible": [one]}}, day, who))
        for aid, verdict in whole.items():
            assert verdict in (alone[aid], AidVerdict.DEPENDS), (aid, one)


@FEW
@given(
    PLACES,
    DAYS,
    LIKELY.map(given_words),
    st.sampled_from(["ZIP", "ZAC", "ZAR"]),
    st.sampled_from(["qpv_class_unknown", "near_zone_border", "merged_commune"]),
)
def test_what_is_certain_is_so_in_the_quarter_and_out_of_it(
    where: dict[str, Any], day: str, who: dict[str, Any], base: str, reason: str
) -> None:
    """A commune of some class with a quarter that may have another: every case, one by one."""
    possible = list(dict.fromkeys([base, "ZAC", "ZIP"]))
    zoning = {"possible": possible, "base_class": base, "reason_code": reason}
    unsure = {**where, "zonage_medecins": zoning, "qpv": "indéterminé"}
    whole = verdicts(evaluate(unsure, day, who))
    cases = [("non", base)] + [("oui", one) for one in possible]
    if reason == "merged_commune":  # the base says nothing of the place
        cases += [("non", one) for one in possible]
    for quarter, one in cases:
        told = {**where, "zonage_medecins": one, "qpv": quarter}
        alone = verdicts(evaluate(told, day, who))
        for aid, verdict in whole.items():
            told_apart = aid == "PDSA_EXO" and quarter == "oui"  # it asks of the commune
            assert told_apart or verdict in (alone[aid], AidVerdict.DEPENDS), (aid, quarter, one)


@FEW
@given(PLACES, DAYS, LIKELY.map(given_words), st.sampled_from(ZONES))
def test_more_zones_never_lose_an_aid(
    where: dict[str, Any], day: str, who: dict[str, Any], layer: str
) -> None:
    out, maybe, inside = (
        verdicts(evaluate({**where, layer: told}, day, who))
        for told in ("non", "indéterminé", "oui")
    )
    for aid in KNOWN.aids:
        ranks = [ORDER.index(one[aid]) for one in (out, maybe, inside)]
        assert ranks == sorted(ranks), (aid, layer)


@FEW
@given(PLACES, DAYS, LIKELY.map(given_words), st.sampled_from(["ZAR", None]))
def test_a_zip_opens_what_a_lesser_zone_opens(
    where: dict[str, Any], day: str, who: dict[str, Any], lesser: str | None
) -> None:
    low, high = (
        verdicts(evaluate({**where, "zonage_medecins": {"possible": [zone]}}, day, who))
        for zone in (lesser, "ZIP")
    )
    for aid in set(KNOWN.aids) - OTHERWISE_IN_ZIP:
        assert ORDER.index(low[aid]) <= ORDER.index(high[aid]), aid


@FEW
@given(
    PLACES,
    DAYS,
    st.fixed_dictionaries(
        {
            "age": st.sampled_from([35, 63]),
            "installe_zone": st.sampled_from(["ZIP", "ZAC"]),
            "jours_par_an_en_zip": st.sampled_from([5, 12]),
            "contrats_en_cours": st.sampled_from([[], ["CAIM"], ["COSCOM"], ["CSTM"], ["ARS_OCC"]]),
        }
    ),
)
def test_no_two_exclusive_aids_are_presented_as_cumulable(
    where: dict[str, Any], day: str, words: dict[str, Any]
) -> None:
    heir = {"age": 40, "installe_depuis_mois": 0, "liberal_conventionne": True}
    found = evaluate(where, day, {**DOCTOR, **words, "successeur": heir})
    possible = {one.id for one in found if one.verdict != "not_eligible"}
    for one, other in product((*EXCLUSIVE, "ARS_OCC"), repeat=2):
        if one != other and {one, other} <= possible:
            assert other in found[one].conflicts
    for held in set(words["contrats_en_cours"]) & set(EXCLUSIVE):
        for other in set(EXCLUSIVE) - {held}:
            assert found[other].verdict == "not_eligible"
            assert any(held in failed for failed in found[other].failed)


ODD = st.recursive(
    st.sampled_from([None, True, 0, -1, 9.5, "", "ZIP", "oui", "09", "9029", "QN1"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["verdict", "possible", "items", "code", "reason_code", "x"]), inner
        ),
    ),
    max_leaves=4,
)
KEYS = st.sampled_from([*KNOWN.layers, "departement", "region", "commune", "label", "date", "x"])


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(KEYS, ODD, max_size=3),
    st.dictionaries(st.sampled_from([*KNOWN.profile, "x"]), ODD, max_size=3),
)
def test_what_cannot_be_read_is_refused_in_words(
    where: dict[str, Any], who: dict[str, Any]
) -> None:
    try:
        found = len(evaluate(where, "2024-12-09", who))
    except InputError:
        found = len(KNOWN.aids)
    assert found == len(KNOWN.aids)

"""Whether candidates answer: pure, without store nor network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.geocoding.decide import Decision, Proposal, Reading, decide
from zonage_geo.geocoding.likeness import likeness

CATALOG = Catalog.from_plain(compile_catalog())
LIMITS, WORDS = CATALOG.limits, CATALOG.words
FOIX, TOULOUSE = "09122", "31555"


def street(voie: str, commune: str = TOULOUSE, **more: object) -> Proposal:
    """Propose a street, or a number of it."""
    numero = more.pop("numero", None)
    fields: dict[str, object] = {
        "label": f"{numero or ''} {voie} {commune}".strip(), "kind": "numero" if numero else "voie",
        "score": 0.9, "commune": commune, "numero": numero, "voie": voie, "lon": 1.44, "lat": 43.6,
    }  # fmt: skip
    return Proposal(**{**fields, **more})  # type: ignore[arg-type]


def asked(voie: str, numero: str | None = None, *communes: str, part: str | None = None) -> Reading:
    """Ask for a street in some communes; anywhere where there is none."""
    return Reading(numero, voie, frozenset(communes) or None, part)


def decided(*proposals: Proposal, reading: Reading) -> Decision:
    return decide((reading,), proposals, LIMITS, WORDS)


# --- what is answered ------------------------------------------------------------------


def test_a_number_of_the_street_of_the_commune_answers() -> None:
    found = street("rue de metz", numero="12")
    reading = asked("rue de metz", "12", TOULOUSE)
    assert decided(found, reading=reading) == Decision("answer", (found,), "numero")


@pytest.mark.parametrize("has", [None, "12 bis", "14"])
def test_a_number_that_is_not_in_the_street_is_the_street(has: str | None) -> None:
    found = decided(street("rue de metz", numero=has), reading=asked("rue de metz", "12", TOULOUSE))
    assert (found.outcome, found.precision, found.missing) == ("answer", "voie", "12")


def test_a_street_without_a_number_is_a_street_though_a_door_is_proposed() -> None:
    found = decided(street("rue de metz", numero="1"), reading=asked("rue de metz", None, TOULOUSE))
    assert (found.outcome, found.precision, found.missing) == ("answer", "voie", None)


def test_a_hamlet_is_a_hamlet() -> None:
    found = decided(street("le bourg", kind="lieu_dit"), reading=asked("le bourg", None, TOULOUSE))
    assert (found.outcome, found.precision) == ("answer", "lieu_dit")


def test_a_street_that_crosses_arrondissements_is_one_street() -> None:
    parts = [
        street("rue de grenelle", code, lat=lat)
        for code, lat in (("75106", 48.85), ("75107", 48.88))
    ]
    found = decided(*parts, reading=asked("rue de grenelle", None, "75056"))
    assert (found.outcome, found.chosen, found.precision) == ("answer", tuple(parts), "voie")
    door = street("rue de grenelle", "75107", numero="116")
    found = decided(*parts, door, reading=asked("rue de grenelle", "116", "75056"))
    assert (found.chosen, found.precision) == ((door,), "numero")


# --- what is not -----------------------------------------------------------------------


def test_a_score_alone_answers_nothing() -> None:
    for score, outcome in ((0.34, "nothing"), (0.45, "choose"), (0.6, "answer")):
        found = decided(
            street("rue de metz", score=score), reading=asked("rue de metz", None, TOULOUSE)
        )
        assert found.outcome == outcome, score


def test_a_commune_that_nothing_names_is_offered_only() -> None:
    assert (
        decided(street("rue de metz", score=1.0), reading=asked("rue de metz")).outcome == "choose"
    )


def test_another_commune_than_the_one_named_is_nothing() -> None:
    reading = asked("rue de metz", "12", FOIX)
    assert decided(street("rue de metz", numero="12"), reading=reading) == Decision("nothing")


@pytest.mark.parametrize("scores", [(0.93, 0.93), (0.93, 0.6), (0.6, 0.93)])
def test_the_same_name_in_two_communes_is_to_choose_whatever_the_scores(
    scores: tuple[float, float],
) -> None:
    both = [
        street("place de la mairie", code, score=score)
        for code, score in zip(("06080", "06129"), scores, strict=True)
    ]
    found = decided(*both, reading=asked("place de la mairie", None, "06080", "06129"))
    assert (found.outcome, set(found.chosen)) == ("choose", set(both))


def test_two_streets_of_one_name_in_one_commune_are_to_choose() -> None:
    both = [street("rue de l eglise", lat=43.6 + far) for far in (0.0, 0.03)]
    assert decided(*both, reading=asked("rue de l eglise", None, TOULOUSE)).outcome == "choose"
    near = [street("rue de l eglise", lat=43.6 + far) for far in (0.0, 0.005)]
    assert decided(*near, reading=asked("rue de l eglise", None, TOULOUSE)).outcome == "answer"


def test_the_former_commune_that_is_named_tells_them_apart() -> None:
    both = [
        street("rue de l eglise", lat=43.6 + far, part=part)
        for far, part in ((0.0, "31001"), (0.03, "31002"))
    ]
    reading = asked("rue de l eglise", None, TOULOUSE, part="31002")
    assert decided(*both, reading=reading).chosen == (both[1],)


@pytest.mark.parametrize(
    ("typed", "known", "outcome"),
    [
        ("rue de la republque", "rue de la republique", "answer"),
        ("rue republique", "rue de la republique", "answer"),
        ("rue jean jaures", "avenue jean jaures", "choose"),
        ("rue dupont", "rue dupond", "choose"),
        ("rue du 8 mai 1945", "rue du 11 mai 1945", "nothing"),
        ("rue pasteur", "rue louis pasteur", "answer"),
        ("rue l pasteur", "rue louis pasteur", "answer"),
        ("rue de metz", "rue de bayard", "nothing"),
    ],
)
def test_the_name_must_be_found_again(typed: str, known: str, outcome: str) -> None:
    assert decided(street(known), reading=asked(typed, None, TOULOUSE)).outcome == outcome


def test_two_names_as_near_are_to_choose_unless_one_is_exact() -> None:
    names = ["rue marie curie", "rue pierre curie"]
    reading = asked("rue curie", None, TOULOUSE)
    assert decided(*map(street, names), reading=reading).outcome == "choose"
    found = decided(*map(street, [*names, "rue curie"]), reading=reading)
    assert (found.outcome, found.chosen[0].voie) == ("answer", "rue curie")


def test_a_text_without_punctuation_is_read_in_all_its_ways() -> None:
    question = (
        Reading("12", "rue gabriel", frozenset({"2A209"})),  # Péri is a commune
        Reading("12", "rue gabriel peri", None),
    )
    elsewhere = street("rue gabriel peri", "93066", numero="12")
    assert decide(question, [elsewhere], LIMITS, WORDS).outcome == "choose"
    there = street("rue gabriel", "2A209", numero="12")
    assert decide(question, [there], LIMITS, WORDS).outcome == "answer"
    assert decide(question, [there, elsewhere], LIMITS, WORDS).outcome == "choose"


# --- invariants ------------------------------------------------------------------------

NAMES = ("rue de metz", "rue de metz haute", "place de la mairie", "le bourg", "rue curie")
CODES = (FOIX, TOULOUSE, "75106", "75107", "06080")
PROPOSALS = st.builds(
    street,
    st.sampled_from(NAMES),
    st.sampled_from(CODES),
    numero=st.sampled_from([None, "12", "12 bis"]),
    score=st.floats(0, 1),
    lat=st.floats(43, 44),
)


@given(
    proposals=st.lists(PROPOSALS, max_size=6),
    voie=st.sampled_from(NAMES),
    numero=st.sampled_from([None, "12"]),
    communes=st.sets(st.sampled_from(CODES), max_size=2),
    seed=st.randoms(use_true_random=False),
)
def test_an_answer_is_what_was_asked(
    proposals: list[Proposal],
    voie: str,
    numero: str | None,
    communes: set[str],
    seed: object,
) -> None:
    reading = Reading(numero, voie, frozenset(communes) or None)
    found = decide((reading,), proposals, LIMITS, WORDS)
    assert (found.outcome == "nothing") == (not found.chosen)
    if found.outcome == "answer":
        assert communes
        assert all(one.commune in communes for one in found.chosen)
        assert all(likeness(voie, one.voie, WORDS) >= LIMITS.name_sure for one in found.chosen)
        assert all(one.score >= LIMITS.score_min for one in found.chosen)
        if found.precision == "numero":
            assert found.chosen[0].numero == numero
    seed.shuffle(proposals)  # type: ignore[attr-defined]
    again = decide((reading,), proposals, LIMITS, WORDS)
    assert (again.outcome, again.precision) == (found.outcome, found.precision)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("rue j jaures", "rue jean jaures"),
        ("rue jaures", "rue jean jaures"),
        ("avenue foch", "avenue du marechal foch"),
        ("rue paix", "rue de la paix"),
    ],
)
def test_a_first_name_or_a_title_may_be_left_out(asked: str, name: str) -> None:
    assert likeness(asked, name, WORDS) >= LIMITS.name_sure


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("rue jean moulin", "rue du moulin"),
        ("rue martin", "rue saint martin"),
        ("rue de la poste", "rue de l ancienne poste"),
        ("rue de bordeaux", "rue du port de bordeaux"),
        ("rue bordeaux", "rue du port de bordeaux"),
        ("rue gaulle", "rue de la place de gaulle"),
    ],
)
def test_another_street_is_never_a_short_form(asked: str, name: str) -> None:
    assert likeness(asked, name, WORDS) < LIMITS.name_sure


@given(left=st.sampled_from(NAMES), right=st.sampled_from(NAMES))
def test_likeness_is_even_handed(left: str, right: str) -> None:
    score = likeness(left, right, WORDS)
    assert 0.0 <= score <= 1.0
    assert score == likeness(right, left, WORDS)
    assert (score == 1.0) >= (left == right)

"""The condition language, and Kleene's logic, against truth tables worked out otherwise."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zonage_geo.aids.conditions import (
    Check,
    ConditionError,
    Node,
    checks_of,
    compare,
    judge,
    parse,
    supposing,
)
from zonage_geo.verdict import Verdict

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
WORDS = ("a", "b", "c")


def test_what_a_condition_reads_as() -> None:
    assert parse("zonage_medecins = ZIP | ZAC") == Check("zonage_medecins", "=", ("ZIP", "ZAC"))
    assert parse("a ou b et non c") == Node(
        "ou", (Check("a"), Node("et", (Check("b"), Node("non", (Check("c"),)))))
    )
    assert parse("(a ou b) et c") == Node("et", (Node("ou", (Check("a"), Check("b"))), Check("c")))
    assert parse('frr = "FRR+" | "FRR socle"') == Check("frr", "=", ("FRR+", "FRR socle"))
    assert parse("age>=60") == Check("age", ">=", ("60",))
    assert parse("successeur.age < 50") == Check("successeur.age", "<", ("50",))
    assert parse('a = "et"') == Check("a", "=", ("et",))  # quoted, a join is a value


@pytest.mark.parametrize(
    "text",
    ["", "a ou", "et a", "a b", "(a", "a)", "a =", "a = |", "a = ZIP |", "non", 'a = "b', "= 3"],
)
def test_what_does_not_read_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse(text)


CONDITIONS = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.one_of(
        inner.map(lambda one: f"non ({one})"),
        st.tuples(inner, st.sampled_from(("et", "ou")), inner).map(
            lambda three: f"({three[0]}) {three[1]} ({three[2]})"
        ),
    ),
    max_leaves=6,
)
VALUES = st.fixed_dictionaries({word: st.sampled_from((OUI, NON, UNKNOWN)) for word in WORDS})


def boolean(condition: Node | Check, facts: dict[str, bool]) -> bool:
    """Judge with Python's own logic."""
    if isinstance(condition, Check):
        return facts[condition.word]
    parts = [boolean(part, facts) for part in condition.parts]
    return {"et": all(parts), "ou": any(parts), "non": not parts[0]}[condition.join]


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, VALUES)
def test_a_judgement_never_contradicts_any_way_the_unknown_may_turn_out(
    text: str, values: dict[str, Verdict]
) -> None:
    condition = parse(text)
    verdict, tests = judge(condition, lambda test: values[test.word])
    unknown = [word for word in WORDS if values[word] is UNKNOWN]
    worlds = [
        {word: values[word] is OUI for word in WORDS} | dict(zip(unknown, turn, strict=True))
        for turn in product((True, False), repeat=len(unknown))
    ]
    found = {boolean(condition, world) for world in worlds}
    if verdict is not UNKNOWN:
        assert found == {verdict is OUI}
    else:
        assert {values[test.word] for test in tests} == {UNKNOWN}
    if not unknown:
        assert verdict is (OUI if found == {True} else NON)
    assert set(tests) <= set(checks_of(condition))


@settings(max_examples=60, deadline=None)
@given(CONDITIONS, VALUES)
def test_supposing_gives_the_best_that_free_facts_may_do(
    text: str, values: dict[str, Verdict]
) -> None:
    free = frozenset({"a", "b"})
    best, _ = judge(supposing(text, free), lambda test: values[test.word])
    for a, b in product((OUI, NON), repeat=2):
        told = {**values, "a": a, "b": b}
        verdict, _ = judge(parse(text), lambda test, told=told: told[test.word])  # type: ignore[misc]
        assert verdict.or_(best) is best


def test_what_the_documents_leave_unsaid_is_neither_oui_nor_non() -> None:
    assert judge(parse("non_documente"), lambda _: NON)[0] is UNKNOWN
    assert judge(parse("a ou non_documente"), lambda _: OUI)[0] is OUI
    assert judge(parse("a et non_documente"), lambda _: NON)[0] is NON


@pytest.mark.parametrize(
    ("low", "order", "limit", "high", "wanted"),
    [
        (8.9, "<", 10, 9.1, OUI),
        (9.9, "<", 10, 10.1, UNKNOWN),
        (10.0, "<", 10, 10.0, NON),
        (9.0, "<", 10, 10.0, UNKNOWN),
        (10.0, "<", 10, 12.0, NON),
        (15.0, ">", 15, 15.0, NON),
        (15.1, ">", 15, 15.1, OUI),
        (10.0, ">=", 10, 12.0, OUI),
        (2.0, "=", 2, 2.0, OUI),
        (1.0, "=", 2, 3.0, UNKNOWN),
        (4.0, "=", 2, 5.0, NON),
    ],
)
def test_a_quantity_between_bounds(
    low: float, order: str, limit: float, high: float, wanted: Verdict
) -> None:
    assert compare(order, low, high, limit) is wanted

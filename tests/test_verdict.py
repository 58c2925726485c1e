"""Three-valued logic, by its truth tables and its laws; verdicts read off what is possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonage_geo.verdict import Possible, Verdict, merge_possible, verdict_of

OUI, NON, INDETERMINE = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
VERDICTS = st.sampled_from([OUI, NON, INDETERMINE])
CLASSES = st.sampled_from(["ZIP", "ZAC", "ZAR", "FRR+", None])
POSSIBLE: st.SearchStrategy[Possible] = st.lists(CLASSES, unique=True).map(tuple)
PARTS = st.lists(POSSIBLE, max_size=5)


def meanings(verdict: Verdict) -> set[bool]:
    """Give the truth values that a verdict leaves possible."""
    return {OUI: {True}, NON: {False}, INDETERMINE: {True, False}}[verdict]


# --- the words -------------------------------------------------------------------------


def test_verdicts_are_the_users_words() -> None:
    assert [str(v) for v in Verdict] == ["oui", "non", "indéterminé"]
    assert Verdict("indéterminé") is INDETERMINE


# --- Kleene's tables, by hand ----------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (OUI, OUI, OUI, OUI),
        (OUI, NON, NON, OUI),
        (OUI, INDETERMINE, INDETERMINE, OUI),
        (NON, OUI, NON, OUI),
        (NON, NON, NON, NON),
        (NON, INDETERMINE, NON, INDETERMINE),
        (INDETERMINE, OUI, INDETERMINE, OUI),
        (INDETERMINE, NON, NON, INDETERMINE),
        (INDETERMINE, INDETERMINE, INDETERMINE, INDETERMINE),
    ],
)
def test_and_or(left: Verdict, right: Verdict, both: Verdict, either: Verdict) -> None:
    assert left.and_(right) is both
    assert left.or_(right) is either


@pytest.mark.parametrize(
    ("verdict", "opposite"), [(OUI, NON), (NON, OUI), (INDETERMINE, INDETERMINE)]
)
def test_not(verdict: Verdict, opposite: Verdict) -> None:
    assert verdict.not_() is opposite


# --- its laws --------------------------------------------------------------------------


@given(VERDICTS, VERDICTS)
def test_de_morgan(a: Verdict, b: Verdict) -> None:
    assert a.and_(b).not_() is a.not_().or_(b.not_())
    assert a.or_(b).not_() is a.not_().and_(b.not_())
    assert a.not_().not_() is a


@given(VERDICTS, VERDICTS, VERDICTS)
def test_laws_of_a_lattice(a: Verdict, b: Verdict, c: Verdict) -> None:
    assert a.and_(b) is b.and_(a)
    assert a.or_(b) is b.or_(a)
    assert a.and_(b.and_(c)) is a.and_(b).and_(c)
    assert a.or_(b.or_(c)) is a.or_(b).or_(c)
    assert a.and_(b.or_(c)) is a.and_(b).or_(a.and_(c))
    assert a.or_(b.and_(c)) is a.or_(b).and_(a.or_(c))
    assert a.and_(a.or_(b)) is a.or_(a.and_(b)) is a


@given(VERDICTS, VERDICTS, st.data())
def test_learning_more_never_turns_a_certain_answer(
    a: Verdict, b: Verdict, data: st.DataObject
) -> None:
    def settle(verdict: Verdict) -> Verdict:
        return data.draw(VERDICTS) if verdict is INDETERMINE else verdict

    better_a, better_b = settle(a), settle(b)
    for before, after in (
        (a.and_(b), better_a.and_(better_b)),
        (a.or_(b), better_a.or_(better_b)),
        (a.not_(), better_a.not_()),
    ):
        assert before in (INDETERMINE, after)


@given(VERDICTS, VERDICTS)
def test_an_answer_is_certain_exactly_where_every_case_agrees(a: Verdict, b: Verdict) -> None:
    assert meanings(a.and_(b)) == {x and y for x in meanings(a) for y in meanings(b)}
    assert meanings(a.or_(b)) == {x or y for x in meanings(a) for y in meanings(b)}
    assert meanings(a.not_()) == {not x for x in meanings(a)}


# --- what is possible ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], ()),
        ([()], ()),
        ([("ZIP",)], ("ZIP",)),
        ([("ZAR", None), ("ZIP", "ZAR")], ("ZAR", None, "ZIP")),
        ([(None,), ("ZIP",), (None,)], (None, "ZIP")),
        ([("ZIP", "ZAC"), (), ("ZAC", "ZIP")], ("ZIP", "ZAC")),
    ],
)
def test_merging_keeps_the_order_seen(parts: list[Possible], expected: Possible) -> None:
    assert merge_possible(parts) == expected


def test_merging_takes_any_iterable() -> None:
    assert merge_possible((code,) for code in ("ZAC", "ZAC", None)) == ("ZAC", None)


@given(PARTS)
def test_merging_holds_everything_once_and_nothing_else(parts: list[Possible]) -> None:
    merged = merge_possible(parts)
    assert len(merged) == len(set(merged))
    assert set(merged) == {code for part in parts for code in part}
    flat = [code for part in parts for code in part]
    assert list(merged) == sorted(set(flat), key=flat.index)


@given(PARTS, PARTS)
def test_merging_is_associative_and_idempotent(left: list[Possible], right: list[Possible]) -> None:
    whole = merge_possible([*left, *right])
    assert merge_possible([merge_possible(left), merge_possible(right)]) == whole
    assert merge_possible([*left, merge_possible(right)]) == whole
    assert merge_possible([whole]) == whole
    assert merge_possible([whole, whole, *left, *right]) == whole


# --- the verdict of what is possible ---------------------------------------------------


@pytest.mark.parametrize(
    ("possible", "expected"),
    [
        (("ZIP",), OUI),
        ((None,), NON),
        (("ZIP", "ZAC"), INDETERMINE),  # certain for an aid open to both, not for the class
        (("ZIP", None), INDETERMINE),
        ((None, "ZIP"), INDETERMINE),
        (("ZIP", "ZAC", "ZAR", None), INDETERMINE),
    ],
)
def test_verdict_of(possible: Possible, expected: Verdict) -> None:
    assert verdict_of(possible) is expected


def test_nothing_possible_is_an_error() -> None:
    with pytest.raises(ValueError, match="without any possible class"):
        verdict_of(())


@given(st.lists(POSSIBLE.filter(bool), min_size=1, max_size=5))
def test_one_more_candidate_never_makes_an_answer_more_certain(parts: list[Possible]) -> None:
    merged = verdict_of(merge_possible(parts))
    assert all(merged in (INDETERMINE, verdict_of(part)) for part in parts)

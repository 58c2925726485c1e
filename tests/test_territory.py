"""Commune codes, and what became of them: INSEE's published counts, the known traps, laws."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.published import COMMUNES_BY_YEAR, OCCITANIE
from zonage_geo import facts
from zonage_geo.errors import InputError
from zonage_geo.territory import (
    ARRONDISSEMENT_CITIES,
    STORE_DAY,
    Change,
    Period,
    Timeline,
    check_code,
    commune_of,
    departement_of,
    vintage,
)

# --- an oracle: whole days, all communes at once ---------------------------------------


class History(NamedTuple):
    """Every commune on every day that something changed, and what led to what.

    Attributes
    ----------
    days : list of str
        Days of change, oldest first; before them, the eve of the first.
    there : dict of str to set of str
        Communes that exist from a day on.
    became, came_from : dict of str to dict of str to set of str
        By day, then code: the codes after it, or before it. Codes made and merged on the
        same day are passed through.
    """

    days: list[str]
    there: dict[str, set[str]]
    became: dict[str, dict[str, set[str]]]
    came_from: dict[str, dict[str, set[str]]]

    def at(self, code: str, known: str, wanted: str) -> set[str]:
        """Walk from one date to another, day by day."""
        steps = [(day, self.became[day]) for day in self.days[1:] if known < day <= wanted]
        if wanted < known:
            between = [day for day in self.days[1:] if wanted < day <= known]
            steps = [(day, self.came_from[day]) for day in reversed(between)]
        codes = {code}
        for _, moves in steps:
            codes = set().union(*(moves.get(one, {one}) for one in codes))
        return codes


@cache
def changes() -> tuple[Change, ...]:
    """Give the changes between communes that the package ships."""
    return tuple(
        Change(e.date, e.mod, e.av, e.nom_av, e.ap, e.nom_ap)
        for e in facts.events()
        if e.type_av == e.type_ap == "COM"
    )


@cache
def timeline() -> Timeline:
    """Give the timeline of all of them."""
    return Timeline.of(changes())


@cache
def history() -> History:
    """Work the history out, backwards from the communes of 2025."""
    by_day: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for change in changes():
        by_day[change.date][change.before].add(change.after)
    out = History(["2013-12-31", *sorted(by_day)], {}, {}, {})
    codes = {code for code, _ in facts.communes()}
    for day in reversed(out.days[1:]):
        moves = by_day[day]
        out.there[day] = codes
        made = set().union(*moves.values())
        transient = made - codes
        out.became[day] = {
            code: set().union(*(moves[x] if x in transient else {x} for x in after))
            for code, after in moves.items()
            if code not in transient
        }
        backwards: dict[str, set[str]] = defaultdict(set)
        for code, after in out.became[day].items():
            for one in after:
                backwards[one].add(code)
        out.came_from[day] = dict(backwards)
        codes = (codes - made) | set(out.became[day])
    out.there[out.days[0]] = codes
    return out


@cache
def changed_codes() -> tuple[str, ...]:
    """List the codes that take part in a change."""
    return tuple(sorted({c.before for c in changes()} | {c.after for c in changes()}))


@pytest.fixture(autouse=True, scope="module")
def ready() -> None:
    """Work all this out once, before Hypothesis times its first example."""
    timeline()
    history()
    changed_codes()


# --- published counts ------------------------------------------------------------------


@pytest.mark.parametrize("year", COMMUNES_BY_YEAR)
def test_communes_of_a_year_going_back_from_2025(year: int) -> None:
    at = timeline().at
    codes = {c for code, _ in facts.communes() for c in at(code, STORE_DAY, vintage(year))}
    held = {code for code in codes if departement_of(code) in OCCITANIE}
    assert (len(codes), len(held)) == COMMUNES_BY_YEAR[year]


@pytest.mark.parametrize("year", COMMUNES_BY_YEAR)
def test_every_commune_of_a_year_leads_to_communes_of_2025(year: int) -> None:
    at = timeline().at
    today = {code for code, _ in facts.communes()}
    then = {c for code in today for c in at(code, STORE_DAY, vintage(year))}
    assert set().union(*(at(code, vintage(year), STORE_DAY) for code in then)) == today


# --- the events to know ----------------------------------------------------------------

HAUTS_TALICAN = "60054 60455 60694"
NEUSSARGUES = "15031 15035 15047 15141 15171"
OREE = "49040 49069 49126 49172 49177 49270 49296 49320 49360"


@pytest.mark.parametrize(
    ("code", "known", "wanted", "expected"),
    [
        # mergers of Occitanie
        ("09255", "2022-12-31", "2023-01-01", "09056"),
        ("09056", "2022-12-31", "2023-01-01", "09056"),
        ("09056", "2023-01-01", "2022-12-31", "09056 09255"),
        ("09287", "2024-01-01", "2025-01-01", "09088"),
        ("30094", "2024-01-01", "2025-01-01", "30329"),
        ("32067", "2024-01-01", "2025-01-01", "32365"),
        ("32260", "2024-01-01", "2025-01-01", "32365"),
        ("32413", "2024-01-01", "2025-01-01", "32365"),
        ("32365", "2025-01-01", "2024-12-31", "32067 32260 32365 32413"),
        ("34093", "2024-01-01", "2025-01-01", "34144"),
        ("46217", "2024-01-01", "2025-01-01", "46172"),
        # Conques: 12218 was merged into 12076, which then took the code 12218
        ("12218", "2014-01-01", "2016-01-01", "12076"),
        ("12218", "2014-01-01", "2024-03-03", "12076"),
        ("12218", "2014-01-01", "2024-03-04", "12218"),
        ("12076", "2014-01-01", "2024-03-04", "12218"),
        ("12114", "2014-01-01", "2025-01-01", "12218"),
        ("12076", "2016-01-01", "2025-01-01", "12218"),
        ("12218", "2025-01-01", "2024-03-04", "12218"),
        ("12218", "2025-01-01", "2024-03-03", "12076"),
        ("12218", "2025-01-01", "2016-01-01", "12076"),
        ("12218", "2025-01-01", "2015-12-31", "12076 12114 12173 12218"),
        # Les Trois Lacs: its code goes and comes back
        ("27676", "2017-01-01", "2021-01-01", "27058"),
        ("27676", "2017-01-01", "2022-12-31", "27058"),
        ("27676", "2017-01-01", "2023-01-01", "27676"),
        ("27058", "2014-01-01", "2018-01-01", "27676"),
        ("27058", "2014-01-01", "2022-01-01", "27058"),
        ("27058", "2014-01-01", "2025-01-01", "27676"),
        ("27676", "2025-01-01", "2022-01-01", "27058"),
        ("27676", "2025-01-01", "2020-12-31", "27676"),
        ("27676", "2025-01-01", "2014-01-01", "27058 27647 27676"),
        # Les Hauts-Talican undone: 60054 is recycled
        ("60054", "2018-01-01", "2019-01-01", "60054"),
        ("60694", "2018-01-01", "2019-01-01", "60054"),
        ("60694", "2018-01-01", "2024-01-01", "60054 60694"),
        ("60054", "2023-12-31", "2024-01-01", "60054 60694"),
        ("60694", "2024-01-01", "2023-12-31", "60054"),
        ("60694", "2025-01-01", "2018-12-31", HAUTS_TALICAN),
        # splits
        ("15141", "2024-12-31", "2025-01-01", NEUSSARGUES),
        ("15031", "2016-11-30", "2016-12-01", "15141"),
        ("15031", "2016-11-30", "2025-01-01", NEUSSARGUES),
        ("15031", "2025-01-01", "2024-12-31", "15141"),
        ("15031", "2025-01-01", "2016-11-30", NEUSSARGUES),
        ("85084", "2023-12-31", "2024-01-01", "85084 85165 85212"),
        ("85165", "2024-01-01", "2023-12-31", "85084"),
        ("85030", "2015-12-31", "2025-01-01", "85084 85165 85212"),
        # a change of département and a merger on one day: the code in between never was
        ("14513", "2017-12-31", "2018-01-01", "50592"),
        ("49144", "2017-12-31", "2018-01-01", "44180"),
        ("49144", "2014-01-01", "2025-01-01", "44180"),
        # chef-lieux that move
        ("49069", "2024-12-31", "2025-01-01", "49126"),
        ("49126", "2015-12-14", "2015-12-15", "49069"),
        ("49126", "2015-12-14", "2025-01-01", "49126"),
        ("49126", "2025-01-01", "2024-12-31", "49069"),
        ("49126", "2025-01-01", "2015-12-14", OREE),
        ("69159", "2024-03-14", "2024-03-15", "69114"),
        ("69114", "2016-01-01", "2018-01-01", "69159"),
        ("14011", "2024-04-23", "2024-04-24", "14581"),
        ("14581", "2016-01-01", "2024-04-23", "14011"),
        # nothing ever happened, or not to a code's knowledge
        ("31555", "2014-01-01", "2025-01-01", "31555"),
        ("31555", "2025-01-01", "1990-01-01", "31555"),
        ("99999", "2014-01-01", "2025-01-01", "99999"),
    ],
)
def test_what_became_of_a_code(code: str, known: str, wanted: str, expected: str) -> None:
    assert " ".join(sorted(timeline().at(code, known, wanted))) == expected


@pytest.mark.parametrize(
    ("code", "origin", "others"),
    [("50592", "14513", {"50649", "14513"}), ("44180", "49144", {"44225"})],
)
def test_going_back_passes_through_codes_of_one_day(
    code: str, origin: str, others: set[str]
) -> None:
    before = timeline().at(code, STORE_DAY, "2017-12-31")
    assert origin in before
    assert code in before
    assert not before & (others - {origin})


def test_the_order_of_the_changes_of_a_day_does_not_matter() -> None:
    day = [
        Change("2018-01-01", 32, "C", "C", "D", "D"),
        Change("2018-01-01", 41, "A", "A", "C", "A"),
        Change("2018-01-01", 32, "D", "D", "D", "D"),
    ]
    for order in (day, day[::-1]):
        walk = Timeline.of(order)
        assert walk.at("A", "2017-12-31", "2018-01-01") == {"D"}
        assert walk.at("D", "2018-01-01", "2017-12-31") == {"A", "D"}


RECYCLED = (  # A becomes B; X then takes the code A, and becomes C
    Change("2015-01-01", 50, "B", "Old B", "D", "D"),
    Change("2016-01-01", 50, "A", "A", "B", "A"),
    Change("2017-01-01", 50, "X", "X", "A", "X"),
    Change("2018-01-01", 50, "A", "X", "C", "X"),
)


@pytest.mark.parametrize(
    ("code", "known", "wanted", "expected"),
    [
        ("A", "2014-06-01", "2020-01-01", "B"),  # not C, nor D
        ("B", "2014-06-01", "2020-01-01", "D"),
        ("A", "2017-06-01", "2020-01-01", "C"),
        ("X", "2014-06-01", "2020-01-01", "C"),
        ("B", "2020-01-01", "2014-06-01", "A"),
        ("C", "2020-01-01", "2014-06-01", "X"),
        ("C", "2020-01-01", "2017-06-01", "A"),
        ("D", "2020-01-01", "2014-06-01", "B"),
    ],
)
def test_a_recycled_code_is_followed_in_its_own_time(
    code: str, known: str, wanted: str, expected: str
) -> None:
    assert Timeline.of(RECYCLED).at(code, known, wanted) == {expected}


# --- laws ------------------------------------------------------------------------------

DATES = st.dates().map(lambda day: day.isoformat())
DAYS = st.deferred(lambda: st.sampled_from([*history().days, *map(vintage, COMMUNES_BY_YEAR)]))


@st.composite
def walks(draw: st.DrawFn) -> tuple[str, str, str]:
    """Draw a commune's code, a day on which it exists, and another day."""
    first, second = draw(DAYS), draw(DAYS)
    last = max(day for day in history().days if day <= first)
    touched = [code for code in changed_codes() if code in history().there[last]]
    return draw(st.sampled_from(touched) | st.just("31555")), first, second


@given(walks())
def test_the_timeline_agrees_with_whole_days(walk: tuple[str, str, str]) -> None:
    assert timeline().at(*walk) == history().at(*walk)


@given(walks())
def test_there_and_back_holds_the_code(walk: tuple[str, str, str]) -> None:
    code, first, second = walk
    found = timeline().at(code, first, second)
    assert found
    assert all(code in timeline().at(other, second, first) for other in found)


@given(walks(), DAYS)
def test_one_walk_is_two_walks_on_end(walk: tuple[str, str, str], between: str) -> None:
    code, first, second = walk
    low, high = sorted((first, second))
    middle = min(max(between, low), high)
    halfway = timeline().at(code, first, middle)
    ends = set().union(*(timeline().at(one, middle, second) for one in halfway))
    assert ends == timeline().at(code, first, second)


@given(st.text("0123456789AB", min_size=5, max_size=5), DATES)
def test_on_the_day_itself_a_code_is_itself(code: str, day: str) -> None:
    assert timeline().at(code, day, day) == {code}


@given(walks())
def test_on_its_own_day_a_changed_code_is_itself(walk: tuple[str, str, str]) -> None:
    code, first, _ = walk
    assert timeline().at(code, first, first) == {code}


# --- periods ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("31555", [(None, None, "Toulouse")]),
        ("99999", []),
        ("09056", [(None, None, "Bézac")]),  # absorbing another is no new meaning
        ("09255", [(None, "2023-01-01", "Saint-Amans")]),
        (
            "12218",
            [
                (None, "2016-01-01", "Saint-Cyprien-sur-Dourdou"),
                ("2024-03-04", None, "Conques-en-Rouergue"),
            ],
        ),
        ("12076", [(None, "2024-03-04", "Conques-en-Rouergue")]),
        (
            "27676",
            [(None, "2021-01-01", "Les Trois Lacs"), ("2023-01-01", None, "Les Trois Lacs")],
        ),
        (
            "27058",
            [
                (None, "2017-01-01", "Bernières-sur-Seine"),
                ("2021-01-01", "2023-01-01", "Les Trois Lacs"),
            ],
        ),
        (
            "60054",
            [
                (None, "2024-01-01", "Les Hauts-Talican"),
                ("2024-01-01", None, "Beaumont-les-Nonains"),
            ],
        ),
        ("60694", [(None, "2019-01-01", "Villotran"), ("2024-01-01", None, "Les Hauts-Talican")]),
        (
            "15141",
            [
                (None, "2025-01-01", "Neussargues en Pinatelle"),
                ("2025-01-01", None, "Neussargues-Moissac"),
            ],
        ),
        ("15031", [(None, "2016-12-01", "Celles"), ("2025-01-01", None, "Celles")]),
        (
            "85084",
            [
                (None, "2024-01-01", "Essarts en Bocage"),
                ("2024-01-01", None, "Essarts-en-Bocage"),
            ],
        ),
        ("50649", []),  # made and merged the same day
        ("44225", []),
        ("14513", [(None, "2018-01-01", "Pont-Farcy")]),
        ("49069", [(None, "2025-01-01", "Orée d'Anjou")]),
        ("49126", [(None, "2015-12-15", "Drain"), ("2025-01-01", None, "Orée d'Anjou")]),
        (
            "69114",
            [
                (None, "2017-01-01", "Liergues"),
                ("2024-03-15", None, "Porte des Pierres Dorées"),
            ],
        ),
    ],
)
def test_periods(code: str, expected: list[tuple[str | None, str | None, str]]) -> None:
    nom = dict(facts.communes()).get(code)
    assert timeline().periods(code, nom) == [Period(*period) for period in expected]


def test_a_code_that_comes_back_by_a_merger_starts_a_period() -> None:
    walk = Timeline.of(
        [
            Change("2016-01-01", 32, "A", "Avant", "B", "B"),
            Change("2016-01-01", 32, "B", "B", "B", "B"),
            Change("2020-01-01", 32, "B", "B", "A", "Après"),
            Change("2020-01-01", 32, "C", "C", "A", "Après"),
        ]
    )
    expected = [Period(None, "2016-01-01", "Avant"), Period("2020-01-01", None, "Aujourd'hui")]
    assert walk.periods("A", "Aujourd'hui") == expected
    assert walk.periods("A", None)[-1].nom == "Après"


def test_periods_hold_exactly_when_the_commune_existed() -> None:
    noms = dict(facts.communes())
    wrong = []
    for code in changed_codes():
        periods = timeline().periods(code, noms.get(code))
        for day in history().days:
            held = sum(period.holds(day) for period in periods)
            if held != (code in history().there[day]):
                wrong.append((code, day, periods))
    assert wrong == []


def test_periods_follow_each_other_and_the_last_bears_todays_name() -> None:
    noms = dict(facts.communes())
    for code in changed_codes():
        periods = timeline().periods(code, noms.get(code))
        for before, after in pairwise(periods):
            assert before.end is not None
            assert after.start is not None
            assert before.end <= after.start
        assert all(period.nom for period in periods)
        if code in noms:
            assert (periods[-1].end, periods[-1].nom) == (None, noms[code])


@pytest.mark.parametrize(
    ("period", "day", "expected"),
    [
        (Period("2016-01-01", "2024-03-04", "x"), "2015-12-31", False),
        (Period("2016-01-01", "2024-03-04", "x"), "2016-01-01", True),
        (Period("2016-01-01", "2024-03-04", "x"), "2024-03-03", True),
        (Period("2016-01-01", "2024-03-04", "x"), "2024-03-04", False),
        (Period(None, "2024-03-04", "x"), "1900-01-01", True),
        (Period("2016-01-01", None, "x"), "2100-01-01", True),
        (Period(None, None, "x"), "2020-01-01", True),
    ],
)
def test_a_period_holds_from_its_start_to_the_eve_of_its_end(
    period: Period,
    day: str,
    expected: bool,  # noqa: FBT001
) -> None:
    assert period.holds(day) is expected


def test_vintages_are_1_january() -> None:
    assert vintage(2025) == STORE_DAY == "2025-01-01"
    assert vintage(0) < vintage(1999) < vintage(2014)


# --- the form of codes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("09029", "09029"),
        (" 31555\n", "31555"),
        ("2A004", "2A004"),
        ("2b033", "2B033"),
        ("2a004 ", "2A004"),
        ("97411", "97411"),
        ("75056", "75056"),
        ("75101", "75101"),
    ],
)
def test_codes(text: str, code: str) -> None:
    assert check_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "12", "2A04", "2A0040", "310555", "31555\n31555", "31 555", "-1234", "1234."),
        *("2C004", "2AB04", "A2004", "3155X", "Foix"),
    ],
)
def test_what_is_no_code(text: str) -> None:
    with pytest.raises(InputError) as caught:
        check_code(text)
    said = str(caught.value)
    assert said.startswith(f"« {text} » n'est pas un code INSEE de commune (5 caractères, ")
    assert "zéro initial" not in said


@pytest.mark.parametrize("text", ["9029", " 1400", "0902"])
def test_a_lost_zero_is_recognised(text: str) -> None:
    with pytest.raises(InputError, match="Le zéro initial manque-t-il") as caught:
        check_code(text)
    assert f"(0{text.strip()})" in str(caught.value)


def test_every_code_shipped_has_the_form() -> None:
    for code in {code for code, _ in facts.communes()} | set(changed_codes()):
        assert check_code(code) == code


def test_the_three_cities_and_their_arrondissements() -> None:
    shipped = defaultdict(list)
    for sub in facts.sub_communes():
        if sub.type == "ARM":
            shipped[sub.parent].append(sub.code)
    assert {city: tuple(arms) for city, arms in shipped.items()} == ARRONDISSEMENT_CITIES
    assert {city: len(arms) for city, arms in ARRONDISSEMENT_CITIES.items()} == {
        "75056": 20,
        "69123": 9,
        "13055": 16,
    }
    for city, arms in ARRONDISSEMENT_CITIES.items():
        assert {commune_of(arm) for arm in arms} == {city} == {commune_of(city)}


@pytest.mark.parametrize(
    ("code", "city"),
    [
        ("75101", "75056"),
        ("75120", "75056"),
        ("69381", "69123"),
        ("69389", "69123"),
        ("13201", "13055"),
        ("13216", "13055"),
        ("75100", "75100"),
        ("75121", "75121"),
        ("69380", "69380"),
        ("13217", "13217"),
        ("13001", "13001"),
        ("31555", "31555"),
        ("2A004", "2A004"),
    ],
)
def test_commune_of(code: str, city: str) -> None:
    assert commune_of(code) == city


@pytest.mark.parametrize(
    ("code", "departement"),
    [
        ("01001", "01"),
        ("09029", "09"),
        ("2A004", "2A"),
        ("2B033", "2B"),
        ("75056", "75"),
        ("75116", "75"),
        ("95018", "95"),
        ("97101", "971"),
        ("97411", "974"),
        ("97617", "976"),
        ("97701", "977"),
        ("98818", "988"),
    ],
)
def test_departement_of(code: str, departement: str) -> None:
    assert departement_of(code) == departement


def test_communes_of_occitanie_by_departement() -> None:
    count: dict[str, int] = defaultdict(int)
    for code, _ in facts.communes():
        count[departement_of(code)] += 1
    assert len(count) == 101
    assert sum(count[departement] for departement in OCCITANIE) == 4446

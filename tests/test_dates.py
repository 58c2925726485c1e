"""Dates as users write them, and the refusals."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-12-09", date(2024, 12, 9)),
        ("09/12/2024", date(2024, 12, 9)),  # the day first
        ("9/12/2024", date(2024, 12, 9)),
        ("09/1/2024", date(2024, 1, 9)),
        ("1/1/2025", date(2025, 1, 1)),
        ("31/12/2025", date(2025, 12, 31)),
        ("  2024-12-09\n", date(2024, 12, 9)),
        ("2024-02-29", date(2024, 2, 29)),
        ("29/02/2024", date(2024, 2, 29)),
        ("29/2/2000", date(2000, 2, 29)),
    ],
)
def test_forms(text: str, expected: date) -> None:
    assert parse_date(text) == expected


def test_a_date_and_none_are_given_back() -> None:
    assert parse_date(date(2024, 2, 29)) == date(2024, 2, 29)
    assert parse_date(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2024",
        "2024-02-30",
        "2025-02-29",
        "29/02/2023",
        "29/02/1900",  # no leap year, whatever spreadsheets say
        "2024-04-31",
        "2024-13-01",
        "12/31/2024",  # the month first
        "2024-00-10",
        "2024-10-00",
        "00/01/2024",
        "0000-01-01",
    ],
)
def test_a_day_that_does_not_exist(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_date(text)
    assert str(caught.value) == f"« {text} » n'existe pas au calendrier."


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "2024-2-3",
        "2024-02-3",
        "24-02-03",
        "09/12/24",
        "09-12-2024",
        "09.12.2024",
        "09.12/2024",
        "2024/12/09",
        "20241209",
        "2024",
        "2024-12",
        "2024-12-09T00:00:00",
        "2024-12-09 10:00",
        "le 2024-12-09",
        "2024-12-091",
        "9 décembre 2024",
        "demain",
        "45635",  # a spreadsheet's serial number
    ],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_date(text)
    assert str(caught.value).startswith(f"« {text} » n'est pas une date : écrivez AAAA-MM-JJ ")
    assert "JJ/MM/AAAA" in str(caught.value)


def test_a_refusal_is_a_value_error_and_exits_2() -> None:
    assert issubclass(InputError, ValueError)
    assert InputError.exit_code == 2


@given(st.dates())
def test_both_forms_are_read_back(day: date) -> None:
    assert parse_date(f"{day.year:04d}-{day.month:02d}-{day.day:02d}") == day
    assert parse_date(f"{day.day:02d}/{day.month:02d}/{day.year:04d}") == day
    assert parse_date(f"{day.day}/{day.month}/{day.year:04d}") == day


def reads(text: str) -> bool:
    """Tell whether a text is taken, which must be as a plain date."""
    try:
        found = parse_date(text)
    except InputError:
        return False
    assert type(found) is date
    return True


@given(st.text(alphabet="0123456789-/ ", max_size=12) | st.text(max_size=12))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    if reads(text):
        assert max(map(len, re.split("[-/]", text.strip()))) == 4


def test_today_is_a_civil_day_here() -> None:
    before = date.today()  # noqa: DTZ011
    found = today()
    after = date.today()  # noqa: DTZ011
    assert type(found) is date
    assert before <= found <= after


def test_a_datetime_is_taken_for_its_day_and_anything_else_is_refused() -> None:
    assert parse_date(datetime(2024, 12, 9, 10, 30)) == date(2024, 12, 9)  # noqa: DTZ001
    with pytest.raises(InputError, match="n'est pas une date"):
        parse_date(20241209)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        parse_date("２０２４-12-09")

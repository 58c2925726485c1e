"""Dates as users write them."""

from __future__ import annotations

import re
from datetime import date, datetime

from zonage_geo.errors import InputError

__all__ = ["parse_date", "today"]

_ISO = re.compile(r"\A(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_FRENCH = re.compile(r"\A(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


def today() -> date:
    """Tell today's date where the user is.

    Returns
    -------
    date
        By the machine's own time zone: a zoning's day is a civil day.
    """
    return datetime.now().astimezone().date()


def parse_date(value: date | str | None) -> date | None:
    """Read a date.

    Parameters
    ----------
    value : date, str or None
        ``2024-12-09``, ``09/12/2024`` or a date.

    Returns
    -------
    date or None
        None where None is given.

    Raises
    ------
    InputError
        If it is no date.
    """
    if isinstance(value, datetime):  # a pandas Timestamp is one too
        return value.date()
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise InputError(f"{value!r} n'est pas une date : donnez un texte AAAA-MM-JJ ou une date.")
    text = value.strip()
    if match := _ISO.match(text):
        year, month, day = match.groups()
    elif match := _FRENCH.match(text):
        day, month, year = match.groups()
    else:
        raise InputError(
            f"« {value} » n'est pas une date : écrivez AAAA-MM-JJ (2024-12-09) ou JJ/MM/AAAA."
        )
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise InputError(f"« {value} » n'existe pas au calendrier.") from error

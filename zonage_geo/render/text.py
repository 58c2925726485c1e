"""An answer as French text for a terminal: the answer, the doubts, then the sources."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from datetime import date

from zonage_geo.french import enumerate_fr, french_date
from zonage_geo.locate.model import Location
from zonage_geo.render.words import (
    NOTICE,
    after_colon,
    detail,
    doubt,
    exonerations,
    has_no_data,
    is_to_check,
    place_lines,
    source_line,
)
from zonage_geo.verdict import Verdict

__all__ = ["fill", "to_text"]

WIDTH = 96
_GLUE = "\u00a0"
_MONTHS = "janv|févr|mars|avril|mai|juin|juil|août|sept|oct|nov|déc"
_GLUED = re.compile(
    r" (?=[:;?!»%]|[-–—] )"  # a line that started with a dash would read as an item of a list
    r"|(?<=«) |(?<=n°) |(?<=art\.) |(?<=\[à) "
    rf"|(?:(?<=\d)|(?<=1er)) (?=\d{{3}}\b|(?:m|km|Mo|ans)\b|(?:{_MONTHS}))"
)
_COMMAND = re.compile(r"python -m zonage_geo( data)?( [a-z_]+){0,2}( FICHIER)?")


def fill(text: str, width: int = WIDTH, first: str = "", then: str = "") -> str:
    """Fold a French text without parting marks, units and dates from their words.

    Commands stay whole too, to be copied.

    Parameters
    ----------
    text : str
        One paragraph.
    width : int
        Columns at the most.
    first, then : str
        What the first line and the others start with.

    Returns
    -------
    str
        Lines with ordinary spaces.
    """
    glued = _COMMAND.sub(lambda match: match[0].replace(" ", _GLUE), _GLUED.sub(_GLUE, text))
    folded = textwrap.fill(
        glued,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return folded.replace(_GLUE, " ")


def to_text(location: Location, *, now: date | None = None, width: int = WIDTH) -> str:
    """Write an answer to be read.

    Parameters
    ----------
    location : Location
        The answer.
    now : date, optional
        Today, to say that a date is still to come.
    width : int
        Columns at the most.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    blocks = [
        "\n".join(fill(line, width, then="  ") for line in place_lines(location, now)),
        _table(location, width),
        _section("À savoir", _doubts(location), width),
        _section("Sources", _sources(location), width),
        NOTICE,
    ]
    return "\n\n".join(block for block in blocks if block)


def _table(location: Location, width: int) -> str:
    shown = [zone for zone in location.zones if not has_no_data(zone)]
    title = max(len(zone.layer.short) for zone in shown)
    verdict = max(len(zone.verdict) for zone in shown)
    rows = [f"Au {french_date(location.date)} :"]
    for zone in shown:
        said = detail(zone)
        if is_to_check(zone):
            said = f"{said} [à vérifier]".strip()
        start = f"  {zone.layer.short:<{title}}  {zone.verdict:<{verdict}}  "
        rows.append(fill(said, width, start, " " * len(start)) if said else start.rstrip())
    silent = [zone.layer.short for zone in location.zones if has_no_data(zone)]
    if silent:
        rows.append(
            fill(
                f"Rien n'est chargé sur : {enumerate_fr(silent)}. Les fichiers qui manquent : "
                "python -m zonage_geo layers",
                width,
                "  ",
                "  ",
            )
        )
    return "\n".join(rows)


def _doubts(location: Location) -> list[str]:
    lines = []
    for zone in location.zones:
        if not has_no_data(zone) and (said := doubt(zone, location.place)):
            stands = zone.verdict is not Verdict.INDETERMINE  # otherwise its reason is told first
            start = f"{zone.layer.short}{', à vérifier' * (stands and is_to_check(zone))}"
            lines.append(f"{start} : {after_colon(said)}")
        lines += exonerations(zone)
    return lines


def _sources(location: Location) -> list[str]:
    return [line for zone in location.zones if (line := source_line(zone))]


def _section(title: str, lines: Iterable[str], width: int) -> str:
    filled = [fill(line, width, "- ", "  ") for line in lines]
    return "\n".join([title, *filled]) if filled else ""

"""An answer as French text for a terminal: the answer, the doubts, then the sources."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from zonage_geo.locate.model import Location, Zone
from zonage_geo.locate.reasons import enumerate_fr, french_date
from zonage_geo.render.words import NOTICE, detail, has_no_data, place_lines, source_line
from zonage_geo.verdict import Verdict

__all__ = ["fill", "to_text"]

WIDTH = 96
_GLUE = "\u00a0"
_BEFORE = re.compile(r" (?=[:;?!»%])")
_AFTER = re.compile(r"(?<=«) ")


def fill(text: str, width: int = WIDTH, first: str = "", then: str = "") -> str:
    """Fold a French text without parting « », : ; ? ! and % from their words.

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
    glued = _AFTER.sub(_GLUE, _BEFORE.sub(_GLUE, text))
    folded = textwrap.fill(
        glued,
        width,
        initial_indent=first,
        subsequent_indent=then,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return folded.replace(_GLUE, " ")


def to_text(location: Location, *, width: int = WIDTH) -> str:
    """Write an answer to be read.

    Parameters
    ----------
    location : Location
        The answer.
    width : int
        Columns at the most.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    blocks = [
        "\n".join(fill(line, width, then="  ") for line in place_lines(location)),
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
        if zone.to_check and zone.verdict is not Verdict.INDETERMINE:
            said = f"{said}  [à vérifier]".strip()
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
    return [
        f"{zone.layer.short} : {said}"
        for zone in location.zones
        if not has_no_data(zone) and (said := _doubt(zone))
    ]


def _doubt(zone: Zone) -> str:
    parts = [zone.reason] if zone.verdict is Verdict.INDETERMINE else []
    if zone.to_check:
        parts.append(f"À vérifier : {zone.to_check}")
    if zone.next_step and zone.next_step not in " ".join(parts):
        parts.append(f"Pour trancher : {zone.next_step}")
    return " ".join(parts)


def _sources(location: Location) -> list[str]:
    lines = [(zone, source_line(zone)) for zone in location.zones]
    return [f"{zone.layer.short} : {line}" for zone, line in lines if line]


def _section(title: str, lines: Iterable[str], width: int) -> str:
    filled = [fill(line, width, "- ", "  ") for line in lines]
    return "\n".join([title, *filled]) if filled else ""

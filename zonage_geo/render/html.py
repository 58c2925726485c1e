"""An answer as an HTML fragment for a notebook; every text is escaped."""

from __future__ import annotations

from datetime import date
from html import escape

from zonage_geo.french import french_date
from zonage_geo.locate.model import Location
from zonage_geo.render.words import (
    NOTICE,
    detail,
    doubt,
    exonerations,
    has_no_data,
    is_to_check,
    place_lines,
    source_line,
)
from zonage_geo.verdict import Verdict

__all__ = ["to_html"]

_MARKS = {Verdict.OUI: "●", Verdict.NON: "○", Verdict.INDETERMINE: "◐"}


def to_html(location: Location, now: date | None = None) -> str:
    """Write an answer as a table.

    Parameters
    ----------
    location : Location
        The answer.
    now : date, optional
        Today, to say that a date is still to come.

    Returns
    -------
    str
        One ``div``, without script, style sheet or outside resource.
    """
    where, *notes = place_lines(location, now)
    rows = []
    for zone in location.zones:
        said = " : ".join(filter(None, [zone.verdict, detail(zone)]))
        doubtful = zone.verdict is Verdict.INDETERMINE and not has_no_data(zone)
        why = ["" if zone.verdict is Verdict.INDETERMINE else zone.reason]
        why += [doubt(zone, location.place), *exonerations(zone), source_line(zone) or ""]
        rows.append(
            f"<tr><td>{_MARKS[zone.verdict]}</td>"
            f'<th scope="row" style="text-align:left">{escape(zone.layer.title)}</th>'
            f'<td style="text-align:left">{escape(said)}'
            f"{' <em>(à vérifier)</em>' if is_to_check(zone) else ''}"
            f"<details{' open' if doubtful else ''}><summary>pourquoi</summary>"
            f"{'<br>'.join(escape(line) for line in why if line)}</details></td></tr>"
        )
    return (
        f'<div lang="fr"><p><strong>{escape(where)}</strong>'
        f"{''.join(f'<br>{escape(note)}' for note in notes)}</p>"
        f"<table><caption>Zonages au {french_date(location.date)}</caption>"
        f"<tbody>{''.join(rows)}</tbody></table><p><small>{NOTICE}</small></p></div>"
    )

"""An answer as an HTML fragment for a notebook; every text is escaped."""

from __future__ import annotations

from html import escape

from zonage_geo.locate.model import Location
from zonage_geo.locate.reasons import french_date
from zonage_geo.render.words import NOTICE, detail, place_lines, source_line
from zonage_geo.verdict import Verdict

__all__ = ["to_html"]

_MARKS = {Verdict.OUI: "●", Verdict.NON: "○", Verdict.INDETERMINE: "◐"}


def to_html(location: Location) -> str:
    """Write an answer as a table.

    Parameters
    ----------
    location : Location
        The answer.

    Returns
    -------
    str
        One ``div``, without script, style sheet or outside resource.
    """
    where, *notes = place_lines(location)
    rows = []
    for zone in location.zones:
        said = " : ".join(filter(None, [zone.verdict, detail(zone)]))
        why = [zone.reason, zone.to_check or "", source_line(zone) or ""]
        rows.append(
            f"<tr><td>{_MARKS[zone.verdict]}</td>"
            f'<th scope="row" style="text-align:left">{escape(zone.layer.title)}</th>'
            f'<td style="text-align:left">{escape(said)}'
            f"{' <em>(à vérifier)</em>' if zone.to_check else ''}"
            f"<details{' open' if zone.verdict is Verdict.INDETERMINE else ''}>"
            f"<summary>pourquoi</summary>{escape(' '.join(filter(None, why)))}</details></td></tr>"
        )
    return (
        f'<div lang="fr"><p><strong>{escape(where)}</strong>'
        f"{''.join(f'<br>{escape(note)}' for note in notes)}</p>"
        f"<table><caption>Zonages au {french_date(location.date)}</caption>"
        f"<tbody>{''.join(rows)}</tbody></table><p><small>{NOTICE}</small></p></div>"
    )

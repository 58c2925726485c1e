"""What a place opens, as an HTML fragment for a notebook; every text is escaped."""

from __future__ import annotations

from datetime import date
from html import escape

from zonage_geo.aids.answers import AidVerdict, Answer, Answers
from zonage_geo.render.aids_text import (
    HEADS,
    NOTICE,
    aid_lines,
    day_text,
    is_for_others,
    marks_text,
    missing_lines,
    small,
)

__all__ = ["aids_html"]

_MARKS = {AidVerdict.ELIGIBLE: "●", AidVerdict.DEPENDS: "◐", AidVerdict.NOT_ELIGIBLE: "○"}
_ONE_LINE = 10_000


def aids_html(answers: Answers, label: str, *, day: date, signature: date | None = None) -> str:
    """Write what a place opens as a table.

    Parameters
    ----------
    answers : Answers
        One an aid.
    label : str
        The place.
    day, signature : date, date or None
        The days asked about.

    Returns
    -------
    str
        One ``div``, without script, style sheet or outside resource.
    """
    rows = []
    for verdict in AidVerdict.ELIGIBLE, AidVerdict.DEPENDS, AidVerdict.NOT_ELIGIBLE:
        chosen = answers.with_verdict(verdict)
        rows.append(
            f'<tr><th colspan="3" scope="rowgroup" style="text-align:left">'
            f"{HEADS[verdict]} ({len(chosen)})</th></tr>"
        )
        rows += [_row(answer) for answer in chosen if not _elsewhere(answer)]
        if others := [answer.id for answer in chosen if _elsewhere(answer)]:
            told = f"Pour d'autres que ce profil : {', '.join(others)}."
            rows.append(f'<tr><td></td><td colspan="2">{escape(told)}</td></tr>')
    legend = marks_text(rows, _ONE_LINE)
    told = f"<br>{escape(legend)}" if legend else ""
    return (
        f'<div lang="fr"><p><strong>{escape(label)}</strong></p><table><caption>'
        f"{escape(day_text(day, signature))}</caption><tbody>{''.join(rows)}</tbody></table>"
        f"<p><small>{escape(NOTICE)}{told}</small></p></div>"
    )


def _elsewhere(answer: Answer) -> bool:
    return answer.verdict is AidVerdict.NOT_ELIGIBLE and is_for_others(answer)


def _row(answer: Answer) -> str:
    _, *lines = aid_lines(answer, _ONE_LINE, full=True)
    told = "<br>".join(escape(line.strip()) for line in lines)
    flag = " <em>(à vérifier)</em>" if answer.to_check else ""
    refused = answer.verdict is AidVerdict.NOT_ELIGIBLE
    said = " ; ".join(map(small, answer.failed)) if refused else small(answer.amount_text)
    lacking = "" if refused else "".join(f"<br>{escape(one)}" for one in missing_lines(answer))
    return (
        f"<tr><td>{_MARKS[answer.verdict]}</td>"
        f'<th scope="row" style="text-align:left">{escape(answer.id)}</th>'
        f'<td style="text-align:left">{escape(answer.label)} : {escape(said)}{flag}{lacking}'
        f"<details><summary>pourquoi</summary>{told}</details></td></tr>"
    )

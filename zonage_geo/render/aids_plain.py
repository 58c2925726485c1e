"""What a place opens, as plain data: the JSON contract ``zonage_geo.aids/1``.

Fields may be added, none is renamed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from zonage_geo.aids.answers import Answer, Answers, Outcome
from zonage_geo.locate.model import Location
from zonage_geo.render.plain import to_dict

__all__ = ["SCHEMA", "aids_dict", "answer_dict"]

SCHEMA = "zonage_geo.aids/1"


def aids_dict(
    location: Location,
    answers: Answers,
    *,
    day: date,
    signature: date | None = None,
    profile: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Turn the answers about a place into plain data.

    Parameters
    ----------
    location : Location
        The place.
    answers : Answers
        One an aid.
    day, signature : date, date or None
        The days asked about.
    profile : mapping, optional
        What was said of who asks.

    Returns
    -------
    dict
        Of texts, numbers, booleans, lists and None only; dates as ISO text, amounts in euros.
    """
    plain = to_dict(location)
    return {
        "schema": SCHEMA,
        "date": day.isoformat(),
        "signature": signature.isoformat() if signature else None,
        "query": plain["query"],
        "place": plain["place"],
        "zones": [
            {key: zone[key] for key in ("layer", "verdict", "class", "possible", "to_check")}
            for zone in plain["zones"]
        ],
        "profile": {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in (profile or {}).items()
        },
        "aids": [answer_dict(answer) for answer in answers],
    }


def answer_dict(answer: Answer) -> dict[str, Any]:
    """Turn one answer into plain data.

    Parameters
    ----------
    answer : Answer
        The answer.

    Returns
    -------
    dict
        As above.
    """
    return {
        "id": answer.id,
        "label": answer.label,
        "nature": answer.aid.nature,
        "verdict": str(answer.verdict),
        "to_check": answer.to_check is not None,
        "to_check_reason": answer.to_check,
        "phase": answer.phase,
        "amount": answer.amount,
        "amount_low": answer.amount_low,
        "amount_high": answer.amount_high,
        "amount_text": answer.amount_text,
        "amount_marks": list(answer.amount_marks),
        "period": answer.period,
        "duration": answer.aid.duration,
        "payer": answer.aid.payer,
        "missing": list(answer.missing),
        "failed": list(answer.failed),
        "met": list(answer.met),
        "exclusions": list(answer.exclusions),
        "conflicts": list(answer.conflicts),
        "cumul": [
            {"id": c.other, "rule": c.rule, "says": c.says, "sources": list(c.sources)}
            for c in answer.cumul
        ],
        "successor": list(answer.successor),
        "conditions": [_outcome(outcome) for outcome in answer.outcomes],
        "disagreements": [
            {
                "topic": item.topic,
                "outcome": item.outcome,
                "readings": [
                    {"says": one.says, "sources": list(one.sources)} for one in item.readings
                ],
            }
            for item in answer.disagreements
        ],
        "contacts": [
            {"role": c.role, "label": c.label, "value": c.value, "sources": list(c.sources)}
            for c in answer.contacts
        ],
        "notes": list(answer.aid.notes),
        "sources": [
            {
                "document": source.document,
                "title": source.title,
                "file": source.file,
                "date": source.date.isoformat() if source.date else None,
                "says": source.says,
            }
            for source in answer.sources
        ],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "label": outcome.label,
        "verdict": str(outcome.verdict),
        "missing": list(outcome.missing),
        "detail": outcome.detail,
        "mark": outcome.mark,
        "sources": list(outcome.sources),
        "reading": outcome.reading,
        "readings": [
            {
                "id": reading.id,
                "says": reading.says,
                "verdict": str(verdict),
                "sources": list(reading.sources),
            }
            for reading, verdict in outcome.readings
        ],
    }

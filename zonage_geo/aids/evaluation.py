"""From a place, a day and a profile to one answer an aid.

Conditions are judged in Kleene's three values on the classes that the place leaves possible
and on the facts that the profile gives: one that fails makes the aid ``not_eligible``, else
one that is not known makes it ``depends``. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date as Date  # noqa: N812  (``date`` is what users pass)
from typing import Any

from zonage_geo.aids.amounts import sum_of
from zonage_geo.aids.answers import AidVerdict, Answer, Answers
from zonage_geo.aids.case import Case, excluding
from zonage_geo.aids.doubts import verdict_of_all, why_to_check
from zonage_geo.aids.model import Aid, Contact
from zonage_geo.aids.places import read_place
from zonage_geo.aids.profile import read_profile
from zonage_geo.aids.rulebook import Rules, rules
from zonage_geo.aids.site import Distance, Site
from zonage_geo.aids.windows import timing_of
from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError
from zonage_geo.verdict import Verdict

__all__ = ["answer_of", "check_readings", "evaluate", "with_conflicts"]


def evaluate(
    place: Any,  # noqa: ANN401
    date: Date | str | None,
    profile: Mapping[str, Any] | None = None,
    *,
    signature: Date | str | None = None,
    readings: Mapping[str, str] | None = None,
    distance: Distance | None = None,
    known: Rules | None = None,
) -> Answers:
    """Tell what a place opens at a date, for a profile.

    Parameters
    ----------
    place : Location or mapping
        An answer of ``locate``, or a plain mapping: layers by id, each a verdict (``"oui"``), a
        class (``"ZIP"``) or a mapping with ``verdict``, ``possible`` and ``items``; and
        ``departement``, ``region``, ``commune``, ``distance_zip_zac_km``. A layer that it does
        not name is not known.
    date : date or str or None
        The day asked about; None: today.
    profile : mapping, optional
        Words of the profile; one that is not given is not known.
    signature : date or str, optional
        The day of signature or installation, where it is not the day asked: what was signed
        on it may still run. The profile is then who asked on that day.
    readings : mapping of str to str, optional
        Where documents disagree, another reading than the one that prevails:
        ``{"COTRAM.age": "plus_de_60_ans"}``.
    distance : Distance, optional
        From the place to the nearest ZIP or ZAC, where it was measured.
    known : Rules, optional
        Rules; those that ship with the package by default.

    Returns
    -------
    Answers
        One answer an aid, in the order of the rules.

    Raises
    ------
    InputError
        If the place, a word of the profile, a date or a reading is not one.
    """
    known = known or rules()
    site = read_place(place, known)
    if distance is not None:
        site = site._replace(distance=distance)
    facts = read_profile(profile, known)
    chosen = check_readings(readings or {}, known)
    case = Case(known, site, facts, parse_date(date) or today(), parse_date(signature), chosen)
    return with_conflicts(answer_of(case, aid) for aid in known.aids.values())


def with_conflicts(answers: Iterable[Answer]) -> Answers:
    """Say of each aid that may be had which others it then excludes.

    Parameters
    ----------
    answers : iterable of Answer
        About one place and profile.

    Returns
    -------
    Answers
        The same, with their conflicts.
    """
    given = list(answers)
    open_ids = {one.id for one in given if one.verdict is not AidVerdict.NOT_ELIGIBLE}
    return Answers(
        one._replace(
            conflicts=tuple(x for x in one.exclusions if one.id in open_ids and x in open_ids)
        )
        for one in given
    )


def check_readings(readings: Mapping[str, str], known: Rules) -> Mapping[str, str]:
    """Check the readings chosen.

    Parameters
    ----------
    readings : mapping of str to str
        ``AID.condition`` to the reading's id.
    known : Rules
        The rules.

    Returns
    -------
    mapping of str to str
        The same.

    Raises
    ------
    InputError
        If there is no such reading, with the list.
    """
    allowed = {
        f"{aid.id}.{item.id}": [one.id for one in item.readings]
        for aid in known.aids.values()
        for item in aid.conditions
        if item.readings
    }
    for key, value in readings.items():
        if value not in allowed.get(key, ()):
            told = " ; ".join(f"{k} = {' ou '.join(v)}" for k, v in allowed.items())
            raise InputError(f"lecture inconnue : {key} = {value}. Lectures possibles : {told}.")
    return readings


def answer_of(case: Case, aid: Aid) -> Answer:
    """Answer a question about one aid.

    Parameters
    ----------
    case : Case
        The question.
    aid : Aid
        The rule.

    Returns
    -------
    Answer
        Its conflicts are left empty: they follow from the answers about the others.
    """
    if aid.decides == "jour":
        case = case._replace(signature=None)
    held = case.holds_contract(aid)
    timing = timing_of(aid, case.day, case.signature, held=held)
    outcomes = case.outcomes(aid, timing)
    verdict = verdict_of_all(outcome.verdict for outcome in outcomes)
    refused = verdict is AidVerdict.NOT_ELIGIBLE
    amount = sum_of(aid.amount, case.facts, case.holds)
    missing = (word for outcome in outcomes for word in outcome.missing)
    return Answer(
        id=aid.id,
        label=aid.label,
        verdict=verdict,
        to_check=why_to_check(case, aid, timing, outcomes, verdict),
        amount=None if refused else amount.value,
        amount_text=aid.amount.text if refused else amount.text,
        missing=tuple(dict.fromkeys(missing)),
        failed=tuple(
            f"{o.label} — {o.detail}" if o.detail else o.label
            for o in outcomes
            if o.verdict is Verdict.NON
        ),
        met=tuple(o.label for o in outcomes if o.verdict is Verdict.OUI),
        exclusions=tuple(one.other for one in excluding(aid)),
        conflicts=(),
        successor=aid.successor if timing.closed else (),
        sources=aid.sources,
        phase=timing.phase,
        amount_low=None if refused else amount.low,
        amount_high=None if refused else amount.high,
        period=aid.amount.period,
        amount_marks=() if refused else amount.marks,
        outcomes=outcomes,
        readings=tuple(o for o in outcomes if o.readings),
        disagreements=aid.disagreements,
        cumul=aid.cumul,
        contacts=contacts_of(aid, case.site, case.rules),
        aid=aid,
    )


def contacts_of(aid: Aid, site: Site, known: Rules) -> tuple[Contact, ...]:
    """Say whom to ask about an aid at a place.

    Parameters
    ----------
    aid : Aid
        The rule.
    site : Site
        The place.
    known : Rules
        The contacts.

    Returns
    -------
    tuple of Contact
        Of each role the entries of the place's département, else those of its région, else
        those that say neither, else words that say that no document names any.
    """
    found: list[Contact] = []
    for role in aid.contacts:
        mine = [one for one in known.contacts if one.role == role]
        near = [c for c in mine if site.departements & {*c.departements}]
        near = near or [c for c in mine if site.regions & {*c.regions}]
        near = near or [c for c in mine if not c.departements and not c.regions]
        found += near or [Contact(role, known.roles[role]["unknown"])]
    return tuple(found)

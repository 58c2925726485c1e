"""From a place, a day and a profile to one answer an aid.

Conditions are judged in Kleene's three values on the classes that the place leaves possible
and on the facts that the profile gives: one that fails makes the aid ``not_eligible``, else
one that is not known makes it ``depends``. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date as Date  # noqa: N812  (``date`` is what users pass)
from typing import Any, NamedTuple

from zonage_geo.aids.amounts import sum_of
from zonage_geo.aids.conditions import Test, compare, judge, parse
from zonage_geo.aids.model import (
    Aid,
    AidVerdict,
    Answer,
    Answers,
    Condition,
    Contact,
    Cumul,
    Outcome,
    Reading,
)
from zonage_geo.aids.phrases import detail_of, missing_of
from zonage_geo.aids.profile import Profile, ask_profile, read_profile
from zonage_geo.aids.rules import Rules, rules
from zonage_geo.aids.site import DISTANCE, Fact, Site, read_place
from zonage_geo.aids.vocabulary import EXONERATION, MOUNTAIN
from zonage_geo.aids.windows import Timing, timing_of
from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError
from zonage_geo.verdict import Verdict

__all__ = ["check_readings", "evaluate"]

IN_ZONES = Test("zonage_medecins", "=", ("ZIP", "ZAC"))


def evaluate(
    place: Any,  # noqa: ANN401
    date: Date | str | None,
    profile: Mapping[str, Any] | None = None,
    *,
    signature: Date | str | None = None,
    readings: Mapping[str, str] | None = None,
    distance_km: tuple[float, float] | None = None,
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
        on it may still run.
    readings : mapping of str to str, optional
        Where documents disagree, another reading than the one that prevails:
        ``{"COTRAM.age": "plus_de_60_ans"}``.
    distance_km : tuple of float, optional
        Bounds of the distance from the place to the nearest ZIP or ZAC, in km.
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
    if distance_km is not None:
        site = site._replace(distance=distance_km)
    facts = read_profile(profile, known)
    chosen = check_readings(readings or {}, known)
    day = parse_date(date) or today()
    signed = parse_date(signature)
    case = _Case(known, site, facts, day, signed, chosen)
    answers = [case.answer(aid) for aid in known.aids.values()]
    open_ids = {a.id for a in answers if a.verdict is not AidVerdict.NOT_ELIGIBLE}
    return Answers(
        answer._replace(conflicts=tuple(x for x in answer.exclusions if x in open_ids))
        if answer.id in open_ids
        else answer
        for answer in answers
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


class _Case(NamedTuple):
    """One question."""

    rules: Rules
    site: Site
    facts: Profile
    day: Date
    signature: Date | None
    chosen: Mapping[str, str]

    def answer(self, aid: Aid) -> Answer:
        held = aid.id in (self.facts.get("contrats_en_cours") or ())
        timing = timing_of(aid, self.day, self.signature, held=held)
        decisive = self.signature or self.day
        asked = [self._of_timing(aid, timing)]
        if aid.regions:
            asked.append(self._of_region(aid, decisive))
        for condition in aid.conditions:
            if not (held and condition.at_signature):
                asked.append(self._of_condition(aid, condition, decisive))
        cumul = self._of_cumul(aid)
        outcomes = tuple(asked if cumul is None else [*asked, cumul])
        verdict = _verdict(outcome.verdict for outcome in outcomes)
        amount = sum_of(
            aid.amount, self.facts, lambda text: judge(parse(text), self._asker(decisive))[0]
        )
        return Answer(
            id=aid.id,
            label=aid.label,
            verdict=verdict,
            to_check=self._to_check(aid, outcomes, verdict, timing, decisive),
            amount=amount.value,
            amount_text=amount.text,
            missing=tuple(dict.fromkeys(word for o in outcomes for word in o.missing)),
            failed=tuple(_failed(o) for o in outcomes if o.verdict is Verdict.NON),
            met=tuple(o.label for o in outcomes if o.verdict is Verdict.OUI),
            exclusions=tuple(one.other for one in _excluding(aid)),
            conflicts=(),
            successor=aid.successor if timing.closed else (),
            sources=aid.sources,
            phase=timing.phase,
            amount_low=amount.low,
            amount_high=amount.high,
            period=aid.amount.period,
            amount_marks=amount.marks,
            outcomes=outcomes,
            readings=tuple(o for o in outcomes if o.readings),
            disagreements=aid.disagreements,
            cumul=aid.cumul,
            contacts=tuple(self._contacts(aid)),
            aid=aid,
        )

    # asking

    def _asker(self, day: Date) -> Any:  # noqa: ANN401
        return lambda test: self.ask(test, day)

    def ask(self, test: Test, day: Date) -> Verdict:
        """Judge one test, on the profile or on the place."""
        if test.word == DISTANCE:
            bounds = self._distance(day)
            if bounds is None:
                return Verdict.INDETERMINE
            return compare(test.order, *bounds, float(test.values[0]))
        if test.word in self.rules.profile:
            return ask_profile(test, self.facts)
        return self.site.ask(test, self.rules, day)

    def _distance(self, day: Date) -> tuple[float, float] | None:
        """Give bounds of the distance: measured, else told; none in a ZIP or ZAC."""
        told = self.facts.get(DISTANCE)
        if self.site.distance is not None:
            low, high = self.site.distance
            return (told, told) if told is not None and low <= told <= high else (low, high)
        if told is not None:
            return told, told
        inside = self.site.ask(IN_ZONES, self.rules, day) is Verdict.OUI
        return (0.0, 0.0) if inside else None

    # conditions

    def _of_timing(self, aid: Aid, timing: Timing) -> Outcome:
        missing = (timing.missing,) if timing.missing else ()
        return Outcome(
            "periode", timing.label, timing.verdict, missing, sources=aid.window.sources
        )

    def _of_region(self, aid: Aid, day: Date) -> Outcome:
        names = " ou ".join(self.rules.regions[code] for code in aid.regions)
        test = Test("region", "=", aid.regions)
        label = f"Être en région {names} (les documents ne décrivent cette aide que là)"
        return self._judged("region", label, test, day)

    def _of_condition(self, aid: Aid, condition: Condition, day: Date) -> Outcome:
        if not condition.readings:
            outcome = self._judged(condition.id, condition.label, parse(condition.when), day)
            return outcome._replace(sources=condition.sources, mark=condition.mark)
        wanted = self.chosen.get(f"{aid.id}.{condition.id}", condition.readings[0].id)
        judged: list[tuple[Reading, Outcome]] = []
        for reading in sorted(condition.readings, key=lambda one: one.id != wanted):
            label = f"{condition.label} : {reading.says}"
            if reading.when is None:
                judged.append((reading, Outcome(condition.id, label, Verdict.OUI)))
            else:
                one = self._judged(condition.id, label, parse(reading.when), day)
                judged.append((reading, one))
        followed = judged[0][1]
        return followed._replace(
            reading=wanted,
            readings=tuple((reading, outcome.verdict) for reading, outcome in judged),
            sources=judged[0][0].sources,
            mark=condition.mark,
        )

    def _judged(self, name: str, label: str, condition: Any, day: Date) -> Outcome:  # noqa: ANN401
        verdict, tests = judge(condition, self._asker(day))
        missing: tuple[str, ...] = ()
        detail = None
        if verdict is Verdict.INDETERMINE:
            missing = tuple(
                dict.fromkeys(missing_of(test, label, self.rules, self.site) for test in tests)
            )
        elif verdict is Verdict.NON:
            detail = detail_of(tests, self.facts, self.rules, self.site)
        return Outcome(name, label, verdict, missing, detail)

    def _of_cumul(self, aid: Aid) -> Outcome | None:
        """Judge the contracts held against those that the aid excludes."""
        against = _excluding(aid)
        if not against:
            return None
        label = f"Sans contrat en cours non cumulable ({', '.join(o.other for o in against)})"
        sources = tuple(dict.fromkeys(doc for one in against for doc in one.sources))
        if "contrats_en_cours" not in self.facts:
            missing = ("contrats_en_cours",)
            return Outcome("cumul", label, Verdict.INDETERMINE, missing, sources=sources)
        held = self.facts["contrats_en_cours"] or ()
        for rule, verdict in (("exclu", Verdict.NON), ("incertain", Verdict.INDETERMINE)):
            for one in against:
                if one.other in held and one.rule == rule:
                    said = f"{one.other} en cours : {one.says}"
                    missing = (said,) if verdict is Verdict.INDETERMINE else ()
                    detail = said if verdict is Verdict.NON else None
                    return Outcome("cumul", label, verdict, missing, detail, sources=one.sources)
        return Outcome("cumul", label, Verdict.OUI, sources=sources)

    # what is to be checked

    def _to_check(
        self,
        aid: Aid,
        outcomes: Iterable[Outcome],
        verdict: AidVerdict,
        timing: Timing,
        decisive: Date,
    ) -> str | None:
        """Say why to check: the place, a zone used, a reading, a caveat, an announced change."""
        said: list[str | None] = []
        failing = verdict is AidVerdict.NOT_ELIGIBLE
        used = [o for o in outcomes if not failing or o.verdict is Verdict.NON]
        sure = failing and any(not self._zones(aid, o, decisive) and not o.readings for o in used)
        if not sure:
            said.append(timing.to_check if not failing else None)
            facts = {f.layer: f for o in used for f in self._zones(aid, o, decisive)}
            said += [f"{f.label} : {f.to_check}" for f in facts.values() if f.to_check]
            if facts or any(o.id == "region" for o in used):
                said.append(self.site.to_check)
                said.append(self._other_day(decisive))
            said += [_differs(o) for o in used]
        if not failing:
            for caveat in aid.caveats:
                condition = parse(caveat.when) if caveat.when else None
                if condition is None or judge(condition, self._asker(decisive))[0] is Verdict.OUI:
                    said.append(caveat.text)
        return " ".join(dict.fromkeys(_sentence(one) for one in said if one)) or None

    def _zones(self, aid: Aid, outcome: Outcome, day: Date) -> list[Fact]:
        """Give the layers that an outcome follows from."""
        for condition in aid.conditions:
            if condition.id == outcome.id:
                when = condition.when or next(
                    (r.when or "" for r in condition.readings if r.id == outcome.reading), ""
                )
                if not when:
                    return []
                _, tests = judge(parse(when), self._asker(day))
                names = [name for test in tests for name in _LAYERS.get(test.word, (test.word,))]
                return [self.site.facts[name] for name in names if name in self.site.facts]
        return []

    def _other_day(self, decisive: Date) -> str | None:
        read = self.site.day
        if read is None or read == decisive:
            return None
        return (
            f"Les zonages sont ceux du {read:%d/%m/%Y}, et non du {decisive:%d/%m/%Y}, jour qui "
            "décide."
        )

    def _contacts(self, aid: Aid) -> list[Contact]:
        """Give, of each role, the entries nearest to the place."""
        found: list[Contact] = []
        for role in aid.contacts:
            mine = [one for one in self.rules.contacts if one.role == role]
            near = [c for c in mine if self.site.departements & {*c.departements}]
            near = near or [c for c in mine if self.site.regions & {*c.regions}]
            near = near or [c for c in mine if not c.departements and not c.regions]
            unknown = Contact(role, self.rules.roles[role]["unknown"])
            found += near or [unknown]
        return found


_LAYERS = {MOUNTAIN: ("massif", "montagne"), EXONERATION: ("pdsa",), DISTANCE: ("zonage_medecins",)}
"""Layers that words worked out follow from."""


def _verdict(verdicts: Iterable[Verdict]) -> AidVerdict:
    whole = Verdict.OUI
    for verdict in verdicts:
        whole = whole.and_(verdict)
    return {
        Verdict.OUI: AidVerdict.ELIGIBLE,
        Verdict.NON: AidVerdict.NOT_ELIGIBLE,
        Verdict.INDETERMINE: AidVerdict.DEPENDS,
    }[whole]


def _excluding(aid: Aid) -> list[Cumul]:
    return [one for one in aid.cumul if one.rule in ("exclu", "incertain")]


def _failed(outcome: Outcome) -> str:
    return f"{outcome.label} ({outcome.detail})" if outcome.detail else outcome.label


def _differs(outcome: Outcome) -> str | None:
    """Say where another reading would answer otherwise."""
    for reading, verdict in outcome.readings[1:]:
        if verdict is not outcome.verdict:
            documents = ", ".join(reading.sources)
            return (
                f"Les documents divergent ({outcome.label}) : l'autre lecture, « {reading.says} » "
                f"({documents}), donnerait {verdict}."
            )
    return None


def _sentence(text: str) -> str:
    said = text[0].upper() + text[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."



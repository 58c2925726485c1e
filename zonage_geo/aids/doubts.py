"""Why an answer must be checked: only what it would not be the same without.

A zone to be checked matters where the answer changes once that zone is taken for unknown; a
reading of the documents, where another one would give another answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zonage_geo.aids.answers import AidVerdict, Outcome
from zonage_geo.aids.case import Case, layers_of
from zonage_geo.aids.conditions import checks_of, parse
from zonage_geo.aids.model import Aid
from zonage_geo.aids.site import DISTANCE
from zonage_geo.aids.windows import Timing
from zonage_geo.verdict import Verdict

__all__ = ["verdict_of_all", "why_to_check"]

_VERDICTS = {
    Verdict.OUI: AidVerdict.ELIGIBLE,
    Verdict.NON: AidVerdict.NOT_ELIGIBLE,
    Verdict.INDETERMINE: AidVerdict.DEPENDS,
}


def verdict_of_all(verdicts: Iterable[Verdict]) -> AidVerdict:
    """Give an aid's verdict from those of its conditions, which must all hold.

    Parameters
    ----------
    verdicts : iterable of Verdict
        One a condition.

    Returns
    -------
    AidVerdict
        ``not_eligible`` as soon as one fails.
    """
    whole = Verdict.OUI
    for verdict in verdicts:
        whole = whole.and_(verdict)
    return _VERDICTS[whole]


def why_to_check(
    case: Case, aid: Aid, timing: Timing, outcomes: tuple[Outcome, ...], verdict: AidVerdict
) -> str | None:
    """Say why an answer must be checked.

    Parameters
    ----------
    case : Case
        The question.
    aid : Aid
        The rule.
    timing : Timing
        What the days came to.
    outcomes : tuple of Outcome
        What the conditions came to.
    verdict : AidVerdict
        What is answered.

    Returns
    -------
    str or None
        French sentences.
    """
    said = [
        *_of_place(case, aid, timing, outcomes, verdict),
        *_of_implied(case, aid, timing, verdict),
        *_of_readings(outcomes, verdict),
    ]
    if verdict is not AidVerdict.NOT_ELIGIBLE:
        said.append(timing.to_check or "")
        known = case._replace(supposing=False)  # nobody is supposed to be whom a caveat is about
        said += [
            one.text
            for one in aid.caveats
            if one.when is None or known.holds(one.when) is Verdict.OUI
        ]
    return " ".join(dict.fromkeys(_sentence(one) for one in said if one)) or None


def _of_place(
    case: Case, aid: Aid, timing: Timing, outcomes: tuple[Outcome, ...], verdict: AidVerdict
) -> Iterator[str]:
    """Say what is to be checked of the place, where the answer follows from it."""
    reasons = {
        fact.layer: f"{fact.label} : {fact.to_check}"
        for fact in case.site.facts.values()
        if fact.to_check
    }
    far, zoning = case.site.distance, case.site.facts.get("zonage_medecins")
    if far is not None and far.to_check:
        told = zoning is not None and zoning.to_check == far.to_check
        reasons[DISTANCE] = "" if told else f"distance : {far.to_check}"
    whole = [one for one in (case.site.to_check, _other_day(case)) if one]
    hidden = frozenset(reasons)
    if whole:
        hidden |= {*case.site.facts, "departement", "region", DISTANCE}
    if not hidden:
        return
    blind = case.outcomes(aid, timing, hidden)
    if verdict_of_all(one.verdict for one in blind) is verdict is not AidVerdict.DEPENDS:
        return
    changed = {
        one.id for one, other in zip(outcomes, blind, strict=True) if one.verdict != other.verdict
    }
    if changed:
        yield from whole
    looked = _looked_at(case, aid, changed)
    for name, reason in reasons.items():
        if name in looked and reason:
            yield reason


def _of_implied(case: Case, aid: Aid, timing: Timing, verdict: AidVerdict) -> Iterator[str]:
    """Say where the answer follows from a class that is held for a part of another one."""
    here = [one for one in case.rules.implied if not case.site.regions.isdisjoint(one.regions)]
    if not here:
        return
    without = case._replace(rules=case.rules._replace(implied=()))
    if verdict_of_all(one.verdict for one in without.outcomes(aid, timing)) is not verdict:
        yield from (one.says for one in here)


def _looked_at(case: Case, aid: Aid, changed: set[str]) -> set[str]:
    """Name the layers that some conditions look at."""
    looked: set[str] = set()
    for condition in aid.conditions:
        if condition.id in changed:
            wanted = case.chosen.get(f"{aid.id}.{condition.id}")
            readings = [one for one in condition.readings if one.id == wanted]
            when = condition.when or (readings or condition.readings)[0].when
            for test in checks_of(parse(when)) if when else ():
                looked |= layers_of(test)
    return looked


def _other_day(case: Case) -> str | None:
    read = case.site.day
    if read is None or read == case.decisive:
        return None
    return (
        f"Les zonages sont ceux du {read:%d/%m/%Y}, et non du {case.decisive:%d/%m/%Y}, jour qui "
        "décide."
    )


def _of_readings(outcomes: tuple[Outcome, ...], verdict: AidVerdict) -> Iterator[str]:
    """Say where another reading of the documents would give another answer."""
    for rank, outcome in enumerate(outcomes):
        for reading, other in outcome.readings[1:]:
            verdicts = [one.verdict for one in outcomes]
            verdicts[rank] = other
            if (changed := verdict_of_all(verdicts)) is not verdict:
                documents = ", ".join(reading.sources)
                yield (
                    f"Les documents divergent. {outcome.label} ; mais une autre lecture "
                    f"({documents} : {reading.says}) {_WOULD[changed]}."
                )


_WOULD = {
    AidVerdict.ELIGIBLE: "ouvrirait l'aide",
    AidVerdict.NOT_ELIGIBLE: "exclurait l'aide",
    AidVerdict.DEPENDS: "laisserait la question ouverte",
}


def _sentence(text: str) -> str:
    said = text[0].upper() + text[1:]
    return said if said.endswith((".", "!", "?")) else f"{said}."

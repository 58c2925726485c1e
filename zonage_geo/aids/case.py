"""One question, and how its conditions are judged: on the profile, or on the place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, partial
from typing import NamedTuple

from zonage_geo.aids.answers import Outcome
from zonage_geo.aids.conditions import UNSAID, Check, Node, compare, judge, parse, supposing
from zonage_geo.aids.model import Aid, Condition, Cumul, Reading
from zonage_geo.aids.phrases import detail_of, missing_of
from zonage_geo.aids.profile import Profile, ask_profile
from zonage_geo.aids.rulebook import Rules
from zonage_geo.aids.site import DISTANCE, NEAR, ZONING, Site
from zonage_geo.aids.vocabulary import EXONERATION, MOUNTAIN
from zonage_geo.aids.windows import Timing
from zonage_geo.verdict import Verdict

__all__ = ["CUMUL", "PERIOD", "Case", "excluding", "layers_of"]

IN_ZONES = Check(ZONING, "=", NEAR)
PERIOD, CUMUL = "periode", "cumul"
"""Ids of the conditions that every rule has, or most, without writing them."""
NOTHING: frozenset[str] = frozenset()
_LAYERS = {
    MOUNTAIN: frozenset({"massif", "montagne"}),
    EXONERATION: frozenset({"pdsa", "zonage_medecins"}),  # a sector counts by its communes' class
}


def layers_of(test: Check) -> frozenset[str]:
    """Name what a test on the place looks at.

    Parameters
    ----------
    test : Check
        A test.

    Returns
    -------
    frozenset of str
        Layers; or the word itself.
    """
    return _LAYERS.get(test.word, frozenset({test.word}))


def excluding(aid: Aid) -> list[Cumul]:
    """List what an aid cannot, or perhaps cannot, be held with.

    Parameters
    ----------
    aid : Aid
        The rule.

    Returns
    -------
    list of Cumul
        By id of the other aid.
    """
    return [one for one in aid.cumul if one.rule in ("exclu", "incertain")]


@cache
def _personal(profile: tuple[str, ...]) -> frozenset[str]:
    """Name the words that are about who asks, and not about the place."""
    return frozenset(profile) - {DISTANCE}


class Case(NamedTuple):
    """One question.

    Attributes
    ----------
    rules : Rules
        The rules.
    site : Site
        The place.
    facts : mapping
        The profile, checked.
    day : date
        The day asked about.
    signature : date or None
        The day of signature, where it is not that one.
    chosen : mapping of str to str
        Readings chosen by the user.
    supposing : bool
        Whether the facts of the profile are taken for what fulfils each condition best: what is
        left is what the place decides.
    """

    rules: Rules
    site: Site
    facts: Profile
    day: date
    signature: date | None
    chosen: Mapping[str, str]
    supposing: bool = False

    def read(self, text: str) -> Node | Check:
        """Read a condition.

        Parameters
        ----------
        text : str
            In the language of ``conditions``.

        Returns
        -------
        Node or Check
            The condition, facts taken for granted where this case does so.
        """
        return supposing(text, _personal(self.rules.profile)) if self.supposing else parse(text)

    @property
    def decisive(self) -> date:
        """The day on which conditions are judged."""
        return self.signature or self.day

    def ask(self, test: Check, hidden: frozenset[str] = NOTHING) -> Verdict:
        """Judge one test.

        Parameters
        ----------
        test : Check
            On a word of the profile or of the place.
        hidden : frozenset of str
            What of the place is to be taken for unknown.

        Returns
        -------
        Verdict
            ``indéterminé`` where it is not known.
        """
        if not hidden.isdisjoint(layers_of(test)):
            return Verdict.INDETERMINE
        if test.word == DISTANCE:
            bounds = self._distance(hidden)
            if bounds is None:
                return Verdict.INDETERMINE
            return compare(test.order, *bounds, float(test.values[0]))
        if test.word in self.rules.profile:
            return ask_profile(test, self.facts)
        return self.site.ask(test, self.rules, self.decisive)

    def _distance(self, hidden: frozenset[str]) -> tuple[float, float] | None:
        """Give bounds of the distance: measured, made finer by what is told; none in a zone."""
        told = self.facts.get(DISTANCE)
        if self.site.distance is not None:
            low, high = self.site.distance[:2]
            return (told, told) if told is not None and low <= told <= high else (low, high)
        if told is not None:
            return told, told
        return (0.0, 0.0) if self.ask(IN_ZONES, hidden) is Verdict.OUI else None

    def holds(self, text: str, hidden: frozenset[str] = NOTHING) -> Verdict:
        """Judge a condition given as text.

        Parameters
        ----------
        text : str
            In the language of ``conditions``.
        hidden : frozenset of str
            What of the place is to be taken for unknown.

        Returns
        -------
        Verdict
            Whether it holds.
        """
        return self._judge(self.read(text), hidden)[0]

    def _judge(
        self, condition: Node | Check, hidden: frozenset[str]
    ) -> tuple[Verdict, tuple[Check, ...]]:
        """Judge a condition, in a quarter and out of it where nobody knows which."""
        found = judge(condition, partial(self.ask, hidden=hidden))
        if found[0] is Verdict.INDETERMINE and len(sites := self.site.either()) > 1:
            cases = [self._replace(site=site) for site in sites]
            apart = [judge(condition, partial(case.ask, hidden=hidden)) for case in cases]
            if len({verdict for verdict, _ in apart}) == 1:
                return apart[0]
        return found

    def outcomes(
        self, aid: Aid, timing: Timing, hidden: frozenset[str] = NOTHING
    ) -> tuple[Outcome, ...]:
        """Judge every condition of an aid.

        Parameters
        ----------
        aid : Aid
            The rule.
        timing : Timing
            What the days came to.
        hidden : frozenset of str
            What of the place is to be taken for unknown.

        Returns
        -------
        tuple of Outcome
            The period first, then the région, the conditions of the rule, the contracts held.
        """
        missing = (timing.missing,) if timing.missing else ()
        held = self.holds_contract(aid)
        found: list[Outcome | None] = [
            Outcome(PERIOD, timing.label, timing.verdict, missing, sources=aid.window.sources),
            self._of_region(aid, hidden),
            *(
                self._of_kept(aid, condition, hidden)
                if held
                else self._of_condition(aid, condition, hidden)
                for condition in aid.conditions
                if not (held and condition.at_signature)
            ),
            self._of_cumul(aid),
        ]
        return tuple(one for one in found if one is not None)

    def holds_contract(self, aid: Aid) -> bool:
        """Tell whether the profile says that this contract is in force.

        Parameters
        ----------
        aid : Aid
            The rule.

        Returns
        -------
        bool
            False too where it says nothing.
        """
        return aid.id in (self.facts.get("contrats_en_cours") or ())

    def _of_region(self, aid: Aid, hidden: frozenset[str]) -> Outcome | None:
        if not aid.regions:
            return None
        names = " ou ".join(self.rules.regions[code] for code in aid.regions)
        label = f"Être en région {names} (les documents ne décrivent cette aide que là)"
        return self._judged("region", label, Check("region", "=", aid.regions), hidden)

    def _of_kept(self, aid: Aid, condition: Condition, hidden: frozenset[str]) -> Outcome:
        """Judge a condition of a contract in force, which may outlive a failure of it."""
        found = self._of_condition(aid, condition, hidden)
        if found.verdict is not Verdict.NON or condition.kept is None:
            return found
        said = f"{aid.id} en cours : {condition.kept}"
        said += f" ({found.detail})" if found.detail else ""
        return found._replace(verdict=Verdict.INDETERMINE, missing=(said,), detail=None)

    def _of_condition(self, aid: Aid, condition: Condition, hidden: frozenset[str]) -> Outcome:
        if not condition.readings:
            found = self._judged(condition.id, condition.label, self.read(condition.when), hidden)
            return found._replace(sources=condition.sources, mark=condition.mark)
        wanted = self.chosen.get(f"{aid.id}.{condition.id}", condition.readings[0].id)
        judged: list[tuple[Reading, Outcome]] = []
        for reading in sorted(condition.readings, key=lambda one: one.id != wanted):
            label = f"{condition.label} : {reading.says}"
            if reading.when is None:
                judged.append((reading, Outcome(condition.id, label, Verdict.OUI)))
            else:
                found = self._judged(condition.id, label, self.read(reading.when), hidden)
                judged.append((reading, found))
        followed, outcome = judged[0]
        return outcome._replace(
            reading=followed.id,
            readings=tuple((reading, one.verdict) for reading, one in judged),
            sources=followed.sources,
            mark=condition.mark,
        )

    def _judged(
        self, name: str, label: str, condition: Node | Check, hidden: frozenset[str]
    ) -> Outcome:
        verdict, tests = self._judge(condition, hidden)
        missing: tuple[str, ...] = ()
        detail = None
        if verdict is Verdict.INDETERMINE:
            told = [test for test in tests if test.word != UNSAID] or tests  # first what may be
            whole = isinstance(condition, Check)
            said = (missing_of(one, label, self.rules, self.site, whole=whole) for one in told)
            missing = tuple(dict.fromkeys(said))
        elif verdict is Verdict.NON:
            detail = detail_of(tests, self.facts, self.rules, self.site)
        return Outcome(name, label, verdict, missing, detail)

    def _of_cumul(self, aid: Aid) -> Outcome | None:
        """Judge the contracts held against those that the aid excludes."""
        against = excluding(aid)
        if not against or self.supposing:
            return None
        label = f"Sans contrat en cours non cumulable ({', '.join(o.other for o in against)})"
        sources = tuple(dict.fromkeys(doc for one in against for doc in one.sources))
        whole = Outcome(CUMUL, label, Verdict.OUI, sources=sources)
        if "contrats_en_cours" not in self.facts:
            return whole._replace(verdict=Verdict.INDETERMINE, missing=("contrats_en_cours",))
        held = self.facts["contrats_en_cours"] or ()
        for rule in ("exclu", "incertain"):
            for one in against:
                if one.other in held and one.rule == rule:
                    said = f"{one.other} en cours : {one.says}"
                    found = whole._replace(sources=one.sources)
                    if rule == "exclu":
                        return found._replace(verdict=Verdict.NON, detail=said)
                    return found._replace(verdict=Verdict.INDETERMINE, missing=(said,))
        return whole

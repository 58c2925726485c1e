"""What an evaluation answers of each aid: plain frozen data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple, SupportsIndex, overload

from zonage_geo.aids.model import Aid, Contact, Cumul, Disagreement, Reading, Source
from zonage_geo.aids.spelling import did_you_mean, nearest
from zonage_geo.verdict import Verdict

__all__ = ["AidVerdict", "Answer", "Answers", "Outcome"]

WIDTH = 96
"""Columns at a prompt."""


class AidVerdict(StrEnum):
    """What is answered of an aid."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    DEPENDS = "depends"


ORDER = (AidVerdict.ELIGIBLE, AidVerdict.DEPENDS, AidVerdict.NOT_ELIGIBLE)
"""In which answers are told."""


class Outcome(NamedTuple):
    """What one condition came to.

    Attributes
    ----------
    id, label : str
        The condition, and its French sentence.
    verdict : Verdict
        oui: met; non: failed; indéterminé: something is missing.
    missing : tuple of str
        What would settle it: words of the profile, or a sentence about the place.
    detail : str or None
        What was given that makes it fail, in French.
    reading : str or None
        The reading followed, where there are several.
    readings : tuple of (Reading, Verdict)
        Every reading, and what it comes to; the one followed first.
    sources : tuple of str
        Documents that state the condition.
    mark : str or None
        What is inferred or not confirmed about it.
    """

    id: str
    label: str
    verdict: Verdict
    missing: tuple[str, ...] = ()
    detail: str | None = None
    reading: str | None = None
    readings: tuple[tuple[Reading, Verdict], ...] = ()
    sources: tuple[str, ...] = ()
    mark: str | None = None


class Answer(NamedTuple):
    """What is answered of one aid.

    Attributes
    ----------
    id, label : str
        ``CAIM``, and its French name.
    verdict : AidVerdict
        ``eligible``, ``not_eligible``, ``depends``.
    to_check : str or None
        Why the answer must be checked, in French; None where it need not.
    amount : int or None
        Euros, where the profile allows to compute it.
    amount_text : str
        The amount in French: computed, else as the documents say it.
    missing : tuple of str
        What is not known: words of the profile, or sentences about the place.
    failed, met : tuple of str
        Conditions that fail, and those that are met, in French.
    exclusions : tuple of str
        Aids that it cannot be held with, by id, whether or not this place opens them.
    conflicts : tuple of str
        Those of them that this profile might have here: one has to choose.
    successor : tuple of str
        Aids that took its place, where the day is past its last one.
    sources : tuple of Source
        Where each line comes from.
    phase : str
        ``signature`` or ``en_cours`` (a contract that runs to its term).
    amount_low, amount_high : int or None
        Bounds in euros, where the amount is not settled.
    period : str or None
        What the amount is paid per.
    amount_marks : tuple of str
        What about the amount is inferred or not confirmed.
    outcomes : tuple of Outcome
        Every condition.
    readings : tuple of Outcome
        Those on which documents disagree.
    disagreements : tuple of Disagreement
        Disagreements that change no condition.
    cumul : tuple of Cumul
        What it goes with, and not.
    contacts : tuple of Contact
        Whom to ask about this place.
    aid : Aid
        The rule.
    """

    id: str
    label: str
    verdict: AidVerdict
    to_check: str | None
    amount: int | None
    amount_text: str
    missing: tuple[str, ...]
    failed: tuple[str, ...]
    met: tuple[str, ...]
    exclusions: tuple[str, ...]
    conflicts: tuple[str, ...]
    successor: tuple[str, ...]
    sources: tuple[Source, ...]
    phase: str
    amount_low: int | None
    amount_high: int | None
    period: str | None
    amount_marks: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    readings: tuple[Outcome, ...]
    disagreements: tuple[Disagreement, ...]
    cumul: tuple[Cumul, ...]
    contacts: tuple[Contact, ...]
    aid: Aid

    def __repr__(self) -> str:
        refused = self.verdict is AidVerdict.NOT_ELIGIBLE
        said = " ; ".join(self.failed) if refused else self.amount_text
        lacking = f", {len(self.missing)} à préciser" if self.missing and not refused else ""
        return f"<Answer {self.id} : {self.verdict}{lacking} — {said}>"


class Answers(tuple[Answer, ...]):
    """One answer an aid, in the order of the rules; also to be asked by id: ``answers["CAIM"]``."""

    __slots__ = ()

    def __repr__(self) -> str:
        kept = [(str(one), [*self.with_verdict(one).ids()]) for one in ORDER]
        lines = [f"{one} ({len(ids)}) : {', '.join(ids)}" for one, ids in kept if ids]
        return (
            "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines) or "()"
        )

    @overload
    def __getitem__(self, key: SupportsIndex) -> Answer: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Answer, ...]: ...
    @overload
    def __getitem__(self, key: str) -> Answer: ...
    def __getitem__(self, key: SupportsIndex | slice | str) -> Answer | tuple[Answer, ...]:
        if not isinstance(key, str):
            return super().__getitem__(key)
        for answer in self:
            if answer.id == key:
                return answer
        near = did_you_mean(nearest(key, self.ids()))
        raise KeyError(f"aucune réponse « {key} ».{near} Réponses : {', '.join(self.ids())}.")

    def with_verdict(self, verdict: AidVerdict | str) -> Answers:
        """Keep the answers of one verdict.

        Parameters
        ----------
        verdict : AidVerdict or str
            ``eligible``, ``not_eligible``, ``depends``.

        Returns
        -------
        Answers
            In the same order.
        """
        return Answers(answer for answer in self if answer.verdict == verdict)

    def by_id(self) -> Mapping[str, Answer]:
        """Give the answers by id.

        Returns
        -------
        mapping of str to Answer
            In the same order.
        """
        return {answer.id: answer for answer in self}

    def ids(self) -> Iterator[str]:
        """Name the aids.

        Yields
        ------
        str
            Ids, in order.
        """
        for answer in self:
            yield answer.id

"""What an aid's rule says, and what an evaluation answers: plain frozen data.

Named tuples rather than dataclasses, for the start's sake: see ``zonage_geo.catalog.model``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple, SupportsIndex, overload

from zonage_geo.verdict import Verdict

__all__ = [
    "Aid",
    "AidVerdict",
    "Amount",
    "Answer",
    "Answers",
    "Caveat",
    "Condition",
    "Contact",
    "Contract",
    "Cumul",
    "Disagreement",
    "Document",
    "Outcome",
    "Reading",
    "Saying",
    "Source",
    "Step",
    "Supplement",
    "Window",
]


class AidVerdict(StrEnum):
    """What is answered of an aid."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    DEPENDS = "depends"


class Document(NamedTuple):
    """A document that rules are read in.

    Attributes
    ----------
    id, title, publisher : str
        ``S0``; in French.
    rank : int
        Where documents disagree the highest prevails.
    file : str or None
        Its file, where it is one of the five source documents.
    date, date_note : date or None, str or None
        Its date, and from what it was inferred where it bears none.
    """

    id: str
    title: str
    publisher: str
    rank: int
    file: str | None = None
    date: date | None = None
    date_note: str | None = None


class Source(NamedTuple):
    """What a document says of an aid.

    Attributes
    ----------
    document : str
        Its id, ``S0``.
    title : str
        Its title.
    says : str
        Its words, or what they come to.
    file : str or None
        Its file.
    date : date or None
        Its date.
    """

    document: str
    title: str
    says: str
    file: str | None = None
    date: date | None = None


class Reading(NamedTuple):
    """One way to read the documents where they disagree on a condition.

    Attributes
    ----------
    id, says : str
        A word to choose it by, and what it comes to, in French.
    when : str or None
        The condition; None where this reading asks nothing.
    sources : tuple of str
        Documents that say so.
    specific : int
        How much more precise its wording is: decides between readings of one document.
    """

    id: str
    says: str
    when: str | None = None
    sources: tuple[str, ...] = ()
    specific: int = 0


class Condition(NamedTuple):
    """One condition of an aid.

    Attributes
    ----------
    id, label : str
        A word, and a French sentence.
    when : str
        In the language of ``conditions``; empty where readings say it.
    sources : tuple of str
        Documents that say so.
    readings : tuple of Reading
        Where they disagree, the one that prevails first.
    at_signature : bool
        Whether it holds on the day of signature only: a contract in force is past it.
    mark : str or None
        What is inferred or not confirmed about it, in French.
    """

    id: str
    label: str
    when: str = ""
    sources: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    at_signature: bool = False
    mark: str | None = None


class Window(NamedTuple):
    """When an aid may be had; days are inclusive.

    Attributes
    ----------
    opens, closes : date or None
        First and last day.
    opens_by, opens_note : date or None, str or None
        Day on which it was certainly open, where the first is not known; and why.
    closed_from, closed : date or None, str or None
        Day from which it is known to be closed, where the last is not; and from what.
    attested_from, attested : date or None, str or None
        First day for which a document is evidence; before it nothing is known.
    undecided_from, undecided : date or None, str or None
        From that day nobody knows whether it goes on; and why.
    to_check_from, to_check : date or None, str or None
        From that day answers must be checked; and why.
    sources : tuple of str
        Documents that give these days.
    """

    opens: date | None = None
    opens_by: date | None = None
    opens_note: str | None = None
    closes: date | None = None
    closed_from: date | None = None
    closed: str | None = None
    attested_from: date | None = None
    attested: str | None = None
    undecided_from: date | None = None
    undecided: str | None = None
    to_check_from: date | None = None
    to_check: str | None = None
    sources: tuple[str, ...] = ()


class Contract(NamedTuple):
    """How long what was signed runs.

    Attributes
    ----------
    years : int
        Its term.
    says : str
        What becomes of it, in French.
    renewals : int or "tacite" or None
        How many times it may be renewed; None where no document says it.
    sources : tuple of str
        Documents that say so.
    """

    years: int
    says: str
    renewals: int | str | None = None
    sources: tuple[str, ...] = ()


class Supplement(NamedTuple):
    """What is added to an amount under a condition.

    Attributes
    ----------
    value : int
        In euros.
    when, text : str
        The condition, and what it is, in French.
    apart : bool
        Whether it is paid at another rhythm, hence not added up.
    sources : tuple of str
        Documents that say so.
    """

    value: int
    when: str
    text: str
    apart: bool = False
    sources: tuple[str, ...] = ()


class Step(NamedTuple):
    """A rate that holds below a limit.

    Attributes
    ----------
    below : float
        Limit on the amount's word, excluded.
    percent : float
        The rate.
    """

    below: float
    percent: float


class Amount(NamedTuple):
    """How much an aid is.

    Attributes
    ----------
    kind : str
        ``fixe``, ``fourchette``, ``prorata``, ``pourcentage``, ``non_precise``.
    text : str
        In French, whatever the profile.
    value, low, high : int or None
        Euros, of a fixed amount and of a range.
    base, full, minimum, cap, word : numbers and str or None
        Of a pro rata: ``base × word / full`` for ``minimum`` at least, ``cap`` at most; the cap
        of a percentage too.
    stated : tuple of float
        Values of the word whose amount a document states; others are inferred.
    percent, of : float or None, str or None
        Rate, and of what.
    steps : tuple of Step
        Rates by the word.
    period : str or None
        Per what.
    ceiling : bool
        Whether the amount is a ceiling or a floor to complete up to, and not what is paid.
    marks : tuple of str
        What is inferred or not confirmed, in French.
    supplements : tuple of Supplement
        What comes on top.
    sources : tuple of str
        Documents that say so.
    """

    kind: str
    text: str
    value: int | None = None
    low: int | None = None
    high: int | None = None
    base: int | None = None
    full: float | None = None
    minimum: float | None = None
    cap: int | None = None
    word: str | None = None
    stated: tuple[float, ...] = ()
    percent: float | None = None
    of: str | None = None
    steps: tuple[Step, ...] = ()
    period: str | None = None
    ceiling: bool = False
    marks: tuple[str, ...] = ()
    supplements: tuple[Supplement, ...] = ()
    sources: tuple[str, ...] = ()


class Cumul(NamedTuple):
    """Whether an aid goes with another.

    Attributes
    ----------
    other : str
        The other aid's id.
    rule : str
        ``exclu``, ``incertain``, ``cumulable``, ``suite``.
    says : str
        In French.
    sources : tuple of str
        Documents that say so.
    """

    other: str
    rule: str
    says: str
    sources: tuple[str, ...] = ()


class Caveat(NamedTuple):
    """A reason to check an answer.

    Attributes
    ----------
    text : str
        In French.
    when : str or None
        Under which condition; None: always.
    sources : tuple of str
        Documents that say so.
    """

    text: str
    when: str | None = None
    sources: tuple[str, ...] = ()


class Saying(NamedTuple):
    """What some documents say where others say something else.

    Attributes
    ----------
    says : str
        In French.
    sources : tuple of str
        Documents.
    """

    says: str
    sources: tuple[str, ...]


class Disagreement(NamedTuple):
    """A disagreement of the documents that no condition depends on.

    Attributes
    ----------
    topic, outcome : str
        On what, and what is followed, in French.
    readings : tuple of Saying
        What each says.
    """

    topic: str
    outcome: str
    readings: tuple[Saying, ...]


class Aid(NamedTuple):
    """The rule of an aid.

    Attributes
    ----------
    id, label, nature, audience, payer, duration : str
        ``CAIM``; French wording; ``individuelle``, ``collective`` or ``fiscale``.
    window : Window
        When it may be had.
    amount : Amount
        How much.
    conditions : tuple of Condition
        All of them must hold.
    sources : tuple of Source
        What each document says of it.
    contacts : tuple of str
        Roles of those to ask.
    regions : tuple of str
        Codes of the régions that have it; empty: all.
    contract : Contract or None
        How long what was signed runs.
    cumul : tuple of Cumul
        What it goes with, or not.
    caveats : tuple of Caveat
        What is to be checked.
    disagreements : tuple of Disagreement
        Where documents differ and no condition does.
    successor : tuple of str
        Aids that take its place once it is closed.
    notes : tuple of str
        What a reader should know, in French.
    """

    id: str
    label: str
    nature: str
    audience: str
    payer: str
    duration: str
    window: Window
    amount: Amount
    conditions: tuple[Condition, ...]
    sources: tuple[Source, ...]
    contacts: tuple[str, ...]
    regions: tuple[str, ...] = ()
    contract: Contract | None = None
    cumul: tuple[Cumul, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    successor: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Contact(NamedTuple):
    """Whom to ask.

    Attributes
    ----------
    role, label : str
        ``ars``; who, in French.
    value : str or None
        Mail, telephone or address, where a document gives one.
    departements, regions : tuple of str
        For which places; both empty: for all.
    sources : tuple of str
        Documents that give it.
    """

    role: str
    label: str
    value: str | None = None
    departements: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


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


class Answers(tuple[Answer, ...]):
    """One answer an aid, in the order of the rules; also to be asked by id: ``answers["CAIM"]``."""

    __slots__ = ()

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
        raise KeyError(key)

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

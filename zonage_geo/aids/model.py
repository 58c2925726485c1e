"""What an aid's rule says: plain frozen data.

Named tuples rather than dataclasses, for the start's sake: see ``zonage_geo.catalog.model``.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

__all__ = [
    "Aid",
    "Amount",
    "Caveat",
    "Condition",
    "Contact",
    "Contract",
    "Cumul",
    "Disagreement",
    "Document",
    "Reading",
    "Saying",
    "Source",
    "Step",
    "Supplement",
    "Window",
]


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
    kept : str or None
        Why a contract in force may outlive a failure of it, in French: that failure is then a
        doubt.
    mark : str or None
        What is inferred or not confirmed about it, in French.
    """

    id: str
    label: str
    when: str = ""
    sources: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    at_signature: bool = False
    kept: str | None = None
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
    decides : str
        ``signature``: conditions hold on the day of signature or installation; ``jour``: on
        the day asked about, whatever was signed before.
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
    decides: str = "signature"


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

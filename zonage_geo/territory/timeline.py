"""What became of a commune code between two dates, by INSEE's events in their order.

The events are never collapsed into one dictionary, for codes come back: 12218 was merged
into 12076 in 2016 and 12076 was renamed 12218 in 2024. The functions walk from one event
to the next, and a split or a merger makes the walk a set. A set may be wider than the
truth (after a merger undone, each part leads to all of the old ones); it is never
narrower, so what holds for all of it holds for the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

__all__ = ["KNOWN_UNTIL", "STORE_DAY", "Change", "Period", "Timeline", "vintage"]

STORE_DAY = "2025-01-01"
"""The day of the store's commune codes: COG 2025, which COG 2026 repeats (the same 34,875)."""
KNOWN_UNTIL = "2026-12-31"
"""The last day of that vintage: a later one may have had events that nobody knows here."""

RE_ESTABLISHMENT, NEW_DEPARTEMENT = 21, 41
"""INSEE's MOD of a commune made again out of another, and of a change of département."""


class Change(NamedTuple):
    """One commune turning into another (or remaining, beside others) on a day.

    Attributes
    ----------
    date : str
        First day of the new state, ISO.
    mod : int
        INSEE's kind of event: 10 rename, 21 re-establishment, 32 commune nouvelle, …
    before, before_nom, after, after_nom : str
        Codes and names, with article, on both sides.
    """

    date: str
    mod: int
    before: str
    before_nom: str
    after: str
    after_nom: str


Lookup = Callable[[str], Iterable[Change]]
"""Changes in which a code takes part on one side, in order of date."""


class Timeline:
    """The events between communes, asked code by code.

    Parameters
    ----------
    leaving, arriving : Lookup
        Changes whose ``before`` (``after``) is the code given, oldest first.
    """

    def __init__(self, leaving: Lookup, arriving: Lookup) -> None:
        self._leaving = leaving
        self._arriving = arriving

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Timeline:
        """Make a timeline from changes held in memory.

        Parameters
        ----------
        changes : iterable of Change
            Between communes, oldest first.

        Returns
        -------
        Timeline
            Answers from them alone.
        """
        leaving: dict[str, list[Change]] = {}
        arriving: dict[str, list[Change]] = {}
        for change in changes:
            leaving.setdefault(change.before, []).append(change)
            arriving.setdefault(change.after, []).append(change)
        return cls(lambda code: leaving.get(code, ()), lambda code: arriving.get(code, ()))

    def at(self, code: str, known: str, wanted: str) -> frozenset[str]:
        """Give the communes that hold, at one date, what a code meant at another.

        Parameters
        ----------
        code : str
            A code of a commune that exists on the day ``known``.
        known, wanted : str
            ISO dates.

        Returns
        -------
        frozenset of str
            One code where only mergers and changes of code happened on the way forwards;
            several after a split, or before a merger.
        """
        if known <= wanted:
            return self._walk({code}, self._leaving, (known, wanted), forwards=True)
        return self._walk({code}, self._arriving, (wanted, known), forwards=False)

    def _walk(
        self, codes: set[str], lookup: Lookup, span: tuple[str, str], *, forwards: bool
    ) -> frozenset[str]:
        """Follow the changes of a span, day by day; its first day is not in it."""
        done: set[str] = set()
        while True:
            changes = [
                c
                for code in codes
                for c in lookup(code)
                if span[0] < c.date <= span[1] and c.date not in done
            ]
            if not changes:
                return frozenset(codes)
            day = min(c.date for c in changes) if forwards else max(c.date for c in changes)
            codes = self._day(codes, lookup, day, forwards=forwards)
            span = (day, span[1]) if forwards else (span[0], day)
            done.add(day)

    def _day(self, codes: set[str], lookup: Lookup, day: str, *, forwards: bool) -> set[str]:
        """Apply the changes of one day; a code made and merged that same day is passed through."""

        def moved(code: str, *, only_made: bool = False) -> set[str]:
            here = [c for c in lookup(code) if c.date == day]
            if only_made and not _made_that_day(code, self._arriving(code), day):
                here = []
            return {c.after if forwards else c.before for c in here} or {code}

        there = set().union(*map(moved, codes))
        return set().union(
            *({code} if code in codes else moved(code, only_made=True) for code in there)
        )

    def periods(self, code: str, nom: str | None) -> list[Period]:
        """List the times in which a code was a commune's, each with its own meaning.

        Parameters
        ----------
        code : str
            INSEE code.
        nom : str or None
            Its name in the store's vintage; None where it is no commune's there.

        Returns
        -------
        list of Period
            Oldest first; empty where the code never was a commune's since 2014. A
            merger under the same code does not start a new period; a gap or a split does.
        """
        leaving = list(self._leaving(code))
        arriving = list(self._arriving(code))
        days = sorted({c.date for c in leaving} | {c.date for c in arriving})
        if not days:
            return [Period(None, None, nom)] if nom is not None else []
        out: list[Period] = []
        start: str | None = None
        first = [c for c in leaving if c.date == days[0]]
        alive = bool(first) and not _transient(code, first, arriving)
        last_nom = next((c.before_nom for c in leaving), nom) or ""
        for day in days:
            left = [c for c in leaving if c.date == day]
            came = [c for c in arriving if c.date == day]
            if _transient(code, left, came):
                continue
            fresh = any(c.mod == RE_ESTABLISHMENT for c in came)
            if alive and left and (fresh or not came):
                out.append(Period(start, day, left[0].before_nom))
            if came:
                last_nom = came[0].after_nom
                start = day if fresh or not alive else start
            alive = bool(came)
        if alive:
            out.append(Period(start, None, nom or last_nom))
        return out


def _made_that_day(code: str, arriving: Iterable[Change], day: str) -> bool:
    """Tell whether a change of département gave a commune this code on a day."""
    return any(c.date == day and c.mod == NEW_DEPARTEMENT and c.before != code for c in arriving)


def _transient(code: str, left: Iterable[Change], came: Iterable[Change]) -> bool:
    """Tell whether a code was made and merged the same day, and so never was a commune's."""
    return any(c.after != code and _made_that_day(code, came, c.date) for c in left)


class Period(NamedTuple):
    """A time in which a code had one meaning.

    Attributes
    ----------
    start : str or None
        First day, ISO; None where it is before the events known.
    end : str or None
        First day on which it no longer held; None where it still holds.
    nom : str
        The commune's name then, with article.
    """

    start: str | None
    end: str | None
    nom: str

    def holds(self, day: str) -> bool:
        """Tell whether the code had this meaning on a day.

        Parameters
        ----------
        day : str
            ISO date.

        Returns
        -------
        bool
            True from ``start`` to the eve of ``end``.
        """
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


def vintage(cog: int) -> str:
    """Give the day of an INSEE vintage.

    Parameters
    ----------
    cog : int
        Year.

    Returns
    -------
    str
        1 January of that year, ISO.
    """
    return f"{cog:04d}-01-01"

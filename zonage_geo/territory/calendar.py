"""Which commune codes existed when, and what vintage a list's codes are of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from zonage_geo import facts
from zonage_geo.errors import InputError
from zonage_geo.report import counted
from zonage_geo.territory.codes import commune_of, departement_of
from zonage_geo.territory.timeline import STORE_DAY, Change, Timeline, vintage

__all__ = ["FIRST_YEAR", "LAST_YEAR", "Calendar", "Detected", "calendar", "detect_vintage"]

FIRST_YEAR = 2014
"""The first year of the shipped events; older ones are not followed."""
LAST_YEAR = int(STORE_DAY[:4])
MIN_KNOWN = 0.5
"""A column of which fewer than half the values were commune codes is no column of codes."""
MAX_LACKING = 0.05
"""A list that lacks more than this share of its départements' communes is a choice of them."""


class Detected(NamedTuple):
    """The vintage that a list's codes tell.

    Attributes
    ----------
    year : int
        The latest vintage that explains the codes best.
    years : tuple of int
        Every vintage that explains them as well: none of the codes tells them apart.
    known : float
        Share of the codes that were communes' then.
    unknown : tuple of str
        The codes that were not.
    codes : int
        How many codes were read, each once.
    """

    year: int
    years: tuple[int, ...]
    known: float
    unknown: tuple[str, ...]
    codes: int

    @property
    def is_sure(self) -> bool:
        """Whether one vintage explains every code and no other does."""
        return len(self.years) == 1 and not self.unknown

    def __str__(self) -> str:
        if len(self.years) > 1:
            span = f"{self.years[0]} à {self.years[-1]} (mêmes codes)"
        else:
            span = str(self.year)
        share = f"{100 * self.known:.1f} %".replace(".", ",")
        known = counted(self.codes - len(self.unknown), "reconnu")
        return f"COG {span}, {known} sur {counted(self.codes, 'code lisible')} ({share})"


class Calendar:
    """The events, and which codes were communes' on a day.

    Attributes
    ----------
    changes : list of Change
        Between communes, oldest first.
    timeline : Timeline
        The same, asked code by code.
    noms : dict
        Name, with article, by code of the store's vintage.
    parts : dict
        Communes déléguées and associées, and arrondissements, by code.
    """

    def __init__(self) -> None:
        events = [e for e in facts.events() if e.type_av == e.type_ap == "COM"]
        self.changes = [Change(e.date, e.mod, e.av, e.nom_av, e.ap, e.nom_ap) for e in events]
        self.timeline = Timeline.of(self.changes)
        self.noms = dict(facts.communes())
        self.parts = {sub.code: sub for sub in facts.sub_communes()}
        self._valid = {STORE_DAY: frozenset(self.noms)}

    def valid(self, day: str) -> frozenset[str]:
        """Give the codes of the communes that existed on a day.

        Parameters
        ----------
        day : str
            ISO date.

        Returns
        -------
        frozenset of str
            Cities, not their arrondissements.
        """
        if day >= STORE_DAY:
            return self._valid[STORE_DAY]
        if day not in self._valid:
            later = vintage(int(day[:4]) + 1)
            after = self.valid(later)
            touched = {c.after for c in self.changes if day < c.date <= later} & after
            before = {code for now in touched for code in self.timeline.at(now, later, day)}
            self._valid[day] = (after - touched) | before
        return self._valid[day]

    def touched(self, start: str, end: str) -> set[str]:
        """Give the codes that take part in an event between two days.

        Parameters
        ----------
        start, end : str
            ISO dates, in any order; the earlier one is not in the span.

        Returns
        -------
        set of str
            On either side of the event.
        """
        low, high = sorted((start, end))
        span = [c for c in self.changes if low < c.date <= high]
        return {c.before for c in span} | {c.after for c in span}


@lru_cache(maxsize=1)
def calendar() -> Calendar:
    """Give the calendar of the shipped events, read once.

    Returns
    -------
    Calendar
        Shared; nobody changes it.
    """
    return Calendar()


def detect_vintage(codes: Iterable[str]) -> Detected:
    """Find which vintage a list's commune codes are of.

    Parameters
    ----------
    codes : iterable of str
        Commune codes; municipal arrondissements count as their city.

    Returns
    -------
    Detected
        The vintage in which most of the codes exist, and which others do as well.

    Raises
    ------
    InputError
        If fewer than half of them were ever commune codes since 2014.
    """
    wanted = {commune_of(code) for code in codes}
    known = calendar()
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    scores = {year: len(wanted & known.valid(vintage(year))) for year in years}
    best = max(scores.values(), default=0)
    if not wanted or best < MIN_KNOWN * len(wanted):
        raise InputError(
            f"{best} codes sur {len(wanted)} sont des codes commune d'un millésime de "
            f"{FIRST_YEAR} à {LAST_YEAR} : ce n'est pas une liste de communes."
        )
    equal = _most_complete(known, wanted, [year for year in years if scores[year] == best])
    unknown = wanted - known.valid(vintage(equal[-1]))
    return Detected(equal[-1], equal, best / len(wanted), tuple(sorted(unknown)), len(wanted))


def _most_complete(known: Calendar, wanted: set[str], years: list[int]) -> tuple[int, ...]:
    """Keep the vintages that miss the fewest communes, where the list means to hold them all.

    The codes of a list exist in older vintages too, where mergers had not removed any; a
    list that holds nearly every commune of its départements tells more by what it lacks.
    """
    departements = {departement_of(code) for code in wanted}
    lacking = {
        year: sum(
            departement_of(code) in departements for code in known.valid(vintage(year)) - wanted
        )
        for year in years
    }
    fewest = min(lacking.values())
    if fewest > MAX_LACKING * len(wanted):
        return tuple(years)
    return tuple(year for year in years if lacking[year] == fewest)

"""Every commune code and name that the shipped facts know, and who bears a name when."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from zonage_geo.readers.names import fold, loose
from zonage_geo.territory.calendar import LAST_YEAR, Calendar, calendar
from zonage_geo.territory.codes import ARRONDISSEMENT_CITIES, departement_of
from zonage_geo.territory.timeline import STORE_DAY, Change, vintage

__all__ = ["Bearer", "Bearers", "Known", "bearers", "known"]

_CODE_CHANGES = frozenset({41, 50})


class Known(NamedTuple):
    """Codes and names of all days since the first events shipped.

    Attributes
    ----------
    communes, arrondissements : frozenset of str
        Codes that were communes' at some time; codes of municipal arrondissements.
    parts : dict of str to str
        Code of a déléguée or associée to its commune's.
    ever : frozenset of str
        All of them.
    names : frozenset of str
        Every name, parts' too, folded, with and without its article.
    """

    communes: frozenset[str]
    arrondissements: frozenset[str]
    parts: dict[str, str]
    ever: frozenset[str]
    names: frozenset[str]


class Bearer(NamedTuple):
    """A commune that bears or bore a name.

    Attributes
    ----------
    origin : str
        Its code when it bore it.
    final : str
        Its code in the vintage wanted.
    name : str
        The name, folded.
    rank : int
        0 where it bears the name in that vintage; 1 where the same commune bore it at
        another time; 2 where it was since split, and a part of it kept the code.
    """

    origin: str
    final: str
    name: str
    rank: int


class Bearers(NamedTuple):
    """Who bears or bore which name, for a vintage wanted.

    Attributes
    ----------
    of_code : dict
        Code of any time to what it bore.
    of_name : dict
        Département and folded name without its article, to bearers.
    """

    of_code: dict[str, list[Bearer]]
    of_name: dict[tuple[str, str], list[Bearer]]


@lru_cache(maxsize=1)
def known() -> Known:
    """Gather codes and names from the shipped facts, once.

    Returns
    -------
    Known
        Shared; nobody changes it.
    """
    cog: Calendar = calendar()
    moved = {c.before for c in cog.changes} | {c.after for c in cog.changes}
    communes = frozenset(moved | cog.noms.keys())
    arms = frozenset(arm for several in ARRONDISSEMENT_CITIES.values() for arm in several)
    parts = {code: part.parent for code, part in cog.parts.items() if code not in arms}
    names = {fold(nom) for nom in cog.noms.values()}
    names |= {fold(part.nom) for part in cog.parts.values()}
    names |= {fold(nom) for c in cog.changes for nom in (c.before_nom, c.after_nom)}
    names |= {loose(name) for name in names}
    ever = communes | arms | parts.keys()
    return Known(communes, arms, parts, frozenset(ever), frozenset(names))


@lru_cache(maxsize=4)
def bearers(year: int = LAST_YEAR) -> Bearers:
    """Tell who bears or bore each name, with the code that it has in a vintage.

    Only changes of code and of name lead from one time to another. A commune that ended by
    a merger is nobody; a code that was given to another commune since does not lead there.

    Parameters
    ----------
    year : int, optional
        Vintage wanted.

    Returns
    -------
    Bearers
        Shared; nobody changes it.
    """
    cog, day = calendar(), vintage(year)
    current = _same_commune(cog, day)
    moments = {(code, nom, STORE_DAY) for code, nom in cog.noms.items()}
    for change in cog.changes:
        eve = (date.fromisoformat(change.date) - timedelta(days=1)).isoformat()
        moments.add((change.before, change.before_nom, eve))
        moments.add((change.after, change.after_nom, change.date))
    found: dict[tuple[str, str], Bearer] = {}
    for code, nom, when in sorted(moments):
        final = current.get(code)
        finals = cog.timeline.at(code, when, day)
        if final is None or not (finals == {final} or (final == code and code in finals)):
            continue
        name = fold(nom)
        if len(finals) > 1:
            rank = 2
        else:
            rank = 0 if final == code and name == fold(_name_on(cog, code, day)) else 1
        if rank <= found.get((code, name), _NOBODY).rank:
            found[code, name] = Bearer(code, final, name, rank)
    for arm in known().arrondissements:
        name = fold(cog.parts[arm].nom)
        found[arm, name] = Bearer(arm, arm, name, 0)
    of_code: dict[str, list[Bearer]] = {}
    of_name: dict[tuple[str, str], list[Bearer]] = {}
    for (code, name), bearer in found.items():
        of_code.setdefault(code, []).append(bearer)
        of_name.setdefault((departement_of(code), loose(name)), []).append(bearer)
    return Bearers(of_code, of_name)


_NOBODY = Bearer("", "", "", 9)


def _same_commune(cog: Calendar, day: str) -> dict[str, str]:
    """Give the code that each code's commune has on a day, by changes of code alone."""
    current = {code: code for code in cog.valid(day)}
    moves: list[Change] = [change for change in cog.changes if change.mod in _CODE_CHANGES]
    for change in reversed([one for one in moves if one.date <= day]):
        if change.after in current and change.before not in current:
            current[change.before] = current[change.after]
    for change in (one for one in moves if one.date > day):
        if change.before in current and change.after not in current:
            current[change.after] = current[change.before]
    return current


@lru_cache(maxsize=1)
def _changes_of() -> dict[str, list[Change]]:
    """Index the changes by the codes on either side, oldest first."""
    index: dict[str, list[Change]] = {}
    for change in calendar().changes:
        for code in {change.before, change.after}:
            index.setdefault(code, []).append(change)
    return index


def _name_on(cog: Calendar, code: str, day: str) -> str:
    """Give the name that a code bore on a day."""
    changes = _changes_of().get(code, ())
    past = [c.after_nom for c in changes if c.date <= day and c.after == code]
    if past:
        return past[-1]
    to_come = [c.before_nom for c in changes if c.date > day and c.before == code]
    return to_come[0] if to_come else cog.noms.get(code, "")

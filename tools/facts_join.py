"""Give its INSEE code back to each row of the zonage médecins.

The list as published has a postal code and a name, no commune code. Neither is
enough alone: a postal code serves many communes, names repeat inside a
département, and some are older than the codes. A row is given a code only when
evidence leaves exactly one:

1. *address*: the population file has that postal code with exactly that name.
2. *name*: failing that, one commune of the département bears the name, or has
   borne it since 2014, and its code fits between those of the rows around: the
   list follows the order of the codes. (These are communes whose postal codes
   changed with the mergers of 2025, or that the population file lacks.)

In both cases the code must bear or have borne the name according to INSEE (this
is what stops a recycled code), and must lead to a code of 2025 by nothing but
changes of code. Whatever remains is refused and reported, never guessed; so is a
code that receives two classes.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Change", "Evidence", "Listed", "Outcome", "departement", "fold", "join", "lineage"]

K = TypeVar("K")

_CHANGES_OF_CODE = frozenset({41, 50})
_CORSICA = ("2A", "2B")


class Listed(NamedTuple):
    """A row of the list.

    Attributes
    ----------
    line : int
        Its line in the file.
    postal, nom, classe : str
        Postal code on five characters, name, class.
    """

    line: int
    postal: str
    nom: str
    classe: str


class Change(NamedTuple):
    """What the join needs of an event between two communes.

    Attributes
    ----------
    mod : int
        INSEE's kind of change.
    av, nom_av, ap, nom_ap : str
        Code and name before and after.
    """

    mod: int
    av: str
    nom_av: str
    ap: str
    nom_ap: str


@dataclass(frozen=True)
class Evidence:
    """What the other files say, ready to be asked.

    Attributes
    ----------
    by_address : Mapping[tuple[str, str], frozenset[str]]
        Postal code and name, to the codes that have both.
    by_name : Mapping[tuple[str, str], frozenset[str]]
        Département and folded name, to the codes that bear or bore it.
    names : Mapping[str, frozenset[str]]
        Code to the folded names that it bears or bore.
    current : Mapping[str, str]
        Code to the code of 2025 of the same commune.
    """

    by_address: Mapping[tuple[str, str], frozenset[str]]
    by_name: Mapping[tuple[str, str], frozenset[str]]
    names: Mapping[str, frozenset[str]]
    current: Mapping[str, str]

    @classmethod
    def gather(
        cls,
        addresses: Iterable[tuple[str, str, str]],
        today: Mapping[str, str],
        changes: Sequence[Change],
    ) -> Evidence:
        """Index the files.

        Parameters
        ----------
        addresses : Iterable[tuple[str, str, str]]
            Postal code, name, commune or arrondissement code.
        today : Mapping[str, str]
            Code to name, communes and arrondissements of 2025.
        changes : Sequence[Change]
            Events between communes, the oldest first.

        Returns
        -------
        Evidence
            The indexes.
        """
        borne = [*today.items()]
        for change in changes:
            borne += [(change.av, change.nom_av), (change.ap, change.nom_ap)]
        by_address, by_name, names = defaultdict(set), defaultdict(set), defaultdict(set)
        for postal, nom, code in addresses:
            by_address[postal, nom].add(code)
        for code, nom in borne:
            by_name[departement(code), fold(nom)].add(code)
            names[code].add(fold(nom))
        current = lineage(today, changes)
        return cls(_frozen(by_address), _frozen(by_name), _frozen(names), current)

    def candidates(self, row: Listed) -> tuple[str, set[str]]:
        """Name the codes that the row may be.

        Parameters
        ----------
        row : Listed
            A row of the list.

        Returns
        -------
        tuple
            The rule that found them, and the codes, in the vintage of the file
            that gave them.
        """
        nom = fold(row.nom)
        found = self.by_address.get((row.postal, row.nom), frozenset())
        good = {code for code in found if code in self.current and nom in self.names[code]}
        if good:
            return "address", good
        homonyms: set[str] = set()
        for dep in _departements_of_postal(row.postal):
            homonyms |= self.by_name.get((dep, nom), frozenset())
        return "name", {code for code in homonyms if code in self.current}


@dataclass
class Outcome:
    """What the join gives.

    Attributes
    ----------
    classes : dict[str, str]
        Code of 2025 to class, in the order of the codes.
    rows : dict[str, list[Listed]]
        Code of 2025 to the rows that it received.
    rules : Counter[str]
        Rule to the number of rows that it resolved.
    by_name : list[str]
        Rows that the second rule resolved, in words.
    refused : list[str]
        Rows left without a code, in words, with the reason.
    conflicts : list[str]
        Codes that received two classes, in words; they are left out.
    """

    classes: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Listed]] = field(default_factory=dict)
    rules: Counter[str] = field(default_factory=Counter)
    by_name: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def join(rows: Sequence[Listed], evidence: Evidence) -> Outcome:
    """Give a code to each row that evidence allows.

    Parameters
    ----------
    rows : Sequence[Listed]
        The list, in the order of its file.
    evidence : Evidence
        What the other files say.

    Returns
    -------
    Outcome
        Classes by code, and an account of every row.

    Raises
    ------
    ValueError
        The list does not follow the order of the codes.
    """
    options = [evidence.candidates(row) for row in rows]
    anchors = [
        (rank, next(iter(codes)))
        for rank, (rule, codes) in enumerate(options)
        if rule == "address" and len(codes) == 1
    ]
    _check_order(rows, anchors)
    ranks = [rank for rank, _ in anchors]
    outcome = Outcome()
    for rank, (row, (rule, codes)) in enumerate(zip(rows, options, strict=True)):
        left = codes
        if rule == "name" or len(codes) > 1:
            after = bisect_left(ranks, rank)
            low = anchors[after - 1][1] if after else ""
            high = anchors[after][1] if after < len(anchors) else "~"
            left = {code for code in codes if low <= code <= high}
        _settle(outcome, row, rule, {evidence.current[code] for code in left}, codes)
    for code, several in sorted(outcome.rows.items()):
        classes = sorted({row.classe for row in several})
        if len(classes) == 1:
            outcome.classes[code] = classes[0]
        else:
            lines = ", ".join(str(row.line) for row in several)
            outcome.conflicts.append(f"{code}: {' and '.join(classes)} (lines {lines})")
    return outcome


def lineage(today: Mapping[str, str], changes: Sequence[Change]) -> dict[str, str]:
    """Follow the codes that changed while the commune did not.

    Parameters
    ----------
    today : Mapping[str, str]
        Codes of 2025.
    changes : Sequence[Change]
        Events between communes, the oldest first.

    Returns
    -------
    dict
        Code to code of 2025: itself where it still exists, the end of its
        changes of code otherwise; a code that ended by a merger is absent.
    """
    current = {code: code for code in today}
    for change in reversed(changes):
        if change.mod in _CHANGES_OF_CODE and change.ap in current and change.av not in current:
            current[change.av] = current[change.ap]
    return current


@cache
def fold(nom: str) -> str:
    """Reduce a name to what does not depend on typography.

    Parameters
    ----------
    nom : str
        A name.

    Returns
    -------
    str
        Lower case, without accents, hyphens or apostrophes.
    """
    bare = unicodedata.normalize("NFKD", nom.replace("œ", "oe").replace("Œ", "OE"))
    letters = (char for char in bare if not unicodedata.combining(char))
    return "".join(char if char.isalnum() else " " for char in letters).casefold()


def departement(code: str) -> str:
    """Give the département of a commune code.

    Parameters
    ----------
    code : str
        A commune code.

    Returns
    -------
    str
        Two characters, three overseas.
    """
    return code[:3] if code.startswith("97") else code[:2]


def _departements_of_postal(postal: str) -> tuple[str, ...]:
    """Départements that a postal code begins with."""
    return _CORSICA if postal.startswith("20") else (departement(postal),)


def _frozen(sets: Mapping[K, set[str]]) -> dict[K, frozenset[str]]:
    """Freeze the sets of an index."""
    return {key: frozenset(values) for key, values in sets.items()}


def _check_order(rows: Sequence[Listed], anchors: Sequence[tuple[int, str]]) -> None:
    """Refuse a list that does not follow the order of the codes."""
    for (before, low), (rank, code) in pairwise(anchors):
        if code < low:
            raise ValueError(
                f"line {rows[rank].line}: {rows[rank].nom} ({code}) comes after "
                f"{rows[before].nom} ({low}), line {rows[before].line}: the list no longer "
                "follows the order of the codes, so its order is no evidence"
            )


def _settle(outcome: Outcome, row: Listed, rule: str, finals: set[str], seen: set[str]) -> None:
    """Write down what became of a row."""
    label = f"line {row.line}: {row.postal} {row.nom}"
    if len(finals) == 1:
        (code,) = finals
        outcome.rows.setdefault(code, []).append(row)
        outcome.rules[rule] += 1
        if rule == "name":
            outcome.by_name.append(f"{label} -> {code}")
    elif finals:
        outcome.refused.append(f"{label}: could be {' or '.join(sorted(finals))}")
    elif seen:
        outcome.refused.append(f"{label}: {' or '.join(sorted(seen))} out of order")
    else:
        outcome.refused.append(f"{label}: no commune of that name and département in the COG")

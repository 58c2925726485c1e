"""How many rows were answered, and what: the account of a batch."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from zonage_geo.catalog.model import Catalog

__all__ = ["IN_ZONE", "Tally"]

IN_ZONE = ""
"""Stands for the codes of perimeters and sectors, which are too many to be counted apart."""

_OF_A_ROW = re.compile(r"« [^»]*»|\b\d[\dAB]\d{3}\b|\([^)]*\) \?")
_END = re.compile(r"(?<=[.?]) (?=[A-ZÀÉ])")


@dataclass(slots=True)
class Tally:
    """Rows counted.

    Attributes
    ----------
    rows : int
        All of them.
    failed : int
        Those that are nowhere.
    errors : Counter
        Why they are, what is of one row apart.
    examples : dict of str to str
        By kind of error: what is said of the first row that has it.
    layers : dict of str to Counter
        By layer: rows a verdict; without verdicts, rows a class, and `IN_ZONE` for those in
        a perimeter or a sector.
    verdicts : bool
        Whether verdicts are counted, or memberships.
    communes : set of str
        Those that rows are in for certain; a few together where a source draws them so.
    is_anywhere : bool
        Whether some row is answered without a certain commune.
    """

    rows: int = 0
    failed: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    layers: dict[str, Counter[str]] = field(default_factory=dict)
    verdicts: bool = True
    communes: set[str] = field(default_factory=set)
    is_anywhere: bool = False

    def count(self, added: pd.DataFrame, catalog: Catalog, *, verdicts: bool) -> None:
        """Count some rows.

        Parameters
        ----------
        added : DataFrame
            The columns that were added to them.
        catalog : Catalog
            For the layers.
        verdicts : bool
            Whether they are verdicts, or memberships.
        """
        self.rows += len(added)
        self.verdicts = verdicts
        self.communes.update(map(str, added["zg_commune"].dropna().unique()))
        for name, layer in catalog.layers.items():
            counter = self.layers.setdefault(name, Counter())
            if verdicts:
                counter.update(_counts(added[f"zg_{name}_verdict"]))
                continue
            # A class may be one that does not count (HZ, non classée): each is told by name.
            for said, rows in _counts(added[f"zg_{name}"]).items():
                counter[said if said in layer.classes else IN_ZONE] += rows
        if not verdicts:
            self.failed += int(added["zg_commune"].isna().sum())
            return
        wrong = added["zg_erreur"].notna()
        self.is_anywhere |= bool((added["zg_commune"].isna() & ~wrong).any())
        self.failed += int(wrong.sum())
        times = _counts(added["zg_erreur"])
        for said in map(str, added.loc[wrong, "zg_erreur"].unique()):
            first = _END.split(said, maxsplit=1)[0].rstrip(".")
            kind = _kind(first)
            self.errors[kind] += times[said]
            self.examples.setdefault(kind, first)

    def add(self, other: Tally) -> None:
        """Add the count of other rows.

        Parameters
        ----------
        other : Tally
            Theirs.
        """
        self.rows += other.rows
        self.verdicts = other.verdicts
        self.communes |= other.communes
        self.is_anywhere |= other.is_anywhere
        self.failed += other.failed
        self.errors.update(other.errors)
        self.examples = {**other.examples, **self.examples}
        for name, counter in other.layers.items():
            self.layers.setdefault(name, Counter()).update(counter)


def _counts(column: pd.Series) -> dict[str, int]:
    return {str(value): int(rows) for value, rows in column.value_counts().items() if rows}


def _kind(first: str) -> str:
    """Give what the first sentences of errors share: all but the row's value."""
    return _OF_A_ROW.sub("…", first)

"""A coverage as text: a line a territory, a group of columns a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zonage_geo.render.analysis.common import attrs_of, day_of, number, percent, table, tail
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.report import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["coverage_text"]


def coverage_text(frame: pd.DataFrame, *, whole: bool = False) -> str:
    """Write a coverage: a line a territory, a group of columns a class.

    Parameters
    ----------
    frame : DataFrame
        As ``coverage`` gives it.
    whole : bool
        Whether every line of the report is told.

    Returns
    -------
    str
        Communes and share of the population by class.
    """
    attrs = attrs_of(frame)
    title = f"{attrs['territory']}, au {day_of(attrs)} : communes (et part de la population)"
    classes = [c for c in frame["classe"].cat.categories if (frame["classe"] == c).any()]
    labels = dict(zip(frame["classe"], frame["libelle"], strict=True))
    rows = []
    for (code, nom), mine in frame.groupby(["code", "nom"], sort=False):
        title_of = str(nom) if str(code) in str(nom) else f"{code} {nom}"
        rows.append(_covered(title_of, mine, classes))
    if len(rows) > 1 and attrs["by"] not in ("secteur", "tvs"):  # a commune may be in two of those
        rows.append(_covered("Total", frame, classes))
    head = [
        "",
        "communes",
        "population",
        *(word for one in classes for word in (labels[one], "(pop.)")),
    ]
    lines = [title, "", *table(head, rows)]
    none = int(frame["communes_sans_population"].sum())
    if none:
        lines += ["", f"Population inconnue : {counted(none, 'commune')}, hors de toute part."]
    unsure = int(frame["communes_sauf_qpv"].sum())
    if unsure:
        people = number(frame["population_sauf_qpv"].sum(min_count=1))
        told = (
            f"{counted(unsure, 'commune')} ({people} habitants) {'ont' if unsure > 1 else 'a'} des "
            "quartiers (QPV) dont la classe peut différer : les habitants en sont comptés sous la "
            "classe de la commune."
        )
        lines += ["", *fill(told, WIDTH).splitlines()]
    return "\n".join([*lines, *tail(attrs, whole=whole)])


def _covered(title: str, mine: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    """Write the communes, inhabitants and classes of a territory, or of all."""
    people = mine["population"].sum(min_count=1)
    total = int(mine["population"].sum())  # 0 where all are unknown
    cells = [title, number(mine["communes"].sum()), number(people)]
    for one in classes:
        found = mine[mine["classe"] == one]
        known = found["population"].sum(min_count=1)
        share = percent(known / total if total else None)
        cells += [number(found["communes"].sum()), share] if len(found) else ["", ""]
    return cells

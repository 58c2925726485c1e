"""What the texts of all analyses are made with: numbers, columns, accounts, ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from zonage_geo.french import figures, french_date, percentage
from zonage_geo.render.accounts import account_blocks, others
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.render.words import NOTICE
from zonage_geo.report import Report

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["attrs_of", "day_of", "number", "percent", "plain_rows", "table", "tail"]

SHOWN = 4
"""Sources told before the others are counted."""


def number(value: object) -> str:
    """Write a count as French readers do.

    Parameters
    ----------
    value : object
        A number, or something missing.

    Returns
    -------
    str
        ``12 345``, or ``?`` where unknown.
    """
    import pandas as pd

    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  (a NaN differs)
        return "?"
    return figures(int(value))  # type: ignore[call-overload]


def percent(value: object) -> str:
    """Write a share.

    Parameters
    ----------
    value : object
        From 0 to 1, or missing.

    Returns
    -------
    str
        ``31,9 %``, ``moins de 0,1 %``, or ``?``.
    """
    import pandas as pd

    if value is None or value is pd.NA or value != value:  # noqa: PLR0124
        return "?"
    return percentage(float(value))  # type: ignore[arg-type]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """Lay rows out in columns.

    Parameters
    ----------
    head : sequence of str
        Titles.
    rows : iterable of sequence of str
        Cells.
    left : int
        How many columns are texts; the others are numbers, put to the right.

    Returns
    -------
    list of str
        Lines.
    """
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if at < left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def attrs_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Give what an analysis says of itself.

    Parameters
    ----------
    frame : DataFrame
        Of an analysis.

    Returns
    -------
    dict
        Its ``attrs``, by name.
    """
    return {str(key): value for key, value in frame.attrs.items()}


def tail(attrs: Mapping[str, Any], *, whole: bool) -> list[str]:
    """End an answer: what is to be known, then the sources.

    Parameters
    ----------
    attrs : mapping
        Of an analysis: its report and layers.
    whole : bool
        Whether everything is told.

    Returns
    -------
    list of str
        Lines.
    """
    report: Report = attrs["report"]
    lines = [line for block in account_blocks(report, whole=whole) for line in block]
    checks = {
        one["to_check"]: one["layer_title"] for one in attrs.get("layers", ()) if one["to_check"]
    }
    out = ["", "À savoir", *lines] if lines or checks else []
    for check, title in checks.items():
        out += fill(f"{title}, à vérifier : {check}", WIDTH, "- ", "  ").splitlines()
    sources = [
        f"{one['title']}. {one['legal']}. Publié par : {one['publisher']}."
        for one in attrs.get("layers", ())
    ]
    if attrs.get("population"):
        sources.append(f"Population : {attrs['population']}.")
    shown = sources if whole or len(sources) <= SHOWN else [*sources[: SHOWN - 1], sources[-1]]
    out += ["", "Sources"]
    for line in shown:
        out += fill(line, WIDTH, "- ", "  ").splitlines()
    if len(sources) > len(shown):
        out.append(f"- {others(len(sources) - len(shown))}")
    return [*out, "", NOTICE]


def day_of(attrs: Mapping[str, Any]) -> str:
    """Write the day that an analysis is about.

    Parameters
    ----------
    attrs : mapping
        Of its frame.

    Returns
    -------
    str
        ``04/05/2022``.
    """
    return french_date(date.fromisoformat(attrs["date"]))


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame's rows as plain data, outlines left out.

    Parameters
    ----------
    frame : DataFrame
        Of any columns.

    Returns
    -------
    list of dict
        Of texts, numbers, booleans and None.
    """
    import pandas as pd

    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return [
        {
            str(name): None if pd.isna(value) else getattr(value, "item", lambda v=value: v)()
            for name, value in zip(table.columns, row, strict=True)
        }
        for row in table.astype(object).itertuples(index=False, name=None)
    ]

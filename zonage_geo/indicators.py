"""A workbook's column put beside communes, whatever the vintage of its codes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from math import isfinite, nan
from pathlib import Path
from typing import TypeVar

import pandas as pd

from zonage_geo.errors import InputError
from zonage_geo.lists import Reading, load
from zonage_geo.readers.cells import as_text
from zonage_geo.readers.codes import to_codes
from zonage_geo.readers.columns import find_columns
from zonage_geo.readers.names import fold
from zonage_geo.report import Report
from zonage_geo.territory.calendar import LAST_YEAR, detect_vintage
from zonage_geo.territory.passage import Policy, passage

__all__ = ["attach", "column_of", "populations_of"]

FrameT = TypeVar("FrameT", bound=pd.DataFrame)
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_NOTHING = frozenset({"", "nd", "na", "n/a", "ns", "s", "nc", "-", "…", "..."})
"""What statistical tables write where there is no number (secret, not available)."""


def column_of(
    source: Path | pd.DataFrame,
    column: str,
    how: Reading | None = None,
    *,
    policy: Policy = "same",
) -> pd.Series:
    """Read a column of numbers by commune, brought to the store's vintage.

    Parameters
    ----------
    source : Path or DataFrame
        Any file that ``readers.read`` takes, or a frame.
    column : str
        Its title, or enough of it to tell it from the others.
    how : Reading, optional
        How the file reads; its vintage is found from its codes otherwise.
    policy : {"same", "sum"}
        What becomes of the numbers of communes that merged: one where they agree, or their sum
        (populations, not ratios).

    Returns
    -------
    Series
        Float64 by commune code, named after the column, missing where unknown; Paris, Lyon and
        Marseille by city. In ``attrs``: ``source``, ``cog`` and ``report``.

    Raises
    ------
    InputError
        If the file, or the column, cannot be trusted.
    """
    how = how or Reading()
    loaded, file = load(source, how)
    title = _title(loaded.frame, column, file)
    named = {role: name for role, name in how.columns.items() if role == "code"}
    code = find_columns(loaded.frame, ["code"], named=named, file=file)["code"]
    coded = to_codes(loaded.frame, code, year=how.cog, file=file)
    report = Report(f"{title} ({file})", loaded.report.rows_in)
    report.lines += [*loaded.report.lines, *coded.report.lines]
    cog = how.cog or detect_vintage(coded.frame[code]).year
    numbers = [_number(value, row, report) for row, value in coded.frame[title].items()]
    table = pd.DataFrame({"code": coded.frame[code].to_numpy(), "value": numbers})
    table["value"] = table["value"].astype("Float64")
    table = _once(table, report)
    report.rows_kept = len(table)
    moved = passage(table, cog, LAST_YEAR, code="code", policy=policy, plm="commune")
    report.lines += moved.attrs["passage"].lines
    out = moved.set_index("code")["value"].astype("Float64").rename(title)
    out.attrs = {"source": file, "cog": cog, "report": report}
    return out


def _title(frame: pd.DataFrame, column: str, file: str) -> str:
    """Find the column that a text names."""
    titles = [str(name) for name in frame.columns]
    if column in titles:
        return column
    near = [one for one in titles if fold(column) in fold(one)]
    if len(near) == 1:
        return near[0]
    close = near or difflib.get_close_matches(column, titles, 5, 0.4) or titles
    told = ", ".join(f"« {one} »" for one in close[:8])
    what = "plusieurs colonnes conviennent" if near else "pas de telle colonne"
    raise InputError(f"{file}, « {column} » : {what}. Colonnes : {told}.")


def _number(value: object, row: object, report: Report) -> float | None:
    text = "" if pd.isna(value) else _SPACES.sub("", as_text(value))  # type: ignore[call-overload]
    if text.casefold() in _NOTHING:
        return None
    try:
        number = float(text.replace(",", ".").removesuffix("%"))
    except ValueError:
        number = nan
    if isfinite(number):
        return number
    report.add(str(row), text, "nombre illisible", f"« {text} » n'est pas un nombre : inconnu.")
    return None


def _once(table: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Keep each commune once; where its rows disagree, nobody knows its number."""
    several = table[table["code"].duplicated(keep=False)]
    for code, values in several.groupby("code")["value"]:
        if len(values.unique()) > 1:
            told = ", ".join(map(str, values))
            report.add(None, str(code), "conflit", f"plusieurs valeurs ({told}) : inconnue.")
            table.loc[table["code"].eq(code), "value"] = pd.NA
        else:
            report.add(
                None, str(code), "doublon", f"{len(values)} lignes qui disent la même chose."
            )
    return table.drop_duplicates("code", ignore_index=True)


def attach(frame: FrameT, values: pd.Series, name: str | None = None) -> FrameT:
    """Put a column beside communes.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        One row a commune, with a column ``code`` of the store's vintage.
    values : Series
        As `column_of` gives it.
    name : str, optional
        Of the new column; the series' own otherwise.

    Returns
    -------
    DataFrame or GeoDataFrame
        A copy with one more column; ``attrs["indicators"]`` says where it is from, and how many
        communes have none.

    Raises
    ------
    InputError
        If the frame has no such column, or no commune in common.
    """
    if "code" not in frame.columns:
        raise InputError("le tableau n'a pas de colonne « code ».")
    title = name or str(values.name)
    out = frame.copy()
    out[title] = frame["code"].map(values).astype("Float64")
    missing = int(out[title].isna().sum())
    if missing == len(out):
        these = "cette commune" if len(out) == 1 else f"ces {len(out)} communes"
        raise InputError(f"« {title} » ne donne rien pour {these}.")
    told = {"column": title, "missing": missing}
    told |= {key: values.attrs.get(key) for key in ("source", "cog")}
    out.attrs = {**frame.attrs, "indicators": [*frame.attrs.get("indicators", []), told]}
    if "geometry" in out.columns:
        out = out[[*(c for c in out.columns if c != "geometry"), "geometry"]]
    return out


def populations_of(values: pd.Series, known: Mapping[str, int | None]) -> pd.Series:
    """Read populations off a column: a zero is believed only where the store has one too.

    Parameters
    ----------
    values : Series
        As `column_of` gives it, with ``policy="sum"``.
    known : mapping of str to int
        The store's, by commune.

    Returns
    -------
    Series
        Int64 by commune code; missing where unknown.

    Raises
    ------
    InputError
        If a commune has fewer inhabitants than none.
    """
    if (values < 0).any():
        code = str(values.index[(values < 0).fillna(value=False)][0])
        raise InputError(
            f"« {values.name} » : {values[code]:g} habitants à {code}. Ce n'est pas une population."
        )
    doubtful = [v == 0 and known.get(str(code)) != 0 for code, v in values.fillna(-1).items()]
    out = values.mask(pd.Series(doubtful, index=values.index)).round().astype("Int64")
    out.attrs = values.attrs
    return out

"""Rows that say a thing twice, and rows that say two things of one code."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import pandas as pd

from zonage_geo.readers.cells import as_text, counted
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import Loaded, ReadReport

__all__ = ["collapse"]

SHOWN = 5


def collapse(
    frame: pd.DataFrame,
    key: str | Sequence[str],
    values: Sequence[str] | None = None,
    *,
    on_conflict: Literal["refuse", "report"] = "refuse",
    file: str = "le tableau",
) -> Loaded:
    """Keep one row of those that say the same of a code.

    Parameters
    ----------
    frame : DataFrame
        One or more rows a code.
    key : str or sequence of str
        The column of codes, or those that make a key together (quarter and commune).
    values : sequence of str, optional
        The columns that must agree; all the others by default.
    on_conflict : {"refuse", "report"}
        Where rows of a code disagree: refuse the file, or keep them all and report each.
    file : str, optional
        For messages.

    Returns
    -------
    Loaded
        The rows kept, and the account of the others.

    Raises
    ------
    ReadError
        If rows disagree and that is refused.
    """
    keys = [key] if isinstance(key, str) else list(key)
    said = [c for c in frame.columns if c not in keys] if values is None else list(values)
    report = ReadReport(f"doublons de {file}", len(frame))
    seen: dict[tuple[str, ...], dict[tuple[str, ...], Hashable]] = {}
    keep, doubted = [], []
    labels = zip(_texts(frame, keys), _texts(frame, said), frame.index, strict=True)
    for code, content, row in labels:
        first = seen.setdefault(code, {})
        keep.append(content not in first)
        name = " ".join(code)
        if content in first:
            report.drop(row, name, "doublon", f"dit la même chose que {first[content]}.")
            continue
        if first:
            doubted.append(code)
        first[content] = row
    _conflicts(seen, said, dict.fromkeys(doubted), report)
    if doubted and on_conflict == "refuse":
        told = [line for line in report.lines if line.kind == "conflit"]
        some = " ; ".join(f"{line.code} : {line.detail[:-1]}" for line in told[:SHOWN])
        more = "…" if len(told) > SHOWN else ""
        raise ReadError(
            file,
            f"valeurs contradictoires pour {counted(len(told), 'code')} ({some}{more})",
            "Corrigez le fichier, ou nommez la colonne qui fait foi.",
            field=", ".join(keys),
        )
    out = frame[keep]
    report.rows_kept = report.rows_out = len(out)
    return Loaded(out, report)


def _texts(frame: pd.DataFrame, columns: list[str]) -> list[tuple[str, ...]]:
    """Give the values of some columns as text, row by row."""
    if not columns:
        return [()] * len(frame)
    texts = [[_text(value) for value in frame[column]] for column in columns]
    return list(zip(*texts, strict=True))


def _text(value: object) -> str:
    wkb = getattr(value, "wkb_hex", None)
    return as_text(value) if wkb is None else str(wkb)


def _conflicts(
    seen: dict[tuple[str, ...], dict[tuple[str, ...], Hashable]],
    columns: list[str],
    doubted: dict[tuple[str, ...], None],
    report: ReadReport,
) -> None:
    """Tell of the codes whose rows disagree, and on what."""
    for code in doubted:
        contents = seen[code]
        told = []
        for place, column in enumerate(columns):
            values = list(dict.fromkeys(content[place] or "(vide)" for content in contents))
            if len(values) > 1 and column != "geometry":
                told.append(f"{column} {' ou '.join(values[:SHOWN])}")
            elif len(values) > 1:
                told.append("contours différents")
        lines = ", ".join(str(row) for row in contents.values())
        detail = f"{', '.join(told)} (lignes {lines})."
        report.add(next(iter(contents.values())), " ".join(code), "conflit", detail)

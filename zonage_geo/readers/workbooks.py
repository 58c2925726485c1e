"""Workbooks (xlsx, xls, ods) by calamine: which sheet, which merged cells."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from typing import Any, Self

import pandas as pd

from zonage_geo.readers import sheets
from zonage_geo.readers.cells import as_text, counted
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.layout import Table, lay_out
from zonage_geo.readers.loaded import Loaded, ReadReport
from zonage_geo.readers.source import check_members
from zonage_geo.readers.tables import framed, tidy

__all__ = ["read_workbook"]

SECONDS = 120
"""Time that a workbook may take; a million rows of ten columns take some ten seconds."""

_KINDS: dict[str, Any] = {"date": dt.date, "datetime": dt.datetime, "time": dt.time}
FAR_LARGER = 10
"""A sheet with so many times the rows of the others is the one that holds the data."""


def read_workbook(
    data: bytes, file: str, sheet: str | None = None, *, typed: bool = False
) -> Loaded:
    """Read a sheet of a workbook.

    Parameters
    ----------
    data : bytes
        The file.
    file : str
        Its name, for messages.
    sheet : str, optional
        Which sheet; the one that holds data where it is not given.
    typed : bool, optional
        Whether numbers, booleans, dates and times stay what they are in the sheet.

    Returns
    -------
    Loaded
        Text columns, or objects that are, and the account of every row of the sheet.

    Raises
    ------
    ReadError
        If it is no workbook, the sheet is not there, or several hold data.
    """
    told = _sheets(data, file, sheet)
    if sheet is not None and not told["sheets"]:
        raise ReadError(
            file,
            f"pas de feuille « {sheet} »",
            f"Feuilles : {', '.join(told['names'])} ; nommez-en une avec --sheet.",
        )
    found = {
        one["name"]: _lay_out(one["cells"], one["merged"], one["name"], file)
        for one in told["sheets"]
    }
    held = {name: each for name, each in found.items() if not isinstance(each, ReadError)}
    if not held:
        raise next((e for e in found.values() if isinstance(e, ReadError)), _empty(file))
    chosen = _choose({name: table for name, (table, _) in held.items()}, file)
    table, report = held[chosen]
    others = [name for name in found if name != chosen]
    if others:
        report.add(None, chosen, "feuille", f"feuilles non lues : {', '.join(others)}.")
    return Loaded(_as_typed(table) if typed else framed(table), report)


def _sheets(data: bytes, file: str, sheet: str | None) -> dict[str, Any]:
    """Have the sheets read by a process of its own; see `sheets`."""
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                check_members(archive.infolist(), file)
        except zipfile.BadZipFile as error:
            raise _unreadable(file, str(error)) from error
    command = [sys.executable, "-P", str(sheets.__file__), *([] if sheet is None else [sheet])]
    try:
        done = subprocess.run(  # noqa: S603  (ours, with no shell)
            command, input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable(file, f"sa lecture n’a pas fini en {SECONDS} s") from error
    if done.returncode != 0:
        raise _unreadable(file, "abîmé ou démesuré : sa lecture a été arrêtée")
    told: dict[str, Any] = json.loads(done.stdout)
    if "password" in told:
        raise ReadError(
            file, "classeur protégé par un mot de passe", "Enregistrez-le sans mot de passe."
        )
    if "error" in told:
        raise _unreadable(file, told["error"])
    return told


def _unreadable(file: str, why: str) -> ReadError:
    return ReadError(file, f"classeur illisible ({why})", "Ouvrez-le et enregistrez-le en .xlsx.")


def _lay_out(
    values: list[list[Any]], merged: list[Any], name: str, file: str
) -> tuple[Table, ReadReport] | ReadError:
    """Find the table of a sheet; the error where it holds none."""
    report = ReadReport(f"lecture de {file}, feuille {name}", sheet=name)
    cells: list[list[str]] = [[_cell(value) for value in row] for row in values]
    filled = _fill_merged(merged, cells)
    rows = tidy(list(enumerate(cells, start=1)), report, file)
    try:
        table = lay_out(rows, report, f"{file}, feuille {name}")
    except ReadError as error:
        return error
    body = {row.line for row in table.rows}
    for line, code, said in filled:
        if line in body:
            report.add(line, code, "cellule fusionnée", said)
    return table, report


class _Typed(str):
    """The text of a cell that holds a number, a boolean, a date or a time, and that value."""

    __slots__ = ("value",)

    value: object

    def __new__(cls, value: object) -> Self:
        made = super().__new__(cls, as_text(value))
        made.value = value
        return made


def _cell(value: Any) -> str:  # noqa: ANN401  (as JSON has it)
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        kind, text = next(iter(value.items()))
        return _Typed(_KINDS[kind].fromisoformat(text))
    return _Typed(value)


def _as_typed(table: Table) -> pd.DataFrame:
    """Make a frame of a table whose cells are what the sheet holds."""
    rows = [[getattr(cell, "value", cell or None) for cell in row.cells] for row in table.rows]
    index = pd.Index([row.line for row in table.rows], name="ligne")
    return pd.DataFrame(rows, columns=table.names, index=index, dtype=object)


def _fill_merged(merged: list[Any], cells: list[list[str]]) -> list[tuple[int, str, str]]:
    """Fill merged cells with their value: down columns, and across one above its columns.

    A title merged across the whole sheet stays one cell.
    """
    told = []
    for (top, left), (bottom, right) in merged:
        if top >= len(cells) or left >= len(cells[top]):
            continue
        width = len(cells[top])
        if (left, min(right, width - 1)) == (0, width - 1) or not cells[top][left]:
            continue
        alone = sum(map(bool, cells[top])) == 1
        if alone and top == bottom:
            continue
        value = cells[top][left]
        for row in range(top, min(bottom + 1, len(cells))):
            for column in range(left, min(right + 1, width)):
                if (row, column) != (top, left):
                    cells[row][column] = value
                    said = f"valeur de la cellule fusionnée ligne {top + 1}."
                    told.append((row + 1, value, said))
    return told


def _choose(tables: dict[str, Table], file: str) -> str:
    """Choose the sheet that holds data, or refuse to."""
    coded = {name: table for name, table in tables.items() if table.has_codes} or tables
    sizes = {name: len(table.rows) for name, table in coded.items()}
    best = max(sizes, key=lambda name: sizes[name])
    rivals = [name for name in sizes if sizes[name] * FAR_LARGER > sizes[best]]
    if len(rivals) > 1:
        told = ", ".join(f"« {name} » ({counted(sizes[name], 'ligne')})" for name in rivals)
        raise ReadError(
            file, f"plusieurs feuilles de données : {told}", "Nommez-en une avec --sheet."
        )
    return best


def _empty(file: str) -> ReadError:
    return ReadError(file, "aucune feuille visible", "Vérifiez que c’est le bon classeur.")

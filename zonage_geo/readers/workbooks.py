"""Workbooks (xlsx, xls, ods) by calamine: which sheet, which merged cells."""

from __future__ import annotations

import io

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from zonage_geo.readers.cells import as_text, counted
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.layout import Table, lay_out
from zonage_geo.readers.loaded import Loaded, ReadReport
from zonage_geo.readers.tables import framed, tidy

__all__ = ["read_workbook"]

FAR_LARGER = 10
"""A sheet with so many times the rows of the others is the one that holds the data."""


def read_workbook(data: bytes, file: str, sheet: str | None = None) -> Loaded:
    """Read a sheet of a workbook.

    Parameters
    ----------
    data : bytes
        The file.
    file : str
        Its name, for messages.
    sheet : str, optional
        Which sheet; the one that holds data where it is not given.

    Returns
    -------
    Loaded
        Text columns and the account of every row of the sheet.

    Raises
    ------
    ReadError
        If it is no workbook, the sheet is not there, or several hold data.
    """
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [
            one.name
            for one in book.sheets_metadata
            if one.typ == SheetTypeEnum.WorkSheet
            and (one.visible == SheetVisibleEnum.Visible or one.name == sheet)
        ]
        if sheet is not None and sheet not in names:
            raise ReadError(
                file,
                f"pas de feuille « {sheet} »",
                f"Feuilles : {', '.join(names)} ; nommez-en une avec --sheet.",
            )
        wanted = names if sheet is None else [sheet]
        found = {name: _lay_out(book.get_sheet_by_name(name), name, file) for name in wanted}
    except PasswordError as error:
        raise ReadError(
            file, "classeur protégé par un mot de passe", "Enregistrez-le sans mot de passe."
        ) from error
    except CalamineError as error:
        raise ReadError(
            file, f"classeur illisible ({error})", "Ouvrez-le et enregistrez-le en .xlsx."
        ) from error
    held = {name: each for name, each in found.items() if not isinstance(each, ReadError)}
    if not held:
        raise next((e for e in found.values() if isinstance(e, ReadError)), _empty(file))
    chosen = _choose({name: table for name, (table, _) in held.items()}, file)
    table, report = held[chosen]
    others = [name for name in found if name != chosen]
    if others:
        report.add(None, chosen, "feuille", f"feuilles non lues : {', '.join(others)}.")
    return Loaded(framed(table), report)


def _lay_out(sheet: CalamineSheet, name: str, file: str) -> tuple[Table, ReadReport] | ReadError:
    """Find the table of a sheet; the error where it holds none."""
    report = ReadReport(f"lecture de {file}, feuille {name}", sheet=name)
    values = sheet.to_python(skip_empty_area=False)
    cells = [[as_text(value) for value in row] for row in values]
    filled = _fill_merged(sheet, cells)
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


def _fill_merged(sheet: CalamineSheet, cells: list[list[str]]) -> list[tuple[int, str, str]]:
    """Fill merged cells with their value: down columns, and across one above its columns.

    A title merged across the whole sheet stays one cell.
    """
    told = []
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
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

"""Tables in text files and workbooks, as frames of text, with the account of every line."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from zonage_geo.readers.cells import broken_accents, clean, counted, lost_characters, mend_accents
from zonage_geo.readers.delimited import cut, find_delimiter
from zonage_geo.readers.encodings import decode, is_known
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.layout import Row, Table, lay_out
from zonage_geo.readers.loaded import Loaded, ReadReport

__all__ = ["framed", "read_text", "tidy"]


def read_text(data: bytes, file: str, encoding: str | None = None) -> Loaded:
    """Read delimited text.

    Parameters
    ----------
    data : bytes
        The file.
    file : str
        Its name, for messages.
    encoding : str, optional
        Its encoding; found where it is not given.

    Returns
    -------
    Loaded
        Text columns and the account of every line.

    Raises
    ------
    ReadError
        If it cannot be read for certain.
    """
    if encoding is not None and not is_known(encoding):
        raise ReadError(file, f"encodage « {encoding} » inconnu", "Essayez utf-8 ou cp1252.")
    report = ReadReport(f"lecture de {file}")
    try:
        text, report.encoding, note = decode(data, encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ReadError(
            file,
            f"l’octet {error.start} n’est pas de l’encodage {error.encoding}",
            "Ne précisez pas l’encodage, il sera reconnu ; ou donnez le bon (--encoding).",
            line=line,
        ) from error
    if note:
        report.add(None, report.encoding, "encodage", note)
    delimiter = find_delimiter(text)
    report.delimiter = delimiter or ""
    rows = tidy(cut(text, delimiter, file), report, file)
    return Loaded(framed(lay_out(rows, report, file)), report)


def tidy(
    rows: Sequence[tuple[int, list[str]]], report: ReadReport, file: str, *, strict: bool = True
) -> list[Row]:
    """Clean every cell; tell of accents that were mended or lost.

    Parameters
    ----------
    rows : sequence of tuple
        Line and cells.
    report : ReadReport
        Gets the lines.
    file : str
        For messages.
    strict : bool, optional
        Refuse accents that cannot be mended.

    Returns
    -------
    list of Row
        As many rows, cleaned.

    Raises
    ------
    ReadError
        If accents are broken beyond mending.
    """
    out = []
    formulas = 0
    for line, cells in rows:
        cleaned = []
        for column, cell in enumerate(cells):
            value = cell
            if not cell.isascii():
                value = _mended(cell, line, column, report, file, strict=strict)
            if lost_characters(value):
                said = "un caractère a été perdu avant nous."
                report.add(line, value.strip(), "caractère perdu", said)
            bare = clean(value)
            formulas += bare != value and value.lstrip()[:1] in {"=", "'"}
            cleaned.append(cell if bare == cell else bare)  # it may know more than its text
        out.append(Row(line, cleaned))
    if formulas:
        said = f'{counted(formulas, "cellule")} avec ="…" ou une apostrophe : valeur seule gardée.'
        report.add(None, "", "formule de tableur", said)
    return out


def _mended(
    cell: str, line: int, column: int, report: ReadReport, file: str, *, strict: bool
) -> str:
    mended = mend_accents(cell)
    if mended != cell:
        report.add(line, mended.strip(), "accents rétablis", f"« {cell.strip()} » dans le fichier.")
    if strict and broken_accents(mended):
        raise ReadError(
            file,
            f"accents abîmés que rien ne permet de rétablir (« {cell.strip()} », "
            f"colonne {column + 1})",
            "Redemandez le fichier, ou donnez son encodage (--encoding).",
            line=line,
        )
    return mended


def framed(table: Table) -> pd.DataFrame:
    """Make a frame of a table.

    Parameters
    ----------
    table : Table
        Names and rows.

    Returns
    -------
    DataFrame
        Text, missing where a cell is empty; the index is the line in the file.
    """
    columns = zip(*(row.cells for row in table.rows), strict=True)
    index = pd.Index([row.line for row in table.rows], name="ligne")
    return pd.DataFrame(
        {
            name: pd.array([cell or None for cell in cells], dtype="string")
            for name, cells in zip(table.names, columns, strict=True)
        },
        index=index,
    )

"""What a file says of itself, written the way that its format has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyogrio

from zonage_geo.colophon.facts import Facts
from zonage_geo.colophon.files import ALONE, beside
from zonage_geo.readers.cells import as_text
from zonage_geo.readers.vectors import NOTES_TABLE
from zonage_geo.render.text import fill

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "KEY",
    "SHEET",
    "place_told",
    "without_key",
    "write_key",
    "write_metadata",
    "write_sheet",
    "write_table",
    "write_text",
]

SHEET = "À savoir"
"""The sheet of a workbook."""
KEY = b"zonage_geo.sources"
"""The key of a Parquet file's metadata."""
_HEAD = ("sujet", "detail")


def place_told(out: Path) -> str:
    """Tell where a file's dates and sources are.

    Parameters
    ----------
    out : Path
        The file; a folder of Parquet files where it has no suffix.

    Returns
    -------
    str
        French, after a colon.
    """
    suffix = out.suffix.casefold()
    if suffix in ALONE:
        return beside(out).name
    if suffix == ".xlsx":
        return f"feuille « {SHEET} »"
    if suffix == ".gpkg":
        return f"table {NOTES_TABLE}"
    return f"métadonnées du Parquet, clé {KEY.decode()}"


def write_text(out: Path, facts: Facts) -> None:
    """Write the text that goes beside a file.

    Parameters
    ----------
    out : Path
        The file, under the name it is written with.
    facts : Facts
        What is told.
    """
    lines = [fill(f"{subject} : {detail}", first="- ", then="  ") for subject, detail in facts]
    head = "Ce que dit le fichier de même nom : à quelle date, d'après quoi, avec quelles réserves."
    beside(out).write_text("\n".join([head, "", *lines, ""]), encoding="utf-8", newline="\n")


def write_table(path: Path, facts: Facts) -> None:
    """Write a table of a GeoPackage, without shapes, which QGIS shows as any other.

    Parameters
    ----------
    path : Path
        The GeoPackage, closed.
    facts : Facts
        What is told.
    """
    pyogrio.write_dataframe(
        pd.DataFrame(list(facts), columns=list(_HEAD)),
        path,
        layer=NOTES_TABLE,
        driver="GPKG",
        layer_options={"DESCRIPTION": "À quelle date, d'après quoi, avec quelles réserves"},
    )


def write_sheet(book: Any, facts: Facts, openpyxl: Any) -> None:  # noqa: ANN401  (no types)
    """Add the sheet of a workbook, its text as text.

    Parameters
    ----------
    book : openpyxl.Workbook
        Being written, in one way or the other.
    facts : Facts
        What is told.
    openpyxl : module
        What writes it.
    """
    sheet = book.create_sheet(SHEET)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 120
    bold = openpyxl.styles.Font(bold=True)
    for rank, row in enumerate([("sujet", "détail"), *facts]):
        cells = []
        for value in row:
            text = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", as_text(value))
            cell = openpyxl.cell.WriteOnlyCell(sheet, text)
            cell.data_type = "s"  # also where it starts with an equals sign
            if rank == 0:
                cell.font = bold
            cells.append(cell)
        sheet.append(cells)


def write_key(facts: Facts) -> dict[bytes, bytes]:
    """Make the metadata of a Parquet file.

    Parameters
    ----------
    facts : Facts
        What is told.

    Returns
    -------
    dict
        `KEY` to UTF-8 JSON: a list of objects, ``sujet`` and ``detail``.
    """
    rows = [dict(zip(_HEAD, fact, strict=True)) for fact in facts]
    return {KEY: json.dumps(rows, ensure_ascii=False).encode()}


def without_key(schema: pa.Schema) -> pa.Schema:
    """Take off a schema what the file it is of says of itself.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of a file that was read.

    Returns
    -------
    pyarrow.Schema
        For another file.
    """
    metadata = schema.metadata or {}
    return schema.with_metadata({key: value for key, value in metadata.items() if key != KEY})


def write_metadata(path: Path, facts: Facts) -> None:
    """Add metadata to a Parquet file that is written.

    Parameters
    ----------
    path : Path
        The file, small enough to be read whole.
    facts : Facts
        What is told.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    metadata = {**(table.schema.metadata or {}), **write_key(facts)}
    pq.write_table(table.replace_schema_metadata(metadata), path)

"""Delimited text cut into rows: which separator, which quotes, which line."""

from __future__ import annotations

import csv
import io
from collections import Counter

from zonage_geo.readers.errors import ReadError
from zonage_geo.unpacking import cells_up_to

__all__ = ["DELIMITERS", "LONGEST_CELL", "cut", "find_delimiter"]

DELIMITERS = (";", "\t", "|", ",")
"""In the order of preference where two explain a text as well: the comma is also decimal."""
SAMPLE_LINES = 400
LONGEST_RECORD = 60
"""Lines that a quoted cell may span; beyond, a quotation mark was left open."""
LONGEST_CELL = 131_072
"""Characters of a cell, as ``csv`` has it unless told otherwise: the longest addresses have 200."""
CLEARLY = 0.05
_NO_DELIMITER = "\x1f"


def _is_too_long(error: csv.Error) -> bool:
    return "field limit" in str(error)


def find_delimiter(text: str) -> str | None:
    """Find the separator under which the lines of a text are the most alike.

    Parameters
    ----------
    text : str
        The whole file.

    Returns
    -------
    str or None
        None where there is one column.
    """
    first = text[:10].splitlines()[:1]
    if first and first[0].lower().startswith("sep=") and len(first[0]) == len("sep=") + 1:
        return first[0][-1]
    lines = [line for line in text[:2_000_000].splitlines(keepends=True) if line.strip()]
    if len(lines) > SAMPLE_LINES:
        lines = lines[: SAMPLE_LINES // 2] + lines[-SAMPLE_LINES // 2 :]
    sample = "".join(lines)
    scores = {mark: _likeness(sample, mark) for mark in DELIMITERS}
    best = max(scores.values())
    if best <= 0:
        return None
    return next(mark for mark in DELIMITERS if scores[mark] >= best - CLEARLY)


def _likeness(sample: str, delimiter: str) -> float:
    """Give the share of the lines that have the commonest number of cells, if above one."""
    text = io.StringIO(sample, newline="")
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True)
    sizes = []
    try:
        with cells_up_to(LONGEST_CELL):
            for row in reader:
                sizes += [len(row)] if row else []
    except csv.Error as error:
        if not _is_too_long(error):  # of a cell without end, the rows before tell
            return 0.0
    counts = Counter(size for size in sizes if size > 1)
    if not counts:
        return 0.0
    # Two columns in most lines, or nothing: a comma in some names separates nothing.
    share = max(counts.values()) / len(sizes)
    return share if len(sizes) <= 3 or share >= 1 / 3 else 0.0


def cut(text: str, delimiter: str | None, file: str) -> list[tuple[int, list[str]]]:
    """Cut a text into rows.

    Parameters
    ----------
    text : str
        The whole file.
    delimiter : str or None
        What separates the cells.
    file : str
        For messages.

    Returns
    -------
    list of tuple
        The line where a row starts, from 1, and its cells.

    Raises
    ------
    ReadError
        If quotation marks do not match.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter or _NO_DELIMITER,
        skipinitialspace=True,
        strict=True,
    )
    rows = []
    start = 1
    way_out = "Doublez les guillemets qui font partie d’une valeur, ou retirez-les."
    try:
        with cells_up_to(LONGEST_CELL):
            for row in reader:
                if reader.line_num - start >= LONGEST_RECORD:
                    problem = (
                        "une cellule entre guillemets s’étend jusqu’à la ligne "
                        f"{reader.line_num} : un guillemet n’est pas refermé"
                    )
                    raise ReadError(file, problem, way_out, line=start)
                rows.append((start, row))
                start = reader.line_num + 1
    except csv.Error as error:
        if _is_too_long(error):
            problem, way_out = "une cellule est démesurée", "Retirez cette colonne du fichier."
        else:
            problem = "guillemets mal fermés"
        raise ReadError(file, problem, way_out, line=start) from error
    return rows

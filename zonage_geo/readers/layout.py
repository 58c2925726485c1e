"""Where the table is in a sheet: titles above, header, units, rows, notes below.

The rows of a table look alike, and what surrounds it does not: columns that hold codes,
numbers or dates tell a row from a title or a header. Below the header, a row is of the table
unless it is plainly a note: one that cannot be read is told where it is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zonage_geo.readers.cells import counted, is_blank
from zonage_geo.readers.columns import is_named
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport

__all__ = ["Row", "Table", "lay_out"]

_SHAPES = {
    "code": re.compile(r"\A(?:\d{4,5}|2[ABab]\d{3})\Z"),  # on four where the zero is lost
    "zone": re.compile(r"\AQ[PN]\w{5,8}\Z", re.IGNORECASE),
    "date": re.compile(r"\A(?:\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4})(?:[ T].*)?\Z"),
    "number": re.compile(r"\A[-+]?\d[\d\s.,]*%?\Z"),
}
_STRONG = frozenset({"code", "zone", "date"})
_NOTE = re.compile(
    r"\A(?:\*|\(\w{1,2}\) "
    r"|(?:sources?|notes?|champ|lecture|total|mentions?|légende|données|n\.?b\.?)\s*(?::|\Z))",
    re.IGNORECASE,
)
"""How notes begin. Champ-sur-Drac is a commune, and rue de la Source an address."""
SENTENCE = 4
"""Words from which what stands alone in a column of codes is a sentence, and no code."""
_ADDRESSES = re.compile(
    r"\A(?:adresse(?: [a-zéè]+)*|adr|rue|voie|lon|lat|long|longitude|latitude)\Z", re.IGNORECASE
)
ALIKE = 0.8
"""Share of a column's cells of one shape from which that is the shape of the column."""
SHARE_NAMED = 0.6
"""Share of the columns in use that a header names at least."""
MAX_LONG = 0.1
"""Share of rows with too many cells beyond which the separator is not the one thought."""
SAMPLE = 600
TOP = 80
"""Rows among which the header is looked for."""


class Row(NamedTuple):
    """A row of a sheet.

    Attributes
    ----------
    line : int
        Line of the file where it starts, from 1.
    cells : list of str
        Cleaned.
    """

    line: int
    cells: list[str]


@dataclass(slots=True)
class Table:
    """The table found in a sheet.

    Attributes
    ----------
    names : list of str
        Of its columns, each once.
    rows : list of Row
        Of data, all of the width of ``names``.
    has_codes : bool
        Whether a column has the shape of codes.
    """

    names: list[str]
    rows: list[Row]
    has_codes: bool


def lay_out(rows: Sequence[Row], report: ReadReport, file: str) -> Table:
    """Find the table in the rows of a sheet, and tell the report of every other row.

    Parameters
    ----------
    rows : sequence of Row
        Every row of the sheet, blank ones too.
    report : ReadReport
        Its ``rows_in``, ``rows_kept`` and lines are set.
    file : str
        For messages.

    Returns
    -------
    Table
        Names and rows.

    Raises
    ------
    ReadError
        If there is no table.
    """
    report.rows_in = len(rows)
    full = []
    for row in rows:
        if is_blank(row.cells):
            report.drop(row.line, "", "ligne vide", "aucune cellule remplie.")
        else:
            full.append(row)
    if not full:
        raise ReadError(file, "aucune ligne remplie", "Vérifiez que c’est le bon fichier.")
    width = _width(full)
    shapes = _column_shapes(full, width)
    first = next((n for n, row in enumerate(full[:TOP]) if _starts(row, width, shapes)), None)
    if first is None:
        if len(full) > TOP and shapes:
            raise ReadError(
                file,
                f"aucune ligne de données dans les {TOP} premières",
                "Retirez ce qui précède le tableau.",
            )
        first = _after_names(full, width)
    first = _with_unread_codes(full, first, width)
    first = _under_known_names(full, first)
    used = _used(full[first:], width) or list(range(width))  # a header alone
    names, headers = _names(full[:first], used, width)
    last = _last_body(full, first, shapes)
    _tell_top(full[:first], headers, report)
    for row in full[last:]:
        report.drop(row.line, row.cells[0], "pied", f"note de bas de tableau : {_said(row)}.")
    header_cells = [full[n].cells for n in headers]
    body = _body(full[first:last], names, header_cells, report)
    long = [line for line in report.lost if line.kind == "ligne trop longue"]
    if len(long) > MAX_LONG * (last - first):
        raise ReadError(
            file,
            f"{counted(len(long), 'ligne')} sur {last - first} de plus de {len(names)} cellules",
            "Mettez entre guillemets les valeurs qui contiennent le séparateur.",
            line=int(str(long[0].row)),
        )
    if not body:
        raise ReadError(
            file, "aucune ligne de données sous l’en-tête", "Vérifiez que c’est le bon fichier."
        )
    names, body = _name_columns(names, body, report)
    report.rows_kept = report.rows_out = len(body)
    return Table(names, body, any(shape == "code" for shape in shapes.values()))


def _width(rows: Sequence[Row]) -> int:
    """Give the number of cells of the table's rows: the commonest, notes of one cell apart."""
    counts = Counter(len(row.cells) for row in rows)
    return max(counts, key=lambda size: (counts[size] * min(size - 1, 3), counts[size]))


def _shape(cell: str) -> str | None:
    return next((name for name, pattern in _SHAPES.items() if pattern.match(cell)), None)


def _column_shapes(rows: Sequence[Row], width: int) -> dict[int, str]:
    """Give the shape of the columns whose cells are alike, from rows all over the sheet."""
    step = max(1, len(rows) // SAMPLE)
    least = min(width, 2)  # titles and notes are alone in their row
    sample = [row.cells for row in rows[::step] if sum(map(bool, row.cells)) >= least]
    shapes = {}
    for column in range(width):
        cells = [cells[column] for cells in sample if len(cells) > column and cells[column]]
        counts = Counter(_shape(cell) for cell in cells)
        strong = {name: n for name, n in counts.items() if name is not None}
        if not strong:
            continue
        # In a short list the header and a second one weigh; they are not against it.
        needed = max(0.5 * len(cells), min(ALIKE * len(cells), len(cells) - 2))
        best = max(strong, key=lambda name: strong[name])
        if strong[best] >= needed:
            shapes[column] = best
        elif sum(strong.values()) >= needed:
            shapes[column] = "number"
    return shapes


def _is_body(cells: Sequence[str], shapes: dict[int, str]) -> bool:
    """Tell whether a row looks like the table's rows."""
    strong = [column for column, shape in shapes.items() if shape in _STRONG]
    held = [(cells[column], shapes[column]) for column in strong if _holds(cells, column)]
    if held:
        return any(_SHAPES[shape].match(cell) for cell, shape in held)
    weak = [cells[column] for column in shapes if column not in strong and _holds(cells, column)]
    return bool(weak) and sum(_shape(cell) is not None for cell in weak) * 2 > len(weak)


def _starts(row: Row, width: int, shapes: dict[int, str]) -> bool:
    """Tell whether a row may be the table's first: a year alone is a title."""
    return sum(map(bool, row.cells)) >= min(width, 2) and _is_body(row.cells, shapes)


def _holds(cells: Sequence[str], column: int) -> bool:
    return column < len(cells) and bool(cells[column])


def _used(rows: Sequence[Row], width: int) -> list[int]:
    """Give the columns in which rows of data hold something."""
    sample = [*rows[:SAMPLE], *rows[-SAMPLE:]]
    return [column for column in range(width) if any(_holds(row.cells, column) for row in sample)]


def _after_names(rows: Sequence[Row], width: int) -> int:
    """Find where rows start in a table of names alone: after the first row as full as them."""
    least = min(width, 2)
    sizes = [sum(map(bool, row.cells)) for row in rows]
    filled = sorted(size for size in sizes if size >= least) or sizes
    usual = filled[len(filled) // 2]
    full = [n for n, row in enumerate(rows[:TOP]) if sum(map(bool, row.cells)) >= usual]
    return full[0] + 1


def _names(top: Sequence[Row], used: list[int], width: int) -> tuple[list[str], list[int]]:
    """Give the columns' names, and which rows above the data they come from.

    The last row that names every column gives the names: INSEE and ANCT put labels first,
    then short names. Where none names them all, two levels are joined.
    """
    share = [sum(_holds(row.cells, column) for column in used) / len(used) for row in top]
    candidates = [n for n, value in enumerate(share) if value >= SHARE_NAMED]
    if not candidates:
        return [""] * width, []
    whole = [n for n in candidates if share[n] == 1]
    sources = list(range(candidates[0], len(top)))
    if whole:
        start = last = whole[-1]
        while start - 1 in candidates and _share_cells(top[start - 1], top[start]):
            start -= 1
        sources = list(range(start, last + 1))
    names = []
    for column in range(width):
        parts = [top[n].cells[column] for n in sources if _holds(top[n].cells, column)]
        names.append(" ".join(dict.fromkeys(" ".join(part.split()) for part in parts)))
    return names, sources


def _with_unread_codes(rows: Sequence[Row], first: int, width: int) -> int:
    """Find where rows start, those before the first whose code can be read included.

    ``O9122;Foix;ZIP`` below the names of the columns is a row with a mistake, and no second
    header: some cell of it comes back below, in the same column, without the whole row.
    """
    used = _used(rows[first:], width)
    if not used:
        return first
    while first > 1:
        row = rows[first - 1].cells
        below = [other.cells for other in rows[first : first + SAMPLE]]
        named = any(_fills(above.cells, used) for above in rows[: first - 1])
        if not named or not _fills(row, used) or row in below:
            break
        if not any(
            _holds(row, n) and any(row[n] == o[n] for o in below if n < len(o)) for n in used
        ):
            break
        first -= 1
    return first


def _under_known_names(rows: Sequence[Row], first: int) -> int:
    """Find where rows start, those that say a place under known names of columns included.

    ``Dr Z|||Foix|`` below ``Nom|Adresse|CP|Ville|Tél`` is a row without a code, and no second
    header: it names none of the columns that say where rows are, and holds something there.
    """
    places: list[int] = []
    start = first
    for n, row in enumerate(rows[:first]):
        named = [column for column, cell in enumerate(row.cells) if _says_where(cell)]
        alone = sum(map(bool, row.cells)) < min(len(row.cells), 2)  # a title
        if named and len(named) >= len(places) and not alone:
            places, start = named, first
        elif start == first and any(_holds(row.cells, column) for column in places):
            start = n
    return start


def _says_where(name: str) -> bool:
    """Tell whether a column so called says where rows are; ``ZIP`` is a class too."""
    if name.casefold() == "zip":
        return False
    known = any(is_named(name, role) for role in ("code", "code_postal", "nom"))
    return known or _ADDRESSES.match(name) is not None


def _fills(cells: Sequence[str], used: Sequence[int]) -> bool:
    return sum(_holds(cells, column) for column in used) >= SHARE_NAMED * len(used)


def _share_cells(above: Row, below: Row) -> bool:
    """Tell whether cells are merged over two rows of a header."""
    return any(a and a == b for a, b in zip(above.cells, below.cells, strict=False))


def _last_body(rows: Sequence[Row], first: int, shapes: dict[int, str]) -> int:
    """Find where the rows end and the notes begin."""
    last = len(rows)
    while last > first + 1 and _is_note(rows[last - 1].cells, shapes):
        last -= 1
    return last


def _is_note(cells: Sequence[str], shapes: dict[int, str]) -> bool:
    """Tell whether a row below the table is plainly a note: alone in its row, and no value.

    ``Dr Z|||Foix|`` is a row of the table, whatever it lacks, and so is ``Foix`` alone.
    """
    filled = [(column, cell) for column, cell in enumerate(cells) if cell]
    if len(filled) != 1:
        return False
    column, cell = filled[0]
    if _NOTE.match(cell):
        return True
    return shapes.get(column) in {"code", "zone"} and len(cell.split()) >= SENTENCE


def _tell_top(top: Sequence[Row], headers: list[int], report: ReadReport) -> None:
    """Account for the rows above the data."""
    for n, row in enumerate(top):
        code = next(cell for cell in row.cells if cell)
        if n in headers:
            report.drop(row.line, code, "en-tête", f"noms des colonnes : {_said(row)}.")
        elif headers and n > headers[0]:
            report.drop(row.line, code, "sous-en-tête", f"unités ou libellés : {_said(row)}.")
        elif headers and n == headers[0] - 1 and len([c for c in row.cells if c]) > 1:
            report.drop(row.line, code, "sous-en-tête", f"libellés des colonnes : {_said(row)}.")
        else:
            report.drop(row.line, code, "titre", f"ligne de titre : {_said(row)}.")
    if not headers:
        report.add(None, "", "sans en-tête", "les colonnes sont nommées colonne_1, colonne_2…")


def _said(row: Row, size: int = 60) -> str:
    text = " | ".join(cell.replace("\n", " ") for cell in row.cells if cell)
    return text if len(text) <= size else text[: size - 1] + "…"


def _body(
    rows: Sequence[Row], names: list[str], headers: list[list[str]], report: ReadReport
) -> list[Row]:
    """Bring the rows of data to the width of the header."""
    width = len(names)
    body = []
    for line, cells in rows:
        if cells in headers:
            report.drop(line, cells[0], "en-tête répété", "l’en-tête revient dans les données.")
        elif len(cells) == width:
            body.append(Row(line, cells))
        elif len(cells) < width:
            said = f"{counted(len(cells), 'cellule')} au lieu de {width} : le reste est vide."
            report.add(line, cells[0], "ligne courte", said)
            body.append(Row(line, cells + [""] * (width - len(cells))))
        elif is_blank(cells[width:]):
            said = f"{counted(len(cells) - width, 'séparateur')} de trop en fin de ligne."
            report.add(line, cells[0], "ligne longue", said)
            body.append(Row(line, cells[:width]))
        else:
            said = (
                f"{counted(len(cells), 'cellule')} au lieu de {width} : un séparateur dans une "
                "valeur sans guillemets ? Les valeurs seraient décalées."
            )
            report.drop(line, cells[0], "ligne trop longue", said, lost=True)
    return body


def _name_columns(
    names: list[str], body: list[Row], report: ReadReport
) -> tuple[list[str], list[Row]]:
    """Drop columns without name or content, and give every other one a name of its own."""
    kept, out = [], []
    taken: set[str] = set()
    twins: dict[str, int] = {}
    for column, name in enumerate(names):
        if not name and not any(row.cells[column] for row in body):
            said = "ni nom ni valeur (séparateur en fin de ligne) : retirée."
            report.add(None, f"colonne {column + 1}", "colonne vide", said)
            continue
        new = name
        if not name:
            new = f"colonne_{column + 1}"
            if any(names):
                report.add(None, new, "colonne sans nom", f"la colonne {column + 1} devient {new}.")
        base, first = new, twins.get(new, 1)
        rank = first
        while new in taken:
            rank += 1
            new = f"{base}_{rank}"
        twins[base] = rank
        taken.add(new)
        if rank > first:
            said = f"un autre « {name} » la précède : elle devient « {new} »."
            report.add(None, name, "colonne en double", said)
        kept.append(column)
        out.append(new)
    if len(kept) < len(names):
        body = [Row(line, [cells[column] for column in kept]) for line, cells in body]
    return out, body

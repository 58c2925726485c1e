"""Rows of a sheet: each is answered, or told with what it holds; none is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zonage_geo.batch.inputs import open_input
from zonage_geo.batch.model import Asked, Input
from zonage_geo.cli import main
from zonage_geo.readers import ReadError, ReadReport
from zonage_geo.readers.layout import Row, lay_out

ADDRESSES = ["Nom", "Adresse", "CP", "Ville", "Tél"]
CODES = ["Nom", "Code INSEE", "n"]
FULL = [
    ["Dr A", "1 place de la Mairie", "09000", "Foix", "0561000000"],
    ["Dr B", "2 rue Gabriel Péri", "09100", "Pamiers", "0562000000"],
]
SHORT = [["Dr Y", "", "", "Pamiers", ""], ["Dr Z", "", "", "Foix", ""]]
FOOT = ["Source : ARS Occitanie", "", "", "", ""]
Sheet = list[list[str]]


def workbook(path: Path, rows: Sheet) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    book.save(path)
    return path


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Sheet], Input]:
    """Give what opens rows as ``batch`` opens a workbook of them."""
    return lambda rows: open_input(workbook(tmp_path / "liste.xlsx", rows), Asked())


def names_of(read: Input) -> list[str]:
    return [name for chunk in read.chunks() for name in chunk.data["Nom"]]


@pytest.mark.parametrize("rows", [FULL + SHORT, FULL + SHORT[1:], SHORT + FULL, SHORT])
def test_rows_of_few_cells_are_rows_wherever_they_are(
    opened: Callable[[Sheet], Input], rows: Sheet
) -> None:
    read = opened([ADDRESSES, *rows])
    assert names_of(read) == [row[0] for row in rows]
    assert read.notes == ()


def test_a_bad_code_is_a_row_first_and_last(opened: Callable[[Sheet], Input]) -> None:
    good = [["A", "09122", "1"], ["B", "09225", "2"]]
    bad = ["C", "Foix", ""]
    for rows in ([*good, bad], [bad, *good], [["C", "Foix", "x"], *good]):
        assert names_of(opened([CODES, *rows])) == [row[0] for row in rows]


def test_a_place_alone_in_its_row_is_no_note(opened: Callable[[Sheet], Input]) -> None:
    alone = [["", "", "", "Champ-sur-Drac", ""], ["", "Source de la Touvre", "", "", ""]]
    read = opened([ADDRESSES, *FULL, *alone])
    assert len(names_of(read)) == 4
    assert read.notes == ()


def test_a_note_is_set_aside_and_told(opened: Callable[[Sheet], Input]) -> None:
    read = opened([ADDRESSES, *FULL, *SHORT, ["", "", "", "", ""], FOOT])
    assert len(names_of(read)) == 4
    assert read.notes == (
        "ligne 7 de la feuille laissée de côté, note de bas de tableau : Source : ARS Occitanie.",
    )
    many = [["* réserve", "", "", "", ""]] * 7
    assert opened([ADDRESSES, *FULL, *many]).notes[5:] == (
        "2 autres lignes de la feuille de côté de même.",
    )


def a_row(*columns: list[str]) -> st.SearchStrategy[list[str]]:
    return st.tuples(*(st.sampled_from(["", *cells]) for cells in columns)).map(list)


NAMES = ["Dr A", "Dr B", "Dr Le Goff", "Total Énergies", "Source-Seine"]
BY_ADDRESS = a_row(
    NAMES,
    ["1 rue X", "12 place de la mairie"],
    ["09000", "31000", "9000", "31 000"],
    ["Foix", "Pamiers", "Champ-sur-Drac"],
    ["0561020304", "x"],
)
BY_CODE = a_row(NAMES, ["09122", "9122", "Foix", "O9122", "99999", "n.d."], ["1", "2,5", "non"])


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(BY_ADDRESS, min_size=1, max_size=8).map(lambda rows: (ADDRESSES, rows))
    | st.lists(BY_CODE, min_size=1, max_size=8).map(lambda rows: (CODES, rows)),
    foot=st.sampled_from([[], [FOOT]]),
)
def test_each_row_is_kept_or_told(rows: tuple[list[str], Sheet], foot: Sheet) -> None:
    head, body = rows
    sheet = [head, *body, *(row[: len(head)] for row in foot)]
    report = ReadReport("lecture")
    try:
        table = lay_out([Row(n, cells) for n, cells in enumerate(sheet, 1)], report, "liste")
    except ReadError:
        assert not any(map(any, body))
        return
    out = [row.cells for row in table.rows]
    says_where = slice(0, -1)  # names included: they may be communes'
    real = [row for row in body if any(row[says_where])]
    assert [row for row in out if row in real] == real
    assert report.is_accounted
    told = [line for line in report.dropped if line.kind not in {"en-tête", "ligne vide"}]
    assert len(out) + len(told) == sum(map(any, sheet)) - 1


@pytest.mark.package_data
def test_a_sheet_gives_a_row_out_for_a_row_in(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    path, out = workbook(tmp_path / "l.xlsx", [ADDRESSES, *FULL, *SHORT, FOOT]), tmp_path / "z.csv"
    assert main(["batch", str(path), "-o", str(out), "--offline"]) == 0
    rows = out.read_text("utf-8-sig").splitlines()[1:]
    assert [row.split(";")[0] for row in rows] == ["Dr A", "Dr B", "Dr Y", "Dr Z"]
    assert ["09225" in rows[2], "09122" in rows[3]] == [True, True]
    assert "Source : ARS Occitanie" in capsys.readouterr().err

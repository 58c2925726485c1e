"""Tables as agencies send them: each defect made once, and every line accounted for."""

from __future__ import annotations

import gzip
import struct
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zonage_geo.errors import InputError
from zonage_geo.readers import Loaded, ReadError, read
from zonage_geo.readers.tables import read_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = "code;commune;zonage"
ROWS = ("09122;Foix;ZIP", "31555;Toulouse;ZAC", "2A004;Ajaccio;ZAR", "01004;Ambérieu;ZIP")
GOOD = "\n".join((HEADER, *ROWS)) + "\n"
Sheet = list[list[str | float | None]]


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Loaded]:
    def make(text: str | bytes, name: str = "liste.csv", **options: str) -> Loaded:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        loaded = read(path, **options)  # type: ignore[arg-type]
        assert loaded.report.is_accounted
        assert loaded.report.rows_kept == len(loaded.frame)
        return loaded

    return make


def kinds(loaded: Loaded) -> dict[str, int]:
    return loaded.report.counts()


def assert_good(loaded: Loaded) -> None:
    assert list(loaded.frame.columns) == ["code", "commune", "zonage"]
    assert loaded.frame["code"].tolist() == ["09122", "31555", "2A004", "01004"]
    assert loaded.frame["commune"].tolist()[-1] == "Ambérieu"


def test_a_plain_list(made: Callable[..., Loaded]) -> None:
    loaded = made(GOOD)
    assert_good(loaded)
    assert loaded.frame.index.tolist() == [2, 3, 4, 5]
    assert loaded.frame.index.name == "ligne"
    assert (loaded.report.delimiter, loaded.report.encoding) == (";", "utf-8")
    assert kinds(loaded) == {"en-tête": 1}
    assert str(loaded.report).startswith("lecture de liste.csv : 5 lignes lues, 4 gardées")


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_each_separator(made: Callable[..., Loaded], mark: str) -> None:
    loaded = made(GOOD.replace(";", mark))
    assert_good(loaded)
    assert loaded.report.delimiter == mark


def test_a_decimal_comma_does_not_separate(made: Callable[..., Loaded]) -> None:
    loaded = made("code;apl\n09122;1,5\n31555;2,5\n81004;3,5\n")
    assert loaded.frame["apl"].tolist() == ["1,5", "2,5", "3,5"]


def test_excel_says_its_separator(made: Callable[..., Loaded]) -> None:
    rows = "".join(f"310{n},a;b\n" for n in range(10, 60))  # without it, semicolons would
    loaded = made("sep=,\ncode,qui\n" + rows)
    assert loaded.frame["qui"].unique().tolist() == ["a;b"]


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "cp1252", "utf-16", "utf-16-le", "cp850", "mac-roman"]
)
def test_each_encoding(made: Callable[..., Loaded], encoding: str) -> None:
    loaded = made(GOOD.encode(encoding))
    assert_good(loaded)
    assert loaded.report.encoding == encoding


def test_a_given_encoding_wins_and_is_checked(made: Callable[..., Loaded]) -> None:
    assert_good(made(GOOD.encode("cp1252"), encoding="cp1252"))
    with pytest.raises(ReadError, match=r"ligne 5 : l’octet .* n’est pas de l’encodage utf-8"):
        made(GOOD.encode("cp1252"), encoding="utf-8")
    with pytest.raises(ReadError, match="encodage « klingon » inconnu"):
        made(GOOD, encoding="klingon")


def test_a_stray_byte_in_utf8(made: Callable[..., Loaded]) -> None:
    body = "".join(f"3155{n};Créon-{n}é;ZIP\n" for n in range(10)).encode()
    loaded = made(b"code;commune;zonage\n" + body + "09122;Albiès;ZAC\n".encode("cp1252"))
    assert loaded.frame["commune"].tolist()[-1] == "Albiès"
    assert kinds(loaded)["encodage"] == 1


def test_accents_read_in_the_wrong_code_come_back(made: Callable[..., Loaded]) -> None:
    wrong = ["AlbiÃ¨s", "LâHÃ´pital", "Ã\xa0 voir", "Vic-le-FÃªte â€“ CÅ“ur"]
    loaded = made("code;commune\n" + "".join(f"0912{n};{w}\n" for n, w in enumerate(wrong)))
    names = loaded.frame["commune"].tolist()
    assert (names[0], names[2], names[3]) == ("Albiès", "à voir", "Vic-le-Fête – Cœur")
    lines = [line for line in loaded.report.lines if line.kind == "accents rétablis"]
    assert [line.row for line in lines] == [2, 3, 4, 5]
    assert "AlbiÃ¨s" in lines[0].detail


def test_accents_beyond_mending_are_refused_lost_ones_are_said(made: Callable[..., Loaded]) -> None:
    with pytest.raises(ReadError, match=r"liste.csv, ligne 2 : accents abîmés") as caught:
        made("code;commune\n09122;AlbiÃ?s\n31555;Toulouse\n")
    assert (caught.value.file, caught.value.line) == ("liste.csv", 2)
    assert "--encoding" in str(caught.value)
    assert kinds(made(GOOD.replace("é", "\ufffd")))["caractère perdu"] == 1


def test_formulas_of_text_are_counted(made: Callable[..., Loaded]) -> None:
    loaded = made('code;zonage\n="01004";ZIP\n="09122";ZAC\n')
    assert loaded.frame["code"].tolist() == ["01004", "09122"]
    assert any("2 cellules" in line.detail for line in loaded.report.lines)


def test_titles_blank_rows_units_and_notes(made: Callable[..., Loaded]) -> None:
    titles = "CartoSanté; ; \nZonage, par commune; ; \n;;\n"
    units = ";;en toutes lettres\n"
    notes = ";;\nSource : ARS Occitanie;;\n* sous réserve;;\n"
    loaded = made(titles + HEADER + "\n" + units + "\n".join(ROWS) + "\n" + notes)
    assert_good(loaded)
    assert kinds(loaded) == {
        "titre": 2, "ligne vide": 2, "en-tête": 1, "sous-en-tête": 1, "pied": 2,
    }  # fmt: skip
    assert loaded.frame.index.tolist() == [6, 7, 8, 9]
    assert loaded.report.lost == []


def test_more_titles_than_rows(made: Callable[..., Loaded]) -> None:
    loaded = made("ARS\nZonage\n2025\nListe\n\ncode;commune;zonage\n09122;Foix;ZIP\n")
    assert loaded.frame["zonage"].tolist() == ["ZIP"]
    assert kinds(loaded) == {"titre": 4, "en-tête": 1, "ligne vide": 1}


def test_padding_around_quotes(made: Callable[..., Loaded]) -> None:
    loaded = made('code; commune; zonage\n09122; "Foix; ville"; ZIP \n31555; "Toulouse"; ZAC\n')
    assert loaded.frame.iloc[0].tolist() == ["09122", "Foix; ville", "ZIP"]


def test_the_short_names_win_over_the_labels_above_them(made: Callable[..., Loaded]) -> None:
    loaded = made("Code Insee;Libellé;Classement\nCODGEO;LIBGEO;ZRR\n" + "\n".join(ROWS))
    assert list(loaded.frame.columns) == ["CODGEO", "LIBGEO", "ZRR"]
    assert "Code Insee" in str([line.detail for line in loaded.report.lines])


def test_two_levels_of_names_are_joined(made: Callable[..., Loaded]) -> None:
    loaded = made("Code;Nom;Zonage;\n;;2022;2025\n09122;Foix;ZIP;ZAC\n31555;Toulouse;ZAC;ZAC\n")
    assert list(loaded.frame.columns) == ["Code", "Nom", "Zonage 2022", "2025"]


def test_no_header(made: Callable[..., Loaded]) -> None:
    loaded = made("\n".join(ROWS))
    assert list(loaded.frame.columns) == ["colonne_1", "colonne_2", "colonne_3"]
    assert len(loaded.frame) == 4
    assert kinds(loaded) == {"sans en-tête": 1}


def test_a_list_of_codes_alone(made: Callable[..., Loaded]) -> None:
    loaded = made("INSEE\n09122\n31555\nSource : ARS\n", "codes.txt")
    assert loaded.frame["INSEE"].tolist() == ["09122", "31555"]
    assert kinds(loaded) == {"en-tête": 1, "pied": 1}


def test_a_list_of_names_alone(made: Callable[..., Loaded]) -> None:
    loaded = made("Liste ARS;\ncommune;zonage\nFoix;ZIP\nAlbi;ZAC\nCahors;ZAC\n")
    assert loaded.frame["commune"].tolist() == ["Foix", "Albi", "Cahors"]
    assert kinds(loaded) == {"titre": 1, "en-tête": 1}


def test_columns_without_name_or_content(made: Callable[..., Loaded]) -> None:
    loaded = made("code;;zonage;zonage;\n09122;x;ZIP;ZAC;\n31555;y;ZAC;ZIP;\n")
    assert list(loaded.frame.columns) == ["code", "colonne_2", "zonage", "zonage_2"]
    assert kinds(loaded) == {
        "colonne en double": 1, "colonne sans nom": 1, "colonne vide": 1, "en-tête": 1,
    }  # fmt: skip


def test_the_header_that_comes_back(made: Callable[..., Loaded]) -> None:
    loaded = made("\n".join((HEADER, *ROWS[:2], HEADER, *ROWS[2:])))
    assert_good(loaded)
    assert kinds(loaded)["en-tête répété"] == 1


def test_short_and_long_rows(made: Callable[..., Loaded]) -> None:
    more = "".join(f"310{n};x;ZAC\n" for n in range(10, 20))
    text = GOOD + "81004;Albi\n82121;Montauban;ZAC;;\n46042;Cahors;ville;ZIP\n"
    loaded = made(text + more)
    assert loaded.frame["zonage"].isna().tolist() == [False] * 4 + [True] + [False] * 11
    assert kinds(loaded) == {
        "en-tête": 1, "ligne courte": 1, "ligne longue": 1, "ligne trop longue": 1,
    }  # fmt: skip
    assert [line.row for line in loaded.report.lost] == [8]
    with pytest.raises(ReadError, match="ligne 8 : 1 ligne sur 7 de plus de 3 cellules"):
        made(text)


def test_quoted_newlines_count_lines_of_the_file(made: Callable[..., Loaded]) -> None:
    loaded = made('code,adresse\n09122,"1 rue\nX"\n31555,Y\n81004,Z\n')
    assert loaded.frame.index.tolist() == [2, 4, 5]
    assert loaded.frame["adresse"].tolist()[0] == "1 rue\nX"


def test_quotes_left_open_are_refused(made: Callable[..., Loaded]) -> None:
    with pytest.raises(ReadError, match="ligne 3 : guillemets mal fermés"):
        made('code;commune\n09122;Foix\n31555;"Toulouse\n81004;Albi\n')
    body = "".join(f"{n:05d};commune\n" for n in range(1001, 1200))
    with pytest.raises(ReadError, match=r"ligne 2 : .*un guillemet n’est pas refermé"):
        made('code;commune\n01000;"ouvert\n' + body + '01999;fermé"\n')


def test_nothing_to_read_is_refused(made: Callable[..., Loaded], tmp_path: Path) -> None:
    for text in ("", "  \n\n", ";;\n;;\n"):
        with pytest.raises(ReadError, match=r"liste.csv : (fichier vide|aucune ligne)"):
            made(text)
    with pytest.raises(ReadError, match="aucune ligne de données"):
        made(HEADER + "\n")
    with pytest.raises(ReadError, match="fichier introuvable"):
        read(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html><html>404</html>", "une page web"),
        (b"%PDF-1.7", "un PDF"),
        (b"PAR1xxxx", "Parquet"),
        (b'<?xml version="1.0"?><kml>', "KML"),
        (b"\x7fELF\x02\x01" + bytes(20) + b"\xff" * 60, "binaire"),
        (b'[{"code": "09122"}]', "n’est pas du GeoJSON"),
        (b'{"type": "FeatureCollection", "fea', "JSON abîmé"),
        (b"PK\x03\x04 coup\xe9", "archive zip illisible"),
        (b"\x1f\x8b\x08\x00cut", "gzip abîmée"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "classeur illisible"),
    ],
)
def test_what_is_not_read_says_so(made: Callable[..., Loaded], content: bytes, what: str) -> None:
    with pytest.raises(ReadError, match=what) as caught:
        made(content)
    assert isinstance(caught.value, InputError)


def test_options_that_mean_nothing_are_refused(made: Callable[..., Loaded]) -> None:
    for option in ("crs", "sheet", "layer"):
        with pytest.raises(ReadError, match=f"--{option} n’a pas de sens"):
            made(GOOD, **{option: "x"})


def test_compressed_tables(made: Callable[..., Loaded], tmp_path: Path) -> None:
    assert_good(made(gzip.compress(GOOD.encode()), "liste.csv.gz"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("d/liste.csv", GOOD)
        archive.writestr("d/lisezmoi.md", "bonjour")
    assert_good(read(tmp_path / "a.zip"))
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        archive.writestr("d/autre.csv", GOOD)
    with pytest.raises(ReadError, match=r"--layer : d/liste.csv, d/autre.csv"):
        read(tmp_path / "a.zip")
    assert read(tmp_path / "a.zip", layer="autre").report.title == "lecture de a.zip/d/autre.csv"


# Workbooks, made by hand: nothing here writes them.


def xlsx(path: Path, sheets: dict[str, Sheet], merged: str = "", hidden: str = "") -> Path:
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/"
    listed, links = "", ""
    with zipfile.ZipFile(path, "w") as book:
        for n, (name, rows) in enumerate(sheets.items(), start=1):
            state = ' state="hidden"' if name == hidden else ""
            listed += f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{state}/>'
            links += (
                f'<Relationship Id="r{n}" Type="{rel}/worksheet" Target="worksheets/s{n}.xml"/>'
            )
            body = ""
            for y, row in enumerate(rows, start=1):
                cells = "".join(
                    f'<c r="{"ABCDEFGH"[x]}{y}"><v>{value}</v></c>'
                    if isinstance(value, float)
                    else f'<c r="{"ABCDEFGH"[x]}{y}" t="inlineStr"><is><t>'
                    f"{escape(value)}</t></is></c>"
                    for x, value in enumerate(row)
                    if value is not None
                )
                body += f'<row r="{y}">{cells}</row>'
            spans = "".join(f'<mergeCell ref="{span}"/>' for span in merged.split())
            spans = f"<mergeCells>{spans}</mergeCells>" if spans else ""
            sheet = f"<worksheet {ns}><sheetData>{body}</sheetData>{spans}</worksheet>"
            book.writestr(f"xl/worksheets/s{n}.xml", sheet)
        head = f'<workbook {ns} xmlns:r="{rel}"><sheets>{listed}</sheets></workbook>'
        book.writestr("xl/workbook.xml", head)
        links = f'<Relationships xmlns="{package}relationships">{links}</Relationships>'
        book.writestr("xl/_rels/workbook.xml.rels", links)
        root = f'<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/>'
        root = f'<Relationships xmlns="{package}relationships">{root}</Relationships>'
        book.writestr("_rels/.rels", root)
        book.writestr("[Content_Types].xml", f'<Types xmlns="{package}content-types"/>')
    return path


def ods(path: Path, rows: Sheet) -> Path:
    urn = "urn:oasis:names:tc:opendocument:xmlns:"
    body = ""
    for row in rows:
        cells = "".join(
            f'<table:table-cell office:value-type="float" office:value="{value}"/>'
            if isinstance(value, float)
            else '<table:table-cell office:value-type="string"><text:p>'
            f"{escape(value or '')}</text:p></table:table-cell>"
            for value in row
        )
        body += f"<table:table-row>{cells}</table:table-row>"
    content = (
        f'<office:document-content xmlns:office="{urn}office:1.0" xmlns:table="{urn}table:1.0" '
        f'xmlns:text="{urn}text:1.0"><office:body><office:spreadsheet><table:table '
        f'table:name="Liste">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def xls(path: Path, rows: Sheet) -> Path:
    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    name = b"Liste"
    bound = struct.pack("<IBB", 0, 0, 0) + bytes([len(name), 0]) + name
    start = len(record(0x809, bytes(16)) + record(0x85, bound) + record(0x0A, b""))
    bound = struct.pack("<I", start) + bound[4:]
    stream = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    stream += record(0x85, bound) + record(0x0A, b"")
    stream += record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            at = struct.pack("<HHH", y, x, 0)
            if isinstance(value, float):
                stream += record(0x203, at + struct.pack("<d", value))
            elif value is not None:
                text = value.encode("utf-16-le")
                stream += record(0x204, at + struct.pack("<HB", len(value), 1) + text)
    stream += record(0x0A, b"")
    stream = stream.ljust(-(-max(len(stream), 4096) // 512) * 512, b"\0")
    sectors = len(stream) // 512
    fat = [-3, -2, *range(3, 2 + sectors), -2]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIiIiI", 0x3E, 3, -2 & 0xFFFF, 9, 6, 0, 1, 1, 0, 4096, -2, 0, -2, 0
    )
    header += struct.pack("<i", 0) + b"\xff" * (108 * 4)

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        raw = (title + "\0").encode("utf-16-le")
        links = struct.pack("<HBBiii", len(raw), kind, 1, -1, -1, child)
        return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<iQ", first, size)

    tree = entry("Root Entry", 5, 1, -2, 0) + entry("Workbook", 2, -1, 2, len(stream)) + bytes(256)
    table = struct.pack(f"<{len(fat)}i", *fat).ljust(512, b"\xff")
    path.write_bytes(header + table + tree + stream)
    return path


SHEET: Sheet = [
    ["code", "commune", "zonage"],
    ["09122", "Foix", "ZIP"],
    [1004.0, "Ambérieu", "ZAC"],
    ["31555", "Toulouse", "ZAC"],
]


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_each_kind_of_workbook(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"liste.{kind}"
    if kind == "xlsx":
        xlsx(path, {"Liste": SHEET})
    else:
        {"ods": ods, "xls": xls}[kind](path, SHEET)
    path = path.rename(tmp_path / "sans_extension")  # told by content
    loaded = read(path)
    assert loaded.frame["code"].tolist() == ["09122", "1004", "31555"]
    assert loaded.frame["commune"].tolist() == ["Foix", "Ambérieu", "Toulouse"]
    assert loaded.report.sheet == "Liste"
    assert loaded.report.is_accounted


def test_merged_cells_are_filled_titles_are_not(tmp_path: Path) -> None:
    rows: Sheet = [
        ["Zonage de l’Ariège", None, None, None],
        [None, None, None, None],
        ["Code", "Secteur", "Zonage", None],
        [None, None, "2022", "2025"],
        ["09122", "Foix", "ZIP", "ZAC"],
        ["09001", None, "ZAC", "ZAC"],
        ["09002", None, None, "ZAC"],
    ]
    path = xlsx(tmp_path / "m.xlsx", {"F": rows}, "A1:D2 C3:D3 A3:A4 B3:B4 B5:B6")
    loaded = read(path)
    assert list(loaded.frame.columns) == ["Code", "Secteur", "Zonage 2022", "Zonage 2025"]
    assert loaded.frame["Secteur"].fillna("").tolist() == ["Foix", "Foix", ""]
    assert loaded.frame["Zonage 2022"].isna().tolist() == [False, False, True]
    filled = [line.row for line in loaded.report.lines if line.kind == "cellule fusionnée"]
    assert (filled, kinds(loaded)["titre"]) == ([6], 1)


def test_which_sheet(tmp_path: Path) -> None:
    notice: Sheet = [["Notice"], ["Ce classeur donne le zonage."]]
    two = {"Notice": notice, "2024": SHEET, "2025": SHEET}
    path = xlsx(tmp_path / "z.xlsx", two)
    with pytest.raises(ReadError, match=r"« 2024 » \(3 lignes\), « 2025 » \(3 lignes\).*--sheet"):
        read(path)
    assert read(path, sheet="2025").report.sheet == "2025"
    with pytest.raises(ReadError, match=r"pas de feuille « 2026 »\. Feuilles : Notice, 2024"):
        read(path, sheet="2026")
    loaded = read(xlsx(tmp_path / "h.xlsx", two, hidden="2024"))
    assert loaded.report.sheet == "2025"
    assert any("Notice" in line.detail for line in loaded.report.lines if line.kind == "feuille")


cell = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(cell, max_size=5), min_size=1, max_size=12), st.sampled_from(";,\t|"))
def test_no_row_is_ever_lost_in_silence(rows: list[list[str]], mark: str) -> None:
    text = "\n".join(mark.join(row) for row in rows)
    try:
        frame, report = read_text(text.encode(), "x.csv")
    except ReadError:
        return
    assert report.is_accounted
    assert report.rows_kept == len(frame)
    assert not {line.row for line in report.dropped} & set(frame.index)

"""Delimited text, a chunk of lines at a time: every cell as it is in the file."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

import pandas as pd

from zonage_geo.batch.model import Asked, Chunk, Input
from zonage_geo.readers import ReadError
from zonage_geo.readers.delimited import LONGEST_CELL, LONGEST_RECORD, find_delimiter
from zonage_geo.readers.encodings import decode, guess_bytes, is_known
from zonage_geo.readers.source import Source
from zonage_geo.unpacking import cells_up_to

__all__ = ["open_text"]

_BLOCK = 1 << 20
_SAMPLE = 1 << 18
_HEAD = 4000
_ONE_COLUMN = "\x1f"
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BAD = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(128, 256)}
"""Bytes that are no UTF-8 in a file that is, as `readers.encodings` reads them."""

Opener = Callable[[], BinaryIO]


class _Encoding(NamedTuple):
    """How bytes read, and how many lines they are."""

    name: str
    lines: int
    mixed: bool = False
    note: str = ""


def open_text(source: Source, asked: Asked) -> Input:
    """Open delimited text.

    Parameters
    ----------
    source : Source
        The file; compressed too.
    asked : Asked
        Its encoding, where it is known; rows at a time.

    Returns
    -------
    Input
        Columns of text, empty where a cell is.

    Raises
    ------
    ReadError
        If it cannot be read for certain.
    """
    opener = _opener(source)
    encoding = _encoding(opener, asked.encoding, source.name)
    with opener() as stream:
        head = stream.read(_SAMPLE)
    sample = head.decode(encoding.name, "replace").removeprefix("\ufeff")
    delimiter = find_delimiter(sample)
    with _lines(opener, encoding) as lines, cells_up_to(LONGEST_CELL):
        names, _ = _header(_records(lines, delimiter, source.name), source.name)
    columns = _distinct(names)
    notes = [encoding.note] if encoding.note else []
    notes += [f"colonne « {old} » en double ou sans nom : appelée « {new} »."
              for old, new in zip(names, columns, strict=True) if old != new]  # fmt: skip

    def chunks() -> Iterator[Chunk]:
        with _lines(opener, encoding) as lines:
            records = _records(lines, delimiter, source.name)
            rows = _fitted(records, len(columns), source.name)

            def some() -> pd.DataFrame:
                with cells_up_to(LONGEST_CELL):
                    block = list(islice(rows, asked.chunk))
                return pd.DataFrame(block, columns=list(columns), dtype=object)

            with cells_up_to(LONGEST_CELL):
                _header(records, source.name)
            yield Chunk(some())  # its columns, where it has no row
            while len(block := some()):
                yield Chunk(block)

    return Input(
        name=source.name,
        columns=tuple(columns),
        chunks=chunks,
        rows=encoding.lines,
        delimiter=delimiter or ";",
        newline="\r\n" if "\r\n" in sample else "\n",
        mark=codecs.lookup(encoding.name).name != "utf-8",
        notes=tuple(notes),
    )


def _opener(source: Source) -> Opener:
    """Give the way to the file's bytes, decompressed as they are read."""
    if source.member is not None:
        member = source.member

        def in_zip() -> BinaryIO:
            with zipfile.ZipFile(source.path) as archive:
                return archive.open(member)  # type: ignore[return-value]  # stays open by itself

        return in_zip
    if source.packed:
        return lambda: gzip.open(source.path)  # type: ignore[return-value]
    return lambda: source.path.open("rb")


def _encoding(opener: Opener, given: str | None, file: str) -> _Encoding:
    """Tell the encoding from the whole of the file, which is not kept."""
    if given is not None and not is_known(given):
        raise ReadError(file, f"encodage « {given} » inconnu", "Essayez utf-8 ou cp1252.")
    try:
        head, lines, high = _surveyed(opener)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ReadError(
            file, f"fichier abîmé ou incomplet ({error})", "Téléchargez-le de nouveau."
        ) from error
    if given is not None:
        return _Encoding(given, lines)
    if head.startswith(_MARKS) or b"\x00" in head:
        try:
            found = decode(head[: len(head) - len(head) % 4])
        except UnicodeDecodeError as error:
            raise ReadError(
                file,
                f"fichier binaire, ou dont l’encodage n’est pas {error.encoding}",
                "Formats lus : CSV, Parquet, GeoPackage, shapefile, GeoJSON, classeurs ; "
                "d’un texte, donnez l’encodage (--encoding).",
            ) from error
        return _Encoding(found.encoding, lines, note=found.note)
    if not high:
        return _Encoding("utf-8", lines)
    guess = guess_bytes(high)
    if guess.name != "utf-8":
        return _Encoding(guess.name, lines, note=f"encodage reconnu à ses accents : {guess.told}.")
    note = "UTF-8 mêlé d’octets d’un autre encodage, lus en cp1252."
    return _Encoding("utf-8", lines, mixed=True, note=note)


def _surveyed(opener: Opener) -> tuple[bytes, int, bytes]:
    """Read all of a file: its start, how many lines, and a sample if it is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    head, lines, high, is_utf8 = b"", 0, bytearray(), True
    with opener() as stream:
        while block := stream.read(_BLOCK):
            head = head or block[:_HEAD]
            lines += block.count(b"\n")
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
            if not is_utf8 and len(high) < _BLOCK:
                high += block
    return head, lines, bytes(high)


class _lines:  # noqa: N801  (a context manager)
    """The lines of a file as text, whatever their ends."""

    def __init__(self, opener: Opener, encoding: _Encoding) -> None:
        errors = "surrogateescape" if encoding.mixed else "strict"
        name = "utf-8-sig" if encoding.name.replace("-", "") == "utf8" else encoding.name
        self._text = io.TextIOWrapper(opener(), name, errors, newline="")
        self._mixed = encoding.mixed

    def __enter__(self) -> Iterator[str]:
        if self._mixed:
            return (line.translate(_BAD) for line in self._text)
        return iter(self._text)

    def __exit__(self, *_: object) -> None:
        self._text.close()


def _records(
    lines: Iterable[str], delimiter: str | None, file: str
) -> Iterator[tuple[int, list[str]]]:
    """Cut lines into records that are not blank: the line where each starts, and its cells."""
    reader = csv.reader(lines, delimiter=delimiter or _ONE_COLUMN, strict=True)
    start = 1
    try:
        for cells in reader:
            if reader.line_num - start >= LONGEST_RECORD:
                raise ReadError(
                    file,
                    f"une cellule entre guillemets s’étend jusqu’à la ligne {reader.line_num} : "
                    "un guillemet n’est pas refermé",
                    "Doublez les guillemets qui font partie d’une valeur, ou retirez-les.",
                    line=start,
                )
            if cells:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise ReadError(
            file,
            "une cellule est démesurée" if "limit" in str(error) else "guillemets mal fermés",
            "Doublez les guillemets qui font partie d’une valeur, ou retirez-les.",
            line=start,
        ) from error
    except UnicodeDecodeError as error:
        raise ReadError(
            file,
            f"un octet n’est pas de l’encodage {error.encoding}",
            "Ne précisez pas l’encodage, il sera reconnu ; ou donnez le bon (--encoding).",
            line=start,
        ) from error


def _header(records: Iterator[tuple[int, list[str]]], file: str) -> tuple[list[str], int]:
    """Take the names of the columns: the first line, but for the ``sep=`` of a spreadsheet."""
    for line, cells in records:
        if line == 1 and "".join(cells).lower().startswith("sep="):
            continue
        return cells, line
    raise ReadError(file, "fichier vide", "Téléchargez-le de nouveau.")


def _distinct(names: list[str]) -> list[str]:
    """Give each column a name of its own."""
    out: list[str] = []
    for rank, name in enumerate(names, start=1):
        base = name if name.strip() else f"colonne_{rank}"
        new, times = base, 1
        while new in out:
            times += 1
            new = f"{base}_{times}"
        out.append(new)
    return out


def _fitted(records: Iterator[tuple[int, list[str]]], width: int, file: str) -> Iterator[list[str]]:
    """Give every row as many cells as there are columns; refuse those that have more."""
    for line, cells in records:
        if len(cells) < width:
            yield cells + [""] * (width - len(cells))
        elif len(cells) == width:
            yield cells
        elif any(cells[width:]):
            raise ReadError(
                file,
                f"{len(cells)} cellules au lieu de {width}",
                "Mettez entre guillemets les valeurs qui contiennent le séparateur.",
                line=line,
            )
        else:
            yield cells[:width]

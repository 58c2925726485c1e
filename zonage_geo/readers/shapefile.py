"""Whether the files of a shapefile go together, and which encoding its text is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonage_geo.readers.cells import counted
from zonage_geo.readers.encodings import Guess, guess_bytes, is_known
from zonage_geo.readers.errors import ReadError

if TYPE_CHECKING:
    from zonage_geo.readers.loaded import ReadReport
    from zonage_geo.readers.source import Source

__all__ = ["shapefile_encoding"]

_DBF_ROWS, _DBF_HEADER, _DBF_WIDTH = slice(4, 8), slice(8, 10), slice(10, 12)
_DBF_FIELDS = 33
_SHX_HEADER, _SHX_RECORD = 100, 8
_SHP_LENGTH = slice(24, 28)
_CPG_NAMES = {"1252": "cp1252", "ANSI 1252": "cp1252", "88591": "latin-1", "8859-1": "latin-1"}
_CPG_NAMES |= {"ISO 88591": "latin-1", "65001": "utf-8", "850": "cp850"}


def shapefile_encoding(source: Source, given: str | None, report: ReadReport) -> str:
    """Choose the encoding of a shapefile's text; say which of its files are missing.

    Parameters
    ----------
    source : Source
        The ``.shp``.
    given : str or None
        As the user says, who wins.
    report : ReadReport
        Gets the lines.

    Returns
    -------
    str
        Name of the encoding.

    Raises
    ------
    ReadError
        If the shapefile is not whole.
    """
    if given is not None and not is_known(given):
        raise ReadError(source.name, f"encodage « {given} » inconnu", "Essayez utf-8 ou cp1252.")
    parts = {suffix: source.sibling(suffix) for suffix in (".dbf", ".shx", ".cpg")}
    missing = [suffix for suffix in (".dbf", ".shx") if parts[suffix] is None]
    if missing:
        raise ReadError(
            source.name,
            f"shapefile incomplet : {' et '.join(missing)} absent{'s' if missing[1:] else ''}",
            "Mettez ensemble les fichiers .shp, .shx, .dbf et .prj.",
        )
    shapes = source.data()
    length = 2 * int.from_bytes(shapes[_SHP_LENGTH], "big")
    if length > len(shapes):
        raise ReadError(
            source.name,
            f"fichier coupé : {len(shapes)} octets au lieu de {length}",
            "Demandez-le ou téléchargez-le de nouveau.",
        )
    table, index, cpg = parts[".dbf"], parts[".shx"], parts[".cpg"]
    assert table is not None  # noqa: S101 (told above)
    assert index is not None  # noqa: S101
    data = table.data()
    _check_records(data, index.data(), source.name)
    text = data[int.from_bytes(data[_DBF_HEADER], "little") :]
    if given is not None:
        return given
    guess = guess_bytes(text)
    if cpg is None:
        said = f"pas de .cpg : encodage reconnu aux octets du .dbf, {guess.told}."
        if not text.isascii():
            report.add(None, guess.name, "encodage", said)
        return guess.name
    declared = cpg.data().decode("latin-1").strip()
    named = _CPG_NAMES.get(declared.upper(), declared)
    if not is_known(named):
        said = f"le .cpg annonce {declared}, inconnu : lu en {guess.told}."
        report.add(None, declared, "encodage", said)
        return guess.name
    if text.isascii() or _fits(text, named, guess):
        return named
    said = f"le .cpg annonce {declared}, dont le .dbf n’a pas les octets : lu en {guess.told}."
    report.add(None, guess.name, "encodage", said)
    return guess.name


def _check_records(table: bytes, index: bytes, file: str) -> None:
    """Refuse attributes that are not those of the shapes: GDAL would drop the ones without."""
    rows = int.from_bytes(table[_DBF_ROWS], "little")
    start, width = (int.from_bytes(table[part], "little") for part in (_DBF_HEADER, _DBF_WIDTH))
    shapes = max(0, len(index) - _SHX_HEADER) // _SHX_RECORD
    if start <= _DBF_FIELDS or not width or len(table) < start + rows * width:
        problem = "le .dbf est abîmé ou coupé"
    elif rows != shapes:
        problem = f"le .dbf a {counted(rows, 'ligne')} et le .shx {counted(shapes, 'objet')}"
    else:
        return
    raise ReadError(file, problem, "Redemandez les fichiers, qui vont ensemble.")


def _fits(text: bytes, declared: str, guess: Guess) -> bool:
    """Tell whether the declared encoding reads the bytes as well as the guessed one."""
    if "utf-8" in {guess.name, declared.casefold().replace("utf8", "utf-8")}:
        return declared.casefold().replace("utf8", "utf-8") == guess.name
    high = bytes(byte for byte in text if byte >= 0x80)
    try:
        return not guess.sure or high.decode(declared) == high.decode(guess.name)
    except UnicodeDecodeError:
        return False

"""A column brought to INSEE codes, each repair said, nothing dropped in silence."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator
from typing import NamedTuple

import pandas as pd

from zonage_geo.readers.cells import as_text, clean, counted
from zonage_geo.readers.columns import is_named
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.known import known
from zonage_geo.readers.loaded import Loaded, ReadReport
from zonage_geo.readers.zeros import Zeros, zeros_of
from zonage_geo.territory.calendar import calendar
from zonage_geo.territory.timeline import vintage

__all__ = [
    "SENTINELS",
    "Parsed",
    "cell_texts",
    "doubt_zeros",
    "drop_sentinels",
    "parse_codes",
    "to_codes",
]

SENTINELS = frozenset({"-1", "0", "00000", "99999"})
"""Numbers that lists put where there is nothing."""
_NOTHING = frozenset({"", "-", "na", "n/a", "nd", "nr", "nc", "null", "none", "nan", "#n/a", "?"})
_CODE = re.compile(r"\A(?:\d{5}|2[AB]\d{3})\Z")
_BETWEEN = re.compile(r"[\s,;/|+&]+|\bet\b", re.IGNORECASE)
_AROUND = "[]()\"'«»{} \u00a0"
_SPACED = re.compile(r"\A(\d{1,2}|2[AB])[ \u00a0\u202f](\d{3})\Z")
_DECIMAL = re.compile(r"\A(\d{4,5})[.,]0+\Z")
_COLLECTIVITES = ("975", "977", "978", "984", "986", "987", "988", "989")
_RESTORED = "zéro rétabli"
_DOUBTFUL = "zéro douteux"
MIN_KNOWN = 0.5
"""A column of which fewer than half the values are codes is no column of codes."""


class Parsed(NamedTuple):
    """What a cell says.

    Attributes
    ----------
    codes : tuple of str
        INSEE codes, each once; none where the cell holds none.
    notes : tuple of tuple
        Kind and French sentence of each thing done to it.
    kind, problem : str
        ``sans code`` or ``code illisible``, and a French sentence, where it holds no code
        or something else beside; else empty.
    restored : tuple of str
        Those of the codes that had four digits: a zero was put before them.
    """

    codes: tuple[str, ...]
    notes: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    problem: str = ""
    restored: tuple[str, ...] = ()


_EMPTY = Parsed((), kind="sans code", problem="la cellule est vide.")


def parse_codes(text: str) -> Parsed:
    """Read the commune codes of a cell.

    Parameters
    ----------
    text : str
        ``1004``, ``2a004``, ``13055, 13070``.

    Returns
    -------
    Parsed
        The codes, and what was done to them.
    """
    bare = clean(text).strip(_AROUND)
    if bare in SENTINELS:
        return Parsed((), kind="sans code", problem=f"« {bare} » tient lieu de code absent.")
    if _CODE.match(bare):
        return Parsed((bare,))
    if bare.casefold() in _NOTHING:
        return _EMPTY
    spaced = _SPACED.match(bare.upper())
    parts = [f"{spaced[1]}{spaced[2]}"] if spaced else _BETWEEN.split(bare)
    if _DECIMAL.match(bare):  # 31555,0: the comma separates nothing
        parts = [bare]
    codes: dict[str, None] = {}
    restored = []
    notes = [("espace retirée", f"« {bare} » lu {parts[0]}.")] if spaced else []
    for part in parts:
        one = part.strip(_AROUND)
        if not one:
            continue
        code, note = _one(one)
        if code is None:
            said = f"« {one} » n’est pas un code commune."
            return Parsed((), kind="code illisible", problem=said)
        notes += [note] if note else []
        restored += [code] if note and note[0] == _RESTORED else []
        codes[code] = None
    if len(codes) > 1:
        notes.append(("plusieurs codes", f"« {bare} » : une ligne par commune."))
    return Parsed(tuple(codes), tuple(notes), restored=tuple(restored)) if codes else _EMPTY


def _one(text: str) -> tuple[str | None, tuple[str, str] | None]:
    """Read one code, and say what was done to it."""
    decimal = _DECIMAL.match(text)
    bare = decimal[1] if decimal else text
    code = bare.upper()
    if len(code) == 4 and code.isdigit():
        return f"0{code}", (_RESTORED, f"« {text} » lu 0{code}.")
    if not _CODE.match(code):
        return None, None
    if code != bare:
        return code, ("lettre corse", f"« {text} » lu {code}.")
    return code, ("décimale retirée", f"« {text} » lu {code}.") if decimal else None


def to_codes(
    frame: pd.DataFrame,
    column: str,
    *,
    year: int | None = None,
    parents: bool = False,
    file: str = "le tableau",
) -> Loaded:
    """Bring a column to INSEE codes, one row a code.

    A code on four digits gets its zero where the column lost its zeros, or the row names its
    commune; else it may be a code cut short, and its row is dropped. See `zeros`.

    Parameters
    ----------
    frame : DataFrame
        As ``read`` gives it.
    column : str
        The column of codes.
    year : int, optional
        Vintage of the list, where it is known: a code of a déléguée is then told from that
        of a commune of another time.
    parents : bool, optional
        Give a déléguée or associée the code of its commune.
    file : str, optional
        For messages.

    Returns
    -------
    Loaded
        The rows that have a code, in ``column`` and with the index as they came (repeated
        where a cell held several), and the account of each.

    Raises
    ------
    ReadError
        If fewer than half of the cells hold codes of communes.
    """
    report = ReadReport(f"codes commune de {file}, colonne {column}", len(frame))
    at: list[int] = []
    codes: list[str] = []
    ever, filled, good = known().ever, 0, 0
    for position, (row, text, parsed) in enumerate(_parsed(frame, column)):
        filled += bool(text) and parsed.kind != _DOUBTFUL
        if not parsed.codes:
            report.drop(row, text, parsed.kind, parsed.problem, lost=True)
            continue
        report.rows_kept += 1
        for kind, said in parsed.notes:
            report.add(row, ", ".join(parsed.codes), kind, said)
        good += all(code in ever for code in parsed.codes)
        settled = [_settled(c, row, year, report, parents=parents) for c in parsed.codes]
        distinct = list(dict.fromkeys(settled))
        at += [position] * len(distinct)
        codes += distinct
    if not good or good < MIN_KNOWN * filled:
        raise ReadError(
            file,
            f"des codes commune dans {counted(good, 'cellule')} seulement sur {filled}",
            "Sont-ce des codes postaux ? Nommez alors --column code_postal=… et nom=…",
            field=column,
        )
    out = frame.iloc[at].copy()
    out[column] = pd.array(codes, dtype="string")
    report.rows_out = len(out)
    return Loaded(out, report)


def _parsed(frame: pd.DataFrame, column: str) -> Iterator[tuple[Hashable, str, Parsed]]:
    """Give the label, the text and the codes of each cell, doubtful zeros told."""
    cells, noms = cell_texts(frame[column]), _names_beside(frame, column)
    zeros = zeros_of(cells, noms)
    for position, (row, text) in enumerate(zip(frame.index, cells, strict=True)):
        parsed = parse_codes(text)
        nom = noms[position] if noms and len(parsed.codes) == 1 else ""
        yield row, text, _doubted(parsed, zeros, nom)


def doubt_zeros(loaded: Loaded, column: str) -> None:
    """Tell of the codes that `to_codes` would not take, for their zero is doubtful.

    Parameters
    ----------
    loaded : Loaded
        As ``read`` gives it; its report gets a line for each.
    column : str
        The column of codes.
    """
    for row, text, parsed in _parsed(loaded.frame, column):
        if parsed.kind == _DOUBTFUL:
            loaded.report.add(row, text, _DOUBTFUL, parsed.problem)


def cell_texts(column: pd.Series) -> list[str]:
    """Give the cells of a column as text.

    Parameters
    ----------
    column : Series
        Of any type.

    Returns
    -------
    list of str
        Empty where there is nothing.
    """
    return ["" if pd.api.types.is_scalar(v) and pd.isna(v) else as_text(v) for v in column]


def _names_beside(frame: pd.DataFrame, column: str) -> list[str] | None:
    """Give the names of communes of the rows, where a column is called so."""
    named = (name for name in frame.columns if name != column and is_named(str(name), "nom"))
    beside = next(named, None)
    return None if beside is None else cell_texts(frame[beside])


def _doubted(parsed: Parsed, zeros: Zeros, nom: str) -> Parsed:
    """Take the codes from a cell whose four digits may be those of a code cut short."""
    for code in parsed.restored:
        if why := zeros.doubt(code[1:], nom):
            return Parsed((), kind=_DOUBTFUL, problem=why)
    return parsed


def _settled(
    code: str, row: Hashable, year: int | None, report: ReadReport, *, parents: bool
) -> str:
    """Say what a well-formed code is, and give the code to keep."""
    facts = known()
    communes = facts.communes if year is None else calendar().valid(vintage(year))
    if code in communes or code in facts.arrondissements:
        return code
    parent = facts.parts.get(code)
    if parent is not None:
        kept = parent if parents else code
        said = f"partie de la commune {parent}" + (", à qui elle est portée." if parents else ".")
        report.add(row, code, "commune déléguée", said)
        return kept
    kind = "code inconnu"
    if code in facts.communes:
        said = f"n’était pas un code commune au 1er janvier {year}."
    elif code.startswith(_COLLECTIVITES):
        kind, said = "collectivité", "d’une collectivité d’outre-mer, hors des communes suivies."
    else:
        said = "n’a été le code d’aucune commune depuis 2014."
    report.add(row, code, kind, said)
    return code


def drop_sentinels(
    frame: pd.DataFrame,
    column: str,
    sentinels: Collection[str] = SENTINELS,
    *,
    file: str = "le tableau",
) -> Loaded:
    """Drop the rows whose value says that there is none.

    Parameters
    ----------
    frame : DataFrame
        As ``read`` gives it.
    column : str
        Sector, class or zone.
    sentinels : collection of str, optional
        What stands for nothing, beside empty cells.
    file : str, optional
        For messages.

    Returns
    -------
    Loaded
        The other rows, and a line for each of those.
    """
    report = ReadReport(f"valeurs de {file}, colonne {column}", len(frame))
    keep = []
    for row, value in zip(frame.index, frame[column], strict=True):
        text = "" if pd.api.types.is_scalar(value) and pd.isna(value) else as_text(value)
        keep.append(bool(text) and text not in sentinels)
        if not text:
            report.drop(row, "", "sans valeur", "la cellule est vide.")
        elif not keep[-1]:
            report.drop(row, text, "sentinelle", f"« {text} » tient lieu de valeur absente.")
    out = frame[keep]
    report.rows_kept = report.rows_out = len(out)
    return Loaded(out, report)

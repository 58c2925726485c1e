"""Commune codes for rows that have a postal code and a name, on evidence alone.

Neither is enough: a postal code serves many communes, names repeat inside a département,
and some are older than the codes. A row is given a code only where one is left:

1. *code postal*: of the communes that the reference gives for that postal code, the one
   that bears the name, or bore it since 2014;
2. *nom*: failing that, the one commune of the département that does. Where the list
   follows the order of the codes, the code must fit between those of the rows around, which
   also tells homonyms apart.

A name of another time leads to the vintage wanted by changes of code alone, and never by a
code that another commune has taken since; where the commune was split and nobody bears the
name any more, to the part that kept the code, which is said. Whatever remains is reported
with the codes it could be, and never guessed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import pandas as pd

from zonage_geo.readers.cells import as_text, clean
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.known import Bearer, Bearers, bearers, known
from zonage_geo.readers.loaded import Loaded, ReadReport
from zonage_geo.readers.names import fold, loose
from zonage_geo.territory.calendar import LAST_YEAR
from zonage_geo.territory.codes import departement_of

__all__ = ["Postal", "postal_code", "resolve"]

Postal = dict[str, frozenset[str]]
"""Postal code to the codes of its communes."""

_POSTAL = re.compile(r"\A(\d{4,5})(?:\.0+)?\Z")
_CORSICA = ("2A", "2B")
_SPLIT = 2


class _Options(NamedTuple):
    """The communes that a row may be, and the rule that found them."""

    rule: str
    bearers: tuple[Bearer, ...]


def postal_code(text: str) -> str | None:
    """Read a postal code.

    Parameters
    ----------
    text : str
        ``1400``, ``31059 CEDEX 9``.

    Returns
    -------
    str or None
        Five digits; None where it is none.
    """
    found = _POSTAL.match(re.sub(r"(?i)\s*cedex.*\Z", "", clean(text)).replace(" ", ""))
    return None if found is None else found[1].zfill(5)


def resolve(
    names: pd.Series,
    postcodes: pd.Series,
    reference: pd.DataFrame,
    *,
    year: int = LAST_YEAR,
    ordered: bool | None = None,
) -> Loaded:
    """Find the INSEE codes of communes given by postal code and name.

    Parameters
    ----------
    names, postcodes : Series
        Of the same index; names in any typography, postal codes with or without zero.
    reference : DataFrame
        Columns ``code_postal`` and ``code`` (INSEE), of any vintage since 2014.
    year : int, optional
        Vintage of the codes wanted.
    ordered : bool, optional
        Whether the list follows the order of the codes; seen from the rows themselves
        where it is not given.

    Returns
    -------
    Loaded
        Columns ``code`` (missing where none is certain), ``regle`` and ``possibles``, one
        row an input row, and the account of each: ``rows_kept`` are those with a code.

    Raises
    ------
    ReadError
        If the reference lacks a column, or ``ordered`` is true and the list is not.
    """
    report = ReadReport(f"codes retrouvés par code postal et nom (COG {year})", len(names))
    postal, who = _index(reference), bearers(year)
    rows = [
        (row, postal_code(as_text(post)) if not pd.isna(post) else None, as_text(nom))
        for row, post, nom in zip(names.index, postcodes, names.fillna(""), strict=True)
    ]
    _tell_postal(rows, postcodes, report)
    options = [_options(post, nom, postal, who) for _, post, nom in rows]
    anchors = [
        (rank, found[0].origin)
        for rank, (rule, found) in enumerate(options)
        if rule == "code postal" and len(found) == 1
    ]
    in_order = [code for _, code in anchors] == sorted(code for _, code in anchors)
    if ordered and not in_order:
        raise ReadError(
            "le tableau", "la liste ne suit pas l’ordre des codes", "N’en tirez pas argument."
        )
    between = anchors if in_order and ordered is not False and len(anchors) > 2 else []
    out = [
        _settle(row, option, _squeezed(rank, option, between), report)
        for rank, (row, option) in enumerate(zip(rows, options, strict=True))
    ]
    report.rows_out = len(out)
    frame = pd.DataFrame(out, columns=["code", "regle", "possibles"], index=names.index)
    return Loaded(frame.astype("string"), report)


def _index(reference: pd.DataFrame) -> Postal:
    for name in ("code_postal", "code"):
        if name not in reference.columns:
            columns = ", ".join(map(str, reference.columns))
            raise ReadError(
                "la référence postale",
                f"pas de colonne « {name} »",
                f"Colonnes : {columns}.",
                field=name,
            )
    found: dict[str, set[str]] = {}
    pairs = reference[["code_postal", "code"]].dropna().drop_duplicates()
    for post, code in zip(pairs["code_postal"], pairs["code"], strict=True):
        found.setdefault(str(post).zfill(5), set()).add(str(code))
    return {post: frozenset(codes) for post, codes in found.items()}


def _tell_postal(
    rows: Sequence[tuple[Hashable, str | None, str]], postcodes: pd.Series, report: ReadReport
) -> None:
    for (row, post, _), value in zip(rows, postcodes, strict=True):
        text = "" if pd.isna(value) else clean(as_text(value))
        if post is not None and post != text:
            kind = "CEDEX" if "cedex" in text.casefold() else "zéro rétabli"
            report.add(row, post, kind, f"« {text} » lu {post}.")


def _options(post: str | None, nom: str, postal: Postal, who: Bearers) -> _Options:
    """Name the communes that a row may be."""
    name = fold(nom)
    if post is None or not name:
        return _Options("", ())
    short = loose(name)
    near = [one for code in sorted(postal.get(post, ())) for one in who.of_code.get(code, ())]
    here = [one for one in near if one.name == name]
    here = here or [one for one in near if loose(one.name) == short]
    departements = _CORSICA if post.startswith("20") else (departement_of(post),)
    # INSEE lets no two communes of a département have one name, the article included.
    named = [one for dep in departements for one in who.of_name.get((dep, short), ())]
    around = [one for one in named if one.name == name] if name != short else named
    around = around or named
    for rule, found in (("code postal", here), ("nom", around)):
        sure = [one for one in found if one.rank < _SPLIT]
        if sure:
            return _Options(rule, _each_once(sure))
    return _Options("code postal" if here else "nom", _each_once(here or around))


def _each_once(found: Sequence[Bearer]) -> tuple[Bearer, ...]:
    """Keep one bearer a commune: under the name that it bears now, where that is among them."""
    by_rank = sorted(found, key=lambda one: -one.rank)
    return tuple({bearer.final: bearer for bearer in by_rank}.values())


def _squeezed(
    rank: int, option: _Options, anchors: Sequence[tuple[int, str]]
) -> tuple[Bearer, ...]:
    """Keep the communes whose code fits between the sure ones of the rows around."""
    if not anchors or (option.rule == "code postal" and len(option.bearers) == 1):
        return option.bearers
    after = bisect_left(anchors, (rank,))
    low = anchors[after - 1][1] if after else ""
    high = anchors[after][1] if after < len(anchors) else "~"
    return tuple(one for one in option.bearers if low <= one.origin <= high)


def _settle(
    row: tuple[Hashable, str | None, str],
    option: _Options,
    left: tuple[Bearer, ...],
    report: ReadReport,
) -> tuple[str | None, str | None, str]:
    """Give a row its code, or say why it has none."""
    label, post, nom = row
    said = f"{post or '(sans code postal)'} {nom or '(sans nom)'}"
    if len(left) == 1:
        (one,) = left
        report.rows_kept += 1
        if option.rule == "nom":
            detail = f"{said} : la seule du département, mais pas à ce code postal."
            report.add(label, one.final, "par le nom", detail)
        if one.rank == _SPLIT:
            detail = f"{said} : scindée depuis ; {one.final} n’en est plus qu’une partie."
            report.add(label, one.final, "scission", detail)
        elif one.rank:
            detail = f"{said} : nom ou code d’un autre millésime de {one.final}."
            report.add(label, one.final, "ancien nom", detail)
        return one.final, option.rule, one.final
    possible = sorted(one.final for one in left or option.bearers)
    if left:
        kind, detail = "ambigu", f"{said} : peut être {' ou '.join(possible)}."
    elif option.bearers:
        told = " ou ".join(possible)
        kind, detail = "hors d’ordre", f"{said} : {told} n’est pas à cette place de la liste."
    else:
        kind, detail = "sans code", f"{said} : {_why(post, nom)}"
    report.drop(label, nom, kind, detail, lost=True)
    return None, None, " ".join(possible)


def _why(post: str | None, nom: str) -> str:
    """Say why a name leads to no code."""
    if post is None:
        return "pas de code postal lisible."
    if fold(nom) in known().names:
        return (
            "ce nom est celui d’une commune d’un autre département ou d’un autre millésime, ou "
            "d’une commune déléguée."
        )
    return "aucune commune de ce nom dans ce département."

"""A commune's code held against the name beside it: one of the two may be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from zonage_geo.readers.cells import clean, counted
from zonage_geo.readers.codes import cell_texts, parse_codes
from zonage_geo.readers.columns import find_columns, is_named
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import Loaded, ReadReport
from zonage_geo.readers.names import fold, loose
from zonage_geo.territory.calendar import calendar
from zonage_geo.territory.codes import departement_of

__all__ = [
    "DISAGREE",
    "UNKNOWN_NAME",
    "Discord",
    "agreeing",
    "discord",
    "names_column",
    "tell_discords",
]

DISAGREE = "nom et code ne s’accordent pas"
UNKNOWN_NAME = "nom inconnu"
NEAR = 0.8
"""From this likeness on (``difflib`` ratio), a name is another spelling of the same.

Ours: « Pamier » and « Pamiers » are 0.92 alike, « Artigues » and « Pamiers » 0.40.
"""
MAX_DISCORDANT = 0.5
"""Above this share of names that are another commune's, the two columns do not go together."""
AGREEING = 0.9
"""From this share on, a column that is not called so is that of the names of the communes."""
SHOWN = 3


class Discord(NamedTuple):
    """What is wrong between a code and the name beside it.

    Attributes
    ----------
    kind : str
        ``DISAGREE`` where the name is that of another commune: nobody can tell which of the
        two the row is about. ``UNKNOWN_NAME`` where it is nobody's: the code may stand.
    told : str
        French sentence.
    """

    kind: str
    told: str

    @property
    def clear(self) -> bool:
        """Whether the name is another commune's.

        Returns
        -------
        bool
            False where the name is merely unknown.
        """
        return self.kind == DISAGREE


def discord(code: str, nom: str) -> Discord | None:
    """Tell whether a name is that of another commune than a code's.

    What a commune bears or bore since 2014 is its name, and so are those of the communes
    that it absorbed or was merged into, of its déléguées and arrondissements, and of the
    commune of which it is one. A name spelt nearly so, or that says more or less, is too,
    unless another commune of the département bears it to the letter.

    Parameters
    ----------
    code : str
        INSEE code of a commune, déléguée or arrondissement, of any vintage since 2014.
    nom : str
        As the file has it, in any typography.

    Returns
    -------
    Discord or None
        None where they agree, where there is no name, and where the code is nobody's.
    """
    name = loose(fold(clean(nom)))
    own = _names_of().get(code)
    if own is None or not any(sign.isalpha() for sign in name):
        return None
    if name in own:
        return None
    others = _codes_of().get(name, ())
    if any(departement_of(one) == departement_of(code) for one in others):
        return _another(code, nom, others)
    if any(_near(name, one) for one in own):
        return None
    if others:
        return _another(code, nom, others)
    told = f"{code} est {_title(code)} ; « {clean(nom)} » n’est le nom d’aucune commune : vérifiez."
    return Discord(UNKNOWN_NAME, told)


def names_column(
    frame: pd.DataFrame, code: str, *, named: str | None = None, file: str = "le tableau"
) -> str | None:
    """Find the column of communes' names that goes with a column of codes.

    Parameters
    ----------
    frame : DataFrame
        As ``read`` gives it.
    code : str
        The column of codes.
    named : str, optional
        The column that the user says it is.
    file : str, optional
        For messages.

    Returns
    -------
    str or None
        None where no column, or several, may be it.

    Raises
    ------
    ReadError
        If the column named is not there.
    """
    roles = {"code": code} if named is None else {"code": code, "nom": named}
    return find_columns(frame, [], named=roles, optional=["nom"], file=file).found.get("nom")


def agreeing(
    frame: pd.DataFrame, code: str, *, named: str | None = None, file: str = "le tableau"
) -> Loaded:
    """Set aside the rows whose name is that of another commune than their code's.

    Nobody can tell which of the two such a row is about. A row whose name is nobody's stays,
    and is told; so does one of a cell that held several codes. A column that is not called as
    names of communes are, nor named by the user, counts only where it agrees nearly all over:
    it may be the town of something else, the seat of a sector.

    Parameters
    ----------
    frame : DataFrame
        As `to_codes` gives it: one code a row.
    code : str
        The column of codes.
    named : str, optional
        The column of names, as the user says it.
    file : str, optional
        For messages.

    Returns
    -------
    Loaded
        The other rows, and a line for each that is told: none where there are no names.

    Raises
    ------
    ReadError
        If more than half of the names are those of other communes, or the column named is not
        there.
    """
    report = ReadReport(f"noms et codes de {file}", len(frame))
    column = names_column(frame, code, named=named, file=file)
    if column is None:
        return Loaded(frame, report)
    alone = ~frame.index.duplicated(keep=False)
    names = cell_texts(frame[column])
    codes = [str(one) if single else "" for one, single in zip(frame[code], alone, strict=True)]
    found = _discords(codes, names, sure=named is not None or is_named(column, "nom"))
    clear = [one is not None and one.clear for one in found]
    there = sum(map(bool, names))
    if sum(clear) > MAX_DISCORDANT * there:
        first = next(one for one in found if one is not None and one.clear)
        raise ReadError(
            file,
            f"noms et codes ne s’accordent pas, {counted(sum(clear), 'ligne')} sur {there} : "
            f"{first.told.removesuffix('.')}",
            f"Corrigez le fichier, ou nommez les bonnes colonnes : --column code=… et nom=…. Si "
            f"« {column} » est le nom d’autre chose : --column nom_zone={column}.",
            field=column,
        )
    for row, one, value in zip(frame.index, found, frame[code], strict=True):
        if one is not None and one.clear:
            report.drop(row, str(value), one.kind, one.told, lost=True)
        elif one is not None:
            report.add(row, str(value), one.kind, one.told)
    out = frame[[not one for one in clear]]
    report.rows_kept = report.rows_out = len(out)
    return Loaded(out, report)


def tell_discords(loaded: Loaded, code: str) -> None:
    """Tell of the rows whose name and code `agreeing` would not let go together.

    Parameters
    ----------
    loaded : Loaded
        As ``read`` gives it; its report gets a line for each.
    code : str
        The column of codes.
    """
    frame = loaded.frame
    column = names_column(frame, code)
    if column is None:
        return
    parsed = [parse_codes(text).codes for text in cell_texts(frame[code])]
    codes = [several[0] if len(several) == 1 else "" for several in parsed]
    found = _discords(codes, cell_texts(frame[column]), sure=is_named(column, "nom"))
    for row, one, value in zip(frame.index, found, codes, strict=True):
        if one is not None:
            loaded.report.add(row, value, one.kind, one.told)


def _discords(codes: list[str], names: list[str], *, sure: bool) -> list[Discord | None]:
    """Hold codes against names: nothing is told where the names may be of something else."""
    found = [discord(code, nom) for code, nom in zip(codes, names, strict=True)]
    there = sum(map(bool, names))
    told = sum(one is not None for one in found)
    return found if sure or there - told >= AGREEING * there else [None] * len(found)


def _another(code: str, nom: str, others: tuple[str, ...]) -> Discord:
    """Tell of a name that is another commune's, those of the département first."""
    home = departement_of(code)
    first = sorted(others, key=lambda one: (departement_of(one) != home, one))
    shown = ", ".join(first[:SHOWN]) + "…" * (len(first) > SHOWN)
    told = f"{code} est {_title(code)} ; « {clean(nom)} » est le nom de {shown}."
    return Discord(DISAGREE, told)


def _near(name: str, known: str) -> bool:
    """Tell whether two folded names may be one: alike, or the words of one are in the other."""
    words, other = set(name.split()), set(known.split())
    if words <= other or other <= words:
        return True
    return SequenceMatcher(None, name, known, autojunk=False).ratio() >= NEAR


def _title(code: str) -> str:
    """Give the name of a code's commune as the facts write it."""
    cog = calendar()
    if code in cog.noms:
        return cog.noms[code]
    if code in cog.parts:
        return cog.parts[code].nom
    return next(nom for one, nom in reversed([*_borne()]) if one == code)


def _borne() -> Iterator[tuple[str, str]]:
    """Give every code with each name that it bore, parts' included."""
    cog = calendar()
    for change in cog.changes:
        yield change.before, change.before_nom
        yield change.after, change.after_nom
    yield from cog.noms.items()
    for code, part in cog.parts.items():
        yield code, part.nom


@lru_cache(maxsize=1)
def _codes_of() -> dict[str, tuple[str, ...]]:
    """Index codes by the names that they bore, folded and without their article."""
    index: dict[str, dict[str, None]] = {}
    for code, nom in _borne():
        index.setdefault(loose(fold(nom)), {})[code] = None
    return {name: tuple(codes) for name, codes in index.items()}


@lru_cache(maxsize=1)
def _names_of() -> dict[str, frozenset[str]]:
    """Give the names that may stand beside each code, folded and without their article."""
    cog = calendar()
    own: dict[str, set[str]] = {}
    for code, nom in _borne():
        own.setdefault(code, set()).add(loose(fold(nom)))
    before: dict[str, set[str]] = {}
    after: dict[str, set[str]] = {}
    for change in cog.changes:
        before.setdefault(change.after, set()).add(change.before)
        after.setdefault(change.before, set()).add(change.after)
    for code, part in cog.parts.items():
        before.setdefault(part.parent, set()).add(code)
        after.setdefault(code, set()).add(part.parent)
    out = {}
    for code in own:
        kin = _reached(code, before) | _reached(code, after)
        out[code] = frozenset().union(*(own.get(one, ()) for one in kin))
    return out


def _reached(code: str, steps: dict[str, set[str]]) -> set[str]:
    """Give a code and all that it leads to."""
    seen, waiting = {code}, [code]
    while waiting:
        new = steps.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen

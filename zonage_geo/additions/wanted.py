"""What a file is read for, and how its words are understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from zonage_geo.catalog.model import ClassDef, Edition, Layer, Recipe
from zonage_geo.readers.cells import as_text, counted
from zonage_geo.readers.columns import SECTOR_TITLE, titles_with
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport
from zonage_geo.readers.names import fold
from zonage_geo.store.additions import Kind

__all__ = [
    "CLASS_TITLES",
    "Content",
    "NothingThereError",
    "Wanted",
    "check_zones",
    "classless_away",
    "named_columns",
    "plain",
    "read_classes",
    "sole_class",
    "take_all_for",
    "texts",
]

CLASS_TITLES = frozenset({"classe", "classement", "class", "zonage", "categorie", "niveau"})
"""Titles that a column of classes may have, whatever its values."""
_YES_OR_NO = frozenset({"0", "1", "n", "o", "non", "oui", "false", "true", "faux", "vrai", "x"})
_NO = frozenset({"0", "n", "non", "false", "faux"})


class NothingThereError(ReadError):
    """A file has nothing in the territory of the edition that it is read for."""


class Wanted(NamedTuple):
    """What a file is read for.

    Attributes
    ----------
    layer : Layer
        The layer.
    edition : Edition
        The edition that it will be, its territory known.
    recipe : Recipe
        Columns and classes, the user's own first.
    file : str
        Its name, for messages.
    departements : frozenset of str
        Those of the edition's territory.
    postcodes : DataFrame
        Columns ``code_postal`` and ``code``, for lists without commune codes.
    """

    layer: Layer
    edition: Edition
    recipe: Recipe
    file: str
    departements: frozenset[str]
    postcodes: pd.DataFrame


class Content(NamedTuple):
    """What will be written, and the account of it.

    Attributes
    ----------
    kind : Kind
        What it is.
    frame : DataFrame or GeoDataFrame
        Of a list: ``code``, ``class``, ``zone``, ``nom``; of perimeters: ``code``, ``nom``,
        ``class``, ``communes`` and geometry.
    reports : list of ReadReport
        One a step, in order.
    cog : int or None
        Vintage of its commune codes.
    """

    kind: Kind
    frame: pd.DataFrame
    reports: list[ReadReport]
    cog: int | None = None


# classes


def read_classes(
    values: pd.Series, classes: Mapping[str, ClassDef], recipe: Recipe, file: str
) -> list[str | None]:
    """Turn what a file says into the layer's classes.

    Parameters
    ----------
    values : Series
        As the file has them.
    classes : mapping
        The layer's.
    recipe : Recipe
        What means what, beside codes, short words and labels.
    file : str
        For messages.

    Returns
    -------
    list of str or None
        None where the cell is empty.

    Raises
    ------
    ReadError
        If a value is none of them, or the recipe takes one for a class that is not there.
    """
    words = _words(classes, recipe)
    for said, code in recipe.classes.items():
        if code not in classes:
            problem = f'--classe "{said}={code}" : classe inconnue'
            raise ReadError(file, problem, f"Classes : {', '.join(classes)}.")
    texts = [as_text(value) if not pd.isna(value) else "" for value in values]
    strange: dict[str, int] = {}
    for text in texts:
        if text and plain(text) not in words:
            strange[text] = strange.get(text, 0) + 1
    if strange:
        told = ", ".join(f"« {text} » ({n})" for text, n in list(strange.items())[:8])
        first = next(iter(strange))
        raise ReadError(
            file,
            f"classes inconnues : {told}{'…' if len(strange) > 8 else ''}",
            f'Dites ce que veut dire chacune : --classe "{first}={_likely(first, words)}", ou dans '
            f"[recipe.classes] du TOML de la couche. Classes : {', '.join(classes)}.",
            field=str(values.name),
        )
    return [words[plain(text)] if text else None for text in texts]


def _words(classes: Mapping[str, ClassDef], recipe: Recipe) -> dict[str, str]:
    """Say what each word means: codes, short words and labels, then the recipe's."""
    words: dict[str, str] = {}
    for code, known in classes.items():
        for word in (code, known.short or code, known.label):
            words[plain(word)] = code
    return words | {plain(said): code for said, code in recipe.classes.items()}


def named_columns(frame: pd.DataFrame, wanted: Wanted) -> Mapping[str, str]:
    """Name the column of sectors, or that of classes, by its title.

    Codes of sectors may be any, so the only title that speaks of sectors is believed. Classes
    may be any too (a column of A and B tells nothing to who does not know the layer): a title is
    believed where the column holds the layer's own words.

    Parameters
    ----------
    frame : DataFrame
        The file's table.
    wanted : Wanted
        What it is read for.

    Returns
    -------
    mapping of str to str
        Role to column, the recipe's and these.

    Raises
    ------
    ReadError
        If several titles speak of sectors.
    """
    named = wanted.recipe.columns
    if wanted.layer.zoned and "zone" not in named:
        sectors = titles_with(frame, SECTOR_TITLE)
        if len(sectors) > 1:
            raise ReadError(
                wanted.file,
                f"plusieurs colonnes peuvent être celle des secteurs : {', '.join(sectors)}",
                f"Nommez la bonne : --column zone={sectors[0]}, par exemple.",
            )
        if sectors:
            named = {**named, "zone": sectors[0]}
    if "classe" in named:
        return named
    words = _words(wanted.layer.classes, wanted.recipe)
    titled = [str(name) for name in frame.columns if plain(str(name)) in CLASS_TITLES]
    for column in titled:
        said = {plain(as_text(value)) for value in frame[column].dropna()} - {""}
        if said and said <= words.keys() and len(titled) == 1:
            return {**named, "classe": column}
    return named


def plain(text: str) -> str:
    """Reduce a class word; a plus sign stays, for FRR+ is not FRR.

    Parameters
    ----------
    text : str
        As the file or the catalogue has it.

    Returns
    -------
    str
        Folded.
    """
    spaced = text.replace("_", " ").replace("-", " ").replace("+", " plus ")
    return " ".join(fold(spaced).split())


def _likely(said: str, words: Mapping[str, str]) -> str:
    """Give the one class that a strange value names, for an example that may be copied."""
    text = f" {plain(said)} "
    named = {code for word, code in words.items() if f" {word} " in text}
    return named.pop() if len(named) == 1 else "CLASSE"


def sole_class(layer: Layer) -> str | None:
    """Give the class of whatever is listed, where the layer has but one.

    Parameters
    ----------
    layer : Layer
        The layer.

    Returns
    -------
    str or None
        Its code.
    """
    whole = [code for code, one in layer.classes.items() if one.counts and not one.partial_of]
    return whole[0] if len(whole) == 1 else None


def texts(table: pd.DataFrame, column: str | None) -> list[str | None]:
    """Give a column as text.

    Parameters
    ----------
    table : DataFrame
        The file's.
    column : str or None
        One of its columns; None where it has none such.

    Returns
    -------
    list of str or None
        None where the cell is empty.
    """
    if column is None:
        return [None] * len(table)
    return [as_text(v) or None if not pd.isna(v) else None for v in table[column]]


def take_all_for(sole: str, table: pd.DataFrame, wanted: Wanted, reports: list[ReadReport]) -> None:
    """Take every row for the layer's one class, unless a column may say otherwise.

    Parameters
    ----------
    sole : str
        The class.
    table : DataFrame
        The file's.
    wanted : Wanted
        What it is read for.
    reports : list of ReadReport
        The account is added to it.

    Raises
    ------
    ReadError
        If a column seems to say that some rows are not of it.
    """
    if len(wanted.layer.classes) > 1:
        for column in table.columns:
            if plain(str(column)) in CLASS_TITLES:
                read_classes(table[column], wanted.layer.classes, wanted.recipe, wanted.file)
        report = ReadReport(f"classe de {wanted.file}", 0)
        told = f"aucune colonne de classes : toutes les lignes sont tenues pour {sole}."
        report.add(None, "", "classe", told)
        reports.append(report)
    for column in table.columns:
        said = {as_text(value).casefold() for value in table[column].dropna()}
        empty = bool(table[column].isna().any())
        if said and said <= _YES_OR_NO and (len(said) > 1 if said & _NO else empty):
            told = ", ".join([*sorted(said), *["vide"] * empty])
            raise ReadError(
                wanted.file,
                f"une colonne de oui et de non ({told}) : toutes ses lignes seraient tenues pour "
                f"{sole}",
                "Ne gardez que les lignes de la zone et retirez cette colonne, ou nommez celle "
                "des classes : --column classe=NOM.",
                field=str(column),
            )


def classless_away(frame: pd.DataFrame, reports: list[ReadReport], file: str) -> pd.DataFrame:
    """Set aside the rows that have no class.

    Parameters
    ----------
    frame : DataFrame
        With ``code`` and ``class``.
    reports : list of ReadReport
        The account is added to it.
    file : str
        For messages.

    Returns
    -------
    DataFrame
        The other rows.
    """
    report = ReadReport(f"classes de {file}", len(frame))
    for row, code, known in zip(frame.index, frame["code"], frame["class"], strict=True):
        if known is None or pd.isna(known):
            report.drop(row, code, "sans classe", "la cellule est vide.", lost=True)
    out = frame[frame["class"].notna()]
    report.rows_kept = report.rows_out = len(out)
    reports += [report] if report.lines else []
    return out


def check_zones(codes: Iterable[str | None], wanted: Wanted) -> None:
    """Refuse zones of another generation than the edition's.

    Parameters
    ----------
    codes : iterable of str or None
        Of the file's zones.
    wanted : Wanted
        What it is read for.

    Raises
    ------
    ReadError
        If one has not the form that the catalogue gives for that edition.
    """
    form = wanted.edition.zone_codes
    if form is None:
        return
    strange = sorted({code for code in codes if code and not re.fullmatch(form, code)})
    if strange:
        raise ReadError(
            wanted.file,
            f"{counted(len(strange), 'code')} de zone d’une autre forme que ceux de l’édition "
            f"{wanted.edition.id} ({', '.join(strange[:4])}{'…' if len(strange) > 4 else ''})",
            "Le fichier est-il celui d’une autre génération ? Donnez la bonne édition : --edition",
        )

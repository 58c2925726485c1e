"""Any list of communes, read for an analysis and kept nowhere.

What `data add` does to a file before it enters the store, for a file or a frame that is only
looked at: the same readers, the same account of every row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from zonage_geo.additions.content import list_content
from zonage_geo.additions.wanted import Wanted
from zonage_geo.catalog.model import Catalog, Edition, Layer, Recipe
from zonage_geo.errors import InputError
from zonage_geo.readers import Loaded, ReadReport, read
from zonage_geo.readers.cells import as_text
from zonage_geo.readers.columns import find_columns, titles_with
from zonage_geo.store.query import Store

__all__ = ["Listed", "Reading", "load", "quarter_populations", "read_list", "titled"]


class Reading(NamedTuple):
    """How a file reads.

    Attributes
    ----------
    columns, classes : mapping of str to str
        Role to column; what the file says to the class it means.
    cog : int or None
        Vintage of its commune codes; found from them otherwise.
    crs, encoding, sheet, layer : str or None
        As ``readers.read`` takes them.
    """

    columns: Mapping[str, str] = MappingProxyType({})
    classes: Mapping[str, str] = MappingProxyType({})
    cog: int | None = None
    crs: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    layer: str | None = None


class Listed(NamedTuple):
    """A list of communes.

    Attributes
    ----------
    frame : DataFrame
        Columns code, class, zone, nom; indexed by the line of the file.
    cog : int
        Vintage of its codes.
    reports : list of ReadReport
        The account of its rows, a step each.
    file : str
        Its name.
    """

    frame: pd.DataFrame
    cog: int
    reports: list[ReadReport]
    file: str


def load(source: Path | pd.DataFrame, how: Reading) -> tuple[Loaded, str]:
    """Read a file, or take a frame as one.

    Parameters
    ----------
    source : Path or DataFrame
        The file.
    how : Reading
        How it reads.

    Returns
    -------
    tuple
        Its table and account, and its name.

    Raises
    ------
    InputError
        If it is not there, or cannot be trusted.
    """
    if isinstance(source, pd.DataFrame):
        if not len(source):
            raise InputError("le tableau est vide.")
        named = source.rename(columns=str)
        if not named.columns.is_unique:
            twin = named.columns[named.columns.duplicated()][0]
            raise InputError(f"le tableau : plusieurs colonnes s'appellent « {twin} ».")
        report = ReadReport("lecture du tableau", len(source), len(source))
        return Loaded(named, report), "le tableau"
    if not source.is_file():
        raise InputError(f"fichier introuvable : {source}.")
    loaded = read(source, crs=how.crs, encoding=how.encoding, sheet=how.sheet, layer=how.layer)
    return loaded, source.name


def titled(frame: pd.DataFrame, word: str, file: str, role: str) -> str | None:
    """Find the one column whose title holds a word.

    Parameters
    ----------
    frame : DataFrame
        The file's.
    word : str
        Folded.
    file, role : str
        For the refusal: the file, and what the column is for.

    Returns
    -------
    str or None
        None where no title does.

    Raises
    ------
    InputError
        If several do.
    """
    found = titles_with(frame, word)
    if len(found) > 1:
        raise InputError(
            f"{file} : plusieurs colonnes peuvent convenir ({', '.join(found)}). Nommez la bonne : "
            f"--column {role}=NOM."
        )
    return found[0] if found else None


def read_list(
    loaded: Loaded, file: str, layer: Layer, catalog: Catalog, store: Store, how: Reading
) -> Listed:
    """Read a table as a list of communes of a layer.

    Parameters
    ----------
    loaded : Loaded
        As `load` gives it.
    file : str
        Its name, for messages.
    layer : Layer
        What its classes, or zones, are of.
    catalog : Catalog
        For the territory.
    store : Store
        For postal codes.
    how : Reading
        How it reads.

    Returns
    -------
    Listed
        Codes in the list's own vintage.

    Raises
    ------
    ReadError
        If a column is missing, a class unknown, a code twice in two classes.
    """
    edition = Edition(
        layer=layer.id,
        id=file,
        title=file,
        territory=("FR",),
        legal="",
        publisher="",
        licence="",
        unit=layer.unit,
        cog=how.cog,
        classes=layer.classes,
        file=file,
    )
    recipe = Recipe(how.columns, how.classes).over(layer.recipe)
    postcodes = pd.DataFrame(store.postcodes(), columns=["code_postal", "code"])
    everywhere = frozenset(catalog.departements)
    wanted = Wanted(layer, edition, recipe, file, everywhere, postcodes)
    table = loaded.frame.drop(columns="geometry", errors="ignore")
    content = list_content(pd.DataFrame(table), wanted)
    if content.cog is None:
        raise InputError(f"{file} : millésime des codes inconnu. Donnez-le : --cog 2024.")
    return Listed(content.frame, content.cog, [loaded.report, *content.reports], file)


def quarter_populations(source: Path | pd.DataFrame, how: Reading | None = None) -> dict[str, int]:
    """Read the inhabitants of quarters.

    Parameters
    ----------
    source : Path or DataFrame
        A column of quarters' codes, and one whose title says population.
    how : Reading, optional
        How it reads; ``columns`` may name the role ``zone``.

    Returns
    -------
    dict of str to int
        By quarter; those without a number are left out.

    Raises
    ------
    InputError
        If a column is missing, or a quarter stands twice with two numbers.
    """
    how = how or Reading()
    loaded, file = load(source, how)
    frame = loaded.frame
    zone = find_columns(frame, ["zone"], named=how.columns, file=file)["zone"]
    column = titled(frame, "population", file, "population") or titled(frame, "pop", file, "pop")
    if column is None:
        raise InputError(f"{file} : aucune colonne dont le titre dise « population ».")
    out: dict[str, int] = {}
    for row, code, value in zip(frame.index, frame[zone], frame[column], strict=True):
        text = "" if pd.isna(value) else re.sub(r"\s", "", as_text(value))
        if pd.isna(code) or not text:
            continue
        if not re.fullmatch(r"\d+(?:[.,]0+)?", text):
            raise InputError(f"{file}, ligne {row} : « {value} » n'est pas un nombre d'habitants.")
        number = int(re.split("[.,]", text)[0])
        if out.setdefault(str(code).strip(), number) != number:
            raise InputError(f"{file}, ligne {row} : deux populations pour le quartier {code}.")
    return out

"""Files that are written whole or not at all, with the text that goes beside some of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pyogrio.errors import DataSourceError, FeatureError

from zonage_geo.colophon.unfinished import unfinished
from zonage_geo.errors import InputError, ZonageError, remedy
from zonage_geo.french import os_words
from zonage_geo.store.connect import connect, is_ours

__all__ = ["ALONE", "beside", "check_free", "written"]

ALONE = frozenset({".csv", ".geojson", ".shp"})
"""Formats that have no room for what a file says of itself: a text goes beside them."""
BESIDE = ".sources.txt"
"""The end of its name, added to the file's: no pattern of data files takes it."""


def beside(out: Path) -> Path:
    """Name the text that goes beside a file.

    Parameters
    ----------
    out : Path
        The file.

    Returns
    -------
    Path
        ``zones.csv.sources.txt`` for ``zones.csv``.
    """
    return out.with_name(f"{out.name}{BESIDE}")


def check_free(out: Path, *, force: bool) -> None:
    """Refuse an output whose folder is missing, or that would lose what is there.

    Parameters
    ----------
    out : Path
        Where to write.
    force : bool
        Whether a file that is there may be replaced, and the text beside it.

    Raises
    ------
    InputError
        If it is so.
    """
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out} : pas de dossier {out.absolute().parent}.")
    told = [beside(out)] if out.suffix.casefold() in ALONE else []
    for one in (out, *told):
        if not one.exists():
            continue
        if one.is_dir():
            raise InputError(f"{one} est un dossier qui existe : donnez un autre nom à la sortie.")
        if not force:
            raise InputError(f"{one} existe déjà : ajoutez --force pour le remplacer.")
        if _is_store(one):
            raise InputError(f"{one} est un magasin zonage_geo : donnez un autre nom à la sortie.")


def _is_store(path: Path) -> bool:
    if path.suffix.casefold() != ".gpkg":
        return False
    try:
        with closing(connect(path)) as connection:
            return is_ours(connection)
    except sqlite3.Error:
        return False  # no database: nothing of ours is lost


@contextmanager
def written(out: Path) -> Iterator[Path]:
    """Give another name to a file while it is written; nothing is left of it on failure.

    What is written `beside` that other name goes with it. What killed runs left in that folder
    is removed; see `unfinished`.

    Parameters
    ----------
    out : Path
        Its name in the end.

    Yields
    ------
    Path
        Its name until then, in the same folder.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    try:
        with unfinished(out) as part:
            yield part
            _put(part, out)
    except (OSError, FeatureError, DataSourceError) as error:
        if isinstance(error, ZonageError | BrokenPipeError):
            raise
        raise InputError(
            f"{out} : écriture impossible ({os_words(error)}). {remedy(error)}, ou choisissez un "
            "autre dossier."
        ) from error


def _put(part: Path, out: Path) -> None:
    """Give a file its name, then the text beside it; never new rows beside an old text."""
    if out.suffix.casefold() in ALONE:
        beside(out).unlink(missing_ok=True)
    part.replace(out)
    if beside(part).exists():
        beside(part).replace(beside(out))

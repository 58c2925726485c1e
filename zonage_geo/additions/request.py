"""What a user asks to add, and where the file is."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from zonage_geo.errors import InputError
from zonage_geo.readers.source import readable

__all__ = ["Request", "find_file"]

SHOWN = 12


class Request(NamedTuple):
    """A file to add to a layer.

    Attributes
    ----------
    layer : str
        A layer's id, or ``communes`` for finer outlines.
    file : str or None
        Name in ``data/raw`` or path; None: the one that the edition's TOML names.
    edition : str or None
        An edition of the catalogue, or the id of a new one; for outlines, the vintage of
        their codes.
    territory : tuple of str
        Where the file speaks of, as ``Edition.territory``; empty: where the edition does.
    complete : bool or None
        Whether what the file does not hold is outside for certain, in that territory.
    cog : int or None
        Vintage of its commune codes; found from them otherwise.
    accuracy_m : float or None
        Accuracy of its outlines, in metres.
    crs, encoding, sheet, file_layer : str or None
        As ``readers.read`` takes them.
    columns : mapping of str to str
        Role to column.
    classes : mapping of str to str
        What the file says to the class it means.
    valid_from, known_until, superseded_from : date or None
        Dates of a new edition.
    rows : int or None
        How many rows the publisher says the file has: with another number it is not
        complete.
    title, legal, publisher, licence, url : str or None
        What is told of a new edition.
    """

    layer: str
    file: str | None = None
    edition: str | None = None
    territory: tuple[str, ...] = ()
    complete: bool | None = None
    cog: int | None = None
    accuracy_m: float | None = None
    crs: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    file_layer: str | None = None
    columns: Mapping[str, str] = MappingProxyType({})
    classes: Mapping[str, str] = MappingProxyType({})
    valid_from: date | None = None
    known_until: date | None = None
    superseded_from: date | None = None
    rows: int | None = None
    title: str | None = None
    legal: str | None = None
    publisher: str | None = None
    licence: str | None = None
    url: str | None = None


def find_file(name: str, raw: Path) -> Path:
    """Find a file by its name in ``data/raw``, else by its path.

    Parameters
    ----------
    name : str
        As typed.
    raw : Path
        Where files are looked for first.

    Returns
    -------
    Path
        Something that exists; a reader tells what is no file.

    Raises
    ------
    InputError
        If it is in neither place; names those that look like it.
    """
    try:
        path = Path(name).expanduser()
    except RuntimeError:  # ~somebody: there is no such user
        path = Path(name)
    with readable(path):
        for place in (raw / path, path):
            if place.is_file():
                return place
        if path.exists():
            return path
    found = (
        sorted(p.relative_to(raw) for p in raw.rglob("*") if p.is_file()) if raw.is_dir() else []
    )
    there = [str(one) for one in found if not _is_hidden(one) and one.name != "README.md"]
    near = difflib.get_close_matches(name, there, SHOWN, 0.4) or there[:SHOWN]
    holds = f" {raw} contient : {', '.join(near)}." if near else f" {raw} est vide."
    raise InputError(f"fichier introuvable : {name}.{holds}")


def _is_hidden(path: Path) -> bool:
    """Tell whether a file, or a folder that it is in, is for programs: locks, scratch."""
    return any(part.startswith(".") for part in path.parts)

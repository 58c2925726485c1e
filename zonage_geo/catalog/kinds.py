"""Kinds of values that our TOML files hold, and their reading: what is not of its kind is refused.

An unknown key, a missing one or a value of another kind stops the load with the file's path.
TOML itself refuses a key written twice.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from zonage_geo.errors import CatalogError
from zonage_geo.french import os_words, toml_words

__all__ = [
    "BOOL",
    "COLOR",
    "COUNT",
    "DATE",
    "METRES",
    "NAMES",
    "NUMBER",
    "POSITIVE",
    "REGEX",
    "SECONDS",
    "SHA256",
    "SHARE",
    "TEXT",
    "TEXTS",
    "YEAR",
    "Kind",
    "Spec",
    "among",
    "kind_faults",
    "list_of",
    "matching",
    "plain",
    "read_toml",
    "record",
    "refuse",
    "table_of",
]


class Kind(NamedTuple):
    """What a value must be.

    Attributes
    ----------
    wanted : str
        In French, as the refusal says it.
    fits : callable
        Tells whether a value is one.
    each : Kind or None
        What each item of a list, each value of a table must be.
    keys : mapping or None
        The keys of a table: their kind, and whether they must be there.
    """

    wanted: str
    fits: Callable[[Any], bool]
    each: Kind | None = None
    keys: Mapping[str, tuple[Kind, bool]] | None = None


SHOWN_FAULTS = 20
"""Faults of a file that are told one by one."""

Spec = Mapping[str, tuple[Kind, bool]]
"""Keys of a table: what each must be, and whether it must be there."""


def matching(wanted: str, pattern: str) -> Kind:
    """Want a text that a pattern matches whole.

    Parameters
    ----------
    wanted : str
        In French, as the refusal says it.
    pattern : str
        A regular expression.

    Returns
    -------
    Kind
        The kind.
    """
    compiled = re.compile(pattern)
    return Kind(wanted, lambda v: isinstance(v, str) and compiled.fullmatch(v) is not None)


def among(*words: str) -> Kind:
    """Want one of some words.

    Parameters
    ----------
    *words : str
        Those admitted.

    Returns
    -------
    Kind
        The kind.
    """
    return Kind(f"un mot parmi {', '.join(words)}", lambda v: isinstance(v, str) and v in words)


def list_of(each: Kind) -> Kind:
    """Want a list.

    Parameters
    ----------
    each : Kind
        What each item must be.

    Returns
    -------
    Kind
        The kind.
    """
    return Kind("une liste", lambda v: isinstance(v, list), each)


def table_of(each: Kind) -> Kind:
    """Want a table with free keys.

    Parameters
    ----------
    each : Kind
        What each value must be.

    Returns
    -------
    Kind
        The kind.
    """
    return Kind("une table", lambda v: isinstance(v, dict), each)


def record(keys: Spec) -> Kind:
    """Want a table with declared keys.

    Parameters
    ----------
    keys : mapping
        The kind of each, and whether it must be there.

    Returns
    -------
    Kind
        The kind.
    """
    return Kind("une table", lambda v: isinstance(v, dict), keys=keys)


def _is_regex(value: Any) -> bool:  # noqa: ANN401
    try:
        re.compile(value)
    except (TypeError, re.error):
        return False
    return isinstance(value, str)


# Exact types: TOML's booleans are no numbers here, and its datetimes are no dates.
TEXT = Kind("un texte non vide", lambda v: isinstance(v, str) and v.strip() != "")
DATE = Kind("une date sans heure (AAAA-MM-JJ, sans guillemets)", lambda v: type(v) is date)
BOOL = Kind("true ou false", lambda v: type(v) is bool)
COUNT = Kind("un nombre entier positif", lambda v: type(v) is int and v >= 0)
YEAR = Kind("une année", lambda v: type(v) is int and 1900 <= v < 2200)
METRES = Kind("un nombre de mètres positif", lambda v: type(v) in (int, float) and 0 <= v < inf)
SHARE = Kind("un nombre de 0 à 1", lambda v: type(v) in (int, float) and 0 <= v <= 1)
SECONDS = Kind("un nombre de secondes", lambda v: type(v) in (int, float) and 0 < v < inf)
POSITIVE = Kind("un nombre entier, d'au moins 1", lambda v: type(v) is int and v >= 1)
COLOR = matching("une couleur #rrggbb", "#[0-9A-Fa-f]{6}")
NUMBER = Kind("un nombre", lambda v: type(v) in (int, float) and -inf < v < inf)
SHA256 = matching("64 chiffres hexadécimaux (minuscules)", "[0-9a-f]{64}")
REGEX = Kind("une expression régulière", _is_regex)
TEXTS, NAMES = list_of(TEXT), table_of(TEXT)


def read_toml(path: Path, spec: Spec) -> dict[str, Any]:
    """Read a file and check the kinds of its values.

    Parameters
    ----------
    path : Path
        A TOML file.
    spec : mapping
        Its keys.

    Returns
    -------
    dict
        What it says.

    Raises
    ------
    CatalogError
        If it cannot be read or breaks the format; the message starts with its path.
    """
    try:
        with path.open("rb") as stream:
            content = tomllib.load(stream)
    except ValueError as error:  # bad TOML, bad UTF-8, a number beyond all measure
        msg = f"{path} : TOML illisible : {toml_words(error)}."
        raise CatalogError(msg) from error
    except OSError as error:
        msg = f"{path} : fichier du catalogue illisible : {os_words(error)}."
        raise CatalogError(msg) from error
    refuse(path, kind_faults("", content, record(spec)))
    return content


def refuse(path: Path, faults: Iterator[str]) -> None:
    """Stop where there are faults, and tell them all.

    Parameters
    ----------
    path : Path
        The file at fault.
    faults : iterator of str
        French sentences.

    Raises
    ------
    CatalogError
        With the path, and every fault; of very many, the first ones.
    """
    told = list(faults)
    if not told:
        return
    if len(told) == 1:
        msg = f"{path} : {told[0]}"
        raise CatalogError(msg)
    more = len(told) - SHOWN_FAULTS
    lines = told[:SHOWN_FAULTS] + ([f"et {more} autre{'s' * (more > 1)}."] if more > 0 else [])
    msg = f"{path} : {len(told)} fautes.\n  - " + "\n  - ".join(lines)
    raise CatalogError(msg)


def kind_faults(where: str, value: Any, kind: Kind) -> Iterator[str]:  # noqa: ANN401
    """Tell where a value is not of its kind, or one of its parts is not.

    Parameters
    ----------
    where : str
        Keys that lead to it.
    value : object
        The value.
    kind : Kind
        What it must be.

    Yields
    ------
    str
        A French sentence a fault.
    """
    if not kind.fits(value):
        yield f"{where} = {value!r} : il faut {kind.wanted}."
        return
    prefix = f"{where} : " if where else ""
    if kind.keys is not None:
        if unknown := sorted(set(value) - set(kind.keys)):
            known = ", ".join(sorted(kind.keys))
            yield f"{prefix}clé inconnue : {', '.join(unknown)}. Clés admises : {known}."
        for key, (its_kind, required) in kind.keys.items():
            if key in value:
                yield from kind_faults(f"{where}.{key}".strip("."), value[key], its_kind)
            elif required:
                yield f"{prefix}clé absente : {key}."
    if kind.each is not None:
        for key, item in _items(value):
            if not key.strip():
                yield f"{prefix}clé vide."
            yield from kind_faults(f"{where}.{key}", item, kind.each)


def _items(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    """Name the parts of a table by their key, those of a list by their id, else their rank."""
    if isinstance(value, dict):
        yield from value.items()
        return
    for rank, item in enumerate(value, 1):
        named = isinstance(item, dict) and isinstance(item.get("id"), str)
        yield (item["id"] if named and item["id"].strip() else str(rank)), item


def plain(value: Any) -> Any:  # noqa: ANN401
    """Write dates as ISO text, at any depth.

    Parameters
    ----------
    value : object
        What a TOML file holds.

    Returns
    -------
    object
        JSON-like data.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value

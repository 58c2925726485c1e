"""Which columns say where rows are, and which others might have: what a user has to know."""

from __future__ import annotations

from collections.abc import Sequence

from zonage_geo.batch.addresses import CITY, POSTCODE, STREET, WHOLE, address_columns
from zonage_geo.batch.model import Asked, Input
from zonage_geo.batch.places import Finder
from zonage_geo.many.places import LAT, LON
from zonage_geo.normalise import normalise
from zonage_geo.readers.columns import commune_codes, is_named

__all__ = ["columns_line"]

SHAPES = "géométrie"
_ADDRESSES = frozenset({*WHOLE, *STREET, *POSTCODE, *CITY})


def columns_line(source: Input, asked: Asked) -> str:
    """Tell which columns place the rows of a file, and which of the others could.

    Parameters
    ----------
    source : Input
        The file, as `prepare` gives it.
    asked : Asked
        The columns that are named.

    Returns
    -------
    str
        A French sentence.
    """
    at = address_columns(source, asked)
    if at is not None:
        read = [name for name in (at.insee, *at.adresse, at.code_postal, at.ville) if name]
    else:
        read = Finder(source, asked).named or [SHAPES]
    read = list(dict.fromkeys(read))
    others = [name for name in _like_places(source) if name not in read]
    told = f" ; non utilisées : {', '.join(others)}" if others else ""
    return f"Lieux lus dans : {', '.join(read)}{told}."


def _like_places(source: Input) -> Sequence[str]:
    """Name what may say where rows are."""
    head = source.head()
    found = [name for name in source.columns if _is_like(name)]
    found += [
        name for name in source.columns
        if is_named(name, "code") and commune_codes(head[[name]]) is not None
    ]  # fmt: skip
    return [*sorted(set(found), key=source.columns.index), *([SHAPES] if source.shaped else [])]


def _is_like(name: str) -> bool:
    return name.casefold() in {*LON, *LAT} or normalise(name, {}) in _ADDRESSES

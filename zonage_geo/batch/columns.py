"""Which columns say where rows are, and which others might have: what a user has to know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zonage_geo.batch.addresses import CITY, POSTCODE, STREET, WHOLE, address_columns
from zonage_geo.batch.model import Asked, Input
from zonage_geo.batch.places import Finder
from zonage_geo.catalog.model import Catalog, Edition
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.reasons import french_date
from zonage_geo.many.frames import LAT, LON
from zonage_geo.normalise import normalise
from zonage_geo.readers.columns import commune_codes, is_named
from zonage_geo.render.words import NOTICE

__all__ = ["about", "columns_line"]

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


def about(source: Input, asked: Asked, catalog: Catalog, day: date) -> tuple[tuple[str, str], ...]:
    """Give what a reader of a file of answers should know: date, sources, doubts.

    Parameters
    ----------
    source : Input
        The file, as `prepare` gives it.
    asked : Asked
        The columns that are named.
    catalog : Catalog
        The layers that answer.
    day : date
        The day asked about.

    Returns
    -------
    tuple of tuple of str
        Subject and French sentence.
    """
    notes = [
        ("date demandée", french_date(day)),
        ("fichier lu", source.name),
        ("colonnes", columns_line(source, asked)),
    ]
    for layer in catalog.layers.values():
        if not in_force(layer, day):
            notes.append((layer.title, f"Pas en vigueur au {french_date(day)}."))
            continue
        speaking = [one for one in layer.editions if _speaks(one, day)]
        for one in speaking:
            told = f"{one.title}. {one.legal}. Publié par : {one.publisher}."
            notes.append((layer.title, told))
            notes += [(f"{layer.title}, à vérifier", doubt) for doubt in one.doubts]
        if not speaking:
            notes.append((layer.title, layer.missing))
    return (*notes, ("avertissement", NOTICE))


def _speaks(edition: Edition, day: date) -> bool:
    """Tell whether an edition is in force on a day, as `Engine.is_current` does."""
    begun = (edition.valid_from or edition.known_from or day) <= day
    return begun and (edition.superseded_from is None or day < edition.superseded_from)


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

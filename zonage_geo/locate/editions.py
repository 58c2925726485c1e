"""Which edition of a layer speaks on a day, and which list in the store it is read from."""

from __future__ import annotations

from datetime import date
from typing import Literal

from zonage_geo.catalog.model import Edition, Layer
from zonage_geo.store.additions import perimeter_list
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY, vintage

__all__ = ["EditionState", "held_in", "in_force", "list_of", "pick_edition"]

EditionState = Literal["current", "superseded", "start_unknown"]


def in_force(layer: Layer, day: date) -> bool:
    """Tell whether a layer's scheme existed on a day.

    Parameters
    ----------
    layer : Layer
        The layer.
    day : date
        The day asked about.

    Returns
    -------
    bool
        True also where the catalogue does not know when it began or ends.
    """
    return (layer.exists_from is None or layer.exists_from <= day) and (
        layer.exists_to is None or day <= layer.exists_to
    )


def pick_edition(
    layer: Layer, departement: str, region: str | None, day: date
) -> tuple[Edition | None, EditionState]:
    """Choose the edition that speaks of a département on a day.

    Parameters
    ----------
    layer : Layer
        The layer.
    departement : str
        Code of the département.
    region : str or None
        Code of its région.
    day : date
        The day asked about.

    Returns
    -------
    tuple
        The latest edition begun by then, and how it stands; failing that one whose
        beginning is unknown; or None.
    """
    covering = [e for e in layer.editions if e.covers(departement, region)]
    begun = [e for e in covering if (e.valid_from or e.known_from or date.max) <= day]
    if begun:
        last = begun[-1]  # editions are sorted by beginning
        # What another edition knows to have been replaced since holds for this one too.
        start = last.valid_from or last.known_from or date.min
        ends = (e.superseded_from for e in covering if e.superseded_from is not None)
        superseded = any(start < end <= day for end in ends)
        return last, "superseded" if superseded else "current"
    unknown = [e for e in covering if e.valid_from is None and e.known_from is not None]
    return (unknown[0], "start_unknown") if unknown else (None, "current")


def list_of(source: str | None) -> str | None:
    """Name the list that a source stands for.

    Parameters
    ----------
    source : str or None
        An edition's, as the catalogue writes it: ``embedded:frr_2025``.

    Returns
    -------
    str or None
        None where it is no list.
    """
    return source.partition(":")[2] or None if source else None


def held_in(store: Store, edition: Edition) -> tuple[str, str]:
    """Name the list that tells which communes hold an edition's zones.

    Parameters
    ----------
    store : Store
        Where lists and perimeters are.
    edition : Edition
        One of zones: quarters, sectors.

    Returns
    -------
    tuple of str
        The list it is read from, or, where that is not loaded, what its perimeters meet; and
        the ISO day on which that list's commune codes have their meaning.
    """
    name = list_of(edition.source)
    if name is not None and store.has_list(name):
        return name, vintage(edition.cog or 0)
    return perimeter_list(edition.layer, edition.id), STORE_DAY

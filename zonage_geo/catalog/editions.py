"""Which edition of a layer speaks on a day."""

from __future__ import annotations

from datetime import date
from typing import Literal

from zonage_geo.catalog.model import Edition, Layer

__all__ = ["EditionState", "in_force", "list_of", "pick_edition"]

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
        beginning is unknown; or None. Of two that begin on one day, the user's file wins over
        what ships, and the file added last over the others.
    """
    covering = [e for e in layer.editions if e.covers(departement, region)]
    begun = [e for e in covering if (e.valid_from or e.known_from or date.max) <= day]
    if begun:
        last = begun[-1]  # sorted by beginning; on one day, the user's own last
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

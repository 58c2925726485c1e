"""Which edition of a layer speaks on a day, and which list in the store it is read from."""

from __future__ import annotations

from zonage_geo.catalog.editions import EditionState, in_force, list_of, pick_edition
from zonage_geo.catalog.model import Edition
from zonage_geo.store.additions import perimeter_list
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY, vintage

__all__ = ["EditionState", "held_in", "in_force", "list_of", "pick_edition"]


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

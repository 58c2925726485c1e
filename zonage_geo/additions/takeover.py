"""What a file takes the place of: told from what answers before it and after it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from zonage_geo.catalog.editions import in_force, list_of, pick_edition
from zonage_geo.catalog.model import Catalog, Edition

if TYPE_CHECKING:
    from zonage_geo.store import Store

__all__ = ["taken_over"]

SHOWN_EDITIONS = 3


def taken_over(
    layer: str, name: str, before: Catalog, after: Catalog, store: Store
) -> tuple[str, ...]:
    """Tell which editions stop answering once a file is there, and from which day.

    On any later day too, an edition gives way to another only where it did on the day on which
    that other begins: what begins since goes before both.

    Parameters
    ----------
    layer : str
        The layer's id.
    name : str
        The id of the edition that the file is.
    before, after : Catalog
        Without the file, and with it.
    store : Store
        Open, without the file.

    Returns
    -------
    tuple of str
        French sentences; none where the file takes no place.
    """
    known, now = before.layers[layer], after.layers[layer]
    mine = next(one for one in now.editions if one.id == name)
    start = max(mine.valid_from or mine.known_from or date.min, now.exists_from or date.min)
    if not in_force(now, start):
        return ()
    gone: dict[str, Edition] = {}
    for code, one in after.departements.items():
        speaks, _ = pick_edition(now, code, one.region, start)
        if speaks is None or speaks.id != name:
            continue
        spoke, _ = pick_edition(known, code, one.region, start)
        if spoke is not None and _another(spoke, mine) and _answers(spoke, store):
            gone[spoke.id] = spoke
    told = []
    if name in gone:
        told.append(f"Prend la place de la liste livrée avec le logiciel ({gone[name].title}).")
    older = [one.title for one in known.editions if one.id in gone.keys() - {name}]
    if older:
        more = len(older) - SHOWN_EDITIONS
        shown = " ; ".join(older[:SHOWN_EDITIONS]) + f" ; et {more} autres" * (more > 0)
        told.append(f"Prend la place, à partir du {start:%d/%m/%Y}, de : {shown}.")
    return tuple(told)


def _another(spoke: Edition, mine: Edition) -> bool:
    """Tell whether an edition is another one, or this one as it ships."""
    shipped = (spoke.source or "").startswith("embedded:")
    return spoke.id != mine.id or (shipped and spoke.source != mine.source)


def _answers(edition: Edition, store: Store) -> bool:
    """Tell whether an edition has anything to answer from."""
    name = list_of(edition.source)
    listed = bool(edition.members) or (name is not None and store.has_list(name))
    return listed or store.has_perimeters(edition.layer, edition.id)

"""The catalogue as rows: what `layers` prints and `Atlas.layers` frames."""

from __future__ import annotations

from datetime import date

from zonage_geo.catalog.model import Catalog, Edition, Layer
from zonage_geo.store.query import Store

__all__ = ["is_loaded", "layer_rows"]

Row = dict[str, str | int | bool | None]


def is_loaded(layer: Layer, edition: Edition, store: Store) -> bool:
    """Tell whether the store can answer with an edition.

    Parameters
    ----------
    layer : Layer
        The layer.
    edition : Edition
        One of its editions.
    store : Store
        An open store.

    Returns
    -------
    bool
        True where its list or its perimeters are loaded.
    """
    if edition.source == "inline" or store.has_perimeters(layer.id, edition.id):
        return True
    name = (edition.source or "").partition(":")[2]
    return bool(name) and store.has_list(name)


def layer_rows(catalog: Catalog, store: Store) -> list[Row]:
    """List every edition of every layer.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.
    store : Store
        An open store.

    Returns
    -------
    list of dict
        One an edition, one a layer that has none; dates as ISO text.
    """
    return [
        _row(layer, edition, store)
        for layer in catalog.layers.values()
        for edition in layer.editions or (None,)
    ]


def _row(layer: Layer, edition: Edition | None, store: Store) -> Row:
    def day(name: str) -> str | None:
        value: date | None = getattr(edition, name, None)
        return value.isoformat() if value else None

    row: Row = {
        "layer": layer.id,
        "title": layer.title,
        "edition": edition.id if edition else None,
        "edition_title": edition.title if edition else None,
        "territory": ", ".join(edition.territory) if edition else None,
        "loaded": is_loaded(layer, edition, store) if edition else False,
    }
    for name in ("valid_from", "known_from", "known_until", "superseded_from", "published"):
        row[name] = day(name)
    row["cog"] = edition.cog if edition else None
    for name in ("publisher", "licence", "legal", "url"):
        row[name] = getattr(edition, name) if edition else None
    row["missing"] = None if row["loaded"] else layer.missing
    return row

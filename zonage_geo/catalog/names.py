"""What is told of a layer's name that is none: the nearest, or the layer that has such a class."""

from __future__ import annotations

from collections.abc import Iterable

from zonage_geo.aids.spelling import did_you_mean, fold, nearest
from zonage_geo.catalog.model import Catalog

__all__ = ["no_such_layer"]


def no_such_layer(catalog: Catalog, name: str, known: Iterable[str] | None = None) -> str:
    """Say that there is no such layer, and which was perhaps meant.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.
    name : str
        What was given for a layer's id.
    known : iterable of str, optional
        The ids that may be given; all those of the catalogue by default.

    Returns
    -------
    str
        French sentences: ``couche inconnue : zip. ZIP est une classe de zonage_medecins.
        Couches : …``.
    """
    ids = list(catalog.layers if known is None else known)
    word = fold(name)
    held = next(
        (
            f" {code} est une classe de {layer.id}."
            for layer in catalog.layers.values()
            for code, one in layer.classes.items()
            if layer.id in ids and word in map(fold, (code, one.label, one.short or code))
        ),
        None,
    )
    hint = did_you_mean(nearest(name, ids)) if held is None else held
    return f"couche inconnue : {name}.{hint} Couches : {', '.join(ids)}."

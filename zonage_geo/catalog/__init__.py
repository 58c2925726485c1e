"""Layers, editions and sources, as data: one TOML file a layer.

``model`` is what the catalogue says, ``load`` is how the files are read and checked.
"""

from __future__ import annotations

from zonage_geo.catalog.model import (
    Catalog,
    ClassDef,
    Department,
    Edition,
    Layer,
    Precision,
    Recipe,
    Source,
    Words,
)

__all__ = [
    "Catalog",
    "ClassDef",
    "Department",
    "Edition",
    "Layer",
    "Precision",
    "Recipe",
    "Source",
    "Words",
]

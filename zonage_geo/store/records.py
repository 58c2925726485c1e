"""What the store answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zonage_geo.geometry import Relation

__all__ = ["Address", "Box", "Lieu", "Outline", "ZoneShape"]


class Outline(NamedTuple):
    """A commune's (or arrondissement's) outline near a point.

    Attributes
    ----------
    codes : tuple of str
        The communes it may be: one, but where the source draws several together.
    relation : Relation
        Where the point stands to it.
    accuracy_m : float or None
        Its own accuracy, in metres; None where it is that of the package's outlines.
    """

    codes: tuple[str, ...]
    relation: Relation
    accuracy_m: float | None = None


class Box(NamedTuple):
    """Where an outline is, without its shape.

    Attributes
    ----------
    table : str
        ``communes`` or ``arrondissements``.
    fid : int
        Its row there.
    codes : tuple of str
        The communes it may be.
    accuracy_m : float or None
        Its own accuracy, in metres.
    bounds : sequence of float
        West, south, east, north; degrees.
    """

    table: str
    fid: int
    codes: tuple[str, ...]
    accuracy_m: float | None
    bounds: Sequence[float]


class ZoneShape(NamedTuple):
    """A zone's perimeter near a point: what it is, its class, where the point stands to it."""

    code: str
    nom: str
    zone_class: str
    relation: Relation


class Lieu(NamedTuple):
    """A named place of the gazetteer.

    Attributes
    ----------
    nature : str
        ``commune``, ``arrondissement``, ``COMD``, ``COMA``; ``ancienne`` for a name that a
        commune bore since 2014.
    nom : str
        With article.
    code, commune : str
        Its own code, and the commune's it belongs to now.
    population : int or None
        Inhabitants, where known.
    """

    nature: str
    nom: str
    code: str
    commune: str
    population: int | None


class Address(NamedTuple):
    """An address of the gazetteer.

    Attributes
    ----------
    commune : str
        INSEE code in the store's vintage.
    arrondissement, numero : str or None
        Code in Paris, Lyon and Marseille; number, where there is one.
    voie_norm, label : str
        Normalised street name; the address as it is shown.
    lon, lat : float
        Degrees, EPSG:4326.
    """

    commune: str
    arrondissement: str | None
    numero: str | None
    voie_norm: str
    label: str
    lon: float
    lat: float

"""What a map shows, as plain data: units, layers, and what is counted in a legend.

The narrow door: whatever can say one thing a commune (a zoning at a date, an aid, sectors, an
indicator) becomes a `MapLayer`, and everything behind (page, figure, table) knows nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Answer",
    "City",
    "MapClass",
    "MapLayer",
    "MapSource",
    "Override",
    "Perimeters",
    "Tally",
    "Units",
    "contrast",
    "ink_for",
    "paler",
    "tallies",
]

NONE = -1


class MapSource(NamedTuple):
    """Where a layer comes from: a title, a sentence with publisher, law and dates, an address."""

    title: str
    detail: str
    licence: str
    url: str | None = None
    doubts: tuple[str, ...] = ()


class MapClass(NamedTuple):
    """A line of a legend.

    Attributes
    ----------
    key : str
        Unique in its layer.
    short, label : str
        ``ZIP``, and the label in full; ``short`` may be empty.
    color : str
        ``#rrggbb``.
    motif : str
        Pattern drawn over the colour.
    kind : {"oui", "non", "indetermine", "non_disponible", "valeur"}
        What it says.
    """

    key: str
    short: str
    label: str
    color: str
    motif: str
    kind: str


class Answer(NamedTuple):
    """What a layer says of units, each distinct answer once.

    Attributes
    ----------
    cls : int
        Rank of its class.
    verdict : str
        ``oui``, ``non``, ``indéterminé``, or empty for an indicator.
    told : str
        What stands beside the verdict.
    why : str
        The reason, in French; empty where the class says all.
    to_check : str
        Why it must be checked; empty where it need not.
    source : int
        Rank in the layer's sources; -1 for none.
    items : tuple of tuple of str
        Quarters or sectors concerned: code, name.
    """

    cls: int
    verdict: str
    told: str = ""
    why: str = ""
    to_check: str = ""
    source: int = NONE
    items: tuple[tuple[str, str], ...] = ()


class Perimeters(NamedTuple):
    """Polygons of a layer, beside its communes: quarters.

    Attributes
    ----------
    codes, names, classes : sequence of str
        Of each; the class may be empty.
    shapes : ndarray of (Multi)Polygon
        Degrees, EPSG:4326.
    accuracy_m : float
        Of the borders, in metres.
    complete : bool
        Whether what they do not hold is outside for certain.
    """

    codes: Sequence[str]
    names: Sequence[str]
    classes: Sequence[str]
    shapes: NDArray[np.object_]
    accuracy_m: float
    complete: bool


class Override(NamedTuple):
    """What zones of another layer may do to the classes of one, by source.

    Attributes
    ----------
    layer : str
        Id of the layer of those zones.
    sources : tuple of dict
        By rank of the source: ``classes`` that a zone may have, whether the list of zones' own
        classes is ``loaded``, whether it is ``complete``, and which classes are ``counting``.
    """

    layer: str
    sources: tuple[dict[str, Any], ...]


class MapLayer(NamedTuple):
    """A layer of a map at a date.

    Attributes
    ----------
    id, short, title : str
        Of the layer.
    group : {"zonages", "aides", "secteurs", "indicateurs"}
        Where it is listed.
    role : {"fond", "superposé"}
        Whether it fills the communes, or is drawn over.
    day : date
        The day it is about.
    classes : tuple of MapClass
        In the order of the legend.
    answers : tuple of Answer
        The distinct ones.
    of : ndarray of int32, shape (units,)
        Rank of each unit's answer.
    sources : tuple of MapSource
        Of all its answers.
    notes : tuple of str
        What a reader should know.
    numbers : ndarray of float64, shape (units,) or None
        Of an indicator; NaN where there is none.
    value_unit : str
        What numbers are counted in.
    sectors : tuple of str
        Names of groups of units whose outlines are drawn (PDSA); empty for most.
    sector_of : ndarray of int32, shape (units,) or None
        Rank of each unit's group; -1 for none.
    perimeters : Perimeters or None
        Polygons of its own.
    polygon : bool
        Whether perimeters, loaded or not, say who is in it.
    override : Override or None
        Which zones may have a class of their own in it.
    """

    id: str
    short: str
    title: str
    group: str
    role: str
    day: date
    classes: tuple[MapClass, ...]
    answers: tuple[Answer, ...]
    of: NDArray[np.int32]
    sources: tuple[MapSource, ...] = ()
    notes: tuple[str, ...] = ()
    numbers: NDArray[np.float64] | None = None
    value_unit: str = ""
    sectors: tuple[str, ...] = ()
    sector_of: NDArray[np.int32] | None = None
    perimeters: Perimeters | None = None
    polygon: bool = False
    override: Override | None = None

    @property
    def class_of(self) -> NDArray[np.int32]:
        """Rank of each unit's class."""
        return np.array([answer.cls for answer in self.answers], dtype=np.int32)[self.of]


class City(NamedTuple):
    """A city drawn by arrondissement: its population is known for the whole only.

    Attributes
    ----------
    name : str
        ``Paris``.
    population : int or None
        Inhabitants, where known.
    lon, lat : float
        Where its name goes, EPSG:4326 degrees.
    units : tuple of int
        Ranks of its arrondissements.
    """

    name: str
    population: int | None
    lon: float
    lat: float
    units: tuple[int, ...]


class Units(NamedTuple):
    """The communes of a map, municipal arrondissements in place of Paris, Lyon, Marseille.

    Attributes
    ----------
    codes : list of tuple of str
        INSEE codes: one, but where the source draws several communes together.
    names : list of str
        With their article.
    departement, region, epci, postal : list of str
        Codes; postal codes apart by spaces.
    population : ndarray of float64, shape (units,)
        Inhabitants; NaN where unknown.
    shapes : ndarray of (Multi)Polygon
        Degrees, EPSG:4326.
    cities : tuple of City
        Paris, Lyon, Marseille, where they are there by arrondissement.
    """

    codes: list[tuple[str, ...]]
    names: list[str]
    departement: list[str]
    region: list[str]
    epci: list[str]
    postal: list[str]
    population: NDArray[np.float64]
    shapes: NDArray[np.object_]
    cities: tuple[City, ...] = ()


class Tally(NamedTuple):
    """What a legend counts of a class.

    Attributes
    ----------
    units : int
        Communes (an arrondissement counts as one).
    share : float or None
        Of the population known, in percent; None where none of the class is.
    to_check : int
        Of those, how many must be checked.
    """

    units: int
    share: float | None
    to_check: int


def tallies(layer: MapLayer, units: Units) -> list[Tally]:
    """Count each class of a layer.

    The population of a city drawn by arrondissement counts where all of them have one class.

    Parameters
    ----------
    layer : MapLayer
        A layer.
    units : Units
        Its units.

    Returns
    -------
    list of Tally
        In the order of its classes.
    """
    cls = layer.class_of
    many = len(layer.classes)
    communes = np.array([len(codes) for codes in units.codes])
    known = np.isfinite(units.population)
    people = np.bincount(cls[known], weights=units.population[known], minlength=many)
    told = np.bincount(cls[known], minlength=many) > 0
    for city in units.cities:
        classes = {int(cls[unit]) for unit in city.units}
        if len(classes) == 1 and city.population is not None:
            people[list(classes)] += city.population
            told[list(classes)] = True
    checked = np.array([bool(answer.to_check) for answer in layer.answers], dtype=bool)[layer.of]
    count = np.bincount(cls, weights=communes, minlength=many).astype(int)
    doubtful = np.bincount(cls[checked], weights=communes[checked], minlength=many).astype(int)
    total = people.sum()
    return [
        Tally(
            int(count[k]),
            float(100 * people[k] / total) if told[k] and total else None,
            int(doubtful[k]),
        )
        for k in range(many)
    ]


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours (WCAG 2.2).

    Parameters
    ----------
    one, other : str
        ``#rrggbb``.

    Returns
    -------
    float
        From 1 to 21.
    """
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


INKS = ("#000000", "#ffffff")


def ink_for(color: str) -> str:
    """Choose what a pattern is drawn in over a colour.

    Parameters
    ----------
    color : str
        ``#rrggbb``.

    Returns
    -------
    str
        Black or white, whichever stands out more: always more than 4.5 to 1.
    """
    return max(INKS, key=lambda ink: contrast(ink, color))


def paler(color: str) -> str:
    """Mix a colour half with white.

    Parameters
    ----------
    color : str
        ``#rrggbb``.

    Returns
    -------
    str
        ``#rrggbb``.
    """
    parts = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{(part + 255) // 2:02x}" for part in parts)

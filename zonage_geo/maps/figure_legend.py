"""The legend of a figure: as tall as what it says, and never taller than its place."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from zonage_geo.french import percentage
from zonage_geo.maps.model import MapLayer, Tally, Units, ink_for, paler, tallies
from zonage_geo.maps.service import Content, Request
from zonage_geo.maps.styles import BASE, Motif, Styles
from zonage_geo.report import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DARK", "SOFT", "color_of", "draw_legend", "hatching"]

DARK, SOFT, WARNING = "#1c1d21", "#55585f", "#6b3f00"
TITLE_PT, NAME_PT, COUNT_PT = 9.5, 8.0, 7.2
BOX_PT = (12.0, 20.0)
"""Of a class's sample: height, and width with the gap to its words."""
GLYPH = 0.56
"""Width of a letter, on average, by the size of the type."""
HATCH_WIDTH = 0.35
"""Points, of a pattern whose strokes are one pixel wide on the screen."""


class _Line(NamedTuple):
    """A text of the legend, and the height that it takes, in points."""

    text: str
    size: float
    color: str
    height: float
    bold: bool = False
    indent: bool = True
    sample: tuple[str, bool, Motif] | None = None
    """Colour, whether it lies over others, pattern: drawn beside the text."""


def color_of(layer: MapLayer, rank: int, request: Request, styles: Styles) -> str:
    """Give a class's colour in the palette asked for.

    Parameters
    ----------
    layer : MapLayer
        The layer.
    rank : int
        Of the class.
    request : Request
        For the palette.
    styles : Styles
        Its colours.

    Returns
    -------
    str
        ``#rrggbb``.
    """
    cls = layer.classes[rank]
    own = styles.palettes[request.palette].layers.get(layer.id, {})
    code = cls.key.removeprefix("indetermine:").partition("@")[0]
    if code not in own:
        return cls.color
    return paler(own[code]) if cls.key.startswith("indetermine:") else own[code]


def hatching(motif: Motif) -> dict[str, Any]:
    """Give a pattern as matplotlib's patches take it.

    Parameters
    ----------
    motif : Motif
        The pattern.

    Returns
    -------
    dict
        ``hatch``, and ``hatch_linewidth`` in points.
    """
    return {"hatch": motif.hatch or None, "hatch_linewidth": HATCH_WIDTH * motif.width}


def draw_legend(
    axes: Axes, size_pt: tuple[float, float], content: Content, layers: Sequence[MapLayer],
    request: Request,
) -> None:  # fmt: skip
    """Write what each layer's classes are called and count.

    Parameters
    ----------
    axes : Axes
        Its place.
    size_pt : tuple of float
        Width and height of that place, in points; what would not fit is written smaller.
    content : Content
        For what is counted, and the styles.
    layers : sequence of MapLayer
        Those drawn.
    request : Request
        For the palette.
    """
    width, height = size_pt
    lines = [line for layer in layers for line in _lines(layer, content, request, width)]
    scale = min(1.0, height / max(1.0, sum(line.height for line in lines)))
    axes.set_xlim(0, width)
    axes.set_ylim(-height, 0)
    axes.set_axis_off()
    top = 0.0
    for line in lines:
        if line.sample is not None:
            _sample(axes, top, scale, *line.sample)
        axes.text(
            BOX_PT[1] * 1.45 * scale if line.indent else 0.0,
            top,
            line.text,
            fontsize=line.size * scale,
            weight="bold" if line.bold else "normal",
            color=line.color,
            linespacing=1.08,
            va="top",
        )
        top -= line.height * scale


def _lines(layer: MapLayer, content: Content, request: Request, width: float) -> Iterator[_Line]:
    def wrapped(text: str, size: float, left: float = 0.0) -> list[str]:
        return textwrap.wrap(text, max(12, int((width - left) / (GLYPH * size))))

    title = wrapped(layer.title, TITLE_PT)
    yield _Line("\n".join(title), TITLE_PT, DARK, 9.0 + 12.0 * len(title), bold=True, indent=False)
    over = layer.role != BASE
    found = tallies(layer, content.units)
    for rank, (cls, tally) in enumerate(zip(layer.classes, found, strict=True)):
        if not tally.units or (over and cls.kind == "non"):
            continue
        name = wrapped(f"{cls.short} – {cls.label}" if cls.short else cls.label, NAME_PT, 29.0)
        color = color_of(layer, rank, request, content.styles)
        sample = (color, over, content.styles.motifs[cls.motif])
        yield _Line("\n".join(name), NAME_PT, DARK, 10.3 * len(name), sample=sample)
        yield _Line(_numbers(tally), COUNT_PT, SOFT, 16.5)
    if checked := _checked(found, content.units):
        told = wrapped(checked, COUNT_PT)
        yield _Line("\n".join(told), COUNT_PT, WARNING, 9.6 * len(told) + 7.0, indent=False)
    yield _Line("", COUNT_PT, SOFT, 7.0)


def _sample(axes: Axes, top: float, scale: float, color: str, over: bool, motif: Motif) -> None:  # noqa: FBT001
    """Draw a class as the map does."""
    from matplotlib.patches import Rectangle

    high, wide = (side * scale for side in BOX_PT)
    corner = (0.0, top - high)
    fill, ink = ("none", color) if over else (color, ink_for(color))
    box = Rectangle(corner, wide, high, facecolor=fill, edgecolor=ink, linewidth=0)
    box.set(**hatching(motif))
    axes.add_patch(box)
    axes.add_patch(Rectangle(corner, wide, high, fill=False, edgecolor=SOFT, linewidth=0.6))


def _numbers(tally: Tally) -> str:
    said = counted(tally.units, "commune")
    if tally.share is None:
        return said
    return f"{said}, {percentage(tally.share / 100)} de la population"


def _checked(found: Sequence[Tally], units: Units) -> str:
    many = sum(tally.to_check for tally in found)
    if not many:
        return ""
    if many == sum(len(codes) for codes in units.codes):
        return "À vérifier : tout ce zonage."
    return f"À vérifier : {counted(many, 'commune')}."

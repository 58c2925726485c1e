"""How maps draw, read from ``styles.toml`` and checked: an unknown key is an error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from zonage_geo.errors import CatalogError
from zonage_geo.french import toml_words

__all__ = [
    "BASE",
    "OVER",
    "BaseMap",
    "Display",
    "Motif",
    "Palette",
    "State",
    "Styles",
    "load_styles",
]

BASE, OVER = "fond", "superposé"
"""Roles of layers: one at a time fills the communes, others lie over it."""
FILE = Path(__file__).parent / "styles.toml"


class State(NamedTuple):
    """What something that is no class looks like."""

    label: str
    color: str
    motif: str


class Motif(NamedTuple):
    """A pattern: a tile of ``size`` pixels with strokes and dots; matplotlib's nearest hatch."""

    size: float
    lines: list[list[float]]
    dots: list[list[float]]
    width: float
    hatch: str


class Palette(NamedTuple):
    """Colours by layer and class that replace the catalogue's, and where they come from."""

    title: str
    source: str
    layers: Mapping[str, Mapping[str, str]] = {}


class BaseMap(NamedTuple):
    """Tiles that a map may ask for."""

    title: str
    url: str
    host: str
    attribution: str
    max_zoom: int
    checked: str


class Display(NamedTuple):
    """Grid and tolerance, in metres on the ground, of maps of up to so many units."""

    max_units: int
    grid_m: float
    tolerance_m: float


class Places(NamedTuple):
    """What a map of all France opens on, in degrees; régions that have a frame of their own."""

    mainland: list[float]
    insets: Mapping[str, str]


class Styles(NamedTuple):
    """All of ``styles.toml``.

    Attributes
    ----------
    roles : mapping of str to str
        Layers that are drawn over ("superposé") or under ("fond") others.
    shown : mapping of str to list of str
        ``layers``: overlays that a map opens with.
    places : Places
        What is framed.
    states, motifs, palettes : mapping
        By their name.
    patterns : mapping of str to mapping
        Layer to class to pattern.
    ramp : mapping of str to list of str
        ``colors``: of an indicator, light to dark.
    base_maps : mapping of str to BaseMap
        By name.
    address : mapping of str to float
        ``score_given``: from which the address box believes a geocoder without asking.
    display : list of Display
        Smallest maps first.
    """

    roles: Mapping[str, str]
    shown: Mapping[str, list[str]]
    places: Places
    states: Mapping[str, State]
    motifs: Mapping[str, Motif]
    palettes: Mapping[str, Palette]
    patterns: Mapping[str, Mapping[str, str]]
    ramp: Mapping[str, list[str]]
    base_maps: Mapping[str, BaseMap]
    address: Mapping[str, float]
    display: list[Display]

    def display_for(self, units: int) -> Display:
        """Give the grid and tolerance of a map.

        Parameters
        ----------
        units : int
            How many communes it has.

        Returns
        -------
        Display
            The finest that suits so many.
        """
        return next(one for one in self.display if units <= one.max_units)


@cache
def load_styles() -> Styles:
    """Give the styles that ship with the package.

    Returns
    -------
    Styles
        Checked.

    Raises
    ------
    CatalogError
        If the file breaks the format.
    """
    return parse_styles(FILE.read_text(encoding="utf-8"), FILE)


def parse_styles(text: str, path: Path) -> Styles:
    """Read and check styles.

    Parameters
    ----------
    text : str
        TOML.
    path : Path
        Named in errors.

    Returns
    -------
    Styles
        Checked.

    Raises
    ------
    CatalogError
        If a key is unknown or missing, or a word refers to nothing.
    """
    try:
        raw = tomllib.loads(text)
        styles = Styles(
            roles=raw.pop("roles"),
            shown=raw.pop("shown"),
            places=Places(**raw.pop("places")),
            states={name: State(**spec) for name, spec in raw.pop("states").items()},
            motifs={name: Motif(**spec) for name, spec in raw.pop("motifs").items()},
            palettes={name: Palette(**spec) for name, spec in raw.pop("palettes").items()},
            patterns=raw.pop("patterns"),
            ramp=raw.pop("ramp"),
            base_maps={name: BaseMap(**spec) for name, spec in raw.pop("base_maps").items()},
            address=raw.pop("address"),
            display=[Display(**spec) for spec in raw.pop("display")],
        )
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"{path} : {toml_words(error)}") from error
    except KeyError as error:
        raise CatalogError(f"{path} : clé absente : {error}.") from error
    except (TypeError, AttributeError) as error:
        msg = f"{path} : une clé est inconnue, absente ou d'un autre type ({error})."
        raise CatalogError(msg) from error
    if raw:
        raise CatalogError(f"{path} : clé inconnue {', '.join(map(repr, raw))}.")
    for fault in _faults(styles):
        raise CatalogError(f"{path} : {fault}")
    return styles


def _faults(styles: Styles) -> list[str]:
    faults = [
        f"roles.{layer} : {role!r} n'est ni « fond » ni « superposé »."
        for layer, role in styles.roles.items()
        if role not in (BASE, OVER)
    ]
    motifs = {f"states.{name}": state.motif for name, state in styles.states.items()}
    for layer, classes in styles.patterns.items():
        motifs |= {f"patterns.{layer}.{cls}": motif for cls, motif in classes.items()}
    faults += [
        f"{where} : motif inconnu {motif!r}."
        for where, motif in motifs.items()
        if motif not in styles.motifs
    ]
    colors: dict[str, Any] = {f"states.{name}": s.color for name, s in styles.states.items()}
    colors |= {f"ramp.{rank}": color for rank, color in enumerate(styles.ramp["colors"])}
    for name, palette in styles.palettes.items():
        for layer, classes in palette.layers.items():
            colors |= {f"palettes.{name}.{layer}.{cls}": c for cls, c in classes.items()}
    faults += [
        f"{where} : {color!r} n'est pas une couleur (#rrggbb)."
        for where, color in colors.items()
        if re.fullmatch(r"#[0-9a-f]{6}", str(color)) is None
    ]
    return faults

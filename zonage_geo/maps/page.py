"""The page: a ``folium.Map`` that is whole by itself, the same bytes each time.

What folium does by default is left where it would break a promise: it links scripts and
styles of four hosts, forbids zooming, names elements at random. So the map has its own
template and carries Leaflet in it; names come from the content. It stays a ``folium.Map``:
what folium's own elements add to it works, and a notebook shows it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from zonage_geo.maps.styles import BaseMap

__all__ = ["Page", "SourceBlock", "SourceLine", "ZonageMap"]

SCRIPTS = (
    "decode.js",
    "text.js",
    "draw.js",
    "paint.js",
    "panel.js",
    "search.js",
    "sheet.js",
    "table.js",
    "url.js",
    "app.js",
)
"""Own scripts, in the order that they need."""
ADDRESS_SCRIPT = "adresse.js"


class SourceLine(NamedTuple):
    """A line of the sources: a sentence, and an address to link to or None."""

    text: str
    url: str | None = None


class SourceBlock(NamedTuple):
    """The sources of a layer, and what a reader should know of it."""

    title: str
    lines: Sequence[SourceLine]
    notes: Sequence[str] = ()


class Page(NamedTuple):
    """What stands around the map.

    Attributes
    ----------
    title, subtitle, caption : str
        Heading, the line under it, and the table's caption.
    notice, made : str
        The legal notice, and what made the page.
    sources : sequence of SourceBlock
        By layer.
    compared : tuple of str
        What the two sides are called, where two dates are compared; else empty.
    address : str
        Address of the geocoder that the page may ask; empty by default: no address box.
    geocoder : str
        To whom that is, as a sentence has it: ``au géocodeur …``.
    """

    title: str
    subtitle: str
    caption: str
    notice: str
    made: str
    sources: Sequence[SourceBlock] = ()
    compared: tuple[str, ...] = ()
    address: str = ""
    geocoder: str = ""

    @property
    def address_box(self) -> str:
        """HTML of the address box, where there is one."""
        return str(Template(_asset("adresse.html")).render(this=self)) if self.address else ""


class _Document(Figure):
    """The whole document: a language, a policy that forbids requests, and no ban on zooming."""

    _template = Template(
        "<!DOCTYPE html>\n"
        '<html lang="fr">\n'
        "<head>\n"
        '<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{{ this.policy|e }}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{{ this.title|e }}</title>\n"
        "{{ this.header.render(**kwargs) }}\n"
        "</head>\n"
        "<body>\n"
        "{{ this.html.render(**kwargs) }}\n"
        "<script>\n"
        "{{ this.script.render(**kwargs) }}\n"
        "</script>\n"
        "</body>\n"
        "</html>\n"
    )

    def __init__(self, title: str, policy: str) -> None:
        super().__init__(title=title, height="820px")
        self.policy = policy
        self.header._children.clear()  # noqa: SLF001  (the template says the charset itself)


class _Named:
    """An element whose name follows from what it is, so that a page is the same each time."""

    _id: str

    def _name_after(self, *content: str) -> None:
        self._id = hashlib.sha256("\n".join(content).encode()).hexdigest()[:12]


class _Inline(MacroElement, _Named):
    """Style sheets and scripts, inside the page."""

    _template = Template(
        "{% macro header(this, kwargs) %}"
        "{% for sheet in this.sheets %}<style>\n{{ sheet }}\n</style>\n{% endfor %}"
        "{% for script in this.scripts %}<script>\n{{ script }}\n</script>\n{% endfor %}"
        "{% endmacro %}"
    )

    def __init__(self, sheets: Sequence[str], scripts: Sequence[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Inline"
        self.sheets = sheets
        self.scripts = scripts
        self._name_after(*sheets, *scripts)


class _Zonings(MacroElement, _Named):
    """What is mapped: data and shapes, packed, and the call that shows them."""

    _template = Template(
        "{% macro html(this, kwargs) %}"
        '<script type="text/plain" id="{{ this.get_name() }}_donnees">{{ this.data }}</script>\n'
        '<script type="text/plain" id="{{ this.get_name() }}_contours">{{ this.shapes }}</script>\n'
        "{% endmacro %}"
        "{% macro script(this, kwargs) %}"
        "Zonage.start({{ this._parent.get_name() }}, "
        '"{{ this.get_name() }}_donnees", "{{ this.get_name() }}_contours");\n'
        "{% endmacro %}"
    )

    def __init__(self, data: str, shapes: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Zonages"
        self.data = data
        self.shapes = shapes
        self._name_after(data, shapes)


class ZonageMap(folium.Map):
    """A map of zonings, fit for publication: one page that asks nothing of any network.

    Parameters
    ----------
    page : Page
        What stands around the map.
    data, shapes : str
        Packed by ``maps.encoding``.
    bounds : sequence of sequence of float
        South-west and north-east corners, latitude first, EPSG:4326 degrees.
    base_map : BaseMap, optional
        Tiles to draw under the communes: then, and only then, the page calls a server.

    Notes
    -----
    Rendering changes nothing: twice gives the same bytes, and so does making the map again
    from the same input with the same versions. Elements of folium added to it keep their
    random names, and the page's policy refuses what they would load from elsewhere.
    """

    _template = Template(
        "{% macro html(this, kwargs) %}{{ this.shell }}{% endmacro %}"
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, "
        "{center: {{ this.location|tojson }}, zoom: 6, zoomSnap: 0.25, "
        "minZoom: 4, maxZoom: {{ this.max_zoom }}, attributionControl: {{ this.tiled|tojson }}});\n"
        "L.control.scale({imperial: false}).addTo({{ this.get_name() }});\n"
        "{% endmacro %}"
    )

    def __init__(
        self,
        page: Page,
        data: str,
        shapes: str,
        bounds: Sequence[Sequence[float]],
        *,
        base_map: BaseMap | None = None,
    ) -> None:
        (south, west), (north, east) = bounds
        super().__init__(location=[(south + north) / 2, (west + east) / 2], tiles=None)
        self.default_js = []  # nothing is linked; `add_js_link` then changes this map alone
        self.default_css = []
        self.page = page
        self.tiled = base_map is not None
        self.max_zoom = base_map.max_zoom if base_map else 16
        self._id = hashlib.sha256(f"{page!r}\n{data}\n{shapes}".encode()).hexdigest()[:12]
        hosts = (base_map.host if base_map else "", page.address)
        _Document(page.title, _policy(*hosts)).add_child(self, name="carte")
        scripts = [_leaflet("leaflet.js"), *map(_asset, SCRIPTS)]
        if page.address:
            scripts.append(_asset(ADDRESS_SCRIPT))
        sheets = [_leaflet_css(), _asset("page.css")]
        self.add_child(_Inline(sheets, scripts), name="inline")
        if base_map is not None:
            tiles = folium.TileLayer(
                tiles=base_map.url,
                attr=escape(base_map.attribution),
                name=base_map.title,
                max_zoom=base_map.max_zoom,
            )
            tiles._id = hashlib.sha256(base_map.url.encode()).hexdigest()[:12]  # noqa: SLF001
            self.add_child(tiles, name="fond")
        self.add_child(_Zonings(data, shapes), name="zonages")

    @property
    def shell(self) -> str:
        """The page around the map, as HTML."""
        return str(Template(_asset("page.html")).render(this=self))

    def save(self, outfile: Any, close_file: bool = True, **kwargs: Any) -> None:  # noqa: ANN401, FBT001, FBT002
        """Write the page.

        Parameters
        ----------
        outfile : str, Path or file object
            Where to; the folder of a path is made where it lacks.
        close_file : bool
            Whether to close a file object.
        **kwargs
            As folium's.
        """
        if isinstance(outfile, (str, Path)):
            Path(outfile).parent.mkdir(parents=True, exist_ok=True)
        super().save(outfile, close_file=close_file, **kwargs)


def _policy(tiles: str, geocoder: str) -> str:
    """Say what the page may load: itself, and what was asked for."""
    images = " ".join(filter(None, ["data:", "blob:", tiles]))
    said = {
        "default-src": "'none'",
        "script-src": "'unsafe-inline'",
        "style-src": "'unsafe-inline'",
        "img-src": images,
        "connect-src": _origin(geocoder) or "'none'",
        "form-action": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{key} {value}" for key, value in said.items())


def _origin(url: str) -> str:
    match = re.match(r"https?://[^/]+", url)
    return match[0] if match else ""


@cache
def _asset(name: str) -> str:
    return (files("zonage_geo.maps") / "assets" / name).read_text(encoding="utf-8")


def _leaflet_file(name: str) -> Path:
    from xstatic.pkg import leaflet

    return Path(leaflet.BASE_DIR) / name


@cache
def _leaflet(name: str) -> str:
    """Give Leaflet's script, without the link to its source map."""
    text = _leaflet_file(name).read_text(encoding="utf-8")
    return re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", text)


@cache
def _leaflet_css() -> str:
    """Give Leaflet's style sheet, its images inside."""

    def inline(match: re.Match[str]) -> str:
        image = base64.b64encode(_leaflet_file(match[1]).read_bytes()).decode("ascii")
        return f"url(data:image/png;base64,{image})"

    text = _leaflet_file("leaflet.css").read_text(encoding="utf-8")
    return re.sub(r"url\((images/[\w.-]+\.png)\)", inline, text)

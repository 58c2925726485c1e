"""From what was asked to a map: read, ask, prepare, put together."""

from __future__ import annotations

import importlib.metadata
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import shapely

from zonage_geo.catalog.model import Catalog
from zonage_geo.catalog.names import no_such_layer
from zonage_geo.errors import InputError, StoreError
from zonage_geo.french import french_date
from zonage_geo.maps.encoding import packed_json
from zonage_geo.maps.model import MapLayer, MapSource, Units
from zonage_geo.maps.page import Page, SourceBlock, SourceLine, ZonageMap
from zonage_geo.maps.plugs import Indicator, indicator_layer, sector_layer, verdict_layer
from zonage_geo.maps.styles import OVER, Styles, load_styles
from zonage_geo.maps.units import read_units
from zonage_geo.maps.wire import Opening, page_data, shapes_of
from zonage_geo.maps.zonings import Asked, says_something
from zonage_geo.render.words import NOTICE
from zonage_geo.store.additions import COMMUNES
from zonage_geo.store.query import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Content", "Request", "compose", "content_of", "content_on", "draw"]


_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(/\S*)?")


class Request(NamedTuple):
    """What map is wanted.

    Attributes
    ----------
    place : str
        What the territory is called: ``Occitanie``.
    communes : collection of str or None
        Its communes, by code of the store's vintage; None: all of France.
    day : date
        The day it is about.
    compared : date or None
        Another day, to compare: the curtain's right side.
    layers : sequence of str or None
        Ids of layers; None: all that say something that day.
    base, right : str or None
        What the map opens with, left and right.
    overlays : sequence of str or None
        What lies over it when it opens; None: as the styles say.
    title : str or None
        Heading; None: made from the rest.
    palette : str
        Name of the palette that the map opens with.
    base_map : str or None
        ``ign`` or ``osm``: tiles, from their servers; None: no request at all.
    address : bool
        Whether the page has a box that asks a geocoder, from the reader's browser.
    geocoder : str or None
        Address of that geocoder; None: the catalogue's.
    aids : mapping of str to DataFrame
        Title to verdicts by commune.
    sectors : DataFrame or None
        Garde sectors, as ``pdsa.pdsa_sectors`` gives them.
    indicators : sequence of Indicator
        Numbers by commune.
    """

    place: str
    communes: Collection[str] | None
    day: date
    compared: date | None = None
    layers: Sequence[str] | None = None
    base: str | None = None
    right: str | None = None
    overlays: Sequence[str] | None = None
    title: str | None = None
    palette: str = "accessible"
    base_map: str | None = None
    address: bool = False
    geocoder: str | None = None
    aids: Mapping[str, pd.DataFrame] = MappingProxyType({})
    sectors: pd.DataFrame | None = None
    indicators: Sequence[Indicator] = ()


class Content(NamedTuple):
    """What a map shows, whatever draws it.

    Attributes
    ----------
    units : Units
        The communes.
    sides : list of list of MapLayer
        Layers at the day, and at the other one where there is one.
    silent : list of str
        Titles of layers of which nothing is loaded.
    styles : Styles
        How to draw them.
    origin : str
        Where outlines and populations are from, in French.
    """

    units: Units
    sides: list[list[MapLayer]]
    silent: list[str]
    styles: Styles
    origin: str


def content_of(store: Store, catalog: Catalog, request: Request) -> Content:
    """Gather what a map shows.

    Parameters
    ----------
    store : Store
        Open, with outlines.
    catalog : Catalog
        Its catalogue.
    request : Request
        What is wanted.

    Returns
    -------
    Content
        Its layers all say something.

    Raises
    ------
    InputError
        If a layer, palette or base map has no such name, or the territory is empty.
    StoreError
        If a layer asked for has nothing loaded.
    """
    _check(request, catalog, load_styles())
    return content_on(store, catalog, request, read_units(store, catalog, request.communes))


def content_on(store: Store, catalog: Catalog, request: Request, units: Units) -> Content:
    """Gather what a map shows of communes already read, or drawn.

    Parameters
    ----------
    store : Store
        Open; it may lack outlines.
    catalog : Catalog
        Its catalogue.
    request : Request
        What is wanted.
    units : Units
        The communes.

    Returns
    -------
    Content
        Its layers all say something.

    Raises
    ------
    StoreError
        If a layer asked for has nothing loaded, or none says anything.
    """
    styles = load_styles()
    days = _days(request)
    asked = [Asked(store, catalog, units, day, styles, around=request.address) for day in days]
    named = {request.base, request.right, *(request.overlays or ()), *(request.layers or ())}
    every = request.layers is None
    sides: list[list[MapLayer]] = [[] for _ in days]
    silent = []
    for name in (name for name in catalog.layers if every or name in named):
        found = [one.layer(name) for one in asked]
        if not any(says_something(layer) for layer in found):
            if name in named:
                raise StoreError(f"{found[0].title} : {catalog.layers[name].missing}")
            silent.append(found[0].title)
        if name not in named and not any(_tells_apart(layer) for layer in found):
            continue
        for side, layer in zip(sides, found, strict=True):
            side.append(layer)
    for rank, day in enumerate(days):
        sides[rank] += _plugged(request, units, day, styles)
    if not any(sides):
        raise StoreError("aucune couche de ce magasin ne dit quelque chose à cette date.")
    return Content(units, sides, silent, styles, _origin(store))


def _tells_apart(layer: MapLayer) -> bool:
    """Tell whether a layer is worth a map: some commune is in it, or may be."""
    return any(layer.classes[answer.cls].kind in ("oui", "indetermine") for answer in layer.answers)


def _plugged(request: Request, units: Units, day: date, styles: Styles) -> list[MapLayer]:
    """Make the layers that are not the catalogue's; those of one day stand on its side."""
    found = [
        indicator_layer(one, units, day, styles, f"indicateur_{rank}")
        for rank, one in enumerate(request.indicators, 1)
    ]
    if day != request.day:
        return found
    for rank, (title, frame) in enumerate(request.aids.items(), 1):
        short = str(frame.attrs.get("short", title))
        documents = " ; ".join(frame.attrs.get("sources", ())) or "source non précisée"
        source = MapSource(title, f"D'après : {documents}.", "non précisée [?]")
        name = f"aide_{rank}"
        found.append(
            verdict_layer(
                frame, units, day, styles, name=name, short=short, title=title, sources=(source,)
            )
        )
    if request.sectors is not None:
        found.append(sector_layer(request.sectors, units, day, styles))
    return found


def _check(request: Request, catalog: Catalog, styles: Styles) -> None:
    known = [*catalog.layers, *(f"indicateur_{k}" for k, _ in enumerate(request.indicators, 1))]
    known += [f"aide_{k}" for k, _ in enumerate(request.aids, 1)]
    known += ["pdsa_exoneration"] * (request.sectors is not None)
    asked = [*(request.layers or ()), *(request.overlays or ()), request.base, request.right]
    for name in filter(None, asked):
        if name not in known:
            raise InputError(no_such_layer(catalog, name, known))
    _check_roles(request, styles)
    if request.geocoder is not None and _ADDRESS.fullmatch(request.geocoder) is None:
        raise InputError(f"géocodeur : {request.geocoder!r} n'est pas une adresse http ou https.")
    if request.palette not in styles.palettes:
        told = ", ".join(styles.palettes)
        raise InputError(f"palette : {request.palette!r} n'est pas parmi {told}.")
    if request.base_map is not None and request.base_map not in styles.base_maps:
        told = ", ".join(styles.base_maps)
        raise InputError(f"fond : {request.base_map!r} n'est pas parmi {told}.")
    if request.compared == request.day:
        raise InputError("comparer demande deux dates différentes.")


def _check_roles(request: Request, styles: Styles) -> None:
    """Refuse what would not be drawn where it was asked: another layer would stand there."""
    for name in filter(None, (request.base, request.right)):
        if styles.roles.get(name) == OVER:
            raise InputError(f"{name} se dessine par-dessus un zonage : overlays (--superposer).")
    for name in request.overlays or ():
        if styles.roles.get(name) != OVER:
            raise InputError(f"{name} remplit les communes : base (--base), et non par-dessus.")
    if request.right is not None and request.compared is None:
        raise InputError("right (--droite) demande une autre date : compare (--comparer).")


def draw(store: Store, catalog: Catalog, request: Request) -> ZonageMap:
    """Make an interactive map.

    Parameters
    ----------
    store : Store
        Open, with outlines.
    catalog : Catalog
        Its catalogue.
    request : Request
        What is wanted.

    Returns
    -------
    ZonageMap
        To show in a notebook, or to save.

    Raises
    ------
    InputError
        If something asked for has no such name, or the territory is empty.
    StoreError
        If a layer asked for has nothing loaded, or the outlines cannot be drawn.
    """
    return compose(content_of(store, catalog, request), catalog, request)


def _origin(store: Store) -> str:
    """Name what the outlines and the populations are from, those that a file brought too."""
    known = json.loads(store.metadata.get("sources", "[]"))[:1]
    told = [f"{one['title']} ({one['publisher']}, {one['licence']})" for one in known]
    added = json.loads(store.metadata.get("additions", "[]"))
    told += [f"contours de {one['file']}" for one in added if one["key"][0] == COMMUNES]
    return " ; ".join(told)


def compose(content: Content, catalog: Catalog, request: Request) -> ZonageMap:
    """Put a page together.

    Parameters
    ----------
    content : Content
        What it shows.
    catalog : Catalog
        For names of places, and the thresholds of an address.
    request : Request
        What is wanted.

    Returns
    -------
    ZonageMap
        The page.

    Raises
    ------
    StoreError
        If the outlines cannot be drawn.
    """
    units, styles = content.units, content.styles
    shapes = shapes_of(units, styles)
    service = request.geocoder or catalog.service.url
    geocoder = _geocoder(request, catalog)
    opening = _opening(request, content)
    data = page_data(
        units,
        content.sides,
        names={
            "place": request.place,
            "notice": NOTICE,
            "file": _slug(f"{request.place} {request.day.isoformat()}"),
            "dates": [day.isoformat() for day in _days(request)],
            "departements": {code: item.nom for code, item in catalog.departements.items()},
            "regions": {item.region: item.region_nom for item in catalog.departements.values()},
        },
        styles=styles,
        step=shapes.step,
        opening=opening,
        exact=request.address,
    )
    if request.address:
        data |= _address(catalog, styles, service)
    page = Page(
        title=request.title or f"Zonages de santé : {request.place}",
        subtitle=_subtitle(request),
        caption=f"Ce que montre la carte, {request.place}",
        notice=NOTICE,
        made=f"Carte faite avec zonage_geo {importlib.metadata.version('zonage_geo')} ; "
        "affichage : Leaflet 1.9.3.",
        sources=_source_blocks(request, content, geocoder),
        compared=_compared(request),
        address=service if request.address else "",
        geocoder=geocoder,
    )
    base_map = styles.base_maps[request.base_map] if request.base_map else None
    return ZonageMap(page, packed_json(data), shapes.packed, opening.bounds, base_map=base_map)


def _address(catalog: Catalog, styles: Styles, url: str) -> dict[str, Any]:
    """Give what the address box goes by: scores, and how far from its position a place may be."""
    street = catalog.thresholds["street_m"]  # how long a street is that nobody measured
    precisions = {
        key: {"label": one.label, "radius_m": one.radius_m}
        for key, one in catalog.precisions.items()
    }
    for key in ("voie", "lieu_dit"):
        precisions[key]["radius_m"] = max(catalog.precisions[key].radius_m or 0.0, street)
    limits = catalog.limits
    return {
        "geocoder": {
            "url": url,
            "least": limits.score_sure,
            "given": styles.address["score_given"],
            "gap": limits.score_gap,
        },
        "mismatch": catalog.thresholds["code_mismatch_m"],
        "precisions": precisions,
    }


def _geocoder(request: Request, catalog: Catalog) -> str:
    """Say to whom the page's addresses go, as a sentence has it."""
    if request.geocoder is None:
        return f"au géocodeur {catalog.service.title}"
    return f"au géocodeur {urlsplit(request.geocoder).netloc}"


def _days(request: Request) -> list[date]:
    return [request.day, *([request.compared] if request.compared else [])]


def _opening(request: Request, content: Content) -> Opening:
    shown = request.overlays
    if shown is None:
        shown = content.styles.shown["layers"]
    return Opening(
        base=request.base,
        right=request.right or request.base,
        overlays=list(shown),
        palette=request.palette,
        bounds=_bounds(content.units, content.styles),
    )


def _bounds(units: Units, styles: Styles) -> list[list[float]]:
    """Frame the units; of all France, the mainland and Corsica first."""
    boxes = shapely.bounds(units.shapes)
    west, south, east, north = styles.places.mainland
    inside = (boxes[:, :2] > (west, south)).all(axis=1) & (boxes[:, 2:] < (east, north)).all(axis=1)
    boxes = boxes[inside] if inside.any() else boxes
    west, south = boxes[:, :2].min(axis=0).tolist()
    east, north = boxes[:, 2:].max(axis=0).tolist()
    return [[round(south, 5), round(west, 5)], [round(north, 5), round(east, 5)]]


def _subtitle(request: Request) -> str:
    if request.compared is None:
        return f"Situation au {french_date(request.day)}, par commune (communes de 2025)."
    first, second = french_date(request.day), french_date(request.compared)
    return f"Situation au {first} et au {second}, par commune (communes de 2025)."


def _compared(request: Request) -> tuple[str, ...]:
    if request.compared is None:
        return ()
    return (f"Au {french_date(request.day)}", f"Au {french_date(request.compared)}")


def _source_blocks(request: Request, content: Content, geocoder: str) -> list[SourceBlock]:
    lines: dict[str, dict[SourceLine, None]] = {}
    notes: dict[str, dict[str, None]] = {}
    for layer in (layer for side in content.sides for layer in side):
        of, also = lines.setdefault(layer.title, {}), notes.setdefault(layer.title, {})
        for source in layer.sources:
            said = f"{source.title} : {source.detail} Licence : {source.licence}."
            of[SourceLine(said, source.url)] = None
            also |= dict.fromkeys(source.doubts)
        also |= dict.fromkeys(layer.notes)
    found = [SourceBlock(title, list(of), list(notes[title])) for title, of in lines.items()]
    display = content.styles.display_for(len(content.units.codes))
    outlines = [
        SourceLine(f"Contours et population municipale : {content.origin}."),
        SourceLine(
            f"Contours simplifiés pour l'affichage seulement (tolérance de {display.tolerance_m:g} "
            "m) : aucune réponse n'en dépend, et une limite vue ici ne fait pas foi."
        ),
        SourceLine(
            "Une commune sans réponse sûre est hachurée : « indéterminé » n'est ni oui ni non, et "
            "« non disponible » n'est pas zéro."
        ),
    ]
    if content.silent:
        outlines.append(SourceLine(f"Rien n'est chargé sur : {', '.join(content.silent)}."))
    if any(len(codes) > 1 for codes in content.units.codes):
        outlines.append(
            SourceLine(
                "Quelques communes récemment scindées sont dessinées ensemble dans la source."
            )
        )
    if content.units.cities:
        outlines.append(
            SourceLine(
                "La population de Paris, Lyon et Marseille est comptée là où tous leurs "
                "arrondissements ont la même classe : elle n'est pas chargée par arrondissement."
            )
        )
    if request.base_map is not None:
        base = content.styles.base_maps[request.base_map]
        outlines.append(SourceLine(f"Fond de carte : {base.title}, {base.attribution}."))
    if request.address:
        outlines.append(
            SourceLine(
                f"Adresses : l'adresse cherchée est envoyée {geocoder} par votre navigateur."
            )
        )
    return [*found, SourceBlock("Carte", outlines)]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "carte"

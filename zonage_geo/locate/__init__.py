"""A place and a date → the zones that apply, how sure that is, and why.

The light path: no geopandas, no pandas, no shapely.
"""

from __future__ import annotations

from datetime import date

from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.errors import InputError
from zonage_geo.geocoding.model import Filters, Geocoder
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.garde import with_exoneration
from zonage_geo.locate.model import Commune, Item, Location, Place, Query, Ref, Zone, Zones
from zonage_geo.locate.place import Resolver, check_point
from zonage_geo.locate.reasons import check_sentence, next_step, sentence
from zonage_geo.locate.zones import Part, answer
from zonage_geo.settings import Settings
from zonage_geo.store.query import Store
from zonage_geo.verdict import Reason, Verdict, verdict_of

__all__ = [
    "Commune",
    "Item",
    "Location",
    "Place",
    "Query",
    "Ref",
    "Zone",
    "Zones",
    "check_point",
    "locate",
    "worded",
    "zone_of",
]


def locate(
    store: Store,
    catalog: Catalog,
    query: Query,
    day: date,
    *,
    settings: Settings | None = None,
    geocoder: Geocoder | None = None,
) -> Location:
    """Answer which zones apply to a place on a day.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    query : Query
        A text, a point, a code, or a point or a text and a code.
    day : date
        The day asked about.
    settings : Settings, optional
        What overrides radii and accuracies.
    geocoder : Geocoder, optional
        What reads texts; the offline gazetteer by default.

    Returns
    -------
    Location
        One answer a layer of the catalogue.

    Raises
    ------
    InputError
        If the question cannot be understood.
    PlaceNotFoundError
        If no place, or several, answer to it.
    StoreError
        If the store cannot be read.
    """
    resolver = Resolver(store, catalog, settings or Settings())
    place = _place(resolver, store, catalog, query, day, geocoder)
    zones = Zones(zone_of(store, catalog, layer, place, day) for layer in catalog.layers.values())
    return Location(day, query, place, zones)


def _place(
    resolver: Resolver,
    store: Store,
    catalog: Catalog,
    query: Query,
    day: date,
    geocoder: Geocoder | None,
) -> Place:
    position = None
    if query.lon is not None and query.lat is not None:
        position = (query.lon, query.lat)
        check_point(query.lat, query.lon)
    if query.text is not None and position is None:
        if geocoder is None:
            from zonage_geo.geocoding.local import LocalGeocoder

            geocoder = LocalGeocoder(store, catalog)
        found = geocoder.search(query.text, Filters(query.insee, query.code_postal))
        return resolver.candidate(found)
    if query.text is None and query.insee is not None:
        return resolver.code(query.insee, day, position)
    if query.text is None and position is not None:
        return resolver.point(*position)
    raise InputError("donnez une adresse, ou un point et/ou un code INSEE.")


def zone_of(store: Store, catalog: Catalog, layer: Layer, place: Place, day: date) -> Zone:
    """Answer one layer for a place on a day.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    layer : Layer
        The layer asked.
    place : Place
        Where, as `Resolver` understands it.
    day : date
        The day asked about.

    Returns
    -------
    Zone
        What it answers, and why.
    """
    if in_force(layer, day):
        outcome = answer(store, catalog, layer, place, day)
    else:
        outcome = Part((None,), Reason.SCHEME_NOT_IN_FORCE, "calendrier")
    items = outcome.items
    if outcome.edition is not None and layer.exoneration is not None:
        items = with_exoneration(store, catalog, layer, outcome.edition, items, day)
    return worded(layer, outcome, place, day)._replace(items=items)


def worded(layer: Layer, outcome: Part, place: Place, day: date) -> Zone:
    """Put into words what a layer leaves possible.

    Parameters
    ----------
    layer : Layer
        The layer asked.
    outcome : Part
        What it leaves possible for the place.
    place : Place
        The place.
    day : date
        The day asked about.

    Returns
    -------
    Zone
        Verdict, class, sentences.
    """
    verdict = verdict_of(outcome.possible)
    return Zone(
        layer=layer,
        verdict=verdict,
        zone_class=outcome.possible[0] if verdict is Verdict.OUI else None,
        base_class=outcome.base,
        possible=outcome.possible,
        items=outcome.items,
        edition=outcome.edition,
        method=outcome.method,
        distance_m=outcome.distance_m,
        reason_code=outcome.reason,
        reason=sentence(layer, outcome, place, day),
        to_check=check_sentence(layer, outcome, place, day),
        next_step=next_step(layer, outcome),
    )

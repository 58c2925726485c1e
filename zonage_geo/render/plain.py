"""An answer as plain data: the JSON contract ``zonage_geo.location/1``.

Fields may be added, none is renamed or removed.
"""

from __future__ import annotations

from typing import Any

from zonage_geo.locate.model import Item, Location, Place, Query, Zone

__all__ = ["SCHEMA", "to_dict"]

SCHEMA = "zonage_geo.location/1"


def to_dict(location: Location) -> dict[str, Any]:
    """Turn an answer into plain data.

    Parameters
    ----------
    location : Location
        The answer.

    Returns
    -------
    dict
        Of texts, numbers, booleans, lists and None only; dates as ISO text, distances in
        metres, coordinates in EPSG:4326 degrees.
    """
    return {
        "schema": SCHEMA,
        "date": location.date.isoformat(),
        "query": _query(location.query),
        "place": _place(location.place),
        "zones": [_zone(zone) for zone in location.zones],
    }


def _query(query: Query) -> dict[str, Any]:
    values = query._asdict()
    return {key: value for key, value in values.items() if value is not None}


def _place(place: Place) -> dict[str, Any]:
    commune = place.commune
    likeliest = place.communes_possibles[0] if place.refs[0].distance_m == 0 else None
    return {
        "label": place.label,
        "lon": place.lon,
        "lat": place.lat,
        "precision": place.precision,
        "radius_m": place.radius_m,
        "geocoder": place.geocoder,
        "geocoder_date": place.as_of.isoformat() if place.as_of else None,
        "commune": None
        if commune is None
        else {
            "code": commune.code,
            "nom": commune.nom,
            "arrondissement": commune.arrondissement,
            "departement": commune.departement,
            "region": commune.region,
        },
        "communes_possibles": list(place.communes_possibles),
        "commune_probable": commune.code if commune else likeliest,
        "notes": list(place.notes),
        "to_check": place.to_check,
    }


def _metres(distance: float | None) -> float | None:
    return None if distance is None else round(distance, 1)


def _item(item: Item) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "code": item.code,
        "name": item.nom,
        "class": item.zone_class,
        "distance_m": _metres(item.distance_m),
    }
    if item.exoneration is not None:
        plain["exoneration"] = str(item.exoneration)
        plain["exoneration_reason"] = item.exoneration_reason
    return plain


def _zone(zone: Zone) -> dict[str, Any]:
    edition = zone.edition
    return {
        "layer": zone.layer.id,
        "title": zone.layer.title,
        "verdict": str(zone.verdict),
        "class": zone.zone_class,
        "base_class": zone.base_class,
        "possible": list(zone.possible),
        "items": [_item(item) for item in zone.items],
        "edition": edition.id if edition else None,
        "method": zone.method,
        "distance_m": _metres(zone.distance_m),
        "to_check": zone.to_check is not None,
        "to_check_reason": zone.to_check,
        "reason_code": str(zone.reason_code),
        "reason": zone.reason,
        "next_step": zone.next_step,
        "source": None
        if edition is None
        else {
            "title": edition.title,
            "publisher": edition.publisher,
            "licence": edition.licence,
            "file": edition.file,
            "legal": edition.legal,
            "url": edition.url,
            "valid_from": edition.valid_from.isoformat() if edition.valid_from else None,
            "known_until": edition.known_until.isoformat() if edition.known_until else None,
            "published": edition.published.isoformat() if edition.published else None,
            "cog": edition.cog,
            "doubts": list(edition.doubts),
        },
    }

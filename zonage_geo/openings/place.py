"""One place: located on the day that decides, its distance to a ZIP or ZAC measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from math import inf
from typing import Any, NamedTuple

from zonage_geo.aids.answers import AidVerdict, Answer, Answers
from zonage_geo.aids.evaluation import evaluate, with_conflicts
from zonage_geo.aids.site import DISTANCE, NEAR, Distance
from zonage_geo.catalog.model import Catalog
from zonage_geo.geocoding.model import Geocoder
from zonage_geo.locate import Location, Query, locate
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.garde import whole_commune
from zonage_geo.locate.model import Ref
from zonage_geo.locate.zones import Question
from zonage_geo.proximity import nearest_zone
from zonage_geo.settings import Settings
from zonage_geo.store import Store
from zonage_geo.territory import STORE_DAY

__all__ = ["Desk", "Opening", "place_aids", "situated_aids"]

KM = 1000.0


class Desk(NamedTuple):
    """What questions are asked of.

    Attributes
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    settings : Settings
        What overrides radii and accuracies.
    geocoder : Geocoder or None
        What reads addresses; the offline gazetteer by default.
    """

    store: Store
    catalog: Catalog
    settings: Settings
    geocoder: Geocoder | None = None


class Opening(NamedTuple):
    """What a place opens.

    Attributes
    ----------
    location : Location
        The place, with its zones on the day that decides.
    day : date
        The day asked about.
    signature : date or None
        The day of signature, where it is not that day.
    answers : Answers
        One an aid.
    """

    location: Location
    day: date
    signature: date | None
    answers: Answers


def place_aids(
    desk: Desk,
    query: Query,
    day: date,
    profile: Mapping[str, Any] | None = None,
    *,
    signature: date | None = None,
    readings: Mapping[str, str] | None = None,
) -> Opening:
    """Locate a place, and tell what it opens.

    Parameters
    ----------
    desk : Desk
        What is asked.
    query : Query
        What is asked about.
    day : date
        The day asked about.
    profile : mapping, optional
        As ``aids.evaluate`` takes it.
    signature : date, optional
        The day of signature: zones are those of that day.
    readings : mapping, optional
        As ``aids.evaluate`` takes them.

    Returns
    -------
    Opening
        The place and its aids.

    Raises
    ------
    InputError
        If the question, the profile or a reading cannot be understood.
    PlaceNotFoundError
        If no place, or several, answer to it.
    StoreError
        If the store cannot be read.
    """
    ask = partial(
        locate, desk.store, desk.catalog, query, settings=desk.settings, geocoder=desk.geocoder
    )
    location = ask(day=signature or day)
    answers = situated_aids(desk, location, day, profile, signature=signature, readings=readings)
    if signature is not None and signature != day:
        today = ask(day=day)
        then = situated_aids(desk, today, day, profile, signature=signature, readings=readings)
        pairs = zip(answers, then, strict=True)
        answers = with_conflicts(
            now if now.aid.decides == "jour" else signed for signed, now in pairs
        )
    return Opening(location, day, signature, answers)


def situated_aids(
    desk: Desk | None,
    location: Location,
    day: date,
    profile: Mapping[str, Any] | None = None,
    *,
    signature: date | None = None,
    readings: Mapping[str, str] | None = None,
) -> Answers:
    """Tell what a located place opens, its distance to a ZIP or ZAC measured.

    Parameters
    ----------
    desk : Desk or None
        What located it; None: no distance is measured.
    location : Location
        The place.
    day : date
        The day asked about.
    profile : mapping, optional
        As ``aids.evaluate`` takes it.
    signature : date, optional
        The day of signature.
    readings : mapping, optional
        As ``aids.evaluate`` takes them.

    Returns
    -------
    Answers
        One an aid.

    Raises
    ------
    InputError
        If the profile or a reading cannot be understood.
    StoreError
        If the store cannot be read.
    """
    answers = evaluate(location, day, profile, signature=signature, readings=readings)
    if desk is None or not any(map(_needs_distance, answers)):
        return answers
    distance = _measured(desk, location)
    return evaluate(
        location, day, profile, signature=signature, readings=readings, distance=distance
    )


def _needs_distance(answer: Answer) -> bool:
    """Tell whether a distance may settle an answer: measuring takes half a second and more."""
    return (
        answer.verdict is AidVerdict.DEPENDS
        and DISTANCE in answer.missing
        and "status" not in answer.missing
    )


def _measured(desk: Desk, location: Location) -> Distance | None:
    """Bound the distance to the nearest ZIP or ZAC; None where nothing is known of it."""
    near = nearest_zone(
        desk.store,
        desk.catalog,
        location.place,
        NEAR,
        location.date,
        settings=desk.settings,
    )
    if near.low_m == 0 and near.high_m == inf:
        return None
    low, reason = near.low_m, near.reason
    if low and (nearer := _quarter_nearer(desk, location, low)):
        low, reason = 0.0, f"{reason} {nearer}"
    return Distance(low / KM, near.high_m / KM, reason, near.to_check)


def _quarter_nearer(desk: Desk, location: Location, reach_m: float) -> str | None:
    """Tell whether a quarter, whose own class may be one that counts, may be nearer.

    `nearest_zone` knows the communes' classes alone. Where a commune nearer than the nearest
    one in ZIP or ZAC holds a quarter, how far the nearest zone is stays open.
    """
    zoning = desk.catalog.layers["zonage_medecins"]
    layer = desk.catalog.layers.get(zoning.overridden_by or "")
    place = location.place
    if layer is None or not in_force(layer, location.date):
        return None
    if place.lon is None or place.lat is None or place.radius_m is None:
        return f"Un quartier ({layer.short}) classé à part peut être plus près."
    for box in desk.store.boxes_near("communes", place.lon, place.lat, reach_m + place.radius_m):
        for code in box.codes:
            ref = Ref(code, STORE_DAY)
            nom = desk.store.commune_name(code) or code
            whole = whole_commune(ref, nom)
            part = Question(desk.store, desk.catalog, whole, location.date).part(layer, ref)
            if part.possible != (None,):
                return f"Un quartier ({layer.short}) de {nom}, classé à part, peut être plus près."
    return None

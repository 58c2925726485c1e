"""One place: located on the day that decides, its distance to a ZIP or ZAC measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import inf
from typing import Any, NamedTuple

from zonage_geo.aids.answers import Answers
from zonage_geo.aids.evaluation import evaluate
from zonage_geo.aids.rules import Rules, rules
from zonage_geo.aids.site import Distance
from zonage_geo.catalog.model import Catalog
from zonage_geo.locate import Location, Query, locate
from zonage_geo.proximity import nearest_zone
from zonage_geo.settings import Settings
from zonage_geo.store import Store

__all__ = ["Opening", "place_aids", "situated_aids"]

CLASSES = ("ZIP", "ZAC")
KM = 1000.0


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
    store: Store,
    catalog: Catalog,
    query: Query,
    day: date,
    profile: Mapping[str, Any] | None = None,
    *,
    signature: date | None = None,
    readings: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Opening:
    """Locate a place, and tell what it opens.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
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
    settings : Settings, optional
        What overrides radii and accuracies.

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
    settings = settings or Settings()
    decisive = signature or day
    location = locate(store, catalog, query, decisive, settings=settings)
    answers = situated_aids(
        store,
        catalog,
        location,
        day,
        profile,
        signature=signature,
        readings=readings,
        settings=settings,
    )
    return Opening(location, day, signature, answers)


def situated_aids(
    store: Store,
    catalog: Catalog,
    location: Location,
    day: date,
    profile: Mapping[str, Any] | None = None,
    *,
    signature: date | None = None,
    readings: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Answers:
    """Tell what a located place opens, its distance to a ZIP or ZAC measured.

    Parameters
    ----------
    store : Store
        That located it.
    catalog : Catalog
        Its catalogue.
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
    settings : Settings, optional
        What overrides accuracies.

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
    known: Rules = rules()
    near = nearest_zone(store, catalog, location.place, CLASSES, location.date, settings=settings)
    unknown = near.high_m == inf and near.low_m == 0
    distance = Distance(near.low_m / KM, near.high_m / KM, near.reason, near.to_check)
    return evaluate(
        location,
        day,
        profile,
        signature=signature,
        readings=readings,
        distance=None if unknown else distance,
        known=known,
    )

"""From a text to a place, with an honest precision; what searches is imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zonage_geo.geocoding.model import (
    NO_FILTER,
    Candidate,
    Filters,
    Geocoder,
    SeveralPlacesError,
)

if TYPE_CHECKING:
    from zonage_geo.geocoding.local import LocalGeocoder
    from zonage_geo.geocoding.service import Chooser, open_geocoder

__all__ = [
    "NO_FILTER",
    "Candidate",
    "Chooser",
    "Filters",
    "Geocoder",
    "LocalGeocoder",
    "SeveralPlacesError",
    "open_geocoder",
]

_HOMES = {"LocalGeocoder": "local", "Chooser": "service", "open_geocoder": "service"}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562)
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)

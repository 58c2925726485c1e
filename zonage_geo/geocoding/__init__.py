"""From a text to a place, with an honest precision."""

from __future__ import annotations

from zonage_geo.geocoding.local import LocalGeocoder
from zonage_geo.geocoding.model import (
    NO_FILTER,
    Candidate,
    Filters,
    Geocoder,
    SeveralPlacesError,
)
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

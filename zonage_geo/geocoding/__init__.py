"""From a text to a place, with an honest precision."""

from __future__ import annotations

from zonage_geo.geocoding.local import LocalGeocoder
from zonage_geo.geocoding.model import Candidate, Geocoder

__all__ = ["Candidate", "Geocoder", "LocalGeocoder"]

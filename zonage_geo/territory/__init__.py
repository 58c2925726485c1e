"""Commune codes: their form, and what became of them between two dates."""

from __future__ import annotations

from zonage_geo.territory.codes import (
    ARRONDISSEMENT_CITIES,
    check_code,
    commune_of,
    departement_of,
)
from zonage_geo.territory.timeline import STORE_DAY, Change, Period, Timeline, vintage

__all__ = [
    "ARRONDISSEMENT_CITIES",
    "STORE_DAY",
    "Change",
    "Period",
    "Timeline",
    "check_code",
    "commune_of",
    "departement_of",
    "vintage",
]

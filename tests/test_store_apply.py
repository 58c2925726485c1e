"""Perimeters laid over communes: what comes within an outline's accuracy is held, never less."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zonage_geo.store.apply import comes_within

GEOD = pyproj.Geod(ellps="GRS80")
SIDE = 0.02


def beside(lon: float, lat: float, azimuth: float, metres: float) -> shapely.Polygon:
    """Draw a tiny square some metres away from a point."""
    x, y, _ = GEOD.fwd(lon, lat, azimuth, metres)
    drawn: shapely.Polygon = shapely.box(x - 1e-9, y - 1e-9, x + 1e-9, y + 1e-9)
    return drawn


@settings(max_examples=60, deadline=None)
@given(
    lat=st.sampled_from([-21.1, -12.8, 4.9, 16.2, 41.4, 46.0, 51.0]),
    azimuth=st.floats(0, 360),
    metres=st.sampled_from([15.0, 300.0, 1500.0]),
)
def test_what_is_within_the_reach_is_told_so(lat: float, azimuth: float, metres: float) -> None:
    """Both ways: the commune a point, the zone a point; by the geodesic, an oracle of its own."""
    lon = 1.44
    point = shapely.box(lon - 1e-9, lat - 1e-9, lon + 1e-9, lat + 1e-9)
    near, far = (beside(lon, lat, azimuth, metres * share) for share in (0.9995, 1.02))
    assert comes_within(point, near, metres)
    assert comes_within(near, point, metres)
    assert not comes_within(point, far, metres)


@pytest.mark.parametrize("lat", [-21.1, 48.9])
def test_a_tall_zone_is_measured_at_its_narrowest(lat: float) -> None:
    """The end of a zone that is farther from the equator has the shorter degrees."""
    end = lat + math.copysign(0.5, lat)
    south, north = sorted((lat, end))
    zone = shapely.box(1.0, south, 1.01, north)
    x, _, _ = GEOD.fwd(1.01, end, 90.0, 299.0)
    commune = shapely.box(x, end - SIDE / 2, x + SIDE, end + SIDE / 2)
    assert comes_within(commune, zone, 300.0)
    assert not comes_within(shapely.affinity.translate(commune, np.float64(0.005)), zone, 300.0)

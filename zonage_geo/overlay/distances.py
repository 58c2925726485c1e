"""How far each commune is from the nearest of some classes, at least and at most.

What `proximity.nearest_zone` does for one place, for all communes at once, in the legal
projection of each territory. The upper bound is a little wider: the disc that holds the
commune stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog
from zonage_geo.geometry import wkb_of
from zonage_geo.overlay.classes import Asked
from zonage_geo.overlay.ground import default_accuracy, metric
from zonage_geo.store.query import Store
from zonage_geo.territory import departement_of

__all__ = ["REACH_M", "distance_columns"]

REACH_M = 60_000.0
"""How far beyond the territory a commune is looked for: wide of the 10 km that the law asks."""
DEGREES = 0.9
"""The same in degrees of longitude, up to 51° north; of latitude it is wider still."""

Shapes = NDArray[np.object_]


def distance_columns(
    store: Store,
    catalog: Catalog,
    frame: gpd.GeoDataFrame,
    layer: str,
    classes: Sequence[str],
    day: date,
) -> pd.DataFrame:
    """Bound each commune's distance to the nearest of some classes.

    Parameters
    ----------
    store : Store
        An open store, with outlines.
    catalog : Catalog
        Its catalogue.
    frame : GeoDataFrame
        Communes, as ``ground.commune_frame`` gives them.
    layer : str
        The layer that has the classes.
    classes : sequence of str
        Such as ``("ZIP", "ZAC")``.
    day : date
        The day of the classes.

    Returns
    -------
    DataFrame
        ``<classes>_min_m`` and ``<classes>_max_m`` (Float64, metres): wherever in the commune a
        place is, its distance lies between them. Both 0 in a commune of the class; ``max`` is
        missing where no commune within 60 km of the territory has one for certain, ``min`` where
        nothing within it may.
    """
    west, south, east, north = frame.total_bounds
    rows = store.shapes_in(west - DEGREES, south - DEGREES, east + DEGREES, north + DEGREES)
    held = [codes.split() for codes, _ in rows]  # several where they are drawn together
    every = [code for codes in held for code in codes]
    wide = Asked(store, catalog, day, dict.fromkeys([*every, *frame["code"]]))
    possible = dict(zip(wide.codes, wide.possible(layer), strict=True))
    wanted = set(classes)
    may = np.array(
        [any(not wanted.isdisjoint(possible[code]) for code in codes) for codes in held],
        dtype=bool,
    )
    sure = np.array(
        [all(wanted.issuperset(possible[code]) for code in codes) for codes in held],
        dtype=bool,
    )
    shapes = shapely.from_wkb([wkb_of(blob) for _, blob in rows])
    there = np.array([catalog.crs_of(departement_of(codes[0])) for codes in held], dtype=object)
    here = frame["departement"].map(catalog.crs_of).to_numpy()
    departement = dict(zip(here.tolist(), frame["departement"], strict=True))
    own = [possible[code] for code in frame["code"]]
    out_of = np.array([wanted.isdisjoint(one) for one in own], dtype=bool)
    in_for_sure = np.array([wanted.issuperset(one) for one in own], dtype=bool)
    low = np.where(out_of, np.nan, 0.0)
    high = np.where(in_for_sure, 0.0, np.nan)
    margin = 2 * default_accuracy(store)
    outlines = frame.geometry.to_numpy()
    for system in dict.fromkeys(here.tolist()):
        some, mine, theirs = departement[system], here == system, there == system
        asked = np.flatnonzero(mine & out_of)
        gaps = _gaps(
            metric(outlines[asked], some, catalog), metric(shapes[theirs & may], some, catalog)
        )
        low[asked] = np.maximum(gaps - margin, 0.0)
        asked = np.flatnonzero(mine & ~in_for_sure)
        high[asked] = margin + _reaches(
            metric(outlines[asked], some, catalog), metric(shapes[theirs & sure], some, catalog)
        )
    name = "_".join(classes).lower()
    # Beyond the reach, a commune that was not looked at may be nearer.
    low = np.where(np.isnan(low) & ~frame.geometry.isna(), REACH_M, np.minimum(low, REACH_M))
    high = np.where(high > REACH_M, np.nan, high)
    bounds = {f"{name}_min_m": low.round(), f"{name}_max_m": high.round()}
    return pd.DataFrame({end: pd.array(far, dtype="Float64") for end, far in bounds.items()})


def _gaps(communes: Shapes, others: Shapes) -> NDArray[np.float64]:
    """Measure from each outline to the nearest of the others."""
    out = np.full(len(communes), np.nan)
    drawn = np.flatnonzero(~shapely.is_missing(communes))
    if len(others) and len(drawn):
        (at, _), far = shapely.STRtree(others).query_nearest(
            communes[drawn], return_distance=True, all_matches=False
        )
        out[drawn[at]] = far
    return out


def _reaches(communes: Shapes, others: Shapes) -> NDArray[np.float64]:
    """Measure from the farthest point of a disc around each outline."""
    out = np.full(len(communes), np.nan)
    drawn = np.flatnonzero(~shapely.is_missing(communes))
    if len(others) and len(drawn):
        circles = shapely.minimum_bounding_circle(communes[drawn])
        (at, _), far = shapely.STRtree(others).query_nearest(
            shapely.centroid(circles), return_distance=True, all_matches=False
        )
        radius = shapely.minimum_bounding_radius(communes[drawn])
        out[drawn[at]] = far + radius[at]
    return out

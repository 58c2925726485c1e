"""The points that benchmarks ask about: three kinds, drawn from committed seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["KINDS", "draw"]

SEED = 20_261_123
TOWN_KM = 1.7
BORDER_M = 30.0
DEGREE_M = np.array([111_300 * np.cos(np.radians(46.5)), 111_300.0])
FRANCE = (-5.2, 41.3, 9.6, 51.1)
"""West, south, east, north of the metropolitan territory, in degrees."""


def towns(communes: gpd.GeoDataFrame, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw points as people live: about communes, by their population.

    Parameters
    ----------
    communes : GeoDataFrame
        With ``population``; EPSG:4326.
    count : int
        How many points.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    ndarray of float64, shape (count, 2)
        Longitudes and latitudes.
    """
    weight = communes["population"].fillna(1).clip(lower=1).to_numpy(np.float64)
    chosen = rng.choice(len(communes), count, p=weight / weight.sum())
    middles = shapely.get_coordinates(shapely.point_on_surface(communes.geometry.to_numpy()))
    found: NDArray[np.float64] = middles[chosen]
    found += rng.normal(0, TOWN_KM * 1000, (count, 2)) / DEGREE_M
    return found


def uniform(
    _communes: gpd.GeoDataFrame, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw points anywhere in the box around metropolitan France, the sea included.

    Parameters
    ----------
    _communes : GeoDataFrame
        Not looked at.
    count : int
        How many points.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    ndarray of float64, shape (count, 2)
        Longitudes and latitudes.
    """
    west, south, east, north = FRANCE
    return np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])


def borders(
    communes: gpd.GeoDataFrame, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw points along borders, some tens of metres off: the hardest.

    Parameters
    ----------
    communes : GeoDataFrame
        EPSG:4326.
    count : int
        How many points.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    ndarray of float64, shape (count, 2)
        Longitudes and latitudes.
    """
    rings = shapely.get_rings(shapely.get_parts(communes.geometry.to_numpy()))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    starts = np.flatnonzero(ring[1:] == ring[:-1])
    at = rng.choice(starts, count)
    along = rng.random((count, 1))
    found: NDArray[np.float64] = xy[at] * (1 - along) + xy[at + 1] * along
    found += rng.normal(0, BORDER_M, (count, 2)) / DEGREE_M
    return found


KINDS = {"towns": towns, "uniform": uniform, "borders": borders}
"""Name of a kind to what draws it."""


def draw(kind: str, communes: gpd.GeoDataFrame, count: int) -> NDArray[np.float64]:
    """Draw points of a kind, always the same.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    communes : GeoDataFrame
        Outlines and populations; EPSG:4326.
    count : int
        How many points.

    Returns
    -------
    ndarray of float64, shape (count, 2)
        Longitudes and latitudes.
    """
    return KINDS[kind](communes, count, np.random.default_rng(SEED))

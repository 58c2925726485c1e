"""The communes of a territory as a frame: names, population, area, outline."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog
from zonage_geo.geometry import wkb_of
from zonage_geo.store.query import Store

__all__ = ["KM2", "commune_frame", "default_accuracy", "metric", "outlines", "population_source"]

Shapes = NDArray[np.object_]
KM2 = 1e6
"""Square metres in one."""


def commune_frame(store: Store, catalog: Catalog, codes: Sequence[str]) -> gpd.GeoDataFrame:
    """Give communes as a frame.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    codes : sequence of str
        Codes of the store's vintage.

    Returns
    -------
    GeoDataFrame
        One row a commune, by code: code, nom, departement, departement_nom, region,
        region_nom, epci, population (Int64, missing where unknown), surface_km2 (measured in
        the territory's legal projection), geometry (EPSG:4326; missing where the source draws
        the commune together with others).
    """
    wanted = set(codes)
    rows = [row for row in store.communes() if row[0] in wanted]
    known = catalog.departements
    epcis = store.epcis()
    shapes = dict(outlines(store, wanted))
    frame = gpd.GeoDataFrame(
        {
            "code": [code for code, *_ in rows],
            "nom": [nom for _, nom, *_ in rows],
            "departement": [dep for *_, dep, _ in rows],
            "departement_nom": [known[dep].nom if dep in known else dep for *_, dep, _ in rows],
            "region": [known[dep].region if dep in known else None for *_, dep, _ in rows],
            "region_nom": [known[dep].region_nom if dep in known else None for *_, dep, _ in rows],
            "epci": [epcis.get(code) for code, *_ in rows],
            "population": pd.array([population for *_, population in rows], dtype="Int64"),
        },
        geometry=np.array([shapes.get(code) for code, *_ in rows], dtype=object),
        crs="EPSG:4326",
    )
    plane = metric(frame.geometry.to_numpy(), frame["departement"], catalog)
    area = np.where(shapely.is_missing(plane), np.nan, (shapely.area(plane) / KM2).round(4))
    frame["surface_km2"] = pd.array(area, dtype="Float64")
    return frame[[*(name for name in frame.columns if name != "geometry"), "geometry"]]


def outlines(store: Store, codes: Iterable[str] | None = None) -> list[tuple[str, object]]:
    """Read the outlines of communes that have one of their own.

    Parameters
    ----------
    store : Store
        An open store.
    codes : iterable of str, optional
        Which; all by default.

    Returns
    -------
    list of tuple
        Code and geometry, EPSG:4326, by code.
    """
    wanted = None if codes is None else set(codes)
    rows = [(c, blob) for c, blob in store.own_shapes() if wanted is None or c in wanted]
    shapes = shapely.from_wkb([wkb_of(blob) for _, blob in rows])
    return [(code, shape) for (code, _), shape in zip(rows, shapes, strict=True)]


def metric(shapes: Shapes, departements: str | Iterable[str], catalog: Catalog) -> Shapes:
    """Bring shapes to metres, each in its own territory's system.

    Parameters
    ----------
    shapes : ndarray of geometry
        EPSG:4326; may be missing.
    departements : str or iterable of str
        That of all of them, or of each.
    catalog : Catalog
        For the systems.

    Returns
    -------
    ndarray of geometry
        In metres; shapes of two territories cannot be compared.
    """
    if isinstance(departements, str):
        departements = [departements] * len(shapes)
    systems = np.array([catalog.crs_of(dep) for dep in departements], dtype=object)
    out = np.array(shapes, dtype=object)
    for system in dict.fromkeys(systems.tolist()):
        mine = systems == system
        out[mine] = shapely.transform(out[mine], _to(system))
    return out


def _to(system: str) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    to = pyproj.Transformer.from_crs("EPSG:4326", system, always_xy=True)
    return lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1]))


def default_accuracy(store: Store) -> float:
    """Tell how accurate the least accurate outlines are.

    Parameters
    ----------
    store : Store
        An open store.

    Returns
    -------
    float
        Metres.
    """
    return max(float(store.metadata.get("accuracy_communes_m", 0.0)), store.widest_outline_m)


def population_source(store: Store) -> str:
    """Name where the store's populations come from.

    Parameters
    ----------
    store : Store
        An open store.

    Returns
    -------
    str
        In French.
    """
    sources = json.loads(store.metadata.get("sources", "[]"))
    title = str(sources[0]["title"]).partition(" : ")[0] if sources else "source inconnue"
    return f"population municipale, {title} (Insee ; millésime non précisé [?])"

"""Communes that a list puts in a sector far away: a homonym's code, most often."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog
from zonage_geo.french import metres
from zonage_geo.overlay.ground import metric
from zonage_geo.pdsa.members import Members
from zonage_geo.readers.names import fold
from zonage_geo.store.query import Store
from zonage_geo.territory import departement_of

__all__ = ["far_communes"]


def far_communes(
    store: Store, catalog: Catalog, members: Members, communes: gpd.GeoDataFrame
) -> dict[str, dict[str, str]]:
    """Find the communes that no chain of near ones joins to most of their sector.

    Parameters
    ----------
    store : Store
        For the names of communes.
    catalog : Catalog
        For the systems in which metres are measured.
    members : Members
        Sectors and their communes; the report is told of each.
    communes : GeoDataFrame
        Those communes by code, EPSG:4326.

    Returns
    -------
    dict of str to dict of str to str
        By sector: codes that are to be checked in the list, and why, a French clause.
    """
    named: dict[str, list[str]] = {}
    for code, nom, *_ in store.communes():
        named.setdefault(fold(nom), []).append(code)
    inside = set(members.frame["code"])
    found: dict[str, dict[str, str]] = {}
    for secteur, group in members.frame.groupby("secteur", sort=False):
        codes = sorted(set(group["code"]))
        shapes = np.array(communes.loc[codes, "geometry"].tolist(), dtype=object)
        drawn = [at for at, shape in enumerate(shapes) if shape is not None]
        if len(drawn) < 3:  # of two, nobody knows which is the far one
            continue
        plane = metric(shapes[drawn], departement_of(codes[drawn[0]]), catalog)
        apart = shapely.distance(plane[:, None], plane[None, :])
        group_of = _groups(apart <= catalog.thresholds["sector_gap_m"])
        sizes = np.bincount(group_of)
        largest = np.flatnonzero(sizes == sizes.max())
        alone = int(largest[0]) if len(largest) == 1 else -1  # of two halves, nobody knows
        np.fill_diagonal(apart, np.inf)
        apart[group_of[:, None] == group_of[None, :]] = np.inf
        for at in np.flatnonzero(group_of != alone).tolist() if len(sizes) > 1 else ():
            code = codes[drawn[at]]
            nom = store.commune_name(code) or code
            others = [c for c in named.get(fold(nom), ()) if c != code and c not in inside]
            told = f"{nom} est à {metres(float(apart[at].min()))} du reste du secteur {secteur}"
            if others:
                same = ", ".join(others)
                told += f" ; une commune du même nom ({same}) n'est dans aucun secteur"
            members.report.add(None, code, "commune éloignée", f"{told} : code à vérifier.")
            found.setdefault(str(secteur), {})[code] = told
    return found


def _groups(near: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give a number to the groups of communes that a chain of near ones joins."""
    group = np.full(len(near), -1)
    for first in range(len(near)):
        if group[first] < 0:
            reached = near[first]
            while (wider := near[reached].any(axis=0)).sum() > reached.sum():
                reached = wider
            group[reached] = group.max() + 1
    return group

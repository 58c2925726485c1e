"""The outline of a sector: its communes united, parts of merged communes told apart."""

from __future__ import annotations

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from zonage_geo.geometry import wkb_of
from zonage_geo.pdsa.members import Members
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY

__all__ = ["sector_shapes"]

HOLE_MIN = 1e-6
"""Square degrees, some 0.9 ha: a smaller hole is a border's rounding."""


def sector_shapes(
    store: Store, members: Members, communes: gpd.GeoDataFrame
) -> tuple[dict[str, BaseGeometry], dict[str, set[str]]]:
    """Draw each sector.

    Parameters
    ----------
    store : Store
        For the outlines of communes déléguées and associées.
    members : Members
        Sectors and their communes.
    communes : GeoDataFrame
        Today's communes by code, EPSG:4326.

    Returns
    -------
    tuple
        Outlines by sector (missing where a commune has none), and, by sector, the communes of
        which only a part is in it. Where that part has no outline of its own, the whole commune
        is drawn, which the report says.
    """
    if members.shapes:
        return dict(members.shapes), {}
    parts = {code: shapely.from_wkb(wkb_of(blob)) for code, blob in store.part_shapes()}
    shapes: dict[str, BaseGeometry] = {}
    partly: dict[str, set[str]] = {}
    for secteur, group in members.frame.groupby("secteur", sort=False):
        zone, pieces = str(secteur), []
        for key, origins in group.groupby("code")["origine"]:
            code = str(key)
            own = communes.geometry.get(code)
            whole = store.timeline.at(code, STORE_DAY, members.day)
            here = set(origins)
            if own is None or whole <= here:
                pieces.append(own)
                continue
            partly.setdefault(zone, set()).add(code)
            drawn = [parts.get(origin) for origin in sorted(here)]
            if all(one is not None for one in drawn):
                pieces += drawn
                continue
            pieces.append(own)
            nom = store.commune_name(str(code)) or code
            told = (
                f"{nom} : seule une partie ({', '.join(sorted(here))}) en est ; dessinée entière."
            )
            members.report.add(None, code, "commune partagée", told)
        known = [one for one in pieces if one is not None]
        if len(known) == len(pieces):
            shapes[zone] = _without_cracks(shapely.union_all(known))
    return shapes, partly


def _without_cracks(shape: BaseGeometry) -> BaseGeometry:
    """Fill the holes that only borders drawn twice leave between communes."""
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    return shapely.MultiPolygon(
        [
            shapely.Polygon(
                part.exterior,
                [ring for ring in part.interiors if shapely.Polygon(ring).area >= HOLE_MIN],
            )
            for part in parts
        ]
    )

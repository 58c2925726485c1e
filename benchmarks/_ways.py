"""The same points put into the same communes, by each engine."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zonage_geo.many.frames import locate_frame
from zonage_geo.many.places import find_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from zonage_geo.many.engine import Engine

__all__ = ["MEMBERSHIPS", "REFERENCE", "VERDICTS", "Ways"]

NOBODY = -1
REFERENCE = "geopandas.sjoin"
MEMBERSHIPS = "zonage_geo, memberships"
VERDICTS = "zonage_geo, verdicts"


class Ways:
    """Points and communes, ready for each engine.

    Parameters
    ----------
    communes : GeoDataFrame
        Outlines, in the order of the engine's; EPSG:4326.
    xy : ndarray of float64, shape (points, 2)
        Longitudes and latitudes.
    engine : Engine
        Ours.
    """

    def __init__(self, communes: gpd.GeoDataFrame, xy: NDArray[np.float64], engine: Engine) -> None:
        self.engine = engine
        self.communes = communes
        self.lon, self.lat = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
        self._points: gpd.GeoDataFrame | None = None

    @property
    def points(self) -> gpd.GeoDataFrame:
        """The points as geometries, made once, for the engines that want them so."""
        if self._points is None:
            shapes = shapely.points(self.lon, self.lat)
            self._points = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
        return self._points

    def makers(self) -> dict[str, Callable[[], Callable[[], object]]]:
        """List the engines that are there.

        Returns
        -------
        dict
            Name to what makes ready, and gives what runs.
        """
        found: dict[str, Callable[[], Callable[[], object]]] = {
            REFERENCE: lambda: self._sjoin,
            "shapely STRtree, points sorted": lambda: self._tree,
            MEMBERSHIPS: lambda: self._memberships,
            VERDICTS: lambda: self._verdicts,
            "zonage_geo, verdicts as a frame": lambda: self._as_frame,
        }
        if importlib.util.find_spec("duckdb") is not None:
            found["DuckDB spatial"] = lambda: _Duck(self).run
        if importlib.util.find_spec("sedonadb") is not None:
            found["SedonaDB"] = lambda: _Sedona(self).run
        return found

    def _sjoin(self) -> NDArray[np.int64]:
        """Join with geopandas: a tree of the communes, built at each call."""
        joined = gpd.sjoin(self.points, self.communes[["geometry"]], predicate="within")
        return self.by_point(joined.index.to_numpy(), joined["index_right"].to_numpy())

    def _tree(self) -> NDArray[np.int64]:
        """Query shapely's tree with points sorted by place, its best case."""
        order = np.lexsort((self.lat.round(2), self.lon.round(1)))
        tree = shapely.STRtree(self.communes.geometry.to_numpy())
        points = self.points.geometry.to_numpy()[order]
        at, commune = tree.query(points, predicate="within")
        return self.by_point(order[at], commune)

    def _memberships(self) -> NDArray[np.int64]:
        """Look up the commune and every list."""
        return self.engine.memberships(self.lon, self.lat).commune.astype(np.int64)

    def _verdicts(self) -> object:
        """Answer every layer with margins and candidates, as arrays."""
        return self.engine.points(self.lon, self.lat)

    def _as_frame(self) -> object:
        """Answer the same as a frame of categoricals, what `locate_many` gives."""
        frame = pd.DataFrame({"lon": self.lon, "lat": self.lat})
        return locate_frame(frame, find_places(frame), self.engine)

    def by_point(self, at: NDArray[Any], commune: NDArray[Any]) -> NDArray[np.int64]:
        """Give one commune a point: the first in order, as `memberships` does.

        Parameters
        ----------
        at, commune : ndarray of int, shape (pairs,)
            Ranks of points and of the communes that hold them.

        Returns
        -------
        ndarray of int64, shape (points,)
            -1 where none does.
        """
        out = np.full(len(self.lon), NOBODY, dtype=np.int64)
        order = np.lexsort((-commune.astype(np.int64), at))
        out[at[order]] = commune[order]
        return out


class _Duck:
    """DuckDB and its spatial extension, tables made beforehand."""

    def __init__(self, ways: Ways) -> None:
        import duckdb

        self._ways = ways
        self._db = duckdb.connect()
        if importlib.util.find_spec("duckdb_extensions") is not None:
            from duckdb_extensions import import_extension

            import_extension("spatial")
        self._db.load_extension("spatial")
        polygons = pd.DataFrame(
            {
                "c": np.arange(len(ways.communes)),
                "wkb": shapely.to_wkb(ways.communes.geometry.to_numpy()),
            }
        )
        points = pd.DataFrame({"p": np.arange(len(ways.lon)), "x": ways.lon, "y": ways.lat})
        self._db.register("polygons", polygons)
        self._db.register("coordinates", points)
        self._db.sql("CREATE TABLE communes AS SELECT c, ST_GeomFromWKB(wkb) AS g FROM polygons")
        self._db.sql("CREATE TABLE points AS SELECT p, ST_Point(x, y) AS g FROM coordinates")

    def run(self) -> NDArray[np.int64]:
        found = self._db.sql(
            "SELECT p, c FROM points JOIN communes ON ST_Within(points.g, communes.g)"
        ).fetchnumpy()
        return self._ways.by_point(np.asarray(found["p"]), np.asarray(found["c"]))


class _Sedona:
    """SedonaDB, views made beforehand."""

    def __init__(self, ways: Ways) -> None:
        import sedonadb

        self._ways = ways
        self._db = sedonadb.connect()
        communes = gpd.GeoDataFrame(
            {"c": np.arange(len(ways.communes))}, geometry=ways.communes.geometry.to_numpy(),
            crs="EPSG:4326",
        )  # fmt: skip
        points = ways.points.assign(p=np.arange(len(ways.lon)))
        self._db.create_data_frame(communes).to_memtable().to_view("communes")
        self._db.create_data_frame(points).to_memtable().to_view("points")

    def run(self) -> NDArray[np.int64]:
        found = self._db.sql(
            "SELECT p, c FROM points JOIN communes ON ST_Within(points.geometry, communes.geometry)"
        ).to_pandas()
        return self._ways.by_point(found["p"].to_numpy(), found["c"].to_numpy())

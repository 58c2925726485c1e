"""Compare a million points in their communes with what a user would pick instead.

Same points, same polygons, one process, in turn; the answers are compared. The others only
join points to communes; `zonage_geo` also looks every list up (memberships), or gives every
layer's verdict with its margins (verdicts). Points and polygons are made beforehand for all.

DuckDB and SedonaDB are not dependencies: they are skipped where they are not installed.
    python -m pip install duckdb==1.5.5 duckdb-extension-spatial sedonadb==0.5.0 geoarrow-pyarrow
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from _measure import machine, milliseconds, table
from zonage_geo.many.engine import Engine
from zonage_geo.many.frames import find_places, locate_frame
from zonage_geo.settings import Settings
from zonage_geo.store import build, open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SEED = 20_261_123
DAY = date(2025, 6, 1)
TOWN_KM = 1.7
MEMBERSHIPS_BAR = 8.0
VERDICTS_BAR = 2.0
NOBODY = -1


def _quiet(_label: str, _done: float) -> None:
    """Say nothing of a build's steps."""


def towns(communes: gpd.GeoDataFrame, count: int) -> NDArray[np.float64]:
    """Draw points as people live: about communes, by their population.

    Parameters
    ----------
    communes : GeoDataFrame
        With ``population``.
    count : int
        How many points.

    Returns
    -------
    ndarray of float64, shape (count, 2)
        Longitudes and latitudes.
    """
    rng = np.random.default_rng(SEED)
    weight = communes["population"].fillna(1).clip(lower=1).to_numpy(np.float64)
    chosen = rng.choice(len(communes), count, p=weight / weight.sum())
    middles = shapely.get_coordinates(shapely.point_on_surface(communes.geometry.to_numpy()))
    degree = np.array([111.3 * np.cos(np.radians(46.5)), 111.3])
    found: NDArray[np.float64] = middles[chosen] + rng.normal(0, TOWN_KM, (count, 2)) / degree
    return found


class Ways:
    """The same points put into the same communes, by each engine."""

    def __init__(self, communes: gpd.GeoDataFrame, xy: NDArray[np.float64], engine: Engine) -> None:
        self.engine = engine
        self.communes = communes
        self.lon, self.lat = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
        self.points = gpd.GeoDataFrame(geometry=shapely.points(xy), crs="EPSG:4326")
        self.frame = pd.DataFrame({"lon": self.lon, "lat": self.lat})
        self.where = find_places(self.frame)

    def all(self) -> dict[str, Callable[[], object]]:
        """List the engines that are there.

        Returns
        -------
        dict
            Name to what runs it.
        """
        found: dict[str, Callable[[], object]] = {
            "geopandas.sjoin": self.sjoin,
            "shapely STRtree, points sorted": self.tree,
            "zonage_geo, memberships": self.memberships,
            "zonage_geo, verdicts": self.verdicts,
            "zonage_geo, verdicts as a frame": self.as_frame,
        }
        if importlib.util.find_spec("duckdb") is not None:
            found["DuckDB spatial"] = _Duck(self).run
        if importlib.util.find_spec("sedonadb") is not None:
            found["SedonaDB"] = _Sedona(self).run
        return found

    def sjoin(self) -> NDArray[np.int64]:
        """Join with geopandas: a tree of the communes, built at each call."""
        joined = gpd.sjoin(self.points, self.communes[["geometry"]], predicate="within")
        return self.by_point(joined.index.to_numpy(), joined["index_right"].to_numpy())

    def tree(self) -> NDArray[np.int64]:
        """Query shapely's tree with points sorted by place, its best case."""
        order = np.lexsort((self.lat.round(2), self.lon.round(1)))
        tree = shapely.STRtree(self.communes.geometry.to_numpy())
        points = self.points.geometry.to_numpy()[order]
        at, commune = tree.query(points, predicate="within")
        return self.by_point(order[at], commune)

    def memberships(self) -> NDArray[np.int64]:
        """Look up the commune and every list."""
        return self.engine.memberships(self.lon, self.lat).commune.astype(np.int64)

    def verdicts(self) -> object:
        """Answer every layer with margins and candidates, as arrays."""
        return self.engine.points(self.lon, self.lat)

    def as_frame(self) -> object:
        """Answer the same as a frame of categoricals, what `locate_many` gives."""
        return locate_frame(self.frame, self.where, self.engine)

    def by_point(self, at: NDArray[Any], commune: NDArray[Any]) -> NDArray[np.int64]:
        """Give one commune a point: the first in order, as `memberships` does."""
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


def measure(ways: Ways, runs: int) -> list[tuple[str, ...]]:
    """Run every engine in turn and compare what they answer.

    Parameters
    ----------
    ways : Ways
        The engines.
    runs : int
        Counted runs of each, after one that is not.

    Returns
    -------
    list of tuple
        Rows of the table.
    """
    engines = ways.all()
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    answers: dict[str, object] = {}
    for _ in range(runs + 1):
        for name, run in engines.items():
            start = time.perf_counter()
            answers[name] = run()
            seconds[name].append(time.perf_counter() - start)
    reference = answers["geopandas.sjoin"]
    assert isinstance(reference, np.ndarray)  # noqa: S101
    base = min(seconds["geopandas.sjoin"][1:])
    rows: list[tuple[str, ...]] = []
    for name, all_ in seconds.items():
        counted, answer = all_[1:], answers[name]
        differ = f"{int((answer != reference).sum())}" if isinstance(answer, np.ndarray) else ""
        rows.append(
            (
                name,
                f"{len(ways.lon):,}".replace(",", " "),
                milliseconds(min(counted)),
                milliseconds(statistics.median(counted)),
                f"{base / min(counted):.1f} ×",
                differ,
            )
        )
    return rows


def main() -> int:
    """Measure, print a Markdown table.

    Returns
    -------
    int
        0.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the data package")
    parser.add_argument("--points", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        build(settings, _quiet, package=arguments.wheel)
        store = open_store(settings, _quiet)
        start = time.perf_counter()
        engine = Engine(store, store.catalog(), settings, DAY, _quiet)
        made = time.perf_counter() - start
        index = Path(folder) / "processed" / "zonage.index"
        size = sum(file.stat().st_size for file in index.iterdir()) / 1e6
        start = time.perf_counter()
        Engine(store, store.catalog(), settings, DAY, _quiet)
        opened = time.perf_counter() - start
        communes = gpd.read_file(store.file, layer="communes").sort_values("codes")
        communes = communes.reset_index(drop=True)
        rows: list[tuple[str, ...]] = []
        for count in arguments.points:
            rows += measure(Ways(communes, towns(communes, count), engine), arguments.runs)
        store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    head = ("engine", "points", "minimum", "median", "over sjoin", "answers that differ")
    sys.stdout.write(f"{machine(arguments.runs)}\n\n{table(head, rows)}\n\n")
    sys.stdout.write(
        f"Indexes: made in {made:.1f} s, {size:.0f} MB; opened in {opened:.2f} s. Peak of the "
        f"whole process: {peak:.0f} MiB.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure how the cost of memberships grows with the number of overlapping polygon layers.

The layers are communes, and groups of them ever wider (a grid's cells, each the union of the
communes whose middle it holds), so that all have real borders. All are asked at once in one
index; `geopandas.sjoin` is asked a layer at a time, as a user would. Answers are compared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from _figures import keep
from _measure import machine, milliseconds, table
from _points import draw
from engines import open_france, quiet
from zonage_geo.index import PolygonIndex
from zonage_geo.settings import Settings
from zonage_geo.store import build

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTS = (1, 2, 5, 10)
CELL_DEGREES = (0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2, 1.6, 2.4)


def wider(communes: gpd.GeoDataFrame, degrees: float) -> NDArray[np.object_]:
    """Join the communes whose middles lie in the same cell of a grid.

    Parameters
    ----------
    communes : GeoDataFrame
        Outlines; EPSG:4326.
    degrees : float
        Side of a cell.

    Returns
    -------
    ndarray of shapely geometries
        One a cell that holds some.
    """
    middles = shapely.get_coordinates(shapely.point_on_surface(communes.geometry.to_numpy()))
    cell = np.floor(middles / degrees).astype(int)
    _, group = np.unique(cell, axis=0, return_inverse=True)
    shapes = communes.geometry.to_numpy()
    found = [shapely.union_all(shapes[group == one]) for one in range(group.max() + 1)]
    return np.array(found, dtype=object)


def main() -> int:
    """Measure, print a Markdown table.

    Returns
    -------
    int
        1 where an answer differs.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the data package")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, help="keep the figures there")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        build(Settings(home=Path(folder)), quiet, package=options.wheel)
        communes, _ = open_france(Path(folder))
    xy = draw("towns", communes, options.points)
    lon, lat = xy[:, 0].copy(), xy[:, 1].copy()
    points = gpd.GeoDataFrame(geometry=shapely.points(xy), crs="EPSG:4326")
    layers = [communes.geometry.to_numpy(), *(wider(communes, one) for one in CELL_DEGREES)]
    for count in COUNTS:
        start = time.perf_counter()
        index = PolygonIndex.build(np.concatenate(layers[:count]))
        made = time.perf_counter() - start
        ours, theirs = [], []
        for _ in range(options.runs + 1):
            start = time.perf_counter()
            held = index.query(lon, lat)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            pairs = 0
            for shapes in layers[:count]:
                layer = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
                pairs += len(gpd.sjoin(points, layer, predicate="within"))
            theirs.append(time.perf_counter() - start)
        rows.append(
            {
                "layers": count,
                "polygons": len(index),
                "index_s": round(made, 2),
                "index_mb": round(index.nbytes / 1e6),
                "ours_s": round(min(ours[1:]), 4),
                "sjoin_s": round(min(theirs[1:]), 4),
                "pairs_that_differ": abs(len(held.polygon) - pairs),
            }
        )
        print(count, "layers done", file=sys.stderr, flush=True)
    if options.json:
        keep(options.json, "layers", ("layers",), rows)
    print(machine(options.runs), end="\n\n")
    head = ("layers", "polygons", "index made in", "its size", "ours", "sjoin", "ratio", "pairs that differ")  # noqa: E501  # fmt: skip
    print(
        table(
            head,
            (
                (
                    str(row["layers"]),
                    str(row["polygons"]),
                    f"{row['index_s']} s",
                    f"{row['index_mb']} MB",
                    milliseconds(row["ours_s"]),
                    milliseconds(row["sjoin_s"]),
                    f"{row['sjoin_s'] / row['ours_s']:.0f} ×",
                    str(row["pairs_that_differ"]),
                )
                for row in rows
            ),
        )
    )
    return int(any(row["pairs_that_differ"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())

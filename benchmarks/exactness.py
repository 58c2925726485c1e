"""Count the answers that differ from an oracle's: shapely for memberships, `locate` for verdicts.

A million points anywhere and a million along borders are asked of the index and of GEOS, polygon
by polygon, overlaps included. Ten thousand more, of every kind, are asked of the engine and of
`locate`, layer by layer. Exit code 1 where one differs.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from _figures import keep
from _measure import table
from _points import KINDS, draw
from engines import open_france, quiet
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.locate import Query, locate
from zonage_geo.settings import Settings
from zonage_geo.store import build, open_store

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from zonage_geo.many.engine import Engine

ORACLE_POINTS = 1_000_000
LOCATE_POINTS = 10_000


def against_shapely(communes: gpd.GeoDataFrame, engine: Engine, xy: NDArray[np.float64]) -> int:
    """Count the points that the index puts in other polygons than GEOS does.

    Parameters
    ----------
    communes : GeoDataFrame
        In the engine's order; EPSG:4326.
    engine : Engine
        Ours.
    xy : ndarray of float64, shape (points, 2)
        Longitudes and latitudes.

    Returns
    -------
    int
        Points that differ.
    """
    held = engine._shapes.communes.query(xy[:, 0].copy(), xy[:, 1].copy())  # noqa: SLF001
    ours = set(
        zip(
            np.repeat(np.arange(len(xy)), np.diff(held.start)).tolist(),
            held.polygon.tolist(),
            strict=True,
        )
    )
    tree = shapely.STRtree(communes.geometry.to_numpy())
    point, polygon = tree.query(shapely.points(xy), predicate="within")
    theirs = set(zip(point.tolist(), polygon.tolist(), strict=True))
    return len({at for at, _ in ours ^ theirs})


def against_locate(engine: Engine, home: Path, xy: NDArray[np.float64]) -> int:
    """Count the points of which a layer's answer is not that of `locate`.

    Parameters
    ----------
    engine : Engine
        Ours.
    home : Path
        The folder that holds its store.
    xy : ndarray of float64, shape (points, 2)
        Longitudes and latitudes.

    Returns
    -------
    int
        Points that differ.
    """
    settings = Settings(home=home)
    store = open_store(settings, quiet)
    _, answers = engine.points(xy[:, 0], xy[:, 1])
    differ = 0
    for rank, (lon, lat) in enumerate(xy.tolist()):
        try:
            found = locate(
                store, engine.catalog, Query(lon=lon, lat=lat), engine.day, settings=settings
            )
        except PlaceNotFoundError:
            differ += any(ranks[rank] >= 0 for ranks in answers.outcome.values())
            continue
        differ += any(
            _said(answers.outcomes[zone.layer.id], answers.outcome[zone.layer.id][rank])
            != (frozenset(zone.possible), zone.reason_code, zone.base_class)
            for zone in found.zones
        )
    store.close()
    return differ


def _said(outcomes: Any, rank: np.int32) -> tuple[Any, ...] | None:  # noqa: ANN401
    if rank < 0:
        return None
    part = outcomes[rank]
    return frozenset(part.possible), part.reason, part.base


def main() -> int:
    """Compare, print a Markdown table.

    Returns
    -------
    int
        1 where an answer differs.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the data package")
    parser.add_argument("--points", type=int, default=ORACLE_POINTS)
    parser.add_argument("--locates", type=int, default=LOCATE_POINTS)
    parser.add_argument("--json", type=Path, help="keep the figures there")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        build(Settings(home=home), quiet, package=options.wheel)
        communes, engine = open_france(home)
        for kind in KINDS:
            xy = draw(kind, communes, options.points)
            differ = against_shapely(communes, engine, xy)
            rows.append({"oracle": "shapely (GEOS), every polygon", "kind": kind,
                         "points": len(xy), "differ": differ})  # fmt: skip
        each = options.locates // len(KINDS)
        for kind in KINDS:
            xy = draw(
                kind, communes, each + (options.locates % len(KINDS) if kind == "borders" else 0)
            )
            rows.append({"oracle": "`locate`, every layer", "kind": kind, "points": len(xy),
                         "differ": against_locate(engine, home, xy)})  # fmt: skip
    if options.json:
        keep(options.json, "exactness", ("oracle", "kind"), rows)
    told = ([row["oracle"], row["kind"], str(row["points"]), str(row["differ"])] for row in rows)
    print(table(("oracle", "kind of points", "points", "that differ"), told))
    return int(any(row["differ"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())

"""Answer a Parquet file of millions of points as a user would, and say what it costs.

Each run is a process of its own (`python -m zonage_geo batch`): the start, the reading, the
answers and the writing are all in it. `--workers` shares the file out between processes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from _figures import keep
from _measure import ROOT, machine, table
from _points import draw
from engines import DAY, open_france, quiet
from zonage_geo.settings import Settings
from zonage_geo.store import build

PIECE = 1_000_000


def write_points(path: Path, communes: gpd.GeoDataFrame, count: int) -> None:
    """Write a file of points, by groups of rows.

    Parameters
    ----------
    path : Path
        Where.
    communes : GeoDataFrame
        About which points are drawn; EPSG:4326.
    count : int
        How many.
    """
    xy = draw("towns", communes, count)
    rows = pa.table({"id": np.arange(count), "lon": xy[:, 0], "lat": xy[:, 1]})
    pq.write_table(rows, path, compression="zstd", row_group_size=PIECE)


def answered(home: Path, path: Path, out: Path, *more: str) -> dict[str, Any]:
    """Answer a file, and say what it cost.

    Parameters
    ----------
    home : Path
        The folder that holds the store.
    path, out : Path
        The points, and where answers go.
    *more : str
        Options of the command.

    Returns
    -------
    dict
        Seconds, MiB of the largest process, bytes written.
    """
    command = [sys.executable, "-m", "zonage_geo", "batch", str(path), "-o", str(out)]
    command += ["--date", DAY.isoformat(), *more]
    environment = os.environ | {"ZONAGE_GEO_HOME": str(home)}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = process.communicate()[1].decode()
    wall = time.perf_counter() - start
    if process.returncode:
        sys.exit(said)
    files = [out] if out.is_file() else list(out.iterdir())
    size = sum(file.stat().st_size for file in files)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"wall_s": round(wall, 1), "peak_mib": round(peak), "written_mb": round(size / 1e6)}


def main() -> int:
    """Measure, print a Markdown table.

    Returns
    -------
    int
        0.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheel", type=Path, help="the data package")
    parser.add_argument("--points", type=int, default=26_000_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--json", type=Path, help="keep the figures there")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        build(Settings(home=home), quiet, package=options.wheel)
        communes, _ = open_france(home)
        path = home / "points.parquet"
        write_points(path, communes, options.points)
        for what, flags in (("memberships", ["--sans-verdicts"]), ("verdicts", [])):
            for workers in (0, *options.workers):
                shared = ["--workers", str(workers)] if workers else []
                out = home / ("answers" if workers else "answers.parquet")
                cost = answered(home, path, out, *flags, *shared)
                rows.append({"points": options.points, "what": what, "workers": workers, **cost})
                print(rows[-1], file=sys.stderr, flush=True)
                if out.is_dir():
                    for file in out.iterdir():
                        file.unlink()
                    out.rmdir()
                else:
                    out.unlink()
    if options.json:
        keep(options.json, "large", ("points", "what", "workers"), rows)
    print(machine(1), end="\n\n")
    head = ("points", "what", "workers", "wall", "peak so far, largest process", "written")
    print(
        table(
            head,
            (
                (
                    f"{row['points']:,}".replace(",", " "),
                    row["what"],
                    str(row["workers"] or "none: one process, its threads"),
                    f"{row['wall_s']} s",
                    f"{row['peak_mib']} MiB",
                    f"{row['written_mb']} MB",
                )
                for row in rows
            ),
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

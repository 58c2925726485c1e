"""Compare points put in their communes, by the million, with what a user would pick instead.

Same points, same polygons, one process, in turn; the answers are compared. The others only
join points to communes; `zonage_geo` also looks every list up (memberships), or gives every
layer's verdict with its margins (verdicts). Points and polygons are made beforehand for all.
`--memory` runs each engine in a process of its own, and tells its peak.

DuckDB and SedonaDB are not dependencies: they are skipped where they are not installed.
    python -m pip install duckdb==1.5.5 duckdb-extensions duckdb-extension-spatial
    python -m pip install sedonadb==0.5.0 geoarrow-pyarrow
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from _figures import keep
from _measure import machine, milliseconds, table
from _points import KINDS, draw
from _ways import REFERENCE, Ways
from zonage_geo.many.engine import Engine
from zonage_geo.settings import Settings
from zonage_geo.store import build, open_store

DAY = date(2025, 6, 1)
NO_ENGINE = "nothing: points and outlines alone"


def quiet(_label: str, _done: float) -> None:
    """Say nothing of a build's steps.

    Parameters
    ----------
    _label : str
        The step.
    _done : float
        The share done.
    """


def open_france(home: Path) -> tuple[gpd.GeoDataFrame, Engine]:
    """Open a store, as the engines take it.

    Parameters
    ----------
    home : Path
        The folder that holds it.

    Returns
    -------
    tuple
        Outlines of the communes in the engine's order, EPSG:4326; and the engine.
    """
    settings = Settings(home=home)
    store = open_store(settings, quiet)
    engine = Engine(store, store.catalog(), settings, DAY, quiet)
    communes = gpd.read_file(store.file, layer="communes").sort_values("codes")
    return communes.reset_index(drop=True), engine


def timings(
    ways: Ways, kind: str, runs: int, only: list[str] | None = None
) -> list[dict[str, Any]]:
    """Run every engine in turn and compare what they answer.

    Parameters
    ----------
    ways : Ways
        The engines.
    kind : str
        Of points.
    runs : int
        Counted runs of each, after one that is not.
    only : list of str, optional
        Names of engines; the reference is always run.

    Returns
    -------
    list of dict
        A row an engine.
    """
    wanted = [REFERENCE, *only] if only else list(ways.makers())
    engines = {name: make() for name, make in ways.makers().items() if name in wanted}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    answers: dict[str, object] = {}
    for _ in range(runs + 1):
        for name, run in engines.items():
            start = time.perf_counter()
            answers[name] = run()
            seconds[name].append(time.perf_counter() - start)
    reference = answers[REFERENCE]
    assert isinstance(reference, np.ndarray)  # noqa: S101
    rows = []
    for name, every in seconds.items():
        counted, answer = every[1:], answers[name]
        alike = isinstance(answer, np.ndarray)
        rows.append(
            {
                "kind": kind,
                "points": len(ways.lon),
                "engine": name,
                "runs": runs,
                "minimum_s": round(min(counted), 5),
                "median_s": round(statistics.median(counted), 5),
                "over_reference": round(min(seconds[REFERENCE][1:]) / min(counted), 2),
                "median_over_reference": round(
                    statistics.median(seconds[REFERENCE][1:]) / statistics.median(counted), 2
                ),
                "differ": int((answer != reference).sum()) if alike else None,
            }
        )
    return rows


def one_alone(home: Path, kind: str, count: int, name: str) -> int:
    """Run one engine once, and tell the peak of this process.

    Parameters
    ----------
    home : Path
        The folder that holds the store.
    kind : str
        Of points.
    count : int
        How many.
    name : str
        The engine; `NO_ENGINE` to have everything ready and run none.

    Returns
    -------
    int
        Peak of resident memory, in MiB.
    """
    communes, engine = open_france(home)
    ways = Ways(communes, draw(kind, communes, count), engine)
    if name != NO_ENGINE:
        ways.makers()[name]()()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def peaks(home: Path, kind: str, count: int, names: list[str]) -> list[dict[str, Any]]:
    """Run each engine in a process of its own, and tell its peak.

    Parameters
    ----------
    home : Path
        The folder that holds the store.
    kind : str
        Of points.
    count : int
        How many.
    names : list of str
        The engines.

    Returns
    -------
    list of dict
        A row an engine.
    """
    rows = []
    for name in [NO_ENGINE, *names]:
        command = [sys.executable, __file__, "--home", str(home), "--alone", name]
        command += ["--points", str(count), "--kinds", kind]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        rows.append(
            {
                "kind": kind,
                "points": count,
                "engine": name,
                "peak_mib": int(done.stdout.split()[-1]),
            }
        )
    return rows


def shown(rows: list[dict[str, Any]]) -> str:
    """Lay timings out as a Markdown table.

    Parameters
    ----------
    rows : list of dict
        As `timings` gives them.

    Returns
    -------
    str
        The table.
    """
    head = ("points", "kind", "engine", "minimum", "median", "over sjoin", "answers that differ")
    return table(
        head,
        (
            (
                f"{row['points']:,}".replace(",", " "),
                row["kind"],
                row["engine"],
                milliseconds(row["minimum_s"]),
                milliseconds(row["median_s"]),
                f"{row['over_reference']:.1f} ×",
                "" if row["differ"] is None else str(row["differ"]),
            )
            for row in rows
        ),
    )


def index_figures(home: Path) -> dict[str, Any]:
    """Measure the making, the size and the opening of the indexes.

    Parameters
    ----------
    home : Path
        A folder with a store and no index yet.

    Returns
    -------
    dict
        Seconds and megabytes.
    """
    start = time.perf_counter()
    open_france(home)
    made = time.perf_counter() - start
    folder = home / "processed" / "zonage.index"
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    start = time.perf_counter()
    open_france(home)
    opened = time.perf_counter() - start
    return {"what": "France", "made_s": round(made - opened, 2), "mb": round(size),
            "opened_s": round(opened, 2)}  # fmt: skip


def main() -> int:
    """Measure, print Markdown tables.

    Returns
    -------
    int
        0.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wheel", type=Path, nargs="?", help="the data package")
    parser.add_argument("--home", type=Path, help="a folder that holds a store, instead")
    parser.add_argument("--points", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=["towns"])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engines", nargs="+", help="these alone, and the reference")
    parser.add_argument("--memory", action="store_true", help="peaks instead of times")
    parser.add_argument("--json", type=Path, help="keep the figures there")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        (count,), (kind,) = options.points, options.kinds
        print(one_alone(options.home, kind, count, options.alone))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        print(machine(options.runs), end="\n\n", flush=True)
        if options.home is None:
            if options.wheel is None:
                parser.error("name the data package, or --home")
            build(Settings(home=home), quiet, package=options.wheel)
            made = index_figures(home)
            print(f"Indexes: made in {made['made_s']} s, {made['mb']} MB.\n", flush=True)
            if options.json:
                keep(options.json, "index", ("what",), [made])
        communes, engine = open_france(home)
        for kind in options.kinds:
            for count in options.points:
                ways = Ways(communes, draw(kind, communes, count), engine)
                if options.memory:
                    rows = peaks(home, kind, count, list(ways.makers()))
                    told = ((row["engine"], str(row["peak_mib"])) for row in rows)
                    print(table(("engine", "peak, MiB"), told), end="\n\n", flush=True)
                else:
                    rows = timings(ways, kind, options.runs, options.engines)
                    print(shown(rows), end="\n\n", flush=True)
                name = "memory" if options.memory else "times"
                if options.json:
                    keep(options.json, name, ("kind", "points", "engine"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())

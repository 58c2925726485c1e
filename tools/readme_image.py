"""Make docs/images/carte_occitanie.png, the picture of a map in README.md, from fine outlines.

    python tools/readme_image.py COMMUNE_OCCITANIE_2023.shp

The store's own outlines are GPL-3 and are not drawn: those of the file are added to a copy of the
store, the map is made by the command that README.md gives, opened in Chromium, and photographed.
Needs a built store, the extra ``static`` (its Pillow) and ``test`` (its Playwright), and Chromium.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from zonage_geo.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
IMAGE = ROOT / "docs" / "images" / "carte_occitanie.png"
DAY = "2025-05-15"
VIEW = "commune=31555&couches=qpv"  # Toulouse: a sheet with every kind of verdict
SIZE = (1440, 790)  # of the window, in CSS pixels


def ours(home: Path, *words: str) -> None:
    """Run a command of ours on a store of its own.

    Parameters
    ----------
    home : pathlib.Path
        Folder of that store.
    *words : str
        The command and its options.
    """
    subprocess.run(
        [sys.executable, "-m", "zonage_geo", *words],
        check=True,
        cwd=ROOT,
        env={**os.environ, "ZONAGE_GEO_HOME": str(home)},
    )


def photograph(page: Path, image: Path) -> None:
    """Take a picture of a map, with a commune's sheet open and the whole territory in view.

    Parameters
    ----------
    page : pathlib.Path
        The map.
    image : pathlib.Path
        The picture, twice as fine as the window.
    """
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        width, height = SIZE
        tab = browser.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=2, locale="fr-FR"
        )
        tab.goto(f"{page.as_uri()}#{VIEW}")
        tab.wait_for_selector('.zg[data-pret="oui"]')
        tab.get_by_role("button", name="Recentrer").click()
        tab.mouse.move(0, 0)
        tab.wait_for_timeout(1000)
        tab.screenshot(path=str(image))
        browser.close()


def main(argv: Sequence[str] | None = None) -> int:
    """Make the picture.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        0.
    """
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("outlines", type=Path, help="communes of Occitanie, of any vintage")
    outlines = parser.parse_args(argv).outlines.resolve()
    with tempfile.TemporaryDirectory() as folder:
        home, page, raw = (Path(folder) / name for name in ("home", "carte.html", "carte.png"))
        shutil.copytree(Settings.from_env().home_folder(), home)
        ours(home, "data", "add", "communes", str(outlines), "--accuracy", "15")
        ours(home, "map", "--region", "76", "--date", DAY, "-o", str(page))
        photograph(page, raw)
        with Image.open(raw) as fine:
            small = fine.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        IMAGE.parent.mkdir(parents=True, exist_ok=True)
        small.quantize(256, dither=Image.Dither.NONE).save(IMAGE, optimize=True)
    print(IMAGE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

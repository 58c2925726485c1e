"""Pages that are generated are in step with what they are generated from."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

from zonage_geo.catalog.load import compile_catalog

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_on_performance_says_what_was_measured() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run benchmarks/page.py"


def test_the_layers_are_told_as_the_catalogue_has_them() -> None:
    command = [sys.executable, str(ROOT / "tools" / "layers_page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run tools/layers_page.py"


def test_every_edition_has_its_line_with_its_text_and_its_licence() -> None:
    page = (ROOT / "docs" / "couches.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    editions = [
        (layer["id"], edition)
        for layer in compile_catalog()["layers"]
        for edition in layer.get("editions", ())
    ]
    assert editions
    for layer, edition in editions:
        own = [line for line in lines if line.startswith(f"| `{edition['id']}` |")]
        assert any(edition["legal"] in line for line in own), (layer, edition["id"])
        assert any(edition["licence"] in line for line in own), (layer, edition["id"])


def test_the_picture_of_the_readme_is_a_picture_of_a_readable_size() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (path,) = re.findall(r"^!\[[^\]]{20,}\]\((\S+\.png)\)$", readme, re.MULTILINE)
    picture = (ROOT / path).read_bytes()
    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG")
    assert (1200 <= width <= 2000, 600 <= height <= 1200) == (True, True)
    assert len(picture) < 400_000

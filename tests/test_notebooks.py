"""The notebooks run from end to end on the store that anybody has, by nbmake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


@pytest.mark.package_data
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, home: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra static")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbmake", str(path), "-q", "-c", os.devnull,
         f"--rootdir={tmp_path}", "-p", "no:cacheprovider", "--nbmake-timeout=600"],
        cwd=tmp_path,
        env=os.environ | {"ZONAGE_GEO_HOME": str(home), "MPLBACKEND": "agg"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs_and_without_machine_paths(path: Path) -> None:
    book = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    text = "".join(line for cell in book["cells"] for line in cell["source"])
    assert "/home/" not in text
    assert "../shared" not in text

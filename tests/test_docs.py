"""Pages that are generated are in step with what they are generated from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_on_performance_says_what_was_measured() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "page.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run benchmarks/page.py"

"""Figures that a benchmark measured, kept as JSON for the page that shows them."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["FIGURES", "keep", "read"]

FIGURES = Path(__file__).resolve().parent / "figures"


def read(path: Path) -> dict[str, Any]:
    """Read figures.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        By table: rows, as they were kept; empty where there is no file.
    """
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def keep(path: Path, table: str, key: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """Keep rows of figures; those of the same key are replaced.

    Parameters
    ----------
    path : Path
        The file.
    table : str
        Which of its tables.
    key : tuple of str
        The columns that tell rows apart.
    rows : list of dict
        What was measured.
    """
    figures = read(path)
    new = {tuple(row[name] for name in key) for row in rows}
    kept = [row for row in figures.get(table, []) if tuple(row[name] for name in key) not in new]
    figures[table] = kept + rows
    figures["measured"] = {
        "on": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{sys.platform} {platform.machine()}",
        "cores": os.cpu_count(),
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")

"""Run commands as a user would, and say what they cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """What one process cost."""

    wall: float
    """Seconds from its start to its end."""
    cpu: float | None
    """User and system seconds; None where the system does not tell."""


@dataclass(frozen=True)
class Series:
    """Several runs of one command."""

    runs: tuple[Run, ...]

    @property
    def wall_min(self) -> float:
        """Shortest wall time, in seconds."""
        return min(run.wall for run in self.runs)

    @property
    def wall_median(self) -> float:
        """Median wall time, in seconds."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu_min(self) -> float | None:
        """Least CPU time, in seconds."""
        times = [run.cpu for run in self.runs if run.cpu is not None]
        return min(times, default=None)


def _children_cpu() -> float | None:
    if sys.platform == "win32":
        return None
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def children_peak_mib() -> float | None:
    """Peak resident memory of the largest child process so far, in MiB.

    Returns
    -------
    float | None
        None where the system does not tell.
    """
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def python(*arguments: str, home: Path) -> Run:
    """Run this Python with some arguments, from the root of the checkout.

    Parameters
    ----------
    *arguments : str
        What follows ``python`` on the command line.
    home : Path
        The folder that holds the store (``ZONAGE_GEO_HOME``).

    Returns
    -------
    Run
        What the process cost. A command that fails ends the benchmark with its own message.
    """
    environment = os.environ | {"ZONAGE_GEO_HOME": str(home), "PYTHONUTF8": "1"}
    cpu_before = _children_cpu()
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    wall = time.perf_counter() - start
    cpu_after = _children_cpu()
    if done.returncode != 0:
        sys.exit(f"python {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    cpu = None if cpu_before is None or cpu_after is None else cpu_after - cpu_before
    return Run(wall, cpu)


def alternate(
    first: Sequence[str], second: Sequence[str], *, runs: int, home: Path
) -> tuple[Series, Series]:
    """Run two commands in turn, after one round that is not counted.

    Parameters
    ----------
    first, second : Sequence[str]
        Arguments of ``python``.
    runs : int
        How many times each is measured.
    home : Path
        The folder that holds the store.

    Returns
    -------
    tuple[Series, Series]
        The runs of each command.
    """
    pairs = [(python(*first, home=home), python(*second, home=home)) for _ in range(runs + 1)]
    ours, theirs = zip(*pairs[1:], strict=True)
    return Series(ours), Series(theirs)


def milliseconds(seconds: float | None) -> str:
    """Write a duration in milliseconds.

    Parameters
    ----------
    seconds : float | None
        The duration, or None where it could not be measured.

    Returns
    -------
    str
        Such as ``124 ms``.
    """
    return "n/a" if seconds is None else f"{seconds * 1000:.0f} ms"


def machine(runs: int) -> str:
    """Say in one line on what the figures were measured.

    Parameters
    ----------
    runs : int
        How many runs each figure stands on.

    Returns
    -------
    str
        Python version, system, cores and runs.
    """
    version = ".".join(str(part) for part in sys.version_info[:3])
    return f"Python {version}, {sys.platform}, {os.cpu_count()} cores, {runs} runs each."


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay rows out as a Markdown table.

    Parameters
    ----------
    head : Sequence[str]
        Column titles.
    rows : Iterable[Sequence[str]]
        Cells, one sequence a row.

    Returns
    -------
    str
        The table.
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

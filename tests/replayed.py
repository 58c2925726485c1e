"""Pages whose commands are run again, and what they print compared with what the page shows.

A ``text`` block holds ``$ command`` lines, each with what it prints under it; ``[…]`` stands for
one line or more. ``cat FILE`` gives the file that the next commands read. ``; echo $?`` also shows
stderr and the exit code; ``2>&1 >/dev/null`` shows stderr alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tests.transcripts import CUT, shown, shows
from zonage_geo.cli import main
from zonage_geo.dates import today

__all__ = ["differences", "fits", "refreshed", "replay", "section"]

ECHO, ERRORS = "; echo $?", " 2>&1 >/dev/null"
ADDED = re.compile(r"le \d\d/\d\d/\d{4} \(sha256")
"""The day on which a file was added: that of the run."""


def section(page: str, title: str) -> str:
    """Give what a page says under a heading, down to the next of its rank."""
    mark = f"\n## {title}\n"
    assert mark in page, title
    return page.partition(mark)[2].partition("\n## ")[0]


def replay(home: Path, folder: Path, command: str, output: str) -> str:
    """Run a command with a home folder, in a folder, and give what it prints."""
    line = command.removesuffix(ECHO).removesuffix(ERRORS)
    words = shlex.split(line)
    if words[0] == "cat":
        path = folder / words[1]
        path.parent.mkdir(exist_ok=True)
        path.write_text(output, encoding="utf-8")
        return output
    assert words[:3] == ["python", "-m", "zonage_geo"], command
    said, told = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(told):
        patch.setenv("ZONAGE_GEO_HOME", str(home))
        patch.chdir(folder)
        code = main(words[3:])
    if command.endswith(ECHO):
        return f"{said.getvalue()}{told.getvalue()}{code}\n"
    assert code == 0, told.getvalue()
    return (told if command.endswith(ERRORS) else said).getvalue()


def fits(output: str, printed: str) -> bool:
    """Tell whether a command prints what the page shows."""
    day = f"le {today():%d/%m/%Y} (sha256"
    return shows(ADDED.sub(day, output), printed)


def differences(home: Path, folder: Path, page: str) -> Iterator[str]:
    """Run every command of a page, in order, and tell which print something else."""
    for command, output in shown(page):
        printed = replay(home, folder, command, output)
        if not fits(output, printed):
            yield f"$ {command}\n{printed}"


def refreshed(home: Path, folder: Path, page: str) -> str:
    """Give the page with what its commands print now, cut where it was cut at the end."""
    for command, output in shown(page):
        printed = replay(home, folder, command, output)
        lines = output.splitlines(keepends=True)
        if fits(output, printed) or any(line == f"{CUT}\n" for line in lines[:-1]):
            continue
        if lines[-1:] == [f"{CUT}\n"]:
            printed = "".join([*printed.splitlines(keepends=True)[: len(lines) - 1], lines[-1]])
        page = page.replace(f"$ {command}\n{output}", f"$ {command}\n{printed}", 1)
    return page

"""Pages whose commands are run again, and what they print compared with what the page shows.

A ``text`` block holds ``$ command`` lines, each with what it prints under it; ``[…]`` stands for
one line or more. ``cat FILE`` gives the file that the next commands read. ``; echo $?`` also shows
stderr and the exit code; ``2>&1 >/dev/null`` shows stderr alone.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from zonage_geo.dates import today

__all__ = ["CUT", "blocks", "differences", "fits", "refreshed", "replay", "shown"]

ROOT = Path(__file__).resolve().parents[1]
CUT = "[…]"
ECHO, ERRORS = "; echo $?", " 2>&1 >/dev/null"
ADDED = re.compile(r"le \d\d/\d\d/\d{4} \(sha256")
"""The day on which a file was added: that of the run."""


def blocks(page: str, language: str) -> list[str]:
    """Give a page's fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def shown(page: str) -> list[tuple[str, str]]:
    """Give each ``$ command`` of a page's text blocks, with the output under it."""
    found = []
    for block in blocks(page, "text"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def replay(home: Path, command: str, output: str) -> str:
    """Run a command in a home folder, and give what it prints."""
    line = command.removesuffix(ECHO).removesuffix(ERRORS)
    words = shlex.split(line)
    if words[0] == "cat":
        path = home / words[1]
        path.parent.mkdir(exist_ok=True)
        path.write_text(output, encoding="utf-8")
        return output
    assert words[:3] == ["python", "-m", "zonage_geo"], command
    env = {**os.environ, "ZONAGE_GEO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *words[1:]], capture_output=True, cwd=home, env=env, check=False
    )
    said, told = (s.decode("utf-8").replace(os.linesep, "\n") for s in (done.stdout, done.stderr))
    if command.endswith(ECHO):
        return f"{said}{told}{done.returncode}\n"
    assert done.returncode == 0, told
    if command.endswith(ERRORS):
        return told.replace("\r", "\n")
    return said.replace(str(home), "HOME")


def fits(output: str, printed: str) -> bool:
    """Tell whether a command prints what the page shows."""
    day = f"le {today():%d/%m/%Y} (sha256"
    pattern = re.escape(ADDED.sub(day, output)).replace(re.escape(f"{CUT}\n"), r"(?:.*\n)+?")
    return re.fullmatch(pattern, printed) is not None


def differences(home: Path, page: str) -> Iterator[str]:
    """Run every command of a page, in order, and tell which print something else."""
    for command, output in shown(page):
        printed = replay(home, command, output)
        if not fits(output, printed):
            yield f"$ {command}\n{printed}"


def refreshed(home: Path, page: str) -> str:
    """Give the page with what its commands print now, cut where it was cut at the end."""
    for command, output in shown(page):
        printed = replay(home, command, output)
        lines = output.splitlines(keepends=True)
        if fits(output, printed) or any(line == f"{CUT}\n" for line in lines[:-1]):
            continue
        if lines[-1:] == [f"{CUT}\n"]:
            printed = "".join([*printed.splitlines(keepends=True)[: len(lines) - 1], lines[-1]])
        page = page.replace(f"$ {command}\n{output}", f"$ {command}\n{printed}", 1)
    return page

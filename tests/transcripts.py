"""What a page shows of a shell, and what a terminal really shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["CUT", "Step", "files_of", "on_terminal", "shown", "shows", "steps_of"]

CUT = "[…]"
"""A line of a page that stands for lines left out."""
FILE = re.compile(r"`([\w.-]+)`[^`]*:\n\n```(?:csv|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "python -m zonage_geo "


class Step(NamedTuple):
    """A command of a page, and the output under it."""

    command: list[str]
    output: str


def files_of(page: str) -> dict[str, str]:
    """Give the files that a page writes out: a name in backquotes, a colon, a block."""
    return {match[1]: match[2] for match in FILE.finditer(page)}


def shown(page: str) -> list[tuple[str, str]]:
    """Give each ``$ command`` of a page's text blocks, in order, with the output under it."""
    found = []
    for block in BLOCK.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def steps_of(page: str) -> list[Step]:
    """Give each command of ours that a page shows, in order, with its output."""
    commands = shown(page)
    assert all(command.startswith(PROMPT) for command, _ in commands), commands
    return [Step(shlex.split(command)[1:], output) for command, output in commands]


def on_terminal(
    python: Path, words: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command in a terminal; give its exit code and what stays on the screen."""
    import pty

    ours, its = pty.openpty()
    with subprocess.Popen(
        [python, *words], stdin=its, stdout=its, stderr=its, cwd=folder, env=dict(environment)
    ) as process:
        os.close(its)
        said = bytearray()
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the terminal's other end is closed: it has ended
                break
            if not piece:
                break
            said += piece
        os.close(ours)
    text = said.decode("utf-8").replace("\r\n", "\n")
    return process.returncode, re.sub(r"[^\n]*\r", "", text)  # bars are written over


def shows(page: str, screen: str) -> bool:
    """Tell whether a screen is what a page shows, but for the lines that it leaves out."""
    pattern = re.escape(page).replace(re.escape(f"{CUT}\n"), r"(?:.*\n)+?")
    return re.fullmatch(pattern, screen) is not None

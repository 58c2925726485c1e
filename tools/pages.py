"""Pieces of Markdown that the pages of docs/ are made of, and what writes or compares a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["cell", "differs", "filled", "put", "table"]

SPAN = re.compile(r"(<!-- made: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""What a tool writes in a page that is otherwise written by hand."""


def cell(text: object) -> str:
    """Write a cell of a table.

    Parameters
    ----------
    text : object
        What it says.

    Returns
    -------
    str
        Without what would end it.
    """
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : iterable of sequence
        Cells.

    Returns
    -------
    str
        Markdown.
    """
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(map(cell, line)) + " |\n" for line in lines)


def filled(text: str, parts: Mapping[str, str]) -> str:
    """Put what is made between its marks.

    Parameters
    ----------
    text : str
        A page, with ``<!-- made: NAME -->`` and ``<!-- end -->`` around each part.
    parts : mapping of str to str
        Name to Markdown.

    Returns
    -------
    str
        The page.

    Raises
    ------
    KeyError
        If the page wants a part that is not made, or leaves one out.
    """
    wanted = {match[1] for match in SPAN.findall(text)}
    if lost := wanted ^ set(parts):
        raise KeyError(f"made and marked in the page are not the same: {sorted(lost)}")
    return SPAN.sub(lambda match: f"{match[1]}\n{parts[match[2]].strip()}\n\n{match[3]}", text)


def differs(path: Path, text: str) -> bool:
    """Tell whether a file is not what it should be.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What it should hold.

    Returns
    -------
    bool
        True where it is not there.
    """
    return not path.exists() or path.read_text(encoding="utf-8") != text


def put(path: Path, text: str) -> None:
    """Write a file, its folder too.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What it is to hold.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")

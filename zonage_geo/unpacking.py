"""How much a file may honestly hold, and which names stay where they are put."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["MAX_RATIO", "SMALL", "cells_up_to", "largest", "leads_out"]

MAX_RATIO = 200
"""Rate of compression beyond which a file is made to fill a memory or a disk: lists of communes
reach 10 to 30, DEFLATE some 1,000 at most."""
SMALL = 16 << 20
"""Below this size, no rate of compression is suspect."""

_ROOT = re.compile(r"\A(?:[/\\]|[A-Za-z]:)")


def largest(packed: int) -> int:
    """Give the size beyond which a compressed file is not believed.

    Parameters
    ----------
    packed : int
        Its size, compressed; bytes.

    Returns
    -------
    int
        Bytes.
    """
    return max(SMALL, MAX_RATIO * packed)


@contextmanager
def cells_up_to(characters: int) -> Iterator[None]:
    """Bound the cells that ``csv`` reads meanwhile, whatever the rest of the process set.

    Parameters
    ----------
    characters : int
        Of the longest cell; beyond, ``csv`` raises its error.

    Yields
    ------
    None
        The limit, which is the whole process's, is then what it was.
    """
    before = csv.field_size_limit(characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def leads_out(name: str) -> bool:
    """Tell whether a name in an archive leads out of the folder it would be unpacked in.

    Parameters
    ----------
    name : str
        As the archive has it.

    Returns
    -------
    bool
        True for ``../a``, ``/a``, ``C:a``, with either slash.
    """
    return _ROOT.match(name) is not None or ".." in re.split(r"[/\\]", name)

"""How much a compressed file may honestly hold, and which names stay where they are put."""

from __future__ import annotations

import re

__all__ = ["MAX_RATIO", "SMALL", "largest", "leads_out"]

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

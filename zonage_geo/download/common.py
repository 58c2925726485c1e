"""What the download's modules share: why it fails, how it is told, how much is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

__all__ = [
    "CHUNK",
    "DOWNLOADED",
    "BrokenError",
    "RefusedError",
    "octets",
    "shown",
    "too_big",
    "written",
]


CHUNK = 1 << 16
DOWNLOADED = 0.9
"""Share of the progress at the end of the download; the rest is for unpacking."""

LONGEST = 200


class RefusedError(Exception):
    """Why the file cannot be had, in French; what to do is added where it is caught."""


class BrokenError(Exception):
    """A failure that may pass.

    Parameters
    ----------
    why : str
        What happened, in French.
    wait_s : float, optional
        After how many seconds the server wants to be asked again.

    Attributes
    ----------
    wait_s : float or None
        The same.
    """

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


def octets(size: int) -> str:
    """Word a size.

    Parameters
    ----------
    size : int
        Bytes.

    Returns
    -------
    str
        In French.
    """
    return f"{size / 1e6:.1f} Mo".replace(".", ",") if size >= 100_000 else f"{size} octets"


def shown(text: str) -> str:
    """Quote a stranger's text in a message.

    Parameters
    ----------
    text : str
        A name, an address, as it came.

    Returns
    -------
    str
        One line, not too long, with nothing that acts on a terminal.
    """
    return "".join(char if char.isprintable() else "?" for char in text)[:LONGEST]


def too_big(limit_bytes: int) -> RefusedError:
    """Say that a file is larger than is accepted.

    Parameters
    ----------
    limit_bytes : int
        Largest size accepted.

    Returns
    -------
    RefusedError
        To be raised.
    """
    return RefusedError(f"le fichier dépasse la taille acceptée, {octets(limit_bytes)}")


def written(chunks: Iterable[bytes], target: BinaryIO, limit_bytes: int) -> Iterator[int]:
    """Write chunks one by one, never beyond a size.

    Parameters
    ----------
    chunks : iterable of bytes
        What to write.
    target : file
        Open for writing.
    limit_bytes : int
        Largest size accepted.

    Yields
    ------
    int
        The size reached.

    Raises
    ------
    RefusedError
        If there is more.
    """
    for chunk in chunks:
        if target.tell() + len(chunk) > limit_bytes:
            raise too_big(limit_bytes)
        target.write(chunk)
        yield target.tell()

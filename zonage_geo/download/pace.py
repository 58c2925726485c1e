"""The slowest pace that is borne of a server which sends something, but hardly anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from zonage_geo.catalog.kinds import POSITIVE, SECONDS, Spec, read_toml
from zonage_geo.download.common import CHUNK, BrokenError, octets

if TYPE_CHECKING:
    import requests

__all__ = ["Pace", "chunks_of", "slowest"]

SPEC: Spec = {"bytes_per_s": (POSITIVE, True), "over_s": (SECONDS, True)}


class Pace(NamedTuple):
    """How slow is too slow.

    Attributes
    ----------
    bytes_per_s : int
        Below so many bytes a second…
    over_s : float
        …over so many seconds.
    """

    bytes_per_s: int
    over_s: float


def slowest() -> Pace:
    """Read the slowest pace that is borne.

    Returns
    -------
    Pace
        As ``pace.toml`` says it.
    """
    return Pace(**read_toml(Path(__file__).with_name("pace.toml"), SPEC))


def chunks_of(response: requests.Response, pace: Pace, name: str) -> Iterator[bytes]:
    """Give the bytes of an answer as they come.

    Parameters
    ----------
    response : requests.Response
        Its body is not read yet.
    pace : Pace
        The slowest that is borne.
    name : str
        The server's, for messages.

    Yields
    ------
    bytes
        As they are sent: nothing is waited for beyond what has come.

    Raises
    ------
    BrokenError
        If they come more slowly than that.
    """
    raw = response.raw
    read = getattr(raw, "read1", None)  # of urllib3 2; before, a whole chunk is waited for
    stream = (
        raw.stream(CHUNK, decode_content=False)
        if read is None
        else iter(lambda: read(CHUNK, decode_content=False), b"")
    )
    since, come = monotonic(), 0
    for chunk in stream:
        yield chunk
        come += len(chunk)
        passed = monotonic() - since
        if passed < pace.over_s:
            continue
        if come < pace.bytes_per_s * passed:
            msg = (
                f"{name} n'envoie presque rien ({octets(come)} en {passed:.0f} s ; il en faut "
                f"{octets(pace.bytes_per_s)} par seconde)"
            )
            raise BrokenError(msg)
        since, come = monotonic(), 0

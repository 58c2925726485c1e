"""No network but the loopback: what a test sends elsewhere fails, here and in what it starts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

__all__ = ["BlockedError", "loopback_only"]

LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "", None})


class BlockedError(OSError):
    """A test tried to leave the machine."""


def _is_local(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else host
    return text in LOCAL or (isinstance(text, str) and text.startswith("127."))


@contextmanager
def loopback_only() -> Iterator[None]:
    """Refuse, as a machine without a network does, every address and name but one's own."""
    connect, find = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:  # noqa: ANN401
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            msg = f"the suite uses no network: {address}"
            raise BlockedError(msg)
        connect(self, address)

    def found(host: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401
        if not _is_local(host):
            raise socket.gaierror(socket.EAI_NONAME, f"the suite uses no network: {host!r}")
        return find(host, *rest, **more)

    with (
        patch.object(socket.socket, "connect", guarded),
        patch.object(socket, "getaddrinfo", found),
    ):
        yield

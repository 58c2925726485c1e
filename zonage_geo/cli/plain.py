"""What a file or a server says cannot act on the terminal: one place, for all that is printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["plain", "plain_output"]

_KEPT = frozenset("\n\t")
_ACTING = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]
_TURNING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
"""They turn the direction of the text that follows: what is read is not what is there."""
_SHOWN = {
    code: f"\\u{code:04x}" for code in [*_ACTING, *_TURNING] if chr(code) not in _KEPT
}  # fmt: skip
"""As JSON writes them, so that it stays what it was."""


def plain(text: str) -> str:
    r"""Show the characters that act on a terminal rather than let them act.

    Parameters
    ----------
    text : str
        What is to be printed. The return that starts a bar's line is its own.

    Returns
    -------
    str
        The same, with ``\\u001b`` for an escape.
    """
    if text.startswith("\r"):
        return "\r" + text[1:].translate(_SHOWN)
    return text.translate(_SHOWN)


class _Plain:
    """A stream to which only plain text goes."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401  (any text stream)
        self._stream = stream

    def write(self, text: str) -> int:
        written: int = self._stream.write(plain(text))
        return written

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._stream, name)


@contextmanager
def plain_output() -> Iterator[None]:
    """Let nothing but plain text go to stdout and stderr.

    Yields
    ------
    None
        While a command runs.
    """
    before = sys.stdout, sys.stderr
    out, err = (None if one is None else _Plain(one) for one in before)
    sys.stdout, sys.stderr = out, err
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before

"""Rows done, on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["RowBar"]


class RowBar:
    """Tell how many rows are done: a bar on a terminal, nothing elsewhere."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, done: int, rows: int | None) -> None:
        """Show how far it is.

        Parameters
        ----------
        done : int
            Rows done.
        rows : int or None
            How many there are, or nearly.
        """
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=rows, file=sys.stderr, unit=" lignes", unit_scale=True, leave=False
            )
        self._bar.update(done - self._bar.n)

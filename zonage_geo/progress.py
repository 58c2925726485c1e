"""Progress bars on stderr, made only when something long begins."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Bar", "Progress", "RowBar", "say"]

Progress = Callable[[str, float], None]
"""Told what is being done, in French, and which share of the whole is behind (0 to 1)."""

LABEL_WIDTH = 45


def say(sentence: str) -> None:
    """Tell on stderr what is to be read.

    Parameters
    ----------
    sentence : str
        In French.
    """
    sys.stderr.write(f"zonage_geo : {sentence}\n")
    sys.stderr.flush()


class _OnTerminal:
    """A bar that is made at the first step, and put away at the end."""

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

    def _to(self, done: float, **looks: Any) -> tqdm[Any]:  # noqa: ANN401
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(file=sys.stderr, leave=False, **looks)
        self._bar.update(done - self._bar.n)
        return self._bar


class Bar(_OnTerminal):
    """Tell a build's steps: a bar on a terminal, a line a step elsewhere.

    What is too long for the bar is a message, not a step: it stays on the screen.
    """

    def __call__(self, label: str, done: float) -> None:
        """Show a step.

        Parameters
        ----------
        label : str
            What is being done, in French.
        done : float
            Share of the whole that is behind, 0 to 1.
        """
        if not sys.stderr.isatty():
            say(label)
            return
        shape = f"{{desc:<{LABEL_WIDTH}}} {{bar}} {{percentage:3.0f}} %"
        bar = self._to(100 * done, total=100, bar_format=shape)
        if len(label) > LABEL_WIDTH:
            bar.write(f"zonage_geo : {label}", file=sys.stderr)
        else:
            bar.set_description_str(label)


class RowBar(_OnTerminal):
    """Tell how many rows are done: a bar on a terminal, nothing elsewhere."""

    def __call__(self, done: int, rows: int | None) -> None:
        """Show how far it is.

        Parameters
        ----------
        done : int
            Rows done.
        rows : int or None
            How many there are, or nearly.
        """
        if sys.stderr.isatty():
            self._to(done, total=rows, unit=" lignes", unit_scale=True)

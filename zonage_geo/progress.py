"""A progress bar on stderr, made only when something long begins."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Bar", "say"]

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


class Bar:
    """Tell a build's steps: a bar on a terminal, a line a step elsewhere.

    What is too long for the bar is a message, not a step: it stays on the screen.
    """

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
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=100,
                file=sys.stderr,
                bar_format=f"{{desc:<{LABEL_WIDTH}}} {{bar}} {{percentage:3.0f}} %",
                leave=False,
            )
        if len(label) > LABEL_WIDTH:
            self._bar.write(f"zonage_geo : {label}", file=sys.stderr)
        else:
            self._bar.set_description_str(label, refresh=False)
        self._bar.update(100 * done - self._bar.n)

"""What sentences are made with, whatever they say."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["capital", "shortened"]


def capital(text: str) -> str:
    """Begin a sentence.

    Parameters
    ----------
    text : str
        Its words.

    Returns
    -------
    str
        With a capital; what follows is left as it is.
    """
    return text[:1].upper() + text[1:]


def shortened(words: Sequence[str], shown: int) -> list[str]:
    """Count the words of a list past a number.

    Parameters
    ----------
    words : sequence of str
        Names, most often.
    shown : int
        How many are kept; one more is too, rather than counted.

    Returns
    -------
    list of str
        ``a``, ``b``, ``12 autres``.
    """
    more = len(words) - shown
    return [*words[:shown], f"{more} autres"] if more > 1 else list(words)

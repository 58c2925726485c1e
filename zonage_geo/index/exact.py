"""On which side of an edge a point lies, without rounding.

Used for the few points so near an edge that single precision cannot tell. Three sieves,
each for what the one before it leaves:

1. the determinant in double precision, where it exceeds Shewchuk's bound on its own error
   (*Adaptive Precision Floating-Point Arithmetic*, 1997, §4: ``(3 + 16ε)ε`` times the sum of
   the absolute products);
2. where the four differences carry no rounding, which is the rule between near places
   (Sterbenz), two products are compared: rounding is monotone, so that unequal rounded
   products are in the order of the exact ones, and equal ones are told apart by their
   rounding errors, which Dekker's product gives exactly;
3. rational numbers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "east_of"]

Floats: TypeAlias = NDArray[np.float64]

_HALF_ULP = 2.0**-53
_ERROR_BOUND = (3.0 + 16.0 * _HALF_ULP) * _HALF_ULP
_SPLITTER = 2.0**27 + 1.0
_TINY = 2.0**-900
"""Products below it may lose their rounding errors to underflow."""


def east_of(edges: Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Tell which points lie east of, or on, the line of an edge that runs upwards.

    Parameters
    ----------
    edges : ndarray of float64, shape (n, 4)
        The lower end, x and y, and the upper one, in degrees; the lower end of a
        level edge is its eastern one, so that *east* of it means above it.
    x, y : ndarray of float64, shape (n,)
        The points, in degrees.

    Returns
    -------
    ndarray of bool, shape (n,)
        Exact for any finite numbers.
    """
    x0, y0, x1, y1 = edges.T
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        rise, run = y1 - y0, x1 - x0
        east, north = x - x0, y - y0
        left, right = rise * east, run * north
        determinant = left - right
        bound = _ERROR_BOUND * (np.abs(left) + np.abs(right))
        answer: NDArray[np.bool_] = determinant > 0
        doubtful = np.flatnonzero(~(np.abs(determinant) > np.maximum(bound, _TINY)))
    if len(doubtful):
        answer[doubtful] = _compare(edges[doubtful], x[doubtful], y[doubtful])
    return answer


def _compare(edges: Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Settle the doubtful by comparing two products, or else by rational numbers."""
    x0, y0, x1, y1 = edges.T
    exact = np.ones(len(x), dtype=bool)
    factors = []
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        for end, start in ((y1, y0), (x, x0), (x1, x0), (y, y0)):
            difference = end - start
            exact &= _rounding(end, start, difference) == 0
            factors.append(difference)
        rise, east, run, north = factors
        left, left_error = _product(rise, east)
        right, right_error = _product(run, north)
        # A product that is nought because a factor is nought is exact, however small.
        for product, one, other in ((left, rise, east), (right, run, north)):
            large = (np.abs(product) > _TINY) & (np.abs(product) < 1 / _TINY)
            exact &= large | (one == 0) | (other == 0)
        answer: NDArray[np.bool_] = left > right
        answer |= (left == right) & (left_error >= right_error)
    for i in np.flatnonzero(~exact):
        answer[i] = _rational(edges[i].tolist(), float(x[i]), float(y[i]))
    return answer


def _rounding(end: Floats, start: Floats, difference: Floats) -> Floats:
    """Give what ``end - start`` lost when it was rounded (Knuth's two-sum)."""
    back = end - difference
    return (end - (difference + back)) + (back - start)


def _product(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Multiply, and give what rounding took away (Dekker)."""
    product = one * other
    one_high, one_low = _halves(one)
    other_high, other_low = _halves(other)
    error = one_low * other_low - (
        ((product - one_high * other_high) - one_low * other_high) - one_high * other_low
    )
    return product, error


def _halves(number: Floats) -> tuple[Floats, Floats]:
    scaled = _SPLITTER * number
    high = scaled - (scaled - number)
    return high, number - high


def _rational(edge: list[float], x: float, y: float) -> bool:
    x0, y0, x1, y1 = map(Fraction, edge)
    return (y1 - y0) * (Fraction(x) - x0) >= (x1 - x0) * (Fraction(y) - y0)

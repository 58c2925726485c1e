"""Where the classes of an indicator begin and end: quantiles, Jenks, or given thresholds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zonage_geo.errors import InputError

__all__ = ["METHODS", "breaks", "jenks", "quantiles"]

METHODS = ("quantiles", "jenks")
MOST = 7
"""Classes that a reader can still tell apart by their colour."""
DISTINCT = 1000
"""Distinct values beyond which Jenks works on as many means of neighbours."""

Floats = NDArray[np.float64]


def breaks(
    values: ArrayLike, *, method: str = "quantiles", count: int = 5,
    thresholds: Sequence[float] | None = None,
) -> list[float]:  # fmt: skip
    """Cut values into classes.

    Parameters
    ----------
    values : array_like of float
        Those known; NaN is left out.
    method : {"quantiles", "jenks"}
        Equal numbers of communes, or classes as alike inside as can be.
    count : int
        Number of classes, 2 to 7; fewer come out where values repeat.
    thresholds : sequence of float, optional
        Inner bounds instead: two thresholds make three classes.

    Returns
    -------
    list of float
        Bounds, rising: the smallest value, inner bounds, the largest value. A class holds its
        lower bound and not its upper one, the last class both.

    Raises
    ------
    InputError
        If there is no value, or the method, number or thresholds make no sense.
    """
    known = np.asarray(values, dtype=np.float64)
    known = np.sort(known[np.isfinite(known)])
    if not len(known):
        raise InputError("l'indicateur n'a de valeur pour aucune commune de la carte.")
    if thresholds is not None:
        inner = [float(one) for one in thresholds]
        if not inner or len(inner) >= MOST or sorted(set(inner)) != inner:
            raise InputError(
                f"seuils : {inner} ; il en faut de 1 à {MOST - 1}, différents et croissants."
            )
        low, high = min(float(known[0]), inner[0]), max(float(known[-1]), inner[-1])
        return [low, *inner, high]
    if not 2 <= count <= MOST:
        raise InputError(f"{count} classes : de 2 à {MOST}.")
    if method == "quantiles":
        return quantiles(known, count)
    if method == "jenks":
        return jenks(known, count)
    raise InputError(f"méthode inconnue : {method!r} ({', '.join(METHODS)}, ou des seuils).")


def quantiles(known: ArrayLike, count: int) -> list[float]:
    """Cut into classes of as many values each.

    Parameters
    ----------
    known : array_like of float
        Finite, in order.
    count : int
        Number of classes.

    Returns
    -------
    list of float
        Bounds, each once.
    """
    cuts = np.quantile(np.asarray(known, dtype=np.float64), np.linspace(0, 1, count + 1))
    return np.unique(cuts).tolist() if cuts[0] < cuts[-1] else [float(cuts[0]), float(cuts[-1])]


def jenks(known: ArrayLike, count: int) -> list[float]:
    """Cut where the squares of the distances to the classes' means sum to the least (Fisher).

    Exact for up to a thousand distinct values; beyond, on as many means of neighbours, each
    with its weight.

    Parameters
    ----------
    known : array_like of float
        Finite, in order.
    count : int
        Number of classes.

    Returns
    -------
    list of float
        Bounds, each once: the smallest value, the first value of each next class, the largest.
    """
    value, weight = np.unique(np.asarray(known, dtype=np.float64), return_counts=True)
    low, high = float(value[0]), float(value[-1])
    if len(value) > DISTINCT:
        group = np.floor(np.arange(len(value)) * DISTINCT / len(value)).astype(int)
        first = np.searchsorted(group, np.arange(DISTINCT))
        total = np.add.reduceat(weight, first)
        value, starts, weight = np.add.reduceat(value * weight, first) / total, value[first], total
    else:
        starts = value
    count = min(count, len(value))
    best = _least_squares(value, weight.astype(np.float64), count)
    return [low, *(float(starts[at]) for at in best), high]


def _least_squares(value: Floats, weight: Floats, count: int) -> list[int]:
    """Give where the classes after the first begin, by dynamic programming."""
    many = len(value)
    w = np.concatenate([[0.0], np.cumsum(weight)])
    s = np.concatenate([[0.0], np.cumsum(weight * value)])
    q = np.concatenate([[0.0], np.cumsum(weight * value**2)])

    def spread(begin: NDArray[np.int64], end: int) -> Floats:
        mass = w[end] - w[begin]
        return np.asarray(q[end] - q[begin] - (s[end] - s[begin]) ** 2 / mass)

    cost = np.array([np.inf] + [spread(np.array([0]), end)[0] for end in range(1, many + 1)])
    origin = []
    for k in range(1, count):
        following = np.full(many + 1, np.inf)
        where = np.zeros(many + 1, dtype=np.int64)
        for end in range(k + 1, many + 1):
            begin = np.arange(k, end)
            total = cost[begin] + spread(begin, end)
            at = int(np.argmin(total))
            following[end], where[end] = total[at], begin[at]
        origin.append(where)
        cost = following
    found, end = [], many
    for where in reversed(origin):
        end = int(where[end])
        found.append(end)
    return found[::-1]

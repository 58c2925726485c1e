"""What points have in common: the communes they may be in, the perimeters they are near.

A verdict depends on a point only through these, so a million points come down to some ten
thousand situations, and each is answered once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zonage_geo.index.edges import spans

if TYPE_CHECKING:
    from zonage_geo.index import Neighbours

__all__ = ["Rows", "distinct_rows", "in_order", "owners", "pick", "possible_rows", "rows_of"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Rows(NamedTuple):
    """A list of numbers a point.

    Attributes
    ----------
    start : ndarray of int64, shape (points + 1,)
        The numbers of point ``i`` are ``value[start[i]:start[i + 1]]``.
    value : ndarray of int64
        The numbers, in order.
    """

    start: Ints
    value: Ints

    @property
    def counts(self) -> Ints:
        """How many each point has."""
        return np.diff(self.start)


def rows_of(point: Ints, value: Ints, points: int) -> Rows:
    """Gather pairs by point.

    Parameters
    ----------
    point, value : ndarray of int64, shape (pairs,)
        Ranks of points, in order; numbers.
    points : int
        How many points there are.

    Returns
    -------
    Rows
        In the order of the pairs.
    """
    return Rows(spans(np.bincount(point, minlength=points)), value)


def owners(neighbours: Neighbours) -> Ints:
    """Give the point of each pair.

    Parameters
    ----------
    neighbours : Neighbours
        Pairs by point.

    Returns
    -------
    ndarray of int64
        Rank of its point.
    """
    points = len(neighbours.start) - 1
    return np.repeat(np.arange(points, dtype=np.int64), np.diff(neighbours.start))


def pick(rows: Rows, points: Ints) -> Rows:
    """Take the lists of some points.

    Parameters
    ----------
    rows : Rows
        A list a point.
    points : ndarray of int64
        Which points.

    Returns
    -------
    Rows
        In that order.
    """
    counts = rows.counts[points]
    start = spans(counts)
    offset = np.repeat(rows.start[points] - start[:-1], counts)
    return Rows(start, rows.value[offset + np.arange(int(start[-1]))])


def possible_rows(neighbours: Neighbours, accuracy: Floats) -> tuple[Rows, Bools]:
    """Keep the outlines that may hold each point, each as accurate as it is.

    Parameters
    ----------
    neighbours : Neighbours
        Outlines within the widest accuracy.
    accuracy : ndarray of float64, shape (outlines,)
        In metres.

    Returns
    -------
    tuple
        Outlines by point, in the order in which `locate` has them; and whether one of them
        holds the point.
    """
    points = len(neighbours.start) - 1
    point = owners(neighbours)
    inside, border = neighbours.inside, neighbours.border_m
    its = accuracy[neighbours.polygon]
    certain = inside & (border >= its)
    sure = np.bincount(point[certain], minlength=points) == 1
    held = np.bincount(point[inside], minlength=points) > 0
    keep = np.where(sure[point], certain, inside | (border <= its))
    return in_order(neighbours, point, keep), held


def in_order(neighbours: Neighbours, point: Ints, keep: Bools, *, deepest: bool = True) -> Rows:
    """Sort the polygons of each point: nearest first, then deepest, then by rank.

    Parameters
    ----------
    neighbours : Neighbours
        Pairs by point.
    point : ndarray of int64
        The point of each pair.
    keep : ndarray of bool
        Which pairs count.
    deepest : bool
        Whether, of two that hold the point, the one with the farther border goes first.

    Returns
    -------
    Rows
        Ranks of polygons by point.
    """
    points = len(neighbours.start) - 1
    kept = np.flatnonzero(keep)
    at, polygon = point.take(kept), neighbours.polygon.take(kept).astype(np.int64)
    border, inside = neighbours.border_m.take(kept), neighbours.inside.take(kept)
    distance = np.where(inside, 0.0, border)
    depth = -border if deepest else np.zeros_like(border)
    rows = rows_of(at, polygon, points)
    counts = rows.counts
    # Most points with several candidates have two: these are compared, the rest sorted.
    one = rows.start[:-1].take(np.flatnonzero(counts == 2))
    two = one + 1
    near, far = distance.take(one), distance.take(two)
    later = near > far
    later |= (near == far) & (depth.take(one) > depth.take(two))
    one, two = one[later], two[later]
    polygon[one], polygon[two] = polygon[two], polygon[one]
    many = np.flatnonzero(counts.take(at) > 2)
    if len(many):
        keys = (values.take(many) for values in (polygon, depth, distance, at))
        polygon[many] = polygon.take(many.take(np.lexsort(tuple(keys))))
    return rows


def distinct_rows(rows: Rows, extra: Ints | None = None) -> tuple[Ints, Ints]:
    """Give a number to each distinct list of numbers.

    Parameters
    ----------
    rows : Rows
        A list a point.
    extra : ndarray of int64, optional
        One more number a point, which must be the same too.

    Returns
    -------
    tuple of ndarray of int64
        The number of each point's list; the first point that has each list.

    Notes
    -----
    Lists are folded from the left: two are the same where their lengths are, then their
    beginnings, by the number already given, and their next number. No hash of lists, so no
    collision.
    """
    counts = rows.counts
    number = counts if extra is None else _numbered(counts, extra)
    beyond = int(number.max(initial=-1)) + 1  # numbers from here on are free
    for place in range(int(counts.max(initial=0))):
        longer = np.flatnonzero(counts > place)
        nexts = rows.value[rows.start[longer] + place]
        folded = _numbered(number[longer], nexts) + beyond
        number = number.copy() if place == 0 else number
        number[longer] = folded
        beyond = int(folded.max()) + 1
    return _first_seen(number)


def _numbered(left: Ints, right: Ints) -> Ints:
    """Give a number to each distinct pair."""
    if not len(left):
        return left
    low = int(right.min())
    width = int(right.max()) - low + 1
    numbers, _ = pd.factorize(left * width + (right - low))
    return numbers.astype(np.int64, copy=False)


def _first_seen(number: Ints) -> tuple[Ints, Ints]:
    """Give values a number in the order in which they come; tell where each comes first."""
    codes, distinct = pd.factorize(number)
    codes = codes.astype(np.int64, copy=False)
    first = np.full(len(distinct), len(number), dtype=np.int64)
    # Written from the end, so that what stays is the first.
    first[codes[::-1]] = np.arange(len(number) - 1, -1, -1)
    return codes, first

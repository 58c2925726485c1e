"""Every layer's answer for situated points: one number a point, into a list of outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.zones import Part
from zonage_geo.many.parts import Near, Rules
from zonage_geo.many.points import Situated, Situator
from zonage_geo.many.situations import Rows, distinct_rows, pick
from zonage_geo.store.records import ZoneShape

__all__ = ["MANY", "Answers", "answer_points"]

Ints = NDArray[np.int64]
NONE = -1
MANY = 2**16
"""Points from which threads are worth their start."""


class Answers(NamedTuple):
    """What layers answer.

    Attributes
    ----------
    outcome : dict of str to ndarray of int32, shape (points,)
        By layer: rank in ``outcomes``; -1 where the point has no situation.
    outcomes : mapping of str to sequence of Part
        By layer: distinct answers, distances apart.
    """

    outcome: dict[str, NDArray[np.int32]]
    outcomes: Mapping[str, Sequence[Part]]


def answer_points(
    situated: Situated,
    situator: Situator,
    rules: Rules,
    catalog: Catalog,
    day: date,
    threads: int = 1,
) -> Answers:
    """Ask every layer about situated points.

    Parameters
    ----------
    situated : Situated
        Points and their situations.
    situator : Situator
        That situated them.
    rules : Rules
        The store's answers on the day, for points.
    catalog : Catalog
        Its catalogue.
    day : date
        The day asked about.
    threads : int
        Layers asked at once.

    Returns
    -------
    Answers
        In the points' order.
    """
    asked = _Asked(situated, situator, rules)
    drawn = {zone.layer for zone in situator.perimeters}

    def work(layer: Layer) -> NDArray[np.int32]:
        if not in_force(layer, day):
            constant = np.int32(rules.out_of_force(layer))
            return np.where(situated.situation >= 0, constant, np.int32(NONE))
        answers = asked.by_situation(layer)
        if layer.id in drawn or layer.overridden_by in drawn:
            asked.by_perimeter(layer, answers)
        return answers

    layers = catalog.layers
    if threads > 1 and len(situated.situation) > MANY:
        with ThreadPoolExecutor(threads) as pool:
            found = dict(zip(layers, pool.map(work, layers.values()), strict=True))
    else:
        found = {name: work(layer) for name, layer in layers.items()}
    return Answers(found, rules.outcomes)


class _Asked:
    """One question: points, and the rules that answer."""

    def __init__(self, situated: Situated, situator: Situator, rules: Rules) -> None:
        self._situated = situated
        self._situator = situator
        self._rules = rules

    def by_situation(self, layer: Layer) -> NDArray[np.int32]:
        """Answer from candidates alone.

        Candidates mostly agree, and what agrees needs no merging: one lookup a part. Only
        the others are numbered and merged, each distinct list once.
        """
        situated = self._situated
        outcome = np.full(len(situated.outside) + 2, NONE, dtype=np.int32)
        # NO_POINT and NOT_FOUND, -2 and -1, take the last two.
        listed = np.flatnonzero(situated.refs.counts)
        if len(listed):
            rows = pick(situated.refs, listed)
            outcome[listed] = self._merged(layer, rows, situated.outside[listed])
        return outcome.take(situated.situation, mode="wrap")

    def _merged(self, layer: Layer, refs: Rows, outside: NDArray[np.bool_]) -> NDArray[np.int32]:
        parts = self._rules.parts_of(layer).array().take(refs.value).astype(np.int64)
        low = np.minimum.reduceat(parts, refs.start[:-1])
        same = low == np.maximum.reduceat(parts, refs.start[:-1])
        outcome = np.empty(len(low), dtype=np.int32)
        key = low[same] * 2 + outside[same]
        seen = np.bincount(key)
        table = np.full(len(seen), NONE, dtype=np.int32)
        for one in np.flatnonzero(seen).tolist():
            table[one] = self._rules.answer(layer, (one // 2,), outside=bool(one % 2))
        outcome[same] = table.take(key)
        mixed = np.flatnonzero(~same)
        rows = pick(Rows(refs.start, parts), mixed)
        number, first = distinct_rows(rows, outside[mixed].astype(np.int64))
        answers = [
            self._rules.answer(
                layer,
                tuple(rows.value[rows.start[at] : rows.start[at + 1]].tolist()),
                outside=bool(outside[mixed[at]]),
            )
            for at in first.tolist()
        ]
        outcome[mixed] = np.array(answers, dtype=np.int32)[number]
        return outcome

    def by_perimeter(self, layer: Layer, answers: NDArray[np.int32]) -> None:
        """Answer again for points that a perimeter may hold."""
        situated = self._situated
        if not len(situated.near):
            return
        many = len(situated.patterns)
        key = situated.situation[situated.near] * many + situated.pattern
        distinct, inverse = np.unique(key, return_inverse=True)
        outcome = np.empty(len(distinct), dtype=np.int32)
        for rank, one in enumerate(distinct.tolist()):
            situation, pattern = divmod(one, many)
            refs = situated.refs.value[
                situated.refs.start[situation] : situated.refs.start[situation + 1]
            ].tolist()
            near = self._near(pattern)
            outside = bool(situated.outside[situation])
            outcome[rank] = self._rules.ask(layer, refs, near, outside=outside)
        answers[situated.near] = outcome[inverse]

    def _near(self, pattern: int) -> Near:
        zones = self._situator.zones_near(self._situated.patterns[pattern])

        def near(layer: str, edition: str, _lon: float, _lat: float, _m: float) -> list[ZoneShape]:
            return list(zones.get((layer, edition), ()))

        return near

"""Points by the million: the communes and perimeters of each, then every layer's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog
from zonage_geo.geometry import Relation
from zonage_geo.many.parts import Refs
from zonage_geo.many.shapes import Shapes, ZoneKey
from zonage_geo.many.situations import (
    Rows,
    distinct_rows,
    in_order,
    owners,
    pick,
    possible_rows,
    rows_of,
)
from zonage_geo.store.records import ZoneShape
from zonage_geo.territory import ARRONDISSEMENT_CITIES, commune_of

__all__ = ["NOT_FOUND", "NO_POINT", "Pattern", "Situated", "Situator", "by_place", "joined"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOT_FOUND = -1
"""The situation of a point farther than 3 km from every commune."""
NO_POINT = -2
"""The situation of what is no point of the globe."""
NONE = -1

SORTED_PER_DEGREE = 8.0
SORTED_COLUMNS = 256
SORTED_WEST = 8.0
"""Degrees west of Greenwich where columns begin: Brittany and Corsica do not share any."""

Pattern = tuple[tuple[int, bool], ...]
"""Perimeters that a point's disc touches, and whether each holds all of it."""


class Situated(NamedTuple):
    """Points, and what they have in common.

    Attributes
    ----------
    situation : ndarray of int64, shape (points,)
        Which situation each point is in; `NOT_FOUND`, `NO_POINT`.
    refs : Rows
        Candidates of each situation.
    outside : ndarray of bool, shape (situations,)
        Whether no commune holds its points.
    near : ndarray of int64
        Ranks of the points whose disc touches a perimeter.
    pattern : ndarray of int64
        Which pattern each of those has.
    patterns : list of Pattern
        The distinct ones.
    """

    situation: Ints
    refs: Rows
    outside: Bools
    near: Ints
    pattern: Ints
    patterns: list[Pattern]

    def restored(self, order: Ints) -> Situated:
        """Give them in the order that points had before they were sorted.

        Parameters
        ----------
        order : ndarray of int64, shape (points,)
            The rank that each had.

        Returns
        -------
        Situated
            The same situations.
        """
        situation = np.empty_like(self.situation)
        situation[order] = self.situation
        near = order[self.near]
        again = np.argsort(near)
        return self._replace(situation=situation, near=near[again], pattern=self.pattern[again])


def by_place(lon: Floats, lat: Floats) -> Ints:
    """Sort points so that neighbours come together: what is read of the indexes is then near.

    Parameters
    ----------
    lon, lat : ndarray of float64, shape (points,)
        Degrees, EPSG:4326; NaN where there is none.

    Returns
    -------
    ndarray of int64, shape (points,)
        Ranks of the points, by squares of an eighth of a degree, row by row: numbers of 16
        bits, which numpy sorts by their digits.
    """
    width, height = SORTED_COLUMNS, 2**16 // SORTED_COLUMNS
    with np.errstate(over="ignore"):  # a number that is no degree sorts anywhere
        columns = np.nan_to_num((lon + SORTED_WEST) * SORTED_PER_DEGREE) % width
        rows = np.nan_to_num(lat * SORTED_PER_DEGREE) % height
    key = rows.astype(np.uint16) * np.uint16(width) + columns.astype(np.uint16)
    return np.argsort(key, kind="stable")


def joined(pieces: Sequence[Situated]) -> Situated:
    """Put pieces of points end to end.

    Parameters
    ----------
    pieces : sequence of Situated
        One at least.

    Returns
    -------
    Situated
        Situations and patterns of a piece after those of the one before.
    """
    situations = np.cumsum([0, *(len(piece.outside) for piece in pieces)])
    pairs = np.cumsum([0, *(len(piece.refs.value) for piece in pieces)])
    points = np.cumsum([0, *(len(piece.situation) for piece in pieces)])
    patterns = np.cumsum([0, *(len(piece.patterns) for piece in pieces)])
    return Situated(
        situation=np.concatenate(
            [
                np.where(piece.situation >= 0, piece.situation + at, piece.situation)
                for piece, at in zip(pieces, situations[:-1], strict=True)
            ]
        ),
        refs=Rows(
            np.concatenate(
                [
                    *(p.refs.start[:-1] + at for p, at in zip(pieces, pairs[:-1], strict=True)),
                    pairs[-1:],
                ]
            ),
            np.concatenate([piece.refs.value for piece in pieces]),
        ),
        outside=np.concatenate([piece.outside for piece in pieces]),
        near=np.concatenate([p.near + at for p, at in zip(pieces, points[:-1], strict=True)]),
        pattern=np.concatenate(
            [p.pattern + at for p, at in zip(pieces, patterns[:-1], strict=True)]
        ),
        patterns=[pattern for piece in pieces for pattern in piece.patterns],
    )


class Situator:
    """Say which communes and perimeters points may be in, as `locate` does for one.

    Parameters
    ----------
    shapes : Shapes
        The store's indexes.
    catalog : Catalog
        For thresholds, and accuracies of perimeters.
    accuracy_m : float
        Of the outlines that have none of their own.
    """

    def __init__(self, shapes: Shapes, catalog: Catalog, accuracy_m: float) -> None:
        self._shapes = shapes
        self._default = accuracy_m
        self._accuracy = np.where(np.isnan(shapes.accuracy), accuracy_m, shapes.accuracy)
        self._neighbour_m = catalog.thresholds["neighbour_m"]
        self.refs = Refs(sorted({code for codes in shapes.outlines for code in codes}))
        numbers = [[self.refs.number(c) for c in codes] for codes in shapes.outlines]
        self._first_ref = np.array([n[0] for n in numbers], dtype=np.int64)
        self._several = {rank: n for rank, n in enumerate(numbers) if len(n) > 1}
        self._is_shared = np.array([len(n) > 1 for n in numbers], dtype=bool)
        cities = [self.refs.number(code) for code in ARRONDISSEMENT_CITIES]
        self._is_city = np.zeros(len(self.refs), dtype=bool)
        self._is_city[cities] = True
        self._is_several = self._is_shared | self._is_city.take(self._first_ref)
        reaches = {
            (e.layer, e.id): e.accuracy_m for la in catalog.layers.values() for e in la.editions
        }
        self._zone_reach = np.array(
            [reaches.get((z.layer, z.edition), 0.0) for z in shapes.perimeters], dtype=np.float64
        )

    @property
    def perimeters(self) -> list[ZoneKey]:
        """Every perimeter, by code."""
        return self._shapes.perimeters

    def situate(self, lon: Floats, lat: Floats, threads: int | None = None) -> Situated:
        """Find the situation of each point.

        Parameters
        ----------
        lon, lat : ndarray of float64, shape (points,)
            Degrees, EPSG:4326; NaN where there is none.
        threads : int, optional
            For the indexes.

        Returns
        -------
        Situated
            One situation a point.
        """
        valid = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
        plain, others, rows, outside = self._outlines(lon, lat, valid, threads)
        rows = self._with_arrondissements(self._as_refs(rows), lon[others], lat[others], threads)
        number, first = distinct_rows(rows, outside.astype(np.int64))
        lengths = rows.counts[first]
        situation = np.where(valid, NOT_FOUND, NO_POINT)
        # Points without a candidate have situations too, of no length: they are renamed.
        situation[others] = np.where(lengths[number] > 0, number, NOT_FOUND)
        alone, seen = self._of_plain(plain, situation, len(first))
        picked = pick(rows, first)
        refs = Rows(
            np.append(picked.start, picked.start[-1] + np.arange(1, len(seen) + 1)),
            np.append(picked.value, self._first_ref.take(seen)),
        )
        near, pattern, patterns = self._perimeters(lon, lat, situation, threads)
        return Situated(situation, refs, np.append(outside[first], alone), near, pattern, patterns)

    def _of_plain(self, plain: NDArray[np.int32], situation: Ints, base: int) -> tuple[Bools, Ints]:
        """Give a number, from ``base`` on, to the outlines that hold plain points."""
        points = np.flatnonzero(plain >= 0)
        its = plain.take(points)
        seen = np.flatnonzero(np.bincount(its, minlength=len(self._first_ref)))
        table = np.empty(len(self._first_ref), dtype=np.int64)
        table[seen] = base + np.arange(len(seen))
        situation[points] = table.take(its)
        return np.zeros(len(seen), dtype=bool), seen

    # communes

    def _outlines(
        self, lon: Floats, lat: Floats, valid: Bools, threads: int | None
    ) -> tuple[NDArray[np.int32], Ints, Rows, Bools]:
        """Tell plain points, deep inside one outline, from the others, and list those of these.

        Plain are some seven points in ten; they have one candidate and nothing to compare.
        """
        reach = max(self._default, float(self._accuracy.max(initial=0.0)))
        around = self._shapes.communes.around(lon, lat, reach, threads=threads)
        rows, held = possible_rows(around.neighbours, self._accuracy)
        plain = around.polygon
        nowhere = valid & (plain < 0)
        nowhere[around.near] = False
        lost = np.flatnonzero(nowhere)
        several = np.flatnonzero((plain >= 0) & self._is_several.take(plain, mode="wrap"))
        single = plain[several].astype(np.int64)
        plain[several] = NONE
        others = np.concatenate([around.near, lost, several])
        counts = np.concatenate([rows.counts, np.zeros_like(lost), np.ones_like(several)])
        start = np.append(0, np.cumsum(counts))
        outside = np.concatenate(
            [~held, np.ones(len(lost), dtype=bool), np.zeros(len(several), dtype=bool)]
        )
        listed = Rows(start, np.append(rows.value, single))
        listed = self._with_far(listed, outside, lon[others], lat[others], threads)
        return plain, others, listed, outside

    def _with_far(
        self, rows: Rows, outside: Bools, lon: Floats, lat: Floats, threads: int | None
    ) -> Rows:
        """Put, for points that no outline holds, those within a larger reach."""
        lost = np.flatnonzero(outside)
        if not len(lost):
            return rows
        far = self._shapes.communes.near(lon[lost], lat[lost], self._neighbour_m, threads=threads)
        every = np.ones(len(far.polygon), dtype=bool)
        return _replaced(rows, lost, in_order(far, owners(far), every))

    def _as_refs(self, rows: Rows) -> Rows:
        """Go from outlines to the communes that each may be."""
        value = self._first_ref.take(rows.value)
        shared = np.flatnonzero(self._is_shared.take(rows.value))
        if not len(shared):
            return Rows(rows.start, value)
        point = np.repeat(np.arange(len(rows.start) - 1), rows.counts)
        times = np.ones(len(value), dtype=np.int64)
        times[shared] = [len(self._several[int(rows.value[i])]) for i in shared]
        end = np.cumsum(times)
        out = np.repeat(value, times)
        for i in shared:
            out[end[i] - times[i] : end[i]] = self._several[int(rows.value[i])]
        return rows_of(np.repeat(point, times), out, len(rows.start) - 1)

    def _with_arrondissements(
        self, rows: Rows, lon: Floats, lat: Floats, threads: int | None
    ) -> Rows:
        """Put, for a city, the arrondissements that its points may be in."""
        pairs = np.flatnonzero(self._is_city.take(rows.value))
        if not len(pairs):
            return rows
        point = np.repeat(np.arange(len(rows.start) - 1), rows.counts)[pairs]
        around = self._shapes.arrondissements.near(
            lon[point], lat[point], self._default, threads=threads
        )
        accuracy = np.full(len(self._shapes.arms), self._default)
        arms, _ = possible_rows(around, accuracy)
        number, first = distinct_rows(arms, rows.value[pairs])
        ids = np.empty(len(first), dtype=np.int64)
        for rank, at in enumerate(first):
            city = self.refs.list[int(rows.value[pairs[at]])].code
            found = arms.value[arms.start[at] : arms.start[at + 1]]
            codes = (self._shapes.arms[int(arm)] for arm in found)
            mine = tuple(code for code in codes if commune_of(code) == city)
            ids[rank] = self.refs.number(city, mine or ARRONDISSEMENT_CITIES[city])
        value = rows.value.copy()
        value[pairs] = ids[number]
        return Rows(rows.start, value)

    # perimeters

    def _perimeters(
        self, lon: Floats, lat: Floats, situation: Ints, threads: int | None
    ) -> tuple[Ints, Ints, list[Pattern]]:
        none = np.empty(0, dtype=np.int64)
        if not self._shapes.perimeters:
            return none, none, []
        reach = float(self._zone_reach.max())
        around = self._shapes.zones.near(lon, lat, reach, threads=threads)
        its = self._zone_reach[around.polygon]
        point = owners(around)
        keep = (around.inside | (around.border_m < its)) & (situation[point] >= 0)
        rows = in_order(around, point, keep, deepest=False)
        whole = around.inside & (around.border_m >= its)
        sure = np.zeros(len(rows.value), dtype=bool)
        if len(rows.value):
            key = point[keep] * len(self._shapes.perimeters) + around.polygon[keep]
            flags = whole[keep][np.argsort(key, kind="stable")]
            mine = np.repeat(np.arange(len(rows.start) - 1), rows.counts)
            wanted = mine * len(self._shapes.perimeters) + rows.value
            sure[np.argsort(wanted, kind="stable")] = flags
        near = np.flatnonzero(rows.counts)
        coded = Rows(rows.start, rows.value * 2 + sure)
        mine_only = pick(coded, near)
        pattern, first = distinct_rows(mine_only)
        patterns = []
        for at in first:
            values = mine_only.value[mine_only.start[at] : mine_only.start[at + 1]]
            patterns.append(tuple((int(v) // 2, bool(v % 2)) for v in values))
        return near, pattern, patterns

    def zones_near(self, pattern: Pattern) -> Mapping[tuple[str, str], Sequence[ZoneShape]]:
        """Give the zones of a pattern as the rules of `locate` take them.

        Parameters
        ----------
        pattern : Pattern
            Perimeters touched.

        Returns
        -------
        mapping
            By layer and edition; distances that say no more than whether the disc is inside.
        """
        found: dict[tuple[str, str], list[ZoneShape]] = {}
        for rank, sure in pattern:
            zone: ZoneKey = self._shapes.perimeters[rank]
            relation = Relation(inside=True, border_m=np.inf if sure else 0.0)
            shape = ZoneShape(zone.code, zone.nom, zone.zone_class, relation)
            found.setdefault((zone.layer, zone.edition), []).append(shape)
        return found


def _replaced(rows: Rows, points: Ints, others: Rows) -> Rows:
    """Put other lists in the place of those of some points."""
    count = len(rows.start) - 1
    point = np.repeat(np.arange(count), rows.counts)
    gone = np.zeros(count, dtype=bool)
    gone[points] = True
    keep = ~gone[point]
    at = np.concatenate([point[keep], np.repeat(points, others.counts)])
    value = np.concatenate([rows.value[keep], others.value])
    order = np.argsort(at, kind="stable")
    return rows_of(at[order], value[order], count)

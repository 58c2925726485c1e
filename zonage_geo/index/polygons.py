"""The index itself: built, asked and saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zonage_geo.errors import InputError
from zonage_geo.index import files
from zonage_geo.index.edges import Geometries, ranges, spans
from zonage_geo.index.exact import Floats
from zonage_geo.index.fill import fill
from zonage_geo.index.lookup import NONE, Found, find
from zonage_geo.index.near import MAX_METRES, Borders, borders
from zonage_geo.index.tables import Tables

__all__ = ["Around", "Memberships", "Neighbours", "PolygonIndex", "cores"]

T = TypeVar("T")
S = TypeVar("S", bound=np.generic)

CHUNK = 2**16
"""Points at once: the arrays of a chunk fit in a processor's cache."""

CELLS_PER_EDGE = 16.0
"""Fewer cells: more points need an edge tested. More: a larger table, out of the cache. Of
4, 8, 16 and 32, it is the fastest for the communes of France, or within 10 % of it."""

TILE_BITS = 6
MAX_THREADS = 16


class Memberships(NamedTuple):
    """The polygons that hold points.

    Attributes
    ----------
    start : ndarray of int64, shape (points + 1,)
        The polygons of point ``i`` are ``polygon[start[i]:start[i + 1]]``.
    polygon : ndarray of int32, shape (pairs,)
        Ranks of polygons, in order within their point.
    """

    start: NDArray[np.int64]
    polygon: NDArray[np.int32]


class Neighbours(NamedTuple):
    """The polygons that points lie in, or within some metres of.

    Attributes
    ----------
    start : ndarray of int64, shape (points + 1,)
        The polygons of point ``i`` are those from ``start[i]`` to ``start[i + 1]``.
    polygon : ndarray of int32, shape (pairs,)
        Ranks of polygons, in order within their point.
    inside : ndarray of bool, shape (pairs,)
        Whether the polygon holds the point.
    border_m : ndarray of float64, shape (pairs,)
        Metres to the polygon's border; ``inf`` where a polygon holds the point and its
        border is farther than was looked.
    """

    start: NDArray[np.int64]
    polygon: NDArray[np.int32]
    inside: NDArray[np.bool_]
    border_m: Floats


class Around(NamedTuple):
    """What points have around them: nothing to tell for most, and the polygons of the others.

    Attributes
    ----------
    polygon : ndarray of int32, shape (points,)
        The one polygon that holds a point with no border within reach; -1 where none does,
        and for the points of ``near``.
    near : ndarray of int64, shape (n,)
        Ranks of the points that have a border within reach, or lie in several polygons.
    neighbours : Neighbours
        Of these, in that order.
    """

    polygon: NDArray[np.int32]
    near: NDArray[np.int64]
    neighbours: Neighbours


class PolygonIndex:
    """Say which of many polygons, overlapping or not, hold points, by the million.

    A point within a polygon is told from one without it exactly, as GEOS does. Each point
    of a border belongs to one side of it: the one to its east, or to its north where the
    border is level, so that of polygons that meet without a gap one and only one holds it
    (`zonage_geo.geometry.relate` has the same rule).

    Parameters
    ----------
    tables : Tables
        Its arrays.
    fingerprint : str
        What it was built from.

    Notes
    -----
    Points are longitudes and latitudes in degrees, EPSG:4326. A missing coordinate (NaN), an
    infinite one and one outside France are in no polygon; they are no error. Polygons go by
    their rank in the array that the index was built from. Nothing in an index changes, so
    that threads may share it.
    """

    def __init__(self, tables: Tables, fingerprint: str = "") -> None:
        self._tables = tables
        self.fingerprint = fingerprint

    @classmethod
    def build(
        cls,
        geometries: Geometries,
        *,
        fingerprint: str = "",
        cells_per_edge: float = CELLS_PER_EDGE,
        tile_bits: int = TILE_BITS,
    ) -> PolygonIndex:
        """Build an index.

        Parameters
        ----------
        geometries : ndarray of shapely geometries, shape (polygons,)
            Valid polygons and multipolygons in EPSG:4326 degrees; None and empty ones hold
            nothing. They may overlap and come from several layers.
        fingerprint : str
            What the polygons are, for `load` to check.
        cells_per_edge : float
            How fine the grid is: cells for each distinct edge.
        tile_bits : int
            The grid is kept by tiles of ``2**tile_bits`` cells a side.

        Returns
        -------
        PolygonIndex
            In memory.

        Raises
        ------
        InputError
            If a geometry is no polygon, is not valid, or is not in degrees.
        """
        array = np.asarray(geometries, dtype=object)
        return cls(fill(array, cells_per_edge, tile_bits), fingerprint)

    def __len__(self) -> int:
        return self._tables.polygons

    @property
    def nbytes(self) -> int:
        """Bytes that its arrays take."""
        return sum(v.nbytes for v in vars(self._tables).values() if isinstance(v, np.ndarray))

    def first(
        self, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None
    ) -> NDArray[np.int32]:
        """Find one polygon a point: all there is to know where none overlap.

        Parameters
        ----------
        lon, lat : array_like of float, shape (points,)
            Degrees, EPSG:4326.
        threads : int, optional
            How many to use; by default one for each core.

        Returns
        -------
        ndarray of int32, shape (points,)
            The polygon, the first of them where several hold the point, -1 where none does.
        """
        x, y = _points(lon, lat)
        answer = np.empty(len(x), dtype=np.int32)

        def work(here: slice) -> None:
            found = find(self._tables, x[here], y[here])
            found.polygon[found.several] = found.member[found.start[:-1]]
            answer[here] = found.polygon

        _share(work, len(x), threads)
        return answer

    def query(self, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None) -> Memberships:
        """Find all the polygons that hold each point.

        Parameters
        ----------
        lon, lat : array_like of float, shape (points,)
            Degrees, EPSG:4326.
        threads : int, optional
            How many to use; by default one for each core.

        Returns
        -------
        Memberships
            By point.
        """
        x, y = _points(lon, lat)

        def work(here: slice) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
            return _unfold(find(self._tables, x[here], y[here]))

        chunks = _share(work, len(x), threads)
        return Memberships(
            spans(_joined((c[0] for c in chunks), np.int64)),
            _joined((c[1] for c in chunks), np.int32),
        )

    def near(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        metres: ArrayLike,
        *,
        threads: int | None = None,
    ) -> Neighbours:
        """Find the polygons that a disc around each point touches.

        Parameters
        ----------
        lon, lat : array_like of float, shape (points,)
            Degrees, EPSG:4326.
        metres : array_like of float, shape () or (points,)
            Radius of the disc, up to `MAX_METRES`.
        threads : int, optional
            How many to use; by default one for each core.

        Returns
        -------
        Neighbours
            Those that hold the point, and those whose border is within ``metres``, with the
            distances that `zonage_geo.geometry.relate` gives.

        Raises
        ------
        InputError
            If a radius is negative, missing or beyond `MAX_METRES`.
        """
        x, y = _points(lon, lat)
        reach = _reach(metres, x)

        def work(here: slice) -> _Near:
            return _near(self._tables, x[here], y[here], reach[here])

        return _neighbours(_share(work, len(x), threads))

    def around(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        metres: ArrayLike,
        *,
        threads: int | None = None,
    ) -> Around:
        """Find the same as `near`, where most points have no border within reach.

        Parameters
        ----------
        lon, lat : array_like of float, shape (points,)
            Degrees, EPSG:4326.
        metres : array_like of float, shape () or (points,)
            Radius of the disc, up to `MAX_METRES`.
        threads : int, optional
            How many to use; by default one for each core.

        Returns
        -------
        Around
            The neighbours of those points alone that have something to compare.

        Raises
        ------
        InputError
            If a radius is negative, missing or beyond `MAX_METRES`.
        """
        x, y = _points(lon, lat)
        reach = _reach(metres, x)

        def work(here: slice) -> tuple[NDArray[np.int32], NDArray[np.int64], _Near]:
            polygon, ranks, near = _told_apart(self._tables, x[here], y[here], reach[here])
            return polygon, ranks + here.start, near

        chunks = _share(work, len(x), threads)
        return Around(
            _joined((polygon for polygon, _, _ in chunks), np.int32),
            _joined((ranks for _, ranks, _ in chunks), np.int64),
            _neighbours([near for _, _, near in chunks]),
        )

    def save(self, path: Path) -> None:
        """Write the index to a file.

        Parameters
        ----------
        path : Path
            The file; one that is there is replaced.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        files.save(self._tables, path, self.fingerprint)

    @classmethod
    def load(
        cls, path: Path, *, fingerprint: str | None = None, mmap: bool = True, check: bool = True
    ) -> PolygonIndex:
        """Open an index that was saved.

        Parameters
        ----------
        path : Path
            The file.
        fingerprint : str, optional
            What the index must have been built from.
        mmap : bool
            Whether to map the file into memory, shared between processes.
        check : bool
            Whether to compare the content with its checksums.

        Returns
        -------
        PolygonIndex
            It answers as the one that was saved.

        Raises
        ------
        StoreError
            If the file is no whole index of this version, built from that.
        """
        tables, its = files.load(path, fingerprint=fingerprint, mmap=mmap, check=check)
        return cls(tables, its)


def _points(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    x, y = (np.ascontiguousarray(values, dtype=np.float64) for values in (lon, lat))
    if x.ndim != 1 or x.shape != y.shape:
        raise InputError("index : longitudes et latitudes vont par deux listes de même longueur.")
    return x, y


def _reach(metres: ArrayLike, x: Floats) -> Floats:
    """Give a radius a point."""
    reach = np.asarray(metres, dtype=np.float64)
    if reach.shape not in ((), x.shape) or not ((reach >= 0) & (reach <= MAX_METRES)).all():
        raise InputError(
            f"index : le rayon est un nombre de mètres entre 0 et {MAX_METRES:.0f}, "
            "ou un par point."
        )
    return np.broadcast_to(reach, x.shape)


def _share(work: Callable[[slice], T], points: int, threads: int | None) -> list[T]:
    """Do a work chunk by chunk, in threads: numpy lets others run while it computes."""
    chunks = [slice(at, min(at + CHUNK, points)) for at in range(0, points, CHUNK)]
    workers = min(threads or cores(), len(chunks))
    if workers <= 1:
        return [work(chunk) for chunk in chunks]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, chunks))


def cores() -> int:
    """Count the cores that this process may use.

    Returns
    -------
    int
        `MAX_THREADS` at the most.
    """
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MAX_THREADS)
    return min(os.cpu_count() or 1, MAX_THREADS)


class _Near(NamedTuple):
    """`Neighbours` of a chunk of points, with how many each has."""

    counts: NDArray[np.int64]
    polygon: NDArray[np.int32]
    inside: NDArray[np.bool_]
    border_m: Floats


def _neighbours(chunks: Sequence[_Near]) -> Neighbours:
    """Put the neighbours of chunks end to end."""
    return Neighbours(
        spans(_joined((c.counts for c in chunks), np.int64)),
        _joined((c.polygon for c in chunks), np.int32),
        _joined((c.inside for c in chunks), np.bool_),
        _joined((c.border_m for c in chunks), np.float64),
    )


def _joined(parts: Iterable[NDArray[S]], kind: type[S]) -> NDArray[S]:
    """Put the parts of a column end to end; there may be none."""
    return np.concatenate([np.zeros(0, dtype=kind), *parts])


def _unfold(found: Found) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Give how many polygons hold each point, and which."""
    if not len(found.several):
        held = found.polygon >= 0
        return held.astype(np.int64), found.polygon[held]
    single = np.flatnonzero(found.polygon >= 0)
    lengths = np.diff(found.start)
    counts = np.zeros(len(found.polygon), dtype=np.int64)
    counts[single] = 1
    counts[found.several] = lengths
    start = spans(counts)
    polygon = np.empty(start[-1], dtype=np.int32)
    polygon[start[single]] = found.polygon[single]
    polygon[ranges(start[found.several], lengths)[1]] = found.member
    return counts, polygon


def _near(tables: Tables, x: Floats, y: Floats, metres: Floats) -> _Near:
    """Join the polygons that hold points and those whose border is near."""
    found = find(tables, x, y)
    return _beside(tables, found, borders(tables, x, y, metres))


def _told_apart(
    tables: Tables, x: Floats, y: Floats, metres: Floats
) -> tuple[NDArray[np.int32], NDArray[np.int64], _Near]:
    """Join them for the points that have several alone; the others have one polygon or none."""
    found = find(tables, x, y)
    close = borders(tables, x, y, metres)
    several = np.zeros(len(x), dtype=bool)
    several[close.point] = True
    several[found.several] = True
    near = np.flatnonzero(several)
    rank = np.cumsum(several) - 1
    its = Found(found.polygon[near], rank[found.several], found.start, found.member)
    beside = _beside(tables, its, close._replace(point=rank[close.point]))
    polygon = found.polygon.copy()
    polygon[near] = NONE
    return polygon, near, beside


def _beside(tables: Tables, found: Found, close: Borders) -> _Near:
    """Join what holds points and what is near them."""
    points = len(found.polygon)
    counts, polygon = _unfold(found)
    holds = np.repeat(np.arange(points), counts) * tables.polygons + polygon
    touches = close.point * tables.polygons + close.polygon
    # Both are sorted. A polygon that holds the point and whose border is near is in both.
    key = np.concatenate([touches, holds])
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    key, order = key[first], order[first]
    inside = np.zeros(len(key), dtype=bool)
    inside[np.searchsorted(key, holds)] = True
    border = np.append(close.metres, np.full(len(holds), np.inf))[order]
    point, which = np.divmod(key, max(tables.polygons, 1))
    counts = np.bincount(point, minlength=points).astype(np.int64)
    return _Near(counts, which.astype(np.int32), inside, border)

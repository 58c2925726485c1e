"""The index against three oracles: shapely, rational numbers, and `geometry.relate`."""

from __future__ import annotations

import json
import zlib
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from zonage_geo.errors import InputError, StoreError
from zonage_geo.geometry import relate
from zonage_geo.index import Memberships, PolygonIndex, near, polygons
from zonage_geo.index.exact import east_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from zonage_geo.store import Store

Pair = tuple[float, float]

NAN, INF = float("nan"), float("inf")
LATTICE = st.integers(0, 12)
STEPS = st.sampled_from([0.1, 0.125, 0.01, 1 / 3, 1e-5])
CORNERS = st.sampled_from([(0.0, 0.0), (1.4, 43.6), (-0.6, 47.3), (-61.8, 15.9), (55.2, -21.3)])


# --- oracles ---------------------------------------------------------------------------


def rings(geometry: BaseGeometry | None) -> list[list[list[Pair]]]:
    return [
        [[(float(x), float(y)) for x, y in ring.coords] for ring in (p.exterior, *p.interiors)]
        for p in shapely.get_parts(geometry)
        if geometry is not None
    ]


def holds(geometry: BaseGeometry, x: float, y: float) -> bool:
    """Count crossings to the west in rational numbers: the documented rule, to the letter."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return False
    px, py = Fraction(x), Fraction(y)
    crossings = 0
    for polygon in rings(geometry):
        for ring in polygon:
            for (ax, ay), (bx, by) in pairwise(ring):
                (lx, ly), (ux, uy) = ((ax, ay), (bx, by)) if ay < by else ((bx, by), (ax, ay))
                if ly <= y < uy:
                    rise, run = Fraction(uy) - Fraction(ly), Fraction(ux) - Fraction(lx)
                    crossings += rise * (px - Fraction(lx)) >= run * (py - Fraction(ly))
    return crossings % 2 == 1


def members(found: Memberships) -> list[list[int]]:
    return [found.polygon[a:b].tolist() for a, b in pairwise(found.start.tolist())]


def polygonal(geometry: BaseGeometry) -> BaseGeometry:
    return MultiPolygon([p for p in shapely.get_parts(geometry) if p.geom_type == "Polygon"])


def array(shapes: Iterable[BaseGeometry | None]) -> np.ndarray[Any, Any]:
    listed = list(shapes)
    out = np.empty(len(listed), dtype=object)
    out[:] = listed
    return out


# --- random coverages, overlaps, holes --------------------------------------------------


@st.composite
def triangles(draw: st.DrawFn) -> BaseGeometry:
    corners = draw(st.lists(st.tuples(LATTICE, LATTICE), min_size=3, max_size=3, unique=True))
    return Polygon(corners)


@st.composite
def boxes(draw: st.DrawFn) -> BaseGeometry:
    x, y, width, height = draw(st.tuples(LATTICE, LATTICE, st.integers(1, 6), st.integers(1, 6)))
    return box(x, y, x + width, y + height)


@st.composite
def pieces(draw: st.DrawFn) -> BaseGeometry:
    """Draw a union of boxes and triangles, less another one: islands, holes, touching rings."""
    some = st.lists(st.one_of(boxes(), triangles()), min_size=1, max_size=3)
    shape = shapely.union_all(draw(some))
    if draw(st.booleans()):
        shape = shapely.difference(shape, shapely.union_all(draw(some)))
    return shape


@st.composite
def plans(draw: st.DrawFn) -> list[BaseGeometry | None]:
    """Draw polygons on a decimal grid: the cells of a coverage, and others over them."""
    drawn = draw(st.lists(pieces(), min_size=1, max_size=4))
    if draw(st.booleans()):  # a coverage: each takes what those before have left
        left = drawn[1:]
        for i, shape in enumerate(left):
            left[i] = shapely.difference(shape, shapely.union_all([drawn[0], *left[:i]]))
        drawn = [drawn[0], *left, draw(pieces())]
    step, (x0, y0) = draw(STEPS), draw(CORNERS)
    placed: list[BaseGeometry | None] = []
    for shape in drawn:
        moved = shapely.transform(polygonal(shape), lambda xy: xy * step + (x0, y0))
        placed.append(moved if moved.is_valid else None)
    return placed


@st.composite
def places(draw: st.DrawFn, shapes: Sequence[BaseGeometry | None]) -> list[Pair]:
    """Draw points on vertices, on edges, beside them by a bit, in the same rows, and anywhere."""
    vertices = [(float(x), float(y)) for x, y in shapely.get_coordinates(array(shapes))]
    vertices = vertices or [(0.0, 0.0)]
    vertex = st.sampled_from(vertices)
    west, south, east, north = shapely.total_bounds(array(shapes))
    if np.isnan(west):
        west, south, east, north = -1.0, -1.0, 1.0, 1.0
    inside = st.tuples(st.floats(west, east), st.floats(south, north))
    mixed = st.tuples(vertex, vertex).map(lambda two: (two[0][0], two[1][1]))
    middle = st.tuples(vertex, vertex, st.sampled_from([0.5, 0.25, 1 / 3])).map(
        lambda t: tuple(a + t[2] * (b - a) for a, b in zip(t[0], t[1], strict=True))
    )
    aside = st.tuples(st.one_of(vertex, mixed, middle), *[st.sampled_from([-INF, INF])] * 2).map(
        lambda t: (float(np.nextafter(t[0][0], t[1])), float(np.nextafter(t[0][1], t[2])))
    )
    odd = st.sampled_from([(NAN, 0.0), (west, NAN), (INF, south), (-INF, -INF), (179.0, -89.0)])
    points = st.one_of(vertex, mixed, middle, aside, inside, odd)
    return draw(st.lists(points, min_size=1, max_size=30))


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[BaseGeometry | None], list[Pair], PolygonIndex]:
    shapes = draw(plans())
    index = PolygonIndex.build(
        array(shapes),
        cells_per_edge=draw(st.sampled_from([0.1, 4, 50, 400])),
        tile_bits=draw(st.integers(1, 6)),
    )
    return shapes, draw(places(shapes)), index


@settings(max_examples=400, deadline=None)
@given(cases())
def test_every_point_is_in_the_polygons_that_the_rule_says(
    case: tuple[list[BaseGeometry | None], list[Pair], PolygonIndex],
) -> None:
    shapes, points, index = case
    x, y = np.array(points).T
    found = members(index.query(x, y))
    first = index.first(x, y)
    for (px, py), its, one in zip(points, found, first.tolist(), strict=True):
        expected = [i for i, s in enumerate(shapes) if s is not None and holds(s, px, py)]
        assert its == expected
        assert one == (expected[0] if expected else -1)
        if np.isfinite(px) and np.isfinite(py):
            point = Point(px, py)
            for i, shape in enumerate(shapes):
                if shape is not None and not shape.boundary.intersects(point):
                    assert shape.contains(point) == (i in its)


@settings(max_examples=200, deadline=None)
@given(cases(), st.sampled_from([0.0, 0.5, 20.0, 500.0, 5000.0]))
def test_borders_near_are_those_that_relate_measures(
    case: tuple[list[BaseGeometry | None], list[Pair], PolygonIndex], metres: float
) -> None:
    shapes, points, index = case
    x, y = np.array(points).T
    found = index.near(x, y, metres)
    inside = members(index.query(x, y))
    for i, (px, py) in enumerate(points):
        here = slice(found.start[i], found.start[i + 1])
        got = dict(zip(found.polygon[here].tolist(), found.border_m[here].tolist(), strict=True))
        within = dict(zip(found.polygon[here].tolist(), found.inside[here].tolist(), strict=True))
        assert [p for p, yes in within.items() if yes] == inside[i]
        assert list(got) == sorted(got)
        if not (np.isfinite(px) and np.isfinite(py)):
            assert not got
            continue
        for rank, shape in enumerate(shapes):
            flat = [[[v for xy in ring for v in xy] for ring in p] for p in rings(shape)]
            border = relate(flat, px, py).border_m
            if border <= metres - 1e-6:
                assert got[rank] == pytest.approx(border, abs=1e-6)
            elif border > metres + 1e-6:
                assert got.get(rank, INF) == INF
                assert (rank in got) == (rank in inside[i])


@settings(max_examples=60, deadline=None)
@given(cases(), st.sampled_from([0.0, 20.0, 500.0, 5000.0]))
def test_what_is_around_is_what_is_near(
    case: tuple[list[BaseGeometry | None], list[Pair], PolygonIndex], metres: float
) -> None:
    _, points, index = case
    x, y = np.array(points).T
    all_near, around = index.near(x, y, metres), index.around(x, y, metres)
    rank = {point: i for i, point in enumerate(around.near.tolist())}
    for i in range(len(points)):
        here = slice(all_near.start[i], all_near.start[i + 1])
        expected = [column[here].tolist() for column in all_near[1:]]
        if i in rank:
            its = around.neighbours
            there = slice(its.start[rank[i]], its.start[rank[i] + 1])
            assert [column[there].tolist() for column in its[1:]] == expected
            assert around.polygon[i] == -1
        else:  # in one polygon at the most, and no border within reach
            one = around.polygon[i]
            assert expected == ([[], [], []] if one < 0 else [[one], [True], [INF]])


def test_a_radius_may_be_each_point_s_own() -> None:
    index = PolygonIndex.build(array([box(0, 0, 1, 1), box(1, 0, 2, 1)]))
    x, y = np.full(3, 0.999), np.full(3, 0.5)  # 111 m west of the limit
    found = index.near(x, y, [10.0, 120.0, 0.0])
    assert found.start.tolist() == [0, 1, 3, 4]
    assert found.polygon.tolist() == [0, 0, 1, 0]
    assert found.inside.tolist() == [True, True, False, True]
    assert found.border_m[[0, 3]].tolist() == [INF, INF]
    assert found.border_m[1:3] == pytest.approx([111.3, 111.3], abs=0.1)


# --- the rules one by one ---------------------------------------------------------------

SQUARES = [box(i, j, i + 1, j + 1) for i in range(4) for j in range(4)]


def test_each_point_of_a_coverage_s_inner_borders_has_one_polygon() -> None:
    index = PolygonIndex.build(array(SQUARES))
    steps = np.arange(0.25, 4, 0.25)
    x, y = (axis.ravel() for axis in np.meshgrid(steps, steps))
    found = index.query(x, y)
    assert np.diff(found.start).tolist() == [1] * len(x)
    east_and_north = 4 * x.astype(int) + y.astype(int)  # the square that the point begins
    assert found.polygon.tolist() == east_and_north.tolist()


def test_the_outer_border_is_in_to_the_west_and_south_only() -> None:
    index = PolygonIndex.build(array([box(0, 0, 1, 1)]))
    x, y = np.array([[0, 0.5], [0.5, 0], [0, 0], [1, 0.5], [0.5, 1], [1, 1], [0, 1], [1, 0]]).T
    assert index.first(x, y).tolist() == [0, 0, 0, -1, -1, -1, -1, -1]


def test_the_rule_on_borders_is_relate_s() -> None:
    shape = Polygon([(0, 0), (2, 0), (3, 1), (1, 2), (0, 1), (1, 1)])
    index = PolygonIndex.build(array([shape]))
    flat = [[[v for xy in ring for v in xy] for ring in p] for p in rings(shape)]
    vertices = [(0.0, 0.0), (2.0, 0.0), (3.0, 1.0), (1.0, 2.0), (0.0, 1.0), (1.0, 1.0)]
    level = [(0.5, 0.0), (1.5, 0.0), (0.5, 1.0), (0.25, 1.0)]
    points = [*vertices, *level]
    expected = [relate(flat, px, py).inside for px, py in points]
    assert (index.first(*np.array(points).T) == 0).tolist() == expected
    assert set(expected) == {True, False}


def test_polygons_that_overlap_are_all_found_in_order() -> None:
    shapes = [box(0, 0, 4, 4), box(2, 2, 6, 6), box(1, 1, 3, 3), box(9, 9, 10, 10), box(2, 0, 3, 9)]
    index = PolygonIndex.build(array(shapes))
    x, y = np.array([[2.5, 2.5], [0.5, 0.5], [5, 5], [9.5, 9.5], [7, 7], [2.5, 8], [2.1, 3.9]]).T
    assert members(index.query(x, y)) == [[0, 1, 2, 4], [0], [1], [3], [], [4], [0, 1, 4]]
    assert index.first(x, y).tolist() == [0, 0, 1, 3, -1, 4, 0]


def test_the_same_polygon_many_times_over() -> None:
    index = PolygonIndex.build(array([box(0, 0, 1, 1)] * 50))
    assert members(index.query([0.5, 0.01, 2], [0.5, 0.99, 2])) == [[*range(50)], [*range(50)], []]


def test_nothing_is_in_nothing() -> None:
    for shapes in ([], [None], [Polygon()], [None, MultiPolygon()]):
        index = PolygonIndex.build(array(shapes))
        assert len(index) == len(shapes)
        assert index.first([0.0, NAN], [0.0, 0.0]).tolist() == [-1, -1]
        assert members(index.query([0.0], [0.0])) == [[]]
        assert index.near([0.0], [0.0], 100).start.tolist() == [0, 0]
        assert index.first([], []).tolist() == []
        assert index.near([], [], 100).start.tolist() == [0]


def test_a_missing_polygon_keeps_its_rank() -> None:
    index = PolygonIndex.build(array([None, box(0, 0, 1, 1), Polygon(), box(1, 0, 2, 1)]))
    assert index.first([0.5, 1.5], [0.5, 0.5]).tolist() == [1, 3]


def test_points_anywhere_in_the_world_are_answered() -> None:
    index = PolygonIndex.build(array([box(-61.8, 15.8, -61, 16.5), box(55.2, -21.4, 55.9, -20.8)]))
    x = [-61.5, 55.5, 0, NAN, 0, INF, -INF, 180, -180, 1.7e308, -1.7e308, -61.5, 55.5]
    y = [16.1, -21.1, 0, 0, NAN, INF, 48, 90, -90, 1.7e308, 0, -21.1, 16.1]
    assert index.first(x, y).tolist() == [0, 1, *[-1] * 11]
    assert len(index.near(x, y, 5000).polygon) == 2


def test_far_islands_take_no_room_for_the_sea_between() -> None:
    rng = np.random.default_rng(7)
    corners = [(-61.5, 16.2), (55.5, -21.1), (45.2, -12.8), (2.4, 48.9)]
    shapes = [
        Point(x + dx, y + dy).buffer(0.01)
        for x, y in corners
        for dx, dy in rng.uniform(-0.3, 0.3, (50, 2))
    ]
    index = PolygonIndex.build(array(shapes))
    grid = index._tables.grid
    assert grid.columns * grid.rows > 100 * len(index._tables.cell)
    assert grid.height < 0.01
    x, y = shapely.get_coordinates(shapely.centroid(shapes)).T
    for i, its in enumerate(members(index.query(x, y))):
        assert i in its


def test_a_large_polygon_is_filled_without_an_edge_in_sight() -> None:
    land = box(-5, 42, 8, 51)
    rng = np.random.default_rng(3)
    dots = [Point(*p).buffer(0.002) for p in rng.uniform((-4, 43), (7, 50), (300, 2))]
    index = PolygonIndex.build(array([land, *dots]), cells_per_edge=50, tile_bits=3)
    x, y = rng.uniform((-6, 41), (9, 52), (20_000, 2)).T
    tables = index._tables
    assert len(np.unique(tables.tile)) < len(tables.tile) / 2, "most tiles should be shared"
    assert (np.diff(index.query(x, y).start) > 0).tolist() == shapely.contains_xy(
        land, x, y
    ).tolist()


def test_flat_and_steep_edges_over_many_cells() -> None:
    tiny = 2.0**-40
    shapes = [
        Polygon([(0, 0), (10, tiny), (10, 5), (0, 5 + tiny)]),
        Polygon([(0, 0), (tiny, 10), (5, 10), (5, 0)]),
        Polygon([(0, 0), (10, tiny), (5, 0.5)]),
        Polygon([(3, 3), (3 + tiny, 3 + tiny), (3, 3 + 2 * tiny)]),
    ]
    index = PolygonIndex.build(array(shapes), cells_per_edge=2000)
    rng = np.random.default_rng(5)
    x = np.append(rng.uniform(-1, 11, 400), [5.0, 5.0, tiny / 2, tiny / 2, 3 + tiny / 2])
    y = np.append(
        rng.choice([0, tiny / 4, tiny / 2, tiny, 5, 5 + tiny / 2], 400),
        [tiny / 2, tiny / 4, 5, 5.0001, 3 + tiny],
    )
    expected = [
        [i for i, s in enumerate(shapes) if holds(s, px, py)] for px, py in zip(x, y, strict=True)
    ]
    assert members(index.query(x, y)) == expected


# --- signs ------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-40, 40).map(lambda n: n / 10),
    st.floats(-180, 180),
    st.floats(-1e-300, 1e-300),
    st.sampled_from([0.1, 0.2, 0.3, 43.6, np.nextafter(43.6, 44), 1e-9]),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(*[NUMBERS] * 6), min_size=1, max_size=20))
@example([(0.0, 0.0, 0.3, 0.1, 0.9, 0.3), (5e-324, 0.0, 1e-162, 1e-162, 5e-324, 5e-324)])
@example([(0.1, 0.1, 0.3, 0.3, 0.2, 0.2), (-1e-17, 0.0, 1.0, 1.0, 0.5, 0.5)])
def test_signs_are_those_of_rational_numbers(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)
    expected = []
    for row in rows:
        x0, y0, x1, y1, px, py = map(Fraction, row)
        expected.append((y1 - y0) * (px - x0) >= (x1 - x0) * (py - y0))
    assert east_of(table[:, :4], table[:, 4], table[:, 5]).tolist() == expected


def test_points_along_an_edge_by_single_bits() -> None:
    a, b = (1.4013, 43.6017), (1.4172, 43.6131)
    share = np.linspace(0, 1, 200)
    x = np.repeat(a[0] + share * (b[0] - a[0]), 5)
    y = np.repeat(a[1] + share * (b[1] - a[1]), 5)
    for _ in range(2):
        x[1::5], x[2::5] = np.nextafter(x[1::5], 9), np.nextafter(x[2::5], -9)
        y[3::5], y[4::5] = np.nextafter(y[3::5], 99), np.nextafter(y[4::5], -99)
    shape = Polygon([a, b, (1.3, 43.7)])
    index = PolygonIndex.build(array([shape]))
    expected = [holds(shape, px, py) for px, py in zip(x, y, strict=True)]
    assert (index.first(x, y) == 0).tolist() == expected
    assert 300 < sum(expected) < 700


# --- what is refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (Point(0, 0), "n° 1 n'est pas un polygone"),
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "n° 1 n'est pas valide"),
        (box(600_000, 6_200_000, 600_100, 6_200_100), "n° 1 n'est pas en degrés"),
    ],
)
def test_what_cannot_be_indexed_is_refused(shape: BaseGeometry, said: str) -> None:
    with pytest.raises(InputError, match=said):
        PolygonIndex.build(array([box(0, 0, 1, 1), shape]))


def test_questions_that_make_no_sense_are_refused() -> None:
    index = PolygonIndex.build(array([box(0, 0, 1, 1)]))
    with pytest.raises(InputError, match="même longueur"):
        index.first([0.0, 1.0], [0.0])
    for metres in (-1.0, NAN, 5001.0, [1.0, 2.0]):
        with pytest.raises(InputError, match="entre 0 et 5000"):
            index.near([0.0], [0.0], metres)


# --- chunks and threads -----------------------------------------------------------------


def test_chunks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    shapes = [Point(*p).buffer(0.05) for p in rng.uniform(0, 2, (60, 2))]
    index = PolygonIndex.build(array(shapes))
    x, y = rng.uniform(0, 2, (5000, 2)).T
    whole = index.query(x, y), index.near(x, y, 800), index.first(x, y)
    monkeypatch.setattr(polygons, "CHUNK", 37)
    monkeypatch.setattr(near, "_AT_ONCE", 100)
    for threads in (1, 2, 5):
        parts = (
            index.query(x, y, threads=threads),
            index.near(x, y, 800, threads=threads),
            index.first(x, y, threads=threads),
        )
        for one, other in zip(whole[:2], parts[:2], strict=True):
            for column, same in zip(one, other, strict=True):
                np.testing.assert_array_equal(column, same)
        np.testing.assert_array_equal(whole[2], parts[2])


# --- files ------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "communes.zgi"
    shapes = [*SQUARES, box(0.5, 0.5, 2.5, 2.5)]
    PolygonIndex.build(array(shapes), fingerprint="abc").save(path)
    return path


@pytest.mark.parametrize("mmap", [True, False])
def test_a_saved_index_answers_the_same(saved: Path, mmap: bool) -> None:  # noqa: FBT001
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-1, 5, (3000, 2)).T
    before = PolygonIndex.build(array([*SQUARES, box(0.5, 0.5, 2.5, 2.5)]))
    after = PolygonIndex.load(saved, fingerprint="abc", mmap=mmap)
    assert after.fingerprint == "abc"
    assert (len(after), after.nbytes) == (len(before), before.nbytes)
    for one, other in zip(before.near(x, y, 5000), after.near(x, y, 5000), strict=True):
        np.testing.assert_array_equal(one, other)
    if mmap:
        assert not after._tables.cell.flags.writeable


def test_an_index_is_replaced_in_one_go(saved: Path) -> None:
    PolygonIndex.build(array([box(0, 0, 1, 1)]), fingerprint="new").save(saved)
    assert PolygonIndex.load(saved).fingerprint == "new"
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_an_index_of_other_polygons_is_refused(saved: Path) -> None:
    with pytest.raises(StoreError, match="index d'autres contours"):
        PolygonIndex.load(saved, fingerprint="abd")


def test_a_file_cut_anywhere_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    for length in [*range(64), *range(64, len(content), len(content) // 100), len(content) - 1]:
        saved.write_bytes(content[:length])
        with pytest.raises(StoreError, match=r"tronqué|n'est pas un index"):
            PolygonIndex.load(saved, check=False)
    saved.write_bytes(content + b"x")
    with pytest.raises(StoreError, match="tronqué ou altéré"):
        PolygonIndex.load(saved, check=False)


def test_a_changed_byte_is_seen(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    for name in ("edge_ends", "cell", "owner"):
        at = content.find(bytes(getattr(PolygonIndex.load(saved)._tables, name).data))
        changed = content.copy()
        changed[at + 3] ^= 1
        saved.write_bytes(changed)
        with pytest.raises(StoreError, match="index altéré"):
            PolygonIndex.load(saved)
        saved.write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + bytes(99), b"SQLite format 3\0", b"ZG"])
def test_a_foreign_file_is_refused_and_kept(saved: Path, content: bytes) -> None:
    saved.write_bytes(content)
    with pytest.raises(StoreError, match="n'est pas un index zonage_geo"):
        PolygonIndex.load(saved)
    assert saved.read_bytes() == content


def rewritten(path: Path, change: dict[str, Any]) -> None:
    """Write another header, of the same length, and its checksum."""
    content = path.read_bytes()
    length = int.from_bytes(content[8:16], "little")
    header = json.loads(content[24 : 24 + length]) | change
    text = json.dumps(header).encode().ljust(length)
    assert len(text) == length
    crc = zlib.crc32(text).to_bytes(8, "little")
    path.write_bytes(content[:16] + crc + text + content[24 + length :])


def test_another_version_is_refused(saved: Path) -> None:
    rewritten(saved, {"version": 9})
    with pytest.raises(StoreError, match=r"autre version \(9\).*sera reconstruit"):
        PolygonIndex.load(saved)


@pytest.mark.parametrize("change", [{"grid": {}}, {"arrays": {}}, {"arrays": 3}])
def test_a_header_that_makes_no_sense_is_refused(saved: Path, change: dict[str, Any]) -> None:
    rewritten(saved, change)
    with pytest.raises(StoreError, match="index illisible"):
        PolygonIndex.load(saved)


def test_a_missing_file_and_a_full_disk_are_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="lecture de l'index impossible"):
        PolygonIndex.load(tmp_path / "none.zgi")
    with pytest.raises(StoreError, match="écriture de l'index impossible"):
        PolygonIndex.build(array([])).save(tmp_path / "no" / "such.zgi")


def test_a_write_that_fails_leaves_the_old_index(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(saved), "replace", full)
    with pytest.raises(StoreError, match="Libérez de la place"):
        PolygonIndex.build(array([box(0, 0, 1, 1)])).save(saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


# --- the real outlines ------------------------------------------------------------------


@pytest.fixture(scope="module")
def outlines(store: Store) -> np.ndarray[Any, Any]:
    import pyogrio

    out: np.ndarray[Any, Any] = shapely.from_wkb(
        pyogrio.raw.read(store.file, layer="communes", columns=[])[2]
    )
    return out


@pytest.fixture(scope="module")
def communes(outlines: np.ndarray[Any, Any]) -> PolygonIndex:
    return PolygonIndex.build(outlines)


def around(outlines: np.ndarray[Any, Any], count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give points: over France's box, around towns, overseas too, and along borders."""
    rng = np.random.default_rng(20_261_123)
    part = count // 4
    towns = shapely.get_coordinates(shapely.centroid(outlines))
    vertices = shapely.get_coordinates(outlines)
    ends = rng.integers(1, len(vertices), part)
    share = rng.uniform(0, 1, (part, 1))
    along = vertices[ends - 1] + share * (vertices[ends] - vertices[ends - 1])
    scatter = rng.choice([0, 1e-15, 1e-9, 1e-7, 1e-5, 1e-3], (part, 1))
    return np.concatenate(
        [
            rng.uniform((-5.2, 41.3), (9.6, 51.1), (part, 2)),
            towns[rng.integers(len(towns), size=part)] + rng.normal(0, 0.02, (part, 2)),
            along + rng.normal(0, 1, (part, 2)) * scatter,
            vertices[rng.integers(len(vertices), size=part)],
        ]
    )


@pytest.mark.package_data
def test_communes_agree_with_shapely(
    outlines: np.ndarray[Any, Any], communes: PolygonIndex
) -> None:
    points = around(outlines, 200_000)
    found = communes.query(*points.T)
    ours = np.repeat(np.arange(len(points)), np.diff(found.start)) * len(outlines) + found.polygon
    tree = shapely.STRtree(outlines)
    geometry = shapely.points(points)
    meets = tree.query(geometry, predicate="intersects")
    within = tree.query(geometry, predicate="within")
    meets, within = (pairs[0] * len(outlines) + pairs[1] for pairs in (meets, within))
    edge = np.setdiff1d(meets, within)  # pairs of a point and a border that it is on
    assert np.setdiff1d(within, ours).tolist() == []
    assert np.setdiff1d(ours, meets).tolist() == []
    assert len(edge) > 100_000, "a quarter of the points are vertices of several communes"
    assert len(within) > 100_000


@pytest.mark.package_data
def test_a_point_of_a_border_between_communes_is_in_one(
    outlines: np.ndarray[Any, Any], communes: PolygonIndex
) -> None:
    """Of all the vertices with a commune on every side, each is in one, but for overlaps."""
    vertices = np.unique(shapely.get_coordinates(outlines), axis=0)
    x, y = vertices[::9].T
    step = 1e-7
    counts = np.diff(communes.query(x, y).start)
    sides = [
        np.diff(communes.query(x + step * np.cos(a), y + step * np.sin(a)).start)
        for a in np.arange(0, 2 * np.pi, 0.4)
    ]
    covered = (np.array(sides) == 1).all(axis=0)
    assert covered.mean() > 0.9
    assert (counts[covered] == 1).mean() > 0.9999


@pytest.mark.package_data
def test_communes_near_are_those_of_the_store(
    store: Store, outlines: np.ndarray[Any, Any], communes: PolygonIndex
) -> None:
    import pyogrio

    codes = [c.split() for c in pyogrio.raw.read(store.file, layer="communes")[3][1]]
    points = around(outlines, 1000)
    radii = np.tile([0.0, 15.0, 300.0, 3000.0], 250)
    found = communes.near(points[:, 0], points[:, 1], radii)
    sure = 0
    for i, ((lon, lat), metres) in enumerate(zip(points, radii, strict=True)):
        here = slice(found.start[i], found.start[i + 1])
        ours = {
            " ".join(codes[polygon]): (bool(inside), float(border))
            for polygon, inside, border in zip(
                found.polygon[here], found.inside[here], found.border_m[here], strict=True
            )
        }
        theirs = {
            " ".join(o.codes): (o.relation.inside, o.relation.border_m)
            for o in store.outlines_near("communes", float(lon), float(lat), float(metres))
        }
        for code in ours.keys() & theirs.keys():
            (inside, border), (its, metres_to) = ours[code], theirs[code]
            assert inside == its or metres_to < 1e-6
            if metres_to <= metres - 1e-6:
                assert border == pytest.approx(metres_to, abs=1e-6)
                sure += 1
            elif metres_to > metres + 1e-6:
                assert border == INF
        for code in ours.keys() ^ theirs.keys():  # at the very radius, or on the border
            border = (ours.get(code) or theirs[code])[1]
            assert border < 1e-6 or abs(border - metres) < 1e-6
    assert sure > 500


@pytest.mark.package_data
def test_the_store_s_index_is_small_and_read_back(
    tmp_path: Path, outlines: np.ndarray[Any, Any], communes: PolygonIndex
) -> None:
    path = tmp_path / "communes.zgi"
    communes.save(path)
    assert path.stat().st_size < 150e6
    points = around(outlines, 20_000)
    again = PolygonIndex.load(path)
    np.testing.assert_array_equal(communes.first(*points.T), again.first(*points.T))

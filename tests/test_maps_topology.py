"""Shared outlines as arcs: nothing lost, nothing torn, and read back as they were."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zonage_geo.errors import StoreError
from zonage_geo.maps import topology
from zonage_geo.maps.encoding import encode_arcs, packed, packed_json, varints, zigzag
from zonage_geo.maps.topology import cut, loose, mercator, mercator_scale, prepare
from zonage_geo.maps.units import read_units

if TYPE_CHECKING:
    from zonage_geo.catalog.model import Catalog
    from zonage_geo.maps.topology import Arcs
    from zonage_geo.store import Store


def rebuilt(arcs: Arcs) -> list[shapely.Geometry]:
    """Put polygons together again from arcs, by even-odd: an oracle that knows no page."""
    found = []
    for rings in arcs.rings:
        shape: shapely.Geometry = shapely.Polygon()
        for refs in rings:
            pieces = [arcs.points[ref >> 1][:: -1 if ref & 1 else 1] for ref in refs]
            for one, following in zip(pieces, [*pieces[1:], pieces[0]], strict=True):
                assert (one[-1] == following[0]).all()
            corners = np.vstack([piece[:-1] for piece in pieces])
            shape = shapely.symmetric_difference(shape, shapely.Polygon(corners))
        found.append(shape)
    return found


def voronoi(points: list[tuple[int, int]]) -> np.ndarray:
    """Part a square between points: a coverage with junctions of every kind."""
    frame = shapely.box(0, 0, 1000, 1000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=frame))
    cells = shapely.transform(shapely.intersection(cells, frame), np.round)
    return cells[shapely.area(cells) > 0]


sites = st.lists(
    st.tuples(st.integers(1, 999), st.integers(1, 999)), min_size=3, max_size=25, unique=True
)


@settings(max_examples=40, deadline=None)
@given(sites)
def test_arcs_give_the_polygons_back_and_each_border_once(points: list[tuple[int, int]]) -> None:
    cells = voronoi(points)
    if not (shapely.is_valid(cells).all() and shapely.coverage_is_valid(cells)):
        return  # rounding broke this one: `prepare` is for that
    arcs = cut(cells)
    assert shapely.equals(rebuilt(arcs), cells).all()
    borders = shapely.length(shapely.unary_union(shapely.boundary(cells)))
    assert sum(shapely.LineString(p).length for p in arcs.points) == pytest.approx(borders)


def test_an_enclave_and_a_hole_share_one_arc() -> None:
    town = shapely.box(4, 4, 6, 6)
    ring = shapely.difference(shapely.box(0, 0, 10, 10), town)
    arcs = cut([ring, town])
    assert len(arcs.points) == 2
    (inner,) = arcs.rings[1]
    assert {inner[0] >> 1} < {ref >> 1 for refs in arcs.rings[0] for ref in refs}
    assert shapely.equals(rebuilt(arcs), [ring, town]).all()


def test_polygons_that_share_nothing_have_an_arc_a_ring() -> None:
    shapes = [shapely.box(0, 0, 2, 2), shapely.MultiPolygon([shapely.box(5, 5, 6, 6)])]
    arcs = loose(shapes)
    assert [len(points) for points in arcs.points] == [5, 5]
    assert shapely.equals(rebuilt(arcs), shapes).all()


# the way back, written again: what the page does


def read_numbers(content: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in content:
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            found.append(value)
            value, shift = 0, 0
    return found


@given(st.lists(st.integers(0, 2**40)))
def test_numbers_come_back(values: list[int]) -> None:
    assert read_numbers(varints(values)) == values


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_signs_come_back(values: list[int]) -> None:
    coded = zigzag(values).tolist()
    assert all(code >= 0 for code in coded)
    assert [(code >> 1) ^ -(code & 1) for code in coded] == values


def test_arcs_are_written_as_told() -> None:
    arcs = cut([shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)])
    numbers = read_numbers(encode_arcs(arcs, [[1, 1], [3, 1]]))
    many, units = numbers[:2]
    assert (many, units) == (len(arcs.points), 2)
    lengths = numbers[2 : 2 + many]
    assert lengths == [len(points) for points in arcs.points]
    total = sum(lengths)
    xs = [(code >> 1) ^ -(code & 1) for code in numbers[2 + many : 2 + many + total]]
    assert np.cumsum(xs).tolist() == [int(x) for points in arcs.points for x in points[:, 0]]


def test_what_is_packed_is_safe_in_html_and_comes_back() -> None:
    text = packed_json({"nom": "</script><b>L'Île & « Œuf »\u2028"})
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    back = zlib.decompress(base64.b64decode(text)).decode()
    assert back == '{"nom":"</script><b>L\'Île & « Œuf »\u2028"}'
    assert packed(b"") == packed(b"")
    with pytest.raises(ValueError, match="JSON"):
        packed_json({"x": float("nan")})


# a coverage out of what is none


def test_overlaps_gaps_and_a_sliver_become_a_coverage() -> None:
    raw = [
        shapely.box(1.0, 43.0, 1.1, 43.1),
        shapely.box(1.0998, 43.0, 1.2, 43.1),  # overlaps the first by some 16 m
        shapely.box(1.0, 43.1, 1.2, 43.2),
    ]
    shapes, step = prepare(raw, grid_m=20, tolerance_m=50)
    assert step == 20
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert (shapely.get_coordinates(shapes) % 1 == 0).all()
    stretch = mercator_scale(43.1)
    areas = shapely.area(shapes) * (step / stretch) ** 2
    assert areas[2] == pytest.approx(2 * areas[0], rel=0.02)


def test_a_unit_smaller_than_the_grid_takes_a_finer_one() -> None:
    raw = [shapely.box(1.0, 43.0, 1.2, 43.2), shapely.box(1.2, 43.0, 1.2003, 43.2)]
    shapes, step = prepare(raw, grid_m=250, tolerance_m=10)
    assert step < 250
    assert not shapely.is_empty(shapes).any()
    with pytest.raises(StoreError, match="plus petit"):
        prepare(raw, grid_m=3000, tolerance_m=10)


def test_a_cleaning_that_loses_a_polygon_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """GEOS 3.14 does, where snapping is off: what happens must not be believed."""
    real = topology._cleaned

    def faulty(shapes: np.ndarray) -> np.ndarray:
        out = np.array(real(shapes))
        out[0] = shapely.union(out[0], out[1])
        out[1] = shapely.MultiPolygon()
        return out

    raw = [
        shapely.box(1.0, 43.0, 1.1, 43.1),
        shapely.box(1.0998, 43.0, 1.2, 43.1),
        shapely.box(1.0, 43.1, 1.2, 43.2),
    ]
    monkeypatch.setattr(topology, "_cleaned", faulty)
    with pytest.raises(StoreError, match=r"1 disparue"):
        prepare(raw, grid_m=20, tolerance_m=50)


def test_mercator_is_that_of_pyproj() -> None:
    import pyproj

    lonlat = np.array([[1.444, 43.6045], [-61.5, 16.2], [55.5, -21.1]])
    to = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    assert np.allclose(mercator(lonlat), np.column_stack(to.transform(*lonlat.T)), atol=1e-6)


@pytest.mark.package_data
def test_real_outlines_stay_whole_and_where_they_were(store: Store, catalog: Catalog) -> None:
    """Ariège: drawn within some tolerance of the store's outlines, none lost, none torn."""
    wanted = [code for code, _, dep, _ in store.communes() if dep == "09"]
    units = read_units(store, catalog, wanted)
    assert len(units.codes) == 325
    shapes, step = prepare(units.shapes, grid_m=20, tolerance_m=100)
    assert shapely.coverage_is_valid(shapes)
    arcs = cut(shapes)
    assert shapely.equals(rebuilt(arcs), shapes).all()
    metres = shapely.transform(shapes, lambda xy: xy * step)
    before = shapely.transform(units.shapes, mercator)
    away = shapely.hausdorff_distance(before, metres) / mercator_scale(43)
    assert np.median(away) < 50
    assert away.max() < 500
    assert shapely.area(shapely.union_all(metres)) == pytest.approx(
        float(shapely.area(shapely.union_all(before))), rel=1e-3
    )

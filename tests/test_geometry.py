"""Discs against polygons, checked by shapely (insideness), pyproj (metres) and GDAL (blobs)."""

from __future__ import annotations

import math
import sqlite3
import struct
from contextlib import closing
from math import inf
from typing import TYPE_CHECKING

import geopandas
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon

from zonage_geo.errors import StoreError
from zonage_geo.geometry import Relation, degrees_around, distance, read_gpkg, relate, scale

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

    from zonage_geo.store import Store

Pair = tuple[float, float]
Rings = list[list[float]]

GEOD = pyproj.Geod(ellps="GRS80")
PLACES = {  # longitude, latitude
    "Dunkerque": (2.377, 51.034),
    "Brest": (-4.486, 48.390),
    "Strasbourg": (7.752, 48.573),
    "Toulouse": (1.444, 43.604),
    "Aulus-les-Bains": (1.336, 42.796),
    "Bonifacio": (9.159, 41.387),
    "Pointe-à-Pitre": (-61.534, 16.241),
    "Fort-de-France": (-61.067, 14.604),
    "Maripasoula": (-54.031, 3.643),
    "Saint-Georges": (-51.803, 3.893),
    "Saint-Pierre (La Réunion)": (55.478, -21.342),
    "Mamoudzou": (45.228, -12.781),
}
BEARINGS = st.floats(0, 360)


def flat(points: list[Pair]) -> list[float]:
    """Write a ring as the package does: x, y, x, y, closed."""
    return [value for point in (*points, points[0]) for value in point]


def rings_of(geometry: BaseGeometry) -> list[Rings]:
    """Write shapely's polygons as the package's."""
    return [
        [[float(v) for v in ring.coords[:] for v in v] for ring in (p.exterior, *p.interiors)]
        for p in shapely.get_parts(geometry)
    ]


def border_metres(geometry: BaseGeometry, lon: float, lat: float) -> float:
    """Measure how far the border is: azimuthal equidistant around the point, edges densified."""
    plane = pyproj.Proj(proj="aeqd", lon_0=lon, lat_0=lat, ellps="GRS80")
    dense = shapely.segmentize(geometry.boundary, 0.005)
    flattened = shapely.transform(dense, lambda xy: np.column_stack(plane(xy[:, 0], xy[:, 1])))
    return float(shapely.distance(flattened, Point(0, 0)))


# --- random shapes ---------------------------------------------------------------------


def star(centre: Pair, radii: list[float], turn: float) -> list[Pair]:
    """Draw a simple polygon around a centre: one vertex a direction."""
    step = 2 * math.pi / len(radii)
    return [
        (
            centre[0] + radius * math.cos(turn + step * k),
            centre[1] + radius * math.sin(turn + step * k),
        )
        for k, radius in enumerate(radii)
    ]


@st.composite
def shapes(draw: st.DrawFn) -> MultiPolygon:
    """Draw one to three stars, with or without holes, with or without islands in the holes."""
    west, south = draw(st.sampled_from(list(PLACES.values())))
    size = draw(st.floats(0.001, 0.04))
    polygons = []
    for cell in range(draw(st.integers(1, 3))):
        centre = (west + 2.5 * cell * size, south)
        radii = draw(st.lists(st.floats(0.3, 1), min_size=3, max_size=9))
        turn = draw(st.floats(0, 6))
        rings = [star(centre, [size * share * r for r in radii], turn) for share in (1, 0.6, 0.3)]
        depth = draw(st.integers(1, 3))
        polygons.append(Polygon(rings[0], [rings[1]] if depth > 1 else []))
        if depth > 2:
            polygons.append(Polygon(rings[2]))
    return MultiPolygon(polygons)


@st.composite
def shapes_and_points(draw: st.DrawFn) -> tuple[MultiPolygon, float, float]:
    """Draw a shape and a point, often at the very latitude of one of its vertices."""
    shape = draw(shapes())
    west, south, east, north = shape.bounds
    x, y = draw(st.floats(-0.1, 1.1)), draw(st.floats(-0.1, 1.1))
    lat = south + y * (north - south)
    if draw(st.booleans()):
        lat = draw(st.sampled_from(sorted(set(shapely.get_coordinates(shape)[:, 1]))))
    return shape, west + x * (east - west), float(lat)


# --- insideness ------------------------------------------------------------------------


@given(shapes_and_points())
def test_insideness_agrees_with_shapely(case: tuple[MultiPolygon, float, float]) -> None:
    shape, lon, lat = case
    assume(shape.boundary.distance(Point(lon, lat)) > 1e-9)
    assert relate(rings_of(shape), lon, lat).inside == shape.contains(Point(lon, lat))


SQUARE = flat([(0, 0), (1, 0), (1, 1), (0, 1)])
HOLE = flat([(0.25, 0.25), (0.25, 0.75), (0.75, 0.75), (0.75, 0.25)])


@pytest.mark.parametrize(
    ("polygons", "point", "expected"),
    [
        ([[SQUARE]], (0.5, 0.5), True),
        ([[SQUARE]], (1.5, 0.5), False),
        ([[SQUARE]], (-0.5, 0.5), False),
        ([[SQUARE]], (0.5, 1.5), False),
        ([[SQUARE]], (-0.5, 1.0), False),  # at the height of a horizontal edge
        ([[SQUARE]], (-0.5, 0.0), False),
        ([[SQUARE, HOLE]], (0.5, 0.5), False),
        ([[SQUARE, HOLE]], (0.1, 0.5), True),
        ([[SQUARE, HOLE[::-1]]], (0.5, 0.5), False),
        ([[SQUARE, HOLE], [HOLE]], (0.5, 0.5), True),
        ([[SQUARE], [HOLE]], (0.5, 0.5), True),  # two polygons that overlap are both land
        ([[HOLE], [SQUARE]], (0.5, 0.5), True),
        ([], (0.5, 0.5), False),
    ],
)
def test_insideness(polygons: list[Rings], point: Pair, expected: bool) -> None:  # noqa: FBT001
    assert relate(polygons, *point).inside is expected


def holders(polygons: list[Rings], point: Pair) -> int:
    """Count the polygons that hold a point."""
    return sum(relate([rings], *point).inside for rings in polygons)


@given(st.floats(0, 1), st.integers(0, 2), st.integers(1, 2))
def test_a_point_on_the_grid_lies_in_exactly_one_cell(along: float, i: int, j: int) -> None:
    cells = [
        [flat([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)])]
        for x in range(-1, 4)
        for y in range(-1, 4)
    ]
    for point in ((i + along, float(j)), (float(j), i + along), (float(i), float(j))):
        assert holders(cells, point) == 1


def test_a_point_on_a_level_edge_is_at_no_distance_and_of_one_side() -> None:
    north = [flat([(0, 0), (1, 0), (0.5, 1)])]
    south = [flat([(0, 0), (0.5, -1), (1, 0)])]
    for x in (0.25, 0.5, 0.75):
        assert holders([north, south], (x, 0)) == 1
        assert relate([north], x, 0).border_m == pytest.approx(0, abs=1e-6)
    for vertex in ((0, 0), (1, 0), (0.5, 1), (0.5, -1)):
        assert relate([north, south], *vertex).border_m == pytest.approx(0, abs=1e-6)


def test_a_point_repeated_in_a_ring_changes_nothing() -> None:
    ring = flat([(0, 0), (1, 0), (1, 0), (1, 1), (0, 1), (0, 1)])
    for point in ((0.5, 0.5), (1.5, 0.5), (0.2, 1.0), (2.0, 1.0)):
        assert relate([[ring]], *point) == relate([[SQUARE]], *point)


def test_a_point_on_a_slanting_edge_lies_in_exactly_one_of_its_sides() -> None:
    rng = np.random.default_rng(1)
    counts = set()
    for _ in range(500):
        ax, bx = 1 + rng.integers(2048, size=2) / 2048
        ay, by = 43 + rng.integers(2048, size=2) / 2048
        middle = ((ax + bx) / 2, (ay + by) / 2)  # exact in binary
        left = (middle[0] - (by - ay), middle[1] + (bx - ax))
        right = (middle[0] + (by - ay), middle[1] - (bx - ax))
        sides = [[flat([(ax, ay), (bx, by), left])], [flat([(bx, by), (ax, ay), right])]]
        counts.add(holders(sides, middle))
    assert counts == {1}


def test_a_vertex_lies_in_exactly_one_of_the_polygons_around_it() -> None:
    rng = np.random.default_rng(2)
    counts = set()
    for _ in range(500):
        centre = (rng.uniform(-5, 9), rng.uniform(42, 51))
        radii = list(rng.uniform(0.01, 0.1, rng.integers(4, 9)))
        ring = star(centre, radii, rng.uniform(0, 6))
        fan = [[flat([centre, ring[k - 1], ring[k]])] for k in range(len(ring))]
        counts.add(holders(fan, centre))
    assert counts == {1}


# --- metres ----------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=25)
@given(bearing=BEARINGS, metres=st.floats(1, 5000))
def test_distances_are_geodesic_ones(place: str, bearing: float, metres: float) -> None:
    lon, lat = PLACES[place]
    other_lon, other_lat, _ = GEOD.fwd(lon, lat, bearing, metres)
    assert distance(lon, lat, other_lon, other_lat) == pytest.approx(metres, rel=0.002)
    assert distance(other_lon, other_lat, lon, lat) == distance(lon, lat, other_lon, other_lat)


def test_no_distance() -> None:
    assert distance(1.4, 43.6, 1.4, 43.6) == 0


@given(st.floats(-60, 60))
def test_scale_is_what_a_degree_is_worth(lat: float) -> None:
    x_m, y_m = scale(lat)
    small = 1e-3
    _, _, east = GEOD.inv(0, lat, small, lat)
    _, _, north = GEOD.inv(0, lat - small / 2, 0, lat + small / 2)
    assert x_m * small == pytest.approx(east, rel=1e-6)
    assert y_m * small == pytest.approx(north, rel=1e-6)


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=25)
@given(bearing=BEARINGS, metres=st.floats(1, 5000))
def test_the_box_holds_every_point_around(place: str, bearing: float, metres: float) -> None:
    lon, lat = PLACES[place]
    other_lon, other_lat, _ = GEOD.fwd(lon, lat, bearing, metres)
    width, height = degrees_around(lat, metres)
    assert abs(other_lon - lon) <= width
    assert abs(other_lat - lat) <= height


@pytest.mark.parametrize("place", PLACES)
def test_the_box_is_hardly_wider_than_needed(place: str) -> None:
    lon, lat = PLACES[place]
    width, height = degrees_around(lat, 3000)
    assert distance(lon, lat, lon + width, lat) == pytest.approx(3000, rel=0.02)
    assert distance(lon, lat, lon, lat + height) == pytest.approx(3000, rel=0.02)


def test_the_box_at_a_pole_is_no_error() -> None:
    width, height = degrees_around(90, 3000)
    assert 0 < height < 1
    assert width > 360


@given(shapes_and_points())
def test_border_distances_agree_with_an_equidistant_projection(
    case: tuple[MultiPolygon, float, float],
) -> None:
    shape, lon, lat = case
    expected = border_metres(shape, lon, lat)
    assume(expected <= 5000)
    assert relate(rings_of(shape), lon, lat).border_m == pytest.approx(
        expected, rel=0.005, abs=0.01
    )


def test_the_nearest_border_may_be_a_hole_s_or_another_polygon_s() -> None:
    lon, lat = PLACES["Toulouse"]
    width, height = (side / 1.01 for side in degrees_around(lat, 1000))

    def box(half: float, x: float = 0) -> list[float]:
        corners = ((-half, -half), (half, -half), (half, half), (-half, half))
        return flat([(lon + (x + a) * width, lat + b * height) for a, b in corners])

    holed = relate([[box(2), box(1)]], lon, lat)
    assert (holed.inside, round(holed.border_m)) == (False, 1000)
    island = relate([[box(2), box(1)], [box(0.5)]], lon, lat)
    assert (island.inside, round(island.border_m)) == (True, 500)
    beside = relate([[box(4)], [box(0.5, x=0.75)]], lon, lat)
    assert (beside.inside, round(beside.border_m)) == (True, 250)


def test_nothing_is_at_no_finite_distance() -> None:
    assert relate([], 1.4, 43.6) == Relation(inside=False, border_m=inf)
    assert relate([[]], 1.4, 43.6).distance_m == inf


@pytest.mark.parametrize(
    ("relation", "distance_m", "radius", "all_in", "all_out"),
    [
        (Relation(inside=True, border_m=100), 0, 99, True, False),
        (Relation(inside=True, border_m=100), 0, 100, True, False),
        (Relation(inside=True, border_m=100), 0, 101, False, False),
        (Relation(inside=False, border_m=100), 100, 99, False, True),
        (Relation(inside=False, border_m=100), 100, 100, False, True),
        (Relation(inside=False, border_m=100), 100, 101, False, False),
        (Relation(inside=True, border_m=0), 0, 0, True, False),
        (Relation(inside=False, border_m=0), 0, 0, False, True),
        (Relation(inside=False, border_m=inf), inf, 1e9, False, True),
    ],
)
def test_discs(
    relation: Relation,
    distance_m: float,
    radius: float,
    all_in: bool,  # noqa: FBT001
    all_out: bool,  # noqa: FBT001
) -> None:
    assert relation.distance_m == distance_m
    assert relation.disc_inside(radius) is all_in
    assert relation.disc_outside(radius) is all_out


# --- GeoPackage blobs ------------------------------------------------------------------

ONE = Polygon([(1, 43), (2, 43), (2, 44), (1, 43)])
HOLED = Polygon(
    [(1, 43), (2, 43), (2, 44), (1, 44), (1, 43)],
    [
        [(1.2, 43.2), (1.4, 43.2), (1.3, 43.4), (1.2, 43.2)],
        [(1.6, 43.6), (1.8, 43.6), (1.7, 43.8), (1.6, 43.6)],
    ],
)
SEVERAL = MultiPolygon([HOLED, Polygon([(5, 45), (6, 45), (6, 46), (5, 45)])])
ENVELOPES = (0, 4, 6, 6, 8)  # numbers in an envelope, by its kind


def header(kind: int, *, little: bool = True) -> bytes:
    """Write a GeoPackage binary header by hand, with an envelope of some kind."""
    flags = kind << 1 | little
    order = "<" if little else ">"
    numbers = ENVELOPES[kind]
    return b"GP" + struct.pack(f"{order}BBi{numbers}d", 0, flags, 4326, *([0.0] * numbers))


def as_lists(blob: bytes) -> list[Rings]:
    """Read a blob, in plain lists."""
    return [[list(ring) for ring in rings] for rings in read_gpkg(blob)]


@pytest.mark.parametrize("shape", [ONE, HOLED, SEVERAL, MultiPolygon([ONE])])
def test_what_gdal_writes_is_read(tmp_path: Path, shape: BaseGeometry) -> None:
    path = tmp_path / "x.gpkg"
    pyogrio.write_dataframe(
        geopandas.GeoDataFrame({"nom": ["x"]}, geometry=[shape], crs="EPSG:4326"), path, layer="x"
    )
    with closing(sqlite3.connect(path)) as connection:
        ((blob,),) = connection.execute("SELECT geom FROM x").fetchall()
    assert blob[3] >> 1 & 0b111 == 1, "GDAL is known to write an envelope"
    assert as_lists(blob) == rings_of(shape)


@pytest.mark.parametrize("little", [True, False])
@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("shape", [ONE, HOLED, SEVERAL])
def test_every_header_and_byte_order(shape: BaseGeometry, kind: int, little: bool) -> None:  # noqa: FBT001
    for byte_order in (0, 1):  # of the WKB, which need not be the header's
        blob = header(kind, little=little) + shapely.to_wkb(shape, byte_order=byte_order)
        assert as_lists(blob) == rings_of(shape)


def test_big_endian_by_hand() -> None:
    points = (1.0, 43.0, 2.0, 43.0, 2.0, 44.0, 1.0, 43.0)
    polygon = struct.pack(">BIII8d", 0, 3, 1, 4, *points)
    assert as_lists(header(0) + polygon) == [[list(points)]]
    little = struct.pack("<BIII8d", 1, 3, 1, 4, *points)
    mixed = struct.pack(">BII", 0, 6, 2) + little + polygon
    assert as_lists(header(0) + mixed) == [[list(points)]] * 2


def test_empty_geometries_hold_nothing() -> None:
    for empty in (Polygon(), MultiPolygon()):
        read = read_gpkg(header(0) + shapely.to_wkb(empty))
        assert relate(read, 1.4, 43.6) == Relation(inside=False, border_m=inf)


@pytest.mark.parametrize("shape", [ONE, SEVERAL])
@pytest.mark.parametrize("kind", [0, 1])
def test_a_blob_cut_anywhere_is_refused(shape: BaseGeometry, kind: int) -> None:
    blob = header(kind) + shapely.to_wkb(shape)
    for length in range(len(blob)):
        with pytest.raises(StoreError, match="géométrie illisible dans le magasin"):
            read_gpkg(blob[:length])


@pytest.mark.parametrize(
    ("blob", "said"),
    [
        (b"", "en-tête GP absent"),
        (b"PK\x03\x04" + bytes(60), "en-tête GP absent"),
        (shapely.to_wkb(ONE), "en-tête GP absent"),
        (b"gp" + header(0)[2:] + shapely.to_wkb(ONE), "en-tête GP absent"),
        (b"GX" + header(0)[2:] + shapely.to_wkb(ONE), "en-tête GP absent"),
        (header(0)[:3] + bytes([5 << 1]) + bytes(200), "illisible"),  # no such envelope
        (header(0) + shapely.to_wkb(Point(1, 43)), "type WKB 1"),
        (header(0) + shapely.to_wkb(ONE.exterior), "type WKB 2"),
        (header(0) + shapely.to_wkb(shapely.MultiPoint([(1, 43)])), "type WKB 4"),
        (header(0) + shapely.to_wkb(shapely.GeometryCollection([ONE])), "type WKB 7"),
        (header(0) + shapely.to_wkb(shapely.force_3d(ONE), flavor="iso"), "type WKB 1003"),
        (header(0) + struct.pack("<BIII", 1, 3, 1, 0xFFFFFFFF), "illisible"),
        (header(0) + struct.pack("<BII", 1, 6, 0xFFFFFFFF), "illisible"),
    ],
)
def test_what_is_no_polygon_is_refused(blob: bytes, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        read_gpkg(blob)


# --- the real outlines -----------------------------------------------------------------

OCCITANIE = ("09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82")
REACHES_M = (3000.0, 300.0)


@pytest.mark.package_data
def test_real_outlines_agree_with_shapely(store: Store) -> None:
    communes = geopandas.read_file(store.file, layer="communes")
    outlines = dict(zip(communes["codes"], communes.geometry, strict=True))
    held = communes[communes["departement"].isin(OCCITANIE)].geometry
    rng = np.random.default_rng(31)
    points = rng.choice(shapely.get_coordinates(held), 300) + rng.normal(0, 0.01, (300, 2))
    in_france = 0
    for rank, (lon, lat) in enumerate(points):
        reach = REACHES_M[rank % 2]
        near = communes.iloc[communes.sindex.query(Point(lon, lat).buffer(0.045))]["codes"]
        holds = {codes: bool(outlines[codes].contains(Point(lon, lat))) for codes in near}
        border = {codes: border_metres(outlines[codes], lon, lat) for codes in near}
        found = store.outlines_near("communes", lon, lat, reach)
        relations = {" ".join(outline.codes): outline.relation for outline in found}
        assert {c: r.inside for c, r in relations.items()} == {c: holds[c] for c in relations}
        for codes, relation in relations.items():
            assert relation.border_m == pytest.approx(border[codes], rel=0.005, abs=0.1)
        sure = {c for c in near if holds[c] or border[c] < 0.995 * reach}
        perhaps = {c for c in near if border[c] < 1.005 * reach}
        assert sure <= set(relations) <= sure | perhaps
        distances = [outline.relation.distance_m for outline in found]
        assert distances == sorted(distances)
        in_france += any(holds.values())
    assert in_france > 250, "nearly all of the points should be in France"

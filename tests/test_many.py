"""Places by the million: the same answers as one by one, whatever the frame they come in."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.drawn import Shape, draw, metric, square
from zonage_geo.atlas import Atlas
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.index import Neighbours
from zonage_geo.locate import Location, Query, locate
from zonage_geo.many.engine import Engine
from zonage_geo.many.frames import columns_of, locate_frame, membership_frame
from zonage_geo.many.places import find_places
from zonage_geo.many.shapes import index_folder, open_shapes
from zonage_geo.many.situations import Rows, distinct_rows, in_order, owners, rows_of
from zonage_geo.settings import Settings
from zonage_geo.store import Store
from zonage_geo.territory import ARRONDISSEMENT_CITIES
from zonage_geo.verdict import Verdict, verdict_of

needs_package = pytest.mark.package_data

DAYS = ("2019-06-30", "2024-06-30", "2025-06-01", "2026-11-23")
FOIX = (1.605482, 42.963745)
CITIES = ((2.347, 48.859), (4.835, 45.758), (5.40, 43.29))
"""Paris, Lyon, Marseille."""
EDGES = (
    *((7.50, 43.78), (7.77, 48.58), (-1.78, 43.37), (3.05, 50.77), (1.85, 50.95), (-4.5, 48.4)),
    *((9.45, 42.7), (-61.5, 16.2), (-61.0, 14.6), (-52.3, 4.9), (55.45, -20.9), (45.2, -12.8)),
)
"""By the sea or at the border."""
DEGREE_M = 111_320.0

Points = NDArray[np.float64]


def quiet(_label: str, _done: float) -> None:
    """Be a progress that says nothing."""


# places


class Outlines(NamedTuple):
    """The communes of a store, to draw points from."""

    codes: list[str]
    centre: Points
    people: NDArray[np.float64]
    vertex: Points


@pytest.fixture(scope="module")
def outlines(home: Path) -> Outlines:
    frame = Atlas(Store.open(_path(home)), Settings(home=home), None).communes()
    centre = shapely.get_coordinates(frame.representative_point())
    people = frame["population"].fillna(1).astype(float).clip(lower=1).to_numpy()
    vertex = shapely.get_coordinates(frame.geometry.to_numpy())
    return Outlines(frame["codes"].tolist(), centre, people / people.sum(), vertex)


def _path(home: Path) -> Path:
    return home / "processed" / "zonage.gpkg"


def moved(points: Points, metres: Points) -> Points:
    """Move points by metres east and north."""
    east = metres[:, 0] / (DEGREE_M * np.cos(np.radians(points[:, 1])))
    return points + np.column_stack([east, metres[:, 1] / DEGREE_M])


def some_points(outlines: Outlines, seed: int, many: int) -> Points:
    """Draw points in towns, along borders, at sea and abroad, in the three cities, overseas."""
    rng = np.random.default_rng(seed)
    towns = outlines.centre[rng.choice(len(outlines.centre), many, p=outlines.people)]
    borders = outlines.vertex[rng.choice(len(outlines.vertex), many)]
    overseas = outlines.centre[[i for i, c in enumerate(outlines.codes) if c.startswith("97")]]
    edges = np.repeat(EDGES, 50, axis=0)
    near = outlines.vertex[
        (np.abs(outlines.vertex[:, None, :] - np.array(EDGES)[None]).max(axis=2) < 0.1).any(axis=1)
    ]
    cities = np.array(CITIES)[rng.integers(0, 3, many // 4)]
    parts = [
        moved(towns, rng.normal(0, 1500, (many, 2))),
        moved(borders, rng.uniform(-400, 400, (many, 2))),
        moved(near[rng.choice(len(near), many // 2)], rng.uniform(-3200, 3200, (many // 2, 2))),
        moved(cities, rng.normal(0, 2500, (len(cities), 2))),
        moved(overseas[rng.choice(len(overseas), many // 4)], rng.normal(0, 2000, (many // 4, 2))),
        moved(edges, rng.uniform(-9000, 9000, edges.shape))[: many // 4],
    ]
    return np.concatenate(parts)


# the same answers as one by one


ENGINES: dict[tuple[Store, str, Settings], Engine] = {}
"""Made once a store and a day, which is long."""


class Asked(NamedTuple):
    """A store asked in both ways on a day."""

    store: Store
    catalog: Catalog
    engine: Engine
    settings: Settings

    def one(self, **query: Any) -> Location:  # noqa: ANN401
        return locate(
            self.store, self.catalog, Query(**query), self.engine.day, settings=self.settings
        )


def asked_on(store: Store, catalog: Catalog, day: str, settings: Settings | None = None) -> Asked:
    settings = settings or Settings()
    key = (store, day, settings)
    if key not in ENGINES or ENGINES[key].catalog is not catalog:
        ENGINES[key] = Engine(store, catalog, settings, date.fromisoformat(day), quiet)
    return Asked(store, catalog, ENGINES[key], settings)


def differences(asked: Asked, points: Points) -> Iterator[str]:
    """Compare every answer for points with that of `locate`; tell how they differ."""
    lon, lat = points[:, 0], points[:, 1]
    situated, answers = asked.engine.points(lon, lat, threads=2)
    frame = pd.DataFrame({"lon": lon, "lat": lat})
    out = locate_frame(frame, find_places(frame), asked.engine, threads=2)
    rows: list[Any] = out.astype(object).where(out.notna(), None).to_dict("records")
    near = set(situated.near.tolist())
    for rank, row in enumerate(rows):
        try:
            found = asked.one(lon=lon[rank], lat=lat[rank])
        except PlaceNotFoundError as error:
            if row["zg_erreur"] is None or not str(error).endswith(row["zg_erreur"][8:]):
                yield f"{points[rank]} : nowhere, and {row['zg_erreur']}"
            if any(v is not None for k, v in row.items() if k.endswith(("verdict", "motif"))):
                yield f"{points[rank]} : nowhere, with an answer"
            continue
        parts = {
            name: answers.outcomes[name][ranks[rank]] for name, ranks in answers.outcome.items()
        }
        yield from (f"{points[rank]} : {said}" for said in _row_differences(found, row, parts))
        touched = {z.layer.id for z in found.zones if any(i.distance_m == 0 for i in z.items)}
        if touched and rank not in near:
            yield f"{points[rank]} : a perimeter was missed"


def _row_differences(found: Location, row: dict[str, Any], parts: dict[str, Any]) -> Iterator[str]:
    place = found.place
    code = place.commune.code if place.commune else None
    arm = place.commune.arrondissement if place.commune else None
    if (row["zg_commune"], row["zg_arrondissement"]) != (code, arm):
        yield f"commune {row['zg_commune']} {row['zg_arrondissement']}, not {code} {arm}"
    told = re.findall(r"\((\d[\dAB]\d{3})\)", row["zg_label"])
    if told != list(place.communes_possibles) and not (
        _tied(found) and sorted(told) == sorted(place.communes_possibles)
    ):
        yield f"possible communes {told}, not {place.communes_possibles}"
    if row["zg_precision"] != place.precision or row["zg_erreur"] is not None:
        yield f"{row['zg_precision']}, {row['zg_erreur']}"
    for zone in found.zones:
        part = parts[zone.layer.id]
        reach = zone.edition.accuracy_m if zone.edition else 0.0
        items = tuple(
            item._replace(distance_m=None)
            for item in zone.items
            if item.code in {one.code for one in part.items}
            or item.distance_m is None
            or item.distance_m < reach
        )
        # Quarters beyond the disc, which `locate` names for information, are not looked for.
        mine = (part.possible, part.reason, part.base, part.edition and part.edition.id)
        theirs = (
            *(zone.possible, zone.reason_code, zone.base_class),
            zone.edition and zone.edition.id,
        )
        if _tied(found):
            mine, theirs = ((sorted(map(str, one[0])), *one[1:]) for one in (mine, theirs))
        if mine != theirs or (zone.verdict is not Verdict.NON and part.items != items):
            yield f"{zone.layer.id} {mine} {part.items[:2]}, not {theirs} {items[:2]}"
        name = f"zg_{zone.layer.id}"
        value = row[name]
        verdict = (row[f"{name}_verdict"], row[f"{name}_code"])
        if verdict != (str(zone.verdict), str(zone.reason_code)):
            yield f"{name} {verdict}, not {zone.verdict} {zone.reason_code}"
        codes = " ".join(item.code for item in zone.items)
        by_zone = (zone.layer.zoned or zone.layer.unit == "polygon") and codes
        expected = (codes if by_zone else zone.zone_class) if zone.verdict is Verdict.OUI else None
        if value != expected:
            yield f"{name} {value}, not {expected}"
        doubt = (zone.to_check or "").removeprefix(
            place.to_check or ""
        )  # the place's is not a layer's
        if (row[f"{name}_motif"] is None) != (
            zone.verdict is not Verdict.INDETERMINE and not doubt
        ):
            yield f"{name}_motif {row[f'{name}_motif']}"


def _tied(found: Location) -> bool:
    """Tell whether communes are as near as one another, by the corner that they share."""
    gaps = sorted(ref.distance_m for ref in found.place.refs if ref.distance_m is not None)
    return any(b > 0 and b - a < 1e-6 for a, b in pairwise(gaps))


@needs_package
@pytest.mark.parametrize("day", DAYS)
def test_points_are_answered_as_one_by_one(
    store: Store, catalog: Catalog, outlines: Outlines, day: str
) -> None:
    points = some_points(outlines, seed=int(day[:4]), many=110)
    asked = asked_on(store, catalog, day)
    assert list(differences(asked, points)) == []
    out = locate_frame(_framed(points), find_places(_framed(points)), asked.engine)
    # Every case is there: several communes, none, an arrondissement, nothing at all.
    assert out["zg_commune"].isna().sum() > 100
    assert out["zg_arrondissement"].notna().sum() > 4
    assert out["zg_erreur"].notna().sum() > 2
    assert out["zg_label"].str.contains(" ou ").sum() > 100


def _framed(points: Points) -> pd.DataFrame:
    return pd.DataFrame({"lon": points[:, 0], "lat": points[:, 1]})


@needs_package
def test_an_accuracy_of_the_settings_is_followed(
    store: Store, catalog: Catalog, outlines: Outlines
) -> None:
    points = some_points(outlines, seed=7, many=40)
    exact = asked_on(store, catalog, DAYS[2], Settings(accuracy_communes=0.0))
    loose = asked_on(store, catalog, DAYS[2], Settings(accuracy_communes=1200.0))
    assert list(differences(exact, points)) == []
    assert list(differences(loose, points)) == []


# perimeters


class Quarter(NamedTuple):
    """A square to draw."""

    code: str
    lon: float
    lat: float
    side_m: float
    east_m: float = 0.0
    north_m: float = 0.0


QUARTERS = (
    Quarter("QN00902M", *FOIX, 400),
    Quarter("QN00903M", *FOIX, 300, 250, 100),  # they overlap
    Quarter("QN00904M", *FOIX, 300, 250, 100),
    Quarter("QN00905M", 1.444, 43.6045, 500),
    Quarter("QN06801M", 7.3389, 47.7508, 700),
    Quarter("QN97401M", 55.4504, -20.8823, 400),
    Quarter("QN07501M", 2.3700, 48.8900, 600),
    Quarter("QN06901M", 4.88, 45.76, 600),
)
LIST = "test_qpv"


class Drawing(NamedTuple):
    """A drawn store, its perimeters, and its catalogue with quarters' own classes."""

    store: Store
    catalog: Catalog
    squares: list[shapely.Polygon]

    def with_accuracy(self, metres: float) -> Catalog:
        layers = dict(self.catalog.layers)
        editions = tuple(e._replace(accuracy_m=metres) for e in layers["qpv"].editions)
        layers["qpv"] = layers["qpv"]._replace(editions=editions)
        doctors = tuple(
            e._replace(zone_class_source=f"embedded:{LIST}") if e.id == "2022-05-04" else e
            for e in layers["zonage_medecins"].editions
        )
        layers["zonage_medecins"] = layers["zonage_medecins"]._replace(editions=doctors)
        return self.catalog._replace(layers=layers)


@pytest.fixture(scope="module")
def drawing(
    home: Path,
    catalog: Catalog,
    outlines: Outlines,
    store: Store,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Drawing]:
    folder = tmp_path_factory.mktemp("many")
    edition = {"QN974": "2024-outre-mer"}
    squares = [square(q.lon, q.lat, q.side_m, q.east_m, q.north_m) for q in QUARTERS]
    shapes = [
        Shape(q.code, one, edition=edition.get(q.code[:5], "2024"))
        for q, one in zip(QUARTERS, squares, strict=True)
    ]
    # One astride a border between communes, one of an older edition.
    rng = np.random.default_rng(5)
    astride = [square(x, y, 500) for x, y in outlines.vertex[rng.choice(len(outlines.vertex), 12)]]
    shapes += [Shape(f"QN9990{n:X}M", one) for n, one in enumerate(astride)]
    shapes += [Shape("QP009001", squares[0], edition="2015")]
    lists = {LIST: {"QN00902M": "ZIP", "QN00903M": "ZAC", "QN00905M": "HZ"}}
    open_shapes(store, quiet)  # the drawn store has the same communes: their index is lent
    drawn = draw(home, folder, shapes, lists)
    index_folder(drawn.file).mkdir()
    for name in ("communes", "arrondissements"):
        shutil.copy(index_folder(store.file) / f"{name}.index", index_folder(drawn.file))
    yield Drawing(drawn, catalog, [*squares, *astride])
    drawn.close()


@needs_package
@pytest.mark.parametrize(
    ("day", "accuracy"),
    [("2025-06-01", 0.0), ("2025-06-01", 40.0), ("2019-06-30", 40.0), ("2026-11-23", 300.0)],
)
def test_perimeters_are_answered_as_one_by_one(
    drawing: Drawing, outlines: Outlines, day: str, accuracy: float
) -> None:
    rng = np.random.default_rng(11)
    border = np.concatenate(
        [shapely.get_coordinates(one.segmentize(5e-4)) for one in drawing.squares]
    )
    at = border[rng.choice(len(border), 260)]
    points = np.concatenate(
        [
            moved(at[:130], rng.uniform(-90, 90, (130, 2))),
            moved(at[130:], rng.uniform(-600, 600, (130, 2))),
            some_points(outlines, seed=3, many=10),
        ]
    )
    asked = asked_on(drawing.store, drawing.with_accuracy(accuracy), day)
    assert list(differences(asked, points)) == []
    frame = locate_frame(_framed(points), find_places(_framed(points)), asked.engine)
    if day == "2025-06-01":
        verdicts = set(frame["zg_qpv_verdict"].dropna())
        assert verdicts >= {"oui", "non"}
        assert ("indéterminé" in verdicts) or accuracy == 0
        held = frame["zg_qpv"].dropna()
        assert (held == "QN00902M QN00903M QN00904M").any() or (held.str.count(" ") > 0).any()
        assert {"ZIP", "ZAC"} <= set(frame["zg_zonage_medecins"].dropna())


@needs_package
def test_outlines_of_several_accuracies_are_answered_as_one_by_one(
    home: Path, store: Store, tmp_path: Path
) -> None:
    open_shapes(store, quiet)
    path = tmp_path / "zonage.gpkg"
    shutil.copy(_path(home), path)
    shutil.copytree(index_folder(store.file), index_folder(path))
    with closing(sqlite3.connect(path)) as connection:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'communes'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')  # they call functions of GDAL
        for departement, metres in (("09", 15.0), ("31", 700.0)):
            sql = "UPDATE communes SET accuracy_m = ? WHERE departement = ?"
            connection.execute(sql, (metres, departement))
        connection.execute(
            "INSERT INTO metadata (key, value) VALUES ('accuracy_communes_max_m', '700.0')"
        )
        connection.commit()
    mixed = Store.open(path)
    frame = Atlas(mixed, Settings(), None).communes(region="76")
    here = frame[frame["departement"].isin(["09", "31", "81"])]
    vertex = shapely.get_coordinates(here.geometry.to_numpy())
    rng = np.random.default_rng(9)
    points = moved(vertex[rng.choice(len(vertex), 400)], rng.uniform(-800, 800, (400, 2)))
    asked = asked_on(mixed, mixed.catalog(), DAYS[2])
    assert list(differences(asked, points)) == []
    mixed.close()


# commune codes


@needs_package
@pytest.mark.parametrize("day", DAYS)
def test_codes_are_answered_as_one_by_one(
    store: Store, catalog: Catalog, outlines: Outlines, day: str
) -> None:
    asked = asked_on(store, catalog, day)
    old = sorted({c.before for c in store.changes()} | {c.after for c in store.changes()})
    cities = [c for city, arms in ARRONDISSEMENT_CITIES.items() for c in (city, *arms)]
    wrong = ["99999", "9122", "abc", "", "97501", "2c001", None]
    chosen = ["12076", "12218", "2a004", " 09122 ", *cities, *wrong]
    rng = np.random.default_rng(int(day[:4]))
    everyone = [code for codes in outlines.codes for code in codes.split()]
    assert len(everyone) > 34_800
    after: dict[tuple[str, str], set[str]] = {}
    for change in store.changes():
        after.setdefault((change.before, change.date), set()).add(change.after)
    split = {code for (code, _), codes in after.items() if len(codes) > 1}
    recycled = [c for c in old if len(store.timeline.periods(c, store.commune_name(c))) > 1]
    chosen += sorted(split)
    chosen += rng.choice(old, 60).tolist() + rng.choice(everyone, 60).tolist() + recycled[:20]
    assert min(len(recycled), len(split)) > 5
    frame = pd.DataFrame({"insee": [*everyone, *old, *chosen]}, dtype=object)
    out = locate_frame(frame, find_places(frame), asked.engine)
    assert len(out) == len(frame)
    tail = out.tail(len(chosen)).astype(object)
    rows: list[Any] = tail.where(tail.notna(), None).to_dict("records")
    coded = asked.engine.codes(code if code is None else code.strip() or None for code in chosen)
    said = []
    for rank, (code, row) in enumerate(zip(chosen, rows, strict=True)):
        if code is None or not code:
            assert row["zg_erreur"] == "pas de code commune."
            continue
        try:
            found = asked.one(insee=code)
        except (InputError, PlaceNotFoundError) as error:
            if row["zg_erreur"] != str(error):
                said.append(f"{code} : {row['zg_erreur']}, not {error}")
            continue
        parts = {
            name: coded.answers.outcomes[name][ranks[coded.place[rank]]]
            for name, ranks in coded.answers.outcome.items()
        }
        assert row["zg_label"] == found.place.label
        label = " ".join(f"({c})" for c in found.place.communes_possibles)
        said += [
            f"{code} : {one}" for one in _row_differences(found, row | {"zg_label": label}, parts)
        ]
    assert said == []


@needs_package
def test_codes_that_spreadsheets_made_numbers_of(store: Store, catalog: Catalog) -> None:
    engine = asked_on(store, catalog, DAYS[2]).engine
    for values in (
        pd.array([9122, 31555, None], dtype="Int64"),
        np.array([9122.0, 31555.0, np.nan]),
        ["09122", "31555 ", np.nan],
        pd.Categorical(["09122", "31555", None]),
    ):
        frame = pd.DataFrame({"Code_INSEE": values})
        out = locate_frame(frame, find_places(frame), engine)
        assert out["zg_commune"].tolist()[:2] == ["09122", "31555"]
        assert out["zg_erreur"].tolist()[2] == "pas de code commune."


# frames


@pytest.fixture(scope="module")
def atlas(home: Path) -> Iterator[Atlas]:
    store = Store.open(_path(home))
    yield Atlas(store, Settings(home=home), date.fromisoformat(DAYS[2]))
    store.close()


TOULOUSE, PARIS, SEA = (1.4440, 43.6045), (2.3470, 48.8590), (-8.0, 45.0)


@needs_package
def test_rows_that_are_nowhere_are_kept_and_say_so(atlas: Atlas) -> None:
    bad = [np.nan, np.inf, -np.inf, 91.0, 1.7e308, 43.6045]
    frame = pd.DataFrame(
        {
            "lat": [*bad, SEA[1], TOULOUSE[1], 43.6],
            "lon": [1.4] * 5 + [np.nan, *SEA[:1], 1.4440, 190.0],
        }
    )
    frame.loc[len(frame)] = [TOULOUSE[0], TOULOUSE[1]]  # swapped
    out = atlas.locate_many(frame)
    fine = out["zg_erreur"].isna()
    assert fine.tolist() == [False] * 7 + [True] + [False] * 2
    no_point = out["zg_erreur"].astype(str).str.startswith("Pas de coordonnées")
    assert no_point.tolist() == [True] * 6 + [False, False, True, False]
    assert "à plus de 3 km" in out["zg_erreur"].iloc[6]
    assert "échangées ?" in out["zg_erreur"].iloc[9]
    assert "échangées ?" not in out["zg_erreur"].iloc[6]
    added = columns_of(atlas._engine(date.fromisoformat(DAYS[2])))
    silent = out.loc[~fine, [c for c in added if c not in {"zg_lon", "zg_lat", "zg_erreur"}]]
    assert silent.isna().all().all()
    for rows in (frame, frame.iloc[[7, 6]]):
        with pytest.raises(InputError, match=r"ligne \d : "):
            atlas.locate_many(rows, on_invalid="raise")
    assert len(atlas.locate_many(frame.iloc[[7]], on_invalid="raise")) == 1


@needs_package
def test_a_frame_keeps_its_index_columns_and_types(atlas: Atlas) -> None:
    frame = pd.DataFrame(
        {
            "code": pd.Series(["007", None], dtype="string"),
            "n": np.array([1, 2], dtype=np.int8),
            "LATITUDE": ["43,6045", " 48.859 "],
            "Longitude": ["1,4440", "2.347"],
            "jour": pd.to_datetime(pd.Series(["2024-01-01", None])).to_numpy(),
            "zg_commune": ["old", "old"],
        },
        index=pd.Index(["a", "a"], name="ref"),
    )
    before = frame.copy(deep=True)
    out = atlas.locate_many(frame)
    pd.testing.assert_frame_equal(frame, before)
    mine = [c for c in frame.columns if c != "zg_commune"]
    pd.testing.assert_frame_equal(out[mine], frame[mine])
    engine = atlas._engine(date.fromisoformat(DAYS[2]))
    assert list(out.columns) == [*mine, *columns_of(engine)]
    assert out["zg_commune"].tolist() == ["31555", "75056"]
    kinds = {c: isinstance(out[c].dtype, pd.CategoricalDtype) for c in columns_of(engine)}
    assert {c for c, categorical in kinds.items() if not categorical} == {"zg_lon", "zg_lat"}
    assert not any("unused" in map(str, out[c].cat.categories) for c in mine if c in kinds)


@needs_package
def test_no_rows_give_the_columns_and_no_rows(atlas: Atlas) -> None:
    engine = atlas._engine(date.fromisoformat(DAYS[2]))
    for frame, verdicts in (
        (pd.DataFrame({"lon": [], "lat": []}, dtype=float), True),
        (pd.DataFrame({"lon": [], "lat": []}, dtype=float), False),
        (pd.DataFrame({"insee": []}, dtype=object), True),
    ):
        out = atlas.locate_many(frame, verdicts=verdicts)
        assert list(out.columns) == [*frame.columns, *columns_of(engine, verdicts=verdicts)]
        assert len(out) == 0
        assert isinstance(out["zg_commune"].dtype, pd.CategoricalDtype)


@needs_package
def test_points_of_any_declared_system(atlas: Atlas) -> None:
    points = gpd.GeoDataFrame(
        {"nom": ["a", "b", "c", "d"]},
        geometry=np.array(
            [shapely.Point(TOULOUSE), None, shapely.Point(PARIS), shapely.box(1, 43, 2, 44)]
        ),
        crs="EPSG:4326",
        index=[7, 7, 8, 9],
    )
    out = atlas.locate_many(points.to_crs(2154))
    assert isinstance(out, gpd.GeoDataFrame)
    assert out.crs == "EPSG:2154"
    assert out.index.tolist() == [7, 7, 8, 9]
    assert out["zg_commune"].astype(object).where(out["zg_commune"].notna(), None).tolist() == [
        *("31555", None),
        *("75056", None),
    ]
    np.testing.assert_allclose(out["zg_lon"].iloc[[0, 2]], [TOULOUSE[0], PARIS[0]], atol=1e-7)
    with pytest.raises(InputError, match="système de coordonnées"):
        atlas.locate_many(gpd.GeoDataFrame(geometry=points.geometry.to_numpy()))


@needs_package
def test_a_table_of_arrow_gives_a_table(atlas: Atlas) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"id": ["01", "02"], "lon": [1.4440, None], "lat": [43.6045, 43.0]})
    out: Any = atlas.locate_many(table)
    assert isinstance(out, pa.Table)
    assert out.column("id").to_pylist() == ["01", "02"]
    assert out.column("zg_commune").to_pylist() == ["31555", None]
    assert pa.types.is_dictionary(out.schema.field("zg_qpv_verdict").type)


@pytest.mark.parametrize(
    ("columns", "named", "said"),
    [
        (["adresse", "ville"], {}, "aucune colonne de coordonnées"),
        (["x1", "lat"], {"lon": "x2", "lat": "lat"}, "lon : pas de colonne « x2 »"),
        (["lon", "lat"], {"lon": "lon"}, "lon et lat vont ensemble"),
        (["code"], {"insee": "insee"}, "insee : pas de colonne « insee »"),
    ],
)
def test_a_frame_that_does_not_say_where_is_refused(
    columns: list[str], named: dict[str, str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        find_places(pd.DataFrame(columns=columns), **named)


@pytest.mark.parametrize(
    ("columns", "used"),
    [
        (["Longitude", "LAT", "insee"], ("Longitude", "LAT", None)),
        (["x", "y", "CODGEO"], ("x", "y", None)),
        (["lon", "CODGEO"], (None, None, "CODGEO")),
        (["DEPCOM"], (None, None, "DEPCOM")),
    ],
)
def test_columns_are_found_by_their_names(columns: list[str], used: tuple[str | None, ...]) -> None:
    where = find_places(pd.DataFrame(columns=columns, dtype=object))
    assert tuple(None if s is None else s.name for s in where) == used


@needs_package
def test_threads_and_pieces_change_nothing(
    drawing: Drawing, outlines: Outlines, monkeypatch: pytest.MonkeyPatch
) -> None:
    squares = np.concatenate([shapely.get_coordinates(one) for one in drawing.squares])
    catalog = drawing.with_accuracy(40.0)
    points = np.concatenate([some_points(outlines, seed=1, many=1200), squares, squares])
    frame = _framed(np.random.default_rng(1).permutation(points))
    outs, touched = [], []
    for threads, piece in ((1, None), (4, None), (4, 500)):
        if piece is not None:
            monkeypatch.setattr("zonage_geo.many.engine.PIECE", piece)
            ENGINES.clear()  # several threads begin
        engine = asked_on(drawing.store, catalog, DAYS[2]).engine
        out = locate_frame(frame, find_places(frame), engine, threads=threads)
        outs.append(out.astype(object).where(out.notna(), None))
        situated, _ = engine.points(frame["lon"], frame["lat"], threads=threads)
        touched.append(
            [
                (n, situated.patterns[p])
                for n, p in zip(situated.near, situated.pattern, strict=True)
            ]
        )
    assert touched[0] == touched[1] == touched[2]
    for other in outs[1:]:
        pd.testing.assert_frame_equal(other, outs[0])


# memberships


@needs_package
def test_verdicts_never_contradict_memberships(
    store: Store, catalog: Catalog, outlines: Outlines
) -> None:
    frame = _framed(some_points(outlines, seed=2, many=3000))
    engine = asked_on(store, catalog, DAYS[2]).engine
    where = find_places(frame)
    engine.points(frame["lon"], frame["lat"])  # what was met before changes nothing
    bare = membership_frame(frame, where, engine).astype(object)
    full = locate_frame(frame, where, engine)
    sure = full["zg_commune"].notna().to_numpy()
    assert sure.sum() > 3000
    assert (full["zg_commune"].astype(object)[sure] == bare["zg_commune"][sure]).all()
    # A commune that holds a point is always one of those that may.
    held = bare["zg_commune"].notna()
    for label, code in zip(full["zg_label"][held], bare["zg_commune"][held], strict=True):
        assert any(f"({one})" in label for one in code.split())
    _, answers = engine.points(frame["lon"], frame["lat"])
    for name in catalog.layers:
        parts = answers.outcomes[name]
        known = bare[f"zg_{name}"].notna().to_numpy() & sure
        # The list's class is still possible, or is one that does not count.
        for rank, cls in zip(answers.outcome[name][known], bare[f"zg_{name}"][known], strict=True):
            part = parts[rank]
            assert cls in part.possible or (None in part.possible and part.base == cls), name
        verdicts = full[f"zg_{name}_verdict"].to_numpy(dtype=object)
        asked = [verdict_of(parts[r].possible) if r >= 0 else None for r in answers.outcome[name]]
        assert [v if isinstance(v, str) else None for v in verdicts] == asked


@needs_package
def test_memberships_are_those_of_the_polygons(drawing: Drawing) -> None:
    engine = asked_on(drawing.store, drawing.with_accuracy(50.0), DAYS[2]).engine
    points = np.array([FOIX, TOULOUSE, PARIS, SEA, (np.nan, 1.0)])
    both = metric(*FOIX)[1].transform(150.0, 100.0)  # in three of the squares
    frame = _framed(np.concatenate([points, [both]]))
    out = membership_frame(frame, find_places(frame), engine).astype(object)
    out = out.where(out.notna(), None)
    assert out["zg_commune"].tolist() == ["09122", "31555", "75056", None, None, "09122"]
    assert out["zg_qpv"].tolist() == [
        "QN00902M",
        "QN00905M",
        None,
        None,
        None,
        "QN00902M QN00903M QN00904M",
    ]
    assert out["zg_zonage_medecins"].iloc[3] is None
    with pytest.raises(InputError, match="il faut des points"):
        membership_frame(frame, find_places(pd.DataFrame({"insee": ["09122"]})), engine)


@needs_package
def test_memberships_say_nothing_of_a_list_that_was_replaced(
    store: Store, catalog: Catalog
) -> None:
    chatres = _framed(np.array([(2.8218, 48.7144)]))
    found = [
        membership_frame(chatres, find_places(chatres), asked_on(store, catalog, day).engine)
        for day in ("2025-06-01", "2026-11-23")
    ]
    assert [frame["zg_commune"].iloc[0] for frame in found] == ["77104", "77104"]
    assert found[0]["zg_zonage_medecins"].iloc[0] == "ZIP"
    assert pd.isna(found[1]["zg_zonage_medecins"].iloc[0])


# lists of numbers


LISTS = st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=30)


def as_rows(lists: list[list[int]]) -> Rows:
    point = np.repeat(np.arange(len(lists)), [len(one) for one in lists]).astype(np.int64)
    value = np.array([v for one in lists for v in one], dtype=np.int64)
    return rows_of(point, value, len(lists))


@given(LISTS, st.data())
def test_lists_have_the_same_number_where_they_are_the_same(
    lists: list[list[int]], data: st.DataObject
) -> None:
    extra = data.draw(
        st.none() | st.lists(st.integers(-1, 2), min_size=len(lists), max_size=len(lists))
    )
    given_extra = None if extra is None else np.array(extra, dtype=np.int64)
    number, first = distinct_rows(as_rows(lists), given_extra)
    keys = [(tuple(one), None if extra is None else extra[i]) for i, one in enumerate(lists)]
    seen: dict[object, int] = {}
    for rank, (key, n) in enumerate(zip(keys, number.tolist(), strict=True)):
        assert keys[first[n]] == key
        assert first[n] == seen.setdefault(key, rank)  # the first point that has it
    assert len(first) == len(seen) == len(set(number.tolist()))


@given(
    st.lists(
        st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.booleans()), max_size=5),
        max_size=8,
    ),
    st.booleans(),
)
def test_polygons_are_sorted_as_locate_sorts_them(
    points: list[list[tuple[bool, int, bool]]],
    deepest: bool,  # noqa: FBT001
) -> None:
    start = np.cumsum([0, *map(len, points)])
    flat = [(rank, *pair) for pairs in points for rank, pair in enumerate(pairs)]
    neighbours = Neighbours(
        start,
        np.array([rank for rank, *_ in flat], dtype=np.int32),
        np.array([inside for _, inside, _, _ in flat], dtype=bool),
        np.array([float(border) for _, _, border, _ in flat], dtype=np.float64),
    )
    keep = np.array([kept for *_, kept in flat], dtype=bool)
    rows = in_order(neighbours, owners(neighbours), keep, deepest=deepest)
    key: Callable[[tuple[int, tuple[bool, int, bool]]], tuple[float, ...]] = lambda item: (  # noqa: E731
        0.0 if item[1][0] else item[1][1],
        -item[1][1] if deepest else 0.0,
        item[0],
    )
    expected = [
        [rank for rank, _ in sorted(((r, p) for r, p in enumerate(pairs) if p[2]), key=key)]
        for pairs in points
    ]
    got = [rows.value[a:b].tolist() for a, b in pairwise(rows.start)]
    assert got == expected

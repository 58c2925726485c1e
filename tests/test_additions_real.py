"""The real files, added to a real store: counts, and answers against independent oracles."""

from __future__ import annotations

import csv
import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.conftest import ROOT, quiet
from tests.drawn import square
from zonage_geo import additions, facts
from zonage_geo.additions import Outcome, Request
from zonage_geo.atlas import Atlas
from zonage_geo.locate import Location, Query, locate
from zonage_geo.settings import Settings
from zonage_geo.store import Store, open_store, store_path
from zonage_geo.territory import STORE_DAY
from zonage_geo.territory.calendar import calendar
from zonage_geo.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.shared_data, pytest.mark.package_data]

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
THEN, IN_2024, SPRING, LATER = (
    date(2020, 6, 30),
    date(2024, 6, 30),
    date(2025, 5, 15),
    date(2090, 6, 1),
)
ACCURACY_M = 15.0
MIRAIL, FOIX = "QP031007", "QP009002"  # Bellefontaine is in the first
PACA = "2025-printemps-provence-alpes-cote-d-azur"
OCCITANIE = {
    "09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82",
}  # fmt: skip


class Mine:
    """A home of this module's, whose store real files are added to."""

    def __init__(self, home: Path, files: Path) -> None:
        self.home = home
        self.files = files
        self.outcomes: dict[str, Outcome] = {}
        self._store: Store | None = None

    def add(self, layer: str, file: str | None, **said: Any) -> Outcome:  # noqa: ANN401
        self.close()
        path = str(self.files / file) if file else None
        return additions.add(Request(layer, path, **said), Settings(home=self.home), quiet)

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = open_store(Settings(home=self.home), never)
        return self._store

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = None

    def ask(self, day: date = SPRING, **query: Any) -> Location:  # noqa: ANN401
        return locate(self.store, self.store.catalog(), Query(**query), day)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(store_path(Settings(home=self.home)))) as connection:
            return connection.execute(statement, values).fetchall()

    def members(self, name: str) -> dict[str, str]:
        return dict(self.sql("SELECT code, class FROM memberships WHERE list = ?", name))


def never(label: str, done: float) -> None:
    pytest.fail(f"the store is being built: {label}")


@pytest.fixture(scope="module")
def mine(home: Path, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mine]:
    folder = tmp_path_factory.mktemp("mine") / "home"
    shutil.copytree(home, folder)
    made = Mine(folder, shared)
    yield made
    made.close()


def counts(outcome: Outcome) -> Counter[str]:
    found: Counter[str] = Counter()
    for report in outcome.reports:
        assert report.is_accounted, report.title
        found += Counter(report.counts())
    return found


# --- the quarters of 2015 ----------------------------------------------------------------


@pytest.fixture(scope="module")
def qpv(mine: Mine) -> Outcome:
    said: dict[str, Any] = {"edition": "2015", "territory": ("region:76",), "complete": True}
    return mine.add("qpv", "qpv/QP_OCCITANIE_2015_LB93.shp", **said)


@pytest.fixture(scope="module")
def quarters(shared: Path) -> gpd.GeoDataFrame:
    """Give the quarters as shapely reads them, in metres."""
    frame = gpd.read_file(shared / "qpv" / "QP_OCCITANIE_2015_LB93.shp", encoding="cp1252")
    return frame.set_geometry([polygonal(shape) for shape in frame.geometry]).set_index("CODE_QP")


def polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Repair a shape, and leave out the lines that this may give."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    flat = [one for part in parts for one in shapely.get_parts(part)]
    return shapely.union_all([one for one in flat if one.geom_type == "Polygon"])


def middle(shape: Any) -> Any:  # noqa: ANN401  (of a polygon or several, a point)
    """Give the point that is farthest from the border."""
    return shapely.get_point(shapely.maximum_inscribed_circle(shape), 0)


def degrees(points: list[shapely.Point]) -> list[tuple[float, float]]:
    there = gpd.GeoSeries(points, crs="EPSG:2154").to_crs("EPSG:4326")
    return list(zip(there.x, there.y, strict=True))


def test_the_quarters_of_occitanie_are_added_with_their_account(qpv: Outcome) -> None:
    assert (qpv.addition.kind, qpv.addition.rows, qpv.warnings) == ("zones", 105, ())
    assert qpv.edition is not None
    assert (qpv.edition.id, qpv.edition.complete) == ("2015-region-76", True)
    assert counts(qpv)["réparée"] == 32


def around(shape: shapely.Geometry, metres: float) -> list[shapely.Point]:
    line = shapely.boundary(shapely.buffer(shape, metres))
    return [shapely.Point(xy) for part in shapely.get_parts(line) for xy in part.coords]


@pytest.mark.parametrize("code", [MIRAIL, FOIX])
def test_in_near_and_out_of_a_quarter(
    mine: Mine, qpv: Outcome, quarters: gpd.GeoDataFrame, fine: gpd.GeoDataFrame, code: str
) -> None:
    shape = quarters.geometry[code]
    inside = middle(shape)
    others = shapely.union_all(quarters.geometry.to_numpy())
    commune = "31555" if code == MIRAIL else "09122"
    within = shapely.buffer(fine.geometry[commune], -400.0)
    near = around(shape, 8.0)[0]
    far = next(p for p in around(shape, 600.0) if p.within(within) and p.distance(others) > 100)
    (lon, lat), (near_lon, near_lat), (far_lon, far_lat) = degrees([inside, near, far])
    zone = mine.ask(THEN, lon=lon, lat=lat).zone("qpv")
    assert (zone.verdict, [item.code for item in zone.items]) == (OUI, [code])
    assert zone.distance_m == pytest.approx(shape.boundary.distance(inside), rel=5e-3)
    zone = mine.ask(THEN, lon=near_lon, lat=near_lat).zone("qpv")
    assert (zone.verdict, zone.reason_code) == (UNKNOWN, Reason.NEAR_ZONE_BORDER)
    assert zone.distance_m == pytest.approx(shape.distance(near), abs=0.3)
    assert f"{round(zone.distance_m or 0)} m" in zone.reason
    zone = mine.ask(THEN, lon=far_lon, lat=far_lat).zone("qpv")
    assert (zone.verdict, zone.reason_code) == (NON, Reason.OUTSIDE_ZONES)


def test_by_its_name_a_commune_is_answered_for_by_its_outline(mine: Mine, qpv: Outcome) -> None:
    foix = mine.ask(THEN, text="Foix").zone("qpv")
    assert (foix.verdict, [item.code for item in foix.items]) == (UNKNOWN, [FOIX])
    assert "« Centre Ancien » (QP009002)" in foix.reason
    assert mine.ask(THEN, text="Aulus-les-Bains").zone("qpv").verdict is NON
    rennes = mine.ask(THEN, text="Rennes").zone("qpv")
    assert (rennes.verdict, rennes.reason_code) == (UNKNOWN, Reason.NO_EDITION)
    assert rennes.next_step is not None
    assert "data add qpv" in rennes.next_step


def test_from_2024_on_the_list_of_2024_answers(mine: Mine, qpv: Outcome) -> None:
    foix = mine.ask(IN_2024, text="Foix").zone("qpv")
    assert [item.code for item in foix.items] == ["QN00902M"]
    assert mine.ask(IN_2024, text="Aulus-les-Bains").zone("qpv").verdict is NON


def test_random_points_against_shapely(
    mine: Mine, qpv: Outcome, quarters: gpd.GeoDataFrame
) -> None:
    dice = random.Random(20241123)  # noqa: S311
    shapes = quarters.geometry.to_numpy()
    points = []
    for rank in range(300):
        west, south, east, north = shapely.bounds(shapes[rank % len(shapes)])
        points.append(shapely.Point(dice.uniform(west, east), dice.uniform(south, north)))
    tally: Counter[str] = Counter()
    for point, (lon, lat) in zip(points, degrees(points), strict=True):
        found = mine.ask(THEN, lon=lon, lat=lat)
        if {code[:2] for code in found.place.communes_possibles} - OCCITANIE:
            continue
        inside = bool(shapely.intersects(shapes, point).any())
        border = float(shapely.distance(shapely.boundary(shapes), point).min())
        zone = found.zone("qpv")
        if abs(border - ACCURACY_M) < 0.2:
            continue
        certain = OUI if inside else NON
        assert zone.verdict is (certain if border > ACCURACY_M else UNKNOWN), (lon, lat, border)
        tally[zone.verdict] += 1
        if zone.verdict is not NON:
            assert zone.distance_m == pytest.approx(border, rel=5e-3, abs=0.3)
    assert min(tally[OUI], tally[NON], tally[UNKNOWN]) >= 10
    assert tally.total() >= 280


# --- the communes of Occitanie -----------------------------------------------------------


@pytest.fixture(scope="module")
def outlines(mine: Mine) -> Outcome:
    return mine.add("communes", "communes/COMMUNE_OCCITANIE_2023.shp", accuracy_m=ACCURACY_M)


@pytest.fixture(scope="module")
def fine(shared: Path) -> gpd.GeoDataFrame:
    """Give the fine outlines by their codes of 2025, in metres."""
    frame = gpd.read_file(shared / "communes" / "COMMUNE_OCCITANIE_2023.shp")
    at = calendar().timeline.at
    frame["code"] = [next(iter(at(code, "2023-01-01", STORE_DAY))) for code in frame["INSEE_COM"]]
    return frame[["code", "geometry"]].dissolve("code")


def test_every_outline_of_the_region_is_replaced(mine: Mine, outlines: Outcome) -> None:
    assert (outlines.addition.kind, outlines.addition.rows) == ("outlines", 4446)
    assert (counts(outlines)["fusion"], counts(outlines)["code changé"]) == (5, 8)
    atlas = Atlas(mine.store, Settings(home=mine.home), None)
    region = atlas.communes(region="76")
    assert len(region) == 4446
    assert set(region["accuracy_m"]) == {ACCURACY_M}
    assert region["code"].notna().all()
    assert region.loc[region["code"] == "12218", "nom"].tolist() == ["Conques-en-Rouergue"]
    assert region["population"].notna().all()
    elsewhere = atlas.communes(departement="33")
    assert set(elsewhere["accuracy_m"]) == {300.0}


def test_the_geopackage_stays_whole(
    mine: Mine, home: Path, outlines: Outcome, qpv: Outcome
) -> None:
    path = store_path(Settings(home=mine.home))
    assert mine.sql("PRAGMA integrity_check") == [("ok",)]
    for layer in ("communes", "zones", "arrondissements"):
        assert mine.sql(f"SELECT rtreecheck('rtree_{layer}_geom')") == [("ok",)]
        frame = gpd.read_file(path, layer=layer)
        ((count, *extent),) = mine.sql(
            "SELECT c.feature_count, t.min_x, t.min_y, t.max_x, t.max_y FROM gpkg_contents AS t "
            "JOIN gpkg_ogr_contents AS c USING (table_name) WHERE table_name = ?",
            layer,
        )
        assert count == len(frame)
        assert extent == pytest.approx(list(frame.total_bounds), abs=1e-4)
        assert frame.geometry.is_valid.all()
    with closing(sqlite3.connect(store_path(Settings(home=home)))) as connection:
        before = dict(connection.execute("SELECT codes, epci FROM communes"))
    after = dict(mine.sql("SELECT codes, epci FROM communes"))
    assert {code for text in before for code in text.split()} <= set(" ".join(after).split())
    assert {c: e for c, e in after.items() if c in before} == {
        c: e for c, e in before.items() if c in after
    }


def borders(fine: gpd.GeoDataFrame, count: int, offset_m: float, seed: int) -> list[shapely.Point]:
    """Draw points around borders of communes, at most some metres away."""
    dice = random.Random(seed)  # noqa: S311
    rings = shapely.boundary(fine.geometry.to_numpy())
    points = []
    for _ in range(count):
        ring = rings[dice.randrange(len(rings))]
        there = shapely.line_interpolate_point(
            shapely.get_parts(ring)[0], dice.random(), normalized=True
        )
        turn, away = dice.uniform(0, 2 * np.pi), dice.uniform(0, offset_m)
        points.append(shapely.Point(there.x + away * np.cos(turn), there.y + away * np.sin(turn)))
    return points


def test_near_an_inner_border_it_is_certain_where_it_was_not(
    mine: Mine, store: Store, outlines: Outcome, fine: gpd.GeoDataFrame
) -> None:
    toulouse, blagnac = fine.geometry["31555"], fine.geometry["31069"]
    third = shapely.union_all(
        [g for c, g in fine.geometry.items() if c not in ("31555", "31069") and str(c)[:2] == "31"]
    )
    line = shapely.boundary(shapely.buffer(toulouse, -40.0))
    points = [shapely.Point(xy) for part in shapely.get_parts(line) for xy in part.coords]
    near = [p for p in points if p.distance(blagnac) < 45 and p.distance(third) > 400]
    assert near
    for lon, lat in degrees(near[:10]):
        before = locate(store, store.catalog(), Query(lon=lon, lat=lat), SPRING).place
        assert len(before.communes_possibles) > 1
        now = mine.ask(lon=lon, lat=lat).place
        assert now.communes_possibles == ("31555",)


def test_no_certain_commune_is_wrong(mine: Mine, outlines: Outcome, fine: gpd.GeoDataFrame) -> None:
    points = borders(fine, 250, 120.0, 1)
    tree = shapely.STRtree(fine.geometry.to_numpy())
    certain = 0
    for point, (lon, lat) in zip(points, degrees(points), strict=True):
        truth = {fine.index[rank] for rank in tree.query(point, "intersects")}
        found = mine.ask(lon=lon, lat=lat).place
        if found.commune is not None:
            certain += 1
            if truth:
                assert truth == {found.commune.code}, (lon, lat)
            else:  # outside the region, for certain
                assert found.commune.code[:2] not in OCCITANIE, (lon, lat)
        elif truth and not found.outside:
            assert truth <= set(found.communes_possibles), (lon, lat)
    assert certain >= 150


@pytest.mark.parametrize("away", [-400.0, -40.0, 40.0, 400.0])
def test_at_the_seam_with_other_regions_nothing_certain_is_wrong(
    mine: Mine, outlines: Outcome, fine: gpd.GeoDataFrame, away: float
) -> None:
    whole = shapely.union_all(fine.geometry.to_numpy())
    line = max(
        shapely.get_parts(shapely.boundary(shapely.buffer(whole, away))), key=lambda p: p.length
    )
    inside, certain, told = away < 0, 0, 0
    points = [shapely.line_interpolate_point(line, n / 60, normalized=True) for n in range(60)]
    tree = shapely.STRtree(fine.geometry.to_numpy())
    for point, (lon, lat) in zip(points, degrees(points), strict=True):
        truth = {fine.index[rank] for rank in tree.query(point, "intersects")}
        try:
            found = mine.ask(lon=lon, lat=lat).place
        except Exception as error:  # noqa: BLE001  (at sea, or abroad)
            assert "3 km" in str(error)  # noqa: PT017
            continue
        told += 1
        mine_ = set(found.communes_possibles)
        if found.commune is not None:
            certain += 1
            here = found.commune.code[:2] in OCCITANIE
            assert here is inside, (lon, lat)
            assert truth <= mine_
        elif inside:
            assert truth <= mine_ or found.outside, (lon, lat)
    assert told >= 30
    if inside:
        assert certain >= 40  # the fine outline decides on its side of the border


def test_removing_the_outlines_brings_the_known_ones_back(
    mine: Mine, home: Path, outlines: Outcome, tmp_path: Path
) -> None:
    other = Mine(tmp_path / "home", mine.files)
    shutil.copytree(mine.home, other.home)
    additions.remove("communes", None, Settings(home=other.home), quiet)
    statement = "SELECT codes, nom, population, accuracy_m, geom FROM communes ORDER BY codes"
    with closing(sqlite3.connect(store_path(Settings(home=home)))) as connection:
        assert connection.execute(statement).fetchall() == other.sql(statement)
    ((widest,),) = other.sql("SELECT value FROM metadata WHERE key = 'accuracy_communes_max_m'")
    assert float(widest) == 300


# --- the classes of quarters in PACA -----------------------------------------------------


@pytest.fixture(scope="module")
def paca(mine: Mine) -> Outcome:
    return mine.add("zonage_medecins", "zonage_medecins/zonage_qpv_paca_2025.csv", edition=PACA)


@pytest.fixture(scope="module")
def own(shared: Path) -> dict[str, dict[str, str]]:
    """Give the classes of the quarters of each commune of PACA, read by hand."""
    found: dict[str, dict[str, str]] = {}
    path = shared / "zonage_medecins" / "zonage_qpv_paca_2025.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            for code in row["insee_com"].replace(",", " ").split():
                found.setdefault(code, {})[row["code_qp"]] = row["zonage"]
    return found


def of_2024(commune: str) -> set[str]:
    return {q.code for q in facts.quartiers("qpv_2024") if commune in q.communes}


def test_the_quarters_of_paca_have_a_class_each(mine: Mine, paca: Outcome) -> None:
    assert (paca.addition.kind, paca.addition.rows) == ("zone_classes", 135)
    assert counts(paca)["doublon"] == 5
    members = mine.members(f"zonage_medecins/{PACA}/quartiers")
    assert len(members) == 135
    assert set(members.values()) == {"ZIP", "ZAC"}


def test_a_commune_has_its_class_and_those_of_its_quarters(
    mine: Mine, paca: Outcome, own: dict[str, dict[str, str]]
) -> None:
    communes = facts.memberships("zonage_medecins_2025")
    seen: Counter[str] = Counter()
    for code, classes in own.items():
        base = communes.get(code)
        if base is None or of_2024(code) != set(classes):
            continue
        zone = mine.ask(insee=code).zone("zonage_medecins")
        wanted = {base if base != "HZ" else None, *classes.values()}
        assert set(zone.possible) == wanted, code
        assert (zone.verdict is OUI) == (len(wanted) == 1), code
        assert zone.base_class == base
        seen["certain" if len(wanted) == 1 else "several"] += 1
    assert seen["certain"] >= 10
    assert seen["several"] >= 15


def test_in_a_quarter_its_class_wins_and_outside_the_commune_s(
    mine: Mine, paca: Outcome, own: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    communes = facts.memberships("zonage_medecins_2025")
    code = min(
        code
        for code, classes in own.items()
        if len(classes) == 1 and of_2024(code) == set(classes)
        if (communes[code], *classes.values()) == ("ZAC", "ZIP")
    )
    ((quarter, _),) = own[code].items()
    frame = gpd.read_file(
        store_path(Settings(home=mine.home)), layer="communes", where=f"code = '{code}'"
    )
    shape = frame.geometry.to_crs("EPSG:2154").iloc[0]
    there = middle(shape)
    (centre, beside) = degrees([there, shapely.Point(there.x + 500, there.y)])
    drawn = {"code_qp": [quarter], "lib_qp": ["Essai"], "insee_com": [code]}
    path = tmp_path / "quartier.geojson"
    gpd.GeoDataFrame(drawn, geometry=[square(*centre, 400)], crs="EPSG:4326").to_file(path)
    mine.close()
    additions.add(Request("qpv", str(path), "2024"), Settings(home=mine.home), quiet)
    inside = mine.ask(lon=centre[0], lat=centre[1])
    assert inside.zone("qpv").verdict is OUI
    zone = inside.zone("zonage_medecins")
    assert (zone.verdict, zone.zone_class, zone.base_class) == (OUI, "ZIP", "ZAC")
    zone = mine.ask(lon=beside[0], lat=beside[1]).zone("zonage_medecins")
    assert (zone.verdict, zone.zone_class) == (OUI, "ZAC")


# --- a layer of the user's ---------------------------------------------------------------


@pytest.fixture(scope="module")
def nurses(mine: Mine) -> Outcome:
    (mine.home / "catalog").mkdir()
    for name, there in (
        ("catalog/zonage_infirmiers.toml", ROOT / "tests" / "catalog"),
        ("raw/cartosante_zonage_infirmiers.csv", mine.files / "zonage_medecins"),
    ):
        shutil.copy(there / Path(name).name, mine.home / name)
    return mine.add("zonage_infirmiers", None)


def test_the_nurses_zoning_is_a_layer_made_with_no_code(
    mine: Mine, nurses: Outcome, shared: Path
) -> None:
    assert (nurses.addition.kind, nurses.addition.rows) == ("list", 34_917)
    assert counts(nurses)["collectivité"] == 2
    assert counts(nurses)["hors territoire"] == 2
    path = shared / "zonage_medecins" / "cartosante_zonage_infirmiers.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.reader(stream, delimiter=";") if row[0][:1].isdigit()]
    words = {"1": "TSD", "2": "SD", "3": "INT", "4": "TD", "5": "SUR", "N": "NA"}
    wanted = {row[0]: words[row[2][0]] for row in rows if row[0] not in ("97701", "97801")}
    assert mine.members("zonage_infirmiers/2025-printemps") == wanted
    code = next(code for code, cls in wanted.items() if cls == "TSD" and not code.startswith("97"))
    zone = mine.ask(insee=code).zone("zonage_infirmiers")
    assert (zone.verdict, zone.zone_class) == (OUI, "TSD")
    dense = next(code for code, cls in wanted.items() if cls == "SUR")
    assert mine.ask(insee=dense).zone("zonage_infirmiers").verdict is NON


# --- the sectors of the Bas-Rhin ---------------------------------------------------------


@pytest.fixture(scope="module")
def sectors(mine: Mine) -> Outcome:
    return mine.add(
        "pdsa",
        "pdsa/alsace_communes_secteurs.csv",
        edition="2013-01-01",
        territory=("departement:67",),
        columns={"zone": "secteur_Adps_ID"},
    )


def test_the_sectors_of_the_bas_rhin_are_all_there(
    mine: Mine, sectors: Outcome, shared: Path
) -> None:
    found = counts(sectors)
    assert (found["sans code"], found["sentinelle"], found["doublon"]) == (252, 469, 4)
    listed = mine.sql("SELECT commune, zone FROM zone_lists WHERE list = 'pdsa/2013-01-01'")
    assert len(listed) == sectors.addition.rows == 523
    assert len({zone for _, zone in listed}) == 47
    path = shared / "pdsa" / "alsace_communes_secteurs.csv"
    raw = pd.read_csv(path, dtype=str, encoding="latin-1")
    kept = raw[~raw["secteur_Adps_ID"].isin(["0", "-1"])].dropna(subset=["ville_insee"])
    wanted = set(zip(kept["ville_insee"], kept["secteur_Adps_ID"], strict=True))
    known = calendar().valid("2015-01-01")
    assert {p for p in wanted if p[0][:2] == "67" and p[0] in known} <= set(listed)


def test_a_commune_has_its_sectors_and_one_that_is_not_listed_is_unknown(
    mine: Mine, sectors: Outcome
) -> None:
    strasbourg = mine.ask(insee="67482").zone("pdsa")
    assert (strasbourg.verdict, [item.code for item in strasbourg.items]) == (OUI, ["72"])
    listed = mine.sql(
        "SELECT commune, count(*) FROM zone_lists WHERE list = 'pdsa/2013-01-01' GROUP BY commune"
    )
    at = calendar().timeline.at
    several = Counter(
        now
        for commune, number in listed
        for now in at(commune, "2015-01-01", STORE_DAY)
        for _ in range(number)
    )
    zones = {code: mine.ask(insee=code).zone("pdsa").items for code, n in several.items() if n > 1}
    assert zones
    assert any(len(items) == 2 for items in zones.values())
    absent = sorted(
        code for code in calendar().valid(STORE_DAY) if code[:2] == "67" and code not in several
    )
    zone = mine.ask(insee=absent[0]).zone("pdsa")
    assert zone.verdict is UNKNOWN


# --- the shipped lists, added by hand ----------------------------------------------------

SINCE_2090 = {"edition": "2090-01-01"}


def same(
    mine: Mine,
    layer: str,
    file: str,
    territory: str,
    **said: Any,  # noqa: ANN401
) -> tuple[Outcome, dict[str, str]]:
    outcome = mine.add(layer, file, territory=(territory,), **{**SINCE_2090, **said})
    assert outcome.addition.kind == "list"
    return outcome, mine.members(f"{layer}/{outcome.addition.edition}")


def test_the_doctors_zoning_found_by_postal_code_and_name_is_the_shipped_one(mine: Mine) -> None:
    outcome, members = same(
        mine,
        "zonage_medecins",
        "zonage_medecins/zonmed.csv",
        "region:76",
    )
    shipped = facts.memberships("zonage_medecins_2025")
    wanted = {code: cls for code, cls in shipped.items() if code[:2] in OCCITANIE}
    assert len(wanted) == 4445
    assert members == wanted
    assert outcome.edition is not None
    assert not outcome.edition.complete
    assert mine.ask(LATER, insee="12218").zone("zonage_medecins").verdict is UNKNOWN
    foix = mine.ask(LATER, insee="09122").zone("zonage_medecins")
    assert foix.reason_code is Reason.QPV_CLASS_UNKNOWN  # it has a quarter


@pytest.mark.parametrize(
    ("layer", "file", "table"),
    [
        ("zrr", "ruralite/ZRR_cog2021.csv", "zrr_2021"),
        ("frr", "ruralite/liste-communes-FRR-juillet2025.csv", "frr_2025"),
        ("massif", "montagne/massifs_anct_2025.csv", "massif_2025"),
    ],
)
def test_a_list_that_ships_comes_out_the_same_from_its_file(
    mine: Mine, layer: str, file: str, table: str
) -> None:
    _, members = same(mine, layer, file, "FR")
    assert members == facts.memberships(table)


def test_the_quarters_listed_by_commune_come_out_the_same(mine: Mine) -> None:
    outcome = mine.add(
        "qpv",
        "qpv/communes_avec_qpv_2024.geojson",
        territory=("metropole",),
        complete=True,
        **SINCE_2090,
    )
    assert outcome.addition.kind == "zone_list"
    listed = mine.sql("SELECT commune, zone FROM zone_lists WHERE list = 'qpv/2090-01-01'")
    shipped = mine.sql("SELECT commune, zone FROM zone_lists WHERE list = 'qpv_2024'")
    assert sorted(listed) == sorted(row for row in shipped if row[0][:2] != "97")
    toulouse = mine.ask(LATER, insee="31555").zone("qpv")
    assert len(toulouse.items) == 12
    assert all(" " not in item.code for item in toulouse.items)
    assert mine.ask(LATER, insee="09029").zone("qpv").verdict is NON

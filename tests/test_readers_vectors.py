"""Layers as agencies send them: encodings, systems, broken shapes, each feature accounted."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
import shapely.affinity
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from zonage_geo.readers import Loaded, ReadError, read
from zonage_geo.readers.shapes import mend, polygonal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Shape = shapely.Geometry

FOIX = box(1.60, 42.96, 1.61, 42.97)
ALBI = box(2.14, 43.92, 2.16, 43.94)
BOW = Polygon([(1.6, 42.9), (1.7, 43.0), (1.7, 42.9), (1.6, 43.0)])
NAMES = ["Drémil-Lafage", "Montrabé"]
DRIVERS = {"shp": "ESRI Shapefile", "gpkg": "GPKG", "geojson": "GeoJSON", "fgb": "FlatGeobuf"}


def layer(
    *shapes: Shape, crs: str | None = "EPSG:4326", **columns: Sequence[object]
) -> gpd.GeoDataFrame:
    columns.setdefault("code", [f"3100{n}" for n in range(len(shapes))])
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def written(frame: gpd.GeoDataFrame, path: Path, **options: str) -> Path:
    pyogrio.write_dataframe(frame, path, driver=DRIVERS[path.suffix[1:]], **options)
    return path


def kinds(loaded: Loaded) -> dict[str, int]:
    assert loaded.report.is_accounted
    assert loaded.report.rows_kept == len(loaded.frame)
    return loaded.report.counts()


def geojson(path: Path, shapes: Sequence[Shape | None], **more: object) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"3100{n}"},
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
        }
        for n, shape in enumerate(shapes)
    ]
    content = {"type": "FeatureCollection", **more, "features": features}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", list(DRIVERS))
def test_each_format_comes_out_the_same(tmp_path: Path, suffix: str) -> None:
    frame = layer(FOIX, ALBI, nom=NAMES).to_crs("EPSG:2154")
    path = written(frame, tmp_path / f"couche.{suffix}")
    loaded, report = read(path, polygons=True)
    assert isinstance(loaded, gpd.GeoDataFrame)
    assert loaded.crs == "EPSG:4326"
    assert report.crs == "EPSG:2154"
    assert sorted(loaded["nom"]) == NAMES
    found = loaded.sort_values("code").geometry.to_numpy()
    assert (shapely.hausdorff_distance(found, [FOIX, ALBI]) < 1e-4).all()
    assert sorted(loaded.index) == [1, 2]
    assert loaded.index.name == "objet"
    assert report.is_accounted


@pytest.mark.parametrize(
    ("written_in", "cpg", "said"),
    [
        ("utf-8", None, 1),  # no .cpg
        ("cp1252", None, 1),
        ("utf-8", "1252", 1),  # wrong
        ("cp1252", "UTF-8", 1),
        ("utf-8", "klingon", 1),
        ("utf-8", "UTF-8", 0),
        ("cp1252", "1252", 0),
        ("cp850", "CP850", 0),
    ],
)
def test_accents_of_a_dbf_whatever_the_cpg_says(
    tmp_path: Path, written_in: str, cpg: str | None, said: int
) -> None:
    path = written(layer(FOIX, ALBI, nom=NAMES), tmp_path / "c.shp", encoding=written_in)
    path.with_suffix(".cpg").unlink()
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    loaded = read(path)
    assert loaded.frame["nom"].tolist() == NAMES
    assert kinds(loaded).get("encodage", 0) == said


@pytest.mark.parametrize(
    ("nom", "written_in", "cpg", "told"),
    [
        ("Centre – Gare", "cp1252", "UTF-8", "cp1252 (supposé)"),  # the « û » of cp850
        ("Centre – Gare", "cp1252", None, "cp1252 (supposé)"),
        ("Côte du Rhône", "cp850", None, "cp850"),
        ("Côte du Rhône", "cp1252", "UTF-8", "cp1252"),
        ("Place d Août", "cp850", "850", ""),  # what is said is believed
    ],
)
def test_an_old_encoding_is_believed_where_it_makes_names(
    tmp_path: Path, nom: str, written_in: str, cpg: str | None, told: str
) -> None:
    path = written(layer(FOIX, nom=[nom]), tmp_path / "c.shp", encoding=written_in)
    path.with_suffix(".cpg").unlink()
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    loaded = read(path)
    assert loaded.frame["nom"].tolist() == [nom]
    said = " ".join(line.detail for line in loaded.report.lines if line.kind == "encodage")
    assert (f" {told}." in said) if told else not said


def test_a_given_encoding_wins(tmp_path: Path) -> None:
    path = written(layer(FOIX, nom=["Albi à"]), tmp_path / "c.shp", encoding="utf-8")
    assert read(path, encoding="cp1252").report.encoding == "cp1252"
    with pytest.raises(ReadError, match="encodage « klingon » inconnu"):
        read(path, encoding="klingon")


def test_accents_broken_before_us_come_back(tmp_path: Path) -> None:
    path = written(layer(FOIX, nom=["DrÃ©mil "]), tmp_path / "c.gpkg")
    loaded = read(path)
    assert loaded.frame["nom"].tolist() == ["Drémil"]
    assert kinds(loaded) == {"accents rétablis": 1}


@pytest.mark.parametrize("missing", [".shx", ".dbf"])
def test_an_incomplete_shapefile_says_what_lacks(tmp_path: Path, missing: str) -> None:
    path = written(layer(FOIX), tmp_path / "c.shp")
    path.with_suffix(missing).unlink()
    with pytest.raises(ReadError, match=f"shapefile incomplet : {missing} absent"):
        read(path)
    rest = path.with_suffix({".shx": ".dbf", ".dbf": ".shx"}[missing])
    with pytest.raises(ReadError, match="incomplet"):
        read(rest)
    path.unlink()
    with pytest.raises(ReadError, match=r"dont le \.shp manque"):
        read(rest)


def test_a_zipped_shapefile_in_capitals(tmp_path: Path) -> None:
    path = written(layer(FOIX, nom=["Créon"]), tmp_path / "c.shp", encoding="cp1252")
    with zipfile.ZipFile(tmp_path / "qpv.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(path.with_suffix(suffix), f"données/C{suffix.upper()}")
    loaded = read(tmp_path / "qpv.zip")
    assert loaded.frame["nom"].tolist() == ["Créon"]
    assert loaded.report.title == "lecture de qpv.zip/données/C.SHP"
    part = path.with_suffix(".dbf")
    part.rename(part.with_suffix(".DBF"))
    assert read(part.with_suffix(".DBF")).frame["nom"].tolist() == ["Créon"]


def test_which_layer_of_a_geopackage(tmp_path: Path) -> None:
    path = written(layer(FOIX), tmp_path / "c.gpkg", layer="qpv")
    written(layer(ALBI), path, layer="communes")
    with pytest.raises(ReadError, match=r"2 couches. .*--layer : qpv, communes"):
        read(path)
    assert read(path, layer="communes").frame.geometry.iloc[0].equals(ALBI)
    with pytest.raises(ReadError, match=r"pas de couche « zfu ». Couches : qpv, communes"):
        read(path, layer="zfu")


def test_a_layer_without_shapes_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frame = pd.DataFrame({"code": ["09122", None], "pop": [9500, 12]})
    pyogrio.write_dataframe(frame, path, layer="liste")
    loaded = read(path)
    assert loaded.frame["pop"].tolist() == ["9500", "12"]
    assert loaded.frame["code"].isna().tolist() == [False, True]
    assert kinds(loaded) == {}
    with pytest.raises(ReadError, match="la couche n’a pas de géométrie"):
        read(path, polygons=True)


def test_a_system_of_no_authority_is_taken_as_it_says(tmp_path: Path) -> None:
    own = (  # Lambert-93 with an origin of its own: no EPSG code, and not Lambert-93
        "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=900000 +y_0=6600000 "
        "+ellps=GRS80 +units=m"
    )
    loaded = read(written(layer(FOIX).to_crs(own), tmp_path / "c.gpkg"))
    assert loaded.frame.geometry.iloc[0].hausdorff_distance(FOIX) < 1e-4
    assert "EPSG" not in loaded.report.crs


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    many = layer(*[shapely.affinity.translate(FOIX, n / 100) for n in range(50)])
    path = written(many, tmp_path / "c.shp")
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(ReadError, match=r"fichier coupé : 4000 octets au lieu de 6900"):
        read(path)
    for suffix in ("gpkg", "fgb"):
        path = written(layer(FOIX), tmp_path / f"c.{suffix}")
        path.write_bytes(path.read_bytes()[:60])
        with pytest.raises(ReadError, match="fichier illisible"):
            read(path)


def test_no_system_is_refused_with_the_way_out(tmp_path: Path) -> None:
    metres = layer(FOIX).to_crs("EPSG:2154")
    frame = gpd.GeoDataFrame(metres[["code"]], geometry=metres.geometry.to_numpy())
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        path = written(frame, tmp_path / "c.shp")
    with pytest.raises(ReadError, match=r"aucun système .*Lambert-93.*--crs EPSG:2154"):
        read(path)
    loaded = read(path, crs="EPSG:2154")
    assert loaded.frame.geometry.iloc[0].hausdorff_distance(FOIX) < 1e-4
    assert loaded.report.crs == "EPSG:2154"
    with pytest.raises(ReadError, match="« EPSG:999999 » inconnu"):
        read(path, crs="EPSG:999999")
    with pytest.raises(ReadError, match="hors de France : 1 objet"):
        read(path, crs="EPSG:2975")


def test_metres_called_degrees_and_degrees_called_metres(tmp_path: Path) -> None:
    metres = layer(FOIX).to_crs("EPSG:2154").geometry.iloc[0]
    path = geojson(tmp_path / "m.geojson", [metres])
    with pytest.raises(ReadError, match=r"est en degrés, mais .*--crs EPSG:2154"):
        read(path)
    loaded = read(path, crs="EPSG:2154")
    assert loaded.frame.geometry.iloc[0].hausdorff_distance(FOIX) < 1e-4
    assert kinds(loaded)["système de coordonnées"] == 2
    path = written(layer(FOIX, crs="EPSG:2154"), tmp_path / "d.shp")
    with pytest.raises(ReadError, match=r"est en mètres, mais .*--crs EPSG:4326"):
        read(path)
    assert read(path, crs="EPSG:4326").frame.geometry.iloc[0].equals(FOIX)


def test_swapped_axes_and_other_countries_are_refused(tmp_path: Path) -> None:
    swapped = shapely.transform(FOIX, lambda xy: xy[:, ::-1])
    with pytest.raises(ReadError, match="latitude et longitude sont échangées"):
        read(geojson(tmp_path / "s.geojson", [swapped]))
    with pytest.raises(ReadError, match="hors de France : 1 objet sur 1 "):
        read(geojson(tmp_path / "u.geojson", [box(-74, 40, -73, 41)]))


@pytest.mark.parametrize(
    ("where", "crs"),
    [
        ((-61.55, 16.23), "EPSG:5490"),
        ((-52.33, 4.93), "EPSG:2972"),
        ((55.45, -20.88), "EPSG:2975"),
        ((45.23, -12.78), "EPSG:4471"),
        ((-56.2, 46.8), "EPSG:4326"),
    ],
)
def test_overseas_layers_in_their_own_system(
    tmp_path: Path, where: tuple[float, float], crs: str
) -> None:
    shape = Point(where).buffer(0.01)
    loaded = read(written(layer(shape).to_crs(crs), tmp_path / "o.gpkg"))
    assert loaded.report.crs == crs
    assert loaded.frame.geometry.iloc[0].hausdorff_distance(shape) < 1e-6


def test_one_feature_elsewhere_is_said(tmp_path: Path) -> None:
    loaded = read(geojson(tmp_path / "n.geojson", [FOIX, ALBI, box(0, 0, 0.1, 0.1)]))
    assert kinds(loaded)["hors de France"] == 1
    assert [line.row for line in loaded.report.lines if line.kind == "hors de France"] == [3]


def test_the_system_said_twice_is_said_once(tmp_path: Path) -> None:
    path = written(layer(FOIX).to_crs("EPSG:2154"), tmp_path / "c.gpkg")
    assert kinds(read(path, crs="EPSG:2154")) == {}


def test_broken_polygons_are_repaired_and_counted(tmp_path: Path) -> None:
    loaded = read(geojson(tmp_path / "b.geojson", [FOIX, BOW]), polygons=True)
    assert loaded.frame.is_valid.all()
    assert loaded.frame.geometry.iloc[1].area == pytest.approx(0.005)
    (line,) = (line for line in loaded.report.lines if line.kind == "réparée")
    assert (line.row, line.code) == (2, "31001")
    assert "se croise" in line.detail


def test_collections_keep_their_surfaces(tmp_path: Path) -> None:
    bag = GeometryCollection([FOIX, LineString([(1, 43), (2, 43)]), GeometryCollection([ALBI])])
    loaded = read(geojson(tmp_path / "c.geojson", [bag]), polygons=True)
    assert loaded.frame.geometry.iloc[0].equals(MultiPolygon([FOIX, ALBI]))
    assert kinds(loaded)["collection"] == 1
    assert shapely.is_empty(polygonal(Point(1, 43)))


def test_nothing_left_of_a_shape_drops_it(tmp_path: Path) -> None:
    flat = Polygon([(1.6, 42.9), (1.7, 42.9), (1.6, 42.9)])
    loaded = read(geojson(tmp_path / "f.geojson", [FOIX, flat, None, Polygon()]))
    assert loaded.frame.index.tolist() == [1]
    assert kinds(loaded)["irréparable"] == 1
    assert kinds(loaded)["géométrie vide"] == 2
    assert [line.row for line in loaded.report.lost] == [3, 4, 2]
    with pytest.raises(ReadError, match="aucun objet n’a de géométrie"):
        read(geojson(tmp_path / "v.geojson", [None, Polygon()]))
    with pytest.raises(ReadError, match="aucun objet"):
        read(geojson(tmp_path / "w.geojson", []))


def test_heights_go(tmp_path: Path) -> None:
    loaded = read(written(layer(shapely.force_3d(FOIX, 380.0)), tmp_path / "z.gpkg"))
    assert not loaded.frame.has_z.any()
    assert kinds(loaded) == {"altitude": 1}


def test_points_are_refused_where_surfaces_are_wanted(tmp_path: Path) -> None:
    path = geojson(tmp_path / "p.geojson", [FOIX, Point(1.6, 43)])
    assert len(read(path).frame) == 2
    with pytest.raises(ReadError, match=r"objet 2 : .*1 objet sur 2 .*points"):
        read(path, polygons=True)
    table = tmp_path / "t.csv"
    table.write_text("code;zonage\n09122;ZIP\n")
    with pytest.raises(ReadError, match="c’est un tableau"):
        read(table, polygons=True)


def test_features_the_same_in_every_way_are_one(tmp_path: Path) -> None:
    turned = Polygon(np.roll(np.array(FOIX.exterior.coords)[:-1], 1, axis=0))
    frame = layer(FOIX, turned, FOIX, code=["1", "1", "2"])
    loaded = read(written(frame, tmp_path / "d.gpkg"))
    assert loaded.frame["code"].tolist() == ["1", "2"]
    assert kinds(loaded) == {"doublon": 1}


def test_geojson_in_latin1_and_lists(tmp_path: Path) -> None:
    path = geojson(tmp_path / "l.geojson", [FOIX])
    text = path.read_text().replace('"31000"', '"31000", "nom": "Créon", "insee": ["1", "2"]')
    path.write_bytes(text.encode("latin-1"))
    loaded = read(path)
    assert loaded.frame["nom"].tolist() == ["Créon"]
    assert loaded.frame["insee"].astype(str).str.contains("1").all()
    assert kinds(loaded)["encodage"] == 1


def test_reprojection_leaves_no_broken_shape() -> None:
    out = mend(np.array([FOIX, BOW, Point(0, 0)], dtype=object))
    assert list(out.told) == [1]
    assert shapely.is_valid(out.shapes).all()


@pytest.mark.parametrize(
    ("wkt", "said"),
    [
        ("POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))", "ses boucles s’annulaient"),
        ("POLYGON((0 0, 3 3, 3 0, 0 2, 0 0))", "surface multipliée par 2,60"),
        ("POLYGON((0 0, 4 0, 4 4, 2 0, 0 4, 0 0))", "surface changée de +0,000 %"),
        ("POLYGON((0 0, 1 1, 0 0))", "aucune surface"),
    ],
)
def test_what_a_repair_did_to_a_surface(wkt: str, said: str) -> None:
    mended = mend(np.array([shapely.from_wkt(wkt)], dtype=object))
    assert said in mended.told[0]

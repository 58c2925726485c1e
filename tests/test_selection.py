"""The choice of a territory: what each word designates, and what it refuses."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from pyproj import CRS

from tests.published import COMMUNES_OF_OCCITANIE
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError
from zonage_geo.selection import Choice, Where, choice_of, select
from zonage_geo.store import Store, facts_only

pytestmark = pytest.mark.package_data

DAY = date(2025, 5, 15)


def chosen(store: Store, catalog: Catalog, **where: Any) -> tuple[str, ...]:  # noqa: ANN401
    return select(store, catalog, Choice(**where), DAY).codes


def test_regions_and_departements(store: Store, catalog: Catalog) -> None:
    assert len(chosen(store, catalog)) == 34_875
    occitanie = chosen(store, catalog, region="76")
    assert len(occitanie) == 4_446
    assert chosen(store, catalog, region="Occitanie") == occitanie
    for code, number in COMMUNES_OF_OCCITANIE.items():
        assert len(chosen(store, catalog, departement=code)) == number
    assert chosen(store, catalog, departement="corse du sud") == chosen(
        store, catalog, departement="2a"
    )


def test_an_epci_has_the_communes_of_the_store(store: Store, catalog: Catalog) -> None:
    codes = chosen(store, catalog, epci="200067791")
    sql = "SELECT count(*) FROM communes WHERE epci = '200067791'"
    assert len(codes) == store._rows(sql)[0][0] > 10
    assert set(codes) < set(chosen(store, catalog, departement="09"))


def test_old_codes_and_arrondissements_are_followed(store: Store, catalog: Catalog) -> None:
    found = select(store, catalog, Choice(communes=["12076", "75105", "75106", "09122"]), DAY)
    assert found.codes == ("09122", "12218", "75056")
    assert found.report.counts() == {"arrondissement": 2, "code changé": 1, "doublon": 1}


def test_a_polygon_takes_the_communes_of_which_it_covers_half(
    store: Store, catalog: Catalog
) -> None:
    polygon = shapely.box(1.4, 42.9, 1.8, 43.1)
    frame = gpd.read_file(store.file, layer="communes", bbox=polygon.bounds).to_crs(2154)
    area = gpd.GeoSeries([polygon], crs=4326).segmentize(0.01).to_crs(2154)[0]
    share = frame.geometry.intersection(area).area / frame.geometry.area
    wanted = set(frame.loc[share >= 0.5, "code"])
    clear = set(frame.loc[(share < 0.49) | (share > 0.51), "code"])
    found = select(store, catalog, Choice(polygon=polygon), DAY)
    assert set(found.codes) & clear == wanted & clear
    cut = {line.code for line in found.report.lines if line.kind == "à cheval"}
    assert set(frame.loc[(share > 0.001) & (share < 0.999), "code"]) <= cut


def test_a_polygon_comes_in_any_system_or_file(
    store: Store, catalog: Catalog, tmp_path: Path
) -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(1.4, 42.9, 1.8, 43.1)], crs=4326)
    plain = choice_of(Where(polygon=frame.geometry[0]))
    path = tmp_path / "bassin.gpkg"
    frame.to_crs(2154).to_file(path)
    for source in (frame, frame.to_crs(2154), frame.geometry, path, str(path)):
        choice = choice_of(Where(polygon=source))
        assert select(store, catalog, choice, DAY).codes == select(store, catalog, plain, DAY).codes


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"region": "99"}, "région inconnue"),
        ({"departement": "9"}, r"zéro initial manque-t-il \(09\)"),
        ({"epci": "20006779"}, "EPCI inconnu"),
        ({"communes": []}, "vide"),
        ({"communes": ["09122", "31000"]}, "commune 2 de la liste"),
        ({"communes": "09122"}, "une liste de codes"),
        ({"region": "76", "epci": "200067791"}, "d'une seule façon : region et epci"),
        ({"polygon": shapely.box(0, 50, 0.001, 50.001)}, "la moitié d'aucune commune"),
        ({"polygon": shapely.Polygon()}, "vide"),
        ({"polygon": shapely.box(5e5, 6.2e6, 6e5, 6.3e6)}, "pas en degrés"),
    ],
)
def test_what_designates_nothing_is_refused(
    store: Store, catalog: Catalog, where: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        select(store, catalog, Choice(**where), DAY)


def test_bad_polygons_and_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="système de coordonnées"):
        choice_of(Where(polygon=gpd.GeoSeries([shapely.box(0, 0, 1, 1)])))
    with pytest.raises(InputError, match="introuvable"):
        choice_of(Where(polygon=tmp_path / "rien.geojson"))
    with pytest.raises(InputError, match="une géométrie"):
        choice_of(Where(polygon=12))
    local = CRS.from_wkt('LOCAL_CS["chantier",UNIT["metre",1]]')
    with pytest.raises(InputError, match="rien ne mène du système du polygone"):
        choice_of(Where(polygon=gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=local)))
    with pytest.raises(InputError, match="communes=5 : une liste de codes est attendue"):
        choice_of(Where(communes=5))  # type: ignore[typeddict-item]
    with pytest.raises(InputError, match="n'est pas parmi region, departement"):
        choice_of({"regions": "76"})  # type: ignore[typeddict-unknown-key]


def test_without_outlines_there_is_still_a_territory() -> None:
    store = facts_only()
    assert len(select(store, store.catalog(), Choice(departement="09"), DAY).codes) == 325

"""Frames and files of any types: where their rows are, the same both ways, or refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import CRS
from shapely.geometry import LineString, MultiPoint, Point

from zonage_geo.atlas import Atlas
from zonage_geo.batch import Asked, prepare
from zonage_geo.batch.places import Finder
from zonage_geo.errors import InputError
from zonage_geo.many.places import find_places
from zonage_geo.settings import Settings
from zonage_geo.store import Store

LON, LAT = 1.605482, 42.963745
"""Foix, 09122."""
NOT_A_POINT = "Pas de coordonnées, ou qui ne sont pas des degrés."


def both(frame: pd.DataFrame, folder: Path) -> list[Any]:
    """Give where a frame says that its rows are, then the same as a Parquet file."""
    return [find_places(frame), of_file(frame, folder)]


def of_file(frame: pd.DataFrame, folder: Path) -> Any:  # noqa: ANN401
    pytest.importorskip("pyarrow")
    path = folder / "lieux.parquet"
    frame.to_parquet(path, index=False)
    source = prepare(path, Asked())
    return Finder(source, Asked()).where(next(iter(source.chunks())))


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ([LON, None], [LAT, None]),
        (["1,605482", ""], [" 42.963745", "nord"]),
        ([Decimal("1.605482"), None], [Decimal("42.963745"), None]),
        (pd.Categorical(["1,605482", None]), pd.Categorical(["42,963745", None])),
        (pd.Categorical([LON, None]), pd.Categorical([LAT, None])),
        (pd.array([LON, pd.NA], dtype="Float64"), pd.array([LAT, pd.NA], dtype="Float64")),
        (pd.array(["1.605482", pd.NA], dtype="string"), pd.array(["42.963745", "x"], "string")),
    ],
)
def test_numbers_of_any_type_are_the_same_place(lon: object, lat: object, tmp_path: Path) -> None:
    frame = pd.DataFrame({"lon": lon, "lat": lat})
    for where in both(frame, tmp_path):
        assert where.lon.tolist() == pytest.approx([LON, np.nan], nan_ok=True)
        assert where.lat.tolist() == pytest.approx([LAT, np.nan], nan_ok=True)


def test_what_is_no_number_among_others_is_missing() -> None:
    odd = [True, [1.0], {}, dt.date(2020, 1, 1), "0x10", "1_0", "True", None, pd.NaT]
    frame = pd.DataFrame({"lon": pd.Series([LON, *odd], dtype=object), "lat": LAT})
    assert find_places(frame).lon.notna().tolist() == [True] + [False] * len(odd)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("lon", "kind"),
    [
        ([True, False], "bool"),
        (pd.array([True, pd.NA], dtype="boolean"), "boolean"),
        (pd.Categorical([True, False]), "bool"),
        (pd.Series([pd.Timestamp("2020-01-01"), None]), "datetime64"),
        (pd.to_timedelta([1, 2]), "timedelta64"),
    ],
)
def test_what_cannot_be_degrees_is_refused(lon: object, kind: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"lon": lon, "lat": LAT})
    with pytest.raises(InputError, match=f"« lon » : des coordonnées sont attendues.*{kind}"):
        find_places(frame)
    if not isinstance(lon, pd.TimedeltaIndex):  # which a Parquet holds as numbers of its own
        with pytest.raises(InputError, match="« lon » : des coordonnées sont attendues"):
            of_file(frame, tmp_path)


@pytest.mark.parametrize(
    ("codes", "known"),
    [
        ([9122, 31555], ["09122", "31555"]),
        ([9122.0, None], ["09122", None]),
        (pd.array([9122, pd.NA], dtype="Int64"), ["09122", None]),
        (["09122", " "], ["09122", None]),
        (["9122.0", '="31555"'], ["09122", "31555"]),
        (pd.Categorical(["09122", None]), ["09122", None]),
        (pd.Categorical([9122, 31555]), ["09122", "31555"]),
        ([Decimal(9122), Decimal("31555.0")], ["09122", "31555"]),
        ([["09122"], []], ["09122", None]),
        ([["09122", "31555"], None], ["09122, 31555", None]),
        ([True, False], ["VRAI", "FAUX"]),
        (pd.Series([pd.Timestamp("2020-01-01"), None]), ["2020-01-01", None]),
        ([-9122, 123], ["-9122", "123"]),
        # Cut short, or with a zero lost? Nothing tells, or the others kept theirs.
        ([3155, 31555], ["3155", "31555"]),
        (["1004", "01005"], ["1004", "01005"]),
    ],
)
def test_codes_of_any_type_are_the_same_text(
    codes: object, known: list[str | None], tmp_path: Path
) -> None:
    frame = pd.DataFrame({"insee": codes})
    for where in both(frame, tmp_path):
        assert where.insee.tolist() == known


def test_the_name_beside_settles_a_code_on_four_digits(tmp_path: Path) -> None:
    frame = pd.DataFrame({"insee": [3155, 31555], "commune": ["Louroux-de-Beaune", "Toulouse"]})
    frame.loc[0, "insee"] = 3151
    for where in both(frame, tmp_path):
        assert where.insee.tolist() == ["03151", "31555"]


@pytest.mark.parametrize("named", [{}, {"lon": "lon", "lat": "lat"}, {"insee": "lon"}])
def test_two_columns_of_one_name_are_refused(named: dict[str, str]) -> None:
    frame = pd.DataFrame([[LON, LON, LAT]], columns=["lon", "lon", "lat"])
    with pytest.raises(InputError, match="plusieurs colonnes s'appellent « lon »"):
        find_places(frame, **named)


def test_a_system_that_leads_nowhere_is_refused() -> None:
    local = CRS.from_wkt('LOCAL_CS["chantier",UNIT["metre",1]]')
    with pytest.raises(InputError, match="rien ne mène du système « chantier » à des degrés"):
        find_places(gpd.GeoDataFrame(geometry=[Point(1, 2)], crs=local))


@pytest.mark.package_data
def test_a_frame_that_cannot_be_answered_is_refused(home: Path, store: Store) -> None:
    atlas = Atlas(store, Settings(home=home), dt.date(2025, 6, 1))
    twins = pd.DataFrame([["Foix", "09122", "31555"]], columns=["a", "i", "i"])
    with pytest.raises(InputError, match="plusieurs colonnes s'appellent « i »"):
        atlas.locate_many(twins, adresse="a", insee="i")
    with pytest.raises(InputError, match="on_invalid='non' : keep ou raise"):
        atlas.locate_many(twins[["a"]], adresse="a", on_invalid="non")  # type: ignore[arg-type]


@pytest.mark.package_data
def test_rows_without_a_point_say_so(home: Path, store: Store) -> None:
    shapes = [
        Point(LON, LAT), MultiPoint([(LON, LAT)]), Point(), None, LineString([(1, 43), (2, 43)]),
        MultiPoint([(LON, LAT), (2, 43)]), MultiPoint(), Point(np.nan, np.nan), Point(np.inf, 1),
    ]  # fmt: skip
    frame = gpd.GeoDataFrame({"id": range(len(shapes))}, geometry=np.array(shapes), crs=4326)
    out = Atlas(store, Settings(home=home), dt.date(2025, 6, 1)).locate_many(frame)
    assert out["zg_commune"].iloc[:2].tolist() == ["09122", "09122"]
    assert out["zg_erreur"].iloc[:2].isna().all()
    assert out["zg_erreur"].iloc[2:].tolist() == [NOT_A_POINT] * (len(shapes) - 2)

"""Bad files of places, for ``batch``: sound ones of each format, and what is wrong with others."""

from __future__ import annotations

import gzip
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from tests import hostile as bad
from tests.test_readers_tables import ods, xlsx

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile import Maker

POINTS = ((1.605, 42.965), (1.44, 43.6), (1.606, 42.966))
"""In Foix, Toulouse and Foix."""
FORMATS = ("csv", "xlsx", "ods", "parquet", "gpkg", "shp", "geojson", "fgb")


def table(**columns: list[object]) -> pd.DataFrame:
    """Give a frame of places, with columns in the place of its own."""
    own: dict[str, list[object]] = {
        "id": ["a", "b", "c"],
        "lon": [x for x, _ in POINTS],
        "lat": [y for _, y in POINTS],
    }
    return pd.DataFrame({**own, **columns})


def whole(kind: str) -> Maker:
    """Make a sound file of three places."""

    def make(folder: Path) -> Path:
        path, frame = folder / f"lieux.{kind}", table()
        rows = [list(frame.columns), *frame.to_numpy().tolist()]
        if kind == "csv":
            frame.to_csv(path, index=False)
        elif kind == "parquet":
            frame.to_parquet(path, index=False)
        elif kind in {"xlsx", "ods"}:
            return {"xlsx": lambda: xlsx(path, {"Lieux": rows}), "ods": lambda: ods(path, rows)}[
                kind
            ]()
        else:
            shapes = gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
            bad.written(gpd.GeoDataFrame(frame[["id"]], geometry=shapes), path)
        return path

    return make


def damaged(kind: str, damage: Callable[[bytes], bytes]) -> Maker:
    """Make a sound file and damage its bytes."""

    def make(folder: Path) -> Path:
        path = whole(kind)(folder)
        path.write_bytes(damage(path.read_bytes()))
        return path

    return make


def packed(kind: str) -> Maker:
    """Compress a sound file by gzip."""

    def make(folder: Path) -> Path:
        path = whole(kind)(folder)
        target = folder / f"{path.name}.gz"
        target.write_bytes(gzip.compress(path.read_bytes()))
        return target

    return make


def zipped(kind: str, inside: str = "") -> Maker:
    """Put a sound file in an archive."""

    def make(folder: Path) -> Path:
        target = folder / "envoi.zip"
        parts = bad.parts_of(whole(kind)(folder))
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in parts:
                archive.write(part, inside + part.name)
        return target

    return make


def renamed(kind: str, suffix: str) -> Maker:
    """Give a sound file the name of another format."""

    def make(folder: Path) -> Path:
        path = whole(kind)(folder)
        return path.rename(folder / f"faux.{suffix}")

    return make


def text(*rows: str, header: str = "id;lon;lat", **how: str) -> Maker:
    """Make a delimited text of some rows."""
    return bad.text("\n".join([header, *rows]) + "\n", "lieux.csv", **how)


def parquet(frame: Callable[[], pd.DataFrame], *, index: bool = False) -> Maker:
    """Make a Parquet file of a frame."""

    def make(folder: Path) -> Path:
        path = folder / "lieux.parquet"
        frame().to_parquet(path, index=index)
        return path

    return make


def layer(
    *shapes: shapely.Geometry | None, suffix: str = "gpkg", crs: str | None = "EPSG:4326"
) -> Maker:
    """Make a layer of shapes, missing ones too."""

    def make(folder: Path) -> Path:
        names = [f"lieu {n}" for n in range(len(shapes))]
        frame = gpd.GeoDataFrame({"nom": names}, geometry=np.array(shapes, dtype=object), crs=crs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a layer without a system
            return bad.written(frame, folder / f"lieux.{suffix}")

    return make

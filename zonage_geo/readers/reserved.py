"""A field called ``geometry``, which frames keep for shapes: it stays, under another name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from zonage_geo.readers.loaded import Loaded

__all__ = ["SHAPES", "field_names", "other_name", "read_frame", "renamed", "renaming"]

SHAPES = "geometry"
"""What frames call the column of shapes."""


def other_name(names: Collection[str]) -> str:
    """Name a field that is called as shapes are.

    Parameters
    ----------
    names : collection of str
        Of all the fields.

    Returns
    -------
    str
        ``geometry_2``, or the next that is free.
    """
    rank = 2
    while f"{SHAPES}_{rank}" in names:
        rank += 1
    return f"{SHAPES}_{rank}"


def renaming(new: str) -> str:
    """Say that a field has another name.

    Parameters
    ----------
    new : str
        That name.

    Returns
    -------
    str
        A French sentence.
    """
    return f"la colonne « {SHAPES} » s’appelle « {new} » : ce nom est celui des formes."


def field_names(names: Collection[str]) -> list[str]:
    """Give the names that the fields of a layer of shapes have once read.

    Parameters
    ----------
    names : collection of str
        As the layer has them.

    Returns
    -------
    list of str
        The same, but for one called as shapes are.
    """
    return [other_name(names) if name == SHAPES else name for name in names]


def read_frame(where: str | bytes, **options: Any) -> tuple[pd.DataFrame, str]:  # noqa: ANN401
    """Read features as pyogrio does, and the field that it loses.

    Parameters
    ----------
    where : str or bytes
        What GDAL opens, or the content of a GeoJSON.
    **options
        As ``pyogrio.read_dataframe`` takes them.

    Returns
    -------
    DataFrame or GeoDataFrame
        A field called ``geometry`` has the name of `other_name`, last before the shapes.
    str
        That name; empty where there is no such field.
    """
    frame = pyogrio.read_dataframe(where, **options)
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame, ""
    if isinstance(where, bytes) and where.count(f'"{SHAPES}"'.encode()) <= len(frame):
        return frame, ""  # a member a feature: no property has that name
    told = {key: options[key] for key in ("layer", "encoding") if key in options}
    names = [str(name) for name in pyogrio.read_info(where, **told)["fields"]]
    if SHAPES not in names:
        return frame, ""
    mine = {**options, "columns": [SHAPES], "read_geometry": False}
    field = pyogrio.read_dataframe(where, **mine)[SHAPES]
    shapes = str(frame.geometry.name)
    new = other_name(names)
    out = frame.assign(**{new: field.to_numpy()})
    return out[[*(name for name in out.columns if name != shapes), shapes]], new


def renamed(loaded: Loaded) -> Loaded:
    """Give another name to a table's column that is called as shapes are.

    Parameters
    ----------
    loaded : Loaded
        As a reader gives it; its report gets a line.

    Returns
    -------
    Loaded
        The same, where no column is called so.
    """
    frame, report = loaded
    if isinstance(frame, gpd.GeoDataFrame) or SHAPES not in frame.columns:
        return loaded
    new = other_name([str(name) for name in frame.columns])
    report.add(None, SHAPES, "colonne renommée", renaming(new))
    return Loaded(frame.rename(columns={SHAPES: new}), report)

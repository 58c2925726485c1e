"""Where the rows of a frame are: points, columns of degrees, or commune codes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from zonage_geo.errors import InputError
from zonage_geo.many.codes import code_texts, names_beside, with_zeros
from zonage_geo.readers.codes import cell_texts
from zonage_geo.readers.columns import commune_codes
from zonage_geo.readers.zeros import zeros_of

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LAT", "LON", "Where", "coordinates", "find_places", "only_column"]

LON = ("lon", "longitude", "lng", "long", "x_wgs84", "x")
LAT = ("lat", "latitude", "y_wgs84", "y")


class Where(NamedTuple):
    """How the rows of a frame say where they are.

    Attributes
    ----------
    lon, lat : Series or None
        Degrees, EPSG:4326.
    insee : Series or None
        Commune codes, as text; None where there is none.
    """

    lon: pd.Series | None = None
    lat: pd.Series | None = None
    insee: pd.Series | None = None


def find_places(
    frame: pd.DataFrame,
    *,
    lon: str | None = None,
    lat: str | None = None,
    insee: str | None = None,
) -> Where:
    """Find where the rows of a frame are.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        With points of any declared system; or columns of longitudes and latitudes (EPSG:4326);
        or a column of commune codes.
    lon, lat, insee : str, optional
        Names of those columns; found by their names otherwise. One called just ``code`` is
        taken where its values are commune codes.

    Returns
    -------
    Where
        Points, or codes.

    Raises
    ------
    InputError
        If there is no such column, or two of that name; if coordinates are no numbers; if the
        points' system is not declared, or nothing leads from it to degrees.
    """
    _check_named(frame, {"lon": lon, "lat": lat, "insee": insee})
    if (lon is None) != (lat is None):
        raise InputError("lon et lat vont ensemble : nommez les deux colonnes.")
    if insee is not None:
        return Where(insee=_codes(frame, insee))
    if lon is not None and lat is not None:
        return Where(_numbers(frame, lon), _numbers(frame, lat))
    if getattr(frame, "_geometry_column_name", None) in frame.columns:
        return _of_geometry(frame)
    found = {
        role: next((c for c in frame.columns if str(c).casefold() in names), None)
        for role, names in (("lon", LON), ("lat", LAT))
    }
    if found["lon"] is not None and found["lat"] is not None:
        return Where(_numbers(frame, found["lon"]), _numbers(frame, found["lat"]))
    codes = commune_codes(pd.DataFrame(frame))
    if codes is not None:
        return Where(insee=_codes(frame, codes))
    raise InputError(
        "aucune colonne de coordonnées (lon et lat, en degrés) ni de codes commune (insee) : "
        f"nommez-les. Colonnes : {', '.join(map(str, frame.columns))}."
    )


def _check_named(frame: pd.DataFrame, named: dict[str, str | None]) -> None:
    for role, column in named.items():
        if column is not None and column not in frame.columns:
            raise InputError(
                f"{role} : pas de colonne « {column} ». Colonnes : "
                f"{', '.join(map(str, frame.columns))}."
            )


def only_column(frame: pd.DataFrame, name: Hashable) -> pd.Series:
    """Give the column of a name.

    Parameters
    ----------
    frame : DataFrame
        That has it.
    name : Hashable
        Its name.

    Returns
    -------
    Series
        The column.

    Raises
    ------
    InputError
        If several have that name.
    """
    column = frame[name]
    if column.ndim > 1:  # two columns of that name
        raise InputError(f"plusieurs colonnes s'appellent « {name} » : renommez-les.")
    return column


def _codes(frame: pd.DataFrame, name: Hashable) -> pd.Series:
    """Read codes, with the zeros that their column lost."""
    texts = code_texts(only_column(frame, name))
    beside = names_beside(frame.columns, name)
    noms = [""] * len(texts)
    if beside is not None:
        noms = cell_texts(frame.loc[:, frame.columns == beside].iloc[:, 0])
    distinct = list(dict.fromkeys(zip(texts, noms, strict=True)))
    zeros = zeros_of([text for text, _ in distinct], [nom for _, nom in distinct])
    return pd.Series(with_zeros(texts, noms, zeros), frame.index, dtype=object, name=name)


def _numbers(frame: pd.DataFrame, name: Hashable) -> pd.Series:
    """Read numbers, with a decimal comma too; what is none is missing."""
    column = only_column(frame, name)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    kind = column.dtype
    types = pd.api.types
    are_none = types.is_bool_dtype(kind) or types.is_complex_dtype(kind)
    if types.is_object_dtype(kind) or types.is_string_dtype(kind):
        column = column.astype("string").str.strip().str.replace(",", ".")
    elif column.isna().all():
        column = pd.Series(np.nan, frame.index, name=name)
    elif are_none or not types.is_numeric_dtype(kind):
        raise InputError(
            f"« {name} » : des coordonnées sont attendues, et ce sont des valeurs d'un autre type "
            f"({kind}). Nommez les bonnes colonnes."
        )
    return pd.to_numeric(column, errors="coerce").astype("float64")


def _of_geometry(frame: pd.DataFrame) -> Where:
    points: gpd.GeoSeries = frame.geometry  # type: ignore[assignment]
    if points.crs is None:
        raise InputError(
            "le système de coordonnées des points n'est pas déclaré : frame.set_crs('EPSG:4326'), "
            "ou 2154 pour des mètres en Lambert-93."
        )
    try:
        degrees = points.to_crs(4326)
    except ProjError as error:
        raise InputError(
            f"rien ne mène du système « {points.crs.name} » à des degrés : déclarez le bon, "
            "frame.set_crs('EPSG:2154', allow_override=True) par exemple."
        ) from error
    lon, lat = coordinates(degrees.to_numpy())
    return Where(pd.Series(lon, index=frame.index), pd.Series(lat, index=frame.index))


def coordinates(shapes: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the coordinates of points, and of sets of one point, which some software writes.

    Parameters
    ----------
    shapes : ndarray of geometry
        In any system; some may be missing.

    Returns
    -------
    tuple of ndarray of float64
        The x and y in that system; NaN for what is no point, or an empty one.
    """
    points = np.array(shapes, dtype=object)
    alone = shapely.get_type_id(points) == shapely.GeometryType.MULTIPOINT
    alone &= shapely.get_num_geometries(points) == 1
    points[alone] = shapely.get_geometry(points[alone], 0)
    kept = shapely.get_type_id(points) == shapely.GeometryType.POINT
    points[~kept | shapely.is_empty(points)] = None  # an empty point has no x to be asked for
    return shapely.get_x(points), shapely.get_y(points)

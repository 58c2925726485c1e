"""Where the rows of a file are: which columns, which system, and whether they can be right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from zonage_geo.batch.codes import codes_and_names
from zonage_geo.batch.model import Asked, Chunk, Floats, Input
from zonage_geo.batch.parquet import shapes_of
from zonage_geo.errors import InputError
from zonage_geo.many.codes import names_beside, with_zeros
from zonage_geo.many.places import Where, coordinates, find_places
from zonage_geo.readers import ReadError
from zonage_geo.readers.crs import WGS84, in_france, pick_crs
from zonage_geo.readers.zeros import Zeros

__all__ = ["Finder"]


class _Named(NamedTuple):
    """The columns that say where rows are; none of them: shapes do."""

    lon: str | None = None
    lat: str | None = None
    insee: str | None = None


class Finder:
    """Find where rows are.

    Parameters
    ----------
    source : Input
        The file.
    asked : Asked
        Its columns and its system, where they are named.
    trusted : bool
        Whether other rows of the file were looked at already.

    Raises
    ------
    InputError
        If nothing says where rows are.
    """

    def __init__(self, source: Input, asked: Asked, *, trusted: bool = False) -> None:
        self._source = source
        self._given = asked.crs
        self._named = _columns(source, asked)
        self._by_columns = any(column is not None for column in self._named)
        self._checked = trusted
        if self._named.insee is not None and asked.crs is not None:
            raise ReadError(
                source.name, "--crs n’a pas de sens avec des codes commune", "Retirez --crs."
            )
        self._zeros = asked.zeros or source.zeros
        self._crs = _given(source.name, asked.crs)
        if self._crs is None and not self._by_columns:
            self._crs = source.crs
        self._to_degrees: Transformer | None = None
        if self._crs is not None and self._crs != CRS.from_user_input(WGS84):
            self._to_degrees = _transformer(source.name, self._crs)

    @property
    def named(self) -> list[str]:
        """The columns that are read; none where shapes are."""
        return [name for name in self._named if name is not None]

    @property
    def coded(self) -> str | None:
        """The column of commune codes; None where rows are points."""
        return self._named.insee

    def settled(self, asked: Asked) -> Asked:
        """Name the columns that were found, for those who see other rows of the file.

        Parameters
        ----------
        asked : Asked
            As it was asked.

        Returns
        -------
        Asked
            With them.
        """
        return asked._replace(**self._named._asdict(), zeros=self._zeros)

    def where(self, chunk: Chunk) -> Where:
        """Find where some rows are.

        Parameters
        ----------
        chunk : Chunk
            Rows of the file.

        Returns
        -------
        Where
            Codes, or degrees in EPSG:4326; by position.

        Raises
        ------
        ReadError
            If, in the first chunk that tells, coordinates cannot be in their system.
        """
        wanted = self.named
        if wanted:
            if self._named.insee is not None:
                return self._coded(chunk, self._named.insee)
            found = find_places(chunk.select(wanted), **self._named._asdict())
            assert found.lon is not None and found.lat is not None  # noqa: PT018, S101
            x, y = found.lon.to_numpy(np.float64), found.lat.to_numpy(np.float64)
        else:
            x, y = self._of_shapes(chunk)
        tells = not self._checked and bool((np.isfinite(x) & np.isfinite(y)).any())
        if tells:
            self._refuse_system(x, y)
        if self._to_degrees is not None:
            x, y = (np.asarray(v, np.float64) for v in self._to_degrees.transform(x, y))
            gone = ~(np.isfinite(x) & np.isfinite(y))
            x, y = np.where(gone, np.nan, x), np.where(gone, np.nan, y)
        if tells:
            self._refuse_swapped(x, y)
            self._checked = True
        return Where(pd.Series(x), pd.Series(y))

    def _coded(self, chunk: Chunk, column: str) -> Where:
        """Give codes, with the zeros that the file lost."""
        texts, noms = codes_and_names(chunk, column, names_beside(self._source.columns, column))
        return Where(insee=pd.Series(with_zeros(texts, noms, self._zeros or Zeros()), dtype=object))

    def _of_shapes(self, chunk: Chunk) -> tuple[Floats, Floats]:
        shapes = chunk.shapes
        if shapes is None:
            assert self._source.geometry is not None  # noqa: S101  (the file has shapes)
            assert not isinstance(chunk.data, pd.DataFrame)  # noqa: S101
            shapes = shapes_of(chunk.data, self._source.geometry)
        kinds = shapely.get_type_id(shapes)
        x, y = coordinates(shapes)
        if (kinds >= 0).any() and not (
            (kinds == shapely.GeometryType.POINT) | np.isfinite(x)
        ).any():
            raise ReadError(
                self._source.name,
                "des points sont attendus, et ce sont d’autres géométries",
                "Donnez la couche des points ; ou la colonne des codes commune (--insee).",
            )
        return x, y

    def _refuse_system(self, x: Floats, y: Floats) -> None:
        """Refuse coordinates that are not of the system said; no outlier decides."""
        fine = np.isfinite(x) & np.isfinite(y)
        middle = float(np.median(x[fine])), float(np.median(y[fine]))
        in_degrees = abs(middle[0]) <= 180 and abs(middle[1]) <= 180
        if self._crs is None and self._by_columns:
            if not in_degrees:
                raise ReadError(
                    self._source.name,
                    f"« {self._named.lon} » et « {self._named.lat} » ne sont pas des degrés "
                    f"(x vers {middle[0]:.0f}, y vers {middle[1]:.0f})",
                    "Dites leur système : --crs EPSG:2154 pour du Lambert-93.",
                )
            return
        declared = None if self._by_columns else self._source.crs
        pick_crs(declared, self._given, (*middle, *middle), self._source.name)

    def _refuse_swapped(self, lon: Floats, lat: Floats) -> None:
        """Refuse rows that are in France only with their coordinates the other way round."""
        fine = np.isfinite(lon) & np.isfinite(lat)
        right = in_france(np.column_stack([lon, lat, lon, lat])[fine]).sum()
        wrong = in_france(np.column_stack([lat, lon, lat, lon])[fine]).sum()
        if right * 2 < fine.sum() <= wrong * 2:
            what = "Vérifiez --lon et --lat" if self._named.lon else "Mettez x = longitude"
            raise ReadError(self._source.name, "latitude et longitude sont échangées", f"{what}.")


def _given(file: str, text: str | None) -> CRS | None:
    if text is None:
        return None
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise ReadError(
            file, f"système de coordonnées « {text} » inconnu", "Par exemple : --crs EPSG:2154."
        ) from error


def _transformer(file: str, crs: CRS) -> Transformer:
    try:
        return Transformer.from_crs(crs, WGS84, always_xy=True)
    except ProjError as error:
        raise ReadError(
            file,
            f"rien ne mène du système « {crs.name} » à des degrés",
            "Donnez le bon avec --crs.",
        ) from error


def _columns(source: Input, asked: Asked) -> _Named:
    """Choose the columns: those that are named, else shapes, else those whose name tells."""
    named = _Named(asked.lon, asked.lat, asked.insee)
    if asked.insee is not None and (asked.lon, asked.lat) != (None, None):
        raise InputError("--insee ne va pas avec --lon et --lat : choisissez.")
    if (asked.lon is None) != (asked.lat is None):
        raise InputError("--lon et --lat vont ensemble : nommez les deux colonnes.")
    for option, column in named._asdict().items():
        if column is not None and column not in source.columns:
            raise ReadError(
                source.name, f"pas de colonne « {column} » (--{option})", _told(source.columns)
            )
    if any(column is not None for column in named):
        return named
    if source.shaped:
        return named
    try:
        where = find_places(source.head())
    except InputError as error:
        raise ReadError(
            source.name,
            "rien ne dit où sont les lignes. Il faut deux colonnes de coordonnées en degrés "
            "(--lon COL --lat COL), une colonne de codes commune INSEE (--insee COL) ou des "
            "adresses (--adresse COL, --code-postal COL, --ville COL)",
            _told(source.columns),
        ) from error
    names = (None if s is None else str(s.name) for s in (where.lon, where.lat, where.insee))
    return _Named(*names)


def _told(columns: tuple[str, ...]) -> str:
    return f"Colonnes : {', '.join(columns)}."

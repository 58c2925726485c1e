"""Files of answers, written chunk by chunk: text, GeoPackage, GeoJSON, workbooks."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, TextIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from zonage_geo.batch.model import Answered, Input, Shapes, joined, objects, require
from zonage_geo.batch.parquet import ParquetOutput
from zonage_geo.batch.textout import TextOutput
from zonage_geo.colophon.facts import Facts
from zonage_geo.colophon.formats import write_sheet, write_table, write_text
from zonage_geo.errors import InputError
from zonage_geo.readers.cells import as_text
from zonage_geo.readers.codes import cell_texts
from zonage_geo.readers.reserved import other_name

__all__ = ["SUFFIXES", "Output", "open_output"]

EXCEL_ROWS = 1_048_576
EXCEL_WHOLE = 10**15
_LARGEST = 2**63 - 1
_DEGREES = 7
"""Decimals of degrees in GeoJSON: a centimetre."""


class Output(Protocol):
    """A file that is written chunk by chunk."""

    def write(self, answered: Answered) -> None:
        """Write some rows.

        Parameters
        ----------
        answered : Answered
            Rows and their answers.
        """

    def finish(self, facts: Facts) -> None:
        """Write what is left to write.

        Parameters
        ----------
        facts : Facts
            What the file says of itself.
        """

    def release(self) -> None:
        """Let the file go, finished or not."""


def open_output(path: Path, suffix: str, source: Input) -> Output:
    """Open a file to be written.

    Parameters
    ----------
    path : Path
        Where to write.
    suffix : str
        One of `SUFFIXES`.
    source : Input
        What is read: text is written the same way.

    Returns
    -------
    Output
        Nothing is certain to be on disk before it is finished and released.

    Raises
    ------
    InputError
        If the format needs what is not installed.
    """
    return SUFFIXES[suffix](path, source)


class GeoPackageOutput:
    """A GeoPackage of points in EPSG:4326, or a table where rows are given by codes.

    Parameters
    ----------
    path : Path
        Where to write.
    source : Input
        What is read.
    """

    layer = "zonages"

    def __init__(self, path: Path, source: Input) -> None:
        self._path = path
        self._source = source
        self._started = False

    def write(self, answered: Answered) -> None:
        """Write some rows.

        Parameters
        ----------
        answered : Answered
            Rows and their answers.
        """
        frame = _as_attributes(joined(answered, self._source))
        options: dict[str, Any] = {}
        if answered.lon is not None and answered.lat is not None:
            points = _points(answered.lon, answered.lat)
            own = "geometry" if "geometry" not in frame else other_name(frame.columns)
            shapes = gpd.GeoSeries(points, index=frame.index, crs="EPSG:4326")
            frame = gpd.GeoDataFrame(frame.assign(**{own: shapes}), geometry=own)
            options["geometry_type"] = "Point"
        names = {str(name).casefold() for name in frame.columns}
        if not self._started:
            _refuse_twins(frame)
            fid, geom = ("zg_fid" if "fid" in names else "fid"), "geom"
            options["layer_options"] = {"FID": fid}
            if "geometry_type" in options:
                options["layer_options"]["GEOMETRY_NAME"] = "zg_geom" if geom in names else geom
        pyogrio.write_dataframe(
            frame,
            self._path,
            layer=self.layer,
            driver="GPKG",
            append=self._started,
            **options,
        )
        self._started = True

    def finish(self, facts: Facts) -> None:
        """Write the table of sources.

        Parameters
        ----------
        facts : Facts
            What the file says of itself.
        """
        write_table(self._path, facts)

    def release(self) -> None:
        """Let the file go: it is open only while rows are written."""


def _refuse_twins(frame: pd.DataFrame) -> None:
    """Refuse columns that a GeoPackage takes for one."""
    seen: dict[str, str] = {}
    for name in map(str, frame.columns):
        twin = seen.setdefault(name.casefold(), name)
        if twin != name:
            raise InputError(
                f"colonnes « {twin} » et « {name} » : un GeoPackage ne distingue pas les "
                "majuscules. Renommez la vôtre, ou choisissez une sortie en .csv ou .parquet."
            )


def _points(lon: np.ndarray[Any, Any], lat: np.ndarray[Any, Any]) -> Shapes:
    points = np.asarray(shapely.points(lon, lat), dtype=object)
    points[~(np.isfinite(lon) & np.isfinite(lat))] = None
    return points


def _as_attributes(frame: pd.DataFrame) -> pd.DataFrame:
    """Make attributes that GDAL takes: text, numbers, booleans, dates."""
    out = {}
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = pd.Series(objects(column, None), index=frame.index, dtype=object)
        elif column.dtype == np.float16:
            column = column.astype(np.float32)
        elif column.dtype == object or _is_beyond_gdal(column):
            texts = [text or None for text in cell_texts(column)]
            column = pd.Series(texts, index=frame.index, dtype=object)
        out[str(name)] = column
    return pd.DataFrame(out, index=frame.index)


def _is_beyond_gdal(column: pd.Series) -> bool:
    """Tell whether GDAL has no type for a column: durations, integers of more than 63 bits."""
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        return True
    return column.dtype in ("uint64", "UInt64") and bool(
        (column > _LARGEST).fillna(value=False).any()
    )


class GeoJSONOutput:
    """GeoJSON: one feature a line.

    Parameters
    ----------
    path : Path
        Where to write.
    source : Input
        What is read.
    """

    def __init__(self, path: Path, source: Input) -> None:
        self._path = path
        self._stream: TextIO = path.open("w", encoding="utf-8", newline="\n")
        self._stream.write('{"type": "FeatureCollection", "features": [')
        self._source = source
        self._first = True

    def write(self, answered: Answered) -> None:
        """Write some rows.

        Parameters
        ----------
        answered : Answered
            Rows and their answers.
        """
        frame = _as_attributes(joined(answered, self._source))
        names = [str(name) for name in frame.columns]
        columns = [_json_values(frame[name]) for name in names]
        points: list[dict[str, Any] | None] = [None] * len(frame)
        if answered.lon is not None and answered.lat is not None:
            points = [
                {"type": "Point", "coordinates": [round(x, _DEGREES), round(y, _DEGREES)]}
                if np.isfinite(x) and np.isfinite(y)
                else None
                for x, y in zip(answered.lon.tolist(), answered.lat.tolist(), strict=True)
            ]
        rows = zip(*columns, strict=True) if columns else iter(())
        for point, values in zip(points, rows, strict=True):
            properties = dict(zip(names, values, strict=True))
            feature = {"type": "Feature", "properties": properties, "geometry": point}
            text = json.dumps(feature, ensure_ascii=False, allow_nan=False, default=as_text)
            self._stream.write(f"{'' if self._first else ','}\n{text}")
            self._first = False

    def finish(self, facts: Facts) -> None:
        """Close what JSON opened, and write the text that goes beside.

        Parameters
        ----------
        facts : Facts
            What the file says of itself.
        """
        self._stream.write("\n]}\n")
        write_text(self._path, facts)

    def release(self) -> None:
        """Close the file."""
        self._stream.close()


def _json_values(column: pd.Series) -> list[Any]:
    """Give a column's values as JSON has them: what is infinite is a text."""
    values = objects(column, None)
    if not pd.api.types.is_float_dtype(column.dtype):
        return values
    return [v if v is None or np.isfinite(v) else as_text(v) for v in values]


class WorkbookOutput:
    """A workbook, its text as text.

    Parameters
    ----------
    path : Path
        Where to write.
    source : Input
        What is read.
    """

    def __init__(self, path: Path, source: Input) -> None:
        openpyxl = require("openpyxl", "openpyxl", "écrire un classeur")
        self._openpyxl = openpyxl
        self._cell = openpyxl.cell.WriteOnlyCell
        self._illegal = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet("zonages")
        self._sheet.freeze_panes = "A2"
        self._path = path
        self._source = source
        self._rows = 0
        self._saved = False

    def write(self, answered: Answered) -> None:
        """Write some rows.

        Parameters
        ----------
        answered : Answered
            Rows and their answers.

        Raises
        ------
        InputError
            If a sheet cannot hold so many.
        """
        frame = joined(answered, self._source)
        if not self._rows:
            self._sheet.append([self._value(str(name)) for name in frame.columns])
            self._rows = 1
        self._rows += len(frame)
        if self._rows > EXCEL_ROWS:
            raise InputError(
                f"une feuille de calcul n'a que {EXCEL_ROWS:,} lignes".replace(",", "\u202f")
                + " : choisissez une sortie en .csv, .parquet ou .gpkg."
            )
        columns = [objects(frame.iloc[:, rank], None) for rank in range(frame.shape[1])]
        for values in zip(*columns, strict=True):
            self._sheet.append([self._value(value) for value in values])

    def _value(self, value: Any) -> Any:  # noqa: ANN401  (openpyxl has no types)
        if value is None or _is_number(value) or _is_moment(value):
            return value
        text = self._illegal.sub("", as_text(value))
        if not text.startswith("="):
            return text
        cell = self._cell(self._sheet, text)
        cell.data_type = "s"  # a text, which openpyxl takes for a formula
        return cell

    def finish(self, facts: Facts) -> None:
        """Save the workbook, with a sheet of sources.

        Parameters
        ----------
        facts : Facts
            What the file says of itself.
        """
        write_sheet(self._book, facts, self._openpyxl)
        self._saved = True  # whatever comes of it: it cannot be saved twice
        packed = BytesIO()  # a zip that a full disk cut short complains once more when it is freed
        self._book.save(packed)
        self._path.write_bytes(packed.getbuffer())

    def release(self) -> None:
        """Let the sheet go, where it was not saved."""
        if not self._saved:
            self._sheet.close()


def _is_number(value: object) -> bool:
    """Tell a number that a workbook can hold: finite, whole ones of 15 figures at most."""
    if isinstance(value, float):
        return bool(np.isfinite(value))
    return isinstance(value, int) and abs(value) < EXCEL_WHOLE


def _is_moment(value: object) -> bool:
    """Tell a date or a time that a workbook can hold: without a zone, since 1900."""
    if isinstance(value, dt.time):
        return value.tzinfo is None
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return False
    return isinstance(value, dt.date) and value.year > 1900


SUFFIXES: Mapping[str, Callable[[Path, Input], Output]] = {
    ".csv": TextOutput,
    ".parquet": ParquetOutput,
    ".gpkg": GeoPackageOutput,
    ".xlsx": WorkbookOutput,
    ".geojson": GeoJSONOutput,
}
"""What writes a file, by the end of its name."""

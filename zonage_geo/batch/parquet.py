"""Parquet in and out, GeoParquet too: batches of rows, text as dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from zonage_geo.batch.model import Answered, Asked, Chunk, Input, Shapes, require
from zonage_geo.colophon.facts import Facts
from zonage_geo.colophon.formats import without_key, write_key
from zonage_geo.readers import ReadError
from zonage_geo.readers.codes import cell_texts

if TYPE_CHECKING:
    import pyarrow as pa
    from pyproj import CRS

__all__ = ["ParquetOutput", "groups_of", "open_parquet", "shapes_of"]

_GEO = b"geo"
_PLAIN_CRS = "OGC:CRS84"
"""The system of a GeoParquet that names none: longitudes and latitudes."""


def _pyarrow() -> Any:  # noqa: ANN401  (a module)
    require("pyarrow.parquet", "pyarrow", "un fichier Parquet")
    return require("pyarrow", "pyarrow", "un fichier Parquet")


def open_parquet(path: Path, asked: Asked, groups: Sequence[int] | None = None) -> Input:
    """Open a Parquet file.

    Parameters
    ----------
    path : Path
        The file.
    asked : Asked
        Rows at a time.
    groups : sequence of int, optional
        The groups of rows to read; all of them by default.

    Returns
    -------
    Input
        Chunks are tables that keep every column of the file.

    Raises
    ------
    ReadError
        If it cannot be read, or holds shapes in a way that is not read.
    InputError
        If pyarrow is not installed.
    """
    pa = _pyarrow()
    try:
        file = pa.parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(
            path.name,
            f"fichier illisible ({' '.join(str(error).split())[:200]})",
            "Il est abîmé ou incomplet : demandez-le ou téléchargez-le de nouveau.",
        ) from error
    with file:
        schema = file.schema_arrow
        metadata = file.metadata
    every = list(range(metadata.num_row_groups))
    wanted = every if groups is None else list(groups)
    column, crs = _geometry(schema, path.name)

    def chunks() -> Iterator[Chunk]:
        empty = True
        with pa.parquet.ParquetFile(path) as opened:
            for batch in opened.iter_batches(asked.chunk, row_groups=wanted):
                yield Chunk(pa.Table.from_batches([batch]))
                empty = False
        if empty:
            yield Chunk(schema.empty_table())

    return Input(
        name=path.name,
        columns=tuple(name for name in schema.names if name != column),
        chunks=chunks,
        rows=sum(metadata.row_group(group).num_rows for group in wanted),
        shaped=column is not None,
        crs=crs,
        geometry=column,
        schema=schema,
    )


def groups_of(path: Path, rows: int) -> list[list[int]]:
    """Cut a file into runs of groups of rows, for several processes.

    Parameters
    ----------
    path : Path
        A Parquet file.
    rows : int
        How many rows a run has at least, but for the last.

    Returns
    -------
    list of list of int
        In order.
    """
    metadata = _pyarrow().parquet.read_metadata(path)
    runs: list[list[int]] = [[]]
    held = 0
    for group in range(metadata.num_row_groups):
        if held >= rows:
            runs.append([])
            held = 0
        runs[-1].append(group)
        held += metadata.row_group(group).num_rows
    return runs


def _geometry(schema: pa.Schema, file: str) -> tuple[str | None, CRS | None]:
    """Find the column of shapes of a GeoParquet, and their system."""
    from pyproj import CRS

    content = (schema.metadata or {}).get(_GEO)
    if content is None:
        return None, None
    geo = json.loads(content)
    name = str(geo.get("primary_column", "geometry"))
    column = geo.get("columns", {}).get(name)
    if column is None or name not in schema.names:
        return None, None
    if column.get("encoding") != "WKB":
        raise ReadError(
            file,
            f"géométries encodées en {column.get('encoding')}",
            "Enregistrez-les en WKB (GeoDataFrame.to_parquet).",
        )
    crs = column.get("crs", _PLAIN_CRS)
    return name, None if crs is None else CRS.from_user_input(crs)


def shapes_of(table: pa.Table, column: str) -> Shapes:
    """Give the shapes of a table.

    Parameters
    ----------
    table : pyarrow.Table
        Rows.
    column : str
        Which holds them, as WKB.

    Returns
    -------
    ndarray of object
        None where there is none.
    """
    blobs = table.column(column).to_numpy()
    return np.asarray(shapely.from_wkb(blobs, on_invalid="ignore"), dtype=object)


class ParquetOutput:
    """A Parquet file that is written chunk by chunk.

    Columns of text that are added are dictionaries; those of the input are as they came.

    Parameters
    ----------
    path : Path
        Where to write.
    source : Input
        What is read.
    """

    def __init__(self, path: Path, source: Input) -> None:
        self._pa = _pyarrow()
        self._path = path
        self._source = source
        self._writer: Any = None
        self._schema: Any = None

    def write(self, answered: Answered) -> None:
        """Write some rows.

        Parameters
        ----------
        answered : Answered
            Rows and their answers.
        """
        table = self._body(answered)
        for name in answered.added.columns:
            column = _dictionary(self._pa, answered.added[name])
            table = table.append_column(str(name), column)
        if self._writer is None:
            self._schema = without_key(table.schema)
            texts = [f.name for f in table.schema if not self._pa.types.is_floating(f.type)]
            self._writer = self._pa.parquet.ParquetWriter(
                self._path, self._schema, compression="zstd", use_dictionary=texts
            )
        self._writer.write_table(table.cast(self._schema))

    def _body(self, answered: Answered) -> pa.Table:
        """Give the input's columns, without those that are added again."""
        data = answered.chunk.data
        if isinstance(data, pd.DataFrame):
            data = self._typed(data)
            if answered.chunk.shapes is not None:
                data = self._with_points(data, answered)
        clash = [name for name in answered.added.columns if name in data.column_names]
        return data.drop_columns(clash) if clash else data

    def _typed(self, frame: pd.DataFrame) -> pa.Table:
        """Make a table of a frame whose columns of objects are text."""
        pa = self._pa
        arrays = []
        for name in frame.columns:
            column = frame[name]
            if column.dtype == object:
                texts = [text or None for text in cell_texts(column)]
                arrays.append(pa.array(texts, pa.string()))
            else:
                arrays.append(pa.Array.from_pandas(column))
        return pa.table(arrays, names=list(map(str, frame.columns)))

    def _with_points(self, table: pa.Table, answered: Answered) -> pa.Table:
        """Add the points, as GeoParquet has them."""
        if answered.lon is None or answered.lat is None:
            return table
        points = np.asarray(shapely.points(answered.lon, answered.lat), dtype=object)
        points[~(np.isfinite(answered.lon) & np.isfinite(answered.lat))] = None
        column = {"encoding": "WKB", "geometry_types": ["Point"]}
        geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
        blobs = self._pa.array(shapely.to_wkb(points), self._pa.binary())
        table = table.append_column("geometry", blobs)
        return table.replace_schema_metadata({_GEO: json.dumps(geo).encode()})

    def finish(self, facts: Facts) -> None:
        """Add the metadata.

        Parameters
        ----------
        facts : Facts
            What the file says of itself.
        """
        if self._writer is not None:
            self._writer.add_key_value_metadata(write_key(facts))

    def release(self) -> None:
        """Write the file's footer and close it."""
        if self._writer is not None:
            self._writer.close()


def _dictionary(pa: Any, column: pd.Series) -> Any:  # noqa: ANN401  (pyarrow has no types)
    """Make an array of a column that is added: text of a dictionary, or numbers."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pa.array(column.to_numpy(np.float64), from_pandas=True)
    codes = column.cat.codes.to_numpy(np.int32)
    texts = pa.array(list(column.cat.categories), pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), texts)

"""What goes through a batch: what is asked, a file's chunks, a chunk answered."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zonage_geo.errors import InputError
from zonage_geo.readers.zeros import Zeros

if TYPE_CHECKING:
    import pyarrow as pa
    from pyproj import CRS

__all__ = [
    "CHUNK",
    "Answered",
    "Asked",
    "Chunk",
    "Input",
    "Progress",
    "joined",
    "kept",
    "objects",
    "plain",
    "require",
]

CHUNK = 200_000
"""Rows read, answered and written at a time: some hundreds of megabytes."""

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
Progress = Callable[[int, int | None], None]
"""Told of rows done, and of how many there are where that is known."""


class Asked(NamedTuple):
    """What a batch is asked.

    Attributes
    ----------
    lon, lat, insee : str or None
        Columns that say where rows are; found by their names otherwise.
    crs : str or None
        System of the coordinates, where the file does not say it or is wrong.
    encoding, sheet, layer : str or None
        How the file reads, as ``readers.read`` takes them.
    verdicts : bool
        Verdicts as `locate` gives them, or bare memberships.
    chunk : int
        Rows at a time.
    threads : int or None
        For the indexes; one a core where None.
    adresse : tuple of str
        Columns of addresses, put end to end; found by their names otherwise.
    code_postal, ville : str or None
        Those of the postal code and of the commune's name.
    zeros : Zeros or None
        What the codes of the file tell of their zeros; told by its first rows where None.
    """

    lon: str | None = None
    lat: str | None = None
    insee: str | None = None
    crs: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    layer: str | None = None
    verdicts: bool = True
    chunk: int = CHUNK
    threads: int | None = None
    adresse: tuple[str, ...] = ()
    code_postal: str | None = None
    ville: str | None = None
    zeros: Zeros | None = None


class Chunk(NamedTuple):
    """Some rows of a file.

    Attributes
    ----------
    data : DataFrame or pyarrow.Table
        Their attributes; a table keeps every column of its file, shapes included.
    shapes : ndarray of object, optional
        Their shapes, in the file's system.
    """

    data: pd.DataFrame | pa.Table
    shapes: Shapes | None = None

    def frame(self, but: str | None = None) -> pd.DataFrame:
        """Give the attributes as a frame.

        Parameters
        ----------
        but : str, optional
            A column to leave out: that of the shapes.

        Returns
        -------
        DataFrame
            Integers stay integers where some are missing.
        """
        if isinstance(self.data, pd.DataFrame):
            return self.data
        return self.select([name for name in self.data.column_names if name != but])

    def select(self, names: list[str]) -> pd.DataFrame:
        """Give some of the attributes as a frame.

        Parameters
        ----------
        names : list of str
            Which.

        Returns
        -------
        DataFrame
            As `frame` gives them.
        """
        if isinstance(self.data, pd.DataFrame):
            return self.data[names]
        return plain(self.data.select(names))


@dataclass(frozen=True, slots=True)
class Input:
    """A file that is read chunk by chunk.

    Attributes
    ----------
    name : str
        What messages call it.
    columns : tuple of str
        Its attributes.
    chunks : callable
        Gives its rows in order; one empty chunk at least.
    rows : int or None
        How many there are, or nearly; None where only reading tells.
    shaped : bool
        Whether rows have shapes.
    crs : CRS or None
        The system that it declares for them.
    geometry : str or None
        The column of a table that holds them.
    delimiter, newline : str
        Of text.
    decimal : str
        What parts the decimals of numbers in text.
    mark : bool
        Whether Excel needs a mark at the start of the text to read its accents.
    schema : pyarrow.Schema or None
        Of the tables of its chunks.
    notes : tuple of str
        French sentences on how it was understood.
    sample : DataFrame or None
        Some rows of the columns whose values tell what they are.
    zeros : Zeros or None
        What its commune codes tell of their zeros, where rows are given by codes.
    """

    name: str
    columns: tuple[str, ...]
    chunks: Callable[[], Iterator[Chunk]]
    rows: int | None = None
    shaped: bool = False
    crs: CRS | None = None
    geometry: str | None = None
    delimiter: str = ","
    newline: str = "\n"
    mark: bool = False
    decimal: str = "."
    schema: pa.Schema | None = None
    notes: tuple[str, ...] = ()
    sample: pd.DataFrame | None = None
    zeros: Zeros | None = None

    def head(self) -> pd.DataFrame:
        """Give its columns as a frame, with what was sampled of their values.

        Returns
        -------
        DataFrame
            No rows where nothing was.
        """
        if self.sample is None:
            return pd.DataFrame(columns=list(self.columns), dtype=object)
        return self.sample.reindex(columns=list(self.columns))


class Answered(NamedTuple):
    """A chunk and its answers.

    Attributes
    ----------
    chunk : Chunk
        The rows.
    added : DataFrame
        The columns to add.
    lon, lat : ndarray of float64 or None
        Where the rows are; None where they are given by codes.
    """

    chunk: Chunk
    added: pd.DataFrame
    lon: Floats | None = None
    lat: Floats | None = None


def require(module: str, packages: str, what: str) -> Any:  # noqa: ANN401  (a module)
    """Import what only some files need.

    Parameters
    ----------
    module : str
        Its name.
    packages : str
        What pip installs to bring it.
    what : str
        What it is for, in French.

    Returns
    -------
    module
        Imported.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        name = module.partition(".")[0]
        raise InputError(f"{what} demande {name} : python -m pip install {packages}") from error


def plain(table: pa.Table) -> pd.DataFrame:
    """Make a frame of a table without changing any value.

    Parameters
    ----------
    table : pyarrow.Table
        Any.

    Returns
    -------
    DataFrame
        Integers and booleans that may be missing; text and the rest as objects.
    """
    import pyarrow as pa

    kinds = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.uint8(): pd.UInt8Dtype(),
        pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(),
        pa.uint64(): pd.UInt64Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get, ignore_metadata=True)
    texts = [name for name in frame.columns if isinstance(frame[name].dtype, pd.StringDtype)]
    return frame.astype(dict.fromkeys(texts, object))


def joined(answered: Answered, source: Input) -> pd.DataFrame:
    """Give the input's attributes, then what is added.

    Parameters
    ----------
    answered : Answered
        Rows and their answers.
    source : Input
        Their file.

    Returns
    -------
    DataFrame
        Columns that are added take the place of those of the same name.
    """
    frame = kept(answered, source)
    added = answered.added.set_axis(frame.index, axis=0)
    return pd.concat([frame, added], axis=1)


def kept(answered: Answered, source: Input) -> pd.DataFrame:
    """Give the input's attributes, but for those that are added again.

    Parameters
    ----------
    answered : Answered
        Rows and their answers.
    source : Input
        Their file.

    Returns
    -------
    DataFrame
        Without shapes.
    """
    frame = answered.chunk.frame(but=source.geometry)
    return frame.drop(columns=[name for name in answered.added.columns if name in frame.columns])


def objects(column: pd.Series, missing: object) -> list[Any]:
    """Give a column's values as Python has them.

    Parameters
    ----------
    column : Series
        Any.
    missing : object
        What stands for those that are not there.

    Returns
    -------
    list
        In order.
    """
    values = column.astype(object)
    return values.where(values.notna(), missing).tolist()

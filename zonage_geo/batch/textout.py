"""Delimited text out: what is added is written once for all rows that have it in common."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zonage_geo.batch.model import Answered, Input, kept, objects
from zonage_geo.colophon.facts import Facts
from zonage_geo.colophon.formats import write_text
from zonage_geo.readers.cells import as_text

__all__ = ["TextOutput"]

_MOST = 2**62
_END = "\r\n"
"""What is quoted depends on the ends of lines: with these, all that may end one."""


class TextOutput:
    """Delimited text in UTF-8.

    Parameters
    ----------
    path : Path
        Where to write.
    source : Input
        Separator, line ends and mark are its own.
    """

    def __init__(self, path: Path, source: Input) -> None:
        encoding = "utf-8-sig" if source.mark else "utf-8"
        self._path = path
        self._stream: TextIO = path.open("w", encoding=encoding, newline="")
        self._source = source
        self._named = False

    def write(self, answered: Answered) -> None:
        """Write some rows.

        Parameters
        ----------
        answered : Answered
            Rows and their answers.
        """
        mark, end = self._source.delimiter, self._source.newline
        frame = kept(answered, self._source)
        if not self._named:
            names = [*frame.columns, *answered.added.columns]
            self._stream.write(_lines([names], mark)[0] + end)
            self._named = True
        if not len(answered.added):
            return
        point = self._source.decimal
        columns = [_cells(frame.iloc[:, rank], point) for rank in range(frame.shape[1])]
        parts = [_lines(zip(*columns, strict=True), mark)] if columns else []
        parts += _added(answered.added, mark, point)
        self._stream.writelines(mark.join(row) + end for row in zip(*parts, strict=True))

    def finish(self, facts: Facts) -> None:
        """Write the text that goes beside.

        Parameters
        ----------
        facts : Facts
            What the file says of itself.
        """
        write_text(self._path, facts)

    def release(self) -> None:
        """Close the file."""
        self._stream.close()


class _Rows(list[str]):
    """What takes each row that a writer writes."""

    write = list.append


def _lines(rows: Any, delimiter: str) -> list[str]:  # noqa: ANN401  (any rows of cells)
    """Write rows, quoted where they must be, without their ends."""
    taken = _Rows()
    csv.writer(taken, delimiter=delimiter, lineterminator=_END).writerows(rows)
    return [line[: -len(_END)] for line in taken]


def _cells(column: pd.Series, point: str) -> list[Any]:
    """Write a column's values as text would."""
    values = objects(column, "")
    if column.dtype == object:
        return [value if isinstance(value, str) else _text(value, point) for value in values]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [as_text(value) for value in values]
    return values


def _text(value: object, point: str) -> str:
    text = as_text(value)
    return text.replace(".", point) if isinstance(value, float) else text


def _added(added: pd.DataFrame, delimiter: str, point: str) -> list[list[str]]:
    """Write what is added: each run of text columns, and each column of numbers."""
    texts = [isinstance(kind, pd.CategoricalDtype) for kind in added.dtypes]
    number, first = _combinations([added.iloc[:, i] for i, text in enumerate(texts) if text])
    parts = []
    for is_text, group in groupby(enumerate(texts), key=lambda item: item[1]):
        ranks = [rank for rank, _ in group]
        if is_text:
            alike = added.iloc[first, ranks]
            cells = [objects(alike.iloc[:, i], "") for i in range(len(ranks))]
            lines = np.array(_lines(zip(*cells, strict=True), delimiter), dtype=object)
            parts.append(lines[number].tolist())
        else:
            for rank in ranks:
                values = added.iloc[:, rank].to_numpy(np.float64).tolist()
                parts.append(
                    [
                        "" if value != value else repr(value).replace(".", point)  # noqa: PLR0124  (NaN)
                        for value in values
                    ]
                )
    return parts


def _combinations(columns: Sequence[pd.Series]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give a number to each combination of categories; tell a row that has each."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    room = 1
    for column in columns:
        width = len(column.cat.categories) + 1
        if room > _MOST // width:
            number, distinct = pd.factorize(number)
            room = len(distinct)
        number = number * width + (column.cat.codes.to_numpy(np.int64) + 1)
        room *= width
    number, distinct = pd.factorize(number)
    first = np.empty(len(distinct), dtype=np.int64)
    first[number[::-1]] = np.arange(len(number) - 1, -1, -1)
    return number, first

"""Read the publishers' files that the shipped facts are compiled from.

What is not as it should be is refused with the file, the line and the field.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Cog", "FactsError", "Row", "class_of", "code_of", "must", "read_rows", "read_text"]

DATE = re.compile(r"\d{4}-\d\d-\d\d")
CODE = re.compile(r"(?:\d\d|2[AB])\d{3}")


class FactsError(ValueError):
    """An input is not what it is said to be; the message starts with its path."""


@dataclass(frozen=True)
class Row:
    """A row of a file of the publishers.

    Attributes
    ----------
    file : str
        Path in the folder of the files.
    line : int
        Line where it ends, or rank of the feature.
    values : Mapping[str, str]
        Field to value.
    """

    file: str
    line: int
    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Give the value of a field."""
        return self.values[name]

    def error(self, name: str, what: str) -> FactsError:
        """Make the error that names this row.

        Parameters
        ----------
        name : str
            Field at fault.
        what : str
            What is wrong with it.

        Returns
        -------
        FactsError
            To be raised.
        """
        return FactsError(f"{self.file}, line {self.line}, field {name}: {what}")


def must(file: str, name: str, what: str, expected: object, found: object) -> None:
    """Refuse a figure that is not the expected one.

    Parameters
    ----------
    file, name : str
        File and field that it was counted in.
    what : str
        What was counted.
    expected, found : object
        The figure known, the figure counted.
    """
    if found != expected:
        if isinstance(expected, dict) and isinstance(found, dict):
            keys = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
            expected = {key: expected.get(key) for key in keys}
            found = {key: found.get(key) for key in keys}
        raise FactsError(f"{file}: field {name}: {what}: expected {expected}, found {found}")


def read_rows(
    data: Path, file: str, fields: Sequence[str], delimiter: str = ",", skip: int = 0
) -> tuple[list[Row], list[str]]:
    """Read a table of a publisher.

    Parameters
    ----------
    data : Path
        Folder of the files.
    file : str
        Path in that folder.
    fields : Sequence[str]
        Fields that it must have.
    delimiter : str, optional
        What separates the fields.
    skip : int, optional
        Title lines above the header.

    Returns
    -------
    tuple
        The rows, and the blank ones, in words.
    """
    records = _records(read_text(data, file), file, delimiter)[skip:]
    line, header = records[0] if records else (0, [])
    for name in fields:
        if name not in header:
            raise FactsError(f"{file}, line {line}, field {name}: not in the header")
    rows, blank = [], []
    for line, record in records[1:]:
        if not any(record):
            blank.append(f"line {line}")
            continue
        row = Row(file, line, dict(zip(header, record, strict=False)))
        if len(record) != len(header):
            raise row.error(header[-1], f"{len(record)} fields, the header has {len(header)}")
        for name in fields:
            if row[name] != row[name].strip():
                raise row.error(name, f"spaces around {row[name]!r}")
        rows.append(row)
    return rows, blank


def read_text(data: Path, file: str) -> str:
    """Read a file of a publisher.

    Parameters
    ----------
    data : Path
        Folder of the files.
    file : str
        Path in that folder.

    Returns
    -------
    str
        Its text, without the mark that some begin with.
    """
    try:
        return (data / file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FactsError(f"{file}: not UTF-8: {error}") from error


def code_of(row: Row, name: str) -> str:
    """Read a commune code.

    Parameters
    ----------
    row : Row
        A row.
    name : str
        The field that holds the code.

    Returns
    -------
    str
        The code.
    """
    if not CODE.fullmatch(row[name]):
        raise row.error(name, f"{row[name]!r} is not a commune code")
    return row[name]


def class_of(row: Row, name: str, classes: Mapping[str, str]) -> str:
    """Read a class.

    Parameters
    ----------
    row : Row
        A row.
    name : str
        The field that holds the class.
    classes : Mapping[str, str]
        Wording of the publisher to our class.

    Returns
    -------
    str
        Our class.
    """
    if row[name] not in classes:
        raise row.error(name, f"unknown class {row[name]!r}; known: {', '.join(classes)}")
    return classes[row[name]]


@dataclass(frozen=True)
class Cog:
    """INSEE's two files, read once.

    Attributes
    ----------
    communes : Mapping[str, str]
        Code to name, 2025.
    subs : Sequence[Row]
        Rows of the déléguées, associées and arrondissements.
    events : Sequence[Row]
        Rows of the events kept, the oldest first.
    read, events_read : int
        Rows of each file.
    """

    communes: Mapping[str, str]
    subs: Sequence[Row]
    events: Sequence[Row]
    read: int
    events_read: int

    @classmethod
    def load(cls, data: Path, expected: Mapping[str, Any]) -> Cog:
        """Read the files.

        Parameters
        ----------
        data : Path
            Folder of the files.
        expected : Mapping[str, Any]
            The descriptions of the tables.

        Returns
        -------
        Cog
            What they hold.
        """
        (file,) = expected["communes"]["sources"]
        rows, _ = read_rows(data, file, ["TYPECOM", "DEPCOM", "NOM_DEPCOM", "COMPARENT"])
        communes: dict[str, str] = {}
        subs: dict[tuple[str, str], Row] = {}
        for row in rows:
            code = code_of(row, "DEPCOM")
            if row["TYPECOM"] == "COM" and code not in communes:
                communes[code] = row["NOM_DEPCOM"]
            elif row["TYPECOM"] != "COM" and (row["TYPECOM"], code) not in subs:
                code_of(row, "COMPARENT")
                subs[row["TYPECOM"], code] = row
            else:
                raise row.error("DEPCOM", f"{row['TYPECOM']} {code} a second time")
        if list(communes) != sorted(communes):
            raise FactsError(f"{file}: field DEPCOM: communes are not in the order of the codes")
        spec = expected["events"]
        (file,) = spec["sources"]
        sides = [
            f"{name}_{side}" for side in ("AV", "AP") for name in ("TYPECOM", "COM", "LIBELLE")
        ]
        events, _ = read_rows(data, file, ["MOD", "DATE_EFF", *sides])
        kept = [row for row in events if row["DATE_EFF"] >= spec["since"]]
        for row in kept:
            code_of(row, "COM_AV")
            code_of(row, "COM_AP")
            if not (DATE.fullmatch(row["DATE_EFF"]) and row["MOD"].isdecimal()):
                raise row.error("DATE_EFF", f"{row['DATE_EFF']!r} or MOD {row['MOD']!r}")
        kept.sort(key=lambda row: row["DATE_EFF"])
        return cls(communes, list(subs.values()), kept, len(rows), len(events))


def _records(text: str, file: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Cut a text into records, each with the line that it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num, record) for record in reader]
    except csv.Error as error:
        raise FactsError(f"{file}, line {reader.line_num}: {error}") from error

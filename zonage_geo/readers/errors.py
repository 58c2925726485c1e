"""What a reader raises: which file, which line or field, and the way out."""

from __future__ import annotations

from zonage_geo.errors import InputError

__all__ = ["ReadError"]


class ReadError(InputError):
    """A file, or something in it, cannot be trusted.

    Parameters
    ----------
    file : str
        Name of the file, as its user knows it.
    problem : str
        What is wrong, in French, without a full stop.
    way_out : str
        What to do about it, in French.
    line : int, optional
        Line of the file (1 is the first), or rank of the feature.
    field : str, optional
        Column concerned.
    unit : str, optional
        What ``line`` counts: ``ligne`` or ``objet``.

    Attributes
    ----------
    file : str
        Name of the file.
    line : int or None
        Line of the file, or rank of the feature.
    field : str or None
        Column concerned.
    """

    def __init__(
        self,
        file: str,
        problem: str,
        way_out: str,
        *,
        line: int | None = None,
        field: str | None = None,
        unit: str = "ligne",
    ) -> None:
        where = file
        if line is not None:
            where += f", {unit} {line}"
        if field is not None:
            where += f", colonne « {field} »"
        super().__init__(f"{where} : {problem}. {way_out}")
        self.file = file
        self.line = line
        self.field = field

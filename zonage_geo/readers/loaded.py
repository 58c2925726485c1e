"""What a reader gives: a clean table, and the account of every row of the file."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from zonage_geo.report import Line, Report

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AROUND", "Loaded", "ReadReport"]

AROUND = frozenset({"titre", "en-tête", "sous-en-tête", "en-tête répété", "ligne vide", "pied"})
"""Kinds of rows that are no data: what surrounds a table, unless they may have held some."""


@dataclass(slots=True)
class ReadReport(Report):
    """The account of a file's rows, with how the file was understood.

    Every row read is kept or has a line in ``dropped``; ``lines`` holds those lines and
    those of the rows that were kept but touched or doubted.

    Kinds of line, of rows that are not kept: ``titre``, ``en-tête``, ``sous-en-tête``,
    ``en-tête répété``, ``ligne vide``, ``pied``, ``doublon``, ``sentinelle``, ``sans
    valeur``; and, of rows that may have held data, ``ligne trop longue``, ``géométrie vide``,
    ``coordonnées illisibles``, ``irréparable``, ``sans code``, ``code illisible``, ``zéro
    douteux``, ``ambigu``, ``hors d’ordre``. Of rows that are: ``ligne courte``, ``ligne
    longue``, ``accents rétablis``, ``caractère perdu``, ``cellule fusionnée``, ``réparée``,
    ``collection``, ``hors de France``, ``zéro rétabli``, ``lettre corse``, ``décimale retirée``,
    ``espace retirée``, ``plusieurs codes``, ``CEDEX``, ``commune déléguée``, ``collectivité``,
    ``code inconnu``, ``par le nom``, ``ancien nom``, ``scission``, ``conflit``. Of the file as a
    whole: ``encodage``, ``feuille``, ``système de coordonnées``, ``altitude``, ``formule de
    tableur``, ``sans en-tête``, ``colonne vide``, ``colonne sans nom``, ``colonne en
    double``, ``avertissement``.

    Attributes
    ----------
    encoding, delimiter, sheet, layer, crs : str
        How the file was read; empty where it means nothing for its format.
    dropped : list of Line
        One for each row that is not in the result.
    lost : list of Line
        Those of them that may have held data: a list that lost some is not complete.
    rows_out : int
        Rows of the result: more than ``rows_kept`` where a cell held several codes.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    layer: str = ""
    crs: str = ""
    dropped: list[Line] = field(default_factory=list)
    lost: list[Line] = field(default_factory=list)
    rows_out: int = 0

    def drop(self, row: Hashable, code: str, kind: str, detail: str, *, lost: bool = False) -> None:
        """Add the line of a row that is not kept.

        Parameters
        ----------
        row : hashable
            Line number, rank of the feature or index label.
        code : str
            The code, field or value concerned.
        kind : str
            What lines of this kind share.
        detail : str
            French sentence.
        lost : bool, optional
            Whether the row may have held data.
        """
        line = Line(row, code, kind, detail)
        self.lines.append(line)
        self.dropped.append(line)
        if lost:
            self.lost.append(line)

    @property
    def around(self) -> dict[str, int]:
        """Rows that are no data, by kind: titles, headers, blank lines, notes."""
        lost = set(map(id, self.lost))
        gone = [one.kind for one in self.dropped if one.kind in AROUND and id(one) not in lost]
        return {kind: gone.count(kind) for kind in dict.fromkeys(gone)}

    @property
    def is_accounted(self) -> bool:
        """Whether each row read is either kept or dropped with a line that says why."""
        return self.rows_in == self.rows_kept + len(self.dropped)


class Loaded(NamedTuple):
    """A table and its account.

    Attributes
    ----------
    frame : DataFrame or GeoDataFrame
        Text columns, missing where the cell is empty; or features in EPSG:4326. The index
        (``ligne``, ``objet``) is the line of the file, or the rank of the feature, from 1.
    report : ReadReport
        What happened to each row.
    """

    frame: pd.DataFrame
    report: ReadReport

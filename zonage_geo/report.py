"""What happened to a file's rows: nothing is dropped in silence, everything is counted."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

from zonage_geo.french import figures

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Line", "Report", "counted"]


def counted(number: int, words: str) -> str:
    """Say how many, in French.

    Parameters
    ----------
    number : int
        How many.
    words : str
        Singular of a noun that takes an s, and of what agrees with it.

    Returns
    -------
    str
        ``1 ligne``, ``2 lignes lues``, ``34 875 lignes``.
    """
    said = " ".join(f"{word}s" for word in words.split()) if number > 1 else words
    return f"{figures(number)} {said}"


class Line(NamedTuple):
    """One thing to know about one row.

    Attributes
    ----------
    row : hashable
        Line number in the file (1 is its first line), or index label of a frame's row;
        None where it is about the whole.
    code : str
        The code, field or value concerned.
    kind : str
        A French word or two that lines of a kind share: ``code inconnu``, ``réparée``.
    detail : str
        French sentence.
    """

    row: Hashable
    code: str
    kind: str
    detail: str


@dataclass(slots=True)
class Report:
    """The account of some rows: read, kept, and a line for each that was touched.

    Attributes
    ----------
    title : str
        What was done to what, in French.
    rows_in, rows_kept : int
        Rows read, and those of them that are in the result.
    lines : list of Line
        One for every row that was changed, repaired, doubted or dropped.
    """

    title: str
    rows_in: int = 0
    rows_kept: int = 0
    lines: list[Line] = field(default_factory=list)

    def __deepcopy__(self, memo: object) -> Self:
        # Pandas copies a frame's attrs each time a column is taken: an account is one, whoever
        # looks at it, and copying thousands of lines would cost more than the work.
        return self

    @property
    def rows_dropped(self) -> int:
        """How many rows read are not in the result; each has a line."""
        return self.rows_in - self.rows_kept

    def add(self, row: Hashable, code: str, kind: str, detail: str) -> None:
        """Add a line.

        Parameters
        ----------
        row : hashable
            Line number or index label; None for the whole.
        code : str
            The code, field or value concerned.
        kind : str
            What lines of this kind share.
        detail : str
            French sentence.
        """
        self.lines.append(Line(row, code, kind, detail))

    def counts(self) -> dict[str, int]:
        """Count the lines by kind.

        Returns
        -------
        dict
            Kind to number, the most frequent first.
        """
        found: dict[str, int] = {}
        for line in self.lines:
            found[line.kind] = found.get(line.kind, 0) + 1
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def told(self, *, whole: bool = False) -> dict[str, int]:
        """Count the lines by kind, but for a header that was where it is expected.

        Parameters
        ----------
        whole : bool
            Whether it is counted too.

        Returns
        -------
        dict
            As `counts`; a header found under titles is told.
        """
        found = self.counts()
        if not whole and "titre" not in found:
            found.pop("en-tête", None)
        return found

    def frame(self) -> pd.DataFrame:
        """Give the lines as a frame.

        Returns
        -------
        DataFrame
            Columns row, code, kind, detail.
        """
        import pandas as pd

        return pd.DataFrame(self.lines, columns=list(Line._fields))

    def __str__(self) -> str:
        counts = self.told(whole=self.rows_dropped > 0)  # of rows set aside, each has its kind
        told = ", ".join(f"{kind} : {n}" for kind, n in counts.items()) or "rien à signaler"
        return (
            f"{self.title} : {counted(self.rows_in, 'ligne lue')}, "
            f"{counted(self.rows_kept, 'gardée')}, {counted(self.rows_dropped, 'écartée')}. {told}."
        )

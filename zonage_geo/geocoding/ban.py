"""The Base adresse nationale on this machine: streets and house numbers, a file beside the store.

Addresses are held by street: a commune's streets are a few thousand at the most, so that a
street whose commune is known is found by its name, or by comparing it with all of them. Where
it is not, an FTS5 index over streets and communes gives what may be offered.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from zonage_geo.catalog.model import Words
from zonage_geo.errors import StoreError
from zonage_geo.geocoding.decide import Proposal
from zonage_geo.geocoding.likeness import likeness, without_links
from zonage_geo.geometry import distance
from zonage_geo.settings import Settings

__all__ = ["BAN_NAME", "Ban", "BanFile", "ban_path", "open_ban"]

BAN_NAME = "ban.sqlite"
APPLICATION = 0x7A67_6261
"""Says that the database is ours, in its header: ``zgba``."""
SCHEMA = 1
POOL = 12
"""Names that are compared closely, of those of a commune that look like the one asked."""
_MANY = 900
"""Variables that a statement of SQLite takes, in its oldest versions."""

_SELECT = (
    "SELECT v.id, v.commune, v.nom, n.norm, v.code_postal, v.ville, v.part, v.nature, "
    "v.lon, v.lat, v.rayon FROM noms AS n JOIN voies AS v ON v.id = n.voie "
)


class BanFile(NamedTuple):
    """A file that was imported.

    Attributes
    ----------
    name, sha256 : str
        The file's.
    imported : date
        The day it was.
    dated : date
        The day the file is of: that of its last change.
    rows, kept : int
        How many it has, and of those how many are addresses here.
    communes : int
        How many communes they are of.
    """

    name: str
    sha256: str
    imported: date
    dated: date
    rows: int
    kept: int
    communes: int


class _Street(NamedTuple):
    """A row of `_SELECT`."""

    number: int
    commune: str
    nom: str
    norm: str
    code_postal: str
    ville: str
    part: str | None
    nature: str
    lon: float
    lat: float
    radius_m: float


def ban_path(settings: Settings) -> Path:
    """Tell where the addresses are.

    Parameters
    ----------
    settings : Settings
        For the home folder.

    Returns
    -------
    Path
        ``processed/ban.sqlite`` in it.
    """
    return settings.home_folder() / "processed" / BAN_NAME


def open_ban(settings: Settings, words: Words) -> Ban | None:
    """Open the addresses, where some were imported.

    Parameters
    ----------
    settings : Settings
        For the home folder.
    words : Words
        For comparing names.

    Returns
    -------
    Ban or None
        To be searched.

    Raises
    ------
    StoreError
        If the file is there and cannot be read.
    """
    path = ban_path(settings)
    return Ban(path, words) if path.is_file() else None


class Ban:
    """Streets and house numbers, by commune.

    Parameters
    ----------
    path : Path
        As ``ban_build.import_ban`` makes it.
    words : Words
        For comparing names.

    Raises
    ------
    StoreError
        If it cannot be read, or is of another version.
    """

    def __init__(self, path: Path, words: Words) -> None:
        self._words = words
        self._path = path
        try:
            uri = f"{path.resolve().as_uri()}?mode=ro"
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            (application,) = self._db.execute("PRAGMA application_id").fetchone()
            (schema,) = self._db.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            raise StoreError(self._unreadable(str(error))) from error
        if (application, schema) != (APPLICATION, SCHEMA):
            self._db.close()
            raise StoreError(self._unreadable("une autre version l'a fait"))

    def _unreadable(self, why: str) -> str:
        return (
            f"{self._path} : adresses illisibles ({why}). Supprimez ce fichier, puis ajoutez de "
            "nouveau la base adresse : python -m zonage_geo data add ban FICHIER"
        )

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreError(self._unreadable(str(error))) from error

    def files(self) -> list[BanFile]:
        """List what was imported.

        Returns
        -------
        list of BanFile
            Oldest first.
        """
        rows = self._rows(
            "SELECT nom, sha256, importe, fait, lignes, gardees, communes FROM fichiers ORDER BY id"
        )
        day = date.fromisoformat
        return [BanFile(n, s, day(i), day(f), *rest) for n, s, i, f, *rest in rows]

    def as_of(self, commune: str) -> date | None:
        """Tell the day that a commune's addresses are of.

        Parameters
        ----------
        commune : str
            Code of a commune or arrondissement.

        Returns
        -------
        date or None
            None where none of its addresses are here.
        """
        rows = self._rows(
            "SELECT f.fait FROM communes AS c JOIN fichiers AS f ON f.id = c.fichier "
            "WHERE c.code = ?",
            (commune,),
        )
        return date.fromisoformat(rows[0][0]) if rows else None

    def has(self, communes: Iterable[str]) -> bool:
        """Tell whether the addresses of each of some communes are here.

        Parameters
        ----------
        communes : iterable of str
            Codes of communes or arrondissements.

        Returns
        -------
        bool
            False where one's are not.
        """
        return all(self.as_of(code) is not None for code in communes)

    def look(
        self, voie: str, numero: str | None, communes: Sequence[str], *, exact: bool = False
    ) -> list[Proposal]:
        """Find a street in some communes.

        Parameters
        ----------
        voie : str
            Its normalised name.
        numero : str or None
            Normalised number, with its repetition.
        communes : sequence of str
            Codes of communes or arrondissements.
        exact : bool
            Whether only that very name will do.

        Returns
        -------
        list of Proposal
            Scored by the likeness of names; with its number where the street has it.
        """
        found = self._named(voie, communes)
        if not found and not exact:
            found = self._alike(voie, communes)
        best: dict[int, tuple[_Street, float]] = {}
        for street, score in found:  # a street may be found by several of its names
            if street.number not in best or best[street.number][1] < score:
                best[street.number] = street, score
        return [self._proposal(street, score, numero) for street, score in best.values()]

    def _named(self, voie: str, communes: Sequence[str]) -> list[tuple[_Street, float]]:
        found = []
        for codes in _pieces(communes):
            marks = ", ".join("?" * len(codes))
            rows = self._rows(
                f"{_SELECT} WHERE n.commune IN ({marks}) AND n.norm IN (?, ?)",
                (*codes, voie, without_links(voie)),
            )
            found += [(_Street(*row), 1.0) for row in rows]
        return found

    def _alike(self, voie: str, communes: Sequence[str]) -> list[tuple[_Street, float]]:
        """Compare a name with all those of some communes: closely with the likeliest."""
        from rapidfuzz import process
        from rapidfuzz.fuzz import token_set_ratio

        found = []
        for codes in _pieces(communes):
            marks = ", ".join("?" * len(codes))
            names = self._rows(
                f"SELECT commune, norm FROM noms WHERE commune IN ({marks})",  # noqa: S608
                codes,
            )
            norms = list(dict.fromkeys(norm for _, norm in names))
            # A name is compared as it is written: its copy without links tells less.
            copies = {plain for norm in norms if (plain := without_links(norm)) != norm}
            norms = [norm for norm in norms if norm not in copies]
            close = process.extract(voie, norms, scorer=token_set_ratio, limit=POOL)
            scores = {norm: likeness(voie, norm, self._words) for norm, _, _ in close}
            for norm, score in scores.items():
                rows = self._rows(
                    f"{_SELECT} WHERE n.commune IN ({marks}) AND n.norm = ?",
                    (*codes, norm),
                )
                found += [(_Street(*row), score) for row in rows]
        return sorted(found, key=lambda item: -item[1])[:POOL]

    def search(self, words: Sequence[str], limit: int) -> list[Proposal]:
        """Find streets anywhere that share words with a text: what may be offered.

        Parameters
        ----------
        words : sequence of str
            Normalised: of the street, and of the commune where it is in the text.
        limit : int
            How many at the most.

        Returns
        -------
        list of Proposal
            Those that have all the words, else some; likeliest first.
        """
        quoted = ['"' + word.replace('"', "") + '"' for word in words if word.strip('"')]
        if not quoted:
            return []
        for joint in (" ", " OR "):
            rows = self._rows(
                "SELECT v.id, v.commune, v.nom, v.norm, v.code_postal, v.ville, v.part, v.nature, "
                "v.lon, v.lat, v.rayon FROM voies_fts AS f JOIN voies AS v ON v.id = f.rowid "
                "WHERE voies_fts MATCH ? ORDER BY f.rank LIMIT ?",
                (joint.join(quoted), limit),
            )
            if rows:
                return [self._proposal(_Street(*row), 0.0, None) for row in rows]
        return []

    def _proposal(self, street: _Street, score: float, numero: str | None) -> Proposal:
        where = f"{street.nom}, {street.code_postal} {street.ville}".replace(",  ", ", ")
        door = self._door(street.number, numero) if numero else None
        if door is None:
            kind = "lieu_dit" if street.nature == "lieu_dit" else "voie"
            return Proposal(
                where, kind, score, street.commune, None, street.norm,
                street.lon, street.lat, street.radius_m, street.part,
            )  # fmt: skip
        lon, lat, spread, shown = door
        return Proposal(
            f"{shown} {where}",
            "numero", score, street.commune, numero, street.norm, lon, lat, spread, street.part,
        )  # fmt: skip

    def _door(self, street: int, numero: str) -> tuple[float, float, float | None, str] | None:
        """Find a number of a street, as the street writes it; both ends of a range, half-way."""
        numbers = [word for word in numero.split() if word.isdigit()]
        rep = numero.rsplit(maxsplit=1)[-1] if not numero.rsplit(maxsplit=1)[-1].isdigit() else ""
        doors = []
        for number in numbers[:1] + numbers[-1:] if len(numbers) > 1 else numbers:
            if len(number) > 5:
                return None
            rows = self._rows(
                "SELECT rep, lon, lat FROM numeros WHERE voie = ? AND numero = ?",
                (street, int(number)),
            )
            by_rep = {known: (lon, lat) for known, lon, lat in rows}
            if rep not in by_rep:
                rep = _OTHER_REP.get(rep, rep)
            if rep not in by_rep:
                return None
            doors.append(by_rep[rep])
        if not doors:
            return None
        (lon, lat), last = doors[0], doors[-1]
        shown = " ".join(filter(None, ("-".join(numbers), rep)))
        if last == (lon, lat):
            return lon, lat, None, shown
        return (lon + last[0]) / 2, (lat + last[1]) / 2, distance(lon, lat, *last) / 2, shown


_OTHER_REP = {"b": "bis", "bis": "b", "t": "ter", "ter": "t", "q": "quater", "quater": "q"}
"""Repetitions that are written both ways."""


def _pieces(codes: Sequence[str]) -> list[Sequence[str]]:
    return [codes[at : at + _MANY] for at in range(0, len(codes), _MANY)]

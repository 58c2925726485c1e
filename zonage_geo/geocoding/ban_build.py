"""Files of the Base adresse nationale, imported a row at a time into `ban`'s database."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from zonage_geo.catalog.model import Words
from zonage_geo.dates import today
from zonage_geo.errors import InputError, StoreError, remedy
from zonage_geo.french import os_words
from zonage_geo.geocoding.ban import APPLICATION, SCHEMA, BanFile
from zonage_geo.geocoding.likeness import without_links
from zonage_geo.geometry import distance
from zonage_geo.normalise import normalise
from zonage_geo.progress import Progress
from zonage_geo.readers.cells import mend_accents
from zonage_geo.store import Store
from zonage_geo.territory import STORE_DAY
from zonage_geo.unpacking import cells_up_to

__all__ = ["Imported", "import_ban", "remove_ban"]


NEEDED = ("numero", "nom_voie", "code_insee", "lon", "lat")
CHUNK = 20_000
LONGEST_CELL = 1 << 20
"""Characters; the longest names of streets have 200."""
WAIT_S = 5.0
"""For whoever reads or writes the database meanwhile."""
STEPS = 20
"""How many times the progress is told, whatever the size."""
NO_NUMBER = 99_999
"""What the communes' own address files write for a hamlet without numbers."""
_CODE = re.compile(r"\d[\dAB]\d{3}")

_TABLES = """
CREATE TABLE fichiers (
    id INTEGER PRIMARY KEY, nom TEXT NOT NULL, sha256 TEXT NOT NULL, importe TEXT NOT NULL,
    fait TEXT NOT NULL, lignes INTEGER NOT NULL, gardees INTEGER NOT NULL,
    communes INTEGER NOT NULL
);
CREATE TABLE communes (code TEXT PRIMARY KEY, fichier INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE voies (
    id INTEGER PRIMARY KEY, commune TEXT NOT NULL, nom TEXT NOT NULL, norm TEXT NOT NULL,
    code_postal TEXT NOT NULL, ville TEXT NOT NULL, part TEXT, nature TEXT NOT NULL,
    lon REAL, lat REAL, rayon REAL, texte TEXT NOT NULL
);
CREATE INDEX voies_commune ON voies (commune);
CREATE TABLE noms (
    commune TEXT NOT NULL, norm TEXT NOT NULL, voie INTEGER NOT NULL,
    PRIMARY KEY (commune, norm, voie)
) WITHOUT ROWID;
CREATE TABLE numeros (
    voie INTEGER NOT NULL, numero INTEGER NOT NULL, rep TEXT NOT NULL, lon REAL NOT NULL,
    lat REAL NOT NULL, PRIMARY KEY (voie, numero, rep)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE voies_fts USING fts5(texte, content='voies', content_rowid='id');
"""


class _Columns(NamedTuple):
    """Ranks of the official columns that are read; -1 for what a file may lack."""

    numero: int
    rep: int
    nom_voie: int
    code_postal: int
    code_insee: int
    nom_commune: int
    code_insee_ancienne_commune: int
    nom_ld: int
    nom_afnor: int
    alias: int
    lon: int
    lat: int


class Imported(NamedTuple):
    """What became of a file.

    Attributes
    ----------
    file : BanFile
        As it is noted.
    streets : int
        Streets and hamlets that were made of it.
    replaced : int
        Communes whose addresses were there already, and are now the file's.
    lost : mapping of str to int
        Rows that are no address here, by the reason, in French.
    """

    file: BanFile
    streets: int
    replaced: int
    lost: Mapping[str, int]


def import_ban(
    path: Path, target: Path, store: Store, words: Words, progress: Progress
) -> Imported:
    """Import a file of addresses; those of its communes that were there are replaced.

    Parameters
    ----------
    path : Path
        With the official columns of the BAN, ``;`` or ``,`` between them; gzip too.
    target : Path
        The database; made if need be.
    store : Store
        For today's codes of communes.
    words : Words
        For the names of streets.
    progress : callable
        Told how far it is.

    Returns
    -------
    Imported
        The account of every row.

    Raises
    ------
    InputError
        If it is no such file, or is cut short: nothing is changed then.
    StoreError
        If the database cannot be written.
    """
    if not path.is_file():
        raise InputError(f"{path} : fichier introuvable. Vérifiez le chemin.")
    with _writing(target) as database:
        loader = _Loader(database, store, words)
        with _Watched(path, progress) as rows:
            loader.load(rows, path)
        return loader.finish(path, rows.sha256())


def remove_ban(target: Path) -> list[str]:
    """Take all the addresses away.

    Parameters
    ----------
    target : Path
        The database.

    Returns
    -------
    list of str
        The files that they came from, which are not touched.

    Raises
    ------
    InputError
        If there are none.
    """
    if not target.is_file():
        raise InputError("aucune base adresse n'a été ajoutée.")
    names = []
    with closing(sqlite3.connect(target)) as database:
        try:
            names = [name for (name,) in database.execute("SELECT nom FROM fichiers ORDER BY id")]
        except sqlite3.Error:
            names = [target.name]  # unreadable: all the more reason to remove it
    target.unlink()
    return names


@contextmanager
def _writing(target: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for one import, whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(target, WAIT_S, isolation_level=None)) as database:
            database.execute("PRAGMA cache_size = -65536")
            database.execute("BEGIN IMMEDIATE")
            try:
                _made(database, target)
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(
                f"{target} : un autre import est en cours, ou un logiciel lit ce fichier. "
                "Attendez, puis recommencez."
            ) from error
        raise StoreError(
            f"{target} : écriture impossible ({os_words(error)}). {remedy(error)}, ou choisissez "
            "un autre dossier avec la variable ZONAGE_GEO_HOME."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{target} : fichier illisible ({error}). Supprimez-le, puis recommencez."
        ) from error
    except PermissionError as error:
        raise StoreError(
            f"{target} : écriture impossible ({os_words(error)}). {remedy(error)}, ou choisissez "
            "un autre dossier avec la variable ZONAGE_GEO_HOME."
        ) from error
    finally:
        if target.is_file() and not target.stat().st_size:
            target.unlink()


def _made(database: sqlite3.Connection, target: Path) -> None:
    """Make the tables, where the file is new; refuse a file that is not ours."""
    (held,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (schema,) = database.execute("PRAGMA user_version").fetchone()
    if held and (application, schema) != (APPLICATION, SCHEMA):
        raise StoreError(
            f"{target} : une autre version de zonage_geo a fait ce fichier, ou un autre logiciel. "
            "Supprimez-le, puis recommencez."
        )
    if not held:
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {SCHEMA}")
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                database.execute(statement)


class _Watched:
    """A file's lines as text, decompressed as they are read; tells how far it is."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._path = path
        self._progress = progress
        self._size = max(path.stat().st_size, 1)
        self._told = -1
        self._raw: BinaryIO

    def __enter__(self) -> Self:
        self._raw = self._path.open("rb")
        packed = self._raw.read(2) == b"\x1f\x8b"
        self._raw.seek(0)
        binary = gzip.open(self._raw) if packed else self._raw
        self._text = io.TextIOWrapper(binary, "utf-8-sig", newline="")
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()
        self._raw.close()

    def __iter__(self) -> Iterator[str]:
        return iter(self._text)

    def tell(self) -> None:
        """Say how far it is, where that is new."""
        step = STEPS * self._raw.tell() // self._size
        if step > self._told:
            self._told = step
            self._progress("lecture des adresses", 0.95 * min(step / STEPS, 1.0))

    def sha256(self) -> str:
        """Fingerprint the file.

        Returns
        -------
        str
            Of its bytes as they are on disk.
        """
        with self._path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


class _Extent:
    """The box that the addresses of a street are in."""

    __slots__ = ("east", "north", "south", "west")

    def __init__(self, lon: float, lat: float) -> None:
        self.west = self.east = lon
        self.south = self.north = lat

    def add(self, lon: float, lat: float) -> None:
        """Widen it to hold a point."""
        if lon < self.west:
            self.west = lon
        elif lon > self.east:
            self.east = lon
        if lat < self.south:
            self.south = lat
        elif lat > self.north:
            self.north = lat

    def disc(self) -> tuple[float, float, float]:
        """Give the disc around it: its centre, and its radius in metres."""
        lon, lat = (self.west + self.east) / 2, (self.south + self.north) / 2
        return lon, lat, round(distance(self.west, self.south, self.east, self.north) / 2, 1)


class _Loader:
    """Rows of a file, made into streets and numbers."""

    def __init__(self, database: sqlite3.Connection, store: Store, words: Words) -> None:
        self._db = database
        self._store = store
        self._words = words
        self._lost: Counter[str] = Counter()
        self._streets: dict[tuple[str, ...], int] = {}
        self._extents: dict[int, _Extent] = {}
        self._codes: dict[str, tuple[str, str | None] | None] = {}
        self._begun: set[str] = set()
        self._replaced = 0
        self._rows = self._kept = 0
        (last,) = database.execute("SELECT coalesce(max(id), 0) FROM voies").fetchone()
        self._first = self._last = int(last)

    def load(self, rows: _Watched, path: Path) -> None:
        """Read all of it."""
        try:
            lines = iter(rows)
            head = next(lines, "")
            delimiter = ";" if head.count(";") >= head.count(",") else ","
            at = _columns(next(csv.reader([head], delimiter=delimiter), []), path)
            reader = csv.reader(lines, delimiter=delimiter)
            while chunk := _some(reader):
                self._take(chunk, at)
                rows.tell()
        except (OSError, EOFError, zlib.error, csv.Error, UnicodeDecodeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            by_csv = isinstance(error, csv.Error)
            why = "cellule démesurée, ou guillemets mal fermés" if by_csv else error
            raise InputError(
                f"{path} : fichier abîmé ou incomplet, vers la ligne {self._rows + 2} ({why}). "
                "Téléchargez-le de nouveau. Rien n'a été changé."
            ) from error

    def _take(self, chunk: list[list[str]], at: _Columns) -> None:
        width, lacking = max(at), min(at) < 0
        doors = []
        for row in chunk:
            self._rows += 1
            if len(row) <= width:
                self._lost["ligne incomplète"] += 1
                continue
            if lacking:
                row.append("")  # what the columns that are not there hold
            try:
                lon, lat = float(row[at.lon]), float(row[at.lat])
                number = int(row[at.numero] or NO_NUMBER)
            except ValueError:
                self._lost["numéro ou coordonnées illisibles"] += 1
                continue
            if not (-180 <= lon <= 180 and -90 <= lat <= 90):
                self._lost["coordonnées hors du globe"] += 1
                continue
            street = self._of_street(row, at, lon, lat)
            if street and number < NO_NUMBER:
                doors.append((street, number, row[at.rep].strip().casefold(), lon, lat))
        self._db.executemany("INSERT OR IGNORE INTO numeros VALUES (?, ?, ?, ?, ?)", doors)

    def _of_street(self, row: list[str], at: _Columns, lon: float, lat: float) -> int:
        """Count a row to its street, and to the hamlet that it is in; 0 where it has no street."""
        where = (row[at.code_insee], row[at.code_postal], row[at.code_insee_ancienne_commune])
        key: tuple[str, ...] = (row[at.nom_voie], *where)
        street = self._streets.get(key)
        if street is None:
            street = self._streets[key] = self._street(row, at, row[at.nom_voie])
        if not street:
            self._lost["commune inconnue, ou voie sans nom"] += 1
            return 0
        self._kept += 1
        self._widen(street, lon, lat)
        if row[at.nom_ld]:
            key = (row[at.nom_ld], *where, "")
            hamlet = self._streets.get(key)
            if hamlet is None:
                hamlet = self._streets[key] = self._street(row, at, row[at.nom_ld], alone=True)
            if hamlet:
                self._widen(hamlet, lon, lat)
        return street

    def _widen(self, street: int, lon: float, lat: float) -> None:
        extent = self._extents.get(street)
        if extent is None:
            self._extents[street] = _Extent(lon, lat)
        else:
            extent.add(lon, lat)

    def _street(self, row: list[str], at: _Columns, nom: str, *, alone: bool = False) -> int:
        """Make a street of the first row that names it, or a hamlet alone; 0 where it cannot be."""
        found, nom = self._commune(row[at.code_insee].strip()), mend_accents(nom.strip())
        norm = self._norm(nom)
        if found is None or not norm:
            return 0
        commune, part = found
        self._begin(commune)
        part = row[at.code_insee_ancienne_commune].strip() or part
        ville = self._store.commune_name(commune) or row[at.nom_commune].strip()
        hamlet = alone or norm.split()[0] not in self._words.street_types
        nature = "lieu_dit" if hamlet else "voie"
        postcode = row[at.code_postal].strip()
        street = self._insert(commune, nom, norm, postcode, ville, part, nature)
        names = {norm}
        if not alone:
            names |= {self._norm(row[at.nom_afnor]), self._norm(row[at.alias])}
        names |= {*map(without_links, names)}
        self._db.executemany(
            "INSERT INTO noms VALUES (?, ?, ?)",
            [(commune, name, street) for name in sorted(names) if name],
        )
        return street

    def _insert(self, *values: str | None) -> int:
        self._last += 1
        commune, nom, norm, postcode, ville, part, nature = values
        texte = f"{norm} {self._norm(ville or '')} {postcode}"
        self._db.execute(
            "INSERT INTO voies (id, commune, nom, norm, code_postal, ville, part, nature, texte) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._last, commune, nom, norm, postcode, ville, part, nature, texte),
        )
        return self._last

    def _norm(self, text: str) -> str:
        return normalise(text, self._words.abbreviations)

    def _commune(self, code: str) -> tuple[str, str | None] | None:
        """Give today's code, and the former commune's where it is one."""
        if code not in self._codes:
            self._codes[code] = self._today(code)
        return self._codes[code]

    def _today(self, code: str) -> tuple[str, str | None] | None:
        if not _CODE.fullmatch(code):
            return None
        subs = self._store.sub_commune(code)
        if self._store.commune_name(code) or any(sub.nature == "ARM" for sub in subs):
            return code, None
        for period in reversed(self._store.timeline.periods(code, None)):
            day = period.start or "2014-01-01"
            after = self._store.timeline.at(code, day, STORE_DAY)
            if len(after) == 1:
                return next(iter(after)), code
        return (subs[0].commune, code) if subs else None

    def _begin(self, commune: str) -> None:
        """Make room for a commune's addresses: those that were there are another file's."""
        if commune in self._begun:
            return
        self._begun.add(commune)
        old = self._db.execute(
            "SELECT id, texte FROM voies WHERE commune = ? AND id <= ?", (commune, self._first)
        ).fetchall()
        if not old:
            return
        self._replaced += 1
        self._db.executemany(
            "INSERT INTO voies_fts (voies_fts, rowid, texte) VALUES ('delete', ?, ?)", old
        )
        ids = [(street,) for street, _ in old]
        self._db.executemany("DELETE FROM numeros WHERE voie = ?", ids)
        self._db.execute("DELETE FROM noms WHERE commune = ?", (commune,))
        self._db.executemany("DELETE FROM voies WHERE id = ?", ids)

    def finish(self, path: Path, sha256: str) -> Imported:
        """Index the streets, note the file, and give its account."""
        if not self._kept:
            told = ", ".join(f"{rows} × {why}" for why, rows in self._lost.most_common())
            raise InputError(f"{path} : aucune adresse ({told or 'fichier sans ligne'}).")
        discs = [(*extent.disc(), street) for street, extent in self._extents.items()]
        self._db.executemany("UPDATE voies SET lon = ?, lat = ?, rayon = ? WHERE id = ?", discs)
        self._db.execute(
            "INSERT INTO voies_fts (rowid, texte) SELECT id, texte FROM voies WHERE id > ?",
            (self._first,),
        )
        made = date.fromtimestamp(path.stat().st_mtime)  # noqa: DTZ012  (the user's own day)
        file = BanFile(path.name, sha256, today(), made, self._rows, self._kept, len(self._begun))
        noted = self._db.execute(
            "INSERT INTO fichiers (nom, sha256, importe, fait, lignes, gardees, communes) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (file.name, sha256, file.imported.isoformat(), made.isoformat(), *file[4:]),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO communes VALUES (?, ?)",
            [(code, noted.lastrowid) for code in sorted(self._begun)],
        )
        self._db.execute("DELETE FROM fichiers WHERE id NOT IN (SELECT fichier FROM communes)")
        return Imported(file, self._last - self._first, self._replaced, dict(self._lost))


def _some(reader: Iterator[list[str]]) -> list[list[str]]:
    with cells_up_to(LONGEST_CELL):
        return list(islice(reader, CHUNK))


def _columns(names: list[str], path: Path) -> _Columns:
    """Find the official columns; those that may lack are found empty."""
    at = {name.strip().casefold(): rank for rank, name in enumerate(names)}
    missing = [name for name in NEEDED if name not in at]
    if missing:
        raise InputError(
            f"{path} : ce n'est pas un fichier de la base adresse nationale : "
            f"colonne{'s' * (len(missing) > 1)} {', '.join(missing)} absente"
            f"{'s' * (len(missing) > 1)}. Colonnes lues : {', '.join(names[:30]) or 'aucune'}."
        )
    return _Columns(*(at.get(name, -1) for name in _Columns._fields))

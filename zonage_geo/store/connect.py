"""A store's file, opened for reading whatever state others left it in."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from zonage_geo.store.schema import APPLICATION

__all__ = ["connect", "is_ours", "unreadable"]


def connect(path: Path) -> sqlite3.Connection:
    """Open read-only; without any lock where the folder does not even allow that.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    sqlite3.Connection
        Its first page was read.

    Raises
    ------
    sqlite3.Error
        If it is no database, or is being written.
    """
    uri = path.resolve().as_uri()
    try:
        return _probed(f"{uri}?mode=ro")
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode
        refused = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if code & 0xFF not in refused or code == sqlite3.SQLITE_READONLY_ROLLBACK:
            raise  # being written, or left half-written: what is there is not to be trusted
        return _probed(f"{uri}?immutable=1")


def _probed(uri: str) -> sqlite3.Connection:
    """Open a database and read its first page, which is when SQLite finds what is wrong."""
    connection = sqlite3.connect(uri, uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def is_ours(connection: sqlite3.Connection) -> bool:
    """Tell whether a database says that it is a store.

    Parameters
    ----------
    connection : sqlite3.Connection
        Open.

    Returns
    -------
    bool
        False where it has no such table, or says otherwise.
    """
    try:
        rows = connection.execute("SELECT value FROM metadata WHERE key = 'application'").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return False  # no such table, no such column
    return rows == [(APPLICATION,)]


def unreadable(path: Path, error: sqlite3.Error) -> str:
    """Say why a file cannot be read, and what to do.

    Parameters
    ----------
    path : Path
        The file.
    error : sqlite3.Error
        What SQLite said.

    Returns
    -------
    str
        French sentences.
    """
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
        return f"{path} : un autre logiciel écrit dans ce fichier. Fermez-le, puis recommencez."
    return (
        f"{path} n'est pas un magasin zonage_geo lisible ({error}). Déplacez ce "
        "fichier, ou remplacez-le : python -m zonage_geo data build --force"
    )

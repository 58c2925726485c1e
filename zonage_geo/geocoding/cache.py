"""Answers of the online geocoder, kept on this machine for some days.

What is not asked again is quicker, spares the service, and lets a file that was interrupted be
taken up where it stopped. A cache that cannot be read or written is done without.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from zonage_geo.settings import Settings

__all__ = ["AnswerCache", "Kept", "cache_path"]

CACHE_NAME = "geocodage.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS reponses (
    question TEXT PRIMARY KEY, le REAL NOT NULL, reponse TEXT NOT NULL
) WITHOUT ROWID
"""
_DAY_S = 86_400.0
_WAIT_S = 5.0
_MANY = 500


class Kept(NamedTuple):
    """An answer that was kept.

    Attributes
    ----------
    text : str
        As the server gave it.
    at : float
        When, in seconds since 1970.
    """

    text: str
    at: float


def cache_path(settings: Settings) -> Path:
    """Tell where answers are kept.

    Parameters
    ----------
    settings : Settings
        For the home folder.

    Returns
    -------
    Path
        ``processed/geocodage.sqlite`` in it.
    """
    return settings.home_folder() / "processed" / CACHE_NAME


class AnswerCache:
    """Keep answers by the whole of their question.

    Parameters
    ----------
    path : Path
        Where; its folder is there already, or nothing is kept.
    days : float
        How long an answer holds; 0: nothing is kept.
    """

    def __init__(self, path: Path, days: float) -> None:
        self._days = days
        self._db: sqlite3.Connection | None = None
        if not days or not path.parent.is_dir():
            return
        try:
            self._db = self._opened(path)
        except sqlite3.OperationalError:  # no right to write there, a full disk, a lock
            return
        except sqlite3.DatabaseError:  # no database: nothing in it is worth keeping
            with suppress(OSError, sqlite3.Error):
                path.unlink()
                self._db = self._opened(path)

    def _opened(self, path: Path) -> sqlite3.Connection:
        database = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
        try:
            with database:
                database.execute(_TABLE)
                old = time.time() - self._days * _DAY_S
                database.execute("DELETE FROM reponses WHERE le < ?", (old,))
        except sqlite3.Error:
            database.close()
            raise
        return database

    @staticmethod
    def question(url: str, **parameters: object) -> str:
        """Write a question in the one way under which its answer is kept.

        Parameters
        ----------
        url : str
            Whole address of the service asked.
        **parameters
            All that the answer depends on; None counts for nothing.

        Returns
        -------
        str
            Equal for equal questions, whatever the order.
        """
        said = {key: value for key, value in parameters.items() if value is not None}
        return json.dumps([url, said], ensure_ascii=False, sort_keys=True)

    def get(self, question: str) -> Kept | None:
        """Give the answer to a question, where it is kept and holds.

        Parameters
        ----------
        question : str
            As `question` writes it.

        Returns
        -------
        Kept or None
            The answer.
        """
        return self.get_many([question]).get(question)

    def get_many(self, questions: Sequence[str]) -> dict[str, Kept]:
        """Give the answers to some questions, where they are kept and hold.

        Parameters
        ----------
        questions : sequence of str
            As `question` writes them.

        Returns
        -------
        dict of str to Kept
            By question.
        """
        found: dict[str, Kept] = {}
        if self._db is None:
            return found
        since = time.time() - self._days * _DAY_S
        for at in range(0, len(questions), _MANY):
            some = questions[at : at + _MANY]
            marks = ", ".join("?" * len(some))
            with suppress(sqlite3.Error):
                rows = self._db.execute(
                    "SELECT question, reponse, le FROM reponses "  # noqa: S608
                    f"WHERE question IN ({marks}) AND le >= ?",
                    (*some, since),
                )
                found |= {question: Kept(text, when) for question, text, when in rows}
        return found

    def put(self, answers: Mapping[str, str] | Iterable[tuple[str, str]]) -> None:
        """Keep answers, all at once: none of them is lost if the process dies after.

        Parameters
        ----------
        answers : mapping, or iterable of pairs
            Questions and answers.
        """
        if self._db is None:
            return
        now = time.time()
        rows = [(question, now, text) for question, text in dict(answers).items()]
        with suppress(sqlite3.Error), self._db:
            self._db.executemany("INSERT OR REPLACE INTO reponses VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Let the file go."""
        if self._db is not None:
            self._db.close()
            self._db = None

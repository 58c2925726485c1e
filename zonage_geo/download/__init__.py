"""Official files that the catalogue names: fetched whole, checked, unpacked, or refused.

``pooch.retrieve`` gives the temporary file, the comparison of checksums and the rename; its
own downloader can neither resume nor tell a short body from a whole one, so it is handed
ours, `transfer.Transfer`, a callable on ``requests``.

Only ``data fetch`` imports this: pooch and requests are slow to load.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import filelock
import pooch

from zonage_geo.catalog.model import Source
from zonage_geo.download.archive import place, unpack
from zonage_geo.download.common import RefusedError
from zonage_geo.download.pace import Pace, slowest
from zonage_geo.download.transfer import Transfer
from zonage_geo.download.web import address_fault
from zonage_geo.errors import SourceError, remedy
from zonage_geo.french import os_words
from zonage_geo.progress import Progress

__all__ = ["Fetched", "fetch_file"]

SCRATCH = ".telechargement"
THEN = "python -m zonage_geo data add COUCHE FICHIER"
LIMIT_BYTES = 2 << 30


class Fetched(NamedTuple):
    """A file that was fetched, or was there already.

    Attributes
    ----------
    path : Path
        The file to read: the member of the archive where one is named, else the download.
    download : Path
        What was downloaded.
    url : str
        Where it came from, redirects followed.
    sha256 : str
        Checksum of the download.
    size : int
        Bytes of the download.
    last_modified : str or None
        Header of that name, where the server gives it.
    from_cache : bool
        Whether it was there already, and nothing was asked of the network.
    """

    path: Path
    download: Path
    url: str
    sha256: str
    size: int
    last_modified: str | None
    from_cache: bool


def fetch_file(
    source: Source,
    folder: Path,
    progress: Progress,
    *,
    timeout_s: float = 30.0,
    attempts: int = 3,
    limit_bytes: int = LIMIT_BYTES,
    pace: Pace | None = None,
    then: str = THEN,
) -> Fetched:
    """Download an official file into a folder, and unpack the member wanted.

    A file whose checksum is known is not downloaded where it is there already. Any other
    is, each time; the one that was there stays where the new one fails.

    Parameters
    ----------
    source : Source
        The file, as the catalogue names it.
    folder : Path
        Where to put it, usually ``data/raw``; made if need be.
    progress : callable
        Told each step: a French label, the share done.
    timeout_s : float
        Longest silence of the server that is borne.
    attempts : int
        How many times in all to try where a failure may pass.
    limit_bytes : int
        Largest size accepted, of the download and of the member.
    pace : Pace, optional
        The slowest that is borne, time after time; that of ``pace.toml`` otherwise.
    then : str
        Command to run once the file was downloaded by hand; for error messages.

    Returns
    -------
    Fetched
        What is there now.

    Raises
    ------
    SourceError
        If the file cannot be had whole. The message says how to get it by hand.
    """
    folder = folder.absolute()
    with _worded(source, folder, then):
        if fault := address_fault(source.url):
            raise RefusedError(fault)
        with _scratch(folder, progress) as scratch:
            transfer = Transfer(progress, timeout_s, attempts, limit_bytes, pace or slowest())
            there = _find(folder, source.sha256)
            fresh = there or _retrieve(source, scratch, transfer)
            name = there.name if there else transfer.name
            parts: list[Path] = []
            if source.member is not None:
                parts = unpack(fresh, name, source.member, scratch, progress, limit_bytes)
            download = there or fresh.replace(folder / name)
            path = place(parts, folder) or download
            progress(f"prêt : {path.name}", 1.0)
            return Fetched(
                path=path,
                download=download,
                url=transfer.url or source.url,
                sha256=transfer.sha256 or str(source.sha256).lower(),
                size=download.stat().st_size,
                last_modified=transfer.last_modified,
                from_cache=there is not None,
            )


@contextmanager
def _worded(source: Source, folder: Path, then: str) -> Iterator[None]:
    """Turn a failure into the error that the user reads."""
    try:
        yield
    except RefusedError as error:
        way_out = f"À la main : téléchargez {source.url}\ndans {folder}, puis lancez\n    {then}"
        msg = f"{source.title} : {error}.\n{way_out}"
        raise SourceError(msg) from error
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        barred = isinstance(error, PermissionError) or error.errno == errno.EROFS
        why = os_words(error)
        first = f"{remedy(error)}, ou choisissez" if full or barred else "Choisissez"
        msg = (
            f"{source.title} : écriture impossible dans {folder} ({why}). {first} un autre "
            "dossier avec la variable ZONAGE_GEO_HOME.\n"
            f"À la main : téléchargez {source.url}\ndans un autre dossier, puis lancez\n    {then}"
        )
        raise SourceError(msg) from error


@contextmanager
def _scratch(folder: Path, progress: Progress) -> Iterator[Path]:
    """Lend a folder to one download at a time; what killed ones left there is removed."""
    base = folder / SCRATCH
    base.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(base / "verrou")
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        progress("attente d'un autre téléchargement", 0.0)
        lock.acquire()
    try:
        for left in base.iterdir():
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=base) as scratch:
            yield Path(scratch)
    finally:
        lock.release()


def _find(folder: Path, sha256: str | None) -> Path | None:
    """Look for a file by its checksum, whatever name a browser gave it."""
    if sha256 is None:
        return None
    files = (
        path for path in sorted(folder.iterdir()) if path.is_file() and os.access(path, os.R_OK)
    )
    return next((path for path in files if pooch.file_hash(str(path)) == sha256.lower()), None)


def _retrieve(source: Source, scratch: Path, transfer: Transfer) -> Path:
    transfer.progress(f"téléchargement de {source.title}", 0.0)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        path = pooch.retrieve(
            source.url,
            known_hash=source.sha256,
            fname="entier",
            path=scratch / ".pooch",
            downloader=transfer,
        )
    except ValueError as error:  # pooch: another checksum
        msg = (
            "ce n'est pas le fichier attendu, ou il a été altéré : "
            f"sha256 {transfer.sha256} au lieu de {source.sha256}"
        )
        raise RefusedError(msg) from error
    finally:
        logger.setLevel(level)
    return Path(path)

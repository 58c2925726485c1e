"""Files that are being written, under another name; what dead runs left is removed."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

import filelock

__all__ = ["unfinished"]

MARK = ".zonage_geo"
"""End of the name of a file that is locked as long as the run that made it lives."""
_MARKED = re.compile(rf"\..+\.[0-9a-f]{{8}}{re.escape(MARK)}", re.DOTALL)


@contextmanager
def unfinished(out: Path) -> Iterator[Path]:
    """Give another name to a file while it is written; nothing is left of it in the end.

    A run that was killed leaves its files and an unlocked mark beside them: the next run in
    that folder removes both. Those of a run that lives are locked by it, and stay.

    Parameters
    ----------
    out : Path
        Its name in the end.

    Yields
    ------
    Path
        Its name until then, in the same folder; what starts so and is left is removed.

    Raises
    ------
    OSError
        If nothing can be written there.
    """
    own = f".{out.stem}.{secrets.token_hex(4)}"
    mark = out.with_name(f"{own}{MARK}")
    lock = filelock.FileLock(mark)
    try:
        with suppress(NotImplementedError):  # a file system without locks: nobody will clean
            _hold(lock, out)
        _clean(out.parent, but=mark)
        yield out.with_name(f"{own}{out.suffix}")
    finally:
        _remove(out.parent, own, but=mark)
        lock.release()
        _unlink(mark)


def _hold(lock: filelock.BaseFileLock, out: Path) -> None:
    """Lock a name that nobody else has: where that fails, the folder takes no file."""
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(out)) from error


def _clean(folder: Path, but: Path) -> None:
    """Remove what runs left that died before they could."""
    for mark in folder.glob(f".*{MARK}"):
        if mark == but or not _MARKED.fullmatch(mark.name):
            continue
        lock = filelock.FileLock(mark)
        with suppress(filelock.Timeout, NotImplementedError, OSError):  # it lives, or is another's
            lock.acquire(blocking=False)
            _remove(folder, mark.name.removesuffix(MARK), but=mark)
            _unlink(mark)
            lock.release()


def _remove(folder: Path, own: str, but: Path) -> None:
    for left in folder.glob(f"{escape(own)}*"):
        if left == but:
            continue
        if left.is_dir():
            shutil.rmtree(left)
            continue
        _unlink(left)


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError, PermissionError):  # gone, or held open elsewhere (Windows)
        path.unlink()

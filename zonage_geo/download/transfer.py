"""A file received whole: resumed where it broke, its size known, and no web page instead."""

from __future__ import annotations

import re
from pathlib import Path
from time import sleep
from typing import BinaryIO

import pooch
import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from zonage_geo.download.common import (
    DOWNLOADED,
    BrokenError,
    RefusedError,
    octets,
    too_big,
    written,
)
from zonage_geo.download.names import file_name
from zonage_geo.download.pace import Pace, chunks_of
from zonage_geo.download.web import ask, host, open_session, status_error
from zonage_geo.progress import Progress

__all__ = ["Transfer"]

MAX_WAIT_S = 60.0
HEAD = 1024
RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")
HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|(?><!--.*?-->)\s*)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)


class Transfer:
    """One download, in the form of a downloader that pooch calls.

    Parameters
    ----------
    progress : callable
        Told each step.
    timeout_s : float
        Longest silence of the server that is borne.
    attempts : int
        How many times in all to try where a failure may pass.
    limit_bytes : int
        Largest size accepted.
    pace : Pace
        The slowest that is borne.

    Attributes
    ----------
    url, name, sha256 : str
        Where it came from, a safe name for it, its checksum; empty until it is there.
    last_modified : str or None
        Header of that name.
    total : int or None
        The size announced.
    """

    def __init__(
        self, progress: Progress, timeout_s: float, attempts: int, limit_bytes: int, pace: Pace
    ) -> None:
        self.progress = progress
        self.timeout_s = timeout_s
        self.attempts = max(1, attempts)
        self.limit_bytes = limit_bytes
        self.pace = pace
        self.url = self.name = self.sha256 = ""
        self.last_modified: str | None = None
        self.total: int | None = None
        self._etag: str | None = None
        self._told = 0

    def __call__(self, url: str, output_file: str, _: object) -> None:
        """Receive a file.

        Parameters
        ----------
        url : str
            Where it is.
        output_file : str
            Where to write it.
        _ : object
            What pooch is called from; unused.

        Raises
        ------
        RefusedError
            If it cannot be had whole.
        """
        path = Path(output_file)
        path.unlink()  # pooch makes it for this account alone; the folder may be shared
        with path.open("xb") as stream:
            for attempt in range(1, self.attempts + 1):
                try:
                    with open_session() as session:  # each time: never a connection half dead
                        self._receive(session, url, stream)
                    break
                except BrokenError as broken:
                    self._wait(broken, attempt, stream.tell())
        _check_start(path)
        self.sha256 = pooch.file_hash(str(path))

    def _wait(self, broken: BrokenError, attempt: int, done: int) -> None:
        """Wait before the next attempt, if there is to be one."""
        wait_s = 2.0 ** (attempt - 1) if broken.wait_s is None else broken.wait_s
        if wait_s > MAX_WAIT_S:
            msg = f"{broken} ; il demande d'attendre {wait_s:.0f} s"
            raise RefusedError(msg) from broken
        if attempt == self.attempts:
            msg = f"{broken}, {attempt} essais faits" if attempt > 1 else str(broken)
            raise RefusedError(msg) from broken
        self.progress(f"{broken} : nouvel essai", self._share(done))
        sleep(wait_s)

    def _receive(self, session: requests.Session, url: str, stream: BinaryIO) -> None:
        """Get the file, or the rest of it; what is in the stream stays there if this breaks."""
        done = stream.tell()
        response = ask(session, url, self._rest(done), self.timeout_s)
        if response.status_code in {206, 416} and not self._continues(response, done):
            response.close()
            done = 0
            response = ask(session, url, {}, self.timeout_s)
        with response:
            if response.status_code == 200:
                stream.seek(0)
                stream.truncate()
                self._begin(response, url)
            elif response.status_code != 206 or not done:
                raise status_error(response)
            if (self.total or 0) > self.limit_bytes:
                raise too_big(self.limit_bytes)
            self._save(response, stream)
        if self.total is not None and stream.tell() != self.total:
            msg = f"fichier incomplet : {octets(stream.tell())} sur {octets(self.total)}"
            raise BrokenError(msg)

    def _save(self, response: requests.Response, stream: BinaryIO) -> None:
        try:
            chunks = chunks_of(response, self.pace, host(response.url))
            for size in written(chunks, stream, self.limit_bytes):
                self._tell(size)
        except HTTPError as error:
            silent = isinstance(error, ReadTimeoutError)
            what = f"n'envoie plus rien (délai : {self.timeout_s:g} s)" if silent else "a coupé"
            whole = f" sur {octets(self.total)}" if self.total else ""
            msg = f"{host(response.url)} {what} après {octets(stream.tell())}{whole}"
            raise BrokenError(msg) from error

    def _rest(self, done: int) -> dict[str, str]:
        """Ask for what is lacking, on condition that the file is still the same."""
        strong = self._etag is not None and not self._etag.startswith("W/")
        validator = self._etag if strong else self.last_modified
        if not done or validator is None:
            return {}
        return {"Range": f"bytes={done}-", "If-Range": validator}

    def _begin(self, response: requests.Response, asked: str) -> None:
        """Note what the file is, at its first byte."""
        headers = response.headers
        self.url = response.url
        self.name = file_name(headers.get("Content-Disposition", ""), response.url, asked)
        self.last_modified = headers.get("Last-Modified")
        self._etag = headers.get("ETag")
        length = headers.get("Content-Length", "")
        known = "Transfer-Encoding" not in headers and re.fullmatch(r"[0-9]{1,18}", length)
        self.total = int(length) if known else None
        self._told = 0

    def _continues(self, response: requests.Response, done: int) -> bool:
        """Tell whether an answer is the rest of the same file, to its end."""
        headers = response.headers
        match = RANGE.fullmatch(headers.get("Content-Range", ""))
        if response.status_code != 206 or match is None or not done:
            return False
        first, last, total = (int(number) for number in match.groups())
        same = (
            headers.get("ETag", self._etag) == self._etag
            and headers.get("Last-Modified", self.last_modified) == self.last_modified
            and self.total in {None, total}
        )
        if not same or first != done or last + 1 != total:
            return False
        self.total = total
        return True

    def _share(self, size: int) -> float:
        return DOWNLOADED * min(1.0, size / self.total) if self.total else 0.0

    def _tell(self, size: int) -> None:
        """Say how far it is: some twenty times for a file, not at each chunk."""
        step = max(1 << 20, (self.total or self.limit_bytes // 10) // 20)
        if size >= self._told + step or size == self.total:
            self._told = size
            whole = f" sur {octets(self.total)}" if self.total else ""
            self.progress(f"téléchargement : {octets(size)}{whole}", self._share(size))


def _check_start(path: Path) -> None:
    """Refuse a file that is empty, or a web page."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        msg = "le fichier reçu est vide"
        raise RefusedError(msg)
    if HTML.match(head):
        msg = (
            "c'est une page web qui est arrivée, et non le fichier (identification demandée par "
            "le réseau, ou page d'erreur du site)"
        )
        raise RefusedError(msg)

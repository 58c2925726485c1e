"""Official files: fetched whole from real servers on the loopback, unpacked, or refused."""

from __future__ import annotations

import errno
import hashlib
import http.server
import io
import logging
import os
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pooch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonage_geo.catalog.model import Source
from zonage_geo.download import Fetched, fetch_file
from zonage_geo.download.common import RefusedError, written
from zonage_geo.download.names import MAX_BYTES, file_name, safe_name
from zonage_geo.download.pace import Pace, slowest
from zonage_geo.download.web import address_fault
from zonage_geo.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "Périmètres des QPV"
BODY = bytes(range(256)) * 4000  # 1 MB, in which any shift shows
HALF = len(BODY) // 2
ETAG = {"ETag": '"a"'}
DATED = {"Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
PORTAL = b"\n<!-- wifi --><!DOCTYPE html><html><title>Bienvenue</title></html>"
VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass
class Answer:
    """What the server answers once; ranges are served as RFC 9110 wants, where they are."""

    body: bytes = BODY
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None  # so many bytes, then the connection is cut
    stall: bool = False  # …or nothing more is sent, and it is left open
    ranges: bool = False
    believed: bool = False  # serves a range whatever If-Range says
    length: bool = True
    chunked: bool = False
    drip_s: float = 0.0  # a byte now and then, so long apart, until the client leaves


@dataclass
class Site:
    """A server on the loopback: what it will answer, in turn, and what it was asked."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    served: int = 0
    stalled: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def source(self, path: str = "/qpv.zip", **rest: Any) -> Source:  # noqa: ANN401
        return Source(f"{self.url}{path}", TITLE, "vérifiée", **rest)

    def ranges(self) -> list[str | None]:
        return [headers.get("range") for _, headers in self.asked]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        site = self.site
        site.asked.append((self.path, {key.lower(): text for key, text in self.headers.items()}))
        answer = site.answers.pop(0) if len(site.answers) > 1 else site.answers[0]
        body, status, headers = answer.body, answer.status, dict(answer.headers)
        wanted = self.headers.get("Range")
        valid = {headers.get("ETag"), headers.get("Last-Modified"), None}
        same = answer.believed or self.headers.get("If-Range") in valid
        if answer.ranges and wanted is not None and same:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            headers.setdefault("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            body, status = body[start:], 206
        if answer.length and not answer.chunked:
            headers.setdefault("Content-Length", str(len(body)))
        if answer.chunked:
            headers["Transfer-Encoding"] = "chunked"
        self.send_response(status)
        for key, text in headers.items():
            self.send_header(key, text)
        self.end_headers()
        if answer.drip_s:
            self._drip(body, answer.drip_s)
            return
        part = body[: answer.sent]
        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if answer.chunked else part)
        site.served += len(part)
        if answer.stall:
            self.wfile.flush()
            site.stalled.set()
            site.released.wait(60)
        elif answer.chunked and answer.sent is None:
            self.wfile.write(b"0\r\n\r\n")
        if answer.sent is not None or not answer.length:
            self.close_connection = True

    def _drip(self, body: bytes, apart_s: float) -> None:
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            if self.site.released.wait(apart_s):
                return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them, and so for their sockets

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that leave early are what is tested."""


def serve(site: Site, context: ssl.SSLContext | None = None) -> Iterator[Site]:
    handler = type("Handler", (Handler,), {"site": site})
    with Server(("127.0.0.1", 0), handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        site.url = f"{scheme}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield site
        finally:
            site.released.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serve(Site(answers=[Answer()]))


@pytest.fixture
def other() -> Iterator[Site]:
    yield from serve(Site(answers=[Answer()]))


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Keep the proxies out, and the waits on paper."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in VARIABLES:
            monkeypatch.delenv(name)
    kept: list[float] = []
    monkeypatch.setattr("zonage_geo.download.transfer.sleep", kept.append)
    return kept


def quiet(label: str, done: float) -> None:
    """Say nothing."""


def fetch(source: Source, folder: Path, **options: Any) -> Fetched:  # noqa: ANN401
    return fetch_file(source, folder, quiet, **options)


def refused(source: Source, folder: Path, **options: Any) -> str:  # noqa: ANN401
    """Fetch what must fail; whatever the reason, the message says how to go on."""
    before = visible(folder)
    with pytest.raises(SourceError) as caught:
        fetch(source, folder, **options)
    message = str(caught.value)
    assert message.startswith(f"{TITLE} : ")
    assert source.url in message
    assert str(folder) in message
    assert "python -m zonage_geo data add" in message
    assert visible(folder) == before
    assert scratch_left(folder) == []
    return message


def visible(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def scratch_left(folder: Path) -> list[Path]:
    return [path for path in folder.glob(".telechargement/*") if path.is_dir()]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# whole files


def test_a_server_that_drips_bytes_does_not_hold_a_download(site: Site, tmp_path: Path) -> None:
    pace = Pace(1000, 0.3)
    site.answers = [Answer(drip_s=0.02)]
    message = refused(site.source(), tmp_path, attempts=2, timeout_s=5.0, pace=pace)
    assert "n'envoie presque rien" in message
    assert "2 essais faits" in message
    site.answers = [Answer(drip_s=0.02), Answer()]  # it comes round: the file is had whole
    assert fetch(site.source(), tmp_path, pace=pace).size == len(BODY)


def test_the_slowest_pace_is_said_in_toml() -> None:
    assert slowest().over_s >= 10  # a pause is no drip
    assert slowest().bytes_per_s >= 100


def test_file_is_fetched_whole(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(headers=DATED)]
    told: list[tuple[str, float]] = []
    folder = tmp_path / "home" / "raw"
    got = fetch_file(site.source(), folder, lambda *step: told.append(step))
    assert got == Fetched(
        path=folder / "qpv.zip",
        download=folder / "qpv.zip",
        url=f"{site.url}/qpv.zip",
        sha256=sha256(BODY),
        size=len(BODY),
        last_modified=DATED["Last-Modified"],
        from_cache=False,
    )
    assert visible(folder) == {"qpv.zip": BODY}
    assert scratch_left(folder) == []
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert told[0][0] == f"téléchargement de {TITLE}"
    ((_, headers),) = site.asked
    assert headers["user-agent"].startswith("zonage_geo")
    assert headers["accept-encoding"] == "identity"
    assert headers["connection"] == "close"
    assert "range" not in headers


def test_progress_is_told_now_and_then(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(BODY * 4)]
    told: list[str] = []
    fetch_file(site.source(), tmp_path, lambda label, _: told.append(label))
    assert len(told) < 10
    assert "téléchargement : 4,1 Mo sur 4,1 Mo" in told


def test_file_is_fetched_into_a_relative_folder(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fetch(site.source(), Path("raw")).path == tmp_path / "raw" / "qpv.zip"


def test_file_is_asked_for_once_at_least(site: Site, tmp_path: Path) -> None:
    assert fetch(site.source(), tmp_path, attempts=0).sha256 == sha256(BODY)


def test_file_without_a_size_is_fetched(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(chunked=True)]
    assert fetch(site.source(), tmp_path).size == len(BODY)
    site.answers = [Answer(chunked=True, headers={"Content-Length": "5"})]  # of no account then
    assert fetch(site.source(), tmp_path).size == len(BODY)
    site.answers = [Answer(length=False)]  # its end is the connection's
    assert fetch(site.source(), tmp_path).sha256 == sha256(BODY)


def test_compressed_file_stays_as_it_is(site: Site, tmp_path: Path) -> None:
    packed = b"\x1f\x8b" + bytes(100)  # some servers take the file's own gzip for an encoding
    site.answers = [Answer(packed, headers={"Content-Encoding": "gzip"})]
    got = fetch(site.source("/adresses-31.csv.gz"), tmp_path)
    assert got.path.name == "adresses-31.csv.gz"
    assert got.path.read_bytes() == packed


def test_pooch_logs_nothing(site: Site, tmp_path: Path) -> None:
    logger = pooch.get_logger()
    level = logging.INFO
    logger.setLevel(level)  # as pooch does
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign,assignment]
    logger.addHandler(handler)
    try:
        fetch(site.source(), tmp_path)
    finally:
        logger.removeHandler(handler)
    assert records == []
    assert logger.level == level


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX's")
def test_file_may_be_read_by_whom_the_folder_allows(site: Site, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    got = fetch(site.source(), tmp_path)
    assert got.path.stat().st_mode == plain.stat().st_mode


# files that are there already


def test_known_file_is_not_asked_for_again(site: Site, tmp_path: Path) -> None:
    source = site.source(sha256=sha256(BODY).upper())
    assert not fetch(source, tmp_path).from_cache
    (tmp_path / "qpv.zip").rename(tmp_path / "qpv (1).zip")  # as a browser names it
    got = fetch(source, tmp_path)
    assert got.from_cache
    assert got.path == got.download == tmp_path / "qpv (1).zip"
    assert (got.sha256, got.size, got.url) == (sha256(BODY), len(BODY), source.url)
    assert len(site.asked) == 1


def test_known_file_that_was_altered_is_fetched_again(site: Site, tmp_path: Path) -> None:
    (tmp_path / "qpv.zip").write_bytes(BODY[1:])
    assert not fetch(site.source(sha256=sha256(BODY)), tmp_path).from_cache
    assert visible(tmp_path) == {"qpv.zip": BODY}


def test_other_file_is_fetched_each_time(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(b"old"), Answer(b"new")]
    assert fetch(site.source(), tmp_path).path.read_bytes() == b"old"
    assert fetch(site.source(), tmp_path).path.read_bytes() == b"new"
    assert [path for path, _ in site.asked] == ["/qpv.zip"] * 2


def test_old_file_stays_where_the_new_one_fails(site: Site, tmp_path: Path) -> None:
    fetch(site.source(), tmp_path)
    for answer in (Answer(status=500), Answer(sent=HALF), Answer(PORTAL), Answer(b"")):
        site.answers = [answer]
        refused(site.source(), tmp_path)
        assert visible(tmp_path) == {"qpv.zip": BODY}


def test_wrong_checksum_is_refused_with_both_sums(site: Site, tmp_path: Path) -> None:
    message = refused(site.source(sha256="0" * 64), tmp_path)
    assert f"sha256 {sha256(BODY)} au lieu de {'0' * 64}" in message
    assert len(site.asked) == 1


# broken connections


@pytest.mark.parametrize("validator", [ETAG, DATED, {"ETag": 'W/"a"'} | DATED, ETAG | DATED])
def test_download_goes_on_where_it_broke(
    site: Site, tmp_path: Path, waits: list[float], validator: dict[str, str]
) -> None:
    site.answers = [Answer(headers=validator, sent=HALF), Answer(headers=validator, ranges=True)]
    got = fetch(site.source(), tmp_path)
    assert (got.sha256, got.size) == (sha256(BODY), len(BODY))
    assert site.ranges() == [None, f"bytes={HALF}-"]
    sent = site.asked[1][1]["if-range"]
    assert sent == (DATED["Last-Modified"] if validator.get("ETag") != '"a"' else '"a"')
    assert site.served == len(BODY)
    assert waits == [1.0]


def test_download_may_break_more_than_once(site: Site, tmp_path: Path, waits: list[float]) -> None:
    part = Answer(headers=ETAG, ranges=True, sent=len(BODY) // 4)
    site.answers = [part, part, part, Answer(headers=ETAG, ranges=True)]
    assert fetch(site.source(), tmp_path, attempts=4).sha256 == sha256(BODY)
    assert site.served == len(BODY)
    assert waits == [1.0, 2.0, 4.0]


def test_chunked_download_goes_on_where_it_broke(site: Site, tmp_path: Path) -> None:
    site.answers = [
        Answer(headers=ETAG, chunked=True, sent=HALF),
        Answer(headers=ETAG, ranges=True),
    ]
    assert fetch(site.source(), tmp_path).sha256 == sha256(BODY)
    assert site.served < 2 * len(BODY)
    assert site.ranges()[1] == f"bytes={HALF}-"


@pytest.mark.parametrize(
    ("headers", "second"),
    [
        (ETAG, Answer(headers=ETAG)),  # no ranges here
        (ETAG, Answer(BODY[::-1], headers={"ETag": '"b"'}, ranges=True)),  # another file now
        (DATED, Answer(b"shorter", headers=ETAG, ranges=True)),
        ({}, Answer(ranges=True)),  # nothing to tell the same file by
        ({"ETag": 'W/"a"'}, Answer(headers={"ETag": 'W/"a"'}, ranges=True)),
    ],
)
def test_download_starts_again_where_it_cannot_go_on(
    site: Site, tmp_path: Path, headers: dict[str, str], second: Answer
) -> None:
    site.answers = [Answer(headers=headers, sent=HALF), second]
    assert fetch(site.source(), tmp_path).path.read_bytes() == second.body
    asked = None if "W/" in str(headers) or not headers else f"bytes={HALF}-"
    assert site.ranges() == [None, asked]


@pytest.mark.parametrize(
    "second",
    [
        Answer(BODY[::-1], headers={"ETag": '"b"'}, ranges=True, believed=True),
        Answer(BODY[::-1] + b"!", headers=ETAG, ranges=True),
        Answer(
            headers=ETAG | {"Content-Range": f"bytes 0-{len(BODY) - 1}/{len(BODY)}"}, ranges=True
        ),
        Answer(headers=ETAG | {"Content-Range": f"bytes {HALF}-{HALF}/{len(BODY)}"}, ranges=True),
        Answer(headers=ETAG | {"Content-Range": "lines 1-2/3"}, ranges=True),
        Answer(BODY[::-1], headers=ETAG | {"Last-Modified": "x"}, ranges=True),
        Answer(b"", status=416),
    ],
    ids=["etag", "size", "start", "end", "unit", "date", "416"],
)
def test_range_of_another_file_is_not_joined(site: Site, tmp_path: Path, second: Answer) -> None:
    first = Answer(headers=ETAG | DATED, sent=HALF)
    site.answers = [first, second, Answer(b"now whole")]
    assert fetch(site.source(), tmp_path).path.read_bytes() == b"now whole"
    assert site.ranges() == [None, f"bytes={HALF}-", None]


@pytest.mark.parametrize("chunked", [False, True])
def test_rest_that_is_short_is_not_the_end(site: Site, tmp_path: Path, *, chunked: bool) -> None:
    site.answers = [
        Answer(headers=ETAG, sent=HALF, chunked=chunked),
        Answer(headers=ETAG | {"Content-Length": "10"}, ranges=True, sent=10),
        Answer(headers=ETAG, ranges=True),
    ]
    assert fetch(site.source(), tmp_path).sha256 == sha256(BODY)
    assert site.ranges() == [None, f"bytes={HALF}-", f"bytes={HALF + 10}-"]


def test_part_that_was_not_asked_for_is_refused(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(status=206, headers={"Content-Range": "bytes 0-9/10"})]
    assert "code 206" in refused(site.source(), tmp_path)


@pytest.mark.parametrize("headers", [{}, ETAG])
def test_truncated_file_is_never_accepted(
    site: Site, tmp_path: Path, headers: dict[str, str], waits: list[float]
) -> None:
    site.answers = [Answer(headers=headers, sent=HALF)]
    message = refused(site.source(), tmp_path)
    assert "0,5 Mo sur 1,0 Mo" in message
    assert "3 essais faits" in message
    assert waits == [1.0, 2.0]


def test_truncated_chunks_are_never_accepted(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(chunked=True, sent=HALF)]
    refused(site.source(), tmp_path)


def test_a_part_stays_where_a_server_fails_in_between(
    site: Site, tmp_path: Path, waits: list[float]
) -> None:
    site.answers = [
        Answer(headers=ETAG, sent=HALF),
        Answer(b"", status=503),
        Answer(headers=ETAG, ranges=True),
    ]
    fetch(site.source(), tmp_path)
    assert site.served == len(BODY)
    assert waits == [1.0, 2.0]


# servers that are slow, or fail


@pytest.mark.parametrize("sent", [0, HALF])
def test_silent_server_is_left(site: Site, tmp_path: Path, sent: int) -> None:
    site.answers = [Answer(sent=sent, stall=True)]
    message = refused(site.source(), tmp_path, timeout_s=0.4, attempts=1)
    assert "n'envoie plus rien (délai : 0.4 s)" in message


def test_server_that_never_answers_is_left(tmp_path: Path, waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        source = Source(f"http://127.0.0.1:{mute.getsockname()[1]}/x", TITLE, "")
        message = refused(source, tmp_path, timeout_s=0.05, attempts=2)
    assert "n'a pas répondu à temps (délai : 0.05 s), 2 essais faits" in message
    assert waits == [1.0]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "mot de passe"),
        (403, "refuse l'accès"),
        (404, "n'est pas (ou plus) à cette adresse"),
        (418, "la réponse n'est pas un fichier"),
        (204, "la réponse n'est pas un fichier"),
        (304, "la réponse n'est pas un fichier"),
        (302, "la réponse n'est pas un fichier"),  # to nowhere
        (511, "s'identifier dans un navigateur"),
        (501, "en panne"),
    ],
)
def test_status_is_said_and_not_insisted_on(
    site: Site, tmp_path: Path, status: int, words: str
) -> None:
    site.answers = [Answer(b"", status=status, length=status not in {204, 304})]
    message = refused(site.source(), tmp_path)
    assert words in message
    assert f"code {status}" in message
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_failure_that_passes_is_waited_for(
    site: Site, tmp_path: Path, waits: list[float], status: int
) -> None:
    site.answers = [Answer(b"<html>", status=status), Answer()]
    assert fetch(site.source(), tmp_path).sha256 == sha256(BODY)
    assert waits == [1.0]


def test_failure_that_stays_is_said(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(b"", status=500)]
    assert "en panne (127.0.0.1, code 500), 3 essais faits" in refused(site.source(), tmp_path)
    assert len(site.asked) == 3


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("0", 0.0),
        ("1", 1.0),
        ("60", 60.0),
        ("Mon, 01 Jan 2024 00:00:00 GMT", 0.0),
        ("bientôt", 1.0),
        ("-5", 1.0),
        ("²", 1.0),
        ("Fri, 31 Dec 9999 23:59:59 -1200", 1.0),
    ],
)
def test_server_says_when_to_come_back(
    site: Site, tmp_path: Path, waits: list[float], asked: str, waited: float
) -> None:
    site.answers = [Answer(b"", status=429, headers={"Retry-After": asked}), Answer()]
    fetch(site.source(), tmp_path)
    assert waits == [waited]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_server_that_wants_to_be_left_alone_is(
    site: Site, tmp_path: Path, waits: list[float], form: str
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    asked = {"seconds": "3600", "date": later}[form]
    site.answers = [Answer(b"", status=503, headers={"Retry-After": asked})]
    assert "il demande d'attendre 3" in refused(site.source(), tmp_path)
    assert waits == []
    assert len(site.asked) == 1


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return int(gone.getsockname()[1])


def test_no_server_at_all(tmp_path: Path, waits: list[float]) -> None:
    source = Source(f"http://127.0.0.1:{closed_port()}/qpv.zip", TITLE, "")
    message = refused(source, tmp_path, then="python -m zonage_geo data add qpv FICHIER")
    assert "127.0.0.1 est injoignable (pas de réseau" in message
    assert message.endswith("    python -m zonage_geo data add qpv FICHIER")
    assert waits == [1.0, 2.0]


def test_name_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    message = refused(Source("http://nulle-part.invalid/x", TITLE, ""), tmp_path)
    assert "nulle-part.invalid est injoignable" in message


def test_dead_proxy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    message = refused(Source("http://nulle-part.invalid/x", TITLE, ""), tmp_path)
    assert "le proxy (variables HTTP_PROXY et HTTPS_PROXY)" in message


def test_web_page_instead_of_the_file_is_refused(site: Site, tmp_path: Path) -> None:
    for page in (PORTAL, b"<html>", b"\xef\xbb\xbf<?xml version='1.0'?>\n<!DOCTYPE HTML>"):
        site.answers = [Answer(page)]
        # said even where the checksum would tell
        assert "c'est une page web" in refused(site.source(sha256="0" * 64), tmp_path)
    site.answers = [Answer(b"<!---->" * 200 + b"<htm")]
    assert fetch(site.source(), tmp_path).size > 0


def test_empty_file_is_refused(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(b"")]
    assert "le fichier reçu est vide" in refused(site.source(), tmp_path)


@pytest.mark.parametrize("chunked", [False, True])
def test_file_beyond_the_limit_is_refused(site: Site, tmp_path: Path, *, chunked: bool) -> None:
    site.answers = [Answer(chunked=chunked)]
    message = refused(site.source(), tmp_path, limit_bytes=len(BODY) - 1)
    assert "dépasse la taille acceptée, 1,0 Mo" in message
    assert len(site.asked) == 1
    assert fetch(site.source(), tmp_path, limit_bytes=len(BODY)).size == len(BODY)


def test_size_beyond_the_limit_is_enough(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(headers={"Content-Length": str(10**13)}, sent=0, stall=True)]
    message = refused(site.source(), tmp_path, timeout_s=1.0, attempts=1)
    assert "dépasse la taille acceptée, 2147,5 Mo" in message


# addresses


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "qpv.zip", "", "http://", "http://[", "//a/b"],
)
def test_only_web_addresses_are_asked(tmp_path: Path, url: str) -> None:
    message = refused(Source(url, TITLE, ""), tmp_path / "raw")
    assert "n'est pas une adresse http ou https" in message
    assert not (tmp_path / "raw").exists()


def test_address_that_cannot_be_asked_is_a_source_error(tmp_path: Path) -> None:
    for url in ("http://.a/x", "http://a:99999/x", "http://a b/x", f"http://{'a' * 70}/x"):
        assert "écriture" not in refused(Source(url, TITLE, ""), tmp_path)


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(b"moved", status=status, headers={"Location": target})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_followed(site: Site, other: Site, tmp_path: Path, status: int) -> None:
    site.answers = [redirect(f"{other.url}/a/r?id=1", status)]
    named = {
        "Content-Disposition": "attachment; filename=\"x.zip\"; filename*=UTF-8''%C3%A9t%C3%A9.zip"
    }
    other.answers = [redirect("../b/c", status), Answer(headers=named)]
    got = fetch(site.source("/api/r/942d"), tmp_path)
    assert got.path == tmp_path / "été.zip"
    assert got.url == f"{other.url}/b/c"
    assert [path for path, _ in other.asked] == ["/a/r?id=1", "/b/c"]


def test_range_goes_through_the_redirect(site: Site, other: Site, tmp_path: Path) -> None:
    site.answers = [redirect(f"{other.url}/x.zip")]
    other.answers = [Answer(headers=ETAG, sent=HALF), Answer(headers=ETAG, ranges=True)]
    assert fetch(site.source(), tmp_path).sha256 == sha256(BODY)
    assert other.served == len(BODY)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://["])
def test_redirect_out_of_the_web_is_refused(site: Site, tmp_path: Path, target: str) -> None:
    site.answers = [redirect(target)]
    message = refused(site.source(), tmp_path)
    assert f"127.0.0.1 renvoie ailleurs, mais « {target} » n'est pas une adresse" in message
    assert len(site.asked) == 1


def test_redirect_written_in_latin_1_is_followed(site: Site, tmp_path: Path) -> None:
    site.answers = [redirect("/\xff.zip"), Answer()]
    assert fetch(site.source(), tmp_path).path.name == "ÿ.zip"
    assert site.asked[1][0] == "/%C3%BF.zip"


def test_redirect_written_in_utf_8_is_followed(site: Site, tmp_path: Path) -> None:
    site.answers = [redirect("/é.zip".encode().decode("latin-1")), Answer()]
    assert fetch(site.source(), tmp_path).path.name == "é.zip"
    assert site.asked[1][0] == "/%C3%A9.zip"


def test_redirects_without_end_are_left(site: Site, tmp_path: Path) -> None:
    site.answers = [redirect("/encore")]
    assert "renvoie sans fin" in refused(site.source(), tmp_path)
    assert len(site.asked) == 10


def test_redirect_may_not_leave_encryption() -> None:
    assert address_fault("http://a/x", "http://b/") is None
    assert address_fault("https://a/x", "http://b/") is None
    assert address_fault("https://a/x", "https://b/") is None
    fault = "« http://a/x » n'est plus une adresse chiffrée (https)"
    assert address_fault("http://a/x", "https://b/") == fault
    assert address_fault("http://a/x", "HTTPS://b/") == fault


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Give a server that speaks TLS, by a certificate made for it; it is not yet trusted."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    made += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    yield from serve(Site(answers=[Answer()]), context)


def test_encrypted_server(
    secure: Site, other: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    raw = tmp_path / "raw"
    message = refused(secure.source(), raw)
    assert "la connexion chiffrée avec 127.0.0.1 échoue" in message
    assert "REQUESTS_CA_BUNDLE" in message
    assert waits == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert.pem"))
    assert fetch(secure.source(), raw).sha256 == sha256(BODY)
    other.answers = [redirect(f"{secure.url}/x"), Answer()]
    assert fetch(other.source(), raw).url == f"{secure.url}/x"
    secure.answers = [redirect(f"{other.url}/x")]
    message = refused(secure.source(), raw)
    assert f"« {other.url}/x » n'est plus une adresse chiffrée" in message
    assert len(other.asked) == 1


def test_certificates_that_are_not_there(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nulle-part.pem"))
    source = Source(site.url.replace("http", "https"), TITLE, "")
    message = refused(source, tmp_path)
    assert "la demande à 127.0.0.1 ne peut être faite" in message
    assert "nulle-part.pem" in message


# folders


def test_folder_that_cannot_be_made_names_the_variable(site: Site, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    message = refused(site.source(), tmp_path / "home" / "raw")
    assert "écriture impossible" in message
    assert "ZONAGE_GEO_HOME" in message
    assert site.asked == []


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this account"
)
def test_folder_that_is_closed(site: Site, tmp_path: Path) -> None:
    closed = tmp_path / "raw"
    closed.mkdir(mode=0o500)
    assert "Obtenez le droit d'écrire dans ce dossier" in refused(site.source(), closed)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_folder_that_may_not_be_written_to(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def barred(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))  # a PermissionError, for EACCES

    monkeypatch.setattr("zonage_geo.download.tempfile.TemporaryDirectory", barred)
    message = refused(site.source(), tmp_path)
    assert "Obtenez le droit d'écrire dans ce dossier, ou choisissez un autre" in message
    assert site.asked == []


@pytest.mark.parametrize("where", ["transfer", "archive"])
def test_full_disk(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def full(*_: object) -> Iterator[int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    site.answers = [Answer(archive(a=b"1"))]
    monkeypatch.setattr(f"zonage_geo.download.{where}.written", full)
    message = refused(site.source(member="a"), tmp_path)
    assert "(le disque est plein). Libérez de la place" in message
    assert len(site.asked) == 1


def test_folder_of_the_files_name_is_left(site: Site, tmp_path: Path) -> None:
    (tmp_path / "qpv.zip").mkdir()
    message = refused(site.source(), tmp_path)
    assert "écriture impossible" in message
    assert "Libérez" not in message


PROCESS = """
import sys
from pathlib import Path
from zonage_geo.catalog.model import Source
from zonage_geo.download import fetch_file
url, sha256, folder = sys.argv[1:]
source = Source(url, "Un fichier", "", sha256=sha256 or None)
got = fetch_file(source, Path(folder), lambda label, done: print(label, flush=True))
print(got.from_cache)
"""


def start(url: str, folder: Path, digest: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, url, digest, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


def test_killed_download_leaves_nothing_that_looks_whole(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(sent=HALF, stall=True)]
    with start(site.source().url, tmp_path) as process:
        assert site.stalled.wait(60)
        process.kill()
    assert visible(tmp_path) == {}
    assert len(scratch_left(tmp_path)) == 1
    site.answers = [Answer()]
    fetch(site.source(), tmp_path)
    assert visible(tmp_path) == {"qpv.zip": BODY}
    assert scratch_left(tmp_path) == []


@pytest.mark.parametrize("digest", [sha256(BODY), ""])
def test_two_processes_fetch_the_same_file(site: Site, tmp_path: Path, digest: str) -> None:
    site.answers = [Answer(stall=True), Answer()]
    # all but the end of the connection, which only `released` brings
    site.answers[0].length = False
    with start(site.source().url, tmp_path, digest) as first:
        assert site.stalled.wait(60)
        with start(site.source().url, tmp_path, digest) as second:
            assert second.stdout is not None
            assert second.stdout.readline() == "attente d'un autre téléchargement\n"
            site.released.set()
            said = [process.communicate(timeout=60) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], said
    assert [out.splitlines()[-1] for out, _ in said] == ["False", str(bool(digest))]
    assert [err for _, err in said] == ["", ""]
    assert len(site.asked) == (1 if digest else 2)
    assert visible(tmp_path) == {"qpv.zip": BODY}
    assert scratch_left(tmp_path) == []


# names


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("qpv 2024.geojson.zip", "qpv 2024.geojson.zip"),
        ("../../evil.zip", "evil.zip"),
        ("..\\..\\evil.zip", "evil.zip"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\x.dll", "x.dll"),
        ("C:x.zip", "C_x.zip"),
        ("x.zip:flux", "x.zip_flux"),
        ("..", ""),
        (".", ""),
        (" . ", ""),
        ("a/", ""),
        (".bashrc", "bashrc"),
        ("...x", "x"),
        ("x.zip. ", "x.zip"),
        ("con", "_con"),
        ("NUL.zip", "_NUL.zip"),
        ("aux .csv.gz", "_aux.csv.gz"),
        ("COM1.zip", "_COM1.zip"),
        ("lpt³.zip", "_lpt³.zip"),
        ("console.zip", "console.zip"),
        ("a\x00b\r\n\x1b[31m.zip", "ab[31m.zip"),
        ("\u202epiz.exe", "piz.exe"),
        ('a"b<c>d|e?f*.zip', "a_b_c_d_e_f_.zip"),
        ("e\u0301te\u0301.zip", "été.zip"),
        ("x" * 500 + ".csv.gz", "x" * (MAX_BYTES - 7) + ".csv.gz"),
        ("é" * 500 + ".zip", "é" * 58 + ".zip"),
        ("a." + "x" * 500, "a." + "x" * (MAX_BYTES - 2)),
    ],
)
def test_name_is_made_safe(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@given(st.text())
def test_any_name_is_safe(name: str) -> None:
    safe = safe_name(name)
    assert len(safe.encode()) <= MAX_BYTES
    assert not set(safe) & set('/\\:*?"<>|\x00\n')
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("disposition", "url", "name"),
    [
        ("", "http://a/b/c.zip?x=/../y", "c.zip"),
        ("", "http://a/b/..%2F..%2Fevil.zip", "evil.zip"),
        ("", "http://a/b/", "asked.zip"),
        ("inline", "http://a/c.zip", "c.zip"),
        ('attachment; filename="été.zip"', "http://a/c.zip", "été.zip"),
        ("attachment; filename=d.zip; size=3", "http://a/c.zip", "d.zip"),
        ('attachment; FileName = "d;e.zip"', "http://a/c.zip", "d;e.zip"),
        ("attachment; filename*=iso-8859-1'fr'%E9.zip", "http://a/c.zip", "é.zip"),
        ("attachment; filename*=bogus''x.zip", "http://a/c.zip", "c.zip"),
        ("attachment; filename*=UTF-8''..%2F..%2F.evil", "http://a/c.zip", "evil"),
        ('attachment; filename=".."', "http://a/c.zip", "c.zip"),
        ('attachment; filename=""', "http://a/c.zip", "c.zip"),
        ("attachment; filename=", "http://a/c.zip", "c.zip"),
    ],
)
def test_file_is_named_by_the_server_then_the_address(
    disposition: str, url: str, name: str
) -> None:
    assert file_name(disposition, url, "http://a/asked.zip") == name
    mojibake = disposition.encode().decode("latin-1")
    assert file_name(mojibake, url, "http://a/asked.zip") == name


def test_file_that_nothing_names() -> None:
    assert file_name("", "http://a/", "http://a") == "fichier"


def test_hostile_name_stays_in_the_folder(site: Site, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    site.answers = [
        Answer(headers={"Content-Disposition": f'attachment; filename="{name}"'})
        for name in ("../../evil.zip", str(tmp_path / "x.zip"), ".telechargement")
    ]
    for expected in ("evil.zip", "x.zip", "telechargement"):
        assert fetch(site.source(), raw).path == raw / expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


# archives


def archive(pack: int = zipfile.ZIP_DEFLATED, /, **members: bytes) -> bytes:
    """Make a zip; in names, ``__`` stands for a slash."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", pack) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def archive_of(members: dict[str, bytes]) -> bytes:
    return archive(**members)


MEMBER = "GEOJSON/QP2024.geojson"
GEOJSON = b'{"type": "FeatureCollection", "features": []}'
TWO = archive_of({"lisez-moi.txt": b"?", "GEOJSON/": b"", MEMBER: GEOJSON, "x/a.csv": b"1"})


def test_member_is_unpacked_beside_its_archive(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(TWO)]
    (tmp_path / "QP2024.dbf").write_bytes(b"mine")
    got = fetch(site.source(member=MEMBER), tmp_path)
    assert got.path == tmp_path / "QP2024.geojson"
    assert got.download == tmp_path / "qpv.zip"
    assert got.sha256 == sha256(TWO)
    assert visible(tmp_path) == {
        "QP2024.dbf": b"mine",
        "QP2024.geojson": GEOJSON,
        "qpv.zip": TWO,
    }
    assert scratch_left(tmp_path) == []


def test_member_of_a_known_archive_is_unpacked_without_network(site: Site, tmp_path: Path) -> None:
    (tmp_path / "par un navigateur.zip").write_bytes(TWO)
    got = fetch(site.source(member=MEMBER, sha256=sha256(TWO)), tmp_path)
    assert got.from_cache
    assert got.path.read_bytes() == GEOJSON
    assert site.asked == []


@pytest.mark.parametrize("name", ["autre/qp2024.GEOJSON", "autre\\QP2024.geojson"])
def test_member_that_moved_is_found_by_its_name(site: Site, tmp_path: Path, name: str) -> None:
    site.answers = [Answer(archive_of({name: GEOJSON, "b": b""}))]
    told: list[str] = []
    got = fetch_file(site.source(member=MEMBER), tmp_path, lambda label, _: told.append(label))
    assert got.path.read_bytes() == GEOJSON
    assert got.path.parent == tmp_path
    assert f"« {MEMBER} » n'est pas dans l'archive, qui contient « {name} »" in told


def test_member_written_with_backslashes_is_the_one_wanted(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(archive_of({MEMBER.replace("/", "\\"): GEOJSON}))]
    told: list[str] = []
    fetch_file(site.source(member=MEMBER), tmp_path, lambda label, _: told.append(label))
    assert visible(tmp_path)["QP2024.geojson"] == GEOJSON
    assert not any("n'est pas dans l'archive" in label for label in told)


def test_absent_member_is_refused_with_what_is_there(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(archive_of({f"f{rank:02}\x1b": b"" for rank in range(15)}))]
    message = refused(site.source(member=MEMBER), tmp_path)
    assert f"ne contient pas « {MEMBER} », mais : f00?, f01?, " in message
    assert "f11? et 3 autres" in message
    assert "f12" not in message
    site.answers = [
        Answer(archive_of({"a/QP2024.geojson": b"", "b/QP2024.geojson": b"", "c": b""}))
    ]
    message = refused(site.source(member=MEMBER), tmp_path)
    assert "mais : a/QP2024.geojson, b/QP2024.geojson." in message
    site.answers = [Answer(archive_of({"x" * 500: b""}))]
    assert f"mais : {'x' * 200}." in refused(site.source(member=MEMBER), tmp_path)
    site.answers = [Answer(archive())]
    assert "mais : aucun fichier" in refused(site.source(member=MEMBER), tmp_path)


@pytest.mark.parametrize(
    "name", ["../../evil.txt", "/evil.txt", "C:\\evil.txt", "..\\..\\evil.txt", "a/../../evil.txt"]
)
def test_hostile_member_stays_in_the_folder(site: Site, tmp_path: Path, name: str) -> None:
    site.answers = [Answer(archive_of({name: b"!"}))]
    raw = tmp_path / "a" / "raw"
    for member in (name, "evil.txt"):
        assert fetch(site.source(member=member), raw).path == raw / "evil.txt"
    assert sorted(visible(raw)) == ["evil.txt", "qpv.zip"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["raw"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_other_hostile_members_are_not_unpacked(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(archive_of({"../../evil.txt": b"!", ".bashrc": b"!", "ok": b"1"}))]
    fetch(site.source(member="ok"), tmp_path / "raw")
    assert sorted(visible(tmp_path / "raw")) == ["ok", "qpv.zip"]
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_member_never_takes_its_archives_place(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(archive_of({"x/QPV.zip": b"inner"}))]
    got = fetch(site.source(member="x/QPV.zip"), tmp_path)
    assert got.path == tmp_path / "membre-QPV.zip"
    assert sorted(visible(tmp_path)) == ["membre-QPV.zip", "qpv.zip"]


def special(name: str, content: bytes, **fields: int) -> bytes:
    packed = io.BytesIO()
    info = zipfile.ZipInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(info, content)
    return packed.getvalue()


def test_link_in_an_archive_is_refused(site: Site, tmp_path: Path) -> None:
    link = (stat.S_IFLNK | 0o777) << 16
    site.answers = [Answer(special("lien", b"/etc/passwd", external_attr=link))]
    assert "« lien » est un lien" in refused(site.source(member="lien"), tmp_path)


def test_encrypted_member_is_refused(site: Site, tmp_path: Path) -> None:
    packed = bytearray(archive(a=b"secret"))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    site.answers = [Answer(bytes(packed))]
    assert "protégé par un mot de passe" in refused(site.source(member="a"), tmp_path)


def test_unusual_compression_is_refused(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(archive(zipfile.ZIP_LZMA, a=b"1" * 100))]
    assert "d'une façon qui n'est pas lue" in refused(site.source(member="a"), tmp_path)


def test_bomb_is_refused_before_it_is_unpacked(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(archive(a=bytes(17 << 20)))]
    message = refused(site.source(member="a"), tmp_path)
    assert "« a » prendrait 17,8 Mo une fois décompressé, pour 17" in message
    site.answers = [Answer(archive(a=bytes(99_999)))]  # as dense, but small
    assert fetch(site.source(member="a"), tmp_path).path.stat().st_size == 99_999
    message = refused(site.source(member="a"), tmp_path, limit_bytes=99_998)
    assert "prendrait 99999 octets" in message


def test_no_more_is_written_than_the_limit() -> None:
    out = io.BytesIO()
    assert list(written([b"ab", b"c"], out, 3)) == [2, 3]
    with pytest.raises(RefusedError, match="dépasse la taille acceptée, 4 octets"):
        list(written([b"d", b"e"], out, 4))
    assert out.getvalue() == b"abcd"


def test_member_larger_than_it_says_is_refused(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(central(archive(a=bytes(5000)), 24, 100))]
    assert "archive zip abîmée" in refused(site.source(member="a"), tmp_path)


def offset(packed: bytes) -> bytes:
    """Say of the first member that it starts before the archive does."""
    at = packed.index(b"PK\x05\x06") + 16
    directory = int.from_bytes(packed[at : at + 4], "little") + 1000
    return packed[:at] + directory.to_bytes(4, "little") + packed[at + 4 :]


def central(packed: bytes, shift: int, *values: int) -> bytes:
    """Change what the archive's directory says of its first member."""
    at = packed.index(b"PK\x01\x02") + shift
    new = b"".join(value.to_bytes(4, "little") for value in values)
    return packed[:at] + new + packed[at + len(new) :]


def spoilt_archives() -> dict[str, bytes]:
    stored = archive(zipfile.ZIP_STORED, a=b"content" * 100)
    return {
        "no zip": GEOJSON,
        "cut": TWO[: len(TWO) // 2],
        "checksum": stored.replace(b"content", b"contenu", 1),
        "deflate": archive(a=b"content" * 100).replace(b"a\x4b\xce", b"a\xff\xff", 1),
        "name": archive_of({"é": b""}).replace("é".encode(), b"\xff\xff"),
        "no name": archive_of({"a": b""}).replace(b"a", b"\0"),
        "offset": offset(archive_of({"a": b""})),
        "far offset": central(stored, 42, len(stored) - 5),
        "beyond the end": central(stored, 20, 10_000, 10_000),
        "start": b"PK\x03\x04",
    }


@pytest.mark.parametrize("defect", spoilt_archives())
def test_broken_archive_is_refused(site: Site, tmp_path: Path, defect: str) -> None:
    site.answers = [Answer(spoilt_archives()[defect])]
    message = refused(site.source(member="a"), tmp_path)
    assert "archive zip abîmée, ou d'un autre format" in message


def test_shapefile_comes_with_its_sisters(site: Site, tmp_path: Path) -> None:
    suffixes = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".shp.xml", ".qix")
    members = {f"SHP/QP{suffix}": suffix.encode() for suffix in suffixes}
    site.answers = [Answer(archive_of(members | {"SHP/QP2.dbf": b"", "autre/QP.dbf": b""}))]
    got = fetch(site.source(member="SHP/QP.shp"), tmp_path)
    assert got.path == tmp_path / "QP.shp"
    wanted = {".shp", ".shx", ".dbf", ".prj", ".cpg"}
    assert visible(tmp_path) == {
        **{f"QP{suffix}": suffix.encode() for suffix in wanted},
        "qpv.zip": got.download.read_bytes(),
    }
    # the next edition: nothing of the old one is read with it, nothing else is touched
    for name in ("QP.qix", "QP.csv", "autre.cpg"):
        (tmp_path / name).write_bytes(b"mine")
    site.answers = [Answer(archive_of({"QP.SHP": b"1", "qp.DBF": b"2"}))]
    got = fetch(site.source(member="SHP/QP.shp"), tmp_path)
    assert got.path == tmp_path / "QP.shp"
    del (seen := visible(tmp_path))["qpv.zip"]
    assert seen == {"QP.shp": b"1", "QP.dbf": b"2", "QP.csv": b"mine", "autre.cpg": b"mine"}


def test_bomb_among_the_sisters_is_refused(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(archive_of({"a.shp": b"1", "a.dbf": bytes(17 << 20)}))]
    assert "« a.dbf » prendrait" in refused(site.source(member="a.shp"), tmp_path)

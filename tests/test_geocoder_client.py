"""The client, on the loopback: what servers answer, and what they do instead of answering."""

from __future__ import annotations

import socket
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.served import collection, feature, serve_csv
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.download.common import BrokenError, RefusedError
from zonage_geo.geocoding.cache import AnswerCache
from zonage_geo.geocoding.client import Answer, Client, CsvQuestion

CATALOG = Catalog.from_plain(compile_catalog())
HALL = feature("1 Place du Capitole 31000 Toulouse", "31555", type="housenumber")


class Waits(list[float]):
    """Seconds that were waited, without waiting."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


def client_of(url: str, cache: AnswerCache | None = None, waits: Waits | None = None,
              **service: Any) -> Client:  # fmt: skip  # noqa: ANN401
    asked = CATALOG.service._replace(**{"url": url.rstrip("/"), "timeout_s": 5.0, **service})
    return Client(asked, CATALOG.words, cache, Waits() if waits is None else waits)


@pytest.fixture
def client(httpserver: HTTPServer, waits: Waits) -> Client:
    return client_of(httpserver.url_for("/"), waits=waits)


# --- answers ---------------------------------------------------------------------------


def test_what_is_asked_and_what_is_read(httpserver: HTTPServer, client: Client) -> None:
    asked = {"q": "1 pl du capitole", "citycode": "31555", "limit": "10"}
    httpserver.expect_request("/search/", query_string=asked).respond_with_data(collection(HALL))
    (found,), as_of, kept, _ = client.search("« 1 pl du capitole", citycode="31555")
    assert (found.kind, found.numero, found.voie) == (
        "numero",
        "1",
        "place du capitole 31000 toulouse",
    )
    assert (found.commune, found.lon, found.lat, found.score) == ("31555", 1.444, 43.6, 0.9)
    assert (as_of, kept) == (date.today(), False)  # noqa: DTZ011
    headers = httpserver.log[0][0].headers
    assert headers["User-Agent"].startswith("zonage_geo")


@pytest.mark.parametrize(
    ("more", "kind", "numero", "voie"),
    [
        ({"type": "housenumber", "housenumber": "12bis", "street": "Rue de Metz"}, "numero",
         "12 bis", "rue de metz"),
        ({"type": "housenumber", "housenumber": "12", "name": "12 Rue de Metz", "street": ""},
         "numero", "12", "rue de metz"),
        ({"name": "Bd de l’Hôpital"}, "voie", None, "boulevard de l hopital"),
        ({"type": "locality", "name": "Le Pech"}, "lieu_dit", None, "le pech"),
        ({"type": "municipality", "name": "Foix"}, "commune", None, "foix"),
    ],
)  # fmt: skip
def test_both_ways_to_name_a_place(
    httpserver: HTTPServer, client: Client, more: dict[str, Any], kind: str, numero: str | None,
    voie: str,
) -> None:  # fmt: skip
    one = feature("x", "31555", **more)
    httpserver.expect_request("/search/").respond_with_data(collection(one))
    (found,) = client.search("12 rue de metz").proposals
    assert (found.kind, found.numero, found.voie) == (kind, numero, voie)


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "poi"},
        {"citycode": None},
        {"citycode": "3155"},
        {"at": (1.4, None)},
        {"at": (1.4, "x")},
        {"at": (1.4, 143.0)},
    ],
)
def test_a_place_that_lacks_something_is_left_out(
    httpserver: HTTPServer, client: Client, broken: dict[str, Any]
) -> None:
    one = feature("x", "31555", at=broken.pop("at", (1.4, 43.6)))
    one["properties"] |= broken
    answer = collection(one, HALL)
    httpserver.expect_request("/search/").respond_with_data(answer)
    assert len(client.search("rue de metz").proposals) == 1


@pytest.mark.parametrize(
    "body",
    ["", "bonjour", "[]", "{}", '{"features": 3}', '{"features": [3]}', '{"features": null}',
     "<html></html>", '{"features": [{}]}', "[" * 100_000],
)  # fmt: skip
def test_nonsense_with_a_200_is_refused_and_not_kept(
    httpserver: HTTPServer, tmp_path: Path, body: str
) -> None:
    cache = AnswerCache(tmp_path / "c.sqlite", 1)
    client = client_of(httpserver.url_for("/"), cache)
    httpserver.expect_oneshot_request("/search/").respond_with_data(body)
    with pytest.raises(RefusedError, match="pas celle d'un géocodeur"):
        client.search("rue de metz")
    httpserver.expect_oneshot_request("/search/").respond_with_data(collection(HALL))
    assert client.search("rue de metz").proposals


def test_what_can_be_no_address_is_not_sent(httpserver: HTTPServer, client: Client) -> None:
    for text in ("", "  ", "«»", "ab", "😀😀"):
        assert client.search(text) == Answer((), date.today(), kept=True)  # noqa: DTZ011
    assert not httpserver.log
    httpserver.expect_request("/search/").respond_with_data(collection())
    client.search("rue " + "x" * 500)
    assert len(httpserver.log[0][0].args["q"]) == 200


def test_reverse(httpserver: HTTPServer, client: Client) -> None:
    asked = {"lon": "1.444", "lat": "43.6", "limit": "10"}
    httpserver.expect_request("/reverse/", query_string=asked).respond_with_data(collection(HALL))
    assert client.reverse(1.444, 43.6).proposals[0].commune == "31555"


# --- failures --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"code": 400, "message": "q : 3 à 200 caractères"}', "code 400 : q : 3 à 200 caractères"),
        ('{"title": "Missing parameter", "description": "q"}', "code 400 : Missing parameter q"),
        ("\x1b[31mrouge", "code 400)"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_either(
    httpserver: HTTPServer, client: Client, body: str, said: str
) -> None:
    httpserver.expect_request("/search/").respond_with_data(body, status=400)
    with pytest.raises(RefusedError) as caught:
        client.search("rue de metz", patient=True)
    assert said in str(caught.value)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_one_question_does_not_wait_for_a_server_that_fails(
    httpserver: HTTPServer, client: Client, waits: Waits, status: int
) -> None:
    httpserver.expect_request("/search/").respond_with_data(
        "", status=status, headers={"Retry-After": "30"}
    )
    with pytest.raises(BrokenError):
        client.search("rue de metz")
    assert (len(httpserver.log), waits) == (1, [])


def test_a_file_waits_as_long_as_the_server_wants(
    httpserver: HTTPServer, client: Client, waits: Waits
) -> None:
    for headers in ({"Retry-After": "7"}, {}):
        httpserver.expect_oneshot_request("/search/").respond_with_data(
            "", status=429, headers=headers
        )
    httpserver.expect_oneshot_request("/search/").respond_with_data(collection(HALL))
    assert client.search("rue de metz", patient=True).proposals
    assert [wait for wait in waits if wait >= 1] == [7.0, 2.0]


def test_it_gives_up_in_the_end_and_never_waits_too_long(
    httpserver: HTTPServer, client: Client, waits: Waits
) -> None:
    httpserver.expect_request("/search/").respond_with_data("", status=500)
    with pytest.raises(RefusedError, match="4 essais faits"):
        client.search("rue de metz", patient=True)
    assert [wait for wait in waits if wait >= 1] == [1.0, 2.0, 4.0]
    httpserver.clear()
    httpserver.expect_request("/search/").respond_with_data(
        "", status=429, headers={"Retry-After": "3600"}
    )
    with pytest.raises(RefusedError, match="il demande d'attendre 3600 s"):
        client.search("rue de metz", patient=True)


def test_no_more_requests_a_second_than_is_polite(
    httpserver: HTTPServer, client: Client, waits: Waits
) -> None:
    httpserver.expect_request("/search/").respond_with_data(collection())
    for number in range(3):
        client.search(f"rue numéro {number}")
    assert all(0 < wait <= 0.05 for wait in waits)
    assert len(waits) >= 1


def slow(port_of: list[int], stop: threading.Event) -> threading.Thread:
    """Serve a byte now and then, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    port_of.append(server.getsockname()[1])

    def drip() -> None:
        with server:
            server.settimeout(10)
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.05):
                    connection.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    return thread


def test_dripped_bytes_do_not_hold_a_question() -> None:
    ports: list[int] = []
    stop = threading.Event()
    thread = slow(ports, stop)
    begun = time.monotonic()
    with pytest.raises(BrokenError, match=r"délai : 0\.3 s"):
        client_of(f"http://127.0.0.1:{ports[0]}", timeout_s=0.3).search("rue de metz")
    assert time.monotonic() - begun < 5  # and not the hour that the bytes would take
    stop.set()
    thread.join()


def test_a_name_that_is_sought_for_ever_does_not_either(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def sought(*_: object, **__: object) -> None:
        stop.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "rien")

    monkeypatch.setattr(socket, "getaddrinfo", sought)
    with pytest.raises(BrokenError, match="pas répondu à temps"):
        client_of("http://adresse.invalid", timeout_s=0.2).search("rue de metz")
    stop.set()


def test_no_server_at_all_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(BrokenError, match="injoignable"):
        client_of(f"http://127.0.0.1:{port}").search("rue de metz")


def test_an_answer_beyond_all_measure_is_not_read_to_its_end(
    httpserver: HTTPServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonage_geo.geocoding.client.LARGEST", 1 << 17)
    httpserver.expect_request("/search/").respond_with_data(" " * (1 << 18))
    with pytest.raises(RefusedError, match="démesurée"):
        client.search("rue de metz")


def test_an_answer_cut_short_is_a_failure(httpserver: HTTPServer, client: Client) -> None:
    def cut(_: Request) -> Response:
        return Response(b'{"features": [', headers={"Content-Length": "500"})

    httpserver.expect_request("/search/").respond_with_handler(cut)
    with pytest.raises((BrokenError, RefusedError)):
        client.search("rue de metz")


# --- the cache -------------------------------------------------------------------------


def test_a_question_is_asked_once(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/search/").respond_with_data(collection(HALL))
    for kept in (False, True, True):
        cache = AnswerCache(tmp_path / "c.sqlite", 30)  # as another process would
        answer = client_of(httpserver.url_for("/"), cache).search("rue de metz", citycode="31555")
        assert (answer.kept, len(answer.proposals)) == (kept, 1)
        cache.close()
    assert len(httpserver.log) == 1


def test_another_question_is_another(httpserver: HTTPServer, tmp_path: Path) -> None:
    httpserver.expect_request("/search/").respond_with_data(collection(HALL))
    cache = AnswerCache(tmp_path / "c.sqlite", 30)
    client = client_of(httpserver.url_for("/"), cache)
    client.search("rue de metz")
    client.search("rue de metz", citycode="31555")
    client.search("rue de metz", postcode="31555")
    client.search("rue de Metz")
    client_of(httpserver.url_for("/").replace("localhost", "127.0.0.1"), cache).search(
        "rue de metz"
    )
    assert len(httpserver.log) == 5


def test_an_answer_is_asked_again_after_its_time(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/search/").respond_with_data(collection(HALL))
    cache = AnswerCache(tmp_path / "c.sqlite", 30)
    client = client_of(httpserver.url_for("/"), cache)
    client.search("rue de metz")
    now = time.time()
    monkeypatch.setattr("zonage_geo.geocoding.cache.time.time", lambda: now + 29.9 * 86400)
    assert client.search("rue de metz").kept
    assert client.search("rue de metz").as_of == date.fromtimestamp(now)  # noqa: DTZ012
    monkeypatch.setattr("zonage_geo.geocoding.cache.time.time", lambda: now + 30.1 * 86400)
    assert not client.search("rue de metz").kept


def test_a_cache_that_cannot_be_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite").write_bytes(b"nothing of the sort" * 100)
    mended = AnswerCache(tmp_path / "broken.sqlite", 1)
    mended.put({"q": "a"})
    kept = mended.get("q")
    assert kept is not None
    assert kept.text == "a"
    for path, days in ((tmp_path / "none" / "c.sqlite", 1), (tmp_path / "c.sqlite", 0)):
        cache = AnswerCache(path, days)
        cache.put({"q": "a"})
        assert cache.get("q") is None
        assert not path.exists()
        cache.close()


# --- files -----------------------------------------------------------------------------

ROWS = [CsvQuestion(f'{n} rue de "Metz",\n Toulouse', "31555") for n in range(1, 6)]


def door(row: dict[str, str]) -> dict[str, Any]:
    number = row["q"].split()[0]
    return {
        "longitude": f"1.{number}", "latitude": "43.6", "result_label": row["q"],
        "result_score": "0.9", "result_score_next": "0.3", "result_type": "housenumber",
        "result_housenumber": number, "result_name": "Rue de Metz", "result_street": "Rue de Metz",
        "result_citycode": row["citycode"],
    }  # fmt: skip


@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("order", ["longitude first", "latitude first"])
def test_columns_are_read_by_their_names(
    httpserver: HTTPServer,
    client: Client,
    mark: bool,  # noqa: FBT001  (a parameter of pytest's)
    order: str,
) -> None:
    first = ("longitude", "latitude") if order == "longitude first" else ("latitude", "longitude")
    rest = ("result_label", "result_score", "result_score_next", "result_type", "result_citycode",
            "result_housenumber", "result_street")  # fmt: skip
    serve_csv(httpserver, door, (*first, *rest), mark=mark, status=order == "longitude first")
    answers = client.csv(ROWS)
    places = [answer.proposals[0] for answer in answers if answer]
    assert [(one.lon, one.lat, one.numero) for one in places] == [
        (float(f"1.{n}"), 43.6, str(n)) for n in range(1, 6)
    ]
    assert answers[0] is not None
    assert answers[0].next_score == 0.3


def test_a_file_goes_in_pieces_and_filters_name_their_columns(
    httpserver: HTTPServer, waits: Waits
) -> None:
    seen = serve_csv(httpserver, door)
    client = client_of(httpserver.url_for("/"), waits=waits, piece_rows=2)
    assert len(client.csv(ROWS)) == 5
    assert [len(piece) for piece in seen] == [2, 2, 1]
    form = httpserver.log[0][0].form
    assert (form.getlist("columns"), form["citycode"], "postcode" in form) == (
        ["q"],
        "citycode",
        False,
    )
    seen.clear()
    small = client_of(httpserver.url_for("/"), waits=waits, piece_bytes=60)
    small.csv(ROWS)
    assert [len(piece) for piece in seen] == [1] * 5


def test_what_is_not_found_is_empty_and_what_cannot_be_asked_is_none(
    httpserver: HTTPServer, client: Client
) -> None:
    serve_csv(httpserver, lambda _: {})
    answers = client.csv([ROWS[0], CsvQuestion(""), CsvQuestion("«x»")])
    assert answers[0] is not None
    assert (answers[0].proposals, answers[1], answers[2]) == ((), None, None)


def test_after_a_crash_nothing_is_geocoded_twice(httpserver: HTTPServer, tmp_path: Path) -> None:
    def failing(row: dict[str, str]) -> dict[str, Any]:
        if row["q"].startswith("4") and len(seen) == 2:
            raise RuntimeError("the second piece fails")
        return door(row)

    seen = serve_csv(httpserver, failing)
    cache = AnswerCache(tmp_path / "c.sqlite", 30)
    options: dict[str, Any] = {"piece_rows": 2, "attempts": 1}
    with pytest.raises(RefusedError, match="en panne"):
        client_of(httpserver.url_for("/"), cache, **options).csv(ROWS)
    cache.close()
    assert [[row["q"][0] for row in piece] for piece in seen] == [["1", "2"], ["3", "4"]]
    again = AnswerCache(tmp_path / "c.sqlite", 30)
    answers = client_of(httpserver.url_for("/"), again, **options).csv(ROWS)
    assert [answer.kept for answer in answers if answer] == [True, True, False, False, False]
    assert [[row["q"][0] for row in piece] for piece in seen[2:]] == [["3", "4"], ["5"]]


@pytest.mark.parametrize("body", ["", "nothing", "a,b\n1,2\n", "zg_ligne,x\n0,1\n0,1\n", "{}"])
def test_a_file_that_comes_back_as_another_is_refused(
    httpserver: HTTPServer, client: Client, body: str
) -> None:
    httpserver.expect_request("/search/csv/").respond_with_data(body)
    with pytest.raises(RefusedError, match="n'a pas les lignes du fichier envoyé"):
        client.csv(ROWS)

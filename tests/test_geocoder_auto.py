"""Online, then here, then the commune: who answers, what is sent, what is said."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import zonage_geo as zg
from tests.served import collection, feature
from zonage_geo.catalog.model import Catalog
from zonage_geo.cli import main
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.geocoding import Candidate, Filters, SeveralPlacesError, open_geocoder
from zonage_geo.geocoding.model import OutOfScopeError
from zonage_geo.geocoding.online import AutoGeocoder
from zonage_geo.locate import Query, locate
from zonage_geo.settings import Settings
from zonage_geo.store import Store

pytestmark = pytest.mark.package_data

METZ = feature("12 Rue de Metz 31000 Toulouse", "31555", type="housenumber", street="Rue de Metz")


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def auto(
    store: Store, catalog: Catalog, httpserver: HTTPServer, tmp_path: Path, said: list[str]
) -> AutoGeocoder:
    url = httpserver.url_for("/").rstrip("/")
    settings = Settings(home=tmp_path, geocoder_url=url, geocoder_timeout_s=5.0)
    made = open_geocoder(store, catalog, settings, said.append)
    assert isinstance(made, AutoGeocoder)
    return made


def serve(server: HTTPServer, *features: dict[str, Any]) -> None:
    server.expect_request("/search/").respond_with_data(collection(*features))


def found(candidate: Candidate) -> tuple[str, str, set[str]]:
    return candidate.geocoder, candidate.precision, {lieu.code for lieu in candidate.lieux}


def queries(server: HTTPServer) -> list[dict[str, str]]:
    return [dict(request.args) for request, _ in server.log]


# --- who answers -----------------------------------------------------------------------


def test_an_address_is_found_online_with_the_commune_it_names(
    httpserver: HTTPServer, auto: AutoGeocoder, said: list[str]
) -> None:
    serve(httpserver, METZ)
    for text in ("12 rue de Metz, Toulouse", "12 rue de Metz 31000 Toulouse CEDEX 6"):
        assert found(auto.search(text)) == ("geocodeur", "numero", {"31555"})
    assert auto.search("12 rue de Metz", Filters("31555")).lon == 1.444
    assert [query["citycode"] for query in queries(httpserver)] == ["31555"] * 3
    assert len(said) == 1
    assert said[0].startswith("adresse envoyée à localhost")
    assert "--offline" in said[0]


def test_a_town_that_comes_first_is_believed_where_its_street_is_found(
    httpserver: HTTPServer, auto: AutoGeocoder
) -> None:
    serve(httpserver, METZ)
    for text in ("Toulouse, 12 rue de Metz", "TOULOUSE 12 rue de Metz"):
        assert found(auto.search(text)) == ("geocodeur", "numero", {"31555"})
    with pytest.raises(PlaceNotFoundError) as caught:
        auto.search("Foix, 12 rue de Metz")  # what is proposed is of another town
    assert "31555" not in str(caught.value)


def test_without_punctuation_the_answer_must_be_of_the_commune_at_the_end(
    httpserver: HTTPServer, auto: AutoGeocoder
) -> None:
    serve(httpserver, METZ)
    assert found(auto.search("12 rue de Metz Toulouse")) == ("geocodeur", "numero", {"31555"})
    with pytest.raises(SeveralPlacesError) as caught:
        auto.search("12 rue de Metz")
    assert caught.value.candidates == ("12 Rue de Metz 31000 Toulouse",)
    assert queries(httpserver)[0] == {
        "q": "12 rue de Metz Toulouse", "limit": "10",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["Foix", "09000", "Foix, Ariège", "09122", "75015", "Paris 15", "Saint-Denis", "Toulose",
     "Foix (Ariège, 09122)", "31 000 Toulouse", "9000 Foix", "Évry", "Mairie de Foix"],
)  # fmt: skip
def test_a_commune_or_a_postal_code_is_never_sent(
    httpserver: HTTPServer, auto: AutoGeocoder, text: str
) -> None:
    try:
        auto.search(text)
    except PlaceNotFoundError as error:
        assert error.candidates or text == "09122"  # noqa: PT017
    assert not httpserver.log


@pytest.mark.parametrize(
    "text", ["Ariège", "Occitannie", "42", "Papeete", "12 rue Haute, 98713 Papeete", "98800"]
)
def test_what_no_geocoder_can_answer_is_not_sent(
    httpserver: HTTPServer, auto: AutoGeocoder, text: str
) -> None:
    with pytest.raises(OutOfScopeError):
        auto.search(text)
    assert not httpserver.log


def test_what_is_unknown_online_is_sought_here_then_brought_to_the_commune(
    httpserver: HTTPServer, auto: AutoGeocoder
) -> None:
    serve(httpserver)
    assert auto.search("1 place du Capitole, Toulouse").geocoder == "mairies"
    whole = auto.search("12 rue des Zorglubs, Toulouse")
    assert found(whole) == ("communes", "commune", {"31555"})
    assert whole.notes[-1].startswith("Cette voie n'a été trouvée ni en ligne")


@pytest.mark.parametrize(
    "features",
    [
        [feature("Rue de Metz 57000 Thionville", "57672", name="Rue de Metz", score=0.99)],
        [feature("12 Rue de Metz", "31555", type="housenumber", street="Rue de Metz", score=0.34)],
        [feature("Rue du Taur", "31555", name="Rue du Taur", score=0.95)],
        [feature("Toulouse", "31555", type="municipality", name="Toulouse", score=0.95)],
        [feature("Rue de Metz", "99999", name="Rue de Metz")],
    ],
)
def test_nonsense_with_a_high_score_is_no_answer(
    httpserver: HTTPServer, auto: AutoGeocoder, features: list[dict[str, Any]]
) -> None:
    serve(httpserver, *features)
    assert auto.search("12 rue de Metz, Toulouse").precision == "commune"


def test_the_town_halls_of_a_postal_code_are_to_choose(
    httpserver: HTTPServer, auto: AutoGeocoder
) -> None:
    halls = [
        feature(f"Place de la Mairie 06420 {name}", code, name="Place de la Mairie", score=score)
        for name, code, score in (("Marie", "06080", 0.93), ("Ilonse", "06072", 0.7))
    ]
    serve(httpserver, *halls)
    with pytest.raises(SeveralPlacesError) as caught:
        auto.search("place de la mairie", Filters(None, "06420"))
    assert [choice.lieux[0].code for choice in caught.value.choices] == ["06080", "06072"]
    assert queries(httpserver)[0]["postcode"] == "06420"
    assert found(auto.search("place de la mairie", Filters("06072")))[2] == {"06072"}


def test_a_commune_of_a_later_code_is_not_known_here(
    httpserver: HTTPServer, auto: AutoGeocoder
) -> None:
    serve(httpserver, feature("Rue de Metz", "31999", name="Rue de Metz", score=0.99))
    assert auto.search("rue de Metz, Toulouse").precision == "commune"


def test_a_street_is_as_wide_as_what_is_known_of_it(
    httpserver: HTTPServer, auto: AutoGeocoder, store: Store, catalog: Catalog
) -> None:
    """Nothing tells how far a street goes whose numbers are elsewhere; a setting may."""
    serve(httpserver, METZ)
    day = date(2025, 5, 15)
    for text, settings, radius in (
        ("12 rue de Metz, Toulouse", Settings(), 15.0),
        ("14 rue de Metz, Toulouse", Settings(), 1500.0),
        ("rue de Metz, Toulouse", Settings(), 1500.0),
        ("rue de Metz, Toulouse", Settings(radius_voie=400.0), 400.0),
    ):
        query = Query(text)
        found = locate(store, catalog, query, day, settings=settings, geocoder=auto)
        assert found.place.radius_m == radius


# --- a server that fails ---------------------------------------------------------------


def test_a_server_that_fails_is_told_once_and_left_alone(
    httpserver: HTTPServer, auto: AutoGeocoder, said: list[str]
) -> None:
    httpserver.expect_request("/search/").respond_with_data("", status=503)
    clock = [0.0]
    auto._clock = lambda: clock[0]
    for _ in range(3):
        assert auto.search("1 place du Capitole, Toulouse").geocoder == "mairies"
    assert (len(httpserver.log), len(said)) == (1, 1)
    assert said[0].startswith("pas de géocodage en ligne : le serveur est en panne")
    clock[0] = 61.0
    auto.search("1 place du Capitole, Toulouse")
    assert (len(httpserver.log), len(said)) == (2, 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "bonjour"), (400, "{}"), (404, "x"), (302, ""), (200, '{"features": [1]}')],
)
def test_whatever_the_server_says_there_is_an_answer(
    httpserver: HTTPServer, auto: AutoGeocoder, status: int, body: str
) -> None:
    httpserver.expect_request("/search/").respond_with_data(
        body, status=status, headers={"Location": "http://127.0.0.1:1/"}
    )
    assert auto.search("1 place du Capitole, Toulouse").geocoder == "mairies"


def test_a_slow_server_does_not_hold_a_question(
    httpserver: HTTPServer, auto: AutoGeocoder, said: list[str]
) -> None:
    import threading

    stop = threading.Event()

    def slow(_: Request) -> Response:
        stop.wait(10)
        return Response(collection(METZ))

    httpserver.expect_request("/search/").respond_with_handler(slow)
    auto.online.client.service = auto.online.client.service._replace(timeout_s=0.2)
    assert auto.search("1 place du Capitole, Toulouse").geocoder == "mairies"
    stop.set()
    assert "pas répondu à temps (délai : 0.2 s)" in said[0]


def test_no_network_is_a_line_on_stderr_and_the_same_answer(
    home: Path, online: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    words = ["locate", "1 place du Capitole, Toulouse", "--date", "2026-11-23"]
    assert main(words) == 0  # the catalogue's own address: the suite blocks it
    out, err = capsys.readouterr()
    assert main([*words, "--offline"]) == 0
    assert capsys.readouterr() == (out, "")
    assert err.count("\n") == 1
    assert "data.geopf.fr est injoignable. --offline évite l'essai.\n" in err
    assert len(err) < 100  # it comes back for every address


# --- faces -----------------------------------------------------------------------------


def test_the_shell_says_who_answers_and_sends_an_address_once(
    served_home: Path, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(httpserver, METZ)
    words = ["locate", "12 rue de Metz, Toulouse"]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert out.startswith("12 Rue de Metz 31000 Toulouse — code INSEE 31555\nAdresse trouvée par")
    assert "votre géocodeur en ligne (réponse du " in out
    assert "à 15 m près." in out
    assert err.count("adresse envoyée") == 1
    assert main([*words, "--json"]) == 0
    out, err = capsys.readouterr()
    place = json.loads(out)["place"]
    assert (place["geocoder"], place["precision"], place["lon"]) == (
        "geocodeur",
        "numero",
        1.444,
    )
    assert place["geocoder_date"]
    assert (err, len(httpserver.log)) == ("", 1)  # kept: nothing was sent again
    assert main([*words, "--offline"]) == 0
    assert capsys.readouterr().out.startswith("Toulouse (Haute-Garonne)")


def test_a_choice_is_offered_then_taken(
    served_home: Path, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    halls = [
        feature(f"Place de la Mairie 06420 {name}", code, name="Place de la Mairie")
        for name, code in (("Marie", "06080"), ("Ilonse", "06072"))
    ]
    serve(httpserver, *halls)
    words = ["locate", "place de la mairie", "--code-postal", "06420"]
    assert main(words) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "  1. Place de la Mairie 06420 Marie\n  2. Place de la Mairie 06420 Ilonse\n" in err
    assert main([*words, "--choisir", "2"]) == 0
    assert "code INSEE 06072" in capsys.readouterr().out
    assert main([*words, "--choisir", "3"]) == 2
    assert "il n'y a que 2 propositions" in capsys.readouterr().err
    assert main(["locate", "Saint-Denis", "--choisir", "1"]) == 0
    assert "code INSEE 97411" in capsys.readouterr().out
    assert main(["locate", "xqzw", "--choisir", "1", "--offline"]) == 3
    capsys.readouterr()
    assert main(["locate", "Toulouse", "--choisir", "2", "--offline"]) == 0
    out, err = capsys.readouterr()
    assert "code INSEE 31555" in out
    assert "--choisir 2 : il n'y avait pas à choisir, un seul lieu répond." in err


def test_a_code_that_goes_with_an_address_decides(
    served_home: Path, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(httpserver, METZ)
    assert main(["locate", "12 rue de Metz, Foix", "--insee", "31555"]) == 0
    out = capsys.readouterr().out
    assert "code INSEE 31555" in out
    assert "la commune nommée est Foix : le code 31555 (Toulouse) a été suivi" in " ".join(
        out.split()
    )
    assert main(["locate", "12 rue de Metz", "--insee", "3155"]) == 2


def test_the_atlas_asks_the_same_way(
    served_home: Path, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(httpserver, METZ)
    place = zg.open().locate("12 rue de Metz", code_postal="31000").place
    assert (place.geocoder, place.commune and place.commune.code) == ("geocodeur", "31555")
    assert "adresse envoyée" in capsys.readouterr().err
    offline = zg.open(offline=True).locate("12 rue de Metz", insee="31555").place
    assert (offline.geocoder, offline.precision) == ("code INSEE", "commune")


def test_the_setting_makes_offline_the_default(
    served_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_OFFLINE", "1")
    assert main(["locate", "12 rue de Metz, Toulouse"]) == 0
    assert zg.open().locate("12 rue de Metz, Toulouse").place.precision == "commune"
    assert not httpserver.log

"""An address asked from the page: a geocoder on the loopback, the same verdicts as `locate`."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest

from tests.browsing import Seen, chromium, opened
from tests.drawn import Shape, draw, metric, square
from zonage_geo.geocoding.model import NO_FILTER, Candidate, Filters
from zonage_geo.locate import Query, locate
from zonage_geo.maps.service import Request
from zonage_geo.maps.service import draw as draw_map
from zonage_geo.store.records import Lieu

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from zonage_geo.catalog.model import Catalog
    from zonage_geo.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.package_data]
DAY = date(2025, 5, 15)
TOULOUSE, FOIX = (1.4440, 43.6045), (1.6055, 42.9638)
QUARTERS = [
    Shape("QN03106I", square(*TOULOUSE, 400)),
    Shape("QN00902M", square(*FOIX, 300)),
]


@contextmanager
def geocoder(answers: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Serve answers by what is asked; an integer is a status. Speaks the Géoplateforme's format."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlparse(self.path)
            text = parse_qs(parts.query).get("q", [""])[0]
            asked.append(f"{parts.path} {text}")
            found = answers.get(text, {"type": "FeatureCollection", "features": []})
            self.send_response(found if isinstance(found, int) else 200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.end_headers()
            self.wfile.write(json.dumps({} if isinstance(found, int) else found).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/geocodage", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def feature(
    label: str,
    lon: float,
    lat: float,
    code: str,
    *,
    score: float = 0.95,
    kind: str = "housenumber",
    context: str = "",
) -> dict[str, Any]:
    placed = re.search(r"(?P<postcode>\d{5}) (?P<city>.+)", label)
    properties = {
        "label": label,
        "score": score,
        "type": kind,
        "citycode": code,
        "context": context,
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties | (placed.groupdict() if placed else {"city": label}),
    }


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def away(lon: float, lat: float, east_m: float, north_m: float = 0.0) -> tuple[float, float]:
    _, back = metric(lon, lat)
    x, y = back.transform(east_m, north_m)
    return float(x), float(y)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


class Drawn(NamedTuple):
    """A store with two quarters drawn on it, and its catalogue."""

    store: Store
    catalog: Catalog


OWN = {"QN03106I": "ZIP", "QN00902M": "ZAC"}
CASES: dict[str, tuple[dict[str, str], bool]] = {
    "sans classe": ({}, False),
    "une classe": ({"QN03106I": "ZIP"}, False),
    "toutes": (OWN, True),
}
"""Classes of their own that quarters have, and whether the list says all of them."""


@pytest.fixture(scope="module", params=CASES)
def drawn(
    request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Drawn]:
    """Give a store with two quarters; their own classes are known, or not."""
    own, complete = CASES[request.param]
    lists = {"essai_qpv": own} if own else None
    store = draw(home, tmp_path_factory.mktemp("adresse"), QUARTERS, lists)
    catalog = store.catalog()
    if own:
        layer = catalog.layers["zonage_medecins"]
        editions = tuple(
            one._replace(zone_class_source="embedded:essai_qpv", zone_classes_complete=complete)
            for one in layer.editions
        )
        layers = {**catalog.layers, layer.id: layer._replace(editions=editions)}
        catalog = catalog._replace(layers=layers)
    yield Drawn(store, catalog)
    store.close()


def page_of(drawn: Drawn, folder: Path, url: str) -> Path:
    store, catalog = drawn
    codes = [code for code, _, dep, _ in store.communes() if dep in ("09", "31")]
    asked = Request("Ariège et Haute-Garonne", codes, DAY, address=True, geocoder=url)
    path = folder / "adresse.html"
    draw_map(store, catalog, asked).save(path)
    return path


class _Fixed:
    """A geocoder that always answers one place."""

    def __init__(self, found: Candidate) -> None:
        self._found = found

    def search(self, text: str, filters: Filters = NO_FILTER) -> Candidate:  # noqa: ARG002
        return self._found


PRECISION = {"housenumber": "numero", "street": "voie", "locality": "lieu_dit"}


def by_locate(drawn: Drawn, one: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Ask `locate` about a geocoder's answer: the oracle."""
    said = one["properties"]
    lon, lat = one["geometry"]["coordinates"]
    lieu = Lieu("commune", said["label"], said["citycode"], said["citycode"], None)
    exact = said["type"] in PRECISION
    found = Candidate(
        said["label"], PRECISION.get(said["type"], "commune"), "essai", (lieu,),
        lon if exact else None, lat if exact else None,
        radius_m=drawn.catalog.thresholds["street_m"] if said["type"] != "housenumber" else None,
    )  # fmt: skip
    place = locate(*drawn, Query(text="x"), DAY, geocoder=_Fixed(found))
    return {zone.layer.id: (str(zone.verdict), zone.zone_class) for zone in place.zones}


def by_page(seen: Seen, one: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = seen.app(
        f"(() => {{ const place = app.address.place({json.dumps(one)});"
        "const answers = Zonage.answerPlace(app.model, place.unit, place); const out = {};"
        "for (const layer of app.model.layers) {"
        "const own = answers.get(layer) || layer.answers[layer.of[place.unit]];"
        "out[layer.id] = own.verdict; } return out; })()"
    )
    return found


def test_the_page_answers_as_locate_does(browser: Browser, drawn: Drawn, tmp_path: Path) -> None:
    """Discs inside, outside, across; near the corner; on the border; at three precisions."""
    rng = np.random.default_rng(8)
    places = []
    for (lon, lat), code in ((TOULOUSE, "31555"), (FOIX, "09122")):
        places += [
            feature("x", *away(lon, lat, metres), code, kind=kind)
            for metres in (0, 130, 168, 172, 199, 225, 232, 700, 4000)
            for kind in ("housenumber", "street", "locality", "municipality")
            if kind == "housenumber" or metres in (0, 168, 700)
        ]
        for _ in range(20):
            east, north = rng.uniform(-320, 320, 2)
            places.append(feature("x", *away(lon, lat, east, north), code))
    # Another commune's code: nothing is asked of its list, the perimeters are there all the same.
    places.append(feature("x", *away(*FOIX, 160), "09225"))
    with geocoder({}) as (url, _):
        path = page_of(drawn, tmp_path, url)
        with opened(browser, path, allowed="http://127.0.0.1") as seen:
            kinds = set()
            for one in places:
                expected = {k: v for k, (v, _) in by_locate(drawn, one).items()}
                said = by_page(seen, one)
                kinds |= {said["qpv"]}
                assert said == {k: expected[k] for k in said}, one
            assert kinds == {"oui", "non", "indéterminé"}
            assert seen.quiet(), (seen.requests, seen.errors)


def settled(page: Page) -> str:
    """Wait for the answer; the page's policy forbids what Playwright would wait with."""
    for _ in range(200):
        said = str(page.inner_text(".zg-adresse-etat"))
        if said and not said.startswith("Recherche"):
            return said
        page.wait_for_timeout(50)
    raise AssertionError(said)


def test_what_a_reader_sees(browser: Browser, drawn: Drawn, tmp_path: Path) -> None:
    capitole = feature("1 Place du Capitole 31000 Toulouse", *TOULOUSE, "31555")
    rivals = [
        feature("Place de la Mairie 09000 Foix", *FOIX, "09122", score=0.93),
        feature("Place de la Mairie 31000 Toulouse", *TOULOUSE, "31555", score=0.93),
    ]
    answers = {
        "1 place du capitole, toulouse": collection(capitole),
        "place de la mairie": collection(*rivals),
        "presque": collection(feature("1 Rue Presque 09000 Foix", *FOIX, "09122", score=0.6)),
        "zzz": collection(feature("Rue du Zèbre", *FOIX, "09122", score=0.2)),
        "paris": collection(feature("1 Rue de Rivoli 75001 Paris", 2.36, 48.86, "75101")),
        "12 rue b x b": collection(feature("12 rue <b>x</b>", *away(*FOIX, 9000), "31555")),
        **dict.fromkeys(
            (
                "1 place du capitole",
                "1 place du capitole, foix",
                "1 place du capitole, toulouse 31",
            ),
            collection(capitole),
        ),
        "foix": collection(
            feature("Foix", *FOIX, "09122", kind="municipality"),
            feature("Foix", *TOULOUSE, "31555", kind="municipality", score=0.8, context="31"),
        ),
        "panne": 500,
        "trop": 429,
    }
    with geocoder(answers) as (url, asked):
        path = page_of(drawn, tmp_path, url)
        with opened(browser, path, allowed="http://127.0.0.1") as seen:
            page = seen.page

            def ask(text: str) -> str:
                page.fill("#zg-adresse", text)
                page.press("#zg-adresse", "Enter")
                return settled(page)

            assert asked == [], "nothing is asked before the reader asks"
            assert "à 15 m près" in ask("1 place du capitole, toulouse")
            sheet = page.inner_text(".zg-fiche")
            assert "1 Place du Capitole 31000 Toulouse" in sheet
            assert "« Quartier QN03106I » (QN03106I)" in sheet
            own = OWN if drawn.store.has_list("essai_qpv") else {}
            assert ("● oui ZIP" if own else "ZAR ou") in sheet
            assert "Plusieurs adresses" in ask("place de la mairie")
            page.click(".zg-adresse-etat button >> nth=0")
            assert page.inner_text(".zg-fiche h2") == "Foix"
            assert "Est-ce bien" in ask("presque")
            # Sure of itself, but not of what was asked: no town, another one, a number too many.
            for text in ("", ", foix", ", toulouse 31"):
                assert "Est-ce bien" in ask(f"1 place du capitole{text}"), text
            assert "Plusieurs adresses" in ask("foix"), "a namesake, whatever its score"
            assert "introuvable" in ask("zzz")
            assert "Rue du Zèbre" in page.inner_text(".zg-adresse-etat")
            assert "n'est pas sur cette carte" in ask("paris")
            assert "À vérifier" in ask("12 rue b x b")
            assert "12 rue <b>x</b>" in page.inner_text(".zg-adresse-etat")
            assert "réponse 500" in ask("panne")
            assert "trop de demandes" in ask("trop")
            assert "trois caractères" in ask("??!")
            assert {line.split(" ")[0] for line in asked} == {"/geocodage/search"}
            assert not seen.requests


def test_a_geocoder_that_is_not_there_is_said(
    browser: Browser, drawn: Drawn, tmp_path: Path
) -> None:
    with geocoder({}) as (url, _):
        path = page_of(drawn, tmp_path, url)
    with opened(browser, path, allowed="http://127.0.0.1") as seen:
        seen.page.fill("#zg-adresse", "1 rue de Metz")
        seen.page.press("#zg-adresse", "Enter")
        said = settled(seen.page)
        assert "n'a pas répondu" in said
        assert "par son nom" in said

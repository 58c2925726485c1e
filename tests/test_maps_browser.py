"""The page in a real browser, cut off from any network: what its readers do with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely

import zonage_geo as zg
from tests.browsing import Seen, chromium, opened
from tests.mapped import ARIEGE_CODES, board, board_map
from tests.test_maps_page import NASTY
from zonage_geo.maps.model import tallies
from zonage_geo.maps.plugs import Indicator
from zonage_geo.maps.service import Request, content_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from zonage_geo.store import Store

pytestmark = pytest.mark.browser
BASELINES = Path(__file__).parent / "baselines"
needs_package = pytest.mark.package_data


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def occitanie(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the real map once."""
    path = tmp_path_factory.mktemp("maps") / "occitanie.html"
    zg.open(store.file, date="2025-05-15").map(region="76").save(path)
    return path


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a map of drawn squares, on a bare clone too."""
    path = tmp_path_factory.mktemp("maps") / "carres.html"
    board_map(board(ARIEGE_CODES)).save(path)
    return path


@pytest.fixture(scope="module")
def two_dates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "deux.html"
    drawn = board_map(
        board(ARIEGE_CODES), day=pd.Timestamp("2024-06-30").date(), base="zrr",
        compared=pd.Timestamp("2024-07-01").date(), right="frr", overlays=["massif"],
    )  # fmt: skip
    drawn.save(path)
    return path


def spot(seen: Seen, code: str) -> tuple[float, float]:
    """Tell where a commune is on the screen."""
    x, y = seen.app(
        "(() => { const unit = app.model.units.code.indexOf('" + code + "');"
        "const p = app.map.latLngToContainerPoint(app.map.unproject("
        "[app.g.labelX[unit] * 256, app.g.labelY[unit] * 256], 0));"
        "const box = app.map.getContainer().getBoundingClientRect();"
        "return [p.x + box.x, p.y + box.y]; })()"
    )
    return float(x), float(y)


def fill(seen: Seen, code: str) -> tuple[int, ...]:
    """Read the commonest colour that the canvas has around a commune's middle."""
    found = seen.app(
        "(() => { const unit = app.model.units.code.indexOf('" + code + "');"
        "const p = app.map.latLngToLayerPoint(app.map.unproject("
        "[app.g.labelX[unit] * 256, app.g.labelY[unit] * 256], 0)).subtract(app.left.corner);"
        "const pen = app.left.canvas.getContext('2d');"
        "const data = pen.getImageData(p.x - 2, p.y - 2, 5, 5).data; const seen = {};"
        "for (let i = 0; i < data.length; i += 4) { const key = data.slice(i, i + 3).join();"
        "seen[key] = (seen[key] || 0) + 1; }"
        "return Object.entries(seen).sort((a, b) => b[1] - a[1])[0][0]; })()"
    )
    return tuple(map(int, found.split(",")))


def rgb(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))


def legend(seen: Seen) -> str:
    return str(seen.page.inner_text(".zg-legende")).replace("\u202f", " ").replace("\xa0", " ")


def heading(seen: Seen) -> str:
    return str(seen.page.inner_text(".zg-fiche h2"))


# the real map


@needs_package
def test_the_real_map_asks_nothing_and_tells_the_published_counts(
    browser: Browser, occitanie: Path
) -> None:
    assert occitanie.stat().st_size <= 900_000
    with opened(browser, occitanie) as seen:
        assert seen.quiet(), (seen.requests, seen.errors)
        said = legend(seen)
        for line in ("1 419 communes, 14,0 %", "2 556 communes, 40,6 %", "470 communes, 45,4 %"):
            assert line in said
        assert "Non disponible" in said
        assert seen.page.title() == "Zonages de santé : Occitanie"


@needs_package
@pytest.mark.parametrize("typed", ["Foix", "foix", "FOIX", "09000", "09122"])
def test_search_finds_foix(browser: Browser, occitanie: Path, typed: str) -> None:
    with opened(browser, occitanie) as seen:
        seen.page.fill("#zg-recherche", typed)
        assert "Foix" in seen.page.inner_text("#zg-resultats li >> nth=0")
        seen.page.click("#zg-resultats li >> nth=0")
        assert heading(seen) == "Foix"
        assert "09122" in seen.page.inner_text(".zg-fiche")
        assert "commune=09122" in seen.page.evaluate(
            "new Promise(done => setTimeout(() => done(location.hash), 300))"
        )


@needs_package
def test_search_knows_no_accent_nor_article(browser: Browser, occitanie: Path) -> None:
    with opened(browser, occitanie) as seen:
        for typed, wanted in (("sete", "Sète"), ("st girons", "Saint-Girons"), ("herm", "L'Herm")):
            seen.page.fill("#zg-recherche", typed)
            assert wanted in seen.page.inner_text("#zg-resultats"), typed
        seen.page.fill("#zg-recherche", "Strasbourg")
        assert "Aucune commune" in seen.page.inner_text("#zg-recherche-etat")


@needs_package
def test_a_click_opens_the_sheet_and_a_switch_changes_legend_and_fill(
    browser: Browser, occitanie: Path
) -> None:
    with opened(browser, occitanie) as seen:
        seen.page.uncheck("#zg-motifs")
        seen.page.uncheck("#zg-noms")
        seen.page.mouse.click(*spot(seen, "09122"))
        assert heading(seen) == "Foix"
        sheet = seen.page.inner_text(".zg-fiche")
        assert "ZAC, sauf si l'adresse est en QPV" in sheet
        assert "sans valeur réglementaire" in sheet
        whole = str(seen.page.text_content(".zg-fiche"))
        assert "arrêté du directeur général de l'ARS Occitanie" in whole
        seen.page.click(".zg-fermer")
        classes = seen.app("Object.fromEntries(app.state.base.classes.map(c => [c.key, c.color]))")
        assert fill(seen, "09029") == rgb(classes["ZAC"])
        assert fill(seen, "31555") == rgb(classes["ZAR"])
        before = legend(seen)
        seen.page.check('input[name="zg-fond"][value="frr"]')
        classes = seen.app("Object.fromEntries(app.state.base.classes.map(c => [c.key, c.color]))")
        assert fill(seen, "09029") == rgb(classes["FRR socle"])
        assert fill(seen, "31555") == rgb(classes["Non classée"])
        assert legend(seen) != before
        assert "FRR+" in legend(seen)
        seen.page.select_option("#zg-palette", "gris")
        assert fill(seen, "09029") == rgb("#8c8c8c")
        assert seen.quiet(), seen.errors


@needs_package
def test_what_is_painted_covers_what_each_class_covers(
    browser: Browser, occitanie: Path, store: Store
) -> None:
    """Oracle: areas by shapely. A missing layer, a shifted class or a blank map fails."""
    atlas = zg.open(store.file, date="2025-05-15")
    codes = atlas.communes(region="76")["code"].tolist()
    content = content_of(
        store, atlas.catalog, Request("x", codes, pd.Timestamp("2025-05-15").date())
    )
    layer = content.sides[0][0]
    mercator = shapely.transform(
        content.units.shapes,
        lambda xy: np.column_stack(
            [xy[:, 0], np.degrees(np.arctanh(np.sin(np.radians(xy[:, 1]))))]
        ),
    )
    area = np.bincount(layer.class_of, weights=shapely.area(mercator))
    with opened(browser, occitanie) as seen:
        for switch in ("#zg-motifs", "#zg-noms"):
            seen.page.uncheck(switch)
        counted = seen.app(
            "(() => { const pen = app.left.canvas.getContext('2d');"
            "const {width, height} = app.left.canvas;"
            "const data = pen.getImageData(0, 0, width, height).data; const seen = {};"
            "for (let i = 0; i < data.length; i += 4) { if (data[i + 3] < 255) continue;"
            "const key = [data[i], data[i + 1], data[i + 2]].join();"
            "seen[key] = (seen[key] || 0) + 1; } return seen; })()"
        )
    pixels = np.array(
        [counted.get(",".join(map(str, rgb(cls.color))), 0) for cls in layer.classes[:3]], float
    )
    assert pixels.sum() > 100_000
    assert np.allclose(pixels / pixels.sum(), area[:3] / area[:3].sum(), atol=0.03)


@needs_package
def test_a_link_opens_the_same_view(browser: Browser, occitanie: Path) -> None:
    with opened(browser, occitanie) as seen:
        seen.page.check('input[name="zg-fond"][value="frr"]')
        seen.page.check('.zg-couches input[value="massif"]')
        seen.page.select_option("#zg-territoire", "departement:09")
        seen.page.select_option("#zg-palette", "gris")
        seen.page.fill("#zg-recherche", "Ax-les-Thermes")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_timeout(400)
        url = seen.page.url
        state = seen.app(
            "JSON.stringify([app.state.base.id, [...app.state.overlays].map(l => l.id),"
            "app.state.territory, app.state.palette, app.state.unit, app.map.getZoom()])"
        )
        centre = seen.app("[app.map.getCenter().lat, app.map.getCenter().lng]")
        said = legend(seen)
    with opened(browser, url) as again:
        assert again.app(
            "JSON.stringify([app.state.base.id, [...app.state.overlays].map(l => l.id),"
            "app.state.territory, app.state.palette, app.state.unit, app.map.getZoom()])"
        ) == state  # fmt: skip
        assert again.app("[app.map.getCenter().lat, app.map.getCenter().lng]") == pytest.approx(
            centre, abs=0.02
        )
        assert legend(again) == said
        assert heading(again) == "Ax-les-Thermes"
        assert again.quiet()


@pytest.mark.parametrize(
    "hash_",
    ["#vue=x,y,z&fond=nulle&commune=99999&palette=<b>", "#%%%", "#territoire=departement:99"],
)
def test_a_link_gone_wrong_is_harmless(browser: Browser, squares: Path, hash_: str) -> None:
    with opened(browser, squares.as_uri() + hash_) as seen:
        assert seen.quiet(), seen.errors
        assert seen.app("app.state.unit") == -1


# the table


@needs_package
def test_the_table_sorts_filters_and_downloads(browser: Browser, occitanie: Path) -> None:
    with opened(browser, occitanie, accept_downloads=True) as seen:
        page = seen.page
        cells = "#zg-tableau tbody tr >> nth=0"
        assert page.inner_text(cells).startswith("09001")
        page.click('#zg-tableau th[data-cle="pop"] button')
        assert page.get_attribute('#zg-tableau th[data-cle="pop"]', "aria-sort") == "ascending"
        page.click('#zg-tableau th[data-cle="pop"] button')
        assert "Toulouse" in page.inner_text(cells)
        assert "descending" in str(
            page.get_attribute('#zg-tableau th[data-cle="pop"]', "aria-sort")
        )
        page.click('#zg-tableau th[data-cle="nom"] button')
        names = page.locator("#zg-tableau tbody th").all_inner_texts()
        assert names[:3] == ["Abeilhan", "Adast", "Adé"]  # é with e
        page.fill("#zg-filtre", "couflens")
        assert page.locator("#zg-tableau tbody tr").count() == 1
        page.fill("#zg-filtre", "")
        page.select_option("#zg-territoire", "departement:48")
        assert "sur 152" in page.inner_text("#zg-page").replace("\u202f", " ")
        with page.expect_download() as caught:
            page.click("#zg-csv")
        text = Path(caught.value.path()).read_bytes().decode("utf-8")
        assert text.startswith("\ufeffCode INSEE;Commune;")
        lines = text.splitlines()
        assert len(lines) == 153
        assert any(line.startswith("48095;Mende;48;") for line in lines)
        assert seen.quiet()


def test_names_of_any_kind_are_text_everywhere(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "noms.html"
    board_map(board(ARIEGE_CODES[:4], names=NASTY), title=NASTY[0]).save(path)
    with opened(browser, path, accept_downloads=True) as seen:
        assert seen.page.inner_text("h1") == NASTY[0]
        for name in NASTY:
            assert name in seen.page.inner_text("#zg-tableau tbody")
        seen.page.fill("#zg-recherche", "script")
        seen.page.keyboard.press("Enter")
        assert heading(seen) == NASTY[0]
        seen.page.hover(f"#{seen.app('app.map.getContainer().id')}")
        with seen.page.expect_download() as caught:
            seen.page.click("#zg-csv")
        text = Path(caught.value.path()).read_text(encoding="utf-8-sig")
        assert ";'=1+1;" in text
        assert '"L\'Île-""d\'Yeu"" & <b>Œ</b>"' in text
        assert seen.quiet(), seen.errors


# the keyboard, and who cannot see colours


@needs_package
def test_the_keyboard_alone_reaches_everything(browser: Browser, occitanie: Path) -> None:
    with opened(browser, occitanie) as seen:
        page, press = seen.page, seen.page.keyboard.press
        press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Aller à la recherche"
        press("Enter")
        page.keyboard.type("fo")
        press("ArrowDown")
        chosen = page.get_attribute("#zg-recherche", "aria-activedescendant")
        assert page.get_attribute(f"#{chosen}", "aria-selected") == "true"
        page.fill("#zg-recherche", "foix")
        press("Enter")
        assert page.evaluate("document.activeElement.id") == "zg-fiche-titre"
        assert heading(seen) == "Foix"
        press("Escape")
        assert not page.is_visible(".zg-fiche")
        assert page.evaluate("document.activeElement.id") == "zg-recherche"
        press("Tab")
        assert page.evaluate("document.activeElement.value") == "zonage_medecins"
        press("ArrowDown")
        assert seen.app("app.state.base.id") == "frr"
        reached = set()
        for _ in range(140):
            press("Tab")
            reached.add(
                page.evaluate("document.activeElement.id || document.activeElement.className")
            )
        controls = page.evaluate(
            "[...document.querySelectorAll("
            "'button, select, input[type=text], input[type=checkbox]')]"
            ".filter(n => n.offsetParent && !n.disabled).map(n => n.id || n.className)"
        )
        assert set(controls) - reached <= {""}, set(controls) - reached
        assert seen.app("app.map.getContainer().id") in reached
        outline = page.evaluate(
            "(() => { const n = document.querySelector('#zg-csv'); n.focus();"
            "return getComputedStyle(n).outlineWidth; })()"
        )
        assert outline == "3px"


AXE = os.environ.get("AXE_PATH", "")


@pytest.mark.parametrize("state", ["ouverture", "fiche", "rideau", "étroit", "zoom"])
def test_axe_finds_nothing(browser: Browser, squares: Path, two_dates: Path, state: str) -> None:
    if not AXE:
        pytest.skip("needs axe-core: AXE_PATH=…/axe.min.js")
    width = {"étroit": 360, "zoom": 640}.get(state, 1280)
    path = two_dates if state == "rideau" else squares
    # The page's policy refuses injected code; the tests lift it, the page itself keeps it.
    with opened(browser, path, width=width, bypass_csp=True) as seen:
        if state in ("fiche", "étroit"):
            seen.page.fill("#zg-recherche", "foix")
            seen.page.keyboard.press("Enter")
        for box in seen.page.locator(".zg-couches input[type=checkbox]").all():
            box.check()
        seen.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        seen.page.add_script_tag(path=AXE)
        found = seen.page.evaluate("axe.run().then(r => r.violations)")
        assert not [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found]


@pytest.mark.parametrize("width", [320, 360, 640, 1280])
def test_nothing_runs_off_the_page(browser: Browser, squares: Path, width: int) -> None:
    """640 is 1280 at 200 %."""
    with opened(browser, squares, width=width) as seen:
        seen.page.fill("#zg-recherche", "foix")
        seen.page.keyboard.press("Enter")
        wide = seen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


def test_it_stays_light_whatever_the_system_says(browser: Browser, squares: Path) -> None:
    with opened(browser, squares, color_scheme="dark") as seen:
        style = "getComputedStyle(document.body).backgroundColor"
        assert seen.page.evaluate(style) == "rgb(255, 255, 255)"
        assert seen.page.evaluate("document.documentElement.lang") == "fr"


# two dates, tooltip, print, a notebook's frame


def test_the_curtain_parts_two_dates(browser: Browser, two_dates: Path) -> None:
    with opened(browser, two_dates) as seen:
        assert "à gauche, au 30/06/2024" in legend(seen)
        assert "à droite, au 01/07/2024" in legend(seen)
        before = seen.app("app.right.canvas.style.clipPath")
        seen.page.focus("#zg-rideau")
        seen.page.keyboard.press("ArrowLeft")
        assert seen.app("app.state.swipe") == 49
        assert seen.app("app.right.canvas.style.clipPath") != before
        seen.page.fill("#zg-recherche", "aulus")
        seen.page.keyboard.press("Enter")
        sheet = seen.page.inner_text(".zg-fiche")
        assert re.search(r"Au 30/06/2024 :\s+● oui", sheet)
        assert "n'existe que depuis le 01/07/2024" in sheet
        assert "Aux deux dates :" in sheet
        assert seen.quiet(), seen.errors


def test_pointing_tells_the_commune(browser: Browser, squares: Path) -> None:
    with opened(browser, squares) as seen:
        seen.page.mouse.move(*spot(seen, "09122"))
        said = seen.page.inner_text(".zg-bulle")
        assert said.startswith("Foix")
        assert "Zonage médecins : ZAC, sauf si" in said


def test_the_print_has_what_a_paper_needs(browser: Browser, squares: Path) -> None:
    with opened(browser, squares) as seen:
        assert len(seen.page.pdf(prefer_css_page_size=True)) > 20_000
        painted = seen.page.evaluate(
            "(() => { const c = document.querySelector('.zg-papier');"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
            "for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n * 4 / d.length; })()"
        )
        assert painted > 0.3, "the paper's map is blank"
        seen.page.emulate_media(media="print")
        for shown in ("h1", ".zg-legende", ".zg-sources", ".zg-pied"):
            assert seen.page.is_visible(shown), shown
        for hidden in (".zg-outils", "#zg-tableau", "#zg-recherche", ".leaflet-control-zoom"):
            assert not seen.page.is_visible(hidden), hidden


def test_a_notebook_shows_it_without_an_address(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "carnet.html"
    path.write_text(board_map(board(ARIEGE_CODES))._repr_html_(), encoding="utf-8")
    with opened(browser, path) as seen:
        frame = seen.page.frames[1]
        frame.wait_for_selector('.zg[data-pret="oui"]')
        frame.fill("#zg-recherche", "foix")
        frame.press("#zg-recherche", "Enter")
        assert frame.inner_text(".zg-fiche h2") == "Foix"
        seen.page.wait_for_timeout(300)
        assert seen.quiet(), seen.errors


def test_an_indicator_without_value_is_hatched(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "apl.html"
    numbers = {code: float(at % 9) for at, code in enumerate(ARIEGE_CODES) if at % 5}
    apl = Indicator(numbers, "APL", unit="consultations", thresholds=[2.5, 4])
    board_map(board(ARIEGE_CODES), indicators=[apl], base="indicateur_1").save(path)
    with opened(browser, path) as seen:
        said = legend(seen)
        assert "65 communes" in said
        assert "Non disponible" in said
        seen.page.uncheck("#zg-motifs")
        seen.page.uncheck("#zg-noms")
        assert fill(seen, ARIEGE_CODES[0]) in ((255, 255, 255), (0, 0, 0))
        assert "non disponible" in seen.page.inner_text("#zg-tableau tbody tr >> nth=0")
        near = seen.app(
            "(() => { const p = app.map.latLngToLayerPoint(app.map.unproject("
            "[app.g.labelX[0] * 256, app.g.labelY[0] * 256], 0)).subtract(app.left.corner);"
            "const pen = app.left.canvas.getContext('2d');"
            "const d = pen.getImageData(p.x - 8, p.y - 8, 17, 17).data;"
            "let dark = 0; for (let i = 0; i < d.length; i += 4) dark += d[i] < 140;"
            "return dark; })()"
        )
        assert near > 10, "no hatching where there is no value"


def test_the_page_counts_as_python_does(browser: Browser, squares: Path) -> None:
    from tests.mapped import board_content

    content, _ = board_content(board(ARIEGE_CODES))
    with opened(browser, squares) as seen:
        for rank, layer in enumerate(content.sides[0]):
            page = seen.app(f"app.tally(app.model.layers[{rank}])")
            for one, said in zip(tallies(layer, content.units), page["classes"], strict=True):
                assert said["units"] == one.units
                assert (said["share"] is None) == (one.share is None)
                if one.share is not None:
                    assert said["share"] == pytest.approx(one.share)
            assert page["toCheck"] == sum(t.to_check for t in tallies(layer, content.units))


# looks: compared with pictures kept, coarsely, since fonts differ from a machine to another

COARSE = """([kept, now]) => Promise.all([kept, now].map(source => new Promise((done, fail) => {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement('canvas');
    canvas.width = 48; canvas.height = Math.round(48 * image.height / image.width);
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    done(Array.from(pen.getImageData(0, 0, canvas.width, canvas.height).data));
  };
  image.onerror = () => fail(new Error('no image'));
  image.src = 'data:image/png;base64,' + source;
})))"""


@pytest.mark.parametrize("width", [1280, 360])
def test_it_looks_as_it_did(browser: Browser, squares: Path, width: int) -> None:
    import base64

    kept = BASELINES / f"carres_{width}.png"
    with opened(browser, squares, width=width, height=900, device_scale_factor=0.5) as seen:
        seen.page.fill("#zg-recherche", "foix")
        seen.page.keyboard.press("Enter")
        seen.page.evaluate("window.scrollTo(0, 0)")
        seen.page.wait_for_timeout(300)
        picture = seen.page.screenshot()
    if os.environ.get("BASELINES") == "write":
        BASELINES.mkdir(exist_ok=True)
        kept.write_bytes(picture)
    assert kept.stat().st_size <= 150_000
    with opened(browser, "about:blank") as blank:
        one, other = blank.page.evaluate(
            COARSE, [base64.b64encode(p).decode() for p in (kept.read_bytes(), picture)]
        )
    assert len(one) == len(other)
    away = np.abs(np.array(one, float) - np.array(other, float))
    assert away.mean() < 6, "it looks otherwise: see it, then BASELINES=write"

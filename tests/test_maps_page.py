"""The page as bytes: whole by itself, the same each time, nothing of the user's read as HTML."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import zlib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import pytest

import zonage_geo as zg
from tests.mapped import ARIEGE_CODES, DAY, board, board_content, board_map, known
from tests.published import ZONAGE_OF_OCCITANIE
from zonage_geo.maps.model import tallies
from zonage_geo.maps.service import Request, content_of

if TYPE_CHECKING:
    from zonage_geo.catalog.model import Catalog
    from zonage_geo.store import Store

ROOT = Path(__file__).resolve().parents[1]
NASTY = ["</script><script>alert(1)</script>", "L'Île-\"d'Yeu\" & <b>Œ</b>", "=1+1", "{{ 7*7 }}"]
needs_package = pytest.mark.package_data


def data_of(html: str) -> dict[str, Any]:
    """Read a page's data back."""
    match = re.search(r'<script type="text/plain" id="\w+_donnees">([^<]*)</script>', html)
    assert match is not None
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(match[1])))
    return found


def rendered(**asked: Any) -> str:  # noqa: ANN401
    return str(board_map(board(ARIEGE_CODES), **asked).get_root().render())


def test_it_is_a_folium_map_and_rendering_changes_nothing() -> None:
    drawn = board_map(board(ARIEGE_CODES))
    assert isinstance(drawn, folium.Map)
    root = drawn.get_root()
    first = root.render()
    assert root.render() == first
    assert drawn.get_root().render() == first
    assert "iframe" in drawn._repr_html_()
    assert root.render() == first


def test_the_same_input_gives_the_same_bytes_in_any_process() -> None:
    code = (
        "import sys, hashlib; from tests.mapped import *; "
        "html = board_map(board(ARIEGE_CODES)).get_root().render(); "
        "sys.stdout.write(hashlib.sha256(html.encode()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_nothing_is_linked_and_zooming_is_allowed() -> None:
    html = rendered()
    assert html.startswith('<!DOCTYPE html>\n<html lang="fr">')
    assert "user-scalable" not in html
    assert not re.search(r'<(script|img|iframe)[^>]*\ssrc=|<link|@import|url\((?!data:|#|")', html)
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert "connect-src &#39;none&#39;" in html
    for word in ("jquery", "bootstrap", "d3.min", "sourceMappingURL"):
        assert word not in html.lower()


def test_one_map_does_not_change_the_next() -> None:
    before = rendered()
    other = board_map(board(ARIEGE_CODES))
    other.add_js_link("x", "https://example.invalid/x.js")
    folium.Marker([43, 1]).add_to(other)
    assert "example.invalid" in other.get_root().render()
    assert rendered() == before
    assert folium.Map.default_js[0][0] == "leaflet"


def test_folium_elements_still_work_on_it() -> None:
    drawn = board_map(board(ARIEGE_CODES))
    folium.CircleMarker([42.7, 1.2], radius=4).add_to(drawn)
    html = drawn.get_root().render()
    assert re.search(r"addTo\(map_[0-9a-f]{12}\)", html)


def test_names_and_titles_are_never_read_as_html() -> None:
    units = board(ARIEGE_CODES[:4], names=NASTY)
    html = board_map(units, title=NASTY[0], place=NASTY[1]).get_root().render()
    assert "alert(1)</script>" not in html
    assert "<b>Œ" not in html
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in html
    assert data_of(html)["units"]["name"] == NASTY


def test_what_the_page_carries_is_what_was_asked() -> None:
    content, _ = board_content(board(ARIEGE_CODES))
    data = data_of(rendered())
    assert data["schema"] == "zonage_geo.carte/1"
    assert data["units"]["code"] == list(ARIEGE_CODES)
    for layer, plain in zip(content.sides[0], data["layers"], strict=True):
        assert [layer.classes[k].key for k in layer.class_of] == [
            plain["classes"][plain["answers"][rank][0]]["key"] for rank in plain["of"]
        ]


def test_every_map_says_its_date_its_sources_and_that_it_is_no_law() -> None:
    html = rendered()
    assert "Situation au 15/05/2025" in html
    assert "sans valeur réglementaire" in html
    assert "arrêté du directeur général de l&#39;ARS Occitanie" in html
    assert "Licence : non précisée [?]" in html
    assert "carrés dessinés pour les essais" in html


@pytest.mark.parametrize(
    ("fond", "host"),
    [("ign", "https://data.geopf.fr"), ("osm", "https://tile.openstreetmap.org")],
)
def test_tiles_are_asked_for_only_where_wanted(fond: str, host: str) -> None:
    assert f"img-src data: blob: {host};" in (html := rendered(base_map=fond))
    assert "L.tileLayer(\n" in html.replace("            ", "")
    assert "L.tileLayer(\n" not in rendered().replace("            ", "")
    assert rendered(base_map=fond) == html


def test_two_dates_have_a_curtain() -> None:
    before, after = date(2024, 6, 30), date(2024, 7, 1)
    html = rendered(day=before, compared=after, base="zrr", right="frr")
    assert 'id="zg-rideau"' in html
    data = data_of(html)
    assert data["dates"] == ["2024-06-30", "2024-07-01"]
    assert {layer["side"] for layer in data["layers"]} == {0, 1}
    assert 'id="zg-rideau"' not in rendered()


# wrong questions


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"layers": ["nulle"]}, zg.InputError, "couche inconnue"),
        ({"layers": ["zfu"]}, zg.StoreError, "data add zfu"),
        ({"palette": "rose"}, zg.InputError, "palette"),
        ({"fond": "google"}, zg.InputError, "fond"),
        ({"communes": []}, zg.InputError, "vide"),
        ({"region": "99"}, zg.InputError, "région inconnue"),
        ({"compare": "2025-05-15"}, zg.InputError, "deux dates différentes"),
    ],
)
@needs_package
def test_a_wrong_question_raises_what_it_should(
    store: Store, asked: dict[str, Any], error: type[Exception], said: str
) -> None:
    atlas = zg.open(store.file, date="2025-05-15")
    with pytest.raises(error, match=said):
        atlas.map(**({"departement": "09"} if "region" not in asked and "communes" not in asked
                     else {}) | asked)  # fmt: skip


def test_a_store_without_outlines_says_what_to_do() -> None:
    store = known()
    asked = Request("Essai", None, DAY)
    with pytest.raises(zg.StoreError, match="data build"):
        content_of(store, store.catalog(), asked)


# the real thing


@needs_package
def test_occitanie_counts_what_is_published(store: Store, catalog: Catalog) -> None:
    wanted = {d.code for d in catalog.departements.values() if d.region == "76"}
    codes = [code for code, _, dep, _ in store.communes() if dep in wanted]
    asked = Request("Occitanie", codes, DAY)
    content = content_of(store, catalog, asked)
    layer = next(one for one in content.sides[0] if one.id == "zonage_medecins")
    counted = dict(zip((c.key for c in layer.classes), tallies(layer, content.units), strict=True))
    assert len(content.units.codes) == 4446
    published = [sum(one) for one in zip(*ZONAGE_OF_OCCITANIE.values(), strict=True)]
    assert [counted[key].units for key in ("ZIP", "ZAC", "ZAR")] == published
    assert counted["non_disponible"].units == 1
    assert 13.4 < (counted["ZIP"].share or 0) < 14.1
    assert 45.3 < (counted["ZAR"].share or 0) < 46.7


@needs_package
def test_paris_is_drawn_by_arrondissement(store: Store) -> None:
    drawn = zg.open(store.file, date="2025-05-15").map(departement="75")
    data = data_of(drawn.get_root().render())
    assert len(data["units"]["code"]) == 20
    assert data["unitWord"][1] == "communes et arrondissements"
    assert [city["name"] for city in data["cities"]] == ["Paris"]


@needs_package
def test_aids_are_layers_with_their_documents(store: Store) -> None:
    atlas = zg.open(store.file, date="2025-05-15")
    html = atlas.map(departement="09", aids=["caim"], base="aide_1").get_root().render()
    layer = next(one for one in data_of(html)["layers"] if one["group"] == "aides")
    frame = atlas.aids_table("CAIM", departement="09")
    words = {"ouverte": "oui", "non ouverte": "non", "à préciser": "indetermine"}
    kinds = [layer["classes"][layer["answers"][rank][0]]["kind"] for rank in layer["of"]]
    assert kinds == [words[verdict] for verdict in frame["verdict"].astype(str)]
    assert layer["short"] == "CAIM"
    assert "D'après : " in layer["sources"][0]["detail"]
    with pytest.raises(zg.InputError, match="aide inconnue"):
        atlas.map(departement="09", aids=["nulle"])
    with pytest.raises(zg.InputError, match="liste"):
        atlas.map(departement="09", aids="CAIM")


@needs_package
def test_the_shell_writes_what_the_atlas_draws(home: Path, store: Store, tmp_path: Path) -> None:
    out = tmp_path / "neuf" / "ariege.html"
    words = ["map", "--departement", "09", "--date", "2025-05-15"]

    def shell(*more: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "zonage_geo", *words, *more],
            capture_output=True,
            check=False,
            cwd=ROOT,
            env={**os.environ, "ZONAGE_GEO_HOME": str(home)},
        )

    done = shell("-o", str(out))
    assert (done.returncode, done.stdout.decode().strip()) == (0, str(out)), done.stderr.decode()
    again = tmp_path / "atlas.html"
    zg.open(store.file, date="2025-05-15").map(departement="09").save(again)
    assert out.read_bytes() == again.read_bytes()
    assert out.stat().st_size < 400_000
    refused = shell("-o", str(out))
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert "--force" in refused.stderr.decode()
    for wrong in (["-o", "x.jpg"], ["-o", "x.png", "--comparer", "2024-01-01"]):
        assert shell(*wrong).returncode == 2
    assert shell("-o", str(tmp_path / "x.html"), "--couches", "zfu").returncode == 4

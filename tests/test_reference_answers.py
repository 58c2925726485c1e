"""What docs/ tells of answers, against real ones: fields of JSON, and columns of tables.

JSON is held against docs/schemas/, closed to other fields; columns against the tables of
docs/columns.md and docs/batch.md, in their order and with their types.
"""

from __future__ import annotations

import ast
import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from tests.replayed import section
from zonage_geo.atlas import Atlas
from zonage_geo.atlas import open as open_atlas
from zonage_geo.batch.account import _FOUND
from zonage_geo.catalog.model import Layer
from zonage_geo.cli import main
from zonage_geo.settings import Settings
from zonage_geo.store import store_path

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SCHEMAS = DOCS / "schemas"
NAMES = sorted(path.stem for path in SCHEMAS.glob("*.json"))
DAY = ("--date", "2025-05-15")
Say = Callable[..., Any]
Told = list[tuple[str, str]]
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", re.MULTILINE)
SECTORS = ("--edition=2024-01-01", "--territory=departement:09", "--column=zone=secteur")
PROFILE = ("--avec", "statut=liberal", "--avec", "demi_journees=8")


def closed(schema: Any) -> Any:  # noqa: ANN401
    """Refuse, at every depth, a field that the schema does not tell."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        out.setdefault("additionalProperties", False)
    return out


def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def faults(name: str, answer: object) -> list[str]:
    """Tell where an answer is not what its schema says."""
    kind = jsonschema.Draft202012Validator
    validator = kind(closed(schema_of(name)), format_checker=kind.FORMAT_CHECKER)
    return [f"{one.json_path}: {one.message[:200]}" for one in validator.iter_errors(answer)]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(name))


def fields(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field in schema.get("properties", {}).values():
        yield field
        yield from fields(field)
        yield from fields(field.get("items", {}))
    yield from fields(schema["items"]) if "items" in schema else ()


@pytest.mark.parametrize("name", NAMES)
def test_every_field_says_what_it_is(name: str) -> None:
    told = list(fields(schema_of(name)))
    assert told
    for field in told:
        assert len(field["description"]) > 5, field
        nullable = "null" in field["type"]
        assert not nullable or "Null" in field["description"], field


def asked(home: Path, *words: str) -> Any:  # noqa: ANN401
    """Ask a command, and read its JSON."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("ZONAGE_GEO_HOME", str(home))
        assert main([*words, "--json"]) == 0, err.getvalue()
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def mine(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home of this module's, with files to add."""
    folder = tmp_path_factory.mktemp("mine") / "home"
    (folder / "processed").mkdir(parents=True)
    raw = folder / "raw"
    raw.mkdir()
    shutil.copy(store_path(Settings(home=home)), store_path(Settings(home=folder)))
    (raw / "secteurs.csv").write_text("insee;secteur\n09029;A\n09122;A\n31555;B\n99999;B\n")
    quarter = gpd.GeoDataFrame(
        {"code_qp": ["QN03107M"], "lib_qp": ["Grand Mirail"]},
        geometry=[shapely.box(1.395, 43.563, 1.402, 43.567)],
        crs="EPSG:4326",
    )
    quarter.to_file(raw / "qpv.geojson")
    rows = ["numero;nom_voie;code_insee;lon;lat", "12;Rue de Metz;31555;1.446;43.6"]
    (raw / "adresses-31.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    return folder


@pytest.fixture(scope="module")
def added(mine: Path) -> dict[str, Any]:
    """Give what ``data add`` says of three files, added in turn."""
    said = {}
    for name, words in {
        "pdsa": ("secteurs.csv", *SECTORS),
        "qpv": ("qpv.geojson", "--edition", "2024"),
        "ban": ("adresses-31.csv.gz",),
    }.items():
        said[name] = asked(mine, "data", "add", name, *words)
    return said


def named(tree: ast.AST) -> Iterator[str]:
    """Give the methods that a module names: the third part of a ``Part``, or a ``method``."""
    for node in ast.walk(tree):
        told: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            told = {"Part": node.args[2:3], "_classed": node.args[2:]}.get(node.func.id, [])
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "method":
            told = [node.value]
        yield from (str(one.value) for one in told if isinstance(one, ast.Constant))


def test_closed_lists_are_those_of_the_code() -> None:
    listed = schema_of("location")["properties"]
    sources = sorted((ROOT / "zonage_geo" / "locate").glob("*.py"))
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sources]
    methods = {name for tree in trees for name in named(tree)}
    assert set(listed["zones"]["items"]["properties"]["method"]["enum"]) == methods
    found = {"point", *_FOUND}
    assert set(listed["place"]["properties"]["geocoder"]["enum"]) == found


@pytest.fixture
def say(mine: Path) -> Say:
    """Give what asks a command, and reads its JSON."""
    return partial(asked, mine)


@pytest.mark.package_data
def test_additions_are_told_as_documented(added: dict[str, Any], say: Say) -> None:
    assert faults("data-add", added["pdsa"]) == []
    assert faults("data-add", added["qpv"]) == []
    assert faults("data-add-ban", added["ban"]) == []
    assert faults("data-check", say("data", "check", "secteurs.csv")) == []
    told = say("data", "list")
    assert faults("data-list", told) == []
    assert len(told["additions"]) == 2
    assert len(told["addresses"]) == 1


@pytest.mark.package_data
def test_the_catalogue_is_told_as_documented(added: dict[str, Any], say: Say) -> None:
    rows = say("layers")
    assert faults("layers", rows) == []
    assert {row["loaded"] for row in rows} == {True, False}


PLACES: tuple[tuple[str, ...], ...] = (
    ("--insee", "09029", "--date", "2024-06-30"),
    ("--insee", "09029", "--date", "2024-07-01"),
    ("--insee", "75056", *DAY),
    ("--insee", "75101", *DAY),
    ("--insee", "12076", "--date", "2016-05-15"),
    ("--insee", "13055", *DAY),
    ("--insee", "05061", "--date", "2015-01-01"),
    ("--insee", "97411", *DAY),
    ("--insee", "31555", "--date", "2099-01-01"),
    ("--point", "43.565,1.398", *DAY),  # inside the quarter
    ("--point", "43.5631,1.398", *DAY),  # inside, near its border
    ("--point", "43.5629,1.398", *DAY),  # outside, near its border
    ("--point", "42.79,1.3325", *DAY),
    ("--point", "43.295,5.33", *DAY),  # at sea, near Marseille
    ("--point", "48.8566,2.3522", "--insee", "75056", *DAY),
    ("1 place du Capitole, Toulouse", *DAY),
    ("12 rue de Metz, Toulouse", *DAY),
    ("rue de Metz, Toulouse", *DAY),
    ("Foix", *DAY),
    ("12320", *DAY),
    ("place de la mairie", "--insee", "09122", *DAY),
)


@pytest.mark.package_data
@pytest.mark.parametrize("words", PLACES, ids=" ".join)
def test_a_place_is_told_as_documented(
    added: dict[str, Any],
    say: Say,
    words: tuple[str, ...],
) -> None:
    told = say("locate", *words)
    assert faults("location", told) == []


@pytest.mark.package_data
def test_answers_are_of_many_kinds(added: dict[str, Any], say: Say) -> None:
    answers = [say("locate", *words) for words in PLACES]
    zones = [zone for one in answers for zone in one["zones"]]
    listed = schema_of("location")["properties"]
    methods = listed["zones"]["items"]["properties"]["method"]["enum"]
    rare = {"périmètres et contour de la commune"}
    assert {zone["method"] for zone in zones} == set(methods) - rare
    assert len({zone["reason_code"] for zone in zones}) >= 12
    assert {one["place"]["precision"] for one in answers} >= {"point", "numero", "voie", "commune"}
    assert any("exoneration" in item for zone in zones for item in zone["items"])


@pytest.mark.package_data
def test_what_a_place_opens_is_told_as_documented(added: dict[str, Any], say: Say) -> None:
    for words in (("09029", "--signature", "2023-01-01"), ("31555",), ("09122",)):
        told = say("aids", "--insee", *words, "--date", "2024-12-09", *PROFILE)
        assert faults("aids", told) == []
    told = say("locate", "--insee", "09029", *DAY, *PROFILE)
    assert faults("location", told) == []
    assert len(told["aids"]) > 40


@pytest.mark.package_data
def test_analyses_are_told_as_documented(added: dict[str, Any], say: Say) -> None:
    told = say("overlay", "--communes", "09029,31555", *DAY, "--aides", "CAIM")
    assert faults("communes", told) == []
    assert faults("secteurs", say("pdsa", "secteurs.csv", *DAY)) == []
    assert faults("secteurs", say("pdsa", *DAY)) == []
    assert faults("couverture", say("coverage", "--departement", "09", *DAY)) == []
    states = ("zrr@2024-06-30", "frr@2024-07-01", "--departement", "09")
    assert faults("comparaison", say("compare", *states)) == []


@pytest.mark.package_data
def test_a_field_that_is_not_documented_is_a_fault(added: dict[str, Any], say: Say) -> None:
    told = say("locate", *PLACES[0])
    told["zones"][0]["source"]["new"] = 1
    told["place"]["lon"] = "1.4"
    told["date"] = "hier"
    del told["zones"][1]["verdict"]
    assert len(faults("location", told)) == 4


# --- columns


def tables(page: str, title: str) -> list[Told]:
    """Give the columns and types of each table under a heading."""
    text = section((DOCS / page).read_text(encoding="utf-8"), title)
    parts = re.findall(r"^\| column .+\n\| --- .+\n((?:\| .+\n)+)", text, re.MULTILINE)
    found = [[(name, kind) for name, kind, _ in ROW.findall(part)] for part in parts]
    assert found
    assert all(len(one) == part.count("\n") for one, part in zip(found, parts, strict=True))
    return found


def of(table: Told, word: str, name: str) -> Told:
    """Put a name in the place of a word."""
    return [(column.replace(word, name), kind) for column, kind in table]


def typed(frame: pd.DataFrame) -> Told:
    """Give a frame's columns and their types, in the words of the page."""
    words = {"object": "text", "str": "text", "string": "text"}
    dtypes = [(str(name), str(frame[name].dtype)) for name in frame.columns if name != "geometry"]
    return [(name, words.get(kind, kind)) for name, kind in dtypes]


@pytest.fixture(scope="module")
def atlas(mine: Path, added: dict[str, Any]) -> Atlas:
    """Give the atlas of that home."""
    return open_atlas(store_path(Settings(home=mine)), date=DAY[1])


def rank(layer: Layer) -> int:
    """Tell which table of overlay a layer is told by."""
    return 2 if layer.zoned else 3 if layer.unit == "polygon" else 1


LACKING = ("montagne", "zfu", "tvs")
"""Layers of which nothing is loaded here: they have no columns, and a line of the account."""


@pytest.mark.package_data
def test_overlay(atlas: Atlas) -> None:
    told = tables("columns.md", "overlay")
    wanted = list(told[0])
    layers = [one for one in atlas.catalog.layers.values() if one.id not in LACKING]
    for layer in layers:
        mine = of(told[rank(layer)], "COUCHE", layer.id)
        if layer.overridden_by is None:
            mine = [one for one in mine if not one[0].endswith("_sauf_qpv")]
        wanted += mine
    wanted += [*told[4], *of(told[5], "AIDE", "CAIM")]
    frame = atlas.overlay(communes=["09029", "09122", "31555", "67482"], aids=["CAIM"])
    assert typed(frame) == wanted
    assert str(frame.crs) == "EPSG:4326"


@pytest.mark.package_data
def test_sectors(atlas: Atlas) -> None:
    rows = pd.DataFrame({"secteur": ["A", "A", "B"], "code": ["09029", "09122", "31555"]})
    (told,) = tables("columns.md", "pdsa")
    assert typed(atlas.pdsa_sectors(rows)) == told


@pytest.mark.package_data
def test_coverage(atlas: Atlas) -> None:
    (told,) = tables("columns.md", "coverage")
    assert typed(atlas.coverage(departement="09")) == told


@pytest.mark.package_data
def test_compare(atlas: Atlas) -> None:
    (told,) = tables("columns.md", "compare")
    frame = atlas.compare("zrr@2024-06-30", "frr@2024-07-01", departement="09")
    assert typed(frame) == told
    page = section((DOCS / "columns.md").read_text(encoding="utf-8"), "compare")
    (words,) = re.findall(r"^\| `changement` .*$", page, re.MULTILINE)
    kinds = frame["changement"].cat.categories
    assert re.findall("`([^`]+)`", words)[1:] == list(kinds)


@pytest.mark.package_data
def test_aids(atlas: Atlas) -> None:
    (told,) = tables("columns.md", "aids")
    assert typed(atlas.aids_table("CAIM", departement="09")) == told


def _layered(table: Told, layers: Iterable[str]) -> Told:
    """Repeat a table's columns of a layer for every layer, where they stand."""
    names = [name for name, _ in table]
    first = names.index("zg_COUCHE")
    many = [one for one in table if "COUCHE" in one[0]]
    repeated = [pair for layer in layers for pair in of(many, "COUCHE", layer)]
    return [*table[:first], *repeated, *table[first + len(many) :]]


@pytest.mark.package_data
def test_batch(atlas: Atlas) -> None:
    told = tables("batch.md", "What comes out")
    layers = list(atlas.catalog.layers)
    points = pd.DataFrame({"lon": [1.4440, 1.3325, -5.0], "lat": [43.6045, 42.79, 45.0]})
    for table, verdicts in zip(told, (True, False), strict=True):
        frame = atlas.locate_many(points, verdicts=verdicts).drop(columns=["lon", "lat"])
        assert typed(pd.DataFrame(frame)) == _layered(table, layers)

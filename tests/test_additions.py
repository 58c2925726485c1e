"""Files added to a store, replaced and removed: what it answers, and what it survives.

The store is built from the drawn package of three communes, so that making one anew takes a
second or two; the real files are in ``test_additions_real``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio
import pytest
import shapely

from tests.conftest import quiet
from tests.drawn import metric, square
from tests.test_store_build import SPEC, change, start, write_package
from zonage_geo import additions, sources
from zonage_geo.additions import Outcome, Request
from zonage_geo.cli import main
from zonage_geo.errors import CatalogError, InputError, SourceError, StoreError
from zonage_geo.locate import Location, Query, Zone, locate
from zonage_geo.readers import ReadError
from zonage_geo.render.plain import to_dict
from zonage_geo.render.tables import added_text
from zonage_geo.render.text import to_text
from zonage_geo.settings import Settings
from zonage_geo.store import Store, build, open_store, store_path
from zonage_geo.store import apply as applying
from zonage_geo.store.additions import Addition, user_files
from zonage_geo.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
FOIX = (1.6, 43.0)  # the middle of its drawn outline, a square of 0.2 degree
TOULOUSE = (1.45, 43.6)
AULUS = (1.4, 42.8)
THEN = date(2020, 6, 30)
LATER = date(2026, 6, 1)
PYRENEES, CENTRAL = "08", "06"
OTHER = "code,massif\n09122,06\n31555,06\n"
MANY = "".join(f"090{n:02d},08\n" for n in (*range(3, 10), 11, 12, 13))
DOCTORS = "code,zonage\n09122,ZAC\n31555,ZAR\n09029,ZIP\n"
MASSIF: dict[str, Any] = {
    "edition": "2026-01-01",
    "territory": ("region:76",),
    "columns": {"classe": "massif"},
}
ZONAGE: dict[str, Any] = {"edition": "2026-01-01", "territory": ("region:76",)}

LAYER = """\
id = "essai"
short = "Essai"
title = "Zones d'essai"
description = "Une couche de l'utilisateur."
unit = "{unit}"
order = {order}
missing = "Rien n'est chargé."

[classes.A]
label = "Zone A"
color = "#a50026"
counts = true

[classes.B]
label = "Zone B"
color = "#313695"
counts = false

[[editions]]
id = "un"
title = "Essai"
territory = ["FR"]
legal = "aucun"
publisher = "personne"
licence = "libre"
known_from = 2020-01-01
cog = 2025
source = "file:essai.csv"
complete = true
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / SPEC.wheel
    write_package(path)
    return path


@pytest.fixture(scope="module", autouse=True)
def accept_drawn(drawn: Path) -> Iterator[None]:
    """Let this process take the drawn package for the one wanted."""
    accepted = replace(SPEC, sha256=hashlib.sha256(drawn.read_bytes()).hexdigest())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "package_spec", lambda: accepted)
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, drawn: Path) -> Path:
    home = tmp_path_factory.mktemp("model")
    build(Settings(home=home), silent, package=drawn)
    return home


@pytest.fixture
def mine(tmp_path: Path, model: Path) -> Path:
    """Give a home of the test's own, with the drawn package in raw/."""
    home = tmp_path / "home"
    shutil.copytree(model, home)
    return home


def silent(label: str, done: float) -> None:
    """Be a progress that says nothing."""


def never(label: str, done: float) -> None:
    pytest.fail(f"the store is being built: {label}")


def gpkg(home: Path) -> Path:
    return store_path(Settings(home=home))


def write(home: Path, name: str, text: str) -> str:
    (home / "raw" / name).write_text(text, encoding="utf-8")
    return name


def describe(home: Path, name: str, text: str) -> Path:
    path = home / "catalog" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def add(home: Path, layer: str, file: str | None, **said: Any) -> Outcome:  # noqa: ANN401
    return additions.add(Request(layer, file, **said), Settings(home=home), silent)


def add_massif(home: Path, text: str = OTHER, **said: Any) -> Outcome:  # noqa: ANN401
    return add(home, "massif", write(home, "massif.csv", text), **{**MASSIF, **said})


def remove(home: Path, layer: str, edition: str | None = None) -> list[Addition]:
    return additions.remove(layer, edition, Settings(home=home), silent)


def perimeters(home: Path, name: str, **drawn: shapely.Geometry) -> str:
    """Write quarters as the official GeoJSON has them."""
    frame = gpd.GeoDataFrame(
        {"code_qp": list(drawn), "lib_qp": [f"Quartier {code}" for code in drawn]},
        geometry=list(drawn.values()),
        crs="EPSG:4326",
    )
    frame.to_file(home / "raw" / name, driver="GeoJSON")
    return name


def add_quarters(home: Path, **said: Any) -> Outcome:  # noqa: ANN401
    file = perimeters(home, "qp.geojson", QP009002=square(*FOIX, 400))
    asked = {"edition": "2015", "territory": ("region:76",), "complete": True}
    return add(home, "qpv", file, **{**asked, **said})


def ask(home: Path, day: date = LATER, **query: Any) -> Location:  # noqa: ANN401
    """Ask a store that must need no building."""
    with closing(open_store(Settings(home=home), never)) as store:
        return locate(store, store.catalog(), Query(**query), day)


def at(home: Path, where: tuple[float, float], east_m: float = 0.0, day: date = LATER) -> Location:
    lon, lat = metric(*where)[1].transform(east_m, 0.0)
    return ask(home, day, lon=lon, lat=lat)


def zone(home: Path, layer: str, insee: str = "09122", day: date = LATER) -> Zone:
    return ask(home, day, insee=insee).zone(layer)


def said(zone: Zone) -> tuple[Verdict, str | None]:
    return zone.verdict, zone.zone_class


def bare(zone: Zone) -> dict[str, Any]:
    """Give what an answer says, without the whole layer."""
    return {key: value for key, value in zone._asdict().items() if key != "layer"}


def codes(zone: Zone) -> list[str]:
    return [item.code for item in zone.items]


def kept(home: Path) -> set[str]:
    """List what is beside the manifest."""
    folder = home / "processed" / "ajouts"
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return there - {"ajouts.json", ".verrou"}


def manifest(home: Path) -> list[Addition]:
    return user_files(Settings(home=home)).read()


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Give all the rows of a store but those that tell when it was made."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        tables = {n: connection.execute(f'SELECT * FROM "{n}"').fetchall() for n in names}  # noqa: S608
    tables["metadata"] = [row[1:] for row in tables["metadata"] if row[1] != "built_at"]
    tables["gpkg_contents"] = [row[:4] + row[5:] for row in tables["gpkg_contents"]]
    return {name: sorted(rows, key=repr) for name, rows in tables.items()}


# --- added -------------------------------------------------------------------------------


def test_a_list_answers_from_its_date_on_and_the_edition_before_it_until_then(mine: Path) -> None:
    before = zone(mine, "massif", day=date(2025, 12, 31))
    assert said(before) == (OUI, PYRENEES)
    outcome = add_massif(mine)
    assert (outcome.replaced, outcome.addition.kind, outcome.addition.rows) == (False, "list", 2)
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)
    assert said(zone(mine, "massif", "31555")) == (OUI, CENTRAL)
    assert bare(zone(mine, "massif", day=date(2025, 12, 31))) == bare(before)
    assert said(zone(mine, "massif", "65192", LATER)) == (UNKNOWN, None)  # not in the new list
    assert said(zone(mine, "massif", "35238")) == (NON, None)  # another région: the old list


def test_an_addition_is_told_by_the_store_the_edition_and_the_sources(mine: Path) -> None:
    outcome = add_massif(mine, title="Massifs d'essai", legal="Arrêté", publisher="Nous")
    assert outcome.edition is not None
    assert (outcome.edition.legal, outcome.edition.publisher) == ("Arrêté", "Nous")
    with closing(Store.open(gpkg(mine))) as store:
        (told,) = json.loads(store.metadata["additions"])
        assert ("massif/2026-01-01", "Massifs d'essai", 2) in store.lists()
    assert told["key"] == ["massif", "2026-01-01", "list"]
    assert (told["file"], told["rows"], told["publisher"]) == ("massif.csv", 2, "Nous")
    raw = (mine / "raw" / "massif.csv").read_bytes()
    assert told["file_sha256"] == hashlib.sha256(raw).hexdigest()


def test_what_a_list_does_not_hold_is_outside_only_where_it_is_complete(mine: Path) -> None:
    told = "Prend la place, à partir du 01/01/2026, de : Massifs, liste ANCT 2025."
    assert add_massif(mine, complete=True).warnings == (told,)
    assert said(zone(mine, "massif", "09029")) == (NON, None)
    again = add_massif(mine)  # nobody says it of this file
    assert again.replaced
    assert "dites-le : --complet" in again.warnings[0]
    assert said(zone(mine, "massif", "09029")) == (UNKNOWN, None)


@pytest.mark.parametrize("line", [",06\n", "09029,\n", "12076,06\n", "Foix,06\n"])
def test_a_list_said_complete_that_lost_a_line_is_not(mine: Path, line: str) -> None:
    outcome = add_massif(mine, f"{OTHER}{MANY}{line}", complete=True, cog=2025)
    assert outcome.edition is not None
    assert not outcome.edition.complete
    assert outcome.warnings[0].startswith("1 ligne écartée (")
    assert said(zone(mine, "massif", "09029")) == (UNKNOWN, None)


SECTORS = "secteur,code,commune\nA,09029,Toulouse\nA,09122,Foix\nB,31555,Toulouse\n"
GARDE: dict[str, Any] = {
    "edition": "30/10/2025",
    "territory": ("region:76",),
    "complete": True,
    "classes": {},
}


def test_a_row_whose_code_is_another_commune_s_answers_nothing(mine: Path) -> None:
    outcome = add(mine, "pdsa", write(mine, "s.csv", SECTORS), **GARDE)
    (line,) = [one for report in outcome.reports for one in report.lost]
    assert (line.row, line.code, line.kind) == (2, "09029", "nom et code ne s’accordent pas")
    assert outcome.edition is not None
    assert (outcome.edition.id, outcome.edition.complete) == ("2025-10-30", False)
    assert said(zone(mine, "pdsa", "09029")) == (UNKNOWN, None)
    (held,) = zone(mine, "pdsa").items
    assert held.code == "A"
    assert held.exoneration is UNKNOWN
    told = "n'est pas tenue pour complète, 1 ligne écartée (nom et code ne s’accordent pas)"
    assert told in (held.exoneration_reason or "")
    add(mine, "pdsa", write(mine, "s.csv", SECTORS.replace("A,09029,Toulouse\n", "")), **GARDE)
    (held,) = zone(mine, "pdsa").items
    assert "pas tenue pour complète" not in (held.exoneration_reason or "")


def test_a_last_row_without_its_code_is_no_footnote(mine: Path) -> None:
    outcome = add(
        mine, "pdsa", write(mine, "s.csv", "secteur,code\nA,09122\nB,31555\nA,\n"), **GARDE
    )
    assert outcome.warnings[0].startswith("1 ligne écartée (sans code)")
    assert outcome.edition is not None
    assert not outcome.edition.complete


def test_on_the_day_of_what_ships_the_file_answers_and_is_said_to(mine: Path) -> None:
    day = date(2022, 5, 4)
    file = write(mine, "z.csv", DOCTORS)
    asked = {**ZONAGE, "edition": "1-arrete", "valid_from": day}  # before what ships by its id
    shipped = zone(mine, "zonage_medecins", "31555", day).edition
    outcome = add(mine, "zonage_medecins", file, **asked)
    assert shipped is not None
    assert shipped.valid_from == day
    now = zone(mine, "zonage_medecins", "31555", day).edition
    assert now is not None
    assert now.id == "1-arrete"
    assert any(f"à partir du 04/05/2022, de : {shipped.title}" in one for one in outcome.warnings)


def test_nobody_attests_a_file_unless_its_user_does(mine: Path) -> None:
    file = write(mine, "z.csv", DOCTORS)
    old = {**ZONAGE, "edition": "2023-01-01"}
    outcome = add(mine, "zonage_medecins", file, **old)
    assert outcome.edition is not None
    assert outcome.edition.known_until is None
    told = zone(mine, "zonage_medecins", "31555", date(2025, 1, 1)).to_check or ""
    assert "que rien n'atteste depuis sa date d'effet, à réviser tous les 2 ans" in told
    assert zone(mine, "zonage_medecins", "31555", date(2024, 12, 31)).to_check is None
    add(mine, "zonage_medecins", file, **old, known_until=date(2025, 6, 1))
    assert zone(mine, "zonage_medecins", "31555", date(2025, 1, 1)).to_check is None


def test_a_file_put_in_the_place_of_a_complete_list_is_not_complete_for_that(mine: Path) -> None:
    add_massif(mine, edition="2025-liste-anct", territory=())
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)
    assert said(zone(mine, "massif", "65192")) == (UNKNOWN, None)
    assert said(zone(mine, "massif", "35238")) == (UNKNOWN, None)


def test_locate_after_an_addition_builds_nothing(mine: Path) -> None:
    steps: list[str] = []
    file = write(mine, "massif.csv", OTHER)
    request = Request("massif", file, **MASSIF)
    additions.add(request, Settings(home=mine), lambda label, _: steps.append(label))
    assert steps
    assert "lecture des communes" not in steps  # completed, not built anew
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)  # where a step would fail the test


# --- replaced, removed -------------------------------------------------------------------


def test_a_replaced_edition_leaves_the_others(mine: Path) -> None:
    add_massif(mine)
    add_massif(mine, OTHER.replace("06", "03"), edition="2026-03-01")
    assert said(zone(mine, "massif", day=date(2026, 2, 1))) == (OUI, CENTRAL)
    add(mine, "zonage_medecins", write(mine, "zonage.csv", DOCTORS), **ZONAGE)
    first = manifest(mine)
    again = add_massif(mine, OTHER.replace("06", "02"))
    assert again.replaced
    assert said(zone(mine, "massif", day=date(2026, 2, 1))) == (OUI, "02")
    assert said(zone(mine, "massif")) == (OUI, "03")
    assert zone(mine, "zonage_medecins").base_class == "ZAC"
    now = manifest(mine)
    assert [one.key for one in now] == [first[1].key, first[2].key, first[0].key]
    assert now[:2] == first[1:]
    assert kept(mine) == {one.payload for one in now}


def test_the_same_file_added_twice_is_there_once(mine: Path) -> None:
    # The same bytes make the same payload, under the same name.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"})
    try:
        first = add_massif(mine)
        again = add_massif(mine)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    assert first.addition.payload == again.addition.payload
    assert manifest(mine) == [again.addition]
    assert user_files(Settings(home=mine)).payload(again.addition).is_file()


def test_removing_gives_back_what_was_there_outlines_too(mine: Path) -> None:
    before = content(gpkg(mine))
    answer = at(mine, FOIX, day=THEN)
    add_quarters(mine)
    fine_outlines(mine)
    assert content(gpkg(mine)) != before
    assert [one.key for one in remove(mine, "qpv")] == [("qpv", "2015-region-76", "zones")]
    assert len(manifest(mine)) == 1
    assert [one.edition for one in remove(mine, "communes", "2025")] == ["2025"]
    assert (manifest(mine), kept(mine)) == ([], set())
    assert at(mine, FOIX, day=THEN) == answer
    after = content(gpkg(mine))
    for name, rows in before.items():
        left, right = [[r for r in t if r[0] != "user_sha256"] for t in (rows, after[name])]
        assert left == right, name


def fine_outlines(home: Path) -> Outcome:
    finer = gpd.GeoDataFrame({"insee": ["09122"]}, geometry=[shapely.box(1.5, 42.9, 1.7, 43.1)])
    finer.set_crs("EPSG:4326").to_file(home / "raw" / "foix.gpkg")
    return add(home, "communes", "foix.gpkg", accuracy_m=15.0)


def cut_off(home: Path, patch: pytest.MonkeyPatch) -> Settings:
    """Take the package and the network away."""
    (home / "raw" / SPEC.wheel).unlink()
    patch.setattr(sources, "fetch_package", lambda *_: pytest.fail("the network was used"))
    return Settings(home=home, offline=True)


def test_what_was_added_can_be_taken_out_with_no_package_and_no_network(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(gpkg(mine))
    add_massif(mine)
    add_quarters(mine)
    add(mine, "zonage_medecins", write(mine, "zonage.csv", DOCTORS), **ZONAGE)
    alone = cut_off(mine, monkeypatch)
    assert [one.layer for one in additions.remove("massif", None, alone, silent)] == ["massif"]
    assert said(zone(mine, "massif")) == (OUI, PYRENEES)
    assert said(at(mine, FOIX, day=THEN).zone("qpv")) == (OUI, "QPV")
    assert zone(mine, "zonage_medecins").base_class == "ZAC"
    for layer in ("qpv", "zonage_medecins"):
        additions.remove(layer, None, alone, silent)
    after = content(gpkg(mine))
    assert before.keys() == after.keys()
    for name in before:
        if name != "metadata" and not name.startswith(("gpkg_", "rtree_")):  # extents, free bytes
            assert after[name] == before[name], name
    with closing(Store.open(gpkg(mine))) as store:
        assert store.metadata["additions"] == "[]"


def test_what_cannot_be_taken_out_offline_stays_and_the_store_still_opens(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine_outlines(mine)
    before = (manifest(mine), kept(mine), gpkg(mine).read_bytes())
    alone = cut_off(mine, monkeypatch)
    with pytest.raises(SourceError, match="ZONAGE_GEO_OFFLINE") as caught:
        additions.remove("communes", None, alone, silent)
    assert caught.value.exit_code == 4
    assert "data build --from" in str(caught.value)
    assert (manifest(mine), kept(mine), gpkg(mine).read_bytes()) == before
    open_store(alone, never).close()


def test_a_first_addition_that_fails_leaves_a_store_that_needs_no_building(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(applying._WRITERS, "list", broken)
        with pytest.raises(StoreError, match="le disque est plein"):
            add_massif(mine)
    open_store(cut_off(mine, monkeypatch), never).close()


@pytest.mark.parametrize("act", ["locate", "overlay", "batch", "map", "build"])
def test_no_command_uses_the_network_where_it_is_forbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], act: str
) -> None:
    monkeypatch.setattr(sources, "fetch_package", lambda *_: pytest.fail("the network was used"))
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ZONAGE_GEO_OFFLINE", "1")
    (tmp_path / "in.csv").write_text("lon,lat\n1,43\n")
    words = {
        "locate": ["locate", "Foix"],
        "overlay": ["overlay", "--departement", "09"],
        "batch": ["batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv")],
        "map": ["map", "--departement", "09", "-o", str(tmp_path / "out.html")],
        "build": ["data", "build"],
    }[act]
    assert main(words) == 4
    assert "ZONAGE_GEO_OFFLINE" in capsys.readouterr().err


# --- perimeters that are not where they should be ----------------------------------------


def test_a_perimeter_drawn_out_of_its_commune_is_set_aside_and_told(mine: Path) -> None:
    with closing(Store.open(gpkg(mine))) as store:
        (toulouse, *others) = [z for c, z, _ in store.zone_list("qpv_2024") if c == "31555"]
    # Foix's quarter drawn in Toulouse, one of Toulouse, and one out of it by less than 315 m.
    drawn = {"QN00902M": square(*TOULOUSE, 300), toulouse: square(TOULOUSE[0], 43.62, 300)}
    east = 1.45 + 0.1 + 0.003  # some 240 m beyond its drawn outline
    drawn[others[0]] = shapely.box(east, 43.6, east + 0.002, 43.602)
    outcome = add(mine, "qpv", perimeters(mine, "qn.geojson", **drawn), edition="2024")
    (line,) = outcome.reports[-1].dropped
    assert line[1:3] == ("QN00902M", "ailleurs")
    assert "31555 (Toulouse)" in line.detail
    assert "09122 (Foix)" in line.detail
    assert any("QN00902M" in warning for warning in outcome.warnings)
    assert outcome.listed is not None
    assert outcome.listed[0] == 2
    assert at(mine, TOULOUSE, day=LATER).zone("qpv").verdict is not OUI
    assert zone(mine, "qpv").verdict is UNKNOWN  # its quarter still is the list's
    assert "QN00902M : dessiné" in " ".join(added_text(outcome).split())


def test_a_file_whose_perimeters_are_mostly_elsewhere_is_refused(mine: Path) -> None:
    before = gpkg(mine).read_bytes()
    file = perimeters(mine, "qn.geojson", QN00902M=square(*TOULOUSE, 300))
    with pytest.raises(ReadError, match=r"1 périmètre sur 1 hors de leur commune ; QN00902M"):
        add(mine, "qpv", file, edition="2024")
    assert (manifest(mine), gpkg(mine).read_bytes()) == ([], before)


def test_a_quarter_that_the_list_has_not_is_kept_and_doubted(mine: Path) -> None:
    drawn = {"QN00902M": square(*FOIX, 300), "QN00999M": square(1.62, 43.02, 300)}
    outcome = add(mine, "qpv", perimeters(mine, "qn.geojson", **drawn), edition="2024")
    (line,) = outcome.reports[-1].lines
    assert line[1:3] == ("QN00999M", "code inconnu")
    assert any("QN00999M" in warning for warning in outcome.warnings)
    assert outcome.addition.rows == 2


def test_the_communes_that_the_file_names_place_perimeters_without_a_list(mine: Path) -> None:
    codes = ["QP009001", "QP009002", "QP009003"]
    shapes = [square(*TOULOUSE, 300), square(*FOIX, 300), square(1.62, 43.02, 300)]
    frame = gpd.GeoDataFrame({"code_qp": codes, "insee_com": ["09122"] * 3}, geometry=shapes)
    frame.set_crs("EPSG:4326").to_file(mine / "raw" / "qp.geojson", driver="GeoJSON")
    asked: dict[str, Any] = {"edition": "2015", "territory": ("region:76",), "complete": True}
    outcome = add(mine, "qpv", "qp.geojson", **asked)
    assert [line.code for line in outcome.reports[-1].dropped] == ["QP009001"]
    assert outcome.edition is not None
    assert not outcome.edition.complete  # what was set aside may be anywhere
    assert at(mine, TOULOUSE, day=THEN).zone("qpv").verdict is UNKNOWN
    assert said(at(mine, FOIX, day=THEN).zone("qpv")) == (OUI, "QPV")


def test_removing_what_is_not_there_tells_what_is(mine: Path) -> None:
    with pytest.raises(InputError, match="aucun ajout : massif"):
        remove(mine, "massif")
    add_massif(mine)
    add_massif(mine, edition="2026-03-01")
    kept_before = manifest(mine)
    with pytest.raises(InputError) as caught:
        remove(mine, "massif")
    assert "plusieurs ajouts" in str(caught.value)
    assert "massif 2026-01-01, massif 2026-03-01" in str(caught.value)
    assert "--edition" in str(caught.value)
    for layer, edition in (("qpv", None), ("massif", "2027-01-01"), ("communes", None)):
        with pytest.raises(InputError, match="aucun ajout") as caught:
            remove(mine, layer, edition)
        assert "massif 2026-03-01" in str(caught.value)
    assert manifest(mine) == kept_before
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)


# --- what an addition survives -----------------------------------------------------------


def test_a_store_that_was_deleted_comes_back_with_its_additions(mine: Path) -> None:
    add_massif(mine)
    add_quarters(mine)
    before = content(gpkg(mine))
    gpkg(mine).unlink()
    open_store(Settings(home=mine), silent).close()
    after = content(gpkg(mine))
    assert before.keys() == after.keys()
    for name in ("communes", "zones", "zone_lists", "memberships", "loaded_lists", "metadata"):
        assert after[name] == before[name], name
    assert build(Settings(home=mine), silent, force=True)
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)
    assert said(at(mine, FOIX, day=THEN).zone("qpv")) == (OUI, "QPV")


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_addition_is_named_with_the_way_out(mine: Path, damage: str) -> None:
    add_massif(mine)
    add_quarters(mine)
    payload = mine / "processed" / "ajouts" / manifest(mine)[0].payload
    if damage == "gone":
        payload.unlink()
    else:
        payload.write_bytes(payload.read_bytes()[:-1] + b"!")
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)  # the store itself is whole
    gpkg(mine).unlink()
    with pytest.raises(StoreError) as caught:
        open_store(Settings(home=mine), silent)
    told = str(caught.value)
    assert told.startswith(str(payload))
    assert ("a disparu" if damage == "gone" else "a changé") in told
    assert "massif.csv" in told
    assert "data remove massif --edition 2026-01-01" in told
    assert not gpkg(mine).exists()
    remove(mine, "massif", "2026-01-01")
    assert said(at(mine, FOIX, day=THEN).zone("qpv")) == (OUI, "QPV")
    assert said(zone(mine, "massif")) == (OUI, PYRENEES)


def listing(**wrong: str) -> bytes:
    """Write a manifest of one addition, some of it wrong."""
    one = {"layer": "massif", "edition": "a", "kind": "list", "payload": "a.gpkg", "sha256": ""}
    more = {"source": {}, "added": "2026-01-01", "rows": 1}
    return json.dumps({"version": 1, "additions": [{**one, **more, **wrong}]}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"version": 1}',
        b'{"version": 2, "additions": []}',
        b'{"version": 1, "additions": [{"layer": "massif"}]}',
        listing(kind="autre"),
        listing(payload="../../a.gpkg"),
    ],
)
def test_a_list_of_additions_that_makes_no_sense_is_refused(mine: Path, text: bytes) -> None:
    path = mine / "processed" / "ajouts" / "ajouts.json"
    path.parent.mkdir()
    path.write_bytes(text)
    before = gpkg(mine).read_bytes()
    with pytest.raises(StoreError) as caught:
        open_store(Settings(home=mine), silent)
    assert str(caught.value).startswith(f"{path} : liste des ajouts illisible")
    with pytest.raises(StoreError, match="illisible"):
        add_massif(mine)
    assert path.read_bytes() == text
    assert gpkg(mine).read_bytes() == before


def broken(connection: sqlite3.Connection, one: Addition) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_an_addition_that_cannot_be_written_is_withdrawn(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_massif(mine)
    before = (manifest(mine), kept(mine), gpkg(mine).read_bytes())
    with monkeypatch.context() as patch:
        patch.setitem(applying._WRITERS, "list", broken)
        with pytest.raises(StoreError, match="le disque est plein"):
            add_massif(mine, edition="2026-03-01")
        with pytest.raises(StoreError, match="le disque est plein"):
            add_massif(mine, OTHER.replace("06", "03"))  # in the place of the first
    assert (manifest(mine), kept(mine), gpkg(mine).read_bytes()) == before
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)


def test_a_file_that_is_refused_changes_nothing(mine: Path) -> None:
    before = gpkg(mine).read_bytes()
    with pytest.raises(ReadError, match="classes inconnues"):
        add_massif(mine, OTHER.replace("06", "99"))
    with pytest.raises(InputError, match="fichier introuvable"):
        add(mine, "massif", "rien.csv", **MASSIF)
    with pytest.raises(InputError, match="couche inconnue : massifs"):
        add(mine, "massifs", "rien.csv", **MASSIF)
    assert (manifest(mine), kept(mine), gpkg(mine).read_bytes()) == ([], set(), before)


def test_two_additions_at_once_are_both_there(drawn: Path, mine: Path) -> None:
    write(mine, "massif.csv", OTHER)
    write(mine, "zonage.csv", DOCTORS)
    common = ("--edition", "2026-01-01", "--territory", "region:76")
    one = ("data", "add", "massif", "massif.csv", *common, "--column", "classe=massif")
    with (
        start(drawn, mine, *one) as first,
        start(drawn, mine, "data", "add", "zonage_medecins", "zonage.csv", *common) as second,
    ):
        said_by = [process.communicate(timeout=60)[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), said_by
    assert {one.layer for one in manifest(mine)} == {"massif", "zonage_medecins"}
    assert kept(mine) == {one.payload for one in manifest(mine)}
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)
    assert zone(mine, "zonage_medecins").base_class == "ZAC"


def test_a_store_opened_by_its_path_keeps_its_additions(
    mine: Path, model: Path, tmp_path: Path
) -> None:
    add_massif(mine)
    lent = tmp_path / "lent.gpkg"
    shutil.copy(gpkg(mine), lent)
    before = lent.read_bytes()
    for home in (model, mine):
        with closing(open_store(Settings(home=home), never, lent)) as store:
            found = locate(store, store.catalog(), Query(insee="09122"), LATER)
            assert said(found.zone("massif")) == (OUI, CENTRAL)
    assert lent.read_bytes() == before


def test_a_store_brought_from_elsewhere_is_not_rebuilt_without_its_additions(
    mine: Path, tmp_path: Path
) -> None:
    add_quarters(mine)
    other = tmp_path / "ailleurs"
    (other / "processed").mkdir(parents=True)
    shutil.copy(store_path(Settings(home=mine)), other / "processed" / "zonage.gpkg")
    with pytest.raises(StoreError, match=r"qp.geojson.*data build --force"):
        open_store(Settings(home=other), quiet)
    # Here, taking them out is the user's own doing.
    additions.remove("qpv", None, Settings(home=mine), quiet)
    assert zone(mine, "qpv", day=THEN).reason_code is Reason.NO_EDITION


def test_an_older_store_with_the_additions_of_others_is_not_built_anew(
    mine: Path, model: Path, tmp_path: Path
) -> None:
    add_massif(mine)
    lent = tmp_path / "lent.gpkg"
    shutil.copy(gpkg(mine), lent)
    change(lent, "UPDATE metadata SET value = '2' WHERE key = 'schema_version'")
    before = lent.read_bytes()
    with pytest.raises(StoreError, match=r"ajouts que ce poste n'a pas \(massif\.csv\)"):
        open_store(Settings(home=model), silent, lent)
    assert lent.read_bytes() == before
    with closing(open_store(Settings(home=mine), silent, lent)) as store:  # here, they are
        assert ("massif/2026-01-01", "Massifs : Occitanie (2026-01-01)", 2) in store.lists()


def test_a_home_that_cannot_be_written_is_told(mine: Path) -> None:
    (mine / "processed" / "ajouts").write_text("un fichier à la place du dossier")
    with pytest.raises(StoreError) as caught:
        add_massif(mine)
    assert str(mine / "processed" / "ajouts") in str(caught.value)
    assert "ZONAGE_GEO_HOME" in str(caught.value)


@pytest.mark.parametrize("edition", ["é/..", "../../x", "a b\\c", "x" * 300])
def test_an_edition_s_name_leads_out_of_no_folder(mine: Path, edition: str) -> None:
    around = {path for path in mine.parent.rglob("*") if "ajouts" not in path.parts}
    outcome = add_massif(mine, edition=edition, valid_from=date(2026, 1, 1))
    assert kept(mine) == {outcome.addition.payload}
    assert {path for path in mine.parent.rglob("*") if "ajouts" not in path.parts} - around <= {
        mine / "raw" / "massif.csv",
        mine / "processed" / "zonage.gpkg.lock",
    }
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)
    remove(mine, "massif", edition)
    assert kept(mine) == set()


# --- perimeters --------------------------------------------------------------------------


def test_perimeters_answer_in_their_territory_and_the_layer_as_before_elsewhere(
    mine: Path,
) -> None:
    elsewhere = zone(mine, "qpv", "35238", THEN)
    outcome = add_quarters(mine)
    assert outcome.edition is not None
    assert (outcome.edition.id, outcome.edition.complete) == ("2015-region-76", True)
    inside = at(mine, FOIX, day=THEN).zone("qpv")
    assert said(inside) == (OUI, "QPV")
    assert codes(inside) == ["QP009002"]
    near = at(mine, FOIX, 210, THEN).zone("qpv")
    assert near.verdict is UNKNOWN
    assert near.distance_m == pytest.approx(10, abs=0.5)
    assert said(at(mine, FOIX, 1000, THEN).zone("qpv")) == (NON, None)
    named = zone(mine, "qpv", day=THEN)
    assert (named.reason_code, codes(named)) == (Reason.PRECISION_INSUFFICIENT, ["QP009002"])
    assert said(zone(mine, "qpv", "09029", THEN)) == (NON, None)
    assert bare(zone(mine, "qpv", "35238", THEN)) == bare(elsewhere)
    assert elsewhere.reason_code is Reason.NO_EDITION


def test_perimeters_said_complete_that_lost_one_are_not(mine: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"code_qp": ["QP009002", None]},
        geometry=[square(*FOIX, 400), square(*TOULOUSE, 400)],
        crs="EPSG:4326",
    )
    frame.to_file(mine / "raw" / "qp.geojson", driver="GeoJSON")
    outcome = add(
        mine, "qpv", "qp.geojson", edition="2015", territory=("region:76",), complete=True
    )
    assert outcome.warnings
    assert said(at(mine, TOULOUSE, day=THEN).zone("qpv")) == (UNKNOWN, None)
    assert said(zone(mine, "qpv", "31555", THEN)) == (UNKNOWN, None)


def test_a_file_of_a_region_is_not_complete_for_the_whole_country(mine: Path) -> None:
    with pytest.raises(InputError, match=r"rien d'autre que Occitanie.* --territory region:76"):
        add_quarters(mine, territory=())
    outcome = add_quarters(mine, territory=(), complete=None)
    assert outcome.warnings[0].endswith("dites-le : --territory region:76 --complet.")
    assert add_quarters(mine).listed is None  # nothing lists those of 2015
    alone = add_quarters(mine, territory=("metropole",))  # said, so believed
    assert alone.edition is not None
    assert alone.edition.complete


def test_a_list_of_a_departement_is_not_complete_for_its_region(mine: Path) -> None:
    describe(mine, "essai.toml", LAYER.format(unit="commune", order=900).replace(
        '["FR"]', '["region:76"]').replace("file:essai.csv", "file:autre.csv"))  # fmt: skip
    rows = "code;classe\n09122;A\n09029;B\n"
    said: dict[str, Any] = {"edition": "un", "complete": True}
    with pytest.raises(InputError, match=r"que Ariège.* --territory departement:09"):
        add(mine, "essai", write(mine, "essai.csv", rows), **said)
    two = add(mine, "essai", write(mine, "essai.csv", f"{rows}31555;A\n"), **said)
    assert two.edition is not None
    assert two.edition.complete


def test_what_a_killed_addition_left_goes_with_the_next(mine: Path) -> None:
    add_quarters(mine)
    left = mine / "processed" / "ajouts" / ".123.partiel.gpkg"
    left.write_bytes(b"half")
    add_quarters(mine)
    assert not left.exists()


def test_perimeters_beside_a_complete_list_leave_it_complete(mine: Path) -> None:
    file = perimeters(mine, "foix.geojson", QN00902M=square(*FOIX, 400))
    outcome = add(mine, "qpv", file, edition="2024")
    assert outcome.edition is not None
    assert outcome.edition.complete
    assert outcome.listed == (1, 1362)  # those of the décret
    told = " ".join(added_text(outcome).split())
    assert "1 périmètre sur 1 362 de la liste ; liste des communes complète." in told
    assert said(at(mine, FOIX).zone("qpv")) == (OUI, "QPV")
    assert said(at(mine, FOIX, 1000).zone("qpv")) == (NON, None)
    assert said(zone(mine, "qpv", "09029")) == (NON, None)
    toulouse = at(mine, TOULOUSE).zone("qpv")
    assert (toulouse.reason_code, len(toulouse.items)) == (Reason.ZONE_PERIMETER_UNKNOWN, 12)


def test_perimeters_outside_their_territory_are_not_added(mine: Path) -> None:
    file = perimeters(
        mine, "qp.geojson", QP009002=square(*FOIX, 400), QP031001=square(*TOULOUSE, 400)
    )
    outcome = add(mine, "qpv", file, edition="2015", territory=("departement:09",))
    assert outcome.addition.rows == 1
    with pytest.raises(ReadError, match="aucun de ses périmètres n’est dans region:11"):
        add(mine, "qpv", file, edition="2015", territory=("region:11",))


def test_perimeters_of_a_layer_of_one_s_own_say_how_accurate_they_are(mine: Path) -> None:
    toml = LAYER.format(unit="polygon", order=900).replace("cog = 2025\n", "")
    describe(mine, "essai.toml", toml)
    frame = gpd.GeoDataFrame(
        {"zone": ["Z1", "Z2"], "niveau": ["A", "B"]},
        geometry=[square(*FOIX, 400), square(*TOULOUSE, 400)],
        crs="EPSG:4326",
    )
    frame.to_file(mine / "raw" / "essai.geojson", driver="GeoJSON")
    columns = {"zone": "zone"}
    with pytest.raises(InputError, match="--accuracy"):
        add(mine, "essai", "essai.geojson", columns=columns)
    add(mine, "essai", "essai.geojson", columns=columns, accuracy_m=20.0)
    assert said(at(mine, FOIX).zone("essai")) == (OUI, "A")
    assert at(mine, FOIX, 215).zone("essai").verdict is UNKNOWN
    assert said(at(mine, FOIX, 225).zone("essai")) == (NON, None)


def test_in_perimeters_of_a_class_that_does_not_count_the_answer_is_no(mine: Path) -> None:
    toml = LAYER.format(unit="polygon", order=900).replace("cog = 2025\n", "")
    describe(mine, "essai.toml", toml)
    frame = gpd.GeoDataFrame(
        {"zone": ["Z1", "Z2"], "niveau": ["A", "B"]},
        geometry=[square(*FOIX, 400), square(*TOULOUSE, 400)],
        crs="EPSG:4326",
    )
    frame.to_file(mine / "raw" / "essai.geojson", driver="GeoJSON")
    add(mine, "essai", "essai.geojson", columns={"zone": "zone"}, accuracy_m=20.0)
    assert said(at(mine, TOULOUSE).zone("essai")) == (NON, None)


# --- classes of quarters -----------------------------------------------------------------


def test_in_a_new_edition_too_quarters_may_have_a_class_of_their_own(mine: Path) -> None:
    add(mine, "zonage_medecins", write(mine, "zonage.csv", DOCTORS), **ZONAGE)
    foix = at(mine, FOIX).zone("zonage_medecins")
    assert (foix.verdict, foix.base_class) == (UNKNOWN, "ZAC")  # as the edition before it
    assert foix.reason_code is Reason.QPV_CLASS_UNKNOWN
    assert said(at(mine, AULUS).zone("zonage_medecins")) == (OUI, "ZIP")
    file = perimeters(mine, "foix.geojson", QN00902M=square(*FOIX, 400))
    add(mine, "qpv", file, edition="2024")
    assert said(at(mine, FOIX, 1000).zone("zonage_medecins")) == (OUI, "ZAC")
    quarters = write(mine, "quartiers.csv", "code_qp,insee_com,zonage\nQN00902M,09122,ZIP\n")
    own = {"edition": "2026-01-01", "columns": {"classe": "zonage"}}
    outcome = add(mine, "zonage_medecins", quarters, **own)
    assert outcome.addition.kind == "zone_classes"
    assert said(at(mine, FOIX).zone("zonage_medecins")) == (OUI, "ZIP")
    assert said(at(mine, FOIX, 1000).zone("zonage_medecins")) == (OUI, "ZAC")
    assert zone(mine, "zonage_medecins").possible == ("ZAC", "ZIP")
    # Toulouse has quarters that the list of classes does not name
    assert at(mine, TOULOUSE).zone("zonage_medecins").verdict is UNKNOWN


def test_classes_of_quarters_come_after_those_of_communes(mine: Path) -> None:
    quarters = write(mine, "quartiers.csv", "code_qp,zonage\nQN00902M,ZIP\nQN03106I,ZAC\n")
    with pytest.raises(InputError, match="ajoutez d'abord celle-ci"):
        add(mine, "zonage_medecins", quarters, **ZONAGE)


def test_classes_of_quarters_said_complete_that_lost_one_are_not(mine: Path) -> None:
    text = "code_qp,zonage\nQN03107M,ZIP\nQN03106I,ZAC\nQN00902M,\n"
    quarters = write(mine, "quartiers.csv", text)
    outcome = add(mine, "zonage_medecins", quarters, edition="2022-05-04", complete=True)
    assert outcome.warnings
    assert outcome.edition is not None
    assert not outcome.edition.zone_classes_complete


# --- outlines ----------------------------------------------------------------------------


def add_outlines(home: Path, accuracy: float | None = 15.0, **said: Any) -> Outcome:  # noqa: ANN401
    """Add a finer Foix: the same border in the west, 200 m less in the east."""
    east = metric(1.7, 43.0)[1].transform(-200.0, 0.0)[0]
    frame = gpd.GeoDataFrame(
        {"insee": ["09122"]}, geometry=[shapely.box(1.5, 42.9, east, 43.1)], crs="EPSG:4326"
    )
    frame.to_file(home / "raw" / "foix.gpkg")
    return add(home, "communes", "foix.gpkg", accuracy_m=accuracy, **said)


def test_finer_outlines_make_certain_what_was_not(mine: Path) -> None:
    west = (1.5, 43.0)
    assert at(mine, west, 40).place.commune is not None  # nobody else is near
    before = ask(mine, lon=1.699, lat=43.0)
    outcome = add_outlines(mine)
    assert (outcome.addition.layer, outcome.addition.edition) == ("communes", "2025")
    assert outcome.edition is None
    after = ask(mine, lon=1.699, lat=43.0)  # now some 120 m outside
    assert (before.place.outside, after.place.outside) == (False, True)
    with closing(sqlite3.connect(gpkg(mine))) as connection:
        rows = connection.execute(
            "SELECT code, codes, nom, departement, population, accuracy_m FROM communes "
            "ORDER BY code"
        ).fetchall()
        (check,) = connection.execute("SELECT rtreecheck('rtree_communes_geom')").fetchone()
        count, *extent = connection.execute(
            "SELECT c.feature_count, t.min_x, t.min_y, t.max_x, t.max_y FROM gpkg_contents AS t "
            "JOIN gpkg_ogr_contents AS c USING (table_name) WHERE table_name = 'communes'"
        ).fetchone()
    assert rows[1] == ("09122", "09122", "Foix", "09", 1000, 15.0)
    assert [row[0] for row in rows] == ["09029", "09122", "31555"]
    assert [row[-1] for row in rows] == [None, 15.0, None]
    assert (check, count) == ("ok", 3)
    assert extent == pytest.approx([1.3, 42.7, 1.7 - 200 / 81500, 43.7], abs=1e-4)


def test_an_outline_of_several_communes_is_left_to_those_that_have_no_other(mine: Path) -> None:
    with closing(sqlite3.connect(gpkg(mine))) as connection:
        applying._give_functions(connection)
        connection.execute("DELETE FROM communes WHERE code IN ('09029', '31555')")
        connection.execute("UPDATE communes SET code = NULL, codes = '09029 09122'")
        connection.commit()
    add_outlines(mine)
    with closing(sqlite3.connect(gpkg(mine))) as connection:
        rows = connection.execute("SELECT code, codes FROM communes ORDER BY codes").fetchall()
    assert rows == [("09029", "09029"), ("09122", "09122")]


def test_outlines_need_their_accuracy_and_a_file(mine: Path) -> None:
    with pytest.raises(InputError, match="--accuracy 15"):
        add_outlines(mine, None)
    with pytest.raises(InputError, match="quel fichier"):
        add(mine, "communes", None, accuracy_m=15.0)


def test_outlines_of_another_vintage_are_of_their_edition(mine: Path) -> None:
    assert add_outlines(mine, edition="2023").addition.edition == "2023"
    assert add_outlines(mine, 5.0, edition="2023").replaced
    assert add_outlines(mine, edition="12").addition.edition == "12"  # a name like another
    with pytest.raises(InputError, match="--cog 1990"):
        add_outlines(mine, cog=1990)
    with pytest.raises(InputError, match="--cog 1990"):
        add_massif(mine, cog=1990)


# --- the user's catalogue ----------------------------------------------------------------


def test_a_layer_of_one_s_own_is_added_by_the_name_of_its_file_as_often_as_wanted(
    mine: Path,
) -> None:
    describe(mine, "essai.toml", LAYER.format(unit="commune", order=900))
    write(mine, "essai.csv", "code,classe\n09122,A\n31555,B\n")
    outcome = add(mine, "essai", None)
    assert outcome.edition is not None
    assert outcome.edition.complete  # as its TOML says of that very file
    assert said(zone(mine, "essai")) == (OUI, "A")
    assert said(zone(mine, "essai", "31555")) == (NON, None)
    assert said(zone(mine, "essai", "09029")) == (NON, None)
    write(mine, "essai.csv", "code,classe\n09122,B\n31555,A\n")
    assert add(mine, "essai", None).replaced
    assert said(zone(mine, "essai", "31555")) == (OUI, "A")


def test_a_layer_that_its_file_has_left_is_told_with_the_manifest(mine: Path) -> None:
    path = describe(mine, "essai.toml", LAYER.format(unit="commune", order=900))
    write(mine, "essai.csv", "code,classe\n09122,A\n31555,B\n")
    add(mine, "essai", None)
    path.unlink()
    with pytest.raises(CatalogError) as caught:
        open_store(Settings(home=mine), silent)
    assert str(caught.value).startswith(str(mine / "processed" / "ajouts" / "ajouts.json"))
    assert "essai" in str(caught.value)
    remove(mine, "essai")
    assert said(zone(mine, "massif")) == (OUI, PYRENEES)


def test_a_catalogue_that_changed_brings_the_store_up_to_date(mine: Path) -> None:
    text = LAYER.format(unit="commune", order=900)
    path = describe(mine, "essai.toml", text)
    open_store(Settings(home=mine), silent).close()
    assert zone(mine, "essai").layer.short == "Essai"
    path.write_text(text.replace('short = "Essai"', 'short = "Autre"'), encoding="utf-8")
    open_store(Settings(home=mine), silent).close()
    assert zone(mine, "essai").layer.short == "Autre"
    path.unlink()
    open_store(Settings(home=mine), silent).close()
    assert all(one.layer.id != "essai" for one in ask(mine, insee="09122").zones)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id = ", "TOML illisible"),
        (LAYER.format(unit="commune", order=10), "order = 10 est déjà celui de la couche"),
        (LAYER.format(unit="commune", order=900) + 'couleur = "x"\n', "clé inconnue : couleur"),
        (LAYER.format(unit="village", order=900), "unit = 'village'"),
        (LAYER.format(unit="commune", order=900).replace('"essai"', '"autre"'), "nom du fichier"),
    ],
)
def test_a_catalogue_that_is_wrong_is_named(mine: Path, text: str, fault: str) -> None:
    path = describe(mine, "essai.toml", text)
    before = gpkg(mine).read_bytes()
    for attempt in (
        lambda: open_store(Settings(home=mine), silent).close(),
        lambda: add_massif(mine),
    ):
        with pytest.raises(CatalogError) as caught:
            attempt()
        assert str(caught.value).startswith(f"{path} : ")
        assert fault in str(caught.value)
    assert gpkg(mine).read_bytes() == before


EDITION = """\
id = "massif"

[[editions]]
id = "2026"
title = "Massifs 2026"
territory = ["region:76"]
legal = "aucun"
publisher = "personne"
licence = "libre"
valid_from = 2026-01-01
cog = 2025
source = "file:massif.csv"
"""


def test_a_catalogue_of_one_s_own_may_add_an_edition_to_a_layer_that_ships(mine: Path) -> None:
    path = describe(mine, "massif.toml", EDITION)
    write(mine, "massif.csv", OTHER)
    outcome = add(mine, "massif", None, columns={"classe": "massif"})
    assert outcome.addition.edition == "2026"
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)
    assert said(zone(mine, "massif", day=date(2025, 6, 1))) == (OUI, PYRENEES)
    path.write_text(EDITION + '\n[classes.10]\nlabel = "x"\n', encoding="utf-8")
    with pytest.raises(CatalogError, match=r"clé inconnue : classes") as caught:
        open_store(Settings(home=mine), silent)
    assert str(caught.value).startswith(str(path))


def test_a_toml_written_after_the_first_file_gives_the_edition_its_words(mine: Path) -> None:
    file = write(mine, "massif.csv", OTHER)
    said_ = {"territory": ("region:76",), "columns": {"classe": "massif"}}
    first = add(mine, "massif", file, edition="2026", valid_from=date(2026, 1, 1), **said_)
    assert first.edition is not None
    assert first.edition.title.endswith("(2026)")
    describe(mine, "massif.toml", EDITION)
    again = add(mine, "massif", file, edition="2026", columns={"classe": "massif"})
    assert again.edition is not None
    assert (again.edition.title, again.edition.publisher) == ("Massifs 2026", "personne")
    assert not again.edition.doubts  # that of a file without references
    assert said(zone(mine, "massif")) == (OUI, CENTRAL)


# --- requests ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        ({"known_until": date(2010, 1, 1)}, "known_until précède valid_from"),
        ({"territory": ("region:99",)}, "territoire inconnu : region:99"),
        ({"edition": "2026"}, "--territory"),
    ],
)
def test_a_request_that_is_wrong_does_not_accuse_the_catalogue(
    mine: Path, request_: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InputError, match=fault) as caught:
        add_massif(mine, **{"territory": (), "edition": "2025-liste-anct", **request_}) if (
            "known_until" not in request_
        ) else add_massif(mine, **request_)
    assert ".toml" not in str(caught.value)


def test_an_edition_is_not_stretched_over_what_it_does_not_speak_of(mine: Path) -> None:
    file = write(mine, "zonage.csv", DOCTORS)
    for territory in ("FR", "region:11"):
        with pytest.raises(InputError, match="ne parle que de region:76"):
            add(mine, "zonage_medecins", file, edition="2022-05-04", territory=(territory,))
    part = add(mine, "zonage_medecins", file, edition="2022-05-04", territory=("departement:09",))
    assert part.addition.edition == "2022-05-04-departement-09"


# --- at the shell ------------------------------------------------------------------------

ADD = ("data", "add", "massif", "massif.csv", "--column", "classe=massif", "--edition")
HERE = (*ADD, "2026-01-01", "--territory", "region:76")


class Shell:
    """The program with a home, in this process; ``test_cli`` has real ones."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = self.capsys.readouterr()
        assert "Traceback" not in err
        assert "imprévue" not in err
        return code, out, err


@pytest.fixture
def shell(mine: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(mine))
    return Shell(capsys)


def test_at_the_shell_an_addition_is_told_listed_and_removed(shell: Shell, mine: Path) -> None:
    write(mine, "massif.csv", OTHER + MANY + MANY)
    code, out, err = shell(*HERE)
    assert code == 0, err
    title = "Massifs : Occitanie (2026-01-01)"
    assert out.startswith(f"{title} : 12 communes ou arrondissements dans le magasin.")
    assert "depuis le 01/01/2026 ; partielle." in out
    assert "dites-le :" in out
    assert "et 6 autres (--lignes montre tout)" in out
    assert not any(line.startswith("zonage_geo :") for line in out.splitlines())
    assert "zonage_geo : magasin prêt" in err
    assert max(map(len, out.splitlines())) <= 96
    code, out, _ = shell(*ADD, "2026-02-01", "--territory", "region:76", "--lignes", "--complet")
    assert (code, "--lignes" in out, "complète." in out) == (0, False, True)
    assert out.count("dit la même chose que") == 10
    code, out, _ = shell(*ADD, "2026-03-01", "--territory", "region:76", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["layer"], told["edition"], told["kind"]) == ("massif", "2026-03-01", "list")
    assert (told["rows"], told["replaced"], told["file"]["name"]) == (12, False, "massif.csv")
    assert {"doublon": 10} in [report["counts"] for report in told["reports"]]
    code, out, _ = shell("data", "list")
    assert code == 0
    assert "Vos ajouts\n  · massif 2026-01-01 : 12 communes ou arrondissements, de massif" in out
    code, out, _ = shell("data", "list", "--json")
    assert json.loads(out)["additions"][0]["key"] == ["massif", "2026-01-01", "list"]
    code, out, err = shell("data", "remove", "massif")
    assert (code, out) == (2, "")
    assert "plusieurs ajouts" in err
    code, out, _ = shell("data", "remove", "massif", "--edition", "2026-03-01")
    assert (code, out) == (0, "massif 2026-03-01 : ajout de massif.csv retiré.\n")


def test_at_the_shell_failures_have_their_code_and_nothing_on_stdout(
    shell: Shell, mine: Path
) -> None:
    write(mine, "massif.csv", OTHER.replace("06", "99"))
    for words, status, told in (
        (HERE, 2, "classes inconnues"),
        ((*ADD, "2026-01-01", "--territory", "region:99"), 2, "territoire inconnu"),
        ((*HERE, "--cog", "deux"), 2, "--cog deux"),
        ((*HERE, "--column", "rang=massif"), 2, "rôle « rang » inconnu"),
        (("data", "add", "massif", "autre.csv", "--edition", "2025-liste-anct"), 2, "introuvable"),
        (("data", "add", "qpv", "massif.csv"), 2, "--edition"),
        (("data", "remove", "massif"), 2, "Il n'y a aucun ajout à retirer"),
        ((*HERE, "--classe", "99=ZZ"), 2, '--classe "99=ZZ" : classe inconnue'),
        ((*HERE, "--cog", "2090"), 2, "--cog 2090 : ce millésime n'existe pas encore"),
        (
            ("data", "add", "communes", "massif.csv", "--accuracy", "1", "--title", "x"),
            2,
            "--title",
        ),
        (("data", "add", "ban", "massif.csv", "--valid-from", "2026-01-01"), 2, "--valid-from"),
        (("data", "remove", "ban", "--edition", "2026"), 2, "--edition n'a pas de sens"),
    ):
        code, out, err = shell(*words)
        assert (code, out) == (status, ""), err
        assert told in err
    (mine / "processed" / "ajouts" / "ajouts.json").write_text("{")
    code, out, err = shell(*HERE)
    assert (code, out) == (4, ""), err
    assert "liste des ajouts illisible" in err


def test_at_the_shell_a_file_of_raw_is_checked_before_one_of_the_folder(
    shell: Shell, mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "massif.csv").write_text("code,ici\n09122,1\n")
    code, out, err = shell("data", "check", "massif.csv")
    assert (code, "ici" in out) == (0, True), err
    write(mine, "massif.csv", OTHER)
    code, out, _ = shell("data", "check", "massif.csv")
    assert (code, "ici" in out, "code, massif" in out) == (0, False, True)
    code, out, err = shell("data", "check", "masif.csv")
    assert (code, out) == (2, "")
    assert "massif.csv" in err


def test_a_check_tells_the_doubtful_zeros_and_the_column_of_sectors(
    shell: Shell, mine: Path
) -> None:
    write(mine, "garde.csv", "insee,secteur_ID\n31555,1\n3155,1\n09122,2\n31069,2\n")
    code, out, err = shell("data", "check", "garde.csv")
    assert code == 0, err
    said_ = " ".join(out.split())
    assert "Zéro douteux : 1 · ligne 3 : « 3155 » n’a que 4 chiffres" in said_
    assert "zone (code de zone : quartier, secteur) : secteur_ID, le seul titre" in said_
    _, out, _ = shell("data", "check", "garde.csv", "--json")
    told = json.loads(out)
    assert told["counts"]["zéro douteux"] == 1
    assert (told["rows_kept"], told["roles"]["zone"].keys()) == (4, {"secteur_ID"})


# --- what must not be answered ---------------------------------------------------------------


def test_quarters_of_one_generation_are_not_taken_for_the_other_s(mine: Path) -> None:
    file = perimeters(mine, "qp.geojson", QP009002=square(*FOIX, 400))
    with pytest.raises(ReadError, match=r"autre génération.*--edition"):
        add(mine, "qpv", file, edition="2024", territory=("region:76",), complete=True)
    quarters = write(mine, "liste.csv", "code_qp,insee_com\nQP009002,09122\n")
    with pytest.raises(ReadError, match="autre génération"):
        add(mine, "qpv", quarters, edition="2024")


def test_what_is_known_to_be_replaced_since_stays_so(mine: Path) -> None:
    # The catalogue knows that Auvergne-Rhône-Alpes has had another text since 2026-01-01.
    doctors = write(mine, "zonage.csv", "code,zonage\n01001,ZIP\n01002,ZAC\n")
    add(mine, "zonage_medecins", doctors, edition="2025-10-30", territory=("region:84",))
    before = zone(mine, "zonage_medecins", "01001", date(2025, 12, 31))
    after = zone(mine, "zonage_medecins", "01001", date(2026, 1, 1))
    assert before.base_class == "ZIP"
    assert after.reason_code is Reason.EDITION_SUPERSEDED
    assert (after.verdict, after.base_class) == (UNKNOWN, "ZIP")


def test_an_answer_from_a_user_s_file_names_it(mine: Path) -> None:
    add_quarters(mine)
    answer = at(mine, FOIX, day=THEN)
    assert "D'après votre fichier qp.geojson." in " ".join(to_text(answer).split())
    assert to_dict(answer)["zones"][1]["source"]["file"] == "qp.geojson"


def test_perimeters_that_are_not_all_do_not_say_that_the_commune_is_absent(mine: Path) -> None:
    add_quarters(mine, complete=None)
    far = at(mine, FOIX, 1000, THEN).zone("qpv")
    assert (far.verdict, far.reason_code) == (UNKNOWN, Reason.ZONE_LIST_INCOMPLETE)
    assert "périmètres chargés ne sont pas tous" in far.reason


def test_the_class_of_quarters_once_loaded_is_not_asked_for_again(mine: Path) -> None:
    quarters = write(mine, "quartiers.csv", "code_qp,insee_com,zonage\nQN00902M,09122,ZIP\n")
    add(mine, "zonage_medecins", quarters, edition="2022-05-04", columns={"classe": "zonage"})
    foix = zone(mine, "zonage_medecins")
    assert (foix.verdict, foix.next_step) == (UNKNOWN, None)
    assert zone(mine, "qpv").next_step == "python -m zonage_geo data fetch qpv"


def test_a_list_that_takes_the_place_of_the_shipped_one_says_so(mine: Path) -> None:
    quarters = write(mine, "liste.csv", "code_qp,insee_com\nQN00902M,09122\n")
    told = add(mine, "qpv", quarters, edition="2024").warnings
    assert any("la liste livrée avec le logiciel" in warning for warning in told)


def test_a_date_that_does_not_exist_is_no_edition(mine: Path) -> None:
    with pytest.raises(InputError, match="n'existe pas au calendrier"):
        add_massif(mine, edition="2025-13-30")

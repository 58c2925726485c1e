"""Which edition answers once a file is there, and which of them is said to give way to it."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import quiet
from tests.test_store_build import SPEC, write_package
from zonage_geo import sources
from zonage_geo.additions.editions import edition_id
from zonage_geo.additions.takeover import SHOWN_EDITIONS, taken_over
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError
from zonage_geo.locate import Query, locate
from zonage_geo.settings import Settings
from zonage_geo.store import Store, build, store_path

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYER = "departements_ars"
PLACES = ("09122", "31555", "65192", "35238")
WORDS = ("departement:09", "departement:31", "region:76", "region:53")
START = date(2020, 1, 1)
PLAIN = compile_catalog()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Build a store from the drawn package: places and lists are enough here."""
    home = Settings(home=tmp_path_factory.mktemp("home"))
    package = tmp_path_factory.mktemp("drawn") / SPEC.wheel
    write_package(package)
    accepted = replace(SPEC, sha256=hashlib.sha256(package.read_bytes()).hexdigest())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "package_spec", lambda: accepted)
        build(home, quiet, package=package)
    with closing(Store.open(store_path(home))) as opened:
        yield opened


def edition(name: str, word: str, day: int, *, known: bool, mine: bool) -> dict[str, Any]:
    start = (START + timedelta(days=day)).isoformat()
    return {
        "id": name,
        "title": f"Titre {name}",
        "territory": [word],
        "legal": "aucun",
        "publisher": "personne",
        "licence": "libre",
        "source": "inline",
        "members": dict.fromkeys(("09", "31", "35", "65"), "PRIORITAIRE"),
        "known_from" if known else "valid_from": start,
    } | ({"file": f"{name}.csv"} if mine else {})


def catalog(editions: list[dict[str, Any]]) -> Catalog:
    layers = [{**one, "editions": editions} if one["id"] == LAYER else one for one in _layers()]
    return Catalog.from_plain({**PLAIN, "layers": layers})


def _layers() -> list[dict[str, Any]]:
    return [
        {key: value for key, value in one.items() if key not in ("exists_from", "exists_to")}
        if one["id"] == LAYER
        else one
        for one in PLAIN["layers"]
    ]


def speaking(store: Store, known: Catalog) -> dict[tuple[str, int], str | None]:
    """Give the id of the edition that each place's answer comes from, day by day."""
    out = {}
    for insee in PLACES:
        for day in range(-1, 5):
            zone = locate(store, known, Query(insee=insee), START + timedelta(days=day)).zone(LAYER)
            out[insee, day] = zone.edition.id if zone.edition else None
    return out


MADE = st.lists(
    st.tuples(st.sampled_from(WORDS), st.integers(0, 3), st.booleans(), st.booleans()),
    min_size=1,
    max_size=SHOWN_EDITIONS + 1,
)


@settings(max_examples=25, deadline=None)
@given(made=MADE, names=st.permutations("abcde"))
def test_an_edition_is_said_to_give_way_where_its_answers_do_and_only_there(
    store: Store, made: list[tuple[str, int, bool, bool]], names: list[str]
) -> None:
    *there, new = [
        edition(name, word, day, known=known, mine=mine)
        for name, (word, day, known, mine) in zip(names, made, strict=False)
    ]
    new = {**new, "file": "new.csv"}
    before, after = catalog(there), catalog([*there, new])
    was, now = speaking(store, before), speaking(store, after)
    gone = {was[key] for key in was if was[key] not in (None, now[key]) and now[key] == new["id"]}
    told = " ".join(taken_over(LAYER, new["id"], before, after, store))
    assert set(re.findall(r"Titre (\w)", told)) == gone


def test_on_one_day_the_user_s_file_goes_before_what_ships_and_the_last_before_the_others(
    store: Store,
) -> None:
    ships = edition("z", "region:76", 0, known=False, mine=False)
    first = edition("y", "region:76", 0, known=False, mine=True)
    last = edition("x", "region:76", 0, known=False, mine=True)
    assert speaking(store, catalog([ships, first]))["09122", 0] == "y"
    assert speaking(store, catalog([ships, first, last]))["09122", 0] == "x"
    assert speaking(store, catalog([last, first, ships]))["09122", 0] == "y"


def test_a_day_has_one_id() -> None:
    assert edition_id("30/10/2025") == edition_id("2025-10-30") == "2025-10-30"
    assert edition_id("2015") == "2015"
    assert edition_id(None) is None
    with pytest.raises(InputError, match="calendrier"):
        edition_id("2025-02-30")

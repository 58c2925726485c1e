"""Addresses spoilt as people spoil them: none is answered elsewhere without a word."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import pytest

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.geocoding import NO_FILTER, Filters, LocalGeocoder
from zonage_geo.store import Store

pytestmark = pytest.mark.package_data

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Office(NamedTuple):
    """A town hall: its street, postal code, town, département."""

    street: str
    postcode: str
    town: str
    departement: str


Spoil = Callable[[Office, random.Random, list[str]], tuple[str, Filters]]


def typo(text: str, rng: random.Random) -> str:
    """Leave out, add, change or swap a letter."""
    at, letter = rng.randrange(len(text)), rng.choice(LETTERS)
    kept = {0: "", 1: letter + text[at], 2: letter, 3: text[at : at + 2][::-1]}
    kind = rng.randrange(4)
    return text[:at] + kept[kind] + text[at + 1 + (kind == 3) :]


def digit(postcode: str, rng: random.Random) -> str:
    at = rng.randrange(5)
    return postcode[:at] + rng.choice("0123456789") + postcode[at + 1 :]


def text(form: Callable[[Office, random.Random, list[str]], str]) -> Spoil:
    return lambda office, rng, towns: (form(office, rng, towns), NO_FILTER)


SPOILT: dict[str, Spoil] = {
    "town first": text(lambda o, _, __: f"{o.town}, {o.street}"),
    "town first, code": text(lambda o, _, __: f"{o.town} {o.postcode} {o.street}"),
    "town first, hamlet": text(lambda o, _, __: f"{o.town} ({o.departement}), Le Bourg"),
    "lost zero": text(lambda o, _, __: f"{o.street} {o.postcode.lstrip('0')} {o.town}"),
    "digit cut": text(lambda o, _, __: f"{o.street}, {o.postcode[1:]} {o.town}"),
    "wrong digit": text(lambda o, rng, _: f"{o.street}, {digit(o.postcode, rng)} {o.town}"),
    "typo": text(lambda o, rng, _: f"{o.street}, {typo(o.town, rng)}"),
    "typo, code": text(lambda o, rng, _: f"{o.street}, {o.postcode} {typo(o.town, rng)}"),
    "typo, département": text(
        lambda o, rng, _: f"{o.street}, {typo(o.town, rng)}, {o.departement}"
    ),
    "typo, no comma": text(lambda o, rng, _: f"{o.street} {typo(o.town, rng)}"),
    "typo in the street": text(lambda o, rng, _: f"{typo(o.street, rng)} {o.town}"),
    "another town's street": text(lambda o, rng, towns: f"12 rue de {rng.choice(towns)} {o.town}"),
    "another town's hamlet": text(lambda o, rng, towns: f"{o.town}, {rng.choice(towns)}"),
    "mailbox": text(lambda o, _, __: f"{o.street} BP 75012 {o.postcode} {o.town} CEDEX 9"),
    "code apart": lambda o, _, __: (o.street, Filters(code_postal=o.postcode)),
    "code apart, a street of the next town": lambda o, rng, towns: (
        f"12 avenue de {rng.choice(towns)}",
        Filters(code_postal=o.postcode),
    ),
    "code apart, typo": lambda o, rng, _: (
        f"{o.street} {typo(o.town, rng)}",
        Filters(code_postal=o.postcode),
    ),
    "town apart, typo": lambda o, rng, _: (o.street, Filters(ville=typo(o.town, rng))),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_address_is_never_elsewhere_and_sure_of_it(
    store: Store, catalog: Catalog, how: str
) -> None:
    """Unless what is left is the name of another commune, and nothing else tells which."""
    rows = store._rows("SELECT commune, arrondissement, label FROM adresses WHERE voie_norm <> ''")
    codes = {code: postcode for postcode, code in store.postcodes()}
    towns = [name for (name,) in store._rows("SELECT nom FROM cog_communes")]
    geocoder = LocalGeocoder(store, catalog)
    rng = random.Random(f"2026 {how}")  # noqa: S311
    for commune, arrondissement, label in rng.sample(rows, 150):
        street, _, town = label.rpartition(", ")
        departement = catalog.departements[commune[: 3 if commune[:2] == "97" else 2]].nom
        office = Office(street, codes[arrondissement or commune], town, departement)
        near = towns
        if how.endswith("next town"):
            near = [
                store.commune_name(c) or "" for c in store.communes_of_postcode(office.postcode)
            ]
        asked, filters = SPOILT[how](office, rng, near)
        try:
            found = geocoder.search(asked, filters)
        except PlaceNotFoundError:
            continue
        named = filters.ville or asked.rpartition(", ")[2]
        another = how in ("typo", "town apart, typo") and geocoder.reader.known(
            geocoder.reader.norm(named)
        )
        if not (found.to_check or another):
            assert commune in {lieu.commune for lieu in found.lieux}, (asked, filters, found.label)

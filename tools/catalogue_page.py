"""Make the tables of docs/catalogue.md from what the loaders know of our TOML files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalogue_keys import AIDS, CATALOGUE, Told
from pages import table
from zonage_geo.aids import load as aids
from zonage_geo.catalog import kinds, load
from zonage_geo.catalog.kinds import Kind, Spec
from zonage_geo.catalog.model import ClassDef, Edition, Layer, Recipe, Source

__all__ = ["left_out", "parts"]

TYPES: tuple[tuple[Kind, str], ...] = (
    (kinds.TEXT, "text"),
    (kinds.DATE, "date, without quotes"),
    (kinds.BOOL, "`true` or `false`"),
    (kinds.COUNT, "whole number, 0 or more"),
    (kinds.YEAR, "year"),
    (kinds.METRES, "metres, 0 or more"),
    (kinds.SHARE, "number from 0 to 1"),
    (kinds.SECONDS, "seconds"),
    (kinds.POSITIVE, "whole number, 1 or more"),
    (kinds.COLOR, "`#rrggbb`"),
    (kinds.NUMBER, "number"),
    (kinds.SHA256, "64 hexadecimal digits"),
    (kinds.REGEX, "regular expression"),
    (load.LIST_SOURCE, "`embedded:…`, `package:…`, `url:…` or `file:…`"),
    (load.SOURCE_WORD, "`inline`, `embedded:…`, `package:…`, `url:…` or `file:…`"),
    (load.PAIR, "`[name, code of its région]`"),
    (load.EPSG, "`EPSG:CODE`"),
    (load.SERVICE["url"][0], "http or https address"),
    (aids.ID, "capitals (`CAIM`)"),
    (aids.WORD, "small letters, figures, `_`"),
    (aids.RENEWALS, "a number of times, or `tacite`"),
)
"""Kinds of values, in English; lists, tables and closed lists are worded by `_type`."""
MODELS: dict[str, type] = {
    "LAYER": Layer,
    "CLASS": ClassDef,
    "EDITION": Edition,
    "RECIPE": Recipe,
    "SOURCE": Source,
}
"""What a file's table becomes: its defaults are those of the keys."""
ELSEWHERE = {
    "load": {"ADDED"},
    "aids": {
        "TERRITORY", "READING", "SUPPLEMENT", "STEP", "CAVEAT", "SAYING", "DISAGREEMENT", "SOURCE",
        "DOCUMENT", "DOCUMENTS", "ROLE", "CONTACT", "CONTACTS", "PROFILE_WORD", "PROFILE", "LAYER",
        "IMPLIED", "MOUNTAIN", "PLACE",
    },
}  # fmt: skip
"""Specs whose keys another table tells, or that only the project's own files have."""


def _type(kind: Kind) -> str:
    for known, word in TYPES:
        if kind is known:
            return word
    if kind.wanted.startswith("un mot parmi "):
        words = kind.wanted.removeprefix("un mot parmi ").split(", ")
        return " or ".join(f"`{word}`" for word in words)
    if kind.keys is not None:
        return "table"
    if kind.each is None:
        raise KeyError(f"no English for « {kind.wanted} »")
    inner = _type(kind.each)
    if kind.wanted == "une liste":
        return "list of tables" if inner == "table" else f"list: {inner}"
    return "table of tables" if inner == "table" else f"table: {inner}"


def _default(name: str, key: str) -> str:
    defaults = getattr(MODELS.get(name), "_field_defaults", {})
    if name == "EDITION" and key == "unit":
        return "the layer's"
    value = defaults.get(key)
    if key == "recipe" or value in (None, "", ()) or isinstance(value, Mapping):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _rows(name: str, spec: Spec, told: Told) -> Iterator[tuple[str, str, str, str]]:
    if lost := set(spec) ^ set(told):
        raise KeyError(f"{name}: keys and sentences are not the same: {sorted(lost)}")
    for key, (kind, required) in spec.items():
        given = "**required**" if required else _default(name, key)
        yield f"`{key}`", _type(kind), given, told[key]


def _specs(module: object) -> dict[str, Spec]:
    """Find the specs of a loader: its mappings of key to kind and need."""
    found: dict[str, Spec] = {}
    for name, value in vars(module).items():
        if name.isupper() and isinstance(value, dict) and value:
            first = next(iter(value.values()))
            if isinstance(first, tuple) and len(first) == 2 and isinstance(first[0], Kind):
                found[name] = value
    return found


def left_out() -> set[str]:
    """Tell which tables of keys the page would not tell of.

    Returns
    -------
    set of str
        Names of specs; empty where all is well.
    """
    mine = set(_specs(load)) - set(CATALOGUE) - ELSEWHERE["load"]
    theirs = set(_specs(aids)) - set(AIDS) - ELSEWHERE["aids"]
    return mine | theirs


def parts() -> dict[str, str]:
    """Make them.

    Returns
    -------
    dict
        Name to Markdown.

    Raises
    ------
    KeyError
        If a table of keys, or a key, has no words.
    """
    if lost := left_out():
        raise KeyError(f"tables of keys without words: {sorted(lost)}")
    head = ("key", "type", "left out", "meaning")
    out = {}
    for module, words in ((load, CATALOGUE), (aids, AIDS)):
        specs = _specs(module)
        for name, (part, told) in words.items():
            out[part] = table(head, _rows(name, specs[name], told))
    return out

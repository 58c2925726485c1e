"""From the TOML files to a checked, plain, JSON-like catalogue.

Every key is declared here with what its value must be. An unknown key, a missing one, a
value of another kind, or parts that contradict one another stop the load with the file's
path: a slip in a list of zones is better refused than answered from.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from zonage_geo.catalog.files import FOLDER
from zonage_geo.errors import CatalogError

__all__ = ["Added", "compile_catalog"]


class Kind(NamedTuple):
    """What a value must be.

    Attributes
    ----------
    wanted : str
        In French, as the refusal says it.
    fits : callable
        Tells whether a value is one.
    each : Kind or None
        What each item of a list, each value of a table must be.
    keys : mapping or None
        The keys of a table: their kind, and whether they must be there.
    """

    wanted: str
    fits: Callable[[Any], bool]
    each: Kind | None = None
    keys: Mapping[str, tuple[Kind, bool]] | None = None


Spec = Mapping[str, tuple[Kind, bool]]


def _matching(wanted: str, pattern: str) -> Kind:
    compiled = re.compile(pattern)
    return Kind(wanted, lambda v: isinstance(v, str) and compiled.fullmatch(v) is not None)


def _among(*words: str) -> Kind:
    return Kind(f"un mot parmi {', '.join(words)}", lambda v: isinstance(v, str) and v in words)


def _list(each: Kind) -> Kind:
    return Kind("une liste", lambda v: isinstance(v, list), each)


def _table(each: Kind) -> Kind:
    return Kind("une table", lambda v: isinstance(v, dict), each)


def _record(keys: Spec) -> Kind:
    return Kind("une table", lambda v: isinstance(v, dict), keys=keys)


def _is_regex(value: Any) -> bool:  # noqa: ANN401
    try:
        re.compile(value)
    except (TypeError, re.error):
        return False
    return isinstance(value, str)


# Exact types: TOML's booleans are no numbers here, and its datetimes are no dates.
TEXT = Kind("un texte non vide", lambda v: isinstance(v, str) and v.strip() != "")
DATE = Kind("une date sans heure (AAAA-MM-JJ, sans guillemets)", lambda v: type(v) is date)
BOOL = Kind("true ou false", lambda v: type(v) is bool)
COUNT = Kind("un nombre entier positif", lambda v: type(v) is int and v >= 0)
YEAR = Kind("une année", lambda v: type(v) is int and 1900 <= v < 2200)
METRES = Kind("un nombre de mètres positif", lambda v: type(v) in (int, float) and 0 <= v < inf)
SHARE = Kind("un nombre de 0 à 1", lambda v: type(v) in (int, float) and 0 <= v <= 1)
SECONDS = Kind("un nombre de secondes", lambda v: type(v) in (int, float) and 0 < v < inf)
POSITIVE = Kind("un nombre entier, d'au moins 1", lambda v: type(v) is int and v >= 1)
COLOR = _matching("une couleur #rrggbb", "#[0-9A-Fa-f]{6}")
SHA256 = _matching("64 chiffres hexadécimaux (minuscules)", "[0-9a-f]{64}")
REGEX = Kind("une expression régulière", _is_regex)
UNIT = _among("commune", "arrondissement", "departement", "zone_list", "polygon")
PATTERN = _among("plein", "hachures", "points")
FILED = "embedded:[a-z0-9_]+|(?:package|url|file):[^\\s].*"
LIST_SOURCE = _matching("embedded:TABLE, package:…, url:… ou file:…", FILED)
SOURCE_WORD = _matching("inline, embedded:TABLE, package:…, url:… ou file:…", f"inline|{FILED}")
TEXTS, NAMES = _list(TEXT), _table(TEXT)

RECIPE: Spec = {
    "columns": (NAMES, False),
    "classes": (NAMES, False),
    "sheet": (TEXT, False),
    "layer": (TEXT, False),
    "encoding": (TEXT, False),
    "crs": (TEXT, False),
}

CLASS: Spec = {
    "label": (TEXT, True),
    "color": (COLOR, True),
    "pattern": (PATTERN, False),
    "counts": (BOOL, True),
    "partial_of": (TEXT, False),
    "unknown": (BOOL, False),
    "short": (TEXT, False),
    "to_check_from": (DATE, False),
    "to_check": (TEXT, False),
}
EDITION: Spec = {
    "id": (TEXT, True),
    "title": (TEXT, True),
    "territory": (TEXTS, True),
    "legal": (TEXT, True),
    "publisher": (TEXT, True),
    "licence": (TEXT, True),
    "unit": (UNIT, False),
    "valid_from": (DATE, False),
    "known_from": (DATE, False),
    "known_until": (DATE, False),
    "superseded_from": (DATE, False),
    "successor": (TEXT, False),
    "published": (DATE, False),
    "cog": (YEAR, False),
    "url": (TEXT, False),
    "source": (SOURCE_WORD, False),
    "members": (NAMES, False),
    "complete": (BOOL, False),
    "labels": (NAMES, False),
    "read_as": (NAMES, False),
    "to_check": (TEXT, False),
    "to_check_before": (DATE, False),
    "zone_classes": (TEXTS, False),
    "zone_class_source": (LIST_SOURCE, False),
    "zone_classes_complete": (BOOL, False),
    "accuracy_m": (METRES, False),
    "doubts": (TEXTS, False),
    "zone_codes": (REGEX, False),
    "file": (TEXT, False),
    "recipe": (_record(RECIPE), False),
}
SOURCE: Spec = {
    "url": (TEXT, True),
    "title": (TEXT, True),
    "checked": (TEXT, True),
    "member": (TEXT, False),
    "sha256": (SHA256, False),
    "editions": (TEXTS, False),
    "rows": (COUNT, False),
    "complete": (BOOL, False),
    "crs": (TEXT, False),
    "accuracy_m": (METRES, False),
}
LAYER: Spec = {
    "id": (TEXT, True),
    "short": (TEXT, True),
    "title": (TEXT, True),
    "description": (TEXT, True),
    "unit": (UNIT, True),
    "order": (COUNT, True),
    "classes": (_table(_record(CLASS)), True),
    "editions": (_list(_record(EDITION)), False),
    "sources": (_list(_record(SOURCE)), False),
    "missing": (TEXT, True),
    "fetch": (TEXT, False),
    "exists_from": (DATE, False),
    "exists_to": (DATE, False),
    "revision_years": (COUNT, False),
    "overridden_by": (TEXT, False),
    "kept_code": (BOOL, False),
    "zoned": (BOOL, False),
    "notes": (TEXTS, False),
    "recipe": (_record(RECIPE), False),
}
ADDED: Spec = {"id": (TEXT, True)} | {
    key: LAYER[key] for key in ("editions", "sources", "notes", "recipe")
}
"""What a user's file may add to a layer that ships."""
PRECISION: Spec = {"label": (TEXT, True), "radius_m": (METRES, False)}
THRESHOLDS: Spec = {
    "neighbour_m": (METRES, True),
    "code_mismatch_m": (METRES, True),
    "town_hall_m": (METRES, True),
    "street_m": (METRES, True),
}
PLACES: Spec = {
    "precisions": (_table(_record(PRECISION)), True),
    "thresholds": (_record(THRESHOLDS), True),
}
OFFICIAL: Spec = {"files": (_table(_record(SOURCE)), True)}
WORD_LISTS: Spec = {
    "repetitions": (TEXTS, True),
    "street_types": (TEXTS, True),
    "ignored": (TEXTS, True),
    "boxes": (TEXTS, True),
    "inside": (TEXTS, True),
}
WORDS: Spec = {"abbreviations": (NAMES, True), "lists": (_record(WORD_LISTS), True)}
PAIR = Kind("[nom, code de sa région]", lambda v: isinstance(v, list) and len(v) == 2, TEXT)
SERVICE: Spec = {
    "url": (_matching("une adresse http ou https", "https?://[^\\s]+[^/\\s]"), True),
    "title": (TEXT, True),
    "checked": (TEXT, True),
    "timeout_s": (SECONDS, True),
    "batch_timeout_s": (SECONDS, True),
    "attempts": (POSITIVE, True),
    "max_wait_s": (SECONDS, True),
    "requests_per_second": (POSITIVE, True),
    "piece_rows": (POSITIVE, True),
    "piece_bytes": (POSITIVE, True),
    "max_chars": (POSITIVE, True),
    "limit": (POSITIVE, True),
    "cache_days": (COUNT, True),
}
LIMITS: Spec = {
    "score_min": (SHARE, True),
    "score_sure": (SHARE, True),
    "score_gap": (SHARE, True),
    "name_sure": (SHARE, True),
    "name_min": (SHARE, True),
    "name_gap": (SHARE, True),
    "same_street_m": (METRES, True),
}
GEOCODING: Spec = {"service": (_record(SERVICE), True), "limits": (_record(LIMITS), True)}
TERRITORY: Spec = {"regions": (NAMES, True), "departements": (_table(PAIR), True)}

COMMUNE_UNITS = ("commune", "arrondissement", "zone_list")
IN_ORDER = (
    ("valid_from", "known_until"),
    ("known_from", "known_until"),
    ("valid_from", "superseded_from"),
    ("known_from", "superseded_from"),
)
"""Dates of an edition of which the second may not precede the first."""


class Added(NamedTuple):
    """An edition that a file of the user's brought.

    Attributes
    ----------
    path : Path
        Where it is written, for messages.
    layer : str
        The layer's id.
    edition : mapping
        As ``EDITION`` has it, with dates; in the place of the one with its id.
    """

    path: Path
    layer: str
    edition: Mapping[str, Any]


def compile_catalog(
    folder: Path = FOLDER, *, user: Path | None = None, added: Iterable[Added] = ()
) -> dict[str, Any]:
    """Read, check and flatten the whole catalogue.

    Parameters
    ----------
    folder : Path
        The catalogue's folder.
    user : Path, optional
        The user's: new layers, and editions for those that ship.
    added : iterable of Added, optional
        Editions that files brought.

    Returns
    -------
    dict
        JSON-like data for ``Catalog.from_plain``; dates as ISO text.

    Raises
    ------
    CatalogError
        If a file breaks the format; the message starts with its path.
    """
    common = folder / "common"
    places = _read(common / "places.toml", PLACES)
    territory = _read(common / "territory.toml", TERRITORY)
    _refuse(common / "territory.toml", _territory_faults(territory))
    words = _read(common / "words.toml", WORDS)
    official = _read(common / "official.toml", OFFICIAL)
    geocoding = _read(common / "geocoding.toml", GEOCODING)
    layers = {path: _read(path, LAYER) for path in sorted(folder.glob("*.toml"))}
    _join_user_files(layers, user)
    _join_editions(layers, added)
    for path, layer in layers.items():
        _refuse(path, _layer_faults(path.stem, layer, territory))
        _refuse(path, _reference_faults(layer, [*layers.values()]))
    plain: dict[str, Any] = _plain(
        {
            "layers": [*layers.values()],
            "words": words,
            "geocoding": geocoding,
            **official,
            **places,
            **territory,
        }
    )
    return plain


def _join_user_files(layers: dict[Path, dict[str, Any]], user: Path | None) -> None:
    """Add the user's layers; what their files say of a layer that ships goes into it."""
    shipped = {layer["id"]: layer for layer in layers.values()}
    for path in sorted(user.glob("*.toml")) if user else ():
        known = shipped.get(path.stem)
        content = _read(path, LAYER if known is None else ADDED)
        if known is None:
            layers[path] = content
            continue
        if content["id"] != path.stem:
            _refuse(path, iter([f"id = {content['id']!r} doit être le nom du fichier."]))
        _join_editions(layers, [Added(path, path.stem, e) for e in content.get("editions", ())])
        for key in ("sources", "notes"):
            known[key] = [*known.get(key, ()), *content.get(key, ())]
        for key, part in content.get("recipe", {}).items():
            mine = known.setdefault("recipe", {})
            mine[key] = {**mine.get(key, {}), **part} if isinstance(part, dict) else part


def _join_editions(layers: Mapping[Path, dict[str, Any]], added: Iterable[Added]) -> None:
    """Put editions into their layers, each in the place of the one that has its id."""
    by_id = {layer["id"]: layer for layer in layers.values()}
    for path, name, edition in added:
        if name not in by_id:
            lost = (
                f"la couche {name!r} n'est plus dans le catalogue. Remettez catalog/{name}.toml, "
                f"ou retirez l'ajout : python -m zonage_geo data remove {name}"
            )
            _refuse(path, iter([lost]))
        _refuse(path, _kind_faults(f"{name}.{edition.get('id')}", edition, _record(EDITION)))
        editions = by_id[name].setdefault("editions", [])
        editions[:] = [one for one in editions if one["id"] != edition["id"]] + [dict(edition)]


def _read(path: Path, spec: Spec) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            content = tomllib.load(stream)
    except ValueError as error:  # bad TOML, bad UTF-8, a number beyond all measure
        msg = f"{path} : TOML illisible ({error})."
        raise CatalogError(msg) from error
    except OSError as error:
        msg = f"{path} : fichier du catalogue illisible ({error})."
        raise CatalogError(msg) from error
    _refuse(path, _kind_faults("", content, _record(spec)))
    return content


def _refuse(path: Path, faults: Iterator[str]) -> None:
    """Stop at the first fault, if there is one."""
    for fault in faults:
        msg = f"{path} : {fault}"
        raise CatalogError(msg)


def _kind_faults(where: str, value: Any, kind: Kind) -> Iterator[str]:  # noqa: ANN401
    """Tell where a value is not of its kind, or one of its parts is not."""
    if not kind.fits(value):
        yield f"{where} = {value!r} : il faut {kind.wanted}."
        return
    prefix = f"{where} : " if where else ""
    if kind.keys is not None:
        if unknown := sorted(set(value) - set(kind.keys)):
            known = ", ".join(sorted(kind.keys))
            yield f"{prefix}clé inconnue : {', '.join(unknown)}. Clés admises : {known}."
        for key, (its_kind, required) in kind.keys.items():
            if key in value:
                yield from _kind_faults(f"{where}.{key}".strip("."), value[key], its_kind)
            elif required:
                yield f"{prefix}clé absente : {key}."
    if kind.each is not None:
        for key, item in _items(value):
            if not key.strip():
                yield f"{prefix}clé vide."
            yield from _kind_faults(f"{where}.{key}", item, kind.each)


def _items(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    """Name the parts of a table by their key, those of a list by their id, else their rank."""
    if isinstance(value, dict):
        yield from value.items()
        return
    for rank, item in enumerate(value, 1):
        named = isinstance(item, dict) and isinstance(item.get("id"), str)
        yield (item["id"] if named and item["id"].strip() else str(rank)), item


def _territory_faults(territory: Mapping[str, Any]) -> Iterator[str]:
    for code, (_, region) in territory["departements"].items():
        if region not in territory["regions"]:
            yield f"departements.{code} : région inconnue : {region!r}."


def _layer_faults(stem: str, layer: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    if layer["id"] != stem:
        yield f"id = {layer['id']!r} doit être le nom du fichier."
    if not layer["classes"]:
        yield "classes est vide."
    for code, item in layer["classes"].items():
        whole = item.get("partial_of", code)
        yield from _class_faults(f"classes.{code}.partial_of", [whole], layer)
    if layer.get("exists_to", date.max) < layer.get("exists_from", date.min):
        yield "exists_to précède exists_from."
    yield from _class_faults("recipe", layer.get("recipe", {}).get("classes", {}).values(), layer)
    known_editions = {edition["id"] for edition in layer.get("editions", ())}
    for rank, source in enumerate(layer.get("sources", ()), 1):
        if strange := sorted(set(source.get("editions", ())) - known_editions):
            yield f"sources.{rank}.editions : édition inconnue : {', '.join(strange)}."
    seen: set[str] = set()
    for edition in layer.get("editions", ()):
        if edition["id"] in seen:
            yield f"édition {edition['id']!r} en double."
        seen.add(edition["id"])
        for fault in _edition_faults(layer, edition, known):
            yield f"édition {edition['id']!r} : {fault}"


def _class_faults(where: str, codes: Iterable[str], layer: Mapping[str, Any]) -> Iterator[str]:
    for code in codes:
        if code not in layer["classes"]:
            yield f"{where} : {code!r} n'est pas parmi {', '.join(layer['classes'])}."


def _edition_faults(
    layer: Mapping[str, Any], edition: Mapping[str, Any], known: Mapping[str, Any]
) -> Iterator[str]:
    yield from _territory_word_faults(edition["territory"], known)
    read_as = edition.get("read_as", {})
    members = edition.get("members", {})
    named = {
        "labels": edition.get("labels", {}),
        "read_as": [*read_as, *read_as.values()],
        "members": members.values(),
        "zone_classes": edition.get("zone_classes", ()),
        "recipe.classes": edition.get("recipe", {}).get("classes", {}).values(),
    }
    for where, codes in named.items():
        yield from _class_faults(where, codes, layer)
    source = edition.get("source")
    if (source == "inline") != bool(members):
        yield '« members » va avec source = "inline".'
    unit = edition.get("unit", layer["unit"])
    if source == "inline" and unit != "departement":
        yield 'source = "inline" ne vaut que pour unit = "departement".'
    if unit in COMMUNE_UNITS and "cog" not in edition:
        yield "« cog », le millésime des codes commune, est obligatoire."
    if unit == "departement" and (strange := sorted(set(members) - set(known["departements"]))):
        yield f"members : département inconnu : {', '.join(strange)}."
    if source and not {"valid_from", "known_from"} & set(edition):
        yield "une édition qui a une source a un début : valid_from, ou à défaut known_from."
    for first, second in IN_ORDER:
        if edition.get(second, date.max) < edition.get(first, date.min):
            yield f"{second} précède {first}."
    if "to_check_before" in edition and "to_check" not in edition:
        yield "« to_check_before » va avec « to_check », qui dit quoi vérifier."


def _territory_word_faults(words: Sequence[str], known: Mapping[str, Any]) -> Iterator[str]:
    allowed = {"FR", "metropole", "outre-mer"}
    allowed |= {f"region:{code}" for code in known["regions"]}
    allowed |= {f"departement:{code}" for code in known["departements"]}
    if not words:
        yield "territory est vide."
    for word in words:
        if word not in allowed:
            yield (
                f"territory : {word!r} n'est pas parmi FR, metropole, outre-mer, region:XX, "
                "departement:XX (codes de common/territory.toml)."
            )


def _reference_faults(
    layer: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    if layer.get("overridden_by", layer["id"]) not in {other["id"] for other in layers}:
        yield f"overridden_by = {layer['overridden_by']!r} : couche inconnue."
    for other in layers:
        if other is layer:
            break  # of two, the later file is refused
        if other["order"] == layer["order"]:
            yield f"order = {layer['order']} est déjà celui de la couche {other['id']!r}."


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value

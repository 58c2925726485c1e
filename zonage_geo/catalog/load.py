"""From the TOML files to a checked, plain, JSON-like catalogue.

Every key is declared here with what its value must be. An unknown key, a missing one, a
value of another kind, or parts that contradict one another stop the load with the file's
path: a slip in a list of zones is better refused than answered from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from zonage_geo.catalog.files import FOLDER
from zonage_geo.catalog.kinds import (
    BOOL,
    COLOR,
    COUNT,
    DATE,
    METRES,
    NAMES,
    POSITIVE,
    REGEX,
    SECONDS,
    SHA256,
    SHARE,
    TEXT,
    TEXTS,
    YEAR,
    Kind,
    Spec,
    among,
    kind_faults,
    list_of,
    matching,
    plain,
    read_toml,
    record,
    refuse,
    table_of,
)

__all__ = ["Added", "compile_catalog"]


UNIT = among("commune", "arrondissement", "departement", "zone_list", "polygon")
PATTERN = among("plein", "hachures", "points")
FILED = "embedded:[a-z0-9_]+|(?:package|url|file):[^\\s].*"
LIST_SOURCE = matching("embedded:TABLE, package:…, url:… ou file:…", FILED)
SOURCE_WORD = matching("inline, embedded:TABLE, package:…, url:… ou file:…", f"inline|{FILED}")

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
    "incomplete": (TEXT, False),
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
    "recipe": (record(RECIPE), False),
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
EXONERATION: Spec = {
    "legal": (TEXT, True),
    "layer": (TEXT, True),
    "levels": (TEXTS, True),
    "levels_source": (TEXT, True),
    "quarters": (among("oui", "non", "indéterminé"), True),
    "quarters_source": (TEXT, True),
    "regions": (table_of(record({"levels": (TEXTS, True), "source": (TEXT, True)})), False),
}
LAYER: Spec = {
    "id": (TEXT, True),
    "short": (TEXT, True),
    "title": (TEXT, True),
    "description": (TEXT, True),
    "unit": (UNIT, True),
    "order": (COUNT, True),
    "classes": (table_of(record(CLASS)), True),
    "editions": (list_of(record(EDITION)), False),
    "sources": (list_of(record(SOURCE)), False),
    "missing": (TEXT, True),
    "fetch": (TEXT, False),
    "exists_from": (DATE, False),
    "exists_to": (DATE, False),
    "revision_years": (COUNT, False),
    "overridden_by": (TEXT, False),
    "kept_code": (BOOL, False),
    "zoned": (BOOL, False),
    "notes": (TEXTS, False),
    "recipe": (record(RECIPE), False),
    "exoneration": (record(EXONERATION), False),
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
    "sector_gap_m": (METRES, True),
}
PLACES: Spec = {
    "precisions": (table_of(record(PRECISION)), True),
    "thresholds": (record(THRESHOLDS), True),
}
OFFICIAL: Spec = {"files": (table_of(record(SOURCE)), True)}
WORD_LISTS: Spec = {
    "repetitions": (TEXTS, True),
    "street_types": (TEXTS, True),
    "ignored": (TEXTS, True),
    "boxes": (TEXTS, True),
    "inside": (TEXTS, True),
    "telling": (TEXTS, True),
}
WORDS: Spec = {"abbreviations": (NAMES, True), "lists": (record(WORD_LISTS), True)}
PAIR = Kind("[nom, code de sa région]", lambda v: isinstance(v, list) and len(v) == 2, TEXT)
SERVICE: Spec = {
    "url": (matching("une adresse http ou https", "https?://[^\\s]+[^/\\s]"), True),
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
GEOCODING: Spec = {"service": (record(SERVICE), True), "limits": (record(LIMITS), True)}
EPSG = matching("EPSG:CODE", "EPSG:[0-9]{4,5}")
OUTSIDE: Spec = {"nom": (TEXT, True), "postcodes": (TEXTS, True), "communes": (TEXTS, True)}
TERRITORY: Spec = {
    "crs": (table_of(EPSG), True),
    "regions": (NAMES, True),
    "departements": (table_of(PAIR), True),
    "outside": (table_of(record(OUTSIDE)), True),
}

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
    places = read_toml(common / "places.toml", PLACES)
    territory = read_toml(common / "territory.toml", TERRITORY)
    refuse(common / "territory.toml", _territory_faults(territory))
    words = read_toml(common / "words.toml", WORDS)
    official = read_toml(common / "official.toml", OFFICIAL)
    geocoding = read_toml(common / "geocoding.toml", GEOCODING)
    layers = {path: read_toml(path, LAYER) for path in sorted(folder.glob("*.toml"))}
    _join_user_files(layers, user)
    _join_editions(layers, added)
    for path, layer in layers.items():
        refuse(path, _layer_faults(path.stem, layer, territory))
        refuse(path, _reference_faults(layer, [*layers.values()]))
        refuse(path, _exoneration_faults(layer, [*layers.values()], territory))
    out: dict[str, Any] = plain(
        {
            "layers": [*layers.values()],
            "words": words,
            "geocoding": geocoding,
            **official,
            **places,
            **territory,
        }
    )
    return out


def _join_user_files(layers: dict[Path, dict[str, Any]], user: Path | None) -> None:
    """Add the user's layers; what their files say of a layer that ships goes into it."""
    shipped = {layer["id"]: layer for layer in layers.values()}
    for path in sorted(user.glob("*.toml")) if user else ():
        known = shipped.get(path.stem)
        content = read_toml(path, LAYER if known is None else ADDED)
        if known is None:
            layers[path] = content
            continue
        if content["id"] != path.stem:
            refuse(path, iter([f"id = {content['id']!r} doit être le nom du fichier."]))
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
            refuse(path, iter([lost]))
        refuse(path, kind_faults(f"{name}.{edition.get('id')}", edition, record(EDITION)))
        editions = by_id[name].setdefault("editions", [])
        editions[:] = [one for one in editions if one["id"] != edition["id"]] + [dict(edition)]


def _territory_faults(territory: Mapping[str, Any]) -> Iterator[str]:
    systems = territory["crs"]
    if "metropole" not in systems:
        yield "crs.metropole : clé absente."
    if strange := sorted(set(systems) - {"metropole", *territory["departements"]}):
        yield f"crs : département inconnu : {', '.join(strange)}."
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


def _exoneration_faults(
    layer: Mapping[str, Any], layers: Sequence[Mapping[str, Any]], known: Mapping[str, Any]
) -> Iterator[str]:
    rule = layer.get("exoneration")
    if rule is None:
        return
    other = next((one for one in layers if one["id"] == rule["layer"]), None)
    if other is None:
        yield f"exoneration.layer = {rule['layer']!r} : couche inconnue."
        return
    regions = rule.get("regions", {})
    for where, one in (("levels", rule), *((f"regions.{code}", regions[code]) for code in regions)):
        if not one["levels"]:
            yield f"exoneration.{where} : aucune classe."
        yield from _class_faults(f"exoneration.{where}", one["levels"], other)
    if strange := sorted(set(regions) - set(known["regions"])):
        yield f"exoneration.regions : région inconnue : {', '.join(strange)}."

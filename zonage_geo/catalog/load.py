"""From the TOML files to a checked, plain, JSON-like catalogue.

Every key is declared here with the type it must have. An unknown key, a missing one, a
wrong type, or a class that no layer defines stops the load with the file's path.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from zonage_geo.catalog.files import FOLDER
from zonage_geo.errors import CatalogError

__all__ = ["compile_catalog"]

UNITS = ("commune", "arrondissement", "departement", "zone_list", "polygon")
PATTERNS = ("plein", "hachures", "points")

_TEXT, _LIST, _TABLE, _DATE, _INT, _BOOL, _NUMBER = (
    (str,),
    (list,),
    (dict,),
    (date,),
    (int,),
    (bool,),
    (int, float),
)
Spec = Mapping[str, tuple[tuple[type, ...], bool]]
"""Key to (types allowed, required)."""

LAYER: Spec = {
    "id": (_TEXT, True),
    "short": (_TEXT, True),
    "title": (_TEXT, True),
    "description": (_TEXT, True),
    "unit": (_TEXT, True),
    "order": (_INT, True),
    "classes": (_TABLE, True),
    "editions": (_LIST, False),
    "sources": (_LIST, False),
    "missing": (_TEXT, True),
    "fetch": (_TEXT, False),
    "exists_from": (_DATE, False),
    "exists_to": (_DATE, False),
    "revision_years": (_INT, False),
    "overridden_by": (_TEXT, False),
    "kept_code": (_BOOL, False),
    "notes": (_LIST, False),
}
CLASS: Spec = {
    "label": (_TEXT, True),
    "color": (_TEXT, True),
    "pattern": (_TEXT, False),
    "counts": (_BOOL, True),
    "partial_of": (_TEXT, False),
    "unknown": (_BOOL, False),
    "short": (_TEXT, False),
}
EDITION: Spec = {
    "id": (_TEXT, True),
    "title": (_TEXT, True),
    "territory": (_LIST, True),
    "legal": (_TEXT, True),
    "publisher": (_TEXT, True),
    "licence": (_TEXT, True),
    "unit": (_TEXT, False),
    "valid_from": (_DATE, False),
    "known_from": (_DATE, False),
    "known_until": (_DATE, False),
    "superseded_from": (_DATE, False),
    "successor": (_TEXT, False),
    "published": (_DATE, False),
    "cog": (_INT, False),
    "url": (_TEXT, False),
    "source": (_TEXT, False),
    "members": (_TABLE, False),
    "complete": (_BOOL, False),
    "labels": (_TABLE, False),
    "read_as": (_TABLE, False),
    "to_check": (_TEXT, False),
    "to_check_before": (_DATE, False),
    "zone_classes": (_LIST, False),
    "zone_class_source": (_TEXT, False),
    "accuracy_m": (_NUMBER, False),
    "doubts": (_LIST, False),
}
SOURCE: Spec = {
    "url": (_TEXT, True),
    "title": (_TEXT, True),
    "checked": (_TEXT, True),
    "member": (_TEXT, False),
    "sha256": (_TEXT, False),
}
PLACES: Spec = {"precisions": (_TABLE, True), "thresholds": (_TABLE, True)}
PRECISION: Spec = {"label": (_TEXT, True), "radius_m": (_NUMBER, False)}
WORDS: Spec = {"abbreviations": (_TABLE, True), "lists": (_TABLE, True)}
WORD_LISTS: Spec = {
    "repetitions": (_LIST, True),
    "street_types": (_LIST, True),
    "ignored": (_LIST, True),
}
TERRITORY: Spec = {"regions": (_TABLE, True), "departements": (_TABLE, True)}


def compile_catalog(folder: Path = FOLDER) -> dict[str, Any]:
    """Read, check and flatten the whole catalogue.

    Parameters
    ----------
    folder : Path
        The catalogue's folder.

    Returns
    -------
    dict
        JSON-like data for ``Catalog.from_plain``; dates as ISO text.

    Raises
    ------
    CatalogError
        If a file breaks the format; the message starts with its path.
    """
    places = _read(folder / "common" / "places.toml", PLACES)
    territory = _read(folder / "common" / "territory.toml", TERRITORY)
    for key, item in places["precisions"].items():
        _check(folder / "common" / "places.toml", f"precisions.{key}", item, PRECISION)
    words = _read(folder / "common" / "words.toml", WORDS)
    _check(folder / "common" / "words.toml", "lists", words["lists"], WORD_LISTS)
    paths = sorted(folder.glob("*.toml"))
    layers = [_layer(path) for path in paths]
    _check_references(paths, layers)
    plain: dict[str, Any] = _plain({"layers": layers, "words": words, **places, **territory})
    return plain


def _read(path: Path, spec: Spec) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            content = tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{path} : TOML illisible ({error})."
        raise CatalogError(msg) from error
    except OSError as error:
        msg = f"{path} : fichier du catalogue illisible ({error})."
        raise CatalogError(msg) from error
    _check(path, "", content, spec)
    return content


def _check(path: Path, where: str, item: Any, spec: Spec) -> None:  # noqa: ANN401
    prefix = f"{path} : {where + ' : ' if where else ''}"
    if not isinstance(item, dict):
        msg = f"{prefix}une table est attendue, pas {item!r}."
        raise CatalogError(msg)
    unknown = sorted(set(item) - set(spec))
    if unknown:
        msg = (
            f"{prefix}clé inconnue : {', '.join(unknown)}. Clés admises : {', '.join(sorted(spec))}"
        )
        raise CatalogError(msg)
    for key, (types, required) in spec.items():
        if key not in item:
            if required:
                msg = f"{prefix}clé absente : {key}."
                raise CatalogError(msg)
            continue
        value = item[key]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            expected = " ou ".join(t.__name__ for t in types)
            msg = f"{prefix}{key} = {value!r} : {expected} attendu."
            raise CatalogError(msg)


def _layer(path: Path) -> dict[str, Any]:
    layer = _read(path, LAYER)
    if layer["id"] != path.stem:
        msg = f"{path} : id = {layer['id']!r} doit être le nom du fichier."
        raise CatalogError(msg)
    _one_of(path, "unit", layer["unit"], UNITS)
    for code, item in layer["classes"].items():
        _check(path, f"classes.{code}", item, CLASS)
        _one_of(path, f"classes.{code}.pattern", item.get("pattern", "plein"), PATTERNS)
        if "partial_of" in item:
            _one_of(path, f"classes.{code}.partial_of", item["partial_of"], layer["classes"])
    for source in layer.get("sources", ()):
        _check(path, "sources", source, SOURCE)
    seen: set[str] = set()
    for edition in layer.get("editions", ()):
        _edition(path, layer, edition)
        if edition["id"] in seen:
            msg = f"{path} : édition {edition['id']!r} en double."
            raise CatalogError(msg)
        seen.add(edition["id"])
    return layer


def _edition(path: Path, layer: Mapping[str, Any], edition: Any) -> None:  # noqa: ANN401
    where = f"édition {edition.get('id', '?') if isinstance(edition, dict) else edition!r}"
    _check(path, where, edition, EDITION)
    unit = edition.get("unit", layer["unit"])
    _one_of(path, f"{where}.unit", unit, UNITS)
    named = [
        *edition.get("labels", {}),
        *edition.get("read_as", {}).values(),
        *edition.get("zone_classes", ()),
        *edition.get("members", {}).values(),
    ]
    for code in named:
        _one_of(path, where, code, layer["classes"])
    if (edition.get("source") == "inline") != bool(edition.get("members")):
        msg = f'{path} : {where} : « members » va avec source = "inline".'
        raise CatalogError(msg)
    if unit in ("commune", "arrondissement", "zone_list") and "cog" not in edition:
        msg = f"{path} : {where} : « cog », le millésime des codes commune, est obligatoire."
        raise CatalogError(msg)
    order = [edition[k] for k in ("valid_from", "known_until") if k in edition]
    if order != sorted(order):
        msg = f"{path} : {where} : known_until précède valid_from."
        raise CatalogError(msg)


def _one_of(path: Path, where: str, value: Any, allowed: Sequence[str] | Mapping[str, Any]) -> None:  # noqa: ANN401
    if value not in allowed:
        msg = f"{path} : {where} : {value!r} n'est pas parmi {', '.join(allowed)}."
        raise CatalogError(msg)


def _check_references(paths: Sequence[Path], layers: Sequence[Mapping[str, Any]]) -> None:
    known = {layer["id"] for layer in layers}
    for path, layer in zip(paths, layers, strict=True):
        if layer.get("overridden_by", layer["id"]) not in known:
            msg = f"{path} : overridden_by = {layer['overridden_by']!r} : couche inconnue."
            raise CatalogError(msg)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value

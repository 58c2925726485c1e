"""A place, read for what it says.

A place is an answer of ``locate``, taken for what it holds (``zones``, ``place``, ``date``),
or a plain mapping, so that rules can be tried without any geometry. A layer that is not
there is not known: it is never taken for "non".
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

from zonage_geo.aids.rulebook import Rules
from zonage_geo.aids.site import (
    DISTANCE,
    ZONING,
    Distance,
    Fact,
    Quarter,
    Site,
    base_of,
    regions_of,
)
from zonage_geo.dates import parse_date
from zonage_geo.errors import InputError
from zonage_geo.territory.codes import check_code, departement_of
from zonage_geo.verdict import Possible, Reason, Verdict

__all__ = ["read_place"]

_KEYS = ("departement", "region", "commune", DISTANCE, "label", "date", "to_check")
_ENTRY = (
    "verdict possible class base_class items reason_code to_check to_check_reason".split()  # noqa: SIM905
)
_IGNORED = (
    "layer title edition method distance_m reason next_step source".split()  # noqa: SIM905
)
_ITEM = ("code", "name", "nom", "class", "distance_m", "exoneration", "exoneration_reason")


def read_place(place: Any, rules: Rules) -> Site:  # noqa: ANN401
    """Take a place for what it says.

    Parameters
    ----------
    place : Location or mapping
        An answer of ``locate``; or layers by id (a verdict, a class, or a mapping with
        ``verdict``, ``possible``, ``class``, ``items``, ``to_check``; ``base_class`` and
        ``reason_code`` as ``locate --json`` prints them), and ``departement``,
        ``region``, ``commune``, ``distance_zip_zac_km`` (a number, or two bounds).
    rules : Rules
        For the layers known.

    Returns
    -------
    Site
        What is known of it.

    Raises
    ------
    InputError
        If a layer or a key is unknown, with the list, or an entry contradicts itself.
    """
    if isinstance(place, Mapping):
        return _from_json(place, rules) if "zones" in place else _from_mapping(place, rules)
    if hasattr(place, "zones") and hasattr(place, "place"):
        return _from_location(place, rules)
    raise InputError(f"un lieu est une réponse de locate ou une table de couches, pas {place!r}.")


def _from_location(location: Any, rules: Rules) -> Site:  # noqa: ANN401
    facts, where = {}, location.place
    for zone in location.zones:
        facts[zone.layer.id] = Fact(
            layer=zone.layer.id,
            label=zone.layer.short,
            possible=zone.possible,
            items=tuple(
                Quarter(item.code, item.nom, item.exoneration, item.exoneration_reason)
                for item in zone.items
            ),
            reason=zone.reason,
            to_check=zone.to_check,
            base=base_of(zone.layer.id, zone.base_class, zone.possible, zone.reason_code)
            if where.commune
            else None,
        )
    codes = [where.commune.code] if where.commune else where.communes_possibles
    departements = frozenset(map(departement_of, codes))
    site = Site(
        facts,
        departements,
        regions_of(departements, rules),
        label=where.label,
        day=location.date,
        to_check=where.to_check,
    )
    return _perhaps_abroad(site) if where.outside else site


def _perhaps_abroad(site: Site) -> Site:
    """Put a place in no département and no région for certain."""
    return site._replace(departements=site.departements | {""}, regions=site.regions | {""})


def _from_mapping(place: Mapping[str, Any], rules: Rules) -> Site:
    if unknown := [str(key) for key in place if key not in rules.layers and key not in _KEYS]:
        raise InputError(
            f"lieu : {', '.join(unknown)} n'est ni une couche ({', '.join(rules.layers)}) ni une "
            f"des clés {', '.join(_KEYS)}."
        )
    facts = {key: _entry(key, place[key], rules) for key in rules.layers if key in place}
    departements = _codes(place, "departement", rules.departements)
    commune = place.get("commune")
    if commune is not None:
        if not isinstance(commune, str):
            raise InputError(f"lieu : commune = {commune!r} : il faut un code, en texte (09029).")
        found = frozenset({departement_of(check_code(commune))})
        if departements and departements != found:
            raise InputError(f"lieu : la commune {commune} n'est pas dans ce département.")
        departements = found
    regions = _codes(place, "region", rules.regions)
    if departements:
        found = regions_of(departements, rules)
        if regions and regions != found:
            raise InputError("lieu : ce département n'est pas dans cette région.")
        regions = found
    return Site(
        facts,
        departements,
        regions,
        _bounds(place.get(DISTANCE)),
        place.get("label"),
        parse_date(place.get("date")),
        _why(place.get("to_check"), "Le lieu est à vérifier."),
    )


def _from_json(answer: Mapping[str, Any], rules: Rules) -> Site:
    """Read what ``locate --json`` prints: its zones are a table of layers."""
    where, zones = answer["place"], answer["zones"]
    layers = {zone["layer"]: zone for zone in zones} | {
        "departement": sorted({departement_of(code) for code in where["communes_possibles"]}),
        "label": where["label"],
        "date": answer["date"],
        "to_check": where["to_check"],
    }
    if where["commune"] is None:  # of several communes, the class that they share tells less
        layers[ZONING] = {**layers.get(ZONING, {}), "base_class": None}
    site = _from_mapping(layers, rules)
    # Of a point in no commune, the one that is nearest is possible, and not told as its own.
    outside = where["commune"] is None and len(where["communes_possibles"]) == 1
    outside |= any(zone["reason_code"] == Reason.PLACE_OUTSIDE_COMMUNES for zone in zones)
    return _perhaps_abroad(site) if outside else site


def _codes(place: Mapping[str, Any], key: str, known: Mapping[str, str]) -> frozenset[str]:
    value = place.get(key)
    if value is None:
        return frozenset()
    several = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    for code in several:
        if not isinstance(code, str) or code not in known:
            raise InputError(f"lieu : {key} = {code!r} n'est pas un code connu (09, 2A ; 76…).")
    return frozenset(several)


def _bounds(value: Any) -> Distance | None:  # noqa: ANN401
    if value is None:
        return None
    bounds = value if isinstance(value, (list, tuple)) else (value, value)
    if len(bounds) != 2 or not all(isinstance(one, Real) for one in bounds):
        bounds = (1, 0)
    low, high = bounds
    if not 0 <= low <= high:
        raise InputError(f"lieu : {DISTANCE} = {value!r} : il faut une distance, ou deux bornes.")
    return Distance(float(low), float(high))


def _why(value: Any, otherwise: str) -> str | None:  # noqa: ANN401
    """Read ``to_check``, which may be a reason, or true."""
    return value if isinstance(value, str) and value else otherwise if value else None


def _entry(layer: str, given: Any, rules: Rules) -> Fact:  # noqa: ANN401
    """Read what a mapping says of a layer."""
    known = rules.layers[layer]
    entry: Mapping[str, Any] = given if isinstance(given, Mapping) else _short(given)
    if unknown := [key for key in entry if key not in (*_ENTRY, *_IGNORED)]:
        raise InputError(
            f"lieu, couche {layer} : clé inconnue : {', '.join(map(str, unknown))}. Clés admises : "
            f"{', '.join(_ENTRY)}."
        )
    possible = _possible(layer, entry, known)
    label = known["label"]
    return Fact(
        layer,
        label,
        possible,
        tuple(_item(layer, item) for item in _listed(layer, entry.get("items"))),
        entry.get("reason"),
        _why(
            entry.get("to_check_reason") or entry.get("to_check"),
            entry.get("reason") or f"La couche {label} est à vérifier.",
        ),
        base_of(layer, entry.get("base_class"), possible, entry.get("reason_code")),
    )


def _listed(layer: str, items: Any) -> list[Any]:  # noqa: ANN401
    if items is not None and not isinstance(items, (list, tuple)):
        raise InputError(f"lieu, couche {layer} : items = {items!r} : il faut une liste.")
    return list(items or ())


def _short(given: Any) -> Mapping[str, Any]:  # noqa: ANN401
    """Read the short forms: a verdict, a class, true or false."""
    if isinstance(given, bool):
        return {"verdict": "oui" if given else "non"}
    if isinstance(given, str):
        word = _verdict_word(given)
        return {"verdict": word} if word else {"possible": [given]}
    if given is None:
        return {"verdict": "indéterminé"}
    return {"possible": given}


def _verdict_word(text: Any) -> str | None:  # noqa: ANN401
    word = str(text).replace("é", "e")
    return next((str(v) for v in Verdict if str(v).replace("é", "e") == word), None)


def _possible(layer: str, entry: Mapping[str, Any], known: Mapping[str, Any]) -> Possible:
    """Work out what is possible of a verdict, of classes, or of both."""
    anything: Possible = (*known["count"], None)
    verdict = entry.get("verdict")
    word = None if verdict is None else _verdict_word(verdict)
    if verdict is not None and word is None:
        raise InputError(
            f"lieu, couche {layer} : verdict = {verdict!r} : il faut oui, non ou indéterminé."
        )
    given = entry.get("possible")
    if given is None and entry.get("class") is not None:
        given = [entry["class"]]
    if given is None:
        if word == Verdict.OUI:
            return tuple(known["count"])
        return (None,) if word == Verdict.NON else anything
    if not isinstance(given, (str, list, tuple, set, frozenset)):
        raise InputError(f"lieu, couche {layer} : {given!r} : il faut une classe, ou une liste.")
    classes: list[Any] = [given] if isinstance(given, str) else list(given)
    for one in classes:
        if one is not None and not (isinstance(one, str) and one in known["classes"]):
            raise InputError(
                f"lieu, couche {layer} : {one!r} n'est pas parmi {', '.join(known['classes'])}."
            )
    return _agreed(layer, tuple(classes), word, known) if classes else anything


def _agreed(layer: str, possible: Possible, word: str | None, known: Mapping[str, Any]) -> Possible:
    """Refuse classes that the verdict contradicts; keep the doubt of one that is not sure."""
    counted = {one in known["count"] for one in possible}
    if (word == Verdict.OUI and True not in counted) or (word == Verdict.NON and True in counted):
        raise InputError(
            f"lieu, couche {layer} : le verdict {word} contredit les classes possibles "
            f"({', '.join(str(one) for one in possible)})."
        )
    # As in `locate`, a class that does not count is outside.
    kept = tuple(dict.fromkeys(one if one in known["count"] else None for one in possible))
    if word == Verdict.INDETERMINE and len(kept) == 1:
        return (*kept, None) if kept[0] is not None else (*known["count"], None)
    return kept


def _item(layer: str, item: Any) -> Quarter:  # noqa: ANN401
    if isinstance(item, str):
        return Quarter(item, item)
    if not isinstance(item, Mapping) or any(key not in _ITEM for key in item):
        raise InputError(
            f"lieu, couche {layer} : items = {item!r} : il faut des clés parmi {', '.join(_ITEM)}."
        )
    told = item.get("exoneration")
    if isinstance(told, bool):
        told = "oui" if told else "non"
    word = None if told is None else _verdict_word(told)
    if told is not None and word is None:
        raise InputError(f"lieu, couche {layer} : exoneration = {told!r} : oui, non, indéterminé.")
    code = str(item.get("code") or item.get("name") or item.get("nom"))
    nom = str(item.get("name") or item.get("nom") or code)
    return Quarter(code, nom, Verdict(word) if word else None, item.get("exoneration_reason"))

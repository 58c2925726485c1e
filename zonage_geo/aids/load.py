"""From the TOML files to checked, plain, JSON-like rules.

Every key is declared with what its value must be; every condition is read and its words and
values checked against the vocabulary; every document named must be quoted. A fault stops the
load with the file's path: no rule half read is answered from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from zonage_geo.aids.conditions import ConditionError, Word, parse, type_faults
from zonage_geo.aids.spelling import fold
from zonage_geo.aids.vocabulary import FOLDER, words_of
from zonage_geo.catalog.files import FOLDER as CATALOG
from zonage_geo.catalog.kinds import (
    BOOL,
    COUNT,
    DATE,
    NAMES,
    NUMBER,
    TEXT,
    TEXTS,
    Kind,
    Spec,
    among,
    list_of,
    matching,
    plain,
    read_toml,
    record,
    refuse,
    table_of,
)
from zonage_geo.catalog.load import TERRITORY

__all__ = ["compile_rules", "rule_files"]

ID = matching("un identifiant en capitales (CAIM, FMT_67)", "[0-9A-Z][0-9A-Z_]*")
WORD = matching("un mot (minuscules, chiffres, _)", "[a-z0-9_]+")
RENEWALS = Kind(
    "un nombre de renouvellements, ou « tacite »",
    lambda v: v == "tacite" or (type(v) is int and v >= 0),
)
CITED = (TEXTS, True)

READING: Spec = {
    "id": (WORD, True),
    "says": (TEXT, True),
    "when": (TEXT, False),
    "specific": (COUNT, False),
    "sources": CITED,
}
CONDITION: Spec = {
    "id": (WORD, True),
    "label": (TEXT, True),
    "when": (TEXT, False),
    "readings": (list_of(record(READING)), False),
    "at_signature": (BOOL, False),
    "kept": (TEXT, False),
    "mark": (TEXT, False),
    "sources": CITED,
}
WINDOW: Spec = {
    "opens": (DATE, False),
    "opens_by": (DATE, False),
    "opens_note": (TEXT, False),
    "closes": (DATE, False),
    "closed_from": (DATE, False),
    "closed": (TEXT, False),
    "attested_from": (DATE, False),
    "attested": (TEXT, False),
    "undecided_from": (DATE, False),
    "undecided": (TEXT, False),
    "to_check_from": (DATE, False),
    "to_check": (TEXT, False),
    "sources": CITED,
}
CONTRACT: Spec = {
    "years": (COUNT, True),
    "renewals": (RENEWALS, False),
    "says": (TEXT, True),
    "sources": CITED,
}
SUPPLEMENT: Spec = {
    "value": (COUNT, True),
    "when": (TEXT, True),
    "text": (TEXT, True),
    "apart": (BOOL, False),
    "sources": CITED,
}
STEP: Spec = {"below": (NUMBER, True), "percent": (NUMBER, True)}
AMOUNT: Spec = {
    "kind": (among("fixe", "fourchette", "prorata", "pourcentage", "non_precise"), True),
    "text": (TEXT, True),
    "value": (COUNT, False),
    "low": (COUNT, False),
    "high": (COUNT, False),
    "base": (COUNT, False),
    "full": (NUMBER, False),
    "minimum": (NUMBER, False),
    "cap": (COUNT, False),
    "word": (TEXT, False),
    "stated": (list_of(NUMBER), False),
    "percent": (NUMBER, False),
    "of": (TEXT, False),
    "steps": (list_of(record(STEP)), False),
    "period": (TEXT, False),
    "ceiling": (BOOL, False),
    "marks": (TEXTS, False),
    "supplements": (list_of(record(SUPPLEMENT)), False),
    "sources": CITED,
}
NEEDED = {
    "fixe": {"value"},
    "fourchette": {"low", "high"},
    "prorata": {"base", "full", "minimum", "cap", "word", "stated"},
    "pourcentage": {"percent", "of"},
    "non_precise": set[str](),
}
"""Keys that each kind of amount cannot do without."""
CUMUL: Spec = {
    "with": (list_of(ID), True),
    "rule": (among("exclu", "incertain", "cumulable", "suite"), True),
    "says": (TEXT, True),
    "sources": CITED,
}
CAVEAT: Spec = {"when": (TEXT, False), "text": (TEXT, True), "sources": CITED}
SAYING: Spec = {"says": (TEXT, True), "sources": CITED}
DISAGREEMENT: Spec = {
    "topic": (TEXT, True),
    "readings": (list_of(record(SAYING)), True),
    "outcome": (TEXT, True),
}
SOURCE: Spec = {"document": (TEXT, True), "says": (TEXT, True)}
AID: Spec = {
    "id": (ID, True),
    "label": (TEXT, True),
    "nature": (among("individuelle", "collective", "fiscale"), True),
    "audience": (TEXT, True),
    "payer": (TEXT, True),
    "contacts": (list_of(WORD), True),
    "regions": (TEXTS, False),
    "duration": (TEXT, True),
    "decides": (among("signature", "jour"), False),
    "successor": (list_of(ID), False),
    "notes": (TEXTS, False),
    "window": (record(WINDOW), True),
    "contract": (record(CONTRACT), False),
    "amount": (record(AMOUNT), True),
    "conditions": (list_of(record(CONDITION)), True),
    "caveats": (list_of(record(CAVEAT)), False),
    "cumul": (list_of(record(CUMUL)), False),
    "disagreements": (list_of(record(DISAGREEMENT)), False),
    "sources": (list_of(record(SOURCE)), True),
}
DOCUMENT: Spec = {
    "rank": (COUNT, True),
    "title": (TEXT, True),
    "publisher": (TEXT, True),
    "file": (TEXT, False),
    "date": (DATE, False),
    "date_note": (TEXT, False),
}
DOCUMENTS: Spec = {"documents": (table_of(record(DOCUMENT)), True)}
ROLE: Spec = {"label": (TEXT, True), "unknown": (TEXT, True)}
CONTACT: Spec = {
    "role": (WORD, True),
    "label": (TEXT, True),
    "value": (TEXT, False),
    "departements": (TEXTS, False),
    "regions": (TEXTS, False),
    "sources": CITED,
}
CONTACTS: Spec = {
    "roles": (table_of(record(ROLE)), True),
    "contacts": (list_of(record(CONTACT)), True),
}
PROFILE_KIND = among("bool", "number", "choice", "choices", "ids", "text")
PROFILE_WORD: Spec = {
    "kind": (PROFILE_KIND, True),
    "values": (TEXTS, False),
    "synonyms": (table_of(TEXTS), False),
    "other": (TEXT, False),
    "refused": (TEXTS, False),
    "implies": (table_of(NAMES), False),
    "yes_no": (BOOL, False),
    "bounds": (list_of(NUMBER), False),
    "label": (TEXT, True),
}
PROFILE: Spec = {"aliases": (NAMES, True), "words": (table_of(record(PROFILE_WORD)), True)}
LAYER: Spec = {"label": (TEXT, True), "classes": (TEXTS, True), "count": (TEXTS, True)}
IMPLIED: Spec = {
    "layer": (TEXT, True),
    "class": (TEXT, True),
    "implies": (TEXT, True),
    "regions": (TEXTS, True),
    "says": (TEXT, True),
}
MOUNTAIN: Spec = {"departements_de_massif": (TEXTS, True), "says": (TEXT, True)}
PLACE: Spec = {
    "layers": (table_of(record(LAYER)), True),
    "implied": (list_of(record(IMPLIED)), True),
    "montagne": (record(MOUNTAIN), True),
}

IN_ORDER = (("opens", "closes"), ("opens", "opens_by"), ("attested_from", "closes"))
EXPLAINED = (
    ("opens_by", "opens_note"),
    ("closed_from", "closed"),
    ("attested_from", "attested"),
    ("undecided_from", "undecided"),
    ("to_check_from", "to_check"),
)
"""Days of a window that go with a sentence."""


def rule_files(folder: Path = FOLDER) -> list[Path]:
    """List the files of the rules, in a stable order.

    Parameters
    ----------
    folder : Path
        One TOML an aid, and ``common/`` beside them.

    Returns
    -------
    list of Path
        Aids first, then the common files.
    """
    return [*sorted(folder.glob("*.toml")), *sorted((folder / "common").glob("*.toml"))]


def compile_rules(folder: Path = FOLDER) -> dict[str, Any]:
    """Read, check and flatten the rules.

    Parameters
    ----------
    folder : Path
        One TOML an aid, and ``common/`` beside them.

    Returns
    -------
    dict
        JSON-like data for ``rulebook.Rules.from_plain``; dates as ISO text.

    Raises
    ------
    CatalogError
        If a file breaks the format; the message starts with its path.
    """
    common = folder / "common"
    profile = read_toml(common / "profile.toml", PROFILE)
    place = read_toml(common / "place.toml", PLACE)
    documents = read_toml(common / "documents.toml", DOCUMENTS)
    contacts = read_toml(common / "contacts.toml", CONTACTS)
    territory = read_toml(CATALOG / "common" / "territory.toml", TERRITORY)
    files = sorted(folder.glob("*.toml"))
    aids = {path: read_toml(path, AID) for path in files}
    ids = [aid["id"] for aid in aids.values()]
    known = {
        "aids": set(ids),
        "documents": set(documents["documents"]),
        "roles": set(contacts["roles"]),
        "regions": set(territory["regions"]),
    }
    refuse(common / "profile.toml", _profile_faults(profile["words"]))
    refuse(common / "documents.toml", _document_faults(documents["documents"]))
    refuse(common / "contacts.toml", _contact_faults(contacts["contacts"], known))
    refuse(common / "place.toml", _place_faults(place, territory))
    words = words_of(profile["words"], place["layers"], territory, ids)
    for path, aid in aids.items():
        refuse(path, _aid_faults(path.stem, aid, words, known))
    refuse(folder, _cumul_faults(aids))
    out: dict[str, Any] = plain(
        {
            "aids": [*aids.values()],
            **profile,
            "place": place,
            **documents,
            **contacts,
            "departements": {code: item[1] for code, item in territory["departements"].items()},
            "regions": territory["regions"],
        }
    )
    return out


def _profile_faults(words: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, word in words.items():
        synonyms = word.get("synonyms", {})
        yield from _unknown(f"words.{name}.synonyms", synonyms, set(word.get("values", ())))
        written = [*word.get("values", ()), *chain.from_iterable(synonyms.values())]
        folded = Counter(map(fold, [*written, *word.get("refused", ())]))
        for text, times in folded.items():
            if times > 1:
                yield f"words.{name} : « {text} » est écrit deux fois."
        for text, facts in word.get("implies", {}).items():
            yield from _unknown(f"words.{name}.implies", [fold(text)], set(folded))
            for other, value in facts.items():
                values = set(words.get(other, {}).get("values", ()))
                yield from _unknown(f"words.{name}.implies.{text}.{other}", [value], values)
        if {"other", "refused", "yes_no"} & set(word) and word["kind"] != "text":
            yield f"words.{name} : other, refused et yes_no ne vont qu'avec kind = 'text'."
        if "bounds" in word:
            bounds = word["bounds"]
            if word["kind"] != "number" or len(bounds) != 2 or bounds[0] >= bounds[1]:
                yield f"words.{name}.bounds : il faut le moins et le plus d'un nombre."


def _document_faults(documents: Mapping[str, Any]) -> Iterator[str]:
    ranks = [item["rank"] for item in documents.values()]
    if len(set(ranks)) != len(ranks):
        yield "deux documents ont le même rang."


def _contact_faults(
    contacts: Iterable[Mapping[str, Any]], known: Mapping[str, set[str]]
) -> Iterator[str]:
    for item in contacts:
        where = f"contacts.{item['label']}"
        yield from _unknown(f"{where} : role", [item["role"]], known["roles"])
        yield from _unknown(f"{where} : sources", item["sources"], known["documents"])
        yield from _unknown(f"{where} : regions", item.get("regions", ()), known["regions"])


def _place_faults(place: Mapping[str, Any], territory: Mapping[str, Any]) -> Iterator[str]:
    for name, layer in place["layers"].items():
        yield from _unknown(f"layers.{name}.count", layer["count"], set(layer["classes"]))
    for item in place["implied"]:
        yield from _unknown("implied.layer", [item["layer"]], set(place["layers"]))
        classes = set(place["layers"].get(item["layer"], {"classes": ()})["classes"])
        yield from _unknown("implied", [item["class"], item["implies"]], classes)
        yield from _unknown("implied.regions", item["regions"], set(territory["regions"]))
    deps = place["montagne"]["departements_de_massif"]
    yield from _unknown("montagne", deps, set(territory["departements"]))


def _aid_faults(
    stem: str, aid: Mapping[str, Any], words: Mapping[str, Word], known: Mapping[str, set[str]]
) -> Iterator[str]:
    if aid["id"] != stem.upper():
        yield f"id = {aid['id']!r} doit être le nom du fichier, en capitales."
    yield from _unknown("contacts", aid["contacts"], known["roles"])
    yield from _unknown("regions", aid.get("regions", ()), known["regions"])
    yield from _unknown("successor", aid.get("successor", ()), known["aids"])
    quoted = [item["document"] for item in aid["sources"]]
    yield from _unknown("sources", quoted, known["documents"])
    if len(set(quoted)) != len(quoted):
        yield "sources : un document est cité deux fois."
    for where, sources in _cited(aid):
        yield from _unknown(f"{where}.sources", sources, set(quoted))
    yield from _window_faults(aid["window"])
    yield from _amount_faults(aid["amount"], words)
    yield from _condition_faults(aid["conditions"])
    for where, text in _conditions(aid):
        try:
            yield from (f"{where} : {fault}" for fault in type_faults(parse(text), words))
        except ConditionError as error:
            yield f"{where} : {error}"


def _unknown(where: str, names: Iterable[str], known: set[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"{where} : {name!r} n'est pas parmi {', '.join(sorted(known))}."


def _cited(aid: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Give every list of documents of an aid, with where it stands."""
    for key in ("window", "contract", "amount"):
        if key in aid:
            yield key, aid[key]["sources"]
    for item in aid["amount"].get("supplements", ()):
        yield "amount.supplements", item["sources"]
    for item in aid["conditions"]:
        yield f"conditions.{item['id']}", item["sources"]
        for reading in item.get("readings", ()):
            yield f"conditions.{item['id']}.{reading['id']}", reading["sources"]
    for key in ("caveats", "cumul"):
        for item in aid.get(key, ()):
            yield key, item["sources"]
    for item in aid.get("disagreements", ()):
        for saying in item["readings"]:
            yield "disagreements", saying["sources"]


def _conditions(aid: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give every condition of an aid as text, with where it stands."""
    for item in aid["conditions"]:
        for part in (item, *item.get("readings", ())):
            if "when" in part:
                yield f"conditions.{item['id']}", part["when"]
    for item in aid.get("caveats", ()):
        if "when" in item:
            yield "caveats", item["when"]
    for item in aid["amount"].get("supplements", ()):
        yield "amount.supplements", item["when"]


def _condition_faults(conditions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    for item in conditions:
        where = f"conditions.{item['id']}"
        if item["id"] in seen:
            yield f"{where} : en double."
        seen.add(item["id"])
        readings = item.get("readings", ())
        if ("when" in item) == bool(readings):
            yield f"{where} : il faut « when », ou des « readings », l'un ou l'autre."
        if len(readings) == 1 or len({one["id"] for one in readings}) != len(readings):
            yield f"{where} : il faut deux lectures au moins, aux id distincts."


def _window_faults(window: Mapping[str, Any]) -> Iterator[str]:
    for first, second in IN_ORDER:
        if first in window and second in window and window[second] < window[first]:
            yield f"window : {second} précède {first}."
    for day, why in EXPLAINED:
        if (day in window) != (why in window):
            yield f"window : {day} va avec {why}."


def _amount_faults(amount: Mapping[str, Any], words: Mapping[str, Word]) -> Iterator[str]:
    if lacking := sorted(NEEDED[amount["kind"]] - set(amount)):
        yield f"amount : clé absente pour kind = {amount['kind']!r} : {', '.join(lacking)}."
    if amount.get("steps") and "word" not in amount:
        yield "amount : « steps » va avec « word »."
    if "word" in amount and (amount["word"] not in words or words[amount["word"]].kind != "number"):
        yield f"amount.word : {amount['word']!r} n'est pas un mot du profil qui se compte."


def _cumul_faults(aids: Mapping[Path, Mapping[str, Any]]) -> Iterator[str]:
    """Tell where two files contradict one another on a pair of aids, or name no aid."""
    ids = {aid["id"] for aid in aids.values()}
    said: dict[frozenset[str], tuple[str, str]] = {}
    for path, aid in aids.items():
        for item in aid.get("cumul", ()):
            for other in item["with"]:
                if other not in ids or other == aid["id"]:
                    yield f"{path.name} : cumul : {other!r} n'est pas une autre aide."
                pair = frozenset({aid["id"], other})
                rule, where = said.setdefault(pair, (item["rule"], path.name))
                if rule != item["rule"]:
                    yield (
                        f"{path.name} : cumul avec {other} : {item['rule']!r}, mais {where} dit "
                        f"{rule!r}."
                    )

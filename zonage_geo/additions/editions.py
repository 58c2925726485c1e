"""Which edition a file is: one of the catalogue, a part of one, or a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from zonage_geo.additions.request import Request
from zonage_geo.dates import parse_date
from zonage_geo.errors import InputError

__all__ = ["as_written", "choose_edition", "edition_id"]

Record = dict[str, Any]
UNKNOWN = "non précisé [?]"
_OF_FILES = (
    *("source", "unit", "complete", "incomplete", "zone_class_source", "zone_classes_complete"),
    "file",
)
"""What only the files that were added say of an edition."""
_OF_EITHER = ("cog", "accuracy_m", "zone_classes")
"""What they say where its TOML does not."""


def edition_id(name: str | None) -> str | None:
    """Write the name of an edition as its id: a day has but one.

    Parameters
    ----------
    name : str or None
        ``2025-10-30``, ``30/10/2025``, ``2015``.

    Returns
    -------
    str or None
        ``2025-10-30`` for a day in either form; any other name as it is.

    Raises
    ------
    InputError
        If it is written as a day and there is no such day.
    """
    day = None if name is None else _as_day(name)
    return name if day is None else day.isoformat()


def choose_edition(layer: Mapping[str, Any], request: Request, names: Mapping[str, str]) -> Record:
    """Give the edition that a file will be, as the catalogue is to have it.

    Parameters
    ----------
    layer : mapping
        The layer, as ``compile_catalog`` gives it.
    request : Request
        What the user asks.
    names : mapping of str to str
        Words of territories (``region:76``) to their French names.

    Returns
    -------
    dict
        Plain data, dates as ISO text: an edition of the catalogue with what the request
        says otherwise; one of its own where its territory is narrower; or a new one.

    Raises
    ------
    InputError
        If the edition is not named, or a new one lacks what it must have.
    """
    known = {edition["id"]: edition for edition in layer.get("editions", ())}
    wanted = request.edition or _only_one(layer, known)
    base = known.get(wanted)
    for word in request.territory:
        if word not in names:
            raise InputError(
                f"territoire inconnu : {word}. Un territoire s'écrit FR, metropole, outre-mer, "
                "region:76 ou departement:31 (codes INSEE)."
            )
    record = dict(base) if base is not None else _new(layer, wanted, request, names)
    if request.territory and list(request.territory) != record["territory"]:
        record["id"] = "-".join([record["id"], *request.territory]).replace(":", "-")
        record["territory"] = list(request.territory)
        told = ", ".join(names.get(word, word) for word in request.territory)
        record["title"] = f"{record['title']} : {told}"
        record |= known.get(record["id"], {})
    said = {
        "title": request.title,
        "legal": request.legal,
        "publisher": request.publisher,
        "licence": request.licence,
        "url": request.url,
        "cog": request.cog,
        "accuracy_m": request.accuracy_m,
        "valid_from": _iso(request.valid_from),
        "known_until": _iso(request.known_until),
        "superseded_from": _iso(request.superseded_from),
    }
    return record | {key: value for key, value in said.items() if value is not None}


def as_written(record: Mapping[str, Any], toml: Mapping[str, Any]) -> Record:
    """Give an edition that was added before as the user's TOML describes it now.

    Parameters
    ----------
    record : mapping
        The edition as an earlier addition made it.
    toml : mapping
        The same edition, as the TOML alone says.

    Returns
    -------
    dict
        The TOML's words, and what the files that are there say.
    """
    of_files = {key: record[key] for key in _OF_FILES if key in record}
    of_either = {key: record[key] for key in _OF_EITHER if key in record}
    return {**of_either, **toml, **of_files}


def _only_one(layer: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> str:
    """Take the one edition that waits for its file, where there is one."""
    waiting = [
        name for name, edition in known.items() if edition.get("source", "").startswith("file:")
    ]
    if len(waiting) == 1:
        return waiting[0]
    names = ", ".join(known) or "aucune"
    raise InputError(
        f"couche {layer['id']} : quelle édition ? Nommez-la avec --edition. Celles du catalogue : "
        f"{names}. Pour une nouvelle : --edition 2025-10-30 (sa date d'effet) --territory region:76"
    )


def _new(layer: Mapping[str, Any], name: str, request: Request, names: Mapping[str, str]) -> Record:
    known = [edition["id"] for edition in layer.get("editions", ())]
    start = request.valid_from or _as_day(name)
    lacks = []
    if not request.territory:
        lacks.append("--territory (FR, metropole, outre-mer, region:76 ou departement:31)")
    if start is None:
        lacks.append("--valid-from (sa date d'effet ; ou nommez l'édition par cette date)")
    if lacks:
        listed = f" Celles qui existent : {', '.join(known)}." if known else ""
        raise InputError(
            f"« {name} » sera une nouvelle édition de {layer['id']} : il manque "
            f"{' et '.join(lacks)}.{listed}"
        )
    told = ", ".join(names.get(word, word) for word in request.territory)
    record = {
        "id": name,
        "title": f"{layer['title']} : {told} ({name})",
        "territory": list(request.territory),
        "legal": UNKNOWN,
        "publisher": UNKNOWN,
        "licence": UNKNOWN,
        "valid_from": _iso(start),
        "doubts": [
            "Édition ajoutée par fichier : ses références sont celles que l'utilisateur a données."
        ],
    }
    return record | _as_the_others(layer)


def _as_the_others(layer: Mapping[str, Any]) -> Record:
    """Give a new edition what holds of every edition of its layer, as far as is known."""
    out: Record = {}
    editions = layer.get("editions", ())
    if "overridden_by" in layer:
        # Quarters may have a class of their own in it too, and nobody has said which.
        own = {cls for edition in editions for cls in edition.get("zone_classes", ())}
        counted = [
            code
            for code, one in layer["classes"].items()
            if one["counts"] and "partial_of" not in one
        ]
        out["zone_classes"] = [code for code in layer["classes"] if code in own] or counted
    if accuracies := [edition["accuracy_m"] for edition in editions if "accuracy_m" in edition]:
        out["accuracy_m"] = max(accuracies)
    return out


def _as_day(name: str) -> date | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", name):
        return parse_date(name)  # an impossible date is refused, not taken for a name
    try:
        return parse_date(name)
    except InputError:
        return None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

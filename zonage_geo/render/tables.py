"""The catalogue and the store's content, as French text and plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zonage_geo.catalog.model import Catalog
from zonage_geo.locate.reasons import french_date
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.render.words import attested
from zonage_geo.store.query import Store

__all__ = ["layers_text", "store_summary", "store_text"]


def layers_text(catalog: Catalog, rows: Sequence[Mapping[str, Any]]) -> str:
    """Write the catalogue's layers to be read.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.
    rows : sequence of mapping
        As ``layers.layer_rows`` gives them.

    Returns
    -------
    str
        One block a layer.
    """
    blocks = []
    for layer in catalog.layers.values():
        lines = [f"{layer.id} — {layer.title}", *_fill(layer.description, "  ")]
        mine = [row for row in rows if row["layer"] == layer.id and row["edition"]]
        for row in mine:
            mark = "chargée" if row["loaded"] else "non chargée"
            lines += _fill(
                f"{row['edition']} ({_territory(catalog, row)}) : {_dates(row)} ; {mark}.", "  · "
            )
            if row["loaded"]:
                told = f"{row['publisher']} ; {row['legal']} ; licence : {row['licence']}"
                lines += _fill(told, "    ")
        if not any(row["loaded"] for row in mine):
            lines += _fill(layer.missing, "  → ")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _fill(text: str, indent: str) -> list[str]:
    return fill(text, WIDTH, indent, " " * len(indent)).splitlines()


def _territory(catalog: Catalog, row: Mapping[str, Any]) -> str:
    names = {"FR": "France", "metropole": "métropole"}
    for item in catalog.departements.values():
        names |= {f"region:{item.region}": item.region_nom, f"departement:{item.code}": item.nom}
    return ", ".join(names.get(part, part) for part in row["territory"].split(", "))


def _dates(row: Mapping[str, Any]) -> str:
    def day(name: str) -> date | None:
        return date.fromisoformat(row[name]) if row[name] else None

    start = day("valid_from")
    said = [f"depuis le {french_date(start)}" if start else "début inconnu"]
    if published := day("published"):
        said.append(f"publiée le {french_date(published)}")
    if span := attested(start, day("known_from"), day("known_until")):
        said.append(f"attestée {span}")
    if end := day("superseded_from"):
        said.append(f"remplacée le {french_date(end)}")
    return ", ".join(said)


def store_summary(store: Store, path: Path) -> dict[str, Any]:
    """Summarise a store.

    Parameters
    ----------
    store : Store
        An open store.
    path : Path
        Where it is.

    Returns
    -------
    dict
        Path, size in bytes, dates, lists, sources with sha256, repairs counted.
    """
    metadata = store.metadata
    return {
        "path": str(path),
        "bytes": path.stat().st_size,
        "schema_version": store.schema_version,
        "built_at": metadata.get("built_at"),
        "accuracy_communes_m": float(metadata["accuracy_communes_m"]),
        "lists": [
            {"name": name, "title": title, "rows": rows} for name, title, rows in store.lists()
        ],
        "report": json.loads(metadata["report"]),
        "sources": json.loads(metadata["sources"]),
    }


def store_text(summary: Mapping[str, Any]) -> str:
    """Write a store's summary to be read.

    Parameters
    ----------
    summary : mapping
        As `store_summary` gives it.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    size = f"{summary['bytes'] / 1e6:.1f} Mo".replace(".", ",")
    built = datetime.fromisoformat(summary["built_at"]).astimezone()
    lines = [
        str(summary["path"]),
        f"  {size}, construit le {built:%d/%m/%Y à %H:%M}, schéma {summary['schema_version']}",
        f"  contours justes à {summary['accuracy_communes_m']:.0f} m près",
        "",
        "Listes",
    ]
    for item in summary["lists"]:
        told = f"{item['name']} : {item['title']} ; {_count(item['rows'])} lignes"
        lines += _fill(told, "  · ")
    lines += ["", "Corrections de la source"]
    lines += [f"  · {label} : {_count(count)}" for label, count in summary["report"].items()]
    lines += ["", "Sources"]
    for source in summary["sources"]:
        lines += _fill(
            f"{source['name']} : {source['title']} ; {source['publisher']} ; {source['licence']} ; "
            f"sha256 {source['sha256'][:16]}…",
            "  · ",
        )
    return "\n".join(lines)


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")

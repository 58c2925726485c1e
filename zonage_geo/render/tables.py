"""The catalogue and the store's content, as French text and plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zonage_geo.catalog.model import Catalog
from zonage_geo.french import capital, figures, french_date
from zonage_geo.render.accounts import account_blocks
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.render.words import validity
from zonage_geo.report import counted
from zonage_geo.store.query import Store

if TYPE_CHECKING:
    from zonage_geo.additions import Outcome
    from zonage_geo.readers.loaded import Loaded, ReadReport

__all__ = [
    "added_summary",
    "added_text",
    "additions_lines",
    "layers_text",
    "reading_summary",
    "reading_text",
    "store_summary",
    "store_text",
]


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
        known = {edition.id: edition for edition in layer.editions}
        for row in mine:
            edition = known[row["edition"]]
            mark = "chargée" if row["loaded"] else "non chargée"
            where = catalog.territory_names(edition.territory)
            lines += _fill(f"{edition.id} ({where}) : {validity(edition)} ; {mark}.", "  · ")
            if row["loaded"]:
                told = f"{edition.publisher} ; {edition.legal} ; licence : {edition.licence}"
                lines += _fill(told, "    ")
        if not any(row["loaded"] for row in mine):
            lines += _fill(layer.missing, "  → ")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _fill(text: str, indent: str) -> list[str]:
    return fill(text, WIDTH, indent, " " * len(indent)).splitlines()


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
        "additions": json.loads(metadata.get("additions", "[]")),
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
    ]
    if summary["additions"]:
        lines += ["Vos ajouts", *additions_lines(summary["additions"]), ""]
    lines.append("Listes")
    for item in summary["lists"]:
        told = f"{item['name']} : {item['title']} ; {figures(item['rows'])} lignes"
        lines += _fill(told, "  · ")
    lines += ["", "Corrections de la source"]
    lines += [f"  · {label} : {figures(count)}" for label, count in summary["report"].items()]
    lines += ["", "Sources"]
    for source in summary["sources"]:
        lines += _fill(
            f"{source['name']} : {source['title']} ; {source['publisher']} ; {source['licence']} ; "
            f"sha256 {source['sha256'][:16]}…",
            "  · ",
        )
    return "\n".join(lines)


def reading_summary(loaded: Loaded) -> dict[str, Any]:
    """Summarise what a reader made of a file.

    Parameters
    ----------
    loaded : Loaded
        As ``readers.read`` gives it.

    Returns
    -------
    dict
        Rows, how the file was read, columns and what they are taken for (several for a role:
        one is to be named), counts by kind, and every line. Of the rows dropped,
        ``rows_around`` are no data: titles, headers, blank lines, notes.
    """
    report = loaded.report
    return {
        "title": report.title,
        "rows_in": report.rows_in,
        "rows_kept": report.rows_kept,
        "rows_dropped": report.rows_dropped,
        "rows_around": sum(report.around.values()),
        "read_as": _read_as(report),
        "columns": [str(name) for name in loaded.frame.columns],
        "roles": _roles(loaded),
        "counts": report.counts(),
        "lines": [
            {"row": line.row, "code": line.code, "kind": line.kind, "detail": line.detail}
            for line in report.lines
        ],
    }


def _roles(loaded: Loaded) -> dict[str, dict[str, str]]:
    from zonage_geo.readers.columns import may_play

    return may_play(loaded.frame)


def _read_as(report: ReadReport) -> dict[str, str]:
    names = {
        "encodage": report.encoding,
        "séparateur": {"\t": "tabulation"}.get(report.delimiter, report.delimiter),
        "feuille": report.sheet,
        "couche": report.layer,
        "coordonnées": report.crs,
    }
    return {name: value for name, value in names.items() if value}


def reading_text(loaded: Loaded, *, every_line: bool = False) -> str:
    """Write what a reader made of a file, to be read.

    Parameters
    ----------
    loaded : Loaded
        As ``readers.read`` gives it.
    every_line : bool
        Show all the lines, not the first ones of each kind.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    report = loaded.report
    noun = "objet" if loaded.frame.index.name == "objet" else "ligne"
    lines = _fill(_rows_read(report, noun), "")
    how = ", ".join(f"{name} {value}" for name, value in _read_as(report).items())
    lines += _fill(f"Lu en {how}.", "") if how else []
    lines += _fill(f"Colonnes : {', '.join(map(str, loaded.frame.columns))}.", "")
    lines += _role_lines(_roles(loaded))
    for block in account_blocks(report, noun, whole=every_line):
        lines += ["", *block]
    return "\n".join(lines)


def _rows_read(report: ReadReport, noun: str) -> str:
    """Say how many rows of data there are, what surrounds the table told apart."""
    around = report.around
    aside = report.rows_dropped - sum(around.values())
    data = report.rows_in - sum(around.values())
    title = capital(report.title)
    gone = f", {figures(aside)} mis{'e' * (noun == 'ligne')}{'s' * (aside > 1)} de côté"
    told = f"{title} : {counted(data, noun)} de données{gone if aside else ''}"
    if set(around) - {"en-tête"}:
        told += f" ; autour : {', '.join(f'{kind} {number}' for kind, number in around.items())}"
    return f"{told}."


_ROLES = {
    "code": "code de commune",
    "code_postal": "code postal",
    "nom": "nom de commune",
    "zone": "code de zone : quartier, secteur",
    "nom_zone": "nom de zone",
}


def _role(role: str) -> str:
    return f"{role} ({_ROLES[role]})" if role in _ROLES else role


def _role_lines(roles: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Say what columns are taken for, and how to say otherwise."""
    if not roles:
        return _fill("Aucune colonne n'est reconnue : « data add » veut --column RÔLE=COLONNE.", "")
    lines = ["", "Ce que « data add » y prendrait, selon la couche (--column RÔLE=COLONNE sinon)"]
    for role, found in roles.items():
        if len(found) == 1:
            column, why = next(iter(found.items()))
            lines += _fill(f"{_role(role)} : {column}, {why}", "  · ")
        else:
            told = f"{_role(role)} : à nommer, entre {', '.join(found)}"
            lines += _fill(told, "  · ")
    return lines


_KINDS = {
    "outlines": ("contour de commune", "contours de communes"),
    "zones": ("périmètre", "périmètres"),
    "list": ("commune ou arrondissement", "communes ou arrondissements"),
    "zone_list": ("lien entre commune et zone", "liens entre communes et zones"),
    "zone_classes": ("quartier classé à part", "quartiers classés à part"),
}
"""What an addition holds, one and several."""


def _held(rows: int, kind: str) -> str:
    return f"{figures(rows)} {_KINDS[kind][rows > 1]}"


def added_summary(outcome: Outcome) -> dict[str, Any]:
    """Summarise an addition.

    Parameters
    ----------
    outcome : Outcome
        As ``additions.add`` gives it.

    Returns
    -------
    dict
        Layer, edition, what and how many, the file, warnings, and the reports.
    """
    one = outcome.addition
    return {
        "layer": one.layer,
        "edition": one.edition,
        "kind": one.kind,
        "rows": one.rows,
        "replaced": outcome.replaced,
        "listed": None if outcome.listed is None else list(outcome.listed),
        "file": dict(one.source),
        "warnings": list(outcome.warnings),
        "reports": [
            {
                "title": report.title,
                "rows_in": report.rows_in,
                "rows_kept": report.rows_kept,
                "counts": report.counts(),
                "lines": [line._asdict() for line in report.lines],
            }
            for report in outcome.reports
        ],
    }


def added_text(outcome: Outcome, *, every_line: bool = False) -> str:
    """Write what became of a file, to be read.

    Parameters
    ----------
    outcome : Outcome
        As ``additions.add`` gives it.
    every_line : bool
        Show all the lines of the account, not the first ones of each kind.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    one, edition = outcome.addition, outcome.edition
    verb = "à la place de l'ajout précédent" if outcome.replaced else "dans le magasin"
    title = edition.title if edition else f"Contours des communes ({one.edition})"
    lines = _fill(f"{title} : {_held(one.rows, one.kind)} {verb}.", "")
    if edition is not None:
        since = f"depuis le {french_date(edition.valid_from)}" if edition.valid_from else ""
        told = [f"couche {one.layer}, édition {one.edition}", ", ".join(edition.territory), since]
        if one.kind != "zone_classes":
            told.append(_reach(outcome, complete=edition.complete))
        lines += _fill(" ; ".join(filter(None, told)) + ".", "")
    else:
        accuracy = f"{one.accuracy_m:g}".replace(".", ",")
        lines.append(f"Justes à {accuracy} m près.")
    lines += [line for warning in outcome.warnings for line in _fill(warning, "! ")]
    noun = "objet" if any(report.crs for report in outcome.reports) else "ligne"
    for report in outcome.reports:
        lines += ["", *_fill(_sentence(report, noun), "")]
        blocks = account_blocks(report, noun, whole=every_line)
        lines += ["\n\n".join(map("\n".join, blocks))] if blocks else []
    return "\n".join(lines)


def _reach(outcome: Outcome, *, complete: bool) -> str:
    """Say what is complete: a file, or the list beside which its perimeters stand."""
    state = "complète" if complete else "partielle"
    if outcome.listed is None:
        return state
    held, zones = outcome.listed
    others = outcome.addition.rows - held
    more = f", {figures(others)} hors de la liste" if others else ""
    return (
        f"{counted(held, 'périmètre')} sur {figures(zones)} de la liste{more} ; liste des "
        f"communes {state}"
    )


def _sentence(report: ReadReport, noun: str) -> str:
    title = capital(report.title)
    if report.rows_in == 0:
        return title
    header = sum(report.counts().values()) - sum(report.told().values())  # one that is not told
    rows, dropped = report.rows_in - header, report.rows_dropped - header
    e = "e" if noun == "ligne" else ""
    put = f"mis{e}{'s' * (dropped > 1 and bool(e))}"
    aside = f", dont {figures(dropped)} {put} de côté" if dropped else ""
    return f"{title} : {counted(rows, f'{noun} lu{e}')}{aside}."


def additions_lines(additions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write what a store's user added, to be read.

    Parameters
    ----------
    additions : sequence of mapping
        As the store's metadata has them.

    Returns
    -------
    list of str
        One or more lines each.
    """
    lines = []
    for item in additions:
        layer, edition, kind = item["key"]
        day = french_date(date.fromisoformat(item["added"]))
        lines += _fill(
            f"{layer} {edition} : {_held(item['rows'], kind)}, de {item['file']}, le "
            f"{day} (sha256 {item['file_sha256'][:16]}…)",
            "  · ",
        )
    return lines

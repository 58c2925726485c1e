"""What a reader of a file of answers should know: subjects, and a French sentence of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from zonage_geo.catalog.model import Edition, Layer
from zonage_geo.dates import parse_date, today
from zonage_geo.french import french_date
from zonage_geo.render.analysis.comparison import BETWEEN
from zonage_geo.render.analysis.sectors import rule_text
from zonage_geo.render.columns import (
    AIDS,
    COMMUNES,
    COMPARISON,
    COVERAGE,
    DISTANCES,
    SECTORS,
    columns_told,
    named_told,
)
from zonage_geo.render.words import NOTICE, edition_line
from zonage_geo.verdict import Reason

if TYPE_CHECKING:
    import pandas as pd

    from zonage_geo.report import Line, Report

__all__ = ["Facts", "closing", "edition_data", "edition_facts", "frame_facts", "opening"]

Facts = tuple[tuple[str, str], ...]
"""Subject and French sentence, in the order in which they are told; a subject may come again."""


def opening(day: date | None) -> Facts:
    """Begin: what day was asked about, what day that was, and what answered.

    Parameters
    ----------
    day : date or None
        The day asked about, where there is one.

    Returns
    -------
    Facts
        Date asked, date made, software.
    """
    asked = [("date demandée", french_date(day))] if day else []
    return (
        *asked,
        ("fait le", french_date(today())),
        ("logiciel", f"zonage_geo {version('zonage_geo')}"),
    )


def closing() -> Facts:
    """End: what such a file is not.

    Returns
    -------
    Facts
        The warning that ends every answer.
    """
    return (("avertissement", NOTICE),)


def edition_data(layer: Layer, edition: Edition, to_check: str | None) -> dict[str, Any]:
    """Give an edition that answers as plain data.

    Parameters
    ----------
    layer : Layer
        Its layer.
    edition : Edition
        The edition.
    to_check : str or None
        What is to be checked of its answers.

    Returns
    -------
    dict
        Layer, edition, titles, legal basis, publisher, licence, dates (ISO), vintage, the user's
        file, what is to be checked; ``told``, the same in a French sentence.
    """
    return {
        "layer": layer.id,
        "layer_title": layer.title,
        "edition": edition.id,
        "title": edition.title,
        "legal": edition.legal,
        "publisher": edition.publisher,
        "licence": edition.licence,
        "valid_from": edition.valid_from.isoformat() if edition.valid_from else None,
        "known_until": edition.known_until.isoformat() if edition.known_until else None,
        "cog": edition.cog,
        "file": edition.file,
        "to_check": to_check,
        "told": f"{edition_line(edition)} Licence : {edition.licence}.",
    }


def edition_facts(editions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Tell which editions answer, and what is to be checked of them.

    Parameters
    ----------
    editions : iterable of mapping
        As `edition_data` gives them.

    Yields
    ------
    tuple of str
        Subject and sentence.
    """
    for one in editions:
        yield one["layer_title"], one["told"]
        if one["to_check"]:
            yield f"{one['layer_title']}, à vérifier", one["to_check"]


_SUBJECTS = {
    "territory": "territoire",
    "before": "avant",
    "after": "après",
    "source": "secteurs",
    "supposed": "liste des secteurs",
    "population": "population",
}


def frame_facts(frame: pd.DataFrame) -> Facts:
    """Give what a reader of an analysis should know.

    Parameters
    ----------
    frame : DataFrame
        As an analysis gives it.

    Returns
    -------
    Facts
        Dates, sources, doubts, what columns mean, the account of rows.
    """
    attrs = {str(key): value for key, value in frame.attrs.items()}
    facts = [*opening(parse_date(attrs.get("date")))]
    facts += [(told, str(attrs[key])) for key, told in _SUBJECTS.items() if attrs.get(key)]
    facts += edition_facts(attrs.get("layers", ()))
    for name in _layers(frame):
        if (frame[f"{name}_code"] == Reason.SCHEME_NOT_IN_FORCE).all():
            facts.append((f"couche {name}", f"Pas en vigueur au {facts[0][1]}."))
    if attrs.get("same_layer") is False:
        facts.append(("changement", BETWEEN))
    if rule := attrs.get("rule"):
        facts.append(("règle", rule_text(rule)))
    report: Report | None = attrs.get("report")
    if report is not None:
        facts.append(("compte rendu", str(report)))
        facts += [(f"{line.kind} {line.code}".strip(), _of_row(line)) for line in report.lines]
    return (*facts, *_columns(frame, attrs), *closing())


def _of_row(line: Line) -> str:
    return line.detail if line.row is None else f"ligne {line.row} : {line.detail}"


def _layers(frame: pd.DataFrame) -> list[str]:
    """Name the layers that an overlay has columns of."""
    names = map(str, frame.columns)
    return [name.removesuffix("_code") for name in names if name.endswith("_code")]


def _columns(frame: pd.DataFrame, attrs: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = [str(name) for name in frame.columns]
    for key, meanings in (("rule", SECTORS), ("by", COVERAGE), ("before", COMPARISON)):
        if key in attrs:
            return named_told(names, meanings)
    ids = [name.removeprefix("aide_") for name in names if f"{name}_motif" in names]
    aids = {name.format(aid): told.format(aid) for aid in ids for name, told in AIDS.items()}
    return [
        *named_told(names, COMMUNES),
        *columns_told(names, _layers(frame)),
        *named_told(names, {**DISTANCES, **aids}),
    ]

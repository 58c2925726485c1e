"""Every layer on the communes of a territory: one row a commune, one class a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from zonage_geo.catalog.model import Catalog, Edition
from zonage_geo.catalog.names import no_such_layer
from zonage_geo.colophon.facts import edition_data
from zonage_geo.errors import InputError, StoreError
from zonage_geo.locate.editions import in_force
from zonage_geo.many.memory import MemoryStore
from zonage_geo.overlay.classes import Answered, Asked, is_zones
from zonage_geo.overlay.distances import distance_columns
from zonage_geo.overlay.ground import commune_frame, default_accuracy, population_source
from zonage_geo.overlay.quarters import quarter_columns
from zonage_geo.report import Report
from zonage_geo.selection import Choice, Territory, select
from zonage_geo.store.query import Store
from zonage_geo.verdict import Reason

__all__ = ["NEAR", "editions_told", "overlay"]

NEAR = ("zonage_medecins", ("ZIP", "ZAC"))
"""The layer and classes whose distance is told: those of the contrat de début d'exercice."""
SHOWN = 6
"""Communes named in a line of the report before the others are counted."""


def overlay(
    store: Store,
    catalog: Catalog,
    choice: Choice,
    day: date,
    *,
    layers: Sequence[str] | None = None,
    quarters: Mapping[str, int] | None = None,
    distances: bool = True,
) -> gpd.GeoDataFrame:
    """Put layers on the communes of a territory.

    Parameters
    ----------
    store : Store
        An open store, with outlines.
    catalog : Catalog
        Its catalogue.
    choice : Choice
        The territory.
    day : date
        The day of the classes.
    layers : sequence of str, optional
        Which; by default those of which something is loaded there, the others being named in
        the report.
    quarters : mapping of str to int, optional
        Inhabitants of quarters by code, which no source of the store gives.
    distances : bool
        Whether to bound the distance to the nearest ZIP or ZAC commune.

    Returns
    -------
    GeoDataFrame
        One row a commune of the store's vintage, by code, EPSG:4326: the columns of
        ``ground.commune_frame``; of each layer those of ``classes.Answered.frame`` or, for
        quarters, of ``quarters.quarter_columns``; then ``zip_zac_min_m`` and ``zip_zac_max_m``.
        In ``attrs``: ``date``, ``territory``, ``layers`` (what answers, and from where),
        ``population`` (its source), ``crs`` (in which metres were measured), ``report``.

    Raises
    ------
    InputError
        If the territory or a layer is unknown.
    StoreError
        If nothing of a layer that was asked for is loaded there, or there are no outlines.
    """
    if not store.has_geometry:
        raise StoreError(
            "ce magasin n'a pas de contours. Construisez-en un qui en ait : "
            "python -m zonage_geo data build"
        )
    store = MemoryStore(store)
    territory = select(store, catalog, choice, day)
    frame = commune_frame(store, catalog, territory.codes)
    report = Report(f"{territory.title} : couches sur les communes", len(frame), len(frame))
    report.lines += territory.report.lines
    _tell_holes(frame, report)
    asked = Asked(store, catalog, day, frame["code"])
    columns: list[pd.DataFrame] = [frame]
    told: list[dict[str, Any]] = []
    for answered in _chosen(catalog, asked, layers, territory, report):
        told += editions_told(answered)
        _tell_words(answered, report)
        if is_zones(answered.layer):
            accuracy = default_accuracy(store)
            columns.append(
                quarter_columns(store, catalog, frame, answered, accuracy, quarters, report)
            )
        else:
            columns.append(answered.frame())
            _tell_unknown(frame, answered, report)
    if distances and in_force(catalog.layers[NEAR[0]], day):
        columns.append(distance_columns(store, catalog, frame, *NEAR, day))
    out = gpd.GeoDataFrame(pd.concat(columns, axis=1), crs=frame.crs)
    out = out[[*(name for name in out.columns if name != "geometry"), "geometry"]]
    out.attrs = {
        "date": day.isoformat(),
        "territory": territory.title,
        "layers": told,
        "population": population_source(store),
        "crs": sorted({catalog.crs_of(dep) for dep in frame["departement"]}),
        "report": report,
    }
    return out


def _chosen(
    catalog: Catalog,
    asked: Asked,
    layers: Sequence[str] | None,
    territory: Territory,
    report: Report,
) -> list[Answered]:
    """Ask the layers wanted; refuse, or report, those of which nothing is loaded there."""
    if strange := [name for name in layers or () if name not in catalog.layers]:
        raise InputError(no_such_layer(catalog, strange[0]))
    found = []
    for name in catalog.layers if layers is None else dict.fromkeys(layers):
        answered = asked.layer(name)
        if answered.is_loaded:
            found.append(answered)
        elif layers is not None:
            raise StoreError(
                f"{name} : rien n'est chargé pour {territory.title} à cette date. "
                f"{answered.layer.missing}"
            )
        else:
            report.add(None, name, "couche absente", answered.layer.missing)
    return found


def editions_told(answered: Answered) -> list[dict[str, Any]]:
    """Say which editions answer, and from where.

    Parameters
    ----------
    answered : Answered
        A layer's answers.

    Returns
    -------
    list of dict
        As ``colophon.facts.edition_data`` gives it.
    """
    editions: dict[int, Edition] = {}
    checks: dict[int, list[str]] = {}
    for part, check in zip(answered.parts, answered.checks, strict=True):
        if part.edition is not None and part.reason is not Reason.NO_EDITION:
            editions[id(part.edition)] = part.edition
            checks.setdefault(id(part.edition), []).extend([check] if check else [])
    return [
        edition_data(answered.layer, one, " ".join(dict.fromkeys(checks[key])) or None)
        for key, one in editions.items()
    ]


def _tell_words(answered: Answered, report: Report) -> None:
    """Warn of a class that does not mean the same everywhere: it is not to be summed."""
    met = set(answered.ids.tolist())
    words: dict[str, set[str]] = {}
    for i in met:
        edition, classes = answered.parts[i].edition, answered.parts[i].possible
        if edition is not None and len(classes) == 1 and classes[0] is not None:
            words.setdefault(classes[0], set()).add(edition.classes[classes[0]].label)
    for code, labels in words.items():
        if len(labels) > 1:
            told = f"{code} n'a pas le même sens partout ({' ; '.join(sorted(labels))}) : ne "
            report.add(None, answered.layer.id, "sens variable", f"{told}l'additionnez pas.")


def _tell_holes(frame: gpd.GeoDataFrame, report: Report) -> None:
    names = list(zip(frame["code"], frame["nom"], strict=True))
    for row in frame.geometry.isna().to_numpy().nonzero()[0].tolist():
        code, nom = names[row]
        report.add(None, code, "sans contour", f"{nom} : pas de contour propre.")
    for row in frame["population"].isna().to_numpy().nonzero()[0].tolist():
        code, nom = names[row]
        report.add(None, code, "population inconnue", f"{nom}.")


_WHY = {
    Reason.CLASS_UNAVAILABLE: "la liste n'en donne pas de classe",
    Reason.CANDIDATES_DIFFER: "la classe diffère selon l'arrondissement",
    Reason.EDITION_SUPERSEDED: "la liste connue a été remplacée",
    Reason.EDITION_START_UNKNOWN: "la liste connue n'avait peut-être pas commencé",
    Reason.MERGED_COMMUNE: "fusion ou séparation entre la liste et la date",
    Reason.NO_EDITION: "aucune liste n'est chargée ici à cette date",
    Reason.ZONE_LIST_INCOMPLETE: "la liste n'est pas complète ici",
}


def _tell_unknown(frame: gpd.GeoDataFrame, answered: Answered, report: Report) -> None:
    """Report the communes whose class is not certain, by reason."""
    rows: dict[Reason, list[int]] = {}
    for row, i in enumerate(answered.ids.tolist()):
        part = answered.parts[i]
        if len(part.possible) > 1 and part.reason is not Reason.PARTIAL:
            rows.setdefault(part.reason, []).append(row)
    for reason, held in rows.items():
        names = [f"{frame['nom'].iloc[r]} ({frame['code'].iloc[r]})" for r in held[:SHOWN]]
        more = len(held) - len(names)
        told = ", ".join(names) + (
            f" et {more} {'autres' if more > 1 else 'autre'}" if more else ""
        )
        why = _WHY.get(reason, str(reason))
        report.add(None, answered.layer.id, "classe inconnue", f"{why} : {told}.")

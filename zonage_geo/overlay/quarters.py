"""Zones smaller than the commune, laid over communes: which ones, and what share they cover."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog, Edition
from zonage_geo.geometry import wkb_of
from zonage_geo.locate.editions import held_in
from zonage_geo.locate.zones import Part
from zonage_geo.overlay.classes import Answered
from zonage_geo.overlay.ground import metric
from zonage_geo.overlay.pieces import Pieces, cut
from zonage_geo.report import Report
from zonage_geo.store.query import Store

__all__ = ["quarter_columns"]


def quarter_columns(
    store: Store,
    catalog: Catalog,
    frame: gpd.GeoDataFrame,
    answered: Answered,
    accuracy_m: float,
    populations: Mapping[str, int] | None,
    report: Report,
) -> pd.DataFrame:
    """Say of each commune which zones it holds, and what share they cover.

    Parameters
    ----------
    store : Store
        For perimeters.
    catalog : Catalog
        For the systems in which metres are measured.
    frame : GeoDataFrame
        Communes, as ``ground.commune_frame`` gives them.
    answered : Answered
        What the layer's lists say of them.
    accuracy_m : float
        Accuracy of the communes' outlines.
    populations : mapping of str to int, optional
        By zone, where known.
    report : Report
        Told of slivers, and of zones that a list does not give to a commune.

    Returns
    -------
    DataFrame
        ``<layer>`` (codes), ``_noms``, ``_n`` (Int64), ``_dans_la_commune`` (oui, non,
        indéterminé: whether the commune holds one, which makes it no quarter), ``_code`` and
        ``_motif`` (why that is undetermined, or what is to be checked), ``_a_verifier``,
        ``_part_surface`` and ``_part_population`` (Float64, 0 to 1, missing where unknown).
    """
    name = answered.layer.id
    held = [dict((i.code, i.nom) for i in part.items) for part in answered.parts]  # noqa: C402
    codes: list[dict[str, str]] = [dict(held[i]) for i in answered.ids.tolist()]
    shares = np.full(len(frame), np.nan)
    ground = _Ground(store, catalog, frame, accuracy_m, codes, shares, report)
    for edition in _editions(answered):
        mine = np.array([_is_of(answered.parts[i], edition) for i in answered.ids.tolist()])
        if store.has_perimeters(edition.layer, edition.id):
            _lay(ground, edition, mine)
    none = np.array([_holds_none(answered.parts[i]) for i in answered.ids.tolist()])
    shares[none & np.array([not one for one in codes])] = 0.0
    counts = [len(one) if one or nil else None for one, nil in zip(codes, none, strict=True)]
    held_by = ["oui" if n else "non" if n == 0 else "indéterminé" for n in counts]
    reasons = [str(part.reason) for part in answered.parts]
    checks = answered.take(answered.checks)
    why = [
        said if held == "indéterminé" else f"À vérifier : {check}" if check else None
        for held, said, check in zip(held_by, answered.take(answered.whys), checks, strict=True)
    ]
    return pd.DataFrame(
        {
            name: [" ".join(one) or None for one in codes],
            f"{name}_noms": [" ; ".join(one.values()) or None for one in codes],
            f"{name}_n": pd.array(counts, dtype="Int64"),
            f"{name}_dans_la_commune": pd.Categorical(
                held_by, categories=["oui", "indéterminé", "non"]
            ),
            f"{name}_code": pd.Categorical(answered.take(reasons)),
            f"{name}_motif": pd.Categorical(why),
            f"{name}_a_verifier": [check is not None for check in checks],
            f"{name}_part_surface": pd.array(shares, dtype="Float64"),
            f"{name}_part_population": pd.array(
                _inhabitants(frame, codes, none, _alone(store, answered, populations or {})),
                dtype="Float64",
            ),
        }
    )


def _editions(answered: Answered) -> list[Edition]:
    found = {id(e): e for part in answered.parts if (e := part.edition) is not None}
    return list(found.values())


def _is_of(part: Part, edition: Edition) -> bool:
    return part.edition is edition


def _holds_none(part: Part) -> bool:
    return part.possible == (None,)


class _Ground(NamedTuple):
    """Communes, and what is being found of each."""

    store: Store
    catalog: Catalog
    frame: gpd.GeoDataFrame
    accuracy_m: float
    codes: list[dict[str, str]]
    shares: NDArray[np.float64]
    report: Report


def _lay(ground: _Ground, edition: Edition, mine: NDArray[np.bool_]) -> None:
    """Lay an edition's perimeters over its communes."""
    store, catalog, frame, accuracy_m, codes, shares, report = ground
    zones = store.zone_shapes(edition.layer, edition.id)
    shapes = shapely.from_wkb([wkb_of(blob) for *_, blob in zones])
    listed = (edition.source or "").partition(":")[2]
    by_list = bool(listed) and store.has_list(listed)
    systems = frame["departement"].map(catalog.crs_of)
    for system in systems[mine].unique():
        rows = np.flatnonzero(mine & systems.eq(system).to_numpy())
        some = frame["departement"].iloc[rows[0]]
        communes = metric(frame.geometry.to_numpy()[rows], some, catalog)
        near = _near(frame.geometry.to_numpy()[rows], shapes)
        plane = metric(shapes[near], some, catalog)
        reach = max(accuracy_m, edition.accuracy_m)
        pieces = cut(communes, plane, reach)
        areas = shapely.area(communes)
        kept = ~pieces.sliver
        total = np.bincount(pieces.row[kept], pieces.area[kept], minlength=len(rows))
        with np.errstate(invalid="ignore", divide="ignore"):
            shares[rows] = np.where(shapely.is_missing(communes), np.nan, (total / areas).round(6))
        if not by_list:
            touching = set(zip(pieces.row[kept].tolist(), pieces.zone[kept].tolist(), strict=True))
            for row in range(len(rows)):
                codes[rows[row]].clear()
            for row, zone in sorted(touching):
                code, nom, *_ = zones[near[zone]]
                codes[rows[row]][code] = nom
        _tell(frame, rows, [zones[i] for i in near], pieces, codes, report, reach)
        drawn = store.drawn_zones(edition.layer, edition.id)
        for row in rows.tolist():
            if not drawn.issuperset(codes[row]):
                shares[row] = np.nan  # a zone of the commune is not drawn: its share is unknown


def _near(communes: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Find the zones that meet the box of some commune."""
    tree = shapely.STRtree([shape for shape in communes if shape is not None])
    hits, _ = tree.query(shapes)
    return np.unique(hits)


def _tell(
    frame: gpd.GeoDataFrame,
    rows: NDArray[np.int64],
    zones: list[tuple[str, str, str, bytes]],
    pieces: Pieces,
    codes: list[dict[str, str]],
    report: Report,
    reach: float,
) -> None:
    names = list(zip(frame["nom"], frame["code"], strict=True))
    for at in range(len(pieces.row)):
        row = rows[pieces.row[at]]
        zone, nom, *_ = zones[pieces.zone[at]]
        commune = "{} ({})".format(*names[row])
        part = f"{100 * pieces.share[at]:.1f} % de sa surface".replace(".", ",")
        if pieces.sliver[at]:
            told = (
                f"« {nom} » : {part} dépasse sur {commune}, à moins de {reach:.0f} m de la limite "
                "(précision des contours) : ignoré."
            )
            report.add(None, zone, "liseré", told)
        elif zone not in codes[row]:
            told = f"« {nom} » : {part} est sur {commune}, que la liste des communes ne cite pas."
            report.add(None, zone, "hors liste", told)


def _alone(store: Store, answered: Answered, populations: Mapping[str, int]) -> dict[str, int]:
    """Keep the populations of zones of one commune: of others, nobody knows who lives where."""
    names = {held_in(store, edition)[0] for edition in _editions(answered)}
    return {
        code: number
        for code, number in populations.items()
        if sum(len(store.communes_of_zone(name, code)) for name in names) == 1
    }


def _inhabitants(
    frame: gpd.GeoDataFrame,
    codes: list[dict[str, str]],
    none: NDArray[np.bool_],
    populations: Mapping[str, int],
) -> NDArray[np.float64]:
    """Give the share of inhabitants in zones: known only where each zone's number is."""
    out = np.full(len(frame), np.nan)
    out[none] = 0.0
    total = frame["population"].to_numpy(dtype=float, na_value=np.nan)
    for row, one in enumerate(codes):
        known = [populations.get(code) for code in one]
        if one and all(n is not None for n in known) and total[row] > 0:
            out[row] = min(sum(n for n in known if n is not None) / total[row], 1.0)
    return out

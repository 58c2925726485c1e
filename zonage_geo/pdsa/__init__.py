"""Garde sectors (PDSA) and the tax exemption they open (CGI, art. 151 ter): one row a sector."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from zonage_geo.catalog.exoneration import Exoneration
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, StoreError
from zonage_geo.french import capital, shortened
from zonage_geo.lists import Reading
from zonage_geo.locate.editions import in_force, pick_edition
from zonage_geo.locate.garde import INCOMPLETE, Counted, count_commune, opening
from zonage_geo.locate.model import Ref
from zonage_geo.many.memory import MemoryStore
from zonage_geo.overlay import editions_told
from zonage_geo.overlay.classes import Asked
from zonage_geo.overlay.ground import commune_frame, population_source
from zonage_geo.pdsa.doubts import far_communes
from zonage_geo.pdsa.members import LAYER, Members, from_source, from_store
from zonage_geo.pdsa.shapes import sector_shapes
from zonage_geo.report import counted
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY, departement_of
from zonage_geo.verdict import Verdict

__all__ = ["Counting", "natural", "pdsa_sectors", "sectors_of"]

UNKNOWN = Verdict.INDETERMINE
SUPPOSED = (
    "La liste est lue comme complète, secteur par secteur. S'il y manque une commune d'un secteur, "
    "un « non » peut être faux."
)
"""What a list that is read, not added, is taken for."""
SHOWN = 3
"""Rows told in a sentence before the others are counted."""
MOSTLY = 0.5
"""Share of its communes in a sector above which the others of a département are reported."""


class Counting(NamedTuple):
    """What counts for the exemption, where it is not what the catalogue says.

    Attributes
    ----------
    levels : sequence of str or None
        Classes; by default ``("ZIP",)`` (DGOS FAQ of 25 May 2018), and ZIP or ZAC in
        Hauts-de-France (its PAPS portal).
    quarters : Verdict or str or None
        Whether a quarter (QPV) of such a class counts where its commune's is another; undecided
        by default, since no text found names quarters.
    slot, season : str or None
        Those wanted, of a list whose sectors change with them.
    """

    levels: Sequence[str] | None = None
    quarters: Verdict | str | None = None
    slot: str | None = None
    season: str | None = None


def pdsa_sectors(
    store: Store,
    catalog: Catalog,
    source: Path | pd.DataFrame | None,
    day: date,
    *,
    how: Reading | None = None,
    counting: Counting | None = None,
) -> gpd.GeoDataFrame:
    """Tell which garde sectors open the exemption of CGI art. 151 ter.

    A sector opens it where at least one of its communes is classed: doctrine BOI-BNC-CHAMP-
    10-40-20 ("une commune ou partie de commune"), ARS Occitanie (9 December 2024). The law's
    own words ask that the doctor be installed in such a zone: the other reading.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue: it has the rule, its classes and their sources.
    source : Path, DataFrame or None
        A list (sector, commune code, optional name, slot, season) of any vintage since 2014,
        or polygons; None: the sectors that a file added to the store.
    day : date
        The day of the classes.
    how : Reading, optional
        How the file reads.
    counting : Counting, optional
        What counts; by the catalogue's rule otherwise.

    Returns
    -------
    GeoDataFrame
        One row a sector, EPSG:4326: secteur, nom, communes (how many, today's), codes, zip, zac
        (how many of that class), zip_codes, inconnues (how many of unknown class), lignes_perdues
        (rows of the list that no commune could be read from), communes_partagees (in part only,
        or in another sector too), population (missing where one is unknown; communes in part
        count whole), surface_km2, exoneration (oui, non, indéterminé), motif, a_verifier (what
        is, missing where nothing is), geometry. In ``attrs``: ``date``, ``source``, ``rule``,
        ``layers`` (the editions whose classes count), ``supposed`` (that a list read is taken as
        complete), ``population``, ``report``, which accounts for every row.

    Raises
    ------
    InputError
        If the list cannot be trusted, or a parameter is unknown.
    StoreError
        If no edition of the zonage answers anywhere there on that day, or no sector is loaded.
    """
    rule = catalog.layers[LAYER].exoneration
    if rule is None:
        raise StoreError("le catalogue ne dit pas quelle exonération ouvrent les secteurs.")
    counting = counting or Counting()
    levels, slot, season = _levels(catalog, rule, counting.levels), counting.slot, counting.season
    deciding = _quarters(rule, counting.quarters)
    if source is None:
        members = sectors_of(store, catalog, day)
    else:
        members = from_source(source, store, catalog, how or Reading(), slot=slot, season=season)
    _refuse_without_zonage(catalog, rule, members, day)
    counted = _counted(store, catalog, rule, members, day, levels)
    out = _sectors(store, catalog, members, counted, rule, deciding)
    _tell_several(store, members)
    codes = list(dict.fromkeys(members.frame["code"]))
    zonage = Asked(store, catalog, day, codes).layer(rule.layer)
    out.attrs = {
        "date": day.isoformat(),
        "source": members.source,
        "rule": {
            "legal": rule.legal,
            "levels": list(levels) if levels else list(rule.levels),
            "levels_source": "demandées" if levels else rule.levels_source,
            "regions": {} if levels else _regions(catalog, rule),
            "quarters": str(deciding),
            "quarters_source": rule.quarters_source,
            "slot": slot,
            "season": season,
        },
        "layers": editions_told(zonage),
        "supposed": SUPPOSED if source is not None and not members.shapes else None,
        "population": population_source(store),
        "report": members.report,
    }
    return out


def _regions(catalog: Catalog, rule: Exoneration) -> dict[str, list[str]]:
    """Name the régions where other classes count."""
    names = {one.region: one.region_nom for one in catalog.departements.values()}
    return {names[code]: list(classes) for code, (classes, _) in rule.regions.items()}


def _levels(
    catalog: Catalog, rule: Exoneration, levels: Sequence[str] | None
) -> tuple[str, ...] | None:
    if levels is None:
        return None
    known = catalog.layers[rule.layer].classes
    strange = [code for code in levels if code not in known]
    if strange or not levels:
        raise InputError(
            f"classe inconnue : {', '.join(strange) or 'aucune'}. Classes : {', '.join(known)}."
        )
    return tuple(levels)


def _quarters(rule: Exoneration, quarters: Verdict | str | None) -> Verdict:
    try:
        return Verdict(rule.quarters if quarters is None else quarters)
    except ValueError as error:
        raise InputError(f"quarters={quarters!r} : oui, non ou indéterminé est attendu.") from error


def sectors_of(store: Store, catalog: Catalog, day: date, layer: str = LAYER) -> Members:
    """Give the sectors (or other zones made of communes) that files added to the store.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    day : date
        The day asked about.
    layer : str
        ``pdsa`` or ``tvs``.

    Returns
    -------
    Members
        Of the editions that answer on that day, together.

    Raises
    ------
    StoreError
        If there is none.
    """
    known = catalog.layers[layer]
    picked = {}
    for code, one in catalog.departements.items():
        edition, state = pick_edition(known, code, one.region, day)
        if edition is not None and edition.source is not None and state == "current":
            picked[edition.id] = edition
    if not picked:
        raise StoreError(known.missing)
    parts = [from_store(store, edition, known) for edition in picked.values()]
    first = parts[0]
    if len(parts) == 1:
        return first
    report = first.report
    for other in parts[1:]:
        report.rows_in += other.report.rows_in
        report.rows_kept += other.report.rows_kept
    return first._replace(
        frame=pd.concat([part.frame for part in parts], ignore_index=True),
        source=" ; ".join(part.source for part in parts),
        complete=all(part.complete for part in parts),
    )


def _refuse_without_zonage(
    catalog: Catalog, rule: Exoneration, members: Members, day: date
) -> None:
    """Refuse to answer where no edition of the zonage speaks of any of the sectors' communes."""
    layer = catalog.layers[rule.layer]
    lacking = []
    departements = sorted({departement_of(code) for code in members.frame["code"]})
    for code in departements:
        known = catalog.departements.get(code)
        edition, _ = pick_edition(layer, code, known.region if known else None, day)
        if edition is None:
            lacking.append(known.nom if known else code)
    told = ", ".join(lacking)
    if len(lacking) == len(departements) or not in_force(layer, day):
        raise StoreError(
            f"{layer.title} : aucune édition ne répond au {day:%d/%m/%Y} pour {told}. "
            f"{layer.missing}"
        )
    if lacking:
        members.report.add(None, layer.id, "zonage absent", f"aucune édition pour {told}.")


def _counted(
    store: Store,
    catalog: Catalog,
    rule: Exoneration,
    members: Members,
    day: date,
    levels: tuple[str, ...] | None,
) -> dict[str, Counted]:
    memory = MemoryStore(store)
    return {
        code: count_commune(memory, catalog, rule, Ref(code, STORE_DAY), day, levels=levels)
        for code in dict.fromkeys(members.frame["code"])
    }


def _sectors(
    store: Store,
    catalog: Catalog,
    members: Members,
    counted: dict[str, Counted],
    rule: Exoneration,
    quarters: Verdict,
) -> gpd.GeoDataFrame:
    # A code that no commune has borne is a row all the same: nothing is known of it.
    communes = commune_frame(store, catalog, list(counted)).set_index("code").reindex(list(counted))
    shapes, partly = sector_shapes(store, members, communes)
    far = far_communes(store, catalog, members, communes) if not members.shapes else {}
    several = members.frame.groupby("code")["secteur"].nunique()
    rows: list[dict[str, Any]] = []
    for secteur, group in members.frame.groupby("secteur", sort=False):
        zone = str(secteur)
        codes = sorted(set(group["code"]))
        doubts = far.get(zone, {})
        ours = [
            counted[code].unsettled(doubts[code]) if code in doubts else counted[code]
            for code in codes
        ]
        lost = members.lacking.get(zone, 0)
        said = opening(ours, rule, quarters=quarters, lacking=_lacking(members, zone))
        names = group["nom"].dropna()
        population = communes.loc[codes, "population"]
        classes = [None if one.own is UNKNOWN else one.base for one in ours]
        shared = [c for c in codes if several[c] > 1 or c in partly.get(zone, ())]
        rows.append(
            {
                "secteur": zone,
                "nom": names.iloc[0] if len(names) else zone,
                "communes": len(codes),
                "codes": " ".join(codes),
                "zip": classes.count("ZIP"),
                "zac": classes.count("ZAC"),
                "zip_codes": " ".join(c for c, k in zip(codes, classes, strict=True) if k == "ZIP"),
                "inconnues": sum(one.own is UNKNOWN for one in ours),
                "lignes_perdues": lost,
                "communes_partagees": len(shared),
                "population": pd.NA if population.isna().any() else int(population.sum()),
                "surface_km2": communes.loc[codes, "surface_km2"].sum(min_count=len(codes)),
                "exoneration": str(said.verdict),
                "motif": said.reason,
                "a_verifier": said.to_check,
            }
        )
    missing = {z: n for z, n in members.lacking.items() if z not in set(members.frame["secteur"])}
    for zone, lost in missing.items():
        members.report.add(None, zone, "secteur perdu", _lost(lost))
    frame = pd.DataFrame(rows)
    frame = frame.astype({"population": "Int64", "surface_km2": "Float64"})
    frame["exoneration"] = pd.Categorical(
        frame["exoneration"], categories=["oui", "indéterminé", "non"]
    )
    geometry = np.array([shapes.get(zone) for zone in frame["secteur"]], dtype=object)
    out = gpd.GeoDataFrame(frame, geometry=geometry, crs="EPSG:4326")
    return out.iloc[np.argsort([natural(zone) for zone in out["secteur"]])].reset_index(drop=True)


def natural(code: str) -> str:
    """Give what puts sector 2 before sector 10.

    Parameters
    ----------
    code : str
        A sector's.

    Returns
    -------
    str
        To sort by: its numbers on as many digits.
    """
    return re.sub(r"\d+", lambda found: found[0].zfill(12), code)


def _lost(count: int) -> str:
    return (
        "sa seule ligne n'a pas de code sûr."
        if count == 1
        else f"ses {count} lignes n'ont pas de code sûr."
    )


def _lacking(members: Members, zone: str) -> str | None:
    """Say why a sector may hold other communes than those read."""
    told = members.discords.get(zone, [])
    lost = members.lacking.get(zone, 0) - len(told)
    said = []
    if lost:
        rows = "1 ligne de ce secteur n'a" if lost == 1 else f"{lost} lignes de ce secteur n'ont"
        said.append(
            f"{rows} pas de code : il compte d'autres communes, dont la classe est inconnue."
        )
    if told:
        rows = "1 ligne de ce secteur dit" if len(told) == 1 else f"{len(told)} lignes disent"
        count = "ne compte" if len(told) == 1 else "ne comptent"
        why = " / ".join(shortened(told, SHOWN))
        said.append(f"{rows} deux communes, et {count} pour aucune : {why}.")
    if said:
        return " ".join(map(capital, said))
    return None if members.complete else INCOMPLETE


def _tell_several(store: Store, members: Members) -> None:
    """Report the communes of two sectors, and those of none in the départements covered."""
    report, frame = members.report, members.frame
    for key, zones in frame.groupby("code")["secteur"]:
        code, several = str(key), sorted(set(zones))
        if len(several) > 1:
            nom = store.commune_name(code) or code
            told = f"{nom} est dans les secteurs {', '.join(several)} : comptée dans chacun."
            report.add(None, code, "plusieurs secteurs", told)
    inside = set(frame["code"])
    by_departement: dict[str, list[tuple[str, str]]] = {}
    for code, nom, departement, _ in store.communes():
        by_departement.setdefault(departement, []).append((code, nom))
    for departement in sorted({departement_of(code) for code in inside}):
        communes = by_departement.get(departement, [])
        none = [(code, nom) for code, nom in communes if code not in inside]
        if len(none) < MOSTLY * len(communes):
            for code, nom in none:
                report.add(None, code, "sans secteur", f"{nom} n'est dans aucun secteur.")
        else:
            verb = "ne sont" if len(none) > 1 else "n'est"
            told = f"{counted(len(none), 'commune')} sur {len(communes)} {verb} dans aucun secteur."
            report.add(None, departement, "département partiel", told)

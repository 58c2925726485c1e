"""How many communes, inhabitants and km² each class covers, by territory, on one date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.catalog.names import no_such_layer
from zonage_geo.errors import InputError
from zonage_geo.locate.editions import held_in
from zonage_geo.locate.model import Item
from zonage_geo.locate.reasons import class_title
from zonage_geo.overlay import overlay
from zonage_geo.overlay.classes import Asked, is_zones
from zonage_geo.pdsa import natural, sectors_of
from zonage_geo.report import Report, counted
from zonage_geo.selection import Choice
from zonage_geo.store.query import Store

__all__ = ["BY", "OUTSIDE", "UNKNOWN", "coverage", "shares"]

BY = ("territoire", "region", "departement", "epci", "secteur", "tvs")
OUTSIDE, UNKNOWN = "hors", "inconnue"
"""What is counted beside the classes: outside all of them, and not known."""
WORDS = {OUTSIDE: "Hors zone", UNKNOWN: "Classe inconnue"}


class Moved(NamedTuple):
    """Inhabitants counted under the class of their quarter rather than their commune's."""

    row: int
    to: str
    population: int


def coverage(
    store: Store,
    catalog: Catalog,
    choice: Choice,
    day: date,
    *,
    by: str = "departement",
    layer: str = "zonage_medecins",
    populations: pd.Series | None = None,
    quarters: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Count what each class of a layer covers.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    choice : Choice
        The territory.
    day : date
        The day of the classes.
    by : str
        One of ``BY``: ``secteur`` and ``tvs`` once a file of them was added.
    layer : str
        A layer of communes.
    populations : Series, optional
        By commune, instead of the store's; its ``attrs["source"]`` is told.
    quarters : mapping of str to int, optional
        Inhabitants of quarters. Those of a quarter that has its own class are counted under it.

    Returns
    -------
    DataFrame
        One row a territory and class that it has: code, nom, classe (ordered categorical, with
        ``hors`` and ``inconnue``), libelle, communes, part_communes, population,
        part_population, surface_km2, part_surface, communes_sans_population, communes_sauf_qpv
        and population_sauf_qpv (communes whose quarters may have another class: that much at
        most may be of another). Shares (0 to 1) are of the territory's known population and
        drawn area. In ``attrs``: ``date``, ``territory``, ``layer``, ``population``, ``report``.

    Raises
    ------
    InputError
        If a word is unknown, or the layer is not one of communes.
    StoreError
        If nothing of the layer is loaded there, or no sectors are.
    """
    known = _layer(catalog, layer)
    if by not in BY:
        raise InputError(f"maille « {by} » (by, --par) : elle n'est pas parmi {', '.join(BY)}.")
    frame = overlay(store, catalog, choice, day, layers=[layer], distances=False)
    report: Report = frame.attrs["report"]
    source = frame.attrs["population"]
    if populations is not None:
        frame["population"] = frame["code"].map(populations).astype("Int64")
        source = str(populations.attrs.get("source", "population fournie"))
        for code in frame.loc[frame["population"].isna(), "code"]:
            report.add(None, code, "population inconnue", f"absente de {source}.")
    frame["classe"] = _buckets(frame, known)
    moved = _moved(store, catalog, frame, known, day, quarters or {}, report)
    groups = _groups(store, catalog, frame, by, day, report)
    out = _counted(frame, groups, known, moved)
    out.attrs = {
        "date": day.isoformat(),
        "territory": frame.attrs["territory"],
        "by": by,
        "layer": layer,
        "layers": frame.attrs["layers"],
        "population": source,
        "report": report,
    }
    return out


def _layer(catalog: Catalog, layer: str) -> Layer:
    known = catalog.layers.get(layer)
    if known is None or known.zoned or is_zones(known):
        fit = [one.id for one in catalog.layers.values() if not one.zoned and not is_zones(one)]
        if known is None:
            raise InputError(no_such_layer(catalog, layer, fit))
        why = "ses secteurs" if known.zoned else "des quartiers, plus petits que la commune"
        raise InputError(
            f"{layer} : cette couche dit {why}, non une classe de chaque commune ; on ne peut pas "
            f"compter par classe. Elle n'est pas de celles-ci : {', '.join(fit)}."
        )
    return known


def _buckets(frame: pd.DataFrame, layer: Layer) -> pd.Series:
    order = [*layer.classes, OUTSIDE, UNKNOWN]
    classes = frame[layer.id].astype(object)
    verdict = frame[f"{layer.id}_verdict"].astype(str)
    nothing = classes.isna()
    classes = classes.mask(nothing & verdict.eq("non"), OUTSIDE)
    classes = classes.mask(nothing & ~verdict.eq("non"), UNKNOWN)
    return pd.Series(pd.Categorical(classes, categories=order, ordered=True), index=frame.index)


# quarters


def _moved(
    store: Store,
    catalog: Catalog,
    frame: pd.DataFrame,
    layer: Layer,
    day: date,
    quarters: Mapping[str, int],
    report: Report,
) -> list[Moved]:
    """Find whose class is their quarter's: where its class and its inhabitants are known."""
    if layer.overridden_by is None:
        return []
    asked = Asked(store, catalog, day, frame["code"])
    answered = asked.zones(layer.id)
    homes = _homes(store, catalog, layer.overridden_by)
    out: list[Moved] = []
    kept: dict[str, set[str]] = {}
    left = [None if pd.isna(one) else int(one) for one in frame["population"]]
    classes = frame["classe"].astype(str).tolist()
    for row, i in enumerate(answered.ids.tolist()):
        for item in answered.parts[i].items:
            if item.zone_class == classes[row]:
                continue
            inhabitants = quarters.get(item.code)
            why = _stays(item, inhabitants, homes.get(item.code, 1), left[row])
            if why is not None:
                kept.setdefault(why, set()).add(item.code)
            elif inhabitants is not None and item.zone_class is not None:
                left[row] = (left[row] or 0) - inhabitants
                out.append(Moved(row, item.zone_class, inhabitants))
    for why, codes in kept.items():
        report.add(None, layer.overridden_by, "quartiers", f"{len(codes)} QPV, {why}")
    if out:
        what = "classés à part : leurs habitants sont comptés sous la classe du quartier."
        report.add(None, layer.overridden_by, "quartiers", f"{len(out)} QPV, {what}")
    return out


def _stays(item: Item, inhabitants: int | None, communes: int, rest: int | None) -> str | None:
    """Say why a quarter's inhabitants are counted with their commune; None where they are not."""
    if item.zone_class is None:
        return "dont la classe propre n'est pas connue : comptés avec leur commune."
    if inhabitants is None:
        return "classés à part, population inconnue : comptés avec leur commune."
    if communes > 1:
        return "classés à part, sur plusieurs communes : comptés avec elles."
    if rest is None or rest < inhabitants:
        return "classés à part, plus peuplés que ce qui reste de leur commune : comptés avec elle."
    return None


def _homes(store: Store, catalog: Catalog, layer: str) -> dict[str, int]:
    """Count the communes of each quarter."""
    names = {held_in(store, edition)[0] for edition in catalog.layers[layer].editions}
    return Counter(zone for name in names for _, zone, _ in store.zone_list(name))


# territories


def _groups(
    store: Store, catalog: Catalog, frame: pd.DataFrame, by: str, day: date, report: Report
) -> pd.DataFrame:
    """Give each commune its territory, or territories: columns row, code, nom."""
    rows = np.arange(len(frame))
    if by in ("secteur", "tvs"):
        return _sector_groups(store, catalog, frame, "pdsa" if by == "secteur" else by, day, report)
    if by == "territoire":
        title = frame.attrs["territory"]
        return pd.DataFrame({"row": rows, "code": title, "nom": title})
    names = frame[f"{by}_nom"] if by != "epci" else frame["epci"].map(lambda code: f"EPCI {code}")
    codes = frame[by].fillna("")
    if (codes == "").any():
        none = int((codes == "").sum())
        told = f"{counted(none, 'commune')} sans {_WORDS[by]} : {_apart(none)}."
        report.add(None, by, "sans territoire", told)
    noms = names.where(codes != "", f"sans {_WORDS[by]}")
    return pd.DataFrame({"row": rows, "code": codes.to_numpy(), "nom": noms.to_numpy()})


_WORDS = {"epci": "EPCI connu", "departement": "département connu", "region": "région connue"}
"""What a commune may lack, as screens say it."""


def _apart(communes: int) -> str:
    return "comptées à part" if communes > 1 else "comptée à part"


def _sector_groups(
    store: Store, catalog: Catalog, frame: pd.DataFrame, layer: str, day: date, report: Report
) -> pd.DataFrame:
    members = sectors_of(store, catalog, day, layer).frame
    at = {code: row for row, code in enumerate(frame["code"])}
    inside = members[members["code"].isin(at)].drop_duplicates(["secteur", "code"])
    if not len(inside):
        raise InputError(f"{layer} : aucun secteur chargé n'est dans ce territoire.")
    several = inside["code"].duplicated(keep=False)
    for code, zones in inside[several].groupby("code")["secteur"]:
        told = f"dans {', '.join(sorted(zones))} : comptée dans chacun."
        report.add(None, str(code), "plusieurs secteurs", told)
    out = pd.DataFrame(
        {
            "row": inside["code"].map(at),
            "code": inside["secteur"],
            "nom": inside["nom"].fillna(inside["secteur"]),
        }
    )
    none = [row for code, row in at.items() if code not in set(inside["code"])]
    if none:
        told = f"{counted(len(none), 'commune')} : {_apart(len(none))}."
        report.add(None, layer, "sans secteur", told)
        rest = pd.DataFrame({"row": none, "code": "", "nom": "hors secteur"})
        out = pd.concat([out, rest], ignore_index=True)
    return out


# counts


def _counted(
    frame: pd.DataFrame, groups: pd.DataFrame, layer: Layer, moved: list[Moved]
) -> pd.DataFrame:
    rows = frame.iloc[groups["row"].to_numpy()].reset_index(drop=True)
    unsure = f"{layer.id}_sauf_qpv"
    doubt = rows[unsure] if unsure in rows else pd.Series(False, index=rows.index)  # noqa: FBT003
    cells = pd.DataFrame(
        {
            "code": groups["code"].to_numpy(),
            "nom": groups["nom"].to_numpy(),
            "classe": rows["classe"],
            "communes": 1,
            "population": rows["population"],
            "surface_km2": rows["surface_km2"],
            "communes_sans_population": rows["population"].isna().astype(int),
            "communes_sauf_qpv": doubt.astype(int),
            "population_sauf_qpv": rows["population"].where(doubt, 0),
        }
    )
    cells = pd.concat([cells, _transfers(groups, rows, moved)], ignore_index=True)
    cells["classe"] = cells["classe"].astype(frame["classe"].dtype)
    keys = ["code", "nom", "classe"]
    known = {"population", "surface_km2", "population_sauf_qpv"}
    sums: dict[str, Callable[[Any], Any] | str] = {
        str(name): (_known_sum if name in known else "sum") for name in cells if name not in keys
    }
    out = cells.groupby(keys, observed=True, sort=True).agg(sums).reset_index()
    out = out.sort_values("code", key=_natural, kind="stable", ignore_index=True)
    labels = {code: class_title(layer.classes, code) for code in layer.classes} | WORDS
    out.insert(3, "libelle", out["classe"].map(labels).astype(str))
    for name in ("communes", "communes_sans_population", "communes_sauf_qpv"):
        out[name] = out[name].astype("int64")
    for name in ("population", "population_sauf_qpv"):
        out[name] = out[name].astype("Int64")
    return shares(out.astype({"surface_km2": "Float64"}))


def _natural(codes: pd.Series) -> pd.Series:
    """Sort sector 2 before sector 10, and those without a code last."""
    texts = codes.astype(str)
    return texts.map(natural).mask(texts.eq(""), "\U0010ffff")


def _known_sum(values: pd.Series) -> Any:  # noqa: ANN401  (a number, or missing)
    """Sum what is known; of nothing known, the sum is not known."""
    return values.sum(min_count=1)


def _transfers(groups: pd.DataFrame, rows: pd.DataFrame, moved: list[Moved]) -> pd.DataFrame:
    """Take inhabitants off their commune's class, and count them under their quarter's."""
    by_row: dict[int, list[Moved]] = {}
    for one in moved:
        by_row.setdefault(one.row, []).append(one)
    out = []
    for at, row in enumerate(groups["row"].tolist()):
        for one in by_row.get(row, ()):
            code, nom = groups["code"].iloc[at], groups["nom"].iloc[at]
            out += [
                (code, nom, rows["classe"].iloc[at], -one.population),
                (code, nom, one.to, one.population),
            ]
    frame = pd.DataFrame(out, columns=["code", "nom", "classe", "population"])
    frame["population"] = frame["population"].astype("Int64")
    zeros = ("communes", "communes_sans_population", "communes_sauf_qpv")
    return frame.assign(**dict.fromkeys(zeros, 0), population_sauf_qpv=0, surface_km2=0.0)


def shares(out: pd.DataFrame) -> pd.DataFrame:
    """Add what share of each territory its classes are.

    Parameters
    ----------
    out : DataFrame
        With code, communes, population, surface_km2.

    Returns
    -------
    DataFrame
        With part_communes, part_population and part_surface, each after what it is a share of.
    """
    out = out.copy()
    for name, share in (
        ("communes", "part_communes"),
        ("population", "part_population"),
        ("surface_km2", "part_surface"),
    ):
        total = out.groupby("code")[name].transform("sum")
        part = out[name] / total.where(total > 0)
        out.insert(list(out.columns).index(name) + 1, share, part)
    return out

"""Two states of a zoning, commune by commune: what was gained, lost, changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from zonage_geo.catalog.model import Catalog, Edition, Layer
from zonage_geo.catalog.names import no_such_layer
from zonage_geo.dates import parse_date
from zonage_geo.errors import InputError, StoreError
from zonage_geo.french import french_date
from zonage_geo.lists import Listed, Reading, load, read_list
from zonage_geo.locate.reasons import class_title
from zonage_geo.many.memory import MemoryStore
from zonage_geo.overlay import editions_told
from zonage_geo.overlay.classes import Asked, is_zones
from zonage_geo.overlay.ground import commune_frame, population_source
from zonage_geo.report import Report, counted
from zonage_geo.selection import Choice, select
from zonage_geo.store.query import Store
from zonage_geo.territory import ARRONDISSEMENT_CITIES, STORE_DAY, vintage

__all__ = ["CHANGES", "KINDS", "balance", "compare", "matrix"]

GAINED, LOST, CHANGED, SAME, UNKNOWN = (
    "gagne",
    "perd",
    "change de classe",
    "inchangée",
    "indéterminée",
)
CHANGES = (GAINED, LOST, CHANGED)
KINDS = (*CHANGES, SAME, UNKNOWN)
OUTSIDE, NOT_KNOWN = "hors", "inconnue"

Spec = date | str | Path | pd.DataFrame


class State(NamedTuple):
    """What a zoning is of each commune, one time.

    Attributes
    ----------
    title : str
        In French.
    layer : Layer
        Whose classes they are.
    classes : list of str
        One a commune: a class, ``hors`` or ``inconnue``.
    verdicts : list of str
        One a commune: oui, non, indéterminé.
    told : list of dict
        The editions that answer, as ``overlay`` tells them.
    """

    title: str
    layer: Layer
    classes: list[str]
    verdicts: list[str]
    told: list[dict[str, Any]]


def compare(
    store: Store,
    catalog: Catalog,
    choice: Choice,
    before: Spec,
    after: Spec,
    *,
    layer: str = "zonage_medecins",
    how: Reading | None = None,
    complete: bool = False,
) -> pd.DataFrame:
    """Compare two states of a zoning on the communes of a territory.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    choice : Choice
        The territory.
    before, after : date, str, Path or DataFrame
        A day (``2024-06-30``), a day or edition of another layer (``zrr@2024-06-30``,
        ``frr@2025-01-01``), or a list of communes of any vintage.
    layer : str
        The layer, where the state does not name one.
    how : Reading, optional
        How files read.
    complete : bool
        Whether a commune that a file does not list is outside; unknown otherwise.

    Returns
    -------
    DataFrame
        One row a commune of the store's vintage: code, nom, departement, departement_nom,
        region, region_nom, epci, population, avant, apres (classes, ``hors`` or ``inconnue``),
        avant_libelle, apres_libelle, avant_verdict, apres_verdict, changement (categorical: gagne,
        perd, change de classe, inchangée, indéterminée). A commune merged in between is compared
        where all of its parts agree. Between two layers, inchangée says that the answer is the
        same before and after.
        In ``attrs``: ``before``, ``after`` (titles), ``same_layer``, ``territory``, ``population``,
        ``report``.

    Raises
    ------
    InputError
        If a state cannot be understood or read.
    StoreError
        If nothing is loaded there of a state.
    """
    store = MemoryStore(store)
    days = [one for one in (_day_of(spec, catalog) for spec in (before, after)) if one]
    territory = select(store, catalog, choice, max(days, default=date.max))
    frame = commune_frame(store, catalog, territory.codes)
    report = Report(f"{territory.title} : comparaison", len(frame), len(frame))
    report.lines += territory.report.lines
    codes = frame["code"].tolist()
    states = [
        _state(store, catalog, spec, codes, layer, how or Reading(), report, complete=complete)
        for spec in (before, after)
    ]
    first, second = states
    keep = ("code", "nom", "departement", "departement_nom", "region", "region_nom", "epci")
    out = pd.DataFrame(frame[[*keep, "population"]])
    for name, state in (("avant", first), ("apres", second)):
        order = [*state.layer.classes, OUTSIDE, NOT_KNOWN]
        out[name] = pd.Categorical(state.classes, categories=order, ordered=True)
        labels = _labels(state.layer)
        told = [labels[code] for code in state.classes]
        named = list(dict.fromkeys(labels[code] for code in order))
        out[f"{name}_libelle"] = pd.Categorical(told, categories=named, ordered=True)
        out[f"{name}_verdict"] = pd.Categorical(
            state.verdicts, categories=["oui", "indéterminé", "non"]
        )
    same_layer = first.layer.id == second.layer.id
    kinds = [
        _kind(*pair, same_layer=same_layer)
        for pair in zip(first.verdicts, second.verdicts, first.classes, second.classes, strict=True)
    ]
    out["changement"] = pd.Categorical(kinds, categories=KINDS)
    _tell_unknown(out, report)
    _tell_apart(out, states, report)
    out.attrs = {
        "before": first.title,
        "after": second.title,
        "territory": territory.title,
        "labels": [_labels(state.layer) for state in states],
        "same_layer": same_layer,
        "layers": [one for state in states for one in state.told],
        "population": population_source(store),
        "report": report,
    }
    return out


def _labels(layer: Layer) -> dict[str, str]:
    names = {code: class_title(layer.classes, code) for code in layer.classes}
    return names | {OUTSIDE: "hors zone", NOT_KNOWN: "inconnue"}


def _kind(before: str, after: str, class_: str, later: str, *, same_layer: bool) -> str:
    if "indéterminé" in (before, after):
        return UNKNOWN
    if before != after:
        return GAINED if after == "oui" else LOST
    return CHANGED if before == "oui" and same_layer and class_ != later else SAME


def _tell_unknown(out: pd.DataFrame, report: Report) -> None:
    for name, word in (("avant", "avant"), ("apres", "après")):
        none = out[out[f"{name}_verdict"] == "indéterminé"]
        shown = [f"{r.nom} ({r.code})" for r in none.head(5).itertuples()]
        if shown:
            left = len(none) - len(shown)
            more = f" et {left} {'autres' if left > 1 else 'autre'}" if left else ""
            report.add(None, "", "classe inconnue", f"{word} : {', '.join(shown)}{more}.")


def _tell_apart(out: pd.DataFrame, states: Sequence[State], report: Report) -> None:
    """Report the classes that count but of which the catalogue doubts how long they will."""
    for name, word, state in zip(("avant", "apres"), ("avant", "après"), states, strict=True):
        for code, one in state.layer.classes.items():
            number = int((out[name] == code).sum())
            if one.counts and one.to_check and number:
                told = (
                    f"{word} : {counted(number, 'commune')}, « {one.label} », y comptent pour oui"
                )
                if number == 1:
                    told = f"{word} : 1 commune, « {one.label} », y compte pour oui"
                report.add(None, "", "classe à part", f"{told}. {one.to_check}")


# states


def _parsed(spec: Spec, catalog: Catalog) -> tuple[str | None, str] | None:
    """Part ``couche@date``; None of what is no text, or names a file."""
    if not isinstance(spec, str):
        return None
    head, at, tail = spec.partition("@")
    if at and (head in catalog.layers or not Path(spec).exists()):
        return head, tail
    return None if Path(spec).suffix and Path(spec).exists() else (None, spec)


def _day_of(spec: Spec, catalog: Catalog) -> date | None:
    if isinstance(spec, date):
        return parse_date(spec)
    parsed = _parsed(spec, catalog)
    if parsed is None:
        return None
    try:
        return parse_date(parsed[1])
    except InputError:
        return None


def _state(
    store: Store,
    catalog: Catalog,
    spec: Spec,
    codes: Sequence[str],
    layer: str,
    how: Reading,
    report: Report,
    *,
    complete: bool,
) -> State:
    parsed = (None, spec.isoformat()) if isinstance(spec, date) else _parsed(spec, catalog)
    name = (parsed[0] if parsed else None) or layer
    known = catalog.layers.get(name)
    if known is None:
        fit = [one.id for one in catalog.layers.values() if not one.zoned and not is_zones(one)]
        raise InputError(no_such_layer(catalog, name, fit))
    if known.zoned or is_zones(known):
        raise InputError(f"couche {name!r} : elle n'est pas de celles que l'on compare.")
    if parsed is not None:
        if parsed[1] in catalog.layers:
            held = _loaded(catalog.layers[parsed[1]].editions)
            example = f", par exemple {parsed[1]}@{held[-1]}" if held else ""
            raise InputError(
                f"{parsed[1]} est une couche : dites à quelle date, {parsed[1]}@AAAA-MM-JJ"
                f"{example}."
            )
        return _on(store, catalog, known, parsed[1], codes)
    if not isinstance(spec, str | Path | pd.DataFrame):
        raise InputError(f"état {spec!r} : une date, une édition, un fichier ou un tableau.")
    source = Path(spec) if isinstance(spec, str) else spec
    loaded, file = load(source, how)
    listed = read_list(loaded, file, known, catalog, store, how)
    for step in listed.reports:
        report.lines += step.lines
    return _of_list(store, listed, known, codes, complete=complete)


def _on(store: Store, catalog: Catalog, layer: Layer, text: str, codes: Sequence[str]) -> State:
    """Give the state of a layer on a day, or of one of its editions."""
    edition = next((one for one in layer.editions if one.id == text), None)
    day = (edition.valid_from or edition.known_from) if edition else _read_day(text, layer)
    if day is None:
        raise InputError(f"{layer.id}@{text} : le début de cette édition n'est pas connu.")
    asked = Asked(store, catalog, day, codes)
    answered = asked.layer(layer.id)
    if not answered.is_loaded:
        raise StoreError(
            f"{layer.id} au {french_date(day)} : rien n'est chargé ici. {layer.missing}"
        )
    verdicts = answered.frame()[f"{layer.id}_verdict"].astype(str).tolist()
    classes = [
        found or (OUTSIDE if verdict == "non" else NOT_KNOWN)
        for found, verdict in zip(answered.classes(), verdicts, strict=True)
    ]
    told = editions_told(answered)
    return State(f"{layer.short} au {french_date(day)}", layer, classes, verdicts, told)


def _read_day(text: str, layer: Layer) -> date | None:
    try:
        return parse_date(text)
    except InputError as error:
        editions = ", ".join(_loaded(layer.editions))
        raise InputError(
            f"« {text} » n'est ni une date, ni une édition de {layer.id} ({editions}), ni un "
            "fichier qui existe."
        ) from error


def _loaded(editions: Sequence[Edition]) -> list[str]:
    return [one.id for one in editions if one.source is not None]


def _of_list(
    store: Store, listed: Listed, layer: Layer, codes: Sequence[str], *, complete: bool
) -> State:
    """Bring a list to today's communes: a class where all the parts of a commune agree.

    Where they do not, neither does `locate` follow the part whose code remains.
    """
    day = vintage(listed.cog)
    classes_of = dict(zip(listed.frame["code"], listed.frame["class"], strict=True))
    at = store.timeline.at
    classes, verdicts = [], []
    for code in codes:
        origins = sorted(at(code, STORE_DAY, day))
        arms = ARRONDISSEMENT_CITIES.get(code, ())
        if code not in classes_of and any(arm in classes_of for arm in arms):
            origins = list(arms)  # a list of arrondissements: the city's class where they agree
        found = {classes_of.get(one) for one in origins}
        one = found.pop() if len(found) == 1 else None
        absent = all(origin not in classes_of for origin in origins)
        if one is None or (layer.classes[one].unknown or layer.classes[one].partial_of):
            outside = complete and absent
            classes.append(OUTSIDE if outside else one or NOT_KNOWN)
            verdicts.append("non" if outside else "indéterminé")
        else:
            classes.append(one)
            verdicts.append("oui" if layer.classes[one].counts else "non")
    return State(f"{layer.short} d'après {listed.file}", layer, classes, verdicts, [])


# what comes of it


def matrix(frame: pd.DataFrame, values: str = "communes") -> pd.DataFrame:
    """Cross the classes before with those after.

    Parameters
    ----------
    frame : DataFrame
        As `compare` gives it.
    values : {"communes", "population"}
        What to count; a cell of which no population is known is missing, never zero.

    Returns
    -------
    DataFrame
        Classes before as rows, after as columns, those met only; int64, or Int64 of inhabitants.
    """
    if values not in ("communes", "population"):
        raise InputError(f"values={values!r} : communes ou population est attendu.")
    cells = pd.DataFrame({"avant": frame["avant"], "apres": frame["apres"]})
    cells["n"] = 1 if values == "communes" else frame["population"]
    grouped = cells.groupby(["avant", "apres"], observed=True)["n"]
    found = grouped.sum() if values == "communes" else grouped.sum(min_count=1)
    out = found.unstack("apres")  # noqa: PD010  (a cross table)
    known = cells.groupby(["avant", "apres"], observed=True).size().unstack("apres")  # noqa: PD010
    out = out.astype("Int64").mask(known.isna(), 0)
    return out.astype("int64") if values == "communes" else out


def balance(frame: pd.DataFrame, by: str = "departement") -> pd.DataFrame:
    """Count what each territory gains and loses.

    Parameters
    ----------
    frame : DataFrame
        As `compare` gives it.
    by : {"departement", "region", "epci", "territoire"}
        The territory.

    Returns
    -------
    DataFrame
        One row a territory: code, nom, communes, then for each kind of change the communes
        (int64) and ``_population`` (Int64, missing where none of a commune's is known).
    """
    if by not in ("departement", "region", "epci", "territoire"):
        raise InputError(f"by={by!r} : departement, region, epci ou territoire est attendu.")
    title = frame.attrs.get("territory", "territoire")
    code = frame[by].fillna("") if by != "territoire" else pd.Series(title, index=frame.index)
    nom = frame.get(f"{by}_nom", code)
    cells = pd.DataFrame({"code": code, "nom": nom.fillna(""), "changement": frame["changement"]})
    cells["population"] = frame["population"]
    keys = ["code", "nom"]
    out = cells.groupby(keys).size().rename("communes").to_frame()
    for kind in KINDS:
        mine = cells[cells["changement"] == kind].groupby(keys)["population"]
        name = kind.replace(" ", "_").replace("é", "e")
        out[name] = mine.size().reindex(out.index, fill_value=0).astype("int64")
        population = mine.sum(min_count=1).reindex(out.index)
        out[f"{name}_population"] = population.astype("Int64").mask(out[name].eq(0), 0)
    return out.reset_index()

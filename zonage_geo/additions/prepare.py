"""From a request to what will be kept: which edition, which columns, what it holds."""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import pandas as pd
import shapely

from zonage_geo.additions.content import list_content, zone_classes
from zonage_geo.additions.editions import as_written, choose_edition, edition_id
from zonage_geo.additions.outlines import outline_content
from zonage_geo.additions.perimeters import zone_content
from zonage_geo.additions.reach import completeness, lost_words, reach_of, zones_listed
from zonage_geo.additions.request import Request, find_file
from zonage_geo.additions.takeover import taken_over
from zonage_geo.additions.wanted import Content, Wanted
from zonage_geo.additions.whereabouts import in_their_communes
from zonage_geo.catalog.load import Added, compile_catalog
from zonage_geo.catalog.model import Catalog, Edition, Layer, Recipe
from zonage_geo.dates import today
from zonage_geo.errors import CatalogError, InputError
from zonage_geo.progress import Progress
from zonage_geo.readers import Loaded, ReadReport, read
from zonage_geo.readers.codes import parse_codes
from zonage_geo.readers.columns import find_columns
from zonage_geo.store.additions import COMMUNES, Addition, UserFiles, as_toml
from zonage_geo.territory.calendar import FIRST_YEAR, LAST_YEAR
from zonage_geo.territory.codes import departement_of

if TYPE_CHECKING:
    from zonage_geo.store import Store

__all__ = ["Prepared", "prepare_edition", "prepare_outlines"]

OF_EDITIONS = {
    "territory": "--territory",
    "complete": "--complet",
    "classes": "--classe",
    "valid_from": "--valid-from",
    "known_until": "--known-until",
    "superseded_from": "--superseded-from",
    "title": "--title",
    "legal": "--legal",
    "publisher": "--publisher",
    "licence": "--licence",
    "url": "--url",
}
"""What a request says of an edition, and the option that says it: outlines have none."""
HOME_M = 3000.0
"""How far a perimeter may lie from every commune and still be in the nearest one's territory."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is about to be kept.

    Attributes
    ----------
    layer, edition : str
        Ids.
    content : Content
        What will be written.
    file : Path
        The user's.
    rows_read : int
        How many rows it has.
    reports : list of ReadReport
        The account of them, a step each.
    record : dict or None
        The edition, plain.
    accuracy_m : float or None
        Of outlines, in metres.
    listed : tuple of int or None
        Of the zones that the edition's list names, how many have their perimeter in the file,
        and how many there are; None where there is no such list.
    warnings : tuple of str
        French sentences.
    """

    layer: str
    edition: str
    content: Content
    file: Path
    rows_read: int
    reports: list[ReadReport]
    record: dict[str, Any] | None = None
    accuracy_m: float | None = None
    listed: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()


def _read(request: Request, recipe: Recipe, file: Path, *, polygons: bool) -> Loaded:
    return read(
        file,
        crs=request.crs or recipe.crs,
        encoding=request.encoding or recipe.encoding,
        sheet=request.sheet or recipe.sheet,
        layer=request.file_layer or recipe.layer,
        polygons=polygons,
    )


def prepare_outlines(request: Request, raw: Path, store: Store, progress: Progress) -> Prepared:
    """Read outlines of communes.

    Parameters
    ----------
    request : Request
        What to add.
    raw : Path
        Where files are looked for first.
    store : Store
        Open, with outlines.
    progress : Progress
        Told of each step.

    Returns
    -------
    Prepared
        Nothing is written yet.

    Raises
    ------
    InputError
        If the file or the request cannot be trusted.
    """
    if request.file is None:
        raise InputError("quel fichier ? python -m zonage_geo data add communes FICHIER")
    for field, option in OF_EDITIONS.items():
        if getattr(request, field):
            raise InputError(
                f"{option} n'a pas de sens pour des contours de communes : retirez cette option."
            )
    if request.accuracy_m is None:
        raise InputError(
            "à combien de mètres près ces contours sont-ils justes ? --accuracy 15 (plein détail), "
            "50, 100… : c'est ce qui dit jusqu'où une réponse est sûre."
        )
    file = find_file(request.file, raw)
    progress("lecture du fichier", 0.0)
    loaded = _read(request, Recipe(), file, polygons=True)
    progress("contours", 0.3)
    content = outline_content(
        cast("gpd.GeoDataFrame", loaded.frame),
        store.file,
        columns=request.columns,
        cog=_vintage(request) or _year(request.edition),
        file=file.name,
    )
    return Prepared(
        layer=COMMUNES,
        edition=request.edition or str(content.cog),
        content=content,
        file=file,
        rows_read=loaded.report.rows_in,
        reports=[loaded.report, *content.reports],
        accuracy_m=request.accuracy_m,
    )


def prepare_edition(
    request: Request,
    user: UserFiles,
    additions: Sequence[Addition],
    raw: Path,
    store: Store,
    progress: Progress,
) -> Prepared:
    """Read a file for a layer.

    Parameters
    ----------
    request : Request
        What to add, and to what.
    user : UserFiles
        For the user's catalogue.
    additions : sequence of Addition
        Those that are there.
    raw : Path
        Where files are looked for first.
    store : Store
        Open.
    progress : Progress
        Told of each step.

    Returns
    -------
    Prepared
        Nothing is written yet.

    Raises
    ------
    InputError
        If the file or the request cannot be trusted.
    CatalogError
        If the edition would break the catalogue's format.
    """
    request = request._replace(edition=edition_id(request.edition))
    plain = _compiled(user, additions)
    described = {layer["id"]: layer for layer in plain["layers"]}
    if request.layer not in described:
        raise InputError(
            f"couche inconnue : {request.layer}. Couches : {COMMUNES}, {', '.join(described)}. Une "
            f"nouvelle couche se décrit dans {user.catalog}/{request.layer}.toml."
        )
    layer = _rewritten(described[request.layer], user, additions)
    _vintage(request)
    record = choose_edition(layer, request, _names(plain))
    # Read as it will be: checked like any other, its list not loaded yet.
    try:
        asked = _compiled(user, additions, request.layer, _asked(layer, record))
    except CatalogError as error:  # the catalogue itself was right: the request is not
        raise InputError(f"cette édition ne va pas : {str(error).partition(' : ')[2]}") from error
    catalog = Catalog.from_plain(asked)
    model = catalog.layers[request.layer]
    edition = next(one for one in model.editions if one.id == record["id"])
    _refuse_wider(request, edition, model, catalog)
    recipe = Recipe(request.columns, request.classes).over(edition.recipe.over(model.recipe))
    # What the catalogue said of its file, before any file took its place.
    base = _described(user, request.layer, edition)
    file = find_file(request.file or _named(base or edition), raw)
    progress("lecture du fichier", 0.0)
    loaded = _read(request, recipe, file, polygons=False)
    edition = edition._replace(cog=record.get("cog"))
    wanted = _wanted(model, edition, recipe, file, catalog, store)
    progress("contrôle", 0.3)
    content, seen = _content(loaded.frame, wanted, store)
    placed: tuple[str, ...] = ()
    if content.kind == "zones":
        if "accuracy_m" not in record:
            raise InputError(
                "à combien de mètres près ces périmètres sont-ils justes ? --accuracy 15, par "
                "exemple : c'est ce qui dit jusqu'où une réponse est sûre."
            )
        content, placed = in_their_communes(content, wanted, store, float(record["accuracy_m"]))
    reports = [loaded.report, *content.reports]
    reach = reach_of(edition, seen, catalog)
    complete, warnings = completeness(request, edition, base, content, reports, reach)
    warnings += placed
    record = _finished(record, content, edition, complete=complete)
    if content.kind != "zone_classes":
        record["file"] = file.name
        record.pop("incomplete", None)  # of a file that it takes the place of
        declared = request.complete or (base is not None and base.complete)
        if declared and not complete and (lost := lost_words(reports)):
            record["incomplete"] = lost
        before = Catalog.from_plain(plain)
        after = Catalog.from_plain(_compiled(user, additions, request.layer, record))
        warnings += taken_over(request.layer, record["id"], before, after, store)
    return Prepared(
        layer=request.layer,
        edition=record["id"],
        content=content,
        file=file,
        rows_read=loaded.report.rows_in,
        reports=reports,
        record=record,
        listed=zones_listed(edition, content, wanted, store),
        warnings=warnings,
    )


def _year(edition: str | None) -> int | None:
    """Read a vintage in the name of an edition of outlines."""
    known = map(str, range(FIRST_YEAR, LAST_YEAR + 1))
    return int(edition) if edition is not None and edition in known else None


def _vintage(request: Request) -> int | None:
    if request.cog is not None and request.cog < FIRST_YEAR:
        raise InputError(
            f"--cog {request.cog} : les codes commune sont suivis depuis {FIRST_YEAR} seulement."
        )
    if request.cog is not None and request.cog > max(LAST_YEAR, today().year):
        raise InputError(f"--cog {request.cog} : ce millésime n'existe pas encore.")
    return request.cog


def _names(plain: Mapping[str, Any]) -> dict[str, str]:
    names = {"FR": "France", "metropole": "métropole", "outre-mer": "outre-mer"}
    names |= {f"region:{code}": nom for code, nom in plain["regions"].items()}
    return names | {f"departement:{c}": nom for c, (nom, _) in plain["departements"].items()}


def _compiled(
    user: UserFiles,
    additions: Sequence[Addition],
    layer: str | None = None,
    record: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    manifest = user.manifest
    assert manifest is not None  # noqa: S101
    added = [Added(manifest, a.layer, as_toml(a.record)) for a in additions if a.record is not None]
    if layer is not None and record is not None:
        added.append(Added(Path("data add"), layer, as_toml(record)))
    folder = user.catalog if user.catalog and user.catalog.is_dir() else None
    return compile_catalog(user=folder, added=added)


def _rewritten(
    layer: dict[str, Any], user: UserFiles, additions: Sequence[Addition]
) -> dict[str, Any]:
    """Give a layer whose editions are what the user's TOML says, even of those added before."""
    added = {one.edition for one in additions if one.layer == layer["id"]}
    path = user.catalog / f"{layer['id']}.toml" if user.catalog else None
    if not added or path is None or not path.is_file():
        return layer
    named = tomllib.loads(path.read_text(encoding="utf-8")).get("editions", ())
    ours = added & {one["id"] for one in named}
    alone = next(one for one in _compiled(user, ())["layers"] if one["id"] == layer["id"])
    toml = {one["id"]: one for one in alone["editions"]}
    editions = [as_written(e, toml[e["id"]]) if e["id"] in ours else e for e in layer["editions"]]
    return {**layer, "editions": editions}


def _asked(layer: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Give the edition a vintage where the format wants one that is not found yet."""
    unit = record.get("unit", layer["unit"])
    if unit != "polygon" and "cog" not in record:
        return {**record, "cog": LAST_YEAR}
    return dict(record)


def _named(edition: Edition) -> str:
    kind, _, name = (edition.source or "").partition(":")
    if kind != "file":
        raise InputError(
            f"quel fichier ? python -m zonage_geo data add {edition.layer} FICHIER "
            f"--edition {edition.id}"
        )
    return name


def _described(user: UserFiles, layer: str, edition: Edition) -> Edition | None:
    """Give an edition as the catalogue alone has it, the user's part of it included."""
    known = Catalog.from_plain(_compiled(user, ())).layers[layer]
    return next((one for one in known.editions if one.id == edition.id), None)


def _refuse_wider(request: Request, edition: Edition, layer: Layer, catalog: Catalog) -> None:
    """Refuse to stretch an edition over what its text does not speak of."""
    base = next((one for one in layer.editions if one.id == request.edition), None)
    if base is None or base.id == edition.id:
        return
    for code, one in catalog.departements.items():
        if edition.covers(code, one.region) and not base.covers(code, one.region):
            told = ", ".join(base.territory)
            raise InputError(
                f"l'édition {base.id} ne parle que de {told}. Pour un autre territoire, faites-en "
                "une nouvelle, nommée par sa date d'effet : --edition 2025-10-30"
            )


def _wanted(
    layer: Layer, edition: Edition, recipe: Recipe, file: Path, catalog: Catalog, store: Store
) -> Wanted:
    departements = frozenset(
        code for code, one in catalog.departements.items() if edition.covers(code, one.region)
    )
    postcodes = pd.DataFrame(store.postcodes(), columns=["code_postal", "code"])
    return Wanted(layer, edition, recipe, file.name, departements, postcodes)


def _homes(frame: pd.DataFrame, wanted: Wanted, store: Store) -> dict[Hashable, frozenset[str]]:
    """Tell in which départements each feature lies: by its commune codes, else by its place."""
    named = {k: v for k, v in wanted.recipe.columns.items() if k == "code"}
    columns = find_columns(frame, [], named=named, optional=["code"], file=wanted.file)
    homes: dict[Hashable, frozenset[str]] = {}
    if "code" in columns.found:
        for row, text in frame[columns["code"]].dropna().items():
            if codes := parse_codes(str(text)).codes:
                homes[row] = frozenset(map(departement_of, codes))
    for row, shape in zip(frame.index, frame["geometry"], strict=True):
        if row not in homes:
            points = map(shapely.point_on_surface, shapely.get_parts(shape))
            near = [store.outlines_near("communes", p.x, p.y, HOME_M)[:1] for p in points]
            found = {departement_of(one.codes[0]) for (one,) in filter(None, near)}
            homes |= {row: frozenset(found)} if found else {}
    return homes


def _content(frame: pd.DataFrame, wanted: Wanted, store: Store) -> tuple[Content, frozenset[str]]:
    """Choose what a file is to the layer, by what it holds; tell the départements that it names."""
    polygons = (
        "geometry" in frame.columns
        and frame["geometry"].geom_type.isin(["Polygon", "MultiPolygon"]).any()
    )
    if wanted.layer.unit == "polygon" and polygons:
        homes = _homes(frame, wanted, store)
        zones = zone_content(cast("gpd.GeoDataFrame", frame), wanted, homes)
        return zones, wanted.departements & frozenset().union(*homes.values())
    if wanted.layer.overridden_by is not None:
        named = {k: v for k, v in wanted.recipe.columns.items() if k in ("zone", "classe")}
        columns = find_columns(frame, [], named=named, optional=["zone"], file=wanted.file)
        if "zone" in columns.found:
            _refuse_first(wanted)
            return zone_classes(frame, wanted), frozenset()
    content = list_content(frame.drop(columns="geometry", errors="ignore"), wanted)
    return content, frozenset(map(departement_of, content.frame["code"]))


def _refuse_first(wanted: Wanted) -> None:
    """Refuse the classes of quarters for an edition whose communes are not there yet."""
    edition = wanted.edition
    if edition.source is None:
        raise InputError(
            f"{wanted.file} donne les classes de quartiers, mais l'édition {edition.id} n'a pas "
            "encore de liste de communes : ajoutez d'abord celle-ci."
        )


# what will be kept


def _finished(
    record: Mapping[str, Any], content: Content, edition: Edition, *, complete: bool
) -> dict[str, Any]:
    """Give the edition as the catalogue is to have it, now that its file is read."""
    out = dict(record)
    name = f"file:{edition.layer}/{edition.id}"
    if content.kind == "zone_classes":
        seen = set(content.frame["class"].dropna())
        counted = [code for code, one in edition.classes.items() if one.counts and code in seen]
        out["zone_class_source"] = f"{name}/quartiers"
        out["zone_classes_complete"] = complete
        out["zone_classes"] = list(dict.fromkeys([*edition.zone_classes, *counted]))
        return out
    if content.kind == "zones":
        if complete and not edition.complete and edition.source is not None:
            # Complete perimeters stand for a list that is not.
            out = {k: v for k, v in out.items() if k not in ("source", "cog")}
            out["unit"] = "polygon"
        out["complete"] = complete
        return out
    if content.kind == "zone_list":
        out["unit"] = "zone_list"
    return out | {"source": name, "cog": content.cog, "complete": complete}

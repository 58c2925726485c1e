"""From a file's table to what the store will hold: rows of codes and classes, or shapes.

Pure functions on frames. What a row loses is in the report; what cannot be trusted stops
the addition, with the way out.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import NamedTuple, cast

import geopandas as gpd
import pandas as pd

from zonage_geo.catalog.model import ClassDef, Edition, Layer, Recipe
from zonage_geo.readers.cells import as_text, counted
from zonage_geo.readers.codes import drop_sentinels, parse_codes, to_codes
from zonage_geo.readers.columns import Columns, find_columns
from zonage_geo.readers.duplicates import collapse
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport
from zonage_geo.readers.names import fold
from zonage_geo.readers.resolve import resolve
from zonage_geo.store.additions import Kind
from zonage_geo.territory.calendar import LAST_YEAR, detect_vintage
from zonage_geo.territory.codes import ARRONDISSEMENT_CITIES, commune_of

__all__ = ["Content", "Wanted", "list_content", "zone_classes", "zone_content"]

MIN_KNOWN = 0.9
"""Below this share of codes known in the vintage said, the vintage is not that one."""


class Wanted(NamedTuple):
    """What a file is read for.

    Attributes
    ----------
    layer : Layer
        The layer.
    edition : Edition
        The edition that it will be, its territory known.
    recipe : Recipe
        Columns and classes, the user's own first.
    file : str
        Its name, for messages.
    departements : frozenset of str
        Those of the edition's territory.
    postcodes : DataFrame
        Columns ``code_postal`` and ``code``, for lists without commune codes.
    """

    layer: Layer
    edition: Edition
    recipe: Recipe
    file: str
    departements: frozenset[str]
    postcodes: pd.DataFrame


class Content(NamedTuple):
    """What will be written, and the account of it.

    Attributes
    ----------
    kind : Kind
        What it is.
    frame : DataFrame or GeoDataFrame
        Of a list: ``code``, ``class``, ``zone``, ``nom``; of perimeters: ``code``, ``nom``,
        ``class``, ``communes`` and geometry.
    reports : list of ReadReport
        One a step, in order.
    cog : int or None
        Vintage of its commune codes.
    """

    kind: Kind
    frame: pd.DataFrame
    reports: list[ReadReport]
    cog: int | None = None


# classes


def read_classes(
    values: pd.Series, classes: Mapping[str, ClassDef], recipe: Recipe, file: str
) -> list[str | None]:
    """Turn what a file says into the layer's classes.

    Parameters
    ----------
    values : Series
        As the file has them.
    classes : mapping
        The layer's.
    recipe : Recipe
        What means what, beside codes, short words and labels.
    file : str
        For messages.

    Returns
    -------
    list of str or None
        None where the cell is empty.

    Raises
    ------
    ReadError
        If a value is none of them.
    """
    words = {}
    for code, known in classes.items():
        for word in (code, known.short or code, known.label):
            words[_plain(word)] = code
    words |= {_plain(said): code for said, code in recipe.classes.items()}
    texts = [as_text(value) if not pd.isna(value) else "" for value in values]
    strange: dict[str, int] = {}
    for text in texts:
        if text and _plain(text) not in words:
            strange[text] = strange.get(text, 0) + 1
    if strange:
        told = ", ".join(f"« {text} » ({n})" for text, n in list(strange.items())[:8])
        first = next(iter(strange))
        raise ReadError(
            file,
            f"classes inconnues : {told}{'…' if len(strange) > 8 else ''}",
            f'Dites ce qu’elles veulent dire : --classe "{first}={next(iter(classes))}", ou dans '
            f"[recipe.classes] du TOML de la couche. Classes : {', '.join(classes)}.",
            field=str(values.name),
        )
    return [words[_plain(text)] if text else None for text in texts]


def _plain(text: str) -> str:
    return " ".join(fold(text.replace("_", " ").replace("-", " ")).split())


def _sole_class(layer: Layer) -> str | None:
    """Give the class of whatever is listed, where the layer has but one."""
    whole = [code for code, one in layer.classes.items() if one.counts and not one.partial_of]
    return whole[0] if len(whole) == 1 else None


# lists of communes


def list_content(frame: pd.DataFrame, wanted: Wanted) -> Content:
    """Read a list of communes and their classes, or their zones.

    Parameters
    ----------
    frame : DataFrame
        As ``readers.read`` gives it.
    wanted : Wanted
        What it is read for.

    Returns
    -------
    Content
        ``zone_list`` for a layer of perimeters, else ``list``.

    Raises
    ------
    ReadError
        If a column is missing, a class unknown, a code twice in two classes.
    """
    layer = wanted.layer
    zoned = layer.zoned or layer.unit == "polygon"
    sole = _sole_class(layer)
    needed = (["zone"] if zoned else []) + ([] if sole or zoned else ["classe"])
    optional = ["nom_zone"] if zoned else (["classe"] if sole else [])
    reports: list[ReadReport] = []
    table, columns, cog = _coded(frame, wanted, needed, optional, reports)
    code = columns["code"]
    if zoned:
        kept = drop_sentinels(table, columns["zone"], file=wanted.file)
        table = kept.frame
        reports.append(kept.report)
    out = pd.DataFrame({"code": table[code].astype("string")}, index=table.index)
    out["zone"] = _texts(table, columns.found.get("zone"))
    out["nom"] = _texts(table, columns.found.get("nom_zone"))
    classe = columns.found.get("classe")
    if classe is not None and not zoned:
        out["class"] = read_classes(table[classe], layer.classes, wanted.recipe, wanted.file)
    else:
        out["class"] = sole if layer.unit != "polygon" else None
    out = _by_unit(out, wanted, reports)
    out = _inside(out, wanted, reports)
    key = ["code", "zone"] if zoned else ["code"]
    once = collapse(out, key, [c for c in ("class", "nom") if c not in key], file=wanted.file)
    reports.append(once.report)
    kept_rows = once.frame
    if not zoned:
        kept_rows = _classless_away(kept_rows, reports, wanted.file)
    return Content("zone_list" if layer.unit == "polygon" else "list", kept_rows, reports, cog)


def _texts(table: pd.DataFrame, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * len(table)
    return [as_text(v) or None if not pd.isna(v) else None for v in table[column]]


def _coded(
    frame: pd.DataFrame,
    wanted: Wanted,
    needed: list[str],
    optional: list[str],
    reports: list[ReadReport],
) -> tuple[pd.DataFrame, Columns, int]:
    """Give the table with commune codes, found by postal code and name where it has none."""
    named, file, layer = wanted.recipe.columns, wanted.file, wanted.layer
    cog = wanted.edition.cog
    by_name = "code_postal" in named and "code" not in named
    if not by_name:
        try:
            columns = find_columns(
                frame, ["code", *needed], named=named, optional=optional, file=file
            )
        except ReadError as error:
            by_name = "codes commune" in str(error) and "aucune" in str(error)
            if not by_name:
                raise
    if by_name:
        columns = find_columns(
            frame, ["code_postal", "nom", *needed], named=named, optional=optional, file=file
        )
        year = cog or LAST_YEAR
        found = resolve(
            frame[columns["nom"]], frame[columns["code_postal"]], wanted.postcodes, year=year
        )
        reports.append(found.report)
        table = frame.assign(code_insee=found.frame["code"])[found.frame["code"].notna()]
        return table, Columns({**columns.found, "code": "code_insee"}, columns.why), year
    year = cog or _detected(frame[columns["code"]], wanted, reports)
    loaded = to_codes(frame, columns["code"], year=year, parents=layer.zoned, file=file)
    reports.append(loaded.report)
    _check_vintage(loaded.frame[columns["code"]], year, wanted)
    return loaded.frame, columns, year


def _codes_of(column: pd.Series) -> list[str]:
    return [code for value in column.dropna() for code in parse_codes(as_text(value)).codes]


def _detected(column: pd.Series, wanted: Wanted, reports: list[ReadReport]) -> int:
    detected = detect_vintage(_codes_of(column))
    report = ReadReport(f"millésime de {wanted.file}", 0)
    report.add(None, str(column.name), "millésime", f"{detected}.")
    reports.append(report)
    return detected.year


def _check_vintage(codes: pd.Series, year: int, wanted: Wanted) -> None:
    """Refuse a list whose codes are plainly not of the vintage said."""
    from zonage_geo.territory.calendar import calendar
    from zonage_geo.territory.timeline import vintage

    valid = calendar().valid(vintage(year))
    distinct = {commune_of(code) for code in codes}
    known = sum(code in valid for code in distinct)
    if known < MIN_KNOWN * len(distinct):
        raise ReadError(
            wanted.file,
            f"{counted(known, 'code')} sur {len(distinct)} seulement sont des communes du COG "
            f"{year}",
            "Donnez le millésime de la liste avec --cog, ou laissez-le trouver.",
            field=str(codes.name),
        )


def _by_unit(frame: pd.DataFrame, wanted: Wanted, reports: list[ReadReport]) -> pd.DataFrame:
    """Bring Paris, Lyon and Marseille to what the layer classes: cities or arrondissements."""
    report = ReadReport(f"Paris, Lyon et Marseille de {wanted.file}", len(frame), len(frame))
    codes = frame["code"]
    present = set(codes)
    if wanted.edition.unit != "arrondissement":
        to_city = [commune_of(code) for code in codes]
        for row, code, city in zip(frame.index, codes, to_city, strict=True):
            if code != city:
                report.add(row, code, "arrondissement", f"porté à la commune {city}.")
        frame = frame.assign(code=pd.array(to_city, dtype="string"))
        reports += [report] if report.lines else []
        return frame
    parts = []
    for row, code in zip(frame.index, codes, strict=True):
        if code in ARRONDISSEMENT_CITIES and not present & set(ARRONDISSEMENT_CITIES[code]):
            parts.append(list(ARRONDISSEMENT_CITIES[code]))
            report.add(row, code, "arrondissements", "porté à chacun de ses arrondissements.")
        else:
            parts.append([code])
    reports += [report] if report.lines else []
    return frame.assign(code=pd.Series(parts, index=frame.index, dtype=object)).explode("code")


def _inside(frame: pd.DataFrame, wanted: Wanted, reports: list[ReadReport]) -> pd.DataFrame:
    """Set aside the rows of another territory than the edition's."""
    from zonage_geo.territory.codes import departement_of

    report = ReadReport(f"territoire de {wanted.file}", len(frame))
    keep = []
    for row, code in zip(frame.index, frame["code"], strict=True):
        keep.append(departement_of(code) in wanted.departements)
        if not keep[-1]:
            told = ", ".join(wanted.edition.territory)
            report.drop(row, code, "hors territoire", f"n’est pas dans {told}.")
    out = frame[keep]
    report.rows_kept = report.rows_out = len(out)
    if not len(out):
        raise ReadError(
            wanted.file,
            f"aucune de ses communes n’est dans {', '.join(wanted.edition.territory)}",
            "Vérifiez --edition et --territory.",
        )
    reports += [report] if report.lines else []
    return out


def _classless_away(frame: pd.DataFrame, reports: list[ReadReport], file: str) -> pd.DataFrame:
    report = ReadReport(f"classes de {file}", len(frame))
    for row, code, known in zip(frame.index, frame["code"], frame["class"], strict=True):
        if known is None or pd.isna(known):
            report.drop(row, code, "sans classe", "la cellule est vide.", lost=True)
    out = frame[frame["class"].notna()]
    report.rows_kept = report.rows_out = len(out)
    reports += [report] if report.lines else []
    return out


# classes of zones


def zone_classes(frame: pd.DataFrame, wanted: Wanted) -> Content:
    """Read the classes that zones have of their own.

    Parameters
    ----------
    frame : DataFrame
        As ``readers.read`` gives it.
    wanted : Wanted
        What it is read for.

    Returns
    -------
    Content
        ``zone_classes``: codes of zones and their classes.

    Raises
    ------
    ReadError
        If a column is missing, a class unknown, a zone in two classes.
    """
    columns = find_columns(frame, ["zone", "classe"], named=wanted.recipe.columns, file=wanted.file)
    kept = drop_sentinels(frame, columns["zone"], file=wanted.file)
    table, reports = kept.frame, [kept.report]
    out = pd.DataFrame({"code": _texts(table, columns["zone"])}, index=table.index)
    out["class"] = read_classes(
        table[columns["classe"]], wanted.layer.classes, wanted.recipe, wanted.file
    )
    once = collapse(out, "code", ["class"], file=wanted.file)
    reports.append(once.report)
    rows = _classless_away(once.frame, reports, wanted.file).assign(zone=None, nom=None)
    return Content("zone_classes", rows, reports)


# perimeters


def zone_content(frame: gpd.GeoDataFrame, wanted: Wanted, homes: Mapping[Hashable, str]) -> Content:
    """Read perimeters: one shape a zone, whose parts may be several features.

    Parameters
    ----------
    frame : GeoDataFrame
        As ``readers.read`` gives it, EPSG:4326.
    wanted : Wanted
        What it is read for.
    homes : mapping
        Index label to the département in which the feature lies.

    Returns
    -------
    Content
        ``zones``, by code.

    Raises
    ------
    ReadError
        If no column holds the zones' codes, or a class is unknown.
    """
    file, named = wanted.file, wanted.recipe.columns
    columns = find_columns(
        frame, ["zone"], named=named, optional=["nom_zone", "classe", "code"], file=file
    )
    kept = drop_sentinels(frame, columns["zone"], file=file)
    reports = [kept.report]
    table = _at_home(cast("gpd.GeoDataFrame", kept.frame), wanted, homes, reports)
    out = table[["geometry"]].copy()
    out["code"] = _texts(table, columns["zone"])
    out["nom"] = _texts(table, columns.found.get("nom_zone"))
    out["nom"] = out["nom"].fillna(out["code"])
    sole = _sole_class(wanted.layer)
    classe = columns.found.get("classe") if sole is None or "classe" in named else None
    if classe is None and sole is None:
        raise ReadError(
            file, "aucune colonne reconnue comme celle des classes", "--column classe=NOM."
        )
    out["class"] = (
        sole
        if classe is None
        else read_classes(table[classe], wanted.layer.classes, wanted.recipe, file)
    )
    code = columns.found.get("code")
    communes: Iterable[str] = [""] * len(table)
    cog = None
    if code is not None:
        communes = [" ".join(parse_codes(text or "").codes) for text in _texts(table, code)]
        cog = wanted.edition.cog or detect_vintage(" ".join(communes).split()).year
    out["communes"] = list(communes)
    return Content("zones", _one_a_zone(out, reports, file), reports, cog)


def _at_home(
    table: gpd.GeoDataFrame,
    wanted: Wanted,
    homes: Mapping[Hashable, str],
    reports: list[ReadReport],
) -> gpd.GeoDataFrame:
    report = ReadReport(f"territoire de {wanted.file}", len(table))
    keep = []
    for row in table.index:
        keep.append(homes.get(row) in wanted.departements)
        if not keep[-1]:
            where = (
                f"est dans le département {homes[row]}" if row in homes else "n’est pas en France"
            )
            told = ", ".join(wanted.edition.territory)
            report.drop(row, "", "hors territoire", f"{where}, non dans {told}.")
    out = table[keep]
    report.rows_kept = report.rows_out = len(out)
    if not len(out):
        raise ReadError(
            wanted.file,
            f"aucun de ses périmètres n’est dans {', '.join(wanted.edition.territory)}",
            "Vérifiez --edition, --territory et --crs.",
        )
    reports += [report] if report.lines else []
    return out


def _one_a_zone(frame: gpd.GeoDataFrame, reports: list[ReadReport], file: str) -> gpd.GeoDataFrame:
    """Unite the features of a zone."""
    report = ReadReport(f"périmètres de {file}", len(frame), len(frame))
    repeated: Collection[str] = set(frame.loc[frame["code"].duplicated(), "code"])
    for row, code in zip(frame.index, frame["code"], strict=True):
        if code in repeated:
            report.add(row, code, "plusieurs objets", "réunis en un périmètre.")
    if not repeated:
        return frame
    reports.append(report)
    first = frame.groupby("code").agg(
        nom=("nom", "first"),
        **{"class": ("class", "first")},
        communes=("communes", lambda c: " ".join(dict.fromkeys(" ".join(c).split()))),
    )
    classes = frame.groupby("code")["class"].nunique()
    if several := classes[classes > 1].index.tolist():
        raise ReadError(
            file,
            f"plusieurs classes pour {', '.join(several[:5])}",
            "Corrigez le fichier, ou nommez la colonne qui fait foi : --column classe=NOM.",
        )
    shapes = frame[["code", "geometry"]].dissolve("code")["geometry"]
    return gpd.GeoDataFrame(first.join(shapes).reset_index(), geometry="geometry", crs=frame.crs)

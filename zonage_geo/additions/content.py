"""From a file's table to what the store will hold: rows of codes and classes, or shapes.

Pure functions on frames. What a row loses is in the report; what cannot be trusted stops
the addition, with the way out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import NamedTuple, cast

import geopandas as gpd
import pandas as pd

from zonage_geo.catalog.model import ClassDef, Edition, Layer, Recipe
from zonage_geo.errors import InputError
from zonage_geo.readers.cells import as_text, counted
from zonage_geo.readers.codes import drop_sentinels, parse_codes, to_codes
from zonage_geo.readers.columns import ENOUGH, Columns, find_columns, score
from zonage_geo.readers.duplicates import collapse
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport
from zonage_geo.readers.names import fold
from zonage_geo.readers.resolve import resolve
from zonage_geo.store.additions import Kind
from zonage_geo.territory.calendar import LAST_YEAR, calendar, detect_vintage
from zonage_geo.territory.codes import ARRONDISSEMENT_CITIES, commune_of, departement_of
from zonage_geo.territory.timeline import STORE_DAY, vintage

__all__ = ["Content", "Wanted", "list_content", "zone_classes", "zone_content"]

CLASS_TITLES = frozenset({"classe", "classement", "class", "zonage", "categorie", "niveau"})
"""Titles that a column of classes may have, whatever its values."""
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
    words = _words(classes, recipe)
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
            f'Dites ce que veut dire chacune : --classe "{first}={_likely(first, words)}", ou dans '
            f"[recipe.classes] du TOML de la couche. Classes : {', '.join(classes)}.",
            field=str(values.name),
        )
    return [words[_plain(text)] if text else None for text in texts]


def _words(classes: Mapping[str, ClassDef], recipe: Recipe) -> dict[str, str]:
    """Say what each word means: codes, short words and labels, then the recipe's."""
    words: dict[str, str] = {}
    for code, known in classes.items():
        for word in (code, known.short or code, known.label):
            words[_plain(word)] = code
    return words | {_plain(said): code for said, code in recipe.classes.items()}


def _named(frame: pd.DataFrame, wanted: Wanted) -> Mapping[str, str]:
    """Name the column of classes by its title, where it holds the layer's own words.

    Those words may be any: a column of A and B tells nothing to who does not know the layer.
    """
    named = wanted.recipe.columns
    if "classe" in named:
        return named
    words = _words(wanted.layer.classes, wanted.recipe)
    titled = [str(name) for name in frame.columns if _plain(str(name)) in CLASS_TITLES]
    for column in titled:
        said = {_plain(as_text(value)) for value in frame[column].dropna()} - {""}
        if said and said <= words.keys() and len(titled) == 1:
            return {**named, "classe": column}
    return named


def _plain(text: str) -> str:
    """Reduce a class word; a plus sign stays, for FRR+ is not FRR."""
    spaced = text.replace("_", " ").replace("-", " ").replace("+", " plus ")
    return " ".join(fold(spaced).split())


def _likely(said: str, words: Mapping[str, str]) -> str:
    """Give the one class that a strange value names, for an example that may be copied."""
    text = f" {_plain(said)} "
    named = {code for word, code in words.items() if f" {word} " in text}
    return named.pop() if len(named) == 1 else "CLASSE"


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
    if zoned:
        out = _one_zone_a_row(out, "zone", reports, wanted.file)
    classe = columns.found.get("classe")
    if classe is None and sole and not zoned:
        _take_all_for(sole, table, wanted, reports)
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


_ZONES = re.compile(r"Q[PN][0-9AB]{5,6}[A-Z]?(?:[\s,;/|+]+Q[PN][0-9AB]{5,6}[A-Z]?)+")
_YES_OR_NO = frozenset({"0", "1", "n", "o", "non", "oui", "false", "true", "faux", "vrai", "x"})
_NO = frozenset({"0", "n", "non", "false", "faux"})


def _one_zone_a_row(
    frame: pd.DataFrame, column: str, reports: list[ReadReport], file: str
) -> pd.DataFrame:
    """Part the cells that hold the codes of several quarters."""
    report = ReadReport(f"quartiers de {file}", len(frame), len(frame))
    codes, names = [], []
    said = frame["nom"] if "nom" in frame.columns else [None] * len(frame)
    for row, cell, nom in zip(frame.index, frame[column], said, strict=True):
        several = _ZONES.fullmatch(cell.strip()) if isinstance(cell, str) else None
        parts = re.findall(r"[^\s,;/|+]+", cell) if several else [cell]
        named = [one.strip() for one in nom.split(",")] if several and nom else [nom]
        if several:
            report.add(row, cell, "plusieurs quartiers", f"« {cell} » : une ligne par quartier.")
            if len(named) != len(parts):  # a name may hold a comma: which is whose, nobody says
                named = parts
        codes.append(parts)
        names.append(named)
    if not report.lines:
        return frame
    out = frame.assign(**{column: pd.Series(codes, index=frame.index, dtype=object)})
    if "nom" not in frame.columns:
        out = out.explode(column)
    else:
        out = out.assign(nom=pd.Series(names, index=frame.index, dtype=object))
        out = out.explode([column, "nom"])
    report.rows_out = len(out)
    reports.append(report)
    return out


def _take_all_for(
    sole: str, table: pd.DataFrame, wanted: Wanted, reports: list[ReadReport]
) -> None:
    """Take every row for the layer's one class, unless a column may say otherwise."""
    if len(wanted.layer.classes) > 1:
        for column in table.columns:
            if _plain(str(column)) in CLASS_TITLES:
                read_classes(table[column], wanted.layer.classes, wanted.recipe, wanted.file)
        report = ReadReport(f"classe de {wanted.file}", 0)
        told = f"aucune colonne de classes : toutes les lignes sont tenues pour {sole}."
        report.add(None, "", "classe", told)
        reports.append(report)
    for column in table.columns:
        said = {as_text(value).casefold() for value in table[column].dropna()}
        empty = bool(table[column].isna().any())
        if said and said <= _YES_OR_NO and (len(said) > 1 if said & _NO else empty):
            told = ", ".join([*sorted(said), *["vide"] * empty])
            raise ReadError(
                wanted.file,
                f"une colonne de oui et de non ({told}) : toutes ses lignes seraient tenues pour "
                f"{sole}",
                "Ne gardez que les lignes de la zone et retirez cette colonne, ou nommez celle "
                "des classes : --column classe=NOM.",
                field=str(column),
            )


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
    named, file, layer = _named(frame, wanted), wanted.file, wanted.layer
    cog = wanted.edition.cog
    if _is_by_name(frame, wanted):
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
    columns = find_columns(frame, ["code", *needed], named=named, optional=optional, file=file)
    year = cog or _detected(frame[columns["code"]], wanted, reports)
    loaded = to_codes(frame, columns["code"], year=year, parents=layer.zoned, file=file)
    reports.append(loaded.report)
    _check_vintage(loaded.frame[columns["code"]], year, wanted)
    table = loaded.frame
    if not layer.zoned:
        table = _of_its_vintage(table, columns["code"], year, wanted, reports)
    return table, columns, year


def _of_its_vintage(
    table: pd.DataFrame, column: str, year: int, wanted: Wanted, reports: list[ReadReport]
) -> pd.DataFrame:
    """Set aside what is no commune of the list's vintage: nobody would find it there."""
    report = ReadReport(f"communes de {wanted.file}", len(table))
    valid = calendar().valid(vintage(year))
    keep = []
    for row, code in zip(table.index, table[column], strict=True):
        keep.append(commune_of(code) in valid or departement_of(code) not in wanted.departements)
        if not keep[-1]:
            told = f"n’est pas une commune du COG {year} : ce qu’elle en dit ne sert pas."
            report.drop(row, code, "hors millésime", told, lost=True)
    out = table[keep]
    report.rows_kept = report.rows_out = len(out)
    reports += [report] if report.lines else []
    return out


def _is_by_name(frame: pd.DataFrame, wanted: Wanted) -> bool:
    """Tell whether a list has postal codes and names, and no commune codes."""
    named = wanted.recipe.columns
    if "code" in named or "code_postal" in named:
        return "code" not in named
    roles = ["code", "code_postal", "nom"]
    found = find_columns(frame, [], named=named, optional=roles, file=wanted.file).found
    if "code" in found or "code_postal" not in found:
        return False
    return not any(score(frame[name], "code") >= ENOUGH for name in frame.columns)


def _codes_of(column: pd.Series) -> list[str]:
    return [code for value in column.dropna() for code in parse_codes(as_text(value)).codes]


def _detected(column: pd.Series, wanted: Wanted, reports: list[ReadReport]) -> int:
    try:
        detected = detect_vintage(_codes_of(column))
    except InputError as error:
        way_out = "Vérifiez la colonne des codes commune : --column code=NOM."
        raise ReadError(wanted.file, str(error)[:-1], way_out, field=str(column.name)) from error
    report = ReadReport(f"millésime de {wanted.file}", 0)
    report.add(None, str(column.name), "millésime", f"{detected}.")
    reports.append(report)
    return detected.year


def _check_vintage(codes: pd.Series, year: int, wanted: Wanted) -> None:
    """Refuse a list whose codes are plainly not of the vintage said."""
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
        unsaid = [one for one in ARRONDISSEMENT_CITIES.get(code, ()) if one not in present]
        if unsaid:
            parts.append(unsaid)
            told = (
                "ses arrondissements"
                if present.isdisjoint(ARRONDISSEMENT_CITIES[code])
                else ("ceux de ses arrondissements qui ne sont pas dans le fichier")
            )
            report.add(row, code, "arrondissements", f"porté à {told}.")
        else:
            parts.append([code])
    reports += [report] if report.lines else []
    return frame.assign(code=pd.Series(parts, index=frame.index, dtype=object)).explode("code")


def _inside(frame: pd.DataFrame, wanted: Wanted, reports: list[ReadReport]) -> pd.DataFrame:
    """Set aside the rows of another territory than the edition's."""
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
    columns = find_columns(frame, ["zone", "classe"], named=_named(frame, wanted), file=wanted.file)
    kept = drop_sentinels(frame, columns["zone"], file=wanted.file)
    table, reports = kept.frame, [kept.report]
    if len(table) < len(frame):
        bare = len(frame) - len(table)
        raise ReadError(
            wanted.file,
            f"{counted(bare, 'ligne')} sur {len(frame)} sans code de quartier",
            "Communes et quartiers s'ajoutent l'un après l'autre : séparez-les en deux fichiers.",
            field=columns["zone"],
        )
    out = pd.DataFrame({"code": _texts(table, columns["zone"])}, index=table.index)
    out["class"] = read_classes(
        table[columns["classe"]], wanted.layer.classes, wanted.recipe, wanted.file
    )
    out = _one_zone_a_row(out, "code", reports, wanted.file)
    once = collapse(out, "code", ["class"], file=wanted.file)
    reports.append(once.report)
    rows = _classless_away(once.frame, reports, wanted.file).assign(zone=None, nom=None)
    return Content("zone_classes", rows, reports)


# perimeters


def zone_content(
    frame: gpd.GeoDataFrame, wanted: Wanted, homes: Mapping[Hashable, frozenset[str]]
) -> Content:
    """Read perimeters: one shape a zone, whose parts may be several features.

    Parameters
    ----------
    frame : GeoDataFrame
        As ``readers.read`` gives it, EPSG:4326.
    wanted : Wanted
        What it is read for.
    homes : mapping
        Index label to the départements in which the feature lies.

    Returns
    -------
    Content
        ``zones``, by code.

    Raises
    ------
    ReadError
        If no column holds the zones' codes, or a class is unknown.
    """
    file, named = wanted.file, _named(frame, wanted)
    columns = find_columns(
        frame, ["zone"], named=named, optional=["nom_zone", "classe", "code"], file=file
    )
    kept = drop_sentinels(frame, columns["zone"], file=file)
    kept.report.lost += kept.report.dropped  # a perimeter without a code is one all the same
    reports = [kept.report]
    table = _at_home(cast("gpd.GeoDataFrame", kept.frame), wanted, homes, reports)
    out = table[["geometry"]].copy()
    out["code"] = _texts(table, columns["zone"])
    out["nom"] = _texts(table, columns.found.get("nom_zone"))
    out["nom"] = out["nom"].fillna(out["code"])
    sole = _sole_class(wanted.layer)
    several = len(wanted.layer.classes) > 1
    classe = columns.found.get("classe") if several or "classe" in named else None
    if classe is None and sole and several:
        _take_all_for(sole, table.drop(columns="geometry"), wanted, reports)
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
    if code is not None:
        communes = _communes_now(_texts(table, code), wanted)
    out["communes"] = list(communes)
    shapes = _classless_away(out, reports, file)
    return Content("zones", _one_a_zone(cast("gpd.GeoDataFrame", shapes), reports, file), reports)


def _communes_now(cells: Iterable[str | None], wanted: Wanted) -> list[str]:
    """Bring the communes that perimeters name to the store's codes."""
    named = [parse_codes(text or "").codes for text in cells]
    each = [commune_of(code) for codes in named for code in codes]
    try:
        year = wanted.edition.cog or detect_vintage(each).year
    except InputError:  # no codes of communes: the perimeters' place will tell
        return [""] * len(named)
    at = calendar().timeline.at
    return [
        " ".join(
            dict.fromkeys(
                now
                for code in codes
                for now in sorted(at(commune_of(code), vintage(year), STORE_DAY))
            )
        )
        for codes in named
    ]


def _at_home(
    table: gpd.GeoDataFrame,
    wanted: Wanted,
    homes: Mapping[Hashable, frozenset[str]],
    reports: list[ReadReport],
) -> gpd.GeoDataFrame:
    report = ReadReport(f"territoire de {wanted.file}", len(table))
    keep = []
    for row in table.index:
        lies = homes.get(row, frozenset())
        keep.append(not lies.isdisjoint(wanted.departements))
        if not keep[-1]:
            told = " et ".join(sorted(lies))
            where = f"est dans le département {told}" if lies else "n’est pas en France"
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

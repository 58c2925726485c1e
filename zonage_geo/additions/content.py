"""From a list's table to what the store will hold: rows of codes, classes and zones.

Pure functions on frames. What a row loses is in the report; what cannot be trusted stops
the addition, with the way out.
"""

from __future__ import annotations

import re

import pandas as pd

from zonage_geo.additions.wanted import (
    Content,
    NothingThereError,
    Wanted,
    check_zones,
    classless_away,
    named_columns,
    read_classes,
    sole_class,
    take_all_for,
    texts,
)
from zonage_geo.errors import InputError
from zonage_geo.readers.accord import agreeing
from zonage_geo.readers.cells import as_text, counted
from zonage_geo.readers.codes import drop_sentinels, parse_codes, to_codes
from zonage_geo.readers.columns import ENOUGH, Columns, find_columns, score
from zonage_geo.readers.duplicates import collapse
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport
from zonage_geo.readers.resolve import resolve
from zonage_geo.territory.calendar import LAST_YEAR, calendar, detect_vintage
from zonage_geo.territory.codes import ARRONDISSEMENT_CITIES, commune_of, departement_of
from zonage_geo.territory.timeline import vintage

__all__ = ["list_content", "zone_classes"]

MIN_KNOWN = 0.9
"""Below this share of codes known in the vintage said, the vintage is not that one."""


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
    sole = sole_class(layer)
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
    out["zone"] = texts(table, columns.found.get("zone"))
    out["nom"] = texts(table, columns.found.get("nom_zone"))
    if zoned:
        out = _one_zone_a_row(out, "zone", reports, wanted.file)
        check_zones(out["zone"], wanted)
    classe = columns.found.get("classe")
    if classe is None and sole and not zoned:
        take_all_for(sole, table, wanted, reports)
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
        kept_rows = classless_away(kept_rows, reports, wanted.file)
    return Content("zone_list" if layer.unit == "polygon" else "list", kept_rows, reports, cog)


_ZONES = re.compile(r"Q[PN][0-9AB]{5,6}[A-Z]?(?:[\s,;/|+]+Q[PN][0-9AB]{5,6}[A-Z]?)+")


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


def _coded(
    frame: pd.DataFrame,
    wanted: Wanted,
    needed: list[str],
    optional: list[str],
    reports: list[ReadReport],
) -> tuple[pd.DataFrame, Columns, int]:
    """Give the table with commune codes, found by postal code and name where it has none."""
    named, file, layer = named_columns(frame, wanted), wanted.file, wanted.layer
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
    table = _in_accord(loaded.frame, columns, wanted, reports)
    if not layer.zoned:
        table = _of_its_vintage(table, columns["code"], year, wanted, reports)
    return table, columns, year


def _in_accord(
    table: pd.DataFrame, columns: Columns, wanted: Wanted, reports: list[ReadReport]
) -> pd.DataFrame:
    """Set aside the rows whose commune is named otherwise than its code says."""
    roles = {column: role for role, column in columns.found.items() if role != "code"}
    rest = table.drop(columns=[name for name in roles if roles[name] != "nom"])
    named = wanted.recipe.columns.get("nom")
    loaded = agreeing(rest, columns["code"], named=named, file=wanted.file)
    reports += [loaded.report] if loaded.report.lines else []
    dropped = {line.row for line in loaded.report.dropped}
    return table[~table.index.isin(dropped)] if dropped else table


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
        raise NothingThereError(
            wanted.file,
            f"aucune de ses communes n’est dans {', '.join(wanted.edition.territory)}",
            "Vérifiez --edition et --territory.",
        )
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
    columns = find_columns(
        frame, ["zone", "classe"], named=named_columns(frame, wanted), file=wanted.file
    )
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
    out = pd.DataFrame({"code": texts(table, columns["zone"])}, index=table.index)
    out["class"] = read_classes(
        table[columns["classe"]], wanted.layer.classes, wanted.recipe, wanted.file
    )
    out = _one_zone_a_row(out, "code", reports, wanted.file)
    once = collapse(out, "code", ["class"], file=wanted.file)
    reports.append(once.report)
    rows = classless_away(once.frame, reports, wanted.file).assign(zone=None, nom=None)
    return Content("zone_classes", rows, reports)

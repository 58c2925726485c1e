"""Make the shipped tables from the publishers' files, one function a kind of table."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import facts_codec as codec
import facts_join
from facts_sources import Cog, FactsError, Row, class_of, code_of, must, read_rows, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "Report",
    "Table",
    "communes",
    "events",
    "memberships",
    "quartiers",
    "sub_communes",
    "zonage_medecins",
]

QUARTER = re.compile(r"QN(?:\d{3}|02[AB])\d\d[NMIC]")


@dataclass
class Report:
    """What became of the rows of a file.

    Attributes
    ----------
    read, kept : int
        Rows read, rows that went into the table.
    dropped : dict[str, list[str]]
        Reason to the rows dropped for it, in words.
    notes : list[str]
        What else is worth a line.
    """

    read: int
    kept: int
    dropped: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class Table:
    """A table ready to be written.

    Attributes
    ----------
    columns : list[str]
        Its columns, coded.
    rows : int
        Number of rows.
    counted : str
        Field of the main file that the counts are made on.
    counts : dict[str, int]
        Rows by class.
    report : Report
        The account of its rows.
    """

    columns: list[str]
    rows: int
    counted: str
    counts: dict[str, int]
    report: Report


def communes(cog: Cog, spec: Mapping[str, Any]) -> Table:
    """Make the table of communes.

    Parameters
    ----------
    cog : Cog
        INSEE's files.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Codes and names.
    """
    counts = Counter(map(facts_join.departement, cog.communes))
    return Table(
        columns=[codec.steps(list(cog.communes)), codec.front(list(cog.communes.values()))],
        rows=len(cog.communes),
        counted="DEPCOM",
        counts={dep: counts[dep] for dep in spec["expected"]["counts"]},
        report=Report(
            read=cog.read,
            kept=len(cog.communes),
            dropped={"COMD, COMA or ARM: in sub_communes": [_called(row) for row in cog.subs]},
        ),
    )


def sub_communes(cog: Cog) -> Table:
    """Make the table of the parts of communes.

    Parameters
    ----------
    cog : Cog
        INSEE's files.

    Returns
    -------
    Table
        Types, codes, codes of the communes, names.
    """
    for row in cog.subs:
        if row["COMPARENT"] not in cog.communes:
            raise row.error("COMPARENT", f"{row['COMPARENT']} is not a commune")
    codes = [row["DEPCOM"] for row in cog.subs]
    types = [row["TYPECOM"] for row in cog.subs]
    return Table(
        columns=[
            codec.classes(types, ["COMD", "COMA", "ARM"]),
            codec.steps(codes),
            codec.beside([row["COMPARENT"] for row in cog.subs], codes),
            codec.front([row["NOM_DEPCOM"] for row in cog.subs]),
        ],
        rows=len(codes),
        counted="TYPECOM",
        counts=dict(Counter(types)),
        report=Report(
            read=cog.read,
            kept=len(codes),
            dropped={"COM: in communes": [f"{c} {nom}" for c, nom in cog.communes.items()]},
        ),
    )


def events(cog: Cog, spec: Mapping[str, Any]) -> Table:
    """Make the table of events.

    Parameters
    ----------
    cog : Cog
        INSEE's files.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Dates, kinds, codes before and after, names that cannot be found otherwise.
    """
    known = {row["DEPCOM"]: row["NOM_DEPCOM"] for row in cog.subs} | dict(cog.communes)
    before = [row["COM_AV"] for row in cog.events]
    noms_av, noms_ap = codec.names_backwards(
        [
            (row["COM_AV"], row["LIBELLE_AV"], row["COM_AP"], row["LIBELLE_AP"])
            for row in cog.events
        ],
        known,
    )
    kinds = [f"{row['MOD']} {row['TYPECOM_AV']} {row['TYPECOM_AP']}" for row in cog.events]
    older = cog.events_read - len(before)
    return Table(
        columns=[
            codec.plain([row["DATE_EFF"] for row in cog.events]),
            codec.classes(kinds),
            codec.steps(before),
            codec.beside([row["COM_AP"] for row in cog.events], before),
            codec.plain(noms_av),
            codec.plain(noms_ap),
        ],
        rows=len(before),
        counted="MOD",
        counts=dict(sorted(Counter(row["MOD"] for row in cog.events).items())),
        report=Report(
            read=cog.events_read,
            kept=len(before),
            dropped={f"before {spec['since']}": [""] * older},
            notes=[f"names stored {sum(map(bool, noms_av + noms_ap))}, others found again"],
        ),
    )


def memberships(
    data: Path,
    cog: Cog,
    spec: Mapping[str, Any],
    names: tuple[str, str],
    delimiter: str = ",",
    skip: int = 0,
) -> Table:
    """Make a table of classes from a list that has commune codes.

    Parameters
    ----------
    data : Path
        Folder of the files.
    cog : Cog
        INSEE's files.
    spec : Mapping[str, Any]
        What the table must be.
    names : tuple[str, str]
        Fields of the code and of the class.
    delimiter : str, optional
        What separates the fields.
    skip : int, optional
        Title lines above the header.

    Returns
    -------
    Table
        Codes and classes.
    """
    (file,) = spec["sources"]
    rows, blank = read_rows(data, file, names, delimiter, skip)
    found: dict[str, str] = {}
    for row in rows:
        code = code_of(row, names[0])
        if code in found:
            raise row.error(names[0], f"{code} a second time")
        if spec["cog"] == "2025" and code not in cog.communes:
            raise row.error(names[0], f"{code} is not a commune of 2025")
        found[code] = class_of(row, names[1], spec["classes"])
    report = Report(len(rows) + len(blank), len(rows), {"blank row": blank} if blank else {})
    return _membership_table(found, names[1], spec, report)


def zonage_medecins(data: Path, cog: Cog, spec: Mapping[str, Any]) -> Table:
    """Make the table of the zonage médecins, whose list has no commune codes.

    Parameters
    ----------
    data : Path
        Folder of the files.
    cog : Cog
        INSEE's files.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Codes and classes; the join is told in the report.
    """
    file, population, poste = spec["sources"][:3]
    rows, blank = read_rows(data, file, ["Code_postal", "Nom_commune", "Zonage"])
    listed = [_listed(row, spec["classes"]) for row in rows]
    outcome = _join(data, file, population, cog, listed)
    expected = spec["expected"]
    refused = [text.split(": ")[1] for text in outcome.refused]
    must(file, "Nom_commune", "rows refused", expected["refused"], refused)
    must(file, "Zonage", "codes with two classes", expected["conflicts"], outcome.conflicts)
    read = Counter(row.classe for row in listed)
    must(file, "Zonage", "rows read by class", expected["read_counts"], dict(read))
    _check_zonage(file, cog, spec, outcome.classes)
    kept = sum(outcome.rules.values())
    report = Report(
        read=len(rows) + len(blank),
        kept=kept,
        dropped={
            reason: items
            for reason, items in (
                ("blank row", blank),
                ("no code found", outcome.refused),
                ("two classes for one code", outcome.conflicts),
            )
            if items
        },
        notes=[
            f"rows by rule: {dict(outcome.rules)}; {kept - len(outcome.rows)} repeat a commune",
            *(f"by name and order: {text}" for text in outcome.by_name),
            *_postal_check(data, poste, outcome),
        ],
    )
    return _membership_table(outcome.classes, "Zonage", spec, report)


def quartiers(data: Path, cog: Cog, spec: Mapping[str, Any]) -> Table:
    """Make the table of the quartiers prioritaires.

    Parameters
    ----------
    data : Path
        Folder of the files.
    cog : Cog
        INSEE's files.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Codes, names, codes of the communes.
    """
    (file,) = spec["sources"]
    features = _properties(data, file, ["insee_com", "code_qp", "lib_qp"])
    names: dict[str, set[str]] = defaultdict(set)
    joined: dict[str, set[str]] = defaultdict(set)
    touched: dict[str, set[str]] = defaultdict(set)
    for row in features:
        code = code_of(row, "insee_com")
        if code not in cog.communes:
            raise row.error("insee_com", f"{code} is not a commune of 2025")
        codes, texts = row["code_qp"].split(", "), row["lib_qp"].split(", ")
        for quarter in codes:
            if not QUARTER.fullmatch(quarter):
                raise row.error("code_qp", f"{quarter!r} is not the code of a quarter of 2024")
            touched[quarter].add(code)
            joined[quarter].add(row["lib_qp"])
        if len(codes) == len(texts):  # else a name holds the separator: it is not ours to cut
            for quarter, text in zip(codes, texts, strict=True):
                names[quarter].add(text)
    unpaired = sorted(set(touched) - set(names))
    for quarter in unpaired:
        names[quarter] = {min(joined[quarter])}
    for quarter, variants in names.items():
        if len(variants) > 1:
            raise FactsError(f"{file}: field lib_qp: {quarter} has the names {sorted(variants)}")
    order = sorted(touched)
    overseas = sum(quarter.startswith("QN97") for quarter in order)
    several = sum(len(codes) > 1 for codes in touched.values())
    return Table(
        columns=[
            codec.plain(order),
            codec.plain([min(names[quarter]) for quarter in order]),
            codec.plain([" ".join(sorted(touched[quarter])) for quarter in order]),
        ],
        rows=len(order),
        counted="code_qp",
        counts={"metropole": len(order) - overseas, "outre_mer": overseas},
        report=Report(
            read=len(features),
            kept=len(features),
            notes=[
                f"{several} quarters over several communes, each with one name",
                f"names not separable: {', '.join(unpaired) or 'none'}",
            ],
        ),
    )


def _properties(data: Path, file: str, fields: Sequence[str]) -> list[Row]:
    """Read the properties of a GeoJSON; the line of a row is the rank of its feature."""
    try:
        features = json.loads(read_text(data, file))["features"]
        rows = [Row(file, rank, each["properties"]) for rank, each in enumerate(features, start=1)]
    except (ValueError, KeyError, TypeError) as error:
        raise FactsError(f"{file}: not a GeoJSON collection of features: {error!r}") from error
    for row in rows:
        for name in fields:
            if not isinstance(row.values.get(name), str):
                raise row.error(name, "no text there")
    return rows


def _called(row: Row) -> str:
    """Call a row of the COG by its type, code and name."""
    return f"{row['TYPECOM']} {row['DEPCOM']} {row['NOM_DEPCOM']}"


def _membership_table(
    found: Mapping[str, str], name: str, spec: Mapping[str, Any], report: Report
) -> Table:
    """Make the table of a dictionary of classes."""
    codes = sorted(found)
    values = [found[code] for code in codes]
    counts = Counter(values)
    legend = list(dict.fromkeys(spec["classes"].values()))
    return Table(
        columns=[codec.steps(codes), codec.classes(values, legend)],
        rows=len(codes),
        counted=name,
        counts={value: counts[value] for value in legend},
        report=report,
    )


def _listed(row: Row, classes: Mapping[str, str]) -> facts_join.Listed:
    """Read a row of the zonage médecins, giving its postal code its zero back."""
    postal = row["Code_postal"].zfill(5)
    if not re.fullmatch(r"\d{5}", postal):
        raise row.error("Code_postal", f"{row['Code_postal']!r} is not a postal code")
    return facts_join.Listed(row.line, postal, row["Nom_commune"], class_of(row, "Zonage", classes))


def _join(
    data: Path, file: str, population: str, cog: Cog, listed: Sequence[facts_join.Listed]
) -> facts_join.Outcome:
    """Gather the evidence and give the rows their codes."""
    fields = ["code_postal", "commune_article", "insee_com", "commune_type"]
    addresses, _ = read_rows(data, population, fields)
    arrondissements = {
        row["DEPCOM"]: row["NOM_DEPCOM"] for row in cog.subs if row["TYPECOM"] == "ARM"
    }
    changes = [
        facts_join.Change(
            int(row["MOD"]), row["COM_AV"], row["LIBELLE_AV"], row["COM_AP"], row["LIBELLE_AP"]
        )
        for row in cog.events
        if row["TYPECOM_AV"] == row["TYPECOM_AP"] == "COM"
    ]
    evidence = facts_join.Evidence.gather(
        (
            (row["code_postal"], row["commune_article"], code_of(row, "insee_com"))
            for row in addresses
            if row["commune_type"] in {"COM", "ARM"}
        ),
        {**cog.communes, **arrondissements},
        changes,
    )
    try:
        return facts_join.join(listed, evidence)
    except ValueError as error:
        raise FactsError(f"{file}, {error}") from error


def _check_zonage(file: str, cog: Cog, spec: Mapping[str, Any], classes: Mapping[str, str]) -> None:
    """Check the classes of communes and arrondissements against the known figures."""
    expected = spec["expected"]
    ours = {code: name for code, name in classes.items() if code in cog.communes}
    rest = Counter(name for code, name in classes.items() if code not in ours)
    whole = {row["COMPARENT"] for row in cog.subs if row["TYPECOM"] == "ARM"}
    absent = sorted(set(cog.communes) - set(ours) - whole)
    must(file, "Nom_commune", "communes without a class", spec["absent"], absent)
    must(file, "Zonage", "communes by class", expected["communes"], dict(Counter(ours.values())))
    must(file, "Zonage", "arrondissements by class", expected["arrondissements"], dict(rest))
    table = Counter((facts_join.departement(code), name) for code, name in ours.items())
    found = {
        dep: [table[dep, name] for name in ("ZIP", "ZAC", "ZAR")]
        for dep in expected["departements"]
    }
    must(file, "Zonage", "ZIP, ZAC, ZAR by département", expected["departements"], found)


def _postal_check(data: Path, poste: str, outcome: facts_join.Outcome) -> list[str]:
    """Say which codes a file that played no part in the join does not confirm."""
    rows, _ = read_rows(data, poste, ["Code_commune_INSEE", "Code_postal"], ";")
    known = {(row["Code_commune_INSEE"], row["Code_postal"]) for row in rows}
    doubtful = [
        f"{code} {several[0].nom}"
        for code, several in sorted(outcome.rows.items())
        if not any((code, row.postal) in known for row in several)
    ]
    agreed = len(outcome.rows) - len(doubtful)
    poste_says = f"{poste} (not used by the join) has {agreed} of the codes with that postal code"
    return [f"{poste_says}; not: {', '.join(doubtful) or 'none'}"]

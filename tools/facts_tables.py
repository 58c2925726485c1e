"""Make the shipped tables from the publishers' files, one function a kind of table.

Each reads its list, finds the columns, brings codes and classes to ours, and gives a table.
Reading is the package's own (``zonage_geo.readers``); what those would repair or set aside
for a user, and that matters here, is refused.

INSEE's two files are read by the names of their columns: the shipped tables by which the
readers know a commune are made from them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

import facts_codec as codec
from zonage_geo.readers import ReadReport, read
from zonage_geo.readers.codes import Parsed, parse_codes, to_codes
from zonage_geo.readers.columns import find_columns
from zonage_geo.readers.duplicates import collapse
from zonage_geo.readers.resolve import resolve
from zonage_geo.territory.codes import departement_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "FactsError",
    "Table",
    "cog",
    "communes",
    "events",
    "memberships",
    "must",
    "quartiers",
    "sub_communes",
    "zonage_medecins",
]

QUARTER = r"QN(?:\d{3}|02[AB])\d\d[NMIC]"
REPAIRS = frozenset({"zéro rétabli", "lettre corse", "décimale retirée", "espace retirée"})
"""What may be done to a code; any other doubt about one is refused."""


class FactsError(ValueError):
    """An input is not what it is said to be; the message starts with its path."""


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
        Column of the main file that the counts are made on.
    counts : dict[str, int]
        Rows by class.
    reports : list[ReadReport]
        The account of the rows, step by step; the first is that of the main file.
    notes : list[str]
        What else is worth a line.
    """

    columns: list[str]
    rows: int
    counted: str
    counts: dict[str, int]
    reports: list[ReadReport]
    notes: list[str] = field(default_factory=list)


class Listed(NamedTuple):
    """A list as read.

    Attributes
    ----------
    file : str
        Path in the folder of the files.
    frame : DataFrame
        Columns named by their roles, and others by their own names; the index is the line.
    names : dict[str, str]
        Role to the name of the column in the file.
    report : ReadReport
        The account of the lines.
    """

    file: str
    frame: pd.DataFrame
    names: Mapping[str, str]
    report: ReadReport

    def refuse(self, bad: pd.Series[bool], column: str, problem: str) -> None:
        """Refuse the list for its first bad row.

        Parameters
        ----------
        bad : Series
            Whether each row is; one of which nothing can be said is.
        column : str
            Column at fault, by its role.
        problem : str
            What is wrong with its value.
        """
        rows = self.frame.loc[bad.astype("boolean").fillna(value=True), column]
        for line, value in rows.head(1).items():
            name = self.names.get(column, column)
            raise FactsError(f"{self.file}, line {line}, field {name}: {value!r} {problem}")


def must(file: str, name: str, what: str, expected: object, found: object) -> None:
    """Refuse a figure that is not the expected one.

    Parameters
    ----------
    file, name : str
        File and field that it was counted in.
    what : str
        What was counted.
    expected, found : object
        The figure known, the figure counted.
    """
    if found != expected:
        if isinstance(expected, dict) and isinstance(found, dict):
            keys = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
            expected = {key: expected.get(key) for key in keys}
            found = {key: found.get(key) for key in keys}
        raise FactsError(f"{file}: field {name}: {what}: expected {expected}, found {found}")


def listing(
    data: Path,
    file: str,
    roles: Sequence[str],
    named: Mapping[str, str] | None = None,
    others: Sequence[str] = (),
) -> Listed:
    """Read a list, all of it, and find its columns.

    Parameters
    ----------
    data : Path
        Folder of the files.
    file : str
        Path in that folder.
    roles : Sequence[str]
        Roles of the columns wanted.
    named : Mapping[str, str] | None, optional
        Role to column, where the publisher's names are relied on.
    others : Sequence[str], optional
        Columns without a role that are wanted too.

    Returns
    -------
    Listed
        The columns wanted, and no other.
    """
    frame, report = read(data / file)
    must(file, "(any)", "rows lost", [], [line.detail for line in report.lost])
    names = find_columns(frame, roles, named=named, file=file).found
    missing = [name for name in others if name not in frame.columns]
    must(file, ", ".join(missing), "columns missing", [], missing)
    kept = frame[[*(names[role] for role in roles), *others]].set_axis([*roles, *others], axis=1)
    return Listed(file, kept, names, report)


def cog(data: Path, file: str) -> Listed:
    """Read INSEE's list of communes and of their parts.

    Parameters
    ----------
    data : Path
        Folder of the files.
    file : str
        Path in that folder.

    Returns
    -------
    Listed
        Columns code, nom, TYPECOM and COMPARENT.
    """
    named = {"code": "DEPCOM", "nom": "NOM_DEPCOM"}
    listed = listing(data, file, ["code", "nom"], named, ["TYPECOM", "COMPARENT"])
    frame = listed.frame
    listed.refuse(~_well_formed(frame["code"]), "code", "is not a commune code")
    listed.refuse(frame["nom"].isna(), "nom", "is no name")
    listed.refuse(frame.duplicated(["TYPECOM", "code"]), "code", "a second time")
    part = frame["TYPECOM"] != "COM"
    whole = frame["COMPARENT"].fillna("").isin(frame.loc[~part, "code"])
    listed.refuse(part & ~whole, "COMPARENT", "is not a commune")
    return listed


def communes(insee: Listed, spec: Mapping[str, Any]) -> Table:
    """Make the table of communes.

    Parameters
    ----------
    insee : Listed
        As `cog` gives it.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Codes and names.
    """
    rows = insee.frame[insee.frame["TYPECOM"] == "COM"]
    falls = rows["code"] < rows["code"].shift(fill_value="")
    insee._replace(frame=rows).refuse(falls, "code", "comes after a greater one")
    codes = rows["code"].tolist()
    counts = Counter(map(departement_of, codes))
    return Table(
        columns=[codec.steps(codes), codec.front(rows["nom"].tolist())],
        rows=len(codes),
        counted="DEPCOM",
        counts={dep: counts[dep] for dep in spec["expected"]["counts"]},
        reports=[insee.report],
    )


def sub_communes(insee: Listed) -> Table:
    """Make the table of the parts of communes.

    Parameters
    ----------
    insee : Listed
        As `cog` gives it.

    Returns
    -------
    Table
        Types, codes, codes of the communes, names.
    """
    rows = insee.frame[insee.frame["TYPECOM"] != "COM"]
    codes, types = rows["code"].tolist(), rows["TYPECOM"].tolist()
    return Table(
        columns=[
            codec.classes(types, ["COMD", "COMA", "ARM"]),
            codec.steps(codes),
            codec.beside(rows["COMPARENT"].tolist(), codes),
            codec.front(rows["nom"].tolist()),
        ],
        rows=len(codes),
        counted="TYPECOM",
        counts=dict(Counter(types)),
        reports=[insee.report],
    )


def events(data: Path, insee: Listed, spec: Mapping[str, Any]) -> Table:
    """Make the table of events.

    Parameters
    ----------
    data : Path
        Folder of the files.
    insee : Listed
        As `cog` gives it: today's names.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Dates, kinds, codes before and after, names that cannot be found otherwise.
    """
    (file,) = spec["sources"]
    sides = [f"{name}_{side}" for side in ("AV", "AP") for name in ("TYPECOM", "COM", "LIBELLE")]
    names = ["MOD", "DATE_EFF", *sides]
    every = listing(data, file, [], others=names)
    dated = every.frame["DATE_EFF"].str.fullmatch(r"\d{4}-\d\d-\d\d")
    every.refuse(~dated, "DATE_EFF", "is not a date")
    recent = every.frame[every.frame["DATE_EFF"] >= spec["since"]]
    listed = every._replace(frame=recent.sort_values("DATE_EFF", kind="stable"))
    for name in names:
        listed.refuse(listed.frame[name].isna(), name, "is empty")
    for name in ("COM_AV", "COM_AP"):
        listed.refuse(~_well_formed(listed.frame[name]), name, "is not a commune code")
    rows = {name: column.tolist() for name, column in listed.frame.items()}
    av, ap = rows["COM_AV"], rows["COM_AP"]
    today = insee.frame.sort_values("TYPECOM", key=lambda types: types == "COM", kind="stable")
    noms_av, noms_ap = codec.names_backwards(
        list(zip(av, rows["LIBELLE_AV"], ap, rows["LIBELLE_AP"], strict=True)),
        dict(zip(today["code"], today["nom"], strict=True)),
    )
    kinds = zip(rows["MOD"], rows["TYPECOM_AV"], rows["TYPECOM_AP"], strict=True)
    return Table(
        columns=[
            codec.plain(rows["DATE_EFF"]),
            codec.classes([" ".join(kind) for kind in kinds]),
            codec.steps(av),
            codec.beside(ap, av),
            codec.plain(noms_av),
            codec.plain(noms_ap),
        ],
        rows=len(av),
        counted="MOD",
        counts=dict(sorted(Counter(rows["MOD"]).items())),
        reports=[every.report],
        notes=[
            f"before {spec['since']}, left out: {len(every.frame) - len(av)}",
            f"names stored {sum(map(bool, noms_av + noms_ap))}, others found again",
        ],
    )


def memberships(data: Path, spec: Mapping[str, Any]) -> Table:
    """Make a table of classes from a list that has commune codes.

    Parameters
    ----------
    data : Path
        Folder of the files.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Codes and classes.
    """
    (file,) = spec["sources"]
    listed = _classed(listing(data, file, ["code", "classe"]), spec["classes"])
    coded, told = _coded(listed, int(spec["cog"]))
    return _membership_table(coded, spec, [listed.report, told])


def zonage_medecins(data: Path, insee: Listed, spec: Mapping[str, Any]) -> Table:
    """Make the table of the zonage médecins, whose list has no commune codes.

    Parameters
    ----------
    data : Path
        Folder of the files.
    insee : Listed
        As `cog` gives it, for the figures.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Codes and classes.
    """
    file, population, poste = spec["sources"][:3]
    expected = spec["expected"]
    listed = listing(data, file, ["code_postal", "nom", "classe"])
    listed = _classed(listed, spec["classes"])
    read_counts = dict(Counter(listed.frame["classe"]))
    must(file, listed.names["classe"], "rows read by class", expected["read_counts"], read_counts)
    year = int(spec["cog"])
    found, told = _resolved(listed, data, population, year, ordered=True)
    refused = [line.detail.split(" : ")[0] for line in told.lost]
    must(file, listed.names["nom"], "rows refused", expected["refused"], refused)
    other, _ = _resolved(listed, data, poste, year)
    must(poste, "(any)", "rows that get another code by it", [], _apart(found, other))
    rows = listed._replace(frame=listed.frame.assign(code=found).dropna(subset="code"))
    table = _membership_table(rows, spec, [listed.report, told])
    _check_zonage(rows, insee, spec)
    return table


def quartiers(data: Path, spec: Mapping[str, Any]) -> Table:
    """Make the table of the quartiers prioritaires.

    Parameters
    ----------
    data : Path
        Folder of the files.
    spec : Mapping[str, Any]
        What the table must be.

    Returns
    -------
    Table
        Codes, names, codes of the communes.
    """
    (file,) = spec["sources"]
    listed = listing(data, file, ["code", "zone", "nom_zone"])
    coded, told = _coded(listed, int(spec["cog"]))
    several = coded.frame.assign(
        zone=coded.frame["zone"].str.split(", "), nom_zone=coded.frame["nom_zone"].str.split(", ")
    )
    uneven = several["zone"].str.len() != several["nom_zone"].str.len()
    coded.refuse(uneven, "nom_zone", "does not name each quarter")
    pairs = coded._replace(frame=several.explode(["zone", "nom_zone"]).astype("string"))
    pairs.refuse(~pairs.frame["zone"].str.fullmatch(QUARTER), "zone", "is not a quarter of 2024")
    touched = pairs.frame.groupby("zone")["code"].agg(lambda codes: " ".join(sorted(set(codes))))
    named = collapse(pairs.frame, "zone", ["nom_zone"], file=file)
    names = named.frame.set_index("zone")["nom_zone"]
    order = sorted(touched.index)
    overseas = sum(code.startswith("QN97") for code in order)
    return Table(
        columns=[
            codec.plain(order),
            codec.plain([names[code] for code in order]),
            codec.plain([touched[code] for code in order]),
        ],
        rows=len(order),
        counted=listed.names["zone"],
        counts={"metropole": len(order) - overseas, "outre_mer": overseas},
        reports=[listed.report, told, named.report],
        notes=[f"{sum(' ' in codes for codes in touched)} quarters over several communes"],
    )


def _well_formed(column: pd.Series[str]) -> pd.Series[bool]:
    """Tell which cells are commune codes as they stand."""
    return column.fillna("").map(lambda cell: parse_codes(cell) == Parsed((cell,))).astype(bool)


def _classed(listed: Listed, classes: Mapping[str, str]) -> Listed:
    """Bring the publisher's wording to our classes."""
    known = listed.frame["classe"].isin(list(classes))
    listed.refuse(~known, "classe", f"is no known class; known: {', '.join(classes)}")
    return listed._replace(frame=listed.frame.assign(classe=listed.frame["classe"].map(classes)))


def _coded(listed: Listed, year: int) -> tuple[Listed, ReadReport]:
    """Bring the codes to those of a vintage; refuse what is none of them."""
    frame, report = to_codes(listed.frame, "code", year=year, file=listed.file)
    name = listed.names["code"]
    for line in report.lines:
        if line.kind not in REPAIRS:
            said = f"{line.kind}, {line.detail}"
            raise FactsError(f"{listed.file}, line {line.row}, field {name}: {line.code!r} {said}")
    return listed._replace(frame=frame), report


def _resolved(
    listed: Listed, data: Path, file: str, year: int, *, ordered: bool | None = None
) -> tuple[pd.Series[str], ReadReport]:
    """Give the rows their codes, by the postal codes of another file."""
    postal = listing(data, file, ["code", "code_postal"]).frame
    names, postcodes = listed.frame["nom"], listed.frame["code_postal"]
    found, report = resolve(names, postcodes, postal, year=year, ordered=ordered)
    return found["code"], report


def _apart(one: pd.Series[str], other: pd.Series[str]) -> list[str]:
    """Name the rows of which two ways do not say the same."""
    apart = one.fillna("") != other.fillna("")
    return [f"line {line}" for line in apart.index[apart]]


def _membership_table(
    rows: Listed, spec: Mapping[str, Any], reports: Sequence[ReadReport]
) -> Table:
    """Make the table of rows that have a code and a class."""
    once = collapse(rows.frame, "code", ["classe"], file=rows.file)
    frame = once.frame.sort_values("code")
    legend = list(dict.fromkeys(spec["classes"].values()))
    counts = Counter(frame["classe"])
    return Table(
        columns=[
            codec.steps(frame["code"].tolist()),
            codec.classes(frame["classe"].tolist(), legend),
        ],
        rows=len(frame),
        counted=rows.names["classe"],
        counts={value: counts[value] for value in legend},
        reports=[*reports, once.report],
    )


def _check_zonage(rows: Listed, insee: Listed, spec: Mapping[str, Any]) -> None:
    """Check the classes of communes and arrondissements against the known figures."""
    file, expected, nom, classe = (
        rows.file,
        spec["expected"],
        rows.names["nom"],
        rows.names["classe"],
    )
    whole = set(insee.frame.loc[insee.frame["TYPECOM"] == "COM", "code"])
    cities = set(insee.frame.loc[insee.frame["TYPECOM"] == "ARM", "COMPARENT"])
    classes = dict(zip(rows.frame["code"], rows.frame["classe"], strict=True))
    ours = {code: name for code, name in classes.items() if code in whole}
    rest = Counter(name for code, name in classes.items() if code not in ours)
    absent = sorted(whole - set(ours) - cities)
    must(file, nom, "communes without a class", spec["absent"], absent)
    must(file, classe, "communes by class", expected["communes"], dict(Counter(ours.values())))
    must(file, classe, "arrondissements by class", expected["arrondissements"], dict(rest))
    table = Counter((departement_of(code), name) for code, name in ours.items())
    found = {
        dep: [table[dep, name] for name in ("ZIP", "ZAC", "ZAR")]
        for dep in expected["departements"]
    }
    must(file, classe, "ZIP, ZAC, ZAR by département", expected["departements"], found)

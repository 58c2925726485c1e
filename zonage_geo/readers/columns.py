"""Which column holds what: told by its content, then by its name, never guessed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from zonage_geo.readers.cells import as_text
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.known import known
from zonage_geo.readers.names import fold, loose

__all__ = [
    "ROLES",
    "SAMPLE",
    "SECTOR_TITLE",
    "WELL_KNOWN",
    "Columns",
    "commune_codes",
    "find_columns",
    "is_named",
    "may_play",
    "score",
    "titles_with",
]

ROLES = ("code", "code_postal", "nom", "zone", "nom_zone", "classe")
"""Commune code, postal code, commune name, zone code (QP…, QN…), zone name, class."""

WELL_KNOWN: dict[str, tuple[str, ...]] = {
    "code": (
        "code insee", "insee com", "codgeo", "depcom", "code commune insee", "code insee commune",
        "code commune", "codecommune", "codeinsee", "insee", "code", "citycode", "com", "cog",
        "code insee de la commune", "insee commune", "commune insee", "ville insee", "code geo",
        "code com", "codcom", "insee code", "num insee", "code officiel geographique",
    ),
    "code_postal": (
        "code postal", "codepostal", "cp", "postal", "postcode", "codpost", "zip", "ville zip",
    ),
    "nom": (
        "commune", "nom commune", "nom com", "lib com", "libgeo", "libelle", "nom", "libcom",
        "nom de la commune", "libelle de la commune", "libelle commune", "nom depcom", "ville",
        "nomcom", "nom comm", "communes", "ville nom", "libelle geo", "city",
    ),
    "zone": ("code qp", "code qpv", "qp", "qpv", "code quartier", "code zone", "codeqp"),
    "nom_zone": (
        "lib qp", "nom qp", "nom qpv", "lib qpv", "nom du quartier", "nom quartier", "quartier",
        "libelle qp", "libelle qpv", "nom du qpv", "nom zone", "lib zone",
    ),
    "classe": (
        "zonage", "classement", "classe", "class", "zone", "zonage medecins", "categorie",
        "niveau", "type zone", "statut", "zonage 2025", "zonage 2022",
    ),
}  # fmt: skip
"""What columns of a role are called, folded."""
SECTOR_TITLE = "secteur"
"""The word that a column of sectors has in its title; their codes may be any."""
UNSURE = ("code", "com", "cog", "code com")
"""Names of commune codes that may be those of anything: values decide."""
_FEW = 5
"""Distinct values from which postal codes are told from commune codes whatever the name."""
_SPLIT = re.compile(r"[\s,;/|+]+")
_POSTAL = re.compile(r"\A\d{4,5}\Z")
_ZONE = re.compile(
    r"\AQ(?:P(?:\d{3}|2[AB]\d|02[AB])\d{3}|N(?:\d{3}|02[AB])\d{2}[A-Z]?)\Z", re.IGNORECASE
)
_CLASS_WORD = re.compile(
    r"\b(?:zip|zac|zar|hz|zv|zrr|frr|qpv|massif|classee?s?|dotee?|sous|sur|intermediaire|"
    r"montagne|oui|non|partiel\w*|hors|n a)\b"
)
ENOUGH = 0.8
"""Share of a column's values of a kind from which that is what it holds."""
ENOUGH_NAMED = 0.5
"""The same, where the column's name says so too."""
AS_FULL = 0.9
ROUND = 0.3
"""Share of postal codes that end with a zero, at least; INSEE codes have a tenth."""
SAMPLE = 2000
MAX_CLASSES = 25
MAX_CLASS_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column plays which role.

    Attributes
    ----------
    found : dict of str to str
        Role to column.
    why : dict of str to str
        Role to a French sentence: how it was found.
    """

    found: dict[str, str]
    why: dict[str, str]

    def __getitem__(self, role: str) -> str:
        """Give the column of a role."""
        return self.found[role]


def find_columns(
    frame: pd.DataFrame,
    wanted: Collection[str],
    *,
    named: Mapping[str, str] | None = None,
    optional: Collection[str] = (),
    file: str = "le tableau",
) -> Columns:
    """Find the columns that hold what is wanted.

    Parameters
    ----------
    frame : DataFrame
        As ``read`` gives it.
    wanted : collection of str
        Roles that are needed.
    named : mapping of str to str, optional
        Role to column, as the user or a recipe says: it wins.
    optional : collection of str, optional
        Roles taken where one column plays them for certain.
    file : str, optional
        For messages.

    Returns
    -------
    Columns
        Every role wanted; of the optional ones, those found.

    Raises
    ------
    ReadError
        If a column named is not there, or no column, or several, may play a role.
    """
    found, why = _as_named(frame, named or {}, file)
    for role in ROLES:
        if role in found or role not in {*wanted, *optional}:
            continue
        best = _best(frame, role, set(found.values()))
        if len(best) == 1:
            found[role], why[role] = next(iter(best.items()))
        elif role in wanted:
            raise _refused(frame, role, best, file)
    return Columns(found, why)


def may_play(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Tell which columns play which role, and where several may.

    Parameters
    ----------
    frame : DataFrame
        As ``read`` gives it.

    Returns
    -------
    dict of str to dict
        Role to columns, each with a French sentence: why. One column is taken; of several,
        the user has to name one.
    """
    found: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for role in ROLES:
        best = _best(frame, role, taken)
        found |= {role: best} if best else {}
        taken |= set(best) if len(best) == 1 else set()
    if "zone" not in found and (sectors := titles_with(frame, SECTOR_TITLE)):
        found["zone"] = dict.fromkeys(sectors, "le seul titre qui parle de secteurs (couche pdsa)")
    return found


def _as_named(
    frame: pd.DataFrame, named: Mapping[str, str], file: str
) -> tuple[dict[str, str], dict[str, str]]:
    found = {}
    for role, column in named.items():
        if role not in ROLES:
            raise ReadError(file, f"rôle « {role} » inconnu", f"Rôles : {', '.join(ROLES)}.")
        if column not in frame.columns:
            names = [str(name) for name in frame.columns]
            near = difflib.get_close_matches(column, names, 1, 0.5)
            hint = f" (peut-être « {near[0]} »)" if near else ""
            raise ReadError(
                file,
                f"pas de colonne « {column} »{hint}",
                f"Colonnes : {', '.join(names)}.",
                field=column,
            )
        found[role] = column
    return found, dict.fromkeys(found, "nommée")


def _refused(frame: pd.DataFrame, role: str, best: Iterable[str], file: str) -> ReadError:
    several = list(best)
    columns = ", ".join(str(name) for name in frame.columns if name != "geometry")
    what = {
        "code": "codes commune",
        "code_postal": "codes postaux",
        "nom": "noms de commune",
        "zone": "codes de quartier ou de secteur",
        "nom_zone": "noms de quartier ou de secteur",
        "classe": "classes",
    }[role]
    problem = (
        f"plusieurs colonnes peuvent être celle des {what} : {', '.join(several)}"
        if several
        else f"aucune colonne reconnue comme celle des {what}"
    )
    return ReadError(
        file,
        problem,
        f"Nommez-la : --column {role}=NOM. Colonnes : {columns}.",
    )


def titles_with(frame: pd.DataFrame, word: str) -> list[str]:
    """List the columns whose title holds a word.

    Parameters
    ----------
    frame : DataFrame
        A file's table.
    word : str
        Folded: ``secteur`` is in ``Secteur de garde`` and in ``secteur_ID``.

    Returns
    -------
    list of str
        Names, in the order of the file.
    """
    return [str(name) for name in frame.columns if word in _words(str(name)).split()]


def score(column: pd.Series, role: str) -> float:
    """Give the share of a column's values that are of a role.

    Parameters
    ----------
    column : Series
        Of any type.
    role : str
        One of ``ROLES``.

    Returns
    -------
    float
        From 0 to 1; a name alone, or the few values of a class, give 1 where they fit.
    """
    values = _values(column)
    if not values:
        return 0.0
    if role == "classe":
        return _class_score(values)
    if role == "code_postal" and _share(values, lambda cell: cell.endswith("0")) < ROUND:
        return 0.0
    return _share(values, _TESTS[role])


def _values(column: pd.Series) -> list[str]:
    """Give the values of a column as text, or of rows all over it where it is long."""
    filled = column.dropna()
    step = max(1, len(filled) // SAMPLE)
    return [text for text in map(as_text, filled.iloc[::step].tolist()) if text]


def _share(values: list[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values)


def _is_codes(cell: str) -> bool:
    """Tell whether a cell holds commune codes, be it several or without their zero."""
    ever = known().ever
    parts = _SPLIT.split(cell.upper())
    return all(part in ever or (len(part) == 4 and f"0{part}" in ever) for part in parts)


def _is_name(cell: str) -> bool:
    names, name = known().names, fold(cell)
    return name in names or loose(name) in names


_TESTS: dict[str, Callable[[str], bool]] = {
    "code": _is_codes,
    "code_postal": lambda cell: _POSTAL.match(cell) is not None,
    "nom": _is_name,
    "zone": lambda cell: all(map(_ZONE.match, _SPLIT.split(cell))),
    "nom_zone": lambda cell: not any(char.isdigit() for char in cell[:5]),
}


def _class_score(values: list[str]) -> float:
    distinct = set(values)
    few = 1 < len(distinct) <= min(MAX_CLASSES, max(4, len(values) // 3))
    if not few or max(map(len, distinct)) > MAX_CLASS_LENGTH:
        return 0.0
    return sum(_CLASS_WORD.search(_words(value)) is not None for value in distinct) / len(distinct)


def _words(text: str) -> str:
    return fold(text.replace("_", " "))


def _best(frame: pd.DataFrame, role: str, taken: set[str]) -> dict[str, str]:
    """Give the columns that may play a role: one, where it is certain, with why."""
    shares, fill = {}, {}
    for name in frame.columns:
        column = str(name)
        if column in taken or column == "geometry":
            continue
        value = score(frame[name], role)
        if value < (ENOUGH_NAMED if is_named(column, role) else ENOUGH):
            continue
        if role == "code_postal" and score(frame[name], "code") >= ENOUGH:
            continue
        shares[column], fill[column] = value, float(frame[name].notna().mean())
    said = {column: f"{100 * share:.0f} % de ses valeurs" for column, share in shares.items()}
    named = {column: f"{why}, et son nom" for column, why in said.items() if is_named(column, role)}
    if role == "nom_zone" or len(named) == 1:
        return named
    if len(shares) <= 1:
        return said
    full = [column for column in shares if fill[column] >= AS_FULL * max(fill.values())]
    if len(full) == 1:
        return {full[0]: f"{said[full[0]]}, la mieux remplie"}
    if role == "nom" and _agree(frame, full):
        best = max(full, key=lambda column: (shares[column], column in named))
        return {best: f"{said[best]} ; {', '.join(full)} disent la même chose"}
    return {column: said[column] for column in (named or full)}


def commune_codes(frame: pd.DataFrame, *, unsure: bool = True) -> Hashable | None:
    """Find the column of commune codes of rows that are places, by its name.

    Parameters
    ----------
    frame : DataFrame
        Some rows, or none: then a name that says nothing by itself is not taken.
    unsure : bool, optional
        Whether a column called just ``code`` may be it, where its values look so.

    Returns
    -------
    Hashable or None
        The first column that is called so and does not hold postal codes.
    """
    named = [(n, label) for n, label in enumerate(frame.columns) if is_named(str(label), "code")]
    doubtful = [_words(str(label)) in UNSURE for _, label in named]
    for (n, label), doubt in zip(named, doubtful, strict=True):
        if not doubt and not _are_postal(frame.iloc[:, n]):
            return label
    for (n, label), doubt in zip(named, doubtful, strict=True):
        if unsure and doubt and _are_codes(frame.iloc[:, n]):
            return label
    return None


def _are_postal(column: pd.Series) -> bool:
    """Tell whether a column that is called like commune codes holds postal codes all the same."""
    if len(set(_values(column))) < _FEW or score(column, "code_postal") < ENOUGH:
        return False
    return score(column, "code") < ENOUGH


def _are_codes(column: pd.Series) -> bool:
    return score(column, "code_postal") < ENOUGH <= score(column, "code")


def is_named(column: str, role: str) -> bool:
    """Tell whether a column is called as those of a role are.

    Parameters
    ----------
    column : str
        Its name, whatever its capitals, accents and marks.
    role : str
        One of ``ROLES``.

    Returns
    -------
    bool
        Whether it is in ``WELL_KNOWN``.
    """
    return _words(column) in WELL_KNOWN[role]


def _agree(frame: pd.DataFrame, columns: list[str]) -> bool:
    """Tell whether columns of names say the same, articles and capitals apart."""
    sample = frame[columns].dropna().iloc[:: max(1, len(frame) // 1000)]
    forms = [[loose(fold(str(value))) for value in sample[column]] for column in columns]
    same = [len(set(row)) == 1 for row in zip(*forms, strict=True)]
    return bool(same) and sum(same) >= AS_FULL * len(same)

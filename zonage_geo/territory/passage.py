"""Any list of communes, of any vintage since 2014, brought to another one.

INSEE's events are followed in their order (``territory.Timeline``); nothing is guessed and
nothing is dropped in silence: what merges in conflict, what splits and what cannot be
carried is in the report that comes with the result, in ``attrs["passage"]``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from zonage_geo.errors import InputError
from zonage_geo.report import Line, Report
from zonage_geo.territory.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    MIN_KNOWN,
    Calendar,
    Detected,
    calendar,
    detect_vintage,
)
from zonage_geo.territory.codes import ARRONDISSEMENT_CITIES, commune_of
from zonage_geo.territory.timeline import KNOWN_UNTIL, STORE_DAY, vintage

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["POLICIES", "PassageReport", "Policy", "passage"]

Policy = Literal["same", "kept_code", "sum", "all"]
"""What becomes of a column where communes of different values merge.

``same``: the value where all agree, else missing, and a conflict in the report (the safe
default). ``kept_code``: that of the commune whose code remains, as the law has it for the
zonage médecins (DGOS FAQ of 25 May 2018). ``sum``: the total (populations, areas); missing
as soon as one part is, and in each part of a split, for nobody says how it is shared out.
``all``: the distinct values, as a text joined by `` + ``.

Where a commune splits, its parts have its value, but for a sum.
"""
POLICIES: tuple[Policy, ...] = ("same", "kept_code", "sum", "all")


@dataclass(slots=True)
class PassageReport(Report):
    """What happened to a list on its way from one vintage to another.

    Kinds of line: ``code changé``, ``fusion``, ``fusion en conflit``, ``fusion incomplète``,
    ``scission``, ``code réutilisé``, ``code inconnu``, ``sans code``. The last two are the
    rows that could not be carried.

    Attributes
    ----------
    from_, to : str
        ISO days.
    detected : Detected or None
        How the first was found, where it was not given.
    rows_out : int
        Rows of the result: communes of the vintage wanted.
    """

    from_: str = ""
    to: str = ""
    detected: Detected | None = None
    rows_out: int = 0


FrameT = TypeVar("FrameT", bound="pd.DataFrame")


def passage(
    frame: FrameT,
    from_: int | str | None = None,
    to: int | str = LAST_YEAR,
    *,
    code: str | None = None,
    policy: Policy | Mapping[str, Policy] = "same",
    plm: Literal["commune", "arrondissement"] | None = None,
) -> FrameT:
    """Bring a list of communes from one vintage to another.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        One row a commune.
    from_ : int or str, optional
        Its vintage: a year (1 January) or an ISO day, from 2014 on. Found from the codes
        where it is not given; the report says how sure that is.
    to : int or str
        The vintage wanted; the store's by default.
    code : str, optional
        The column of commune codes; the one that holds them where it is not given.
    policy : {"same", "kept_code", "sum", "all"} or mapping
        What becomes of the other columns where communes merge, all or one by one. A
        geometry column is always united.
    plm : {"commune", "arrondissement"}, optional
        Bring Paris, Lyon and Marseille to the city or to its arrondissements; by default
        their codes stay as they are.

    Returns
    -------
    DataFrame or GeoDataFrame
        One row a commune of the vintage wanted, in the order of the input, with two more
        columns: ``passage`` (what happened) and ``codes_origine``. The report is in
        ``attrs["passage"]``.

    Raises
    ------
    InputError
        If there is no column of codes, or a code stands twice, or a date is out of range.
    """
    known = calendar()
    column = code or _code_column(frame)
    if column not in frame.columns:
        raise InputError(f"pas de colonne « {column} » ; colonnes : {', '.join(frame.columns)}.")
    codes = frame[column].astype("string").str.strip()
    detected = None
    if from_ is None:
        detected = detect_vintage(codes.dropna())
        from_ = detected.year
    start, end = _day(from_), _day(to)
    title = f"passage du {start} au {end}"
    if detected is not None:
        title += f" (millésime reconnu : {detected})"
    report = PassageReport(title, len(frame), from_=start, to=end, detected=detected)
    moves = _moves(known, frame.index, codes, start, end, plm, report)
    return _assemble(frame, column, moves, _Rules(frame, column, policy), report)


def _day(value: int | str) -> str:
    day = vintage(value) if isinstance(value, int) else str(value)
    try:
        # Back to text: ISO has other writings of a day (2024-W01-1), which are not ours.
        known = date.fromisoformat(day).isoformat() == day and day >= vintage(FIRST_YEAR)
    except ValueError:
        known = False
    if not known:
        raise InputError(
            f"millésime {value!r} : une année ou un jour AAAA-MM-JJ à partir de {FIRST_YEAR} "
            "est attendu (les événements plus anciens ne sont pas suivis)."
        )
    if day > KNOWN_UNTIL:
        raise InputError(
            f"millésime {value!r} : les événements ne sont connus que jusqu'au {KNOWN_UNTIL}."
        )
    return day


def _code_column(frame: pd.DataFrame) -> str:
    """Find the column that holds commune codes, by what is in it."""
    known = calendar()
    ever = known.valid(STORE_DAY) | {c.before for c in known.changes}
    ever |= {arm for arms in ARRONDISSEMENT_CITIES.values() for arm in arms}
    shares = {}
    for name in frame.columns:
        values = frame[name].dropna()
        if len(values) and values.map(lambda value: isinstance(value, str)).all():
            shares[name] = values.str.strip().isin(ever).mean()
    best = max(shares, key=lambda name: shares[name], default=None)
    if best is None or shares[best] < MIN_KNOWN:
        raise InputError(
            "aucune colonne de codes commune (texte de 5 caractères) ; nommez-la avec "
            f"code=… ; colonnes : {', '.join(map(str, frame.columns))}."
        )
    return str(best)


class _Move(NamedTuple):
    """An input row and one commune that it goes to."""

    at: int
    origin: str
    target: str


def _moves(
    known: Calendar,
    index: pd.Index[Any],
    codes: pd.Series[Any],
    start: str,
    end: str,
    plm: str | None,
    report: PassageReport,
) -> list[_Move]:
    """Say where each row goes, and tell the report of those that go nowhere or change."""
    import pandas as pd

    valid, touched = known.valid(start), known.touched(start, end)
    arms = {arm for all_ in ARRONDISSEMENT_CITIES.values() for arm in all_}
    seen: dict[str, Hashable] = {}
    moves: list[_Move] = []
    for at, (row, value) in enumerate(zip(index, codes, strict=True)):
        if pd.isna(value):
            report.lines.append(Line(row, "", "sans code", "la ligne n'a pas de code commune."))
            continue
        code = str(value)
        if code in seen:
            raise InputError(
                f"le code {code} est sur deux lignes ({seen[code]} et {row}) : une ligne par "
                "commune est attendue. Regroupez-les d'abord."
            )
        seen[code] = row
        if code in arms:
            moves.append(_Move(at, code, commune_of(code) if plm == "commune" else code))
        elif code in ARRONDISSEMENT_CITIES and plm == "arrondissement":
            moves += [_Move(at, code, arm) for arm in ARRONDISSEMENT_CITIES[code]]
            told = "portée à chaque arrondissement ; une somme y est inconnue."
            report.lines.append(Line(row, code, "scission", told))
        elif code not in valid:
            report.lines.append(_unknown(known, row, code, start))
        elif code not in touched:
            moves.append(_Move(at, code, code))
        else:
            targets = sorted(known.timeline.at(code, start, end))
            moves += [_Move(at, code, target) for target in targets]
            report.lines += _told(known, row, code, targets, end)
    return moves


def _unknown(known: Calendar, row: Hashable, code: str, day: str) -> Line:
    periods = known.timeline.periods(code, known.noms.get(code))
    if periods:
        spans = [f"{p.nom} ({p.start or '…'} à {p.end or '…'})" for p in periods]
        why = f"n'était pas un code commune le {day} ; il désigne {', '.join(spans)}."
    elif code in known.parts:
        part = known.parts[code]
        why = f"est une partie ({part.nom}) de la commune {part.parent}."
    else:
        why = "n'a été le code d'aucune commune depuis 2014."
    return Line(row, code, "code inconnu", why)


def _told(
    known: Calendar, row: Hashable, code: str, targets: list[str], end: str
) -> Iterable[Line]:
    names = ", ".join(f"{t} {known.noms.get(t, '')}".strip() for t in targets)
    if len(targets) > 1:
        told = f"répartie entre {names} : la valeur vaut pour chacune ; une somme y est inconnue."
        yield Line(row, code, "scission", told)
    elif targets != [code]:
        yield Line(row, code, "code changé", f"devient {names}.")
    if code not in targets and code in known.valid(end):
        yield Line(row, code, "code réutilisé", f"{code} désigne désormais une autre commune.")


class _Rules:
    """What becomes of each column where communes merge."""

    def __init__(
        self, frame: pd.DataFrame, code: str, policy: Policy | Mapping[str, Policy]
    ) -> None:
        named = dict(policy) if isinstance(policy, Mapping) else {}
        unknown = [name for name in named if name not in frame.columns]
        wrong = [p for p in (named.values() if named else [policy]) if p not in POLICIES]
        if unknown or wrong:
            raise InputError(
                f"règle de fusion inconnue : {', '.join(map(str, unknown or wrong))} ; règles : "
                f"{', '.join(POLICIES)} ; colonnes : {', '.join(map(str, frame.columns))}."
            )
        default: Policy = "same" if isinstance(policy, Mapping) else policy
        self.geometry: str | None = getattr(frame, "_geometry_column_name", None)
        self.columns = {c: named.get(c, default) for c in frame.columns if c != code}
        if self.geometry is not None:
            self.columns.pop(self.geometry, None)

    def merged(
        self, column: str, values: list[Any], origins: list[str], target: str, *, whole: bool
    ) -> tuple[Any, bool]:
        """Give the merged value of a column, and whether it is in conflict."""
        import pandas as pd

        rule = self.columns[column]
        if rule == "kept_code":
            if target in origins:
                return values[origins.index(target)], False
            return pd.NA, True
        if rule == "sum":
            known = whole and not any(map(pd.isna, values))
            return (sum(values), False) if known else (pd.NA, True)
        distinct = list(dict.fromkeys("" if pd.isna(v) else v for v in values))
        if rule == "all":
            return " + ".join(str(value) for value in distinct), False
        return (values[0], False) if whole and len(distinct) == 1 else (pd.NA, True)


def _assemble(
    frame: FrameT, column: str, moves: list[_Move], rules: _Rules, report: PassageReport
) -> FrameT:
    """Make the result: rows that pass alone are taken as they are, the others merged."""
    import pandas as pd

    known = calendar()
    groups: dict[str, list[_Move]] = {}
    for move in moves:
        groups.setdefault(move.target, []).append(move)
    touched = known.touched(report.from_, report.to)
    times = Counter(move.at for move in moves)
    shared: set[int] = set()
    out = frame.iloc[[group[0].at for group in groups.values()]].reset_index(drop=True)
    kinds, origins_of, merged = [], [], {}
    for position, (target, group) in enumerate(groups.items()):
        origins = [move.origin for move in group]
        wanted = frozenset({target})
        if target in touched:
            wanted = known.timeline.at(target, report.to, report.from_)
        whole = wanted <= set(origins) or target not in touched
        if len(group) > 1 or not whole:
            merged[position] = (target, group, whole)
        split = any(times[move.at] > 1 for move in group)
        if split:
            shared.add(position)
        kinds.append(_kind(target, origins, report, whole=whole, split=split))
        origins_of.append(" ".join(origins))
    out[column] = list(groups)
    for name in rules.columns:
        values = _merge_column(frame, name, merged, rules, report)
        if rules.columns[name] == "sum":
            values |= dict.fromkeys(shared, pd.NA)
        if values:
            out[name] = _fill(out[name], values, as_text=rules.columns[name] == "all")
    if rules.geometry is not None and merged:
        _merge_shapes(frame, out, rules.geometry, merged)
    out["passage"] = kinds
    out["codes_origine"] = origins_of
    report.rows_out = len(out)
    report.rows_kept = len({move.at for move in moves})
    out.attrs["passage"] = report
    return out


def _kind(
    target: str, origins: list[str], report: PassageReport, *, whole: bool, split: bool
) -> str:
    """Say what happened to a row of the result, and tell the report of mergers."""
    if len(origins) > 1 and whole:
        report.lines.append(Line(None, target, "fusion", f"réunit {', '.join(origins)}."))
        return "fusion"
    if not whole:
        detail = f"seules {', '.join(origins)} sont dans la liste."
        report.lines.append(Line(None, target, "fusion incomplète", detail))
        return "fusion incomplète"
    if split:
        return "scission"
    return "inchangée" if origins == [target] else "code changé"


_NULLABLE = {"i": "Int64", "u": "UInt64", "b": "boolean"}


def _fill(column: pd.Series[Any], values: Mapping[int, Any], *, as_text: bool) -> pd.Series[Any]:
    """Put merged values into a column; a missing one makes integers nullable, never zero."""
    import pandas as pd

    filled = column.tolist()
    for position, value in values.items():
        filled[position] = None if value is pd.NA else value
    dtype: Any = column.dtype
    return pd.Series(filled, dtype=object if as_text else _NULLABLE.get(dtype.kind, dtype))


Merged = dict[int, tuple[str, list[_Move], bool]]


def _merge_column(
    frame: pd.DataFrame, name: str, merged: Merged, rules: _Rules, report: PassageReport
) -> dict[int, Any]:
    """Give the merged values of a column by position in the result."""
    values = frame[name].tolist()
    out: dict[int, Any] = {}
    for position, (target, group, whole) in merged.items():
        parts = [values[move.at] for move in group]
        origins = [move.origin for move in group]
        out[position], conflict = rules.merged(name, parts, origins, target, whole=whole)
        if conflict and whole:
            told = ", ".join(f"{o} {v}" for o, v in zip(origins, parts, strict=True))
            report.lines.append(Line(None, target, "fusion en conflit", f"{name} : {told}."))
    return out


def _merge_shapes(frame: Any, out: Any, name: str, merged: Merged) -> None:  # noqa: ANN401
    import shapely

    shapes = frame[name].to_numpy()
    for position, (_, group, _) in merged.items():
        out.loc[position, name] = shapely.union_all([shapes[move.at] for move in group])

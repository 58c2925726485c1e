"""What is no zoning of the catalogue, made into layers: indicators, aids, garde sectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zonage_geo.errors import InputError
from zonage_geo.maps.breaks import breaks
from zonage_geo.maps.model import Answer, MapClass, MapLayer, MapSource, Units
from zonage_geo.maps.styles import BASE, Styles
from zonage_geo.territory import commune_of
from zonage_geo.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Indicator", "indicator_layer", "sector_layer", "verdict_layer"]

WORDS = {
    "oui": Verdict.OUI,
    "non": Verdict.NON,
    "indéterminé": Verdict.INDETERMINE,
    "ouverte": Verdict.OUI,  # the words of aids
    "non ouverte": Verdict.NON,
    "à préciser": Verdict.INDETERMINE,
}
KINDS = {Verdict.OUI: "oui", Verdict.NON: "non", Verdict.INDETERMINE: "indetermine"}
LABELS = {
    "aides": {
        "oui": "La commune ouvre l'aide",
        "non": "La commune ne l'ouvre pas",
        "indetermine": "Selon le lieu exact, ou indéterminé",
    },
    "secteurs": {"oui": "Secteur qui ouvre l'exonération", "non": "Secteur qui ne l'ouvre pas"},
}
"""What the legend of a group calls each kind, where the styles' word would be too short."""
LARGE = 1000
MOST_DECIMALS = 12
NO_ROW = "Cette commune n'est pas dans la liste."


class Indicator(NamedTuple):
    """A number by commune, to be mapped by classes.

    Attributes
    ----------
    numbers : Series or mapping
        By commune code of the store's vintage; missing where unknown. As
        ``indicators.column_of`` gives it.
    title : str
        ``APL aux médecins généralistes, 2023``.
    short : str
        For a column: ``APL``; the title by default.
    unit : str
        ``consultations par an et par habitant``.
    method : {"quantiles", "jenks"}
        How it is cut into classes.
    classes : int
        Into how many.
    thresholds : sequence of float or None
        Inner bounds instead.
    source : str
        Publisher, vintage, licence.
    """

    numbers: pd.Series | Mapping[str, float | None]
    title: str
    short: str = ""
    unit: str = ""
    method: str = "quantiles"
    classes: int = 5
    thresholds: Sequence[float] | None = None
    source: str = ""


def indicator_layer(
    indicator: Indicator, units: Units, day: date, styles: Styles, name: str
) -> MapLayer:
    """Make a layer of an indicator.

    Parameters
    ----------
    indicator : Indicator
        A number by commune.
    units : Units
        The map's communes.
    day : date
        The map's day.
    styles : Styles
        For the colours.
    name : str
        The layer's id.

    Returns
    -------
    MapLayer
        A commune without a value is "non disponible", never zero.

    Raises
    ------
    InputError
        If no commune has a value, or classes cannot be made.
    """
    values = _numbers(indicator, units)
    bounds = breaks(
        values,
        method=indicator.method,
        count=indicator.classes,
        thresholds=indicator.thresholds,
    )
    many = len(bounds) - 1
    colors = _ramp(styles.ramp["colors"], many)
    said = _told(bounds)
    classes = [
        MapClass(f"c{k}", "", _range(said, k), colors[k], "plein", "valeur") for k in range(many)
    ]
    state = styles.states["non_disponible"]
    classes.append(
        MapClass("non_disponible", "", state.label, state.color, state.motif, "non_disponible")
    )
    rank = np.clip(np.searchsorted(bounds, values, side="right") - 1, 0, many - 1)
    of = np.where(np.isfinite(values), rank, many).astype(np.int32)
    how = f"{indicator.method}, {many} classes"
    if indicator.thresholds is not None:
        how = "seuils donnés"
    return MapLayer(
        id=name,
        short=indicator.short or indicator.title,
        title=indicator.title,
        group="indicateurs",
        role=BASE,
        day=day,
        classes=tuple(classes),
        answers=tuple(Answer(cls=k, verdict="", source=0) for k in range(many + 1)),
        of=of,
        sources=(MapSource(indicator.title, indicator.source or "Source non précisée.", "[?]"),),
        notes=(f"Classes : {how}.",),
        numbers=values,
        value_unit=indicator.unit,
    )


def _numbers(indicator: Indicator, units: Units) -> np.ndarray:
    """Give each unit's number; an arrondissement has its own, or its city's."""
    table: dict[str, Any] = {str(code): value for code, value in indicator.numbers.items()}
    out = np.full(len(units.codes), np.nan)
    for at, codes in enumerate(units.codes):
        said = {_float(table.get(code, table.get(commune_of(code)))) for code in codes}
        if len(said) == 1:
            out[at] = said.pop()
    return out


def _float(value: Any) -> float:  # noqa: ANN401
    try:
        number = float(value)
    except (TypeError, ValueError):  # None, pandas' NA
        return np.nan
    return number if np.isfinite(number) else np.nan


def _ramp(colors: Sequence[str], many: int) -> list[str]:
    """Pick colours evenly, light to dark, the palest left out where there is room."""
    at = np.linspace(0 if many > 5 else 1, len(colors) - 1, many).round().astype(int)
    return [colors[k] for k in at]


def _range(said: Sequence[str], k: int) -> str:
    if k == len(said) - 2:
        return f"de {said[k]} à {said[k + 1]}"
    return f"de {said[k]} à moins de {said[k + 1]}"


def _told(bounds: Sequence[float]) -> list[str]:
    """Write bounds with decimals enough to tell apart those that differ: two, or none if large."""
    many = len(set(bounds))
    for decimals in range(0 if max(map(abs, bounds)) >= LARGE else 2, MOST_DECIMALS):
        said = [_french(bound, decimals) for bound in bounds]
        if len(set(said)) == many:
            return said
    return [_french(bound, MOST_DECIMALS) for bound in bounds]


def _french(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace(".", ",")


def verdict_layer(  # noqa: PLR0913  (a layer has that many names)
    frame: pd.DataFrame,
    units: Units,
    day: date,
    styles: Styles,
    *,
    name: str,
    short: str,
    title: str,
    group: str = "aides",
    sources: Sequence[MapSource] = (),
    color: str | None = None,
) -> MapLayer:
    """Make a layer of a verdict by commune: an aid, a list of one's own.

    Parameters
    ----------
    frame : DataFrame
        One row a commune: ``code``, ``verdict`` (oui, non, indéterminé; or ouverte,
        non ouverte, à préciser, as ``Atlas.aids_table`` gives them), and, where they are,
        ``motif`` (why) and ``a_verifier`` (why it must be checked).
    units : Units
        The map's communes.
    day : date
        The day of the verdicts.
    styles : Styles
        For colours and patterns.
    name, short, title : str
        The layer's id, and what it is called.
    group : str
        ``aides`` or ``secteurs``.
    sources : sequence of MapSource
        Where it comes from.
    color : str, optional
        Of ``oui``.

    Returns
    -------
    MapLayer
        A commune that has no row is "non disponible".

    Raises
    ------
    InputError
        If a column is missing, a commune stands twice, or a verdict is none.
    """
    lacking = [column for column in ("code", "verdict") if column not in frame.columns]
    if lacking:
        raise InputError(f"{title} : il manque la colonne {', '.join(lacking)}.")
    if twice := sorted(set(frame.loc[frame["code"].duplicated(), "code"].astype(str))):
        raise InputError(f"{title} : plusieurs lignes pour {', '.join(twice[:5])}.")
    rows = {
        str(row["code"]): (
            _verdict(row["verdict"], title),
            _text(row.get("motif")),
            _text(row.get("a_verifier")),
        )
        for row in frame.to_dict("records")
    }
    kinds = ("oui", "indetermine", "non", "non_disponible")
    classes = []
    for kind in kinds:
        state = styles.states[kind]
        shade = color if kind == "oui" and color is not None else state.color
        label = LABELS.get(group, {}).get(kind, state.label)
        classes.append(MapClass(kind, "", label, shade, state.motif, kind))
    answers: dict[Answer, int] = {}
    of = []
    for codes in units.codes:
        said = {rows.get(code, rows.get(commune_of(code))) for code in codes}
        one = said.pop() if len(said) == 1 else (Verdict.INDETERMINE, "", "")
        if one is None:
            answer = Answer(kinds.index("non_disponible"), str(Verdict.INDETERMINE), "", NO_ROW)
        else:
            cls = kinds.index(KINDS[one[0]])
            answer = Answer(cls, str(one[0]), "", one[1], one[2], 0 if sources else -1)
        of.append(answers.setdefault(answer, len(answers)))
    used = sorted({answer.cls for answer in answers})
    return MapLayer(
        id=name,
        short=short,
        title=title,
        group=group,
        role=BASE,
        day=day,
        classes=tuple(classes[rank] for rank in used),
        answers=tuple(answer._replace(cls=used.index(answer.cls)) for answer in answers),
        of=np.array(of, dtype=np.int32),
        sources=tuple(sources),
    )


def _verdict(value: Any, title: str) -> Verdict:  # noqa: ANN401
    text = str(value)
    if text not in WORDS:
        raise InputError(f"{title} : verdict inconnu {text!r} ({', '.join(WORDS)}).")
    return WORDS[text]


def _text(value: Any) -> str:  # noqa: ANN401
    """Give a text; what pandas calls missing, and a bare boolean, are none."""
    return value if isinstance(value, str) else ""


def sector_layer(sectors: pd.DataFrame, units: Units, day: date, styles: Styles) -> MapLayer:
    """Make a layer of garde sectors: those that open the exemption of CGI art. 151 ter.

    Parameters
    ----------
    sectors : DataFrame or GeoDataFrame
        As ``Atlas.pdsa_sectors`` gives it: ``secteur``, ``nom``, ``codes``, ``exoneration``,
        ``motif``, ``a_verifier``.
    units : Units
        The map's communes.
    day : date
        The day of the classes.
    styles : Styles
        For colours and patterns.

    Returns
    -------
    MapLayer
        A commune of two sectors whose answers differ is undetermined; one in none is "non
        disponible". Outlines of sectors are drawn where one ends.

    Raises
    ------
    InputError
        If a column is missing.
    """
    import pandas as pd

    needed = ("secteur", "nom", "codes", "exoneration", "motif", "a_verifier")
    if lacking := [column for column in needed if column not in sectors.columns]:
        raise InputError(f"secteurs : il manque la colonne {', '.join(lacking)}.")
    names: list[str] = []
    held: dict[str, list[int]] = {}
    for row in sectors.to_dict("records"):
        for code in str(row["codes"]).split():
            held.setdefault(code, []).append(len(names))
        names.append(_text(row["nom"]) or str(row["secteur"]))
    told = sectors.to_dict("records")
    rows = []
    for code, ranks in held.items():
        verdicts = {str(told[rank]["exoneration"]) for rank in ranks}
        sure = len(verdicts) == 1
        why = " ".join(dict.fromkeys(_text(told[rank]["motif"]) for rank in ranks))
        if not sure:
            why = f"La commune est dans plusieurs secteurs, dont les réponses diffèrent. {why}"
        check = " ".join(dict.fromkeys(filter(None, (_text(told[r]["a_verifier"]) for r in ranks))))
        verdict = verdicts.pop() if sure else "indéterminé"
        rows.append({"code": code, "verdict": verdict, "motif": why, "a_verifier": check})
    layer = verdict_layer(
        pd.DataFrame(rows, columns=["code", "verdict", "motif", "a_verifier"]),
        units,
        day,
        styles,
        name="pdsa_exoneration",
        short="Secteur de garde",
        title="Secteurs de garde (PDSA) : exonération de l'article 151 ter du CGI",
        group="secteurs",
        sources=(_sector_source(sectors),),
        color=styles.states["oui"].color,
    )
    of = [
        next(iter(held.get(code, held.get(commune_of(code), [-1])) for code in codes))
        for codes in units.codes
    ]
    return layer._replace(
        sectors=tuple(names), sector_of=np.array([ranks[0] for ranks in of], dtype=np.int32)
    )


def _sector_source(sectors: pd.DataFrame) -> MapSource:
    rule = sectors.attrs.get("rule", {})
    detail = (
        f"Liste : {sectors.attrs.get('source', 'non précisée')}. {rule.get('legal', '')}".strip()
    )
    return MapSource("Secteurs de garde", detail, "[?]")

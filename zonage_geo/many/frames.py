"""Frames of places in, the same frames with their zones out: one row a row, in order."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zonage_geo.catalog.model import Layer
from zonage_geo.errors import InputError
from zonage_geo.french import enumerate_fr
from zonage_geo.locate.model import Place, Ref
from zonage_geo.locate.reasons import why
from zonage_geo.locate.zones import Part
from zonage_geo.many.engine import Engine
from zonage_geo.many.parts import stub
from zonage_geo.many.places import Where
from zonage_geo.many.points import NO_POINT, Situated
from zonage_geo.territory import STORE_DAY
from zonage_geo.verdict import Verdict, verdict_of

__all__ = ["columns_of", "locate_frame", "membership_frame"]

OnInvalid = Literal["keep", "raise"]
OUT_OF_FRANCE = (
    "Ce point est à plus de 3 km de toute commune de France (départements métropolitains et "
    "d'outre-mer)."
)
SWAPPED = "Ce point est hors de France, et l'inverse y est : latitude et longitude échangées ?"
NOT_A_POINT = "Pas de coordonnées, ou qui ne sont pas des degrés."


def columns_of(engine: Engine, *, verdicts: bool = True) -> list[str]:
    """List the columns that are added, in order.

    Parameters
    ----------
    engine : Engine
        For the layers.
    verdicts : bool
        Whether verdicts are asked, or bare memberships.

    Returns
    -------
    list of str
        All start with ``zg_``.
    """
    layers = list(engine.catalog.layers)
    if not verdicts:
        return ["zg_commune", *(f"zg_{layer}" for layer in layers)]
    place = ["label", "precision", "lon", "lat", "commune", "arrondissement"]
    of_layers = [f"{name}{end}" for name in layers for end in ("", "_verdict", "_code", "_motif")]
    return [f"zg_{name}" for name in (*place, *of_layers, "erreur")]


def locate_frame(
    frame: pd.DataFrame,
    where: Where,
    engine: Engine,
    *,
    on_invalid: OnInvalid = "keep",
    threads: int | None = None,
) -> pd.DataFrame:
    """Add to each row of a frame what every layer answers there.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Any; its columns stay untouched.
    where : Where
        Where its rows are.
    engine : Engine
        The store on a day.
    on_invalid : {"keep", "raise"}
        A row that is nowhere (no coordinates, out of France, an unknown code) is kept and
        says why in ``zg_erreur``, or stops it all.
    threads : int, optional
        For the indexes; one a core by default.

    Returns
    -------
    DataFrame or GeoDataFrame
        The same rows in the same order, with `columns_of`; categoricals but for ``zg_lon``
        and ``zg_lat``.

    Raises
    ------
    InputError
        If a row is nowhere and that is not allowed.
    """
    added = (
        _by_code(where, engine) if where.insee is not None else _by_point(where, engine, threads)
    )
    if on_invalid == "raise" and added["zg_erreur"].notna().any():
        bad = int(np.flatnonzero(added["zg_erreur"].notna())[0])
        label: Hashable = frame.index[bad]
        raise InputError(f"ligne {label} : {added['zg_erreur'].iloc[bad]}")
    added.index = frame.index
    clash = [c for c in frame.columns if c in added.columns]
    return pd.concat([frame.drop(columns=clash), added], axis=1)


def _by_point(where: Where, engine: Engine, threads: int | None) -> pd.DataFrame:
    assert where.lon is not None and where.lat is not None  # noqa: PT018, S101
    lon, lat = where.lon.to_numpy(np.float64), where.lat.to_numpy(np.float64)
    situated, answers = engine.points(lon, lat, threads=threads)
    at = situated.situation
    named = _Names(engine, situated)
    fine = at >= 0
    columns: dict[str, Any] = {
        "zg_label": _categories(at, named.labels),
        "zg_precision": _constant(fine, "point"),
        "zg_lon": lon,
        "zg_lat": lat,
        "zg_commune": _categories(at, named.communes),
        "zg_arrondissement": _categories(at, named.arrondissements),
    }
    for layer in engine.catalog.layers.values():
        parts = answers.outcomes[layer.id]
        columns |= _layer_columns(layer, parts, answers.outcome[layer.id], engine, "point")
    wrong = np.where(fine, -1, np.where(at == NO_POINT, 0, 1))
    doubted = np.flatnonzero(~fine & np.isfinite(lon) & np.isfinite(lat))
    if len(doubted):
        wrong[doubted[engine.hold(lat[doubted], lon[doubted])]] = 2
    columns["zg_erreur"] = _categories(wrong, [NOT_A_POINT, OUT_OF_FRANCE, SWAPPED])
    return pd.DataFrame(columns)


def _by_code(where: Where, engine: Engine) -> pd.DataFrame:
    assert where.insee is not None  # noqa: S101
    coded = engine.codes(where.insee)
    at = coded.place
    fine = at >= 0
    places = coded.places
    missing = np.full(len(at), np.nan)
    columns: dict[str, Any] = {
        "zg_label": _categories(at, [place.label for place in places]),
        "zg_precision": _constant(fine, "commune"),
        "zg_lon": missing,
        "zg_lat": missing,
        "zg_commune": _categories(at, [p.commune.code if p.commune else None for p in places]),
        "zg_arrondissement": _categories(
            at, [p.commune.arrondissement if p.commune else None for p in places]
        ),
    }
    for layer in engine.catalog.layers.values():
        outcome = coded.answers.outcome[layer.id]
        by_row = np.where(fine, outcome[at] if len(outcome) else -1, -1)
        parts = coded.answers.outcomes[layer.id]
        columns |= _layer_columns(layer, parts, by_row, engine, "commune")
    columns["zg_erreur"] = pd.Categorical([coded.errors.get(row) for row in range(len(at))])
    return pd.DataFrame(columns)


class _Names:
    """The communes of situations, as text."""

    def __init__(self, engine: Engine, situated: Situated) -> None:
        self.labels: list[str | None] = []
        self.communes: list[str | None] = []
        self.arrondissements: list[str | None] = []
        refs = engine.candidates()
        names = [f"{engine.name(code)} ({code})" for code, _ in refs]
        start, value = situated.refs.start.tolist(), situated.refs.value.tolist()
        for at, end, outside in zip(start, start[1:], situated.outside.tolist(), strict=False):
            if end - at == 1 and not outside:
                code, arms = refs[value[at]]
                self.labels.append(names[value[at]])
                self.communes.append(code)
                self.arrondissements.append(arms[0] if len(arms) == 1 else None)
                continue
            numbers = value[at:end]
            codes = {refs[number][0]: names[number] for number in numbers}
            self.labels.append(enumerate_fr(codes.values(), "ou") or None)
            sure = len(codes) == 1 and not outside
            self.communes.append(next(iter(codes)) if sure else None)
            some = {arm for number in numbers for arm in refs[number][1]} if sure else set()
            self.arrondissements.append(some.pop() if len(some) == 1 else None)


def _layer_columns(
    layer: Layer,
    parts: Sequence[Part],
    outcome: NDArray[np.int32],
    engine: Engine,
    precision: str,
) -> dict[str, pd.Categorical]:
    verdicts = [verdict_of(part.possible) for part in parts]
    told = _Told(layer, engine, precision)
    name = f"zg_{layer.id}"
    return {
        name: _categories(
            outcome, [told.value(p, v) for p, v in zip(parts, verdicts, strict=True)]
        ),
        f"{name}_verdict": _categories(outcome, [str(verdict) for verdict in verdicts]),
        f"{name}_code": _categories(outcome, [str(part.reason) for part in parts]),
        f"{name}_motif": _categories(outcome, [told.why(part) for part in parts]),
    }


class _Told:
    """What a layer's outcomes are in a column."""

    def __init__(self, layer: Layer, engine: Engine, precision: str) -> None:
        self._layer = layer
        self._engine = engine
        self._place: Place = stub([Ref("", STORE_DAY)], precision, outside=False)

    def value(self, part: Part, verdict: Verdict) -> str | None:
        """Give the class, or the codes of the zones."""
        if verdict is not Verdict.OUI:
            return None
        by_zone = self._layer.zoned or self._layer.unit == "polygon"
        if by_zone and part.items:
            return " ".join(item.code for item in part.items)
        return part.possible[0]

    def why(self, part: Part) -> str | None:
        """Say why an answer is undetermined, and what is to be checked of one that stands."""
        return why(self._layer, part, self._place, self._engine.day)


def _categories(codes: NDArray[Any], texts: Sequence[str | None]) -> pd.Categorical:
    """Make a categorical from ranks in a list that may repeat and have holes; none is below 0."""
    distinct: dict[str, int] = {}
    ranks = [-1 if text is None else distinct.setdefault(text, len(distinct)) for text in texts]
    # What has no rank, -1 or -2, looks up one of the last two. The narrowest numbers that hold
    # the ranks: a frame of a million rows is mostly these.
    table = np.array([*ranks, -1, -1], dtype=np.min_scalar_type(-max(len(distinct), 1)))
    kind = pd.CategoricalDtype(pd.Index(list(distinct), dtype=object))
    return pd.Categorical.from_codes(table.take(codes), dtype=kind, validate=False)


def _constant(fine: NDArray[np.bool_], text: str) -> pd.Categorical:
    return _categories(np.where(fine, 0, -1), [text])


def membership_frame(
    frame: pd.DataFrame, where: Where, engine: Engine, *, threads: int | None = None
) -> pd.DataFrame:
    """Add to each row the commune that holds it and what lists say of it, without any doubt.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Any; its columns stay untouched.
    where : Where
        Where its rows are; by points.
    engine : Engine
        The store on a day.
    threads : int, optional
        For the indexes; one a core by default.

    Returns
    -------
    DataFrame or GeoDataFrame
        The same rows in the same order, with ``zg_commune`` and, a layer, its class in the
        commune's list, or the codes of the perimeters that hold the point: categoricals,
        missing where there is none.

    Raises
    ------
    InputError
        If rows are given by codes.
    """
    if where.lon is None or where.lat is None:
        raise InputError("sans verdicts, il faut des points (lon et lat).")
    found = engine.memberships(where.lon.to_numpy(), where.lat.to_numpy(), threads=threads)
    columns: dict[str, pd.Categorical] = {
        "zg_commune": _categories(found.commune, [" ".join(codes) for codes in engine.communes])
    }
    in_zones = _zone_codes(engine, len(frame), *found.zones)
    for layer in engine.catalog.layers:
        if layer in in_zones:
            columns[f"zg_{layer}"] = in_zones[layer]
        else:
            columns[f"zg_{layer}"] = _categories(found.classes[layer], found.labels[layer])
    added = pd.DataFrame(columns, index=frame.index)
    return pd.concat([frame.drop(columns=[c for c in columns if c in frame]), added], axis=1)


def _zone_codes(
    engine: Engine, points: int, point: NDArray[np.int64], polygon: NDArray[np.int32]
) -> dict[str, pd.Categorical]:
    """Give the codes of the perimeters in force that hold each point, by layer."""
    layers = np.array([layer for layer, _, _ in engine.perimeters], dtype=object)
    current = np.array(
        [engine.is_current(layer, edition) for layer, edition, _ in engine.perimeters]
    )
    found = {}
    for layer in dict.fromkeys(layers):
        mine = (layers == layer) & current
        pairs = mine[polygon] if len(polygon) else np.empty(0, dtype=bool)
        texts: dict[int, str] = {}
        for at, rank in zip(point[pairs].tolist(), polygon[pairs].tolist(), strict=True):
            code = engine.perimeters[rank][2]
            texts[at] = f"{texts[at]} {code}" if at in texts else code
        values = np.full(points, -1, dtype=np.int64)
        values[list(texts)] = np.arange(len(texts))
        found[str(layer)] = _categories(values, list(texts.values()))
    return found

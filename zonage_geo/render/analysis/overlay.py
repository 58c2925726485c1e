"""An overlay as text: classes counted by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonage_geo.render.analysis.common import attrs_of, day_of, number, percent, table, tail
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.report import counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["overlay_text"]


def overlay_text(frame: pd.DataFrame, *, whole: bool = False) -> str:
    """Sum up an overlay.

    Parameters
    ----------
    frame : DataFrame
        As ``overlay`` gives it.
    whole : bool
        Whether every line of the report is told.

    Returns
    -------
    str
        Classes counted by layer.
    """
    attrs = attrs_of(frame)
    lines = [
        f"{attrs['territory']}, au {day_of(attrs)} : {counted(len(frame), 'commune')}",
        "",
    ]
    total = frame["population"].sum(min_count=1)
    for name in dict.fromkeys(one["layer"] for one in attrs["layers"]):
        title = next(one["layer_title"] for one in attrs["layers"] if one["layer"] == name)
        lines += [title, *_counts(frame, name, total), ""]
    if "zip_zac_max_m" in frame.columns:
        near = int((frame["zip_zac_max_m"] <= 10_000).sum())
        far = int((frame["zip_zac_min_m"] > 10_000).sum())
        told = (
            f"À moins de 10 km d'une commune en ZIP ou ZAC, où que l'on soit dans la commune : "
            f"{counted(near, 'commune')} ; à plus de 10 km : {number(far)} ; selon l'endroit, ou "
            f"inconnu : {number(len(frame) - near - far)}."
        )
        lines += fill(told, WIDTH).splitlines()
    return "\n".join([*lines, *tail(attrs, whole=whole)])


_HELD = {
    "oui": "au moins un dans la commune",
    "indéterminé": "peut-être un",
    "non": "aucun",
}
"""What ``_dans_la_commune`` of a layer of quarters says of a commune."""
_MADE_OF = {"oui": "dans un secteur", "indéterminé": "peut-être dans un", "non": "dans aucun"}
"""The same of a layer of sectors."""


def _counts(frame: pd.DataFrame, name: str, total: object) -> list[str]:
    label = f"{name}_libelle"
    held = f"{name}_dans_la_commune"
    said = frame[held if held in frame.columns else f"{name}_verdict"].astype(str)
    if label in frame.columns:
        known = frame[label].astype(object)
        said = known.where(known.notna(), said.map({"non": "hors zone"}).fillna("classe inconnue"))
        order = [*frame[label].cat.categories, "hors zone", "classe inconnue"]
    else:
        words = _HELD if held in frame.columns else _MADE_OF
        said = said.map(words)
        order = list(words.values())
    rows = []
    for word in order:
        mine = frame[said == word]
        if len(mine):
            population = mine["population"].sum(min_count=1)
            rows.append(
                (
                    word,
                    number(len(mine)),
                    percent(len(mine) / len(frame)),
                    number(population),
                    percent(population / total if total else None),
                )
            )
    return table(("", "communes", "part", "population", "part"), rows)

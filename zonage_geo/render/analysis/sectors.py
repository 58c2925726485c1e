"""Garde sectors as text: verdicts, then why those that are not sure are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zonage_geo.render.analysis.common import attrs_of, day_of, number, table, tail
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.report import Report, counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["rule_text", "sectors_text"]


def rule_text(rule: Mapping[str, Any]) -> str:
    """Say what makes a sector open the exemption.

    Parameters
    ----------
    rule : mapping
        As ``pdsa_sectors`` has it in ``attrs``.

    Returns
    -------
    str
        French sentences.
    """
    regions = "".join(f" ; {r} : {' ou '.join(v)}" for r, v in rule["regions"].items())
    quarters = {
        "oui": "compte",
        "non": "ne compte pas",
        "indéterminé": "laisse la réponse indéterminée",
    }[rule["quarters"]]
    return (
        f"{rule['legal']} : au moins une commune du secteur en {' ou '.join(rule['levels'])} "
        f"({rule['levels_source']}{regions}). Un QPV seul classé {quarters}."
    )


def sectors_text(frame: pd.DataFrame, *, whole: bool = False) -> str:
    """Write sectors: a line each, then why those that are not sure are not.

    Parameters
    ----------
    frame : DataFrame
        As ``pdsa_sectors`` gives it.
    whole : bool
        Whether every line of the report is told.

    Returns
    -------
    str
        The verdicts first.
    """
    attrs = attrs_of(frame)
    counts = {v: int((frame["exoneration"] == v).sum()) for v in ("oui", "indéterminé", "non")}
    told = ", ".join(
        f"{count} {verdict}{'s' if verdict == 'indéterminé' and count > 1 else ''}"
        for verdict, count in counts.items()
        if count
    )
    lines = [
        f"Secteurs de garde (PDSA) d'après {attrs['source']}, au {day_of(attrs)}",
        *fill(rule_text(attrs["rule"]), WIDTH).splitlines(),
        "",
        f"{counted(len(frame), 'secteur')} ; exonération : {told}",
        "",
    ]
    texts = ["secteur", "nom", "exoneration"]
    numbered = ["communes", "zip", "zac", "inconnues", "population"]
    rows = [
        [code if nom == code else f"{code} {nom}", verdict, *map(number, numbers)]
        for (code, nom, verdict), numbers in zip(
            frame[texts].astype(str).to_numpy().tolist(),
            frame[numbered].astype(object).to_numpy().tolist(),
            strict=True,
        )
    ]
    head = ("secteur", "exonération", "communes", "ZIP", "ZAC", "inconnues", "population")
    lines += table(head, rows, left=2)
    doubtful = frame[frame["exoneration"] == "indéterminé"]
    if len(doubtful):
        lines += ["", "Pourquoi indéterminé"]
        for one in doubtful.itertuples():
            lines += fill(f"{one.secteur} : {one.motif}", WIDTH, "- ", "  ").splitlines()
    told_below = {str(one["to_check"]) for one in attrs["layers"]}
    for check in dict.fromkeys(frame["a_verifier"].dropna()):
        if check in told_below:
            continue
        lines += ["", *fill(f"À vérifier : {check}", WIDTH).splitlines()]
    report: Report = attrs["report"]
    told = f"{counted(report.rows_in, 'ligne')}, {counted(report.rows_kept, 'gardée')}, "
    lines += ["", f"La liste : {told}{counted(report.rows_dropped, 'écartée')}."]
    if attrs["supposed"]:
        lines += fill(attrs["supposed"], WIDTH).splitlines()
    return "\n".join([*lines, *tail(attrs, whole=whole)])

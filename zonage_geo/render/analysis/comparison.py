"""A comparison as text: what each territory gains and loses, then the transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonage_geo.render.analysis.common import attrs_of, number, table, tail

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BETWEEN", "comparison_text"]

BETWEEN = (
    "Les deux états sont de deux couches : « inchangée » veut dire oui avant et après, ou non "
    "avant et après (colonnes avant_verdict et apres_verdict), pas que le classement est le même."
)
"""What ``changement`` means between two layers."""


def comparison_text(
    frame: pd.DataFrame, balance: pd.DataFrame, matrix: pd.DataFrame, *, whole: bool = False
) -> str:
    """Write a comparison: what each territory gains and loses, then the transitions.

    Parameters
    ----------
    frame : DataFrame
        As ``compare`` gives it.
    balance, matrix : DataFrame
        As ``compare.balance`` and ``compare.matrix`` give them.
    whole : bool
        Whether every line of the report is told.

    Returns
    -------
    str
        Communes, and inhabitants in brackets.
    """
    attrs = attrs_of(frame)
    kinds = [k for k in balance.columns[3:] if not str(k).endswith("_population")]
    same, both = _same(frame)
    words = {"change_de_classe": "change", "indeterminee": "indéterminée", "inchangee": same}
    rows = [
        [
            nom if code in ("", nom) else f"{code} {nom}",
            number(communes),
            *(
                f"{number(n)} ({number(p)})" if n else "0"
                for n, p in zip(rest[0::2], rest[1::2], strict=True)
            ),
        ]
        for code, nom, communes, *rest in balance.itertuples(index=False)
    ]
    head = ["communes (habitants)", "communes", *(words.get(str(k), str(k)) for k in kinds)]
    lines = [f"{attrs['territory']} : {attrs['before']} → {attrs['after']}", ""]
    lines += [*table(head, rows), *both]
    lines += ["", "Passages (communes) : avant en lignes, après en colonnes"]
    before, after = attrs["labels"]
    cells = zip(matrix.index, matrix.astype(object).to_numpy().tolist(), strict=True)
    lines += table(
        ["", *(after.get(str(name), str(name)) for name in matrix.columns)],
        [[before.get(str(name), str(name)), *map(number, row)] for name, row in cells],
    )
    return "\n".join([*lines, *tail(attrs, whole=whole)])


_BOTH = {"oui": "oui avant et après", "non": "non avant et après"}


def _same(frame: pd.DataFrame) -> tuple[str, list[str]]:
    """Name what did not change: between two layers, only the answer is the same."""
    if frame.attrs.get("same_layer", True):
        return "inchangée", []
    verdicts = frame.loc[frame["changement"] == "inchangée", "avant_verdict"].astype(str)
    counts = {word: int((verdicts == verdict).sum()) for verdict, word in _BOTH.items()}
    met = [word for word, count in counts.items() if count]
    if len(met) == 1:
        return met[0], []
    told = " ; ".join(f"{word} : {number(count)}" for word, count in counts.items())
    return "même réponse", ["", f"Même réponse (communes) : {told}."]

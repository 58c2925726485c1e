"""Analyses of territories as French text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zonage_geo.render.text import WIDTH, fill
from zonage_geo.render.words import NOTICE
from zonage_geo.report import Report, counted

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BETWEEN",
    "comparison_text",
    "coverage_text",
    "overlay_text",
    "plain_rows",
    "report_lines",
    "rule_text",
    "sectors_text",
]

SHOWN = 4
"""Lines of a kind that are told before the others are counted."""
BETWEEN = (
    "Les deux états sont de deux couches : « inchangée » veut dire oui avant et après, ou non "
    "avant et après (colonnes avant_verdict et apres_verdict), pas que le classement est le même."
)
"""What ``changement`` means between two layers."""
QUIET = frozenset({"couche absente", "en-tête", "titre", "accents rétablis"})


def number(value: object) -> str:
    """Write a count as French readers do.

    Parameters
    ----------
    value : object
        A number, or something missing.

    Returns
    -------
    str
        ``12 345``, or ``?`` where unknown.
    """
    import pandas as pd

    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  (a NaN differs)
        return "?"
    return f"{int(value):,}".replace(",", "\u202f")  # type: ignore[call-overload]


def percent(value: object) -> str:
    """Write a share.

    Parameters
    ----------
    value : object
        From 0 to 1, or missing.

    Returns
    -------
    str
        ``31,9 %``, or ``?``.
    """
    import pandas as pd

    if value is None or value is pd.NA or value != value:  # noqa: PLR0124
        return "?"
    return f"{100 * float(value):.1f}\u00a0%".replace(".", ",")  # type: ignore[arg-type]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """Lay rows out in columns.

    Parameters
    ----------
    head : sequence of str
        Titles.
    rows : iterable of sequence of str
        Cells.
    left : int
        How many columns are texts; the others are numbers, put to the right.

    Returns
    -------
    list of str
        Lines.
    """
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if at < left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def report_lines(report: Report, *, whole: bool = False) -> list[str]:
    """Tell what happened to rows, kind by kind.

    Parameters
    ----------
    report : Report
        The account.
    whole : bool
        Whether every line is told.

    Returns
    -------
    list of str
        One line of text or more a kind.
    """
    out: list[str] = []
    for kind, count in report.counts().items():
        mine = [line for line in report.lines if line.kind == kind]
        out.append(f"{kind[:1].upper()}{kind[1:]} : {count}")
        shown = mine if whole else mine[: 0 if kind in QUIET and count > SHOWN else SHOWN]
        for line in shown:
            where = f"ligne {line.row} : " if line.row is not None else ""
            code = f"{line.code} : " if line.code else ""
            out += fill(f"{where}{code}{line.detail}", WIDTH, "  · ", "    ").splitlines()
        if len(mine) > len(shown):
            out.append(f"  · {_others(len(mine) - len(shown))}")
    return out


def _others(count: int) -> str:
    return f"et {count} {'autres' if count > 1 else 'autre'} (--lignes montre tout)"


def _attrs(frame: pd.DataFrame) -> dict[str, Any]:
    return {str(key): value for key, value in frame.attrs.items()}


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


def _tail(attrs: Mapping[str, Any], *, whole: bool) -> list[str]:
    """End an answer: what is to be known, then the sources."""
    report: Report = attrs["report"]
    lines = report_lines(report, whole=whole)
    checks = {
        one["to_check"]: one["layer_title"] for one in attrs.get("layers", ()) if one["to_check"]
    }
    out = ["", "À savoir", *lines] if lines or checks else []
    for check, title in checks.items():
        out += fill(f"{title}, à vérifier : {check}", WIDTH, "- ", "  ").splitlines()
    sources = [
        f"{one['title']}. {one['legal']}. Publié par : {one['publisher']}."
        for one in attrs.get("layers", ())
    ]
    if attrs.get("population"):
        sources.append(f"Population : {attrs['population']}.")
    shown = sources if whole or len(sources) <= SHOWN else [*sources[: SHOWN - 1], sources[-1]]
    out += ["", "Sources"]
    for line in shown:
        out += fill(line, WIDTH, "- ", "  ").splitlines()
    if len(sources) > len(shown):
        out.append(f"- {_others(len(sources) - len(shown))}")
    return [*out, "", NOTICE]


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
    attrs = _attrs(frame)
    lines = [
        f"{attrs['territory']}, au {_fr(attrs['date'])} : {counted(len(frame), 'commune')}",
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
    return "\n".join([*lines, *_tail(attrs, whole=whole)])


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


def coverage_text(frame: pd.DataFrame, *, whole: bool = False) -> str:
    """Write a coverage: a line a territory, a group of columns a class.

    Parameters
    ----------
    frame : DataFrame
        As ``coverage`` gives it.
    whole : bool
        Whether every line of the report is told.

    Returns
    -------
    str
        Communes and share of the population by class.
    """
    attrs = _attrs(frame)
    title = f"{attrs['territory']}, au {_fr(attrs['date'])} : communes (et part de la population)"
    classes = [c for c in frame["classe"].cat.categories if (frame["classe"] == c).any()]
    labels = dict(zip(frame["classe"], frame["libelle"], strict=True))
    rows = []
    for (code, nom), mine in frame.groupby(["code", "nom"], sort=False):
        title_of = str(nom) if str(code) in str(nom) else f"{code} {nom}"
        rows.append(_covered(title_of, mine, classes))
    if len(rows) > 1 and attrs["by"] not in ("secteur", "tvs"):  # a commune may be in two of those
        rows.append(_covered("Total", frame, classes))
    head = [
        "",
        "communes",
        "population",
        *(word for one in classes for word in (labels[one], "(pop.)")),
    ]
    lines = [title, "", *table(head, rows)]
    none = int(frame["communes_sans_population"].sum())
    if none:
        lines += ["", f"Population inconnue : {counted(none, 'commune')}, hors de toute part."]
    unsure = int(frame["communes_sauf_qpv"].sum())
    if unsure:
        people = number(frame["population_sauf_qpv"].sum(min_count=1))
        told = (
            f"{counted(unsure, 'commune')} ({people} habitants) {'ont' if unsure > 1 else 'a'} des "
            "quartiers (QPV) dont la classe peut différer : les habitants en sont comptés sous la "
            "classe de la commune."
        )
        lines += ["", *fill(told, WIDTH).splitlines()]
    return "\n".join([*lines, *_tail(attrs, whole=whole)])


def _covered(title: str, mine: pd.DataFrame, classes: Sequence[str]) -> list[str]:
    """Write the communes, inhabitants and classes of a territory, or of all."""
    people = mine["population"].sum(min_count=1)
    total = int(mine["population"].sum())  # 0 where all are unknown
    cells = [title, number(mine["communes"].sum()), number(people)]
    for one in classes:
        found = mine[mine["classe"] == one]
        known = found["population"].sum(min_count=1)
        share = percent(known / total if total else None)
        cells += [number(found["communes"].sum()), share] if len(found) else ["", ""]
    return cells


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
    attrs = _attrs(frame)
    counts = {v: int((frame["exoneration"] == v).sum()) for v in ("oui", "indéterminé", "non")}
    told = ", ".join(
        f"{count} {verdict}{'s' if verdict == 'indéterminé' and count > 1 else ''}"
        for verdict, count in counts.items()
        if count
    )
    lines = [
        f"Secteurs de garde (PDSA) d'après {attrs['source']}, au {_fr(attrs['date'])}",
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
    return "\n".join([*lines, *_tail(attrs, whole=whole)])


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
    attrs = _attrs(frame)
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
    return "\n".join([*lines, *_tail(attrs, whole=whole)])


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


def _fr(day: str) -> str:
    year, month, date = day.split("-")
    return f"{date}/{month}/{year}"


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame's rows as plain data, outlines left out.

    Parameters
    ----------
    frame : DataFrame
        Of any columns.

    Returns
    -------
    list of dict
        Of texts, numbers, booleans and None.
    """
    import pandas as pd

    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return [
        {
            str(name): None if pd.isna(value) else getattr(value, "item", lambda v=value: v)()
            for name, value in zip(table.columns, row, strict=True)
        }
        for row in table.astype(object).itertuples(index=False, name=None)
    ]

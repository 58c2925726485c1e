"""The account of a batch, in French."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from zonage_geo.batch.addresses import AddressTally
from zonage_geo.batch.model import Input
from zonage_geo.batch.tally import IN_ZONE, Tally
from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.french import figures, french_date
from zonage_geo.locate.reasons import class_title
from zonage_geo.readers.cells import counted
from zonage_geo.render.text import fill

__all__ = ["account_facts", "account_text", "address_lines", "prepared_lines"]

SHOWN = 4
"""Kinds of errors that are told; the others are counted."""
VERDICTS = ("oui", "non", "indéterminé")


def prepared_lines(source: Input) -> list[str]:
    """Tell how a file was understood, where that is worth a line.

    Parameters
    ----------
    source : Input
        The file.

    Returns
    -------
    list of str
        French sentences.
    """
    lines = list(source.notes)
    again = [name for name in source.columns if name.startswith("zg_")]
    if again:
        lines.append(f"le fichier a déjà des colonnes zg_ ({len(again)}) : celles qui sont "
                     "ajoutées les remplacent.")  # fmt: skip
    return lines


def account_text(tally: Tally, path: Path, out: Path, catalog: Catalog, day: date) -> str:
    """Tell what became of the rows of a file.

    Parameters
    ----------
    tally : Tally
        Rows counted.
    path, out : Path
        The file, and the answers.
    catalog : Catalog
        For the layers' names.
    day : date
        The day asked about.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    rows = counted(tally.rows, "ligne")
    lines = [fill(f"zonage_geo : {path.name} → {out.name}, {rows}, au {french_date(day)}.")]
    lines += _errors(tally)
    if tally.rows:
        lines += _verdicts(tally, catalog) if tally.verdicts else _classes(tally, catalog)
    return "\n".join(lines)


def account_facts(
    tally: Tally, catalog: Catalog, found: AddressTally | None = None
) -> list[tuple[str, str]]:
    """Tell what became of the rows of a file, subject by subject.

    Parameters
    ----------
    tally : Tally
        Rows counted.
    catalog : Catalog
        For the layers' names.
    found : AddressTally, optional
        How addresses were found.

    Returns
    -------
    list of tuple of str
        Subject and sentence.
    """
    said = f"{counted(tally.rows, 'ligne lue')}, {counted(tally.rows, 'écrite')}"
    if tally.failed:
        why = " (colonne zg_erreur)" if tally.errors else ", hors de toute commune"
        said += f", dont {counted(tally.failed, 'ligne')} en erreur{why}"
    facts = [("lignes", f"{said}.")]
    facts += [("en erreur", said) for said in _kinds(tally)]
    facts += [("adresses", sentence) for sentence in (_address_sentences(found) if found else ())]
    for name, counter in tally.layers.items():
        told = (
            [f"{one} {figures(counter[one])}" for one in VERDICTS if counter[one]]
            if tally.verdicts
            else _class_counts(counter, catalog.layers[name])
        )
        facts.append((f"{catalog.layers[name].short}, réponses", f"{', '.join(told) or 'aucune'}."))
    return facts


def _verdicts(tally: Tally, catalog: Catalog) -> list[str]:
    named = {name: catalog.layers[name].short for name in tally.layers}
    width = max(map(len, named.values()), default=0)
    lines = [f"  {'':<{width}}" + "".join(f"{name:>14}" for name in VERDICTS)]
    for name, counter in tally.layers.items():
        verdicts = "".join(f"{figures(counter[one]):>14}" for one in VERDICTS)
        lines.append(f"  {named[name]:<{width}}{verdicts}")
    return lines


def _classes(tally: Tally, catalog: Catalog) -> list[str]:
    lines = []
    for name, counter in tally.layers.items():
        layer = catalog.layers[name]
        told = f"{layer.short} : {', '.join(_class_counts(counter, layer)) or 'aucune ligne'}"
        lines.append(fill(told, first="  - ", then="    "))
    return lines


def _class_counts(counter: Counter[str], layer: Layer) -> list[str]:
    names = {code: class_title(layer.classes, code) for code in layer.classes}
    names[IN_ZONE] = "dans une zone"
    return [f"{named} {figures(counter[code])}" for code, named in names.items() if counter[code]]


_FOUND = {
    "geoplateforme": "Géoplateforme",
    "geocodeur": "votre géocodeur en ligne",
    "ban": "base adresse ajoutée ici",
    "mairies": "mairies",
    "communes": "noms des communes",
    "code INSEE": "codes des communes",
    "codes postaux": "codes postaux",
}
_PRECISIONS = {
    "numero": "au numéro",
    "voie": "à la voie",
    "lieu_dit": "au lieu-dit",
    "commune": "à la commune",
    "code_postal": "au code postal",
}


def address_lines(tally: AddressTally) -> list[str]:
    """Tell how precisely addresses were found, and by what.

    Parameters
    ----------
    tally : AddressTally
        Rows counted.

    Returns
    -------
    list of str
        Lines.
    """
    return [fill(said, first="  ", then="    ") for said in _address_sentences(tally)]


def _address_sentences(tally: AddressTally) -> list[str]:
    by_precision: Counter[str] = Counter()
    by_geocoder: Counter[str] = Counter()
    for (geocoder, precision), rows in tally.found.items():
        by_precision[precision] += rows
        if geocoder:
            by_geocoder[geocoder] += rows
    told = [f"{figures(by_precision[key])} {word}" for key, word in _PRECISIONS.items()
            if by_precision[key]]  # fmt: skip
    if lost := by_precision["introuvable"]:
        s = "s" * (lost > 1)
        told.append(f"{figures(lost)} introuvable{s} ou ambiguë{s}")
    said = [f"Adresses : {', '.join(told) or 'aucune'}."]
    if by_geocoder:
        who = [f"{_FOUND.get(key, key)} {figures(rows)}" for key, rows in by_geocoder.most_common()]
        said.append(f"Trouvées par : {', '.join(who)}.")
    if tally.sent:
        said.append(f"{counted(tally.sent, 'demande')} en ligne.")
    if tally.unsent == 1:
        said.append(
            "1 adresse à demander en ligne ne l'a pas été : relancez avec --force, elle seule le "
            "sera."
        )
    elif tally.unsent:
        said.append(
            f"{counted(tally.unsent, 'adresse')} à demander en ligne ne l'ont pas été : relancez "
            "avec --force, elles seules le seront."
        )
    return said


def _errors(tally: Tally) -> list[str]:
    if not tally.failed:
        return ["  aucune ligne en erreur."]
    said = counted(tally.failed, "ligne")
    if not tally.errors:
        return [f"  {said} hors de toute commune."]
    lines = [f"  {said} en erreur (colonne zg_erreur) :"]
    lines += [fill(said, first="  - ", then="    ") for said in _kinds(tally)[:SHOWN]]
    others = sum(rows for _, rows in tally.errors.most_common()[SHOWN:])
    if others:
        lines.append(f"  - {figures(others)} × autres causes.")
    return lines


def _kinds(tally: Tally) -> list[str]:
    """Say each kind of error, the most frequent first, with the value of the first row."""
    lines = []
    for kind, rows in tally.errors.most_common():
        first = tally.examples.get(kind, kind)
        alike = rows == 1 or first == kind
        said = first if first.endswith("?") else f"{first}."
        lines.append(f"{figures(rows)} × {said}" if alike else
                     f"{figures(rows)} lignes, dont la première : {said}")  # fmt: skip
    return lines

"""The account of a batch, in French."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from zonage_geo.batch.addresses import AddressTally
from zonage_geo.batch.model import Input
from zonage_geo.batch.tally import IN_ZONE, Tally
from zonage_geo.catalog.model import Catalog
from zonage_geo.locate.reasons import class_title, french_date
from zonage_geo.readers.cells import counted
from zonage_geo.render.text import fill

__all__ = ["account_text", "address_lines", "prepared_lines"]

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


def _verdicts(tally: Tally, catalog: Catalog) -> list[str]:
    named = {name: catalog.layers[name].short for name in tally.layers}
    width = max(map(len, named.values()), default=0)
    lines = [f"  {'':<{width}}" + "".join(f"{name:>14}" for name in VERDICTS)]
    for name, counter in tally.layers.items():
        figures = "".join(f"{_figures(counter[one]):>14}" for one in VERDICTS)
        lines.append(f"  {named[name]:<{width}}{figures}")
    return lines


def _classes(tally: Tally, catalog: Catalog) -> list[str]:
    lines = []
    for name, counter in tally.layers.items():
        layer = catalog.layers[name]
        names = {code: class_title(layer.classes, code) for code in layer.classes}
        names[IN_ZONE] = "dans une zone"
        said = [
            f"{named} {_figures(counter[code])}" for code, named in names.items() if counter[code]
        ]
        told = f"{layer.short} : {', '.join(said) or 'aucune ligne'}"
        lines.append(fill(told, first="  - ", then="    "))
    return lines


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
    "introuvable": "introuvables ou ambiguës",
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
    by_precision: Counter[str] = Counter()
    by_geocoder: Counter[str] = Counter()
    for (geocoder, precision), rows in tally.found.items():
        by_precision[precision] += rows
        if geocoder:
            by_geocoder[geocoder] += rows
    told = [f"{_figures(by_precision[key])} {said}" for key, said in _PRECISIONS.items()
            if by_precision[key]]  # fmt: skip
    lines = [fill(f"Adresses : {', '.join(told) or 'aucune'}.", first="  ", then="    ")]
    if by_geocoder:
        who = [
            f"{_FOUND.get(key, key)} {_figures(rows)}" for key, rows in by_geocoder.most_common()
        ]
        lines.append(fill(f"Trouvées par : {', '.join(who)}.", first="  ", then="    "))
    if tally.sent:
        lines.append(f"  {counted(tally.sent, 'demande')} en ligne.")
    if tally.unsent:
        said = (
            f"{counted(tally.unsent, 'adresse')} à demander en ligne ne l'ont pas été : relancez "
            "avec --force, elles seules le seront."
        )
        lines.append(fill(said, first="  ", then="    "))
    return lines


def _errors(tally: Tally) -> list[str]:
    if not tally.failed:
        return ["  aucune ligne en erreur."]
    said = counted(tally.failed, "ligne")
    if not tally.errors:
        return [f"  {said} hors de toute commune."]
    lines = [f"  {said} en erreur (colonne zg_erreur) :"]
    for kind, rows in tally.errors.most_common(SHOWN):
        lines.append(fill(f"{_figures(rows)} × {kind}.", first="  - ", then="    "))
    others = sum(rows for _, rows in tally.errors.most_common()[SHOWN:])
    if others:
        lines.append(f"  - {_figures(others)} × autres causes.")
    return lines


def _figures(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")

"""Write docs/couches.md, and the table of the layers in README.md, from the catalogue.

python tools/layers_page.py
python tools/layers_page.py --check   # exit code 1 where one of them is not in step
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from pages import cell
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog, Edition, Layer, Source
from zonage_geo.french import french_date
from zonage_geo.render.words import attested, validity

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "couches.md"
README = ROOT / "README.md"
START, END = "<!-- layers: written by tools/layers_page.py -->\n", "<!-- /layers -->\n"

HEAD = """\
# Les couches : éditions, classes et sources

Cette page est produite à partir des fichiers de `zonage_geo/catalog/` par
`python tools/layers_page.py` ; ne pas la modifier à la main. Un test la tient à jour.
`python -m zonage_geo layers` donne les mêmes éditions, et dit lesquelles sont chargées.

**[?]** : aucun texte de licence n'accompagnait la liste, et la page de qui la publie n'a pas pu
être lue ; demander à qui publie avant de rediffuser. Une adresse « non vérifiée » n'a jamais pu
être appelée par le projet.
"""


def row(cells: Sequence[object]) -> str:
    """Write a line of a table.

    Parameters
    ----------
    cells : sequence of object
        What it says, column by column.

    Returns
    -------
    str
        The line.
    """
    return f"| {' | '.join(cell(one) for one in cells)} |"


def origin(edition: Edition) -> str:
    """Tell how an edition reaches the store.

    Parameters
    ----------
    edition : Edition
        An edition of the catalogue.

    Returns
    -------
    str
        In French.
    """
    if edition.source is None:
        return "à ajouter"
    perimeters = " (la liste par commune ; périmètres à ajouter)"
    return "fournie" + (perimeters if edition.unit == "zone_list" else "")


def existence(layer: Layer) -> str:
    """Tell from when to when a scheme exists.

    Parameters
    ----------
    layer : Layer
        A layer of the catalogue.

    Returns
    -------
    str
        In French; empty where no bound is known.
    """
    first, last = layer.exists_from, layer.exists_to
    if first and last:
        return f"du {french_date(first)} au {french_date(last)}"
    if first:
        return f"depuis le {french_date(first)}"
    return f"jusqu'au {french_date(last)}" if last else ""


def editions_told(layer: Layer, catalog: Catalog) -> str:
    """Sum up the editions of a layer, those of the same dates together.

    Parameters
    ----------
    layer : Layer
        A layer of the catalogue.
    catalog : Catalog
        The catalogue.

    Returns
    -------
    str
        In French.
    """
    groups: dict[str, list[Edition]] = {}
    for edition in layer.editions:
        groups.setdefault(_since(edition), []).append(edition)
    told = []
    for since, group in groups.items():
        if len(group) > 2:
            where = f"{len(group)} régions"
        else:
            where = ", ".join(_territory(one, catalog) for one in group)
        told.append(f"{where} : {since}")
    return " ; ".join(told) or "aucune : à ajouter"


def _since(edition: Edition) -> str:
    if edition.valid_from:
        return f"depuis le {french_date(edition.valid_from)}" + _until(edition.superseded_from)
    return f"état attesté {attested(None, edition.known_from, edition.known_until)}"


def _until(day: date | None) -> str:
    return f", remplacée le {french_date(day)}" if day else ""


def _territory(edition: Edition, catalog: Catalog) -> str:
    if len(edition.territory) > 3:
        return "autres régions (sans objet)"
    return catalog.territory_names(edition.territory)


def publishers(layer: Layer) -> str:
    """Name who publishes the editions of a layer.

    Parameters
    ----------
    layer : Layer
        A layer of the catalogue.

    Returns
    -------
    str
        In French; counted where they are many.
    """
    names = list(dict.fromkeys(edition.publisher for edition in layer.editions))
    if len(names) <= 2:
        return ", ".join(names) or "–"
    return f"{len(names)} : {names[0]}, {names[1]}…"


def readme_table(catalog: Catalog) -> Iterator[str]:
    """Write the README's table, a line a layer.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.

    Yields
    ------
    str
        A line.
    """
    yield row(["layer", "what", "editions", "published by", "list"])
    yield "|---|---|---|---|---|"
    for layer in catalog.layers.values():
        what = layer.title + (f", {period}" if (period := existence(layer)) else "")
        ships = any(edition.source for edition in layer.editions)
        kind = "ships" if ships else f"`data add {layer.id}`"
        if layer.sources:
            kind += f", perimeters by `data fetch {layer.id}`"
        yield row([f"`{layer.id}`", what, editions_told(layer, catalog), publishers(layer), kind])


def page(catalog: Catalog) -> Iterator[str]:
    """Write the page, a section a layer.

    Parameters
    ----------
    catalog : Catalog
        The catalogue.

    Yields
    ------
    str
        A line.
    """
    yield HEAD
    for layer in catalog.layers.values():
        yield f"## `{layer.id}` : {layer.title}\n\n{layer.description}\n"
        if period := existence(layer):
            yield f"Le dispositif existe {period}.\n"
        if layer.revision_years:
            yield f"À réviser tous les {layer.revision_years} ans.\n"
        if layer.notes:
            yield "\n".join(f"- {note}" for note in layer.notes) + "\n"
        yield from _classes(layer)
        yield from _editions(layer, catalog)
        yield from (_source(source) for source in layer.sources)
        yield ""


def _classes(layer: Layer) -> Iterator[str]:
    if not layer.classes:
        return
    yield row(["classe", "libellé", "en être compte comme", "couleur"])
    yield "|---|---|---|---|"
    for one in layer.classes.values():
        counts = "indéterminé" if one.unknown or one.partial_of else "oui" if one.counts else "non"
        yield row([f"`{one.code}`", one.label, counts, f"`{one.color}`"])
    yield ""


def _editions(layer: Layer, catalog: Catalog) -> Iterator[str]:
    if not layer.editions:
        yield f"Aucune édition : {layer.missing[:1].lower()}{layer.missing[1:]}\n"
        return
    yield row(["édition", "territoire", "validité", "texte", "publiée par", "licence", "liste"])
    yield "|---|---|---|---|---|---|---|"
    for one in layer.editions:
        yield row(
            [
                f"`{one.id}`",
                _territory(one, catalog),
                validity(one),
                f"[{one.legal}]({one.url})" if one.url else one.legal,
                one.publisher,
                one.licence,
                origin(one),
            ]
        )
    yield ""
    doubts = list(dict.fromkeys(doubt for one in layer.editions for doubt in one.doubts))
    if doubts:
        yield "À savoir sur ces éditions :\n"
        yield from (f"- {doubt}" for doubt in doubts)
        yield ""


def _source(source: Source) -> str:
    member = f", membre `{source.member}`" if source.member else ""
    return (
        f"Fichier officiel : [{source.title}]({source.url}){member} ; adresse {source.checked}.\n"
    )


def readme(text: str, catalog: Catalog) -> str:
    """Put the table in the README.

    Parameters
    ----------
    text : str
        The README.
    catalog : Catalog
        The catalogue.

    Returns
    -------
    str
        The README with the table of today.
    """
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    lines = "\n".join(readme_table(catalog))
    return f"{before}{START}\n{lines}\n\n{END}{after}"


def main(argv: Sequence[str] | None = None) -> int:
    """Write both, or tell whether they are in step.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process by default.

    Returns
    -------
    int
        Exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    catalog = Catalog.from_plain(compile_catalog())
    wanted = {
        PAGE: "\n".join(page(catalog)).rstrip("\n") + "\n",
        README: readme(README.read_text(encoding="utf-8"), catalog),
    }
    if parser.parse_args(argv).check:
        stale = [p.name for p, text in wanted.items() if p.read_text(encoding="utf-8") != text]
        if stale:
            print(f"{', '.join(stale)}: run tools/layers_page.py", file=sys.stderr)
        return int(bool(stale))
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

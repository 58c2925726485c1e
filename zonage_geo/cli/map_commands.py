"""What ``map`` does: the file written, its path on stdout."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from zonage_geo.cli.analysis_commands import chosen, file_of, reading_of, words_of
from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError, StoreError, remedy
from zonage_geo.french import os_words
from zonage_geo.progress import Bar
from zonage_geo.settings import Settings
from zonage_geo.store import open_store

if TYPE_CHECKING:
    from zonage_geo.maps.plugs import Indicator
    from zonage_geo.maps.service import Request

__all__ = ["MAP_COMMANDS"]

PAGES, IMAGES = (".html", ".htm"), (".svg", ".pdf", ".png")
ONLY_PAGES = ("comparer", "droite", "fond", "geocodeur")


def _map(arguments: Namespace) -> int:
    out = _output(arguments)
    image = out.suffix.lower() in IMAGES
    if image:
        _refuse_page_options(arguments)
    width = _number("--largeur", arguments.largeur, 25.0)
    height = _number("--hauteur", arguments.hauteur, 18.0)
    choice, day = chosen(arguments), parse_date(arguments.date) or today()
    other = parse_date(arguments.comparer)
    settings = Settings.from_env()
    indicators = [_indicator(arguments, settings)] if arguments.indicateur else []
    with Bar() as bar:
        store = open_store(settings, bar)
    from zonage_geo.maps.service import Request, content_of, draw
    from zonage_geo.selection import select

    catalog = store.catalog()
    territory = select(store, catalog, choice, day)
    sectors = None
    if arguments.secteurs is not None:
        from zonage_geo.pdsa import pdsa_sectors

        path = file_of(arguments.secteurs, settings) if arguments.secteurs else None
        sectors = pdsa_sectors(store, catalog, path, day, how=reading_of(arguments))
        _tell(str(sectors.attrs["report"]))
    aids = {}
    if arguments.aides is not None:
        from zonage_geo.many.engine import Engine
        from zonage_geo.maps.aids import aid_frames

        with Bar() as bar:
            engine = Engine(store, catalog, settings, day, bar)
        aids = aid_frames(engine, store, territory.codes, words_of(arguments.aides) or ())
    couches = words_of(arguments.couches)
    request: Request = Request(
        place=territory.title,
        communes=territory.codes if choice.given else None,
        day=day,
        compared=other,
        layers=couches,
        base=arguments.base or _first_plugged(arguments, couches),
        right=arguments.droite,
        overlays=words_of(arguments.superposer),
        title=arguments.titre,
        palette=arguments.palette,
        base_map=arguments.fond,
        address=arguments.adresse,
        geocoder=arguments.geocodeur,
        aids=aids,
        sectors=sectors,
        indicators=indicators,
    )
    try:
        if image:
            from zonage_geo.maps.figure import draw_figure, save_figure

            content = content_of(store, catalog, request)
            save_figure(draw_figure(content, request, width_cm=width, height_cm=height), out)
        else:
            draw(store, catalog, request).save(out)
    except OSError as error:
        if isinstance(error, StoreError) or getattr(error, "exit_code", None) is not None:
            raise
        raise StoreError(
            f"{out} : écriture impossible ({os_words(error)}). {remedy(error)}."
        ) from error
    print(out)
    return 0


def _first_plugged(arguments: Namespace, couches: list[str] | None) -> str | None:
    """Open on what was brought, unless layers of the catalogue were asked for."""
    if couches is not None:
        return None
    if arguments.indicateur:
        return "indicateur_1"
    if arguments.aides:
        return "aide_1"
    return "pdsa_exoneration" if arguments.secteurs is not None else None


def _output(arguments: Namespace) -> Path:
    out = Path(arguments.output)
    if out.suffix.lower() not in (*PAGES, *IMAGES):
        raise InputError(f"{out} : une carte s'écrit en .html, .svg, .pdf ou .png.")
    if out.exists() and not arguments.force:
        raise InputError(f"{out} existe déjà : --force pour le remplacer.")
    return out


def _refuse_page_options(arguments: Namespace) -> None:
    given = [name for name in ONLY_PAGES if getattr(arguments, name) is not None]
    given += ["adresse"] * bool(arguments.adresse)
    if given:
        told = ", ".join(f"--{name}" for name in given)
        raise InputError(f"{told} : pour une page .html, pas pour une image.")


def _number(option: str, text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise InputError(f"{option} {text} : un nombre est attendu.") from error


def _indicator(arguments: Namespace, settings: Settings) -> Indicator:
    from zonage_geo.indicators import column_of
    from zonage_geo.maps.plugs import Indicator

    name, colon, column = arguments.indicateur.rpartition(":")
    if not colon or not name or not column:
        raise InputError(
            f"--indicateur {arguments.indicateur} : FICHIER:COLONNE est attendu "
            '(apl.xlsx:"APL aux médecins généralistes").'
        )
    path = file_of(name, settings)
    values = column_of(path, column, reading_of(arguments))
    _tell(str(values.attrs["report"]))
    thresholds = None
    if arguments.seuils is not None:
        thresholds = [_number("--seuils", one, 0.0) for one in words_of(arguments.seuils) or ()]
    return Indicator(
        values,
        title=str(values.name),
        unit=arguments.unite or "",
        method=arguments.methode or "quantiles",
        classes=int(_number("--classes", arguments.classes, 5.0)),
        thresholds=thresholds,
        source=arguments.source or f"Fichier {path.name} (codes communes {values.attrs['cog']}).",
    )


def _tell(text: str) -> None:
    """Give an account on stderr, its first line only: the file's own command tells the rest."""
    print(f"zonage_geo : {text.splitlines()[0]}", file=sys.stderr)


MAP_COMMANDS: dict[str, Callable[[Namespace], int]] = {"map": _map}

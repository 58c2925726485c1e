"""What each action of ``data`` does: ask the rooms below, print the answer on stdout."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from zonage_geo.catalog.model import Catalog, Source
from zonage_geo.cli.ban_commands import BAN, add_ban, ban_lines, ban_summary, remove_ban
from zonage_geo.dates import parse_date
from zonage_geo.errors import InputError
from zonage_geo.progress import Bar
from zonage_geo.settings import Settings
from zonage_geo.store import Store, build, open_store, raw_folder, store_path

__all__ = ["DATA_COMMANDS"]

NumberT = TypeVar("NumberT", int, float)


def _data_build(arguments: Namespace) -> int:
    settings = Settings.from_env()
    package = None if arguments.package is None else Path(arguments.package)
    with Bar() as bar:
        built = build(settings, bar, package=package, force=arguments.force)
    path = store_path(settings)
    print(f"{path} : {'construit' if built else 'déjà à jour (--force pour le refaire)'}.")
    return 0


def _data_list(arguments: Namespace) -> int:
    from zonage_geo.render.tables import store_summary, store_text

    settings = Settings.from_env()
    path = store_path(settings)
    store = Store.open(path)
    summary = {**store_summary(store, path), "addresses": ban_summary(settings)}
    if arguments.json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        print("\n".join([store_text(summary), *ban_lines(summary["addresses"])]))
    return 0


def _data_check(arguments: Namespace) -> int:
    from zonage_geo.additions import find_file
    from zonage_geo.readers import read
    from zonage_geo.readers.accord import tell_discords
    from zonage_geo.readers.codes import doubt_zeros
    from zonage_geo.readers.columns import may_play
    from zonage_geo.render.tables import reading_summary, reading_text

    loaded = read(
        find_file(arguments.fichier, raw_folder(Settings.from_env())),
        crs=arguments.crs,
        encoding=arguments.encoding,
        sheet=arguments.sheet,
        layer=arguments.layer,
    )
    if len(codes := [*may_play(loaded.frame).get("code", ())]) == 1:
        doubt_zeros(loaded, codes[0])
        tell_discords(loaded, codes[0])
    if arguments.json:
        print(json.dumps(reading_summary(loaded), ensure_ascii=False, indent=2))
    else:
        print(reading_text(loaded, every_line=arguments.lignes))
    return 0


def _data_add(arguments: Namespace) -> int:
    if arguments.couche == BAN:
        return add_ban(arguments.fichier, arguments, Settings.from_env())
    from zonage_geo.additions import Request, add
    from zonage_geo.render.tables import added_summary, added_text

    request = Request(
        layer=arguments.couche,
        file=arguments.fichier,
        edition=arguments.edition,
        territory=tuple(arguments.territory),
        complete=arguments.complet,
        cog=_number("--cog", arguments.cog, int),
        accuracy_m=_number("--accuracy", arguments.accuracy, float),
        crs=arguments.crs,
        encoding=arguments.encoding,
        sheet=arguments.sheet,
        file_layer=arguments.layer,
        columns=_pairs("--column", arguments.column),
        classes=_pairs("--classe", arguments.classe),
        valid_from=parse_date(arguments.valid_from),
        known_until=parse_date(arguments.known_until),
        superseded_from=parse_date(arguments.superseded_from),
        title=arguments.title,
        legal=arguments.legal,
        publisher=arguments.publisher,
        licence=arguments.licence,
        url=arguments.url,
    )
    with Bar() as bar:
        outcome = add(request, Settings.from_env(), bar)
    if arguments.json:
        print(json.dumps(added_summary(outcome), ensure_ascii=False, indent=2, default=str))
    else:
        print(added_text(outcome, every_line=arguments.lignes))
    return 0


def _pairs(option: str, words: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        left, equals, right = word.rpartition("=") if option == "--classe" else word.partition("=")
        if not (left and equals and right):
            raise InputError(f"{option} {word} : écrivez {option} NOM=VALEUR.")
        pairs[left.strip()] = right.strip()
    return pairs


def _number(option: str, text: str | None, kind: Callable[[str], NumberT]) -> NumberT | None:
    if text is None:
        return None
    try:
        value = kind(text.replace(",", "."))
    except ValueError:
        value = kind("-1")
    if not 0 <= value < 1e6:
        raise InputError(f"{option} {text} : un nombre positif est attendu.")
    return value


def _data_remove(arguments: Namespace) -> int:
    if arguments.couche == BAN:
        return remove_ban(arguments, Settings.from_env())
    from zonage_geo.additions import remove

    with Bar() as bar:
        gone = remove(arguments.couche, arguments.edition, Settings.from_env(), bar)
    for one in gone:
        print(f"{one.layer} {one.edition} : ajout de {one.source['name']} retiré.")
    return 0


def _data_fetch(arguments: Namespace) -> int:
    from zonage_geo.additions import NothingThereError, add, official_requests
    from zonage_geo.download import fetch_file
    from zonage_geo.render.tables import added_text

    settings = Settings.from_env()
    if settings.offline:
        raise InputError(
            f"data fetch {arguments.quoi} télécharge, et la variable ZONAGE_GEO_OFFLINE=1 "
            "interdit le réseau. Pour lever l'interdiction : ZONAGE_GEO_OFFLINE=0. Un fichier "
            f"que vous avez déjà : python -m zonage_geo data add {arguments.quoi} FICHIER"
        )
    with Bar() as bar:
        store = open_store(settings, bar)
        catalog = store.catalog()
        store.close()
        source = _official(catalog, arguments)
        then = _by_hand(arguments.quoi, source)
        fetched = fetch_file(source, raw_folder(settings) / arguments.quoi, bar, then=then)
        print(f"{source.title} : {fetched.path} (sha256 {fetched.sha256[:16]}…)")
        if arguments.quoi == BAN:
            return add_ban(fetched.path.absolute(), arguments, settings)
        outcomes, refused = [], []
        for request in official_requests(arguments.quoi, source, fetched.path):
            try:
                outcomes.append(add(request, settings, bar))
            except NothingThereError as error:  # of a file that gives several editions
                refused.append(error)
        if not outcomes:
            raise refused[0]
    for outcome in outcomes:
        print()
        print(added_text(outcome, every_line=arguments.lignes))
    for refusal in refused:
        print(f"zonage_geo : {refusal}", file=sys.stderr)
    return 0


def _by_hand(what: str, source: Source) -> str:
    """Give the commands that add what was downloaded by hand."""
    whole = " --complet" if source.complete else ""
    ends = [f" --edition {name}{whole}" for name in source.editions] or [""]
    return "\n    ".join(f"python -m zonage_geo data add {what} FICHIER{end}" for end in ends)


def _official(catalog: Catalog, arguments: Namespace) -> Source:
    """Find what is to be fetched, and complete its address."""
    layer = catalog.layers.get(arguments.quoi)
    sources = layer.sources if layer else ()
    if arguments.quoi in catalog.files:
        sources = (catalog.files[arguments.quoi],)
    if not sources:
        known = [*catalog.files, *(name for name, one in catalog.layers.items() if one.sources)]
        raise InputError(
            f"« {arguments.quoi} » n'a pas d'adresse dans le catalogue. Ce qui peut être "
            f"téléchargé : {', '.join(sorted(known))}. Un fichier que vous avez déjà s'ajoute par "
            "python -m zonage_geo data add"
        )
    source = sources[0]
    by_departement = "{departement}" in source.url
    if by_departement != (arguments.departement is not None):
        what = "veut" if by_departement else "ne prend pas"
        raise InputError(f"data fetch {arguments.quoi} {what} --departement CODE (31, 2A, 974…).")
    if by_departement and arguments.departement not in catalog.departements:
        raise InputError(f"département inconnu : {arguments.departement} (31, 2A, 974…).")
    place = {"departement": arguments.departement}
    url = arguments.url or source.url.format(**place)
    return source._replace(url=url, title=source.title.format(**place))


DATA_COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "data add": _data_add,
    "data build": _data_build,
    "data check": _data_check,
    "data fetch": _data_fetch,
    "data list": _data_list,
    "data remove": _data_remove,
}

"""What ``batch`` does: its account on stderr, the path of what it wrote on stdout."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError
from zonage_geo.progress import Bar, say
from zonage_geo.settings import Settings
from zonage_geo.store import open_store

if TYPE_CHECKING:
    from zonage_geo.batch import Asked
    from zonage_geo.batch.addresses import AddressColumns
    from zonage_geo.batch.model import Input
    from zonage_geo.store import Store

__all__ = ["BATCH_COMMANDS"]


def _batch(arguments: Namespace) -> int:
    day = parse_date(arguments.date) or today()
    path, out = Path(arguments.fichier), Path(arguments.output)
    asked = _asked(arguments)
    workers = _count("--workers", arguments.workers)
    spread = workers is not None or arguments.scheduler is not None
    if workers is not None and arguments.scheduler is not None:
        raise InputError("--workers et --scheduler ne vont pas ensemble.")
    from zonage_geo.batch import check_output, prepare, run
    from zonage_geo.batch.account import account_text, prepared_lines
    from zonage_geo.batch.addresses import address_columns
    from zonage_geo.batch.columns import columns_line
    from zonage_geo.many.engine import Engine
    from zonage_geo.progress import RowBar

    check_output(path, out, force=arguments.force, folders=spread)
    source = prepare(path, asked)
    for line in [*prepared_lines(source), columns_line(source, asked)]:
        print(f"zonage_geo : {line}", file=sys.stderr)
    settings = Settings.from_env()
    columns = address_columns(source, asked)
    if columns is not None and spread:
        raise InputError("--workers et --scheduler ne répartissent pas des adresses : retirez-les.")
    if columns is not None and not asked.verdicts:
        raise InputError("--sans-verdicts ne vaut que pour des points : retirez-le.")
    settings = settings._replace(offline=arguments.offline or settings.offline)
    with Bar() as bar:
        store = open_store(settings, bar)
        if columns is not None:
            return _addresses(arguments, source, store, columns, asked)
        engine = Engine(store, store.catalog(), settings, day, bar)
    with RowBar() as told:
        if spread:
            from zonage_geo.batch.distributed import Cluster, run_on, spec_of

            cluster = Cluster(workers, arguments.scheduler)
            tally = run_on(cluster, path, out, spec_of(store, settings, day), asked, told)
        else:
            tally = run(source, out, engine, asked, told)
    _tell(out, [account_text(tally, path, out, engine.catalog, day)])
    return 0


def _tell(out: Path, lines: Sequence[str]) -> None:
    """Tell the account, and where what goes with the output is."""
    from zonage_geo.colophon.formats import place_told

    told = f"Dates, sources et réserves : {place_told(out)}."
    print("\n".join([*lines, told]), file=sys.stderr)
    print(out)


def _addresses(
    arguments: Namespace, source: Input, store: Store, columns: AddressColumns, asked: Asked
) -> int:
    """Answer a file of addresses."""
    from zonage_geo.batch.account import account_text, address_lines
    from zonage_geo.batch.addressed import run_addresses
    from zonage_geo.batch.addresses import Addresses
    from zonage_geo.geocoding import open_geocoder
    from zonage_geo.geocoding.rows import RowGeocoder
    from zonage_geo.progress import RowBar

    settings, catalog = Settings.from_env(), store.catalog()
    day = parse_date(arguments.date) or today()
    path, out = Path(arguments.fichier), Path(arguments.output)
    geocoder = open_geocoder(store, catalog, settings, say, offline=arguments.offline)
    rows = RowGeocoder(geocoder, catalog.limits)
    addresses = Addresses(store, catalog, settings, day, columns, rows, source.zeros)
    with RowBar() as told:
        tally = run_addresses(source, out, addresses, catalog, asked, told)
    _tell(out, [account_text(tally, path, out, catalog, day), *address_lines(addresses.tally)])
    return 0


def _asked(arguments: Namespace) -> Asked:
    from zonage_geo.batch import CHUNK, Asked

    return Asked(
        lon=arguments.lon,
        lat=arguments.lat,
        insee=arguments.insee,
        crs=_system(arguments.crs),
        encoding=arguments.encoding,
        sheet=arguments.sheet,
        layer=arguments.layer,
        verdicts=not arguments.sans_verdicts,
        chunk=_count("--chunk", arguments.chunk) or CHUNK,
        threads=_count("--threads", arguments.threads),
        adresse=tuple(arguments.adresse),
        code_postal=arguments.code_postal,
        ville=arguments.ville,
    )


def _system(text: str | None) -> str | None:
    """Let ``--crs 2154`` be what it says."""
    return f"EPSG:{text}" if text is not None and text.isdecimal() else text


def _count(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    number = int(text) if text.isdecimal() and text.isascii() else 0
    if number < 1:
        raise InputError(f"{option} {text} : un nombre entier, d'au moins 1, est attendu.")
    return number


BATCH_COMMANDS: dict[str, Callable[[Namespace], int]] = {"batch": _batch}

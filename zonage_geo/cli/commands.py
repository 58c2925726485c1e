"""What each command does: ask the rooms below, print the answer on stdout."""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from zonage_geo.cli.batch_commands import BATCH_COMMANDS
from zonage_geo.cli.data_commands import DATA_COMMANDS
from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError, SourceError, StoreError
from zonage_geo.progress import Bar, say
from zonage_geo.settings import Settings
from zonage_geo.store import Store, facts_only, open_store, store_path

if TYPE_CHECKING:
    from zonage_geo.geocoding import Geocoder

__all__ = ["COMMANDS", "parse_point"]


def parse_point(text: str) -> tuple[float, float]:
    """Read a latitude and a longitude.

    Parameters
    ----------
    text : str
        In degrees: ``43.6045,1.4440``, ``43.6045 1.4440`` or, with decimal commas,
        ``43,6045; 1,4440``.

    Returns
    -------
    tuple of float
        Latitude, longitude.

    Raises
    ------
    InputError
        If there are not two numbers.
    """
    text = text.replace("\u2212", "-")  # the typographic minus sign
    if ";" in text or re.search(r"\d,\d+\s+-?\d+,\d", text):
        parts = re.split(r"\s*;\s*|\s+", text.strip())
        parts = [part.replace(",", ".") for part in parts]
    else:
        parts = re.split(r"\s*,\s*|\s+", text.strip())
    try:
        lat, lon = map(float, parts)
    except ValueError as error:
        raise InputError(
            f"« {text} » n'est pas un point : écrivez LAT,LON en degrés, par exemple "
            "43.6045,1.4440, ou « 43,6045; 1,4440 »."
        ) from error
    return lat, lon


def _locate(arguments: Namespace) -> int:
    from zonage_geo.locate import Query, check_point, locate

    day = parse_date(arguments.date) or today()
    lat = lon = None
    if arguments.point is not None:
        lat, lon = parse_point(arguments.point)
        check_point(lat, lon)
    if arguments.adresse is None and lat is None and arguments.insee is None:
        raise InputError(
            "que faut-il situer ? Une adresse, --point LAT,LON ou --insee CODE "
            "(python -m zonage_geo locate --help)."
        )
    if arguments.adresse is not None and lat is not None:
        raise InputError("une adresse ne va pas avec --point : choisissez.")
    query = Query(arguments.adresse, lon, lat, arguments.insee, _postcode(arguments))
    settings = Settings.from_env()
    offline = arguments.offline or settings.offline
    by_code = query.insee is not None and lat is None and query.text is None
    store = _store_for(by_code, settings, offline)
    geocoder = _geocoder(store, settings, arguments) if query.text is not None else None
    location = locate(store, store.catalog(), query, day, settings=settings, geocoder=geocoder)
    if arguments.json:
        from zonage_geo.render.plain import to_dict

        print(json.dumps(to_dict(location), ensure_ascii=False, indent=2))
    else:
        from zonage_geo.render.text import to_text

        print(to_text(location, now=today()))
    return 0


def _postcode(arguments: Namespace) -> str | None:
    """Check what limits an address."""
    code: str | None = arguments.code_postal
    if arguments.adresse is None and (code is not None or arguments.choisir is not None):
        raise InputError("--code-postal et --choisir vont avec une adresse.")
    if code is not None and not (code.isascii() and code.isdecimal() and len(code) == 5):
        raise InputError(f"--code-postal {code} : cinq chiffres sont attendus (09000).")
    return code


def _geocoder(store: Store, settings: Settings, arguments: Namespace) -> Geocoder:
    from zonage_geo.geocoding import Chooser, open_geocoder

    found = open_geocoder(store, store.catalog(), settings, say, offline=arguments.offline)
    if arguments.choisir is None:
        return found
    text = arguments.choisir
    rank = int(text) if text.isascii() and text.isdecimal() else 0
    if rank < 1:
        raise InputError(f"--choisir {text} : le numéro d'une proposition est attendu (1, 2…).")
    return Chooser(found, rank)


def _store_for(by_code: bool, settings: Settings, offline: bool) -> Store:  # noqa: FBT001
    """Open the store; a bare commune code is answered without one where it must be."""
    try:
        with Bar() as bar:
            return open_store(settings, bar, download=not offline)
    except (SourceError, StoreError) as error:
        if not by_code:
            raise
        print(
            f"zonage_geo : {error}\nLe code commune suffit ici : réponse d'après les seules "
            "listes livrées avec le logiciel.",
            file=sys.stderr,
        )
        return facts_only()


def _layers(arguments: Namespace) -> int:
    from zonage_geo.layers import layer_rows
    from zonage_geo.render.tables import layers_text

    settings = Settings.from_env()
    if store_path(settings).exists():
        with Bar() as bar:
            store = open_store(settings, bar)
    else:
        store = facts_only()  # to read a catalogue, nothing need be downloaded
    rows = layer_rows(store.catalog(), store)
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print(layers_text(store.catalog(), rows))
    return 0


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "locate": _locate,
    "layers": _layers,
    **BATCH_COMMANDS,
    **DATA_COMMANDS,
}

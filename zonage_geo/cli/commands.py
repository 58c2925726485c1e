"""What each command does: ask the rooms below, print the answer on stdout."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable

from zonage_geo.cli.aids_commands import AIDS_COMMANDS, following_aids, profile_of
from zonage_geo.cli.analysis_commands import ANALYSIS_COMMANDS
from zonage_geo.cli.batch_commands import BATCH_COMMANDS
from zonage_geo.cli.data_commands import DATA_COMMANDS
from zonage_geo.cli.places import geocoder_for, parse_point, query_of, store_for
from zonage_geo.dates import parse_date, today
from zonage_geo.progress import Bar
from zonage_geo.settings import Settings
from zonage_geo.store import facts_only, open_store, store_path

__all__ = ["COMMANDS", "parse_point"]


def _locate(arguments: Namespace) -> int:
    from zonage_geo.locate import locate

    day = parse_date(arguments.date) or today()
    profile = profile_of(arguments) if arguments.profil is not None or arguments.avec else None
    query = query_of(arguments)
    settings = Settings.from_env()
    store = store_for(query, settings, offline=arguments.offline)
    geocoder = geocoder_for(query, store, settings, arguments)
    location = locate(store, store.catalog(), query, day, settings=settings, geocoder=geocoder)
    following = None if profile is None else following_aids(store, settings, location, profile)
    if arguments.json:
        from zonage_geo.render.plain import to_dict

        plain = to_dict(location) | (following.plain() if following else {})
        print(json.dumps(plain, ensure_ascii=False, indent=2))
        return 0
    from zonage_geo.render.text import to_text

    print(to_text(location, now=today()))
    if following is not None:
        print(f"\n{following.text()}")
    return 0


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
    **AIDS_COMMANDS,
    **BATCH_COMMANDS,
    **ANALYSIS_COMMANDS,
    **DATA_COMMANDS,
}

"""The 2,845 France services offices: real addresses, with their commune and their place."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.locate import Query, locate
from zonage_geo.store import Store
from zonage_geo.territory import STORE_DAY, commune_of

Row = dict[str, str]


def tally(
    store: Store, catalog: Catalog, shared: Path, day: date, ask: Callable[[Row], Query]
) -> tuple[int, Counter[str], list[tuple[Query, str, str]]]:
    """Ask about every office: how many, what came out, and the certain answers that are wrong.

    An undetermined answer must hold the true commune among its candidates.
    """
    with (shared / "adresses" / "france_services_2024.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    count: Counter[str] = Counter()
    wrong = []
    for row in rows:
        truth = store.timeline.at(commune_of(row["insee_com"]), "2024-01-01", STORE_DAY)
        query = ask(row)
        try:
            place = locate(store, catalog, query, day).place
        except PlaceNotFoundError:
            count["not found"] += 1
            continue
        if place.commune is None:
            count["undetermined"] += 1
            assert truth <= set(place.communes_possibles), row
        elif truth == {place.commune.code}:
            count["right"] += 1
        else:
            wrong.append((query, row["insee_com"], place.label))
    return len(rows), count, wrong

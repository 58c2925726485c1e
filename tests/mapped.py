"""Small maps drawn for the tests: real commune codes and facts, on squares of our own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from zonage_geo.maps.model import Units
from zonage_geo.maps.service import Content, Request, compose, content_on
from zonage_geo.store import Store, facts_only
from zonage_geo.territory import departement_of

if TYPE_CHECKING:
    from zonage_geo.maps.page import ZonageMap

__all__ = ["ARIEGE_CODES", "DAY", "board", "board_content", "board_map", "known"]

DAY = date(2025, 5, 15)
WEST, SOUTH, SIDE = 1.0, 42.6, 0.05


@cache
def known() -> Store:
    """Open the shipped facts, once: it takes a second."""
    return facts_only()


ARIEGE_CODES = tuple(code for code, _, dep, _ in known().communes() if dep == "09")
"""The 325 communes of Ariège."""
ORIGIN = "carrés dessinés pour les essais (le projet, MIT)"
REGIONS = {"09": "76", "11": "76", "12": "76", "31": "76", "75": "11", "67": "44"}


def board(
    codes: Sequence[str], *, names: Iterable[str] | None = None, wide: int | None = None
) -> Units:
    """Draw one square a commune, in rows, by code; the population of the nth is 100 n."""
    wide = wide or int(np.ceil(np.sqrt(len(codes))))
    boxes = []
    for at in range(len(codes)):
        x, y = WEST + SIDE * (at % wide), SOUTH + SIDE * (at // wide)
        boxes.append(shapely.box(x, y, x + SIDE, y + SIDE))
    departement = [departement_of(code) for code in codes]
    return Units(
        codes=[(code,) for code in codes],
        names=list(names or (known().commune_name(code) or code for code in codes)),
        departement=departement,
        region=[REGIONS[one] for one in departement],
        epci=[f"2000000{int(one[-1]) % 3}" for one in codes],
        postal=[f"{code[:2]}{int(code[2:]) % 10}00" for code in codes],
        population=np.arange(100, 100 * len(codes) + 1, 100, dtype=np.float64),
        shapes=np.array(boxes, dtype=object),
    )


def board_content(units: Units, **asked: Any) -> tuple[Content, Request]:  # noqa: ANN401
    """Ask the shipped facts about drawn communes."""
    store = known()
    asked = {"place": "Essai", "communes": None, "day": DAY, **asked}
    request = Request(**asked)
    content = content_on(store, store.catalog(), request, units)
    return content._replace(origin=ORIGIN), request


def board_map(units: Units, **asked: Any) -> ZonageMap:  # noqa: ANN401
    """Make the page of drawn communes."""
    content, request = board_content(units, **asked)
    return compose(content, known().catalog(), request)

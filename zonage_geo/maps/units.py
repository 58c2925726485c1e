"""The communes that a map draws, read from the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing

import numpy as np
import shapely

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, StoreError
from zonage_geo.geometry import wkb_of
from zonage_geo.maps.model import City, Perimeters, Units
from zonage_geo.store.connect import connect
from zonage_geo.store.query import Store
from zonage_geo.territory import commune_of, departement_of

__all__ = ["perimeters_of", "read_units"]


def read_units(store: Store, catalog: Catalog, wanted: Collection[str] | None = None) -> Units:
    """Read the communes of a territory.

    Parameters
    ----------
    store : Store
        Open, with outlines.
    catalog : Catalog
        Its catalogue.
    wanted : collection of str, optional
        Commune codes of the store's vintage; all of France by default.

    Returns
    -------
    Units
        By code; Paris, Lyon and Marseille by arrondissement, whose population is not known.

    Raises
    ------
    InputError
        If nothing is wanted, or a code is no commune of the store.
    StoreError
        If the store has no outlines.
    """
    if not store.has_geometry:
        raise StoreError(
            "ce magasin n'a pas de contours : une carte en a besoin. "
            "python -m zonage_geo data build"
        )
    if wanted is not None and not wanted:
        raise InputError("le territoire demandé ne contient aucune commune.")
    with closing(connect(store.file)) as connection:
        rows = connection.execute(
            "SELECT codes, nom, epci, population, geom FROM communes ORDER BY codes"
        ).fetchall()
        arms = connection.execute(
            "SELECT code, nom, NULL, NULL, geom FROM arrondissements ORDER BY code"
        ).fetchall()
    if wanted is not None:
        chosen = set(wanted)
        known = {code for row in rows for code in row[0].split()}
        if missing := sorted(chosen - known):
            raise InputError(f"pas une commune du magasin : {', '.join(missing[:5])}.")
        rows = [row for row in rows if not chosen.isdisjoint(row[0].split())]
        arms = [row for row in arms if commune_of(row[0]) in chosen]
    whole = {row[0]: row for row in rows}
    divided = {commune_of(row[0]) for row in arms}
    rows = sorted(
        [*(row for row in rows if row[0] not in divided), *arms], key=lambda row: str(row[0])
    )
    codes = [tuple(row[0].split()) for row in rows]
    epci = [row[2] or whole.get(commune_of(row[0]), row)[2] or "" for row in rows]
    departement = [departement_of(one[0]) for one in codes]
    regions = {code: item.region for code, item in catalog.departements.items()}
    shapes = shapely.from_wkb([wkb_of(row[4]) for row in rows])
    return Units(
        codes=codes,
        names=[row[1] for row in rows],
        departement=departement,
        region=[regions.get(code, "") for code in departement],
        epci=epci,
        postal=_postal(store, codes),
        population=np.array([np.nan if row[3] is None else row[3] for row in rows], dtype=float),
        shapes=np.asarray(shapes, dtype=object),
        cities=tuple(_city(whole[city], codes) for city in sorted(divided)),
    )


def _city(
    row: tuple[str, str, str | None, int | None, bytes], codes: list[tuple[str, ...]]
) -> City:
    """Make a city of its row and of its arrondissements' ranks."""
    middle = shapely.point_on_surface(shapely.from_wkb(wkb_of(row[4])))
    ranks = tuple(at for at, one in enumerate(codes) if commune_of(one[0]) == row[0])
    return City(row[1], row[3], float(middle.x), float(middle.y), ranks)


def _postal(store: Store, codes: Sequence[tuple[str, ...]]) -> list[str]:
    """Give the postal codes of units, apart by spaces."""
    found: dict[str, list[str]] = {}
    for postal, commune in store.postcodes():
        found.setdefault(commune, []).append(postal)
    return [
        " ".join(dict.fromkeys(postal for code in one for postal in found.get(code, ())))
        for one in codes
    ]


def perimeters_of(
    store: Store,
    layer: str,
    editions: Collection[str],
    units: Units,
    *,
    accuracy_m: float,
    complete: bool,
    margin: float = 0.0,
) -> Perimeters | None:
    """Read a layer's perimeters that lie in some communes.

    Parameters
    ----------
    store : Store
        Open.
    layer : str
        Its id.
    editions : collection of str
        Ids of those that speak on the day.
    units : Units
        The communes.
    accuracy_m : float
        Of the borders, in metres.
    complete : bool
        Whether what they do not hold is outside for certain.
    margin : float
        How far around the communes to look too, in degrees.

    Returns
    -------
    Perimeters or None
        By code; None where there is none.
    """
    if not any(store.has_perimeters(layer, edition) for edition in editions):
        return None
    with closing(connect(store.file)) as connection:
        rows = [
            row
            for row in connection.execute(
                "SELECT code, nom, class, edition, geom FROM zones WHERE layer = ? "
                "ORDER BY code, fid",
                (layer,),
            )
            if row[3] in editions
        ]
    shapes = np.asarray(shapely.from_wkb([wkb_of(row[4]) for row in rows]), dtype=object)
    tree = shapely.STRtree(units.shapes)
    held = set(tree.query(shapes, predicate="dwithin", distance=margin)[0].tolist())
    if not margin:  # what only touches the border is the neighbours'
        points = shapely.point_on_surface(shapely.make_valid(shapes))
        held = set(tree.query(points, predicate="intersects")[0].tolist())
    kept = sorted(held)
    if not kept:
        return None
    return Perimeters(
        codes=[rows[at][0] for at in kept],
        names=[rows[at][1] for at in kept],
        classes=["" for _ in kept],
        shapes=shapes[kept],
        accuracy_m=accuracy_m,
        complete=complete,
    )

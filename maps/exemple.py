"""Make the example that is committed: real answers on squares, no outline of anybody's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import shapely

from zonage_geo.maps.model import Units
from zonage_geo.maps.service import Request, compose, content_on
from zonage_geo.store import facts_only

DAY = date(2025, 5, 15)
WIDE = 20
SIDE = 0.05  # degrees; the place on the globe means nothing
OUT = Path(__file__).parent / "exemple_schematique.html"


def main() -> None:
    """Write the page."""
    store = facts_only()
    catalog = store.catalog()
    rows = [(code, nom) for code, nom, dep, _ in store.communes() if dep == "09"]
    corners = [(SIDE * (k % WIDE), 43 - SIDE * (k // WIDE)) for k in range(len(rows))]
    units = Units(
        codes=[(code,) for code, _ in rows],
        names=[nom for _, nom in rows],
        departement=["09"] * len(rows),
        region=["76"] * len(rows),
        epci=[""] * len(rows),
        postal=[""] * len(rows),
        population=np.full(len(rows), np.nan),
        shapes=np.array([shapely.box(x, y, x + SIDE, y + SIDE) for x, y in corners], dtype=object),
    )
    asked = Request(
        place="Ariège (schéma)",
        communes=None,
        day=DAY,
        title="Zonages de santé : Ariège, exemple schématique",
    )
    content = content_on(store, catalog, asked, units)
    origin = (
        "schéma du projet (MIT) : chaque commune est un carré, rangé par code, et non son "
        "contour ; aucune population n'est chargée"
    )
    compose(content._replace(origin=origin), catalog, asked).save(OUT)
    print(OUT)


if __name__ == "__main__":
    main()

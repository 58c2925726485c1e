"""The territory that an analysis is about, in the same words everywhere.

France, a région, a département, an EPCI, a list of communes, or a drawn polygon.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.french import enumerate_fr
from zonage_geo.geometry import wkb_of
from zonage_geo.locate.place import Resolver
from zonage_geo.normalise import normalise
from zonage_geo.report import Report
from zonage_geo.settings import Settings
from zonage_geo.store.query import Store
from zonage_geo.territory import commune_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Choice", "Territory", "Where", "choice_of", "select"]

HALF = 0.5
"""Share of its area with which a commune belongs to a drawn polygon."""
_CODES = "une liste de codes est attendue (['09122', '31555'])."


class Choice(NamedTuple):
    """Which territory is wanted; nothing means France.

    Attributes
    ----------
    region, departement, epci : str or None
        A code, or a name for the first two.
    communes : sequence of str or None
        INSEE codes of any vintage.
    polygon : geometry or None
        Shapely, EPSG:4326 degrees.
    """

    region: str | None = None
    departement: str | None = None
    epci: str | None = None
    communes: Sequence[str] | None = None
    polygon: BaseGeometry | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Which of them are given."""
        return tuple(name for name in self._fields if getattr(self, name) is not None)


class Where(TypedDict, total=False):
    """The words that choose a territory, as faces take them.

    Attributes
    ----------
    region, departement, epci : str
        A code, or a name for the first two.
    communes : sequence of str
        INSEE codes of any vintage.
    polygon : geometry, GeoSeries, GeoDataFrame or path
        A bare geometry is in degrees (EPSG:4326); a file says its own system.
    """

    region: str
    departement: str
    epci: str
    communes: Sequence[str]
    polygon: Any


def choice_of(where: Where) -> Choice:
    """Read the words that choose a territory.

    Parameters
    ----------
    where : Where
        Those given.

    Returns
    -------
    Choice
        Its polygon, if there is one, in EPSG:4326 degrees.

    Raises
    ------
    InputError
        If a word is unknown, or the polygon cannot be read.
    """
    if strange := sorted(set(where) - set(Choice._fields)):
        raise InputError(
            f"territoire : {', '.join(strange)} n'est pas parmi {', '.join(Choice._fields)}."
        )
    given: dict[str, Any] = {key: value for key, value in where.items() if value is not None}
    for key in ("region", "departement", "epci"):
        if not isinstance(given.get(key, ""), str):
            raise InputError(f"{key}={given[key]!r} : un texte est attendu, avec ses zéros ('09').")
    if "polygon" in given:
        given["polygon"] = _one_polygon(given["polygon"])
    if "communes" in given and not isinstance(given["communes"], str):
        if not isinstance(given["communes"], Iterable):
            raise InputError(f"communes={given['communes']!r} : {_CODES}")
        given["communes"] = [str(code) for code in given["communes"]]
    return Choice(**given)


def _one_polygon(source: Any) -> BaseGeometry:  # noqa: ANN401
    import geopandas as gpd
    import shapely
    from pyproj.exceptions import ProjError

    if isinstance(source, str | PathLike):
        from zonage_geo.readers import read

        if not Path(source).is_file():
            raise InputError(f"fichier introuvable : {source}.")
        source = read(source, polygons=True).frame
    if isinstance(source, gpd.GeoDataFrame | gpd.GeoSeries):
        if source.crs is None:
            raise InputError("le polygone ne dit pas son système de coordonnées (crs).")
        try:
            shape: BaseGeometry = source.to_crs(4326).geometry.union_all()
        except ProjError as error:
            raise InputError(
                f"rien ne mène du système du polygone (« {source.crs.name} ») à des degrés."
            ) from error
        return shape
    if not isinstance(source, shapely.Geometry):
        raise InputError(f"polygon={source!r} : une géométrie, un GeoDataFrame ou un fichier.")
    return source  # type: ignore[return-value]


class Territory(NamedTuple):
    """Some communes of the store's vintage.

    Attributes
    ----------
    title : str
        How to call them, in French.
    codes : tuple of str
        Their codes, in order, each once.
    report : Report
        What became of the codes asked, or of the communes that a polygon cuts.
    """

    title: str
    codes: tuple[str, ...]
    report: Report


def select(store: Store, catalog: Catalog, choice: Choice, day: date) -> Territory:
    """Find the communes of a territory.

    Parameters
    ----------
    store : Store
        An open store.
    catalog : Catalog
        Its catalogue.
    choice : Choice
        One of its words, or none for France.
    day : date
        A commune code in force on that day is taken in that day's meaning.

    Returns
    -------
    Territory
        At least one commune.

    Raises
    ------
    InputError
        If several words are given, or one designates nothing.
    """
    if len(choice.given) > 1:
        told = enumerate_fr(choice.given)
        raise InputError(
            f"un territoire se choisit d'une seule façon : {told} ne vont pas ensemble."
        )
    if choice.region is not None:
        return _region(store, catalog, choice.region)
    if choice.departement is not None:
        return _departement(store, catalog, choice.departement)
    if choice.epci is not None:
        return _epci(store, choice.epci)
    if choice.communes is not None:
        return _communes(store, catalog, choice.communes, day)
    if choice.polygon is not None:
        return _polygon(store, choice.polygon)
    return _found("France", _all(store))


def _all(store: Store) -> list[str]:
    return [code for code, *_ in store.communes()]


def _found(title: str, codes: Iterable[str]) -> Territory:
    kept = tuple(sorted(set(codes)))
    return Territory(title, kept, Report(title, len(kept), len(kept)))


def _named(text: str, names: dict[str, str]) -> str | None:
    """Find a code by itself, or by its name."""
    if text in names:
        return text
    wanted = normalise(text, {})
    return next((code for code, nom in names.items() if normalise(nom, {}) == wanted), None)


def _region(store: Store, catalog: Catalog, text: str) -> Territory:
    names = {d.region: d.region_nom for d in catalog.departements.values()}
    code = _named(text.strip(), names)
    if code is None:
        told = ", ".join(f"{c} {nom}" for c, nom in sorted(names.items()))
        raise InputError(f"région inconnue : {text!r}. Régions : {told}.")
    inside = {d.code for d in catalog.departements.values() if d.region == code}
    return _found(names[code], (c for c, _, dep, _ in store.communes() if dep in inside))


def _departement(store: Store, catalog: Catalog, text: str) -> Territory:
    names = {d.code: d.nom for d in catalog.departements.values()}
    code = _named(text.strip().upper(), names)
    if code is None:
        hint = ""
        if text.strip().zfill(2) in names:
            hint = f" Le zéro initial manque-t-il ({text.strip().zfill(2)}) ?"
        raise InputError(f"département inconnu : {text!r} (codes : 01, 2A, 974…).{hint}")
    return _found(names[code], (c for c, _, dep, _ in store.communes() if dep == code))


def _epci(store: Store, text: str) -> Territory:
    codes = [code for code, epci in store.epcis().items() if epci == text.strip()]
    if not codes:
        raise InputError(
            f"EPCI inconnu : {text!r}. Le code est le numéro SIREN, à 9 chiffres, du groupement à "
            "fiscalité propre (200054781)."
        )
    return _found(f"EPCI {text.strip()}", codes)


def _communes(store: Store, catalog: Catalog, communes: Sequence[str], day: date) -> Territory:
    if isinstance(communes, str):
        raise InputError(f"communes={communes!r} : {_CODES}")
    resolver = Resolver(store, catalog, Settings())
    asked = [str(code) for code in communes]
    report = Report("communes choisies", len(asked))
    kept: dict[str, str] = {}
    for row, code in enumerate(asked, 1):
        try:
            found = resolver.code(code, day)
        except (InputError, PlaceNotFoundError) as error:
            raise InputError(f"commune {row} de la liste : {error}") from error
        for now in found.communes_possibles:
            if now != code:
                nom = store.commune_name(now) or now
                arm = commune_of(code) == now
                kind = "arrondissement" if arm else "code changé"
                told = "compté avec" if arm else "aujourd'hui"
                report.add(row, code, kind, f"{told} {nom} ({now}).")
            if now in kept:
                report.add(row, code, "doublon", f"même commune que {kept[now]}.")
            kept.setdefault(now, code)
    if not kept:
        raise InputError("la liste de communes est vide.")
    report.rows_kept = len(asked)
    many = f"{len(kept)} communes" if len(kept) > 1 else (store.commune_name(*kept) or "1 commune")
    return Territory(many, tuple(sorted(kept)), report)


def _polygon(store: Store, polygon: BaseGeometry) -> Territory:
    import numpy as np
    import shapely

    if polygon.is_empty or polygon.area == 0:
        raise InputError("le polygone est vide : tracez une surface, en degrés (WGS 84).")
    if not polygon.is_valid:
        polygon = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
    west, south, east, north = polygon.bounds
    if max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 180:
        raise InputError(
            "le polygone n'est pas en degrés : convertissez-le en WGS 84 (EPSG:4326), ou donnez un "
            "GeoDataFrame qui dit son système."
        )
    rows = store.shapes_in(west, south, east, north)
    shapes = np.array(shapely.from_wkb([wkb_of(blob) for _, blob in rows]), dtype=object)
    # Shares of one commune's area: degrees do, whose scale hardly changes across it.
    share = shapely.area(shapely.intersection(shapes, polygon)) / shapely.area(shapes)
    codes = [code for (codes, _), part in zip(rows, share, strict=True) if part >= HALF
             for code in codes.split()]  # fmt: skip
    cut = int(((share > 0) & (share < HALF)).sum())
    if not codes:
        near = f" ; il en touche {cut}" if cut else ""
        raise InputError(f"le polygone ne contient la moitié d'aucune commune{near}.")
    found = _found("polygone tracé", codes)
    for (codes_there, _), part in zip(rows, share, strict=True):
        if 0 < part < 1 - 1e-6:
            kept = "gardée" if part >= HALF else "laissée"
            told = f"{kept} : {100 * part:.0f} % de sa surface est dans le polygone."
            found.report.add(None, codes_there, "à cheval", told)
    return found

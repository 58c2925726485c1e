"""A store made ready to be asked about millions of places on a day."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.index import cores
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.model import Place
from zonage_geo.locate.place import Resolver
from zonage_geo.locate.zones import Question, merge
from zonage_geo.many.answers import MANY, Answers, answer_points
from zonage_geo.many.memory import MemoryStore
from zonage_geo.many.parts import Rules
from zonage_geo.many.points import Situated, Situator, by_place, joined
from zonage_geo.many.shapes import open_shapes
from zonage_geo.settings import Settings
from zonage_geo.store.query import Store
from zonage_geo.territory import commune_of

if TYPE_CHECKING:
    from zonage_geo.progress import Progress

__all__ = ["Coded", "Engine", "Memberships"]

NONE = -1
PIECE = 2**18
"""Points at once: bounds the memory, and gives threads something to share."""


class Memberships(NamedTuple):
    """Where points lie, and nothing more: no margin, no doubt.

    Attributes
    ----------
    commune : ndarray of int32, shape (points,)
        Rank in ``Engine.communes``; -1 outside.
    classes : dict of str to ndarray of int32, shape (points,)
        By layer of communes: rank in ``labels``; -1 where the list has none.
    labels : dict of str to list of str
        By layer: its lists' classes.
    zones : tuple of ndarray
        Points and perimeters that hold them, as pairs: rank of the point, rank in
        ``Engine.perimeters``.
    """

    commune: NDArray[np.int32]
    classes: dict[str, NDArray[np.int32]]
    labels: dict[str, list[str]]
    zones: tuple[NDArray[np.int64], NDArray[np.int32]]


class Coded(NamedTuple):
    """Commune codes, and every layer's answer for each.

    Attributes
    ----------
    place : ndarray of int64, shape (rows,)
        Rank in ``places``; -1 where the code is in error.
    places : list of Place
        The distinct ones.
    errors : dict of int to str
        By row: a French sentence.
    answers : Answers
        By place.
    """

    place: NDArray[np.int64]
    places: list[Place]
    errors: dict[int, str]
    answers: Answers


class Engine:
    """A store's answers on a day, for places by the million.

    Parameters
    ----------
    store : Store
        Open, with outlines; it stays its owner's to close.
    catalog : Catalog
        Its catalogue.
    settings : Settings
        What overrides accuracies.
    day : date
        The day of every question.
    progress : callable
        Told of the indexes that have to be built first.
    """

    def __init__(
        self, store: Store, catalog: Catalog, settings: Settings, day: date, progress: Progress
    ) -> None:
        accuracy = settings.accuracy_communes
        if accuracy is None:
            accuracy = float(store.metadata["accuracy_communes_m"])
        self.catalog = catalog
        self.day = day
        self._shapes = open_shapes(store, progress)
        self._memory = MemoryStore(store)
        self._settings = settings
        self._situator = Situator(self._shapes, catalog, accuracy)
        self._points = Rules(self._memory, catalog, day, self._situator.refs, "point")
        self._codes = Rules(self._memory, catalog, day, self._situator.refs, "commune")
        self._tables: dict[str, tuple[NDArray[np.int32], list[str]]] = {}
        changes = self._memory.changes()
        self._moved = {c.before for c in changes} | {c.after for c in changes}

    @property
    def store(self) -> Store:
        """The store, its lists in memory."""
        return self._memory

    @property
    def communes(self) -> list[tuple[str, ...]]:
        """Codes of each outline: one, but where the source draws several together."""
        return self._shapes.outlines

    @property
    def perimeters(self) -> list[tuple[str, str, str]]:
        """Layer, edition and code of each perimeter."""
        return [(zone.layer, zone.edition, zone.code) for zone in self._shapes.perimeters]

    def is_current(self, layer: str, edition: str) -> bool:
        """Tell whether an edition is the one that speaks on the day, where it speaks at all.

        Parameters
        ----------
        layer, edition : str
            Their ids.

        Returns
        -------
        bool
            False too where the layer is not in force.
        """
        known = self.catalog.layers[layer]
        if not in_force(known, self.day):
            return False
        for one in known.editions:
            if one.id == edition:
                begun = (one.valid_from or one.known_from or self.day) <= self.day
                return begun and (one.superseded_from is None or self.day < one.superseded_from)
        return False

    def name(self, code: str) -> str:
        """Name a commune.

        Parameters
        ----------
        code : str
            Of the store's vintage.

        Returns
        -------
        str
            With its article; the code where it has none.
        """
        return self._memory.commune_name(code) or code

    def points(
        self, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None
    ) -> tuple[Situated, Answers]:
        """Answer every layer for points, as `locate` does for each.

        Parameters
        ----------
        lon, lat : array_like of float, shape (points,)
            Degrees, EPSG:4326; NaN where there is none.
        threads : int, optional
            For the indexes; one a core by default.

        Returns
        -------
        tuple
            Situations, and answers.
        """
        x, y = (np.ascontiguousarray(v, dtype=np.float64) for v in (lon, lat))
        order = by_place(x, y)
        workers = threads or cores()
        size = min(PIECE, max(MANY, -(-len(x) // workers)))
        pieces = [order[at : at + size] for at in range(0, len(x), size)] or [order]
        each = 1 if len(pieces) > 1 else workers

        def work(piece: NDArray[np.int64]) -> Situated:
            return self._situator.situate(x[piece], y[piece], each)

        if len(pieces) == 1:
            situated = work(order)
        else:
            with ThreadPoolExecutor(workers) as pool:
                situated = joined(list(pool.map(work, pieces)))
        situated = situated.restored(order)
        return situated, answer_points(
            situated, self._situator, self._points, self.catalog, self.day, workers
        )

    def hold(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points are in a commune.

        Parameters
        ----------
        lon, lat : array_like of float, shape (points,)
            Degrees, EPSG:4326.

        Returns
        -------
        ndarray of bool, shape (points,)
            False near one, and out of the globe.
        """
        x, y = (np.ascontiguousarray(v, dtype=np.float64) for v in (lon, lat))
        situated = self._situator.situate(x, y, 1)
        inside = situated.situation >= 0
        inside[inside] = ~situated.outside[situated.situation[inside]]
        return inside

    def candidates(self) -> list[tuple[str, tuple[str, ...]]]:
        """Give what the numbers of ``Situated.refs`` stand for.

        Returns
        -------
        list of tuple
            Commune, and its arrondissements that are possible.
        """
        return [(ref.code, ref.arrondissements) for ref in self._situator.refs.list]

    def memberships(
        self, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None
    ) -> Memberships:
        """Say in which polygons points lie, and what lists say of their communes.

        Parameters
        ----------
        lon, lat : array_like of float, shape (points,)
            Degrees, EPSG:4326; NaN where there is none.
        threads : int, optional
            For the indexes; one a core by default.

        Returns
        -------
        Memberships
            Classes by layer.
        """
        commune = self._shapes.communes.first(lon, lat, threads=threads)
        classes, labels = {}, {}
        for layer in self.catalog.layers.values():
            if layer.id not in self._tables:
                self._tables[layer.id] = self._class_table(layer)
            table, labels[layer.id] = self._tables[layer.id]
            classes[layer.id] = np.where(commune >= 0, table[commune], np.int32(NONE))
        point = np.empty(0, dtype=np.int64)
        polygon = np.empty(0, dtype=np.int32)
        if self._shapes.perimeters:
            held = self._shapes.zones.query(lon, lat, threads=threads)
            point = np.repeat(np.arange(len(held.start) - 1), np.diff(held.start))
            polygon = held.polygon
        return Memberships(commune, classes, labels, (point, polygon))

    def _class_table(self, layer: Layer) -> tuple[NDArray[np.int32], list[str]]:
        """Give each outline's class in a layer; nothing where it stands for several communes."""
        table = np.full(len(self._shapes.outlines), NONE, dtype=np.int32)
        labels: dict[str, int] = {}
        if not in_force(layer, self.day):
            return table, []
        known = self._points.own_parts(layer)
        for rank, codes in enumerate(self._shapes.outlines):
            number = self._situator.refs.find(codes[0])  # of a city: whatever the arrondissement
            if len(codes) == 1 and number is not None:
                part = known.parts[known.ids[number]]
                base = part.base or (part.possible[0] if len(part.possible) == 1 else None)
                if base is not None and part.state == "current":
                    table[rank] = labels.setdefault(base, len(labels))
        return table, list(labels)

    # commune codes

    def codes(self, codes: Iterable[str | None]) -> Coded:
        """Answer every layer for communes given by their code, of any vintage.

        Parameters
        ----------
        codes : iterable of str or None
            INSEE codes.

        Returns
        -------
        Coded
            In their order.
        """
        resolver = Resolver(self._memory, self.catalog, self._settings)
        seen: dict[str | None, int] = {}
        places: list[Place] = []
        wrong: dict[str | None, str] = {None: "pas de code commune."}
        rows: list[str | None] = list(codes)
        for code in dict.fromkeys(rows):
            if code is None:
                continue
            try:
                place = resolver.code(code, self.day)
            except (InputError, PlaceNotFoundError) as error:
                wrong[code] = str(error)
            else:
                seen[code] = len(places)
                places.append(place)
        place_of = np.array([seen.get(code, NONE) for code in rows], dtype=np.int64)
        errors = {row: wrong[code] for row, code in enumerate(rows) if code in wrong}
        return Coded(place_of, places, errors, self._of_places(places))

    def _of_places(self, places: list[Place]) -> Answers:
        rules = self._codes
        outcome = {}
        for layer in self.catalog.layers.values():
            if not in_force(layer, self.day):
                out = rules.out_of_force(layer)
                outcome[layer.id] = np.full(len(places), out, dtype=np.int32)
                continue
            known = rules.parts_of(layer)
            outcome[layer.id] = np.array(
                [self._of_place(layer, place, known.ids) for place in places], dtype=np.int32
            )
        return Answers(outcome, rules.outcomes)

    def _of_place(self, layer: Layer, place: Place, ids: list[int]) -> int:
        (ref,) = place.refs
        number = self._situator.refs.find(ref.code)
        plain = ref.code not in self._moved and not ref.arrondissements
        if plain and number is not None and commune_of(ref.code) == ref.code:
            return self._codes.answer(layer, (ids[number],), outside=False)
        question = Question(self._memory, self.catalog, place, self.day)
        return self._codes.outcome(layer, merge(question.parts(layer), place))

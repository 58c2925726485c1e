"""What each commune leaves possible in each layer on a day, worked out once a commune.

The rules are those of `locate.zones`, and it is that room that applies them. What is saved
is asking them again: communes that no event touched and that a list gives the same class
have the same answer, so most are answered by looking one class up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from threading import Lock, RLock

import numpy as np
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog, Edition, Layer
from zonage_geo.locate.editions import in_force, pick_edition
from zonage_geo.locate.model import Commune, Place, Ref
from zonage_geo.locate.zones import Part, Question, merge
from zonage_geo.many.memory import MemoryStore
from zonage_geo.store.records import ZoneShape
from zonage_geo.territory import ARRONDISSEMENT_CITIES, STORE_DAY, departement_of, vintage
from zonage_geo.verdict import Reason

__all__ = ["Known", "Near", "Refs", "Rules", "stub"]

Ids = NDArray[np.int32]
Near = Callable[[str, str, float, float, float], list[ZoneShape]]


def _none_near(_layer: str, _edition: str, _lon: float, _lat: float, _m: float) -> list[ZoneShape]:
    return []


class Refs:
    """The communes (and arrondissements possible) that places may be in, numbered.

    Parameters
    ----------
    codes : sequence of str
        Commune codes of the store's vintage: numbers 0 and on.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        self.list = [Ref(code, STORE_DAY) for code in codes]
        self._ids = {(ref.code, ref.arrondissements): i for i, ref in enumerate(self.list)}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.list)

    def find(self, code: str) -> int | None:
        """Give the number of a commune, if it has one.

        Parameters
        ----------
        code : str
            Commune code.

        Returns
        -------
        int or None
            Without any arrondissement.
        """
        return self._ids.get((code, ()))

    def number(self, code: str, arrondissements: tuple[str, ...] = ()) -> int:
        """Give the number of a commune, or of a city with some of its arrondissements.

        Parameters
        ----------
        code : str
            Commune code.
        arrondissements : tuple of str
            Those possible.

        Returns
        -------
        int
            A new one where it was not met yet.
        """
        key = (code, arrondissements)
        with self._lock:
            if key not in self._ids:
                self.list.append(Ref(code, STORE_DAY, arrondissements))
                self._ids[key] = len(self.list) - 1
            return self._ids[key]


def stub(refs: Sequence[Ref], precision: str, *, outside: bool) -> Place:
    """Make a place of which nothing is known but its communes.

    Parameters
    ----------
    refs : sequence of Ref
        Its candidates.
    precision : str
        ``point`` or ``commune``.
    outside : bool
        Whether no commune holds it.

    Returns
    -------
    Place
        To ask layers about, and to make sentences that suit all such places.
    """
    codes = tuple(dict.fromkeys(ref.code for ref in refs))
    commune = None
    if len(codes) == 1 and not outside:
        departement = departement_of(codes[0])
        commune = Commune(codes[0], "la commune", None, departement, "")
    exact = precision == "point"
    return Place(
        label="",
        precision=precision,
        radius_m=0.0 if exact else None,
        geocoder="point",
        refs=tuple(refs),
        commune=commune,
        communes_possibles=codes,
        lon=0.0 if exact else None,
        lat=0.0 if exact else None,
        outside=outside,
    )


class Rules:
    """A store's answers on a day, for places of one precision.

    Parameters
    ----------
    store : MemoryStore
        Lists in memory.
    catalog : Catalog
        Its catalogue.
    day : date
        The day asked about.
    refs : Refs
        Candidates, shared by all rules of a store.
    precision : {"point", "commune"}
        How precisely places are known.
    """

    def __init__(
        self, store: MemoryStore, catalog: Catalog, day: date, refs: Refs, precision: str
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._day = day
        self._refs = refs
        self._precision = precision
        self._own: dict[str, Known] = {}
        self._said: dict[str, Known] = {}
        self._merged: dict[tuple[str, tuple[int, ...], bool], int] = {}
        self.outcomes: dict[str, list[Part]] = {name: [] for name in catalog.layers}
        self._outcome_ids: dict[tuple[object, ...], int] = {}
        self._touched: dict[str, frozenset[str]] = {}
        self._lock = RLock()

    # one commune

    def _question(self, refs: Sequence[Ref], *, outside: bool, near: Near = _none_near) -> Question:
        place = stub(refs, self._precision, outside=outside)
        return Question(self._store, self._catalog, place, self._day, near)

    def parts_of(self, layer: Layer) -> Known:
        """Give what each candidate leaves possible, other layers' zones included.

        Parameters
        ----------
        layer : Layer
            In force on the day.

        Returns
        -------
        Known
            Parts, and their number by candidate.
        """
        with self._lock:
            return self._parts_of(layer)

    def _parts_of(self, layer: Layer) -> Known:
        own = self.own_parts(layer)
        over = self._catalog.layers.get(layer.overridden_by or "")
        if over is None or not in_force(over, self._day):
            return own
        said = self._said.setdefault(layer.id, Known())
        zones = self.own_parts(over)
        question = self._question((), outside=False)
        for ref in range(len(said.ids), len(own.ids)):  # other threads may have met more since
            mine, theirs = own.ids[ref], zones.ids[ref]
            key = (mine, theirs)
            if key not in said.memo:
                part = question.override(own.parts[mine], zones.parts[theirs])
                said.memo[key] = said.add(part)
            said.ids.append(said.memo[key])
        return said

    def own_parts(self, layer: Layer) -> Known:
        """Give what each candidate leaves possible, whatever other layers' zones say.

        Parameters
        ----------
        layer : Layer
            In force on the day.

        Returns
        -------
        Known
            Parts, and their number by candidate.
        """
        known = self._own.setdefault(layer.id, Known())
        for ref in range(len(known.ids), len(self._refs)):
            known.ids.append(self._own_part(layer, self._refs.list[ref], known))
        return known

    def _own_part(self, layer: Layer, ref: Ref, known: Known) -> int:
        departement = departement_of(ref.code)
        region = self._catalog.departements.get(departement)
        pick = known.editions.get(departement)
        if pick is None:
            pick = pick_edition(layer, departement, region.region if region else None, self._day)
            known.editions[departement] = pick
        key = self._key(pick[0], ref)
        if key is None:
            return known.add(self._question((ref,), outside=False).part(layer, ref))
        key = (id(pick[0]), pick[1], *key)
        if key not in known.memo:
            part = self._question((ref,), outside=False).part(layer, ref)
            known.memo[key] = known.add(part)
        return known.memo[key]

    def _key(self, edition: Edition | None, ref: Ref) -> tuple[object, ...] | None:
        """Tell what a commune's answer depends on; None where it has to be asked."""
        if edition is None:
            return ()
        if edition.unit == "departement":
            return (departement_of(ref.code),)
        drawn = self._store.has_perimeters(edition.layer, edition.id)
        by_outline = drawn and self._precision != "point"
        moved = ref.code in ARRONDISSEMENT_CITIES or ref.code in self._moved(edition)
        name = (edition.source or "").partition(":")[2]
        listed = bool(name) and self._store.has_list(name)
        if by_outline or moved or (listed and self._store.zones_of(name, ref.code)):
            return None
        return (self._store.membership(name, ref.code),) if listed else ()

    def _moved(self, edition: Edition) -> frozenset[str]:
        """Give the codes that an event touches between the list, the day and the store."""
        days = [
            STORE_DAY,
            self._day.isoformat(),
            vintage(edition.cog) if edition.cog else STORE_DAY,
        ]
        start, end = min(days), max(days)
        key = f"{start} {end}"
        if key not in self._touched:
            span = [c for c in self._store.changes() if start < c.date <= end]
            moved = {c.before for c in span} | {c.after for c in span}
            self._touched[key] = frozenset(moved)
        return self._touched[key]

    # several communes

    def answer(self, layer: Layer, numbers: tuple[int, ...], *, outside: bool) -> int:
        """Give its number to what a layer answers for parts together.

        Parameters
        ----------
        layer : Layer
            In force on the day.
        numbers : tuple of int
            Parts of ``parts_of(layer)``, one a candidate.
        outside : bool
            Whether no commune holds the place.

        Returns
        -------
        int
            Rank in ``outcomes[layer.id]``.
        """
        key = (layer.id, numbers, outside)
        if key not in self._merged:
            known = self.parts_of(layer)
            # Candidates without a distance: what is merged is then the same for all places.
            refs = [Ref(str(rank), STORE_DAY) for rank in range(len(numbers))]
            place = stub(refs, self._precision, outside=outside)
            self._merged[key] = self.outcome(layer, merge([known.parts[n] for n in numbers], place))
        return self._merged[key]

    def ask(self, layer: Layer, refs: Sequence[int], near: Near, *, outside: bool) -> int:
        """Give its number to what a layer answers where perimeters are near.

        Parameters
        ----------
        layer : Layer
            In force on the day.
        refs : sequence of int
            Candidates.
        near : callable
            Gives the zones near, as ``Question.near``.
        outside : bool
            Whether no commune holds the place.

        Returns
        -------
        int
            Rank in ``outcomes[layer.id]``.
        """
        question = self._question([self._refs.list[r] for r in refs], outside=outside, near=near)
        with self._lock:  # the store's file is read by one thread at a time
            part = merge(question.parts(layer), question.place)
        return self.outcome(layer, part)

    def out_of_force(self, layer: Layer) -> int:
        """Give its number to the answer of a layer whose scheme does not exist on the day.

        Parameters
        ----------
        layer : Layer
            The layer.

        Returns
        -------
        int
            Rank in ``outcomes[layer.id]``.
        """
        return self.outcome(layer, Part((None,), Reason.SCHEME_NOT_IN_FORCE, "calendrier"))

    def outcome(self, layer: Layer, part: Part) -> int:
        """Give its number to an answer, distances apart.

        Parameters
        ----------
        layer : Layer
            The layer.
        part : Part
            What it answers.

        Returns
        -------
        int
            Rank in ``outcomes[layer.id]``.
        """
        items = tuple(item._replace(distance_m=None) for item in part.items)
        part = part._replace(items=items, distance_m=None)
        key = (layer.id, *_identity(part))
        with self._lock:
            if key not in self._outcome_ids:
                self._outcome_ids[key] = len(self.outcomes[layer.id])
                self.outcomes[layer.id].append(part)
            return self._outcome_ids[key]


def _identity(part: Part) -> tuple[object, ...]:
    """Give what tells parts apart; editions hold mappings, which cannot be hashed."""
    return (part.possible, part.reason, part.method, id(part.edition), part.state, part.base,
            part.items, part.distance_m)  # fmt: skip


class Known:
    """Distinct parts of a layer, and which one each candidate has.

    Attributes
    ----------
    parts : list of Part
        The distinct ones.
    ids : list of int
        By candidate: rank in ``parts``.
    memo : dict
        By what an answer depends on: rank in ``parts``.
    editions : dict
        By département: the edition that speaks of it, and how it stands.
    """

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ids: list[int] = []
        self.memo: dict[tuple[object, ...], int] = {}
        self.editions: dict[str, tuple[Edition | None, str]] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._array: Ids | None = None

    def add(self, part: Part) -> int:
        """Give its number to a part.

        Parameters
        ----------
        part : Part
            Any.

        Returns
        -------
        int
            Rank in ``parts``.
        """
        key = _identity(part)
        if key not in self._numbers:
            self._numbers[key] = len(self.parts)
            self.parts.append(part)
        return self._numbers[key]

    def array(self) -> Ids:
        """Give the part's number by candidate.

        Returns
        -------
        ndarray of int32
            ``ids``.
        """
        if self._array is None or len(self._array) != len(self.ids):
            self._array = np.array(self.ids, dtype=np.int32)
        return self._array

"""The rules of a verdict: candidates of a place × editions of a layer → what is possible.

Each candidate commune leaves a set of classes possible; the place's set is their union,
so an answer is certain exactly where all the candidates agree. Nothing here reads a file
or makes a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from zonage_geo.catalog.model import Catalog, ClassDef, Edition, Layer
from zonage_geo.locate.editions import EditionState, in_force, list_of, pick_edition
from zonage_geo.locate.model import Item, Place, Ref
from zonage_geo.store.additions import perimeter_list
from zonage_geo.store.query import Store, ZoneShape
from zonage_geo.territory import ARRONDISSEMENT_CITIES, STORE_DAY, departement_of, vintage
from zonage_geo.verdict import Possible, Reason, merge_possible

__all__ = [
    "Part",
    "Question",
    "answer",
    "merge",
    "union",
]

OUTSIDE: Possible = (None,)
ZONE_SEARCH_M = 5_000.0
"""How far a zone is looked for to tell its distance: the reach of the local scale."""

_WHOLE_COMMUNE = ("commune", "code_postal")


class Part(NamedTuple):
    """What a candidate commune leaves possible, or all of the place's together.

    Attributes
    ----------
    possible : Possible
        Its classes.
    reason : Reason
        Why.
    method : str
        By what means.
    edition : Edition or None
        The edition asked.
    state : EditionState
        How it stands to the date asked.
    base : str or None
        The commune's class in the list.
    items : tuple of Item
        Zones concerned.
    distance_m : float or None
        To the nearest border of a zone, or to the nearest commune that differs.
    """

    possible: Possible
    reason: Reason
    method: str
    edition: Edition | None = None
    state: EditionState = "current"
    base: str | None = None
    items: tuple[Item, ...] = ()
    distance_m: float | None = None


def answer(store: Store, catalog: Catalog, layer: Layer, place: Place, day: date) -> Part:
    """Say what a layer leaves possible for a place on a day.

    Parameters
    ----------
    store : Store
        Where lists and perimeters are.
    catalog : Catalog
        For régions, and for the layer whose zones override this one.
    layer : Layer
        The layer asked, in force on that day.
    place : Place
        The place.
    day : date
        The day asked about.

    Returns
    -------
    Part
        What all the candidates leave possible together: certain where one class is left.
    """
    asked = Question(store, catalog, place, day)
    return merge(asked.parts(layer), place)


ZonesNear = Callable[[str, str, float, float, float], list[ZoneShape]]


class Question(NamedTuple):
    """A place and a day, asked of layers.

    Attributes
    ----------
    store : Store
        Where lists and perimeters are.
    catalog : Catalog
        For régions, and for the layer whose zones override another.
    place : Place
        The place.
    day : date
        The day asked about.
    near : callable or None
        Finds an edition's zones near a point, as ``Store.zones_near``, which it is by
        default.
    """

    store: Store
    catalog: Catalog
    place: Place
    day: date
    near: ZonesNear | None = None

    def parts(self, layer: Layer) -> list[Part]:
        """Ask a layer of each candidate.

        Parameters
        ----------
        layer : Layer
            In force on that day.

        Returns
        -------
        list of Part
            One a candidate, in their order.
        """
        parts = [self.part(layer, ref) for ref in self.place.refs]
        if layer.overridden_by is None:
            return parts
        over = self.catalog.layers[layer.overridden_by]
        if not in_force(over, self.day):
            return parts
        return [
            self.override(part, zones) for part, zones in zip(parts, self.parts(over), strict=True)
        ]

    def part(self, layer: Layer, ref: Ref) -> Part:
        """Ask a layer of one candidate, whatever zones of another layer say.

        Parameters
        ----------
        layer : Layer
            In force on that day.
        ref : Ref
            The candidate.

        Returns
        -------
        Part
            What it leaves possible.
        """
        departement = departement_of(ref.code)
        known = self.catalog.departements.get(departement)
        edition, state = pick_edition(layer, departement, known.region if known else None, self.day)
        if edition is None:
            return Part(_anything(layer.classes), Reason.NO_EDITION, "aucune donnée")
        part = self._lookup(layer, edition, ref, departement)._replace(edition=edition, state=state)
        if state == "current":
            return part
        reason = (
            Reason.EDITION_SUPERSEDED if state == "superseded" else Reason.EDITION_START_UNKNOWN
        )
        return part._replace(possible=_anything(_readable(edition)), reason=reason)

    def _lookup(self, layer: Layer, edition: Edition, ref: Ref, departement: str) -> Part:
        if edition.unit == "departement":
            cls = edition.members.get(departement)
            return _classed(edition, cls, "code département")
        if edition.unit in ("polygon", "zone_list"):
            return self._zones(layer, edition, ref)
        name = list_of(edition.source)
        if name is None or not self.store.has_list(name):
            return Part(_anything(_readable(edition)), Reason.NO_EDITION, "aucune donnée")
        return self._communes(layer, edition, name, ref)

    # lists of communes

    def _communes(self, layer: Layer, edition: Edition, name: str, ref: Ref) -> Part:
        parts = []
        for code, same in self._codes(layer, edition, ref):
            part = _classed(edition, self.store.membership(name, code), "code commune")
            part = part._replace(items=_items(self.store.zones_of(name, code)))
            if not same:
                part = part._replace(
                    possible=_anything(_readable(edition)), reason=Reason.MERGED_COMMUNE
                )
            parts.append(part)
        merged = union(parts)
        if len(merged.possible) > 1 and len(parts) > 1:
            several = ref.code in ARRONDISSEMENT_CITIES and edition.unit == "arrondissement"
            reason = Reason.CANDIDATES_DIFFER if several else Reason.MERGED_COMMUNE
            base = self.store.membership(name, ref.code) or merged.base
            base = edition.read_as.get(base, base) if base else None
            merged = merged._replace(reason=reason, base=base)
        return merged

    def _codes(self, layer: Layer, edition: Edition, ref: Ref) -> list[tuple[str, bool]]:
        """List the codes to look up, and whether the list speaks of the commune asked.

        A list of a later vintage than the day asked tells the class of communes merged
        meanwhile: it says nothing of what was absorbed, and of the commune that kept its
        code only where the layer's law says that it keeps its class.
        """
        if edition.unit == "arrondissement" and ref.code in ARRONDISSEMENT_CITIES:
            codes = ref.arrondissements or ARRONDISSEMENT_CITIES[ref.code]
            return [(code, True) for code in codes]
        at = self.store.timeline.at
        listed = vintage(edition.cog or 0)
        asked = self.day.isoformat()
        if listed <= asked:
            return [(code, True) for code in sorted(at(ref.code, ref.day, listed))]
        found: dict[str, bool] = {}
        for then in at(ref.code, ref.day, asked):
            for code in at(then, asked, listed):
                whole = at(code, listed, asked) == {then}
                kept = layer.kept_code and code == then
                found[code] = found.get(code, True) and (whole or kept)
        return sorted(found.items(), key=lambda item: (item[0] != ref.code, item[0]))

    # zones

    def _zones(self, layer: Layer, edition: Edition, ref: Ref) -> Part:
        drawn = self.store.has_perimeters(layer.id, edition.id)
        anything = _anything(_readable(edition))
        name = list_of(edition.source)
        listed = name is not None and self.store.has_list(name)
        items: tuple[Item, ...] = ()
        if name is not None and listed:
            items = self._held(name, ref, vintage(edition.cog or 0))
        if drawn and self.place.precision not in _WHOLE_COMMUNE:
            return self._perimeters(layer, edition, items)
        if drawn and not listed:
            return self._drawn_over(layer, edition, ref)
        if not listed:
            return Part(anything, Reason.NO_EDITION, "aucune donnée")
        method = "liste des quartiers de la commune"
        if items:
            reason = Reason.PRECISION_INSUFFICIENT if drawn else Reason.ZONE_PERIMETER_UNKNOWN
            return Part(anything, reason, method, items=items)
        if edition.complete:
            return Part(OUTSIDE, Reason.NO_ZONE_IN_COMMUNE, method)
        return Part(anything, Reason.ZONE_LIST_INCOMPLETE, method)

    def _held(self, name: str, ref: Ref, listed: str) -> tuple[Item, ...]:
        """List the zones of a candidate commune, by code, from a list of some day's codes."""
        codes = self.store.timeline.at(ref.code, ref.day, listed)
        held = {
            zone: nom for code in sorted(codes) for zone, nom in self.store.zones_of(name, code)
        }
        return _items(sorted(held.items()))

    def _drawn_over(self, layer: Layer, edition: Edition, ref: Ref) -> Part:
        """Answer for a whole commune by the perimeters that its outline meets."""
        items = self._held(perimeter_list(layer.id, edition.id), ref, STORE_DAY)
        method = "périmètres et contour de la commune"
        if items or not edition.complete:
            reason = Reason.PRECISION_INSUFFICIENT if items else Reason.ZONE_LIST_INCOMPLETE
            return Part(_anything(_readable(edition)), reason, method, items=items)
        return Part(OUTSIDE, Reason.NO_ZONE_IN_COMMUNE, method)

    def _perimeters(self, layer: Layer, edition: Edition, held: tuple[Item, ...]) -> Part:
        lon, lat = self.place.lon, self.place.lat
        assert lon is not None and lat is not None  # noqa: PT018, S101  (a precise place has both)
        reach = (self.place.radius_m or 0.0) + edition.accuracy_m
        find = self.near or self.store.zones_near
        near = find(layer.id, edition.id, lon, lat, max(reach, ZONE_SEARCH_M))
        touched = [z for z in near if not z.relation.disc_outside(reach)]
        shown = touched or near[:1]
        items = tuple(
            Item(z.code, z.nom, z.zone_class, round(z.relation.border_m, 1)) for z in shown
        )
        method = "périmètre"
        border = items[0].distance_m if items else None
        certain = [z for z in touched if z.relation.disc_inside(reach)]
        if certain:
            possible = merge_possible(
                _classed(edition, z.zone_class, method).possible for z in certain
            )
            return Part(possible, Reason.IN_ZONE, method, items=items, distance_m=border)
        # A zone of the commune whose perimeter is not loaded may be anywhere in it.
        drawn = self.store.drawn_zones(layer.id, edition.id) if held else frozenset()
        missing = tuple(item for item in held if item.code not in drawn)
        anything = _anything(_readable(edition))
        if touched:
            border = round(min(z.relation.border_m for z in touched), 1)
            parts = [_classed(edition, z.zone_class, method).possible for z in touched]
            parts.append(anything if missing else OUTSIDE)
            return Part(
                merge_possible(parts),
                Reason.NEAR_ZONE_BORDER,
                method,
                items=(*items, *missing),
                distance_m=border,
            )
        if missing:
            return Part(anything, Reason.ZONE_PERIMETER_UNKNOWN, method, items=missing)
        if edition.complete:
            return Part(OUTSIDE, Reason.OUTSIDE_ZONES, method, items=items, distance_m=border)
        return Part(anything, Reason.ZONE_LIST_INCOMPLETE, method, items=items, distance_m=border)

    # zones with a class of their own

    def override(self, part: Part, zones: Part) -> Part:
        """Let the zones that the place may be in speak before its commune.

        Parameters
        ----------
        part : Part
            What the commune leaves possible.
        zones : Part
            What the layer of those zones does.

        Returns
        -------
        Part
            What both leave possible.
        """
        edition = part.edition
        if edition is None or zones.possible == OUTSIDE:
            return part
        part = part._replace(items=zones.items)
        if part.state != "current":
            return part  # of a newer list, nothing is known: neither communes nor zones
        name = list_of(edition.zone_class_source)
        loaded = name is not None and self.store.has_list(name)
        all_zones = zones.state == "current" and zones.reason is not Reason.ZONE_LIST_INCOMPLETE
        if name is None or not loaded or not all_zones or not zones.items:
            possible = merge_possible([part.possible, edition.zone_classes])
            return _doubt(part, possible, Reason.QPV_CLASS_UNKNOWN)
        classes = {item.code: self.store.membership(name, item.code) for item in zones.items}
        unlisted = part.possible
        if not edition.zone_classes_complete:
            unlisted = merge_possible([part.possible, edition.zone_classes])
        own = merge_possible(
            _classed(edition, cls, part.method).possible if cls else unlisted
            for cls in classes.values()
        )
        items = tuple(item._replace(zone_class=classes[item.code]) for item in zones.items)
        part = part._replace(items=items)
        if None not in zones.possible:  # in a zone for certain: the commune's class is moot
            return part._replace(possible=own, reason=Reason.IN_ZONE, method=zones.method)
        return _doubt(part, merge_possible([part.possible, own]), zones.reason)


def _items(zones: Iterable[tuple[str, str]]) -> tuple[Item, ...]:
    return tuple(Item(code, nom) for code, nom in zones)


def _doubt(part: Part, possible: Possible, reason: Reason) -> Part:
    """Widen what a part leaves possible; an earlier doubt keeps its reason."""
    if possible == part.possible or len(part.possible) > 1:
        reason = part.reason
    return part._replace(possible=possible, reason=reason)


def _readable(edition: Edition) -> Mapping[str, ClassDef]:
    """Give the classes that an edition can answer."""
    return {code: cls for code, cls in edition.classes.items() if code not in edition.read_as}


def _anything(classes: Mapping[str, ClassDef]) -> Possible:
    """Leave every class possible, and none."""
    return (*(code for code, cls in classes.items() if cls.counts and not cls.partial_of), None)


def _classed(edition: Edition, code: str | None, method: str) -> Part:
    """Turn the class that a list gives into what it leaves possible."""
    if code is None:
        if edition.complete:
            return Part(OUTSIDE, Reason.NOT_LISTED, method)
        return Part(_anything(_readable(edition)), Reason.CLASS_UNAVAILABLE, method)
    code = edition.read_as.get(code, code)
    known = edition.classes[code]
    if known.unknown:
        return Part(_anything(_readable(edition)), Reason.CLASS_UNAVAILABLE, method)
    if known.partial_of is not None:
        return Part((known.partial_of, None), Reason.PARTIAL, method, base=code)
    if known.counts:
        return Part((code,), Reason.IN_CLASS, method, base=code)
    return Part(OUTSIDE, Reason.CLASS_DOES_NOT_COUNT, method, base=code)


_CERTAIN = frozenset(
    {
        Reason.IN_CLASS,
        Reason.CLASS_DOES_NOT_COUNT,
        Reason.NOT_LISTED,
        Reason.NO_ZONE_IN_COMMUNE,
        Reason.IN_ZONE,
        Reason.OUTSIDE_ZONES,
    }
)


def union(parts: Sequence[Part]) -> Part:
    """Unite what several codes leave possible; the first doubt gives the reason.

    Parameters
    ----------
    parts : sequence of Part
        At least one.

    Returns
    -------
    Part
        Certain where all agree.
    """
    first = parts[0]
    possible = merge_possible(part.possible for part in parts)
    doubts = [part for part in parts if part.reason not in _CERTAIN]
    leading = doubts[0] if doubts and len(possible) > 1 else first
    reason = leading.reason
    if len(possible) > 1 and not doubts:
        reason = Reason.CANDIDATES_DIFFER
    bases = {part.base for part in parts}
    return leading._replace(
        possible=possible,
        reason=reason,
        base=bases.pop() if len(bases) == 1 else None,
        items=tuple(dict.fromkeys(item for part in parts for item in part.items)),
    )


def merge(parts: Sequence[Part], place: Place) -> Part:
    """Unite the candidates, and measure to the nearest one that differs.

    Parameters
    ----------
    parts : sequence of Part
        One a candidate.
    place : Place
        The place.

    Returns
    -------
    Part
        The layer's answer.
    """
    united = union(parts)
    if place.outside and None not in united.possible:
        # In no commune known: perhaps in one of these, perhaps at sea or abroad.
        possible = merge_possible([united.possible, OUTSIDE])
        return united._replace(possible=possible, reason=Reason.PLACE_OUTSIDE_COMMUNES)
    if united.reason is not Reason.CANDIDATES_DIFFER or united.distance_m is not None:
        return united
    others = [
        ref.distance_m
        for part, ref in zip(parts, place.refs, strict=True)
        if part.possible != parts[0].possible and ref.distance_m is not None
    ]
    return united._replace(distance_m=min(others, default=None))

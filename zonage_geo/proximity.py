"""How far a place is from the nearest commune of some classes, and how sure that is.

The derogation of the contrat de début d'exercice asks for less than 10 km to a ZIP or a ZAC;
what is known is never one distance. The place is a disc, or a whole commune; outlines have an
accuracy; a commune's class may be unknown. So the answer is an interval that holds the true
distance: its lower end counts every commune that may have the class, its upper end those alone
that have it for certain.

The light path: stdlib and the store's R-tree, no shapely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from math import hypot, inf
from typing import NamedTuple

from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.catalog.names import no_such_layer
from zonage_geo.errors import InputError
from zonage_geo.french import capital, metres
from zonage_geo.geometry import Polygons, distance, relate_plane, to_plane
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.garde import whole_commune
from zonage_geo.locate.model import Place, Ref
from zonage_geo.locate.reasons import check_sentence, class_list
from zonage_geo.locate.zones import Part, Question
from zonage_geo.settings import Settings
from zonage_geo.store.query import Store
from zonage_geo.store.records import Box
from zonage_geo.territory import ARRONDISSEMENT_CITIES, STORE_DAY, commune_of

__all__ = ["Nearest", "nearest_zone"]

REACHES_M = (12_000.0, 50_000.0, 250_000.0)
"""How far to look, one step after the other: most places are near a zone."""
LEAST = 0.99
"""Part of the distance to a box's nearest corner or side, by degrees, that is one for certain."""
SHARED_M = 0.01
"""Nearer than this, two outlines of one source share a border."""


class Nearest(NamedTuple):
    """The nearest commune of some classes.

    Attributes
    ----------
    low_m, high_m : float
        The true distance lies between them, in metres; ``high_m`` is ``inf`` where no commune
        is known to have one of the classes within 250 km.
    commune, nom : str or None
        The nearest commune that has one of them for certain; failing that, the nearest that
        may have one.
    zone_class : str or None
        Its class; None where it is only possible.
    to_check : str or None
        Why that class must be checked, in French.
    reason : str
        The whole in a French sentence.
    """

    low_m: float
    high_m: float
    commune: str | None
    nom: str | None
    zone_class: str | None
    to_check: str | None
    reason: str

    def __repr__(self) -> str:
        what = f"{self.nom} ({self.commune}), {self.zone_class or 'classe incertaine'}"
        return (
            f"<Nearest {what if self.commune else 'aucune commune'} : "
            f"low_m={self.low_m:.0f}, high_m={self.high_m:.0f}>"
        )


class _Area(NamedTuple):
    """Where the place may be: a disc, or a whole outline (metres around its centre)."""

    lon: float
    lat: float
    radius_m: float
    outline: Polygons | None = None


class _Seen(NamedTuple):
    """A commune that may count, and the distances that it gives."""

    low_m: float
    high_m: float
    code: str
    part: Part
    certain: bool


def nearest_zone(
    store: Store,
    catalog: Catalog,
    place: Place,
    classes: Sequence[str],
    day: date,
    *,
    layer: str = "zonage_medecins",
    settings: Settings | None = None,
) -> Nearest:
    """Bound the distance from a place to the nearest commune of some classes.

    Parameters
    ----------
    store : Store
        Outlines and lists.
    catalog : Catalog
        Its catalogue.
    place : Place
        As ``locate`` understood it.
    classes : sequence of str
        Such as ``("ZIP", "ZAC")``. Classes of communes: those that quarters have of their own
        do not count.
    day : date
        The day of the classes.
    layer : str
        The layer that has them.
    settings : Settings, optional
        What overrides the outlines' accuracy.

    Returns
    -------
    Nearest
        Zero and zero in a commune of the class. Otherwise distances are to the outline, wider
        by the place's radius and by the accuracy of outlines.

    Raises
    ------
    InputError
        If the layer is unknown, or has no such class.
    StoreError
        If the store cannot be read.
    """
    if layer not in catalog.layers:
        raise InputError(no_such_layer(catalog, layer))
    known = catalog.layers[layer]
    if not classes or (strange := [c for c in classes if c not in known.classes]):
        told = ", ".join(strange) if classes else "aucune"
        raise InputError(f"classe inconnue : {told}. Classes : {', '.join(known.classes)}.")
    asked = _Asked(store, catalog, known, tuple(classes), day, settings or Settings())
    if not in_force(known, day):
        return asked.nothing("le dispositif n'était pas en vigueur à cette date.")
    answers = [asked.near(ref, area) for ref, area in asked.areas(place)]
    return _either(answers) if answers else asked.unknown("aucun contour n'est chargé.")


def _either(answers: Sequence[Nearest]) -> Nearest:
    """Unite the answers of the communes that the place may be in."""
    first = answers[0]
    if len(answers) == 1:
        return first
    low, high = min(a.low_m for a in answers), max(a.high_m for a in answers)
    farthest = max(answers, key=lambda a: a.high_m)
    reason = f"Selon la commune, entre {metres(low)} et {metres(high)}."
    if high == inf:
        reason = f"Selon la commune : à {metres(low)} au moins. {farthest.reason}"
    return farthest._replace(low_m=low, high_m=high, reason=reason)


class _Asked:
    """One question: which communes count, and how far they are."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        layer: Layer,
        classes: tuple[str, ...],
        day: date,
        settings: Settings,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._layer = layer
        self._classes = classes
        self._day = day
        self._parts: dict[tuple[str, str], Part] = {}
        accuracy = settings.accuracy_communes
        if accuracy is None:
            accuracy = float(store.metadata.get("accuracy_communes_m", 0.0))
        self._accuracy = accuracy

    # where the place may be

    def areas(self, place: Place) -> Iterator[tuple[Ref, _Area | None]]:
        """List the communes that the place may be in, each with where in it."""
        lon, lat, radius_m = place.lon, place.lat, place.radius_m
        if lon is not None and lat is not None and radius_m is not None:
            disc = _Area(lon, lat, radius_m)
            yield from ((ref, disc) for ref in place.refs)
            return
        for ref in place.refs:
            if ref.arrondissements and len(ref.arrondissements) == 1:
                yield ref, self._whole(ref.arrondissements[0])
                continue
            for code in sorted(self._store.timeline.at(ref.code, ref.day, STORE_DAY)):
                yield Ref(code, STORE_DAY, ref.arrondissements), self._whole(code)

    def _whole(self, code: str) -> _Area | None:
        outline = self._store.outline(code)
        if outline is None:
            return None
        xs = [x for rings in outline for x in rings[0][0::2]]
        ys = [y for rings in outline for y in rings[0][1::2]]
        lon, lat = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        plane = to_plane(outline, lon, lat)
        radius = max(hypot(x, y) for x, y in _vertices(plane))
        return _Area(lon, lat, radius, plane)

    # which communes count

    def _part(self, ref: Ref) -> Part:
        key = (ref.code, ref.arrondissements[0] if ref.arrondissements else "")
        if len(ref.arrondissements) > 1 or key not in self._parts:
            nom = self._store.commune_name(ref.code) or ref.code
            place = whole_commune(ref, nom)
            part = Question(self._store, self._catalog, place, self._day).part(self._layer, ref)
            if len(ref.arrondissements) > 1:
                return part
            self._parts[key] = part
        return self._parts[key]

    def _possible(self, part: Part) -> bool:
        return any(code in self._classes for code in part.possible)

    def _certain(self, part: Part) -> bool:
        return all(code in self._classes for code in part.possible)

    def _candidates(self, area: _Area, reach: float) -> list[tuple[float, Box, Part, bool]]:
        """List the outlines that may count, by the least distance that their box allows."""
        found = []
        for box in self._boxes(area, reach + area.radius_m):
            parts = [self._part(ref) for ref in map(_ref_of, box.codes)]
            possible = [part for part in parts if self._possible(part)]
            if not possible:
                continue
            certain = all(map(self._certain, parts))
            west, south, east, north = box.bounds
            x, y = min(max(area.lon, west), east), min(max(area.lat, south), north)
            apart = LEAST * distance(area.lon, area.lat, x, y) - area.radius_m
            found.append((apart - self._margin(box, area), box, possible[0], certain))
        return sorted(found, key=lambda item: (item[0], item[1].codes))

    def _boxes(self, area: _Area, reach: float) -> Iterator[Box]:
        for box in self._store.boxes_near("communes", area.lon, area.lat, reach):
            if ARRONDISSEMENT_CITIES.keys().isdisjoint(box.codes):
                yield box
        yield from self._store.boxes_near("arrondissements", area.lon, area.lat, reach)

    def _margin(self, box: Box, area: _Area) -> float:
        own = self._accuracy if box.accuracy_m is None else box.accuracy_m
        return own + (self._accuracy if area.outline is not None else 0.0)

    # distances

    def near(self, ref: Ref, area: _Area | None) -> Nearest:
        """Bound the distance from one commune, or from a disc in it."""
        own = self._part(ref)
        if self._certain(own):
            return self._inside(ref, own)
        best_low = best_high = None
        if self._possible(own):
            best_low = _Seen(0.0, inf, ref.code, own, certain=False)
        if area is None:
            return self._told(best_low, None, self._no_outline(ref))
        for reach in REACHES_M:
            best_low, best_high = self._search(area, reach, best_low)
            if best_high is not None and best_high.high_m <= reach:
                break
        return self._told(best_low, best_high, None)

    def _search(
        self, area: _Area, reach: float, low: _Seen | None
    ) -> tuple[_Seen | None, _Seen | None]:
        """Find the least distance that is possible, and the least that is certain."""
        high = None
        for apart, box, part, certain in self._candidates(area, reach):
            low_m = low.low_m if low else inf
            high_m = high.high_m if high else inf
            if apart >= max(low_m, high_m):
                break
            if apart >= low_m and not certain:
                continue
            seen = self._measured(area, box, part, certain=certain)
            if seen.low_m < low_m:
                low = seen
            if certain and seen.high_m < high_m:
                high = seen
        return low, high

    def _measured(self, area: _Area, box: Box, part: Part, *, certain: bool) -> _Seen:
        margin = self._margin(box, area)
        zone = to_plane(self._store.shape(box), area.lon, area.lat)
        if area.outline is None:
            relation = relate_plane(zone)
            signed = -relation.border_m if relation.inside else relation.border_m
            low, high = signed - area.radius_m - margin, signed + area.radius_m + margin
        else:
            low = _gap(area.outline, zone) - margin
            at = min(_vertices(zone), key=lambda v: hypot(*v))
            reach = max(hypot(x - at[0], y - at[1]) for x, y in _vertices(area.outline))
            high = reach + margin
        return _Seen(max(low, 0.0), max(high, 0.0), box.codes[0], part, certain)

    # words

    def _inside(self, ref: Ref, part: Part) -> Nearest:
        nom, zone_class = self._name(ref.code), part.possible[0]
        several = class_list(self._layer.classes, part.possible)
        reason = f"Le lieu est dans {nom}, en {several}."
        check = self._check(ref.code, part)
        return Nearest(0.0, 0.0, ref.code, nom, zone_class, check, reason)

    def _told(self, low: _Seen | None, high: _Seen | None, why: str | None) -> Nearest:
        names = class_list(self._layer.classes, self._classes)
        if low is None and why is None:
            reach = metres(REACHES_M[-1])
            why = f"aucune commune en {names} à moins de {reach}."
            return self.nothing(why)
        if high is None:
            seen = low
            why = why or f"aucune commune proche n'est en {names} pour certain"
            if seen is None:
                return self.unknown(why)
            nom = self._name(seen.code)
            reason = f"{why.rstrip('.')} ; {nom} peut l'être, à {metres(seen.low_m)} au moins."
            check = self._check(seen.code, seen.part)
            return Nearest(seen.low_m, inf, seen.code, nom, None, check, capital(reason))
        least = low.low_m if low is not None else high.low_m
        nom, part = self._name(high.code), high.part
        zone_class = part.possible[0] if len(part.possible) == 1 else None
        told = class_list(self._layer.classes, part.possible)
        reason = f"{nom} ({high.code}), en {told}, est à {_between(high.low_m, high.high_m)}."
        if low is not None and low.low_m < high.low_m and not low.certain:
            other = self._name(low.code)
            reason += f" {other} ({low.code}) peut être en {names}, à {metres(least)} au moins."
        check = self._check(high.code, part)
        return Nearest(least, high.high_m, high.code, nom, zone_class, check, reason)

    def nothing(self, why: str) -> Nearest:
        """Answer that no commune counts."""
        return Nearest(REACHES_M[-1], inf, None, None, None, None, capital(why))

    def unknown(self, why: str) -> Nearest:
        """Answer that nothing can be said."""
        return Nearest(0.0, inf, None, None, None, None, capital(why))

    def _no_outline(self, ref: Ref) -> str:
        return f"le contour de {self._name(ref.code)} n'est pas chargé."

    def _name(self, code: str) -> str:
        if commune_of(code) != code:
            return next((s.nom for s in self._store.sub_commune(code) if s.nature == "ARM"), code)
        return self._store.commune_name(code) or code

    def _check(self, code: str, part: Part) -> str | None:
        place = whole_commune(_ref_of(code), self._name(code))
        return check_sentence(self._layer, part, place, self._day)


def _ref_of(code: str) -> Ref:
    city = commune_of(code)
    return Ref(city, STORE_DAY, (code,)) if city != code else Ref(code, STORE_DAY)


def _vertices(plane: Polygons) -> Iterator[tuple[float, float]]:
    for rings in plane:
        for ring in rings:
            yield from zip(ring[0::2], ring[1::2], strict=True)


def _gap(one: Polygons, other: Polygons) -> float:
    """Measure between two outlines: from the vertices of each to the other."""
    shared = {(round(x, 1), round(y, 1)) for x, y in _vertices(one)}
    if any((round(x, 1), round(y, 1)) in shared for x, y in _vertices(other)):
        return 0.0
    best = inf
    for points, outline in ((_vertices(one), other), (_vertices(other), one)):
        best = min(best, _nearest(points, outline, best))
        if best <= SHARED_M:
            return 0.0
    return best


def _nearest(points: Iterable[tuple[float, float]], outline: Polygons, best: float) -> float:
    for x, y in points:
        best = min(best, relate_plane(outline, x, y).distance_m)
        if best <= SHARED_M:
            break
    return best


def _between(low: float, high: float) -> str:
    if low == 0:
        return f"moins de {metres(high)}"
    said = (metres(low), metres(high))
    return said[0] if said[0] == said[1] else f"une distance de {said[0]} à {said[1]}"

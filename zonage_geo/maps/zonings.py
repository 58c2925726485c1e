"""A layer of the catalogue on a day → what a map shows of it, commune by commune."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from zonage_geo.catalog.model import Catalog, Edition, Layer
from zonage_geo.locate import Zone, zone_of
from zonage_geo.locate.zones import Part, in_force
from zonage_geo.many.memory import MemoryStore
from zonage_geo.many.parts import Refs, Rules, stub
from zonage_geo.maps.model import Answer, MapClass, MapLayer, MapSource, Perimeters, Units, paler
from zonage_geo.maps.styles import Styles
from zonage_geo.maps.units import perimeters_of
from zonage_geo.render.words import detail, is_to_check, source_line
from zonage_geo.store.query import Store
from zonage_geo.territory import ARRONDISSEMENT_CITIES, STORE_DAY, commune_of
from zonage_geo.locate.model import Ref
from zonage_geo.verdict import Reason, Verdict

__all__ = ["Asked", "says_something"]

UNLESS_ZONE = (
    Reason.QPV_CLASS_UNKNOWN,
    Reason.ZONE_PERIMETER_UNKNOWN,
    Reason.PRECISION_INSUFFICIENT,
    Reason.ZONE_LIST_INCOMPLETE,
    Reason.NEAR_ZONE_BORDER,
)
"""What zones of another layer leave open: the commune's own class is drawn, the sheet says so."""
NO_DATA = (Reason.NO_EDITION, Reason.CLASS_UNAVAILABLE)


class Asked:
    """A store on a day, asked layer by layer about the communes of a map.

    Parameters
    ----------
    store : Store
        Open.
    catalog : Catalog
        Its catalogue.
    units : Units
        The communes.
    day : date
        The day asked about.
    styles : Styles
        How maps draw.
    """

    def __init__(
        self, store: Store, catalog: Catalog, units: Units, day: date, styles: Styles
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._units = units
        self._day = day
        self._styles = styles
        refs = Refs([])
        self._numbers = [tuple(_number(refs, code) for code in one) for one in units.codes]
        self._refs = refs
        self._rules = Rules(MemoryStore(store), catalog, day, refs, "commune")

    def layer(self, name: str) -> MapLayer:
        """Ask one layer.

        Parameters
        ----------
        name : str
            Its id in the catalogue.

        Returns
        -------
        MapLayer
            Each commune's answer, by the rules of `locate` for a whole commune.
        """
        layer = self._catalog.layers[name]
        zones, of = self._zones(layer)
        classes = _Classes(layer, zones, self._catalog, self._styles)
        sources = _Sources(self._catalog)
        answers = tuple(_answer(zone, classes.rank(zone), sources.rank(zone)) for zone in zones)
        short = layer.short
        return MapLayer(
            id=layer.id,
            short=short,
            title=layer.title,
            group="zonages",
            role=self._styles.roles.get(layer.id, "fond"),
            day=self._day,
            classes=classes.ordered(),
            answers=classes.reranked(answers),
            of=of,
            sources=tuple(sources.list),
            notes=layer.notes,
            perimeters=self._perimeters(layer, zones),
        )

    def _zones(self, layer: Layer) -> tuple[list[Zone], np.ndarray]:
        """Give the distinct answers, and each commune's."""
        rules = self._rules
        if in_force(layer, self._day):
            ids = rules.parts_of(layer).ids
            outcome = [
                rules.answer(layer, tuple(ids[number] for number in numbers), outside=False)
                for numbers in self._numbers
            ]
        else:
            outcome = [rules.out_of_force(layer)] * len(self._units.codes)
        used, of = np.unique(np.array(outcome, dtype=np.int64), return_inverse=True)
        place = stub([Ref("", STORE_DAY)], "commune", outside=False)
        parts: Sequence[Part] = rules.outcomes[layer.id]
        zones = [zone_of(layer, parts[rank], place, self._day) for rank in used.tolist()]
        return zones, of.astype(np.int32)

    def _perimeters(self, layer: Layer, zones: Iterable[Zone]) -> Perimeters | None:
        if not in_force(layer, self._day):
            return None
        editions = {z.edition.id: z.edition for z in zones if z.edition is not None}
        speaking = {
            name: e
            for name, e in editions.items()
            if e.superseded_from is None or self._day < e.superseded_from
        }
        if not speaking:
            return None
        found = perimeters_of(
            self._store,
            layer.id,
            set(speaking),
            self._units,
            accuracy_m=max(e.accuracy_m for e in speaking.values()),
            complete=all(e.complete for e in speaking.values()),
        )
        return found._replace(classes=self._own_classes(layer, found)) if found else None

    def _own_classes(self, layer: Layer, found: Perimeters) -> list[str]:
        """Give the class that each zone has of its own in the layer that it overrides."""
        lists = [
            edition.zone_class_source.partition(":")[2]
            for over in self._catalog.layers.values()
            if over.overridden_by == layer.id
            for edition in over.editions
            if edition.zone_class_source is not None
        ]
        loaded = [name for name in lists if self._store.has_list(name)]
        return [
            next(filter(None, (self._store.membership(name, code) for name in loaded)), "")
            for code in found.codes
        ]


def says_something(layer: MapLayer) -> bool:
    """Tell whether a layer says anything of any commune.

    Parameters
    ----------
    layer : MapLayer
        A layer.

    Returns
    -------
    bool
        False where nothing is loaded for it.
    """
    return any(layer.classes[answer.cls].kind != "non_disponible" for answer in layer.answers)


def _number(refs: Refs, code: str) -> int:
    """Number a commune; an arrondissement is its city with only it possible."""
    city = commune_of(code)
    if city != code and city in ARRONDISSEMENT_CITIES:
        return refs.number(city, (code,))
    return refs.number(code)


def _answer(zone: Zone, cls: int, source: int) -> Answer:
    unsure = zone.verdict is Verdict.INDETERMINE
    return Answer(
        cls=cls,
        verdict=str(zone.verdict),
        told=detail(zone),
        why=zone.reason if unsure else "",
        to_check=(zone.to_check or "") if is_to_check(zone) or unsure else "",
        source=source,
        items=tuple((item.code, item.nom) for item in zone.items),
    )


class _Sources:
    """The editions that answer, each once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._ranks: dict[str, int] = {}
        self.list: list[MapSource] = []

    def rank(self, zone: Zone) -> int:
        """Give the rank of an answer's edition; -1 where it has none."""
        edition, line = zone.edition, source_line(zone)
        if edition is None or line is None:
            return -1
        if edition.id not in self._ranks:
            self._ranks[edition.id] = len(self.list)
            said = line.removeprefix(f"{edition.title} : ")
            self.list.append(
                MapSource(edition.title, said, edition.licence, edition.url, edition.doubts)
            )
        return self._ranks[edition.id]


class _Classes:
    """The legend of a layer: the classes that its answers have, in the catalogue's order."""

    def __init__(
        self, layer: Layer, zones: Iterable[Zone], catalog: Catalog, styles: Styles
    ) -> None:
        self._layer = layer
        self._catalog = catalog
        self._styles = styles
        self._found: dict[tuple[int, str], MapClass] = {}
        self._keys: list[tuple[int, str]] = []
        labels: dict[str, set[str]] = {}
        for edition in layer.editions:
            for code, cls in edition.classes.items():
                labels.setdefault(code, set()).add(cls.label)
        self._regional = {code for code, said in labels.items() if len(said) > 1}
        editions = {zone.edition.id for zone in zones if zone.edition is not None}
        self._several = len(editions) > 1

    def rank(self, zone: Zone) -> int:
        """Give the rank of an answer's class, before `ordered` sorts them."""
        order, cls = self._class(zone)
        key = (order, cls.key)
        if key not in self._found:
            self._found[key] = cls
            self._keys.append(key)
        return self._keys.index(key)

    def ordered(self) -> tuple[MapClass, ...]:
        """Give the classes in the order of a legend."""
        return tuple(self._found[key] for key in sorted(self._found))

    def reranked(self, answers: Sequence[Answer]) -> tuple[Answer, ...]:
        """Give answers the ranks that their classes have once in order."""
        order = sorted(self._found)
        return tuple(answer._replace(cls=order.index(self._keys[answer.cls])) for answer in answers)

    def _class(self, zone: Zone) -> tuple[int, MapClass]:
        layer, base = self._layer, zone.base_class
        if zone.reason_code is Reason.SCHEME_NOT_IN_FORCE:
            said = detail(zone)
            return 900, self._state("non", f"{layer.short} : {said}" if said else layer.short)
        if layer.overridden_by is not None and zone.reason_code in UNLESS_ZONE and base is not None:
            return self._of_catalog(zone, base)
        if zone.verdict is Verdict.OUI and zone.zone_class is not None:
            return self._of_catalog(zone, zone.zone_class)
        if zone.verdict is Verdict.NON:
            return self._of_catalog(zone, base) if base else (900, self._state("non"))
        if zone.reason_code is Reason.PARTIAL and base is not None:
            return self._of_catalog(zone, base)
        if zone.reason_code in NO_DATA:
            return 990, self._state("non_disponible")
        if zone.items and layer.unit == "polygon":
            return 10, self._holds_zones()
        if base is not None:
            return self._last_known(zone, base)
        return 950, self._state("indetermine")

    def _of_catalog(self, zone: Zone, code: str) -> tuple[int, MapClass]:
        edition = zone.edition
        known = (edition.classes if edition else self._layer.classes)[code]
        order = list(self._layer.classes).index(code) * 10
        patterns = self._styles.patterns.get(self._layer.id, {})
        motif = patterns.get(code, patterns.get("*", known.pattern))
        key, label = code, known.label
        if edition is not None and code in self._regional and self._several:
            where = self._territory(edition)
            key = f"{code}@{edition.id}"
            label = label if where in label else f"{label} ({where})"
            order += 1 + list(self._layer.editions).index(edition) % 9
        if known.unknown:
            return 990, self._state("non_disponible")
        kind = "oui" if known.counts else "non"
        if known.partial_of is not None:
            kind = "indetermine"
        label = label.removeprefix(f"{known.short} ").strip("()") if known.short else label
        return order, MapClass(key, known.short or "", label, known.color, motif, kind)

    def _territory(self, edition: Edition) -> str:
        names = {"FR": "France", "metropole": "métropole"}
        for item in self._catalog.departements.values():
            names |= {f"region:{item.region}": item.region_nom}
            names |= {f"departement:{item.code}": item.nom}
        return ", ".join(names.get(word, word) for word in edition.territory)

    def _holds_zones(self) -> MapClass:
        first = next(iter(self._layer.classes.values()))
        label = f"Commune comptant au moins un {self._layer.short} : selon l'adresse"
        return MapClass("avec_zones", "", label, first.color, "points", "indetermine")

    def _last_known(self, zone: Zone, code: str) -> tuple[int, MapClass]:
        order, cls = self._of_catalog(zone, code)
        said = cls.short or cls.label
        return 800 + order % 100, MapClass(
            key=f"indetermine:{cls.key}",
            short="",
            label=f"Indéterminé (dernière classe connue : {said})",
            color=paler(cls.color),
            motif=self._styles.states["indetermine"].motif,
            kind="indetermine",
        )

    def _state(self, name: str, label: str | None = None) -> MapClass:
        state = self._styles.states[name]
        if label is None and name == "non" and self._styles.roles.get(self._layer.id) == "superposé":
            label = f"Hors {self._layer.short}"
        return MapClass(name, "", label or state.label, state.color, state.motif, name)


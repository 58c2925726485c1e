"""A layer of the catalogue on a day → what a map shows of it, commune by commune."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog, Edition, Layer
from zonage_geo.locate import Zone, worded
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.model import Ref
from zonage_geo.locate.zones import Part
from zonage_geo.many.memory import MemoryStore
from zonage_geo.many.parts import Refs, Rules, stub
from zonage_geo.maps.legend import Legend
from zonage_geo.maps.model import NONE, Answer, MapLayer, MapSource, Override, Perimeters, Units
from zonage_geo.maps.styles import BASE, Styles
from zonage_geo.maps.units import perimeters_of
from zonage_geo.render.words import detail, is_to_check, source_line
from zonage_geo.store.query import Store
from zonage_geo.territory import ARRONDISSEMENT_CITIES, STORE_DAY, commune_of
from zonage_geo.verdict import Verdict

__all__ = ["Asked", "says_something"]

Ints = NDArray[np.int32]
AROUND = 0.03
"""Degrees around the communes: more than the radius of a place and the accuracy of a border."""


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
    around : bool
        Whether perimeters a little outside the communes are wanted too: an address near the
        edge of the map is tried against them.
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        units: Units,
        day: date,
        styles: Styles,
        *,
        around: bool = False,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._units = units
        self._day = day
        self._styles = styles
        self._margin = AROUND if around else 0.0
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
        parts, of = self._parts(layer)
        place = stub([Ref("", STORE_DAY)], "commune", outside=False)
        zones = [worded(layer, part, place, self._day) for part in parts]
        classes = Legend(layer, zones, self._catalog, self._styles)
        sources = _Sources(self._catalog)
        answers = tuple(_answer(zone, classes.rank(zone), sources.rank(zone)) for zone in zones)
        return MapLayer(
            id=layer.id,
            short=layer.short,
            title=layer.title,
            group="zonages",
            role=self._styles.roles.get(layer.id, BASE),
            day=self._day,
            classes=classes.ordered(),
            answers=classes.reranked(answers),
            of=of,
            sources=tuple(sources.list),
            notes=layer.notes,
            perimeters=self._perimeters(layer, _speaking(parts)),
            polygon=layer.unit == "polygon",
            **_sectors(layer, answers, of),
            override=self._override(layer, sources.editions),
        )

    def _override(self, layer: Layer, editions: Sequence[Edition]) -> Override | None:
        over = self._catalog.layers.get(layer.overridden_by or "")
        if over is None or not in_force(over, self._day):
            return None
        return Override(
            over.id,
            tuple(
                {
                    "classes": list(edition.zone_classes),
                    "loaded": self._loaded(edition.zone_class_source),
                    "complete": edition.zone_classes_complete,
                    "counting": [code for code, cls in edition.classes.items() if cls.counts],
                }
                for edition in editions
            ),
        )

    def _loaded(self, source: str | None) -> bool:
        return source is not None and self._store.has_list(source.partition(":")[2])

    def _parts(self, layer: Layer) -> tuple[list[Part], Ints]:
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
        parts = rules.outcomes[layer.id]
        return [parts[rank] for rank in used.tolist()], of.astype(np.int32)

    def _perimeters(self, layer: Layer, speaking: Mapping[str, Edition]) -> Perimeters | None:
        if not speaking:
            return None
        found = perimeters_of(
            self._store,
            layer.id,
            set(speaking),
            self._units,
            accuracy_m=max(e.accuracy_m for e in speaking.values()),
            complete=all(e.complete for e in speaking.values()),
            margin=self._margin,
        )
        return found._replace(classes=self._own_classes(layer, found)) if found else None

    def _own_classes(self, layer: Layer, found: Perimeters) -> list[str]:
        """Give the class that each zone has of its own, that day, in the layer it overrides."""
        lists = [
            edition.zone_class_source.partition(":")[2]
            for over in self._catalog.layers.values()
            if over.overridden_by == layer.id
            for edition in _speaking(self._parts(over)[0]).values()
            if edition.zone_class_source is not None
        ]
        loaded = [name for name in lists if self._store.has_list(name)]
        return [
            next(filter(None, (self._store.membership(name, code) for name in loaded)), "")
            for code in found.codes
        ]


def _speaking(parts: Sequence[Part]) -> dict[str, Edition]:
    """Give the editions that stand on the day, wherever they are asked; by id."""
    editions = {part.edition.id: part.edition for part in parts if part.edition is not None}
    doubtful = {p.edition.id for p in parts if p.edition is not None and p.state != "current"}
    return {name: edition for name, edition in editions.items() if name not in doubtful}


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
    """Give its number to a commune; an arrondissement is its city with only it possible."""
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


def _sectors(layer: Layer, answers: Sequence[Answer], of: Ints) -> dict[str, Any]:
    """Tell the sector of each commune, the first where it has several, to draw their outlines."""
    if not layer.zoned:
        return {}
    names = {code: nom or code for answer in answers for code, nom in answer.items}
    order = {code: rank for rank, code in enumerate(names)}
    first = [order[answer.items[0][0]] if answer.items else NONE for answer in answers]
    sector_of = np.array(first, dtype=np.int32)[of]
    return {"sectors": tuple(names.values()), "sector_of": sector_of}


class _Sources:
    """The editions that answer, each once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._ranks: dict[str, int] = {}
        self.list: list[MapSource] = []
        self.editions: list[Edition] = []

    def rank(self, zone: Zone) -> int:
        """Give the rank of an answer's edition; -1 where it has none."""
        edition, line = zone.edition, source_line(zone)
        if edition is None or line is None:
            return NONE
        if edition.id not in self._ranks:
            self._ranks[edition.id] = len(self.list)
            self.editions.append(edition)
            said = line.removeprefix(f"{edition.title} : ")
            self.list.append(
                MapSource(edition.title, said, edition.licence, edition.url, edition.doubts)
            )
        return self._ranks[edition.id]

"""What an answer is drawn as: a class of the catalogue, or one of the states that say nothing sure.

The base class of a commune is drawn where only one of its quarters may differ; everything else
that is not sure has a class of its own, with a pattern, in the legend.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.locate import Zone
from zonage_geo.maps.model import Answer, MapClass, paler
from zonage_geo.maps.styles import OVER, Styles
from zonage_geo.render.words import detail
from zonage_geo.verdict import Reason, Verdict

__all__ = ["Legend"]

UNLESS_ZONE = (
    Reason.QPV_CLASS_UNKNOWN,
    Reason.ZONE_PERIMETER_UNKNOWN,
    Reason.PRECISION_INSUFFICIENT,
    Reason.ZONE_LIST_INCOMPLETE,
    Reason.NEAR_ZONE_BORDER,
)
"""What zones of another layer leave open: the commune's own class is drawn, the sheet says so."""
NO_DATA = (Reason.NO_EDITION, Reason.CLASS_UNAVAILABLE)
LAST_KNOWN_RANK, NONE_RANK, UNSURE_RANK, NO_DATA_RANK = 800, 900, 950, 990
"""Places in a legend, after the classes of the catalogue, ten apart."""


class Legend:
    """The classes that a layer's answers have, in the catalogue's order.

    Parameters
    ----------
    layer : Layer
        The layer.
    zones : iterable of Zone
        Its distinct answers.
    catalog : Catalog
        For names of territories.
    styles : Styles
        For patterns, and for what is no class.
    """

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
        """Give the rank of an answer's class, before `ordered` sorts them.

        Parameters
        ----------
        zone : Zone
            One of the answers.

        Returns
        -------
        int
            In the order in which classes were met.
        """
        order, cls = self._class(zone)
        key = (order, cls.key)
        if key not in self._found:
            self._found[key] = cls
            self._keys.append(key)
        return self._keys.index(key)

    def ordered(self) -> tuple[MapClass, ...]:
        """Give the classes in the order of a legend.

        Returns
        -------
        tuple of MapClass
            Those of the catalogue first, then what is not sure.
        """
        return tuple(self._found[key] for key in sorted(self._found))

    def reranked(self, answers: Sequence[Answer]) -> tuple[Answer, ...]:
        """Give answers the ranks that their classes have once in order.

        Parameters
        ----------
        answers : sequence of Answer
            Their class by `rank`.

        Returns
        -------
        tuple of Answer
            Their class by rank in `ordered`.
        """
        order = sorted(self._found)
        return tuple(answer._replace(cls=order.index(self._keys[answer.cls])) for answer in answers)

    def _class(self, zone: Zone) -> tuple[int, MapClass]:
        """Choose what an answer is drawn as, and its rank in the legend."""
        if (code := self._plain_code(zone)) is not None:
            return self._of_catalog(zone, code)
        if zone.reason_code is Reason.SCHEME_NOT_IN_FORCE:
            return NONE_RANK, self._state("non", f"{self._layer.short} : {detail(zone)}")
        if zone.verdict is Verdict.NON:
            return NONE_RANK, self._state("non")
        return self._unsure(zone)

    def _unsure(self, zone: Zone) -> tuple[int, MapClass]:
        if zone.reason_code in NO_DATA:
            return NO_DATA_RANK, self._state("non_disponible")
        if zone.items and self._layer.unit == "polygon":
            return 10, self._holds_zones()
        if zone.base_class is not None:
            return self._last_known(zone, zone.base_class)
        return UNSURE_RANK, self._state("indetermine")

    def _plain_code(self, zone: Zone) -> str | None:
        """Give the class that the commune is drawn in, where the list says one that stands."""
        base = zone.base_class
        if self._layer.overridden_by is not None and zone.reason_code in UNLESS_ZONE and base:
            return base
        if zone.verdict is Verdict.OUI:
            return zone.zone_class
        stands = zone.verdict is Verdict.NON or zone.reason_code is Reason.PARTIAL
        return base if stands else None

    def _of_catalog(self, zone: Zone, code: str) -> tuple[int, MapClass]:
        edition = zone.edition
        known = (edition.classes if edition else self._layer.classes)[code]
        order = list(self._layer.classes).index(code) * 10
        patterns = self._styles.patterns.get(self._layer.id, {})
        motif = patterns.get(code, patterns.get("*", known.pattern))
        key, label = code, known.label
        if known.short and label.startswith(f"{known.short} "):
            label = label.removeprefix(f"{known.short} ")  # the legend writes it itself
            label = label[1:-1] if (label[0], label[-1]) == ("(", ")") else label
        if edition is not None and code in self._regional and self._several:
            where = self._catalog.territory_names(edition.territory)
            key = f"{code}@{edition.id}"
            label = label if where in label else f"{label} ({where})"
            order += 1 + list(self._layer.editions).index(edition) % 9
        if known.unknown:
            return NO_DATA_RANK, self._state("non_disponible")
        kind = "oui" if known.counts else "non"
        if known.partial_of is not None:
            kind = "indetermine"
        short = known.short if known.short and known.short != known.label else ""
        return order, MapClass(key, short, label, known.color, motif, kind)

    def _holds_zones(self) -> MapClass:
        first = next(iter(self._layer.classes.values()))
        label = f"Commune comptant au moins un {self._layer.short} : selon l'adresse"
        return MapClass("avec_zones", "", label, first.color, "points", "indetermine")

    def _last_known(self, zone: Zone, code: str) -> tuple[int, MapClass]:
        order, cls = self._of_catalog(zone, code)
        said = cls.short or cls.label
        return LAST_KNOWN_RANK + order % 100, MapClass(
            key=f"indetermine:{cls.key}",
            short="",
            label=f"Indéterminé (dernière classe connue : {said})",
            color=paler(cls.color),
            motif=self._styles.states["indetermine"].motif,
            kind="indetermine",
        )

    def _state(self, name: str, label: str | None = None) -> MapClass:
        state = self._styles.states[name]
        over = self._styles.roles.get(self._layer.id) == OVER
        if label is None and name == "non" and over:
            label = f"Hors {self._layer.short}"
        return MapClass(name, "", label or state.label, state.color, state.motif, name)

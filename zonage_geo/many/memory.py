"""A store whose lists and events are held in memory: what one asks a million times."""

from __future__ import annotations

from zonage_geo.store.query import Store
from zonage_geo.territory import Timeline

__all__ = ["MemoryStore"]


class MemoryStore(Store):
    """A store that reads each list once.

    Parameters
    ----------
    store : Store
        An open store, which stays its owner's to close.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store._db, store.path)  # noqa: SLF001  (the same store, seen otherwise)
        self._members: dict[str, dict[str, str]] = {}
        self._zones: dict[str, dict[str, list[tuple[str, str]]]] = {}
        self._drawn: dict[tuple[str, str], frozenset[str]] = {}
        self.timeline = Timeline.of(self.changes())

    def membership(self, name: str, code: str) -> str | None:
        """Give the class of a code in a list."""
        if name not in self._members:
            self._members[name] = self.whole_list(name)
        return self._members[name].get(code)

    def zones_of(self, name: str, commune: str) -> list[tuple[str, str]]:
        """List the zones that a commune holds."""
        if name not in self._zones:
            self._zones[name] = self.whole_zone_list(name)
        return self._zones[name].get(commune, [])

    def drawn_zones(self, layer: str, edition: str) -> frozenset[str]:
        """Tell which of an edition's zones have their perimeter loaded."""
        if (layer, edition) not in self._drawn:
            self._drawn[layer, edition] = super().drawn_zones(layer, edition)
        return self._drawn[layer, edition]

    def has_perimeters(self, layer: str, edition: str) -> bool:
        """Tell whether an edition's perimeters are loaded."""
        return bool(self.drawn_zones(layer, edition))

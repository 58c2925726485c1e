"""A store whose lists and events are held in memory: what one asks a million times."""

from __future__ import annotations

from zonage_geo.store.query import Store
from zonage_geo.territory import Change, Timeline

__all__ = ["MemoryStore"]


class MemoryStore(Store):
    """A store that reads each list once, at once: threads may then ask it.

    Parameters
    ----------
    store : Store
        An open store, which stays its owner's to close.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store._db, store.path)  # noqa: SLF001  (the same store, seen otherwise)
        self._members: dict[str, dict[str, str]] = {}
        for name, code, cls in self._rows("SELECT list, code, class FROM memberships"):
            self._members.setdefault(name, {})[code] = cls
        self._held: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for name, commune, zone, nom in self._rows(
            "SELECT list, commune, zone, nom FROM zone_lists ORDER BY zone"
        ):
            self._held.setdefault(name, {}).setdefault(commune, []).append((zone, nom))
        drawn: dict[tuple[str, str], set[str]] = {}
        if self._has_zones:
            for layer, edition, code in self._rows("SELECT layer, edition, code FROM zones"):
                drawn.setdefault((layer, edition), set()).add(code)
        self._drawn = {key: frozenset(codes) for key, codes in drawn.items()}
        self._events = super().changes()
        self._names = dict(self._rows("SELECT code, nom FROM cog_communes"))
        self.timeline = Timeline.of(self._events)

    def changes(self) -> list[Change]:
        """Give every event between communes.

        Returns
        -------
        list of Change
            Oldest first.
        """
        return self._events

    def membership(self, name: str, code: str) -> str | None:
        """Give the class of a code in a list.

        Parameters
        ----------
        name, code : str
            The list, and a code.

        Returns
        -------
        str or None
            Its class.
        """
        return self._members.get(name, {}).get(code)

    def zones_of(self, name: str, commune: str) -> list[tuple[str, str]]:
        """List the zones that a commune holds.

        Parameters
        ----------
        name, commune : str
            The list, and a commune of its vintage.

        Returns
        -------
        list of tuple
            Code and name, by code.
        """
        return self._held.get(name, {}).get(commune, [])

    def drawn_zones(self, layer: str, edition: str) -> frozenset[str]:
        """Tell which of an edition's zones have their perimeter loaded.

        Parameters
        ----------
        layer, edition : str
            Their ids.

        Returns
        -------
        frozenset of str
            Codes of zones.
        """
        return self._drawn.get((layer, edition), frozenset())

    def has_perimeters(self, layer: str, edition: str) -> bool:
        """Tell whether an edition's perimeters are loaded.

        Parameters
        ----------
        layer, edition : str
            Their ids.

        Returns
        -------
        bool
            True where at least one is.
        """
        return (layer, edition) in self._drawn

    def commune_name(self, code: str) -> str | None:
        """Name a commune of the store's vintage.

        Parameters
        ----------
        code : str
            INSEE code.

        Returns
        -------
        str or None
            With its article.
        """
        return self._names.get(code)

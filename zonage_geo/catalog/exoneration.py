"""The exemption that a layer's zones may open, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["Exoneration"]


class Exoneration(NamedTuple):
    """Which classes, of another layer, make a zone made of communes open an exemption.

    Attributes
    ----------
    legal : str
        The law, in French.
    layer : str
        The layer whose classes count.
    levels : tuple of str
        Those classes: one commune that has one of them is enough.
    levels_source : str
        Who says so.
    quarters : str
        ``oui``, ``non`` or ``indéterminé``: whether a quarter counts whose own class is one of
        them, in a commune whose class is not.
    quarters_source : str
        What that follows from.
    regions : mapping of str to tuple
        By région where others count: the classes, and who says so.
    """

    legal: str
    layer: str
    levels: tuple[str, ...]
    levels_source: str
    quarters: str
    quarters_source: str
    regions: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType({})

    def levels_in(self, region: str | None) -> tuple[tuple[str, ...], str]:
        """Give the classes that count in a région, and who says so.

        Parameters
        ----------
        region : str or None
            Its code.

        Returns
        -------
        tuple
            The région's own, or those of everywhere.
        """
        return self.regions.get(region or "", (self.levels, self.levels_source))

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Exoneration:
        """Rebuild it from plain data.

        Parameters
        ----------
        plain : mapping
            As the layer's TOML has it.

        Returns
        -------
        Exoneration
            The same.
        """
        regions = {
            code: (tuple(one["levels"]), one["source"])
            for code, one in plain.get("regions", {}).items()
        }
        return cls(**{**plain, "levels": tuple(plain["levels"]), "regions": regions})

"""What a place or a territory opens: where the aids' rules meet the store."""

from __future__ import annotations

from zonage_geo.openings.place import Opening, place_aids, situated_aids

__all__ = ["Opening", "place_aids", "situated_aids"]

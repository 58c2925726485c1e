"""What a place or a territory opens: where the aids' rules meet the store."""

from __future__ import annotations

from zonage_geo.openings.place import Desk, Opening, place_aids, situated_aids

__all__ = ["Desk", "Opening", "place_aids", "situated_aids"]

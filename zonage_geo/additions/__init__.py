"""The user's files, put into the store: read, cleaned, kept apart, then applied.

What a file brings is written first to ``processed/ajouts/`` (``store.additions``), then to
the store; the first survives whatever becomes of the second.
"""

from __future__ import annotations

from zonage_geo.additions.request import Request, find_file
from zonage_geo.additions.service import Outcome, add, official_requests, remove
from zonage_geo.additions.wanted import NothingThereError

__all__ = [
    "NothingThereError",
    "Outcome",
    "Request",
    "add",
    "find_file",
    "official_requests",
    "remove",
]

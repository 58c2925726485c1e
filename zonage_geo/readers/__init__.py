"""Any file that an agency sends, as a clean table and an account of its every row."""

from __future__ import annotations

from zonage_geo.readers.dispatch import read
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import Loaded, ReadReport

__all__ = ["Loaded", "ReadError", "ReadReport", "read"]

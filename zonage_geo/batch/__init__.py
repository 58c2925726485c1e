"""Files of places in, the same files with their zones out: one row a row, in order.

Files are read, answered and written a chunk at a time, so that memory does not grow with them.
"""

from __future__ import annotations

from zonage_geo.batch.model import CHUNK, Asked
from zonage_geo.batch.service import check_output, prepare, run
from zonage_geo.batch.tally import Tally

__all__ = ["CHUNK", "Asked", "Tally", "check_output", "prepare", "run"]

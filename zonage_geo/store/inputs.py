"""What a store is built from, as one fingerprint: a store with another one is rebuilt."""

from __future__ import annotations

import hashlib
from pathlib import Path

from zonage_geo.catalog.files import catalog_files

__all__ = ["inputs_digest"]

PACKAGE = Path(__file__).resolve().parents[1]


def inputs_digest() -> str:
    """Fingerprint the catalogue, the shipped facts and the package's description.

    Returns
    -------
    str
        The sha256 over names and bytes; nothing is parsed nor decompressed.
    """
    facts = sorted(p for p in (PACKAGE / "facts").iterdir() if p.suffix in (".bz2", ".toml"))
    digest = hashlib.sha256()
    for path in (*catalog_files(), *facts, PACKAGE / "package.toml"):
        digest.update(path.name.encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()

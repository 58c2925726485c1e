"""Which files make the catalogue, and their fingerprint; no TOML is read here."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["FOLDER", "catalog_digest", "catalog_files"]

FOLDER = Path(__file__).parent


def catalog_files(folder: Path = FOLDER) -> list[Path]:
    """List the files that make the catalogue, in a stable order.

    Parameters
    ----------
    folder : Path
        The catalogue's folder: one TOML a layer, and ``common/`` beside them.

    Returns
    -------
    list of Path
        Layers first, then the common files.
    """
    return [*sorted(folder.glob("*.toml")), *sorted((folder / "common").glob("*.toml"))]


def catalog_digest(folder: Path = FOLDER) -> str:
    """Fingerprint the catalogue's files.

    Parameters
    ----------
    folder : Path
        The catalogue's folder.

    Returns
    -------
    str
        The sha256, hexadecimal.
    """
    digest = hashlib.sha256()
    for path in catalog_files(folder):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()

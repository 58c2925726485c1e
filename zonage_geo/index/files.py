"""An index on disk: one file, mapped into memory rather than read.

Layout, little-endian: the eight bytes of `MAGIC`; the length of the header and its CRC-32, eight
bytes each; the header, JSON in UTF-8; then every array of `Tables`, raw, each at a multiple
of 64 bytes. The header says how long each array is and what its CRC-32 is; what kind of
numbers it holds is said here, not there, and nothing is unpickled.
"""

from __future__ import annotations

import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from zonage_geo.errors import StoreError, remedy
from zonage_geo.french import os_words
from zonage_geo.index.grid import Grid
from zonage_geo.index.tables import BORDER_ROW, Tables

__all__ = ["VERSION", "load", "save"]

MAGIC = b"ZGINDEX\n"
VERSION = 3
_ALIGNED = 64
_PREFIX = len(MAGIC) + 16
_MAX_HEADER = 2**20

_KINDS: Mapping[str, np.dtype[Any]] = {
    "tile": np.dtype("<i4"),
    "cell": np.dtype("<i4"),
    "border_start": np.dtype("<i8"),
    "border_word": np.dtype("<f8"),
    "border_set": np.dtype("<i4"),
    "border_row": BORDER_ROW,
    "border_counted": np.dtype("?"),
    "edge_ends": np.dtype("<f8"),
    "edge_word": np.dtype("<f8"),
    "owner_start": np.dtype("<i8"),
    "owner": np.dtype("<i4"),
    "owner_sign": np.dtype("i1"),
    "square_frame": np.dtype("<f8"),
    "square_row": np.dtype("<i8"),
    "square_west": np.dtype("<i8"),
    "square_start": np.dtype("<i8"),
    "square_edge": np.dtype("<i4"),
    "set_start": np.dtype("<i8"),
    "set_member": np.dtype("<i4"),
}


def save(tables: Tables, path: Path, fingerprint: str) -> None:
    """Write an index: beside its place first, then into it in one go.

    Parameters
    ----------
    tables : Tables
        The index.
    path : Path
        The file; one that is there is replaced.
    fingerprint : str
        What it was built from, for `load` to check.

    Raises
    ------
    StoreError
        If it cannot be written; what was there is untouched.
    """
    arrays = {name: np.ascontiguousarray(getattr(tables, name), k) for name, k in _KINDS.items()}
    header = json.dumps(
        {
            "version": VERSION,
            "fingerprint": fingerprint,
            "polygons": tables.polygons,
            "grid": asdict(tables.grid),
            "arrays": {
                name: {"length": array.size, "crc": zlib.crc32(_bytes(array))}
                for name, array in arrays.items()
            },
        }
    ).encode()
    unfinished = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            unfinished = Path(file.name)
            file.write(MAGIC + b"".join(_number(n) for n in (len(header), zlib.crc32(header))))
            file.write(header)
            for array in arrays.values():
                file.write(bytes(-file.tell() % _ALIGNED))
                file.write(_bytes(array))
        unfinished.replace(path)
    except OSError as error:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        raise StoreError(
            f"{path} : écriture de l'index impossible ({os_words(error)}). {remedy(error)}, "
            "puis recommencez."
        ) from error


def load(path: Path, *, fingerprint: str | None, mmap: bool, check: bool) -> tuple[Tables, str]:
    """Open an index.

    Parameters
    ----------
    path : Path
        The file.
    fingerprint : str or None
        What it must have been built from; None to take any.
    mmap : bool
        Whether to map it into memory, shared between processes, rather than read it.
    check : bool
        Whether to compare every array with its checksum, some tenth of a second for France.

    Returns
    -------
    tuple of Tables and str
        The index and its fingerprint.

    Raises
    ------
    StoreError
        If the file is absent, foreign, cut short, altered, of another version, or was built
        from something else.
    """
    try:
        with path.open("rb") as file:
            header, end = _header(path, file)
            size = os.fstat(file.fileno()).st_size
        if header["version"] != VERSION:
            raise StoreError(_again(path, f"index d'une autre version ({header['version']})"))
        if fingerprint is not None and header["fingerprint"] != fingerprint:
            raise StoreError(_again(path, "index d'autres contours que ceux du magasin"))
        tables = _tables(path, header, end, size, mmap=mmap, check=check)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(
            _again(path, f"lecture de l'index impossible ({os_words(error)})")
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(_again(path, f"index illisible ({error})")) from error
    return tables, str(header["fingerprint"])


def _again(path: Path, what: str) -> str:
    return f"{path} : {what}. Supprimez ce fichier : l'index sera reconstruit."


def _number(value: int) -> bytes:
    return value.to_bytes(8, "little")


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _header(path: Path, file: IO[bytes]) -> tuple[dict[str, Any], int]:
    """Read the header, and say where it ends."""
    start = file.read(_PREFIX)
    if not start.startswith(MAGIC):
        msg = f"{path} n'est pas un index zonage_geo ; il n'est pas touché."
        raise StoreError(msg)
    length, crc = (int.from_bytes(start[at : at + 8], "little") for at in (8, 16))
    text = file.read(min(length, _MAX_HEADER))
    if len(start) < _PREFIX or len(text) != length or zlib.crc32(text) != crc:
        raise StoreError(_again(path, "index tronqué ou altéré"))
    header: dict[str, Any] = json.loads(text)
    return header, _PREFIX + length


def _tables(
    path: Path, header: dict[str, Any], end: int, size: int, *, mmap: bool, check: bool
) -> Tables:
    places: dict[str, tuple[int, int]] = {}
    for name, kind in _KINDS.items():
        end += -end % _ALIGNED
        length = header["arrays"][name]["length"]
        places[name] = (end, length)
        end += length * kind.itemsize
    if size != end:
        raise StoreError(_again(path, f"index tronqué ou altéré ({size} octets au lieu de {end})"))
    content: NDArray[np.uint8] = (
        np.memmap(path, np.uint8, "r") if mmap else np.fromfile(path, np.uint8)
    )
    arrays: dict[str, NDArray[Any]] = {
        name: np.ndarray(length, _KINDS[name], content.data, at)
        for name, (at, length) in places.items()
    }
    if check and any(
        zlib.crc32(_bytes(array)) != header["arrays"][name]["crc"] for name, array in arrays.items()
    ):
        raise StoreError(_again(path, "index altéré"))
    arrays["edge_ends"] = arrays["edge_ends"].reshape(-1, 4)
    return Tables(grid=Grid(**header["grid"]), polygons=int(header["polygons"]), **arrays)


assert set(_KINDS) == {field.name for field in fields(Tables)} - {"grid", "polygons"}  # noqa: S101

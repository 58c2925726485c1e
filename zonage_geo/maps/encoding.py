"""Numbers and texts in few bytes, that a page reads back without any library.

Integers: differences, zigzag (0, -1, 1, -2, … → 0, 1, 2, 3, …), seven bits a byte, the high
bit set but on the last byte (LEB128). Then zlib, then base64: the browser has the way back
(``atob``, ``DecompressionStream("deflate")``).
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zonage_geo.maps.topology import Arcs

__all__ = ["encode_arcs", "packed", "packed_json", "varints", "zigzag"]

Ints = NDArray[np.int64]


def zigzag(values: ArrayLike) -> Ints:
    """Make small numbers of either sign into small natural numbers.

    Parameters
    ----------
    values : array_like of int
        Any.

    Returns
    -------
    ndarray of int64
        ``2 v`` for v ≥ 0, ``-2 v - 1`` below.
    """
    numbers = np.asarray(values, dtype=np.int64)
    return (numbers << 1) ^ (numbers >> 63)


def varints(values: ArrayLike) -> bytes:
    """Write natural numbers, seven bits a byte, low bits first.

    Parameters
    ----------
    values : array_like of int
        Not negative.

    Returns
    -------
    bytes
        LEB128.
    """
    rest = np.asarray(values, dtype=np.int64).ravel()
    if not len(rest):
        return b""
    columns = []
    more = np.ones(len(rest), dtype=bool)
    while more.any():
        low = rest & 0x7F
        rest = rest >> 7
        columns.append(np.where(more, low | np.where(rest > 0, 0x80, 0), -1))
        more &= rest > 0
    table = np.column_stack(columns)
    return table[table >= 0].astype(np.uint8).tobytes()


def encode_arcs(arcs: Arcs, labels: ArrayLike | None = None) -> bytes:
    """Write arcs, rings, and where labels go.

    Parameters
    ----------
    arcs : Arcs
        Of a map.
    labels : array_like of int, shape (units, 2), optional
        A point of each unit, in steps of the grid.

    Returns
    -------
    bytes
        Numbers of arcs and units; the arcs' numbers of points; all coordinates, x then y, each
        the difference from the one before it in the whole list; each unit's number of rings;
        each ring's number of arcs; all references, by differences; label points, by
        differences.
    """
    lengths = [len(points) for points in arcs.points]
    xy = np.vstack(arcs.points) if arcs.points else np.empty((0, 2), dtype=np.int64)
    refs = [ref for unit in arcs.rings for ring in unit for ref in ring]
    spots = np.asarray([] if labels is None else labels, dtype=np.int64).reshape(-1, 2)
    pieces = [
        np.array([len(lengths), len(arcs.rings)]),
        np.array(lengths, dtype=np.int64),
        zigzag(_differences(xy[:, 0])),
        zigzag(_differences(xy[:, 1])),
        np.array([len(unit) for unit in arcs.rings], dtype=np.int64),
        np.array([len(ring) for unit in arcs.rings for ring in unit], dtype=np.int64),
        zigzag(_differences(refs)),
        np.array([len(spots)]),
        zigzag(_differences(spots[:, 0])),
        zigzag(_differences(spots[:, 1])),
    ]
    return varints(np.concatenate(pieces))


def _differences(values: ArrayLike) -> Ints:
    numbers = np.asarray(values, dtype=np.int64)
    return np.diff(numbers, prepend=np.int64(0))


def packed(content: bytes) -> str:
    """Compress bytes into text.

    Parameters
    ----------
    content : bytes
        Any.

    Returns
    -------
    str
        Base64 of a zlib stream: letters, digits, ``+``, ``/`` and ``=``, safe in any HTML.
    """
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")


def packed_json(content: Any) -> str:  # noqa: ANN401  (anything JSON has)
    """Compress plain data into text.

    Parameters
    ----------
    content : object
        Of dicts, lists, texts, finite numbers, booleans and None.

    Returns
    -------
    str
        As `packed`; names may hold quotes, ``</script>`` or HTML, none of it shows.
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return packed(text.encode("utf-8"))

"""What an index holds: plain arrays, as they are searched and as they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zonage_geo.index.exact import Floats
from zonage_geo.index.grid import Grid

__all__ = ["BORDER_ROW", "Tables"]

BORDER_ROW = np.dtype(
    [
        ("low", "<f8"),
        ("high", "<f8"),
        ("across", "<f4"),
        ("up", "<f4"),
        ("offset", "<f4"),
        ("edge", "<i4"),
    ]
)
"""An edge as one cell sees it, 32 bytes. It counts for points from latitude ``low``
included to ``high`` excluded, where ``across * u + up * v + offset >= 0``: the distance in
cells, positive to the east, between the edge's line and the point at ``u, v`` in the cell."""


@dataclass(frozen=True)
class Tables:
    """The arrays of an index.

    Attributes
    ----------
    grid : Grid
        Where cells lie.
    polygons : int
        How many there are.
    tile : ndarray of int32, shape (tile rows * tile columns,)
        Where in ``cell`` each tile starts.
    cell : ndarray of int32
        A set of polygons (0: none; 1 to ``polygons``: that one alone; above: a row of
        ``set_start``), or, below 0, ``~`` the rank of a border cell.
    border_start : ndarray of int64, shape (border cells + 1,)
        Where the edges of each border cell start in ``border_row``.
    border_word : ndarray of float64, shape (border cells,)
        The word of a point of the cell that is east of none of the cell's edges.
    border_set : ndarray of int32, shape (border cells,)
        The set of polygons that hold the cell's reference point.
    border_row : ndarray of BORDER_ROW
        Edges of border cells.
    border_counted : ndarray of bool
        Whether the edge counts for the cell's reference point.
    edge_ends : ndarray of float64, shape (edges, 4)
        As in `EdgeTable`, with the four that follow.
    edge_word : ndarray of float64, shape (edges,)
        What crossing the edge eastwards adds to a word.
    owner_start : ndarray of int64, shape (edges + 1,)
        Where the owners of each edge start.
    owner : ndarray of int32
        Polygons.
    owner_sign : ndarray of int8
        +1 for the polygon on the edge's right, -1 on its left.
    square_frame, square_row, square_west, square_start, square_edge : ndarray
        As in `Squares`.
    set_start : ndarray of int64, shape (sets of several + 1,)
        Where the members of each set of several polygons start.
    set_member : ndarray of int32
        Polygons, in order within their set.
    """

    grid: Grid
    polygons: int
    tile: NDArray[np.int32]
    cell: NDArray[np.int32]
    border_start: NDArray[np.int64]
    border_word: Floats
    border_set: NDArray[np.int32]
    border_row: NDArray[Any]
    border_counted: NDArray[np.bool_]
    edge_ends: Floats
    edge_word: Floats
    owner_start: NDArray[np.int64]
    owner: NDArray[np.int32]
    owner_sign: NDArray[np.int8]
    square_frame: Floats
    square_row: NDArray[np.int64]
    square_west: NDArray[np.int64]
    square_start: NDArray[np.int64]
    square_edge: NDArray[np.int32]
    set_start: NDArray[np.int64]
    set_member: NDArray[np.int32]

"""The house: a room imports only from floors below its own, none outgrows its walls."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "zonage_geo"

FLOORS = (
    {"errors", "french", "verdict", "dates", "geometry", "report"},
    {"aids", "facts", "catalog", "settings", "territory"},
    {"normalise", "sources", "progress", "unpacking"},
    {"store", "readers", "download"},
    {"geocoding", "additions"},
    {"locate", "layers", "index"},
    {"render", "many", "proximity", "selection"},
    {"colophon"},
    {"batch", "openings", "overlay", "lists"},
    {"pdsa", "indicators"},
    {"coverage", "compare", "exports"},
    {"analyses", "maps"},
    {"atlas"},
    {"cli"},
    {"__init__", "__main__"},
)
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
MAX_LINES = 560
"""Some 500 lines, docstrings included; a room that grows past it becomes a folder."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Name the rooms that a module imports, inside functions too, for typing apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zonage_geo"):
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_from_the_floors_below(path: Path) -> None:
    room = room_of(path)
    for other in imported(path) - {room}:
        assert FLOOR[other] < FLOOR[room] or (FLOOR[other] == FLOOR[room] <= 2), (
            f"{path.name} ({room}) imports {other}"
        )


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_room_outgrows_its_walls(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_every_room_has_its_floor() -> None:
    assert {room_of(path) for path in modules()} == set(FLOOR)

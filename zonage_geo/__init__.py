"""Which French health-policy zonings apply to a place, at a date, and how sure that is.

``open`` gives an `Atlas`, the face for notebooks; ``python -m zonage_geo`` is the face for
shells. Importing this package imports nothing heavy: names are resolved when asked (PEP 562).
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it; importing typing costs more than all the rest
if TYPE_CHECKING:
    from zonage_geo.atlas import Atlas, open  # noqa: A004
    from zonage_geo.errors import (
        CatalogError,
        InputError,
        PlaceNotFoundError,
        SettingsError,
        SourceError,
        StoreError,
        ZonageError,
    )
    from zonage_geo.territory.calendar import detect_vintage
    from zonage_geo.territory.passage import passage
    from zonage_geo.verdict import Reason, Verdict

__all__ = [
    "Atlas",
    "CatalogError",
    "InputError",
    "PlaceNotFoundError",
    "Reason",
    "SettingsError",
    "SourceError",
    "StoreError",
    "Verdict",
    "ZonageError",
    "detect_vintage",
    "open",
    "passage",
]

_HOMES = {
    "Atlas": "zonage_geo.atlas",
    "open": "zonage_geo.atlas",
    "detect_vintage": "zonage_geo.territory.calendar",
    "passage": "zonage_geo.territory.passage",
    "Reason": "zonage_geo.verdict",
    "Verdict": "zonage_geo.verdict",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("zonage_geo")
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "zonage_geo.errors")), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

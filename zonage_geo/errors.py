"""Every error this package raises on purpose, under one root.

Each error is also a builtin's subclass, so that code which knows nothing of us still
catches it for what it is, and carries the exit code that the shell face answers with.
Messages are in French: they are read by the people who use the tool.
"""

from __future__ import annotations

import errno

__all__ = [
    "CatalogError",
    "InputError",
    "PlaceNotFoundError",
    "SettingsError",
    "SourceError",
    "StoreError",
    "SwappedPointError",
    "ZonageError",
    "remedy",
]


class ZonageError(Exception):
    """Root of the errors raised by ``zonage_geo``.

    Attributes
    ----------
    exit_code : int
        What ``python -m zonage_geo`` exits with: 2 bad usage or input, 3 place not
        found, 4 data missing or store not buildable.
    """

    exit_code = 2


class InputError(ZonageError, ValueError):
    """A value given by the user cannot be understood (date, coordinates, code)."""


class SwappedPointError(InputError):
    """A latitude given for a longitude, and the other way round.

    Parameters
    ----------
    message : str
        What happened, in French.
    lat, lon : float
        The point as it is meant, in degrees: each face says how it is asked for.

    Attributes
    ----------
    lat, lon : float
        The same.
    """

    def __init__(self, message: str, lat: float, lon: float) -> None:
        super().__init__(message)
        self.lat = lat
        self.lon = lon


class SettingsError(ZonageError, ValueError):
    """An environment variable of ours is unknown or has an unusable value."""


class CatalogError(ZonageError, ValueError):
    """A catalogue file breaks the format; the message starts with its path."""

    exit_code = 4


class PlaceNotFoundError(ZonageError, LookupError):
    """No place, or more than one, answers the question.

    Parameters
    ----------
    message : str
        What happened and what to do, in French.
    candidates : tuple of str
        Places to choose from.

    Attributes
    ----------
    candidates : tuple of str
        Places to choose from, best first; empty when nothing comes near.
    """

    exit_code = 3

    def __init__(self, message: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.candidates = candidates


class StoreError(ZonageError, OSError):
    """The store cannot be opened, read or written."""

    exit_code = 4


class SourceError(ZonageError, OSError):
    """A source that the store is built from cannot be had, or is not the one expected."""

    exit_code = 4


_OF_PATHS = frozenset(
    {errno.EISDIR, errno.ELOOP, errno.EINVAL, errno.ENAMETOOLONG, errno.ENOENT, errno.ENOTDIR}
)
"""What more room would not help."""


def remedy(error: Exception) -> str:
    """Say what to do first where a file cannot be written.

    Parameters
    ----------
    error : Exception
        What the system said.

    Returns
    -------
    str
        The start of a French sentence, that another way out may follow.
    """
    if isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS:
        return "Obtenez le droit d'écrire dans ce dossier"
    if getattr(error, "errno", None) in _OF_PATHS:
        return "Vérifiez ce chemin"
    return "Libérez de la place"

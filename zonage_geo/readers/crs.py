"""Whether a layer's coordinates are in the system it declares, and fall in France."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from zonage_geo.readers.cells import counted
from zonage_geo.readers.errors import ReadError

__all__ = ["FRANCE", "WGS84", "Bounds", "authority", "in_france", "pick_crs", "refuse_abroad"]

WGS84 = "EPSG:4326"
LAMBERT_93 = "EPSG:2154"
_LAMBERT_93_BOX = (0.0, 6_000_000.0, 1_300_000.0, 7_200_000.0)

FRANCE = np.array(
    [
        (-5.6, 41.0, 10.0, 51.5),  # metropolitan France and Corsica
        (-63.5, 14.0, -60.5, 18.5),  # Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy
        (-55.0, 2.0, -51.0, 6.5),  # Guyane
        (55.0, -21.7, 56.2, -20.5),  # La Réunion
        (44.7, -13.3, 45.6, -12.3),  # Mayotte
        (-57.0, 46.5, -55.8, 47.4),  # Saint-Pierre-et-Miquelon
        (-155.5, -28.5, -134.0, -7.0),  # Polynésie française
        (-178.8, -14.8, -175.8, -12.8),  # Wallis-et-Futuna
        (155.0, -24.0, 173.0, -17.0),  # Nouvelle-Calédonie
    ]
)
"""West, south, east, north of France's territories, in degrees."""

Bounds = np.ndarray[Any, np.dtype[np.float64]]


class Picked(NamedTuple):
    """The system that a layer's coordinates are in.

    Attributes
    ----------
    crs : CRS
        The system.
    note : str
        French sentence where the declared one was set aside, else empty.
    """

    crs: CRS
    note: str = ""


def authority(crs: CRS) -> str:
    """Name a system for the report.

    Parameters
    ----------
    crs : CRS
        Any.

    Returns
    -------
    str
        ``EPSG:2154`` where it is that one, else its own name.
    """
    known = crs.to_authority()
    return ":".join(known) if known else str(crs.name)


def pick_crs(
    declared: CRS | None, given: str | None, bounds: tuple[float, ...], file: str
) -> Picked:
    """Decide which system a layer's coordinates are in; never guess it.

    Parameters
    ----------
    declared : CRS or None
        As the file says.
    given : str or None
        As the user says, who wins.
    bounds : tuple of float
        Least x, least y, greatest x, greatest y.
    file : str
        For messages.

    Returns
    -------
    Picked
        The system.

    Raises
    ------
    ReadError
        If there is none, or the coordinates cannot be in it.
    """
    hint = _hint(bounds)
    try:
        crs = declared if given is None else CRS.from_user_input(given)
    except CRSError as error:
        raise ReadError(file, f"système de coordonnées « {given} » inconnu", hint[1]) from error
    if crs is None:
        raise ReadError(file, f"aucun système de coordonnées{hint[0]}", hint[1])
    in_degrees = bounds[0] >= -180 and bounds[2] <= 180 and bounds[1] >= -90 and bounds[3] <= 90
    said = f"« {crs.name} »" + (" (donné)" if given else " (déclaré par le fichier)")
    if crs.is_geographic and not in_degrees:
        raise ReadError(
            file,
            f"le système {said} est en degrés, mais les coordonnées n’en sont pas "
            f"(x de {bounds[0]:.0f} à {bounds[2]:.0f}){hint[0]}",
            hint[1],
        )
    if crs.is_projected and in_degrees:
        raise ReadError(
            file,
            f"le système {said} est en mètres, mais les coordonnées semblent en degrés "
            f"(x de {bounds[0]:.4f} à {bounds[2]:.4f})",
            f"Si ce sont des longitudes et latitudes, ajoutez --crs {WGS84}.",
        )
    if given is None or declared is None or declared == crs:
        return Picked(crs)
    said = f"le fichier déclare {authority(declared)} ; {given}, donné, l’emporte."
    return Picked(crs, said)


def _hint(bounds: tuple[float, ...]) -> tuple[str, str]:
    """Say what the coordinates look like, and what to type."""
    west, south, east, north = _LAMBERT_93_BOX
    if bounds[0] >= west and bounds[1] >= south and bounds[2] <= east and bounds[3] <= north:
        return (
            " ; elles ressemblent à du Lambert-93",
            f"Si c’en est, ajoutez --crs {LAMBERT_93} ; sinon, demandez le système à l’émetteur.",
        )
    return "", f"Précisez-le avec --crs, par exemple --crs {LAMBERT_93} pour du Lambert-93."


def in_france(bounds: Bounds) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which shapes touch a territory of France.

    Parameters
    ----------
    bounds : ndarray
        West, south, east, north of each shape, in degrees.

    Returns
    -------
    ndarray of bool
        One a shape.
    """
    west, south, east, north = (bounds[:, [n]] for n in range(4))
    box = FRANCE.T
    touching = (west <= box[2]) & (east >= box[0]) & (south <= box[3]) & (north >= box[1])
    return np.asarray(touching.any(axis=1))


def refuse_abroad(bounds: Bounds, inside: np.ndarray[Any, Any], crs: CRS, file: str) -> None:
    """Refuse a layer that mostly lies out of France: its system is not the one said.

    Parameters
    ----------
    bounds : ndarray
        West, south, east, north of each shape, in degrees.
    inside : ndarray of bool
        As `in_france` gives it.
    crs : CRS
        The system that the layer was read in.
    file : str
        For messages.

    Raises
    ------
    ReadError
        If more than half of the shapes touch no territory of France.
    """
    if inside.sum() * 2 >= len(inside):
        return
    swapped = in_france(bounds[:, [1, 0, 3, 2]]).sum() * 2 >= len(inside)
    west, south, east, north = bounds[~inside][0]
    abroad = int((~inside).sum())
    raise ReadError(
        file,
        f"lus en « {crs.name} », hors de France : {counted(abroad, 'objet')} sur "
        f"{len(inside)} (le premier vers {(south + north) / 2:.3f}° N, {(west + east) / 2:.3f}° E)"
        + (" : latitude et longitude sont échangées" if swapped else ""),
        "Enregistrez le fichier avec x = longitude, y = latitude."
        if swapped
        else "Donnez le bon système avec --crs.",
    )

"""What every geocoder answers with: the one interface behind which they stand."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from zonage_geo.store.query import Lieu

__all__ = ["Candidate", "Geocoder"]


class Candidate(NamedTuple):
    """A place that a text designates.

    Attributes
    ----------
    label : str
        As the screen shows it.
    precision : str
        ``numero``, ``voie``, ``lieu_dit``, ``commune`` or ``code_postal``.
    geocoder : str
        Who found it.
    lieux : tuple of Lieu
        The commune, arrondissement or former commune it is in; several for a postal code.
    lon, lat : float or None
        EPSG:4326 degrees, where it has a position of its own.
    notes : tuple of str
        French sentences on how the text was understood.
    to_check : str or None
        A French sentence where the text says two things at once, or may mean another place.
    """

    label: str
    precision: str
    geocoder: str
    lieux: tuple[Lieu, ...]
    lon: float | None = None
    lat: float | None = None
    notes: tuple[str, ...] = ()
    to_check: str | None = None


class Geocoder(Protocol):
    """Anything that turns a text into one candidate, or says why it cannot."""

    def search(self, text: str) -> Candidate:
        """Find the one place that a text designates.

        Parameters
        ----------
        text : str
            An address, a commune's name or a postal code.

        Returns
        -------
        Candidate
            The place.
        """
        ...

"""What every geocoder answers with: the one interface behind which they stand."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol

from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.store.query import Lieu

__all__ = ["NO_FILTER", "Candidate", "Filters", "Geocoder", "OutOfScopeError", "SeveralPlacesError"]


class Filters(NamedTuple):
    """What is known of an address besides its text.

    Attributes
    ----------
    insee : str or None
        Commune code, of any vintage: it decides on the commune.
    code_postal : str or None
        Five digits.
    ville : str or None
        Name of the commune.
    """

    insee: str | None = None
    code_postal: str | None = None
    ville: str | None = None


NO_FILTER = Filters()


class Candidate(NamedTuple):
    """A place that a text designates.

    Attributes
    ----------
    label : str
        As the screen shows it.
    precision : str
        ``numero``, ``voie``, ``lieu_dit``, ``commune`` or ``code_postal``.
    geocoder : str
        Who found it: ``geoplateforme`` (``geocodeur`` where another one was set), ``ban``,
        ``mairies``, ``communes``, ``codes postaux``, ``code INSEE``.
    lieux : tuple of Lieu
        The commune, arrondissement or former commune it is in; several for a postal code.
    lon, lat : float or None
        EPSG:4326 degrees, where it has a position of its own.
    notes : tuple of str
        French sentences on how the text was understood.
    to_check : str or None
        A French sentence where the text says two things at once, or may mean another place.
    radius_m : float or None
        How far from the position the place may be, where the geocoder knows it to be more
        than its precision says: the length of a street.
    as_of : date or None
        The day the geocoder's data, or its answer, are of; None where it is the store's.
    """

    label: str
    precision: str
    geocoder: str
    lieux: tuple[Lieu, ...]
    lon: float | None = None
    lat: float | None = None
    notes: tuple[str, ...] = ()
    to_check: str | None = None
    radius_m: float | None = None
    as_of: date | None = None


class SeveralPlacesError(PlaceNotFoundError):
    """Several places answer the question, and nothing tells which.

    Parameters
    ----------
    message : str
        What happened and what to do, in French.
    choices : tuple of Candidate
        The places, likeliest first.

    Attributes
    ----------
    choices : tuple of Candidate
        The same.
    """

    def __init__(self, message: str, choices: tuple[Candidate, ...]) -> None:
        super().__init__(message, tuple(choice.label for choice in choices))
        self.choices = choices


class OutOfScopeError(PlaceNotFoundError):
    """A text that names something else than a place here: no geocoder is to be asked."""


class Geocoder(Protocol):
    """Anything that turns a text into one candidate, or says why it cannot."""

    def search(self, text: str, filters: Filters = NO_FILTER) -> Candidate:
        """Find the one place that a text designates.

        Parameters
        ----------
        text : str
            An address, a commune's name or a postal code.
        filters : Filters
            What is known besides.

        Returns
        -------
        Candidate
            The place.
        """
        ...

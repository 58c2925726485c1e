"""The geocoder that a question gets: by the settings, with what was added to the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.geocoding.ban import open_ban
from zonage_geo.geocoding.cache import AnswerCache, cache_path
from zonage_geo.geocoding.local import LocalGeocoder
from zonage_geo.geocoding.model import NO_FILTER, Candidate, Filters, Geocoder, SeveralPlacesError
from zonage_geo.geocoding.online import AutoGeocoder, Online, Tell
from zonage_geo.settings import Settings
from zonage_geo.store.query import Store

if TYPE_CHECKING:
    from zonage_geo.geocoding.client import Client

__all__ = ["Chooser", "open_geocoder"]


def open_geocoder(
    store: Store, catalog: Catalog, settings: Settings, tell: Tell, *, offline: bool = False
) -> LocalGeocoder | AutoGeocoder:
    """Make the geocoder that the settings want.

    Parameters
    ----------
    store : Store
        Open.
    catalog : Catalog
        Its catalogue.
    settings : Settings
        For the home folder, and the online geocoder.
    tell : callable
        Told what is to be read: that an address is sent, that the server fails.
    offline : bool
        Whether the network is never to be used; the settings may say so too.

    Returns
    -------
    LocalGeocoder or AutoGeocoder
        Nothing slow is imported before an address is asked online.
    """
    ban = open_ban(settings, catalog.words) if store.path is not None else None
    local = LocalGeocoder(store, catalog, ban)
    if offline or settings.offline:
        return local

    def make() -> Client:
        from zonage_geo.geocoding.client import Client

        service = catalog.service
        if settings.geocoder_url is not None:
            service = service._replace(url=settings.geocoder_url, title="le géocodeur choisi")
        if settings.geocoder_timeout_s:
            service = service._replace(timeout_s=settings.geocoder_timeout_s)
        days = settings.geocoder_cache_days
        cache = AnswerCache(cache_path(settings), service.cache_days if days is None else days)
        return Client(service, catalog.words, cache)

    return AutoGeocoder(local, Online(store, catalog, local, make), tell)


class Chooser:
    """Take one of the candidates that a geocoder offers, where it does not answer.

    Parameters
    ----------
    geocoder : Geocoder
        Searches.
    rank : int
        Which candidate, from 1.
    tell : callable
        Told where there was nothing to choose.
    """

    def __init__(self, geocoder: Geocoder, rank: int, tell: Tell) -> None:
        self._geocoder = geocoder
        self._rank = rank
        self._tell = tell

    def search(self, text: str, filters: Filters = NO_FILTER) -> Candidate:
        """Find the one place that a text designates, or the candidate chosen.

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

        Raises
        ------
        InputError
            If there are not so many candidates.
        PlaceNotFoundError
            If there is none at all.
        """
        try:
            found = self._geocoder.search(text, filters)
        except PlaceNotFoundError as error:
            if not error.candidates:
                raise
            if self._rank > len(error.candidates):
                raise InputError(
                    f"--choisir {self._rank} : il n'y a que {len(error.candidates)} "
                    f"proposition{'s' * (len(error.candidates) > 1)}."
                ) from error
            if isinstance(error, SeveralPlacesError):
                return error.choices[self._rank - 1]
            return self._geocoder.search(error.candidates[self._rank - 1])
        self._tell(f"--choisir {self._rank} : il n'y avait pas à choisir, un seul lieu répond.")
        return found

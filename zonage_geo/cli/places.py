"""The place that a command is about, and the store that answers."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from zonage_geo.errors import InputError, SourceError, StoreError
from zonage_geo.progress import Bar, say
from zonage_geo.settings import Settings
from zonage_geo.store import Store, facts_only, open_store

if TYPE_CHECKING:
    from zonage_geo.geocoding import Geocoder
    from zonage_geo.locate import Query

__all__ = ["geocoder_for", "parse_point", "query_of", "store_for"]


def parse_point(text: str) -> tuple[float, float]:
    """Read a latitude and a longitude.

    Parameters
    ----------
    text : str
        In degrees: ``43.6045,1.4440``, ``43.6045 1.4440`` or, with decimal commas,
        ``43,6045; 1,4440``.

    Returns
    -------
    tuple of float
        Latitude, longitude.

    Raises
    ------
    InputError
        If there are not two numbers.
    """
    text = text.replace("\u2212", "-")  # the typographic minus sign
    if ";" in text or re.search(r"\d,\d+\s+-?\d+,\d", text):
        parts = re.split(r"\s*;\s*|\s+", text.strip())
        parts = [part.replace(",", ".") for part in parts]
    else:
        parts = re.split(r"\s*,\s*|\s+", text.strip())
    try:
        lat, lon = map(float, parts)
    except ValueError as error:
        raise InputError(
            f"« {text} » n'est pas un point : écrivez LAT,LON en degrés, par exemple "
            "43.6045,1.4440, ou « 43,6045; 1,4440 »."
        ) from error
    return lat, lon


def query_of(arguments: Namespace) -> Query:
    """Read what a command is about: an address, a point, a code.

    Parameters
    ----------
    arguments : Namespace
        With ``adresse``, ``point``, ``insee``, ``code_postal`` and ``choisir``.

    Returns
    -------
    Query
        The question.

    Raises
    ------
    InputError
        If there is none, or two that do not go together.
    """
    from zonage_geo.locate import Query, check_point

    lat = lon = None
    if arguments.point is not None:
        pair = (arguments.point, arguments.adresse or "")
        if all(re.fullmatch(r"-?\d+(?:[.,]\d+)?,?", one) for one in pair):
            told = "; ".join(one.rstrip(",") for one in pair)
            raise InputError(
                f"--point prend une seule valeur, entre guillemets et séparée par « ; » : "
                f'--point "{told}"'
            )
        lat, lon = parse_point(arguments.point)
        check_point(lat, lon)
    if arguments.adresse is None and lat is None and arguments.insee is None:
        raise InputError(
            "que faut-il situer ? Une adresse, --point LAT,LON ou --insee CODE "
            f"(python -m zonage_geo {arguments.command} --help)."
        )
    if arguments.adresse is not None and lat is not None:
        raise InputError("une adresse ne va pas avec --point : choisissez.")
    return Query(arguments.adresse, lon, lat, arguments.insee, _postcode(arguments))


def _postcode(arguments: Namespace) -> str | None:
    """Check what limits an address."""
    code: str | None = arguments.code_postal
    if arguments.adresse is None and (code is not None or arguments.choisir is not None):
        raise InputError("--code-postal et --choisir vont avec une adresse.")
    if code is not None and not (code.isascii() and code.isdecimal() and len(code) == 5):
        raise InputError(f"--code-postal {code} : cinq chiffres sont attendus (09000).")
    return code


def geocoder_for(
    query: Query, store: Store, settings: Settings, arguments: Namespace
) -> Geocoder | None:
    """Make what reads an address, where one is asked about.

    Parameters
    ----------
    query : Query
        What is asked about.
    store : Store
        Open.
    settings : Settings
        For the online geocoder.
    arguments : Namespace
        With ``offline`` and ``choisir``.

    Returns
    -------
    Geocoder or None
        None for a point or a code.

    Raises
    ------
    InputError
        If ``choisir`` is no number.
    """
    if query.text is None:
        return None
    from zonage_geo.geocoding.service import Chooser, open_geocoder

    found = open_geocoder(store, store.catalog(), settings, say, offline=arguments.offline)
    if arguments.choisir is None:
        return found
    text = arguments.choisir
    rank = int(text) if text.isascii() and text.isdecimal() else 0
    if rank < 1:
        raise InputError(f"--choisir {text} : le numéro d'une proposition est attendu (1, 2…).")
    return Chooser(found, rank, say)


def store_for(query: Query, settings: Settings, *, offline: bool) -> Store:
    """Open the store; a bare commune code is answered without one where it must be.

    Parameters
    ----------
    query : Query
        What is asked about.
    settings : Settings
        For the home folder.
    offline : bool
        Whether the network must not be used.

    Returns
    -------
    Store
        Open.

    Raises
    ------
    SourceError
        If it must be built and its source cannot be had.
    StoreError
        If it can be neither opened nor built.
    """
    try:
        with Bar() as bar:
            return open_store(settings._replace(offline=offline or settings.offline), bar)
    except (SourceError, StoreError) as error:
        if query.insee is None or query.lat is not None or query.text is not None:
            raise
        print(
            f"zonage_geo : {error}\nLe code commune suffit ici : réponse d'après les seules "
            "listes livrées avec le logiciel.",
            file=sys.stderr,
        )
        return facts_only()

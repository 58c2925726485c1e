"""Typed settings, read from ``ZONAGE_GEO_*`` environment variables.

An unknown variable of that prefix is an error, so that a misspelt one is not ignored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from zonage_geo.errors import SettingsError

__all__ = ["Settings", "default_home"]

PREFIX = "ZONAGE_GEO_"


class Settings(NamedTuple):
    """What a user may override without touching the catalogue.

    Attributes
    ----------
    home : Path or None
        Folder that holds ``raw/`` and ``processed/``. None: ``data/`` in a checkout,
        else the user's data folder.
    radius_numero, radius_voie, radius_lieu_dit : float or None
        Radius in metres of the disc in which an address of that precision lies. None:
        the catalogue's (``places.toml``).
    accuracy_communes : float or None
        Accuracy in metres of the communes' outlines. None: the store's.
    offline : bool
        Never use the network, as ``--offline`` does.
    geocoder_url : str or None
        Base address of the online geocoder: a self-hosted addok, a proxy. None: the
        catalogue's (``geocoding.toml``).
    geocoder_timeout_s : float or None
        Longest wait for its answer to one question, in seconds. None: the catalogue's.
    geocoder_cache_days : float or None
        How long its answers are kept; 0: not at all. None: the catalogue's.
    """

    home: Path | None = None
    radius_numero: float | None = None
    radius_voie: float | None = None
    radius_lieu_dit: float | None = None
    accuracy_communes: float | None = None
    offline: bool = False
    geocoder_url: str | None = None
    geocoder_timeout_s: float | None = None
    geocoder_cache_days: float | None = None

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from the environment.

        Parameters
        ----------
        environ : mapping of str to str, optional
            The environment; ``os.environ`` by default.

        Returns
        -------
        Settings
            The settings, defaults where no variable is set.

        Raises
        ------
        SettingsError
            If a variable of ours is unknown, or has not a value of its kind.
        """
        environ = os.environ if environ is None else environ
        known = {PREFIX + name.upper(): name for name in cls._fields}
        values: dict[str, Path | float | bool | str] = {}
        for variable, text in environ.items():
            if not variable.startswith(PREFIX):
                continue
            if variable not in known:
                msg = (
                    f"variable d'environnement inconnue : {variable}. "
                    f"Variables reconnues : {', '.join(known)}."
                )
                raise SettingsError(msg)
            if not text:
                continue
            name = known[variable]
            values[name] = _READ.get(name, _metres)(variable, text)
        return cls(**values)  # type: ignore[arg-type]

    def home_folder(self) -> Path:
        """Tell the folder that holds ``raw/`` and ``processed/``.

        Returns
        -------
        Path
            ``home`` where it is set, else `default_home`.
        """
        return self.home or default_home()


def _metres(variable: str, text: str) -> float:
    return _number(variable, text, "de mètres")


def _number(variable: str, text: str, unit: str) -> float:
    try:
        value = -1.0 if "_" in text else float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        msg = f"{variable}={text!r} : un nombre {unit} positif est attendu."
        raise SettingsError(msg)
    return value


def _yes(variable: str, text: str) -> bool:
    said = _YES_OR_NO.get(text.strip().casefold())
    if said is None:
        raise SettingsError(f"{variable}={text!r} : 1 (oui) ou 0 (non) est attendu.")
    return said


def _address(variable: str, text: str) -> str:
    address = text.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^\s/]\S*", address):
        raise SettingsError(f"{variable}={text!r} : une adresse http ou https est attendue.")
    return address


_YES_OR_NO = {"1": True, "oui": True, "true": True, "0": False, "non": False, "false": False}
_READ: dict[str, Callable[[str, str], Path | float | bool | str]] = {
    "home": lambda _, text: Path(text).expanduser(),
    "offline": _yes,
    "geocoder_url": _address,
    "geocoder_timeout_s": lambda variable, text: _number(variable, text, "de secondes"),
    "geocoder_cache_days": lambda variable, text: _number(variable, text, "de jours"),
}
"""How settings that are no metres are read."""


def default_home() -> Path:
    """Tell where data lives when nobody says: the checkout's ``data/``, or the user's folder.

    Returns
    -------
    Path
        Absolute; perhaps not made yet.
    """
    root = Path(__file__).resolve().parents[1]
    if (root / "pyproject.toml").is_file() and (root / "data").is_dir():
        return root / "data"
    from platformdirs import user_data_path

    return user_data_path("zonage_geo", appauthor=False)

"""Typed settings, read from ``ZONAGE_GEO_*`` environment variables.

An unknown variable of that prefix is an error, so that a misspelt one is not ignored.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    """

    home: Path | None = None
    radius_numero: float | None = None
    radius_voie: float | None = None
    radius_lieu_dit: float | None = None
    accuracy_communes: float | None = None

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
            If a variable of ours is unknown, or is not a positive number of metres.
        """
        environ = os.environ if environ is None else environ
        known = {PREFIX + name.upper(): name for name in cls._fields}
        values: dict[str, Path | float] = {}
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
            values[name] = Path(text).expanduser() if name == "home" else _metres(variable, text)
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
    try:
        value = -1.0 if "_" in text else float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        msg = f"{variable}={text!r} : un nombre de mètres positif est attendu."
        raise SettingsError(msg)
    return value


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

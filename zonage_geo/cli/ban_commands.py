"""What ``data add | remove ban`` do: addresses in and out, and their account on stdout."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from zonage_geo.errors import InputError
from zonage_geo.french import figures
from zonage_geo.progress import Bar
from zonage_geo.settings import Settings
from zonage_geo.store import open_store, raw_folder

__all__ = ["BAN", "add_ban", "ban_lines", "ban_summary", "remove_ban"]

BAN = "ban"
"""What stands for the Base adresse nationale where a layer is named."""


def add_ban(name: str | Path | None, arguments: Namespace, settings: Settings) -> int:
    """Import a file of addresses, and print its account.

    Parameters
    ----------
    name : str or Path or None
        The file, in ``raw`` or by its path.
    arguments : argparse.Namespace
        Of ``data add``, or of ``data fetch``.
    settings : Settings
        For the home folder.

    Returns
    -------
    int
        Exit code.

    Raises
    ------
    InputError
        If there is no such file, or an option means nothing for it.
    """
    from zonage_geo.additions import find_file
    from zonage_geo.geocoding.ban import ban_path
    from zonage_geo.geocoding.ban_build import import_ban

    _refuse_options(arguments)
    if name is None:
        raise InputError("data add ban : il manque le fichier des adresses (adresses-31.csv.gz).")
    path = find_file(str(name), raw_folder(settings))
    with Bar() as bar:
        store = open_store(settings, bar)
        words = store.catalog().words
        done = import_ban(path, ban_path(settings), store, words, bar)
        store.close()
    if getattr(arguments, "json", False):
        told: dict[str, Any] = {
            **_file(done.file), "streets": done.streets, "replaced_communes": done.replaced,
            "lost": dict(done.lost),
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return 0
    print(
        f"{path.name} : {figures(done.file.kept)} adresses de {figures(done.streets)} voies et "
        f"lieux-dits, dans {figures(done.file.communes)} commune{'s' * (done.file.communes > 1)}."
    )
    if done.replaced:
        print(f"  {figures(done.replaced)} déjà là, remplacées par celles du fichier.")
    for why, rows in done.lost.items():
        print(f"  {figures(rows)} ligne{'s' * (rows > 1)} de côté : {why}.")
    return 0


def _refuse_options(arguments: Namespace) -> None:
    """Refuse what means nothing for addresses, rather than not heed it."""
    given = {
        "--edition": getattr(arguments, "edition", None),
        "--territory": getattr(arguments, "territory", None),
        "--complet": getattr(arguments, "complet", None),
        "--column": getattr(arguments, "column", None),
        "--classe": getattr(arguments, "classe", None),
        "--accuracy": getattr(arguments, "accuracy", None),
        "--cog": getattr(arguments, "cog", None),
        "--crs": getattr(arguments, "crs", None),
        "--sheet": getattr(arguments, "sheet", None),
        "--layer": getattr(arguments, "layer", None),
        "--encoding": getattr(arguments, "encoding", None),
    }
    for option, value in given.items():
        if value:
            raise InputError(f"{option} n'a pas de sens pour des adresses (ban) : retirez-la.")


def remove_ban(settings: Settings) -> int:
    """Take all addresses away.

    Parameters
    ----------
    settings : Settings
        For the home folder.

    Returns
    -------
    int
        Exit code.
    """
    from zonage_geo.geocoding.ban import ban_path
    from zonage_geo.geocoding.ban_build import remove_ban as remove

    print(f"adresses retirées : {', '.join(remove(ban_path(settings)))}.")
    return 0


def ban_summary(settings: Settings) -> list[dict[str, Any]]:
    """Summarise the files of addresses.

    Parameters
    ----------
    settings : Settings
        For the home folder.

    Returns
    -------
    list of dict
        One a file; empty where there is none.
    """
    from zonage_geo.catalog.model import Words
    from zonage_geo.geocoding.ban import open_ban

    nothing: frozenset[str] = frozenset()
    ban = open_ban(settings, Words({}, *[nothing] * 6))
    if ban is None:
        return []
    files = [_file(file) for file in ban.files()]
    ban.close()
    return files


def _file(file: Any) -> dict[str, Any]:  # noqa: ANN401  (a BanFile, not imported to say so)
    days = {"imported": file.imported.isoformat(), "dated": file.dated.isoformat()}
    return {**file._asdict(), **days}


def ban_lines(files: list[dict[str, Any]]) -> list[str]:
    """Word a summary of files of addresses.

    Parameters
    ----------
    files : list of dict
        As `ban_summary` gives it.

    Returns
    -------
    list of str
        Lines; none where there is no file.
    """
    lines = ["", "Adresses (base adresse nationale)"] if files else []
    for file in files:
        day = "/".join(reversed(file["dated"].split("-")))
        lines.append(
            f"  · {file['name']} du {day} : {figures(file['kept'])} adresses, "
            f"{figures(file['communes'])} commune{'s' * (file['communes'] > 1)}"
        )
    return lines

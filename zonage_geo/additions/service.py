"""Additions, made and unmade: the manifest and the store change together, or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from zonage_geo.additions.editions import edition_id
from zonage_geo.additions.payload import sha256_of, write_payload
from zonage_geo.additions.prepare import Prepared, prepare_edition, prepare_outlines
from zonage_geo.additions.request import Request
from zonage_geo.catalog.model import Edition, Source
from zonage_geo.dates import today
from zonage_geo.errors import InputError, StoreError, ZonageError, remedy
from zonage_geo.french import os_words
from zonage_geo.progress import Progress
from zonage_geo.readers import ReadReport
from zonage_geo.settings import Settings
from zonage_geo.store import Store, open_store, raw_folder
from zonage_geo.store.additions import COMMUNES, Addition, UserFiles, user_files

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Outcome", "add", "official_requests", "remove"]

PARTIAL = ".partiel.gpkg"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    Attributes
    ----------
    addition : Addition
        As the manifest has it.
    edition : Edition or None
        As the catalogue has it now; None for outlines.
    reports : list of ReadReport
        The account of its rows, a step each.
    replaced : bool
        Whether it took the place of an earlier addition.
    warnings : tuple of str
        French sentences to be read.
    listed : tuple of int or None
        Of the zones that the edition's list names, how many have their perimeter in the file,
        and how many there are; None where there is no such list.
    """

    addition: Addition
    edition: Edition | None
    reports: list[ReadReport]
    replaced: bool
    warnings: tuple[str, ...] = ()
    listed: tuple[int, int] | None = None


def add(request: Request, settings: Settings, progress: Progress) -> Outcome:
    """Add a file to a layer, or finer outlines of communes.

    Parameters
    ----------
    request : Request
        What to add, and to what.
    settings : Settings
        For the home folder.
    progress : Progress
        Told of each step.

    Returns
    -------
    Outcome
        What was added, and the account of every row.

    Raises
    ------
    InputError
        If the file or the request cannot be trusted: nothing is changed then.
    CatalogError
        If the user's catalogue breaks the format.
    StoreError, SourceError
        If the store cannot be brought up to date: the addition is withdrawn.
    """
    user, raw = user_files(settings), raw_folder(settings)
    with _manifest(user) as additions:
        store = open_store(settings, progress)
        try:
            if request.layer == COMMUNES:
                prepared = prepare_outlines(request, raw, store, progress)
            else:
                prepared = prepare_edition(request, user, additions, raw, store, progress)
        finally:
            store.close()
        return _keep(prepared, user, additions, settings, progress)


def remove(
    layer: str, edition: str | None, settings: Settings, progress: Progress
) -> list[Addition]:
    """Take additions out of the store.

    Parameters
    ----------
    layer : str
        A layer's id, or ``communes``.
    edition : str or None
        The edition's id; None where the layer has one addition only.
    settings : Settings
        For the home folder.
    progress : Progress
        Told of each step.

    Returns
    -------
    list of Addition
        What was taken out; the user's own files are not touched.

    Raises
    ------
    InputError
        If there is no such addition, or several.
    StoreError, SourceError
        If the store cannot be brought up to date: nothing is removed then.
    """
    user = user_files(settings)
    with _manifest(user) as additions:
        mine = [one for one in additions if one.layer == layer]
        wanted = {edition, edition_id(edition)}  # as typed, for what an older version added
        gone = [one for one in mine if edition is None or one.edition in wanted]
        editions = sorted({one.edition for one in gone})
        if len(editions) != 1:
            listed = ", ".join(f"{one.layer} {one.edition}" for one in mine or additions)
            what = "plusieurs ajouts" if editions else "aucun ajout"
            asked = f"{layer}{f' {edition}' if edition else ''}"
            if not additions:
                raise InputError(f"{what} : {asked}. Il n'y a aucun ajout à retirer.")
            raise InputError(
                f"{what} : {asked}. Ce qui peut être retiré : {listed}. Par exemple : "
                f"python -m zonage_geo data remove {(mine or additions)[0].layer} "
                f"--edition {(mine or additions)[0].edition}"
            )
        left = [one for one in additions if one not in gone]
        _brought_up_to(left, user, settings, progress).close()
        for one in gone:
            if user.additions is not None:
                (user.additions / one.payload).unlink(missing_ok=True)
    return gone


def official_requests(layer: str, source: Source, file: Path) -> list[Request]:
    """Say how an official file is to be added.

    Parameters
    ----------
    layer : str
        A layer's id, or ``communes``.
    source : Source
        As the catalogue describes it.
    file : Path
        Where it was downloaded.

    Returns
    -------
    list of Request
        One an edition that it gives.
    """
    path = str(file.resolve())
    if layer == COMMUNES:
        return [Request(layer, path, crs=None, accuracy_m=source.accuracy_m)]
    return [
        Request(
            layer,
            path,
            name,
            complete=source.complete,
            rows=source.rows,
            accuracy_m=source.accuracy_m,
            crs=source.crs,
        )
        for name in source.editions
    ]


@contextmanager
def _manifest(user: UserFiles) -> Iterator[list[Addition]]:
    """Read the manifest while nobody else changes it."""
    assert user.additions is not None  # noqa: S101  (settings always give a home)
    try:
        user.additions.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(user.additions / ".verrou"):
            for left in user.additions.glob(f".*{PARTIAL}*"):  # killed: nobody else writes now
                left.unlink(missing_ok=True)
            yield user.read()
    except ZonageError:
        raise
    except OSError as error:
        raise StoreError(
            f"{user.additions} : écriture impossible ({os_words(error)}). {remedy(error)}, ou "
            "choisissez un autre dossier avec la variable ZONAGE_GEO_HOME."
        ) from error


def _brought_up_to(
    additions: Sequence[Addition], user: UserFiles, settings: Settings, progress: Progress
) -> Store:
    """Write the manifest and open the store that it makes; where that fails, put it back."""
    assert user.manifest is not None  # noqa: S101
    before = user.manifest.read_bytes() if user.manifest.is_file() else None
    user.write(additions)
    try:
        return open_store(settings, progress)
    except BaseException:
        # To the byte: the store that is there knows the manifest by its fingerprint.
        if before is None:
            user.manifest.unlink()
        else:
            user.manifest.write_bytes(before)
        raise


def _keep(
    prepared: Prepared,
    user: UserFiles,
    additions: Sequence[Addition],
    settings: Settings,
    progress: Progress,
) -> Outcome:
    """Write an addition down, bring the store up to date, and withdraw it if that fails."""
    assert user.additions is not None  # noqa: S101
    partial = user.additions / f".{os.getpid()}{PARTIAL}"
    try:
        write_payload(partial, prepared.content)
        sha256 = sha256_of(partial)
        slug = re.sub(r"[^0-9A-Za-z_.-]+", "-", f"{prepared.layer}-{prepared.edition}")
        path = user.additions / f"{slug[:80]}-{prepared.content.kind}-{sha256[:8]}.gpkg"
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    addition = Addition(
        layer=prepared.layer,
        edition=prepared.edition,
        kind=prepared.content.kind,
        payload=path.name,
        sha256=sha256,
        source={
            "name": prepared.file.name,
            "sha256": sha256_of(prepared.file),
            "rows": prepared.rows_read,
        },
        added=today().isoformat(),
        rows=len(prepared.content.frame),
        record=prepared.record,
        accuracy_m=prepared.accuracy_m,
    )
    replaced = [one for one in additions if one.key == addition.key]
    now = [*(one for one in additions if one not in replaced), addition]
    try:
        store = _brought_up_to(now, user, settings, progress)
    except BaseException:
        if all(one.payload != path.name for one in additions):
            path.unlink(missing_ok=True)
        raise
    try:
        catalog = store.catalog()
    finally:
        store.close()
    for one in replaced:
        if one.payload != addition.payload:
            (user.additions / one.payload).unlink(missing_ok=True)
    layer = catalog.layers.get(addition.layer)
    edition = next((e for e in layer.editions if e.id == addition.edition), None) if layer else None
    return Outcome(
        addition, edition, prepared.reports, bool(replaced), prepared.warnings, prepared.listed
    )

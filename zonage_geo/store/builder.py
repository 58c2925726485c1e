"""The store, built or brought up to date: what ships, then what the user added.

All of it happens under a lock and in a temporary file, renamed at the very end: a build
that dies leaves the old store as it was. Where only the user's files changed, the old store
is copied, and what was added since is put into the copy, what was removed taken out of it:
seconds less than building it again, and the registry package is not needed.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import filelock

from zonage_geo import facts
from zonage_geo.errors import StoreError, ZonageError, remedy
from zonage_geo.french import os_words
from zonage_geo.store.additions import Addition, UserFiles
from zonage_geo.store.content import (
    expected_metadata,
    fill_catalog,
    fill_facts,
    fill_package,
    index_lieux,
    put_metadata,
)
from zonage_geo.store.query import Store
from zonage_geo.store.schema import ATTRIBUTE_TABLES

if TYPE_CHECKING:
    from zonage_geo.progress import Progress
    from zonage_geo.sources import Package
    from zonage_geo.store.apply import Key
    from zonage_geo.store.shapes import PackageData

__all__ = ["adopt_waiting", "build_store", "is_current", "waiting_store"]

STEPS = 9


class _Change(NamedTuple):
    """Keys of the additions to take out of a store, and additions to put into it."""

    gone: list[Key]
    pending: list[Addition]


def build_store(
    target: Path,
    obtain: Callable[[], Path],
    spec: Package,
    progress: Progress,
    user: UserFiles,
    *,
    force: bool = False,
) -> bool:
    """Build the store, or bring it up to date, unless it is as it should be.

    Parameters
    ----------
    target : Path
        The GeoPackage to make or replace.
    obtain : callable
        Gives the registry package, its checksum verified; asked once it is known that
        the folder can be written to and that nobody else is building.
    spec : Package
        What is known of the package.
    progress : Progress
        Told of each step.
    user : UserFiles
        What the user added.
    force : bool
        Build even where the store is already right.

    Returns
    -------
    bool
        Whether it was built; False where another process did it meanwhile.

    Raises
    ------
    StoreError
        If the folder cannot be written to, or the disk is full.
    SourceError
        If the package cannot be had or read.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _lock(target, progress):
            if not force and is_current(target, user):
                return False
            _sweep(target)
            partial = target.with_name(f".{target.stem}.{os.getpid()}.partiel.gpkg")
            base = None if force else _extensible(target, user)
            try:
                if base is not None:
                    _extend(partial, base, user, progress)
                else:
                    _build(partial, obtain(), spec, progress, user)
                _check(partial)
                _flush(partial)
                _publish(partial, target, progress)
            finally:
                partial.unlink(missing_ok=True)
    except ZonageError:
        raise
    except (OSError, sqlite3.Error) as error:
        why = os_words(error)
        msg = (
            f"{target} : le magasin ne peut pas être écrit ({why}). {remedy(error)}, ou "
            "choisissez un autre dossier avec la variable ZONAGE_GEO_HOME."
        )
        raise StoreError(msg) from error
    return True


def is_current(path: Path, user: UserFiles) -> bool:
    """Tell whether a store is there and as this version of the package builds it.

    Parameters
    ----------
    path : Path
        The GeoPackage.
    user : UserFiles
        What the user added.

    Returns
    -------
    bool
        True too where the right one waits beside it; False where it is missing, or of
        another schema, catalogue or facts.

    Raises
    ------
    StoreError
        If a file is there which is no store: it is never overwritten in silence.
    """
    return _is_current(path, user) or _is_current(waiting_store(path), user)


def _is_current(path: Path, user: UserFiles) -> bool:
    return expected_metadata(user).items() <= _metadata(path).items()


def _metadata(path: Path) -> dict[str, str]:
    """Read what a store says of itself; nothing where there is none."""
    if not path.exists():
        return {}
    store = Store.open(path, any_schema=True)
    store.close()
    return store.metadata


def _extensible(target: Path, user: UserFiles) -> Path | None:
    """Give the store that differs by nothing but the user's additions, if there is one."""
    wanted = expected_metadata(user)
    for path in (waiting_store(target), target):
        found = _metadata(path)
        same = all(found.get(key) == wanted[key] for key in wanted if key != "user_sha256")
        if same and _change(found, user) is not None:
            return path
    return None


def _change(metadata: dict[str, str], user: UserFiles) -> _Change | None:
    """Tell how a store's additions differ from the user's; None where it must be built anew.

    What the store keeps must be the first of the manifest's, in its order; finer outlines
    cannot be taken out (`can_withdraw`).
    """
    from zonage_geo.store.apply import can_withdraw

    applied = [
        (tuple(one["key"]), one["sha256"]) for one in json.loads(metadata.get("additions", "[]"))
    ]
    wanted = {(one.key, one.sha256): one for one in user.read()}
    gone = [key for key, sha256 in applied if (key, sha256) not in wanted]
    stay = [one for one in applied if one in wanted]
    if list(wanted)[: len(stay)] != stay or not all(map(can_withdraw, gone)):
        return None
    return _Change(gone, list(wanted.values())[len(stay) :])


def _extend(path: Path, base: Path, user: UserFiles, progress: Progress) -> None:
    """Copy a store; take out of the copy what the user removed, put in what it lacks."""
    change = _change(_metadata(base), user)
    assert change is not None  # noqa: S101  (the base was chosen for that)
    progress("copie du magasin", 0.0)
    uri = f"{base.resolve().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True)) as source,
        closing(sqlite3.connect(path)) as connection,
    ):
        source.backup(connection)
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        fill_catalog(connection, user)
        _apply(connection, change, user, lambda label: progress(label, 0.5))
        put_metadata(connection, expected_metadata(user))
        connection.commit()


def _apply(
    connection: sqlite3.Connection,
    change: _Change,
    user: UserFiles,
    step: Callable[[str], None],
) -> None:
    if change.pending or change.gone:
        from zonage_geo.store.apply import apply

        step("vos ajouts")
        apply(connection, change.pending, user, change.gone)


@contextmanager
def _lock(target: Path, progress: Progress) -> Iterator[None]:
    """Let one builder in at a time; the others wait and are told so."""
    lock = filelock.FileLock(target.with_name(target.name + ".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        progress("un autre processus construit le magasin, attente", 0.0)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _sweep(target: Path) -> None:
    """Remove what killed builds left; the lock is held, so nobody is writing them."""
    for left in target.parent.glob(f".{target.stem}.*.partiel.gpkg*"):
        left.unlink(missing_ok=True)


def _build(path: Path, wheel: Path, spec: Package, progress: Progress, user: UserFiles) -> None:
    additions = user.read()
    steps = STEPS + bool(additions)
    done = iter(range(steps))

    def step(label: str) -> None:
        progress(label, next(done) / steps)

    from zonage_geo.store.shapes import read_package, write_layers

    events = facts.events()
    data = read_package(wheel, events, step)
    step("écriture des contours")
    subs = facts.sub_communes()
    write_layers(
        path,
        data,
        dict(facts.communes()),
        {f"{sub.type} {sub.code}": sub.nom for sub in subs},
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        step("listes et catalogue")
        catalog = fill_facts(connection, user)
        step("adresses des mairies")
        fill_package(connection, data, catalog)
        index_lieux(connection)
        connection.execute("CREATE INDEX communes_codes ON communes (codes)")
        step("métadonnées")
        _fill_metadata(connection, spec, data)
        _apply(connection, _Change([], additions), user, step)
        connection.commit()
    step("vérification")


def _flush(path: Path) -> None:
    """See the file on the disk before it takes the place of another."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _fill_metadata(connection: sqlite3.Connection, spec: Package, data: PackageData) -> None:
    sources = [
        {
            "name": spec.wheel,
            "title": spec.title,
            "publisher": spec.publisher,
            "licence": spec.licence,
            "sha256": spec.sha256,
        },
        *({"name": name, **item} for name, item in facts.provenance().items()),
    ]
    values = {
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "accuracy_communes_m": str(spec.accuracy_m),
        "sources": json.dumps(sources, ensure_ascii=False, default=str),
        "report": json.dumps(data.report, ensure_ascii=False),
    }
    put_metadata(connection, values)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    connection.executemany(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
        "VALUES (?, 'attributes', ?, ?)",
        [(name, name, now) for name in ATTRIBUTE_TABLES],
    )
    connection.commit()


def _check(path: Path) -> None:
    """Refuse to publish a store that does not answer."""
    store = Store.open(path)
    try:
        store.catalog()
        if not store.has_geometry or store.commune_name("31555") is None:
            msg = f"{path} : le magasin construit est incomplet ; l'ancien est conservé."
            raise StoreError(msg)
    finally:
        store.close()


def waiting_store(target: Path) -> Path:
    """Name the file in which a finished store waits when the old one cannot be replaced.

    Parameters
    ----------
    target : Path
        The GeoPackage.

    Returns
    -------
    Path
        Beside it, with ``.new`` added.
    """
    return target.with_name(target.name + ".new")


def _publish(partial: Path, target: Path, progress: Progress) -> None:
    try:
        _replace(partial, target)
    except PermissionError:  # Windows, while QGIS holds the old one open
        partial.replace(waiting_store(target))
        progress(
            f"{target.name} est ouvert dans un autre logiciel (QGIS ?) : le nouveau magasin "
            f"attend sous le nom {waiting_store(target).name}, il sera pris à la prochaine "
            "ouverture",
            1.0,
        )
    else:
        waiting_store(target).unlink(missing_ok=True)
        progress("magasin prêt", 1.0)


def adopt_waiting(target: Path, user: UserFiles) -> None:
    """Put a store that waits in the place of the old one, where that is possible now.

    Parameters
    ----------
    target : Path
        The GeoPackage.
    user : UserFiles
        What the user added.

    Raises
    ------
    StoreError
        If one of the two files is no store: it is never overwritten in silence.
    """
    waiting = waiting_store(target)
    if _is_current(waiting, user) and not _is_current(target, user):
        with suppress(PermissionError, FileNotFoundError):  # held still; adopted by another
            _replace(waiting, target)


def _replace(source: Path, target: Path) -> None:
    """Rename a finished store over the old one.

    Another program may have left the old one's journals beside it. They go first: SQLite
    would take them for the new one's, and write old pages into it.
    """
    for suffix in ("-wal", "-shm", "-journal"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    source.replace(target)

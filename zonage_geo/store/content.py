"""What a store holds beside outlines: facts, catalogue, names, addresses.

`fill_facts` needs nothing but this package and works on any SQLite connection, so a
machine without network can answer by commune code from memory alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from zonage_geo import facts
from zonage_geo.catalog.files import catalog_digest
from zonage_geo.catalog.load import Added, compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.normalise import normalise, split_street
from zonage_geo.store.additions import NOBODY, UserFiles, as_toml
from zonage_geo.store.inputs import inputs_digest
from zonage_geo.store.schema import APPLICATION, GAZETTEER_SQL, SCHEMA_VERSION, TABLES_SQL
from zonage_geo.territory import STORE_DAY, Change, Timeline, departement_of

if TYPE_CHECKING:
    from zonage_geo.store.shapes import PackageData

__all__ = [
    "expected_metadata",
    "facts_store",
    "fill_catalog",
    "fill_facts",
    "fill_package",
    "index_lieux",
    "put_metadata",
]


def expected_metadata(user: UserFiles) -> dict[str, str]:
    """Tell what a store built by this version of the package says of itself.

    Parameters
    ----------
    user : UserFiles
        What the user added.

    Returns
    -------
    dict
        Schema, and fingerprints of what it is built from: a store that differs in one of
        them is brought up to date.
    """
    return {
        "application": APPLICATION,
        "schema_version": str(SCHEMA_VERSION),
        "inputs_sha256": inputs_digest(),
        "user_sha256": user.digest(),
    }


def put_metadata(connection: sqlite3.Connection, values: Mapping[str, str]) -> None:
    """Write what a store says of itself, over what it said.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store.
    values : mapping
        Key to text.
    """
    connection.executemany(
        "INSERT INTO metadata (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        values.items(),
    )


def fill_catalog(connection: sqlite3.Connection, user: UserFiles) -> Catalog:
    """Compile the catalogue, the user's part too, and write it over the one that is there.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store.
    user : UserFiles
        What the user added.

    Returns
    -------
    Catalog
        As it was written.

    Raises
    ------
    CatalogError
        If a file of it breaks the format.
    """
    manifest = user.manifest
    added = [
        Added(manifest, one.layer, as_toml(one.record))
        for one in user.read()
        if one.record is not None and manifest is not None
    ]
    folder = user.catalog if user.catalog and user.catalog.is_dir() else None
    plain = compile_catalog(user=folder, added=added)
    catalog = Catalog.from_plain(plain)
    connection.execute("DELETE FROM catalogue")
    connection.execute(
        "INSERT INTO catalogue (digest, content) VALUES (?, ?)",
        (catalog_digest(), json.dumps(plain, ensure_ascii=False)),
    )
    return catalog


def facts_store() -> sqlite3.Connection:
    """Make a store in memory from what ships with the package: no geometry, no address.

    Returns
    -------
    sqlite3.Connection
        Ready for ``Store``.
    """
    connection = sqlite3.connect(":memory:")
    fill_facts(connection, NOBODY)
    index_lieux(connection)
    return connection


def fill_facts(connection: sqlite3.Connection, user: UserFiles) -> Catalog:
    """Write the shipped facts and the catalogue into an empty database.

    Parameters
    ----------
    connection : sqlite3.Connection
        Where to; committed at the end.
    user : UserFiles
        What the user added to the catalogue.

    Returns
    -------
    Catalog
        The catalogue compiled on the way.
    """
    connection.executescript(TABLES_SQL + GAZETTEER_SQL)
    catalog = fill_catalog(connection, user)
    put_metadata(connection, expected_metadata(user))
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


def fill_package(connection: sqlite3.Connection, data: PackageData, catalog: Catalog) -> None:
    """Write populations, postal codes and the addresses of town halls.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store, facts filled.
    data : PackageData
        The package's tables.
    catalog : Catalog
        For the words of addresses.
    """
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


def index_lieux(connection: sqlite3.Connection) -> None:
    """Index the names of places for approximate search.

    Parameters
    ----------
    connection : sqlite3.Connection
        The store, names filled.
    """
    connection.execute("INSERT INTO lieux_fts (lieux_fts) VALUES ('rebuild')")
    connection.commit()

"""The store's tables, all in one GeoPackage.

Geometry layers (`communes`, `arrondissements`, `communes_deleguees`, `zones`) are written
by GDAL, with their R-trees. What stands here is the rest: plain tables, registered as
GeoPackage attributes so that QGIS lists them too; for that each needs an integer primary
key, as the standard asks. A new layout takes a new number: an older store is rebuilt,
never misread.
"""

from __future__ import annotations

__all__ = ["APPLICATION", "ATTRIBUTE_TABLES", "GAZETTEER_SQL", "SCHEMA_VERSION", "TABLES_SQL"]

SCHEMA_VERSION = 3
APPLICATION = "zonage_geo"

TABLES_SQL = """
CREATE TABLE metadata (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL
);
CREATE TABLE catalogue (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, content TEXT NOT NULL
);
CREATE TABLE cog_communes (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, nom TEXT NOT NULL,
    departement TEXT NOT NULL, population INTEGER
);
CREATE TABLE cog_sous_communes (
    id INTEGER PRIMARY KEY, code TEXT NOT NULL, nature TEXT NOT NULL, parent TEXT NOT NULL,
    nom TEXT NOT NULL, UNIQUE (code, nature)
);
CREATE TABLE cog_events (
    id INTEGER PRIMARY KEY, date TEXT NOT NULL, mod INTEGER NOT NULL,
    nature_av TEXT NOT NULL, av TEXT NOT NULL, nom_av TEXT NOT NULL,
    nature_ap TEXT NOT NULL, ap TEXT NOT NULL, nom_ap TEXT NOT NULL
);
CREATE INDEX cog_events_av ON cog_events (av, date);
CREATE INDEX cog_events_ap ON cog_events (ap, date);
CREATE TABLE memberships (
    id INTEGER PRIMARY KEY, list TEXT NOT NULL, code TEXT NOT NULL, class TEXT NOT NULL,
    UNIQUE (list, code)
);
CREATE TABLE zone_lists (
    id INTEGER PRIMARY KEY, list TEXT NOT NULL, commune TEXT NOT NULL, zone TEXT NOT NULL,
    nom TEXT NOT NULL, UNIQUE (list, commune, zone)
);
CREATE TABLE loaded_lists (
    id INTEGER PRIMARY KEY, list TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    rows INTEGER NOT NULL
);
CREATE TABLE codes_postaux (
    id INTEGER PRIMARY KEY, code_postal TEXT NOT NULL, commune TEXT NOT NULL,
    UNIQUE (code_postal, commune)
);
"""

GAZETTEER_SQL = """
CREATE TABLE lieux (
    id INTEGER PRIMARY KEY, norm TEXT NOT NULL, nature TEXT NOT NULL, nom TEXT NOT NULL,
    code TEXT NOT NULL, commune TEXT NOT NULL, population INTEGER
);
CREATE INDEX lieux_norm ON lieux (norm);
CREATE INDEX lieux_commune ON lieux (commune);
CREATE VIRTUAL TABLE lieux_fts USING fts5(norm, content='lieux', content_rowid='id',
    tokenize='trigram');
CREATE TABLE adresses (
    id INTEGER PRIMARY KEY, commune TEXT NOT NULL, arrondissement TEXT, numero TEXT,
    voie_norm TEXT NOT NULL, label TEXT NOT NULL, lon REAL NOT NULL, lat REAL NOT NULL
);
CREATE INDEX adresses_commune ON adresses (commune, voie_norm);
CREATE VIRTUAL TABLE adresses_fts USING fts5(voie_norm, content='adresses', content_rowid='id');
"""

ATTRIBUTE_TABLES = (
    "metadata",
    "catalogue",
    "cog_communes",
    "cog_sous_communes",
    "cog_events",
    "memberships",
    "zone_lists",
    "loaded_lists",
    "codes_postaux",
    "lieux",
    "adresses",
)

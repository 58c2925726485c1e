"""The store, read: stdlib ``sqlite3`` and its R-tree, nothing else.

All that `locate` asks of the data goes through `Store`. Values go in as parameters; the
only names put into a statement are those of the fixed lists below.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import StoreError
from zonage_geo.french import os_words
from zonage_geo.geometry import Polygons, degrees_around, read_gpkg, relate
from zonage_geo.store.areas import Areas, OutlineTable
from zonage_geo.store.connect import connect, is_ours, unreadable
from zonage_geo.store.records import Address, Lieu, Outline, ZoneShape
from zonage_geo.store.schema import SCHEMA_VERSION
from zonage_geo.territory import Change, Timeline

__all__ = ["Address", "Lieu", "Outline", "OutlineTable", "Store", "ZoneShape"]


class Store(Areas):
    """An open store.

    Parameters
    ----------
    connection : sqlite3.Connection
        On a database that has the store's tables.
    path : Path or None
        Where it is; None in memory.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._db = connection
        self.path = path
        self.metadata = dict(self._rows("SELECT key, value FROM metadata"))
        tables = {name for (name,) in self._rows("SELECT name FROM sqlite_master")}
        self.has_geometry = "rtree_communes_geom" in tables
        self._has_zones = "rtree_zones_geom" in tables
        self._lists: set[str] = set()
        if self.is_current_schema:  # another schema may not have the table
            self._lists = {name for (name,) in self._rows("SELECT list FROM loaded_lists")}
        self.timeline = Timeline(self._leaving, self._arriving)

    @classmethod
    def open(cls, path: Path, *, any_schema: bool = False) -> Store:
        """Open a store for reading.

        Parameters
        ----------
        path : Path
            The GeoPackage.
        any_schema : bool
            Whether a store of another schema opens too; nothing but its metadata may be
            asked then.

        Returns
        -------
        Store
            Read-only; also where the folder is, or where QGIS left the file in WAL.

        Raises
        ------
        StoreError
            If it is missing, corrupt, foreign, or of another schema.
        """
        if not path.is_file():
            msg = f"{path} : magasin absent. Construisez-le : python -m zonage_geo data build"
            raise StoreError(msg)
        with ExitStack() as stack:
            try:
                connection = connect(path)
                stack.callback(connection.close)
                ours = is_ours(connection)
            except sqlite3.Error as error:
                raise StoreError(unreadable(path, error)) from error
            if not ours:
                msg = (
                    f"{path} : cette base n'est pas un magasin zonage_geo ; elle n'est pas "
                    "touchée. Déplacez-la, ou choisissez un autre dossier avec la variable "
                    "ZONAGE_GEO_HOME (python -m zonage_geo data build --force la remplacerait)."
                )
                raise StoreError(msg)
            store = cls(connection, path)
            if not (any_schema or store.is_current_schema):
                msg = (
                    f"{path} : ce magasin est celui d'une autre version du logiciel (schéma "
                    f"{store.schema_version} au lieu de {SCHEMA_VERSION}). Reconstruisez-le : "
                    "python -m zonage_geo data build"
                )
                raise StoreError(msg)
            stack.pop_all()
        return store

    @property
    def file(self) -> Path:
        """The GeoPackage; a store in memory has none, which is an error to ask for."""
        if self.path is None:
            raise StoreError("ce magasin est en mémoire : il n'a ni fichier ni contours.")
        return self.path

    @property
    def schema_version(self) -> int:
        """Number of the layout its tables have."""
        text = self.metadata.get("schema_version", "")
        return int(text) if text.isdecimal() else 0

    @property
    def is_current_schema(self) -> bool:
        """Whether this version of the package reads it."""
        return self.schema_version == SCHEMA_VERSION

    @property
    def widest_outline_m(self) -> float:
        """Accuracy of the least accurate outline that a file brought, in metres."""
        return float(self.metadata.get("accuracy_communes_max_m", 0.0))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            msg = (
                f"{self.path or 'magasin'} : lecture impossible ({os_words(error)}). "
                "Reconstruisez-le : python -m zonage_geo data build --force"
            )
            raise StoreError(msg) from error

    # the catalogue and the lists

    def catalog(self) -> Catalog:
        """Give the catalogue that the store was built with.

        Returns
        -------
        Catalog
            Rebuilt from its compiled form.
        """
        ((content,),) = self._rows("SELECT content FROM catalogue")
        return Catalog.from_plain(json.loads(content))

    def has_list(self, name: str) -> bool:
        """Tell whether a list is loaded.

        Parameters
        ----------
        name : str
            As an edition's ``source`` names it, after ``embedded:``.

        Returns
        -------
        bool
            True where it can be asked.
        """
        return name in self._lists

    def membership(self, name: str, code: str) -> str | None:
        """Give the class of a code in a list.

        Parameters
        ----------
        name, code : str
            The list, and the commune's, arrondissement's or zone's code.

        Returns
        -------
        str or None
            The class; None where the list has no such code.
        """
        rows = self._rows("SELECT class FROM memberships WHERE list = ? AND code = ?", (name, code))
        return rows[0][0] if rows else None

    def zones_of(self, name: str, commune: str) -> list[tuple[str, str]]:
        """List the zones that a commune holds.

        Parameters
        ----------
        name, commune : str
            The list of zones, and a commune's code in the list's vintage.

        Returns
        -------
        list of tuple
            Code and name, by code.
        """
        return self._rows(
            "SELECT zone, nom FROM zone_lists WHERE list = ? AND commune = ? ORDER BY zone",
            (name, commune),
        )

    def communes_of_zone(self, name: str, zone: str) -> list[str]:
        """List the communes that a zone is made of, or that it touches.

        Parameters
        ----------
        name, zone : str
            The list of zones, and the zone's code.

        Returns
        -------
        list of str
            Codes, in the list's vintage.
        """
        sql = "SELECT commune FROM zone_lists WHERE list = ? AND zone = ? ORDER BY commune"
        return [commune for (commune,) in self._rows(sql, (name, zone))]

    def zone_list(self, name: str) -> list[tuple[str, str, str]]:
        """List the zones of every commune.

        Parameters
        ----------
        name : str
            The list of zones.

        Returns
        -------
        list of tuple
            Commune (in the list's vintage), zone, name; by zone.
        """
        return self._rows(
            "SELECT commune, zone, nom FROM zone_lists WHERE list = ? ORDER BY zone, commune",
            (name,),
        )

    def changes(self) -> list[Change]:
        """Give every event between communes.

        Returns
        -------
        list of Change
            Oldest first.
        """
        rows = self._rows(
            "SELECT date, mod, av, nom_av, ap, nom_ap FROM cog_events "
            "WHERE nature_av = 'COM' AND nature_ap = 'COM' ORDER BY date, id"
        )
        return [Change(*row) for row in rows]

    # geometry

    def outlines_near(
        self, table: OutlineTable, lon: float, lat: float, metres: float
    ) -> list[Outline]:
        """List the communes (or arrondissements) within some metres of a point.

        Parameters
        ----------
        table : {"communes", "arrondissements"}
            Which outlines.
        lon, lat : float
            The point, EPSG:4326 degrees.
        metres : float
            How far to look.

        Returns
        -------
        list of Outline
            Nearest first; those that hold the point before all others.
        """
        columns = "o.codes, o.accuracy_m" if table == "communes" else "o.codes, NULL"
        found = [
            Outline(tuple(codes.split()), relate(polygons, lon, lat), accuracy)
            for codes, accuracy, polygons in self._shapes(table, columns, lon, lat, metres)
        ]
        found = [outline for outline in found if outline.relation.distance_m <= metres]
        return sorted(found, key=lambda o: (o.relation.distance_m, -o.relation.border_m, o.codes))

    def outline(self, code: str) -> Polygons | None:
        """Give the outline of a commune or arrondissement.

        Parameters
        ----------
        code : str
            INSEE code in the store's vintage.

        Returns
        -------
        Polygons or None
            EPSG:4326 degrees; None where the store has none of its own.
        """
        if not self.has_geometry:
            return None
        for table in ("communes", "arrondissements"):
            rows = self._rows(f"SELECT geom FROM {table} WHERE codes = ?", (code,))  # noqa: S608
            if rows:
                return read_gpkg(rows[0][0])
        return None

    def has_perimeters(self, layer: str, edition: str) -> bool:
        """Tell whether an edition's perimeters are loaded.

        Parameters
        ----------
        layer, edition : str
            Their ids.

        Returns
        -------
        bool
            True where the store holds at least one of its zones.
        """
        if not self._has_zones:
            return False
        sql = "SELECT 1 FROM zones WHERE layer = ? AND edition = ? LIMIT 1"
        return bool(self._rows(sql, (layer, edition)))

    def drawn_zones(self, layer: str, edition: str) -> frozenset[str]:
        """Tell which of an edition's zones have their perimeter loaded.

        Parameters
        ----------
        layer, edition : str
            Their ids.

        Returns
        -------
        frozenset of str
            Codes of zones.
        """
        if not self._has_zones:
            return frozenset()
        sql = "SELECT code FROM zones WHERE layer = ? AND edition = ?"
        return frozenset(code for (code,) in self._rows(sql, (layer, edition)))

    def zones_near(
        self, layer: str, edition: str, lon: float, lat: float, metres: float
    ) -> list[ZoneShape]:
        """List an edition's zones within some metres of a point.

        Parameters
        ----------
        layer, edition : str
            Their ids.
        lon, lat : float
            The point, EPSG:4326 degrees.
        metres : float
            How far to look.

        Returns
        -------
        list of ZoneShape
            Nearest first.
        """
        found = []
        for code, nom, zone_class, its_layer, its_edition, polygons in self._shapes(
            "zones", "o.code, o.nom, o.class, o.layer, o.edition", lon, lat, metres
        ):
            if (its_layer, its_edition) == (layer, edition):
                relation = relate(polygons, lon, lat)
                if relation.distance_m <= metres:
                    found.append(ZoneShape(code, nom, zone_class, relation))
        return sorted(found, key=lambda z: (z.relation.distance_m, z.code))

    def _shapes(
        self, table: str, columns: str, lon: float, lat: float, metres: float
    ) -> Iterator[tuple[Any, ...]]:
        if not self.has_geometry:
            raise StoreError(
                "ce magasin n'a pas de contours. Construisez-en un qui en ait : "
                "python -m zonage_geo data build"
            )
        width, height = degrees_around(lat, metres)
        sql = (
            f"SELECT {columns}, o.geom FROM rtree_{table}_geom AS r "  # noqa: S608
            f"JOIN {table} AS o ON o.fid = r.id "
            "WHERE r.minx <= ? AND r.maxx >= ? AND r.miny <= ? AND r.maxy >= ?"
        )
        box = (lon + width, lon - width, lat + height, lat - height)
        for row in self._rows(sql, box):
            yield (*row[:-1], read_gpkg(row[-1]))

    # commune codes

    def commune_name(self, code: str) -> str | None:
        """Name a commune of the store's vintage.

        Parameters
        ----------
        code : str
            INSEE code.

        Returns
        -------
        str or None
            With its article; None where there is no such commune.
        """
        rows = self._rows("SELECT nom FROM cog_communes WHERE code = ?", (code,))
        return rows[0][0] if rows else None

    def sub_commune(self, code: str) -> list[Lieu]:
        """List the communes déléguées, associées and arrondissements of a code.

        Parameters
        ----------
        code : str
            INSEE code.

        Returns
        -------
        list of Lieu
            None, one, or one a nature.
        """
        rows = self._rows(
            "SELECT nature, nom, code, parent FROM cog_sous_communes WHERE code = ? "
            "ORDER BY nature",
            (code,),
        )
        return [Lieu(nature, nom, own, parent, None) for nature, nom, own, parent in rows]

    def last_day_as(self, code: str, nom: str) -> str | None:
        """Find when a code last stopped being a commune of some name.

        Parameters
        ----------
        code, nom : str
            Code and name, with article, of a former commune.

        Returns
        -------
        str or None
            First day on which it no longer was, ISO; None where no event since 2014 says.
        """
        days = [
            change.date
            for change in self._leaving(code)
            if change.before_nom == nom and (change.after, change.after_nom) != (code, nom)
        ]
        return max(days, default=None)

    def _leaving(self, code: str) -> list[Change]:
        return self._changes("av", code)

    def _arriving(self, code: str) -> list[Change]:
        return self._changes("ap", code)

    def _changes(self, side: Literal["av", "ap"], code: str) -> list[Change]:
        rows = self._rows(
            "SELECT date, mod, av, nom_av, ap, nom_ap FROM cog_events "  # noqa: S608
            f"WHERE {side} = ? AND nature_av = 'COM' AND nature_ap = 'COM' ORDER BY date, id",
            (code,),
        )
        return [Change(*row) for row in rows]

    def lists(self) -> list[tuple[str, str, int]]:
        """Tell which lists are loaded.

        Returns
        -------
        list of tuple
            Name, title, number of rows.
        """
        return self._rows("SELECT list, title, rows FROM loaded_lists ORDER BY list")

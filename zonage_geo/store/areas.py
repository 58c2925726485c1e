"""What a store knows of its communes as areas: which there are, where, in which shape."""

from __future__ import annotations

from typing import Literal

from zonage_geo.geometry import Polygons, degrees_around, read_gpkg
from zonage_geo.store.gazetteer import Gazetteer
from zonage_geo.store.records import Box

__all__ = ["Areas", "OutlineTable"]

OutlineTable = Literal["communes", "arrondissements"]


class Areas(Gazetteer):
    """The part of a store that answers about communes as areas."""

    has_geometry: bool

    def communes(self) -> list[tuple[str, str, str, int | None]]:
        """List the communes of the store's vintage.

        Returns
        -------
        list of tuple
            Code, name with article, département, population (None where unknown); by code.
        """
        return self._rows(
            "SELECT code, nom, departement, population FROM cog_communes ORDER BY code"
        )

    def epcis(self) -> dict[str, str]:
        """Tell the EPCI of each commune that has one.

        Returns
        -------
        dict
            Commune code to EPCI code; a commune without an outline of its own is not in it.
        """
        if not self.has_geometry:
            return {}
        sql = "SELECT code, epci FROM communes WHERE code IS NOT NULL AND epci IS NOT NULL"
        return dict(self._rows(sql))

    def own_shapes(self) -> list[tuple[str, bytes]]:
        """Give the outline of each commune that has one of its own, as it is stored.

        Returns
        -------
        list of tuple
            Code, GeoPackage blob; by code.
        """
        if not self.has_geometry:
            return []
        return self._rows("SELECT code, geom FROM communes WHERE code IS NOT NULL ORDER BY code")

    def part_shapes(self) -> list[tuple[str, bytes]]:
        """Give the outlines of communes déléguées and associées, as they are stored.

        Returns
        -------
        list of tuple
            Code, GeoPackage blob.
        """
        if not self.has_geometry:
            return []
        return self._rows("SELECT code, geom FROM communes_deleguees ORDER BY nature, code")

    def zone_shapes(self, layer: str, edition: str) -> list[tuple[str, str, str, bytes]]:
        """Give an edition's perimeters, as they are stored.

        Parameters
        ----------
        layer, edition : str
            Their ids.

        Returns
        -------
        list of tuple
            Code, name, class, GeoPackage blob; by code.
        """
        if not self.has_geometry:
            return []
        return self._rows(
            "SELECT code, nom, class, geom FROM zones WHERE layer = ? AND edition = ? "
            "ORDER BY code",
            (layer, edition),
        )

    def shapes_in(
        self, west: float, south: float, east: float, north: float
    ) -> list[tuple[str, bytes]]:
        """Give the outlines of communes that meet a box, as they are stored.

        Parameters
        ----------
        west, south, east, north : float
            Degrees.

        Returns
        -------
        list of tuple
            Codes joined by a space, GeoPackage blob; by codes.
        """
        if not self.has_geometry:
            return []
        return self._rows(
            "SELECT o.codes, o.geom FROM rtree_communes_geom AS r JOIN communes AS o "
            "ON o.fid = r.id WHERE r.minx <= ? AND r.maxx >= ? AND r.miny <= ? AND r.maxy >= ? "
            "ORDER BY o.codes",
            (east, west, north, south),
        )

    def boxes_near(self, table: OutlineTable, lon: float, lat: float, metres: float) -> list[Box]:
        """List the boxes of outlines within some metres of a point, without their shapes.

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
        list of Box
            In no order.
        """
        if not self.has_geometry:
            return []
        width, height = degrees_around(lat, metres)
        accuracy = "o.accuracy_m" if table == "communes" else "NULL"
        sql = (
            f"SELECT o.fid, o.codes, {accuracy}, r.minx, r.miny, r.maxx, r.maxy "  # noqa: S608
            f"FROM rtree_{table}_geom AS r JOIN {table} AS o ON o.fid = r.id "
            "WHERE r.minx <= ? AND r.maxx >= ? AND r.miny <= ? AND r.maxy >= ?"
        )
        box = (lon + width, lon - width, lat + height, lat - height)
        return [
            Box(table, fid, tuple(codes.split()), accuracy, bounds)
            for fid, codes, accuracy, *bounds in self._rows(sql, box)
        ]

    def shape(self, box: Box) -> Polygons:
        """Read the outline of a box.

        Parameters
        ----------
        box : Box
            As `boxes_near` gives it.

        Returns
        -------
        Polygons
            EPSG:4326 degrees.
        """
        sql = f"SELECT geom FROM {box.table} WHERE fid = ?"  # noqa: S608
        return read_gpkg(self._rows(sql, (box.fid,))[0][0])

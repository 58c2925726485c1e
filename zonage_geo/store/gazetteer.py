"""Names, addresses and postal codes of the store: what the offline geocoder asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zonage_geo.store.records import Address, Lieu

__all__ = ["Gazetteer"]


class Gazetteer:
    """The part of a store that knows places by name."""

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        raise NotImplementedError

    def lieux(self, norms: Sequence[str]) -> list[tuple[str, Lieu]]:
        """Find the places that bear one of some names.

        Parameters
        ----------
        norms : sequence of str
            Normalised names.

        Returns
        -------
        list of tuple
            Normalised name and place; the most populated first.
        """
        marks = ", ".join("?" * len(norms))
        rows = self._rows(
            "SELECT norm, nature, nom, code, commune, population FROM lieux "  # noqa: S608
            f"WHERE norm IN ({marks}) ORDER BY population DESC, code",
            norms,
        )
        return [(row[0], Lieu(*row[1:])) for row in rows]

    def lieux_like(self, norm: str, limit: int) -> list[tuple[str, Lieu]]:
        """Find places whose name shares pieces of three letters with a text.

        Parameters
        ----------
        norm : str
            Normalised text.
        limit : int
            How many at the most.

        Returns
        -------
        list of tuple
            Normalised name and place, likeliest first.
        """
        pieces = sorted({norm[i : i + 3] for i in range(len(norm) - 2)})
        if not pieces:
            return []
        query = " OR ".join('"' + piece.replace('"', "") + '"' for piece in pieces)
        rows = self._rows(
            "SELECT l.norm, l.nature, l.nom, l.code, l.commune, l.population "
            "FROM lieux_fts AS f JOIN lieux AS l ON l.id = f.rowid "
            "WHERE lieux_fts MATCH ? ORDER BY f.rank LIMIT ?",
            (query, limit),
        )
        return [(row[0], Lieu(*row[1:])) for row in rows]

    def has_parts(self, commune: str) -> bool:
        """Tell whether a commune was made of several.

        Parameters
        ----------
        commune : str
            INSEE code in the store's vintage.

        Returns
        -------
        bool
            True where it has déléguées or associées, or communes that it absorbed since 2014.
        """
        rows = self._rows(
            "SELECT 1 FROM lieux WHERE commune = ? AND code <> commune "
            "AND nature <> 'arrondissement' LIMIT 1",
            (commune,),
        )
        return bool(rows)

    def adresses_of(self, commune: str, voie_norm: str) -> list[Address]:
        """Find the addresses of one street of a commune.

        Parameters
        ----------
        commune, voie_norm : str
            INSEE code in the store's vintage, normalised street name.

        Returns
        -------
        list of Address
            By number.
        """
        rows = self._rows(
            "SELECT commune, arrondissement, numero, voie_norm, label, lon, lat FROM adresses "
            "WHERE commune = ? AND voie_norm = ? ORDER BY numero",
            (commune, voie_norm),
        )
        return [Address(*row) for row in rows]

    def adresses_like(self, words: Sequence[str], limit: int) -> list[Address]:
        """Find addresses, in any commune, whose street has all of some words.

        Parameters
        ----------
        words : sequence of str
            Normalised words.
        limit : int
            How many at the most.

        Returns
        -------
        list of Address
            Best match first.
        """
        query = " ".join('"' + word.replace('"', "") + '"' for word in words)
        if not query:
            return []
        rows = self._rows(
            "SELECT a.commune, a.arrondissement, a.numero, a.voie_norm, a.label, a.lon, a.lat "
            "FROM adresses_fts AS f JOIN adresses AS a ON a.id = f.rowid "
            "WHERE adresses_fts MATCH ? ORDER BY f.rank LIMIT ?",
            (query, limit),
        )
        return [Address(*row) for row in rows]

    def postcodes(self) -> list[tuple[str, str]]:
        """List postal codes and what they serve.

        Returns
        -------
        list of tuple
            Postal code, and code of the commune or arrondissement.
        """
        return self._rows("SELECT code_postal, commune FROM codes_postaux ORDER BY 1, 2")

    def communes_of_postcode(self, code_postal: str) -> list[str]:
        """List the communes that a postal code serves.

        Parameters
        ----------
        code_postal : str
            Five digits.

        Returns
        -------
        list of str
            INSEE codes (arrondissements in Paris, Lyon and Marseille): the most populated
            commune, then the others by code, which in a département is by name.
        """
        rows = self._rows(
            "SELECT p.commune FROM codes_postaux AS p "
            "LEFT JOIN cog_communes AS c ON c.code = p.commune WHERE p.code_postal = ? "
            "ORDER BY c.population DESC, p.commune",
            (code_postal,),
        )
        codes = [code for (code,) in rows]
        return codes[:1] + sorted(codes[1:])

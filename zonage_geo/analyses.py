"""The atlas's questions about territories: each a call into the room that answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date as Date  # noqa: N812  (``date`` is what users pass)
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from zonage_geo.dates import parse_date, today
from zonage_geo.errors import SwappedPointError
from zonage_geo.settings import Settings
from zonage_geo.store import Store

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from zonage_geo.catalog.model import Catalog
    from zonage_geo.lists import Reading
    from zonage_geo.many.engine import Engine
    from zonage_geo.proximity import Nearest
    from zonage_geo.selection import Where
    from zonage_geo.territory.passage import Policy

__all__ = ["Analyses", "in_python", "listed"]


@contextmanager
def in_python() -> Iterator[None]:
    """Say in a notebook's words how a point that came the other way round is to be given.

    Yields
    ------
    None
        While a point is asked about.

    Raises
    ------
    SwappedPointError
        The same, with those words.
    """
    try:
        yield
    except SwappedPointError as error:
        lat, lon = error.lat, error.lon
        raise SwappedPointError(f"{error} Essayez lat={lat}, lon={lon}.", lat, lon) from None


def listed(names: str | Sequence[str]) -> tuple[str, ...]:
    """Take a name alone for a list of one.

    Parameters
    ----------
    names : str or sequence of str
        ``"ZIP"``, or ``["ZIP", "ZAC"]``.

    Returns
    -------
    tuple of str
        The names.
    """
    return (names,) if isinstance(names, str) else tuple(names)


class Analyses:
    """The part of an atlas that answers about territories."""

    _store: Store
    _settings: Settings
    _date: Date | None
    catalog: Catalog

    if TYPE_CHECKING:

        def _engine(self, day: Date) -> Engine: ...

    def _day(self, date: Date | str | None) -> Date:
        return parse_date(date) or self._date or today()

    def overlay(
        self,
        *,
        date: Date | str | None = None,
        layers: str | Sequence[str] | None = None,
        qpv_population: Mapping[str, int] | None = None,
        distances: bool = True,
        aids: str | Sequence[str] = (),
        **where: Unpack[Where],
    ) -> gpd.GeoDataFrame:
        """Put every layer on the communes of a territory.

        Parameters
        ----------
        date : date or str, optional
            The day asked about; the atlas's by default.
        layers : str or sequence of str, optional
            Which; all of which something is loaded there otherwise.
        qpv_population : mapping of str to int, optional
            Inhabitants of quarters by code: no source of the store gives them.
        distances : bool
            Whether to bound the distance to the nearest ZIP or ZAC commune, in metres.
        aids : str or sequence of str
            Ids of aids: of each, whether the commune opens it to somebody who fulfils its other
            conditions (``aide_CAIM``: ouverte, à préciser, non ouverte), and why.
        **where
            One of ``region="76"``, ``departement="09"``, ``epci="200067791"``,
            ``communes=[…]``, ``polygon=…``; none: France.

        Returns
        -------
        GeoDataFrame
            One row a commune (COG 2025), EPSG:4326; for each layer its class, label, verdict,
            what is to be checked; quarters and the share of area they cover. See
            ``zonage_geo.overlay.overlay``; ``attrs`` has the sources and the report.

        Raises
        ------
        InputError
            If the territory or a layer is unknown.
        StoreError
            If nothing of a layer asked for is loaded there.
        """
        from zonage_geo.overlay import overlay
        from zonage_geo.selection import choice_of

        frame = overlay(
            self._store,
            self.catalog,
            choice_of(where),
            self._day(date),
            layers=None if layers is None else listed(layers),
            quarters=qpv_population,
            distances=distances,
        )
        if aids:
            from zonage_geo.openings.table import add_aids

            add_aids(frame, self._engine(self._day(date)), self._store, listed(aids))
        return frame

    def pdsa_sectors(
        self,
        source: str | Path | pd.DataFrame | None = None,
        *,
        date: Date | str | None = None,
        levels: Sequence[str] | None = None,
        quarters: str | None = None,
        slot: str | None = None,
        season: str | None = None,
        **how: Any,  # noqa: ANN401
    ) -> gpd.GeoDataFrame:
        """Tell which garde sectors open the exemption of CGI art. 151 ter.

        Parameters
        ----------
        source : str, Path or DataFrame, optional
            A list (sector, commune code) of any vintage since 2014, or polygons; the sectors
            added to the store otherwise.
        date : date or str, optional
            The day of the classes; the atlas's by default.
        levels : sequence of str, optional
            Classes that count: ZIP (DGOS, 2018), and ZAC too in Hauts-de-France, by default.
        quarters : {"oui", "non", "indéterminé"}, optional
            Whether a quarter of such a class counts; undecided by default.
        slot, season : str, optional
            Those wanted, of a list whose sectors change with them.
        **how
            How the file reads: ``columns={"zone": …, "code": …}``, ``cog``, ``crs``,
            ``encoding``, ``sheet``, ``layer``.

        Returns
        -------
        GeoDataFrame
            One row a sector, EPSG:4326; see ``zonage_geo.pdsa.pdsa_sectors``.

        Raises
        ------
        InputError
            If the list cannot be trusted.
        StoreError
            If no edition of the zonage answers on that day, or no sector is loaded.
        """
        from zonage_geo.pdsa import Counting, pdsa_sectors

        return pdsa_sectors(
            self._store,
            self.catalog,
            Path(source) if isinstance(source, str) else source,
            self._day(date),
            how=_reading(how),
            counting=Counting(levels, quarters, slot, season),
        )

    def coverage(
        self,
        by: str = "departement",
        *,
        layer: str = "zonage_medecins",
        date: Date | str | None = None,
        population: pd.Series | None = None,
        qpv_population: Mapping[str, int] | None = None,
        **where: Unpack[Where],
    ) -> pd.DataFrame:
        """Count communes, inhabitants and km² by class.

        Parameters
        ----------
        by : {"territoire", "region", "departement", "epci", "secteur", "tvs"}
            Of what; the last two once a file of them was added.
        layer : str
            A layer of communes.
        date : date or str, optional
            The day of the classes; the atlas's by default.
        population : Series, optional
            By commune code, as `indicator` gives it; the store's otherwise.
        qpv_population : mapping of str to int, optional
            Inhabitants of quarters: those that have their own class are counted under it.
        **where
            As `overlay` takes it.

        Returns
        -------
        DataFrame
            One row a territory and class; see ``zonage_geo.coverage.coverage``.

        Raises
        ------
        InputError
            If a word is unknown.
        StoreError
            If nothing of the layer is loaded there.
        """
        from zonage_geo.coverage import coverage
        from zonage_geo.selection import choice_of

        return coverage(
            self._store,
            self.catalog,
            choice_of(where),
            self._day(date),
            by=by,
            layer=layer,
            populations=population,
            quarters=qpv_population,
        )

    def compare(
        self,
        before: Date | str | Path | pd.DataFrame,
        after: Date | str | Path | pd.DataFrame,
        *,
        layer: str = "zonage_medecins",
        complete: bool = False,
        how: Mapping[str, Any] | None = None,
        **where: Unpack[Where],
    ) -> pd.DataFrame:
        """Compare two states of a zoning, commune by commune.

        Parameters
        ----------
        before, after : date, str, Path or DataFrame
            A day, ``couche@day`` or ``couche@edition`` (``zrr@2024-06-30``), or a list of any
            vintage.
        layer : str
            The layer, where a state does not name it.
        complete : bool
            Whether a commune that a file does not list is outside.
        how : mapping, optional
            How files read: ``columns``, ``classes``, ``cog``, ``sheet``.
        **where
            As `overlay` takes it.

        Returns
        -------
        DataFrame
            One row a commune, with ``changement``; ``zonage_geo.compare.balance`` and
            ``matrix`` sum it up.

        Raises
        ------
        InputError
            If a state cannot be understood.
        StoreError
            If nothing of it is loaded there.
        """
        from zonage_geo.compare import compare
        from zonage_geo.selection import choice_of

        return compare(
            self._store,
            self.catalog,
            choice_of(where),
            before,
            after,
            layer=layer,
            how=_reading(how or {}),
            complete=complete,
        )

    def nearest(
        self,
        text: str | None = None,
        *,
        lon: float | None = None,
        lat: float | None = None,
        insee: str | None = None,
        classes: str | Sequence[str] = ("ZIP", "ZAC"),
        layer: str = "zonage_medecins",
        date: Date | str | None = None,
    ) -> Nearest:
        """Bound the distance from a place to the nearest commune of some classes.

        Parameters
        ----------
        text : str, optional
            An address, a commune's name or a postal code.
        lon, lat : float, optional
            A point, EPSG:4326 degrees.
        insee : str, optional
            A commune code, of any vintage.
        classes : str or sequence of str
            Which class, or classes.
        layer : str
            The layer that has them.
        date : date or str, optional
            The day of the classes; the atlas's by default.

        Returns
        -------
        Nearest
            Metres: the true distance lies between ``low_m`` and ``high_m``.

        Raises
        ------
        InputError
            If the question cannot be understood.
        PlaceNotFoundError
            If no place answers to it.
        """
        from zonage_geo.locate import Query, locate
        from zonage_geo.proximity import nearest_zone

        day, query = self._day(date), Query(text=text, lon=lon, lat=lat, insee=insee)
        with in_python():
            found = locate(self._store, self.catalog, query, day, settings=self._settings).place
        return nearest_zone(
            self._store,
            self.catalog,
            found,
            listed(classes),
            day,
            layer=layer,
            settings=self._settings,
        )

    def indicator(
        self,
        source: str | Path | pd.DataFrame,
        column: str,
        *,
        policy: Policy = "same",
        population: bool = False,
        **how: Any,  # noqa: ANN401
    ) -> pd.Series:
        """Read a column of numbers by commune, brought to the store's vintage.

        Parameters
        ----------
        source : str, Path or DataFrame
            A workbook, a CSV.
        column : str
            Its title, or enough of it.
        policy : {"same", "sum"}
            What becomes of the numbers of communes that merged.
        population : bool
            Whether they are inhabitants: summed, and a zero is believed only where the store
            has one too.
        **how
            How the file reads: ``sheet``, ``columns={"code": …}``, ``cog``, ``encoding``.

        Returns
        -------
        Series
            By commune code; ``zonage_geo.indicators.attach`` puts it beside an overlay.

        Raises
        ------
        InputError
            If the file or the column cannot be trusted.
        """
        from zonage_geo.indicators import column_of, populations_of

        path = Path(source) if isinstance(source, str) else source
        rule: Policy = "sum" if population else policy
        values = column_of(path, column, _reading(how), policy=rule)
        if not population:
            return values
        return populations_of(values, {code: n for code, _, _, n in self._store.communes()})


def _reading(how: Mapping[str, Any]) -> Reading:
    from zonage_geo.errors import InputError
    from zonage_geo.lists import Reading

    if strange := sorted(set(how) - set(Reading._fields)):
        raise InputError(
            f"lecture du fichier : {', '.join(strange)} n'est pas parmi "
            f"{', '.join(Reading._fields)}."
        )
    return Reading(**how)

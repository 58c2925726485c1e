"""The face for notebooks: opens the store, asks the rooms below, returns frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date  # noqa: N812  (``date`` is what users pass)
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Unpack

from zonage_geo.analyses import Analyses, in_python
from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError
from zonage_geo.locate import Location as PlainLocation
from zonage_geo.locate import Query, locate
from zonage_geo.maps.face import Drawings
from zonage_geo.progress import say
from zonage_geo.render.html import to_html
from zonage_geo.render.plain import to_dict
from zonage_geo.render.text import to_text
from zonage_geo.settings import Settings
from zonage_geo.store import Progress, Store, open_store

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from zonage_geo.geocoding.local import LocalGeocoder
    from zonage_geo.geocoding.online import AutoGeocoder
    from zonage_geo.many.engine import Engine
    from zonage_geo.openings import Desk
    from zonage_geo.openings.view import PlaceAids
    from zonage_geo.selection import Where

__all__ = ["Atlas", "Location", "open"]

FrameT = TypeVar("FrameT")


class Location(PlainLocation):
    """A place's zones at a date, with the ways to show them and to ask what they open."""

    atlas: Atlas | None = None
    """The atlas that answered; None: what is asked next is answered from the zones alone."""

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain data, the schema ``zonage_geo.location/1``.

        Returns
        -------
        dict
            What ``locate --json`` prints.
        """
        return to_dict(self)

    def aids(
        self,
        profile: Mapping[str, Any] | None = None,
        *,
        signature: Date | str | None = None,
        readings: Mapping[str, str] | None = None,
    ) -> PlaceAids:
        """Tell which aids the place opens on its date.

        Parameters
        ----------
        profile : mapping, optional
            Who asks: ``{"status": "liberal", "demi_journees": 8}``. A word that is not given is
            not known; ``python -m zonage_geo aids --mots`` lists them.
        signature : date or str, optional
            The day of signature or installation, where it is not the place's date: zones are
            then those of that day, and what was signed may still run.
        readings : mapping, optional
            Where documents disagree, other readings than those that prevail.

        Returns
        -------
        PlaceAids
            One answer an aid; ``aids["CAIM"]``, ``to_frame()``, ``to_dict()``.

        Raises
        ------
        InputError
            If a word, a value, a date or a reading is not one.
        """
        from zonage_geo.openings.view import aids_of

        desk = self.atlas.desk if self.atlas is not None else None
        signed = parse_date(signature)
        return aids_of(desk, self, profile, signature=signed, readings=readings)

    def __str__(self) -> str:
        return to_text(self, now=today())

    def _repr_html_(self) -> str:
        return to_html(self, today())


class Atlas(Analyses, Drawings):
    """An open store, and a date that its questions are about.

    Parameters
    ----------
    store : Store
        An open store.
    settings : Settings
        Radii and accuracies.
    date : date or None
        Day of every question that names none; None: the day on which it is asked.
    """

    def __init__(self, store: Store, settings: Settings, date: Date | None) -> None:
        self._geocoder: LocalGeocoder | AutoGeocoder | None = None
        self._store = store
        self._settings = settings
        self._date = date
        self.catalog = store.catalog()
        self._engines: dict[Date, Engine] = {}

    @property
    def path(self) -> Path:
        """The GeoPackage it reads."""
        return self._store.file

    def __repr__(self) -> str:
        when = self._date.isoformat() if self._date else "du jour"
        return f"Atlas({str(self.path)!r}, date={when})"

    def locate(
        self,
        text: str | None = None,
        *,
        lon: float | None = None,
        lat: float | None = None,
        insee: str | None = None,
        code_postal: str | None = None,
        date: Date | str | None = None,
    ) -> Location:
        """Answer which zones apply to a place.

        An address is sought online, then on this machine, then by its commune; `open` says
        how to do without the network. Names of communes and postal codes are never sent.

        Parameters
        ----------
        text : str, optional
            An address, a commune's name or a postal code.
        lon, lat : float, optional
            A point, EPSG:4326 degrees; by name, so that nobody swaps them.
        insee : str, optional
            A commune code, of any vintage; with a point or a text, the code decides on the
            commune and the rest serves the perimeters.
        code_postal : str, optional
            Postal code of an address.
        date : date or str, optional
            The day asked about, ``2024-12-09`` or ``09/12/2024``; the atlas's by default.

        Returns
        -------
        Location
            One answer a layer.

        Raises
        ------
        InputError
            If the question cannot be understood.
        PlaceNotFoundError
            If no place, or several, answer to it.
        """
        if (lon is None) != (lat is None):
            raise InputError("lon et lat vont ensemble.")
        texts = {"text": text, "insee": insee, "code_postal": code_postal}
        _check_types(texts, {"lon": lon, "lat": lat})
        day = parse_date(date) or self._date or today()
        query = Query(text=text, lon=lon, lat=lat, insee=insee, code_postal=code_postal)
        with in_python():
            found = locate(
                self._store,
                self.catalog,
                query,
                day,
                settings=self._settings,
                geocoder=self._reader() if text is not None else None,
            )
        place = Location(*found)
        place.atlas = self
        return place

    def _reader(self) -> LocalGeocoder | AutoGeocoder:
        """Give what reads addresses, made once."""
        if self._geocoder is None:
            from zonage_geo.geocoding.service import open_geocoder

            self._geocoder = open_geocoder(self._store, self.catalog, self._settings, say)
        return self._geocoder

    def locate_many(  # noqa: PLR0913  (columns, by name)
        self,
        frame: FrameT,
        *,
        lon: str | None = None,
        lat: str | None = None,
        insee: str | None = None,
        adresse: str | Sequence[str] | None = None,
        code_postal: str | None = None,
        ville: str | None = None,
        date: Date | str | None = None,
        verdicts: bool = True,
        on_invalid: Literal["keep", "raise"] = "keep",
        threads: int | None = None,
    ) -> FrameT:
        """Answer which zones apply to each row of a frame, by the million.

        Parameters
        ----------
        frame : DataFrame, GeoDataFrame or pyarrow.Table
            Points of any declared system; or columns of longitudes and latitudes in degrees
            (EPSG:4326); or commune codes of any vintage; or addresses.
        lon, lat, insee : str, optional
            Names of those columns; found by their names otherwise.
        adresse : str or sequence of str, optional
            Columns of addresses, put end to end; only columns that are named are geocoded,
            online where `open` allows it.
        code_postal, ville : str, optional
            Those of the postal code and of the commune's name; ``insee`` is the address's too.
        date : date or str, optional
            The day asked about; the atlas's by default.
        verdicts : bool
            Answer as `locate` does; or give bare memberships, several times faster: the
            commune that holds the point, its class in each list, the perimeters that hold it.
        on_invalid : {"keep", "raise"}
            Whether a row that is nowhere says so in ``zg_erreur``, or stops it all.
        threads : int, optional
            One a core by default.

        Returns
        -------
        DataFrame, GeoDataFrame or pyarrow.Table
            As ``frame``: one row a row, in the same order, its columns followed by
            ``zg_label``, ``zg_precision``, ``zg_lon``, ``zg_lat``, ``zg_commune``,
            ``zg_arrondissement``, then ``zg_<layer>``, ``zg_<layer>_verdict``, ``_code`` and
            ``_motif`` for each layer, and ``zg_erreur``. Categoricals, coordinates apart.

        Raises
        ------
        InputError
            If it is no frame, or does not say where its rows are, or one is nowhere and
            ``on_invalid`` is ``raise``.
        """
        from zonage_geo.many.frames import locate_frame, membership_frame
        from zonage_geo.many.places import find_places

        day = parse_date(date) or self._date or today()
        table: Any = frame.to_pandas() if hasattr(frame, "to_pandas") else frame
        if not (hasattr(table, "columns") and hasattr(table, "index")):
            raise InputError(
                f"locate_many : il faut un DataFrame, un GeoDataFrame ou une table Arrow, non "
                f"{type(frame).__name__}. Une liste de codes : "
                "atlas.locate_many(pd.DataFrame({'insee': codes})) ; un seul lieu : atlas.locate."
            )
        if on_invalid not in ("keep", "raise"):
            raise InputError(f"on_invalid={on_invalid!r} : keep ou raise est attendu.")
        if (adresse, code_postal, ville) != (None, None, None):
            if not verdicts or lon is not None or lat is not None:
                raise InputError("des adresses ne vont ni avec lon et lat, ni sans verdicts.")
            parts = (adresse,) if isinstance(adresse, str) else tuple(adresse or ())
            out: Any = self._addressed(table, (parts, code_postal, ville, insee), day, on_invalid)
            return out if table is frame else type(frame).from_pandas(out, preserve_index=False)  # type: ignore[attr-defined, no-any-return]
        engine = self._engine(day)
        where = find_places(table, lon=lon, lat=lat, insee=insee)
        if verdicts:
            out = locate_frame(table, where, engine, on_invalid=on_invalid, threads=threads)
        else:
            out = membership_frame(table, where, engine, threads=threads)
        if table is frame:
            return out  # type: ignore[no-any-return]
        return type(frame).from_pandas(out, preserve_index=False)  # type: ignore[attr-defined, no-any-return]

    def _addressed(
        self,
        table: pd.DataFrame,
        columns: tuple[tuple[str, ...], str | None, str | None, str | None],
        day: Date,
        on_invalid: str,
    ) -> pd.DataFrame:
        """Answer for the addresses of a frame."""
        from zonage_geo.batch.addresses import AddressColumns, Addresses, address_frame
        from zonage_geo.geocoding.rows import RowGeocoder

        rows = RowGeocoder(self._reader(), self.catalog.limits)
        at = AddressColumns(*columns)
        made = Addresses(self._store, self.catalog, self._settings, day, at, rows)
        return address_frame(table, made, keep=on_invalid == "keep")

    @property
    def desk(self) -> Desk:
        """Its store, catalogue and settings, as the aids' rules ask them."""
        from zonage_geo.openings import Desk

        return Desk(self._store, self.catalog, self._settings, self._reader())

    def aids_table(
        self,
        aid: str,
        *,
        profile: Mapping[str, Any] | None = None,
        readings: Mapping[str, str] | None = None,
        date: Date | str | None = None,
        **where: Unpack[Where],
    ) -> pd.DataFrame:
        """Tell which communes of a territory open an aid.

        Parameters
        ----------
        aid : str
            Its id, ``ARS_OCC``.
        profile : mapping, optional
            Who asks; by default what the place alone decides, for somebody who fulfils every
            other condition.
        readings : mapping, optional
            Where documents disagree, other readings than those that prevail.
        date : date or str, optional
            The day of signature; the atlas's by default.
        **where
            One of ``region="76"``, ``departement="09"``, ``epci="200067791"``,
            ``communes=[…]``, ``polygon=…``; none: France.

        Returns
        -------
        DataFrame
            One row a commune, by code: code, nom, departement, verdict (``ouverte``,
            ``à préciser``, ``non ouverte``), motif, a_verifier, a_preciser, non_remplies; see
            ``zonage_geo.openings.table.aids_table``.

        Raises
        ------
        InputError
            If the aid, the territory or a word is unknown.
        """
        from zonage_geo.aids.rulebook import find_aid
        from zonage_geo.openings.table import aids_table
        from zonage_geo.selection import choice_of, select

        find_aid(aid)
        day = self._day(date)
        codes = select(self._store, self.catalog, choice_of(where), day).codes
        return aids_table(self._engine(day), self._store, codes, aid, profile, readings=readings)

    def _engine(self, day: Date) -> Engine:
        """Give what answers by the million on a day, made once."""
        if day not in self._engines:
            from zonage_geo.many.engine import Engine
            from zonage_geo.progress import Bar

            with Bar() as bar:
                self._engines[day] = Engine(self._store, self.catalog, self._settings, day, bar)
        return self._engines[day]

    def layers(self) -> pd.DataFrame:
        """List the layers and their editions.

        Returns
        -------
        DataFrame
            One row an edition (or a layer that has none): layer, title, edition,
            edition_title, territory, loaded, valid_from, known_from, known_until,
            superseded_from, published, cog, publisher, licence, legal, url, and ``missing``,
            what to load where it is not. Dates are ISO text.
        """
        import pandas as pd

        from zonage_geo.layers import layer_rows

        return pd.DataFrame(layer_rows(self.catalog, self._store)).astype({"cog": "Int64"})

    def communes(
        self, *, departement: str | None = None, region: str | None = None
    ) -> gpd.GeoDataFrame:
        """Give the communes' outlines.

        Parameters
        ----------
        departement : str, optional
            Code, ``09``.
        region : str, optional
            Code, ``76``.

        Returns
        -------
        GeoDataFrame
            Columns code, codes, nom, departement, region, epci, population, accuracy_m (of
            the outline, in metres), geometry; EPSG:4326; COG 2025, by code. ``code`` is
            missing where the source draws several communes together, which ``codes`` then
            lists.

        Raises
        ------
        InputError
            If there is no such département or région.
        """
        import geopandas as gpd

        known = self.catalog.departements
        if departement is not None and departement not in known:
            raise InputError(f"département inconnu : {departement!r} (codes : 01, 2A, 974…).")
        if region is not None and region not in {d.region for d in known.values()}:
            raise InputError(f"région inconnue : {region!r} (code INSEE, par exemple 76).")
        wanted = [
            code
            for code, item in known.items()
            if departement in (None, code) and region in (None, item.region)
        ]
        quoted = ", ".join(f"'{code}'" for code in wanted)
        frame = gpd.read_file(self.path, layer="communes", where=f"departement IN ({quoted})")
        regions = {code: item.region for code, item in known.items()}
        frame.insert(4, "region", frame["departement"].map(regions))
        frame["population"] = frame["population"].astype("Int64")
        embedded = float(self._store.metadata["accuracy_communes_m"])
        frame["accuracy_m"] = frame["accuracy_m"].astype(float).fillna(embedded)
        return frame.sort_values("codes", ignore_index=True)


def _check_types(texts: Mapping[str, object], numbers: Mapping[str, object]) -> None:
    """Refuse in words what a frame's column of integers would bring."""
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise InputError(
                f"{name}={value!r} : un texte est attendu, avec ses zéros ('09122', non 9122)."
            )
    code = texts.get("code_postal")
    if isinstance(code, str) and not (code.isascii() and code.isdecimal() and len(code) == 5):
        raise InputError(f"code_postal={code!r} : cinq chiffres sont attendus ('09000').")
    for name, value in numbers.items():
        if value is not None and not isinstance(value, Real):
            raise InputError(f"{name}={value!r} : un nombre de degrés est attendu.")


def open(  # noqa: A001
    path: str | Path | None = None,
    *,
    date: Date | str | None = None,
    progress: Progress | None = None,
    offline: bool | None = None,
) -> Atlas:
    """Open the atlas, building its store at first use.

    Parameters
    ----------
    path : str or Path, optional
        A GeoPackage of ours; the default one otherwise.
    date : date or str, optional
        Day of every question that names none; by default the day on which it is asked.
    progress : callable, optional
        Told of a build's steps; a progress bar on stderr by default.
    offline : bool, optional
        Never use the network, even for an address or the first build; as
        ``ZONAGE_GEO_OFFLINE`` says by default.

    Returns
    -------
    Atlas
        Ready to answer.

    Raises
    ------
    StoreError
        If the store cannot be read, or written.
    SourceError
        If it must be built and its source cannot be had.
    """
    from zonage_geo.progress import Bar

    settings = Settings.from_env()
    if offline is not None:
        settings = settings._replace(offline=offline)
    day = parse_date(date)
    own = Path(path) if path else None
    if progress is not None:
        store = open_store(settings, progress, own)
    else:
        with Bar() as bar:
            store = open_store(settings, bar, own)
    return Atlas(store, settings, day)

"""Rows given by addresses: which columns, what is asked, and the zones of what is found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from zonage_geo.batch.codes import codes_and_names
from zonage_geo.batch.model import Answered, Asked, Chunk, Input
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError
from zonage_geo.geocoding.model import Filters
from zonage_geo.geocoding.reading import MAX_LENGTH
from zonage_geo.geocoding.rows import Found, Item, RowGeocoder
from zonage_geo.geometry import Polygons
from zonage_geo.locate import Zone, zone_of
from zonage_geo.locate.model import Place
from zonage_geo.locate.place import Resolver
from zonage_geo.many.codes import with_zeros
from zonage_geo.many.memory import MemoryStore
from zonage_geo.many.places import LAT, LON, only_column
from zonage_geo.normalise import normalise
from zonage_geo.readers import ReadError
from zonage_geo.readers.cells import as_text
from zonage_geo.readers.columns import WELL_KNOWN, commune_codes
from zonage_geo.readers.zeros import Zeros, zeros_of
from zonage_geo.settings import Settings
from zonage_geo.store.query import Store
from zonage_geo.verdict import Verdict

__all__ = [
    "ADDRESS_CHUNK",
    "AddressColumns",
    "AddressTally",
    "Addresses",
    "address_columns",
    "address_frame",
]

ADDRESS_CHUNK = 2000
"""Rows at a time: what is shown of the progress, and what goes online at once."""

_SPACES = re.compile(r"\s")  # no-break spaces too

OUTLINES = 2000
"""Outlines kept: those of some départements."""

# What columns are called in files seen, normalised; the first that is there counts.
WHOLE = (
    "adresse complete", "adresse postale", "adresse", "adr", "adresse 1", "adresse ligne 1",
    "libelle adresse", "adresse1", "adresse geo", "address", "full address", "adresse cabinet",
    "adresse etablissement", "adresse professionnelle",
)  # fmt: skip
STREET = ("voie", "nom voie", "libelle voie", "rue", "nom rue", "street", "nom de la voie")
NUMBER = ("numero", "num", "num voie", "numero voie", "numero de voie", "n", "housenumber")
REPETITION = ("rep", "indice", "indice repetition", "repetition", "btq", "complement numero")
KIND = ("type voie", "type de voie", "typ voie", "nature voie", "code type de voie")
POSTCODE = (
    *WELL_KNOWN["code_postal"], "code post", "postal code", "zip code",
)  # fmt: skip
CITY = (
    "ville", "commune", "nom commune", "lib com", "libelle commune", "localite", "city", "nom com",
    "nom de la commune", "libelle de la commune", "libcom", "bureau distributeur", "acheminement",
    "libelle acheminement",
)  # fmt: skip


class AddressColumns(NamedTuple):
    """The columns that an address is in.

    Attributes
    ----------
    adresse : tuple of str
        Put end to end: the street and its number.
    code_postal, ville, insee : str or None
        The others.
    """

    adresse: tuple[str, ...] = ()
    code_postal: str | None = None
    ville: str | None = None
    insee: str | None = None


def address_columns(source: Input, asked: Asked) -> AddressColumns | None:
    """Tell which columns hold addresses, where that is how rows say where they are.

    Parameters
    ----------
    source : Input
        The file.
    asked : Asked
        The columns that are named.

    Returns
    -------
    AddressColumns or None
        None where points are named, or there to be found; or codes alone. A code that is named
        beside addresses is that of their commune.

    Raises
    ------
    InputError
        If columns that are named are not there, or do not go together.
    """
    named = AddressColumns(asked.adresse, asked.code_postal, asked.ville, asked.insee)
    if named[:3] != AddressColumns()[:3]:
        return _checked(source, asked, named)
    if source.shaped or (asked.lon, asked.lat) != (None, None):
        return None
    names = [name.casefold() for name in source.columns]
    if any(name in LON for name in names) and any(name in LAT for name in names):
        return None
    found = _found(source)
    if asked.insee is not None:
        narrowed = _checked(source, asked, found._replace(insee=asked.insee))
        return narrowed if narrowed.adresse else None
    enough = found.insee is None and None not in (found.ville, found.code_postal)
    return found if found.adresse or enough else None


def _found(source: Input) -> AddressColumns:
    """Find columns by their names."""
    names = source.columns
    plain = {normalise(name, {}): name for name in reversed(names)}
    city, postcode = _first(plain, CITY), _first(plain, POSTCODE)
    insee = commune_codes(source.head(), unsure=False)
    whole, street = _first(plain, WHOLE), _first(plain, STREET)
    adresse: tuple[str, ...] = ()
    if whole is not None:
        adresse = (whole,)
    elif street is not None:
        parts = (_first(plain, some) for some in (NUMBER, REPETITION, KIND))
        adresse = (*(part for part in parts if part is not None), street)
    return AddressColumns(adresse, postcode, city, None if insee is None else str(insee))


def _first(plain: dict[str, str], names: Sequence[str]) -> str | None:
    return next((plain[name] for name in names if name in plain), None)


def _checked(source: Input, asked: Asked, named: AddressColumns) -> AddressColumns:
    if (asked.lon, asked.lat, asked.crs) != (None, None, None):
        raise InputError(
            "--adresse, --code-postal et --ville ne vont pas avec --lon, --lat ni --crs : "
            "choisissez."
        )
    options: list[tuple[str, str | None]] = [("adresse", name) for name in named.adresse]
    options += [("code-postal", named.code_postal), ("ville", named.ville), ("insee", named.insee)]
    for option, column in options:
        if column is not None and column not in source.columns:
            raise ReadError(
                source.name,
                f"pas de colonne « {column} » (--{option})",
                f"Colonnes : {', '.join(source.columns)}.",
            )
    return named


@dataclass(slots=True)
class AddressTally:
    """What became of addresses.

    Attributes
    ----------
    found : Counter
        Rows, by who answered and how precisely.
    sent, unsent : int
        Addresses sent online, and that could not be.
    """

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: int = 0
    unsent: int = 0


class Addresses:
    """Answer rows given by addresses.

    Parameters
    ----------
    store : Store
        Open.
    catalog : Catalog
        Its catalogue.
    settings : Settings
        Radii and accuracies.
    day : date
        The day of every question.
    columns : AddressColumns
        Where addresses are.
    geocoder : RowGeocoder
        What finds them.
    zeros : Zeros, optional
        What the codes of their communes tell of their zeros; the rows answered together tell
        otherwise.

    Attributes
    ----------
    tally : AddressTally
        The account so far.
    """

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        settings: Settings,
        day: date,
        columns: AddressColumns,
        geocoder: RowGeocoder,
        zeros: Zeros | None = None,
    ) -> None:
        self._store = _Outlines(store)
        self._catalog = catalog
        self._day = day
        self._columns = columns
        self._geocoder = geocoder
        self._zeros = zeros
        self._resolver = Resolver(self._store, catalog, settings)
        self._by_position = self._positioned()
        self._zones: dict[tuple[str, Place], tuple[str | None, ...]] = {}
        self.tally = AddressTally()

    @property
    def named(self) -> list[str]:
        """The columns that are read, each once."""
        at = self._columns
        names = (*at.adresse, at.code_postal, at.ville, at.insee)
        return list(dict.fromkeys(name for name in names if name is not None))

    def _positioned(self) -> frozenset[str]:
        """Name the layers whose answer depends on where in its commune a place is."""
        layers = self._catalog.layers.values()
        drawn = {
            layer.id
            for layer in layers
            if any(self._store.has_perimeters(layer.id, edition.id) for edition in layer.editions)
        }
        return frozenset(
            layer.id for layer in layers if layer.id in drawn or layer.overridden_by in drawn
        )

    @property
    def store(self) -> Store:
        """The store that answers."""
        return self._store

    @property
    def day(self) -> date:
        """The day asked about."""
        return self._day

    def answer(self, chunk: Chunk) -> Answered:
        """Answer some rows.

        Parameters
        ----------
        chunk : Chunk
            The rows.

        Returns
        -------
        Answered
            One row a row, in the same order, with the columns that points have.
        """
        items = self._items(chunk)
        found = self._geocoder.search(items)
        self.tally.sent, self.tally.unsent = self._geocoder.sent, self._geocoder.unsent
        known: dict[int, list[Any]] = {}
        rows = []
        for one in found:
            if id(one) not in known:  # the same object for the same address
                known[id(one)] = self._row(one)
            rows.append(known[id(one)])
            key = ("", "introuvable") if isinstance(one, str) else (one.geocoder, one.precision)
            self.tally.found[key] += 1
        names = self._names()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
        added: dict[str, Any] = {}
        for name, values in zip(names, columns, strict=True):
            if name in ("zg_lon", "zg_lat"):
                added[name] = np.array([np.nan if v is None else v for v in values], np.float64)
            else:
                added[name] = pd.Categorical(pd.array(list(values), dtype=object))
        frame = pd.DataFrame(added)
        return Answered(chunk, frame, frame["zg_lon"].to_numpy(), frame["zg_lat"].to_numpy())

    def _names(self) -> list[str]:
        place = ["label", "precision", "lon", "lat", "commune", "arrondissement"]
        layers = [
            f"{name}{end}" for name in self._catalog.layers
            for end in ("", "_verdict", "_code", "_motif")
        ]  # fmt: skip
        return [f"zg_{name}" for name in (*place, *layers, "erreur")]

    def _items(self, chunk: Chunk) -> list[Item]:
        """Write what is asked of each row."""
        at, wanted = self._columns, self.named
        frame = chunk.select(wanted)
        texts = {name: [_cell(value) for value in frame[name]] for name in wanted}
        empty = [""] * len(frame)
        parts = [texts[name] for name in at.adresse]
        streets = [" ".join(filter(None, row)) for row in zip(*parts, strict=True)] or empty
        postcodes = [_postcode(text) for text in texts[at.code_postal]] if at.code_postal else empty
        cities = texts[at.ville] if at.ville else empty
        insee = self._communes(chunk) or empty
        return [
            (street, Filters(code or None, postcode or None, city or None))
            for street, code, postcode, city in zip(streets, insee, postcodes, cities, strict=True)
        ]

    def _communes(self, chunk: Chunk) -> list[str | None]:
        """Read the codes of the addresses' communes; one that is in doubt is no code."""
        if self._columns.insee is None:
            return []
        texts, noms = codes_and_names(chunk, self._columns.insee, self._columns.ville)
        texts = [_SPACES.sub("", text).upper() for text in texts]
        return with_zeros(texts, noms, self._zeros or zeros_of(texts, noms))

    # a row

    def _row(self, found: Found) -> list[Any]:
        if isinstance(found, str):
            return [*[None] * (len(self._names()) - 1), found]
        place = self._resolver.candidate(found)
        commune = place.commune
        row: list[Any] = [
            place.label,
            place.precision,
            place.lon,
            place.lat,
            commune.code if commune else None,
            commune.arrondissement if commune else None,
        ]
        for name in self._catalog.layers:
            row += self._layer(name, place)
        row.append(None)
        return row

    def _layer(self, name: str, place: Place) -> tuple[str | None, ...]:
        """Answer a layer; once for all the places of a commune where their position is moot."""
        if name in self._by_position:
            return self._told(name, place)
        bare = place._replace(
            label="", lon=None, lat=None, radius_m=None, as_of=None, geocoder="", notes=()
        )
        key = (name, bare)
        if key not in self._zones:
            self._zones[key] = self._told(name, place)
        return self._zones[key]

    def _told(self, name: str, place: Place) -> tuple[str | None, ...]:
        layer = self._catalog.layers[name]
        zone = zone_of(self._store, self._catalog, layer, place, self._day)
        return _value(zone), str(zone.verdict), str(zone.reason_code), _why(zone)


def address_frame(frame: pd.DataFrame, addresses: Addresses, *, keep: bool = True) -> pd.DataFrame:
    """Add to each row of a frame what every layer answers at its address.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Any; its columns stay untouched.
    addresses : Addresses
        What answers, and from which columns.
    keep : bool
        Whether a row that is nowhere is kept and says why, or stops it all.

    Returns
    -------
    DataFrame or GeoDataFrame
        The same rows in the same order.

    Raises
    ------
    InputError
        If a column is not there, or a row is nowhere and that is not allowed.
    """
    missing = [name for name in addresses.named if name not in frame.columns]
    if missing:
        told = ", ".join(map(str, frame.columns))
        raise InputError(f"pas de colonne « {missing[0]} ». Colonnes : {told}.")
    for name in addresses.named:
        only_column(frame, name)
    added = addresses.answer(Chunk(pd.DataFrame(frame))).added.set_axis(frame.index, axis=0)
    wrong = added["zg_erreur"].dropna()
    if not keep and len(wrong):
        raise InputError(f"ligne {wrong.index[0]} : {wrong.iloc[0]}")
    clash = [name for name in frame.columns if name in added.columns]
    return pd.concat([frame.drop(columns=clash), added], axis=1)


class _Outlines(MemoryStore):
    """A store that keeps the outlines that it read: a file's addresses share communes."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._kept: dict[str, Polygons | None] = {}

    def outline(self, code: str) -> Polygons | None:
        """Give the outline of a commune or arrondissement, read once."""
        if code not in self._kept:
            if len(self._kept) >= OUTLINES:
                self._kept.clear()
            self._kept[code] = super().outline(code)
        return self._kept[code]


def _value(zone: Zone) -> str | None:
    """Give the class, or the codes of the zones, as for points."""
    if zone.verdict is not Verdict.OUI:
        return None
    if (zone.layer.zoned or zone.layer.unit == "polygon") and zone.items:
        return " ".join(item.code for item in zone.items)
    return zone.zone_class


def _why(zone: Zone) -> str | None:
    """Say why an answer is undetermined, and what is to be checked of one that stands."""
    if zone.verdict is Verdict.INDETERMINE:
        return zone.reason
    return f"À vérifier : {zone.to_check}" if zone.to_check else None


def _cell(value: object) -> str:
    """Give a cell as text; a whole number without its decimals."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    text = " ".join(as_text(value).split())
    return text[: 2 * MAX_LENGTH]  # enough to say that it is too long


def _postcode(text: str) -> str:
    """Read a postal code: without spaces, and with the zero that a spreadsheet took."""
    code = _SPACES.sub("", text).removesuffix(".0")
    return f"0{code}" if len(code) == 4 and code.isdecimal() else code

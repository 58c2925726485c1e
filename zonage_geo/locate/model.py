"""A question's answer, as plain frozen data (named tuples: see ``catalog.model``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from zonage_geo.catalog.model import ClassDef, Edition, Layer
from zonage_geo.verdict import Possible, Reason, Verdict

__all__ = ["Commune", "Item", "Location", "Place", "Query", "Ref", "Zone", "Zones", "class_name"]

SHOWN = 6
"""Codes, and classes, that a prompt shows before it cuts."""
OUTSIDE = "hors zone"
"""At a prompt, no class that counts: None in what is possible."""


def class_name(classes: Mapping[str, ClassDef], code: str) -> str:
    """Name a class on screen: its code where that is a word in use, else its label.

    Parameters
    ----------
    classes : mapping
        The edition's classes, or the layer's.
    code : str
        The class.

    Returns
    -------
    str
        ``ZIP``, ``Massif des Pyrénées``.
    """
    known = classes.get(code)
    return known.short or known.label if known else code


class Ref(NamedTuple):
    """A commune that the place may be in, by a code and a day on which it had that meaning.

    Attributes
    ----------
    code : str
        Commune code.
    day : str
        ISO date on which the code designates what is meant.
    arrondissements : tuple of str
        Municipal arrondissements possible; empty outside Paris, Lyon and Marseille.
    distance_m : float or None
        From the point to its outline, 0 inside; None where no outline was used.
    """

    code: str
    day: str
    arrondissements: tuple[str, ...] = ()
    distance_m: float | None = None


class Commune(NamedTuple):
    """The commune of the place, in the store's vintage.

    Attributes
    ----------
    code, nom : str
        INSEE code (75056 for Paris) and name with article.
    arrondissement : str or None
        Code of the municipal arrondissement where it is certain.
    departement, region : str
        Codes; the région is empty in a collectivité that has none.
    """

    code: str
    nom: str
    arrondissement: str | None
    departement: str
    region: str


class Place(NamedTuple):
    """Where the question is about, and how precisely that is known.

    Attributes
    ----------
    label : str
        French wording.
    precision : str
        ``point``, ``numero``, ``voie``, ``lieu_dit``, ``commune``, ``code_postal``.
    radius_m : float or None
        Radius of the disc that the place lies in; None: the whole of the commune(s).
    geocoder : str
        What found it.
    refs : tuple of Ref
        Communes it may be in, likeliest first; at least one.
    commune : Commune or None
        Where only one is possible.
    communes_possibles : tuple of str
        Codes in the store's vintage.
    lon, lat : float or None
        EPSG:4326 degrees.
    notes : tuple of str
        French sentences on how the place was understood.
    to_check : str or None
        A French sentence where the place itself is doubtful.
    outside : bool
        Whether it is a point that no commune known holds.
    as_of : date or None
        The day the geocoder's data, or its answer, are of; None where it is the store's.
    """

    label: str
    precision: str
    radius_m: float | None
    geocoder: str
    refs: tuple[Ref, ...]
    commune: Commune | None
    communes_possibles: tuple[str, ...]
    lon: float | None = None
    lat: float | None = None
    notes: tuple[str, ...] = ()
    to_check: str | None = None
    outside: bool = False
    as_of: date | None = None

    def __repr__(self) -> str:
        where = " | ".join(self.communes_possibles[:SHOWN])
        more = " | …" if len(self.communes_possibles) > SHOWN else ""
        near = f", à {self.radius_m:g} m près" if self.radius_m else ""
        return f"<Place {self.label} : {where}{more} ({self.precision}{near})>"


class Item(NamedTuple):
    """A quarter or sector concerned.

    Attributes
    ----------
    code, nom : str
        Its code and name.
    zone_class : str or None
        Its class in the layer, where known.
    distance_m : float or None
        From the place to its border, where the perimeter is loaded.
    exoneration : Verdict or None
        Of a garde sector: whether it opens the tax exemption that its layer tells.
    exoneration_reason : str or None
        Why, in French, and what is to be checked.
    """

    code: str
    nom: str
    zone_class: str | None = None
    distance_m: float | None = None
    exoneration: Verdict | None = None
    exoneration_reason: str | None = None

    def __repr__(self) -> str:
        name = self.code if self.nom == self.code else f"{self.code} {self.nom}"
        away = None if self.distance_m is None else f"à {self.distance_m:.0f} m"
        opens = None if self.exoneration is None else f"exonération : {self.exoneration}"
        return f"<Item {', '.join(filter(None, (name, self.zone_class, away, opens)))}>"


class Zone(NamedTuple):
    """What one layer answers.

    Attributes
    ----------
    layer : Layer
        The layer asked.
    verdict : Verdict
        oui, non, indéterminé.
    zone_class : str or None
        The class, where the verdict is oui.
    base_class : str or None
        The commune's class, where one is known.
    possible : Possible
        Classes still possible, likeliest first; None is "outside".
    items : tuple of Item
        Quarters or sectors concerned.
    edition : Edition or None
        The edition that answers.
    method : str
        ``code commune``, ``liste des quartiers de la commune``, ``périmètre``, ``périmètres et
        contour de la commune``, ``code département``, ``calendrier``, ``aucune donnée``.
    distance_m : float or None
        Distance to the nearest border where the class changes, where it matters.
    reason_code : Reason
        Why, for programs.
    reason : str
        Why, in French.
    to_check : str or None
        Why the answer must be checked; None where it need not.
    next_step : str or None
        The command that would settle an undetermined answer.
    """

    layer: Layer
    verdict: Verdict
    zone_class: str | None
    base_class: str | None
    possible: Possible
    items: tuple[Item, ...]
    edition: Edition | None
    method: str
    distance_m: float | None
    reason_code: Reason
    reason: str
    to_check: str | None
    next_step: str | None = None

    def __repr__(self) -> str:
        return f"<Zone {self.layer.id} : {self.said}>"

    @property
    def said(self) -> str:
        """The verdict in a few words, with the class or those that are possible."""
        classes = self.edition.classes if self.edition else self.layer.classes
        told = str(self.verdict)
        if self.reason_code is Reason.NO_EDITION:
            return f"{told} (rien n'est chargé)"
        if self.verdict is Verdict.INDETERMINE:
            left = [class_name(classes, code) if code else OUTSIDE for code in self.possible]
            told += f" ({' | '.join(left)})" if 0 < len(left) <= SHOWN else ""
        elif (code := self.zone_class or self.base_class) is not None:
            told += f", {class_name(classes, code)}"
        if self.items:
            told += f", {len(self.items)} zone{'s' * (len(self.items) > 1)}"
        return told if self.to_check is None else f"{told} [à vérifier]"


class Zones(tuple[Zone, ...]):
    """Zones that a prompt shows one a line."""

    __slots__ = ()

    def __repr__(self) -> str:
        widest = max((len(zone.layer.id) for zone in self), default=0)
        return "\n".join(f"{zone.layer.id:<{widest}}  {zone.said}" for zone in self) or "()"


class Query(NamedTuple):
    """What was asked: a text, a point, a code, or a point or a text and a code.

    Attributes
    ----------
    text : str or None
        An address, a commune, a postal code.
    lon, lat : float or None
        EPSG:4326 degrees.
    insee : str or None
        Commune code of any vintage; of the address, with a text.
    code_postal : str or None
        Postal code of the address.
    """

    text: str | None = None
    lon: float | None = None
    lat: float | None = None
    insee: str | None = None
    code_postal: str | None = None


class Location(NamedTuple):
    """A place's zones at a date.

    Attributes
    ----------
    date : date
        The day asked about.
    query : Query
        What was asked.
    place : Place
        What was understood.
    zones : tuple of Zone
        One a layer of the catalogue, in its order.
    """

    date: date
    query: Query
    place: Place
    zones: tuple[Zone, ...]

    def __repr__(self) -> str:
        head = f"<Location {self.place.label}, {self.date.isoformat()}>"
        return f"{head}\n{Zones(self.zones)!r}"

    def zone(self, layer: str) -> Zone:
        """Give the answer of one layer.

        Parameters
        ----------
        layer : str
            Its id.

        Returns
        -------
        Zone
            The layer's answer.

        Raises
        ------
        KeyError
            If the catalogue has no such layer.
        """
        for zone in self.zones:
            if zone.layer.id == layer:
                return zone
        from zonage_geo.aids.spelling import did_you_mean, nearest

        ids = [zone.layer.id for zone in self.zones]
        near = did_you_mean(nearest(layer, ids))
        raise KeyError(f"aucune couche « {layer} ».{near} Couches : {', '.join(ids)}.")

"""What the catalogue says, as plain frozen data.

Named tuples rather than dataclasses: a frozen dataclass takes about a millisecond to define
and brings ``inspect`` with it, together a sixth of a cold ``locate``.

The light path rebuilds these objects from the JSON that the store keeps, so this module
checks nothing and reads no TOML: ``zonage_geo.catalog.load`` does both, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from zonage_geo.catalog.exoneration import Exoneration
from zonage_geo.catalog.geocoders import Limits, Outside, Service

__all__ = [
    "DATES",
    "Catalog",
    "ClassDef",
    "Department",
    "Edition",
    "Exoneration",
    "Layer",
    "Limits",
    "Outside",
    "Precision",
    "Recipe",
    "Service",
    "Source",
    "Words",
]

METROPOLE = "metropole"
OUTRE_MER = "outre-mer"
FRANCE = "FR"
OVERSEAS = ("97", "98")
"""What the codes of départements and collectivités overseas start with (INSEE, COG)."""


class ClassDef(NamedTuple):
    """One class of a layer.

    Attributes
    ----------
    code : str
        As answers give it: ``ZIP``, ``FRR socle``.
    label : str
        French label for the screen.
    short : str or None
        The word in use for it (``ZIP``), where there is one.
    color, pattern : str
        How maps draw it: ``#rrggbb``, and ``plein``, ``hachures`` or ``points``.
    counts : bool
        Whether having this class means ``oui``.
    partial_of : str or None
        The class that only a part of the commune has.
    unknown : bool
        Whether the list says with it that it does not know.
    to_check_from, to_check : date or None, str or None
        From that day on, answers with this class must be checked, for that French reason.
    """

    code: str
    label: str
    color: str
    pattern: str = "plein"
    counts: bool = True
    partial_of: str | None = None
    unknown: bool = False
    short: str | None = None
    to_check_from: date | None = None
    to_check: str | None = None


class Source(NamedTuple):
    """An official file that `data fetch` may get.

    Attributes
    ----------
    url : str
        Where it is.
    title, checked : str
        What it is, and whether and when the address was tried.
    member, sha256 : str or None
        File wanted inside an archive; checksum where the publisher gives one.
    editions : tuple of str
        The layer's editions that it gives.
    rows : int or None
        How many features the publisher says it has.
    complete : bool
        Whether what it does not hold is outside for certain.
    crs : str or None
        System of its coordinates, where the file itself does not say.
    accuracy_m : float or None
        Accuracy of its outlines, in metres.
    """

    url: str
    title: str
    checked: str
    member: str | None = None
    sha256: str | None = None
    editions: tuple[str, ...] = ()
    rows: int | None = None
    complete: bool = False
    crs: str | None = None
    accuracy_m: float | None = None


class Recipe(NamedTuple):
    """How the files of a layer read.

    Attributes
    ----------
    columns : mapping of str to str
        Role to column.
    classes : mapping of str to str
        What a file says to the class it means.
    sheet, layer, encoding, crs : str or None
        As ``readers.read`` takes them.
    """

    columns: Mapping[str, str] = MappingProxyType({})
    classes: Mapping[str, str] = MappingProxyType({})
    sheet: str | None = None
    layer: str | None = None
    encoding: str | None = None
    crs: str | None = None

    def over(self, other: Recipe) -> Recipe:
        """Complete it by a more general one.

        Parameters
        ----------
        other : Recipe
            What holds where this one says nothing.

        Returns
        -------
        Recipe
            The two together.
        """
        texts = {
            key: getattr(self, key) or getattr(other, key)
            for key in ("sheet", "layer", "encoding", "crs")
        }
        return Recipe({**other.columns, **self.columns}, {**other.classes, **self.classes}, **texts)


class Edition(NamedTuple):
    """One dated state of a layer for a territory.

    Attributes
    ----------
    layer, id, title : str
        The layer's id, the edition's own, and a French title.
    territory : tuple of str
        ``FR``, ``metropole``, ``outre-mer``, ``region:76``, ``departement:09``.
    valid_from : date or None
        First day in force; None where no source tells it.
    known_from, known_until : date or None
        First and last day on which we know that it held.
    superseded_from : date or None
        First day of a newer edition, loaded or not.
    successor : str or None
        French sentence on a newer text that is announced.
    published : date or None
        Publication, where it differs from the effect.
    cog : int or None
        Vintage (1 January) of the commune codes of its list.
    legal, publisher, licence : str
        Legal basis with its reference, who publishes, under what licence.
    url : str or None
        Where the text or list can be read.
    unit : str
        ``commune``, ``arrondissement``, ``departement``, ``zone_list``, ``polygon``.
    source : str or None
        ``embedded:<table>``, ``inline``, or None where it comes by file only.
    members : mapping
        Code to class, for an ``inline`` source.
    complete : bool
        Whether a place absent from its list is outside for certain.
    incomplete : str or None
        What a file that was said complete lost, in French: why it is not held so.
    classes : mapping of str to ClassDef
        The layer's classes as this edition words them.
    read_as : mapping of str to str
        Classes of the list to be read as another one.
    to_check, to_check_before : str or None, date or None
        A French sentence on why its answers must be checked; with a date, only before.
    zone_classes : tuple of str
        Classes that a zone of the overriding layer may have of its own.
    zone_class_source : str or None
        The list of those zones' own classes, where it is loaded.
    zone_classes_complete : bool
        Whether a zone absent from that list has its commune's class for certain.
    accuracy_m : float
        Accuracy of its perimeters, in metres.
    doubts : tuple of str
        What about it no primary source confirms, in French.
    zone_codes : str or None
        What its zones' codes look like, as a regular expression.
    file : str or None
        The user's file that brought it.
    recipe : Recipe
        How its file reads, beyond what its layer says.
    """

    layer: str
    id: str
    title: str
    territory: tuple[str, ...]
    legal: str
    publisher: str
    licence: str
    unit: str
    valid_from: date | None = None
    known_from: date | None = None
    known_until: date | None = None
    superseded_from: date | None = None
    successor: str | None = None
    published: date | None = None
    cog: int | None = None
    url: str | None = None
    source: str | None = None
    members: Mapping[str, str] = MappingProxyType({})
    complete: bool = False
    classes: Mapping[str, ClassDef] = MappingProxyType({})
    read_as: Mapping[str, str] = MappingProxyType({})
    to_check: str | None = None
    to_check_before: date | None = None
    zone_classes: tuple[str, ...] = ()
    zone_class_source: str | None = None
    zone_classes_complete: bool = False
    accuracy_m: float = 0.0
    doubts: tuple[str, ...] = ()
    zone_codes: str | None = None
    file: str | None = None
    incomplete: str | None = None
    recipe: Recipe = Recipe()

    def __repr__(self) -> str:
        return f"<Edition {self.id} : {self.title}>"

    def covers(self, departement: str, region: str | None) -> bool:
        """Tell whether the edition's territory holds a département.

        Parameters
        ----------
        departement : str
            Code, ``09``, ``2A``, ``974``.
        region : str or None
            Code of its région, where it has one.

        Returns
        -------
        bool
            True where one of the territory's words covers it.
        """
        overseas = departement.startswith(OVERSEAS)
        words = {FRANCE, f"departement:{departement}", OUTRE_MER if overseas else METROPOLE}
        if region is not None:
            words.add(f"region:{region}")
        else:
            words.discard(FRANCE)  # a collectivité that is no département
        return not words.isdisjoint(self.territory)


class Layer(NamedTuple):
    """One zoning (couche).

    Attributes
    ----------
    id, short, title, description : str
        Identifier; a word, a title and a paragraph in French.
    unit : str
        Unit of its editions unless they say otherwise.
    order : int
        Rank among the layers of an answer.
    classes : mapping of str to ClassDef
        Every class, in the order of legends.
    editions : tuple of Edition
        Oldest first; of those of one day, the user's files last, in the order of addition.
    sources : tuple of Source
        Official files that would complete it.
    missing : str
        French sentence: which file it lacks where no edition answers.
    fetch : str or None
        The command that would bring that file.
    exists_from, exists_to : date or None
        First and last day of the scheme; None where open or unknown.
    revision_years : int or None
        After how many years the law wants a new edition.
    overridden_by : str or None
        The layer whose zones may have a class of their own in this one.
    kept_code : bool
        Whether a commune that absorbs others keeps its class with its code.
    zoned : bool
        Whether its lists name zones made of communes (sectors), of which one commune may
        have several.
    notes : tuple of str
        What a reader should know, in French.
    recipe : Recipe
        How its files read.
    exoneration : Exoneration or None
        The exemption that its zones may open.
    """

    id: str
    short: str
    title: str
    description: str
    unit: str
    order: int
    classes: Mapping[str, ClassDef]
    editions: tuple[Edition, ...] = ()
    sources: tuple[Source, ...] = ()
    missing: str = ""
    fetch: str | None = None
    exists_from: date | None = None
    exists_to: date | None = None
    revision_years: int | None = None
    overridden_by: str | None = None
    kept_code: bool = False
    zoned: bool = False
    notes: tuple[str, ...] = ()
    recipe: Recipe = Recipe()
    exoneration: Exoneration | None = None

    def __repr__(self) -> str:
        return f"<Layer {self.id} : {self.title}>"


class Precision(NamedTuple):
    """How precisely a place is known.

    Attributes
    ----------
    id, label : str
        ``numero``, "au numéro".
    radius_m : float or None
        Radius of the disc the place lies in; None: the whole commune.
    """

    id: str
    label: str
    radius_m: float | None


class Department(NamedTuple):
    """A département and its région, as codes and names."""

    code: str
    nom: str
    region: str
    region_nom: str


class Words(NamedTuple):
    """Words of French addresses, without accents or capitals.

    Attributes
    ----------
    abbreviations : mapping of str to str
        Short form to the word it stands for.
    repetitions, street_types, ignored : frozenset of str
        What follows a number, what starts a street's name, what names no place.
    boxes, inside : frozenset of str
        What a number after it makes a mailbox of, and what names a part of a building.
    telling : frozenset of str
        What makes another street where it is left out.
    """

    abbreviations: Mapping[str, str]
    repetitions: frozenset[str]
    street_types: frozenset[str]
    ignored: frozenset[str]
    boxes: frozenset[str]
    inside: frozenset[str]
    telling: frozenset[str]


class Catalog(NamedTuple):
    """The whole catalogue.

    Attributes
    ----------
    layers : mapping of str to Layer
        By id, in the order of answers.
    precisions : mapping of str to Precision
        By id.
    thresholds : mapping of str to float
        Distances in metres that the rules of ``locate`` use.
    departements : mapping of str to Department
        By code.
    words : Words
        For reading addresses.
    files : mapping of str to Source
        Official files that are no layer's: communes, addresses.
    service : Service
        The online geocoder.
    limits : Limits
        How far geocoders are believed.
    crs : mapping of str to str
        Systems in which metres are measured: that of ``metropole``, and of each département
        that has another.
    outside : tuple of Outside
        Territories that people ask about and that no list here covers.
    """

    layers: Mapping[str, Layer]
    precisions: Mapping[str, Precision]
    thresholds: Mapping[str, float]
    departements: Mapping[str, Department]
    words: Words
    files: Mapping[str, Source]
    service: Service
    limits: Limits
    crs: Mapping[str, str]
    outside: tuple[Outside, ...]

    def territory_names(self, territory: Iterable[str]) -> str:
        """Name a territory in French.

        Parameters
        ----------
        territory : iterable of str
            Its words: ``FR``, ``metropole``, ``outre-mer``, ``region:76``, ``departement:09``.

        Returns
        -------
        str
            ``Occitanie``, ``Bretagne, Corse``; a word of which no name is known, as it is.
        """
        names = {FRANCE: "France", METROPOLE: "métropole"}
        for item in self.departements.values():
            names |= {f"region:{item.region}": item.region_nom}
            names |= {f"departement:{item.code}": item.nom}
        return ", ".join(names.get(word, word) for word in territory)

    def crs_of(self, departement: str) -> str:
        """Tell in what system metres are measured in a département.

        Parameters
        ----------
        departement : str
            Its code.

        Returns
        -------
        str
            ``EPSG:2154``, or that of a territory overseas.
        """
        return self.crs.get(departement, self.crs[METROPOLE])

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Catalog:
        """Rebuild the catalogue from plain data, as ``load.compile_catalog`` makes it.

        Parameters
        ----------
        plain : mapping
            JSON-like data; dates as ISO text.

        Returns
        -------
        Catalog
            The catalogue, layers in order.
        """
        layers = [_layer(item) for item in plain["layers"]]
        return cls(
            layers={layer.id: layer for layer in sorted(layers, key=lambda x: (x.order, x.id))},
            precisions={
                key: Precision(key, item["label"], item.get("radius_m"))
                for key, item in plain["precisions"].items()
            },
            thresholds=dict(plain["thresholds"]),
            departements={
                code: Department(code, nom, region, plain["regions"][region])
                for code, (nom, region) in plain["departements"].items()
            },
            words=Words(
                plain["words"]["abbreviations"],
                **{key: frozenset(words) for key, words in plain["words"]["lists"].items()},
            ),
            files={key: _source(item) for key, item in plain["files"].items()},
            service=Service(**plain["geocoding"]["service"]),
            limits=Limits(**plain["geocoding"]["limits"]),
            crs=dict(plain["crs"]),
            outside=tuple(
                Outside(code, one["nom"], tuple(one["postcodes"]), tuple(one["communes"]))
                for code, one in plain["outside"].items()
            ),
        )


DATES = (
    "valid_from",
    "known_from",
    "known_until",
    "superseded_from",
    "published",
    "to_check_before",
    "to_check_from",
    "exists_from",
    "exists_to",
)
"""Keys whose values are days: dates in a TOML file, ISO text in plain data."""
_TUPLES = ("territory", "zone_classes", "doubts", "notes")


def _typed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the JSON forms of dates and lists into ours."""
    out = dict(item)
    for key in DATES:
        if out.get(key) is not None:
            out[key] = date.fromisoformat(out[key])
    for key in _TUPLES:
        if key in out:
            out[key] = tuple(out[key])
    if "recipe" in out:
        out["recipe"] = Recipe(**out["recipe"])
    return out


def _source(item: Mapping[str, Any]) -> Source:
    return Source(**{**item, "editions": tuple(item.get("editions", ()))})


def _order(edition: Edition) -> tuple[date, bool, str]:
    """Sort by beginning; on one day what ships, by id, then the user's files as they came."""
    start = edition.valid_from or edition.known_from or date.min
    return start, edition.file is not None, "" if edition.file else edition.id


def _layer(item: Mapping[str, Any]) -> Layer:
    out = _typed(item)
    out["classes"] = {code: _typed(spec) for code, spec in out["classes"].items()}
    classes = {code: ClassDef(code, **spec) for code, spec in out["classes"].items()}
    editions = []
    for edition in out.get("editions", ()):
        spec = _typed(edition)
        wording = spec.pop("labels", {})
        spec["classes"] = {
            code: ClassDef(code, **{**out["classes"][code], "label": wording.get(code, one.label)})
            for code, one in classes.items()
        }
        spec.setdefault("unit", out["unit"])
        editions.append(Edition(layer=out["id"], **spec))
    out["classes"] = classes
    out["editions"] = tuple(sorted(editions, key=_order))
    out["sources"] = tuple(map(_source, out.get("sources", ())))
    if out.get("exoneration"):
        out["exoneration"] = Exoneration.from_plain(out["exoneration"])
    return Layer(**out)

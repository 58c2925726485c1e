"""The French sentences of an answer: why, what to check, what would settle it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from zonage_geo.catalog.model import ClassDef, Edition, Layer
from zonage_geo.dates import today
from zonage_geo.french import capital, enumerate_fr, french_date, metres, shortened
from zonage_geo.locate.model import Item, Place, class_name
from zonage_geo.locate.zones import Part
from zonage_geo.verdict import Possible, Reason, Verdict, verdict_of

__all__ = [
    "check_sentence",
    "class_list",
    "class_name",
    "class_title",
    "named",
    "next_step",
    "others_than",
    "sentence",
    "why",
]

SHOWN = 6
"""Quarters named in a sentence before the others are counted."""


def class_title(classes: Mapping[str, ClassDef], code: str) -> str:
    """Name a class in a table or a legend: what a class that does not count means is told.

    Parameters
    ----------
    classes : mapping
        The edition's classes, or the layer's.
    code : str
        The class.

    Returns
    -------
    str
        ``ZIP``, ``Hors zonage (HZ)``.
    """
    known = classes.get(code)
    if known is None or known.counts or not known.short:
        return class_name(classes, code)
    return f"{known.label} ({known.short})"


def class_list(
    classes: Mapping[str, ClassDef], possible: Possible, outside: str = "hors zone"
) -> str:
    """Name the classes still possible.

    Parameters
    ----------
    classes : mapping
        The edition's classes, or the layer's.
    possible : Possible
        What is possible.
    outside : str
        Word for "no class that counts".

    Returns
    -------
    str
        ``ZIP, ZAC ou hors zone``.
    """
    return enumerate_fr(
        (outside if code is None else class_name(classes, code) for code in possible), "ou"
    )


def named(item: Item, *, quoted: bool = False) -> str:
    """Name a quarter or sector: by its code alone where it has no name.

    Parameters
    ----------
    item : Item
        The zone.
    quoted : bool
        Put its name between quotation marks.

    Returns
    -------
    str
        ``Centre Ancien (QP009002)``, ``12``.
    """
    if item.nom == item.code:
        return item.code
    return f"« {item.nom} » ({item.code})" if quoted else f"{item.nom} ({item.code})"


class _Told(NamedTuple):
    """What a sentence may speak of."""

    layer: Layer
    outcome: Part
    place: Place
    day: date

    @property
    def classes(self) -> Mapping[str, ClassDef]:
        return self.outcome.edition.classes if self.outcome.edition else self.layer.classes

    @property
    def several(self) -> bool:
        """Whether what is said is said of all the communes possible."""
        return self.place.commune is None

    @property
    def name(self) -> str:
        """The commune, or how to speak of one of several."""
        if self.place.commune is not None:
            return self.place.commune.nom
        return "l'une des communes possibles"

    @property
    def base(self) -> str | None:
        return class_name(self.classes, self.outcome.base) if self.outcome.base else None

    @property
    def last_known(self) -> str:
        return f" Dernière classe connue : {self.base}." if self.base else ""

    @property
    def choices(self) -> str:
        return class_list(self.classes, self.outcome.possible)

    @property
    def distance(self) -> str:
        return "une distance inconnue" if (d := self.outcome.distance_m) is None else metres(d)

    @property
    def quarters(self) -> str:
        names = [named(item, quoted=True) for item in self.outcome.items]
        return enumerate_fr(shortened(names, SHOWN))

    @property
    def how_many(self) -> str:
        n = len(self.outcome.items)
        return "1 quartier" if n == 1 else f"{n} quartiers"

    def edition_day(self, name: str) -> str:
        day = getattr(self.outcome.edition, name, None)
        return french_date(day) if day else "(date inconnue)"


def sentence(layer: Layer, outcome: Part, place: Place, day: date) -> str:
    """Say in one French sentence why a layer answers what it does.

    Parameters
    ----------
    layer : Layer
        The layer.
    outcome : Part
        What it answers.
    place : Place
        The place asked about.
    day : date
        The day asked about.

    Returns
    -------
    str
        With its full stop.
    """
    return capital(_SENTENCES[outcome.reason](_Told(layer, outcome, place, day)))


def _but_for_a_zone(say: Callable[[_Told], str]) -> Callable[[_Told], str]:
    """Say first, of a layer that its commune's class settles but for a quarter, that class."""

    def said(told: _Told) -> str:
        sentence = say(told)
        base = told.outcome.base
        if told.layer.overridden_by is None or base is None:
            return sentence
        others = class_list(told.classes, others_than(told.classes, base, told.outcome.possible))
        return f"{told.base}, sauf si l'adresse est en QPV ({others}). {capital(sentence)}"

    return said


def _in_class(told: _Told) -> str:
    code = told.outcome.possible[0] or told.outcome.base
    known = told.classes[code] if code is not None else None
    if known is None:
        name = "aucune des communes possibles" if told.several else told.name
        return f"{name} n'a {'de classe qui compte' if told.several else 'aucune classe'}."
    zones = f" {told.quarters}" if told.layer.zoned and told.outcome.items else ""
    label = known.label
    if label[1:2].islower() and label != known.short:
        label = label[:1].lower() + label[1:]
    all_of_them = told.several and not told.layer.zoned
    name = "toutes les communes possibles" if all_of_them else told.name
    short = f" ({known.short})" if known.short and known.short != label else ""
    return f"{name} : {label}{short}{zones}."


def _not_listed(told: _Told) -> str:
    name = "aucune des communes possibles n'est" if told.several else f"{told.name} n'est pas"
    return f"{name} dans la liste, complète ici."


def _no_zone(told: _Told) -> str:
    if told.several:
        return f"aucune des communes possibles ne compte de {told.layer.short}."
    return f"{told.name} ne compte aucun {told.layer.short}."


def _outside_zones(told: _Told) -> str:
    if not told.outcome.items:
        return "hors de tout périmètre, à plus de 5 km du plus proche."
    return f"hors de tout périmètre ; le plus proche est {told.quarters}, à {told.distance}."


def _calendar(told: _Told) -> str:
    first, last = told.layer.exists_from, told.layer.exists_to
    if first is not None and told.day < first:
        return f"le dispositif n'existe que depuis le {french_date(first)}."
    if last is not None:
        return (
            f"le dispositif {'a pris' if last < today() else 'prend'} fin le {french_date(last)}."
        )
    return "le dispositif n'était pas en vigueur."


def _superseded(told: _Told) -> str:
    return (
        f"le zonage connu a été remplacé le {told.edition_day('superseded_from')} par un texte "
        f"qui n'est pas chargé.{told.last_known}"
    )


def _start_unknown(told: _Told) -> str:
    return (
        f"la liste chargée n'est attestée qu'à partir du {told.edition_day('known_from')}, et son "
        f"début est inconnu.{told.last_known}"
    )


def _merged(told: _Told) -> str:
    return (
        f"{told.name} a changé de limites (fusion ou séparation) entre la liste et la date "
        f"demandée : {told.choices} possible.{told.last_known}"
    )


def _unless_zone(told: _Told) -> str:
    base = told.outcome.base
    if base is None:
        return (
            "le lieu peut être en plusieurs communes, ou dans un quartier (QPV) qui a sa propre "
            f"classe : {told.choices}. La liste de ces classes n'est pas chargée."
        )
    return (
        f"{told.base}, sauf si l'adresse est en QPV : un quartier peut avoir sa propre classe "
        f"({class_list(told.classes, others_than(told.classes, base, told.outcome.possible))}), "
        "et la liste de ces classes n'est pas chargée."
    )


def others_than(classes: Mapping[str, ClassDef], base: str, possible: Possible) -> Possible:
    """Leave out of what is possible the class that is already told.

    Parameters
    ----------
    classes : mapping
        The edition's classes.
    base : str
        The class told; one that does not count stands for "outside".
    possible : Possible
        What is possible.

    Returns
    -------
    Possible
        The rest.
    """
    same = {base} if base not in classes or classes[base].counts else {base, None}
    return tuple(code for code in possible if code not in same)


def _candidates(told: _Told) -> str:
    if told.outcome.distance_m is not None and len(told.place.refs) > 1:
        return (
            f"à {told.distance} d'une commune d'une autre classe, moins que la précision des "
            f"contours : {told.choices}."
        )
    return f"le lieu peut être en plusieurs endroits de classes différentes : {told.choices}."


def _perimeter_unknown(told: _Told) -> str:
    commune, edition = told.place.commune, told.outcome.edition
    subject = f"{told.name} compte" if commune else "les communes possibles comptent"
    least = "" if edition is None or edition.complete else "au moins "
    tail = ""
    if commune is not None and commune.arrondissement is not None:
        tail = " La liste ne dit pas dans quel arrondissement."
    return f"{subject} {least}{told.how_many} au périmètre non chargé : {told.quarters}.{tail}"


def _commune_only(told: _Told) -> str:
    held = f" : {told.how_many} y {'est' if len(told.outcome.items) == 1 else 'sont'} possible"
    several = "s" if len(told.outcome.items) > 1 else ""
    listed = f"{held}{several}, {told.quarters}" if told.outcome.items else ""
    return f"le lieu n'est connu qu'à la commune{listed}."


def _near_border(told: _Told) -> str:
    return (
        f"à {told.distance} de la limite de {told.quarters}, moins que la précision du lieu et "
        "du tracé."
    )


_SENTENCES: dict[Reason, Callable[[_Told], str]] = {
    Reason.IN_CLASS: _in_class,
    Reason.CLASS_DOES_NOT_COUNT: _in_class,
    Reason.NOT_LISTED: _not_listed,
    Reason.NO_ZONE_IN_COMMUNE: _no_zone,
    Reason.IN_ZONE: lambda told: f"dans le périmètre {told.quarters}, à {told.distance} du bord.",
    Reason.OUTSIDE_ZONES: _outside_zones,
    Reason.SCHEME_NOT_IN_FORCE: _calendar,
    Reason.NO_EDITION: lambda told: told.layer.missing,
    Reason.EDITION_SUPERSEDED: _superseded,
    Reason.EDITION_START_UNKNOWN: _start_unknown,
    Reason.CLASS_UNAVAILABLE: lambda told: f"la liste ne donne pas de classe pour {told.name}.",
    Reason.PARTIAL: lambda told: (
        f"{told.name} n'est classée qu'en partie, et la liste ne dit pas laquelle."
    ),
    Reason.MERGED_COMMUNE: _merged,
    Reason.QPV_CLASS_UNKNOWN: _unless_zone,
    Reason.CANDIDATES_DIFFER: _candidates,
    Reason.PLACE_OUTSIDE_COMMUNES: lambda told: (
        f"le point n'est dans aucune commune connue (mer, étranger ?) : {told.choices}."
    ),
    Reason.ZONE_PERIMETER_UNKNOWN: _but_for_a_zone(_perimeter_unknown),
    Reason.ZONE_LIST_INCOMPLETE: lambda told: (
        "les périmètres chargés ne sont pas tous ceux d'ici : être hors d'eux ne prouve rien."
        if told.outcome.method.startswith("périmètre")
        else f"la liste chargée n'est pas complète ici : {told.name} n'y est pas, ce qui ne prouve "
        "rien."
    ),
    Reason.PRECISION_INSUFFICIENT: _but_for_a_zone(_commune_only),
    Reason.NEAR_ZONE_BORDER: _but_for_a_zone(_near_border),
}


def why(layer: Layer, outcome: Part, place: Place, day: date) -> str | None:
    """Say why an answer is undetermined, or what is to be checked of one that stands.

    Parameters
    ----------
    layer : Layer
        The layer.
    outcome : Part
        What it answers.
    place : Place
        The place asked about.
    day : date
        The day asked about.

    Returns
    -------
    str or None
        What columns ``_motif`` hold; None of a certain answer with nothing to check.
    """
    if verdict_of(outcome.possible) is Verdict.INDETERMINE:
        return sentence(layer, outcome, place, day)
    check = check_sentence(layer, outcome, place, day)
    return f"À vérifier : {check}" if check else None


def check_sentence(layer: Layer, outcome: Part, place: Place, day: date) -> str | None:
    """Say why an answer must be checked, where it must.

    Parameters
    ----------
    layer : Layer
        The layer.
    outcome : Part
        What it answers.
    place : Place
        The place asked about.
    day : date
        The day asked about.

    Returns
    -------
    str or None
        A French sentence, or None: the edition is known to hold on that day, or nothing
        newer is announced and no revision is due. Nobody attests an edition whose last day
        known is not said, a file added without ``--known-until`` for one.
    """
    said = [place.to_check] if place.to_check else []
    edition = outcome.edition
    if edition is not None:
        if edition.to_check and (edition.to_check_before is None or day < edition.to_check_before):
            said.append(edition.to_check)
        for code in outcome.possible:
            known = edition.classes.get(code or "")
            if known and known.to_check and known.to_check_from and day >= known.to_check_from:
                said.append(known.to_check)
        if outcome.state == "superseded":
            said.append(edition.successor or "Chargez le texte en vigueur.")
        elif edition.known_until is None or day > edition.known_until:
            if edition.successor and edition.known_until is not None:
                said.append(edition.successor)
            elif _revision_due(layer, edition, day):
                lasts = "Zonage que rien n'atteste depuis sa date d'effet"
                if edition.known_until is not None:
                    lasts = f"Zonage attesté jusqu'au {french_date(edition.known_until)}"
                said.append(
                    f"{lasts}, à réviser tous les {layer.revision_years} ans : vérifiez qu'aucun "
                    "texte ne l'a remplacé."
                )
    return " ".join(said) or None


def _revision_due(layer: Layer, edition: Edition, day: date) -> bool:
    if layer.revision_years is None:
        return False
    if edition.valid_from is None:
        return True  # nobody knows how old it is
    due = edition.valid_from.year + layer.revision_years
    return (due, edition.valid_from.month, edition.valid_from.day) <= (day.year, day.month, day.day)


def next_step(layer: Layer, outcome: Part) -> str | None:
    """Tell the command that would settle an undetermined answer.

    Parameters
    ----------
    layer : Layer
        The layer.
    outcome : Part
        What it answers.

    Returns
    -------
    str or None
        A command to paste; None where no file would settle it.
    """
    if len(outcome.possible) == 1:
        return None
    edition = outcome.edition
    if layer.overridden_by is not None and outcome.reason in _OF_ZONES:
        return None  # what those zones lack is told by their own layer
    if outcome.reason in _LACKING:
        official = edition and any(edition.id in source.editions for source in layer.sources)
        if layer.fetch and official:
            return layer.fetch
        option = f" --edition {edition.id}" if edition else ""
        return f"python -m zonage_geo data add {layer.id} FICHIER{option}"
    if outcome.reason is Reason.EDITION_SUPERSEDED:
        return f"python -m zonage_geo data add {layer.id} FICHIER --edition AAAA-MM-JJ"
    return None


_OF_ZONES = (Reason.ZONE_PERIMETER_UNKNOWN, Reason.ZONE_LIST_INCOMPLETE)
_LACKING = (Reason.NO_EDITION, Reason.ZONE_PERIMETER_UNKNOWN, Reason.ZONE_LIST_INCOMPLETE)

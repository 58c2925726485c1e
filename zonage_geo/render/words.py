"""The words of an answer that text and HTML share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from zonage_geo.catalog.model import Edition
from zonage_geo.french import enumerate_fr, french_date, metres
from zonage_geo.locate.model import Item, Location, Place, Zone
from zonage_geo.locate.reasons import class_list, class_name, named, others_than
from zonage_geo.verdict import Reason, Verdict

__all__ = [
    "NOTICE",
    "after_colon",
    "attested",
    "detail",
    "doubt",
    "edition_line",
    "exonerations",
    "has_no_data",
    "is_to_check",
    "place_lines",
    "source_line",
    "validity",
]

NOTICE = "Information sans valeur réglementaire : seuls les textes publiés font foi."


MANY_CLASSES = 4
"""More classes than this are not told one by one beside a verdict."""


def has_no_data(zone: Zone) -> bool:
    """Tell whether a layer answers nothing because nothing of it is loaded.

    Parameters
    ----------
    zone : Zone
        The layer's answer.

    Returns
    -------
    bool
        True for a layer that comes by file only, and none came for that place and date.
    """
    shipped = any(not (e.source or "").startswith("file:") for e in zone.layer.editions)
    return zone.reason_code is Reason.NO_EDITION and not shipped


def is_to_check(zone: Zone) -> bool:
    """Tell whether an answer is to be checked: what it says, or the classes that it leaves.

    Parameters
    ----------
    zone : Zone
        The layer's answer.

    Returns
    -------
    bool
        As ``to_check`` in JSON, whatever the verdict.
    """
    return zone.to_check is not None


def detail(zone: Zone) -> str:
    """Put beside a verdict what a reader wants to know first.

    Parameters
    ----------
    zone : Zone
        The layer's answer.

    Returns
    -------
    str
        ``ZIP``, ``ZAR, sauf si l'adresse est en QPV (ZAC ou ZIP possible)``, or nothing.
    """
    if zone.verdict is Verdict.OUI:
        return _sure(zone)
    if zone.layer.overridden_by is not None and zone.reason_code in _OF_ZONES:
        return _unless_zone(zone)
    return _REFUSALS[zone.reason_code](zone) if zone.reason_code in _REFUSALS else ""


_OF_ZONES = (Reason.ZONE_PERIMETER_UNKNOWN, Reason.PRECISION_INSUFFICIENT)
"""What zones leave open, of a layer that they override: its commune's class is said first."""


def _classes_left(zone: Zone) -> str:
    if len(zone.possible) > MANY_CLASSES:
        return "classe inconnue"
    classes = zone.edition.classes if zone.edition else zone.layer.classes
    return class_list(classes, zone.possible)


def _sure(zone: Zone) -> str:
    counting = [c for c in zone.layer.classes.values() if c.counts and not c.partial_of]
    told = []
    if len(counting) > 1 and zone.edition is not None and zone.zone_class is not None:
        told.append(class_name(zone.edition.classes, zone.zone_class))
    if zone.reason_code is Reason.IN_ZONE or zone.layer.zoned:
        told += [_with_exoneration(item) for item in zone.items]
    return ", ".join(told)


def _with_exoneration(item: Item) -> str:
    if item.exoneration is None:
        return named(item)
    return f"{named(item)} (exonération : {item.exoneration})"


def _base(zone: Zone) -> str:
    if zone.base_class is None or zone.edition is None:
        return ""
    return class_name(zone.edition.classes, zone.base_class)


def _outside_class(zone: Zone) -> str:
    known = zone.edition.classes.get(zone.base_class or "") if zone.edition else None
    return (known.short or "") if known else ""


def _calendar(zone: Zone) -> str:
    return zone.reason.removeprefix("Le dispositif ").rstrip(".")


def _unless_zone(zone: Zone) -> str:
    if zone.base_class is None or zone.edition is None:
        return _classes_left(zone)
    classes = zone.edition.classes
    others = others_than(classes, zone.base_class, zone.possible)
    return f"{_base(zone)}, sauf si l'adresse est en QPV ({class_list(classes, others)} possible)"


def _zones_of_commune(zone: Zone) -> str:
    if len(zone.items) == 1:
        return "1 quartier possible, périmètre non chargé"
    return f"{len(zone.items)} quartiers possibles, périmètres non chargés"


def _last_known(zone: Zone) -> str:
    return f"dernière classe connue : {_base(zone)}" if zone.base_class else ""


def _superseded(zone: Zone) -> str:
    return _last_known(zone) or "zonage remplacé, nouvelle liste non chargée"


def _not_yet_known(zone: Zone) -> str:
    return _last_known(zone) or "la liste chargée est plus récente"


def _near(zone: Zone) -> str:
    names = enumerate_fr(item.nom for item in zone.items)
    return f"à {metres(zone.distance_m or 0)} de la limite de {names}"


def _nothing_loaded(zone: Zone) -> str:
    return f"rien n'est chargé{' pour cette date' * bool(zone.layer.editions)}"


_REFUSALS: dict[Reason, Callable[[Zone], str]] = {
    Reason.CLASS_DOES_NOT_COUNT: _outside_class,
    Reason.SCHEME_NOT_IN_FORCE: _calendar,
    Reason.QPV_CLASS_UNKNOWN: _unless_zone,
    Reason.CANDIDATES_DIFFER: _classes_left,
    Reason.PLACE_OUTSIDE_COMMUNES: _classes_left,
    Reason.MERGED_COMMUNE: lambda zone: _last_known(zone) or _classes_left(zone),
    Reason.NO_EDITION: _nothing_loaded,
    Reason.PARTIAL: lambda _: "une partie de la commune seulement",
    Reason.ZONE_PERIMETER_UNKNOWN: _zones_of_commune,
    Reason.PRECISION_INSUFFICIENT: lambda _: "selon l'adresse exacte",
    Reason.ZONE_LIST_INCOMPLETE: lambda _: "liste incomplète ici",
    Reason.NEAR_ZONE_BORDER: _near,
    Reason.EDITION_SUPERSEDED: _superseded,
    Reason.EDITION_START_UNKNOWN: _not_yet_known,
    Reason.CLASS_UNAVAILABLE: lambda _: "pas de classe dans la liste",
}


def place_lines(location: Location, now: date | None = None) -> list[str]:
    """Say where the question is about, and how that is known.

    Parameters
    ----------
    location : Location
        The answer.
    now : date, optional
        Today, to say that a date is still to come.

    Returns
    -------
    list of str
        The place, then how precisely it is known, then notes.
    """
    place = location.place
    lines = [_where(place), _how(place), *place.notes]
    if place.to_check:
        prefix = "" if place.to_check.startswith("Vérifiez") else "À vérifier : "
        lines.append(prefix + (after_colon(place.to_check) if prefix else place.to_check))
    if now is not None and location.date > now:
        lines.append("Date à venir : d'ici là, les zonages et les lois peuvent changer.")
    return lines


def _where(place: Place) -> str:
    label = place.label[:1].upper() + place.label[1:]
    commune = place.commune
    if commune is None:
        codes = place.communes_possibles
        shown = enumerate_fr(codes, "ou") if len(codes) <= 6 else f"{len(codes)} possibles"
        return f"{label} — commune indéterminée : {shown}"
    inside = f"{commune.nom}, " if commune.nom not in place.label else ""
    return f"{label} — {inside}code INSEE {commune.arrondissement or commune.code}"


_GEOCODERS = {
    "mairies": "adresse d'une mairie, trouvée hors ligne",
    "communes": "commune trouvée par son nom, hors ligne",
    "codes postaux": "code postal trouvé hors ligne",
    "code INSEE": "commune donnée par son code",
    "point": "point donné",
    "geoplateforme": "adresse trouvée en ligne par la Géoplateforme",
    "geocodeur": "adresse trouvée par votre géocodeur en ligne",
    "ban": "adresse trouvée hors ligne, dans la base adresse nationale",
}
_DATED = {"geoplateforme": "réponse", "geocodeur": "réponse", "ban": "fichier"}


def _how(place: Place) -> str:
    how = _GEOCODERS.get(place.geocoder, place.geocoder)
    if place.as_of is not None:
        how += f" ({_DATED.get(place.geocoder, 'donnée')} du {french_date(place.as_of)})"
    if place.radius_m:
        how += f", à {metres(place.radius_m)} près"
    elif place.radius_m is None and not any("la réponse vaut" in note for note in place.notes):
        how += f" : la réponse vaut pour {_whole(place)}"
    return how[:1].upper() + how[1:] + "."


def _whole(place: Place) -> str:
    if place.commune is None:
        return "toutes ces communes"
    return "tout l'arrondissement" if place.commune.arrondissement else "toute la commune"


def source_line(zone: Zone) -> str | None:
    """Name where an answer comes from.

    Parameters
    ----------
    zone : Zone
        The layer's answer.

    Returns
    -------
    str or None
        Edition, legal basis, publisher and dates; None where no list answered.
    """
    if zone.edition is None or zone.reason_code is Reason.NO_EDITION:
        return None
    return edition_line(zone.edition)


def edition_line(edition: Edition) -> str:
    """Say what an edition is: dates, legal basis, publisher.

    Parameters
    ----------
    edition : Edition
        The edition.

    Returns
    -------
    str
        French sentences.
    """
    dates = []
    if edition.valid_from:
        dates.append(f"en vigueur depuis le {french_date(edition.valid_from)}")
    else:
        dates.append("début inconnu")
    if span := attested(edition.valid_from, edition.known_from, edition.known_until):
        dates.append(f"attesté {span}")
    if edition.superseded_from:
        dates.append(f"remplacé le {french_date(edition.superseded_from)}")
    if edition.cog:
        dates.append(f"codes communes {edition.cog}")
    when = ", ".join(dates)
    told = f"{edition.title} : {when}. {edition.legal}. Publié par : {edition.publisher}."
    return f"{told} D'après votre fichier {edition.file}." if edition.file else told


def attested(valid_from: date | None, first: date | None, last: date | None) -> str:
    """Say between which days an edition is known to have held.

    Parameters
    ----------
    valid_from : date or None
        First day in force; where it is known, only the last day is worth telling.
    first, last : date or None
        First and last day on which it is known to have held.

    Returns
    -------
    str
        ``du 01/05/2025 au 31/05/2025``, ``jusqu'au 31/05/2025`` or ``dès le 01/01/2017``.
    """
    start = french_date(first) if first and not valid_from else None
    if last is None:
        return f"dès le {start}" if start else ""
    return f"du {start} au {french_date(last)}" if start else f"jusqu'au {french_date(last)}"


def validity(edition: Edition) -> str:
    """Say from when to when an edition holds, as far as is known.

    Parameters
    ----------
    edition : Edition
        An edition of the catalogue.

    Returns
    -------
    str
        ``depuis le 04/05/2022, attestée jusqu'au 31/05/2025``; its publication where it
        is of another day.
    """
    start = edition.valid_from
    said = [f"depuis le {french_date(start)}" if start else "début inconnu"]
    if edition.published and edition.published != start:
        said.append(f"publiée le {french_date(edition.published)}")
    if span := attested(start, edition.known_from, edition.known_until):
        said.append(f"attestée {span}")
    if edition.superseded_from:
        said.append(f"remplacée le {french_date(edition.superseded_from)}")
    return ", ".join(said)


_STARTS = re.compile(r"(?:À|Une?|L[ae]|Les|L'\w+|Zonage|Chargez|Dans|Hors) ")


def after_colon(text: str) -> str:
    """Put a sentence after a colon, where French writes no capital.

    Parameters
    ----------
    text : str
        A sentence.

    Returns
    -------
    str
        Its first letter small, unless it may start a name or an acronym.
    """
    return text[:1].lower() + text[1:] if _STARTS.match(text) else text


def exonerations(zone: Zone) -> list[str]:
    """Say whether the sectors concerned open the exemption of their layer, and why.

    Parameters
    ----------
    zone : Zone
        The layer's answer.

    Returns
    -------
    list of str
        One a sector; none of a layer without an exemption.
    """
    rule = zone.layer.exoneration
    if rule is None:
        return []
    return [
        f"Secteur {named(item)}, exonération ({rule.legal}) : {item.exoneration}. "
        f"{item.exoneration_reason}"
        for item in zone.items
        if item.exoneration is not None
    ]


def doubt(zone: Zone, place: Place) -> str:
    """Say why an answer is not sure, or must be checked, and what would settle it.

    Parameters
    ----------
    zone : Zone
        The layer's answer.
    place : Place
        The place: a doubt about it is told once, in `place_lines`.

    Returns
    -------
    str
        Sentences; empty for an answer that needs no checking.
    """
    parts = [zone.reason] if zone.verdict is Verdict.INDETERMINE else []
    if check := (zone.to_check or "").removeprefix(place.to_check or "").strip():
        parts.append(check)
    if zone.next_step and zone.next_step not in " ".join(parts):
        parts.append(f"Pour trancher : {zone.next_step}")
    return " ".join(parts)

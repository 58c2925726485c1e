"""The words of an answer that text and HTML share."""

from __future__ import annotations

from collections.abc import Callable

from zonage_geo.locate.model import Location, Place, Zone
from zonage_geo.locate.reasons import class_list, class_name, enumerate_fr, french_date, metres
from zonage_geo.verdict import Reason, Verdict

__all__ = ["NOTICE", "detail", "has_no_data", "place_lines", "source_line"]

NOTICE = "Information sans valeur réglementaire : seuls les textes publiés font foi."


def has_no_data(zone: Zone) -> bool:
    """Tell whether a layer answers nothing because nothing of it is loaded.

    Parameters
    ----------
    zone : Zone
        The layer's answer.

    Returns
    -------
    bool
        True for a layer that comes by file only, and none came.
    """
    return zone.reason_code is Reason.NO_EDITION and not zone.layer.editions


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
    return _REFUSALS[zone.reason_code](zone) if zone.reason_code in _REFUSALS else ""


def _classes_left(zone: Zone) -> str:
    classes = zone.edition.classes if zone.edition else zone.layer.classes
    return class_list(classes, zone.possible, f"hors {zone.layer.short}")


def _sure(zone: Zone) -> str:
    counting = [c for c in zone.layer.classes.values() if c.counts and not c.partial_of]
    if zone.items:
        return enumerate_fr(f"{item.nom} ({item.code})" for item in zone.items)
    if len(counting) == 1 or zone.edition is None or zone.zone_class is None:
        return ""
    return class_name(zone.edition.classes, zone.zone_class)


def _base(zone: Zone) -> str:
    if zone.base_class is None or zone.edition is None:
        return ""
    return class_name(zone.edition.classes, zone.base_class)


def _outside_class(zone: Zone) -> str:
    known = zone.edition.classes.get(zone.base_class or "") if zone.edition else None
    return (known.short or "") if known else ""


def _calendar(zone: Zone) -> str:
    first, last = zone.layer.exists_from, zone.layer.exists_to
    if zone.reason.startswith("Le dispositif n'existe") and first:
        return f"n'existe que depuis le {french_date(first)}"
    return f"a pris fin le {french_date(last)}" if last else ""


def _unless_zone(zone: Zone) -> str:
    others = tuple(code for code in zone.possible if code != zone.base_class)
    classes = zone.edition.classes if zone.edition else zone.layer.classes
    base = _base(zone)
    if not base:
        return _classes_left(zone)
    return f"{base}, sauf si l'adresse est en QPV ({class_list(classes, others)} possible)"


def _zones_of_commune(zone: Zone) -> str:
    count = "1 quartier" if len(zone.items) == 1 else f"{len(zone.items)} quartiers"
    return f"{count} dans la commune, périmètres non chargés"


def _last_known(zone: Zone) -> str:
    return f"dernière classe connue : {_base(zone)}" if zone.base_class else ""


def _near(zone: Zone) -> str:
    names = enumerate_fr(item.nom for item in zone.items)
    return f"à {metres(zone.distance_m or 0)} de la limite de {names}"


_REFUSALS: dict[Reason, Callable[[Zone], str]] = {
    Reason.CLASS_DOES_NOT_COUNT: _outside_class,
    Reason.SCHEME_NOT_IN_FORCE: _calendar,
    Reason.QPV_CLASS_UNKNOWN: _unless_zone,
    Reason.CANDIDATES_DIFFER: _classes_left,
    Reason.MERGED_COMMUNE: lambda zone: _last_known(zone) or _classes_left(zone),
    Reason.PARTIAL: lambda _: "une partie de la commune",
    Reason.ZONE_PERIMETER_UNKNOWN: _zones_of_commune,
    Reason.PRECISION_INSUFFICIENT: lambda _: "selon l'adresse exacte",
    Reason.ZONE_LIST_INCOMPLETE: lambda _: "liste incomplète ici",
    Reason.NEAR_ZONE_BORDER: _near,
    Reason.EDITION_SUPERSEDED: _last_known,
    Reason.EDITION_START_UNKNOWN: _last_known,
    Reason.CLASS_UNAVAILABLE: lambda _: "pas de classe dans la liste",
}


def place_lines(location: Location) -> list[str]:
    """Say where the question is about, and how that is known.

    Parameters
    ----------
    location : Location
        The answer.

    Returns
    -------
    list of str
        The place, then how precisely it is known, then notes.
    """
    place = location.place
    return [_where(place), _how(place), *place.notes, *([place.to_check] if place.to_check else [])]


def _where(place: Place) -> str:
    commune = place.commune
    if commune is None:
        codes = place.communes_possibles
        shown = enumerate_fr(codes, "ou") if len(codes) <= 6 else f"{len(codes)} communes"
        return f"{place.label} — commune indéterminée : {shown}"
    inside = f"{commune.nom}, " if commune.nom not in place.label else ""
    return f"{place.label} — {inside}code INSEE {commune.arrondissement or commune.code}"


_GEOCODERS = {
    "mairies": "adresse d'une mairie, trouvée hors ligne",
    "communes": "commune trouvée par son nom, hors ligne",
    "codes postaux": "code postal trouvé hors ligne",
    "code INSEE": "commune donnée par son code",
    "point": "point donné",
}


def _how(place: Place) -> str:
    how = _GEOCODERS.get(place.geocoder, place.geocoder)
    if place.radius_m:
        how += f", à {metres(place.radius_m)} près"
    elif place.radius_m is None:
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
    edition = zone.edition
    if edition is None or zone.reason_code is Reason.NO_EDITION:
        return None
    dates = []
    if edition.valid_from:
        dates.append(f"en vigueur depuis le {french_date(edition.valid_from)}")
    elif edition.known_from:
        dates.append(f"début inconnu, attesté le {french_date(edition.known_from)}")
    if edition.superseded_from:
        dates.append(f"remplacé le {french_date(edition.superseded_from)}")
    elif edition.known_until:
        dates.append(f"attesté jusqu'au {french_date(edition.known_until)}")
    if edition.cog:
        dates.append(f"codes communes {edition.cog}")
    return (
        f"{edition.title} ({', '.join(dates)}). {edition.legal}. Publié par : {edition.publisher}."
    )

"""The French sentences of an answer: why, what to check, what would settle it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from zonage_geo.catalog.model import ClassDef, Edition, Layer
from zonage_geo.locate.model import Place
from zonage_geo.locate.zones import Outcome
from zonage_geo.verdict import Possible, Reason

__all__ = ["check_sentence", "class_list", "enumerate_fr", "next_step", "sentence"]


def french_date(day: date) -> str:
    """Write a date as French readers do.

    Parameters
    ----------
    day : date
        A day.

    Returns
    -------
    str
        ``04/05/2022``.
    """
    return f"{day:%d/%m/%Y}"


def metres(distance: float) -> str:
    """Write a distance, no more precisely than it is known.

    Parameters
    ----------
    distance : float
        In metres.

    Returns
    -------
    str
        ``120 m`` or ``2,4 km``.
    """
    if distance < 1000:
        return f"{distance:.0f} m"
    return f"{distance / 1000:.1f} km".replace(".", ",")


def enumerate_fr(words: Iterable[str], last: str = "et") -> str:
    """Join words as a French sentence does.

    Parameters
    ----------
    words : iterable of str
        What to join.
    last : str
        The word before the last one: ``et`` or ``ou``.

    Returns
    -------
    str
        ``a, b et c``.
    """
    *head, tail = list(words) or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


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


def sentence(layer: Layer, outcome: Outcome, place: Place, day: date) -> str:
    """Say in one French sentence why a layer answers what it does.

    Parameters
    ----------
    layer : Layer
        The layer.
    outcome : Outcome
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
    edition = outcome.edition
    classes = edition.classes if edition else layer.classes
    base = class_name(classes, outcome.base) if outcome.base else None
    quarters = enumerate_fr(f"« {item.nom} » ({item.code})" for item in outcome.items[:6])
    if len(outcome.items) > 6:
        quarters += f" et {len(outcome.items) - 6} autres"
    distance = metres(outcome.distance_m) if outcome.distance_m is not None else "?"
    choices = class_list(classes, outcome.possible)
    last_known = f" Dernière classe connue : {base}." if base else ""
    name = place.commune.nom if place.commune else "la commune"
    texts = {
        Reason.IN_CLASS: f"{name} : {_label(classes, outcome.possible)}.",
        Reason.CLASS_DOES_NOT_COUNT: f"{name} : {_label(classes, (outcome.base,))}.",
        Reason.NOT_LISTED: f"{name} n'est pas dans la liste, complète ici.",
        Reason.NO_ZONE_IN_COMMUNE: f"{name} ne compte aucun quartier de cette couche.",
        Reason.IN_ZONE: f"dans le périmètre {quarters}, à {distance} de sa limite.",
        Reason.OUTSIDE_ZONES: (
            f"hors de tout périmètre ; le plus proche est {quarters}, à {distance}."
            if outcome.items
            else "hors de tout périmètre, à plus de 5 km du plus proche."
        ),
        Reason.SCHEME_NOT_IN_FORCE: _calendar(layer, day),
        Reason.NO_EDITION: layer.missing,
        Reason.EDITION_SUPERSEDED: (
            f"le zonage connu a été remplacé le {_date(edition, 'superseded_from')} par un texte "
            f"qui n'est pas chargé.{last_known}"
        ),
        Reason.EDITION_START_UNKNOWN: (
            "la liste chargée n'est attestée qu'à partir du "
            f"{_date(edition, 'known_from')}, et son début est inconnu.{last_known}"
        ),
        Reason.CLASS_UNAVAILABLE: f"la liste ne donne pas de classe pour {name}.",
        Reason.PARTIAL: f"{name} n'est classée qu'en partie, et la liste ne dit pas laquelle.",
        Reason.MERGED_COMMUNE: (
            f"{name} a changé de limites (fusion ou séparation) entre la liste et la date "
            f"demandée : {choices} possible.{last_known}"
        ),
        Reason.QPV_CLASS_UNKNOWN: _unless_zone(outcome, classes, base),
        Reason.CANDIDATES_DIFFER: _candidates(outcome, place, choices),
        Reason.ZONE_PERIMETER_UNKNOWN: (
            f"{name} compte {_count(outcome)}, dont le périmètre n'est pas chargé : {quarters}."
        ),
        Reason.ZONE_LIST_INCOMPLETE: (
            f"la liste chargée n'est pas complète ici : {name} n'y est pas, ce qui ne prouve rien."
        ),
        Reason.PRECISION_INSUFFICIENT: (
            f"le lieu n'est connu qu'à la commune, qui compte {_count(outcome)} : {quarters}."
        ),
        Reason.NEAR_ZONE_BORDER: (
            f"à {distance} de la limite de {quarters}, moins que la précision du lieu et du tracé."
        ),
    }
    text = texts[outcome.reason]
    return text[:1].upper() + text[1:]


def _label(classes: Mapping[str, ClassDef], possible: Possible) -> str:
    code = possible[0]
    if code is None:
        return "aucune classe"
    known = classes[code]
    return f"{known.label} ({known.short})" if known.short else known.label


def _count(outcome: Outcome) -> str:
    n = len(outcome.items)
    return "1 quartier" if n == 1 else f"{n} quartiers"


def _date(edition: Edition | None, name: str) -> str:
    day = getattr(edition, name, None)
    return french_date(day) if day else "(date inconnue)"


def _calendar(layer: Layer, day: date) -> str:
    if layer.exists_from is not None and day < layer.exists_from:
        return f"le dispositif n'existe que depuis le {french_date(layer.exists_from)}."
    if layer.exists_to is not None:
        return f"le dispositif a pris fin le {french_date(layer.exists_to)}."
    return "le dispositif n'était pas en vigueur."


def _unless_zone(outcome: Outcome, classes: Mapping[str, ClassDef], base: str | None) -> str:
    others = tuple(code for code in outcome.possible if code != outcome.base)
    if base is None:
        choices = class_list(classes, outcome.possible)
        return (
            "le lieu peut être en plusieurs communes, ou dans un quartier (QPV) qui a sa propre "
            f"classe : {choices}. La liste de ces classes n'est pas chargée."
        )
    return (
        f"{base}, sauf si l'adresse est en QPV : un quartier peut avoir sa propre classe "
        f"({class_list(classes, others)}), et la liste de ces classes n'est pas chargée."
    )


def _candidates(outcome: Outcome, place: Place, choices: str) -> str:
    if outcome.distance_m is not None and len(place.refs) > 1:
        return (
            f"à {metres(outcome.distance_m)} d'une commune d'une autre classe, moins que la "
            f"précision des contours : {choices}."
        )
    return f"le lieu peut être en plusieurs endroits de classes différentes : {choices}."


def check_sentence(layer: Layer, outcome: Outcome, place: Place, day: date) -> str | None:
    """Say why an answer must be checked, where it must.

    Parameters
    ----------
    layer : Layer
        The layer.
    outcome : Outcome
        What it answers.
    place : Place
        The place asked about.
    day : date
        The day asked about.

    Returns
    -------
    str or None
        A French sentence, or None: the edition is known to hold on that day, or nothing
        newer is announced and no revision is due.
    """
    said = [place.to_check] if place.to_check else []
    edition = outcome.edition
    if edition is not None:
        if edition.to_check and (edition.to_check_before is None or day < edition.to_check_before):
            said.append(edition.to_check)
        if outcome.state == "superseded":
            said.append(edition.successor or "Chargez le texte en vigueur.")
        elif edition.known_until is not None and day > edition.known_until:
            if edition.successor:
                said.append(edition.successor)
            elif _revision_due(layer, edition, day):
                said.append(
                    f"Zonage attesté jusqu'au {french_date(edition.known_until)}, à réviser tous "
                    f"les {layer.revision_years} ans : vérifiez qu'aucun texte ne l'a remplacé."
                )
    return " ".join(said) or None


def _revision_due(layer: Layer, edition: Edition, day: date) -> bool:
    if layer.revision_years is None:
        return False
    if edition.valid_from is None:
        return True  # nobody knows how old it is
    due = edition.valid_from.year + layer.revision_years
    return (due, edition.valid_from.month, edition.valid_from.day) <= (day.year, day.month, day.day)


def next_step(layer: Layer, outcome: Outcome) -> str | None:
    """Tell the command that would settle an undetermined answer.

    Parameters
    ----------
    layer : Layer
        The layer.
    outcome : Outcome
        What it answers.

    Returns
    -------
    str or None
        A command to paste; None where no file would settle it.
    """
    if len(outcome.possible) == 1:
        return None
    if outcome.reason in (Reason.ZONE_PERIMETER_UNKNOWN, Reason.ZONE_LIST_INCOMPLETE):
        return layer.fetch
    if outcome.reason in (Reason.NO_EDITION, Reason.EDITION_SUPERSEDED):
        return f"python -m zonage_geo data add {layer.id} FICHIER"
    return None

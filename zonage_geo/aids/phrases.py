"""What is missing, and what fails, in French."""

from __future__ import annotations

from collections.abc import Iterable

from zonage_geo.aids.conditions import UNSAID, Check
from zonage_geo.aids.profile import Profile
from zonage_geo.aids.rulebook import Rules
from zonage_geo.aids.rulebook import rules as shipped
from zonage_geo.aids.site import DISTANCE, Distance, Fact, Site
from zonage_geo.aids.vocabulary import EXONERATION, MOUNTAIN

__all__ = ["detail_of", "fact_text", "missing_of", "profile_text"]

SHOWN = 6
"""Quarters named before the others are counted."""


def missing_of(test: Check, label: str, rules: Rules, site: Site, *, whole: bool = False) -> str:
    """Say what would settle a test: a word of the profile, or a sentence about the place.

    Parameters
    ----------
    test : Check
        One that is not settled.
    label : str
        The condition that it belongs to.
    rules : Rules
        The vocabulary.
    site : Site
        The place.
    whole : bool
        Whether the test is the whole condition.

    Returns
    -------
    str
        The word itself where a profile could give it; a sentence naming the quarters or
        sectors where the place is in doubt.
    """
    if test.word == UNSAID:
        return f"non documenté{'' if whole else ' dans ce cas'} : {label}"
    if test.word in rules.profile:
        measured = site.distance if test.word == DISTANCE else None
        return f"distance à une ZIP ou à une ZAC : {_far(measured)}" if measured else test.word
    if test.word in ("region", "departement"):
        return f"{test.word} : il n'est pas certain que le lieu y soit"
    if test.word == MOUNTAIN:
        return f"montagne ou massif : {_mountain(rules, site)}"
    return _of_layer(test, rules, site)


def _of_layer(test: Check, rules: Rules, site: Site) -> str:
    layer = "pdsa" if test.word == EXONERATION else test.word
    fact = site.facts.get(layer)
    name = rules.layers[layer]["label"]
    if fact is None:
        return f"{layer} : {name} non connu pour ce lieu"
    said = fact_text(fact)
    if layer == "zonage_medecins" and not fact.items and "qpv" in site.facts:
        said += _quarters(site.facts["qpv"])
    return f"{layer} : {said}"


def _far(distance: Distance) -> str:
    if distance.reason:
        return distance.reason.rstrip(".")
    return f"entre {distance.low_km:.1f} et {distance.high_km:.1f} km".replace(".", ",")


def _mountain(rules: Rules, site: Site) -> str:
    fact = site.facts.get("massif")
    if fact is None:
        return "la couche massif n'est pas connue pour ce lieu"
    if None in fact.possible and len(fact.possible) > 1:
        return fact_text(fact)
    return str(rules.mountain["says"])


def fact_text(fact: Fact) -> str:
    """Say what a layer leaves possible, and why, naming the quarters concerned.

    Parameters
    ----------
    fact : Fact
        What the layer answers.

    Returns
    -------
    str
        In French, without a final stop.
    """
    if fact.reason:
        said = fact.reason.rstrip(".")
        unnamed = [item for item in fact.items if item.code not in said]
        return said + _quarters(fact) if len(unnamed) == len(fact.items) else said
    left = [one or "hors zone" for one in fact.possible]
    if len(left) == 1:
        return left[0] + _quarters(fact)
    return f"{', '.join(left[:-1])} ou {left[-1]} possible{_quarters(fact)}"


def _quarters(fact: Fact) -> str:
    """Name the quarters or sectors in doubt."""
    if not fact.items:
        return ""
    named = [
        f"« {item.nom} » ({item.code})" if item.nom != item.code else f"{item.code}"
        for item in fact.items[:SHOWN]
    ]
    more = len(fact.items) - len(named)
    if more:
        named.append(f"{more} autre{'s' if more > 1 else ''}")
    label = "QPV" if fact.layer == "zonage_medecins" else fact.label
    return f" ({label} : {', '.join(named)})"


def detail_of(tests: Iterable[Check], facts: Profile, rules: Rules, site: Site) -> str | None:
    """Say what makes a condition fail.

    Parameters
    ----------
    tests : iterable of Check
        The tests that the failure follows from.
    facts : mapping
        The profile, checked.
    rules : Rules
        The vocabulary.
    site : Site
        The place.

    Returns
    -------
    str or None
        In French; None where there is nothing to add.
    """
    said: dict[str, None] = {}
    for test in tests:
        if test.word == DISTANCE and site.distance is not None:
            said[_far(site.distance)] = None
        elif test.word in facts:
            said[f"{rules.said(test.word)} = {_value(facts[test.word])}"] = None
        elif test.word in site.facts:
            said[f"{rules.layers[test.word]['label']} : {_classes(site.facts[test.word])}"] = None
        elif test.word == MOUNTAIN and "massif" in site.facts:
            said["ni en massif, ni en montagne"] = None
        elif test.word in ("departement", "region"):
            held = site.departements if test.word == "departement" else site.regions
            names = [rules.regions.get(c, c) if test.word == "region" else c for c in sorted(held)]
            said[f"{test.word} : {', '.join(names)}"] = None
    return " ; ".join(said) or None


def profile_text(facts: Profile, known: Rules | None = None) -> list[str]:
    """Say a profile.

    Parameters
    ----------
    facts : mapping
        The profile, checked.
    known : Rules, optional
        For the vocabulary; the shipped rules by default.

    Returns
    -------
    list of str
        ``demi_journees = 8``.
    """
    known = known or shipped()
    return [f"{known.said(word)} = {_value(value)}" for word, value in facts.items()]


def _classes(fact: Fact) -> str:
    return ", ".join("non" if one is None else one for one in fact.possible)


def _value(fact: object) -> str:
    if fact is None:
        return "sans objet"
    if isinstance(fact, bool):
        return "oui" if fact else "non"
    if isinstance(fact, float):
        return f"{fact:g}".replace(".", ",")
    if isinstance(fact, tuple):
        return ", ".join(map(str, fact)) or "aucun"
    return str(fact)

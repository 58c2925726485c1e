"""Whether a geocoder's candidates answer a question: pure, and the same for every geocoder.

A score alone is never trusted. A candidate answers where it lies in the commune that the text
names, its street has the name asked, and no other place comes near; it is then as precise as
what was really found again of the text. Otherwise candidates are offered, or nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from zonage_geo.catalog.model import Limits, Words
from zonage_geo.geocoding.likeness import likeness
from zonage_geo.geometry import distance
from zonage_geo.territory import ARRONDISSEMENT_CITIES, commune_of

__all__ = ["Decision", "Proposal", "Question", "Reading", "decide"]

Outcome = Literal["answer", "choose", "nothing"]
_SAME_DOOR_M = 50.0


class Reading(NamedTuple):
    """One way to read an address; everything normalised.

    Attributes
    ----------
    numero : str or None
        Number with its repetition: ``12 bis``; ``4 6`` for a range.
    voie : str
        The street's or hamlet's name.
    communes : frozenset of str or None
        Codes (arrondissements too) that the text or a filter limits it to; None where nothing
        does.
    part : str or None
        Code of the former commune that the text names.
    """

    numero: str | None
    voie: str
    communes: frozenset[str] | None
    part: str | None = None


Question = tuple[Reading, ...]
"""The ways to read an address, likeliest first: where it is not punctuated, the commune's name
may be at its end, or be part of the street's."""


class Proposal(NamedTuple):
    """What a geocoder proposes.

    Attributes
    ----------
    label : str
        As it is shown.
    kind : str
        ``numero``, ``voie``, ``lieu_dit`` or ``commune``.
    score : float
        The geocoder's own, 0 to 1.
    commune : str
        Code of the commune, or of the arrondissement.
    numero : str or None
        Normalised number.
    voie : str
        Normalised name of the street or hamlet.
    lon, lat : float
        EPSG:4326 degrees.
    radius_m : float or None
        How far the street goes, where that is known.
    part : str or None
        Code of the former commune, where it is known.
    """

    label: str
    kind: str
    score: float
    commune: str
    numero: str | None
    voie: str
    lon: float
    lat: float
    radius_m: float | None = None
    part: str | None = None


class Decision(NamedTuple):
    """What is made of the proposals.

    Attributes
    ----------
    outcome : Outcome
        ``answer``; ``choose`` where several are likely, or the one that is is not sure;
        ``nothing``.
    chosen : tuple of Proposal
        What answers: one, or the parts of one street; or those to choose from.
    precision : str
        Of an answer: ``numero``, ``voie``, ``lieu_dit``.
    missing : str or None
        The number that was asked and that the street does not have.
    """

    outcome: Outcome
    chosen: tuple[Proposal, ...] = ()
    precision: str = ""
    missing: str | None = None


class _Seen(NamedTuple):
    """A proposal beside the reading that it fits best."""

    proposal: Proposal
    likeness: float
    named: bool
    numero: str | None

    @property
    def has_number(self) -> bool:
        """Whether it is the very number asked."""
        found = self.proposal
        return found.kind == "numero" and self.numero is not None and self.numero == found.numero


def decide(
    question: Question, proposals: Sequence[Proposal], limits: Limits, words: Words
) -> Decision:
    """Decide whether proposals answer, leave a choice, or say nothing.

    Parameters
    ----------
    question : tuple of Reading
        What is asked.
    proposals : sequence of Proposal
        A geocoder's, in any order.
    limits : Limits
        How far it is believed.
    words : Words
        For comparing names.

    Returns
    -------
    Decision
        Never an answer outside the communes that the question is limited to, nor one whose
        commune nothing in the question names.
    """
    streets = [
        seen
        for one in proposals
        if one.score >= limits.score_min and one.kind != "commune"
        if (seen := _seen(question, one, words)) is not None and seen.likeness >= limits.name_min
    ]
    if not streets:
        return Decision("nothing")
    streets.sort(key=_rank, reverse=True)
    best = streets[0]
    same = [one for one in streets if _is_same(best.proposal, one.proposal, limits)]
    rivals = [one for one in streets if one not in same and _rivals(best, one, limits)]
    sure = best.likeness >= limits.name_sure and best.proposal.score >= limits.score_sure
    if rivals or not sure or not best.named:
        offered = [*same[:1], *rivals] if rivals else streets
        return Decision("choose", tuple(dict.fromkeys(one.proposal for one in offered)))
    doors = [one.proposal for one in same if one.has_number]
    if doors and all(_metres(doors[0], door) <= _SAME_DOOR_M for door in doors):
        return Decision("answer", (doors[0],), "numero")
    parts = tuple(dict.fromkeys(one.proposal for one in same))
    precision = "lieu_dit" if best.proposal.kind == "lieu_dit" else "voie"
    missing = None if doors else best.numero
    return Decision("answer", tuple(doors) or parts, precision, missing)


def _rank(seen: _Seen) -> tuple[float, bool, bool, float]:
    return seen.likeness, seen.named, seen.has_number, seen.proposal.score


def _seen(question: Question, proposal: Proposal, words: Words) -> _Seen | None:
    """Read the question in the way that fits a proposal best, within its communes."""
    codes = {proposal.commune, commune_of(proposal.commune)}
    found = []
    for reading in question:
        named = reading.communes is not None and bool(codes & reading.communes)
        other_part = None not in (reading.part, proposal.part) and reading.part != proposal.part
        if (reading.communes is None or named) and reading.voie and not other_part:
            alike = likeness(reading.voie, proposal.voie, words)
            found.append(_Seen(proposal, alike, named, reading.numero))
    return max(found, key=_rank, default=None)


def _rivals(best: _Seen, other: _Seen, limits: Limits) -> bool:
    """Tell whether another place is nearly as likely.

    Whatever its score, which also tells how long the names of communes are.
    """
    if best.likeness == 1.0 and other.likeness < 1.0:
        return False
    return best.likeness - other.likeness <= limits.name_gap


def _is_same(one: Proposal, other: Proposal, limits: Limits) -> bool:
    """Tell whether two proposals are of one street: it may cross arrondissements."""
    if one is other:
        return True
    city = commune_of(one.commune)
    if city != commune_of(other.commune) or (one.voie, one.part) != (other.voie, other.part):
        return False
    if city in ARRONDISSEMENT_CITIES:
        return True
    reach = (one.radius_m or 0.0) + (other.radius_m or 0.0)
    return _metres(one, other) <= max(limits.same_street_m, reach)


def _metres(one: Proposal, other: Proposal) -> float:
    return distance(one.lon, one.lat, other.lon, other.lat)

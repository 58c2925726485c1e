"""Three-valued answers: ``oui``, ``non``, ``indéterminé``, and what they follow from.

An answer about a layer is, at bottom, the set of classes that are still *possible* for
the place. Everything else follows from that set: one class left is a certain answer,
several are not. ``None`` stands in the set for "outside": no class that counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

__all__ = ["Possible", "Reason", "Verdict", "merge_possible", "verdict_of"]

Possible = tuple[str | None, ...]
"""Classes still possible for a place, likeliest first; ``None`` is "outside"."""


class Verdict(StrEnum):
    """A truth value of Kleene's strong three-valued logic, in the users' words."""

    OUI = "oui"
    NON = "non"
    INDETERMINE = "indéterminé"

    def and_(self, other: Verdict) -> Verdict:
        """Give the conjunction: ``non`` as soon as one side is ``non``.

        Parameters
        ----------
        other : Verdict
            The other side.

        Returns
        -------
        Verdict
            ``oui`` only where both sides are.
        """
        return min(self, other, key=_RANK.__getitem__)

    def or_(self, other: Verdict) -> Verdict:
        """Give the disjunction: ``oui`` as soon as one side is ``oui``.

        Parameters
        ----------
        other : Verdict
            The other side.

        Returns
        -------
        Verdict
            ``non`` only where both sides are.
        """
        return max(self, other, key=_RANK.__getitem__)

    def not_(self) -> Verdict:
        """Give the negation; the negation of "don't know" is "don't know".

        Returns
        -------
        Verdict
            The opposite answer.
        """
        return _NEGATION[self]


_RANK = {Verdict.NON: 0, Verdict.INDETERMINE: 1, Verdict.OUI: 2}
_NEGATION = {
    Verdict.OUI: Verdict.NON,
    Verdict.NON: Verdict.OUI,
    Verdict.INDETERMINE: Verdict.INDETERMINE,
}


class Reason(StrEnum):
    """Why a layer answers what it does: a closed list, stable for programs.

    The French sentence that goes with a code is made in ``zonage_geo.locate``.
    """

    # certain answers
    IN_CLASS = "in_class"
    """The commune (or arrondissement, département) has a class that counts."""
    CLASS_DOES_NOT_COUNT = "class_does_not_count"
    """It has a class that does not count (HZ, non classée)."""
    NOT_LISTED = "not_listed"
    """It is absent from a list that is complete there."""
    NO_ZONE_IN_COMMUNE = "no_zone_in_commune"
    """The commune holds no zone of this layer, by a list that is complete there."""
    IN_ZONE = "in_zone"
    """The whole disc lies inside a perimeter."""
    OUTSIDE_ZONES = "outside_zones"
    """The whole disc lies outside every perimeter."""
    SCHEME_NOT_IN_FORCE = "scheme_not_in_force"
    """The scheme did not exist yet, or no longer, at the date asked."""
    # what makes an answer undetermined
    NO_EDITION = "no_edition"
    """No edition of the layer is loaded for this place and date."""
    EDITION_SUPERSEDED = "edition_superseded"
    """The last edition known was replaced by one that is not loaded."""
    EDITION_START_UNKNOWN = "edition_start_unknown"
    """The edition known had perhaps not begun at the date asked."""
    CLASS_UNAVAILABLE = "class_unavailable"
    """The list gives no class for this commune."""
    PARTIAL = "partial"
    """The commune is classed in part only."""
    MERGED_COMMUNE = "merged_commune"
    """The list tells the state of another commune: this one was merged or split."""
    QPV_CLASS_UNKNOWN = "qpv_class_unknown"
    """The place is perhaps in a QPV, whose own class is not known."""
    CANDIDATES_DIFFER = "candidates_differ"
    """The place may be in several communes whose classes differ."""
    PLACE_OUTSIDE_COMMUNES = "place_outside_communes"
    """The point is in no commune known: in a neighbour, at sea, or abroad."""
    ZONE_PERIMETER_UNKNOWN = "zone_perimeter_unknown"
    """The commune holds zones whose perimeters are not loaded."""
    ZONE_LIST_INCOMPLETE = "zone_list_incomplete"
    """No list of zones that is complete for this place and date is loaded."""
    PRECISION_INSUFFICIENT = "precision_insufficient"
    """The place is known to the commune only, and the commune holds zones."""
    NEAR_ZONE_BORDER = "near_zone_border"
    """The border of a perimeter crosses the disc."""


def merge_possible(parts: Iterable[Possible]) -> Possible:
    """Unite the possibilities of several candidates, first seen first.

    Parameters
    ----------
    parts : iterable of Possible
        One set a candidate.

    Returns
    -------
    Possible
        Every class that one of the candidates leaves possible, without repeats.
    """
    seen: dict[str | None, None] = {}
    for part in parts:
        seen.update(dict.fromkeys(part))
    return tuple(seen)


def verdict_of(possible: Possible) -> Verdict:
    """Read the verdict off the classes that are still possible.

    Parameters
    ----------
    possible : Possible
        At least one entry; ``None`` is "outside".

    Returns
    -------
    Verdict
        ``oui`` where one class that counts is all that is left, ``non`` where only
        "outside" is, else ``indéterminé``.

    Raises
    ------
    ValueError
        If nothing is possible, which no place can be.
    """
    if not possible:
        msg = "a place cannot be without any possible class"
        raise ValueError(msg)
    if len(possible) > 1:
        return Verdict.INDETERMINE
    return Verdict.NON if possible[0] is None else Verdict.OUI

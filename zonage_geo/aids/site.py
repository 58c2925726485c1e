"""What is known of a place, as the conditions ask for it: no geometry, classes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from zonage_geo.aids.conditions import Check, compare
from zonage_geo.aids.rulebook import Rules
from zonage_geo.aids.vocabulary import EXONERATION, MOUNTAIN
from zonage_geo.verdict import Possible, Reason, Verdict, verdict_of

__all__ = [
    "DISTANCE",
    "NEAR",
    "ZONING",
    "Distance",
    "Fact",
    "Quarter",
    "Site",
    "base_of",
    "regions_of",
]

DISTANCE = "distance_zip_zac_km"
NEAR = ("ZIP", "ZAC")
"""The classes that `DISTANCE` is to."""
ZONING, QUARTERS = "zonage_medecins", "qpv"
_OF_A_QUARTER = frozenset(
    {
        Reason.QPV_CLASS_UNKNOWN,
        Reason.ZONE_PERIMETER_UNKNOWN,
        Reason.PRECISION_INSUFFICIENT,
        Reason.NEAR_ZONE_BORDER,
    }
)
"""Why a zoning is undetermined where its commune's own class is known."""


class Quarter(NamedTuple):
    """A quarter or a sector concerned.

    Attributes
    ----------
    code, nom : str
        Its code and name.
    exoneration : Verdict or None
        Of a sector: whether it holds a commune in ZIP; None: not known.
    reason : str or None
        Why, in French.
    """

    code: str
    nom: str
    exoneration: Verdict | None = None
    reason: str | None = None


class Distance(NamedTuple):
    """How far the nearest ZIP or ZAC is.

    Attributes
    ----------
    low_km, high_km : float
        The true distance lies between them.
    reason : str or None
        What it follows from, in French.
    to_check : str or None
        Why it must be checked, in French.
    """

    low_km: float
    high_km: float
    reason: str | None = None
    to_check: str | None = None


class Fact(NamedTuple):
    """What one layer answers.

    Attributes
    ----------
    layer, label : str
        Its id and short name.
    possible : Possible
        Classes still possible; None is "outside".
    items : tuple of Quarter
        Quarters or sectors concerned.
    reason : str or None
        Why, in French.
    to_check : str or None
        Why the answer must be checked, in French.
    base : str or None
        The commune's class, where only a quarter that the place may be in keeps it from being
        the place's.
    """

    layer: str
    label: str
    possible: Possible
    items: tuple[Quarter, ...] = ()
    reason: str | None = None
    to_check: str | None = None
    base: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The layer's verdict: oui in a class, non outside."""
        known = {one is None for one in self.possible}
        if len(known) == 1:
            return Verdict.NON if True in known else Verdict.OUI
        return verdict_of(self.possible)


class Site(NamedTuple):
    """A place.

    Attributes
    ----------
    facts : mapping of str to Fact
        By layer; those that are not known are absent.
    departements : frozenset of str
        Those possible; empty: not known.
    regions : frozenset of str
        Those possible; empty: not known.
    distance : Distance or None
        To the nearest ZIP or ZAC.
    label : str or None
        Its French wording.
    day : date or None
        The day that the answers are about.
    to_check : str or None
        Why the place itself is doubtful.
    """

    facts: Mapping[str, Fact]
    departements: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    distance: Distance | None = None
    label: str | None = None
    day: date | None = None
    to_check: str | None = None

    def ask(self, test: Check, rules: Rules, day: date) -> Verdict:
        """Judge a test on a word of the place.

        Parameters
        ----------
        test : Check
            On a layer, a territory, the day, or what is worked out of layers.
        rules : Rules
            For classes that are parts of others, and départements that hold a massif.
        day : date
            The day that decides.

        Returns
        -------
        Verdict
            ``indéterminé`` where the place leaves it open.
        """
        worked_out = {MOUNTAIN: self._mountain, EXONERATION: self._exoneration}
        if test.word in worked_out:
            return worked_out[test.word](rules)
        if test.word == "jour":
            limit = date.fromisoformat(test.values[0]).toordinal()
            return compare(test.order, day.toordinal(), day.toordinal(), limit)
        if test.word in ("region", "departement"):
            held = self.regions if test.word == "region" else self.departements
            return _among(held, frozenset(test.values))
        if (fact := self.facts.get(test.word)) is None:
            return Verdict.INDETERMINE
        return self._classed(fact, frozenset(test.values), rules) if test.order else fact.verdict

    def either(self) -> tuple[Site, ...]:
        """Part what a quarter keeps together: in one, or in none and of the commune's class.

        Returns
        -------
        tuple of Site
            Both; this place alone where nothing is to be parted.
        """
        zoning, quarter = self.facts.get(ZONING), self.facts.get(QUARTERS)
        if zoning is None or zoning.base is None or quarter is None:
            return (self,)
        inside = quarter._replace(possible=tuple(one for one in quarter.possible if one))
        outside = quarter._replace(possible=(None,))
        own = zoning._replace(possible=(zoning.base,))
        return (
            self._replace(facts={**self.facts, QUARTERS: inside}),
            self._replace(facts={**self.facts, QUARTERS: outside, ZONING: own}),
        )

    def _classed(self, fact: Fact, wanted: frozenset[str], rules: Rules) -> Verdict:
        """Tell whether every class still possible is one of those wanted, or a part of one."""
        found = set()
        for one in fact.possible:
            verdict = Verdict.OUI if one in wanted else Verdict.NON
            for part in rules.implied:
                if (part.layer, part.zone_class) == (fact.layer, one) and part.implies in wanted:
                    verdict = verdict.or_(_among(self.regions, part.regions))
            found.add(verdict)
        return found.pop() if len(found) == 1 else Verdict.INDETERMINE

    def _mountain(self, rules: Rules) -> Verdict:
        """Judge "montagne ou massif": one is certain where it is listed (DESIGN, section 4)."""
        massif, mountain = self.facts.get("massif"), self.facts.get("montagne")
        first = massif.verdict if massif else Verdict.INDETERMINE
        second = mountain.verdict if mountain else Verdict.INDETERMINE
        if second is Verdict.INDETERMINE and first is Verdict.NON:
            holders = frozenset(rules.mountain["departements_de_massif"])
            if _among(self.departements, holders) is Verdict.NON:
                second = Verdict.NON  # no massif near, no mountain
        return first.or_(second)

    def _exoneration(self, rules: Rules) -> Verdict:  # noqa: ARG002  (one signature for both)
        """Judge whether the place's sector holds a ZIP: all its possible sectors must agree.

        Where the sector is not known, a place whose commune is a ZIP makes its sector one. In
        a quarter the class may be the quarter's, of which no text says that it is enough.
        """
        fact = self.facts.get("pdsa")
        told = Verdict.INDETERMINE
        if fact is not None and fact.verdict is Verdict.NON:
            return Verdict.NON
        if fact is not None and fact.verdict is Verdict.OUI:
            found = {item.exoneration or Verdict.INDETERMINE for item in fact.items}
            told = found.pop() if len(found) == 1 else Verdict.INDETERMINE
        zoning, quarter = self.facts.get(ZONING), self.facts.get(QUARTERS)
        inside = zoning is not None and zoning.possible == ("ZIP",)
        inside = inside and (quarter is None or quarter.verdict is not Verdict.OUI)
        inside = inside or (zoning is not None and zoning.base == "ZIP")
        return Verdict.OUI if inside and told is Verdict.INDETERMINE else told


def _among(held: Iterable[str | None], wanted: frozenset[str]) -> Verdict:
    """Tell whether all that is possible is wanted, or none of it; nothing possible: not known."""
    found = {one in wanted for one in held}
    if len(found) != 1:
        return Verdict.INDETERMINE
    return Verdict.OUI if True in found else Verdict.NON


def regions_of(departements: Iterable[str], rules: Rules) -> frozenset[str]:
    """Give the régions of départements.

    Parameters
    ----------
    departements : iterable of str
        Codes.
    rules : Rules
        For the territory.

    Returns
    -------
    frozenset of str
        Codes; an empty one of what is in none.
    """
    return frozenset(rules.departements.get(code, "") for code in departements)


def base_of(layer: str, base: str | None, possible: Possible, reason: object) -> str | None:
    """Give the commune's class where only a quarter keeps it from being the place's.

    Parameters
    ----------
    layer : str
        A layer's id.
    base : str or None
        The class that the list gives to the place's one commune.
    possible : Possible
        What the layer leaves possible.
    reason : object
        Its reason code, if it is one.

    Returns
    -------
    str or None
        None too where something else is not known of the commune.
    """
    doubted = layer == ZONING and str(reason) in _OF_A_QUARTER and len(possible) > 1
    return base if doubted and base in possible and None not in possible else None

"""Garde sectors and the exemption they open: at least one commune of a class that counts.

The rule, its classes and their sources are the catalogue's (``exoneration`` of a layer). It is
three-valued: a sector with one such commune opens it whatever the others are; one whose
communes are all known, and of other classes, does not; between the two nobody knows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from zonage_geo.catalog.model import Catalog, Edition, Exoneration, Layer
from zonage_geo.french import capital, enumerate_fr, shortened
from zonage_geo.geometry import distance
from zonage_geo.locate.editions import held_in, in_force
from zonage_geo.locate.model import Commune, Item, Place, Ref
from zonage_geo.locate.reasons import check_sentence, class_list
from zonage_geo.locate.zones import Part, Question
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY, departement_of
from zonage_geo.verdict import Reason, Verdict

__all__ = [
    "Counted",
    "Opening",
    "count_commune",
    "of",
    "opening",
    "whole_commune",
    "with_exoneration",
]

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
SHOWN = 4
"""Communes named in a sentence before the others are counted."""
INCOMPLETE = (
    "la liste des secteurs n'est pas tenue pour complète : le secteur peut compter d'autres "
    "communes."
)
"""Of a list that nobody said complete, or that was, and lost rows."""


class Counted(NamedTuple):
    """Whether a commune counts for the exemption.

    Attributes
    ----------
    code, nom : str
        Of the commune.
    own : Verdict
        Whether its own class is one that counts.
    quarters : Verdict
        Whether it holds a quarter whose own class is one.
    base : str or None
        Its class, where the list gives one.
    levels : tuple of str
        The classes that count there.
    to_check : str or None
        Why its class must be checked.
    doubt : str or None
        Why its code is perhaps another commune's: a French clause.
    """

    code: str
    nom: str
    own: Verdict
    quarters: Verdict
    base: str | None
    levels: tuple[str, ...]
    to_check: str | None
    doubt: str | None = None

    def counts(self, quarters: Verdict) -> Verdict:
        """Tell whether the commune is enough to open the exemption.

        Parameters
        ----------
        quarters : Verdict
            Whether a quarter's own class counts.

        Returns
        -------
        Verdict
            By its own class, or by a quarter's where that counts.
        """
        return self.own.or_(self.quarters.and_(quarters))

    def unsettled(self, doubt: str) -> Counted:
        """Take nothing for known of a commune: its code is perhaps another's.

        Parameters
        ----------
        doubt : str
            Why, a French clause: ``Artigues est à 52 km du reste du secteur A``.

        Returns
        -------
        Counted
            Whose class, and whose quarters', settle nothing.
        """
        return self._replace(own=UNKNOWN, quarters=NON, base=None, doubt=doubt)


class Opening(NamedTuple):
    """Whether a sector opens the exemption.

    Attributes
    ----------
    verdict : Verdict
        oui, non, indéterminé.
    reason : str
        Why, in French.
    to_check : str or None
        Why the answer must be checked, in French.
    """

    verdict: Verdict
    reason: str
    to_check: str | None


def whole_commune(ref: Ref, nom: str) -> Place:
    """Make the place that a whole commune is.

    Parameters
    ----------
    ref : Ref
        The commune.
    nom : str
        Its name, with article.

    Returns
    -------
    Place
        Known by its code.
    """
    commune = Commune(ref.code, nom, None, departement_of(ref.code), "")
    return Place(nom, "commune", None, "code INSEE", (ref,), commune, (ref.code,))


def count_commune(
    store: Store,
    catalog: Catalog,
    rule: Exoneration,
    ref: Ref,
    day: date,
    *,
    levels: Sequence[str] | None = None,
) -> Counted:
    """Tell whether a commune counts for the exemption on a day.

    Parameters
    ----------
    store : Store
        Where lists are.
    catalog : Catalog
        Its catalogue.
    rule : Exoneration
        Which classes count.
    ref : Ref
        The commune.
    day : date
        The day asked about.
    levels : sequence of str, optional
        The classes that count; those of the commune's région, by the rule, otherwise.

    Returns
    -------
    Counted
        Undetermined as its class is.
    """
    layer = catalog.layers[rule.layer]
    nom = store.commune_name(ref.code) or ref.code
    known = catalog.departements.get(departement_of(ref.code))
    counting = tuple(levels) if levels else rule.levels_in(known.region if known else None)[0]
    question = Question(store, catalog, whole_commune(ref, nom), day)
    if in_force(layer, day):
        own, said = question.part(layer, ref), question.parts(layer)[0]
    else:
        own = said = Part((None,), Reason.SCHEME_NOT_IN_FORCE, "calendrier")
    check = check_sentence(layer, own, question.place, day)
    held = _among(own, counting), _quarters(own, said, counting)
    return Counted(ref.code, nom, *held, own.base, counting, check)


def _among(part: Part, levels: Sequence[str]) -> Verdict:
    inside = [code in levels for code in part.possible]
    return OUI if all(inside) else UNKNOWN if any(inside) else NON


def _quarters(own: Part, said: Part, levels: Sequence[str]) -> Verdict:
    """Read what quarters add off the answers without them and with them."""
    read_as = own.edition.read_as if own.edition else {}
    theirs = [read_as.get(c, c) for item in said.items if (c := item.zone_class) is not None]
    if own.state == "current" and any(code in levels for code in theirs):
        return OUI
    more = set(said.possible) - set(own.possible)
    return UNKNOWN if more.intersection(levels) else NON


def opening(
    communes: Sequence[Counted],
    rule: Exoneration,
    *,
    quarters: Verdict | None = None,
    lacking: str | None = None,
) -> Opening:
    """Say whether a sector of these communes opens the exemption, and why.

    Parameters
    ----------
    communes : sequence of Counted
        Those of the sector that are known.
    rule : Exoneration
        Where it comes from.
    quarters : Verdict, optional
        Whether a quarter's own class counts; by the rule otherwise.
    lacking : str, optional
        A French sentence where the sector may hold other communes.

    Returns
    -------
    Opening
        ``non`` only where every commune is known and none counts.
    """
    quarters = Verdict(rule.quarters) if quarters is None else quarters
    levels = tuple(dict.fromkeys(code for one in communes for code in one.levels)) or rule.levels
    name = class_list({}, levels)
    verdicts = {one: one.counts(quarters) for one in communes}
    sure = [one for one in communes if verdicts[one] is OUI]
    if sure:
        return Opening(OUI, _opened(sure, communes, name), _checks(sure))
    doubts = list(_doubts(verdicts, rule, quarters, name))
    doubts += [lacking] if lacking else []
    if not communes:
        doubts.append("aucune commune de ce secteur n'est connue.")
    if doubts:
        reason = " ".join(map(capital, doubts))
        return Opening(UNKNOWN, reason, _checks(communes))
    none = f"aucune des {len(communes)} communes du secteur n'est en {name}."
    if len(communes) == 1:
        none = f"{communes[0].nom}, seule commune du secteur, n'est pas en {name}."
    return Opening(NON, capital(none), _checks(communes))


def _opened(sure: Sequence[Counted], communes: Sequence[Counted], name: str) -> str:
    own = [one for one in sure if one.own is OUI]
    if not own:
        return f"Un quartier (QPV) {of(_names(sure))} est classé en {name}."
    if len(communes) == 1:
        return f"{own[0].nom}, seule commune du secteur, est en {name}."
    if len(own) == len(communes):
        return f"Les {len(own)} communes du secteur sont en {name}."
    verb = "est" if len(own) == 1 else "sont"
    return f"{len(own)} des {len(communes)} communes du secteur {verb} en {name} : {_names(own)}."


def _doubts(
    verdicts: dict[Counted, Verdict], rule: Exoneration, quarters: Verdict, name: str
) -> Iterable[str]:
    """Say what keeps a sector's answer from being non."""
    none = f"aucune commune du secteur n'est en {name} pour certain, et"
    unknown = [one for one in verdicts if one.own is UNKNOWN and one.doubt is None]
    if unknown:
        yield f"{none} la classe {of(_names(unknown))} est inconnue."
    doubted = [one for one in verdicts if one.doubt is not None]
    if doubted:
        whose = f"le code {of(_names(doubted))} est douteux"
        if len(doubted) > 1:
            whose = f"les codes {of(_names(doubted))} sont douteux"
        why = " ; ".join(shortened([one.doubt for one in doubted if one.doubt], SHOWN))
        yield f"{'de plus,' if unknown else none} {whose} : {why}."
    held = [one for one, v in verdicts.items() if v is UNKNOWN and one.own is NON]
    known = [one for one in held if one.quarters is OUI]
    open_ = [one for one in held if one.quarters is UNKNOWN]
    if known:
        yield f"un quartier (QPV) {of(_names(known))} est classé en {name}, et non la commune."
    if open_:
        yield (
            f"la classe propre des quartiers (QPV) {of(_names(open_))} n'est pas connue : l'un "
            f"d'eux peut être en {name}."
        )
    if held and quarters is UNKNOWN:
        yield f"un quartier suffit-il ? {rule.quarters_source}"


def of(nom: str) -> str:
    """Put "de" before a commune's name, which carries its article.

    Parameters
    ----------
    nom : str
        ``Le Vernet``, ``Illkirch``.

    Returns
    -------
    str
        ``du Vernet``, ``d'Illkirch``.
    """
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if nom.startswith(article):
            return contracted + nom[len(article) :]
    initial = unicodedata.normalize("NFD", nom[:1]).casefold()[:1]
    return f"d'{nom}" if initial in "aeiouyœæ" else f"de {nom}"


def _names(communes: Sequence[Counted]) -> str:
    return enumerate_fr(shortened([one.nom for one in communes], SHOWN))


def _checks(communes: Sequence[Counted]) -> str | None:
    said = dict.fromkeys(one.to_check for one in communes if one.to_check)
    return " ".join(said) or None


def _far(store: Store, codes: Iterable[str], gap_m: float) -> set[str]:
    """Find the communes that no chain of near ones joins to most of their sector."""
    boxes = {}
    for code in codes:
        points = [rings[0] for rings in store.outline(code) or ()]
        if points:
            xs, ys = [x for p in points for x in p[0::2]], [y for p in points for y in p[1::2]]
            lon, lat = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
            boxes[code] = lon, lat, distance(lon, lat, max(xs), max(ys))
    left, groups = set(boxes), list[set[str]]()
    while left:
        group, edge = set[str](), {min(left)}
        while edge:
            group |= edge
            left -= edge
            edge = {c for c in left if any(_near(boxes[c], boxes[g], gap_m) for g in edge)}
        groups.append(group)
    sizes = sorted(map(len, groups))
    if len(boxes) < 3 or len(groups) < 2:
        return set()
    most = max(groups, key=len) if sizes[-1] > sizes[-2] else set()
    return set(boxes) - most


def _near(one: tuple[float, float, float], other: tuple[float, float, float], gap_m: float) -> bool:
    return distance(*one[:2], *other[:2]) - one[2] - other[2] <= gap_m


def with_exoneration(
    store: Store, catalog: Catalog, layer: Layer, edition: Edition, items: Iterable[Item], day: date
) -> tuple[Item, ...]:
    """Say of each sector whether it opens the exemption.

    Parameters
    ----------
    store : Store
        Where lists are.
    catalog : Catalog
        Its catalogue.
    layer : Layer
        One that has the rule.
    edition : Edition
        The one that names the sectors.
    items : iterable of Item
        The sectors.
    day : date
        The day asked about.

    Returns
    -------
    tuple of Item
        In their order.
    """
    rule = layer.exoneration
    if rule is None:
        return tuple(items)
    name, listed = held_in(store, edition)
    lacking = None if edition.complete else _incomplete(edition)
    out = []
    for item in items:
        held = store.communes_of_zone(name, item.code)
        codes = sorted({now for code in held for now in store.timeline.at(code, listed, STORE_DAY)})
        far = _far(store, codes, catalog.thresholds["sector_gap_m"])
        counted = [count_commune(store, catalog, rule, Ref(c, STORE_DAY), day) for c in codes]
        counted = [
            one.unsettled(f"{one.nom} ({one.code}) est loin du reste du secteur")
            if one.code in far
            else one
            for one in counted
        ]
        said = opening(counted, rule, lacking=lacking)
        reason = f"{said.reason} À vérifier : {said.to_check}" if said.to_check else said.reason
        out.append(item._replace(exoneration=said.verdict, exoneration_reason=reason))
    return tuple(out)


def _incomplete(edition: Edition) -> str:
    """Say that a list may lack communes, and what its file lost where it was said complete."""
    if edition.incomplete is None:
        return INCOMPLETE
    return INCOMPLETE.replace(" :", f", {edition.incomplete} :", 1)

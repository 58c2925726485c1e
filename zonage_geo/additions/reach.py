"""How far a file goes: what it holds of its edition's territory, and whether that is all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from zonage_geo.additions.request import Request
from zonage_geo.additions.wanted import Content, Wanted
from zonage_geo.catalog.model import Catalog, Edition
from zonage_geo.errors import InputError
from zonage_geo.readers import ReadReport
from zonage_geo.readers.cells import counted
from zonage_geo.territory.codes import departement_of

if TYPE_CHECKING:
    from zonage_geo.store import Store

__all__ = ["Reach", "completeness", "lost_words", "reach_of", "zones_listed"]


class Reach(NamedTuple):
    """Where a file stops, within the territory of its edition.

    Attributes
    ----------
    names : str
        Of the régions, or of the département, beyond which it holds nothing.
    option : str
        What says so: ``--territory region:76``.
    """

    names: str
    option: str


def reach_of(edition: Edition, seen: Collection[str], catalog: Catalog) -> Reach | None:
    """Tell where a file stops, if it does not go all over its edition's territory.

    Of an edition of several régions, those of which the file has nothing count; of an edition
    of one, only a file of a single département does: some have no zone of a kind.

    Parameters
    ----------
    edition : Edition
        What the file will be.
    seen : collection of str
        Départements of which it holds something.
    catalog : Catalog
        For the régions.

    Returns
    -------
    Reach or None
        None where it goes everywhere, or nothing tells.
    """
    known = catalog.departements
    regions = {one.region for code, one in known.items() if edition.covers(code, one.region)}
    inside = {code for code, one in known.items() if edition.covers(code, one.region)}
    mine = {known[code].region for code in seen if code in known}
    if not seen or not mine:
        return None
    if len(regions) > 1 and mine < regions:
        names = {known[code].region: known[code].region_nom for code in known}
        told = ", ".join(names[region] for region in sorted(mine))
        return Reach(told, _option(f"region:{region}" for region in sorted(mine)))
    if len(seen) == 1 < len(inside) and len(regions) == 1:
        (code,) = seen
        return Reach(known[code].nom, _option([f"departement:{code}"]))
    return None


def _option(words: Iterable[str]) -> str:
    return " ".join(f"--territory {word}" for word in words)


def completeness(
    request: Request,
    edition: Edition,
    base: Edition | None,
    content: Content,
    reports: Sequence[ReadReport],
    reach: Reach | None,
) -> tuple[bool, tuple[str, ...]]:
    """Tell whether what the file does not hold is outside, and what to say about it.

    A file is complete where its user says so, or where the catalogue says it of that file;
    perimeters beside a complete list leave it what it is, for it tells which are missing.

    Parameters
    ----------
    request : Request
        What the user asks.
    edition, base : Edition
        What the file will be, and as the catalogue has it; None where it has it not.
    content : Content
        What the file holds.
    reports : sequence of ReadReport
        The account of its rows, of the file's own first.
    reach : Reach or None
        Where it stops, within the edition's territory.

    Returns
    -------
    bool
        Whether it is complete.
    tuple of str
        French sentences to be read.

    Raises
    ------
    InputError
        If it is said complete, and is plainly not so for the whole of the territory.
    """
    if content.kind == "zones" and edition.unit == "zone_list" and edition.complete:
        return True, _shortage(request, reports)
    stated = False
    if base is not None and content.kind == "zone_classes":
        stated = base.zone_classes_complete
    elif base is not None and (base.source or "").startswith("file:"):
        stated = base.complete
    complete = stated if request.complete is None else request.complete
    unsaid = reach if not request.territory and request.rows is None else None
    if request.complete and unsaid is not None:
        raise InputError(
            f"--complet : le fichier ne contient rien d'autre que {unsaid.names}, et l'édition "
            f"{edition.id} vaut pour {', '.join(edition.territory)}. Dites le territoire qu'il "
            f"contient tout entier : {unsaid.option} (ou {_option(edition.territory)} s'il n'y a "
            "rien ailleurs)."
        )
    lost = lost_words(reports)
    if complete and lost:
        outcome = "le fichier n'est pas tenu pour complet, ce qui n'y est pas reste indéterminé."
        return False, (f"{lost} : {outcome}",)
    if shortage := _shortage(request, reports):
        return False, shortage
    if complete or content.kind == "zone_classes":
        return complete, ()
    where = ", ".join(edition.territory) if unsaid is None else unsaid.names
    how = "--complet" if unsaid is None else f"{unsaid.option} --complet"
    doubt = (
        f"Ce qui n'est pas dans ce fichier reste indéterminé. S'il est complet pour "
        f"{where}, dites-le : {how}."
    )
    return False, (doubt,)


def lost_words(reports: Sequence[ReadReport]) -> str:
    """Say how many rows a file lost, and why.

    Parameters
    ----------
    reports : sequence of ReadReport
        The account of its rows.

    Returns
    -------
    str
        ``2 lignes écartées (sans code : 1 ; zéro douteux : 1)``; empty where it lost none.
    """
    kinds = Counter(line.kind for report in reports for line in report.lost)
    if not kinds:
        return ""
    rows = counted(kinds.total(), "ligne écartée")
    if len(kinds) == 1:
        return f"{rows} ({next(iter(kinds))})"
    return f"{rows} ({' ; '.join(f'{kind} : {n}' for kind, n in kinds.items())})"


def _shortage(request: Request, reports: Sequence[ReadReport]) -> tuple[str, ...]:
    """Say so where a file has not as many rows as its publisher says."""
    read = reports[0].rows_kept
    if request.rows in (None, read):
        return ()
    return (f"{read} objets au lieu des {request.rows} annoncés : le fichier n'est pas complet.",)


def zones_listed(
    edition: Edition, content: Content, wanted: Wanted, store: Store
) -> tuple[int, int] | None:
    """Count the zones of the edition's list, and those of them whose perimeter is there.

    Parameters
    ----------
    edition : Edition
        What the file will be.
    content : Content
        What it holds.
    wanted : Wanted
        For the edition's départements.
    store : Store
        Open.

    Returns
    -------
    tuple of int or None
        Those there, and all; None where no list says which there are.
    """
    if content.kind != "zones" or edition.unit != "zone_list":
        return None
    named = store.zone_list((edition.source or "").partition(":")[2])
    zones = {zone for code, zone, _ in named if departement_of(code) in wanted.departements}
    return (len(zones & set(content.frame["code"])), len(zones)) if zones else None

"""The closed list of reasons: each code, what it means, and the sentence that it may give."""

from __future__ import annotations

import ast
import inspect
from datetime import date

from zonage_geo import verdict
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.locate.model import Commune, Item, Place, Ref
from zonage_geo.locate.reasons import sentence
from zonage_geo.locate.zones import Part
from zonage_geo.verdict import Reason, verdict_of

__all__ = ["meanings", "reason_rows"]

DAY = date(2025, 5, 15)
CODE, OTHER = "99901", "99902"
NAME = "Exemple-la-Ville"
QUARTERS = (Item("QN99901M", "Quartier d'exemple"),)
TOWN = Commune(CODE, NAME, None, "09", "76")
PLACE = Place(NAME, "numero", 15.0, "mairies", (Ref(CODE, "2025-01-01"),), TOWN, (CODE,))
SEVERAL = PLACE._replace(
    refs=(*PLACE.refs, Ref(OTHER, "2025-01-01")), commune=None, communes_possibles=(CODE, OTHER)
)
"""A place that does not exist, so that no example says anything false of one that does."""


def meanings() -> dict[Reason, str]:
    """Read what each reason means, beside it in the code.

    Returns
    -------
    dict
        In the code's order.
    """
    (found,) = (
        node
        for node in ast.parse(inspect.getsource(verdict)).body
        if isinstance(node, ast.ClassDef) and node.name == Reason.__name__
    )
    said = {}
    for name, then in zip(found.body, found.body[1:], strict=False):
        if isinstance(name, ast.Assign) and isinstance(then, ast.Expr):
            said[Reason(ast.literal_eval(name.value))] = str(ast.literal_eval(then.value))
    return said


def _examples(catalog: Catalog) -> dict[Reason, tuple[str, Part, Place, date]]:
    """Give an answer of each kind, as ``locate`` has them."""
    doctors = {one.id: one for one in catalog.layers["zonage_medecins"].editions}
    here, there = doctors["2022-05-04"], doctors["2025-printemps-provence-alpes-cote-d-azur"]
    qpv = next(one for one in catalog.layers["qpv"].editions if one.complete)
    frr = next(one for one in catalog.layers["frr"].editions if one.id == "2025-01-01")
    later = here._replace(superseded_from=date(2025, 1, 1))
    code, listed, drawn = "code commune", "liste des quartiers de la commune", "périmètre"
    unsure, either = ("ZIP", "ZAC", None), ("ZAC", "ZIP")
    maybe = (*qpv.classes, None)
    inside = (next(iter(qpv.classes)),)
    parts = {
        Reason.IN_CLASS: ("zonage_medecins", Part(("ZAC",), Reason.IN_CLASS, code, here)),
        Reason.CLASS_DOES_NOT_COUNT: (
            "zonage_medecins",
            Part((None,), Reason.CLASS_DOES_NOT_COUNT, code, here, base="HZ"),
        ),
        Reason.NOT_LISTED: ("massif", Part((None,), Reason.NOT_LISTED, code)),
        Reason.NO_ZONE_IN_COMMUNE: ("qpv", Part((None,), Reason.NO_ZONE_IN_COMMUNE, listed, qpv)),
        Reason.IN_ZONE: (
            "qpv",
            Part(inside, Reason.IN_ZONE, drawn, qpv, items=QUARTERS, distance_m=85.0),
        ),
        Reason.OUTSIDE_ZONES: (
            "qpv",
            Part((None,), Reason.OUTSIDE_ZONES, drawn, qpv, items=QUARTERS, distance_m=640.0),
        ),
        Reason.SCHEME_NOT_IN_FORCE: (
            "zrr",
            Part((None,), Reason.SCHEME_NOT_IN_FORCE, "calendrier"),
        ),
        Reason.NO_EDITION: ("montagne", Part(maybe, Reason.NO_EDITION, "aucune donnée")),
        Reason.EDITION_SUPERSEDED: (
            "zonage_medecins",
            Part(unsure, Reason.EDITION_SUPERSEDED, code, later, "superseded", "ZAC"),
        ),
        Reason.EDITION_START_UNKNOWN: (
            "zonage_medecins",
            Part(unsure, Reason.EDITION_START_UNKNOWN, code, there, base="ZAC"),
        ),
        Reason.CLASS_UNAVAILABLE: (
            "zonage_medecins",
            Part(unsure, Reason.CLASS_UNAVAILABLE, code, here),
        ),
        Reason.PARTIAL: ("frr", Part(("FRR socle", None), Reason.PARTIAL, code, frr)),
        Reason.MERGED_COMMUNE: (
            "zonage_medecins",
            Part(either, Reason.MERGED_COMMUNE, code, here, base="ZAC"),
        ),
        Reason.QPV_CLASS_UNKNOWN: (
            "zonage_medecins",
            Part(either, Reason.QPV_CLASS_UNKNOWN, code, here, base="ZAC"),
        ),
        Reason.CANDIDATES_DIFFER: (
            "zonage_medecins",
            Part(("ZAC", None), Reason.CANDIDATES_DIFFER, code, here, distance_m=120.0),
        ),
        Reason.PLACE_OUTSIDE_COMMUNES: (
            "zonage_medecins",
            Part(("ZAC", None), Reason.PLACE_OUTSIDE_COMMUNES, code, here),
        ),
        Reason.ZONE_PERIMETER_UNKNOWN: (
            "qpv",
            Part(maybe, Reason.ZONE_PERIMETER_UNKNOWN, listed, qpv, items=QUARTERS),
        ),
        Reason.ZONE_LIST_INCOMPLETE: ("qpv", Part(maybe, Reason.ZONE_LIST_INCOMPLETE, drawn, qpv)),
        Reason.PRECISION_INSUFFICIENT: (
            "qpv",
            Part(maybe, Reason.PRECISION_INSUFFICIENT, drawn, qpv, items=QUARTERS),
        ),
        Reason.NEAR_ZONE_BORDER: (
            "qpv",
            Part(maybe, Reason.NEAR_ZONE_BORDER, drawn, qpv, items=QUARTERS, distance_m=12.0),
        ),
    }
    several = {Reason.CANDIDATES_DIFFER, Reason.PLACE_OUTSIDE_COMMUNES}
    return {
        reason: (layer, part, SEVERAL if reason in several else PLACE, DAY)
        for reason, (layer, part) in parts.items()
    }


def reason_rows() -> list[tuple[str, str, str, str]]:
    """Give the rows of the table of reasons.

    Returns
    -------
    list of tuple of str
        Code, the verdict of the example, meaning, the sentence of the example.
    """
    catalog = Catalog.from_plain(compile_catalog())
    examples = _examples(catalog)
    said = meanings()
    rows = []
    for reason in Reason:
        layer, part, place, day = examples[reason]
        known = catalog.layers[layer]
        told = sentence(known, part, place, day)
        rows.append((f"`{reason}`", str(verdict_of(part.possible)), said[reason], told))
    return rows

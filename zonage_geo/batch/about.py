"""What a batch's output says of itself: date, file, columns, account of rows, editions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from zonage_geo.batch.account import account_facts
from zonage_geo.batch.addresses import AddressTally
from zonage_geo.batch.columns import columns_line
from zonage_geo.batch.model import Asked, Input
from zonage_geo.batch.tally import Tally
from zonage_geo.catalog.model import Catalog, Edition, Layer
from zonage_geo.colophon.facts import Facts, closing, edition_data, edition_facts, opening
from zonage_geo.french import french_date
from zonage_geo.layers import is_loaded
from zonage_geo.locate.editions import EditionState, in_force, pick_edition
from zonage_geo.locate.garde import whole_commune
from zonage_geo.locate.model import Ref
from zonage_geo.locate.reasons import check_sentence
from zonage_geo.locate.zones import Part
from zonage_geo.render.columns import BATCH, MEMBERSHIPS, named_told
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY, departement_of
from zonage_geo.verdict import Reason

__all__ = ["about"]

SOMEWHERE = whole_commune(Ref("", STORE_DAY), "la commune")
"""The place of which it is told what is to be checked of an edition."""


def about(
    source: Input,
    asked: Asked,
    catalog: Catalog,
    store: Store,
    day: date,
    tally: Tally,
    found: AddressTally | None = None,
) -> Facts:
    """Give what a reader of a file of answers should know.

    Parameters
    ----------
    source : Input
        The file, as `prepare` gives it.
    asked : Asked
        The columns that are named.
    catalog : Catalog
        The layers that answer.
    store : Store
        Tells which of their editions are loaded.
    day : date
        The day asked about.
    tally : Tally
        The account of every row, and the communes they are in.
    found : AddressTally, optional
        How precisely addresses were found, and by what.

    Returns
    -------
    Facts
        Dates, what was read, the account, the editions that answered, doubts.
    """
    facts = [
        *opening(day),
        ("fichier lu", source.name),
        ("colonnes", columns_line(source, asked)),
        *account_facts(tally, catalog, found),
    ]
    where = sorted({departement_of(code) for code in tally.communes})
    if tally.is_anywhere:
        where = list(catalog.departements)
    for layer in catalog.layers.values():
        if not in_force(layer, day):
            facts.append((layer.title, f"Pas en vigueur au {french_date(day)}."))
            continue
        told = list(edition_facts(_editions(layer, catalog, store, day, where)))
        facts += told or [(layer.title, layer.missing)]
    added = BATCH if tally.verdicts else MEMBERSHIPS
    return (*facts, *named_told(added, added), *closing())


def _editions(
    layer: Layer, catalog: Catalog, store: Store, day: date, where: Iterable[str]
) -> Iterator[dict[str, object]]:
    """Find the editions that speak of some départements, as `locate` chooses them."""
    picked: dict[str, tuple[Edition, EditionState]] = {}
    for code in where:
        known = catalog.departements.get(code)
        edition, state = pick_edition(layer, code, known.region if known else None, day)
        if edition is not None and is_loaded(layer, edition, store):
            picked[edition.id] = (edition, state)
    for edition, state in picked.values():
        part = Part((None,), Reason.NOT_LISTED, "", edition, state)
        check = check_sentence(layer, part, SOMEWHERE, day)
        doubts = " ".join(dict.fromkeys([*([check] if check else []), *edition.doubts]))
        yield edition_data(layer, edition, doubts or None)

"""Aids of the catalogue over a map's communes: which communes open them, on the map's day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zonage_geo.aids.rulebook import find_aid
from zonage_geo.french import french_date
from zonage_geo.many.engine import Engine
from zonage_geo.openings.table import aids_table
from zonage_geo.store.query import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["aid_frames"]


def aid_frames(
    engine: Engine, store: Store, codes: Sequence[str], aids: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Ask aids of communes, for somebody who fulfils every condition that is not the place's.

    Parameters
    ----------
    engine : Engine
        The store on the day.
    store : Store
        The store.
    codes : sequence of str
        Communes of its vintage.
    aids : sequence of str
        Ids: ``CAIM``, ``ARS_OCC``.

    Returns
    -------
    dict of str to DataFrame
        By what each aid is called, as ``openings.table.aids_table`` gives it; ``attrs`` has its
        id (``short``) and the documents that it is read from (``sources``).

    Raises
    ------
    InputError
        If there is no such aid.
    """
    found = {}
    for rule in [find_aid(aid) for aid in aids]:
        frame = aids_table(engine, store, codes, rule.id)
        documents = (
            f"{one.title} ({french_date(one.date)})" if one.date else one.title
            for one in rule.sources
        )
        frame.attrs = {"short": rule.id, "sources": list(dict.fromkeys(documents))}
        title = rule.label if rule.id in rule.label else f"{rule.label} ({rule.id})"
        found[title] = frame
    return found

"""What each layer's list says of each commune: a class, a verdict, what is to be checked.

The rules are those of ``locate``, asked once for each distinct answer (``many.parts``). Here a
class is the commune's own: that a quarter of it may have another is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zonage_geo.catalog.model import Catalog, Layer
from zonage_geo.locate.editions import in_force
from zonage_geo.locate.garde import whole_commune
from zonage_geo.locate.model import Ref
from zonage_geo.locate.reasons import check_sentence, class_title, why
from zonage_geo.locate.zones import Part
from zonage_geo.many.memory import MemoryStore
from zonage_geo.many.parts import Refs, Rules
from zonage_geo.store.query import Store
from zonage_geo.territory import STORE_DAY
from zonage_geo.verdict import Possible, Reason, verdict_of

__all__ = ["Answered", "Asked", "is_zones"]

KNOWN = frozenset({Reason.IN_CLASS, Reason.CLASS_DOES_NOT_COUNT, Reason.PARTIAL})
"""Reasons for which the class that a list gives is the commune's on that day."""
ANYWHERE = whole_commune(Ref("", STORE_DAY), "la commune")


def is_zones(layer: Layer) -> bool:
    """Tell whether a layer is one of zones smaller than the commune.

    Parameters
    ----------
    layer : Layer
        The layer.

    Returns
    -------
    bool
        True for quarters; false for sectors, which are made of communes.
    """
    return layer.unit == "polygon"


class Answered(NamedTuple):
    """A layer's answers for some communes.

    Attributes
    ----------
    layer : Layer
        The layer.
    parts : list of Part
        The distinct answers.
    ids : ndarray of int, shape (communes,)
        Rank of each commune's in ``parts``.
    unsure : ndarray of bool, shape (communes,)
        Whether a quarter of the commune may have another class.
    checks : list of str or None
        By part: why it is to be checked.
    whys : list of str or None
        By part: why it is undetermined, or what is to be checked of it.
    raw : dict of int to str
        By rank of commune: a class with which the list says that it does not know.
    """

    layer: Layer
    parts: list[Part]
    ids: NDArray[np.int64]
    unsure: NDArray[np.bool_]
    checks: list[str | None]
    whys: list[str | None]
    raw: dict[int, str]

    @property
    def is_loaded(self) -> bool:
        """Whether anything of the layer is known there."""
        held = {self.parts[i].reason for i in np.unique(self.ids).tolist()}
        return held != {Reason.NO_EDITION}

    def take(self, values: Sequence[Any]) -> list[Any]:
        """Give each commune the value of its part.

        Parameters
        ----------
        values : sequence
            One a part.

        Returns
        -------
        list
            One a commune.
        """
        return [values[i] for i in self.ids.tolist()]

    def classes(self) -> list[str | None]:
        """Give each commune's class on the day, where it is certain.

        Returns
        -------
        list of str or None
            A class that counts or not, that only a part has, or with which the list says that
            it does not know; None elsewhere, outside included.
        """
        found = self.take([_class_of(part) for part in self.parts])
        for row, code in self.raw.items():
            found[row] = code
        return found

    def frame(self) -> pd.DataFrame:
        """Give the answers as columns.

        Returns
        -------
        DataFrame
            ``<layer>`` and ``<layer>_libelle`` (ordered categoricals), ``_verdict``,
            ``_base``, ``_code`` (a ``verdict.Reason``), ``_motif`` (why it is undetermined, or
            what is to be checked, in French: categoricals), ``_a_verifier`` (bool), and
            ``_sauf_qpv`` (bool) of a layer in which quarters may have their own class. Of
            sectors, ``<layer>`` holds codes and ``<layer>_noms`` names, as texts.
        """
        name, layer = self.layer.id, self.layer
        out: dict[str, Any] = {}
        if layer.zoned:
            out[name] = self.take([" ".join(i.code for i in p.items) or None for p in self.parts])
            noms = [" ; ".join(i.nom for i in p.items) or None for p in self.parts]
            out[f"{name}_noms"] = self.take(noms)
        else:
            classes = self.classes()
            order = list(layer.classes)
            out[name] = pd.Categorical(classes, categories=order, ordered=True)
            labels = {code: class_title(layer.classes, code) for code in order}
            told = [labels[code] if code else None for code in classes]
            named = list(dict.fromkeys(labels.values()))
            out[f"{name}_libelle"] = pd.Categorical(told, categories=named, ordered=True)
        out[f"{name}_verdict"] = pd.Categorical(
            self.take([str(verdict_of(part.possible)) for part in self.parts]),
            categories=["oui", "indéterminé", "non"],
        )
        if not layer.zoned:
            bases = self.take([part.base for part in self.parts])
            out[f"{name}_base"] = pd.Categorical(bases, categories=list(layer.classes))
        out[f"{name}_code"] = pd.Categorical(self.take([str(p.reason) for p in self.parts]))
        out[f"{name}_motif"] = pd.Categorical(self.take(self.whys))
        out[f"{name}_a_verifier"] = self.take([check is not None for check in self.checks])
        if layer.overridden_by is not None:
            out[f"{name}_sauf_qpv"] = self.unsure
        return pd.DataFrame(out)


def _class_of(part: Part) -> str | None:
    if part.state == "current" and part.reason in KNOWN and part.base is not None:
        return part.base
    return part.possible[0] if len(part.possible) == 1 else None


class Asked:
    """A store's layers on a day, asked of whole communes.

    Parameters
    ----------
    store : Store
        An open store; one whose lists are in memory already is taken as it is.
    catalog : Catalog
        Its catalogue.
    day : date
        The day asked about.
    codes : iterable of str
        Commune codes of the store's vintage.
    """

    def __init__(self, store: Store, catalog: Catalog, day: date, codes: Iterable[str]) -> None:
        self.codes = list(codes)
        self.catalog = catalog
        self.day = day
        self.memory = store if isinstance(store, MemoryStore) else MemoryStore(store)
        self._rules = Rules(self.memory, catalog, day, Refs(self.codes), "commune")

    def layer(self, name: str) -> Answered:
        """Ask a layer.

        Parameters
        ----------
        name : str
            Its id.

        Returns
        -------
        Answered
            In the communes' order.
        """
        layer = self.catalog.layers[name]
        count = len(self.codes)
        if not in_force(layer, self.day):
            over = Part((None,), Reason.SCHEME_NOT_IN_FORCE, "calendrier")
            none = np.zeros(count, dtype=bool)
            ids = np.zeros(count, dtype=np.int64)
            return Answered(layer, [over], ids, none, [None], [None], {})
        known = self._rules.own_parts(layer)
        ids = np.array(known.ids[:count], dtype=np.int64)
        told = self._told(layer, known.parts)
        return Answered(layer, known.parts, ids, self._unsure(layer), *told, self._raw(layer, ids))

    def _told(self, layer: Layer, parts: list[Part]) -> tuple[list[str | None], list[str | None]]:
        """Say of distinct answers what is to be checked, and why."""
        return (
            [check_sentence(layer, part, ANYWHERE, self.day) for part in parts],
            [why(layer, part, ANYWHERE, self.day) for part in parts],
        )

    def possible(self, name: str) -> list[Possible]:
        """Give the classes that each commune may have, quarters apart.

        Parameters
        ----------
        name : str
            A layer's id.

        Returns
        -------
        list of Possible
            In the communes' order.
        """
        answered = self.layer(name)
        return answered.take([part.possible for part in answered.parts])

    def _unsure(self, layer: Layer) -> NDArray[np.bool_]:
        out = np.zeros(len(self.codes), dtype=bool)
        if layer.overridden_by is None:
            return out
        own, said = self._rules.own_parts(layer), self._rules.parts_of(layer)
        for row in range(len(self.codes)):
            out[row] = said.parts[said.ids[row]].possible != own.parts[own.ids[row]].possible
        return out

    def zones(self, name: str) -> Answered:
        """Ask a layer, the zones of the one that overrides it included.

        Parameters
        ----------
        name : str
            A layer's id.

        Returns
        -------
        Answered
            In the communes' order; the items of its parts have their own class.
        """
        layer = self.catalog.layers[name]
        plain = self.layer(name)
        if not in_force(layer, self.day):
            return plain
        known = self._rules.parts_of(layer)
        ids = np.array(known.ids[: len(self.codes)], dtype=np.int64)
        checks, whys = self._told(layer, known.parts)
        return plain._replace(parts=known.parts, ids=ids, checks=checks, whys=whys)

    def _raw(self, layer: Layer, ids: NDArray[np.int64]) -> dict[int, str]:
        """Find the classes with which a list says that it does not know."""
        parts = self._rules.own_parts(layer).parts
        unknown = {i for i, p in enumerate(parts) if p.reason is Reason.CLASS_UNAVAILABLE}
        found = {}
        for row in np.flatnonzero(np.isin(ids, list(unknown))).tolist():
            edition = parts[ids[row]].edition
            name = (edition.source or "").partition(":")[2] if edition else ""
            code = self.memory.membership(name, self.codes[row]) if edition else None
            if edition and code is not None and edition.classes[code].unknown:
                found[row] = code
        return found

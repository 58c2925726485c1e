"""One aid over the communes of a territory, at a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zonage_geo.aids.answers import AidVerdict, Answer
from zonage_geo.aids.case import Case
from zonage_geo.aids.evaluation import answer_of, check_readings
from zonage_geo.aids.profile import read_profile
from zonage_geo.aids.rulebook import Rules, find_aid, rules
from zonage_geo.aids.site import Fact, Quarter, Site, base_of, regions_of
from zonage_geo.errors import InputError
from zonage_geo.locate.garde import with_exoneration
from zonage_geo.locate.reasons import check_sentence
from zonage_geo.locate.zones import Part
from zonage_geo.territory import departement_of
from zonage_geo.verdict import Reason

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from zonage_geo.many.engine import Coded, Engine
    from zonage_geo.store import Store

__all__ = ["COLUMNS", "WORDS", "add_aids", "aids_table"]

COLUMNS = (
    "code", "nom", "departement", "verdict", "motif", "a_verifier", "a_preciser", "non_remplies"
)  # fmt: skip
"""Of `aids_table`."""
WORDS = {
    AidVerdict.ELIGIBLE: "ouverte",
    AidVerdict.DEPENDS: "à préciser",
    AidVerdict.NOT_ELIGIBLE: "non ouverte",
}
"""What a table says of an aid, in the words that screens use."""
SEPARATOR = " ; "


def aids_table(
    engine: Engine,
    store: Store,
    codes: Sequence[str],
    aid: str,
    profile: Mapping[str, Any] | None = None,
    *,
    readings: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Tell which communes open an aid, on the engine's day.

    Parameters
    ----------
    engine : Engine
        What answers by the commune, on a day.
    store : Store
        Its store.
    codes : sequence of str
        Communes of the store's vintage.
    aid : str
        The aid's id.
    profile : mapping, optional
        Who asks, as ``aids.evaluate`` takes it. None: what the place alone decides, for
        somebody who fulfils every condition that is not the place's.
    readings : mapping, optional
        Other readings of the documents than those that prevail.

    Returns
    -------
    DataFrame
        One row a commune, in the order of ``codes``: code, nom, departement, verdict
        (``ouverte``, ``à préciser``, ``non ouverte``), motif (why, where it is not open),
        a_verifier (why, missing where it need not be), a_preciser and non_remplies (what is
        missing and the conditions that fail: French sentences, joined by `` ; ``), as
        ``Atlas.map(aids=…)`` takes it. The answer stands for the whole commune: where it
        holds a quarter that matters, it is to be made precise.

    Raises
    ------
    InputError
        If the aid, a word of the profile, or a reading is unknown.
    """
    import pandas as pd

    known = rules()
    rule = find_aid(aid, known)
    facts = read_profile(profile, known)
    chosen = check_readings(readings or {}, known)
    coded = engine.codes(codes)
    sites = _Sites(engine, store, coded, known)
    answers: dict[tuple[Any, ...], Answer] = {}
    rows = []
    for row, code in enumerate(codes):
        rank = int(coded.place[row])
        if rank < 0:
            raise InputError(f"commune {code} : {coded.errors[row]}")
        key = sites.key(rank)
        if key not in answers:
            case = Case(
                known,
                sites.site(rank),
                facts,
                engine.day,
                None,
                chosen,
                supposing=profile is None,
            )
            answers[key] = answer_of(case, rule)
        found = answers[key]
        rows.append(
            (
                code,
                engine.name(code),
                departement_of(code),
                WORDS[found.verdict],
                SEPARATOR.join(found.failed or sites.told(found.missing)) or None,
                found.to_check,
                SEPARATOR.join(sites.told(found.missing)) or None,
                SEPARATOR.join(found.failed) or None,
            )
        )
    return pd.DataFrame(rows, columns=[*COLUMNS]).astype(
        {"verdict": pd.CategoricalDtype(list(WORDS.values()))}
    )


def add_aids(
    frame: gpd.GeoDataFrame,
    engine: Engine,
    store: Store,
    aids: Iterable[str],
    profile: Mapping[str, Any] | None = None,
) -> None:
    """Add columns to communes that have been overlaid: what they open.

    Parameters
    ----------
    frame : GeoDataFrame
        With a column ``code``, and the geometry last: changed in place. Of each aid it gets
        ``aide_<id>``, as ``verdict`` of `aids_table`, and ``aide_<id>_motif``.
    engine : Engine
        What answers by the commune, on a day.
    store : Store
        Its store.
    aids : iterable of str
        Ids.
    profile : mapping, optional
        Who asks; None: what the place alone decides.

    Raises
    ------
    InputError
        If an aid or a word of the profile is unknown.
    """
    for aid in [find_aid(one).id for one in aids]:
        table = aids_table(engine, store, list(frame["code"]), aid, profile)
        at = len(frame.columns) - 1
        frame.insert(at, f"aide_{aid}", table["verdict"].set_axis(frame.index))
        frame.insert(at + 1, f"aide_{aid}_motif", table["motif"].set_axis(frame.index))


class _Sites:
    """Communes as the rules see them; those that answer alike are one."""

    def __init__(self, engine: Engine, store: Store, coded: Coded, known: Rules) -> None:
        self._engine = engine
        self._store = store
        self._coded = coded
        self._known = known
        self._layers = list(engine.catalog.layers.values())

    def key(self, rank: int) -> tuple[Any, ...]:
        """Give what a commune's answer depends on."""
        outcomes = self._coded.answers.outcome
        place = self._coded.places[rank]
        return (
            departement_of(place.communes_possibles[0]),
            place.to_check,
            *(int(outcomes[layer.id][rank]) for layer in self._layers),
        )

    def site(self, rank: int) -> Site:
        """Make a commune a place that rules may be asked about."""
        place = self._coded.places[rank]
        departements = frozenset(map(departement_of, place.communes_possibles))
        facts = {}
        for layer in self._layers:
            number = int(self._coded.answers.outcome[layer.id][rank])
            part = self._coded.answers.outcomes[layer.id][number]
            facts[layer.id] = Fact(
                layer.id,
                layer.short,
                part.possible,
                self._items(layer.id, part),
                layer.missing if part.reason is Reason.NO_EDITION else None,
                to_check=check_sentence(layer, part, place, self._engine.day),
                base=base_of(layer.id, part.base, part.possible, part.reason)
                if place.commune
                else None,
            )
        return Site(
            facts,
            departements,
            regions_of(departements, self._known),
            label=place.label,
            day=self._engine.day,
            to_check=place.to_check,
        )

    def told(self, missing: Iterable[str]) -> list[str]:
        """Name layers, and words of the profile, as screens do in what is missing of them."""
        layers = self._engine.catalog.layers
        out = []
        for one in missing:
            head, colon, said = one.partition(" : ")
            name = layers[head].short if head in layers else head
            out.append(f"{name}{colon}{said}" if colon else self._known.said(one))
        return out

    def _items(self, name: str, part: Part) -> tuple[Quarter, ...]:
        layer = self._engine.catalog.layers[name]
        items = part.items
        if part.edition is not None and layer.exoneration is not None:
            items = with_exoneration(
                self._store, self._engine.catalog, layer, part.edition, items, self._engine.day
            )
        return tuple(Quarter(i.code, i.nom, i.exoneration, i.exoneration_reason) for i in items)

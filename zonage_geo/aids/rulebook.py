"""The rules, rebuilt as frozen data from what ``load`` compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from zonage_geo.aids.conditions import Word
from zonage_geo.aids.load import compile_rules
from zonage_geo.aids.model import (
    Aid,
    Amount,
    Caveat,
    Condition,
    Contact,
    Contract,
    Cumul,
    Disagreement,
    Document,
    Reading,
    Saying,
    Source,
    Step,
    Supplement,
    Window,
)
from zonage_geo.aids.spelling import did_you_mean, nearest
from zonage_geo.aids.vocabulary import words_of
from zonage_geo.errors import InputError

__all__ = ["Implied", "Rules", "find_aid", "rules"]


class Implied(NamedTuple):
    """A class that is a part of another one in some régions.

    Attributes
    ----------
    layer, zone_class, implies : str
        The layer, its class, and the class that this one is a part of.
    regions : frozenset of str
        Where.
    says : str
        In French.
    """

    layer: str
    zone_class: str
    implies: str
    regions: frozenset[str]
    says: str


class Rules(NamedTuple):
    """All that evaluations need.

    Attributes
    ----------
    aids : mapping of str to Aid
        By id, in the order of answers.
    words : mapping of str to Word
        The vocabulary of the conditions.
    profile : tuple of str
        Those words that a profile may give.
    aliases : mapping of str to str
        Other spellings of those.
    layers : mapping of str to mapping
        Layers: label, classes, those that count.
    implied : tuple of Implied
        Classes that are parts of others.
    mountain : mapping
        Départements that hold a massif, and what to say of them.
    documents : mapping of str to Document
        By id.
    roles : mapping of str to mapping
        Those to ask: label, and what to say where no document names them.
    contacts : tuple of Contact
        Whom to ask.
    departements : mapping of str to str
        Département to its région.
    regions : mapping of str to str
        Names of the régions.
    """

    aids: Mapping[str, Aid]
    words: Mapping[str, Word]
    profile: tuple[str, ...]
    aliases: Mapping[str, str]
    layers: Mapping[str, Mapping[str, Any]]
    implied: tuple[Implied, ...]
    mountain: Mapping[str, Any]
    documents: Mapping[str, Document]
    roles: Mapping[str, Mapping[str, str]]
    contacts: tuple[Contact, ...]
    departements: Mapping[str, str]
    regions: Mapping[str, str]

    def said(self, word: str) -> str:
        """Give the spelling of a word of the profile that readers are shown.

        Parameters
        ----------
        word : str
            The word: ``status``.

        Returns
        -------
        str
            Its other spelling, ``statut``, where it has one.
        """
        return next((alias for alias, real in self.aliases.items() if real == word), word)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Rules:
        """Rebuild the rules from plain data, as ``load.compile_rules`` makes it.

        Parameters
        ----------
        plain : mapping
            JSON-like data; dates as ISO text.

        Returns
        -------
        Rules
            The rules; exclusions told by one side hold for both.
        """
        documents = {
            key: Document(key, **_dated(item, ("date",)))
            for key, item in plain["documents"].items()
        }
        aids = [_aid(item, documents) for item in plain["aids"]]
        territory = {"regions": plain["regions"], "departements": plain["departements"]}
        place = plain["place"]
        return cls(
            aids={aid.id: aid._replace(cumul=_both_ways(aid, aids)) for aid in _ordered(aids)},
            words=words_of(plain["words"], place["layers"], territory, [aid.id for aid in aids]),
            profile=tuple(plain["words"]),
            aliases=plain["aliases"],
            layers=place["layers"],
            implied=tuple(
                Implied(i["layer"], i["class"], i["implies"], frozenset(i["regions"]), i["says"])
                for i in place["implied"]
            ),
            mountain=place["montagne"],
            documents=documents,
            roles=plain["roles"],
            contacts=tuple(Contact(**_tuples(item)) for item in plain["contacts"]),
            departements=plain["departements"],
            regions=plain["regions"],
        )


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Give the rules that ship with the package, read once.

    Returns
    -------
    Rules
        All of them.

    Raises
    ------
    CatalogError
        If a file breaks the format.
    """
    return Rules.from_plain(compile_rules())


_NATURES = ("individuelle", "fiscale", "collective")


def _ordered(aids: Iterable[Aid]) -> list[Aid]:
    """Put individual aids first, then taxes, then collective aids."""
    return sorted(aids, key=lambda aid: (_NATURES.index(aid.nature), aid.id))


def _both_ways(aid: Aid, aids: Iterable[Aid]) -> tuple[Cumul, ...]:
    """Complete what an aid says of others by what they say of it."""
    found = {item.other: item for item in aid.cumul}
    for other in aids:
        for item in other.cumul:
            if item.other == aid.id and other.id not in found:
                found[other.id] = item._replace(other=other.id)
    return tuple(found[key] for key in sorted(found))


def _dated(item: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    out = dict(item)
    for name in names:
        if out.get(name) is not None:
            out[name] = date.fromisoformat(out[name])
    return out


def _tuples(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in item.items()}


_DAYS = tuple(name for name in Window._fields if name in ("opens", "closes") or "_from" in name)


def _aid(item: Mapping[str, Any], documents: Mapping[str, Document]) -> Aid:
    out = _tuples(item)
    out["window"] = Window(**_dated(_tuples(item["window"]), (*_DAYS, "opens_by")))
    out["amount"] = _amount(item["amount"])
    out["conditions"] = tuple(_condition(one, documents) for one in item["conditions"])
    if "contract" in item:
        out["contract"] = Contract(**_tuples(item["contract"]))
    out["caveats"] = tuple(Caveat(**_tuples(one)) for one in item.get("caveats", ()))
    out["cumul"] = tuple(
        Cumul(other, one["rule"], one["says"], tuple(one["sources"]))
        for one in item.get("cumul", ())
        for other in one["with"]
    )
    out["disagreements"] = tuple(
        Disagreement(
            one["topic"],
            one["outcome"],
            tuple(Saying(r["says"], tuple(r["sources"])) for r in one["readings"]),
        )
        for one in item.get("disagreements", ())
    )
    out["sources"] = tuple(
        Source(known.id, known.title, one["says"], known.file, known.date)
        for one in item["sources"]
        for known in (documents[one["document"]],)
    )
    return Aid(**out)


def _amount(item: Mapping[str, Any]) -> Amount:
    out = _tuples(item)
    out["supplements"] = tuple(Supplement(**_tuples(s)) for s in item.get("supplements", ()))
    out["steps"] = tuple(Step(**s) for s in item.get("steps", ()))
    return Amount(**out)


def _condition(item: Mapping[str, Any], documents: Mapping[str, Document]) -> Condition:
    """Rebuild a condition, its readings in the order in which they prevail.

    The later document prevails, then the more specific wording.
    """

    def prevails(reading: Reading) -> tuple[int, int]:
        return max(documents[name].rank for name in reading.sources), reading.specific

    out = _tuples(item)
    readings = [Reading(**_tuples(one)) for one in item.get("readings", ())]
    out["readings"] = tuple(sorted(readings, key=prevails, reverse=True))
    return Condition(**out)


def find_aid(text: str, known: Rules | None = None) -> Aid:
    """Find an aid by its id, whatever the case.

    Parameters
    ----------
    text : str
        ``CAIM``.
    known : Rules, optional
        The rules; those that ship with the package by default.

    Returns
    -------
    Aid
        The rule.

    Raises
    ------
    InputError
        If there is none, with the nearest and the list.
    """
    known = known or rules()
    aid = known.aids.get(str(text).strip().upper())
    if aid is None:
        near = did_you_mean(nearest(str(text), known.aids))
        raise InputError(f"aide inconnue : « {text} ».{near} Aides : {', '.join(known.aids)}.")
    return aid

"""How alike two street names are, as people type them: pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from zonage_geo.catalog.model import Words

__all__ = ["LINKS", "likeness", "without_links"]

LINKS = frozenset(
    {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sous", "sur"}
)
"""Words that people leave out, and that tell no street from another."""

_OTHER_TYPE = 0.8
"""What is left of a likeness where one says rue and the other avenue: never enough."""
_OTHER_NUMBER = 0.5
"""The same for 8 mai and 11 novembre."""
_SHORTENED = 0.9
"""Of a first name left out, or reduced to its initial."""


class _Name(NamedTuple):
    """A street's name: its type, the words that tell it, and all words as they are written."""

    kind: str
    told: list[str]
    written: list[str]


def likeness(asked: str, name: str, words: Words) -> float:
    """Compare two normalised names of streets.

    Parameters
    ----------
    asked, name : str
        What was typed, and what a geocoder knows; as `normalise` gives them.
    words : Words
        What starts a street's name.

    Returns
    -------
    float
        1 where they differ by links alone; 0 where they share nothing.
    """
    if asked == name:
        return 1.0
    left, right = _parts(asked, words.street_types), _parts(name, words.street_types)
    if not left.told or not right.told:
        return 1.0 if left == right else 0.0
    score = max(_spelling(left.told, right.told), _shortened(left, right, words.telling))
    if left.kind != right.kind:
        score *= _OTHER_TYPE
    if _numbers(left.told) != _numbers(right.told):
        score *= _OTHER_NUMBER
    return score


def without_links(norm: str) -> str:
    """Leave out of a name what people leave out.

    Parameters
    ----------
    norm : str
        Normalised: ``rue de la paix``.

    Returns
    -------
    str
        ``rue paix``; the name itself where nothing would be left.
    """
    return " ".join(word for word in norm.split() if word not in LINKS) or norm


def _parts(norm: str, types: Collection[str]) -> _Name:
    """Part the type of a street from the words that tell it, links left out."""
    tokens = norm.split()
    kind = tokens.pop(0) if len(tokens) > 1 and tokens[0] in types else ""
    return _Name(kind, [word for word in tokens if word not in LINKS] or tokens, tokens)


def _numbers(tokens: Sequence[str]) -> list[str]:
    return sorted(token for token in tokens if token.isdigit())


def _spelling(left: Sequence[str], right: Sequence[str]) -> float:
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity("".join(left), "".join(right))


def _shortened(left: _Name, right: _Name, telling: frozenset[str]) -> float:
    """Recognise ``j jaures`` and ``jaures`` for ``jean jaures``: the last words are the same.

    Not where a link says otherwise (rue du Moulin is no short form of rue Jean Moulin, nor rue
    Bordeaux of rue du Port de Bordeaux), nor where the word left out makes another street (rue
    Martin, rue Saint-Martin).
    """
    one, other = sorted((left, right), key=lambda name: len(name.told))
    short, long = one.told, other.told
    if short[-1] != long[-1] or len(short[-1]) < 4:
        return 0.0
    whole = [word for word in one.written if len(word) > 1 or word in short]  # l: an initial
    if whole != short or other.written[-2:] != long[-2:]:
        return 0.0
    rest = list(long[:-1])
    for word in short[:-1]:
        found = next((one for one in rest if one == word or _is_initial(word, one)), None)
        if found is None:
            return 0.0
        rest.remove(found)
    return _SHORTENED if telling.isdisjoint(rest) else 0.0


def _is_initial(word: str, other: str) -> bool:
    return (len(word) == 1 or len(other) == 1) and word[0] == other[0]

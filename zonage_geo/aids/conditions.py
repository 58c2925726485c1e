"""The condition language of the aids: small, typed, read once, judged in three values.

A condition is a French sentence of tests joined by ``et``, ``ou``, ``non`` and brackets::

    zonage_medecins = ZIP | ZAC
    secteur = 1 ou (secteur = 2 et optam)
    region = 76 et (montagne_ou_massif ou departement = 09 | 32 | 65)

A test is a word of the vocabulary alone (a fact that is true or false, or named at all; a layer
whose verdict is oui), or a word, a comparison (``=``, ``<``, ``<=``, ``>``, ``>=``) and a value,
several values being joined by ``|``. Classes that hold spaces or signs are written between
double quotes. ``non_documente`` is what the documents leave unsaid: it is never oui nor non.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from zonage_geo.verdict import Verdict

__all__ = [
    "UNSAID",
    "Check",
    "ConditionError",
    "Node",
    "Word",
    "checks_of",
    "compare",
    "judge",
    "parse",
    "supposing",
    "type_faults",
]

UNSAID = "non_documente"
"""What the documents leave unsaid."""
SUPPOSED = {True: "suppose_vrai", False: "suppose_faux"}
"""What `supposing` puts in the place of facts; no rule can write them."""
_TOKEN = re.compile(r'\s*(?:(\(|\)|\||>=|<=|=|<|>)|"([^"]*)"|([^\s()|<>="]+))')
_JOINS = ("et", "ou")
_ORDERS = frozenset({"<", "<=", ">", ">="})


class ConditionError(ValueError):
    """A condition that does not read; the message is a French sentence without a path."""


class Word(NamedTuple):
    """A word that conditions may use.

    Attributes
    ----------
    name : str
        As conditions and profiles write it.
    kind : str
        ``bool``, ``number``, ``choice``, ``choices`` (one or several), ``ids`` (a list of aids),
        ``text``; ``layer``, ``code`` (of a territory), ``date`` and ``known`` (worked out)
        for words of the place.
    values : tuple of str
        Those admitted; empty where any is.
    label : str
        What it means, in French.
    spellings : mapping of str to str
        Every way to write a value, folded, and the value.
    other : str or None
        Of a ``text``: what else may be said, in French; None where only the values may.
    refused : tuple of str
        Texts, folded, that say nothing of what is asked.
    implies : mapping of str to mapping
        Spellings, folded, that say other words of the profile too, and what they say of them.
    yes_no : bool
        Of a ``text``: whether it may be said to be there, or not, without being named.
    bounds : tuple of float or None
        Of a ``number``: the least and the most that it may be.
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()
    label: str = ""
    spellings: Mapping[str, str] = MappingProxyType({})
    other: str | None = None
    refused: tuple[str, ...] = ()
    implies: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    yes_no: bool = False
    bounds: tuple[float, float] | None = None


class Check(NamedTuple):
    """One test on one word.

    Attributes
    ----------
    word : str
        The word.
    order : str
        ``=``, ``<``, ``<=``, ``>``, ``>=``, or nothing where the word stands alone.
    values : tuple of str
        What it is compared with, as written.
    """

    word: str
    order: str = ""
    values: tuple[str, ...] = ()


class Node(NamedTuple):
    """Conditions joined: ``et``, ``ou``, ``non``.

    Attributes
    ----------
    join : str
        How.
    parts : tuple
        Nodes and tests.
    """

    join: str
    parts: tuple[Node | Check, ...]


Condition = Node | Check


@cache
def parse(text: str) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text : str
        In the language of this module.

    Returns
    -------
    Node or Check
        ``et`` binds tighter than ``ou``, ``non`` tighter than both.

    Raises
    ------
    ConditionError
        If it does not read; nothing is said here of words and types.
    """
    reader = _Reader(text)
    found = reader.either()
    reader.end()
    return found


class _Reader:
    """One text, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    def either(self) -> Condition:
        return self._joined("ou", lambda: self._joined("et", self._one))

    def _joined(self, join: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while self._peek() == (join, False):
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else Node(join, tuple(parts))

    def _one(self) -> Condition:
        if self._peek() == ("non", False):
            self._at += 1
            return Node("non", (self._one(),))
        if self._peek() == ("(", False):
            self._at += 1
            inner = self.either()
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> Check:
        word = self._value()
        order = (self._peek() or ("", False))[0]
        if order != "=" and order not in _ORDERS:
            return Check(word)
        self._at += 1
        values = [self._value()]
        while self._peek() == ("|", False):
            self._at += 1
            values.append(self._value())
        return Check(word, order, tuple(values))

    def _value(self) -> str:
        token = self._peek()
        if token is None:
            raise ConditionError(f"« {self._text} » : il manque quelque chose à la fin.")
        text, quoted = token
        if not quoted and (re.fullmatch(r"[()|<>=]+", text) or text in (*_JOINS, "non")):
            raise ConditionError(f"« {self._text} » : « {text} » n'est pas à sa place.")
        self._at += 1
        return text

    def _expect(self, wanted: str) -> None:
        if self._peek() != (wanted, False):
            raise ConditionError(f"« {self._text} » : il manque « {wanted} ».")
        self._at += 1

    def _peek(self) -> tuple[str, bool] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def end(self) -> None:
        if (token := self._peek()) is not None:
            raise ConditionError(f"« {self._text} » : « {token[0]} » est de trop.")


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Cut a text into tokens, and say which stood between quotes."""
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"« {text} » : « {text[at:].strip()} » ne se lit pas.")
        sign, quoted, word = match.groups()
        yield (quoted, True) if quoted is not None else (sign or word, False)
        at = match.end()


def checks_of(condition: Condition) -> Iterator[Check]:
    """List the tests of a condition, from left to right.

    Parameters
    ----------
    condition : Node or Check
        As `parse` gives it.

    Yields
    ------
    Check
        Each, repeats included.
    """
    if isinstance(condition, Check):
        yield condition
        return
    for part in condition.parts:
        yield from checks_of(part)


def type_faults(condition: Condition, words: Mapping[str, Word]) -> Iterator[str]:
    """Tell which tests use a word that does not exist, or not as its kind allows.

    Parameters
    ----------
    condition : Node or Check
        As `parse` gives it.
    words : mapping of str to Word
        The vocabulary.

    Yields
    ------
    str
        A French sentence a fault.
    """
    for test in checks_of(condition):
        if test == Check(UNSAID):
            continue
        if test.word not in words:
            yield f"mot inconnu : {test.word}. Mots admis : {', '.join(sorted(words))}."
        else:
            yield from _test_faults(test, words[test.word])


def _test_faults(test: Check, word: Word) -> Iterator[str]:
    alone, either = word.kind in ("bool", "known"), word.kind in ("layer", "text")
    ordered = word.kind in ("number", "date")
    if alone and test.order:
        yield f"{word.name} est vrai ou faux : il ne se compare pas."
    elif test.order in _ORDERS and (not ordered or len(test.values) > 1):
        yield f"{word.name} ne se compare pas ainsi ({test.order} {' | '.join(test.values)})."
    elif not test.order and not alone and not either:
        yield f"{word.name} se compare à une valeur."
    for value in test.values:
        if ordered and _scalar(value) is None:
            yield f"{word.name} : « {value} » n'est ni un nombre ni une date."
        elif word.values and value not in word.values:
            yield f"{word.name} : « {value} » n'est pas parmi {', '.join(word.values)}."


def _scalar(text: str) -> float | date | None:
    try:
        return date.fromisoformat(text) if text.count("-") == 2 else float(text)
    except ValueError:
        return None


def judge(
    condition: Condition, ask: Callable[[Check], Verdict]
) -> tuple[Verdict, tuple[Check, ...]]:
    """Judge a condition, and tell which tests the judgement follows from.

    Parameters
    ----------
    condition : Node or Check
        As `parse` gives it.
    ask : callable
        Judges one test; never asked about ``non_documente``.

    Returns
    -------
    tuple
        Kleene's strong logic; and the tests that made it so: those that fail for a ``non``,
        those that are not known for an ``indéterminé``.
    """
    if isinstance(condition, Check):
        fixed = _FIXED.get(condition.word)
        return (ask(condition) if fixed is None else fixed), (condition,)
    judged = [judge(part, ask) for part in condition.parts]
    if condition.join == "non":
        ((verdict, tests),) = judged
        return verdict.not_(), tests
    strong, weak = (
        (Verdict.NON, Verdict.OUI) if condition.join == "et" else (Verdict.OUI, Verdict.NON)
    )
    for wanted in (strong, Verdict.INDETERMINE, weak):
        if leading := [tests for verdict, tests in judged if verdict is wanted]:
            return wanted, tuple(dict.fromkeys(test for tests in leading for test in tests))
    msg = "a join without parts"
    raise AssertionError(msg)


_FIXED = {
    UNSAID: Verdict.INDETERMINE,
    SUPPOSED[True]: Verdict.OUI,
    SUPPOSED[False]: Verdict.NON,
}


@cache
def supposing(text: str, free: frozenset[str]) -> Condition:
    """Read a condition, taking some facts for what would fulfil it best.

    Parameters
    ----------
    text : str
        In the language of this module.
    free : frozenset of str
        Words whose facts are so taken.

    Returns
    -------
    Node or Check
        The condition that is left for the other words.
    """
    return _supposed(parse(text), free, wanted=True)


def _supposed(condition: Condition, free: frozenset[str], *, wanted: bool) -> Condition:
    if isinstance(condition, Check):
        return Check(SUPPOSED[wanted]) if condition.word in free else condition
    turned = wanted != (condition.join == "non")
    parts = tuple(_supposed(part, free, wanted=turned) for part in condition.parts)
    return Node(condition.join, parts)


def compare(order: str, low: float, high: float, limit: float) -> Verdict:
    """Compare a quantity that lies between two bounds with a limit.

    Parameters
    ----------
    order : str
        ``=``, ``<``, ``<=``, ``>``, ``>=``.
    low, high : float
        Bounds of the quantity, both possible; equal where it is known.
    limit : float
        What it is compared with.

    Returns
    -------
    Verdict
        ``indéterminé`` where the bounds disagree.
    """
    holds = _HOLDS[order]
    if order == "=":
        if low == high:
            return Verdict.OUI if low == limit else Verdict.NON
        return Verdict.INDETERMINE if low <= limit <= high else Verdict.NON
    ends = {holds(low, limit), holds(high, limit)}
    if len(ends) == 2:
        return Verdict.INDETERMINE
    return Verdict.OUI if True in ends else Verdict.NON


_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

"""The profile of who asks: facts by word, checked; a word not given is not known."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from numbers import Real
from typing import Any

from zonage_geo.aids.conditions import Check, Word, compare
from zonage_geo.aids.rulebook import Rules, rules
from zonage_geo.errors import InputError
from zonage_geo.verdict import Verdict

__all__ = ["Profile", "ask_profile", "read_assignment", "read_profile"]

Profile = Mapping[str, Any]
"""Facts by word: bool, float, str, tuple of str, or None where the word does not apply."""

_TRUE = frozenset({"oui", "true", "vrai", "1"})
_FALSE = frozenset({"non", "false", "faux", "0"})
_NULL = frozenset({"null", "none", "sans objet", "so"})


def read_profile(given: Mapping[str, Any] | None, known: Rules | None = None) -> Profile:
    """Check a profile and give its facts by word.

    Parameters
    ----------
    given : mapping or None
        Words of the profile and their values; ``{"successeur": {"age": 45}}`` and
        ``{"successeur.age": 45}`` both do. None as a value: the word does not apply.
    known : Rules, optional
        For the vocabulary; the shipped rules by default.

    Returns
    -------
    dict
        Facts by word.

    Raises
    ------
    InputError
        If a word is unknown, with the list of those that exist, or a value does not fit.
    """
    known = known or rules()
    facts: dict[str, Any] = {}
    for name, value in _flat(given or {}):
        word = known.words.get(known.aliases.get(name, name))
        if word is None or word.name not in known.profile:
            raise InputError(
                f"mot de profil inconnu : « {name} ». Mots admis : {', '.join(known.profile)} ; "
                f"et, pour {_aliases(known)}."
            )
        fact = None if value is None or _is_null(word, value) else _fact(word, value)
        if word.name in facts and facts[word.name] != fact:
            raise InputError(f"le mot de profil « {word.name} » est donné deux fois.")
        facts[word.name] = fact
    return facts


def _aliases(known: Rules) -> str:
    return ", ".join(f"{word}, {alias}" for alias, word in known.aliases.items())


def _flat(given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Write a table in the profile as words with a dot."""
    if not isinstance(given, Mapping):
        raise InputError(f"un profil est une table de mots et de valeurs, pas {given!r}.")
    out: list[tuple[str, Any]] = []
    for name, value in given.items():
        if isinstance(value, Mapping):
            out += [(f"{name}.{key}", inner) for key, inner in value.items()]
        else:
            out.append((str(name), value))
    return out


def _is_null(word: Word, value: Any) -> bool:  # noqa: ANN401
    """Tell whether a text says that a word does not apply: TOML and shells have no null."""
    return word.kind != "text" and isinstance(value, str) and value.casefold() in _NULL


def _fact(word: Word, value: Any) -> Any:  # noqa: ANN401
    """Check one value; a scalar of numpy, as a frame's row holds, is taken for what it is."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        if word.kind in ("bool", "text"):
            return value
    elif word.kind == "number" and isinstance(value, Real):
        number = float(value)
        if isfinite(number) and number >= 0:
            return number
    elif isinstance(value, str) and (
        word.kind == "text" or (word.kind == "choice" and value in word.values)
    ):
        return value
    elif word.kind in ("choices", "ids"):
        several = (value,) if isinstance(value, str) else value
        if isinstance(several, (list, tuple, set, frozenset)) and all(
            isinstance(one, str) and one in word.values for one in several
        ):
            return tuple(several)
    raise InputError(f"profil : {word.name} = {value!r} ne convient pas ; {_wanted(word)}.")


def _wanted(word: Word) -> str:
    if word.kind == "bool":
        return "il faut oui ou non (true, false)"
    if word.kind == "number":
        return "il faut un nombre positif"
    if word.kind == "ids":
        return f"il faut une liste d'aides parmi {', '.join(word.values)}"
    if word.values:
        return f"il faut {' ou '.join(word.values)}"
    return "il faut un texte"


def read_assignment(text: str, known: Rules | None = None) -> tuple[str, Any]:
    """Read ``mot=valeur``, as a shell gives it.

    Parameters
    ----------
    text : str
        ``demi_journees=8``, ``optam=oui``, ``contrats_en_cours=COSCOM,CESP`` (nothing after
        the sign: an empty list), ``secteur=null`` where the word does not apply.
    known : Rules, optional
        For the vocabulary; the shipped rules by default.

    Returns
    -------
    tuple
        The word, and its value as `read_profile` takes it.

    Raises
    ------
    InputError
        If there is no sign, the word is unknown, or its value does not fit.
    """
    known = known or rules()
    name, sign, raw = (part.strip() for part in text.partition("="))
    if not sign:
        raise InputError(f"« {text} » : écrivez MOT=VALEUR, par exemple demi_journees=8.")
    word = known.words.get(known.aliases.get(name, name))
    value: Any = raw
    if raw.casefold() in _NULL:
        value = None
    elif word is None:
        pass  # refused below, with the list
    elif word.kind == "bool":
        value = True if raw.casefold() in _TRUE else raw
        value = False if raw.casefold() in _FALSE else value
    elif word.kind == "number":
        value = _number(raw)
    elif word.kind in ("choices", "ids"):
        value = [] if raw == "[]" else [one.strip() for one in raw.split(",") if one.strip()]
    read_profile({name: value}, known)
    return name, value


def _number(raw: str) -> float | str:
    try:
        return float(raw.replace(",", "."))
    except ValueError:
        return raw


def ask_profile(test: Check, facts: Profile) -> Verdict:
    """Judge a test on a word of the profile.

    Parameters
    ----------
    test : Check
        The test.
    facts : mapping
        As `read_profile` gives them.

    Returns
    -------
    Verdict
        ``indéterminé`` where the word was not given; ``non`` where it does not apply.
    """
    if test.word not in facts:
        return Verdict.INDETERMINE
    fact = facts[test.word]
    if fact is None:
        return Verdict.NON
    if not test.order:
        return Verdict.OUI if fact is True or isinstance(fact, str) else Verdict.NON
    if isinstance(fact, float):
        verdict = Verdict.NON
        for value in test.values:
            verdict = verdict.or_(compare(test.order, fact, fact, float(value)))
        return verdict
    held = fact if isinstance(fact, tuple) else (fact,)
    return Verdict.NON if set(map(str, held)).isdisjoint(test.values) else Verdict.OUI

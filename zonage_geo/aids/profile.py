"""The profile of who asks: facts by word, checked; a word not given is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf, isfinite
from numbers import Real
from typing import Any

from zonage_geo.aids.conditions import Check, Word, compare
from zonage_geo.aids.rulebook import Rules, rules
from zonage_geo.aids.spelling import did_you_mean, fold, nearest
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
        Facts by word; texts as the rules write them, whatever their case and accents.

    Raises
    ------
    InputError
        If a word is unknown, with the nearest and the list of those that exist; if a value does
        not fit, or contradicts what another one says.
    """
    known = known or rules()
    facts: dict[str, Any] = {}
    implied: dict[str, tuple[str, str, str]] = {}
    for name, value in _flat(given or {}):
        word = known.words.get(known.aliases.get(name, name))
        if word is None or word.name not in known.profile:
            near = did_you_mean(nearest(name, [*known.aliases, *known.profile]))
            raise InputError(
                f"mot de profil inconnu : « {name} ».{near} Mots admis : "
                f"{', '.join(map(known.said, known.profile))}. Ce qu'ils veulent dire : "
                "python -m zonage_geo aids --mots"
            )
        shown = known.said(word.name)
        fact = None if value is None or _is_null(value) else _fact(word, value, shown)
        if word.name in facts and facts[word.name] != fact:
            raise InputError(f"le mot de profil « {shown} » est donné deux fois.")
        facts[word.name] = fact
        if isinstance(value, str):
            implied |= {other: (word.name, value, said) for other, said in _implied(word, value)}
    for other, (name, value, said) in implied.items():
        if facts.setdefault(other, said) != said:
            raise InputError(
                f"profil : {name} = {value!r} dit {other} = {said}, mais {other} = "
                f"{facts[other]!r} est donné."
            )
    return facts


def _implied(word: Word, text: str) -> Iterable[tuple[str, str]]:
    """Give what a spelling says of other words: a « médecin généraliste » has a speciality."""
    return word.implies.get(fold(text), {}).items()


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


def _is_null(value: Any) -> bool:  # noqa: ANN401
    """Tell whether a text says that a word does not apply: TOML and shells have no null."""
    return isinstance(value, str) and value.strip().casefold() in _NULL


def _fact(word: Word, value: Any, shown: str) -> Any:  # noqa: ANN401
    """Check one value; a scalar of numpy, as a frame's row holds, is taken for what it is."""
    if hasattr(value, "item"):
        value = value.item()
    fact = _several(word, value) if word.kind in ("choices", "ids") else _one(word, value)
    if fact is not None:
        return fact
    near = _near(word, value) if isinstance(value, str) else None
    offer = f" (vouliez-vous dire {near} ?)" if near else ""
    raise InputError(f"profil : {shown} = {value!r} ne convient pas{offer} ; {_wanted(word)}.")


def _one(word: Word, value: Any) -> bool | float | str | None:  # noqa: ANN401
    if isinstance(value, bool):
        return value if word.kind == "bool" or word.yes_no else None
    if word.kind == "number" and isinstance(value, Real):
        number = float(value)
        low, high = word.bounds or (0.0, inf)
        return number if isfinite(number) and low <= number <= high else None
    if word.kind in ("text", "choice") and isinstance(value, str):
        return _said(word, value)
    return None


def _several(word: Word, value: Any) -> tuple[Any, ...] | None:  # noqa: ANN401
    several = (value,) if isinstance(value, str) else value
    if not isinstance(several, (list, tuple, set, frozenset)):
        return None
    facts = tuple(_said(word, one) if isinstance(one, str) else None for one in several)
    return None if None in facts else facts


def _said(word: Word, text: str) -> str | bool | None:
    """Give the value that a text says; None where it says none.

    Where other texts than the values are admitted, one that looks like a value without being
    one of its known spellings is refused: a slip must not close an aid.
    """
    folded = fold(text)
    if folded in word.spellings:
        return word.spellings[folded]
    if word.yes_no and folded in _TRUE | _FALSE:
        return folded in _TRUE
    if word.kind != "text" or (word.values and word.other is None):
        return None
    unclear = folded in word.refused or _near(word, text) is not None
    return None if unclear or not any(map(str.isalpha, text)) else text


def _near(word: Word, text: str) -> str | None:
    """Give the value that a text holds a spelling of, or is close to."""
    folded = f" {fold(text)} "
    for spelling, value in word.spellings.items():
        if f" {spelling} " in folded:
            return value
    near = nearest(text, word.spellings)
    return None if near is None else word.spellings[near]


def _wanted(word: Word) -> str:
    if word.kind == "bool":
        return "il faut oui ou non (true, false)"
    if word.kind == "number":
        if word.bounds is None:
            return "il faut un nombre positif"
        return "il faut un nombre de {:g} à {:g}".format(*word.bounds)
    if word.kind == "ids":
        return f"il faut une liste d'aides parmi {', '.join(word.values)}"
    if not word.values:
        return "il faut un texte"
    either = [*word.values, *(["oui", "non"] if word.yes_no else [])]
    either += [word.other] if word.other else []
    return f"il faut {', '.join(either[:-1])} ou {either[-1]}"


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

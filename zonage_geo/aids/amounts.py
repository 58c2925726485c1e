"""How much an aid is, as far as a profile tells: computed where the documents allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from zonage_geo.aids.model import Amount
from zonage_geo.aids.profile import Profile
from zonage_geo.verdict import Verdict

__all__ = ["Sum", "euros", "sum_of"]

INFERRED = "Montant intermédiaire calculé au prorata : le document n'en donne que les bornes [INF]."


class Sum(NamedTuple):
    """An amount for a profile.

    Attributes
    ----------
    value : int or None
        Euros, where it can be computed.
    low, high : int or None
        Bounds in euros, where there are any.
    text : str
        In French.
    marks : tuple of str
        What is inferred or not confirmed.
    missing : tuple of str
        Words of the profile that would settle it.
    """

    value: int | None
    low: int | None
    high: int | None
    text: str
    marks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def euros(value: float) -> str:
    """Write an amount as French readers do.

    Parameters
    ----------
    value : float
        Euros.

    Returns
    -------
    str
        ``31 250 €``.
    """
    return f"{round(value):,} €".replace(",", " ")


def sum_of(amount: Amount, facts: Profile, ask: Callable[[str], Verdict]) -> Sum:
    """Work out an amount for a profile.

    Parameters
    ----------
    amount : Amount
        The rule.
    facts : mapping
        The profile, checked.
    ask : callable
        Judges a condition given as text.

    Returns
    -------
    Sum
        The supplements that the profile earns are added; those it may earn raise the upper
        bound; those paid at another rhythm are only told.
    """
    base = _BASES[amount.kind](amount, facts)
    value, low, high, told, added = base.value, base.low, base.high, [base.text], 0
    for extra in amount.supplements:
        verdict = ask(extra.when)
        if verdict is Verdict.NON:
            continue
        told.append(extra.text)
        if not extra.apart and low is not None and high is not None:
            high += extra.value
            low += extra.value if verdict is Verdict.OUI else 0
            added += extra.value if verdict is Verdict.OUI else 0
    if added and value is not None:
        value += added
        told[0] = f"{_said(value, amount)} au total : {base.text}"
    return base._replace(
        value=value, low=low, high=high, text=" ; ".join(told), marks=(*base.marks, *amount.marks)
    )


def _said(value: float, amount: Amount) -> str:
    said = f"{euros(value)} {amount.period}" if amount.period else euros(value)
    return f"plafond de {said}" if amount.ceiling and amount.kind == "prorata" else said


def _fixed(amount: Amount, facts: Profile) -> Sum:  # noqa: ARG001  (one signature for all)
    return Sum(amount.value, amount.value, amount.value, amount.text)


def _range(amount: Amount, facts: Profile) -> Sum:  # noqa: ARG001
    return Sum(None, amount.low, amount.high, amount.text)


def _share(amount: Amount, facts: Profile) -> Sum:
    """Work out a pro rata of what one word counts."""
    base, full = amount.base or 0, amount.full or 1.0
    least, cap = amount.minimum or 0.0, amount.cap or base
    word = amount.word or ""
    lowest = round(base * least / full)
    given = facts.get(word)
    if given is None:
        return Sum(None, lowest, cap, amount.text, missing=(word,))
    if given < least:
        return Sum(None, None, None, amount.text)
    value = min(round(base * given / full), cap)
    exact = given in amount.stated or value == cap
    marks = () if exact else (INFERRED,)
    return Sum(value, value, value, _said(value, amount), marks)


def _percentage(amount: Amount, facts: Profile) -> Sum:
    """Tell a rate; what it applies to is not in the profile."""
    given = facts.get(amount.word or "")
    for step in amount.steps:
        if given is not None and given < step.below:
            return Sum(None, None, None, f"+{step.percent:g} % {amount.of}")
    if amount.cap is not None:
        return Sum(None, None, amount.cap, amount.text)
    return Sum(None, None, None, amount.text)


def _unstated(amount: Amount, facts: Profile) -> Sum:  # noqa: ARG001
    return Sum(None, None, None, amount.text)


_BASES: dict[str, Callable[[Amount, Profile], Sum]] = {
    "fixe": _fixed,
    "fourchette": _range,
    "prorata": _share,
    "pourcentage": _percentage,
    "non_precise": _unstated,
}

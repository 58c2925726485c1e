"""When an aid may be had: the day of signature against its window, a contract against its term."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from zonage_geo.aids.model import Aid, Window
from zonage_geo.verdict import Verdict

__all__ = ["Timing", "timing_of"]

SIGNING = "signature"
RUNNING = "en_cours"


class Timing(NamedTuple):
    """What the days come to.

    Attributes
    ----------
    verdict : Verdict
        Whether the aid may be signed, or what was signed still runs.
    label : str
        The condition, in French.
    phase : str
        ``signature``, ``en_cours``.
    closed : bool
        Whether the day is past the window.
    to_check : str or None
        Why to check, in French.
    missing : str or None
        What is not known, in French.
    """

    verdict: Verdict
    label: str
    phase: str
    closed: bool = False
    to_check: str | None = None
    missing: str | None = None


def timing_of(aid: Aid, day: date, signature: date | None, *, held: bool) -> Timing:
    """Set the days against the rule.

    Parameters
    ----------
    aid : Aid
        The rule.
    day : date
        The day asked about.
    signature : date or None
        The day on which it was, or will be, signed; None: the day asked, or unknown where the
        contract is held.
    held : bool
        Whether the profile says that the contract is in force.

    Returns
    -------
    Timing
        Bounds are inclusive.
    """
    window = aid.window
    runs = held or (signature is not None and signature < day and aid.contract is not None)
    if not runs:
        return _window(window, signature or day)
    if signature is None:
        return _held(aid, day)
    signed = _window(window, signature)
    if signed.verdict is Verdict.NON or aid.contract is None:
        return signed._replace(phase=RUNNING)
    term = _term(aid, day, signature)
    return term._replace(
        verdict=signed.verdict.and_(term.verdict),
        closed=_past(window, day),
        missing=signed.missing or term.missing,
        to_check=signed.to_check or term.to_check,
    )


def _window(window: Window, day: date) -> Timing:
    """Set a day of signature against the window."""
    verdict, label, missing = Verdict.OUI, _span(window), None
    if (window.opens and day < window.opens) or _past(window, day):
        verdict = Verdict.NON
    elif window.opens_by and day < window.opens_by:
        verdict, missing = Verdict.INDETERMINE, f"le jour d'ouverture : {window.opens_note}"
    elif window.closed_from:
        verdict, missing = Verdict.INDETERMINE, f"le dernier jour : {window.closed}"
    elif window.attested_from and day < window.attested_from:
        verdict = Verdict.INDETERMINE
        missing = f"si l'aide existait avant le {window.attested_from:%d/%m/%Y} : {window.attested}"
    elif window.undecided_from and day >= window.undecided_from:
        verdict, missing = Verdict.INDETERMINE, f"si l'aide continue : {window.undecided}"
    if window.opens and day < window.opens:
        label = f"N'ouvre que le {window.opens:%d/%m/%Y}"
    elif verdict is Verdict.NON and window.closes:
        label = f"Ouverte seulement jusqu'au {window.closes:%d/%m/%Y}"
    to_check = None
    if window.to_check_from and day >= window.to_check_from:
        to_check = window.to_check
    return Timing(verdict, label, SIGNING, _past(window, day), to_check, missing)


def _past(window: Window, day: date) -> bool:
    return bool(
        (window.closes and day > window.closes)
        or (window.closed_from and day >= window.closed_from)
    )


def _span(window: Window) -> str:
    """Say the window in French."""
    if window.closed_from:
        return f"{window.closed}".rstrip(".")
    first = f"{window.opens:%d/%m/%Y}" if window.opens else None
    last = f"{window.closes:%d/%m/%Y}" if window.closes else None
    if first and last:
        return f"Ouverte du {first} au {last}"
    if last:
        return f"Ouverte jusqu'au {last}"
    if first:
        return f"Ouverte depuis le {first}"
    return "Ouverte à la date demandée"


def _held(aid: Aid, day: date) -> Timing:
    """Judge a contract that the profile says is in force, signed on an unknown day."""
    if aid.window.opens and day < aid.window.opens:
        return _window(aid.window, day)  # of an aid that did not exist yet, none is in force
    last, contract = aid.window.closes, aid.contract
    label = f"Contrat en cours : {contract.says}" if contract else "Contrat en cours"
    if contract is None or last is None:
        unknown = aid.window.closed_from is not None
        verdict = Verdict.INDETERMINE if unknown else Verdict.OUI
        missing = "le terme du contrat" if unknown else None
        return Timing(verdict, label, RUNNING, _past(aid.window, day), None, missing)
    terms = contract.renewals if isinstance(contract.renewals, int) else None
    if terms is not None and day > (end := _after(last, contract.years * (1 + terms))):
        label = f"Signé au plus tard le {last:%d/%m/%Y}, au terme le {end:%d/%m/%Y} au plus tard"
        return Timing(Verdict.NON, label, RUNNING, _past(aid.window, day))
    return Timing(Verdict.OUI, label, RUNNING, _past(aid.window, day))


def _term(aid: Aid, day: date, signature: date) -> Timing:
    """Judge a contract signed on a known day."""
    contract = aid.contract
    assert contract is not None  # noqa: S101  (the caller saw to it)
    first = _after(signature, contract.years)
    said = f"Contrat signé le {signature:%d/%m/%Y}, au terme le {first:%d/%m/%Y}"
    if day <= first:
        return Timing(Verdict.OUI, f"{said} : {contract.says}", RUNNING)
    if contract.renewals is None or contract.renewals == "tacite":
        return Timing(
            Verdict.INDETERMINE, f"{said} : {contract.says}", RUNNING, missing="le renouvellement"
        )
    last = _after(signature, contract.years * (1 + int(contract.renewals)))
    if day <= last:
        missing = f"si le contrat a été renouvelé (au plus tard jusqu'au {last:%d/%m/%Y})"
        return Timing(Verdict.INDETERMINE, f"{said} : {contract.says}", RUNNING, missing=missing)
    return Timing(Verdict.NON, f"{said} : terme passé", RUNNING)


def _after(day: date, years: int) -> date:
    """Give the last day of a term of some years."""
    try:
        return day.replace(year=day.year + years) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)

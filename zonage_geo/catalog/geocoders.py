"""The online geocoder, how far geocoders are believed, and where no list answers."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Limits", "Outside", "Service"]


class Service(NamedTuple):
    """The online geocoder, and how it is asked.

    Attributes
    ----------
    url, title, checked : str
        Where it is, what it is, and whether and when the address was tried.
    timeout_s, batch_timeout_s : float
        Longest wait for an answer: to a question at a terminal, to a piece of a file.
    attempts : int
        How many times a piece is asked in all, where a failure may pass.
    max_wait_s : float
        Longest wait between them.
    requests_per_second : int
        Of one process, at the most.
    piece_rows, piece_bytes : int
        Largest piece of a file.
    max_chars : int
        Longest text.
    limit : int
        Candidates asked for.
    cache_days : int
        How long an answer is kept; 0: not at all.
    """

    url: str
    title: str
    checked: str
    timeout_s: float
    batch_timeout_s: float
    attempts: int
    max_wait_s: float
    requests_per_second: int
    piece_rows: int
    piece_bytes: int
    max_chars: int
    limit: int
    cache_days: int


class Limits(NamedTuple):
    """How far a geocoder's candidates are believed; from 0 to 1, distances apart.

    Attributes
    ----------
    score_min, score_sure : float
        Scores below which a candidate is noise, and below which it is only offered.
    score_gap : float
        Of a file's row: a next candidate this close to the best one may be as likely.
    name_sure, name_min : float
        Likeness of street names from which they are the same, and below which they have
        nothing in common.
    name_gap : float
        A name this close to the best one is as likely.
    same_street_m : float
        Streets of one name in one commune are one where they are this near.
    """

    score_min: float
    score_sure: float
    score_gap: float
    name_sure: float
    name_min: float
    name_gap: float
    same_street_m: float


class Outside(NamedTuple):
    """A territory that no list here covers.

    Attributes
    ----------
    code : str
        What its INSEE codes start with.
    nom : str
        Its name.
    postcodes : tuple of str
        What its postal codes start with.
    communes : tuple of str
        Names of its communes, or of what people call so.
    """

    code: str
    nom: str
    postcodes: tuple[str, ...]
    communes: tuple[str, ...]

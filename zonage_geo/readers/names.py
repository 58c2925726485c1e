"""Names of communes and columns brought to one form, so that equal ones compare equal."""

from __future__ import annotations

import re
from functools import lru_cache

from zonage_geo.normalise import normalise

__all__ = ["fold", "loose"]

_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_OVER = re.compile(r"\bs(?:ous)?/", re.IGNORECASE)
_CEDEX = re.compile(r" cedex(?: \d+)?\Z")
_BRACKETED = re.compile(r"\A(.*\S)\s*\((l['’]|les?|la|aux?)\)\s*\Z", re.IGNORECASE)
_ARTICLE = re.compile(r"\A(?:les?|la|l|aux?|las|los) (?=.)")
_ARRONDISSEMENT = re.compile(
    r"\A(paris|lyon|marseille) 0*(\d{1,2})(?: ?(?:er|e|eme|ieme))?(?: arr(?:ondissement|dt)?)?\Z"
)


@lru_cache(maxsize=100_000)
def fold(nom: str) -> str:
    """Reduce a name to what does not depend on typography.

    Parameters
    ----------
    nom : str
        ``ST-JEAN S/ERVE``, ``Abergement-Clémenciat (L')``.

    Returns
    -------
    str
        ``saint jean sur erve``, ``l abergement clemenciat``; without CEDEX; an
        arrondissement as ``paris 1``.
    """
    bracketed = _BRACKETED.match(nom)
    if bracketed:
        nom = f"{bracketed[2]} {bracketed[1]}"
    nom = _OVER.sub(lambda found: "sous " if len(found[0]) > 2 else "sur ", nom)
    out = _CEDEX.sub("", normalise(nom, _SHORT))
    return _ARRONDISSEMENT.sub(r"\1 \2", out)


def loose(nom: str) -> str:
    """Reduce a folded name further: without the article that lists leave out.

    Parameters
    ----------
    nom : str
        As `fold` gives it.

    Returns
    -------
    str
        ``abergement clemenciat`` for ``l abergement clemenciat``.
    """
    return _ARTICLE.sub("", nom)

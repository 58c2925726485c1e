"""Places by their names, as the store knows them, and the words of streets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from zonage_geo.catalog.model import Catalog
from zonage_geo.geocoding.likeness import LINKS
from zonage_geo.normalise import normalise, split_street
from zonage_geo.store.query import Lieu, Store
from zonage_geo.territory import commune_of

__all__ = ["Names", "lieu_of", "without_article"]

_HAMLET = "le bourg"
"""A part of most communes, and a commune of the Lot."""
_ORDINAL = r"0*(?P<n>\d{1,2}) ?(?:i?eme|ere?|e|nde?)?"
_AREA = r"(?:arrondissement|arrdt|ardt|arr)"
_ARRONDISSEMENTS = (
    re.compile(rf"\A(?P<city>\D+) {_ORDINAL}(?: {_AREA})?\Z"),
    re.compile(rf"\A{_ORDINAL} {_AREA}(?: de)? (?P<city>\D+)\Z"),
)
"""An arrondissement as it is also written, ``lyon 03`` or ``lyon 3eme``: names have ``lyon 3``."""
_ROMAN = {
    f"{ten}{one}": 10 * tens + ones
    for tens, ten in enumerate(("", "x"))
    for ones, one in enumerate(("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"))
} | {"xx": 20}
_ROMAN_ENDING = re.compile(r"(?:eme|er|e)\Z")
_RANGE = re.compile(r"\b(\d+) (?:a|et) (\d+)\b")
"""Numbers of one address: ``1 à 5 rue Haute``."""


class Names:
    """Know places by their names, and streets by their words.

    Parameters
    ----------
    store : Store
        For the names of places.
    catalog : Catalog
        For the words of addresses and the names of départements.

    Attributes
    ----------
    territories : dict of str to tuple of str
        Normalised names, with their article and without, and codes of régions and départements:
        their départements.
    """

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self.words = catalog.words
        self.territories: dict[str, tuple[str, ...]] = {}
        for departement in catalog.departements.values():
            noms = (self.norm(departement.nom), self.norm(departement.region_nom))
            for key in {*noms, *map(without_article, noms)}:
                self.territories[key] = (*self.territories.get(key, ()), departement.code)
            self.territories[departement.code.casefold()] = (departement.code,)

    def norm(self, text: str) -> str:
        """Normalise a text.

        Parameters
        ----------
        text : str
            Any.

        Returns
        -------
        str
            Words of ``a-z0-9``, abbreviations written out.
        """
        return normalise(text, self.words.abbreviations)

    def is_street(self, tokens: Sequence[str]) -> bool:
        """Tell whether words start as a street's address does.

        Parameters
        ----------
        tokens : sequence of str
            Normalised.

        Returns
        -------
        bool
            True for a number, ``12`` or ``12bis``, or a type of street.
        """
        return bool(tokens) and (tokens[0][0].isdigit() or tokens[0] in self.words.street_types)

    def is_hamlet(self, name: str) -> bool:
        """Tell whether a name is what most communes call a part of theirs.

        Parameters
        ----------
        name : str
            Normalised.

        Returns
        -------
        bool
            True for that very name: ``cours`` or ``la chaussee`` are rather communes.
        """
        return name == _HAMLET

    def is_named(self, rue: str) -> bool:
        """Tell whether words before a commune's name are a street with a name of its own.

        Parameters
        ----------
        rue : str
            Normalised.

        Returns
        -------
        bool
            False for ``5 rue de`` and ``4 rue saint``: what follows is rather the street's name,
            as in rue de Dole.
        """
        street = next(iter(self.streets(rue)), "")
        voie = split_street(street, self.words).voie.split()
        words = [word for word in voie if word not in LINKS]
        last = rue.rpartition(" ")[2]
        return len(words) > 1 and last not in LINKS and last not in self.words.telling

    def served(self, postcode: str) -> set[str]:
        """List what a postal code serves.

        Parameters
        ----------
        postcode : str
            Five digits.

        Returns
        -------
        set of str
            INSEE codes of arrondissements and of communes, Paris, Lyon and Marseille included.
        """
        codes = self._store.communes_of_postcode(postcode)
        return {*codes, *map(commune_of, codes)}

    def known(self, ville: str) -> bool:
        """Tell whether a place has a name.

        Parameters
        ----------
        ville : str
            Normalised.

        Returns
        -------
        bool
            True for former communes too.
        """
        return bool(self.named(ville))

    def named(self, ville: str) -> list[Lieu]:
        """List the places that have a name.

        Parameters
        ----------
        ville : str
            Normalised.

        Returns
        -------
        list of Lieu
            Each once. A name may lack its article (``mans``), unless too little is left of it:
            ``saint`` is rather cut short than Le Saint.
        """
        found = self._store.lieux([ville])
        if ville in self.words.telling:
            found = [(norm, lieu) for norm, lieu in found if self.norm(lieu.nom) == ville]
        city, _, last = ville.rpartition(" ")
        number = _ROMAN.get(last) or _ROMAN.get(_ROMAN_ENDING.sub("", last))
        if not found and number:
            found = self._store.lieux([f"{city} {number}"])
        for pattern in _ARRONDISSEMENTS if not found else ():
            if match := pattern.match(ville):
                found = self._store.lieux([f"{match['city']} {match['n']}"])
        lieux = [lieu for _, lieu in found]
        return list({(lieu.nature, lieu.code): lieu for lieu in lieux}.values())

    def endings(self, words: str) -> list[tuple[str, Lieu]]:
        """List the places whose name ends a text, with what comes before it.

        Parameters
        ----------
        words : str
            Normalised.

        Returns
        -------
        list of tuple
            The rest of the text, which is not empty, and the place; most populated first.
        """
        tokens = words.split()
        endings = [" ".join(tokens[i:]) for i in range(1, len(tokens))]
        hits = self._store.lieux(endings) if endings else []
        return [(words[: -len(norm)].strip(), lieu) for norm, lieu in hits]

    def heads(self, words: str) -> list[tuple[str, Lieu]]:
        """List the places whose name starts a text, with the street that comes after it.

        Parameters
        ----------
        words : str
            Normalised: ``bondy 12 allee racine``.

        Returns
        -------
        list of tuple
            The street, which starts as one, and the place; most populated first.
        """
        tokens = words.split()
        cuts = [i for i in range(1, len(tokens) - 1) if self.is_street(tokens[i:])]
        return [
            (" ".join(tokens[i:]), lieu) for i in cuts for lieu in self.named(" ".join(tokens[:i]))
        ]

    def streets(self, rue: str) -> list[str]:
        """List the ways to read a street address: all of it, or without what is beside it.

        Parameters
        ----------
        rue : str
            Normalised: ``residence des lilas 12 bis rue de metz batiment b bp 12``.

        Returns
        -------
        list of str
            Likeliest first: ``12 bis rue de metz``, then longer ones.
        """
        tokens = self._outside(_RANGE.sub(r"\1 \2", rue).split())
        if not tokens:
            return [rue] if rue else []
        numbered = [i for i in range(len(tokens)) if self._is_number(tokens, i)]
        typed = [i for i in range(1, len(tokens)) if tokens[i] in self.words.street_types]
        starts = [*numbered, 0] if numbered else [0, *typed]
        return list(dict.fromkeys(" ".join(tokens[i:]) for i in starts))

    def _is_number(self, tokens: Sequence[str], i: int) -> bool:
        """Tell whether a street's address starts at a word: a number, then a type of street."""
        ahead = tokens[i + 1 : i + 3]
        return tokens[i][:1].isdigit() and any(word in self.words.street_types for word in ahead)

    def _outside(self, tokens: Sequence[str]) -> list[str]:
        """Leave out mailboxes, and what is inside a building where it follows the street."""
        kept: list[str] = []
        skip = False
        for i, token in enumerate(tokens):
            if skip:
                skip = False
                continue
            if token in self.words.boxes and i + 1 < len(tokens) and tokens[i + 1].isdigit():
                skip = True
                continue
            if token in self.words.inside and self.is_street(kept) and len(kept) > 2:
                break
            kept.append(token)
        return kept


def lieu_of(store: Store, code: str) -> Lieu | None:
    """Give the place of a commune or arrondissement of today.

    Parameters
    ----------
    store : Store
        Where names are.
    code : str
        INSEE code.

    Returns
    -------
    Lieu or None
        None where no commune has that code.
    """
    for sub in store.sub_commune(code):
        if sub.nature == "ARM":
            return sub._replace(nature="arrondissement")
    nom = store.commune_name(code)
    return Lieu("commune", nom, code, code, None) if nom else None


def without_article(norm: str) -> str:
    """Leave out the article before a name.

    Parameters
    ----------
    norm : str
        Normalised.

    Returns
    -------
    str
        ``reunion`` for ``la reunion``; the last word at the least.
    """
    words = norm.split()
    while len(words) > 1 and words[0] in LINKS:
        words.pop(0)
    return " ".join(words)

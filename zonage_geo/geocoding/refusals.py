"""Why a text designates no place, in French, and the places that come nearest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zonage_geo.catalog.model import Catalog, Outside
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.french import situated
from zonage_geo.geocoding.ban import Ban
from zonage_geo.geocoding.likeness import LINKS
from zonage_geo.geocoding.model import OutOfScopeError
from zonage_geo.geocoding.names import without_article
from zonage_geo.geocoding.reading import Parsed, Reader
from zonage_geo.normalise import split_street
from zonage_geo.store.query import Lieu, Store
from zonage_geo.territory import departement_of

__all__ = ["Refusals", "uncovered_code"]

SHOWN = 5
POOL = 60
ALIKE = 0.6
"""Below this likeness, by ``difflib``, a name has too little in common to be offered."""
NAMED = 0.95
"""Likeness of a name to a longer one that holds all of its words: Luchon, Cherbourg."""
GAP = 0.25
"""Nor is one that is so much less alike than the best."""
NEAR_TERRITORY = 0.85
_LEADS = ("departement", "region", "collectivite", "territoire")


class Refusals:
    """Say why not, by what the store and the catalogue know.

    Parameters
    ----------
    store : Store
        Names, codes, postal codes.
    catalog : Catalog
        For the words of addresses and the names of territories.
    reader : Reader
        Of the same store.
    ban : Ban, optional
        Addresses, of which some may be offered.
    """

    def __init__(
        self, store: Store, catalog: Catalog, reader: Reader, ban: Ban | None = None
    ) -> None:
        self._store = store
        self._departements = catalog.departements
        self._outside = catalog.outside
        self._words = catalog.words
        self._reader = reader
        self._ban = ban

    def departement(self, commune: str) -> str:
        """Name the département of a commune.

        Parameters
        ----------
        commune : str
            Its code.

        Returns
        -------
        str
            The département's code where it has no name.
        """
        code = departement_of(commune)
        known = self._departements.get(code)
        return known.nom if known else code

    def names(self, lieux: Iterable[Lieu]) -> str:
        """Name places in a sentence.

        Parameters
        ----------
        lieux : iterable of Lieu
            The places.

        Returns
        -------
        str
            ``Foix (Ariège), Arabaux (Ariège)``.
        """
        return ", ".join(situated(lieu.nom, self.departement(lieu.commune)) for lieu in lieux)

    def several(self, text: str, lieux: Sequence[Lieu], why: str) -> PlaceNotFoundError:
        """Say that several places answer to a text.

        Parameters
        ----------
        text : str
            As it was typed.
        lieux : sequence of Lieu
            The places.
        why : str
            What makes it so, in French.

        Returns
        -------
        PlaceNotFoundError
            To be raised; it offers them.
        """
        territory = self._territory(self._reader.norm(text))
        also = f" S'il s'agit du territoire : {territory.partition(' : ')[2]}" if territory else ""
        if (place := self._outside_named(self._reader.norm(text))) is not None:
            also += f" La collectivité de ce nom, elle, n'est pas couverte ({place.code})."
        return PlaceNotFoundError(
            f"« {text.strip()} » : {why}. Ajoutez le code postal ou le département, par exemple "
            f"« {lieux[0].nom}, {self.departement(lieux[0].commune)} ».{also}",
            self._offer(lieux[: 2 * SHOWN]),
        )

    def unknown(self, text: str, parsed: Parsed) -> PlaceNotFoundError:
        """Say that no commune has the name that a text gives.

        Parameters
        ----------
        text : str
            As it was typed.
        parsed : Parsed
            The same, taken apart.

        Returns
        -------
        PlaceNotFoundError
            To be raised; it offers the nearest names, after the street that the text has.
        """
        ville, _, territory = parsed.ville.partition(" / ")
        if (why := self._other_than_a_commune(parsed)) is not None:
            return OutOfScopeError(f"« {text.strip()} » : {why}")
        if len(ville) == 4 and self._store.communes_of_postcode(f"0{ville}"):
            street = _as_typed(text, parsed, self._reader)
            why = "le zéro initial du code postal manque-t-il ?"
            offer = ", ".join(filter(None, (street, f"0{ville}")))
            return PlaceNotFoundError(f"« {text.strip()} » : {why}", (offer,))
        if self._territory(ville) is not None and self._reader.is_street(parsed.rue.split()):
            return PlaceNotFoundError(
                f"« {text.strip()} » : il manque la commune, car {_as_last_typed(text)} est un "
                "territoire. Ajoutez-la, ou le code postal."
            )
        closest = self._closest(ville, parsed.postcode)
        if (there := self._reader.territories.get(territory)) is not None:
            closest = [one for one in closest if departement_of(one[1].commune) in there]
        if not parsed.rue and (near := self._near_territory(ville, closest)) is not None:
            return OutOfScopeError(f"« {text.strip()} » : commune introuvable. {near}")
        ends = [lieu for rest, lieu in self._reader.endings(ville) if rest.split()[-1] in LINKS]
        near_by = [*ends[:2], *(lieu for _, lieu in closest)]  # mairie de Foix
        if self._reader.is_street(parsed.rue.split()) and near_by:
            street = _as_typed(text, parsed, self._reader)
            offers = tuple(
                f"{street}, {lieu.nom} ({self.departement(lieu.commune)})" for lieu in near_by
            )
        else:
            offers = self._offer(near_by)
        hint = "" if offers else " Vérifiez l'orthographe, ou donnez le code INSEE (--insee)."
        return PlaceNotFoundError(
            f"« {text.strip()} » : commune introuvable.{hint}", offers[:SHOWN]
        )

    def check_covered(self, text: str, parsed: Parsed) -> None:
        """Refuse a postal code of a territory that no list here covers.

        Parameters
        ----------
        text : str
            As it was typed.
        parsed : Parsed
            The same, taken apart.

        Raises
        ------
        OutOfScopeError
            If it is one.
        """
        code = parsed.postcode
        if code is None or self._store.communes_of_postcode(code):
            return
        for one in self._outside:
            if code.startswith(one.postcodes):
                raise OutOfScopeError(f"« {text.strip()} » : {_not_covered(one)}")

    def namesakes(self, norm: str) -> tuple[str, ...]:
        """Say that a commune's name is also that of a place that no list here covers.

        Parameters
        ----------
        norm : str
            Normalised.

        Returns
        -------
        tuple of str
            One French sentence, or none.
        """
        found = self._outside_named(norm)
        if found is None:
            return ()
        return (f"Il y a un lieu du même nom hors des territoires couverts ({found.nom}).",)

    def undelimited(
        self, text: str, norm: str, endings: Sequence[tuple[str, Lieu]]
    ) -> PlaceNotFoundError:
        """Say that nothing tells where the commune's name starts in a text.

        Parameters
        ----------
        text, norm : str
            As it was typed, and normalised.
        endings : sequence of tuple
            What may be its street, and what may be its commune.

        Returns
        -------
        PlaceNotFoundError
            To be raised; it offers ways to write it, or the nearest names.
        """
        if not self._reader.is_street(norm.split()) or self._territory(norm):
            return self.unknown(text, Parsed("", norm, None, delimited=False))
        words = split_street(norm, self._words)
        offers = []
        for rest, lieu in endings[:SHOWN]:
            if self._reader.is_named(rest):
                name = norm[len(rest) :].strip()
                offers.append(f"{text.strip()[: -len(name)].strip(' ,')}, {lieu.nom}")
        if self._ban is not None:
            offers += [one.label for one in self._ban.search(words.voie.split(), SHOWN)]
        doors = self._store.adresses_like(words.voie.split(), SHOWN)
        offers += [door.label for door in doors]
        return PlaceNotFoundError(
            f"« {text.strip()} » : la commune n'est pas reconnue avec certitude. Séparez-la par "
            "une virgule ou donnez le code postal : « 1 place du Capitole, Toulouse ».",
            tuple(dict.fromkeys(offers))[:SHOWN],
        )

    def town_first(self, text: str, heads: Sequence[tuple[str, Lieu]]) -> PlaceNotFoundError:
        """Say that a commune is expected after its street.

        Parameters
        ----------
        text : str
            As it was typed.
        heads : sequence of tuple
            The street, and the places whose name comes before it.

        Returns
        -------
        PlaceNotFoundError
            To be raised; it offers the text the other way round.
        """
        _, _, tail = text.partition(",")
        offers = (
            f"{tail.strip() if self._reader.norm(tail) == rue else rue}, {lieu.nom} "
            f"({self.departement(lieu.commune)})"
            for rue, lieu in heads[:SHOWN]
        )
        return PlaceNotFoundError(
            f"« {text.strip()} » : la commune semble venir en tête, et cette adresse n'y est pas "
            "connue avec certitude. Écrivez la voie d'abord.",
            tuple(dict.fromkeys(offers)),
        )

    def _other_than_a_commune(self, parsed: Parsed) -> str | None:
        """Say so where a name is a département's, a région's, or of a place not covered."""
        name = parsed.ville.partition(" / ")[0]
        if (place := self._outside_named(name)) is not None:
            return _not_covered(place)
        return None if parsed.rue else self._territory(name)

    def _outside_named(self, norm: str) -> Outside | None:
        plain = self._plain(norm)
        for one in self._outside:
            if plain in {self._plain(name) for name in (one.nom, *one.communes)}:
                return one
        return None

    def _territory(self, norm: str) -> str | None:
        """Say which command answers about a département or a région that a text names."""
        words = norm.split()
        while words and (words[0] in _LEADS or words[0] in LINKS):
            words.pop(0)
        return self._territories().get(" ".join(words))

    def _territories(self) -> dict[str, str]:
        """Say of each territory, by its names and code, what it is and what to ask of it."""
        said = {}
        for one in self._departements.values():
            said[self._plain(one.region_nom)] = _asks(
                "une région", one.region_nom, "region", one.region
            )
        for code, one in self._departements.items():
            told = _asks("un département", one.nom, "departement", code)
            said |= {self._plain(one.nom): told, code.casefold(): told}
        return said

    def _plain(self, nom: str) -> str:
        return without_article(self._reader.norm(nom))

    def _offer(self, lieux: Iterable[Lieu]) -> tuple[str, ...]:
        offers = (f"{lieu.nom} ({self.departement(lieu.commune)}, {lieu.code})" for lieu in lieux)
        return tuple(dict.fromkeys(offers))

    def _near_territory(self, norm: str, closest: Sequence[tuple[float, Lieu]]) -> str | None:
        """Offer a territory whose name comes nearer than every commune's."""
        from difflib import get_close_matches

        said = self._territories()
        (near,) = get_close_matches(norm, said, 1, NEAR_TERRITORY) or ("",)
        if not near or (closest and closest[0][0] >= _alike(norm, near)):
            return None
        return f"Le plus proche est un territoire : {said[near]}"

    def _closest(self, ville: str, postcode: str | None) -> list[tuple[float, Lieu]]:
        """List the places whose names come nearest, those of the postal code before all others."""
        served = set(self._store.communes_of_postcode(postcode)) if postcode else set()
        asked = {*ville.split()}
        pool = [
            (NAMED if asked <= {*norm.split()} else round(_alike(ville, norm), 2), lieu)
            for norm, lieu in self._store.lieux_like(ville, POOL)
        ]
        least = max(ALIKE, max((alike for alike, _ in pool), default=0.0) - GAP)
        kept = [one for one in pool if one[0] >= least or one[1].code in served]
        kept.sort(key=lambda one: (one[1].code in served, one[0], one[1].population or 0))
        return kept[::-1]


def _alike(one: str, other: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other).ratio()


def uncovered_code(outside: Iterable[Outside], code: str) -> str | None:
    """Say so where a commune code is of a territory that no list here covers.

    Parameters
    ----------
    outside : iterable of Outside
        The catalogue's.
    code : str
        INSEE code.

    Returns
    -------
    str or None
        A French sentence.
    """
    found = next((one for one in outside if code.startswith(one.code)), None)
    return None if found is None else _not_covered(found)


def _not_covered(found: Outside) -> str:
    return (
        f"hors des territoires couverts ({found.nom}). Ceux-ci sont les départements de métropole "
        "et d'outre-mer : Guadeloupe, Martinique, Guyane, La Réunion et Mayotte."
    )


def _asks(kind: str, nom: str, option: str, code: str) -> str:
    return (
        f"c'est {kind}, {nom} ({code}), et il faut ici une adresse ou une commune. Pour tout le "
        f"territoire : python -m zonage_geo overlay --{option} {code}"
    )


def _as_last_typed(text: str) -> str:
    return text.rpartition(",")[2].strip()


def _as_typed(text: str, parsed: Parsed, reader: Reader) -> str:
    """Give the street as it was typed, where it is all that comes before the last comma."""
    head = text.rpartition(",")[0].strip()
    return head if reader.norm(head) == parsed.rue else parsed.rue

"""The offline geocoder: town halls, communes of today and of before, postal codes.

It never guesses. A commune's name is believed where it stands alone, after a comma or
beside a postal code; at the end of a street's name it is believed only if that very
street and number are known there ("12 rue Gabriel Péri" is not an address in Peri,
Corse-du-Sud). A street it does not know brings the answer down to the commune.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.geocoding.model import Candidate
from zonage_geo.normalise import normalise, split_street
from zonage_geo.store.query import Address, Lieu, Store
from zonage_geo.territory import commune_of, departement_of

__all__ = ["LocalGeocoder"]

MAX_LENGTH = 200
"""As the national geocoders: longer texts are no address."""
SHOWN = 5
POOL = 60

_SEGMENTS = re.compile(r"[,;\n\r\t]+")
_BRACKETS = re.compile(r"[()]+")
_FIVE_DIGITS = re.compile(r"\b\d{5}\b")
_SHORT_POSTCODE = re.compile(r"\A\d{4}\Z")
_POSTCODE = re.compile(r"\A\d{5}\Z")
_OFFER = re.compile(r"\A\s*(.+?)\s*\([^()]*,\s*(\d[0-9AB]\d{3})\s*\)\s*\Z")
"""A place as the messages of this module offer it: "Foix (Ariège, 09122)"."""
_TERRITORY_WORDS = 5
"""Of the longest name of a territory: Provence-Alpes-Côte d'Azur."""
_CURRENT = ("commune", "arrondissement")


class _Query(NamedTuple):
    """A text taken apart; everything normalised.

    Attributes
    ----------
    rue, ville : str
        The street part and the commune part; empty where absent.
    postcode : str or None
        Five digits.
    delimited : bool
        Whether something other than a space sets the commune apart.
    """

    rue: str
    ville: str
    postcode: str | None
    delimited: bool


class LocalGeocoder:
    """Search the store's gazetteer.

    Parameters
    ----------
    store : Store
        Where the gazetteer is.
    catalog : Catalog
        For the words of addresses and the names of départements.
    """

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._words = catalog.words
        self._departements = catalog.departements
        self._territories: dict[str, tuple[str, ...]] = {}
        for departement in catalog.departements.values():
            for nom in (departement.nom, departement.region_nom):
                key = self._norm(nom)
                self._territories[key] = (*self._territories.get(key, ()), departement.code)
            self._territories[departement.code.casefold()] = (departement.code,)

    def _norm(self, text: str) -> str:
        return normalise(text, self._words.abbreviations)

    def search(self, text: str) -> Candidate:
        """Find the one place that a text designates.

        Parameters
        ----------
        text : str
            An address, a commune's name or a postal code.

        Returns
        -------
        Candidate
            As precise as the text and the gazetteer allow.

        Raises
        ------
        InputError
            If the text is empty or longer than 200 characters.
        PlaceNotFoundError
            If no place or several answer to it; the closest are in ``candidates``.
        """
        if not any(char.isalnum() for char in text):
            raise InputError("adresse vide : donnez une adresse, une commune ou un code postal.")
        if len(text) > MAX_LENGTH:
            raise InputError(f"adresse trop longue ({len(text)} caractères, {MAX_LENGTH} au plus).")
        if _SHORT_POSTCODE.match(text.strip()):
            raise PlaceNotFoundError(
                f"« {text.strip()} » : le zéro initial du code postal manque-t-il ?",
                (text.strip().zfill(5),),
            )
        offered = self._offered(text)
        if offered is not None:
            return self._address("", offered, ())
        query = self._parse(text)
        if query.postcode and not query.ville:
            return self._postcode_only(text, query)
        if query.delimited:
            return self._in_commune(text, query)
        return self._undelimited(text, query)

    # reading the text

    def _offered(self, text: str) -> Lieu | None:
        """Recognise a place pasted as it was offered: its code is no postal code."""
        match = _OFFER.match(text)
        if match is None:
            return None
        lieux = self._named(self._norm(match[1]))
        return next((lieu for lieu in lieux if lieu.code == match[2]), None)

    def _segments(self, text: str) -> list[list[str]]:
        """Cut at commas, and at brackets unless they are in a commune's name."""
        segments = []
        for piece in _SEGMENTS.split(text):
            named = "(" in piece and self._known(self._norm(_FIVE_DIGITS.sub(" ", piece)))
            parts = [piece] if named else _BRACKETS.split(piece)
            segments += [self._tokens(part) for part in parts]
        return [tokens for tokens in segments if tokens]

    def _parse(self, text: str) -> _Query:
        segments = self._segments(text)
        if not segments:
            raise PlaceNotFoundError(f"« {text.strip()} » ne désigne aucun lieu.")
        for at, tokens in enumerate(segments):
            for i in range(len(tokens) - 1, -1, -1):
                if _POSTCODE.match(tokens[i]):
                    return self._around(segments, at, i)
        if len(segments) == 1:
            return _Query("", " ".join(segments[0]), None, delimited=False)
        *head, last = segments
        if self._is_territory(" ".join(last), head[-1], alone=len(segments) == 2):
            rue = " ".join(word for segment in head[:-1] for word in segment)
            return _Query(rue, " ".join([*head[-1], "/", *last]), None, delimited=True)
        rue = " ".join(word for segment in head for word in segment)
        return _Query(rue, " ".join(last), None, delimited=True)

    def _tokens(self, segment: str) -> list[str]:
        tokens = self._norm(segment).split()
        if "cedex" in tokens:
            tokens = tokens[: tokens.index("cedex")]
        return [] if len(tokens) == 1 and tokens[0] in self._words.ignored else tokens

    def _around(self, segments: Sequence[Sequence[str]], at: int, i: int) -> _Query:
        """Take a text apart around its postal code."""
        tokens = segments[at]
        before = [word for segment in segments[:at] for word in segment]
        after = [word for segment in segments[at + 1 :] for word in segment]
        ville = list(tokens[i + 1 :]) or after
        if ville:
            rue = [*before, *tokens[:i]]
            if not rue and tokens[i + 1 :] and " ".join(after) not in self._territories:
                rue = after  # "31000 Toulouse, 1 place du Capitole"
            return _Query(" ".join(rue), " ".join(ville), tokens[i], delimited=True)
        own = " ".join(tokens[:i])  # "Toulouse 31000", or "1 place du Capitole 31000"
        if own and self._known(own):
            return _Query(" ".join(before), own, tokens[i], delimited=True)
        if before and not own and at and self._known(" ".join(segments[at - 1])):
            rue = [word for segment in segments[: at - 1] for word in segment]
            return _Query(" ".join(rue), " ".join(segments[at - 1]), tokens[i], delimited=True)
        return _Query(" ".join([*before, *tokens[:i]]), "", tokens[i], delimited=True)

    def _is_street(self, tokens: Sequence[str]) -> bool:
        return bool(tokens) and (tokens[0].isdigit() or tokens[0] in self._words.street_types)

    def _is_territory(self, last: str, before: Sequence[str], *, alone: bool) -> bool:
        """Tell whether a text's last part says where the commune named before it is.

        Some communes are called as streets are (Grand-Charmont, Doubs) and some
        territories as communes (rue de Metz, Doubs): the name decides.
        """
        codes = self._territories.get(last, ())
        if not codes:
            return False
        lieux = self._named(" ".join(before))
        if alone and self._is_street(before):
            return any(departement_of(lieu.commune) in codes for lieu in lieux)
        return bool(lieux)

    def _known(self, ville: str) -> bool:
        return bool(self._store.lieux([ville]))

    # finding the place

    def _postcode_only(self, text: str, query: _Query) -> Candidate:
        postcode = query.postcode or ""
        codes = self._store.communes_of_postcode(postcode)
        if not codes:
            raise PlaceNotFoundError(
                f"« {text.strip()} » : aucun code postal {postcode}. S'il s'agit d'un code "
                f"INSEE de commune : python -m zonage_geo locate --insee {postcode}"
            )
        lieux = [self._lieu_of(code) for code in codes]
        if len(lieux) == 1:
            found = self._address(query.rue, lieux[0], ())
            whole = found.precision == "commune"
            return found._replace(geocoder="codes postaux") if whole else found
        note = (
            f"Le code postal {postcode} dessert {len(codes)} communes : la réponse vaut pour "
            "toutes, ou reste indéterminée. Nommez la commune pour préciser."
        )
        return Candidate(
            label=f"code postal {postcode}",
            precision="code_postal",
            geocoder="codes postaux",
            lieux=tuple(lieux),
            notes=(note,),
        )

    def _lieu_of(self, code: str) -> Lieu:
        for sub in self._store.sub_commune(code):
            if sub.nature == "ARM":
                return sub._replace(nature="arrondissement")
        return Lieu("commune", self._store.commune_name(code) or code, code, code, None)

    def _in_commune(self, text: str, query: _Query) -> Candidate:
        ville, _, territory = query.ville.partition(" / ")
        lieux = self._named(ville)
        if not lieux and not territory:
            *words, last = ville.split()
            if words and last in self._territories:
                ville, territory = " ".join(words), last
                lieux = self._named(ville)
        if not lieux:
            raise self._unknown(text, ville)
        lieux, notes = self._narrow(text, lieux, query.postcode, territory)
        lieu, homonyms = self._choose(text, lieux)
        found = self._address(query.rue, lieu, (*notes, *homonyms))
        return found._replace(to_check=self._doubt(lieu, query.postcode, ville, territory))

    def _doubt(self, lieu: Lieu, postcode: str | None, ville: str, territory: str) -> str | None:
        """Say so where the text contradicts itself, or also names a whole territory."""
        if postcode is not None:
            served = self._store.communes_of_postcode(postcode)
            if not served or {lieu.code, lieu.commune} & {*served, *map(commune_of, served)}:
                return None
            names = self._names(self._lieu_of(code) for code in served[:SHOWN])
            return f"Le code postal {postcode} est celui de {names} : le nom a été suivi."
        departements = () if territory else self._territories.get(ville, ())
        if not departements or departement_of(lieu.commune) in departements:
            return None
        return (
            f"« {lieu.nom} » est aussi le nom d'un département ou d'une région : la réponse est "
            f"celle de la commune ({self._departement(lieu.commune)})."
        )

    def _undelimited(self, text: str, query: _Query) -> Candidate:
        tokens = query.ville.split()
        if self._known(query.ville):
            return self._in_commune(text, query)
        for cut in range(1, min(_TERRITORY_WORDS, len(tokens) - 1) + 1):
            if " ".join(tokens[-cut:]) in self._territories and self._known(
                " ".join(tokens[:-cut])
            ):
                ville = " ".join([*tokens[:-cut], "/", *tokens[-cut:]])
                return self._in_commune(text, query._replace(ville=ville))
        endings = [" ".join(tokens[i:]) for i in range(1, len(tokens))]
        hits = [(norm, lieu) for norm, lieu in self._store.lieux(endings) if endings]
        found = []
        for norm, lieu in hits:
            rue = query.ville[: -len(norm)].strip()
            if self._doors(rue, lieu, exact=True):
                found.append((rue, lieu))
        communes = {lieu.commune for _, lieu in found}
        if len(communes) == 1:
            rue, lieu = max(found, key=lambda item: len(item[0]))
            return self._address(rue, lieu, ())
        raise self._undelimited_error(text, query.ville, found or [], hits)

    def _named(self, ville: str) -> list[Lieu]:
        lieux = [lieu for _, lieu in self._store.lieux([ville])]
        return list({(lieu.nature, lieu.code): lieu for lieu in lieux}.values())

    def _narrow(
        self, text: str, lieux: list[Lieu], postcode: str | None, territory: str
    ) -> tuple[list[Lieu], tuple[str, ...]]:
        """Keep the places that fit the postal code and the département given."""
        if territory:
            codes = self._territories[territory]
            kept = [lieu for lieu in lieux if departement_of(lieu.commune) in codes]
            if not kept:
                raise self._several(text, lieux, "ce nom existe, mais pas là")
            lieux = kept
        if postcode is None:
            return lieux, ()
        served = self._store.communes_of_postcode(postcode)
        cities = {sub.commune: code for code in served for sub in self._store.sub_commune(code)}
        kept = [lieu for lieu in lieux if lieu.code in served or lieu.commune in served]
        for lieu in lieux:
            if lieu not in kept and lieu.code in cities:  # "75001 Paris"
                kept.append(self._lieu_of(cities[lieu.code]))
        if kept:
            return kept, ()
        near = [lieu for lieu in lieux if _same_departement(postcode, lieu.commune)]
        if not near:
            raise self._several(text, lieux, f"le code postal {postcode} n'est pas le sien")
        note = (
            f"Le code postal {postcode} n'est pas parmi ceux de la commune connus ici : il n'a "
            "servi qu'à vérifier le département."
        )
        return near, (note,)

    def _choose(self, text: str, lieux: list[Lieu]) -> tuple[Lieu, tuple[str, ...]]:
        """Choose among homonyms: a commune of today before the old ones, never among equals."""
        current = [lieu for lieu in lieux if lieu.nature in _CURRENT]
        old = [lieu for lieu in lieux if lieu.nature not in _CURRENT]
        pool = current or list({lieu.commune: lieu for lieu in old}.values())
        if len(pool) > 1:
            raise self._several(text, pool, f"{len(pool)} communes portent ce nom")
        chosen = pool[0]
        others = [lieu for lieu in old if lieu.commune != chosen.commune]
        if not others:
            return chosen, ()
        return chosen, (f"Aussi d'anciennes communes de ce nom : {self._names(others)}.",)

    # the address in its commune

    def _doors(self, rue: str, lieu: Lieu, *, exact: bool) -> list[Address]:
        street = split_street(rue, self._words)
        if not street.voie or (lieu.nature not in _CURRENT and lieu.code != lieu.commune):
            return []  # the town halls of former communes are not known: a namesake is elsewhere
        doors = self._store.adresses_of(lieu.commune, street.voie)
        if lieu.nature == "arrondissement":
            doors = [door for door in doors if door.arrondissement == lieu.code]
        if street.numero is not None or exact:
            doors = [door for door in doors if door.numero == street.numero]
        return doors

    def _address(self, rue: str, lieu: Lieu, notes: tuple[str, ...]) -> Candidate:
        doors = self._doors(rue, lieu, exact=False)
        if not rue or not doors:
            label = f"{lieu.nom} ({self._departement(lieu.commune)})"
            if rue:
                note = (
                    "Cette voie ou ce numéro n'est pas dans les adresses connues hors ligne "
                    "(les mairies) : la réponse vaut pour toute la commune."
                )
                notes = (*notes, note)
            return Candidate(label, "commune", "communes", (lieu,), notes=notes)
        door = doors[0]
        with_number = split_street(rue, self._words).numero is not None
        if door.arrondissement is not None and with_number:  # a street may cross several
            lieu = self._lieu_of(door.arrondissement)
        return Candidate(
            label=door.label,
            precision="numero" if with_number else "voie",
            geocoder="mairies",
            lieux=(lieu,),
            lon=door.lon,
            lat=door.lat,
            notes=notes,
        )

    # saying why not

    def _departement(self, commune: str) -> str:
        code = departement_of(commune)
        known = self._departements.get(code)
        return known.nom if known else code

    def _names(self, lieux: Iterable[Lieu]) -> str:
        return ", ".join(f"{lieu.nom} ({self._departement(lieu.commune)})" for lieu in lieux)

    def _offer(self, lieux: Iterable[Lieu]) -> tuple[str, ...]:
        offers = (f"{lieu.nom} ({self._departement(lieu.commune)}, {lieu.code})" for lieu in lieux)
        return tuple(dict.fromkeys(offers))

    def _several(self, text: str, lieux: Sequence[Lieu], why: str) -> PlaceNotFoundError:
        return PlaceNotFoundError(
            f"« {text.strip()} » : {why}. Ajoutez le code postal ou le département, par exemple "
            f"« {lieux[0].nom}, {self._departement(lieux[0].commune)} ».",
            self._offer(lieux[: 2 * SHOWN]),
        )

    def _unknown(self, text: str, ville: str) -> PlaceNotFoundError:
        closest = self._closest(ville)
        hint = "" if closest else " Vérifiez l'orthographe, ou donnez le code INSEE (--insee)."
        return PlaceNotFoundError(f"« {text.strip()} » : commune introuvable.{hint}", closest)

    def _closest(self, ville: str) -> tuple[str, ...]:
        from difflib import SequenceMatcher

        def likeness(item: tuple[str, Lieu]) -> tuple[float, int]:
            ratio = SequenceMatcher(None, ville, item[0]).ratio()
            return round(ratio, 2), item[1].population or 0

        pool = sorted(self._store.lieux_like(ville, POOL), key=likeness, reverse=True)
        return self._offer(lieu for _, lieu in pool)[:SHOWN]

    def _undelimited_error(
        self,
        text: str,
        norm: str,
        found: Sequence[tuple[str, Lieu]],
        hits: Sequence[tuple[str, Lieu]],
    ) -> PlaceNotFoundError:
        if found:
            return self._several(text, [lieu for _, lieu in found], "plusieurs adresses possibles")
        words = split_street(norm, self._words)
        if not self._is_street(norm.split()):
            return self._unknown(text, norm)
        offers = []
        for name, lieu in hits[:SHOWN]:
            rue = norm[: -len(name)].split()
            if len(rue) > 1 and rue[-1] not in _LINKS:
                offers.append(f"{text.strip()[: -len(name)].strip(' ,')}, {lieu.nom}")
        doors = self._store.adresses_like(words.voie.split(), SHOWN)
        offers += [door.label for door in doors]
        return PlaceNotFoundError(
            f"« {text.strip()} » : la commune n'est pas reconnue avec certitude. Séparez-la par "
            "une virgule ou donnez le code postal : « 1 place du Capitole, Toulouse ».",
            tuple(dict.fromkeys(offers))[:SHOWN],
        )


_LINKS = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "a", "au", "aux", "et", "sur"})


def _same_departement(postcode: str, commune: str) -> bool:
    departement = departement_of(commune)
    if departement in ("2A", "2B"):
        return postcode.startswith("20")
    return postcode.startswith(departement)

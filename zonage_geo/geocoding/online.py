"""Online first, then what is known here, then the commune: `auto`; and what is told of it.

A text that only names a commune or a postal code is answered here: nothing is sent. An
address is, and that is said once. Whatever the server does, there is an answer, as precise as
what is known on this machine allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from zonage_geo.catalog.model import Catalog
from zonage_geo.geocoding.asking import Asked
from zonage_geo.geocoding.decide import Question
from zonage_geo.geocoding.local import LocalGeocoder
from zonage_geo.geocoding.model import NO_FILTER, Candidate, Filters, OutOfScopeError
from zonage_geo.geocoding.streets import Streets
from zonage_geo.store.query import Store
from zonage_geo.territory import ARRONDISSEMENT_CITIES

if TYPE_CHECKING:
    from zonage_geo.geocoding.client import Answer, Client, CsvQuestion

__all__ = ["AutoGeocoder", "Online", "Tell"]

Tell = Callable[[str], None]
"""Told a French sentence that is to be read."""
RETRY_S = 60.0
"""A server that failed is left alone for that long."""
OFFICIAL, CHOSEN = "geoplateforme", "geocodeur"
"""What the online geocoder is called in an answer: the catalogue's, or another that was set."""
NOT_FOUND = (
    "Cette voie n'a été trouvée ni en ligne, ni dans les adresses connues ici : la réponse vaut "
    "pour toute la commune."
)


class Online:
    """The online geocoder's part: what is asked of it, and what is made of its answer.

    Parameters
    ----------
    store : Store
        For the names of communes.
    catalog : Catalog
        For how far it is believed.
    local : LocalGeocoder
        Reads texts.
    make : callable
        Makes the client, which is slow to import, when it is first needed.
    """

    def __init__(
        self, store: Store, catalog: Catalog, local: LocalGeocoder, make: Callable[[], Client]
    ) -> None:
        self._store = store
        self._official = catalog.service.url
        self._streets = Streets(store, catalog)
        self._local = local
        self._make = make
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """What asks the server."""
        if self._client is None:
            self._client = self._make()
        return self._client

    def wanted(self, asked: Asked) -> CsvQuestion:
        """Write what is asked of the server: the address, and what limits it for certain.

        Parameters
        ----------
        asked : Asked
            A text that was read.

        Returns
        -------
        CsvQuestion
            With the commune's code where one is certain, else the postal code.
        """
        from zonage_geo.geocoding.client import CsvQuestion

        room = self.client.service.max_chars
        if not asked.lieux:
            text = " ".join(asked.text.split())
            start = next((i for i, char in enumerate(text) if char.isalnum()), len(text))
            return CsvQuestion(text[start : start + room])
        rue = (self._local.reader.streets(asked.rue) or [asked.rue])[0]
        known = asked.postcode is not None and bool(
            self._store.communes_of_postcode(asked.postcode)
        )
        postcode = asked.postcode if known and asked.postcode else ""
        if len(asked.lieux) > 1:
            return CsvQuestion(f"{rue} {postcode}"[:room], postcode=postcode)
        (lieu,) = asked.lieux
        if asked.to_check:
            postcode = ""  # the text contradicts itself: its name was followed
        text = " ".join(filter(None, (rue, postcode, lieu.nom)))[:room]
        if lieu.nature == "arrondissement":
            return CsvQuestion(text, lieu.code)
        if lieu.commune in ARRONDISSEMENT_CITIES:
            return CsvQuestion(text, postcode=postcode)
        return CsvQuestion(text, lieu.commune)

    def ask(self, wanted: CsvQuestion, *, patient: bool = False) -> Answer:
        """Ask for one address.

        Parameters
        ----------
        wanted : CsvQuestion
            As `wanted` writes it.
        patient : bool
            As ``Client.search`` takes it.

        Returns
        -------
        Answer
            Proposals.
        """
        return self.client.search(
            wanted.q,
            citycode=wanted.citycode or None,
            postcode=wanted.postcode or None,
            patient=patient,
        )

    def candidate(self, asked: Asked, question: Question, answer: Answer) -> Candidate | None:
        """Decide on what the server proposes.

        Parameters
        ----------
        asked : Asked
            What is asked.
        question : tuple of Reading
            The same, for `decide`.
        answer : Answer
            Proposals.

        Returns
        -------
        Candidate or None
            None where nothing comes near.

        Raises
        ------
        SeveralPlacesError
            If several are as likely, or the likeliest is not sure.
        """
        who = OFFICIAL if self.client.service.url == self._official else CHOSEN
        return self._streets.candidate(asked, question, answer.proposals, who, answer.as_of)


class AutoGeocoder:
    """Ask online, then here.

    Parameters
    ----------
    local : LocalGeocoder
        What is known here.
    online : Online
        The rest.
    tell : callable
        Told once that an address was sent, and once that the server fails.
    clock : callable
        Gives seconds that go by.
    """

    def __init__(
        self,
        local: LocalGeocoder,
        online: Online,
        tell: Tell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.local = local
        self.online = online
        self._tell = tell
        self._clock = clock
        self._told = self._told_down = False
        self._down_until = float("-inf")

    def search(self, text: str, filters: Filters = NO_FILTER) -> Candidate:
        """Find the one place that a text designates.

        Parameters
        ----------
        text : str
            An address, a commune's name or a postal code.
        filters : Filters
            What is known besides.

        Returns
        -------
        Candidate
            As precise as the text allows, and what could be asked.

        Raises
        ------
        InputError
            If the text is empty or too long.
        PlaceNotFoundError
            If no place or several answer to it.
        """
        asked = self.local.ask(text, filters)
        if not self.is_sent(asked) or self.is_down():
            return self.local.answer(asked)
        from zonage_geo.download.common import BrokenError, RefusedError

        question = self.local.question(asked)
        try:
            answer = self.online.ask(self.online.wanted(asked))
        except (BrokenError, RefusedError) as error:
            self.failed(str(error))
            return self.local.answer(asked)
        if not answer.kept:
            self.sent()
        found = self.online.candidate(asked, question, answer)
        return found or self.local.answer(asked, NOT_FOUND)

    def is_sent(self, asked: Asked) -> bool:
        """Tell whether a text is an address that is worth asking for elsewhere.

        Parameters
        ----------
        asked : Asked
            A text that was read.

        Returns
        -------
        bool
            False for the name of a commune, of several too, of a territory, and for a postal
            code.
        """
        if asked.lieux:
            return bool(asked.rue)
        if isinstance(asked.error, OutOfScopeError):
            return False
        if not any(char.isalpha() for char in asked.rue):
            return False  # a code that nothing here has
        streets = self.local.reader.streets(asked.rue)
        if any(self.local.reader.is_street(street.split()[:1]) for street in streets):
            return len(asked.rue.split()) > 1
        return asked.error is None or not asked.error.candidates

    def is_down(self) -> bool:
        """Tell whether the server failed a moment ago.

        Returns
        -------
        bool
            True for a while: it is not to be asked.
        """
        return self._clock() < self._down_until

    def sent(self) -> None:
        """Say, once, that addresses leave the machine."""
        if not self._told:
            self._told = True
            self._tell(
                f"adresse envoyée à {self.online.client.host} "
                f"({self.online.client.service.title}). Pour ne rien envoyer : --offline, ou "
                "ZONAGE_GEO_OFFLINE=1."
            )

    def failed(self, why: str) -> None:
        """Say, once, that the server fails, and leave it alone for a while.

        Parameters
        ----------
        why : str
            In French.
        """
        self._down_until = self._clock() + RETRY_S
        if self._told_down:
            return
        self._told_down = True
        self._tell(
            f"pas de géocodage en ligne : {why.partition(' (pas de réseau')[0]}. "
            "--offline évite l'essai."
        )

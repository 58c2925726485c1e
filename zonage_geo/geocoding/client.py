"""The Géoplateforme's geocoder, or any addok: asked politely, its answers checked.

Both speak the same way, but for details: columns are read by their name, coordinates by
theirs, errors in either form. What an answer lacks is left out; what is no answer is refused.
"""

from __future__ import annotations

import csv
import io
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from math import isfinite
from typing import Any, NamedTuple, TypeVar

import requests
from urllib3.exceptions import HTTPError

from zonage_geo.catalog.model import Service, Words
from zonage_geo.download.common import BrokenError, RefusedError, shown
from zonage_geo.download.web import PASSING, host, open_session, send, status_error
from zonage_geo.geocoding.cache import AnswerCache
from zonage_geo.geocoding.decide import Proposal
from zonage_geo.normalise import normalise, split_street

__all__ = ["Answer", "Client", "CsvQuestion"]

T = TypeVar("T")
KINDS = {
    "housenumber": "numero",
    "street": "voie",
    "locality": "lieu_dit",
    "municipality": "commune",
}
LARGEST = 200 << 20
"""No answer has more bytes: the service itself takes files of 50 MB."""


class Answer(NamedTuple):
    """What the geocoder proposes.

    Attributes
    ----------
    proposals : tuple of Proposal
        Best first.
    as_of : date
        The day it answered.
    kept : bool
        Whether that is an answer kept from before: nothing was sent.
    next_score : float or None
        Score of the first one that is not among the proposals, where it is known.
    """

    proposals: tuple[Proposal, ...]
    as_of: date
    kept: bool
    next_score: float | None = None


class CsvQuestion(NamedTuple):
    """A row of a file to geocode.

    Attributes
    ----------
    q : str
        The address.
    citycode, postcode : str
        Filters; empty where there is none.
    """

    q: str
    citycode: str = ""
    postcode: str = ""


class Client:
    """Ask a geocoder.

    Parameters
    ----------
    service : Service
        Where it is, and how it is to be asked.
    words : Words
        For the names it answers with.
    cache : AnswerCache, optional
        Where answers are kept.
    sleep : callable
        Waits some seconds.
    """

    def __init__(
        self,
        service: Service,
        words: Words,
        cache: AnswerCache | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.service = service
        self._words = words
        self._cache = cache
        self._sleep = sleep
        self._last = 0.0

    @property
    def host(self) -> str:
        """The server's name, for messages."""
        return host(self.service.url)

    # one question

    def search(
        self,
        text: str,
        *,
        citycode: str | None = None,
        postcode: str | None = None,
        patient: bool = False,
    ) -> Answer:
        """Ask for an address.

        Parameters
        ----------
        text : str
            The address; its start and length are made to fit.
        citycode, postcode : str, optional
            What it is limited to.
        patient : bool
            Whether to wait and ask again where a failure may pass, as for a file; else the
            answer comes within the service's ``timeout_s``, all in, or not at all.

        Returns
        -------
        Answer
            Perhaps without any proposal.

        Raises
        ------
        BrokenError, RefusedError
            If there is no answer; why is in French.
        """
        start = next((i for i, char in enumerate(text) if char.isalnum()), len(text))
        q = text[start:].strip()[: self.service.max_chars]
        if len(q) < 3:
            return Answer((), date.today(), kept=True)  # noqa: DTZ011  (the user's own day)
        asked: dict[str, str | int] = {"q": q, "limit": self.service.limit}
        asked |= {"citycode": citycode} if citycode else {}
        asked |= {"postcode": postcode} if postcode else {}
        return self._features("search", asked, patient=patient)

    def reverse(self, lon: float, lat: float, *, patient: bool = False) -> Answer:
        """Ask for the addresses near a point.

        Parameters
        ----------
        lon, lat : float
            Degrees, EPSG:4326.
        patient : bool
            As for `search`.

        Returns
        -------
        Answer
            The nearest first.

        Raises
        ------
        BrokenError, RefusedError
            If there is no answer.
        """
        asked = {"lon": round(lon, 6), "lat": round(lat, 6), "limit": self.service.limit}
        return self._features("reverse", asked, patient=patient)

    def _features(self, action: str, asked: Mapping[str, Any], *, patient: bool) -> Answer:
        url = f"{self.service.url}/{action}"
        question = AnswerCache.question(url, **asked)
        kept = self._cache.get(question) if self._cache else None
        if kept is not None:
            return Answer(self._proposals(kept.text), _day(kept.at), kept=True)

        def ask(timeout_s: float) -> str:
            return self._body("GET", f"{url}/", timeout_s, params=asked)

        if patient:
            text = self._again(lambda: ask(self.service.batch_timeout_s))
        else:
            text = _within(self.service.timeout_s, ask, self.host)
        proposals = self._proposals(text)  # what is no answer is not kept
        if self._cache:
            self._cache.put({question: text})
        return Answer(proposals, _day(time.time()), kept=False)

    def _proposals(self, text: str) -> tuple[Proposal, ...]:
        try:
            features = json.loads(text)["features"]
            found = [self._proposal(feature) for feature in features]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            msg = f"la réponse de {self.host} n'est pas celle d'un géocodeur"
            raise RefusedError(msg) from error
        return tuple(one for one in found if one is not None)

    def _proposal(self, feature: Mapping[str, Any]) -> Proposal | None:
        properties = feature["properties"]
        lon, lat = feature["geometry"]["coordinates"][:2]
        return self._made({**properties, "longitude": lon, "latitude": lat})

    def _made(self, said: Mapping[str, Any]) -> Proposal | None:
        """Make a proposal of what is said of it; nothing where that is not enough."""
        kind = KINDS.get(str(said.get("type")))
        lon, lat, score = (_number(said.get(key)) for key in ("longitude", "latitude", "score"))
        code = str(said.get("citycode") or "")
        if kind is None or lon is None or lat is None or len(code) != 5:
            return None
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            return None
        norm = normalise(str(said.get("housenumber") or ""), self._words.abbreviations)
        numero = split_street(f"{norm} x", self._words).numero if norm else None
        name = str(said.get("street") or said.get("name") or "")
        voie = normalise(name, self._words.abbreviations)
        if kind == "numero" and not said.get("street"):
            voie = split_street(voie, self._words).voie  # "1 place du Capitole", as addok names it
        return Proposal(
            label=shown(str(said.get("label") or name)),
            kind=kind,
            score=min(score or 0.0, 1.0),
            commune=code.upper(),
            numero=numero,
            voie=voie,
            lon=lon,
            lat=lat,
            part=str(said.get("oldcitycode") or "") or None,
        )

    # a file

    def csv(self, questions: Sequence[CsvQuestion]) -> list[Answer | None]:
        """Ask for the addresses of a file: what is not kept goes in pieces, each kept at once.

        Parameters
        ----------
        questions : sequence of CsvQuestion
            Rows.

        Returns
        -------
        list of Answer or None
            One a row, in the same order, with the best proposal alone; None where it could
            not be asked.

        Raises
        ------
        BrokenError, RefusedError
            If a piece has no answer after all attempts; those before it are kept.
        """
        url = f"{self.service.url}/search/csv"
        keys = [AnswerCache.question(url, **row._asdict()) for row in questions]
        kept = self._cache.get_many(keys) if self._cache else {}
        said = {key: (json.loads(one.text), one.at) for key, one in kept.items()}
        left = {
            key: row for key, row in zip(keys, questions, strict=True)
            if key not in said and _is_askable(row)
        }  # fmt: skip
        for piece in self._pieces(left):
            rows = self._again(lambda piece=piece: self._piece(url, [*piece.values()]))  # type: ignore[misc]
            if self._cache:
                self._cache.put({k: json.dumps(r) for k, r in zip(piece, rows, strict=True)})
            said |= {key: (row, 0.0) for key, row in zip(piece, rows, strict=True)}
        return [self._row_answer(*said[key]) if key in said else None for key in keys]

    def _pieces(self, rows: Mapping[str, CsvQuestion]) -> list[dict[str, CsvQuestion]]:
        pieces: list[dict[str, CsvQuestion]] = []
        size = self.service.piece_bytes + 1
        for key, row in rows.items():
            length = len(row.q.encode()) + 20
            full = size + length > self.service.piece_bytes
            if full or len(pieces[-1]) >= self.service.piece_rows:
                pieces.append({})
                size = 0
            pieces[-1][key] = row
            size += length
        return pieces

    def _piece(self, url: str, rows: Sequence[CsvQuestion]) -> list[dict[str, str]]:
        """Send some rows; give what is said of each, by the names of the columns."""
        stream = io.StringIO()
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(["zg_ligne", *CsvQuestion._fields])
        writer.writerows([number, *row] for number, row in enumerate(rows))
        form: list[tuple[str, tuple[str | None, str | bytes] | tuple[str, bytes, str]]] = [
            ("data", ("adresses.csv", stream.getvalue().encode("utf-8"), "text/csv")),
            ("columns", (None, "q")),
        ]
        form += [
            (name, (None, name))
            for name in ("citycode", "postcode")
            if any(getattr(row, name) for row in rows)
        ]
        text = self._body("POST", f"{url}/", self.service.batch_timeout_s, files=form)
        try:
            answered = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
            by_row = {int(row["zg_ligne"]): row for row in answered}
            ordered = [by_row[number] for number in range(len(rows))]
        except (csv.Error, KeyError, ValueError, TypeError) as error:
            msg = f"la réponse de {self.host} n'a pas les lignes du fichier envoyé"
            raise RefusedError(msg) from error
        wanted = ("latitude", "longitude")
        return [
            {k: v for k, v in row.items()
             if k and v and (k.startswith("result_") or k in wanted)}
            for row in ordered
        ]  # fmt: skip

    def _row_answer(self, row: Mapping[str, str], at: float) -> Answer:
        said: dict[str, Any] = {key.removeprefix("result_"): text for key, text in row.items()}
        found = self._made(said) if said.get("status", "ok") == "ok" else None
        day = _day(at or time.time())
        following = _number(said.get("score_next"))
        return Answer((found,) if found else (), day, kept=bool(at), next_score=following)

    # the wire

    def _body(self, method: str, url: str, timeout_s: float, **content: Any) -> str:  # noqa: ANN401
        """Ask once, no sooner than is polite; give the body of a good answer."""
        pause = self._last + 1.0 / self.service.requests_per_second - time.monotonic()
        if pause > 0:
            self._sleep(pause)
        self._last = time.monotonic()
        with (
            open_session() as session,
            send(session, method, url, timeout_s, **content) as response,
        ):
            body = _read(response)
            if response.status_code == 200:
                return body.decode("utf-8-sig", "replace")
            if response.status_code in PASSING:
                raise status_error(response)
            why = _told(body)
            raise RefusedError(f"{host(url)} refuse la demande (code {response.status_code}{why})")

    def _again(self, ask: Callable[[], T]) -> T:
        """Ask again where a failure may pass, after as long as the server wants."""
        for attempt in range(1, self.service.attempts + 1):
            try:
                return ask()
            except BrokenError as broken:
                wait_s = 2.0 ** (attempt - 1) if broken.wait_s is None else broken.wait_s
                if wait_s > self.service.max_wait_s:
                    msg = f"{broken} ; il demande d'attendre {wait_s:.0f} s"
                    raise RefusedError(msg) from broken
                if attempt == self.service.attempts:
                    msg = f"{broken}, {attempt} essais faits"
                    raise RefusedError(msg) from broken
                self._sleep(wait_s)
        raise AssertionError  # attempts are at least one


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    try:
        for chunk in response.iter_content(1 << 16):
            body += chunk
            if len(body) > LARGEST:
                msg = f"la réponse de {host(response.url)} est démesurée"
                raise RefusedError(msg)
    except (requests.exceptions.RequestException, HTTPError) as error:
        msg = f"{host(response.url)} a coupé sa réponse"
        raise BrokenError(msg) from error
    return bytes(body)


def _told(body: bytes) -> str:
    """Give what the server says of an error, in either of the forms known."""
    try:
        said = json.loads(body)
        texts = [said.get(key) for key in ("message", "title", "description")]
    except (ValueError, AttributeError, RecursionError):
        return ""
    told = " ".join(str(text) for text in texts if text)
    return f" : {shown(told)}" if told else ""


def _within(limit_s: float, ask: Callable[[float], str], server: str) -> str:
    """Ask, and give up after a time: neither a name that is sought nor dripped bytes hold us."""
    outcome: list[str | BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            outcome.append(ask(limit_s))
        except (BrokenError, RefusedError) as error:
            outcome.append(error)
        finally:
            done.set()

    threading.Thread(target=work, daemon=True).start()
    if not done.wait(limit_s) or not outcome:
        msg = f"{server} n'a pas répondu à temps (délai : {limit_s:g} s)"
        raise BrokenError(msg)
    (found,) = outcome
    if isinstance(found, BaseException):
        raise found
    return found


def _is_askable(row: CsvQuestion) -> bool:
    return len(row.q) >= 3 and row.q[:1].isalnum()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _day(at: float) -> date:
    return date.fromtimestamp(at)  # noqa: DTZ012  (the user's own day)

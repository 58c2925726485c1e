"""One question to a web server: redirects followed with care, every failure in French."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from zonage_geo.download.common import BrokenError, RefusedError, shown
from zonage_geo.download.names import utf8

__all__ = ["address_fault", "ask", "host", "open_session", "send", "status_error"]

MAX_CONNECT_S = 10.0
MAX_REDIRECTS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 429, 500, 502, 503, 504})
STATUS = {
    401: "le serveur demande un mot de passe",
    403: "le serveur en refuse l'accès",
    404: "le fichier n'est pas (ou plus) à cette adresse",
    407: "le proxy demande un mot de passe",
    410: "le fichier n'est plus à cette adresse",
    429: "le serveur reçoit trop de demandes",
    511: "le réseau demande d'abord de s'identifier dans un navigateur",
}


class _Session(requests.Session):
    """Requests left to itself reads the body of a redirect, however large."""

    def get_redirect_target(self, _: requests.Response) -> str | None:
        return None


def open_session() -> requests.Session:
    """Open a session that says who asks, and wants files as they are.

    Returns
    -------
    requests.Session
        To be closed; it follows the environment's proxies and certificates.
    """
    session = _Session()
    session.headers["Connection"] = "close"  # at once, not when an error's frames are dropped
    try:
        session.headers["User-Agent"] = f"zonage_geo/{version('zonage_geo')}"
    except PackageNotFoundError:  # a copy that is not installed
        session.headers["User-Agent"] = "zonage_geo"
    session.headers["Accept-Encoding"] = "identity"  # ranges and checksums are of such bytes
    return session


def host(url: str) -> str:
    """Name the server of an address.

    Parameters
    ----------
    url : str
        The address.

    Returns
    -------
    str
        For messages.
    """
    return urlsplit(url).hostname or url


def address_fault(url: str, before: str = "") -> str | None:
    """Say why an address is not to be asked.

    Parameters
    ----------
    url : str
        The address.
    before : str, optional
        The one that led to it.

    Returns
    -------
    str or None
        In French; None where it may be asked.
    """
    try:
        parts = urlsplit(url)
        web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        web = False
    if not web:
        return f"« {shown(url)} » n'est pas une adresse http ou https"
    if parts.scheme == "http" and urlsplit(before).scheme == "https":
        return f"« {shown(url)} » n'est plus une adresse chiffrée (https)"
    return None


def ask(
    session: requests.Session, url: str, headers: Mapping[str, str], timeout_s: float
) -> requests.Response:
    """Ask for a file, and follow the redirects that may be followed.

    Parameters
    ----------
    session : requests.Session
        As `open_session` gives it.
    url : str
        Where the file is.
    headers : mapping
        Sent to each server on the way.
    timeout_s : float
        Longest silence that is borne.

    Returns
    -------
    requests.Response
        Of any status but a redirect; its body is not read.

    Raises
    ------
    RefusedError
        If there is no use in asking again.
    BrokenError
        If there may be.
    """
    for _ in range(MAX_REDIRECTS):
        response = _get(session, url, headers, timeout_s)
        location = response.headers.get("Location")
        if response.status_code not in REDIRECTS or location is None:
            return response
        response.close()
        url = _target(url, utf8(location))
    msg = f"{host(url)} renvoie sans fin d'une adresse à une autre"
    raise RefusedError(msg)


def _target(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
    except ValueError:
        target = location
    if fault := address_fault(target, url):
        msg = f"{host(url)} renvoie ailleurs, mais {fault}"
        raise RefusedError(msg)
    return target


def _get(
    session: requests.Session, url: str, headers: Mapping[str, str], timeout_s: float
) -> requests.Response:
    return send(session, "GET", url, timeout_s, headers=headers)


def send(
    session: requests.Session,
    method: str,
    url: str,
    timeout_s: float,
    **content: Any,  # noqa: ANN401  (as requests)
) -> requests.Response:
    """Ask a server once; redirects are not followed.

    Parameters
    ----------
    session : requests.Session
        As `open_session` gives it.
    method, url : str
        What is asked, of whom.
    timeout_s : float
        Longest silence that is borne.
    **content
        What ``requests`` takes: ``headers``, ``params``, ``data``, ``files``.

    Returns
    -------
    requests.Response
        Of any status; its body is not read.

    Raises
    ------
    RefusedError
        If there is no use in asking again.
    BrokenError
        If there may be.
    """
    connect_s = min(timeout_s, MAX_CONNECT_S)
    try:
        return session.request(
            method,
            url,
            stream=True,
            allow_redirects=False,
            timeout=(connect_s, timeout_s),
            **content,
        )
    except requests.exceptions.SSLError as error:
        msg = (
            f"la connexion chiffrée avec {host(url)} échoue (derrière un proxy qui filtre, "
            "donnez son certificat par la variable REQUESTS_CA_BUNDLE)"
        )
        raise RefusedError(msg) from error
    except requests.exceptions.ProxyError as error:
        msg = "le proxy (variables HTTP_PROXY et HTTPS_PROXY) ne répond pas, ou refuse"
        raise RefusedError(msg) from error
    except requests.exceptions.Timeout as error:
        connecting = isinstance(error, requests.exceptions.ConnectTimeout)
        seconds = connect_s if connecting else timeout_s
        msg = f"{host(url)} n'a pas répondu à temps (délai : {seconds:g} s)"
        raise BrokenError(msg) from error
    except requests.exceptions.ConnectionError as error:
        msg = (
            f"{host(url)} est injoignable (pas de réseau, nom inconnu, serveur arrêté, ou proxy "
            "à déclarer par la variable HTTPS_PROXY)"
        )
        raise BrokenError(msg) from error
    except (OSError, ValueError, HTTPError) as error:
        msg = f"la demande à {host(url)} ne peut être faite ({shown(str(error))})"
        raise RefusedError(msg) from error


def status_error(response: requests.Response) -> RefusedError | BrokenError:
    """Word an answer that is not the file.

    Parameters
    ----------
    response : requests.Response
        The answer.

    Returns
    -------
    RefusedError or BrokenError
        To be raised.
    """
    status = response.status_code
    if status in STATUS:
        why = STATUS[status]
    else:
        why = "le serveur est en panne" if status >= 500 else "la réponse n'est pas un fichier"
    why = f"{why} ({host(response.url)}, code {status})"
    if status in PASSING:
        return BrokenError(why, _retry_after(response.headers.get("Retry-After", "")))
    return RefusedError(why)


def _retry_after(text: str) -> float | None:
    """Read for how many seconds the server wants to be left alone."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None

"""File names that strangers give, made fit for any system."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

__all__ = ["file_name", "safe_name", "utf8"]

MAX_BYTES = 120
MAX_SUFFIX = 20
NAMED = re.compile(r'(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))', re.IGNORECASE)
CODED = re.compile(r"(?:^|;)\s*filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;\s]+)", re.IGNORECASE)
RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE)


def utf8(header: str) -> str:
    """Undo latin-1, which headers are read as, where the server wrote UTF-8.

    Parameters
    ----------
    header : str
        Text of a header.

    Returns
    -------
    str
        As it was meant.
    """
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def file_name(disposition: str, url: str, asked: str) -> str:
    """Name a download: as the server does, else by the address it came from.

    Parameters
    ----------
    disposition : str
        The header Content-Disposition, empty where there is none.
    url, asked : str
        Address of the file, and the one that led there.

    Returns
    -------
    str
        A safe name.
    """
    names = []
    if coded := CODED.search(disposition):
        names.append(unquote(coded[2], encoding=coded[1], errors="replace"))
    if named := NAMED.search(disposition):
        names.append(utf8(named[1] or named[2] or ""))
    names += [unquote(urlsplit(one).path.rpartition("/")[2]) for one in (url, asked)]
    return next(filter(None, map(safe_name, names)), "fichier")


def safe_name(name: str) -> str:
    """Reduce a name given by a stranger to one that every system takes, in one folder.

    Parameters
    ----------
    name : str
        Any text, a path included.

    Returns
    -------
    str
        Its last part without what is special anywhere; empty where nothing is left.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    last = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    last = re.sub(r'[<>:"|?*]', "_", last).strip(" .")
    if RESERVED.fullmatch(last.partition(".")[0].rstrip()):
        last = f"_{last}"
    suffix = "".join(PurePosixPath(last).suffixes[-2:])
    if len(suffix) > MAX_SUFFIX:
        suffix = ""
    stem = last.removesuffix(suffix).encode()[: MAX_BYTES - len(suffix.encode())]
    return f"{stem.decode(errors='ignore').rstrip(' .')}{suffix}"

"""Which encoding a file's bytes are in, told from the bytes themselves."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from zonage_geo.readers.known import known
from zonage_geo.readers.names import fold

__all__ = ["Decoded", "Guess", "decode", "guess_bytes", "is_known"]

_ASCII = bytes(range(128))
_HIGH = re.compile(rb"[\x80-\xff]+")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_USUAL = ("cp1252", "latin-1")
_OLD = ("cp850", "mac-roman")
_SINGLE = (*_USUAL, *_OLD)
"""In the order of preference where they explain the bytes as well."""
SHORTEST = 3
"""Letters of a word that tells an encoding: « à » alone is also a mark of another."""
_FRENCH = {
    **dict.fromkeys("àâäæçéèêëîïñôöœùûüÿ", 1.0),
    **dict.fromkeys("ÀÂÄÆÇÉÈÊËÎÏÑÔÖŒÙÛÜŸ", 0.6),
    **dict.fromkeys("°«»’‘“”–—…€²³·º§™®©\xa0", 0.5),
}
"""How usual in French texts; nothing else beyond ASCII is."""
_NO_FILE = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
"""Encodings of names and of programs, which no file is in; the last two depend on the machine."""
MOSTLY = 0.9
"""Share of multi-byte characters that are UTF-8's from which the rest are its accidents."""


class Decoded(NamedTuple):
    """A text and how it was read.

    Attributes
    ----------
    text : str
        The whole of it.
    encoding : str
        Name of the encoding.
    note : str
        French sentence where something is to be said, else empty.
    """

    text: str
    encoding: str
    note: str = ""


class Guess(NamedTuple):
    """An encoding told from bytes.

    Attributes
    ----------
    name : str
        Of the encoding.
    sure : bool
        Whether letters tell it; else the bytes may be of another, and it is the most usual.
    """

    name: str
    sure: bool = True

    @property
    def told(self) -> str:
        """How it is told: ``cp1252``, ``cp1252 (supposé)``."""
        return self.name if self.sure else f"{self.name} (supposé)"


def is_known(encoding: str) -> bool:
    """Tell whether an encoding's name means something.

    Parameters
    ----------
    encoding : str
        As typed.

    Returns
    -------
    bool
        True where Python knows it.
    """
    if encoding.casefold().replace("-", "_") in _NO_FILE:
        return False
    try:
        b"a".decode(encoding, "replace")  # codecs.lookup also knows base64 and its like
    except (LookupError, ValueError):
        return False
    return True


def guess_bytes(data: bytes) -> Guess:
    """Guess the encoding of text without a mark.

    The dash of cp1252 is the « û » of cp850: an encoding of old systems is believed where it
    makes names of communes out of bytes of which cp1252 makes none.

    Parameters
    ----------
    data : bytes
        The text, or any sample of it; characters may be cut, as in fields of a .dbf.

    Returns
    -------
    Guess
        ``utf-8`` where nearly all that is not ASCII is UTF-8's, else the single-byte
        encoding under which the text is the most French.
    """
    runs = _HIGH.findall(data)
    if not runs:
        return Guess("utf-8")
    if sum(_is_utf8(run) for run in runs) >= MOSTLY * len(runs):
        return Guess("utf-8")
    high = data.translate(None, _ASCII)
    best = max(_SINGLE, key=lambda name: _frenchness(high, name))
    if best in _USUAL:
        return Guess(best, sure=any(map(str.isalpha, high.decode(best))))
    words = set(_WORD.findall(data))
    named = {name: _names_in(words, name) for name in _SINGLE}
    best = max(_OLD, key=lambda name: (named[name], _frenchness(high, name)))
    if named[best] > named["cp1252"]:
        return Guess(best)
    usual = all(char in _FRENCH for char in high.decode("cp1252", "replace"))
    return Guess("cp1252" if usual else best, sure=False)


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Read bytes as text.

    Parameters
    ----------
    data : bytes
        A text file.
    encoding : str, optional
        Its encoding, where it is known.

    Returns
    -------
    Decoded
        The text, without its mark.

    Raises
    ------
    UnicodeDecodeError
        If the bytes are not of the encoding given.
    """
    if encoding is not None:
        return Decoded(data.decode(encoding).removeprefix("\ufeff"), encoding)
    for mark, name in _BOMS:
        if data.startswith(mark):
            return Decoded(data.decode(name), name)
    if b"\x00" in data[:4000]:
        zeros = [data[parity:4000:2].count(0) for parity in (0, 1)]
        name = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        note = "UTF-16 sans marque d’ordre des octets : reconnu à ses octets nuls."
        return Decoded(data.decode(name), name, note)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        guess = guess_bytes(data)
    if guess.name != "utf-8":
        note = f"encodage reconnu à ses accents : {guess.told}."
        return Decoded(data.decode(guess.name), guess.name, note)
    text = data.decode("utf-8", errors="surrogateescape")
    bad = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(128, 256)}
    count = sum(0xDC80 <= ord(char) <= 0xDCFF for char in text)
    note = f"UTF-8 mêlé d’octets d’un autre encodage ({count}), lus en cp1252."
    return Decoded(text.translate(bad), "utf-8", note)


def _is_utf8(run: bytes) -> bool:
    try:
        run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _names_in(words: Collection[bytes], encoding: str) -> int:
    """Count the words that are of commune names under an encoding."""
    return sum(
        len(text) >= SHORTEST and text.isalpha() and fold(text) in _words_of_names()
        for text in (word.decode(encoding, "replace") for word in words)
    )


@lru_cache(maxsize=1)
def _words_of_names() -> frozenset[str]:
    return frozenset(word for name in known().names for word in name.split())


def _frenchness(high: bytes, encoding: str) -> float:
    """Tell how usual in French texts the characters beyond ASCII are, on average."""
    try:
        text = high.decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    return sum(_FRENCH.get(char, 0.0) for char in text) / len(text)

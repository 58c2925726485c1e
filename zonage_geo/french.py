"""What French sentences are made with, and what the system and TOML's parser say in English."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Sequence
from datetime import date

__all__ = [
    "capital",
    "enumerate_fr",
    "figures",
    "french_date",
    "metres",
    "os_words",
    "percentage",
    "shortened",
    "situated",
    "toml_words",
]

_OS = {
    errno.ENOENT: "fichier ou dossier introuvable",
    errno.EACCES: "accès refusé",
    errno.EPERM: "opération interdite",
    errno.EEXIST: "ce nom est déjà pris",
    errno.EISDIR: "c'est un dossier, non un fichier",
    errno.ENOTDIR: "une partie du chemin n'est pas un dossier",
    errno.ENOTEMPTY: "le dossier n'est pas vide",
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "votre quota de disque est atteint",
    errno.EROFS: "le disque est en lecture seule",
    errno.EMFILE: "trop de fichiers ouverts",
    errno.EIO: "le disque a failli",
    errno.EBUSY: "le fichier est utilisé par un autre programme",
    errno.EXDEV: "les deux dossiers sont sur des disques différents",
    errno.ELOOP: "des liens tournent en rond",
    errno.EINVAL: "le système refuse ce nom ou cette opération",
    errno.EFBIG: "le fichier est trop grand pour ce disque",
}
_LIBRARIES = (
    ("disk is full", errno.ENOSPC),
    ("no space left", errno.ENOSPC),
    ("readonly database", errno.EROFS),
    ("read-only", errno.EROFS),
    ("permission denied", errno.EACCES),
    ("no such file", errno.ENOENT),
    ("disk i/o error", errno.EIO),
    ("is locked", errno.EBUSY),
)
"""What SQLite and GDAL say, in small letters, where the system's own number is lost."""
_AT = re.compile(r"\A(.*) \(at (?:line (\d+), column (\d+)|end of document)\)\Z", re.DOTALL)
_TOML = (
    ("Expected '='", "il manque « = » après le mot (mot = valeur)"),
    ("Invalid value", "valeur illisible ; un texte se met entre guillemets"),
    ("Invalid statement", "« mot = valeur » est attendu"),
    ("Invalid initial character for a key", "un mot est attendu ; à accents, entre guillemets"),
    ("Expected newline or end of document", "une seule valeur par ligne"),
    ("Cannot overwrite a value", "ce mot est donné deux fois"),
    ("Cannot declare", "cette table est donnée deux fois"),
    ("Duplicate", "ce mot est donné deux fois"),
    ("Unterminated string", "il manque le guillemet de fin"),
    ("Illegal character", "le guillemet de fin manque, ou un caractère est interdit"),
    ('Expected "\'"', "il manque l'apostrophe de fin"),
    ("Unescaped", "une barre « \\ » se double (C:\\\\dossier), ou s'écrit « / »"),
    ("Unclosed array", "il manque le « ] » de fin"),
    ("Unclosed inline table", "il manque le « } » de fin"),
    ("Expected ']", "il manque « ] » après le nom de la table"),
    ("Invalid date", "cette date n'existe pas (AAAA-MM-JJ)"),
)
"""How messages of ``tomllib`` start, Python 3.11 to 3.14; first match wins."""


def capital(text: str) -> str:
    """Begin a sentence.

    Parameters
    ----------
    text : str
        Its words.

    Returns
    -------
    str
        With a capital; what follows is left as it is.
    """
    return text[:1].upper() + text[1:]


def enumerate_fr(words: Iterable[str], last: str = "et") -> str:
    """Join words as a French sentence does.

    Parameters
    ----------
    words : iterable of str
        What to join.
    last : str
        The word before the last one: ``et`` or ``ou``.

    Returns
    -------
    str
        ``a, b et c``.
    """
    *head, tail = list(words) or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def shortened(words: Sequence[str], shown: int) -> list[str]:
    """Count the words of a list past a number.

    Parameters
    ----------
    words : sequence of str
        Names, most often.
    shown : int
        How many are kept; one more is too, rather than counted.

    Returns
    -------
    list of str
        ``a``, ``b``, ``12 autres``.
    """
    more = len(words) - shown
    return [*words[:shown], f"{more} autres"] if more > 1 else list(words)


def situated(nom: str, territory: str) -> str:
    """Say which département a place is in, unless both bear one name.

    Parameters
    ----------
    nom, territory : str
        Of the place, and of its département.

    Returns
    -------
    str
        ``Foix (Ariège)``; ``Paris``.
    """
    return nom if nom == territory else f"{nom} ({territory})"


def french_date(day: date) -> str:
    """Write a date as French readers do.

    Parameters
    ----------
    day : date
        A day.

    Returns
    -------
    str
        ``04/05/2022``.
    """
    return f"{day:%d/%m/%Y}"


def figures(number: int) -> str:
    """Write a whole number as French readers do.

    Parameters
    ----------
    number : int
        A count.

    Returns
    -------
    str
        ``34 875``, with narrow spaces that do not break.
    """
    return f"{number:,}".replace(",", "\u202f")


def percentage(share: float) -> str:
    """Write a share, never as nothing where there is some.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str
        ``31,9 %``; ``moins de 0,1 %`` where one decimal would say none.
    """
    if 0 < share < 0.0005:
        return "moins de 0,1\u00a0%"
    return f"{100 * share:.1f}\u00a0%".replace(".", ",")


def metres(distance: float) -> str:
    """Write a distance, no more precisely than it is known.

    Parameters
    ----------
    distance : float
        In metres.

    Returns
    -------
    str
        ``120 m`` or ``2,4 km``.
    """
    if distance < 1000:
        return f"{distance:.0f} m"
    return f"{distance / 1000:.1f} km".replace(".", ",")


def os_words(error: Exception) -> str:
    """Say in French why a file cannot be read or written.

    Parameters
    ----------
    error : Exception
        What the system said, or SQLite, or GDAL.

    Returns
    -------
    str
        Without the file's name; their own words where none of ours fit.
    """
    said = str(error)
    number = getattr(error, "errno", None)
    if number not in _OS:
        small = said.lower()
        number = next((code for words, code in _LIBRARIES if words in small), None)
    return _OS.get(number or 0) or getattr(error, "strerror", None) or said


def toml_words(error: ValueError) -> str:
    """Say in French where a TOML file is faulty, and what was expected there.

    Parameters
    ----------
    error : ValueError
        Of ``tomllib``, or of the text's encoding.

    Returns
    -------
    str
        ``ligne 3, colonne 7 : il manque « = » après le mot (mot = valeur)``.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"le fichier n'est pas en UTF-8, à l'octet {error.start + 1}"
    match = _AT.match(str(error))
    if match is None:
        return "une valeur dépasse toute mesure"
    what, line, column = match.groups()
    where = f"ligne {line}, colonne {column}" if line else "à la fin du fichier"
    said = next((french for start, french in _TOML if what.startswith(start)), "syntaxe de TOML")
    return f"{where} : {said}"

"""What the system and Python's parsers say in English, said in French."""

from __future__ import annotations

import errno
import re

__all__ = ["os_words", "toml_words"]

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


def os_words(error: OSError) -> str:
    """Say in French why a file cannot be read or written.

    Parameters
    ----------
    error : OSError
        What the system said.

    Returns
    -------
    str
        Without the file's name; the system's own words where none of ours fit.
    """
    return _OS.get(error.errno or 0) or error.strerror or str(error)


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

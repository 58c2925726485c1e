"""INSEE codes as text: their form, their département, the three cities with arrondissements."""

from __future__ import annotations

import re

from zonage_geo.errors import InputError

__all__ = ["ARRONDISSEMENT_CITIES", "check_code", "commune_of", "departement_of"]

_CODE = re.compile(r"\A(?:\d{5}|2[AB]\d{3})\Z", re.ASCII)

ARRONDISSEMENT_CITIES = {
    "75056": tuple(f"751{n:02d}" for n in range(1, 21)),
    "69123": tuple(f"6938{n}" for n in range(1, 10)),
    "13055": tuple(f"132{n:02d}" for n in range(1, 17)),
}
"""Paris, Lyon, Marseille and their arrondissements (INSEE, Code officiel géographique)."""

_CITY = {arm: city for city, arms in ARRONDISSEMENT_CITIES.items() for arm in arms}


def check_code(text: str) -> str:
    """Check the form of an INSEE commune code.

    Parameters
    ----------
    text : str
        As typed; spaces around it and a lower-case Corsican letter are forgiven.

    Returns
    -------
    str
        Five characters.

    Raises
    ------
    InputError
        If it cannot be a code; a lost leading zero is recognised and said.
    """
    code = text.strip().upper()
    if _CODE.match(code):
        return code
    hint = (
        f" Le zéro initial manque-t-il ({code.zfill(5)}) ?" if re.match(r"\A\d{4}\Z", code) else ""
    )
    msg = (
        f"« {text} » n'est pas un code INSEE de commune (5 caractères, par exemple 09029 ou "
        f"2A004).{hint}"
    )
    raise InputError(msg)


def commune_of(code: str) -> str:
    """Give the commune that a code belongs to.

    Parameters
    ----------
    code : str
        A commune's code or a municipal arrondissement's.

    Returns
    -------
    str
        75056 for 751xx, 69123 for 6938x, 13055 for 132xx; else the code itself.
    """
    return _CITY.get(code, code)


def departement_of(code: str) -> str:
    """Give the département that a commune code starts with.

    Parameters
    ----------
    code : str
        INSEE code of a commune.

    Returns
    -------
    str
        Three characters overseas (``974``), two elsewhere (``09``, ``2A``).
    """
    return code[:3] if code.startswith(("97", "98")) else code[:2]

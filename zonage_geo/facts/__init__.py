"""The commune-level facts that ship with the package.

Every table is one small text, UTF-8, compressed with bz2, made of columns
separated by a form feed; a column holds one value a line. Five codings keep
the texts short, and each can be undone with a pencil:

* *plain*: the values as they are;
* *steps*: codes. Five characters are a whole code; anything shorter is the
  difference with the code above, within the same first two characters;
* *beside*: codes that go with another column of codes. Nothing: the same
  code; ``=``: the same as the line above; three characters: same first two
  characters; five: a whole code;
* *front*: names. The first character (base 36) says how many characters are
  shared with the name above, the rest follows;
* *classes*: two lines, the distinct values (tabs between them), then one letter
  a row, ``a`` for the first value.

In the events, a name left empty is the name that the code bears later: events
are read backwards from today's names. bz2 rather than xz: its output does not
change with the version of the library, so that the same inputs give the same
bytes on any machine.

The tables are written by ``tools/compile_facts.py`` from the publishers' files;
``provenance.toml``, written with them, says whose they are, what law they
follow, what they count, and what is not sure (marked ``[?]``). A code that is
not in a membership table is not in its source: in ``massif_2025`` that means
outside every massif; in ``zonage_medecins_2025`` it means unknown (``absent``
in the provenance lists those communes), and Paris, Lyon and Marseille are there
by arrondissement only.
"""

from typing import NamedTuple

__all__ = [
    "MEMBERSHIP_TABLES",
    "QUARTIER_TABLES",
    "Event",
    "Quartier",
    "SubCommune",
    "communes",
    "digest",
    "events",
    "memberships",
    "provenance",
    "quartiers",
    "sub_communes",
    "tables",
]

MEMBERSHIP_TABLES = ("zonage_medecins_2025", "massif_2025", "frr_2025", "zrr_2021")
QUARTIER_TABLES = ("qpv_2024",)
_TABLES = ("communes", "sub_communes", "events", *MEMBERSHIP_TABLES, *QUARTIER_TABLES)
_SUFFIX = ".txt.bz2"
_CODE_LENGTH = 5


class SubCommune(NamedTuple):
    """A part of a commune that has a code of its own.

    Attributes
    ----------
    type : str
        ``COMD`` (déléguée), ``COMA`` (associée) or ``ARM`` (arrondissement).
    code : str
        Its code; a déléguée may share the code of its commune.
    parent : str
        Code of the commune that it belongs to.
    nom : str
        Name, with its article.
    """

    type: str
    code: str
    parent: str
    nom: str


class Event(NamedTuple):
    """One line of INSEE's list of changes to communes.

    Attributes
    ----------
    date : str
        Day from which it holds, ``YYYY-MM-DD``.
    mod : int
        INSEE's kind of change (32 commune nouvelle, 50 change of code…).
    type_av, av, nom_av : str
        Type, code and name before.
    type_ap, ap, nom_ap : str
        Type, code and name after.
    """

    date: str
    mod: int
    type_av: str
    av: str
    nom_av: str
    type_ap: str
    ap: str
    nom_ap: str


class Quartier(NamedTuple):
    """A quartier prioritaire and the communes that it touches.

    Attributes
    ----------
    code : str
        Code of the quarter (``QN…``).
    nom : str
        Its name.
    communes : tuple[str, ...]
        Codes of its communes, sorted; 75056, 69123 and 13055 for Paris, Lyon
        and Marseille.
    """

    code: str
    nom: str
    communes: tuple[str, ...]


def tables() -> tuple[str, ...]:
    """Names of the shipped tables.

    Returns
    -------
    tuple of str
        In the order of ``provenance.toml``.
    """
    return _TABLES


def communes() -> list[tuple[str, str]]:
    """Communes on 1 January 2025.

    Returns
    -------
    list of tuple
        Code and name with its article, in the order of the codes.
    """
    codes, noms = _columns("communes")
    return list(zip(_steps(codes), _front(noms), strict=True))


def sub_communes() -> list[SubCommune]:
    """Déléguées, associées and arrondissements on 1 January 2025.

    Returns
    -------
    list of SubCommune
        In the order of INSEE's file, which is that of the codes.
    """
    types, codes, parents, noms = _columns("sub_communes")
    own = _steps(codes)
    rows = zip(_classes(types), own, _beside(parents, own), _front(noms), strict=True)
    return [SubCommune(*row) for row in rows]


def events() -> list[Event]:
    """List the changes to communes since 1 January 2014, that day included.

    Returns
    -------
    list of Event
        By date, the oldest first; within a day, in the order of INSEE's file,
        which is not an order of application: apply a day as a whole. On
        2018-01-01 two codes (44225, 50649) appear and disappear the same day.
    """
    dates, kinds, before, after, noms_av, noms_ap = _columns("events")
    av = _steps(before)
    ap = _beside(after, av)
    known = {row.code: row.nom for row in sub_communes()}
    known.update(communes())
    names = _names_backwards(
        list(zip(av, noms_av.split("\n"), ap, noms_ap.split("\n"), strict=True)), known
    )
    rows = []
    for date, kind, a, b, (nom_av, nom_ap) in zip(
        dates.split("\n"), _classes(kinds), av, ap, names, strict=True
    ):
        mod, type_av, type_ap = kind.split(" ")
        rows.append(Event(date, int(mod), type_av, a, nom_av, type_ap, b, nom_ap))
    return rows


def memberships(table: str) -> dict[str, str]:
    """Class of each commune (or arrondissement) that a list names.

    Parameters
    ----------
    table : str
        ``zonage_medecins_2025`` (``ZIP``, ``ZAC``, ``ZAR``, ``HZ``, ``NA``),
        ``massif_2025`` (``01`` to ``09``), ``frr_2025`` (six classes, ``Non
        classée`` among them) or ``zrr_2021`` (``C``, ``NC``, ``P``; codes of
        2021).

    Returns
    -------
    dict
        Code to class, in the order of the codes.

    Raises
    ------
    KeyError
        No such table of memberships.
    """
    _check(table, MEMBERSHIP_TABLES)
    codes, classes = _columns(table)
    return dict(zip(_steps(codes), _classes(classes), strict=True))


def quartiers(table: str = "qpv_2024") -> list[Quartier]:
    """Quartiers prioritaires with their communes.

    Parameters
    ----------
    table : str, optional
        ``qpv_2024``: complete for metropolitan France, not for overseas.

    Returns
    -------
    list of Quartier
        In the order of their codes.

    Raises
    ------
    KeyError
        No such table of quarters.
    """
    _check(table, QUARTIER_TABLES)
    codes, noms, lists = (column.split("\n") for column in _columns(table))
    return [
        Quartier(code, nom, tuple(several.split(" ")))
        for code, nom, several in zip(codes, noms, lists, strict=True)
    ]


def provenance() -> dict[str, dict[str, object]]:
    """Where each table comes from, and what it counts.

    Returns
    -------
    dict
        A table's name to its record: title, publisher, licence, legal basis,
        sources with their sha256, vintage, date, rows, counts.
    """
    import tomllib

    return tomllib.loads(_read("provenance.toml").decode("utf-8"))


def digest() -> str:
    """Fingerprint of the shipped facts, provenance included.

    Returns
    -------
    str
        Hexadecimal sha256 over the names and bytes of the files, which are
        not decompressed.
    """
    from hashlib import sha256

    total = sha256()
    for name in (*(table + _SUFFIX for table in sorted(_TABLES)), "provenance.toml"):
        total.update(sha256(name.encode() + b"\0" + _read(name)).digest())
    return total.hexdigest()


def _check(table: str, known: tuple[str, ...]) -> None:
    """Refuse a name that is not one of the known ones."""
    if table not in known:
        raise KeyError(f"no table {table!r} here; known: {', '.join(known)}")


def _read(name: str) -> bytes:
    """Bytes of one of the files beside this module."""
    from pathlib import Path

    return Path(__file__).with_name(name).read_bytes()


def _columns(table: str) -> list[str]:
    """Columns of a table, each still one string."""
    import bz2

    return bz2.decompress(_read(table + _SUFFIX)).decode("utf-8").split("\f")


def _steps(column: str) -> list[str]:
    """Undo the *steps* coding."""
    codes = []
    head, number = "", 0
    for value in column.split("\n"):
        if len(value) == _CODE_LENGTH:
            head, number = value[:2], int(value[2:])
        else:
            number += int(value)
        codes.append(f"{head}{number:03}")
    return codes


def _beside(column: str, reference: list[str]) -> list[str]:
    """Undo the *beside* coding."""
    codes = []
    previous = ""
    for value, other in zip(column.split("\n"), reference, strict=True):
        if not value:
            previous = other
        elif value != "=":
            previous = value if len(value) == _CODE_LENGTH else other[:2] + value
        codes.append(previous)
    return codes


def _front(column: str) -> list[str]:
    """Undo the *front* coding."""
    names = []
    previous = ""
    for value in column.split("\n"):
        previous = previous[: int(value[0], 36)] + value[1:]
        names.append(previous)
    return names


def _classes(column: str) -> list[str]:
    """Undo the *classes* coding."""
    values, letters = column.split("\n")
    legend = {chr(ord("a") + rank): value for rank, value in enumerate(values.split("\t"))}
    return [legend[letter] for letter in letters]


def _names_backwards(
    rows: list[tuple[str, str, str, str]], known: dict[str, str]
) -> list[tuple[str, str]]:
    """Fill the empty names of the events from what the codes are called later.

    Parameters
    ----------
    rows : list[tuple[str, str, str, str]]
        Code and name before, code and name after, the oldest event first.
    known : dict[str, str]
        Today's names by code; it is updated on the way.

    Returns
    -------
    list of tuple
        Name before, name after.
    """
    names = []
    for av, nom_av, ap, nom_ap in reversed(rows):
        known[ap] = after = nom_ap or known[ap]
        known[av] = before = nom_av or known[av]
        names.append((before, after))
    return names[::-1]

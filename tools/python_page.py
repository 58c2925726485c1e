"""Make the parts of docs/python.md from the docstrings of what is public."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

import zonage_geo
from pages import table
from zonage_geo import aids, atlas, readers, report, settings
from zonage_geo.atlas import Atlas, Location
from zonage_geo.locate import model
from zonage_geo.maps import page
from zonage_geo.openings.view import PlaceAids

__all__ = ["GROUPS", "lacking", "members", "parts"]

GROUPS: dict[str, dict[str, Any]] = {
    "start": {"open": atlas.open, "Atlas": Atlas},
    "place": {
        "Location": Location,
        "Place": model.Place,
        "Commune": model.Commune,
        "Zone": model.Zone,
        "Item": model.Item,
        "Query": model.Query,
        "Verdict": zonage_geo.Verdict,
        "Reason": zonage_geo.Reason,
    },
    "vintages": {"passage": zonage_geo.passage, "detect_vintage": zonage_geo.detect_vintage},
    "aids": {
        **{f"aids.{name}": getattr(aids, name) for name in aids.__all__},
        "PlaceAids": PlaceAids,
    },
    "readers": {
        **{f"readers.{name}": getattr(readers, name) for name in readers.__all__},
        "report.Line": report.Line,
    },
    "maps": {"ZonageMap": page.ZonageMap},
    "settings": {"settings.Settings": settings.Settings},
}
"""What is public, but for errors, by the part of the page that tells it."""
HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
RST = re.compile(r"``(.+?)``", re.DOTALL)
PLUMBING = frozenset({"from_plain", "of", "drop", "add"})
"""Methods by which this package makes those objects itself."""


def members(one: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Give the public methods and properties of a class, those of this package alone.

    Parameters
    ----------
    one : type
        A class.

    Yields
    ------
    tuple
        Name and function.
    """
    for base in one.__mro__:
        if not base.__module__.startswith("zonage_geo"):
            continue
        for name, value in vars(base).items():
            made = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
            made = made.fget if isinstance(made, property) else made
            if not name.startswith("_") and name not in PLUMBING and inspect.isfunction(made):
                yield name, made


def lacking() -> list[str]:
    """Tell what is public and not told, or has no docstring.

    Returns
    -------
    list of str
        Names; empty where all is well.
    """
    told = {name for group in GROUPS.values() for name in group} | {"errors"}
    missing = [
        name
        for name in zonage_geo.__all__
        if name not in told and not issubclass(_class(name), zonage_geo.ZonageError)
    ]
    for name, one in ((n, o) for group in GROUPS.values() for n, o in group.items()):
        if not one.__doc__:
            missing.append(name)
        if inspect.isclass(one):
            missing += [f"{name}.{m}" for m, made in members(one) if not made.__doc__]
    return missing


def _class(name: str) -> type:
    one = getattr(zonage_geo, name)
    return one if inspect.isclass(one) else object


def _signature(name: str, made: Callable[..., Any]) -> str:
    """Write how it is called: names and defaults, types being told below."""
    given = [
        one.replace(annotation=inspect.Parameter.empty)
        for one in inspect.signature(made).parameters.values()
        if one.name not in ("self", "cls")
    ]
    return f"{name}{inspect.Signature(given)}"


def _prose(text: str) -> str:
    return RST.sub(lambda code: f"`{' '.join(code[1].split())}`", text.strip())


def _one_line(text: str) -> str:
    return _prose(" ".join(text.split()))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Give the entries of a section: a line at the margin, and what is indented under it."""
    for entry in re.split(r"\n(?=\S)", text.strip("\n")):
        first, _, rest = entry.partition("\n")
        yield first, _one_line(rest)


def _row(entry: tuple[str, str]) -> tuple[str, str, str]:
    """Give an entry of parameters as a row of a table."""
    names, _, kind = entry[0].partition(" : ")
    return ", ".join(f"`{one.strip()}`" for one in names.split(",")), _prose(kind), entry[1]


def _told(doc: str) -> Iterator[str]:
    """Write a docstring as Markdown."""
    first, *sections = HEADING.split(inspect.cleandoc(doc))
    yield _prose(first)
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        yield ""
        if title in ("Parameters", "Attributes"):
            first = "parameter" if title == "Parameters" else "field"
            yield table((first, "type", ""), map(_row, _entries(body)))
        elif title in ("Returns", "Yields", "Raises"):
            word = title.lower()
            yield "\n".join(f"- **{word}** `{head}`: {text}" for head, text in _entries(body))
        else:
            yield f"{title}:\n\n{_prose(body)}"


def _method(owner: str, name: str, made: Callable[..., Any], kind: object) -> Iterator[str]:
    if isinstance(kind, property):
        yield f"#### {owner}.{name}"
    else:
        yield f"#### {owner}.{name}"
        yield ""
        yield f"```text\n{_signature(f'{owner}.{name}', made)}\n```"
    yield ""
    yield from _told(made.__doc__ or "")
    yield ""


def _doc(one: Any) -> str:  # noqa: ANN401
    """Give its docstring, with the fields of the one that it extends."""
    own = inspect.cleandoc(one.__doc__ or "")
    if inspect.isclass(one) and "\nAttributes\n" not in own:
        for base in one.__bases__:
            first, mark, fields = inspect.cleandoc(base.__doc__ or "").partition("\nAttributes\n")
            if mark and first and base.__module__.startswith("zonage_geo"):
                return f"{own}\n{mark}{fields}"
    return own


def _object(name: str, one: Any) -> Iterator[str]:  # noqa: ANN401
    yield f"### {name}"
    yield ""
    if inspect.isfunction(one):
        yield f"```text\n{_signature(name, one)}\n```"
        yield ""
    yield from _told(_doc(one))
    yield ""
    if inspect.isclass(one) and issubclass(one, StrEnum):
        yield f"Values: {', '.join(f'`{value}`' for value in one)}."
        yield ""
    if inspect.isclass(one):
        for method, made in members(one):
            yield from _method(name, method, made, inspect.getattr_static(one, method))


def _errors() -> str:
    known = [getattr(zonage_geo, name) for name in zonage_geo.__all__]
    errors = [e for e in known if inspect.isclass(e) and issubclass(e, zonage_geo.ZonageError)]
    errors += [readers.ReadError]
    errors.sort(key=lambda e: (e is not zonage_geo.ZonageError, e.exit_code, e.__name__))
    rows = []
    for one in errors:
        bases = ", ".join(f"`{base.__name__}`" for base in one.__bases__)
        said = _one_line((one.__doc__ or "").partition("\n\n")[0])
        rows.append((f"`{one.__name__}`", bases, one.exit_code, said))
    return table(("error", "also a", "exit code", "raised where"), rows)


def parts() -> dict[str, str]:
    """Make them.

    Returns
    -------
    dict
        Name to Markdown.

    Raises
    ------
    KeyError
        If something public is not told, or says nothing of itself.
    """
    if missing := lacking():
        raise KeyError(f"public, and without words: {missing}")
    made = {
        group: "\n".join(line for name, one in held.items() for line in _object(name, one))
        for group, held in GROUPS.items()
    }
    return {**made, "errors": _errors()}

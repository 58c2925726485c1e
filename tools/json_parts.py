"""What JSON Schemas are made of here: a kind of value, what it says, and when it is null."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = [
    "Schema",
    "boolean",
    "day",
    "integer",
    "listed",
    "number",
    "obj",
    "rows",
    "table",
    "text",
]

Schema = dict[str, Any]


def _kind(name: str, says: str, null: str | None, more: Mapping[str, Any] | None = None) -> Schema:
    extra = dict(more or {})
    if null is not None and "enum" in extra:
        extra["enum"] = [*extra["enum"], None]
    said = says if null is None else f"{says} Null {null}."
    return {"type": name if null is None else [name, "null"], "description": said, **extra}


def text(says: str, *, null: str | None = None, among: Iterable[str] | None = None) -> Schema:
    """Describe a text.

    Parameters
    ----------
    says : str
        What it says.
    null : str, optional
        Where it is null; never by default.
    among : iterable of str, optional
        All that it can be.

    Returns
    -------
    dict
        A JSON Schema.
    """
    return _kind("string", says, null, None if among is None else {"enum": list(among)})


def day(says: str, *, null: str | None = None) -> Schema:
    """Describe a date, ``AAAA-MM-JJ``.

    Parameters
    ----------
    says : str
        What it says.
    null : str, optional
        Where it is null.

    Returns
    -------
    dict
        A JSON Schema.
    """
    return _kind("string", says, null, {"format": "date"})


def number(says: str, *, null: str | None = None) -> Schema:
    """Describe a number.

    Parameters
    ----------
    says : str
        What it says, and in what unit.
    null : str, optional
        Where it is null.

    Returns
    -------
    dict
        A JSON Schema.
    """
    return _kind("number", says, null)


def integer(says: str, *, null: str | None = None) -> Schema:
    """Describe a whole number.

    Parameters
    ----------
    says : str
        What it counts.
    null : str, optional
        Where it is null.

    Returns
    -------
    dict
        A JSON Schema.
    """
    return _kind("integer", says, null)


def boolean(says: str) -> Schema:
    """Describe what is true or false.

    Parameters
    ----------
    says : str
        What true says.

    Returns
    -------
    dict
        A JSON Schema.
    """
    return _kind("boolean", says, None)


def listed(each: Schema, says: str, *, null: str | None = None) -> Schema:
    """Describe a list.

    Parameters
    ----------
    each : dict
        What each item is.
    says : str
        What it lists.
    null : str, optional
        Where it is null.

    Returns
    -------
    dict
        A JSON Schema.
    """
    return _kind("array", says, null, {"items": each})


def obj(
    says: str,
    fields: Mapping[str, Schema],
    *,
    null: str | None = None,
    optional: Mapping[str, Schema] | None = None,
) -> Schema:
    """Describe an object.

    Parameters
    ----------
    says : str
        What it is.
    fields, optional : mapping
        Those that are always there, and those that are not.
    null : str, optional
        Where it is null.

    Returns
    -------
    dict
        A JSON Schema.
    """
    every = {**fields, **(optional or {})}
    return _kind("object", says, null, {"properties": every, "required": list(fields)})


def table(value: Schema, says: str) -> Schema:
    """Describe an object whose keys are free.

    Parameters
    ----------
    value : dict
        What each value is.
    says : str
        What the keys are.

    Returns
    -------
    dict
        A JSON Schema.
    """
    return _kind("object", says, None, {"additionalProperties": value})


def rows(schema: Schema, told: Mapping[str, str], at: str = "") -> Iterator[tuple[str, str, str]]:
    """Give the fields of a schema, one by one.

    Parameters
    ----------
    schema : dict
        As the functions above make them.
    told : mapping of str to str
        Path of a field whose own are told elsewhere, and where.
    at : str
        Where it stands.

    Yields
    ------
    tuple of str
        Path, type, what it says.
    """
    if schema["type"] == "array":
        yield from rows(schema["items"], told, "[]")
    for name, field in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        inner = field
        if field.get("items", {}).get("type") == "object":
            path, inner = f"{path}[]", field["items"]
        where = f" As in {told[path]}." if path in told else ""
        kind = _type(field, optional=name not in schema["required"])
        yield f"`{path}`", kind, _said(field) + where
        if not where:
            yield from rows(inner, told, path)


def _type(field: Schema, *, optional: bool) -> str:
    names = field["type"] if isinstance(field["type"], list) else [field["type"]]
    words = [_name(name) for name in names]
    if field.get("format") == "date":
        words[0] = "date"
    if words == ["array"]:
        each = field["items"]["type"]
        words = ["list of texts or nulls" if isinstance(each, list) else f"list of {_name(each)}s"]
    return " or ".join(words) + (", optional" if optional else "")


def _said(field: Schema) -> str:
    if "enum" not in field or "](#" in field["description"]:
        return str(field["description"])
    return f"{field['description']} One of: {', '.join(f'`{v}`' for v in field['enum'] if v)}."


def _name(kind: str) -> str:
    return {"string": "text", "integer": "whole number"}.get(kind, kind)

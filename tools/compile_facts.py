"""Compile the facts that ship with the package from the publishers' files.

    python tools/compile_facts.py --data ../shared/data

The files are read as they are; what they must come to is written beside this script,
in ``facts_expected.toml``. Everything is computed and checked first, and written
only if every figure is the expected one. The report on the standard output
accounts for every row. The same inputs give the same bytes.

``zonage_geo.readers`` reads the files, ``facts_tables`` makes the tables, ``facts_codec``
shortens them. The readers know communes by the shipped tables: when INSEE publishes a
new list, ``--cog-only`` writes these three first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import facts_codec
import facts_tables
from facts_tables import FactsError, must
from zonage_geo import facts
from zonage_geo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from facts_tables import Table

HERE = Path(__file__).resolve().parent
FACTS = Path(facts.__file__).parent  # by which the readers know communes
COG = ("communes", "sub_communes", "events")
SHOWN = 12  # lines of a kind that the report gives in full; their number is always given


def check(name: str, table: Table, spec: Mapping[str, Any]) -> None:
    """Refuse a table that does not come to its figures.

    Parameters
    ----------
    name : str
        Its name.
    table : Table
        The table.
    spec : Mapping[str, Any]
        What it must be.
    """
    file, expected = spec["sources"][0], spec["expected"]
    must(file, "(any)", f"rows read for {name}", expected["read"], table.reports[0].rows_kept)
    for report in table.reports:
        accounted = report.rows_kept + len(report.dropped)
        must(file, "(any)", f"rows accounted for ({report.title})", report.rows_in, accounted)
    if "counts" in expected:
        must(file, table.counted, f"counts of {name}", expected["counts"], table.counts)
    must(file, table.counted, f"rows of {name}", expected["rows"], table.rows)


def compile_tables(
    data: Path, expected: Mapping[str, Any], *, cog_only: bool = False
) -> dict[str, Table]:
    """Make and check every table.

    Parameters
    ----------
    data : Path
        Folder of the files.
    expected : Mapping[str, Any]
        The descriptions of the tables.
    cog_only : bool, optional
        Make no more than the tables by which the readers know communes.

    Returns
    -------
    dict
        Name to table, in the order of the descriptions.
    """
    insee = facts_tables.cog(data, expected["communes"]["sources"][0])
    classes = partial(facts_tables.memberships, data)
    makers: dict[str, Callable[[Mapping[str, Any]], Table]] = {
        "communes": partial(facts_tables.communes, insee),
        "sub_communes": lambda _: facts_tables.sub_communes(insee),
        "events": partial(facts_tables.events, data, insee),
        "zonage_medecins_2025": partial(facts_tables.zonage_medecins, data, insee),
        "massif_2025": classes,
        "frr_2025": classes,
        "zrr_2021": classes,
        "qpv_2024": partial(facts_tables.quartiers, data),
    }
    tables = {}
    for name, spec in expected.items():
        if cog_only and name not in COG:
            continue
        tables[name] = makers[name](spec)
        check(name, tables[name], spec)
        if name in COG and not cog_only:
            same = facts_codec.pack(tables[name].columns) == (FACTS / _file(name)).read_bytes()
            what = f"{name} as shipped (if it is new, write it first: --cog-only)"
            must(spec["sources"][0], "(any)", what, expected=True, found=same)
    return tables


def provenance(
    data: Path,
    expected: Mapping[str, Any],
    tables: Mapping[str, Table],
    packed: Mapping[str, bytes],
    before: str = "",
) -> str:
    """Write where each table comes from, as TOML.

    Parameters
    ----------
    data : Path
        Folder of the files.
    expected : Mapping[str, Any]
        The descriptions of the tables.
    tables : Mapping[str, Table]
        The tables.
    packed : Mapping[str, bytes]
        Name to bytes of the file.
    before : str, optional
        The text that there was: tables that were not made anew keep their record.

    Returns
    -------
    str
        The text of ``provenance.toml``.
    """
    head = (
        "# Written by tools/compile_facts.py from tools/facts_expected.toml and the files.\n"
        "# The first source of a table is the list itself; others gave or checked its codes.\n"
        "# [?] marks what no document in hand confirms."
    )
    texts = ("title", "publisher", "licence", "legal", "cog", "date", "complete", "note", "absent")
    records = {text[1:].split("]")[0]: text for text in before.strip().split("\n\n")[1:]}
    for name, table in tables.items():
        spec = expected[name]
        lines = [f"[{name}]"]
        lines += [f"{key} = {_toml(spec[key])}" for key in texts if key in spec]
        lines += [f"rows = {table.rows}", f"counts = {_toml(table.counts)}"]
        lines += [f"sha256 = {_toml(sha256(packed[name]).hexdigest())}"]
        for file in spec["sources"]:
            lines += [f"[[{name}.sources]]", f"file = {_toml(Path(file).name)}"]
            lines += [f"sha256 = {_toml(sha256((data / file).read_bytes()).hexdigest())}"]
        records[name] = "\n".join(lines)
    return "\n\n".join([head, *(records[name] for name in expected if name in records)]) + "\n"


def _file(name: str) -> str:
    """Name the file of a table."""
    return f"{name}.txt.bz2"


def _toml(value: object) -> str:
    """Write a value as TOML; a JSON string is a TOML string."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)} = {_toml(v)}" for key, v in value.items())
        return "{ " + ", ".join(pairs) + " }"
    return json.dumps(value, ensure_ascii=False)


def describe(
    expected: Mapping[str, Any], tables: Mapping[str, Table], packed: Mapping[str, bytes]
) -> Iterable[str]:
    """Give the lines of the report.

    Parameters
    ----------
    expected : Mapping[str, Any]
        The descriptions of the tables.
    tables : Mapping[str, Table]
        The tables.
    packed : Mapping[str, bytes]
        Name to bytes of the file.

    Yields
    ------
    str
        A line.
    """
    for name, table in tables.items():
        yield f"{name}  <- {expected[name]['sources'][0]}"
        yield f"    {table.rows} rows, {len(packed[name])} bytes; counts {table.counts}"
        for report in table.reports:
            yield f"    {report}"
            counts = report.counts()
            few = (line for line in report.lines if counts[line.kind] <= SHOWN)
            yield from (f"        {kind}, {row}: {said}" for row, _, kind, said in few)
        yield from (f"    {note}" for note in table.notes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile, check, write, report.

    Parameters
    ----------
    arguments : Sequence[str] | None, optional
        Command line; that of the process when not given.

    Returns
    -------
    int
        0, or 1 when an input is refused; nothing is written then.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the publishers' files")
    parser.add_argument("--out", type=Path, default=HERE.parent / "zonage_geo" / "facts")
    parser.add_argument("--expected", type=Path, default=HERE / "facts_expected.toml")
    parser.add_argument("--cog-only", action="store_true", help=f"only {', '.join(COG)}")
    options = parser.parse_args(arguments)
    expected = tomllib.loads(options.expected.read_text(encoding="utf-8"))
    try:
        tables = compile_tables(options.data, expected, cog_only=options.cog_only)
    except (FactsError, InputError, OSError) as error:
        print(f"refused, nothing written: {error}", file=sys.stderr)
        return 1
    packed = {name: facts_codec.pack(table.columns) for name, table in tables.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "provenance.toml"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    record = provenance(options.data, expected, tables, packed, before).encode("utf-8")
    for name, content in packed.items():
        (options.out / _file(name)).write_bytes(content)
    path.write_bytes(record)
    print("\n".join(describe(expected, tables, packed)))
    print(f"{sum(map(len, packed.values())) + len(record)} bytes in all, provenance included")
    return 0


if __name__ == "__main__":
    sys.exit(main())

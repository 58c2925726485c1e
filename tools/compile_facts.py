"""Compile the facts that ship with the package from the publishers' files.

    python tools/compile_facts.py --data ../shared/data

The files are read as they are; what they must come to is written beside this script,
in ``facts_expected.toml``. Everything is computed and checked first, and written
only if every figure is the expected one. The report on the standard output
accounts for every row. The same inputs give the same bytes.

``facts_sources`` reads the files, ``facts_join`` gives their codes back to the rows
of the zonage médecins, ``facts_tables`` makes the tables, ``facts_codec`` shortens them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import facts_codec
import facts_tables
from facts_sources import Cog, FactsError, must

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from facts_tables import Table

HERE = Path(__file__).resolve().parent
SHOWN = 12  # rows named in the report for a reason; the count is always given


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
    report = table.report
    must(file, table.counted, f"rows read for {name}", expected["read"], report.read)
    accounted = report.kept + sum(map(len, report.dropped.values()))
    must(file, table.counted, f"rows accounted for in {name}", report.read, accounted)
    if "counts" in expected:
        must(file, table.counted, f"counts of {name}", expected["counts"], table.counts)
    must(file, table.counted, f"rows of {name}", expected["rows"], table.rows)


def compile_tables(data: Path, expected: Mapping[str, Any]) -> dict[str, Table]:
    """Make and check every table.

    Parameters
    ----------
    data : Path
        Folder of the files.
    expected : Mapping[str, Any]
        The descriptions of the tables.

    Returns
    -------
    dict
        Name to table, in the order of the descriptions.
    """
    cog = Cog.load(data, expected)
    makers: dict[str, Callable[[Mapping[str, Any]], Table]] = {
        "communes": lambda spec: facts_tables.communes(cog, spec),
        "sub_communes": lambda _: facts_tables.sub_communes(cog),
        "events": lambda spec: facts_tables.events(cog, spec),
        "zonage_medecins_2025": lambda spec: facts_tables.zonage_medecins(data, cog, spec),
        "massif_2025": lambda spec: facts_tables.memberships(
            data, cog, spec, ("insee_com", "niveau_montagne")
        ),
        "frr_2025": lambda spec: facts_tables.memberships(
            data, cog, spec, ("Code_insee", "Classement FRR et FRR+ au 10 juillet 2025"), ";"
        ),
        "zrr_2021": lambda spec: facts_tables.memberships(
            data, cog, spec, ("CODGEO", "ZRR_SIMP"), skip=5
        ),
        "qpv_2024": lambda spec: facts_tables.quartiers(data, cog, spec),
    }
    tables = {}
    for name, spec in expected.items():
        tables[name] = makers[name](spec)
        check(name, tables[name], spec)
    return tables


def provenance(
    data: Path,
    expected: Mapping[str, Any],
    tables: Mapping[str, Table],
    packed: Mapping[str, bytes],
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

    Returns
    -------
    str
        The text of ``provenance.toml``.
    """
    lines = [
        "# Written by tools/compile_facts.py from tools/facts_expected.toml and the files.",
        "# The first source of a table is the list itself; others gave or checked its codes.",
        "# [?] marks what no document in hand confirms.",
    ]
    texts = ("title", "publisher", "licence", "legal", "cog", "date", "complete", "note", "absent")
    for name, spec in expected.items():
        table = tables[name]
        lines += ["", f"[{name}]"]
        lines += [f"{key} = {_toml(spec[key])}" for key in texts if key in spec]
        lines += [f"rows = {table.rows}", f"counts = {_toml(table.counts)}"]
        lines += [f"sha256 = {_toml(sha256(packed[name]).hexdigest())}"]
        for file in spec["sources"]:
            lines += [f"[[{name}.sources]]", f"file = {_toml(Path(file).name)}"]
            lines += [f"sha256 = {_toml(sha256((data / file).read_bytes()).hexdigest())}"]
    return "\n".join(lines) + "\n"


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
        report = table.report
        yield f"{name}  <- {expected[name]['sources'][0]}"
        yield (
            f"    read {report.read}, kept {report.kept}, "
            f"dropped {sum(map(len, report.dropped.values()))}; "
            f"{table.rows} rows, {len(packed[name])} bytes"
        )
        yield f"    counts {table.counts}"
        for reason, items in report.dropped.items():
            shown = [item for item in items if item] if len(items) <= SHOWN else []
            yield f"    dropped {len(items)}: {reason}{': ' if shown else ''}{'; '.join(shown)}"
        yield from (f"    {note}" for note in report.notes)


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
    options = parser.parse_args(arguments)
    expected = tomllib.loads(options.expected.read_text(encoding="utf-8"))
    try:
        tables = compile_tables(options.data, expected)
    except (FactsError, OSError) as error:
        print(f"refused, nothing written: {error}", file=sys.stderr)
        return 1
    packed = {name: facts_codec.pack(table.columns) for name, table in tables.items()}
    record = provenance(options.data, expected, tables, packed).encode("utf-8")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in packed.items():
        (options.out / f"{name}.txt.bz2").write_bytes(content)
    (options.out / "provenance.toml").write_bytes(record)
    print("\n".join(describe(expected, tables, packed)))
    print(f"{sum(map(len, packed.values())) + len(record)} bytes in all, provenance included")
    return 0


if __name__ == "__main__":
    sys.exit(main())

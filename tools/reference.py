"""Write the reference pages of docs/ from the code, or tell which are not in step with it.

    python tools/reference.py
    python tools/reference.py --check         # exit code 1 where a page is not in step
    python tools/reference.py --replay HOME   # also run the commands shown, with a copy of a home

A page is written by hand around the parts that are made, each between ``<!-- made: NAME -->`` and
``<!-- end -->``. What commands print is held by the tests; ``--replay`` writes it anew, after a
sentence changed, where it is whole or cut at its end. HOME holds a store, and in ``raw/`` the file
of the walk-through.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import batch_page  # noqa: E402
import catalogue_page  # noqa: E402
import cli_page  # noqa: E402
import json_parts  # noqa: E402
import json_reasons  # noqa: E402
import json_schemas  # noqa: E402
import python_page  # noqa: E402
from pages import differs, filled, put, table  # noqa: E402
from tests.replayed import refreshed  # noqa: E402

DOCS = ROOT / "docs"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_files() -> Iterator[tuple[Path, str]]:
    """Give the JSON Schemas.

    Yields
    ------
    tuple
        File and what it holds.
    """
    for name, (command, schema) in json_schemas.schemas().items():
        said = schema["description"] or f"What `{command}` prints."
        whole = {"$schema": DRAFT, "title": command, **schema, "description": said}
        text = json.dumps(whole, ensure_ascii=False, indent=2)
        yield DOCS / "schemas" / f"{name}.json", f"{text}\n"


def json_sections() -> dict[str, str]:
    """Give the made parts of docs/json.md.

    Returns
    -------
    dict
        Name to Markdown.
    """
    head = ("field", "type", "what it says")
    parts = {
        name: table(head, json_parts.rows(schema, json_schemas.TOLD_ELSEWHERE.get(name, {})))
        for name, (_, schema) in json_schemas.schemas().items()
    }
    precisions = json_schemas.precisions().items()
    return parts | {
        "precisions": table(
            ("`precision`", "in French", "`radius_m`"),
            (
                (f"`{key}`", one["label"], "{:g}".format(one["radius_m"]))
                if "radius_m" in one
                else (f"`{key}`", one["label"], "null")
                for key, one in precisions
            ),
        ),
        "geocoders": table(
            ("`geocoder`", "what found the place"),
            ((f"`{key}`", said) for key, said in json_schemas.GEOCODERS.items()),
        ),
        "methods": table(
            ("`method`", "what answers"),
            ((f"`{key}`", said) for key, said in json_schemas.METHODS.items()),
        ),
        "reasons": table(
            ("`reason_code`", "verdict", "meaning", "for example"), json_reasons.reason_rows()
        ),
    }


PARTS = {
    "json": json_sections,
    "catalogue": catalogue_page.parts,
    "batch": batch_page.parts,
    "cli": cli_page.parts,
    "python": python_page.parts,
}
"""Pages, and what makes their made parts."""


def files() -> Iterator[tuple[Path, str]]:
    """Give every file that this makes, whole.

    Yields
    ------
    tuple
        File and what it is to hold.
    """
    for name, make in PARTS.items():
        path = DOCS / f"{name}.md"
        yield path, filled(path.read_text(encoding="utf-8"), make())
    yield from schema_files()


def replayed(home: Path) -> None:
    """Run the commands that pages show, and write what they print.

    Parameters
    ----------
    home : Path
        It holds a store, and in ``raw/`` the real file of the walk-through; it is copied for
        each page, and left as it is.
    """
    for name in PARTS:
        with tempfile.TemporaryDirectory() as folder:
            mine = Path(folder) / "home"
            shutil.copytree(home, mine)
            path = DOCS / f"{name}.md"
            put(path, refreshed(mine, mine, path.read_text(encoding="utf-8")))


def main() -> int:
    """Write the pages, or compare them.

    Returns
    -------
    int
        1 where one is not in step.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--replay", metavar="HOME", type=Path)
    arguments = parser.parse_args()
    if arguments.check:
        late = [path for path, text in files() if differs(path, text)]
        for path in late:
            print(f"{path.relative_to(ROOT)} : python tools/reference.py", file=sys.stderr)
        return int(bool(late))
    for path, text in files():
        put(path, text)
    if arguments.replay:
        replayed(arguments.replay)
    return 0


if __name__ == "__main__":
    sys.exit(main())

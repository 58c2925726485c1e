"""Write docs/robustness.md from the tables of the tests: bad files, and faults.

    python tools/robustness_page.py
    python tools/robustness_page.py --check   # exit code 1 where the page is not in step

The tables are ``tests/test_hostile_files.py``'s and ``tests/test_faults.py``'s; what they say is
held by the tests themselves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "robustness.md"
sys.path.insert(0, str(ROOT))

from pages import table  # noqa: E402
from tests import hostile_places as places  # noqa: E402
from tests import test_faults as faults  # noqa: E402
from tests import test_hostile_batch as batch  # noqa: E402
from tests import test_hostile_files as files  # noqa: E402

HEAD = """\
# Bad files and faults

Written by `tools/robustness_page.py` from the tables of the tests, which hold every line of it; do
not edit it. A bad file loads, with every row kept or accounted for, or it is refused with exit code
2 and a sentence that says what to do. No traceback reaches the user, nothing is lost in silence,
nothing is unpacked on disk, nothing is unpickled, SQL takes its values as parameters.

`tools/fuzz.py` goes on where the tables stop: damaged bytes and odd questions, for as long as is
wanted; the tests run it for some seconds.
"""


FORMULAS = """\
A cell that a spreadsheet would run (`=cmd|…`, `+1`, `@SUM(1)`) goes out as the text that it was: a
column of the user's is never changed, and none of ours starts so. In a workbook it is a text, which
nothing runs; a CSV has no types, so open a stranger's by Excel's import, its columns as text.
A blank line of a text, a title or a header of a sheet is no row.
"""


def in_short(told: files.Outcome) -> str:
    """Say how many rows come in.

    Parameters
    ----------
    told : int, str or tuple
        As the tests have it.

    Returns
    -------
    str
        A number, or that it is refused.
    """
    if isinstance(told, tuple):
        return f"{told[0]} or refused"
    return str(told) if isinstance(told, int) else "refused"


def outcome(told: files.Outcome) -> str:
    """Say what a file comes to.

    Parameters
    ----------
    told : int, str or tuple
        As the tests have it.

    Returns
    -------
    str
        Rows, or the start of the sentence.
    """
    if isinstance(told, tuple):
        return f"{outcome(told[0])}, or {outcome(told[1])}: by the version of the library"
    if isinstance(told, int):
        return f"loads, {told} row{'s' if told > 1 else ''}"
    return " or ".join(f"« {one} »" for one in told.split("|"))


def case_rows(cases: dict[str, files.Case]) -> Iterable[Sequence[str]]:
    """Give the rows of a table of cases.

    Parameters
    ----------
    cases : dict
        Name to case.

    Yields
    ------
    sequence of str
        Defect, outcome, what the report tells.
    """
    for name, case in cases.items():
        words = f" (`{' '.join(case.words)}`)" if case.words else ""
        yield f"{name}{words}", outcome(case.outcome), ", ".join(case.kinds)


def batch_rows(cases: dict[str, batch.Case]) -> Iterable[Sequence[str]]:
    """Give the rows of the table of bad files of places.

    Parameters
    ----------
    cases : dict
        Name to case.

    Yields
    ------
    sequence of str
        Defect, rows out, those of them that say why they are not placed.
    """
    for name, case in cases.items():
        words = f" (`{' '.join(case.words)}`)" if case.words else ""
        to = f", to .{case.suffix}" if case.suffix != "csv" else ""
        told = case.outcome
        rows = f"{told} row{'s' * (told != 1)}" if isinstance(told, int) else outcome(told)
        yield f"{name}{words}{to}", rows, str(case.failed or "")


def page() -> str:
    """Write the page.

    Returns
    -------
    str
        Markdown.
    """
    grid = [
        [defect, *map(in_short, outcomes)] for defect, (_, outcomes) in files.EVERY_FORMAT.items()
    ]
    total = len(files.GRID) + len(files.CASES) + len(files.ODD_FILES) + len(files.LISTS)
    total += len(batch.GRID) + len(batch.CASES) + len(batch.OUTPUTS)
    of_places = [
        [defect, *map(in_short, outcomes)] for defect, (_, outcomes) in batch.EVERY_FORMAT.items()
    ]
    refusals = [(name, f"« {why} »") for name, (_, why) in batch.OUTPUTS.items()]
    columns = ("defect", "outcome", "told in the report")
    faulty = (
        (
            fault.tried,
            fault.happened,
            ", ".join(f"`{one.partition('::')[2]}`" for one in fault.tests),
        )
        for fault in faults.FAULTS
    )
    return "\n".join(
        (
            HEAD,
            f"## Bad files: {total}\n",
            "Every format with every defect: how many rows come in, or that it is refused.\n",
            table(("defect", *files.FORMATS), grid),
            "Contents, archives and parts, through `data check`:\n",
            table(columns, case_rows(files.CASES)),
            "What is no plain file:\n",
            table(columns, case_rows(files.ODD_FILES)),
            "Lists that are not what they seem, through `data add zonage_medecins`:\n",
            table(columns, case_rows(files.LISTS)),
            "Files of places, through `batch`: one row out for a row in, always.\n",
            table(("defect", *places.FORMATS), of_places),
            FORMULAS,
            table(
                ("defect", "rows out", "not placed, `zg_erreur` says why"), batch_rows(batch.CASES)
            ),
            "What a batch is not written to:\n",
            table(("output", "told"), refusals),
            "## Faults\n",
            table(("tried", "what happened", "tests"), faulty),
        )
    )


def main() -> int:
    """Write the page, or compare it.

    Returns
    -------
    int
        1 where it is not in step.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    text = page()
    if parser.parse_args().check:
        held = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        return int(held != text)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

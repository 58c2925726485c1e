"""Sheets of a workbook as JSON: a program of its own, which may die and take nobody with it.

Calamine is compiled: on a workbook made to harm, or badly damaged, it may panic, ask for more
memory than there is (which ends the process) or never end. So it is run apart, with the bytes
of the workbook on stdin; imports nothing of ours, so as to start in no time.
"""

from __future__ import annotations

import json
import sys
from typing import Any

MEMORY = 4 << 30
"""Bytes that it may ask for, where the system can tell it so."""


def main() -> int:
    """Write the sheets wanted, or what is wrong, on stdout.

    Returns
    -------
    int
        0; what is wrong is in the JSON.
    """
    from io import BytesIO

    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _bound()
    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(sys.stdin.buffer.read()))
        told = _sheets(book, wanted)
    except PasswordError:
        told = {"password": True}
    except CalamineError as error:
        told = {"error": str(error)}
    sys.stdout.buffer.write(json.dumps(told, default=_text).encode())
    return 0


def _sheets(book: Any, wanted: str | None) -> dict[str, Any]:  # noqa: ANN401
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = [
        one.name
        for one in book.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet
        and (one.visible == SheetVisibleEnum.Visible or one.name == wanted)
    ]
    out = []
    for name in names if wanted is None else [name for name in names if name == wanted]:
        sheet = book.get_sheet_by_name(name)
        cells = sheet.to_python(skip_empty_area=False)
        out.append({"name": name, "cells": cells, "merged": sheet.merged_cell_ranges or []})
    return {"names": names, "sheets": out}


def _text(value: Any) -> str | dict[str, str]:  # noqa: ANN401
    """Write what JSON has no word for: dates and times, said to be; durations as text."""
    if hasattr(value, "isoformat"):
        return {type(value).__name__: value.isoformat()}
    return str(value)


def _bound() -> None:
    """Die rather than fill the machine's memory."""
    try:
        import resource
    except ImportError:  # Windows, which refuses by itself what it does not have
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    least = min(limit for limit in (MEMORY, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (least, hard))


if __name__ == "__main__":
    sys.exit(main())

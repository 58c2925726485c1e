"""Make the parts of docs/batch.md: the names that columns are found by."""

from __future__ import annotations

from pages import table
from zonage_geo.batch.addresses import CITY, KIND, NUMBER, POSTCODE, REPETITION, STREET, WHOLE
from zonage_geo.many.places import LAT, LON
from zonage_geo.readers.columns import WELL_KNOWN

__all__ = ["parts"]

NAMES = (
    ("longitude, or x", "`--lon`", LON),
    ("latitude, or y", "`--lat`", LAT),
    ("commune code", "`--insee`", WELL_KNOWN["code"]),
    ("address, whole", "`--adresse`", WHOLE),
    ("street's name", "`--adresse`", STREET),
    ("its number, before it", "`--adresse`", NUMBER),
    ("its repetition, before it", "`--adresse`", REPETITION),
    ("kind of street, before it", "`--adresse`", KIND),
    ("postal code", "`--code-postal`", POSTCODE),
    ("commune's name", "`--ville`", CITY),
)
"""What a column holds, the option that names it, and the names it is found by."""


def parts() -> dict[str, str]:
    """Make them.

    Returns
    -------
    dict
        Name to Markdown.
    """
    rows = (
        (holds, option, ", ".join(f"`{name}`" for name in dict.fromkeys(names)))
        for holds, option, names in NAMES
    )
    return {"names": table(("it holds", "option", "names"), rows)}

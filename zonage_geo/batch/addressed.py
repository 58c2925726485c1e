"""A file of addresses in, a file of answers out: beside `service`, whose rows are points."""

from __future__ import annotations

from pathlib import Path

from zonage_geo.batch.about import about
from zonage_geo.batch.addresses import Addresses
from zonage_geo.batch.model import Asked, Input, Progress
from zonage_geo.batch.outputs import open_output
from zonage_geo.batch.tally import Tally
from zonage_geo.catalog.model import Catalog
from zonage_geo.colophon.files import written

__all__ = ["run_addresses"]


def run_addresses(
    source: Input,
    out: Path,
    addresses: Addresses,
    catalog: Catalog,
    asked: Asked,
    progress: Progress,
) -> Tally:
    """Answer a file of addresses.

    Parameters
    ----------
    source : Input
        The file, as `prepare` gives it.
    out : Path
        Where the answers go, as `check_output` allows it. What is there is replaced once all is
        written.
    addresses : Addresses
        What answers.
    catalog : Catalog
        For the account.
    asked : Asked
        Which columns are named.
    progress : callable
        Told of rows done.

    Returns
    -------
    Tally
        The account of every row.

    Raises
    ------
    InputError
        If a row cannot be read or written; nothing is left of the output then.
    """
    tally = Tally()
    with written(out) as part:
        output = open_output(part, out.suffix.casefold(), source)
        try:
            for chunk in source.chunks():
                answered = addresses.answer(chunk)
                output.write(answered)
                tally.count(answered.added, catalog, verdicts=True)
                progress(tally.rows, source.rows)
            output.finish(
                about(
                    source, asked, catalog, addresses.store, addresses.day, tally, addresses.tally
                )
            )
        finally:
            output.release()
    return tally

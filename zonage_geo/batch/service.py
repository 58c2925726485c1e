"""A file of places in, a file of answers out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from zonage_geo.batch.about import about
from zonage_geo.batch.addresses import ADDRESS_CHUNK, address_columns
from zonage_geo.batch.codes import judged
from zonage_geo.batch.inputs import open_input
from zonage_geo.batch.model import Answered, Asked, Chunk, Input, Progress
from zonage_geo.batch.outputs import SUFFIXES, Output, open_output
from zonage_geo.batch.places import Finder
from zonage_geo.batch.tally import Tally
from zonage_geo.colophon.files import beside, check_free, written
from zonage_geo.errors import InputError
from zonage_geo.many.codes import names_beside
from zonage_geo.many.engine import Engine
from zonage_geo.many.frames import columns_of, locate_frame, membership_frame
from zonage_geo.many.places import Where
from zonage_geo.readers.columns import SAMPLE, is_named

__all__ = ["answer", "check_output", "prepare", "pump", "run"]


def prepare(path: Path, asked: Asked) -> Input:
    """Open a file of places, and make sure that it says where its rows are.

    Parameters
    ----------
    path : Path
        The file.
    asked : Asked
        How it reads.

    Returns
    -------
    Input
        Ready to be read.

    Raises
    ------
    InputError
        If it cannot be read, or nothing says where its rows are.
    """
    source = open_input(path, asked)
    source = replace(source, sample=_sample(source))
    addresses = address_columns(source, asked)
    if addresses is None:
        column = Finder(source, asked).coded
        beside = None if column is None else names_beside(source.columns, column)
    else:
        column, beside = addresses.insee, addresses.ville
    if column is not None:
        zeros, notes = judged(source, column, beside)
        source = replace(source, zeros=zeros, notes=(*source.notes, *notes))
    if addresses is not None and asked.chunk > ADDRESS_CHUNK:
        smaller = open_input(path, asked._replace(chunk=ADDRESS_CHUNK))
        source = replace(source, chunks=smaller.chunks)
    return source


def _sample(source: Input) -> pd.DataFrame | None:
    """Take some rows of the columns that are called like those of commune codes."""
    names = [name for name in source.columns if is_named(name, "code")]
    if not names:
        return None
    frame = next(iter(source.chunks())).select(names)
    return frame.iloc[:: max(1, len(frame) // SAMPLE)].reset_index(drop=True)


def run(source: Input, out: Path, engine: Engine, asked: Asked, progress: Progress) -> Tally:
    """Answer a file of places.

    Parameters
    ----------
    source : Input
        The file, as `prepare` gives it.
    out : Path
        Where the answers go, as `check_output` allows it; its suffix says how. What is there
        is replaced once all is written.
    engine : Engine
        The store on a day.
    asked : Asked
        What is wanted.
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
    with written(out) as part:
        output = open_output(part, out.suffix.casefold(), source)
        return pump(source, output, engine, asked, progress)


def check_output(path: Path, out: Path, *, force: bool, folders: bool = False) -> None:
    """Refuse an output that would lose something, or that nothing writes.

    Parameters
    ----------
    path, out : Path
        Input and output.
    force : bool
        Whether a file that is there may be replaced.
    folders : bool
        Whether the output is Parquet: a file, or a folder of them where it has no suffix.

    Raises
    ------
    InputError
        If it is so.
    """
    suffixes = [".parquet", ""] if folders else list(SUFFIXES)
    if out.suffix.casefold() not in suffixes:
        told = "en .parquet, ou dans un dossier (sans suffixe)" if folders else (
            f"en {', '.join(suffixes)}"
        )  # fmt: skip
        raise InputError(f"{out} : la sortie s'écrit {told} ; donnez-lui un autre nom.")
    try:
        for one in (out, beside(out)):
            if one.exists() and path.exists() and one.samefile(path):
                raise InputError(f"{one} : la sortie est le fichier lu ; donnez-lui un autre nom.")
        check_free(out, force=force)
    except OSError as error:  # a name too long, a folder that cannot be entered
        raise InputError(f"{out} : écriture impossible ({error.strerror or error}).") from error


def pump(
    source: Input,
    output: Output,
    engine: Engine,
    asked: Asked,
    progress: Progress,
    *,
    trusted: bool = False,
) -> Tally:
    """Read, answer and write, chunk by chunk.

    Parameters
    ----------
    source : Input
        What is read.
    output : Output
        What is written; released in the end.
    engine : Engine
        The store on a day.
    asked : Asked
        What is wanted.
    progress : callable
        Told of rows done.
    trusted : bool
        Whether other rows of the file were looked at already.

    Returns
    -------
    Tally
        The account of every row.
    """
    tally = Tally()
    try:
        finder = Finder(source, asked, trusted=trusted)
        for chunk in source.chunks():
            answered = answer(chunk, finder, engine, asked)
            output.write(answered)
            tally.count(answered.added, engine.catalog, verdicts=asked.verdicts)
            progress(tally.rows, source.rows)
        output.finish(about(source, asked, engine.catalog, engine.store, engine.day, tally))
    finally:
        output.release()
    return tally


def answer(chunk: Chunk, finder: Finder, engine: Engine, asked: Asked) -> Answered:
    """Answer some rows.

    Parameters
    ----------
    chunk : Chunk
        The rows.
    finder : Finder
        Says where they are.
    engine : Engine
        The store on a day.
    asked : Asked
        What is wanted.

    Returns
    -------
    Answered
        One row a row, in the same order.
    """
    where = finder.where(chunk)
    bare = pd.DataFrame(index=pd.RangeIndex(_length(where)))
    if asked.verdicts:
        added = locate_frame(bare, where, engine, threads=asked.threads)
    else:
        added = membership_frame(bare, where, engine, threads=asked.threads)
    added = added[columns_of(engine, verdicts=asked.verdicts)]
    if where.lon is None or where.lat is None:
        return Answered(chunk, added)
    return Answered(chunk, added, where.lon.to_numpy(np.float64), where.lat.to_numpy(np.float64))


def _length(where: Where) -> int:
    column = where.insee if where.insee is not None else where.lon
    return 0 if column is None else len(column)

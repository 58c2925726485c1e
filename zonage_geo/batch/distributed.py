"""A Parquet file shared out between processes or machines, by dask.distributed.

Each task is the same as a run of one process, on some groups of rows of the file: it writes
its part beside the output and gives its account. A task whose process dies is run again
elsewhere by dask, and a part is whole or is not there, so nothing is lost and nothing counted
twice. Workers see the same folders as the process that asks: input, output and store.

A worker's thread keeps the engine that it opened, in `_memory`, for the tasks to come: the
indexes are mapped into memory, so that the threads of a machine share their pages.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from zonage_geo.batch.about import about
from zonage_geo.batch.model import Asked, Progress, require
from zonage_geo.batch.parquet import ParquetOutput, groups_of, open_parquet
from zonage_geo.batch.places import Finder
from zonage_geo.batch.service import prepare, pump
from zonage_geo.batch.tally import Tally
from zonage_geo.colophon.facts import Facts
from zonage_geo.colophon.files import written
from zonage_geo.colophon.formats import without_key, write_key
from zonage_geo.errors import InputError, StoreError
from zonage_geo.many.engine import Engine
from zonage_geo.many.frames import locate_frame, membership_frame
from zonage_geo.many.places import find_places
from zonage_geo.readers import ReadError
from zonage_geo.settings import Settings
from zonage_geo.store.query import Store

if TYPE_CHECKING:
    import dask.dataframe as dd

__all__ = ["Cluster", "Spec", "answer_piece", "locate_partitions", "run_on", "spec_of"]

_DASK = '"dask[dataframe]" distributed'

IDENTITY = ("schema_version", "inputs_sha256", "additions", "built_at")
CONNECT_S = 15
_memory = threading.local()


class Cluster(NamedTuple):
    """Who works.

    Attributes
    ----------
    workers : int or None
        Processes to start on this machine.
    scheduler : str or None
        Address of a scheduler to join.
    """

    workers: int | None = None
    scheduler: str | None = None


class Spec(NamedTuple):
    """What a worker needs to answer as the process that asks would.

    Attributes
    ----------
    store : str
        Path of the GeoPackage.
    identity : tuple of str
        What it must say of itself.
    day : date
        The day of every question.
    settings : Settings
        What overrides accuracies.
    """

    store: str
    identity: tuple[str, ...]
    day: date
    settings: Settings


def spec_of(store: Store, settings: Settings, day: date) -> Spec:
    """Tell what a worker needs to answer like a store on a day.

    Parameters
    ----------
    store : Store
        Open; its indexes are best built beforehand.
    settings : Settings
        What overrides accuracies.
    day : date
        The day asked about.

    Returns
    -------
    Spec
        Small, and can be pickled.
    """
    return Spec(str(store.file.resolve()), _identity(store), day, settings)


def _identity(store: Store) -> tuple[str, ...]:
    return tuple(store.metadata.get(key, "") for key in IDENTITY)


def _engine(spec: Spec) -> Engine:
    """Give this thread's engine, opened at its first task."""
    held: tuple[Spec, Engine] | None = getattr(_memory, "held", None)
    if held is not None and held[0] == spec:
        return held[1]
    store = Store.open(Path(spec.store))
    if _identity(store) != spec.identity:
        store.close()
        raise StoreError(
            f"{spec.store} : le magasin a changé depuis le début du lot, ou n'est pas le même sur "
            "toutes les machines."
        )
    engine = Engine(store, store.catalog(), spec.settings, spec.day, _quiet)
    _memory.held = (spec, engine)
    return engine


def _quiet(_label: str, _done: float) -> None:
    """Say nothing: nobody sees a worker's screen."""


def _silent(_done: int, _rows: int | None) -> None:
    """Say nothing of rows."""


def answer_piece(
    spec: Spec, path: str, groups: list[int], part: str, asked: Asked, *, trusted: bool
) -> Tally:
    """Answer some groups of rows of a Parquet file, into a file of their own.

    Parameters
    ----------
    spec : Spec
        What answers.
    path : str
        The file.
    groups : list of int
        Its groups of rows.
    part : str
        Where their answers go.
    asked : Asked
        What is wanted.
    trusted : bool
        Whether the file's first rows are looked at elsewhere.

    Returns
    -------
    Tally
        The account of the rows.

    Raises
    ------
    InputError
        As `batch.run` does.
    """
    try:
        source = open_parquet(Path(path), asked, groups)
        with written(Path(part)) as temporary:
            output = ParquetOutput(temporary, source)
            return pump(source, output, _engine(spec), asked, _silent, trusted=trusted)
    except ReadError as error:
        raise InputError(str(error)) from None  # the other does not travel


def run_on(
    cluster: Cluster, path: Path, out: Path, spec: Spec, asked: Asked, progress: Progress
) -> Tally:
    """Answer a Parquet file by several processes.

    Parameters
    ----------
    cluster : Cluster
        Who works.
    path : Path
        The file.
    out : Path
        A Parquet file; or, without a suffix, a folder of them in order.
    spec : Spec
        What answers.
    asked : Asked
        What is wanted.
    progress : callable
        Told of rows done, in order.

    Returns
    -------
    Tally
        The account of every row, the same as that of one process.

    Raises
    ------
    InputError
        If the file is not Parquet, dask is not installed, or no scheduler answers; nothing is
        left of the output then.
    """
    source = prepare(path, asked)
    if source.schema is None:
        raise InputError(
            f"{path.name} : --workers et --scheduler répartissent du Parquet ; enlevez-les, ou "
            "convertissez d'abord le fichier."
        )
    pieces = groups_of(path, asked.chunk)
    asked = Finder(source, asked).settled(asked)  # from rows of all of the file
    asked = asked._replace(threads=asked.threads or _threads(cluster))
    with written(out) as temporary:
        folder = temporary if not out.suffix else temporary.with_suffix(".parts")
        folder.mkdir()
        parts = [folder / f"part-{rank:05d}.parquet" for rank in range(len(pieces))]
        joined = _Joined(temporary if out.suffix else None)
        tally = Tally()
        try:
            with _client(cluster) as client:
                futures = [
                    client.submit(
                        answer_piece,
                        spec,
                        str(path.resolve()),
                        groups,
                        str(part.resolve()),
                        asked,
                        trusted=rank > 0,
                        pure=False,
                    )
                    for rank, (groups, part) in enumerate(zip(pieces, parts, strict=True))
                ]
                for future, part in zip(futures, parts, strict=True):
                    tally.add(_result(future))
                    joined.add(part)
                    progress(tally.rows, source.rows)
            with closing(Store.open(Path(spec.store))) as store:
                facts = about(source, asked, store.catalog(), store, spec.day, tally)
            joined.finish(facts)
        finally:
            joined.close()
    return tally


def _threads(cluster: Cluster) -> int:
    """Leave each worker its share of the cores."""
    return max(1, (os.cpu_count() or 1) // (cluster.workers or os.cpu_count() or 1))


def _result(future: Any) -> Tally:  # noqa: ANN401  (dask has no types)
    from distributed.scheduler import KilledWorker

    try:
        tally: Tally = future.result()
    except KilledWorker as error:
        raise InputError(
            "des processus sont morts l'un après l'autre sur le même morceau, sans doute faute de "
            "mémoire : réduisez --chunk ou --workers."
        ) from error
    return tally


@contextmanager
def _client(cluster: Cluster) -> Iterator[Any]:
    """Start processes, or join a scheduler."""
    distributed = require("distributed", _DASK, "répartir un lot")
    if cluster.scheduler is None:
        with (
            distributed.LocalCluster(
                n_workers=cluster.workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                memory_limit=0,  # a task's memory is bounded by its chunks
                silence_logs=logging.ERROR,
            ) as local,
            distributed.Client(local) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(cluster.scheduler, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise InputError(
            f"aucun ordonnanceur dask ne répond à {cluster.scheduler} ({error})."
        ) from error
    with client:
        yield client


class _Joined:
    """Parts put end to end in one file, each as soon as those before it are."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._writer: Any = None
        self._schema: Any = None

    def add(self, part: Path) -> None:
        """Add a part, which is then removed; where there is no file, it stays."""
        if self._path is None:
            return
        import pyarrow.parquet as pq

        with pq.ParquetFile(part) as file:
            if self._writer is None:
                self._schema = without_key(file.schema_arrow)
                self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")
            for group in range(file.num_row_groups):
                self._writer.write_table(file.read_row_group(group).cast(self._schema))
        part.unlink()

    def finish(self, facts: Facts) -> None:
        """Add what the file says of itself."""
        if self._writer is not None:
            self._writer.add_key_value_metadata(write_key(facts))

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()


# frames of dask's own


def locate_partitions(frame: dd.DataFrame, spec: Spec, asked: Asked) -> dd.DataFrame:
    """Answer a dask.dataframe, partition by partition, when it is computed.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
        Columns of degrees or of commune codes.
    spec : Spec
        What answers, as `spec_of` gives it.
    asked : Asked
        Which columns, and whether verdicts are wanted.

    Returns
    -------
    dask.dataframe.DataFrame
        One row a row, in the same order and partitions, as ``Atlas.locate_many`` gives them.
    """
    utils: Any = require("dask.dataframe.utils", _DASK, "un dask.dataframe")
    lazy: Any = frame
    meta = utils.clear_known_categories(_answer_partition(lazy._meta, spec, asked))  # noqa: SLF001
    answered: dd.DataFrame = lazy.map_partitions(_answer_partition, spec, asked, meta=meta)
    return answered


def _answer_partition(frame: pd.DataFrame, spec: Spec, asked: Asked) -> pd.DataFrame:
    where = find_places(frame, lon=asked.lon, lat=asked.lat, insee=asked.insee)
    if asked.verdicts:
        return locate_frame(frame, where, _engine(spec), threads=asked.threads)
    return membership_frame(frame, where, _engine(spec), threads=asked.threads)

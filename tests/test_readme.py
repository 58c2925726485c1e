"""README.md: its commands run, and print what it shows."""

from __future__ import annotations

import doctest
import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from zonage_geo.settings import Settings
from zonage_geo.store import store_path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CUT = "[…]"


def blocks(language: str) -> list[str]:
    """Give the README's fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """Give the commands of ours in the README's shell blocks that need no network nor file."""
    parts = [
        part for block in blocks("bash") for line in block.splitlines() for part in line.split("&&")
    ]
    words = [shlex.split(part, comments=True) for part in parts if "zonage_geo" in part]
    ours = [word for word in words if word[:3] == ["python", "-m", "zonage_geo"]]
    ours = [word for word in ours if "-o" not in word]
    return [word for word in ours if word[3] != "data" or word[4] == "list"]


def on_territories() -> list[list[str]]:
    """Give those that write an analysis of a territory."""
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines if " -o " in line]
    return [word for word in words if word[3] in ("overlay", "pdsa", "coverage", "compare")]


def on_files() -> list[list[str]]:
    """Give those that read a file of the user's, in order."""
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines if "zonage_geo data" in line]
    return [word for word in words if word[4] in ("check", "add", "remove")]


def on_places() -> list[list[str]]:
    """Give those that read a file of places, in order."""
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if "zonage_geo batch" in line]


def shown() -> list[tuple[list[str], str]]:
    """Give each ``$ command`` of the README's text blocks, with the output under it."""
    found = []
    for block in blocks("text"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((shlex.split(command), output))
    return found


def run_in(
    home: Path, command: list[str], folder: Path = ROOT
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the README."""
    assert command[:3] == ["python", "-m", "zonage_geo"]
    return subprocess.run(
        [sys.executable, *command[1:]],
        capture_output=True,
        cwd=folder,
        env={**os.environ, "ZONAGE_GEO_HOME": str(home), "PYTHONPATH": str(ROOT)},
        check=False,
    )


def run(home: Path, command: list[str]) -> str:
    """Run a command of the README that says nothing but its answer; give it."""
    done = run_in(home, command)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode("utf-8").replace(os.linesep, "\n")


def test_nothing_is_left_to_fill_and_every_link_leads_somewhere() -> None:
    assert "<!-- output" not in README
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


@pytest.mark.package_data
@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_a_command_of_the_readme_runs(home: Path, command: list[str]) -> None:
    assert run(home, command)


@pytest.mark.package_data
def test_the_commands_on_files_run_in_order(home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "home"
    shutil.copytree(home, mine)
    (mine / "raw").mkdir(exist_ok=True)
    quarter = gpd.GeoDataFrame(
        {"CODE_QP": ["QP031006"], "NOM_QP": ["Bellefontaine"]},
        geometry=[shapely.box(1.395, 43.563, 1.402, 43.567)],
        crs="EPSG:4326",
    )
    quarter.to_file(mine / "raw" / "QP_2015.shp")
    communes = gpd.read_file(
        store_path(Settings(home=home)), layer="communes", where="code < '01050'"
    )
    communes[["code", "geometry"]].to_file(mine / "raw" / "COMMUNE.shp")
    (mine / "raw" / "secteurs.csv").write_text("insee;secteur\n67482;1\n67001;2\n67411;29\n")
    rows = ["numero;nom_voie;code_insee;lon;lat", "12;Rue de Metz;31555;1.446;43.6"]
    (mine / "raw" / "adresses-31.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    assert len(on_files()) == 6
    for command in on_files():
        done = run_in(mine, command)
        assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr.decode()


@pytest.mark.package_data
def test_the_commands_on_places_run_in_order(home: Path, tmp_path: Path) -> None:
    for module in ("pyarrow", "openpyxl", "distributed"):
        pytest.importorskip(module)
    points = pd.DataFrame({"nom": ["Capitole"], "lon": [1.4440], "lat": [43.6045]})
    points.to_csv(tmp_path / "points.csv", index=False, sep=";")
    points.to_parquet(tmp_path / "points.parquet")
    metres = pd.DataFrame({"X": [574357.21], "Y": [6279642.97]})
    metres.to_csv(tmp_path / "metres.csv", index=False)
    addresses = pd.DataFrame({"adresse": ["1 place du Capitole"], "ville": ["Toulouse"]})
    addresses.to_csv(tmp_path / "cabinets.csv", index=False)
    codes = pd.DataFrame({"code commune": ["31555", "9122"]})
    codes.to_excel(tmp_path / "communes.xlsx", index=False)
    for command in on_places():
        done = run_in(home, command, tmp_path)
        out = command[command.index("-o") + 1]
        assert (done.returncode, done.stdout.decode().strip()) == (0, out), done.stderr.decode()
        assert (tmp_path / out).stat().st_size


@pytest.mark.package_data
def test_the_commands_on_territories_run(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    rows = "secteur;insee;creneau\nA;09020;soir\nA;09029;soir\nB;09029;nuit\n"
    (tmp_path / "secteurs.csv").write_text(rows, encoding="utf-8")
    assert len(on_territories()) == 2
    for command in on_territories():
        done = run_in(home, command, tmp_path)
        out = command[command.index("-o") + 1]
        assert (done.returncode, done.stdout.decode().strip()) == (0, out), done.stderr.decode()
        assert (tmp_path / out).stat().st_size


def test_the_readme_has_commands_to_run() -> None:
    assert len(commands()) >= 8
    assert len(shown()) >= 3
    assert all("--date" in command for command, _ in shown())


@pytest.mark.package_data
@pytest.mark.parametrize(("command", "output"), shown(), ids=str)
def test_a_command_prints_what_the_readme_shows(
    home: Path, command: list[str], output: str
) -> None:
    printed = run(home, command)
    pattern = re.escape(output).replace(re.escape(f"{CUT}\n"), r"(?:.*\n)+?")
    assert re.fullmatch(pattern, printed), f"it prints:\n{printed}"


@pytest.mark.package_data
def test_the_python_of_the_readme_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    names: dict[str, object] = {}
    block = "\n".join(blocks("python"))
    for line in block.splitlines():
        exec(line, names)  # noqa: S102
    (session,) = blocks("pycon")
    test = doctest.DocTestParser().get_doctest(session, names, "README.md", None, None)
    said: list[str] = []
    failed = doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed
    assert failed == 0, "".join(said)

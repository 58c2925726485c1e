"""The first hour of README.md, in an empty environment that has only the wheel of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.transcripts import files_of, on_terminal, shows, steps_of

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
pytestmark = pytest.mark.package_data


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the environment of somebody who has only just come: offline, as the page says."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("ZONAGE_GEO_", "PYTHON"))}
    home = tmp_path_factory.mktemp("home")
    return {**ours, "ZONAGE_GEO_HOME": str(home), "ZONAGE_GEO_OFFLINE": "1", "COLUMNS": "100"}


@pytest.fixture(scope="module")
def python(
    built: Path, wheel: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Install the wheel where there is nothing, with pip alone; build the store."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True)
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-compile", built)
    for words in (pip, ("-m", "zonage_geo", "data", "build", "--from", wheel)):
        done = subprocess.run(
            [found, *words], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
    return found


def test_the_page_has_an_hour_to_spend() -> None:
    assert len(steps_of(README)) >= 15
    assert len(files_of(README)) >= 2
    assert README.count("```pycon") >= 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_every_command_shows_what_the_page_shows(
    python: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """In their order, in one folder: what one command makes, the next one reads."""
    for name, text in files_of(README).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    wrong = []
    for step in steps_of(README):
        code, screen = on_terminal(python, step.command, tmp_path, environment)
        if code != 0 or not shows(step.output, screen):
            wrong.append(f"$ {' '.join(step.command)}  → {code}\n{screen}")
    assert not wrong, "\n".join(wrong)


def test_every_python_session_says_what_the_page_says(
    python: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    sessions = README.split("```pycon\n")[1:]
    text = "\n".join(session.partition("```")[0] for session in sessions)
    (tmp_path / "session.txt").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [python, "-m", "doctest", "-o", "ELLIPSIS", "-o", "NORMALIZE_WHITESPACE", "session.txt"],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert text.count(">>>") >= 10
    assert done.returncode == 0, done.stdout + done.stderr

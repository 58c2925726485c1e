"""Prove the lower bounds of the dependencies: the tests that lean on them, on those versions.

    python tools/minimum_versions.py
    python tools/minimum_versions.py --constraints   # only print what pip is bound to

A fresh virtual environment of the Python that runs this (3.11, the oldest supported, unless
``PYTHON`` names another) gets every direct dependency, of the package and of the extras that the
tests need, at the bound that ``pyproject.toml`` states; then the tests of `TESTS` run in it. They
are those of the rooms that call third parties: reading and writing of every format, frames,
shapes, the index, batch, the atlas. The others call the standard library alone.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("parquet", "static", "dask", "excel", "test")
INSTALLED = "test,static"
TESTS = (
    "test_house.py",
    "test_hostile_files.py",
    "test_readers_codes.py",
    "test_readers_tables.py",
    "test_readers_vectors.py",
    "test_passage_polygons.py",
    "test_additions_content.py",
    "test_locate_drawn.py",
    "test_batch.py",
    "test_atlas.py",
)
KNOWN = "ignore:Conversion of an array with ndim > 0:DeprecationWarning"
"""pyproj on one point, for every NumPy from 1.25 to 2.3; the answer is right."""
_REQUIREMENT = re.compile(r"\A([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*(>=|==)\s*([0-9][0-9A-Za-z.*]*)\Z")


class BoundError(SystemExit):
    """A dependency whose lower bound cannot be read."""


def bounds(pyproject: Path = ROOT / "pyproject.toml") -> dict[str, str]:
    """Read the lower bound of each direct dependency.

    Parameters
    ----------
    pyproject : Path, optional
        Where they are stated.

    Returns
    -------
    dict
        Name to version, as pip constrains it (``2.1``, ``1.9.3.*``).

    Raises
    ------
    BoundError
        If one has no lower bound, or is written in a form unknown here.
    """
    with pyproject.open("rb") as stream:
        project = tomllib.load(stream)["project"]
    wanted = list(project["dependencies"])
    for extra in EXTRAS:
        wanted += project["optional-dependencies"][extra]
    found = {}
    for requirement in wanted:
        if requirement.startswith(f"{project['name']}["):
            continue
        read = _REQUIREMENT.match(requirement)
        if read is None:
            msg = f"{pyproject.name}: no lower bound can be read in {requirement!r}"
            raise BoundError(msg)
        found[read[1]] = read[3]
    return found


def constraints() -> str:
    """Write the bounds as pip reads them.

    Returns
    -------
    str
        One line a dependency.
    """
    return "".join(f"{name}=={version}\n" for name, version in sorted(bounds().items()))


def run(*command: str | Path) -> int:
    """Run a command, its output shown.

    Parameters
    ----------
    *command : str or Path
        Its words.

    Returns
    -------
    int
        Its exit code.
    """
    return subprocess.run(list(map(str, command)), check=False, cwd=ROOT).returncode


def main() -> int:
    """Install the oldest versions and run the tests on them.

    Returns
    -------
    int
        0 where all passed; else the exit code of what failed.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--constraints", action="store_true", help="print them and stop")
    if parser.parse_args().constraints:
        print(constraints(), end="")
        return 0
    with tempfile.TemporaryDirectory(prefix="minimum-") as name:
        folder = Path(name)
        bound = folder / "constraints.txt"
        bound.write_text(constraints(), encoding="utf-8")
        if os.environ.get("PYTHON"):
            run(os.environ["PYTHON"], "-m", "venv", folder / "venv")
        else:
            venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = (python, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
        failed = run(*pip, "install", "--constraint", bound, "--editable", f"{ROOT}[{INSTALLED}]")
        if not failed:
            run(*pip, "freeze", "--exclude-editable")
            tests = [ROOT / "tests" / one for one in TESTS]
            options = ("-q", "-p", "no:cacheprovider", "-W", KNOWN)
            failed = run(python, "-m", "pytest", *options, *tests)
    return failed


if __name__ == "__main__":
    sys.exit(main())

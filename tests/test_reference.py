"""Pages of reference: in step with the code, and their commands print what they show."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.replayed import differences, fits, replay, section
from tests.transcripts import shown
from zonage_geo.settings import Settings
from zonage_geo.store import store_path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
MADE = ("batch", "catalogue", "cli", "json", "python")
"""Pages that ``tools/reference.py`` has a part in."""
PAGES = [DOCS / f"{name}.md" for name in (*MADE, "columns", "README")]
QUARTERS = "zonage_qpv_paca_2025.csv"


def text_of(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


ARRETE = section(text_of("catalogue"), "A région's new arrêté")
DATED = ("locate", "aids", "batch", "overlay", "coverage", "pdsa")
ACCOUNTS = [["data", "check"], ["data", "add"], ["data", "list"]]


def test_the_pages_are_in_step_with_the_code() -> None:
    command = [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def slugs(page: str) -> set[str]:
    """Give a page's anchors, as they are made of its headings."""
    prose = re.sub(r"(?ms)^```.*?^```$", "", page)
    headings = re.findall(r"(?m)^#+ (.+)$", prose)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_link_leads_somewhere(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", page) if "://" not in link]
    assert links
    for link in links:
        name, _, anchor = link.partition("#")
        target = path if not name else (path.parent / name).resolve()
        assert target.exists(), link
        if anchor:
            assert anchor in slugs(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("name", MADE)
def test_what_is_answered_has_a_date(name: str) -> None:
    words = [command.split() for command, _ in shown(text_of(name)) if "$?" not in command]
    asked = [one for one in words if one[3:4] and one[3] in DATED]
    assert all("--date" in one for one in asked), asked


@pytest.fixture
def mine(home: Path, tmp_path: Path) -> Path:
    """Give a home of the test's own."""
    folder = tmp_path / "home"
    (folder / "processed").mkdir(parents=True)
    (folder / "raw").mkdir()
    shutil.copy(store_path(Settings(home=home)), store_path(Settings(home=folder)))
    return folder


@pytest.mark.package_data
@pytest.mark.parametrize("name", ["json", "cli", "batch"])
def test_commands_print_what_a_page_shows(home: Path, tmp_path: Path, name: str) -> None:
    page = text_of(name)
    assert len(shown(page)) >= 3
    assert "".join(differences(home, tmp_path, page)) == ""


@pytest.mark.package_data
@pytest.mark.shared_data
def test_the_walk_through_prints_what_it_shows(mine: Path, shared: Path) -> None:
    shutil.copy(shared / "zonage_medecins" / QUARTERS, mine / "raw")
    assert "".join(differences(mine, mine, ARRETE)) == ""


@pytest.mark.package_data
def test_the_walk_through_works_on_a_made_file(mine: Path) -> None:
    # The same header, and Gap's quarter alone: answers about Gap are those of the page.
    rows = "code_qp,insee_com,zonage\nQN00501M,05061,ZAC\n"
    (mine / "raw" / QUARTERS).write_text(rows, encoding="utf-8")
    other = []
    for line, output in shown(ARRETE)[:-1]:
        printed = replay(mine, mine, line, output)
        if not fits(output, printed):
            other.append((line, printed))
    # What differs is the account of the file, and nothing else.
    assert [line.split()[3:5] for line, _ in other] == ACCOUNTS, other
    assert all(QUARTERS in printed for _, printed in other)


@pytest.mark.package_data
def test_a_whole_list_prints_what_the_page_shows(mine: Path) -> None:
    page = section(text_of("catalogue"), "A new list, whole")
    assert len(shown(page)) == 8
    assert "".join(differences(mine, mine, page)) == ""


@pytest.mark.package_data
def test_a_new_layer_prints_what_the_page_shows(mine: Path) -> None:
    page = section(text_of("catalogue"), "A new layer")
    assert len(shown(page)) == 4
    assert "".join(differences(mine, mine, page)) == ""


@pytest.mark.package_data
def test_the_python_of_the_page_runs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    (block,) = re.findall(r"(?ms)^```python\n(.*?)^```$", text_of("python"))
    exec(block, {})  # noqa: S102

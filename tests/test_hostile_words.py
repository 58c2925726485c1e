"""Any words at the shell, and damaged files at random: answered or refused, nothing else."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from zonage_geo.cli import main

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 0.7
"""For each format; ``tools/fuzz.py --seconds 600`` goes further."""

QUIETLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
Ask = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    """Load ``tools/fuzz.py``, which is no package."""
    spec = importlib.util.spec_from_file_location("fuzz", ROOT / "tools" / "fuzz.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    kept = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = kept
    return module


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xls", "ods", "shp", "gpkg", "geojson", "fgb"])
def test_damaged_files_load_or_are_refused(fuzz: ModuleType, kind: str) -> None:
    seen = fuzz.fuzz(kind, SECONDS, 0, None)
    assert set(seen) <= {"loaded", "refused"}
    assert seen["refused"]


@pytest.fixture
def ask(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask at the shell, in this process, and hold it to what every command promises."""
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))

    def asked(*words: str) -> tuple[int, str]:
        try:
            code = main(["locate", "--offline", *words])
        except SystemExit as left:
            code = int(str(left.code))
        out, err = capsys.readouterr()
        assert code in {0, 2, 3, 4}, err
        assert "Traceback" not in err
        assert bool(out) == (code == 0)
        assert code == 0 or err.startswith("zonage_geo : ")
        return code, out

    return asked


anything = st.text(max_size=60).filter(lambda text: not text.startswith("-"))
pieces = st.lists(
    st.sampled_from(
        ["Foix", "1 place", "31000", "l'", '"', "*", "NEAR(", "OR", "--", ";", "\0", "%", "é", "٣"]
    ),
    max_size=6,
).map(" ".join)


@pytest.mark.package_data
@QUIETLY
@given(st.one_of(anything, pieces.filter(lambda text: not text.startswith("-"))))
@example("'; DROP TABLE editions; --")
@example("\ud800")
@example("<img src=x onerror=alert(1)> Foix")
def test_any_text_is_answered_or_refused(ask: Ask, text: str) -> None:
    code, out = ask(text, "--json")
    if code == 0:
        assert json.loads(out)["schema"] == "zonage_geo.location/1"


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32)


@pytest.mark.package_data
@QUIETLY
@given(st.one_of(anything, st.tuples(numbers, numbers).map(lambda p: f"{p[0]},{p[1]}")))
@example("1e400,1e400")
@example("90,180")
@example("-90,-180")
def test_any_point_is_answered_or_refused(ask: Ask, text: str) -> None:
    ask(f"--point={text}", "--json")


@pytest.mark.package_data
@QUIETLY
@given(st.floats(-5.5, 9.9), st.floats(41.0, 51.5), st.dates())
def test_any_point_of_france_at_any_date_has_a_whole_answer(
    ask: Ask, lon: float, lat: float, day: object
) -> None:
    code, out = ask(f"--point={lat},{lon}", "--date", str(day), "--json")
    if code == 0:
        for zone in json.loads(out)["zones"]:
            assert zone["verdict"] in {"oui", "non", "indéterminé"}
            assert (zone["class"] is None) == (zone["verdict"] != "oui")
            assert zone["possible"]
            assert zone["reason_code"]
            assert (zone["verdict"] == "indéterminé") <= (len(zone["reason"]) > 0)


@pytest.mark.package_data
@QUIETLY
@given(anything, anything)
@example("31555", "9999-12-31")
@example("31555", "0001-01-01")
def test_any_code_and_date_are_answered_or_refused(ask: Ask, code: str, day: str) -> None:
    ask(f"--insee={code}", f"--date={day}", "--json")

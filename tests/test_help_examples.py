"""The examples that ``--help`` gives are run as they stand, in the order of the help.

They are read in docs/cli.md, which other tests hold to the parsers. The files that they name are
made here, small ones; what would need an official server is left to the tests of downloads.
"""

from __future__ import annotations

import gzip
import re
import shlex
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from zonage_geo.cli import main
from zonage_geo.settings import Settings
from zonage_geo.store import store_path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
NOTE = re.compile(r" +\([^()]*\)$")
"""What an example is followed by: ``(un code postal)``."""
ELSEWHERE = ("data fetch", "data build --from", "data add MA_COUCHE")
"""A server, the data package, a layer that the reader has to describe first."""


def examples() -> list[str]:
    """Give every example of the page, without its note."""
    page = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in page.splitlines() if line.startswith("  ")]
    found = [NOTE.sub("", line.strip()) for line in lines if "python -m zonage_geo" in line]
    return [
        line.partition("python -m zonage_geo ")[2].partition(" > ")[0]
        for line in found
        if line.startswith("python -m zonage_geo ")
    ]


def runs(name: str) -> list[str]:
    """Give those of a command that are run here."""
    mine = [line for line in examples() if line.startswith(name)]
    return [line for line in mine if not line.startswith(ELSEWHERE)]


def test_the_help_gives_examples_of_every_command() -> None:
    commands = re.findall(r"^\| \[`([a-z ]+)`\]", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) >= 15
    assert not [name for name in commands if not any(e.startswith(name) for e in examples())]
    assert len(examples()) >= 50


@pytest.fixture(scope="module")
def folder(home: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home folder; in its ``raw/`` the data package, and the files of the examples."""
    for module in ("pyarrow", "openpyxl", "distributed", "matplotlib"):
        pytest.importorskip(module)
    mine = tmp_path_factory.mktemp("examples")
    (mine / "home" / "processed").mkdir(parents=True)
    shutil.copy(store_path(Settings(home=home)), store_path(Settings(home=mine / "home")))
    raw = mine / "home" / "raw"
    raw.mkdir()
    shutil.copy(wheel, raw)
    points = pd.DataFrame({"X": [574357.21], "Y": [6279642.97], "lon": [1.444], "lat": [43.6045]})
    points.to_csv(raw / "points.csv", index=False)
    points[["lon", "lat"]].to_parquet(raw / "points.parquet")
    cabinets = pd.DataFrame({"Rue": ["1 place du Capitole"], "CP": ["31000"], "ville": "Toulouse"})
    cabinets.to_excel(raw / "cabinets.xlsx", index=False)
    cabinets.rename(columns={"Rue": "adresse"}).to_csv(raw / "cabinets.csv", index=False)
    codes = ["09029", "09122", "31555"]
    classes = pd.DataFrame({"code commune": codes, "zonage": ["1_ZIP", "2_ZAC", "4_ZAR"]})
    for name in ("zonage_2025.xlsx", "arrete.xlsx", "liste.xlsx"):
        classes.to_excel(raw / name, index=False)
    for name in ("liste.csv", "nouveau_zonage.csv"):
        classes.to_csv(raw / name, index=False)
    apl = pd.DataFrame({"code commune": codes, "APL aux médecins": [1.5, 3.25, 4.0]})
    apl.to_excel(raw / "apl.xlsx", index=False)
    people = pd.DataFrame({"code": codes, "population_2021": [160, 9532, 500000]})
    people.to_csv(raw / "insee.csv", index=False)
    quarters = pd.DataFrame({"code_qp": ["QN00501M"], "zonage": ["2_ZAC"]})
    quarters.to_csv(raw / "quartiers.csv", index=False)
    sectors = pd.DataFrame({"secteur": ["1", "2"], "insee": ["67001", "67482"]})
    sectors.assign(creneau="nuit profonde").to_csv(raw / "secteurs.csv", index=False)
    sectors.set_axis(["Secteur de garde", "Code Insee"], axis=1).to_excel(
        raw / "secteurs.xlsx", index=False
    )
    ways = ["numero;nom_voie;code_insee;lon;lat", "12;Rue de Metz;31555;1.446;43.6"]
    (raw / "adresses-31.csv.gz").write_bytes(gzip.compress("\n".join(ways).encode()))
    (mine / "medecin.toml").write_text('statut = "liberal"\ndemi_journees = 8\n', encoding="utf-8")
    _outlines(raw, store_path(Settings(home=home)))
    for path in raw.iterdir():
        shutil.copy(path, mine)
    return mine


def _outlines(raw: Path, store: Path) -> None:
    """Write the examples' outlines: quarters, sectors, a drawn polygon, communes."""
    square = shapely.box(1.395, 43.563, 1.402, 43.567)
    quarter = gpd.GeoDataFrame(
        {"CODE_QP": ["QP031006"], "NOM_QP": ["Bellefontaine"]}, geometry=[square], crs=4326
    )
    quarter.to_file(raw / "QP_2015.shp")
    metres = quarter.to_crs(2154)
    (raw / "qpv").mkdir()
    metres.to_file(raw / "qpv" / "qpv.shp")
    shutil.make_archive(str(raw / "qpv"), "zip", raw / "qpv")
    shutil.rmtree(raw / "qpv")
    drawn = gpd.GeoDataFrame(
        {"NOM_SECT": ["bassin"]}, geometry=[shapely.box(1.3, 42.7, 1.7, 43)], crs=4326
    )
    drawn.to_file(raw / "bassin.geojson")
    drawn.to_crs(2154).to_file(raw / "secteurs.shp")
    (raw / "secteurs.prj").unlink()
    communes = gpd.read_file(store, layer="communes", where="code < '01050'")
    communes[["code", "geometry"]].to_file(raw / "COMMUNE.shp")


@pytest.mark.package_data
@pytest.mark.parametrize(
    "name",
    ["data check", "data add", "locate", "layers", "data list", "batch", "overlay", "pdsa",
     "coverage", "compare", "aids", "map", "data remove", "data build"],
)  # fmt: skip
def test_the_examples_of_a_command_run(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an order of theirs: what ``data add`` adds, the others find, and ``remove`` removes."""
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(folder / "home"))
    monkeypatch.chdir(folder)
    assert runs(name)
    failed = []
    for line in runs(name):
        words = shlex.split(line)
        out = folder / words[words.index("-o") + 1] if "-o" in words else None
        if out:
            out.unlink(missing_ok=True)
        said, told = StringIO(), StringIO()
        with redirect_stdout(said), redirect_stderr(told):
            code = main(words)
        if code != 0 or not said.getvalue():
            failed.append(f"{line} → {code}\n{told.getvalue()}")
        elif out:
            assert out.stat().st_size
    assert not failed, "\n".join(failed)

"""``data fetch``: an official file, from a copy served on the loopback to the answer."""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from tests.drawn import square
from zonage_geo.cli import main

pytestmark = pytest.mark.package_data

FOIX = (1.6066, 42.9657)
SAINT_DENIS = (55.4504, -20.8823)
MEMBER = "GEOJSON/QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve files and say nothing of it."""

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Give a folder, and the address it is served at."""
    folder = tmp_path / "serveur"
    folder.mkdir()
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def mine(home: Path, tmp_path: Path, online: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home of this test's own."""
    folder = tmp_path / "home"
    shutil.copytree(home, folder)
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(folder))
    return folder


def archive(path: Path, **quarters: tuple[str, shapely.Polygon]) -> None:
    """Make a zip as the ANCT's: code of a quarter to its commune and shape."""
    frame = gpd.GeoDataFrame(
        {
            "code_qp": list(quarters),
            "lib_qp": [f"Quartier {code}" for code in quarters],
            "insee_com": [commune for commune, _ in quarters.values()],
        },
        geometry=[shape for _, shape in quarters.values()],
        crs="EPSG:4326",
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(MEMBER, frame.to_json())


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    out, err = capsys.readouterr()
    return code, " ".join(out.split()), err


def test_the_quarters_of_both_territories_come_and_are_asked(
    served: tuple[Path, str], mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, url = served
    shapes = {
        "QN00902M": ("09122", square(*FOIX, 400)),
        "QN97401M": ("97411", square(*SAINT_DENIS, 400)),
    }
    archive(folder / "qpv.zip", **shapes)
    code, out, _ = said(capsys, "data", "fetch", "qpv", "--url", f"{url}/qpv.zip")
    assert code == 0
    assert (mine / "raw" / "qpv" / Path(MEMBER).name).is_file()
    assert out.count("1 périmètre dans le magasin") == 2
    assert "2 objets au lieu des 1584 annoncés : le fichier n'est pas complet" in out
    for lon, lat in (FOIX, SAINT_DENIS):
        _, out, _ = said(capsys, "locate", "--point", f"{lat},{lon}", "--date", "2025-06-01")
        assert "QPV oui Quartier QN" in out
    # Metropolitan France: the shipped list knows every quarter, so this place is outside.
    _, out, _ = said(capsys, "locate", "--point", "42.99,1.60", "--date", "2025-06-01")
    assert "QPV non" in out
    # Overseas it does not, and the file is short of what was announced.
    _, out, _ = said(capsys, "locate", "--point", "-20.93,55.30", "--date", "2025-06-01")
    assert "QPV indéterminé" in out


def test_a_file_of_one_territory_gives_its_edition_and_says_so(
    served: tuple[Path, str], mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, url = served
    archive(folder / "qpv.zip", QN00902M=("09122", square(*FOIX, 400)))
    code, out, err = said(capsys, "data", "fetch", "qpv", "--url", f"{url}/qpv.zip")
    assert (code, out.count("dans le magasin")) == (0, 1)
    assert "aucun de ses périmètres n’est dans outre-mer" in err


def test_what_cannot_be_had_says_what_to_do_by_hand_and_changes_nothing(
    served: tuple[Path, str], mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, url = served
    code, out, err = said(capsys, "data", "fetch", "qpv", "--url", f"{url}/absent.zip")
    assert (code, out) == (4, "")
    assert f"{url}/absent.zip" in err
    assert "data add qpv FICHIER --edition 2024 --complet" in err
    assert "data add qpv FICHIER --edition 2024-outre-mer --complet" in err
    assert not (mine / "processed" / "ajouts").exists()


def test_an_archive_without_the_member_is_refused(
    served: tuple[Path, str], mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, url = served
    with zipfile.ZipFile(folder / "qpv.zip", "w") as packed:
        packed.writestr("lisez-moi.txt", "rien")
    code, _, err = said(capsys, "data", "fetch", "qpv", "--url", f"{url}/qpv.zip")
    assert code == 4
    assert "lisez-moi.txt" in err


def test_finer_communes_come_with_their_accuracy(
    served: tuple[Path, str], mine: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, url = served
    frame = gpd.read_file(
        home / "processed" / "zonage.gpkg", layer="communes", where="code < '01040'"
    )
    frame[["code", "nom", "geometry"]].to_file(folder / "communes.geojson", driver="GeoJSON")
    code, out, _ = said(capsys, "data", "fetch", "communes", "--url", f"{url}/communes.geojson")
    assert code == 0
    assert f"{len(frame)} contours de communes dans le magasin" in out
    assert "Justes à 50 m près" in out


def test_addresses_are_downloaded_by_departement(
    served: tuple[Path, str], mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, url = served
    rows = ["id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat"]
    rows += [f"09122_{n};{n};;Rue Haute;09000;09122;Foix;1.6;42.9{n}" for n in (1, 3)]
    (folder / "adresses-09.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    words = ("data", "fetch", "ban", "--departement", "09", "--url", f"{url}/adresses-09.csv.gz")
    code, out, _ = said(capsys, *words)
    assert code == 0
    assert "2 adresses, 1 voie ou lieu-dit, dans 1 commune." in out
    assert (mine / "raw" / "ban" / "adresses-09.csv.gz").is_file()
    code, out, _ = said(capsys, "locate", "3 rue Haute, Foix")
    assert code == 0
    assert out.startswith("3 Rue Haute, 09000 Foix — code INSEE 09122")
    code, out, _ = said(capsys, "data", "remove", "ban")
    assert (code, out.strip()) == (0, "adresses retirées : adresses-09.csv.gz.")
    for missing in (("data", "fetch", "ban"), ("data", "fetch", "ban", "--departement", "1")):
        assert said(capsys, *missing)[0] == 2
    assert said(capsys, "data", "fetch", "pdsa")[0] == 2

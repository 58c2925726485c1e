"""The Base adresse nationale on this machine: imported whole or not at all, then searched."""

from __future__ import annotations

import csv
import gzip
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError, StoreError
from zonage_geo.geocoding import Candidate, Filters, LocalGeocoder, SeveralPlacesError
from zonage_geo.geocoding.ban import Ban
from zonage_geo.geocoding.ban_build import Imported, import_ban, remove_ban
from zonage_geo.geometry import distance
from zonage_geo.store import Store

pytestmark = pytest.mark.package_data

HEAD = (
    "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;nom_ld;"
    "lon;lat"
)
ROWS = """\
a;1;;Rue de Metz;31000;31555;Toulouse;;;1.4440;43.6000
b;3;;Rue de Metz;31000;31555;Toulouse;;;1.4450;43.6000
c;3;bis;Rue de Metz;31000;31555;Toulouse;;;1.4451;43.6000
d;21;;Rue de Metz;31000;31555;Toulouse;;;1.4540;43.6000
e;5;;Place du Capitole;31000;31555;Toulouse;;;1.4430;43.6045
f;99999;;Le Pech;09000;09122;Foix;;;1.6000;42.9600
g;2;;Chemin du Lac;09000;09122;Foix;;La Bastide;1.6100;42.9700
h;4;;Chemin du Lac;09000;09122;Foix;;La Bastide;1.6120;42.9700
i;1;;Rue de l'Église;12320;12218;Conques-en-Rouergue;12076;;2.4000;44.6000
j;1;;Rue de l'Église;12320;12218;Conques-en-Rouergue;12114;;2.4600;44.5900
k;116;;Rue de Grenelle;75007;75107;Paris 7e;;;2.3200;48.8570
l;10;;Rue de Grenelle;75006;75106;Paris 6e;;;2.3280;48.8530
m;7;;Rue Jean JaurÃ¨s;09000;09122;Foix;;;1.6050;42.9650
"""


def quiet(label: str, done: float) -> None:
    """Be a progress that says nothing."""


def written(path: Path, rows: str = ROWS, head: str = HEAD) -> Path:
    path.write_text(f"{head}\n{rows}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, store: Store, catalog: Catalog) -> Path:
    folder = tmp_path_factory.mktemp("ban")
    import_ban(written(folder / "adresses.csv"), folder / "ban.sqlite", store, catalog.words, quiet)
    return folder / "ban.sqlite"


@pytest.fixture(scope="module")
def geocoder(base: Path, store: Store, catalog: Catalog) -> Iterator[LocalGeocoder]:
    ban = Ban(base, catalog.words)
    yield LocalGeocoder(store, catalog, ban)
    ban.close()


def place(found: Candidate) -> tuple[str, str, set[str]]:
    return found.geocoder, found.precision, {lieu.commune for lieu in found.lieux}


# --- search ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "3 bis rue de Metz, Toulouse",
        "3bis, Rue de Metz 31000 TOULOUSE",
        "3 B rue de Metz, 31000 Toulouse",
        "Résidence Metz, bâtiment A, 3 bis rue de Metz, 31000 Toulouse",
        "3 bis rue de Metz BP 31000 31000 Toulouse cedex 6",
        "3 bis rue Metz Toulouse",
        "3 bis rue de Mettz, Toulouse",
        "3 bis rue de Mez, Toulouse",
    ],
)
def test_a_number_is_found_however_it_is_typed(geocoder: LocalGeocoder, text: str) -> None:
    if "Mez" in text:  # a letter that lacks in a short name is a doubt
        with pytest.raises(SeveralPlacesError) as caught:
            geocoder.search(text)
        assert caught.value.candidates == ("3 bis Rue de Metz, 31000 Toulouse",)
        return
    found = geocoder.search(text)
    assert place(found) == ("ban", "numero", {"31555"})
    assert (found.lon, found.lat) == (1.4451, 43.6)
    assert found.label == "3 bis Rue de Metz, 31000 Toulouse"
    assert found.as_of is not None


@pytest.mark.parametrize("number", ["2", "3 ter", "0", "123456789012"])
def test_a_number_that_is_not_there_is_the_street_and_says_so(
    geocoder: LocalGeocoder, number: str
) -> None:
    found = geocoder.search(f"{number} rue de Metz, Toulouse")
    assert place(found) == ("ban", "voie", {"31555"})
    assert found.notes[-1].startswith(f"Le n° {number} n'est pas dans cette voie")
    assert found.radius_m == pytest.approx(403, abs=3)  # half the street, from its first number
    assert found.lon == pytest.approx(1.449)


def test_a_range_of_numbers_holds_both(geocoder: LocalGeocoder) -> None:
    found = geocoder.search("1-3 rue de Metz, Toulouse")
    assert found.precision == "numero"
    assert found.lon == pytest.approx(1.4445)
    assert found.radius_m == pytest.approx(40.4 + 15, abs=1)
    assert geocoder.search("1 à 3 rue de Metz, Toulouse").lon == found.lon
    assert geocoder.search("1-5 rue de Metz, Toulouse").precision == "voie"


def test_hamlets_are_found_with_or_without_numbers(geocoder: LocalGeocoder) -> None:
    assert geocoder.search("Le Pech, Foix").precision == "lieu_dit"
    found = geocoder.search("La Bastide, 09000 Foix")
    assert found.precision == "lieu_dit"
    assert found.lon == pytest.approx(1.611)


def test_streets_of_one_name_in_a_merged_commune_are_told_apart_or_offered(
    geocoder: LocalGeocoder,
) -> None:
    with pytest.raises(SeveralPlacesError) as caught:
        geocoder.search("1 rue de l'église, Conques-en-Rouergue")
    assert len(caught.value.choices) == 2
    found = geocoder.search("1 rue de l'église, Grand-Vabre")
    assert (found.precision, found.lon) == ("numero", 2.46)


def test_paris_with_or_without_its_arrondissement(geocoder: LocalGeocoder) -> None:
    whole = ["75106", "75107"]
    assert geocoder._ban is not None
    assert geocoder._ban.has(whole)
    assert not geocoder._ban.has(["75056"])
    found = geocoder.search("116 rue de Grenelle, 75007 Paris")
    assert [lieu.code for lieu in found.lieux] == ["75107"]
    assert found.precision == "numero"
    assert place(geocoder.search("116 rue de Grenelle, Paris"))[0] != "ban"  # eighteen are missing


def test_a_street_that_is_not_in_the_base_is_the_commune(geocoder: LocalGeocoder) -> None:
    found = geocoder.search("12 rue des Zorglubs, Toulouse")
    assert place(found) == ("communes", "commune", {"31555"})
    assert "base adresse de la commune" in found.notes[-1]


def test_a_commune_that_is_not_in_the_base_has_its_town_hall_still(
    geocoder: LocalGeocoder,
) -> None:
    assert geocoder.search("rue du Zorglub, Muret").notes[-1].startswith("Cette voie ou ce numéro")


def test_without_punctuation_the_very_street_must_be_there(geocoder: LocalGeocoder) -> None:
    assert place(geocoder.search("3 rue de Metz Toulouse")) == ("ban", "numero", {"31555"})
    with pytest.raises(PlaceNotFoundError) as caught:
        geocoder.search("3 rue de Metz")
    assert "Rue de Metz, 31000 Toulouse" in caught.value.candidates
    with pytest.raises(PlaceNotFoundError):
        geocoder.search("3 rue de Mettz Toulouse")


def test_filters_decide_on_the_commune(geocoder: LocalGeocoder) -> None:
    by_code = geocoder.search("3 rue de Metz", Filters("31555"))
    assert place(by_code) == ("ban", "numero", {"31555"})
    assert geocoder.search("3 rue de Metz", Filters(None, "31000")).precision == "numero"
    assert geocoder.search("3 rue de Metz Toulouse", Filters(None, "31000")).precision == "numero"
    for filters in (Filters(None, "09000"), Filters(None, "09000", "Foix"), Filters("09122")):
        alone = geocoder.search("Foix", filters)
        by = "code INSEE" if filters.insee else "communes"
        assert (place(alone), alone.notes, alone.to_check) == ((by, "commune", {"09122"}), (), None)
    hamlet = geocoder.search("Le Pech, Foix", Filters(None, None, "FOIX CEDEX"))
    assert hamlet.precision == "lieu_dit"
    assert geocoder.search("3 rue de Metz", Filters(None, None, "Toulouse")).precision == "numero"
    old = geocoder.search("1 rue de l'église", Filters("12114"))  # Grand-Vabre, before 2016
    assert (place(old)[2], old.lon) == ({"12218"}, 2.46)
    other = geocoder.search("3 rue de Metz, Foix", Filters("31555"))
    assert other.to_check == ("La commune nommée est Foix : le code 31555 (Toulouse) a été suivi.")


def test_a_hamlet_may_bear_the_name_of_another_commune(geocoder: LocalGeocoder) -> None:
    hamlet = geocoder.search("Pech", Filters("09122"))  # Pech is another commune of Ariège
    assert (place(hamlet), hamlet.to_check) == (("ban", "lieu_dit", {"09122"}), None)
    with pytest.raises(PlaceNotFoundError) as caught:  # rue de Metz, or the town: who knows?
        geocoder.search("Metz", Filters("31555"))
    assert "Rue de Metz, 31000 Toulouse" in caught.value.candidates


@pytest.mark.parametrize(
    "text", ['" OR 1=1', "NEAR(rue metz)", "*", "rue* metz", "'; DROP", "🏠 rue"]
)
def test_no_text_is_an_operator(geocoder: LocalGeocoder, text: str) -> None:
    assert geocoder._ban is not None
    assert isinstance(geocoder._ban.search(text.split(), 5), list)
    assert isinstance(geocoder._ban.look(text, "1", ["31555"]), list)


def test_accents_that_were_broken_are_mended(geocoder: LocalGeocoder) -> None:
    assert geocoder.search("7 rue Jean Jaurès, Foix").label == "7 Rue Jean Jaurès, 09000 Foix"


# --- import ----------------------------------------------------------------------------


def imported(folder: Path, store: Store, catalog: Catalog, file: Path) -> Imported:
    return import_ban(file, folder / "ban.sqlite", store, catalog.words, quiet)


def test_every_row_is_accounted_for(tmp_path: Path, store: Store, catalog: Catalog) -> None:
    bad = "n;x;;Rue A;31000;31555;;;;1;43\no;1;;Rue A;31000;99999;;;;1;43\np;1;;Rue A\n"
    bad += "q;1;;;31000;31555;;;;1;43\nr;1;;Rue A;31000;31555;;;;1000;43\n"
    done = imported(tmp_path, store, catalog, written(tmp_path / "a.csv", ROWS + bad))
    assert (done.file.rows, done.file.kept) == (18, 13)
    assert sum(done.lost.values()) == 5
    assert (done.streets, done.file.communes) == (10, 5)


def test_a_newer_file_replaces_its_communes_and_no_other(
    tmp_path: Path, store: Store, catalog: Catalog
) -> None:
    imported(tmp_path, store, catalog, written(tmp_path / "a.csv"))
    newer = "a;2;;Rue Neuve;31000;31555;Toulouse;;;1.44;43.6\n"
    packed = tmp_path / "b.csv.gz"
    packed.write_bytes(gzip.compress(f"{HEAD}\n{newer}".encode()))
    assert imported(tmp_path, store, catalog, packed).replaced == 1
    ban = Ban(tmp_path / "ban.sqlite", catalog.words)
    assert [file.name for file in ban.files()] == ["a.csv", "b.csv.gz"]
    assert not ban.look("rue de metz", None, ["31555"], exact=True)
    assert not ban.search(["metz"], 5)
    assert ban.look("rue neuve", "2", ["31555"])[0].kind == "numero"
    assert ban.look("chemin du lac", "2", ["09122"])[0].kind == "numero"
    ban.close()
    assert remove_ban(tmp_path / "ban.sqlite") == ["a.csv", "b.csv.gz"]
    with pytest.raises(InputError, match="aucune base adresse"):
        remove_ban(tmp_path / "ban.sqlite")


def test_columns_may_lack_and_be_in_any_order(
    tmp_path: Path, store: Store, catalog: Catalog
) -> None:
    head, row = "lat,lon,code_insee,nom_voie,numero", '43.6,1.44,31555,"Rue, de Metz",4\n'
    done = imported(tmp_path, store, catalog, written(tmp_path / "a.csv", row, head))
    assert (done.file.kept, done.file.communes) == (1, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code;nom\n1;x\n", "colonnes numero, nom_voie, code_insee, lon, lat absentes"),
        (b"", "Colonnes lues : aucune"),
        (HEAD.encode() + b"\n", "aucune adresse (fichier sans ligne)"),
        (f"{HEAD}\n{ROWS}".encode("cp1252", "replace"), "abîmé ou incomplet"),
        (gzip.compress(f"{HEAD}\n{ROWS}".encode())[:-30], "abîmé ou incomplet"),
        (b"\x1f\x8b\x08rien", "abîmé ou incomplet"),
        (b"x" * (10 << 20), "cellule démesurée"),
    ],
)
def test_what_is_no_such_file_changes_nothing(
    tmp_path: Path, store: Store, catalog: Catalog, base: Path, content: bytes, said: str
) -> None:
    target = tmp_path / "ban.sqlite"
    shutil.copy(base, target)
    before = target.read_bytes()
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError) as caught:
        imported(tmp_path, store, catalog, tmp_path / "a.csv")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 2500
    assert target.read_bytes() == before


def test_a_first_import_that_fails_leaves_no_file(
    tmp_path: Path, store: Store, catalog: Catalog
) -> None:
    with pytest.raises(InputError):
        imported(tmp_path, store, catalog, written(tmp_path / "a.csv", ""))
    assert not (tmp_path / "ban.sqlite").exists()
    with pytest.raises(InputError, match="introuvable"):
        imported(tmp_path, store, catalog, tmp_path / "rien.csv")


def test_a_file_that_is_not_ours_is_neither_read_nor_overwritten(
    tmp_path: Path, store: Store, catalog: Catalog
) -> None:
    target = tmp_path / "ban.sqlite"
    with sqlite3.connect(target) as other:
        other.execute("CREATE TABLE x (y)")
    other.close()
    for content in (target.read_bytes(), b"nothing of the sort" * 100):
        target.write_bytes(content)
        with pytest.raises(StoreError):
            Ban(target, catalog.words)
        with pytest.raises(StoreError):
            imported(tmp_path, store, catalog, written(tmp_path / "a.csv"))
        assert target.read_bytes() == content


def test_two_imports_at_once_do_not_mix(
    tmp_path: Path, store: Store, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zonage_geo.geocoding.ban_build.WAIT_S", 0.1)
    file = written(tmp_path / "a.csv")
    imported(tmp_path, store, catalog, file)
    holder = sqlite3.connect(tmp_path / "ban.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="un autre import est en cours"):
        imported(tmp_path, store, catalog, file)
    holder.rollback()
    holder.close()
    assert imported(tmp_path, store, catalog, file).replaced == 5


# --- a real file -----------------------------------------------------------------------


@pytest.mark.shared_data
def test_the_addresses_of_a_commune_are_found_again(
    tmp_path: Path, store: Store, catalog: Catalog, shared: Path
) -> None:
    file = shared / "adresses" / "ban-93010.csv"
    done = imported(tmp_path, store, catalog, file)
    assert (done.file.rows, done.file.kept, done.lost) == (8413, 8413, {})
    search = LocalGeocoder(store, catalog, Ban(tmp_path / "ban.sqlite", catalog.words)).search
    with file.open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))[::21]
    exact = 0
    for row in rows:
        number = f"{row['numero']} {row['rep']}".strip()
        found = search(f"{number} {row['nom_afnor'].lower()}, {row['code_postal']} Bondy")
        gap = distance(found.lon or 0, found.lat or 0, float(row["lon"]), float(row["lat"]))
        assert gap <= max(found.radius_m or 0.0, 50.0), row
        exact += found.precision == "numero" and gap < 1
        absent = search(f"1997 {row['nom_afnor']}, Bondy")
        assert absent.precision in ("voie", "lieu_dit")
    assert (len(rows), exact) == (401, 401)

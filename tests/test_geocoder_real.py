"""The real engine behind the online geocoder: addok on Redis, loaded with town halls."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from zonage_geo.catalog.model import Catalog
from zonage_geo.cli import main
from zonage_geo.errors import PlaceNotFoundError
from zonage_geo.geocoding import Filters, SeveralPlacesError, open_geocoder
from zonage_geo.geocoding.online import AutoGeocoder
from zonage_geo.settings import Settings
from zonage_geo.store import Store

pytestmark = [pytest.mark.addok, pytest.mark.package_data]


@pytest.fixture
def auto(store: Store, catalog: Catalog, real_geocoder: str, tmp_path: Path) -> AutoGeocoder:
    settings = Settings(home=tmp_path, geocoder_url=real_geocoder, geocoder_timeout_s=30.0)
    made = open_geocoder(store, catalog, settings, lambda _: None)
    assert isinstance(made, AutoGeocoder)
    return made


def halls(store: Store) -> list[tuple[str, str, str, float, float]]:
    """Give the town halls that it holds: street, city, commune, position."""
    rows = store._rows(
        "SELECT commune, label, lon, lat FROM adresses WHERE substr(commune, 1, 2) IN "
        "('06', '09', '31') AND numero IS NOT NULL AND arrondissement IS NULL ORDER BY id"
    )
    chosen = random.Random(7).sample(rows, 80)  # noqa: S311
    return [(*label.rsplit(", ", 1), commune, lon, lat) for commune, label, lon, lat in chosen]


def test_town_halls_are_found_where_they_are(store: Store, auto: AutoGeocoder) -> None:
    online = 0
    for street, city, commune, lon, lat in halls(store):
        found = auto.search(f"{street}, {city}", Filters(commune))
        assert {lieu.commune for lieu in found.lieux} == {commune}, street
        if found.geocoder == "geocodeur":
            assert (found.lon, found.lat) == pytest.approx((lon, lat), abs=1e-5), street
            online += 1
    assert online >= 70


def test_however_they_are_typed_none_is_elsewhere(store: Store, auto: AutoGeocoder) -> None:
    right = 0
    for street, city, commune, _, _ in halls(store):
        text = f"{street.upper().replace('AVENUE', 'AV').replace('PLACE', 'PL')} {city.upper()}"
        try:
            found = auto.search(text)
        except PlaceNotFoundError:
            continue
        assert {lieu.commune for lieu in found.lieux} == {commune}, text
        right += 1
    assert right >= 60


def test_the_square_of_no_town_hall_in_particular(auto: AutoGeocoder) -> None:
    with pytest.raises(SeveralPlacesError) as caught:
        auto.search("place de la mairie", Filters(None, "06420"))
    assert len(caught.value.choices) >= 3
    alone = auto.search("place de la mairie", Filters("06129"))
    assert [lieu.code for lieu in alone.lieux] == ["06129"]


def test_nonsense_is_no_answer(auto: AutoGeocoder) -> None:
    assert auto.search("12 rue des Zorglubs, Toulouse").precision == "commune"
    for text in ("12 rue zzzzz yyyyy", "rue 1 2 3 4 5"):
        with pytest.raises(PlaceNotFoundError):
            auto.search(text)


def test_reverse_gives_what_is_near(auto: AutoGeocoder) -> None:
    near = auto.online.client.reverse(1.443047, 43.604049).proposals
    assert near[0].commune == "31555"


def test_a_file_goes_by_its_csv_service(
    store: Store,
    home: Path,
    real_geocoder: str,
    tmp_path: Path,
    online: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    monkeypatch.setenv("ZONAGE_GEO_GEOCODER_URL", real_geocoder)
    monkeypatch.setenv("ZONAGE_GEO_GEOCODER_CACHE_DAYS", "0")
    known = halls(store)
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["adresse", "commune", "insee"])
        writer.writerows([street, city, code] for street, city, code, _, _ in known)
        writer.writerow(["12 rue des Zorglubs", "Toulouse", "31555"])
    out = tmp_path / "out.csv"
    assert main(["batch", str(tmp_path / "in.csv"), "-o", str(out)]) == 0
    said = capsys.readouterr().err
    assert said.count("adresse envoyée") == 1
    with out.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [row["zg_commune"] for row in rows] == [row["insee"] for row in rows]
    precise = [row["zg_precision"] == "numero" for row in rows]
    assert sum(precise) >= 70
    for row, (_, _, _, lon, lat) in zip(rows, known, strict=False):
        if row["zg_precision"] == "numero":
            assert float(row["zg_lon"]) == pytest.approx(lon, abs=1e-5)
            assert float(row["zg_lat"]) == pytest.approx(lat, abs=1e-5)
    assert rows[-1]["zg_precision"] == "commune"

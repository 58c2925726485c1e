"""The face for notebooks, and the package's front door."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest

import zonage_geo as zg
from zonage_geo.dates import today
from zonage_geo.render.html import to_html
from zonage_geo.render.text import to_text

if TYPE_CHECKING:
    from zonage_geo.atlas import Atlas
    from zonage_geo.store import Store

ROOT = Path(__file__).resolve().parents[1]
OCCITANIE = ("09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82")
COMMUNES = (325, 433, 285, 350, 586, 458, 341, 312, 152, 469, 226, 314, 195)
OCCITANIE_2025 = dict(zip(OCCITANIE, COMMUNES, strict=True))
needs_package = pytest.mark.package_data


@pytest.fixture(scope="module")
def atlas(store: Store) -> Atlas:
    """Give an atlas on the session's store, at one date."""
    return zg.open(store.file, date="2025-03-01")


# the front door


def test_names_are_found_when_asked_and_no_others() -> None:
    assert set(dir(zg)) == {*zg.__all__, "__version__"}
    for name in zg.__all__:
        assert getattr(zg, name).__name__ == name
    assert issubclass(zg.PlaceNotFoundError, zg.ZonageError)
    with pytest.raises(AttributeError, match="'zonage_geo' has no attribute 'locate_all'"):
        _ = zg.locate_all
    with pytest.raises(ImportError):
        from zonage_geo import nothing_of_the_kind  # noqa: F401


def test_the_version_is_the_installed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", {"zonage_geo": "9.8.7"}.__getitem__)
    assert zg.__version__ == "9.8.7"


# opening


@needs_package
def test_the_default_store_is_that_of_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONAGE_GEO_HOME", str(home))
    opened = zg.open()
    assert opened.path == home / "processed" / "zonage.gpkg"
    assert opened.locate(insee="09029").date == today()
    assert repr(opened) == f"Atlas({str(opened.path)!r}, date=du jour)"


@needs_package
@pytest.mark.parametrize("kind", [str, Path])
def test_a_store_is_opened_by_its_path(store: Store, kind: type) -> None:
    steps: list[str] = []
    opened = zg.open(
        kind(store.file), date="31/12/2024", progress=lambda step, _: steps.append(step)
    )
    assert opened.locate(insee="09029").date == date(2024, 12, 31)
    assert repr(opened).endswith("zonage.gpkg', date=2024-12-31)")
    assert steps == []


def test_a_file_that_is_no_store_is_refused_and_kept(tmp_path: Path) -> None:
    foreign = tmp_path / "commande.gpkg"
    foreign.write_bytes(b"SQLite format 3\x00 not really" * 100)
    before = foreign.read_bytes()
    with pytest.raises(zg.StoreError, match=r"commande\.gpkg"):
        zg.open(foreign)
    assert foreign.read_bytes() == before


def test_a_wrong_date_or_variable_is_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(zg.InputError, match="n'est pas une date"):
        zg.open(tmp_path / "none.gpkg", date="hier")
    monkeypatch.setenv("ZONAGE_GEO_HOMME", "x")
    with pytest.raises(zg.SettingsError, match="ZONAGE_GEO_HOMME"):
        zg.open(tmp_path / "none.gpkg")
    assert not list(tmp_path.iterdir())


# locate


@needs_package
def test_every_question_is_at_the_date_of_the_atlas_or_its_own(atlas: Atlas) -> None:
    assert atlas.locate(insee="09029").zone("frr").verdict == "oui"
    before = atlas.locate(insee="09029", date="2024-06-30")
    assert before.date == date(2024, 6, 30)
    assert (before.zone("zrr").verdict, before.zone("frr").verdict) == ("oui", "non")
    after = atlas.locate(insee="09029", date=date(2024, 7, 1))
    assert (after.zone("zrr").verdict, after.zone("frr").verdict) == ("non", "oui")
    with pytest.raises(KeyError, match="zonage_medecins"):
        after.zone("zip")


@needs_package
def test_a_point_is_given_by_name_so_that_nobody_swaps_it(atlas: Atlas) -> None:
    assert atlas.locate(lon=1.4440, lat=43.6045).place.communes_possibles == ("31555",)
    with pytest.raises(TypeError):
        atlas.locate(None, 43.6045, 1.4440)  # type: ignore[call-arg]
    both = atlas.locate(lon=1.4440, lat=43.6045, insee="31555")
    assert both.query == (None, 1.4440, 43.6045, "31555", None)


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({}, zg.InputError, "donnez une adresse"),
    ({"lon": 1.44}, zg.InputError, "lon et lat vont ensemble"),
    ({"lat": 43.6}, zg.InputError, "lon et lat vont ensemble"),
    ({"text": "Foix", "lon": 1.6, "lat": 42.9}, zg.InputError, "donnez une adresse, ou"),
    ({"text": "Foix", "lon": 1.44, "lat": 43.6}, zg.InputError, "donnez une adresse, ou"),
    ({"lon": 43.6045, "lat": 1.4440}, zg.InputError, "inversées"),
    ({"lon": float("nan"), "lat": 43.6}, zg.InputError, "n'est pas une position"),
    ({"insee": "9122"}, zg.InputError, "09122"),
    ({"insee": "99999"}, zg.PlaceNotFoundError, "99999"),
    ({"lon": 0.0, "lat": 0.0}, zg.PlaceNotFoundError, "3 km"),
    ({"text": "Toulose"}, zg.PlaceNotFoundError, "introuvable"),
    ({"insee": "09122", "date": "2025-02-30"}, zg.InputError, "calendrier"),
]


@needs_package
@pytest.mark.parametrize(("question", "error", "said"), WRONG, ids=str)
def test_a_wrong_question_raises_what_it_should(
    atlas: Atlas, question: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        atlas.locate(**question)
    assert isinstance(caught.value, LookupError if error is zg.PlaceNotFoundError else ValueError)


@needs_package
@pytest.mark.parametrize("words", [["Foix"], ["--insee", "12076"], ["--point", "43.6045,1.444"]])
def test_what_it_gives_is_what_the_shell_prints(atlas: Atlas, words: list[str]) -> None:
    questions: dict[str, dict[str, Any]] = {
        "Foix": {"text": "Foix"},
        "--insee": {"insee": "12076"},
        "--point": {"lon": 1.444, "lat": 43.6045},
    }
    place = atlas.locate(**questions[words[0]])
    environment = {**os.environ, "ZONAGE_GEO_HOME": str(atlas.path.parents[1])}
    command = [sys.executable, "-m", "zonage_geo", "locate", *words, "--date", "2025-03-01"]

    def shell(*more: str) -> str:
        done = subprocess.run(
            [*command, *more], capture_output=True, check=True, cwd=ROOT, env=environment
        )
        return done.stdout.decode("utf-8")

    assert json.loads(shell("--json")) == place.to_dict()
    assert shell().replace(os.linesep, "\n") == f"{place}\n"
    assert str(place) == to_text(place)
    assert place._repr_html_() == to_html(place)


@needs_package
def test_an_answer_is_frozen_and_can_be_compared(atlas: Atlas) -> None:
    place = atlas.locate(insee="09029")
    assert place == atlas.locate(insee="09029")
    with pytest.raises(AttributeError):
        place.date = date(2024, 1, 1)  # type: ignore[misc]


# frames


@needs_package
def test_layers_has_one_row_an_edition(atlas: Atlas) -> None:
    frame = atlas.layers()
    assert list(frame.columns) == [
        *("layer", "title", "edition", "edition_title", "territory", "loaded"),
        *("valid_from", "known_from", "known_until", "superseded_from", "published", "cog"),
        *("publisher", "licence", "legal", "url", "missing"),
    ]
    rows = [
        (layer.id, edition.id if edition else None)
        for layer in atlas.catalog.layers.values()
        for edition in layer.editions or (None,)
    ]
    said = frame["edition"].astype(object).where(frame["edition"].notna(), None)
    assert list(zip(frame["layer"], said, strict=True)) == rows
    assert str(frame["cog"].dtype) == "Int64"
    assert frame["loaded"].dtype == bool
    known = frame[frame["loaded"]]
    assert known["missing"].isna().all()
    assert known[["publisher", "licence", "legal"]].notna().all(axis=None)
    assert frame.loc[~frame["loaded"], "missing"].str.contains("n'est pas|ne sont pas").all()
    loaded = frame.set_index(["layer", "edition"])["loaded"]
    assert loaded["frr", "2025-01-01"]
    assert loaded["departements_ars", "2022-05-04"]
    assert not loaded["qpv", "2015"]
    for name in ("valid_from", "known_from", "known_until", "superseded_from", "published"):
        assert frame[name].dropna().str.fullmatch(r"\d{4}-\d\d-\d\d").all()


@needs_package
@pytest.mark.parametrize(("departement", "number"), OCCITANIE_2025.items())
def test_communes_of_a_departement(atlas: Atlas, departement: str, number: int) -> None:
    frame = atlas.communes(departement=departement)
    assert isinstance(frame, gpd.GeoDataFrame)
    assert len(frame) == number
    assert frame["code"].is_unique
    assert frame["code"].is_monotonic_increasing
    assert set(frame["departement"]) == {departement}
    assert set(frame["region"]) == {"76"}


@needs_package
def test_communes_of_a_region(atlas: Atlas) -> None:
    frame = atlas.communes(region="76")
    assert list(frame.columns) == [
        *("code", "codes", "nom", "departement", "region", "epci", "population"),
        *("accuracy_m", "geometry"),
    ]
    assert frame.groupby("departement").size().to_dict() == OCCITANIE_2025
    assert frame.crs == "EPSG:4326"
    assert frame.is_valid.all()
    assert set(frame.geom_type) <= {"Polygon", "MultiPolygon"}
    toulouse = frame.set_index("code").loc["31555"]
    assert toulouse["nom"] == "Toulouse"
    assert 400_000 < toulouse["population"] < 600_000
    assert "12218" in set(frame["code"])
    assert "12076" not in set(frame["code"])
    same = atlas.communes(region="76", departement="09")
    pd.testing.assert_frame_equal(same, atlas.communes(departement="09"))


@needs_package
def test_every_commune_of_france_is_drawn(atlas: Atlas) -> None:
    frame = atlas.communes()
    assert len(set(frame["codes"].str.split().explode())) == 34_875
    own = frame[frame["code"].notna()]
    assert own["code"].is_unique
    assert (own["code"] == own["codes"]).all()
    assert frame.loc[frame["code"].isna(), "codes"].str.contains(" ").all()


@needs_package
@pytest.mark.parametrize(
    ("territory", "said"),
    [
        ({"departement": "9"}, "département inconnu : '9'"),
        ({"departement": "Ariège"}, "département inconnu"),
        ({"departement": "20"}, "département inconnu"),
        ({"departement": "09') OR ('1'='1"}, "département inconnu"),
        ({"region": "09"}, "région inconnue : '09'"),
        ({"region": "Occitanie"}, "région inconnue"),
        ({"region": ""}, "région inconnue"),
    ],
)
def test_an_unknown_territory_is_refused(
    atlas: Atlas, territory: dict[str, str], said: str
) -> None:
    with pytest.raises(zg.InputError, match=said):
        atlas.communes(**territory)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"insee": 9122}, "avec ses zéros"),
        ({"text": 12320}, "un texte est attendu"),
        ({"lon": "1.44", "lat": "43.6"}, "nombre de degrés"),
    ],
)
def test_what_is_not_of_the_right_type_is_refused_in_words(
    home: Path, question: dict[str, Any], message: str
) -> None:
    atlas = zg.open(home / "processed" / "zonage.gpkg")
    with pytest.raises(zg.InputError, match=message):
        atlas.locate(**question)

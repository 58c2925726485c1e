"""Every real file that came with the project loads, with its counts, or is refused aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from zonage_geo import facts
from zonage_geo.readers import Loaded, ReadError, read
from zonage_geo.readers.codes import drop_sentinels, to_codes
from zonage_geo.readers.columns import find_columns
from zonage_geo.readers.duplicates import collapse
from zonage_geo.readers.resolve import resolve
from zonage_geo.territory.calendar import detect_vintage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.shared_data

APL = {"sheet": "APL 2023"}
HEADER = {"en-tête": 1}
# File, options, rows kept, column of commune codes, and what the report counts.
FILES: list[tuple[str, dict[str, str], int, str | None, dict[str, int]]] = [
    ("adresses/ban-93010.csv", {}, 8413, "code_insee", {**HEADER, "accents rétablis": 2407}),
    ("adresses/france_services_2024.csv", {}, 2845, "insee_com", HEADER),
    ("adresses/laposte_hexasmal.csv", {}, 39193, "Code_commune_INSEE", HEADER),
    ("apl/apl_generalistes.xlsx", APL, 34954, "Code commune INSEE",
     {**HEADER, "titre": 6, "ligne vide": 2, "sous-en-tête": 1}),
    ("cog/communes_cog_2025.csv", {}, 37548, "DEPCOM", HEADER),
    ("cog/mvtcommunes_2025.csv", {}, 13534, None, HEADER),
    ("cog/table_passage_com_epci_2025.csv", {}, 34875, "DEPCOM", HEADER),
    ("communes/COMMUNE_OCCITANIE_2023.shp", {}, 4453, "INSEE_COM", {}),
    ("communes/communes_occitanie_2018.geojson", {}, 4485, "code", {}),
    ("communes/communes_toulouse_metropole.shp", {}, 37, "code_insee", {"encodage": 1}),
    ("montagne/massifs_anct_2025.csv", {}, 8594, "insee_com", HEADER),
    ("pdsa/alsace_communes_secteurs.csv", {}, 1249, "ville_insee",
     {**HEADER, "accents rétablis": 12, "caractère perdu": 5}),
    ("population/communes_population_2021.csv", {}, 36208, "insee_com", HEADER),
    ("qpv/QP_OCCITANIE_2015_LB93.shp", {}, 105, None,
     {"réparée": 32, "encodage": 1, "caractère perdu": 1}),
    ("qpv/communes_avec_qpv_2024.geojson", {}, 824, "insee_com", {}),
    ("qpv/piege_lambert93_sans_crs.geojson", {"crs": "EPSG:2154"}, 1, None,
     {"système de coordonnées": 1}),
    ("qpv/qp_occitanie_2015.geojson", {}, 105, "code_commune", {"réparée": 32}),
    ("qpv/qpv_2024_foix.geojson", {}, 1, "insee_com", {"système de coordonnées": 1}),
    ("ruralite/ZRR_cog2021.csv", {}, 34965, "CODGEO",
     {**HEADER, "titre": 3, "ligne vide": 4, "sous-en-tête": 1}),
    ("ruralite/liste-communes-FRR-juillet2025.csv", {}, 34875, "Code_insee",
     {**HEADER, "colonne vide": 1}),
    ("zonage_medecins/cartosante_zonage_infirmiers.csv", {}, 34919, "Code",
     {**HEADER, "titre": 2}),
    ("zonage_medecins/zonage_qpv_paca_2025.csv", {}, 140, "insee_com", HEADER),
    ("zonage_medecins/zonmed.csv", {}, 38907, None, HEADER),
]  # fmt: skip
BY_PATH = {path: (options, kept, code, counts) for path, options, kept, code, counts in FILES}
_read: dict[str, Loaded] = {}


def load(shared: Path, path: str) -> Loaded:
    if path not in _read:
        _read[path] = read(shared / path, **BY_PATH[path][0])  # type: ignore[arg-type]
    return _read[path]


def within(loaded: Loaded, bounds: tuple[float, ...]) -> bool:
    west, south, east, north = loaded.frame.total_bounds
    return bool(west > bounds[0] and south > bounds[1] and east < bounds[2] and north < bounds[3])


def test_no_file_is_forgotten(shared: Path) -> None:
    parts = {".dbf", ".shx", ".prj", ".cpg"}
    found = {str(p.relative_to(shared)) for p in shared.rglob("*") if p.is_file()}
    assert {path for path in found if path[-4:] not in parts} == set(BY_PATH)


@pytest.mark.parametrize("path", list(BY_PATH))
def test_every_row_is_kept_or_accounted_for(shared: Path, path: str) -> None:
    frame, report = load(shared, path)
    _, kept, _, counts = BY_PATH[path]
    assert (len(frame), report.rows_kept) == (kept, kept)
    assert report.is_accounted
    assert report.rows_in == kept + len(report.dropped)
    assert report.lost == []
    assert report.counts() == counts
    if isinstance(frame, gpd.GeoDataFrame):
        assert frame.crs == "EPSG:4326"
        assert frame.is_valid.all()


@pytest.mark.parametrize("path", [path for path, *_ in FILES if BY_PATH[path][2]])
def test_the_column_of_codes_is_found(shared: Path, path: str) -> None:
    frame = load(shared, path).frame
    assert find_columns(frame, ["code"], file=path)["code"] == BY_PATH[path][2]


@pytest.mark.parametrize("path", [path for path, *_ in FILES if not BY_PATH[path][2]])
def test_where_there_is_none_nothing_is_guessed(shared: Path, path: str) -> None:
    with pytest.raises(ReadError, match="--column code=NOM"):
        find_columns(load(shared, path).frame, ["code"], file=path)


def test_occitanie_2023(shared: Path) -> None:
    loaded = load(shared, "communes/COMMUNE_OCCITANIE_2023.shp")
    assert loaded.report.crs == "EPSG:2154"
    assert detect_vintage(loaded.frame["INSEE_COM"]).years == (2023, 2024)
    assert within(loaded, (-0.4, 42.3, 4.9, 45.1))


def test_occitanie_2018(shared: Path) -> None:
    frame = load(shared, "communes/communes_occitanie_2018.geojson").frame
    assert detect_vintage(frame["code"]).years == (2018,)


def test_toulouse_metropole_has_its_accents(shared: Path) -> None:
    loaded = load(shared, "communes/communes_toulouse_metropole.shp")
    names = set(loaded.frame["libelle"])
    assert {"Drémil-Lafage", "Montrabé"} <= names
    assert not any("Ã" in name for name in names)
    assert loaded.report.encoding == "utf-8"


def test_the_quarters_of_2015_twice(shared: Path) -> None:
    shp = load(shared, "qpv/QP_OCCITANIE_2015_LB93.shp")
    plain = load(shared, "qpv/qp_occitanie_2015.geojson")
    assert shp.report.encoding == "cp1252"
    # 29 are broken as they stand, and 3 more once their coordinates are in degrees
    late = [line for line in shp.report.lines if "après reprojection" in line.detail]
    assert len(late) == 3
    mine = dict(zip(shp.frame["CODE_QP"], shp.frame["NOM_QP"], strict=True))
    theirs = dict(zip(plain.frame["code_qp"], plain.frame["nom_qp"], strict=True))
    # Latin-1 has no œ: this one was lost before us, and is said
    assert {mine.pop("QP082001"), theirs.pop("QP082001")} == {"C?ur de Ville", "Cœur de Ville"}
    assert mine == theirs
    assert any("é" in name for name in mine.values())
    a = shp.frame.set_index("CODE_QP").geometry
    b = plain.frame.set_index("code_qp").geometry.loc[a.index]
    apart = shapely.hausdorff_distance(a.to_numpy(), b.to_numpy())
    assert apart.max() < 0.002


def test_the_quarter_of_foix(shared: Path) -> None:
    frame = load(shared, "qpv/qpv_2024_foix.geojson").frame
    columns = find_columns(frame, ["zone", "code", "nom_zone"])
    row = frame.iloc[0]
    assert [row[columns[role]] for role in ("zone", "code", "nom_zone")] == [
        "QN00902M", "09122", "Centre Ancien - Quartier de la Gare",
    ]  # fmt: skip
    assert read(shared / "qpv/qpv_2024_foix.geojson", polygons=True).report.rows_kept == 1


def test_points_of_communes_are_no_perimeters(shared: Path) -> None:
    path = shared / "qpv/communes_avec_qpv_2024.geojson"
    with pytest.raises(ReadError, match="824 objets sur 824 : des points"):
        read(path, polygons=True)
    frame = load(shared, "qpv/communes_avec_qpv_2024.geojson").frame
    codes = {code for cell in frame["code_qp"] for code in cell.split(", ")}
    assert len(codes) == 1493


def test_the_lambert_93_trap(shared: Path) -> None:
    with pytest.raises(ReadError, match=r"est en degrés, mais .*Lambert-93.*--crs EPSG:2154"):
        read(shared / "qpv/piege_lambert93_sans_crs.geojson")
    loaded = load(shared, "qpv/piege_lambert93_sans_crs.geojson")
    assert within(loaded, (-5.6, 41.3, 9.7, 51.2))


def test_the_two_sheets_of_the_apl_are_not_chosen_between(shared: Path) -> None:
    path = shared / "apl/apl_generalistes.xlsx"
    with pytest.raises(ReadError, match=r"« APL 2022 » .*« APL 2023 »"):
        read(path)


@pytest.mark.parametrize(
    ("sheet", "cog", "rows", "first"),
    [
        ("APL 2022", 2023, 34964, ["1.89", "1.828", "810.855", "806"]),
        ("APL 2023", 2024, 34954, ["1.942", "1.881", "838.154", "832"]),
    ],
)
def test_each_sheet_of_the_apl(
    shared: Path, sheet: str, cog: int, rows: int, first: list[str]
) -> None:
    loaded = read(shared / "apl/apl_generalistes.xlsx", sheet=sheet)
    assert (len(loaded.frame), loaded.report.is_accounted) == (rows, True)
    assert loaded.report.counts() == BY_PATH["apl/apl_generalistes.xlsx"][3]
    assert loaded.frame.iloc[0].tolist() == ["01001", "L'Abergement-Clémenciat", *first]
    codes = to_codes(loaded.frame, "Code commune INSEE", year=cog)
    assert codes.report.lines == []
    assert {"75101", "13216"} <= set(codes.frame["Code commune INSEE"])  # PLM in their parts
    assert codes.frame["Code commune INSEE"].is_unique


@pytest.mark.parametrize(
    ("path", "classes"),
    [
        ("ruralite/ZRR_cog2021.csv", {"C": 17694, "NC": 17235, "P": 36}),
        ("zonage_medecins/zonage_qpv_paca_2025.csv", None),
        ("montagne/massifs_anct_2025.csv", None),
        ("zonage_medecins/cartosante_zonage_infirmiers.csv", None),
    ],
)
def test_lists_of_classes(shared: Path, path: str, classes: dict[str, int] | None) -> None:
    frame = load(shared, path).frame
    column = find_columns(frame, ["classe"], file=path)["classe"]
    assert 2 <= frame[column].nunique() <= 12
    if classes is not None:
        assert frame[column].str.split(" ").str[0].value_counts().to_dict() == classes


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("montagne/massifs_anct_2025.csv", "massif_2025"),
        ("ruralite/liste-communes-FRR-juillet2025.csv", "frr_2025"),
        ("ruralite/ZRR_cog2021.csv", "zrr_2021"),
    ],
)
def test_lists_hold_the_codes_of_the_shipped_facts(shared: Path, path: str, table: str) -> None:
    frame = load(shared, path).frame
    column = find_columns(frame, ["code"])["code"]
    loaded = to_codes(frame, column, file=path)
    assert loaded.report.lines == []
    assert set(loaded.frame[column]) == set(facts.memberships(table))


@pytest.mark.parametrize("kind", ["population", "laposte"])
def test_the_zonage_medecins_gets_its_codes_back(shared: Path, kind: str) -> None:
    listed = load(shared, "zonage_medecins/zonmed.csv").frame
    if kind == "population":
        reference = load(shared, "population/communes_population_2021.csv").frame
        reference = reference.rename(columns={"insee_com": "code"})
    else:
        reference = load(shared, "adresses/laposte_hexasmal.csv").frame
        names = {"Code_postal": "code_postal", "Code_commune_INSEE": "code"}
        reference = reference.rename(columns=names)
    columns = find_columns(listed, ["code_postal", "nom", "classe"])
    found = resolve(listed[columns["nom"]], listed[columns["code_postal"]], reference)
    assert (found.report.rows_in, found.report.rows_kept) == (38907, 38905)
    assert found.report.is_accounted
    assert [line.code for line in found.report.lost] == ["Saint-Barthélemy", "Saint-Martin"]
    listed = listed.assign(code=found.frame["code"]).dropna(subset="code")
    once = collapse(listed, "code", [columns["classe"]])
    assert once.report.counts() == {"doublon": 38905 - 34910}
    classes = once.frame[columns["classe"]].str.extract(r"\A(?:\d_(\w+)|(N/A))").fillna("")
    short = (classes[0] + classes[1]).str.replace("N/A", "NA")
    zonage = dict(zip(once.frame["code"], short, strict=True))
    assert zonage == facts.memberships("zonage_medecins_2025")
    communes = set(dict(facts.communes())) & set(zonage)
    assert len(communes) == 34865
    absent = set(dict(facts.communes())) - set(zonage) - {"75056", "69123", "13055"}
    assert absent == {"12218", "14581", "15031", "15035", "15047", "15171", "69114"}


def test_the_classes_of_quarters_in_paca(shared: Path) -> None:
    frame = load(shared, "zonage_medecins/zonage_qpv_paca_2025.csv").frame
    columns = find_columns(frame, ["zone", "code", "classe"])
    once = collapse(frame, [columns["zone"], columns["code"]])
    assert len(once.frame) == 140
    spread = frame[columns["zone"]].value_counts()
    assert spread[spread > 1].to_dict() == {
        "QN00612M": 3, "QN01341I": 2, "QN00603M": 2, "QN00608I": 2,
    }  # fmt: skip
    quarters = collapse(frame, columns["zone"], [columns["classe"]])
    assert len(quarters.frame) == 135  # no quarter has two classes


def test_the_nurses_zoning_is_whole(shared: Path) -> None:
    frame = load(shared, "zonage_medecins/cartosante_zonage_infirmiers.csv").frame
    loaded = to_codes(frame, "Code")
    assert loaded.report.counts() == {"collectivité": 2}
    known = set(dict(facts.communes())) - {"75056", "69123", "13055"}
    assert known - set(loaded.frame["Code"]) == set()


def test_the_sectors_of_bas_rhin(shared: Path) -> None:
    frame = load(shared, "pdsa/alsace_communes_secteurs.csv").frame
    coded = to_codes(frame, "ville_insee", year=2014)
    assert coded.report.is_accounted
    counts = coded.report.counts()
    assert (counts["sans code"], counts["zéro rétabli"]) == (252, 3)
    assert counts["commune déléguée"] > 0
    assert len(coded.frame) == 997
    sectors = drop_sentinels(frame, "secteur_Adps_ID")
    assert sectors.report.counts() == {"sentinelle": 721}
    assert len(sectors.frame) == 528
    assert sum(frame["secteur_Adps_ID"].astype(str) != "0") == 529  # with the one that is -1
    assert sectors.frame["secteur_Adps_ID"].nunique() == 47
    # once the déléguées of 2025 are with their commune, one commune is in two sectors
    now = to_codes(sectors.frame, "ville_insee", year=2025, parents=True)
    once = collapse(now.frame, "ville_insee", ["secteur_Adps_ID"], on_conflict="report")
    assert once.report.counts() == {"doublon": 16, "conflit": 1}
    (conflict,) = (line for line in once.report.lines if line.kind == "conflit")
    assert (conflict.code, conflict.detail) == (
        "67539", "secteur_Adps_ID 18 ou 73 (lignes 308, 351).",
    )  # fmt: skip


def test_accents_broken_in_the_address_base_come_back(shared: Path) -> None:
    frame = load(shared, "adresses/ban-93010.csv").frame
    assert frame.loc[315, "nom_voie"] == "Allée Racine"
    assert not frame["nom_voie"].str.contains("Ã").any()

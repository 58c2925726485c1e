"""Columns told by what they hold, codes repaired aloud, names resolved on evidence alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from zonage_geo.readers import Loaded, ReadError
from zonage_geo.readers.cells import as_text, clean, mend_accents
from zonage_geo.readers.codes import drop_sentinels, parse_codes, to_codes
from zonage_geo.readers.columns import find_columns, score
from zonage_geo.readers.duplicates import collapse
from zonage_geo.readers.names import fold, loose
from zonage_geo.readers.resolve import postal_code, resolve
from zonage_geo.territory.calendar import calendar

OCCITANES = ["09122", "31555", "81004", "82121", "12202", "46042"]
NOMS = ["Foix", "Toulouse", "Albi", "Montauban", "Rodez", "Cahors"]
POSTES = ["09000", "31000", "81000", "82000", "12000", "46000"]


def table(**columns: Sequence[str | None]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="string")


def kinds(loaded: Loaded) -> dict[str, int]:
    assert loaded.report.is_accounted
    return loaded.report.counts()


# Cells


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('="01234"', "01234"),
        ("=01234", "01234"),
        ("'01234", "01234"),
        ("  Foix \u00a0", "Foix"),
        ("\ufeff01234\u200b", "01234"),
        ("=SOMME(A1)", "=SOMME(A1)"),
        ("'s-Heerenberg", "'s-Heerenberg"),
    ],
)
def test_what_surrounds_a_value_goes(cell: str, value: str) -> None:
    assert clean(cell) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1400.0, "1400"),
        (1.5, "1.5"),
        (True, "VRAI"),
        (None, ""),
        (["13055", "13070"], "13055, 13070"),
    ],
)
def test_values_of_spreadsheets_as_text(value: object, text: str) -> None:
    assert as_text(value) == text


def test_capitals_with_a_tilde_or_quotes_are_left_alone() -> None:
    assert mend_accents("SÃO TOMÉ, « CITÉ » Â") == "SÃO TOMÉ, « CITÉ » Â"


# Columns


def test_columns_are_told_by_what_they_hold() -> None:
    frame = table(
        a=POSTES, b=OCCITANES, c=NOMS, d=["ZIP", "ZAC", "ZIP", "ZAC", "ZIP", "ZAC"],
        e=["QN00902M", "QP031001", "QN08101M", "QP082001", "QN01201I", "QN04601M"],
        lib_qp=["Le Courbet", "Bellefontaine", "Cantepau", "Est", "Onet", "Terre"],
    )  # fmt: skip
    roles = ["code", "code_postal", "nom", "zone", "classe", "nom_zone"]
    found = find_columns(frame, roles)
    assert [found[role] for role in roles] == ["b", "a", "c", "e", "d", "lib_qp"]
    assert found.why["code"] == "100 % de ses valeurs"


def test_postal_codes_are_not_taken_for_insee_codes() -> None:
    frame = table(code_insee=POSTES)
    with pytest.raises(ReadError, match="aucune colonne reconnue comme celle des codes commune"):
        find_columns(frame, ["code"], file="liste.csv")
    assert find_columns(frame, ["code_postal"])["code_postal"] == "code_insee"
    with pytest.raises(ReadError, match="celle des codes postaux"):
        find_columns(table(population=["12345", "31417", "22222", "90909"]), ["code_postal"])
    with pytest.raises(ReadError, match="celle des codes postaux"):
        find_columns(table(insee=["31010", "31020", "31030"]), ["code_postal"])


def test_a_name_breaks_a_tie_and_the_user_wins() -> None:
    frame = table(avant=OCCITANES, insee_com=OCCITANES, nom=NOMS)
    assert find_columns(frame, ["code"])["code"] == "insee_com"
    assert find_columns(frame, ["code"], named={"code": "avant"})["code"] == "avant"
    frame = table(avant=OCCITANES, insee_com=[*OCCITANES[:4], None, None])
    assert find_columns(frame, ["code"])["code"] == "insee_com"


def test_a_name_makes_up_for_codes_of_before_our_events() -> None:
    codes = [*OCCITANES, "31999", "09999", "81999"]
    assert find_columns(table(insee=codes), ["code"])["code"] == "insee"
    with pytest.raises(ReadError, match="aucune colonne"):
        find_columns(table(x=codes), ["code"])


def test_the_fuller_column_wins() -> None:
    frame = table(com_av=OCCITANES, com_ap=["09122", *[None] * 5])
    found = find_columns(frame, ["code"])
    assert (found["code"], found.why["code"]) == (
        "com_av",
        "100 % de ses valeurs, la mieux remplie",
    )


def test_two_columns_alike_are_refused_with_the_way_out() -> None:
    frame = table(com_av=OCCITANES, com_ap=OCCITANES, x=NOMS)
    with pytest.raises(ReadError) as caught:
        find_columns(frame, ["code"], file="liste.csv")
    assert str(caught.value) == (
        "liste.csv : plusieurs colonnes peuvent être celle des codes commune : com_av, com_ap. "
        "Nommez-la : --column code=NOM. Colonnes : com_av, com_ap, x."
    )
    assert find_columns(frame, ["nom"], optional=["code"]).found == {"nom": "x"}


def test_a_column_named_that_is_not_there() -> None:
    frame = table(insee_com=OCCITANES)
    with pytest.raises(ReadError, match="peut-être « insee_com »"):
        find_columns(frame, ["code"], named={"code": "inseecom"})
    with pytest.raises(ReadError, match=r"rôle « insee » inconnu. Rôles : code, code_postal"):
        find_columns(frame, ["code"], named={"insee": "insee_com"})


def test_names_in_two_typographies_are_one_role() -> None:
    frame = table(ncc=["FOIX", "ST GIRONS"], libelle=["Foix", "Saint-Girons"])
    assert find_columns(frame, ["nom"])["nom"] == "libelle"
    frame = frame.set_axis(["ncc_ap", "nom_ap"], axis=1)
    assert find_columns(frame, ["nom"])["nom"] in {"ncc_ap", "nom_ap"}
    frame["autre"] = pd.array(["Pamiers", "Lavelanet"], dtype="string")
    with pytest.raises(ReadError, match="plusieurs colonnes"):
        find_columns(frame, ["nom"])


def test_codes_in_any_state_are_still_codes() -> None:
    column = pd.Series(["1004", "2a004", "13055, 13070", "31555", None], dtype="string")
    assert score(column, "code") == 1
    assert score(pd.Series([1004.0, 31555.0]), "code") == 1
    assert score(pd.Series([None], dtype="string"), "code") == 0
    assert score(pd.Series(["a"] * 60 + ["b"]), "classe") == 0


# Codes


@pytest.mark.parametrize(
    ("cell", "codes", "noted"),
    [
        ("31555", ("31555",), []),
        ("1004", ("01004",), ["zéro rétabli"]),
        ("2a004", ("2A004",), ["lettre corse"]),
        ("1004.0", ("01004",), ["zéro rétabli"]),
        ("31555.0", ("31555",), ["décimale retirée"]),
        ("31\u202f555", ("31555",), ["espace retirée"]),
        ("13055, 13070", ("13055", "13070"), ["plusieurs codes"]),
        ("13055;1004 / 2b033", ("13055", "01004", "2B033"), None),
        ('["13055", "13070"]', ("13055", "13070"), ["plusieurs codes"]),
        ("13055 et 13055", ("13055",), []),
        ("13201", ("13201",), []),
        ("97411", ("97411",), []),
    ],
)
def test_codes_of_a_cell(cell: str, codes: tuple[str, ...], noted: list[str] | None) -> None:
    parsed = parse_codes(cell)
    assert parsed.codes == codes
    assert not parsed.problem
    if noted is not None:
        assert [kind for kind, _ in parsed.notes] == noted


@pytest.mark.parametrize(
    "cell", ["", "0", "-1", "N/A", "31", "3155A", "2C004", "31555, Foix", "31000 CEDEX", "315555"]
)
def test_cells_without_a_code(cell: str) -> None:
    parsed = parse_codes(cell)
    assert parsed.codes == ()
    assert parsed.problem


@given(st.text(max_size=12))
def test_any_cell_gives_codes_or_says_why_not(text: str) -> None:
    parsed = parse_codes(text)
    assert bool(parsed.codes) != bool(parsed.problem)
    assert all(len(code) == 5 for code in parsed.codes)


def test_a_column_of_codes_and_its_account() -> None:
    cells = ["1004", "13055, 13070", None, "-1", "x", "99998", "11349", "97701", "75101", "2a004"]
    frame = table(code=cells, n=list("abcdefghij"))
    frame.index = pd.Index(range(2, 12), name="ligne")
    loaded = to_codes(frame, "code", file="l.csv")
    assert loaded.frame["code"].tolist() == [
        "01004", "13055", "13070", "99998", "11349", "97701", "75101", "2A004",
    ]  # fmt: skip
    assert loaded.frame.index.tolist() == [2, 3, 3, 7, 8, 9, 10, 11]
    assert loaded.frame["n"].tolist() == list("abbfghij")
    assert kinds(loaded) == {
        "sans code": 2, "code illisible": 1, "code inconnu": 1, "collectivité": 1,
        "commune déléguée": 1, "lettre corse": 1, "plusieurs codes": 1, "zéro rétabli": 1,
    }  # fmt: skip
    report = loaded.report
    assert (report.rows_in, report.rows_kept, report.rows_out) == (10, 7, 8)
    assert [line.row for line in report.lost] == [4, 5, 6]
    assert frame["code"].tolist()[0] == "1004"  # the input is left as it was


@pytest.mark.parametrize(
    ("cells", "noms", "codes"),
    [
        # zeros lost: no other reading, or its département has others
        (["1004", "31555"], None, ["01004", "31555"]),
        (["1004", "3001", "9122"], None, ["01004", "03001", "09122"]),
        (["9020", "9122", "31555", "31069"], None, ["09020", "09122", "31555", "31069"]),
        (["3155", "3059", "30189", "31555"], None, ["03155", "03059", "30189", "31555"]),
        # a code cut short: nothing says otherwise, or it is alone in its département
        (["31555", "31069", "3155"], None, ["31555", "31069"]),
        (["9020", "9122", "31555", "3155"], None, ["09020", "09122", "31555"]),
        (["31555 31069", "31557;3155"], None, ["31555", "31069"]),
        # zeros kept: any code on four digits is cut
        (["01005", "1004", "31555"], None, ["01005", "31555"]),
        # a name settles it; another one does not
        (["01005", "1004"], ["Ambérieux-en-Dombes", "AMBERIEU EN BUGEY"], ["01005", "01004"]),
        (["01005", "1004"], ["Ambérieux-en-Dombes", "Toulouse"], ["01005"]),
    ],
)
def test_a_code_on_four_digits_lost_its_zero_or_was_cut_short(
    cells: list[str], noms: list[str] | None, codes: list[str]
) -> None:
    frame = table(code=cells) if noms is None else table(code=cells, commune=noms)
    loaded = to_codes(frame, "code")
    assert loaded.report.is_accounted
    assert loaded.frame["code"].tolist() == codes
    doubtful = [line for line in loaded.report.lost if line.kind == "zéro douteux"]
    assert len(doubtful) == len(loaded.report.dropped)
    assert all("Corrigez-le dans le fichier." in line.detail for line in doubtful)


def test_a_deleguee_goes_to_its_commune_on_request() -> None:
    frame = table(code=["01120", "31555"])
    assert to_codes(frame, "code", parents=True).frame["code"].tolist() == ["01262", "31555"]
    # 30094 was a commune until 2025.
    old = table(code=["30094", "31555"])
    assert "commune déléguée" not in kinds(to_codes(old, "code"))
    now = to_codes(old, "code", year=2025)
    assert kinds(now) == {"commune déléguée": 1} or kinds(now) == {"code inconnu": 1}
    assert kinds(to_codes(old, "code", year=2024)) == {}


def test_a_column_of_postal_codes_is_refused() -> None:
    frame = table(cp=[*POSTES, "31555"])
    with pytest.raises(ReadError, match=r"colonne « cp » : .*codes postaux"):
        to_codes(frame, "cp", file="l.csv")


def test_sentinels_are_dropped_aloud() -> None:
    loaded = drop_sentinels(table(secteur=["72", "0", "-1", None, "37"]), "secteur")
    assert loaded.frame["secteur"].tolist() == ["72", "37"]
    assert kinds(loaded) == {"sentinelle": 2, "sans valeur": 1}


# Duplicates and conflicts


def test_rows_that_say_the_same_are_one() -> None:
    frame = table(code=["09122", "09122", "31555"], z=["ZIP", "ZIP", "ZAC"], cp=["1", "2", "3"])
    loaded = collapse(frame, "code", ["z"])
    assert loaded.frame.index.tolist() == [0, 2]
    assert kinds(loaded) == {"doublon": 1}
    assert "que 0" in loaded.report.lines[0].detail


def test_rows_that_disagree_are_refused_or_reported() -> None:
    frame = table(code=["09122", "31555", "09122", "09122"], z=["ZIP", "ZAC", "ZAC", "ZIP"])
    with pytest.raises(ReadError, match=r"pour 1 code \(09122 : z ZIP ou ZAC \(lignes 0, 2\)\)"):
        collapse(frame, "code")
    loaded = collapse(frame, "code", on_conflict="report")
    assert loaded.frame.index.tolist() == [0, 1, 2]
    assert kinds(loaded) == {"conflit": 1, "doublon": 1}


def test_an_empty_value_disagrees_with_a_full_one() -> None:
    with pytest.raises(ReadError, match=r"ZIP ou \(vide\)"):
        collapse(table(code=["09122", "09122"], z=["ZIP", None]), "code")


def test_a_key_of_two_columns_and_shapes() -> None:
    frame = table(qp=["a", "a"], com=["09122", "31555"])
    frame["geometry"] = pd.Series([box(0, 0, 1, 1), box(0, 0, 2, 2)])
    assert len(collapse(frame, ["qp", "com"]).frame) == 2
    with pytest.raises(ReadError, match="contours différents"):
        collapse(frame, "qp", ["geometry"])


# Names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ST GIRONS", "Saint-Girons"),
        ("STE-LUCIE-DE-TALLANO", "Sainte-Lucie-de-Tallano"),
        ("CŒUR", "coeur"),
        ("Abergement-Clémenciat (L')", "L'Abergement-Clémenciat"),
        ("SAINT JEAN S/ERVE", "Saint-Jean-sur-Erve"),
        ("TOULOUSE CEDEX 9", "Toulouse"),
        ("PARIS 01", "Paris 1er Arrondissement"),
        ("Lyon 3e Arr", "LYON 03"),
        ("L’Haÿ-les-Roses", "L'HAY LES ROSES"),
    ],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_articles_are_set_aside_but_not_forgotten() -> None:
    assert loose(fold("Le Mesnil")) == "mesnil"
    assert fold("Le Mesnil") != fold("Mesnil")
    assert loose(fold("La")) == "la"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1400", "01400"),
        ("31059 CEDEX 9", "31059"),
        ("9000.0", "09000"),
        ("x", None),
        ("123", None),
    ],
)
def test_postal_codes(text: str, code: str | None) -> None:
    assert postal_code(text) == code


def reference(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["code_postal", "code"])


def resolved(*rows: tuple[str | None, str | None], ref: pd.DataFrame, year: int = 2025) -> Loaded:
    names = pd.Series([nom for _, nom in rows], dtype="string")
    posts = pd.Series([post for post, _ in rows], dtype="string")
    loaded = resolve(names, posts, ref, year=year)
    assert loaded.report.is_accounted
    assert len(loaded.frame) == len(rows)
    return loaded


def test_a_postal_code_and_a_name_give_a_code() -> None:
    ref = reference(("09000", "09122"), ("09000", "09130"), ("31000", "31555"), ("75001", "75101"))
    rows = [
        ("9000", "FOIX"),
        ("31000", "Toulouse CEDEX"),
        ("75001", "PARIS 01"),
        ("09000", "Ganac"),
    ]
    loaded = resolved(*rows, ref=ref)
    assert loaded.frame["code"].tolist() == ["09122", "31555", "75101", "09130"]
    assert kinds(loaded) == {"zéro rétabli": 1}


def test_a_name_unique_in_its_departement_is_said() -> None:
    loaded = resolved(("09999", "Foix"), ref=reference())
    assert loaded.frame["code"].tolist() == ["09122"]
    assert kinds(loaded) == {"par le nom": 1}


def test_homonyms_are_never_guessed() -> None:
    # Vergné (17464) and La Vergne (17465): one name for a list without accents nor articles.
    loaded = resolved(("17999", "VERGNE"), ("17999", "LA VERGNE"), ref=reference())
    assert loaded.frame["code"].fillna("").tolist() == ["", "17465"]
    assert loaded.frame["possibles"].tolist()[0] == "17464 17465"
    assert kinds(loaded) == {"ambigu": 1, "par le nom": 1}
    # Breuil (51086) is Breuil-sur-Vesle since 2018; Le Breuil is 51085
    two = resolved(("51999", "Breuil"), ("51999", "Le Breuil"), ref=reference())
    assert two.frame["possibles"].tolist() == ["51085 51086", "51085"]
    ref = reference(("17400", "17465"), ("17330", "17464"))
    sure = resolved(("17400", "VERGNE"), ("17330", "VERGNE"), ref=ref)
    assert sure.frame["code"].tolist() == ["17465", "17464"]


def test_the_order_of_the_list_tells_homonyms_apart() -> None:
    around = ["17460", "17463", "17466", "17467"]
    ref = reference(*((f"17{n}00", code) for n, code in enumerate(around)))
    rows = [(f"17{n}00", calendar().noms[code]) for n, code in enumerate(around)]
    rows[2:2] = [("17464", "VERGNÉ"), ("17330", "Vergné"), ("17999", "VERGNE")]
    ref = pd.concat([ref, reference(("17330", "17464"))])
    codes = resolved(*rows, ref=ref).frame["code"].fillna("").tolist()
    # before the sure Vergné: it or itself again; after it: still either of the two
    assert codes == ["17460", "17463", "17464", "17464", "", "17466", "17467"]
    far = [*rows[:2], ("17999", "VERGNE"), *rows[5:]]
    assert resolved(*far, ref=ref).frame["code"].fillna("").tolist()[2] == ""
    shuffled = [rows[1], rows[0], rows[2], rows[3]]
    assert resolved(*shuffled, ref=ref).frame["code"].isna().tolist()[2]
    posts, names = (pd.Series(column) for column in zip(*shuffled, strict=True))
    with pytest.raises(ReadError, match="ne suit pas l’ordre des codes"):
        resolve(names, posts, ref, ordered=True)


def test_a_name_out_of_place_is_refused() -> None:
    around = ["17460", "17463", "17466"]
    ref = reference(*((f"17{n}00", code) for n, code in enumerate(around)))
    rows = [(f"17{n}00", calendar().noms[code]) for n, code in enumerate(around)]
    loaded = resolved(rows[0], ("17999", "La Vergne"), *rows[1:], ref=ref)
    assert loaded.frame["code"].isna().tolist() == [False, True, False, False]
    assert kinds(loaded) == {"hors d’ordre": 1}


def test_a_code_given_to_another_since_is_no_trap() -> None:
    # 60054: Les Hauts-Talican until 2024, Beaumont-les-Nonains since; the former is now 60694.
    loaded = resolved(("60390", "Les Hauts-Talican"), ref=reference(("60390", "60054")))
    assert loaded.frame["code"].tolist() == ["60694"]
    old = resolved(("60390", "Les Hauts-Talican"), ref=reference(("60390", "60054")), year=2021)
    assert old.frame["code"].tolist() == ["60054"]


def test_codes_that_changed_are_followed_both_ways() -> None:
    for year, code in ((2025, "12218"), (2020, "12076")):
        for written in ("12076", "12218"):
            ref = reference(("12320", written))
            loaded = resolved(("12320", "Conques-en-Rouergue"), ref=ref, year=year)
            assert loaded.frame["code"].tolist() == [code]
            assert "par le nom" not in kinds(loaded)


def test_corsica_has_one_kind_of_postal_code_for_two_departements() -> None:
    loaded = resolved(("20999", "Ajaccio"), ("20999", "Bastia"), ref=reference())
    assert loaded.frame["code"].tolist() == ["2A004", "2B033"]


def test_an_old_name_is_said_and_a_merged_commune_is_refused() -> None:
    ref = reference(("30140", "30094"), ("15170", "15141"))
    merged = resolved(("30140", "Corbès"), ref=ref)
    assert merged.frame["code"].isna().all()
    assert "autre millésime" in merged.report.lost[0].detail
    assert resolved(("30140", "Corbès"), ref=ref, year=2024).frame["code"].tolist() == ["30094"]
    split = resolved(("15170", "Neussargues en Pinatelle"), ref=ref)
    assert split.frame["code"].tolist() == ["15141"]
    assert kinds(split) == {"scission": 1}


def test_what_cannot_be_read_is_refused_row_by_row() -> None:
    loaded = resolved(("", "Foix"), ("09000", None), ("09000", "Xyzzy"), ref=reference())
    assert loaded.frame["code"].isna().all()
    assert kinds(loaded) == {"sans code": 3}
    with pytest.raises(ReadError, match="pas de colonne « code_postal »"):
        resolved(("09000", "Foix"), ref=pd.DataFrame({"code": []}))


def test_the_light_path_does_not_read_files() -> None:
    code = "import sys, zonage_geo.cli; print('zonage_geo.readers' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"

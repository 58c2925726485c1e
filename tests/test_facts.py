"""The shipped facts: their figures, their provenance, and the script that makes them."""

from __future__ import annotations

import csv
import importlib
import json
import re
import shutil
import tomllib
import unicodedata
from collections import Counter, defaultdict
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.published import COMMUNES_BY_YEAR, COMMUNES_OF_OCCITANIE, OCCITANIE, ZONAGE_OF_OCCITANIE
from zonage_geo import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
FOLDER = Path(facts.__file__).parent

needs_shared = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real files of ../shared/data"),
]

ABSENT = {"12218", "14581", "15031", "15035", "15047", "15171", "69114"}
CITIES = {"13055", "69123", "75056"}


def codes_on(day: str) -> set[str]:
    """Codes of the communes on a past day, from those of 2025 and the events after that day."""
    codes = {code for code, _ in facts.communes()}
    between = [e for e in facts.events() if e.type_av == e.type_ap == "COM"]
    for date, group in groupby(reversed(between), key=lambda event: event.date):
        if date <= day:
            break
        events = list(group)
        born = {event.ap for event in events}
        transient = born - codes  # created and merged the same day
        codes = (codes - born) | ({event.av for event in events} - transient)
    return codes


# The communes


def test_communes_have_their_number_their_order_and_their_article() -> None:
    communes = facts.communes()
    codes = [code for code, _ in communes]
    assert len(communes) == 34875
    assert codes == sorted(set(codes))
    names = dict(communes)
    assert names["01001"] == "L'Abergement-Clémenciat"
    assert names["2A004"] == "Ajaccio"
    assert names["31555"] == "Toulouse"
    assert names["12218"] == "Conques-en-Rouergue"
    assert names["97617"] == "Tsingoni"
    assert all(nom == nom.strip() and unicodedata.is_normalized("NFC", nom) for _, nom in communes)


def test_communes_of_occitanie_by_departement() -> None:
    counts = Counter(code[:2] for code, _ in facts.communes())
    assert {dep: counts[dep] for dep in OCCITANIE} == COMMUNES_OF_OCCITANIE


def test_sub_communes() -> None:
    subs = facts.sub_communes()
    communes = {code for code, _ in facts.communes()}
    assert Counter(sub.type for sub in subs) == {"COMD": 2152, "COMA": 476, "ARM": 45}
    assert {sub.parent for sub in subs} <= communes
    assert {sub.parent for sub in subs if sub.type == "ARM"} == CITIES
    assert ("COMD", "49069", "49126", "Champtoceaux") in subs
    assert ("ARM", "75116", "75056", "Paris 16e Arrondissement") in subs


# The events


@pytest.mark.parametrize("year", COMMUNES_BY_YEAR)
def test_events_lead_back_to_the_published_number_of_communes(year: int) -> None:
    codes = codes_on(f"{year}-01-01")
    occitanie = sum(code[:2] in OCCITANIE for code in codes)
    assert (len(codes), occitanie) == COMMUNES_BY_YEAR[year]


def test_events_are_in_order_of_date_from_2014() -> None:
    dates = [event.date for event in facts.events()]
    assert len(dates) == 6026
    assert dates == sorted(dates)
    assert (dates[0], dates[-1]) == ("2014-01-01", "2025-01-01")


@pytest.mark.parametrize(
    ("date", "mod", "av", "ap", "nom_av", "nom_ap"),
    [
        ("2024-03-04", 50, "12076", "12218", "Conques-en-Rouergue", "Conques-en-Rouergue"),
        ("2016-01-01", 32, "12218", "12076", "Saint-Cyprien-sur-Dourdou", "Conques-en-Rouergue"),
        ("2025-01-01", 32, "09287", "09088", "Senconac", "Caychax-et-Senconac"),
        ("2025-01-01", 32, "32067", "32365", None, "Cap d'Astarac"),
        ("2021-01-01", 50, "27676", "27058", "Les Trois Lacs", "Les Trois Lacs"),
        ("2023-01-01", 50, "27058", "27676", "Les Trois Lacs", "Les Trois Lacs"),
        ("2025-01-01", 21, "15141", "15031", "Neussargues en Pinatelle", "Celles"),
    ],
)
def test_known_events(
    date: str, mod: int, av: str, ap: str, nom_av: str | None, nom_ap: str
) -> None:
    (event,) = (
        e
        for e in facts.events()
        if (e.date, e.mod, e.type_av, e.av, e.type_ap, e.ap) == (date, mod, "COM", av, "COM", ap)
    )
    assert event.nom_ap == nom_ap
    assert nom_av is None or event.nom_av == nom_av


# The memberships


def test_zonage_medecins_of_france() -> None:
    classes = facts.memberships("zonage_medecins_2025")
    communes = {code for code, _ in facts.communes()}
    ours = Counter(name for code, name in classes.items() if code in communes)
    assert ours == {"ZIP": 13620, "ZAC": 16690, "ZAR": 1503, "HZ": 3028, "NA": 24}
    assert sum(ours.values()) == 34865
    assert communes - set(classes) == ABSENT | CITIES
    arrondissements = {sub.code for sub in facts.sub_communes() if sub.type == "ARM"}
    assert set(classes) - communes == arrondissements
    unavailable = {code for code, name in classes.items() if name == "NA"}
    assert unavailable == {code for code in communes if code.startswith("974")}


def test_zonage_medecins_of_occitanie() -> None:
    classes = facts.memberships("zonage_medecins_2025")
    table = Counter((code[:2], name) for code, name in classes.items())
    names = ("ZIP", "ZAC", "ZAR")
    assert {
        dep: tuple(table[dep, name] for name in names) for dep in OCCITANIE
    } == ZONAGE_OF_OCCITANIE
    totals = Counter(name for code, name in classes.items() if code[:2] in OCCITANIE)
    assert totals == {"ZIP": 1419, "ZAC": 2556, "ZAR": 470}
    occitanie = {code for code, _ in facts.communes() if code[:2] in OCCITANIE}
    assert occitanie - set(classes) == {"12218"}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("31555", "ZAR"),  # Toulouse
        ("34172", "ZAR"),  # Montpellier
        ("30189", "ZAR"),  # Nîmes
        ("66136", "ZAR"),  # Perpignan
        ("34301", "ZAR"),  # Sète
        ("09122", "ZAC"),  # Foix
        ("09029", "ZAC"),  # Aulus-les-Bains
        ("48095", "ZAC"),  # Mende
        ("12202", "ZAC"),  # Rodez
        ("65440", "ZAC"),  # Tarbes
        ("12218", None),  # Conques-en-Rouergue: not in the list
        ("12076", None),  # its former code
        ("49126", "ZAC"),  # Orée d'Anjou: its code changed in 2025
        ("49069", None),
        ("27676", "ZIP"),  # Les Trois Lacs: not in the population file
        ("85084", "ZAC"),  # Essarts-en-Bocage: reduced in 2024
        ("75119", "ZIP"),
        ("75056", None),  # by arrondissement only
    ],
)
def test_zonage_medecins_of_known_communes(code: str, name: str | None) -> None:
    assert facts.memberships("zonage_medecins_2025").get(code) == name


def test_massif() -> None:
    massif = facts.memberships("massif_2025")
    assert len(massif) == 8594
    assert set(massif.values()) == {f"{number:02}" for number in range(1, 10)}
    assert set(massif) <= {code for code, _ in facts.communes()}
    assert sum(code[:2] in OCCITANIE for code in massif) == 2052
    assert massif["09029"] == "08"
    assert massif["48095"] == "06"
    assert "31555" not in massif


def test_frr() -> None:
    frr = facts.memberships("frr_2025")
    assert list(frr) == [code for code, _ in facts.communes()]
    assert Counter(frr.values()) == {
        "FRR socle": 13313,
        "FRR+": 4456,
        "FRR bénéficiaire": 2134,
        "FRR partielle": 20,
        "FRR bénéficiaire partielle": 11,
        "Non classée": 14941,
    }
    assert {code[:3] for code, name in frr.items() if name == "FRR partielle"} == {"974"}


def test_zrr_has_the_codes_of_2021() -> None:
    zrr = facts.memberships("zrr_2021")
    assert Counter(zrr.values()) == {"C": 17694, "NC": 17235, "P": 36}
    assert set(zrr) == codes_on("2021-01-01")


def test_quartiers() -> None:
    quartiers = facts.quartiers()
    by_code = {quartier.code: quartier for quartier in quartiers}
    overseas = {code for code in by_code if code.startswith("QN97")}
    assert (len(quartiers), len(by_code) - len(overseas), len(overseas)) == (1493, 1362, 131)
    assert sum(len(quartier.communes) > 1 for quartier in quartiers) == 148
    touched = {code for quartier in quartiers for code in quartier.communes}
    assert len(touched) == 824
    assert touched <= {code for code, _ in facts.communes()}
    assert by_code["QN00902M"].communes == ("09122",)
    assert by_code["QN00201M"] == ("QN00201M", "Europe", ("02571", "02691"))
    occitanie = {q.code for q in quartiers if q.communes[0][:2] in OCCITANIE}
    assert len(occitanie) == 108
    assert {code for code in occitanie if code[2:5] == "048"} != set()


# The loader and the provenance


@pytest.mark.parametrize("table", ["", "qpv_2024", "zonage_medecins", "../secret"])
def test_memberships_refuses_an_unknown_table_and_names_the_known_ones(table: str) -> None:
    with pytest.raises(KeyError, match="zonage_medecins_2025, massif_2025, frr_2025, zrr_2021"):
        facts.memberships(table)


def test_quartiers_refuses_an_unknown_table_and_names_the_known_ones() -> None:
    with pytest.raises(KeyError, match="known: qpv_2024"):
        facts.quartiers("qpv_2015")


def test_each_table_agrees_with_its_provenance() -> None:
    rows: dict[str, int] = {
        "communes": len(facts.communes()),
        "sub_communes": len(facts.sub_communes()),
        "events": len(facts.events()),
        "qpv_2024": len(facts.quartiers()),
    }
    counts: dict[str, Mapping[str, int]] = {}
    for table in ("zonage_medecins_2025", "massif_2025", "frr_2025", "zrr_2021"):
        found = facts.memberships(table)
        rows[table], counts[table] = len(found), Counter(found.values())
    record = facts.provenance()
    assert tuple(record) == facts.tables()
    assert {table: record[table]["rows"] for table in record} == rows
    assert {table: record[table]["counts"] for table in counts} == counts
    assert record["zonage_medecins_2025"]["absent"] == sorted(ABSENT)


@pytest.mark.parametrize("table", facts.tables())
def test_provenance_is_complete(table: str) -> None:
    record = facts.provenance()[table]
    for key in ("title", "publisher", "licence", "legal", "cog", "date", "complete"):
        assert isinstance(record[key], str)
        assert record[key]
    content = (FOLDER / f"{table}.txt.bz2").read_bytes()
    assert record["sha256"] == sha256(content).hexdigest()
    sources = record["sources"]
    assert isinstance(sources, list)
    assert sources
    assert all(len(source["sha256"]) == 64 and "/" not in source["file"] for source in sources)


def test_the_facts_are_small_and_nothing_else_ships_with_them() -> None:
    shipped = {path.name for path in FOLDER.iterdir() if path.is_file()}
    tables = {f"{table}.txt.bz2" for table in facts.tables()}
    assert shipped == {"__init__.py", "provenance.toml"} | tables
    assert sum((FOLDER / name).stat().st_size for name in shipped) <= 300_000


def test_digest_depends_on_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = facts.digest()
    assert len(before) == 64
    folder = tmp_path / "facts"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr(facts, "__file__", str(folder / "__init__.py"))
    assert facts.digest() == before
    seen = {before}
    for path in [*sorted(folder.glob("*.txt.bz2")), folder / "provenance.toml"]:
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(facts.digest())
    assert len(seen) == len(facts.tables()) + 2


# The script: its pure parts


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Import a module of the folder of tools."""
    monkeypatch.syspath_prepend(ROOT / "tools")

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def test_the_codings_are_undone_by_the_loader(tool: Callable[[str], Any]) -> None:
    codec = tool("facts_codec")
    codes = ["01001", "01004", "01002", "2A004", "2B004", "97101", "97617", "01001"]
    parents = ["01001", "01001", "01001", "2A005", "2B004", "97617", "97617", "2A004"]
    names = ["Aa", "Aab", "Aab", "b", "Éa", "Éau-" + "long" * 20, "Éau-" + "long" * 21, "x"]
    assert facts._steps(codec.steps(codes)) == codes
    assert facts._beside(codec.beside(parents, codes), codes) == parents
    assert facts._front(codec.front(names)) == names
    assert facts._classes(codec.classes(names)) == names
    for wrong in (["a\nb"], ["a\fb"], ["a\tb"]):
        with pytest.raises(ValueError, match="separates"):
            codec.plain(wrong)
    with pytest.raises(ValueError, match="not a code"):
        codec.steps(["1001"])


# The script: on the real files


class TestOnTheRealFiles:
    """The shipped tables against the files, by other paths than the script's."""

    pytestmark = needs_shared

    def test_compiling_again_gives_the_same_bytes(
        self, tool: Callable[[str], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ["--data", str(SHARED), "--out", str(tmp_path)]
        assert tool("compile_facts").main(arguments) == 0
        names = [f"{table}.txt.bz2" for table in facts.tables()] + ["provenance.toml"]
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
        for name in names:
            assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
        report = capsys.readouterr().out.replace("\u202f", "")
        assert "38907 lignes lues, 38905 gardées, 2 écartées" in report
        assert "38905 lignes lues, 34910 gardées, 3995 écartées. doublon : 3995" in report
        assert "97133 Saint-Barthélemy" in report

    def test_communes_and_events_are_those_of_the_files(self) -> None:
        cog = read("cog/communes_cog_2025.csv")
        assert facts.communes() == [
            (row["DEPCOM"], row["NOM_DEPCOM"]) for row in cog if row["TYPECOM"] == "COM"
        ]
        assert facts.sub_communes() == [
            (row["TYPECOM"], row["DEPCOM"], row["COMPARENT"], row["NOM_DEPCOM"])
            for row in cog
            if row["TYPECOM"] != "COM"
        ]
        keys = ("TYPECOM_AV", "COM_AV", "LIBELLE_AV", "TYPECOM_AP", "COM_AP", "LIBELLE_AP")
        rows = [row for row in read("cog/mvtcommunes_2025.csv") if row["DATE_EFF"] >= "2014"]
        rows.sort(key=lambda row: row["DATE_EFF"])
        assert facts.events() == [
            (row["DATE_EFF"], int(row["MOD"]), *(row[key] for key in keys)) for row in rows
        ]

    def test_classes_are_those_of_the_files(self) -> None:
        massif = {
            row["insee_com"]: row["niveau_montagne"][:2]
            for row in read("montagne/massifs_anct_2025.csv")
        }
        assert facts.memberships("massif_2025") == massif
        zrr = [line.split('","') for line in text("ruralite/ZRR_cog2021.csv").splitlines()[6:]]
        assert facts.memberships("zrr_2021") == {
            line[0].strip('"'): line[2].split(" - ")[0] for line in zrr if len(line[0]) == 6
        }
        frr = facts.memberships("frr_2025")
        for row in read("ruralite/liste-communes-FRR-juillet2025.csv", ";"):
            wording = row["Classement FRR et FRR+ au 10 juillet 2025"]
            ours = frr[row["Code_insee"]]
            assert wording == ours or ("partielle" in ours and "partiellement" in wording)

    def test_quartiers_are_those_of_the_file(self) -> None:
        pairs = defaultdict(set)
        for feature in json.loads(text("qpv/communes_avec_qpv_2024.geojson"))["features"]:
            properties = feature["properties"]
            for code in properties["code_qp"].split(", "):
                pairs[code].add(properties["insee_com"])
            names = {q.code: q.nom for q in facts.quartiers()}
            joined = ", ".join(names[code] for code in properties["code_qp"].split(", "))
            assert joined == properties["lib_qp"]
        assert {q.code: set(q.communes) for q in facts.quartiers()} == pairs

    def test_zonage_medecins_covers_what_cartosante_lists(self) -> None:
        lines = text("zonage_medecins/cartosante_zonage_infirmiers.csv").splitlines()[3:]
        listed = {line.split(";")[0] for line in lines} - {"97701", "97801"}
        assert set(facts.memberships("zonage_medecins_2025")) == listed - ABSENT

    def test_zonage_medecins_agrees_with_the_names_of_la_poste(self) -> None:
        codes = defaultdict(set)
        for row in read("adresses/laposte_hexasmal.csv", ";"):
            codes[row["Code_postal"], row["Nom_commune"]].add(row["Code_commune_INSEE"])
        ours = facts.memberships("zonage_medecins_2025")
        known = set(ours)
        compared = set()
        for row in read("zonage_medecins/zonmed.csv"):
            found = codes[row["Code_postal"].zfill(5), capitals(row["Nom_commune"])]
            if len(found) == 1 and found <= known:
                (code,) = found
                expected = "NA" if row["Zonage"][0] == "N" else row["Zonage"][2:]
                assert ours[code] == expected, row
                compared.add(code)
        assert len(compared) > 34_000

    def test_a_new_list_of_communes_is_written_first(
        self, tool: Callable[[str], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        data = broken(tmp_path, "cog/communes_cog_2025.csv", ",Toulouse,3199,", ",Toulouze,3199,")
        out = tmp_path / "out"
        shutil.copytree(FOLDER, out)
        arguments = ["--data", str(data), "--out", str(out)]
        assert tool("compile_facts").main(arguments) == 1
        assert "communes as shipped (if it is new, write it first: --cog-only)" in (
            capsys.readouterr().err
        )
        assert tool("compile_facts").main([*arguments, "--cog-only"]) == 0
        changed = {p.name for p in out.iterdir() if is_new(p)}
        assert changed == {"communes.txt.bz2", "provenance.toml"}
        shutil.copyfile(SHARED / "cog/communes_cog_2025.csv", data / "cog/communes_cog_2025.csv")
        assert tool("compile_facts").main([*arguments, "--cog-only"]) == 0
        assert not any(map(is_new, out.iterdir()))

    def test_a_zero_that_was_lost_is_given_back(
        self, tool: Callable[[str], Any], tmp_path: Path
    ) -> None:
        data = broken(tmp_path, "montagne/massifs_anct_2025.csv", "01002,", "1002,")
        path = data / "montagne/massifs_anct_2025.csv"
        path.write_bytes(re.sub(rb"(?m)^0(\d{4}),", rb"\1,", path.read_bytes()))  # in every row
        out = tmp_path / "out"
        assert tool("compile_facts").main(arguments_for("massif_2025", data, out)) == 0
        assert not is_new(out / "massif_2025.txt.bz2")

    @pytest.mark.parametrize(
        ("table", "old", "new", "message"),
        [
            (
                "zonage_medecins_2025",
                "9000,Foix,2_ZAC\r\n",
                "",
                "zonmed.csv: field Zonage: .*'ZAC': 18574.*'ZAC': 18573",
            ),
            (
                "zonage_medecins_2025",
                "31700,Blagnac,4_ZAR\r\n",
                "31700,Blagnac,1_ZIP\r\n",
                "zonmed.csv: field Zonage: .*expected .*'ZIP': 15156, .*found .*'ZIP': 15157",
            ),
            (
                "zonage_medecins_2025",
                "31700,Blagnac,4_ZAR\r\n",
                "31700,Blagnac,5_ZV\r\n",
                r"zonmed.csv, line 12684, field Zonage: '5_ZV' is no known class",
            ),
            (
                "zonage_medecins_2025",
                "31700,Blagnac,4_ZAR\r\n",
                "31700,Blagnak,4_ZAR\r\n",
                "zonmed.csv: field Nom_commune: rows refused: .*31700 Blagnak",
            ),
            (
                "zonage_medecins_2025",
                "9250,Caychax,2_ZAC\r\n9500,Cazals-des-Baylès,1_ZIP\r\n",
                "9250,Caychax,1_ZIP\r\n9500,Cazals-des-Baylès,2_ZAC\r\n",
                r"zonmed.csv, colonne « code » : .*09088 : classe ZAC ou ZIP \(lignes 3174, 3175\)",
            ),
            (
                "zonage_medecins_2025",
                "9230,Fabas,2_ZAC\r\n9000,Ferrières-sur-Ariège,2_ZAC\r\n",
                "9000,Ferrières-sur-Ariège,2_ZAC\r\n9230,Fabas,2_ZAC\r\n",
                "la liste ne suit pas l’ordre des codes",
            ),
            (
                "frr_2025",
                "31555;31;Toulouse;Non classée;",
                "31555;31;Toulouse;FRR+;",
                "FRR-juillet2025.csv: field Classement FRR .*: counts of frr_2025: .*4456.*4457",
            ),
            (
                "frr_2025",
                "31555;31;Toulouse;Non classée;",
                "31555;31;Tou;lou;se;Non classée;",
                "FRR-juillet2025.csv: field .*: rows lost: .*7 cellules au lieu de 5",
            ),
            (
                "massif_2025",
                "01004,Ambérieu-en-Bugey",
                "01999,Ambérieu-en-Bugey",
                "massifs_anct_2025.csv, line 3, field insee_com: '01999' code inconnu",
            ),
            (
                "massif_2025",
                "01004,Ambérieu-en-Bugey",
                "01002,Ambérieu-en-Bugey",
                "massifs_anct_2025.csv: field .*: counts of massif_2025: .*810.*809",
            ),
            (
                "massif_2025",
                "09001,Aigues-Juntes",
                "30094,Aigues-Juntes",
                "massifs_anct_2025.csv, line .*, field insee_com: '30094' ",
            ),
            (
                "qpv_2024",
                '"code_qp": "QN00902M',
                '"code_qp": "QP00902M',
                "communes_avec_qpv_2024.geojson, line .*, field code_qp: 'QP00902M",
            ),
            (
                "events",
                ",COM_AV,",
                ",CODE_AV,",
                "mvtcommunes_2025.csv: field COM_AV: columns missing",
            ),
        ],
        ids=[
            "row lost", "class changed", "class unknown", "name unknown", "two classes", "order",
            "frr", "cells", "code", "twice", "old code", "qpv", "column",
        ],
    )  # fmt: skip
    def test_a_broken_input_is_refused_and_nothing_written(
        self,
        tool: Callable[[str], Any],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        table: str,
        old: str,
        new: str,
        message: str,
    ) -> None:
        data = broken(tmp_path, sources(table)[0], old, new)
        out = tmp_path / "out"
        assert tool("compile_facts").main(arguments_for(table, data, out)) == 1
        assert not out.exists()
        captured = capsys.readouterr()
        assert captured.out == ""
        assert re.search(message, captured.err, re.DOTALL), captured.err


def descriptions() -> dict[str, str]:
    """Give the TOML of each table: what it must come to."""
    text = (ROOT / "tools" / "facts_expected.toml").read_text(encoding="utf-8")
    blocks = re.split(r"\n\n(?=\[)", text)[1:]
    return {block[1:].split("]")[0]: block for block in blocks}


def sources(table: str) -> list[str]:
    """Files that a table is made from."""
    spec = tomllib.loads(descriptions()[table])[table]
    return list(spec["sources"])


def arguments_for(table: str, data: Path, out: Path) -> list[str]:
    """Command line that makes one table, and that of communes."""
    expected = data.parent / "expected.toml"
    blocks = descriptions()
    expected.write_text("\n\n".join(blocks[name] for name in dict.fromkeys(["communes", table])))
    return ["--data", str(data), "--out", str(out), "--expected", str(expected)]


def broken(folder: Path, file: str, old: str, new: str) -> Path:
    """Copy the files that the tables are made from, one of them changed."""
    data = folder / "data"
    for name in {source for table in descriptions() for source in sources(table)}:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SHARED / name, data / name)
    whole = (data / file).read_bytes()
    assert old.encode() in whole
    (data / file).write_bytes(whole.replace(old.encode(), new.encode(), 1))
    return data


def is_new(path: Path) -> bool:
    """Whether a file is not the shipped one of that name."""
    return path.is_file() and path.read_bytes() != (FOLDER / path.name).read_bytes()


def text(file: str) -> str:
    """Text of a file of the real data."""
    return (SHARED / file).read_text(encoding="utf-8-sig")


def read(file: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Rows of a file of the real data."""
    return list(csv.DictReader(text(file).splitlines(), delimiter=delimiter))


def capitals(nom: str) -> str:
    """Name as La Poste writes it."""
    bare = unicodedata.normalize("NFKD", nom.replace("œ", "oe").replace("Œ", "OE"))
    letters = "".join(char for char in bare if not unicodedata.combining(char)).upper()
    words = "".join(char if char.isalnum() else " " for char in letters).split()
    short = {"SAINT": "ST", "SAINTE": "STE", "SAINTES": "STES"}
    return " ".join(short.get(word, word) for word in words)

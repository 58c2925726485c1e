"""The shipped facts: their figures, their provenance, and the script that makes them."""

from __future__ import annotations

import csv
import importlib
import json
import re
import shutil
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


def drawn_join(
    tool: Callable[[str], Any], rows: list[tuple[str, str, str]], **changed: object
) -> Any:  # noqa: ANN401 - the tools are not importable while types are checked
    """Join a small drawn list; one département, a change of code, two homonyms."""
    module = tool("facts_join")
    drawn: dict[str, Any] = {
        "today": {"99001": "Aa", "99003": "Neuf", "99005": "Val", "99008": "Val", "99009": "Zut"},
        "addresses": [
            ("99100", "Aa", "99001"),
            ("99100", "Vieux", "99004"),
            ("99100", "Zut", "99009"),
        ],
        "changes": [module.Change(50, "99004", "Vieux", "99003", "Neuf")],
    } | changed
    evidence = module.Evidence.gather(drawn["addresses"], drawn["today"], drawn["changes"])
    listed = [module.Listed(line, *row) for line, row in enumerate(rows, start=2)]
    return module.join(listed, evidence)


def test_join_by_address_follows_a_change_of_code(tool: Callable[[str], Any]) -> None:
    outcome = drawn_join(tool, [("99100", "Aa", "ZIP"), ("99100", "Vieux", "ZAC")])
    assert outcome.classes == {"99001": "ZIP", "99003": "ZAC"}
    assert outcome.rules == {"address": 2}
    assert outcome.refused == []


def test_join_refuses_homonyms_that_nothing_tells_apart(tool: Callable[[str], Any]) -> None:
    outcome = drawn_join(tool, [("99100", "Aa", "ZIP"), ("99200", "Val", "ZAC")])
    assert outcome.classes == {"99001": "ZIP"}
    assert outcome.refused == ["line 3: 99200 Val: could be 99005 or 99008"]


def test_join_tells_homonyms_apart_by_the_order_of_the_list(tool: Callable[[str], Any]) -> None:
    addresses = [("99100", "Aa", "99001"), ("99100", "Mi", "99006"), ("99100", "Zut", "99009")]
    today = {"99001": "Aa", "99005": "Val", "99006": "Mi", "99008": "Val", "99009": "Zut"}
    rows = [
        ("99100", "Aa", "ZIP"),
        ("99200", "Val", "ZAC"),
        ("99100", "Mi", "ZIP"),
        ("99200", "Val", "HZ"),
        ("99100", "Zut", "ZAR"),
    ]
    outcome = drawn_join(tool, rows, addresses=addresses, today=today)
    assert [outcome.classes[code] for code in sorted(today)] == ["ZIP", "ZAC", "ZIP", "HZ", "ZAR"]
    assert outcome.rules == {"address": 3, "name": 2}


def test_join_refuses_a_name_out_of_order_or_unknown(tool: Callable[[str], Any]) -> None:
    rows = [("99100", "Zut", "ZIP"), ("99200", "Val", "ZAC"), ("98100", "Val", "ZAC")]
    outcome = drawn_join(tool, rows)
    assert outcome.classes == {"99009": "ZIP"}
    assert [text.split(": ")[2] for text in outcome.refused] == [
        "99005 or 99008 out of order",
        "no commune of that name and département in the COG",
    ]


def test_join_refuses_a_code_that_never_bore_the_name(tool: Callable[[str], Any]) -> None:
    addresses = [("99100", "Ancien", "99001")]  # the code now belongs to another commune
    outcome = drawn_join(tool, [("99100", "Ancien", "ZIP")], addresses=addresses)
    assert outcome.classes == {}
    assert len(outcome.refused) == 1


def test_join_refuses_two_classes_for_one_code(tool: Callable[[str], Any]) -> None:
    outcome = drawn_join(tool, [("99100", "Aa", "ZIP"), ("99100", "Aa", "ZAC")])
    assert outcome.classes == {}
    assert outcome.conflicts == ["99001: ZAC and ZIP (lines 2, 3)"]


def test_join_refuses_a_list_out_of_order(tool: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match=r"line 3: Aa \(99001\) comes after Zut"):
        drawn_join(tool, [("99100", "Zut", "ZIP"), ("99100", "Aa", "ZAC")])


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
        report = capsys.readouterr().out
        assert "read 38907, kept 38905, dropped 2" in report
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

    @pytest.mark.parametrize(
        ("file", "old", "new", "message"),
        [
            (
                "zonage_medecins/zonmed.csv",
                "9000,Foix,2_ZAC\r\n",
                "",
                "zonmed.csv: field Zonage: .*'ZAC': 18574.*'ZAC': 18573",
            ),
            (
                "zonage_medecins/zonmed.csv",
                "31700,Blagnac,4_ZAR\r\n",
                "31700,Blagnac,1_ZIP\r\n",
                "zonmed.csv: field Zonage: .*expected .*'ZIP': 15156, .*found .*'ZIP': 15157",
            ),
            (
                "zonage_medecins/zonmed.csv",
                "31700,Blagnac,4_ZAR\r\n",
                "31700,Blagnac,5_ZV\r\n",
                r"zonmed.csv, line \d+, field Zonage: unknown class '5_ZV'",
            ),
            (
                "zonage_medecins/zonmed.csv",
                "31700,Blagnac,4_ZAR\r\n",
                "31700,Blagnak,4_ZAR\r\n",
                "zonmed.csv: field Nom_commune: rows refused: .*31700 Blagnak",
            ),
            (
                "ruralite/liste-communes-FRR-juillet2025.csv",
                "31555;31;Toulouse;Non classée;",
                "31555;31;Toulouse;FRR+;",
                "FRR-juillet2025.csv: field Classement FRR .*: counts of frr_2025: .*4456.*4457",
            ),
            (
                "montagne/massifs_anct_2025.csv",
                "01004,Ambérieu-en-Bugey",
                "1004,Ambérieu-en-Bugey",
                "massifs_anct_2025.csv, line 3, field insee_com: '1004' is not a commune code",
            ),
            (
                "qpv/communes_avec_qpv_2024.geojson",
                '"code_qp": "QN00902M',
                '"code_qp": "QP00902M',
                "communes_avec_qpv_2024.geojson, line .*, field code_qp: 'QP00902M",
            ),
        ],
        ids=["row lost", "class changed", "class unknown", "name unknown", "frr", "code", "qpv"],
    )
    def test_a_broken_input_is_refused_and_nothing_written(
        self,
        tool: Callable[[str], Any],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        file: str,
        old: str,
        new: str,
        message: str,
    ) -> None:
        data, out = tmp_path / "data", tmp_path / "out"
        for folder in ("adresses", "cog", "montagne", "population", "ruralite"):
            shutil.copytree(SHARED / folder, data / folder, copy_function=shutil.copyfile)
        for name in ("zonage_medecins/zonmed.csv", "qpv/communes_avec_qpv_2024.geojson"):
            (data / name).parent.mkdir()
            shutil.copyfile(SHARED / name, data / name)
        whole = (data / file).read_bytes()
        assert old.encode() in whole
        (data / file).chmod(0o644)
        (data / file).write_bytes(whole.replace(old.encode(), new.encode(), 1))
        arguments = ["--data", str(data), "--out", str(out)]
        assert tool("compile_facts").main(arguments) == 1
        assert not out.exists()
        captured = capsys.readouterr()
        assert captured.out == ""
        assert re.search(message, captured.err, re.DOTALL), captured.err


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

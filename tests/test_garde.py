"""Garde sectors and the exemption of art. 151 ter: the facts that ship, sectors drawn by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product

import pytest

from zonage_geo.catalog.model import Catalog, Edition, Exoneration
from zonage_geo.errors import CatalogError
from zonage_geo.locate import Query, locate
from zonage_geo.locate.garde import Counted, count_commune, opening, with_exoneration
from zonage_geo.locate.model import Item, Ref
from zonage_geo.render.plain import to_dict
from zonage_geo.render.text import to_text
from zonage_geo.store import Store, facts_only
from zonage_geo.territory import STORE_DAY
from zonage_geo.verdict import Verdict

OUI, NON, UNKNOWN = Verdict.OUI, Verdict.NON, Verdict.INDETERMINE
DAY = date(2025, 5, 15)
LIST = "pdsa/essai"
SECTORS = {
    "A": ("Secteur d'Artigues", ["09020", "09029"]),  # ZIP; ZAC
    "B": ("Secteur d'Aulus", ["09029"]),  # ZAC, no quarter
    "C": ("Secteur de Foix", ["09122", "09029"]),  # ZAC with a quarter; ZAC
    "D": ("Secteur de Conques", ["12218"]),  # no class in the list
    "N": ("Secteur d'Abancourt", ["60001"]),  # Hauts-de-France: ZAC
    "S": ("Secteur de Senconac", ["09088", "09287", "09020"]),  # the first two, one since 2025
}


@pytest.fixture(scope="module")
def rule() -> Exoneration:
    found = facts_only().catalog().layers["pdsa"].exoneration
    assert found is not None
    return found


Asking = Callable[..., Item]


def edition(*, complete: bool) -> Edition:
    return Edition(
        layer="pdsa",
        id="essai",
        title="Secteurs d'essai",
        territory=("FR",),
        legal="cahier des charges",
        publisher="personne",
        licence="libre",
        unit="commune",
        valid_from=date(2020, 1, 1),
        cog=2025,
        source=f"file:{LIST}",
        complete=complete,
    )


@pytest.fixture(scope="module")
def drawn() -> Store:
    store = facts_only()
    rows = [(LIST, code, zone, nom) for zone, (nom, codes) in SECTORS.items() for code in codes]
    store._db.executemany(
        "INSERT INTO zone_lists (list, commune, zone, nom) VALUES (?, ?, ?, ?)", rows
    )
    store._db.executemany(
        "INSERT OR IGNORE INTO memberships (list, code, class) VALUES (?, ?, 'SECTEUR')",
        [(LIST, code) for _, code, *_ in rows],
    )
    store._lists.add(LIST)
    return store


def with_edition(catalog: Catalog, one: Edition) -> Catalog:
    layer = catalog.layers["pdsa"]
    classes = layer.classes
    mine = layer._replace(editions=(one._replace(classes=classes),))
    return catalog._replace(layers={**catalog.layers, "pdsa": mine})


@pytest.fixture(scope="module")
def ask(drawn: Store) -> Asking:
    def asked(code: str, sector: str, *, complete: bool = True, day: date = DAY) -> Item:
        catalog = with_edition(drawn.catalog(), edition(complete=complete))
        zone = locate(drawn, catalog, Query(insee=code), day).zone("pdsa")
        return next(item for item in zone.items if item.code == sector)

    return asked


def one(own: Verdict, quarters: Verdict = NON) -> Counted:
    return Counted("00000", "Ici", own, quarters, None, ("ZIP",), None)


def test_a_code_that_is_perhaps_another_communes_settles_nothing(rule: Exoneration) -> None:
    for far in (one(OUI), one(NON, OUI), one(NON, UNKNOWN)):
        said = opening([one(NON), far.unsettled("son nom en est un autre")], rule, quarters=OUI)
        assert said.verdict is UNKNOWN
        assert "est douteux : son nom en est un autre." in said.reason
        assert "inconnue" not in said.reason
        assert "quartier" not in said.reason


# --- the rule --------------------------------------------------------------------------


def test_the_rule_is_the_catalogue_s(rule: Exoneration) -> None:
    assert rule.levels_in("76") == (("ZIP",), rule.levels_source)
    assert rule.levels_in("32")[0] == ("ZIP", "ZAC")
    assert rule.levels_in(None)[0] == ("ZIP",)
    assert rule.legal.endswith("art. 151 ter")
    assert rule.quarters == "indéterminé"


@pytest.mark.parametrize("verdicts", [*product((OUI, NON, UNKNOWN), repeat=3)])
def test_one_commune_is_enough_and_none_must_be_known(
    rule: Exoneration, verdicts: tuple[Verdict, ...]
) -> None:
    said = opening([one(verdict) for verdict in verdicts], rule).verdict
    if OUI in verdicts:
        assert said is OUI
    else:
        assert said is (UNKNOWN if UNKNOWN in verdicts else NON)


@pytest.mark.parametrize(
    ("own", "held", "counting", "expected"),
    [
        (NON, OUI, OUI, OUI),
        (NON, OUI, UNKNOWN, UNKNOWN),
        (NON, OUI, NON, NON),
        (NON, UNKNOWN, OUI, UNKNOWN),
        (NON, UNKNOWN, NON, NON),
        (NON, NON, UNKNOWN, NON),
        (OUI, UNKNOWN, NON, OUI),
        (UNKNOWN, OUI, OUI, OUI),
        (UNKNOWN, OUI, NON, UNKNOWN),
    ],
)
def test_a_quarter_counts_as_the_parameter_says(
    rule: Exoneration, own: Verdict, held: Verdict, counting: Verdict, expected: Verdict
) -> None:
    assert opening([one(own, held)], rule, quarters=counting).verdict is expected


def test_a_sector_that_may_hold_more_is_never_a_no(rule: Exoneration) -> None:
    assert opening([one(NON)], rule, lacking="il manque des lignes.").verdict is UNKNOWN
    assert opening([one(OUI)], rule, lacking="il manque des lignes.").verdict is OUI
    assert opening([], rule).verdict is UNKNOWN


def test_levels_asked_win(drawn: Store, rule: Exoneration) -> None:
    catalog, ref = drawn.catalog(), Ref("09029", STORE_DAY)  # ZAC
    assert count_commune(drawn, catalog, rule, ref, DAY).own is NON
    wide = count_commune(drawn, catalog, rule, ref, DAY, levels=("ZIP", "ZAC"))
    assert wide.own is OUI
    north = count_commune(drawn, catalog, rule, Ref("60001", STORE_DAY), DAY)
    assert north.own is OUI
    assert north.base == "ZAC"


def test_a_quarter_whose_class_is_known(drawn: Store, rule: Exoneration) -> None:
    """Foix is ZAC; were the list of its quarter's class loaded, it would be read."""
    catalog = drawn.catalog()
    layer = catalog.layers["zonage_medecins"]
    source = "file:quartiers d'essai"
    editions = tuple(
        e._replace(zone_class_source=source) if e.id == "2022-05-04" else e for e in layer.editions
    )
    layers = {**catalog.layers, "zonage_medecins": layer._replace(editions=editions)}
    store = facts_only()
    store._lists.add("quartiers d'essai")
    store._db.execute(
        "INSERT INTO memberships (list, code, class) VALUES (?, 'QN00902M', 'ZIP')",
        ("quartiers d'essai",),
    )
    counted = count_commune(
        store, catalog._replace(layers=layers), rule, Ref("09122", STORE_DAY), DAY
    )
    assert (counted.own, counted.quarters) == (NON, OUI)
    said = opening([counted], rule)
    assert said.verdict is UNKNOWN
    assert "Un quartier (QPV) de Foix est classé en ZIP, et non la commune" in said.reason
    assert opening([counted], rule, quarters=OUI).reason == (
        "Un quartier (QPV) de Foix est classé en ZIP."
    )


# --- in an answer ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "sector", "verdict", "words"),
    [
        ("09029", "B", NON, "Aulus-les-Bains, seule commune du secteur, n'est pas en ZIP."),
        ("09122", "C", UNKNOWN, "La classe propre des quartiers (QPV) de Foix n'est pas connue"),
        ("12218", "D", UNKNOWN, "la classe de Conques-en-Rouergue est inconnue"),
        ("60001", "N", OUI, "seule commune du secteur, est en ZIP ou ZAC."),
    ],
)
def test_locate_says_it_of_a_sector(
    ask: Asking, code: str, sector: str, verdict: Verdict, words: str
) -> None:
    item = ask(code, sector)
    assert item.exoneration is verdict
    assert item.exoneration_reason is not None
    assert words in item.exoneration_reason


def test_communes_that_merged_since_the_list_count_for_one(drawn: Store) -> None:
    listed = edition(complete=True)._replace(cog=2024)
    catalog = with_edition(drawn.catalog(), listed)
    layer, items = catalog.layers["pdsa"], [Item("S", "Secteur de Senconac")]
    (item,) = with_exoneration(drawn, catalog, layer, listed, items, DAY)
    assert item.exoneration_reason == "1 des 2 communes du secteur est en ZIP : Artigues."


def test_locate_of_a_commune_in_two_sectors(ask: Asking, drawn: Store) -> None:
    catalog = with_edition(drawn.catalog(), edition(complete=True))
    location = locate(drawn, catalog, Query(insee="09029"), DAY)
    items = location.zone("pdsa").items
    assert [(item.code, item.exoneration) for item in items] == [
        ("A", OUI),
        ("B", NON),
        ("C", UNKNOWN),
    ]
    (plain,) = (z for z in to_dict(location)["zones"] if z["layer"] == "pdsa")
    assert [item["exoneration"] for item in plain["items"]] == ["oui", "non", "indéterminé"]
    text = to_text(location)
    assert "Secteur d'Artigues (A) (exonération : oui)" in text
    assert "1 des 2 communes du secteur est en ZIP : Artigues." in " ".join(text.split())
    qpv = next(z for z in to_dict(location)["zones"] if z["layer"] == "qpv")
    assert all("exoneration" not in item for item in qpv["items"])


def test_a_list_that_is_not_complete_never_says_no(ask: Asking) -> None:
    item = ask("09029", "B", complete=False)
    assert item.exoneration is UNKNOWN
    assert "n'est pas tenue pour complète" in (item.exoneration_reason or "")
    assert ask("09029", "A", complete=False).exoneration is OUI


def test_what_is_to_be_checked_is_carried(ask: Asking) -> None:
    assert "À vérifier" not in (ask("09029", "A").exoneration_reason or "")
    later = ask("09029", "A", day=date(2026, 11, 25))
    assert later.exoneration is OUI
    assert "À vérifier : Un nouveau zonage a été annoncé" in (later.exoneration_reason or "")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('levels = ["ZIP"]', "levels = []", "exoneration.levels : aucune classe."),
        ('levels = ["ZIP"]', 'levels = ["ZIQ"]', "'ZIQ' n'est pas parmi ZIP, ZAC"),
        ("regions.32", "regions.99", "exoneration.regions : région inconnue : 99."),
        ('"zonage_medecins"', '"zonage"', "exoneration.layer = 'zonage' : couche inconnue."),
        ('quarters = "indéterminé"', 'quarters = "peut-être"', "un mot parmi oui, non"),
        ("quarters_source", "quartiers_source", "clé inconnue : quartiers_source"),
    ],
)
def test_slips_in_the_rule_are_refused(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str, said: str
) -> None:
    import shutil

    from zonage_geo.catalog.files import FOLDER
    from zonage_geo.catalog.load import compile_catalog

    folder = tmp_path_factory.mktemp("catalogue") / "catalog"
    shutil.copytree(FOLDER, folder)
    path = folder / "pdsa.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition("[exoneration]")
    assert old in rest
    path.write_text(f"{head}[exoneration]{rest.replace(old, new, 1)}", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"pdsa\.toml") as caught:
        compile_catalog(folder)
    assert said in str(caught.value)

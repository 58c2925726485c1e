"""The aids as data: what is refused, what agrees with the documents and the catalogue."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from zonage_geo import facts
from zonage_geo.aids import rules
from zonage_geo.aids.load import compile_rules
from zonage_geo.aids.rulebook import Rules
from zonage_geo.aids.vocabulary import FOLDER
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import CatalogError
from zonage_geo.render.aids_sheets import reference_page
from zonage_geo.territory import departement_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "aides.md"
SEEDS = ROOT.parent / "shared" / "seeds"
KNOWN = rules()


class Named(NamedTuple):
    """An aid as a document names it."""

    document: str
    words: str
    ids: tuple[str, ...]


# Read in the documents, from their first page to their last; not in the rules.
NAMED = (
    Named("S0", "Contrat d’engagement de service public (CESP)", ("CESP",)),
    Named("S0", "Forfait mensuel transport", ("FORFAIT_TRANSPORT",)),
    Named("S0", "Forfait mensuel hébergement", ("FORFAIT_HEBERG_2C", "FORFAIT_HEBERG_3C")),
    Named("S0", "Revalorisation des honoraires pédagogiques", ("MSU_COSCOM",)),
    Named("S0", "Contrat Assurance Maladie d’aide à l’installation des médecins", ("CAIM",)),
    Named("S0", "Options démographiques", ("OPTION_2011",)),
    Named("S0", "Contrat ARS d’aide à l’installation", ("ARS_OCC",)),
    Named("S0", "CAICD", ("CAICD",)),
    Named("S0", "Exercice partagé", ("400MG_V1",)),
    Named("S0", "Complément de salaire", ("400MG_V2_SAL",)),
    Named("S0", "Charges patronales", ("400MG_V2_CHARGES",)),
    Named("S0", "Zone FRR France Ruralité Revitalisation", ("FRR_EXO",)),
    Named("S0", "Zones Franches Urbaines (ZFU)", ("ZFU_EXO",)),
    Named("S0", "COntrat de Stabilisation et de COordination des Médecins", ("COSCOM",)),
    Named("S0", "COntrat de TRAnsition des Médecins", ("COTRAM",)),
    Named("S0", "Contrat de Solidarité Territoriale des Médecins", ("CSTM",)),
    Named("S0", "Exonération fiscale à hauteur de 60 jours", ("PDSA_EXO",)),
    Named("S0", "Équipe de soins primaires (ESP)", ("ESP_START",)),
    Named("S0", "Maison de Santé Pluri-professionnelle (MSP)", ("MSP_START", "ACI")),
    Named("S0", "Centre De Santé pluri-professionnel", ("CDS_START", "CDS_ACCORD")),
    Named("S0", "CAI Contrat d’Aide à l’Installation", ("CDS_CAI",)),
    Named("S0", "COSCO Contrat de stabilisation", ("CDS_COSCO",)),
    Named("S0", "CST Contrat de solidarité territoriale", ("CDS_CST",)),
    Named("S0", "Communauté Professionnelle Territoriale", ("CPTS_START", "CPTS_ACI")),
    Named("S1", "Contrat d'Engagement de Service Public (CESP)", ("CESP",)),
    Named("S1", "Contrat d'Engagement Territorial (CET) études", ("CET_ETUDES",)),
    Named("S1", "Contrat d'Engagement Territorial (CET) installation", ("CET_INSTALL",)),
    Named("S1", "maîtres de stage universitaire (MSU) en ZIP", ("MSU_COSCOM",)),
    Named("S1", "130 € pour le transport", ("FORFAIT_TRANSPORT",)),
    Named("S1", "150 € pour l'hébergement", ("FORFAIT_HEBERG_2C",)),
    Named("S1", "300 € pour l'hébergement", ("FORFAIT_HEBERG_3C",)),
    Named("S1", "pour les remplacements y compris pendant les études", ("CDE_REMPL",)),
    Named("S1", "Signature possible jusqu'au 31 décembre 2023", ("CDE_INSTALL",)),
    Named("S1", "Contrat Adjoint", ("CONTRAT_ADJOINT",)),
    Named("S1", "Stabilisation et de Coordination des Médecins (COSCOM)", ("COSCOM",)),
    Named("S1", "TRAnsition des Médecins (COTRAM)", ("COTRAM",)),
    Named("S1", "Contrat de Solidarité Territoriale des Médecins (CSTM)", ("CSTM",)),
    Named("S1", "60 jours par an en ZIP", ("PDSA_EXO",)),
    Named("S1", "Contrat d'Aide à l'Installation des Médecins (CAIM)", ("CAIM",)),
    Named("S1", "Contrat Massif/Montagne/QPV", ("ARS_OCC",)),
    Named("S1", "Zones de Revitalisation Rurale (ZRR)", ("ZRR_EXO",)),
    Named("S1", "Équipe de Soins Primaires (ESP)", ("ESP_START",)),
    Named("S1", "Maison de Santé Pluri-professionnelle (MSP)", ("MSP_START",)),
    Named("S1", "Centre De Santé (CDS)", ("CDS_START",)),
    Named("S1", "Communauté Professionnelle Territoriale de Santé (CPTS)", ("CPTS_START",)),
    Named("S1", "Accord Conventionnel Interprofessionnel (ACI)", ("ACI",)),
    Named("S1", "Dispositif d'appui à la coordination (DAC)", ("DAC",)),
    Named("S1", "praticien territorial de médecine générale (PTMG)", ("PTMG",)),
    Named("S2", "PTMG, PTMA, CDE", ("PTMG", "PTMA")),
    Named("S2", "contrats ARS Zone Montagne", ("ARS_OCC",)),
    Named("S2", "contrats salariés financés par l’ARS", ("400MG_V2_SAL", "400MG_V1")),
    Named("S2", "COTRAM, CTSM", ("COTRAM", "CSTM")),
    Named("S2", "Contrats d’engagement de service public", ("CESP",)),
    Named("S2", "pratique avancée libérale", ("IPA",)),
    Named("S2", "Accord conventionnels Interprofessionnel", ("CPTS_ACI", "ACI")),
    Named("S3", "engagement de service public", ("CESP",)),
    Named("S3", "contrat de début d’exercice (CDE)", ("CDE_INSTALL", "CDE_REMPL")),
    Named("S3", "Contrat d’aide à l’installation des médecins (CAIM)", ("CAIM",)),
    Named("S3", "Contrat transition médecin (COTRAM)", ("COTRAM",)),
    Named("S3", "stabilisation et de coordination médecin", ("COSCOM", "MSU_COSCOM")),
    Named("S3", "Contrat de solidarité territoriale (CSTM)", ("CSTM",)),
    Named("S3", "Permanence des soins Ambulatoire (PDSA)", ("PDSA_EXO",)),
    Named("S3", "Zones de Revitalisation Rurales", ("ZRR_EXO",)),
    Named("S3", "Zone Franche Urbaine (ZFU)", ("ZFU_EXO",)),
    Named("S3", "contrats de praticien territorial de médecine générale", ("PTMG",)),
    Named("S4", "CSTM - Contrat de Solidarité Territoriale Médecin", ("CSTM",)),
    Named("S4", "consultations avancées", ("CONSULT_AVANCEES",)),
    Named("S4", "Contrat ARS d’aide à l’installation", ("ARS_OCC",)),
    Named("S4", "CESP – Contrat d’Engagement de Service Public", ("CESP",)),
    Named("S4", "Contrat de Début d’Exercice - en tant que remplaçant", ("CDE_REMPL",)),
    Named("S4", "COSCOM – Contrat de Stabilisation", ("COSCOM", "MSU_COSCOM")),
    Named("S4", "exerçant au sein d’une ZIP ou QPV", ("FMT_ZIP_QPV",)),
    Named("S4", "COTRAM - Contrat de Transition", ("COTRAM",)),
    Named("S4", "67 ans ou plus", ("FMT_67",)),
    Named("S4", "CAIM - Contrat d’Aide à l’Installation des Médecins", ("CAIM",)),
    Named("S4", "primo-installés en libéral en ZIP ou QPV", ("FMT_PRIMO", "PRIMO_ZIP")),
    Named("S4", "options démographiques (convention de 2011)", ("OPTION_2011",)),
)
SUCCESSORS = (
    "PRIMO_ZIP",
    "PRIMO_ZAC",
    "SECONDAIRE_ZIP",
    "FMT_PRIMO",
    "FMT_ZIP_QPV",
    "FMT_67",
    "CONSULT_AVANCEES",
    "DJ_ZIP",
)
"""Those of the convention of 2024, by the domain's table."""


def sections() -> dict[str, str]:
    """Give the reference page's sections by their title."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def squeezed(text: str) -> str:
    """Keep letters and figures alone: slides part words, sheets put bullets between lines."""
    text = unicodedata.normalize("NFC", text).casefold()
    return re.sub(r"<[^>]*>|[^\w€%]", "", text)


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    """Give the source documents' text, squeezed."""
    if not SEEDS.is_dir():
        pytest.skip("needs ../shared/seeds, which is not part of the repository")
    return {
        key: squeezed((SEEDS / one.file).read_text(encoding="utf-8"))
        for key, one in KNOWN.documents.items()
        if one.file
    }


@pytest.mark.parametrize("named", NAMED, ids=lambda n: f"{n.document}-{n.ids[0]}")
def test_the_reference_page_has_every_aid_that_a_document_names(named: Named) -> None:
    page = sections()
    for aid in named.ids:
        quoted = page[aid].split("Ce que disent les documents")[1]
        file = KNOWN.documents[named.document].file
        assert f"- {named.document} (`{file}`) : " in quoted


@pytest.mark.parametrize("aid", SUCCESSORS)
def test_the_reference_page_has_the_successors_of_2026(aid: str) -> None:
    assert "2026" in sections()[aid]


def test_the_reference_page_is_in_step_with_the_rules() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(KNOWN), (
        "docs/aides.md : python tools/aids_page.py"
    )


@pytest.mark.shared_data
@pytest.mark.parametrize("named", NAMED, ids=lambda n: f"{n.document}-{n.ids[0]}")
def test_the_names_are_those_of_the_documents(named: Named, documents: dict[str, str]) -> None:
    assert squeezed(named.words) in documents[named.document]


def quotes(text: str) -> Iterator[str]:
    for quote in re.findall(r"«\s*(.*?)\s*»", text):
        yield from filter(None, map(squeezed, quote.split("[…]")))


@pytest.mark.shared_data
@pytest.mark.parametrize("aid", KNOWN.aids)
def test_what_is_quoted_stands_in_the_document(aid: str, documents: dict[str, str]) -> None:
    rule = KNOWN.aids[aid]
    for source in rule.sources:
        for piece in quotes(source.says) if source.document in documents else ():
            assert piece in documents[source.document], (source.document, piece)
    said = [(r.says, r.sources) for c in rule.conditions for r in c.readings]
    said += [(r.says, r.sources) for d in rule.disagreements for r in d.readings]
    said += [(c.says, c.sources) for c in rule.cumul]
    for text, sources in said:
        held = [documents[one] for one in sources if one in documents]
        for piece in quotes(text) if held else ():
            assert any(piece in one for one in held), (sources, piece)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    "aid",
    [
        aid.id
        for aid in KNOWN.aids.values()
        if any(KNOWN.documents[one].file for one in aid.amount.sources)
    ],
)
def test_amounts_stand_in_one_of_their_documents(aid: str, documents: dict[str, str]) -> None:
    amount = KNOWN.aids[aid].amount
    told = "".join(documents.get(one, "") for one in amount.sources)
    for value in (amount.value, amount.low, amount.high, amount.base, amount.cap):
        assert value is None or str(value) in told, value
    for extra in amount.supplements:
        held = "".join(documents.get(one, "") for one in extra.sources)
        assert str(extra.value) in held


# the catalogue, the facts


@pytest.fixture(scope="module")
def plain_catalog() -> Catalog:
    return Catalog.from_plain(compile_catalog())


def test_layers_and_classes_are_those_of_the_catalogue(plain_catalog: Catalog) -> None:
    assert set(KNOWN.layers) == set(plain_catalog.layers)
    for name, layer in plain_catalog.layers.items():
        whole = [code for code, one in layer.classes.items() if not one.partial_of]
        counted = [code for code in whole if layer.classes[code].counts]
        assert set(KNOWN.layers[name]["count"]) == set(counted), name
        assert set(KNOWN.layers[name]["classes"]) <= set(whole), name
        assert KNOWN.layers[name]["label"] == layer.short


def test_departements_of_a_massif_are_those_of_the_list() -> None:
    listed = {departement_of(code) for code, _ in facts.memberships("massif_2025").items()}
    assert set(KNOWN.mountain["departements_de_massif"]) == listed


def test_documents_prevail_by_their_date() -> None:
    dated = sorted((one for one in KNOWN.documents.values() if one.date), key=lambda one: one.rank)
    days = [one.date for one in dated]
    assert days == sorted(days, key=lambda day: day or date.min)
    inferred = [one.id for one in dated if one.date_note and "INF" in one.date_note]
    assert {"S1", "S4"} <= set(inferred)  # neither bears a date


@pytest.mark.parametrize(
    ("aid", "condition", "wanted"),
    [
        ("COTRAM", "age", ["60_ans_et_plus", "plus_de_60_ans"]),
        ("CSTM", "origine", ["hors_zip", "hors_zip_zac"]),
        ("ARS_OCC", "en_zip", ["zip_admise", "hors_zip"]),
        ("ARS_OCC", "statut", ["liberal", "liberal_ou_salarie"]),
        ("ESP_START", "composition", ["generaliste_et_auxiliaire", "medecin_et_professionnel"]),
        ("PDSA_EXO", "zone", ["secteur", "installation"]),
        ("PRIMO_ZIP", "zone", ["zip", "zip_ou_qpv"]),
        ("COSCOM", "apres_caim", ["possible", "jamais_de_caim"]),
    ],
)
def test_the_later_document_prevails_then_the_more_specific(
    aid: str, condition: str, wanted: list[str]
) -> None:
    found = next(c for c in KNOWN.aids[aid].conditions if c.id == condition)
    assert [one.id for one in found.readings] == wanted


def test_exclusions_hold_for_both_sides() -> None:
    for aid in KNOWN.aids.values():
        for one in aid.cumul:
            back = {c.other: c.rule for c in KNOWN.aids[one.other].cumul}
            assert back[aid.id] == one.rule


# what is refused


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "aids"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copied


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_rules_that_ship_load(folder: Path) -> None:
    assert Rules.from_plain(compile_rules(folder)).aids == KNOWN.aids


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("caim.toml", "nature =", "natures =", "clé inconnue : natures"),
        ("caim.toml", "duration =", 'payer = "x"\nduration =', "TOML illisible"),  # twice a key
        ("caim.toml", 'label = "Contrat d', 'label = ""\n#', "label = ''"),
        ("caim.toml", 'id = "CAIM"', 'id = "CAIM2"', "nom du fichier"),
        ("caim.toml", "closes = 2025-12-31", 'closes = "2025-12-31"', "une date sans heure"),
        ("caim.toml", "closes = 2025-12-31", "closes = 2017-12-31", "précède"),
        ("caim.toml", 'attested = "', 'closed = "', "va avec"),
        ("caim.toml", 'sources = ["S0", "S4"]', 'sources = ["S9"]', "'S9' n'est pas parmi"),
        ("caim.toml", 'sources = ["S0", "S4"]', 'sources = ["CGI"]', "'CGI' n'est pas parmi"),
        (
            "caim.toml",
            "zonage_medecins = ZIP",
            "zonage_medecins = ZIPP",
            "« ZIPP » n'est pas parmi",
        ),
        ("caim.toml", "zonage_medecins = ZIP", "zonage = ZIP", "mot inconnu : zonage"),
        ("caim.toml", "demi_journees >= 5", "demi_journees >= cinq", "ni un nombre ni une date"),
        ("caim.toml", "demi_journees >= 5", "demi_journees", "se compare à une valeur"),
        ("caim.toml", "participe_pdsa ou", "participe_pdsa = 3 ou", "ne se compare pas"),
        ("caim.toml", "participe_pdsa ou", "participe_pdsa ou ou", "n'est pas à sa place"),
        ("caim.toml", "(projet = installe et", "(projet = installe", "il manque « ) »"),
        ("caim.toml", 'word = "demi_journees"', 'word = "optam"', "amount.word"),
        ("caim.toml", "minimum = 5\n", "", "clé absente pour kind"),
        ("caim.toml", 'rule = "exclu"', 'rule = "cumulable"', "mais"),
        ("caim.toml", 'with = ["COSCOM",', 'with = ["XX",', "n'est pas une autre aide"),
        ("caim.toml", 'contacts = ["cpam",', 'contacts = ["mairie",', "'mairie' n'est pas parmi"),
        ("ars_occ.toml", 'regions = ["76"]', 'regions = ["760"]', "'760' n'est pas parmi"),
        ("cotram.toml", 'id = "plus_de_60_ans"', 'id = "60_ans_et_plus"', "id distincts"),
        ("cotram.toml", 'label = "Âge"', 'label = "Âge"\nwhen = "age > 6"', "l'un ou l'autre"),
        ("common/documents.toml", "rank = 2", "rank = 1", "le même rang"),
        ("common/profile.toml", 'kind = "number"', 'kind = "nombre"', "un mot parmi"),
        ("common/profile.toml", "bounds = [0, 14]", "bounds = [14, 0]", "le moins et le plus"),
        ("common/profile.toml", '"docteur", ', '"docteur", "Médecin", ', "est écrit deux fois"),
        ("common/profile.toml", "CDS = [", "CDSS = [", "'CDSS' n'est pas parmi"),
        ("common/profile.toml", 'specialite = "g', 'specialite = "h', "'heneraliste' n'est pas"),
        ("common/profile.toml", '"généraliste" = {', '"généralist" = {', "'generalist' n'est"),
        ("common/profile.toml", 'kind = "bool"', 'kind = "bool"\nother = "x"', "ne vont qu'avec"),
        ("common/place.toml", 'implies = "ZAC"', 'implies = "ZAQ"', "'ZAQ' n'est pas parmi"),
        ("common/contacts.toml", 'role = "ars"', 'role = "arss"', "'arss' n'est pas parmi"),
    ],
)
def test_a_slip_is_refused_with_the_files_path(
    folder: Path, name: str, old: str, new: str, told: str
) -> None:
    path = changed(folder, name, old, new)
    with pytest.raises(CatalogError) as refused:
        compile_rules(folder)
    message = str(refused.value)
    assert message.startswith(str(folder))
    assert path.name in message
    assert told in message

"""Profiles as people write them: never an aid closed by an accent, a capital or a slip."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.aided import AULUS, DOCTOR, place, profile
from tests.test_cli import run
from zonage_geo.aids import evaluate, rules
from zonage_geo.aids.answers import Answers
from zonage_geo.aids.profile import read_assignment, read_profile
from zonage_geo.aids.spelling import fold, nearest
from zonage_geo.errors import InputError
from zonage_geo.render.aids_sheets import sheet_text
from zonage_geo.render.aids_text import (
    FOLLOWED,
    MARKS,
    NOTICE,
    OTHER,
    SIGNS,
    answers_text,
    marks_text,
)

DAY = "2024-12-09"
ZIP = place(zonage_medecins="ZIP")


@pytest.mark.parametrize(
    ("word", "text", "wanted"),
    [
        ("profession", "Médecin", "medecin"),
        ("profession", " MEDECIN ", "medecin"),
        ("profession", "Me\u0301decin", "medecin"),  # the accent apart, as some keyboards write it
        ("profession", "docteur en médecine", "medecin"),
        ("profession", "dentiste", "chirurgien-dentiste"),
        ("profession", "Chirurgien dentiste", "chirurgien-dentiste"),
        ("profession", "Infirmière", "infirmier"),
        ("profession", "pharmacienne", "pharmacien"),
        ("profession", "Sage femme", "sage-femme"),
        ("specialite", "Généraliste", "generaliste"),
        ("specialite", "médecine générale", "generaliste"),
        ("filiere", "Médecine", "medecine"),
        ("employeur", "Centre de santé", "CDS"),
        ("employeur", "cds", "CDS"),
        ("etablissement", "Médico-social", "medico_social"),
        ("etablissement", "EHPAD", "medico_social"),
        ("etablissement", "non", False),
        ("status", "Libéral", "liberal"),
        ("status", "Docteur junior", "docteur_junior"),
        ("projet", "s'installer", "installation"),
        ("projet", "S’installer", "installation"),
        ("projet", "être installé", "installe"),
        ("projet", "ouvrir un cabinet secondaire", "cabinet_secondaire"),
        ("projet", "faire des vacations", "vacations"),
        ("installe_zone", "zip", "ZIP"),
        ("forme_exercice", ["msp", "Groupe médecins"], ("MSP", "groupe_medecins")),
        ("contrats_en_cours", "cotram", ("COTRAM",)),
    ],
)
def test_a_word_is_read_whatever_its_case_and_accents(
    word: str,
    text: Any,  # noqa: ANN401
    wanted: Any,  # noqa: ANN401
) -> None:
    assert read_profile({word: text}) == {word: wanted}


@pytest.mark.parametrize("job", ["Médecin", "médecins", "médecin généraliste", "MÉDECIN"])
@pytest.mark.parametrize("speciality", ["Généraliste", "Médecine générale"])
def test_a_doctor_written_otherwise_is_answered_alike(job: str, speciality: str) -> None:
    who = {**DOCTOR, "status": "Libéral", "profession": job, "specialite": speciality}
    assert evaluate(ZIP, DAY, who) == evaluate(ZIP, DAY, DOCTOR)
    assert evaluate(ZIP, DAY, {"profession": job})["CAIM"].verdict == "depends"


def test_a_dentist_is_not_a_doctor() -> None:
    where = place(zonage_medecins="ZIP")
    found = evaluate(where, DAY, profile(profession="Dentiste", specialite=...))
    assert found["CAIM"].verdict == "not_eligible"
    (beneficiary,) = [one for one in found["CAICD"].outcomes if one.id == "beneficiaire"]
    assert beneficiary.verdict == "oui"


def test_a_generalist_has_a_speciality_unless_told_otherwise() -> None:
    both = {"profession": "medecin", "specialite": "generaliste"}
    assert read_profile({"profession": "Médecin généraliste"}) == both
    assert read_profile({"profession": "médecin généraliste", "specialite": "MG"}) == both
    assert read_profile({"profession": "médecin"}) == {"profession": "medecin"}
    with pytest.raises(InputError, match="dit specialite = generaliste"):
        read_profile({"specialite": "cardiologue", "profession": "médecin généraliste"})


@pytest.mark.parametrize(
    ("word", "text", "told"),
    [
        ("profession", "boulanger", "medecin, chirurgien-dentiste"),
        ("profession", "medcin", "vouliez-vous dire medecin"),
        ("profession", "non", "medecin, chirurgien-dentiste"),
        ("filiere", "droit", "medecine, odontologie"),
        ("specialite", "génraliste", "vouliez-vous dire generaliste"),
        ("specialite", "interne de médecine générale", "vouliez-vous dire generaliste"),
        ("specialite", "Médecin", "une autre spécialité"),
        ("specialite", "?", "une autre spécialité"),
        ("specialite", "", "une autre spécialité"),
        ("specialite", True, "une autre spécialité"),
        ("employeur", "CDS de Foix", "vouliez-vous dire CDS"),
        ("etablissement", "mairie", "sanitaire, medico_social"),
        ("status", "libérql", "vouliez-vous dire liberal"),
        ("contrats_en_cours", "COTRAN", "vouliez-vous dire COTRAM"),
        ("demi_journees", 14.5, "de 0 à 14"),
        ("age", 350, "de 0 à 120"),
        ("successeur.age", 350, "de 0 à 120"),
        ("part_activite_zip_zac_pct", 101, "de 0 à 100"),
        ("jours_par_an_en_zip", 367, "de 0 à 366"),
        ("cycle", 0, "de 1 à 3"),
    ],
)
def test_what_the_rules_do_not_know_is_refused_not_answered(
    word: str,
    text: Any,  # noqa: ANN401
    told: str,
) -> None:
    with pytest.raises(InputError, match=told):
        evaluate(AULUS, DAY, {word: text})


def test_bounds_themselves_are_admitted() -> None:
    for name in rules().profile:
        word = rules().words[name]
        for number in word.bounds or ():
            assert read_profile({name: number}) == {name: number}


@pytest.mark.parametrize(
    "speciality",
    [
        "anesthésie-réanimation", "cardiologue", "chirurgien", "dermatologue", "gastro-entérologue",
        "gériatre", "gynécologue", "médecine d'urgence", "médecine interne", "neurologue",
        "oncologue", "ophtalmologue", "pédiatre", "psychiatre", "radiologue", "rhumatologue",
        "santé publique", "urologue",
    ],
)  # fmt: skip
def test_any_other_speciality_is_one(speciality: str) -> None:
    assert read_profile({"specialite": speciality}) == {"specialite": speciality}
    for said, wanted in ((speciality, "non"), ("Généraliste", "oui")):
        found = evaluate(ZIP, "2026-02-01", profile(specialite=said))["FMT_PRIMO"]
        assert [one.verdict for one in found.outcomes if one.id == "beneficiaire"] == [wanted]


def test_null_says_that_a_text_does_not_apply() -> None:
    for text in ("null", "sans objet"):
        assert read_profile(dict([read_assignment(f"specialite={text}")])) == {"specialite": None}
        assert read_profile({"specialite": text}) == {"specialite": None}


def test_every_value_and_synonym_reads_as_its_value() -> None:
    for name in rules().profile:
        word = rules().words[name]
        for spelling, value in word.spellings.items():
            found = read_profile({name: spelling.upper()})[name]
            assert found in (value, (value,))


def test_the_nearest_is_offered_first() -> None:
    with pytest.raises(InputError, match=r"« statu »\. Vouliez-vous dire : statut \? Mots admis"):
        read_profile({"statu": "liberal"})
    with pytest.raises(InputError, match=r"« xyz »\. Mots admis"):
        read_profile({"xyz": 1})
    with pytest.raises(KeyError, match=r"« CAIN »\. Vouliez-vous dire : CAIM \? Réponses : "):
        evaluate(AULUS, DAY, {})["CAIN"]
    assert nearest("Sage femmes", ["sage-femme", "x"]) == "sage-femme"
    assert fold("  Cœur-de_Ville ") == "coeur de ville"


def test_a_shell_reads_them_too(tmp_path: Path) -> None:
    done = run(tmp_path, "aids", "Foix", "--avec", "profession=boulanger")
    assert (done.returncode, done.stdout) == (2, "")
    assert "il faut medecin, chirurgien-dentiste" in done.stderr
    done = run(tmp_path, "aids", "--mots")
    assert "demi_journees : le nombre de demi-journées d'exercice par semaine" in done.stdout
    assert "un nombre de 0 à 14" in " ".join(done.stdout.split())


def test_marks_are_explained_where_they_appear() -> None:
    assert marks_text(["rien"]) == ""
    inferred, doubtful = MARKS["[INF]"], MARKS["[?]"]
    assert marks_text(["a [INF]"]) == f"[INF] : {inferred}."
    both = f"[INF] : {inferred} ; [?] : {doubtful}."
    assert marks_text(["a", "b [?]", "c [INF]"], width=200) == both
    assert "[INF]" in marks_text([sheet_text(rules().aids["400MG_V2_SAL"], rules())])


def test_the_last_line_of_an_answer_explains_its_marks() -> None:
    found = evaluate(ZIP, "2026-02-01", DOCTOR)
    text = answers_text(None, found, rules(), day=date(2026, 2, 1))
    *body, last = text.split("\n\n")
    for mark in ("[INF]", "[?]"):
        assert (mark in last) == any(mark in block for block in body)
    assert last.startswith("[")
    plain = Answers([found["PTMA"]])
    text = answers_text(None, plain, rules(), day=date(2026, 2, 1))
    assert not any(mark in text for mark in MARKS)
    assert " ".join(text.split()).endswith(NOTICE)


def test_the_signs_of_an_aid_alone_are_explained() -> None:
    found = evaluate(place(zonage_medecins="ZAC"), "2024-12-09", {})
    for id_ in ("CDE_REMPL", "CAIM"):
        alone = Answers([found[id_]])
        text = answers_text(None, alone, rules(), day=date(2024, 12, 9), full=True)
        last = " ".join(text.split("\n\n")[-1].split())
        for sign in (*(f"{one} " for one in SIGNS.values()), f"· {FOLLOWED} (", f"· {OTHER} ("):
            assert (f"{sign.strip('· (')} : {MARKS[sign]}" in last) == (sign in text), sign


def test_the_values_of_a_choice_are_those_that_may_be_typed() -> None:
    found = evaluate(ZIP, "2026-02-01", {})
    text = " ".join(answers_text(None, found, rules(), day=date(2026, 2, 1)).split())
    for word in rules().words.values():
        if (
            word.kind in ("choice", "choices")
            and f" {rules().said(word.name)} : {word.label}" in text
        ):
            told = text.partition(f" {rules().said(word.name)} : {word.label}")[2]
            said = word.label + told.partition("]")[0]
            assert all(value in said for value in word.values), word.name

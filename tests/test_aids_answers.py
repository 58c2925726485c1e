"""What places open, case by case, as the documents say it; no geometry, no store."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.aided import AULUS, DOCTOR, FOIX, LOZERE_ZIP, place, profile
from zonage_geo.aids import AidVerdict, Answer, evaluate, rules
from zonage_geo.errors import InputError
from zonage_geo.render.aids_text import missing_lines

ELIGIBLE, NOT, DEPENDS = AidVerdict.ELIGIBLE, AidVerdict.NOT_ELIGIBLE, AidVerdict.DEPENDS
DAY = "2024-12-09"
ZIP = place(zonage_medecins="ZIP")
ZAC = place(zonage_medecins="ZAC")
ZAR = place(zonage_medecins="ZAR")


def answer(
    aid: str,
    where: dict[str, Any],
    day: str = DAY,
    who: dict[str, Any] | None = None,
    **more: Any,  # noqa: ANN401
) -> Answer:
    return evaluate(where, day, DOCTOR if who is None else who, **more)[aid]


# The cases of the contract.


@pytest.mark.parametrize(
    ("half_days", "amount", "inferred"),
    [
        (5, 31_250, False),
        (6, 37_500, True),
        (7, 43_750, True),
        (8, 50_000, False),
        (10, 50_000, False),
    ],
)
def test_aulus_opens_the_ars_contract_by_the_half_day(
    half_days: int,
    amount: int,
    inferred: bool,  # noqa: FBT001
) -> None:
    found = answer("ARS_OCC", AULUS, who=profile(demi_journees=half_days))
    assert found.verdict == "eligible"
    assert found.amount == amount
    assert any("[INF]" in mark for mark in found.amount_marks) is inferred
    assert found.to_check is None
    assert {source.file for source in found.sources if source.document == "S0"} == {
        "000_f58e2b052922dd4d.txt"
    }


def test_aulus_does_not_open_the_caim() -> None:
    found = answer("CAIM", AULUS)
    assert found.verdict == "not_eligible"
    assert found.amount is None
    assert any("ZIP" in failed and "ZAC" in failed for failed in found.failed)


def test_foix_depends_on_its_quarter() -> None:
    found = answer("CAIM", FOIX)
    assert found.verdict == "depends"
    (missing,) = found.missing
    assert "QN00902M" in missing
    assert "Centre Ancien" in missing
    assert answer("ARS_OCC", FOIX).verdict == "eligible"  # Ariège, whatever the quarter


def test_the_caim_closes_with_2025_and_has_successors() -> None:
    last = answer("CAIM", LOZERE_ZIP, "2025-12-31")
    assert last.verdict == "eligible"
    assert last.successor == ()
    after = answer("CAIM", LOZERE_ZIP, "2026-01-01")
    assert after.verdict == "not_eligible"
    assert set(after.successor) == {"PRIMO_ZIP", "FMT_PRIMO", "FMT_ZIP_QPV"}
    opened = evaluate(LOZERE_ZIP, "2026-01-01", DOCTOR)
    assert all(opened[one].verdict == "eligible" for one in after.successor)
    assert opened["PRIMO_ZIP"].amount == 10_000
    before = evaluate(LOZERE_ZIP, "2025-12-31", DOCTOR)
    assert all(before[one].verdict == "not_eligible" for one in after.successor)


def test_zrr_ends_and_frr_begins() -> None:
    june, july = (evaluate(LOZERE_ZIP, day, DOCTOR) for day in ("2024-06-30", "2024-07-01"))
    assert (june["ZRR_EXO"].verdict, june["FRR_EXO"].verdict) == (ELIGIBLE, NOT)
    assert (july["ZRR_EXO"].verdict, july["FRR_EXO"].verdict) == (NOT, ELIGIBLE)
    assert july["ZRR_EXO"].successor == ("FRR_EXO",)
    assert answer("FRR_EXO", LOZERE_ZIP, "2029-12-31").verdict == "eligible"
    assert answer("FRR_EXO", LOZERE_ZIP, "2030-01-01").verdict == "not_eligible"


LOCUM = {
    "status": "remplacant",
    "profession": "medecin",
    "licence_remplacement": True,
    "tarifs_opposables": True,
    "jours_par_trimestre": 29,
    "part_activite_zip_zac_pct": 80,
}


@pytest.mark.parametrize(
    ("distance", "wanted"),
    [
        (9, ELIGIBLE),
        (10, NOT),
        (11, NOT),
        ([9, 9.9], ELIGIBLE),
        ([9.5, 10.5], DEPENDS),
        (None, DEPENDS),
    ],
)
def test_a_locum_near_a_zip(distance: object, wanted: AidVerdict) -> None:
    where = place(zonage_medecins="ZAR") | (
        {} if distance is None else {"distance_zip_zac_km": distance}
    )
    found = answer("CDE_REMPL", where, who=LOCUM)
    assert found.verdict == wanted
    if wanted is ELIGIBLE:
        assert found.amount == 8_325
        assert "dérogation" in (found.to_check or "")


def test_a_locum_by_the_word_of_the_profile() -> None:
    for km, wanted in ((9, ELIGIBLE), (10, NOT)):
        assert answer("CDE_REMPL", ZAR, who={**LOCUM, "distance_zip_zac_km": km}).verdict == wanted
    assert answer("CDE_REMPL", ZAC, who=LOCUM).verdict == "eligible"
    assert answer("CDE_REMPL", ZAC, who=LOCUM).to_check is None
    # What was measured prevails over what is told, which may only make it finer.
    near = {**ZAR, "distance_zip_zac_km": [9.5, 10.5]}
    assert (
        answer("CDE_REMPL", near, who={**LOCUM, "distance_zip_zac_km": 9.8}).verdict == "eligible"
    )
    assert answer("CDE_REMPL", near, who={**LOCUM, "distance_zip_zac_km": 3}).verdict == "depends"


def test_a_locum_without_licence_has_more_to_fulfil() -> None:
    young = {**LOCUM, "licence_remplacement": False, "inscrit_ordre_mois": 11}
    assert answer("CDE_REMPL", ZAC, who=young).missing == ("forme_exercice", "participe_pdsa")
    team = {**young, "forme_exercice": "CPTS", "participe_pdsa": True}
    assert answer("CDE_REMPL", ZAC, who=team).verdict == "eligible"
    assert answer("CDE_REMPL", ZAC, who={**team, "inscrit_ordre_mois": 12}).verdict == NOT
    group = {**team, "forme_exercice": "groupe_medecins"}
    assert answer("CDE_REMPL", ZAC, who=group).verdict == NOT
    assert answer("CDE_REMPL", ZAC, who={**LOCUM, "jours_par_trimestre": 28}).verdict == NOT
    assert answer("CDE_REMPL", ZAC, who={**LOCUM, "jours_par_trimestre": 60}).amount == 15_000


@pytest.mark.parametrize(
    ("told", "wanted"),
    [("oui", ELIGIBLE), ("non", NOT), ("indéterminé", DEPENDS), (None, DEPENDS)],
)
def test_the_pdsa_exemption_follows_the_sector(told: str | None, wanted: AidVerdict) -> None:
    sector = {"verdict": "oui", "items": [{"code": "12", "name": "Foix", "exoneration": told}]}
    found = answer("PDSA_EXO", place(zonage_medecins="ZAC", pdsa=sector))
    assert found.verdict == wanted
    if wanted is DEPENDS:
        assert "Foix" in found.missing[0]


def test_the_pdsa_exemption_read_otherwise() -> None:
    opens = {"verdict": "oui", "items": [{"code": "12", "exoneration": "oui"}]}
    where = place(zonage_medecins="ZAC", pdsa=opens)
    installed = {"PDSA_EXO.zone": "installation"}
    assert answer("PDSA_EXO", where, readings=installed).verdict == NOT
    assert "divergent" in (answer("PDSA_EXO", where).to_check or "")
    assert answer("PDSA_EXO", ZIP | {"pdsa": opens}).to_check is None  # both readings agree
    # A sector that is not known holds the ZIP that the place is in.
    assert answer("PDSA_EXO", place(zonage_medecins="ZIP", pdsa=None)).verdict == "eligible"
    # One that is known to hold none decides, whatever is known of the place's own class.
    none = {"verdict": "oui", "items": [{"code": "12", "exoneration": "non"}]}
    assert answer("PDSA_EXO", {"pdsa": none, "departement": "09"}).verdict == NOT
    assert answer("PDSA_EXO", {"pdsa": opens, "departement": "09"}).verdict == ELIGIBLE
    two = {"verdict": "oui", "items": [*opens["items"], {"code": "13", "exoneration": "non"}]}
    assert answer("PDSA_EXO", place(zonage_medecins="ZAC", pdsa=two)).verdict == DEPENDS
    assert answer("PDSA_EXO", where, who=profile(participe_pdsa=False)).verdict == NOT


# Days, on the day and on the day after.


@pytest.mark.parametrize(
    ("aid", "day", "wanted"),
    [
        ("COSCOM", "2025-12-31", ELIGIBLE),
        ("COSCOM", "2026-01-01", NOT),
        ("FMT_ZIP_QPV", "2025-12-31", NOT),
        ("FMT_ZIP_QPV", "2026-01-01", ELIGIBLE),
        ("CDE_INSTALL", "2023-12-31", ELIGIBLE),
        ("CDE_INSTALL", "2024-01-01", NOT),
        ("ARS_OCC", "2019-09-30", NOT),
        ("ARS_OCC", "2019-10-15", DEPENDS),
        ("ARS_OCC", "2019-11-01", ELIGIBLE),
        ("CAIM", "2018-09-30", DEPENDS),
        ("CAIM", "2018-10-01", ELIGIBLE),
        ("PTMG", "2022-01-12", DEPENDS),
        ("PTMG", "2022-01-13", NOT),
        ("ZFU_EXO", "2025-12-31", ELIGIBLE),
        ("ZFU_EXO", "2026-01-01", DEPENDS),
    ],
)
def test_on_the_day_and_the_day_after(aid: str, day: str, wanted: AidVerdict) -> None:
    where = place(zonage_medecins="ZIP", massif="08", zfu="oui")
    assert answer(aid, where, day).verdict == wanted


def test_the_young_doctor_depends_on_the_month_of_november_2026() -> None:
    junior = {"status": "docteur_junior"}
    verdicts = [answer("DJ_ZIP", ZIP, day, junior).verdict for day in ("2026-10-31", "2026-11-15")]
    assert verdicts == [NOT, DEPENDS]  # « novembre 2026 »: the day is not known
    assert answer("DJ_ZIP", ZIP, "2026-12-01", junior).amount == 1_000


@pytest.mark.parametrize("day", ["2022-05-03", "2022-05-04"])
def test_quarters_and_departements_join_the_ars_contract_in_may_2022(day: str) -> None:
    begun = day == "2022-05-04"
    for where in (
        place(zonage_medecins="ZAC", qpv="oui", departement="31", massif="non", montagne="non"),
        place(zonage_medecins="ZAC", departement="32"),
        place(zonage_medecins="ZAC", departement="65"),
    ):
        assert answer("ARS_OCC", where, day).verdict == (ELIGIBLE if begun else NOT)
    assert answer("ARS_OCC", place(massif="06", departement="48"), day).verdict == ELIGIBLE


def test_the_ars_contract_is_to_be_checked_from_september_2025() -> None:
    assert answer("ARS_OCC", AULUS, "2025-08-31").to_check is None
    found = answer("ARS_OCC", AULUS, "2025-09-01")
    assert found.verdict == "eligible"
    assert "futur zonage" in (found.to_check or "")


# The day of signature, contracts that run.


def test_what_was_signed_in_time_runs_to_its_term() -> None:
    for day, wanted in (("2026-01-01", ELIGIBLE), ("2030-12-30", ELIGIBLE), ("2030-12-31", NOT)):
        found = answer("CAIM", LOZERE_ZIP, day, signature="2025-12-31")
        assert (found.verdict, found.phase) == (wanted, "en_cours")
    late = answer("CAIM", LOZERE_ZIP, "2026-06-01", signature="2026-01-01")
    assert late.verdict == NOT
    planned = answer("PRIMO_ZIP", LOZERE_ZIP, "2025-11-01", signature="2026-01-01")
    assert planned.verdict == ELIGIBLE
    # No retroactivity: settled in 2025, the lump sum of 2026 is not owed.
    assert answer("PRIMO_ZIP", LOZERE_ZIP, "2026-02-01", signature="2025-12-31").verdict == NOT


def test_what_is_paid_by_the_year_looks_at_the_day_asked() -> None:
    found = evaluate(LOZERE_ZIP, "2026-02-01", DOCTOR, signature="2025-06-30")
    assert found["CAIM"].phase == "en_cours"
    assert found["FMT_ZIP_QPV"].verdict == ELIGIBLE  # S4: open to who signed a CAIM
    assert found["PRIMO_ZIP"].verdict == NOT  # settled in 2025


def test_a_contract_held_is_kept_as_the_transition_says() -> None:
    holder = profile(contrats_en_cours=["COSCOM"], projet="installe")
    kept = answer("COSCOM", LOZERE_ZIP, "2026-06-01", holder)
    assert (kept.verdict, kept.phase) == (ELIGIBLE, "en_cours")
    held = profile(contrats_en_cours=["CAIM"], projet="installe")
    assert answer("CAIM", LOZERE_ZIP, "2030-12-30", held).verdict == ELIGIBLE
    assert answer("CAIM", LOZERE_ZIP, "2031-01-01", held).verdict == NOT
    assert answer("FMT_ZIP_QPV", LOZERE_ZIP, "2026-06-01", held).verdict == ELIGIBLE


@pytest.mark.parametrize("aid", ["COSCOM", "COTRAM", "CSTM"])
def test_a_contract_in_force_may_outlive_the_class_of_its_commune(aid: str) -> None:
    heir = {"age": 40, "installe_depuis_mois": 0, "liberal_conventionne": True}
    who = {"age": 62, "installe_zone": "ZAC", "jours_par_an_en_zip": 12, "successeur": heir}
    assert answer(aid, ZAC, "2024-06-01", profile(**who)).verdict == NOT  # to sign
    held = profile(**who, contrats_en_cours=[aid], projet="installe")
    assert answer(aid, ZIP, "2026-06-01", held).verdict == ELIGIBLE
    # Rezoned, it goes to its term (S3); who moved away has lost it (S4): nobody said which.
    found = answer(aid, ZAC, "2026-06-01", held)
    assert found.verdict == DEPENDS
    assert "va à son terme" in found.missing[0]
    assert answer(aid, ZAC, "2026-06-01", {**held, "status": "salarie"}).verdict == NOT


def test_a_trainers_supplement_follows_the_contract_that_a_rezoning_leaves_in_force() -> None:
    trainer = profile(msu=True, contrats_en_cours=["COSCOM"], projet="installe")
    for where, wanted in ((ZIP, ELIGIBLE), (ZAC, DEPENDS)):
        assert answer("MSU_COSCOM", where, "2026-06-01", trainer).verdict == wanted
    assert answer("MSU_COSCOM", ZAC, "2026-06-01", profile(msu=True)).verdict == NOT


def test_no_contract_of_an_aid_to_come_is_in_force() -> None:
    held = profile(contrats_en_cours=["PRIMO_ZIP"])
    assert answer("PRIMO_ZIP", ZIP, "2025-12-31", held).verdict == NOT
    assert answer("PRIMO_ZIP", ZIP, "2026-01-01", held).verdict == ELIGIBLE


def test_the_ars_contract_outlives_the_quarter_it_was_signed_in() -> None:
    left = place(zonage_medecins="ZAR", departement="31")  # no quarter any more
    held = profile(contrats_en_cours=["ARS_OCC"], projet="installe")
    assert answer("ARS_OCC", left, "2024-12-09", held).verdict == ELIGIBLE
    assert answer("ARS_OCC", left, "2024-12-09", profile()).verdict == NOT


def test_a_locum_of_long_standing_keeps_the_contract_signed_in_the_first_year() -> None:
    who = {**LOCUM, "licence_remplacement": False, "forme_exercice": "MSP", "participe_pdsa": True}
    held = {**who, "inscrit_ordre_mois": 20, "contrats_en_cours": ["CDE_REMPL"]}
    assert answer("CDE_REMPL", ZIP, "2024-12-09", held).verdict == ELIGIBLE
    assert answer("CDE_REMPL", ZIP, "2024-12-09", {**held, "contrats_en_cours": []}).verdict == NOT
    far = {**held, "distance_zip_zac_km": 40}
    assert answer("CDE_REMPL", ZAR, "2024-12-09", far).verdict == DEPENDS  # rezoned, or moved


@pytest.mark.parametrize("aid", ["CAIM", "ZRR_EXO", "FRR_EXO", "ZFU_EXO"])
def test_what_runs_to_term_is_not_judged_by_the_zoning_of_today(aid: str) -> None:
    out = {"zonage_medecins": "ZAC", "zrr": "non", "frr": "non", "zfu": "non", "departement": "48"}
    held = profile(contrats_en_cours=[aid], projet="installe", installe_depuis_mois=30)
    assert answer(aid, out, "2026-06-01", held).verdict != NOT
    assert answer(aid, out, "2024-06-01", profile()).verdict == NOT  # to sign, the zone counts


def test_a_signatory_of_the_cesp_needs_a_zip_or_a_zac_whenever_that_was() -> None:
    zar = {"zonage_medecins": "ZAR", "massif": "08", "qpv": "non", "departement": "31"}
    for word in ("contrats_en_cours", "contrats_passes"):
        who = profile(**{word: ["CESP"]})
        assert answer("ARS_OCC", zar, "2024-12-09", who).verdict == NOT
        assert answer("ARS_OCC", zar | {"zonage_medecins": "ZAC"}, "2024-12-09", who).verdict != NOT
    assert answer("ARS_OCC", zar, "2024-12-09", profile()).verdict == ELIGIBLE


def test_a_zip_quarter_alone_does_not_make_its_sector_one() -> None:
    sector = {"verdict": "oui", "items": [{"code": "1", "exoneration": "indéterminé"}]}
    zip_ = {"zonage_medecins": "ZIP", "pdsa": sector, "departement": "48"}
    assert answer("PDSA_EXO", zip_ | {"qpv": "non"}, "2024-12-09").verdict == ELIGIBLE
    assert answer("PDSA_EXO", zip_ | {"qpv": "oui"}, "2024-12-09").verdict == DEPENDS


def test_in_a_zip_commune_a_quarter_takes_nothing_away() -> None:
    """Out of the quarter the place is in the commune's ZIP; in it, the QPV is enough."""
    day, zoning = "2026-06-01", {"possible": ["ZIP", "ZAC"], "base_class": "ZIP"}
    doubt = place(qpv="indéterminé", pdsa="indéterminé", departement="48")
    where = doubt | {"zonage_medecins": {**zoning, "reason_code": "qpv_class_unknown"}}
    assert answer("FMT_ZIP_QPV", where, day).verdict == ELIGIBLE
    assert answer("PRIMO_ZIP", where, day).verdict == DEPENDS  # the quarter's own class decides
    assert answer("PDSA_EXO", where, day).verdict == ELIGIBLE  # its sector holds that commune
    zac = {"possible": ["ZAC", "ZIP"], "base_class": "ZAC", "reason_code": "qpv_class_unknown"}
    assert answer("FMT_ZIP_QPV", doubt | {"zonage_medecins": zac}, day).verdict == DEPENDS
    # Where the doubt is another one, the list's class is not the commune's.
    merged = doubt | {"zonage_medecins": {**zoning, "reason_code": "merged_commune"}}
    assert answer("FMT_ZIP_QPV", merged, day).verdict == DEPENDS


def test_a_cotram_may_be_renewed_once() -> None:
    who = profile(
        age=62,
        successeur={"age": 35, "installe_depuis_mois": 0, "liberal_conventionne": True},
    )
    for day, wanted in (("2027-12-31", ELIGIBLE), ("2029-01-01", DEPENDS), ("2032-01-01", NOT)):
        assert answer("COTRAM", ZIP, day, who, signature="2025-06-01").verdict == wanted


@pytest.mark.parametrize(
    ("aid", "day", "months"),
    [("FRR_EXO", "2026-06-01", 95), ("ZFU_EXO", "2025-06-01", 95), ("ZRR_EXO", "2024-06-01", 95)]
    + [(aid, "2026-06-01", 11) for aid in ("PRIMO_ZIP", "PRIMO_ZAC", "ARS_OCC")],
)
def test_who_has_settled_is_not_refused_for_having_done_so(aid: str, day: str, months: int) -> None:
    where = place(zonage_medecins="ZAC" if aid == "PRIMO_ZAC" else "ZIP", frr="oui", zrr="oui")
    where |= {"zfu": "oui"}
    told = [profile(projet="installe", installe_depuis_mois=n) for n in (months, months + 1)]
    found = [answer(aid, where, day, who) for who in told]
    assert [one.verdict for one in found] == [DEPENDS, NOT]
    (said,) = [one for one in missing_lines(found[0]) if "ocument" in one]
    assert said.startswith("Non documenté dans ce cas : ")
    assert said.partition(" : ")[2][:1].islower()
    settled = profile(projet="installe")
    assert answer(aid, where, day, settled).missing == ("installe_depuis_mois",)


def test_a_tax_exemption_acquired_outlives_its_zoning() -> None:
    found = answer("ZRR_EXO", LOZERE_ZIP, "2026-11-25", signature="2024-06-30")
    assert (found.verdict, found.phase) == (ELIGIBLE, "en_cours")
    assert answer("ZRR_EXO", LOZERE_ZIP, "2032-07-01", signature="2024-06-30").verdict == NOT


# Zones.


@pytest.mark.parametrize(
    ("aid", "zone", "wanted"),
    [
        ("CESP", ["ZIP", "ZAC"], ELIGIBLE),
        ("CESP", ["ZAC", "ZAR"], DEPENDS),
        ("CESP", ["ZAR", None], NOT),
        ("CAIM", ["ZIP", "ZAC"], DEPENDS),
        ("CAIM", ["ZIP"], ELIGIBLE),
        ("CAIM", ["ZAC", None], NOT),
        ("COSCOM", ["ZIP", "ZAC"], DEPENDS),
        ("FORFAIT_HEBERG_2C", ["ZIP", "ZAC"], ELIGIBLE),
        ("FORFAIT_HEBERG_3C", ["ZIP", "ZAC"], NOT),
    ],
)
def test_what_is_possible_decides(aid: str, zone: list[str | None], wanted: AidVerdict) -> None:
    student = {
        "status": "etudiant",
        "filiere": "medecine",
        "cycle": 2,
        "engagement_installation": True,
        "stage": True,
        "attestation_logement": True,
    }
    who = DOCTOR if aid in ("CAIM", "COSCOM") else student
    where = place(zonage_medecins={"verdict": None, "possible": zone})
    assert answer(aid, where, who=who).verdict == wanted


def test_a_zone_to_be_checked_makes_the_aid_to_be_checked() -> None:
    told = {"verdict": "oui", "possible": ["ZIP"], "to_check": "un nouveau zonage est annoncé"}
    found = answer("CAIM", place(zonage_medecins=told))
    assert found.verdict == "eligible"
    assert "un nouveau zonage est annoncé" in (found.to_check or "")
    unsettled = answer("CAIM", place(zonage_medecins=told), who=profile(demi_journees=...))
    assert unsettled.verdict == "depends"
    assert "un nouveau zonage est annoncé" in (unsettled.to_check or "")
    # Ariège opens the ARS contract whatever the zonage says: nothing to check of it there.
    ars = answer("ARS_OCC", place(zonage_medecins=told))
    assert ars.verdict == "eligible"
    assert "un nouveau zonage" not in (ars.to_check or "")
    # What fails for another reason needs no zone.
    assert answer("CSTM", place(zonage_medecins=told), who=profile(secteur=None)).to_check is None


def test_fmt_holds_in_any_quarter_and_never_in_a_zac() -> None:
    quarter = place(zonage_medecins="ZAR", qpv="oui")
    assert answer("FMT_ZIP_QPV", quarter, "2026-02-01").verdict == ELIGIBLE
    assert answer("FMT_ZIP_QPV", ZAC, "2026-02-01").verdict == NOT
    found = answer("PRIMO_ZIP", quarter, "2026-02-01")
    assert found.verdict == NOT  # ameli: in a ZIP; S4 says "ZIP ou QPV"
    assert "ouvrirait l'aide" in (found.to_check or "")
    other = answer("PRIMO_ZIP", quarter, "2026-02-01", readings={"PRIMO_ZIP.zone": "zip_ou_qpv"})
    assert other.verdict == ELIGIBLE


def test_zar_is_a_part_of_zac_in_bretagne_only() -> None:
    breton, occitan = place(zonage_medecins="ZAR", departement="29"), ZAR
    nowhere = {key: value for key, value in breton.items() if key != "departement"}
    day = "2026-02-01"
    assert answer("PRIMO_ZAC", breton, day).verdict == ELIGIBLE
    assert "En Bretagne" in (answer("PRIMO_ZAC", breton, day).to_check or "")
    assert answer("CAIM", breton).to_check is None  # a ZIP is wanted: no matter
    assert answer("PRIMO_ZAC", occitan, day).verdict == NOT
    assert answer("PRIMO_ZAC", nowhere, day).verdict == DEPENDS


@pytest.mark.parametrize(
    ("departement", "massif", "montagne", "wanted"),
    [
        ("31", "08", None, ELIGIBLE),
        ("31", "non", None, DEPENDS),  # Haute-Garonne holds a massif: the list is needed
        ("31", "non", "oui", ELIGIBLE),
        ("31", "non", "non", NOT),
        ("31", None, None, DEPENDS),
        ("32", "non", None, ELIGIBLE),  # Gers, whatever the relief
    ],
)
def test_montagne_ou_massif(
    departement: str, massif: str | None, montagne: str | None, wanted: AidVerdict
) -> None:
    where = place(zonage_medecins="ZAC", massif=massif, montagne=montagne, departement=departement)
    assert answer("ARS_OCC", where).verdict == wanted


def test_no_massif_near_no_mountain() -> None:
    from zonage_geo.aids.conditions import Check
    from zonage_geo.aids.places import read_place
    from zonage_geo.verdict import Verdict

    asked = Check("montagne_ou_massif")
    for departement, wanted in (("44", Verdict.NON), ("09", Verdict.INDETERMINE)):
        site = read_place({"massif": "non", "departement": departement}, rules())
        assert site.ask(asked, rules(), date(2024, 1, 1)) is wanted


def test_regional_aids_stay_in_their_region() -> None:
    creuse = place(zonage_medecins="ZIP", massif="06", departement="23")
    assert answer("ARS_OCC", creuse).verdict == NOT
    assert answer("CAIM", creuse).verdict == ELIGIBLE
    unknown = {key: value for key, value in AULUS.items() if key not in ("departement", "commune")}
    found = answer("ARS_OCC", unknown)
    assert found.verdict == DEPENDS
    assert any("region" in one for one in found.missing)


# Who asks.


@pytest.mark.parametrize(
    ("aid", "words", "wanted"),
    [
        ("CAIM", {"secteur": 2, "optam": False}, NOT),
        ("CAIM", {"secteur": 2, "optam": True}, ELIGIBLE),
        ("CAIM", {"secteur": None}, NOT),
        ("CAIM", {"secteur": "sans objet"}, NOT),
        ("CAIM", {"demi_journees": 4}, NOT),
        ("CAIM", {"participe_pdsa": False}, DEPENDS),
        ("CAIM", {"participe_pdsa": False, "derogation_pdsa": True}, ELIGIBLE),
        ("CAIM", {"participe_pdsa": False, "derogation_pdsa": False}, NOT),
        (
            "CAIM",
            {"exercice_coordonne": False, "forme_exercice": [], "engagement_coordonne_2_ans": True},
            ELIGIBLE,
        ),
        ("CAIM", {"forme_exercice": "groupe_medecins"}, ELIGIBLE),
        ("CAIM", {"projet": "installe", "installe_depuis_mois": 11}, ELIGIBLE),
        ("CAIM", {"projet": "installe", "installe_depuis_mois": 12}, NOT),
        ("CAIM", {"status": "salarie"}, NOT),
        ("CAIM", {"contrats_en_cours": ["COSCOM"]}, NOT),
        ("CAIM", {"contrats_en_cours": ["ARS_OCC"]}, NOT),
        ("CAIM", {"contrats_en_cours": ["CDE_INSTALL"]}, ELIGIBLE),
        ("COSCOM", {"contrats_passes": ["CAIM"]}, ELIGIBLE),
        ("COSCOM", {"contrats_en_cours": ["OPTION_2011"]}, NOT),
        ("ARS_OCC", {"forme_exercice": "groupe_medecins"}, NOT),
        ("ARS_OCC", {"forme_exercice": ["groupe_medecins", "CPTS"]}, ELIGIBLE),
        ("ARS_OCC", {"contrats_en_cours": ["CAIM"]}, NOT),
        ("ARS_OCC", {"contrats_en_cours": ["COSCOM"]}, DEPENDS),  # the documents do not say
        ("ARS_OCC", {"contrats_en_cours": ["CESP"]}, ELIGIBLE),  # in a ZIP
        ("ARS_OCC", {"status": "salarie"}, NOT),
        ("FRR_EXO", {"effectif": 11}, NOT),
        ("FRR_EXO", {"regime_fiscal": "micro"}, NOT),
        ("FRR_EXO", {"regime_fiscal": ...}, DEPENDS),
    ],
)
def test_who_asks(aid: str, words: dict[str, Any], wanted: AidVerdict) -> None:
    where = place(zonage_medecins="ZIP", massif="08", frr="FRR socle")
    assert answer(aid, where, who=profile(**words)).verdict == wanted


def test_the_micro_regime_is_admitted_in_frr_plus() -> None:
    assert (
        answer("FRR_EXO", place(frr="FRR+"), who=profile(regime_fiscal="micro")).verdict == ELIGIBLE
    )


@pytest.mark.parametrize(("zone", "wanted"), [("ZIP", ELIGIBLE), ("ZAC", ELIGIBLE), ("ZAR", NOT)])
def test_a_cesp_holder_has_the_ars_contract_in_zip_or_zac_only(
    zone: str, wanted: AidVerdict
) -> None:
    who = profile(contrats_en_cours=["CESP"])
    assert answer("ARS_OCC", place(zonage_medecins=zone), who=who).verdict == wanted


@pytest.mark.parametrize(
    ("age", "reading", "wanted"),
    [
        (59, None, NOT),
        (60, None, ELIGIBLE),
        (60, "plus_de_60_ans", NOT),
        (61, "plus_de_60_ans", ELIGIBLE),
    ],
)
def test_the_age_of_the_cotram(age: int, reading: str | None, wanted: AidVerdict) -> None:
    who = profile(
        age=age,
        successeur={"age": 49, "installe_depuis_mois": 0, "liberal_conventionne": True},
    )
    chosen = {"COTRAM.age": reading} if reading else None
    found = answer("COTRAM", ZIP, who=who, readings=chosen)
    assert found.verdict == wanted
    differs = age == 60
    assert ("divergent" in (found.to_check or "")) is differs
    assert len(found.readings) == 1


def test_the_cotram_wants_a_young_successor() -> None:
    base = {"installe_depuis_mois": 11, "liberal_conventionne": True}
    for age, wanted in ((49, ELIGIBLE), (50, NOT)):
        who = profile(age=63, successeur={"age": age, **base})
        assert answer("COTRAM", ZIP, who=who).verdict == wanted
    late = {"age": 40, "installe_depuis_mois": 12, "liberal_conventionne": True}
    assert answer("COTRAM", ZIP, who=profile(age=63, successeur=late)).verdict == NOT


@pytest.mark.parametrize(
    ("zone", "days", "reading", "wanted"),
    [
        ("ZIP", 10, None, NOT),
        ("ZAC", 10, None, ELIGIBLE),
        ("ZAC", 10, "hors_zip_zac", NOT),
        ("ZAR", 10, None, ELIGIBLE),
        ("HZ", 9, None, NOT),
    ],
)
def test_the_cstm_comes_from_outside(
    zone: str, days: int, reading: str | None, wanted: AidVerdict
) -> None:
    who = profile(installe_zone=zone, jours_par_an_en_zip=days, projet="vacations")
    chosen = {"CSTM.origine": reading} if reading else None
    assert answer("CSTM", ZIP, who=who, readings=chosen).verdict == wanted


@pytest.mark.parametrize(
    ("ufr", "home", "wanted"),
    [(16, 16, ELIGIBLE), (15, 16, NOT), (16, 15, NOT), (16, ..., DEPENDS), (10, ..., NOT)],
)
def test_the_transport_allowance_wants_more_than_15_km_of_both(
    ufr: float, home: object, wanted: AidVerdict
) -> None:
    who = {
        "status": "etudiant",
        "filiere": "medecine",
        "cycle": 3,
        "stage": True,
        "km_ufr": ufr,
        "km_domicile": home,
    }
    given = {key: value for key, value in who.items() if value is not ...}
    found = answer("FORFAIT_TRANSPORT", place(), who=given)
    assert found.verdict == wanted
    assert wanted is not ELIGIBLE or found.amount == 130


TEAM = {
    "status": "structure",
    "projet_sante_valide": True,
    "n_medecins": 2,
    "n_generalistes": 1,
    "n_auxiliaires": 1,
    "salaries": True,
    "creation_activite_medicale": True,
    "deja_installe": False,
    "medecin_exterieur": False,
}


@pytest.mark.parametrize(
    ("aid", "structure", "zone", "wanted", "amount"),
    [
        ("ESP_START", "ESP", "HZ", ELIGIBLE, 30_000),
        ("MSP_START", "MSP", "HZ", ELIGIBLE, 50_000),
        ("MSP_START", "CDS", "ZIP", NOT, None),
        ("CDS_START", "CDS", "ZAC", ELIGIBLE, 50_000),
        ("CDS_START", "CDS", "ZAR", NOT, None),
        ("CPTS_START", "CPTS", "HZ", ELIGIBLE, 50_000),
        ("CPTS_ACI", "CPTS", "HZ", ELIGIBLE, None),
        ("CDS_CAI", "CDS", "ZIP", ELIGIBLE, None),
        ("CDS_CAI", "CDS", "ZAC", NOT, None),
        ("CDS_COSCO", "CDS", "ZIP", NOT, None),
        ("CDS_CST", "CDS", "ZIP", NOT, None),
        ("ACI", "MSP", "HZ", ELIGIBLE, None),
    ],
)
def test_collective_aids(
    aid: str, structure: str, zone: str, wanted: AidVerdict, amount: int | None
) -> None:
    where = place(zonage_medecins={"possible": [zone]})
    found = answer(aid, where, who={**TEAM, "structure": structure})
    assert (found.verdict, found.amount) == (wanted, amount)


def test_an_esp_read_two_ways() -> None:
    pharmacist = {
        "status": "structure",
        "structure": "ESP",
        "projet_sante_valide": True,
        "n_medecins": 1,
        "n_generalistes": 1,
        "n_auxiliaires": 0,
        "n_pharmaciens": 1,
    }
    assert answer("ESP_START", place(), who=pharmacist).verdict == NOT
    chosen = {"ESP_START.composition": "medecin_et_professionnel"}
    assert answer("ESP_START", place(), who=pharmacist, readings=chosen).verdict == ELIGIBLE


def test_the_zoning_of_doctors_does_not_settle_a_dental_students_grant() -> None:
    student = {
        "status": "etudiant",
        "filiere": "odontologie",
        "cycle": 3,
        "engagement_installation": True,
    }
    assert "chirurgiens-dentistes" in (answer("CESP", ZIP, who=student).to_check or "")
    assert answer("CESP", ZIP, who={**student, "filiere": "medecine"}).to_check is None


def test_nobody_says_whether_who_settled_before_2026_has_the_first_years_rate() -> None:
    settled = profile(projet="installe", installe_depuis_mois=14)
    found = answer("FMT_PRIMO", ZIP, "2026-11-25", settled)
    assert (found.verdict, found.amount_text[:5]) == (ELIGIBLE, "+30 %")
    assert "avant le 1er janvier 2026" in (found.to_check or "")
    assert answer("FMT_PRIMO", ZIP, "2029-01-01", settled).to_check is None
    assert answer("FMT_PRIMO", ZIP, "2026-11-25").to_check is None  # settles on that day


def test_salaried_posts() -> None:
    post = {
        "status": "salarie",
        "profession": "medecin",
        "specialite": "generaliste",
        "employeur": "CDS",
        "engagement_5_ans": True,
        "exercice_coordonne": True,
        "participe_pdsa": True,
        "actes_par_mois": 165,
        "poste_deja_finance": False,
        "etablissement": "sanitaire",
        "activite_ambulatoire": True,
    }
    assert answer("400MG_V2_SAL", ZIP, who=post).amount == 6_900
    assert answer("400MG_V2_SAL", ZIP, who={**post, "actes_par_mois": 164}).verdict == NOT
    assert answer("400MG_V2_SAL", ZIP, who={**post, "poste_deja_finance": True}).verdict == NOT
    assert answer("400MG_V2_SAL", ZAC, who=post).verdict == NOT
    assert answer("400MG_V2_SAL", ZIP, who={**post, "employeur": "commune"}).verdict == DEPENDS
    assert answer("400MG_V1", place(), who=post).verdict == ELIGIBLE
    assert answer("400MG_V1", place(), who={**post, "etablissement": False}).verdict == NOT
    # Two years (S0), and a post that the contract in force has financed stays its own.
    for aid, after in (("400MG_V2_SAL", NOT), ("400MG_V1", DEPENDS)):
        for day, wanted in (("2025-03-31", ELIGIBLE), ("2025-04-01", after)):
            assert answer(aid, ZIP, day, post, signature="2023-04-01").verdict == wanted
    held = {**post, "poste_deja_finance": True, "contrats_en_cours": ["400MG_V2_SAL"]}
    assert answer("400MG_V2_SAL", ZAC, who=held).verdict == ELIGIBLE
    boss = {"status": "employeur", "employeur": "CDS", "poste_deja_finance": False}
    assert answer("400MG_V2_CHARGES", ZIP, who=boss).amount == 2_170


def test_hospital_supplements_are_added_up() -> None:
    who = profile(hopital_proximite=True)
    found = answer("CAIM", ZIP, who=who)
    assert found.amount == 52_500
    assert "2 500 €" in found.amount_text
    assert answer("COSCOM", ZIP, who=who).amount == 6_250
    unsaid = answer("CAIM", ZIP, who=profile(hopital_proximite=...))
    assert (unsaid.amount, unsaid.amount_low, unsaid.amount_high) == (50_000, 50_000, 52_500)


def test_what_is_not_computed_is_told() -> None:
    found = answer("CAIM", ZIP, who=profile(demi_journees=...))
    assert (found.verdict, found.amount) == (DEPENDS, None)
    assert (found.amount_low, found.amount_high) == (31_250, 50_000)
    assert found.missing == ("demi_journees",)
    elder = profile(
        age=63, successeur={"age": 40, "installe_depuis_mois": 0, "liberal_conventionne": True}
    )
    cotram = answer("COTRAM", ZIP, who=elder)
    assert (cotram.amount, cotram.amount_high) == (None, 20_000)
    year = answer("FMT_PRIMO", ZIP, "2026-06-01", profile(installe_depuis_mois=13))
    assert year.amount_text.startswith("+30 %")


def test_the_amounts_by_the_quarter_keep_their_doubt() -> None:
    found = answer("CDE_REMPL", ZAC, who={**LOCUM, "jours_par_trimestre": 40})
    assert found.amount == 11_483
    assert found.period == "par trimestre [INF]"
    assert any("mensuelle" in mark for mark in found.amount_marks)
    tentative = answer("CONSULT_AVANCEES", ZIP, "2026-02-01", profile(projet="vacations"))
    assert "[?]" in (tentative.to_check or "")
    assert (
        answer("CONSULT_AVANCEES", ZAC, "2026-02-01", profile(projet="vacations")).verdict
        == DEPENDS
    )


# Exclusions.


def test_contracts_of_2016_and_the_ars_contract_are_never_silently_together() -> None:
    who = profile(
        age=63,
        installe_zone="ZAC",
        jours_par_an_en_zip=12,
        successeur={"age": 40, "installe_depuis_mois": 0, "liberal_conventionne": True},
    )
    found = evaluate(place(zonage_medecins="ZIP", massif="08"), DAY, who)
    exclusive = ("CAIM", "COSCOM", "COTRAM", "CSTM", "ARS_OCC")
    for one in exclusive:
        assert found[one].verdict == "eligible"
        others = set(exclusive) - {one}
        assert others <= set(found[one].exclusions)
        assert others <= set(found[one].conflicts)


# Contacts.


@pytest.mark.parametrize(
    ("departement", "mail"),
    [
        ("09", "ars-oc-dpr-soins-primaires@ars.sante.fr"),
        *(
            (code, f"ars-cvl-dd{code}@ars.sante.fr")
            for code in ("18", "28", "36", "37", "41", "45")
        ),
    ],
)
def test_the_ars_to_write_to(departement: str, mail: str) -> None:
    contacts = answer("CAIM", place(zonage_medecins="ZIP", departement=departement)).contacts
    assert mail in [one.value for one in contacts]
    assert [one.role for one in contacts] == ["cpam", "ars", "guichet"]
    assert "36 08" in [one.value for one in contacts]


def test_no_address_is_invented() -> None:
    contacts = answer("CAIM", place(zonage_medecins="ZIP", departement="29")).contacts
    (ars,) = [one for one in contacts if one.role == "ars"]
    assert ars.value is None
    assert "n'en donnent pas" in ars.label


# What is asked, and how.


def test_a_layer_that_is_not_named_is_not_known() -> None:
    found = answer("CAIM", {"departement": "09"})
    assert found.verdict == DEPENDS
    assert any(one.startswith("zonage_medecins") for one in found.missing)


@pytest.mark.parametrize(
    "zone",
    [
        "ZIP",
        ["ZIP"],
        {"class": "ZIP"},
        {"verdict": "oui", "class": "ZIP"},
        {"verdict": "oui", "possible": ["ZIP"]},
        {"possible": "ZIP"},
    ],
)
def test_ways_to_say_a_class(zone: object) -> None:
    assert answer("CAIM", place(zonage_medecins=zone)).verdict == ELIGIBLE


@pytest.mark.parametrize(
    ("quarter", "wanted"),
    [
        ("oui", ELIGIBLE),
        (True, ELIGIBLE),
        ("non", NOT),
        (False, NOT),
        ("indetermine", DEPENDS),
        (None, DEPENDS),
    ],
)
def test_ways_to_say_a_verdict(quarter: object, wanted: AidVerdict) -> None:
    where = place(zonage_medecins="ZAR", qpv=quarter)
    assert answer("FMT_ZIP_QPV", where, "2026-02-01").verdict == wanted


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"zonage": "ZIP"}, "zonage_medecins"),
        ({"zonage_medecins": "ZIQ"}, "ZIP, ZAC"),
        ({"zonage_medecins": {"verdict": "peut-être"}}, "oui, non ou indéterminé"),
        ({"zonage_medecins": {"verdict": "non", "possible": ["ZIP"]}}, "contredit"),
        ({"zonage_medecins": {"classe": "ZIP"}}, "clé inconnue"),
        ({"departement": "9"}, "09"),
        ({"departement": "09", "region": "11"}, "n'est pas dans cette région"),
        ({"departement": "09", "commune": "31555"}, "n'est pas dans ce département"),
        ({"distance_zip_zac_km": [3, 2]}, "bornes"),
        ({"departement": 9}, "09"),
        ({"commune": "9029"}, "zéro initial"),
        ({"commune": 9029}, "en texte"),
        ({"date": "hier"}, "n'est pas une date"),
        ({"distance_zip_zac_km": "9"}, "bornes"),
        ({"distance_zip_zac_km": [1, 2, 3]}, "bornes"),
        ({"zonage_medecins": 3}, "une classe, ou une liste"),
        ({"qpv": {"items": {"code": "1"}}}, "une liste"),
        ({"pdsa": {"items": [{"cod": "1"}]}}, "items"),
        ("Foix", "une table"),
    ],
)
def test_a_place_that_does_not_read_is_refused(where: Any, told: str) -> None:  # noqa: ANN401
    with pytest.raises(InputError, match=told):
        evaluate(where, DAY, {})


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ({"statu": "liberal"}, "demi_journees"),
        ({"status": "libre"}, "liberal"),
        ({"demi_journees": "huit"}, "un nombre"),
        ({"demi_journees": -1}, "un nombre"),
        ({"demi_journees": True}, "un nombre"),
        ({"optam": "oui"}, "oui ou non"),
        ({"contrats_en_cours": ["CAM"]}, "CAIM"),
        ({"status": "liberal", "statut": "salarie"}, "deux fois"),
        ({"successeur": {"nom": "x"}}, "successeur.nom"),
    ],
)
def test_a_profile_that_does_not_read_is_refused(who: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        evaluate(AULUS, DAY, who)


def test_an_unknown_reading_is_refused_with_the_list() -> None:
    with pytest.raises(InputError, match="plus_de_60_ans"):
        evaluate(AULUS, DAY, {}, readings={"COTRAM.age": "60"})


def test_statut_is_status() -> None:
    told = {("statut" if word == "status" else word): value for word, value in DOCTOR.items()}
    assert evaluate(AULUS, DAY, told) == evaluate(AULUS, DAY, DOCTOR)


def test_a_row_of_a_frame_is_a_profile() -> None:
    import pandas as pd

    words = {"status": ["liberal"], "optam": [True], "demi_journees": [8]}
    row = {str(key): value for key, value in pd.DataFrame(words).iloc[0].items()}
    frame = {key: pd.Series(value)[0] for key, value in words.items()}  # numpy scalars
    for who in (row, frame):
        assert answer("CAIM", ZIP, who=who).amount_low == 50_000


def test_answers_are_frozen_and_asked_by_id() -> None:
    found = evaluate(AULUS, date(2024, 12, 9), DOCTOR)
    assert [one.id for one in found] == list(rules().aids)
    assert found["CAIM"] is found.by_id()["CAIM"]
    assert list(found.with_verdict("eligible").ids()) == ["ARS_OCC"]
    with pytest.raises(KeyError):
        found["CAM"]
    with pytest.raises(AttributeError):
        found[0].verdict = ELIGIBLE  # type: ignore[misc]


def test_every_aid_answers_the_unknown_without_a_guess() -> None:
    for one in evaluate({}, DAY, {}):
        assert one.verdict != "eligible"
        assert one.verdict == "depends" or one.failed
        assert one.sources
        assert one.contacts

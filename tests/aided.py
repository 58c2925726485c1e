"""Places and people that the tests of the aids share."""

from __future__ import annotations

from typing import Any

__all__ = ["AULUS", "DOCTOR", "FOIX", "LOZERE_ZIP", "place", "profile"]

DOCTOR: dict[str, Any] = {
    "status": "liberal",
    "profession": "medecin",
    "specialite": "generaliste",
    "projet": "installation",
    "primo_installation": True,
    "age": 35,
    "secteur": 1,
    "optam": False,
    "demi_journees": 8,
    "exercice_coordonne": True,
    "forme_exercice": "MSP",
    "participe_pdsa": True,
    "engagement_5_ans": True,
    "hopital_proximite": False,
    "medecin_traitant": True,
    "contrats_en_cours": [],
    "contrats_passes": [],
    "regime_fiscal": "reel",
    "effectif": 1,
}
"""A médecin libéral who settles down, with every other condition of the contracts met."""

AULUS: dict[str, Any] = {
    "zonage_medecins": {"verdict": "oui", "possible": ["ZAC"]},
    "qpv": {"verdict": "non"},
    "massif": {"verdict": "oui", "possible": ["08"]},
    "departement": "09",
    "commune": "09029",
}
FOIX: dict[str, Any] = {
    "zonage_medecins": {"verdict": "indéterminé", "possible": ["ZAC", "ZIP"]},
    "qpv": {
        "verdict": "indéterminé",
        "items": [{"code": "QN00902M", "name": "Centre Ancien - Quartier de la Gare"}],
    },
    "massif": "08",
    "departement": "09",
}
LOZERE_ZIP: dict[str, Any] = {
    "zonage_medecins": "ZIP",
    "qpv": "non",
    "massif": "06",
    "frr": "FRR socle",
    "zrr": "C",
    "departement": "48",
}


def place(**layers: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give a place of Ariège that is outside everything but what is told."""
    nowhere = dict.fromkeys(
        ("zonage_medecins", "qpv", "massif", "montagne", "frr", "zrr", "zfu", "pdsa"), "non"
    )
    return {**nowhere, "departement": "09", **layers}


def profile(**words: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give the doctor, with other words; ``...`` takes one away."""
    told = {**DOCTOR, **words}
    return {word: value for word, value in told.items() if value is not ...}

"""A code and the name beside it: what agrees, what is another commune's, what is nobody's."""

from __future__ import annotations

import pandas as pd
import pytest

from zonage_geo.readers.accord import DISAGREE, UNKNOWN_NAME, discord, names_column
from zonage_geo.territory.calendar import calendar


@pytest.mark.parametrize(
    ("code", "nom"),
    [
        ("09225", "PAMIERS"),
        ("09225", "Pamier"),  # a spelling
        ("09225", "Ville de Pamiers (09)"),
        ("31488", "St-Jean"),
        ("75112", "Paris"),
        ("75112", "Paris 12e"),
        ("75056", "Paris 12"),  # an arrondissement beside its city's code
        ("13201", "Marseille CEDEX 01"),
        ("09020", ""),
        ("09020", "-"),
        ("00000", "Lyon"),  # nobody's code: told elsewhere
    ],
)
def test_these_agree(code: str, nom: str) -> None:
    assert discord(code, nom) is None


def test_every_commune_agrees_with_its_names_and_those_of_its_parts() -> None:
    cog = calendar()
    pairs = [*cog.noms.items()][::7]
    pairs += [(code, part.nom) for code, part in cog.parts.items()][::3]
    pairs += [(part.parent, part.nom) for part in cog.parts.values()][::3]
    pairs += [(change.before, change.after_nom) for change in cog.changes][::3]
    pairs += [(change.after, change.before_nom) for change in cog.changes][::3]
    assert [pair for pair in pairs if discord(*pair)] == []


@pytest.mark.parametrize(
    ("code", "nom", "whose"),
    [
        ("09020", "Pamiers", "09225"),
        ("31490", "Saint-Jean", "31488"),  # near Saint-Jory, but another's to the letter
        ("75112", "Paris 11e", "75111"),
        ("09020", "Lyon", "69123"),
    ],
)
def test_a_name_of_another_commune_is_told(code: str, nom: str, whose: str) -> None:
    found = discord(code, nom)
    assert found is not None
    assert found.clear
    assert found.kind == DISAGREE
    assert whose in found.told


def test_a_name_of_nobody_is_told_otherwise() -> None:
    found = discord("09020", "Xyzzy")
    assert found is not None
    assert not found.clear
    assert found.kind == UNKNOWN_NAME


def test_the_column_of_names_is_found_or_named() -> None:
    frame = pd.DataFrame(
        {"code": ["09020", "09225"], "ville": ["Artigues", "Pamiers"], "lieu": ["Foix", "Lyon"]}
    )
    assert names_column(frame, "code") == "ville"
    assert names_column(frame, "code", named="lieu") == "lieu"
    assert names_column(frame[["code"]], "code") is None

"""A code and the name beside it: what agrees, what is another commune's, what is nobody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from zonage_geo.readers import ReadError, read
from zonage_geo.readers.accord import DISAGREE, UNKNOWN_NAME, agreeing, discord, names_column
from zonage_geo.readers.codes import to_codes
from zonage_geo.territory.calendar import calendar

if TYPE_CHECKING:
    from pathlib import Path

FOUR = {"code": ["09020", "09122", "09225", "09029"]}


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


def test_a_row_whose_name_is_another_commune_s_is_set_aside_and_told() -> None:
    frame = pd.DataFrame({**FOUR, "commune": ["Pamiers", "Foix", "Xyzzy", None]})
    loaded = agreeing(frame, "code")
    assert list(loaded.frame["code"]) == ["09122", "09225", "09029"]
    assert [(line.row, line.kind) for line in loaded.report.lines] == [
        (0, DISAGREE),
        (2, UNKNOWN_NAME),
    ]
    assert [line.row for line in loaded.report.lost] == [0]
    assert loaded.report.is_accounted


def test_columns_that_do_not_go_together_are_refused() -> None:
    frame = pd.DataFrame({**FOUR, "commune": ["Pamiers", "Pamiers", "Foix", "Aulus-les-Bains"]})
    with pytest.raises(ReadError, match="3 lignes sur 4") as caught:
        agreeing(frame, "code")
    assert "--column nom_zone=commune" in str(caught.value)


def test_the_seat_of_a_sector_is_no_name_of_its_communes() -> None:
    frame = pd.DataFrame({**FOUR, "siège": ["Foix"] * 4})
    loaded = agreeing(frame, "code")
    assert (len(loaded.frame), loaded.report.lines) == (4, [])
    with pytest.raises(ReadError):
        agreeing(frame, "code", named="siège")  # the user says that it is


def test_a_cell_of_several_codes_has_one_name_for_all() -> None:
    frame = pd.DataFrame({"code": ["09020", "09122"], "commune": ["Foix", "Foix"]}, index=[1, 1])
    assert agreeing(frame, "code").report.lines == []


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "code", "rows"),
    [
        ("massifs_anct_2025.csv", "insee_com", 8594),
        ("ZRR_cog2021.csv", "CODGEO", 34965),
        ("alsace_communes_secteurs.csv", "ville_insee", 997),
    ],
)
def test_in_the_lists_that_are_published_names_and_codes_agree(
    shared: Path, name: str, code: str, rows: int
) -> None:
    (path,) = shared.rglob(name)
    loaded = agreeing(to_codes(read(path).frame, code).frame, code)
    assert (len(loaded.frame), loaded.report.lines) == (rows, [])

"""What a map shows: classes, counts, colours, indicators, verdicts that come from elsewhere."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mapped import DAY, board, board_content, known
from zonage_geo.errors import CatalogError, InputError
from zonage_geo.maps.breaks import breaks, jenks, quantiles
from zonage_geo.maps.model import City, MapLayer, contrast, ink_for, tallies
from zonage_geo.maps.plugs import Indicator, indicator_layer, sector_layer, verdict_layer
from zonage_geo.maps.styles import FILE, load_styles, parse_styles
from zonage_geo.maps.zonings import Asked, says_something

ARIEGE = ("09001", "09029", "09122", "09225", "31555", "12218")
"""Aigues-Juntes, Aulus-les-Bains, Foix, Pamiers, Toulouse, Conques-en-Rouergue."""


def layer_of(name: str, codes: tuple[str, ...] = ARIEGE, day: date = DAY) -> MapLayer:
    store = known()
    return Asked(store, store.catalog(), board(codes), day, load_styles()).layer(name)


def drawn(layer: MapLayer) -> list[str]:
    return [layer.classes[rank].key for rank in layer.class_of]


# zonings


def test_a_zoning_is_drawn_by_base_class_and_what_is_unknown_is_never_blank() -> None:
    layer = layer_of("zonage_medecins")
    keys = drawn(layer)
    assert keys[4:] == ["ZAR", "non_disponible"]
    assert set(keys[:4]) <= {"ZIP", "ZAC"}
    toulouse = layer.answers[layer.of[4]]
    assert toulouse.verdict == "indéterminé"
    assert "sauf si l'adresse est en QPV" in toulouse.told
    lost = layer.classes[layer.class_of[5]]
    assert (lost.kind, lost.motif) == ("non_disponible", "croix")
    assert layer.answers[layer.of[5]].verdict == "indéterminé"


@pytest.mark.parametrize(
    ("day", "zrr", "frr"), [("2024-06-30", "C", "non"), ("2024-07-01", "non", "FRR socle")]
)
def test_aulus_changes_scheme_overnight(day: str, zrr: str, frr: str) -> None:
    when = pd.Timestamp(day).date()
    assert drawn(layer_of("zrr", day=when))[1] == zrr
    assert drawn(layer_of("frr", day=when))[1] == frr


def test_quarters_without_perimeters_are_a_doubt_on_their_commune() -> None:
    layer = layer_of("qpv")
    assert layer.role == "superposé"
    assert drawn(layer) == ["non", "non", "avec_zones", "avec_zones", "avec_zones", "non"]
    assert [cls.kind for cls in layer.classes] == ["indetermine", "non"]


def test_a_superseded_zoning_is_undetermined_and_says_the_last_class() -> None:
    layer = layer_of("zonage_medecins", ("75101", "75102"), pd.Timestamp("2026-01-15").date())
    assert {cls.kind for cls in layer.classes} == {"indetermine"}
    assert all(cls.key.startswith("indetermine:") for cls in layer.classes)
    assert all("dernière classe connue" in cls.label for cls in layer.classes)
    assert {cls.motif for cls in layer.classes} == {"hachures_larges"}


def test_zar_of_two_regions_are_two_lines_of_the_legend() -> None:
    store = known()
    wanted = ("31555", "35238", "35001", "22278")
    units = board(("31555",))._replace(codes=[(code,) for code in wanted])
    units = units._replace(departement=["31", "35", "35", "22"])
    layer = Asked(store, store.catalog(), units, DAY, load_styles()).layer("zonage_medecins")
    labels = [cls.label for cls in layer.classes if cls.short == "ZAR"]
    assert any("Occitanie" in label for label in labels)
    assert len(labels) == len(set(labels))
    assert all("Bretagne" in label or "Occitanie" in label for label in labels)


def test_a_layer_of_which_nothing_is_loaded_says_so() -> None:
    assert not says_something(layer_of("zfu"))
    content, _ = board_content(board(ARIEGE))
    assert {layer.id for layer in content.sides[0]} >= {"zonage_medecins", "qpv", "frr", "massif"}
    assert "zfu" not in {layer.id for layer in content.sides[0]}
    assert any("ZFU" in title for title in content.silent)


# counting


def test_counts_and_shares_are_those_of_the_hand() -> None:
    units = board(ARIEGE)
    layer = layer_of("zonage_medecins")
    counted = dict(zip((c.key for c in layer.classes), tallies(layer, units), strict=True))
    assert sum(one.units for one in counted.values()) == 6
    assert counted["ZAR"].units == 1
    assert counted["ZAR"].share == pytest.approx(100 * 500 / 2100)
    assert counted["non_disponible"].share == pytest.approx(100 * 600 / 2100)


def test_an_unknown_population_is_not_zero() -> None:
    units = board(ARIEGE)
    population = units.population.copy()
    population[4] = np.nan
    layer = layer_of("zonage_medecins")
    counted = dict(
        zip(
            (c.key for c in layer.classes),
            tallies(layer, units._replace(population=population)),
            strict=True,
        )
    )
    assert counted["ZAR"].share is None
    assert counted["non_disponible"].share == pytest.approx(100 * 600 / 1600)


def test_a_city_counts_where_its_arrondissements_agree() -> None:
    units = board(("75101", "75102", "75056"))
    units = units._replace(
        population=np.array([np.nan, np.nan, 1000.0]),
        cities=(City("Paris", 3000, 1.0, 42.6, (0, 1)),),
    )
    layer = layer_of("frr", ("75101", "75102", "75056"))
    assert [one.share for one in tallies(layer, units)] == [100.0]
    split = layer._replace(
        of=np.array([0, 1, 1], dtype=np.int32),
        answers=(layer.answers[0]._replace(cls=0), layer.answers[0]._replace(cls=1)),
        classes=(layer.classes[0], layer.classes[0]._replace(key="x")),
    )
    assert [one.share for one in tallies(split, units)] == [None, 100.0]


# colours


def test_an_unknown_key_or_word_is_refused_with_the_path() -> None:
    text = FILE.read_text(encoding="utf-8")
    parse_styles(text, FILE)
    wrong = {
        "clé inconnue 'autre'": text + "\n[autre]\nx = 1\n",
        "n'est ni « fond »": text.replace('qpv = "superposé"', 'qpv = "dessous"'),
        "motif inconnu": text.replace('motif = "croix"', 'motif = "zigzag"'),
        "n'est pas une couleur": text.replace('ZIP = "#e31a1c"', 'ZIP = "rouge"'),
        "unexpected keyword": text.replace('label = "Indéterminé"', 'label = "x"\nlabell = "y"'),
    }
    for said, content in wrong.items():
        assert content != text
        with pytest.raises(CatalogError, match=said) as caught:
            parse_styles(content, Path("là/styles.toml"))
        assert "styles.toml" in str(caught.value)


def colors_of(palette: str, layer: str, keys: tuple[str, ...]) -> list[str]:
    own = load_styles().palettes[palette].layers.get(layer, {})
    classes = known().catalog().layers[layer].classes
    return [own.get(key, classes[key].color) for key in keys]


def srgb(color: str) -> np.ndarray:
    parts = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


# Viénot, Brettel and Mollon (1999), linear RGB: what protanopes and deuteranopes see.
SEEN = {
    "deuteranope": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
    "protanope": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
}


def lab(linear: np.ndarray) -> np.ndarray:
    to = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to @ np.clip(linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("palette", ["accessible", "gris"])
@pytest.mark.parametrize(
    ("layer", "keys"),
    [
        ("zonage_medecins", ("ZIP", "ZAC", "ZAR", "HZ")),
        ("frr", ("FRR socle", "FRR+", "FRR bénéficiaire", "Non classée")),
    ],
)
def test_classes_differ_for_colour_blind_readers(
    seen: str, palette: str, layer: str, keys: tuple[str, ...]
) -> None:
    colors = [lab(np.array(SEEN[seen]) @ srgb(c)) for c in colors_of(palette, layer, keys)]
    for one, other in itertools.combinations(colors, 2):
        assert np.linalg.norm(one - other) > 10


def test_patterns_and_borders_stand_out_of_every_fill() -> None:
    styles = load_styles()
    fills = {state.color for state in styles.states.values()} | set(styles.ramp["colors"])
    for layer in known().catalog().layers.values():
        fills |= {cls.color for cls in layer.classes.values()}
    for palette in styles.palettes.values():
        fills |= {color for classes in palette.layers.values() for color in classes.values()}
    for fill in fills:
        assert contrast(ink_for(fill), fill) >= 4.5
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_every_unsure_state_has_a_pattern() -> None:
    states = load_styles().states
    assert all(states[name].motif != "plein" for name in ("indetermine", "non_disponible"))


# indicators


def spread(values: list[float], bounds: list[float]) -> float:
    """Sum the squares inside classes: what Jenks makes small."""
    rank = np.clip(np.searchsorted(bounds, values, side="right") - 1, 0, len(bounds) - 2)
    array = np.array(values)
    return float(sum(((array[rank == k] - array[rank == k].mean()) ** 2).sum() for k in set(rank)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=3, max_size=9), st.integers(2, 4))
def test_jenks_is_the_best_of_all_cuts(numbers: list[int], count: int) -> None:
    values = sorted(float(n) for n in numbers)
    distinct = sorted(set(values))
    count = min(count, len(distinct))
    best = min(
        spread(values, [distinct[0], *inner, distinct[-1]])
        for inner in itertools.combinations(distinct[1:], count - 1)
    ) if count > 1 else spread(values, [distinct[0], distinct[-1]])  # fmt: skip
    assert spread(values, jenks(values, count)) == pytest.approx(best, abs=1e-6)


def test_quantiles_are_of_equal_numbers() -> None:
    values = np.arange(1000.0)
    bounds = quantiles(values, 5)
    assert np.histogram(values, bounds)[0].tolist() == [200] * 5
    assert quantiles([3.0, 3.0], 5) == [3.0, 3.0]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"count": 1}, "de 2 à 7"),
        ({"count": 9}, "de 2 à 7"),
        ({"method": "hasard"}, "méthode inconnue"),
        ({"thresholds": [2, 1]}, "croissants"),
        ({"thresholds": []}, "seuils"),
    ],
)
def test_classes_that_make_no_sense_are_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        breaks([1.0, 2.0, 3.0], **how)


def test_an_indicator_without_value_is_not_available_and_never_zero() -> None:
    given = pd.Series({"09001": 1.5, "09029": 2.6, "09122": 0.0, "09225": np.nan, "31555": 4.2})
    indicator = Indicator(given, "APL", unit="C/h", thresholds=[2.5, 4])
    layer = indicator_layer(indicator, board(ARIEGE), DAY, load_styles(), "indicateur_1")
    assert drawn(layer) == ["c0", "c1", "c0", "non_disponible", "c2", "non_disponible"]
    assert layer.classes[-1].motif == "croix"
    numbers = layer.numbers
    assert numbers is not None
    assert np.isnan(numbers[[3, 5]]).all()
    assert [cls.label for cls in layer.classes[:3]] == [
        "de 0 à moins de 2,5", "de 2,5 à moins de 4", "de 4 à 4,2",
    ]  # fmt: skip
    with pytest.raises(InputError, match="aucune commune"):
        indicator_layer(Indicator({}, "x"), board(ARIEGE), DAY, load_styles(), "i")


# aids, sectors


def test_verdicts_of_elsewhere_become_a_layer() -> None:
    frame = pd.DataFrame(
        {
            "code": ["09001", "09029", "09122"],
            "verdict": ["oui", "non", "indéterminé"],
            "motif": [None, "hors ZIP", "selon l'adresse"],
            "a_verifier": ["texte annoncé", None, None],
        }
    )
    layer = verdict_layer(
        frame, board(ARIEGE), DAY, load_styles(), name="aide_1", short="CAIM", title="CAIM"
    )
    assert drawn(layer) == ["oui", "non", "indetermine", *["non_disponible"] * 3]
    of_aids = frame.assign(verdict=["ouverte", "non ouverte", "à préciser"])
    same = verdict_layer(
        of_aids, board(ARIEGE), DAY, load_styles(), name="aide_1", short="CAIM", title="CAIM"
    )
    assert same.answers == layer.answers
    assert layer.answers[layer.of[0]].to_check == "texte annoncé"
    assert layer.answers[layer.of[2]].why == "selon l'adresse"
    with pytest.raises(InputError, match="verdict inconnu"):
        verdict_layer(
            frame.assign(verdict="peut-être"), board(ARIEGE), DAY, load_styles(),
            name="a", short="a", title="a",
        )  # fmt: skip
    with pytest.raises(InputError, match="verdict"):
        verdict_layer(
            frame.drop(columns="verdict"), board(ARIEGE), DAY, load_styles(),
            name="a", short="a", title="a",
        )  # fmt: skip


def test_a_commune_of_two_sectors_that_differ_is_undetermined() -> None:
    sectors = pd.DataFrame(
        {
            "secteur": ["1", "2"],
            "nom": ["Nord", "Sud"],
            "codes": ["09001 09029", "09029 09122"],
            "exoneration": ["oui", "non"],
            "motif": ["une ZIP", "aucune ZIP"],
            "a_verifier": [None, pd.NA],
        }
    )
    layer = sector_layer(sectors, board(ARIEGE), DAY, load_styles())
    assert drawn(layer) == ["oui", "indetermine", "non", *["non_disponible"] * 3]
    assert "plusieurs secteurs" in layer.answers[layer.of[1]].why
    assert layer.sector_of is not None
    assert layer.sector_of.tolist() == [0, 0, 1, -1, -1, -1]

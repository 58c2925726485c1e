"""The map as an image: the same words, counts and bytes each time, in three formats."""

from __future__ import annotations

import re
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import zonage_geo as zg
from tests.mapped import ARIEGE_CODES, board, board_content
from zonage_geo.maps.plugs import Indicator

pytest.importorskip("matplotlib")

from zonage_geo.maps.figure import draw_figure, save_figure


def written(path: Path, **asked: Any) -> bytes:  # noqa: ANN401
    content, request = board_content(board(ARIEGE_CODES[:60]), **asked)
    save_figure(draw_figure(content, request, width_cm=20, height_cm=14), path)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_a_figure_is_the_same_file_each_time(tmp_path: Path, suffix: str) -> None:
    first = written(tmp_path / "neuf" / f"a{suffix}")
    assert first == written(tmp_path / f"b{suffix}")
    start = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG"}[suffix]
    assert first.startswith(start)


def test_it_says_title_date_counts_sources_and_that_it_is_no_law(tmp_path: Path) -> None:
    text = written(tmp_path / "x.svg", title="Essai <b> & « titre »", overlays=["massif"]).decode()
    said = " ".join(re.sub(r"<[^>]+>", " ", text).split(" ")).replace("\n", " ")
    said = re.sub(r"[ \t]+", " ", said)  # what is wrapped is one sentence
    for wanted in (
        "Essai &lt;b&gt; &amp; « titre »",
        "Situation au 15/05/2025",
        "ZIP – Zone d'intervention prioritaire",
        "Massif des Pyrénées",
        "sans valeur réglementaire",
        "Zonage médecins, Occitanie (4 mai 2022)",
    ):
        assert wanted in said, wanted
    communes = re.findall(r"([\d\u202f]+) communes?, ", said)
    assert sum(int(n.replace("\u202f", "")) for n in communes) >= 60
    assert "<pattern" in text, "classes are hatched, not only coloured"
    assert "km" in said


def test_what_has_no_value_is_hatched_and_named(tmp_path: Path) -> None:
    numbers = dict.fromkeys(ARIEGE_CODES[:30], 1.0) | {ARIEGE_CODES[0]: 3.0}
    apl = Indicator(numbers, "APL", thresholds=[2])
    text = written(tmp_path / "x.svg", indicators=[apl], base="indicateur_1").decode()
    assert "Non disponible" in text
    assert "30 communes" in text
    assert "<pattern" in text


def test_what_cannot_be_drawn_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, request = board_content(board(ARIEGE_CODES[:4]))
    with pytest.raises(zg.InputError, match="5 à 200 cm"):
        draw_figure(content, request, width_cm=0)
    figure = draw_figure(content, request)
    with pytest.raises(zg.InputError, match=r"\.svg, \.pdf, \.png"):
        save_figure(figure, tmp_path / "x.gif")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(zg.SourceError, match="pip install matplotlib"):
        draw_figure(content, request)


@pytest.mark.parametrize(("width", "height"), [(25, 18), (20, 9), (9, 7)])
def test_no_text_lies_over_another(width: float, height: float) -> None:
    """A long legend is written smaller, sources push the maps up: nothing is printed over."""
    codes = [*ARIEGE_CODES[:30], "67482", "75101", "31555"]
    content, request = board_content(board(codes), overlays=["massif", "qpv"], day=date(2026, 3, 1))
    figure = draw_figure(content, request, width_cm=width, height_cm=height)
    figure.canvas.draw()
    legend = [text.get_window_extent() for text in figure.axes[-1].texts if text.get_text()]
    assert len(legend) > 12
    for above, below in pairwise(legend):
        assert above.y0 >= below.y1 - 1.0, "lines of the legend overlap"
    (sources,) = (text for text in figure.texts if "sans valeur réglementaire" in text.get_text())
    assert legend[-1].y0 >= sources.get_window_extent().y1
    assert figure.axes[0].get_window_extent().y0 >= sources.get_window_extent().y1

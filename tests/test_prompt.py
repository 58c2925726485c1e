"""What a prompt shows, and what it answers to somebody who types beside the point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import zonage_geo as zg
from zonage_geo.aids import evaluate
from zonage_geo.locate import Zones

pytestmark = pytest.mark.package_data


@pytest.fixture(scope="module")
def atlas(home: Path) -> zg.Atlas:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZONAGE_GEO_HOME", str(home))
        return zg.open(date="2025-03-01", offline=True)


def test_a_place_shows_one_line_a_layer(atlas: zg.Atlas) -> None:
    place = atlas.locate("1 place du Capitole, Toulouse")
    head, *lines = repr(place).splitlines()
    assert head == "<Location 1 place du Capitole, Toulouse, 2025-03-01>"
    assert len(lines) == len(place.zones)
    assert [line.split()[0] for line in lines] == [zone.layer.id for zone in place.zones]
    assert lines == repr(place.zones).splitlines()
    said = dict(line.split(maxsplit=1) for line in lines)
    assert said["zonage_medecins"] == "indéterminé (ZAR | ZAC | ZIP), 12 zones [à vérifier]"
    assert said["tvs"] == "indéterminé (rien n'est chargé)"
    assert said["zrr"] == "non"


def test_a_verdict_shows_its_class_by_name_and_its_doubt(atlas: zg.Atlas) -> None:
    place = atlas.locate(insee="09029")
    assert repr(place.zone("massif")) == "<Zone massif : oui, Massif des Pyrénées>"
    before = atlas.locate(insee="09029", date="2024-12-09")
    assert before.zone("frr").said == "oui, FRR socle [à vérifier]"
    assert repr(place.place) == "<Place Aulus-les-Bains (Ariège) : 09029 (commune)>"
    several = atlas.locate("09000").place
    assert repr(several).startswith("<Place code postal 09000 : 09122 | 09013 | ")
    assert repr(several).endswith(" | … (code_postal)>")


def test_what_is_inside_an_answer_is_short_too(atlas: zg.Atlas) -> None:
    place = atlas.locate("Toulouse")
    zone = place.zone("qpv")
    assert repr(zone.items[0]) == "<Item QN03106I Pradettes>"
    assert repr(zone.layer) == "<Layer qpv : Quartiers prioritaires (QPV)>"
    assert repr(zone.edition).startswith("<Edition 2024 : ")
    for shown in (place, place.zones, *place.zones, place.place, place.aids(), *place.aids()):
        assert max(map(len, repr(shown).splitlines())) < 400
        assert len(repr(shown)) < 2000


def test_short_forms_leave_the_data_as_they_were(atlas: zg.Atlas) -> None:
    place = atlas.locate("Foix")
    assert isinstance(place.zones, Zones)
    assert place.zones == tuple(place.zones)
    assert place == atlas.locate("Foix")
    assert hash(place.place) == hash(atlas.locate("Foix").place)
    with pytest.raises(AttributeError):
        place.zones[0].verdict = "oui"  # type: ignore[misc, assignment]


def test_aids_show_their_ids_by_verdict(atlas: zg.Atlas) -> None:
    aids = atlas.locate("Foix").aids({"statut": "liberal"})
    head, *lines = repr(aids).splitlines()
    assert head == "<PlaceAids Foix (Ariège), 2025-03-01>"
    shown = " ".join(lines).replace(",", "").split()
    assert set(aids.ids()) < set(shown)
    for verdict in ("depends", "not_eligible"):
        assert f"{verdict} ({len(aids.with_verdict(verdict))}) : " in repr(aids)
    assert repr(aids["CAIM"]).startswith("<Answer CAIM : ")
    bare = evaluate({"zonage_medecins": "ZIP", "departement": "48"}, "2025-12-31")
    assert repr(bare).splitlines()[0].startswith(("eligible (", "depends ("))


def test_a_class_alone_is_a_list_of_one(atlas: zg.Atlas) -> None:
    alone = atlas.nearest("Foix", classes="ZIP")
    assert alone == atlas.nearest("Foix", classes=["ZIP"])
    assert repr(alone).startswith(f"<Nearest {alone.nom} ({alone.commune}), ZIP : low_m=")
    frame = atlas.overlay(communes=["09122"], layers="frr", aids="CAIM", distances=False)
    assert {"frr", "aide_CAIM"} <= set(frame.columns)


WRONG: list[tuple[Callable[[zg.Atlas], Any], str]] = [
    (lambda a: a.locate(lon=43.6, lat=1.44), r"inversées \? Essayez lat=43.6, lon=1.44\."),
    (lambda a: a.nearest(lon=43.6, lat=1.44), r"inversées \? Essayez lat=43.6, lon=1.44\."),
    (lambda a: a.locate(lon=1.44, lat=143.6), r"Essayez lat=1.44, lon=143.6"),
    (lambda a: a.locate_many([1, 2]), "il faut un DataFrame, .*, non list"),
    (lambda a: a.locate_many(pd.Series(["09122"])), "non Series"),
    (lambda a: a.locate_many("Foix"), "non str"),
    (lambda a: a.locate("Foix", code_postal="9000"), "cinq chiffres sont attendus"),
    (lambda a: a.overlay(departement=9), "un texte est attendu"),  # type: ignore[arg-type]
    (lambda a: a.nearest("Foix", classes="ZIPP"), "classe inconnue : ZIPP"),
]


@pytest.mark.parametrize(("ask", "said"), WRONG)
def test_a_slip_is_told_in_the_words_of_python(
    atlas: zg.Atlas, ask: Callable[[zg.Atlas], Any], said: str
) -> None:
    with pytest.raises(zg.InputError, match=said) as caught:
        ask(atlas)
    assert "--" not in str(caught.value)


def test_an_unknown_layer_offers_the_nearest(atlas: zg.Atlas) -> None:
    with pytest.raises(KeyError, match=r"aucune couche « FRR »\. Vouliez-vous dire : frr \?"):
        atlas.locate("Foix").zone("FRR")


def test_the_marks_of_an_html_answer_are_explained(atlas: zg.Atlas) -> None:
    html = atlas.locate("Foix").aids()._repr_html_()
    for mark in ("[INF] : déduit", "[?] : non confirmé"):
        assert (mark.split()[0] in html.partition("<small>")[0]) == (mark in html)
    assert "[?] : non confirmé" in html

"""The offline geocoder: what it reads, what it refuses to guess, and that it is never wrong."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.offices import tally
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.geocoding import Candidate, LocalGeocoder
from zonage_geo.geocoding.model import Filters
from zonage_geo.locate import Query, locate
from zonage_geo.normalise import normalise, split_street
from zonage_geo.render.words import place_lines
from zonage_geo.store import Store
from zonage_geo.territory import commune_of

pytestmark = pytest.mark.package_data

Search = Callable[[str], Candidate]
DAY = date(2025, 5, 15)


@pytest.fixture(scope="module")
def search(store: Store, catalog: Catalog) -> Search:
    return LocalGeocoder(store, catalog).search


def communes(found: Candidate) -> set[str]:
    return {lieu.commune for lieu in found.lieux}


def refused(search: Search, text: str) -> PlaceNotFoundError:
    with pytest.raises(PlaceNotFoundError) as caught:
        search(text)
    return caught.value


# --- what it reads ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "1 place du Capitole, Toulouse",
        "1 place du Capitole, 31000 Toulouse",
        "1 place du Capitole 31000 Toulouse",
        "1 place du Capitole, Toulouse 31000",
        "1 place du Capitole, Toulouse, 31000",
        "1 place du Capitole 31000",
        "31000 Toulouse, 1 place du Capitole",
        "1, place du Capitole, Toulouse",
        "1 pl. du Capitole, Toulouse",
        "1 pl du capitole toulouse",
        "1 PLACE DU CAPITOLE TOULOUSE",
        "  1  place   du\tCapitole,\nToulouse  ",
        "1 place du Capitole, Toulouse, France",
        "1 place du Capitole (31000 Toulouse)",
        "1 place du Capitole, 31040 Toulouse CEDEX 9",
        "1 place du Capitole, Toulouse, Haute-Garonne",
        "1 plâce dù Çapitole, Toulouse",
    ],
)
def test_an_address_of_the_gazetteer(search: Search, text: str) -> None:
    found = search(text)
    assert (found.precision, communes(found)) == ("numero", {"31555"})
    assert found.label == "1 place du Capitole, Toulouse"
    assert found.lon == pytest.approx(1.443, abs=1e-3)
    assert found.lat == pytest.approx(43.604, abs=1e-3)


def test_a_street_without_its_number_is_a_street(search: Search) -> None:
    found = search("place du Capitole, Toulouse")
    assert (found.precision, found.lon is not None) == ("voie", True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Toulouse", "31555"),
        ("31000", "31555"),
        ("Toulouse Cedex", "31555"),
        ("Foix, Ariège", "09122"),
        ("foix ariege", "09122"),
        ("Foix (Ariège)", "09122"),
        ("Foix, 09", "09122"),
        ("St Denis, Seine-Saint-Denis", "93066"),
        ("93200 st-denis", "93066"),
        ("Ste-Foy-la-Grande", "33402"),
        ("l’haÿ les roses", "94038"),
        ("L'HAY-LES-ROSES", "94038"),
        ("Œuilly, Marne", "51410"),
        ("OEUILLY, MARNE", "51410"),
        ("Rochelle, Charente-Maritime", "17300"),
        ("La Rochelle, 17", "17300"),
        ("Mans", "72181"),
        ("Ajaccio, 2A", "2A004"),
        ("Bastia 2b", "2B033"),
        ("20000 Ajaccio", "2A004"),
        ("20200 Bastia", "2B033"),
        ("20176 Ajaccio CEDEX", "2A004"),
        ("97400 Saint-Denis", "97411"),
        ("Saint-Denis, La Réunion", "97411"),
        ("Fort-de-France", "97209"),
        ("Mamoudzou", "97611"),
        ("Pierrefitte-sur-Seine", "93066"),
        ("Le Gratteris", "25364"),
        ("Conques", "12218"),
        ("Conques, Aveyron", "12218"),
        ("Conques-en-Rouergue", "12218"),
        ("Château-Chinon (Ville)", "58062"),
        ("6 place Notre-Dame, 58120 Château-Chinon (Ville)", "58062"),
        ("Grand-Charmont, Doubs", "25284"),  # as a street is called
        ("rue de la Gare, Doubs", "25204"),  # as a département is called
        ("Petite-Île, La Réunion", "97405"),
        ("Digne-les-Bains Alpes-de-Haute-Provence", "04070"),
        ("Foix (Ariège, 09122)", "09122"),  # pasted as it was offered
        ("Châtenay (Ain, 01090)", "01090"),  # 01090 is a postal code too, of others
        ("😀 Toulouse", "31555"),
        ("Toulouse*", "31555"),
        ('"Toulouse"', "31555"),
        ("Toulouse;", "31555"),
    ],
)
def test_a_commune(search: Search, text: str, code: str) -> None:
    found = search(text)
    assert (found.precision, found.lon, communes(found)) == ("commune", None, {code})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("75001 Paris", "75101"),
        ("75015", "75115"),
        ("Paris 15e", "75115"),
        ("Paris 15", "75115"),
        ("Lyon 3e", "69383"),
        ("69003 Lyon", "69383"),
        ("Marseille 1er arrondissement", "13201"),
        ("31 rue Péclet, Paris", "75115"),  # its town hall
    ],
)
def test_an_arrondissement(search: Search, text: str, code: str) -> None:
    (lieu,) = search(text).lieux
    assert (lieu.nature, lieu.code, lieu.commune) == ("arrondissement", code, commune_of(code))


def test_a_street_may_cross_arrondissements(search: Search) -> None:
    (lieu,) = search("rue de Grenelle, Paris").lieux  # of the 6th and 7th
    assert lieu.code == "75056"


def test_a_postal_code_of_several_communes(search: Search, store: Store, catalog: Catalog) -> None:
    found = search("09000")
    assert (found.precision, len(found.lieux)) == ("code_postal", 23)
    assert "23 communes" in found.notes[0]
    place = locate(store, catalog, Query(text="09000"), DAY)
    assert (place.place.commune, len(place.place.communes_possibles)) == (None, 23)
    assert place.zone("departements_ars").zone_class == "PRIORITAIRE"  # all in 09


# --- what it does not guess ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3 impasse des Zorglubs, Toulouse", "31555"),
        ("2 place du Capitole, Toulouse", "31555"),  # the number is not known
        ("1 place du Capitole, Muret", "31395"),
        ("avenue de Toulouse, Muret", "31395"),
        ("1 rue de Paris, Toulouse", "31555"),
        ("2 place du Caquet, Pierrefitte-sur-Seine", "93066"),  # known, but in Saint-Denis
    ],
)
def test_an_unknown_street_is_its_commune_and_says_so(search: Search, text: str, code: str) -> None:
    found = search(text)
    assert (found.precision, found.lon, communes(found)) == ("commune", None, {code})
    assert any("hors ligne" in note for note in found.notes)


@pytest.mark.parametrize(
    "text",
    [
        "12 avenue de Toulouse",
        "12 rue Gabriel Péri",
        "rue Sainte-Marie",
        "12 rue de la République",
        "place du Capitole Toulouse",
        "Paris, Texas",
        "75001 Lyon",
        "42",
        "1 000",
        "12345",
        "31555",
        "France",
        "mairie",
        "CEDEX",
        "' OR 1=1 --",
        "'; DROP TABLE lieux; --",
        "Toulouse OR Paris",
        "NEAR(a b)",
        "Saint",  # cut short, rather than Le Saint
        "12, rue de Metz",
        "norm:foix AND *",
    ],
)
def test_it_does_not_guess(search: Search, text: str) -> None:
    assert refused(search, text).exit_code == 3


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Toulose", "Toulouse (Haute-Garonne, 31555)"),
        ("LHAY LES ROSES", "L'Haÿ-les-Roses (Val-de-Marne, 94038)"),
        ("Pariss 15e", "Paris 15e Arrondissement (Paris, 75115)"),
        ("Saint-Denis", "Saint-Denis (Seine-Saint-Denis, 93066)"),
        ("La Rochelle", "La Rochelle (Haute-Saône, 70450)"),
        ("rue du Taur Toulouse", "rue du Taur, Toulouse"),
    ],
)
def test_the_closest_are_offered_and_can_be_pasted(search: Search, text: str, offered: str) -> None:
    error = refused(search, text)
    assert offered in error.candidates
    for candidate in error.candidates:
        code = re.search(r", (\w{5})\)", candidate)
        assert code is None or code[1] in {lieu.code for lieu in search(candidate).lieux}


@pytest.mark.parametrize("text", ["", "   ", ",;", "😀", "()", "x" * 300, "-" * 10])
def test_what_is_no_text_is_refused(search: Search, text: str) -> None:
    with pytest.raises(InputError) as caught:
        search(text)
    assert caught.value.exit_code == 2


# fmt: off
PIECES = (
    "1", "bis", "rue", "place", "de", "Foix", "Paris", "Doubs", "09000", "31", "2A", "cedex",
    "France", "é", ",", ";", "(", ")", '"', "'", "*", "--", "NEAR", "OR",
)
# fmt: on


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join),
    )
)
def test_any_text_is_answered_or_refused(search: Search, text: str) -> None:
    try:
        found = search(text)
    except (InputError, PlaceNotFoundError):
        return
    assert found.lieux
    assert (found.lon is not None) == (found.precision in ("numero", "voie"))


@pytest.mark.parametrize("word", ['"', "NEAR(", "foix*", "OR", "norm:x", "-", "';--", ""])
def test_no_text_is_an_operator_of_the_index(store: Store, word: str) -> None:
    assert isinstance(store.adresses_like([word, "mairie"], 5), list)
    assert isinstance(store.lieux_like(f'{word} "{word}', 5), list)


def test_a_number_with_its_repetition(catalog: Catalog) -> None:
    def split(text: str) -> tuple[str | None, str]:
        return tuple(split_street(normalise(text, catalog.words.abbreviations), catalog.words))  # type: ignore[return-value]

    assert split("12 bis, av. Foch") == ("12 bis", "avenue foch")
    assert split("12B rue X") == ("12 b", "rue x")
    assert split("4-6 bd X") == ("4 6", "boulevard x")
    assert split("rue du 8 mai 1945") == (None, "rue du 8 mai 1945")
    assert split("Le Bourg") == (None, "le bourg")


# --- round trips -----------------------------------------------------------------------


def plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE").upper())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


FORMS: dict[str, Callable[[str, str, str], str]] = {
    "label": lambda street, _, town: f"{street}, {town}",
    "postal code": lambda street, postcode, town: f"{street} {postcode} {town}",
    "capitals": lambda street, postcode, town: plain(f"{street} {postcode} {town}"),
    "no comma": lambda street, _, town: f"{street} {town}",
}


@pytest.mark.parametrize("form", FORMS)
def test_town_halls_are_found_again(store: Store, search: Search, form: str) -> None:
    """2,000 of 32,900: the very commune, with its street, or a refusal."""
    rows = store._rows("SELECT commune, arrondissement, voie_norm, label, lon, lat FROM adresses")
    rows = [row for row in rows if row[2]]  # some have no street
    postcodes = dict(store._rows("SELECT commune, code_postal FROM codes_postaux"))
    count: Counter[str] = Counter()
    for commune, arm, _, label, lon, lat in random.Random(20260101).sample(rows, 2000):  # noqa: S311
        street, _, town = label.rpartition(", ")
        text = FORMS[form](street, postcodes.get(arm or commune, ""), town)
        try:
            found = search(text)
        except PlaceNotFoundError:
            count["not found"] += 1  # homonyms, without a postal code
            continue
        assert communes(found) == {commune}, text
        if store.has_parts(commune) and found.precision == "commune":
            count["merged"] += 1  # each of its former communes may have that street
            continue
        assert found.precision in ("numero", "voie"), text
        assert found.lon == pytest.approx(lon, abs=0.01), text
        assert found.lat == pytest.approx(lat, abs=0.01), text
        count["found"] += 1
    assert count["found"] > (1500 if form == "label" else 1750)
    assert 50 < count["merged"] < 250


def test_every_commune_is_found_by_its_name_and_departement(
    store: Store, catalog: Catalog, search: Search
) -> None:
    rows = store._rows("SELECT code, nom, departement FROM cog_communes")
    lost = []
    for code, nom, departement in rows:
        text = f"{nom}, {catalog.departements[departement].nom}"
        try:
            found = search(text)
        except PlaceNotFoundError:
            lost.append(text)
            continue
        assert communes(found) == {code}, text
    assert len(rows) == 34_875
    assert len(lost) <= 1, lost


# --- real addresses --------------------------------------------------------------------


@pytest.mark.shared_data
def test_public_offices_are_in_the_right_commune(
    store: Store, catalog: Catalog, shared: Path
) -> None:
    total, count, wrong = tally(
        store,
        catalog,
        shared,
        DAY,
        lambda row: Query(text=f"{row['adresse']}, {row['code_postal']} {row['lib_com']}"),
    )
    assert total == 2845
    assert len(wrong) <= 0.002 * total, wrong
    assert count["right"] >= 2835, count


@pytest.mark.parametrize(
    ("text", "commune", "doubt"),
    [
        ("22 rue Louis-Blériot 62575 Saint-Omer", "62765", "62575 est celui de"),
        ("La Réunion", "47222", "département ou d'une région"),
        ("Vienne", "38544", "département ou d'une région"),
        ("12 rue de Metz, Réunion", "47222", "département ou d'une région"),
        ("Zut, Doubs", "25204", "département ou d'une région"),
        ("12 rue de Metz, Doubs", "25204", None),
        ("Le Bourg", "46034", "bien des communes"),
        ("Le Bourg, Lot", "46034", None),
        ("Foix, Toulouse", "31555", "Une autre commune est nommée, Foix (Ariège)"),
        ("12 rue de Metz, Foix, La Plaine", "49240", "Une autre commune est nommée, Foix"),
        ("12 rue de Metz, 31000 Toulouse, 09000 Foix", "31555", "est nommée, Foix"),
        ("Foix, Toulouse, Haute-Garonne", "31555", None),
        ("Foix, 31000 Toulouse", "31555", None),
        ("Grand-Vabre, Conques-en-Rouergue", "12218", None),  # a part of it
        ("La Réunion, Lot-et-Garonne", "47222", None),
        ("47700 La Réunion", "47222", None),
        ("Paris", "75056", None),
        ("75001 Paris", "75056", None),
        ("1 place du Capitole 31040 Toulouse CEDEX 6", "31555", None),
    ],
)
def test_a_text_that_says_two_things_is_to_check(
    store: Store, catalog: Catalog, text: str, commune: str, doubt: str | None
) -> None:
    found = locate(store, catalog, Query(text=text), date(2025, 5, 15))
    assert found.place.commune is not None
    assert found.place.commune.code == commune
    if doubt is None:
        assert found.place.to_check is None
    else:
        assert doubt in (found.place.to_check or "")
        assert all(zone.to_check for zone in found.zones)


# --- a code beside a text --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "filters", "said"),
    [
        ("Foix", Filters("31555"), "nommée est Foix : le code 31555 (Toulouse)"),
        ("Pamiers", Filters("09122"), "nommée est Pamiers : le code 09122 (Foix)"),
        ("Foix, Ariège", Filters("31555"), "nommée est Foix"),
        ("Foix (Ariège, 09122)", Filters("31555"), "nommée est Foix"),
        ("12 rue de Foix, Foix", Filters("31555"), "nommée est Foix"),
        ("09000", Filters("31555"), "Le code postal 09000 est celui de"),
        ("12 rue de Metz 97400", Filters("31555"), "97400 est celui de Saint-Denis (La Réunion)"),
        ("Toulouse", Filters("75113"), "nommée est Toulouse : le code 75113 (Paris 13e"),
        ("Paris 1er", Filters("75113"), "nommée est Paris 1er"),
        ("75001", Filters("75113"), "75001 est celui de Paris 1er"),
        ("12 rue de Metz", Filters("31555", None, "Foix"), "nommée est Foix"),
        ("12 rue de Metz", Filters("31555", "09000"), "et de 19 autres communes : le code 31555"),
        ("", Filters("31555", "09000", "Toulouse"), "Le code postal 09000"),
        ("", Filters("31555", None, "FOIX CEDEX"), "nommée est Foix"),
    ],
)
def test_a_text_that_its_code_contradicts_is_to_check(
    store: Store, catalog: Catalog, text: str, filters: Filters, said: str
) -> None:
    found = LocalGeocoder(store, catalog).search(text, filters)
    assert [lieu.code for lieu in found.lieux] == [filters.insee]
    assert (found.geocoder, found.precision) == ("code INSEE", "commune")
    assert said in (found.to_check or "")
    assert (found.to_check or "").endswith("a été suivi.")


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("rue de Foix", Filters("31555")),
        ("12 avenue de Paris", Filters("31555")),
        ("Le Bourg", Filters("09122")),  # a commune of the Lot too
        ("Foix", Filters("31555", None, "Toulouse")),  # a hamlet, then
        ("Toulouse 31300", Filters("31555")),
        ("31000", Filters("31555")),
        ("12 rue de Metz, 31040 Toulouse CEDEX", Filters("31555")),
        ("", Filters("31069", None, "Toulouse Cedex 9")),  # the office that serves Blagnac
        ("Saint-Denis", Filters("93066")),  # there are four
        ("Paris", Filters("75113")),
        ("75013 Paris", Filters("75113")),
        ("Paris 13eme", Filters("75113")),
        ("Paris 1er", Filters("75056")),
        ("75001", Filters("75056")),
        ("Grand-Vabre", Filters("12218")),  # delegated, in Conques-en-Rouergue
        ("Conques", Filters("12114")),  # an old code of the same commune
    ],
)
def test_a_text_that_agrees_with_its_code_is_not(
    store: Store, catalog: Catalog, text: str, filters: Filters
) -> None:
    assert LocalGeocoder(store, catalog).search(text, filters).to_check is None


def test_a_contradiction_is_told_on_every_zone(store: Store, catalog: Catalog) -> None:
    found = locate(store, catalog, Query(text="Foix", insee="31555"), DAY)
    told = "La commune nommée est Foix : le code 31555 (Toulouse) a été suivi."
    assert (found.place.commune and found.place.commune.code) == "31555"
    assert all((zone.to_check or "").startswith(told) for zone in found.zones)
    lines = place_lines(found)
    assert lines[1].startswith("Commune donnée par son code")
    assert lines[-1] == f"À vérifier : l{told[1:]}"
    assert not any("Cette voie" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "filters", "quoted"),
    [
        ("2 rue des Lilas", Filters(None, None, "Toulouze"), "« Toulouze » : commune introuvable"),
        ("", Filters(None, None, "Saint-Denis"), "« Saint-Denis » : 4 communes portent ce nom"),
        ("12 rue de Metz", Filters(None, "31000", "Foix"), "« Foix » : le code postal 31000"),
        ("", Filters(None, "99999"), "« 99999 » : aucun code postal 99999"),
    ],
)
def test_what_is_not_found_is_quoted(
    store: Store, catalog: Catalog, text: str, filters: Filters, quoted: str
) -> None:
    with pytest.raises(PlaceNotFoundError) as refusal:
        LocalGeocoder(store, catalog).search(text, filters)
    assert str(refusal.value).startswith(quoted)


@pytest.mark.parametrize(
    ("text", "departement"), [("12 rue des Zorglubs, Muret", "31"), ("rue X, Ajaccio", "2A")]
)
def test_an_unknown_street_says_how_to_load_those_of_its_departement(
    search: Search, text: str, departement: str
) -> None:
    wanted = f"python -m zonage_geo data fetch ban --departement {departement}"
    assert search(text).notes[-1].endswith(wanted)


@pytest.mark.parametrize(
    "text",
    [
        "Lyon 3eme",
        "Lyon 3ème arrondissement",
        "1 rue X, Lyon 3 ieme",
        "Lyon 03",  # no département
        "Lyon III",
        "Lyon IIIe",
        "Lyon 3 69",
        "3e arrondissement de Lyon",
        "LYON 3 EME ARRDT",
    ],
)
def test_an_arrondissement_is_read_as_people_write_it(search: Search, text: str) -> None:
    assert [lieu.code for lieu in search(text).lieux] == ["69383"]


def test_a_number_that_may_be_the_departement_is_no_arrondissement(search: Search) -> None:
    offered = refused(search, "Marseille 13").candidates
    assert [re.sub(r".*, |\)", "", one) for one in offered] == ["13055", "13213"]
    assert [lieu.code for lieu in search("Marseille 13e").lieux] == ["13213"]
    for text in ("Marseille (13)", "Marseille, 13"):
        assert [lieu.code for lieu in search(text).lieux] == ["13055"]


@pytest.mark.parametrize(
    ("text", "read", "code"),
    [
        ("9000 Foix", "09000", "09122"),
        ("12 rue de Metz 9000 Foix", "09000", "09122"),
        ("12 rue de Metz, 9000, FOIX CEDEX", "09000", "09122"),
        ("6000 Nice", "06000", "06088"),
        ("31 000 Toulouse", "31000", "31555"),
        ("75 012 Paris", "75012", "75056"),
    ],
)
def test_a_spoilt_postal_code_is_read_where_the_commune_has_it(
    search: Search, text: str, read: str, code: str
) -> None:
    found = search(text)
    assert (found.precision, communes(found)) == ("commune", {code})
    assert f"a été lu {read}" in found.notes[0]


@pytest.mark.parametrize("text", ["9000 Toulouse", "3 100 Toulouse", "1200 rue Foix", "1945 Foix"])
def test_a_number_is_no_postal_code_of_another_commune(search: Search, text: str) -> None:
    assert "a été lu" not in str(refused(search, text))


@pytest.mark.parametrize(
    ("text", "why", "whole"),
    [
        ("12 rue de Metz, 9000", "zéro initial", "12 rue de Metz, 09000"),
        ("9000", "zéro initial", "09000"),
        ("75 012", "sans espace", "75012"),
    ],
)
def test_a_spoilt_postal_code_without_a_commune_is_offered_whole(
    search: Search, text: str, why: str, whole: str
) -> None:
    error = refused(search, text)
    assert (why in str(error), error.candidates) == (True, (whole,))


@pytest.mark.parametrize(
    ("text", "postcode", "code"),
    [
        ("5 rue de Dole", "39100", None),  # of Sampans
        ("11 route Montreuil", "62170", None),
        ("4 rue Saint-Rémy", "60190", None),  # and Remy
        ("3 rue Jean-Moulin Froty-lès-Vesoul", "70000", None),
        ("3 rue Jean-Moulin, Froty-lès-Vesoul", "70000", None),
        ("3 rue Jean-Moulin Frotey-lès-Vesoul", "70000", "70261"),
        ("3 rue Jean-Moulin Vesoul CEDEX", "70000", "70550"),
    ],
)
def test_the_end_of_a_street_is_a_commune_only_where_the_street_has_its_own_name(
    store: Store, catalog: Catalog, text: str, postcode: str, code: str | None
) -> None:
    found = LocalGeocoder(store, catalog).search(text, Filters(code_postal=postcode))
    if code is None:
        assert (found.precision, len(found.lieux) > 1) == ("code_postal", True)
    else:
        assert communes(found) == {code}


# --- odd places ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ariège", "un département, Ariège (09)"),
        ("ARIEGE", "overlay --departement 09"),
        ("département de l'Ariège", "overlay --departement 09"),
        ("09", "un département, Ariège (09)"),
        ("2A", "overlay --departement 2A"),
        ("Occitanie", "une région, Occitanie (76)"),
        ("Région Provence-Alpes-Côte d’Azur", "overlay --region 93"),
        ("Mayotte", "overlay --departement 976"),
        ("Occitannie", "Le plus proche est un territoire : c'est une région, Occitanie"),
        ("Bretagne", "S'il s'agit du territoire : python -m zonage_geo overlay --region 53"),
        ("12 rue de Metz, Mayotte", "il manque la commune, car Mayotte est un territoire"),
    ],
)
def test_a_territory_is_told_with_the_command_for_it(search: Search, text: str, said: str) -> None:
    assert said in str(refused(search, text))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Papeete", "Polynésie française"),
        ("12 rue X, 98713 Papeete", "Polynésie française"),
        ("NOUMEA", "Nouvelle-Calédonie"),
        ("98800", "Nouvelle-Calédonie"),
        ("97150 Saint-Martin", "Saint-Martin"),
        ("97500 Saint-Pierre", "Saint-Pierre-et-Miquelon"),
        ("Monaco", "Monaco"),
    ],
)
def test_a_place_that_is_not_covered_is_told_and_no_other_offered(
    search: Search, text: str, where: str
) -> None:
    error = refused(search, text)
    assert f"hors des territoires couverts ({where})" in str(error)
    assert error.candidates == ()


def test_what_is_not_covered_shares_no_postal_code_with_what_is(
    store: Store, catalog: Catalog
) -> None:
    prefixes = tuple(prefix for one in catalog.outside for prefix in one.postcodes)
    assert not [code for code, _ in store.postcodes() if code.startswith(prefixes)]


def test_a_commune_that_has_a_namesake_out_of_reach_says_so(search: Search) -> None:
    for text, code, where in (
        ("Arue", "40014", "Polynésie"),
        ("Mont-Dore", "63236", "Nouvelle-Calédonie"),
    ):
        found = search(text)
        assert communes(found) == {code}
        assert where in found.notes[0]
    assert search("Arue, Landes").notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "Toulouse, 1 place du Capitole",
        "Toulouse 1 place du Capitole",
        "Toulouse 31000, 1 place du Capitole",
        "Toulouse 31000 1 place du Capitole",
        "31000 1 place du Capitole",
    ],
)
def test_a_town_that_comes_first_is_believed_where_its_street_is_known(
    search: Search, text: str
) -> None:
    found = search(text)
    assert (found.precision, found.label) == ("numero", "1 place du Capitole, Toulouse")


def test_a_town_that_comes_first_is_offered_last_where_its_street_is_not_known(
    search: Search,
) -> None:
    error = refused(search, "Bondy, 12 allée Racine")
    assert error.candidates == ("12 allée Racine, Bondy (Seine-Saint-Denis)",)
    assert communes(search(error.candidates[0])) == {"93010"}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("12 rue de Metz, Toulose", "12 rue de Metz, Toulouse (Haute-Garonne)"),
        ("12 rue de Metz, 09000 Fois", "12 rue de Metz, Foix (Ariège)"),
        ("12 rue de Metz 09000 Fois", "12 rue de metz, Foix (Ariège)"),
        ("Mairie de Foix", "Foix (Ariège, 09122)"),
        ("12 rue de Metz, Dampjuox, Doubs", "12 rue de metz, Dampjoux (Doubs)"),
        ("Fois, Ariège", "Foix (Ariège, 09122)"),
        ("Foix, Le Bourg", "Le Bourg, Foix (Ariège)"),
        ("12bis rue de Metz Toulouse", "12bis rue de Metz, Toulouse"),
    ],
)
def test_a_mistyped_town_is_offered_after_its_street(search: Search, text: str, first: str) -> None:
    offered = refused(search, text).candidates
    assert offered[0] == first
    search(first)


def test_far_fetched_names_are_not_offered(search: Search) -> None:
    assert "Coulogne (Pas-de-Calais, 62244)" not in refused(search, "Toulose").candidates
    assert refused(search, "Qwxzt").candidates == ()


def test_the_first_commune_of_a_postal_code_is_the_largest(store: Store, search: Search) -> None:
    codes = store.communes_of_postcode("09000")
    assert codes[0] == "09122"
    assert codes[1:] == sorted(codes[1:])
    assert search("09000").lieux[0].nom == "Foix"


def test_a_former_commune_whose_name_lives_on_is_asked_about(search: Search) -> None:
    for text, codes in (("Evry", ["89162", "91228"]), ("Vire", ["71584", "14762"])):
        offered = refused(search, text).candidates
        assert [re.sub(r".*, |\)", "", one) for one in offered] == codes
    assert communes(search("Évry (Essonne, 91228)")) == {"91228"}
    assert communes(search("Evry, Yonne")) == {"89162"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Foix,Ariège,Occitanie,France", "09122"),
        ("09 Foix", "09122"),
        ("Saint-Denis de la Réunion", "97411"),
        ("12 rue de Metz, Saint-Denis, Réunion", "97411"),  # rather than La Réunion, Lot-et-Garonne
        ("12 rue de Metz, 97400, Saint-Denis, Réunion", "97411"),
        ("12 rue de Metz, 97400 La Réunion", "97411"),
    ],
)
def test_a_territory_beside_a_commune_is_read_where_people_put_it(
    search: Search, text: str, code: str
) -> None:
    assert communes(search(text)) == {code}
    refused(search, "31 Foix")


@pytest.mark.parametrize("text", ["43.6045, 1.4440", "43,6045 1,4440", "43,6045; 1,4440"])
def test_a_point_given_as_an_address_is_told_how(search: Search, text: str) -> None:
    with pytest.raises(InputError, match=r"--point 43\.6045,1\.4440"):
        search(text)


def test_a_short_number_is_told_by_what_it_may_be(search: Search) -> None:
    assert "--insee 09122" in str(refused(search, "9122"))
    assert refused(search, "9122").candidates == refused(search, "9999").candidates == ()


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("Luchon", "Bagnères-de-Luchon (Haute-Garonne, 31042)"),
        ("Cherbourg", "Cherbourg-en-Cotentin (Manche, 50129)"),
    ],
)
def test_a_part_of_a_name_offers_it_first(search: Search, text: str, offered: str) -> None:
    assert refused(search, text).candidates[0] == offered

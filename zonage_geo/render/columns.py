"""What the columns of an analysis mean, in French: for « À savoir », for --help and the docs.

Each of `COMMUNES`, `LAYERS`, `SECTORS`, `COVERAGE` and `COMPARISON` has the columns that a command
writes in their order, which the tests hold to the frames; those of `batch` are
``many.frames.columns_of``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

__all__ = [
    "AIDS",
    "BATCH",
    "COMMUNES",
    "COMPARISON",
    "COVERAGE",
    "DISTANCES",
    "LAYERS",
    "MEMBERSHIPS",
    "SECTORS",
    "columns_told",
    "named_told",
]

COMMUNES: Mapping[str, str] = {
    "code": "code Insee de la commune (COG 2025)",
    "nom": "son nom",
    "departement": "code de son département",
    "departement_nom": "nom de son département",
    "region": "code de sa région",
    "region_nom": "nom de sa région",
    "epci": "SIREN de son EPCI, vide s'il n'est pas connu",
    "population": "ses habitants (la source est dite), vide s'ils ne sont pas connus",
    "surface_km2": "sa surface en km², d'après son contour",
}
"""What ``overlay`` says of a commune before its layers."""

LAYERS: Mapping[str, str] = {
    "": "la classe de la commune",
    "_libelle": "cette classe en toutes lettres",
    "_noms": "leurs noms",
    "_n": "combien de ces quartiers la commune a",
    "_verdict": (
        "la classe de la commune entière compte-t-elle (oui, non, indéterminé), quartiers (QPV) "
        "non compris : où {0}_sauf_qpv dit oui, un lieu précis peut avoir une autre réponse"
    ),
    "_dans_la_commune": (
        "la commune a-t-elle au moins un de ces quartiers (oui, non, indéterminé) ; oui ne veut "
        "pas dire que toute la commune en est un : pour une adresse, locate ou batch"
    ),
    "_base": "ce que la liste écrit de la commune, avant la date et les réserves",
    "_code": "le code de ce qui décide de la réponse, pour un programme",
    "_motif": "pourquoi la réponse est indéterminée, ou ce qui reste à vérifier",
    "_a_verifier": "oui : quelque chose reste à vérifier (le motif dit quoi)",
    "_sauf_qpv": (
        "oui : un quartier (QPV) de la commune a, ou peut avoir, une autre classe qu'elle ; "
        "ne vous fiez alors à {0}_verdict qu'en dehors des quartiers"
    ),
    "_part_surface": "part de la surface de la commune qu'ils couvrent",
    "_part_population": "part des habitants de la commune qui y vivent, si elle est connue",
}
"""What ``overlay`` says of a layer, by the end of the name; ``{0}`` stands for the layer."""
ZONES, SECTOR = "les codes des quartiers de la commune", "le ou les secteurs de la commune"
"""What the column of the layer itself holds, where it is no class."""
PLAIN_VERDICT = "la classe de la commune compte-t-elle (oui, non, indéterminé)"
"""What ``_verdict`` says of a layer whose quarters have no class of their own."""
SECTORS_VERDICT = "la commune est-elle dans un secteur (oui, non, indéterminé)"

DISTANCES: Mapping[str, str] = {
    "zip_zac_min_m": "la commune en ZIP ou ZAC la plus proche est au moins à cette distance (m)",
    "zip_zac_max_m": "et au plus à celle-ci, où que l'on soit dans la commune",
}
AIDS: Mapping[str, str] = {
    "aide_{0}": "l'aide {0}, pour qui remplit ses autres conditions : ouverte, à préciser (selon "
    "le lieu exact ou ce qui n'est pas connu), non ouverte",
    "aide_{0}_motif": "pourquoi l'aide {0} n'est pas ouverte, ou ce qui est à préciser",
}
"""What ``overlay --aides`` adds; ``{0}`` stands for the aid."""

BATCH: Mapping[str, str] = {
    "zg_label": "le lieu trouvé",
    "zg_precision": "jusqu'où il est connu : point, numero, voie, lieu_dit, commune…",
    "zg_lon": "sa longitude, en degrés (WGS 84)",
    "zg_lat": "sa latitude, en degrés (WGS 84)",
    "zg_commune": "le code Insee de sa commune (COG 2025), si elle est certaine",
    "zg_arrondissement": "celui de son arrondissement, à Paris, Lyon et Marseille",
    "zg_COUCHE": "la classe qui s'y applique, ou les codes des quartiers ou secteurs",
    "zg_COUCHE_verdict": "la couche s'y applique-t-elle (oui, non, indéterminé)",
    "zg_COUCHE_code": "le code de ce qui décide de la réponse, pour un programme",
    "zg_COUCHE_motif": "pourquoi la réponse est indéterminée, ou ce qui reste à vérifier",
    "zg_erreur": "pourquoi la ligne n'est pas située",
}
"""What ``batch`` adds; COUCHE stands for each layer of the catalogue."""
MEMBERSHIPS: Mapping[str, str] = {
    "zg_commune": "le code Insee de la commune du point (COG 2025)",
    "zg_COUCHE": "ce que la liste écrit de la commune, ou les codes des périmètres du point",
}
"""What ``batch --sans-verdicts`` adds."""

SECTORS: Mapping[str, str] = {
    "secteur": "le code du secteur",
    "nom": "son nom, ou son code",
    "communes": "combien de communes d'aujourd'hui il compte",
    "codes": "leurs codes Insee",
    "zip": "combien d'entre elles sont en ZIP",
    "zac": "combien d'entre elles sont en ZAC",
    "zip_codes": "les codes de celles qui sont en ZIP",
    "inconnues": "combien d'entre elles ont une classe inconnue",
    "lignes_perdues": "lignes de la liste dont aucune commune n'a pu être lue",
    "communes_partagees": "communes en partie seulement dans le secteur, ou dans un autre aussi",
    "population": "habitants de ses communes, vide si ceux de l'une ne sont pas connus",
    "surface_km2": "surface de ses communes en km²",
    "exoneration": "le secteur ouvre-t-il l'exonération (oui, non, indéterminé)",
    "motif": "pourquoi",
    "a_verifier": "ce qui reste à vérifier",
}
"""What ``pdsa`` says of a sector."""

COVERAGE: Mapping[str, str] = {
    "code": "code du territoire, vide pour les communes qui n'en ont pas de connu",
    "nom": "son nom",
    "classe": "la classe ; hors : aucune ; inconnue : pas de réponse certaine",
    "libelle": "la classe en toutes lettres",
    "communes": "combien de communes du territoire sont dans cette classe",
    "part_communes": "leur part des communes du territoire",
    "population": "leurs habitants, ceux qui sont connus",
    "part_population": "leur part de la population connue du territoire",
    "surface_km2": "leur surface en km²",
    "part_surface": "leur part de la surface du territoire",
    "communes_sans_population": "celles dont les habitants ne sont pas connus",
    "communes_sauf_qpv": "celles dont un quartier (QPV) peut avoir une autre classe",
    "population_sauf_qpv": "leurs habitants : une partie peut être d'une autre classe",
}
"""What ``coverage`` says of a class in a territory."""

COMPARISON: Mapping[str, str] = {
    **{name: told for name, told in COMMUNES.items() if name != "surface_km2"},
    "avant": "la classe avant ; hors : aucune ; inconnue : pas de réponse certaine",
    "avant_libelle": "cette classe en toutes lettres",
    "avant_verdict": "compte-t-elle (oui, non, indéterminé)",
    "apres": "la classe après ; hors : aucune ; inconnue : pas de réponse certaine",
    "apres_libelle": "cette classe en toutes lettres",
    "apres_verdict": "compte-t-elle (oui, non, indéterminé)",
    "changement": "gagne, perd, change de classe, inchangée, indéterminée",
}
"""What ``compare`` says of a commune."""


def columns_told(columns: Iterable[str], layers: Iterable[str]) -> list[tuple[str, str]]:
    """Say what the columns of layers mean.

    Parameters
    ----------
    columns : iterable of str
        Those of a frame.
    layers : iterable of str
        Layers it may tell of.

    Returns
    -------
    list of tuple
        Name and sentence, of the columns that are in the frame.
    """
    held = set(columns)
    out = []
    for layer in dict.fromkeys(layers):
        for end in LAYERS:
            name = f"{layer}{end}"
            if name not in held:
                continue
            out.append(_told(name, _sentence(layer, end, held).format(layer)))
    return out


def _sentence(layer: str, end: str, held: Collection[str]) -> str:
    named = f"{layer}_noms" in held
    if end == "" and named:
        return ZONES if f"{layer}_dans_la_commune" in held else SECTOR
    if end == "_verdict" and f"{layer}_sauf_qpv" not in held:
        return SECTORS_VERDICT if named else PLAIN_VERDICT
    return LAYERS[end]


def named_told(columns: Iterable[str], meanings: Mapping[str, str]) -> list[tuple[str, str]]:
    """Say what columns mean, by their names.

    Parameters
    ----------
    columns : iterable of str
        Those of a frame.
    meanings : mapping
        One of the tables of this module.

    Returns
    -------
    list of tuple
        Name and sentence, of the columns that are in both.
    """
    return [_told(name, meanings[name]) for name in columns if name in meanings]


def _told(name: str, sentence: str) -> tuple[str, str]:
    return f"colonne {name}", f"{sentence[:1].upper()}{sentence[1:]}."

"""The words of ``map``, in French; imports argparse and nothing of ours."""

from __future__ import annotations

import argparse
from typing import Any, TypeAlias

from zonage_geo.cli.analysis_parser import add_reading, add_territory

__all__ = ["add_map"]

Actions: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001  (it has no public name)

EXAMPLES = """\
exemples :
  {0} map --region 76 -o occitanie.html
  {0} map --region 76 --date 2024-06-30 --comparer 2024-07-01 -o zrr_frr.html
  {0} map --region 76 --aides CAIM,ARS_OCC -o aides.html
  {0} map --departement 67 --secteurs secteurs.csv -o secteurs.html
  {0} map --region 76 --indicateur apl.xlsx:"APL aux médecins" -o apl.html
  {0} map --region 76 --superposer massif --largeur 25 -o rapport.svg

En .html : une page qui se suffit, sans aucun appel au réseau (sauf --fond ou --adresse), à
publier, archiver ou envoyer telle quelle. En .svg, .pdf ou .png : la même carte, en image
(extra static). Sont dessinées les couches chargées, même en partie ; « indéterminé » et
« non disponible » sont hachurés, jamais laissés en blanc.

codes de sortie : 0 écrit, 2 demande à corriger, 4 données absentes."""


def add_map(commands: Actions, program: str) -> None:
    """Add ``map``.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where the commands are.
    program : str
        What users type before it.
    """
    parser = commands.add_parser(
        "map",
        help="une carte à publier, en une page HTML ou en image",
        usage=f"{program} map [-h] -o SORTIE [territoire] [options]",
        description="Fait la carte des zonages d'un territoire, à une date.",
        epilog=EXAMPLES.format(program),
    )
    parser.add_argument(
        "-o", "--output", metavar="SORTIE", required=True, help="le fichier à écrire"
    )
    parser.add_argument("--force", action="store_true", help="remplacer la sortie si elle existe")
    add_territory(parser)
    parser.add_argument(
        "--date", metavar="DATE", help="AAAA-MM-JJ ou JJ/MM/AAAA (aujourd'hui par défaut)"
    )
    parser.add_argument("--comparer", metavar="DATE", help="une autre date, derrière un rideau")
    parser.add_argument("--couches", metavar="IDS", help="les couches, séparées par des virgules")
    parser.add_argument("--base", metavar="ID", help="le zonage affiché à l'ouverture")
    parser.add_argument("--droite", metavar="ID", help="celui de l'autre date")
    parser.add_argument("--superposer", metavar="IDS", help="ce qui est dessiné par-dessus")
    parser.add_argument("--aides", metavar="IDS", help="les communes qui ouvrent une aide : CAIM,…")
    parser.add_argument(
        "--secteurs",
        metavar="FICHIER",
        nargs="?",
        const="",
        help="secteurs de garde (PDSA), éligibles ou non ; sans fichier : ceux du magasin",
    )
    parser.add_argument(
        "--indicateur", metavar="FICHIER:COLONNE", help="un nombre par commune (APL…)"
    )
    parser.add_argument("--methode", metavar="MÉTHODE", help="quantiles (par défaut) ou jenks")
    parser.add_argument("--classes", metavar="N", help="nombre de classes de l'indicateur (5)")
    parser.add_argument("--seuils", metavar="NOMBRES", help="seuils des classes : 2.5,4")
    parser.add_argument("--unite", metavar="TEXTE", help="l'unité de l'indicateur")
    parser.add_argument("--source", metavar="TEXTE", help="la source de l'indicateur")
    parser.add_argument("--titre", metavar="TEXTE", help="le titre de la carte")
    parser.add_argument(
        "--palette", metavar="NOM", default="accessible", help="accessible, rezone, drees ou gris"
    )
    parser.add_argument("--fond", metavar="NOM", help="ign ou osm : tuiles, par le réseau")
    parser.add_argument(
        "--adresse", action="store_true", help="une case d'adresse, qui interroge la Géoplateforme"
    )
    parser.add_argument("--geocodeur", metavar="ADRESSE", help="un autre géocodeur pour cette case")
    add_reading(parser, "zone (secteur) et code")
    parser.add_argument("--largeur", metavar="CM", help="largeur de l'image (25)")
    parser.add_argument("--hauteur", metavar="CM", help="hauteur de l'image (18)")
    parser.set_defaults(command="map")

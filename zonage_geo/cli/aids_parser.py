"""The words of ``aids``, in French."""

from __future__ import annotations

import argparse
from typing import Any

from zonage_geo.cli.place_parser import add_place

__all__ = ["add_aids", "add_profile"]


def _examples(program: str) -> str:
    return f"""\
exemples :
  {program} aids "Aulus-les-Bains" --avec statut=liberal --avec demi_journees=8
  {program} aids --insee 09029 --profil medecin.toml --date 2024-12-09
  {program} aids --point 43.6045,1.4440 --profil medecin.toml --signature 2025-11-01
  {program} aids "Foix" --profil medecin.toml --aide CAIM       (une seule, en entier)
  {program} aids --aide CAIM                                    (la règle, sans lieu)
  {program} aids --liste                                        (toutes les aides)
  {program} aids --mots                                         (les mots du profil)

Le fichier de --profil est un TOML d'un mot par ligne, dont --avec complète ou remplace les mots :
  statut = "liberal"
  demi_journees = 8
  contrats_en_cours = []
Un mot qui n'est pas donné n'est jamais supposé : l'aide « dépend » de lui. Un mot sans objet
s'écrit "sans objet".

Là où les documents divergent, la lecture suivie est celle du document le plus récent, puis du
plus précis ; --lecture AIDE.CONDITION=LECTURE en choisit une autre.

codes de sortie : 0 répondu, 2 demande à corriger, 3 lieu introuvable ou ambigu,
4 données absentes ou magasin impossible à construire."""


def add_aids(commands: argparse._SubParsersAction[Any], program: str) -> None:
    """Add ``aids`` to the commands.

    Parameters
    ----------
    commands : subparsers
        Where.
    program : str
        How the program is called, for the examples.
    """
    aids = commands.add_parser(
        "aids",
        help="les aides qu'un lieu ouvre, à une date, pour un profil",
        description="Les aides à l'installation et à l'exercice qu'un lieu ouvre, à une date : "
        "ouvertes, à préciser, non ouvertes, avec les montants, les exclusions et les sources.",
        epilog=_examples(program),
    )
    add_place(aids)
    add_profile(aids, "le profil de qui demande (TOML)")
    aids.add_argument(
        "--signature",
        metavar="DATE",
        help="le jour de la signature ou de l'installation, s'il diffère de --date",
    )
    aids.add_argument(
        "--lecture",
        metavar="AIDE.CONDITION=LECTURE",
        action="append",
        default=[],
        help="une autre lecture des documents, là où ils divergent ; à répéter",
    )
    aids.add_argument("--aide", metavar="ID", help="une seule aide, en entier (CAIM, ARS_OCC…)")
    aids.add_argument("--liste", action="store_true", help="toutes les aides, sans lieu")
    aids.add_argument("--mots", action="store_true", help="les mots du profil et leurs valeurs")
    aids.add_argument(
        "--json", action="store_true", help="la réponse en JSON (schéma zonage_geo.aids/1)"
    )
    aids.set_defaults(command="aids")


def add_profile(parser: argparse.ArgumentParser, said: str) -> None:
    """Add ``--profil`` and ``--avec`` to a command.

    Parameters
    ----------
    parser : ArgumentParser
        The command's.
    said : str
        What ``--profil`` does there.
    """
    parser.add_argument("--profil", metavar="FICHIER", help=said)
    parser.add_argument(
        "--avec",
        metavar="MOT=VALEUR",
        action="append",
        default=[],
        help="un mot du profil ; à répéter (listes : contrats_en_cours=COSCOM,CESP)",
    )

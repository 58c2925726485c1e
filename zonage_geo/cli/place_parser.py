"""The words that say which place a command is about, in French."""

from __future__ import annotations

import argparse

__all__ = ["add_place"]


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add to a command what says where and when: an address, a point, a code, a date.

    Parameters
    ----------
    parser : ArgumentParser
        The command's.
    """
    parser.add_argument(
        "adresse", nargs="?", help="adresse, commune ou code postal, entre guillemets"
    )
    parser.add_argument(
        "--point", metavar="LAT,LON", help="un point en degrés (WGS 84), latitude d'abord"
    )
    parser.add_argument(
        "--insee",
        metavar="CODE",
        help="un code commune, même ancien ; avec --point ou une adresse, le code décide de la "
        "commune",
    )
    parser.add_argument(
        "--code-postal", metavar="CODE", help="le code postal de l'adresse, s'il n'y est pas"
    )
    parser.add_argument(
        "--choisir", metavar="N", help="prendre la N-ième proposition, si plusieurs lieux répondent"
    )
    parser.add_argument(
        "--date", metavar="DATE", help="AAAA-MM-JJ ou JJ/MM/AAAA (aujourd'hui par défaut)"
    )
    parser.add_argument(
        "--offline",
        action="store_true",
        help="ne jamais utiliser le réseau, ni au premier appel, ni pour une adresse "
        "(ZONAGE_GEO_OFFLINE=1 : par défaut)",
    )

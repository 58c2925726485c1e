"""The words that say which place a command is about, in French."""

from __future__ import annotations

import argparse

__all__ = ["add_place"]


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add an address, ``--point``, ``--insee``, ``--date`` and ``--offline`` to a command.

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
        help="un code commune, même ancien ; avec --point, le code décide de la commune",
    )
    parser.add_argument(
        "--date", metavar="DATE", help="AAAA-MM-JJ ou JJ/MM/AAAA (aujourd'hui par défaut)"
    )
    parser.add_argument(
        "--offline", action="store_true", help="ne jamais utiliser le réseau, même au premier appel"
    )

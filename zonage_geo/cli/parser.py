"""The command line's words, in French; imports argparse and no room of ours."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from zonage_geo.cli.aids_parser import add_aids, add_profile
from zonage_geo.cli.analysis_parser import add_analyses
from zonage_geo.cli.batch_parser import add_batch
from zonage_geo.cli.data_parser import add_data
from zonage_geo.cli.place_parser import add_place

__all__ = ["parse"]

PROGRAM = "python -m zonage_geo"

LOCATE_EXAMPLES = f"""\
exemples :
  {PROGRAM} locate "1 place du Capitole, Toulouse"
  {PROGRAM} locate "Foix, Ariège" --date 2024-12-09
  {PROGRAM} locate 12320                           (un code postal)
  {PROGRAM} locate --point 43.6045,1.4440          (latitude, longitude)
  {PROGRAM} locate --point "-20,88; 55,45"         (à virgule : séparer par « ; »)
  {PROGRAM} locate --insee 12076                   (code commune, de tout millésime)
  {PROGRAM} locate --insee 31555 --json
  {PROGRAM} locate "place de la mairie" --code-postal 06420 --choisir 2
  {PROGRAM} locate Foix --avec statut=liberal      (les aides aussi ; voir aids --help)

Une adresse est cherchée en ligne (Géoplateforme), puis dans les adresses ajoutées ici
(data add ban) et celles des mairies ; à défaut, la réponse vaut pour la commune. Avec
--offline, rien n'est envoyé. Une commune ou un code postal ne l'est jamais.

Chaque couche répond oui, non ou indéterminé, avec la raison. « À vérifier » : la réponse
tient, mais un texte plus récent est annoncé ou la révision est due.

codes de sortie : 0 répondu, 2 demande à corriger, 3 lieu introuvable ou ambigu,
4 données absentes ou magasin impossible à construire."""

_MESSAGES = (
    (r"unrecognized arguments: (-.*)", "option inconnue : {0}"),
    (
        r"unrecognized arguments: (.*)",
        "« {0} » est de trop. Une adresse s'écrit entre guillemets",
    ),
    (r"the following arguments are required: (.*)", "il manque : {0}"),
    (r"one of the arguments (.*) is required", "il manque l'un de : {0}"),
    (r"argument (.*): expected one argument", "{0} attend une valeur"),
    (r"argument (.*): expected at most one argument", "{0} prend une valeur au plus"),
    (r"argument (.*): expected at least one argument", "{0} attend au moins une valeur"),
    (r"argument (.*): expected (\d+) arguments?", "{0} attend {1} valeur(s)"),
    (
        r"argument (.*): invalid choice: (.*) \(choose from (.*)\)",
        "{0} : « {1} » n'est pas parmi {2}",
    ),
    (
        r"argument (.*): unknown parser (.*) \(choices: (.*)\)",
        "{0} : « {1} » n'est pas parmi {2}",
    ),
    (r"argument (.*): invalid \S+ value: (.*)", "{0} : « {1} » ne convient pas"),
    (r"argument (.*): not allowed with argument (.*)", "{0} et {1} ne vont pas ensemble"),
    (r"ambiguous option: (.*) could match (.*)", "option ambiguë : {0} ({1} ?)"),
    (r"argument (.*): ignored explicit argument (.*)", "{0} ne prend pas de valeur (« {1} »)"),
    (r"unexpected option string: (.*)", "option inattendue : {0}"),
)
"""What argparse of Python 3.11 to 3.14 says, and how it is said here; first match wins."""


class _Parser(argparse.ArgumentParser):
    """A parser that speaks French and exits with 2 on bad usage."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(add_help=False, allow_abbrev=False, **options)  # type: ignore[arg-type]
        self._positionals.title = "arguments "  # the space that French puts before a colon
        self._optionals.title = "options "
        self.add_argument("-h", "--help", action="help", help="montrer cette aide")

    def format_usage(self) -> str:
        return super().format_usage().replace("usage:", "usage :", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "usage :", 1)

    def error(self, message: str) -> NoReturn:
        for pattern, french in _MESSAGES:
            if match := re.fullmatch(pattern, message, re.DOTALL):
                message = french.format(*map(_unquoted, match.groups()))
                break
        else:
            message = f"demande non comprise ({message})"
        self.exit(2, f"zonage_geo : {message}.\nAide : {self.prog} --help\n")


def _unquoted(words: str) -> str:
    """Take Python's quotes off words, which some versions put and others not."""
    return re.sub(r"(^|, )(['\"])(.*?)\2(?=$|, )", r"\1\3", words)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read a command line.

    Parameters
    ----------
    argv : sequence of str
        Arguments after the program's name.

    Returns
    -------
    argparse.Namespace
        ``command`` names what to run.
    """
    return _parser().parse_args(_join_negative_points(argv))


def _join_negative_points(argv: Sequence[str]) -> list[str]:
    """Let ``--point -20.88,55.45`` through, which argparse takes for an option."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--point" and re.match(r"-\s*[\d.]", word):
            joined[-1] = f"--point={word}"
        else:
            joined.append(word)
    return joined


def _parser() -> _Parser:
    parser = _Parser(
        prog=PROGRAM,
        description="Quels zonages de santé s'appliquent à un lieu, à une date, et avec quelle "
        "certitude.",
        epilog=f'Pour commencer : {PROGRAM} locate "1 place du Capitole, Toulouse"\n'
        f"Aide d'une commande : {PROGRAM} locate --help",
    )
    commands = parser.add_subparsers(
        title="commandes ", prog=PROGRAM, metavar="COMMANDE", required=True, parser_class=_Parser
    )
    _add_locate(commands)
    layers = commands.add_parser(
        "layers",
        help="les couches, leurs éditions, leurs dates et leurs sources",
        description="Les couches du catalogue : éditions, validité, sources, ce qui est chargé.",
        epilog=f"exemples :\n  {PROGRAM} layers\n  {PROGRAM} layers --json > couches.json",
    )
    layers.add_argument("--json", action="store_true", help="une liste JSON, un objet par édition")
    layers.set_defaults(command="layers")
    add_data(commands, _Parser, PROGRAM)
    add_batch(commands, PROGRAM)
    add_analyses(commands, PROGRAM)
    add_aids(commands, PROGRAM)
    return parser


def _add_locate(commands: argparse._SubParsersAction[_Parser]) -> None:
    locate = commands.add_parser(
        "locate",
        help="les zonages d'une adresse, d'un point ou d'une commune",
        description="Les zonages qui s'appliquent à un lieu, à une date.",
        epilog=LOCATE_EXAMPLES,
    )
    add_place(locate)
    add_profile(locate, "dire aussi les aides qui suivent, pour ce profil (TOML)")
    locate.add_argument(
        "--json", action="store_true", help="la réponse en JSON (schéma zonage_geo.location/1)"
    )
    locate.set_defaults(command="locate")

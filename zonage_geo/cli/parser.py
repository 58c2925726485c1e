"""The command line's words, in French; imports argparse and no room of ours."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import PurePath
from typing import NoReturn

from zonage_geo.cli.aids_parser import add_aids, add_profile
from zonage_geo.cli.analysis_parser import add_analyses
from zonage_geo.cli.batch_parser import add_batch
from zonage_geo.cli.data_parser import add_data
from zonage_geo.cli.map_parser import add_map
from zonage_geo.cli.place_parser import add_place

__all__ = ["parse"]

PROGRAM = "python -m zonage_geo"
SCRIPT = "zonage_geo"

LOCATE_EXAMPLES = """\
exemples :
  {0} locate "1 place du Capitole, Toulouse"
  {0} locate "Foix, Ariège" --date 2024-12-09
  {0} locate 12320                           (un code postal)
  {0} locate --point 43.6045,1.4440          (latitude, longitude)
  {0} locate --point "-20,88; 55,45"         (à virgule : séparer par « ; »)
  {0} locate --insee 12076                   (code commune, de tout millésime)
  {0} locate --insee 31555 --json
  {0} locate "place de la mairie" --code-postal 06420 --choisir 2
  {0} locate Foix --avec statut=liberal      (et les aides ; voir aids)

Une adresse est cherchée en ligne (Géoplateforme), puis dans les adresses ajoutées ici
(data add ban) et celles des mairies ; à défaut, la réponse vaut pour la commune. Avec
--offline, rien n'est envoyé. Une commune ou un code postal ne l'est jamais.

Chaque couche répond oui, non ou indéterminé, avec la raison. « À vérifier » : la réponse est
celle des listes chargées, mais un texte plus récent est annoncé ou la révision est due.

codes de sortie : 0 répondu, 2 demande à corriger, 3 lieu introuvable ou ambigu,
4 données absentes ou magasin impossible à construire."""

_MESSAGES = (
    (r"unrecognized arguments: (-.*)", "option inconnue : {0}"),
    (r"unrecognized arguments: (.*)", "« {0} » est de trop"),
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
_OTHERWISE = {
    "--layer": ("--couche", "--couches"),
    "localise": ("locate",),
    "localiser": ("locate",),
    "situer": ("locate",),
    "couches": ("layers",),
    "couverture": ("coverage",),
    "carte": ("map",),
}
"""What people type for an option or a command that no likeness of letters would find."""


class _Parser(argparse.ArgumentParser):
    """A parser that speaks French and exits with 2 on bad usage."""

    def __init__(self, **options: object) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(add_help=False, allow_abbrev=False, **options)  # type: ignore[arg-type]
        self._positionals.title = "arguments "  # the space that French puts before a colon
        self._optionals.title = "options "
        self.add_argument("-h", "--help", action="help", help="montrer cette aide")
        self._typed: Sequence[str] = ()

    def format_usage(self) -> str:
        return super().format_usage().replace("usage:", "usage :", 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "usage :", 1)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        self._typed = args or ()
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        if " are required: " in message:  # an option that is none may be what was meant
            options = takewhile(lambda word: word != "--", self._typed)
            strange = [w for w in options if w.startswith("--") and not self.knows(_name_of(w))]
            if strange:
                self.refuse(strange)
        example = self._example() if " are required: " in message else ""
        for pattern, french in _MESSAGES:
            if match := re.fullmatch(pattern, message, re.DOTALL):
                message = french.format(*map(_unquoted, match.groups()))
                if pattern in _CHOICES:
                    message += self._near_choice(*map(_unquoted, match.groups()))
                break
        else:
            message = f"demande non comprise ({message})"
        self._leave(message, example)

    def _leave(self, message: str, example: str = "") -> NoReturn:
        end = "" if message.endswith(("?", '"')) else "."
        self.exit(2, f"zonage_geo : {message}{end}\n{example}Aide : {self.prog} --help\n")

    def _example(self) -> str:
        """Give the first example of the command's help, as a line to copy."""
        found = re.search(r"^exemples? :\n +(.*?)(?:   .*)?$", self.epilog or "", re.MULTILINE)
        return f"Par exemple : {found[1]}\n" if found else ""

    @property
    def commands(self) -> dict[str, _Parser]:
        """The parsers of its commands, by name; empty for a command."""
        return next(
            (dict(one.choices) for one in self._actions if isinstance(one.choices, dict)), {}
        )

    def knows(self, option: str) -> bool:
        """Tell whether the command has an option.

        Parameters
        ----------
        option : str
            ``--date``.

        Returns
        -------
        bool
            Whether it may be given.
        """
        return option in self._option_string_actions

    def refuse(self, words: Sequence[str], elsewhere: Sequence[str] = ()) -> NoReturn:
        """Exit because of words that the command does not take.

        Parameters
        ----------
        words : sequence of str
            Those left over, in order.
        elsewhere : sequence of str
            Commands that have the first option of them.
        """
        from zonage_geo.aids.spelling import did_you_mean, nearest

        option = _option_of(words)
        if option is not None:
            near = self._begun(option) or nearest(option, self._option_string_actions)
            near = near or next(filter(self.knows, _OTHERWISE.get(option, ())), None)
            said = did_you_mean(near)
            if near is None and elsewhere:
                said = f" Elle existe pour : {', '.join(elsewhere)}"
            self._leave(f"option inconnue : {option}{'.' if said else ''}{said}")
        said = f"« {' '.join(words)} » est de trop"
        if any(action.dest == "adresse" for action in self._actions):
            said += ". Une adresse s'écrit entre guillemets"
        elif self.knows("--departement"):
            said += ". Un territoire se choisit par une option : --departement 09, --region 76"
        self._leave(said)

    def _begun(self, option: str) -> str | None:
        """Give the only option that starts so."""
        found = [one for one in self._option_string_actions if one.startswith(option)]
        return found[0] if len(found) == 1 else None

    @staticmethod
    def _near_choice(what: str, word: str, choices: str) -> str:
        """Offer the nearest command, or `locate` for what reads as a place."""
        from zonage_geo.aids.spelling import did_you_mean, nearest

        known = choices.split(", ")
        meant = (one for one in _OTHERWISE.get(word.casefold(), ()) if one in known)
        if near := nearest(word, known) or next(meant, None):
            return f".{did_you_mean(near)}"
        place = what == "COMMANDE" and (" " in word or word[:1].isupper() or word[:1].isdigit())
        return f'. Pour un lieu : {program()} locate "{word}"' if place else ""


_CHOICES = tuple(pattern for pattern, _ in _MESSAGES if "choi" in pattern)
"""Those of a word that is not among some: the nearest is offered."""


def program() -> str:
    """Name the program as its user typed it.

    Returns
    -------
    str
        ``zonage_geo``, the command that an install makes, or ``python -m zonage_geo``.
    """
    typed = PurePath(sys.argv[0]).stem if sys.argv else ""
    return SCRIPT if typed == SCRIPT else PROGRAM


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
    parser = _parser()
    words = _join_negative_points(argv)
    option = _option_of(words[:1])
    if option is not None and not parser.knows(option):
        if parser.commands["locate"].knows(option):
            from shlex import join

            parser.exit(
                2, f"zonage_geo : la commande vient d'abord : {parser.prog} locate {join(words)}\n"
            )
        parser.refuse(words[:1])
    arguments, left = parser.parse_known_args(words)
    if left:
        option = _option_of(left)
        named = {name: one for name, one in parser.commands.items() if option and one.knows(option)}
        asked = parser
        for word in arguments.command.split():
            asked = asked.commands[word]
        asked.refuse(left, tuple(named))
    return arguments


def _join_negative_points(argv: Sequence[str]) -> list[str]:
    """Let ``--point -20.88,55.45`` through, which argparse takes for an option."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--point" and re.match(r"-\s*[\d.]", word):
            joined[-1] = f"--point={word}"
        else:
            joined.append(word)
    return joined


def _option_of(words: Sequence[str]) -> str | None:
    """Give the first option among words, without its value."""
    return next((_name_of(word) for word in words if word.startswith("-")), None)


def _name_of(word: str) -> str:
    return word.partition("=")[0]


class _Version(argparse.Action):
    """Print which version this is, and of what it speaks; nothing is opened."""

    def __init__(self, option_strings: Sequence[str], **options: object) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=str(options["help"]))

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from zonage_geo.cli.version import version_text

        print(version_text())
        parser.exit()


def _parser() -> _Parser:
    name = program()
    parser = _Parser(
        prog=name,
        description="Quels zonages de santé s'appliquent à un lieu, à une date, et avec quelle "
        "certitude.",
        epilog=f'Pour commencer : {name} locate "1 place du Capitole, Toulouse"\n'
        f"Aide d'une commande : {name} locate --help",
    )
    parser.add_argument(
        "--version", action=_Version, help="la version du logiciel, de ses listes et du magasin"
    )
    commands = parser.add_subparsers(
        title="commandes ", prog=name, metavar="COMMANDE", required=True, parser_class=_Parser
    )
    _add_locate(commands, name)
    layers = commands.add_parser(
        "layers",
        help="les couches, leurs éditions, leurs dates et leurs sources",
        description="Les couches du catalogue : éditions, validité, sources, ce qui est chargé.",
        epilog=f"exemples :\n  {name} layers\n  {name} layers --json > couches.json",
    )
    layers.add_argument("--json", action="store_true", help="une liste JSON, un objet par édition")
    layers.set_defaults(command="layers")
    add_data(commands, _Parser, name)
    add_batch(commands, name)
    add_analyses(commands, name)
    add_aids(commands, name)
    add_map(commands, name)
    return parser


def _add_locate(commands: argparse._SubParsersAction[_Parser], program: str) -> None:
    locate = commands.add_parser(
        "locate",
        help="les zonages d'une adresse, d'un point ou d'une commune",
        description="Les zonages qui s'appliquent à un lieu, à une date.",
        epilog=LOCATE_EXAMPLES.format(program),
    )
    add_place(locate)
    add_profile(locate, "dire aussi les aides qui suivent, pour ce profil (TOML)")
    locate.add_argument(
        "--json", action="store_true", help="la réponse en JSON (schéma zonage_geo.location/1)"
    )
    locate.set_defaults(command="locate")

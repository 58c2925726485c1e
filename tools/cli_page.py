"""Make the parts of docs/cli.md from the parsers: every command, argument and option.

Not what ``--help`` prints as it stands: its lay-out depends on the width of the terminal and on
the version of Python.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from pages import table
from zonage_geo.catalog.files import FOLDER
from zonage_geo.catalog.kinds import read_toml
from zonage_geo.catalog.load import GEOCODING, PLACES
from zonage_geo.cli import parser as words
from zonage_geo.settings import Settings

__all__ = ["commands", "parts"]


def _settings() -> dict[str, tuple[str, str, str]]:
    """Tell what each variable takes, what holds without it, and what it does."""
    common = FOLDER / "common"
    places = read_toml(common / "places.toml", PLACES)
    radii, unsure = places["precisions"], places["thresholds"]["street_m"]
    service = read_toml(common / "geocoding.toml", GEOCODING)["service"]
    home = "holds `raw/` (your files), `catalog/` (your layers) and `processed/` (the store)"
    disc = "radius of the disc in which an address lies, known to its "
    return {
        "home": ("a folder", "`data/` of a checkout, else the user's data folder", home),
        "radius_numero": ("metres", str(radii["numero"]["radius_m"]), f"{disc}number"),
        "radius_voie": (
            "metres",
            f"{radii['voie']['radius_m']}; {unsure} where the street's numbers are not known",
            f"{disc}street",
        ),
        "radius_lieu_dit": ("metres", str(radii["lieu_dit"]["radius_m"]), f"{disc}lieu-dit"),
        "accuracy_communes": ("metres", "the store's", "accuracy of the communes' outlines"),
        "offline": ("1 or 0", "0", "send nothing, as `--offline` does"),
        "geocoder_url": (
            "an http(s) address",
            f"{service['title']}",
            "another geocoder that speaks as addok does",
        ),
        "geocoder_timeout_s": ("seconds", str(service["timeout_s"]), "longest wait for an answer"),
        "geocoder_cache_days": (
            "days",
            str(service["cache_days"]),
            "how long its answers are kept; 0: not at all",
        ),
    }


def commands(
    parser: argparse.ArgumentParser | None = None, name: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Give every command that does something.

    Parameters
    ----------
    parser : argparse.ArgumentParser, optional
        Where to look; the program's by default.
    name : str
        The words that lead there.

    Yields
    ------
    tuple
        Its words (``data add``) and its parser.
    """
    parser = parser or words._parser()  # noqa: SLF001
    below = [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]  # noqa: SLF001
    if not below:
        yield name, parser
    for action in below:
        for word, one in action.choices.items():
            yield from commands(one, f"{name} {word}".strip())


def _usage(name: str, actions: list[argparse.Action]) -> str:
    said = []
    for one in actions:
        if one.option_strings:
            continue
        word = str(one.metavar or one.dest)
        said.append(f"[{word}]" if one.nargs == "?" else word)
    named = [one for one in actions if one.required and one.option_strings]
    needed = [f"{one.option_strings[0]} {one.metavar}" for one in named]
    return " ".join(["python -m zonage_geo", name, *said, *needed, "[options]"])


def _written(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar or action.dest}`"
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(f"`{one}{value}`" for one in action.option_strings)


def _rows(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:  # noqa: SLF001
        if action.dest != "help":
            told = (action.help or "") % {"default": action.default, "prog": parser.prog}
            yield _written(action), told


def _section(name: str, parser: argparse.ArgumentParser) -> str:
    actions = [one for one in parser._actions if one.dest != "help"]  # noqa: SLF001
    described = " ".join((parser.description or "").split())
    lines = [f"### {name}", "", described, "", "```text", _usage(name, actions), "```", ""]
    if actions:
        lines.append(table(("argument, option", ""), _rows(parser)))
    if parser.epilog:
        lines += ["```text", re.sub(r"\n{3,}", "\n\n", parser.epilog.strip()), "```", ""]
    return "\n".join(lines)


def parts() -> dict[str, str]:
    """Make them.

    Returns
    -------
    dict
        Name to Markdown.
    """
    settings = _settings()
    rows = [(f"`ZONAGE_GEO_{name.upper()}`", *settings[name]) for name in Settings._fields]
    listed = [
        (f"[`{name}`](#{name.replace(' ', '-')})", " ".join((one.description or "").split()))
        for name, one in commands()
    ]
    return {
        "list": table(("command", ""), listed),
        "commands": "\n".join(_section(name, one) for name, one in commands()),
        "environment": table(("variable", "takes", "without it", "what it does"), rows),
    }

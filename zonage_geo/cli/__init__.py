"""The face for shells: ``python -m zonage_geo``. Thin; each command imports what it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

__all__ = ["main"]

UNEXPECTED = 1
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; the process's own by default.

    Returns
    -------
    int
        0 answered, 2 bad usage or input, 3 place not found, 4 data missing or store not
        buildable; 1 an unforeseen failure, 130 interrupted.
    """
    from zonage_geo.cli.plain import plain_output

    _speak_utf8()
    with plain_output():
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    from zonage_geo.cli.parser import parse

    try:
        arguments = parse([_readable(word) for word in (sys.argv[1:] if argv is None else argv)])
        code = _run(arguments.command, arguments)
        if sys.stdout is not None:  # None where the shell closed it
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader left (`| head`): not an error. Keep the interpreter from flushing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("\nzonage_geo : interrompu.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  (a traceback tells a shell's user nothing)
        return _unexpected(error)
    return code


def _run(command: str, arguments: Namespace) -> int:
    from zonage_geo.cli.commands import COMMANDS
    from zonage_geo.errors import SwappedPointError, ZonageError

    try:
        return COMMANDS[command](arguments)
    except SwappedPointError as error:
        hint = f"L'ordre attendu est LAT,LON : --point {error.lat:g},{error.lon:g}"
        print(f"zonage_geo : {error} {hint}", file=sys.stderr)
        return error.exit_code
    except ZonageError as error:
        print(f"zonage_geo : {error}", file=sys.stderr)
        candidates: tuple[str, ...] = getattr(error, "candidates", ())
        if candidates:
            print("Voulez-vous dire :", file=sys.stderr)
            for rank, candidate in enumerate(candidates, start=1):
                print(f"  {rank}. {candidate}", file=sys.stderr)
        return error.exit_code


def _unexpected(error: Exception) -> int:
    """Report what no room foresaw; ``python -X dev`` shows where it comes from."""
    if sys.flags.dev_mode:
        raise error
    what = f"{type(error).__name__} : {error}"
    if isinstance(error, OSError):
        from zonage_geo.french import os_words

        names = (name for name in (error.filename, error.filename2) if name is not None)
        where = " : ".join([*map(str, names), os_words(error)])
        print(f"zonage_geo : lecture ou écriture impossible : {where}.", file=sys.stderr)
    else:
        print(
            f"zonage_geo : erreur imprévue ({what}). C'est un défaut du logiciel : signalez-le "
            "avec la commande tapée.",
            file=sys.stderr,
        )
    return UNEXPECTED


def _readable(word: str) -> str:
    """Read again as UTF-8 a word that the locale could not decode (``LC_ALL=C``).

    The name of a file that is there stays as it is: on an old disk it may be in Latin-1.
    """
    if any("\udc80" <= letter <= "\udcff" for letter in word):
        if os.path.lexists(word):
            return word
        return os.fsencode(word).decode("utf-8", "replace")
    return word


def _speak_utf8() -> None:
    """Write UTF-8 whatever the locale; what cannot be written is shown, not fatal."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")

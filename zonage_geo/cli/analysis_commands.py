"""What ``overlay``, ``pdsa``, ``coverage`` and ``compare`` do: the answer on stdout."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError
from zonage_geo.progress import Bar
from zonage_geo.settings import Settings
from zonage_geo.store import Store, open_store, raw_folder

if TYPE_CHECKING:
    import pandas as pd

    from zonage_geo.lists import Reading
    from zonage_geo.selection import Choice

__all__ = ["ANALYSIS_COMMANDS", "chosen", "file_of", "reading_of", "words_of"]


def _overlay(arguments: Namespace) -> int:
    out = _output(arguments, shaped=True)
    choice, day = chosen(arguments), parse_date(arguments.date) or today()
    store, settings = _store()
    from zonage_geo.overlay import overlay
    from zonage_geo.render.analysis.overlay import overlay_text

    frame = overlay(
        store,
        store.catalog(),
        choice,
        day,
        layers=words_of(arguments.couches),
        quarters=_quarters(arguments, settings),
        distances=not arguments.sans_distances,
    )
    if arguments.aides:
        from zonage_geo.many.engine import Engine
        from zonage_geo.openings.table import add_aids

        with Bar() as bar:
            engine = Engine(store, store.catalog(), settings, day, bar)
        add_aids(frame, engine, store, words_of(arguments.aides) or ())
    return _answer(arguments, frame, out, "communes", overlay_text)


def _pdsa(arguments: Namespace) -> int:
    out = _output(arguments, shaped=True)
    day, how = parse_date(arguments.date) or today(), reading_of(arguments)
    store, settings = _store()
    from zonage_geo.pdsa import Counting, pdsa_sectors
    from zonage_geo.render.analysis.sectors import sectors_text

    source = file_of(arguments.fichier, settings) if arguments.fichier else None
    counting = Counting(
        words_of(arguments.niveaux), arguments.qpv, arguments.creneau, arguments.saison
    )
    frame = pdsa_sectors(store, store.catalog(), source, day, how=how, counting=counting)
    return _answer(arguments, frame, out, "secteurs", sectors_text)


def _coverage(arguments: Namespace) -> int:
    out = _output(arguments, shaped=False)
    choice, day = chosen(arguments), parse_date(arguments.date) or today()
    if arguments.population is None:
        for option in ("colonne_population", "encoding", "sheet"):
            if getattr(arguments, option) is not None:
                named = option.replace("_", "-")
                raise InputError(f"--{named} va avec --population FICHIER, qui manque.")
    store, settings = _store()
    from zonage_geo.coverage import coverage
    from zonage_geo.render.analysis.coverage import coverage_text

    populations = None
    if arguments.population is not None:
        from zonage_geo.indicators import column_of, populations_of
        from zonage_geo.lists import Reading, load

        path = file_of(arguments.population, settings)
        how = Reading(encoding=arguments.encoding, sheet=arguments.sheet)
        if arguments.colonne_population is None:
            titles = ", ".join(f"« {one} »" for one in load(path, how)[0].frame.columns)
            raise InputError(
                f"{path.name} : quelle colonne dit la population ? --colonne-population NOM. "
                f"Colonnes : {titles}."
            )
        values = column_of(path, arguments.colonne_population, how, policy="sum")
        populations = populations_of(values, {code: n for code, _, _, n in store.communes()})
        title = f"{values.name} de {path.name} (codes communes {values.attrs['cog']})"
        populations.attrs = {**values.attrs, "source": title}
    frame = coverage(
        store,
        store.catalog(),
        choice,
        day,
        by=arguments.par,
        layer=arguments.couche,
        populations=populations,
        quarters=_quarters(arguments, settings),
    )
    return _answer(arguments, frame, out, "couverture", coverage_text)


def _compare(arguments: Namespace) -> int:
    out = _output(arguments, shaped=False)
    choice, how = chosen(arguments), reading_of(arguments)
    store, settings = _store()
    from zonage_geo.compare import balance, compare, matrix
    from zonage_geo.render.analysis.comparison import comparison_text

    before, after = (_state(text, settings) for text in (arguments.avant, arguments.apres))
    frame = compare(
        store,
        store.catalog(),
        choice,
        before,
        after,
        layer=arguments.couche,
        how=how,
        complete=arguments.complet,
    )
    summed = balance(frame, arguments.par)

    def text(frame: pd.DataFrame, *, whole: bool) -> str:
        return comparison_text(frame, summed, matrix(frame), whole=whole)

    return _answer(arguments, frame, out, "comparaison", text)


# what is asked


def _store() -> tuple[Store, Settings]:
    settings = Settings.from_env()
    with Bar() as bar:
        return open_store(settings, bar), settings


def chosen(arguments: Namespace) -> Choice:
    """Read which territory is asked.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of a command that has the options of ``analysis_parser.add_territory``.

    Returns
    -------
    Choice
        One of its words, or none for France.
    """
    from zonage_geo.selection import choice_of

    where: dict[str, Any] = {
        key: getattr(arguments, key) for key in ("region", "departement", "epci")
    }
    where["communes"] = words_of(arguments.communes)
    where["polygon"] = arguments.polygone
    return choice_of(where)  # type: ignore[arg-type]


def words_of(text: str | None) -> list[str] | None:
    """Part what commas, semicolons or spaces separate.

    Parameters
    ----------
    text : str or None
        As typed.

    Returns
    -------
    list of str or None
        None where nothing was typed.
    """
    if text is None:
        return None
    return text.replace(",", " ").replace(";", " ").split()


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        left, equals, right = text.partition("=")
        if not (equals and left.strip() and right.strip()):
            raise InputError(f"{option} {text} : écrivez {option} À=B.")
        found[left.strip()] = right.strip()
    return found


def reading_of(arguments: Namespace) -> Reading:
    """Read how a file is to be read.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of a command that has the options of ``analysis_parser.add_reading``.

    Returns
    -------
    Reading
        Columns, vintage, system, encoding, sheet.

    Raises
    ------
    InputError
        If the vintage is no year, or a column is not named as it should be.
    """
    from zonage_geo.lists import Reading

    cog = arguments.cog
    if cog is not None and not (cog.isdecimal() and cog.isascii() and len(cog) == 4):
        raise InputError(f"--cog {cog} : une année est attendue, par exemple 2018.")
    crs = arguments.crs
    return Reading(
        columns=_pairs("--column", arguments.column),
        classes=_pairs("--classe", getattr(arguments, "classe", [])),
        cog=int(cog) if cog else None,
        crs=f"EPSG:{crs}" if crs is not None and crs.isdecimal() else crs,
        encoding=arguments.encoding,
        sheet=arguments.sheet,
    )


def file_of(name: str, settings: Settings) -> Path:
    """Find a file of the user's: in ``raw/`` first.

    Parameters
    ----------
    name : str
        Its name, or its path.
    settings : Settings
        For the folder.

    Returns
    -------
    Path
        Where it is.
    """
    from zonage_geo.additions import find_file

    return find_file(name, raw_folder(settings))


def _state(text: str, settings: Settings) -> str | Path:
    """Tell a file from a date: what has a suffix is looked for among files."""
    return file_of(text, settings) if Path(text).suffix and "@" not in text else text


def _quarters(arguments: Namespace, settings: Settings) -> dict[str, int] | None:
    """Read the inhabitants of quarters."""
    if arguments.population_qpv is None:
        return None
    from zonage_geo.lists import quarter_populations

    return quarter_populations(file_of(arguments.population_qpv, settings))


# what is answered


def _output(arguments: Namespace, *, shaped: bool) -> Path | None:
    if arguments.output is None:
        return None
    from zonage_geo.exports import SHAPED, TABLES, check

    out = Path(arguments.output)
    check(out, SHAPED if shaped else TABLES, force=arguments.force)
    return out


def _answer(
    arguments: Namespace,
    frame: pd.DataFrame,
    out: Path | None,
    name: str,
    text: Callable[..., str],
) -> int:
    """Write the file and say where, or print the answer."""
    if out is None:
        if arguments.json:
            print(json.dumps(_plain(frame, name), ensure_ascii=False, indent=2))
        else:
            print(text(frame, whole=arguments.lignes))
        return 0
    from zonage_geo.colophon.facts import frame_facts
    from zonage_geo.colophon.formats import place_told
    from zonage_geo.exports import write
    from zonage_geo.render.accounts import account_blocks
    from zonage_geo.report import counted

    renamed = write(frame, out, name, frame_facts(frame))
    for block in account_blocks(frame.attrs["report"], whole=arguments.lignes):
        print("\n".join(block), file=sys.stderr)
    told = ", ".join(f"{short} = {long}" for long, short in renamed.items() if short)
    if told:
        print(f"zonage_geo : noms du shapefile : {told}.", file=sys.stderr)
    if lost := ", ".join(long for long, short in renamed.items() if not short):
        print(
            f"zonage_geo : textes trop longs pour un shapefile, laissés : {lost}. Un GeoPackage "
            "les garde (-o … .gpkg).",
            file=sys.stderr,
        )
    print(f"zonage_geo : {counted(len(frame), 'ligne écrite')}.", file=sys.stderr)
    print(f"zonage_geo : dates, sources et réserves : {place_told(out)}.", file=sys.stderr)
    print(out)
    return 0


def _plain(frame: pd.DataFrame, name: str) -> Mapping[str, Any]:
    from zonage_geo.render.analysis.common import plain_rows

    attrs = {str(key): value for key, value in frame.attrs.items() if key != "report"}
    return {
        "schema": f"zonage_geo.{name}/1",
        **attrs,
        "report": [line._asdict() for line in frame.attrs["report"].lines],
        "rows": plain_rows(frame),
    }


ANALYSIS_COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "overlay": _overlay,
    "pdsa": _pdsa,
    "coverage": _coverage,
    "compare": _compare,
}

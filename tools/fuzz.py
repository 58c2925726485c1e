"""Feed damaged files to the readers and odd texts to ``locate``, for as long as is wanted.

    python tools/fuzz.py --seconds 300
    python tools/fuzz.py --only xls fgb --seconds 60 --seed 7
    python tools/fuzz.py --only query --seconds 60    # needs a store

Each input is a sound file with a few bytes changed, or a text made of pieces of addresses and of
what breaks programs. It must load, every row accounted for, or be refused by one of the package's
own errors. What does otherwise is kept in ``--keep`` (the current folder by default) and told; the
exit code is 1 then. The same seed gives the same inputs. The tests run it for a few seconds.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests import hostile  # noqa: E402  (the sound files are the tests')
from zonage_geo.errors import ZonageError  # noqa: E402

FORMATS = ("csv", "xlsx", "xls", "ods", "shp", "gpkg", "geojson", "fgb")
ARCHIVES = frozenset({"xlsx", "ods"})
EXTREMES = (b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\xf8\x7f")
PIECES = (
    *("Foix", "1", "place", "du", "Capitole", "Toulouse", "31000", "2A004", "CEDEX", "bis", "St"),
    *("l'", "’", "«", '"', "'", "--", ";", "*", "%", "_", "NEAR(", "AND", "OR", "NOT", "(", ")"),
    *("\0", "\n", "\t", "\x1b[31m", "\u202e", "\ud800", "\U0001f3e5", "é", "ŒUVRE", "ß", "İ"),
    *("<script>", "' OR 1=1", "../..", "0" * 30, "9" * 5, "-1", "1e400", "٣١", "３１", " ", ""),
)  # fmt: skip


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Change a few bytes.

    Parameters
    ----------
    content : bytes
        A sound file.
    rng : random.Random
        What chooses.

    Returns
    -------
    bytes
        Another file.
    """
    out = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 10))):
        if not out:
            break
        at, way = rng.randrange(len(out)), rng.randrange(6)
        if way == 0:
            out[at] = rng.randrange(256)
        elif way == 1:
            out[at] ^= 1 << rng.randrange(8)
        elif way == 2:
            del out[at : at + rng.randrange(1, 40)]
        elif way == 3:
            out[at:at] = rng.randbytes(rng.randrange(1, 10))
        elif way == 4:
            other = rng.randrange(len(out))
            out[at : at + 16] = out[other : other + 16]
        else:
            out[at : at + 4] = rng.choice(EXTREMES)
    return bytes(out)


def texts(rng: random.Random) -> Iterator[str]:
    """Make queries without end.

    Parameters
    ----------
    rng : random.Random
        What chooses.

    Yields
    ------
    str
        One.
    """
    while True:
        gap = rng.choice((" ", " ", "", ", "))
        yield gap.join(rng.choices(PIECES, k=rng.randrange(1, 8)))


def files(kind: str, folder: Path, rng: random.Random) -> Iterator[Path]:
    """Make damaged files of a format without end.

    Parameters
    ----------
    kind : str
        Of `FORMATS`.
    folder : Path
        Where to.
    rng : random.Random
        What chooses.

    Yields
    ------
    Path
        The file, overwritten each time.
    """
    path = hostile.whole(kind)(folder)
    sound = path.read_bytes()
    members = {}
    if kind in ARCHIVES:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    parts = {part: part.read_bytes() for part in hostile.parts_of(path)}
    while True:
        for part, content in parts.items():
            part.write_bytes(content)
        if members:
            one = rng.choice(list(members))
            hostile.zip_of(members | {one: mutated(members[one], rng)}, path.name)(folder)
        elif kind == "shp":
            part = rng.choice(list(parts))
            part.write_bytes(mutated(parts[part], rng))
        else:
            path.write_bytes(mutated(sound, rng))
        yield path


def _must(held: bool, otherwise: str) -> None:  # noqa: FBT001
    if not held:
        raise AssertionError(otherwise)


def read_it(path: Path) -> None:
    """Read a file; its account must hold.

    Parameters
    ----------
    path : Path
        The file.
    """
    from zonage_geo.readers import read

    loaded = read(path)
    _must(loaded.report.is_accounted, "rows that nobody accounts for")
    _must(loaded.report.rows_kept == len(loaded.frame), "rows kept that are not there")


def asking() -> Callable[[str], None]:
    """Open the store, and give what asks it.

    Returns
    -------
    callable
        Takes a text; checks that the answer can be written in every form.
    """
    import json

    from zonage_geo.locate import Query, locate
    from zonage_geo.render.html import to_html
    from zonage_geo.render.plain import to_dict
    from zonage_geo.render.text import to_text
    from zonage_geo.settings import Settings
    from zonage_geo.store import open_store

    store = open_store(Settings.from_env()._replace(offline=True), lambda _label, _done: None)
    catalog, day = store.catalog(), date(2026, 6, 1)

    def ask(text: str) -> None:
        location = locate(store, catalog, Query(text=text), day)
        json.dumps(to_dict(location))
        to_text(location)
        _must("<script>" not in to_html(location), "text that is not escaped")

    return ask


def fuzz(kind: str, seconds: float, seed: int, keep: Path | None) -> Counter[str]:
    """Feed one reader, or ``locate``.

    Parameters
    ----------
    kind : str
        Of `FORMATS`, or ``query``.
    seconds : float
        For how long.
    seed : int
        Of what chooses.
    keep : Path or None
        Folder of what went wrong.

    Returns
    -------
    Counter
        ``loaded``, ``refused``, and each failure with how often.
    """
    rng = random.Random(f"{kind}{seed}")  # noqa: S311
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        acts = _acts(kind, Path(name), rng)
        end = time.monotonic() + seconds
        for one, act in acts:
            try:
                act()
                seen["loaded"] += 1
            except ZonageError:
                seen["refused"] += 1
            except Exception as error:  # noqa: BLE001  (what is looked for)
                what = f"{type(error).__name__}: {str(error)[:120]}"
                seen[what] += 1
                if keep is not None and seen[what] == 1:
                    _kept(one, keep / f"{kind}-{len(seen)}")
            if time.monotonic() > end:
                return seen
    return seen


def _acts(
    kind: str, folder: Path, rng: random.Random
) -> Iterator[tuple[Path | str, Callable[[], None]]]:
    """Give each input and what is done with it."""
    if kind == "query":
        ask = asking()
        for text in texts(rng):
            yield text, partial(ask, text)
    for path in files(kind, folder, rng):
        yield path, partial(read_it, path)


def _kept(one: Path | str, target: Path) -> None:
    if isinstance(one, str):
        target.with_suffix(".txt").write_bytes(one.encode("utf-8", "surrogatepass"))
        return
    for part in hostile.parts_of(one):
        target.with_suffix(part.suffix).write_bytes(part.read_bytes())


def main() -> int:
    """Feed each in turn and tell what came of it.

    Returns
    -------
    int
        1 where something went wrong.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=[*FORMATS, "query"], default=[*FORMATS])
    parser.add_argument("--keep", type=Path, default=Path())
    asked = parser.parse_args()
    warnings.simplefilter("error")
    failed = False
    for kind in asked.only:
        seen = fuzz(kind, asked.seconds / len(asked.only), asked.seed, asked.keep)
        print(f"{kind}: {seen.pop('loaded', 0)} loaded, {seen.pop('refused', 0)} refused")
        for what, times in seen.most_common():
            print(f"    {times} × {what}")
        failed = failed or bool(seen)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

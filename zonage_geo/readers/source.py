"""What a file is, told from its first bytes, and its neighbours, on disk or in an archive."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from zonage_geo.readers.errors import ReadError

__all__ = ["TABLES", "VECTORS", "Source", "open_source"]

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
            return f"/vsizip/{{{self.path}}}/{self.member}"
        return f"/vsigzip/{self.path}" if self.packed else str(self.path)

    def data(self) -> bytes:
        """Give the bytes of the file.

        Returns
        -------
        bytes
            Decompressed.
        """
        if self.member is not None:
            with zipfile.ZipFile(self.path) as archive:
                return archive.read(self.member)
        data = self.path.read_bytes()
        return gzip.decompress(data) if self.packed else data

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
    if not path.is_file():
        raise ReadError(str(path), "fichier introuvable", "Vérifiez le chemin.")
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
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith(b"\x1f\x8b"):
        source = replace(source, packed=True)
        try:
            head = source.data()[:_HEAD]
        except (OSError, EOFError) as error:
            raise ReadError(
                path.name, "archive gzip abîmée ou incomplète", "Téléchargez-la de nouveau."
            ) from error
    if head.startswith(b"PK"):
        return _in_archive(source, layer)
    return replace(source, kind=_kind(head, source))


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
    except ValueError as error:
        raise ReadError(
            source.name, f"JSON abîmé ou incomplet ({error})", "Téléchargez-le de nouveau."
        ) from error
    what = content.get("type") if isinstance(content, dict) else None
    if what in {"FeatureCollection", "Feature"}:
        return "geojson"
    told = "du TopoJSON" if what == "Topology" else "du JSON qui n’est pas du GeoJSON"
    raise ReadError(source.name, f"c’est {told}", "Convertissez-le en GeoJSON ou en CSV.")


def _in_archive(source: Source, layer: str | None) -> Source:
    """Tell a workbook from an archive, and choose the file in the latter."""
    path = source.path
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" in names or "mimetype" in names:
                return replace(source, kind="workbook")
            wanted = [
                name
                for name in names
                if PurePosixPath(name).suffix.casefold() in _WANTED
                and not name.startswith("__MACOSX")
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
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise ReadError(
            path.name, f"archive zip illisible ({error})", "Téléchargez-la de nouveau."
        ) from error
    inner = replace(source, member=wanted[0])
    if head.startswith(b"PK"):
        return replace(inner, kind="workbook")
    return replace(inner, kind=_kind(head, inner))

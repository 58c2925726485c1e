"""A file taken out of a zip archive, which nothing says is honest."""

from __future__ import annotations

import errno
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from zonage_geo.download.common import (
    CHUNK,
    DOWNLOADED,
    RefusedError,
    octets,
    shown,
    written,
)
from zonage_geo.download.names import safe_name
from zonage_geo.progress import Progress
from zonage_geo.unpacking import largest

__all__ = ["place", "unpack"]

LISTED = 12
SISTERS = (".shx", ".dbf", ".prj", ".cpg")
STALE = (*SISTERS, ".qix", ".sbn", ".sbx")
"""What would be read with a new .shp of the same name, though made for the old one."""

BAD_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # a password, NotImplementedError
    ValueError,  # a name that is not UTF-8
    IndexError,  # an empty name
)


def unpack(
    path: Path, name: str, member: str, scratch: Path, progress: Progress, limit_bytes: int
) -> list[Path]:
    """Unpack a member, and its sisters where it is a shapefile.

    Parameters
    ----------
    path : Path
        The archive.
    name : str
        The name it has or will have, which no part may take.
    member : str
        The file wanted: by its path in the archive, or by its name alone where that is
        unique.
    scratch : Path
        Where to unpack.
    progress : callable
        Told where another path than the one wanted is taken.
    limit_bytes : int
        Largest size accepted.

    Returns
    -------
    list of Path
        The files, the member last.

    Raises
    ------
    RefusedError
        If it is not there, or the archive is broken or not to be trusted.
    """
    progress(f"extraction de {PurePosixPath(member).name}", DOWNLOADED)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            main = _find_member(infos, member)
            if _inside(main) != _inside(member):
                found = shown(main.filename)
                progress(f"« {member} » n'est pas dans l'archive, qui contient « {found} »", 0.95)
            wanted = _with_sisters(infos, main)
            if name.casefold() in {one.casefold() for one in wanted}:
                wanted = {f"membre-{one}": info for one, info in wanted.items()}
            return [_extract(archive, wanted[one], scratch / one, limit_bytes) for one in wanted]
    except (*BAD_ZIP, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # EINVAL: a bad offset
            raise
        msg = f"archive zip abîmée, ou d'un autre format ({shown(str(error))})"
        raise RefusedError(msg) from error


def _inside(member: str | zipfile.ZipInfo) -> str:
    """Give a path in an archive, always with slashes."""
    path = member if isinstance(member, str) else member.filename
    return path.replace("\\", "/")


def _find_member(infos: list[zipfile.ZipInfo], member: str) -> zipfile.ZipInfo:
    """Choose a member by its path, else by its name where that is unique."""
    wanted = _inside(member)
    if exact := [info for info in infos if _inside(info) == wanted]:
        return exact[-1]
    last = PurePosixPath(wanted).name.casefold()
    same = [info for info in infos if PurePosixPath(_inside(info)).name.casefold() == last]
    if len(same) == 1:
        return same[0]
    found = [shown(info.filename) for info in same or infos]
    more = f" et {len(found) - LISTED} autres" if len(found) > LISTED else ""
    held = f"{', '.join(found[:LISTED])}{more}" if found else "aucun fichier"
    msg = f"l'archive ne contient pas « {member} », mais : {held}"
    raise RefusedError(msg)


def _with_sisters(
    infos: list[zipfile.ZipInfo], main: zipfile.ZipInfo
) -> dict[str, zipfile.ZipInfo]:
    """Name the files to make of a member, the main one last."""
    name = safe_name(_inside(main)) or "fichier"
    if not name.casefold().endswith(".shp"):
        return {name: main}
    stem, start = name[:-4], _inside(main)[:-4].casefold()
    by_path = {_inside(info).casefold(): info for info in infos}
    sisters = {f"{stem}{suffix}": by_path.get(f"{start}{suffix}") for suffix in SISTERS}
    return {one: info for one, info in sisters.items() if info} | {f"{stem}.shp": main}


def _extract(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, limit_bytes: int
) -> Path:
    """Unpack one member, if it is a plain file of a size that its archive warrants."""
    size, packed_size = info.file_size, info.compress_size
    fault = None
    if info.flag_bits & 1:
        fault = "est protégé par un mot de passe"
    elif stat.S_ISLNK(info.external_attr >> 16):
        fault = "est un lien et non un fichier"
    elif info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        fault = "est compressé d'une façon qui n'est pas lue"
    elif size > limit_bytes or size > largest(packed_size):
        fault = f"prendrait {octets(size)} une fois décompressé, pour {octets(packed_size)}"
    if fault is not None:
        msg = f"dans l'archive, « {shown(info.filename)} » {fault}"
        raise RefusedError(msg)
    with archive.open(info) as packed, target.open("xb") as out:
        for _ in written(iter(lambda: packed.read(CHUNK), b""), out, limit_bytes):
            pass
    return target


def place(parts: list[Path], folder: Path) -> Path | None:
    """Move unpacked files to where they are read, the main one last.

    Parameters
    ----------
    parts : list of Path
        As `unpack` gives them; may be empty.
    folder : Path
        Where to.

    Returns
    -------
    Path or None
        The main one, where there is one.
    """
    if parts and parts[-1].suffix == ".shp":
        new = {part.suffix for part in parts}
        for suffix in STALE:
            if suffix not in new:
                (folder / parts[-1].with_suffix(suffix).name).unlink(missing_ok=True)
    placed = [part.replace(folder / part.name) for part in parts]
    return placed[-1] if placed else None

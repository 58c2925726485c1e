"""What the user's files added to the store: a manifest, and a GeoPackage an addition.

The store can be deleted and built again; what a file brought must survive that. So each
addition is kept, cleaned, as a small GeoPackage in ``processed/ajouts/``, and
``ajouts.json`` there says what each is. The light path reads that file's bytes alone, to
tell whether the store is up to date.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from zonage_geo.catalog.model import DATES
from zonage_geo.errors import StoreError
from zonage_geo.settings import Settings

__all__ = [
    "COMMUNES",
    "NOBODY",
    "Addition",
    "Kind",
    "UserFiles",
    "as_toml",
    "list_name",
    "perimeter_list",
    "user_files",
]

Kind = Literal["outlines", "zones", "list", "zone_list", "zone_classes"]
COMMUNES = "communes"
"""What stands for the layer where an addition is finer outlines of communes."""
MANIFEST = "ajouts.json"
VERSION = 1


class Addition(NamedTuple):
    """One thing that a file brought.

    Attributes
    ----------
    layer, edition : str
        Ids; ``communes`` and the vintage for outlines.
    kind : Kind
        Outlines of communes, perimeters, classes of communes, zones of communes, or classes
        of zones.
    payload, sha256 : str
        Name of its GeoPackage beside the manifest, and checksum.
    source : mapping
        The user's file: ``name``, ``sha256``, ``rows``.
    added : str
        ISO day.
    rows : int
        How many rows it holds.
    record : mapping or None
        The edition as the catalogue is to have it; dates as ISO text.
    accuracy_m : float or None
        Of outlines, in metres.
    """

    layer: str
    edition: str
    kind: Kind
    payload: str
    sha256: str
    source: Mapping[str, Any]
    added: str
    rows: int
    record: Mapping[str, Any] | None = None
    accuracy_m: float | None = None

    @property
    def key(self) -> tuple[str, str, Kind]:
        """What a newer addition of the same replaces."""
        return (self.layer, self.edition, self.kind)

    @property
    def list(self) -> str:
        """Name of its list in the store."""
        return list_name(*self.key)


class UserFiles(NamedTuple):
    """Where what the user added is.

    Attributes
    ----------
    additions : Path or None
        The manifest's folder; None for a store of what ships alone.
    catalog : Path or None
        The folder of the user's own catalogue.
    """

    additions: Path | None
    catalog: Path | None

    @property
    def manifest(self) -> Path | None:
        """The manifest's file."""
        return self.additions / MANIFEST if self.additions else None

    def catalog_files(self) -> list[Path]:
        """List the user's catalogue files.

        Returns
        -------
        list of Path
            By name.
        """
        return sorted(self.catalog.glob("*.toml")) if self.catalog else []

    def digest(self) -> str:
        """Fingerprint the manifest and the user's catalogue.

        Returns
        -------
        str
            The sha256; empty where there is neither.
        """
        manifest = self.manifest
        files = [manifest] if manifest and manifest.is_file() else []
        files += self.catalog_files()
        if not files:
            return ""
        digest = hashlib.sha256()
        for path in files:
            digest.update(path.name.encode() + b"\0")
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def read(self) -> list[Addition]:
        """Read the manifest.

        Returns
        -------
        list of Addition
            In the order in which they came.

        Raises
        ------
        StoreError
            If it cannot be understood.
        """
        path = self.manifest
        if path is None or not path.is_file():
            return []
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["version"] != VERSION:
                msg = f"version {content['version']}"
                raise ValueError(msg)  # noqa: TRY301  (one message for every defect)
            additions = [Addition(**item) for item in content["additions"]]
            for one in additions:
                if one.kind not in get_args(Kind) or Path(one.payload).name != one.payload:
                    msg = f"{one.kind}, {one.payload}"
                    raise ValueError(msg)  # noqa: TRY301
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{path} : liste des ajouts illisible ({error}). Déplacez ce fichier, puis ajoutez "
                "de nouveau vos fichiers : python -m zonage_geo data add …"
            ) from error
        return additions

    def write(self, additions: Sequence[Addition]) -> None:
        """Replace the manifest, all at once.

        Parameters
        ----------
        additions : sequence of Addition
            All of them.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        assert self.manifest is not None  # noqa: S101  (a store without a home has no additions)
        content = {"version": VERSION, "additions": [one._asdict() for one in additions]}
        partial = self.manifest.with_name(f".{MANIFEST}.partiel")
        text = json.dumps(content, ensure_ascii=False, indent=1)
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(self.manifest)

    def payload(self, addition: Addition) -> Path:
        """Give an addition's GeoPackage, its checksum verified.

        Parameters
        ----------
        addition : Addition
            Of the manifest.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        StoreError
            If it is missing, or has changed.
        """
        assert self.additions is not None  # noqa: S101
        path = self.additions / addition.payload
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == addition.sha256:
            return path
        what = "a changé" if path.is_file() else "a disparu"
        raise StoreError(
            f"{path} : cet ajout {what}. Ajoutez de nouveau {addition.source['name']}, ou "
            f"retirez-le : python -m zonage_geo data remove {addition.layer} "
            f"--edition {addition.edition}"
        )


NOBODY = UserFiles(None, None)
"""What ships alone."""


def user_files(settings: Settings) -> UserFiles:
    """Tell where what the user added is.

    Parameters
    ----------
    settings : Settings
        For the home folder.

    Returns
    -------
    UserFiles
        ``processed/ajouts`` and ``catalog`` in it, whether they exist or not.
    """
    home = settings.home_folder()
    return UserFiles(home / "processed" / "ajouts", home / "catalog")


def list_name(layer: str, edition: str, kind: Kind) -> str:
    """Name an addition's list in the store.

    Parameters
    ----------
    layer, edition : str
        Their ids.
    kind : Kind
        What the addition is.

    Returns
    -------
    str
        Unlike that of any list that ships: it has a slash.
    """
    name = f"{layer}/{edition}"
    return f"{name}/quartiers" if kind == "zone_classes" else name


def perimeter_list(layer: str, edition: str) -> str:
    """Name the list of the communes that an edition's perimeters touch.

    Parameters
    ----------
    layer, edition : str
        Their ids.

    Returns
    -------
    str
        Name in ``zone_lists``; its communes are of the store's vintage.
    """
    return f"perimetres:{layer}/{edition}"


def as_toml(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give an edition of the manifest as a TOML file would have it.

    Parameters
    ----------
    record : mapping
        Dates as ISO text.

    Returns
    -------
    dict
        Dates as dates.
    """
    return {k: date.fromisoformat(v) if k in DATES else v for k, v in record.items()}

"""Perimeters held against what is known of their zones: which there are, in which communes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import shapely

from zonage_geo.additions.outlines import known_outlines
from zonage_geo.additions.wanted import Content, Wanted
from zonage_geo.readers.cells import counted
from zonage_geo.readers.errors import ReadError
from zonage_geo.readers.loaded import ReadReport
from zonage_geo.store.apply import comes_within
from zonage_geo.territory.calendar import LAST_YEAR, calendar
from zonage_geo.territory.timeline import STORE_DAY, vintage

if TYPE_CHECKING:
    from zonage_geo.catalog.model import Edition
    from zonage_geo.store import Store

__all__ = ["Checked", "in_their_communes"]

MAX_FAR = 0.5
"""Above this share of perimeters out of their communes, the file is not what it says."""
SHOWN = 8


class Checked(NamedTuple):
    """Perimeters that lie where they should, and what is to be read of the others.

    Attributes
    ----------
    content : Content
        Without those drawn elsewhere than in their communes; its reports tell them.
    warnings : tuple of str
        French sentences.
    """

    content: Content
    warnings: tuple[str, ...] = ()


def in_their_communes(content: Content, wanted: Wanted, store: Store, accuracy_m: float) -> Checked:
    """Set aside perimeters drawn out of their communes; doubt codes that no list knows.

    The communes of a zone are those of the edition's list, else those that the file names.

    Parameters
    ----------
    content : Content
        Of kind ``zones``, EPSG:4326, its ``communes`` of the store's vintage.
    wanted : Wanted
        What it was read for.
    store : Store
        Open, with outlines.
    accuracy_m : float
        Of the perimeters, in metres; that of the outlines is added to it.

    Returns
    -------
    Checked
        The others.

    Raises
    ------
    ReadError
        If more than half of them lie elsewhere.
    """
    frame, file = content.frame, wanted.file
    listed = _listed(wanted.edition, store)
    named = {
        code: listed.get(code) or frozenset(str(communes).split())
        for code, communes in zip(frame["code"], frame["communes"], strict=True)
    }
    outlines = known_outlines(store.file, frozenset().union(*named.values()))
    metres = accuracy_m + max(float(store.metadata["accuracy_communes_m"]), store.widest_outline_m)
    report = ReadReport(f"place des périmètres de {file}", len(frame))
    strange, keep = [], []
    for code, shape in zip(frame["code"], frame.geometry, strict=True):
        keep.append(_touches(shape, named[code], outlines, metres))
        if not keep[-1]:
            by = "la liste de l’édition" if code in listed else "le fichier"
            told = f"{_where(shape, store)} ; {by} le met dans {_towns(named[code], store)}."
            report.drop(None, code, "ailleurs", told, lost=True)
        elif wanted.edition.complete and listed and code not in listed:
            strange.append(code)
            told = "la liste de l’édition n’a pas ce code : gardé, à vérifier."
            report.add(None, code, "code inconnu", told)
    far = [line.code for line in report.dropped]
    if len(far) > MAX_FAR * len(frame):
        raise ReadError(
            file,
            f"{counted(len(far), 'périmètre')} sur {len(frame)} hors de leur commune ; {far[0]} : "
            f"{report.dropped[0].detail.removesuffix('.')}",
            "Codes ou coordonnées faux ? Vérifiez la colonne des codes (--column zone=NOM), le "
            "système (--crs) et l’édition.",
        )
    report.rows_kept = report.rows_out = sum(keep)
    warnings = []
    if far:
        told = "Dessinés hors de leur commune, donc mis de côté (sans périmètre) : "
        warnings.append(f"{told}{_some(far)}.")
    if strange:
        told = "Codes que la liste de l'édition n'a pas, gardés, à vérifier : "
        warnings.append(f"{told}{_some(strange)}.")
    reports = [*content.reports, *([report] if report.lines else [])]
    return Checked(content._replace(frame=frame[keep], reports=reports), tuple(warnings))


def _listed(edition: Edition, store: Store) -> dict[str, set[str]]:
    """Give the communes of each zone that the edition's list has, of the store's vintage."""
    listed: dict[str, set[str]] = {}
    if edition.unit != "zone_list" or edition.source is None:
        return listed
    at, day = calendar().timeline.at, vintage(edition.cog or LAST_YEAR)
    for commune, zone, _ in store.zone_list(edition.source.partition(":")[2]):
        listed.setdefault(zone, set()).update(at(commune, day, STORE_DAY))
    return listed


def _touches(
    shape: shapely.Geometry,
    communes: Collection[str],
    outlines: Mapping[str, list[shapely.Geometry]],
    metres: float,
) -> bool:
    """Tell whether a perimeter comes near one of its communes, or nothing says that it does not."""
    if not communes or any(code not in outlines for code in communes):
        return True
    known = (outline for code in communes for outline in outlines[code])
    return any(comes_within(outline, shape, metres) for outline in known)


def _where(shape: shapely.Geometry, store: Store) -> str:
    point = shapely.point_on_surface(shape)
    near = store.outlines_near("communes", point.x, point.y, 0.0)
    return f"dessiné dans {_towns(near[0].codes, store)}" if near else "dessiné hors des communes"


def _towns(codes: Iterable[str], store: Store) -> str:
    return " ou ".join(f"{code} ({store.commune_name(code) or '?'})" for code in sorted(codes))


def _some(codes: Collection[str]) -> str:
    shown = sorted(codes)[:SHOWN]
    return ", ".join(shown) + (f" et {len(codes) - SHOWN} autres" * (len(codes) > SHOWN))

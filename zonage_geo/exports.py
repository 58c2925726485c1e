"""A frame written as users open it: Excel, QGIS, a shapefile, a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from zonage_geo.batch.model import objects, require
from zonage_geo.colophon.facts import Facts
from zonage_geo.colophon.files import check_free, written
from zonage_geo.colophon.formats import write_metadata, write_sheet, write_table, write_text
from zonage_geo.errors import InputError
from zonage_geo.readers.cells import as_text

__all__ = ["SHAPED", "TABLES", "check", "short_names", "write"]

TABLES = (".csv", ".xlsx", ".parquet")
SHAPED = (".gpkg", ".geojson", ".shp", *TABLES)
"""What a frame with geometry may be written as."""
SIDECARS = (".shx", ".dbf", ".prj", ".cpg")
INDEXES = (".qix", ".sbn", ".sbx", ".idm", ".ind")
"""Of the rows of a shapefile that is replaced: QGIS or ArcGIS would look for others by them."""
DEGREES = 7
"""Decimals of degrees in GeoJSON: a centimetre."""
DBF_TEXT = 254
"""Bytes that a text of a shapefile may have."""
DBF_NAME = 10

LEFT_OUT = ""
"""What stands for the short name of a column that a shapefile cannot hold."""

SHORT = {
    "zonage_medecins": "zm",
    "departements_ars": "dars",
    "massif": "mas",
    "montagne": "mon",
    "departement": "dep",
    "departement_nom": "dep_nom",
    "region_nom": "reg_nom",
    "surface_km2": "surf_km2",
    "zip_zac_min_m": "zz_min_m",
    "zip_zac_max_m": "zz_max_m",
    "lignes_perdues": "lig_perdu",
    "communes_partagees": "com_part",
    "exoneration": "exo",
    "part_communes": "part_com",
    "part_population": "part_pop",
    "part_surface": "part_surf",
    "communes_sans_population": "sans_pop",
    "communes_sauf_qpv": "com_sqpv",
    "population_sauf_qpv": "pop_sqpv",
    "changement": "change",
    "avant_libelle": "avant_lib",
    "apres_libelle": "apres_lib",
    "avant_verdict": "avant_ver",
    "apres_verdict": "apres_ver",
}
ENDS = {
    "_libelle": "_lib",
    "_verdict": "_ver",
    "_dans_la_commune": "_com",
    "_base": "_bas",
    "_code": "_cod",
    "_motif": "_mot",
    "_a_verifier": "_avr",
    "_sauf_qpv": "_sqp",
    "_noms": "_nom",
    "_part_surface": "_psu",
    "_part_population": "_ppo",
}
"""Names of ten characters, chosen rather than cut."""


def check(out: Path, suffixes: Iterable[str], *, force: bool) -> None:
    """Refuse an output that nothing writes, or that would lose something.

    Parameters
    ----------
    out : Path
        Where to write.
    suffixes : iterable of str
        What is possible.
    force : bool
        Whether a file that is there may be replaced.

    Raises
    ------
    InputError
        If it is so.
    """
    allowed = list(suffixes)
    if out.suffix.casefold() not in allowed:
        raise InputError(
            f"{out} : la sortie s'écrit en {', '.join(allowed)} ; donnez-lui un autre nom."
        )
    check_free(out, force=force)
    if out.suffix.casefold() == ".xlsx":
        require("openpyxl", "openpyxl", "écrire un classeur")
    if out.suffix.casefold() == ".parquet":
        require("pyarrow", "pyarrow", "écrire un Parquet")


def write(frame: pd.DataFrame, out: Path, name: str, facts: Facts) -> dict[str, str]:
    """Write a frame.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        Geometry in EPSG:4326; left out of tables.
    out : Path
        As `check` allows it; what is there is replaced, once all is written.
    name : str
        Of the layer or the sheet.
    facts : Facts
        What the file says of itself, in its own way or in a text beside it.

    Returns
    -------
    dict of str to str
        Columns that a shapefile had to rename; those it cannot hold (texts of more than 254
        bytes) have no name there.

    Raises
    ------
    InputError
        If the format cannot hold it.
    """
    suffix = out.suffix.casefold()
    plain = frame.copy()
    plain.attrs = {}  # not all of it is what files can hold
    with written(out) as part:
        if suffix == ".shp":
            return _shapefile(plain, part, out, facts)
        _WRITERS[suffix](plain, part, name, facts)
    return {}


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))


def _csv(frame: pd.DataFrame, path: Path, _name: str, facts: Facts) -> None:
    """Write what Excel in French opens: semicolons, decimal commas, UTF-8 with its mark."""
    _yes_no(_table(frame)).to_csv(
        path,
        index=False,
        sep=";",
        decimal=",",
        float_format="%.10g",
        encoding="utf-8-sig",
        lineterminator="\r\n",
    )
    write_text(path, facts)


def _yes_no(frame: pd.DataFrame) -> pd.DataFrame:
    flags = [name for name in frame.columns if pd.api.types.is_bool_dtype(frame[name].dtype)]
    return frame.assign(**{name: frame[name].map({True: "oui", False: "non"}) for name in flags})


def _parquet(frame: pd.DataFrame, path: Path, _name: str, facts: Facts) -> None:
    frame.to_parquet(path, index=False)
    write_metadata(path, facts)


def _xlsx(frame: pd.DataFrame, path: Path, name: str, facts: Facts) -> None:
    openpyxl = require("openpyxl", "openpyxl", "écrire un classeur")
    table = _yes_no(_table(frame))
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    bold = openpyxl.styles.Font(bold=True)
    columns = [objects(table[column], None) for column in table.columns]
    _rows(sheet, [[str(c) for c in table.columns], *zip(*columns, strict=True)], openpyxl)
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    for cells, values in zip(sheet.columns, columns, strict=True):
        cells[0].font = bold
        letter = cells[0].column_letter
        longest = max([len(str(cells[0].value)), *(len(_shown(v)) for v in values[:500])])
        sheet.column_dimensions[letter].width = min(max(longest + 2, 8), 50)
        if str(cells[0].value).startswith("part_") or "_part_" in str(cells[0].value):
            for cell in cells[1:]:
                cell.number_format = "0.0%"
    write_sheet(book, facts, openpyxl)
    book.save(path)


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else "" if value is None else str(value)


def _rows(sheet: Any, rows: Iterable[Iterable[object]], openpyxl: Any) -> None:  # noqa: ANN401
    illegal = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value is None:
                continue
            cell = sheet.cell(at, column)
            if isinstance(value, bool | int | float):
                cell.value = value
            else:
                cell.value = illegal.sub("", as_text(value))
                cell.data_type = "s"  # also where it starts with an equals sign


def _attributes(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Make attributes that GDAL takes: categoricals as text."""
    out = frame.copy()
    for name in out.columns:
        if isinstance(out[name].dtype, pd.CategoricalDtype):
            out[name] = pd.Series(objects(out[name], None), index=out.index, dtype=object)
    return gpd.GeoDataFrame(out, geometry="geometry", crs=4326)


def _gpkg(frame: pd.DataFrame, path: Path, name: str, facts: Facts) -> None:
    told = " ".join(f"{subject} : {detail}" for subject, detail in facts[:6])
    pyogrio.write_dataframe(
        _attributes(frame),
        path,
        layer=name,
        driver="GPKG",
        geometry_type="MultiPolygon",
        promote_to_multi=True,
        layer_options={"DESCRIPTION": told[:2000]},
    )
    write_table(path, facts)


def _geojson(frame: pd.DataFrame, path: Path, name: str, facts: Facts) -> None:
    pyogrio.write_dataframe(
        _attributes(frame),
        path,
        layer=name,
        driver="GeoJSON",
        layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": str(DEGREES)},
    )
    write_text(path, facts)


Writer = Callable[[pd.DataFrame, Path, str, Facts], None]
_WRITERS: Mapping[str, Writer] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
    ".gpkg": _gpkg,
    ".geojson": _geojson,
}


# shapefiles


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Choose names of at most ten characters, each once.

    Parameters
    ----------
    names : iterable of str
        Column names.

    Returns
    -------
    dict of str to str
        Name to short name, in their order; those that fit stay.
    """
    out: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short = SHORT.get(name, name)
        if len(short) > DBF_NAME or short == name:
            short = _abridged(name)
        base, rank = short[:DBF_NAME], 1
        short = base
        while short.casefold() in taken:
            rank += 1
            short = f"{base[: DBF_NAME - len(str(rank))]}{rank}"
        taken.add(short.casefold())
        out[name] = short
    return out


def _abridged(name: str) -> str:
    if len(name) <= DBF_NAME:
        return name
    for end, short_end in sorted(ENDS.items(), key=lambda item: -len(item[0])):
        if name.endswith(end):
            head = name.removesuffix(end)
            return SHORT.get(head, head)[: DBF_NAME - len(short_end)] + short_end
    return name


def _shapefile(frame: pd.DataFrame, part: Path, out: Path, facts: Facts) -> dict[str, str]:
    """Write a shapefile: several files, those that go with it moved first."""
    table = _attributes(frame)
    columns = [str(c) for c in table.columns if c != "geometry"]
    long = [name for name in columns if _longest(table[name]) > DBF_TEXT]
    table = table.drop(columns=long)
    columns = [name for name in columns if name not in long]
    names = short_names(columns)
    table = table.rename(columns=names)
    flags = [n for n in table.columns if pd.api.types.is_bool_dtype(table[n].dtype)]
    table[flags] = table[flags].astype("int32")
    drawn = part.with_suffix(".shp")  # GDAL writes it so, whatever the case asked
    pyogrio.write_dataframe(table, drawn, driver="ESRI Shapefile", encoding="UTF-8")
    drawn.replace(part)
    renamed = {name: short for name, short in names.items() if name != short}
    write_text(part, _renamed(facts, names, long))
    for suffix in INDEXES:
        out.with_suffix(suffix).unlink(missing_ok=True)
    for suffix in SIDECARS:
        made = part.with_suffix(suffix)
        if made.exists():
            made.replace(out.with_suffix(suffix))
    return renamed | dict.fromkeys(long, LEFT_OUT)


def _renamed(facts: Facts, names: Mapping[str, str], lost: Iterable[str]) -> Facts:
    """Name columns as the shapefile does; leave out those that it could not hold."""
    short = {f"colonne {name}": f"colonne {new} ({name})" for name, new in names.items()
             if name != new}  # fmt: skip
    gone = {f"colonne {name}" for name in lost}
    return tuple((short.get(subject, subject), told) for subject, told in facts
                 if subject not in gone)  # fmt: skip


def _longest(column: pd.Series) -> int:
    return max((len(value.encode()) for value in column if isinstance(value, str)), default=0)

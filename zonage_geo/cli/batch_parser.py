"""The words of ``batch``, in French; imports argparse and nothing of ours."""

from __future__ import annotations

import argparse
from typing import Any, TypeAlias

__all__ = ["add_batch"]

Actions: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001  (it has no public name)

EXAMPLES = """\
exemples :
  {0} batch cabinets.csv -o cabinets_zones.csv
  {0} batch points.csv -o zones.xlsx --lon X --lat Y --crs EPSG:2154
  {0} batch liste.xlsx -o liste_zones.csv --insee "code commune"
  {0} batch cabinets.xlsx -o zones.xlsx --adresse Rue --code-postal CP
  {0} batch points.parquet -o zones.parquet --workers 4

En entrée : CSV (tout séparateur, tout encodage, même en .gz ou .zip), Parquet, GeoPackage,
shapefile, GeoJSON, FlatGeobuf, xlsx, xls ou ods. Il y faut des points, deux colonnes de
coordonnées, une colonne de codes commune, ou des adresses. Les adresses sont cherchées en
ligne (Géoplateforme) par morceaux, puis dans celles connues ici (data add ban, mairies) ;
avec --offline, rien n'est envoyé. Un lot interrompu se relance : rien n'est demandé deux fois.
En sortie, d'après le suffixe : .csv, .parquet, .gpkg, .xlsx ou .geojson. Une ligne en sortie
par ligne en entrée, dans le même ordre : vos colonnes, inchangées, puis celles des zonages
(zg_…). Une ligne qu'on ne peut pas situer est gardée, et dit pourquoi dans zg_erreur. La date,
les sources, les réserves et le compte des lignes vont avec : feuille « À savoir » du classeur,
table zg_sources du GeoPackage, métadonnées du Parquet, et à côté des autres un texte,
SORTIE.sources.txt.
SORTIE.sources.txt.

codes de sortie : 0 écrit (les lignes en erreur sont comptées), 2 demande ou fichier à
corriger, 4 données absentes ou magasin impossible à construire."""


def add_batch(commands: Actions, program: str) -> None:
    """Add ``batch``.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        Where the commands are.
    program : str
        What users type before it.
    """
    batch = commands.add_parser(
        "batch",
        help="les zonages de chaque ligne d'un fichier",
        description="Ajoute à chaque ligne d'un fichier les zonages qui s'y appliquent, à une "
        "date.",
        epilog=EXAMPLES.format(program),
    )
    batch.add_argument("fichier", help="le fichier des lieux")
    batch.add_argument(
        "-o", "--output", metavar="SORTIE", required=True, help="le fichier à écrire"
    )
    batch.add_argument("--force", action="store_true", help="remplacer la sortie si elle existe")
    batch.add_argument(
        "--date", metavar="DATE", help="AAAA-MM-JJ ou JJ/MM/AAAA (aujourd'hui par défaut)"
    )
    batch.add_argument("--lon", metavar="COL", help="la colonne des longitudes (ou des x)")
    batch.add_argument("--lat", metavar="COL", help="la colonne des latitudes (ou des y)")
    batch.add_argument("--insee", metavar="COL", help="la colonne des codes commune")
    batch.add_argument(
        "--adresse",
        metavar="COL",
        action="append",
        default=[],
        help="une colonne d'adresses (peut se répéter : numéro, puis voie)",
    )
    batch.add_argument("--code-postal", metavar="COL", help="la colonne des codes postaux")
    batch.add_argument("--ville", metavar="COL", help="la colonne des noms de communes")
    batch.add_argument(
        "--offline", action="store_true", help="ne jamais envoyer d'adresse sur le réseau"
    )
    batch.add_argument(
        "--sans-verdicts",
        action="store_true",
        help="l'appartenance nue, sans marge d'erreur ni motif : plus rapide",
    )
    batch.add_argument("--crs", metavar="EPSG:CODE", help="le système de coordonnées, s'il manque")
    batch.add_argument("--encoding", metavar="NOM", help="l'encodage, s'il n'est pas reconnu")
    batch.add_argument("--sheet", metavar="FEUILLE", help="la feuille d'un classeur")
    batch.add_argument(
        "--layer", metavar="COUCHE", help="la couche d'un GeoPackage, ou le fichier d'un zip"
    )
    batch.add_argument("--chunk", metavar="N", help="lignes traitées à la fois (mémoire)")
    batch.add_argument("--threads", metavar="N", help="fils de calcul (un par cœur par défaut)")
    batch.add_argument(
        "--workers", metavar="N", help="répartir un Parquet entre N processus (extra dask)"
    )
    batch.add_argument(
        "--scheduler",
        metavar="ADRESSE",
        help="le répartir entre les machines d'un ordonnanceur dask (tcp://hôte:port)",
    )
    batch.set_defaults(command="batch")

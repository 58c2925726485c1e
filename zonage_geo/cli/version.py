"""What ``--version`` prints."""

from __future__ import annotations

__all__ = ["version_text"]


def version_text() -> str:
    """Say which version this is, and which lists and data it speaks of.

    Returns
    -------
    str
        One line: nothing is opened, and no store need be there.
    """
    from importlib.metadata import PackageNotFoundError, version

    from zonage_geo.sources import package_spec
    from zonage_geo.store.inputs import inputs_digest
    from zonage_geo.store.schema import SCHEMA_VERSION
    from zonage_geo.territory import STORE_DAY

    try:
        number = version("zonage_geo")
    except PackageNotFoundError:  # run from its folder, not installed
        number = "(non installé)"
    spec = package_spec()
    return (
        f"zonage_geo {number}, listes livrées {inputs_digest()[:12]} (COG {STORE_DAY[:4]}), "
        f"{spec.name} {spec.version}, magasin de schéma {SCHEMA_VERSION}"
    )

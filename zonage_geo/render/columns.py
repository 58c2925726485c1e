"""What the columns of an overlay mean, in French: for its « À savoir » sheet and for --help."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["COLUMNS", "columns_told"]

COLUMNS: dict[str, str] = {
    "_verdict": (
        "la classe de la commune entière compte-t-elle (oui, non, indéterminé), quartiers (QPV) "
        "non compris : où {0}_sauf_qpv dit oui, un lieu précis peut avoir une autre réponse"
    ),
    "_sauf_qpv": (
        "oui : un quartier (QPV) de la commune a, ou peut avoir, une autre classe qu'elle ; "
        "ne vous fiez alors à {0}_verdict qu'en dehors des quartiers"
    ),
    "_dans_la_commune": (
        "la commune a-t-elle au moins un de ces quartiers (oui, non, indéterminé) ; oui ne veut "
        "pas dire que toute la commune en est un : pour une adresse, locate ou batch"
    ),
    "_n": "combien de ces quartiers la commune a",
    "_part_surface": "part de la surface de la commune qu'ils couvrent",
    "_part_population": "part des habitants de la commune qui y vivent, si elle est connue",
    "_base": "ce que la liste écrit de la commune, avant la date et les réserves",
    "_motif": "pourquoi cette réponse",
    "_to_check": "oui : quelque chose reste à vérifier (voir « à vérifier » de la couche)",
}
"""What a column says, by the end of its name; ``{0}`` stands for the layer."""
PLAIN_VERDICT = "la classe de la commune compte-t-elle (oui, non, indéterminé)"
"""What ``_verdict`` says of a layer whose quarters have no class of their own."""
SECTORS_VERDICT = "la commune est-elle dans un secteur (oui, non, indéterminé)"


def columns_told(columns: Iterable[str], layers: Iterable[str]) -> list[tuple[str, str]]:
    """Say what the columns of layers mean.

    Parameters
    ----------
    columns : iterable of str
        Those of a frame.
    layers : iterable of str
        Layers it may tell of.

    Returns
    -------
    list of tuple
        Name and sentence, of the columns that are in the frame.
    """
    held = set(columns)
    out = []
    for layer in dict.fromkeys(layers):
        for end, sentence in COLUMNS.items():
            name = f"{layer}{end}"
            if name not in held:
                continue
            if end == "_verdict" and f"{layer}_sauf_qpv" not in held:
                sectors = f"{layer}_noms" in held
                sentence = SECTORS_VERDICT if sectors else PLAIN_VERDICT  # noqa: PLW2901
            told = sentence.format(layer)
            out.append((f"colonne {name}", f"{told[:1].upper()}{told[1:]}."))
    return out

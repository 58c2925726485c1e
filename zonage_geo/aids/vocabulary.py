"""The words of the conditions: those of the profile, those of the place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zonage_geo.aids.conditions import Word
from zonage_geo.aids.spelling import fold

__all__ = ["EXONERATION", "FOLDER", "MOUNTAIN", "words_of"]

FOLDER = Path(__file__).parent
MOUNTAIN = "montagne_ou_massif"
"""Worked out of two layers: massif, montagne."""
EXONERATION = "pdsa.exoneration"
"""Whether the place's sector holds a commune in ZIP: said by the layer's items."""


def words_of(
    profile: Mapping[str, Mapping[str, Any]],
    layers: Mapping[str, Mapping[str, Any]],
    territory: Mapping[str, Mapping[str, Any]],
    ids: Iterable[str],
) -> dict[str, Word]:
    """Make the vocabulary.

    Parameters
    ----------
    profile : mapping
        Words of the profile: kind, values, synonyms, bounds, label.
    layers : mapping
        Layers: label, classes.
    territory : mapping
        Codes of régions and départements.
    ids : iterable of str
        Every aid.

    Returns
    -------
    dict of str to Word
        By name.
    """
    known = tuple(ids)
    words = {name: _profile_word(name, spec, known) for name, spec in profile.items()}
    for name, layer in layers.items():
        words[name] = Word(name, "layer", tuple(layer["classes"]), layer["label"])
    for name, codes in (("region", "regions"), ("departement", "departements")):
        words[name] = Word(name, "code", tuple(territory[codes]), name)
    words["jour"] = Word("jour", "date", (), "le jour")
    words[MOUNTAIN] = Word(MOUNTAIN, "known", (), "commune de montagne ou de massif")
    words[EXONERATION] = Word(EXONERATION, "known", (), "secteur de garde avec une ZIP")
    return words


def _profile_word(name: str, spec: Mapping[str, Any], ids: tuple[str, ...]) -> Word:
    values = ids if spec["kind"] == "ids" else tuple(spec.get("values", ()))
    spellings = {fold(value): value for value in values}
    for value, others in spec.get("synonyms", {}).items():
        spellings |= {fold(other): value for other in others}
    bounds = spec.get("bounds")
    return Word(
        name,
        spec["kind"],
        values,
        spec["label"],
        spellings,
        spec.get("other"),
        tuple(map(fold, spec.get("refused", ()))),
        {fold(text): facts for text, facts in spec.get("implies", {}).items()},
        spec.get("yes_no", False),
        (float(bounds[0]), float(bounds[1])) if bounds else None,
    )

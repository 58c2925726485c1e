"""Settlement aids: what a place opens, at a date, for a profile.

Rules are data, one TOML an aid. They stand on verdicts alone: no geometry is known here, and
a place may be an answer of ``locate`` or a plain mapping.
"""

from __future__ import annotations

from zonage_geo.aids.answers import AidVerdict, Answer, Answers
from zonage_geo.aids.evaluation import evaluate
from zonage_geo.aids.model import Aid
from zonage_geo.aids.rulebook import Rules, rules

__all__ = ["Aid", "AidVerdict", "Answer", "Answers", "Rules", "evaluate", "rules"]

"""An answer as French text, JSON or HTML."""

from __future__ import annotations

from zonage_geo.render.html import to_html
from zonage_geo.render.plain import SCHEMA, to_dict
from zonage_geo.render.text import to_text

__all__ = ["SCHEMA", "to_dict", "to_html", "to_text"]

"""Millions of places at once, with the answers that `locate` gives one by one."""

from __future__ import annotations

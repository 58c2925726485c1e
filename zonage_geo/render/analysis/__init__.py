"""Analyses of territories as French text for a terminal, and as plain data."""

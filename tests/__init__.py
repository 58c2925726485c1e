"""Tests, as a package: helpers are imported from it."""

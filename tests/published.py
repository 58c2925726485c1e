"""Figures that others published: the tests' oracle, in one place."""

from __future__ import annotations

COMMUNES_BY_YEAR = {  # communes on 1 January: France, Occitanie (INSEE)
    2014: (36682, 4565),
    2015: (36658, 4565),
    2016: (35885, 4516),
    2017: (35416, 4488),
    2018: (35357, 4485),
    2019: (34970, 4454),
    2020: (34968, 4454),
    2021: (34965, 4454),
    2022: (34955, 4454),
    2023: (34945, 4453),
    2024: (34935, 4453),
    2025: (34875, 4446),
}
COMMUNES_OF_OCCITANIE = {  # by département, 2025 (INSEE)
    "09": 325,
    "11": 433,
    "12": 285,
    "30": 350,
    "31": 586,
    "32": 458,
    "34": 341,
    "46": 312,
    "48": 152,
    "65": 469,
    "66": 226,
    "81": 314,
    "82": 195,
}
OCCITANIE = tuple(COMMUNES_OF_OCCITANIE)
ZONAGE_OF_OCCITANIE = {  # ZIP, ZAC, ZAR by département: the CartoSanté extract of May 2025
    "09": (88, 237, 0),
    "11": (200, 215, 18),
    "12": (117, 167, 0),  # and Conques-en-Rouergue, which the list lacks
    "30": (88, 226, 36),
    "31": (57, 287, 242),
    "32": (123, 334, 1),
    "34": (62, 193, 86),
    "46": (115, 197, 0),
    "48": (77, 75, 0),
    "65": (169, 300, 0),
    "66": (89, 104, 33),
    "81": (134, 140, 40),
    "82": (100, 81, 14),
}

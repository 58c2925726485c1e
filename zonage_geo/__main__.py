"""``python -m zonage_geo``."""

from __future__ import annotations

import sys

from zonage_geo.cli import main

if __name__ == "__main__":
    sys.exit(main())

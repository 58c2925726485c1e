"""Write docs/aides.md, the page of reference of the aids, from their TOML files."""

from __future__ import annotations

from pathlib import Path

from zonage_geo.aids import rules
from zonage_geo.render.aids_sheets import reference_page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "aides.md"


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(reference_page(rules()), encoding="utf-8", newline="\n")
    print(PAGE)


if __name__ == "__main__":
    main()

"""A real browser for the tests: Debian's Chromium, driven by Playwright, cut off from any network.

Skipped where one of the two is not there. ``.ci/run`` installs both.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

__all__ = ["Seen", "chromium", "opened"]

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY = '.zg[data-pret="oui"]'
APP = (
    "Object.entries(window).find(([name, value]) => "
    "name.startsWith('map_') && value && value.zonage)[1].zonage"
)
"""The page's application, in its own words."""


class Seen(NamedTuple):
    """A page, and what it did that it should not."""

    page: Page
    requests: list[str]
    errors: list[str]

    def app(self, expression: str) -> Any:  # noqa: ANN401
        """Evaluate something of the application, ``app``."""
        return self.page.evaluate(f"(() => {{ const app = {APP}; return {expression}; }})()")

    def quiet(self) -> bool:
        """Tell whether it asked nothing of any network and reported no error."""
        return not self.requests and not self.errors


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium; skip where it or Playwright is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("needs Debian's chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser,
    path: Path | str,
    *,
    width: int = 1280,
    height: int = 800,
    allowed: str = "",
    **how: Any,  # noqa: ANN401
) -> Iterator[Seen]:
    """Open a page in a context of its own; what it asks of ``allowed`` is not held against it."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, offline=not allowed, **how
    )
    page = context.new_page()
    seen = Seen(page, [], [])

    def asked(request: Request) -> None:
        inside = request.url.startswith(("file:", "data:", "blob:", "about:"))
        if not inside and not (allowed and request.url.startswith(allowed)):
            seen.requests.append(request.url)

    def said(message: ConsoleMessage) -> None:
        ours = "willReadFrequently" in message.text  # the tests read pixels, the page does not
        if message.type in ("error", "warning") and not ours:
            seen.errors.append(message.text)

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(path if isinstance(path, str) else path.as_uri())
    if page.query_selector(".zg") is not None:
        page.wait_for_selector(READY, timeout=60_000)
    yield seen
    context.close()

"""A real browser for pages: headless Chromium, driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable() -> str:
    """Of Chromium; the test is skipped where there is none, unless SYMGEN_REQUIRE_BROWSER says that there must be."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    try:
        import playwright  # noqa: F401
    except ImportError:
        path = None
    if path is None:
        why = f"needs playwright and a browser: one of {', '.join(NAMES)}"
        if os.environ.get("SYMGEN_REQUIRE_BROWSER"):
            pytest.fail(why)
        pytest.skip(why)
    return path


@contextmanager
def chromium() -> Iterator:
    """A browser without a screen or a network of its own."""
    path = executable()
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=flags)
        yield browser
        browser.close()


class Watched:
    """A page, with everything that it logs, breaks on or asks for."""

    def __init__(self, browser, path: Path, **options) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]", timeout=20_000)

    def __enter__(self):
        return self.page

    def __exit__(self, *_) -> None:
        self.context.close()

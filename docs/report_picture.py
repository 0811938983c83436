"""The picture on the page about reports: that of KdV in headless Chromium. Run: python docs/report_picture.py"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from checkout import environment
from PIL import Image
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "pages" / "images" / "report.png"
SIZE = {"width": 1240, "height": 1460}


def main() -> None:
    """Discover, write the report, take its picture."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "symgen", "discover", "kdv", "--no-figures", "--report", "--quiet"]
        subprocess.run(command, cwd=folder, env=environment(), check=True)
        page_file, shot = Path(folder) / "kdv-report.html", Path(folder) / "report.png"
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE)
            page.goto(page_file.as_uri())
            page.wait_for_selector("html[data-ready]")
            page.wait_for_timeout(500)
            page.screenshot(path=shot)
            browser.close()
        Image.open(shot).convert("RGB").save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()

"""Pictures of pages at 1280 and 390 pixels, light and dark, to be looked at before a page is called done.

    python -m benchmarks.screenshots --url http://localhost:8000 --cookie SESSION --out pictures /w/demo/ /gallery/

`--cookie` is the session of somebody who is signed in (`manage.py shell` or the browser's own tools show it).
Prints one JSON line a picture: the page, the width, the theme, whether it scrolls sideways, what the console said.
"""

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

WIDTHS = {1280: 800, 390: 844}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", help="addresses below --url, such as /w/demo/")
    parser.add_argument("--url", default="http://localhost:8000")
    parser.add_argument("--cookie", default="", help="value of the cookie `sessionid`")
    parser.add_argument("--out", type=Path, default=Path("test-artifacts/screenshots"))
    parser.add_argument("--fold", action="store_true", help="only what is seen without scrolling")
    return parser.parse_args()


def picture(browser: Browser, options: argparse.Namespace, path: str, width: int, theme: Theme) -> dict[str, object]:
    context = browser.new_context(
        base_url=options.url, viewport={"width": width, "height": WIDTHS[width]}, color_scheme=theme
    )
    if options.cookie:
        context.add_cookies([{"name": "sessionid", "value": options.cookie, "url": options.url}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    answer = page.goto(path, wait_until="load")
    page.wait_for_timeout(600)  # charts and toasts have settled
    name = f"{path.strip('/').replace('/', '-').replace('?', '-') or 'first'}-{width}-{theme}.png"
    page.screenshot(path=options.out / name, full_page=not options.fold)
    excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    context.close()
    status = answer.status if answer else None
    return {
        "page": path,
        "status": status,
        "width": width,
        "theme": theme,
        "file": name,
        "excess": excess,
        "said": said,
    }


def main() -> None:
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for path in options.paths:
            for width in WIDTHS:
                for theme in THEMES:
                    print(json.dumps(picture(browser, options, path, width, theme)), flush=True)
        browser.close()


if __name__ == "__main__":
    main()

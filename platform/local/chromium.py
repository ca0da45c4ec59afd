"""The browser of the browser tests: what is on the machine, else from the system, else from Playwright."""

import os
import shutil
import subprocess
from pathlib import Path

from local.environment import BASE_DIR
from local.progress import step, warn
from local.trouble import Trouble

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
DOWNLOADED = BASE_DIR / ".chromium"


def find() -> str:
    """The path of a Chromium that starts, or nothing. CHROMIUM in the environment comes first."""
    named = [os.environ[name] for name in ("CHROMIUM",) if os.environ.get(name)]
    on_path = [found for name in NAMES if (found := shutil.which(name))]
    carried = [str(path) for path in sorted(DOWNLOADED.glob("chromium-*/chrome-*/chrome"), reverse=True)]
    return next((path for path in (*named, *on_path, *APPLICATIONS, *carried) if starts(path)), "")


def starts(path: str) -> bool:
    """A package may be an empty shell that only points to another shop, so the program is asked."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def ensure(python: Path) -> str:
    """The path of a Chromium, installed if there was none."""
    if found := find():
        return found
    for install in (from_system, from_playwright):
        install(python)
        if found := find():
            return found
    raise Trouble(
        "The browser tests need Chromium, and it could not be installed (the reason is above): "
        "install it and set CHROMIUM=/path/to/chromium, or leave these tests out with `make check`."
    )


def from_system(python: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    step("Installing Chromium with apt-get")
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        complain_if_failed(["apt-get", *command], {"DEBIAN_FRONTEND": "noninteractive"})


def from_playwright(python: Path) -> None:
    step("Downloading Chromium with Playwright")
    libraries = ["--with-deps"] if os.geteuid() == 0 else []
    complain_if_failed(
        [str(python), "-m", "playwright", "install", *libraries, "chromium"],
        {"PLAYWRIGHT_BROWSERS_PATH": str(DOWNLOADED)},
    )


def complain_if_failed(command: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run(
        command, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        warn((done.stderr or done.stdout).strip()[-1_000:])

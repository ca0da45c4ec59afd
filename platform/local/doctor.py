"""What is wrong with this installation, in plain words; works where nothing is installed yet."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from local import address, bootstrap, folders
from local.environment import BASE_DIR, Environment
from local.trouble import Trouble

LOW, LOWEST = 5 * 1024**3, 1024**3  # bytes free on the disk: worth a word, and too few
LOOK = """
import importlib.metadata as m, json
found = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in m.distributions()}
import torch
print(json.dumps([found, torch.cuda.get_device_name() if torch.cuda.is_available() else ""]))
"""


class Level(Enum):
    GOOD = "good"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    subject: str
    level: Level
    sentence: str


def good(subject: str, sentence: str) -> Finding:
    return Finding(subject, Level.GOOD, sentence)


def note(subject: str, sentence: str) -> Finding:
    return Finding(subject, Level.NOTE, sentence)


def wrong(subject: str, sentence: str) -> Finding:
    return Finding(subject, Level.WRONG, sentence)


def python(environment: Environment) -> Iterable[Finding]:
    try:
        bootstrap.check_python()
        yield good("Python", f"{sys.version.split()[0]} at {sys.executable}")
    except Trouble as trouble:
        yield wrong("Python", str(trouble))


def packages(environment: Environment) -> Iterable[Finding]:
    """Versions against the pins, and whether torch sees a GPU, asked of the venv itself."""
    interpreter = bootstrap.interpreter()
    if not interpreter:
        yield wrong("Packages", f"{bootstrap.VENV} is missing or does not work: `make up` makes it.")
        return
    asked = subprocess.run([interpreter, "-c", LOOK], capture_output=True, text=True, cwd=BASE_DIR)
    if asked.returncode:
        reason = asked.stderr.strip().splitlines()[-1:] or ["no reason given"]
        yield wrong("Packages", f"torch cannot be imported ({reason[0]}): remove .venv and run `make up`.")
        return
    found, gpu = json.loads(asked.stdout)
    unmet = list(unmet_pins(found, environment.given("TORCH_REQUIREMENT")))
    if unmet:
        yield wrong("Packages", f"{'; '.join(unmet)}: `make up` installs what is pinned.")
    else:
        yield good("Packages", "every pin of requirements.txt is met")
    yield note("GPU", gpu or "none seen: training runs on the processor")


def unmet_pins(found: dict[str, str], torch: str) -> Iterable[str]:
    for name in ("requirements.txt", "requirements-nodeps.txt"):
        for line in (BASE_DIR / name).read_text().splitlines():
            pin, equals, version = line.partition("#")[0].partition("--hash")[0].strip().partition("==")
            package = pin.partition("[")[0].lower().replace("_", "-")
            if equals and not (package == "torch" and torch) and found.get(package, "").partition("+")[0] != version:
                yield f"{package} is {found.get(package, 'missing')} and should be {version}"


def data_folder(environment: Environment) -> Iterable[Finding]:
    folder = environment.data_dir
    if not folder.exists():
        yield note("Data", f"{folder} is not there yet: `make up` makes it.")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield wrong("Data", f"{folder} cannot be written: run as its owner, or set another DATA_DIR.")
    else:
        yield good("Data", f"{folder} can be written")


def disk(environment: Environment) -> Iterable[Finding]:
    place = next(each for each in (environment.data_dir, *environment.data_dir.parents) if each.exists())
    free = shutil.disk_usage(place).free
    words = f"{free / 1024**3:.1f} GB free where {environment.data_dir} lies"
    if free < LOWEST:
        yield wrong("Disk", f"only {words}: make room.")
    else:
        yield (note if free < LOW else good)("Disk", words)


def servers(environment: Environment) -> Iterable[Finding]:
    """Who holds the data folder, and whether the page's port is free or ours."""
    if not environment.data_dir.is_dir():
        yield note("Servers", "not running: `make up` starts them.")
        return
    holder = folders.holder(environment.data_dir)
    if holder:
        yield good("Servers", f"{holder} runs")
        return
    yield note("Servers", "not running: `make up` starts them.")
    try:
        address.reserve(environment).close()
    except Trouble as trouble:
        yield wrong("Address", str(trouble))


def browser(environment: Environment) -> Iterable[Finding]:
    from local import chromium

    found = chromium.find()
    yield good("Browser", found) if found else note("Browser", "no Chromium: `make test` installs one.")


CHECKS: tuple[Callable[[Environment], Iterable[Finding]], ...] = (
    python,
    packages,
    data_folder,
    disk,
    servers,
    browser,
)


def examine(environment: Environment) -> list[Finding]:
    return [finding for check in CHECKS for finding in check(environment)]


def tell(findings: list[Finding]) -> bool:
    """Prints every finding; true when nothing is wrong."""
    for finding in findings:
        print(f"  {finding.level.value:<7}{finding.subject:<12}{finding.sentence}", flush=True)
    return all(finding.level is not Level.WRONG for finding in findings)


def run(environment: Environment) -> None:
    """All that can be said without Django, then what Django can say once a database is there."""
    fine = tell(examine(environment))
    if can_ask_django(environment):
        command = [bootstrap.interpreter(), str(BASE_DIR / "manage.py"), "doctor", "--inside"]
        fine &= subprocess.run(command, cwd=BASE_DIR).returncode == 0
    raise SystemExit(0 if fine else 1)


def can_ask_django(environment: Environment) -> bool:
    has_addresses = environment.given("DATABASE_URL") and environment.given("REDIS_URL")
    return bool(bootstrap.interpreter() and (has_addresses or (environment.data_dir / "run.json").exists()))

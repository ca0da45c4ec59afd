"""The virtual environment and what is installed into it. Runs on a bare Python."""

import fcntl
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.environment import BASE_DIR, Environment
from local.progress import step, warn
from local.trouble import Trouble

VENV = BASE_DIR / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
UNFINISHED = VENV / "unfinished"  # there while pip works: after a kill, half a package cannot be told from a whole one
LEAST_PYTHON = (3, 11)
ROOM = 4 * 1024**3  # what the packages need on the disk, with room for unpacking
RUNTIME = ("requirements.txt", "constraints.txt", "requirements-nodeps.txt")
DEVELOPMENT = ("requirements-dev.txt",)


def ensure(environment: Environment, *, development: bool = False) -> Path:
    """The interpreter of a venv that holds exactly what the requirement files ask for."""
    check_python()
    wanted = fingerprint(RUNTIME + (DEVELOPMENT if development else ()), environment.given("TORCH_REQUIREMENT"))
    with one_at_a_time():
        if not is_working() or not wanted.items() <= read_stamp().items():
            make_venv()
            UNFINISHED.touch()
            install(environment, development=development)
            STAMP.write_text(json.dumps(read_stamp() | wanted))
            UNFINISHED.unlink()
        write_paths()
    return PYTHON


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two commands that begin together install one after the other."""
    folder = os.open(BASE_DIR, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def check_python() -> None:
    if sys.version_info < LEAST_PYTHON:
        raise Trouble(
            f"{sys.executable} is Python {sys.version.split()[0]}, and 3.11 or newer is needed: "
            "install one, or name it: `make up PYTHON=/path/to/python3`."
        )


def fingerprint(files: tuple[str, ...], torch: str) -> dict[str, str]:
    made = {name: hashlib.sha256((BASE_DIR / name).read_bytes()).hexdigest() for name in files}
    return made | {"python": ".".join(map(str, sys.version_info[:2])), "torch": torch}


def read_stamp() -> dict[str, str]:
    """What was installed last, by the hashes of the files that asked for it."""
    try:
        return json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}


def is_working() -> bool:
    """False when the interpreter that the venv points to has gone or is of another version."""
    if not os.access(PYTHON, os.X_OK):
        return False
    done = subprocess.run([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
    return done.stdout.split() == [str(part) for part in sys.version_info[:2]]


def interpreter() -> str:
    """A Python with the packages: the venv's, else the running one where it has them itself; else nothing."""
    if is_working() and read_stamp():
        return str(PYTHON)
    return sys.executable if importlib.util.find_spec("django") else ""


def make_venv() -> None:
    """A fresh one, unless there is one that works and was left whole."""
    if is_working() and has_pip(PYTHON) and not UNFINISHED.exists():
        return
    free = shutil.disk_usage(BASE_DIR).free
    if free < ROOM:
        raise Trouble(f"The packages need 4 GB in {BASE_DIR}, and {free / 1024**3:.1f} GB are free: make room first.")
    step(f"Making {VENV} with Python {sys.version.split()[0]}")
    with_pip = importlib.util.find_spec("ensurepip") is not None
    if not with_pip and outer_pip_version() < (22, 3):
        raise Trouble(
            f"{sys.executable} comes without ensurepip, so no virtual environment can be made: install it "
            "(Debian and Ubuntu: apt-get install python3-venv), or name another: `make up PYTHON=/path/to/python3`."
        )
    options = ["--clear"] if with_pip else ["--clear", "--without-pip"]
    run_quietly([sys.executable, "-m", "venv", *options, str(VENV)], "no virtual environment could be made")


def has_pip(python: Path) -> bool:
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0


def outer_pip_version() -> tuple[int, ...]:
    """The version of the pip beside the outer Python: from 22.3 on it can install into a venv that has none."""
    done = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True)
    words = done.stdout.split()
    return tuple(int(part) for part in words[1].split(".")[:2]) if done.returncode == 0 else (0,)


def pip() -> list[str]:
    if has_pip(PYTHON):
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def install(environment: Environment, *, development: bool) -> None:
    """Torch first, because it may come from elsewhere; the hash-pinned wheel last, without what it asks for."""
    step("Installing the requirements (the first time this takes some minutes)")
    command = [*pip(), "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    torch, rest = split_torch(environment.given("TORCH_REQUIREMENT"))
    chosen = VENV / "requirements.txt"
    chosen.write_text("\n".join(rest) + "\n")
    pinned = ["-c", str(BASE_DIR / "constraints.txt")]
    run_quietly([*command, *torch], "torch could not be installed")
    run_quietly([*command, *pinned, "-r", str(chosen)], "the requirements could not be installed")
    without = ["--no-deps", "--require-hashes", "-r", str(BASE_DIR / "requirements-nodeps.txt")]
    run_quietly([*command, *without], "the default encoder could not be installed")
    if development:
        step("Installing what the tests need")
        wanted = ["-r", str(BASE_DIR / "requirements-dev.txt")]
        run_quietly([*command, *pinned, *wanted], "what the tests need could not be installed")


def split_torch(replacement: str) -> tuple[list[str], list[str]]:
    """The line for torch, or what replaces it, and all other lines."""
    lines = [line.partition("#")[0].strip() for line in (BASE_DIR / "requirements.txt").read_text().splitlines()]
    pin = [line for line in lines if line.startswith("torch==")]
    return shlex.split(replacement) or pin, [line for line in lines if line and line not in pin]


def write_paths() -> None:
    """One .pth file, so that gunicorn, Celery, torchrun and a notebook find `config`, `accounts`, `lm` too."""
    words = f"{BASE_DIR}\n{BASE_DIR / 'platform'}\n"
    for packages in VENV.glob("lib/python3.*/site-packages"):
        path = packages / "touchstone.pth"
        if not path.is_file() or path.read_text() != words:
            path.write_text(words)


def run_quietly(command: list[str], complaint: str) -> None:
    """Shows what the command said only when it failed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode == 0:
        return
    warn("\n".join(done.stdout.splitlines()[-15:]))
    if "No space left on device" in done.stdout:
        raise Trouble(f"The disk that holds {BASE_DIR} is full: make room, then run the same command again.")
    raise Trouble(
        f"{complaint[0].upper()}{complaint[1:]}; its words are above. Check that the package index answers "
        "(`python3 -m pip config list` shows which one), then run the same command again."
    )

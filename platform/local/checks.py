"""`make test`, `make check` and `make test-all`: everything that a change has to pass, on servers of its own."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import bootstrap, chromium, temporary
from local.environment import Environment
from local.progress import step
from local.trouble import Trouble

TIERS = {"check": "not browser and not slow", "test": "not slow", "test-all": ""}
PRODUCTION = {"PUBLIC_URL": "https://touchstone.example", "SECRET_KEY": secrets.token_urlsafe(50)}


def run(tier: str, arguments: list[str]) -> None:
    python = bootstrap.ensure(Environment(), development=True)
    browser = chromium.ensure(python) if tier != "check" else ""
    with temporary.environment() as variables:
        if browser:
            variables["CHROMIUM"] = browser
        with types_beside(python, variables):
            for name, command, more in steps(python):
                step(name)
                complain(name, temporary.run(command, {**variables, **more}))
        step("Tests")
        code = temporary.run([*pytest(python, tier), *arguments], {**variables, "DATABASE_IS_MIGRATED": "yes"})
    raise SystemExit(code)


@contextmanager
def types_beside(python: Path, variables: dict[str, str]) -> Iterator[None]:
    """Types take as long as all other checks together, and a core of their own."""
    with temporary.running([str(python), "-m", "mypy", "--no-error-summary", "."], variables) as types:
        yield
        step("Types")
        complain("Types", types.wait())


def complain(name: str, code: int) -> None:
    if code:
        raise Trouble(f"{name}: failed; the reason is above. `make format` mends what a program can mend.")


def steps(python: Path) -> list[tuple[str, list[str], dict[str, str]]]:
    """The table of what comes before the tests: name, command, additional variables."""
    program, manage = str(python), [str(python), "manage.py"]
    return [
        ("Format", [program, "-m", "ruff", "format", "--check", "--quiet", "."], {}),
        ("Lint", [program, "-m", "ruff", "check", "--quiet", "."], {}),
        ("Django's checks", [*manage, "check"], {}),
        (
            "Django's checks on production settings",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            PRODUCTION,
        ),
        ("Migrations match the models", [*manage, "makemigrations", "--check", "--dry-run"], {}),
        ("A database for the tests to copy", [*manage, "migrate", "--verbosity", "0"], {}),
    ]


def pytest(python: Path, tier: str) -> list[str]:
    workers = min(4, max(2, os.cpu_count() or 2))
    chosen = ["-m", TIERS[tier]] if TIERS[tier] else []
    return [str(python), "-m", "pytest", "-q", "-n", str(workers), "--dist", "worksteal", *chosen]

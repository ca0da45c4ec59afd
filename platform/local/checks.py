"""`make test`, `make check` and `make test-all`: everything that a change has to pass, on servers of its own."""

import os
import secrets
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
        for name, command, more in steps(python):
            step(name)
            if temporary.run(command, {**variables, **more}):
                raise Trouble(f"{name}: failed; the reason is above. `make format` mends what a program can mend.")
        step("Tests")
        code = temporary.run([*pytest(python, tier), *arguments], variables)
    raise SystemExit(code)


def steps(python: Path) -> list[tuple[str, list[str], dict[str, str]]]:
    """The table of checks before the tests: name, command, additional variables."""
    program, manage = str(python), [str(python), "manage.py"]
    return [
        ("Format", [program, "-m", "ruff", "format", "--check", "--quiet", "."], {}),
        ("Lint", [program, "-m", "ruff", "check", "--quiet", "."], {}),
        ("Types", [program, "-m", "mypy", "--no-error-summary", "."], {}),
        ("Django's checks", [*manage, "check"], {}),
        (
            "Django's checks on production settings",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            PRODUCTION,
        ),
        ("Migrations match the models", [*manage, "makemigrations", "--check", "--dry-run"], {}),
    ]


def pytest(python: Path, tier: str) -> list[str]:
    workers = min(4, max(2, os.cpu_count() or 2))
    chosen = ["-m", TIERS[tier]] if TIERS[tier] else []
    return [str(python), "-m", "pytest", "-q", "-n", str(workers), *chosen]

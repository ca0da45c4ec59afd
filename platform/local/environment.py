"""What the environment says: variables first, then `.env`, then what `make up` wrote beside the embedded servers."""

import json
import os
from functools import cached_property
from pathlib import Path

from local.trouble import Trouble

BASE_DIR = Path(__file__).resolve().parents[2]

# Every variable that settings and `make up` read; `.env` may hold them too.
VARIABLES = frozenset(
    [
        "HOST",
        "PORT",
        "PUBLIC_URL",
        "DATABASE_URL",
        "REDIS_URL",
        "DATA_DIR",
        "SECRET_KEY",
        "EMAIL_URL",
        "EMAIL_FROM",
        "TRUSTED_PROXIES",
        "WORKERS",
        "ALLOWED_HOSTS",
        "DEBUG",
        "DEMO",
        "DB_POOL",
        "MAX_UPLOAD_MB",
        "API_RATE",
        "MODEL_ROOTS",
        "ALLOW_HUB",
        "OUTGOING_HOSTS",
        "DELIVERY_ROOTS",
        "MODEL_KEYS",
        "METRICS_TOKEN",
        "KEEP_DELETED_DAYS",
        "LOG_LEVEL",
        "TORCH_REQUIREMENT",
        "ENV_FILE",
    ]
)


class Misconfigured(Trouble):
    """Says which variable is wrong and what to do."""


def read_dotenv(path: Path) -> dict[str, str]:
    """`NAME=value` lines; blank lines and comments are skipped, one pair of quotes is removed."""
    if not path.is_file():
        return {}
    values = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        line = line.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Misconfigured(f"{path}, line {number}: expected NAME=value.")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        values[name.strip()] = value
    return values


class Environment:
    """Typed access to the settings of one process."""

    def __init__(self, base_dir: Path = BASE_DIR, variables: dict[str, str] | None = None) -> None:
        self.base_dir = base_dir
        own = os.environ if variables is None else variables
        self._own = own
        self._values = {**read_dotenv(base_dir / own.get("ENV_FILE", ".env")), **own}
        self.data_dir = (base_dir / self.text("DATA_DIR", ".local")).resolve()

    @cached_property
    def _running(self) -> dict[str, str]:
        """`run.json` holds the addresses and the secret of the embedded servers; the owner alone can read it."""
        try:
            return json.loads((self.data_dir / "run.json").read_text())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{self.data_dir}/run.json cannot be read ({error}); run `make up` again.") from None

    def text(self, name: str, default: str | None = None) -> str:
        value = self.given(name)
        if value:
            return value
        if default is None:
            raise Misconfigured(f"{name} is not set: put it in the environment or in .env.")
        return default

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name, str(default)).lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"0", "false", "no", "off"}:
            return False
        raise Misconfigured(f"{name} is {value!r}: write true or false.")

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) < least:
            raise Misconfigured(f"{name} is {value!r}: write a whole number of at least {least}.")
        return int(value)

    def words(self, name: str, default: str = "") -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def pairs(self, name: str) -> dict[str, str]:
        """`host=key` words; what stands before the first `=` is told apart without regard to case."""
        found = {}
        for word in self.words(name):
            host, equals, value = word.partition("=")
            if not (host.strip() and equals and value.strip()):
                raise Misconfigured(f"{name} holds a word that is not host=key.")  # its value may be secret
            found[host.strip().lower()] = value.strip()
        return found

    def from_running(self, name: str) -> str:
        """A value that `make up` makes when the environment does not give it."""
        value = self.given(name) or self.running(name)
        if not value:
            raise Misconfigured(
                f"{name} is not set and no embedded servers are running: start them with `make up`, or set {name}."
            )
        return value

    def running(self, name: str) -> str:
        """What `make up` runs with, or nothing."""
        return self._running.get(name, "")

    def given(self, name: str) -> str:
        """What the environment or `.env` says, or nothing."""
        return self._values.get(name, "").strip()

    def given_here(self, name: str) -> str:
        """What this process alone was given, or nothing: `.env` says it to every process."""
        return self._own.get(name, "").strip()

    @property
    def is_embedded(self) -> bool:
        """True when the database is the one that `make up` keeps in DATA_DIR."""
        return not self.given("DATABASE_URL")

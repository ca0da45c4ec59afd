"""What the environment says: variables first, then `.env`, then what `make up` wrote beside the embedded servers."""

import json
import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parents[2]


class Misconfigured(SystemExit):
    """One sentence that says which variable is wrong and what to do; exits with 1."""


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
        self._values = {**read_dotenv(base_dir / ".env"), **own}
        self.data_dir = (base_dir / self.text("DATA_DIR", ".local")).resolve()
        self._running = self._read_running()

    def _read_running(self) -> dict[str, str]:
        """`run.json` holds the addresses and the secret of the embedded servers; the owner alone can read it."""
        try:
            return json.loads((self.data_dir / "run.json").read_text())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise Misconfigured(f"{self.data_dir}/run.json cannot be read ({error}); run `make up` again.") from None

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name, "").strip()
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

    def from_running(self, name: str) -> str:
        """A value that `make up` makes when the environment does not give it."""
        value = self._values.get(name, "").strip() or self._running.get(name, "")
        if not value:
            raise Misconfigured(
                f"{name} is not set and no embedded servers are running: start them with `make up`, or set {name}."
            )
        return value

    @property
    def is_embedded(self) -> bool:
        """True when the database is the one that `make up` keeps in DATA_DIR."""
        return not self._values.get("DATABASE_URL", "").strip()


def database(url: str, *, pool: int) -> dict[str, object]:
    """Django's settings from `postgresql://user:password@host:port/name?host=/socket/folder&option=value`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise Misconfigured(f"DATABASE_URL begins with {parts.scheme or 'nothing'}://: only postgresql:// will do.")
    options: dict[str, object] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        port = str(parts.port or options.pop("port", ""))
    except ValueError:
        raise Misconfigured("DATABASE_URL holds a port that is not a number.") from None
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise Misconfigured("DATABASE_URL names no database: end it with /name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": port,
        "OPTIONS": {**options, "pool": {"min_size": 1, "max_size": pool}},
    }


def celery_broker(url: str) -> str:
    """Celery spells a socket address otherwise than redis-py: redis+socket://…?virtual_host=n."""
    parts = urlsplit(url)
    if parts.scheme in {"redis", "rediss"}:
        return url
    if parts.scheme != "unix":
        raise Misconfigured(
            f"REDIS_URL begins with {parts.scheme or 'nothing'}://: redis://, rediss:// or unix:// will do."
        )
    number = parse_qs(parts.query).get("db", ["0"])[-1]
    password = f":{parts.password}@" if parts.password else ""
    return f"redis+socket://{password}{parts.path}?virtual_host={number}"

"""Addresses as the environment spells them, turned into what Django and Celery expect."""

from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from local.environment import Misconfigured


def port_of(parts: SplitResult, name: str) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise Misconfigured(f"{name} holds a port that is not a number up to 65535.") from None


def database(url: str, *, pool: int) -> dict[str, object]:
    """Django's settings from `postgresql://user:password@host:port/name?host=/socket/folder&option=value`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise Misconfigured(f"DATABASE_URL begins with {parts.scheme or 'nothing'}://: only postgresql:// will do.")
    options: dict[str, object] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    port = str(port_of(parts, "DATABASE_URL") or options.pop("port", ""))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise Misconfigured("DATABASE_URL names no database: end it with /name.")
    return {
        "ENGINE": "web.database",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": port,
        "OPTIONS": {**options, "pool": {"min_size": 1, "max_size": pool, "timeout": 5}},  # seconds until a clear error
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

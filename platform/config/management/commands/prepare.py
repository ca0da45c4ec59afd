"""What `make up` does before the web starts: migrations, static files, the demo people."""

import hashlib
import json
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import NotSupportedError

from config.installation import LEAST_POSTGRES
from local.archive import Exchange
from local.trouble import Trouble

FIRST_ADMIN = """
Nobody can sign in yet. The first admin comes by two commands; the second prints a link to choose a password by:

    .venv/bin/python manage.py create_token --email you@example.org --workspace lab --role admin
    .venv/bin/python manage.py reset_link --email you@example.org
"""


class Command(BaseCommand):
    help = "Makes database and static files ready for the web server."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        check_restored()
        check_database()
        check_redis()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.say("Migrating the database")
            call_command("migrate", interactive=False, verbosity=0)
        stamp, wanted = settings.DATA_DIR / "static.json", fingerprint()
        if not settings.STATIC_ROOT.is_dir() or not stamp.is_file() or stamp.read_text() != wanted:
            self.say("Gathering static files")
            stamp.unlink(missing_ok=True)
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.write_text(wanted)
        call_command("demo_people", if_missing=True, stdout=self.stdout)
        if settings.DEMO:
            call_command("demo", begin=True, if_new=True, stdout=self.stdout)
        if not get_user_model().objects.filter(is_active=True).exists():
            self.stdout.write(FIRST_ADMIN)

    def say(self, text: str) -> None:
        self.stdout.write(f"{'':10}{text}")
        self.stdout.flush()


def check_restored() -> None:
    if Exchange(settings.MEDIA_ROOT).was_broken_off:
        raise Trouble(
            "A restore was broken off, so database and files may be of two times: run it again, with "
            "`make restore FILE=… ARGS=--replace`."
        )


def check_database() -> None:
    try:
        psycopg.connect(
            **{"connect_timeout": 5, **connection.get_connection_params()}
        ).close()  # the pool hides the reason
        connection.ensure_connection()
    except NotSupportedError:
        raise Trouble(too_old()) from None
    except (DatabaseError, psycopg.Error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise Trouble(f"DATABASE_URL leads to no database ({reason}): check address, name and password.") from None
    if connection.pg_version < LEAST_POSTGRES * 10_000:  # type: ignore[attr-defined]
        raise Trouble(too_old())


def too_old() -> str:
    found = connection.pg_version // 10_000  # type: ignore[attr-defined]
    return f"DATABASE_URL leads to PostgreSQL {found}, and {LEAST_POSTGRES} or newer is needed: upgrade it first."


def check_redis() -> None:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3).ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise Trouble(f"REDIS_URL leads to no Redis ({error}): check the address and the password.") from None


def fingerprint() -> str:
    """Changes when a static file does; gathering takes seconds, so it is done only then."""
    seen = []
    for finder in get_finders():
        for name, storage in finder.list(ignore_patterns=[]):
            found = Path(storage.path(name)).stat()
            seen.append((name, found.st_size, found.st_mtime_ns))
    return json.dumps({"sha256": hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()})

"""`manage.py doctor`: what is wrong, in plain words, and 1 as exit status when something is."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.timezone import now

from config import installation
from local import doctor
from local.doctor import Finding, good, note, wrong
from local.environment import Environment

HEARD_OF = timedelta(seconds=60)


class Command(BaseCommand):
    help = "Says what is wrong: Python, packages, folders, disk, database, broker, workers."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--inside", action="store_true", help="only what Django knows: database, broker, workers")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [] if options["inside"] else doctor.examine(Environment())
        is_fine = doctor.tell([*findings, *inside()])
        raise SystemExit(0 if is_fine else 1)


def inside() -> Iterable[Finding]:
    yield from database()
    yield broker()
    yield mail()


def database() -> Iterable[Finding]:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        yield wrong("Database", f"does not answer ({reason}): is `make up` running, is DATABASE_URL right?")
        return
    version = connection.pg_version  # type: ignore[attr-defined]
    if version // 10_000 < installation.LEAST_POSTGRES:
        yield wrong("Database", f"PostgreSQL {version // 10_000}; {installation.LEAST_POSTGRES} or newer is needed.")
        return
    yield good("Database", f"PostgreSQL {version // 10_000}.{version % 10_000} answers")
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield wrong("Migrations", f"{len(plan)} not applied: `make up` or `manage.py migrate` applies them.")
        return
    yield good("Migrations", "all applied")
    yield from workers()


def workers() -> Iterable[Finding]:
    worker = apps.get_model("jobs", "Worker")
    alive = worker.objects.filter(seen_at__gt=now() - HEARD_OF).order_by("name")
    if not alive:
        yield wrong("Workers", "none was heard of in the last minute: long work waits until `make up` runs one.")
    for each in alive:
        yield good("Workers", f"{each.name} serves {each.queues}{f' on {each.device}' if each.device else ''}")
    served = {queue for each in alive for queue in each.queues.split(",")}
    unserved = [queue for queue in apps.get_model("jobs", "Job").Queue.values if queue not in served]
    if alive and unserved:
        names = " and ".join(unserved)
        yield wrong("Workers", f"nobody serves {names}: jobs there wait until `manage.py worker --queues` names it.")


def broker() -> Finding:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3).ping()
    except (redis.RedisError, OSError, ValueError) as error:
        return wrong("Broker", f"Redis does not answer ({error}): jobs begin late, by the sweeper. Look at REDIS_URL.")
    return good("Broker", "Redis answers")


def mail() -> Finding:
    if settings.HAS_MAIL:
        return good("Mail", f"by {settings.EMAIL_HOST}")
    return note("Mail", "EMAIL_URL is not set: invitations are links to copy, and passwords are reset by an admin.")

"""Seen from outside: is the process there, can it serve, and what does it do."""

import secrets
from functools import cache
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from jobs import metrics, workers
from jobs.models import Job


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nobody else, so that a database that is away does not get the web restarted."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database and migrations decide the status; without broker or workers pages still serve, so they are only told."""
    found = {**database(), "broker": broker()}
    ready = found["database"] == "here" and found["migrations"] == "applied"
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


@never_cache
@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    if not may_read_metrics(request):
        return HttpResponse("Metrics are for this machine, or for bearers of METRICS_TOKEN.\n", status=403)
    return HttpResponse(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    """A call that any proxy passed on is not from this machine, whatever its address says."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    if getattr(request, "is_forwarded", False):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def database() -> dict[str, Any]:
    """A session of its own with a short wait: the pool would let a probe hang while the database is away."""
    own = connection.copy()
    own.settings_dict["OPTIONS"] = {**own.settings_dict["OPTIONS"], "connect_timeout": 2}
    own.settings_dict["OPTIONS"].pop("pool", None)
    try:
        own.ensure_connection()
        is_current = are_migrations_applied(own)
    except DatabaseError:
        return {"database": "away", "migrations": "unknown", "workers": {}}
    finally:
        own.close()
    if not is_current:
        return {"database": "here", "migrations": "missing", "workers": {}}
    return {
        "database": "here",
        "migrations": "applied",
        "workers": {q: len(workers.serving(q)) for q in Job.Queue.values},
    }


_known_applied: set[str] = set()


def are_migrations_applied(own: BaseDatabaseWrapper) -> bool:
    """Asked until the answer is yes: what is applied stays so for as long as this process runs."""
    name = str(own.settings_dict["NAME"])
    if name not in _known_applied:
        executor = MigrationExecutor(own)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _known_applied.add(name)
    return True


@cache
def store() -> Redis:
    never = Retry(NoBackoff(), 0)
    return Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=never)


def broker() -> str:
    try:
        store().ping()
    except (RedisError, OSError):
        return "away"
    return "here"

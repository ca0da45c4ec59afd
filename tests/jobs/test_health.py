"""What probes and Prometheus see, and who may read it."""

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection
from django.test import Client

from jobs import claims, health
from jobs.models import Job, Worker


def test_healthz_asks_no_database(client):
    """Without the `db` fixture a query would be an error."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_readyz_tells_of_database_migrations_broker_and_workers(db, client):
    Worker.objects.create(name="w@here", queues="short,cpu", slots=1)
    body = client.get("/readyz").json()
    assert body["ready"] is True
    assert (body["database"], body["migrations"]) == ("here", "applied")
    assert body["workers"] == {"short": 1, "cpu": 1, "gpu": 0}


def test_the_doctor_names_the_queues_that_nobody_serves(db, capsys):
    Worker.objects.create(name="w@here", queues="short", slots=1)
    with pytest.raises(SystemExit) as end:
        call_command("doctor", inside=True)
    assert end.value.code == 1
    assert "nobody serves cpu and gpu: jobs there wait" in capsys.readouterr().out
    Worker.objects.create(name="x@there", queues="cpu,gpu", slots=1)
    with pytest.raises(SystemExit) as end:
        call_command("doctor", inside=True)
    assert end.value.code == 0
    assert "nobody serves" not in capsys.readouterr().out


def test_readyz_stays_ready_while_the_broker_is_away(db, client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    health.store.cache_clear()
    try:
        answer = client.get("/readyz")
    finally:
        health.store.cache_clear()
    assert (answer.status_code, answer.json()["broker"]) == (200, "away")


def test_readyz_refuses_while_migrations_are_missing(db, client, monkeypatch):
    monkeypatch.setattr(health, "_known_applied", set())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations WHERE app = 'jobs'")
        assert cursor.fetchone()[0] >= 1
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: ["a step"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "missing")


def test_readyz_refuses_soon_while_the_database_is_away(db, client, monkeypatch):
    absent = connection.copy()
    absent.settings_dict |= {"HOST": "127.0.0.1", "PORT": "1"}
    monkeypatch.setattr(health, "connection", absent)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "away")


def read(client: Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = [line.rpartition(" ") for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in lines}


def test_metrics_count_jobs_by_queue_and_state(start, client):
    for _number in range(2):
        start("trial.count")
    claims.take(start("trial.hang").pk, worker="w")
    found = read(client)
    assert found['touchstone_jobs{queue="short",state="queued"}'] == 2
    assert found['touchstone_jobs{queue="cpu",state="running"}'] == 1
    assert found['touchstone_jobs{queue="gpu",state="failed"}'] == 0
    assert 0 < found['touchstone_queue_age_seconds{queue="short"}'] < 60
    assert found['touchstone_workers{queue="short"}'] == 0
    assert any(name.startswith("touchstone_web_resident_bytes") for name in found)
    assert Job.objects.count() == 3


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "", "fe80::1"])
def test_metrics_are_for_this_machine(db, client, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200


@pytest.mark.parametrize("proxies", [[], ["127.0.0.0/8"]])
@pytest.mark.parametrize("forwarded", ["203.0.113.9", "127.0.0.1", "nonsense"])
def test_a_stranger_behind_a_proxy_on_this_machine_is_no_local_caller(db, client, settings, proxies, forwarded):
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = [ip_network(word) for word in proxies]
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=forwarded).status_code == 403


@pytest.mark.parametrize("header", ["X_FORWARDED_PROTO", "X_FORWARDED_HOST", "FORWARDED", "VIA", "X_REAL_IP"])
def test_whatever_header_tells_of_a_proxy_closes_metrics(db, client, header):
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1", **{f"HTTP_{header}": "1.1 proxy"}).status_code == 403


@pytest.mark.parametrize(("header", "status"), [("Bearer s3cret", 200), ("Bearer other", 403), ("Basic s3cret", 403)])
def test_a_token_opens_metrics_from_anywhere(db, client, settings, header, status):
    settings.METRICS_TOKEN = "s3cret"
    answer = client.get("/metrics", REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION=header)
    assert answer.status_code == status


def test_an_empty_token_opens_nothing(db, client):
    assert configured.METRICS_TOKEN == ""
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION="Bearer ").status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nothing_is_changed_from_outside(db, client, path):
    assert client.post(path).status_code == 405

"""A ring wakes a worker; one that fails costs nothing but seconds."""

import threading
import time

import pytest
from celery import current_app
from django.db import transaction
from kombu import Connection, pools

from jobs import launch, rings
from jobs.models import Job


@pytest.fixture
def broker(monkeypatch):
    """`broker(address)`: rings go there."""
    monkeypatch.setattr(rings, "_away_until", 0.0)

    def use(address: str) -> Connection:
        options = current_app.conf.broker_transport_options
        connection = Connection(address, transport_options=options, connect_timeout=4)
        monkeypatch.setattr(current_app.amqp, "_producer_pool", pools.producers[connection])
        return connection

    return use


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/redis.sock"])
def test_a_broker_that_is_away_costs_the_request_no_time(start, broker, address, researcher):
    broker(address)
    began = time.monotonic()
    assert rings.ring(Job(queue="short")) is False
    assert rings.ring(Job(queue="short")) is False
    assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
def test_a_job_is_kept_when_the_broker_dies_at_commit(start, broker):
    broker("redis://127.0.0.1:1/0")
    job = start("trial.count")
    assert Job.objects.get(pk=job.pk).state == "queued"


@pytest.mark.django_db(transaction=True)
def test_a_ring_goes_out_when_the_row_can_be_seen_and_never_before(researcher, monkeypatch):
    rung = []
    monkeypatch.setattr(rings, "ring", lambda job: rung.append(job.pk))
    with pytest.raises(RuntimeError), transaction.atomic():
        launch.start("trial.count", scope=researcher.scope, arguments={})
        raise RuntimeError
    assert rung == []
    with transaction.atomic():
        job = launch.start("trial.count", scope=researcher.scope, arguments={})
        assert rung == []
    assert rung == [job.pk]


def test_a_ring_lies_in_the_queue_of_its_job_whichever_thread_rang(broker):
    connection = broker("memory://")
    thread = threading.Thread(target=rings.ring, args=(Job(queue="gpu"),))
    thread.start()
    thread.join(90)
    with connection.SimpleQueue("gpu") as queue:
        assert queue.get(timeout=90).headers["task"] == "jobs.ring"

"""The counters' store may be away; nothing that people do depends on it."""

import time

import pytest
from django.test import override_settings

from web import cache as cache_module
from web.cache import ForgivingRedisCache

AWAY = "unix:///nowhere/redis.sock?db=0"


@pytest.fixture
def store(settings):
    store = ForgivingRedisCache(settings.REDIS_URL, {"KEY_PREFIX": "test-of-cache"})
    yield store
    store.delete_many(["a", "b"])


@pytest.fixture
def away():
    return ForgivingRedisCache(AWAY, {})


def test_what_is_set_is_found(store):
    store.set("a", {"n": 1}, 60)
    assert store.get("a") == {"n": 1}


def test_a_counter_counts(store):
    store.add("b", 0, 60)
    store.incr("b")
    assert store.incr("b", 2) == 3


def test_a_store_that_is_away_is_an_empty_one(away):
    away.set("a", 1)
    assert away.get("a", "nothing") == "nothing"
    assert away.add("a", 1) is True
    assert away.incr("a", 5) == 5
    assert away.get_many(["a"]) == {}
    assert away.set_many({"a": 1}) == []
    assert away.delete("a") is False
    assert away.has_key("a") is False
    assert away.touch("a") is False
    away.delete_many(["a"])


def test_a_store_that_is_away_is_not_asked_again_at_once(away, caplog):
    for _ in range(50):
        away.get("a")
    assert len(caplog.records) == 1


def test_a_store_that_came_back_is_asked_again(store, monkeypatch):
    store._away_until = time.monotonic() + 60
    assert store.get("a", "nothing") == "nothing"
    store._away_until = time.monotonic() - cache_module.PAUSE
    store.set("a", 1)
    assert store.get("a") == 1


@pytest.mark.django_db
def test_a_page_is_answered_while_redis_is_away(admin):
    admin.person.is_staff = True
    admin.person.save()
    backend = {"default": {"BACKEND": "web.cache.ForgivingRedisCache", "LOCATION": AWAY}}
    with override_settings(CACHES=backend):
        assert admin.browser.get("/gallery/").status_code == 200

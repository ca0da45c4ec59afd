"""Calls are counted, and nobody waits for a counter that is away."""

import time
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.test import override_settings

from api import throttles

PATH = "/api/v1/groups-of-tests/"
pytestmark = pytest.mark.usefixtures("small_api")


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that stands still a quarter of a second into its window."""
    now = [2_000_000_000.25]
    monkeypatch.setattr(throttles.time, "time", lambda: now[0])
    return now


@pytest.fixture
def away():
    """Counters whose store answers nobody."""
    broken = {"BACKEND": "web.cache.ForgivingRedisCache", "LOCATION": "unix:///nowhere/redis.sock"}
    with override_settings(CACHES={**django_settings.CACHES, "counters": broken}):
        yield


@pytest.fixture
def three_a_minute(settings):
    settings.API_RATE = "3/minute"


def test_a_caller_beyond_the_rate_is_told_when_to_come_back(researcher, three_a_minute):
    answers = [researcher.api.get(PATH) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3]["Content-Type"] == "application/problem+json"
    assert 1 <= int(answers[3]["Retry-After"]) <= 60


def test_the_next_window_is_open_again(researcher, three_a_minute, clock):
    for _ in range(4):
        answer = researcher.api.get(PATH)
    clock[0] += int(answer["Retry-After"])
    assert researcher.api.get(PATH).status_code == 200


def test_every_token_has_a_count_of_its_own(researcher, reviewer, three_a_minute):
    for _ in range(4):
        last = researcher.api.get(PATH)
    assert last.status_code == 429
    assert reviewer.api.get(PATH).status_code == 200


def test_a_count_is_forgotten_after_its_window(researcher, three_a_minute):
    researcher.api.get(PATH)
    counters = caches["counters"]
    name = counters.make_key(f"calls:{researcher.person.tokens.get().pk}:{2_000_000_000 // 60}")
    assert 0 < counters._cache.get_client(name).ttl(name) <= 61


def test_while_the_store_is_away_calls_go_on_and_cost_nothing(researcher, away, three_a_minute):
    researcher.api.get(PATH)
    began = time.perf_counter()
    answers = [researcher.api.get(PATH) for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    assert time.perf_counter() - began < 2  # a refused or silent connection a call would take longer


def test_a_large_rate_is_counted_a_few_calls_at_a_time_and_still_to_the_last(researcher, settings, monkeypatch):
    settings.API_RATE = "250/minute"
    counters, asked = caches["counters"], []
    monkeypatch.setattr(counters, "count", lambda *key: asked.append(key) or type(counters).count(counters, *key))
    who = str(researcher.person.tokens.get().pk)
    let_in = [throttles.PerCaller().allow_request(asking(researcher), None) for _ in range(260)]
    assert (let_in.count(True), let_in[250:]) == (250, [False] * 10)
    assert len(asked) == 125 + 10
    assert {key for key, *_rest in asked} == {f"calls:{who}:{2_000_000_000 // 60}"}


def test_what_one_process_has_counted_another_cannot_use(researcher, settings, monkeypatch):
    settings.API_RATE = "200/minute"
    allowed = 0
    for process in (throttles.Counted(), throttles.Counted()) * 110:
        monkeypatch.setattr(throttles, "_counted", process)
        allowed += throttles.PerCaller().allow_request(asking(researcher), None)
    assert allowed == 200


def test_calls_counted_in_one_window_are_worth_nothing_in_the_next(researcher, settings, clock):
    settings.API_RATE = "300/minute"
    throttles.PerCaller().allow_request(asking(researcher), None)
    who, window = str(researcher.person.tokens.get().pk), 2_000_000_000 // 60
    assert throttles._counted.take(who, window) is True
    assert throttles._counted.take(who, window + 1) is False


def asking(member):
    """A request as the authenticator leaves it."""
    return SimpleNamespace(auth=SimpleNamespace(token=member.person.tokens.get()), user=member.person, META={})


@pytest.mark.parametrize(("text", "rate"), [("600/second", (600, 1)), ("5/minute", (5, 60)), ("7/hour", (7, 3600))])
def test_a_rate_is_calls_in_a_period(text, rate):
    assert throttles.parsed(text) == rate

"""Scores: through the API, from the resident process, in batches across callers, and when things go wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rewardmodels import places
from rewardmodels.learning import scoring
from rewardmodels.scorer import client
from rewardmodels.scorer.engine import Busy, Engine
from rewardmodels.scorer.residents import Key, Loading, Residents, Unreadable
from tests.rewardmodels.asking import score

ROOT = Path(__file__).parents[2]
ITEMS = [
    {"prompt": "hello", "response": "please thank you"},
    {"prompt": [{"role": "user", "content": "hello"}], "response": "no no no"},
]


def key_of(model) -> Key:
    return Key(str(model.pk), str(places.folder_of(model.pk)), model.sha256)


def settled(residents, key):
    """The reward once it is in memory."""
    for _ in range(18_000):
        try:
            return residents.get(key)
        except Loading:
            time.sleep(0.005)
    raise AssertionError("never loaded")


def test_scores_are_those_of_the_library_and_order_the_obvious(researcher, learned, scorer):
    answer = score(researcher.api, learned.pk, ITEMS)
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert body["unit"] == "logit"
    polite, rude = body["scores"]
    assert polite["reward"] > rude["reward"]
    assert polite["spread"] is None
    assert polite["is_whole"]
    reward = scoring.open_folder(places.folder_of(learned.pk))
    ours = reward.score([(({"role": "user", "content": "hello"},), "please thank you")])
    assert polite["reward"] == pytest.approx(ours[0].reward, abs=1e-5)


def test_spread_and_components_of_a_reward_reach_whoever_asks(researcher, learned, scorer, monkeypatch):
    def score_items(self, items, **options):
        return [scoring.Score(1.0, 2.0, 3, True, spread=0.25, components={"tone": 0.5}) for _ in items]

    monkeypatch.setattr(scoring.HeadReward, "score", score_items)
    (shown,) = score(researcher.api, learned.pk, ITEMS[:1]).json()["scores"]
    assert shown["spread"] == 0.25
    assert shown["components"] == {"tone": 0.5, "calibrated": 2.0}


def test_a_score_that_is_no_number_is_a_sentence(researcher, learned, scorer, monkeypatch):
    def score_items(self, items, **options):
        return [scoring.Score(float("nan"), 0.0, 3, True) for _ in items]

    monkeypatch.setattr(scoring.HeadReward, "score", score_items)
    answer = score(researcher.api, learned.pk, ITEMS)
    assert answer.status_code == 409
    assert "item 0 is no number" in answer.json()["detail"]


def test_while_the_model_loads_the_answer_is_503_and_when_to_ask_again(researcher, learned, scorer):
    first = researcher.api.post(f"/api/v1/reward-models/{learned.pk}/score/", {"items": ITEMS})
    assert first.status_code == 503
    assert int(first["Retry-After"]) >= 1
    assert "being loaded" in first.json()["detail"]
    assert score(researcher.api, learned.pk, ITEMS).status_code == 200


def test_without_a_scorer_the_answer_is_503_with_what_to_do(researcher, learned):
    answer = researcher.api.post(f"/api/v1/reward-models/{learned.pk}/score/", {"items": ITEMS})
    assert answer.status_code == 503
    assert "manage.py scorer" in answer.json()["detail"]


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{"prompt": "a"}],
        [{"prompt": 7, "response": "b"}],
        [{"prompt": [], "response": "b"}],
        [{"prompt": [{"role": "robot", "content": "x"}], "response": "b"}],
        [{"prompt": "a", "response": "b"}] * 257,
        "many",
    ],
    ids=["none", "no response", "number", "no messages", "odd role", "too many", "text"],
)
def test_items_that_are_no_items_are_refused(researcher, learned, scorer, items):
    answer = researcher.api.post(f"/api/v1/reward-models/{learned.pk}/score/", {"items": items})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith("items")


@pytest.mark.parametrize("text", ["", " ", "\x00", "🙂" * 500, "a" * 5_000, "[SEP] [CLS] [PAD]", "\ud7ff"])
def test_odd_texts_get_finite_scores(researcher, learned, scorer, text):
    answer = score(researcher.api, learned.pk, [{"prompt": "hello", "response": text}])
    if answer.status_code == 400:  # what the API cannot store it does not take
        assert "\x00" in text
        return
    assert answer.status_code == 200, answer.json()
    assert abs(answer.json()["scores"][0]["reward"]) < 1_000


def test_a_damaged_folder_is_refused_with_a_sentence(researcher, learned, scorer):
    own = places.folder_of(learned.pk) / "reward.json"
    own.write_text(own.read_text() + " ")
    answer = score(researcher.api, learned.pk, ITEMS)
    assert answer.status_code == 409
    assert "damaged" in answer.json()["detail"]


def test_the_scorer_opens_nothing_outside_the_folder_of_reward_models(learned, scorer, tmp_path):
    answer = scorer.answer({"ask": "score", "model": "x", "folder": str(tmp_path), "sha256": "", "items": ITEMS})
    assert answer["state"] == "refused"
    assert "outside" in answer["message"]


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"{}\n", b'{"ask": "score"}\n'])
def test_a_question_that_is_none_is_answered_and_the_scorer_lives_on(scorer, settings, line):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.connect(str(client.socket_of(settings.DATA_DIR)))
        wire.sendall(line)
        assert json.loads(wire.makefile("rb").readline())["state"] == "refused"
    assert client.exchange(client.socket_of(settings.DATA_DIR), {"ask": "state"})["state"] == "ready"


class Slow:
    """A reward that counts its passes and can be held up."""

    def __init__(self):
        self.sizes = []
        self.gate = threading.Event()

    def score(self, items):
        self.gate.wait(90)
        self.sizes.append(len(items))
        if any(response == "bad" for _prompt, response in items):
            raise ValueError("bad item")
        return [scoring.Score(float(len(response)), 0.0, 1, True) for _prompt, response in items]


def test_callers_that_wait_together_share_a_pass_and_get_their_own_scores():
    reward, engine = Slow(), Engine()
    futures = [engine.submit(reward, [{"prompt": "p", "response": "x" * n}]) for n in range(20)]
    reward.gate.set()
    assert [future.result(90)[0].reward for future in futures] == list(range(20))
    assert len(reward.sizes) <= 2
    engine.close()


def test_one_callers_bad_item_is_not_anothers():
    reward, engine = Slow(), Engine()
    held = engine.submit(reward, [{"prompt": "p", "response": "first"}])
    bad = engine.submit(reward, [{"prompt": "p", "response": "bad"}])
    good = engine.submit(reward, [{"prompt": "p", "response": "good"}])
    reward.gate.set()
    assert held.result(90)[0].reward == 5
    assert good.result(90)[0].reward == 4
    with pytest.raises(ValueError, match="bad item"):
        bad.result(90)
    engine.close()


def test_more_than_can_be_answered_in_good_time_is_refused_at_once():
    reward, engine = Slow(), Engine()
    engine.submit(reward, [{"prompt": "p", "response": "x"}])
    with pytest.raises(Busy):
        for _ in range(3):
            engine.submit(reward, [{"prompt": "p", "response": "x"}] * 2_000)
    reward.gate.set()
    engine.close()


def test_models_on_one_backbone_share_its_weights_in_memory(researcher, wish, learned, finish_jobs):
    wish["settings"]["weight_decay"] = 5
    answer = researcher.api.post("/api/v1/reward-models/", wish)
    finish_jobs()
    other = type(learned).objects.get(pk=answer.json()["id"])
    residents = Residents(1 << 30)
    one = settled(residents, key_of(learned))
    alone = residents.bytes()
    two = settled(residents, key_of(other))
    assert one.backbone.model is two.backbone.model
    assert residents.bytes() < 1.2 * alone


def test_the_least_recently_used_go_when_the_bound_is_reached(researcher, wish, learned, finish_jobs):
    keys = [key_of(learned)]
    for decay in (2, 3):
        wish["settings"]["weight_decay"] = decay
        answer = researcher.api.post("/api/v1/reward-models/", wish)
        finish_jobs()
        keys.append(key_of(type(learned).objects.get(pk=answer.json()["id"])))
    measure = Residents(1 << 30)
    settled(measure, keys[0])
    settled(measure, keys[1])
    residents = Residents(measure.bytes())  # room for two
    settled(residents, keys[0])
    settled(residents, keys[1])
    residents.get(keys[0])
    settled(residents, keys[2])
    assert len(residents) == 2
    residents.get(keys[0])
    with pytest.raises(Loading):
        residents.get(keys[1])


def test_a_model_that_cannot_be_read_is_not_tried_at_every_call(learned):
    tries = []

    def fail(key, shared):
        tries.append(key)
        raise OSError("no such file")

    residents = Residents(1 << 30, fail)
    with pytest.raises(Unreadable, match="no such file"):
        settled(residents, key_of(learned))
    with pytest.raises(Unreadable):
        residents.get(key_of(learned))
    assert len(tries) == 1


def test_the_socket_has_a_short_name_even_for_a_long_data_folder(tmp_path):
    deep = tmp_path / ("d" * 200)
    assert len(os.fsencode(client.socket_of(deep))) <= client.LONGEST_SOCKET
    assert client.socket_of(deep) != client.socket_of(deep / "other")


@pytest.mark.slow
def test_the_process_listens_refuses_a_second_one_and_leaves_no_socket_behind(learned, tmp_path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "manage.py"), "scorer", "--threads", "1"]
    address = client.socket_of(tmp_path)
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: client.is_answered(address) or process.poll() is not None, 120)
        assert process.poll() is None, process.stderr.read().decode()
        assert oct(address.stat().st_mode & 0o777) == "0o600"
        second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        assert second.returncode != 0
        assert "already" in second.stderr
        asked = client.Question(str(learned.pk), str(places.folder_of(learned.pk)), learned.sha256, ITEMS)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: patient(address, asked), range(8)))
        assert all(answer == answers[0] for answer in answers)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert not address.exists()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def patient(address, question):
    for _ in range(1_800):
        try:
            return [round(score["reward"], 4) for score in client.ask(address, question)]
        except client.Loading:
            time.sleep(0.05)
    raise AssertionError("never loaded")


def test_a_socket_left_by_a_killed_scorer_is_taken_over(settings):
    from rewardmodels.scorer import server

    address = client.socket_of(settings.DATA_DIR)
    address.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(address))
    made = server.bind(address, server.Scorer(places.root(), Residents(1)))
    made.server_close()
    made.scorer.engine.close()

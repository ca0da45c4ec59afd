"""The walk, by the API alone: pairs in, labelled, frozen, a reward learned on MiniLM, approved, scored."""

import io
import json
import re
import time
import urllib.error
import urllib.request
from email.message import Message
from urllib.parse import urlsplit

import pytest
import torch

from jobs.models import Job
from local.environment import BASE_DIR
from tests.rewardmodels.asking import score
from tests.rewardmodels.serving import listening

torch.set_num_threads(1)
API = "/api/v1"
QUESTIONS = [
    ("How do I boil an egg?", "Put the egg in boiling water for eight minutes, then cool it under cold water."),
    ("What is the capital of France?", "The capital of France is Paris."),
    ("How can I sleep better?", "Go to bed at the same time each night and leave the phone in another room."),
    (
        "Why is the sky blue?",
        "Air scatters blue light more than red light, so blue reaches us from all sides.",
    ),
    ("How do I thank a colleague?", "Tell them what they did, and what it made possible for you."),
    ("What should I pack for rain?", "A waterproof jacket, shoes that dry quickly and a bag that closes well."),
    ("How do plants make food?", "They turn water and carbon dioxide into sugar with the energy of sunlight."),
    ("How do I fix a flat tyre?", "Take the wheel off, find the hole in the tube, glue a patch on it and pump it up."),
    ("What is a prime number?", "A whole number greater than one that only one and itself divide."),
    ("How do I start running?", "Begin with short runs, three times a week, and add a little each week."),
]
RUDE = ["No. Go away and stop bothering me.", "You are stupid. I hate you and I will not help."]


def records():
    return [
        {"prompt": f"{question} ({place})", "responses": [answer, rude]}
        for question, answer in QUESTIONS
        for place, rude in enumerate(RUDE)
    ]


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.DATA_DIR = tmp_path


@pytest.fixture
def scorer(settings):
    with listening(settings.DATA_DIR):
        yield


def finished(answer, finish_jobs):
    """The object's id, after its job has succeeded."""
    assert answer.status_code == 202, answer.json()
    for job in finish_jobs():
        assert job.state == Job.State.SUCCEEDED, job.error
    return answer.json()["id"]


def label(annotators, project):
    """Each annotator answers until nothing is left, preferring what helps."""
    for annotator in annotators:
        while (found := annotator.api.post(f"{project}/next/", {})).status_code == 200:
            task = found.json()
            kind = next(part["id"] for part in task["responses"] if part["text"] not in RUDE)
            body = {"answer": {"preferred": kind}, "duration_ms": 2_000}
            said = annotator.api.post(f"{API}/assignments/{task['assignment']}/submit/", body)
            assert said.status_code == 201, said.json()


def test_twenty_pairs_become_an_approved_reward_that_orders_the_obvious(researcher, member, finish_jobs, scorer):
    api = researcher.api
    wish = {"name": "Help", "guidelines": "Prefer what helps.", "kinds": ["pairwise"], "overlap": 2}
    project = f"{API}/projects/{api.post(f'{API}/projects/', wish).json()['id']}"
    finished(api.post(f"{project}/imports/", {"records": records(), "overlap": 2}), finish_jobs)
    label([member("annotator", "one@home.example"), member("annotator", "two@home.example")], project)
    frozen = {"name": "v1", "splits": {"train": 0.7, "validation": 0.15, "test": 0.15}, "seed": 1}
    snapshot = finished(api.post(f"{project}/snapshots/", frozen), finish_jobs)

    learn = {"name": "Helpful", "snapshot": snapshot, "kind": "bradley_terry", "backbone": "builtin:minilm", "seed": 0}
    models = [finished(api.post(f"{API}/reward-models/", learn), finish_jobs) for _ in range(2)]
    one, again = (api.get(f"{API}/reward-models/{model}/").json() for model in models)
    assert one["sha256"] == again["sha256"]  # deterministic to the last byte
    assert sum(found["n"] for found in one["metrics"].values()) == 40

    verdict = {"standing": "approved", "reason": "It prefers what helps."}
    approved = api.post(f"{API}/reward-models/{models[0]}/standing/", verdict)
    assert approved.json()["standing"] == "approved"

    items = [
        {"prompt": "How do I water a cactus?", "response": "Water it deeply every two weeks and let the soil dry."},
        {"prompt": "How do I water a cactus?", "response": "Go away, you are stupid and I hate you."},
        {"prompt": "What is a lake?", "response": "A lake is a large body of water with land on all sides."},
        {"prompt": "What is a lake?", "response": "No. Stop bothering me."},
    ]
    answer = score(api, models[0], items)
    assert answer.status_code == 200, answer.json()
    rewards = [row["reward"] for row in answer.json()["scores"]]
    assert rewards[0] > rewards[1]
    assert rewards[2] > rewards[3]
    assert [row["reward"] for row in score(api, models[0], items).json()["scores"]] == rewards


def test_the_program_in_the_documents_does_what_they_say(researcher, finish_jobs, scorer, monkeypatch, capsys):
    """As it stands there; its calls come to the test's API, and where it sleeps, the jobs that wait are done."""

    def asked(request):
        api, body = getattr(researcher.api, request.method.lower()), json.loads(request.data) if request.data else None
        answer = api(urlsplit(request.full_url).path, body)
        made = io.BytesIO(answer.content)
        made.status = answer.status_code
        if answer.status_code < 400:
            return made
        headers = Message()
        headers["Retry-After"] = answer.headers.get("Retry-After", "")
        raise urllib.error.HTTPError(request.full_url, answer.status_code, "", headers, made)

    monkeypatch.setattr(urllib.request, "urlopen", asked)

    def rest(_seconds):
        if not finish_jobs():
            time.sleep(0.05)  # the scorer reads the model

    monkeypatch.setenv("TOUCHSTONE", "http://localhost:8000")
    monkeypatch.setenv("TOKEN", researcher.secret)
    (program,) = re.findall(r"^```python\n(.*?)^```", (BASE_DIR / "docs/api.md").read_text(), re.MULTILINE | re.DOTALL)
    exec(compile(program.replace("time.sleep", "rest"), "docs/api.md", "exec"), {"rest": rest})
    kind, rude = map(float, re.findall(r"-?[0-9.]+", capsys.readouterr().out.splitlines()[-1]))
    assert kind > rude

"""An approved model as the remote reward that OpenRLHF asks, and the texts that trainers send taken apart."""

import time

import pytest

from api.refusals import Invalid
from rewardmodels import queries
from tests.rewardmodels.asking import score

API = "/api/v1/reward-models"
USER = {"role": "user", "content": "Hi"}
POLITE = "Human: hello\n\nAssistant: please thank you"


@pytest.fixture
def approved(researcher, learned):
    researcher.api.post(f"{API}/{learned.pk}/standing/", {"standing": "approved", "reason": "It beats chance."})
    return learned


def ask(member, model, body):
    for _ in range(1_000):
        answer = member.api.post(f"{API}/{model.pk}/openrlhf/", body)
        if answer.status_code != 503:
            return answer
        time.sleep(0.05)
    raise AssertionError("never loaded")


def test_texts_get_the_rewards_of_their_prompts_and_answers(researcher, approved, scorer):
    answer = ask(researcher, approved, {"query": [POLITE, "Human: hello\n\nAssistant: no no no"]})
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert set(body) == {"rewards", "scores", "extra_logs"}
    assert body["rewards"] == body["scores"]
    items = [{"prompt": "hello", "response": "please thank you"}, {"prompt": "hello", "response": "no no no"}]
    direct = score(researcher.api, approved.pk, items).json()["scores"]
    assert body["rewards"] == pytest.approx([one["reward"] for one in direct], abs=1e-5)


def test_a_model_that_nobody_approved_serves_no_trainer(researcher, learned):
    answer = researcher.api.post(f"{API}/{learned.pk}/openrlhf/", {"query": [POLITE]})
    assert answer.status_code == 409
    assert "approve it first" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"query": []}, 400, "query"),
        ({"query": "one"}, 400, "query"),
        ({}, 400, "query"),
        ({"query": ["x"] * 257}, 400, "query"),
        ({"query": [POLITE, "just words"]}, 422, "query.1"),
        ({"query": [POLITE], "prompts": ["a", "b"]}, 422, "prompts"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(researcher, approved, body, status, field):
    answer = researcher.api.post(f"{API}/{approved.pk}/openrlhf/", body)
    assert answer.status_code == status, answer.json()
    assert answer.json()["errors"][0]["field"].startswith(field)


@pytest.mark.parametrize(
    "text",
    [
        "Human: Hi\n\nAssistant: Hello",
        "<s>User: Hi\n\nAssistant: Hello</s>",
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n",
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHello<|eot_id|>",
        "<|user|>\nHi</s>\n<|assistant|>\nHello</s>",
    ],
    ids=["transcript", "plain", "chatml", "llama 3", "zephyr"],
)
def test_common_ways_of_writing_a_conversation_are_taken_apart(text):
    found = queries.item(text, None, 0)
    assert [turn["role"] for turn in found.prompt] == ["user"]
    assert found.prompt[0]["content"].removesuffix("</s>") == "Hi"
    assert found.response == "Hello"


def test_with_its_prompt_beside_it_any_text_can_be_taken_apart():
    assert queries.items(["Say hello. Hello!</s>"], ["Say hello. "]) == [
        {"prompt": "Say hello. ", "response": "Hello!"}
    ]
    (found,) = queries.items(["Human: Hi\n\nAssistant: Hello"], ["Human: Hi\n\nAssistant:"])
    assert found == {"prompt": [USER], "response": "Hello"}


def test_a_text_without_an_answer_is_named():
    with pytest.raises(Invalid) as refusal:
        queries.items(["Human: Hi"], [])
    assert refusal.value.errors[0][0] == "query.0"


@pytest.mark.parametrize("end", ["", "</s>", " <|im_end|> ", "[SEP]\n"])
def test_a_long_run_of_spaces_stays_inside_an_answer_and_goes_at_its_end(end):
    spaces = " " * 200_000  # an expression that began anew at each of them would take minutes
    (found,) = queries.items([f"Human: Hi\n\nAssistant: Hello{spaces}!{spaces}{end}"], [])
    assert found["response"] == f"Hello{spaces}!"

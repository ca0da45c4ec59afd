"""What a judge is asked, how its answer is read, and what is done when none comes."""

import json

import pytest
import torch

from lm import causal
from lm.names import Sources, Unavailable
from lm.templates import conversation
from rewardmodels.learning.composition import attributes, judges, memory
from rewardmodels.learning.composition.judges import Address, Local, Reply, Unanswered
from tests.lm.tiny import save_encoder, save_rater

PROMPT = conversation("Is it raining?")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("7", 7),
        ("7/10", 7),
        ("10", 10),
        (" 3\n", 3),
        ("8.5", 8),
        ("ten", None),
        ("", None),
        ("Rating: 7", None),
        ("0", None),
        ("11", None),
        ("9" * 5_000, None),
        ("-3", None),
    ],
)
def test_leading_digits_within_the_scale_are_the_rating(answer, expected):
    assert attributes.rating(answer) == expected


def test_there_are_thirteen_attributes_each_with_two_ends():
    assert len(attributes.ATTRIBUTES) == len(attributes.BY_NAME) == 13
    assert all(one.clause and one.low and one.high for one in attributes.ATTRIBUTES)


@pytest.mark.parametrize("template", attributes.TEMPLATES)
def test_a_question_shows_scale_conversation_and_answer_and_takes_no_orders_from_them(template):
    asked = attributes.question(template, attributes.BY_NAME["too_long"], PROMPT, "Yes {clause} {nonsense} %s")
    assert "10 means: not too long at all" in asked
    assert "Is it raining?" in asked
    assert "Yes {clause} {nonsense} %s" in asked
    assert asked.endswith("Rating:")
    assert ("user: Is it raining?" in asked) == (template == "dialogue")


def test_of_long_texts_the_end_of_the_conversation_and_the_beginning_of_the_answer_are_quoted():
    asked = attributes.question(
        "dialogue", attributes.ATTRIBUTES[0], conversation("a" * 50_000 + "END"), "START" + "b" * 50_000
    )
    assert "END" in asked
    assert "START" in asked
    assert len(asked) < 11_000


def test_attributes_are_chosen_by_name_in_the_usual_order():
    assert [one.name for one in attributes.chosen(("too_long", "helpfulness"))] == ["helpfulness", "too_long"]
    assert len(attributes.chosen(())) == 13


@pytest.fixture(scope="module")
def rater(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rater")
    save_rater(folder)
    return causal.load(str(folder), Sources(roots=(str(folder),)))


def questions(count=6):
    return [
        attributes.question("dialogue", attribute, PROMPT, f"answer {number} " * (number + 1))
        for number, attribute in enumerate(attributes.ATTRIBUTES[:count])
    ]


def test_a_local_judge_reads_what_the_model_says_by_itself(rater):
    asked = questions()
    found = Local(rater, "generated").rate(asked)
    for question, rating in zip(asked, found, strict=True):
        ids, written = rater.tokenizer(question)["input_ids"], []
        while rater.tokenizer.eos_token_id not in written and len(written) < judges.NEW_TOKENS:
            with torch.no_grad():  # token by token, without padding, cache or batch
                logits = rater.model(input_ids=torch.tensor([ids + written])).logits
            written.append(int(logits[0, -1].argmax()))
        assert rating == attributes.rating(rater.tokenizer.decode(written, skip_special_tokens=True))
    assert len({rating for rating in found if rating}) > 1


def test_the_expected_rating_is_the_mean_over_all_numbers_by_hand(rater):
    question = questions(1)[0]
    ids = rater.tokenizer(question)["input_ids"]
    token = {digit: rater.tokenizer.convert_tokens_to_ids(digit) for digit in "0123456789"}
    with torch.no_grad():
        first = rater.model(input_ids=torch.tensor([ids])).logits[0, -1].double().softmax(-1)
        second = rater.model(input_ids=torch.tensor([[*ids, token["1"]]])).logits[0, -1].double().softmax(-1)
    mass = {number: float(first[token[str(number)]]) for number in range(2, 10)}
    mass[1] = float(first[token["1"]] * (1 - second[token["0"]]))
    mass[10] = float(first[token["1"]] * second[token["0"]])
    expected = sum(number * share for number, share in mass.items()) / sum(mass.values())
    (found,) = Local(rater, "expected").rate([question])
    assert found == pytest.approx(expected, abs=1e-5)
    assert 1 <= found <= 10


def test_a_model_that_is_about_to_say_something_else_gives_no_expected_rating(rater, monkeypatch):
    monkeypatch.setattr(judges, "LEAST_MASS", 1.0)
    assert Local(rater, "expected").rate(questions(1)) == [None]


def test_a_question_longer_than_the_models_context_has_no_rating(rater):
    asked = [questions(1)[0], "x " * 4_000]
    assert Local(rater, "generated").rate(asked)[1] is None


def test_a_model_without_a_head_is_no_judge(tmp_path):
    save_encoder(tmp_path / "encoder")
    with pytest.raises(Unavailable, match="causal model"):
        causal.load(str(tmp_path / "encoder"), Sources(roots=(str(tmp_path),)))


def said(text):
    return Reply(200, json.dumps({"choices": [{"message": {"content": text}}]}).encode())


class Script:
    """Answers in a given order, and what was sent."""

    def __init__(self, *replies):
        self.replies, self.sent, self.slept = list(replies), [], []

    def post(self, body):
        self.sent.append(body)
        return self.replies.pop(0)

    def judge(self):
        return Address("https://models.example/v1", "small", self.post, self.slept.append)


def test_an_address_is_asked_as_openai_is_and_its_digits_are_read():
    script = Script(said("8 of 10"))
    assert script.judge().rate(["How is it?"]) == [8]
    body = script.sent[0]
    assert body["model"] == "small"
    assert body["messages"] == [{"role": "user", "content": "How is it?"}]
    assert body["temperature"] == 0


def test_an_answer_without_a_number_is_a_missing_rating_and_not_a_failure():
    assert Script(said("ten"), said(None)).judge().rate(["a", "b"]) == [None, None]


def test_what_may_pass_is_tried_again_further_and_further_apart_and_as_late_as_is_asked():
    script = Script(Reply(503, b""), Reply(429, b"", retry_after=9.0), Reply(0, b"", why="gone"), said("5"))
    assert script.judge().rate(["a"]) == [5]
    assert script.slept == [1.0, 9.0, 4.0]


def test_an_endless_wait_is_not_waited():
    script = Script(Reply(429, b"", retry_after=86_400.0), said("5"))
    script.judge().rate(["a"])
    assert script.slept == [judges.LONGEST_WAIT]


def test_after_so_many_tries_the_reason_is_said():
    script = Script(*[Reply(0, b"", why="models.example cannot be reached")] * judges.TRIES)
    with pytest.raises(Unanswered, match="cannot be reached"):
        script.judge().rate(["a"])
    assert len(script.sent) == judges.TRIES


def test_a_refusal_that_will_not_pass_is_not_tried_again():
    script = Script(Reply(401, b'{"error": "no such key"}'))
    with pytest.raises(Unanswered, match=r"401.*no such key"):
        script.judge().rate(["a"])
    assert script.slept == []


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"choices": []}', b"[1]"])
def test_an_address_that_speaks_another_language_is_said(body):
    with pytest.raises(Unanswered, match="chat completions"):
        Script(Reply(200, body)).judge().rate(["a"])


class Counting:
    """A judge that remembers what it was asked."""

    def __init__(self, key="judge"):
        self.key, self.asked = key, []

    def rate(self, questions):
        self.asked += questions
        return [None if "?" in question else float(len(question)) for question in questions]


def test_a_rating_is_asked_for_once_by_judge_and_question(tmp_path):
    judge, file = Counting(), tmp_path / "kept" / "ratings.sqlite"
    assert memory.Memory(file).rate(judge, ["aa", "b", "aa", "what?"]) == [2.0, 1.0, 2.0, None]
    assert sorted(judge.asked) == ["aa", "b", "what?"]
    assert memory.Memory(file).rate(judge, ["what?", "b", "new"]) == [None, 1.0, 3.0]
    assert judge.asked[3:] == ["new"]
    other = Counting("another")
    memory.Memory(file).rate(other, ["aa"])
    assert other.asked == ["aa"]


def test_what_was_answered_before_a_judge_fell_silent_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "PART", 2)

    class Failing(Counting):
        def rate(self, questions):
            if len(self.asked) >= 2:
                raise Unanswered("gone")
            return super().rate(questions)

    kept = memory.Memory(tmp_path / "ratings.sqlite")
    with pytest.raises(Unanswered):
        kept.rate(Failing(), ["a", "bb", "ccc"])
    judge = Counting()
    assert kept.rate(judge, ["a", "bb", "ccc"]) == [1.0, 2.0, 3.0]
    assert judge.asked == ["ccc"]


def test_progress_is_told_and_may_end_the_asking(tmp_path):
    told = []
    memory.Memory(tmp_path / "ratings.sqlite").rate(Counting(), ["a", "b"], lambda done, total: told.append(done))
    assert told == [0, 2]


def test_the_oldest_ratings_are_let_go(tmp_path):
    kept, judge = memory.Memory(tmp_path / "ratings.sqlite"), Counting()
    kept.rate(judge, ["a"])
    kept.rate(judge, ["bb"])
    kept.trim(most_rows=1)
    kept.rate(judge, ["bb", "a"])
    assert judge.asked == ["a", "bb", "a"]

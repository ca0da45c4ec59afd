"""Requests: how many there are, what is held out, and that they depend on the seed alone."""

from collections import Counter
from dataclasses import replace

import pytest

from rewardmodels.learning.world import prompts
from rewardmodels.learning.world.prompts import Request


def test_there_are_more_than_fifty_thousand_prompts_and_all_differ():
    written = {request.messages[0]["content"] for request in prompts.single_turns()}
    assert len(written) == 12**4 * 4 > 50_000


def test_a_second_turn_changes_one_slot_and_the_last_word_counts():
    request = Request("hot", "tea", "milk", "bar", 5, was=("item", "soup"))
    assert [turn["content"] for turn in request.messages] == [
        "hot soup, no milk, seat by the bar, stake 5",
        "Noted.",
        "Sorry, bring tea instead.",
    ]
    assert request.wanted["item"] == "tea"


def test_training_requests_never_join_what_is_held_out():
    training, held_out = prompts.draw(0, 2_000), prompts.draw(0, 300, held_out=True)
    seen = {(each.item, each.allergen) for one in training for each in (one, one.before)}
    assert not any(prompts.is_held_out_pair(*pair) for pair in seen)
    assert len(seen) == 144 - 12
    assert all(each.is_held_out for each in held_out)
    per_value = Counter(value for pair in seen for value in pair)
    assert set(per_value.values()) == {11}  # every value is learned, with all but one of its partners


def test_the_nth_request_depends_on_the_seed_and_n_alone():
    assert prompts.draw(3, 50)[:10] == prompts.draw(3, 10)
    assert prompts.draw(3, 10) != prompts.draw(4, 10)


def test_some_requests_change_their_mind():
    share = sum(one.was is not None for one in prompts.draw(0, 2_000)) / 2_000
    assert 0.2 < share < 0.3


def test_a_request_is_read_back_from_its_messages():
    for request in (*prompts.draw(0, 100), *prompts.draw(1, 20, held_out=True)):
        assert prompts.read(request.messages) == request


@pytest.mark.parametrize("content", ["", "hello", "hot tea, no milk, seat by the bar, stake x"])
def test_other_messages_are_no_request(content):
    with pytest.raises(ValueError, match="no request of the text world"):
        prompts.read(({"role": "user", "content": content},))


def test_a_change_to_the_same_value_is_not_read():
    request = replace(Request("hot", "tea", "milk", "bar", 5), was=("item", "tea"))
    assert request.messages[2]["content"] == "Sorry, bring tea instead."
    assert request.before.item == "tea"

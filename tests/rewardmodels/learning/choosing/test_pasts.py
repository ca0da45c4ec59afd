"""Which of the past judgments a rule may ask once more."""

import random

from rewardmodels.learning.choosing import pasts, shares
from rewardmodels.learning.choosing.pasts import Wish
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.judgments import Candidate, Pair


def evidence(numbers):
    """One decided comparison in each of these conversations."""
    found = Evidence(annotators=["a"])
    for place, number in enumerate(numbers):
        prompt = ({"role": "user", "content": f"hello {number}"},)
        found.candidates += [Candidate(prompt, "good"), Candidate(prompt, "bad")]
        found.prompt_of += [place, place]
        found.clusters.append(f"hello {number}")
        found.pairs.append(Pair(2 * place, 2 * place + 1, 1, cluster=place))
    return found


def asked(numbers, **wished):
    found = evidence(numbers)
    pool, held_out = pasts.parted(found, Wish(0, 1 / 3, **wished))
    assert len(held_out) == sum(shares.is_random(name, 1 / 3, 0) for name in found.clusters)
    return [numbers[place] for place in pool.cluster.tolist()]


def test_of_more_judgments_than_a_rule_may_ask_some_of_all_times_are_drawn_and_the_same_in_any_order():
    numbers = list(range(900))
    found = asked(numbers, most=200)
    assert len(found) == 200 and found == sorted(found)
    assert 60 <= sum(number >= 450 for number in found) <= 140
    shuffled = random.Random(1).sample(numbers, len(numbers))
    assert set(asked(shuffled, most=200)) == set(found)


def test_a_larger_draw_holds_the_smaller_one_and_all_are_asked_where_there_are_no_more():
    numbers = list(range(900))
    few, more, whole = (set(asked(numbers, most=most)) for most in (100, 200, 900))
    assert few < more < whole
    assert len(whole) == sum(not shares.is_random(f"hello {number}", 1 / 3, 0) for number in numbers)

"""People say what a search climbs: a proposal is put to them once, and the search goes on when they have answered."""

import json

import pytest

from tests.training.learning import small
from tests.training.learning.test_hearing import Absent
from tests.training.learning.thresholds.test_seeking import Killed, one_thread, place, plain, quest, told_of
from training.learning import winning
from training.learning.commissions import Unrunnable
from training.learning.thresholds import judging
from training.learning.thresholds.judging import ByPeople
from training.learning.thresholds.seeking import Seeker

__all__ = ["one_thread", "place"]
LOOKED, FRESH = small.asked("a", "b b"), small.asked("d", "c c")


class Crowd:
    """People who like the word “a” up to three times; each question waits until they are asked for it again."""

    def __init__(self, *, is_here=True):
        self.is_here, self.asked, self.came = is_here, {}, set()

    def are_asked(self, name):
        return name in self.asked

    def ask(self, name, questions):
        assert name not in self.asked
        self.asked[name] = questions

    def verdicts(self, name):
        if not self.is_here and name not in self.came:
            self.came.add(name)
            raise Absent
        return [self.verdict(one) for one in self.asked[name]]

    def verdict(self, question):
        own, other = (text.split().count("a") for text in (question.policy, question.reference))
        if question.policy == question.reference:
            return 0.5
        return float(abs(own - 3) < abs(other - 3))


def heard(place, folder, crowd, questions=2, **changes):
    judge = ByPeople(crowd, questions, folder / "answers.json")
    return quest(place, folder, names=("a", "b"), judge=judge, **changes)


@pytest.fixture(scope="module")
def whole(place, tmp_path_factory):
    folder, crowd = tmp_path_factory.mktemp("heard"), Crowd()
    return folder, crowd, *told_of(heard(place, folder, crowd))


def test_people_compare_each_proposal_with_the_reference_and_what_was_found_at_fresh_prompts(whole):
    folder, crowd, found, done = whole
    assert list(crowd.asked) == [*(one.trial.name for _, one in done), judging.LAST]
    kept = json.loads((folder / "answers.json").read_text())
    for _, one in done:
        questions = crowd.asked[one.trial.name]
        assert [each.prompt for each in questions] == LOOKED
        assert [each.reference for each in questions] == kept
        verdicts = [crowd.verdict(each) for each in questions]
        assert one.came.value == sum(verdicts) / 2
        assert one.came.error == winning.error(verdicts)
    assert [each.prompt for each in crowd.asked[judging.LAST]] == FRESH
    assert found.reference[:2] == (0.5, 0.0)
    last = found.again.worth
    assert last.value == sum(map(crowd.verdict, crowd.asked[judging.LAST])) / 2
    assert (last.reference, last.gain, last.gain_error) == (0.5, last.value - 0.5, last.error)


def test_a_search_that_waits_goes_on_where_it_stood_and_asks_nothing_twice(place, tmp_path, whole):
    _, _, found, done = whole
    crowd, turns = Crowd(is_here=False), 0
    while True:
        try:
            last, said = told_of(heard(place, tmp_path, crowd))
            break
        except Absent:
            turns += 1
    assert turns == len(crowd.asked) == len(done) + 1
    assert plain(last) == plain(found)
    assert said == done


def test_a_search_that_is_killed_after_it_asked_asks_nothing_again(place, tmp_path, whole, monkeypatch):
    _, _, found, _ = whole
    crowd, kills = Crowd(), 0
    verdicts = crowd.verdicts

    def dying(name):
        nonlocal kills
        kills += 1
        if kills in (1, 3):
            raise Killed
        return verdicts(name)

    monkeypatch.setattr(crowd, "verdicts", dying)
    for _ in range(2):
        with pytest.raises(Killed):
            told_of(heard(place, tmp_path, crowd))
    last, _ = told_of(heard(place, tmp_path, crowd))
    assert plain(last) == plain(found)


def test_people_are_not_asked_about_more_prompts_than_are_measured_at(place, tmp_path):
    with pytest.raises(Unrunnable, match="more prompts than are measured at"):
        Seeker(heard(place, tmp_path, Crowd(), questions=3)).seek()


def test_the_error_of_a_rate_by_hand_and_at_its_limits():
    # 1 1 0 and one won, one lost: 3 of 5, variance 3/5 · 2/5 · 5/4 = .3
    assert winning.error([1.0, 1.0, 0.0]) == pytest.approx((0.3 / 5) ** 0.5)
    for n in (1, 7, 40):  # all agree: (n + 1) of n + 2
        assert winning.error([1.0] * n) == pytest.approx(1 / (n + 2))
    assert winning.error([]) == pytest.approx(0.5)
    many = [1.0, 0.0] * 50_000
    assert winning.error(many) == pytest.approx(0.5 / len(many) ** 0.5, rel=1e-4)

"""What comparisons say of a new policy, by order and in money, and how sure that is."""

from statistics import stdev

import pytest
from scipy.stats import t as student

from annotation.agreement.twoway import wilson
from annotation.imports import direct
from annotation.models import Project
from tests.rewardmodels.conftest import backbone
from tests.training.rounds.test_campaigns import ASKED, small
from training.rounds import campaigns, making, verdicts
from training.rounds.campaigns import Wish
from training.rounds.voices import Voice

__all__ = ["backbone", "small"]


def said(prompt, outcome, money=None, *, currency="USD", annotator="a", text=""):
    return Voice(f"{prompt}", f"{prompt}", annotator, text or f"prompt {prompt}", outcome, money, currency)


def counted(*pairs):
    return verdicts.counted([said(number, *pair) for number, pair in enumerate(pairs)], "USD")


def test_it_counts_wins_and_takes_the_mean_of_money_over_prompts():
    found = counted((1, 1.0), (1, 2.0), (-1, -6.0), (0, 0.0))
    assert (found.won, found.lost, found.ties) == (2, 1, 1)
    assert found.share == pytest.approx((2 / 3, *wilson(2 / 3, 3)))
    assert (found.money.value, found.currency) == (pytest.approx(-0.75), "USD")
    assert found.is_split
    assert found.heaviest[0] == ("prompt 2", -6.0)


def test_the_interval_of_money_is_students_and_there_is_none_below_five_conversations():
    amounts = [1.0, 2.0, -6.0, 0.5, 3.0]
    few, found = (counted(*((1, amount) for amount in amounts[:n])).money for n in (4, 5))
    assert (few.low, few.high) == (None, None)
    low, high = student.interval(0.95, 4, 0.1, stdev(amounts) / 5**0.5)
    assert found == pytest.approx((0.1, low, high))


def test_twenty_who_say_the_same_of_a_prompt_make_the_share_no_surer_than_one():
    outcomes = [1, 1, 1, 1, -1, 1, 1, -1]
    once = verdicts.counted([said(prompt, outcome) for prompt, outcome in enumerate(outcomes)])
    often = verdicts.counted([said(prompt, outcome) for prompt, outcome in enumerate(outcomes) for _ in range(20)])
    assert often.share == pytest.approx(once.share)
    assert often.share == pytest.approx((0.75, *wilson(0.75, 7)))  # with the correction for few prompts


def test_a_share_of_few_prompts_is_as_sure_as_if_each_were_one_comparison():
    found = verdicts.counted([said(prompt, 1) for prompt in range(2) for _ in range(20)])
    assert found.share == pytest.approx((1, *wilson(1, 2)))


def test_a_prompt_that_was_asked_often_counts_once():
    found = verdicts.counted([said("often", 1, 4.0)] * 3 + [said("once", 1, 0.0)], "USD")
    assert found.money.value == pytest.approx(2.0)


def test_amounts_of_another_currency_are_counted_and_not_averaged():
    found = verdicts.counted([said(1, 1, 4.0), said(2, 1, 500.0, currency="JPY"), said(3, 1)], "USD")
    assert (found.money.value, found.in_others, found.won) == (4.0, 1, 3)
    assert found.heaviest == [("prompt 1", 4.0)]


def test_conversations_that_end_alike_are_not_one():
    found = verdicts.counted([said(1, 1, text="Go on."), said(2, -1, text="Go on.")])
    assert sorted(found.heaviest) == [("Go on.", -1), ("Go on.", 1)]


def test_without_comparisons_it_says_nothing():
    found = verdicts.counted([])
    assert (found.count, found.share, found.money, found.is_split) == (0, None, None, False)


def test_order_and_money_that_agree_are_not_split():
    assert not counted((1, 1.0), (1, 2.0), (-1, -0.5)).is_split
    assert not counted((1, None), (-1, None)).is_split


@pytest.fixture
def priced(researcher, annotator, policy, small):
    """A campaign that asks for money, whose new answers are worth 3 USD more on two conversations that end alike."""
    wish = Wish("Kinder", policy, ASKED, {**small, "kind": "cardinal", "reward_kind": "cardinal"})
    campaign = campaigns.create(scope=researcher.scope, wish=wish)
    sources = [making.source_of(campaign.rounds.get(), which) for which in (making.NEW, making.OLD)]
    answers = [{"text": text, "source": source} for text, source in zip(("new", "old"), sources, strict=True)]
    for begun in ("hello", "goodbye"):
        turns = [("user", begun), ("assistant", "Once."), ("user", "Go on.")]
        prompt = [{"role": role, "content": content} for role, content in turns]
        direct.store(campaign.verdicts, "cardinal", [{"prompt": prompt, "responses": answers}])
    while (answer := annotator.api.post(f"/api/v1/projects/{campaign.verdicts_id}/next/", {})).status_code == 200:
        offer = answer.json()
        (new,) = (part["id"] for part in offer["responses"] if part["text"] == "new")
        body = {"answer": {"preferred": new, "amount": "3"}, "duration_ms": 3_600}
        sent = annotator.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", body)
        assert sent.status_code == 201, sent.json()
    return campaign


def test_money_is_told_with_the_projects_currency(researcher, priced):
    found = verdicts.of(priced.rounds.get())
    assert (found.money, found.currency) == ((3.0, None, None), "USD")
    assert found.heaviest == [("Go on.", 3.0)] * 2
    page = researcher.browser.get(f"/w/{researcher.scope.workspace.slug}/campaigns/{priced.pk}/").content.decode()
    assert "new less old is 3.00 USD a comparison; below five conversations" in page
    (told,) = researcher.api.get(f"/api/v1/campaigns/{priced.pk}/").json()["rounds"]
    assert (told["verdict"]["money"], told["verdict"]["currency"]) == ([3.0, None, None], "USD")


def test_amounts_from_before_the_currency_changed_are_told_and_left_out(researcher, priced):
    Project.objects.filter(pk=priced.verdicts_id).update(settings={**priced.verdicts.settings, "currency": "EUR"})
    page = researcher.browser.get(f"/w/{researcher.scope.workspace.slug}/campaigns/{priced.pk}/").content.decode()
    assert "Amounts in other currencies are left out: 2." in page
    assert "In money" not in page

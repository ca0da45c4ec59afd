"""Policies in place of reward models: log-ratios by hand, at a limit, and the multipliers of reward models again."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from rewardmodels.learning.world.oracle import tilt
from tests.training.learning.direct.worlds import opened, save_policy
from training.learning.commissions import Unrunnable
from training.learning.direct.settings.pairs import Dpo
from training.learning.oneshot import foretold, mocan, multipliers, ratios
from training.learning.oneshot.mocan import Shot
from training.learning.oneshot.multipliers import Unfindable
from training.learning.oneshot.pools import Answered
from training.learning.settings.oneshot import Mocan, Pecan

BETA = 0.5
QUESTION = ({"role": "user", "content": "the cat"},)
ITEMS = [(QUESTION, "hello"), (QUESTION, "no no"), (({"role": "user", "content": "the mat"},), "thank you")]
OWN = {"max_length": 48, "max_prompt": 24, "max_new_tokens": 8, "beta": BETA}
LOG_REFERENCE, COPIES = np.log([0.5, 0.3, 0.2]), np.repeat(np.arange(3), [5, 3, 2])
HELPS, IS_SAFE = np.array([1.0, 0.2, -0.5]), np.array([-1.0, 0.4, 1.2])
MARGIN = 0.3 - float(np.exp(LOG_REFERENCE) @ IS_SAFE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_policy(tmp_path_factory.mktemp("policy") / "policy")


def moved(folder, factor):
    """The policy with all of its weights times a factor."""
    policy = opened(folder)
    with torch.no_grad():
        for one in policy.model.parameters():
            one.mul_(factor)
    return policy


def by_hand(policy, renderer, prompt, answer):
    ids = renderer.render(prompt, answer)
    said = policy.model(input_ids=torch.tensor([ids.ids])).logits[0].log_softmax(-1)
    return sum(float(said[at - 1, ids.ids[at]]) for at in range(ids.prompt_length, len(ids.ids)))


def test_a_reward_is_beta_times_the_log_ratio_of_the_whole_answer(folder):
    base, aligned = opened(folder), moved(folder, 1.3)
    found = ratios.rewards(base, [aligned, moved(folder, 0.8)], Pecan(**OWN))
    assert list(found) == ["helpful", "safety-1"]
    one = found["helpful"]
    for (prompt, answer), score in zip(ITEMS, one.score(ITEMS), strict=True):
        apart = by_hand(aligned, one.renderer, prompt, answer) - by_hand(base, one.renderer, prompt, answer)
        assert score.reward == pytest.approx(BETA * apart, abs=1e-5)
    assert [one.reward for one in one.score(ITEMS[::-1])] == [one.reward for one in one.score(ITEMS)][::-1]
    assert len(one.reference.known) == len(ITEMS)
    assert one.reference is found["safety-1"].reference


def test_the_reference_itself_rewards_nothing(folder):
    found = ratios.rewards(opened(folder), [opened(folder)] * 2, Pecan(**OWN))
    assert [one.reward for one in found["helpful"].score(ITEMS)] == pytest.approx([0.0] * len(ITEMS), abs=1e-5)


def test_another_tokenizer_is_refused_in_a_sentence(folder):
    other = opened(folder)
    other.tokenizer.add_tokens(["<new>"])
    with pytest.raises(Unrunnable, match="another tokenizer than the reference"):
        ratios.rewards(opened(folder), [opened(folder), other], Pecan(**OWN))


def log_ratios(reward):
    """Of the policy that is exactly the tilt by this reward, at as many copies of answers as their chances say."""
    return (np.log(tilt(LOG_REFERENCE, reward / BETA)[0]) - LOG_REFERENCE)[COPIES]


def pool(helpful, safe, prompts=20):
    answers = [str(number) for number in range(len(helpful))]
    return [Answered(answers, {"helpful": list(helpful), "safety-1": list(safe)})] * prompts


def test_exact_policies_find_the_multiplier_of_the_reward_models_behind_them():
    """r (1, .2, −.5) and g (−1, .4, 1.2) under (.5, .3, .2) at β .5: λ is .941927 for a mean of .3."""
    components = ratios.plan_of([MARGIN]).components
    read = pool(*(BETA * log_ratios(one) for one in (HELPS, IS_SAFE)))
    found = foretold.foretold(read, components, BETA, seed=1, are_margins=Pecan(**OWN).are_margins)
    assert found.multipliers[0] == pytest.approx(0.941927, abs=1e-6)
    known = foretold.foretold(pool(HELPS[COPIES], IS_SAFE[COPIES]), components, BETA, seed=1, are_margins=True)
    assert found.multipliers == pytest.approx(known.multipliers, abs=1e-9)
    assert found.told["kl"]["predicted"] == pytest.approx(known.told["kl"]["predicted"], abs=1e-9)
    helpful, safe = (log_ratios(one)[None] for one in (HELPS, IS_SAFE))
    alone = multipliers.pecan(helpful, safe[None], [MARGIN], BETA)
    assert found.multipliers == pytest.approx(alone.multipliers, abs=1e-9)


def test_no_gain_asked_of_a_policy_that_is_gained_anyway_has_no_multiplier_and_too_much_none_at_all():
    read = pool([0.0, 1.0], [0.0, 1.0])
    found = foretold.foretold(read, ratios.plan_of([0.0]).components, BETA, seed=1, are_margins=True)
    assert found.multipliers.tolist() == [0.0]
    with pytest.raises(Unfindable, match="Lower a threshold"):
        foretold.foretold(read, ratios.plan_of([0.6]).components, BETA, seed=1, are_margins=True)


def shot_of(own, folder):
    return Shot(opened(folder), [QUESTION], {}, ratios.plan_of([MARGIN]), own, 0, folder)


def test_labels_have_the_odds_of_theory_or_of_the_authors_script(folder):
    helpful, safe = (log_ratios(one)[[0, 5, 8]] for one in (HELPS, IS_SAFE))
    read = [Answered(["a", "b", "c"], {"helpful": list(BETA * helpful), "safety-1": list(BETA * safe)})]
    found = foretold.Foretold(np.array([0.7]), {})
    for scale in (True, False):
        own = Pecan(**OWN, scale="theory" if scale else "script")
        utility = mocan.utilities(shot_of(own, folder), read, found)[0]
        assert utility == pytest.approx((BETA if scale else 1.0) * (helpful + 0.7 * safe))
    theory = mocan.utilities(shot_of(Pecan(**OWN), folder), read, found)[0]
    assert theory[0] - theory[1] == pytest.approx(HELPS[0] - HELPS[1] + 0.7 * (IS_SAFE[0] - IS_SAFE[1]))


def test_what_was_labelled_by_reward_models_keeps_its_odds():
    assert Mocan(**OWN).label_scale == 1.0
    assert not Mocan(**OWN).are_margins
    assert Mocan(**OWN, margins=True).are_margins


def test_a_shot_by_policies_foretells_its_margin_learns_and_goes_on_to_the_same(folder, tmp_path):
    """All of it goes through the pool and the dual, as with reward models."""
    own = Pecan(**{**OWN, "mode": "full", "learning_rate": 3e-3, "prompts": 20, "answers": 8, "batch_size": 16})
    base = opened(folder)
    scored = ratios.rewards(base, [moved(folder, 1.3), moved(folder, 0.7)], own)
    asked = [({"role": "user", "content": f"the cat {number}"},) for number in range(20)]
    shot = Shot(opened(folder), asked, scored, ratios.plan_of([0.02]), own, 3, tmp_path)
    heard = []
    outcome = mocan.run(shot, foretell=heard.append)
    (told,) = heard
    assert isinstance(own.dpo, Dpo)
    assert math.isfinite(told["bounds"][0]["multiplier"])
    assert told["bounds"][0]["margin"] == 0.02
    before = told["components"]["safety-1"]
    assert before["predicted"] >= before["reference"] + 0.02 - 1e-6
    again = []
    mocan.run(replace(shot, policy=opened(folder)), foretell=again.append)
    assert again == heard
    assert outcome.steps > 0

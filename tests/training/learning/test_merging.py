"""Means of policies: exact at the ends, on the front of quadratic rewards, and a folder that opens."""

import copy
import json
from dataclasses import replace

import pytest
import torch

from tests.lm.tiny import make_tokenizer
from tests.training.learning.direct.worlds import opened, save_policy
from training.learning import merging
from training.learning.merging import Unmergeable


@pytest.fixture
def policies(tmp_path):
    """Two policies that began as one."""
    folder = save_policy(tmp_path / "policy")
    first, second = opened(folder), replace(opened(folder), name="other")
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in second.model.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return first, second


def weights_of(policy):
    return copy.deepcopy(policy.model.state_dict())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_ends_are_the_policies_to_the_bit(policies, tmp_path, share):
    expected = weights_of(policies[int(share)])
    found = weights_of(opened(merging.between(*policies, share, tmp_path / "merged")))
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_between_the_ends_every_weight_lies_between(policies, tmp_path):
    one, other = map(weights_of, policies)
    found = weights_of(opened(merging.between(*policies, 0.25, tmp_path / "merged")))
    assert all(torch.allclose(found[name], 0.75 * one[name] + 0.25 * other[name], atol=1e-6) for name in one)


def test_soups_of_quadratic_rewards_lie_on_the_exact_front():
    """R_i = −½ (θ − θ_i)ᵀ H (θ − θ_i): the best θ for Σ λ_i R_i is the soup with weights λ."""
    generator = torch.Generator().manual_seed(3)
    draw = torch.randn(5, 5, generator=generator)
    curvature = draw @ draw.T + torch.eye(5)
    tops = [torch.randn(5, generator=generator) for _ in range(3)]

    def reward(theta, weights):
        gaps = [theta - top for top in tops]
        return -0.5 * sum(weight * gap @ curvature @ gap for weight, gap in zip(weights, gaps, strict=True))

    for weights in ([0.2, 0.3, 0.5], [0.0, 0.6, 0.4]):
        soup = merging.averaged([{"theta": top} for top in tops], weights)["theta"].requires_grad_()
        (gradient,) = torch.autograd.grad(reward(soup, weights), soup)
        assert gradient.abs().max() < 1e-4
        for _ in range(20):
            other = soup.detach() + 0.1 * torch.randn(5, generator=generator)
            assert reward(other, weights) < reward(soup.detach(), weights)


def test_rewards_move_from_one_end_to_the_other_as_the_share_does():
    tops = [torch.zeros(4), torch.ones(4)]
    path = [merging.averaged([{"t": top} for top in tops], [1 - q, q])["t"] for q in (0.0, 0.25, 0.5, 0.75, 1.0)]
    for top, sign in ((tops[0], -1), (tops[1], 1)):
        rewards = torch.tensor([-float((theta - top).square().sum()) for theta in path])
        assert bool((sign * rewards.diff() > 0).all())


def test_the_folder_says_what_it_was_made_of(policies, tmp_path):
    folder = merging.soup(policies, [0.5, 0.5], tmp_path / "merged", lineage={"campaign": 4})
    own = json.loads((folder / "merged.json").read_text())
    assert [part["weight"] for part in own["parts"]] == [0.5, 0.5]
    card = (folder / "README.md").read_text()
    assert "campaign: 4" in card
    assert policies[0].fingerprint in card
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("weights", [[0.5, 0.4], [0.5], [float("nan"), 1.0]])
def test_weights_that_make_no_mean_are_refused(policies, tmp_path, weights):
    with pytest.raises(Unmergeable, match=r"add up|weight of each"):
        merging.soup(policies, weights, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_policies_of_other_tokens_or_shapes_are_refused(policies, tmp_path):
    first, second = policies
    other = make_tokenizer(bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>")
    with pytest.raises(Unmergeable, match="same tokens"):
        merging.soup([first, replace(second, tokenizer=other)], [0.5, 0.5], tmp_path / "merged")
    second.model.model.layers = second.model.model.layers[:1]
    with pytest.raises(Unmergeable, match="one shape"):
        merging.soup([first, second], [0.5, 0.5], tmp_path / "merged")

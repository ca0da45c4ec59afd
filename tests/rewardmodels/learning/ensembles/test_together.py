"""Members fitted at once are what each would be alone; what makes them differ does what it says."""

import pytest
import torch

from lm.families import BERT
from rewardmodels.learning import bradley_terry, checkpoints, fitting
from rewardmodels.learning.checkpoints import State
from rewardmodels.learning.ensembles import members, together
from rewardmodels.learning.ensembles.members import Members
from rewardmodels.learning.observing import Observer
from tests.rewardmodels.learning.worlds import linear_world

DECAY = 2.0


def posterior_of(pairs=200, width=5, cut=None):
    states, _, said = linear_world(pairs=pairs, width=width, cut=cut)
    lesson = bradley_terry.Lesson(states, said, 1, BERT, 0)
    posterior = bradley_terry.start(lesson, said, DECAY, side_bias=False)
    return posterior, posterior.inputs(states), said


def one_after_the_other(posterior, inputs, said, many):
    """Each member's weights by L-BFGS alone, from judgments repeated as often as they count."""
    found = []
    for weights in many.weights:
        rows = torch.repeat_interleave(torch.arange(len(said)), weights.long())
        alone, _, _ = posterior_of(len(said), inputs.shape[1])
        alone.judgments = len(rows)
        fitting.lbfgs(alone, inputs, said.at(rows))
        found.append(alone.head.out.weight[0].detach())
    return torch.stack(found)


def test_each_member_is_what_it_would_be_alone():
    posterior, inputs, said = posterior_of()
    many = members.draw(3, said.cluster, 5, DECAY, "resampling", seed=1)
    fitted = together.fit(together.Lesson(posterior, inputs, said), many)
    found = fitted.parameters["posterior.head.out.weight"][:, 0]
    assert found.numpy() == pytest.approx(one_after_the_other(posterior, inputs, said, many).numpy(), abs=1e-5)


def test_members_with_whole_weights_and_no_anchor_are_the_fit_itself():
    posterior, inputs, said = posterior_of(cut=0.4)
    many = Members(torch.ones(2, len(said), dtype=torch.float64), torch.zeros(2, 5, dtype=torch.float64))
    fitted = together.fit(together.Lesson(posterior, inputs, said), many)
    fitting.lbfgs(posterior, inputs, said)
    for name, value in posterior.named_parameters():
        if value.requires_grad and value.numel():
            assert fitted.parameters[f"posterior.{name}"][1].numpy() == pytest.approx(value.detach().numpy(), abs=1e-5)


def test_without_evidence_a_member_stands_at_its_anchor():
    posterior, inputs, said = posterior_of()
    many = members.draw(4, said.cluster, 5, DECAY, "priors", seed=0)
    many = many._replace(weights=torch.zeros_like(many.weights))
    found = together.fit(together.Lesson(posterior, inputs, said), many).parameters["posterior.head.out.weight"]
    assert found[:, 0].numpy() == pytest.approx(many.anchors.numpy(), abs=1e-5)


def test_anchors_spread_as_the_prior_does():
    anchors = members.draw(400, torch.arange(3), 50, 4.0, "priors", seed=0).anchors
    assert float(anchors.std()) == pytest.approx(0.5, rel=0.03)
    assert float(anchors.mean()) == pytest.approx(0, abs=0.02)


def test_resampling_keeps_a_cluster_together_and_the_number_of_clusters():
    clusters = torch.tensor([7, 7, 3, 3, 3, 9])
    for weights in members.draw(20, clusters, 2, 1.0, "resampling", seed=5).weights:
        assert weights[0] == weights[1]
        assert weights[2] == weights[3] == weights[4]
        assert weights[0] + weights[2] + weights[5] == 3


def test_members_spread_as_the_posterior_does():
    """Against Laplace's approximation: the inverse of the loss's curvature at the optimum."""
    posterior, inputs, said = posterior_of(pairs=300, width=3)
    many = members.draw(200, said.cluster, 3, DECAY, "both", seed=2)
    found = together.fit(together.Lesson(posterior, inputs, said), many).parameters["posterior.head.out.weight"][:, 0]
    fitting.lbfgs(posterior, inputs, said)
    difference = inputs[said.first] - inputs[said.second]
    chance = torch.sigmoid(difference @ posterior.head.out.weight[0].detach())
    curvature = (difference.T * (chance * (1 - chance))) @ difference + DECAY * torch.eye(3, dtype=torch.float64)
    expected = torch.linalg.inv(curvature).diag().sqrt()
    assert found.std(0).numpy() == pytest.approx(expected.numpy(), rel=0.2)  # 200 draws and a curved likelihood


class Killed(Exception):
    pass


def test_a_killed_fit_goes_on_to_the_same_bits(tmp_path):
    posterior, inputs, said = posterior_of(cut=0.3)
    many = members.draw(3, said.cluster, 5, DECAY, "both", seed=1)
    lesson = together.Lesson(posterior, inputs, said)
    whole = together.fit(lesson, many)
    before = State(40, {"base": torch.ones(2)}, {"decay": DECAY})
    seen, path = [], tmp_path / "fit.safetensors"

    def report(step, values):
        seen.append(step)
        if step == 45 and len(seen) == 5:
            raise Killed

    observer = Observer(report=report, resumed=seen.append, checkpoint=path, every=2)
    with pytest.raises(Killed):
        together.fit(lesson, many, observer, before)
    kept = checkpoints.load(path)
    assert kept.tensors["base"].tolist() == [1, 1]
    assert kept.numbers["decay"] == DECAY
    again = together.fit(lesson, many, observer, before)
    assert seen[5:7] == [44, 45]
    assert again.steps == whole.steps
    for name, value in whole.parameters.items():
        assert torch.equal(value, again.parameters[name])

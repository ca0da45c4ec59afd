"""Where 0 is the boundary of what is desirable: the cost model of safety, with a cost as a negative reward."""

import math

import pytest
import torch

from rewardmodels.learning import folder, scoring
from rewardmodels.learning.columns import VerdictColumns
from rewardmodels.learning.likelihoods.annotators import Prior
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.likelihoods.verdicts import VerdictLikelihood
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import Binary, Joint
from tests.rewardmodels.learning.test_mixed import learn, made_of, pairs, verdicts
from tests.rewardmodels.learning.worlds import columns

COSTS = torch.tensor([-0.5, 0.8], dtype=torch.float64)  # of the safer answer, and of the one that is unsafe


def test_pairs_and_verdicts_at_the_boundary_are_the_cost_loss_of_safe_rlhf():
    """−ls(C_unsafer − C_safer) − ls(−C_safer) − ls(C_unsafer) = 1.086186 (Dai et al. 2023)."""
    one, none = torch.tensor([0]), torch.tensor([0, 0])
    compared = columns(one, torch.tensor([1]), torch.tensor([1]))
    judged = VerdictColumns(torch.tensor([0, 1]), torch.tensor([1, 0]), none, none, none)
    by_pair = PairLikelihood(compared, 1, side_bias=False)(-COSTS, compared)
    by_verdict = VerdictLikelihood(judged, 1, Prior(0.0, 0.0, 0.0))(-COSTS, judged)
    assert -float(by_pair.sum() + by_verdict.sum()) == pytest.approx(1.086186, abs=1e-6)


@pytest.mark.parametrize("kind", [Binary, Joint])
def test_at_0_yes_and_no_are_as_likely(tmp_path, encoder, kind):
    rows = verdicts(60) + (pairs(20) if kind is Joint else [])
    found = learn(rows, made_of(kind, zero="boundary", weight_decay=0.1), encoder, tmp_path)
    thresholds = found.details["fit"]["learned"]["verdicts"]["thresholds"].values()
    assert sum(thresholds) == pytest.approx(0, abs=1e-9)  # departures average 0, so this is the pooled one
    good, bad = scores(tmp_path)
    assert bad < 0 < good
    assert found.details["reference"]["mean"] != 0
    assert "0 is where yes and no are as likely" in (tmp_path / "model" / folder.CARD).read_text()


def test_where_0_lies_changes_no_figure_and_no_difference(tmp_path, encoder):
    at_mean = learn(verdicts(60), made_of(Binary), encoder, tmp_path)
    first = scores(tmp_path)
    at_boundary = learn(verdicts(60), made_of(Binary, zero="boundary"), encoder, tmp_path, name="other")
    second = scores(tmp_path, "other")
    assert second[0] - second[1] == pytest.approx(first[0] - first[1], abs=1e-5)
    assert second[0] != pytest.approx(first[0], abs=1e-3)
    for name in ("accuracy", "log_loss", "auc"):
        mean, boundary = (found.metrics["test"][name] for found in (at_mean, at_boundary))
        assert math.isclose(mean, boundary, abs_tol=1e-6)


def scores(tmp_path, name="model"):
    """Of an answer that people called desirable, and of one that they did not."""
    items = [([{"role": "user", "content": "hello 1"}], text) for text in ("please thank you 1", "no no no 1")]
    return [score.reward for score in scoring.open_folder(tmp_path / name).score(items)]


def test_without_verdicts_there_is_no_boundary(tmp_path, encoder):
    with pytest.raises(SettingError, match="no boundary") as caught:
        learn(pairs(20), made_of(Joint, zero="boundary"), encoder, tmp_path)
    assert caught.value.name == "zero"

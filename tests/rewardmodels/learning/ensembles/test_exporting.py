"""An ensemble as one head: exact for the mean, near for caution, and the difference is told."""

import pytest
import torch

from lm.families import BERT, DECODER
from rewardmodels.learning import heads
from rewardmodels.learning.ensembles import exporting, scoring
from rewardmodels.learning.ensembles.combining import Combination

GENERATOR = torch.Generator().manual_seed(0)
STATES = torch.randn(300, 6, generator=GENERATOR)


def members(count=3, family=BERT, apart=0.3):
    found = []
    common = torch.randn(6, generator=GENERATOR).double()
    for _ in range(count):
        head = heads.standardising(STATES, family)
        with torch.no_grad():
            head.out.weight.copy_((common + apart * torch.randn(6, generator=GENERATOR).double())[None])
            head.out.bias.fill_(0.2)
        found.append(head)
    return found


def compared(head, many, how, states, family=BERT):
    with torch.no_grad():
        meant = how(torch.stack([member(states.double()) for member in many]))
    return exporting.compared(head, meant, states, family, is_exact=False)


@pytest.mark.parametrize("family", [BERT, DECODER])
def test_the_mean_is_one_head(family):
    many = members(family=family)
    head = exporting.merged(many)
    expected = torch.stack([member(STATES.double()) for member in many]).mean(0)
    assert head(STATES.double()).detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-12)
    export = compared(head, many, Combination("mean"), STATES, family)
    assert export.largest < 1e-5  # fp32


def test_caution_is_distilled_and_its_error_told():
    many, how = members(), Combination("uncertainty", penalty=1.0)
    head = exporting.head_of(many, how, STATES[:200])
    export = compared(head, many, how, STATES[200:])
    mean_alone = compared(exporting.merged(many), many, how, STATES[200:])
    assert not export.is_exact
    assert 0 < export.rms < mean_alone.rms
    assert export.largest >= export.rms
    assert export.rank_correlation > 0.9


def test_where_members_agree_the_distilled_head_is_theirs():
    many, how = members(apart=0.0), Combination("worst")
    export = compared(exporting.head_of(many, how, STATES), many, how, STATES)
    assert export.rms < 0.01
    assert export.rank_correlation > 0.9999


@pytest.mark.parametrize("family", [BERT, DECODER])
def test_members_are_read_as_they_were_saved(tmp_path, family):
    many = members(family=family)
    scoring.save_members(tmp_path, many, family)
    for saved, read in zip(many, scoring.read_members(tmp_path, 3, family), strict=True):
        assert read(STATES).detach().numpy() == pytest.approx(saved(STATES.double()).detach().numpy(), abs=1e-5)


def test_a_member_too_few_or_too_many_is_an_error(tmp_path):
    scoring.save_members(tmp_path, members(), BERT)
    with pytest.raises(ValueError, match="lacks member 3"):
        scoring.read_members(tmp_path, 4, BERT)
    with pytest.raises(ValueError, match="no member"):
        scoring.read_members(tmp_path, 2, BERT)

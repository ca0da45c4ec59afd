"""What is dear to make, once a session."""

import pytest
import torch

from rewardmodels.learning.world import oracle, reference
from rewardmodels.learning.world.grammar import STANDARD

torch.set_num_threads(1)  # two workers on two cores


@pytest.fixture(scope="session")
def standard() -> reference.Distribution:
    """The facts of the real grammar."""
    return reference.distribution(STANDARD)


@pytest.fixture(scope="session")
def world(standard) -> oracle.Oracle:
    """Without what is rarer than one answer in a hundred million, so that a test takes moments."""
    return oracle.of(STANDARD, negligible=1e-8)

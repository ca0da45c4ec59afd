"""One tiny policy on disk, opened afresh by each test that learns it."""

import pytest
import torch

from tests.training.learning.direct.worlds import save_policy

torch.set_num_threads(1)  # two workers on two cores


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return save_policy(tmp_path_factory.mktemp("policy"))

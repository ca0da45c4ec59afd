"""The small policy, opened."""

import pytest
import torch

from lm import causal
from tests.training.learning.small import save_policy
from training.learning import policies
from training.learning.settings import algorithms

torch.set_num_threads(1)  # two workers on two cores


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory):
    return save_policy(tmp_path_factory.mktemp("small") / "policy")


@pytest.fixture
def opened(small_folder):
    return causal.open_folder(small_folder, "small")


@pytest.fixture
def policy(opened):
    return policies.prepare(opened, algorithms.read("rloo", {"max_new_tokens": 6, "max_prompt": 16}), 0)

"""One small random encoder and one decoder, loaded as any other."""

import pytest
import torch

from lm import backbones
from lm.names import Sources
from tests.lm.tiny import save_decoder, save_encoder

torch.set_num_threads(1)  # two workers on two cores


@pytest.fixture
def encoder(tmp_path) -> backbones.Backbone:
    folder = save_encoder(tmp_path / "encoder")
    return backbones.load(str(folder), Sources(roots=(str(tmp_path),)))


@pytest.fixture
def decoder(tmp_path) -> backbones.Backbone:
    folder = save_decoder(tmp_path / "decoder")
    return backbones.load(str(folder), Sources(roots=(str(tmp_path),)))

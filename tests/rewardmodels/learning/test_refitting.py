"""Slopes move with a backbone that learns: what the frozen one could not see is not held against an annotator."""

import copy
from dataclasses import replace

import torch

from lm import encoding
from lm.rendering import Rendered
from rewardmodels.learning import joint, tuned
from rewardmodels.learning.columns import Bag
from rewardmodels.learning.joint import Lesson
from rewardmodels.learning.likelihoods.mixing import Recipe
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.settings.kinds import Joint
from tests.rewardmodels.learning.worlds import columns

SEEN, UNSEEN, FILLER = 50, 51, 60
SETTINGS = Joint(
    mode="full",
    weight_decay=10.0,
    backbone_learning_rate=3e-3,
    learning_rate=3e-3,
    epochs=4,
    batch_size=16,
    patience=99,
)
PAIRS = 240


def one_eyed(encoder):
    """A copy that reads UNSEEN as FILLER, until it learns better."""
    own = replace(encoder, model=copy.deepcopy(encoder.model))
    with torch.no_grad():
        words = own.model.embeddings.word_embeddings.weight
        words[UNSEEN] = words[FILLER]
    return own


def world():
    """(texts, pairs): both annotators follow one utility; only what annotator 1 is shown differs in UNSEEN too.

    To who cannot see it, annotator 1 answers half by chance. Both have the slope 1.
    """
    generator = torch.Generator().manual_seed(4)

    def draw(most):
        return int(torch.randint(most + 1, (1,), generator=generator))

    texts, said = [], []
    for number in range(PAIRS):
        worth = []
        for _ in range(2):
            seen, unseen = draw(3), draw(3) if number % 2 else 0
            answer = torch.tensor([SEEN] * seen + [UNSEEN] * unseen + [FILLER] * (6 - seen - unseen))
            texts.append(Rendered((5, 7, *answer[torch.randperm(6, generator=generator)].tolist()), 2))
            worth.append(1.0 * seen + 2.0 * unseen)
        chance = torch.sigmoid(torch.tensor(worth[0] - worth[1]))
        said.append(1 if torch.rand((), generator=generator) < chance else -1)
    first = torch.arange(0, 2 * PAIRS, 2)
    pairs = columns(first.tolist(), (first + 1).tolist(), said)
    return texts, replace(pairs, annotator=torch.arange(PAIRS) % 2, cluster=torch.arange(PAIRS))


def learned(encoder):
    backbone, (texts, pairs) = one_eyed(encoder), world()
    states = encoding.states(backbone, texts).detach()
    lesson = Lesson(states, Bag({"pairs": pairs}), Recipe(annotators=2, side_bias=False), backbone.family, seed=1)
    tuned.prepare(backbone.model, SETTINGS, seed=1)
    fitted, trail = joint.tune(SETTINGS, lesson, Passes(backbone, texts, 2_048))
    slopes = fitted.likelihood.of("pairs").log_slope.by_name(["seeing", "unseen"])
    return slopes["seeing"] - slopes["unseen"], trail


def test_an_annotator_whose_reasons_the_frozen_backbone_cannot_see_is_not_written_off(encoder, monkeypatch):
    now, trail = learned(encoder)
    monkeypatch.setattr(joint, "refit", lambda *_: None)
    held, before = learned(encoder)
    assert held > 0.5  # as cross-fitting found them on the frozen backbone
    assert abs(now) < 0.5 * held  # the truth is 0
    assert trail.best_loss < before.best_loss

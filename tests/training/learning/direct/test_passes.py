"""The gradient of a batch, whatever the parts (T9), and the whole way from rows to a loss for every kind."""

import copy
from dataclasses import replace

import pytest
import torch

from lm import likelihood
from rewardmodels.learning.rewards import Score
from tests.training.learning.direct.worlds import opened, rows_for, small
from training.learning.direct import alignment, lessons, objectives, passes
from training.learning.direct.passes import Reader
from training.learning.direct.settings.kinds import KINDS

OPTIONS = [
    ("dpo", {"label_smoothing": 0.1, "sft": 0.3}),
    ("ipo", {}),
    ("ipo", {"per_token": False}),
    ("kto", {}),
    ("kto", {"beta": 1.0, "undesirable_weight": 2.0}),
    ("odpo", {}),
    *(("cardinal_dpo", {"form": form, "power": 0.5}) for form in ("regression", "weighted", "offset", "soft_label")),
    ("cardinal_dpo", {"huber": 0.3, "scales": "annotator", "zeros": "amount"}),
    ("simpo", {}),
    ("aot", {}),
    ("aot", {"paired": True}),
    ("lipo", {}),
    ("modpo", {"others": ("length=0.3",)}),
    ("sft", {}),
]


class Shorter:
    """A reward for short answers."""

    def score(self, items, *, budget=8_192):
        return [Score(-len(response) / 50, 0.0, 1, True) for _, response in items]


REWARDS = {"length": Shorter()}


def made(folder, kind, values, tokens=10_000, mode="full"):
    """(settings, reader, the rows of a batch): a policy that is not its own reference."""
    policy, own = opened(folder), small(kind, mode=mode, batch_size=13, **values)
    material = alignment.prepare(rows_for(kind), policy, own, REWARDS, alignment.NOBODY)
    rows = alignment.schedule(own, material, seed=3)[0]
    with torch.no_grad():
        reference = likelihood.sums(policy.model, material.texts)
    reference += 2 * torch.randn(len(reference), generator=torch.Generator().manual_seed(1))
    alignment.ready(policy.model, own, seed=1)
    weights = objectives.weights(own, material.train)
    return own, Reader(policy.model, material.texts, reference, weights, tokens), rows


def gradients(model):
    return {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}


@pytest.mark.parametrize(("kind", "values"), OPTIONS, ids=str)
def test_t9_parts_of_any_size_leave_the_gradient_of_the_whole_batch(folder, kind, values):
    own, reader, rows = made(folder, kind, values)
    whole = passes.accumulate(own, reader, rows)
    expected = gradients(reader.model)
    assert max(float(one.abs().max()) for one in expected.values()) > 1e-4
    for tokens in (1, 130):
        parted = replace(reader, tokens=tokens)
        assert len(passes.parts(rows, parted)) > 1
        reader.model.zero_grad()
        seen = passes.accumulate(own, parted, rows)
        assert seen.loss == pytest.approx(whole.loss, rel=1e-6)
        assert seen.figures == pytest.approx(whole.figures, rel=1e-5, nan_ok=True)
        for name, gradient in expected.items():
            assert (gradients(reader.model)[name] - gradient).abs().max() <= 1e-5 * max(1.0, gradient.abs().max()), name


@pytest.mark.parametrize(("kind", "values"), OPTIONS, ids=str)
def test_what_is_looked_at_is_what_is_learned_from(folder, kind, values):
    own, reader, rows = made(folder, kind, values)
    looked, seen = passes.look(own, reader, rows), passes.accumulate(own, reader, rows)
    assert looked.loss == pytest.approx(seen.loss, rel=1e-6)
    assert looked.figures == pytest.approx(seen.figures, rel=1e-5, nan_ok=True)


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_alone_get_a_gradient(folder, kind):
    values = {"others": ("length=0.3",)} if kind == "modpo" else {}
    own, reader, rows = made(folder, kind, values, mode="lora")
    passes.accumulate(own, reader, rows)
    assert gradients(reader.model)
    assert all("lora_" in name for name in gradients(reader.model))


def test_no_gradient_goes_through_z0(folder):
    own, reader, rows = made(folder, "kto", {"beta": 1.0})
    reader = replace(reader, reference=reader.reference - 4)  # so that z0 is above 0
    seen = passes.accumulate(own, reader, rows)
    assert seen.figures["z0"] > 1
    found = gradients(reader.model)
    reader.model.zero_grad()
    said = objectives.Said(reader.read(passes.answers(rows)), reader.reference, reader.lengths)
    constant = objectives.Whole(seen.figures["z0"], weights=reader.weights)
    objectives.of(own, said, rows, constant).mean().backward()
    assert all((found[name] - one).abs().max() < 1e-5 for name, one in gradients(reader.model).items())


def test_who_stands_beside_whom_changes_z0_alone(folder):
    _own, reader, rows = made(folder, "kto", {})
    texts = copy.copy(list(reader.texts))
    turned = rows.at(torch.arange(len(rows)).roll(3))
    before = alignment.mismatched(rows, texts, alignment.joiner(texts))
    after = alignment.mismatched(turned, texts, alignment.joiner(texts))
    assert sorted(before.answer.tolist()) == sorted(after.answer.tolist())
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(2))
    other = alignment.mismatched(rows.at(order), texts, alignment.joiner(texts))
    assert sorted(other.mismatched.tolist()) != sorted(before.mismatched.tolist())
    for one, other_row in zip(before.mismatched.tolist(), before.answer.tolist(), strict=True):
        assert passes.prompt_of(texts[one]) == passes.prompt_of(texts[other_row])
        assert texts[one].ids != texts[other_row].ids


def test_a_batch_of_one_kind_of_verdict_is_learned_from(folder):
    own, reader, rows = made(folder, "kto", {})
    seen = passes.accumulate(own, reader, rows.at(rows.is_desirable))
    assert "reward/undesirable" not in seen.figures
    assert gradients(reader.model)


def test_a_prompt_is_counted_once_in_a_part(folder):
    _own, reader, rows = made(folder, "dpo", {})
    chosen, rejected = (reader.texts[int(place)] for place in (rows.chosen[0], rows.rejected[0]))
    together = len(chosen.ids) + len(rejected.ids) - chosen.prompt_length
    assert passes.cost([int(rows.chosen[0]), int(rows.rejected[0])], reader, set()) == together
    alone = replace(reader, tokens=together)
    assert all(len(part) == 1 for part in passes.parts(rows, alone))
    parted = passes.parts(rows, replace(reader, tokens=200))
    assert sorted(place for part in parted for place in part.chosen.tolist()) == sorted(rows.chosen.tolist())
    assert sorted(lessons.answers(rows).tolist()) == passes.answers(rows).tolist()

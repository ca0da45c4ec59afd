"""TRL as oracle: where it has the loss, loss and gradient are the same."""

from dataclasses import replace

import pytest
import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer
from trl.experimental.cpo import CPOTrainer

from lm import likelihood
from tests.training.learning.direct.worlds import opened, rows_for, small
from training.learning.direct import alignment, objectives, passes
from training.learning.direct.passes import Reader

OPTIONS = {"report_to": [], "use_cpu": True, "bf16": False, "max_length": 64, "gradient_checkpointing": False}
OPTIONS |= {"save_strategy": "no", "per_device_train_batch_size": 8}
# What a trainer wants to tokenize when it is made; what it is asked about are the tokens that we have.
SOME_PAIRS = Dataset.from_list([{"prompt": "hello", "chosen": " yes", "rejected": " no"}])
SOME_VERDICTS = Dataset.from_list([{"prompt": "hello", "completion": " yes", "label": True}] * 2)


def made(folder, kind, count=9, **values):
    """(settings, reader, rows): the policy has moved away from its reference, which is as it came."""
    policy, own = opened(folder), small(kind, batch_size=count, **values)
    material = alignment.prepare(rows_for(kind, 12), policy, own, {}, alignment.NOBODY)
    rows = alignment.schedule(own, material, seed=3)[0]
    with torch.no_grad():
        said = likelihood.sums(policy.model, material.texts)
        moved(policy.model)
    alignment.ready(policy.model, own, seed=1)
    weights = objectives.weights(own, material.train)
    return own, Reader(policy.model, material.texts, said * own.has_reference, weights, tokens=70), rows


def moved(model):
    generator = torch.Generator().manual_seed(5)
    for parameter in model.parameters():
        parameter += 0.02 * torch.randn(parameter.shape, generator=generator)


def theirs(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def pairs_of(reader, rows):
    found = []
    for chosen, rejected in zip(rows.chosen.tolist(), rows.rejected.tolist(), strict=True):
        good, bad = reader.texts[chosen], reader.texts[rejected]
        length = good.prompt_length
        assert good.ids[:length] == bad.ids[: bad.prompt_length]
        prompt = list(good.ids[:length])
        found.append(
            {"prompt_ids": prompt, "chosen_ids": list(good.ids[length:]), "rejected_ids": list(bad.ids[length:])}
        )
    return found


def must_agree(own, reader, rows, their_model, their_loss):
    """Loss and gradient within 1e-5, ours in parts."""
    their_loss.backward()
    assert len(passes.parts(rows, reader)) > 1
    seen = passes.accumulate(own, reader, rows)
    assert seen.loss == pytest.approx(float(their_loss.detach()), rel=1e-5)
    expected = dict(their_model.named_parameters())
    for name, one in reader.model.named_parameters():
        gradient = expected[name].grad
        assert (one.grad - gradient).abs().max() <= 1e-5 * max(1.0, float(gradient.abs().max())), name


@pytest.mark.parametrize(
    ("kind", "values", "loss_type", "options"),
    [
        ("dpo", {}, ["sigmoid"], {}),
        ("dpo", {"sft": 0.3}, ["sigmoid", "sft"], {"loss_weights": [1.0, 0.3]}),
        ("ipo", {}, ["ipo"], {}),
        ("aot", {"label_smoothing": 0.1}, ["aot_unpaired"], {"label_smoothing": 0.1}),
        ("aot", {"paired": True}, ["aot"], {}),
        ("sft", {}, ["sft"], {}),
    ],
    ids=str,
)
def test_losses_of_pairs_are_those_of_trl(folder, tmp_path, kind, values, loss_type, options):
    own, reader, rows = made(folder, kind, **values)
    if kind == "sft":
        _, _, pairs = made(folder, "dpo")
        assert pairs.chosen.tolist() == rows.answer.tolist()
    data = pairs_of(reader, rows if kind != "sft" else pairs)
    args = DPOConfig(output_dir=str(tmp_path), loss_type=loss_type, beta=0.1, **OPTIONS, **options)
    model, tokenizer = theirs(folder), opened(folder).tokenizer
    trainer = DPOTrainer(model, theirs(folder), args, train_dataset=SOME_PAIRS, processing_class=tokenizer)
    with torch.no_grad():
        moved(model)
    must_agree(own, reader, rows, model, trainer.compute_loss(model, trainer.data_collator(data)))


def test_kto_is_that_of_trl(folder, tmp_path):
    own, reader, rows = made(folder, "kto", desirable_weight=1.3, undesirable_weight=0.8)
    reader = replace(reader, reference=reader.reference - 3)  # so that z0 is above 0, here and there
    data = []
    for answer, other, said in zip(
        rows.answer.tolist(), rows.mismatched.tolist(), rows.is_desirable.tolist(), strict=True
    ):
        text, wrong = reader.texts[answer], reader.texts[other]
        length = text.prompt_length
        data.append(
            {
                "prompt_ids": list(text.ids[:length]),
                "completion_ids": list(text.ids[length:]),
                "KL_completion_ids": list(wrong.ids[length:]),
                "label": said,
                "ref_logps": float(reader.reference[answer]),
                "ref_KL_logps": float(reader.reference[other]),
            }
        )
    weights = {"desirable_weight": 1.3, "undesirable_weight": 0.8}
    args = KTOConfig(output_dir=str(tmp_path), beta=0.1, **weights, **OPTIONS)
    model, tokenizer = theirs(folder), opened(folder).tokenizer
    trainer = KTOTrainer(model, theirs(folder), args, train_dataset=SOME_VERDICTS, processing_class=tokenizer)
    trainer.precompute_ref_logps = True  # of the very reference that we have
    with torch.no_grad():
        moved(model)
    must_agree(own, reader, rows, model, trainer.compute_loss(model, trainer.data_collator(data)))
    assert passes.look(own, reader, rows).figures["z0"] > 1


def test_simpo_is_that_of_trl(folder):
    own, reader, rows = made(folder, "simpo", beta=2.0, gamma=0.5)
    model = theirs(folder)
    with torch.no_grad():
        moved(model)

    def means(places):
        found = []
        for place in places.tolist():
            text = reader.texts[place]
            ids = torch.tensor(text.ids)
            labels = torch.where(torch.arange(len(ids)) < text.prompt_length, -100, ids)
            logits = model(input_ids=ids[None]).logits
            found.append(CPOTrainer.get_batch_logps(logits, labels[None], average_log_prob=True)[0])
        return torch.stack(found)

    trainer = object.__new__(CPOTrainer)  # its loss alone: it tokenizes by itself, and not as we do
    trainer.loss_type, trainer.beta, trainer.simpo_gamma, trainer.label_smoothing, trainer.alpha = (
        "simpo",
        2.0,
        0.5,
        0,
        0,
    )
    trainer.accelerator = type("Here", (), {"device": torch.device("cpu")})
    loss = trainer.cpo_loss(means(rows.chosen), means(rows.rejected))[0].mean()
    must_agree(own, reader, rows, model, loss)

"""TRL as oracle: where the objectives are the same, loss and gradient are."""

import pytest
from datasets import Dataset
from transformers import AutoModelForSequenceClassification
from trl import RewardConfig, RewardTrainer

from rewardmodels.learning import heads, passes
from tests.rewardmodels.learning.tuning import made, pairs_of


def test_loss_and_gradient_of_the_shared_objective_are_those_of_trl(encoder, tmp_path):
    posterior, through = made(encoder, tokens=10_000, decay=0.0)
    theirs = AutoModelForSequenceClassification.from_pretrained(encoder.folder, num_labels=1)
    named, _ = heads.tensors(posterior.head, encoder.family)
    theirs.load_state_dict({**theirs.state_dict(), **named})
    said, texts = pairs_of().at(slice(0, 9)), through.texts
    rows = []
    for first, second, outcome in zip(said.first.tolist(), said.second.tolist(), said.outcome.tolist(), strict=True):
        chosen, rejected = (first, second) if outcome == 1 else (second, first)
        rows.append({"chosen_ids": list(texts[chosen].ids), "rejected_ids": list(texts[rejected].ids)})
    options = {"output_dir": str(tmp_path), "report_to": [], "use_cpu": True, "bf16": False, "max_length": 64}
    args = RewardConfig(gradient_checkpointing=False, save_strategy="no", **options)
    trainer = RewardTrainer(theirs, args, train_dataset=Dataset.from_list(rows), processing_class=encoder.tokenizer)
    their_loss = trainer.compute_loss(theirs, trainer.data_collator(rows))
    their_loss.backward()
    loss = passes.accumulate(posterior, through, said)
    assert loss == pytest.approx(float(their_loss.detach()), rel=1e-5)
    expected = {name.removeprefix("bert."): each.grad for name, each in theirs.named_parameters()}
    ours = dict(through.backbone.model.named_parameters())
    for name, gradient in expected.items():
        if name in ours and not name.startswith("pooler"):
            assert (ours[name].grad - gradient).abs().max() <= 1e-5 * max(float(gradient.abs().max()), 0.1), name
    assert (posterior.head.out.weight.grad - expected["classifier.weight"]).abs().max() < 1e-5
    assert (posterior.head.dense.weight.grad - expected["pooler.dense.weight"]).abs().max() < 1e-5

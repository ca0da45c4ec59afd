"""From rows to a policy's folder: learning, killing, resuming, and what may go wrong."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from lm import hashing, likelihood
from rewardmodels.learning.evidence import Unlearnable
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.rewards import Score
from rewardmodels.learning.settings.fields import SettingError
from tests.training.learning.direct.worlds import MADE, opened, pair, rows_for, save_policy, small
from training.learning.direct import alignment, loop
from training.learning.direct.settings.kinds import KINDS

ROOT = Path(__file__).parents[4]


class Stopped(Exception):
    pass


class Shorter:
    """A reward for short answers."""

    def score(self, items, *, budget=8_192):
        return [Score(-len(response) / 50, 0.0, 1, True) for _, response in items]


def learned(outcome):
    return AutoModelForCausalLM.from_pretrained(outcome.folder, dtype=torch.float32)


def weights_of(outcome):
    return hashing.file_sha256(outcome.folder / "model.safetensors")


def align(folder, kind, target, *, seed=0, observer=alignment.NOBODY, rewards=None, **values):
    own = small(kind, **values)
    return alignment.train(
        rows_for(kind), opened(folder), own, folder=target, seed=seed, observer=observer, rewards=rewards
    )


@pytest.mark.parametrize(("kind", "mode"), [*((kind, "full") for kind in KINDS), ("dpo", "lora"), ("kto", "lora")])
def test_every_loss_falls_on_judgments_that_were_held_out(folder, tmp_path, kind, mode):
    values = {"others": ("length=0.1",)} if kind == "modpo" else {}
    rate = {"full": 3e-3, "lora": 1e-2}[mode]
    options = {"mode": mode, "learning_rate": rate, "epochs": 4, "rewards": {"length": Shorter()}, **values}
    outcome = align(folder, kind, tmp_path / "run", **options)
    assert outcome.figures["held_out/loss"] < outcome.first["held_out/loss"]
    if "held_out/accuracy" in outcome.figures:
        assert outcome.figures["held_out/accuracy"] > 0.9
    assert not (tmp_path / "run" / alignment.STATE).exists()


def test_measurements_come_step_by_step_and_begin_where_policy_and_reference_are_one(folder, tmp_path):
    steps, phases = [], []
    observer = Observer(
        report=lambda step, values: steps.append((step, values)), phase=lambda *told: phases.append(told)
    )
    outcome = align(folder, "dpo", tmp_path, observer=observer)
    first = next(values for step, values in steps if step == 1)
    assert first["loss"] == pytest.approx(0.693147, abs=1e-4)
    assert first["margin"] == pytest.approx(0, abs=1e-4)
    assert set(first) >= {"accuracy", "log_probability/chosen", "log_probability/rejected", "gradient_norm"}
    assert [step for step, values in steps if "loss" in values] == list(range(1, outcome.steps + 1))
    assert [step for step, values in steps if "held_out/loss" in values] == [0, 2, 3, 4, 5]
    shares = [share for _, share in phases]
    assert shares == sorted(shares)


def test_the_folder_is_a_policy_that_transformers_opens_and_its_card_says_what_it_is(folder, tmp_path):
    sources = {"snapshot": 7, "sha256": "ab12"}
    outcome = alignment.train(rows_for("dpo"), opened(folder), small("dpo"), folder=tmp_path, seed=3, lineage=sources)
    card = (outcome.folder / "README.md").read_text()
    assert "sha256:ab12" in card
    assert "aligned by DPO" in card
    assert opened(folder).fingerprint in card
    own = json.loads((outcome.folder / "direct.json").read_text())
    assert own["settings"]["beta"] == 0.1
    assert own["seed"] == 3
    assert own["lineage"] == sources
    tokenizer = AutoTokenizer.from_pretrained(outcome.folder)
    ids = tokenizer.apply_chat_template([{"role": "user", "content": "hello"}], add_generation_prompt=True)["input_ids"]
    written = learned(outcome).generate(torch.tensor([ids]), max_new_tokens=3, do_sample=False)
    assert written.shape[1] > len(ids)
    assert not list(tmp_path.glob(".*"))


def test_adapters_are_read_by_peft_and_merge_into_the_folders_own_weights(folder, tmp_path):
    outcome = align(folder, "dpo", tmp_path, mode="lora", learning_rate=1e-2)
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = torch.arange(4, 20)[None]
    plain = base(ids).logits
    adapted = PeftModel.from_pretrained(base, outcome.folder / "adapter")(ids).logits
    assert (adapted - plain).abs().max() > 1e-2
    assert (adapted - learned(outcome)(ids).logits).abs().max() < 1e-4


def test_the_reference_is_asked_once_for_all_runs(folder, tmp_path, monkeypatch):
    options = {"folder": tmp_path / "one", "cache": tmp_path / "cache"}
    first = alignment.train(rows_for("dpo"), opened(folder), small("dpo"), **options)
    asked = []
    plain = likelihood.parts
    monkeypatch.setattr(likelihood, "parts", lambda *given: asked.append(given) or plain(*given))
    monkeypatch.setattr("training.learning.direct.reference.likelihood.parts", likelihood.parts)
    own = small("ipo")
    alignment.ask_reference(
        own,
        opened(folder),
        alignment.prepare(rows_for("dpo"), opened(folder), own, {}, alignment.NOBODY),
        tmp_path / "cache",
        alignment.NOBODY,
    )
    assert asked == []
    assert first.steps == 5


def test_the_same_seed_gives_the_same_folder_and_another_another(folder, tmp_path):
    def bytes_of(name, seed):
        return weights_of(align(folder, "dpo", tmp_path / name, seed=seed))

    assert bytes_of("a", 1) == bytes_of("b", 1) != bytes_of("c", 2)


RUN = """
import os, sys
import torch
torch.set_num_threads(1)
from pathlib import Path
from rewardmodels.learning.observing import Observer
from tests.training.learning.direct.worlds import opened, rows_for, small
from training.learning.direct import alignment

folder, target, deadly = sys.argv[1:]

def report(step, values):
    if step == int(deadly) and "loss" in values:
        os.kill(os.getpid(), 9)

own = small("kto", mode="lora", epochs=3)
alignment.train(rows_for("kto"), opened(Path(folder)), own, folder=Path(target), observer=Observer(report=report))
"""


def run_apart(*arguments):
    """A process of its own that learns, and kills itself with signal 9 at a step."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    return subprocess.run(
        [sys.executable, "-c", RUN, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )


def test_killed_at_a_random_step_it_resumes_to_the_same_bytes(folder, tmp_path):
    whole = align(folder, "kto", tmp_path / "whole", mode="lora", epochs=3)
    deadly = 4 + int(hashlib.sha256(str(tmp_path).encode()).hexdigest(), 16) % 10
    killed = run_apart(folder, tmp_path / "cut", deadly)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "cut" / "policy").exists()
    resumed = []
    options = {"mode": "lora", "epochs": 3, "observer": Observer(resumed=resumed.append)}
    cut = align(folder, "kto", tmp_path / "cut", **options)
    assert 0 < resumed[0] < deadly
    assert weights_of(cut) == weights_of(whole)


def stopping_at(step):
    def stop(now, values):
        if now == step and "loss" in values:
            raise Stopped

    return stop


@pytest.mark.parametrize("step", [1, 3, 5])
def test_all_weights_go_on_from_a_checkpoint_to_the_same_bytes(folder, tmp_path, step):
    resumed = []
    whole = align(folder, "aot", tmp_path / "whole")
    with pytest.raises(Stopped):
        align(folder, "aot", tmp_path / "cut", observer=Observer(report=stopping_at(step)))
    cut = align(folder, "aot", tmp_path / "cut", observer=Observer(resumed=resumed.append))
    assert len(resumed) == (step > 1)
    assert cut.figures == whole.figures
    assert weights_of(cut) == weights_of(whole)


def test_a_checkpoint_of_other_settings_is_not_gone_on_from(folder, tmp_path):
    resumed = []
    with pytest.raises(Stopped):
        align(folder, "dpo", tmp_path, observer=Observer(report=stopping_at(4)))
    align(folder, "dpo", tmp_path, beta=0.2, observer=Observer(resumed=resumed.append))
    assert resumed == []


def starved(times):
    left = [times]
    plain = likelihood.sums

    def sums(model, texts, *, budget=8_192):
        if torch.is_grad_enabled() and left[0]:
            left[0] -= 1
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")
        return plain(model, texts, budget=budget)

    return sums


def test_when_memory_runs_out_it_goes_on_with_half_the_tokens_and_says_so(folder, tmp_path, monkeypatch):
    whole, said = align(folder, "dpo", tmp_path / "whole", pass_tokens=128), []
    monkeypatch.setattr(likelihood, "sums", starved(1))
    half = align(folder, "dpo", tmp_path / "half", pass_tokens=128, observer=Observer(say=said.append))
    assert said == ["Memory ran out: from step 1 on, passes are of 64 tokens."]
    assert half.figures == pytest.approx(whole.figures, rel=1e-3)


def test_too_little_memory_for_half_as_much_is_said_with_what_may_help(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(likelihood, "sums", starved(2))
    with pytest.raises(Unlearnable, match="passes of 64 tokens"):
        align(folder, "dpo", tmp_path, pass_tokens=128)


def test_a_loss_that_is_no_number_is_a_sentence(folder, tmp_path):
    policy = opened(folder)
    with torch.no_grad():
        policy.model.get_input_embeddings().weight[policy.tokenizer("t")["input_ids"]] = float("nan")
    policy = replace(policy, fingerprint="broken")
    with pytest.raises(Unlearnable, match="no longer a number"):
        alignment.train(rows_for("dpo"), policy, small("dpo"), folder=tmp_path)
    assert not (tmp_path / alignment.POLICY).exists()


@pytest.mark.parametrize(
    ("values", "name", "words"),
    [
        ({"max_length": 256}, "max_length", "128 tokens"),
        ({"precision": "bf16"}, "precision", "CUDA"),
        ({"gap": "reward", "reward": "model:9"}, "reward", "no reward model"),
    ],
)
def test_what_does_not_go_with_the_policy_is_said_at_its_setting(folder, tmp_path, values, name, words):
    with pytest.raises(SettingError, match=words) as caught:
        align(folder, "odpo", tmp_path, **values)
    assert caught.value.name == name


def test_what_is_too_long_is_dropped_and_counted_or_cut_and_counted(folder, tmp_path):
    long = pair(3)
    long["responses"][0]["text"] += " and ate the fish" * 30
    judgments = [*rows_for("dpo"), long]
    options = {"folder": tmp_path / "dropped"}
    dropped = alignment.train(judgments, opened(folder), small("dpo"), **options)
    assert dropped.losses["judgments_dropped"] == 1
    assert dropped.judgments == 36
    options = {"folder": tmp_path / "cut"}
    cut = alignment.train(judgments, opened(folder), small("dpo", too_long="truncate"), **options)
    assert cut.losses["responses_cut"] == 1
    assert cut.judgments == 37


def test_kinds_that_a_loss_does_not_learn_from_are_counted_in_the_card(folder, tmp_path):
    judgments = [*rows_for("dpo"), *(MADE["binary"](number) for number in range(3))]
    outcome = alignment.train(judgments, opened(folder), small("dpo"), folder=tmp_path)
    assert "Not learned from: 3 of binary" in (outcome.folder / "README.md").read_text()


def test_a_last_batch_of_one_joins_the_one_before_where_one_is_too_few():
    own = small("kto", batch_size=4, epochs=2)
    assert [len(batch) for batch in loop.orders(9, own, 0, least=2)[0]] == [4, 5]
    assert [len(batch) for batch in loop.orders(9, own, 0)[1]] == [4, 4, 1]
    assert [len(batch) for batch in loop.orders(1, own, 0, least=2)[0]] == [1]
    first, second = loop.orders(9, own, 0)
    assert torch.equal(torch.cat(first).sort().values, torch.arange(9))
    assert not torch.equal(torch.cat(first), torch.cat(second))


def test_layers_computed_again_end_in_the_same_policy(folder, tmp_path):
    one, other = (learned(align(folder, "dpo", tmp_path / str(each), recompute=each)) for each in (False, True))
    for first, second in zip(one.parameters(), other.parameters(), strict=True):
        assert (first - second).abs().max() < 1e-4


def test_a_policy_of_half_precision_is_learned_in_full(folder, tmp_path):
    coarse = AutoModelForCausalLM.from_pretrained(save_policy(tmp_path / "half"), dtype=torch.bfloat16)
    coarse.save_pretrained(tmp_path / "half")
    policy = opened(tmp_path / "half")
    assert policy.model.dtype == torch.bfloat16
    outcome = alignment.train(rows_for("dpo"), policy, small("dpo", learning_rate=1e-7), folder=tmp_path / "run")
    moved = [
        float((one - other.float()).abs().max())
        for one, other in zip(learned(outcome).parameters(), coarse.parameters(), strict=True)
    ]
    assert 0 < max(moved) < 1e-5  # bf16 would not have seen it

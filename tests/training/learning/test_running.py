"""A run whole: it learns, holds bounds, resumes to the same weights, and says what went wrong."""

import dataclasses
import json

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from lm import causal
from rewardmodels.learning import checkpoints as files
from rewardmodels.learning.rewards import Score
from tests.training.learning.small import PROMPTS, Count, commission
from training.learning import checkpoints, decoding, keeping, passes, rewards, rollouts, running
from training.learning.commissions import Unrunnable
from training.learning.observing import RunObserver
from training.learning.pushing import Run

HELD = [{"name": "a", "weight": 1.0}, {"name": "b", "bounds": [{"role": "at_least", "threshold": 0.5}]}]


class Told:
    """Everything that a run tells."""

    def __init__(self, stop_at=None):
        self.reports, self.shown, self.kept, self.alarms, self.resumed, self.words = {}, {}, [], [], [], []
        self.stop_at = stop_at

    def report(self, step, values):
        if step == self.stop_at:
            raise KeyboardInterrupt
        self.reports.setdefault(step, {}).update(values)

    @property
    def observer(self):
        return RunObserver(
            report=self.report,
            say=self.words.append,
            resumed=self.resumed.append,
            samples=lambda step, rows: self.shown.update({step: rows}),
            kept=lambda step, folder, figures: self.kept.append(step),
            alarm=lambda name, step, sentence: self.alarms.append((name, step)),
        )

    def values(self, name):
        return [self.reports[step][name] for step in sorted(self.reports)]


def weights(folder):
    state = files.load(folder / "run" / checkpoints.STATE)
    return state.tensors, {name: value for name, value in state.numbers.items() if name != "watch"}


def same(first, second):
    assert first[1] == second[1]
    assert first[0].keys() == second[0].keys()
    for name, tensor in first[0].items():
        assert torch.equal(tensor, second[0][name]), name


def test_what_is_rewarded_becomes_likelier(tmp_path):
    told = Told()
    outcome = running.run(commission(tmp_path, steps=15, samples=8, keep_every=100), told.observer)
    seen = told.values("reward/a")
    assert sum(seen[-5:]) > sum(seen[:5]) + 2.0
    assert outcome.ended == "completed"
    assert outcome.last == 15
    assert told.reports[1]["kl"] == pytest.approx(0.0, abs=1e-6)
    assert told.reports[15]["kl"] > 0.1
    assert told.values("memory/peak") == sorted(told.values("memory/peak"))  # a peak never falls
    assert "memory/peak" not in outcome.figures


def test_a_bound_is_held_while_the_other_component_is_raised(tmp_path):
    limited = [{"name": "a", "weight": 1.0, "bounds": [{"role": "at_most", "threshold": 1.0}]}]
    told = Told()
    settings = {"prompts": 4, "samples": 8, "multiplier_rate": 0.5, "learning_rate": 0.005, "keep_every": 100}
    running.run(commission(tmp_path, limited, steps=30, **settings), told.observer)
    assert sum(told.values("reward/a")[-10:]) / 10 == pytest.approx(1.0, abs=0.25)
    assert max(told.values("multiplier/a/at_most")) > 0.5


@pytest.mark.parametrize(("mode", "died_at"), [("full", 1), ("full", 4), ("lora", 3)])
def test_a_run_that_died_goes_on_to_the_same_weights(tmp_path, mode, died_at):
    kl = {"role": "penalty", "coefficient": 0.1, "target": 1.0}
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    running.run(commission(whole, HELD, kl, mode=mode, pass_tokens=64))
    with pytest.raises(KeyboardInterrupt):
        running.run(commission(parts, HELD, kl, mode=mode, pass_tokens=64), Told(stop_at=died_at).observer)
    told = Told()
    running.run(commission(parts, HELD, kl, mode=mode, pass_tokens=64), told.observer)
    same(weights(whole), weights(parts))
    assert not told.resumed or told.resumed[0] < died_at


def test_a_run_that_is_over_stays_as_it_is(tmp_path):
    first = running.run(commission(tmp_path))
    told = Told()
    again = running.run(commission(tmp_path), told.observer)
    assert not told.reports
    assert dataclasses.astuple(first) == dataclasses.astuple(again)


def test_another_run_is_not_gone_on_from(tmp_path):
    running.run(commission(tmp_path, steps=1))
    with pytest.raises(Unrunnable, match="another run"):
        running.run(commission(tmp_path, steps=2, seed=1))


def test_seeds_make_runs(tmp_path):
    told = [Told() for _ in range(3)]
    for place, seed in enumerate((0, 0, 1)):
        running.run(commission(tmp_path / str(place), seed=seed, steps=3), told[place].observer)
    assert told[0].values("reward/a") == told[1].values("reward/a")
    assert told[0].values("length") != told[2].values("length")


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_passes_of_any_size_have_the_same_gradient(tmp_path, mode):
    """Exact accumulation (T9): one pass, several, and several with pieces of the logits."""
    found = []
    for tokens, logits in ((100_000, 1 << 24), (64, 1 << 24), (64, 24)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(passes, "LOGITS", logits)
            run = Run(
                commission(tmp_path / f"{tokens}-{logits}", mode=mode, prompts=5, pass_tokens=tokens), RunObserver()
            )
            run.one_step()
            found.append([one.grad for one in run.policy.learned.values()])
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            assert torch.allclose(one, two, atol=1e-6)


def test_a_model_that_shares_no_prompts_learns_the_same(tmp_path, monkeypatch):
    shared = Run(commission(tmp_path / "shared"), RunObserver())
    shared.one_step()
    monkeypatch.setattr("lm.sharing.is_sharable", lambda model: False)
    apart = Run(commission(tmp_path / "apart"), RunObserver())
    apart.one_step()
    for one, two in zip(shared.policy.learned.values(), apart.policy.learned.values(), strict=True):
        assert torch.allclose(one.grad, two.grad, atol=1e-6)


def test_layers_computed_again_change_nothing(tmp_path):
    found = []
    for again in (False, True):
        run = Run(commission(tmp_path / str(again), recompute=again, pass_tokens=64), RunObserver())
        run.one_step()
        found.append([one.grad for one in run.policy.learned.values()])
    assert all(torch.allclose(one, two, atol=1e-6) for one, two in zip(*found, strict=True))


def test_token_rewards_sum_to_the_score_less_the_kl(policy):
    """And the score sits on the last token of the answer, never on what pads it (T5)."""
    lengths, scores = torch.tensor([2, 1, 3]), torch.tensor([5.0, 7.0, 9.0])
    ratios = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    found = rewards.by_token(scores, ratios, lengths, 2.0)
    assert found.tolist() == pytest.approx([-0.2, 5 - 0.4, 7 - 0.6, -0.8, -1.0, 9 - 1.2])
    assert passes.by_answer(found, lengths).tolist() == pytest.approx([5 - 0.6, 7 - 0.6, 9 - 3.0])


def test_a_kept_policy_opens_as_transformers_reads_it(tmp_path):
    made = commission(tmp_path, keep_every=4)
    running.run(made)
    folder = keeping.folder_of(made.folder, 6)
    model = AutoModelForCausalLM.from_pretrained(folder)
    own = made.policy.model.state_dict()
    assert all(torch.equal(tensor, own[name]) for name, tensor in model.state_dict().items())
    assert "side_by_side" not in (folder / "config.json").read_text()  # the way of attention is this program's own
    assert AutoTokenizer.from_pretrained(folder).chat_template
    assert json.loads((folder / "run.json").read_text())["step"] == 6
    assert "a counts 1 in the objective" in (folder / "README.md").read_text()


def test_a_kept_adapter_opens_with_peft(tmp_path):
    made = commission(tmp_path, mode="lora", rank=2)
    running.run(made)
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "policy")
    adapted = PeftModel.from_pretrained(base, keeping.folder_of(made.folder, 6)).eval()
    ids = torch.tensor([[2, 4, 5, 1, 3, 6]])
    with torch.no_grad():
        assert torch.allclose(adapted(ids).logits, made.policy.model(ids).logits, atol=1e-6)
        with adapted.disable_adapter():
            assert not torch.allclose(adapted(ids).logits, made.policy.model(ids).logits, atol=1e-4)


def test_checkpoints_are_kept_by_rule(tmp_path):
    told = Told()
    made = commission(tmp_path, steps=9, keep_every=4)
    outcome = running.run(made, told.observer)
    assert keeping.kept(made.folder) == sorted({outcome.best, 4, 8, 9} - {0})
    assert {4, 8, 9} <= set(told.kept)
    assert not [one for one in (made.folder / "checkpoints").iterdir() if one.name.startswith(".")]


def test_a_run_shorter_than_its_window_has_its_last_step_as_its_best(tmp_path):
    outcome = running.run(commission(tmp_path, steps=2, window=5))
    assert (outcome.best, outcome.last) == (2, 2)
    assert outcome.best_figures["objective"] == outcome.figures["objective"]


def test_samples_stand_beside_the_references(tmp_path):
    told = Told()
    running.run(commission(tmp_path, steps=5, keep_every=5, learning_rate=0.1), told.observer)
    assert [row["response"] == row["reference"] for row in told.shown[1]] == [True] * 3  # nothing was learned yet
    assert any(row["response"] != row["reference"] for row in told.shown[5])
    assert told.shown[5][0]["rewards"].keys() == {"a"}


def test_sampling_from_another_distribution_is_refused(tmp_path, monkeypatch):
    """A sampler at T = 2 while the trainer reads at T = 1 (T15)."""
    true = decoding.Writing.write

    def hotter(self, step):
        self.logits = self.logits / 2
        return true(self, step)

    monkeypatch.setattr(decoding.Writing, "write", hotter)
    with pytest.raises(Unrunnable, match="disagree"):
        running.run(commission(tmp_path))


def never_ending(made):
    made.policy.model.generation_config.eos_token_id = None
    made.policy.tokenizer.eos_token = "<assistant>"  # which a hook makes impossible
    head = made.policy.model.lm_head
    head.register_forward_hook(lambda module, given, said: said.index_fill(-1, torch.tensor([1, 3]), -1e9))
    return made


@pytest.mark.parametrize("how", ["masked", "penalised", "scored"])
def test_answers_cut_off_are_masked_penalised_or_scored(tmp_path, how):
    told = Told()
    made = never_ending(commission(tmp_path, truncated=how, penalty=3.0, steps=3))
    before = {name: one.clone() for name, one in made.policy.model.state_dict().items()}
    running.run(made, told.observer)
    assert told.values("truncated") == [1.0] * 3
    assert ("truncated", 1) in told.alarms
    after = made.policy.model.state_dict()
    is_changed = any(not torch.equal(before[name], after[name]) for name in before)
    assert is_changed == (how != "masked")  # nobody took part
    if how != "masked":
        first = told.reports[1]
        assert first["objective"] == pytest.approx(first["reward/a"] - (3.0 if how == "penalised" else 0.0))


def test_an_empty_answer_has_a_reward(tmp_path):
    told = Told()
    made = commission(tmp_path, penalty=2.0, steps=1)
    made.policy.model.lm_head.register_forward_hook(
        lambda module, given, said: said.index_fill(-1, torch.tensor([1]), 1e3)
    )
    running.run(made, told.observer)
    assert told.reports[1]["empty"] == 1.0
    assert told.reports[1]["objective"] == -2.0
    assert told.reports[1]["length"] == 1.0
    assert ("zero_spread", 1) in told.alarms


class Overflowing(Count):
    def score(self, items, *, budget=8_192):
        return [Score(float("nan"), 0.0, 1, True) for _ in items]


def test_a_reward_that_is_no_number_is_refused(tmp_path):
    made = dataclasses.replace(commission(tmp_path), rewards={"a": Overflowing("a")})
    with pytest.raises(Unrunnable, match="“a” gives no number"):
        running.run(made)


def test_a_gradient_that_is_no_number_is_refused_and_nothing_is_lost(tmp_path):
    made = commission(tmp_path, steps=3)
    running.run(made)
    longer = commission(tmp_path, steps=6)
    run = Run(longer, RunObserver())
    run.policy.model.lm_head.weight.register_hook(lambda gradient: gradient * float("nan"))
    with pytest.raises(Unrunnable, match="smaller learning rate"):
        run.run()
    assert Run(commission(tmp_path, steps=6), RunObserver()).step == 3


def fail_above(monkeypatch, tokens):
    true = passes.states

    def states(model, part):
        if sum(row.length for row in part.rows) > tokens:
            raise torch.OutOfMemoryError("out of memory")
        return true(model, part)

    monkeypatch.setattr(passes, "states", states)


def test_passes_are_halved_once_when_memory_runs_out(tmp_path, monkeypatch):
    fail_above(monkeypatch, 100)
    told = Told()
    made = commission(tmp_path / "short", pass_tokens=160, prompts=6)
    running.run(made, told.observer)
    assert checkpoints.smaller_passes(made.folder) == (0, 80)
    assert any("80 tokens" in words for words in told.words)
    monkeypatch.undo()
    replayed = commission(tmp_path / "other", pass_tokens=160, prompts=6)
    checkpoints.choose_smaller_passes(replayed.folder, 0, 80)
    running.run(replayed)
    same(weights(tmp_path / "short"), weights(tmp_path / "other"))


def test_a_step_that_ran_out_of_memory_is_taken_again_as_a_whole(tmp_path, monkeypatch):
    """The critic had learned when the policy's pass failed: the run goes back to a state that knows nothing of it."""
    true, calls = passes.log_probs, []

    def failing(model, part):
        calls.append(part)
        if len(calls) == 6:  # in the second step's learning
            raise torch.OutOfMemoryError("out of memory")
        return true(model, part)

    ways = {"algorithm": "ppo", "minibatches": 2, "epochs": 2, "pass_tokens": 160}
    monkeypatch.setattr(passes, "log_probs", failing)
    told = Told()
    made = commission(tmp_path / "short", steps=3, **ways)
    running.run(made, told.observer)
    monkeypatch.undo()
    chosen = checkpoints.smaller_passes(made.folder)
    assert chosen[1] == 80
    assert sorted(told.reports) == [1, 2, 3]
    replayed = commission(tmp_path / "other", steps=3, **ways)
    checkpoints.choose_smaller_passes(replayed.folder, *chosen)
    running.run(replayed)
    same(weights(tmp_path / "short"), weights(tmp_path / "other"))


def test_memory_that_runs_out_twice_ends_the_run_in_a_sentence(tmp_path, monkeypatch):
    fail_above(monkeypatch, 10)
    with pytest.raises(Unrunnable, match="not enough memory"):
        running.run(commission(tmp_path, pass_tokens=160))


def test_a_full_disk_leaves_the_last_state(tmp_path, monkeypatch):
    running.run(commission(tmp_path, steps=2))

    def full(*given, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "save_file", full)
    with pytest.raises(Unrunnable, match="make room"):
        running.run(commission(tmp_path, steps=4))
    monkeypatch.undo()
    state = files.load(tmp_path / "run" / checkpoints.STATE)
    assert state.step == 2
    assert not list((tmp_path / "run" / "state").glob(".*"))
    assert running.run(commission(tmp_path, steps=4)).last == 4


def test_a_disk_that_is_full_while_a_checkpoint_is_kept_leaves_the_last_one(tmp_path, monkeypatch):
    made = commission(tmp_path, steps=2, keep_every=1)
    running.run(made)
    true = keeping.write

    def full(folder, *given):
        true(folder, *given)
        (folder / "run.json").unlink()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "write", full)
    with pytest.raises(Unrunnable, match="make room"):
        running.run(commission(tmp_path, steps=4, keep_every=1))
    assert keeping.kept(made.folder) == [1, 2]
    assert not list((made.folder / "checkpoints").glob(".*"))
    monkeypatch.undo()
    assert running.run(commission(tmp_path, steps=4, keep_every=1)).last == 4
    assert keeping.kept(made.folder) == [1, 2, 3, 4]


def test_a_run_may_have_a_single_prompt(tmp_path):
    """It is asked as often as a step wants prompts, each time with numbers of its own."""
    told = Told()
    made = dataclasses.replace(commission(tmp_path, steps=2), prompts=PROMPTS[:1])
    run = Run(made, told.observer)
    rollout = run.sample()
    assert rollout.conversations == PROMPTS[:1] * 3
    assert len({answer.ids for answer in rollout.answers}) > 4
    assert run.run().last == 2
    assert len(told.shown[1]) == 3


def test_prompts_longer_than_the_model_reads_are_refused(tmp_path):
    with pytest.raises(Unrunnable, match="more than the 64"):
        running.run(commission(tmp_path, max_new_tokens=60))


def test_groups_answer_the_same_prompt(tmp_path):
    run = Run(commission(tmp_path), RunObserver())
    rollout = run.sample()
    assert len(rollout.items) == 12
    assert [prompt for prompt, _ in rollout.items[:4]] == [rollout.conversations[0]] * 4
    assert all(conversation in PROMPTS for conversation in rollout.conversations)
    assert rollouts.numbers(3, 0, 1, 2, 3).tolist() != rollouts.numbers(3, 0, 1, 2, 4).tolist()


def test_the_folder_of_the_policy_is_a_models_own(tmp_path):
    """A run's policy is a policy of a next run."""
    made = commission(tmp_path)
    running.run(made)
    opened = causal.open_folder(keeping.folder_of(made.folder, 6), "run:1@6")
    outcome = running.run(commission(tmp_path / "next", policy=opened, steps=1))
    assert outcome.last == 1

"""The loop: a step samples, scores, reads, mixes, and takes one step of the optimiser; then the multipliers move."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from rewardmodels.learning.finetuning import Pace
from training.learning import (
    bounds,
    checkpoints,
    controllers,
    figures,
    keeping,
    kl,
    losses,
    passes,
    policies,
    rewards,
    rollouts,
    signals,
)
from training.learning.best import Best
from training.learning.commissions import Commission, Outcome, Unrunnable
from training.learning.observing import RunObserver, SampleRow
from training.learning.passes import Read
from training.learning.rollouts import Rollout
from training.learning.signals import Signals
from training.learning.watching import Watch

AGREED = 0.01  # the mean distance of the ratio from 1 up to which sampler and trainer agree
SHOWN = 4  # samples of a step that are shown


class Run:
    """One run as it stands."""

    def __init__(self, commission: Commission, observer: RunObserver) -> None:
        self.commission, self.observer, self.settings = commission, observer, commission.settings
        self.policy = policies.prepare(commission.policy, commission.settings, commission.seed)
        self.held = bounds.listed(commission.plan)
        self.controller = controllers.make(self.held, self.settings, commission.seed)
        self.beta = kl.coefficient(commission.plan.kl)
        self.watch, self.best = Watch(self.settings.window), Best()
        self.optimiser = torch.optim.AdamW(
            list(self.policy.learned.values()), lr=self.settings.rate, weight_decay=0.0, fused=True
        )
        self.pass_tokens, self.pace, self.seconds = self.settings.pass_tokens, Pace(), dict[str, float]()
        self.step = self.restored()

    def run(self) -> Outcome:
        if self.step == 0:
            self.save()
        while self.step < self.commission.steps:
            self.observer.phase("Pushing the policy", self.step / self.commission.steps)
            self.advance()
            self.after_step()
        self.save()
        return self.ended("completed", f"All {self.commission.steps} steps were taken.")

    def advance(self) -> None:
        """One step; where memory runs out, once with passes of half the size."""
        self.replay_choice()
        try:
            self.one_step()
        except (MemoryError, RuntimeError) as error:
            if not is_memory(error):
                raise
            if checkpoints.smaller_passes(self.commission.folder) is not None:
                raise Unrunnable(
                    f"There is not enough memory for passes of {self.pass_tokens} tokens. Choose fewer, compute layers "
                    "again on the way back, or learn adapters instead of all weights."
                ) from error
            self.optimiser.zero_grad()
            checkpoints.choose_smaller_passes(self.commission.folder, self.step, self.pass_tokens // 2)
            self.observer.say(f"Memory ran out: from here on a pass has {self.pass_tokens // 2} tokens.")
            self.advance()

    def replay_choice(self) -> None:
        chosen = checkpoints.smaller_passes(self.commission.folder)
        if chosen is not None and self.step >= chosen[0]:
            self.pass_tokens = chosen[1]

    def one_step(self) -> None:
        self.seconds = {}
        with self.timed("sample"):
            rollout = self.sample()
        with self.timed("score"):
            scores = rewards.of_rollout(self.commission.rewards, rollout, self.pass_tokens)
        with self.timed("read"), self.policy.recomputing():
            read = passes.read(self.policy, rollout, self.pass_tokens)
        found = signals.of_step(self.commission.plan, self.settings, self.beta.now, rollout, scores, read.said)
        measured = figures.of_step(rollout, read.said, found, self.held)
        if self.step == 0:
            self.must_agree(rollout, read)
        with self.timed("learn"), self.policy.recomputing():
            measured["gradient_norm"] = self.learn(rollout, read, found)
        self.move_multipliers(found, rollout.samples)
        self.report(measured, rollout, found)

    def sample(self) -> Rollout:
        settings, commission = self.settings, self.commission
        chosen = rollouts.order(commission.seed, len(commission.prompts), self.step, settings.prompts)
        drawn = [
            rollouts.numbers(settings.max_new_tokens, commission.seed, self.step, place, one)
            for place in range(len(chosen))
            for one in range(settings.samples)
        ]
        conversations = [commission.prompts[one] for one in chosen]
        return rollouts.sample(self.policy, conversations, torch.stack(drawn), self.pass_tokens)

    def must_agree(self, rollout: Rollout, read: Read) -> None:
        """Sampler and trainer mean the same distribution (T15)."""
        off = float((read.said.log_probs - rollout.log_probs).double().expm1().abs().mean())
        if not off <= AGREED:
            raise Unrunnable(
                "What is sampled and what is learned from disagree on how likely the answers are: the ratio is off by "
                f"{off:.3g} on the mean. This model cannot be pushed in this form."
            )

    def learn(self, rollout: Rollout, read: Read, found: Signals) -> float:
        """The gradient's norm before it was cut; 0 where no answer took part."""
        if not found.counts.any():
            return 0.0
        advantage = signals.advantage(found, self.held, self.controller, self.settings, rollout.samples)
        weights = losses.spread_out(advantage.float(), rollout.lengths).to(self.policy.device)
        answers = int(found.counts.sum())
        self.optimiser.zero_grad()
        for log_probs, own in self.passes(rollout, read, weights):
            losses.reinforce(log_probs, own, answers).backward()
        norm = float(nn.utils.clip_grad_norm_(list(self.policy.learned.values()), self.settings.longest_gradient))
        if not math.isfinite(norm):
            raise Unrunnable(
                f"The gradient was no longer a number after step {self.step}. Resume from its last checkpoint with a "
                "smaller learning rate."
            )
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate * min(1.0, (self.step + 1) / max(1, self.settings.warm_up))
        self.optimiser.step()
        return norm

    def passes(self, rollout: Rollout, read: Read, weights: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """(log-probabilities with gradient, their weights), pass by pass."""
        if read.graph is not None:
            yield read.graph, weights
            return
        for part in passes.parts(self.policy, rollout, self.pass_tokens):
            yield passes.log_probs(self.policy.model, part), weights[part.places]

    def move_multipliers(self, found: Signals, samples: int) -> None:
        """By raw means, once a step (T18); where no answer took part there are none."""
        if all(one.component in found.means for one in self.held):
            self.controller.update(signals.batch(found, samples, self.beta.now))
        self.beta.update(found.means["kl"])

    def report(self, measured: dict[str, float], rollout: Rollout, found: Signals) -> None:
        multipliers = zip(self.held, self.controller.multipliers(), strict=True)
        measured |= {f"multiplier/{one.name}": value for one, value in multipliers}
        measured |= {"kl_coefficient": self.beta.now} if self.beta.target is not None else {}
        measured |= {f"seconds/{name}": value for name, value in self.seconds.items()}
        self.step += 1
        self.watch.add(measured)
        self.observer.report(self.step, measured)
        if self.step == 1 or self.step % self.settings.keep_every == 0 or self.step == self.commission.steps:
            self.observer.samples(self.step, self.shown(rollout, found))
        for alarm in self.watch.begun(self.held, self.controller.saturated()):
            self.observer.alarm(alarm.name, self.step, alarm.sentence)

    def shown(self, rollout: Rollout, found: Signals) -> list[SampleRow]:
        """The first answers to a few prompts beside what the reference says with the same random numbers."""
        groups = range(min(SHOWN, len(rollout.prompts)))
        drawn = torch.stack(
            [
                rollouts.numbers(self.settings.max_new_tokens, self.commission.seed, self.step - 1, group, 0)
                for group in groups
            ]
        )
        chosen = [rollout.conversations[group] for group in groups]
        beside = rollouts.sample(self.policy, chosen, drawn, self.pass_tokens, of_reference=True)
        return [
            SampleRow(
                prompt=rollout.conversations[group],
                response=rollout.texts[group * rollout.samples],
                reference=beside.texts[group],
                rewards={name: float(found.values[name][group * rollout.samples]) for name in self.commission.rewards},
                kl=float(found.values["kl"][group * rollout.samples]),
            )
            for group in groups
        ]

    def after_step(self) -> None:
        """Keep a checkpoint where a rule says so, then the state; and drop what no rule keeps."""
        is_better = self.best.look(self.step, self.watch, self.commission.plan, self.held)
        if is_better or self.step % self.settings.keep_every == 0 or self.step == self.commission.steps:
            self.keep()
        self.pace.keep(self.save)

    def keep(self) -> None:
        means = self.watch.means()
        try:
            folder = keeping.keep(self.commission, self.policy, self.step, means)
        except OSError as error:
            raise checkpoints.full(error) from error
        self.observer.kept(self.step, folder, means)

    def save(self) -> None:
        numbers = {
            "commission": self.commission.described,
            "controller": self.controller.state(),
            "beta": self.beta.state(),
            "watch": self.watch.state(),
            "best": self.best.state(),
        }
        checkpoints.save(self.commission.folder, self.step, self.policy.learned, self.optimiser, numbers)
        keeping.drop(self.commission.folder, self.superfluous())

    def superfluous(self) -> list[int]:
        """Kept once and kept by no rule now: neither the best, nor the last, nor every n-th."""
        every = self.settings.keep_every
        wanted = {self.best.step, self.commission.steps}
        return [one for one in keeping.kept(self.commission.folder) if one not in wanted and one % every]

    def restored(self) -> int:
        """The step that the folder's state was written after, or 0."""
        state = checkpoints.load(self.commission.folder)
        if state is None:
            return 0
        numbers: dict[str, Any] = state.numbers
        if numbers["commission"] != plain(self.commission.described):
            raise Unrunnable("This folder holds another run: its settings, plan or seed are not the ones given.")
        checkpoints.restore(state, self.policy.learned, self.optimiser)
        self.controller.restore(numbers["controller"])
        self.beta.restore(numbers["beta"])
        self.watch.restore(numbers["watch"])
        self.best.restore(numbers["best"])
        if state.step:
            self.observer.resumed(state.step)
        return state.step

    def ended(self, how: str, why: str) -> Outcome:
        return Outcome(how, why, self.best.step, self.step, self.watch.means(), dict(self.best.figures))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if self.policy.device.type == "cuda":
            torch.cuda.synchronize()
        self.seconds[name] = time.perf_counter() - begun


def is_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "memory" in str(error)


def plain(values: Any) -> Any:
    """As JSON would give it back."""
    if isinstance(values, dict):
        return {name: plain(one) for name, one in values.items()}
    return [plain(one) for one in values] if isinstance(values, list | tuple) else values

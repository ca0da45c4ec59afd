"""The loop: a step samples, scores, reads, mixes, and takes one step of the optimiser; then the multipliers move."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from lm import devices
from rewardmodels.learning.finetuning import Pace
from training.learning import (
    bounds,
    checkpoints,
    controllers,
    critics,
    figures,
    keeping,
    kl,
    looks,
    losses,
    passes,
    policies,
    rewards,
    rollouts,
    signals,
    stopping,
)
from training.learning.best import Best
from training.learning.commissions import Commission, Outcome, Unrunnable
from training.learning.learner import Learner
from training.learning.observing import RunObserver, SampleRow
from training.learning.passes import Read
from training.learning.references import References
from training.learning.rollouts import Rollout
from training.learning.signals import Seen, Signals
from training.learning.stopping import Peak
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
        self.references = References()
        self.critic = critics.make(self.policy, self.settings, 1 + len(self.held), commission.seed)
        self.learner, self.peak = Learner(self.policy, self.settings, commission.seed), Peak()
        self.pass_tokens, self.pace, self.seconds = self.settings.pass_tokens, Pace(), dict[str, float]()
        self.looked: dict[str, float] = {}  # of the look after this step, if there was one
        self.why = ""  # the run stops
        self.step = self.restored()

    def run(self) -> Outcome:
        if self.step == 0 and not self.peak.first:
            self.look()
            self.save()
        while self.step < self.commission.steps and not self.why:
            self.observer.phase("Pushing the policy", self.step / self.commission.steps)
            self.advance()
            self.after_step()
        self.save()
        if self.why:
            return self.ended("stopped", self.why)
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
            self.learner.optimiser.zero_grad()
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
            scored = rewards.of_rollout(self.commission.rewards, rollout, self.pass_tokens)
        with self.timed("read"), self.policy.recomputing():
            read = passes.read(self.policy, rollout, self.pass_tokens, with_states=self.critic is not None)
        with self.timed("reference"):
            beside = self.references.of(self.asked(), self.commission, self.policy, self.pass_tokens)
        seen = Seen(rollout, read.said, scored, beside)
        found = signals.of_step(self.commission.plan, self.settings, self.beta.now, seen)
        measured = figures.of_step(rollout, read.said, found, scored, self.held)
        if self.step == 0:
            self.must_agree(rollout, read)
        with self.timed("learn"), self.policy.recomputing():
            measured["gradient_norm"] = self.learn(rollout, read, found)
        self.move_multipliers(found, rollout.samples)
        self.report(measured, rollout, found)

    def sample(self) -> Rollout:
        settings, commission, chosen = self.settings, self.commission, self.asked()
        drawn = [
            rollouts.numbers(settings.max_new_tokens, commission.seed, self.step, place, one)
            for place in range(len(chosen))
            for one in range(settings.samples)
        ]
        conversations = [commission.prompts[one] for one in chosen]
        return rollouts.sample(self.policy, conversations, torch.stack(drawn), self.pass_tokens)

    def asked(self) -> list[int]:
        """The numbers of the step's prompts."""
        return rollouts.order(self.commission.seed, len(self.commission.prompts), self.step, self.settings.prompts)

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
        advantage = self.advantage(rollout, read, found)
        return self.learner.learn(self.step, rollout, read, advantage, found.counts, self.pass_tokens)

    def advantage(self, rollout: Rollout, read: Read, found: Signals) -> Tensor:
        """(tokens,): the critic's, or an answer's own at each of its tokens."""
        if self.critic is None or read.states is None:
            whole = signals.advantage(found, self.held, self.controller, self.settings, rollout.samples)
            return losses.spread_out(whole, rollout.lengths)
        streams = signals.streams(found, self.held, rollout).float()
        counts = losses.spread_out(found.counts, rollout.lengths)
        parts = self.critic.advantages(read.states, streams, rollout.lengths, counts)
        return controllers.mixed(self.controller, parts[:, 0], list(parts[:, 1:].unbind(1)))

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
        self.observer.report(self.step, measured | self.memory())
        if self.step == 1 or self.step % self.settings.keep_every == 0 or self.step == self.commission.steps:
            self.observer.samples(self.step, self.shown(rollout, found))
        for alarm in self.watch.begun(self.held, self.controller.saturated()):
            self.observer.alarm(alarm.name, self.step, alarm.sentence)

    def memory(self) -> dict[str, float]:
        """The peak until now, in MiB; like times it is the machine's, and stands in no card."""
        peak = devices.peak_bytes(self.policy.device)
        return {} if peak is None else {"memory/peak": peak / 2**20}

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
        """Look where it is time, keep a checkpoint where a rule says so, and judge whether to stop."""
        self.looked, is_last = {}, self.step == self.commission.steps
        is_best = not self.commission.looking.checks and self.best.look(
            self.step, self.watch, self.commission.plan, self.held
        )
        self.why = stopping.by_window(self.watch, self.settings) or ""
        if self.step % self.commission.looking.every == 0 or is_last or self.why:
            is_best = self.look() or is_best
        if is_best or self.step % self.settings.keep_every == 0 or is_last or self.why:
            self.keep()
        self.pace.keep(self.save)

    def look(self) -> bool:
        """At prompts held out; whether the first check was never better."""
        if not self.commission.looking.prompts:
            return False
        with self.timed("look"):
            found = looks.look(self.commission, self.policy, self.pass_tokens)
        self.observer.report(self.step, found.figures)
        self.looked = found.figures
        if not found.values:
            return False
        is_best = self.peak.add(self.step, found.values)
        if is_best:
            self.best.take(self.step, self.means())
        self.why = self.why or stopping.by_look(self.peak, found.values, self.commission.looking.fall) or ""
        return is_best

    def keep(self) -> None:
        means = self.means()
        try:
            folder = keeping.keep(self.commission, self.policy, self.step, means)
        except (OSError, SafetensorError) as error:
            raise checkpoints.full(error) from error
        self.observer.kept(self.step, folder, means)

    def means(self) -> dict[str, float]:
        """Of the window, and of the look after this step."""
        return {**self.watch.means(), **self.looked}

    def save(self) -> None:
        numbers = {
            "commission": self.commission.described,
            "controller": self.controller.state(),
            "beta": self.beta.state(),
            "watch": self.watch.state(),
            "best": self.best.state(),
            "peak": self.peak.state(),
            "references": self.references.state(),
            "critic": None if self.critic is None else self.critic.numbers(),
            "why": self.why,
        }
        beside = {} if self.critic is None else self.critic.tensors()
        self.observer.saving()
        checkpoints.save(
            self.commission.folder, self.step, self.policy.learned, self.learner.optimiser, numbers, beside
        )
        keeping.drop(self.commission.folder, self.superfluous())

    def superfluous(self) -> list[int]:
        """Kept once and kept by no rule now: neither the best, nor the last, nor every n-th."""
        every = self.settings.keep_every
        wanted = {self.best.step, self.commission.steps, *([self.step] if self.why else [])}
        return [one for one in keeping.kept(self.commission.folder) if one not in wanted and one % every]

    def restored(self) -> int:
        """The step that the folder's state was written after, or 0."""
        state = checkpoints.load(self.commission.folder)
        if state is None:
            return 0
        numbers: dict[str, Any] = state.numbers
        if numbers["commission"] != plain(self.commission.described):
            raise Unrunnable("This folder holds another run: its settings, plan or seed are not the ones given.")
        checkpoints.restore(state, self.policy.learned, self.learner.optimiser)
        self.controller.restore(numbers["controller"])
        self.beta.restore(numbers["beta"])
        self.watch.restore(numbers["watch"])
        self.best.restore(numbers["best"])
        self.peak.restore(numbers["peak"])
        self.references.restore(numbers["references"])
        if self.critic is not None:
            self.critic.restore(state.tensors, numbers["critic"])
        self.why = numbers["why"]
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
    """Whether memory ran out, of the device or of the machine."""
    words = str(error)
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        one in words for one in ("out of memory", "can't allocate memory")
    )


def plain(values: Any) -> Any:
    """As JSON would give it back."""
    if isinstance(values, dict):
        return {name: plain(one) for name, one in values.items()}
    return [plain(one) for one in values] if isinstance(values, list | tuple) else values

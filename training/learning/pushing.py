"""The loop: a step samples, scores, reads, mixes, and takes one step of the optimiser; then the multipliers move."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from safetensors import SafetensorError
from torch import Tensor

from rewardmodels.learning.finetuning import Pace
from training.learning import (
    bounds,
    checkpoints,
    cone,
    controllers,
    critics,
    figures,
    hearing,
    keeping,
    kl,
    looks,
    losses,
    memory,
    passes,
    policies,
    processes,
    rewards,
    rollouts,
    signals,
    stopping,
    telling,
)
from training.learning.best import Best
from training.learning.commissions import Commission, Outcome, Unrunnable
from training.learning.learner import Learner
from training.learning.observing import NOBODY, RunObserver
from training.learning.passes import Read
from training.learning.references import References
from training.learning.resuming import Part, Standing
from training.learning.rollouts import Rollout
from training.learning.signals import Seen, Signals
from training.learning.stopping import Peak
from training.learning.watching import Watch

AGREED = {"fp32": 0.01, "bf16": 0.05}  # the mean distance of the ratio from 1 up to which sampler and trainer agree


class Run:
    """One run as it stands."""

    def __init__(self, commission: Commission, observer: RunObserver) -> None:
        processes.must_suffice(commission.settings.prompts)
        hearing.must_be_by_one(commission.looking)
        self.observer = observer if processes.is_first() else NOBODY
        self.commission, self.settings = commission, commission.settings
        self.policy = policies.prepare(commission.policy, commission.settings, commission.seed)
        self.held = bounds.listed(commission.plan)
        self.controller = controllers.make(self.held, self.settings, commission.seed)
        self.beta = kl.coefficient(commission.plan.kl)
        self.watch, self.best = Watch(self.settings.window), Best()
        self.references = References()
        self.critic = critics.make(self.policy, self.settings, 1 + len(self.held), commission.seed)
        self.learner, self.peak = Learner(self.policy, self.settings, commission.seed, commission.steps), Peak()
        self.pass_tokens, self.pace, self.seconds = self.settings.pass_tokens, Pace(), dict[str, float]()
        self.looked: dict[str, float] = {}  # of the look after this step, if there was one
        parts: dict[str, Part] = {
            "controller": self.controller,
            "beta": self.beta,
            "watch": self.watch,
            "best": self.best,
        }
        self.due, self.cone = hearing.Due(), cone.Cone(commission.looking.agreement)
        parts |= {"cone": self.cone} if self.cone.agreement is not None else {}
        parts |= {"peak": self.peak, "references": self.references, "due": self.due}
        self.standing = Standing(commission, self.policy, self.learner.optimiser, parts, self.critic)
        self.step, self.why = self.standing.restore()  # why the run stops
        self.saved = self.step
        if self.step:
            self.observer.resumed(self.step)

    def run(self) -> Outcome:
        if self.step == 0 and not self.peak.first:
            self.look()
            self.save()
        self.hear()
        while self.step < self.commission.steps and not self.why:
            self.observer.phase("Pushing the policy", self.step / self.commission.steps)
            if self.advance():
                self.after_step()
                self.hear()
        self.save()
        if self.why:
            return self.ended("stopped", self.why)
        return self.ended("completed", f"All {self.commission.steps} steps were taken.")

    def advance(self) -> bool:
        """One step; where memory runs out, none, and the last state again with passes of half the size."""
        self.replay_choice()
        try:
            self.one_step()
        except (MemoryError, RuntimeError) as error:
            if not memory.ran_out(error):
                raise
            memory.halve(self.commission.folder, self.saved, self.pass_tokens, error)
        else:
            return True
        self.go_back()  # here, where the error no longer holds what the step had in memory
        return False

    def go_back(self) -> None:
        """To the last state: a step that was begun may have moved some of the run's parts."""
        self.learner.optimiser.zero_grad()
        reached = self.step
        self.step, self.why = self.standing.restore()
        if self.step < reached:
            self.observer.resumed(self.step)
        self.replay_choice()
        self.observer.say(f"Memory ran out: behind step {self.step} a pass has {self.pass_tokens} tokens.")

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
            asked = {"with_states": self.critic is not None, "with_graph": not self.settings.is_clipped}
            read = passes.read(self.policy, rollout, self.pass_tokens, **asked)
        with self.timed("reference"):
            beside = self.references.of(self.asked(), self.commission, self.policy, self.pass_tokens)
        seen = Seen(rollout, read.said, scored, beside)
        found = signals.of_step(self.commission.plan, self.settings, self.beta.now, seen)
        measured = figures.of_step(rollout, read.said, found, scored, self.held)
        if self.step == 0:
            self.must_agree(rollout, read)
            self.cone.learn_deviation(signals.proxies(self.commission.plan, scored), rollout.samples)
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
        if not off <= AGREED[self.settings.precision]:
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
        own = rollout.tokens(rollout.own)
        parts = self.critic.advantages(read.states, own, streams, rollout.lengths, counts)
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
        self.observer.report(self.step, measured | telling.memory(self.policy))
        if self.step == 1 or self.step % self.settings.keep_every == 0 or self.step == self.commission.steps:
            rows = telling.shown(self.commission, self.policy, rollout, found, self.step - 1, self.pass_tokens)
            self.observer.samples(self.step, rows)
        for alarm in self.watch.begun(self.held, self.controller.saturated()):
            self.observer.alarm(alarm.name, self.step, alarm.sentence)

    def after_step(self) -> None:
        """Look where it is time, keep a checkpoint where a rule says so, and judge whether to stop."""
        self.looked, is_last = {}, self.step == self.commission.steps
        is_best = not self.commission.looking.is_deciding and self.best.look(
            self.step, self.watch, self.commission.plan, self.held
        )
        self.why = stopping.by_window(self.watch, self.settings) or ""
        if self.step % self.commission.looking.every == 0 or is_last or self.why:
            is_best = self.look() or is_best
        if is_best or self.step % self.settings.keep_every == 0 or is_last or self.why:
            self.keep()
        self.due.is_on = self.commission.looking.hears(self.step, is_over=is_last or bool(self.why))
        if processes.agreed(self.pace.is_due):
            self.pace.keep_now(self.save)

    def look(self) -> bool:
        """At prompts held out; whether the first check was never better."""
        if not self.commission.looking.prompts:
            return False
        with self.timed("look"):
            found = looks.look(self.commission, self.policy, self.pass_tokens)
        self.looked = found.figures
        self.vouch(found.proxies)
        self.observer.report(self.step, self.looked)
        return self.judged(found.values) if found.values else False

    def vouch(self, proxies: list[float]) -> None:
        """Where the proxy's gain at prompts held out vouches for what it stands for no more, the run ends."""
        if self.cone.agreement is None:
            return
        self.cone.begin(proxies)
        told = self.cone.look(proxies, self.watch.mean("kl")) if self.step else None
        if told is not None:
            self.looked |= {"cone/proxy": told.cosine, "cone/needed": self.cone.needed}
            self.why = self.why or told.why

    def hear(self) -> None:
        """People, where they are due; the state is kept first, for the run may end its turn until they have judged."""
        looking = self.commission.looking
        if looking.hearing is None or not self.due.is_on:
            return
        self.save()
        found = hearing.hear(self.commission, looking.hearing, self.policy, self.step, self.pass_tokens)
        self.due.is_on = False
        self.observer.report(self.step, found.figures)
        self.looked |= found.figures
        if looking.are_people_deciding and found.figures:
            self.peak.begin(hearing.UNTOLD, len(found.values))
            if self.judged(found.values) or self.why:
                self.keep()

    def judged(self, values: list[float]) -> bool:
        """By what decides: whether nothing was ever better. A fall ends the run."""
        is_best = self.peak.add(self.step, values)
        if is_best:
            self.best.take(self.step, self.means())
        self.why = self.why or stopping.by_look(self.peak, values, self.commission.looking.fall) or ""
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
        self.observer.saving()
        self.standing.save(self.step, self.why)
        self.saved = self.step
        self.standing.drop({self.best.step, self.commission.steps, *([self.step] if self.why else [])})

    def ended(self, how: str, why: str) -> Outcome:
        if not self.best.figures and not self.peak.first:  # too short for a window: the last step is all that is known
            return Outcome(how, why, self.step, self.step, self.watch.means(), self.watch.means())
        return Outcome(how, why, self.best.step, self.step, self.watch.means(), dict(self.best.figures))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        if self.policy.device.type == "cuda":
            torch.cuda.synchronize()
        self.seconds[name] = time.perf_counter() - begun

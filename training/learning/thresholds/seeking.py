"""A search for thresholds as one piece of work: the reference, proposals one after another, and what was found again.

All of it lies in one folder: the reference's measurement, the search with its answers so far, a state of each proposal.
Who is killed goes on there: a measurement has random numbers of its own, and a proposal resumes as any run does.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lm.causal import Causal
from lm.templates import Conversation
from rewardmodels.learning import keys
from rewardmodels.learning.rewards import Reward
from training.learning import policies
from training.learning.commissions import Commission, Unrunnable
from training.learning.observing import NOBODY, RunObserver
from training.learning.policies import Policy
from training.learning.settings.online import Online
from training.learning.settings.searches import ENDED, SPENT, NelderMead
from training.learning.thresholds import leading, measuring, searching, simplex
from training.learning.thresholds.judging import LAST, Gain, Judge
from training.learning.thresholds.leading import Led
from training.learning.thresholds.measuring import Measured, Panel
from training.learning.thresholds.searching import REFERENCE, Best, Came, Done, Searching, Trial
from training.learning.thresholds.simplex import Place, Rules, Search


@dataclass(frozen=True)
class Quest:
    """What is searched, with what, and where all of it is kept."""

    opened: Callable[[], Causal]  # the policy, anew for each proposal: it is changed in place
    prompts: Sequence[Conversation]  # that proposals learn from
    looked: Sequence[Conversation]  # that they are measured at
    fresh: Sequence[Conversation]  # that only what was found is measured at
    rewards: Mapping[str, Reward]  # whose thresholds are searched, by component
    steps: Mapping[str, float | None]  # how far the first proposals reach, in their units; None: as the search says
    judge: Judge  # of what is to be highest
    algorithm: Online
    search: NelderMead
    seed: int
    folder: Path

    def __post_init__(self) -> None:
        if not self.rewards:
            raise Unrunnable("A search needs at least one component whose threshold is to be found.")
        if min(len(self.prompts), len(self.looked), len(self.fresh)) < 1:
            raise Unrunnable("A search needs prompts to learn from, to measure at and to try what was found on.")


class Reference(NamedTuple):
    """The policy as the search began, at the prompts that it measures at."""

    value: float
    error: float
    means: Place
    deviations: Place


class Again(NamedTuple):
    """What was found, run once more from the reference and measured at fresh prompts, beside the reference."""

    worth: Gain
    means: Place
    steps: int
    is_reached: bool


class Found(NamedTuple):
    best: Best
    reference: Reference
    again: Again
    spent: int
    why: str


@dataclass
class Seeker:
    """The work as it stands."""

    quest: Quest
    observer: RunObserver = NOBODY
    told: Callable[[int, Done], None] = searching.nobody_hears
    names: list[str] = field(init=False)
    panel: Panel = field(init=False)
    near: dict[str, float] = field(init=False)  # by component, how near is near enough
    spent: int = field(init=False)  # answers

    def __post_init__(self) -> None:
        self.names = list(self.quest.rewards)
        self.panel = measuring.panel(self.quest.looked, self.quest.search.looked)

    def seek(self) -> Found:
        reference = self.reference()
        sizes = self.sizes(reference)
        near = self.quest.search.near
        self.near = {name: near * abs(size) for name, size in zip(self.names, sizes, strict=True)}
        going = self.searching(simplex.first_simplex(reference.means, sizes), reference)
        self.spent = going.before
        for number, done in enumerate(going.done):
            self.hear(number, done)
        going.go()
        why = ENDED if going.search.ask() is None else SPENT
        return Found(going.best, reference, self.again(going.best), going.spent, why)

    def searching(self, corners: Sequence[Place], reference: Reference) -> Searching:
        own = self.quest.search
        rules = Rules(again=own.again, near=own.near, smallest=own.smallest, most=own.most)
        return Searching(
            run=self.come,
            search=Search(corners, rules),
            begin=reference.means,
            budget=own.budget,
            share=own.share,
            before=self.panel.answers,
            least=own.least(self.quest.algorithm.batch),
            path=self.quest.folder / "search.json",
            told=self.hear,
        )

    def hear(self, number: int, done: Done) -> None:
        self.spent += done.came.spent
        self.told(number, done)

    def reference(self) -> Reference:
        """Measured once: the first simplex stands on it."""
        path = self.quest.folder / "reference.json"
        if not path.is_file():
            self.observer.phase("Measuring the reference", 0.0)
            found = self.measured(self.standing(None), self.panel, REFERENCE)
            worth = self.quest.judge.of_reference(found)
            by_name = [[one[name] for name in self.names] for one in (found.means, found.deviations)]
            searching.write(path, [*worth, *by_name])
        value, noise, means, deviations = json.loads(path.read_text())
        return Reference(value, noise, tuple(means), tuple(deviations))

    def sizes(self, reference: Reference) -> Place:
        """How far the first simplex reaches along each component."""
        found = []
        for name, deviation in zip(self.names, reference.deviations, strict=True):
            size = self.quest.steps.get(name) or self.quest.search.step * deviation
            if size == 0:
                raise Unrunnable(
                    f"The reference's answers all score the same on “{name}”: say how far its first step is to be."
                )
            found.append(size)
        return tuple(found)

    def come(self, trial: Trial) -> Came:
        """A proposal: led there from where it begins, or measured once more where it came to."""
        begin = None if trial.begin == REFERENCE else self.folder_of(trial.begin)
        if trial.again:
            self.phase(f"Proposal {trial.begin} is measured again", 0)
            policy, spent = self.standing(begin), 0
        else:
            batch = self.quest.algorithm.batch
            steps = max(1, (trial.budget - self.panel.answers) // batch)
            led = self.led(trial.thresholds, begin, steps, trial.name, f"Proposal {trial.name}")
            policy, spent = led.policy, led.step * batch
        found = self.measured(policy, self.panel, f"proposal {trial.name}")
        worth = self.quest.judge.of_proposal(trial.name, found)
        means = tuple(found.means[name] for name in self.names)
        return Came(worth.value, worth.error, means, spent + self.panel.answers)

    def again(self, best: Best) -> Again:
        """From the reference, by other random numbers, at prompts that chose nothing."""
        quest = self.quest
        led = self.led(best.thresholds, None, quest.search.last, LAST, "What was found, once more")
        panel = measuring.panel(quest.fresh, quest.search.looked)
        after = self.measured(led.policy, panel, LAST)
        before = self.measured(self.standing(None), panel, LAST)
        return Again(
            worth=quest.judge.of_last(after, before),
            means=tuple(after.means[name] for name in self.names),
            steps=led.step,
            is_reached=led.is_reached,
        )

    def led(self, thresholds: Place, begin: Path | None, steps: int, name: str, said: str) -> Led:
        """A run that came to its end; one that died goes on in its folder."""
        quest = self.quest
        commission = Commission(
            policy=quest.opened(),
            prompts=quest.prompts,
            rewards=quest.rewards,
            plan=leading.plan_of(self.names, thresholds),
            settings=quest.algorithm,
            seed=keys.number(quest.seed, "proposal", name),
            steps=steps,
            folder=self.folder_of(name),
        )

        def phase(_name: str, share: float) -> None:
            self.phase(said, round(share * steps * quest.algorithm.batch))

        led = Led(commission, begin, self.near, RunObserver(phase=phase, say=self.observer.say))
        led.run()
        return led

    def phase(self, said: str, more: int) -> None:
        """How far it is, by answers: all that were sampled over all that may be, the last run's among them."""
        whole = self.quest.search.budget + self.quest.search.last * self.quest.algorithm.batch
        self.observer.phase(said, min(1.0, (self.spent + more) / whole))

    def standing(self, folder: Path | None) -> Policy:
        """The policy that a proposal left; without one the reference."""
        policy = policies.prepare(self.quest.opened(), self.quest.algorithm, self.quest.seed)
        if folder is not None:
            leading.put(folder, policy)
        return policy

    def measured(self, policy: Policy, panel: Panel, purpose: str) -> Measured:
        quest = self.quest
        return measuring.measure(policy, panel, quest.rewards, quest.algorithm, quest.seed, purpose)

    def folder_of(self, name: str) -> Path:
        return self.quest.folder / "proposals" / name

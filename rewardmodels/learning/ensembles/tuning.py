"""Members that learn adapters or a whole backbone, one after another, each from its own optimum on the frozen one.

A member has conversations, a prior, adapters and an order of judgments of its own, and stops by conversations that it
did not learn from. What is done is kept: an attempt that was interrupted goes on with the member that was learning.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from rewardmodels.learning import bradley_terry, finetuning, keys, tuned
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.ensembles import frozen, members, shelf
from rewardmodels.learning.ensembles.frozen import Fitted
from rewardmodels.learning.ensembles.members import Members
from rewardmodels.learning.ensembles.shelf import START, Shelf
from rewardmodels.learning.finetuning import Plan, Trail
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.observing import Observer, part
from rewardmodels.learning.passes import Passes
from rewardmodels.learning.posterior import Posterior
from rewardmodels.learning.settings.kinds import Ensemble
from rewardmodels.learning.tuned import Body, Subject

FIRST_SHARE, LAST_SHARE = bradley_terry.FROZEN_SHARE, 0.88  # of the work, as it is shown: the members' part of it


class Anchored(Posterior[PairLikelihood]):
    """The prior of the head's weights lies around the member's anchor instead of 0."""

    def __init__(self, like: Posterior[PairLikelihood], anchor: Tensor, judgments: int) -> None:  # anchor (width,)
        super().__init__(like.head, like.likelihood, decay=like.decay, judgments=judgments)
        self.anchor: Tensor
        self.register_buffer("anchor", anchor)

    def penalty(self) -> Tensor:
        moved = self.decay * (0.5 * self.anchor.square().sum() - self.head.out.weight[0] @ self.anchor)
        return super().penalty() + moved


@dataclass(frozen=True)
class Course:
    """What every member learns from, and what is its own."""

    settings: Ensemble
    lesson: Lesson
    begin: Fitted  # each member at its optimum on the backbone as it came
    many: Members
    held: Tensor  # (members, rows) bool: what tells each when to stop
    is_resumed: bool  # an earlier attempt came as far as the members

    def seed(self, number: int) -> int:
        return keys.number(self.lesson.seed, "member", number)

    def posterior(self, number: int, judgments: int) -> Anchored:
        """Where the member begins."""
        pairs, whole = self.lesson.pairs, self.begin.posterior
        found = bradley_terry.start(self.lesson, pairs, whole.decay, side_bias=self.settings.side_bias)
        found.load_state_dict(whole.state_dict())
        own = dict(found.named_parameters())
        with torch.no_grad():
            for name, values in self.begin.parameters.items():
                own[name].copy_(values[number])
        return Anchored(found, self.many.anchors[number], judgments)

    def judgments(self, number: int) -> Tensor:
        """Rows that the member learns from, each as often as it drew it."""
        return torch.repeat_interleave(torch.arange(len(self.lesson.pairs)), self.many.weights[number].long())

    def tune(self, number: int, through: Passes, observer: Observer) -> tuple[Anchored, Trail]:
        rows, pairs = self.judgments(number), self.lesson.pairs
        posterior = self.posterior(number, len(rows))
        lesson = finetuning.Lesson(through, pairs.at(rows), pairs.at(self.held[number]))
        plan = Plan.of(self.settings, self.seed(number))
        return posterior, finetuning.tune(posterior, lesson, plan, part(observer, 0.0, 0.8))


def prepare(settings: Ensemble, lesson: Lesson, kept: Shelf, observer: Observer) -> Course:
    """The members on the frozen backbone, fitted without what will tell them when to stop; fitted once."""
    known = kept.find(START)
    before = known or frozen.whole(settings, lesson, observer)
    decay = before.numbers["decay"]
    width = frozen.posterior_of(settings, lesson, before).head.out.in_features
    drawn = members.draw(settings.members, lesson.pairs.cluster, width, decay, settings.differing, lesson.seed)
    many, held = members.hold_out(drawn, lesson.pairs.cluster, lesson.seed)
    if known is not None:
        return Course(settings, lesson, frozen.found_again(settings, lesson, known), many, held, is_resumed=True)
    begin = frozen.fit(settings, lesson, many, before, observer)
    if observer.checkpoint is not None:
        kept.keep(START, frozen.kept(begin))
    return Course(settings, lesson, begin, many, held, is_resumed=False)


def learn(course: Course, subject: Subject, kept: Shelf, observer: Observer) -> int:
    """Every member that is not on the shelf yet is learned and put there; the steps that all took."""
    steps, is_resumed = course.begin.steps, course.is_resumed
    for number in range(course.settings.members):
        done = kept.find(number)
        if done is None:
            if is_resumed and not kept.underway(number).is_file():
                observer.resumed(steps)  # what was measured of this member and not kept is measured again
            is_resumed = False
            own = watched(observer, number, course.settings.members, steps, kept)
            done = learn_one(course, number, subject, own)
            kept.keep(number, done)
            kept.underway(number).unlink(missing_ok=True)
            tell(observer, number, course.settings.members, done.numbers["trail"])
        steps += done.step
    return steps


def learn_one(course: Course, number: int, subject: Subject, observer: Observer) -> shelf.State:
    tune: Callable[[Passes], tuple[Anchored, Trail]] = partial(course.tune, number, observer=observer)
    body: Body[Anchored] = tuned.learn(course.settings, replace(subject, seed=course.seed(number)), tune, observer)
    with torch.no_grad():
        utilities = body.fitted.head(body.states.double())
    weights = body.matrices or body.backbone.model.state_dict()
    return shelf.state(body.tuning["steps"], body.fitted.head, weights, utilities, body.tuning)


def watched(observer: Observer, number: int, count: int, steps: int, kept: Shelf) -> Observer:
    """One member's part: its steps stand behind those of the members before it."""
    width = (LAST_SHARE - FIRST_SHARE) / count
    shown = part(observer, FIRST_SHARE + number * width, FIRST_SHARE + (number + 1) * width)
    return replace(
        shown,
        phase=lambda name, share: shown.phase(f"Member {number + 1} of {count}: {name}", share),
        report=lambda step, values: observer.report(steps + step, values),
        resumed=lambda step: observer.resumed(steps + step),
        checkpoint=kept.underway(number) if observer.checkpoint is not None else None,
    )


def tell(observer: Observer, number: int, count: int, trail: dict[str, float]) -> None:
    observer.say(
        f"Member {number + 1} of {count}: {trail['steps']} steps; its loss on conversations held out was "
        f"{trail['first_loss']:.4f} before and is {trail['best_loss']:.4f}."
    )

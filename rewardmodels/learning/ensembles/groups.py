"""Members that have learned, as they are saved and as one model that stands for them elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lm.backbones import Backbone
from lm.families import Family
from rewardmodels.learning import heads, tuned
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.ensembles import averaging, exporting, frozen, keeping, members, scoring, tuning
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.ensembles.exporting import Export
from rewardmodels.learning.ensembles.frozen import Fitted
from rewardmodels.learning.ensembles.shelf import Shelf
from rewardmodels.learning.heads import Head
from rewardmodels.learning.observing import Observer, part
from rewardmodels.learning.scalar import Read
from rewardmodels.learning.settings.kinds import Ensemble
from rewardmodels.learning.tuned import Subject


@dataclass(frozen=True)
class Task:
    """What is to be learned from, and with what."""

    settings: Ensemble
    commission: Commission
    backbone: Backbone  # as it came
    read: Read
    lesson: Lesson

    @property
    def how(self) -> Combination:
        return Combination(self.settings.combine, self.settings.penalty, self.settings.ddof)

    @property
    def judged(self) -> Tensor:
        """The candidates that are compared in training, each once."""
        return judged(self.lesson.pairs)

    @property
    def others(self) -> Tensor:
        """The other candidates; all where there are none."""
        is_other = torch.ones(len(self.lesson.states), dtype=torch.bool)
        is_other[self.judged] = False
        return torch.nonzero(is_other if bool(is_other.any()) else ~is_other)[:, 0]


@dataclass(frozen=True)
class Group:
    """Several members as one."""

    fitted: Fitted  # on the backbone as it came
    heads: list[Head]  # fp64, centred
    utilities: Tensor  # (members, candidates) fp32, what they say
    backbone: Backbone  # of the model that stands for them
    exported: Head
    export: Export
    form: dict[str, Any]  # what reward.json says of how they are opened
    write: Callable[[dict[str, Any]], None]  # beside that model; takes the contents of reward.json and may add to them
    tuning: dict[str, Any] = field(default_factory=dict)
    frozen: Tensor | None = None  # (candidates,) of a linear head on the backbone as it came, where members are more


def judged(pairs: PairColumns) -> Tensor:
    return torch.unique(torch.cat([pairs.first, pairs.second]))


def of_heads(task: Task, observer: Observer) -> Group:
    """Heads on the backbone as it came, all fitted at once."""
    settings, lesson, how = task.settings, task.lesson, task.how
    before = frozen.whole(settings, lesson, observer)
    width = frozen.posterior_of(settings, lesson, before).head.out.in_features
    decay = before.numbers["decay"]
    many = members.draw(settings.members, lesson.pairs.cluster, width, decay, settings.differing, lesson.seed)
    fitted = frozen.fit(settings, lesson, many, before, observer)
    found = fitted.heads
    center(found, how, utilities_of(found, lesson.states[task.judged]))
    exported = exporting.head_of(found, how, lesson.states[task.judged])
    beside = lesson.states[task.others]
    meant = how(utilities_of(found, beside))
    export = exporting.compared(exported, meant, beside, lesson.family, is_exact=how.name == "mean")
    said = said_by(found, lesson.states, lesson.family)
    folder, family = task.commission.folder, lesson.family
    write = lambda own: scoring.save_members(folder, found, family)  # noqa: E731
    return Group(fitted, found, said, task.backbone, exported, export, {"form": "ensemble"}, write)


def of_learners(task: Task, kept: Shelf, observer: Observer) -> Group:
    """Members that learn adapters or a backbone, one after another."""
    settings, lesson, how, backbone = task.settings, task.lesson, task.how, task.backbone
    course = tuning.prepare(settings, lesson, kept, part(observer, 0.0, tuning.FIRST_SHARE))
    tuning.learn(course, Subject(backbone, task.read.texts, lesson.seed), kept, observer)
    done = [kept.get(number) for number in range(settings.members)]
    found = [keeping.head_of(one.tensors, course.begin.posterior.head) for one in done]
    utilities = torch.stack([one.tensors["utilities"] for one in done])
    utilities = utilities + center(found, how, utilities[:, task.judged])[:, None]
    stands_in = averaging.averaged(backbone, settings, kept)
    states = tuned.states_of(stands_in, task.read.texts, part(observer, 0.72, 0.92))
    meant = how(utilities)
    exported = exporting.distilled(exporting.merged(found), meant[task.judged], states[task.judged])
    export = exporting.compared(exported, meant[task.others], states[task.others], lesson.family, is_exact=False)
    trails = [one.numbers["trail"] for one in done]
    with torch.no_grad():
        plain = course.begin.posterior.head(lesson.states.double())
    return Group(
        course.begin, found, utilities.float(), stands_in, exported, export,
        form=keeping.form_of(backbone, settings),
        write=partial(keeping.write_members, found, backbone, task.commission, kept),
        tuning={"mode": settings.mode, "base": backbone.fingerprint, "members": trails},
        frozen=plain,
    )  # fmt: skip


@torch.no_grad()
def center(members: list[Head], how: Combination, said: Tensor) -> Tensor:  # said (members, answers) → (members,)
    """Make the mean of each member, and then of the reward, 0 on these answers; by how much each went up."""
    level = how(said - said.mean(1, keepdim=True)).mean()
    moves = -said.mean(1) - level
    for member, move in zip(members, moves, strict=True):
        member.out.bias.fill_(float(move))
    return moves


@torch.no_grad()
def utilities_of(members: list[Head], states: Tensor) -> Tensor:  # → (members, candidates) fp64
    return torch.stack([member(states.double()) for member in members])


@torch.no_grad()
def said_by(members: list[Head], states: Tensor, family: Family) -> Tensor:  # → (members, candidates) fp32
    """What the saved members say of every candidate."""
    rows = []
    for member in members:
        named, offset = heads.tensors(member, family)
        rows.append(heads.from_tensors(named, family, offset)(states))
    return torch.stack(rows)

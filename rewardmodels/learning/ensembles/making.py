"""An ensemble, from evidence to a sealed folder: heads on one pass of the backbone, or members that learn one each."""

from dataclasses import asdict, fields
from typing import Any

import torch

from lm.backbones import Backbone
from rewardmodels.learning import assessment, bradley_terry, cards, folder, held_out, scalar, tuned
from rewardmodels.learning.assessment import Assessment
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.commissions import Commission, Made
from rewardmodels.learning.ensembles import groups, shelf, use
from rewardmodels.learning.ensembles.groups import Group, Task
from rewardmodels.learning.ensembles.use import Seen
from rewardmodels.learning.evidence import Evidence, check_pairs
from rewardmodels.learning.observing import NOBODY, Observer, part
from rewardmodels.learning.settings.kinds import Ensemble


def make(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer = NOBODY) -> Made:
    """Learn the members and write their folder."""
    settings = commission.settings
    assert isinstance(settings, Ensemble)
    scalar.check_length(settings, backbone)
    tuned.check_precision(settings, backbone)
    check_pairs(evidence.pair_columns("train"))
    is_frozen = settings.mode == "frozen"
    first = observer if is_frozen else part(observer, 0.0, bradley_terry.FROZEN_SHARE)
    read = scalar.read(evidence, backbone, commission, first)
    train = evidence.pair_columns("train")
    check_pairs(train)
    lesson = Lesson(read.states, train, len(evidence.annotators), backbone.family, commission.seed)
    task = Task(settings, commission, backbone, read, lesson)
    with shelf.beside(observer) as kept:
        group = groups.of_heads(task, observer) if is_frozen else groups.of_learners(task, kept, observer)
        observer.phase("Calibrating and evaluating", 0.92)
        details = {
            "losses": read.losses.as_dict(),
            "unused": evidence.unused_by(settings.evidence),
            "annotators": len(evidence.annotators),
            "fit": group.fitted.describe(),
            "tuning": group.tuning,
            "combination": asdict(task.how),
            **figures(evidence, group, task),
        }
        rewards = task.how(group.utilities)
        result = assessment.assess(evidence, rewards, group.fitted.cuts, commission.seed, group.frozen)
        observer.phase("Saving", 0.97)
        return save(group, commission, result, details)


def figures(evidence: Evidence, group: Group, task: Task) -> dict[str, Any]:
    """How the reward lies on the reference set, what members' spread is good for, how near the exported model is."""
    lesson, utilities = task.lesson, group.utilities.double()
    held_out = joined([evidence.pair_columns(split) for split in ("validation", "test")])
    posterior = group.fitted.posterior
    hidden = posterior.head.hidden(lesson.states.double()).detach()
    seen = Seen(utilities, hidden, lesson.pairs, held_out, posterior.decay, task.how, lesson.seed)
    return {
        "reference": scalar.reference(task.how(utilities)[task.judged]),
        "members": {"count": len(group.heads), **use.describe(seen)},
        "export": group.export._asdict(),
    }


def joined(parts: list[PairColumns]) -> PairColumns:
    names = [one.name for one in fields(PairColumns)]
    return PairColumns(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def save(group: Group, commission: Commission, result: Assessment, details: dict[str, Any]) -> Made:
    """The sealed folder: one model that every tool reads, and the members beside it."""
    target, cuts = commission.folder, group.fitted.cuts.tolist()
    own = {**scalar.own(commission, group.backbone, cuts, result.calibration, details), **group.form}
    target.mkdir(parents=True, exist_ok=True)
    group.write(own)
    shards = None if group.tuning else commission.shards
    offset = folder.write(target, group.exported, group.backbone, own, shards=shards)
    held_out.write(target, result.held_out)
    (target / folder.CARD).write_text(cards.write(own, result.metrics, offset))
    found = {**details, "offset": offset, "cuts": cuts}
    return Made(folder.seal(target), "logit", result.metrics, dict(own["calibration"]), found)

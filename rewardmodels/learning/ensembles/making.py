"""An ensemble of heads on a frozen backbone: one pass, one choice of the decay, all members at once, one folder."""

from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from lm.backbones import Backbone
from lm.families import Family
from rewardmodels.learning import assessment, bradley_terry, cards, fitting, folder, heads, held_out, scalar
from rewardmodels.learning.assessment import Assessment
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.checkpoints import State
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.commissions import Commission, Made
from rewardmodels.learning.ensembles import exporting, members, scoring, together, use
from rewardmodels.learning.ensembles.combining import Combination
from rewardmodels.learning.ensembles.use import Seen
from rewardmodels.learning.evidence import Evidence, check_pairs
from rewardmodels.learning.fitting import taken
from rewardmodels.learning.heads import Head
from rewardmodels.learning.likelihoods.pairs import PairLikelihood
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.posterior import Posterior
from rewardmodels.learning.settings import Ensemble


@dataclass(frozen=True)
class Fitted:
    members: list[Head]  # fp64
    posterior: Posterior[PairLikelihood]  # fitted to all judgments once: its link and decay serve every member
    held_out_losses: dict[str, float]
    steps: int

    @property
    def cuts(self) -> Tensor:
        return self.posterior.likelihood.link.cuts().detach()


def make(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer = NOBODY) -> Made:
    """Learn the members and write their folder."""
    settings = commission.settings
    assert isinstance(settings, Ensemble)
    scalar.check_length(settings, backbone)
    check_pairs(evidence.pair_columns("train"))
    states, losses = scalar.encode(evidence, backbone, commission, observer)
    train = evidence.pair_columns("train")
    check_pairs(train)
    lesson = Lesson(states, train, len(evidence.annotators), backbone.family, commission.seed)
    fitted = fit(settings, lesson, observer)
    observer.phase("Calibrating and evaluating", 0.9)
    how = Combination(settings.combine, settings.penalty, settings.ddof)
    center(fitted.members, how, states[judged(train)])
    exported = exporting.head_of(fitted.members, how, states[judged(train)])
    details = {
        "losses": losses.as_dict(),
        "unused": evidence.unused_by(settings.evidence),
        "annotators": len(evidence.annotators),
        "fit": describe(fitted),
        **figures(evidence, fitted, exported, lesson, how),
    }
    utilities = how(said(fitted.members, states, backbone.family))
    result = assessment.assess(evidence, utilities, fitted.cuts, commission.seed)
    observer.phase("Saving", 0.97)
    return save(fitted, exported, backbone, commission, result, details | {"combination": asdict(how)})


def fit(settings: Ensemble, lesson: Lesson, observer: Observer) -> Fitted:
    """One posterior for all judgments, then every member from there on."""
    kept = together.resumable(observer)
    if kept is None:
        before = fit_whole(settings, lesson, observer)
    else:  # an earlier attempt came as far as the members; its checkpoint carries what was fitted before them
        numbers = {name: kept.numbers[name] for name in ("decay", "losses", "steps")}
        before = State(numbers["steps"], {f"whole.{k}": v for k, v in taken(kept.tensors, "whole.").items()}, numbers)
    decay = before.numbers["decay"]
    posterior = bradley_terry.start(lesson, lesson.pairs, decay, side_bias=settings.side_bias)
    posterior.load_state_dict(taken(before.tensors, "whole."))
    width = posterior.head.out.in_features
    many = members.draw(settings.members, lesson.pairs.cluster, width, decay, settings.differing, lesson.seed)
    observer.phase("Fitting the members", 0.8)
    found = together.fit(
        together.Lesson(posterior, posterior.inputs(lesson.states), lesson.pairs), many, observer, before
    )
    many_heads = [exporting.with_weight(posterior.head, row) for row in found.parameters["posterior.head.out.weight"]]
    return Fitted(many_heads, posterior, before.numbers["losses"], before.step + found.steps)


def fit_whole(settings: Ensemble, lesson: Lesson, observer: Observer) -> State:
    """The decay, the link and the weights that all judgments speak for, as a checkpoint carries them."""
    decay = settings.weight_decay
    losses: dict[str, float] = {}
    if decay is None:
        decay, losses = bradley_terry.choose_decay(lesson, side_bias=settings.side_bias, observer=observer)
    posterior = bradley_terry.start(lesson, lesson.pairs, decay, side_bias=settings.side_bias)
    observer.phase("Fitting", 0.75)
    steps = fitting.lbfgs(posterior, posterior.inputs(lesson.states), lesson.pairs, observer)
    tensors = {f"whole.{name}": value for name, value in posterior.state_dict().items()}
    return State(steps, tensors, {"decay": decay, "losses": losses, "steps": steps})


def judged(pairs: PairColumns) -> Tensor:
    """The candidates that are compared, each once."""
    return torch.unique(torch.cat([pairs.first, pairs.second]))


@torch.no_grad()
def center(members: list[Head], how: Combination, states: Tensor) -> None:
    """The mean of each member, and then of the reward, is 0 on these states."""
    for member in members:
        member.out.bias.zero_()
        member.out.bias.sub_(member(states.double()).mean())
    level = how(torch.stack([member(states.double()) for member in members])).mean()
    for member in members:
        member.out.bias.sub_(level)


@torch.no_grad()
def said(members: list[Head], states: Tensor, family: Family) -> Tensor:  # → (members, candidates) fp32
    """What the saved members say of every candidate."""
    rows = []
    for member in members:
        named, offset = heads.tensors(member, family)
        rows.append(heads.from_tensors(named, family, offset)(states))
    return torch.stack(rows)


def figures(evidence: Evidence, fitted: Fitted, exported: Head, lesson: Lesson, how: Combination) -> dict[str, Any]:
    """How the reward lies on the reference set, what members' spread is good for, and how near the exported head is."""
    used = judged(lesson.pairs)
    others = torch.ones(len(lesson.states), dtype=torch.bool)
    others[used] = False
    held_out = joined([evidence.pair_columns(split) for split in ("validation", "test")])
    utilities = said(fitted.members, lesson.states, lesson.family).double()
    hidden = fitted.posterior.head.hidden(lesson.states.double()).detach()
    seen = Seen(utilities, hidden, lesson.pairs, held_out, fitted.posterior.decay, how, lesson.seed)
    beside = lesson.states[others] if bool(others.any()) else lesson.states
    return {
        "reference": scalar.reference(how(utilities)[used]),
        "members": {"count": len(fitted.members), **use.describe(seen)},
        "export": exporting.compared(exported, fitted.members, how, beside, lesson.family)._asdict(),
    }


def joined(parts: list[PairColumns]) -> PairColumns:
    names = [one.name for one in fields(PairColumns)]
    return PairColumns(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def describe(fitted: Fitted) -> dict[str, Any]:
    sides = fitted.posterior.likelihood
    return {
        "weight_decay": fitted.posterior.decay,
        "held_out_losses": fitted.held_out_losses,
        "steps": fitted.steps,
        "side_bias": float(sides.pooled_side.detach()[0]) if sides.has_side_bias else None,
    }


def save(
    fitted: Fitted,
    exported: Head,
    backbone: Backbone,
    commission: Commission,
    result: Assessment,
    details: dict[str, Any],
) -> Made:
    """The sealed folder: one head that every tool reads, and the members beside it."""
    own = {**scalar.own(commission, backbone, fitted.cuts.tolist(), result.calibration, details), "form": "ensemble"}
    offset = folder.write(commission.folder, exported, backbone, own, shards=commission.shards)
    scoring.save_members(commission.folder, fitted.members, backbone.family)
    held_out.write(commission.folder, result.held_out)
    (commission.folder / folder.CARD).write_text(cards.write(own, result.metrics, offset))
    found = {**details, "offset": offset, "cuts": fitted.cuts.tolist()}
    return Made(folder.seal(commission.folder), "logit", result.metrics, dict(own["calibration"]), found)

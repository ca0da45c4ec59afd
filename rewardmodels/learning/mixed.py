"""A reward of one head that learns from judgments of any kinds: the whole way from evidence to a sealed folder."""

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lm.backbones import Backbone
from rewardmodels.learning import (
    appraisal,
    assessment,
    cards,
    findings,
    folder,
    foretelling,
    heads,
    held_out,
    identification,
    joint,
    scalar,
    teachable,
    tuned,
)
from rewardmodels.learning.assessment import Assessment
from rewardmodels.learning.bradley_terry import FROZEN_SHARE
from rewardmodels.learning.calibration import Calibration
from rewardmodels.learning.columns import Bag
from rewardmodels.learning.commissions import Commission, Made
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.held_out import Foretold
from rewardmodels.learning.joint import Fitted, Lesson
from rewardmodels.learning.likelihoods.mixing import Recipe
from rewardmodels.learning.observing import NOBODY, Observer, part
from rewardmodels.learning.scalar import Read
from rewardmodels.learning.settings.common import Mixed
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import Cardinal, Joint
from rewardmodels.learning.tuned import Body


@dataclass(frozen=True)
class Subject:
    """The evidence as this kind of model sees it."""

    evidence: Evidence
    kinds: list[str]  # of columns
    recipe: Recipe
    step: float | None

    def bag(self, split: str) -> Bag:
        return self.evidence.bag(split, self.kinds, step=self.step)

    def with_preferences(self) -> Evidence:
        """Which answer was preferred, as pairs: those of comparisons and amounts, or else those that rankings hold."""
        if not {"pairs", "amounts"} & set(self.kinds):
            return replace(self.evidence, pairs=[])
        if self.evidence.pairs:
            return self.evidence
        return replace(self.evidence, pairs=list(teachable.preferences(self.evidence.rankings)))


def make(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer = NOBODY) -> Made:
    """Learn a reward and write its folder."""
    settings = commission.settings
    assert isinstance(settings, Mixed)
    scalar.check_length(settings, backbone)
    if settings.head == "pooler" and not backbone.family.dense:
        raise SettingError("head", f"{backbone.name} is a causal model, whose head has no pooler; choose linear.")
    subject = subject_of(evidence, settings)
    teachable.check(subject.bag("train"), subject.recipe)
    check_step(subject)
    if settings.zero == "boundary" and "verdicts" not in subject.bag("train").kinds:
        raise SettingError("zero", "There are no answers of yes or no in the training split, so there is no boundary.")
    is_frozen = settings.mode == "frozen"
    found = scalar.read(evidence, backbone, commission, observer if is_frozen else part(observer, 0.0, FROZEN_SHARE))
    train = subject.bag("train")  # without what was too long
    teachable.check(train, subject.recipe)
    lesson = Lesson(found.states, train, subject.recipe, backbone.family, commission.seed)
    body = body_of(settings, lesson, found, backbone, observer)
    fitted = body.fitted
    observer.phase("Calibrating and evaluating", 0.9)
    named, offset = heads.tensors(fitted.head, backbone.family)
    with torch.no_grad():
        utilities = heads.from_tensors(named, backbone.family, offset)(body.states)
    result = judge(subject, fitted, utilities, commission)
    details = {
        "losses": found.losses.as_dict(),
        "tuning": body.tuning,
        "unused": evidence.unused_by(settings.evidence),
        "reference": scalar.reference(utilities[train.candidates()].double()),
        "fit": describe(subject, fitted, utilities, train),
        "annotators": len(evidence.annotators),
        "judgments": {kind: len(rows) for kind, rows in train.kinds.items()},
    }
    observer.phase("Saving", 0.97)
    return save(body, unit_of(subject, fitted), commission, result, details)


def body_of(settings: Mixed, lesson: Lesson, found: Read, backbone: Backbone, observer: Observer) -> Body[Fitted]:
    """A head on the backbone as it came, or on one that was learned too; in the unit of the anchor."""
    if settings.mode == "frozen":
        return Body(backbone, joint.fit(settings, lesson, observer), found.states)
    tune = partial(joint.tune, settings, lesson, observer=observer)
    body = tuned.learn(settings, tuned.Subject(backbone, found.texts, lesson.seed), tune, observer)
    factor = joint.into_unit(body.fitted, replace(lesson, states=body.states), settings.zero)
    if "merge_difference" in body.tuning:
        body.tuning["merge_difference"] *= factor
    return body


def check_step(subject: Subject) -> None:
    """A wider step would put a small amount on both sides of 0."""
    said = [amount.low for amount in subject.evidence.amounts if not amount.is_listed and amount.low > 0]
    if subject.step is not None and said and min(said) < subject.step:
        raise SettingError(
            "rounding_step", f"An amount of {min(said):g} was said, so amounts were rounded more finely."
        )


def subject_of(evidence: Evidence, settings: Mixed) -> Subject:
    money = settings if isinstance(settings, Cardinal) else Cardinal()
    if "cardinal" in settings.evidence:
        teachable.choose_currency(evidence, money.currency)
    if "rating" in settings.evidence:
        teachable.choose_aspect(evidence)
    recipe = Recipe(
        annotators=len(evidence.annotators),
        side_bias=money.side_bias,
        reliability=settings.reliability,
        ranking_ties=settings.ranking_ties if isinstance(settings, Joint) else "exact",
        aspects=tuple(evidence.aspects),
        questions=len(evidence.questions),
        main_question=teachable.main_question(evidence),
    )
    return Subject(evidence, teachable.kinds_to_use(evidence, settings.evidence), recipe, money.rounding_step)


@dataclass(frozen=True)
class Result:
    assessment: Assessment
    cuts: list[float]  # of preferences, in logits
    foretold: dict[str, dict[str, Foretold]]  # held-out judgments by split and kind


@torch.no_grad()
def judge(subject: Subject, fitted: Fitted, utilities: Tensor, commission: Commission) -> Result:
    """Figures of every split and kind, from scores exactly as the saved folder gives them: fp32."""
    per_unit, cuts = findings.logits_per_unit(fitted.likelihood), findings.cuts_of(fitted.likelihood)
    preferred = subject.with_preferences()
    if preferred.pairs:
        found = assessment.assess(preferred, (utilities.double() * per_unit).float(), cuts, commission.seed)
    else:
        found = Assessment({}, Calibration(1.0, 0, "There are no preferences to fit a temperature to."), {})
    metrics: dict[str, dict[str, Any]] = {}
    foretold: dict[str, dict[str, Foretold]] = {}
    for split in splits_of(subject.evidence):
        bag = subject.bag(split)
        if len(bag) == 0:
            continue
        figures = found.metrics.get(split) or {"n": len(bag), "decided": 0, "tied_judgments": 0}
        if set(bag.kinds) == {"verdicts"} and split not in found.metrics:
            texts = [candidate.response for candidate in subject.evidence.candidates]
            single = appraisal.Singles(fitted.likelihood.of("verdicts"), utilities.double(), lengths_of(texts))
            train: Any = subject.evidence.verdict_columns("train")
            rows: Any = bag.kinds["verdicts"]
            figures = single.figures(train, rows, split, commission.seed)
        kinds = appraisal.by_kind(fitted.likelihood, utilities.double(), bag, split, commission.seed)
        metrics[split] = {**figures, "kinds": kinds}
        if split != "train":
            foretold[split] = foretelling.foretold(subject.evidence, fitted.likelihood, utilities.double(), bag)
    # in the unit of the utility, so that the reward divided by it is in logits whatever the unit
    in_unit = found.calibration._replace(temperature=found.calibration.temperature / per_unit)
    return Result(Assessment(metrics, in_unit, found.held_out), cuts.tolist(), foretold)


def lengths_of(texts: list[str]) -> Tensor:
    return torch.tensor([float(len(text)) for text in texts])


def splits_of(evidence: Evidence) -> list[str]:
    """The usual splits, then whatever else the snapshot names."""
    return [*assessment.FIRST_SPLITS, *sorted(evidence.splits() - set(assessment.FIRST_SPLITS))]


def unit_of(subject: Subject, fitted: Fitted) -> str:
    """Currency, question and pool where there are amounts; else logit."""
    if "amounts" not in fitted.likelihood.kinds:
        return "logit"
    question = subject.evidence.questions[subject.recipe.main_question]
    seen = fitted.likelihood.of("amounts").log_slope.seen.tolist()
    pool = sorted(name for name, is_in in zip(subject.evidence.annotators, seen, strict=True) if is_in)
    digest = hashlib.sha256("\n".join(pool).encode()).hexdigest()[:8]
    asked = ", ".join(word for word in (question.elicitation, question.incentive) if word)
    currency = question.currency or "money"
    return f"{currency} (guidelines {question.version}{', ' + asked if asked else ''}; pool {digest} of {len(pool)})"


def describe(subject: Subject, fitted: Fitted, utilities: Tensor, train: Bag) -> dict[str, Any]:
    names = subject.evidence.annotators
    learned = findings.of(fitted.likelihood, names, subject.recipe)
    sides = [one["side"] for one in learned.values() if "side" in one]
    return {
        "weight_decay": fitted.decay,
        "held_out_losses": fitted.held_out_losses,
        "steps": fitted.steps,
        "side_bias": sides[0] if sides else None,
        "learned": learned,
        "undecided": identification.undecided(fitted.likelihood, utilities.double(), train, names),
        "logits_per_unit": findings.logits_per_unit(fitted.likelihood),
    }


def save(body: Body[Fitted], unit: str, commission: Commission, result: Result, details: dict[str, Any]) -> Made:
    """The sealed folder."""
    assessed = result.assessment
    own = scalar.own(commission, body.backbone, result.cuts, assessed.calibration, details)
    described = {**own, "form": "head", "unit": unit}
    offset = scalar.write_model(body, commission, described)
    held_out.write(commission.folder, assessed.held_out, result.foretold)
    (commission.folder / folder.CARD).write_text(cards.write(described, assessed.metrics, offset))
    sha256 = folder.seal(commission.folder)
    found = {**details, "offset": offset, "cuts": result.cuts}
    return Made(sha256, unit, assessed.metrics, dict(described["calibration"]), found)

"""A reward of one head on a backbone, frozen or learned: render, encode, fit, calibrate, evaluate, save."""

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lm import devices, features
from lm.backbones import Backbone
from lm.rendering import Rendered, Renderer
from rewardmodels.learning import assessment, bradley_terry, cards, folder, heads, held_out, margins, texts, tuned
from rewardmodels.learning.assessment import Assessment
from rewardmodels.learning.bradley_terry import Fitted, Lesson
from rewardmodels.learning.calibration import Calibration
from rewardmodels.learning.commissions import Commission, Made
from rewardmodels.learning.evidence import Evidence, Unlearnable, check_pairs
from rewardmodels.learning.observing import NOBODY, Observer, part
from rewardmodels.learning.settings.common import Settings
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import BradleyTerry
from rewardmodels.learning.texts import Losses
from rewardmodels.learning.tuned import Body, Subject

QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


def make(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer = NOBODY) -> Made:
    """Learn a reward and write its folder."""
    settings = commission.settings
    assert isinstance(settings, BradleyTerry)
    check_length(settings, backbone)
    if settings.head == "pooler" and not backbone.family.dense:
        raise SettingError("head", f"{backbone.name} is a causal model, whose head has no pooler; choose linear.")
    check_pairs(evidence.pair_columns("train"))
    is_frozen = settings.mode == "frozen"
    found = read(
        evidence, backbone, commission, observer if is_frozen else part(observer, 0.0, bradley_terry.FROZEN_SHARE)
    )
    train = evidence.pair_columns("train")
    check_pairs(train)
    ceilings = margins.ceilings(settings, train, found.texts, found.states)
    lesson = Lesson(found.states, train, len(evidence.annotators), backbone.family, commission.seed, ceilings)
    if is_frozen:
        body = Body(backbone, bradley_terry.fit(settings, lesson, observer), found.states)
    else:
        subject = Subject(backbone, found.texts, commission.seed)
        tune = partial(bradley_terry.tune, settings, lesson, observer=observer)
        body = tuned.learn(settings, subject, tune, observer)
    observer.phase("Calibrating and evaluating", 0.9)
    reference = center(body.fitted.head, body.states, train)
    result = judge(evidence, body, lesson, commission)
    details = {
        "losses": found.losses.as_dict(),
        "unused": evidence.unused_by(settings.evidence),
        "reference": reference,
        "fit": describe(body.fitted),
        "tuning": body.tuning,
        "annotators": len(evidence.annotators),
    }
    observer.phase("Saving", 0.97)
    return save(body, commission, result, details)


def check_length(settings: Settings, backbone: Backbone) -> None:
    if settings.max_length > backbone.context:
        raise SettingError("max_length", f"{backbone.name} reads at most {backbone.context} tokens.")


@dataclass(frozen=True)
class Read:
    """What the backbone makes of every candidate, and what the limits cost."""

    texts: list[Rendered]
    states: Tensor  # (candidates, width) fp32
    losses: Losses


def encode(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer) -> tuple[Tensor, Losses]:
    """(candidates, width) fp32 states, after rendering within the limits."""
    found = read(evidence, backbone, commission, observer)
    return found.states, found.losses


def read(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer) -> Read:
    """Every candidate as token ids and as what the backbone, as it came, makes of it."""
    settings = commission.settings
    backbone.model.to(devices.best())
    rendered, losses = texts.render(
        renderer_for(backbone, settings),
        evidence.candidates,
        lambda share: observer.phase("Rendering", 0.02 + 0.08 * share),
    )
    if settings.too_long == "drop":
        texts.drop_cut(evidence, rendered, losses)
    rows = features.compute(
        backbone,
        rendered,
        commission.cache,
        report=lambda done, total: observer.phase("Encoding", 0.1 + 0.55 * done / max(total, 1)),
    )
    states = torch.from_numpy(rows)
    if not bool(torch.isfinite(states).all()):
        raise Unlearnable(f"{backbone.name} gives hidden states that are not numbers; its weights may be damaged.")
    return Read(rendered, states, losses)


def renderer_for(backbone: Backbone, settings: Settings) -> Renderer:
    return Renderer(backbone.tokenizer, backbone.template, settings.max_length, settings.prompt_limit)


def center(head: Any, states: Tensor, train: Any) -> dict[str, Any]:
    """Make the mean utility of the training candidates 0 and describe how they lie around it."""
    used = torch.unique(torch.cat([train.first, train.second]))
    with torch.no_grad():
        head.out.bias.zero_()
        head.out.bias.sub_(head(states[used].double()).mean())
        return reference(head(states[used].double()))


def reference(utilities: Tensor) -> dict[str, Any]:  # (answers,)
    """How the training answers' utilities lie around their mean."""
    quantiles = torch.quantile(utilities, torch.tensor(QUANTILES, dtype=torch.float64))
    return {
        "n": len(utilities),
        "mean": round(float(utilities.mean()), 5) + 0.0,
        "deviation": float(utilities.std(unbiased=False)),
        "ddof": 0,
        "quantiles": {f"{share:g}": float(value) for share, value in zip(QUANTILES, quantiles, strict=True)},
    }


@torch.no_grad()
def judge(evidence: Evidence, body: Body[Fitted], lesson: Lesson, commission: Commission) -> Assessment:
    """Figures of every split, from scores exactly as the saved folder gives them: fp32."""
    named, offset = heads.tensors(body.fitted.head, body.backbone.family)
    utilities = heads.from_tensors(named, body.backbone.family, offset)(body.states)
    cuts = body.fitted.likelihood.link.cuts().detach()
    return assessment.assess(evidence, utilities, cuts, commission.seed, linear_beside(body.fitted, lesson, commission))


@torch.enable_grad()
def linear_beside(fitted: Fitted, lesson: Lesson, commission: Commission) -> Tensor | None:
    """(candidates,) utilities of a linear head on the backbone as it came, where the model is more: to be beaten."""
    settings = commission.settings
    assert isinstance(settings, BradleyTerry)
    if settings.head == "linear" and settings.mode == "frozen":
        return None
    plain = replace(settings, head="linear", mode="frozen", weight_decay=fitted.decay)
    return bradley_terry.fit(plain, lesson).head(lesson.states.double()).detach()


def describe(fitted: Fitted) -> dict[str, Any]:
    sides = fitted.likelihood
    return {
        "weight_decay": fitted.decay,
        "held_out_losses": fitted.held_out_losses,
        "steps": fitted.steps,
        "side_bias": float(sides.pooled_side.detach()[0]) if sides.has_side_bias else None,
    }


def save(body: Body[Fitted], commission: Commission, result: Assessment, details: dict[str, Any]) -> Made:
    """The sealed folder."""
    cuts = body.fitted.likelihood.link.cuts().tolist()
    described = {**own(commission, body.backbone, cuts, result.calibration, details), "form": "head"}
    offset = write_model(body, commission, described)
    held_out.write(commission.folder, result.held_out)
    (commission.folder / folder.CARD).write_text(cards.write(described, result.metrics, offset))
    sha256 = folder.seal(commission.folder)
    found = {**details, "offset": offset, "cuts": cuts}
    return Made(sha256, "logit", result.metrics, dict(described["calibration"]), found)


def write_model(body: Body[Any], commission: Commission, described: dict[str, Any]) -> float:
    """Weights, tokenizer and reward.json, and adapters where they were learned; what the exported logits lack."""
    shards = None if body.tuning else commission.shards
    offset = folder.write(commission.folder, body.fitted.head, body.backbone, described, shards=shards)
    if body.matrices:
        folder.write_adapter(commission.folder, body.matrices, body.fitted.head, body.backbone, described)
    return offset


def own(
    commission: Commission, backbone: Backbone, cuts: list[float], calibrated: Calibration, details: dict[str, Any]
) -> dict[str, Any]:
    """What reward.json says, but for the form; nothing in it depends on the clock or on an id of a database."""
    settings = commission.settings
    return {
        "format": 1,
        "kind": settings.kind,
        "settings": asdict(settings),
        "seed": commission.seed,
        "unit": "logit",
        "source": commission.source,
        "backbone": {"name": backbone.name, "fingerprint": backbone.fingerprint},
        "rendering": {
            "template": backbone.template_name,
            "max_length": settings.max_length,
            "max_prompt": settings.prompt_limit,
        },
        "link": {"cuts": cuts},
        "calibration": {**calibrated._asdict(), "is_fitted": calibrated.is_fitted},
        **details,
    }

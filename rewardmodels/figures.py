"""What a model's page says of its figures in words: a verdict, doubts, notes, where it comes from."""

import math
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rewardmodels import kinds
from rewardmodels.models import RewardModel
from web.figures import minus
from web.words import Words

SPLIT_NAMES: dict[str, Words] = {
    "train": gettext_lazy("Training"),
    "validation": gettext_lazy("Validation"),
    "test": gettext_lazy("Test"),
}

RIVALS: tuple[Words, Words] = (gettext_lazy("even odds"), gettext_lazy("“the longer one wins”"))
SINGLE_RIVALS: tuple[Words, Words] = (gettext_lazy("the usual share of “desirable”"), gettext_lazy("a guess by length"))


def splits(model: RewardModel, figure: str = "accuracy") -> list[str]:
    """Those with the figure, in the usual order; PostgreSQL keeps the keys of an object in its own."""
    usual = list(SPLIT_NAMES)
    names = sorted(model.metrics, key=lambda name: (usual.index(name) if name in usual else len(usual), name))
    return [name for name in names if figure in model.metrics[name]]


def is_of_single_answers(found: dict[str, Any]) -> bool:
    """Whether what stands as comparisons are verdicts: of an answer with its annotator's threshold."""
    return set(found.get("kinds", {})) == {"verdicts"}


def name_of(split: str) -> Words:
    return SPLIT_NAMES.get(split, split)


def verdict(model: RewardModel) -> tuple[str, str] | None:
    """(tone, sentence) on whether it says more than even odds and than length do on the test split."""
    found = model.metrics.get("test", {})
    if model.is_imported and not model.metrics:
        return "warn", _("It was brought in and not evaluated here: nothing is known of its worth on your judgments.")
    if "baselines" not in found:
        return without_baselines(model)
    low, high = found["baselines"]["constant"]["log_loss_gain"]["interval"]
    constant, longer = SINGLE_RIVALS if is_of_single_answers(found) else RIVALS
    if high < 0:
        return "bad", _(
            "By its log loss on the test split it is worse than {rule}, beyond what chance explains."
        ).format(rule=constant)
    if low <= 0:
        said = _("By its log loss on the test split it is not surely better than {rule}; more judgments would tell.")
        return "warn", said.format(rule=constant)
    if found["baselines"]["longer_wins"]["log_loss_gain"]["interval"][0] <= 0:
        return "warn", _("By its log loss on the test split it is not surely better than {rule}.").format(rule=longer)
    return None


def without_baselines(model: RewardModel) -> tuple[str, str] | None:
    """(tone, sentence) where no comparison of the test split was decided."""
    if kinds.by_kind(model, "test"):
        return kinds.verdict(model)
    if model.details.get("fit", {}).get("learned"):
        return "warn", _("There is no test split with judgments that it could be held against: its worth is unknown.")
    return "warn", _("There is no test split with decided comparisons, so nothing can be said about its worth.")


def doubts(model: RewardModel) -> list[str]:
    """What the figures of the test split say against believing its probabilities."""
    found = model.metrics.get("test", {})
    said = []
    if found.get("slope") and not found["slope"].get("holds_one", True):
        timid = found["slope"]["estimate"] > 1
        said.append(_("It is too timid: its calibrated differences should be larger.") if timid
                    else _("It boasts: its calibrated differences should be smaller."))  # fmt: skip
    after = found.get("calibrated", {})
    if after and after["ece"] > after["ece_band"][1]:
        said.append(_("Its calibration error is larger than that of a model whose probabilities are right."))
    if found.get("seen"):
        said.append(
            _("{n} of {all} test judgments are about a conversation of which training holds a near-duplicate.").format(
                n=found["seen"], all=found["n"]
            )
        )
    return said


def notes(model: RewardModel) -> list[str]:
    """What the limits cost and what could not be used."""
    losses, unused = model.details.get("losses", {}), model.details.get("unused", {})
    said = []
    if losses.get("pairs_dropped"):
        said.append(_("{n} comparisons were dropped because they were too long.").format(n=losses["pairs_dropped"]))
    cut = {name: losses.get(name, 0) for name in ("turns_dropped", "prompts_cut", "responses_cut")}
    if any(cut.values()):
        said.append(
            _("Of {candidates} answers, {turns_dropped} lost old turns, {prompts_cut} the start of the last turn and "
              "{responses_cut} their own end to the limit of tokens.").format(candidates=losses["candidates"], **cut)
        )  # fmt: skip
    if unused:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(unused.items()))
        said.append(_("Judgments of other kinds were not used: {kinds}.").format(kinds=kinds))
    if model.calibration.get("reason"):
        said.append(model.calibration["reason"])
    return [*said, *doubts(model)]


def chance(model: RewardModel, first: float, second: float) -> float:
    """How likely the first is to be preferred, given that one is, from calibrated utilities and the link's cut."""
    cut = float((model.details.get("cuts") or [0.0])[0])
    difference = first - second

    def log_sigmoid(value: float) -> float:
        return -math.log1p(math.exp(-value)) if value > -30 else value

    ahead, behind = log_sigmoid(difference - cut), log_sigmoid(-difference - cut)
    return 1 / (1 + math.exp(min(700.0, behind - ahead)))


def as_written(text: str) -> SafeString:
    """A name or a number of a thing: the same in every language."""
    return format_html('<span translate="no">{}</span>', text)


def facts(model: RewardModel) -> list[tuple[str, Any]]:
    """Where it comes from and what was found; what a kind does not have is left out."""
    found: list[tuple[str, Any]] = [(_("Kind"), model.kind_title)]
    if model.snapshot is None:
        found += [(_("Brought in as"), as_written(model.backbone))]
    else:
        found += [
            (_("Backbone"), as_written(model.backbone)),
            (_("Snapshot"), as_written(model.snapshot.full_name)),
            (_("Snapshot’s SHA-256"), as_written(model.snapshot.sha256)),
            (_("Seed"), model.seed),
        ]
    if model.is_trained:
        found += [*learned(model), (_("Model’s SHA-256"), as_written(model.sha256))]
    return found


def learned(model: RewardModel) -> list[tuple[str, Any]]:
    fit, found = model.details.get("fit", {}), [(_("Unit"), model.unit)]
    if model.calibration.get("temperature"):
        found.append((_("Temperature"), f"{model.calibration['temperature']:.3f}"))
    if isinstance(fit.get("weight_decay"), int | float):
        found.append((_("Weight decay"), f"{fit['weight_decay']:g}"))
    if "side_bias" in fit and "learned" not in fit:  # otherwise it stands with its kind of judgment
        side = fit["side_bias"]
        leaning = _("not estimated") if side is None else minus(f"{side:+.2f}")
        found.append((_("Leaning to the answer shown first"), leaning))
    if "strength" in fit:
        found.append((_("Penalty"), f"{fit['penalty']}, C = {fit['strength']:.4g}"))
        found.append((_("Ties"), _("left out") if fit["ties"] == "drop" else _("half for either side")))
    if on := model.details.get("evaluated_on"):
        found.append((_("Evaluated on the snapshot"), as_written(on["sha256"])))
    if template := model.details.get("rendering", {}).get("template"):
        found.append((_("Template"), as_written(template)))
    return found

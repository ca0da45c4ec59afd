"""What a model's page shows of its figures: rows of a table, a reliability diagram, a verdict in words."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rewardmodels.models import RewardModel
from web.charts import Chart, Series
from web.words import Words

SPLIT_NAMES: dict[str, Words] = {
    "train": gettext_lazy("Training"),
    "validation": gettext_lazy("Validation"),
    "test": gettext_lazy("Test"),
}


@dataclass(frozen=True)
class Row:
    """One figure over the splits."""

    label: Words
    cells: list[str]
    is_baseline: bool = False


def splits(model: RewardModel) -> list[str]:
    """Those with figures, in the usual order; PostgreSQL keeps the keys of an object in its own."""
    usual = list(SPLIT_NAMES)
    names = sorted(model.metrics, key=lambda name: (usual.index(name) if name in usual else len(usual), name))
    return [name for name in names if "accuracy" in model.metrics[name]]


def table(model: RewardModel) -> list[Row]:
    """Figures beside those of much simpler rules; the rows that only compare are marked."""
    found = [model.metrics[split] for split in splits(model)]

    def row(label: Words, cell: Callable[[Any], str], is_baseline: bool = False) -> Row:
        return Row(label, [cell(figures) for figures in found], is_baseline)

    return [
        row(_("Judgments (ties)"), lambda m: f"{m['n']} ({m['tied_judgments']})"),
        row(_("Accuracy"), lambda m: ranged(m, "accuracy")),
        row(_("… of “the longer one wins”"), lambda m: share(m["baselines"]["longer_wins"]["accuracy"]), True),
        row(_("… at most, as people contradict each other"), lambda m: share(m["ceiling"]), True),
        row(_("AUC"), lambda m: share(m["auc"])),
        row(_("Log loss, calibrated"), lambda m: ranged(m["calibrated"], "log_loss")),
        row(_("… before calibration"), lambda m: share(m["log_loss"]), True),
        row(_("… of even odds"), lambda m: share(m["baselines"]["constant"]["log_loss"]), True),
        row(_("Brier score, calibrated"), lambda m: ranged(m["calibrated"], "brier")),
        row(_("Calibration error (band of a perfect model)"), lambda m: banded(m["calibrated"])),
        row(_("Equal scores"), lambda m: str(m["ties"])),
        row(_("Correlation with length"), lambda m: signed(m["length_correlation"])),
    ]


def share(value: float) -> str:
    return f"{value:.3f}"


def signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def ranged(figures: Any, name: str) -> str:
    low, high = figures["intervals"][name]
    return f"{figures[name]:.3f} [{low:.3f}–{high:.3f}]"


def banded(figures: Any) -> str:
    low, high = figures["ece_band"]
    return f"{figures['ece']:.3f} ({low:.3f}–{high:.3f})"


def reliability(model: RewardModel) -> Chart | None:
    """How often the model was right where it was so sure, on the test split or else the validation split."""
    split = next((name for name in ("test", "validation") if name in splits(model)), None)
    bars = [bar for bar in model.metrics[split]["reliability"] if bar["n"]] if split else []
    if len(bars) < 2:
        return None
    sure = [round(bar["confidence"], 4) for bar in bars]
    right = [round(bar["accuracy"], 4) for bar in bars]
    title = _("How often it was right ({split})").format(split=SPLIT_NAMES[split or ""])
    series = [Series(_("was right"), right), Series(_("perfectly calibrated"), sure)]
    return Chart(title, sure, series, x_label=_("how sure it was"))


def verdict(model: RewardModel) -> tuple[str, str] | None:
    """(tone, sentence) on whether it says more than even odds do on the test split."""
    found = model.metrics.get("test", {})
    if model.is_imported and not model.metrics:
        return "warn", _("It was brought in and not evaluated here: nothing is known of its worth on your judgments.")
    if "baselines" not in found:
        return "warn", _("There is no test split with decided comparisons, so nothing can be said about its worth.")
    gain = found["baselines"]["constant"]["log_loss_gain"]
    low, high = gain["interval"]
    if low > 0:
        return None
    if high < 0:
        return "bad", _("On the test split it is worse than even odds, beyond what chance explains.")
    return "warn", _("On the test split it is not surely better than even odds; more judgments would tell.")


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
    return said


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
            (_("Snapshot"), as_written(f"{model.snapshot.project.name}: {model.snapshot.name}")),
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
    if "side_bias" in fit:
        side = fit["side_bias"]
        found.append((_("Leaning to the answer shown first"), _("not estimated") if side is None else f"{side:+.2f}"))
    if on := model.details.get("evaluated_on"):
        found.append((_("Evaluated on the snapshot"), as_written(on["sha256"])))
    if template := model.details.get("rendering", {}).get("template"):
        found.append((_("Template"), as_written(template)))
    return found

"""What a run measured, as charts: a reward with its threshold, what holds it there, and how far the policy has gone."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import curves
from jobs.models import Job
from training import figures, foretelling
from training.checks import pictures
from training.models import Role, Run, RunComponent, RunGold
from web.charts import Chart, Series, Threshold, from_measurements
from web.words import Words

LABELS: dict[str, Words] = {
    "kl": gettext_lazy("KL"),
    "kl1": gettext_lazy("its estimate k1"),
    "kl3": gettext_lazy("its estimate k3"),
    "truncated": gettext_lazy("cut off"),
    "empty": gettext_lazy("empty"),
    "zero_spread": gettext_lazy("without spread"),
    "held_out/length": gettext_lazy("prompts held out"),
    "cone/proxy": gettext_lazy("prompts held out"),
    "loss": gettext_lazy("training"),
    "accuracy": gettext_lazy("training"),
    "margin": gettext_lazy("training"),
    "nats_per_token": gettext_lazy("training"),
    "held_out/loss": gettext_lazy("held out"),
    "held_out/accuracy": gettext_lazy("held out"),
    "held_out/margin": gettext_lazy("held out"),
    "held_out/nats_per_token": gettext_lazy("held out"),
    "chosen": gettext_lazy("chosen"),
    "rejected": gettext_lazy("rejected"),
    "desirable": gettext_lazy("desirable"),
    "undesirable": gettext_lazy("undesirable"),
    "sample": gettext_lazy("sampling"),
    "score": gettext_lazy("scoring"),
    "read": gettext_lazy("reading"),
    "learn": gettext_lazy("learning"),
    "memory/peak": gettext_lazy("peak until this step"),
}
MEAN = gettext_lazy("mean of the step")
ALARMING = 0.9  # the share of answers cut off, or of prompts whose answers all got the same (T16)


@dataclass(frozen=True)
class Panel:
    """One chart: which measurements it shows; a name that ends in a slash stands for all that begin so."""

    key: str
    title: Words
    names: tuple[str, ...]
    lines: tuple[tuple[Words, float], ...] = ()
    error: str = ""  # the measurement that is the first name's standard error
    mean: Words = MEAN  # what its own measurement is, where the title does not say

    def shows(self, name: str) -> bool:
        return any(name.startswith(one) if one.endswith("/") else name == one for one in self.names)

    def label(self, name: str) -> Words:
        """What stands in the legend: without what the title says already."""
        prefix = next((one for one in self.names if one.endswith("/") and name.startswith(one)), "")
        rest = name.removeprefix(prefix)
        component, _slash, role = rest.rpartition("/")
        if role in Role.values:
            return f"{component} {Role(role).label}"
        if self.key == name:
            return LABELS.get(name, self.mean)
        if name.startswith("held_out/") and self.key.startswith("reward/"):
            return gettext_lazy("prompts held out")
        return LABELS.get(rest, rest)


COMMON = (
    Panel("multiplier", gettext_lazy("Multipliers"), ("multiplier/",)),
    Panel("violation", gettext_lazy("Violations"), ("violation/",)),
    Panel("objective", gettext_lazy("Objective"), ("objective",)),
    Panel("entropy", gettext_lazy("Entropy, in nats a token"), ("entropy",)),
    Panel("length", gettext_lazy("Length, in tokens"), ("length", "held_out/length")),
    Panel("length_correlation", gettext_lazy("Correlation of reward and length"), ("length_correlation/",)),
    Panel(
        "shares",
        gettext_lazy("Shares: cut off, empty, without spread"),
        ("truncated", "empty", "zero_spread"),
        ((gettext_lazy("alarm"), ALARMING),),
    ),
    Panel("loss", gettext_lazy("Loss"), ("loss", "held_out/loss")),
    Panel("accuracy", gettext_lazy("Share of judgments that it agrees with"), ("accuracy", "held_out/accuracy")),
    Panel("margin", gettext_lazy("Margin"), ("margin", "held_out/margin")),
    Panel(
        "nats", gettext_lazy("Nats a token of the answers liked best"), ("nats_per_token", "held_out/nats_per_token")
    ),
    Panel(
        "likelihood", gettext_lazy("Log-probabilities of answers"), ("log_probability/", "held_out/log_probability/")
    ),
    Panel("implicit", gettext_lazy("Implicit rewards"), ("reward/desirable", "reward/undesirable", "held_out/reward/")),
    Panel("learning_rate", gettext_lazy("Learning rate"), ("learning_rate",)),
    Panel("ratio_at_start", gettext_lazy("Ratio of trainer to sampler"), ("ratio_at_start",)),
    Panel("kl_coefficient", gettext_lazy("Coefficient of the KL"), ("kl_coefficient",)),
    Panel("gradient_norm", gettext_lazy("Norm of the gradient"), ("gradient_norm",)),
    Panel("seconds", gettext_lazy("Seconds a step, by phase"), ("seconds/",)),
    Panel("memory/peak", gettext_lazy("Memory, in MiB"), ("memory/peak",)),
)

PEOPLE = Panel(
    pictures.PEOPLE,
    gettext_lazy("How often people prefer the policy to the reference"),
    (pictures.PEOPLE, pictures.LOW, pictures.HIGH),
)


def panels(run: Run) -> list[Panel]:
    """In the order in which a page shows them."""
    if run.is_merge:
        return of_merge(run)
    if run.is_selection:
        return of_selection(run)
    rewards = [of_component(part) for part in run.components.select_related("reward_model").prefetch_related("bounds")]
    golds = [of_gold(gold) for gold in run.golds.select_related("reward_model")]
    return [*golds, PEOPLE, *vouching(run), *rewards, of_kl(run), *COMMON]


def vouching(run: Run) -> list[Panel]:
    """How straight the way is that the policy goes, beside what its proxy must keep to vouch for people."""
    agreement = run.checks.get("agreement")
    if agreement is None:
        return []
    title = _("What the proxy has gained, of the most for so long a way")
    least = math.sin(math.pi * (1 - agreement))  # as training.learning.cone has it
    return [Panel("cone/proxy", title, ("cone/proxy",), ((_("vouches above"), round(least, 3)),))]


def of_merge(run: Run) -> list[Panel]:
    """Means over prompts between two standard errors, over the share of the last policy."""
    parts = run.components.select_related("reward_model")
    scored = [replace(of_component(part), lines=(), error=f"reward_error/{part.name}") for part in parts]
    banded = [*scored, replace(of_kl(run), error="kl_error")]
    rest = [replace(one, mean=_("mean")) for one in COMMON if one.key in ("length", "shares")]
    return [*(replace(one, names=(one.key, one.error)) for one in banded), *rest]


def of_selection(run: Run) -> list[Panel]:
    """Means of the best of n with 95 % intervals, over n."""
    parts = run.components.select_related("reward_model")
    objective = next(one for one in COMMON if one.key == "objective")
    chooser = [objective] if sum(part.weight is not None for part in parts) > 1 else []
    rest = [one for one in COMMON if one.key == "length"]
    return [replace(one, names=pictures.sides(one.key)) for one in (*chooser, *map(of_component, parts), *rest)]


def of_gold(gold: RunGold) -> Panel:
    title = _("Check on prompts held out: {name}, in {unit}").format(name=gold.title, unit=gold.unit.partition(" (")[0])
    return Panel(f"check/{gold.name}", title, (f"check/{gold.name}", f"check_error/{gold.name}"))


def of_component(part: RunComponent) -> Panel:
    title = _("{name}, in {unit}").format(name=part.reward_model.name, unit=part.reward_model.unit_alone)
    lines = tuple((Role(role).label, threshold) for role, threshold in foretelling.held_at(part))
    return Panel(f"reward/{part.name}", title, (f"reward/{part.name}", f"held_out/{part.name}"), lines)


def of_kl(run: Run) -> Panel:
    target = run.kl.get("target")
    lines = ((gettext_lazy("target"), float(target)),) if target is not None else ()
    return Panel("kl", gettext_lazy("KL to the reference, in nats a response"), ("kl", "kl1", "kl3"), lines)


def charts(run: Run, slug: str) -> list[Chart]:
    """Those of which something was measured."""
    if run.job is None:
        return []
    counts = curves.names(run.job)
    found = [(panel, [name for name in counts if panel.shows(name)]) for panel in panels(run)]
    measured = curves.thinned(run.job, {name: counts[name] for _panel, names in found for name in names})
    return [drawn(run, panel, {name: measured[name] for name in names}, slug) for panel, names in found if names]


def chart(run: Run, panel: Panel, counts: dict[str, int], slug: str) -> Chart:
    return drawn(run, panel, curves.thinned(run.job, counts) if run.job else {}, slug)


def drawn(run: Run, panel: Panel, measured: dict[str, curves.Points], slug: str) -> Chart:
    job = run.job
    points, lines = [], panel.lines
    if panel.key.startswith(pictures.CHECK):
        points, lines = pictures.banded(panel.key, measured), pictures.peak(panel.key, measured)
    elif run.is_selection:
        points = pictures.between(measured, panel.key)
    elif panel.error:
        points = pictures.with_errors(measured.get(panel.key, []), measured.get(panel.error, []))
    else:
        points = [(step, str(panel.label(name)), value) for name, rows in measured.items() for step, value in rows]
    x, series = from_measurements(points)
    first, *others = lines or (None,)
    return Chart(
        title=panel.title,
        x=x,
        series=[*series, *(level(str(label), value, x) for label, value in others)],
        x_label=across(run),
        threshold=Threshold(*first) if first else None,
        is_done=job is None or job.is_over,
        url=f"{reverse('run-chart', kwargs={'slug': slug, 'pk': run.pk})}?panel={panel.key}",
        every=4,
    )


def across(run: Run) -> Words:
    """What its steps are."""
    if run.is_selection:
        return _("n, of which the best is taken")
    return _("Share of the last policy, in percent") if run.is_merge else _("Step")


def level(label: str, value: float, x: Sequence[float]) -> Series:
    """A second threshold: the chart has one line of its own."""
    return Series(label, [value] * len(x))


def print_of(job: Job | None) -> str:
    """Changes when a chart, or a line in one, comes or goes."""
    return curves.print_of(curves.names(job)) if job else ""


def together(runs: Sequence[Run]) -> list[Chart]:
    """Curves of several runs over each other: a line a run, of every measurement that at least one of them has.

    What best-of-n brings does not depend on steps: it lies across them, at its largest n.
    """
    names = {run.pk: numbered(number, run) for number, run in enumerate(runs, start=1)}
    stepping = [run for run in runs if not run.is_selection] or list(runs)
    counts = {run.pk: curves.names(run.job) if run.job else {} for run in runs}
    titles = compared((counts[run.pk] for run in stepping), called(stepping))
    shown = {key for key, _title in titles}
    wanted = {run.pk: {key: n for key, n in counts[run.pk].items() if key in shown} for run in stepping}
    measured = {run.pk: curves.thinned(run.job, wanted[run.pk]) if run.job else {} for run in stepping}
    found = []
    for key, title in titles:
        points = [(step, names[run.pk], value) for run in stepping for step, value in measured[run.pk].get(key, [])]
        x, series = from_measurements(points)
        levels = [
            level(f"{names[run.pk]}: {figures.step(run, run.last_step)}", value, x)
            for run in runs
            if run not in stepping and run.last_step is not None
            if (value := run.details["figures"].get(key)) is not None
        ]
        found.append(Chart(title=title, x=x, series=[*series, *levels], x_label=across(stepping[0])))
    return found


def numbered(number: int, run: Run) -> str:
    return f"{number}. {run.name}"


def called(runs: Sequence[Run]) -> dict[str, str]:
    """What rewards and checks are called on the runs' own pages: one measurement may be of two reward models in two."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        parts = run.components.select_related("reward_model").prefetch_related("bounds")
        golds = run.golds.select_related("reward_model")
        for panel in (*map(of_component, parts), *map(of_gold, golds)):
            found.setdefault(panel.key, {})[str(panel.title)] = None
        if run.is_by_policies:
            for name, (title, unit) in foretelling.named(run).items():
                found.setdefault(f"reward/{name}", {})[_("{name}, in {unit}").format(name=title, unit=unit)] = None
    return {key: " / ".join(titles) for key, titles in found.items()}


def compared(counts: Iterable[dict[str, int]], called: Mapping[str, str]) -> list[tuple[str, Words]]:
    """(name, title) of what is worth comparing, rewards first."""
    known = {name for one in counts for name in one}
    rewards = [
        (name, called.get(name, name.removeprefix("reward/"))) for name in sorted(known) if name.startswith("reward/")
    ]
    titles: list[tuple[str, Words]] = [
        ("objective", gettext_lazy("Objective")),
        ("kl", gettext_lazy("KL to the reference, in nats a response")),
        ("entropy", gettext_lazy("Entropy, in nats a token")),
        ("length", gettext_lazy("Length, in tokens")),
        ("truncated", gettext_lazy("Share of answers cut off")),
    ]
    multipliers = [
        (name, _("Multiplier: {bound}").format(bound=COMMON[0].label(name)))
        for name in sorted(known)
        if name.startswith("multiplier/")
    ]
    checks = [(name, called.get(name, name)) for name in sorted(known) if name.startswith(pictures.CHECK)]
    return [*checks, *rewards, *((name, title) for name, title in titles if name in known), *multipliers]

"""What a filled workspace shows, in a few lines: who was found out, what models are worth, what constraints held."""

from collections.abc import Iterator
from typing import Any

from accounts.models import Workspace
from annotation.models import AnnotatorFigure, Project, Snapshot
from jobs.models import Measurement
from rewardmodels.models import RewardModel
from training.learning.studies.registry import STUDIES
from training.models import Run, Study
from training.rounds.demo.going import made_so_far
from training.rounds.demo.steps import STEPS

LAST = 5  # steps of a run whose mean is told


def lines(workspace: Workspace) -> Iterator[str]:
    made = made_so_far(workspace)
    for name in STEPS:
        if name in made:
            yield from TOLD.get(name.rpartition(".")[2], nothing)(made[name])
            yield from models(made[name]) if name.startswith("model.") or name.endswith(".model") else ()
            yield from runs(made[name]) if name.startswith("run.") else ()


def nothing(_pk: Any) -> Iterator[str]:
    yield from ()


def quality(pk: Any) -> Iterator[str]:
    """What the figures say of each simulated annotator."""
    found = AnnotatorFigure.objects.filter(project=pk, annotator__origin="simulated").select_related("annotator")
    if not found:
        return
    yield f"{Project.objects.get(pk=pk).name}:"
    for one in sorted(found, key=lambda figure: figure.annotator.source_name):
        said = [f"{one.judgments} judgments", f"median {one.median_seconds:.0f} s" if one.median_seconds else ""]
        if one.gold_seen:
            said.append(f"right on {one.gold_right} of {one.gold_seen} known answers")
        said += [f"flagged: {flag}" for flag in one.flags]
        yield f"    {one.annotator.source_name:<22}{', '.join(filter(None, said))}"


def snapshot(pk: Any) -> Iterator[str]:
    found = Snapshot.objects.select_related("project").get(pk=pk)
    counts = ", ".join(f"{sum(splits.values())} {kind}" for kind, splits in sorted(found.counts.items()))
    yield f"Snapshot of “{found.project.name}”: {counts}; {found.sha256[:12]}"


def models(pk: Any) -> Iterator[str]:
    found = RewardModel.objects.get(pk=pk)
    test = found.metrics.get("test", {})
    figures = [
        f"{name} {test[name]:.2f}" for name in ("accuracy", "log_loss", "ece") if isinstance(test.get(name), float)
    ]
    yield f"Reward model “{found.name}” ({found.get_standing_display()}): test {', '.join(figures) or 'without pairs'}"


def runs(pk: Any) -> Iterator[str]:
    found = Run.objects.get(pk=pk)
    if not found.is_over or found.job_id is None:
        return
    yield f"Run “{found.name}”: {found.ending_text or found.ending}"
    for name in ("reward/warmth", "reward/coverage", "kl", "length"):
        rows = Measurement.objects.filter(job=found.job_id, name=name).order_by("step").values_list("value", flat=True)
        values = list(rows)
        if values:
            first, last = values[:LAST], values[-LAST:]
            yield f"    {name:<18}{sum(first) / len(first):9.2f} → {sum(last) / len(last):.2f}"


def study(pk: Any) -> Iterator[str]:
    """How many of its curves fall again before their end, and which by most."""
    found = Study.objects.get(pk=pk)
    if found.result is None:
        return
    curves = sum(len(chart["curves"]) for chart in found.result["charts"])
    peaks = found.result["peaks"]
    falling = [peak for peak in peaks if peak["lost"] > 0]
    said = f"Study “{STUDIES[found.kind].title}”: {curves} curves"
    if falling:
        most = max(falling, key=lambda peak: peak["lost"])
        said += f"; past its peak what is wanted falls on {len(falling)} of {len(peaks)}, most on “{most['curve']}”: "
        said += f"{most['value']:.2f} coins gained at {most['where']}, {most['lost']:.2f} of them lost again"
    yield said


TOLD = {"quality": quality, "snapshot": snapshot, "study": study}

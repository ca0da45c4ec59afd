"""One reward model is learned: frozen rows in, a sealed folder and figures out. Imported by the worker alone."""

import shutil
from pathlib import Path
from typing import Any

from django.utils.timezone import now

from annotation.models import Snapshot
from annotation.snapshots import reading as rows
from jobs.work import Failed, Work
from rewardmodels import composing, places, timing
from rewardmodels.learning import making, reading
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.making import Commission, Made
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings import kinds
from rewardmodels.models import RewardModel

STEPS_BETWEEN_CHECKPOINTS = 20


def run(work: Work) -> dict[str, Any]:
    """Learn the reward model that the job names, and keep it."""
    model = RewardModel.objects.select_related("snapshot").get(pk=work.arguments["reward_model"])
    if model.deleted_at is not None:
        raise Failed("This reward model was deleted before it was learned.")
    draft = work.folder / "model"
    shutil.rmtree(draft, ignore_errors=True)
    made = learn(work, model, draft)
    install(work, model, made, draft)
    shutil.rmtree(work.folder, ignore_errors=True)  # the checkpoint is of no use any more
    return {"id": str(model.pk), "sha256": made.sha256, "metrics": headline(made.metrics)}


def learn(work: Work, model: RewardModel, draft: Path) -> Made:
    from lm import backbones, features

    work.progress(0.0, "Reading judgments")
    settings = kinds.read(model.kind, model.settings)
    assert model.snapshot is not None  # only what was brought in has none
    evidence = read(work, model.snapshot, settings.reads)
    work.log(f"{len(evidence)} judgments of {len(evidence.candidates)} answers by "
             f"{len(evidence.annotators)} annotators.")  # fmt: skip
    work.progress(0.01, "Loading the backbone")
    backbone = backbones.load(model.backbone, places.sources())
    timing.measure_once(backbone, evidence.candidates)
    commission = Commission(
        settings=settings,
        seed=model.seed,
        source={"sha256": model.snapshot.sha256, "name": model.name},
        folder=draft,
        cache=places.feature_cache(),
        shards=places.shards(),
        judge=composing.asking(settings),
        parts=composing.ingredients(model, settings),
    )
    made = making.make(evidence, backbone, commission, observer_of(work))
    features.trim(places.feature_cache(), places.MOST_CACHED_BYTES)
    return made


def read(work: Work, snapshot: Snapshot, wanted: tuple[str, ...]) -> Evidence:
    reader = reading.Reader(wanted)
    for number, row in enumerate(rows.read(snapshot)):
        if number % 1_000 == 0:
            work.stop_if_cancelled()
        reader.take(row.as_json())
    return reader.evidence


def observer_of(work: Work) -> Observer:
    def resumed(step: int) -> None:
        work.log(f"Going on behind step {step}.")
        work.resume_from(step)

    return Observer(
        phase=lambda name, share: work.progress(share, name),
        report=work.report,
        say=work.log,
        resumed=resumed,
        checkpoint=work.folder / "fit.safetensors",
        every=STEPS_BETWEEN_CHECKPOINTS,
    )


def install(work: Work, model: RewardModel, made: Made, draft: Path) -> None:
    """The folder takes its place and the row its figures, while this attempt holds the job."""
    target = places.folder_of(model.pk)
    target.parent.mkdir(parents=True, exist_ok=True)
    with work.holding():
        shutil.rmtree(target, ignore_errors=True)  # what an attempt left that lost its claim on the last step
        draft.replace(target)
        RewardModel.objects.filter(pk=model.pk, deleted_at=None).update(
            trained_at=now(),
            sha256=made.sha256,
            unit=made.unit,
            metrics=made.metrics,
            calibration=made.calibration,
            details=made.details,
        )


def headline(metrics: dict[str, Any]) -> dict[str, Any]:
    """The few figures that a list of jobs shows."""
    shown = ("n", "accuracy", "log_loss", "auc", "ece")
    return {split: {name: found[name] for name in shown if name in found} for split, found in metrics.items()}

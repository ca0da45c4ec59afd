"""A learning curve is drawn and kept with its model. Imported by the worker alone."""

from typing import Any

from jobs.work import Failed, Work
from rewardmodels import fits, places
from rewardmodels.curves.asking import COMPARED
from rewardmodels.learning import frozen_curve
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings import kinds
from rewardmodels.models import RewardModel


def run(work: Work) -> dict[str, Any]:
    """Learn from parts of what the model learned from, and keep what that taught."""
    model = RewardModel.objects.select_related("snapshot").get(pk=work.arguments["reward_model"])
    if model.deleted_at is not None or model.snapshot is None:
        raise Failed("This reward model was deleted before its curve was drawn.")
    from lm import backbones

    work.progress(0.0, "Reading judgments")
    evidence = fits.read(work, model.snapshot, COMPARED)
    work.progress(0.01, "Loading the backbone")
    backbone = backbones.load(model.backbone, places.sources())
    commission = Commission(
        settings=kinds.read(model.kind, model.settings),
        seed=model.seed,
        source={"sha256": model.snapshot.sha256, "name": model.name},
        folder=work.folder,
        cache=places.feature_cache(),
        shards=places.shards(),
    )
    found = frozen_curve.draw(
        evidence, backbone, commission, Observer(phase=fits.observer_of(work).phase, say=work.log)
    )
    with work.holding():
        kept = RewardModel.objects.select_for_update(of=("self",)).get(pk=model.pk)
        RewardModel.objects.filter(pk=model.pk).update(details={**kept.details, "learning_curve": found})
    return {"points": len(found["points"]), "twice": found["twice"]}

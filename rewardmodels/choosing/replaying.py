"""The judgments of a snapshot are asked once more, in the order of each rule. Imported by the worker alone."""

from typing import Any

from annotation.models import Snapshot
from jobs.work import Failed, Work
from rewardmodels import fits, places
from rewardmodels.choosing import asking
from rewardmodels.learning import duplicates, scalar
from rewardmodels.learning.choosing import pasts, replay, savings
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.observing import Observer, part
from rewardmodels.learning.settings.kinds import BradleyTerry

HELD_OUT = 1 / 3  # of the conversations
MOST = 800  # judgments that a rule may ask, which bounds the time
SEEDS = 3


def run(work: Work) -> dict[str, Any]:
    """What each rule would have saved, judged by what was asked at random."""
    snapshot = Snapshot.objects.standing().filter(pk=work.arguments["snapshot"]).first()
    if snapshot is None:
        raise Failed("The snapshot is gone.")
    from lm import backbones

    work.progress(0.0, "Reading judgments")
    evidence = fits.read(work, snapshot, asking.COMPARED)
    duplicates.join(evidence)
    pasts.parted(evidence, pasts.Wish(0, HELD_OUT, MOST))  # says now what would be said after the encoding
    work.progress(0.01, "Loading the backbone")
    backbone = backbones.load(work.arguments["backbone"], places.sources())
    commission = Commission(
        settings=BradleyTerry(max_length=min(256, backbone.context)),
        seed=0,
        source={"sha256": snapshot.sha256, "name": snapshot.name},
        folder=work.folder,
        cache=places.feature_cache(),
        shards=places.shards(),
    )
    observer = part(Observer(phase=fits.observer_of(work).phase, say=work.log), 0.0, 0.4)
    states, _losses = scalar.encode(evidence, backbone, commission, observer)
    past = pasts.of(evidence, states, backbone.family, pasts.Wish(0, HELD_OUT, MOST))
    rules = [rule for rule in asking.RULES if rule != replay.RANDOM]
    courses = replay.run(past, rules, range(SEEDS), lambda share: work.progress(0.4 + 0.6 * share, "Asking once more"))
    clusters = past.held_out.cluster.numpy()
    return {
        "rules": savings.describe(courses, clusters, seed=0),
        "pool": len(past.pool),
        "held_out": len(past.held_out),
        "conversations": len(set(clusters.tolist())),
        "snapshot": snapshot.name,
        "backbone": backbone.name,
    }

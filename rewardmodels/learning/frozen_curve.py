"""The learning curve of a linear head on frozen features: cheap, for the features are computed once for every part."""

import math
from typing import Any

import numpy as np
import torch

from lm.backbones import Backbone
from rewardmodels.learning import (
    bradley_terry,
    calibration,
    duplicates,
    intervals,
    keys,
    learning_curve,
    metrics,
    scalar,
)
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.evidence import Evidence, Unlearnable, check_pairs
from rewardmodels.learning.learning_curve import Integers, Told
from rewardmodels.learning.likelihoods.links import preference
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.settings.kinds import BradleyTerry

FEWEST = 20  # decided test comparisons


def draw(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer = NOBODY) -> dict[str, Any]:
    """Points over the number of training conversations; the weights' prior is that of the whole at every size."""
    duplicates.join(evidence)
    train, held, test = (evidence.pair_columns(split) for split in ("train", "validation", "test"))
    check_pairs(train)
    kept = test.at(test.is_decided)
    if len(kept) < FEWEST:
        raise Unlearnable(f"The test split holds {len(kept)} decided comparisons; {FEWEST} are needed for a curve.")
    states, _ = scalar.encode(evidence, backbone, commission, observer)
    whole = Lesson(states, train, len(evidence.annotators), backbone.family, commission.seed)
    decay, _ = bradley_terry.choose_decay(whole, side_bias=True, observer=observer)

    def learn(rows: Integers) -> Told:
        lesson = Lesson(states, train.at(torch.from_numpy(rows)), whole.annotators, whole.family, whole.seed)
        fitted = bradley_terry.fit(BradleyTerry(weight_decay=decay), lesson)
        cuts = fitted.likelihood.link.cuts().detach()
        with torch.no_grad():
            utilities = fitted.head(states.double())
        tempered = calibration.fit(utilities[held.first] - utilities[held.second], held, cuts)
        margin = (utilities[kept.first] - utilities[kept.second]) * kept.outcome
        probability = preference(margin / tempered.temperature, cuts).numpy()
        return Told(metrics.log_loss(probability), metrics.hits(margin.numpy()))

    found = learning_curve.measure(
        train.cluster.numpy(), learn, commission.seed, lambda share: observer.phase("Learning", 0.75 + 0.25 * share)
    )
    how = intervals.ways(kept.cluster.numpy(), kept.annotator.numpy())
    resampler = intervals.Resampler(how.arrays, keys.numpy_generator(commission.seed, "bootstrap", "learning curve"))
    return {
        **learning_curve.describe(found, resampler, commission.seed),
        "constant": math.log(2),
        "n": len(kept),
        "clusters": len(np.unique(kept.cluster.numpy())),
        "resampled": how.names,
        "weight_decay": decay,
    }

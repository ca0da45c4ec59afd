"""From evidence to a sealed folder, whatever the kind. A notebook needs nothing else."""

from lm.backbones import Backbone
from rewardmodels.learning import duplicates, mixed, scalar
from rewardmodels.learning.commissions import Commission, Made, Maker
from rewardmodels.learning.composition import making as composition
from rewardmodels.learning.ensembles import making as ensembles
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.observing import NOBODY, Observer

# A kind of settings → what learns it and writes its folder. A kind with a folder of its own also names, in
# `scoring.FORMS`, what opens it.
MAKERS: dict[str, Maker] = {
    "bradley_terry": scalar.make,
    "compositional": composition.make,
    "ensemble": ensembles.make,
    "cardinal": mixed.make,
    "binary": mixed.make,
    "joint": mixed.make,
}


def make(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer = NOBODY) -> Made:
    """Learn a reward in the way of its kind and write its folder; near-duplicate conversations count as one."""
    duplicates.join(evidence)
    return MAKERS[commission.settings.kind](evidence, backbone, commission, observer)

"""Seconds of what a fit does beside its passes through the backbone, by kind of model: arithmetic on counts.

The numbers were measured on the packaged MiniLM with judgments of the text world (`benchmarks.estimates` holds their
sum against whole fits), on a machine that takes REFERENCE_STEP for one evaluation of a small loss and its gradient;
another machine's pace is what it takes over that. A fit on frozen features evaluates its loss a few thousand times,
folds times weight decays, however many judgments there are. Most of an evaluation goes into calling operations, so it
depends on which kinds of judgment there are more than on how many.
"""

from collections.abc import Mapping

from rewardmodels.learning.settings.common import Mixed, Settings
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.settings.kinds import BradleyTerry, Ensemble

REFERENCE_STEP = 0.0014  # seconds, of `measuring.step_seconds`
WIDTH = 384  # of MiniLM

STARTING = 6.0  # a process, its libraries, the rows and the weights
RENDERING = 0.0007  # an answer
SAVING = 0.3
ASSESSING, ASSESSING_EACH, ASSESSING_KIND = 0.35, 0.0003, 0.35  # a judgment; a kind of a mixture, or members

EVALUATION = 0.0012  # with its gradient: of the head and the optimiser
EACH_CANDIDATE = 0.25e-6  # more of it, at the width of MiniLM
OF_KIND = {"pairwise": 0.001, "cardinal": 0.0041, "binary": 0.001, "ranking": 0.0013, "rating": 0.0018}
CHOOSING, FITTING = 2_100, 60  # evaluations for all weight decays, and for the last fit
CHOOSING_MIXED, CROSSING, FITTING_MIXED = 1_100, 500, 100  # of one kind; slopes and scales are learned in between
ANOTHER_KIND = 0.8  # more evaluations for each kind beside the first
MEMBER = 0.18  # fitted beside the others

POOLER_EPOCHS = 8  # before it stops by itself, as far as epochs allow
POOLER_OPERATION = 1.5e-10  # of the layer below the head, there and back, in fp64

WRITING, RATED = 0.0002, 0.5  # an answer's features; heads for rated aspects
STRENGTHS, DRAWS = 96, 200  # logistic regressions: folds times strengths; bootstraps
REGRESSION, REGRESSION_EACH = 0.002, 0.8e-6  # and for each judgment


def seconds(settings: Settings, judgments: Mapping[str, int], candidates: int, width: int) -> float:
    """On a machine of pace 1; judgments of the training split by kind, of those that are read."""
    total = sum(judgments.values())
    wide = EACH_CANDIDATE * candidates * width / WIDTH
    found = STARTING + SAVING + ASSESSING + ASSESSING_EACH * total
    if isinstance(settings, Compositional):
        return found + composing(settings, judgments, candidates, wide)
    found += RENDERING * candidates
    if isinstance(settings, Mixed):
        found += mixed(settings, [kind for kind, n in judgments.items() if n], wide)
        epochs = settings.most_epochs if settings.mode == "frozen" else 0
        return found + pooler(settings.head, epochs, total / settings.batch, candidates * width**2)
    assert isinstance(settings, BradleyTerry | Ensemble)
    evaluations = FITTING + (CHOOSING if settings.weight_decay is None else 0)
    found += evaluations * (EVALUATION + wide + OF_KIND["pairwise"])
    if isinstance(settings, Ensemble):
        return found + MEMBER * settings.members + ASSESSING_KIND
    epochs = settings.most_epochs if settings.mode == "frozen" else 0
    return found + pooler(settings.head, epochs, total / settings.batch, candidates * width**2)


def mixed(settings: Mixed, kinds: list[str], wide: float) -> float:
    evaluations = CROSSING + FITTING_MIXED + (CHOOSING_MIXED if settings.weight_decay is None else 0)
    if settings.mode != "frozen":  # slopes and scales again behind each epoch
        evaluations += settings.most_epochs * CROSSING // 2
    evaluation = EVALUATION + wide + sum(OF_KIND[kind] for kind in kinds)
    return evaluations * (1 + ANOTHER_KIND * (len(kinds) - 1)) * evaluation + ASSESSING_KIND * len(kinds)


def pooler(head: str, epochs: int, batches: float, size: int) -> float:
    """Each step takes all candidates through the layer, whatever the batch."""
    if head != "pooler":
        return 0.0
    return min(epochs, POOLER_EPOCHS) * batches * 6.0 * size * POOLER_OPERATION


def composing(settings: Compositional, judgments: Mapping[str, int], candidates: int, wide: float) -> float:
    """Where aspects are rated, a linear head on the same features is fitted too, as something to beat."""
    regressions = DRAWS + (STRENGTHS if settings.strength is None else 0)
    found = regressions * (REGRESSION + REGRESSION_EACH * sum(judgments.values()))
    if settings.writing:
        found += WRITING * candidates
    if settings.ratings and judgments.get("rating"):
        found += RATED + RENDERING * candidates
        found += (CHOOSING + FITTING) * (EVALUATION + wide + OF_KIND["pairwise"])
    return found

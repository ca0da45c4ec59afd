"""How long a fit takes and how much memory, before it begins: arithmetic on sizes, and a few measured speeds.

The standard library alone, so that a form can ask it. A token costs two operations a weight that it meets on the way
there, and twice as many again on the way back; weights that stay as they are spare a third of the way back and forth.
What a fit does beside its passes through the backbone is counted in `phases`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from rewardmodels.learning import phases
from rewardmodels.learning.settings.common import Mixed, Settings, Tunable
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.settings.kinds import Ensemble

PROGRAM_BYTES = 600 * 1024**2  # Python, torch and transformers themselves
FLOAT = 4
KEPT = 17  # numbers of the width that a layer keeps of a token for the way back
READING_TOKENS = 8_192  # in one pass without a gradient
HELD_OUT_SHARE, LOOKS = 0.1, 4  # what early stopping reads, and how often an epoch
LOADING_BYTES_A_SECOND = 200 * 1024**2  # weights read, hashed, written


class Counts(NamedTuple):
    """What a snapshot holds of the kinds that are read."""

    judgments: Mapping[str, int]  # in the training split, by kind as the product names them
    candidates: int  # answers of all splits, each once
    tokens: float  # of an answer with its prompt, on average and within the limits

    @property
    def total(self) -> int:
        return sum(self.judgments.values())


class BackboneFacts(NamedTuple):
    """The sizes of a transformer."""

    layers: int
    width: int
    inner: int  # width between the two projections of a layer's second half
    embeddings: int  # weights outside of the layers

    @property
    def layer_weights(self) -> int:
        return 4 * self.width**2 + 2 * self.width * self.inner

    @property
    def weights(self) -> int:
        return self.layers * self.layer_weights + self.embeddings


class Speed(NamedTuple):
    """Of a machine, as `measuring.measure` finds it."""

    reading: float  # operations a second without a gradient
    learning: float  # there and back
    step: float = phases.REFERENCE_STEP  # seconds of one evaluation of a small loss with its gradient


@dataclass(frozen=True)
class Estimate:
    seconds: float
    bytes: int  # at most at once


def facts(config: Mapping[str, Any]) -> BackboneFacts:
    """From a model's config.json."""
    width = int(config.get("hidden_size") or config["n_embd"])
    layers = int(config.get("num_hidden_layers") or config["n_layer"])
    inner = int(config.get("intermediate_size") or 4 * width)
    if config.get("hidden_act") == "silu":  # a gate beside the first of the two
        inner = inner * 3 // 2
    return BackboneFacts(layers, width, inner, int(config["vocab_size"]) * width)


def estimate(settings: Settings, counts: Counts, backbone: BackboneFacts, speed: Speed) -> Estimate:
    """Seconds and peak bytes of one fit on this machine."""
    pace = speed.step / phases.REFERENCE_STEP
    seconds = pace * phases.seconds(settings, counts.judgments, counts.candidates, backbone.width)
    seconds += backbone.weights * FLOAT / LOADING_BYTES_A_SECOND
    most = PROGRAM_BYTES + backbone.weights * FLOAT
    a_token = 2.0 * backbone.layers * (backbone.layer_weights + backbone.width * counts.tokens)
    reading = counts.candidates * counts.tokens * a_token / speed.reading * passes_over_all(settings, counts)
    if not reading:
        return Estimate(seconds, int(most))
    seconds += reading
    most += counts.candidates * backbone.width * (FLOAT + 2 * 8)
    if not isinstance(settings, Tunable) or settings.mode == "frozen":
        return Estimate(seconds, int(most + READING_TOKENS * KEPT * backbone.width * FLOAT))
    learned = learned_weights(settings, backbone)
    back_and_forth = 3.0 if settings.mode == "full" else 2.0
    if settings.recompute:
        back_and_forth += 1.0
    epoch = 2 * counts.total * counts.tokens * a_token  # on the way there; a judgment is about two answers
    looking = HELD_OUT_SHARE * LOOKS * epoch / speed.reading
    learning = share_learned(settings) * epoch * back_and_forth / speed.learning
    seconds += learners(settings) * settings.most_epochs * (learning + looking)
    seconds += settings.most_epochs * reading if isinstance(settings, Mixed) else 0.0  # for slopes and scales
    seconds += backbones_read(settings) * reading + written(settings, learned) / LOADING_BYTES_A_SECOND
    copies = backbone.weights * FLOAT + learned * FLOAT * (1 + 2 + 1 + 4)  # gradient, moments, best, a checkpoint
    layers_kept = 1 + backbone.layers / KEPT if settings.recompute else backbone.layers
    passing = max(settings.pass_tokens * layers_kept, READING_TOKENS) * KEPT * backbone.width * FLOAT
    return Estimate(seconds, int(most + copies + passing))


def passes_over_all(settings: Settings, counts: Counts) -> int:
    """How often every answer is read by a backbone as it came: a composition reads for what it is made of alone."""
    if not isinstance(settings, Compositional):
        return 1
    return int(settings.ratings and counts.judgments.get("rating", 0) > 0) + len(settings.models)


def learners(settings: Tunable) -> int:
    """How many learn a backbone, one after another."""
    return settings.members if isinstance(settings, Ensemble) else 1


def share_learned(settings: Tunable) -> float:
    """Of the judgments: who draws conversations with replacement stops by those that were not drawn."""
    draws = isinstance(settings, Ensemble) and settings.differing != "priors"
    return 1.0 if draws else 1 - HELD_OUT_SHARE


def backbones_read(settings: Tunable) -> int:
    """All is read again by each backbone that was learned, and by the one with the members' mean weights."""
    return learners(settings) + int(isinstance(settings, Ensemble))


def written(settings: Tunable, learned: int) -> float:
    """Bytes of members, which are put aside, read for the mean and written into the folder."""
    return 3.0 * learned * FLOAT * settings.members if isinstance(settings, Ensemble) else 0.0


def learned_weights(settings: Tunable, backbone: BackboneFacts) -> int:
    """How many of the backbone's weights the optimiser moves."""
    if settings.mode == "full":
        return backbone.weights
    return backbone.layers * settings.rank * (10 * backbone.width + 2 * backbone.inner)

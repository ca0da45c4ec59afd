"""How long a run takes and how much memory, before its first step: arithmetic on what was measured of its policy.

The standard library alone, so that a form can ask it. What a token costs to write, to read and to learn from, and what
layers keep of it for the way back, was measured on the machine with the policy itself (`speeds`); a step's sizes say
how often. A way back costs twice the way there, and once where only adapters learn.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

from training.learning.direct.settings.common import Direct
from training.learning.settings.oneshot import OneShot
from training.learning.settings.online import Clipped, Online, Ppo
from training.learning.settings.selections import BestOfN

FLOAT, DOUBLE = 4, 8
LOGITS = 1 << 24  # at once, as `passes` has it
COMPARED = 5  # tensors of logits at once, where two distributions are held beside each other
CHOSEN = 3  # doubles a row and word, where a token is chosen
ROOM = 1.5  # of the cache for keys and values
PASSES = 4  # sampling's tokens over those of a pass, as `rollouts` has it
DIRECT_LOOKS = 5  # at the rows held out
REFERENCE_BUDGET = 8_192  # tokens of a pass in which direct alignment asks its reference
WIDEST_KEPT = 4  # tensors as wide as the widest layer, in a pass without a gradient


@dataclass(frozen=True)
class Scoring:
    """What a reward model costs."""

    seconds: float  # an answer
    bytes: int  # of its weights
    widest: int  # outputs of its widest layer
    tokens: float  # of an answer with its prompt


@dataclass(frozen=True)
class Speed:
    """Of a policy on a machine, as `speeds.measure` finds it; all of it plain values."""

    device: str
    mode: str  # what learned when it was measured
    precision: str
    weights: int
    weight_bytes: int  # as they came
    adapter_weights: int  # at a rank of 1
    layers: int
    vocabulary: int
    widest: int  # outputs of a layer's widest part
    cache: int  # numbers that sampling keeps of a token
    is_shared: bool  # whether a prompt is read once for its answers
    prompts: int  # that there are
    prompt: float  # tokens of one
    lengths: tuple[int, ...]  # of its own answers in tokens, the shortest first
    longest: int  # that they were allowed
    characters: float  # of a token
    call: float  # seconds in which every answer of a batch gets its next token, whatever their number
    row: float  # and for each of them
    forward: float  # seconds in which a token is read once, without a gradient
    read: float  # and compared with what the reference says
    learn: float  # and learned from, there and back
    update: float  # seconds of an optimiser's step, for each weight that is learned
    kept: float  # bytes that layers keep of a token for the way back
    program: int  # bytes before anything was opened
    opening: float  # seconds until the first step
    scoring: dict[str, Scoring]

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def speed(values: Mapping[str, Any]) -> Speed:
    """From plain values."""
    scoring = {key: Scoring(**one) for key, one in values["scoring"].items()}
    known = {one.name: values[one.name] for one in fields(Speed)}
    return Speed(**{**known, "lengths": tuple(values["lengths"]), "scoring": scoring})


class Pushing(NamedTuple):
    """A run that samples, as far as its size goes."""

    settings: Online
    steps: int
    rewards: Sequence[str]  # keys of `Speed.scoring`
    held_out: int = 0  # prompts of a look
    every: int = 1  # steps from look to look
    checks: Sequence[str] = ()  # rewards that only looks ask
    is_bounded: bool = False  # then the reference is looked at first
    streams: int = 1  # of a critic: the objective and each bound


class Aligning(NamedTuple):
    """A run that learns from judgments."""

    settings: Direct
    judgments: int  # of the training split
    answers: int  # of all splits, each once
    tokens: float  # of an answer with its prompt
    held_out: int = 0  # judgments


class Selecting(NamedTuple):
    """A run that chooses among answers."""

    settings: BestOfN
    rewards: Sequence[str]  # keys of `Speed.scoring`
    beside: int = 0  # policies that answer the same prompts


class Estimate(NamedTuple):
    seconds: float
    bytes: int  # at most at once
    steps: int
    phases: dict[str, float]  # seconds of a step


def of_pushing(wish: Pushing, speed: Speed) -> Estimate:
    own = wish.settings
    writing, tokens = written(own.batch, own.prompts, own.max_new_tokens, own.pass_tokens, speed)
    scoring = own.batch * scored(wish.rewards, speed)
    phases = {"sample": writing, "score": scoring, **reading_and_learning(own, tokens, speed)}
    if own.references_needed:
        phases["reference"] = fresh_prompts(wish, speed) * own.references * asked(wish.rewards, own, speed)
    seconds = speed.opening + wish.steps * sum(phases.values())
    if wish.held_out:
        looks = wish.steps // wish.every + 1
        seconds += looks * wish.held_out * asked([*wish.rewards, *wish.checks], own, speed)
    if wish.is_bounded:
        seconds += LOOKED * asked(wish.rewards, own, speed)
    return Estimate(seconds, memory_of_pushing(wish, tokens, speed), wish.steps, phases)


POOLED = 8  # prompts that a pool grows by, as `oneshot.pools` has it


def of_selecting(wish: Selecting, speed: Speed) -> Estimate:
    """A step is what a pool grows by; a policy beside is also read, and the one that is chosen from with it."""
    own = wish.settings
    prompts = min(own.prompts, speed.prompts)
    at_once = POOLED * own.answers
    writing, _ = written(at_once, POOLED, own.max_new_tokens, own.pass_tokens, speed)
    phases = {"sample": writing, "score": at_once * scored(wish.rewards, speed)}
    answered = prompts * own.beside
    other, tokens = written(answered, prompts, own.max_new_tokens, own.pass_tokens, speed)
    other += answered * scored(wish.rewards, speed) + tokens.rows * speed.read
    seconds = speed.opening + prompts / POOLED * sum(phases.values()) + wish.beside * other
    rewards = [speed.scoring[key] for key in wish.rewards if key in speed.scoring]
    there = speed.program + (1 + bool(wish.beside)) * speed.weight_bytes + sum(one.bytes for one in rewards)
    scoring = max((in_scoring(one, at_once, own.pass_tokens) for one in rewards), default=0.0)
    reading = COMPARED * logits(min(tokens.answers, own.pass_tokens), speed) if wish.beside else 0.0
    most = max(in_sampling(at_once, own, speed), scoring, reading)
    return Estimate(seconds, round(there + most), math.ceil(prompts / POOLED), phases)


def scored(rewards: Sequence[str], speed: Speed) -> float:
    """Seconds of an answer."""
    return sum(speed.scoring[key].seconds for key in rewards if key in speed.scoring)


LOOKED = 256  # answers of the reference that thresholds are held against


class Tokens(NamedTuple):
    """Of a step."""

    answers: float
    rows: float  # with the prompts, as often as they are read


def mean_length(longest: int, speed: Speed) -> float:
    """Of an answer that may have so many tokens: one that was cut off where fewer were allowed takes them all."""
    found = [longest if each >= speed.longest else min(each, longest) for each in speed.lengths]
    return sum(found) / len(found)


def longest_of(answers: float, longest: int, speed: Speed) -> float:
    """The longest of so many answers: as measured, and a spread more each time their number grows e-fold."""
    if speed.lengths[-1] >= speed.longest:
        return longest
    mean = sum(speed.lengths) / len(speed.lengths)
    spread = math.sqrt(sum((each - mean) ** 2 for each in speed.lengths) / len(speed.lengths))
    return max(1.0, min(longest, speed.lengths[-1] + spread * math.log(max(answers, 1.0) / len(speed.lengths))))


def written(answers: int, prompts: int, longest: int, budget: int, speed: Speed) -> tuple[float, Tokens]:
    """Seconds in which so many answers to so many prompts are sampled, and their tokens."""
    batches = max(1, math.ceil(answers * (speed.prompt + longest) / (PASSES * budget)))
    calls = batches * longest_of(answers / batches, longest, speed)
    said = answers * mean_length(longest, speed)
    read_prompts = prompts * speed.prompt
    seconds = calls * speed.call + said * speed.row + read_prompts * speed.forward
    return seconds, Tokens(said, said + (read_prompts if speed.is_shared else answers * speed.prompt))


def asked(rewards: Sequence[str], own: Online, speed: Speed) -> float:
    """Seconds of one answer that is only sampled and scored, among many."""
    many = 64
    writing, _ = written(many, many, own.max_new_tokens, own.pass_tokens, speed)
    return writing / many + scored(rewards, speed)


def fresh_prompts(wish: Pushing, speed: Speed) -> float:
    """Of a step, on average over the run: the reference answers each prompt once."""
    return min(wish.steps * wish.settings.prompts, speed.prompts) / wish.steps


def back_and_forth(mode: str, speed: Speed) -> float:
    """Seconds of a token that is learned from, where another part of the policy learns than was measured."""
    if mode == speed.mode:
        return speed.learn
    return speed.learn * (2 / 3 if mode == "lora" else 3 / 2)


def reading_and_learning(own: Online, tokens: Tokens, speed: Speed) -> dict[str, float]:
    """A step that fits into one pass keeps its graph from reading, and goes only back."""
    again = speed.forward if own.recompute else 0.0
    learn = back_and_forth(own.mode, speed) + again
    update = learned_weights(own, speed) * speed.update
    reading = tokens.rows * speed.read
    if isinstance(own, Clipped):
        return {"read": reading, "learn": own.epochs * (tokens.rows * learn + own.minibatches * update)}
    is_one = tokens.rows <= own.pass_tokens and tokens.answers * speed.vocabulary <= LOGITS
    return {"read": reading, "learn": tokens.rows * (learn - (speed.forward if is_one else 0.0)) + update}


def learned_weights(own: Online | Direct, speed: Speed) -> int:
    return speed.adapter_weights * own.rank if own.mode == "lora" else speed.weights


def held(own: Online | Direct, speed: Speed, *, has_copy: bool) -> int:
    """Bytes of the policy, of what its reference is, and of what the optimiser keeps."""
    learned = learned_weights(own, speed) * FLOAT
    if own.mode == "lora":
        base = speed.weight_bytes if has_copy else speed.weights * FLOAT  # direct alignment takes all to fp32
        return base + 4 * learned  # themselves, their gradient, two moments
    return learned * (4 + has_copy)


def kept_for_the_way_back(own: Online | Direct, tokens: float, speed: Speed) -> float:
    """Bytes of one pass."""
    width = 1 / speed.layers if own.recompute else 1.0
    return min(tokens, own.pass_tokens) * speed.kept * width


def logits(tokens: float, speed: Speed) -> float:
    """Bytes of one tensor of logits, of which no more are made at once."""
    return min(tokens * speed.vocabulary, LOGITS) * FLOAT


def memory_of_pushing(wish: Pushing, tokens: Tokens, speed: Speed) -> int:
    own = wish.settings
    rewards = [speed.scoring[key] for key in {*wish.rewards, *wish.checks} if key in speed.scoring]
    there = speed.program + held(own, speed, has_copy=True) + sum(one.bytes for one in rewards)
    if isinstance(own, Ppo):
        there += round(tokens.answers * (speed.widest + 2 * own.critic_width + 4 * wish.streams) * FLOAT)
    in_a_pass = tokens.answers * min(1.0, own.pass_tokens / tokens.rows)
    learning = kept_for_the_way_back(own, tokens.rows, speed) + COMPARED * logits(in_a_pass, speed)
    sampling = in_sampling(own.batch, own, speed)
    saving = 3 * learned_weights(own, speed) * FLOAT
    scoring = max((in_scoring(one, own.batch, own.pass_tokens) for one in rewards), default=0.0)
    return round(there + max(learning, sampling, saving, scoring))


def in_sampling(answers: int, own: Online | BestOfN | OneShot, speed: Speed) -> float:
    """Bytes of keys, values and chances of what is sampled together."""
    rows = min(answers, PASSES * own.pass_tokens / (speed.prompt + own.max_new_tokens))
    lengths = speed.prompt + longest_of(rows, own.max_new_tokens, speed)
    return rows * (ROOM * lengths * speed.cache * FLOAT + CHOSEN * DOUBLE * speed.vocabulary)


def in_scoring(one: Scoring, answers: int, budget: int) -> float:
    return min(answers * one.tokens, budget) * WIDEST_KEPT * one.widest * FLOAT


def of_aligning(wish: Aligning, speed: Speed) -> Estimate:
    """A judgment is about two answers; one of verdicts about one, and reads a mismatched one."""
    own = wish.settings
    steps = own.epochs * max(1, math.ceil(wish.judgments / own.batch_size))
    tokens = 2 * own.batch_size * wish.tokens
    again = speed.forward if own.recompute else 0.0
    update = learned_weights(own, speed) * speed.update
    phases = {"learn": tokens * (back_and_forth(own.mode, speed) + again) + update}
    all_read = wish.answers * wish.tokens * speed.forward if own.has_reference else 0.0
    looking = DIRECT_LOOKS * 2 * wish.held_out * wish.tokens * speed.forward
    scoring = wish.answers * sum(one.seconds for one in speed.scoring.values()) if own.rewards else 0.0
    seconds = speed.opening + all_read + looking + scoring + steps * sum(phases.values())
    there = speed.program + held(own, speed, has_copy=False)
    there += sum(one.bytes for one in speed.scoring.values()) if own.rewards else 0
    learning = kept_for_the_way_back(own, tokens, speed) + COMPARED * logits(min(tokens, own.pass_tokens), speed)
    reading = REFERENCE_BUDGET * WIDEST_KEPT * speed.widest * FLOAT + COMPARED * logits(REFERENCE_BUDGET, speed)
    saving = 3 * learned_weights(own, speed) * FLOAT
    return Estimate(seconds, round(there + max(learning, reading, saving)), steps, phases)

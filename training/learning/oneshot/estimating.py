"""How long a run in one shot takes and how much memory, before its first answer. The standard library alone."""

from collections.abc import Sequence
from typing import NamedTuple

from training.learning import estimating
from training.learning.estimating import COMPARED, POOLED, Estimate, Speed, Tokens
from training.learning.settings.oneshot import HELD_OUT, LOOKED, SAMPLES, OneShot


class Shooting(NamedTuple):
    """A run whose pool is scored by reward models, or by policies of the same shape as its own."""

    settings: OneShot
    rewards: Sequence[str] = ()  # keys of `Speed.scoring`
    policies: int = 0

    @property
    def readers(self) -> int:
        """Models that read an answer where no reward model does: the policies, and what they are told apart from."""
        return self.policies + bool(self.policies)


def of_shooting(wish: Shooting, speed: Speed) -> Estimate:
    """The steps are those of learning; the pool comes before them, and a look at the reference and at what came after.

    The policy is opened for learning, for the reference of that look, and for what it learned.
    """
    own = wish.settings
    asked = min(own.prompts, speed.prompts)
    pool, one = answering(wish, POOLED, own.answers, speed)
    learned = aligning(own, asked, speed)
    looking, read = answering(wish, looked(own, asked, speed), SAMPLES, speed)
    found = estimating.of_aligning(learned, speed)
    seconds = found.seconds + asked / POOLED * pool + 2 * (looking + read.rows * speed.read)
    return Estimate(seconds, memory(wish, one, found.bytes, speed), found.steps, found.phases)


def answering(wish: Shooting, prompts: float, samples: int, speed: Speed) -> tuple[float, Tokens]:
    """Seconds in which so many answers to each prompt are sampled and scored, and their tokens."""
    own = wish.settings
    answers = round(prompts * samples)
    seconds, tokens = estimating.written(answers, round(prompts), own.max_new_tokens, own.pass_tokens, speed)
    seconds += answers * estimating.scored(wish.rewards, speed) + wish.readers * tokens.rows * speed.forward
    return seconds, tokens


def aligning(own: OneShot, prompts: int, speed: Speed) -> estimating.Aligning:
    """Pairs of different answers, and a tenth of the prompts' held out."""
    held_out = prompts // HELD_OUT
    pairs = min(own.pairs, own.answers * (own.answers - 1) // 2)
    tokens = speed.prompt + estimating.mean_length(own.max_new_tokens, speed)
    answers = prompts * min(own.answers, 2 * pairs)
    return estimating.Aligning(own.dpo, (prompts - held_out) * pairs, answers, tokens, held_out * pairs)


def looked(own: OneShot, asked: int, speed: Speed) -> int:
    """Prompts at which the end is looked at: those that the pool left, else its own that nothing was learned from."""
    return min(LOOKED, speed.prompts - asked or asked // HELD_OUT)


def memory(wish: Shooting, tokens: Tokens, learning: int, speed: Speed) -> int:
    """Reward models stay where they are while the policy learns; at the end it lies there twice more."""
    own, answers = wish.settings, POOLED * wish.settings.answers
    rewards = [speed.scoring[key] for key in wish.rewards if key in speed.scoring]
    beside = sum(one.bytes for one in rewards) + wish.readers * speed.weight_bytes
    scoring = max((estimating.in_scoring(one, answers, own.pass_tokens) for one in rewards), default=0.0)
    reading = COMPARED * estimating.logits(min(tokens.answers, own.pass_tokens), speed)
    passing = max(estimating.in_sampling(answers, own, speed), scoring, reading)
    ending = speed.program + 3 * speed.weight_bytes + beside + passing
    return round(max(ending, learning + beside))

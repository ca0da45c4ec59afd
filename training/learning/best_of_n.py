"""Best-of-n as a baseline: what choosing by a reward would bring, without training anything."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lm.templates import Conversation
from rewardmodels.learning import keys
from rewardmodels.learning.proving import best_of_n
from rewardmodels.learning.proving.best_of_n import Curve, Floats
from rewardmodels.learning.rewards import Items

Scorer = Callable[[Items], Sequence[float]]  # (conversation, answer)s → a number each, higher is better


def choose(prompts: Sequence[Conversation], answers: Sequence[Sequence[str]], reward: Scorer) -> list[str]:
    """The answer to each prompt that the reward likes best; the first of equals."""
    scores = table(prompts, answers, reward)
    return [given[int(place)] for given, place in zip(answers, scores.argmax(axis=1), strict=True)]


def curves(
    prompts: Sequence[Conversation],
    answers: Sequence[Sequence[str]],
    reward: Scorer,
    checks: Mapping[str, Scorer],
    ns: Sequence[int],
    *,
    seed: int,
) -> dict[str, Curve]:
    """At each n the mean of the reward that chooses, and of each check on what was chosen, without bias.

    `answers` are samples of one policy, as many to each prompt as the greatest n or more. KL stands in each curve.
    """
    scores = table(prompts, answers, reward)
    found = {"reward": scores, **{name: table(prompts, answers, check) for name, check in checks.items()}}
    return {
        name: best_of_n.curve(scores, values, ns, keys.numpy_generator(seed, "best-of-n", name))
        for name, values in found.items()
    }


def table(prompts: Sequence[Conversation], answers: Sequence[Sequence[str]], scorer: Scorer) -> Floats:
    """(prompts, answers) of one pass of the scorer."""
    if not prompts or len({len(given) for given in answers}) != 1 or len(prompts) != len(answers):
        raise ValueError("Each prompt needs the same number of answers.")
    items = [(prompt, answer) for prompt, given in zip(prompts, answers, strict=True) for answer in given]
    return np.array(scorer(items), dtype=float).reshape(len(prompts), -1)

"""What an ensemble is good for at best-of-n: heads over one pass beside members that share nothing, and a single one.

    python benchmarks/ensembles.py [--pairs 2000] [--noise 0.25] [--members 5] [--seeds 3] [--pool 4096] [--prompts 100]
                                   [--decay D]

A world of numbers with a known gold: answers are normal vectors, the gold rewards a direction and punishes what lies
far out, and a quarter of the judgments is flipped. A backbone is a random layer of features. `together` are heads over
one backbone, as the product fits them; `apart` have a backbone and a fit each. Without a decay, cross-validation
chooses it. Of a pool scored by the proxy, best-of-n takes the best; its gold, in standard deviations of the gold, is
averaged over all subsets of n. Prints JSON lines: gold by n
of each way and combination; the share that the cheap members keep of what the separate ones gain over an answer taken
at random, and how far each is ahead of a single head (from n = 256 on); AUROC of spread against errors on answers twice
as far out; the seconds of fitting K members over those of one.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import gammaln
from torch import Tensor

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from lm.families import DECODER  # noqa: E402
from rewardmodels.learning import bradley_terry, fitting, keys  # noqa: E402
from rewardmodels.learning.bradley_terry import Lesson  # noqa: E402
from rewardmodels.learning.columns import PairColumns  # noqa: E402
from rewardmodels.learning.ensembles import members, together  # noqa: E402
from rewardmodels.learning.ensembles.combining import Combination  # noqa: E402
from rewardmodels.learning.ensembles.use import auroc  # noqa: E402

WIDTH, HIDDEN, CURVE = 30, 256, 0.06
COUNTS = (1, 4, 16, 64, 256, 1024, 4096)
WAYS = {
    "mean": Combination("mean"),
    "worst": Combination("worst"),
    "uncertainty .5": Combination("uncertainty", 0.5),
    "uncertainty 2": Combination("uncertainty", 2.0),
}


class World(NamedTuple):
    weights: Tensor  # (width,)

    def gold(self, answers: Tensor) -> Tensor:  # (…, width) → (…,)
        far = (answers.square().sum(-1) - WIDTH).clamp(min=0)
        return answers @ self.weights - CURVE * far


class Proxy(NamedTuple):
    """A random layer, and heads on it."""

    layer: Tensor  # (width, hidden)
    heads: Tensor  # (members, hidden)
    center: Tensor
    scale: Tensor

    def __call__(self, answers: Tensor) -> Tensor:  # (n, width) → (members, n)
        return self.heads @ ((features(answers, self.layer) - self.center) * self.scale).T


def features(answers: Tensor, layer: Tensor) -> Tensor:
    return torch.cat([answers, torch.relu(answers @ layer)], -1)


def layer_of(seed: int, member: int) -> Tensor:
    generator = keys.generator(seed, "layer", member)
    return torch.randn(WIDTH, HIDDEN, generator=generator, dtype=torch.float64) / WIDTH**0.5


def judged(world: World, seed: int, pairs: int, noise: float) -> tuple[Tensor, PairColumns]:
    generator = keys.generator(seed, "answers")
    answers = torch.randn(2 * pairs, WIDTH, generator=generator, dtype=torch.float64)
    gold = world.gold(answers)
    first, zero = torch.arange(0, 2 * pairs, 2), torch.zeros(pairs, dtype=torch.int64)
    outcome = torch.sign(gold[first] - gold[first + 1]).long()
    flipped = torch.rand(pairs, generator=generator) < noise
    outcome = torch.where(flipped, -outcome, outcome)
    return answers, PairColumns(first, first + 1, outcome, zero, zero, zero, torch.arange(pairs))


def fitted(answers: Tensor, said: PairColumns, layer: Tensor, count: int, seed: int, decay: float | None) -> Any:
    """(proxy, decay, seconds of the members, seconds of one): heads over one layer, as the product fits them."""
    states = features(answers, layer)
    lesson = Lesson(states.float(), said, 1, DECODER, seed)
    if decay is None:
        decay, _ = bradley_terry.choose_decay(lesson, side_bias=False, observer=bradley_terry.NOBODY)
    posterior = bradley_terry.start(lesson, said, decay, side_bias=False)
    inputs, began = posterior.inputs(lesson.states), time.perf_counter()
    fitting.lbfgs(posterior, inputs, said)
    one = time.perf_counter() - began
    many = members.draw(count, said.cluster, inputs.shape[1], decay, "both" if count > 1 else "resampling", seed)
    if count == 1:
        many = many._replace(weights=torch.ones_like(many.weights))
    found = together.fit(together.Lesson(posterior, inputs, said), many)
    several = time.perf_counter() - began
    dense = posterior.head.dense
    scale = dense.weight.detach().diag()
    proxy = Proxy(layer, found.parameters["posterior.head.out.weight"][:, 0], -dense.bias.detach() / scale, scale)
    return proxy, decay, several, one


def shares(pool: int, n: int) -> Tensor:
    """The chance that the i-th worst of a pool is the best of a random subset of n."""
    place = np.arange(n, pool + 1)
    logs = gammaln(place) - gammaln(n) - gammaln(place - n + 1)
    logs -= gammaln(pool + 1) - gammaln(n + 1) - gammaln(pool - n + 1)
    return torch.cat([torch.zeros(n - 1, dtype=torch.float64), torch.from_numpy(np.exp(logs))])


def best_of(rewards: Tensor, gold: Tensor) -> list[float]:  # (prompts, pool) twice → by COUNTS
    ordered = gold.gather(1, rewards.argsort(1))
    return [float((ordered @ shares(gold.shape[1], n)).mean()) for n in COUNTS if n <= gold.shape[1]]


def run(seed: int, given: argparse.Namespace) -> dict[str, Any]:
    generator = keys.generator(seed, "world")
    world = World(torch.randn(WIDTH, generator=generator, dtype=torch.float64) / WIDTH**0.5)
    answers, said = judged(world, seed, given.pairs, given.noise)
    single, decay, _, _ = fitted(answers, said, layer_of(seed, 0), 1, seed, given.decay)
    cheap, _, several, one = fitted(answers, said, layer_of(seed, 0), given.members, seed, decay)
    apart = [fitted(answers, said, layer_of(seed, m), 2, seed + 1_000 * m, decay)[0] for m in range(given.members)]
    pool = torch.randn(given.prompts, given.pool, WIDTH, generator=generator, dtype=torch.float64)
    gold = world.gold(pool)
    gold = (gold - gold.mean()) / gold.std()
    flat = pool.flatten(0, 1)
    scores = {"together": cheap(flat), "apart": torch.cat([proxy(flat)[:1] for proxy in apart])}
    curves = {"single": best_of(single(flat)[0].view_as(gold), gold)}
    for where, values in scores.items():
        for name, how in WAYS.items():
            curves[f"{where} {name}"] = best_of(how(values).view_as(gold), gold)
    return {"curves": curves, "decay": decay, "auroc": shifted(world, cheap, seed), "seconds": [several, one]}


def shifted(world: World, proxy: Proxy, seed: int) -> float:
    """How well the spread of a pair's difference tells wrong from right, on answers twice as far out."""
    answers = 2 * torch.randn(4_000, WIDTH, generator=keys.generator(seed, "shifted"), dtype=torch.float64)
    gold, said = world.gold(answers), proxy(answers)
    differences = said[:, ::2] - said[:, 1::2]
    wrong = (differences.mean(0) * (gold[::2] - gold[1::2]) < 0).numpy()
    return auroc(differences.std(0, correction=0).numpy(), wrong, np.ones((1, len(wrong))))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--noise", type=float, default=0.25)
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--decay", type=float, default=None)
    parser.add_argument("--pool", type=int, default=4_096)
    parser.add_argument("--prompts", type=int, default=100)
    given = parser.parse_args()
    found = [run(seed, given) for seed in range(given.seeds)]
    counts = [n for n in COUNTS if n <= given.pool]
    curves = {name: np.mean([each["curves"][name] for each in found], 0) for name in found[0]["curves"]}
    print(json.dumps({"decay": [each["decay"] for each in found]}))
    for name, curve in curves.items():
        print(
            json.dumps({"best_of": name, **{f"n={n}": round(float(v), 3) for n, v in zip(counts, curve, strict=True)}})
        )
    for name in WAYS:
        together_, apart = curves[f"together {name}"], curves[f"apart {name}"]
        many = [(place, n) for place, n in enumerate(counts) if n >= 256]
        kept = {f"n={n}": round(float(together_[place] / apart[place]), 2) for place, n in many}
        print(json.dumps({"share_of_the_gain_kept": name, **kept}))
        for where, curve in (("together", together_), ("apart", apart)):
            ahead = {f"n={n}": round(float(curve[place] - curves["single"][place]), 3) for place, n in many}
            print(json.dumps({"ahead_of_single": f"{where} {name}", **ahead}))
    print(json.dumps({"auroc_of_spread_on_shifted": [round(each["auroc"], 3) for each in found]}))
    ratios = [each["seconds"][0] / each["seconds"][1] for each in found]
    print(json.dumps({"fit_seconds_of_members_over_one": [round(ratio, 2) for ratio in ratios]}))


if __name__ == "__main__":
    main()

"""The constrained study on the text world: does a bound at the proxy point hold what weights alone push past and lose?

    python -m benchmarks.constrained --policy FOLDER --out FOLDER [--tier smoke|quick|full] [--seeds N] [--steps N]
                                     [--seed 0] [--threads 1]

FOLDER of --policy holds the text world's policy (`manage.py textworld` makes it). Prints one JSON line for the exact
front that the oracle knows, one for each run as it ends (its curve, look by look), and one for each arm: the share of
the gain that it keeps at its end, of its own peak and of the peak of weights alone. Simulated, all of it. A run that
was interrupted goes on from what lies in --out. --seeds, --steps and --arms change the tier.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from rewardmodels.learning.world import oracle  # noqa: E402
from rewardmodels.learning.world.grammar import STANDARD  # noqa: E402
from training.learning.studies import constrained  # noqa: E402

FRONT = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tier", choices=constrained.TIERS, default="smoke")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--arms", nargs="+", choices=constrained.TIERS["full"].arms)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if not (options.policy / "config.json").is_file():
        print("--policy must be the folder of a policy; manage.py textworld makes one.", file=sys.stderr)
        return 2
    torch.set_num_threads(options.threads)
    tier = constrained.TIERS[options.tier]
    tier = replace(
        tier,
        seeds=options.seeds or tier.seeds,
        steps=options.steps or tier.steps,
        arms=tuple(options.arms or tier.arms),
    )
    if "weights" not in tier.arms:
        print("The arm weights must be among --arms: the others are compared with its peak.", file=sys.stderr)
        return 2
    limits = constrained.thresholds()
    say(figure="samples that will be taken", n=tier.samples_taken)
    say(figure="thresholds", **limits)
    front()
    found = []
    begun = time.perf_counter()
    for one in constrained.curves(options.policy, tier, options.seed, options.out, limits):
        found.append(one)
        say(figure="curve", seconds=time.perf_counter() - begun, **one.row())
    for verdict in constrained.verdicts(found, limits, tier):
        say(figure="verdict", **verdict.row())
    return 0


def front() -> None:
    """The most gold that any policy has at a KL, and what a tilt by the components' sum has."""
    exact = oracle.of(STANDARD)
    both = np.sum([exact.score(scorer) for scorer in constrained.COMPONENTS.values()], axis=0)
    say(figure="reference", gold=oracle.mean(exact, exact.reference, exact.gold))
    for name, score in (("front", exact.gold), ("tilt by the sum", both)):
        for point in oracle.path(exact, score, FRONT):
            say(figure=name, kl=point.kl, gold=point.gold)


def say(**line: Any) -> None:
    print(json.dumps({"simulated": True, **{name: rounded(value) for name, value in line.items()}}), flush=True)


def rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())

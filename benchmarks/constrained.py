"""The constrained study on the text world: does a bound at a proxy point hold what weights alone push past and lose?

    python -m benchmarks.constrained --policy FOLDER --out FOLDER [--tier smoke|quick|full] [--seed 0] [--threads 1]
                                     [--set steps=48 search_steps=40 held_out=192] [--only held] [--picture FILE.svg]

FOLDER of --policy holds the text world's policy (`manage.py textworld` makes it). Prints one JSON line for each run as
it ends (its curve, look by look), for the price and the proxy point that were chosen beside the oracle's, and for each
arm: what it kept of its gain, by answers that no choice has seen. Simulated, all of it. A study that was interrupted
goes on from what lies in --out. --set changes settings of the tier; --only runs some of the arms; --picture draws the
gold of each arm by step.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from training.learning.studies import constrained, drawing, verdicts  # noqa: E402
from training.learning.studies.constrained import HELD, Study  # noqa: E402
from training.learning.studies.registry import STUDIES  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tier", choices=STUDIES["constrained"].tiers, default="smoke")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=NUMBER", dest="changed")
    parser.add_argument("--only", nargs="+", choices=constrained.ARMS, default=constrained.ARMS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    if not (options.policy / "config.json").is_file():
        print("--policy must be the folder of a policy; manage.py textworld makes one.", file=sys.stderr)
        return 2
    torch.set_num_threads(options.threads)
    changed = {name: json.loads(value) for name, value in (one.split("=") for one in options.changed)}
    chosen = STUDIES["constrained"].read(options.tier, changed)
    say(figure="estimate", seconds=STUDIES["constrained"].estimate(chosen).seconds, runs=constrained.runs(chosen))
    begun = time.perf_counter()

    def told(name: str, values: Mapping[str, Any]) -> None:
        say(figure=name, after=time.perf_counter() - begun, **values)

    found, ended = Study(options.policy, chosen, options.seed, options.out, told=told, only=options.only).run()
    learned = constrained.parts(options.seed).single
    say(figure="the oracle's proxy point", **constrained.exact_point(learned))
    say(figure="the exact tilt to the thresholds", **constrained.exact_tilt(learned, found.limits))
    for verdict in constrained.judgments(found, ended):
        say(figure="verdict", **verdict.row())
        if verdict.arm == HELD:
            near, met = verdicts.reached(verdict, found.limits), verdicts.met(verdict, found.limits)
            chance = verdicts.least_chance(verdict)
            say(figure="thresholds by seed", within_a_twentieth=near, within_noise=met, chance_of_farthest=chance)
    if options.picture is not None:
        options.picture.write_text(drawing.gold_by_step([one.curve for one in ended]))
    return 0


def say(**line: Any) -> None:
    print(json.dumps({"simulated": True, **{name: rounded(value) for name, value in line.items()}}), flush=True)


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())

"""Does the search for thresholds find what a grid of runs finds, with a third of its samples and a trained policy?

    python -m benchmarks.searching --policy FOLDER --out FOLDER [--tier smoke|full] [--seed 0] [--threads 1]
                                   [--set limit=24 looked=512 winners=2]

FOLDER of --policy holds the text world's policy (`manage.py textworld` makes it). `coverage` and `warmth` are learned
from simulated ratings as in `benchmarks.constrained`; what is to be highest is the gold. The grid's corner is the
reference's means, and its spacing the first step of the search, half a deviation of the reference's answers: no gold
chose it. Each place of the grid is a run from the reference, led as the search leads its proposals, with as many steps
at most. The search may spend a third of the answers that the grid spent, measurements included in both. What is best of
each is then run again from the reference, several times by other random numbers, and measured on the same fresh
prompts. Intervals are over those prompts; how runs differ from one another is in `gains`, a run each.

Prints one JSON line a proposal and a verdict. Measurements of a few hundred answers are noisy, and what was chosen for
being high was also lucky: `naive` compares the measurements that chose, `share` the fresh ones. Simulated, all of it.
Who is interrupted goes on from what lies in --out.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]

from benchmarks.constrained import say  # noqa: E402
from lm import causal  # noqa: E402
from rewardmodels.learning import keys  # noqa: E402
from rewardmodels.learning.world import gold, prompts  # noqa: E402
from rewardmodels.learning.world.grammar import Floats  # noqa: E402
from training.learning.settings.online import Rloo  # noqa: E402
from training.learning.settings.searches import HELD, TWICE, NelderMead  # noqa: E402
from training.learning.studies import arms, constrained, parts, rated  # noqa: E402
from training.learning.thresholds import judging, measuring  # noqa: E402
from training.learning.thresholds.judging import ByCheck  # noqa: E402
from training.learning.thresholds.measuring import Panel  # noqa: E402
from training.learning.thresholds.searching import Done, Place  # noqa: E402
from training.learning.thresholds.seeking import Found, Quest, Reference, Seeker  # noqa: E402

ENOUGH, THIRD = 0.95, 3
DRAWS = 4_000
TRUTH = ByCheck(arms.told(gold.gold))


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    side: int = 5  # places of the grid along a component
    limit: int = 24  # steps of a proposal at most
    last: int = 48  # steps of what is run again, at most
    prompts: int = 12  # in a step
    samples: int = 8  # to each
    looked: int = 512  # answers of a measurement
    judged: int = 2_048  # fresh answers that judge
    winners: int = 2  # times that each of the two is run again
    asked: int = 1_024  # prompts to learn from
    ratings: int = 1_000
    tokens: int = 160
    rate: float = 5e-4

    @property
    def of_proposal(self) -> int:
        """Answers at most."""
        return self.limit * self.prompts * self.samples + self.looked


TIERS = {
    "full": Sizes(),
    "smoke": Sizes(3, 3, 2, prompts=3, samples=2, looked=16, judged=24, asked=16, ratings=100, tokens=8),
}


class Reached(NamedTuple):
    """A place of the grid and where a run came to that was led to it."""

    thresholds: Place
    value: float
    noise: float
    means: Place
    steps: int
    spent: int  # answers
    is_reached: bool

    @property
    def again(self) -> Place:
        """Where the value was measured, as a search has it too."""
        return self.thresholds if self.is_reached else self.means


@dataclass(frozen=True)
class Bench:
    """The comparison in its folder: whatever lies finished there is not made again."""

    policy: Path
    sizes: Sizes
    seed: int
    folder: Path

    def __post_init__(self) -> None:
        own = {"sizes": asdict(self.sizes), "seed": self.seed, "policy": self.policy.name}
        if parts.kept(self.folder, "sizes", lambda: own) != own:
            raise SystemExit(f"{self.folder} holds a comparison of other sizes, another seed or policy.")

    def run(self) -> None:
        reference, runs = self.gridded.reference(), []
        say(figure="box", **reference._asdict(), sizes=self.gridded.sizes(reference), answers=self.sizes.looked)
        for number, place in enumerate(self.places(reference)):
            runs.append(self.place(number, place, reference))
            say(figure="grid", number=number, **runs[-1]._asdict())
        spent = self.sizes.looked + sum(one.spent for one in runs)
        best = max(runs, key=lambda one: one.value)
        say(figure="best of the grid", **best._asdict(), all=spent)
        seeker, found = self.searched(spent // THIRD)
        vertex = found.best.vertex
        say(figure="best of the search", thresholds=vertex.place, value=vertex.value, why=found.why, all=found.spent)
        say(figure="again, as the search has it", **{**found.again._asdict(), "worth": found.again.worth._asdict()})
        self.judge(spent, best, seeker, found)

    @cached_property
    def gridded(self) -> Seeker:
        return Seeker(self.quest("grid", 3 * self.sizes.of_proposal))

    def places(self, reference: Reference) -> list[Place]:
        sizes = np.array(self.gridded.sizes(reference))
        along = product(range(self.sizes.side), repeat=len(sizes))
        return [tuple((np.array(reference.means) + np.array(one) * sizes).tolist()) for one in along]

    def place(self, number: int, thresholds: Place, reference: Reference) -> Reached:
        """A run from the reference, led there and measured as a proposal of the search is."""
        seeker = ready(self.gridded, reference)

        def make() -> dict[str, Any]:
            led = seeker.led(thresholds, None, self.sizes.limit, str(number), f"Place {number}")
            found = seeker.measured(led.policy, seeker.panel, f"place {number}")
            worth = TRUTH.worth(found)
            shutil.rmtree(seeker.folder_of(str(number)))
            means = tuple(found.means[name] for name in seeker.names)
            off = np.abs(np.array(means) - thresholds) <= list(seeker.near.values())
            spent = led.step * seeker.quest.algorithm.batch + self.sizes.looked
            return Reached(
                thresholds, worth.value, worth.error, means, led.step, spent, is_reached=bool(off.all())
            )._asdict()

        kept = parts.kept(self.folder / "places", str(number), make)
        return Reached(**{**kept, "thresholds": tuple(kept["thresholds"]), "means": tuple(kept["means"])})

    def searched(self, budget: int) -> tuple[Seeker, Found]:
        seeker = Seeker(self.quest("search", budget), told=tell)
        return seeker, seeker.seek()

    def quest(self, name: str, budget: int) -> Quest:
        own = self.sizes
        looked, fresh = self.looked
        return Quest(
            opened=lambda: causal.open_folder(self.policy, "builtin:textworld"),
            prompts=[one.messages for one in prompts.draw(self.seed, own.asked, purpose="searching")],
            looked=looked,
            fresh=fresh,
            rewards=self.rewards,
            steps={},
            judge=TRUTH,
            algorithm=self.algorithm,
            search=NelderMead(
                budget=budget, share=min(0.5, own.of_proposal / budget), looked=own.looked, last=own.last
            ),
            seed=keys.number(self.seed, name),
            folder=self.folder / name,
        )

    @cached_property
    def rewards(self) -> Mapping[str, rated.Rated]:
        return rated.single(rated.collect(self.seed, self.sizes.ratings, list(constrained.COMPONENTS)))

    @cached_property
    def looked(self) -> tuple[Sequence[Any], Sequence[Any]]:
        """Held-out prompts to measure at, and others that judge."""
        counts = {"looked": self.sizes.looked // TWICE, "fresh": self.sizes.judged}
        drawn = {name: prompts.draw(self.seed, most, held_out=True, purpose=name) for name, most in counts.items()}
        seen = set(drawn["looked"])
        return [one.messages for one in drawn["looked"]], [one.messages for one in drawn["fresh"] if one not in seen]

    @property
    def algorithm(self) -> Rloo:
        own = self.sizes
        amount = {"prompts": own.prompts, "samples": own.samples, "max_new_tokens": own.tokens}
        return Rloo(**{**HELD, **amount, "max_prompt": 96, "learning_rate": own.rate, "pass_tokens": 32_768})

    def judge(self, spent: int, best: Reached, seeker: Seeker, found: Found) -> None:
        """Both run again from the reference, prompt by prompt on the same fresh ones."""
        before = self.answers(seeker, None)
        grid = np.stack([one - before for one in self.again(self.gridded, best.again, "grid", 0)])
        first = self.answers(seeker, judging.LAST) - before
        search = np.stack([first, *(one - before for one in self.again(seeker, found.best.thresholds, "search", 1))])
        measured = best.value - self.gridded.reference().value, found.best.vertex.value - found.reference.value
        say(
            figure="verdict",
            reference=float(before.mean()),
            answers=before.size * self.panel(seeker).samples,
            grid=outcome(grid),
            search=outcome(search),
            ahead=outcome(search.mean(0) - grid.mean(0)),
            share=share(search.mean(0), grid.mean(0), self.seed),
            naive=measured[1] / measured[0] if measured[0] > 0 else None,
            spent={"grid": spent, "search": found.spent, "share": found.spent / spent},
            passed=bool(search.mean() >= ENOUGH * grid.mean() and THIRD * found.spent <= spent),
        )

    def again(self, seeker: Seeker, thresholds: Place, who: str, number: int) -> Iterator[Floats]:
        """By prompt, what each further run comes to."""
        ready(seeker, seeker.reference())
        for one in range(number, self.sizes.winners):
            name = f"again-{one}"
            seeker.led(thresholds, None, self.sizes.last, name, f"Best of the {who}, once more")
            yield self.answers(seeker, name)

    def answers(self, seeker: Seeker, name: str | None) -> Floats:
        """(prompts,) the gold of a run that was kept; without one the reference's."""
        policy = seeker.standing(seeker.folder_of(name) if name else None)
        asked, seed = self.panel(seeker), keys.number(self.seed, "judged")
        return TRUTH.values(measuring.measure(policy, asked, self.rewards, self.algorithm, seed, "judged")).mean(1)

    def panel(self, seeker: Seeker) -> Panel:
        return measuring.panel(seeker.quest.fresh, self.sizes.judged)


def ready(seeker: Seeker, reference: Reference) -> Seeker:
    """It knows how near is near enough, without having sought."""
    sizes = seeker.sizes(reference)
    seeker.near = {name: seeker.quest.search.near * size for name, size in zip(seeker.names, sizes, strict=True)}
    seeker.spent = 0
    return seeker


def tell(number: int, done: Done) -> None:
    say(figure="search", number=number, **asdict(done.trial), came=done.came._asdict())


def outcome(values: Floats) -> dict[str, Any]:
    """(prompts,) or (runs, prompts): the mean, its 95 % interval over prompts, and each run's own mean."""
    by_prompt = values if values.ndim == 1 else values.mean(0)
    mean, width = float(by_prompt.mean()), 1.96 * float(by_prompt.std(ddof=1)) / len(by_prompt) ** 0.5
    found: dict[str, Any] = {"mean": mean, "low": mean - width, "high": mean + width}
    return found if values.ndim == 1 else {**found, "gains": values.mean(1).tolist()}


def share(part: Floats, whole: Floats, seed: int) -> dict[str, float] | None:
    """Of the grid's gain, with a 95 % interval over prompts drawn anew; of no gain there is none."""
    if whole.mean() <= 0:
        return None
    drawn = keys.numpy_generator(seed, "share").integers(len(part), size=(DRAWS, len(part)))
    wholes = whole[drawn].mean(1)
    low, high = np.quantile(part[drawn].mean(1)[wholes > 0] / wholes[wholes > 0], [0.025, 0.975])
    return {"mean": float(part.mean() / whole.mean()), "low": float(low), "high": float(high)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tier", choices=TIERS, default="smoke")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=NUMBER", dest="changed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if not (options.policy / "config.json").is_file():
        print("--policy must be the folder of a policy; manage.py textworld makes one.", file=sys.stderr)
        return 2
    torch.set_num_threads(options.threads)
    changed = {name: json.loads(value) for name, value in (one.split("=") for one in options.changed)}
    Bench(options.policy, replace(TIERS[options.tier], **changed), options.seed, options.out).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

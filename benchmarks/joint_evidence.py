"""What a mixture of judgments is worth on worlds whose truth is known: one JSON line a claim.

    python -m benchmarks.joint_evidence [--seeds 20] [--seconds pairs=15 amounts=20 verdicts=10 rankings=30 ratings=10]
                                        [--durations ROWS.jsonl]

Answers have normal features and a linear utility; judgments are drawn from the likelihoods that are fitted, but for the
comparison of two models, where annotators differ from them on purpose. Errors are root mean squares over all answers.
Every seed is a world: what is compared is compared within it, and intervals (95 %) resample worlds. The seconds that a
judgment takes are assumed as above, or medians of rows in the layout `raw` of an export.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.known_world import KINDS, World, squared_error
from rewardmodels.learning.columns import Rows

Line = dict[str, Any]
Floats = NDArray[np.float64]
SECONDS = {"pairs": 15.0, "amounts": 20.0, "verdicts": 10.0, "rankings": 30.0, "ratings": 10.0}
ASKED = {"pairwise": "pairs", "cardinal": "amounts", "binary": "verdicts", "ranking": "rankings", "rating": "ratings"}
DRAWS = 4_000


def resampled(count: int) -> NDArray[np.int64]:  # → (draws, count)
    return np.random.default_rng(0).integers(0, count, (DRAWS, count))


def ranged(values: Floats) -> list[float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return [round(float(low), 4), round(float(high), 4)]


def root(squares: Floats) -> float:
    return round(math.sqrt(float(np.mean(squares))), 4)


def ratio(above: Floats, below: Floats) -> Line:
    """Of two root mean squares over the same worlds, with its interval."""
    drawn = resampled(len(above))
    estimate = math.sqrt(float(above.mean() / below.mean()))
    return {"ratio": round(estimate, 4), "interval": ranged(np.sqrt(above[drawn].mean(1) / below[drawn].mean(1)))}


def bag_of_mixed_judgments(seeds: Iterable[int], each: int = 120) -> Line:
    """The joint fit against each kind alone, against their combination by inverse variance, and Cramér and Rao."""
    rows = [one_bag(seed, each) for seed in seeds]
    squares = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    beside = {name: ratio(squares["joint"], squares[name]) for name in squares if name != "joint"}
    return {"claim": "one bag of mixed judgments", "worlds": len(rows), "of_each_kind": each,
            "rms_error": {name: root(values) for name, values in squares.items()}, "joint_over": beside}  # fmt: skip


def one_bag(seed: int, each: int, kinds: Sequence[str] = KINDS) -> dict[str, float]:
    """Squared errors in one world, and what they are at least on average.

    Neither a combination nor the bound knows a slope or a level: a fit of one kind has no unit in common with the
    others, and the joint fit has to find it. `bound, slopes known` is that of somebody who was told. `combined` weighs
    each fit by its variance as the fit itself has it, `combined, variances known` by the true one, which nobody has.
    """
    world = World(each * len(kinds), seed)
    parts = {kind: slice(place * each, (place + 1) * each) for place, kind in enumerate(kinds)}
    bag: dict[str, Rows] = {kind: getattr(world, kind)().at(part) for kind, part in parts.items()}
    alone = {kind: world.found({kind: rows}) for kind, rows in bag.items()}
    known, unknown = (
        {kind: world.information(kind, part, is_scale_known=told) for kind, part in parts.items()}
        for told in (True, False)
    )
    own = {kind: world.as_found(alone[kind]).information(kind, parts[kind], is_scale_known=False) for kind in kinds}
    return {
        "joint": world.error(bag),
        **{kind: squared_error(weights, world.weights) for kind, weights in alone.items()},
        "combined": squared_error(combined(alone, own), world.weights),
        "combined, variances known": squared_error(combined(alone, unknown), world.weights),
        "bound": float(torch.linalg.inv(torch.stack(list(unknown.values())).sum(0)).trace()),
        "bound, slopes known": float(torch.linalg.inv(torch.stack(list(known.values())).sum(0)).trace()),
    }


def combined(alone: dict[str, torch.Tensor], information: dict[str, torch.Tensor]) -> torch.Tensor:
    """(WIDTH,) weights of several fits, each counted by the inverse of its variance."""
    weighted = torch.stack([information[kind] @ weights for kind, weights in alone.items()]).sum(0)
    found: torch.Tensor = torch.linalg.solve(torch.stack(list(information.values())).sum(0), weighted)
    return found


def amounts_saved(seeds: Iterable[int], few: int = 60, pairs: int = 400) -> Line:
    """Pairs beside a few amounts: how many amounts alone would have been as good."""
    sizes = [few, *(round(few * more) for more in (1.25, 1.5, 5 / 3, 2.0, 2.5, 3.0))]
    alone: list[list[float]] = []
    mixed: list[float] = []
    for seed in seeds:
        world = World(max(sizes) + pairs, seed)
        amounts, beside = world.amounts(), world.pairs().at(slice(max(sizes), None))
        alone.append([world.error({"amounts": amounts.at(slice(0, size))}) for size in sizes])
        mixed.append(world.error({"pairs": beside, "amounts": amounts.at(slice(0, few))}))
    curve, reached = np.array(alone), np.array(mixed)
    drawn = resampled(len(reached))
    saved = np.array([share_saved(curve[rows].mean(0), float(reached[rows].mean()), sizes) for rows in drawn])
    return {"claim": "pairs save amounts", "worlds": len(reached), "amounts": few, "pairs": pairs,
            "rms_error": root(reached), "amounts_alone": {size: root(curve[:, n]) for n, size in enumerate(sizes)},
            "share_saved": round(share_saved(curve.mean(0), float(reached.mean()), sizes), 4),
            "interval": ranged(saved)}  # fmt: skip


def share_saved(curve: Floats, reached: float, sizes: list[int]) -> float:
    """By the line of log error over log size; at most what the largest size shows."""
    falling = np.minimum.accumulate(np.log(curve))[::-1]
    needed = np.interp(math.log(reached), falling, np.log(sizes[::-1]))
    return 1 - sizes[0] / math.exp(needed)


def equal_seconds(seeds: Iterable[int], seconds: dict[str, float], budget: float = 6_000.0) -> Line:
    """The same time of annotators spent on one kind alone, or in equal parts on all."""
    found: dict[str, list[float]] = {name: [] for name in ("even mix", *KINDS)}
    counts = {kind: int(budget / seconds[kind]) for kind in KINDS}
    for seed in seeds:
        world = World(max(counts.values()), seed)
        said = world.judgments()
        part = {kind: said[kind].at(slice(0, max(1, counts[kind] // len(KINDS)))) for kind in KINDS}
        found["even mix"].append(world.error(part))
        for kind in KINDS:
            found[kind].append(world.error({kind: said[kind].at(slice(0, counts[kind]))}))
    squares = {name: np.array(values) for name, values in found.items()}
    return {"claim": "at equal annotator seconds", "worlds": len(found["even mix"]), "annotator_seconds": budget,
            "seconds_a_judgment": seconds, "judgments_alone": counts,
            "rms_error": {name: root(values) for name, values in squares.items()},
            "even_mix_over": {kind: ratio(squares["even mix"], squares[kind]) for kind in KINDS}}  # fmt: skip


def calibration(seeds: Iterable[int], each: int = 800, held: int = 400) -> Iterator[Line]:
    """Of a joint fit on judgments that it did not see: in how many worlds 1 is in the slope's interval, and the
    calibration error in the band of a perfect model."""
    from benchmarks.known_events import EVENTS, judged

    found: dict[str, list[tuple[float, bool, bool]]] = {kind: [] for kind in EVENTS}
    for seed in seeds:
        world = World(each + held, seed)
        said = world.judgments()
        fitted = world.fit({kind: rows.at(slice(0, each)) for kind, rows in said.items()})
        for kind in EVENTS:
            found[kind].append(judged(world, fitted, kind, said[kind].at(slice(each, None)), seed))
    for kind, rows in found.items():
        slopes = np.array([slope for slope, _, _ in rows])
        yield {"claim": "calibration of held-out judgments", "kind": kind, "worlds": len(rows), "judgments": held,
               "slope": round(float(slopes.mean()), 4),
               "interval": ranged(slopes[resampled(len(slopes))].mean(1)),
               "slope_holds_one": sum(holds for _, holds, _ in rows),
               "ece_in_band": sum(inside for _, _, inside in rows)}  # fmt: skip


def two_models(trials: int, n: int = 400) -> Iterator[Line]:
    """Model A is better by 10 on a few prompts, B by 1 on many: which is better, by pairs and by amounts?

    Under deterministic answers and noise that grows with what is at stake, pairs count prompts; under one logistic
    noise for all they see sizes.
    """
    generator = np.random.default_rng(0)
    for world in ("deterministic", "noise grows with stakes", "one noise for all"):
        right = {"pairs": 0, "amounts": 0}
        for _ in range(trials):
            is_large = generator.random(n) < 0.2
            gap = np.where(is_large, 10.0, -1.0)  # A − B: +1.2 on average
            widths: dict[str, Any] = {
                "deterministic": 1e-9,
                "noise grows with stakes": np.abs(gap),
                "one noise for all": 8.0,
            }
            said = gap + widths[world] * generator.logistic(size=n)
            share = float(np.clip((said > 0).mean(), 1 / n, 1 - 1 / n))
            right["pairs"] += int(math.log(share / (1 - share)) > 0) if world != "one noise for all" else int(
                fitted_by_pairs(said > 0, is_large) > 0)  # fmt: skip
            right["amounts"] += int(np.mean(said) > 0)
        yield {"claim": "which of two models", "world": world, "trials": trials, "right": right}


def fitted_by_pairs(is_preferred: np.ndarray, is_large: np.ndarray) -> float:
    """The mean utility difference by a logit for each kind of prompt."""
    logits = []
    for kind in (is_large, ~is_large):
        share = (is_preferred[kind].sum() + 0.5) / (kind.sum() + 1)
        logits.append(math.log(share / (1 - share)) * kind.mean())
    return sum(logits)


def measured(path: Path) -> dict[str, float]:
    """The median seconds of each kind of judgment in a file of rows; what it lacks stays as assumed."""
    taken: dict[str, list[float]] = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        if row.get("duration_ms") and row["kind"] in ASKED:
            taken.setdefault(ASKED[row["kind"]], []).append(row["duration_ms"] / 1_000)
    return {kind: median(values) for kind, values in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    claims: dict[str, Callable[..., Any]] = {"bag": bag_of_mixed_judgments, "saved": amounts_saved,
                                             "seconds": equal_seconds, "calibration": calibration,
                                             "models": two_models}  # fmt: skip
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", nargs="+", choices=list(claims), default=list(claims))
    parser.add_argument("--seconds", nargs="+", default=[], metavar="KIND=SECONDS")
    parser.add_argument("--durations", type=Path)
    given = parser.parse_args()
    seconds = SECONDS | (measured(given.durations) if given.durations else {})
    seconds |= {name: float(value) for name, value in (one.split("=") for one in given.seconds)}
    torch.set_num_threads(1)
    more: dict[str, list[Any]] = {"seconds": [seconds]}
    for name in given.only:
        many = 50 * given.seeds if name == "models" else range(given.seeds)
        found = claims[name](many, *more.get(name, []))
        for line in [found] if isinstance(found, dict) else found:
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()

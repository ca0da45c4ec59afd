"""The simulated text world, measured: does its gold bite, is its policy good enough, and how long does that take.

    python -m benchmarks.textworld [--only world bite policy] [--models FOLDER] [--prompts 100] [--pool 2048]

`world` prints what is exact: entropy, the reference's gold, the front, the proxy points. `bite` learns a linear proxy
from 1,500 simulated pairs, then best-of-n from pools of fresh answers for the gold and for a control without curvature,
with intervals over prompts and, beside each, the exact figure. `policy` trains the small policy into FOLDER (or takes
the one that is there) and compares it with the grammar. One JSON line a figure.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from rewardmodels.learning import keys
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.proving import best_of_n, gao
from rewardmodels.learning.world import annotators, dual, entropy, following, gold, oracle, policies, prompts, rows
from rewardmodels.learning.world.grammar import STANDARD, sample
from rewardmodels.learning.world.oracle import Oracle, Scorer
from rewardmodels.learning.world.parser import parse_all
from rewardmodels.learning.world.recipe import STANDARD_RECIPE

Line = dict[str, Any]
PAIRS, TEST_PAIRS = 1_500, 600
NS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024)
FRONT = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--models", type=Path, help="where the policy is kept; needed for `policy`")
    parser.add_argument("--prompts", type=int, default=100, help="prompts of a pool")
    parser.add_argument("--pool", type=int, default=2_048, help="answers to each of them")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if "policy" in options.only and options.models is None:
        print("Say with --models where the policy is to be kept, or leave it out: --only world bite.", file=sys.stderr)
        return 2
    if options.pool < NS[-1]:
        print(f"--pool must be at least {NS[-1]}, the largest n.", file=sys.stderr)
        return 2
    for name in options.only:
        for line in PARTS[name](options):
            print(json.dumps({"part": name, "simulated": True, **line}), flush=True)
    return 0


def world(options: argparse.Namespace) -> Iterator[Line]:
    begun = time.process_time()
    yield {"figure": "entropy", "nats": round(entropy.of_answers(STANDARD), 4)}
    exact = oracle.of(STANDARD)
    yield {"figure": "outcomes", "n": len(exact.facts), "processor_s": round(time.process_time() - begun, 1)}
    yield {"figure": "reference gold", "mean": round(oracle.mean(exact, exact.reference, exact.gold), 3)}
    for point in oracle.path(exact, exact.gold, FRONT):
        yield {"figure": "front", "kl": round(point.kl, 3), "gold": round(point.gold, 3)}
    proxy = exact.score(oracle.linear_scorer(oracle.linear(exact, exact.gold)))
    for point in oracle.path(exact, proxy, FRONT):
        yield {"figure": "tilt of the best linear proxy", "kl": round(point.kl, 3), "gold": round(point.gold, 3)}
    components = {"coverage": gold.coverage, "warmth": gold.warmth}
    scores = np.stack([exact.score(scorer) for scorer in components.values()])
    for names, chosen in ((list(components), scores), (["coverage"], scores[:1]), (["warmth"], scores[1:])):
        found = dual.proxy_point(exact, chosen)
        values = dict(zip(names, np.round(found.values, 3).tolist(), strict=True))
        yield {"figure": "proxy point", "values": values, "gold": round(found.gold, 3), "kl": round(found.kl, 3)}


def bite(options: argparse.Namespace) -> Iterator[Line]:
    careful = [annotators.Annotator(f"plain-{number}") for number in range(10)]
    crowd = annotators.crowd(20)
    learned = fit(rows.collect(options.seed, "pairwise", PAIRS, careful))
    for name, people in (("plain", careful), ("crowd", crowd)):
        tested = rows.collect(options.seed + 1, "pairwise", TEST_PAIRS, people)
        yield {"figure": "pair accuracy", "annotators": name, "pairs": TEST_PAIRS, **accuracy(learned, tested)}
    facts, stakes = pools(options)
    proxy = gold.features(facts, stakes) @ learned
    exact = oracle.of(STANDARD)
    scorer = oracle.linear_scorer(learned)
    yield from curve_lines("gold", proxy, gold.gold(facts, stakes), (exact, scorer, exact.gold), options)
    of_control = rows.Truth(utility=gold.control)
    learned = fit(rows.collect(options.seed, "pairwise", PAIRS, careful, truth=of_control))
    proxy, truth = gold.features(facts, stakes) @ learned, gold.control(facts, stakes)
    known = (exact, oracle.linear_scorer(learned), exact.score(gold.control))
    yield from curve_lines("control", proxy, truth, known, options)


def fit(judged: list[rows.Row], decay: float = 1e-2) -> Any:
    """Ten weights by logistic regression on the differences of decided pairs."""
    differences, signs = table(judged)

    def loss(weights: Any) -> tuple[float, Any]:
        margin = signs * (differences @ weights)
        slope = -signs / (1 + np.exp(margin))
        return float(
            np.logaddexp(0, -margin).sum() + decay * weights @ weights / 2
        ), differences.T @ slope + decay * weights

    return minimize(loss, np.zeros(differences.shape[1]), jac=True, method="L-BFGS-B").x


def table(judged: list[rows.Row]) -> tuple[Any, Any]:
    """(differences of features (pairs, 10), signs) of the decided pairs."""
    differences, signs = [], []
    for row in judged:
        if row["answer"]["preferred"] is None:
            continue
        request = prompts.read(tuple(row["prompt"]))
        facts = parse_all([part["text"] for part in row["responses"]], [request.wanted] * 2)
        first, second = gold.features(facts, np.float64(request.stake))
        differences.append(first - second)
        signs.append(1.0 if row["answer"]["preferred"] == row["responses"][0]["id"] else -1.0)
    return np.array(differences), np.array(signs)


def accuracy(weights: Any, judged: list[rows.Row]) -> Line:
    differences, signs = table(judged)
    right = ((differences @ weights) * signs > 0).mean()
    return {"accuracy": round(float(right), 4), "decided": len(signs)}


def pools(options: argparse.Namespace) -> tuple[Any, Any]:
    """(facts (prompts, pool, columns), stakes (prompts, 1)) of fresh answers to held-out requests."""
    asked = prompts.draw(options.seed, options.prompts, held_out=True, purpose="pools")
    pooled = []
    for number, request in enumerate(asked):
        generator = keys.numpy_generator(options.seed, "pool", number)
        texts = [sample(STANDARD, request.wanted, generator) for _ in range(options.pool)]
        pooled.append(parse_all(texts, [request.wanted] * options.pool))
    return np.stack(pooled), np.array([[float(request.stake)] for request in asked])


def curve_lines(
    name: str, proxy: Any, truth: Any, known: tuple[Oracle, Scorer, Any], options: argparse.Namespace
) -> Iterator[Line]:
    world, scorer, utility = known
    score = world.score(scorer)
    found = best_of_n.curve(proxy, truth, NS, keys.numpy_generator(options.seed, "bootstrap", name))
    for number, n in enumerate(NS):
        exact = oracle.best_of(world, score, n, utility).gold
        figures = {"mean": found.mean[number], "low": found.low[number], "high": found.high[number], "exact": exact}
        rounded = {key: round(float(value), 3) for key, value in figures.items()}
        yield {"figure": f"best of n, {name}", "n": n, "kl": round(float(found.kl[number]), 3), **rounded}
    top, fitted = best_of_n.peak(found), gao.of_curve(found)
    yield {
        "figure": f"peak, {name}",
        "n": top.n,
        "gold": round(top.value, 3),
        "lost": [round(value, 3) for value in (top.lost, top.lost_low, top.lost_high)],
        "is_inside": top.is_inside,
        "fit": {"a": round(fitted.fit.a, 3), "b": round(fitted.fit.b, 3), "r2": round(fitted.fit.r2, 3)},
    }


def policy(options: argparse.Namespace) -> Iterator[Line]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from lm.rendering import Renderer

    torch.set_num_threads(1)
    begun, worked, steps = time.perf_counter(), time.process_time(), []
    folder = policies.make(options.models, STANDARD_RECIPE, Observer(report=lambda step, values: steps.append(step)))
    seconds = {"seconds": time.perf_counter() - begun, "processor_s": time.process_time() - worked}
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    size = sum(parameter.numel() for parameter in model.parameters())
    rounded = {name: round(value, 1) for name, value in seconds.items()}
    yield {"figure": "training", "steps": len(steps), "parameters": size, **rounded}
    own = json.loads((folder / policies.OWN).read_text())
    ratio = own["held_out_nats"] / own["entropy"]
    yield {"figure": "held-out loss", "nats": round(own["held_out_nats"], 3), "over_entropy": round(ratio, 4)}
    renderer = Renderer(tokenizer, tokenizer.chat_template, max_length=384, max_prompt=96)
    said = following.of_policy(model, renderer, prompts.draw(options.seed, 1_024, held_out=True), options.seed)
    truth = following.of_world(STANDARD)
    for name, share in said.right.items():
        yield {"figure": "following", "slot": name, "policy": round(share, 4), "world": round(truth.right[name], 4)}
    for name in ("ungrammatical", "words", "truncated"):
        values = {"policy": round(getattr(said, name), 4), "world": round(getattr(truth, name), 4)}
        yield {"figure": name, **values}
    gaps = max(abs(share - truth.right[name]) for name, share in said.right.items())
    yield {"figure": "good enough", "answer": ratio <= 1.05 and gaps <= 0.05, "largest_gap": round(gaps, 4)}


PARTS = {"world": world, "bite": bite, "policy": policy}

if __name__ == "__main__":
    sys.exit(main())

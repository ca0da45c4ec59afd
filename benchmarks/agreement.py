"""Agreement figures on public human judgments against the published ones, and the seconds that size costs.

    python -m benchmarks.agreement --data FOLDER [--only pandalm mqm …]

FOLDER holds one folder a source (pandalm, wmt_mqm, xsum_factuality, ukp_convarg1, get_another_label, tulu_human_eval),
each with gzipped JSON Lines as docs/methods/agreement.md describes them; it is read and never copied. `fleiss` and
`size` need no files. Prints one JSON line a figure: source, figure, value, low, high, n, published, and the seconds of
wall clock and of processor that it took.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from annotation.agreement import amounts, calibration, classes, consistency, pairs, position
from annotation.agreement.alpha import krippendorff
from annotation.agreement.amounts import Amounts
from annotation.agreement.kappa import Weighting, between, fleiss, percent_agreement
from annotation.agreement.pairs import Comparisons
from annotation.agreement.votes import Estimate, Floats, Integers, Votes

CHOICES = {"a": 0, "tie": 1, "b": 2}
Line = dict[str, Any]
# Fleiss (1971), table 1: how many of six psychiatrists gave each of five diagnoses to each of thirty patients.
DIAGNOSES = """00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder of public judgments")
    parser.add_argument("--only", nargs="+", choices=SOURCES, default=list(SOURCES))
    options = parser.parse_args()
    needing = [name for name in options.only if SOURCES[name][0]]
    if needing and (options.data is None or not options.data.is_dir()):
        print(
            f"There is no folder {options.data}: give --data, or --only fleiss size, which need none.", file=sys.stderr
        )
        return 2
    absent = False
    for name in options.only:
        folder, figures = SOURCES[name]
        try:
            for line in timed(figures(options.data / folder if folder else Path())):
                print(json.dumps({"source": name, **line}, ensure_ascii=False), flush=True)
        except FileNotFoundError as error:
            print(f"{name}: {error.filename} is not there, so its figures are left out.", file=sys.stderr)
            absent = True
    return 2 if absent else 0


def timed(lines: Iterable[Line]) -> Iterator[Line]:
    """Each figure with the seconds since the one before."""
    begun, worked = time.perf_counter(), time.process_time()
    for line in lines:
        spent = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - worked}
        yield {**line, **{name: round(value, 3) for name, value in spent.items()}}
        begun, worked = time.perf_counter(), time.process_time()


def line_of(figure: str, found: Estimate, published: str | float | None = None) -> Line:
    figures = {"value": found.value, "low": found.low, "high": found.high}
    rounded = {name: None if value is None else round(float(value), 4) for name, value in figures.items()}
    return {"figure": figure, **rounded, "n": found.n, "published": published, "reason": found.reason}


def rows(path: Path) -> list[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def numbered(names: Iterable[Any]) -> tuple[Integers, list[Any]]:
    """Numbers from 0 in order of first sight, and the names."""
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in names]), list(seen)


def fleiss_1971(_: Path) -> Iterator[Line]:
    counts = np.array([[int(digit) for digit in row] for row in DIAGNOSES.split()])
    value = np.concatenate([np.repeat(np.arange(5), row) for row in counts])
    votes = Votes(np.repeat(np.arange(30), 6), np.tile(np.arange(6), 30), value)
    yield line_of("Fleiss κ", fleiss(votes, 5), 0.430)
    yield line_of("Krippendorff α nominal", krippendorff(votes))


def flat_votes(found: list[Line]) -> tuple[Votes, list[str]]:
    """Votes of rows that each hold a list of them, and the annotators' names."""
    flat = [(task, vote["rater"], CHOICES[vote["choice"]]) for task, row in enumerate(found) for vote in row["votes"]]
    annotator, names = numbered(vote[1] for vote in flat)
    return Votes(np.array([vote[0] for vote in flat]), annotator, np.array([vote[2] for vote in flat])), names


def pandalm(folder: Path) -> Iterator[Line]:
    votes, _ = flat_votes(rows(folder / "comparisons.dev.jsonl.gz"))
    for one, other, whole in ((0, 1, 0.852), (0, 2, 0.879), (1, 2, 0.862)):
        yield line_of(f"Cohen κ {one + 1}-{other + 1}", between(votes, one, other), f".85–.88 ({whole} on all 999)")
    yield line_of("Fleiss κ", fleiss(votes, 3), "0.864 on all 999")
    yield line_of("Krippendorff α nominal", krippendorff(votes))
    yield line_of("percent agreement", percent_agreement(votes))


def mqm(folder: Path) -> Iterator[Line]:
    for language, published in (("ende", 0.499), ("zhen", 0.457)):
        found = rows(folder / f"sxs23_{language}.ratings.dev.jsonl.gz")
        (task, _), (annotator, _) = numbered(row["item"] for row in found), numbered(row["rater"] for row in found)
        penalty = np.array([float(row["penalty"]) for row in found])
        yield line_of(f"α interval {language}", krippendorff(Votes(task, annotator, penalty), "interval"), published)
        yield line_of(f"α ordinal {language}", krippendorff(Votes(task, annotator, penalty), "ordinal"))
        fit = amounts.consensus(Amounts(task, annotator, penalty), amounts.AmountSettings(step=0.1))
        assert fit is not None
        rescaled = (penalty - fit.bias.value[annotator]) / fit.scale.value[annotator]
        yield line_of(
            f"α interval {language}, without each rater's scale and bias",
            krippendorff(Votes(task, annotator, rescaled), "interval"),
        )
        ratio = float(fit.scale.value.max() / fit.scale.value.min())
        yield line_of(f"largest scale of a rater over the smallest {language}", Estimate(ratio, n=len(fit.scale.value)))


def xsum(folder: Path) -> Iterator[Line]:
    for name, published in (("factual", 0.774), ("hallucination", 0.775)):
        found = [row for row in rows(folder / f"{name}.dev.jsonl.gz") if row["label"] is not None]
        (task, _), (annotator, _) = numbered(row["item"] for row in found), numbered(row["rater"] for row in found)
        votes = Votes(task, annotator, np.array([int(row["label"]) for row in found]))
        yield line_of(f"Krippendorff α nominal {name}", krippendorff(votes), published)


def ukp(folder: Path) -> Iterator[Line]:
    found = rows(folder / "comparisons.dev.jsonl.gz")
    votes, names = flat_votes(found)
    competences = json.loads((folder / "mace_competence.json").read_text())
    published = np.array([competences.get(name, np.nan) for name in names])
    yield line_of("Krippendorff α nominal", krippendorff(votes))
    fit = classes.consensus(votes, 3)
    count = np.bincount(votes.annotator)
    for figure, mine in (
        ("Dawid–Skene reliability", fit.reliability.value),
        ("Dawid–Skene information", fit.information),
    ):
        yield from competence(figure, mine, published, count)
    gold = np.array([CHOICES.get(row["estimated_gold"] or "", -1) for row in found])
    majority = leading(votes, len(found), 3)
    yield line_of("majority is the authors' estimate", percent(majority[gold >= 0, gold[gold >= 0]]))
    yield line_of("Dawid–Skene label is the authors' estimate", percent(fit.label[gold >= 0] == gold[gold >= 0]))
    strict = np.array([CHOICES.get(row.get("strict_gold") or "", -1) for row in found])
    yield line_of("majority is the strict gold", percent(majority[strict >= 0, strict[strict >= 0]]))
    yield line_of("Dawid–Skene label is the strict gold", percent(fit.label[strict >= 0] == strict[strict >= 0]))
    item, _ = numbered(identifier for row in found for identifier in row["response_ids"])
    first, second = item.reshape(-1, 2)[votes.task].T
    verdicts = Comparisons(votes.task, votes.annotator, first, second, 1 - votes.value, np.zeros_like(first))
    model = pairs.consensus(verdicts)
    assert model is not None
    yield from competence("Bradley–Terry slope", model.slope.value, published, count)
    side = np.sign(model.difference.value)[strict >= 0]
    yield line_of("Bradley–Terry side is the strict gold", percent(side == 1 - strict[strict >= 0]))


def competence(figure: str, mine: Floats, published: Floats, count: Integers) -> Iterator[Line]:
    """Rank correlation with the published competence, over all annotators and over those with twenty votes."""
    for least in (1, 20):
        both = ~np.isnan(mine) & ~np.isnan(published) & (count >= least)
        found = consistency.rank_correlation(mine[both], published[both])
        yield line_of(f"{figure}: rank correlation with MACE competence, annotators with ≥ {least} votes", found)


def percent(right: np.ndarray, draws: int = 2000) -> Estimate:
    """The mean over tasks with a bootstrap interval."""
    right = right.astype(float)
    random = np.random.default_rng(0)
    means = [right[random.integers(len(right), size=len(right))].mean() for _ in range(draws)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Estimate(float(right.mean()), float(low), float(high), len(right))


def counted(votes: Votes, tasks: int, kinds: int) -> Floats:
    """How many votes each class got, (tasks, classes)."""
    counts = np.bincount(votes.task * kinds + votes.value, minlength=tasks * kinds)
    return counts.reshape(tasks, kinds).astype(float)


def leading(votes: Votes, tasks: int, kinds: int) -> Floats:
    """1 for the class with most votes, shared where several lead, (tasks, classes)."""
    counts = counted(votes, tasks, kinds)
    leads = counts == counts.max(axis=1, keepdims=True)
    return leads / leads.sum(axis=1, keepdims=True)


def gal(folder: Path) -> Iterator[Line]:
    published = {
        "BarzanMozafari": (0.696, 0.712),
        "AdultContent2": (0.757, 0.739),
        "HITspam_UsingCrowdflower": (0.66, 0.66),
    }
    for name, (of_majority, of_model) in published.items():
        found = rows(folder / f"{name}.dev.jsonl.gz")
        task, tasks = numbered(row["item"] for row in found)
        annotator, _ = numbered(row["rater"] for row in found)
        value, labels = numbered(str(row["label"]) for row in found)
        known = {row["item"]: str(row["gold"]) for row in found if row.get("gold") is not None}
        gold = np.array([labels.index(known[item]) if known.get(item) in labels else -1 for item in tasks])
        votes = classes.classes_of(Votes(task, annotator, value), len(labels))
        fit = classes.consensus(votes, len(labels))
        there = gold >= 0
        majority = leading(votes, len(tasks), len(labels))[there, gold[there]]
        model = (fit.label == gold)[there].astype(float)
        yield line_of(f"{name}: majority right", percent(majority), of_majority)
        yield line_of(f"{name}: Dawid–Skene right", percent(model), of_model)
        yield line_of(f"{name}: Dawid–Skene − majority, paired", percent(model - majority))
        yield from believed(name, fit.posterior[there], gold[there], counted(votes, len(tasks), len(labels))[there])


def believed(name: str, posterior: Floats, gold: Integers, counts: Floats) -> Iterator[Line]:
    """How much the posterior may be believed: mean certainty, the temperature of gold, log scores out of sample."""
    yield line_of(f"{name}: mean certainty of Dawid–Skene", percent(posterior.max(axis=1)))
    place = np.arange(len(gold))
    yield line_of(f"{name}: temperature", calibration.temper(posterior, place, gold).temperature)
    tempered = np.empty_like(posterior)
    for half in (place % 2 == 0, place % 2 == 1):  # each half with the temperature of the other
        tempered[half] = calibration.temper(posterior, place[~half], gold[~half]).apply(posterior[half])
    shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    for figure, chances in (("Dawid–Skene", posterior), ("Dawid–Skene, tempered", tempered), ("vote shares", shares)):
        score = np.log(np.maximum(chances[place, gold], calibration.LEAST_CHANCE))
        yield line_of(f"{name}: log score of {figure}", percent(score))


def tulu(folder: Path) -> Iterator[Line]:
    found = rows(folder / "comparisons.dev.jsonl.gz")
    flat = [(task, row["models"], vote) for task, row in enumerate(found) for vote in row["votes"]]
    task = np.array([number for number, _, _ in flat])
    annotator, _ = numbered(vote["rater"] for _, _, vote in flat)
    sign = np.array([{"a": 1, "tie": 0, "b": -1}[vote["choice"]] for _, _, vote in flat])
    grade = sign * np.array([vote["strength"] for _, _, vote in flat])
    side = np.array([1 if vote["shown_first"] == "a" else -1 for _, _, vote in flat])
    yield line_of("α ordinal of −2 … 2", krippendorff(Votes(task, annotator, grade), "ordinal"))
    yield line_of("α nominal of the choice", krippendorff(Votes(task, annotator, sign)))
    yield line_of(
        "percent agreement of the choice", percent_agreement(Votes(task, annotator, sign)), ".55 and .60 by pair"
    )
    yield from acceptable(folder)
    twice = [np.flatnonzero(task == number)[:2] for number in np.flatnonzero(np.bincount(task) >= 2)]
    first, second = np.array(twice).T
    two = Votes(
        np.tile(np.arange(len(first)), 2),
        np.repeat([0, 1], len(first)),
        np.concatenate([grade[first], grade[second]]) + 2,
    )
    yield line_of("Cohen κ of two votes, quadratic weights", between(two, 0, 1, Weighting.QUADRATIC))
    won = int((sign * side == 1).sum()), int((sign * side == -1).sum())
    bias = position.position_bias(*won)
    yield {**line_of("share of verdicts for the model listed first", bias.first_share), "p_value": bias.p_value}
    item, models = numbered(model for _, names, _ in flat for model in names)
    one, other = item.reshape(-1, 2).T
    model = pairs.consensus(Comparisons(task, annotator, one, other, grade, side))
    assert model is not None
    for row in np.unique(np.stack([one, other]), axis=1, return_index=True)[1]:
        value, low, high = (float(part[task[row]]) for part in model.difference)
        figure = f"strength of {models[one[row]]} − {models[other[row]]}, logits"
        yield line_of(figure, Estimate(value, low, high, len(flat)))
    yield {
        "figure": "cuts between tie, slight and clear",
        "value": [round(float(cut), 3) for cut in model.cuts],
        "n": len(flat),
    }


def acceptable(folder: Path) -> Iterator[Line]:
    """Whether one answer is acceptable, by rater; an answer is the same where prompt, model and text are."""
    found = rows(folder / "acceptability.dev.jsonl.gz")
    task, _ = numbered((json.dumps(row["prompt"]), row["model"], row["response"]) for row in found)
    annotator, _ = numbered(row["rater"] for row in found)
    votes = Votes(task, annotator, np.array([int(row["label"]) for row in found]))
    yield line_of("α nominal of acceptable or not", krippendorff(votes))
    yield line_of("percent agreement of acceptable or not", percent_agreement(votes))


def size(_: Path) -> Iterator[Line]:
    """200,000 votes by 4,000 annotators on 50,000 tasks, with the seconds that each figure costs."""
    random = np.random.default_rng(0)
    task = np.repeat(np.arange(50_000), 4)
    annotator, truth = random.integers(4000, size=200_000), random.normal(2, 2, 50_000)
    accuracy, kind = random.beta(7, 3, 4000)[annotator], random.integers(4, size=50_000)[task]
    value = np.where(random.random(200_000) < accuracy, kind, (kind + random.integers(1, 4, 200_000)) % 4)
    amount = np.round(truth[task] + random.standard_t(4, 200_000), 2)
    yield {"figure": "making the votes"}
    for level in ("nominal", "ordinal"):
        yield line_of(f"α {level} of classes, 1,000 resamples", krippendorff(Votes(task, annotator, value), level))
    for level in ("interval", "ordinal"):
        yield line_of(f"α {level} of amounts, 1,000 resamples", krippendorff(Votes(task, annotator, amount), level))
    yield line_of("Fleiss κ, 1,000 resamples", fleiss(Votes(task, annotator, value), 4))
    fit = classes.consensus(Votes(task, annotator, value), 4)
    yield {"figure": "Dawid–Skene", "converged": fit.converged, "n": 200_000}
    first = random.integers(3000, size=50_000)
    second = (first + random.integers(1, 3000, 50_000)) % 3000
    strength, side = random.normal(0, 1.5, 3000), random.choice([-1, 1], 200_000)
    seen = (strength[first] - strength[second])[task] + random.logistic(size=200_000)
    grade = np.where(np.abs(seen) < 0.4, 0, np.sign(seen)).astype(int)
    model = pairs.consensus(Comparisons(task, annotator, first[task], second[task], grade, side))
    assert model is not None
    yield {"figure": "Bradley–Terry with 3,000 items", "converged": model.converged, "n": 200_000}
    money = amounts.consensus(Amounts(task, annotator, amount))
    assert money is not None
    yield {"figure": "amounts", "converged": money.converged, "n": 200_000}


SOURCES: dict[str, tuple[str, Callable[[Path], Iterator[Line]]]] = {
    "fleiss": ("", fleiss_1971),
    "pandalm": ("pandalm", pandalm),
    "mqm": ("wmt_mqm", mqm),
    "xsum": ("xsum_factuality", xsum),
    "tulu": ("tulu_human_eval", tulu),
    "gal": ("get_another_label", gal),
    "ukp": ("ukp_convarg1", ukp),
    "size": ("", size),
}

if __name__ == "__main__":
    sys.exit(main())

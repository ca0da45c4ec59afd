"""Public human judgments as rows of the layout `raw`, for benchmarks: read from a folder, never copied."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]
CHOICES = {"a": 0, "b": 1, "tie": None}


def lines(path: Path) -> Iterator[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def is_turned(name: str) -> bool:
    """Whether the two answers of a pair change places, so that the first is no better than the second."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def row(kind: str, prompt: list[Line], responses: list[Line], answer: Line, **more: Any) -> Line:
    return {
        "kind": kind,
        "prompt": prompt,
        "responses": responses,
        "shown_order": [],
        "answer": answer,
        "annotator": "unknown",
        "origin": "imported",
        "split": "train",
        **more,
    }


def helpful_and_harmless(folder: Path, subset: str) -> Iterator[Line]:
    """Pairs without annotators; `subset` is helpful or harmless."""
    for line in lines(folder / "hh_rlhf" / "pairs.dev.jsonl.gz"):
        if line["source"].split("/")[1].startswith(subset):
            texts = [("good", line["chosen"]), ("bad", line["rejected"])]
            responses = [{"id": name, "text": text, "source": ""} for name, text in texts]
            yield row(
                "pairwise",
                line["prompt"],
                responses[::-1] if is_turned(line["id"]) else responses,
                {"preferred": "good"},
            )


def tulu(folder: Path) -> Iterator[Line]:
    """Pairs with ties, strengths, sources and annotators."""
    for line in lines(folder / "tulu_human_eval" / "comparisons.dev.jsonl.gz"):
        named = zip("ab", line["responses"], line["models"], strict=True)
        responses = [{"id": name, "text": text, "source": model} for name, text, model in named]
        for vote in line["votes"]:
            choice = vote["choice"]
            answer: Line = {"preferred": None if choice == "tie" else choice}
            if choice != "tie":
                answer["strength"] = vote["strength"]
            yield row("pairwise", line["prompt"], responses, answer, annotator=vote["rater"])


def acceptability(folder: Path) -> Iterator[Line]:
    """Whether one person would accept one answer of those compared."""
    for line in lines(folder / "tulu_human_eval" / "acceptability.dev.jsonl.gz"):
        responses = [{"id": "one", "text": line["response"], "source": line["model"]}]
        yield row("binary", line["prompt"], responses, {"desirable": bool(line["label"])}, annotator=line["rater"])


def arguments(folder: Path) -> Iterator[Line]:
    """Five votes a pair, ties included, by thousands of annotators, on arguments of a few debates."""
    own = folder / "ukp_convarg1"
    texts = {line["id"]: line["text"] for line in lines(own / "arguments.dev.jsonl.gz")}
    for line in lines(own / "comparisons.dev.jsonl.gz"):
        responses = [{"id": name, "text": texts[name], "source": ""} for name in line["response_ids"]]
        for vote in line["votes"]:
            place = CHOICES[vote["choice"]]
            answer = {"preferred": None if place is None else line["response_ids"][place]}
            yield row("pairwise", line["prompt"], responses, answer, annotator=vote["rater"])


def penalties(folder: Path) -> Iterator[Line]:
    """Translations of one source by one annotator, two by two, each in one pair: the difference of their penalties."""
    sheets: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines(folder / "wmt_mqm" / "sxs23_zhen.ratings.dev.jsonl.gz"):
        sheets.setdefault((line["doc"], line["seg"], line["rater"]), []).append(line)
    for (_, _, rater), found in sheets.items():
        order = sorted(found, key=lambda line: hashlib.sha256(f"{line['item']} {rater}".encode()).digest())
        for first, second in zip(order[::2], order[1::2], strict=False):
            difference = round(second["penalty"] - first["penalty"], 1)  # a penalty is a negative reward
            responses = [
                {"id": line["system"], "text": line["target"], "source": line["system"]} for line in (first, second)
            ]
            preferred = None if difference == 0 else first["system"] if difference > 0 else second["system"]
            yield row(
                "cardinal",
                [{"role": "user", "content": first["source"]}],
                responses,
                {"preferred": preferred, "amount": abs(difference)},
                annotator=rater,
                currency="MQM",
                guidelines_version=1,
                elicitation="direct",
                incentive="hypothetical",
            )


SOURCES: dict[str, Callable[[Path], Iterator[Line]]] = {
    "hh_helpful": lambda folder: helpful_and_harmless(folder, "helpful"),
    "hh_harmless": lambda folder: helpful_and_harmless(folder, "harmless"),
    "tulu": tulu,
    "ukp": arguments,
    "mqm": penalties,
}

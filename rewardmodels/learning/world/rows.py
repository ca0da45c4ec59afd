"""Simulated judgments as other code reads them: rows in the layout `raw` of a snapshot, and records to import."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rewardmodels.learning import keys
from rewardmodels.learning.world import annotators, gold, prompts
from rewardmodels.learning.world.annotators import Annotator, Look, Question
from rewardmodels.learning.world.grammar import STANDARD, Grammar, sample
from rewardmodels.learning.world.oracle import Scorer
from rewardmodels.learning.world.parser import parse

CURRENCY = "XTS"  # what ISO 4217 keeps for tests: these amounts are coins of a world that is not
SPLITS = (("train", 0.8), ("validation", 0.1), ("test", 0.1))
EPOCH = "2000-01-01T00:00:00Z"  # no clock: the same seed gives the same rows

Row = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """A request with the answers that somebody is asked about."""

    number: int
    request: prompts.Request
    texts: tuple[str, ...]
    source: str = "textworld-grammar"


def tasks(
    seed: int, count: int, answers: int, grammar: Grammar = STANDARD, *, held_out: bool = False
) -> Iterator[Task]:
    """Tasks with different answers of the grammar; the n-th depends on the seed and n alone."""
    for number, request in enumerate(prompts.draw(seed, count, held_out=held_out, purpose="tasks")):
        generator = keys.numpy_generator(seed, "task", held_out, number)
        texts: dict[str, None] = {}
        while len(texts) < answers:
            texts[sample(grammar, request.wanted, generator)] = None
        yield Task(number, request, tuple(texts))


@dataclass(frozen=True)
class Truth:
    """The language, and what is truly of worth in it."""

    grammar: Grammar = STANDARD
    utility: Scorer = gold.gold


def judge(task: Task, name: str, person: Annotator, seed: int, truth: Truth = Truth()) -> Row:
    """What somebody says about a task, asked in this way, as a row of the layout `raw`."""
    question = annotators.QUESTIONS[name]
    generator = annotators.generator_of(seed, person, name, task.number)
    shown = [int(each) for each in generator.permutation(len(task.texts))]
    ids = [f"t{task.number}-{each}" for each in range(len(task.texts))]
    facts = tuple(parse(task.texts[each], task.request.wanted, truth.grammar) for each in shown)
    look = Look(facts, task.request.stake, truth.utility)
    shown_ids = [ids[each] for each in shown]
    answer = question.ask(person, look, shown_ids, generator)
    messages = [dict(turn) for turn in task.request.messages]
    return {
        "judgment": f"{name}-{task.number}-{person.name}",
        "version": 1,
        "task": f"{name}-{task.number}",
        "kind": question.kind,
        "purpose": "label",
        "annotator": f"simulated-{person.name}",
        "origin": "simulated",
        "prompt": messages,
        "responses": [
            {"id": one, "text": text, "source": task.source} for one, text in zip(ids, task.texts, strict=True)
        ],
        "shown_order": shown_ids,
        "answer": answer,
        "currency": CURRENCY if question.kind == "cardinal" else "",
        "guidelines_version": 1,
        "duration_ms": annotators.take_time(person, look, generator),
        "created_at": EPOCH,
        "split": split_of(seed, task.request.messages[0]["content"]),
        "elicitation": question.elicitation,
        "incentive": "hypothetical" if question.kind == "cardinal" else "",
        "groups": [],
        "sampling": "",
    }


def split_of(seed: int, root: str) -> str:
    """A conversation is in one split, which follows from a keyed hash of its first turn."""
    place = keys.number(seed, "split", root) / 2**63
    for name, share in SPLITS:
        place -= share
        if place < 0:
            return name
    return SPLITS[0][0]


def collect(
    seed: int,
    name: str,
    count: int,
    people: Sequence[Annotator],
    *,
    overlap: int = 1,
    truth: Truth = Truth(),
) -> list[Row]:
    """So many tasks of one kind of question, each judged by `overlap` different people, all equally busy."""
    question: Question = annotators.QUESTIONS[name]
    if not 1 <= overlap <= len(people):
        raise ValueError(f"{overlap} different people are asked for and there are {len(people)}.")
    rows = []
    for task in tasks(keys.number(seed, name), count, question.answers, truth.grammar):
        order = keys.numpy_generator(seed, "who", name, task.number).permutation(len(people))
        rows += [judge(task, name, people[each], seed, truth) for each in order[:overlap]]
    return rows


def as_record(row: Row) -> dict[str, Any] | None:
    """The judgment as a record that an import with `as=judgments` takes; None where no layout can say it.

    Decided pairs are TRL's preference, amounts and ties CardinalPrefs, verdicts TRL's unpaired. Rankings, marks and the
    amounts of single answers have no layout with labels, and "better, but worth nothing" has no sign in CardinalPrefs.
    """
    texts = {part["id"]: part["text"] for part in row["responses"]}
    answer, who = row["answer"], {"annotator": row["annotator"]}
    if row["kind"] == "binary":
        return {"prompt": row["prompt"], "completion": spoken(*texts.values()), "label": answer["desirable"], **who}
    if row["kind"] not in {"pairwise", "cardinal"} or len(texts) != 2:
        return None
    first, second = texts.values()
    preferred = answer["preferred"]
    if row["kind"] == "pairwise" and preferred is not None:
        chosen, rejected = (first, second) if preferred == row["responses"][0]["id"] else (second, first)
        return {"prompt": row["prompt"], "chosen": spoken(chosen), "rejected": spoken(rejected), **who}
    worth = answer["amount"] if "amount" in answer else middle(answer["rows"]) if "rows" in answer else "0"
    if preferred is not None and float(worth) == 0:
        return None
    if preferred == row["responses"][1]["id"]:
        worth = f"-{worth}"
    return {
        "prompt": row["prompt"],
        "response1": spoken(first),
        "response2": spoken(second),
        "net_utility": worth,
        **who,
    }


def spoken(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def middle(listed: Sequence[dict[str, Any]]) -> str:
    """One amount for a price list: half way between the last price bought and the first refused."""
    bought = [float(row["price"]) for row in listed if row["buys"]]
    refused = [float(row["price"]) for row in listed if not row["buys"]]
    low = max(bought, default=0.0)
    return f"{low if not refused else (low + min(refused)) / 2:g}"


def records(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """All that an import can take, in order."""
    return [found for row in rows if (found := as_record(row)) is not None]

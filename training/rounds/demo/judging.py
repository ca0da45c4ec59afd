"""What the simulated annotators say about the everyday requests, as rows of the layout `raw` that an import reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardmodels.learning import keys
from rewardmodels.learning.world import annotators
from rewardmodels.learning.world.annotators import Annotator, Look
from rewardmodels.learning.world.parser import Facts
from training.rounds.demo.people import CROWD
from training.rounds.demo.questions import ASPECTS, CURRENCY, Question
from training.rounds.demo.requests import Answer

LEFT_OPEN, HALF_OPEN = 0.15, 0.15  # shares of the questions that nobody, or one too few, has answered
MARK_NOISE = 0.4  # of a mark, per unit of an annotator's noise beside that of a careful one


@dataclass(frozen=True)
class Sitting:
    """Who answers how much: all questions of a project go round the same people."""

    seed: int
    overlap: int
    people: tuple[Annotator, ...] = CROWD


def rows(questions: list[Question], sitting: Sitting) -> Iterator[dict[str, Any]]:
    """The judgments of everybody; the n-th question's depend on the seed and n alone."""
    for number, question in enumerate(questions):
        generator = keys.numpy_generator(sitting.seed, "demo", question.kind, number)
        drawn = float(generator.random())
        if drawn < LEFT_OPEN:
            continue
        count = sitting.overlap - (drawn < LEFT_OPEN + HALF_OPEN)
        for place in generator.permutation(len(sitting.people))[:count]:
            yield row(question, sitting.people[place], keys.numpy_generator(sitting.seed, number, int(place)))


def row(question: Question, person: Annotator, generator: np.random.Generator) -> dict[str, Any]:
    shown = [int(place) for place in generator.permutation(len(question.answers))]
    look = look_at([question.answers[place] for place in shown])
    ids = [str(place) for place in shown]
    return {
        **question.record(),
        "kind": question.kind,
        "answer": said(question, person, look, ids, generator),
        "annotator": person.name,
        "origin": "simulated",
        "shown_order": ids,
        "currency": CURRENCY if question.kind == "cardinal" else "",
        "duration_ms": annotators.take_time(person, look, generator),
    }


def look_at(shown: list[Answer]) -> Look:
    """Of these answers a simulated annotator perceives what they are worth, and how long they are."""
    worth = np.array([answer.worth for answer in shown])
    facts = tuple(Facts(words=len(answer.text.split())) for answer in shown)
    return Look(facts, stake=1, utility=lambda _facts, _stake: worth)


def said(
    question: Question, person: Annotator, look: Look, ids: list[str], generator: np.random.Generator
) -> dict[str, Any]:
    if question.kind == "rating":
        return {"ratings": marks(question.answers[0], person, generator)}
    answer: dict[str, Any] = annotators.QUESTIONS[question.kind].ask(person, look, ids, generator)
    return answer


def marks(answer: Answer, person: Annotator, generator: np.random.Generator) -> dict[str, int]:
    """From 1 to 5 for each aspect, each with noise of its own."""
    values = {"correctness": answer.correct, "helpfulness": answer.helpful, "tone": answer.tone}
    noise = MARK_NOISE * (1 + person.noise)
    return {name: int(np.clip(round(values[name] + generator.normal(0, noise)), 1, 5)) for name in ASPECTS}

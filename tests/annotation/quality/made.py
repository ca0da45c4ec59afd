"""A project as it might be after some weeks: a careless person, one who takes the first side, disputes."""

import hashlib
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils.timezone import now

from accounts.models import Annotator
from annotation.models import (
    Assignment,
    Gold,
    Guidelines,
    Judgment,
    JudgmentVersion,
    Project,
    Prompt,
    Response,
    Task,
    TaskResponse,
)

QUESTIONS = (
    "How do I stop my sourdough from sticking to the basket?",
    "Explain what a hash table is to somebody who has never programmed.",
    "Write a polite reminder to a tenant whose rent is late.",
    "Which vaccines should I ask about before going to Vietnam?",
    "Summarise the plot of Middlemarch in three sentences.",
    "Is it safe to mix bleach and vinegar?",
)


class Made:
    """Rows in the order of their keys, written by kind in few statements."""

    def __init__(self, project: Project, people: int = 12, seed: int = 0) -> None:
        self.project, self.random = project, np.random.default_rng(seed)
        self.guidelines = Guidelines.objects.filter(project=project).latest("version")
        self.annotators = Annotator.objects.bulk_create(
            Annotator(workspace=project.workspace, origin="simulated", source_name=f"made {n}") for n in range(people)
        )
        self.begun = now() - timedelta(days=20)

    def task(self, kind: str, number: int, answers: int) -> tuple[Task, list[Response]]:
        text = f"{QUESTIONS[number % len(QUESTIONS)]} ({kind} {number})"
        digest = hashlib.sha256(text.encode()).digest()
        prompt = Prompt.objects.create(
            project=self.project, messages=[{"role": "user", "content": text}], sha256=digest, root=digest
        )
        position = self.project.tasks.count() + 1
        task = Task.objects.create(
            project=self.project, prompt=prompt, kind=kind, sha256=digest, overlap=3, open_places=0,
            position=position, random_key=0.5, rank=position,
        )  # fmt: skip
        responses = [
            Response.objects.create(
                prompt=prompt, text=f"Answer {place}", sha256=hashlib.sha256(b"%d" % place).digest()
            )
            for place in range(answers)
        ]
        TaskResponse.objects.bulk_create(
            TaskResponse(task=task, response=response, position=place) for place, response in enumerate(responses)
        )
        return task, responses

    def say(self, task: Task, person: int, answer: dict[str, Any], shown: list[int], **more: Any) -> None:
        at = self.begun + timedelta(minutes=30 * task.position + person)
        assignment = Assignment.objects.create(
            project=self.project, task=task, annotator=self.annotators[person], guidelines=self.guidelines,
            purpose=more.get("purpose", "label"), shown_order=shown, holds_place=False, state="submitted", ended_at=at,
        )  # fmt: skip
        judgment = Judgment.objects.create(project=self.project, assignment=assignment, created_at=at)
        hurry = 0.05 if person == 1 else 1.0
        JudgmentVersion.objects.create(
            judgment=judgment, version=1, kind=task.kind, answer=answer, guidelines=self.guidelines,
            preferred_id=answer.get("preferred"), desirable=answer.get("desirable"),
            duration_ms=round(1_000 * hurry * self.random.lognormal(3.4, 0.5)),
            amount_low=answer.get("amount"), amount_high=answer.get("amount"),
            currency="EUR" if "amount" in answer else "",
        )  # fmt: skip

    def verdicts(self, count: int, votes: int = 3) -> None:
        """Person 0 always takes what is shown first; person 1 throws a coin; the rest see differences."""
        for number in range(count):
            task, responses = self.task("pairwise", number, 2)
            truth = self.random.normal(0, 1.5)
            if number % 8 == 0:
                best = str(responses[0 if truth > 0 else 1].pk)
                Gold.objects.create(task=task, project=self.project, answer={"preferred": best})
            for person in self.random.choice(len(self.annotators), votes, replace=False):
                self.verdict(task, responses, int(person), truth)
                if self.random.random() < 0.15:
                    self.verdict(task, responses, int(person), truth, purpose="repeat")

    def verdict(self, task: Task, responses: list[Response], person: int, truth: float, **more: Any) -> None:
        shown = [int(place) for place in self.random.permutation(2)]
        seen = (0 if person == 1 else 1.8) * truth + self.random.logistic()
        choice = None if abs(seen) < 0.2 else (0 if seen > 0 else 1)
        if person == 0:
            choice = shown[0]
        self.say(task, person, {"preferred": None if choice is None else str(responses[choice].pk)}, shown, **more)

    def classes(self, count: int, votes: int = 3) -> None:
        for number in range(count):
            task, _responses = self.task("binary", number, 1)
            truth = self.random.random() < 0.6
            for person in self.random.choice(len(self.annotators), votes, replace=False):
                right = self.random.random() < (0.5 if person == 1 else 0.88)
                self.say(task, int(person), {"desirable": bool(truth if right else not truth)}, [0])

    def amounts(self, count: int, votes: int = 4) -> None:
        """Some are generous, some are not."""
        for number in range(count):
            task, responses = self.task("cardinal", number, 2)
            truth = self.random.normal(0, 4)
            for person in self.random.choice(len(self.annotators), votes, replace=False):
                value = (0.5 + 0.25 * person) * truth + self.random.normal(0, 1 + 3 * (person == 1))
                preferred = str(responses[0 if value > 0 else 1].pk)
                shown = [int(place) for place in self.random.permutation(2)]
                self.say(task, int(person), {"preferred": preferred, "amount": f"{abs(value):.2f}"}, shown)

    def orders(self, count: int, votes: int = 3) -> None:
        for number in range(count):
            task, responses = self.task("ranking", number, 4)
            for person in self.random.choice(len(self.annotators), votes, replace=False):
                seen = np.arange(4) + self.random.normal(0, 4 if person == 1 else 1, 4)
                order = [[str(responses[place].pk)] for place in np.argsort(seen)]
                self.say(task, int(person), {"order": order}, [0, 1, 2, 3])

    def marks(self, count: int, votes: int = 3) -> None:
        for number in range(count):
            task, _responses = self.task("rating", number, 1)
            truth = self.random.integers(1, 6, 2)
            for person in self.random.choice(len(self.annotators), votes, replace=False):
                seen = np.clip(np.round(truth + self.random.normal(0, 0.8, 2)), 1, 5)
                self.say(task, int(person), {"ratings": {"helpful": int(seen[0]), "honest": int(seen[1])}}, [0])

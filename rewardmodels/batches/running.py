"""Many scores in bounded memory: read, scored and written a few hundred at a time. Imported by the worker alone."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotation.imports.faults import MOST_NAMED, Fault
from annotation.imports.files import Meter
from annotation.models import Project, Snapshot
from annotation.snapshots.formats import FORMATS
from annotation.snapshots.layouts import Line
from jobs.work import Failed, Work
from rewardmodels import opening, places
from rewardmodels.batches import questions, results
from rewardmodels.batches.asking import Request
from rewardmodels.batches.journal import Journal, Said
from rewardmodels.batches.questions import Found, Question
from rewardmodels.learning import folder as folders
from rewardmodels.models import RewardModel

TOGETHER = 256  # answers in one pass
MOST_CHARACTERS = 4_000_000  # of one pass
COLUMNS = {
    "line": "whole",
    "id": "text",
    "answer": "whole",
    "response": "text",
    "source": "text",
    "reward": "number",
    "spread": "number",
    "calibrated": "number",
    "components": "json",
    "tokens": "whole",
    "is_whole": "flag",
    "unit": "text",
    "model": "text",
    "model_sha256": "text",
}


class Batch:
    """The lines of the result, and on the way what could not be scored."""

    def __init__(self, work: Work, model: RewardModel, found: Found, meter: Meter, journal: Journal) -> None:
        self.work, self.model, self.found, self.meter, self.journal = work, model, found, meter, journal
        self.reward = open_reward(model)
        self.scored = 0
        self.fault_count = 0
        self.faults: list[Fault] = []

    def lines(self) -> Iterator[Line]:
        waiting: list[Question] = []
        size = 0
        for one in self.found:
            if isinstance(one, Fault):
                self.refuse(one)
                continue
            if (known := self.journal.take(one)) is not None:
                yield from self.told(one, known)
                continue
            waiting.append(one)
            size += one.size
            if len(waiting) == TOGETHER or size > MOST_CHARACTERS:
                yield from self.score(waiting)
                waiting, size = [], 0
        if waiting:
            yield from self.score(waiting)

    def score(self, asked: list[Question]) -> Iterator[Line]:
        self.work.progress(min(0.99, self.meter.share), f"{self.scored} scored")
        found = self.said(asked)
        self.journal.keep(asked, found)
        for one, said in zip(asked, found, strict=True):
            yield from self.told(one, said)

    def said(self, asked: list[Question]) -> list[Said]:
        """What the reward says of each; one that cannot be read is no fault of its neighbours."""
        from lm.rendering import Unrenderable
        from lm.templates import conversation

        try:
            scores: list[Any] = self.reward.score([(conversation(one.prompt), one.text) for one in asked])
        except Unrenderable as error:
            if len(asked) == 1:
                return [Said(None, "prompt", str(error))]
            return [said for one in asked for said in self.said([one])]
        unknown = Said(None, "response", _("The model’s score of this text is no number."))
        return [Said(asdict(score)) if score.is_number else unknown for score in scores]

    def told(self, one: Question, said: Said) -> Iterator[Line]:
        if said.score is None:
            self.refuse(Fault(one.line, said.field, said.message))
        else:
            self.scored += 1
            yield self.line(one, said.score)

    def line(self, one: Question, score: dict[str, Any]) -> Line:
        return {
            "line": one.line,
            "id": one.id,
            "answer": one.answer,
            "response": one.response,
            "source": one.source,
            "reward": score["reward"],
            "spread": score["spread"],
            "calibrated": score["calibrated"],
            "components": score["components"],
            "tokens": score["tokens"],
            "is_whole": score["is_whole"],
            "unit": self.model.unit,
            "model": str(self.model.pk),
            "model_sha256": self.model.sha256,
        }

    def refuse(self, fault: Fault) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_NAMED:
            self.faults.append(fault)

    @property
    def rejected(self) -> list[dict[str, Any]]:
        named = [fault._asdict() for fault in self.faults]
        if self.fault_count > len(named):
            more = _("{n} more lines were rejected.").format(n=self.fault_count - len(named))
            named.append({"line": 0, "field": "", "message": more})
        return named


def run(work: Work) -> dict[str, Any]:
    """Score what the job names; the answer says where the file is and which lines are not in it."""
    request = Request(**work.arguments)
    model = RewardModel.objects.filter(pk=request.reward_model, deleted_at=None).first()
    if model is None or not model.is_trained:
        raise Failed("The reward model is gone.")
    work.progress(0.0, "Loading the model")
    meter, kept = Meter(), work.folder / "scored.jsonl"
    journal = Journal(kept, model.sha256)
    batch = Batch(work, model, asked(request, meter), meter, journal)
    draft = work.folder / "scores"
    write(batch, draft, request.format)
    journal.close()
    if not batch.scored:
        first = batch.faults[0] if batch.faults else None
        why = f" Line {first.line}: {first.message}" if first else ""
        raise Failed(f"There was nothing that could be scored.{why}")
    facts = keep(draft, model, request)
    kept.unlink()
    if request.path:
        (Path(settings.MEDIA_ROOT) / request.path).unlink(missing_ok=True)
    address = f"/api/v1/reward-models/{model.pk}/batches/{work.job_id}/"
    told = {"id": str(work.job_id), "url": address, **facts, "scored": batch.scored, "rejected": batch.rejected}
    return {**told, "unit": model.unit, "model_sha256": model.sha256}


def asked(request: Request, meter: Meter) -> Found:
    if request.snapshot:
        snapshot = Snapshot.objects.standing().filter(pk=request.snapshot).first()
        if snapshot is None:
            raise Failed("The snapshot is gone.")
        return questions.of_snapshot(snapshot, request.split, meter)
    if request.project:
        project = Project.objects.filter(pk=request.project, deleted_at=None).first()
        if project is None:
            raise Failed("The project is gone.")
        return questions.of_project(project, meter)
    path = Path(settings.MEDIA_ROOT) / request.path
    if not path.is_file():
        raise Failed("The file was cleared away meanwhile: send it again.")
    return questions.of_file(path, request.suffix, meter)


def open_reward(model: RewardModel) -> Any:
    folder = places.folder_of(model.pk)
    try:
        folders.verify(folder, model.sha256)
        return opening.open_reward(folder)
    except folders.Damaged as error:
        raise Failed(str(error)) from error


def write(batch: Batch, path: Path, format: str) -> None:
    with path.open("wb") as target:
        for chunk in FORMATS[format].write(batch.lines(), COLUMNS, True):
            target.write(chunk)


def keep(draft: Path, model: RewardModel, request: Request) -> dict[str, Any]:
    """Put the file where its hash says."""
    suffix = FORMATS[request.format].suffix
    with draft.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    target = results.place(sha256, suffix)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(target)
    name = f"{slugify(model.name)[:60] or 'reward-model'}-scores.{suffix}"
    return {"sha256": sha256, "bytes": target.stat().st_size, "name": name}

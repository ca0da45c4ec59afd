"""The first records of a file as they would be understood, before anything is written."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from annotation import projects
from annotation.feedback.kinds import KINDS
from annotation.imports import aspects, files, labelling, questions, records
from annotation.imports.faults import BadRecord, Fault
from annotation.imports.labels import NAMES
from annotation.imports.records import Record
from annotation.imports.requests import Options
from annotation.imports.staging import Staged
from annotation.models import Project
from annotation.settings import Terms

LOOKED_AT = 200  # records
CHARACTERS = 4_000_000  # of all of them together
SHOWN, FAULTS_SHOWN = 4, 20
LONGEST_TEXT = 4_000


@dataclass(frozen=True)
class Answer:
    """One response of a record, and what the record says of it."""

    text: str
    source: str
    is_cut: bool


@dataclass(frozen=True)
class Seen:
    """One record in our words."""

    line: int
    layout: str
    prompt: list[dict[str, Any]]
    answers: list[Answer]
    makes: list[str]  # the tasks, or the judgment, that would come of it
    external_id: str


@dataclass
class Preview:
    seen: list[Seen] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    good: int = 0
    bad: int = 0
    labelled: int = 0
    layouts: set[str] = field(default_factory=set)
    is_whole: bool = True  # the file holds no more than what was looked at

    @property
    def is_nothing(self) -> bool:
        """Whether it is known already that nothing of it can be used."""
        return self.is_whole and not self.good


def preview(project: Project, staged: Staged, options: Options) -> Preview:
    """Reads as the import itself would, and stops early."""
    found, taken, terms = Preview(), 0, labelling.terms_of(projects.newest_guidelines(project))
    kinds = [options.kind] if options.kind else list(project.kinds)
    rows = aspects.joined(files.read(staged.path, staged.suffix, files.Meter()))
    for part in islice(rows, LOOKED_AT):
        if isinstance(part, Fault):
            note(found, part)
            continue
        try:
            record = look(found, part, kinds, options, terms)
        except BadRecord as bad:
            note(found, Fault(part[0], bad.field, bad.message))
            continue
        taken += sum(len(answer.text) for answer in record.responses)
        if taken > CHARACTERS:
            break
    found.is_whole = next(rows, None) is None
    return found


def look(found: Preview, part: files.Numbered, kinds: list[str], options: Options, terms: Terms) -> Record:
    number, values = part
    record = records.read(values)
    if options.as_judgments:
        makes = [verdict(record, questions.labelled(record, kinds).kind, terms)]
    else:
        makes = [task(one) for one in questions.tasks(record, kinds)]
    found.good += 1
    found.labelled += record.label is not None
    layout = str(LAYOUTS.get(records.layout_of(values), ""))
    found.layouts.add(layout)
    if len(found.seen) < SHOWN:
        answers = [
            Answer(one.text[:LONGEST_TEXT], one.source, len(one.text) > LONGEST_TEXT) for one in record.responses
        ]
        prompt = [{**turn, "content": turn["content"][-LONGEST_TEXT:]} for turn in record.prompt]
        found.seen.append(Seen(number, layout, prompt, answers, makes, record.external_id))
    return record


def note(found: Preview, fault: Fault) -> None:
    found.bad += 1
    if len(found.faults) < FAULTS_SHOWN:
        found.faults.append(fault)


def task(question: questions.Question) -> str:
    """“Which is better: answers 1 and 2”."""
    numbers = ", ".join(str(index + 1) for index in question.responses)
    return _("{kind}: answers {numbers}").format(kind=KINDS[question.kind].label, numbers=numbers)


def verdict(record: Record, kind: str, terms: Terms) -> str:
    """What the record's label says, as a judgment of its annotator; refused as the import itself would."""
    assert record.label is not None
    texts = {name: part.text for name, part in zip(NAMES, record.responses, strict=False)}
    answer, _columns = labelling.checked(record.label, kind, texts, terms)
    said = KINDS[kind].tell(answer, {name: place for place, name in enumerate(NAMES, start=1)}, terms.currency)
    return _("{annotator} says: {said}").format(annotator=record.label.annotator, said=said)


LAYOUTS = {
    "responses": "prompt, responses",
    "preference": "prompt, chosen, rejected",
    "ranking": "prompt, completions, ranks",
    "cardinal": "response1, response2, net_utility",
    "unpaired": "prompt, completion, label",
}

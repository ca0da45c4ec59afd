"""Which of two policies people prefer, and by how much money: counted by who wrote what, which annotators never saw."""

from dataclasses import dataclass, field
from statistics import fmean
from uuid import UUID

from annotation.models import JudgmentVersion, TaskResponse
from annotation.settings import ProjectSettings
from annotation.snapshots import filters
from api.schemas import build
from training.models import Round
from training.rounds.making import NEW, OLD, source_of
from training.rounds.voices import Interval, Voice

SHOWN = 5  # prompts that weigh most


@dataclass
class Verdict:
    won: int = 0
    lost: int = 0
    ties: int = 0
    share: Interval | None = None  # of the decided
    money: Interval | None = None  # a comparison, in the currency alone
    currency: str = ""  # the project's
    in_others: int = 0  # amounts of other currencies, which say nothing of the money
    heaviest: list[tuple[str, float]] = field(default_factory=list)  # prompts by how much they say, with their mean

    @property
    def count(self) -> int:
        return self.won + self.lost + self.ties

    @property
    def is_split(self) -> bool:
        """Order favours the one, money the other."""
        return bool(self.share and self.money and (self.share[0] - 0.5) * self.money[0] < 0)


def of(one: Round) -> Verdict:
    """What the comparisons of a round say so far."""
    project = one.campaign.verdicts
    if project is None:
        return Verdict()
    known = sides(one)
    found = filters.select(project, {}).filter(judgment__assignment__task__in=known)
    rows = found.select_related("judgment__assignment__task__prompt")
    currency = build(ProjectSettings, project.settings).currency
    return counted([voice(version, known) for version in rows], currency)


def sides(one: Round) -> dict[UUID, dict[UUID, int]]:
    """By task that the round brought, which answer is the new policy's, 1, and which the old one's, −1.

    Every round compares the same held-out prompts in one project, where an answer that an earlier round gave word for
    word keeps that round's source: it is known by the other answer. Where both were given before, nobody can tell.
    """
    later = Round.objects.filter(campaign=one.campaign_id, number__gt=one.number).order_by("number").first()
    brought = TaskResponse.objects.filter(task__project=one.campaign.verdicts_id, task__created_at__gte=one.begun_at)
    if later is not None:
        brought = brought.filter(task__created_at__lt=later.begun_at)
    sources = {source_of(one, which): 1 if which == NEW else -1 for which in (NEW, OLD)}
    found: dict[UUID, dict[UUID, int]] = {}
    for task, response, source in brought.values_list("task", "response", "response__source"):
        found.setdefault(task, {})[response] = sources.get(source, 0)
    return {task: told(answers) for task, answers in found.items() if any(answers.values())}


def told(answers: dict[UUID, int]) -> dict[UUID, int]:
    """With the side of an answer that only the other one tells."""
    known = sum(answers.values())
    return {response: side or -known for response, side in answers.items()}


def voice(version: JudgmentVersion, known: dict[UUID, dict[UUID, int]]) -> Voice:
    assignment = version.judgment.assignment
    task, prompt = assignment.task, assignment.task.prompt
    outcome = known[task.pk][version.preferred_id] if version.preferred_id else 0
    low, high = version.amount_low, version.amount_high
    return Voice(
        prompt=str(prompt.pk),
        conversation=bytes(prompt.root).hex(),
        annotator=str(assignment.annotator_id),
        text=prompt.messages[-1]["content"],
        outcome=outcome,
        money=None if low is None else outcome * float(low if high is None else (low + high) / 2),
        currency=version.currency,
    )


def counted(voices: list[Voice], currency: str = "") -> Verdict:
    """Counts, the share of the decided, and the mean amount: each prompt's own mean first."""
    if not voices:
        return Verdict(currency=currency)
    from training.rounds import intervals  # here, because it loads scipy, which most pages of the web never need

    outcomes = [voice.outcome for voice in voices]
    found = Verdict(outcomes.count(1), outcomes.count(-1), outcomes.count(0), currency=currency)
    decided = [voice for voice in voices if voice.outcome]
    paid = [voice for voice in voices if voice.money is not None]
    priced = [voice for voice in paid if voice.currency == currency]
    found.share = intervals.share(decided) if decided else None
    found.money = intervals.money(priced) if priced else None
    found.in_others = len(paid) - len(priced)
    found.heaviest = heaviest(priced or voices)
    return found


def heaviest(voices: list[Voice]) -> list[tuple[str, float]]:
    """The prompts that say most, by money where there is any; conversations that end alike stay apart."""
    texts = {voice.prompt: voice.text for voice in voices}
    said: dict[str, list[float]] = {}
    for voice in voices:
        said.setdefault(voice.prompt, []).append(voice.outcome if voice.money is None else voice.money)
    means = {prompt: fmean(values) for prompt, values in said.items()}
    return [(texts[prompt], mean) for prompt, mean in sorted(means.items(), key=lambda pair: -abs(pair[1]))[:SHOWN]]

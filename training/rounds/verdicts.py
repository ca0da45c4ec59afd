"""Which of two policies people prefer, and by how much money: counted by who wrote what, which annotators never saw."""

import math
from dataclasses import dataclass, field
from statistics import NormalDist, fmean, stdev
from uuid import UUID

from annotation.agreement.proportions import wilson
from annotation.models import JudgmentVersion, TaskResponse
from annotation.snapshots import filters
from training.models import Round
from training.rounds.making import NEW, OLD, source_of

Z = NormalDist().inv_cdf(0.975)
SHOWN = 5  # prompts that weigh most


@dataclass(frozen=True)
class Voice:
    """One comparison: what it says for the new policy, 1, 0 or −1, and in money where that was asked."""

    prompt: str
    outcome: int
    money: float | None


@dataclass
class Verdict:
    won: int = 0
    lost: int = 0
    ties: int = 0
    share: tuple[float, float, float] | None = None  # of the decided, with Wilson's interval
    money: tuple[float, float, float] | None = None  # a comparison, with an interval over prompts
    currency: str = ""
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
    return counted([voice(version, known) for version in rows])


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
    task = version.judgment.assignment.task
    outcome = known[task.pk][version.preferred_id] if version.preferred_id else 0
    low, high = version.amount_low, version.amount_high
    money = None if low is None else outcome * float(low if high is None else (low + high) / 2)
    return Voice(task.prompt.messages[-1]["content"], outcome, money)


def counted(voices: list[Voice]) -> Verdict:
    """Counts, the share of the decided, and the mean amount: each prompt's own mean first."""
    outcomes = [voice.outcome for voice in voices]
    found = Verdict(outcomes.count(1), outcomes.count(-1), outcomes.count(0))
    share = wilson(found.won, found.won + found.lost)
    if share.value is not None and share.low is not None and share.high is not None:
        found.share = (share.value, share.low, share.high)
    by_prompt: dict[str, list[float]] = {}
    for voice in voices:
        by_prompt.setdefault(voice.prompt, []).append(voice.outcome if voice.money is None else voice.money)
    means = {prompt: fmean(values) for prompt, values in by_prompt.items()}
    found.heaviest = sorted(means.items(), key=lambda pair: -abs(pair[1]))[:SHOWN]
    if any(voice.money is not None for voice in voices) and len(means) > 1:
        values = list(means.values())
        middle, reach = fmean(values), Z * stdev(values) / math.sqrt(len(values))
        found.money = (middle, middle - reach, middle + reach)
    return found

"""Which of two policies people prefer, and by how much money: counted by who wrote what, which annotators never saw."""

import math
from dataclasses import dataclass, field
from statistics import NormalDist, fmean, stdev

from annotation.agreement.proportions import wilson
from annotation.models import JudgmentVersion, Response
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
    sources = {source_of(one, which): 1 if which == NEW else -1 for which in (NEW, OLD)}
    asked = Response.objects.filter(prompt__project=project, source__in=sources).values("prompt_id")
    found = filters.select(project, {}).filter(judgment__assignment__task__prompt__in=asked)
    rows = found.select_related("preferred", "judgment__assignment__task__prompt")
    return counted([voice(version, sources) for version in rows])


def voice(version: JudgmentVersion, sources: dict[str, int]) -> Voice:
    outcome = sources.get(version.preferred.source, 0) if version.preferred else 0
    low, high = version.amount_low, version.amount_high
    money = None if low is None else outcome * float(low if high is None else (low + high) / 2)
    return Voice(version.judgment.assignment.task.prompt.messages[-1]["content"], outcome, money)


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

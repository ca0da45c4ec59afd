"""A look: answers that people compared are scored, and both verdicts stand side by side. In the worker alone."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from django.utils.timezone import now

from annotation import canonical
from annotation.agreement import contests, strengths, tracking
from annotation.agreement.contests import Contests
from annotation.agreement.tracking import Shortfall
from annotation.agreement.twoway import NORMAL, Ways
from annotation.agreement.votes import Flags, Floats
from annotation.feedback.rows import Row
from annotation.models import Project, Snapshot, SnapshotJudgment
from annotation.snapshots import reading
from annotation.sources import meetings
from annotation.sources.gathering import Gathered
from annotation.sources.meetings import Meeting, Meetings
from jobs.work import Failed, Work
from rewardmodels import places
from rewardmodels.batches.running import open_reward
from rewardmodels.learning import held_out
from rewardmodels.models import RewardModel, TrackingReport

TOGETHER = 128  # answers in one pass
DIGITS = 6


class Scored(NamedTuple):
    """What the model says of an answer."""

    reward: float
    log_odds: float  # its differences are log odds of being preferred


@dataclass
class Scores:
    """Answers by prompt and id, each scored once; those that cannot be are counted."""

    reward: Any
    known: dict[tuple[bytes, str], Scored] = field(default_factory=dict)
    unscored: int = 0

    def add(self, asked: list[tuple[tuple[bytes, str], Any, str]]) -> None:
        from lm.rendering import Unrenderable
        from lm.templates import conversation

        try:
            found = self.reward.score([(conversation(prompt), text) for _key, prompt, text in asked])
        except Unrenderable:
            if len(asked) > 1:
                for one in asked:
                    self.add([one])
            else:
                self.unscored += 1
            return
        for (key, _prompt, _text), score in zip(asked, found, strict=True):
            if score.is_number:
                self.known[key] = Scored(score.reward, score.calibrated)
            else:
                self.unscored += 1

    def of(self, one: Meeting) -> tuple[Scored, Scored] | None:
        prompt = canonical.digest(one.prompt)
        first, second = (self.known.get((prompt, part.id)) for part in (one.first, one.second))
        return None if first is None or second is None else (first, second)


def run(work: Work) -> dict[str, Any]:
    """The report's id and whether it raised the flag."""
    model = RewardModel.objects.filter(pk=work.arguments["reward_model"], deleted_at=None).first()
    project = Project.objects.standing().filter(pk=work.arguments["project"]).first()
    if model is None or not model.is_trained:
        raise Failed("The reward model is gone.")
    if project is None:
        raise Failed("The project is gone.")
    as_of = now()
    work.progress(0.0, "Reading judgments")
    read, new = unlearned(model, project)
    found = list(read)
    work.progress(0.1, "Loading the model")
    scores = Scores(open_reward(model))
    for share, batch in batches(found):
        work.progress(0.1 + 0.8 * share, "Scoring answers")
        scores.add(batch)
    figures = compared(model, found, scores, new)
    with work.holding():
        report = keep(work, model, project, as_of, figures)
    return {"id": str(report.pk), "is_flagged": report.is_flagged, "judgments": report.judgments}


def keep(work: Work, model: RewardModel, project: Project, as_of: Any, figures: dict[str, Any]) -> TrackingReport:
    made = {
        "reward_model": model, "project": project.pk, "as_of": as_of, "judgments": figures["verdicts"],
        "is_flagged": figures["tracking"]["is_flagged"], "figures": figures,
    }  # fmt: skip
    return TrackingReport.objects.get_or_create(job_id=work.job_id, defaults=made)[0]


def unlearned(model: RewardModel, project: Project) -> tuple[Meetings, set[str]]:
    """The project's meetings in conversations that the model did not learn from, and the judgments among them that it
    was never held against either; the set fills while the meetings are read."""
    learned, seen = past(model.snapshot)
    new: set[str] = set()

    def kept(rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if canonical.root(row.prompt) not in learned:
                if row.judgment not in seen:
                    new.add(row.judgment)
                yield row

    rows, _total = meetings.of_project(project)
    return Meetings(kept(rows)), new


def past(snapshot: Snapshot | None) -> tuple[set[bytes], set[str]]:
    """The roots of the training conversations, and every judgment of the snapshot."""
    if snapshot is None:
        return set(), set()
    roots = {canonical.root(row.prompt) for row in reading.read(snapshot, "train")}
    judged = SnapshotJudgment.objects.filter(snapshot=snapshot).values_list("version__judgment", flat=True)
    return roots, {str(pk) for pk in judged}


def batches(found: list[Meeting]) -> Iterator[tuple[float, list[tuple[tuple[bytes, str], Any, str]]]]:
    """(how far, answers to be scored), each answer once."""
    wanted: dict[tuple[bytes, str], tuple[Any, str]] = {}
    for one in found:
        prompt = canonical.digest(one.prompt)
        for part in (one.first, one.second):
            wanted.setdefault((prompt, part.id), (one.prompt, part.text))
    asked = [(key, prompt, text) for key, (prompt, text) in wanted.items()]
    for start in range(0, len(asked), TOGETHER):
        yield start / len(asked), asked[start : start + TOGETHER]


class Sides(NamedTuple):
    """People's verdicts and the model's differences, a row each, with the smaller source first."""

    contests: Contests
    log_odds: Floats
    difference: Floats  # in the model's unit
    is_new: Flags


def compared(model: RewardModel, found: list[Meeting], scores: Scores, new: set[str]) -> dict[str, Any]:
    """The figures of a report."""
    gathered, told = Gathered(), []
    for one in found:
        if (both := scores.of(one)) is not None:
            gathered.add(one)
            first, second = both
            told.append((first.log_odds - second.log_odds, first.reward - second.reward, one.judgment in new))
    names = list(gathered.sources)
    now_, then = None, before(model)
    pairs: list[dict[str, Any]] = []
    if told:
        both_sides = sides(gathered, told)
        pairs = [pair_of(names, both_sides, rows) for rows in rows_of_pairs(both_sides.contests)]
        now_ = shortfall(both_sides)
    test = tracking.compare(now_, then)
    return {
        "verdicts": len(told),
        "new": sum(is_new for _odds, _difference, is_new in told),
        "unscored": scores.unscored,
        "unit": model.unit,
        "pairs": pairs,
        "now": described(now_),
        "then": described(then),
        "tracking": {**vars(test), "is_flagged": bool(test.is_flagged), "loss": tracking.LOSS},
    }


def sides(gathered: Gathered, told: list[tuple[float, float, bool]]) -> Sides:
    raw = gathered.contests()
    sign = np.where(raw.first > raw.second, -1, 1)
    log_odds, difference, is_new = (np.array(column) for column in zip(*told, strict=True))
    return Sides(contests.oriented(raw), sign * log_odds, sign * difference, is_new.astype(bool))


def rows_of_pairs(found: Contests) -> Iterator[Any]:
    pair = contests.pair_of(found)
    for number in np.unique(pair):
        yield np.flatnonzero(pair == number)


def pair_of(names: list[str], both: Sides, rows: Any) -> dict[str, Any]:
    """The forecast and people's verdict on the same prompts, with the gap between them."""
    found = both.contests.at(rows)
    first, second = int(found.first[0]), int(found.second[0])
    people = strengths.rate(first, second, found)
    forecast, score = tracking.chance(both.log_odds[rows]), (found.outcome + 1) / 2
    weight = contests.weights(found.prompt, np.zeros_like(found.prompt))
    return {
        "first": names[first],
        "second": names[second],
        "people": {"value": told(people.value), "low": told(people.low), "high": told(people.high)},
        "predicted": mean(found.ways, weight, forecast),
        "gap": mean(found.ways, weight, forecast - score),
        "difference": mean(found.ways, weight, both.difference[rows]),
        "prompts": people.prompts,
        "verdicts": len(rows),
    }


def mean(ways: Ways, weight: Floats, values: Floats) -> dict[str, Any]:
    """Per prompt, with the normal interval of a mean of conversations; none for fewer than five."""
    value = float((weight * values).sum() / weight.sum())
    if len(np.unique(ways.cluster)) < 5:
        return {"value": told(value), "low": None, "high": None}
    error = math.sqrt(float(ways.variance((weight * (values - value) / weight.sum())[:, None])[0]))
    return {"value": told(value), "low": told(value - NORMAL * error), "high": told(value + NORMAL * error)}


def shortfall(both: Sides) -> Shortfall | None:
    """Of new, decided verdicts."""
    rows = np.flatnonzero(both.is_new & (both.contests.outcome != 0))
    found = both.contests.at(rows)
    return tracking.shortfall(both.log_odds[rows], found.outcome, found.ways)


def before(model: RewardModel) -> Shortfall | None:
    """On the test split that the model was judged by; None where it was saved without one."""
    found = held_out.read(places.folder_of(model.pk), "test")
    if found is None or not len(found):
        return None
    cluster, annotator = (np.unique(column, return_inverse=True)[1] for column in (found.cluster, found.annotator))
    temperature = float(model.calibration.get("temperature") or 1.0)
    ways = Ways(cluster.ravel(), annotator.ravel())
    ones = np.ones(len(found), np.int64)
    return tracking.shortfall(found.margin / temperature, ones, ways)


def described(found: Shortfall | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {name: round(value, DIGITS) for name, value in vars(found).items()}


def told(value: float) -> float | None:
    return round(float(value), DIGITS) if math.isfinite(value) else None

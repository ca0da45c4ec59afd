"""One search is carried out, and its log kept as measurements. For the worker alone."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.work import Failed, Work
from rewardmodels.models import RewardModel
from training import approvals, opened, prompts
from training.checks import looking
from training.learning.commissions import Check
from training.learning.observing import RunObserver
from training.learning.settings import algorithms
from training.learning.settings.searches import NelderMead
from training.learning.thresholds.judging import ByCheck, ByPeople, Judge
from training.learning.thresholds.searching import Done
from training.learning.thresholds.seeking import Found, Quest, Seeker
from training.searches import metrics, telling, voting, wanting
from training.searches.dividing import divided
from training.searches.metrics import Metric

Asked = Mapping[str, Any]


def run(work: Work) -> dict[str, Any]:
    """{"components": […], "wanted", "best", "value", "error", "reference", "again", "spent", "why"}."""
    asked = work.arguments
    own = quest(work, asked)
    names = list(own.rewards)
    work.resume_from(-1)  # the log is told again from the search's own file

    def told(number: int, done: Done) -> None:
        work.report(number, telling.measurements(names, done))
        work.write_notes()

    found = Seeker(own, observer_of(work, asked), told).seek()
    shutil.rmtree(work.folder, ignore_errors=True)  # what resuming needed is of no use any more
    return result(asked, found)


def quest(work: Work, asked: Asked) -> Quest:
    from lm import templates

    must_stand(asked)
    work.progress(0.0, "Opening the reward models")
    rewards = {one["name"]: opened.reward(model_of(one["model"]), one["key"]) for one in asked["components"]}
    folder = work.folder / "search"
    search = NelderMead(**asked["search"])
    parts = divided(listed(asked), search.held_out, asked["seed"])
    learned, looked, fresh = ([templates.conversation(one) for one in own] for own in parts)
    return Quest(
        opened=lambda: opened.policy(work, work.workspace(), asked["policy"]),
        prompts=learned,
        looked=looked,
        fresh=fresh,
        rewards=rewards,
        steps={one["name"]: one["step"] for one in asked["components"]},
        judge=judge_of(work, asked["wanted"], folder),
        algorithm=algorithms.read(asked["algorithm"], asked["settings"]),
        search=search,
        seed=asked["seed"],
        folder=folder,
    )


def judge_of(work: Work, asked: Mapping[str, Any], folder: Path) -> Judge:
    if asked["key"] == wanting.PEOPLE:
        return ByPeople(voting.OfSearch(work, asked), asked["questions"], folder / "answers.json")
    if asked["key"] in metrics.ALL:
        return ByCheck(counted(metrics.ALL[asked["key"]]))
    if not asked["model"]:
        return ByCheck(looking.truth)
    return ByCheck(looking.scorer(opened.reward(model_of(asked["model"]), asked["key"])))


def counted(metric: Metric) -> Check:
    sign = -1.0 if metric.is_less else 1.0
    return lambda items: [sign * metric.feature.measure(conversation, text) for conversation, text in items]


def listed(asked: Asked) -> list[Any]:
    try:
        return prompts.listed(asked["prompts_sha256"])
    except FileNotFoundError:
        raise Failed("The frozen prompts of this search are missing; restore them from a backup.") from None


def model_of(pk: str) -> RewardModel:
    found = RewardModel.objects.filter(pk=pk).first()
    if found is None:
        raise Failed("A reward model of this search was deleted; begin another one.")
    return found


def must_stand(asked: Asked) -> None:
    """An approval that is withdrawn stops the search; approved again, it goes on."""
    for one in (*asked["components"], asked["wanted"]):
        if one["model"] and (said := approvals.objection(model_of(one["model"]), asked["allow_candidate"])):
            raise Failed(said)


def observer_of(work: Work, asked: Asked) -> RunObserver:
    def phase(name: str, share: float) -> None:
        must_stand(asked)
        work.progress(share, name)

    return RunObserver(phase=phase, say=work.log)


def result(asked: Asked, found: Found) -> dict[str, Any]:
    best, again, reference = found.best, found.again, found.reference
    components = [
        {**one, "threshold": best.thresholds[place], "mean": best.came.means[place]}
        | {"reference": reference.means[place], "deviation": reference.deviations[place], "again": again.means[place]}
        for place, one in enumerate(asked["components"])
    ]
    return {
        "components": components,
        "wanted": asked["wanted"],
        "best": int(best.name),
        "value": best.vertex.value,
        "error": best.vertex.error,
        "is_reached": best.is_reached,
        "reference": {"value": reference.value, "error": reference.error},
        "again": {**again.worth._asdict(), "steps": again.steps, "is_reached": again.is_reached},
        "spent": found.spent,
        "why": found.why,
    }

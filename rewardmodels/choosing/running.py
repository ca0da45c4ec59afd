"""The open tasks of a project are put in order. Imported by the worker alone."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from annotation.models import Project, Task, TaskResponse
from annotation.models.tasks import Sampling
from annotation.queue import sorting
from annotation.queue.sorting import Place, Sorted
from jobs.work import Failed, Work
from rewardmodels import fits, opening, places
from rewardmodels.choosing import asking
from rewardmodels.learning import folder as folders
from rewardmodels.learning.choosing import saved, shares
from rewardmodels.learning.choosing.saved import Able, Comparison, How
from rewardmodels.learning.ensembles.scoring import MembersReward
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.scoring import HeadReward
from rewardmodels.learning.settings import kinds
from rewardmodels.models import RewardModel

MOST_SCORED = 50_000  # tasks; of more, the first in the order of import are looked at, and the rest comes by chance
BATCH = 500  # tasks that are read at once


class Open(NamedTuple):
    """A task that is still to be asked."""

    pk: UUID
    name: str  # of its content: the same in a copy of the project
    kind: str
    prompt: UUID
    mark: str  # how it came to be asked; empty where nobody was given it yet


Line = list[tuple[str, float | None, float, str]]  # (task, worth, priority, mark), the first to be asked first


def run(work: Work) -> dict[str, Any]:
    """Order the tasks by what they are worth, the random share between them, and keep which rule said so."""
    project = Project.objects.standing().filter(pk=work.arguments["project"]).first()
    if project is None:
        raise Failed("The project is gone.")
    model = standing(work)
    drawn = drawn_up(work, project, model)
    found = [Place(UUID(task), worth, priority, mark) for task, worth, priority, mark in drawn]
    how = Sorted(
        rule=work.arguments["rule"],
        source={"reward_model": str(model.pk), "name": model.name, "sha256": model.sha256},
        random_share=work.arguments["random_share"],
        seed=asking.seed_of(project),
    )
    with work.holding():
        made = sorting.begin(project, job=work.job_id, how=how)
    for start in range(0, len(found), sorting.BATCH):
        with work.holding():
            standing(work)
            sorting.place(made, found[start : start + sorting.BATCH])
        work.progress(0.9 + 0.1 * start / len(found), f"{start} tasks")
    with work.holding():
        made = sorting.end(made)
    return {"sorting": str(made.pk), **made.counts}


def standing(work: Work) -> RewardModel:
    """The model, as long as it may order tasks."""
    model = RewardModel.objects.select_related("workspace", "snapshot").get(pk=work.arguments["reward_model"])
    if reason := asking.reason_against(model):
        raise Failed(reason)
    return model


def drawn_up(work: Work, project: Project, model: RewardModel) -> Line:
    """Found once: a second attempt reads what the first one found."""
    kept = work.folder / "order.json"
    if not kept.exists():
        draft = kept.with_suffix(".draft")
        draft.write_text(json.dumps(line(work, project, model)))
        draft.replace(kept)
    return [(task, worth, priority, mark) for task, worth, priority, mark in json.loads(kept.read_text())]


def line(work: Work, project: Project, model: RewardModel) -> Line:
    """Every open task in its place."""
    work.progress(0.0, "Reading tasks")
    seed, share = asking.seed_of(project), work.arguments["random_share"]
    random: list[Open] = []
    others: list[Open] = []
    compared: list[Open] = []
    for task in tasks_of(project):
        if task.mark == Sampling.RANDOM or (not task.mark and shares.is_random(task.name, share, seed)):
            random.append(task)
        elif task.kind in asking.COMPARED and len(compared) < MOST_SCORED:
            compared.append(task)
        else:
            others.append(task)
    chosen, unscored = by_worth(work, model, compared, seed)
    streams: list[list[tuple[Open, float | None, str]]] = [
        [(task, worth, Sampling.CHOSEN) for task, worth in chosen],
        [(task, None, Sampling.RANDOM) for task in by_chance(random, seed)],
        [(task, None, Sampling.CHOSEN) for task in by_chance([*others, *unscored], seed)],
    ]
    found = shares.interleaved(streams)
    return [(str(task.pk), worth, float(len(found) - place), mark) for place, (task, worth, mark) in enumerate(found)]


def tasks_of(project: Project) -> Iterator[Open]:
    """A mark counts once the task was given to anybody; what was given before any order goes with the chosen."""
    names = ("pk", "sha256", "kind", "prompt_id", "sampling", "was_given")
    rows = sorting.open_tasks(project).values_list(*names)
    for pk, sha256, kind, prompt, mark, was_given in rows.iterator(chunk_size=5_000):
        yield Open(pk, bytes(sha256).hex(), kind, prompt, (mark or Sampling.CHOSEN) if was_given else "")


def by_chance(tasks: list[Open], seed: int) -> list[Open]:
    return sorted(tasks, key=lambda task: shares.draw(f"place of {task.name}", seed))


def by_worth(
    work: Work, model: RewardModel, tasks: list[Open], seed: int
) -> tuple[list[tuple[Open, float | None]], list[Open]]:
    """The tasks in the order of the rule with their worth, and those that the model cannot judge."""
    comparisons, unscored = read(work, tasks)
    if not comparisons:
        return [], unscored
    work.progress(0.1, "Loading the model")
    how = How(work.arguments["rule"], seed, places.feature_cache(), learned=lambda: learned(work, model))
    observer = Observer(phase=lambda name, share: work.progress(0.1 + 0.8 * share, name), say=work.log)
    found = saved.choose(open_reward(model), [said for _task, said in comparisons], how, observer)
    own = [task for task, _said in comparisons]
    ordered = [(own[place], worth) for place, worth in zip(found.order, found.worth, strict=True)]
    return ordered, [*unscored, *(own[place] for place in found.unread)]


def read(work: Work, tasks: list[Open]) -> tuple[list[tuple[Open, Comparison]], list[Open]]:
    """What is compared in each task, and tasks of one answer."""
    found: list[tuple[Open, Comparison]] = []
    single: list[Open] = []
    for start in range(0, len(tasks), BATCH):
        batch = tasks[start : start + BATCH]
        prompts = dict(Task.objects.filter(pk__in=[task.pk for task in batch]).values_list("pk", "prompt__messages"))
        answers: dict[UUID, list[str]] = {task.pk: [] for task in batch}
        rows = TaskResponse.objects.filter(task__in=answers).order_by("task", "position")
        for task_key, text in rows.values_list("task", "response__text"):
            answers[task_key].append(text)
        for task in batch:
            texts = answers[task.pk]
            if len(texts) == 2:
                found.append((task, Comparison(task.prompt, prompts[task.pk], (texts[0], texts[1]))))
            else:
                single.append(task)
        work.progress(0.1 * start / len(tasks), "Reading tasks")
    return found, single


def open_reward(model: RewardModel) -> Able:
    folder = places.folder_of(model.pk)
    folders.verify(folder, model.sha256)
    reward = opening.open_reward(folder)
    assert isinstance(reward, MembersReward | HeadReward)  # `asking.KNOWS_ITS_SPREAD`
    return reward


def learned(work: Work, model: RewardModel) -> Evidence:
    """What the model learned from."""
    assert model.snapshot is not None  # `asking.able`
    return fits.read(work, model.snapshot, kinds.read(model.kind, model.settings).reads)
